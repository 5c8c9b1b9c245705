/*
 * What a case file says should be visible: matrix and consents at a time. Written from the samples'
 * README. A question that cannot be answered from the file is `skipped`, never guessed.
 */
import {level, shippedPolicy} from './oracle.mjs';

const JAPAN = '+09:00';
const PLACES = ['conf.agenda_items', 'conf.item_audience'];

export const dayStart = (day) => Date.parse(`${day}T00:00:00${JAPAN}`);
const dayEnd = (day) => dayStart(day) + 24 * 3600 * 1000;

/* "YYYY-MM-DDTHH:MM[:SS]" without a zone is Japan's; a bare date is its first moment. */
export function timeOf(text) {
	if (/^\d{4}-\d\d-\d\d$/.test(text)) {
		return dayStart(text);
	}
	return Date.parse(/(Z|[+-]\d\d:\d\d)$/.test(text) ? text : text + JAPAN);
}

export const meetingStart = (file) => timeOf(`${file.conference.held_on}T${file.conference.start}`);
export const meetingEnd = (file) => (file.conference.end
	? timeOf(`${file.conference.held_on}T${file.conference.end}`) : meetingStart(file));

function stepTime(file, step) {
	const [minutes, seconds] = step.t.split(':').map(Number);
	return meetingStart(file) + (minutes * 60 + seconds) * 1000;
}

/* ---- parties and consents ------------------------------------------------------------------ */

export function partyOf(file, id) {
	const party = file.parties.find((p) => p.id === id);
	if (!party) {
		throw new Error(`no party ${id}`);
	}
	return party;
}

/* The role the server judges by: clerks and guests have a guest's seat whatever they are called. */
export const seatRole = (party) => (party.guest || party.role === 'rec' ? 'guest' : party.role);
const dutiesOf = (party) => [...(party.functions ?? []), ...(party.role === 'rec' ? ['recorder'] : [])];

/* ---- who follows whom ------------------------------------------------------------------------ */

const beginsAt = (party) => (party.from ? dayStart(party.from) : -Infinity);
const toldEnd = (party) => (party.until ? dayEnd(party.until) : Infinity);
const single = (list) => (list.length === 1 ? list[0] : null);

/*
 * Whose seat a party took: the party `promoted_from` names; where it names a role, that of the same
 * person, else of the only one of that role who had ended; without it the only colleague of one role and
 * one affiliation whose last day was the day before.
 */
function followed(file, party) {
	const others = file.parties.filter((p) => p !== party);
	const {promoted_from: from, same_person_as: person} = party;

	if (from) {
		return others.find((p) => p.id === from) ??
			others.find((p) => p.id === person && p.role === from &&
				!(party.from && beginsAt(p) > beginsAt(party))) ??
			single(others.filter((p) => p.role === from && toldEnd(p) <= beginsAt(party)));
	}
	return single(others.filter((p) => p.role === party.role && seatRole(p) === seatRole(party) &&
		p.affiliation && p.affiliation === party.affiliation && toldEnd(p) === beginsAt(party)));
}

/* [{party, same: is it still the same person?}], the nearest first. */
function before(file, party) {
	const line = [];
	let same = true;

	for (let at = party, old; (old = followed(file, at)) && old !== party &&
		!line.some((l) => l.party === old); at = old) {
		same &&= at.same_person_as === old.id;
		line.push({party: old, same});
	}
	return line;
}

/* Where no end is told, whoever takes the seat ends it. */
function endsAt(file, party) {
	const next = file.parties.filter((p) => p.from && beginsAt(p) > beginsAt(party) &&
		followed(file, p) === party).map(beginsAt);

	return party.until ? toldEnd(party) : Math.min(Infinity, ...next);
}

const heldAt = (file, party, at) => at >= beginsAt(party) && at < endsAt(file, party);

/* To a role is to whoever holds it; to a party is to that person, wherever they sit. */
function consentsFor(file, party) {
	const ids = [party, ...before(file, party).filter((b) => b.same).map((b) => b.party)].map((p) => p.id);

	return (file.consents ?? []).filter((c) =>
		(c.party ? ids.includes(c.party) : c.role === seatRole(party)));
}

/* A consent without an end lasts a year. */
function yearAfter(day) {
	const [year, ...rest] = day.split('-').map(Number);

	return Date.UTC(year + 1, rest[0] - 1, rest[1]) - 9 * 3600 * 1000;
}

function consentLive(consent, at) {
	if (consent.given_on && at < timeOf(consent.given_on)) {
		return false;
	}
	if (consent.withdrawn_at && at >= timeOf(consent.withdrawn_at)) {
		return false;
	}
	if (consent.expires_at) {
		return at < timeOf(consent.expires_at);
	}
	return at < (consent.expires_on ? dayEnd(consent.expires_on) : yearAfter(consent.given_on));
}

const saysOwnRows = (consent) => consent.rows === 'own' || (consent.note ?? '').includes('自分の所だけ');

