/*
 * A richer file from one of the cases: what the format allows and the three cases do not use. An item
 * nobody speaks in, words between two items, a break without a card, a dissent that is only told as an
 * event, somebody who is away for a while, consents that end in the meeting, and expectations with
 * every kind of `when`. What those expect is what the independent oracle says.
 */
import {evaluateExpectation} from '../support/oracle.mjs';
import {audienceOf, itemOf} from './cast.mjs';
import {dayOf, meetingStart} from './times.mjs';

const clock = (ms) => `${dayOf(ms)}T${new Date(ms + 9 * 3600 * 1000).toISOString().slice(11, 19)}`;
const stamp = (seconds) => [Math.floor(seconds / 60), seconds % 60]
	.map((n) => String(n).padStart(2, '0')).join(':');
const secondsOf = (t) => t.split(':').reduce((sum, n) => sum * 60 + Number(n), 0);

/* An item at the end with few seats, of which only the minutes tell. */
function addQuietItem(file) {
	const no = Math.max(...file.conference.agenda.map((i) => i.item_no)) + 1;

	file.conference.agenda.push({item_no: no, title: '三人だけの話', title_easy: 'さいごの話', minutes: 5,
		audience: ['self', 'ps', 'aps'], fields: ['pplan.message']});
	file.minutes.decisions.push({no: Math.max(...file.minutes.decisions.map((d) => d.no)) + 1, item_no: no,
		text: '次に会う日を先に決めてから帰る。', audience: ['self', 'ps', 'aps']});
	file.minutes.actions.push({who: 'p-ps', what: '帰りのバスの時刻を調べる', due: file.conference.held_on,
		item_no: no});
	return no;
}

/* Between the last two items that are spoken about nobody has opened anything. */
function addBetween(file) {
	const at = file.script.findLastIndex((s, i) => i > 0 && s.item_no !== file.script[i - 1].item_no);
	const before = secondsOf(file.script[at - 1].t);
	const t = stamp(Math.floor((before + secondsOf(file.script[at].t)) / 2));

	file.script.splice(at, 0, {seq: file.script.length + 1, t, item_no: null, speaker: 'p-ps',
		text: '席が入れかわるので、少し待ちます。', edits: [],
		events: [{type: 'bond_shift', from: 'p-ps', to: 'p-kp', note: '席を移る間の立ち話'}]});
}

/* Told on the last step: a break, and who does not agree, in words of its own. */
function addEvents(file) {
	const last = file.script.at(-1);
	const writer = [...audienceOf(file, itemOf(file, last.item_no))].find((id) =>
		file.parties.find((p) => p.id === id)?.role === 'kp');

	file.script.at(-2).events.push({type: 'break', minutes: 3});
	if (writer) {
		last.events.unshift({type: 'dissent', party: writer, note: 'もう少し、ゆっくり決めたい。'});
	}
}

/* By the list alone somebody goes for a while; the script does not speak of it. */
function addAbsence(file) {
	const start = meetingStart(file);
	const at = (minutes) => clock(start + minutes * 60_000).slice(11, 16);

	file.conference.attendance = [...file.conference.attendance.filter((a) => a.party !== 'p-sup'),
		{party: 'p-sup', in: at(0), out: at(8)}, {party: 'p-sup', in: at(14), out: at(80)}];
}

/* One that runs out in the meeting, and one that is withdrawn in it by whoever keeps the records. */
function addConsents(file) {
	const start = meetingStart(file);
	const step = file.script.find((s) => secondsOf(s.t) >= 900);
	const given = {level: 'read', given_on: dayOf(start - 30 * 24 * 3600 * 1000), method: '書面・署名'};

	file.consents.push(
		{id: 'c90', party: 'p-hw', fields: ['person.address'], ...given,
			expires_at: clock(start + 600_000), note: '十分だけ'},
		{id: 'c91', party: 'p-hw', fields: ['plan.relations.outline'], ...given,
			withdrawn_at: clock(start + secondsOf(step.t) * 1000), withdrawn_in: 'conference',
			withdraw_words: 'やはり、そこは見せたくないです。', note: '会議で取り下げる'});
	step.events.push({type: 'consent_withdrawn', consent: 'c91', effective: 'immediately'});
	return {seq: step.seq, ms: secondsOf(step.t) * 1000};
}

function questions(file, quiet, withdrawn) {
	const start = meetingStart(file);
	const rows = [];
	const ask = (role, field, when) => rows.push({role, field, ...(when ? {when} : {}), why: '数えあげ'});
	const seq = file.script.find((s) => s.text && s.item_no === file.script.at(-1).item_no).seq;

	for (const role of ['self', 'ps', 'cw', 'hw', 'pj', 'kp']) {
		ask(role, 'min.decisions', {item_no: 3});
		ask(role, 'min.decisions', {decision_no: file.minutes.decisions.at(-1).no});
		ask(role, 'min.utterances', {seq});
		ask(role, 'conf.agenda_items', {item_no: quiet});
		ask(role, 'plan.health.outline', {item_no: 2});
		ask(role, 'min.corrections', {item_no: quiet});
		ask(role, 'min.dissent', {item_no: 2, row: 'own'});
	}
	for (const [field, ms] of [['person.address', 600_000], ['plan.relations.outline', withdrawn.ms]]) {
		ask('hw', field, {at: clock(start + ms - 120_000)});
		ask('hw', field, {at: clock(start + ms)});
		ask('hw', field);
	}
	ask('hw', 'plan.relations.outline', {item_no: quiet});
	ask('hw', 'plan.relations.outline', {seq: withdrawn.seq});
	ask('cw', 'plan.work.action', {state: 'draft'});
	ask('ps', 'plan.work.action', {state: 'draft'});
	ask('cw', 'party.pledge', {row: 'own'});
	ask('kp', 'party.contact', {row_party: 'p-ps'});
	ask('pj', 'party.contact', {row_party: 'p-pj'});
	const member = file.household.members.find((m) => m.id)?.id;
	if (member) {
		ask('hw', 'household.members', {member});
		ask('cw', 'household.members', {member});
	}
	return rows;
}

/* -> a copy with all that */
export function enriched(original) {
	const file = structuredClone(original);
	const quiet = addQuietItem(file);

	addBetween(file);
	addEvents(file);
	addAbsence(file);
	const withdrawn = addConsents(file);
	const known = questions(file, quiet, withdrawn).map((row) => {
		const answer = evaluateExpectation(file, {...row, expected: 'none'});
		return answer.skipped ? null : {...row, expected: answer.got};
	}).filter(Boolean);
	file.visibility_expectations.push(...known);
	return file;
}
