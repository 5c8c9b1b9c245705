/* The command line as an administrator meets it: exit codes, one line of error, nothing half done. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import {ROOT, Server, cli, defaultBin, tempDir} from '../support/server.mjs';

const BIN = defaultBin();
const CASE = path.join(ROOT, 'tests/cases/case-1.json');
const rokusha = (...args) => cli(BIN, args);

/* One line on standard error, that code, nothing on standard output. */
function refused(done, code, pattern) {
	assert.equal(done.code, code, done.err);
	assert.match(done.err, pattern);
	assert.equal(done.err.trimEnd().split('\n').length, 1, done.err);
	assert.equal(done.out, '');
}

async function database(...options) {
	const dir = tempDir('cli');
	const db = path.join(dir, 'a.db');

	assert.equal((await rokusha('init', db)).code, 0);
	if (options.length) {
		const done = await rokusha('import', '--db', db, ...options, CASE);
		assert.equal(done.code, 0, done.err);
	}
	return {dir, db};
}

const MEETING = ['--now', '2026-11-12T14:00'];
const explain = async (db, seat, cls, ...more) =>
	JSON.parse((await rokusha('explain', '--db', db, '--series', 'K-0101-C', '--seat', seat,
		'--class', cls, ...more)).out);

test('help and wrong calls', async () => {
	const help = await rokusha('--help');
	assert.equal(help.code, 0);
	for (const word of ['init', 'import', 'serve', 'explain', 'view', 'check', '--held-on', '--rebuild']) {
		assert.ok(help.out.includes(word), word);
	}
	refused(await rokusha(), 2, /command is missing/);
	refused(await rokusha('dance'), 2, /no such command/);
	refused(await rokusha('import', CASE), 2, /needs --db/);
	refused(await rokusha('check', '--db'), 2, /value is missing/);
	refused(await rokusha('check', '--db', 'x', '--seat', 'y'), 2, /does not take --seat/);
	refused(await rokusha('check', '--db', '/nonexistent/x.db'), 1, /x\.db: /);
});

test('init does not touch what is there', async () => {
	const {db} = await database();
	const before = fs.readFileSync(db);
	refused(await rokusha('init', db), 1, /a\.db/);
	assert.deepEqual(fs.readFileSync(db), before);
});

test('a bad case file is named by its path and leaves nothing behind', async () => {
	const {dir, db} = await database();
	const bad = JSON.parse(fs.readFileSync(CASE, 'utf8'));
	const file = path.join(dir, 'bad.json');
	const links = path.join(dir, 'links.json');
	bad.parties[3].rolle = 'sup';
	fs.writeFileSync(file, JSON.stringify(bad));
	refused(await rokusha('import', '--db', db, '--links', links, file), 1, /\$\.parties\[3\]\.rolle/);
	assert.ok(!fs.existsSync(links));
	assert.deepEqual(JSON.parse((await rokusha('check', '--db', db)).out),
		{ok: true, series: 0, records: 0, bases: 0, derived: 0});
	fs.writeFileSync(file, '{"format": ');
	refused(await rokusha('import', '--db', db, file), 1, /bad\.json/);
});

test('the same series is taken once', async () => {
	const {db} = await database(...MEETING);
	refused(await rokusha('import', '--db', db, CASE), 1, /K-0101-C/);
});

test('links are for the owner of the file, and hold no hash', async () => {
	const {dir, db} = await database();
	const links = path.join(dir, 'links.json');
	await rokusha('import', '--db', db, '--links', links, CASE);
	assert.equal(fs.statSync(links).mode & 0o777, 0o600);
	const list = JSON.parse(fs.readFileSync(links, 'utf8'));
	assert.equal(list.length, 10);
	const raw = fs.readFileSync(db);
	for (const link of list) {
		assert.match(link.secret, /^[\w-]{43}$/);
		assert.equal(raw.indexOf(link.secret), -1, 'a secret in the database');
	}
});

const PERSON = path.join(ROOT, 'tests/cases/case-4.json');

