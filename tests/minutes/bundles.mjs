/*
 * Bundles of the sketch (tests/vectors/minutes): four cases as their files sign them, and logs with all there
 * is: passkeys, scans, marks, corrections, erasures, things withheld. Made once a run, the same each time but
 * for chance.
 */
import {bundle} from '../vectors/minutes/bundle.mjs';
import {readCase} from '../vectors/minutes/case.mjs';
import {passkey, playMinutes, seal, signAs, vouch} from '../vectors/minutes/play.mjs';
import {b64, leafHash, sha} from '../vectors/minutes/prim.mjs';

const DAY = 86400;

/* A passkey of a seat, told in its slots; `twist` as play.mjs has it. */
export function withPasskey(log, seat, twist = {}, o = {}) {
	const {id, own, shared} = log.seats.get(seat);
	const key = o.key ?? passkey();

	for (const slot of [...shared, own]) {
		log.tell(log.at + 10, slot, `key/${o.party ?? id}`, {spki: b64((o.other ?? key).spki)});
	}
	log.sign(seat, {method: 'webauthn', time: log.at + 60, say: {decision: 'agree'},
		passkey: {spki: key.spki, sign: (s, rp) => key.sign(s, rp, twist)}});
	return log.until(log.at + DAY);
}

const NOTE = '書きすぎた付記';
const AMENDED = 'field/plan.money.action.content';

/* Everything that can stand in a log; thin: of the cells every nth. */
export function everything(thin = 1, file = readCase(1)) {
	const log = seal(file, {thin, keep: AMENDED});
	const {own, shared, id} = log.seats.get('p-cw');
	const by = log.sign('p-self', {method: 'paper', time: log.at + 60, scan: sha('scan'), say: {decision: 'agree'}});

	signAs(log, {party: 'p-cw', status: 'signed_with_note', note: NOTE}, log.at + 90, [shared[0]]);
	vouch(log, 'p-self', by, {time: log.at + 120}, 'p-ps');
	signAs(log, {party: 'p-kp', status: 'mark_by_scribe'}, log.at + 180);
	log.sign('p-sup', {method: 'attested', time: log.at + 200, say: {decision: 'dissent', note: '反対'}});
	const again = log.sign('p-ps', {method: 'attested', time: log.at + 210, say: {decision: 'agree'}});
	log.sign('p-ps', {method: 'attested', time: log.at + 300, say: {decision: 'withdraw', about: b64(again)}});
	withPasskey(log, 'p-emp');
	log.amend(log.at + DAY + 60, AMENDED, '直した "言葉"\n二行目', '本人の確認');
	log.until(log.at + 3 * DAY);
	/* The last second there is, and the one after it. */
	log.sign('p-hw', {method: 'attested', time: log.deadline, say: {decision: 'agree'}});
	log.sign('p-pj', {method: 'attested', time: log.deadline + 1, say: {decision: 'agree'}});
	signAs(log, {party: 'p-ps', status: 'signed'}, log.at + 9 * DAY, [], (size) => size > 2);
	log.until(log.at + 16 * DAY);
	const found = (entry, label, holds) => ({label, to: [label], leaf: log.entries[entry].boxes.get(label).leaves.find(holds)});
	const note = (label) => found(2, label, (l) => l.value === NOTE);
	const before = new Map(log.input.keys.map((key) => [key, bundle(log, key)]));
	const at = log.entries.at(-1).time + 60;
	log.eraseLeaves(at, [note(shared[0]), note(own), found(1, shared[0], (l) => l.name.endsWith(`/name/${id}`))], 'correction', ['p-self', 'p-ps']);
	log.erase(at, AMENDED, 'request', ['p-ps', 'p-sup']);
	log.until(at + 16 * DAY);
	return {log, before};
}

/* -> [{name, text, log}] */
export function allBundles() {
	const all = [];
	const add = (name, log, text) => all.push({name, log, text, key: log.publicKey});

	for (const n of [1, 2, 3, 4]) {
		const {log} = playMinutes(readCase(n));
		log.input.keys.forEach((seat) => add(`case${n}-${seat}`, log, bundle(log, seat)));
	}
	const {log, before} = everything();
	for (const seat of log.input.keys) {
		add(`all-${seat}`, log, bundle(log, seat));
		add(`before-${seat}`, log, before.get(seat));
	}
	const {d} = log.entries[1].boxes.get(log.seats.get('p-self').shared[0]).leaves.find((l) => l.name.includes('/row/min.'));
	add('withheld-p-self', log, before.get('p-self').replace(d, `x:${b64(leafHash(d))}`));
	return all;
}

/* Small ones with every kind of leaf: what is done to every byte takes long. -> {log, emp, self} */
export function few() {
	const log = seal(readCase(1), {thin: 40, keep: AMENDED});

	signAs(log, {party: 'p-self', status: 'signed_with_note', note: '付記'}, log.at + 90);
	log.sign('p-ps', {method: 'attested', time: log.at + 100, say: {decision: 'agree'}, places: [log.seats.get('p-emp').shared[0], log.seats.get('p-ps').own]});
	withPasskey(log, 'p-emp');
	log.amend(log.at + DAY + 60, AMENDED, '直した', '確認');
	log.erase(log.at + DAY + 120, AMENDED, 'request', ['p-self', 'p-ps']);
	log.until(log.at + 3 * DAY);
	return {log, emp: bundle(log, 'p-emp'), self: bundle(log, 'p-self')};
}
