/*
 * Measures: node tests/bench/run.mjs WHAT… [--seconds 3] [--rooms 20,100] [--reps 3] [--servers ours,floor]
 *   w1        fan-out at each number of rooms: edits, delivery, ack, processor time
 *   ab        the first server and the others in turns, ratio of the medians
 *   capacity  the largest number of rooms with delivery p99 <= 100 ms and everything delivered
 *   w2        a late joiner of a text with 10,000 edits, warm and after a restart
 *   w3        memory: idle, a connection, a room
 *   w4        recorded typing, as fast as acks come, change by change and in batches
 *   w5        what rules and audit cost: w1 of ours beside ours without them
 *   w6        ours among longer texts, journals, more series
 * --top: no more rooms than that are tried; --doc: bytes of the text that the floor sends a joiner;
 * --chars: of each text at the start; --first: no more of a recording than so many changes.
 * A line per figure; all of them as JSON lines in build/bench/results.jsonl. Method: README.md here.
 */
import fs from 'node:fs';
import path from 'node:path';
import {setTimeout} from 'node:timers/promises';
import {parseArgs} from 'node:util';
import {ROOT} from '../support/server.mjs';
import {Running, SERVERS} from './servers.mjs';
import {TRACES, read} from './traces.mjs';

const PER_S = 5;             /* characters of one client */
const LIMIT_MS = 100;        /* delivery p99 that still counts */
const SEATS = 6;

const {values: arg, positionals: asked} = parseArgs({allowPositionals: true, options: {
	seconds: {type: 'string', default: '3'}, rooms: {type: 'string', default: '20,100'},
	reps: {type: 'string', default: '3'}, servers: {type: 'string', default: 'ours,floor'},
	top: {type: 'string', default: '1000'}, doc: {type: 'string', default: '92000'},
	chars: {type: 'string', default: '3000'}, first: {type: 'string', default: 'Infinity'}}});
const seconds = Number(arg.seconds);
const reps = Number(arg.reps);
const CHARS = Number(arg.chars);
const rooms = arg.rooms.split(',').map(Number);
const servers = arg.servers.split(',');
const results = path.join(ROOT, 'build/bench/results.jsonl');

const sorted = (list) => [...list].sort((a, b) => a - b);
const median = (list) => sorted(list)[Math.floor(list.length / 2)] ?? NaN;
const spread = (list, digits = 1) => list.length === 0 ? 'nothing' : `${median(list).toFixed(digits)} (${sorted(list)[0].toFixed(digits)}-${
	sorted(list).at(-1).toFixed(digits)})`;

function note(kind, more) {
	fs.appendFileSync(results, `${JSON.stringify({kind, at: new Date().toISOString(), ...more})}\n`);
}

function say(kind, text) {
	console.log(`${kind.padEnd(10)}${text}`);
}

/* One run of W1 on a fresh server. */
async function fanOut(name, n, seed) {
	const edits = PER_S * (1 + seconds);
	const r = await Running.start(name, {rooms: n, chars: CHARS, seats: SEATS, edits});
	const figures = await r.gen({rooms: n, seats: SEATS, every: 1000 / PER_S, warm: PER_S, edits, seed});

	figures.memory = r.memory;
	await r.stop();
	note('w1', {server: name, rooms: n, chars: CHARS, ...figures});
	return figures;
}

const isGood = (f) => !f.failed && f.delivery_us.p99 <= LIMIT_MS * 1000;

function line(name, n, runs) {
	const of = (get) => spread(runs.filter((f) => !f.failed).map(get), 2);
	const failed = runs.filter((f) => f.failed);

	if (failed.length === runs.length) {
		return `${name.padEnd(14)} ${n} rooms: failed: ${failed[0].failed}`;
	}
	return `${name.padEnd(14)} ${n} rooms: CPU ${of((f) => f.cpu_us)} us an edit, delivery p50 ${of((f) => f.delivery_us.p50 / 1000)}` +
		` p99 ${of((f) => f.delivery_us.p99 / 1000)} ms, ack p99 ${of((f) => f.ack_us.p99 / 1000)} ms, server ${
			of((f) => f.cpu)} generator ${of((f) => f.gen)} of a core, late p99 ${of((f) => f.late_us.p99 / 1000)} ms` +
		(failed.length ? `; ${failed.length} of ${runs.length} failed: ${failed[0].failed}` : '');
}

/* ---- what can be asked for ---- */

/* In turns, so that whatever else the machine does meets all of them. */
async function turns(n, count, names = servers) {
	const runs = new Map(names.map((name) => [name, []]));

	for (let i = 0; i < count; i++) {
		for (const name of names) {
			runs.get(name).push(await fanOut(name, n, i + 1));
		}
	}
	return runs;
}

async function w1() {
	for (const n of rooms) {
		for (const [name, runs] of await turns(n, reps)) {
			say('w1', line(name, n, runs));
		}
	}
}

