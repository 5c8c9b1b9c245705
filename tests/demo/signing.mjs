/*
 * After the meeting: the minutes are sealed and signed as the case's `minutes` say, on the real server,
 * whose clock is set forward from act to act; then everybody fetches the own bundle, and two verifiers
 * judge each. What a file leaves open is chosen here and nowhere else: sealed a minute before the first
 * signature, signed within seven days, those a correction asks sign again two days later.
 */
import {execFile} from 'node:child_process';
import {createHash} from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import {login, request} from '../support/http.mjs';
import {Party, loadCore} from '../support/client.mjs';
import {Server} from '../support/server.mjs';
import {verify} from '../vectors/minutes/verify.mjs';
import {readLeaf} from '../vectors/minutes/shape.mjs';
import {leafHash} from '../vectors/minutes/prim.mjs';
import {audienceOf, correctorOf} from './cast.mjs';
import {dayOf, sealTime, seatRole, signaturesOf, timeOf} from './times.mjs';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const TERM = 7 * DAY;

const codeOf = (id) => `${id} の署名の合いことば`;
const scanOf = (party, at) => createHash('sha256').update(`scan of ${party} at ${at}`).digest('base64');

/* ---- the desk: requests in a seat's name, at a time --------------------------------------------------- */

class Desk {
	constructor(world) {
		this.world = world;
		this.sessions = new Map();
		this.coded = new Set();
		this.server = null;
	}

	/* The server as it is at that time: another process on the same database. */
	async at(ms) {
		if (this.server && ms - this.now < MINUTE && ms >= this.now) {
			return;
		}
		await this.close();
		this.now = Math.max(ms, this.now ?? 0);
		const {bin, db, dir} = this.world;
		this.server = new Server({bin, db, dir, now: this.now});
		await this.server.start();
	}

	async close() {
		if (!this.server) {
			return;
		}
		const how = await this.server.stop();
		if (how.code !== 0) {
			throw new Error(`the server ended with ${how.code ?? how.signal} when asked to stop`);
		}
		this.server.sanitizer.forEach((line) => this.world.stage.fail(`server: ${line}`));
		this.sessions.clear();
		this.server = null;
	}

	async #session(id) {
		if (!this.sessions.has(id)) {
			const link = this.world.links.find((l) => l.seat === id);
			this.sessions.set(id, await login(this.server.origin, link.secret));
		}
		return this.sessions.get(id);
	}

	async ask(id, what = '', body = null) {
		const {sid, cookie} = await this.#session(id);
		const {origin} = this.server;

		return request(origin, {method: body ? 'POST' : 'GET', path: `/s/${sid}/minutes${what && `/${what}`}`,
			headers: {cookie, ...(body ? {origin, 'content-type': 'application/json'} : {})},
			body: body ? JSON.stringify(body) : '', role: seatRole(this.world.file.parties.find((p) => p.id === id))});
	}

	async read(id, what = '') {
		const answer = await this.ask(id, what);

		if (answer.status !== 200) {
			throw new Error(`GET minutes/${what} as ${id}: ${answer.status} ${answer.body}`);
		}
		return answer.body;
	}

	async status(id) {
		return JSON.parse(await this.read(id));
	}

	/* Something that is signed for: the code is set at the first time. */
	async act(id, what, body) {
		const code = codeOf(id);

		if (!this.coded.has(id)) {
			await this.#must(id, 'code', {code});
			this.coded.add(id);
		}
		return this.#must(id, what, {code, ...body});
	}

	async #must(id, what, body) {
		const answer = await this.ask(id, what, body);

		if (answer.status !== 200) {
			throw new Error(`POST minutes/${what} as ${id}: ${answer.status} ${answer.body}`);
		}
		return JSON.parse(answer.body.length > 0 ? answer.body : '{}');
	}

	/* Somebody's page, for what goes over the line. */
	async page(id) {
		const link = this.world.links.find((l) => l.seat === id);
		const party = new Party({server: this.server, link, core: await loadCore()});

		await party.join();
		return party;
	}
}

/* ---- what a bundle says --------------------------------------------------------------------------------- */

/* The readable leaves of a bundle: [{entry, label, name, value, hash}] */
export function leavesOf(bytes) {
	const {reads, entries} = JSON.parse(bytes);

	return entries.flatMap(({b}, entry) => (entry === 1 ? b : b.filter(Array.isArray)).flatMap((box, i) => box.map((d) => {
		const got = d.startsWith('x:') ? null : readLeaf(d);
		const [label] = got?.[1].split('/') ?? [reads[i]];
		return got && {entry, label, name: got[1].slice(label.length + 1), value: got[2], hash: leafHash(d).toString('base64')};
	}).filter(Boolean)));
}

