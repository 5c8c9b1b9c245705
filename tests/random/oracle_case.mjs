/*
 * The oracle, first part: what an imported case is. Written from the samples' README ("What the keys
 * mean to the product") and the tables of the format: seats, cells, rows with the seats they belong
 * to, grants. Seats are bits; a row is named "table#n", a seat in a value "@party".
 */
import {emptyValue} from './policy.mjs';

const HOUR = 3600 * 1000;
const DAY = 24 * HOUR;
const JAPAN = 9 * HOUR;
const NO_RIGHT = ['n', 'n+'];

export const dayStart = (day) => Date.parse(`${day}T00:00:00Z`) - JAPAN;
export const dayOf = (ms) => new Date(ms + JAPAN).toISOString().slice(0, 10);
export const clockOf = (ms) => new Date(ms + JAPAN).toISOString().slice(11, 16);
const clockMs = (clock) => (Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3))) * 60 * 1000;

/* Without a zone it is Japan's; a bare day is its first moment. */
export function timeOf(text) {
	if (text.length === 10) {
		return dayStart(text);
	}
	return Date.parse(/(Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}+09:00`);
}

/* ---- the world ------------------------------------------------------------------------------ */

export function addRow(w, table, whose, values = {}, name = null) {
	const rows = w.rowsOf.get(table);
	const row = {table, name: `${table}#${rows.length}`, own: name, owner: 0, about: 0, shared: 0,
		audience: 0, cut: false, item: null, from: -Infinity, cells: {}, ...whose};

	for (const col of w.policy.tables.get(table).cols) {
		const cell = {key: `${row.name}/${col.name}`, col, row,
			value: values[col.name] ?? emptyValue(col)};
		row.cells[col.name] = cell;
		w.cells.set(cell.key, cell);
	}
	rows.push(row);
	w.rows.set(row.name, row);
	if (table === 'conf.agenda_items') {
		w.items.push({row, opened: false, audience: 0, seated: 0});
	}
	return row;
}

const field = (w, id) => w.cells.get(id);

function setField(w, id, value) {
	field(w, id).value = value ?? emptyValue(w.policy.cols.get(id));
}

/* The keys of `o` that are columns of the same name. */
function pick(o, ...names) {
	return Object.fromEntries(names.filter((n) => o?.[n] !== undefined && o[n] !== null)
		.map((n) => [n, o[n]]));
}

/* ---- seats ---------------------------------------------------------------------------------- */

/*
 * Whom a seat follows: who `promoted_from` names; where it names a role, the same person in that role, else the
 * only seat of it that had ended; where it says nothing, the only seat of the same role and office that ended
 * the day before. Where it is not clear, nobody.
 */
function predecessorOf(w, doc, i) {
	const o = doc.parties[i];
	const s = w.seats[i];
	const only = (fits) => {
		const found = w.seats.filter((other, k) => k !== i && fits(other, doc.parties[k]));
		return found.length === 1 ? found[0] : null;
	};
	const named = (id) => w.seats.find((other, k) => k !== i && id && doc.parties[k].id === id) ?? null;

	if (!o.promoted_from) {
		return only((other, p) => p.role === o.role && !!p.affiliation && p.affiliation === o.affiliation &&
			!!p.guest === !!o.guest && other.until === s.from && isFinite(s.from));
	}
	const same = named(o.same_person_as);
	const earlier = same && !(isFinite(s.from) && same.from > s.from);
	return named(o.promoted_from) ?? (earlier && same.fileRole === o.promoted_from ? same
		: only((other, p) => p.role === o.promoted_from && other.until <= s.from));
}

function addSuccessions(w, doc) {
	w.seats.forEach((s, i) => {
		const old = predecessorOf(w, doc, i);
		if (!old) {
			return;
		}
		s.before = old.bit;
		s.person = doc.parties[i].same_person_as === old.id ? old.bit : 0;
		/* Where only the beginning is told, it ends what was before. */
		if (old.until === Infinity && isFinite(s.from) && old.from < s.from) {
			old.until = s.from;
		}
		w.succeeds = true;
	});
	/* What they took over comes with it. */
	for (let changed = true; changed;) {
		changed = false;
		for (const s of w.seats) {
			const more = (key) => w.seats.filter((o) => s[key] & o.bit).reduce((set, o) => set | o[key], s[key]) & ~s.bit;
			const [before, person] = [more('before'), more('person')];
			changed ||= before !== s.before || person !== s.person;
			Object.assign(s, {before, person});
		}
	}
}

