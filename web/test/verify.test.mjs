/* The browser's verifier beside the sketch's: the same of every bundle, and of every bundle that was meddled with. */
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { bundle } from '../../tests/vectors/minutes/bundle.mjs';
import { readCase } from '../../tests/vectors/minutes/case.mjs';
import { passkey, playMinutes, seal, vouch } from '../../tests/vectors/minutes/play.mjs';
import { b64, edPublic, edSign, leafHash, sha, sha512 } from '../../tests/vectors/minutes/prim.mjs';
import { readLeaf, roundTime } from '../../tests/vectors/minutes/shape.mjs';
import { reportData, verify as sketch } from '../../tests/vectors/minutes/verify.mjs';

globalThis.crypto ??= crypto.webcrypto; // Node 18
const own = await import('../dist-node/verify.mjs');

const DAY = 86_400;
const CASES = [1, 2, 3, 4];
const files = new Map(CASES.map((n) => [n, readCase(n)]));
const played = new Map(CASES.map((n) => [n, playMinutes(files.get(n))]));
const bytesOf = (text) => Uint8Array.from(Buffer.from(text));
const hex = (h) => Buffer.from(h, 'hex');

/* A report as both give it; of what is invalid, that it is. */
const plain = (r) => JSON.parse(JSON.stringify(r));
const theirs = (r) => plain(reportData(r));
const ours = (r) => plain(r.verdict === 'invalid' ? { verdict: r.verdict } : reportData({
  ...r, ...r.manifest, amends: r.amends.map(({ label, round, leaf, name, value, why }) => ({ slot: label, entry: round, leaf, name, value, why })),
}));

async function agree(text, trust, what) {
  const [a, b] = [sketch(text, trust), await own.verify(bytesOf(text), trust)];
  assert.deepEqual(ours(b), theirs(a), `${what}: ${a.why ?? ''} / ${b.why ?? ''}`);
  return b;
}

test('every bundle of four cases: the same report', async () => {
  for (const [n, { log }] of played) {
    for (const key of log.input.keys) {
      const r = await agree(bundle(log, key), [log.publicKey], `case ${n} ${key}`);
      assert.equal(r.verdict, 'valid');
      assert.equal(r.trusted, true);
      assert.equal(r.sealed, log.at);
      assert.equal(r.deadline, log.deadline);
      // What is there to be read: the texts of the reader's own boxes.
      const { reads } = log.seats.get(key);
      const real = [...log.entries[1].boxes].filter(([l]) => reads.includes(l))
        .flatMap(([l, box]) => box.leaves.filter((f) => !/\/~(pad)?$/.test(f.name)).map((f) => [l, f.name.slice(l.length + 1), f.value]));
      assert.deepEqual(r.leaves.map((f) => [f.label, f.name, f.value]), real);
    }
  }
});

/* A small generator: the same places each time. */
function draws(seed) {
  let s = seed;
  return (max) => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    return Math.floor((s / 2 ** 32) * max);
  };
}

/* One change of bytes: a bit, a byte, some lost, some doubled, some moved. */
function meddled(bytes, draw) {
  const at = draw(bytes.length);
  const n = 1 + draw(40);
  const [before, part, after] = [bytes.subarray(0, at), bytes.subarray(at, at + n), bytes.subarray(at + n)];
  const to = draw(bytes.length);
  switch (draw(5)) {
    case 0: return Buffer.concat([before, Buffer.of(bytes[at] ^ (1 << draw(8))), bytes.subarray(at + 1)]);
    case 1: return Buffer.concat([before, Buffer.of(32 + draw(95)), bytes.subarray(at + 1)]);
    case 2: return Buffer.concat([before, after]);
    case 3: return Buffer.concat([before, part, part, after]);
    default: return Buffer.concat([bytes.subarray(0, to), part, bytes.subarray(to)]);
  }
}

test('500 seeded changes: refused by both', async () => {
  const draw = draws(11);
  const texts = [[1, 'p-emp'], [3, 'p-self'], [2, 'p-hw'], [4, 'p-ps']].map(([n, key]) => {
    const { log } = played.get(n);
    return [bytesOf(bundle(log, key)), log.publicKey];
  });
  let refused = 0;
  for (let i = 0; i < 500; i++) {
    const [bytes, key] = texts[i % texts.length];
    const copy = meddled(Buffer.from(bytes), draw);
    const [a, b] = [sketch(copy, [key]), await own.verify(Uint8Array.from(copy), [key])];
    assert.equal(b.verdict, a.verdict, `change ${i}: ${a.why} / ${b.why}`);
    if (!copy.equals(Buffer.from(bytes))) {
      assert.equal(b.verdict, 'invalid', `change ${i}`);
      refused++;
    }
  }
  assert.ok(refused > 480);
});

