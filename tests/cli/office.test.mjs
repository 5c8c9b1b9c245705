/* The office: made from a file, its register written together, its cases looked at from outside. */
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import {WebSocket} from '../support/client.mjs';
import {login} from '../support/http.mjs';
import {ROOT, Server, cli, defaultBin, tempDir} from '../support/server.mjs';

const BIN = defaultBin();
const NOW = '2026-11-12T10:00';
const OFFICE = JSON.parse(fs.readFileSync(path.join(ROOT, 'tests/cases/office.json'), 'utf8'));
const rokusha = (...args) => cli(BIN, args);

async function must(...args) {
	const done = await rokusha(...args);
	assert.equal(done.code, 0, done.err);
	return done.out;
}

function refused(done, pattern) {
	assert.equal(done.code, 1, done.err);
	assert.match(done.err, pattern);
	assert.equal(done.err.trimEnd().split('\n').length, 1, done.err);
}

async function database({change = () => {}, office = OFFICE} = {}) {
	const dir = tempDir('office');
	const db = path.join(dir, 'a.db');
	const links = path.join(dir, 'links.json');

	await must('init', db);
	for (const n of [1, 2, 3]) {
		const doc = JSON.parse(fs.readFileSync(path.join(ROOT, `tests/cases/case-${n}.json`), 'utf8'));
		const file = path.join(dir, `case-${n}.json`);
		change(doc, n);
		fs.writeFileSync(file, JSON.stringify(doc));
		await must('import', file, '--db', db, '--now', NOW);
	}
	await put({dir, db}, office, '--links', links, '--reusable');
	return {dir, db, links: JSON.parse(fs.readFileSync(links, 'utf8'))};
}

async function put({dir, db}, office, ...more) {
	const file = path.join(dir, 'office.json');

	fs.writeFileSync(file, JSON.stringify(office));
	return must('office', file, '--db', db, '--now', NOW, ...more);
}

/* A seat of the office on a screen: what it is told, and its answers. */
class Screen {
	frames = [];
	ref = 0;
	client = randomBytes(8).toString('hex');
	#wake = () => {};

	static async open(server, link) {
		const s = new Screen();
		const session = await login(server.origin, link.secret);

		s.socket = new WebSocket(`${server.origin.replace('http', 'ws')}/s/${session.sid}/ws`, ['rokusha.1'],
			{origin: server.origin, headers: {cookie: session.cookie}});
		s.socket.on('message', (data) => {
			s.frames.push({...JSON.parse(data), raw: data.toString('utf8')});
			s.#wake();
		});
		await new Promise((resolve, reject) => s.socket.on('open', resolve).on('error', reject));
		s.send({t: 'join'});
		s.snap = await s.wait((f) => f.t === 'snap');
		return s;
	}

	send(message) {
		this.socket.send(JSON.stringify({...message, ...(message.t === 'join' ? {client: this.client} : {ref: ++this.ref})}));
	}

	async wait(match) {
		for (;;) {
			const found = this.frames.find(match);
			if (found) {
				return found;
			}
			await new Promise((resolve) => {
				this.#wake = resolve;
			});
		}
	}

	/* What the answer to a request was, and all that came before it. */
	async ask(message) {
		const from = this.frames.length;
		this.send(message);
		const {ref} = this;
		const answer = await this.wait((f) => (f.t === 'ack' || f.t === 'no') && f.ref === ref);
		return {answer, cases: this.frames.slice(from).filter((f) => f.t === 'case')};
	}
}

async function served({dir, db}, run) {
	const server = new Server({bin: BIN, db, dir, now: Date.parse(`${NOW}:00+09:00`), speed: 1});

	await server.start();
	try {
		return await run(server);
	} finally {
		assert.equal((await server.stop()).code, 0);
		assert.deepEqual(server.sanitizer, []);
	}
}

const linkOf = (links, seat) => links.find((l) => l.seat === seat);
const cell = (frame, col) => frame.cells.find((c) => c.c === col);

