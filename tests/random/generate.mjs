/*
 * Random cases from a seed: a valid document of the format, drawn from the schema, and options for
 * the harness. Every text has a mark of its own ("k17q"), so that wherever it turns up one can tell
 * what it is. Nothing here knows the product's code.
 *
 * generateCase(policy, seed) -> {case, options}; the acts are drawn by script.mjs.
 */
import {dayOf, dayStart, seriesOf, timeOf} from './oracle_case.mjs';

const DAY = 24 * 3600 * 1000;
const HARD = ['𠮷野家', '髙﨑', 'がぎぐ', '👨‍👩‍👧‍👦', 'مرحبا', 'שלום', '"引用"', '\\n ではない', '<b>太字</b>',
	'=1+1', '漢字《かんじ》', '　全角　', 'Ångström', '～−‐', '‘’“”', '{"a":1}', '😀🏽', 'ｶﾅ', '①②',
	'\u2028', '%s%d', "O'Neil", '@', '#1', 'null', '0', 'é'];

/* ---- dice ----------------------------------------------------------------------------------- */

export function dice(seed) {
	let a = (seed ^ 0x9e3779b9) >>> 0;
	const next = () => { /* mulberry32 */
		a = (a + 0x6d2b79f5) >>> 0;
		let t = Math.imul(a ^ (a >>> 15), a | 1);
		t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
		return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
	};
	const d = {
		upTo: (n) => Math.floor(next() * n),
		chance: (p) => next() < p,
		of: (list) => list[d.upTo(list.length)],
		some: (list, p) => list.filter(() => next() < p),
		times: (n, make) => Array.from({length: d.upTo(n + 1)}, (_, i) => make(i)),
		marks: 0,
		mark: () => `k${d.marks++}q`,
	};
	for (let i = 0; i < 5; i++) {
		next();
	}
	return d;
}

export function line(d) {
	return d.mark() + (d.chance(0.5) ? d.of(HARD).replaceAll('\u2028', '') : '');
}

export function text(d) {
	const lines = d.times(2, () => (d.chance(0.03) ? '長'.repeat(2000) : d.of(HARD)));

	return [line(d), ...lines].join('\n');
}

/* A key is there, is null, or is not there at all. */
function put(d, o, key, make, nulls = true) {
	const n = d.upTo(10);

	if (n < 7) {
		o[key] = make();
	} else if (n === 7 && nulls) {
		o[key] = null;
	}
	return o;
}

/* A value of a column, as the format has it. */
function value(w, col) {
	const {d} = w;

	switch (col.type) {
	case 'text': return col.max ? line(d).slice(0, col.max) : text(d);
	case 'line': return line(d);
	case 'date': return day(w);
	case 'enum': return d.of(Object.keys(w.policy.enums[col.enum]));
	case 'int': return col.min + d.upTo(Math.min(col.most - col.min, 12) + 1);
	case 'bool': return d.chance(0.5);
	default: throw new Error(col.id);
	}
}

const day = (w, before = 300, afterDays = 60) =>
	dayOf(w.held + (w.d.upTo(before + afterDays) - before) * DAY + 1);

/* key -> column id; each is there or not. */
function columns(w, o, map) {
	for (const [key, id] of Object.entries(map)) {
		put(w.d, o, key, () => value(w, w.policy.cols.get(id)));
	}
	return o;
}

const sameName = (prefix, ...names) => Object.fromEntries(names.map((n) => [n, prefix + n]));

/* ---- parties -------------------------------------------------------------------------------- */

const ROLES = ['self', 'ps', 'aps', 'sup', 'cw', 'hw', 'pj', 'emp', 'kp', 'lkp', 'guest', 'adm', 'rec'];
const GUESTS = ['民生委員', 'doctor', 'kp', 'interpreter', 'guest', 'self'];