/* ---- the acts ---------------------------------------------------------------------------------------------- */

const correctionsAfter = (file, ms) => (file.minutes?.corrections ?? []).filter((c) => timeOf(c.at) >= ms);

class Signing {
	constructor(world) {
		Object.assign(this, {world, file: world.file, desk: new Desk(world), copies: new Map()});
		this.count = {acts: 0, corrections: 0, silent: 0};
	}

	/* Others who were in every item that this party was in, keepers of the minutes first. */
	#helpers(id) {
		const items = (this.file.conference.agenda ?? []).map((i) => audienceOf(this.file, i)).filter((a) => a.has(id));
		const keeper = (p) => ((p.functions ?? []).length > 0 ? 0 : 1);

		return this.file.parties.filter((p) => p.id !== id && items.length > 0 && items.every((a) => a.has(p.id)))
			.sort((a, b) => keeper(a) - keeper(b)).map((p) => p.id).filter((k) => this.invited.has(k));
	}

	/* The slot of the audience of the item a decision belongs to. */
	async #slotOf(id, decisionNo) {
		const text = this.file.minutes.decisions?.find((d) => d.no === decisionNo)?.text;
		const leaf = text && leavesOf(await this.desk.read(id, 'bundle')).find((l) => l.entry === 1 &&
			l.name.startsWith('row/min.decisions/') && l.value === text);

		return leaf?.label ?? null;
	}

	async sign(s) {
		const {desk} = this;
		const status = await desk.status(s.party);
		const heads = status.heads.map((h) => [h.size, h.root]);

		if (heads.length === 0) {
			this.world.stage.notes.push(`signature of ${s.party} at ${s.at}: nothing new to sign`);
			return;
		}
		if (s.status === 'signed_on_paper' || s.status === 'mark_by_scribe') {
			await this.#byAnother(s, status);
		} else {
			await desk.act(s.party, 'sign', {heads, ...await this.#words(s)});
		}
		this.count.acts += heads.length;
	}

	async #words(s) {
		const dissent = this.file.minutes.dissents?.find((d) => d.party === s.party);
		const slot = dissent ? await this.#slotOf(s.party, dissent.decision_no) : null;

		if (s.status === 'declined') {
			return {decision: 'decline', ...(s.note && {note: s.note})};
		}
		if (s.status === 'signed_with_note') {
			return {decision: 'reserve', note: dissent?.text ?? s.note, ...(slot && {slot})};
		}
		return dissent && slot ? {decision: 'dissent', note: dissent.text, slot} : {decision: 'agree'};
	}

	async #byAnother(s, status) {
		const [by, witness] = this.#helpers(s.party);

		if (!by || (s.status === 'mark_by_scribe' && !witness)) {
			throw new Error(`${s.party}: nobody was there all the time`);
		}
		if (s.status === 'signed_on_paper') {
			await this.desk.act(by, 'paper', {for: status.party, decision: 'agree', scan: scanOf(s.party, s.at)});
			return;
		}
		const {party} = await this.desk.status(witness);
		await this.desk.act(by, 'mark', {for: status.party, decision: 'agree', witness: party});
		const acts = (await this.desk.status(witness)).acts.filter((a) => a.party === status.party && !a.vouched);
		for (const about of new Set(acts.map((a) => a.id))) {
			await this.desk.act(witness, 'vouch', {about});
		}
	}

	/* Before sealing it is an edit like any other. */
	async #edit(c, page) {
		const key = [...page.room.cells.keys()].find((k) => k.startsWith('min.decisions/') && k.endsWith('/text') &&
			page.room.text(k).doc === c.before);

		if (!key) {
			throw new Error(`correction ${c.no}: its writer does not see the decision`);
		}
		page.room.text(key).edit({from: 0, to: c.before.length, insert: c.after});
		await page.settled();
	}

	async amend(c) {
		const by = correctorOf(this.file, c);
		const leaves = leavesOf(await this.desk.read(by, 'bundle'));
		const amended = leaves.filter((l) => l.name.startsWith('amend/') && l.value.value === c.before).at(-1);
		const leaf = amended?.value.leaf ?? leaves.find((l) => l.entry === 1 && l.value === c.before)?.hash;

		if (!leaf) {
			throw new Error(`correction ${c.no}: its writer does not read what is corrected`);
		}
		await this.desk.act(by, 'amend', {leaf, value: c.after, why: c.reason});
		this.count.corrections++;
	}

	async #seal(at) {
		const {desk, file} = this;
		const before = (file.minutes?.corrections ?? []).filter((c) => timeOf(c.at) < at && c.decision_no !== null);
		const chair = this.world.plan.cast.chair.id;

		await desk.at(at);
		for (const c of before) {
			const page = await desk.page(correctorOf(file, c));
			await this.#edit(c, page);
			await page.leave();
		}
		const page = await desk.page(chair);
		await page.room.seal(dayOf(at + TERM));
		await page.leave();
		this.invited = new Set();
		for (const {seat} of this.world.links) {
			const answer = await desk.ask(seat);
			if (answer.status === 200 && JSON.parse(answer.body).state === 'sealed' && JSON.parse(answer.body).party) {
				this.invited.add(seat);
			}
		}
	}

	async run(at) {
		await this.#seal(at);
		const later = correctionsAfter(this.file, at).filter((c) => c.decision_no !== null);
		const steps = [...later.map((c) => ({at: timeOf(c.at), run: () => this.amend(c)})),
			...later.flatMap((c) => this.#again(c)),
			...signaturesOf(this.file).filter((s) => this.invited.has(s.party)).map((s) => ({at: timeOf(s.at), run: () => this.sign(s)}))];

		const end = Math.max(at, ...steps.map((s) => s.at)) + 15 * DAY;

		for (const step of [...steps, ...this.#leaving(end)].sort((a, b) => a.at - b.at)) {
			await this.desk.at(step.at);
			await step.run();
		}
		this.count.silent = this.invited.size - new Set(signaturesOf(this.file).map((s) => s.party)).size;
		await this.desk.at(end);
	}

	/* Whose seat ends before that fetches the own copy on its last evening. */
	#leaving(end) {
		return this.file.parties.filter((p) => this.invited.has(p.id) && p.until && timeOf(p.until) + DAY < end)
			.map(({id, until}) => ({at: timeOf(until) + DAY - HOUR, run: async () =>
				this.copies.set(id, await this.desk.read(id, 'bundle'))}));
	}

	/* Who a correction asks signs again, where the file does not say when itself. */
	#again(c) {
		const said = (id) => signaturesOf(this.file).some((s) => s.party === id && timeOf(s.at) > timeOf(c.at));

		return c.resign_required.filter((id) => this.invited.has(id) && !said(id)).map((party) =>
			({at: timeOf(c.at) + 2 * DAY + HOUR, run: () => this.sign({party, status: 'signed', at: c.at})}));
	}

	/* Every seat's own copy. -> Map seat -> bytes */
	async bundles() {
		for (const id of this.invited) {
			if (!this.copies.has(id)) {
				this.copies.set(id, await this.desk.read(id, 'bundle'));
			}
		}
		return this.copies;
	}
}

