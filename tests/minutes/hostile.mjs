/*
 * Logs of a server that signs what it must not, and bundles put together by hand: every signature over a head
 * is the server's own, so only the rules refuse them. -> [{name, text, key}]
 */
import {bundle} from '../vectors/minutes/bundle.mjs';
import {readCase} from '../vectors/minutes/case.mjs';
import {passkey, seal, signAs} from '../vectors/minutes/play.mjs';
import {b64, checkpointText, disclose, edSign, leafHash, rootOf, sha} from '../vectors/minutes/prim.mjs';
import {SLOT_NAMES} from '../vectors/minutes/shape.mjs';
import {withPasskey} from './bundles.mjs';

const DAY = 86400;
const file = readCase(1);
const SALT = 'A'.repeat(43);

/* A log in which something is told in the employer's own slot. */
function told(what, reader = 'p-emp') {
	const log = seal(file);

	what(log, log.seats.get(reader));
	log.until(log.at + DAY);
	return {text: bundle(log, reader), key: log.publicKey};
}

const signed = (log, o = {}, seat = 'p-emp') => log.sign(seat, {method: 'attested', time: log.at + 60, say: {decision: 'agree'}, ...o});
/* What the last told act says, changed before it is sealed. */
const changed = (log, change) => log.pending.filter((p) => p.name.startsWith('act/')).forEach((p) => change(p.value, p));

/* The same with another statement, signed by the server, under its own id. */
const resigned = (log, change) => changed(log, (v, p) => {
	v.statement = change(v.statement);
	v.sig = b64(edSign(log.seeds.attest, v.statement));
	p.name = `act/${sha(v.statement).subarray(0, 8).toString('hex')}`;
});

const acts = {
	'another word for a decision': (l) => signed(l, {say: {decision: 'perhaps'}}),
	'another method': (l) => signed(l, {method: 'oath'}),
	'a say with more in it': (l) => signed(l, {say: {decision: 'agree', more: 1}}),
	'a say by another hand': (l) => signed(l, {say: {decision: 'agree', hand: 'stamp'}}),
	'a witness who is no id': (l) => signed(l, {say: {decision: 'agree', witness: 'me'}}),
	'about what is no hash': (l) => signed(l, {say: {decision: 'vouch', about: 'x'}}),
	'paper without a scan': (l) => signed(l, {method: 'paper'}),
	'a scan without paper': (l) => signed(l, {scan: sha('x')}),
	'a passkey that was not told': (l) => { const key = passkey(); signed(l, {method: 'webauthn', passkey: key}); },
	'a time after its round': (l) => { signed(l); resigned(l, (text) => text.replace(/time .*/, `time ${l.at + 2 * DAY}`)); },
	'a statement with a line more': (l) => { signed(l); resigned(l, (text) => `${text}more\n`); },
	'a statement without its end': (l) => { signed(l); resigned(l, (text) => text.slice(0, -1)); },
	'a nonce that is short': (l) => { signed(l); resigned(l, (text) => text.replace(/nonce .*/, 'nonce AAAA')); },
	'a statement of another log': (l) => { signed(l); resigned(l, (text) => text.replace('rokusha.example', 'rokusha.invalid')); },
	'an attested one with a key': (l) => { signed(l); resigned(l, (text) => text.replace('key -', `key ${b64(sha('x'))}`)); },
	'a value with more in it': (l) => { signed(l); changed(l, (v) => { v.more = 1; }); },
	'a value without its view': (l) => { signed(l); changed(l, (v) => { delete v.view; }); },
	'a view that is too long': (l) => { signed(l); changed(l, (v) => { v.view.push(v.view[0]); }); },
	'a view with another sign': (l) => { signed(l); changed(l, (v) => { v.view = v.view.map((x) => x.replace(/^(.{43})\+$/, '$1-')); }); },
	'a say of another place': (l) => { signed(l); changed(l, (v) => { v.say.reverse(); }); },
	'a signature of another key': (l) => { l.seeds = {...l.seeds, attest: Buffer.alloc(32, 9)}; signed(l); },
	'the id of another act': (l) => { signed(l); changed(l, (v, p) => { p.name = `act/${'0'.repeat(16)}`; }); },
	'an act in place of no slot': (l) => { signed(l); changed(l, (v, p) => { p.name += '/s99'; }); },
	'an act in place of its own slot': (l, s) => { signed(l); changed(l, (v, p) => { p.name += `/${s.own}`; }); },
	'an act of somebody unknown': (l) => { l.seats.get('p-emp').id = '0'.repeat(16); signed(l); },
	'another\'s act, of somebody unknown': (l) => { l.seats.get('p-ps').id = '0'.repeat(16); signed(l, {}, 'p-ps'); },
	'a head of another log': (l) => { l.roots[2] = l.roots[1]; signed(l); },
	'a head that is not there yet': (l) => { l.roots[9] = l.roots[2]; signed(l, {size: 9}); l.roots.length = 3; },
	'a head at which nothing changed': (l) => { l.until(l.at + 3600); l.sign('p-ps', {method: 'attested', time: l.at + 3700, size: 3, say: {decision: 'agree'}}); },
	'a round at another time': (l) => { l.at += 600; signed(l); },
	'a scope too wide': (l, s) => { const {reads} = s; s.reads = l.labels.filter((x) => x === 'plan.legal.background' || reads.includes(x)); signed(l); s.reads = reads; },
};