test('each case shows what the seat reads of it, the second member of staff by name', async () => {
	const made = await database({change: (doc, n) => {
		if (n === 1) {
			doc.more = {fields: {'case.second_staff': '@p-aps'}};
		}
	}});

	await served(made, async (server) => {
		const ps = await Screen.open(server, linkOf(made.links, 'o-ps'));
		assert.equal(ps.snap.series.office, true);
		const {answer, cases} = await ps.ask({t: 'caseload'});
		assert.equal(answer.t, 'ack');
		assert.deepEqual(cases.map((c) => cell(c, 'case.case_no').x), ['K-0101', 'K-0202', 'K-0303']);
		const second = cell(cases[0], 'case.second_staff').x;
		const aps = JSON.parse(fs.readFileSync(path.join(made.dir, 'case-1.json'))).parties
			.find((p) => p.id === 'p-aps').display_label;
		assert.deepEqual(cases[0].seats, [{seat: second.slice(1), label: aps}]);
		assert.equal(cell(cases[1], 'case.second_staff').x, null, 'nobody yet: told, not left out');
		/* Only what the form wants in the list. */
		assert.ok(cases.every((c) => c.cells.every(({c: col}) => c.cols[col])));
		assert.equal(cell(cases[0], 'assess.background'), undefined);

		const hw = await Screen.open(server, linkOf(made.links, 'o-hw'));
		const theirs = await hw.ask({t: 'caseload'});
		assert.equal(theirs.cases.length, 1);
		assert.ok(cell(theirs.cases[0], 'case.stage'));
		for (const hidden of ['case.second_staff', 'case.ledger_kind']) {
			assert.equal(cell(theirs.cases[0], hidden), undefined, hidden);
		}
		assert.deepEqual(theirs.cases[0].seats, []);
	});
	const rows = JSON.parse(execFileSync('sqlite3', ['-json', made.db,
		"select s.name, a.cells from audit a join series s on s.id = a.series where what = 'caseload'"],
	{encoding: 'utf8'}));
	assert.deepEqual(rows.map((r) => r.name), ['K-0101-C', 'K-0202-C', 'K-0303-C', 'K-0101-C']);
	assert.ok(JSON.parse(rows[0].cells).includes('case.second_staff'));
	assert.ok(!JSON.parse(rows[3].cells).includes('case.second_staff'));
});

test('what hangs on a right the seat has not changes no byte of its list', async () => {
	const seen = [];

	for (const secret of ['none', 'self_reliance']) {
		const made = await database({change: (doc, n) => {
			if (n === 1) {
				doc.case.ledger_kind = secret;
				doc.case.safety_flag = secret === 'none' ? '' : '居所を伝えない';
				doc.more = {fields: secret === 'none' ? {} : {'case.second_staff': '@p-aps'}};
			}
		}});
		await served(made, async (server) => {
			const hw = await Screen.open(server, linkOf(made.links, 'o-hw'));
			const [one] = (await hw.ask({t: 'caseload'})).cases;
			/* Ids and first versions are dice. */
			seen.push(one.raw.replace(/[0-9a-f]{16}|"v":\d+/g, '#'));
		});
	}
	assert.equal(seen[0], seen[1]);
});

test('a case that is taken off the desk, and a seat that is barred, are gone from the list', async () => {
	const made = await database({change: (doc, n) => {
		if (n === 2) {
			doc.parties.find((p) => p.id === 'p-ps').until = doc.conference.held_on;
		}
		if (n === 3) {
			doc.parties.find((p) => p.id === 'p-ps').barred = true;
		}
	}});
	const numbers = (list) => list.cases.map((c) => cell(c, 'case.case_no').x);

	await served(made, async (server) => {
		const ps = await Screen.open(server, linkOf(made.links, 'o-ps'));
		/* The second case's meeting was earlier in the year: that seat is over by now. */
		assert.deepEqual(numbers(await ps.ask({t: 'caseload'})), ['K-0101']);
	});
	await put(made, {...OFFICE, caseload: OFFICE.caseload.filter((c) => c.series !== 'K-0101-C')});
	await served(made, async (server) => {
		const ps = await Screen.open(server, linkOf(made.links, 'o-ps'));
		assert.deepEqual(numbers(await ps.ask({t: 'caseload'})), []);
	});
});

test('the register is written by those who may, and the office has no other table', async () => {
	const made = await database();

	await served(made, async (server) => {
		const [ps, hw] = await Promise.all(['o-ps', 'o-hw'].map((id) => Screen.open(server, linkOf(made.links, id))));
		const row = {t: 'row', table: 'res.register', cells: {name: '夜の電話相談（架空）', kind: 'community'}};

		assert.equal((await hw.ask(row)).answer.t, 'ack');
		const heard = await ps.wait((f) => f.t === 'cells' && f.cells.some((c) => c.x === '夜の電話相談（架空）'));
		assert.equal(heard.cells.find((c) => c.c === 'res.register.name').l, 'w');
		for (const table of ['mon.note', 'conf.agenda_items', 'case.resources']) {
			const {answer} = await ps.ask({t: 'row', table, cells: {}});
			assert.deepEqual([answer.t, answer.code], ['no', 'gone'], table);
		}
	});
});

