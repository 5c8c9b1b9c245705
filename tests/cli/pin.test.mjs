/* schema pin: another policy for series that are there, by an administrator while no server runs. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import {Conn} from '../proto/conn.mjs';
import {login} from '../support/http.mjs';
import {ROOT, Server, cli, defaultBin, schemaWith, tempDir} from '../support/server.mjs';

const BIN = defaultBin();
const rokusha = (...args) => cli(BIN, args);
const policy = (...changes) => schemaWith(tempDir('schema'), changes);
const cases = (n) => path.join(ROOT, `tests/cases/case-${n}.json`);
const SERIES = ['K-0101-C', 'K-0202-C'];

const LOSS = ['visibility.tsv', 'case.lead_agency\t主担当機関\tparty\tS1\tr\tw\tr\tw\tr\t',
	'case.lead_agency\t主担当機関\tparty\tS1\tr\tw\tr\tw\tn\t'];
const GAIN = ['visibility.tsv', 'person.life_history\t生活歴\ttext\tS3\tr\tw\tr\tr\tr\tn\t',
	'person.life_history\t生活歴\ttext\tS3\tr\tw\tr\tr\tr\tr\t'];
const FIELD = ['form.json', '"fields": [',
	'"fields": [{"id": "person.hobby", "label": "好きなこと", "class": "person.comm_needs", "type": "text"},'];

async function database(...numbers) {
	const dir = tempDir('pin');
	const db = path.join(dir, 'a.db');
	const links = path.join(dir, 'links.json');

	assert.equal((await rokusha('init', db)).code, 0);
	for (const n of numbers) {
		const done = await rokusha('import', '--db', db, '--links', links, '--reusable', '--now',
			'2026-11-12T14:00', cases(n));
		assert.equal(done.code, 0, done.err);
	}
	return {dir, db, links};
}

const records = async (db) => JSON.parse((await rokusha('check', '--db', db)).out).records;
const pin = (db, ...more) => rokusha('schema', 'pin', '--db', db, ...more);
async function level(db, seat, cls, at, ...more) {
	const done = await rokusha('explain', '--db', db, '--series', SERIES[0], '--seat', seat,
		'--class', cls, '--at', at, ...more);
	assert.equal(done.code, 0, done.err);
	const {level: said, reason} = JSON.parse(done.out);
	return `${said} ${reason}`;
}

test('losses at once, gains after approval, and explain knows which policy when', async () => {
	const {dir, db, links} = await database(1);
	const schema = policy(LOSS, GAIN, FIELD);
	const done = await pin(db, '--series', SERIES[0], '--schema', schema, '--now', '2026-11-12T15:00');

	assert.equal(done.code, 0, done.err);
	for (const word of ['失う 1、得る 1', '「市の担当者」が「主担当機関」を読めなくなります', '「ハローワーク」が「生活歴」を読めるようになります', '好きなこと', '承認を待ちます']) {
		assert.ok(done.out.includes(word), word);
	}
	const server = new Server({bin: BIN, db, dir, now: Date.parse('2026-11-12T16:00:00+09:00')});
	await server.start();
	const {secret} = JSON.parse(fs.readFileSync(links, 'utf8')).find((l) => l.seat === 'p-sup');
	const {sid, cookie} = await login(server.origin, secret);
	const sup = new Conn('p-sup');
	assert.equal(await sup.open(`${server.origin.replace('http', 'ws')}/s/${sid}/ws`,
		{origin: server.origin, headers: {cookie}}), 101);
	sup.send({t: 'join', client: sup.client});
	const {frame} = await sup.expect({t: 'snap'});
	sup.send({t: 'approve', ref: 1, hash: frame.policy.hash});
	assert.equal((await sup.answer(1)).t, 'ack');
	sup.end();
	await server.stop();

	assert.equal(await level(db, 'p-cw', 'case.lead_agency', '2026-11-12T14:30'), 'read matrix');
	assert.equal(await level(db, 'p-cw', 'case.lead_agency', '2026-11-12T15:30'), 'none matrix');
	assert.equal(await level(db, 'p-hw', 'person.life_history', '2026-11-12T14:30'), 'none matrix');
	assert.equal(await level(db, 'p-hw', 'person.life_history', '2026-11-12T15:30'), 'none policy');
	assert.equal(await level(db, 'p-hw', 'person.life_history', '2026-11-12T18:00'), 'read matrix');
	assert.equal(await level(db, 'p-ps', 'person.hobby', '2026-11-12T15:30'), 'none policy');
	assert.equal(await level(db, 'p-ps', 'person.hobby', '2026-11-12T18:00'), 'write matrix');
	const early = await rokusha('explain', '--db', db, '--series', SERIES[0], '--seat', 'p-ps',
		'--class', 'person.hobby', '--at', '2026-11-12T14:30');
	assert.equal(early.code, 1, 'there was no such field');
	assert.equal((await rokusha('check', '--db', db)).code, 0);
	assert.equal((await rokusha('check', '--db', db, '--rebuild')).code, 0);
	assert.equal((await rokusha('check', '--db', db)).code, 0);
});

test('whatever the program was started with, a series is judged by its own policy', async () => {
	const {db} = await database(1);
	const other = policy(GAIN);
	const view = async (...more) => {
		const done = await rokusha('view', '--db', db, '--series', SERIES[0], '--seat', 'p-hw', ...more);
		assert.equal(done.code, 0, done.err);
		return JSON.parse(done.out).cells;
	};

	assert.deepEqual(await view('--schema', other), await view());
	assert.equal((await rokusha('check', '--db', db, '--schema', other)).code, 0);
	assert.equal((await rokusha('import', '--db', db, '--schema', other, '--now', '2026-11-12T14:00', cases(2))).code, 0);
	assert.equal((await rokusha('check', '--db', db)).code, 0);
});

test('never beside a server, and never for nothing in particular', async () => {
	const {dir, db} = await database(1);
	const schema = policy(LOSS);
	const before = await records(db);
	const server = new Server({bin: BIN, db, dir});

	await server.start();
	const beside = await pin(db, '--all', '--schema', schema);
	assert.equal(beside.code, 1);
	assert.match(beside.err, /in use: a server/);
	await server.stop();
	for (const call of [[], ['--all', '--series', SERIES[0]]]) {
		const done = await pin(db, ...call);
		assert.equal(done.code, 2, done.err);
		assert.match(done.err, /--series NAME or --all/);
	}
	const unknown = await pin(db, '--series', 'K-9', '--schema', schema);
	assert.equal(unknown.code, 1);
	assert.match(unknown.err, /no series "K-9"/);
	assert.equal(await records(db), before);
	const same = await pin(db, '--all');
	assert.equal(same.code, 0);
	assert.match(same.out, /もうこの方針です/);
	assert.equal(await records(db), before);
});

test('a series that cannot follow says all that it misses, and none is changed', async () => {
	const {db} = await database(1, 2);
	/* Only case 1 has a light key person. */
	const schema = policy(['visibility.tsv', '\tlkp\t', '\tlkx\t'], ['roles.json', '"id": "lkp"', '"id": "lkx"'],
		['form.json', '"id": "person.life_history", "label": "これまでの暮らし", "class": "person.life_history", "type": "text"',
			'"id": "person.life_history", "label": "これまでの暮らし", "class": "person.life_history", "type": "line"']);
	const before = await records(db);
	const both = await pin(db, '--all', '--schema', schema);

	assert.equal(both.code, 1);
	assert.match(both.err, /K-0101-C: 役割「現場のキーパーソン」（lkp）がありません/);
	assert.match(both.err, /K-0101-C: 項目「これまでの暮らし」（person\.life_history）の種類が変わっています/);
	assert.match(both.err, /K-0202-C: .*種類が変わっています/);
	assert.doesNotMatch(both.err, /K-0202-C: 役割/);
	assert.equal(await records(db), before);
	const one = policy(['visibility.tsv', '\tlkp\t', '\tlkx\t'], ['roles.json', '"id": "lkp"', '"id": "lkx"']);
	const half = await pin(db, '--all', '--schema', one);
	assert.equal(half.code, 1);
	assert.match(half.err, /nothing was changed in the series that could follow/);
	assert.equal(await records(db), before);
	assert.equal((await pin(db, '--series', SERIES[1], '--schema', one)).code, 0);
	assert.equal(await records(db), before + 1);
});

