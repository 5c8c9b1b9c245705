/*
 * Is a bundle what it says? In one pass; what is remembered is bounded: the roots of earlier heads, hashes
 * of the reader's leaves, who is known. Follows schema/minutes.md and nothing of the sealing side but its
 * constants. Anything not as it must be throws `Bad`, which says where.
 */
import crypto from 'node:crypto';
import {Growing, b64, checkpointText, disclose, edVerify, leafHash, nodeHash, pairOf, rootOf, sha,
	split, unb64} from './prim.mjs';
import {SLOT_NAMES, isSalt, readLeaf, roundTime} from './shape.mjs';

export class Bad extends Error {}
const need = (holds, why) => {
	if (!holds) {
		throw new Bad(why);
	}
};

const MAX = {entries: 4096, string: 1 << 20, line: 1024, labels: 1024, leaves: 8192, bundle: 64 << 20};
const DECISIONS = ['agree', 'reserve', 'dissent', 'decline', 'withdraw', 'vouch'];
const BASES = ['retention', 'request', 'correction', 'unlawful'];
const ID = /^[0-9a-f]{16}$/;
const NUMBER = /^(0|[1-9][0-9]{0,14})$/;
const ORIGIN = /^[0-9a-z.:-]{1,200}\/c\/[0-9a-f]{32}$/;

const isText = (v) => typeof v === 'string';
const isId = (v) => isText(v) && ID.test(v);
const isHash = (v) => isText(v) && unb64(v, 32) !== null;
const isObject = (v) => typeof v === 'object' && v !== null && !Array.isArray(v);
/* An object of exactly these members. */
const has = (v, ...names) => isObject(v) && Object.keys(v).sort().join() === names.toSorted().join();

/* ---- the bytes: one spelling, read from left to right -------------------------------------------------- */

class Scan {
	constructor(bytes) {
		this.bytes = bytes;
		this.at = 0;
	}

	is(text) {
		return this.bytes.subarray(this.at, this.at + text.length).toString('latin1') === text;
	}

	expect(text) {
		need(this.is(text), `byte ${this.at}: ${JSON.stringify(text)} expected`);
		this.at += text.length;
	}

	take(text) {
		const there = this.is(text);
		this.at += there ? text.length : 0;
		return there;
	}

	/* Printable ASCII without the quotation mark and the backslash. */
	string(max = MAX.string) {
		this.expect('"');
		const end = this.bytes.indexOf(0x22, this.at);
		need(end >= 0 && end - this.at <= max, `byte ${this.at}: string without end`);
		const part = this.bytes.subarray(this.at, end);
		need(part.every((c) => c >= 0x20 && c < 0x7f && c !== 0x5c), `byte ${this.at}: character`);
		this.at = end + 1;
		return part.toString('latin1');
	}

	number() {
		const start = this.at;
		while (this.bytes[this.at] >= 0x30 && this.bytes[this.at] <= 0x39) {
			this.at++;
		}
		const text = this.bytes.subarray(start, this.at).toString('latin1');
		need(NUMBER.test(text), `byte ${start}: number`);
		return Number(text);
	}

	list(item, max) {
		const all = [];
		this.expect('[');
		if (!this.take(']')) {
			do {
				need(all.length < max, `byte ${this.at}: too many`);
				all.push(item());
			} while (this.take(','));
			this.expect(']');
		}
		return all;
	}

	strings(max, length) {
		return this.list(() => this.string(length), max);
	}
}

/* ---- headers: lines in one order ------------------------------------------------------------------------- */

class Lines {
	constructor(lines) {
		this.left = [...lines];
	}

	is(word) {
		return this.left[0]?.startsWith(`${word} `) ?? false;
	}

	next(word) {
		need(this.is(word), `line ${word} expected, not ${this.left[0]}`);
		return this.left.shift().slice(word.length + 1);
	}

	exactly(line) {
		need(this.left.shift() === line, `line ${line} expected`);
	}

	number(word) {
		const text = this.next(word);
		need(NUMBER.test(text), `line ${word}: number`);
		return Number(text);
	}

	hash(word) {
		const bytes = unb64(this.next(word), 32);
		need(bytes, `line ${word}: hash`);
		return bytes;
	}