test('in a case nobody writes the register, and there is no caseload', async () => {
	const made = await database();
	const file = path.join(made.dir, 'case-4.json');
	const links = path.join(made.dir, 'l4.json');

	fs.copyFileSync(path.join(ROOT, 'tests/cases/case-4.json'), file);
	await must('import', file, '--db', made.db, '--now', NOW, '--links', links);
	await served(made, async (server) => {
		const ps = await Screen.open(server, JSON.parse(fs.readFileSync(links, 'utf8')).find((l) => l.seat === 'p-ps'));
		assert.equal(ps.snap.series.office, undefined);
		for (const message of [{t: 'caseload'}, {t: 'row', table: 'res.register', cells: {name: 'x'}}]) {
			const {answer} = await ps.ask(message);
			assert.deepEqual([answer.t, answer.code], ['no', 'gone']);
		}
	});
});

test('an office file that is not well changes nothing', async () => {
	const made = await database();
	const bad = async (change, pattern) => {
		const office = structuredClone(OFFICE);
		const file = path.join(made.dir, 'bad.json');
		change(office);
		fs.writeFileSync(file, JSON.stringify(office));
		refused(await rokusha('office', file, '--db', made.db), pattern);
	};
	const before = await must('check', '--db', made.db);

	await bad((o) => { o.moon = 1; }, /\$\.moon: unknown key/);
	await bad((o) => { delete o.name; }, /\$\.name: missing/);
	await bad((o) => { o.caseload[0].series = 'K-9999'; }, /there is no series "K-9999"/);
	await bad((o) => { o.caseload[0].seat = 'p-boss'; }, /K-0101-C has no seat "p-boss"/);
	await bad((o) => { o.caseload[0].seat = 'p-cw'; }, /p-cw is cw, and o-ps of the office is ps/);
	await bad((o) => { o.caseload[0].party = 'o-boss'; }, /\$\.caseload\[0\]\.party: no such party/);
	await bad((o) => { o.caseload.push(o.caseload[0]); }, /\$\.caseload\[8\]: this party has the series already/);
	await bad((o) => { o.resources[0].kind = 'moon'; }, /\$\.resources\[0\]\.kind: unknown value/);
	await bad((o) => { o.parties.push({id: 'o-self', role: 'self'}); o.caseload = []; },
		/\$\.parties\[\d\]: the person of a case has no seat here/);
	await bad((o) => { o.parties[0].id = 'o-new'; o.caseload = []; }, /has no seat "o-new" of role ps/);
	await bad((o) => { o.name = 'K-0101-C'; o.caseload = []; }, /is a case, not an office/);
	await bad((o) => { o.name = '別の係'; o.caseload = [{party: 'o-ps', series: OFFICE.name, seat: 'o-ps'}]; },
		/is an office, not a case/);
	assert.equal(await must('check', '--db', made.db), before);
	refused(await rokusha('import', path.join(made.dir, 'office.json'), '--db', made.db), /\$\.format|unknown key/);
});

/* Sixteen series a file, each with a seat of Hello Work; one seat of the office looks after them. */
test('a seat of the office looks after 200 cases, and not one more', async () => {
	const dir = tempDir('office');
	const db = path.join(dir, 'a.db');
	const [, team] = JSON.parse(fs.readFileSync(path.join(ROOT, 'tests/cases/case-4.json'), 'utf8')).other_series;
	const parties = team.parties.map(({same_person_as: _, ...party}) => party);
	const names = Array.from({length: 201}, (_, i) => `K-${i}-T`);
	const one = (name) => ({...team, parties, conference: {...team.conference, series_no: name}});

	await must('init', db);
	for (let i = 0; i < names.length; i += 16) {
		const [first, ...others] = names.slice(i, i + 16).map(one);
		const file = path.join(dir, 'cases.json');
		fs.writeFileSync(file, JSON.stringify({...first, ...(others.length ? {other_series: others} : {})}));
		await must('import', file, '--db', db, '--now', NOW);
	}
	const office = (count) => ({...OFFICE, caseload: names.slice(0, count)
		.map((series) => ({party: 'o-hw', series, seat: 't-hw'}))});
	const file = path.join(dir, 'office.json');
	fs.writeFileSync(file, JSON.stringify(office(201)));
	refused(await rokusha('office', file, '--db', db, '--now', NOW), /o-hw: more than 200 cases/);
	assert.equal(JSON.parse(await must('check', '--db', db)).series, 201, 'nothing was stored');
	await put({dir, db}, office(200));
	assert.equal(JSON.parse(await must('check', '--db', db)).series, 202);
});