test('what nobody gains from needs no approval', async () => {
	const {db} = await database(1);
	const done = await pin(db, '--all', '--schema', policy(LOSS), '--now', '2026-11-12T15:00');

	assert.equal(done.code, 0, done.err);
	assert.match(done.out, /承認はいりません/);
	assert.equal(await level(db, 'p-cw', 'case.lead_agency', '2026-11-12T15:30'), 'none matrix');
	const back = await pin(db, '--all', '--now', '2026-11-12T16:00');
	assert.match(back.out, /承認を待ちます/);
	assert.equal(await level(db, 'p-cw', 'case.lead_agency', '2026-11-12T16:30'), 'none policy');
});

/* A loss, a gain, and new fields up to the limit; all of them stand on one page for who approves. */
test('500 changes can be pinned at once, and not one more', async () => {
	const {dir, db, links} = await database(1);
	const before = await records(db);
	const fields = (count) => ['form.json', '"fields": [', `"fields": [${Array.from({length: count}, (_, i) =>
		`{"id": "person.more${i}", "label": "項目${i}", "class": "person.comm_needs", "type": "bool"},`).join('\n')}`];

	const many = await pin(db, '--series', SERIES[0], '--schema', policy(LOSS, GAIN, fields(499)),
		'--now', '2026-11-12T15:00');
	assert.equal(many.code, 1);
	assert.match(many.err, /K-0101-C: 変更が多すぎて、一度に承認できません。何回かに分けてください。/);
	assert.equal(await records(db), before, 'nothing is changed');
	const done = await pin(db, '--series', SERIES[0], '--schema', policy(LOSS, GAIN, fields(498)),
		'--now', '2026-11-12T15:00');
	assert.equal(done.code, 0, done.err);
	assert.equal(await records(db), before + 1);
	const server = new Server({bin: BIN, db, dir, now: Date.parse('2026-11-12T16:00:00+09:00')});
	await server.start();
	const {secret} = JSON.parse(fs.readFileSync(links, 'utf8')).find((l) => l.seat === 'p-sup');
	const {sid, cookie} = await login(server.origin, secret);
	const sup = new Conn('p-sup');
	assert.equal(await sup.open(`${server.origin.replace('http', 'ws')}/s/${sid}/ws`,
		{origin: server.origin, headers: {cookie}}), 101);
	sup.send({t: 'join', client: sup.client});
	const {frame} = await sup.expect({t: 'snap'});
	const {gains, losses, others} = frame.policy;
	assert.deepEqual([gains.length, losses.length, others.length], [1, 1, 498]);
	sup.end();
	await server.stop();
});