test('spelling and order: as the sketch says', async () => {
  const { log } = played.get(1);
  const text = bundle(log, 'p-emp');
  const loose = (name) => text.replace(new RegExp(`("${name}":"[^"]*)([A-Za-z0-9+/])(=*")`), (all, a, c, z) =>
    a + String.fromCharCode(c.charCodeAt(0) + 1) + z);
  const lines = text.trimEnd().split('\n');
  const entries = lines.slice(1, -1).map((l) => l.replace(/,$/, ''));
  const relined = (list) => `${lines[0].replace(/"size":\d+/, `"size":${list.length}`)}\n${list.join(',\n')}\n]}\n`;
  assert.equal(relined(entries), text);
  const others = [loose('sig'), loose('key'), `${text}\n`, ` ${text}`, text.slice(0, -1), JSON.stringify(JSON.parse(text)), '', '{}',
    text.replace('"size":', '"size": '), text.replace(/"size":(\d+)/, '"size":0$1'), text.replace(/"size":\d+/, '"size":4097'),
    text.replace('rokusha-bundle', 'rokusha\\u002dbundle'), text.replace('"format"', `"${'x'.repeat(1 << 20)}"`),
    ...entries.flatMap((e, i) => [relined(entries.filter((_, j) => j !== i)), relined(entries.flatMap((x, j) => (j === i ? [x, x] : [x]))),
      relined(entries.slice(0, i)), relined(entries.map((x, j) => (j === i ? x.replace(/\]\}$/, `,"${b64(sha('x'))}"]}`) : x)))])];
  for (const [i, other] of others.entries()) {
    assert.notEqual(other, text);
    assert.equal((await agree(other, [log.publicKey], `spelling ${i}`)).verdict, 'invalid', `spelling ${i}`);
  }
  await agree(text, [b64(Buffer.alloc(33, 1))], 'another server');
  await agree(text, [], 'no server');
});

test('without a key to compare it says so; nothing else is different', async () => {
  const { log } = played.get(2);
  const text = bundle(log, 'p-emp');
  const [with_, without] = [await own.verify(bytesOf(text), [log.publicKey]), await own.verify(bytesOf(text), null)];
  assert.deepEqual([with_.trusted, without.trusted], [true, false]);
  assert.deepEqual({ ...without, trusted: true }, with_);
  assert.equal((await own.verify(bytesOf(text.replace('"size":', '"size":1')), null)).verdict, 'invalid');
});

