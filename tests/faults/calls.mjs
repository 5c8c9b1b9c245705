/*
 * Calls of the real binary to its files fail (shim.so): while it serves, one call or all writing from
 * then on, and while it starts. It never crashes, never calls saved what is not, keeps its readers,
 * and goes on once the fault is gone. In the store alone, and for every call: test_calls.c.
 *   node tests/faults/calls.mjs [FAULTS] [SEED]
 */
import fs from 'node:fs';
import path from 'node:path';
import {ROOT, Server, cli, defaultBin, mustCli, removeDir, tempDir} from '../support/server.mjs';
import {Ledger} from './ledger.mjs';
import {random} from './random.mjs';
import {CALL, Disk, HOW} from './shim.mjs';
import {Writer} from './writer.mjs';

const faults = Number(process.argv[2] ?? 60);
const seed = Number(process.argv[3] ?? Date.now() % 1e9);
const dice = random(seed);
const CASES = ['case-1', 'case-2'];
const CELLS = ['plan.work.action.goal', 'plan.work.action.result', 'plan.work.action.issue'];
const WRITING = CALL.write | CALL.sync | CALL.truncate | CALL.allocate;
const REACH = 60; /* calls of a few commits */
const START_CALLS = 120;
const sum = {faults: 0, hit: 0, starts: 0, refused: 0, acked: 0, again: 0, closed: 0};
const problems = [];
const dir = tempDir('calls');

async function openWorld() {
	const db = path.join(dir, 'calls.db');
	const rooms = [];

	await mustCli(defaultBin(), ['init', db]);
	const disk = new Disk({dir, db});
	const server = new Server({db, dir, env: disk.env});
	for (const name of CASES) {
		const file = path.join(dir, `${name}.json`);
		await mustCli(defaultBin(), ['import', '--db', db, '--links', file, '--reusable', path.join(ROOT, 'tests/cases', `${name}.json`)]);
		const link = JSON.parse(fs.readFileSync(file, 'utf8')).find((l) => l.seat === 'p-ps');
		rooms.push({name, link, ledger: new Ledger(), writers: [0, 1].map((i) => new Writer({server, name: rooms.length * 10 + i, link}))});
	}
	await server.start();
	for (const room of rooms) {
		for (const w of room.writers) {
			await w.open();
		}
		room.ledger.begin(room.name, room.writers[0].snap);
		room.reader = new Writer({server, name: 90, link: room.link});
		await room.reader.open();
	}
	return {db, disk, server, rooms, writers: rooms.flatMap((r) => r.writers)};
}

/* Whoever was sent away comes back, as a page does. */
async function all(world) {
	for (const w of [...world.writers, ...world.rooms.map((r) => r.reader)]) {
		if (w.closed) {
			sum.closed++;
			await w.open();
		}
		await w.until(() => w.snap && w.open_.length === 0, 'answers once the fault is gone');
		sum.again += w.agains;
		w.agains = 0;
	}
	for (const room of world.rooms) {
		const fresh = new Writer({server: world.server, name: 99, link: room.link});
		await fresh.open();
		room.ledger.check(room.name, room.writers, fresh.snap);
		fresh.end();
		problems.push(...room.ledger.problems);
	}
}

/* Write until the fault was met, or there were answers enough that it cannot be met any more. */
function meet(world, before) {
	let heard = 0;

	return new Promise((resolve) => {
		const look = () => {
			heard++;
			if (world.disk.look('refused') > before || heard > 4 * REACH) {
				world.writers.forEach((w) => {
					w.stop();
					Object.assign(w, {onAck: () => {}, onAgain: () => {}, onSnap: () => {}});
				});
				resolve();
			}
		};
		world.writers.forEach((w) => {
			Object.assign(w, {onAck: look, onAgain: look, onSnap: look});
			w.socket.once('close', look);
			w.begin(CELLS);
		});
	});
}

async function fault(world) {
	const name = dice.of(Object.keys(HOW));
	const ever = name !== 'EINTR' && dice.below(2) === 1;
	const before = world.disk.look('refused');
	const agains = world.rooms.map((r) => r.reader.code);

	world.disk.order({mask: ever ? WRITING : CALL.all, how: HOW[name], ever: ever ? 1 : 0,
		failAt: world.disk.look('calls') + 1 + dice.below(REACH)});
	await meet(world, before);
	world.disk.heal();
	sum.hit += world.disk.look('refused') > before ? 1 : 0;
	sum.refused += world.disk.look('refused') - before;
	/* a disk that takes no writing still shows what is on it: nobody who reads is sent away */
	if (ever && world.rooms.some((r, i) => r.reader.closed && r.reader.code !== agains[i])) {
		problems.push(`${name} of all writing: a reader was sent away`);
	}
	await all(world);
	sum.faults++;
}

/* The n-th call of a start fails: it starts all the same, or ends and says why. */
async function start(world, n) {
	const name = dice.of(['EIO', 'ENOSPC', 'SHORT']);

	await world.server.kill9();
	for (const w of [...world.writers, ...world.rooms.map((r) => r.reader)]) {
		await w.until(() => w.closed, 'the end');
	}
	world.server.stderr = '';
	world.disk.order({mask: CALL.all, how: HOW[name], ever: dice.below(2), failAt: world.disk.look('calls') + n});
	try {
		await world.server.start();
	} catch (e) {
		const {code, signal} = await world.server.exited;
		if (signal || code !== 1 || !/rokusha serve: ./.test(world.server.stderr)) {
			problems.push(`${name} at call ${n} of a start: ended with ${code ?? signal}, and said: ${world.server.stderr}`);
		}
		world.server.down = true;
	}
	world.disk.heal();
	sum.starts++;
	if (world.server.down) {
		await world.server.start();
	}
	await all(world);
}

const began = performance.now();
const world = await openWorld();
try {
	for (let n = 0; n < faults && problems.length === 0; n++) {
		await (n % 3 === 2 ? start(world, 1 + dice.below(START_CALLS)) : fault(world));
	}
} catch (e) {
	problems.push(`${e.message}; the server said: ${world.server.stderr.trim().split('\n').slice(-3).join(' | ')}`);
}
for (const w of [...world.writers, ...world.rooms.map((r) => r.reader)]) {
	w.end();
	sum.acked += w.acked.length;
}
problems.push(...world.server.sanitizer);
const ended = await world.server.stop();
if (ended.signal || ended.code) {
	problems.push(`the server ended with ${ended.code ?? ended.signal}`);
}
const done = await cli(defaultBin(), ['check', '--db', world.db]);
if (done.code !== 0) {
	problems.push(`check: ${done.err}`);
}
world.disk.close();
removeDir(dir);
[...new Set(problems)].slice(0, 20).forEach((line) => console.log(`FAIL ${line}`));
console.log(`calls of the binary: seed ${seed}, ${sum.faults} faults of which ${sum.hit} met (${sum.refused} calls refused), ${sum.starts} starts; ` +
	`${sum.acked} acknowledged, ${new Set(problems.filter((p) => p.includes('lost'))).size} lost; ${sum.again} times begun again, ` +
	`${sum.closed} connections made anew; ${((performance.now() - began) / 1000).toFixed(1)} s`);
console.log(`${sum.faults + sum.starts} passed, ${problems.length ? 1 : 0} failed`);
process.exit(problems.length ? 1 : 0);
