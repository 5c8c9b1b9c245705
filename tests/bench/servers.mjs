/*
 * The servers that are measured, each pinned to core 0, and the generator, pinned to core 1. A server is
 * started anew for each figure, on data of its own: what it is given is made once and copied.
 */
import {spawn} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import {watchServer} from '../support/outlets.mjs';
import {ROOT, mustCli} from '../support/server.mjs';
import {TEXTS, caseFile} from './case.mjs';

const BIN = path.join(ROOT, 'build/release');
export const OURS = path.join(BIN, 'rokusha');
const HERE = path.join(ROOT, 'build/bench'); /* nothing of it is committed */
const PEERS = path.join(HERE, 'peers');
const SERVER_CORE = 0;
const GEN_CORE = 1;
const SIZES = [20, 100, 300, 600, 1000]; /* databases, by rooms */
const LYING = 150; /* characters of each text nobody opens */

const children = new Set();
process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')));

function pinned(core, command, args, options) {
	const child = spawn('taskset', ['-c', String(Math.min(core, os.cpus().length - 1)), command, ...args], options);

	children.add(child);
	child.exited = new Promise((resolve, reject) => {
		child.once('error', reject); /* it was never there */
		child.once('close', (code, signal) => {
			children.delete(child);
			resolve(code ?? signal);
		});
	});
	return child;
}

/* ---- what a server begins with ---- */

/* One after the other: an import has the database to itself. -> the secrets of each seat */
async function importRooms(dir, count, chars, name = '') {
	const file = path.join(dir, 'case.json');
	const links = path.join(dir, 'links.json');
	const secrets = [];

	for (let n = 0; n < count; n++) {
		fs.writeFileSync(file, JSON.stringify(caseFile(`${name}${n}`, chars)));
		await mustCli(OURS, ['import', '--db', path.join(dir, 'db'), '--links', links, '--reusable', file]);
		secrets.push(...JSON.parse(fs.readFileSync(links, 'utf8')).map((l) => l.secret));
		fs.rmSync(links);
	}
	fs.rmSync(file);
	return secrets;
}

/*
 * A database with at least so many rooms, and what the generator needs for it. Kept for the runs of
 * a day: the dates of a case are around today.
 */
async function database(rooms, chars) {
	const today = `db-${new Date().toISOString().slice(0, 10)}`;
	const name = (n) => path.join(HERE, `${today}-${chars}x${n}`);
	const sizes = SIZES.filter((n) => n >= rooms);
	const made = sizes.find((n) => fs.existsSync(path.join(name(n), 'input')));

	if (made) {
		return name(made);
	}
	const dir = name(sizes[0]);
	for (const old of fs.readdirSync(HERE).filter((f) => f.startsWith('db-') && !f.startsWith(today))) {
		fs.rmSync(path.join(HERE, old), {recursive: true});
	}
	fs.rmSync(dir, {recursive: true, force: true});
	fs.mkdirSync(dir, {recursive: true});
	await mustCli(OURS, ['init', path.join(dir, 'db')]);
	const secrets = await importRooms(dir, sizes[0], chars);
	fs.writeFileSync(path.join(dir, 'input'), [...secrets, ''].join('\n'));
	return dir;
}

/*
 * The same with more in it: so many series, all but `rooms` of them short and never opened, and so many edits
 * in the journals of those rooms. Made through the store, without a server (grow.c).
 */
async function grown({rooms, chars, series, journal}) {
	const base = await database(rooms, chars);

	if (series <= rooms && journal === 0) {
		return base;
	}
	const dir = `${base}-${series}-${journal}`;
	const half = `${dir}.new`;
	if (!fs.existsSync(dir)) {
		fs.rmSync(half, {recursive: true, force: true});
		fs.cpSync(base, half, {recursive: true});
		if (series > rooms) await importRooms(half, 1, LYING, 'lies');
		await mustCli(path.join(BIN, 'bench/grow'), [path.join(half, 'db'), ...[series, rooms, journal].map(String),
			...TEXTS.map((t) => t.split(':')[0])]);
		fs.renameSync(half, dir);
	}
	return dir;
}

/* series: so many lie there, of which some are typed in. */
async function copyDatabase(dir, {rooms, chars, series = rooms, journal = 0}) {
	const from = await grown({rooms, chars, series, journal});

	fs.readdirSync(from).forEach((f) => fs.copyFileSync(path.join(from, f), path.join(dir, f)));
	const input = path.join(dir, 'input');
	fs.writeFileSync(input, [TEXTS.join(' '), fs.readFileSync(input, 'utf8')].join('\n'));
	return input;
}

