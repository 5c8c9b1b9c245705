/* What is made of a verified copy: its text, the table of signatures, the pieces for paper; and how the server is asked. */
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { build } from 'esbuild';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { sampleBundle } from '../../tests/vectors/minutes/sample.mjs';
import { Standin } from '../../tests/support/minutes_standin.mjs';
import { MinutesClient, MinutesRefused, hasLog, readStatus } from '../dist-node/core.mjs';

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
const { linesOf, sizesOf } = await load('src/record/signs.ts');
const form = JSON.parse(readFileSync(new URL('../../schema/form.json', import.meta.url), 'utf8'));
const FORMS = formsOf(form);
const DAY = 86_400;

async function reportOf(key, until) {
  const { log, text } = sampleBundle(key, until);
  return { log, report: await verify(Uint8Array.from(Buffer.from(text)), [log.publicKey]) };
}
const all = await reportOf('p-cw');

test('names of columns: of each area where the form says so, and only of what can be sealed', () => {
  assert.equal(FORMS.get('plan.work.action.content').label, '支援の内容');
  assert.equal(FORMS.get('plan.money.action.content').area_label, '金銭');
  assert.equal(FORMS.get('plan.money.action.content').group, 'action');
  assert.equal(FORMS.get('conf.legal_basis').enum.find(([id]) => id === 'consent_based')[1], '本人の同意にもとづく会議');
  assert.ok(![...FORMS.keys()].some((k) => k.includes('{') || /^(case|person|consent)\./.test(k)));
});

test('the text: every leaf has its place, corrections beside what they correct, items in the order told', () => {
  const { report } = all;
  const doc = read(report, FORMS, ['出番とつながり、まとめ', 'はじめに（参加者の確認・本人の言葉）']);
  assert.deepEqual(doc.items.slice(0, 2).map((i) => i.title.text), ['出番とつながり、まとめ', 'はじめに（参加者の確認・本人の言葉）']);
  assert.equal(doc.items.length, 5);
  const shown = new Set([...doc.facts.values(), ...doc.plan.flatMap((g) => [...g.pieces, ...g.rows.flat()]),
    ...doc.items.flatMap((i) => [...(i.title ? [i.title] : []), ...i.more, ...[...i.entries.values()].flat().flatMap((e) => [...e.pieces.values()])])].map((p) => p.hash));
  const left = report.leaves.filter((l) => !shown.has(l.hash)
    && !/^(notice$|name|member\/|manifest$|field\/plan\.[a-z_]+\.action\.who\/|row\/conf\.attendance\/|row\/min\.[a-z_]+\/[0-9a-f]+\/place)/.test(l.name));
  assert.deepEqual(left, []);
  const amended = doc.items.flatMap((i) => i.entries.get('min.decisions') ?? []).map((e) => e.pieces.get('text')).filter((p) => p.amends.length > 0);
  assert.deepEqual(amended.map((p) => [p.text, p.amends.map((a) => a.text)]), [['封筒は来週、真砂と開ける。', ['封筒は再来週、真砂と開ける。']]]);
  assert.equal(doc.facts.get('conf.held_on').text, '令和8年11月12日（木）');
  assert.equal(doc.facts.get('conf.legal_basis').text, '本人の同意にもとづく会議');
  assert.equal(doc.plan[0].label, '計画の全体');
  assert.ok(doc.plan.find((g) => g.label === '就労').pieces.find((p) => p.col.endsWith('.who')).text.includes('、'));
  assert.equal(doc.erased.length, 1);
});

test('the table of signatures: the last word counts, and how it was given', () => {
  const { log, report } = all;
  const doc = read(report, FORMS);
  const of = (key) => linesOf(report, doc.people).find((l) => l.party === log.seats.get(key).id);
  const [first] = linesOf(report, doc.people);
  assert.ok(first.me && first.party === report.party);
  assert.deepEqual([of('p-cw').signed.decision, of('p-cw').signed.notes], ['reserve', ['申告の図は、25日までに差しかえます。']]);
  assert.deepEqual([of('p-hw').signed.decision, of('p-hw').signed.before], ['dissent', false]);
  assert.deepEqual([of('p-self').signed.hand, of('p-self').signed.vouched], ['mark', true]);
  assert.deepEqual([of('p-kp').signed.method, of('p-kp').signed.vouched], ['paper', true]);
  assert.deepEqual([of('p-pj').signed.decision, of('p-emp').signed, of('p-emp').withdrawn], ['decline', null, null]);
  assert.deepEqual([of('p-aps').signed, of('p-aps').withdrawn], [null, log.at + DAY + 3600]);
  assert.deepEqual([of('p-sup').signed.late, of('p-ps').signed.late], [true, false]);
  // Something the caseworker reads was corrected after most of them had signed.
  assert.deepEqual([of('p-ps').signed.before, of('p-cw').signed.before], [true, true]);
  assert.deepEqual(sizesOf(report).length, 2);
});