/* The first against each of the others: by medians, and pair by pair. */
function compare(kind, n, runs) {
	const cost = (name) => runs.get(name).filter((f) => !f.failed).map((f) => f.cpu_us);
	const [first, ...others] = runs.keys();

	runs.forEach((list, name) => say(kind, line(name, n, list)));
	for (const name of others) {
		const each = cost(first).map((us, i) => us / cost(name)[i]).filter(Number.isFinite);
		const ratio = median(cost(first)) / median(cost(name));
		say(kind, `${first} / ${name} at ${n} rooms: ${ratio.toFixed(2)}, pair by pair ${spread(each, 2)}`);
		note(kind, {first, second: name, rooms: n, ratio, pairs: each});
	}
}

async function ab() {
	const n = rooms.at(-1);

	compare('ab', n, await turns(n, Math.max(5, reps)));
}

/* A failing step is tried once more: the machine may have done something else. */
async function holds(name, n) {
	return isGood(await fanOut(name, n, n)) || isGood(await fanOut(name, n, n + 1));
}

async function capacityOf(name) {
	const top = Number(arg.top);
	let good = 0;
	let bad = top + 1;

	for (let n = Math.min(top, rooms.at(-1)); good < top; n = Math.min(top, Math.ceil(n * 1.4))) {
		if (!await holds(name, n)) {
			bad = n;
			break;
		}
		good = n;
	}
	while (bad - good > Math.max(1, bad * 0.07)) {
		const n = Math.round((good + bad) / 2);
		if (await holds(name, n)) {
			good = n;
		} else {
			bad = n;
		}
	}
	return good;
}

async function capacity() {
	for (const name of servers) {
		const found = [];
		for (let i = 0; i < reps; i++) {
			found.push(await capacityOf(name));
		}
		note('capacity', {server: name, found});
		say('capacity', `${name.padEnd(14)} ${spread(found, 0)} rooms, ${median(found) * SEATS * PER_S} edits a second`);
	}
}

/* ---- a late joiner ---- */

/*
 * So many edits in one room, by as many sockets as it takes: one of ours may send twenty messages a
 * second. Peers have no such limit.
 */
const FILL = {ours: {seats: 30, every: 55, edits: 334}, others: {seats: 6, every: 20, edits: 1667}};
const SHORT = 150; /* of each of the 20 texts before: 3,000 characters in all */
const JOINS = 20;
const COLD = 5;

async function lateJoiner(name) {
	const fill = FILL[name] ?? FILL.others;
	const r = await Running.start(name, {rooms: 1, chars: SHORT, doc: Number(arg.doc), ...fill});
	const filled = await r.gen({rooms: 1, warm: 0, ...fill});
	const warm = await r.gen({rooms: 1, seats: fill.seats, mode: 'join', joins: JOINS, edits: 1, warm: 0});
	const cold = [];

	for (let i = 0; i < COLD && r.server.isStored && !warm.failed; i++) {
		await r.restart();
		cold.push((await r.gen({rooms: 1, seats: fill.seats, mode: 'join', joins: 1, edits: 1, warm: 0})).first_us / 1000);
	}
	await r.stop();
	note('w2', {server: name, failed: filled.failed ?? warm.failed, edits: filled.acks, warm, cold});
	return {failed: filled.failed ?? warm.failed, warm, cold};
}

async function w2() {
	for (const name of servers) {
		const runs = [];
		for (let i = 0; i < reps; i++) {
			runs.push(await lateJoiner(name));
		}
		const failed = runs.find((f) => f.failed);
		const cold = runs.flatMap((f) => f.cold);
		say('w2', failed ? `${name}: failed: ${failed.failed}` : `${name.padEnd(14)} join after 10,000 edits ${
			spread(runs.map((f) => f.warm.p50_us / 1000), 2)} ms, ${runs[0].warm.bytes} bytes; after a restart ${
			cold.length ? `${spread(cold, 2)} ms` : 'nothing is there'}`);
	}
}

/* ---- memory ---- */

const HELD_MS = 2500;

/* -> KiB: idle, and with everybody there for a while */
async function held(name, n, seats, chars) {
	const r = await Running.start(name, {rooms: n, chars, seats, edits: 1});
	const idle = r.memory;
	const release = await r.hold({rooms: n, seats, edits: 1, warm: 0});
	await setTimeout(HELD_MS); /* what was needed only to get in goes back: ours gives it back after a second */
	const full = r.memory;

	await release();
	await r.stop();
	return {idle, full};
}

async function w3() {
	const n = rooms.at(-1);
	for (const name of servers) {
		const runs = [];
		for (let i = 0; i < reps; i++) {
			const six = await held(name, n, SEATS, SHORT);
			const twelve = await held(name, n, 2 * SEATS, SHORT);
			const long = await held(name, n, SEATS, CHARS);
			runs.push({idle: six.idle, room: (six.full - six.idle) / n, long: (long.full - long.idle) / n,
				conn: (twelve.full - twelve.idle - six.full + six.idle) / (n * SEATS)});
		}
		note('w3', {server: name, rooms: n, runs});
		say('w3', `${name.padEnd(14)} idle ${spread(runs.map((f) => f.idle / 1024))} MiB; KiB a room of six: ${
			spread(runs.map((f) => f.room))} with 3,000 characters, ${spread(runs.map((f) => f.long))} with 60,000; a connection ${
			spread(runs.map((f) => f.conn))} KiB`);
	}
}

