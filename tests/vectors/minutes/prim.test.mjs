/* What the sketch of signed minutes is made of, against vectors from outside. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import {test} from 'node:test';
import * as p from './prim.mjs';

const read = (name) => JSON.parse(fs.readFileSync(new URL(`../shared/${name}.json`, import.meta.url), 'utf8'));
const hex = (text) => Buffer.from(text, 'hex');
const from64 = (text) => Buffer.from(text, 'base64');

test('rfc6962: the empty tree, single hashes, and the root of every size', () => {
	const v = read('rfc6962/roots');
	const leaves = v.leaves.map((l) => p.leafHash(hex(l)));
	const grown = new p.Growing();
	let seen = 0;

	for (const h of v.hashes) {
		const got = h.what === 'empty tree' ? p.rootOf([]) : h.what === 'leaf' ? p.leafHash(hex(h.leaf))
			: p.nodeHash(hex(h.left), hex(h.right));
		assert.equal(got.toString('hex'), h.hash, h.what);
	}
	for (const {size: n, root: want} of v.roots) {
		assert.equal(p.rootOf(leaves.slice(0, n)).toString('hex'), want, `size ${n}`);
		while (grown.size < n) {
			grown.add(leaves[grown.size]);
		}
		assert.equal(grown.root().toString('hex'), want, `grown to ${n}`);
		seen++;
	}
	assert.equal(seen, 9);
	for (const [level, nodes] of v.nodes_by_level.entries()) {
		nodes.forEach((n, i) => assert.equal(
			p.rootOf(leaves.slice(i * 2 ** level, (i + 1) * 2 ** level)).toString('hex'), n));
	}
});

test('rfc6962: inclusion and consistency, good and bad', () => {
	for (const c of read('rfc6962/inclusion').cases) {
		assert.equal(p.inclusionHolds(BigInt(c.leafIdx), BigInt(c.treeSize), from64(c.leafHash ?? ''),
			(c.proof ?? []).map(from64), from64(c.root ?? '')), !c.wantErr, `${c.file} ${c.desc}`);
	}
	for (const c of read('rfc6962/consistency').cases) {
		assert.equal(p.consistencyHolds(BigInt(c.size1), BigInt(c.size2), from64(c.root1 ?? ''),
			from64(c.root2 ?? ''), (c.proof ?? []).map(from64)), !c.wantErr, `${c.file} ${c.desc}`);
	}
});

test('notes: verifier keys, opened, signed, refused', () => {
	const v = read('note/signed-note');

	for (const k of v.verifiers) {
		const got = p.readVkey(k.vkey);
		assert.equal(got !== null, k.ok && k.type === 1, k.vkey);
		if (got) {
			assert.deepEqual([got.name, got.id], [k.name, k.key_id]);
		}
	}
	const {vkey} = v.verifier_mangling;
	for (let from = 0; from < vkey.length; from++) {
		for (let to = from + 1; to <= vkey.length; to++) {
			assert.equal(p.readVkey(vkey.slice(from, to)) !== null, to - from === vkey.length);
		}
		const bytes = Buffer.from(vkey);
		bytes[from]++;
		assert.equal(p.readVkey(bytes.toString()), null, `byte ${from}`);
	}
	for (const o of v.open) {
		const got = p.openNote(o.note_hex === undefined ? Buffer.from(o.note) : hex(o.note_hex), o.verifiers);
		assert.equal(got.result, o.result, o.id);
		if (o.result === 'ok') {
			assert.deepEqual([got.text, got.verified, got.unverified], [o.text, o.verified, o.unverified], o.id);
		}
	}
	for (const s of v.sign) {
		const made = p.signNote(s.text, p.readVkey(s.vkey).name, hex(s.seed_hex));
		assert.equal(s.existing ? s.existing + made.slice(s.text.length + 1) : made, s.note, s.id);
	}
	for (const s of v.sign_refused) {
		assert.throws(() => p.signNote(s.text, s.name ?? 'a', Buffer.alloc(32)), s.why);
	}
	for (const c of v.parse) {
		const got = p.parseNote(Buffer.from(c.note));
		assert.equal(got.text, c.text, c.id);
		assert.deepEqual(got.sigs.map((s) => ({name: s.name, key_id: s.id, signature: s.sig.toString('hex')})),
			c.signatures, c.id);
	}
});

test('checkpoints, as strictly as C2SP has them', () => {
	for (const c of read('note/checkpoint').cases) {
		const got = p.readCheckpoint(c.text);
		const ok = c.ok && !(c.strict ?? '').startsWith('refuse');
		assert.equal(got !== null, ok, c.id);
		if (ok) {
			assert.deepEqual([got.origin, got.size, got.root.toString('hex'), got.rest],
				[c.origin, BigInt(c.size), c.hash, c.rest], c.id);
		}
	}
});

test('disclosures: the digest is of the string, whatever spelling the JSON inside has', () => {
	const v = read('sdjwt/disclosures');

	for (const d of v.pairs) {
		assert.equal(p.sdDigest(d.disclosure), d.digest, d.section);
		const [salt, name, value] = p.readDisclosure(d.disclosure) ?? [null];
		if (d.name !== undefined && d.name !== null) {
			assert.deepEqual([salt, name, value], [d.salt, d.name, d.value], d.section);
		}
	}
	assert.ok(v.pairs.length >= 29);
	const [salt, name, value] = p.readDisclosure(v.pairs[0].disclosure);
	assert.notEqual(p.sdDigest(p.disclose(salt, name, value)), v.pairs[0].digest, 'written again it is another');
});

/* ---- Ed25519: where libraries differ ---------------------------------------------------------------- */

