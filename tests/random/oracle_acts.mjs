/*
 * The oracle, third part: what an act does, and which acts are refused. Written from DESIGN §3,
 * schema/README.md ("The meeting" and what follows) and the decisions in server/README.md.
 * expected(): is it taken? apply(): what it does then.
 */
import {NONE, READ, WRITE, has, hasFuture, isLive, knows, levelOf,
	planned, present, seatsIn, serves, valueFor} from './oracle_rights.mjs';
import {addGrants, addRow, classOf, clockOf, dayOf, dayStart, seatNamed} from './oracle_case.mjs';

const DAY = 24 * 3600 * 1000;
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const reads = (w, s, cell) => levelOf(w, s, cell.col, cell.row) >= READ;

/* ---- by whom, for whom ---------------------------------------------------------------------- */

/*
 * A scribe holds a duty and never uses the method `own`. Returns the seat whose act it is, or null
 * when nobody may act like this.
 */
function whose(w, actor, msg) {
	if (msg.for === undefined || msg.for === actor.id) {
		return msg.method === undefined || msg.method === 'own' ? actor : null;
	}
	const other = seatNamed(w, msg.for);

	if (!other || !serves(w, other) || !(actor.chair || actor.recorder) ||
	    (msg.method ?? 'own') === 'own' || !knows(w, actor.bit, other)) {
		return null;
	}
	return other;
}

/* May this cell be written: by oneself, or as a scribe who reads it. */
function mayWrite(w, actor, msg, col, row) {
	const by = whose(w, actor, msg);

	if (by === null || col.closed || levelOf(w, by, col, row) !== WRITE) {
		return false;
	}
	if (by === actor) {
		return true;
	}
	return (col.owner === null || col.scribable) && levelOf(w, actor, col, row) >= READ;
}

/* ---- values --------------------------------------------------------------------------------- */

const controls = /[\u0000-\u0008\u000b-\u001f\u007f]/;
const isLine = (v, most = 1000) => typeof v === 'string' && v.length <= most && !controls.test(v) &&
	!/[\n\t]/.test(v);
const isDay = (v) => typeof v === 'string' && /^\d{4}-\d\d-\d\d$/.test(v) &&
	!Number.isNaN(Date.parse(v)) && new Date(Date.parse(v)).toISOString().slice(0, 10) === v;

export function fitsColumn(w, col, v) {
	if (v === null) {
		return ['date', 'enum', 'int', 'bool', 'seat'].includes(col.type);
	}
	switch (col.type) {
	case 'text': return typeof v === 'string' && v.length <= (col.max ?? 65536) && !controls.test(v);
	case 'line': return isLine(v);
	case 'date': return isDay(v);
	case 'enum': return typeof v === 'string' && Object.hasOwn(w.policy.enums[col.enum], v);
	case 'int': return Number.isInteger(v) && v >= col.min && v <= col.most;
	case 'bool': return typeof v === 'boolean';
	case 'seat': return typeof v === 'string' && v.startsWith('@');
	default: return Array.isArray(v) && v.length <= 64 && v.every((one) => isLine(one));
	}
}

/* To name a seat one must read its label; whether somebody holds it now is not asked. */
function mayBeTold(w, s, name) {
	const who = name.startsWith('@') ? seatNamed(w, name.slice(1)) : null;

	return who === null || (who !== undefined && reads(w, s, who.labelCell));
}

/*
 * Whoever reads the cell must be allowed to know the seats it names. Lists and audiences are told
 * to each reader without what it does not know.
 */
function mayName(w, col, row, v) {
	const names = col.type === 'seat' ? [v].filter((one) => one !== null)
		: col.type === 'seats' ? v : [];

	return names.every((name) => (!name.startsWith('@') || seatNamed(w, name.slice(1))) &&
		(col.id === AUDIENCE || w.seats.every((s) =>
			levelOf(w, s, col, row) === NONE || mayBeTold(w, s, name))));
}