/* ---- recorded typing ---- */

const BATCH = 256; /* changes of one push of ours, at most */
const ALONE = ['sharedb', 'sharedb-pg']; /* its client has one operation in flight: no batches */

/* One writer, five readers, one room -> figures; all readers end with the text of the recording, or it failed. */
async function replay(name, trace, batch) {
	const r = await Running.start(name, {rooms: 1, chars: SHORT, seats: SEATS, edits: 1});
	const file = path.join(r.dir, 'trace');
	const options = {rooms: 1, seats: SEATS, mode: 'replay', trace: file, batch, edits: 1, warm: 0};

	fs.writeFileSync(file, JSON.stringify(trace));
	const f = await (r.server.isYjs ? r.genYjs(options) : r.gen(options));
	await r.stop();
	return f;
}

async function w4() {
	for (const trace of TRACES) {
		const recorded = read(trace, Number(arg.first));
		const runs = servers.flatMap((name) => [1, BATCH].map((batch) => ({name, batch, list: []})))
			.filter(({name, batch}) => batch === 1 || !ALONE.includes(name));
		for (let i = 0; i < reps; i++) {
			for (const {name, batch, list} of runs) {
				list.push(await replay(name, recorded, batch));
				note('w4', {server: name, trace, batch, ...list.at(-1)});
			}
		}
		for (const {name, batch, list} of runs) {
			const failed = list.find((f) => f.failed);
			const of = (get, digits) => spread(list.map(get), digits);
			say('w4', `${trace} ${name}, ${batch === 1 ? 'one by one' : `up to ${batch} at once`}: ${failed ? `failed: ${failed.failed}` :
				`${of((f) => f.edits_s, 0)} edits/s, CPU ${of((f) => f.cpu_us, 1)} us an edit, delivery p50 ${
					of((f) => f.delivery_us.p50 / 1000, 2)} p99 ${of((f) => f.delivery_us.p99 / 1000, 2)} ms, generator ${
					of((f) => f.gen, 2)} of a core`}`);
		}
	}
}

/* ---- what the rules cost ---- */

/* Both send as much: in this case all six may read what is typed. */
async function w5() {
	for (const n of rooms) {
		const runs = await turns(n, Math.max(5, reps), ['ours', 'ours-open']);
		const sent = [...runs.values()].flat().map((f) => f.deliveries);

		if (new Set(sent).size !== 1) {
			say('w5', `${n} rooms: not the same work: ${sent.join(' ')} deliveries`);
			process.exitCode = 1;
		}
		compare('w5', n, runs);
	}
}

/* ---- growth: the same typing, among more of everything ---- */

const GROW_ROOMS = 20;
const GROW = [
	...[333, 21_000, 60_000].map((chars) => [`texts of ${Math.round(chars * 3 / 1000)} kB`, {chars}]),
	...[1000, 10_000, 100_000, 1_000_000].map((journal) => [`${journal} edits before, of all rooms`, {journal}]),
	...[100, 1000, 10_000].map((series) => [`${series} series in the database`, {series}]),
];

async function grown({chars = CHARS, journal = 0, series = 0}, seed) {
	const r = await Running.start('ours', {rooms: GROW_ROOMS, chars, series, journal});
	const cold = await r.gen({rooms: 1, mode: 'join', joins: 1, edits: 1, warm: 0});
	const f = await r.gen({rooms: GROW_ROOMS, seats: SEATS, every: 1000 / PER_S, warm: PER_S, edits: PER_S * (1 + seconds), seed});

	f.memory = r.memory;
	f.cold_us = cold.first_us;
	f.failed ??= cold.failed;
	await r.stop();
	return f;
}

/* Only ours: in turns, as with ab. */
async function w6() {
	const runs = GROW.map(() => []);
	for (let i = 0; i < reps; i++) {
		for (const [n, [words, what]] of GROW.entries()) {
			const f = await grown(what, i + 1);
			note('w6', {words, ...what, ...f});
			runs[n].push(f);
		}
	}
	GROW.forEach(([words], n) => say('w6', `${words}, ${(median(runs[n].map((f) => f.memory)) / 1024).toFixed(0)} MiB, first join ${
		spread(runs[n].map((f) => f.cold_us / 1000))} ms: ${
		line('ours', GROW_ROOMS, runs[n])}`));
}

const WHAT = {w1, ab, capacity, w2, w3, w4, w5, w6};

for (const name of servers) {
	if (!SERVERS[name]) throw new Error(`no server ${name}; there are ${Object.keys(SERVERS).join(' ')}`);
}
for (const what of asked) {
	if (!WHAT[what]) throw new Error(`nothing to measure is called ${what}; there are ${Object.keys(WHAT).join(' ')}`);
}
for (const what of asked) {
	await WHAT[what]();
}
