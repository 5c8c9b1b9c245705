/*
 * What the server would seal of a case against what the sketch of the minutes makes of the same file with the
 * oracle (tests/vectors/minutes/case.mjs): seats, audiences, readers of classes, and every cell with its readers.
 */
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {test} from 'node:test';
import {Input, readCase} from '../vectors/minutes/case.mjs';

const CASES = [1, 2, 3, 4];
const root = new URL('../..', import.meta.url).pathname;
const sorted = (list) => [...list].sort();

function ours(n) {
	const {held_on: day} = readCase(n).conference;
	const text = execFileSync(`${root}/build/dev/sealed`, [`tests/cases/case-${n}.json`, `${day}T23:00`],
		{cwd: root, encoding: 'utf8', maxBuffer: 1 << 24});

	return JSON.parse(text);
}

const pairs = CASES.map((n) => ({n, mine: ours(n), sketch: new Input(readCase(n))}));

test('the same seats, and who may know whom', () => {
	for (const {n, mine, sketch} of pairs) {
		assert.deepEqual(sorted(mine.seats.map((s) => s.key)), sorted(sketch.keys), `case ${n}`);
		for (const s of mine.seats) {
			const {role, label, name} = sketch.seats.find((x) => x.key === s.key);
			assert.deepEqual([s.role, s.label, s.name], [role, label, name], `case ${n} ${s.key}`);
			assert.deepEqual(sorted(s.knows), sorted(sketch.keys.filter((k) => sketch.knows(s.key, k))), `case ${n} ${s.key}`);
		}
	}
});

test('the same classes as labels, with the same readers, in the same order', () => {
	for (const {n, mine, sketch} of pairs) {
		assert.deepEqual(mine.classes.map((c) => [c.label, sorted(c.readers)]),
			sketch.classes.map((c) => [c.label, sorted(c.readers)]), `case ${n}`);
	}
});

test('the same audiences', () => {
	for (const {n, mine, sketch} of pairs) {
		const all = (groups) => sorted(groups.map((g) => sorted(g).join()));
		assert.deepEqual(all(mine.groups), all(sketch.groups), `case ${n}`);
	}
});

/* ---- cells: by what they say, since the rows have other ids -------------------------------------------------- */

const who = (list) => sorted(list).join(' ');

/* -> [{at: column or field, value, readers, box: class or audience}], rows by the item's title in place of ids */
function told(cells, nameOf) {
	return cells.map((c) => {
		const {at, field} = nameOf(c);
		return {at, field, value: JSON.stringify(c.value), readers: who(c.readers), box: c.cls ?? (c.group && who(c.group))};
	});
}

function mineCells({cells}) {
	const titles = new Map(cells.filter((c) => c.table === 'conf.agenda_items' && c.column === 'title').map((c) => [c.row, c.value]));
	const value = (v) => (Array.isArray(v) ? v.map(value) : String(v).startsWith('row:') ? titles.get(v.slice(4)) : v);

	return told(cells.map((c) => ({...c, value: value(c.value)})), (c) => ({field: !c.table,
		at: c.table ? `${c.table}/${c.column}` : `${c.column}${c.named ? `/${c.named}` : ''}`}));
}

function sketchCells({cells, file, classes}) {
	const titles = new Map(file.conference.agenda.map((i) => [`row:conf.agenda_items/${i.item_no}`, i.title]));
	const value = (v) => (Array.isArray(v) ? v.map(value) : titles.get(v) ?? v);

	return told(cells.filter((c) => c.readers.length > 0).map((c) => ({...c, value: value(c.value),
		cls: classes.some((k) => k.label === c.cls) ? c.cls : null})), (c) => {
		const [kind, what, row, ...rest] = c.name.split('/');
		return kind === 'field' ? {field: true, at: [what, ...(row ? [row] : [])].join('/')} : {field: false, at: `${what}/${rest.join('/')}`};
	});
}

const key = (c) => JSON.stringify(c);

function difference(a, b) {
	const left = b.map(key);

	return a.filter((c) => {
		const i = left.indexOf(key(c));
		if (i >= 0) {
			left.splice(i, 1);
		}
		return i < 0;
	});
}

/* side, column, why it is otherwise there */
const DIFFERENT = [
	['mine', /^min[.]utterances[/](kind|at)$/, 'columns the sketch has not'],
	['mine', /^conf[.]agenda_items[/]minutes$|^conf[.]attendance[/]note$|^plan[.]priority[/]|^plan[.][a-z_]+[.]parts[/]/,
		'columns the sketch has not'],
	['mine', /^min[.](corrections|advice)[/]/, 'tables the sketch has not: it corrects after sealing'],
	['mine', /^min[.]utterances[/](text|speaker)$/, 'an import takes what happened in the script for words, too'],
	['mine', /^min[.]actions[/]what$/, 'the same of what the script notes to do'],
	['sketch', /^min[.][a-z_]+[/]place$/, 'a file says of no row in which item it was written; of live rows the room does'],
	['both', /^min[.]person_words[/]text$/, 'the import finds in the script where it was said, the sketch takes an item with the person'],
	['both', /^min[.]dissent[/]about$/, 'of live rows and of a file this is words, the sketch finds the row'],
	['both', /[.]resource_ids$/, 'lists go to own slots, each with what its reader is told of it'],
];

const isKnown = (side) => (c) => DIFFERENT.some(([s, at]) => (s === side || s === 'both') && at.test(c.at));

test('the same cells with the same values and readers, but for what is told here', () => {
	for (const {n, mine, sketch} of pairs) {
		const a = mineCells(mine), b = sketchCells(sketch);

		assert.deepEqual(difference(a, b).filter((c) => !isKnown('mine')(c)), [], `case ${n}`);
		assert.deepEqual(difference(b, a).filter((c) => !isKnown('sketch')(c)), [], `case ${n}`);
		assert.ok(a.length - difference(a, b).length > 200, `case ${n}: few are the same`);
	}
});

/* What differs by more than who has it: the words of the person and of each decision are all there. */
test('nothing the person said is missing', () => {
	for (const {n, mine, sketch} of pairs) {
		const words = (cells) => sorted(cells.filter((c) => c.at === 'min.person_words/text').map((c) => c.value));
		assert.deepEqual(words(mineCells(mine)), words(sketchCells(sketch)), `case ${n}`);
	}
});

test('a list is told to each reader by itself', () => {
	for (const {n, mine} of pairs) {
		for (const c of mine.cells.filter((x) => x.column.endsWith('.resource_ids'))) {
			assert.deepEqual([c.cls, c.group, c.readers.length], [null, null, 1], `case ${n}`);
			assert.ok(c.value.length > 0, `case ${n}`);
		}
	}
});