function party(w, i) {
	const {d} = w;
	const p = {id: `p-${i}${d.chance(0.1) ? d.of(['𠮷', 'え', '-x']) : ''}`, role: d.of(ROLES)};

	if (i === 0) {
		p.role = 'ps';
	} else if (i === 1) {
		p.role = d.chance(0.9) ? 'self' : 'emp';
	} else if (p.role === 'self') {
		p.role = 'emp';
	}
	if (p.role === 'guest' || (i > 1 && d.chance(0.1))) {
		p.guest = true;
		p.role = d.of(GUESTS);
	}
	columns(w, p, sameName('party.', 'name', 'display_label', 'affiliation'));
	put(d, p, 'functions', () => d.some(['chair', 'recorder'], i === 0 ? 0.9 : 0.15), false);
	put(d, p, 'remote', () => d.chance(0.3), false);
	if (d.chance(0.25)) {
		p.from = day(w, 20, 20);
	}
	if (d.chance(0.25)) {
		const until = day(w, 5, 30);
		p.until = p.from && until < p.from ? p.from : until;
	}
	put(d, p, 'attends', () => d.chance(0.8), false);
	return p;
}

/* Somebody takes over: named, by their role, as the same person, or by their dates alone. */
function succession(w) {
	const {d} = w;
	const next = d.upTo(w.parties.length);
	const [p, old] = [w.parties[next], w.parties[d.upTo(w.parties.length)]];
	const follows = (one) => one && (one === p || follows(w.parties.find((o) => o.id === one.promoted_from)));
	const start = d.upTo(60) - 40;
	const dayAt = (n) => dayOf(w.held + n * DAY + 1);
	/* Nobody follows in a circle, and the person is followed by nobody. */

	if (next < 2 || old.role === 'self' || p.promoted_from || follows(old)) {
		return;
	}
	if (d.chance(0.6)) {
		p.role = old.role;
		delete p.guest;
		Object.assign(p, old.guest ? {guest: true} : {});
	}
	/* What else follows them, or they follow, may not be turned round. */
	if (w.parties.some((o) => o.promoted_from && [o.id, o.promoted_from].some((id) => id === old.id || id === p.id))) {
		return;
	}
	[old, p].forEach((o) => { delete o.from; delete o.until; });
	if (d.chance(0.85)) {
		p.from = dayAt(start);
		old.until = d.chance(0.6) ? dayAt(start - 1) : undefined;
	}
	if (d.chance(0.25) && old.affiliation) {
		p.affiliation = old.affiliation;
	} else {
		p.promoted_from = d.chance(0.7) ? old.id : old.role;
	}
	if (d.chance(0.4)) {
		p.same_person_as = old.id;
	}
}

const who = (w) => (w.d.chance(0.5) ? w.d.of(w.parties).id : w.d.of(ROLES.slice(0, 12)));

/* ---- consents ------------------------------------------------------------------------------- */

/* Mostly something that somebody may be given. */
function grantable(w, role) {
	const {d, policy} = w;
	const all = [...policy.matrix.keys()];
	const fit = all.filter((cls) => policy.matrix.get(cls)[role] === 'n+');
	const cls = fit.length > 0 && d.chance(0.8) ? d.of(fit) : d.of(all);
	const cols = [...policy.cols.values()].filter((c) => c.cls === cls);

	return d.chance(0.25) && cols.length > 0 ? d.of(cols).id : cls;
}

function consent(w, i) {
	const {d} = w;
	const p = d.of(w.parties);
	const role = p.guest || p.role === 'rec' ? 'guest' : p.role;
	const o = {id: `c-${i}`, fields: [], level: d.chance(0.9) ? 'read' : 'write',
		given_on: d.chance(0.2) ? day(w, -1, 60) : day(w, 200, 1)}; /* one of a later day is still to come */

	if (d.chance(0.5)) {
		o.party = p.id;
		put(d, o, 'role', () => p.role, false);
	} else {
		o.role = role;
	}
	o.fields = [...new Set(Array.from({length: 1 + d.upTo(4)}, () => grantable(w, role)))];
	if (d.chance(0.1)) {
		o.fields.push('consent.database');
	}
	if (d.chance(0.7)) {
		o.expires_on = day(w, 30, 200);
		o.expires_on = o.expires_on < o.given_on ? o.given_on : o.expires_on;
	}
	if (d.chance(0.2)) {
		o.expires_at = `${day(w, 1, 3)}T${d.of(['09:30', '14:05:30', '23:59', '00:00:00'])}` +
			d.of(['', '', 'Z', '+09:00', '-05:30']);
	}
	columns(w, o, {method: 'consent.method'});
	/* The record of the database is a line. */
	put(d, o, 'note', () => (d.chance(0.4) ? `${line(d)} 自分の所だけ`
		: o.fields.includes('consent.database') ? line(d) : text(d)));
	if (d.chance(0.25)) {
		o.withdrawn_at = `${day(w, 30, 5)}T10:00`;
		put(d, o, 'withdraw_words', () => text(d));
		put(d, o, 'withdrawn_in', () => line(d));
	}
	return o;
}

