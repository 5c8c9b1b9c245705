/*
 * The world the tests of signed minutes play in: the real server under a clock of its own, a session a seat, and what
 * every seat gets checked by the sketch's verifier.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {Conn} from './conn.mjs';
import {login, request} from '../support/http.mjs';
import {ROOT, Server, defaultBin, makeDatabase, removeDir, tempDir} from '../support/server.mjs';
import {verify} from '../vectors/minutes/verify.mjs';

export const BIN = defaultBin();
export const CASE = path.join(ROOT, 'tests/cases/case-1.json');
export const START = Date.parse('2026-11-12T14:00:00+09:00');
export const HOUR = 3600_000;
export const DAY = 24 * HOUR;
export const SERIES = 'K-0101-C';
export const roleOf = (seat) => JSON.parse(fs.readFileSync(CASE, 'utf8')).parties.find((p) => p.id === seat).role;
export const CODE = 'いろはにほへとち';


/* A test that fails leaves its server behind, and nothing would end: for afterEach. */
const running = new Set();

export async function stopAll() {
	for (const server of running) {
		await server.stop();
	}
	running.clear();
}

export class World {
	/* args: of the server, besides. */
	static async make(name, args = []) {
		const w = new World();

		w.args = args;
		w.dir = tempDir(name);
		Object.assign(w, await makeDatabase({bin: BIN, dir: w.dir, caseFile: CASE, now: START}));
		await w.begin(START);
		return w;
	}

	async begin(now) {
		this.sessions = new Map();
		this.server = new Server({bin: BIN, db: this.db, dir: this.dir, now, args: this.args});
		running.add(this.server);
		await this.server.start();
	}

	/* The clock goes on while the server is down. */
	async goOn(ms) {
		const now = this.server.clock().high + ms;
		await this.server.stop();
		assert.deepEqual(this.server.sanitizer, []);
		await this.begin(now);
	}

	async session(seat) {
		if (!this.sessions.has(seat)) {
			const {secret} = this.links.find((l) => l.seat === seat);
			this.sessions.set(seat, await login(this.server.origin, secret));
		}
		return this.sessions.get(seat);
	}

	async conn(seat) {
		const {sid, cookie} = await this.session(seat);
		const conn = new Conn(seat);

		assert.equal(await conn.open(`${this.server.origin.replace('http', 'ws')}/s/${sid}/ws`,
			{origin: this.server.origin, headers: {cookie}}), 101);
		conn.send({t: 'join', client: conn.client});
		await conn.expect({t: 'snap'});
		return conn;
	}

	async get(seat, what = '', headers = {}) {
		const {sid, cookie} = await this.session(seat);
		return request(this.server.origin, {path: `/s/${sid}/minutes${what}`, headers: {cookie, ...headers}, role: roleOf(seat)});
	}

	async post(seat, what, body, headers = {}) {
		const {sid, cookie} = await this.session(seat);
		const {origin} = this.server;
		const answer = await request(origin, {method: 'POST', path: `/s/${sid}/minutes/${what}`, body: JSON.stringify(body),
			headers: {cookie, origin, 'content-type': 'application/json', ...headers}});
		return {...answer, json: JSON.parse(answer.body)};
	}

	async status(seat) {
		const answer = await this.get(seat);
		assert.equal(answer.status, 200, `${seat}: ${answer.body}`);
		return JSON.parse(answer.body);
	}

	async bundle(seat) {
		const answer = await this.get(seat, '/bundle');
		assert.equal(answer.status, 200, `${seat}: ${answer.body}`);
		assert.match(answer.headers['content-disposition'], /^attachment; filename="/);
		return answer.body.toString('utf8');
	}

	/* What the sketch's verifier says of it. */
	async verified(seat) {
		const text = await this.bundle(seat);
		const {key} = await this.status(seat);
		const r = verify(text, [key]);

		assert.equal(r.verdict, 'valid', `${seat}: ${r.why}`);
		return r;
	}

	async sign(seat, more = {}) {
		const {heads} = await this.status(seat);
		return this.post(seat, 'sign', {code: CODE, decision: 'agree', heads: heads.map((h) => [h.size, h.root]), ...more});
	}

	async done() {
		const how = await this.server.stop();
		assert.deepEqual(this.server.sanitizer, []);
		assert.equal(how.code, 0);
		removeDir(this.dir);
	}
}

let ref = 0;

export async function must(conn, frame) {
	ref += 1;
	conn.send({...frame, ref});
	const answer = await conn.answer(ref);
	assert.equal(answer.t, 'ack', JSON.stringify(answer));
	return answer;
}

/* Items one and three; the employer is of the first alone. Sealed until the 26th. */
export async function sealed(name, args = []) {
	const w = await World.make(name, args);
	const ps = await w.conn('p-ps'), aps = await w.conn('p-aps');
	const items = ps.keys('conf.agenda_items.title').map((k) => k.split('/')[1]);

	await must(ps, {t: 'open', row: items[0]});
	await must(aps, {t: 'row', table: 'min.decisions', cells: {text: '朝は一時間おそく始める'}});
	await must(ps, {t: 'open', row: items[2]});
	await must(aps, {t: 'row', table: 'min.decisions', cells: {text: 'その先のことは外で話さない'}});
	await must(aps, {t: 'row', table: 'min.actions', cells: {what: '書類をそろえる'}});
	await must(ps, {t: 'close', end: 1});
	w.before = await w.status('p-ps');
	w.missing = w.before.missing;
	const preview = await w.get('p-emp', '/preview');
	assert.equal(preview.status, 200, String(preview.body));
	w.preview = preview.body.toString('utf8');
	await must(ps, {t: 'seal', until: '2026-11-26'});
	ps.end();
	aps.end();
	return w;
}

export const SEATS = ['p-ps', 'p-aps', 'p-self', 'p-emp', 'p-cw', 'p-hw'];
