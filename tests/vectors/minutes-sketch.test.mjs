/* The experiment: cases sealed, signed, corrected, erased; what every seat gets holds, and says what happened. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {bundle, lastFor} from './minutes/bundle.mjs';
import {classLabels, readCase} from './minutes/case.mjs';
import {RP, headsFor, passkey, playMinutes, sameChance, seal, signAs, vouch} from './minutes/play.mjs';
import {b64, leafHash, readDisclosure, sha} from './minutes/prim.mjs';
import {fork} from './minutes/relate.mjs';
import {opened} from './minutes/search.mjs';
import {readLeaf, roundTime} from './minutes/shape.mjs';
import {verify} from './minutes/verify.mjs';

const DAY = 86400;
const CASES = [1, 2, 3, 4];
const files = new Map(CASES.map((n) => [n, readCase(n)]));
const played = new Map(CASES.map((n) => [n, playMinutes(files.get(n))]));
const empOf = (log) => log.input.seats.find((s) => s.role === 'emp').key;
const check = (log, text) => verify(text, [log.publicKey]);
const must = (log, text) => {
	const r = check(log, text);
	assert.equal(r.verdict, 'valid', r.why);
	return r;
};

/* ---- valid, and what it says -------------------------------------------------------------------------------- */

test('every seat of four cases gets a bundle that holds', () => {
	for (const {log} of played.values()) {
		for (const key of log.input.keys) {
			const r = must(log, bundle(log, key));
			assert.equal(r.party, log.seats.get(key).id);
			assert.ok(r.fields > 10, `${key}: ${r.fields} fields`);
		}
	}
});

test('labels are the classes nobody reads in part, the slots, and common; a minutes entry has a root for each', () => {
	const labels = classLabels();

	assert.equal(labels.length, 43);
	for (const [cls, is] of [['plan.work.parts', false], ['plan.living.parts', true], ['plan.work.action', true],
		['pplan.statements', true], ['conf.logistics', true], ['conf.legal_basis', true], ['min.next_date', true],
		['work.conditions', false], ['min.decisions', false], ['conf.schedule', false]]) {
		assert.equal(labels.includes(cls), is, cls);
	}
	for (const {log} of played.values()) {
		const boxes = (e) => e.header.filter((l) => l.startsWith('box ')).length;
		assert.deepEqual(log.entries.map(boxes), log.entries.map((e) => (e.kind === 'minutes' ? 1 + 43 + 32 : 1)));
		const salts = log.entries.flatMap((e) => [...e.boxes.values()].flatMap((b) => b.leaves.map((l) => readDisclosure(l.d)[0])))
			.concat(log.answers.map((a) => readDisclosure(a.d)[0]));
		assert.equal(new Set(salts).size, salts.length, 'a salt twice');
	}
});

test('headers are the same bytes for all; a bundle ends at the last entry that concerns its reader', () => {
	for (const {log} of played.values()) {
		const ends = new Set();
		for (const key of log.input.keys) {
			const {entries} = JSON.parse(bundle(log, key));
			entries.forEach((e, i) => assert.deepEqual(e.h, log.entries[i].header));
			ends.add(entries.length);
			const {reads} = log.seats.get(key);
			const later = log.entries.slice(entries.length);
			assert.ok(later.every((e) => reads.every((l) => (e.boxes.get(l)?.count ?? 0) === 0)));
		}
		assert.ok(Math.max(...ends) < log.entries.length);
	}
	const {log} = played.get(4);
	assert.ok(new Set(log.input.keys.map((k) => lastFor(log, log.seats.get(k).reads))).size > 1, 'not all end at one entry');
});