const count = (list, holds) => list.filter(holds).length;

test('ed25519: keys and signatures of RFC 8032; all definite verdicts of wycheproof', () => {
	for (const c of read('ed25519/rfc8032').cases) {
		assert.equal(p.edPublic(hex(c.seed)).toString('hex'), c.public_key, c.name);
		assert.equal(p.edSign(hex(c.seed), hex(c.message)).toString('hex'), c.signature, c.name);
		assert.ok(p.edVerify(hex(c.public_key), hex(c.message), hex(c.signature)), c.name);
	}
	for (const g of read('ed25519/wycheproof').testGroups) {
		for (const t of g.tests) {
			assert.equal(p.edVerify(hex(g.publicKey.pk), hex(t.msg), hex(t.sig)), t.result === 'valid', `${t.tcId} ${t.comment}`);
		}
	}
});

test('ed25519: of the edge cases our rule takes what libsodium takes, and OpenSSL more', () => {
	const spec = read('ed25519/speccheck-cases').map((c) => [hex(c.pub_key), hex(c.message), hex(c.signature)]);
	const cctv = read('ed25519/cctv-ed25519vectors').map((c) => [hex(c.key), Buffer.from(c.msg), hex(c.sig), c.flags ?? []]);
	const verdicts = (list) => [count(list, (c) => p.edLibrary(...c)), count(list, (c) => p.edVerify(...c))];

	/* OpenSSL alone, then with our rule. libsodium 1.0.18 takes the same 1 and 43, case by case. */
	assert.deepEqual(verdicts(spec), [5, 1]);
	assert.deepEqual([verdicts(cctv), cctv.length], [[208, 43], 914]);
	/* Of libsodium's verdicts, one character a case. */
	assert.equal(p.sha(cctv.map((c) => (p.edVerify(...c) ? '1' : '0')).join('')).toString('hex'),
		'9111cd3acbe211e15031707588bc9d68cb7b0c2d8f500fad1ebfedfc4362ffab');
	for (const [key, msg, sig, flags] of cctv) {
		if (flags.some((f) => /^low_order_[AR]$|^non_canonical_[AR]$/.test(f))) {
			assert.ok(!p.edVerify(key, msg, sig), flags.join());
		}
	}
});

test('ed25519: the owner of an ordinary key cannot make what two libraries judge otherwise', () => {
	/* R = identity, S = h * a: OpenSSL takes it, libsodium does not. */
	const order = 2n ** 252n + 27742317777372353535851937790883648493n;
	const num = (b) => BigInt(`0x${Buffer.from(b).reverse().toString('hex')}`);
	const bytes = (n) => Buffer.from(n.toString(16).padStart(64, '0'), 'hex').reverse();
	const seed = Buffer.alloc(32, 7);
	const pub = p.edPublic(seed);
	const a = p.sha512(seed).subarray(0, 32);
	a[0] &= 248;
	a[31] = (a[31] & 127) | 64;
	const R = bytes(1n);
	const h = num(p.sha512(Buffer.concat([R, pub, Buffer.from('m')]))) % order;
	const sig = Buffer.concat([R, bytes((h * num(a)) % order)]);

	assert.equal(p.edLibrary(pub, 'm', sig), true);
	assert.equal(p.edVerify(pub, 'm', sig), false);
});
