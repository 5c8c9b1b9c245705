/*
 * What an outsider's bundle tells of what they may not know: nothing that is in it, and nothing by how it is
 * made, in two worlds that differ in everything hidden. Format: schema/minutes.md.
 */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {bundle} from './minutes/bundle.mjs';
import {Input, readCase} from './minutes/case.mjs';
import {ORIGIN, RP, headsFor, playMinutes, sameChance, seal, sealTime} from './minutes/play.mjs';
import {b64, disclose, leafHash, pairOf, rootOf, sha} from './minutes/prim.mjs';
import {Log, trueChance} from './minutes/seal.mjs';
import {leavesOf, opened, toldTooMuch} from './minutes/search.mjs';
import {SLOT_NAMES} from './minutes/shape.mjs';
import {verify} from './minutes/verify.mjs';
import {worldsOf} from './minutes/worlds.mjs';

const DAY = 86400;
const files = new Map([1, 2, 3, 4].map((n) => [n, readCase(n)]));
const played = new Map([...files].map(([n, file]) => [n, playMinutes(file)]));
const check = (log, text) => verify(text, [log.publicKey]);
const worlds = (n, seed, twist) => worldsOf(files.get(n), seed, twist);
const must = (log, text) => {
	const r = check(log, text);
	assert.equal(r.verdict, 'valid', r.why);
	return r;
};

test('an outsider\'s bundle: no foreign disclosure, hash of one, role, name or text, and nobody it does not know', () => {
	for (const {log} of played.values()) {
		for (const {key} of log.input.seats.filter((s) => ['emp', 'pj', 'kp', 'lkp', 'guest'].includes(s.role))) {
			assert.deepEqual(toldTooMuch(log, key, bundle(log, key)), [], key);
		}
	}
	/* Each of it is seen when it is there. */
	const {log} = played.get(2);
	const foreign = leavesOf(log).find((l) => l.label === 'plan.money.action' && l.name.endsWith('content'));
	const inside = disclose('x'.repeat(43), 's00/act/1', {deep: foreign.d});
	for (const [text, why] of [[foreign.hash.toString('base64'), /^hash/], [foreign.d, /disclosure/], [inside, /disclosure/],
		[disclose('', 'a', {role: 'cw', more: 'x'.repeat(60)}), /role/], [foreign.value, /text/]]) {
		assert.match(toldTooMuch(log, 'p-emp', bundle(log, 'p-emp') + text).join(), why);
	}
	const four = played.get(4).log;
	assert.match(toldTooMuch(four, 'p-emp1', bundle(four, 'p-emp1') + four.seats.get('p-emp2').id).join(), /there is p-emp2/);
});

/* ---- two worlds ---- */

test('two worlds: the employer\'s bundle and all headers are equal in all bytes', () => {
	for (const n of [1, 2, 3]) {
		for (const seed of ['a', 'b', 'c', 'd']) {
			const {emp, one, two} = worlds(n, seed);
			assert.deepEqual(one.entries.map((e) => e.header), two.entries.map((e) => e.header), `case ${n} ${seed}`);
			assert.equal(bundle(one, emp), bundle(two, emp), `case ${n} ${seed}`);
			assert.notEqual(one.seats.size, two.seats.size);
		}
		/* With the true hashes in place nothing but hashes differs, and both hold. */
		const {emp, one, two} = worlds(n, 'e', {real: true});
		const [a, b] = [one, two].map((log) => bundle(log, emp));
		assert.equal(a.length, b.length);
		assert.notEqual(a, b);
		[[one, a], [two, b]].forEach(([log, text]) => must(log, text));
		two.input.keys.forEach((key) => must(two, bundle(two, key)));
	}
});

test('two worlds: a format that tells is seen', () => {
	const differs = (change) => ['a', 'b'].some((seed) => {
		const {emp, one, two} = worlds(1, seed, change);
		return bundle(one, emp) !== bundle(two, emp) || one.entries.some((e, i) => e.header.join() !== two.entries[i]?.header.join());
	});
	/* Slots in order instead of a random permutation. */
	const inOrder = {slots: (holders) => new Map(holders.map((h, i) => [h, SLOT_NAMES[i]]))};
	assert.ok(differs({log: {rng: {...sameChance('a', 'p-emp'), ...inOrder}}}));
	/* A bundle that goes on to the end of what was signed by anybody. */
	const {emp, one, two} = worlds(1, 'a');
	const lastOf = (log) => log.entries.findLastIndex((e) => [...e.boxes.values()].some((b) => b.count > 0));
	two.tell(two.at + 41 * DAY, two.seats.get('p-ps').own, 'erase/0', {});
	two.until(two.at + 60 * DAY);
	assert.notEqual(bundle(one, emp, lastOf(one)), bundle(two, emp, lastOf(two)));
	/* One head for all one reads, instead of one for each slot. */
	const oneHead = (log) => {
		log.sign('p-cw', {method: 'attested', time: log.at + 61 * DAY, size: Math.max(...headsFor(log, 'p-cw').keys()), say: {decision: 'agree'}});
		return bundle(log.until(log.at + 75 * DAY), emp);
	};
	const other = worlds(1, 'a');
	const heads = [other.one, other.two].map(oneHead);
	assert.notEqual(...heads);
	assert.match(check(other.two, heads[1]).why, /nothing changed here/);
});