test('the table of signatures: late, with a note where it was meant, on paper, by mark, declined', () => {
	const of = (n, reader, party) => {
		const {log} = played.get(n);
		return must(log, bundle(log, reader)).acts.filter((a) => a.party === log.seats.get(party).id);
	};
	const said = (acts) => acts.flatMap((a) => [...a.says.values()].map((s) => s.decision)).sort();

	assert.equal(of(3, 'p-emp', 'p-emp').filter((a) => a.late).length, 1);
	assert.deepEqual(of(3, 'p-ps', 'p-self').map((a) => [a.method, a.vouched, [...a.says.values()][0].hand]).slice(0, 1),
		[['attested', true, 'mark']]);
	assert.deepEqual(of(3, 'p-ps', 'p-kp').filter((a) => a.method === 'paper').map((a) => [a.size > 2, a.vouched]).sort(), [[false, true], [true, true]]);
	/* The caseworker's note is on a decision the employer does not know of: to it they agree. */
	const notes = (reader) => of(2, reader, 'p-cw').flatMap((a) => [...a.says.values()]);
	assert.ok(notes('p-hw').some((s) => s.decision === 'reserve' && s.text === '付記意見あり'));
	assert.deepEqual(notes('p-emp').map((s) => s.decision), ['agree']);
	assert.deepEqual(said(of(4, 'p-ps', 'p-doc')), ['decline']);
	assert.deepEqual(of(1, 'p-emp', 'p-aps'), [], 'silence is nothing');
});

test('dissent and withdrawal are acts; a foreign key, a foreign head, a scope too wide are refused', () => {
	const log = seal(files.get(1));
	const slot = log.seats.get('p-cw').shared[0];

	log.sign('p-cw', {method: 'attested', time: log.at + 60, say: {decision: 'dissent', note: '反対'}});
	const again = log.sign('p-self', {method: 'attested', time: log.at + 90, say: {decision: 'agree'}});
	log.sign('p-self', {method: 'attested', time: log.at + 95, say: {decision: 'withdraw', about: b64(again)}});
	log.until(log.at + DAY);
	const r = must(log, bundle(log, 'p-self'));
	assert.deepEqual(r.acts.flatMap((a) => a.says.get(slot)?.decision ?? []).sort(), ['agree', 'dissent', 'withdraw']);

	const bad = (change, why, after = () => {}) => {
		const l = seal(files.get(1));
		change(l);
		l.sign('p-emp', {method: 'attested', time: l.at + 60, say: {decision: 'agree'}});
		after(l);
		l.until(l.at + DAY);
		assert.match(check(l, bundle(l, 'p-emp')).why ?? 'valid', why);
	};
	const wider = (l) => { l.seats.get('p-emp').reads = l.labels.filter((x) => x === 'plan.legal.background' || own.includes(x)); };
	const own = [];
	bad((l) => { own.splice(0, 99, ...l.seats.get('p-emp').reads); }, /^valid$/);
	bad((l) => { own.splice(0, 99, ...l.seats.get('p-emp').reads); wider(l); }, /did not read/,
		(l) => { l.seats.get('p-emp').reads = own; });
	bad((l) => { own.splice(0, 99, ...l.seats.get('p-emp').reads); wider(l); }, /manifest names other labels/);
	bad((l) => { l.seeds = {...l.seeds, attest: Buffer.alloc(32, 9)}; }, /signature of the server/);
	bad((l) => { l.roots[2] = l.roots[1]; }, /head/, (l) => l.roots.splice(2, 1, l.tree.root()));
	bad((l) => { l.seats.get('p-emp').id = '0'.repeat(16); }, /party/);
	bad((l) => l.sign('p-emp', {method: 'attested', time: l.at + 60, say: {decision: 'perhaps'}}), /say/);
	bad((l) => l.sign('p-emp', {method: 'oath', time: l.at + 60, say: {decision: 'agree'}}), /method/);
	bad((l) => { l.at += 600; }, /not the time of this round/);
});

/* ---- nothing can be changed, dropped, doubled, swapped ------------------------------------------------------- */

/* A small generator: the same places each time. */
function places(seed, n, max) {
	let s = seed;
	return Array.from({length: n}, () => {
		s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
		return Math.floor((s / 2 ** 32) * max);
	});
}