function addSeats(w, doc) {
	const day = doc.conference.held_on;

	for (const p of doc.parties) {
		const role = p.guest || p.role === 'rec' ? 'guest' : p.role;
		const duties = p.functions ?? [];

		w.seats.push({
			...w.policy.roles.get(role), id: p.id, bit: 1 << w.seats.length, role,
			fileRole: p.role,
			chair: duties.includes('chair'),
			recorder: duties.includes('recorder') || p.role === 'rec', remote: !!p.remote,
			from: p.from ? dayStart(p.from) : -Infinity,
			until: p.until ? dayStart(p.until) + DAY : Infinity,
			atMeeting: false, before: 0, person: 0, barred: false, denied: 0, at: '', line: false, left: false,
			leftOpenings: 0, stay: null, labelCell: null,
		});
	}
	addSuccessions(w, doc);
	w.seats.forEach((s, i) => {
		const p = doc.parties[i];
		s.atMeeting = s.from <= dayStart(day) && dayStart(day) < s.until;
		const label = p.display_label || w.policy.roles.get(s.role).label;
		const row = addRow(w, 'party', {owner: s.bit, about: s.bit},
			{...pick(p, 'name', 'affiliation'), display_label: label}, p.id);
		s.labelCell = row.cells.display_label;
	});
}

const bits = (seats) => seats.reduce((set, s) => set | s.bit, 0);
export const seatNamed = (w, id) => w.seats.find((s) => s.id === id);

/* Seats holding a role; "rec" is the duty. */
const ofRole = (w, role) => bits(w.seats.filter((s) => (role === 'rec' ? s.recorder : s.role === role)));
const ofParty = (w, id) => seatNamed(w, id)?.bit ?? 0;
const ofWho = (w, who) => ofRole(w, who) | ofParty(w, who);

/* Of several, whoever held the seat on that day; all of them where none did. */
function ofWhoOn(w, who, day) {
	const all = ofWho(w, who);
	const then = all & bits(w.seats.filter((s) => s.from <= dayStart(day) && dayStart(day) < s.until));

	return then || all;
}

/* For people to read: the label of the role, where it is a role or a party. */
function whoLabel(w, who) {
	const role = seatNamed(w, who)?.role ?? who;

	return w.policy.roles.get(role)?.label ?? who;
}

/* Seats an agenda item lets in: guests go by what the file calls them. */
function ofAudience(w, item) {
	return bits(w.seats.filter((s) => s.atMeeting && item.audience.some((role) => {
		const called = s.fileRole === role || s.role === role || (role === 'rec' && s.recorder);
		const some = item.audience_parties?.[role];
		return called && (!some || some.includes(s.id));
	})));
}

export const seatsValue = (w, set) => w.seats.filter((s) => set & s.bit).map((s) => `@${s.id}`);

/* ---- the case, the person, the household ---------------------------------------------------- */

const CASE = ['case_no', 'title', 'ledger_kind', 'stage', 'status', 'intake_route', 'lead_agency',
	'safety_flag', 'started_on'];
const PERSON = ['preferred_name', 'legal_name', 'kana', 'birth_date', 'contact', 'address',
	'comm_needs', 'life_history'];

/* The latest entry of a history that was known on the day of the meeting. */
function latest(list, day) {
	return (list ?? []).filter((o) => o.from <= day)
		.reduce((best, o) => (best && best.from > o.from ? best : o), null);
}

function addCase(w, doc, day) {
	const kase = doc.case ?? {};

	CASE.forEach((k) => setField(w, `case.${k}`, kase[k]));
	PERSON.forEach((k) => setField(w, `person.${k}`, doc.person?.[k]));
	const a = doc.assessment ?? {};
	['economic', 'physical', 'relational'].forEach((k) =>
		setField(w, `assess.three_poverty.${k}`, a.three_poverty?.[k]));
	['background', 'strengths', 'risk_note'].forEach((k) => setField(w, `assess.${k}`, a[k]));
	['for_what', 'for_whom'].forEach((k) =>
		setField(w, `assess.motivation.${k}`, a.motivation?.[k]));
	/* The header tells how things are at the end; the meeting is before that. */
	const stage = latest(doc.stage_history, day);
	const ledger = latest(kase.ledger_history, day);
	if (stage) {
		setField(w, 'case.stage', stage.stage);
	}
	if (ledger) {
		setField(w, 'case.ledger_kind', ledger.kind);
	}
	for (const o of (kase.ledger_history ?? []).filter((e) => e.from <= day)) {
		addRow(w, 'case.ledger_history', {}, pick(o, 'from', 'kind'));
	}
}

