/* One raw connection of a protocol case: what it was told, and what it can be asked about. */
import {randomBytes} from 'node:crypto';
import {ChangeSet, Text, WebSocket} from '../support/client.mjs';

const WAIT_MS = 20_000;
const ANSWERS = ['ack', 'no'];

export const matches = (want, got) => {
	if (Array.isArray(want)) {
		return Array.isArray(got) && want.length === got.length && want.every((w, i) => matches(w, got[i]));
	}
	if (want !== null && typeof want === 'object') {
		return got !== null && typeof got === 'object' &&
			Object.entries(want).every(([key, w]) => (w === '$absent' ? !(key in got)
				: key in got && (w === '$any' || matches(w, got[key]))));
	}
	return want === got;
};

export class Conn {
	inbox = [];        /* {frame, raw} */
	cursor = 0;
	cells = new Map(); /* key -> {c, v, x, l, item} as this connection knows them */
	seats = [];
	meet = null;       /* how the meeting stands */
	client = randomBytes(8).toString('hex');
	closed = null;     /* the status it was closed with */
	#sent = new Map();
	#waiting = [];

	constructor(name) {
		this.name = name;
	}

	/* -> the HTTP status of a refused upgrade, or 101 */
	open(url, {protocols = ['rokusha.1'], headers = {}, origin}) {
		return new Promise((resolve) => {
			const socket = new WebSocket(url, protocols, {origin, headers, perMessageDeflate: false});

			this.socket = socket;
			socket.on('open', () => resolve(101));
			socket.on('unexpected-response', (_req, res) => {
				res.resume();
				resolve(res.statusCode);
				socket.terminate();
			});
			socket.on('error', () => resolve(0)); /* dropped without a word */
			socket.on('message', (data) => this.#hear(data.toString('utf8')));
			socket.on('close', (code) => {
				this.closed = code;
				this.#wake();
			});
		});
	}

	/* ---- what it knows ------------------------------------------------------------------------- */

	#hear(raw) {
		const frame = JSON.parse(raw);

		this.inbox.push({frame, raw});
		this.#learn(frame);
		this.#wake();
	}