	end() {
		need(this.left.length === 0, `line ${this.left[0]} too many`);
	}
}

/* ---- trees shown in part ---------------------------------------------------------------------------------- */

/* items: what prune() gave; shown(label, item) -> hash of what is shown. */
function graft(labels, shownOnes, items, hashOf) {
	const left = [...items];
	const walk = (part) => {
		if (!part.some((l) => shownOnes.includes(l))) {
			const item = left.shift();
			const hash = typeof item === 'string' ? unb64(item, 32) : null;
			need(hash, 'a hash expected in a tree');
			return hash;
		}
		if (part.length === 1) {
			need(left.length > 0, 'a tree is short');
			return hashOf(part[0], left.shift());
		}
		const k = split(part.length);
		const before = walk(part.slice(0, k));
		return nodeHash(before, walk(part.slice(k)));
	};
	const root = walk(labels);

	need(left.length === 0, 'a tree is long');
	return root;
}

/* ES256 or RS256, by a key of one spelling. */
export function assertionHolds(spki, message, sig) {
	const pub = crypto.createPublicKey({key: spki, format: 'der', type: 'spki'});
	const {namedCurve, modulusLength} = pub.asymmetricKeyDetails;

	return pub.export({format: 'der', type: 'spki'}).equals(spki) && ((pub.asymmetricKeyType === 'ec' && namedCurve === 'prime256v1') ||
		(pub.asymmetricKeyType === 'rsa' && modulusLength >= 2048 && modulusLength <= 4096)) && crypto.verify('sha256', message, pub, sig);
}

/* ---- one bundle -------------------------------------------------------------------------------------------- */

class Check {
	constructor(bytes, trust) {
		this.scan = new Scan(bytes);
		this.trust = trust;
		this.tree = new Growing();
		this.roots = [b64(this.tree.root())];
		this.leaves = new Map(); /* hash of a leaf -> {label, entry, path: null where it is hidden} */
		this.hidden = []; /* leaves without their text */
		this.erasures = new Map();
		this.members = new Map(); /* slot -> ids */
		this.keys = new Map();
		this.acts = new Map();
		this.amends = [];
		this.notes = new Map(); /* of this round: hash of a note -> its text */
		this.heads = new Set(); /* slot and size that were heads to sign */
		this.fields = 0;
	}

	run() {
		const s = this.scan;

		need(s.bytes.length <= MAX.bundle, 'longer than any bundle');
		this.head();
		for (let i = 0; i < this.size; i++) {
			s.expect(i === 0 ? '{"h":' : ',\n{"h":');
			const lines = s.strings(MAX.labels, MAX.line);
			s.expect(',"b":');
			this.entry(i, lines);
			s.expect('}');
			this.tree.add(leafHash(`${lines.join('\n')}\n`));
			this.roots.push(b64(this.tree.root()));
		}
		s.expect('\n]}\n');
		need(s.at === s.bytes.length, 'more after the end');
		const text = checkpointText(this.origin, this.size, this.tree.root());
		need(edVerify(this.key.subarray(1), text, this.sig), 'the signature of the server');
		need(this.manifest, 'no manifest');
		return this.report();
	}

	head() {
		const s = this.scan;

		s.expect('{"format":"rokusha-bundle/1","origin":');
		this.origin = s.string();
		need(ORIGIN.test(this.origin), 'origin');
		s.expect(',"key":');
		const key = s.string();
		this.key = unb64(key, 33);
		need(this.key?.[0] === 1, 'key');
		need(this.trust.includes(key), 'the key of the server is not one that is trusted');
		s.expect(',"size":');
		this.size = s.number();
		need(this.size >= 2 && this.size <= MAX.entries, 'size');
		s.expect(',"sig":');
		this.sig = unb64(s.string(), 64);
		need(this.sig, 'sig');
		s.expect(',"reads":');
		this.reads = s.strings(MAX.labels, MAX.line);
		s.expect(',"entries":[\n');
	}