function memberConsent(record) {
	if (typeof record === 'string') {
		return record;
	}
	return ['given_on', 'expires_on', 'method', 'text', 'note'].filter((k) => record[k])
		.map((k) => (k === 'expires_on' ? `〜${record[k]}` : record[k])).join(' ');
}

function addHousehold(w, doc) {
	const household = doc.household ?? {};

	for (const m of household.members ?? []) {
		const values = pick(m, 'name', 'relation', 'living_together', 'consent', 'note',
			'protected_info');
		if (m.consent_record) {
			values.member_consent = memberConsent(m.consent_record);
		}
		addRow(w, 'household', {}, values, m.id);
	}
	const secret = household.protected_info;
	const text = typeof secret === 'string' ? secret : secret?.text;
	if (text === undefined || text === null) {
		return;
	}
	const member = w.rowsOf.get('household').find((r) => r.own !== null && r.own === secret.about);
	if (member && member.cells.protected_info.value === '') {
		member.cells.protected_info.value = text;
		return;
	}
	/* It must reach nobody but those whom the matrix lets read it: neither must the row. */
	const marks = w.policy.matrix.get('household.protected_info');
	addRow(w, 'household', {cut: true,
		audience: bits(w.seats.filter((s) => !NO_RIGHT.includes(marks[s.role])))},
	{protected_info: text});
}

/* ---- consents ------------------------------------------------------------------------------- */

function consentEnd(consent) {
	if (consent.expires_at) {
		return {at: timeOf(consent.expires_at), day: consent.expires_at};
	}
	let day = consent.expires_on;
	if (!day) { /* a year */
		const [y, m, d] = consent.given_on.split('-').map(Number);
		day = dayOf(Date.UTC(y + 1, m - 1, d) - DAY + HOUR - JAPAN);
	}
	return {at: dayStart(day) + DAY, day};
}

/* A class, or a column of one. */
export function classOf(policy, name) {
	return policy.matrix.has(name) ? {cls: name, col: null}
		: {cls: policy.cols.get(name).cls, col: name};
}

/* One grant per seat, of what is "n+" for it. */
export function addGrants(w, row, names, seats, more) {
	for (const s of w.seats.filter((one) => seats & one.bit)) {
		for (const name of names) {
			const what = classOf(w.policy, name);
			if (w.policy.matrix.get(what.cls)[s.role] === 'n+') {
				w.grants.push({row, seat: s, ...what, ...more});
			}
		}
	}
}

function databaseLine(before, c) {
	const line = [c.given_on, c.method, c.note].filter((s) => s !== undefined && s !== null);

	return (before ? `${before}／` : '') + line.join(' ').replaceAll('\n', ' ');
}

function addConsent(w, c, start) {
	const withdrawn = c.withdrawn_at ? timeOf(c.withdrawn_at) : Infinity;
	const scope = c.fields.filter((f) => f !== 'consent.database');
	const database = scope.length < c.fields.length;
	const named = c.party ? ofParty(w, c.party) : ofRole(w, c.role);
	/* Who names a party means that person: it goes with them to another seat. */
	const about = named | (c.party ? bits(w.seats.filter((s) => s.person & named)) : 0);

	/* Of a later day it is there already, but for everybody only from that day on. */
	const later = c.given_on > w.doc.conference.held_on;

	if (database && !later && withdrawn >= start) {
		const line = field(w, 'consent.database');
		line.value = databaseLine(line.value, c);
	}
	if (scope.length === 0) {
		return;
	}
	const end = consentEnd(c);
	const values = {...pick(c, 'level', 'given_on', 'method'), scope};
	const to = seatsValue(w, named);
	values.to = to.length === 1 ? to[0] : null;
	if (c.expires_at || c.expires_on || c.level === 'read') {
		values.until = end.day;
	}
	/* Of a note about the database only how far the consent goes stays with it. */
	const own = /自分の所だけ|自分の分だけ/.exec(c.note ?? '')?.[0];
	const note = database ? own : c.note;
	if (note) {
		values.note = note;
	}
	if (withdrawn < start && typeof c.withdraw_words === 'string') {
		values.withdrawal = c.withdraw_words;
	}
	const row = addRow(w, 'consent', {owner: ofRole(w, 'self'), about,
		from: later ? dayStart(c.given_on) : -Infinity}, values, c.id);
	if (c.level === 'read') {
		/* Withdrawn in the meeting means somebody says so; from the next day on time keeps to it. */
		const known = withdrawn < start || withdrawn >= dayStart(w.doc.conference.held_on) + DAY;
		addGrants(w, row, scope, about, {own: own !== undefined,
			from: dayStart(c.given_on), until: Math.min(end.at, known ? withdrawn : Infinity)});
	}
}

