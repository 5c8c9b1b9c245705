/* Signed minutes from the command line, without a server: sealed, told, handed out, checked. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {ROOT, cli, defaultBin, mustCli, tempDir} from '../support/server.mjs';
import {verify} from '../vectors/minutes/verify.mjs';

const BIN = defaultBin();
const SERIES = 'K-0101-C';
const NOW = '2026-11-12T18:00';
const rokusha = (...args) => cli(BIN, args);

/* The state after the meeting, as the case file tells it. */
async function imported(...more) {
	const dir = tempDir('minutes');
	const db = path.join(dir, 'a.db');

	await mustCli(BIN, ['init', db]);
	await mustCli(BIN, ['import', '--db', db, '--now', NOW, ...more, path.join(ROOT, 'tests/cases/case-1.json')]);
	return {dir, db};
}

const seal = (db, ...more) => rokusha('seal', '--db', db, '--series', SERIES, '--until', '2026-11-26', '--now', NOW, ...more);
const bundle = (db, seat, ...more) => rokusha('bundle', '--db', db, '--series', SERIES, '--as', seat, '--now', NOW, ...more);

test('sealed once; every seat has a bundle that stands on its own, and the rounds come by the clock', async () => {
	const {db, dir} = await imported('--after');

	assert.equal((await rokusha('bundle', '--db', db, '--series', SERIES, '--as', 'p-emp')).code, 1, 'nothing is sealed');
	const done = await seal(db, '--origin', 'https://rokusha.example.lg.jp');
	assert.equal(done.code, 0, done.err);
	assert.notEqual((await seal(db)).code, 0, 'twice');
	for (const seat of ['p-emp', 'p-self', 'p-hw', 'p-kp']) {
		const {out} = await bundle(db, seat);
		const r = verify(out, [JSON.parse(out).key]);
		assert.equal(r.verdict, 'valid', `${seat}: ${r.why}`);
		assert.match(JSON.parse(out).origin, /^rokusha\.example\.lg\.jp\/c\/[0-9a-f]{32}$/);
	}
	assert.equal((await bundle(db, 'p-nobody')).code, 1);
	const status = JSON.parse((await rokusha('sign-status', '--db', db, '--series', SERIES, '--as', 'p-emp', '--now', NOW)).out);
	assert.deepEqual([status.state, status.acts, status.heads.map((h) => h.size)], ['sealed', [], [2]]);
	/* Nothing was signed: a week of rounds later the bundle is the same. */
	const before = (await bundle(db, 'p-emp')).out;
	assert.equal((await rokusha('bundle', '--db', db, '--series', SERIES, '--as', 'p-emp', '--now', '2026-11-19T12:00')).out, before);
	assert.match((await rokusha('check', '--db', db)).out, /"minutes":1/);
	const file = path.join(dir, 'b.json');
	assert.equal((await bundle(db, 'p-emp', '--out', file)).code, 0);
	assert.equal(fs.statSync(file).mode & 0o777, 0o600);
	assert.equal(fs.readFileSync(file, 'utf8'), before);
	assert.equal((await bundle(db, 'p-emp', '--out', file)).code, 1, 'it is not written over');
});

test('without a meeting, or for a day that is none or past, nothing is sealed', async () => {
	const {db} = await imported();
	const until = (day) => rokusha('seal', '--db', db, '--series', SERIES, '--until', day, '--now', NOW);

	assert.match((await seal(db)).err, /nothing can be sealed/);
	const {db: after} = await imported('--after');
	for (const day of ['2026-11-31', '2026-11-11', '2028-01-01', 'soon']) {
		assert.equal((await rokusha('seal', '--db', after, '--series', SERIES, '--until', day, '--now', NOW)).code, 1, day);
	}
	assert.equal((await until('2026-11-26')).code, 1);
	assert.ok(!fs.existsSync(`${db}.keys`));
});

test('keys that are lost are not made anew, and foreign ones sign nothing', async () => {
	const {db} = await imported('--after');

	await seal(db);
	const {mode} = fs.statSync(`${db}.keys`);
	assert.equal(mode & 0o777, 0o600);
	const keys = fs.readFileSync(`${db}.keys`);
	fs.rmSync(`${db}.keys`);
	assert.equal((await bundle(db, 'p-emp')).code, 1);
	assert.ok(!fs.existsSync(`${db}.keys`), 'the log would be another one');
	fs.writeFileSync(`${db}.keys`, `log ${Buffer.alloc(32, 1).toString('base64')}\nattest ${Buffer.alloc(32, 2).toString('base64')}\n`, {mode: 0o600});
	assert.match((await bundle(db, 'p-emp')).err, /other keys/);
	fs.writeFileSync(`${db}.keys`, keys);
	assert.equal((await bundle(db, 'p-emp')).code, 0);
});

test('check says what is wrong in a log', async () => {
	const {db} = await imported('--after');

	await seal(db);
	fs.appendFileSync(`${db}.heads`, fs.readFileSync(`${db}.heads`, 'utf8').replace(/ 2 /, ' 7 '));
	const done = await rokusha('check', '--db', db);
	assert.equal(done.code, 1);
	assert.match(done.err, /older than a head that was given out/);
});
