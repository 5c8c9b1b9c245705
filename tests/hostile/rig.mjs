/*
 * A real server, plain or over TLS, and clients down to the byte: sockets from any loopback address,
 * a WebSocket that can send what no library would, honest people who type.
 */
import {execFileSync, spawn} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import {watchServer} from '../support/outlets.mjs';
import {ROOT, defaultBin, mustCli, removeDir, tempDir} from '../support/server.mjs';

export const HOME = '127.0.0.1'; /* where a proxy would be: no limit per address */
const CASES = ['case-1', 'case-2', 'case-3', 'case-4'];

/* The default options of the sanitizer keep 256 MiB of freed memory: no figure would mean anything. */
const LEAN = {ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ''}:quarantine_size_mb=1`};

function certificate(dir) {
	const cert = path.join(dir, 'cert.pem');
	const key = path.join(dir, 'key.pem');

	execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
		'-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=localhost'], {stdio: 'ignore'});
	return ['--tls-cert', cert, '--tls-key', key];
}

export class Site {
	err = '';

	constructor({bin = defaultBin(), isTls = false, cases = CASES.slice(0, 1), more = [], wrap = []} = {}) {
		Object.assign(this, {bin, isTls, cases, more, wrap, dir: tempDir('hostile')});
	}

	async start() {
		const db = path.join(this.dir, 'db');
		const port = path.join(this.dir, 'port');

		this.links = [];
		await mustCli(this.bin, ['init', db]);
		for (const name of this.cases) {
			const file = path.join(this.dir, `${name}.links`);
			await mustCli(this.bin, ['import', '--db', db, '--links', file, '--reusable',
				path.join(ROOT, 'tests/cases', `${name}.json`)]);
			this.links.push(...JSON.parse(fs.readFileSync(file, 'utf8')).map((l) => ({...l, room: name})));
		}
		const [run, ...args] = [...this.wrap, this.bin, 'serve', '--db', db, '--listen', '127.0.0.1:0',
			'--port-file', port, ...(this.isTls ? certificate(this.dir) : []), ...this.more];
		this.child = watchServer(spawn(run, args, {stdio: ['ignore', 'pipe', 'pipe'], env: {...process.env, ...LEAN}}));
		this.exited = new Promise((resolve) => this.child.once('close', (code, signal) => resolve(code ?? signal)));
		process.once('exit', () => this.child.kill('SIGKILL'));
		this.child.stderr.on('data', (d) => { this.err += d; });
		await new Promise((resolve, reject) => {
			this.child.stdout.once('data', resolve);
			this.exited.then(() => reject(new Error(`no start: ${this.err}`)));
		});
		this.port = Number(fs.readFileSync(port, 'utf8'));
		this.origin = `${this.isTls ? 'https' : 'http'}://127.0.0.1:${this.port}`;
		return this;
	}

	/* -> problems, as lines */
	async stop() {
		this.child.kill('SIGTERM');
		const code = await this.exited;
		removeDir(this.dir);
		return [...(code === 0 ? [] : [`it ended with ${code}: ${this.err.slice(-1000)}`]),
			...this.err.split('\n').filter((l) => /Sanitizer|runtime error:|Assertion/.test(l))];
	}

	/* Once its log has such a line. */
	says(pattern) {
		return new Promise((resolve) => {
			const look = () => {
				if (pattern.test(this.err)) {
					this.child.stderr.off('data', look);
					resolve();
				}
			};
			this.child.stderr.on('data', look);
			look();
		});
	}

	/* What it printed at its start, as numbers. */
	get bound() {
		const line = /event=bound (.*)/.exec(this.err)[1];
		return Object.fromEntries(line.split(' ').map((pair) => pair.split('=')).map(([k, v]) => [k, Number(v)]));
	}

	/* The bound for as many as there were, not for as many as there could be. */
	boundOf(peers, conns, rooms) {
		const b = this.bound;
		return b.base + b.out + peers * b.peer + conns * b.conn + rooms * b.room;
	}

	/* Resident memory, now and at its highest, in bytes. */
	get memory() {
		const text = fs.readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
		const of = (name) => Number(new RegExp(`${name}:\\s*(\\d+)`).exec(text)[1]) * 1024;
		return {now: of('VmRSS'), peak: of('VmHWM')};
	}

	/* Processor time it has taken, in ms. */
	get cpu() {
		const f = fs.readFileSync(`/proc/${this.child.pid}/stat`, 'utf8').split(') ')[1].split(' ');
		return (Number(f[11]) + Number(f[12])) * 10;
	}

	/* Descriptors it holds: nothing of an attack may stay behind. */
	get descriptors() {
		return fs.readdirSync(`/proc/${this.child.pid}/fd`).length;
	}

	/* A TCP connection from that address; no TLS whatever the server speaks. */
	tcp(from = HOME) {
		const s = net.connect({host: '127.0.0.1', port: this.port, localAddress: from});
		s.on('error', () => {});
		s.ended = new Promise((resolve) => s.once('close', resolve));
		s.setNoDelay(true);
		return s;
	}

	/* The same, ready to be written to; with TLS where the server has it. */
	dial(from = HOME) {
		const plain = this.tcp(from);
		if (!this.isTls) {
			plain.ready = new Promise((resolve) => plain.once('connect', () => resolve(true)));
			plain.ready = Promise.race([plain.ready, plain.ended.then(() => false)]);
			return plain;
		}
		const s = tls.connect({socket: plain, rejectUnauthorized: false});
		s.on('error', () => {});
		s.ended = new Promise((resolve) => s.once('close', resolve));
		s.ready = Promise.race([new Promise((resolve) => s.once('secureConnect', () => resolve(true))),
			s.ended.then(() => false)]);
		return s;
	}

	/* Bytes in, everything up to the end out. */
	async raw(bytes, from) {
		const s = this.dial(from);
		let text = '';
		s.on('data', (d) => { text += d.toString('latin1'); });
		if (await s.ready) {
			s.write(bytes);
		}
		await s.ended;
		return text;
	}

	async login(n, from = HOME) {
		const body = JSON.stringify({secret: this.links[n].secret});
		const text = await this.raw(`POST /api/login HTTP/1.1\r\nHost: x\r\nOrigin: ${this.origin}\r\n` +
			`Connection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`, from);
		const status = Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0);
		if (status !== 200) {
			throw new Error(`login from ${from}: ${status}`);
		}
		return {sid: /"sid":"(\w+)"/.exec(text)[1], cookie: /set-cookie: ([^;]+)/i.exec(text)[1], n};
	}
}

