/*
 * What an edit costs in instructions and in system calls, which no other work on the machine changes much:
 * node tests/bench/profile.mjs [--runs 2] [--top 40] [--edits 60] [--every 400] [--calls 100]
 * [--server ours]
 *
 * The release server under callgrind, four rooms of six; counted from the moment when everybody has
 * joined until everything typed has been acknowledged and delivered, user space only. Then, in a
 * server of its own, what strace counts at --calls rooms (0: not). Method: README.md here.
 */
import {execFile, spawn} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import {parseArgs, promisify} from 'node:util';
import {calls, functions, grouped, sumOf} from './callgrind.mjs';
import {Running} from './servers.mjs';

const run = promisify(execFile);
const ROOMS = 4;
const SEATS = 6;
const CHARS = 3000;
const WIDE = 64 << 20; /* of what a command says */

const {values: arg} = parseArgs({options: {runs: {type: 'string', default: '2'}, top: {type: 'string', default: '40'},
	edits: {type: 'string', default: '60'}, every: {type: 'string', default: '400'}, calls: {type: 'string', default: '100'},
	server: {type: 'string', default: 'ours'}}});
const runs = Number(arg.runs);
const top = Number(arg.top);

async function annotated(file, isInclusive) {
	const {stdout} = await run('callgrind_annotate', [`--inclusive=${isInclusive ? 'yes' : 'no'}`, '--threshold=100',
		'--show-percs=no', '--auto=no', file], {maxBuffer: WIDE});

	return functions(stdout, isInclusive);
}

const control = (pid, ...words) => run('callgrind_control', [...words, String(pid)]);

/* One server under callgrind -> instructions of everything typed, and how many edits that were */
async function counted() {
	const begun = await Running.start(arg.server, {rooms: ROOMS, chars: CHARS, seats: SEATS, under: (dir) => ['valgrind', '-q',
		`--log-file=${path.join(dir, 'log')}`, '--tool=callgrind', '--instr-atstart=no', '--fair-sched=yes',
		`--callgrind-out-file=${path.join(dir, 'out')}`]});

	try {
		const f = await begun.gen({rooms: ROOMS, seats: SEATS, every: arg.every, edits: arg.edits, warm: 0},
			() => control(begun.pid, '-i', 'on'), () => control(begun.pid, '-d'));
		if (f.failed) throw new Error(`under callgrind: ${f.failed}`);
		const file = path.join(begun.dir, 'out.1'); /* what was dumped; the one without a number is of the end */
		return {edits: f.acks, self: await annotated(file, false), inclusive: await annotated(file, true)};
	} finally {
		await begun.stop();
	}
}

const figure = (n) => Math.round(n).toLocaleString('en').padStart(12);

function show(title, list, {edits, self}) {
	console.log(`\n${title}`);
	for (const {count, name, object} of list) {
		console.log(`${figure(count / edits)}  ${(100 * count / self.total).toFixed(1).padStart(5)} %  ${name}${object ? ` [${object}]` : ''}`);
	}
}

async function instructions() {
	const totals = [];
	let p;

	for (let i = 0; i < runs; i++) {
		p = await counted();
		totals.push(p.self.total / p.edits);
		console.log(`run ${i + 1}: ${p.edits} edits, ${figure(totals.at(-1)).trim()} instructions an edit`);
	}
	show('instructions an edit, by object', grouped(p.self.list, (x) => x.object), p);
	show('by function, itself', p.self.list.slice(0, top), p);
	show('by function, with what it calls', p.inclusive.list.slice(0, top), p);
	show('by function of ours, with what it calls', p.inclusive.list.filter((x) => x.object.startsWith('rokusha')).slice(0, top), p);
	const [low, high] = [Math.min(...totals), Math.max(...totals)];
	console.log(`\n${runs} runs: they differ by ${(100 * (high - low) / low).toFixed(2)} %`);
}

/* What strace counts of a server, while it is typed at as in w1. */
async function systemCalls(rooms) {
	const r = await Running.start(arg.server, {rooms, chars: CHARS, seats: SEATS});
	const file = path.join(r.dir, 'calls');
	let tracer;

	try {
		const f = await r.gen({rooms, seats: SEATS, every: 200, edits: 20, warm: 0}, async () => {
			tracer = spawn('strace', ['-c', '-f', '-p', String(r.pid), '-o', file], {stdio: ['ignore', 'ignore', 'pipe']});
			tracer.gone = new Promise((resolve) => tracer.once('close', resolve));
			await new Promise((resolve) => tracer.stderr.once('data', resolve)); /* "attached" */
		}, async () => {
			tracer.kill('SIGINT');
			await tracer.gone;
		});
		if (f.failed) throw new Error(`under strace: ${f.failed}`);
		const list = calls(fs.readFileSync(file, 'utf8'));
		console.log(`\nsystem calls an edit, ${rooms} rooms, ${f.acks} edits: ${(sumOf(list) / f.acks).toFixed(2)}`);
		list.filter((x) => x.count / f.acks >= 0.005)
			.forEach((x) => console.log(`${(x.count / f.acks).toFixed(2).padStart(12)}  ${x.name}`));
	} finally {
		await r.stop();
	}
}

await instructions();
if (Number(arg.calls) > 0) await systemCalls(Number(arg.calls));
