/*
 * A random script for a random case: acts {seat, at, msg} in outside names, legal and illegal ones.
 * The oracle is asked what would be taken, so that most acts are; what is refused stays in too.
 */
import {applyAct, expectAct} from './oracle_acts.mjs';
import {dayOf, importCase} from './oracle_case.mjs';
import {NONE, READ, WRITE, levelFor, levelOf, planned, serves} from './oracle_rights.mjs';
import {line, text} from './generate.mjs';

const DAY = 24 * 3600 * 1000;
const MINUTE = 60 * 1000;
const METHODS = ['oral', 'dictated', 'paper'];

/* ---- values --------------------------------------------------------------------------------- */

const anySeat = (g) => g.d.of(g.w.seats).id;
const someSeats = (g, p) => g.d.some(g.w.seats, p).map((s) => `@${s.id}`);

/* Of its kind; now and then of none. */
function valueFor(g, col) {
	const {d, w} = g;

	if (d.chance(0.05)) {
		return d.of([null, 'x\u0001y', -1, 'no such word', [], true, 'k\nq', '2026-02-30', 99999]);
	}
	switch (col.type) {
	case 'text': return col.max ? line(d) : text(d);
	case 'line': return line(d);
	case 'date': return d.chance(0.1) ? null : dayOf(w.now + d.upTo(100) * DAY);
	case 'enum': return d.of(Object.keys(w.policy.enums[col.enum]));
	case 'int': return col.min + d.upTo(Math.min(col.most - col.min, 9) + 1);
	case 'bool': return d.chance(0.5);
	case 'seat': return d.chance(0.1) ? null : `@${anySeat(g)}`;
	case 'seats': return d.chance(0.3) ? [...someSeats(g, 0.2), line(d)] : someSeats(g, 0.3);
	default: return listFor(g);
	}
}

function listFor(g) {
	const {d, w} = g;
	const names = w.rowsOf.get('case.resources').map((r) => r.cells.name.value)
		.filter((name) => name !== '');

	return d.times(3, () => (names.length > 0 && d.chance(0.5) ? d.of(names)
		: d.chance(0.5) ? line(d) : d.of([...w.policy.matrix.keys()])));
}

/* ---- who does it ---------------------------------------------------------------------------- */

const chair = (g) => (g.d.chance(0.1) ? null : g.w.seats.find((s) => s.chair && serves(g.w, s)));
const person = (g) => (g.d.chance(0.1) ? null : g.w.seats.find((s) => s.role === 'self'));

/* As oneself, or now and then as a scribe for somebody. */
function scribe(g, actor, msg, other) {
	if (g.d.chance(0.12)) {
		msg.for = other ?? anySeat(g);
		msg.method = g.d.chance(0.9) ? g.d.of(METHODS) : 'own';
	} else if (other !== undefined && other !== actor.id && g.d.chance(0.8)) {
		msg.for = other;
		msg.method = g.d.of(METHODS);
	}
	if (msg.for === actor.id) {
		delete msg.for;
		delete msg.method;
	}
	return msg;
}

/* A cell the seat may write, or now and then any. */
function cellOf(g, actor, isText) {
	const all = [...g.w.cells.values()].filter((c) => (c.col.type === 'text') === isText);
	const from = g.d.upTo(all.length);
	const want = g.d.chance(0.85) ? WRITE : READ;

	for (let i = 0; g.d.chance(0.98) && i < all.length; i++) {
		const cell = all[(from + i) % all.length];
		if (!cell.col.closed && levelOf(g.w, actor, cell.col, cell.row) === want) {
			return cell;
		}
	}
	return all[from];
}

/* ---- acts: (g, actor) -> msg, or null ------------------------------------------------------- */

const anyItem = (g) => g.d.of(g.w.items);
const refs = (g, table) => g.w.rowsOf.get(table).map((r) => r.name);