test('every single-byte mutation tried is refused: there is no unsigned place', () => {
	for (const [n, key, tries] of [[1, 'p-emp', 500], [3, 'p-self', 250]]) {
		const {log} = played.get(n);
		const bytes = Buffer.from(bundle(log, key));
		const at = [...places(7, tries, bytes.length), 0, 1, bytes.length - 1, bytes.length - 2];
		for (const [i, where] of at.entries()) {
			const copy = Buffer.from(bytes);
			copy[where] ^= 1 << (i % 8);
			assert.equal(check(log, copy).verdict, 'invalid', `byte ${where} of ${key}`);
		}
	}
});

test('white space, another spelling, a byte more or less: refused', () => {
	const {log} = played.get(1);
	const text = bundle(log, 'p-emp');

	/* The bits of base64 that stand for nothing are nought. */
	const loose = (name) => text.replace(new RegExp(`("${name}":"[^"]*)([A-Za-z0-9+/])(=*")`), (all, a, c, z) =>
		a + String.fromCharCode(c.charCodeAt(0) + 1) + z);
	for (const other of [loose('sig'), `${text}\n`, ` ${text}`, text.slice(0, -1), JSON.stringify(JSON.parse(text)),
		text.replace('"size":', '"size": '), text.replace(/"size":(\d+)/, '"size":0$1'), text.replace('rokusha-bundle', 'rokusha\\u002dbundle'), '', '{}']) {
		assert.notEqual(other, text);
		assert.equal(check(log, other).verdict, 'invalid');
	}
});

/* The bundle as lines: head, one an entry, end. */
const relined = (text, change) => {
	const lines = text.trimEnd().split('\n');
	const entries = change(lines.slice(1, -1).map((l) => l.replace(/,$/, '')));

	return `${lines[0].replace(/"size":\d+/, `"size":${entries.length}`)}\n${entries.join(',\n')}\n]}\n`;
};

test('entries dropped, doubled, swapped, cut off, and boxes taken away, are refused', () => {
	const {log} = played.get(2);
	const text = bundle(log, 'p-self');
	const n = JSON.parse(text).size;

	assert.equal(relined(text, (e) => e), text, 'the tool itself changes nothing');
	for (let i = 0; i < n; i++) {
		for (const [what, change] of [['dropped', (e) => e.toSpliced(i, 1)], ['doubled', (e) => e.toSpliced(i, 0, e[i])],
			['swapped', (e) => (i === 0 ? [e[1], e[0], ...e.slice(2)] : e.toSpliced(i - 1, 2, e[i], e[i - 1]))]]) {
			assert.equal(check(log, relined(text, change)).verdict, 'invalid', `${what} ${i}`);
		}
		assert.equal(check(log, relined(text, (e) => e.slice(0, i))).verdict, 'invalid', `cut off at ${i}`);
		for (const more of [`,"${b64(sha('x'))}"]}`, ',[]]}', `,"${b64(sha('x'))}"],"c":[]}`]) {
			assert.equal(check(log, relined(text, (e) => e.with(i, e[i].replace(/\]\}$/, more)))).verdict, 'invalid', `more in ${i}`);
		}
	}
	const whole = JSON.parse(text);
	for (const label of whole.reads.filter((l) => l !== 'common')) {
		const reads = whole.reads.filter((l) => l !== label);
		const key = log.seats.get('p-self');
		const less = bundle({...log, origin: log.origin, entries: log.entries, publicKey: log.publicKey, sigAt: (s) => log.sigAt(s),
			seats: new Map([['p-self', {...key, reads}]])}, 'p-self', whole.size - 1);
		assert.equal(check(log, less).verdict, 'invalid', `without ${label}`);
	}
	assert.equal(verify(text, [b64(Buffer.alloc(33, 1))]).verdict, 'invalid', 'another server');
});

