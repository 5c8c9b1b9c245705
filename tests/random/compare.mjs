/*
 * What the harness printed against what the oracle says: each act taken or refused, then all that
 * each seat and each board is shown. Returns differences as lines of text, the first ones first.
 */
import {expectAct, applyAct, pass} from './oracle_acts.mjs';
import {importCase} from './oracle_case.mjs';
import {isLive, shownTo} from './oracle_rights.mjs';
import {compareExports} from './exports.mjs';
import {keyName, namesOf, valueName} from './names.mjs';

const MOST = 12;
const short = (v) => {
	const s = JSON.stringify(v) ?? 'nothing';
	return s.length > 160 ? `${s.slice(0, 160)}…` : s;
};
const same = (a, b) => a === b || JSON.stringify(a) === JSON.stringify(b);

/* ---- one viewer ----------------------------------------------------------------------------- */

function compareCells(who, names, wanted, snap, say) {
	const told = new Map(snap.cells.map((c) => [keyName(names, c.k), c]));

	for (const [key, want] of wanted.cells) {
		const got = told.get(key);
		if (!got) {
			say(`${who} lacks ${key}`);
			continue;
		}
		const kind = snap.cols[got.c]?.type;
		const x = kind === 'seat' || kind === 'seats' ? valueName(names, got.x) : got.x;
		if (!same(x, want.x)) {
			say(`${who} reads ${short(x)} in ${key}, not ${short(want.x)}`);
		}
		if (got.l !== want.l) {
			say(`${who} has ${got.l} on ${key}, not ${want.l}`);
		}
		if ((got.reach ?? null) !== want.reach) {
			say(`${who} is told that ${key} reaches ${got.reach}, not ${want.reach}`);
		}
		if ((got.item ? names.rows.get(got.item) : null) !== want.item) {
			say(`${who} is told that ${key} belongs to another item than ${want.item}`);
		}
	}
	for (const key of told.keys()) {
		if (!wanted.cells.has(key)) {
			say(`${who} is shown ${key}`);
		}
	}
	return wanted.cells.size;
}

function compareMeet(who, names, want, got, say) {
	const agenda = got.agenda.map((a) => [names.rows.get(a.row), a.state]);
	const item = got.item ? [names.rows.get(got.item.row), got.item.since] : null;
	const told = {phase: got.phase, agenda, item, pause: got.pause ?? null, start: got.start ?? null};

	for (const part of Object.keys(told)) {
		if (!same(told[part], want[part])) {
			say(`${who} is told ${part} ${short(told[part])}, not ${short(want[part])}`);
		}
	}
}

function compareSeats(who, names, want, got, say) {
	const told = got.map((s) => [names.seats.get(s.seat), s.label, s.at ?? null]);

	if (!same(told, want)) {
		say(`${who} knows ${short(told)}, not ${short(want)}`);
	}
	if (got.some((s) => s.here)) {
		say(`${who} is told that somebody has a screen`);
	}
}

function compareViewer(who, w, names, viewer, actor, snap, say) {
	const wanted = shownTo(w, viewer, actor);

	/* Whose seat has ended has no screen either. */
	if (actor === null || isLive(w, actor)) {
		compareMeet(who, names, wanted.meet, snap.meet, say);
	}
	compareSeats(who, names, wanted.seats, snap.seats, say);
	return compareCells(who, names, wanted, snap, say);
}

/* ---- a line --------------------------------------------------------------------------------- */

/* Until the first act that went otherwise: what comes after follows from it. */
function compareActs(w, script, answers, count, say) {
	for (const [i, act] of script.entries()) {
		const want = expectAct(w, act);
		const got = answers[i] === 'ok';
		count.acts++;
		count.refused += got ? 0 : 1;
		const kind = `${act.msg.t} ${got ? 'ok' : 'no'}`;
		count.kinds[kind] = (count.kinds[kind] ?? 0) + 1;
		if (want !== got) {
			say(`act ${i} ${short(act)}: ${answers[i]}, not ${want ? 'ok' : 'refused'}`);
			return false;
		}
		if (got) {
			applyAct(w, act);
		}
	}
	return true;
}

export const newCount = () => ({cases: 0, acts: 0, refused: 0, cells: 0, seats: 0, exports: 0,
	waysBack: 0, differences: 0, kinds: {}});

/* `line` as it was given to the harness, `answer` as it came back. */
export function compareLine(policy, line, answer, count) {
	const found = [];
	const say = (text) => {
		if (found.length < MOST) {
			found.push(text);
		}
	};

	count.cases++;
	if (answer.why !== undefined) {
		say(`the case is refused: ${answer.why}`);
		return found;
	}
	const w = importCase(policy, line.case, line.options.now, line.options.series);
	const names = namesOf(w.seats.map((s) => s.id), answer);
	const went = compareActs(w, line.script, answer.acts, count, say);
	if (answer.restart !== 'ok') {
		say(`after a restart it ${answer.restart}`);
	}
	if (!went) {
		return found;
	}
	pass(w, line.options.end);
	w.fresh++;
	w.seats.forEach((s, i) => {
		count.seats++;
		count.cells += compareViewer(s.id, w, names, s.bit, s, answer.snaps[i], say);
	});
	line.options.boards.forEach((board, i) => {
		const set = w.seats.filter((s) => board.includes(s.id)).reduce((a, s) => a | s.bit, 0);
		count.seats++;
		count.cells += compareViewer(`board ${board.join('+')}`, w, names, set, null, answer.boards[i], say);
	});
	compareExports(policy, line, answer, count, say);
	return found;
}
