/* Minutes of several meetings of a series: told when they are sealed, found again, of those one was invited to. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { verify } from '../vectors/minutes/verify.mjs';
import { Seat, launch } from './browser.mjs';
import { hold, seal } from './sealed.mjs';
import { Server } from './server.mjs';

const CODE = 'あさひが のぼる';
const OUT = ['emp', 'hw', 'pj', 'lkp'];
const dir = mkdtempSync(join(tmpdir(), 'rokusha-earlier-'));
let browser;
let server;
const seats = {};

const button = (seat, name) => seat.page.getByRole('button', { name, exact: true });
const says = (seat, words) => seat.page.getByText(words).first().waitFor();
const body = (seat) => seat.page.evaluate(() => document.body.innerText);
const open = async (seat) => {
  // Not both at once: a seat has two questions under way at most.
  if (await seat.page.evaluate(() => location.hash === '#record')) await seat.page.reload();
  else await seat.page.evaluate(() => { location.hash = '#record'; });
  await says(seat, 'みんなの署名');
};
const originOf = (seat) => seat.page.evaluate(() => document.querySelector('rk-earlier').origin);
const opened = (seat, origin) => seat.page.waitForFunction((o) => document.querySelector('rk-earlier')?.origin === o, origin);
async function fits(seat, name, widths = [320, 390, 1280]) {
  const size = seat.page.viewportSize();
  for (const width of widths) {
    await seat.page.setViewportSize({ width, height: 800 });
    assert.ok(await seat.page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), `${name} ${width}`);
    await seat.shot(`minutes-earlier-${name}-${width}`);
  }
  await seat.page.setViewportSize(size);
}

before(async () => {
  browser = await launch();
  server = await Server.start(undefined, undefined, true);
  seats.ps = await Seat.open(browser, server.link('ps'));
  seats.emp = await Seat.open(browser, server.link('emp'), { room: false, viewport: { width: 390, height: 844 } });
  await seats.emp.page.locator('rk-phone').waitFor();
  await hold(seats.ps, [{ item: 'はじめに' }, { item: '研修のふり返り' }]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
});

test('a page that waits for it hears that the chair has sealed', async () => {
  const { ps, emp } = seats;
  await emp.page.evaluate(() => { location.hash = '#record'; });
  await says(emp, '会議の記録は、まだありません');
  await seal(ps);
  await says(emp, 'あなたが署名するもの');
  assert.deepEqual(await emp.axe(), []);
});

test('with one meeting nothing is listed', async () => {
  const { ps, emp } = seats;
  for (const seat of [ps, emp]) {
    await open(seat);
    assert.equal(await seat.page.locator('.record-earlier').count(), 0);
  }
  seats.first = await originOf(ps);
  await seats.ps.page.evaluate(() => { location.hash = ''; });
  await ps.page.waitForSelector('rk-room .fields');
});

test('who reads the one before and writes goes on with it when another is sealed, and opens the new one when they like', async () => {
  const { ps, emp } = seats;
  const cw = seats.cw = await Seat.open(browser, `${server.link('cw')}`);
  await hold(ps, [{ item: '手続き', out: OUT }], false);
  await open(cw);
  assert.equal(await originOf(cw), seats.first);
  await cw.page.getByLabel('意見を付けて署名する', { exact: true }).check();
  await cw.page.fill('#note', '書きかけの意見');
  await seal(ps, '2026-11-20');
  await says(cw, '新しい会議の記録に、封がされました');
  assert.equal(await cw.page.inputValue('#note'), '書きかけの意見');
  assert.deepEqual(await cw.axe(), []);
  await fits(cw, 'newer');
  await cw.page.fill('#sign-code', CODE);
  await cw.page.fill('#sign-again', CODE);
  await button(cw, '署名する').click();
  await says(cw, '署名を受け取りました');
  assert.equal(await originOf(cw), seats.first, 'the one it read');
  await button(cw, '新しい記録を開く').click();
  await cw.page.waitForFunction((o) => !['', o].includes(document.querySelector('rk-earlier')?.origin ?? ''), seats.first);
  assert.equal(await button(cw, '新しい記録を開く').count(), 0);
  // Of a meeting without it the employer's open page hears nothing.
  assert.ok(!(await body(emp)).includes('新しい会議の記録'));
  assert.equal(await originOf(emp), seats.first);
});

test('the companion finds the one before, reads, saves, prints and signs it, and comes back', async () => {
  const { ps } = seats;
  await open(ps);
  seats.second = await originOf(ps);
  assert.notEqual(seats.first, seats.second);
  const list = ps.page.locator('.record-earlier');
  assert.equal(await list.getByRole('button').count(), 1);
  assert.deepEqual(await ps.axe(), []);
  await fits(ps, 'list');
  await list.getByRole('button').press('Enter');
  await opened(ps, seats.first);
  assert.equal(await ps.page.evaluate(() => document.activeElement.tagName), 'H1');
  const [download] = await Promise.all([ps.page.waitForEvent('download'), button(ps, '写しを保存する').click()]);
  await download.saveAs(join(dir, 'first.json'));
  const bytes = readFileSync(join(dir, 'first.json'));
  assert.deepEqual([verify(bytes, [JSON.parse(bytes).key]).verdict, JSON.parse(bytes).origin], ['valid', seats.first]);
  await button(ps, '紙に印刷する').click();
  await ps.page.locator('.sheet', { hasText: '研修のふり返り' }).first().waitFor();
  await button(ps, 'もどる').click();
  await ps.page.fill('#sign-code', CODE);
  await ps.page.fill('#sign-again', CODE);
  await button(ps, '署名する').click();
  await says(ps, '署名を受け取りました');
  assert.equal(await originOf(ps), seats.first, 'it stays where it signed');
  assert.deepEqual(await ps.axe(), []);
  await list.getByRole('button').click();
  await opened(ps, seats.second);
  await says(ps, 'あなたが署名するもの');
  await ps.page.getByRole('link', { name: '会議室にもどる' }).click();
  await ps.page.locator('.record-link', { hasText: '署名のお願い' }).waitFor();
});

test('the employer still has its own, and hears of no other', async () => {
  const { emp } = seats;
  await open(emp);
  assert.equal(await originOf(emp), seats.first);
  assert.equal(await emp.page.locator('.record-earlier').count(), 0);
  assert.ok(!(await body(emp)).includes('手続き'));
  await fits(emp, 'emp');
});

test('no screen complained', () => {
  for (const role of ['ps', 'emp', 'cw']) assert.deepEqual(seats[role].complaints, [], role);
});
