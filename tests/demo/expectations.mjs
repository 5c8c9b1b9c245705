/*
 * The rows of visibility_expectations, asked of the product: `explain` on the stored data, the
 * seat's own snapshot where a row speaks of the present, and the independent oracle beside both. A row
 * about another series is asked there. What cannot be asked has failed; nothing is skipped.
 */
import {evaluateExpectation} from '../support/oracle.mjs';
import {cli, timeText} from '../support/server.mjs';
import {heldAt} from './cast.mjs';
import {columnOfKey} from './form.mjs';
import {dayOf, seatRole, timeOf} from './times.mjs';

const KNOWN = ['at', 'item_no', 'seq', 'decision_no', 'row', 'row_party', 'member', 'state', 'series_no'];

function inSegments(cls) {
	return (cls.startsWith('min.') && cls !== 'min.next_date') ||
		cls === 'conf.agenda_items' || cls === 'conf.item_audience';
}

/*
 * The seats a row means: its party, or everybody of its role who holds the seat then; a role nobody
 * holds by its name.
 */
function seatsMeant(ctx, row) {
	const {file} = ctx;

	if (row.party) {
		return [row.party];
	}
	const all = file.parties.filter((p) => (row.role === 'rec'
		? p.role === 'rec' || (p.functions ?? []).includes('recorder')
		: seatRole(p) === row.role));
	const time = row.when?.at === undefined ? ctx.endAt : timeOf(row.when.at);
	const held = all.filter((p) => heldAt(p, time));
	const ids = (held.length > 0 ? held : all).map((p) => p.id);
	return ids.length > 0 ? ids : [`role:${row.role}`];
}

/* ---- what to ask `explain` ------------------------------------------------------------------------ */

/* A row of the minutes or the agenda: {row}, else {planned: who was in that segment}, or {failed}. */
function segmentRow(ctx, cls, when) {
	const {player} = ctx;
	const {decisions = []} = ctx.file.minutes ?? {};
	const said = (ctx.file.script ?? []).find((s) => s.seq === when.seq);
	const decided = decisions.find((d) => d.no === when.decision_no);
	const itemNo = when.item_no ?? said?.item_no ?? decided?.item_no;
	const named = when.decision_no !== undefined && cls === 'min.decisions' ? player.decisions.get(when.decision_no)
		: when.seq !== undefined && cls === 'min.utterances' ? player.utterances.get(when.seq) : undefined;

	if (itemNo === undefined || (when.decision_no !== undefined && cls === 'min.decisions' && !named)) {
		return {failed: 'that decision or utterance was not recorded'};
	}
	if (!cls.startsWith('min.')) {
		return {row: String(itemNo)};
	}
	/* About an item: any row of that class that was made in it. */
	const row = named ?? rowMadeIn(ctx, cls, itemNo);
	return row ? {row} : {planned: ctx.player.hall.opened.get(itemNo)?.audience ?? new Set()};
}

function rowMadeIn(ctx, cls, itemNo) {
	const {player} = ctx;
	const steps = (ctx.file.script ?? []).filter((s) => s.item_no === itemNo).map((s) => s.seq);
	const decided = (ctx.file.minutes?.decisions ?? []).filter((d) => d.item_no === itemNo).map((d) => d.no);
	const found = cls === 'min.utterances' ? steps.map((n) => player.utterances.get(n))
		: cls === 'min.decisions' ? decided.map((n) => player.decisions.get(n)) : [];
	const audience = ctx.audienceOf(itemNo);
	const same = (set) => set.size === audience.size && [...set].every((id) => audience.has(id));
	const key = [...ctx.rows].find(([k, set]) => k.startsWith(`${cls}/`) && same(set))?.[0];

	return found.find(Boolean) ?? key?.split('/')[1] ?? null;
}

/*
 * The moment a question about an open item or a step means: within it; where a right changed meanwhile,
 * its end, as a row without `when` speaks of the end of the meeting.
 */
function momentsOf(ctx, when) {
	const {player} = ctx;
	const spans = when.seq !== undefined ? [player.times.get(when.seq)]
		: player.items.filter((i) => i.no === when.item_no);
	const good = spans.filter((s) => s && s.to !== undefined);
	const bites = (s) => player.rights.some((r) => r.done >= s.from && r.planned <= s.to);

	return good.length === 0 ? {failed: 'never played'}
		: {at: good.map((s) => (bites(s) ? upTo(s.to) : (s.from + s.to) / 2))};
}

