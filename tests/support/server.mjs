/*
 * Runs the real binary for tests: temporary directories, the command line, a server that can be
 * killed and started again with its clock going on. It ends only processes it started itself, and
 * waits for events (the port file, the exit of a process), never for time to pass.
 */
import {execFile, spawn} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {addPolicy, checkCommand, watchServer} from './outlets.mjs';

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const defaultBin = () => process.env.ROKUSHA_BIN ?? path.join(ROOT, 'build/dev/rokusha');

const START_MS = 60_000; /* a sanitized binary on a busy machine */
const STOP_MS = 20_000;
const CLI_MS = 120_000;

/* ---- what must not outlive this process ------------------------------------------------------ */

const children = new Set();
const dirs = new Set();

function cleanUp() {
	for (const child of children) {
		if (child.exitCode === null && child.signalCode === null) {
			child.kill('SIGKILL');
		}
	}
	for (const dir of dirs) {
		if (!process.env.ROKUSHA_KEEP) {
			fs.rmSync(dir, {recursive: true, force: true});
		}
	}
}

process.on('exit', cleanUp);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
	process.on(signal, () => process.exit(1));
}

export function tempDir(name) {
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), `rokusha-${name}-`));

	dirs.add(dir);
	return dir;
}

export function removeDir(dir) {
	if (dirs.delete(dir) && !process.env.ROKUSHA_KEEP) {
		fs.rmSync(dir, {recursive: true, force: true});
	}
}

/* ---- the command line ------------------------------------------------------------------------- */

/* -> {code, out, err}; it does not throw, because many tests want to see a failure. */
export function cli(bin, args) {
	return new Promise((resolve) => {
		const child = execFile(bin, args, {maxBuffer: 64 << 20, timeout: CLI_MS},
			(error, out, err) => {
				children.delete(child);
				checkCommand(args, out, err);
				resolve({code: error ? error.code ?? 1 : 0, out, err});
			});
		children.add(child);
	});
}

export async function mustCli(bin, args) {
	const done = await cli(bin, args);

	if (done.code !== 0) {
		throw new Error(`${path.basename(bin)} ${args.join(' ')}: ${done.err.trim() || done.code}`);
	}
	return done.out;
}

/* Times go to the binary in whole seconds. */
export const timeText = (ms) => `${new Date(Math.floor(ms / 1000) * 1000).toISOString().slice(0, 19)}Z`;

/* A database with one case in it. -> {db, links} */
export async function makeDatabase({bin, dir, caseFile, now, more = []}) {
	const db = path.join(dir, 'demo.db');
	const linkFile = path.join(dir, 'links.json');

	await mustCli(bin, ['init', db]);
	await mustCli(bin, ['import', '--db', db, '--links', linkFile, '--reusable',
		...(now === undefined ? [] : ['--now', timeText(now)]), ...more, caseFile]);
	return {db, links: JSON.parse(fs.readFileSync(linkFile, 'utf8'))};
}

/* The shipped policy in `dir`, with words of its files replaced: [[file, from, to], …]. -> dir */
export function schemaWith(dir, changes) {
	for (const name of ['visibility.tsv', 'roles.json', 'form.json']) {
		let text = fs.readFileSync(path.join(ROOT, 'schema', name), 'utf8');
		for (const [, from, to] of changes.filter(([file]) => file === name)) {
			if (!text.includes(from)) {
				throw new Error(`${name} has no ${from}`);
			}
			text = text.replace(from, () => to);
		}
		fs.writeFileSync(path.join(dir, name), text);
	}
	addPolicy(dir);
	return dir;
}

/* ---- the server ------------------------------------------------------------------------------- */

/* Resolves with the port once the file holds one; rejects when the process ends before. */
function portFrom(file, child, errors) {
	return new Promise((resolve, reject) => {
		const done = (settle, value) => {
			clearTimeout(timer);
			watcher.close();
			child.off('exit', gone);
			settle(value);
		};
		const gone = () => done(reject, new Error(`the server did not start: ${errors()}`));
		const look = () => {
			let text = '';
			try {
				text = fs.readFileSync(file, 'utf8');
			} catch { /* not yet there */ }
			if (/^\d+\s*$/.test(text)) {
				done(resolve, Number(text));
			}
		};
		const watcher = fs.watch(path.dirname(file), look);
		const timer = setTimeout(() => done(reject, new Error('the server does not listen')), START_MS);
		child.once('exit', gone);
		look();
	});
}

export class Server {
	port = 0;
	down = true;
	stderr = '';
	#child = null;
	#base;      /* its clock when it was started last */
	#spawnedAt = 0;
	#low = 0;   /* its clock when ours showed 0, as bounds */
	#high = 0;

	constructor({bin = defaultBin(), db, dir, now, speed = 1, args = [], env = {}}) {
		Object.assign(this, {bin, db, dir, speed, args, env});
		this.#base = now ?? Date.now();
		this.hasNow = now !== undefined;
	}

	get origin() {
		return `http://127.0.0.1:${this.port}`;
	}
	get pid() {
		return this.#child?.pid ?? null;
	}

	/*
	 * The server's clock, as bounds: it began somewhere between spawning the process and the port
	 * file, and what it says of itself narrows that. It stands still while the server is down.
	 */
	clock() {
		if (this.down) {
			return {low: this.#base, high: this.#base};
		}
		const now = performance.now() * this.speed;
		return {low: this.#low + now, high: this.#high + now};
	}

	/*
	 * It said that its clock showed `ms` at some time between `sent` and `heard` on ours. False when
	 * that cannot be.
	 */
	tells(ms, sent, heard) {
		this.#low = Math.max(this.#low, ms - heard * this.speed);
		this.#high = Math.min(this.#high, ms - sent * this.speed);
		return this.#low <= this.#high;
	}

	async start() {
		const portFile = path.join(this.dir, 'port');
		const clock = this.hasNow ? ['--now', timeText(this.#base), '--speed', String(this.speed)] : [];

		fs.rmSync(portFile, {force: true});
		this.#base = this.hasNow ? Math.floor(this.#base / 1000) * 1000 : Date.now();
		this.#spawnedAt = performance.now();
		const child = watchServer(spawn(this.bin, ['serve', '--db', this.db, '--listen', `127.0.0.1:${this.port}`,
			'--port-file', portFile, ...clock, ...this.args], {stdio: ['ignore', 'pipe', 'pipe'], env: {...process.env, ...this.env}}));
		children.add(child);
		this.#child = child;
		child.stderr.setEncoding('utf8');
		child.stderr.on('data', (text) => {
			this.stderr += text;
		});
		this.exited = new Promise((resolve) => child.once('close', (code, signal) => {
			children.delete(child);
			resolve({code, signal});
		}));
		this.port = await portFrom(portFile, child, () => this.stderr.trim());
		this.#low = this.#base - performance.now() * this.speed;
		this.#high = this.#base - this.#spawnedAt * this.speed;
		this.down = false;
	}

	/* Exactly this process, at once; its clock stops here. */
	kill9() {
		this.#base = Math.ceil(this.clock().high / 1000) * 1000;
		this.down = true;
		this.#child.kill('SIGKILL');
		return this.exited;
	}

	async stop() {
		if (this.down) {
			return {code: null, signal: null};
		}
		this.down = true;
		this.#child.kill('SIGTERM');
		const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
		const how = await this.exited;
		clearTimeout(timer);
		return how;
	}

	/* Lines a sanitizer wrote: they make any test fail. */
	get sanitizer() {
		return this.stderr.split('\n').filter((line) =>
			/AddressSanitizer|LeakSanitizer|runtime error:|Assertion/.test(line));
	}
}
