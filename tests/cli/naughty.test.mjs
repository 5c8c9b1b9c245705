/*
 * Naughty strings through the real binary: as ids, labels, names, organisations and titles of a
 * file that is imported, in the links, in what a seat is shown; and in the words of an error.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import {JAPANESE, NAUGHTY, isText} from '../support/naughty.mjs';
import {ROOT, cli, defaultBin, tempDir} from '../support/server.mjs';

const BIN = defaultBin();
const rokusha = (...args) => cli(BIN, args);
const CASE = JSON.parse(fs.readFileSync(path.join(ROOT, 'tests/cases/case-1.json'), 'utf8'));
const GOOD = [...NAUGHTY, ...JAPANESE].filter((s) => isText(s, false) && s.length > 0);
const SHORT = [...new Set(GOOD.filter((s) => s.length <= 64))];
const SEATS = 50; /* of one file, beside those of the case */

/* Nothing that a terminal would act on: LF at the end only. */
const harmless = (text) =>
	assert.doesNotMatch(text.replace(/\n$/, ''), /[\0-\x1F\x7F-\x9F\u202A-\u202E]/);

async function database() {
	const dir = tempDir('naughty');
	const db = path.join(dir, 'a.db');

	assert.equal((await rokusha('init', db)).code, 0);
	return {dir, db, file: path.join(dir, 'case.json'), links: path.join(dir, 'links.json')};
}

/* Case 1 with a guest for each string, and the strings as much else. */
function caseOf(strings, at) {
	const doc = structuredClone(CASE);
	const some = (i) => GOOD[(at * 7 + i) % GOOD.length].slice(0, 80);

	doc.conference.series_no = `${strings[0]}`.slice(0, 60) + at;
	doc.notice = some(0);
	doc.conference.place = some(1);
	doc.case.title = some(2);
	doc.case.lead_agency = some(3);
	doc.person.legal_name = some(4);
	doc.conference.agenda.forEach((item, i) => {
		item.title = some(5 + i);
	});
	doc.parties.push(...strings.map((s, i) => ({id: s, role: 'kp', name: some(i), display_label: s,
		affiliation: some(i + 1)})));
	return doc;
}

test('ids, labels and names come back as they were', async () => {
	const {dir, db, file} = await database();
	const files = Math.ceil(SHORT.length / SEATS);

	for (let at = 0; at < files; at++) {
		const strings = SHORT.slice(at * SEATS, (at + 1) * SEATS);
		const doc = caseOf(strings, at);
		const links = path.join(dir, `links-${at}.json`);

		fs.writeFileSync(file, JSON.stringify(doc));
		const done = await rokusha('import', '--db', db, '--now', '2026-11-12T14:00', '--links', links, file);
		assert.equal(done.code, 0, done.err);
		assert.equal(done.err, '');
		assert.equal(done.out, `${doc.conference.series_no}: ${doc.parties.length} seats\n`);
		const list = JSON.parse(fs.readFileSync(links, 'utf8'));
		assert.deepEqual(list.map((l) => l.seat), doc.parties.map((p) => p.id));
		assert.ok(list.every((l) => l.series === doc.conference.series_no));
		assert.deepEqual(list.slice(-strings.length).map((l) => l.label), strings);
		const view = await rokusha('view', '--db', db, '--series', doc.conference.series_no,
			'--seat', 'p-ps', '--at', '2026-11-12T14:00');
		assert.equal(view.code, 0, view.err);
		const shown = JSON.parse(view.out);
		const of = (column) => shown.cells.filter((c) => c.c === column).map((c) => c.x);
		assert.equal(shown.series.notice, doc.notice);
		assert.deepEqual(of('conf.place'), [doc.conference.place]);
		assert.deepEqual(of('case.title'), [doc.case.title]);
		assert.deepEqual(of('conf.agenda_items.title').sort(),
			doc.conference.agenda.map((i) => i.title).sort());
		const labels = of('party.display_label');
		const names = of('party.name');
		for (const party of doc.parties.slice(-strings.length)) {
			assert.ok(labels.includes(party.display_label), JSON.stringify(party.display_label));
			assert.ok(names.includes(party.name), JSON.stringify(party.name));
		}
	}
});

test('a seat of any name opens its own page', async () => {
	const {db, file} = await database();
	const strings = SHORT.filter((s) => !s.startsWith('-')).filter((_, i) => i % 12 === 0).slice(0, SEATS);

	assert.ok(strings.length > 20);
	fs.writeFileSync(file, JSON.stringify(caseOf(strings, 0)));
	assert.equal((await rokusha('import', '--db', db, file)).code, 0);
	for (const name of strings) {
		const view = await rokusha('view', '--db', db, '--series', `${strings[0]}`.slice(0, 60) + 0,
			'--seat', name);
		assert.equal(view.code, 0, view.err);
		assert.equal(JSON.parse(view.out).me.label, name);
	}
});

test('composed and uncomposed letters are two series and two seats', async () => {
	const {db, file} = await database();
	const pair = ['が', 'か\u3099'];

	for (const series of pair) {
		const doc = structuredClone(CASE);

		doc.conference.series_no = series;
		doc.parties.push(...pair.map((id) => ({id, role: 'kp', display_label: `${series}/${id}`})));
		fs.writeFileSync(file, JSON.stringify(doc));
		assert.equal((await rokusha('import', '--db', db, file)).code, 0);
	}
	for (const series of pair) {
		for (const seat of pair) {
			const {out} = await rokusha('view', '--db', db, '--series', series, '--seat', seat);
			assert.equal(JSON.parse(out).me.label, `${series}/${seat}`);
		}
	}
});

test('what is no text is refused in one line that moves no cursor', async () => {
	const {db, file, links} = await database();
	const bad = [
		['x\u001B[31m', /\$\.parties\[0\]\.display_label: has control/],
		['x\u009B31m', /\$\.parties\[0\]\.display_label: has control/],
		['x\u0000', /\$\.parties\[0\]\.display_label: has control/],
		['x\ny', /\$\.parties\[0\]\.display_label: has control/],
		['\uD842', /\$: line 1, column \d+: not valid JSON/],
	];

	for (const [text, pattern] of bad) {
		const doc = structuredClone(CASE);

		doc.parties[0].display_label = text;
		fs.writeFileSync(file, JSON.stringify(doc));
		const done = await rokusha('import', '--db', db, '--links', links, file);
		assert.equal(done.code, 1);
		assert.match(done.err, pattern);
		harmless(done.err);
		assert.ok(!fs.existsSync(links));
	}
	fs.writeFileSync(file, JSON.stringify({...CASE, '\u001B[2J\u202E\u009B': 1}));
	const done = await rokusha('import', '--db', db, file);
	assert.match(done.err, /\$\.\?\[2J\?+: unknown key/);
	harmless(done.err);
});

test('nor do arguments, whatever they are', async () => {
	const {dir, db} = await database();
	const evil = '\u001B[31m\u202E\u009B\rx';

	for (const args of [
		['view', '--db', db, '--series', evil, '--seat', 'a'],
		['view', '--db', path.join(dir, evil), '--series', 'a', '--seat', 'a'],
		['import', '--db', db, path.join(dir, `${evil}.json`)],
		['check', '--db', db, `--${evil}`],
		['import', '--db', db, '--now', evil, 'x.json'],
	]) {
		const done = await rokusha(...args);

		assert.notEqual(done.code, 0);
		assert.notEqual(done.err, '');
		harmless(done.err);
	}
});