test('a file with several series is stored whole, or not at all', async () => {
	const {dir, db} = await database();
	const links = path.join(dir, 'links.json');
	const done = await rokusha('import', '--db', db, '--now', '2026-03-05T10:00', '--links', links, PERSON);
	assert.equal(done.code, 0, done.err);
	assert.equal(done.out, 'K-0404-C: 17 seats\nK-0404-S9: 5 seats\nK-0404-T: 2 seats\n');
	const seats = JSON.parse(fs.readFileSync(links, 'utf8')).map((l) => `${l.series} ${l.seat}`);
	assert.equal(new Set(seats).size, 24);
	assert.ok(seats.includes('K-0404-S9 s-sch') && seats.includes('K-0404-C p-emp2'));

	/* the last of three is there already */
	const other = await database();
	const file = JSON.parse(fs.readFileSync(PERSON, 'utf8'));
	const alone = path.join(other.dir, 'alone.json');
	const none = path.join(other.dir, 'links.json');
	const [{same_person_as: _, ...chair}, cw] = file.other_series[1].parties;
	fs.writeFileSync(alone, JSON.stringify({...file.other_series[1], parties: [chair, cw]}));
	assert.equal((await rokusha('import', '--db', other.db, alone)).code, 0);
	refused(await rokusha('import', '--db', other.db, '--links', none, PERSON), 1,
		/K-0404-T: a series of that name is there already; nothing of the file was stored/);
	assert.ok(!fs.existsSync(none));
	assert.equal(JSON.parse((await rokusha('check', '--db', other.db)).out).series, 1);
});

test('series of one file that cannot be are named by their path', async () => {
	const {dir, db} = await database();
	const bad = path.join(dir, 'bad.json');
	const without = async (change, pattern) => {
		const file = {...JSON.parse(fs.readFileSync(PERSON, 'utf8')), visibility_expectations: []};
		change(file);
		fs.writeFileSync(bad, JSON.stringify(file));
		refused(await rokusha('import', '--db', db, bad), 1, pattern);
	};
	await without((f) => { f.other_series[1].conference.series_no = 'K-0404-C'; },
		/\$\.other_series\[1\]\.conference\.series_no: used twice/);
	await without((f) => { f.other_series[0].conference.legal_basis = 'consent_based'; },
		/\$\.other_series\[0\]\.conference\.legal_basis: only one series of a person/);
	await without((f) => { f.other_series[0].other_series = Array(15).fill(0).map((_, i) =>
		({...f.other_series[1], conference: {...f.other_series[1].conference, series_no: `x${i}`}})); },
	/more than 16 series/);
	/* and one inside another is found where it stands */
	await without((f) => { f.other_series[0].other_series = [{...f.other_series[1], parties: [
		{...f.other_series[1].parties[0], promoted_from: 't-hw'}]}]; },
	/\$\.other_series\[0\]\.other_series\[0\]\.parties\[0\]\.promoted_from: nobody follows/);
});

/* The end state: late, declined and repeated signatures, corrections of corrections. */
test('after the meeting every correction and signature is a row of its own', async () => {
	const {db} = await database();
	assert.equal((await rokusha('import', '--db', db, '--after', '--now', '2026-03-20T10:00', PERSON)).code, 0);
	const cells = async (seat) => JSON.parse((await rokusha('view', '--db', db, '--series', 'K-0404-C', '--seat', seat,
		'--at', '2026-03-20T10:00')).out).cells;
	const rows = (list, column) => list.filter((c) => c.c === column).map((c) => c.x);
	const aps = await cells('p-aps');
	assert.deepEqual(rows(aps, 'min.corrections.after'), ['週末の体験は5月末まで続ける。',
		'週末の体験は5月31日（日）まで続ける。', '通訳：Trần Văn Bảo']);
	assert.deepEqual(rows(aps, 'min.corrections.before').slice(1), ['週末の体験は5月末まで続ける。', '通訳：バオ']);
	/* the decision itself stays as it was taken down */
	assert.ok(rows(aps, 'min.decisions.text').includes('週末の体験は4月まで続ける。'));
	assert.equal(rows(aps, 'min.signatures.status').filter((s) => s === 'declined').length, 2);
	assert.equal(rows(aps, 'min.signatures.status').length, 12);
	const doc = await cells('p-doc');
	assert.deepEqual(rows(doc, 'min.signatures.status'), ['declined']);
	assert.deepEqual(rows(doc, 'min.signatures.note'), ['診療の記録は別に残すので、署名はしない']);
	assert.deepEqual(rows(doc, 'min.corrections.after'), []);
});