function edit(g, actor) {
	const cell = cellOf(g, actor, true);
	const owner = cell.col.owner ?? g.w.policy.tables.get(cell.col.table)?.rowOwner;
	const other = owner && actor.role !== owner && (actor.chair || actor.recorder)
		? g.w.seats.find((s) => s.role === owner)?.id : undefined;

	return scribe(g, actor, {t: 'edit', cell: cell.key, op: g.d.chance(0.4) ? 'append' : 'replace',
		text: cell.col.max ? line(g.d) : text(g.d)}, other);
}

function set(g, actor) {
	const cell = cellOf(g, actor, false);
	const msg = {t: 'set', cell: cell.key, value: valueFor(g, cell.col)};

	if (g.d.chance(0.05)) {
		msg.stale = true;
	}
	return scribe(g, actor, msg);
}

const STATUS = ['draft', 'checked', 'proposed', 'provisional', 'adopted', 'superseded'];

const status = (g) => ({t: 'set', cell: 'plan.status', value: g.d.of(STATUS)});

function audience(g) {
	const item = g.w.open && g.d.chance(0.5) ? g.w.open : anyItem(g);

	return {t: 'set', cell: `${item.row.name}/audience`, value: someSeats(g, 0.7)};
}

function times(g) {
	return g.d.chance(0.3) ? {t: 'set', cell: 'conf.schedule.start', value: g.d.of(['09:15', '13:00', ''])}
		: {t: 'set', cell: `${anyItem(g).row.name}/minutes`, value: g.d.upTo(60)};
}

/* Mostly one that lists name. */
function rename(g) {
	const all = g.w.rowsOf.get('case.resources');
	const lists = [...g.w.cells.values()].filter((c) => c.col.type === 'list').flatMap((c) => c.value);
	const named = all.filter((r) => lists.includes(r.cells.name.value));
	const rows = named.length > 0 && g.d.chance(0.8) ? named : all;

	return rows.length === 0 ? null
		: {t: 'set', cell: `${g.d.of(rows).name}/name`, value: line(g.d)};
}

function row(g, actor) {
	const tables = [...g.w.policy.tables.values()];
	const minutes = tables.filter((t) => t.inSegment);
	const table = g.d.chance(0.5) ? g.d.of(minutes) : g.d.of(tables);
	const msg = {t: 'row', table: table.id, cells: {}};

	for (const col of g.d.some(table.cols, 0.5)) {
		msg.cells[col.name] = valueFor(g, col);
	}
	if (table.inSegment && (!g.w.open || g.d.chance(0.3))) {
		msg.to = anyItem(g).row.name;
	}
	return scribe(g, actor, msg, table.rowOwner
		? g.w.seats.find((s) => s.role === table.rowOwner)?.id : undefined);
}

function open(g) {
	const items = g.w.items;
	const from = g.d.upTo(items.length);

	return {t: 'open', row: items[from].row.name};
}

function attend(g, actor) {
	const s = g.d.chance(0.5) ? actor : g.d.of(g.w.seats);
	const inside = s.at === 'in' || s.at === 'wait';
	const msg = {t: 'attend', what: inside !== g.d.chance(0.8) ? 'out' : 'in'};

	if (s !== actor || g.d.chance(0.3)) {
		msg.seat = s.id;
	}
	if (g.d.chance(0.3)) {
		msg.place = g.d.of(['room', 'line']);
	}
	return msg;
}

/* Somebody who has to go before an item opens. */
function makeRoom(g) {
	const item = anyItem(g);
	const over = g.w.seats.find((s) => s.at === 'in' && (planned(g.w, item) & s.bit) === 0);

	return over ? {t: 'attend', what: 'out', seat: over.id} : {t: 'open', row: item.row.name};
}

function assign(g) {
	const rows = [...g.w.rows.values()].filter((r) => r.cut && r.table.startsWith('min.'));
	const moved = rows.length > 0 ? g.d.of(rows) : g.w.rowsOf.get('party')[0];
	const msg = {t: 'assign', table: moved.table, row: moved.name, to: anyItem(g).row.name};

	if (g.d.chance(0.6)) {
		msg.words = line(g.d);
	}
	return msg;
}