/* ---- the servers: isDurable, kept before the ack; isStored, there again after a restart ---- */

const floor = (name, isDurable, more = []) => ({
	name, proto: 'floor', isDurable, isStored: false,
	command: (dir, {doc = 3000}) => [path.join(BIN, 'bench/floor'), '--doc', String(doc),
		'--port-file', path.join(dir, 'port'), ...(isDurable ? ['--db', path.join(dir, 'db')] : []), ...more],
});

/* Servers of others, and one of ours in Node: peers/NAME.mjs, beside the packages they need. */
const peer = (name, {isDurable = false, isStored = isDurable, proto = name, isYjs = false, prepare} = {}) => ({
	name, proto, isDurable, isStored, isYjs, prepare,
	command: (dir, {rooms, chars}) => [process.execPath, path.join(PEERS, `${name}.mjs`), path.join(dir, 'port'),
		path.join(dir, 'db'), String(rooms), String(chars)],
});

/* peers/NAME.mjs, beside Yjs -> what it prints */
async function yjs(name, ...args) {
	const child = spawn(process.execPath, [path.join(PEERS, `${name}.mjs`), ...args.map(String)], {stdio: ['ignore', 'pipe', 'inherit']});
	let out = '';

	child.stdout.on('data', (d) => { out += d; });
	const code = await new Promise((resolve) => child.once('close', resolve));
	if (code !== 0) throw new Error(`Yjs: ${name} failed`);
	return out;
}

/* What six people type, encoded by Yjs itself: as many rounds as are typed, at least. */
async function updates(dir, {chars, seats, edits}) {
	const file = path.join(HERE, `yjs-${chars}-${seats}-${edits}`);

	if (!fs.existsSync(file)) {
		await yjs('encode', chars, seats, edits, `${file}.new`);
		fs.renameSync(`${file}.new`, file);
	}
	return file;
}

/* Ours, or ours but for one thing: open/. */
const own = (name, binary) => ({
	name, proto: 'ours', isDurable: true, isStored: true, isOurs: true, prepare: copyDatabase,
	command: (dir) => [path.join(BIN, binary), 'serve', '--db', path.join(dir, 'db'), '--listen', '127.0.0.1:0',
		'--port-file', path.join(dir, 'port')],
});

export const SERVERS = {
	'ours': own('ours', 'rokusha'),
	'ours-fast': own('ours-fast', 'bench/rokusha-fast'), /* takes any number of messages a second */
	'ours-open': own('ours-open', 'bench/rokusha-open'), /* everything is everybody's, and no audit */
	'floor': floor('floor', true),
	'floor-gather': floor('floor-gather', true, ['--gather', '1000']),
	'floor-memory': floor('floor-memory', false),
	'floor-forgets': floor('floor-forgets', false, ['--forget', '100']), /* what the checks must see */
	'floor-garbles': floor('floor-garbles', false, ['--garble', '100']),
	'yws': peer('yws', {prepare: updates, isYjs: true}),
	'hocuspocus': peer('hocuspocus', {isStored: true, prepare: updates}), /* kept seconds after its ack */
	'sharedb': peer('sharedb'),
	'sharedb-pg': peer('sharedb-pg', {isDurable: true, isStored: false, proto: 'sharedb'}), /* with the processes of PostgreSQL */
	'twin': peer('twin', {isDurable: true, isStored: false}), /* keeps a log it never reads */
};

/* The port file appears whole, at once. */
function portOf(file, child, said) {
	return new Promise((resolve, reject) => {
		const look = () => {
			const text = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
			if (/^\d+\n/.test(text)) {
				watcher.close();
				resolve(Number(text));
			}
		};
		const watcher = fs.watch(path.dirname(file), look);
		child.exited.then(() => reject(new Error(`no start: ${said()}`)), reject).finally(() => watcher.close());
		look();
	});
}

export class Running {
	/* what: {rooms, chars, seats, edits, doc, series, journal, under: (dir) => the command that runs the server} */
	static async start(name, what) {
		const r = new Running();

		Object.assign(r, {server: SERVERS[name], what, said: ''});
		fs.mkdirSync(PEERS, {recursive: true});
		r.dir = fs.mkdtempSync(path.join(HERE, 'run-'));
		r.input = await r.server.prepare?.(r.dir, what);
		await r.begin();
		return r;
	}

