/*
 * An independent oracle of the access rules, written from DESIGN.md and the samples' README, not
 * from server/policy/rights.c. Tests compare the two; where they differ one of them is wrong.
 *
 * here           level()                 one seat, one cell
 *                levelOfSet()            a viewer: several seats
 *                mayAddRow()             may a seat begin a row of this table?
 * oracle_case    expectedFor()           one party, one class or field of a case file, at a time
 *                evaluateExpectation()   one row of its visibility_expectations
 *                mayEverRead()           under any consent ever given, could this party read this?
 */
import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

export {evaluateExpectation, expectedFor, mayEverRead} from './oracle_case.mjs';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const SCHEMA_DIR = process.env.ROKUSHA_SCHEMA ?? path.join(HERE, '../../schema');
const MARKS = ['n', 'n+', 'r', 'r*', 'w', 'w*', 'rw*'];
const RANK = {none: 0, read: 1, write: 2};

/* ---- the policy files ---------------------------------------------------------------------- */

function readMatrix(text) {
	const lines = text.split('\n').filter((line) => line !== '');
	const roles = lines[0].split('\t').slice(4);
	const matrix = new Map();

	for (const line of lines.slice(1)) {
		const [id, , , , ...marks] = line.split('\t');
		if (marks.length !== roles.length || marks.some((m) => !MARKS.includes(m))) {
			throw new Error(`visibility.tsv: ${id}`);
		}
		matrix.set(id, new Map(roles.map((role, i) => [role, marks[i]])));
	}
	return {roles, matrix};
}

/* Every column with the facts the rules need: its class, its owner, its duty, its table. */
function readColumns(form) {
	const columns = new Map();
	const areas = form.areas.map((area) => area.id);
	const each = (item, make) => {
		const text = JSON.stringify(item);
		const copies = text.includes('{area}')
			? areas.map((area) => JSON.parse(text.replaceAll('{area}', area)))
			: [item];
		copies.forEach(make);
	};

	for (const field of form.fields) {
		each(field, (f) => columns.set(f.id, {
			id: f.id, cls: f.class, table: null, owner: f.owner ?? null, duty: f.duty ?? null,
		}));
	}
	for (const table of form.tables) {
		each(table, (t) => {
			for (const c of t.columns) {
				const id = `${t.id}.${c.name}`;
				columns.set(id, {
					id, cls: c.class, table: t.id, owner: c.owner ?? null,
					duty: t.duty ?? null,
				});
			}
		});
	}
	return columns;
}

function readTables(form) {
	const tables = new Map();

	for (const table of form.tables) {
		for (const area of table.id.includes('{area}') ? form.areas : [{id: ''}]) {
			const id = table.id.replace('{area}', area.id);
			tables.set(id, {id, closed: !!table.closed || !!table.office, inSegment: !!table.in_segment,
				rowOwner: table.row_owner ?? null});
		}
	}
	return tables;
}

export function loadPolicy(dir = SCHEMA_DIR) {
	const {roles, matrix} = readMatrix(fs.readFileSync(path.join(dir, 'visibility.tsv'), 'utf8'));
	const form = JSON.parse(fs.readFileSync(path.join(dir, 'form.json'), 'utf8'));
	const roleList = JSON.parse(fs.readFileSync(path.join(dir, 'roles.json'), 'utf8')).roles;
	const drafters = new Set(roleList.filter((role) => role.may_draft).map((role) => role.id));

	const columns = readColumns(form);
	const byClass = new Map([...matrix.keys()].map((cls) => [cls, []]));

	for (const column of columns.values()) {
		byClass.get(column.cls).push(column);
	}
	return {roles, matrix, columns, byClass, tables: readTables(form), drafters,
		areas: form.areas.map((a) => a.id)};
}

let shipped;
export const shippedPolicy = () => (shipped ??= loadPolicy());
const policyOr = (policy) => policy ?? shippedPolicy();

/* Texts of the plan follow its life cycle; its status is how one sees where it stands. */
export const inPlan = (cls) => cls.startsWith('plan.') && cls !== 'plan.status';

/* ---- the rules ----------------------------------------------------------------------------- */

/*
 * The level of one seat.
 *   role, duties   of the seat; `seat` is its number, `live` false when nobody holds it
 *   cls            class; `col` the column's id where one is meant
 *   row            null, or {owner, about, audience}: arrays of seat numbers; audience null: nobody
 *                  is cut. `place`: true when row null means "a cell without a row"; otherwise the
 *                  question is about the class as a whole and `own` says whose row: true, false, null
 *   grants         [{seat, cls, col?, live, ownRows}]
 *   barred, denied (array of seat numbers)
 *   plan           'draft' | 'draft_open' | 'live' | 'sealed'
 */