test('what the server has kept and no copy has yet stands beside it, once', async () => {
  const { log, report } = await reportOf('p-cw', 1000);
  const status = readStatus(new Standin(log, log.at + 1000).status('p-cw'));
  assert.ok(hasLog(status) && status.acts.every((a) => a.round === null));
  const pending = status.acts.map((a) => ({ ...a, statement: a.id, says: new Map(Object.entries(a.says)) }));
  const doc = read(report, FORMS);
  const mine = linesOf(report, doc.people, pending).find((l) => l.me);
  assert.deepEqual([mine.signed.pending, mine.signed.decision], [true, 'reserve']);
  // The same once it stands in a round: told by the copy, not by the server.
  const later = await reportOf('p-cw', DAY);
  const told = linesOf(later.report, doc.people, pending.map((p) => ({ ...p, round: null })));
  assert.equal(told.find((l) => l.me).signed.pending, false);
});

test('paper: nothing is lost where a long text is cut', async () => {
  const { cut } = await load('src/ui/record-blocks.ts');
  for (const text of ['', '短い。', 'あ'.repeat(5000), `${'い'.repeat(200)}。`.repeat(20), '😀'.repeat(1000), `行\n${'う'.repeat(359)}😀え`]) {
    const parts = cut(text);
    assert.equal(parts.join(''), text);
    assert.ok(parts.every((p) => p.length <= 360 && !/^[\udc00-\udfff]|[\ud800-\udbff]$/.test(p)));
  }
});

test('keys and the printed line as people bring them', async () => {
  const { keysIn, rootIn } = await load('src/check/keys.ts');
  const key = all.log.publicKey;
  const other = Buffer.concat([Buffer.of(1), Buffer.alloc(32, 7)]).toString('base64');
  assert.deepEqual(keysIn(`# of the city\n${key} # from 2026 on\n\n${other}\n${key}\n`), [key, other]);
  assert.deepEqual(keysIn(key.replace(/.{4}/g, '$& ')), [key]);
  for (const none of ['', '# x', 'abc', Buffer.concat([Buffer.of(2), Buffer.alloc(32)]).toString('base64'), key.slice(4)]) assert.deepEqual(keysIn(none), []);
  const { root } = all.report;
  assert.equal(rootIn(`封印 ${all.log.origin} 2\n${root.replace(/.{4}/g, '$& ')}\n`), root);
  for (const none of ['', root.slice(0, 43), `${root}x`]) assert.equal(rootIn(none), null);
});

test('how the server is asked, and what its refusals are called', async () => {
  const asked = [];
  const answering = (status, body, headers = {}) => new MinutesClient('/s/00', async (url, init) => {
    asked.push([init.method ?? 'GET', url, init.body === undefined ? null : JSON.parse(init.body)]);
    return new Response(body, { status, headers });
  });
  const ok = answering(200, '{"state":"sealed","origin":"o","party":"p","acts":3,"heads":[{"size":2,"root":"r","slots":["s00"]}]}');
  const status = await ok.status();
  assert.deepEqual([status.state, status.acts, status.heads.length, status.code, hasLog(status)], ['sealed', [], 1, 'none', true]);
  await ok.sign({ code: 'c', decision: 'dissent', heads: [[2, 'r']], slot: 's03', note: 'n' });
  await ok.vouch('c', 'a');
  await ok.paper('c', 'w', 'agree', 's');
  await ok.mark('c', 'w', 'decline', 'x');
  await ok.setCode('c');
  assert.equal(new TextDecoder().decode(await ok.bundle()).slice(0, 8), '{"state"');
  assert.deepEqual(asked, [['GET', '/s/00/minutes', null],
    ['POST', '/s/00/minutes/sign', { code: 'c', decision: 'dissent', heads: [[2, 'r']], slot: 's03', note: 'n' }],
    ['POST', '/s/00/minutes/vouch', { code: 'c', about: 'a' }], ['POST', '/s/00/minutes/paper', { code: 'c', for: 'w', decision: 'agree', scan: 's' }],
    ['POST', '/s/00/minutes/mark', { code: 'c', for: 'w', decision: 'decline', witness: 'x' }], ['POST', '/s/00/minutes/code', { code: 'c' }],
    ['GET', '/s/00/minutes/bundle', null]]);
  for (const [status_, body, code] of [[401, '', 'code'], [403, '', 'session'], [404, '', 'gone'], [409, '{"error":"stale"}', 'stale'], [409, '{"error":"rule"}', 'rule'],
    [409, 'x', 'rule'], [413, '', 'limit'], [429, '', 'slow'], [503, '', 'busy'], [500, '', 'busy']]) {
    await assert.rejects(answering(status_, body).vouch('c', 'a'), (e) => e instanceof MinutesRefused && e.code === code);
  }
  await assert.rejects(new MinutesClient('/s/00', async () => { throw new TypeError('no line'); }).status(), (e) => e.code === 'line');
  /* What only reads is asked again by itself; what is kept is not. */
  const busyFirst = (statuses) => {
    const left = [...statuses];
    return { left, client: new MinutesClient('/s/00', async () => new Response('{"state":"open"}', { status: left.shift() })) };
  };
  const quick = busyFirst([429, 503, 200, 200]);
  assert.equal((await quick.client.status()).state, 'open');
  assert.deepEqual(quick.left, [200]);
  const gone = busyFirst([404, 200]);
  await assert.rejects(gone.client.status(), (e) => e.code === 'gone');
  const kept = busyFirst([429, 200]);
  await assert.rejects(kept.client.vouch('c', 'a'), (e) => e.code === 'slow');
  assert.deepEqual([gone.left, kept.left], [[200], [200]]);
  for (const no of ['', '[]', '{"state":"other"}', 'null', '1']) await assert.rejects(answering(200, no).status(), MinutesRefused);
});
