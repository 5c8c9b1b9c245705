/*
 * The oracle, second part: who sees what, and what each is told of the meeting. Written from DESIGN
 * §3, schema/README.md and the decisions in server/README.md; from nothing of room/ or policy/.
 * A viewer is a set of seats (bits), `actor` the seat whose screen it is, null for a board.
 */
export const NONE = 0;
export const READ = 1;
export const WRITE = 2;

export const isLive = (w, s) => s.from <= w.now && w.now < s.until;
export const serves = (w, s) => isLive(w, s) && !s.barred;
export const has = (set, s) => (set & s.bit) !== 0;
export const seatsIn = (w, set) => w.seats.filter((s) => has(set, s));
const within = (viewer, set) => viewer !== 0 && (viewer & ~set) === 0;

/* The seat, and those whose place it took, once they are there no longer: it reads what was shared with them. */
function standsFor(w, s) {
	return s.before === 0 ? s.bit : w.seats.reduce((set, o) =>
		(has(s.before, o) && !isLive(w, o) && !o.barred ? set | o.bit : set), s.bit);
}

/* Whom it must not learn of: nor of whom those before it must not, nor of who came after those. */
function hiddenFrom(w, s) {
	if (!w.succeeds) {
		return s.denied;
	}
	const set = w.seats.reduce((all, o) => (has(s.before, o) ? all | o.denied : all), s.denied);

	return w.seats.reduce((all, o) => (o.before & set ? all | o.bit : all), set) & ~s.bit;
}

/* ---- a seat and a cell ---------------------------------------------------------------------- */

function granted(w, s, col, member) {
	return w.grants.some((g) => g.seat === s && g.cls === col.cls &&
		(g.col === null || g.col === col.id) && (member || !g.own) &&
		g.from <= w.now && w.now < g.until);
}

const memberOf = (w, s, row) => row !== null && (has(row.owner | row.about, s) ||
	((row.shared | (row.cut ? row.audience : 0)) & standsFor(w, s)) !== 0);

/* What the matrix gives, with a grant. */
function given(w, s, col, row) {
	const mine = (col.owner !== null && col.owner === s.role) || (row !== null && has(row.owner, s));
	const others = col.owner !== null && col.owner !== s.role;

	switch (w.policy.matrix.get(col.cls)[s.role]) {
	case 'n+': return granted(w, s, col, memberOf(w, s, row)) ? READ : NONE;
	case 'r': return READ;
	case 'r*': return (row ? memberOf(w, s, row) : !others) ? READ : NONE;
	case 'w': return others ? READ : WRITE;
	case 'w*':
		if (mine) {
			return WRITE;
		}
		return !row || memberOf(w, s, row) ? READ : NONE;
	case 'rw*': return mine ? WRITE : READ;
	default: return NONE;
	}
}

/* Drafts are for drafters, and for the person only once opened to them; what is sealed is read. */
function lifeCycle(w, s, found) {
	const status = w.cells.get('plan.status').value;

	if (status === 'draft' || status === 'checked') {
		return s.may_draft && s.role !== 'self' ? found : NONE;
	}
	return status === 'superseded' ? Math.min(found, READ) : found;
}

/* What rests on a law is a meeting, and knows no more of the person. */
const isOfMeeting = (cls) => /^(party|conf|min|mon|log)\./.test(cls);

/* A column in a row (null: a field). */
export function levelOf(w, s, col, row) {
	const others = col.owner !== null && col.owner !== s.role;

	if (!serves(w, s) || (row && row.from > w.now) || (w.statutory && !isOfMeeting(col.cls)) || (row?.cut && !(row.audience & standsFor(w, s))) ||
	    (row && ((row.owner | row.about) & hiddenFrom(w, s)) !== 0)) {
		return NONE;
	}
	let found = given(w, s, col, row);
	/* A duty writes what it can see, in rows of segments it is in; nobody's own words. */
	if (found === READ && !others && s.recorder && col.duty === 'recorder' &&
	    (!row || has(row.shared | (row.cut ? row.audience : 0), s))) {
		found = WRITE;
	}
	return col.inPlan ? lifeCycle(w, s, found) : found;
}

