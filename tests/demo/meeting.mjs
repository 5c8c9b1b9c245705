/*
 * The meeting as it was told to everybody, frame by frame: who may know that others are there, what an
 * outsider's agenda may say, what the board may show, and whether the record of comings and goings is
 * what was played.
 */
import fs from 'node:fs';
import path from 'node:path';
import {ROOT} from '../support/server.mjs';
import {LETTERS, MARK} from './canary.mjs';
import {keyForbidden, keysOf, mayReadCanary} from './leaks.mjs';
import {clockOf, seatRole} from './times.mjs';

const BEFORE = {begun: false, over: false, audience: new Set(), inside: new Set()};

/* ---- attendance ------------------------------------------------------------------------------------ */

/* -> Map row -> {who, in, out}: every column as the first who sees it does */
function attendanceRows(views) {
	const rows = new Map();

	for (const view of views.values()) {
		for (const [key, cell] of view.cells ?? []) {
			const [table, row, name] = key.split('/');
			if (table === 'conf.attendance') {
				const known = rows.get(row) ?? {};
				rows.set(row, {...known, [name]: known[name] || cell.x});
			}
		}
	}
	return rows;
}

/* Of such a row read only its seat, and roles that read all of them. -> Map row key -> parties */
export function attendanceReaders({file, policy, views, wires}) {
	const mark = (p) => policy.matrix.get('conf.attendance')?.get(seatRole(p));

	return new Map([...attendanceRows(views)].map(([row, {who}]) => [`conf.attendance/${row}`,
		new Set(file.parties.filter((p) => wires.get(p.id) === who || ['r', 'w', 'rw*'].includes(mark(p)))
			.map((p) => p.id))]));
}

function fits(text, span) {
	return span === null ? !text : text >= clockOf(span.low) && text <= clockOf(span.high);
}

/* The rows of the record against what was played. -> {held, lines} */
export function attendanceProblems({hall, views, wires, plant}) {
	const rows = [...attendanceRows(views).values()];
	const lines = [];
	let held = 0;

	if (plant && rows.length > 0) {
		rows[0].in = rows[0].in === '23:59' ? '00:00' : '23:59';
	}
	for (const [id, wire] of wires) {
		const played = hall.attendance.filter((a) => a.party === id);
		const kept = rows.filter((r) => r.who === wire).sort((a, b) => (a.in < b.in ? -1 : 1));
		if (played.length !== kept.length) {
			lines.push(`${id}: came ${played.length} times, the record has ${kept.length}`);
			continue;
		}
		for (const [i, p] of played.entries()) {
			const bad = ['in', 'out'].filter((what) => !fits(kept[i][what], p[what]));
			held += bad.length === 0 ? 1 : 0;
			lines.push(...bad.map((what) => `${id}: ${what} is kept as "${kept[i][what] ?? ''}", played was ` +
				`${p[what] ? `${clockOf(p[what].low)} to ${clockOf(p[what].high)}` : 'never'}`));
		}
	}
	const strange = rows.filter((r) => ![...wires.values()].includes(r.who));
	lines.push(...strange.map((r) => `an attendance of nobody: ${JSON.stringify(r)}`));
	return {held, lines};
}

/* ---- stretches of what came to one connection ---------------------------------------------------- */

/* While a change was under way a frame may belong to the time before or after it. */
function stretches(turns, id, total) {
	const list = [];
	let pos = 0;
	let state = BEFORE;

	for (const turn of turns) {
		const [from, to] = [turn.from.get(id), turn.to.get(id)];
		list.push({from: pos, to: from, states: [state]}, {from, to, states: [state, turn.state]});
		pos = to;
		({state} = turn);
	}
	return [...list, {from: pos, to: total, states: [state]}];
}

/* ---- presence and agenda --------------------------------------------------------------------------- */

function officialRoles(dir = process.env.ROKUSHA_SCHEMA ?? path.join(ROOT, 'schema')) {
	const {roles} = JSON.parse(fs.readFileSync(path.join(dir, 'roles.json'), 'utf8'));

	return new Set(roles.filter((r) => r.official).map((r) => r.id));
}

/* May this party know who is there? While the meeting goes on its audience and the chair. */
function knowsPresence(party, state, official) {
	return state.begun && !state.over
		? state.audience.has(party.id) || (party.functions ?? []).includes('chair')
		: !party.guest && (official.has(party.role) || party.role === 'self');
}

/* What a frame says of others' being there. */
function presenceIn(frame, own) {
	if (frame.t === 'here') {
		return frame.seat === own ? [] : [`presence of ${frame.seat} in ${frame.cell ?? 'no cell'}`];
	}
	const seats = frame.t === 'snap' || frame.t === 'seats' ? frame.seats : [];
	return seats.filter((s) => s.seat !== own && (s.here || s.at !== undefined))
		.map((s) => `that ${s.seat} is ${s.at ?? 'there'}`);
}

/* Who waits at the door is the chair's to know. */
function waitingIn(frame, own) {
	const seats = frame.t === 'snap' || frame.t === 'seats' ? frame.seats : [];

	return seats.filter((s) => s.seat !== own && s.at === 'wait').map((s) => `that ${s.seat} waits`);
}

