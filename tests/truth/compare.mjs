/*
 * Judges what truth.c printed, on standard input, with the oracle; then the expectations of the case
 * files named. Prints one line; every difference, up to 20, goes to standard error.
 */
import fs from 'node:fs';
import readline from 'node:readline';
import {evaluateExpectation, level, levelOfSet, loadPolicy, mayAddRow} from '../support/oracle.mjs';

const policy = loadPolicy();
const [SUBJECT, OTHER, SECOND] = [3, 9, 40];
const PLANS = ['draft', 'draft_open', 'live', 'sealed'];
const CUTS = [
	{barred: false, denied: [], live: true},
	{barred: true, denied: [], live: true},
	{barred: false, denied: [OTHER], live: true},
	{barred: false, denied: [], live: false},
];
const ROWS = [
	null,
	{owner: [SUBJECT], about: [], audience: null},
	{owner: [OTHER], about: [SUBJECT], audience: null},
	{owner: [OTHER], about: [], audience: [SUBJECT, OTHER]},
	{owner: [OTHER], about: [], audience: null},
	{owner: [SUBJECT], about: [], audience: [OTHER]},
	{owner: [SUBJECT], about: [OTHER], audience: [SUBJECT]},
];
const PAIR_ROWS = [
	null,
	ROWS[1],
	{owner: [OTHER], about: [SECOND], audience: null},
	ROWS[4],
	{owner: [OTHER], about: [], audience: [SUBJECT, SECOND]},
	{owner: [OTHER], about: [], audience: [SUBJECT]},
];
const DUTIES = [[], ['recorder']];
const found = {verdicts: 0, differences: 0, cells: new Set(), classes: new Set(), tables: new Set()};
let reasons = [];
let ended = false;

const GRANTS = [
	() => [],
	(cls) => [{seat: SUBJECT, cls, live: true}],
	(cls) => [{seat: SUBJECT, cls, live: false}],
	(cls, col) => [{seat: SUBJECT, cls, col, live: true}],
	(cls) => [{seat: SUBJECT, cls, col: 'some other column', live: true}],
	(cls) => [{seat: SUBJECT, cls, live: true, ownRows: true}],
	(cls) => [{seat: OTHER, cls, live: true}],
];

function differ(what, wanted, got) {
	found.differences++;
	if (found.differences <= 20) {
		console.error(`${what}: the oracle says ${wanted}, rights.c says ${got}`);
	}
}

/* `codes` are two letters per verdict; `ask(i)` is the oracle's answer to the i-th. */
function judge(line, codes, count, ask) {
	if (codes.length !== 2 * count) {
		differ(line, `${count} verdicts`, codes);
		return;
	}
	for (let i = 0; i < count; i++) {
		const want = ask(i);
		const code = want.level[0] + String.fromCharCode(97 + reasons.indexOf(want.reason));
		const got = codes.slice(2 * i, 2 * i + 2);
		found.verdicts++;
		if (code !== got) {
			differ(`${line} [${i}: ${PLANS[(i >> 2) % 4]}]`, `${want.level}/${want.reason}`,
				`${got[0]}/${reasons[got.charCodeAt(1) - 97]}`);
		}
	}
}

const HANDLERS = {
	reasons: (words) => { reasons = words; },
	levels: (words) => {
		if (words.join() !== 'none,read,write') {
			differ('levels', 'none read write', words.join(' '));
		}
	},
	cell([col, role, duty, grant, row, codes]) {
		const {cls} = policy.columns.get(col);
		const grants = GRANTS[grant](cls, col);
		found.cells.add(`${col} ${role}`);
		judge(`cell ${col} ${role} duty ${duty} grant ${grant} row ${row}`, codes, 16, (i) => level({
			policy, role, cls, col, seat: SUBJECT, duties: DUTIES[duty], row: ROWS[row],
			place: true, grants, plan: PLANS[i >> 2], ...CUTS[i & 3],
		}));
	},
	whole([cls, col, role, duty, grant, own, codes]) {
		const column = col === '-' ? undefined : col;
		/* "This column" of no column is the class. */
		const grants = GRANTS[!column && grant === '3' ? 1 : grant](cls, column);
		found.classes.add(`${cls} ${role}`);
		judge(`whole ${cls} ${col} ${role} duty ${duty} grant ${grant} own ${own}`, codes, 16,
			(i) => level({
				policy, role, cls, col: column, seat: SUBJECT, duties: DUTIES[duty], row: null,
				own: {'-1': null, 0: false, 1: true}[own],
				grants, plan: PLANS[i >> 2], ...CUTS[i & 3],
			}));
	},
	pair([col, first, second, codes]) {
		const {cls, table} = policy.columns.get(col);
		const grants = [GRANTS[0](), GRANTS[1](cls)];
		judge(`pair ${col} ${first} ${second}`, codes, table === null ? 4 : 24, (i) => {
			const q = {policy, cls, col, row: PAIR_ROWS[i >> 2], place: true, plan: PLANS[2 * (i & 1)],
				grants: grants[(i >> 1) & 1]};
			return levelOfSet([{...q, role: first, seat: SUBJECT}, {...q, role: second, seat: SECOND}]);
		});
	},
	add([table, role, answers]) {
		found.tables.add(table);
		for (let i = 0; i < 32; i++) {
			const want = mayAddRow({policy, table, role, seat: SUBJECT, duties: DUTIES[i >> 4],
				plan: PLANS[(i >> 2) & 3], ...CUTS[i & 3]}) ? 'y' : 'n';
			found.verdicts++;
			if (want !== answers[i]) {
				differ(`add ${table} ${role} [${i}]`, want, answers[i]);
			}
		}
	},
	nobody: ([code]) => judge('nobody', code, 1, () => levelOfSet([])),
	end: () => { ended = true; },
};

/* Both sides must have spoken of everything: a question nobody asked is no agreement. */
function checkComplete() {
	const roles = policy.roles.length;
	const counts = [
		['columns x roles', policy.columns.size * roles, found.cells.size],
		['classes x roles', policy.matrix.size * roles, found.classes.size],
		['tables', policy.tables.size, found.tables.size],
	];
	for (const [what, want, got] of counts) {
		if (want !== got) {
			differ(what, want, got);
		}
	}
	if (!ended) {
		differ('output', 'an end', 'none');
	}
}

function checkCases() {
	const count = {held: 0, skipped: 0};

	for (const name of process.argv.slice(2)) {
		const file = JSON.parse(fs.readFileSync(name, 'utf8'));
		for (const row of file.visibility_expectations ?? []) {
			const answer = evaluateExpectation(file, row, policy);
			if (answer.skipped) {
				count.skipped++;
			} else if (answer.holds) {
				count.held++;
			} else {
				differ(`${name} ${row.party ?? row.role} ${row.field}`, answer.got, row.expected);
			}
		}
	}
	return count;
}

for await (const line of readline.createInterface({input: process.stdin})) {
	const [kind, ...words] = line.split(' ');
	HANDLERS[kind](words);
}
checkComplete();
const cases = checkCases();
console.log(`${found.verdicts} verdicts on ${policy.columns.size} columns of ${policy.matrix.size} ` +
	`classes x ${policy.roles.length} roles` +
	`${cases.held + cases.skipped > 0 ? `, ${cases.held} case expectations held` : ''}` +
	`${cases.skipped > 0 ? ` (${cases.skipped} skipped)` : ''}, ${found.differences} differences`);
process.exitCode = found.differences === 0 ? 0 : 1;