/* ---- plans and work ------------------------------------------------------------------------- */

const OUTLINE = ['priority', 'period_from', 'period_to', 'goal_short', 'status', 'approach'];
const ACTION = ['person_wish', 'goal', 'content', 'self_action', 'next_check_on', 'result'];

function whoValue(w, list) {
	return list.flatMap((who) => {
		const seats = seatsValue(w, ofWho(w, who));
		return seats.length > 0 ? seats : [whoLabel(w, who)];
	});
}

function addArea(w, doc, area, o) {
	const at = `plan.${area}`;

	OUTLINE.forEach((k) => setField(w, `${at}.outline.${k}`, o.outline?.[k]));
	ACTION.forEach((k) => setField(w, `${at}.action.${k}`, o.action?.[k]));
	['current_state', 'assessment_note'].forEach((k) =>
		setField(w, `${at}.background.${k}`, o.background?.[k]));
	setField(w, `${at}.restricted_note`, o.restricted_note);
	setField(w, `${at}.action.who`, o.action?.who ? whoValue(w, o.action.who) : null);
	/* Social resources are kept by name. */
	setField(w, `${at}.action.resource_ids`, o.action?.resource_ids?.map((id) =>
		doc.resources?.find((r) => r.id === id)?.name || id) ?? null);
}

function addPlan(w, doc) {
	const own = doc.personal_plan ?? {};
	const plan = doc.support_plan ?? {};

	['written_on', 'message', 'review'].forEach((k) => setField(w, `pplan.${k}`, own[k]));
	for (const s of own.statements ?? []) {
		addRow(w, 'pplan.statements', {owner: ofRole(w, 'self')}, pick(s, 'area', 'text'), s.id);
	}
	['no', 'overall_goal', 'status', 'review_result', 'review_comment', 'gap_note'].forEach((k) =>
		setField(w, `plan.${k}`, plan[k]));
	setField(w, 'plan.period.from', plan.period_from);
	setField(w, 'plan.period.to', plan.period_to);
	for (const area of w.policy.areas) {
		if (plan.areas?.[area]) {
			addArea(w, doc, area, plan.areas[area]);
		}
	}
}

function addSite(w, site, seat) {
	addRow(w, 'work', {owner: seat, about: seat},
		pick(site, 'conditions', 'site_program', 'site_feedback', 'wage_terms'));
	if (site.job_leads) {
		addRow(w, 'work.job_leads', {}, {text: site.job_leads});
	}
}

/* A site without a party is that of the employer who has none yet, the first of those there. */
function addWork(w, doc) {
	const employers = w.seats.filter((s) => s.role === 'emp');
	const there = employers.filter((s) => s.atMeeting);
	const named = (doc.work_sites ?? []).map((site) => site.party);
	const left = (there.length > 0 ? there : employers).filter((s) => !named.includes(s.id));

	for (const site of doc.work_sites ?? []) {
		addSite(w, site, ofParty(w, site.party));
	}
	if (doc.work_site) {
		addSite(w, doc.work_site, left[0]?.bit ?? 0);
	}
}

/* ---- what grows over the years -------------------------------------------------------------- */

function addReferral(w, o) {
	const values = pick(o, 'no', 'date', 'kind', 'from', 'to', 'status', 'reason');
	const check = o.resource_check;

	if (check) {
		const points = (check.points ?? []).join('、');
		values.resource_check = check.result + ((check.points ?? []).length > 0 ? `：${points}` : '');
	}
	addRow(w, 'ref', {}, values);
}

function addOutcome(w, o) {
	const values = pick(o, 'as_of', 'scale', 'value', 'max', 'note');
	const self = ofRole(w, 'self');

	if (o.rater === 'self' || (ofWho(w, o.rater) & self) !== 0) {
		addRow(w, 'out.self_scale', {owner: self}, values);
	} else {
		addRow(w, 'out.staff_scale', {}, {...values, rater: whoLabel(w, o.rater)});
	}
}