/* ---- a WebSocket that does as it is told ---- */

/* One frame, masked; `length` is what the header says when it lies. */
export function frame(payload, {opcode = 1, fin = true, length = BigInt(payload.length), mask = randomBytes(4)} = {}) {
	const head = [(fin ? 0x80 : 0) | opcode];
	let more = Buffer.alloc(0);

	if (length < 126n) {
		head.push(0x80 | Number(length));
	} else if (length < 65536n) {
		head.push(0x80 | 126);
		more = Buffer.alloc(2);
		more.writeUInt16BE(Number(length));
	} else {
		head.push(0x80 | 127);
		more = Buffer.alloc(8);
		more.writeBigUInt64BE(length);
	}
	const body = Buffer.from(payload);
	for (let i = 0; i < body.length; i++) {
		body[i] ^= mask[i & 3];
	}
	return Buffer.concat([Buffer.from(head), more, mask, body]);
}

export class Wire {
	frames = [];      /* what came, parsed */
	code = null;      /* of the close frame that came */
	onFrame = null;
	#in = Buffer.alloc(0);
	#waiting = new Set();

	constructor(site, session, from = HOME) {
		Object.assign(this, {site, session, from});
	}

	/* -> the HTTP status, 101 when it is open, 0 when it was hung up on */
	async open() {
		const {sid, cookie} = this.session;
		const s = this.socket = this.site.dial(this.from);

		if (!await s.ready) {
			return 0;
		}
		s.write(`GET /s/${sid}/ws HTTP/1.1\r\nHost: x\r\nOrigin: ${this.site.origin}\r\nCookie: ${cookie}\r\n` +
			'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
			`Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Protocol: rokusha.1\r\n\r\n`);
		const status = await new Promise((resolve) => {
			let head = Buffer.alloc(0);
			const take = (d) => {
				head = Buffer.concat([head, d]);
				const end = head.indexOf('\r\n\r\n');
				if (end >= 0) {
					s.off('data', take);
					resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(head.toString('latin1'))[1]));
					this.#in = head.subarray(end + 4);
				}
			};
			s.on('data', take);
			s.ended.then(() => resolve(0));
		});
		this.readOn();
		s.ended.then(() => {
			this.gone = true;
			this.#wake();
		});
		this.#hear(Buffer.alloc(0));
		return status;
	}

	/* A byte each so many milliseconds, and no more. */
	readSlowly(ms) {
		const s = this.socket;

		s.pause();
		s.removeAllListeners('data');
		s.on('readable', () => {}); /* from now on read() decides */
		this.timer = setInterval(() => {
			const d = s.read(1);
			if (d) this.#hear(d);
		}, ms);
		s.ended.then(() => clearInterval(this.timer));
	}

	readOn() {
		clearInterval(this.timer);
		this.socket.removeAllListeners('readable');
		this.socket.on('data', (d) => this.#hear(d));
		this.socket.resume();
	}

	#hear(d) {
		this.#in = this.#in.length ? Buffer.concat([this.#in, d]) : d;
		for (;;) {
			const b = this.#in;
			if (b.length < 2) break;
			let len = b[1] & 127;
			let at = 2;
			if (len === 126) {
				if (b.length < 4) break;
				len = b.readUInt16BE(2);
				at = 4;
			} else if (len === 127) {
				if (b.length < 10) break;
				len = Number(b.readBigUInt64BE(2));
				at = 10;
			}
			if (b.length < at + len) break;
			this.#take(b[0] & 15, b.subarray(at, at + len));
			this.#in = b.subarray(at + len);
		}
		this.#wake();
	}

	#take(opcode, body) {
		if (opcode === 1) {
			const f = JSON.parse(body.toString('utf8'));
			this.frames.push(f);
			this.onFrame?.(f);
		} else if (opcode === 8) {
			this.code ??= body.length >= 2 ? body.readUInt16BE(0) : 1005;
			this.socket.end(frame(body.subarray(0, 2), {opcode: 8}));
		} else if (opcode === 9) {
			this.socket.write(frame(body, {opcode: 10}));
		}
	}

	#wake() {
		this.#waiting.forEach((look) => look());
	}

	/* What look() gives, as soon as it gives something; rejects when the socket is gone before. */
	until(look, what = 'it') {
		return new Promise((resolve, reject) => {
			const step = () => {
				const got = look();
				if (got || this.gone) {
					this.#waiting.delete(step);
					if (got) resolve(got);
					else reject(new Error(`closed ${this.code} instead of ${what}`));
				}
			};
			this.#waiting.add(step);
			step();
		});
	}

	bytes(b) { this.socket.write(b); }
	send(value) { this.bytes(frame(typeof value === 'string' ? Buffer.from(value) : Buffer.from(JSON.stringify(value)))); }
	async join() {
		this.send({t: 'join', client: randomBytes(8).toString('hex'), have: []});
		return this.until(() => this.frames.find((f) => f.t === 'snap'), 'a snapshot');
	}

	/* The code it is closed with, 1006 when without a word. Whoever attacks does not wait for more. */
	async end() {
		await this.until(() => this.code, 'a goodbye').catch(() => {});
		this.drop();
		return this.code ?? 1006;
	}

	/* As many bytes as are taken, until it is closed. */
	async pour(piece, times) {
		for (let i = 0; i < times && !this.gone && this.code === null; i++) {
			const taken = new Promise((resolve) => this.socket.write(piece, resolve));
			await Promise.race([taken, this.until(() => this.code, 'a goodbye').catch(() => {})]);
		}
		return this.end();
	}
	drop() { this.socket?.destroy(); }
}