	entry(index, all) {
		const lines = new Lines(all);
		const kind = ['genesis', 'minutes'][index] ?? 'round';

		this.index = index;
		lines.exactly('rokusha/entry/v1');
		lines.exactly(`index ${index}`);
		lines.exactly(`kind ${kind}`);
		this.time = lines.number('time');
		if (kind === 'genesis') {
			this.genesis(lines);
		} else if (kind === 'minutes') {
			this.sealed = this.time;
			need(this.begun === this.time, 'the time of the first two entries');
			this.deadline = lines.number('deadline');
		} else {
			need(this.time === roundTime(this.sealed, index - 1), `entry ${index}: not the time of this round`);
		}
		if (kind === 'minutes') {
			const roots = this.labels.map((l) => lines.hash(`box ${l}`));
			lines.end();
			this.minutes(roots);
			return;
		}
		const root = lines.hash('box');
		lines.end();
		this.sheaf(root);
	}

	genesis(lines) {
		lines.exactly(`log ${this.origin}`);
		this.parent = lines.next('parent');
		const [from, size, root, ...more] = this.parent.split(' ');
		need(this.parent === '-' || (ORIGIN.test(from) && NUMBER.test(size) && size !== '0' && isHash(root) && more.length === 0), 'parent');
		this.labels = [];
		this.begun = this.time;
		while (lines.is('label')) {
			this.labels.push(lines.next('label'));
		}
		const classes = this.labels.slice(1, -SLOT_NAMES.length);
		need(this.labels.join() === ['common', ...classes, ...SLOT_NAMES].join() && new Set(this.labels).size === this.labels.length &&
			classes.every((l) => /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$/.test(l)), 'labels');
		need(this.reads.join() === this.labels.filter((l) => this.reads.includes(l)).join() &&
			this.reads.includes('common'), 'labels of the reader');
		this.rp = lines.next('rp');
		need(this.rp !== '', 'rp');
		this.attest = unb64(lines.next('attest'), 33);
		need(this.attest?.[0] === 1, 'attest');
	}

	minutes(roots) {
		const s = this.scan;
		let nth = 0;

		s.expect('[');
		for (const label of this.reads) {
			need(nth++ === 0 || s.take(','), 'a box is missing');
			need(this.box(label, s.strings(MAX.leaves)).equals(roots[this.labels.indexOf(label)]), `box ${label}`);
		}
		s.expect(']');
		need(this.manifest, 'no manifest');
	}

	sheaf(root) {
		const items = this.scan.list(() => (this.scan.is('[') ? this.scan.strings(MAX.leaves) : this.scan.string()), MAX.labels);
		const mine = this.reads.filter((l) => SLOT_NAMES.includes(l));
		const later = [];

		this.notes.clear();
		need(graft(SLOT_NAMES, mine, items, (label, item) => {
			need(Array.isArray(item), 'a box expected');
			return this.box(label, item, later);
		}).equals(root), `entry ${this.index}: box`);
		/* What it says is judged when all of it is known to be there: keys and names before acts. */
		const rank = (f) => ['key', 'note', 'amend', 'erase', 'act'].indexOf(f.what[0]);
		later.sort((a, b) => rank(a) - rank(b)).forEach((f) => this.fact(f));
	}

	/* -> its root. later: facts of a round; absent, they are sealed cells. */
	box(label, items, later = null) {
		const hashes = items.map((item, i) => (item.startsWith('x:') && i > 0 ? unb64(item.slice(2), 32) : leafHash(item)));
		const values = items.map((item, i) => (item.startsWith('x:') && i > 0 ? null : this.disclosed(label, item)));
		const [first] = values;
		const n = first?.value;

		need(first && first.path === '~' && Number.isInteger(n) && n >= 0, `${label}: no count`);
		need(this.index > 0 || n === 0, 'genesis says something');
		const size = n === 0 ? 1 : Math.max(2, 2 ** Math.ceil(Math.log2(n + 1)));
		need(items.length === size && hashes.every((h) => h), `${label}: size`);
		values.forEach((v, i) => need(i === 0 || (i <= n ? v?.path !== '~pad' : v?.path === '~pad' && v.value === 0), `${label}: pads`));
		for (let i = 1; i <= n; i++) {
			const hash = b64(hashes[i]);
			need(!this.leaves.has(hash), `${label}: twice`);
			this.fields++;
			this.leaves.set(hash, {label, entry: this.index, path: values[i]?.path ?? null});
			if (values[i] === null) {
				this.hidden.push({hash, label, entry: this.index});
				this.heads.add(`${label} ${this.index + 1}`); /* it may have been an amendment */
				continue;
			}
			const what = values[i].path.split('/');
			if (later) {
				later.push({label, what, value: values[i].value, hash});
				if (what[0] === 'amend') {
					this.heads.add(`${label} ${this.index + 1}`);
				}
			} else if (values[i].path === 'manifest') {
				this.readManifest(label, values[i].value);
			} else if (what[0] === 'member' && what.length > 1) {
				need(SLOT_NAMES.includes(label) && ID.test(what[1]) && what.length === 2 && values[i].value === true, `${label}: member`);
				this.members.set(label, (this.members.get(label) ?? new Set()).add(what[1]));
			}
		}
		return rootOf(n === 0 ? [hashes[0], hashes[0]] : hashes);
	}

