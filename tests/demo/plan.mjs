/*
 * The script of a case file as acts in order, with nothing of the server in it: what the chair
 * opens, who comes and goes, who writes what, and what the minutes hold of it at the end.
 */
import {audienceOf, castOf, itemOf, narrowestWith, seconds} from './cast.mjs';

/* What can happen in a script. Anything else is a script nobody here knows how to play. */
const EVENTS = new Set(['conference_start', 'conference_end', 'join', 'leave', 'segment_change', 'break',
	'pause_card', 'consent_withdrawn', 'recall_notice', 'dissent', 'play_message', 'person_absent',
	'lkp_emerged', 'resource_stopped', 'bond_shift']);

/* ---- matching a line of the script with an entry of the minutes ------------------------------- */

function bigrams(text) {
	const chars = [...text.replace(/[\s。、，．・「」『』（）()]/g, '')];

	return chars.slice(1).map((c, i) => chars[i] + c);
}

function likeness(a, b) {
	const left = bigrams(a);
	const right = bigrams(b);
	const pool = [...right];
	let common = 0;

	for (const pair of left) {
		const at = pool.indexOf(pair);
		if (at >= 0) {
			pool.splice(at, 1);
			common++;
		}
	}
	return left.length + right.length === 0 ? 0 : (2 * common) / (left.length + right.length);
}

/* "高台：七瀬さんへ…" names who; the entry of the minutes does not repeat it. */
const withoutName = (text) => text.replace(/^[^：:。]{1,20}[：:]\s*/, '');
const plain = (text) => text.replace(/〔cnryleak[a-z]+〕/g, '');

const ALIKE = 0.45;

/* The entry this line is, among those not yet taken; null when it is none of them. */
export function matchEntry(line, entries, textOf) {
	let best = null;

	for (const entry of entries) {
		const text = plain(textOf(entry));
		const score = Math.max(likeness(plain(line), text), likeness(withoutName(plain(line)), text));
		if (score >= ALIKE && (!best || score > best.score)) {
			best = {entry, score};
		}
	}
	return best?.entry ?? null;
}

/* ---- the minutes ------------------------------------------------------------------------------- */

const MINUTES = {
	'min.decisions': {list: 'decisions', text: (d) => d.text},
	'min.actions': {list: 'actions', text: (a) => a.what},
	'min.dissent': {list: 'dissents', text: (d) => d.text},
	'min.person_words': {list: 'person_words', text: (w) => w.text ?? w},
};

/* Whose words they are: {party}, or null for the recorder's. */
const writerOf = (table, entry) => (table === 'min.dissent' ? entry.party : null);

/* Where an entry belongs; without an item of its own, `late`, where the fewest seats read it. */
function placeOfEntry(file, table, entry) {
	const decision = table !== 'min.dissent' ? null
		: (file.minutes.decisions ?? []).find((d) => d.no === entry.decision_no);
	const item = decision ? decision.item_no : typeof entry === 'string' ? null : entry.item_no;
	const writer = writerOf(table, entry);

	return item !== null && item !== undefined ? {item, late: false}
		: {item: narrowestWith(file, writer ? [writer] : [])?.item_no ?? null, late: true};
}

/* A dissent that is only an event: the entry of that party, else what the event says itself. */
function placeDissents(steps, left) {
	for (const step of steps) {
		for (const event of step.events.filter((e) => e.type === 'dissent')) {
			const pool = left.get('min.dissent');
			const found = pool.find((p) => p.entry.party === event.party && p.item === step.itemNo);
			if (step.edits.some((e) => e.field === 'min.dissent' && e.by === event.party)) {
				continue;
			}
			if (found) {
				pool.splice(pool.indexOf(found), 1);
			} else if (!event.note || !event.party) {
				throw new Error(`step ${step.seq}: a dissent without a party or words`);
			}
			step.closing.push({table: 'min.dissent', item: step.itemNo,
				entry: found?.entry ?? {party: event.party, text: event.note, decision_no: null}});
		}
	}
}

/* Entries of the minutes by item, without those a step of the script writes. */
function minutesPlan(file, steps) {
	const left = new Map();

	for (const [table, kind] of Object.entries(MINUTES)) {
		left.set(table, (file.minutes?.[kind.list] ?? []).map((entry) =>
			({entry, ...placeOfEntry(file, table, entry)})));
	}
	for (const step of steps) {
		for (const edit of step.edits) {
			const pool = edit.op === 'append' ? left.get(edit.field) : null;
			const here = (pool ?? []).filter((e) => e.item === step.itemNo || e.late);
			const found = here.length > 0 &&
				matchEntry(edit.after, here, (e) => MINUTES[edit.field].text(e.entry));
			if (found) {
				edit.entry = found.entry;
				pool.splice(pool.indexOf(found), 1);
			}
		}
	}
	placeDissents(steps, left);
	return left;
}

/* ---- steps -------------------------------------------------------------------------------------- */

function stepOf(raw) {
	const events = raw.events ?? [];
	const change = events.find((e) => e.type === 'segment_change');
	const strange = events.find((e) => !EVENTS.has(e.type));

	if (strange) {
		throw new Error(`step ${raw.seq}: nobody knows how to play "${strange.type}"`);
	}
	return {
		seq: raw.seq, at: seconds(raw.t), itemNo: raw.item_no ?? null, speaker: raw.speaker ?? null,
		text: raw.text ?? '', edits: (raw.edits ?? []).map((e) => ({...e, op: e.op ?? 'replace'})), events,
		toItem: change ? change.to_item ?? null : undefined,
		moves: events.filter((e) => e.type === 'join' || e.type === 'leave'),
		closing: [], withdrawals: [],
	};
}