/* ---- the person and the plans --------------------------------------------------------------- */

function household(w) {
	const {d} = w;
	const o = {};

	put(d, o, 'members', () => d.times(4, (i) => {
		const m = columns(w, {id: `m-${i}`}, sameName('household.', 'name', 'relation',
			'living_together', 'consent', 'note', 'protected_info'));
		put(d, m, 'consent_record', () => (d.chance(0.5) ? text(d) : {
			given_on: day(w), method: line(d), ...(d.chance(0.5) ? {note: text(d)} : {text: text(d)}),
			...(d.chance(0.3) ? {expires_on: day(w)} : {}),
		}));
		return m;
	}), false);
	put(d, o, 'protected_info', () => {
		const about = o.members?.length > 0 && d.chance(0.6) ? d.of(o.members).id : null;
		return d.chance(0.5) ? text(d) : {text: text(d), ...(d.chance(0.8) ? {about} : {})};
	});
	return o;
}

function area(w, id) {
	const {d} = w;
	const o = {};
	const at = `plan.${id}.`;

	put(d, o, 'outline', () => columns(w, {}, sameName(`${at}outline.`, 'priority', 'period_from',
		'period_to', 'goal_short', 'status', 'approach')), false);
	put(d, o, 'action', () => {
		const a = columns(w, {}, sameName(`${at}action.`, 'person_wish', 'goal', 'content',
			'self_action', 'next_check_on', 'result'));
		put(d, a, 'who', () => d.times(4, () => (d.chance(0.3) ? line(d) : who(w))));
		put(d, a, 'resource_ids', () => d.some(w.resources, 0.6).map((r) => r.id));
		return a;
	}, false);
	put(d, o, 'background', () => columns(w, {}, sameName(`${at}background.`, 'current_state',
		'assessment_note')), false);
	return columns(w, o, {restricted_note: `${at}restricted_note`});
}

const STATUS = ['draft', 'checked', 'checked', 'proposed', 'proposed', 'proposed',
	'provisional', 'adopted', 'superseded'];

function plan(w) {
	const {d} = w;
	const o = columns(w, {}, {...sameName('plan.', 'no', 'overall_goal', 'review_result',
		'review_comment', 'gap_note'), period_from: 'plan.period.from', period_to: 'plan.period.to'});

	put(d, o, 'status', () => d.of(STATUS));
	put(d, o, 'areas', () => Object.fromEntries(d.some(w.policy.areas, 0.4)
		.map((id) => [id, area(w, id)])), false);
	return o;
}

function ownPlan(w) {
	const {d} = w;
	const o = columns(w, {}, sameName('pplan.', 'written_on', 'message', 'review'));

	return put(d, o, 'statements', () => d.times(3, (i) => columns(w, {id: `s-${i}`},
		sameName('pplan.statements.', 'area', 'text'))), false);
}

function assessment(w) {
	const {d} = w;
	const o = columns(w, {}, sameName('assess.', 'background', 'strengths', 'risk_note'));

	put(d, o, 'three_poverty', () => columns(w, {}, sameName('assess.three_poverty.', 'economic',
		'physical', 'relational')));
	return put(d, o, 'motivation', () => columns(w, {}, sameName('assess.motivation.', 'for_what',
		'for_whom')));
}

const site = (w, o) => columns(w, o, {...sameName('work.', 'conditions', 'site_program',
	'site_feedback', 'wage_terms'), job_leads: 'work.job_leads.text'});

/* ---- what grows over the years -------------------------------------------------------------- */

