/*
 * A changed policy works without touching C or TypeScript: checked, compared, a case imported under
 * it, and every seat sees and writes just what an oracle in another language reads in the files.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {after, before, test} from 'node:test';
import {Conn} from '../proto/conn.mjs';
import {login} from '../support/http.mjs';
import {level, loadPolicy} from '../support/oracle.mjs';
import {Server, cli, defaultBin, makeDatabase, tempDir} from '../support/server.mjs';
import {changedCase, changedSchema} from './changed.mjs';

const BIN = defaultBin();
const NOW = Date.parse('2026-11-12T14:00:00+09:00');
const dir = changedSchema();
const {file, doc} = changedCase();
const policy = loadPolicy(dir);
const conns = new Map();
const refs = new Map();
let server;

async function connect(link) {
	const {sid, cookie} = await login(server.origin, link.secret);
	const conn = new Conn(link.seat);
	const status = await conn.open(`${server.origin.replace('http', 'ws')}/s/${sid}/ws`,
		{origin: server.origin, headers: {cookie}});

	assert.equal(status, 101);
	conn.send({t: 'join', client: conn.client});
	await conn.until(() => conn.me, 'snapshot');
	return conn;
}

before(async () => {
	const home = tempDir('changed');
	const {db, links} = await makeDatabase({bin: BIN, dir: home, caseFile: file, now: NOW,
		more: ['--schema', dir, '--open-first']});

	server = new Server({bin: BIN, db, dir: home, now: NOW, args: ['--schema', dir]});
	await server.start();
	for (const link of links) {
		conns.set(link.seat, await connect(link));
	}
});
after(async () => {
	conns.forEach((conn) => conn.end());
	await server?.stop();
	assert.deepEqual(server?.sanitizer, []);
});

const seat = (id) => conns.get(id);
const sees = (id, key) => seat(id).cells.get(key);

/* Columns as this seat was told them. */
function colsOf(id) {
	const cols = {};
	seat(id).inbox.forEach(({frame}) => Object.assign(cols, frame.cols ?? {}));
	return cols;
}

async function ask(id, frame) {
	const ref = (refs.get(id) ?? 0) + 1;
	refs.set(id, ref);
	seat(id).send({...frame, ref});
	return seat(id).answer(ref);
}

/* Consents of the case that hold at the meeting, as the oracle takes them. */
function grants() {
	return doc.consents.filter((c) => c.level === 'read' && !c.withdrawn_at).flatMap((c) =>
		doc.parties.flatMap((p, i) => (c.party ? c.party === p.id : c.role === p.role)
			? c.fields.map((field) => ({seat: i, live: true, ownRows: false,
				cls: policy.matrix.has(field) ? field : policy.columns.get(field).cls,
				...(policy.matrix.has(field) ? {} : {col: field})}))
			: []));
}

test('the set is checked, and what changed is told', async () => {
	const check = await cli(BIN, ['schema', 'check', dir]);
	assert.equal(check.code, 0, check.err);
	assert.equal(check.err, '');
	assert.match(check.out, /^ok: 種別 117、役割 13、分野 9、/);
	const diff = await cli(BIN, ['schema', 'diff', 'builtin', dir]);
	assert.equal(diff.code, 3);
	for (const line of ['「ハローワーク」が「支援段階」を読めなくなります（読める → 見えない）', '使えなくなる 0',
		'「民生委員」が「連絡先」を、同意があれば読めるようになります', '項目「就労・目標」の名前が「めあて」になります',
		'分野「動物」が加わります', '項目「世帯・電話」が加わります', '選択肢（area_status）に「ようすを見る」が加わります']) {
		assert.ok(diff.out.includes(line), line);
	}
	assert.equal((await cli(BIN, ['schema', 'diff', dir, 'builtin'])).code, 4);
});

test('every field of every seat is as the files say', () => {
	const consents = grants();
	let seen = 0;

	doc.parties.forEach((party, i) => {
		for (const column of policy.columns.values()) {
			if (column.table !== null) {
				continue;
			}
			const want = level({policy, role: party.role, seat: i, cls: column.cls, col: column.id,
				row: null, place: true, grants: consents, plan: 'live',
				duties: party.functions ?? []}).level;
			const cell = sees(party.id, column.id);
			const got = !cell ? 'none' : cell.l === 'w' ? 'write' : 'read';

			assert.equal(got, want, `${party.id} ${column.id}`);
			seen += cell ? 1 : 0;
		}
	});
	assert.ok(seen > 500, `${seen} cells`);
});

test('a lowered level is gone, a grant of the new role holds', () => {
	assert.equal(sees('p-hw', 'case.stage'), undefined);
	assert.equal(sees('p-cw', 'case.stage').x, 3);
	assert.equal(sees('p-minsei', 'person.contact').l, 'r');
	assert.equal(sees('p-minsei', 'case.stage'), undefined);
});

test('labels, the ninth area and new choices come from the files', () => {
	const cols = colsOf('p-ps');

	assert.equal(cols['plan.work.action.goal'].label, 'めあて');
	assert.equal(cols['case.pet'].label, 'ペットについて');
	assert.equal(cols['household.phone'].label, '電話');
	assert.equal(cols['plan.animals.action.goal'].area_label, '動物');
	assert.equal(sees('p-ps', 'plan.animals.action.person_wish').x, '猫といっしょにいたい');
	assert.equal(sees('p-ps', 'plan.animals.action.person_wish').l, 'r');
	assert.equal(sees('p-self', 'plan.animals.action.person_wish').l, 'w');
	assert.deepEqual(cols['plan.work.outline.status'].enum.find(([id]) => id === 'watching'), ['watching', 'ようすを見る']);
	assert.deepEqual(colsOf('p-minsei')['plan.animals.outline.status'].enum, [['watching', 'ようすを見る']]);
	assert.equal(colsOf('p-emp')['plan.animals.outline.status'], undefined);
});