const facts = {
	'a name no round has': (l, s) => l.tell(l.at, s.own, `wish/${'0'.repeat(16)}`, 'x'),
	'a note that is no text': (l, s) => l.tell(l.at, s.own, `note/${'0'.repeat(16)}`, 1),
	'a fact without an id': (l, s) => l.tell(l.at, s.own, 'note/x', 'x'),
	'a key of nobody': (l, s) => l.tell(l.at, s.own, `key/${'0'.repeat(16)}`, {spki: 'AAAA'}),
	'a key that is empty': (l, s) => l.tell(l.at, s.own, `key/${s.id}`, {spki: ''}),
	'a key with more in it': (l, s) => l.tell(l.at, s.own, `key/${s.id}`, {spki: 'AAAA', more: 1}),
	'a key of two parties': (l, s) => { l.tell(l.at, s.shared[0], `key/${s.id}`, {spki: 'AAAA'}); l.tell(l.at, s.shared[0], `key/${l.seats.get('p-ps').id}`, {spki: 'AAAA'}); },
	'an amendment of nothing': (l, s) => l.tell(l.at, s.own, `amend/${'0'.repeat(16)}`, {entry: 1, leaf: b64(sha('x')), name: 'n', value: 1, why: 'w'}),
	'an amendment that names another leaf': (l, s) => l.tell(l.at, s.own, `amend/${'0'.repeat(16)}`,
		{entry: 1, leaf: b64(l.entries[1].boxes.get(s.own).leaves.find((x) => x.name.endsWith('/name')).hash), name: 'field/plan.goal', value: 1, why: 'w'}),
	'an amendment of a round': (l, s) => { const [leaf] = [{hash: leafHash(disclose(SALT, `${s.own}/x`, 1))}]; l.tell(l.at, s.own, `amend/${'0'.repeat(16)}`, {entry: 2, leaf: b64(leaf.hash), name: 'n', value: 1, why: 'w'}); },
	'an erasure of nothing': (l, s) => l.tell(l.at, s.own, `erase/${'0'.repeat(16)}`, {leaf: b64(sha('x')), approvals: []}),
	'an erasure by one': (l, s) => erasure(l, s, ['p-ps']),
	'an erasure by the same twice': (l, s) => erasure(l, s, ['p-ps', 'p-ps']),
	'an erasure for no known reason': (l, s) => erasure(l, s, ['p-ps', 'p-self'], 'mood'),
	'an erasure for two reasons': (l, s) => { erasure(l, s, ['p-ps', 'p-self']); other(l); },
};

function erasure(l, s, by, basis = 'request') {
	const leaf = l.entries[1].boxes.get(s.own).leaves.find((x) => x.name.endsWith('/name'));
	l.eraseLeaves(l.at + 60, [{label: s.own, leaf, to: [s.own]}], basis, by);
}

function other(l) {
	const {value} = l.pending.at(-1);
	const [a] = value.approvals;
	a.statement = a.statement.replace('basis request', 'basis unlawful');
	a.sig = b64(edSign(l.seeds.attest, a.statement));
}

/* ---- bundles put together by hand, their heads signed ---- */

const box = (label, leaves, count = leaves.length) => {
	const ds = [disclose(SALT, `${label}/~`, count), ...leaves];
	return ds;
};
const rootOfBox = (ds) => {
	const hashes = ds.map((d) => (d.startsWith('x:') ? Buffer.from(d.slice(2), 'base64') : leafHash(d)));
	return rootOf(hashes.length === 1 ? [hashes[0], hashes[0]] : hashes);
};

/* The smallest log: a reader with a slot. change(parts) before anything is hashed. */
export function small(change = () => {}) {
	const log = seal(file);
	const origin = log.origin;
	const d = (label, name, value) => disclose(SALT, `${label}/${name}`, value);
	const reads = ['common', 's03'];
	const manifest = {party: '0'.repeat(16), role: 'emp', slot: 's03', labels: reads};
	const parts = {origin, reads, manifest, time: 1000, deadline: 2000, parent: '-', rp: '-', labels: ['common', 'plan.goal', ...SLOT_NAMES],
		attest: log.publicKey, genesis: box('s03', []), common: box('common', []), more: [], own: null, pad: (label) => d(label, '~pad', 0), lines: {genesis: [], minutes: []}, d, box};

	parts.own = box('s03', [d('s03', 'manifest', manifest)]);
	change(parts);
	return put(parts, log);
}