/* Items in which nobody speaks, though something is written or asked about them, come last. */
function silentSteps(file, steps) {
	const spoken = new Set(steps.flatMap((s) => [s.itemNo, s.toItem]));
	const meant = (no) => ['decisions', 'actions'].some((list) =>
		(file.minutes?.[list] ?? []).some((e) => e.item_no === no)) ||
		(file.visibility_expectations ?? []).some((e) => e.when?.item_no === no);

	return (file.conference.agenda ?? []).filter((i) => !spoken.has(i.item_no) && meant(i.item_no))
		.map((i) => ({...stepOf({seq: null, t: '00:00', item_no: i.item_no}), at: steps.at(-1)?.at ?? 0}));
}

/* A withdrawal is told by an event, by an edit, or by both: one act. */
function withdrawalsOf(file, step) {
	const ids = new Map();
	const written = step.edits.filter((e) => e.field === 'consent.withdrawal');

	for (const event of step.events.filter((e) => e.type === 'consent_withdrawn')) {
		const consent = (file.consents ?? []).find((c) => c.id === event.consent);
		ids.set(event.consent, {consent: event.consent, by: null,
			words: consent?.withdraw_words ?? step.text});
	}
	for (const edit of written) {
		const named = (file.consents ?? []).find((c) => edit.after.startsWith(`${c.id}：`) ||
			edit.after.startsWith(`${c.id}:`)) ?? (file.consents ?? []).find((c) =>
			new RegExp(`(^|[^0-9A-Za-z])${c.id}([^0-9A-Za-z]|$)`).test(edit.after));
		const id = named?.id ?? edit.consent ?? [...ids.keys()][0] ?? null;
		ids.set(id, {consent: id, by: edit.by, words: edit.after, edit});
	}
	return [...ids.values()];
}

/*
 * Where the agenda item changes and when: a segment_change to the step's own item comes first, any
 * other last; without an event the chair opens the item. Comings and goings go with it. `to` is an
 * item's number, null where none is open, undefined where nothing changes.
 */
function placeOpenings(steps) {
	let open = null;

	for (const step of steps) {
		const named = step.toItem;
		const pick = (kind) => step.moves.filter((m) => m.type === kind);

		step.first = {to: step.itemNo !== open ? step.itemNo : undefined,
			moves: named === step.itemNo ? step.moves : named === undefined ? pick('join') : []};
		open = step.itemNo;
		step.last = {to: named !== undefined && named !== open ? named : undefined,
			moves: named === step.itemNo ? [] : named === undefined ? pick('leave') : step.moves};
		open = step.last.to === undefined ? open : step.last.to;
	}
}

/* The last step of each item closes it: its decisions and actions are written there. */
function placeMinutes(steps, left) {
	for (const [table, entries] of left) {
		for (const {entry, item, late} of entries) {
			const at = (late ? null : steps.filter((s) => s.itemNo === item).at(-1)) ?? steps.at(-1);
			at?.closing.push({table, entry, item});
		}
	}
}

export function planOf(file) {
	const steps = (file.script ?? []).map(stepOf).sort((a, b) => a.at - b.at || a.seq - b.seq);
	const ending = steps.findIndex((s) => s.events.some((e) => e.type === 'conference_end'));

	if (ending >= 0 && ending !== steps.length - 1) {
		throw new Error(`step ${steps[ending].seq}: the script goes on after its end`);
	}
	steps.push(...silentSteps(file, steps));
	for (const step of steps) {
		step.withdrawals = withdrawalsOf(file, step);
		step.edits = step.edits.filter((e) => e.field !== 'consent.withdrawal');
	}
	placeOpenings(steps);
	placeMinutes(steps, minutesPlan(file, steps));
	return {
		steps, cast: castOf(file), nextDate: file.minutes?.next_date ?? null,
		length: steps.at(-1)?.at ?? 0,
		item: (no) => itemOf(file, no),
		audience: (no) => audienceOf(file, itemOf(file, no)),
	};
}

/* Code points still wrong between two texts: what is the next thing a person would type? */
export function nextKey(doc, goal) {
	const a = [...doc];
	const b = [...goal];
	let head = 0;
	let tail = 0;

	while (head < a.length && head < b.length && a[head] === b[head]) {
		head++;
	}
	while (tail < a.length - head && tail < b.length - head &&
		a[a.length - 1 - tail] === b[b.length - 1 - tail]) {
		tail++;
	}
	const units = (chars) => chars.reduce((n, c) => n + c.length, 0);
	const end = units(a.slice(0, a.length - tail));

	if (a.length - head - tail > 0) {
		return {from: end - a[a.length - 1 - tail].length, to: end};
	}
	return head + tail < b.length
		? {from: units(a.slice(0, head)), to: units(a.slice(0, head)), insert: b[head]} : null;
}

/* How many keystrokes it takes. */
export function keyCount(doc, goal) {
	let count = 0;

	for (let at = doc, key; (key = nextKey(at, goal)); count++) {
		at = at.slice(0, key.from) + (key.insert ?? '') + at.slice(key.to);
	}
	return count;
}
