/* The verifier in C and the sketch's: the same reports of good bundles, no bad one taken by either. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {bundle} from '../vectors/minutes/bundle.mjs';
import {b64} from '../vectors/minutes/prim.mjs';
import {reportData, verify} from '../vectors/minutes/verify.mjs';
import {allBundles, few} from './bundles.mjs';
import {edges, hostile} from './hostile.mjs';
import {every, judge, report} from './rig.mjs';

const all = allBundles();
const find = (name) => all.find((b) => b.name === name);
const CODE = {valid: 0, withheld: 1, invalid: 1};

test('every bundle there is: equal reports, and the exit code of its verdict', () => {
	const verdicts = new Set();

	for (const {name, text, key} of all) {
		const want = reportData(verify(text, [key]));
		const got = report(name, text, key);
		assert.deepEqual(got.report, {trusted: true, ...want}, name);
		assert.equal(got.code, CODE[want.verdict], name);
		verdicts.add(want.verdict);
	}
	assert.deepEqual([...verdicts].sort(), ['valid', 'withheld']);
	/* What the reports are compared on is there. */
	const reports = all.map(({text, key}) => reportData(verify(text, [key])));
	for (const what of ['acts', 'amends', 'erased', 'withheld']) {
		assert.ok(reports.some((r) => r[what].length > 0), what);
	}
	for (const method of ['attested', 'paper', 'webauthn']) {
		assert.ok(reports.some((r) => r.acts.some((a) => a.method === method)), method);
	}
	for (const word of ['agree', 'reserve', 'dissent', 'decline', 'withdraw', 'vouch']) {
		assert.ok(reports.some((r) => r.acts.some((a) => Object.values(a.says).some((s) => s.decision === word))), word);
	}
});

test('a server that signs what it must not, a passkey that says another thing, boxes put together by hand: refused by both', () => {
	const bad = hostile();
	const [{key}] = bad;
	const verdicts = judge(key, bad.map((b) => b.text));

	assert.ok(bad.length > 90 && bad.every((b) => b.key === key));
	bad.forEach((b, i) => {
		assert.equal(verify(b.text, [key]).verdict, 'invalid', b.name);
		assert.equal(verdicts[i], 'invalid', b.name);
	});
});

test('as large as may be is still good', () => {
	const good = edges();

	assert.deepEqual(judge(good[0].key, good.map((b) => b.text)), good.map(() => 'valid'));
	good.forEach((b) => assert.equal(verify(b.text, [b.key]).verdict, 'valid'));
});

test('each byte of an employer\'s and of a person\'s bundle changed: all refused', () => {
	const {log, emp, self} = few();

	for (const [name, text] of [['emp', emp], ['self', self]]) {
		assert.equal(report(`few-${name}`, text, log.publicKey).report.verdict, 'valid');
		const got = every(name, text, log.publicKey);
		assert.deepEqual([got.tried, got.taken], [text.length, 0], got.said);
	}
	assert.ok(emp.length > 15000 && self.length > 20000);
});

/* The bundle as lines: head, one an entry, end. */
const relined = (text, change) => {
	const lines = text.trimEnd().split('\n');
	const entries = change(lines.slice(1, -1).map((l) => l.replace(/,$/, '')));

	return `${lines[0].replace(/"size":\d+/, `"size":${entries.length}`)}\n${entries.join(',\n')}\n]}\n`;
};

test('entries dropped, doubled, swapped, cut off, boxes taken away or put in: refused', () => {
	const {log, text, key} = find('all-p-emp');
	const n = JSON.parse(text).size;
	const bad = [];

	assert.equal(relined(text, (e) => e), text, 'the tool itself changes nothing');
	for (let i = 0; i < n; i++) {
		bad.push(relined(text, (e) => e.toSpliced(i, 1)), relined(text, (e) => e.toSpliced(i, 0, e[i])), relined(text, (e) => e.slice(0, i)),
			relined(text, (e) => (i === 0 ? [e[1], e[0], ...e.slice(2)] : e.toSpliced(i - 1, 2, e[i], e[i - 1]))),
			...[',""]}', ',[]]}', ']', '],"c":[]}'].map((more) => relined(text, (e) => e.with(i, e[i].replace(/\]\}$/, more)))));
	}
	for (let at = 0; at < text.length; at += 997) {
		bad.push(text.slice(0, at));
	}
	bad.push(`${text}\n`, ` ${text}`, text.slice(0, -1), text + text, JSON.stringify(JSON.parse(text)), text.replace('"size":', '"size": '),
		text.replace(/"size":(\d+)/, '"size":0$1'), text.replaceAll('\n', '\r\n'), `\ufeff${text}`, '', '{}');
	const seat = log.seats.get('p-emp');
	for (const label of seat.reads) {
		const seats = new Map([['p-emp', {...seat, reads: seat.reads.filter((l) => l !== label)}]]);
		bad.push(bundle({origin: log.origin, entries: log.entries, publicKey: key, sigAt: (s) => log.sigAt(s), seats}, 'p-emp', n - 1));
	}
	assert.equal(bad.filter((b) => b === text).length, 0);
	judge(key, bad).forEach((v, i) => assert.equal(v, 'invalid', `${i}: ${bad[i].slice(0, 80)}`));
	assert.deepEqual(judge(b64(Buffer.alloc(33, 1)), [text]), ['invalid'], 'another server');
	assert.deepEqual(judge(key, [text]), ['valid']);
});
