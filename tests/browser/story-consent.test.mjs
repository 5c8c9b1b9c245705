/*
 * Case 2: the person takes back a consent while the agency is still in the room and a supporter is
 * composing Japanese in that very field. The field vanishes for the agency at once; the composition is
 * not disturbed; nothing of what is written on reaches the agency.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Seat, launch } from './browser.mjs';
import { Server } from './server.mjs';

const CASE = join(fileURLToPath(new URL('../../', import.meta.url)), 'tests/cases/case-2.json');
const FIELD = 'plan.health.outline.goal_short';
const BEFORE = '眠りと気分を整える';
const OPEN = 'plan.work.action.content';
let server;
let browser;

before(async () => {
  server = await Server.start(CASE, '2026-08-27T10:00', true);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test('a consent withdrawn while somebody composes in that field', async () => {
  const [ps, aps, self, pj] = await Promise.all(['ps', 'aps', 'self', 'pj'].map((r) => Seat.open(browser, server.link(r))));
  for (const s of [aps, pj]) await s.area('健康');
  await pj.sees(FIELD, BEFORE);
  await pj.shot('agency-before');
  // Somebody is in the middle of a word.
  await aps.enter(FIELD);
  const compose = (text) => aps.cdp.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length });
  for (const text of ['や', 'やす', 'やすむ']) await compose(text);
  await aps.field(FIELD).getByText('変換中').waitFor();
  // The person ends it, in one press.
  await self.page.locator('.records a', { hasText: '同意' }).click();
  await self.page.getByRole('button', { name: /^七瀬.*健康.*見せるのをやめる/ }).first().click();
  await self.page.getByText('もう見られません').first().waitFor();
  await self.shot('self-withdrawn');
  await ps.page.getByText('同意をやめました').first().waitFor();
  await ps.shot('supporter-withdrawn');
  // Gone on the agency's open screen, place and all.
  await pj.page.waitForFunction(() => !document.body.innerText.includes('健康'));
  assert.equal(await pj.field(FIELD).count(), 0);
  assert.ok(!(await pj.page.content()).includes(BEFORE));
  await pj.shot('agency-after');
  const dropped = pj.received.indexOf(await pj.frame('received', (f) => f.startsWith('{"t":"drop"') && f.includes(FIELD)));
  // The composition stands as it was, and becomes one word and one step to undo.
  assert.equal(await aps.words(FIELD), `${BEFORE}やすむ`);
  await aps.field(FIELD).getByText('変換中').waitFor();
  await aps.cdp.send('Input.insertText', { text: '休む' });
  await aps.saved();
  await aps.reads(FIELD, `${BEFORE}休む`);
  await aps.page.keyboard.press('Control+z');
  await aps.saved();
  assert.equal(await aps.words(FIELD), BEFORE);
  await aps.page.keyboard.press('Control+y');
  await aps.saved();
  // Something the agency may read comes after it on the same connection: then all was sent.
  await ps.area('就労');
  await ps.enter(OPEN);
  await ps.page.keyboard.type('見えてよい文。');
  await pj.sees(OPEN, '見えてよい文。');
  const later = pj.received.slice(dropped + 1).join('\n');
  for (const word of ['plan.health', '休む', 'やすむ', BEFORE]) assert.ok(!later.includes(word), `the agency was told: ${word}`);
  assert.deepEqual([...await self.axe(), ...await pj.axe()], []);
  for (const s of [ps, aps, self, pj]) assert.deepEqual(s.complaints, []);
  await Promise.all([ps, aps, self, pj].map((s) => s.close()));
});
