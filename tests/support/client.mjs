/*
 * One party at its own screen: login by link, a real WebSocket, the web client's own core on top,
 * and a tap that keeps every byte the server sends to this seat.
 */
import {createRequire} from 'node:module';
import {randomBytes} from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {ROOT} from './server.mjs';
import {login} from './http.mjs';
import {Outlet} from './outlets.mjs';

const need = createRequire(new URL('../../web/package.json', import.meta.url));
const plain = need('ws').WebSocket;
export const {ChangeSet, Text} = need('@codemirror/state');

/* All tests take this one: what comes is searched before anybody else sees it. */
export class WebSocket extends plain {
	constructor(...args) {
		super(...args);
		const outlet = new Outlet();
		this.on('message', (data) => outlet.take(data));
	}
}

export async function loadCore() {
	const file = path.join(ROOT, 'web/dist-node/core.mjs');

	if (!fs.existsSync(file)) {
		throw new Error(`${file} is missing: node web/build.mjs`);
	}
	return import(pathToFileURL(file));
}

/* Reconnects come sooner than on the open network; timers that guard a dead peer stay. */
const HURRY = 8;
const SHORT_MS = 5000;
const soon = (run, ms) => setTimeout(run, ms < SHORT_MS ? ms / HURRY : ms);

export class Party {
	room = null;
	rooms = [];            /* every page load of this party */
	received = [];         /* buffers: all that came to this seat */
	frames = [];           /* the same, parsed: {at, frame} */
	sent = new Map();      /* "client:ref" -> frame, as first sent */
	acks = [];             /* {client, ref, ver, row?, frame, at} */
	refusals = [];
	sockets = 0;
	closes = [];           /* the status each ended with; 1005: by this side */
	#socket = null;
	#session = null;
	#fences = new Set();   /* who waits for a pong */

	/*
	 * link: an entry of the links file. onAck(): called at once, before the client hears of it.
	 * boardOf: the party in whose session this is a screen on the wall.
	 */
	constructor({server, link, core, onAck = () => {}, boardOf = null}) {
		Object.assign(this, {server, link, core, onAck, boardOf, id: boardOf ? 'board' : link.seat});
	}

	async login() {
		if (this.boardOf) {
			await this.boardOf.login();
			this.#session = this.boardOf.#session;
		} else if (!this.#session) {
			this.#session = await login(this.server.origin, this.link.secret);
			this.received.push(this.#session.raw);
		}
	}

	#tap(client, socket, buffer) {
		const at = this.server.clock().high;
		let frame;

		this.received.push(buffer);
		try {
			frame = JSON.parse(buffer.toString('utf8'));
		} catch {
			return;
		}
		this.frames.push({at, frame});
		if (frame.t === 'pong') {
			socket.pongs++;
		} else if (frame.t === 'again' || frame.t === 'snap') {
			socket.pongs = socket.pings; /* what was not answered by now never will be */
			socket.begun++;
		}
		this.#fences.forEach((look) => look());
		if (frame.t === 'ack' || frame.t === 'no') {
			const entry = {...frame, client, at, frame: this.sent.get(`${client}:${frame.ref}`)};
			(frame.t === 'ack' ? this.acks : this.refusals).push(entry);
			if (frame.t === 'ack') {
				this.onAck(this, entry);
			}
		}
	}

	#connect(room) {
		const {sid, cookie} = this.#session;
		const socket = new WebSocket(`${this.server.origin.replace('http', 'ws')}/s/${sid}/ws`,
			['rokusha.1'], {origin: this.server.origin, headers: {cookie}, perMessageDeflate: false});
		const wire = this.core.wireFromSocket(socket);
		const {send} = wire;

		this.sockets++;
		this.#socket = socket;
		Object.assign(socket, {pings: 0, pongs: 0, begun: 0, gone: false});
		socket.on('close', (code) => {
			this.closes.push(code);
			socket.gone = true;
			this.#fences.forEach((look) => look());
		});
		socket.on('upgrade', (res) => this.received.push(Buffer.from(res.rawHeaders.join('\n'))));
		socket.on('unexpected-response', (_req, res) => {
			this.refused = res.statusCode;
			socket.terminate();
		});
		/* Before the client's own listener, so that the tap knows first. */
		socket.prependListener('message', (data) => this.#tap(room().client, socket, Buffer.from(data)));
		wire.send = (text) => {
			const frame = JSON.parse(text);
			socket.pings += frame.t === 'ping' ? 1 : 0;
			if (frame.ref !== undefined) {
				const key = `${room().client}:${frame.ref}`;
				this.sent.set(key, this.sent.get(key) ?? frame);
			}
			send(text);
		};
		return wire;
	}

	/* Open the page: resolves when the snapshot is there. */
	async join() {
		if (this.room) {
			return;
		}
		await this.login();
		const room = new this.core.RoomClient({
			connect: () => this.#connect(() => room),
			random: (n) => new Uint8Array(randomBytes(n)),
			setTimeout: soon,
			clearTimeout,
			...(this.boardOf ? {board: true} : {}),
		});
		this.room = room;
		this.rooms.push(room);
		room.start();
		await this.until(() => room.status === 'live' || room.status === 'ended', 'a snapshot');
		if (room.status === 'ended') {
			throw new Error(`${this.id}: the server ended the seat (${room.endCode})`);
		}
	}

	/* Close the page, once everything of this party is kept. */
	async leave() {
		if (!this.room) {
			return;
		}
		await this.settled();
		this.room.stop();
		this.room = null;
	}

	settled() {
		return this.until(() => this.room.status === 'live' && this.room.unsaved === 0, 'all acks');
	}

	/* Wait for something to be true of this party's client; it is asked after each change. */
	until(test, what, ms = 60_000) {
		const {room} = this;

		return new Promise((resolve, reject) => {
			const finish = (settle, value) => {
				clearTimeout(timer);
				off();
				settle(value);
			};
			const look = () => {
				if (room === this.room && test()) {
					finish(resolve);
				}
			};
			const off = room.onChange(look);
			const timer = setTimeout(() =>
				finish(reject, new Error(`${this.id}: waited in vain for ${what}`)), ms);
			look();
		});
	}

	/* Until everything has come that the server had to say before now; a lost line is taken up again. */
	async fence(ms = 60_000) {
		for (let heard = false; !heard;) {
			await this.until(() => this.room.status === 'live', 'the line', ms);
			heard = await this.#ping(this.#socket, ms);
		}
	}

	/* Pongs carry no number: they are counted. False when this one cannot come any more. */
	#ping(socket, ms) {
		const mine = ++socket.pings;
		const {begun} = socket;

		socket.send('{"t":"ping"}', () => {});
		return new Promise((resolve, reject) => {
			const finish = (settle, value) => {
				clearTimeout(timer);
				this.#fences.delete(look);
				settle(value);
			};
			const look = () => {
				const stale = socket.gone || socket.begun !== begun;
				if (stale || socket.pongs >= mine) {
					finish(resolve, !stale);
				}
			};
			const timer = setTimeout(() => finish(reject, new Error(`${this.id}: no pong`)), ms);

			this.#fences.add(look);
			look();
		});
	}
}
