/*
 * The case of the benchmarks: six official seats, a plan in force, and 20 texts that all six read.
 * Two seats of the assistant's role, because no other role may read as much. What hw reads of
 * living and social security rests on a consent: the rights are those of a real case, not opened up.
 */
const ROLES = ['ps', 'aps', 'sup', 'cw', 'hw', 'aps'];
const NOTICE = 'この事例に出てくる人物・団体・地名・番号・出来事は、すべて架空です。';
const SENTENCE = '朝は八時に起きて、週に三日は作業所へ行く。行けない日は電話で知らせる。';

const words = (chars) => SENTENCE.repeat(Math.ceil(chars / SENTENCE.length)).slice(0, chars);

/* Both days around today: nothing lapses while it is measured. */
const day = (offset) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);

function area(chars, isRead) {
	const text = words(chars);
	return {
		outline: {priority: 1, goal_short: '続ける', status: 'ongoing', approach: 'solve'},
		action: {person_wish: text, goal: text, content: text, who: ['ps'], self_action: text, result: text},
		...(isRead ? {background: {current_state: text, assessment_note: text}} : {}),
	};
}

/* A room: `n` names it, `chars` is the length of each of its 20 texts. */
export function caseFile(n, chars) {
	const parties = ROLES.map((role, i) => ({
		id: `p-${i}`, role, name: `架空 ${i}`, display_label: `席${i}`, affiliation: '架空の機関',
		...(i === 0 ? {functions: ['chair']} : {}),
	}));
	const text = words(chars);

	return {
		format: 'six-party-conference-sample/1', fictional: true, notice: NOTICE,
		case: {case_no: `B-${n}`, title: '測定（架空）', ledger_kind: 'independent_living', stage: 1, status: 'ongoing',
			intake_route: 'outreach', lead_agency: '架空の機関', started_on: day(-100)},
		person: {preferred_name: '架空さん', comm_needs: text},
		parties,
		consents: [{id: 'c1', role: 'hw', fields: ['plan.living.action', 'plan.social_security.action'], level: 'read',
			given_on: day(-50), expires_on: day(300), method: '書面'}],
		assessment: {strengths: text},
		support_plan: {no: 1, period_from: day(-30), period_to: day(300), overall_goal: '続ける', status: 'adopted',
			gap_note: text,
			areas: {work: area(chars, true), living: area(chars, false), social_security: area(chars, false)}},
		conference: {series_no: `B-${n}`, held_on: day(1), start: '14:00', end: '15:00', place: '架空の会議室',
			legal_basis: 'consent_based', agenda: [{item_no: 1, title: '一', audience: ['ps', 'aps', 'sup', 'cw', 'hw']}]},
	};
}

/*
 * What all six read, each with the seats that type in it, a bit for each: those whose role may. Nobody
 * types in the person's own words, though all read them.
 */
const AREA = {work: {background: 0b000001, action: 0b110011}, living: {action: 0b101011}, social_security: {action: 0b101011}};
const OWN = ['person_wish', 'self_action'];

export const TEXTS = [`person.comm_needs:${0b100011}`, `assess.strengths:${0b100011}`, `plan.gap_note:${0b101111}`,
	...['current_state', 'assessment_note'].map((field) => `plan.work.background.${field}:${AREA.work.background}`),
	...Object.entries(AREA).flatMap(([name, {action}]) => ['person_wish', 'goal', 'content', 'self_action', 'result']
		.map((field) => `plan.${name}.action.${field}:${OWN.includes(field) ? 0 : action}`))];