function ledgers(w, doc) {
	const {d} = w;

	put(d, doc, 'referrals', () => d.times(3, (i) => {
		const o = columns(w, {no: i + 1, date: day(w, 200, 20)}, sameName('ref.', 'kind', 'from', 'to',
			'status', 'reason'));
		return put(d, o, 'resource_check', () => ({result: d.of(['ok', 'caution', 'stop']),
			...(d.chance(0.7) ? {points: d.times(3, () => line(d))} : {})}));
	}), false);
	put(d, doc, 'bonds', () => d.times(2, () => ({as_of: day(w, 200, 20),
		bonds: d.times(4, () => columns(w, {with: d.chance(0.6) ? who(w) : line(d)},
			sameName('bond.map.', 'strength', 'kind', 'direction')))})), false);
	put(d, doc, 'outcomes', () => d.times(3, () => columns(w, {as_of: day(w, 200, 20),
		scale: d.of(Object.keys(w.policy.enums.outcome_scale)), rater: d.chance(0.4) ? 'self' : who(w)},
	sameName('out.self_scale.', 'value', 'max', 'note'))), false);
	put(d, doc, 'stage_history', () => d.times(3, () => ({from: day(w, 300, 20), stage: 1 + d.upTo(4)})),
		false);
	put(d, doc, 'monitoring', () => d.times(3, () => columns(w, {date: day(w, 200, 20), by: who(w)},
		{text: 'mon.note.text'})), false);
	if (d.chance(0.3)) {
		doc.closure = columns(w, {closed_on: day(w, 20, 20)}, {reason: 'close.reason',
			post_lead_agency: 'close.lead_agency', return_route: 'close.followup.return_route'});
		put(d, doc.closure, 'follow_up', () => columns(w, {}, {until: 'close.followup.until',
			frequency: 'close.followup.frequency'}));
	}
}

/* ---- the meeting ---------------------------------------------------------------------------- */

function item(w, i) {
	const {d} = w;
	const called = [...new Set(w.parties.map((p) => p.role))];
	const o = {item_no: i * 2 + 1, audience: d.some([...called, 'rec'], 0.6)};

	if (i === 0 && d.chance(0.7)) {
		o.audience = called;
	}
	columns(w, o, sameName('conf.agenda_items.', 'title', 'title_easy', 'minutes'));
	put(d, o, 'fields', () => Array.from({length: d.upTo(4)}, () => (d.chance(0.5)
		? d.of([...w.policy.matrix.keys()]) : d.of([...w.policy.cols.keys()]))), false);
	if (d.chance(0.3) && o.audience.length > 0) {
		const role = d.of(o.audience);
		o.audience_parties = {[role]: d.some(w.parties.filter((p) => p.role === role), 0.6)
			.map((p) => p.id)};
	}
	return o;
}

function conference(w) {
	const {d} = w;
	const o = {series_no: `S-${d.upTo(1000)}`, held_on: dayOf(w.held + 1), start: w.start,
		legal_basis: d.chance(0.93) ? 'consent_based' : d.of(Object.keys(w.policy.enums.legal_basis))};

	put(d, o, 'end', () => '17:00');
	columns(w, o, {conf_no: 'conf.schedule.conf_no', place: 'conf.place',
		person_participation: 'conf.schedule.participation'});
	o.agenda = Array.from({length: 1 + d.upTo(4)}, (_, i) => item(w, i));
	return put(d, o, 'attendance', () => d.some(w.parties, 0.3).map((p) => ({party: p.id, in: w.start})),
		false);
}

function denials(w) {
	const {d} = w;

	/* Often of those who do most in a meeting: the companion, the person. */
	return d.times(w.parties.length > 3 && d.chance(0.5) ? 3 : 0, () => {
		const a = d.upTo(d.chance(0.4) ? 2 : w.parties.length);
		const b = d.upTo(w.parties.length);
		return {party: w.parties[a].id, about_party: w.parties[b === a ? (a + 1) % w.parties.length : b].id};
	});
}

