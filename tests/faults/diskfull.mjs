/*
 * The disk is full, at many levels of what is left on it, under the real binary: a small tmpfs of
 * its own where this process may mount one, and in any case a budget of bytes that shim.so answers
 * ENOSPC by. While it is full nothing is called saved, who writes is told so, readers stay and new
 * ones come in; when there is room again all of it arrives by itself. Ledger as in crash.mjs.
 *   node tests/faults/diskfull.mjs [LEVELS] [SEED]
 */
import {spawnSync, execFileSync} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {Party, loadCore} from '../support/client.mjs';
import {ROOT, Server, cli, defaultBin, mustCli, removeDir, tempDir} from '../support/server.mjs';
import {Ledger} from './ledger.mjs';
import {random} from './random.mjs';
import {Disk} from './shim.mjs';
import {Writer} from './writer.mjs';

const levels = Number(process.argv[2] ?? 16);
const seed = Number(process.argv[3] ?? Date.now() % 1e9);
const PAGE = 4096;
const TMPFS = '96m';
const CASES = ['case-1', 'case-2'];
const TEXT = 'plan.work.action.content'; /* of the party whose page we look at */
const CELLS = ['plan.work.action.goal', 'plan.work.action.result', 'plan.work.action.issue'];
const KEY_MS = 12; /* between two of them: who asks too fast is sent away */
const LETTERS = 3000; /* a WAL that begins again holds many, but no level so many */
const LIMIT_MS = 20_000; /* generous: the figures are printed */

/* ---- a namespace in which this process may mount ------------------------------------------------- */

function enter() {
	for (const flags of ['-rm', '-m']) {
		const can = spawnSync('unshare', [flags, 'sh', '-c', 'mount -t tmpfs -o size=64k tmpfs /mnt'], {encoding: 'utf8'});
		if (can.status === 0) {
			const run = spawnSync('unshare', [flags, process.execPath, fileURLToPath(import.meta.url), String(levels), String(seed)],
				{stdio: 'inherit', env: {...process.env, ROKUSHA_MAY_MOUNT: '1'}});
			process.exit(run.status ?? 1);
		}
		enter.why = (can.stderr || String(can.error ?? '')).trim().split('\n').at(-1);
	}
}
if (!process.env.ROKUSHA_MAY_MOUNT) {
	enter();
	console.log(`no tmpfs of its own here (${enter.why}): all levels by the budget of shim.so`);
}

/* ---- two disks that can be full -------------------------------------------------------------------- */

