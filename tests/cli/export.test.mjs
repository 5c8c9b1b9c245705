/* export: what a seat may read, carried away. The round trip of whole meetings is in tests/demo. */
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import {canonical} from '../demo/exports.mjs';
import {ROOT, Server, cli, defaultBin, tempDir} from '../support/server.mjs';

const BIN = defaultBin();
const CASE = path.join(ROOT, 'tests/cases/case-1.json');
const NOW = '2026-11-12T15:00';
const rokusha = (...args) => cli(BIN, args);

async function database(change = () => {}, options = ['--after']) {
	const dir = tempDir('export');
	const db = path.join(dir, 'a.db');
	const file = path.join(dir, 'case.json');
	const doc = JSON.parse(fs.readFileSync(CASE, 'utf8'));

	change(doc);
	fs.writeFileSync(file, JSON.stringify(doc));
	assert.equal((await rokusha('init', db)).code, 0);
	const done = await rokusha('import', '--db', db, ...options, '--now', NOW, file);
	assert.equal(done.code, 0, done.err);
	return {dir, db, doc};
}

const exportAs = (db, seat, ...more) =>
	rokusha('export', '--db', db, '--series', 'K-0101-C', '--as', seat, '--at', NOW, ...more);

function refused(done, pattern) {
	assert.equal(done.code, 1, done.err);
	assert.match(done.err, pattern);
	assert.equal(done.err.trimEnd().split('\n').length, 1, done.err);
	assert.equal(done.out, '');
}

const audits = (db) => JSON.parse(execFileSync('sqlite3', ['-json', db,
	"select what, seats, cells from audit where what = 'export' order by id"], {encoding: 'utf8'}) || '[]');

test('a case file of what the seat reads, and nothing else', async () => {
	const {db, doc} = await database();
	const done = await exportAs(db, 'p-emp');
	const out = JSON.parse(done.out);

	assert.equal(out.format, doc.format);
	assert.equal(out.support_plan.areas.work.action.goal, doc.support_plan.areas.work.action.goal);
	assert.deepEqual(Object.keys(out.support_plan.areas), ['work']);
	for (const key of ['household', 'assessment.background', 'case', 'referrals', 'bonds', 'outcomes', 'denials']) {
		assert.equal(key.split('.').reduce((o, k) => o?.[k], out), undefined, key);
	}
	assert.deepEqual(out.conference.agenda.map((i) => i.item_no), [1, 2], 'numbered as it sees them');
	/* Nothing names a seat, a row or the series as the file did. */
	for (const id of [...doc.parties.map((p) => p.id), doc.conference.series_no, doc.case.case_no]) {
		assert.ok(!done.out.includes(`"${id}"`), id);
	}
	for (const secret of [doc.support_plan.areas.health.outline.goal_short, doc.assessment.background,
		doc.support_plan.areas.money.action.goal]) {
		assert.ok(secret && !done.out.includes(secret), secret);
	}
});

test('it comes in again, for every seat, before the meeting and after', async () => {
	for (const options of [[], ['--after']]) {
		const {dir, db, doc} = await database(() => {}, options);

		for (const {id} of doc.parties) {
			const first = (await exportAs(db, id)).out;
			const series = JSON.parse(first).conference.series_no;
			const [file, again] = ['json', 'db'].map((end) => path.join(dir, `${id}.${end}`));

			fs.writeFileSync(file, first);
			await rokusha('init', again);
			const took = await rokusha('import', '--db', again, '--after', '--now', NOW, file);
			assert.equal(took.code, 0, took.err);
			const second = await rokusha('export', '--db', again, '--series', series,
				'--as', series.slice('seat-'.length), '--at', NOW);
			assert.equal(canonical(second.out), canonical(first), id);
		}
	}
});