function put(p, log) {
	const empty = (label) => rootOfBox(box(label, []));
	const slots = SLOT_NAMES.map((s) => (s === 's03' ? rootOfBox(p.genesis) : empty(s)));
	const g = ['rokusha/entry/v1', 'index 0', 'kind genesis', `time ${p.time}`, `log ${p.origin}`, `parent ${p.parent}`, ...p.labels.map((l) => `label ${l}`),
		...p.lines.genesis, `rp ${p.rp}`, `attest ${p.attest}`, `box ${b64(rootOf(slots))}`];
	const roots = p.labels.map((l) => (l === 's03' ? rootOfBox(p.own) : l === 'common' ? rootOfBox(p.common) : empty(l)));
	const m = ['rokusha/entry/v1', 'index 1', 'kind minutes', `time ${p.minutesTime ?? p.time}`, `deadline ${p.deadline}`,
		...p.labels.map((l, i) => `box ${l} ${b64(roots[i])}`), ...p.lines.minutes];
	const sheaf = [b64(rootOf(slots.slice(0, 2))), b64(slots[2]), p.genesis, b64(rootOf(slots.slice(4, 8))), b64(rootOf(slots.slice(8, 16))), b64(rootOf(slots.slice(16)))];
	/* Other boxes than the headers name. */
	const shown = {...p, ...p.instead};
	sheaf[2] = shown.genesis;
	const entries = [{h: g, b: sheaf}, {h: m, b: [shown.common, shown.own, ...p.more]}];
	const root = rootOf(entries.map((e) => leafHash(`${e.h.join('\n')}\n`)));
	const head = {format: 'rokusha-bundle/1', origin: p.origin, key: log.publicKey, size: p.size ?? 2, sig: b64(edSign(log.seeds.log, checkpointText(p.origin, p.size ?? 2, root))), reads: p.reads};

	return {text: `${JSON.stringify(head).slice(0, -1)},"entries":[\n${entries.map((e) => JSON.stringify(e)).join(',\n')}\n]}\n`, key: log.publicKey};
}