/* Who does not see a whole list may not replace it; seats that have ended are nobody's any more. */
function seesWhole(w, actor, cell) {
	if (cell.col.type === 'list') {
		return same(valueFor(w, actor.bit, cell), cell.value);
	}
	const names = cell.col.type === 'seat' ? [cell.value ?? ''] : cell.value;

	return !['seat', 'seats'].includes(cell.col.type) || names.every((name) => {
		const s = name.startsWith('@') ? seatNamed(w, name.slice(1)) : null;
		return !s || !isLive(w, s) || knows(w, actor.bit, s);
	});
}

/* A change of the plan clears the assent to it. */
function touched(w, cell) {
	w.assent = w.assent && !cell.col.inPlan;
}

/* A social resource has another name now: so it has in every list, unless another is called so. */
function rename(w, cell, name) {
	const old = cell.value;

	if (old === '' || w.rowsOf.get('case.resources').some((r) =>
		r.cells.name !== cell && r.cells.name.value === old)) {
		return;
	}
	for (const c of w.cells.values()) {
		if (c.col.type === 'list' && c.value.includes(old)) {
			c.value = c.value.map((one) => (one === old ? name : one));
			touched(w, c);
		}
	}
}

/* ---- texts, registers, rows ----------------------------------------------------------------- */

const edit = {
	expected(w, actor, msg) {
		const cell = w.cells.get(msg.cell);

		return cell !== undefined && cell.col.type === 'text' &&
			mayWrite(w, actor, msg, cell.col, cell.row) && fitsColumn(w, cell.col, after(cell, msg));
	},
	apply(w, actor, msg) {
		const cell = w.cells.get(msg.cell);

		cell.value = after(cell, msg);
		touched(w, cell);
	},
};
const after = (cell, msg) => (msg.op === 'append' ? cell.value : '') + msg.text;

const STATUS = [['draft', 'checked', 'sup'], ['checked', 'draft', 'sup'], ['checked', 'draft', 'ps'],
	['checked', 'proposed', 'ps'], ['proposed', 'draft', 'ps'], ['proposed', 'provisional', 'ps'],
	['provisional', 'proposed', 'ps'], ['proposed', 'adopted', 'ps'], ['provisional', 'adopted', 'ps'],
	['adopted', 'superseded', 'ps']];

/* Status moves by transitions; adoption needs the person's assent. */
const mayMove = (w, by, from, to) => STATUS.some(([a, b, role]) => a === from && b === to &&
	role === by.role) && (to !== 'adopted' || w.assent);

const AUDIENCE = 'conf.agenda_items.audience';
const isAudience = (cell) => cell.col.id === AUDIENCE;

/* Could an item go on with exactly these? */
const gate = (w, set) => set !== 0 && (present(w) & ~set) === 0;

const setOf = (w, names) => names.reduce((set, name) => set | (seatNamed(w, name.slice(1))?.bit ?? 0), 0);

function mayBeAudience(w, actor, cell, v) {
	/* Seats alone, and such as one knows. */
	if (!v.every((name) => name.startsWith('@') && mayBeTold(w, actor, name))) {
		return false;
	}
	if (!cell.row || w.open?.row !== cell.row) {
		return true;
	}
	return actor.chair && gate(w, setOf(w, v));
}

const set = {
	expected(w, actor, msg) {
		const cell = w.cells.get(msg.cell);
		const v = msg.value;

		if (!cell || cell.col.type === 'text' || msg.stale || !fitsColumn(w, cell.col, v) ||
		    !mayWrite(w, actor, msg, cell.col, cell.row) || !mayName(w, cell.col, cell.row, v) ||
		    !seesWhole(w, actor, cell)) {
			return false;
		}
		if (cell.key === 'plan.status') {
			return mayMove(w, whose(w, actor, msg), cell.value, v);
		}
		/* No series goes over from the person's consent to a law, or back. */
		if (cell.key === 'conf.legal_basis' && (v === 'consent_based') === w.statutory) {
			return false;
		}
		return !isAudience(cell) || mayBeAudience(w, actor, cell, v);
	},
	apply(w, actor, msg) {
		const cell = w.cells.get(msg.cell);

		if (cell.col.id === 'case.resources.name') {
			rename(w, cell, msg.value);
		}
		cell.value = msg.value;
		touched(w, cell);
		if (isAudience(cell)) {
			share(w, cell.row);
			if (w.open?.row === cell.row && w.audience !== planned(w, w.open)) {
				begin(w, w.open);
			}
		}
	},
};