test('what the server must not sign is refused though it signed it', async () => {
  const wrong = (change, after = () => undefined) => {
    const l = seal(files.get(1));
    change(l);
    l.sign('p-emp', { method: 'attested', time: l.at + 60, say: { decision: 'agree' } });
    after(l);
    return l.until(l.at + DAY);
  };
  const kept = (l) => l.seats.get('p-emp').reads;
  let reads = [];
  const wider = (l) => { l.seats.get('p-emp').reads = l.labels.filter((x) => x === 'plan.legal.background' || reads.includes(x)); };
  const logs = [
    wrong(() => undefined),
    wrong((l) => { reads = kept(l); wider(l); }, (l) => { l.seats.get('p-emp').reads = reads; }),
    wrong((l) => { reads = kept(l); wider(l); }),
    wrong((l) => { l.seeds = { ...l.seeds, attest: Buffer.alloc(32, 9) }; }),
    wrong((l) => { l.roots[2] = l.roots[1]; }, (l) => l.roots.splice(2, 1, l.tree.root())),
    wrong((l) => { l.seats.get('p-emp').id = '0'.repeat(16); }),
    wrong((l) => l.sign('p-emp', { method: 'attested', time: l.at + 60, say: { decision: 'perhaps' } })),
    wrong((l) => l.sign('p-emp', { method: 'oath', time: l.at + 60, say: { decision: 'agree' } })),
    wrong((l) => { l.at += 600; }),
    wrong((l) => l.tell(l.at + 1, kept(l).at(-1), `guess/${'0'.repeat(16)}`, 'x')),
    wrong((l) => l.tell(l.at + 1, kept(l).at(-1), `act/${'0'.repeat(16)}`, 'x')),
    wrong((l) => l.tell(l.at + 1, kept(l).at(-1), `act/${'0'.repeat(16)}`, { statement: 'x', view: [], say: [] })),
    wrong((l) => l.tell(l.at + 1, kept(l).at(-1), `amend/${'0'.repeat(16)}`, { leaf: b64(sha('x')) })),
    wrong((l) => l.tell(l.at + 1, kept(l).at(-1), `erase/${'0'.repeat(16)}`, { leaf: b64(sha('x')), approvals: [] })),
    wrong((l) => l.tell(l.at + 1, kept(l).at(-1), `key/${'0'.repeat(16)}`, { spki: 'x' })),
  ];
  /* An act as it should be, then one thing of it is not. */
  const acts = (change) => wrong(() => undefined, (l) => l.pending.filter((p) => p.name.startsWith('act/')).forEach((p) => change(p, l)));
  const slotOf = (l) => l.seats.get('p-emp').shared[0];
  const leafOf = (l, name) => l.entries[1].boxes.get(slotOf(l)).leaves.find((f) => f.name.includes(name));
  const amend = (more) => wrong((l) => {
    const leaf = leafOf(l, 'min.decisions/');
    l.tell(l.at + 1, slotOf(l), `amend/${'0'.repeat(16)}`, { entry: 1, leaf: b64(leaf.hash), name: leaf.name.slice(4), value: 'x', why: 'y', ...more });
  });
  const holds = amend({});
  assert.equal((await agree(bundle(holds, 'p-emp'), [holds.publicKey], 'an amendment')).verdict, 'valid');
  logs.push(
    acts((p) => { p.value = { ...p.value, more: 'x' }; }), acts((p) => { delete p.value.sig; }), acts((p) => { p.value.auth = 'x'; }),
    acts((p) => { p.name = `${p.name}/${p.label}`; }), acts((p) => { p.name = `${p.name}/s31`; }), acts((p) => { p.name = `${p.name}/x`; }),
    acts((p) => { p.value.view = p.value.view.slice(1); }), acts((p) => { p.value.say = 'x'; }), acts((p) => { p.value.statement = `${p.value.statement}\n`; }),
    amend({ entry: 2 }), amend({ name: 'row/min.decisions/x/text' }), amend({ more: 'x' }), amend({ why: 1 }), amend({ leaf: 'x' }),
    wrong((l) => l.sign('p-ps', { method: 'attested', time: l.at + 30, say: { decision: 'agree', mood: 'x' } })),
    wrong((l) => l.sign('p-ps', { method: 'attested', time: l.at + 30, say: { decision: 'agree', by: 'x' } })),
    wrong((l) => l.sign('p-ps', { method: 'attested', time: l.at + 30, say: { decision: 'vouch', about: 'x' } })),
    wrong((l) => ['p-ps', 'p-cw'].forEach((k) => l.tell(l.at + 1, slotOf(l), `key/${l.seats.get(k).id}`, { spki: b64(Buffer.from('key')) }))),
    wrong((l) => l.tell(l.at + 1, slotOf(l), `key/${l.seats.get('p-ps').id}/${slotOf(l)}`, { spki: b64(Buffer.from('key')) })),
    wrong((l) => l.tell(l.at + 1, slotOf(l), `note/${'0'.repeat(16)}`, 1)),
    seal(files.get(1), { parent: 'x 1 y' }).until(seal(files.get(1)).at + DAY),
  );
  assert.equal(logs.length, 36);
  for (const [i, l] of logs.entries()) {
    const r = await agree(bundle(l, 'p-emp'), [l.publicKey], `wrong ${i}`);
    assert.equal(r.verdict, i === 0 ? 'valid' : 'invalid', `wrong ${i}`);
  }
});

