/*
 * What a seat takes with it as a case file, held against the oracle. The harness is asked for two
 * exports a case: one of any seat, one of a seat that reads everything; while it answers null there
 * is nothing to compare. CASES_EXPORT=must makes null a difference; CASES_EXPORT=same puts the case
 * itself in place of the second export, which tries the way back without an export.
 *
 *   marks       every text has a mark of its own: an export has those its seat reads, and no other
 *   way back    import -> export as who reads all -> import shows the same to everybody
 */
import {applyAct, expectAct, pass} from './oracle_acts.mjs';
import {importCase, seriesOf} from './oracle_case.mjs';
import {NONE, levelFor, serves, valueFor} from './oracle_rights.mjs';
import {namesOf, keyName, valueName} from './names.mjs';

const MODE = process.env.CASES_EXPORT ?? '';
const MARK = /k\d+q/g;

/* Written by the server, or after the meeting: no key of the state before a meeting holds them. */
const NOT_HELD = /^(log\.|min\.|conf\.attendance)/;

/* The columns a document has a key for: those that some import fills. */
const HELD_ROWS = {
	'case.ledger_history': ['from', 'kind'], 'case.resources': ['name', 'kind', 'check'],
	household: ['name', 'relation', 'living_together', 'consent', 'note', 'member_consent',
		'protected_info'],
	party: ['name', 'display_label', 'affiliation'], consent: ['method', 'note', 'withdrawal'],
	work: ['conditions', 'site_program', 'site_feedback', 'wage_terms'], 'work.job_leads': ['text'],
	'pplan.statements': ['area', 'text'], 'conf.agenda_items': ['title', 'title_easy', 'minutes'],
	'mon.note': ['date', 'text'], 'bond.map': ['with', 'strength', 'kind', 'direction'],
	ref: ['no', 'date', 'kind', 'from', 'to', 'status', 'reason', 'resource_check'],
	'out.self_scale': ['value', 'max', 'note'], 'out.staff_scale': ['value', 'max', 'note'],
	'close.followup': ['until', 'frequency', 'return_route'],
};
const NO_KEY = ['plan.review_note', 'plan.approval', 'case.second_staff', 'consent.database'];

const isHeld = (cell) => (cell.row ? !!HELD_ROWS[cell.row.table]?.includes(cell.col.name)
	: !NO_KEY.includes(cell.key));

const marksIn = (v) => new Set(JSON.stringify(v ?? null).match(MARK) ?? []);

/* ---- whose exports are asked for ------------------------------------------------------------ */

/* It reads whatever there is, but for what is no part of a case. */
function readsAll(w, s) {
	return serves(w, s) && [...w.cells.values()].every((cell) =>
		NOT_HELD.test(cell.col.id) || cell.row?.from > w.now || levelFor(w, s.bit, cell) > NONE);
}

export function exportSeats(policy, line, d) {
	const w = importCase(policy, line.case, line.options.now, line.options.series);
	const all = w.seats.find((s) => readsAll(w, s));

	return [d.of(w.seats).id, ...(all ? [all.id] : [])];
}

/* ---- marks ---------------------------------------------------------------------------------- */

/* The world at the end of the script, as the oracle has it. */
function worldAfter(policy, line) {
	const w = importCase(policy, line.case, line.options.now, line.options.series);

	for (const act of line.script) {
		if (expectAct(w, act)) {
			applyAct(w, act);
		}
	}
	pass(w, line.options.end);
	return w;
}

/* `may` be in the export; `must` be in it, since the format has a key for the cell. */
function marksFor(w, s) {
	const [may, must] = [new Set(), new Set()];

	for (const cell of w.cells.values()) {
		/* Of a party it does not know there is no entry. */
		const stranger = cell.row?.table === 'party' && levelFor(w, s.bit, cell.row.cells.display_label) === NONE;
		if (levelFor(w, s.bit, cell) > NONE) {
			for (const mark of marksIn(valueFor(w, s.bit, cell))) {
				may.add(mark);
				if (isHeld(cell) && !stranger) {
					must.add(mark);
				}
			}
		}
	}
	return {may, must};
}

function compareMarks(w, line, s, made, say) {
	const {may, must} = marksFor(w, s);
	const there = marksIn(made);
	const open = marksIn(seriesOf(line.case, line.options.series).notice);

	for (const mark of there) {
		if (!may.has(mark) && !open.has(mark)) {
			say(`the export of ${s.id} has ${mark}, which it does not read`);
		}
	}
	for (const mark of must) {
		if (!there.has(mark)) {
			say(`the export of ${s.id} lacks ${mark}`);
		}
	}
}

export function compareExports(policy, line, answer, count, say) {
	const made = answer.export ?? [];

	if (!made.some((o) => o !== null)) {
		if (MODE === 'must') {
			say('nothing is exported');
		}
		return;
	}
	const w = worldAfter(policy, line);
	line.options.export.forEach((id, i) => {
		count.exports++;
		compareMarks(w, line, w.seats.find((s) => s.id === id), made[i], say);
	});
}

/* ---- the way back --------------------------------------------------------------------------- */

/* The line that imports the export again, or null when there is none to try. */
export function wayBack(policy, line, answer) {
	const made = MODE === 'same' ? line.case : answer.export?.[1];

	if (!made || line.script.length > 0) {
		return null;
	}
	return {case: made, script: [], options: {series: MODE === 'same' ? line.options.series ?? 0 : 0, after: MODE !== 'same', now: line.options.now, end: line.options.end,
		dice: line.options.dice + 1000, boards: []}};
}

/*
 * Seats and rows by their order of appearance, since an export may name them anew. Rows that nobody is shown
 * (consents of a day still to come) are not counted: an export cannot hold them.
 */
function canonical(answer) {
	const shown = new Set(answer.snaps.flatMap((snap) => snap.cells.map((c) => c.k.slice(0, c.k.lastIndexOf('/')))));
	const names = namesOf(answer.seats.map((_, i) => `seat ${i}`), {...answer, rows: answer.rows.filter((r) => shown.has(r))});

	return answer.snaps.map((snap) => new Map(snap.cells.map((c) => {
		const kind = snap.cols[c.c]?.type;
		const x = kind === 'seat' || kind === 'seats' ? valueName(names, c.x) : c.x;
		return [keyName(names, c.k), JSON.stringify([c.l, x, c.reach ?? null])];
	})));
}

export function compareWayBack(first, second, say) {
	if (second.why !== undefined) {
		say(`the export is refused: ${second.why}`);
		return;
	}
	const [a, b] = [canonical(first), canonical(second)];
	if (a.length !== b.length) {
		say(`the export has ${b.length} seats, not ${a.length}`);
		return;
	}
	a.forEach((cells, i) => {
		for (const key of new Set([...cells.keys(), ...b[i].keys()])) {
			if (cells.get(key) !== b[i].get(key)) {
				say(`after export and import seat ${i} has ${b[i].get(key)} in ${key}, not ${cells.get(key)}`);
			}
		}
	});
}
