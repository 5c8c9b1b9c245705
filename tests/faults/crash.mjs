/*
 * kill -9 at random instants under load, with the ledger of what was acknowledged kept here, outside
 * of the server. Three rooms of three writers each on one store, so that transactions are shared.
 *   node tests/faults/crash.mjs [N] [SEED]
 *
 * A third of the kills follows at once upon an acknowledgement, a third upon a request, the others
 * come after a random time. In every other round the disk is slow (shim.so: each write takes up to
 * a millisecond, a commit some twenty of them): an answer given before its commit then is known
 * here long before the commit could be, and the kill finds it out.
 */
import fs from 'node:fs';
import path from 'node:path';
import {ROOT, Server, cli, defaultBin, mustCli, removeDir, tempDir} from '../support/server.mjs';
import {Ledger} from './ledger.mjs';
import {random} from './random.mjs';
import {Disk} from './shim.mjs';
import {Writer} from './writer.mjs';

const KILLS_PER_DATABASE = 10;
const ROWS_PER_WRITER = 60; /* rows cannot be taken away, and a room holds a thousand */
const CASES = ['case-1', 'case-2', 'case-3'];
const SEATS = ['p-ps', 'p-hw', 'p-ps']; /* the third is a second screen of the first */
const CELLS = 4;

const kills = Number(process.argv[2] ?? 20);
const seed = Number(process.argv[3] ?? Date.now() % 1e9);
const dice = random(seed);
const dir = tempDir('crash');
const sum = {kills: 0, acked: 0, open: 0, kept: 0, again: 0, repeated: 0, restart: 0};
const problems = [];

/* ---- a database, and who writes in it ---------------------------------------------------------- */

async function makeTemplate() {
	const db = path.join(dir, 'template.db');
	const links = {};

	await mustCli(defaultBin(), ['init', db]);
	for (const name of CASES) {
		const file = path.join(dir, `${name}.json`);
		await mustCli(defaultBin(), ['import', '--db', db, '--links', file, '--reusable',
			path.join(ROOT, 'tests/cases', `${name}.json`)]);
		links[name] = JSON.parse(fs.readFileSync(file, 'utf8'));
	}
	return {db, links};
}

/* The cells that all writers of a room may write: a few texts, and one register. */
function pick(snaps) {
	const may = (snap, type) => new Set(snap.cells.filter((c) => c.l === 'w' && !c.k.includes('/') &&
		snap.cols[c.c]?.type === type && typeof c.x === 'string').map((c) => c.k));
	const common = (type) => [...may(snaps[0], type)].filter((k) => snaps.every((s) => may(s, type).has(k)));
	const texts = dice.shuffle(common('text'));

	return [...texts.slice(0, CELLS), ...common('line').slice(0, 1)];
}

async function openWorld(template) {
	const db = path.join(dir, 'crash.db');

	for (const suffix of ['', '-wal', '-shm', '.ballast', '.lock']) {
		fs.rmSync(db + suffix, {force: true});
	}
	fs.copyFileSync(template.db, db);
	const disk = new Disk({dir, db});
	const server = new Server({db, dir, env: disk.env});
	await server.start();
	const rooms = [];
	for (const name of CASES) {
		const writers = SEATS.map((seat, i) => new Writer({server, rows: true, limit: Infinity,
			name: rooms.length * 10 + i, link: template.links[name].find((l) => l.seat === seat)}));
		for (const w of writers) {
			await w.open();
		}
		rooms.push({name, writers, cells: pick(writers.map((w) => w.snap)), ledger: new Ledger()});
		rooms.at(-1).ledger.begin(name, writers[0].snap);
	}
	return {db, disk, server, rooms, writers: rooms.flatMap((r) => r.writers)};
}

/* ---- one kill ------------------------------------------------------------------------------------ */

function whenToKill(world) {
	const kind = dice.of(['ack', 'send', 'time']);
	let left = 1 + dice.below(kind === 'time' ? 250 : 60);

	return new Promise((resolve) => {
		const now = () => {
			world.writers.forEach((w) => Object.assign(w, {onAck: () => {}, onSend: () => {}}));
			resolve(world.server.kill9());
		};
		const count = () => {
			if (--left === 0) {
				now();
			}
		};
		if (kind === 'time') {
			setTimeout(now, left);
		} else {
			world.writers.forEach((w) => Object.assign(w, kind === 'ack' ? {onAck: count} : {onSend: count}));
		}
	});
}