/* What no state of the meeting may say to its reader. */
function meetProblems(meet, mayReadItem) {
	const lines = (meet.agenda ?? []).filter((i) => !mayReadItem(i.row)).map((i) => `agenda item ${i.row}`);

	if (meet.phase !== 'in') {
		const told = [meet.item && 'the open item', meet.pause !== undefined && 'a pause',
			(meet.agenda ?? []).some((i) => i.from !== undefined || i.to !== undefined) && 'times of items',
			(meet.agenda ?? []).some((i) => i.state === 'now') && 'an item as open'].filter(Boolean);
		lines.push(...told.map((what) => `${what} in phase ${meet.phase}`));
	}
	return lines;
}

/* A frame that repeats the last of its kind tells that something happened elsewhere. */
function repeated(frame, last) {
	const text = JSON.stringify(frame);

	if (frame.t === 'snap') {
		last.set('meet', JSON.stringify({t: 'meet', meet: frame.meet}));
		last.set('seats', JSON.stringify({t: 'seats', seats: frame.seats}));
	}
	if (frame.t !== 'meet' && frame.t !== 'seats') {
		return false;
	}
	const again = last.get(frame.t) === text;
	last.set(frame.t, text);
	return again;
}

/* ctx: {hall, stage, file, policy, form, rows, wires, party} -> [line] what was told and should not be */
export function meetingLeaks(ctx) {
	const {hall, stage, party, wires, rows} = ctx;
	const frames = [...stage.party(party.id)?.frames ?? []];
	const official = officialRoles();
	const own = wires.get(party.id)?.slice(1);
	const leads = (party.functions ?? []).includes('chair');
	const lines = new Set();
	const last = new Map();
	const mayReadItem = (row) => rows.get(`conf.agenda_items/${row}`)?.has(party.id);

	for (const {from, to, states} of stretches(hall.turns, party.id, frames.length)) {
		const knows = states.some((s) => knowsPresence(party, s, official));
		for (const {frame} of frames.slice(from, to)) {
			(knows ? [] : presenceIn(frame, own)).forEach((l) => lines.add(l));
			(leads ? [] : waitingIn(frame, own)).forEach((l) => lines.add(l));
			(frame.meet ? meetProblems(frame.meet, mayReadItem) : []).forEach((l) => lines.add(l));
			if (repeated(frame, last)) {
				lines.add(`a frame "${frame.t}" that says nothing new`);
			}
		}
	}
	return [...lines];
}

/*
 * The planted fault: somebody who has left, and is in no later audience, is told of another's caret. False
 * when nobody's page stayed open.
 */
export function plantAfterLeaving({hall, stage, wires, chair}) {
	const open = hall.turns.at(-1);
	const gone = hall.attendance.find((a) => stage.party(a.party)?.room !== null && a.out && open &&
		!open.state.audience.has(a.party));

	if (!gone) {
		return false;
	}
	const {frames} = stage.party(gone.party);
	frames.splice(open.from.get(gone.party), 0, {at: 0, frame: {t: 'here', seat: wires.get(chair).slice(1),
		cell: 'pplan.message', at: null}});
	open.from.set(gone.party, open.from.get(gone.party) + 1);
	open.to.set(gone.party, open.to.get(gone.party) + 1);
	return true;
}

/* ---- the board ---------------------------------------------------------------------------------------- */

const tokensOf = (frame) => JSON.stringify(frame).match(new RegExp(`${MARK}[a-z]{${LETTERS}}`, 'g')) ?? [];
const CONTENT = new Set(['snap', 'cells', 'mode', 'edit', 'set', 'here', 'reach']);

/* What the board was sent that somebody then present may never read, or that came to an empty room. */
export function boardLeaks(ctx) {
	const {hall, stage, file, policy, form, canaries} = ctx;
	const {frames} = stage.board;
	const byToken = new Map(canaries.map((c) => [c.token, c]));
	const party = (id) => file.parties.find((p) => p.id === id);
	const lines = new Set();
	const known = new Map();
	const remember = (name, make) => {
		if (!known.has(name)) {
			known.set(name, make());
		}
		return known.get(name);
	};
	const all = (state, what, may) => state.inside.size > 0 && [...state.inside].every((id) =>
		remember(`${id} ${what}`, () => may(party(id))));

	const reads = (row, s) => all(s, row, (p) => ctx.rows.get(`conf.agenda_items/${row}`)?.has(p.id));

	for (const {from, to, states} of stretches(hall.boardTurns, 'board', frames.length)) {
		for (const {frame} of frames.slice(from, to)) {
			(frame.meet ? meetProblems(frame.meet, (row) => states.some((s) => reads(row, s))) : [])
				.forEach((line) => lines.add(line));
			const keys = CONTENT.has(frame.t) ? keysOf(frame) : [];
			const forbidden = [
				...keys.filter((key) => !states.some((s) => all(s, key, (p) => !keyForbidden(ctx, p, key)))),
				...tokensOf(frame).filter((t) => !states.some((s) => all(s, t, (p) => byToken.has(t) &&
					mayReadCanary(file, policy, form, p, byToken.get(t)))))
					.map((t) => `${byToken.get(t)?.cls} (${byToken.get(t)?.where})`)];
			forbidden.forEach((what) => lines.add(`${what} in "${frame.t}"`));
		}
	}
	return [...lines];
}
