/* The experiment's hands: a case file's minutes signed as it says, and two worlds with the same chance. */
import crypto from 'node:crypto';
import {timeOf} from '../../support/oracle_case.mjs';
import {b64, sha} from './prim.mjs';
import {Input} from './case.mjs';
import {Log} from './seal.mjs';
import {SLOT_NAMES} from './shape.mjs';

const HOUR = 3600;
const DAY = 86400;
export const RP = 'sign.rokusha.example';
export const ORIGIN = `rokusha.example/c/${'0123456789abcdef'.repeat(2)}`;
const seeds = {log: Buffer.alloc(32, 1), attest: Buffer.alloc(32, 2)};
const secs = (text) => Math.floor(timeOf(text) / 1000);

const signaturesOf = (file) => (file.minutes?.signatures ?? []).filter((s) => s.at);

/* The minutes are sealed a minute before the first signature. */
export const sealTime = (file) => Math.min(...signaturesOf(file).map((s) => secs(s.at))) - 60;

/* A correction before that is an edit. */
function edited(file) {
	const copy = structuredClone(file);

	for (const c of copy.minutes?.corrections ?? []) {
		const d = copy.minutes.decisions.find((e) => e.no === c.decision_no);
		if (d && secs(c.at) < sealTime(file)) {
			d.text = c.after;
		}
	}
	return copy;
}

export function seal(file, o = {}) {
	const at = sealTime(file);
	const input = new Input(edited(file));

	/* A small log of the same form: every nth cell. */
	input.cells = input.cells.filter((c, i) => !o.thin || i % o.thin === 0 || c.name === o.keep);
	return new Log(input, {origin: ORIGIN, at, deadline: at + 7 * DAY, seeds, rp: RP, ...o});
}

/* ---- as the file says ------------------------------------------------------------------------------------- */

const knownIn = (log, label, key) => {
	const members = log.groups.find((g) => g.slot === label)?.members ?? [];
	return members.every((m) => log.input.knows(m, key));
};

/*
 * The heads a seat signs: of each slot the one after the entry that last changed what it says, so that nobody
 * sees by the head another signs that something they do not read was corrected. -> Map of size -> slots
 */
export function headsFor(log, key) {
	const {own, shared} = log.seats.get(key);
	const changed = (slot) => 1 + log.entries.findLastIndex((e) => e.kind === 'minutes' ||
		e.boxes.get(slot)?.leaves.some((f) => f.name.startsWith(`${slot}/amend/`)));
	const heads = new Map();

	for (const slot of [...shared, own]) {
		heads.set(changed(slot), [...heads.get(changed(slot)) ?? [], slot]);
	}
	heads.forEach((slots) => slots.includes(own) || slots.push(own));
	return heads;
}

const scanOf = (key, time) => sha(`scan of ${key} at ${time}`);

/* One signature of the file as acts, one a head. `noted`: the slots its note belongs to beside the signer's own. */
export function signAs(log, s, time, noted = [], only = null) {
	const {own} = log.seats.get(s.party);

	return [...headsFor(log, s.party)].filter(([size]) => !only || only(size)).map(([size, places]) => {
		const act = {method: 'attested', time, size, places, ...wordsOf(log, s, time, [own, ...noted])};
		const hash = log.sign(s.party, act);
		if (act.scan) {
			vouch(log, s.party, hash, {...act, time: time + 60});
		} else if (s.status === 'mark_by_scribe') {
			vouch(log, s.party, hash, {...act, time: time + 60}, helpers(log, s.party)[1]);
		}
		return hash;
	});
}

function wordsOf(log, s, time, noted) {
	const {own, shared} = log.seats.get(s.party);
	const agree = {decision: 'agree'};
	const scribe = (label) => {
		const [by, witness] = helpers(log, s.party).map((k) => (knownIn(log, label, k) ? log.seats.get(k).id : undefined));
		return {...agree, hand: 'mark', ...(by && {by}), ...(witness && {witness})};
	};

	switch (s.status) {
	case 'signed_with_note':
		return {say: agree, says: Object.fromEntries(noted.map((l) => [l, {decision: 'reserve', note: s.note}]))};
	case 'declined':
		return {say: {decision: 'decline'}, says: {[own]: {decision: 'decline', ...(s.note && {note: s.note})}}};
	case 'signed_on_paper':
		return {say: agree, method: 'paper', scan: scanOf(s.party, time)};
	case 'mark_by_scribe':
		return {say: agree, says: Object.fromEntries([own, ...shared].map((l) => [l, scribe(l)]))};
	default:
		return {say: agree};
	}
}

/* Two who sat with the seat whenever it sat, the recorder or another as scribe. */
function helpers(log, key) {
	const shared = log.groups.filter((g) => g.members.includes(key));
	return log.input.keys.filter((k) => k !== key && shared.every((g) => g.members.includes(k))).slice(0, 2);
}