async function kill(world) {
	const slow = sum.kills % 2 === 1;

	world.disk.order({delayUs: slow ? 1000 : 0});
	const died = whenToKill(world);
	for (const room of world.rooms) {
		room.writers.forEach((w) => w.begin(room.cells));
	}
	await died;
	for (const w of world.writers) {
		await w.until(() => w.closed, 'the end');
		w.stop();
		w.rows = [...w.requests.values()].filter((r) => r.frame.t === 'row').length < ROWS_PER_WRITER;
	}
	sum.kills++;
	sum.open += world.writers.reduce((n, w) => n + w.open_.length, 0);
	world.disk.order({delayUs: 0});
}

async function clean(world) {
	const done = await cli(defaultBin(), ['check', '--db', world.db]);

	if (done.code !== 0 || !done.out.includes('"ok":true')) {
		problems.push(`check: ${done.code} ${done.out}${done.err}`);
	}
}

/* What the restarted server shows is held against the ledger before anything is asked again. */
async function comeBack(world) {
	const start = performance.now();

	await world.server.start();
	sum.restart += performance.now() - start;
	for (const room of world.rooms) {
		for (const [i, w] of room.writers.entries()) {
			const before = room.writers.flatMap((x) => x.open_);
			w.onSnap = i > 0 ? () => {} : (_, snap) => room.ledger.check(room.name, room.writers, snap);
			await w.open();
			w.onSnap = () => {};
			sum.again += i > 0 ? 0 : before.length;
		}
	}
	for (const w of world.writers) {
		dice.shuffle(w.acked).slice(0, 3).forEach((r) => {
			w.repeat(r);
			sum.repeated++;
		});
	}
	for (const w of world.writers) {
		await w.until(() => w.open_.length === 0, 'answers to what was asked again');
	}
}

/* A fresh look at every room by somebody who asked nothing. */
async function lookAgain(world) {
	for (const room of world.rooms) {
		const reader = new Writer({server: world.server, name: 99, link: room.writers[0].link});
		await reader.open();
		room.ledger.check(room.name, room.writers, reader.snap);
		reader.end();
	}
}

async function closeWorld(world) {
	world.writers.forEach((w) => w.end());
	sum.acked += world.writers.reduce((n, w) => n + w.acked.length, 0);
	sum.kept += world.rooms.reduce((n, r) => n + r.ledger.kept, 0);
	problems.push(...world.rooms.flatMap((r) => r.ledger.problems), ...world.server.sanitizer);
	await world.server.stop();
	await clean(world);
	world.disk.close();
}

/* ---- all of them --------------------------------------------------------------------------------- */

const began = performance.now();
const template = await makeTemplate();
while (sum.kills < kills && problems.length === 0) {
	const world = await openWorld(template);
	try {
		for (let n = 0; n < KILLS_PER_DATABASE && sum.kills < kills && problems.length === 0; n++) {
			await kill(world);
			await clean(world);
			await comeBack(world);
			problems.push(...world.rooms.flatMap((r) => r.ledger.problems));
		}
		await lookAgain(world);
	} catch (e) {
		problems.push(`${e.message}; the server said: ${world.server.stderr.trim().split('\n').slice(-3).join(' | ')}`);
	}
	await closeWorld(world);
}
removeDir(dir);
const found = [...new Set(problems)];
const how = (word) => found.filter((line) => line.endsWith(word) || line.includes(`: ${word}`)).length;
found.slice(0, 20).forEach((line) => console.log(`FAIL ${line}`));
console.log(`crash: seed ${seed}, ${sum.kills} kills, ${sum.acked} acknowledged, ${how('lost')} lost, ${how('doubled')} doubled; ` +
	`${sum.open} without an answer, of which ${sum.kept} kept, all asked again; ${sum.repeated} repeated; ` +
	`up again in ${Math.round(sum.restart / Math.max(sum.kills, 1))} ms; ${((performance.now() - began) / 1000).toFixed(1)} s`);
console.log(`${problems.length ? sum.kills - 1 : sum.kills} passed, ${problems.length ? 1 : 0} failed`);
process.exit(problems.length ? 1 : 0);
