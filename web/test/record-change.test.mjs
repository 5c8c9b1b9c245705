/* What can be done about sealed minutes: which passages, what the server tells of it, how it is asked. */
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { build } from 'esbuild';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { sampleBundle } from '../../tests/vectors/minutes/sample.mjs';
import { MinutesClient, MinutesRefused, readStatus } from '../dist-node/core.mjs';

globalThis.crypto ??= crypto.webcrypto; // Node 18
const { verify } = await import('../dist-node/verify.mjs');

async function load(path) {
  const { outputFiles } = await build({
    absWorkingDir: fileURLToPath(new URL('..', import.meta.url)), entryPoints: [path], bundle: true,
    write: false, format: 'esm', platform: 'node', logLevel: 'silent',
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}
const { read } = await load('src/record/read.ts');
const { formsOf } = await load('src/record/forms.ts');
const { mapPieces, mayAmend, mayErase, noteOf, notesOf, nowOf, pieceOf } = await load('src/record/pieces.ts');
const FORMS = formsOf(JSON.parse(readFileSync(new URL('../../schema/form.json', import.meta.url), 'utf8')));

async function docOf(key) {
  const { log, text } = sampleBundle(key);
  const report = await verify(Uint8Array.from(Buffer.from(text)), [log.publicKey]);
  return { report, doc: read(report, FORMS) };
}
const passages = (doc) => {
  const all = [];
  mapPieces(doc, (p) => { all.push(p); return p; });
  return all;
};
const { doc, report } = await docOf('p-ps');

test('every passage is passed once, and what is put beside it stands there', () => {
  const all = passages(doc);
  assert.equal(new Set(all.map((p) => p.hash)).size, all.length);
  assert.ok(all.length > 60, `${all.length}`);
  assert.deepEqual(mapPieces(doc, (p) => p), doc);
  const dressed = passages(mapPieces(doc, (p) => ({ ...p, beside: p.hash })));
  assert.deepEqual(dressed.map((p) => p.beside), all.map((p) => p.hash));
  assert.ok(passages(doc).every((p) => p.beside === undefined), 'the text itself stays as it was');
});

test('a passage is found by its leaf, and reads as it was corrected last', () => {
  const amended = passages(doc).find((p) => p.amends.length > 0);
  assert.equal(pieceOf(doc, amended.hash), amended);
  assert.deepEqual([amended.text, nowOf(amended).text, nowOf(amended).raw], ['封筒は来週、真砂と開ける。', '封筒は再来週、真砂と開ける。', '封筒は再来週、真砂と開ける。']);
  assert.equal(pieceOf(doc, 'AAAA'), null);
  assert.equal(amended.name, report.leaves.find((l) => l.hash === amended.hash).name);
});

test('a note to a signature is found by any of its leaves, and offered once', async () => {
  const own = (await docOf('p-cw')).report; // it stands where it was told, and in its writer's own place
  const mine = own.acts.flatMap((a) => [...a.says.values()].flatMap((s) => (a.party === own.party && s.note !== undefined ? [s] : [])));
  assert.ok(new Set(mine.map((s) => s.note)).size > notesOf(own, own.party).length);
  for (const s of mine) assert.equal(noteOf(own, s.note).text, s.text);
  const said = report.acts.flatMap((a) => [...a.says.values()].filter((s) => s.note !== undefined).map((s) => [a.party, s]));
  const party = said[0][0];
  const [note] = notesOf(report, party);
  assert.equal(notesOf(report, party).length, new Set(said.filter(([p]) => p === party).map(([, s]) => s.text)).size);
  assert.ok(note.text !== '' && mayErase(note) && !mayAmend(note, 'self'));
  for (const [, s] of said) assert.equal(noteOf(report, s.note).text, s.text);
  assert.equal(noteOf(report, 'AAAA'), null);
  assert.deepEqual(notesOf(report, report.party), []);
});

test('words and days can be corrected or erased, names and choices cannot; each corrects what is its own', async () => {
  const all = passages(doc);
  const [first] = ['min.decisions.text'].map((col) => all.find((p) => p.col === col));
  const self = await docOf('p-self');
  const mine = passages(self.doc);
  assert.ok(mayErase(first) && mayAmend(first, 'aps') && !mayAmend(first, 'self'));
  for (const col of ['pplan.statements.text', 'plan.work.action.person_wish', 'min.person_words.text']) {
    const p = mine.find((x) => x.col === col);
    assert.ok(p && mayErase(p) && mayAmend(p, 'self') && !mayAmend(p, 'aps'), col);
  }
  const due = all.find((p) => p.col === 'min.actions.due');
  assert.ok(mayAmend(due, 'aps') && due.type === 'date' && due.text.startsWith('令和') && nowOf(due).raw.startsWith('20'));
  for (const col of ['min.actions.who', 'conf.legal_basis', 'conf.held_on', 'conf.schedule.start', 'plan.work.action.who', 'plan.work.outline.status']) {
    for (const p of all.filter((x) => x.col === col)) assert.ok(!mayErase(p) && !mayAmend(p, 'aps'), col);
  }
  for (const p of all.filter((x) => x.col === 'min.dissent.text')) assert.ok(!mayAmend(p, 'aps') && mayErase(p));
  assert.ok(!mayErase({ ...first, raw: '', text: '' }) && !mayErase({ ...first, type: null }));
});

test('what waits is told only where the server tells it', () => {
  const none = readStatus({ state: 'sealed' });
  assert.ok(!('erasing' in none) && !('amending' in none) && !('hold' in none));
  const erasing = [{ leaf: 'l', basis: 'request', party: 'p', time: 1 }];
  const amending = [{ leaf: 'l', value: 'v', why: 'w', time: 1 }];
  const all = readStatus({ state: 'sealed', erasing, amending, hold: { since: 1, why: 'w' } });
  assert.deepEqual([all.erasing, all.amending, all.hold], [erasing, amending, { since: 1, why: 'w' }]);
  assert.ok(!('hold' in readStatus({ state: 'sealed', hold: null })));
});

test('how the server is asked, and what it refuses', async () => {
  const asked = [];
  const answering = (status, body) => new MinutesClient('/s/00', async (url, init) => {
    asked.push([url, JSON.parse(init.body ?? 'null')]);
    return new Response(body, { status });
  });
  await answering(200, '{}').amend('c', 'l', '2026-12-01', 'w');
  assert.equal(await answering(200, '{"erased":false}').erase('c', 'l', 'request'), false);
  assert.equal(await answering(200, '{"erased":true}').erase('c', 'l', 'unlawful'), true);
  assert.deepEqual(asked, [['/s/00/minutes/amend', { code: 'c', leaf: 'l', value: '2026-12-01', why: 'w' }],
    ['/s/00/minutes/erase', { code: 'c', leaf: 'l', basis: 'request' }], ['/s/00/minutes/erase', { code: 'c', leaf: 'l', basis: 'unlawful' }]]);
  for (const [status, body, code] of [[409, '{"error":"hold"}', 'hold'], [409, '{"error":"stale"}', 'stale'], [409, '{"error":"round"}', 'rule'],
    [503, '{"error":"round"}', 'round'], [503, '{"error":"busy"}', 'busy'], [503, 'x', 'busy']]) {
    await assert.rejects(answering(status, body).erase('c', 'l', 'request'), (e) => e instanceof MinutesRefused && e.code === code, body);
  }
  await assert.rejects(answering(503, '{"error":"round"}').bundle(), (e) => e.code === 'round');
});
