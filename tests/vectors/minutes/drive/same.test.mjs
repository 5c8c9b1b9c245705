/*
 * server/minutes beside the sketch: with the same chance the same bytes, whatever is sealed, signed, corrected or erased;
 * with true chance the sketch's verifier takes what it makes. Format: schema/minutes.md.
 */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {bundle} from '../bundle.mjs';
import {readCase} from '../case.mjs';
import {Numbers, chance, drive, hiding, scriptOf} from './drive.mjs';
import {headsFor, passkey, playMinutes, seal, signAs} from '../play.mjs';
import {b64} from '../prim.mjs';
import {verify} from '../verify.mjs';
import {report} from '../../../minutes/rig.mjs';
import {otherWorld, worldsOf} from '../worlds.mjs';

const DAY = 86400;
const files = new Map([1, 2, 3, 4].map((n) => [n, readCase(n)]));

const keyOf = (log, numbers, seat) => log.input.keys.find((k) => numbers.seat(k) === seat);

/* What each seat is told of acts is what the verifier finds in its bundle; names by what it may call them. */
function sameActs(log, key, got, text) {
	const r = verify(text, [log.publicKey]);
	const plain = (acts) => acts.sort((a, b) => (a.statement < b.statement ? -1 : 1));
	const called = (id) => {
		const seat = [...log.seats.values()].find((s) => s.id === id);
		return seat.key === key ? seat.name : seat.label;
	};

	assert.equal(r.verdict, 'valid', r.why);
	assert.deepEqual(plain(got.acts), plain(r.acts.map((a) => ({statement: a.statement, party: a.party, method: a.method, time: a.time,
		late: a.late, size: a.size, entry: a.entry, vouched: a.vouched, name: called(a.party), says: Object.fromEntries([...a.says].sort()
			.map(([l, s]) => [l, [s.decision, s.text ?? '', s.hand === 'mark']]))}))));
}

function same(log, numbers, o) {
	const got = drive(scriptOf(log, numbers, o));

	assert.deepEqual(got.entries.map((e) => e.header), log.entries.map((e) => `${e.header.join('\n')}\n`));
	assert.deepEqual(got.entries.map((e) => [e.root, e.sig]), log.entries.map((e, i) => [b64(log.roots[i + 1]), b64(log.sigAt(i + 1))]));
	assert.equal(got.seats.length, log.seats.size);
	for (const s of got.seats) {
		const key = keyOf(log, numbers, s.seat);
		const text = bundle(log, key);
		assert.equal(s.bundle, text, key);
		const due = new Map(s.heads.map(([size, root, slots]) => [size, {root, slots: slots.sort()}]));
		assert.deepEqual([...due].sort(), [...headsFor(log, key)].map(([size, slots]) =>
			[size, {root: b64(log.roots[size]), slots: [...new Set(slots)].sort()}]).sort(), key);
		if (!o.hide) {
			sameActs(log, key, s, text);
		}
	}
	return got;
}

test('four cases, sealed, signed and corrected as they say: the same bytes as the sketch, also when it is loaded after every step', () => {
	for (const [n, file] of files) {
		for (const [seed, reload] of [['a', false], ['b', true]]) {
			const numbers = new Numbers(file);
			const {log} = playMinutes(file, {rng: chance(seed, numbers)});
			const got = same(log, numbers, {seed, reload});
			assert.ok(got.entries.length > 3, `case ${n}`);
		}
	}
});

test('one who must not learn of another, an audience of one, a log that goes on from another: the same bytes as the sketch', () => {
	const file = structuredClone(files.get(2));
	file.denials = [{party: 'p-kp', about_party: 'p-cw'}];
	file.conference.agenda.push({item_no: 9, title: 'ひとりで', minutes: 5, audience: ['self'], fields: []});
	file.minutes.decisions.push({no: 9, item_no: 9, text: '自分で決めた。', audience: ['self']});
	const numbers = new Numbers(file);
	const parent = `rokusha.example/c/${'ab'.repeat(16)} 7 ${b64(Buffer.alloc(32, 5))}`;
	const {log} = playMinutes(file, {rng: chance('f', numbers), parent, rp: undefined});
	const got = same(log, numbers, {seed: 'f', reload: true});
	const all = [...log.entries.flatMap((e) => [...e.boxes.values()].flatMap((b) => b.leaves.map((l) => l.name)))];
	assert.ok(log.groups.some((g) => g.members.length === 1) && all.some((name) => /\/act\/[0-9a-f]{16}\/s\d\d$/.test(name)));
	assert.match(got.entries[0].header, /\nparent rokusha[^]*\nrp -\n/);
});