test('who a seat is, and who is outside, comes from the files', () => {
	const minsei = seat('p-ps').seats.find((s) => s.role === 'minsei');

	assert.equal(seat('p-minsei').me.role_label, '民生委員');
	assert.equal(seat('p-minsei').me.seal, '民');
	assert.equal(seat('p-minsei').me.official, false);
	assert.equal(minsei.label, '浜辺さん');
	assert.equal(minsei.out, true);
	assert.equal(seat('p-ps').seats.find((s) => s.role === 'hw').out, undefined);
	assert.ok(seat('p-emp').seats.every((s) => s.out === undefined), 'nobody outside is told');
	/* Somebody from outside reads it now, and the companions are told so. */
	assert.equal(sees('p-ps', 'case.pet').reach, 'out');
	assert.equal(sees('p-ps', 'plan.animals.background.current_state').reach, 'in');
});

test('the new field is typed into, and arrives at who may read it', async () => {
	const at = sees('p-minsei', 'case.pet');
	const {t} = await ask('p-minsei', {t: 'edit', cell: 'case.pet', base: at.v, changes: [[[0, '猫が二匹。']]]});

	assert.equal(t, 'ack');
	for (const id of ['p-self', 'p-ps', 'p-aps', 'p-sup']) {
		await seat(id).until(() => sees(id, 'case.pet').x === '猫が二匹。', 'the words');
	}
	for (const id of ['p-cw', 'p-hw', 'p-emp', 'p-pj', 'p-kp', 'p-lkp']) {
		await seat(id).fence();
		assert.equal(sees(id, 'case.pet'), undefined);
		assert.ok(!seat(id).inbox.some(({raw}) => raw.includes('猫が二匹。')), id);
	}
});

test('a row of the new table: its writer, the companion, the person, nobody else', async () => {
	const answer = await ask('p-minsei', {t: 'row', table: 'pet.visits', cells: {text: 'えさをもらいに来た', on: '2026-11-10'}});
	const key = `pet.visits/${answer.row}/text`;

	assert.equal(answer.t, 'ack', JSON.stringify(answer));
	for (const [id, l] of [['p-minsei', 'w'], ['p-ps', 'w'], ['p-self', 'r']]) {
		await seat(id).until(() => sees(id, key), 'the row');
		assert.equal(sees(id, key).l, l, id);
		assert.equal(colsOf(id)['pet.visits.text'].table_label, 'ペットの見回り');
	}
	for (const id of ['p-aps', 'p-sup', 'p-cw', 'p-hw', 'p-emp', 'p-kp']) {
		await seat(id).fence();
		assert.equal(sees(id, key), undefined, id);
		assert.equal((await ask(id, {t: 'row', table: 'pet.visits', cells: {text: 'x'}})).t, 'no', id);
	}
	/* Rows the companion makes are the companion's: who owns none of them reads none. */
	const other = await ask('p-ps', {t: 'row', table: 'pet.visits', cells: {text: '留守でした'}});
	await seat('p-self').until(() => sees('p-self', `pet.visits/${other.row}/text`), 'the row');
	await seat('p-minsei').fence();
	assert.equal(sees('p-minsei', `pet.visits/${other.row}/text`), undefined);
});

test('the new choice, the new column and the ninth area are written', async () => {
	const status = 'plan.work.outline.status';
	assert.equal((await ask('p-ps', {t: 'set', cell: status, base: sees('p-ps', status).v, value: 'watching'})).t, 'ack');
	await seat('p-hw').until(() => sees('p-hw', status).x === 'watching', 'the choice');
	await seat('p-hw').until(() => colsOf('p-hw')[status].enum.some(([, label]) => label === 'ようすを見る') ||
		seat('p-hw').inbox.some(({frame}) => frame.t === 'set' && frame.label === 'ようすを見る'), 'its label');

	const phone = seat('p-cw').keys('household.phone')[0];
	assert.equal((await ask('p-cw', {t: 'set', cell: phone, base: sees('p-cw', phone).v, value: '000-1111'})).t, 'ack');
	await seat('p-ps').until(() => sees('p-ps', phone).x === '000-1111', 'the number');

	const goal = 'plan.animals.action.goal';
	assert.equal((await ask('p-aps', {t: 'edit', cell: goal, base: sees('p-aps', goal).v,
		changes: [[[0, 'まず'], sees('p-aps', goal).x.length]]})).t, 'ack');
	await seat('p-self').until(() => sees('p-self', goal).x.startsWith('まず入院'), 'the words');
});

test('the series keeps its policy, whatever the program is started with', async () => {
	for (const more of [[], ['--schema', dir]]) {
		const told = await cli(BIN, ['explain', '--db', server.db, '--series', 'K-0101-C', '--seat', 'p-minsei', '--class', 'pet.visits', ...more]);
		assert.deepEqual({level: 'write', reason: 'owner', seat: 'p-minsei', class: 'pet.visits'}, JSON.parse(told.out));
	}
});

test('a set with a mistake is not served', async () => {
	const broken = tempDir('broken');

	for (const name of fs.readdirSync(dir)) {
		fs.copyFileSync(path.join(dir, name), path.join(broken, name));
	}
	const form = fs.readFileSync(path.join(dir, 'form.json'), 'utf8');
	fs.writeFileSync(path.join(broken, 'form.json'), form.replace('"id": "plan.status"', '"id": "plan.state"'));
	const done = await cli(BIN, ['serve', '--db', server.db, '--schema', broken]);
	assert.equal(done.code, 1);
	assert.match(done.err, /^rokusha serve: form\.json:\d+: 項目 plan\.status がありません。計画の状態は/);
});