/* Times are asked in whole seconds: the end of this one. */
const upTo = (ms) => Math.ceil(ms / 1000) * 1000;

/* A time of the file on the meeting's day: what was to have happened by then was played a little later. */
function playedBy(ctx, time) {
	const late = ctx.player.rights.filter((r) => r.planned <= time && time <= r.done).map((r) => upTo(r.done));

	return Math.max(time, ...late);
}

/* -> {at: the moments} or {failed} */
function momentAsked(ctx, row) {
	const {at} = row.when ?? {};
	const time = at === undefined ? ctx.endAt : timeOf(at);

	if (Number.isNaN(time)) {
		return {failed: `no time: ${at}`};
	}
	return {at: [at !== undefined && dayOf(time) === ctx.file.conference.held_on ? playedBy(ctx, time) : time]};
}

/* -> {args: [[…] one call each], planned?} or {failed} */
function question(ctx, row) {
	const when = row.when ?? {};
	const strange = Object.keys(when).find((k) => !KNOWN.includes(k));
	const args = [];
	let asked = momentAsked(ctx, row);
	let planned = null;

	if (strange || (when.state !== undefined && when.state !== 'draft')) {
		return {failed: `cannot be asked: ${strange ?? `state ${when.state}`}`};
	}
	if (when.state) {
		args.push('--state', when.state);
	}
	if (!asked.at) {
		return asked;
	}
	if ((when.item_no ?? when.seq ?? when.decision_no) !== undefined) {
		const there = inSegments(row.field) ? segmentRow(ctx, row.field, when) : momentsOf(ctx, when);
		if (there.failed) {
			return there;
		}
		args.push(...(there.row ? ['--row', there.row] : []));
		({planned = null} = there);
		asked = there.at ? there : asked;
	}
	if (when.member !== undefined) {
		args.push('--row', String(when.member));
	} else if (when.row !== undefined || planned) {
		args.push('--row', when.row ?? 'own');
	}
	return {args: asked.at.map((ms) => [...args, '--at', timeText(ms)]), planned};
}

async function explain(ctx, seat, row, args) {
	const done = await cli(ctx.bin, ['explain', '--db', ctx.db, '--series', ctx.series,
		'--seat', seat, '--class', row.field, ...args]);
	const why = done.err.trim().split('\n')[0];

	if (done.code === 0) {
		return JSON.parse(done.out);
	}
	/* Somebody of another series of this person: nobody here, and the server says so. */
	return !ctx.file.parties.some((p) => p.id === seat) && why.includes(`there is no seat "${seat}"`)
		? {level: 'none', reason: 'no seat'} : {failed: why};
}

/* The row a party owns in the class's table, by a token that was planted in it. */
function rowOfParty(ctx, field, owner) {
	const table = ctx.form.columns.get(field)?.table ?? ctx.form.ofClass(field)[0]?.table ?? field;
	const tokens = ctx.canaries.filter((c) => c.table === table && c.owner.length === 1 &&
		c.owner[0] === owner).map((c) => c.token);

	for (const view of ctx.views.values()) {
		for (const [key, cell] of view.cells ?? []) {
			if (key.startsWith(`${table}/`) && tokens.some((t) => String(cell.x).includes(t))) {
				return key.split('/')[1];
			}
		}
	}
	return table === 'work' ? ctx.workRows.get(owner)?.split('/')[1] ?? owner : owner;
}

/* A row of another party: by its id; else, where nothing is denied, simply as own or other. */
async function explainRowOf(ctx, seat, row, args) {
	const owner = row.when.row_party;
	const direct = await explain(ctx, seat, row,
		['--row', rowOfParty(ctx, row.field, owner), ...args]);
	const denied = (ctx.file.denials ?? []).some((d) => d.party === seat && d.about_party === owner);

	if (!direct.failed) {
		return direct;
	}
	if (seat !== owner && denied) {
		return {level: 'none', reason: 'no such row'};
	}
	return explain(ctx, seat, row, ['--row', seat === owner ? 'own' : 'other', ...args]);
}

/* ---- the seat's own snapshot ------------------------------------------------------------------------ */

