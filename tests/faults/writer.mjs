/*
 * One who writes without a pause, and the ledger of what it was promised. Every request carries a
 * word of its own, so that a text, a register or a table tells which were applied, and how often.
 */
import {randomBytes} from 'node:crypto';
import {WebSocket} from '../support/client.mjs';
import {login} from '../support/http.mjs';

const WAIT_MS = 30_000;
const BURST = 200;  /* requests at once, and a second: half of what the server lets anybody ask, or a bit more */
const PER_MS = 0.08;
export const ROWS = 'mon.incident';
export const WORD = /\[(\d+)\.(\d+)\]/g;

/* Units a change makes a text longer. */
const growth = (change) => change.reduce((sum, part) =>
	(Array.isArray(part) ? sum - part[0] + part.slice(1).join('\n').length : sum), 0);

export class Writer {
	requests = new Map(); /* ref -> {ref, frame, word, ack, no} */
	texts = new Map();    /* key -> {ver, len}, what the next change is based on */
	lines = new Map();    /* key -> ver */
	snap = null;
	agains = 0;
	stuck = false; /* the server can keep nothing for now */
	writing = false;
	closed = true;
	onAck = () => {};
	onSend = () => {};
	onAgain = () => {};
	onSnap = () => {};
	#ref = 0;
	#budget = BURST;
	#filled = performance.now();
	#waits = new Set();

	/* name: a number of its own; client: 64 bits; rows: it also begins rows; limit: requests at most */
	constructor({server, link, name, rows = false, limit = Infinity}) {
		Object.assign(this, {server, link, name, rows, limit, client: randomBytes(8).toString('hex')});
	}

	async open() {
		this.session ??= await login(this.server.origin, this.link.secret);
		const {sid, cookie} = this.session;
		const socket = new WebSocket(`${this.server.origin.replace('http', 'ws')}/s/${sid}/ws`, ['rokusha.1'],
			{origin: this.server.origin, headers: {cookie}, perMessageDeflate: false});

		this.socket = socket;
		this.snap = null;
		this.closed = false;
		socket.on('error', () => {});
		socket.on('open', () => this.#join());
		socket.on('message', (data) => this.#hear(JSON.parse(data.toString('utf8'))));
		socket.on('close', (code) => {
			this.closed = true;
			this.code = code;
			this.#wake();
		});
		await this.until(() => this.snap || this.closed, 'a snapshot');
		if (!this.snap) {
			throw new Error(`writer ${this.name}: closed ${this.code} instead of a snapshot`);
		}
	}

	#join() {
		this.snap = null;
		this.socket.send(JSON.stringify({t: 'join', client: this.client}));
	}

	get open_() {
		return [...this.requests.values()].filter((r) => !r.ack && !r.no);
	}
	get acked() {
		return [...this.requests.values()].filter((r) => r.ack);
	}

	until(test, what) {
		return new Promise((resolve, reject) => {
			const look = () => {
				if (test()) {
					clearTimeout(timer);
					this.#waits.delete(look);
					resolve();
				}
			};
			const timer = setTimeout(() => {
				this.#waits.delete(look);
				reject(new Error(`writer ${this.name}: waited in vain for ${what}` +
					`${this.closed ? `, closed ${this.code}` : this.snap ? '' : ', not let in'}; ` +
					`${this.open_.length} not answered, first ${JSON.stringify(this.open_[0]?.frame)?.slice(0, 160)}`));
			}, WAIT_MS);
			this.#waits.add(look);
			look();
		});
	}

	#wake() {
		[...this.#waits].forEach((look) => look());
	}

	#hear(f) {
		if (f.t === 'snap') {
			this.#start(f);
		} else if (f.t === 'again') {
			this.agains++;
			this.onAgain(this);
			this.#join();
		} else if (f.t === 'stuck') {
			/* What was busy for it is asked again. */
			this.stuck = f.on === 1;
			if (!this.stuck && this.snap) {
				this.open_.forEach((r) => this.#send(r));
			}
		} else if (f.t === 'edit') {
			this.#moved(f.cell, f.ver, growth(f.change));
		} else if (f.t === 'set') {
			this.lines.set(f.cell, Math.max(f.ver, this.lines.get(f.cell) ?? 0));
		} else if (f.t === 'ack' || f.t === 'no') {
			this.#answered(f);
		}
		this.#wake();
	}

	/* What was known goes; what was not answered is asked again, before anything new. */
	#start(f) {
		const open = this.open_;

		this.snap = f;
		this.texts.clear();
		this.lines.clear();
		for (const c of f.cells) {
			const type = f.cols[c.c]?.type;
			if (type === 'text' && typeof c.x === 'string') {
				this.texts.set(c.k, {ver: c.v, len: c.x.length, level: c.l});
			} else if (type === 'line') {
				this.lines.set(c.k, c.v);
			}
		}
		this.onSnap(this, f);
		open.forEach((r) => this.#send(r));
		if (this.writing) {
			this.more();
		}
	}

	/* Says it again; the answer must be the one it had. */
	repeat(r) {
		r.first = r.ack;
		r.ack = null;
		this.#send(r);
	}

	#moved(key, ver, grown) {
		const text = this.texts.get(key);

		if (text && ver > text.ver) {
			if (ver !== text.ver + 1) {
				this.gap = `${key}: version ${ver} after ${text.ver}`;
			}
			text.ver = ver;
			text.len += grown;
		}
	}