function grant(g, actor) {
	const {d, w} = g;
	const to = d.of(w.seats);
	const all = [...w.policy.matrix.keys()];
	const fit = all.filter((cls) => w.policy.matrix.get(cls)[to.role] === 'n+');
	const value = Array.from({length: 1 + d.upTo(3)}, () => {
		const cls = fit.length > 0 && d.chance(0.9) ? d.of(fit) : d.of(all);
		return d.chance(0.3) ? [...w.policy.cols.values()].find((c) => c.cls === cls)?.id ?? cls : cls;
	});
	const msg = {t: 'grant', seat: to.id, value: [...new Set(value)],
		until: dayOf(w.now + (d.chance(0.1) ? d.upTo(3000) - 1500 : d.upTo(4)) * DAY)};

	if (d.chance(0.5)) {
		msg.words = line(d);
	}
	return scribe(g, actor, msg, w.seats.find((s) => s.role === 'self')?.id);
}

function withdraw(g, actor) {
	const rows = refs(g, 'consent');

	return rows.length === 0 ? null : scribe(g, actor, {t: 'withdraw', row: g.d.of(rows), words: line(g.d)},
		g.w.seats.find((s) => s.role === 'self')?.id);
}

function bar(g) {
	const s = g.d.of(g.w.seats);

	return {t: 'bar', seat: s.id, on: s.barred === g.d.chance(0.9) ? 0 : 1};
}

function deny(g) {
	const [s, about] = [g.d.of(g.w.seats), g.d.of(g.w.seats)];

	return {t: 'deny', seat: s.id, about: about.id,
		on: ((s.denied & about.bit) !== 0) === g.d.chance(0.9) ? 0 : 1};
}

function order(g) {
	const msg = {t: 'order', row: anyItem(g).row.name};

	return g.d.chance(0.5) ? msg : {...msg, to: anyItem(g).row.name};
}

const close = (g) => ({t: 'close', ...(g.d.chance(0.3) ? {end: g.d.chance(0.7) ? 1 : 0} : {})});
const pause = (g, actor) => scribe(g, actor, {t: 'pause', on: g.w.paused === g.d.chance(0.9) ? 0 : 1},
	g.w.seats.find((s) => s.role === 'self')?.id);
const assent = (g, actor) => scribe(g, actor, {t: 'assent'},
	g.w.seats.find((s) => s.role === 'self')?.id);

/* ---- what must not be: drawn as it is, whatever the oracle says ----------------------------- */

const self = (g) => g.w.seats.find((s) => s.role === 'self');

/* Somebody this seat may not know; else anybody. */
function stranger(g, actor) {
	const all = g.w.seats.filter((s) => s !== actor && levelFor(g.w, actor.bit, s.labelCell) === NONE);

	return all.length > 0 ? g.d.of(all) : g.d.of(g.w.seats);
}

function adoptUnasked(g) {
	return {t: 'set', cell: 'plan.status', value: 'adopted'};
}

function grantStranger(g, actor) {
	const to = stranger(g, actor);
	const fit = [...g.w.policy.matrix.keys()].filter((c) => g.w.policy.matrix.get(c)[to.role] === 'n+');

	return fit.length === 0 ? null
		: {t: 'grant', seat: to.id, value: [g.d.of(fit)], until: dayOf(g.w.now + DAY)};
}

function forStranger(g, actor) {
	const other = stranger(g, actor);
	const acts = [{t: 'row', table: 'mon.incident', cells: {text: line(g.d)}}, edit(g, actor)];

	return {...g.d.of(acts), for: other.id, method: g.d.of(METHODS)};
}

const leadStranger = (g, actor) => ({t: 'attend', what: g.d.of(['in', 'out']), seat: stranger(g, actor).id});