/* Another party says it was there: of the act's slots, in those it reads too. */
export function vouch(log, key, hash, {time, size = 2, places}, by = helpers(log, key)[0]) {
	const {own, shared} = log.seats.get(by);
	const slots = (places ?? log.seats.get(key).shared).filter((l) => shared.includes(l));

	return log.sign(by, {method: 'attested', time, size, say: {decision: 'vouch', about: b64(hash)}, places: [...slots, own]});
}

/* The correction of a decision after sealing; who read it is asked again and, where the file has it, signs. */
function correct(log, file, c) {
	const decision = file.minutes.decisions.find((d) => d.no === c.decision_no);

	return decision ? log.amend(secs(c.at), `row/min.decisions/d${decision.no}/text`, c.after, c.reason) : null;
}

/* -> {log, asked: correction number -> {readers, places}} */
export function playMinutes(file, o = {}) {
	const log = seal(file, o);
	const asked = new Map();
	const later = (file.minutes.corrections ?? []).filter((c) => secs(c.at) >= log.at);
	const steps = [...later.map((c) => ({c, at: secs(c.at)})), ...signaturesOf(file)
		.filter((s) => log.seats.has(s.party)).map((s) => ({s, at: secs(s.at)}))].sort((a, b) => a.at - b.at);

	for (const {c, s, at} of steps) {
		log.until(at);
		if (c) {
			asked.set(c.no, correct(log, file, c));
			continue;
		}
		const dissent = file.minutes.dissents?.find((d) => d.party === s.party);
		const item = file.minutes.decisions.find((d) => d.no === dissent?.decision_no)?.item_no;
		const noted = log.groups.filter((g) => g.members.join() === log.input.items.get(item)?.join()).map((g) => g.slot);
		signAs(log, s, at, noted);
	}
	/* Whom a correction asks signs again two days later, in the places that changed. */
	for (const [no, a] of asked) {
		const c = file.minutes.corrections.find((e) => e.no === no);
		const at = secs(c.at) + 2 * DAY + HOUR;
		for (const party of a ? c.resign_required.filter((k) => a.readers.includes(k)) : []) {
			log.until(at);
			const time = Math.max(at, log.entries.at(-1).time) + 10 * log.input.keys.indexOf(party) + no;
			signAs(log, {party, status: 'signed'}, time, [], (size) => size > 2);
		}
	}
	log.until(log.pending.reduce((t, p) => Math.max(t, p.time), log.at) + 15 * DAY);
	return {log, asked};
}

/* ---- a passkey, as a browser would use it ------------------------------------------------------------------ */

export function passkey() {
	const {publicKey, privateKey} = crypto.generateKeyPairSync('ec', {namedCurve: 'P-256'});

	return {spki: publicKey.export({format: 'der', type: 'spki'}), sign(statement, rp, twist = {}) {
		const client = Buffer.from(`{"type":"${twist.type ?? 'webauthn.get'}","challenge":"${
			(twist.challenge ?? sha(statement)).toString('base64url')}","origin":"${twist.origin ?? `https://${rp}`}",` +
			`"crossOrigin":${twist.cross ?? false}}`);
		const auth = Buffer.concat([sha(twist.rp ?? rp), Buffer.of(twist.flags ?? 5), Buffer.from([0, 0, 0, 1])]);
		const sig = crypto.sign('sha256', Buffer.concat([auth, sha(client)]), privateKey);
		return {auth: b64(auth), client: b64(client), sig: b64(sig)};
	}};
}

/* ---- two worlds ------------------------------------------------------------------------------------------- */

export const drawn = (seed, place, n) => {
	const parts = Array.from({length: Math.ceil(n / 32)}, (_, i) => sha(`${seed} ${i} ${place}`));
	return Buffer.concat(parts).subarray(0, n);
};

/*
 * The same chance for two worlds, by place. The slots are drawn for what `viewer` knows first: a random
 * injection is as likely in whatever order its values are drawn.
 */
export const sameChance = (seed, viewer) => ({
	bytes: (place, n) => drawn(seed, place, n),
	slots(holders) {
		const known = (h) => h.split(',').includes(viewer);
		const free = [...SLOT_NAMES];
		return new Map([...holders.filter(known), ...holders.filter((h) => !known(h))].map((h) =>
			[h, free.splice(drawn(seed, `slot ${h}`, 4).readUInt32BE() % free.length, 1)[0]]));
	},
});

/*
 * What the viewer cannot open is a commitment with 256 random bits in each leaf: as good as a random value.
 * Here it is one, the same in both worlds; everything else stays as it is.
 */
export const sealedFrom = (seed, viewer) => (kind, seat, label, hash, place, seats) => {
	const me = seats.get(viewer);
	const open = kind === 'box' ? me.reads.includes(label) : seat === viewer
		? kind === 'view' || [...me.shared, me.own].includes(label) : me.shared.includes(label);

	return open ? hash : drawn(seed, `hidden ${kind} ${seat} ${label} ${place}`, 32);
};