export function level(q) {
	const policy = policyOr(q.policy);
	const mark = policy.matrix.get(q.cls)?.get(q.role);
	const column = q.col ? policy.columns.get(q.col) : null;

	if (mark === undefined || (q.col && column?.cls !== q.cls)) {
		throw new Error(`oracle: ${q.cls} ${q.col ?? ''} ${q.role}`);
	}
	if (q.denied?.length && q.row &&
	    [...q.row.owner, ...q.row.about].some((seat) => q.denied.includes(seat))) {
		return {level: 'none', reason: 'denial'};
	}
	if (q.barred) {
		return {level: 'none', reason: 'bar'};
	}
	if (q.live === false) {
		return {level: 'none', reason: 'seat'};
	}
	if (inPlan(q.cls) && (q.plan === 'draft' || q.plan === 'draft_open') && !drafts(policy, q)) {
		return {level: 'none', reason: 'lifecycle'};
	}
	if (q.row?.audience && !q.row.audience.includes(q.seat)) {
		return {level: 'none', reason: 'row'};
	}
	const found = withDuty(q, policy, column, uncut(q, policy, mark, column));
	if (inPlan(q.cls) && q.plan === 'sealed' && found.level === 'write') {
		return {level: 'read', reason: 'lifecycle'};
	}
	return found;
}

function drafts(policy, q) {
	return policy.drafters.has(q.role) && (q.role !== 'self' || q.plan === 'draft_open');
}

const member = (q) => {
	if (q.row) {
		return [q.row.owner, q.row.about, q.row.audience ?? []].some((set) => set.includes(q.seat));
	}
	return !q.place && q.own !== false; /* "own-marks count as read, write": nobody's row asked */
};

function owns(q) {
	return q.row ? q.row.owner.includes(q.seat) : !q.place && q.own === true;
}

/* Is the class, or the very column, kept in rows? */
function inTable(q, policy, column) {
	return column ? column.table !== null
		: policy.byClass.get(q.cls).some((c) => c.table !== null);
}

function uncut(q, policy, mark, column) {
	const say = (found, reason) => ({level: found, reason});
	const columnOwner = column?.owner ?? null;
	const mine = columnOwner !== null && columnOwner === q.role;

	switch (mark) {
	case 'n':
		return say('none', 'matrix');
	case 'n+':
		return granted(q) ? say('read', 'grant') : say('none', 'matrix');
	case 'r':
		return say('read', 'matrix');
	case 'r*':
		if (inTable(q, policy, column)) {
			return member(q) ? say('read', 'matrix') : say('none', 'row');
		}
		return columnOwner === null || mine ? say('read', 'matrix') : say('none', 'owner');
	case 'w':
		return columnOwner === null || mine ? say('write', 'matrix') : say('read', 'owner');
	case 'w*':
		if (mine || owns(q)) {
			return say('write', 'owner');
		}
		if (!inTable(q, policy, column)) {
			return say('read', 'matrix');
		}
		if (!q.row && !q.place && q.own == null) {
			return say('write', 'owner');
		}
		return member(q) ? say('read', 'row') : say('none', 'row');
	case 'rw*':
		return mine || owns(q) ? say('write', 'owner') : say('read', 'matrix');
	}
	throw new Error(`oracle: mark ${mark}`);
}

function granted(q) {
	return (q.grants ?? []).some((grant) => grant.seat === q.seat && grant.live &&
		grant.cls === q.cls && (!grant.col || grant.col === q.col) &&
		(!grant.ownRows || member(q)));
}

/*
 * A duty in the meeting: whoever has it writes what it can see, in the segments it is part of; but
 * "a column with an owner is written by its owner only".
 */
function withDuty(q, policy, column, found) {
	if (column?.owner && column.owner !== q.role) {
		return found;
	}
	const cols = column ? [column] : policy.byClass.get(q.cls);
	const has = cols.some((c) => c.duty && (q.duties ?? []).includes(c.duty));
	const inside = (q.row?.audience ?? []).includes(q.seat) || (!q.row && !q.place && q.own !== false) ||
		(!q.row && !inTable(q, policy, column));

	return has && inside && found.level === 'read' ? {level: 'write', reason: 'duty'} : found;
}

/* A viewer is a set of seats: the lowest of their levels. An empty set sees nothing. */
export function levelOfSet(seats) {
	if (seats.length === 0) {
		return {level: 'none', reason: 'seat'};
	}
	return seats.map(level).reduce((a, b) => (RANK[b.level] < RANK[a.level] ? b : a));
}

/*
 * May a seat begin a row? It must be able to write some column of it: on a row that is its own, or
 * by duty. Rows that belong to a role by form.json are begun by that role, or by duty for it.
 */
export function mayAddRow(q) {
	const policy = policyOr(q.policy);
	const table = policy.tables.get(q.table);
	const theirs = table.rowOwner !== null && table.rowOwner !== q.role;
	const row = {
		owner: theirs ? [] : [q.seat], about: [], audience: table.inSegment ? [q.seat] : null,
	};

	return !table.closed && [...policy.columns.values()].some((c) => {
		if (c.table !== q.table) {
			return false;
		}
		const found = level({...q, policy, cls: c.cls, col: c.id, row, place: true});
		return found.level === 'write' && (!theirs || found.reason === 'duty');
	});
}