test('erased cells, notes and names, a correction of the plan, a passkey: the same bytes as the sketch', () => {
	for (const [n, name] of [[2, 'row/min.decisions/d4/text'], [3, 'row/min.decisions/d5/text'], [2, 'field/plan.money.action.content']]) {
		const numbers = new Numbers(files.get(n));
		const {log} = playMinutes(files.get(n), {rng: chance('c', numbers)});
		const at = log.entries.at(-1).time + 60;
		log.erase(at, name, 'request', ['p-ps', 'p-sup']);
		log.until(at + 9 * DAY);
		same(log, numbers, {seed: 'c', reload: true});
	}
	const numbers = new Numbers(files.get(1));
	const log = seal(files.get(1), {rng: chance('d', numbers)});
	const {own, id, shared: [slot]} = log.seats.get('p-cw');
	signAs(log, {party: 'p-cw', status: 'signed_with_note', note: '書きすぎた付記'}, log.at + 60, [slot]);
	log.until(log.at + DAY);
	const leaf = (entry, label, name) => ({label, to: [label], leaf: log.entries[entry].boxes.get(label).leaves.find((l) => l.name.startsWith(`${label}/${name}`))});
	log.eraseLeaves(log.at + 2 * DAY, [leaf(2, slot, 'note/'), leaf(2, own, 'note/'), leaf(1, slot, `name/${id}`)], 'correction', ['p-self', 'p-ps']);
	log.amend(log.at + 2 * DAY + 60, 'field/plan.money.action.content', '直した', '本人の確認');
	log.until(log.at + 4 * DAY);
	const key = passkey();
	const self = log.seats.get('p-self');
	for (const s of [...self.shared, self.own]) {
		log.tell(log.at + 4 * DAY, s, `key/${self.id}`, {spki: b64(key.spki)});
	}
	for (const [size, places] of headsFor(log, 'p-self')) {
		log.sign('p-self', {method: 'webauthn', time: log.at + 4 * DAY + 60, size, places, say: {decision: 'agree'}, passkey: {...key}});
	}
	log.until(log.at + 9 * DAY);
	const got = drive(scriptOf(log, numbers, {seed: 'd', reload: true}));
	assert.deepEqual(got.entries.map((e) => e.root), log.entries.map((e, i) => b64(log.roots[i + 1])));
	for (const s of got.seats) {
		assert.equal(s.bundle, bundle(log, keyOf(log, numbers, s.seat)));
	}
	/* Who signed both heads has none left; whose name was erased has none. */
	const seat = (k) => got.seats.find((s) => s.seat === numbers.seat(k));
	assert.deepEqual(seat('p-self').heads.map((h) => h[3]), [true, true]);
	assert.deepEqual(seat('p-hw').acts.find((a) => a.party === id).name, '');
});

test('with true chance every bundle holds for the verifier, and says what happened', () => {
	for (const [n, file] of files) {
		const numbers = new Numbers(file);
		const {log} = playMinutes(file, {rng: chance('e', numbers)});
		/* Slots are others then: of the acts those that name none, with the whole one's say. */
		const whole = scriptOf(log, numbers);
		const ops = whole.ops.filter((op) => op.op === 'until' || (op.op === 'sign' && op.size === 2 && op.say.decision !== 'vouch'))
			.map((op) => (op.op === 'sign' ? {...op, slots: [], says: {}} : op));
		const once = drive({...whole, ops});
		assert.notEqual(once.entries[1].root, b64(log.roots[2]));
		assert.notDeepEqual(once.entries.map((e) => e.root), drive({...whole, ops}).entries.map((e) => e.root));
		for (const s of once.seats) {
			const r = verify(s.bundle, [log.publicKey]);
			assert.equal(r.verdict, 'valid', `case ${n}: ${r.why}`);
			assert.deepEqual([r.party, r.acts.length], [s.id, s.acts.length]);
			assert.ok(r.fields > 10);
			/* Nor has the server's own verifier anything to say. */
			assert.deepEqual(report(`true-${n}-${s.seat}`, s.bundle, log.publicKey).report.verdict, 'valid');
		}
	}
});

/* ---- two worlds ---- */

function worlds(n, seed, o) {
	const file = files.get(n);
	const {other, emp} = otherWorld(file);
	const numbers = new Numbers(other);
	const {one, two} = worldsOf(file, seed, {log: {rng: chance(seed, numbers, emp), ...(o.hide && {hide: hiding(seed, numbers, emp)})}, real: !o.hide});

	return {emp: numbers.seat(emp), got: [one, two].map((log) => same(log, numbers, {seed, [o.hide ? 'hide' : 'first']: emp}))};
}

test('two worlds: headers and the employer\'s bundle are equal in all bytes, and both are the sketch\'s', () => {
	for (const n of [1, 2, 3]) {
		for (const seed of ['a', 'b']) {
			const {emp, got: [one, two]} = worlds(n, seed, {hide: true});
			const mine = (g) => g.seats.find((s) => s.seat === emp).bundle;
			assert.deepEqual(one.entries.map((e) => e.header), two.entries.map((e) => e.header));
			assert.equal(mine(one), mine(two));
			assert.notEqual(one.seats.length, two.seats.length);
		}
		/* With the true hashes nothing but hashes differs. */
		const {emp, got: [one, two]} = worlds(n, 'c', {hide: false});
		const mine = (g) => g.seats.find((s) => s.seat === emp).bundle;
		assert.notEqual(mine(one), mine(two));
		assert.equal(mine(one).length, mine(two).length);
	}
});