test('dissent, withdrawal, paper with and without a voucher: the same', async () => {
  for (const by of ['p-kp', null]) {
    const log = seal(files.get(1));
    log.sign('p-cw', { method: 'attested', time: log.at + 60, say: { decision: 'dissent', note: '反対' } });
    const again = log.sign('p-self', { method: 'attested', time: log.at + 90, say: { decision: 'agree' } });
    log.sign('p-self', { method: 'attested', time: log.at + 95, say: { decision: 'withdraw', about: b64(again) } });
    const paper = log.sign('p-kp', { method: 'paper', time: log.at + 100, scan: sha('scan'), say: { decision: 'agree' } });
    vouch(log, 'p-kp', paper, { time: log.at + 120 }, by === null ? 'p-kp' : 'p-ps');
    log.until(log.at + DAY);
    for (const key of log.input.keys) {
      const r = await agree(bundle(log, key), [log.publicKey], key);
      assert.equal(r.verdict, 'valid');
    }
  }
});

test('erased is told from withheld', async () => {
  for (const [n, name] of [[2, 'row/min.decisions/d4/text'], [3, 'row/min.decisions/d5/text'], [2, 'field/plan.money.action.content']]) {
    const { log } = playMinutes(files.get(n));
    const before = bundle(log, 'p-ps');
    const at = log.entries.at(-1).time + 60;
    const gone = log.copiesOf(name).map((f) => f.leaf.d);
    log.erase(at, name, 'request', ['p-ps', 'p-sup']);
    log.until(at + 9 * DAY);
    for (const key of log.input.keys) await agree(bundle(log, key), [log.publicKey], key);
    assert.ok((await own.verify(bytesOf(bundle(log, 'p-ps')), [log.publicKey])).erased.length > 0);
    const cut = before.replace(gone[0], `x:${b64(leafHash(gone[0]))}`);
    assert.equal((await agree(cut, [log.publicKey], 'thinned')).verdict, 'withheld');
  }
  const { log } = playMinutes(files.get(2));
  log.erase(log.entries.at(-1).time + 60, 'row/min.decisions/d4/text', 'request', ['p-ps', 'p-ps']);
  log.until(log.entries.at(-1).time + 9 * DAY);
  assert.equal((await agree(bundle(log, 'p-ps'), [log.publicKey], 'one alone')).verdict, 'invalid');
});

/* ---- passkeys ---- */

/** An RSA key as Windows Hello has one. */
function rsaKey(modulusLength = 2048) {
  const { publicKey, privateKey } = crypto.generateKeyPairSync('rsa', { modulusLength });
  return { spki: publicKey.export({ format: 'der', type: 'spki' }), sign(statement, rp) {
    const client = Buffer.from(`{"type":"webauthn.get","challenge":"${sha(statement).toString('base64url')}","origin":"https://${rp}","crossOrigin":false}`);
    const auth = Buffer.concat([sha(rp), Buffer.of(5), Buffer.from([0, 0, 0, 1])]);
    return { auth: b64(auth), client: b64(client), sig: b64(crypto.sign('sha256', Buffer.concat([auth, sha(client)]), privateKey)) };
  } };
}

function signedWith(key, twist, o = {}) {
  const log = seal(files.get(1));
  const seat = log.seats.get('p-self');
  for (const slot of [...seat.shared, seat.own]) {
    log.tell(log.at + 10, slot, `key/${o.party ?? (o.of ? log.seats.get(o.of).id : seat.id)}`, { spki: b64((o.other ?? key).spki) });
  }
  log.sign('p-self', { method: 'webauthn', time: log.at + 60, say: { decision: 'agree' },
    passkey: { spki: key.spki, sign: (s, rp) => key.sign(s, rp, twist) } });
  return log.until(log.at + DAY);
}

test('passkeys: both kinds hold; each thing they must say, tampered with, is refused', async () => {
  const ed = crypto.generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'der', type: 'spki' });
  const tries = [[{}, 'valid'], [{}, 'valid', {}, rsaKey()], [{}, 'invalid', {}, rsaKey(1024)], [{ type: 'webauthn.create' }], [{ challenge: sha('x') }],
    [{ origin: 'https://rokusha.example' }], [{ cross: true }], [{ rp: 'rokusha.example' }], [{ flags: 1 }], [{ flags: 4 }],
    [{}, 'invalid', { other: passkey() }], [{}, 'invalid', { party: 'f'.repeat(16) }], [{}, 'invalid', { of: 'p-ps' }],
    [{}, 'invalid', {}, { ...passkey(), spki: ed }], [{}, 'invalid', {}, { ...passkey(), spki: passkey().spki }]];
  for (const [i, [twist, verdict = 'invalid', o, key = passkey()]] of tries.entries()) {
    const log = signedWith(key, twist, o);
    const r = await agree(bundle(log, 'p-emp'), [log.publicKey], `passkey ${i}`);
    assert.equal(r.verdict, verdict, `passkey ${i}: ${r.why}`);
  }
});

