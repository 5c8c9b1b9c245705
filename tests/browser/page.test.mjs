/* The rest of the page: registers, agenda, minutes, keyboard, accessibility, narrow screens. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Seat, launch } from './browser.mjs';
import { Server } from './server.mjs';

const STATUS = 'plan.work.outline.status';
let server;
let browser;

before(async () => {
  server = await Server.start(undefined, undefined, true);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const seat = (role, options) => Seat.open(browser, server.link(role), options);
const form = (s) => s.page.locator('.minutes-form');
const select = (s) => s.page.locator(`rk-register[key="${STATUS}"] select`);

test('a register: set, seen by others, and asked when somebody was faster', async () => {
  const [ps, hw] = [await seat('ps'), await seat('hw')];
  for (const s of [ps, hw]) await s.area('就労'); // the open item has brought everybody elsewhere
  await select(ps).selectOption('paused');
  await hw.page.waitForFunction((k) => document.querySelector(`rk-register[key="${k}"] select`)?.value === 'paused', STATUS);
  await select(hw).focus();
  await select(ps).selectOption('achieved');
  await hw.page.waitForFunction((k) => document.querySelector(`rk-register[key="${k}"] select`)?.value === 'achieved', STATUS);
  await select(hw).selectOption('changed');
  await hw.page.getByText('先に「達成」に変わっていました').waitFor();
  await hw.shot('register-stale');
  await hw.page.getByRole('button', { name: '「変更」にする' }).click();
  await ps.page.waitForFunction((k) => document.querySelector(`rk-register[key="${k}"] select`)?.value === 'changed', STATUS);
  await hw.saved();
  for (const s of [ps, hw]) assert.deepEqual(s.complaints, []);
  await Promise.all([ps, hw].map((s) => s.close()));
});

test('the chair opens an item, the recorder writes a decision, all present read it', async () => {
  const [ps, aps, emp] = [await seat('ps'), await seat('aps'), await seat('emp')];
  await ps.page.getByRole('button', { name: '次の議題へ', exact: true }).click();
  await emp.page.locator('.item-now', { hasText: '研修のふり返り' }).waitFor();
  await aps.page.getByRole('button', { name: '決定を書く' }).click();
  await form(aps).getByLabel('決まったこと').fill('勤務表は紙でも渡す。');
  await aps.page.getByRole('button', { name: '書きとめる' }).click();
  for (const s of [ps, emp]) await s.page.locator('.decision', { hasText: '勤務表は紙でも渡す。' }).waitFor();
  await aps.page.getByRole('button', { name: '役割を書く' }).click();
  await form(aps).getByLabel('だれが').selectOption({ label: '豆田' });
  await form(aps).getByLabel('何を').fill('勤務表を作る');
  await form(aps).getByLabel('いつまで').fill('2026-11-20');
  await aps.shot('minutes-form');
  await aps.page.getByRole('button', { name: '書きとめる' }).click();
  await emp.page.locator('.todo', { hasText: /勤務表を作る\s*豆田　11月20日（金）まで/ }).waitFor();
  await aps.shot('room-recorder');
  for (const s of [ps, aps, emp]) assert.deepEqual(s.complaints, []);
  await Promise.all([ps, aps, emp].map((s) => s.close()));
});

test('by keyboard: into a field, to the next and back', async () => {
  const ps = await seat('ps');
  await ps.enter('plan.work.action.goal');
  await ps.page.keyboard.press('Alt+ArrowDown');
  await ps.field('plan.work.action.content').locator('.cm-content').waitFor();
  assert.equal(await ps.page.locator('.cm-content').count(), 1); // one editor at a time
  await ps.page.keyboard.press('Alt+ArrowUp');
  await ps.field('plan.work.action.goal').locator('.cm-content').waitFor();
  await ps.page.keyboard.press('Tab');
  await ps.field('plan.work.action.content').locator('.cm-content').waitFor();
  await ps.page.locator('#reach-now').getByText('この欄を見られる人').waitFor();
  await ps.page.keyboard.press('Shift+Tab');
  await ps.field('plan.work.action.goal').locator('.cm-content').waitFor();
  assert.deepEqual(ps.complaints, []);
  await ps.close();
});

test('no finding of axe, for each kind of reader, in every place', async () => {
  for (const role of ['ps', 'self', 'emp', 'hw']) {
    const s = await seat(role);
    assert.deepEqual(await s.axe(), [], role);
    await s.shot(`room-${role}`);
    const links = s.page.locator('.records a');
    for (let i = 0; i < await links.count(); i++) {
      await links.nth(i).click();
      assert.deepEqual(await s.axe(), [], `${role} ${await links.nth(i).innerText()}`);
    }
    assert.deepEqual(s.complaints, []);
    await s.close();
  }
});

test('390 px: nothing sticks out', async () => {
  const context = await browser.newContext({ locale: 'ja-JP', timezoneId: 'Asia/Tokyo', viewport: { width: 390, height: 844 } });
  const s = await Seat.open(browser, server.link('ps'), { context });
  for (const tab of ['次第', '計画', '議事録', 'いる人']) {
    await s.page.getByRole('button', { name: tab, exact: true }).click();
    assert.equal(await s.page.evaluate(() => document.documentElement.scrollWidth), 390, tab);
    await s.shot(`phone-${tab}`);
  }
  await s.close();
});