test('slots: each holder one of 32, any of them; a meeting that needs more is refused', () => {
	const seen = new Set();
	for (let i = 0; i < 400; i++) {
		const got = [...trueChance.slots(['a', 'b', 'c']).values()];
		assert.equal(new Set(got).size, 3);
		seen.add(got[0]);
	}
	assert.equal(seen.size, 32);
	const many = structuredClone(files.get(1));
	for (let i = 0; i < 24; i++) {
		many.parties.push({id: `p-g${i}`, role: 'guest', name: `g${i}`, display_label: `g${i}`, affiliation: ''});
	}
	assert.throws(() => seal(many), /chair is told/);
});

/* ---- guessing ---- */

/* A hidden yes or no, alone in its box. */
function hiddenYesNo(answer, o = {}) {
	const input = new Input(files.get(1));
	const at = sealTime(files.get(1));

	input.cells = input.cells.filter((c) => c.cls !== 'plan.legal.background')
		.concat({name: 'field/plan.legal.background.debt', value: answer, readers: ['p-self', 'p-ps', 'p-sup'], cls: 'plan.legal.background', group: null});
	const log = new Log(input, {origin: ORIGIN, at, deadline: at + DAY, rp: RP, seeds: {log: Buffer.alloc(32, 1), attest: Buffer.alloc(32, 2)}, ...o});
	log.sign('p-emp', {method: 'attested', time: at + 60, say: {decision: 'agree'}});
	return log.until(at + DAY);
}

/* Every value of 32 bytes in a bundle, and every salt. */
function secretsIn(text) {
	const {text: words} = opened(text);
	const found = new Set();

	for (const [form, length] of [['base64', 44], ['base64url', 43], ['hex', 64]]) {
		const shape = {base64: /[A-Za-z0-9+/]{43}=/g, base64url: /(?<=["])[A-Za-z0-9_-]{43}(?=["])/g, hex: /[0-9a-f]{64}/g}[form];
		(words.match(shape) ?? []).filter((w) => w.length === length).forEach((w) => found.add(Buffer.from(w, form).toString('hex')));
	}
	return found;
}

/* Which of the candidates can be told to be the one, by all that can be tried without knowing its salt. */
function confirmed(text, candidates) {
	const known = secretsIn(text);
	const label = 'plan.legal.background';
	const salts = ['', ...[...known].map((k) => Buffer.from(k, 'hex').toString('base64url'))];

	return candidates.filter((value) => salts.some((salt) => {
		const leaf = leafHash(disclose(salt, `${label}/field/plan.legal.background.debt`, value));
		const count = leafHash(disclose(salt, `${label}/~`, 1));
		return [leaf, sha(leaf), rootOf([count, leaf]), rootOf([leaf, leaf]), rootOf([leaf, count])]
			.some((h) => known.has(h.toString('hex')));
	}));
}

test('a hidden yes or no cannot be guessed from the employer\'s bundle; without salts it can', () => {
	for (const answer of [true, false]) {
		const text = bundle(hiddenYesNo(answer), 'p-emp');
		assert.ok(secretsIn(text).size > 150);
		assert.deepEqual(confirmed(text, [true, false, 'はい', 'いいえ']), []);
		assert.deepEqual(confirmed(bundle(hiddenYesNo(answer, {salted: false}), 'p-emp'), [true, false, 'はい', 'いいえ']), [answer]);
	}
});

/* ---- who must not learn of whom ---- */

test('who must not learn of another who sat in the same items gets nothing that names them; the others do', () => {
	const file = structuredClone(files.get(2));
	file.denials = [{party: 'p-kp', about_party: 'p-cw'}];
	const {log} = playMinutes(file);
	const cw = log.seats.get('p-cw');

	for (const key of log.input.keys) {
		const text = bundle(log, key);
		const r = must(log, text);
		assert.deepEqual(key === 'p-kp' ? toldTooMuch(log, key, text).filter((w) => !w.startsWith('text of')) : [], []);
		assert.equal(r.known.includes(cw.id), key !== 'p-kp', key);
		assert.equal(r.acts.some((a) => a.party === cw.id), key !== 'p-kp', key);
	}
	const words = (key) => opened(bundle(log, key)).text;
	assert.ok(!words('p-kp').includes('付記意見あり') && words('p-cw').includes('付記意見あり'));
	assert.ok(!words('p-kp').includes('収入の見通しが弱い') && words('p-hw').includes('収入の見通しが弱い'));
});