function addLedgers(w, doc, day) {
	const known = (list, key) => (list ?? []).filter((o) => o[key] <= day);

	for (const o of doc.resources ?? []) {
		addRow(w, 'case.resources', {}, pick(o, 'name', 'kind', 'check'), o.id);
	}
	known(doc.referrals, 'date').forEach((o) => addReferral(w, o));
	for (const o of known(doc.bonds, 'as_of')) {
		for (const bond of o.bonds) {
			addRow(w, 'bond.map', {about: ofWho(w, bond.with)}, {
				...pick(bond, 'strength', 'kind', 'direction'), as_of: o.as_of,
				with: whoLabel(w, bond.with),
			});
		}
	}
	known(doc.outcomes, 'as_of').forEach((o) => addOutcome(w, o));
	known(doc.stage_history, 'from').forEach((o) =>
		addRow(w, 'out.stage_review', {}, pick(o, 'from', 'stage')));
}

function addNotes(w, doc, day) {
	for (const o of (doc.monitoring ?? []).filter((e) => e.date <= day)) {
		addRow(w, 'mon.note', {owner: ofWhoOn(w, o.by, o.date)},
			{...pick(o, 'date', 'text'), by: whoLabel(w, o.by)});
	}
}

/* ---- the meeting, and how it ended ---------------------------------------------------------- */

function addMeeting(w, doc) {
	const c = doc.conference;

	['held_on', 'place', 'legal_basis'].forEach((k) => setField(w, `conf.${k}`, c[k]));
	['conf_no', 'start', 'end'].forEach((k) => setField(w, `conf.schedule.${k}`, c[k]));
	setField(w, 'conf.schedule.participation', c.person_participation);
	for (const o of c.agenda) {
		const shared = ofAudience(w, o);
		addRow(w, 'conf.agenda_items', {shared}, {
			...pick(o, 'title', 'title_easy', 'minutes', 'fields'), audience: seatsValue(w, shared),
		}, String(o.item_no));
	}
}

function addClosure(w, doc, day) {
	const o = doc.closure;

	if (!o) {
		return;
	}
	/* Still to come: then the case goes on. */
	if (o.closed_on >= day) {
		if (['closed', 'follow_up'].includes(field(w, 'case.status').value)) {
			setField(w, 'case.status', 'ongoing');
		}
		return;
	}
	setField(w, 'close.reason', o.reason);
	setField(w, 'close.closed_on', o.closed_on);
	setField(w, 'close.lead_agency', o.post_lead_agency);
	addRow(w, 'close.followup', {},
		{...pick(o, 'return_route'), ...pick(o.follow_up, 'until', 'frequency')});
}

/* The n-th series of a file, each before those inside it; 0 is the file's own. Nothing of one is in another. */
export function seriesOf(file, n = 0) {
	const all = (doc) => [doc, ...(doc.other_series ?? []).flatMap(all)];

	return all(file)[n];
}

/* The state before the meeting, of one series. */
export function importCase(policy, file, now, series = 0) {
	const doc = seriesOf(file, series);
	const day = doc.conference.held_on;
	const start = dayStart(day) + clockMs(doc.conference.start);
	const home = doc.conference.legal_basis === 'consent_based';
	const w = {
		policy, now, doc, statutory: !home, seats: [], cells: new Map(), rows: new Map(), grants: [], items: [],
		rowsOf: new Map([...policy.tables.keys()].map((t) => [t, []])), assent: false,
		succeeds: false, begun: false, on: false, open: null, audience: 0, openings: 0, since: 0, paused: false,
		pause: 0, fresh: 0,
	};

	for (const col of policy.fields) {
		w.cells.set(col.id, {key: col.id, col, row: null, value: emptyValue(col)});
	}
	addSeats(w, doc);
	if (home) {
		addCase(w, doc, day);
		addHousehold(w, doc);
		(doc.consents ?? []).forEach((c) => addConsent(w, c, start));
		addPlan(w, doc);
		addWork(w, doc);
		addLedgers(w, doc, day);
	}
	for (const d of doc.denials ?? []) {
		seatNamed(w, d.party).denied |= ofParty(w, d.about_party);
	}
	addNotes(w, doc, day);
	addMeeting(w, doc);
	if (home) {
		addClosure(w, doc, day);
	}
	return w;
}