/* A consent names classes or single fields: as the oracle's grants for seat 0. */
function grantsAt(policy, file, party, at) {
	const grants = [];

	for (const consent of consentsFor(file, party)) {
		for (const field of consent.fields) {
			const what = classOf(policy, field);
			if (what) {
				grants.push({seat: 0, cls: what.cls, col: what.col, ownRows: saysOwnRows(consent),
					live: consentLive(consent, at)});
			}
		}
	}
	return grants;
}

/* A class, a field or column, or a whole table with one class -> {cls, col?}. */
export function classOf(policy, field) {
	if (policy.matrix.has(field)) {
		return {cls: field};
	}
	const column = policy.columns.get(field);
	if (column) {
		return {cls: column.cls, col: column.id};
	}
	const classes = new Set([...policy.columns.values()].filter((c) => c.table === field)
		.map((c) => c.cls));
	return classes.size === 1 ? {cls: [...classes][0]} : null;
}

/* ---- one party, one field, at a time --------------------------------------------------------- */

/* What a party can be called in an audience: its role in the file, what it sits as, its duty. */
const namesOf = (party) => new Set([party.role, seatRole(party),
	...(dutiesOf(party).includes('recorder') ? ['rec'] : [])]);

/*
 * The party ids an audience lets in: of those who hold their seat that day its roles, narrowed where a
 * role has several seats.
 */
function audienceParties(file, holder) {
	const day = dayStart(file.conference.held_on);

	return new Set(file.parties.filter((p) => heldAt(file, p, day) && holder.audience.some((role) => {
		const named = holder.audience_parties?.[role];
		return namesOf(p).has(role) && (!named || named.includes(p.id));
	})).map((p) => p.id));
}

/* Was it shared with this party, or with somebody whose seat it took and who has left it by then? */
function sharedWith(file, party, audience, at) {
	return audience.has(party.id) || before(file, party).some((b) =>
		audience.has(b.party.id) && !heldAt(file, b.party, at));
}

function audienceOf(file, when) {
	if (when.decision_no !== undefined) {
		return file.minutes?.decisions?.find((d) => d.no === when.decision_no);
	}
	const itemNo = when.item_no ?? (file.script ?? []).find((s) => s.seq === when.seq)?.item_no;
	return file.conference.agenda.find((item) => item.item_no === itemNo);
}

function shareSegment(file, one, another) {
	return file.conference.agenda.some((item) => {
		const inside = audienceParties(file, item);
		return inside.has(one) && inside.has(another);
	});
}

const inSegments = (cls) => (cls.startsWith('min.') && cls !== 'min.next_date') || PLACES.includes(cls);

/* Whose row is asked about, in seats: 0 this party, 1 somebody else. undefined: none in particular. */
function rowAsked(file, party, cls, opts, at) {
	const own = opts.row === 'own' || opts.rowParty === party.id;
	const other = opts.row === 'other' || (opts.rowParty !== undefined && !own);
	const owner = own ? [0] : [1];

	/* "About that item" asks what the party can do there: on a row of its own unless told. */
	if (inSegments(cls) && (opts.itemNo ?? opts.seq ?? opts.decisionNo) !== undefined) {
		const holder = audienceOf(file, {
			item_no: opts.itemNo, seq: opts.seq, decision_no: opts.decisionNo,
		});
		if (!holder) {
			return null;
		}
		const inside = audienceParties(file, holder);
		const shared = sharedWith(file, party, inside, at);
		/* The agenda is shared with its seats and hidden from no other; minutes are cut to them. */
		return PLACES.includes(cls) ? {owner: [], about: shared ? [0] : [], audience: null}
			: {owner: other || !inside.has(party.id) ? [1] : [0], about: [], audience: shared ? [0] : [1]};
	}
	/* A household member has no seat: a row of nobody here. */
	if (opts.member !== undefined) {
		return {owner: [], about: [], audience: null};
	}
	/* A party's row is known to those who share a segment with it. */
	const known = cls.startsWith('party.') && other && opts.rowParty !== undefined &&
		shareSegment(file, party.id, opts.rowParty);
	return own || other ? {owner, about: known ? [0] : [], audience: null} : undefined;
}

/* Times at which the answer must agree: a moment, or the first and last of an open item. */
function timesAsked(file, cls, opts) {
	if (opts.at !== undefined) {
		return [typeof opts.at === 'number' ? opts.at : timeOf(opts.at)];
	}
	if (!inSegments(cls) && opts.seq !== undefined) {
		return file.script.filter((s) => s.seq === opts.seq).map((s) => stepTime(file, s));
	}
	if (!inSegments(cls) && opts.itemNo !== undefined) {
		return file.script.filter((s) => s.item_no === opts.itemNo).map((s) => stepTime(file, s));
	}
	return [meetingEnd(file)];
}

const skip = (why) => ({skipped: why});

/*
 * The level of one party of a case file on a class or field, by matrix and consents.
 * opts: at (ms or text; default: the end of the meeting), row 'own' | 'other', rowParty, itemNo, seq,
 * decisionNo, member, state 'draft', seriesNo, policy. -> {level, reason} or {skipped: why}
 */