/* Does the snapshot agree? null: it says nothing either way. */
function bySnapshot(ctx, seat, row) {
	const view = ctx.views.get(seat);
	const {form} = ctx;
	const isMeant = (key) => {
		const col = form.columns.get(columnOfKey(key));
		return col && (col.cls === row.field || col.id === row.field || col.table === row.field);
	};

	if (!view?.cells) {
		return null;
	}
	const mine = [...view.cells].filter(([key]) => isMeant(key)).map(([key, c]) =>
		({l: c.l, closed: form.tables.get(form.columns.get(columnOfKey(key)).table)?.closed}));
	const exists = [...ctx.views.values()].some((v) => v.cells && [...v.cells.keys()].some(isMeant));
	if (row.expected === 'none') {
		return mine.length === 0;
	}
	if (mine.length === 0) {
		/* A table of which it may read some rows may hold none of them; a field is always there. */
		const starred = ctx.policy.matrix.get(row.field)?.get(ctx.roleOf(seat))?.includes('*');
		return exists && !starred && ![...form.tables.values()].some((t) =>
			t.columns.some((c) => c.cls === row.field || c.id === row.field)) ? false : null;
	}
	if (row.expected === 'write') {
		return mine.some((c) => c.l === 'w') || (mine.every((c) => c.closed) ? null : rowless(ctx, row, seat));
	}
	return mine.some((c) => c.l === 'r');
}

/* Writing one's own rows needs a row of one's own to be seen. */
function rowless(ctx, row, seat) {
	return ctx.policy.matrix.get(row.field)?.get(ctx.roleOf(seat))?.includes('*') ? null : false;
}

/* ---- all of them -------------------------------------------------------------------------------------- */

async function answerOf(ctx, seat, row, ask, args) {
	const got = await (row.when?.row_party === undefined ? explain : explainRowOf)(
		ctx, seat, row, args);

	/* Whatever it may in general, it was not in that segment. */
	return got.level && ask.planned && !ask.planned.has(seat) ? {level: 'none', reason: 'segment'} : got;
}

/* The file as its reader has it: with the other series. */
const wholeOf = (home) => ({...home.file,
	other_series: [...home.worlds.values()].filter((w) => w.series !== home.series).map((w) => w.file)});

/* A row about another series is asked of that one, as if it stood in that document. */
async function judgeThere(home, row) {
	const {series_no: no, ...when} = row.when ?? {};
	const ctx = no === undefined ? home : home.worlds.get(no);

	return ctx ? judge(ctx, no === undefined ? row : {...row, when}, {home, row})
		: {failed: [`there is no series ${no}`]};
}

/* `asked`: the row as the file has it, for the oracle, which reads the whole file. */
async function judge(ctx, row, asked) {
	const seats = seatsMeant(ctx, row);
	const ask = question(ctx, row);
	const wrong = [];

	if (ask.failed) {
		return {failed: [ask.failed]};
	}
	for (const seat of seats) {
		for (const args of ask.args) {
			const got = await answerOf(ctx, seat, row, ask, args);
			if (got.failed || got.level !== row.expected) {
				wrong.push(`${seat}: explain says ${got.failed ?? `${got.level} (${got.reason})`}`);
			}
		}
		if (Object.keys(row.when ?? {}).length === 0 && bySnapshot(ctx, seat, row) === false) {
			wrong.push(`${seat}: its snapshot says otherwise`);
		}
		const oracle = evaluateExpectation(wholeOf(asked.home),
			seat.startsWith('role:') ? asked.row : {...asked.row, role: undefined, party: seat}, ctx.policy);
		if (!oracle.holds) {
			wrong.push(`${seat}: the oracle says ${oracle.got ?? oracle.skipped}`);
		}
	}
	return wrong.length > 0 ? {failed: wrong} : {held: true};
}

/*
 * ctx: {file, form, policy, canaries, player, rows, workRows, views, bin, db, series, endAt, roleOf,
 *       audienceOf, worlds: series -> the same of every series of the person}
 * -> {held, failed, skipped, lines}
 */
export async function expectationsOf(ctx) {
	const count = {held: 0, failed: 0, skipped: 0, lines: []};

	for (const [i, row] of (ctx.file.visibility_expectations ?? []).entries()) {
		const name = `expectation ${i + 1}: ${row.party ?? row.role} ${row.field} ${row.expected}` +
			`${row.when ? ` ${JSON.stringify(row.when)}` : ''}`;
		let result;
		try {
			result = await judgeThere(ctx, row);
		} catch (error) {
			result = {failed: [error.message]};
		}
		if (result.held) {
			count.held++;
		} else {
			count.failed++;
			count.lines.push(`failed: ${name}: ${result.failed.join('; ')}`);
		}
	}
	return count;
}
