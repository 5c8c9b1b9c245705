/*
 * The rows of visibility_expectations, asked of the product: `explain` on the stored data, the
 * seat's own snapshot where a row speaks of the present, and the independent oracle beside both.
 * Skipped is only what rests on a consent of after the meeting, or on what is not stored of another
 * series; anything else that cannot be asked has failed.
 */
import {evaluateExpectation} from '../support/oracle.mjs';
import {cli, timeText} from '../support/server.mjs';
import {receiversOf} from './canary.mjs';
import {heldAt} from './cast.mjs';
import {columnOfKey} from './form.mjs';
import {dayOf, seatRole, timeOf} from './times.mjs';

const KNOWN = ['at', 'item_no', 'seq', 'decision_no', 'row', 'row_party', 'member', 'state', 'series_no'];
const skip = (why) => ({skipped: why});

function inSegments(cls) {
	return (cls.startsWith('min.') && cls !== 'min.next_date') ||
		cls === 'conf.agenda_items' || cls === 'conf.item_audience';
}

/*
 * The seats a row means: its party, or everybody of its role who holds the seat then; a role nobody
 * holds by its name.
 */
function seatsMeant(ctx, row) {
	const {series_no: other} = row.when ?? {};
	const file = other === undefined ? ctx.file : [ctx.file, ...(ctx.file.other_series ?? [])]
		.find((f) => f.conference.series_no === other);

	if (!file) {
		return null;
	}
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

/*
 * What the file dates after the meeting is kept as a script that nobody plays: a question that rests
 * on it cannot be answered from stored data.
 */
function restsOnLater(ctx, row, seats, time) {
	const isLater = (date) => typeof date === 'string' && timeOf(date) > ctx.endAt && timeOf(date) <= time;
	const cls = ctx.form.columns.get(row.field)?.cls;

	return (ctx.file.consents ?? []).some((c) => (isLater(c.given_on) || isLater(c.withdrawn_at)) &&
		c.fields.some((f) => f === row.field || f === cls || ctx.form.columns.get(f)?.cls === row.field) &&
		receiversOf(ctx.file, c).some((id) => seats.includes(id)));
}

/* -> {at: the moments} or {skipped} or {failed} */
function momentAsked(ctx, row, seats) {
	const {at} = row.when ?? {};
	const time = at === undefined ? ctx.endAt : timeOf(at);

	if (Number.isNaN(time)) {
		return {failed: `no time: ${at}`};
	}
	if (at !== undefined && restsOnLater(ctx, row, seats, time)) {
		return skip('rests on a consent of after the meeting, which is not stored');
	}
	return {at: [at !== undefined && dayOf(time) === ctx.file.conference.held_on ? playedBy(ctx, time) : time]};
}

const isElsewhere = (ctx, when) => when.series_no !== undefined && when.series_no !== ctx.series;

/* -> {args: [[…] one call each], planned?} or {skipped} or {failed} */
function question(ctx, row, seats) {
	const when = row.when ?? {};
	const strange = Object.keys(when).find((k) => !KNOWN.includes(k));
	const args = [];
	let asked = momentAsked(ctx, row, seats);
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
	if (isElsewhere(ctx, when) && (when.item_no ?? when.seq ?? when.decision_no) !== undefined) {
		return skip('the meeting of another series is not played');
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
	return {args: asked.at.map((ms) => [...args, '--at', timeText(ms)]), planned,
		series: isElsewhere(ctx, when) ? when.series_no : undefined};
}

async function explain(ctx, seat, row, args, series) {
	const done = await cli(ctx.bin, ['explain', '--db', ctx.db, '--series', series ?? ctx.series,
		'--seat', seat, '--class', row.field, ...args]);

	if (done.code !== 0) {
		/* Of another series only part is stored; of this one everything has an answer. */
		const why = done.err.trim().split('\n')[0];
		return series === undefined ? {failed: why} : skip(why);
	}
	return JSON.parse(done.out);
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
async function explainRowOf(ctx, seat, row, args, series) {
	const owner = row.when.row_party;
	const direct = await explain(ctx, seat, row,
		['--row', rowOfParty(ctx, row.field, owner), ...args], series);
	const denied = (ctx.file.denials ?? []).some((d) => d.party === seat && d.about_party === owner);

	if (!direct.skipped && !direct.failed) {
		return direct;
	}
	if (seat !== owner && denied) {
		return direct.skipped ? direct : {level: 'none', reason: 'no such row'};
	}
	return explain(ctx, seat, row, ['--row', seat === owner ? 'own' : 'other', ...args], series);
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
		ctx, seat, row, args, ask.series);

	/* Whatever it may in general, it was not in that segment. */
	return got.level && ask.planned && !ask.planned.has(seat) ? {level: 'none', reason: 'segment'} : got;
}

async function judge(ctx, row) {
	const seats = seatsMeant(ctx, row);
	const ask = seats ? question(ctx, row, seats) : skip('no such series');
	const wrong = [];

	if (ask.skipped) {
		return ask;
	}
	if (ask.failed) {
		return {failed: [ask.failed]};
	}
	for (const seat of seats) {
		for (const args of ask.args) {
			const got = await answerOf(ctx, seat, row, ask, args);
			if (got.skipped) {
				return got;
			}
			if (got.failed || got.level !== row.expected) {
				wrong.push(`${seat}: explain says ${got.failed ?? `${got.level} (${got.reason})`}`);
			}
		}
		if (!row.when && bySnapshot(ctx, seat, row) === false) {
			wrong.push(`${seat}: its snapshot says otherwise`);
		}
		const oracle = evaluateExpectation(ctx.file,
			seat.startsWith('role:') ? row : {...row, role: undefined, party: seat}, ctx.policy);
		if (!oracle.skipped && !oracle.holds) {
			wrong.push(`${seat}: the oracle says ${oracle.got}`);
		}
	}
	return wrong.length > 0 ? {failed: wrong} : {held: true};
}

/*
 * ctx: {file, form, policy, canaries, player, rows, workRows, views, bin, db, series, endAt, roleOf,
 *       audienceOf}
 * -> {held, failed, skipped, lines}
 */
export async function expectationsOf(ctx) {
	const count = {held: 0, failed: 0, skipped: 0, lines: []};

	for (const [i, row] of (ctx.file.visibility_expectations ?? []).entries()) {
		const name = `expectation ${i + 1}: ${row.party ?? row.role} ${row.field} ${row.expected}` +
			`${row.when ? ` ${JSON.stringify(row.when)}` : ''}`;
		let result;
		try {
			result = await judge(ctx, row);
		} catch (error) {
			result = {failed: [error.message]};
		}
		if (result.held) {
			count.held++;
		} else if (result.failed) {
			count.failed++;
			count.lines.push(`failed: ${name}: ${result.failed.join('; ')}`);
		} else {
			count.skipped++;
			count.lines.push(`skipped: ${name}: ${result.skipped}`);
		}
	}
	return count;
}