test('a field the format has no key for goes along', async () => {
	const {dir, db} = await database((doc) => {
		doc.more = {fields: {'case.second_staff': '@p-aps', 'plan.approval': '第12号（架空）'},
			rows: [{table: 'plan.priority', cells: {area: 'work', order: 1, note: '朝を整えてから'}},
				{table: 'mon.incident', owner: ['p-kp'], cells: {text: '三日つづけて来ない', date: '2026-11-01'}}]};
	});
	const out = JSON.parse((await exportAs(db, 'p-ps')).out);
	const aps = out.parties.find((p) => p.role === 'aps').id;

	assert.equal(out.more.fields['case.second_staff'], `@${aps}`);
	assert.equal(out.more.fields['plan.approval'], '第12号（架空）');
	const row = (table) => out.more.rows.find((r) => r.table === table);
	assert.deepEqual(row('plan.priority').cells, {area: 'work', order: 1, note: '朝を整えてから'});
	assert.deepEqual(row('mon.incident').owner, [out.parties.find((p) => p.role === 'kp').id]);
	const emp = (await exportAs(db, 'p-emp')).out;
	assert.ok(!emp.includes('三日つづけて') && !emp.includes('朝を整えて'));
	fs.rmSync(dir, {recursive: true});
});

test('what is in "more" is held against the form', async () => {
	const {dir, db} = await database();
	const bad = async (more, pattern) => {
		const doc = JSON.parse(fs.readFileSync(CASE, 'utf8'));
		const file = path.join(dir, 'bad.json');
		doc.conference.series_no = 'K-0000';
		doc.more = more;
		fs.writeFileSync(file, JSON.stringify(doc));
		refused(await rokusha('import', '--db', db, '--now', NOW, file), pattern);
	};

	await bad({fields: {'case.moon': 1}}, /\$\.more\.fields\.case\.moon: the form has no such field/);
	await bad({fields: {'case.stage': 9}}, /\$\.more\.fields\.case\.stage: must be a whole number/);
	await bad({fields: {'case.second_staff': '@p-nobody'}}, /case\.second_staff: must be "@"/);
	await bad({fields: {'case.second_staff': 'p-aps'}}, /case\.second_staff: must be "@"/);
	await bad({rows: [{table: 'moon', cells: {}}]}, /\$\.more\.rows\[0\]\.table: the form has no such table/);
	await bad({rows: [{table: 'log.access', cells: {}}]}, /the server's own/);
	await bad({rows: [{table: 'party', cells: {display_label: 'x'}}]}, /the server's own/);
	await bad({rows: [{table: 'mon.note', cells: {moon: 'x'}}]}, /rows\[0\]\.cells\.moon: the form has no such column/);
	await bad({rows: [{table: 'mon.note', cells: {date: 'x'}}]}, /cells\.date: must be a day/);
	await bad({rows: [{table: 'mon.note', owner: ['p-nobody'], cells: {}}]}, /rows\[0\]\.owner\[0\]: no such party/);
	await bad({rows: [{table: 'mon.note', cells: []}]}, /cells: must be an object/);
	await bad({rows: [{table: 'mon.note'}]}, /cells: missing/);
	await bad({moon: 1}, /\$\.more\.moon: unknown key/);
});

test('every export is written down before it is given', async () => {
	const {dir, db} = await database();

	assert.deepEqual(audits(db), []);
	await exportAs(db, 'p-emp');
	const [row] = audits(db);
	assert.equal(BigInt(row.seats), 1n << BigInt(JSON.parse(fs.readFileSync(CASE)).parties
		.findIndex((p) => p.id === 'p-emp')));
	const cells = JSON.parse(row.cells);
	assert.ok(cells.includes('plan.work.action.goal') && !cells.some((k) => k.startsWith('plan.health')));
	/* A database that cannot be written to gives nothing. */
	const shut = path.join(dir, 'shut.db');
	fs.copyFileSync(db, shut);
	execFileSync('sqlite3', [shut, "create trigger shut before insert on audit begin select raise(abort, 'no'); end"]);
	refused(await rokusha('export', '--db', shut, '--series', 'K-0101-C', '--as', 'p-ps', '--at', NOW), /shut\.db/);
});

test('beside a live server', async () => {
	const {dir, db} = await database();
	const server = new Server({bin: BIN, db, dir, now: Date.parse(`${NOW}:00+09:00`), speed: 1});

	await server.start();
	const done = await exportAs(db, 'p-kp');
	assert.equal(done.code, 0, done.err);
	assert.equal(audits(db).length, 1);
	assert.equal((await server.stop()).code, 0);
	assert.equal((await rokusha('check', '--db', db)).code, 0);
});

/* RFC 4180, without the mark at its beginning. */
function cellsOf(text) {
	const cells = [];

	for (const [, quoted, plain] of text.slice(1).matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(?:,|\r\n)/g)) {
		cells.push(quoted?.replaceAll('""', '"') ?? plain);
	}
	assert.ok(cells.length > 0);
	return cells;
}

test('as CSV: no formula, no column nobody told of, nothing written over', async () => {
	const evil = ['=HYPERLINK("http://例.invalid","押す")', '+81', '-1+1', '@SUM(A1)', '＝1+1', '\t=1'];
	const {dir, db} = await database((doc) => {
		doc.support_plan.areas.work.action.content = evil[0];
		doc.resources.forEach((r, i) => {
			r.name = evil[1 + (i % 4)] + i;
		});
		doc.assessment.background = `一行目\n"二"行目,${evil[2]}`;
	}, []);
	const csv = path.join(dir, 'csv');
	const out = path.join(dir, 'out.json');
	assert.equal((await exportAs(db, 'p-ps', '--csv', csv, '--out', out)).code, 0);
	const read = (name) => fs.readFileSync(path.join(csv, name), 'utf8');
	const fields = read('fields.csv');

	assert.ok(fields.startsWith('\ufeff"分野","項目","内容"\r\n'));
	assert.ok(fields.includes(`"就労","支援の内容","'=HYPERLINK(""http://例.invalid"",""押す"")"\r\n`));
	assert.ok(fields.includes('"一行目\n""二""行目,-1+1"'), 'only the beginning of a cell is one');
	assert.match(fields, /"計画の状態","[^"a-z]+"/, 'words, not ids');
	assert.match(read('case.resources.csv'), /^\ufeff"名前","種類","受け皿チェックの結果"\r\n"'\+810"/);
	assert.equal(read('conf.agenda_items.csv').split('\r\n')[0],
		'\ufeff"議題","やさしい言い方","めやすの分","開く項目","同席する人"');
	for (const name of fs.readdirSync(csv)) {
		assert.equal(fs.statSync(path.join(csv, name)).mode & 0o777, 0o600);
		cellsOf(read(name)).forEach((c) => assert.doesNotMatch(c, /^[=+@\-\t\r＝＋－＠]/, name));
	}
	refused(await exportAs(db, 'p-ps', '--csv', csv), /csv: File exists/);
	refused(await exportAs(db, 'p-ps', '--out', out), /out\.json: File exists/);
	const emp = path.join(dir, 'emp');
	await exportAs(db, 'p-emp', '--csv', emp);
	assert.equal(fs.readFileSync(path.join(emp, 'conf.agenda_items.csv'), 'utf8').split('\r\n')[0],
		'\ufeff"議題","やさしい言い方","めやすの分","開く項目"', 'not who is asked');
	assert.ok(!fs.existsSync(path.join(emp, 'ref.csv')));
});

test('nobody exports for a seat that is not, is barred or reads nothing', async () => {
	const {db} = await database((doc) => {
		doc.parties.find((p) => p.id === 'p-kp').barred = true;
		doc.parties.find((p) => p.id === 'p-pj').until = '2026-11-12';
		doc.parties.push({id: 'p-adm', role: 'adm', name: '係（架空）', display_label: '係', attends: false});
	});

	refused(await exportAs(db, 'p-boss'), /there is no seat "p-boss"/);
	refused(await exportAs(db, 'p-kp'), /is barred/);
	refused(await rokusha('export', '--db', db, '--series', 'K-0101-C', '--as', 'p-pj', '--at',
		'2026-11-13T00:00'), /is not held/);
	refused(await exportAs(db, 'p-adm'), /reads too little/);
	assert.equal(audits(db).length, 0);
	const ps = JSON.parse((await exportAs(db, 'p-ps')).out);
	assert.equal(ps.parties.find((p) => p.role === 'kp').barred, true);
	const hw = JSON.parse((await exportAs(db, 'p-hw')).out);
	assert.equal(hw.parties.find((p) => p.role === 'kp')?.barred, undefined, 'a matter of the companions');
});
