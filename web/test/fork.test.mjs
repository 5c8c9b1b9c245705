/* What two copies are to each other: the browser's answer, the sketch's and rokusha-verify's, over the same pairs. */
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { test } from 'node:test';
import { allBundles } from '../../tests/minutes/bundles.mjs';
import { keep, trustOf, verifier } from '../../tests/minutes/rig.mjs';
import { bundle } from '../../tests/vectors/minutes/bundle.mjs';
import { readCase } from '../../tests/vectors/minutes/case.mjs';
import { sameChance, seal } from '../../tests/vectors/minutes/play.mjs';
import { b64, keyId, openNote } from '../../tests/vectors/minutes/prim.mjs';
import { relation } from '../../tests/vectors/minutes/relate.mjs';

globalThis.crypto ??= crypto.webcrypto; // Node 18
const own = await import('../dist-node/verify.mjs');

const DAY = 86_400;
const file = readCase(1);
const reports = new Map();
async function read(text) {
  if (!reports.has(text)) reports.set(text, await own.verify(Uint8Array.from(Buffer.from(text)), null));
  return reports.get(text);
}

/* What the program says, as a word and a number; it has one sentence for `same` and `longer`. */
const SAYS = [
  [/別の記録です。/, 'other'], [/同じ記録です。はじめの (\d+) 件は一致/, 'one'], [/一方は他方の (\d+) 件目から続く/, 'next'], [/【分岐】.*?、(\d+) 件目から/, 'parted'],
];
function program(one, two, trust) {
  const got = verifier(keep('one', one), '--trust', trust, '--compare', keep('two', two));
  assert.equal(got.err, '');
  const found = SAYS.flatMap(([like, word]) => [[like.exec(got.out), word]]).filter(([m]) => m);
  assert.equal(found.length, 1, got.out.slice(-400));
  const [[, n = '0'], word] = found[0];
  return { word, at: Number(n) - (word === 'parted' ? 1 : 0), notes: got.out.match(/^\S+\/c\/[0-9a-f]{32}\n\d+\n\S+\n\n— .*\n/gm) ?? [] };
}

/* All three of one pair, either way round. -> the word and the number */
async function agree(one, two, trust, what) {
  const [a, b] = [await read(one), await read(two)];
  const fork = own.forkOf(a, b);
  assert.deepEqual([fork.kind, fork.at], relation(one, two), what);
  assert.deepEqual(own.forkOf(b, a), fork, `${what}, turned`);
  const said = program(one, two, trust);
  assert.deepEqual([said.word, said.at], [fork.kind === 'same' || fork.kind === 'longer' ? 'one' : fork.kind, fork.at], what);
  if (fork.kind === 'parted') assert.deepEqual([await own.headNote(a), await own.headNote(b)], said.notes, what);
  return [fork.kind, fork.at];
}

/* Two histories of one log, from where a decision was another. */
function twice() {
  const o = { rng: sameChance('f', 'p-emp') };
  return ['agree', 'decline'].map((decision) => {
    const log = seal(file, o);
    log.until(log.at + 2 * DAY);
    log.sign('p-emp', { method: 'attested', time: log.at + 2 * DAY + 60, say: { decision } });
    return log.until(log.at + 5 * DAY);
  });
}

test('one log: other readers of it, other states of it', async () => {
  const [log] = twice();
  const t = trustOf(log.publicKey);
  const kinds = new Set();
  for (const [a, n] of [['p-emp'], ['p-emp', 1], ['p-emp', 2], ['p-self'], ['p-kp', 3]]) {
    for (const [b, m] of [['p-emp'], ['p-ps'], ['p-ps', 1], ['p-self', 2]]) {
      const [one, two] = [bundle(log, a, n), bundle(log, b, m)];
      const [kind, at] = await agree(one, two, t, `${a} ${n} ${b} ${m}`);
      const sizes = [one, two].map((x) => JSON.parse(x).size);
      assert.deepEqual([kind, at], [sizes[0] === sizes[1] ? 'same' : 'longer', Math.min(...sizes)]);
      kinds.add(kind);
    }
  }
  assert.deepEqual([...kinds].sort(), ['longer', 'same']);
});