test('two histories of one log are seen to part', () => {
	const o = {rng: sameChance('f', 'p-emp')};
	const [one, two] = [seal(files.get(1), o), seal(files.get(1), o)];
	for (const [log, decision] of [[one, 'agree'], [two, 'decline']]) {
		log.sign('p-emp', {method: 'attested', time: log.at + 60, say: {decision}});
		log.until(log.at + DAY);
	}
	assert.equal(fork(bundle(one, 'p-emp'), bundle(two, 'p-ps')), 2);
	assert.equal(fork(bundle(one, 'p-emp'), bundle(one, 'p-ps')), null);
	/* A server that finds itself older than its last head goes on in a new log that names it. */
	const parent = `${one.origin} 3 ${b64(one.roots[3])}`;
	const next = seal(files.get(1), {origin: one.origin.replace('0123', '3210'), parent});
	assert.equal(must(next, bundle(next, 'p-emp')).parent, parent);
	assert.match(check(one, bundle(seal(files.get(1), {parent: 'x y z'}), 'p-emp')).why, /parent/);
});

/* ---- rounds ---- */

test('rounds are at times that nothing moves', () => {
	const at = 1794500000;
	const times = Array.from({length: 20}, (_, i) => roundTime(at, i + 1));

	assert.equal(times[0], at + 3600);
	times.slice(1).forEach((t) => assert.equal(t % DAY, 11 * 3600));
	assert.ok(times.every((t, i) => i === 0 || t > times[i - 1]));
	assert.deepEqual([times[7] - times[1], times[8] - times[7]], [6 * DAY, 7 * DAY]);
	for (let t = at; t < at + DAY; t += 1799) {
		assert.ok(roundTime(t, 2) > roundTime(t, 1) && roundTime(t, 2) - roundTime(t, 1) <= DAY);
	}
});

/* ---- erasing ---- */

function eraseOne(log, name, by = ['p-ps', 'p-sup']) {
	const at = log.entries.at(-1).time + 60;
	const gone = log.copiesOf(name).map((f) => f.leaf.d);

	log.erase(at, name, 'request', by);
	log.until(at + 9 * DAY);
	return gone;
}

test('erased: gone from every bundle, told apart from withheld, and everything still verifies', () => {
	const officials = ['p-self', 'p-ps', 'p-aps', 'p-sup', 'p-cw'];
	/* A row of a slot; one that was corrected since; a field of a class; who was known by what name. */
	for (const [n, name, readers, copies] of [[2, 'row/min.decisions/d4/text', officials, 1],
		[3, 'row/min.decisions/d5/text', [...officials, 'p-kp'], 2], [2, 'field/plan.money.action.content', officials, 1]]) {
		const {log} = playMinutes(files.get(n));
		const before = bundle(log, 'p-ps');
		const gone = eraseOne(log, name);
		const words = gone.map((d) => readDisclosure(d)[2]).map((v) => v.value ?? v);
		assert.equal(gone.length, copies);
		for (const key of log.input.keys) {
			const text = bundle(log, key);
			const r = must(log, text);
			assert.ok(gone.every((d) => !opened(text).disclosures.has(d)) && words.every((w) => !opened(text).text.includes(w)));
			assert.equal(r.erased.length, readers.includes(key) ? copies : 0, key);
			assert.ok(r.erased.every((e) => e.basis === 'request' && e.parties.length === 2));
		}
		/* The same leaf left out of the copy from before: nobody says it was erased. */
		const cut = before.replace(gone[0], `x:${b64(leafHash(gone[0]))}`);
		assert.notEqual(cut, before);
		const r = check(log, cut);
		assert.deepEqual([r.verdict, r.withheld.length, r.erased.length], ['withheld', 1, 0]);
	}
	for (const by of [['p-ps'], ['p-ps', 'p-ps']]) {
		const {log} = playMinutes(files.get(2));
		eraseOne(log, 'row/min.decisions/d4/text', by);
		assert.match(check(log, bundle(log, 'p-ps')).why, /two did not approve/);
	}
});

