/*
 * Another policy for a case that is there: who may say yes to it sees what changes, on every screen of
 * the seat, reads it, is asked once more, and says yes; what it gives appears where it is given.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Seat, launch } from './browser.mjs';
import { Server } from './server.mjs';

const LIFE = 'person.life_history';
const CELL = `"k":"${LIFE}"`;
const CHANGES = [
  ['visibility.tsv', 'case.lead_agency\t主担当機関\tparty\tS1\tr\tw\tr\tw\tr\t', 'case.lead_agency\t主担当機関\tparty\tS1\tr\tw\tr\tw\tn\t'],
  ['visibility.tsv', `${LIFE}\t生活歴\ttext\tS3\tr\tw\tr\tr\tr\tn\t`, `${LIFE}\t生活歴\ttext\tS3\tr\tw\tr\tr\tr\tr\t`],
];
let server;
let browser;

before(async () => {
  server = await Server.start();
  await server.pin(CHANGES);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test('a supervisor reads what changes and approves it', async () => {
  const [sup, other, hw, ps] = await Promise.all(['sup', 'sup', 'hw', 'ps'].map((r) => Seat.open(browser, server.link(r))));
  const panel = sup.page.locator('rk-policy .policy');
  await panel.waitFor();
  await other.page.locator('rk-policy .policy').waitFor();
  assert.equal(await hw.page.locator('rk-policy .policy').count() + await ps.page.locator('rk-policy .policy').count(), 0);
  assert.ok(!hw.received.some((f) => f.includes('"policy"') || f.includes(CELL)));
  await panel.locator('summary').click();
  await panel.getByText('「ハローワーク」が「生活歴」を読めるようになります').waitFor();
  await panel.getByText('「市の担当者」が「主担当機関」を読めなくなります').waitFor();
  await sup.shot('policy-waits');
  assert.deepEqual([...await sup.axe()], []);
  // Asked once more; not yet is an answer too.
  await panel.getByRole('button', { name: '承認する', exact: true }).click();
  await panel.getByRole('button', { name: 'まだしない' }).click();
  await panel.getByRole('button', { name: '承認する', exact: true }).press('Enter');
  assert.ok(!hw.received.some((f) => f.includes(CELL)), 'nothing before the yes');
  await panel.getByRole('button', { name: '承認して、効かせる' }).press('Enter');
  await sup.page.getByText('承認しました。').waitFor();
  await panel.waitFor({ state: 'detached' });
  await other.page.locator('rk-policy .policy').waitFor({ state: 'detached' });
  assert.equal(await other.page.getByText('承認しました。').count(), 0, 'who did not do it is not thanked');
  await hw.page.locator('.records a', { hasText: '本人のこと' }).click();
  await hw.page.getByText('ネットカフェで').first().waitFor();
  await hw.shot('policy-given');
  for (const s of [sup, other, hw, ps]) assert.deepEqual(s.complaints, []);
  await Promise.all([sup, other, hw, ps].map((s) => s.close()));
  const again = await Seat.open(browser, server.link('sup'));
  assert.equal(await again.page.locator('rk-policy .policy').count(), 0);
  await again.close();
});