/* The segment a row of the minutes would be born in. */
function itemFor(w, msg) {
	return msg.to === undefined ? w.open
		: w.items.find((i) => i.row.name === msg.to && i.opened) ?? null;
}

function newRow(w, actor, msg) {
	const table = w.policy.tables.get(msg.table);
	const by = whose(w, actor, msg);

	if (!table || table.closed || by === null) {
		return null;
	}
	const row = {owner: by.bit, about: 0, shared: 0, audience: 0, cut: false, item: null};
	if (table.rowOwner) {
		row.owner = seatsIn(w, -1).filter((s) => s.role === table.rowOwner).reduce((a, s) => a | s.bit, 0);
	}
	if (table.inSegment) {
		const item = itemFor(w, msg);
		if (!item || ((actor.bit | by.bit) & ~item.audience) !== 0) {
			return null;
		}
		Object.assign(row, {audience: item.audience, cut: true, item: item.row.name});
	}
	return row;
}

const row = {
	expected(w, actor, msg) {
		const table = w.policy.tables.get(msg.table);
		const made = newRow(w, actor, msg);

		if (made === null || Object.keys(msg.cells).length === 0 ||
		    (table.rowOwner && whose(w, actor, msg).role !== table.rowOwner)) {
			return false;
		}
		return Object.entries(msg.cells).every(([name, v]) => {
			const col = table.cols.find((c) => c.name === name);
			return col && fitsColumn(w, col, v) && mayWrite(w, actor, msg, col, made) &&
				mayName(w, col, made, v) && (col.id !== AUDIENCE || mayBeAudience(w, actor, {row: null}, v));
		}) && table.cols.some((col) => mayWrite(w, actor, msg, col, made));
	},
	apply(w, actor, msg) {
		const made = addRow(w, msg.table, newRow(w, actor, msg), msg.cells);

		touched(w, Object.values(made.cells)[0]);
		if (msg.table === 'conf.agenda_items') {
			share(w, made);
		}
	},
};

/* ---- the agenda ----------------------------------------------------------------------------- */

const itemOf = (w, name) => w.items.find((i) => i.row.name === name);

/* Who is planned for it, and who sat in it. */
function share(w, agendaRow) {
	const item = w.items.find((i) => i.row === agendaRow);

	agendaRow.shared = planned(w, item) | item.seated;
}

/* A segment begins, for whom the item is planned now; who shares it knows each other. */
function begin(w, item) {
	if (w.open !== item) {
		w.openings++;
		w.since = w.now;
		w.paused = false;
	}
	w.begun = true;
	w.on = true;
	w.open = item;
	w.audience = planned(w, item);
	item.audience = w.audience;
	item.opened = true;
	item.seated |= w.audience;
	for (const party of w.rowsOf.get('party')) {
		if (party.owner & w.audience) {
			party.shared |= w.audience;
		}
	}
	share(w, item.row);
}

const knownItem = (w, actor, name) => {
	const item = itemOf(w, name);
	return item && reads(w, actor, item.row.cells.title) ? item : null;
};

const open = {
	expected(w, actor, msg) {
		const item = knownItem(w, actor, msg.row);

		return item !== null && actor.chair && gate(w, planned(w, item)) &&
			!(w.open === item && w.audience === planned(w, item));
	},
	apply(w, actor, msg) {
		const begins = !w.on;
		const item = itemOf(w, msg.row);

		begin(w, item);
		if (begins && has(w.audience, actor) && actor.at !== 'in') {
			mark(w, actor, 'in', actor.remote);
		}
	},
};

function closeItem(w) {
	w.open = null;
	w.paused = false;
}

