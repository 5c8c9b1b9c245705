/* One sealed conference in which everything happened that can: for tests of what people see of it. Always the same bytes. */
import {bundle} from './bundle.mjs';
import {readCase} from './case.mjs';
import {sameChance, seal, signAs} from './play.mjs';
import {b64} from './prim.mjs';

const DAY = 86400;
const HOUR = 3600;

/* up to how many seconds after sealing; as far as the acts of that time go */
export function sample(until = 16 * DAY) {
	const log = seal(readCase(1), {rng: sameChance('sample', 'p-emp')});
	const shared = (key) => log.seats.get(key).shared[0];
	const noted = (key, decision, note) => ({method: 'attested', say: {decision: 'agree'},
		says: Object.fromEntries([shared(key), log.seats.get(key).own].map((l) => [l, {decision, note}]))});
	let taken;
	const steps = [
		[600, (t) => log.sign('p-ps', {method: 'attested', time: t, say: {decision: 'agree'}})],
		[900, (t) => log.sign('p-cw', {...noted('p-cw', 'reserve', '申告の図は、25日までに差しかえます。'), time: t})],
		[1200, (t) => { taken = log.sign('p-aps', {method: 'attested', time: t, say: {decision: 'agree'}}); }],
		[5 * HOUR, (t) => log.sign('p-hw', {...noted('p-hw', 'dissent', '土曜日の始まりも10時にそろえるほうがよいと考えます。'), time: t})],
		[6 * HOUR, (t) => signAs(log, {party: 'p-self', status: 'mark_by_scribe'}, t)],
		[DAY, (t) => signAs(log, {party: 'p-kp', status: 'signed_on_paper'}, t)],
		[DAY + HOUR, (t) => log.sign('p-aps', {method: 'attested', time: t, say: {decision: 'withdraw', about: b64(taken)}})],
		[2 * DAY, (t) => log.amend(t, 'row/min.decisions/d4/text', '封筒は再来週、真砂と開ける。', '本人の予定が変わったため。')],
		[2 * DAY + HOUR, (t) => log.sign('p-pj', {method: 'attested', time: t, say: {decision: 'decline'}})],
		[3 * DAY, (t) => log.erase(t, 'row/min.utterances/u1/text', 'request', ['p-self', 'p-ps'])],
		[8 * DAY, (t) => log.sign('p-sup', {method: 'attested', time: t, say: {decision: 'agree'}})],
	];
	for (const [after, step] of steps.filter(([s]) => s <= until)) {
		log.until(log.at + after);
		step(log.at + after);
	}
	return log.until(log.at + until);
}

export const sampleBundle = (key, until) => {
	const log = sample(until);
	return {log, text: bundle(log, key)};
};