test('ecdsa signatures: DER in one spelling', async () => {
  const { publicKey, privateKey } = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = Uint8Array.from(publicKey.export({ format: 'der', type: 'spki' }));
  for (let i = 0; i < 300; i++) { // short r and s come up
    const message = Buffer.from(`message ${i}`);
    const der = crypto.sign('sha256', message, privateKey);
    const raw = crypto.sign('sha256', message, { key: privateKey, dsaEncoding: 'ieee-p1363' });
    assert.equal(raw.length, 64);
    assert.equal(own.rawOf(Uint8Array.from(der))?.length, 64);
    assert.ok(await own.partyVerify(spki, Uint8Array.from(message), Uint8Array.from(der)), `message ${i}`);
    assert.ok(!await own.partyVerify(spki, Uint8Array.from(Buffer.from('other')), Uint8Array.from(der)));
  }
  const of = (h) => own.rawOf(Uint8Array.from(hex(h)));
  assert.deepEqual(Buffer.from(of('3006020101020102')).toString('hex'), `${'0'.repeat(63)}1${'0'.repeat(63)}2`);
  assert.ok(of('300702020080020101'), 'a leading zero where it must be');
  for (const bad of ['', '30', '3006020101', '300602010102010200', '3106020101020102', '3007020200010201', '30080202000102020002', '3006020181020101',
    '3006020001020102', '3006020101030102', '30810602010102010 2'.replace(' ', ''), '3005020101020102', '3005020002010102']) {
    assert.equal(of(bad), null, bad);
  }
});

/* ---- what it is made of ---- */

const vectors = (name) => JSON.parse(readFileSync(new URL(`../../tests/vectors/shared/ed25519/${name}.json`, import.meta.url)));
const edOwn = (key, message, sig) => own.edVerify(Uint8Array.from(key), Uint8Array.from(message), Uint8Array.from(sig));

test('ed25519: RFC 8032, wycheproof, and of the edge cases what libsodium takes', async () => {
  assert.equal(await own.lacks(), null);
  for (const c of vectors('rfc8032').cases) assert.ok(await edOwn(hex(c.public_key), hex(c.message), hex(c.signature)), c.name);
  for (const g of vectors('wycheproof').testGroups) {
    for (const t of g.tests) {
      assert.equal(await edOwn(hex(g.publicKey.pk), hex(t.msg), hex(t.sig)), t.result === 'valid', `${t.tcId} ${t.comment}`);
    }
  }
  const spec = [];
  for (const c of vectors('speccheck-cases')) spec.push(await edOwn(hex(c.pub_key), hex(c.message), hex(c.signature)));
  assert.equal(spec.filter((x) => x).length, 1);
  let verdicts = '';
  for (const c of vectors('cctv-ed25519vectors')) verdicts += await edOwn(hex(c.key), Buffer.from(c.msg), hex(c.sig)) ? '1' : '0';
  // Of libsodium's verdicts, one character a case.
  assert.equal(sha(verdicts).toString('hex'), '9111cd3acbe211e15031707588bc9d68cb7b0c2d8f500fad1ebfedfc4362ffab');
});

test('ed25519: what the owner of an ordinary key can make that two libraries judge otherwise is refused', async () => {
  // R = identity, S = h * a: the library alone takes it.
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const num = (b) => BigInt(`0x${Buffer.from(b).reverse().toString('hex')}`);
  const bytes = (n) => Buffer.from(n.toString(16).padStart(64, '0'), 'hex').reverse();
  const seed = Buffer.alloc(32, 7);
  const pub = edPublic(seed);
  const a = sha512(seed).subarray(0, 32);
  a[0] &= 248;
  a[31] = (a[31] & 127) | 64;
  const R = bytes(1n);
  const h = num(sha512(Buffer.concat([R, pub, Buffer.from('m')]))) % order;
  const sig = Buffer.concat([R, bytes((h * num(a)) % order)]);
  const key = await crypto.webcrypto.subtle.importKey('raw', pub, 'Ed25519', false, ['verify']);
  assert.equal(await crypto.webcrypto.subtle.verify('Ed25519', key, sig, Buffer.from('m')), true);
  assert.equal(await edOwn(pub, Buffer.from('m'), sig), false);
  const good = edSign(seed, 'm');
  assert.equal(await edOwn(pub, Buffer.from('m'), good), true);
  for (const [k, s] of [[pub, good.subarray(1)], [pub.subarray(1), good], [Buffer.alloc(32, 255), good]]) {
    assert.equal(await edOwn(k, Buffer.from('m'), s), false);
  }
});

