/*
 * Journals for fuzz_rows.c: what the importer writes of the cases, in pieces small enough that a
 * change has a chance to matter, and by hand the records only a live meeting makes.
 * Usage: node tests/fuzz/seeds_rows.mjs DIR    (needs build/dev/rokusha and sqlite3)
 */
import {execFileSync} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const dir = process.argv[2];
const COLUMNS = 'seq,at_ms,client,cseq,actor,for_seat,method,kind,cell,base_ver,ver,digest';
const MS = 1794459600000;

/* The journal of a file, bodies as JSON. */
function journal(file, ...more) {
	const tmp = fs.mkdtempSync(path.join(os.tmpdir(), 'rokusha-seeds-'));
	const db = path.join(tmp, 'a.db');
	const cli = (...words) => execFileSync(path.join(ROOT, 'build/dev/rokusha'), words, {stdio: 'pipe'});

	cli('init', db);
	cli('import', path.join(ROOT, 'tests/cases', file), '--db', db, ...more);
	const rows = JSON.parse(execFileSync('sqlite3', ['-json', db,
		`SELECT ${COLUMNS}, CAST(body AS TEXT) AS body FROM journal WHERE series = 1 ORDER BY seq`],
	{maxBuffer: 1 << 26}));
	fs.rmSync(tmp, {recursive: true});
	for (const row of rows.filter(({kind}) => kind === 'policy')) {
		row.body = JSON.stringify({...JSON.parse(row.body), hash: 'own'});
	}
	return rows.map((row) => [...COLUMNS.split(',').map((name) => row[name]), JSON.parse(row.body)]);
}

let count = 0;
const write = (name, options, doc) => {
	fs.writeFileSync(path.join(dir, `${name}-${count++}`), options + JSON.stringify(doc));
};

/* A body as it stands in a row: a string would be taken for raw bytes. */
const raw = (row) => row.map((v, i) => i === 12 && typeof v === 'string' ? JSON.stringify(v) : v);

fs.mkdirSync(dir, {recursive: true});
for (const n of [1, 2, 3, 4]) {
	for (const more of [[], ['--after'], ['--open-first']]) {
		const rows = journal(`case-${n}.json`, ...more).map(raw);
		const init = rows.findIndex((row) => row[7] === 'init');
		const head = rows.slice(0, init + 1).map((row) => [...row]);

		/* A few fields are enough. */
		const cells = Object.entries(head[init][12].cells);
		head[init][12] = {cells: Object.fromEntries(cells.filter(([key], i) =>
			i % 12 === n || key === 'plan.status' || key.startsWith('conf.')))};
		for (let at = init + 1; at < rows.length; at += 12) {
			const part = [...head, ...rows.slice(at, at + 12).map((row) => [...row])];

			part.forEach((row) => { row[0] = null; });
			write(`case-${n}`, '0', {rows: part, base: []});
		}
	}
}

/* ---- what the live room records, behind the bare case ---- */

const bareRows = journal('case-1.json').filter((row) => ['series', 'policy', 'seat'].includes(row[7]))
	.map((row) => [null, ...row.slice(1)]);
const bare = bareRows.length;
const line = (nth, kind, cell, body, {ver = 0, base = 0, actor = 2, client = 77, cseq = nth} = {}) =>
	[null, MS + nth, client, cseq, actor, actor, 'own', kind, cell, base, ver, 5, body];
const hex = (n) => n.toString(16).padStart(16, '0');
const live = [
	['row', `conf.agenda_items/${hex(5)}`, {name: null, owner: [], about: [], audience: null, shared: [0, 1],
		cells: {title: [3, '会うこと'], audience: [4, []]}}],
	['row', `conf.agenda_items/${hex(6)}`, {name: 'i2', owner: [2], about: [0], audience: null, cells: {}}],
	['order', '', {row: hex(6), to: hex(5)}],
	['segment', '', {row: hex(5), audience: [0, 1, 2]}],
	['attend', '', {seat: 0, what: 'in', place: 'room', row: hex(9)}],
	['attend', '', {seat: 1, what: 'wait', place: 'line', row: null}],
	['pause', '', {on: true, seat: 0}],
	['pause', '', {on: false, seat: 0}],
	['row', `min.decisions/${hex(7)}`, {name: null, owner: [2], about: [], audience: [0, 1, 2],
		item: hex(5), cells: {}}],
	['assign', `min.decisions/${hex(7)}`, {to: hex(5), audience: [0, 2], why: 'x'}],
	['segment', '', {row: null, audience: []}],
	['assent', '', {}],
	['row', `consent/${hex(8)}`, {name: 'c1', owner: [0], about: [], audience: null, cells: {}}],
	['grant', '', {row: hex(8), seat: 4, items: ['household', 'plan.work.action.goal'], own_rows: false,
		from: MS, until: MS + 1e10}],
	['lapse', '', {grants: [hex(8)], seats: [1], begun: [], held: [], rows: []}],
	['withdraw', '', {row: hex(8), at: MS + 5}],
	['bar', '', {seat: 4, on: true, why: 'x'}],
	['deny', '', {seat: 4, about: 1, on: true}],
	['succeed', '', {seat: 2, before: [1]}],
	['set', 'plan.status', '"proposed"'],
	['set', `conf.agenda_items/${hex(5)}/audience`, '[]'],
	['end', '', {}],
	['seal', '', {deadline: MS + 1e9}],
	['caseload', '', {seat: 0, cases: [[1, 2], [2, 3]]}],
	['approve', '', {hash: 'own'}],
	['policy', '', {hash: 'newer', cells: {}}],
	['policy', '', {hash: 'newer', cells: {'case.case_no': [7, ''], 'no.field': [7, '']}, approved: true}],
	['approve', '', {hash: 'newer'}],
];

