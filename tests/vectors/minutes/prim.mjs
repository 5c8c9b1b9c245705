/*
 * What signed minutes are made of, every part from a standard: SHA-256 trees (RFC 6962), notes and
 * checkpoints (C2SP), disclosures (RFC 9901), Ed25519 (RFC 8032) with a rule of our own where libraries
 * differ. Nothing here knows what minutes are. Hashes are Buffers of 32 bytes.
 */
import crypto from 'node:crypto';

export const sha = (...parts) => {
	const h = crypto.createHash('sha256');
	parts.forEach((p) => h.update(p));
	return h.digest();
};

export const sha512 = (bytes) => crypto.createHash('sha512').update(bytes).digest();

/* ---- base64: one spelling for each value, anything else is null --------------------------------- */

export const b64 = (bytes) => Buffer.from(bytes).toString('base64');
export const b64u = (bytes) => Buffer.from(bytes).toString('base64url');

export function unb64(text, length) {
	const bytes = Buffer.from(text, 'base64');

	return b64(bytes) === text && (length === undefined || bytes.length === length) ? bytes : null;
}

export function unb64u(text) {
	const bytes = Buffer.from(text, 'base64url');

	return b64u(bytes) === text ? bytes : null;
}

/* ---- the tree of RFC 6962 ------------------------------------------------------------------------ */

export const leafHash = (data) => sha(Buffer.of(0), data);
export const nodeHash = (left, right) => sha(Buffer.of(1), left, right);
/* The largest power of two below n: where a tree of n leaves parts. */
export const split = (n) => 2 ** (31 - Math.clz32(n - 1));

/* Of hashes: leaves, or roots of smaller trees in their place. */
export function rootOf(hashes) {
	if (hashes.length === 0) {
		return sha('');
	}
	if (hashes.length === 1) {
		return hashes[0];
	}
	const k = split(hashes.length);
	return nodeHash(rootOf(hashes.slice(0, k)), rootOf(hashes.slice(k)));
}

/* One disclosure as a tree of its own: counted twice, so that no hash of a leaf is ever a node's neighbour. */
export const pairOf = (d) => nodeHash(leafHash(d), leafHash(d));

/* A tree that grows, in as much memory as it is deep. */
export class Growing {
	constructor() {
		this.size = 0;
		this.peaks = [];
	}

	add(hash) {
		let node = hash;

		for (let n = this.size; n % 2 === 1; n = (n - 1) / 2) {
			node = nodeHash(this.peaks.pop(), node);
		}
		this.peaks.push(node);
		this.size++;
	}

	root() {
		return this.size === 0 ? sha('') : this.peaks.reduceRight((right, left) => nodeHash(left, right));
	}
}

const whole = (hashes) => hashes.every((h) => h.length === 32);

/* RFC 9162, 2.1.3.2. Index and size are BigInt. */
export function inclusionHolds(index, size, leaf, proof, root) {
	if (index >= size || !whole([leaf, root, ...proof])) {
		return false;
	}
	let fn = index;
	let sn = size - 1n;
	let r = leaf;

	for (const p of proof) {
		if (sn === 0n) {
			return false;
		}
		if (fn & 1n || fn === sn) {
			r = nodeHash(p, r);
			while (!(fn & 1n) && fn !== 0n) {
				fn >>= 1n;
				sn >>= 1n;
			}
		} else {
			r = nodeHash(r, p);
		}
		fn >>= 1n;
		sn >>= 1n;
	}
	return sn === 0n && r.equals(root);
}

/* RFC 9162, 2.1.4.2. */
export function consistencyHolds(size1, size2, root1, root2, proof) {
	if (size1 > size2 || size1 === 0n) {
		return false;
	}
	if (size1 === size2) {
		return proof.length === 0 && root1.equals(root2);
	}
	if (proof.length === 0 || !whole([root1, root2, ...proof])) {
		return false;
	}
	const path = (size1 & (size1 - 1n)) === 0n ? [root1, ...proof] : proof;
	let fn = size1 - 1n;
	let sn = size2 - 1n;

	while (fn & 1n) {
		fn >>= 1n;
		sn >>= 1n;
	}
	let [fr] = path;
	let sr = fr;
	for (const c of path.slice(1)) {
		if (sn === 0n) {
			return false;
		}
		if (fn & 1n || fn === sn) {
			fr = nodeHash(c, fr);
			sr = nodeHash(c, sr);
			while (!(fn & 1n) && fn !== 0n) {
				fn >>= 1n;
				sn >>= 1n;
			}
		} else {
			sr = nodeHash(sr, c);
		}
		fn >>= 1n;
		sn >>= 1n;
	}
	return sn === 0n && fr.equals(root1) && sr.equals(root2);
}

/* ---- Ed25519 --------------------------------------------------------------------------------------- */

const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
/* The y of every point whose order divides 8; the eight points are these with either sign. */
const SMALL = [0n, 1n, P - 1n,
	0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
	0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n];
const little = (bytes) => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);

/* A point as it may stand in a key or a signature: y below p, and of no small order. */
function plainPoint(bytes) {
	const y = little(bytes) & (2n ** 255n - 1n);

	return y < P && !SMALL.includes(y);
}

const SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const publicKey = (raw) => crypto.createPublicKey({key: Buffer.concat([SPKI, raw]), format: 'der', type: 'spki'});
const privateKey = (seed) => crypto.createPrivateKey({key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8'});

export const edPublic = (seed) =>
	crypto.createPublicKey(privateKey(seed)).export({format: 'der', type: 'spki'}).subarray(12);
export const edSign = (seed, message) => crypto.sign(null, Buffer.from(message), privateKey(seed));

/* As the library says. Only the tests ask it without what comes first in edVerify. */
export function edLibrary(pub, message, sig) {
	try {
		return crypto.verify(null, Buffer.from(message), publicKey(pub), sig);
	} catch {
		return false;
	}
}

/* Refused by bytes first: A or R of small order or not canonical, S of L or more. */
export const edVerify = (pub, message, sig) => pub.length === 32 && sig.length === 64 && plainPoint(pub) &&
	plainPoint(sig.subarray(0, 32)) && little(sig.subarray(32)) < L && edLibrary(pub, message, sig);

/* ---- signed notes (C2SP) --------------------------------------------------------------------------- */

const ED25519 = 1;
const NAME = /^[^+\s\p{Zs}]+$/u;
export const keyId = (name, typed) => sha(`${name}\n`, typed).subarray(0, 4);
export const typedKey = (raw) => Buffer.concat([Buffer.of(ED25519), raw]);

/* "name+keyid+base64(type, key)" -> {name, id, key}, or null. */
export function readVkey(text) {
	const [, name, id, rest] = /^([^+]*)\+([^+]*)\+(.*)$/s.exec(text) ?? [];
	const typed = rest === undefined ? null : unb64(rest, 33);

	if (!typed || typed[0] !== ED25519 || !NAME.test(name) || keyId(name, typed).toString('hex') !== id) {
		return null;
	}
	return {name, id, key: typed.subarray(1)};
}

export function signNote(text, name, seed) {
	if (!text.endsWith('\n') || !NAME.test(name)) {
		throw new Error('no note');
	}
	const id = keyId(name, typedKey(edPublic(seed)));
	return `${text}\n\u2014 ${name} ${b64(Buffer.concat([id, edSign(seed, text)]))}\n`;
}

/* -> {text, sigs: [{name, id, sig}]}, or null. */
export function parseNote(bytes) {
	let note;

	try {
		note = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(bytes);
	} catch {
		return null;
	}
	const at = note.lastIndexOf('\n\n');
	if (at < 0 || !note.endsWith('\n') || /[\x00-\x09\x0b-\x1f]/.test(note)) {
		return null;
	}
	const sigs = note.slice(at + 2).split('\n').slice(0, -1).map((line) => {
		const [, name, rest] = /^\u2014 ([^ ]+) ([^ ]+)$/u.exec(line) ?? [];
		const raw = rest === undefined ? null : unb64(rest);
		return raw && NAME.test(name) && raw.length >= 5
			? {name, id: raw.subarray(0, 4).toString('hex'), sig: raw.subarray(4)} : null;
	});
	return sigs.length === 0 || sigs.length > 100 || sigs.includes(null) ? null : {text: note.slice(0, at + 1), sigs};
}

/* -> {result, text, verified, unverified} as the vectors have it; of a key's signatures the first counts. */
export function openNote(bytes, vkeys) {
	const note = parseNote(bytes);
	const known = vkeys.map(readVkey);

	if (!note) {
		return {result: 'malformed'};
	}
	const verified = [];
	const unverified = [];
	const seen = new Set();
	for (const {name, id, sig} of note.sigs) {
		const keys = known.filter((k) => k?.name === name && k.id === id);
		const called = `${name}+${id}`;
		if (keys.length > 1) {
			return {result: 'ambiguous-key'};
		}
		const line = keys.length === 0 ? `${called}+${b64(sig)}` : called;
		if (seen.has(line)) {
			continue;
		}
		seen.add(line);
		if (keys.length === 0) {
			unverified.push(called);
			continue;
		}
		if (!edVerify(keys[0].key, note.text, sig)) {
			return {result: 'invalid-signature'};
		}
		verified.push(called);
	}
	return {result: verified.length > 0 ? 'ok' : 'no-verifiable-signature', text: note.text, verified, unverified};
}

export const checkpointText = (origin, size, root) => `${origin}\n${size}\n${b64(root)}\n`;

/* -> {origin, size, root, rest}, or null: as C2SP has it, with a root of 32 bytes. */
export function readCheckpoint(text) {
	const [, origin, size, hash, rest] = /^([^\n]+)\n(0|[1-9][0-9]*)\n([^\n]+)\n((?:[^\n]+\n)*)$/.exec(text) ?? [];
	const root = hash === undefined ? null : unb64(hash, 32);

	return root ? {origin, size: BigInt(size), root, rest} : null;
}

/* ---- disclosures (RFC 9901) ------------------------------------------------------------------------ */

export const disclose = (salt, name, value) => b64u(JSON.stringify([salt, name, value]));
/* As SD-JWT has it, and as a leaf of ours: the same string under another prefix. */
export const sdDigest = (d) => b64u(sha(d));

/* -> [salt, name, value], or null. */
export function readDisclosure(d) {
	try {
		const bytes = unb64u(d);
		const got = JSON.parse(new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(bytes));
		return Array.isArray(got) && got.length === 3 && typeof got[0] === 'string' &&
			typeof got[1] === 'string' ? got : null;
	} catch {
		return null;
	}
}