/* A cell it reads, or does not even see. */
function writeForeign(g, actor) {
	const want = g.d.of([NONE, READ]);
	const all = [...g.w.cells.values()].filter((c) => levelOf(g.w, actor, c.col, c.row) === want);

	if (all.length === 0) {
		return null;
	}
	const cell = g.d.of(all);
	return cell.col.type === 'text' ? {t: 'edit', cell: cell.key, op: 'append', text: line(g.d)}
		: {t: 'set', cell: cell.key, value: valueFor(g, cell.col)};
}

const DARING = [[adoptUnasked, (g) => g.w.seats.find((s) => s.role === 'ps')], [grantStranger, self],
	[forStranger, (g) => g.d.of(g.w.seats.filter((s) => s.chair || s.recorder))],
	[leadStranger, chair], [writeForeign], [assign], [withdraw]];

function daring(g) {
	const [make, who] = g.d.of(DARING);
	const actor = who?.(g) || g.d.of(g.w.seats);
	const msg = make(g, actor);

	return msg && {seat: actor.id, at: g.at, msg};
}

/* ---- a few acts that belong together: makers, drawn one after the other as they are --------- */

const by = (s, make) => (g) => s && {seat: s.id, at: g.at, msg: make(g, s)};
const ofRole = (g, role) => g.w.seats.find((s) => s.role === role && serves(g.w, s));

/* The person agrees; something happens to the plan, or to the server; it is adopted, or may not be. */
function adoption(g) {
	const ps = ofRole(g, 'ps');
	const area = g.d.of(g.w.policy.areas);
	const between = [
		() => ({t: 'edit', cell: 'plan.overall_goal', op: 'append', text: line(g.d)}),
		() => ({t: 'row', table: `plan.${area}.parts`, cells: {what: line(g.d)}}),
		() => ({t: 'restart'}), () => ({t: 'time'}),
		...Array(3).fill(() => rename(g) ?? {t: 'time'}),
	];

	const names = g.w.rowsOf.get('case.resources').map((r) => r.cells.name.value).filter((n) => n !== '');

	const status = g.w.cells.get('plan.status').value;
	const first = status === 'checked' ? [by(ps, () => ({t: 'set', cell: 'plan.status', value: 'proposed'}))]
		: [];

	return [...first, by(ps, () => ({t: 'set', cell: `plan.${area}.action.resource_ids`, value: names})),
		by(ofRole(g, 'self'), () => ({t: 'assent'})), by(ps, g.d.of(between)),
		by(ps, () => ({t: 'set', cell: 'plan.status', value: 'adopted'}))];
}

/* A recorder who must not learn of the writer moves the row, then one who may. */
function moving(g) {
	const [writer, recorder] = [g.d.of(g.w.seats), g.d.of(g.w.seats.filter((s) => s.recorder))];
	const chaired = g.w.seats.find((s) => s.chair && s !== recorder);
	const move = () => ({t: 'assign', table: 'min.dissent', row: refs(g, 'min.dissent').at(-1),
		to: g.d.of(g.w.items).row.name, words: line(g.d)});

	if (!recorder) {
		return [];
	}
	return [by(writer, () => ({t: 'row', table: 'min.dissent', cells: {text: line(g.d)}})),
		by(chaired, () => ({t: 'deny', seat: recorder.id, about: writer.id, on: 1})),
		(now) => (refs(now, 'min.dissent').length > 0 ? by(recorder, move)(now) : null)];
}

/* Given, and then the moment at which it ends. */
function lapsing(g) {
	return [by(ofRole(g, 'self'), (now, s) => grant(now, s)), by(ofRole(g, 'ps'), () => ({t: 'restart'})),
		(now) => {
			now.at += atBoundary(now);
			return by(now.d.of(now.w.seats), () => ({t: 'time'}))(now);
		}];
}

/* An item is closed, and opened again at once. */
function again(g) {
	const chaired = chair(g);
	const item = g.w.open ?? anyItem(g);
	const reopen = () => ({t: 'open', row: item.row.name});

	return [by(chaired, reopen), by(chaired, () => ({t: 'close'})), by(chaired, reopen)];
}

const EPISODES = [adoption, adoption, moving, lapsing, again];

