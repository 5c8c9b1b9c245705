/* The office in the page: whose cases, the second member of staff, the register, on desk and phone. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Seat, launch } from './browser.mjs';
import { Server } from './server.mjs';

const whole = JSON.parse(readFileSync(new URL('../cases/office.json', import.meta.url)));
const office = { ...whole, caseload: whole.caseload.filter((c) => c.series === 'K-0101-C') };
let server;
let browser;

before(async () => {
  server = await Server.start(undefined, undefined, false, office);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const open = (id, how = {}) => Seat.open(browser, server.seatLink(id), { room: false, ...how });

test('a desk shows its cases; who has no second member of staff is told loudly, and no longer when named', async () => {
  const ps = await open('o-ps');
  await ps.page.getByRole('heading', { name: '担当事例' }).waitFor();
  await ps.page.getByRole('rowheader', { name: /みなとさん/ }).waitFor();
  await ps.page.getByText('もう一人の担当が決まっていない事例が1件あります').waitFor();
  await ps.page.getByRole('cell', { name: '決まっていません' }).waitFor();
  await ps.shot('office-cases');
  assert.deepEqual(await ps.axe(), []);
  // The same person, in the case itself, names somebody.
  const inCase = await Seat.open(browser, server.seatLink('p-ps'));
  await inCase.page.getByRole('link', { name: 'ケース', exact: true }).click();
  await inCase.page.getByLabel('もう一人の担当').selectOption({ label: '若松' });
  await inCase.saved();
  await ps.page.getByRole('button', { name: '新しくする' }).click();
  await ps.page.getByRole('cell', { name: '若松' }).waitFor();
  assert.equal(await ps.page.getByText('決まっていない事例').count(), 0);
  for (const s of [ps, inCase]) assert.deepEqual(s.complaints, []);
  await ps.close();
  await inCase.close();
});

test('Hello Work sees its part of the case, and no column of the rest', async () => {
  const hw = await open('o-hw');
  await hw.page.getByRole('rowheader', { name: /みなとさん/ }).waitFor();
  const heads = await hw.page.getByRole('columnheader').allTextContents();
  assert.ok(heads.includes('支援段階') && !heads.includes('もう一人の担当') && !heads.includes('台帳区分'), heads.join());
  await hw.close();
});

test('the register is written together and searched', async () => {
  const [ps, hw] = [await open('o-ps'), await open('o-hw')];
  for (const s of [ps, hw]) await s.page.getByRole('button', { name: '社会資源台帳' }).click();
  await ps.page.getByRole('button', { name: '社会資源を加える' }).click();
  await ps.page.getByLabel('名前', { exact: true }).last().waitFor();
  await ps.page.locator('#rs-name').fill('夜の電話相談（架空）');
  await ps.page.locator('#rs-kind').selectOption({ label: '地域の集まり' });
  await ps.page.locator('#rs-note').fill('金曜の夜だけ。𠮷野さんが出る。');
  assert.deepEqual(await ps.axe(), []);
  await ps.page.getByRole('button', { name: '加える', exact: true }).click();
  await hw.page.getByText('𠮷野さんが出る').waitFor();
  await hw.shot('office-register');
  assert.deepEqual(await hw.axe(), []);
  await hw.page.getByRole('searchbox').fill('電話');
  await hw.page.getByText('2件').waitFor();
  await hw.page.getByLabel('種類').first().selectOption({ label: '地域の集まり' });
  await hw.page.getByText('1件').waitFor();
  for (const s of [ps, hw]) assert.deepEqual(s.complaints, []);
  await ps.close();
  await hw.close();
});

test('on a phone the list stands in one column and nothing is pushed sideways', async () => {
  const ps = await open('o-ps', { viewport: { width: 360, height: 740 } });
  await ps.page.getByRole('rowheader', { name: /みなとさん/ }).waitFor();
  await ps.shot('office-phone');
  const wide = await ps.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(wide, 0);
  assert.deepEqual(await ps.axe(), []);
  await ps.close();
});