export async function open(site, session, from) {
	const w = new Wire(site, session, from);
	const status = await w.open();
	if (status !== 101) {
		throw new Error(`a socket was refused: ${status}`);
	}
	return w;
}

/* ---- somebody honest ---- */

const lengthOf = (change) => change.reduce((n, s) => n + (Array.isArray(s)
	? s.slice(1).join('\n').length : s), 0);

/* Types into one text, a character at a time, and knows how long each took to be kept. */
export class Honest {
	took = [];
	ref = 0;
	drops = 0;

	constructor(site, session, from = HOME, nth = 0) {
		Object.assign(this, {site, session, from, nth});
	}

	async join() {
		this.wire = await open(this.site, this.session, this.from);
		const snap = await this.wire.join();
		const texts = snap.cells.filter((c) => c.l === 'w' && snap.cols[c.c].type === 'text');
		this.cell = texts[this.nth % texts.length];
		if (!this.cell) {
			throw new Error(`seat ${this.session.n} writes nothing`);
		}
		this.ver = this.cell.v;
		this.length = this.cell.x.length;
		this.wire.frames.splice(0).slice(1).forEach((f) => this.#hear(f)); /* what came with it */
		this.wire.onFrame = (f) => this.#hear(f);
		this.wire.socket.ended.then(() => { this.drops += this.left ? 0 : 1; });
		return this;
	}

	#hear(f) {
		if (f.t === 'edit' && f.cell === this.cell?.k) {
			this.length = lengthOf(f.change);
			this.ver = f.ver;
		} else if ((f.t === 'ack' || f.t === 'no') && f.ref === this.ref) {
			this.took.push(performance.now() - this.sentAt);
			if (f.t === 'ack') {
				this.length += this.delta;
				this.ver = f.ver;
			}
			this.answer = f;
		}
		this.wire.frames.length = 0;
	}

	/* Sends one character, or takes one away when there are many; false when one is on its way. */
	type() {
		if (this.ref > 0 && !this.answer) {
			return false;
		}
		const cut = this.length > 500;
		this.answer = null;
		this.delta = cut ? -1 : 1;
		this.sentAt = performance.now();
		this.wire.send({t: 'edit', ref: ++this.ref, cell: this.cell.k, base: this.ver, changes: [[
			...(cut ? [[1], this.length - 1] : [[0, 'あ'], ...(this.length ? [this.length] : [])])]]});
		return true;
	}

	/* Another text in place of all of it. */
	async replace(words) {
		this.answer = null;
		this.delta = words.length - this.length;
		this.doc = words;
		this.sentAt = performance.now();
		this.wire.send({t: 'edit', ref: ++this.ref, cell: this.cell.k, base: this.ver, changes: [[[this.length, words]]]});
		return this.#kept();
	}

	async typeOne() {
		this.type();
		return this.#kept();
	}

	async #kept() {
		const got = await this.wire.until(() => this.answer, 'an answer');
		if (got.t !== 'ack') {
			throw new Error(`refused: ${JSON.stringify(got)}`);
		}
	}

	leave() {
		this.left = true;
		this.wire?.drop();
	}
}
