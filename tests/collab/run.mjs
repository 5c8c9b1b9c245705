/*
 * Random sessions: several editor instances write into the same texts over a bad line, against the
 * real server. The line delays, breaks, goes dead, loses answers; the server is killed and started
 * again; tabs are reloaded. When all is quiet everybody shows what an oracle in JavaScript computes.
 *
 *   node tests/collab/run.mjs SESSIONS [SEED]     a session: one text, from the first key to quiet
 */
import {randomBytes} from 'node:crypto';
import path from 'node:path';
import {WebSocket, loadCore} from '../support/client.mjs';
import {login} from '../support/http.mjs';
import {Proxy} from '../support/proxy.mjs';
import {ROOT, Server, makeDatabase, tempDir, defaultBin} from '../support/server.mjs';
import {Oracle} from './oracle.mjs';
import {CoreWriter, PlainWriter, wires} from './writer.mjs';

const SEATS = ['ps', 'aps', 'ps']; /* the second of one seat is another session */
const TEXTS = 8;          /* written into at once, by everybody */
const STEPS = 160;        /* of a round */
const LONG = 90;          /* units: from here on more is taken away than put in */
const QUIET_MS = 60_000;
const NOW = Date.parse('2026-11-12T14:00:00+09:00');
const WORDS = ['あ', 'い\n', '𠮷', '👩‍👧', '会議', 'abc', 'が', 'か\u3099', '\n', '辻󠄀', ' ', 'ｱ'];
const PAIR = /[\ud800-\udbff][\udc00-\udfff]/;

/* ---- chance ---- */

function chance(seed) {
	let a = seed >>> 0;
	const next = () => {
		a = (a + 0x6d2b79f5) >>> 0;
		let t = Math.imul(a ^ (a >>> 15), 1 | a);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
	};
	return {below: (n) => Math.floor(next() * n), one: (list) => list[Math.floor(next() * list.length)],
		often: (share) => next() < share};
}

/* Some changes at once, in order, none cutting a character of two units. */
function changesOf(doc, rnd) {
	const stops = [0];
	for (const ch of doc) {
		stops.push(stops[stops.length - 1] + ch.length);
	}
	const count = rnd.often(0.3) ? 2 + rnd.below(3) : 1;
	const at = Array.from({length: count}, () => rnd.below(stops.length)).sort((a, b) => a - b);
	const list = [];
	let from = 0;

	for (const i of at) {
		const start = Math.max(i, from);
		const cut = rnd.often(doc.length > LONG ? 0.9 : 0.35) ? rnd.below(doc.length > LONG ? 14 : 4) : 0;
		const end = Math.min(stops.length - 1, start + cut);
		const words = Array.from({length: rnd.below(doc.length > LONG ? 2 : 4)}, () => rnd.one(WORDS)).join('');
		if (start < stops.length && (end > start || words !== '')) {
			list.push({from: stops[start], to: stops[end], insert: words});
		}
		from = end + 1;
	}
	return list;
}

/* ---- the world ---- */

class World {
	figures = {writers: 0, lines: 0, kills: 0, reloads: 0, compositions: 0, undos: 0, rude: 0};
	oracle = new Oracle();
	#waiting = new Set();
	#ended = '';      /* it should not have */
	#mayEnd = false;

	async start() {
		const dir = tempDir('collab');
		const bin = defaultBin();
		const {db, links} = await makeDatabase({bin, dir, now: NOW, caseFile: path.join(ROOT, 'tests/cases/case-1.json')});

		this.core = await loadCore();
		this.proxy = await new Proxy(() => this.server.port, () => (this.rnd.often(0.6) ? 0 : this.rnd.below(6))).listen();
		this.server = new Server({bin, db, dir, now: NOW, args: ['--origin', this.proxy.origin]});
		this.rnd = chance(1);
		await this.#serve();
		this.sessions = await Promise.all(SEATS.map((role) =>
			login(this.server.origin, links.find((l) => l.role === role).secret)));
		this.observer = this.writer(0, CoreWriter, () => this.server.origin);
		await this.until(() => this.observer.live, 'the observer');
		await this.#choose();
	}

