/* Two worlds that differ in everything the employer may not know, sealed and signed with the same chance. */
import {Input} from './case.mjs';
import {ORIGIN, RP, sameChance, sealedFrom, sealTime, signAs} from './play.mjs';
import {Log} from './seal.mjs';

const DAY = 86400;

/* The same meeting for who sits in items 1 and 2 only; nothing else is the same. */
export function otherWorld(file) {
	const other = structuredClone(file);
	const emp = file.parties.find((p) => p.role === 'emp').id;
	const hidden = file.conference.agenda.filter((i) => !i.audience.includes('emp'));

	/* One more who reads the plan for work, and does not know the employer. */
	other.parties.push({id: 'p-doc', role: 'kp', name: '隣人（架空）', display_label: '隣の人（架空）', affiliation: '近所'});
	for (const held of [...other.conference.agenda, ...other.minutes.decisions]) {
		held.audience_parties = {kp: ['p-kp']};
	}
	for (const item of hidden) {
		other.conference.agenda.find((i) => i.item_no === item.item_no).title = '別の題名';
	}
	const doc = {audience_parties: {kp: ['p-doc']}};
	Object.assign(other.conference.agenda.at(-1), {...doc, audience: ['self', 'ps', 'kp']});
	other.conference.agenda.push({item_no: 9, title: '債務の相談', minutes: 5, audience: ['self', 'ps', 'sup', 'kp'], ...doc, fields: []});
	other.minutes.decisions.push({no: 9, item_no: 9, text: '自己破産を申し立てる。', audience: ['self', 'ps', 'sup', 'kp'], ...doc});
	other.minutes.decisions = other.minutes.decisions.map((d) =>
		(hidden.some((i) => i.item_no === d.item_no) ? {...d, text: `${d.text}ただし、入院する。`} : d));
	other.minutes.dissents = [{party: 'p-cw', decision_no: 9, text: '反対'}];
	for (const area of ['health', 'money', 'legal']) {
		other.support_plan.areas[area].action.content = '別の内容'.repeat(40);
		other.support_plan.areas[area].background.current_state = null;
	}
	other.support_plan.review_comment = null;
	other.consents = other.consents.filter((c) => c.role === 'emp').concat({id: 'cx', role: 'kp', fields: ['plan.legal.outline'],
		level: 'read', given_on: file.conference.held_on, expires_on: '2027-12-31', method: '口頭'});
	other.minutes.corrections = other.minutes.corrections.filter((c) => c.decision_no === null ||
		!hidden.some((i) => i.item_no === other.minutes.decisions.find((d) => d.no === c.decision_no).item_no));
	return {other, emp, hidden};
}

/* And what happens after sealing, where the employer is not. */
function hiddenActs(log, file, hidden) {
	const at = sealTime(file);
	const slotOf = (item) => log.groups.find((g) => g.members.join() === log.input.items.get(item).join()).slot;

	log.sign('p-sup', {method: 'attested', time: at + 100, say: {decision: 'dissent', note: '同意しない'}, places: [log.seats.get('p-sup').own]});
	log.sign('p-doc', {method: 'attested', time: at + 200, say: {decision: 'decline'}});
	log.amend(at + 300, 'row/min.decisions/d9/text', '申し立てない。', '聞きまちがい');
	log.amend(at + 320, 'field/plan.health.action.content', '直した', '本人の確認');
	log.sign('p-ps', {method: 'attested', time: at + 400, say: {decision: 'agree'}, places: [slotOf(9), log.seats.get('p-ps').own]});
	log.erase(at + 600, `row/min.decisions/d${file.minutes.decisions.find((d) => d.item_no === hidden[0].item_no).no}/text`,
		'request', ['p-ps', 'p-sup']);
	log.erase(at + 660, 'field/plan.money.action.content', 'request', ['p-ps', 'p-sup']);
}

/* One world, sealed and signed: in everything open to the employer the same acts at the same times. */
function world(file, emp, seed, hidden, twist = {}) {
	const at = sealTime(file);
	const log = new Log(new Input(file), {origin: ORIGIN, at, deadline: at + 7 * DAY, rp: RP, seeds: {log: Buffer.alloc(32, 1), attest: Buffer.alloc(32, 2)},
		rng: sameChance(seed, emp), ...(twist.real ? {} : {hide: sealedFrom(seed, emp)}), ...twist.log});
	/* Their words on what the employer does not read are others; they sign after what was corrected there. */
	for (const [i, party] of ['p-ps', emp, 'p-cw', 'p-self', 'p-hw', 'p-kp'].entries()) {
		const noted = log.seats.get(party).shared.filter((l) => !log.seats.get(emp).shared.includes(l));
		const status = hidden && party !== emp ? 'signed_with_note' : 'signed';
		signAs(log, {party, status, note: '見えない所に付記'}, at + 1000 + 3 * DAY * i, noted);
		if (i === 1 && hidden) {
			hiddenActs(log, file, hidden);
		}
		log.until(at + 1000 + 3 * DAY * i + 2 * DAY);
	}
	return log.until(at + 40 * DAY);
}

/* -> {emp, one, two}: the employer's key, and a log of each world. */
export const worldsOf = (file, seed, twist = {}) => {
	const {other, emp, hidden} = otherWorld(file);
	const plain = structuredClone(file);

	return {emp, one: world(plain, emp, seed, null, twist), two: world(other, emp, seed, hidden, twist)};
};
