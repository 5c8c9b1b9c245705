/*
 * Naughty strings over the wire: written by one seat into texts and lines, read by another as they
 * were, or refused with a code; and read from the disk afterwards.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import {JAPANESE, NAUGHTY, isText} from '../support/naughty.mjs';
import {login} from '../support/http.mjs';
import {ROOT, Server, cli, defaultBin, makeDatabase, tempDir} from '../support/server.mjs';
import {Conn} from './conn.mjs';

const NOW = Date.parse('2026-11-12T14:00:00+09:00');
const STRINGS = [...NAUGHTY, ...JAPANESE];
const WRITERS = ['p-ps', 'p-self', 'p-aps']; /* of one connection the server takes 400 at once */
const SHORT = /goal_short$/; /* 80 characters */
const READERS = ['p-aps', 'p-sup', 'p-self', 'p-ps', 'p-cw', 'p-hw', 'p-pj', 'p-emp', 'p-kp', 'p-lkp'];

let server;
let database;
let ref = 0;
const seats = new Map();

async function join(id) {
	const link = database.links.find((l) => l.seat === id);
	const {sid, cookie} = await login(server.origin, link.secret);
	const conn = new Conn(id);

	assert.equal(await conn.open(`${server.origin.replace('http', 'ws')}/s/${sid}/ws`,
		{origin: server.origin, headers: {cookie}}), 101);
	conn.send({t: 'join', client: conn.client});
	conn.cols = (await conn.expect({t: 'snap'})).frame.cols;
	return conn;
}

test.before(async () => {
	const dir = tempDir('naughty');

	database = await makeDatabase({bin: defaultBin(), dir, now: NOW,
		caseFile: path.join(ROOT, 'tests/cases/case-1.json')});
	server = new Server({db: database.db, dir, now: NOW});
	await server.start();
	for (const id of READERS.filter((id) => database.links.some((l) => l.seat === id))) {
		seats.set(id, await join(id));
	}
});

test.after(async () => {
	seats.forEach((conn) => conn.end());
	const how = await server.stop();
	assert.deepEqual(server.sanitizer, []);
	assert.equal(how.code, 0);
});

/* The texts and lines a seat may write, each with another seat that reads it. */
function cellsOf(conn) {
	return [...conn.cells.values()]
		.filter((c) => c.l === 'w' && ['text', 'line'].includes(conn.cols[c.c].type))
		.map((c) => ({key: c.k, lines: conn.cols[c.c].type === 'text',
			reader: [...seats.values()].find((other) => other !== conn && other.cells.has(c.k))}))
		.filter((c) => c.reader);
}

/* The whole text replaced, or the line set. -> the answer */
function write(conn, {key, lines}, text) {
	const {v, x} = conn.cell(key);

	ref++;
	conn.send(lines ? {t: 'edit', ref, cell: key, base: v, changes: [[[x.length, ...text.split('\n')]]]}
		: {t: 'set', ref, cell: key, base: v, value: text});
	return conn.answer(ref);
}

async function through(conn, cell, text) {
	const before = conn.cell(cell.key).x;
	const what = `${conn.name} ${cell.key} ${JSON.stringify(text)}`;

	/* Nothing replaced by nothing is no change: it is no message either. */
	if (cell.lines && text === '' && before === '') {
		return 'same';
	}
	const answer = await write(conn, cell, text);
	if (!isText(text, cell.lines) || text.length > 1000) {
		assert.equal(answer.t, 'no', what);
		assert.ok(['proto', 'limit', 'rule'].includes(answer.code), `${what}: ${answer.code}`);
		assert.equal(conn.cell(cell.key).x, before, what);
		return 'refused';
	}
	assert.equal(answer.t, 'ack', `${what}: ${JSON.stringify(answer)}`);
	await cell.reader.until(() => cell.reader.cell(cell.key).x === text, `${what} at ${cell.reader.name}`);
	return 'equal';
}

test('every string comes to another seat as it was, or is refused', async () => {
	const count = {equal: 0, refused: 0, same: 0};

	for (const [lane, id] of WRITERS.entries()) {
		const conn = seats.get(id);
		const cells = cellsOf(conn).filter((c) => !SHORT.test(c.key));

		assert.ok(cells.length > 3, `${id} writes ${cells.length}`);
		for (const [i, text] of STRINGS.filter((_, n) => n % WRITERS.length === lane).entries()) {
			count[await through(conn, cells[i % cells.length], text)]++;
		}
	}
	assert.equal(count.equal + count.refused + count.same, STRINGS.length);
	assert.ok(count.equal > 500, JSON.stringify(count));
	assert.ok(count.refused >= 6, JSON.stringify(count));
});

test('every text and line a seat may write takes hard Japanese and no control character', async () => {
	const strings = ['か\u3099が 𠮷 👩‍👩‍👧‍👦 \u202Eعبد', 'x\u001B[31m', 'x\u0085'];
	let cells = 0;

	for (const conn of seats.values()) {
		for (const [i, cell] of cellsOf(conn).slice(0, 60).entries()) {
			await through(conn, cell, `${strings[0]}${i}`.slice(0, 80));
			assert.equal(await through(conn, cell, strings[1 + i % 2]), 'refused');
			cells++;
		}
	}
	assert.ok(cells > 100, `${cells} cells`);
});

test('what was kept is on the disk as it was', async () => {
	const conn = seats.get('p-ps');
	const shown = JSON.parse((await cli(defaultBin(), ['view', '--db', database.db, '--series', 'K-0101-C',
		'--seat', 'p-ps'])).out);
	let same = 0;

	await conn.fence();
	for (const cell of shown.cells) {
		assert.deepEqual(cell.x, conn.cell(cell.k).x, cell.k);
		same++;
	}
	assert.equal(same, conn.cells.size);
});