for (const options of ['1', '5']) {
	const from = 200;
	const all = live.map(([kind, cell, body], i) => line(i + 1, kind, cell, body, {ver: kind === 'set' ? 9 : 0}));

	write('live-all', options, {take: from, rows: all});
	live.forEach((unused, i) => write('live', options,
		{take: from, rows: all.slice(Math.max(0, i - 3), i + 1), policy: [['newer', 0]]}));
	for (const cut of [0, 1, 501]) {
		write('pinned', options, {take: from, policy: [['newer', cut]],
			rows: [line(1, 'policy', '', {hash: 'newer', cells: {}}), line(2, 'assent', '', {})]});
	}
}
/* As many seats as there can be, and more. */
for (const seats of [64, 65, 70]) {
	write('seats', '0', {rows: [...bareRows.slice(0, 2), ...Array.from({length: seats}, (unused, i) =>
		line(i + 3, 'seat', '', {seat: i, name: `p${i}`, wire: hex(i + 1), role: 'ps', label: 'x', duties: []},
			{actor: 255, client: 0, cseq: 0}))]});
}
/* Indices of seats that are none. */
[['bar', {seat: 64, on: true}], ['deny', {seat: 1, about: 200, on: true}], ['segment', {row: hex(5), audience: [64]}],
	['attend', {seat: 255, what: 'in', place: 'room', row: null}], ['succeed', {seat: 70, before: [1]}],
	['grant', {row: hex(8), seat: 64, items: ['household'], own_rows: false}],
	['pause', {on: true, seat: -1}]].forEach(([kind, body]) =>
	write('no-such-seat', '1', {take: 200, rows: [line(1, kind, '', body)]}));
/* Suggestions, behind a text that is there. */
{
	const rows = journal('case-1.json').map(raw);
	const init = rows.findIndex((row) => row[7] === 'init');
	const goal = 'plan.work.action.goal';
	const head = rows.slice(0, init + 1).map((row) => [null, ...row.slice(1)]);
	const [ver, text] = head[init][12].cells[goal];
	const told = (nth, kind, body, actor, at = ver) => line(nth, kind, goal, body, {ver: at, base: at, actor});
	const suggest = (nth, n, actor, c) => told(nth, 'suggest', {id: hex(n), c, words: '理由'}, actor);
	const more = [text.length, [0, '案']];

	head[init] = head[init].map((v, i) => i === 12 ? {cells: {[goal]: [ver, text],
		'plan.status': head[init][12].cells['plan.status']}} : v);
	for (const [nth, answers] of [[], [['answer', '来月']], [['back', '']],
		[['answer', '来月'], ['answer', 'もう一度'], ['back', '']]].entries()) {
		write(`idea-${nth}`, '0', {rows: [...head, suggest(1, 9, 0, more), ...answers.map(([what, words], i) =>
			told(2 + i, 'answer', {id: hex(9), what, words}, 0))]});
	}
	write('idea-taken', '0', {rows: [...head, suggest(1, 9, 0, more), suggest(2, 10, 0, [[text.length, '別']]),
		told(3, 'answer', {id: hex(9), what: 'take', words: '', c: [more]}, 0, ver + 1)]});
	write('idea-too-long', '0', {rows: [...head, suggest(1, 9, 0, [text.length + 1, [0, '案']])]});
	write('idea-twice', '0', {rows: [...head, suggest(1, 9, 0, more), suggest(2, 9, 0, more)]});
	/* A room from its base: of the edits before it only the last are there. */
	const edit = (nth) => [head.length + nth, ...told(nth, 'edit',
		{c: [[text.length + nth - 1, [0, '字']]]}, 1, ver + nth).slice(1)];
	const idea = (at, state, c) => ({id: hex(9), cell: goal, seat: 0, by: 255, state, at: MS, ver: ver + at, c, words: '理由'});
	for (const [nth, [have, at, suggestions]] of [
		[[1, 2, 3, 4, 5], 3, []], [[3, 4, 5, 6, 7, 8, 9, 10], 6, []], [[5, 6, 7, 8], 8, [idea(8, 'open', [text.length + 8, [0, '案']])]],
		[[5, 6, 7, 8], 8, [idea(8, 'old', null), {...idea(8, 'open', [[text.length + 8]]), id: hex(10)}]],
		[[7, 8], 8, []], [[5, 6, 7, 8], 9, []]].entries()) {
		write(`from-base-${nth}`, '0', {rows: [...head, ...have.map(edit)],
			base: [[goal, ver + at, text + '字'.repeat(at)]],
			room: [head.length + at, {rest: head.length, at: MS + at, assent: false, suggestions}]});
	}
	write('ideas-many', '0', {rows: [...head, ...Array.from({length: 18}, (unused, i) => suggest(i + 1, i + 9, 0, more))]});
}
write('bare', '1', {take: bare, rows: []});
write('whole', '2', {take: 1000, rows: []});
write('office', '3', {take: 1000, rows: [line(1, 'caseload', '', {seat: 0, cases: [[1, 2]]})]});
for (const ver of [1, 2 ** 40, 2 ** 53]) {
	write('base', '2', {take: 1000, rows: [], base: [['plan.work.action.goal', ver, '畳んだ文'],
		['case.summary', ver, 'x\ny']]});
}
