/* An older copy of the database is restored: what was given out since is known beside it, and gone on from. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {ROOT, cli, defaultBin, mustCli, tempDir} from '../support/server.mjs';
import {verify} from '../vectors/minutes/verify.mjs';

const BIN = defaultBin();
const SERIES = 'K-0101-C';
const NOW = '2026-11-12T18:00';
const LATER = '2026-11-13T18:00';
const rokusha = (...args) => cli(BIN, args);

async function imported() {
	const db = path.join(tempDir('restored'), 'a.db');

	await mustCli(BIN, ['init', db]);
	await mustCli(BIN, ['import', '--db', db, '--now', NOW, '--after', path.join(ROOT, 'tests/cases/case-1.json')]);
	return db;
}

const copyTo = (db, name) => mustCli('sqlite3', [db, `.backup '${name}'`]);

function restore(db, copy) {
	fs.copyFileSync(copy, db);
	for (const rest of ['-wal', '-shm']) {
		fs.rmSync(db + rest, {force: true});
	}
}

const seal = (db, now = NOW) => mustCli(BIN, ['seal', '--db', db, '--series', SERIES, '--until', '2026-11-26', '--now', now]);
async function given(db, now = NOW) {
	const text = await mustCli(BIN, ['bundle', '--db', db, '--series', SERIES, '--as', 'p-ps', '--now', now]);
	const bundle = JSON.parse(text);

	assert.equal(verify(text, [bundle.key]).verdict, 'valid');
	return bundle;
}
const check = (db) => rokusha('check', '--db', db);
const heads = (db) => fs.readFileSync(`${db}.heads`, 'utf8').trim().split('\n');
const parentOf = (bundle) => bundle.entries[0].h.find((l) => l.startsWith('parent ')).slice(7);
/* origin, size, root of a line */
const headOf = (line) => line.split(' ').slice(0, 3).join(' ');

/* Sealed and given out, then the copy from before. */
async function lost(db) {
	await copyTo(db, `${db}.copy`);
	await seal(db);
	const bundle = await given(db);
	restore(db, `${db}.copy`);
	return bundle;
}

test('a line of heads says of what series it is, once', async () => {
	const db = await imported();

	await seal(db);
	await given(db);
	await given(db, LATER);
	const lines = heads(db);
	assert.equal(lines.length, 2, lines.join('\n'));
	const [, size, , series, seq, parties] = lines[0].split(' ');
	assert.equal(size, '2');
	assert.match(series, /^[0-9a-f]{16}$/);
	assert.ok(Number(seq) > 1);
	assert.ok(parties.split(',').length >= 6, parties);
	assert.equal(lines[1].split(' ').length, 3);
	/* Lines of before have none of it: said when the log is asked for next, and the log goes on. */
	fs.writeFileSync(`${db}.heads`, lines.map(headOf).join('\n') + '\n');
	const bundle = await given(db, LATER);
	assert.equal(heads(db).at(-1).split(' ').slice(3).join(' '), lines[0].split(' ').slice(3).join(' '));
	assert.equal(heads(db).length, 3);
	await given(db, LATER);
	assert.equal(heads(db).length, 3);
	assert.equal(parentOf(bundle), '-');
	assert.equal((await check(db)).code, 0);
});

test('a copy from before the seal: check says what is lost, and what is sealed then names its head', async () => {
	const db = await imported();
	const before = await lost(db);

	const told = await check(db);
	assert.equal(told.code, 1);
	assert.match(told.err, new RegExp(`${before.origin}: was given out and is not here`));
	await seal(db, LATER);
	const after = await given(db, LATER);
	assert.notEqual(after.origin, before.origin);
	assert.equal(parentOf(after), headOf(heads(db)[0]));
	assert.equal((await check(db)).code, 0, 'it is named');
});

test('a copy from after the seal, of which the log was not made yet', async () => {
	const db = await imported();

	await copyTo(db, `${db}.copy`);
	await seal(db);
	const before = await given(db);
	/* As a server leaves it that stopped before anybody asked: the record without the log. */
	const [record] = JSON.parse(await mustCli('sqlite3', ['-json', db, 'SELECT series, seq, at_ms, client, cseq, actor, for_seat, method, kind, cell,'
		+ ' base_ver, ver, digest, CAST(body AS TEXT) AS body FROM journal WHERE kind = \'seal\'']));
	restore(db, `${db}.copy`);
	const names = Object.keys(record);
	const value = (n) => (n === 'body' ? `CAST('${record[n]}' AS BLOB)` : typeof record[n] === 'number' ? record[n] : `'${record[n]}'`);
	await mustCli('sqlite3', [db, `INSERT INTO journal (${names.join()}) VALUES (${names.map(value).join()})`]);
	const after = await given(db);
	assert.notEqual(after.origin, before.origin);
	assert.equal(parentOf(after), headOf(heads(db)[0]));
});

test('lost twice: each is named once, the newest of one record first', async () => {
	const db = await imported();
	const first = await lost(db);

	restore(db, `${db}.copy`);
	await seal(db, LATER);
	const second = await given(db, LATER);
	assert.equal(parentOf(second).split(' ')[0], first.origin);
	restore(db, `${db}.copy`);
	await seal(db, LATER);
	const third = await given(db, LATER);
	assert.equal(parentOf(third).split(' ')[0], second.origin, 'the chain goes on at its end');
	assert.match((await check(db)).err, new RegExp(`${first.origin}: was given out`), 'what nobody here names is still said');
});

test('nobody learns by a parent of a meeting without them', async () => {
	const db = await imported();
	const before = await lost(db);
	const [line] = heads(db);
	const parties = line.split(' ')[5].split(',');

	/* As if one of those who are invited now had not been there. */
	fs.writeFileSync(`${db}.heads`, `${line.split(' ').slice(0, 5).join(' ')} ${parties.slice(1).join(',')}\n`);
	await seal(db, LATER);
	const after = await given(db, LATER);
	assert.equal(parentOf(after), '-');
	assert.ok(!JSON.stringify(after.entries).includes(before.origin));
	assert.match((await check(db)).err, new RegExp(`${before.origin}: was given out`));
});

test('what another series lost is not this one\'s', async () => {
	const db = await imported();
	await lost(db);
	const [line] = heads(db);
	const word = line.split(' ');

	fs.writeFileSync(`${db}.heads`, `${[...word.slice(0, 3), 'f'.repeat(16), ...word.slice(4)].join(' ')}\n`);
	await seal(db, LATER);
	assert.equal(parentOf(await given(db, LATER)), '-');
});