/* A plan on its way. */
function onward(g) {
	const next = {draft: 'checked', checked: 'proposed', adopted: 'superseded'};

	return {t: 'set', cell: 'plan.status',
		value: next[g.w.cells.get('plan.status').value] ?? g.d.of(STATUS)};
}

const ACTS = [
	[open, 10, chair], [makeRoom, 5, chair], [close, 4, chair], [attend, 14], [attend, 10, chair],
	[edit, 16], [set, 14], [row, 18], [status, 5], [audience, 5, chair], [times, 2, chair],
	[onward, 3], [rename, 2], [assign, 5], [grant, 8, person], [withdraw, 5, person], [bar, 3, chair],
	[deny, 4, chair], [order, 3, chair], [pause, 4, person], [assent, 5, person],
	[() => ({t: 'join'}), 1], [() => ({t: 'leave'}), 2], [() => ({t: 'time'}), 3],
	[() => ({t: 'restart'}), 2],
];
const TOTAL = ACTS.reduce((sum, a) => sum + a[1], 0);

function draw(g) {
	let n = g.d.upTo(TOTAL);
	const [make, , who] = ACTS.find((a) => (n -= a[1]) < 0);
	const actor = (who && who(g)) || g.d.of(g.w.seats);
	const msg = make(g, actor);

	return msg && {seat: actor.id, at: g.at, msg};
}

/* Just before, at, or just after the next moment at which time changes a right. */
function atBoundary(g) {
	const {w, d} = g;
	const ends = [...w.grants, ...w.seats, ...w.rowsOf.get('consent')].flatMap((o) => [o.from, o.until])
		.filter((at) => at > g.at + 1 && at < g.at + 400 * DAY);

	return ends.length === 0 ? 0 : Math.min(...d.some(ends, 0.7), ...ends.slice(0, 1)) - g.at + d.upTo(3) - 1;
}

/* Now and then it takes days, and what was given runs out. */
function wait(g) {
	const {d} = g;

	if (d.chance(0.06)) {
		return atBoundary(g);
	}
	return d.chance(0.04) ? d.upTo(40) * DAY : d.chance(0.05) ? d.upTo(12) * 60 * MINUTE
		: d.upTo(3 * MINUTE);
}

/* Often around the moment at which some consent ends. */
function endOf(g) {
	const ends = [...g.w.grants.map((o) => o.until), ...g.w.rowsOf.get('consent').map((o) => o.from)].filter((at) => at > g.at + 1 && at < g.at + 1000 * DAY);

	if (ends.length > 0 && g.d.chance(0.6)) {
		return g.d.of(ends) + g.d.upTo(3) - 1;
	}
	return g.at + (g.d.chance(0.3) ? atBoundary(g) : g.d.chance(0.2) ? g.d.upTo(60) * DAY : 0);
}

/* Mostly one that will be taken. */
function likely(g) {
	let act = null;

	for (let tries = g.d.chance(0.85) ? 8 : 1; tries > 0; tries--) {
		act = draw(g) ?? act;
		if (act !== null && expectAct(g.w, act)) {
			return act;
		}
	}
	return act;
}

export function generateScript(policy, made) {
	const d = made.dice;
	const w = importCase(policy, made.case, made.options.now, made.options.series);
	const g = {d, w, at: made.options.now};
	const script = [];
	const queue = [];
	const length = d.chance(0.1) ? 0 : 10 + d.upTo(50);

	while (script.length < length) {
		g.at += queue.length > 0 && d.chance(0.6) ? 0 : wait(g);
		w.now = Math.max(w.now, g.at);
		if (queue.length === 0 && d.chance(0.06)) {
			queue.push(...d.of(EPISODES)(g));
		}
		const act = queue.length > 0 ? queue.shift()(g) : d.chance(0.1) ? daring(g) : likely(g);
		if (act) {
			script.push({...act, at: g.at});
			if (expectAct(w, act)) {
				applyAct(w, act);
			}
		}
	}
	return {script, end: endOf(g)};
}