	disclosed(label, d) {
		const got = readLeaf(d);

		need(got && got[2] !== null && got[1].startsWith(`${label}/`), `${label}: disclosure`);
		return {path: got[1].slice(label.length + 1), value: got[2]};
	}

	readManifest(label, m) {
		need(!this.manifest, 'two manifests');
		need(has(m, 'party', 'role', 'slot', 'labels') && m.slot === label && SLOT_NAMES.includes(label) && isId(m.party) && isText(m.role), 'manifest');
		need(Array.isArray(m.labels) && m.labels.every(isText) && m.labels.join() === this.reads.join(), 'the manifest names other labels than the bundle holds');
		this.manifest = m;
	}

	/* ---- what rounds say ---- */

	fact({label, what, value, hash}) {
		const kind = what[0];

		need(SLOT_NAMES.includes(label) && ID.test(what[1] ?? ''), `${label}: ${what.join('/')}`);
		/* An act told in the reader's own slot in place of another: act/ID/OF. */
		need(what.length === 2 || (what.length === 3 && kind === 'act' && label === this.manifest.slot &&
			what[2] !== label && SLOT_NAMES.includes(what[2])), `${label}: ${what.join('/')}`);
		if (kind === 'key') {
			need(has(value, 'spki') && isText(value.spki), 'key');
			const spki = unb64(value.spki);
			need(spki?.length > 0 && this.known(label, what[1]), 'key');
			const key = b64(sha(spki));
			need((this.keys.get(key)?.party ?? what[1]) === what[1], 'a key of two parties');
			this.keys.set(key, {party: what[1], spki});
		} else if (kind === 'act') {
			this.act(what[2] ?? label, label, what[1], value);
		} else if (kind === 'amend') {
			need(has(value, 'entry', 'leaf', 'name', 'value', 'why') && isText(value.name) && isText(value.why), 'amend');
			const old = this.leaves.get(value.leaf);
			need(value.entry === 1 && old?.entry === 1, 'an amendment of something that is not there');
			need(old.path === null || old.path === value.name, 'an amendment that names another leaf');
			this.amends.push({slot: label, ...value, entry: this.index});
		} else if (kind === 'erase') {
			need(has(value, 'leaf', 'approvals') && Array.isArray(value.approvals), 'erase');
			need(this.leaves.has(value.leaf), 'an erasure of something that is not there');
			this.erasures.set(value.leaf, {round: this.index, ...this.approved(value)});
		} else if (kind === 'note') {
			need(typeof value === 'string', 'note');
			this.notes.set(hash, value);
		} else {
			need(false, `${label}: ${what.join('/')}`);
		}
	}

	known(label, party) {
		return this.manifest.party === party || this.members.get(label)?.has(party);
	}