/* `fill(n)` leaves n bytes, `empty()` gives all back. */
class Tmpfs {
	name = 'tmpfs';
	env = {};
	constructor(dir) {
		this.dir = path.join(dir, 'disk');
		fs.mkdirSync(this.dir);
		execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${TMPFS}`, 'tmpfs', this.dir]);
		this.filler = path.join(this.dir, 'filler');
	}
	start() {}
	fill(n) {
		const {bavail, bsize} = fs.statfsSync(this.dir);
		execFileSync('fallocate', ['-l', String(bavail * bsize - n), this.filler]);
	}
	empty() {
		fs.rmSync(this.filler, {force: true});
	}
	end() {
		execFileSync('umount', [this.dir]);
	}
}

class Budget {
	name = 'budget';
	constructor(dir) {
		this.dir = path.join(dir, 'budget');
		fs.mkdirSync(this.dir);
	}
	start(db) {
		this.db = db;
		this.disk = new Disk({dir: this.dir, db});
		this.env = this.disk.env;
	}
	fill(n) {
		const used = ['', '-wal', '-shm', '.ballast'].reduce((sum, suffix) =>
			sum + (fs.statSync(this.db + suffix, {throwIfNoEntry: false})?.size ?? 0), 0);
		this.disk.order({room: used + n});
	}
	empty() {
		this.disk.order({room: 0});
	}
	end() {
		this.disk.close();
	}
}

/* ---- a server on it, and its people ------------------------------------------------------------------ */

const sum = {levels: 0, acked: 0, kills: 0, joined: 0, told: [], heard: [], back: []};
const problems = [];
const dice = random(seed);
const core = await loadCore();

async function open(kind, dir) {
	const disk = new kind(dir);
	const db = path.join(disk.dir, 'case.db');
	const links = {};

	disk.start(db);
	await mustCli(defaultBin(), ['init', db]);
	for (const name of CASES) {
		const file = path.join(dir, `${disk.name}-${name}.json`);
		await mustCli(defaultBin(), ['import', '--db', db, '--links', file, '--reusable', path.join(ROOT, 'tests/cases', `${name}.json`)]);
		links[name] = JSON.parse(fs.readFileSync(file, 'utf8'));
	}
	const server = new Server({db, dir: disk.dir, env: disk.env});
	await server.start();
	const link = (name, seat) => links[name].find((l) => l.seat === seat);
	const rooms = [];
	for (const name of CASES) {
		const writers = ['p-ps', 'p-hw'].map((seat, i) => new Writer({server, name: rooms.length * 10 + i, link: link(name, seat)}));
		for (const w of writers) {
			await w.open();
		}
		rooms.push({name, writers, ledger: new Ledger(), link: link(name, 'p-ps')});
		rooms.at(-1).ledger.begin(name, writers[0].snap);
	}
	const party = new Party({server, link: link(CASES[1], 'p-ps'), core});
	const reader = new Party({server, link: link(CASES[1], 'p-hw'), core});
	await party.join();
	await reader.join();
	return {disk, db, server, rooms, party, reader, writers: rooms.flatMap((r) => r.writers), typed: party.room.text(TEXT).doc};
}

/* What a snapshot shows must have been kept: a fresh reader of each room, even while nothing is. */
async function look(world, full) {
	for (const room of world.rooms) {
		const w = new Writer({server: world.server, name: 99, link: room.link});
		await w.open();
		if (full) {
			room.seen = w.snap;
			sum.joined++;
		} else {
			room.ledger.check(room.name, room.writers.filter((x) => x.name !== 99), hide(w.snap));
			shown(room, w.snap);
		}
		w.end();
	}
}

/* The text of the party is no writer's: it is looked at by itself. */
const hide = (snap) => ({...snap, cells: snap.cells.filter((c) => c.k !== TEXT)});

function shown(room, snap) {
	const now = new Map(snap.cells.map((c) => [c.k, c]));

	for (const c of room.seen?.cells ?? []) {
		for (const word of (typeof c.x === 'string' && c.x.match(/\[\d+\.\d+\]/g)) || []) {
			if (!now.get(c.k).x.includes(word)) {
				problems.push(`${room.name}: ${word} was shown while the disk was full, and is not there: lost`);
			}
		}
	}
}

/* ---- one level ----------------------------------------------------------------------------------------- */

async function typeUntilTold(world) {
	const {party} = world;
	const text = party.room.text(TEXT);

	/* one letter a moment, as somebody types: until the page says that nothing can be saved */
	const told = () => party.room.stuck || party.room.agains > 1;
	for (let n = 0; !told(); n++) {
		if (n > LETTERS) {
			throw new Error(`${n} letters were called saved on a full disk: lost`);
		}
		const letter = String.fromCharCode(0x3042 + (sum.levels + n) % 80);
		const over = n < 20 ? 0 : 1; /* a text has its limit */
		text.edit({from: 0, to: over, insert: letter});
		world.typed = letter + world.typed.slice(over);
		const since = performance.now();
		await party.until(() => party.room.unsaved === 0 || told(), 'an answer, or to be told', LIMIT_MS);
		if (told()) {
			sum.told.push(performance.now() - since);
			await world.reader.until(() => world.reader.room.stuck, 'who only reads to be told', LIMIT_MS);
			sum.heard.push(performance.now() - since);
		} else {
			await new Promise((resolve) => setTimeout(resolve, KEY_MS));
		}
	}
}

async function level(world, left, kill) {
	const {disk, party, reader} = world;
	const had = reader.frames.length;

	disk.fill(left);
	world.writers.forEach((w) => w.begin(CELLS));
	await typeUntilTold(world);
	world.writers.forEach((w) => w.stop());
	const acks = party.acks.length;
	await look(world, true);
	if (party.acks.length !== acks && party.room.unsaved > 0) {
		problems.push('something was called saved on a full disk');
	}
	if (reader.room.status === 'offline' || reader.room.status === 'ended' || reader.sockets !== world.sockets) {
		problems.push(`a reader was sent away: ${reader.room.status} after close ${reader.closes.at(-1)}, it heard ${reader.frames.slice(-6).map(({frame}) => JSON.stringify(frame).slice(0, 120)).join(' ')}; the server said: ` +
			world.server.stderr.trim().split('\n').slice(-4).join(' | '));
	}
	if (kill) {
		await killed(world);
	}
	const since = performance.now();
	disk.empty();
	await party.until(() => party.room.status === 'live' && party.room.unsaved === 0, 'its words to be kept', LIMIT_MS);
	for (const w of world.writers) {
		await w.until(() => w.open_.length === 0, 'answers once there is room');
	}
	sum.back.push(performance.now() - since);
	await reader.until(() => reader.room.status === 'live' && reader.room.text(TEXT).doc === world.typed, 'what the other typed', LIMIT_MS);
	if (party.room.text(TEXT).doc !== world.typed || party.room.notes.length > 0 || party.room.agains > 0) {
		problems.push('the page does not hold what was typed');
	}
	if (reader.frames.length === had) {
		problems.push('a reader heard nothing');
	}
	await look(world, false);
	sum.levels++;
}

/* On a full disk: what was acknowledged is there, and the server starts on it. */
async function killed(world) {
	await world.server.kill9();
	for (const w of world.writers) {
		await w.until(() => w.closed, 'the end');
	}
	sum.kills++;
	const done = await cli(defaultBin(), ['check', '--db', world.db]);
	if (done.code !== 0) {
		problems.push(`check on a full disk: ${done.err}`);
	}
	await world.server.start();
	for (const room of world.rooms) {
		for (const [i, w] of room.writers.entries()) {
			w.onSnap = i > 0 ? () => {} : (_, snap) => room.ledger.check(room.name, room.writers, hide(snap));
			await w.open();
			w.onSnap = () => {};
		}
	}
	const {party, reader} = world;
	await party.until(() => party.sockets > world.sockets && party.room.status !== 'offline', 'the server', LIMIT_MS);
	await reader.until(() => reader.sockets > world.sockets && reader.room.status === 'live', 'the server', LIMIT_MS);
	world.sockets = reader.sockets;
}

async function close(world) {
	world.writers.forEach((w) => w.end());
	sum.acked += world.writers.reduce((n, w) => n + w.acked.length, 0) + world.party.acks.length;
	world.party.room.stop();
	world.reader.room.stop();
	problems.push(...world.rooms.flatMap((r) => r.ledger.problems), ...world.server.sanitizer);
	await world.server.stop();
	const done = await cli(defaultBin(), ['check', '--db', world.db]);
	if (done.code !== 0) {
		problems.push(`check: ${done.err}`);
	}
	world.disk.end();
}

async function play(kind, count, dir) {
	const world = await open(kind, dir);

	world.sockets = world.reader.sockets;
	try {
		for (let n = 0; n < count && problems.length === 0; n++) {
			const pages = n < 20 ? n : dice.below(120);
			await level(world, pages * PAGE + (kind === Budget ? dice.below(PAGE) : 0), n % 5 === 4);
			problems.push(...world.rooms.flatMap((r) => r.ledger.problems));
		}
	} catch (e) {
		problems.push(`${world.disk.name}: ${e.message}; the server said: ${world.server.stderr.trim().split('\n').slice(-3).join(' | ')}`);
		world.disk.empty();
	}
	await close(world);
}

/* ---- all of them ------------------------------------------------------------------------------------------ */

const figures = (list) => {
	const sorted = [...list].sort((a, b) => a - b);
	return `median ${Math.round(sorted[sorted.length >> 1] ?? 0)} ms, longest ${Math.round(sorted.at(-1) ?? 0)} ms`;
};
const began = performance.now();
const dir = tempDir('diskfull');
const kinds = process.env.ROKUSHA_MAY_MOUNT ? [Tmpfs, Budget] : [Budget];
for (const kind of kinds) {
	await play(kind, Math.ceil(levels / kinds.length), dir);
}
removeDir(dir);
[...new Set(problems)].slice(0, 20).forEach((line) => console.log(`FAIL ${line}`));
console.log(`diskfull: seed ${seed}, ${sum.levels} levels (${kinds.length === 2 ? 'half on a tmpfs, half' : 'all'} by a budget), ` +
	`${sum.acked} acknowledged, ${new Set(problems.filter((p) => p.includes('lost'))).size} lost; told after ${figures(sum.told)}, readers after ${figures(sum.heard)}; ` +
	`${sum.joined} came in meanwhile; ${sum.kills} kills; going on after ${figures(sum.back)}; ${((performance.now() - began) / 1000).toFixed(1)} s`);
console.log(`${sum.levels} passed, ${problems.length ? 1 : 0} failed`);
process.exit(problems.length ? 1 : 0);