	#answered(f) {
		const r = this.requests.get(f.ref);

		if (f.t === 'no' && f.code === 'busy' && this.stuck) {
			return;
		}
		if (f.t === 'no') {
			r.no = f;
			if (f.cur !== undefined && this.lines.has(r.frame.cell)) {
				this.lines.set(r.frame.cell, Math.max(f.ver ?? 0, this.lines.get(r.frame.cell)));
			}
		} else {
			r.ack = f;
			if (r.first && (r.first.ver !== f.ver || r.first.row !== f.row)) {
				this.gap = `request ${r.ref} was answered ${JSON.stringify(r.first)}, then ${JSON.stringify(f)}`;
			}
			if (r.frame.t === 'edit') {
				this.#moved(r.frame.cell, f.ver, r.word.length);
			} else if (r.frame.t === 'set') {
				this.lines.set(r.frame.cell, Math.max(f.ver, this.lines.get(r.frame.cell) ?? 0));
			}
			this.onAck(this, r);
		}
		if (this.writing) {
			this.#next(r.frame.cell ?? r.frame.table);
		}
	}

	#send(r) {
		if (!this.closed) {
			this.socket.send(JSON.stringify(r.frame));
			this.onSend(this, r);
		}
	}

	#ask(frame, word) {
		const r = {ref: this.#ref, frame: {...frame, ref: this.#ref}, word, ack: null, no: null};

		this.requests.set(r.ref, r);
		this.#send(r);
		return r;
	}

	/* Who asks too fast is sent away: then this one waits for its turn. */
	#may() {
		const now = performance.now();

		this.#budget = Math.min(BURST, this.#budget + (now - this.#filled) * PER_MS);
		this.#filled = now;
		if (this.#budget < 1) {
			setTimeout(() => this.writing && this.more(), 1 / PER_MS);
			return false;
		}
		this.#budget--;
		return true;
	}

	/* One more request of that kind: a text or line by its key, or a row. */
	#next(key) {
		if (this.requests.size >= this.limit || this.closed || !this.snap || !this.#may()) {
			return;
		}
		this.#ref++;
		const word = `[${this.name}.${this.#ref}]`;
		const text = this.texts.get(key);
		if (key === ROWS) {
			this.#ask({t: 'row', table: ROWS, cells: {text: word}}, word);
		} else if (text) {
			const kept = text.len > 0 ? [text.len] : [];
			const insert = [0, word];
			this.#ask({t: 'edit', cell: key, base: text.ver,
				changes: [this.#ref % 2 ? [insert, ...kept] : [...kept, insert]]}, word);
		} else if (this.lines.has(key)) {
			this.#ask({t: 'set', cell: key, base: this.lines.get(key), value: word}, word);
		}
	}

	/* A request in flight for each of its cells, and rows if it begins any. */
	begin(keys) {
		this.keys = [...keys, ...(this.rows ? [ROWS] : [])];
		this.writing = true;
		this.more();
	}
	more() {
		const busy = new Set(this.open_.map((r) => r.frame.cell ?? r.frame.table));
		this.keys.filter((key) => !busy.has(key)).forEach((key) => this.#next(key));
	}
	stop() {
		this.writing = false;
	}

	end() {
		this.writing = false;
		this.socket?.terminate();
	}
}