	async #serve() {
		await this.server.start();
		this.#mayEnd = false;
		void this.server.exited.then(({code, signal}) => {
			this.#ended = this.#mayEnd ? '' : `${code ?? signal} ${this.server.stderr.trim().split('\n').slice(-3).join(' ')}`;
			this.#waiting.forEach((look) => look());
		});
	}

	/* Texts all of them may write, of those with room enough. */
	async #choose() {
		const others = SEATS.slice(1).map((_, i) => this.writer(i + 1, CoreWriter, () => this.server.origin));
		const all = [this.observer, ...others];

		await this.until(() => all.every((w) => w.live), 'everybody');
		this.texts = [...this.observer.room.cells.values()].filter((c) =>
			all.every((w) => w.room.cells.get(c.key)?.level === 'w' && w.has(c.key)) &&
			this.observer.room.cols.get(c.col).max >= 400).map((c) => c.key).slice(0, TEXTS);
		others.forEach((w) => w.stop());
		if (this.texts.length < TEXTS) {
			throw new Error(`only ${this.texts.length} texts all may write`);
		}
	}

	writer(seat, Kind, origin = () => this.proxy.origin) {
		const tap = {sent: (...a) => this.#sent(...a), heard: (...a) => this.oracle.heard(...a)};
		const connect = wires({core: this.core, origin, session: this.sessions[seat], tap});

		this.figures.writers++;
		return new Kind({core: this.core, connect, texts: this.texts, fail: (words) => this.oracle.fail(words),
			changed: () => this.#waiting.forEach((look) => look())});
	}

	#sent(client, line, frame) {
		const composing = (this.writers ?? []).some((w) => w.room?.client === client && w.held.has(frame.cell));

		if (frame.t === 'edit' && composing && !this.oracle.knows(client, frame.ref)) {
			this.oracle.fail(`${frame.cell}: sent in the middle of a composition: ${line}`);
		}
		this.oracle.sent(client, line, frame);
	}

	until(test, what) {
		return new Promise((resolve, reject) => {
			const finish = (settle, value) => {
				clearTimeout(timer);
				this.#waiting.delete(look);
				settle(value);
			};
			const look = () => {
				try {
					if (this.oracle.wrong.length > 0) {
						throw new Error(`gave up waiting for ${what}`);
					}
					if (this.#ended) {
						throw new Error(`the server ended while we waited for ${what}: ${this.#ended}`);
					}
					if (test()) {
						finish(resolve);
					}
				} catch (e) {
					finish(reject, e);
				}
			};
			const timer = setTimeout(() => finish(reject, new Error(`waited in vain for ${what}: ` +
				(this.writers ?? []).filter((w) => !w.quiet).map((w) => w.says).join('; '))), QUIET_MS);
			this.#waiting.add(look);
			look();
		});
	}

	/* ---- a round ---- */

	async round(rnd, count) {
		this.rnd = rnd;
		const texts = this.texts.slice(0, count);
		const kinds = [CoreWriter, PlainWriter, ...Array.from({length: 1 + rnd.below(3)}, () => rnd.one([CoreWriter, PlainWriter]))];

		this.writers = kinds.map((Kind, i) => this.writer(i % SEATS.length, Kind));
		await this.until(() => this.writers.every((w) => w.live && w.has(texts[0])), 'the writers');
		for (const key of texts) {
			for (const w of [this.observer, ...this.writers]) {
				this.oracle.begin(key, w.ver(key), w.doc(key));
			}
		}
		for (const key of texts.filter((k) => PAIR.test(this.observer.doc(k))).slice(0, 1)) {
			await this.#rude(key, this.observer.ver(key), this.observer.doc(key));
		}
		const kill = rnd.often(0.25) ? rnd.below(STEPS * count / TEXTS) : -1;
		for (let i = 0; i < STEPS * count / TEXTS; i++) {
			await this.#step(rnd, texts, i === kill);
		}
		await this.#quiet(texts);
		for (const key of texts) {
			this.oracle.finish(key, [['the observer', this.observer], ...this.writers.map((w) => [w.kind, w])]
				.map(([who, w]) => [who, w.ver(key), w.doc(key)]));
		}
		this.writers.forEach((w) => w.stop());
	}

	async #step(rnd, texts, kill) {
		const writer = rnd.one(this.writers);
		const key = rnd.one(texts);
		const what = rnd.below(100);

		if (kill) {
			await this.#kill(rnd, texts);
		}
		if (!writer.has(key)) { /* a page just loaded */
			await this.#breathe(rnd);
		} else if (what < 78) {
			writer.edit(key, changesOf(writer.doc(key), rnd));
		} else if (what < 83) {
			this.figures.undos++;
			writer.undo(key, rnd.often(0.3));
		} else if (what < 87) {
			this.figures.compositions += writer.kind === 'core' ? 1 : 0;
			writer.hold(key);
		} else if (what < 92) {
			writer.free((words) => this.oracle.fail(words));
		} else if (what < 94) {
			writer.free((words) => this.oracle.fail(words));
			if (writer.kind === 'core' && rnd.often(0.5)) {
				await this.#overtake(writer, key, rnd.one(WORDS));
			}
			this.figures.reloads += writer.kind === 'core' ? 1 : 0;
			writer.reload();
		} else {
			this.#fault(rnd);
		}
		if (rnd.often(0.5)) {
			await this.#breathe(rnd);
		}
	}

	/*
	 * Two take away the same. The observer's way is shorter: of the other's change nothing is left, but it
	 * is on its way, and more comes after it.
	 */
	async #overtake(writer, key, words) {
		const first = [...writer.doc(key)][0] ?? '';
		const [ver, seen] = [writer.ver(key), this.observer.ver(key)];

		if (first === '' || ver !== seen || !writer.live || !this.observer.live) {
			return;
		}
		this.observer.edit(key, [{from: 0, to: first.length}]);
		writer.edit(key, [{from: 0, to: first.length}]);
		await this.until(() => !writer.live || (writer.has(key) && writer.ver(key) > ver), 'the change of another');
		writer.edit(key, [{from: 0, insert: words}]);
	}

	/* A change that cuts a character of two units in half: refused, or every text it touches breaks. */
	#rude(key, base, doc) {
		const at = doc.search(PAIR) + 1;
		const {sid, cookie} = this.sessions[0];
		const {origin} = this.server;
		const socket = new WebSocket(`${origin.replace('http', 'ws')}/s/${sid}/ws`, ['rokusha.1'], {origin, headers: {cookie}});
		const changes = [[at, [0, 'x'], doc.length - at]];

		this.figures.rude++;
		return new Promise((resolve) => {
			socket.on('open', () => socket.send(JSON.stringify({t: 'join', client: randomBytes(8).toString('hex')})));
			socket.on('message', (data) => {
				const f = JSON.parse(data);
				if (f.t === 'snap') {
					socket.send(JSON.stringify({t: 'edit', ref: 1, cell: key, base, changes}));
				} else if (f.t === 'ack' || f.t === 'no' || f.t === 'bye') {
					if (f.t === 'ack') {
						this.oracle.fail(`${key}: half a character was taken: ${JSON.stringify(changes)} on ${JSON.stringify(doc)}`);
					}
					socket.terminate();
				}
			});
			/* A seat that comes too often is asked to wait: then nothing rude was said. */
			socket.on('error', () => { this.figures.rude--; });
			socket.on('close', resolve);
		});
	}

	#breathe(rnd) {
		return new Promise((resolve) => (rnd.often(0.7) ? setImmediate(resolve) : setTimeout(resolve, rnd.below(5))));
	}

	#fault(rnd) {
		const line = rnd.one(this.proxy.sockets);
		if (!line) {
			return;
		}
		this.figures.lines++;
		[() => line.cut(), () => line.cut(true), () => line.sleep(), () => line.deafen()][rnd.below(4)]();
	}

	/*
	 * As the power would go: what somebody wrote last is kept, its answer lost, and the memory of it
	 * gone with the process. It will be sent again.
	 */
	async #kill(rnd, texts) {
		const writer = rnd.one(this.writers.filter((w) => w.quiet && w.held.size === 0));
		const key = rnd.one(texts);

		this.figures.kills++;
		this.proxy.sockets.forEach((line) => line.deafen());
		if (writer?.has(key)) {
			const before = this.observer.ver(key);
			writer.edit(key, [{from: 0, insert: '𠮷'}]);
			await this.until(() => this.observer.ver(key) > before || !writer.live, 'an edit to be kept');
		}
		this.#mayEnd = true;
		await this.server.kill9();
		await this.#serve();
	}

	/* No more faults: a dead line is noticed, everything unsent arrives, everybody hears of all. */
	async #quiet(texts) {
		this.writers.forEach((w) => w.free((words) => this.oracle.fail(words)));
		this.proxy.heal();
		this.writers.forEach((w) => w.wake());
		await this.until(() => this.writers.every((w) => w.quiet) && this.observer.quiet, 'all acks');
		await this.until(() => texts.every((key) => {
			const newest = this.oracle.newest(key);
			return [this.observer, ...this.writers].every((w) => w.has(key) && w.ver(key) >= newest);
		}), 'everybody to hear of all');
		for (const w of this.writers) {
			for (const words of w.refused) {
				this.oracle.fail(`words were given back to their writer: ${JSON.stringify(words)}`);
			}
			for (const {client, cell, ref, count} of w.owed) {
				const sent = this.oracle.sentAfter(client, cell, ref);
				if (sent !== count) {
					this.oracle.fail(`${cell}: of ${count} changes kept by a page of ${client} ${sent} were sent`);
				}
			}
		}
	}

	async stop() {
		this.observer.stop();
		await this.proxy.close();
		const {sanitizer} = this.server;
		this.#mayEnd = true;
		const how = await this.server.stop();
		if (sanitizer.length > 0 || how.code !== 0) {
			this.oracle.fail(`the server ended with ${how.code ?? how.signal}: ${sanitizer[0] ?? ''}`);
		}
	}
}

/* ---- */

const sessions = Number(process.argv[2] ?? 100);
const seed = Number(process.argv[3] ?? 1);
const world = new World();
const begun = performance.now();
let done = 0;

await world.start();
for (let round = 0; done < sessions && world.oracle.wrong.length === 0; round++) {
	const count = Math.min(TEXTS, sessions - done);
	await world.round(chance(seed * 1_000_003 + round), count).catch((e) => world.oracle.fail(`round ${round}: ${e.stack}`));
	done += count;
}
await world.stop();
world.oracle.wrong.slice(0, 10).forEach((line) => console.log(`wrong: ${line.slice(0, 2000)}`));
const f = {...world.figures, ...world.oracle.figures};
console.log(`collab: ${done} sessions, ${f.writers} writers, ${f.pushes} pushes (${f.again} sent again), ` +
	`${f.changes} changes, ${f.lines} lines lost, ${f.kills} kills, ${f.reloads} reloads, ${f.compositions} compositions, ` +
	`${f.undos} undos, ${f.rude} half characters refused, ${world.oracle.wrong.length} wrong, seed ${seed}, ${((performance.now() - begun) / 1000).toFixed(0)} s`);
process.exit(world.oracle.wrong.length === 0 ? 0 : 1);