test('a note, and a name, are leaves of their own and can be erased; the signatures still hold', () => {
	const log = seal(files.get(1));
	const {own, id, shared} = log.seats.get('p-cw');
	const [slot] = shared;
	signAs(log, {party: 'p-cw', status: 'signed_with_note', note: '書きすぎた付記'}, log.at + 60, [slot]);
	log.until(log.at + DAY);
	const before = must(log, bundle(log, 'p-hw'));
	assert.equal(before.acts[0].says.get(slot).text, '書きすぎた付記');
	const leaf = (entry, label, name) => ({label, to: [label], leaf: log.entries[entry].boxes.get(label).leaves.find((l) => l.name.startsWith(`${label}/${name}`))});
	log.eraseLeaves(log.at + 2 * DAY, [leaf(2, slot, 'note/'), leaf(2, own, 'note/'), leaf(1, slot, `name/${id}`)], 'correction', ['p-self', 'p-ps']);
	log.until(log.at + 4 * DAY);
	for (const key of ['p-hw', 'p-cw']) {
		const r = must(log, bundle(log, key));
		assert.deepEqual([r.erased.length, r.acts.length, r.acts[0].says.get(slot).decision, r.acts[0].says.get(slot).text],
			[key === 'p-hw' ? 2 : 3, 1, 'reserve', undefined]);
		assert.ok(!opened(bundle(log, key)).text.includes('書きすぎた付記') && !opened(bundle(log, 'p-hw')).text.includes('木立（市の担当者）"]'));
		assert.ok(r.known.includes(id));
	}
});

/* ---- correcting ---- */

test('a correction after sealing is told to its readers alone; they sign again, and nobody else is asked', () => {
	const {log, asked} = played.get(3);
	const {readers, places} = asked.get(1);
	const emp = must(log, bundle(log, 'p-emp'));

	assert.deepEqual(readers.toSorted(), ['p-aps', 'p-cw', 'p-kp', 'p-ps', 'p-self', 'p-sup']);
	assert.equal(emp.amends.length, 0);
	for (const key of log.input.keys) {
		const r = must(log, bundle(log, key));
		const again = r.acts.filter((a) => a.size > 2 && a.party === r.party && [...a.says.values()][0].decision === 'agree');
		assert.equal(r.amends.length, readers.includes(key) ? 1 : 0, key);
		assert.equal(again.length > 0, files.get(3).minutes.corrections[0].resign_required.includes(key) && readers.includes(key), key);
		assert.ok(again.every((a) => headsFor(log, key).has(a.size)), key);
		if (readers.includes(key)) {
			assert.match(r.amends[0].value, /9月から月2回/);
		}
	}
	assert.deepEqual(places, log.groups.filter((g) => g.members.join() === log.input.items.get(5).join()).map((g) => g.slot));
	/* The employer signs late, after the hidden correction, the head they always would have. */
	const late = emp.acts.find((a) => a.party === emp.party);
	assert.deepEqual([late.size, late.late], [2, true]);
});

test('a correction of the plan is told in the slots of those who read that class', () => {
	const log = seal(files.get(1));
	const {readers} = log.amend(log.at + 60, 'field/plan.money.action.content', '直した', '本人の確認');
	log.until(log.at + DAY);
	for (const key of log.input.keys) {
		assert.equal(must(log, bundle(log, key)).amends.length, readers.includes(key) ? 1 : 0, key);
	}
	assert.ok(!readers.includes('p-emp'));
});

/* ---- passkeys ---- */

function withPasskey(twist, o = {}) {
	const log = seal(files.get(1));
	const key = passkey();
	const seat = log.seats.get('p-self');

	for (const slot of [...seat.shared, seat.own]) {
		log.tell(log.at + 10, slot, `key/${o.party ?? (o.of ? log.seats.get(o.of).id : seat.id)}`, {spki: b64((o.other ?? key).spki)});
	}
	log.sign('p-self', {method: 'webauthn', time: log.at + 60, say: {decision: 'agree'},
		passkey: {spki: key.spki, sign: (s, rp) => key.sign(s, rp, twist)}});
	return log.until(log.at + DAY);
}