/* ---- the judges -------------------------------------------------------------------------------------------- */

/* -> exit status of the small program */
const judge = (program, args) => new Promise((resolve) => {
	execFile(program, args, {maxBuffer: 64 << 20}, (error) => resolve(error ? error.code ?? 2 : 0));
});

async function judged(world, bundles, dir) {
	const program = path.join(path.dirname(world.bin), 'rokusha-verify');
	const keys = [...new Set([...bundles.values()].map((b) => JSON.parse(b).key))];
	const trust = path.join(dir, 'trust.txt');
	const found = {valid: 0, invalid: 0, agree: true};

	if (world.args.plant === 'bundle') {
		/* A letter of somebody's sealed words. */
		const [id, bytes] = [...bundles][0];
		const at = bytes.length / 2 | 0;
		bundles.set(id, Buffer.concat([bytes.subarray(0, at), Buffer.from([bytes[at] ^ 1]), bytes.subarray(at + 1)]));
	}
	fs.writeFileSync(trust, keys.map((k) => `${k}\n`).join(''));
	for (const [id, bytes] of bundles) {
		const file = path.join(dir, `${id}.json`);
		fs.writeFileSync(file, bytes);
		const ours = await judge(program, [file, '--trust', trust]) === 0;
		const other = verify(bytes, keys);
		found[ours && other.verdict === 'valid' ? 'valid' : 'invalid']++;
		found.agree &&= ours === (other.verdict === 'valid');
		if (other.verdict !== 'valid') {
			world.stage.fail(`bundle of ${id}: ${other.why ?? other.verdict}`);
		}
	}
	return found;
}

/* From the meeting to what everybody carries away. -> {signing, bundles: Map, found} or null: nothing to seal */
export async function signMinutes(world, dir) {
	if (world.plan.steps.length === 0 || !world.plan.cast.chair) {
		return null;
	}
	const signing = new Signing(world);

	try {
		await signing.run(Math.max(sealTime(world.file) ?? 0, world.endAt + MINUTE));
		const bundles = await signing.bundles();
		return {count: signing.count, bundles, found: await judged(world, bundles, dir)};
	} finally {
		await signing.desk.close();
	}
}
