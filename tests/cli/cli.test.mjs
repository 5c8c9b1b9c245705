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
		{ok: true, series: 0, records: 0, derived: 0});
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
	assert.deepEqual(await check(), {ok: true, series: 1, records, derived: 0});
	await server.start();
	refused(await rokusha('check', '--db', db, '--rebuild'), 1, /in use: a server/);
	assert.deepEqual(await check(), {ok: true, series: 1, records, derived: 0});
	assert.equal((await server.stop()).code, 0);
	assert.deepEqual(await check('--rebuild'), {ok: true, series: 1, records, derived: 1});
	assert.deepEqual(await check(), {ok: true, series: 1, records, derived: 1});
	refused(await rokusha('view', '--db', db, '--rebuild'), 2, /does not take --rebuild/);
});