/* The lowest of all seats; of none, none. */
export function levelFor(w, viewer, cell) {
	let lowest = viewer ? WRITE : NONE;

	for (const s of w.seats) {
		if (has(viewer, s)) {
			lowest = Math.min(lowest, levelOf(w, s, cell.col, cell.row));
		}
	}
	return lowest;
}

export const knows = (w, viewer, who) => isLive(w, who) && levelFor(w, viewer, who.labelCell) > NONE;

/* Official, or the person. */
export const isInsider = (w, viewer) => viewer !== 0 &&
	seatsIn(w, viewer).every((s) => s.official || s.role === 'self');

/* ---- names in values ------------------------------------------------------------------------ */

function readsClass(w, s, cls) {
	const mark = w.policy.matrix.get(cls)[s.role];
	const reads = mark === 'n+'
		? w.grants.some((g) => g.seat === s && g.cls === cls && g.col === null && g.from <= w.now &&
			w.now < g.until)
		: mark !== 'n';
	const inPlan = cls.startsWith('plan.') && cls !== 'plan.status';

	return reads && serves(w, s) && (!w.statutory || isOfMeeting(cls)) && (!inPlan || lifeCycle(w, s, READ) > NONE);
}

/* A resource of the case by the row that describes it, a class by its right; other words pass. */
export function knowsThing(w, viewer, name) {
	const cls = w.policy.matrix.has(name) ? name : w.policy.cols.get(name)?.cls;

	if (w.rowsOf.get('case.resources').some((row) =>
		row.cells.name.value === name && levelFor(w, viewer, row.cells.name) === NONE)) {
		return false;
	}
	return !cls || isInsider(w, viewer) ||
		seatsIn(w, viewer).every((s) => readsClass(w, s, cls));
}

export function knowsName(w, viewer, name) {
	if (!name.startsWith('@')) {
		return true;
	}
	const who = w.seats.find((s) => s.id === name.slice(1));

	return who !== undefined && knows(w, viewer, who);
}

/* A value as this viewer is told it. */
export function valueFor(w, viewer, cell) {
	switch (cell.col.type) {
	case 'seat': return cell.value && knowsName(w, viewer, cell.value) ? cell.value : null;
	case 'seats': return cell.value.filter((name) => knowsName(w, viewer, name));
	case 'list': return cell.value.filter((name) => knowsThing(w, viewer, name));
	default: return cell.value;
	}
}

/* Whom it reaches: out, in, or only the team. */
function reachOf(w, cell) {
	const readers = w.seats.filter((s) => levelOf(w, s, cell.col, cell.row) > NONE);

	if (readers.some((s) => !s.official && s.role !== 'self')) {
		return 'out';
	}
	return readers.every((s) => s.companion) ? 'team' : 'in';
}

/* ---- the meeting ---------------------------------------------------------------------------- */

export const present = (w) => w.seats.reduce((set, s) =>
	(s.at === 'in' && isLive(w, s) ? set | s.bit : set), 0);

export function planned(w, item) {
	return item.row.cells.audience.value.reduce((set, name) =>
		set | (w.seats.find((s) => name === `@${s.id}`)?.bit ?? 0), 0);
}

export const hasFuture = (w, viewer) => w.items.some((item) =>
	!item.opened && within(viewer, planned(w, item)));

/* It left, and an item it is of was opened since. */
const isCalled = (w, s) => w.open !== null && s.left && s.leftOpenings < w.openings;

const markOf = (actor) => (actor === null ? 'in' : actor.at);