	#learn(f) {
		if (f.t === 'snap') {
			this.cells.clear();
			this.me = f.me;
		}
		this.meet = f.meet ?? this.meet;
		for (const c of f.t === 'snap' || f.t === 'cells' ? f.cells : []) {
			this.cells.set(c.k, c);
		}
		for (const [key, l, reach] of f.t === 'mode' ? f.cells : []) {
			Object.assign(this.cells.get(key) ?? {}, {l, reach});
		}
		for (const key of f.t === 'drop' ? f.cells : []) {
			this.cells.delete(key);
		}
		if (f.t === 'edit') {
			this.#change(f.cell, f.ver, f.change);
		} else if (f.t === 'set') {
			Object.assign(this.cells.get(f.cell) ?? {}, {v: f.ver, x: f.value});
		} else if (f.t === 'ack') {
			this.#acked(f);
		}
		this.seats = f.seats && f.t !== 'reach' ? f.seats : this.seats;
	}

	#change(key, ver, json) {
		const cell = this.cells.get(key);

		if (cell && ver > cell.v) {
			cell.x = ChangeSet.fromJSON(json).apply(Text.of(cell.x.split('\n'))).toString();
			cell.v = ver;
		}
	}

	/* An own edit that nobody came between is in the text as it was sent. */
	#acked(f) {
		const sent = this.#sent.get(f.ref);
		const cell = this.cells.get(sent?.cell);

		if (sent?.t === 'set' && cell && f.ver > cell.v) {
			Object.assign(cell, {v: f.ver, x: sent.value});
		} else if (sent?.t === 'edit' && cell && cell.v === sent.base) {
			sent.changes.forEach((json, i) => this.#change(sent.cell, sent.base + i + 1, json));
		} else if (sent?.t === 'edit' && cell) {
			cell.v = Math.max(cell.v, f.ver);
		}
	}

	/* The keys of a column, in the order of the form. */
	keys(column) {
		return [...this.cells.values()].filter((c) => c.c === column).map((c) => c.k);
	}

	cell(key) {
		const cell = this.cells.get(key);
		if (!cell) {
			throw new Error(`${this.name} does not see ${key}`);
		}
		return cell;
	}

	/* ---- sending and hearing --------------------------------------------------------------------- */

	send(frame) {
		if (frame.ref !== undefined) {
			this.#sent.set(frame.ref, frame);
		}
		this.socket.send(JSON.stringify(frame));
	}
	sendRaw(text) {
		this.socket.send(text);
	}

	#wake() {
		this.#waiting = this.#waiting.filter((look) => !look());
	}

	/* Resolve with what look() gives, as soon as it gives something; it is asked after each event. */
	#until(look, what) {
		return new Promise((resolve, reject) => {
			const timer = setTimeout(() => reject(new Error(`${this.name}: no ${what}; it heard ` +
				this.inbox.slice(-5).map((m) => m.raw.slice(0, 200)).join(' ') +
				(this.closed === null ? '' : ` and was closed ${this.closed}`))), WAIT_MS);
			const step = () => {
				const got = look();
				if (got === undefined) {
					return false;
				}
				clearTimeout(timer);
				resolve(got);
				return true;
			};
			if (!step()) {
				this.#waiting.push(step);
			}
		});
	}

	/*
	 * The next frame of the wanted kind (and ref, and cell) must be as wanted; frames of other kinds
	 * in between are passed over. An `ack` is never to be had any more after a `no` to the same
	 * request, nor the other way round.
	 */
	async expect(want) {
		const kind = ANSWERS.includes(want.t) ? ANSWERS : [want.t];
		const isKind = (f) => kind.includes(f.t) && (want.ref === undefined || f.ref === want.ref) &&
			(typeof want.cell !== 'string' || f.cell === want.cell);
		const found = await this.#until(() => {
			for (; this.cursor < this.inbox.length; this.cursor++) {
				if (isKind(this.inbox[this.cursor].frame)) {
					return this.inbox[this.cursor++];
				}
			}
			return this.closed === null ? undefined : null;
		}, `frame ${JSON.stringify(want)}`);
		if (!found) {
			throw new Error(`${this.name}: closed ${this.closed} instead of ${JSON.stringify(want)}`);
		}
		if (!matches(want, found.frame)) {
			throw new Error(`${this.name}: wanted ${JSON.stringify(want)}, got ${found.raw.slice(0, 500)}`);
		}
		return found;
	}

	/* The answer to a request, whichever it is. */
	answer(ref) {
		return this.#unclosed(() => this.inbox.find(({frame}) =>
			frame.ref === ref && ANSWERS.includes(frame.t))?.frame, `answer to ${ref}`);
	}

	/* Something is true of what it knows, now or after one of the next frames. */
	until(test, what) {
		return this.#unclosed(() => (test() ? true : undefined), what);
	}

	/* After the end of the connection nothing comes that it could wait for. */
	async #unclosed(look, what) {
		const got = await this.#until(() => look() ?? (this.closed === null ? undefined : null), what);
		if (got === null) {
			throw new Error(`${this.name}: closed ${this.closed} instead of ${what}`);
		}
		return got;
	}

	/* Everything the server had to say so far has come when this resolves. */
	async fence() {
		const from = this.inbox.length;

		this.sendRaw('{"t":"ping"}');
		await this.#until(() => (this.inbox.slice(from).some((m) => m.frame.t === 'pong') ? true
			: this.closed === null ? undefined : true), 'pong');
	}

	/* After a fence, nothing from the mark on is like this. */
	async absent(want, mark) {
		await this.fence();
		const bad = this.inbox.slice(mark).find((m) => matches(want, m.frame));
		if (bad) {
			throw new Error(`${this.name}: should not have heard ${bad.raw.slice(0, 300)}`);
		}
	}

	async expectClose(code) {
		await this.#until(() => (this.closed === null ? undefined : true), `close ${code}`);
		if (this.closed !== code) {
			throw new Error(`${this.name}: closed with ${this.closed}, not ${code}`);
		}
	}

	end() {
		this.socket?.terminate();
	}
}