function caseHead(w) {
	const o = columns(w, {}, sameName('case.', 'case_no', 'title', 'ledger_kind', 'stage', 'status',
		'intake_route', 'lead_agency', 'safety_flag', 'started_on'));

	return put(w.d, o, 'ledger_history', () => w.d.times(3, () => ({from: day(w),
		kind: w.d.of(Object.keys(w.policy.enums.ledger_kind))})));
}

function documentOf(w) {
	const {d} = w;
	const doc = {format: 'six-party-conference-sample/1', fictional: true, parties: w.parties};

	put(d, doc, 'notice', () => text(d));
	doc.conference = conference(w);
	put(d, doc, 'case', () => caseHead(w));
	put(d, doc, 'person', () => columns(w, {}, sameName('person.', 'preferred_name', 'legal_name',
		'kana', 'birth_date', 'contact', 'address', 'comm_needs', 'life_history')));
	put(d, doc, 'household', () => household(w));
	put(d, doc, 'consents', () => d.times(6, (i) => consent(w, i)), false);
	put(d, doc, 'assessment', () => assessment(w));
	put(d, doc, 'personal_plan', () => ownPlan(w));
	put(d, doc, 'support_plan', () => plan(w));
	put(d, doc, 'work_site', () => site(w, {}));
	put(d, doc, 'work_sites', () => d.some(w.parties.filter((p) => p.role === 'emp'), 0.7)
		.map((p) => site(w, {party: p.id})), false);
	put(d, doc, 'resources', () => w.resources, false);
	if (!doc.resources) {
		doc.resources = w.resources;
	}
	put(d, doc, 'denials', () => denials(w), false);
	ledgers(w, doc);
	return doc;
}

/* One conference; now and then few seats, mostly a whole table. */
function series(d, policy, held) {
	const start = d.of(['09:00', '13:30', '14:05', '00:00']);
	const w = {d, policy, held, start};
	const count = 1 + (d.chance(0.3) ? d.upTo(20) : 2 + d.upTo(9));

	w.parties = Array.from({length: count}, (_, i) => party(w, i));
	for (let n = d.chance(0.35) ? 1 + d.upTo(3) : 0; n > 0; n--) {
		succession(w);
	}
	w.resources = d.times(4, (i) => columns(w, {id: `r-${i}`}, sameName('case.resources.', 'name',
		'kind', 'check')));
	return documentOf(w);
}

const byLaw = (policy) => Object.keys(policy.enums.legal_basis).filter((b) => b !== 'consent_based');

/*
 * Conferences about the same person on another basis, with seats, rows and dates of their own; ids and people
 * may be the same. One of them may rest on consent where no other does.
 */
function addOthers(d, policy, home, held) {
	let resting = home.conference.legal_basis === 'consent_based';
	let count = 0;
	const add = (doc) => {
		const other = series(d, policy, held + (d.upTo(60) - 30) * DAY);
		const consents = !resting && d.chance(0.5);

		resting = resting || consents;
		other.conference.legal_basis = consents ? 'consent_based' : d.of(byLaw(policy));
		other.conference.series_no = `${home.conference.series_no}-${++count}`;
		for (const p of d.some(other.parties, 0.2)) {
			p.same_person_as = d.of(home.parties).id;
		}
		doc.other_series = [...(doc.other_series ?? []), other];
		return other;
	};

	for (let n = d.upTo(2) + 1; n > 0; n--) {
		const other = add(home);
		if (d.chance(0.2)) {
			add(other);
		}
	}
	return count;
}

export function generateCase(policy, seed) {
	const d = dice(seed);
	const held = dayStart('2026-01-05') + d.upTo(600) * DAY;
	const doc = series(d, policy, held);
	const played = d.chance(0.15) ? d.upTo(addOthers(d, policy, doc, held) + 1) : 0;
	const {conference, parties} = seriesOf(doc, played);
	const now = timeOf(`${conference.held_on}T${conference.start}`);
	const boards = d.times(2, () => d.some(parties, 0.4).map((p) => p.id)).filter((b) => b.length > 0);

	return {case: doc, options: {now: now - (d.chance(0.2) ? d.upTo(3) * DAY : 0), dice: seed + 1,
		boards, series: played}, dice: d};
}