test('two histories: where they part, and both signed heads, which hold', async () => {
  const [one, two] = twice();
  const t = trustOf(one.publicKey);
  const parts = one.roots.findIndex((r, i) => !r.equals(two.roots[i])) - 1;
  assert.ok(parts > 2);
  for (const [a, b] of [['p-emp', 'p-emp'], ['p-emp', 'p-ps'], ['p-self', 'p-emp']]) {
    assert.deepEqual(await agree(bundle(one, a), bundle(two, b), t, `${a} ${b}`), ['parted', parts]);
  }
  // As far as they are the same nobody can tell.
  assert.deepEqual(await agree(bundle(one, 'p-emp', 1), bundle(two, 'p-emp'), t, 'before it'), ['longer', 2]);
  const notes = await Promise.all([one, two].map(async (l) => own.headNote(await read(bundle(l, 'p-emp')))));
  const typed = Buffer.from(one.publicKey, 'base64');
  assert.notEqual(notes[0], notes[1]);
  for (const note of notes) {
    const vkey = `${one.origin}+${keyId(one.origin, typed).toString('hex')}+${b64(typed)}`;
    assert.equal(openNote(Buffer.from(note), [vkey]).result, 'ok', note);
  }
});

test('a log that goes on from another: its old head is held against it', async () => {
  const old = seal(file).until(seal(file).at + DAY);
  const origin = old.origin.replace('0123', '3210');
  const t = trustOf(old.publicKey);
  const next = (size, root, from = old.origin) => bundle(seal(file, { origin, parent: `${from} ${size} ${b64(root)}` }), 'p-emp');
  const text = bundle(old, 'p-emp');
  const { size } = JSON.parse(text);
  const other = old.origin.replace('0123', '1111');
  for (const [to, expected, what] of [
    [next(2, old.roots[2]), ['next', 2], 'a head'], [next(1, old.roots[1]), ['next', 1], 'the first head'], [next(size, old.roots[size]), ['next', size], 'the last head there is'],
    [next(2, old.roots[1]), ['parted', 1], 'another root'], [next(size + 1, old.roots[2]), ['other', 0], 'a head the old copy does not reach'],
    [next(2, old.roots[2], other), ['other', 0], 'a head of a third log'], [bundle(seal(file, { origin }), 'p-emp'), ['other', 0], 'none'],
  ]) {
    assert.deepEqual(await agree(text, to, t, what), expected, what);
  }
});

test('every reader of the bundles with all there is in them, against the person\'s', async () => {
  const all = allBundles().filter((b) => /^(all|before|withheld|case1)-p-(self|emp)$/.test(b.name));
  const met = new Map();
  for (const { name, text, key } of all) {
    for (const other of all.filter((o) => o.name.endsWith('p-self'))) {
      const [kind] = await agree(text, other.text, trustOf(key, other.key), `${name} ${other.name}`);
      met.set(kind, (met.get(kind) ?? 0) + 1);
    }
  }
  for (const kind of ['same', 'longer', 'parted']) assert.ok(met.get(kind) > 0, `${kind} of ${[...met]}`);
});

test('another server\'s key over the same log: parted, and the key says so', async () => {
  const [one] = twice();
  const seeds = { log: Buffer.alloc(32, 8), attest: Buffer.alloc(32, 9) };
  const forged = seal(file, { seeds, rng: sameChance('g', 'p-emp') }).until(one.at + DAY);
  const t = trustOf(one.publicKey, forged.publicKey);
  const [kind] = await agree(bundle(one, 'p-emp'), bundle(forged, 'p-emp'), t, 'forged');
  assert.equal(kind, 'parted');
  assert.notEqual((await read(bundle(one, 'p-emp'))).key, (await read(bundle(forged, 'p-emp'))).key);
});