test('a browser without what it takes says so and gives no verdict', async () => {
  const { log } = played.get(1);
  const bytes = bytesOf(bundle(log, 'p-emp'));
  const whole = Object.getOwnPropertyDescriptor(globalThis, 'crypto');
  const as = async (value) => {
    Object.defineProperty(globalThis, 'crypto', { value, configurable: true });
    try {
      return await own.verify(bytes, null);
    } finally {
      Object.defineProperty(globalThis, 'crypto', whole);
    }
  };
  const { subtle } = globalThis.crypto;
  const without = new Proxy(subtle, { get: (s, name) => (name === 'importKey'
    ? async (...a) => { if (a[2].name === 'Ed25519') throw new DOMException('no', 'NotSupportedError'); return s.importKey(...a); }
    : s[name].bind(s)) });
  assert.deepEqual(await as({}), { verdict: 'unable', why: 'subtle' });
  assert.deepEqual(await as(undefined), { verdict: 'unable', why: 'subtle' });
  assert.deepEqual(await as({ subtle: without }), { verdict: 'unable', why: 'ed25519' });
  assert.equal((await as({ subtle })).verdict, 'valid');
});

test('leaves, base64 and rounds as the sketch has them', () => {
  const salt = 'A'.repeat(43);
  for (const json of [`["${salt}","common/x","改行\\nと\\"\\\\"]`, `["${salt}","common/x",-9007199254740991]`, `["${salt}","common/x",["a",1]]`,
    `["${salt}","s00/act/0","😀"]`, `["${salt}","s00/x",{"a":["b"],"c":{"d":"e"},"f":[{"g":"h"}]}]`, `["${salt}","say/0",null]`,
    `["${salt}", "common/x","y"]`, `["${salt}","common/x",1.5]`, `["${salt}","common/x",1e3]`, `["${salt}","common/x",9007199254740992]`,
    `["${salt}","common/x",-0]`, `["${salt}","common/x","\\u0041"]`, `["${salt}","common/x","\\ud800"]`, `["${salt}","common/x","\\r"]`,
    `["${salt}","common/x",{"a":"b","a":"c"}]`, `["${salt}","common/x",{"2":"b"}]`, `["${salt}","common/x",{"a":null}]`,
    `["${salt}","common/x",[[[["a"]]]]]`, `["${salt}x","common/x","y"]`, `["short","common/x","y"]`, `["${salt}","common/x"]`,
    `["${salt}","common/x","y",1]`, `{"0":"${salt}"}`, '"x"', '', '['.repeat(100_000)]) {
    const d = Buffer.from(json).toString('base64url');
    for (const one of [d, `${d}=`, d.slice(0, -1), `${d} `]) {
      const [a, b] = [readLeaf(one), own.readLeaf(one)];
      assert.deepEqual(b && [b.name, b.value], a && [a[1], a[2]], json.slice(0, 80));
    }
  }
  for (let n = 0; n < 200; n++) {
    const bytes = crypto.randomBytes(n % 70);
    assert.equal(own.b64(bytes), bytes.toString('base64'));
    assert.equal(own.b64u(bytes), bytes.toString('base64url'));
    assert.deepEqual(Buffer.from(own.unb64(own.b64(bytes))), bytes);
    assert.deepEqual(Buffer.from(own.unb64u(own.b64u(bytes))), bytes);
  }
  for (const bad of ['A', 'AA', 'AA=', 'AB==', 'AA==\n', ' AA==', 'AA===', 'A===', '====', 'AAA-', 'あ===', null, 1]) assert.equal(own.unb64(bad), null, String(bad));
  for (let t = 1_794_500_000; t < 1_794_500_000 + DAY; t += 1799) {
    for (let k = 1; k < 14; k++) assert.equal(own.roundTime(t, k), roundTime(t, k));
  }
});