test('explain says what and why', async () => {
	const {db} = await database(...MEETING);
	const at = ['--at', '2026-11-12T14:00'];
	const said = async (...args) => {
		const {level, reason} = await explain(db, ...args);
		return `${level} ${reason}`;
	};
	assert.equal(await said('p-emp', 'plan.health.outline', ...at), 'none matrix');
	assert.equal(await said('p-emp', 'person.contact', ...at), 'read grant');
	assert.equal(await said('p-emp', 'person.contact', '--at', '2027-01-01T00:00'), 'none matrix');
	assert.equal(await said('p-emp', 'person.contact', '--at', '2026-12-31T23:59'), 'read grant');
	assert.equal(await said('p-emp', 'person.contact', '--at', '2026-06-30T23:59'), 'none matrix');
	assert.equal(await said('p-ps', 'plan.work.action.person_wish', ...at), 'read owner');
	assert.equal(await said('p-self', 'plan.work.action.person_wish', ...at), 'write owner');
	assert.equal(await said('p-aps', 'min.decisions', ...at), 'write duty');
	assert.equal(await said('p-emp', 'work.site_program', '--row', 'own', ...at), 'write owner');
	assert.equal(await said('p-emp', 'work.site_program', '--row', 'other', ...at), 'none row');
	assert.equal(await said('p-cw', 'plan.work.action', '--state', 'draft', ...at), 'none lifecycle');
	assert.equal(await said('role:adm', 'plan.work.outline', ...at), 'none matrix');
	assert.equal(await said('p-emp', 'consent.scope', '--row', 'c3', ...at), 'read matrix');
	assert.equal(await said('p-emp', 'consent.scope', '--row', 'c2', ...at), 'none row');
	const of = ['explain', '--db', db, '--series', 'K-0101-C'];
	refused(await rokusha(...of, '--seat', 'p-boss', '--class', 'work.conditions'), 1, /p-boss/);
	refused(await rokusha(...of, '--seat', 'p-ps', '--class', 'work.secrets'), 1, /work\.secrets/);
	refused(await rokusha(...of, '--seat', 'p-ps', '--class', 'work.conditions', '--at', 'noon'), 1,
		/noon/);
});

/* A copy of schema/ with one line changed. */
function schemaWith(file, from, to) {
	const dir = tempDir('schema');
	for (const name of ['visibility.tsv', 'roles.json', 'form.json']) {
		let text = fs.readFileSync(path.join(ROOT, 'schema', name), 'utf8');
		if (name === file) {
			assert.ok(text.includes(from), `${name} has no ${from}`);
			text = text.replace(from, to);
		}
		fs.writeFileSync(path.join(dir, name), text);
	}
	return dir;
}

test('a broken schema refuses to start and says where', async () => {
	const {db} = await database();
	const serve = (dir) => rokusha('serve', '--db', db, '--listen', '127.0.0.1:0', '--schema', dir);
	const cases = [
		['visibility.tsv', 'case.stage\t支援段階\tint 1-4\tS2\tr', 'case.stage\t支援段階\tint 1-4\tS2\tx',
			/visibility\.tsv:4: /],
		['roles.json', '"id": "emp"', '"id": "ps"', /roles\.json:\d+: /],
		['form.json', '"label": "就労"', '"label": 7', /form\.json:3: /],
	];
	for (const [file, from, to, pattern] of cases) {
		refused(await serve(schemaWith(file, from, to)), 1, pattern);
	}
});

test('check --rebuild derives anew, and never beside a server', async () => {
	const {dir, db} = await database(...MEETING);
	const check = async (...more) => JSON.parse((await rokusha('check', '--db', db, ...more)).out);
	const {records} = await check();
	const server = new Server({bin: BIN, db, dir});

	assert.ok(records > 50, `${records} records`);
	assert.deepEqual(await check(), {ok: true, series: 1, records, bases: 0, derived: 0});
	await server.start();
	refused(await rokusha('check', '--db', db, '--rebuild'), 1, /in use: a server/);
	assert.deepEqual(await check(), {ok: true, series: 1, records, bases: 0, derived: 0});
	assert.equal((await server.stop()).code, 0);
	assert.deepEqual(await check('--rebuild'), {ok: true, series: 1, records, bases: 1, derived: 1});
	assert.deepEqual(await check(), {ok: true, series: 1, records, bases: 1, derived: 1});
	refused(await rokusha('view', '--db', db, '--rebuild'), 2, /does not take --rebuild/);
});