function phaseOf(w, viewer, actor) {
	const at = markOf(actor);
	const inside = within(viewer, w.audience);

	if (at === 'wait') {
		return 'wait';
	}
	if (!w.on) {
		return w.begun && !hasFuture(w, viewer) ? 'done' : 'before';
	}
	if (at === 'in' && inside) {
		return 'in';
	}
	if (at === '') {
		return inside || hasFuture(w, viewer) ? 'door' : 'done';
	}
	if (actor !== null && inside && isCalled(w, actor)) {
		return 'door';
	}
	return hasFuture(w, viewer) ? 'on' : 'done';
}

function stateOf(w, viewer, actor, item, phase) {
	if (!item.opened || !within(viewer, item.seated)) {
		return 'next';
	}
	if (w.open !== item || !within(viewer, item.audience)) {
		return 'done';
	}
	if (phase === 'in') {
		return 'now';
	}
	return markOf(actor) === 'out' && !isCalled(w, actor) ? 'done' : 'next';
}

/* When the first item it is of should begin. */
function startFor(w, viewer, actor) {
	const start = w.cells.get('conf.schedule.start').value;

	if (!/^\d\d:\d\d$/.test(start ?? '') || actor === null) {
		return undefined;
	}
	let minute = Number(start.slice(0, 2)) * 60 + Number(start.slice(3));
	for (const item of w.items) {
		if (within(viewer, planned(w, item) | item.seated)) {
			const two = (n) => String(n).padStart(2, '0');
			return `${two(Math.floor(minute / 60) % 24)}:${two(minute % 60)}`;
		}
		minute += item.row.cells.minutes.value ?? 0;
	}
	return undefined;
}

function meetFor(w, viewer, actor) {
	const phase = phaseOf(w, viewer, actor);
	const inside = phase === 'in';
	const out = {phase, agenda: [], item: null, pause: inside && w.paused ? w.pause : null};

	for (const item of w.items) {
		if (levelFor(w, viewer, item.row.cells.title) > NONE) {
			out.agenda.push([item.row.name, stateOf(w, viewer, actor, item, phase)]);
		}
	}
	if (inside && w.open) {
		out.item = [w.open.row.name, w.since];
	}
	out.start = inside || phase === 'before' || phase === 'door'
		? startFor(w, viewer, actor) ?? null : null;
	return out;
}

/* Presence is for who sits in it; officials and the person see it from home, but not once left. */
function seesPresence(w, viewer, actor) {
	if (actor?.chair) {
		return true;
	}
	if (!w.on) {
		return isInsider(w, viewer);
	}
	const at = markOf(actor);
	return within(viewer, w.audience) && (at === 'in' || (at === '' && isInsider(w, viewer)));
}

/* The mark of a seat as it is told, or null. */
function toldOf(w, viewer, actor, who) {
	const presence = seesPresence(w, viewer, actor);
	const mine = who === actor;

	if (who.at === 'in' && (presence || mine)) {
		return who.line ? 'line' : 'room';
	}
	if (who.at === 'out' && presence) {
		return 'out';
	}
	return who.at === 'wait' && (mine || actor?.chair) ? 'wait' : null;
}

/* ---- all a viewer would be shown if it came now --------------------------------------------- */

export function shownTo(w, viewer, actor) {
	const insider = isInsider(w, viewer) && actor !== null;
	const cells = new Map();

	for (const cell of w.cells.values()) {
		const found = levelFor(w, viewer, cell);
		if (found === NONE) {
			continue;
		}
		cells.set(cell.key, {
			l: found === WRITE && !cell.col.closed ? 'w' : 'r',
			x: valueFor(w, viewer, cell),
			reach: insider ? (cell.reach?.at === w.fresh ? cell.reach.is
				: (cell.reach = {at: w.fresh, is: reachOf(w, cell)}).is) : null,
			item: cell.row?.item ?? null,
		});
	}
	return {
		cells, meet: meetFor(w, viewer, actor),
		seats: w.seats.filter((s) => knows(w, viewer, s)).map((s) =>
			[s.id, s.labelCell.value, toldOf(w, viewer, actor, s)]),
	};
}
