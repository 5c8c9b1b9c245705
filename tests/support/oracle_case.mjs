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
export const meetingEnd = (file) => timeOf(`${file.conference.held_on}T${file.conference.end}`);

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

const heldAt = (party, at) => (!party.from || at >= dayStart(party.from)) &&
	(!party.until || at < dayEnd(party.until));

function consentsFor(file, party) {
	return (file.consents ?? []).filter((c) =>
		(c.party ? c.party === party.id : c.role === seatRole(party)));
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
	return !consent.expires_on || at < dayEnd(consent.expires_on);
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

/* The party ids an audience lets in: its roles, narrowed where a role has several seats. */
function audienceParties(file, holder) {
	return new Set(file.parties.filter((p) => {
		const named = holder.audience_parties?.[p.role];
		return holder.audience.includes(p.role) && (!named || named.includes(p.id));
	}).map((p) => p.id));
}

function audienceOf(file, when) {
	if (when.decision_no !== undefined) {
		return file.minutes.decisions.find((d) => d.no === when.decision_no);
	}
	const itemNo = when.item_no ?? file.script.find((s) => s.seq === when.seq)?.item_no;
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
function rowAsked(file, party, cls, opts) {
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
		const audience = audienceParties(file, holder).has(party.id) ? [0] : [1];
		return {owner: other ? [1] : [0], about: [], audience};
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
	const party = partyOf(file, partyId);
	const mark = policy.matrix.get(what.cls).get(seatRole(party));
	if (opts.member !== undefined && mark.includes('*')) {
		return skip('a household member has no seat');
	}
	const row = rowAsked(file, party, what.cls, opts);
	if (row === null) {
		return skip('no such item, utterance or decision');
	}
	const denied = opts.rowParty !== undefined && (file.denials ?? []).some((d) =>
		d.party === partyId && d.about_party === opts.rowParty) ? [1] : [];
	const times = timesAsked(file, what.cls, opts);
	const found = times.map((at) => level({
		policy, role: seatRole(party), duties: dutiesOf(party), cls: what.cls, col: what.col, seat: 0,
		row: row ?? null, live: heldAt(party, at), barred: false, denied,
		grants: grantsAt(policy, file, party, at), plan: opts.state === 'draft' ? 'draft' : 'live',
	}));

	if (found.length === 0) {
		return skip('never in the script');
	}
	return new Set(found.map((f) => f.level)).size === 1 ? found[0] : skip('changes while it is open');
}

/* A statutory series knows its own meeting and its own parties; nothing else of it is kept. */
function inOtherSeries(policy, file, partyId, field, opts) {
	const other = (file.other_series ?? []).find((s) => s.conference.series_no === opts.seriesNo);
	const cls = classOf(policy, field)?.cls;

	if (!other || !cls) {
		return skip('no such series or class');
	}
	if (!other.parties.some((p) => p.id === partyId)) {
		return {level: 'none', reason: 'seat'};
	}
	if (!/^(party|conf|min|mon)\./.test(cls)) {
		return skip('not kept in a statutory series');
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
	return inFile.parties.filter((p) => (row.role === 'rec'
		? p.role === 'rec' || (p.functions ?? []).includes('recorder')
		: seatRole(p) === row.role)).map((p) => p.id);
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
	if (mark !== 'n+') {
		return mark !== 'n';
	}
	return consentsFor(file, party).some((consent) =>
		consent.fields.some((field) => classOf(policy, field)?.cls === classId));
}