export function expectedFor(file, partyId, field, opts = {}) {
	const policy = opts.policy ?? shippedPolicy();

	if (opts.seriesNo && opts.seriesNo !== file.conference.series_no) {
		return inOtherSeries(policy, file, partyId, field, opts);
	}
	const what = classOf(policy, field);
	if (!what) {
		return skip(`no class ${field}`);
	}
	if (!keeps(file, what.cls)) {
		return {level: 'none', reason: 'series'};
	}
	const party = partyOf(file, partyId);
	const times = timesAsked(file, what.cls, opts);
	const row = rowAsked(file, party, what.cls, opts, times[0]);
	if (row === null) {
		return skip('no such item, utterance or decision');
	}
	const denied = opts.rowParty !== undefined && (file.denials ?? []).some((d) =>
		d.party === partyId && d.about_party === opts.rowParty) ? [1] : [];
	const found = times.map((at) => level({
		policy, role: seatRole(party), duties: dutiesOf(party), cls: what.cls, col: what.col, seat: 0,
		row: row ?? null, live: heldAt(file, party, at), barred: false, denied,
		grants: grantsAt(policy, file, party, at), plan: opts.state === 'draft' ? 'draft' : 'live',
	}));

	if (found.length === 0) {
		return skip('never in the script');
	}
	return new Set(found.map((f) => f.level)).size === 1 ? found[0] : skip('changes while it is open');
}

/* A statutory series knows its own meeting and its own parties; nothing else of it is kept. */
const keeps = (file, cls) => file.conference.legal_basis === 'consent_based' ||
	/^(party|conf|min|mon|log)\./.test(cls);

function inOtherSeries(policy, file, partyId, field, opts) {
	const other = (file.other_series ?? []).find((s) => s.conference.series_no === opts.seriesNo);
	const cls = classOf(policy, field)?.cls;

	if (!other || !cls) {
		return skip('no such series or class');
	}
	if (!other.parties.some((p) => p.id === partyId)) {
		return {level: 'none', reason: 'seat'};
	}
	return expectedFor(other, partyId, field, {...opts, seriesNo: undefined, policy});
}

/* ---- rows of visibility_expectations ---------------------------------------------------------- */

const WHEN_KEYS = ['at', 'item_no', 'seq', 'decision_no', 'row', 'row_party', 'member', 'state',
	'series_no'];

function seatsMeant(file, row) {
	const inFile = row.when?.series_no === undefined ? file
		: [file, ...(file.other_series ?? [])].find((f) =>
			f.conference.series_no === row.when.series_no) ?? file;

	if (row.party) {
		return [row.party];
	}
	const at = row.when?.at === undefined ? meetingEnd(inFile) : timeOf(row.when.at);
	const all = inFile.parties.filter((p) => (row.role === 'rec'
		? p.role === 'rec' || (p.functions ?? []).includes('recorder')
		: seatRole(p) === row.role));
	const held = all.filter((p) => heldAt(inFile, p, at));
	return (held.length > 0 ? held : all).map((p) => p.id);
}

/* -> {holds: true|false, got} or {skipped: why}; several seats of a role must all agree with it. */
export function evaluateExpectation(file, row, policy = shippedPolicy()) {
	const when = row.when ?? {};
	const strange = Object.keys(when).find((key) => !WHEN_KEYS.includes(key));

	if (strange || (when.state !== undefined && when.state !== 'draft')) {
		return skip(`cannot judge ${strange ?? 'this state'}`);
	}
	const opts = {policy, at: when.at, itemNo: when.item_no, seq: when.seq,
		decisionNo: when.decision_no, row: when.row, rowParty: when.row_party, member: when.member,
		state: when.state, seriesNo: when.series_no};
	const parties = seatsMeant(file, row);
	/* A role nobody holds here (adm) is judged by the matrix alone. */
	const answers = parties.length > 0
		? parties.map((id) => expectedFor(file, id, row.field, opts))
		: [byMatrix(policy, row)];
	const skipped = answers.find((a) => a.skipped);

	if (skipped) {
		return skipped;
	}
	const got = [...new Set(answers.map((a) => a.level))].join('/');
	return {holds: got === row.expected, got};
}

function byMatrix(policy, row) {
	const what = classOf(policy, row.field);

	if (!what || !policy.roles.includes(row.role)) {
		return skip(`no role ${row.role} or class ${row.field}`);
	}
	return level({policy, role: row.role, cls: what.cls, col: what.col, seat: 0, row: null,
		plan: row.when?.state === 'draft' ? 'draft' : 'live'});
}

/* ---- for leak tests ----------------------------------------------------------------------------- */

/* Could this party ever read something of this class: by the matrix, or by any consent ever given? */
export function mayEverRead(file, partyId, classId, policy = shippedPolicy()) {
	const party = partyOf(file, partyId);
	const mark = policy.matrix.get(classId)?.get(seatRole(party));

	if (mark === undefined) {
		throw new Error(`no class ${classId}`);
	}
	if (!keeps(file, classId)) {
		return false;
	}
	if (mark !== 'n+') {
		return mark !== 'n';
	}
	return consentsFor(file, party).some((consent) =>
		consent.fields.some((field) => classOf(policy, field)?.cls === classId));
}