	/* Two parties, each by a statement of its own. */
	approved({leaf, approvals}) {
		const parties = approvals.map((v) => {
			need(isText(v?.statement), 'erase: statement');
			const lines = new Lines(v.statement.split('\n'));
			lines.exactly('rokusha/erase/v1');
			lines.exactly(this.origin);
			lines.exactly(`leaf ${leaf}`);
			const basis = lines.next('basis');
			need(BASES.includes(basis), 'erase: basis');
			const party = lines.next('party');
			need(ID.test(party), 'erase: party');
			const method = lines.next('method');
			const key = lines.next('key');
			need(unb64(lines.next('nonce'), 16) && lines.number('time') <= this.time, 'erase: nonce or time');
			lines.exactly('');
			lines.end();
			this.evidence(method, v, key, party, []);
			return [party, basis];
		});
		need(new Set(parties.map(([p]) => p)).size >= 2 && new Set(parties.map(([, b]) => b)).size === 1,
			'an erasure that two did not approve');
		return {basis: parties[0][1], parties: parties.map(([p]) => p)};
	}

	act(of, label, id, v) {
		need(isText(v?.statement), 'act: statement');
		const lines = new Lines(v.statement.split('\n'));
		const hash = sha(v.statement);
		const own = label === this.manifest.slot && of === label;

		need(hash.subarray(0, 8).toString('hex') === id, 'act: id');
		lines.exactly('rokusha/sign/v1');
		lines.exactly(this.origin);
		const [size, root] = lines.left.splice(0, 2);
		need(NUMBER.test(size) && Number(size) >= 2 && Number(size) <= this.index && this.roots[Number(size)] === root, 'act: head');
		need(own || size === '2' || this.heads.has(`${of} ${size}`), 'act: a head at which nothing changed here');
		const party = lines.next('party');
		need(own ? party === this.manifest.party : this.known(label, party), 'act: party');
		const method = lines.next('method');
		const key = lines.next('key');
		const scan = lines.next('scan');
		need(method === 'paper' ? unb64(scan, 32) : scan === '-', 'act: scan');
		const view = lines.hash('view');
		const say = lines.hash('say');
		need(unb64(lines.next('nonce'), 16), 'act: nonce');
		const time = lines.number('time');
		lines.exactly('');
		lines.end();
		need(time <= this.time, 'act: time');
		this.evidence(method, v, key, party, ['view', 'say']);
		const seen = this.scope(own, of, v, view);
		const said = this.said(own, of, v, say);
		const act = this.acts.get(b64(hash)) ?? {party, method, size: Number(size), time, late: time > this.deadline,
			entry: this.index, scope: new Set(), says: new Map(), statement: b64(hash)};

		seen.forEach((l) => act.scope.add(l));
		said.forEach(([l, what]) => act.says.set(l, what));
		this.acts.set(b64(hash), act);
	}

	/* Which labels the signer saw whole: of another's act this slot, of one's own all. */
	scope(own, of, v, root) {
		const places = own ? this.labels : [of];
		const seen = [];

		need(Array.isArray(v.view), 'act: view');
		need(graft(this.labels, places, v.view, (label, item) => {
			const [, salt, sign] = /^([A-Za-z0-9_-]{43})([+-])$/.exec(item) ?? [];
			need(salt && isSalt(salt), 'act: view');
			if (sign === '+') {
				seen.push(label);
			}
			return pairOf(disclose(salt, `view/${this.labels.indexOf(label)}`, sign === '+'));
		}).equals(root), 'act: view');
		need(own ? seen.every((l) => this.manifest.labels.includes(l)) : places.every((l) => seen.includes(l)),
			'act: signed over what the signer did not read');
		return seen;
	}

	said(own, of, v, root) {
		const places = own ? this.reads.filter((l) => SLOT_NAMES.includes(l)) : [of];
		const all = [];

		need(Array.isArray(v.say), 'act: say');
		need(graft(SLOT_NAMES, places, v.say, (label, d) => {
			const got = typeof d === 'string' ? readLeaf(d) : null;
			need(got?.[1] === `say/${SLOT_NAMES.indexOf(label)}` && (own && got[2] === null || this.isSay(got[2])), 'act: say');
			if (got[2]?.note !== undefined) {
				/* A leaf of the same slot and round. */
				const note = this.leaves.get(got[2].note);
				need(note?.label === label && note.entry === this.index && (note.path === null || note.path.startsWith('note/')), 'act: a note that is not there');
			}
			if (got[2] !== null) {
				const text = this.notes.get(got[2].note);
				all.push([label, {...got[2], ...(text !== undefined && {text})}]);
			}
			return pairOf(d);
		}).equals(root), 'act: say');
		return all;
	}