const close = {
	expected: (w, actor, msg) => actor.chair && (msg.end ? w.on : w.open !== null),
	apply(w, actor, msg) {
		if (msg.end) {
			w.seats.filter((s) => s.at === 'in').forEach((s) => goOut(w, s));
			w.seats.forEach((s) => Object.assign(s, {at: '', left: false}));
			w.on = false;
		}
		closeItem(w);
	},
};

const order = {
	expected: (w, actor, msg) => actor.chair && knownItem(w, actor, msg.row) !== null &&
		(msg.to === undefined || (msg.to !== msg.row && knownItem(w, actor, msg.to) !== null)),
	apply(w, actor, msg) {
		const [moved] = w.items.splice(w.items.indexOf(itemOf(w, msg.row)), 1);
		const at = msg.to === undefined ? w.items.length : w.items.indexOf(itemOf(w, msg.to));
		w.items.splice(at, 0, moved);
	},
};

/* ---- coming and going ----------------------------------------------------------------------- */

function goOut(w, s) {
	s.stay.cells.out.value = clockOf(w.now);
}

function mark(w, s, at, line) {
	if (at === 'in') {
		s.stay = addRow(w, 'conf.attendance', {owner: s.bit}, {who: `@${s.id}`, in: clockOf(w.now)});
	} else if (at === 'out' && s.at === 'in') {
		goOut(w, s);
		s.left = true;
		s.leftOpenings = w.openings;
	}
	s.at = at === 'out' && !s.left ? '' : at;
	s.line = line;
}

const maySit = (w, s) => !w.on || has(w.audience, s);
const onLine = (s, msg) => (msg.place ? msg.place === 'line' : s.remote);
const waits = (w, actor, s, msg) => !actor.chair && (onLine(s, msg) || s.remote || s.left || !maySit(w, s));

const attend = {
	expected(w, actor, msg) {
		const s = msg.seat === undefined ? actor : seatNamed(w, msg.seat);

		if (!s || !serves(w, s) || (s !== actor && !(actor.chair && knows(w, actor.bit, s)))) {
			return false;
		}
		if (msg.what === 'out') {
			return s.at === 'in' || s.at === 'wait';
		}
		if (s.at === 'in' || (s.at === 'wait' && waits(w, actor, s, msg)) ||
		    (actor.chair && !maySit(w, s))) {
			return false;
		}
		return !(w.begun && !w.on) || hasFuture(w, s.bit);
	},
	apply(w, actor, msg) {
		const s = msg.seat === undefined ? actor : seatNamed(w, msg.seat);
		const at = msg.what === 'out' ? 'out' : waits(w, actor, s, msg) ? 'wait' : 'in';

		mark(w, s, at, onLine(s, msg));
	},
};

const pause = {
	expected(w, actor, msg) {
		const by = whose(w, actor, msg);

		return by !== null && (by.role === 'self' || (!msg.on && by === actor && actor.chair)) &&
			w.open !== null && !!msg.on !== w.paused;
	},
	apply(w, actor, msg) {
		if (!msg.on) {
			w.since += w.now - w.pause;
		}
		w.pause = w.now;
		w.paused = !!msg.on;
	},
};

/* ---- minutes -------------------------------------------------------------------------------- */

const assign = {
	expected(w, actor, msg) {
		const moved = w.rows.get(msg.row);
		const item = itemOf(w, msg.to);

		if (!moved?.cut || moved.table !== msg.table || !item?.opened || !actor.recorder ||
		    !Object.values(moved.cells).some((c) => reads(w, actor, c)) || !has(item.audience, actor) ||
		    !w.policy.tables.get(moved.table).inSegment) {
			return false;
		}
		return (moved.owner & ~item.audience) === 0 &&
			(!!msg.words || (item.audience & ~moved.audience) === 0);
	},
	apply(w, actor, msg) {
		const item = itemOf(w, msg.to);

		Object.assign(w.rows.get(msg.row), {audience: item.audience, item: item.row.name});
	},
};

/* ---- rights --------------------------------------------------------------------------------- */

const METHODS = {own: '画面', oral: '口頭', dictated: '代筆', paper: '書面'};

function untilOf(w, msg) {
	return isDay(msg.until) ? dayStart(msg.until) + DAY : NaN;
}