	async begin() {
		const [command, ...args] = this.server.command(this.dir, this.what);
		const file = path.join(this.dir, 'port');
		fs.rmSync(file, {force: true});
		const [first, ...all] = [...(this.what.under?.(this.dir) ?? []), command, ...args];
		const child = pinned(SERVER_CORE, first, all, {cwd: PEERS, stdio: ['ignore', 'ignore', 'pipe'],
			env: {...process.env, NODE_ENV: 'production'}});

		this.child = this.server.isOurs ? watchServer(child) : child;
		child.stderr.on('data', (d) => { this.said = (this.said + d).slice(-2000); });
		this.port = await portOf(file, child, () => this.said);
	}

	get pid() {
		return this.child.pid;
	}

	/* It and the processes it has started, and they. */
	get pids() {
		const of = (pid) => fs.readdirSync(`/proc/${pid}/task`).flatMap((task) =>
			fs.readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean));
		const all = [String(this.pid)];

		for (let i = 0; i < all.length; i++) all.push(...of(all[i]));
		return all;
	}

	/* In KiB: resident; of several processes each its part of what they share. */
	get memory() {
		const figure = (pid, file, name) => Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(fs.readFileSync(`/proc/${pid}/${file}`, 'utf8'))[1]);
		const {pids} = this;

		return pids.length === 1 ? figure(this.pid, 'status', 'VmRSS') :
			pids.reduce((sum, pid) => sum + figure(pid, 'smaps_rollup', 'Pss'), 0);
	}

	#gen(options) {
		const args = [...Object.entries({proto: this.server.proto, port: this.port,
			...(this.input ? {input: this.input} : {}), ...options}), ...this.pids.map((pid) => ['pid', pid])]
			.flatMap(([k, v]) => [`--${k}`, String(v)]);
		return pinned(GEN_CORE, path.join(BIN, 'bench/gen'), args, {stdio: ['pipe', 'pipe', 'pipe']});
	}

	/*
	 * -> its figures, with what went wrong in `failed`. With `before` and `after` the typing alone is
	 * between them: everybody has joined, and nobody hangs up.
	 */
	async gen(options, before, after) {
		const child = this.#gen({...options, ...(before ? {gate: 1} : {})});
		const lines = readline.createInterface({input: child.stdout})[Symbol.asyncIterator]();
		let err = '';

		child.stderr.on('data', (d) => { err += d; });
		if (before && !(await lines.next()).done) {
			await before();
			child.stdin.write('\n');
		}
		const {value: out} = await lines.next();
		await after?.();
		child.stdin.end();
		const code = await child.exited;
		const figures = out ? JSON.parse(out) : {};
		return {...figures, ...(code === 0 ? {} : {failed: err.trim() || figures.why || `${figures.missing} deliveries and ${
			figures.edits - figures.acks} acks did not come${figures.differ ? `, ${figures.differ} texts differ` : ''}`})};
	}

	/* A recording for a server of Yjs: encoded before, and the texts read afterwards, by Yjs itself. */
	async genYjs(options) {
		const dump = path.join(this.dir, 'dump');

		this.input = path.join(this.dir, 'updates');
		await yjs('encode-trace', options.trace, options.seats, this.input);
		const f = await this.gen({...options, dump});
		f.differ = f.failed ? f.differ : Number(await yjs('decode', options.trace, dump));
		return {...f, ...(f.differ ? {failed: `${f.differ} texts differ`} : {})};
	}

	/* Everybody joins and stays. -> a function that lets them go */
	async hold(options) {
		const child = this.#gen({...options, mode: 'hold'});
		let err = '';

		child.stderr.on('data', (d) => { err += d; });
		await Promise.race([new Promise((resolve) => child.stdout.once('data', resolve)),
			child.exited.then(() => { throw new Error(`hold: ${err}`); })]);
		return () => {
			child.stdin.end();
			return child.exited;
		};
	}

	async end() {
		this.child.kill('SIGTERM');
		await this.child.exited;
	}

	/* The same data again, as after a failure of power: nothing of it is in memory. */
	async restart() {
		await this.end();
		await this.begin();
	}

	async stop() {
		if (this.child.exitCode === null) await this.end();
		fs.rmSync(this.dir, {recursive: true, force: true});
	}
}