const manifests = (change) => (p) => { change(p.manifest); p.own = p.box('s03', [p.d('s03', 'manifest', p.manifest)]); };
const byHand = {
	'genesis that says something': (p) => { p.genesis = p.box('s03', [p.d('s03', `note/${'0'.repeat(16)}`, 'x')]); },
	'no manifest': (p) => { p.own = p.box('s03', [p.d('s03', 'name', 'x')]); },
	'two manifests': (p) => { p.own = p.box('s03', [p.own[1], disclose(`${'A'.repeat(42)}E`, 's03/manifest', p.manifest), p.pad('s03')], 2); },
	'a manifest in common': (p) => { p.common = p.box('common', [p.d('common', 'manifest', p.manifest)]); },
	'a manifest with more in it': manifests((m) => { m.more = 1; }),
	'a manifest of no party': manifests((m) => { m.party = 'me'; }),
	'a manifest of a number': manifests((m) => { m.party = 1234567890123456; }),
	'a manifest of another slot': manifests((m) => { m.slot = 's04'; }),
	'a manifest with labels in a list': manifests((m) => { m.labels = [['common'], 's03']; }),
	'a manifest of fewer labels': manifests((m) => { m.labels = ['s03']; }),
	'a pad without its text': (p) => { const d = p.pad('s03'); p.own = p.box('s03', [p.own[1], p.d('s03', 'name', 'x'), `x:${b64(leafHash(d))}`], 2); },
	'a pad that says something': (p) => { p.own = p.box('s03', [p.own[1], p.d('s03', 'name', 'x'), p.d('s03', '~pad', 'hidden')], 2); },
	'a leaf twice': (p) => { const n = p.d('s03', 'name', 'x'); p.own = p.box('s03', [p.own[1], n, n], 3); },
	'a leaf of another label': (p) => { p.own = p.box('s03', [p.own[1], p.d('s04', 'name', 'x'), p.pad('s03')], 2); },
	'a leaf that is null': (p) => { p.own = p.box('s03', [p.own[1], p.d('s03', 'name', null), p.pad('s03')], 2); },
	'a box without pads': (p) => { p.own = p.box('s03', [p.own[1], p.d('s03', 'name', 'x')]); },
	'a box that its header does not name': (p) => { p.instead = {common: p.box('common', [p.d('common', 'notice', 'x')])}; },
	'a box that its tree does not name': (p) => { p.instead = {genesis: [disclose(`${'A'.repeat(42)}E`, 's03/~', 0)]}; },
	'a count that is not so': (p) => { p.own = p.box('s03', [p.own[1]], 2); },
	'a count below none': (p) => { p.common = p.box('common', [], -1); },
	'a count that is no number': (p) => { p.common = p.box('common', [], '0'); },
	'a count without its text': (p) => { p.common = [`x:${b64(leafHash(p.common[0]))}`]; },
	'a member that is not true': (p) => { p.own = p.box('s03', [p.own[1], p.d('s03', `member/${'1'.repeat(16)}`, 1), p.pad('s03')], 2); },
	'a member in common': (p) => { p.common = p.box('common', [p.d('common', `member/${'1'.repeat(16)}`, true)]); },
	'a label twice': (p) => { p.labels.splice(1, 0, 'plan.goal'); },
	'a label that is no class': (p) => { p.labels[1] = 'plan'; },
	'slots in another order': (p) => { p.labels.splice(2, 2, 's01', 's00'); },
	'common not first': (p) => { p.labels.splice(0, 2, 'plan.goal', 'common'); },
	'reads in another order': (p) => { p.reads = ['s03', 'common']; p.manifest.labels = p.reads; },
	'a reader without common': (p) => { p.reads = ['s03']; },
	'reads what there is not': (p) => { p.reads = ['common', 'plan.other', 's03']; },
	'a parent that is none': (p) => { p.parent = 'x y z'; },
	'a parent of size 0': (p) => { p.parent = `${p.origin} 0 ${b64(sha('x'))}`; },
	'no rp': (p) => { p.rp = ''; },
	'an attest key of another kind': (p) => { p.attest = b64(Buffer.alloc(33, 2)); },
	'another origin': (p) => { p.origin = 'Host/c/0'; },
	'a line more': (p) => { p.lines.minutes.push('more x'); },
	'a line more in genesis': (p) => { p.lines.genesis.push('more x'); },
	'a box more': (p) => { p.more.push(p.box('s04', [])); },
	'two times': (p) => { p.minutesTime = 1001; },
	'a time with a zero before it': (p) => { p.time = '01000'; },
	'a deadline of sixteen digits': (p) => { p.deadline = '1000000000000000'; },
	'size 1': (p) => { p.size = 1; },
	'more entries than there may be': (p) => { p.size = 4097; },
	'a line that is too long': (p) => { p.rp = 'x'.repeat(1022); },
	'a leaf that is too long': (p) => { p.common = p.box('common', [p.d('common', 'notice', 'x'.repeat(786400))]); },
	'more lines than there may be': (p) => { p.labels.splice(1, 1, ...Array.from({length: 1000}, (_, i) => `plan.x${i}`)); },
	'more leaves than there may be': (p) => {
		const list = Array.from({length: 8192}, (_, i) => p.d('common', `x${i}`, i));
		p.common = p.box('common', [...list, ...Array(8191).fill(p.pad('common'))], 8192);
	},
};

/* Passkeys: each thing one must say. */
const twists = {
	'a passkey made, not used': {type: 'webauthn.create'},
	'another challenge': {challenge: sha('x')},
	'another origin of a passkey': {origin: 'https://rokusha.example'},
	'across origins': {cross: true},
	'another rp': {rp: 'rokusha.example'},
	'nobody present': {flags: 4},
	'nobody verified': {flags: 1},
};

export function hostile() {
	const all = [];
	const add = (name, made) => all.push({name, ...made});

	Object.entries({...acts, ...facts}).forEach(([name, what]) => add(name, told(what)));
	Object.entries(byHand).forEach(([name, change]) => add(name, small(change)));
	Object.entries(twists).forEach(([name, twist]) => add(name, told((l) => withPasskey(l, 'p-self', twist))));
	add('a key of another', told((l) => withPasskey(l, 'p-self', {}, {other: passkey()})));
	add('a key told of another', told((l) => withPasskey(l, 'p-self', {}, {party: l.seats.get('p-ps').id})));
	add('a note of another round', told((l) => {
		signAs(l, {party: 'p-emp', status: 'signed_with_note', note: '付記'}, l.at + 60, []);
		l.pending.filter((p) => p.name.startsWith('act/')).forEach((p) => { p.time += 3600; });
	}));
	return all;
}

/* As large as may be, and what may be left out: all good. */
export const edges = () => [
	small(),
	small((p) => { p.rp = 'x'.repeat(1021); }),
	small((p) => { p.parent = `${p.origin} 1 ${b64(sha('x'))}`; }),
	small((p) => { p.common = p.box('common', [p.d('common', 'notice', 'x'.repeat(786350))]); }),
	small((p) => { p.common = p.box('common', Array.from({length: 8191}, (_, i) => p.d('common', `x${i}`, i))); }),
	small((p) => { p.labels.splice(1, 1, ...Array.from({length: 980}, (_, i) => `plan.x${i}`)); }),
];