test('a passkey signs the statement; each thing it must say, tampered with, is refused', () => {
	const good = withPasskey({});
	for (const key of ['p-self', 'p-emp']) {
		const r = must(good, bundle(good, key));
		assert.deepEqual(r.acts.map((a) => a.method), ['webauthn']);
	}
	for (const [twist, why, o] of [[{type: 'webauthn.create'}, /client data/], [{challenge: sha('x')}, /client data/],
		[{origin: 'https://rokusha.example'}, /client data/], [{cross: true}, /client data/], [{rp: 'rokusha.example'}, /authenticator/],
		[{flags: 1}, /authenticator/], [{flags: 4}, /authenticator/], [{}, /no such key/, {other: passkey()}],
		[{}, /key/, {party: 'f'.repeat(16)}], [{}, /no such key/, {of: 'p-ps'}]]) {
		const log = withPasskey(twist, o);
		assert.match(check(log, bundle(log, 'p-emp')).why ?? 'valid', why);
	}
	assert.match(withPasskey({}).entries[0].header.find((l) => l.startsWith('rp ')), new RegExp(RP));
});

test('a scan needs somebody who was there: without, it is shown as not vouched for', () => {
	for (const by of ['p-kp', null]) {
		const log = seal(files.get(1));
		const hash = log.sign('p-self', {method: 'paper', time: log.at + 60, scan: sha('scan'), say: {decision: 'agree'}});
		/* One's own word does not count. */
		vouch(log, 'p-self', hash, {time: log.at + 90}, by ?? 'p-self');
		log.until(log.at + DAY);
		const paper = must(log, bundle(log, 'p-emp')).acts.find((a) => a.method === 'paper');
		assert.equal(paper.vouched, by !== null);
	}
});

/* ---- size ---- */

test('the employer\'s bundle of one meeting is at most 60 kB', () => {
	for (const n of [1, 2, 3]) {
		const {log} = played.get(n);
		const {length} = bundle(log, empOf(log));
		assert.ok(length <= 60000, `case ${n}: ${length}`);
	}
});

/* ---- spelling ---- */

test('a leaf has one spelling', () => {
	const salt = 'A'.repeat(43);
	const leaf = (json) => readLeaf(Buffer.from(json).toString('base64url'));
	const good = [`["${salt}","common/x","改行\\nと\\"\\\\"]`, `["${salt}","common/x",-9007199254740991]`, `["${salt}","common/x",true]`,
		`["${salt}","common/x",["a",1]]`, `["${salt}","s00/act/0","😀"]`, `["${salt}","s00/x",{"a":["b"],"c":{"d":"e"},"f":[{"g":"h"}]}]`, `["${salt}","say/0",null]`];
	const bad = [`["${salt}", "common/x","y"]`, `["${salt}","common/x",1.5]`, `["${salt}","common/x",1e3]`, `["${salt}","common/x",9007199254740992]`,
		`["${salt}","common/x",-0]`, `["${salt}","common/x","\\u0041"]`, `["${salt}","common/x","\\ud800"]`, `["${salt}","common/x","\\r"]`, `["${salt}","common/x","\\u0000"]`,
		`["${salt}","common/x",{"a":"b","a":"c"}]`, `["${salt}","common/x",{"2":"b"}]`, `["${salt}","common/x",{"a":null}]`, `["${salt}","common/x",[[[["a"]]]]]`,
		`["${salt}x","common/x","y"]`, `["short","common/x","y"]`, `["${salt}","common/x"]`, `["${salt}","common/x","y",1]`, `{"0":"${salt}"}`, '"x"', ''];
	good.forEach((json) => assert.ok(leaf(json), json));
	bad.forEach((json) => assert.equal(leaf(json), null, json));
	assert.equal(readLeaf(Buffer.concat([Buffer.from(`["${salt}","common/x","`), Buffer.from([0xc3]), Buffer.from('"]')]).toString('base64url')), null);
	assert.equal(readLeaf(`${Buffer.from(good[2]).toString('base64url')}=`), null);
});