const grant = {
	expected(w, actor, msg) {
		const by = whose(w, actor, msg);
		const to = seatNamed(w, msg.seat);
		const until = untilOf(w, msg);

		if (by?.role !== 'self' || !to || to === by || to.role === 'self' ||
		    !knows(w, by.bit, to) || !knows(w, actor.bit, to) || !(until > w.now) ||
		    until > w.now + 3 * 366 * DAY || !Array.isArray(msg.value) || msg.value.length === 0) {
			return false;
		}
		return msg.value.every((name) => (w.policy.matrix.has(name) || w.policy.cols.has(name)) &&
			w.policy.matrix.get(classOf(w.policy, name).cls)[to.role] === 'n+');
	},
	apply(w, actor, msg) {
		const by = whose(w, actor, msg);
		const to = seatNamed(w, msg.seat);
		const made = addRow(w, 'consent', {owner: by.bit, about: to.bit}, {
			to: `@${to.id}`, scope: msg.value, level: 'read', given_on: dayOf(w.now), until: msg.until,
			method: METHODS[msg.method ?? 'own'], note: msg.words ?? '',
		});

		addGrants(w, made, msg.value, to.bit, {own: false, from: w.now, until: untilOf(w, msg)});
	},
};

const withdraw = {
	expected(w, actor, msg) {
		const by = whose(w, actor, msg);
		const cell = w.rows.get(msg.row)?.cells.withdrawal;

		return by !== null && cell !== undefined && levelOf(w, by, cell.col, cell.row) === WRITE &&
			(by === actor || reads(w, actor, cell)) && cell.value === '' && msg.words !== '';
	},
	apply(w, actor, msg) {
		const taken = w.rows.get(msg.row);

		taken.cells.withdrawal.value = msg.words;
		w.grants.filter((g) => g.row === taken && g.until > w.now).forEach((g) => { g.until = w.now; });
	},
};

const bar = {
	expected(w, actor, msg) {
		const s = seatNamed(w, msg.seat);

		return actor.chair && s !== undefined && s !== actor && reads(w, actor, s.labelCell) &&
			!!msg.on !== s.barred;
	},
	apply(w, actor, msg) {
		const s = seatNamed(w, msg.seat);

		if (msg.on && (s.at === 'in' || s.at === 'wait')) {
			mark(w, s, 'out', s.line);
		}
		s.barred = !!msg.on;
	},
};

const deny = {
	expected(w, actor, msg) {
		const s = seatNamed(w, msg.seat);
		const about = seatNamed(w, msg.about);

		return actor.chair && s !== undefined && about !== undefined && s !== actor && s !== about &&
			reads(w, actor, s.labelCell) && reads(w, actor, about.labelCell) &&
			!!msg.on !== has(s.denied, about);
	},
	apply(w, actor, msg) {
		seatNamed(w, msg.seat).denied ^= seatNamed(w, msg.about).bit;
	},
};

const assent = {
	expected(w, actor, msg) {
		const by = whose(w, actor, msg);
		const status = w.cells.get('plan.status').value;

		return by?.role === 'self' && ['proposed', 'provisional'].includes(status);
	},
	apply(w) {
		w.assent = true;
	},
};

/* ---- an act --------------------------------------------------------------------------------- */

const ACTS = {edit, set, row, open, close, order, attend, pause, assign, grant, withdraw, bar, deny, assent};

/* What lapses with time needs no list: everything asks `now`. */
export function pass(w, at) {
	w.now = Math.max(w.now, at);
}

/* Is it taken? `act.msg.t` may also be join, leave, time or restart. */
export function expectAct(w, act) {
	const actor = seatNamed(w, act.seat);

	pass(w, act.at);
	if (['time', 'leave', 'restart'].includes(act.msg.t)) {
		return true;
	}
	if (!actor || !serves(w, actor)) {
		return false;
	}
	return act.msg.t === 'join' || ACTS[act.msg.t].expected(w, actor, act.msg);
}

export function applyAct(w, act) {
	ACTS[act.msg.t]?.apply(w, seatNamed(w, act.seat), act.msg);
	w.fresh++;
}
