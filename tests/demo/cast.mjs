/* Who takes part in the meeting of a case file, when, and in which agenda items. */
import {dayStart, meetingStart, seatRole, timeOf} from './times.mjs';

const DAY_MS = 24 * 3600 * 1000;

export const seconds = (t) => t.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);

/* A seat is held from its first to its last day, both included. */
export function heldAt(party, at) {
	return (!party.from || at >= dayStart(party.from)) &&
		(!party.until || at < dayStart(party.until) + DAY_MS);
}

/* The parties whose screens an item is for: its roles, narrowed where a role has several seats. */
export function audienceOf(file, holder) {
	const roles = holder?.audience ?? [];
	const named = holder?.audience_parties ?? {};
	const isIn = (p) => roles.some((role) => (role === 'rec'
		? p.role === 'rec' || (p.functions ?? []).includes('recorder')
		: role === p.role || role === seatRole(p)) && (!named[role] || named[role].includes(p.id)));

	/* Who came later, or had gone, was not there that day. */
	return new Set(file.parties.filter((p) => heldAt(p, dayStart(file.conference.held_on)) && isIn(p))
		.map((p) => p.id));
}

export const itemOf = (file, no) => (file.conference.agenda ?? []).find((i) => i.item_no === no);

/*
 * The item with the fewest seats that has the person and those `ids`: where words without an item
 * go. The person's absence from the agenda leaves it without one.
 */
export function narrowestWith(file, ids = []) {
	const fits = (item) => (item.audience ?? []).includes('self') &&
		ids.every((id) => audienceOf(file, item).has(id));

	return (file.conference.agenda ?? []).filter(fits)
		.sort((a, b) => audienceOf(file, a).size - audienceOf(file, b).size)[0] ?? null;
}

/* The item whose rows are a party's signature's: of those it was in the one with the fewest seats. */
export function signingItem(file, id) {
	return (file.conference.agenda ?? []).filter((item) => audienceOf(file, item).has(id))
		.sort((a, b) => audienceOf(file, a).size - audienceOf(file, b).size)[0] ?? null;
}

/* Who sits in the seat of this same person later on: consents to a party go with the person. */
export function samePersonLater(file, ids) {
	const seats = new Set(ids);
	const follows = (p) => p.promoted_from && [...seats].some((id) => p.same_person_as === id &&
		[id, file.parties.find((q) => q.id === id)?.role].includes(p.promoted_from));

	for (let size = -1; size !== seats.size;) {
		size = seats.size;
		file.parties.filter(follows).forEach((p) => seats.add(p.id));
	}
	return [...seats];
}

const duty = (file, name) => file.parties.filter((p) => (p.functions ?? []).includes(name) ||
	(name === 'recorder' && p.role === 'rec'));

/* Who writes a correction: whoever it is by, where that one keeps the minutes; else who does. */
export function correctorOf(file, correction) {
	const keepers = duty(file, 'recorder').map((p) => p.id);

	return keepers.includes(correction.by) ? correction.by : keepers[0] ?? correction.by;
}

/* A correction stands beside what it corrects; one of the minutes as a whole goes where few read it. */
export function correctedItem(file, correction) {
	const decision = (file.minutes?.decisions ?? []).find((d) => d.no === correction.decision_no);
	const id = correctorOf(file, correction);

	return (decision ? itemOf(file, decision.item_no) : null) ?? narrowestWith(file, [id]) ??
		signingItem(file, id);
}

/* When a party speaks or writes, in seconds from the start. */
function actsOf(file, id) {
	return (file.script ?? []).filter((s) => s.speaker === id || (s.edits ?? []).some((e) => e.by === id))
		.map((s) => seconds(s.t));
}

/* [{at, in: true|false}] of one party: events of the script, else the attendance list. */
function comingsOf(file, party) {
	const events = (file.script ?? []).flatMap((step) => (step.events ?? [])
		.filter((e) => (e.type === 'join' || e.type === 'leave') && e.party === party.id)
		.map((e) => ({at: seconds(step.t), in: e.type === 'join', event: true})));
	const start = meetingStart(file);
	const listed = (file.conference.attendance ?? []).filter((a) => a.party === party.id);
	const at = (clock) => (timeOf(`${file.conference.held_on}T${clock}`) - start) / 1000;
	const spans = listed.filter((a) => a.in).map((a) => ({in: at(a.in), out: a.out ? at(a.out) : null}));

	return {events, spans, listed: listed.length > 0};
}

/*
 * {present: at the start?, moves: [{at, in}] that the attendance list alone tells}. Events of the
 * script are played with their step. Whoever speaks is there by then.
 */
export function attendanceOf(file, party) {
	const {events, spans, listed} = comingsOf(file, party);
	const acts = actsOf(file, party.id);
	const first = Math.min(...acts, Infinity);
	const last = Math.max(...acts, -Infinity);
	const absent = party.attends === false || (listed && spans.length === 0);

	if (!heldAt(party, meetingStart(file))) {
		return {present: false, moves: [], never: true};
	}
	if (events.length > 0) {
		return {present: !events[0].in && !absent, moves: [], never: false};
	}
	if (absent || (!listed && (file.conference.attendance ?? []).length > 0 && acts.length === 0)) {
		return {present: false, moves: [], never: acts.length === 0};
	}
	if (spans.length === 0) {
		return {present: true, moves: [], never: false};
	}
	const moves = spans.flatMap((span, i) => [
		...(span.in > 0 || i > 0 ? [{at: i === 0 ? Math.min(span.in, first) : span.in, in: true}] : []),
		...(span.out === null ? [] : [{at: i === spans.length - 1 ? Math.max(span.out, last + 1) : span.out,
			in: false}]),
	]);
	return {present: spans[0].in <= 0 || first <= 0, moves, never: false};
}

export function castOf(file) {
	const start = meetingStart(file);
	const held = file.parties.filter((p) => heldAt(p, start));
	const going = new Map(file.parties.map((p) => [p.id, attendanceOf(file, p)]));
	const attending = (p) => held.includes(p) && !going.get(p.id).never;

	return {
		going,
		self: held.find((p) => p.role === 'self') ?? null,
		chair: duty(file, 'chair').find(attending) ?? null,
		recorder: duty(file, 'recorder').find(attending) ?? null,
		party: (id) => file.parties.find((p) => p.id === id) ?? null,
		ofRole: (role) => held.filter((p) => p.role === role || seatRole(p) === role),
		inAnySegment: (a, b) => a === b || (file.conference.agenda ?? []).some((item) => {
			const in_ = audienceOf(file, item);
			return in_.has(a) && in_.has(b);
		}),
	};
}

const WAYS = ['dictated', 'oral', 'paper'];

/*
 * One or two of those who come have no device: somebody with a duty writes for them and the chair marks
 * them in and out. -> Map party -> how their words come to paper
 */
export function silentOf(file, cast, random) {
	const comes = (p) => cast.going.get(p.id).present || cast.going.get(p.id).moves.length > 0;
	const pool = file.parties.filter((p) => comes(p) && p !== cast.chair && p !== cast.recorder);
	const silent = new Map();

	for (let n = random() < 0.5 ? 1 : 2; n > 0 && pool.length > 0; n--) {
		const [party] = pool.splice(Math.floor(random() * pool.length), 1);
		silent.set(party.id, WAYS[Math.floor(random() * WAYS.length)]);
	}
	return silent;
}