	isSay(v) {
		const forms = {decision: (x) => DECISIONS.includes(x), note: isHash, about: isHash, hand: (x) => x === 'mark', by: isId, witness: isId};

		return isObject(v) && v.decision !== undefined && Object.entries(v).every(([k, x]) => Object.hasOwn(forms, k) && forms[k](x));
	}

	/* rest: what else stands in the value. */
	evidence(method, v, key, party, rest) {
		need(has(v, 'statement', 'sig', ...(method === 'webauthn' ? ['auth', 'client'] : []), ...rest), 'a statement without what proves it');
		need([v.sig, v.auth ?? '', v.client ?? ''].every(isText), 'a statement without what proves it');
		if (method === 'attested' || method === 'paper') {
			const sig = unb64(v.sig ?? '', 64);
			need(key === '-' && sig && edVerify(this.attest.subarray(1), v.statement, sig), 'act: signature of the server');
			return;
		}
		need(method === 'webauthn' && this.rp !== '-', 'act: method');
		const mine = this.keys.get(key);
		need(mine && mine.party === party, 'act: no such key of this party');
		const [auth, client, sig] = ['auth', 'client', 'sig'].map((k) => unb64(v[k]));
		need(auth?.length > 0 && client?.length > 0 && sig?.length > 0, 'act: evidence');
		/* The limited rule of the WebAuthn text: these members first, in this order. */
		const start = `{"type":"webauthn.get","challenge":"${sha(v.statement).toString('base64url')}",` +
			`"origin":"https://${this.rp}","crossOrigin":false`;
		need(client.toString('latin1').startsWith(start) && /^[,}]$/.test(client.toString('latin1')[start.length] ?? ''), 'act: client data');
		need(auth.length >= 37 && auth.subarray(0, 32).equals(sha(this.rp)) && (auth[32] & 5) === 5, 'act: authenticator data');
		need(assertionHolds(mine.spki, Buffer.concat([auth, sha(client)]), sig), 'act: signature of the party');
	}

	/* ---- what is told ---- */

	report() {
		const acts = [...this.acts.values()];
		const about = (what, hash) => acts.filter((a) => [...a.says.values()].some((s) => s.decision === what && s.about === hash));
		const erased = this.hidden.filter((h) => this.erasures.has(h.hash)).map((h) => ({...h, ...this.erasures.get(h.hash)}));
		const withheld = this.hidden.filter((h) => !this.erasures.has(h.hash));

		for (const a of acts) {
			a.vouched = about('vouch', a.statement).some((o) => o.party !== a.party);
		}
		return {verdict: withheld.length > 0 ? 'withheld' : 'valid', origin: this.origin, parent: this.parent, size: this.size,
			root: this.roots.at(-1), sealed: this.sealed, deadline: this.deadline, ...this.manifest, members: this.members, acts, erased, withheld, amends: this.amends, fields: this.fields,
			known: [...new Set([...this.members.values()].flatMap((m) => [...m]))]};
	}
}

/* trust: keys of servers as they stand in bundles. -> the report, or {verdict: 'invalid', why} */
export function verify(bytes, trust) {
	try {
		return new Check(Buffer.from(bytes), trust).run();
	} catch (error) {
		if (!(error instanceof Bad)) {
			/* A value of another form than it must have. */
			return {verdict: 'invalid', why: `form: ${error.message}`};
		}
		return {verdict: 'invalid', why: error.message};
	}
}

/* The same as plain data, for another verifier's to be held against. */
export function reportData(r) {
	const sorted = (labels) => [...labels].sort();

	return r.verdict === 'invalid' ? {verdict: r.verdict} : {
		verdict: r.verdict, origin: r.origin, parent: r.parent, size: r.size, root: r.root, sealed: r.sealed, deadline: r.deadline,
		party: r.party, role: r.role, slot: r.slot, labels: r.labels, fields: r.fields,
		members: Object.fromEntries([...r.members].map(([slot, ids]) => [slot, sorted(ids)])),
		acts: r.acts.map((a) => ({...a, scope: sorted(a.scope), says: Object.fromEntries(a.says)})),
		amends: r.amends, erased: r.erased, withheld: r.withheld,
	};
}
