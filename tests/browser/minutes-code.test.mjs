/* The code one signs with: changed, forgotten, vouched for by somebody else, made anew. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Seat, launch } from './browser.mjs';
import { hold, seal } from './sealed.mjs';
import { Server } from './server.mjs';

const OLD = 'あさひが のぼる';
const NEW = 'ゆうひが しずむ';
const LAST = 'つきが でている';
let browser;
let server;
const seats = {};

const button = (seat, name) => seat.page.getByRole('button', { name, exact: true });
const says = (seat, words) => seat.page.getByText(words).first().waitFor();
const open = async (seat) => {
  // Not both at once: a seat has two questions under way at most.
  if (await seat.page.evaluate(() => location.hash === '#record')) await seat.page.reload();
  else await seat.page.evaluate(() => { location.hash = '#record'; });
  await says(seat, 'みんなの署名');
};
async function fits(seat, name, widths = [320, 390, 1280]) {
  const size = seat.page.viewportSize();
  for (const width of widths) {
    await seat.page.setViewportSize({ width, height: 800 });
    assert.ok(await seat.page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), `${name} ${width}`);
    await seat.shot(`minutes-code-${name}-${width}`);
  }
  await seat.page.setViewportSize(size);
}

before(async () => {
  browser = await launch();
  server = await Server.start(undefined, undefined, true);
  seats.ps = await Seat.open(browser, server.link('ps'));
  seats.emp = await Seat.open(browser, server.link('emp'), { room: false, viewport: { width: 390, height: 844 } });
  await seats.emp.page.locator('rk-phone').waitFor();
  await hold(seats.ps, [{ item: 'はじめに' }]);
  await seal(seats.ps);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test('before there is a code there is nothing to change', async () => {
  const { emp } = seats;
  await open(emp);
  assert.equal(await emp.page.locator('rk-code .card').count(), 0);
  await emp.page.fill('#sign-code', OLD);
  await emp.page.fill('#sign-again', OLD);
  await button(emp, '署名する').click();
  await says(emp, '署名を受け取りました');
});

test('changed on the phone, with the old one; what was signed stands', async () => {
  const { emp } = seats;
  await button(emp, '合いことばを変える').press('Enter');
  assert.equal(await emp.page.evaluate(() => document.activeElement.id), 'code-old');
  await emp.page.fill('#code-old', 'ちがう合いことば');
  await emp.page.fill('#code-new', 'みじかい');
  await emp.page.fill('#code-again', 'みじかい');
  await button(emp, '変える').click();
  await says(emp, '8文字以上にします');
  assert.equal(await emp.page.evaluate(() => document.activeElement.id), 'code-new');
  await emp.page.fill('#code-new', NEW);
  await emp.page.fill('#code-again', OLD);
  await button(emp, '変える').click();
  await says(emp, '二つの合いことばが、ちがっています');
  await emp.page.fill('#code-again', NEW);
  await button(emp, '変える').click();
  await says(emp, '合いことばが、ちがいます');
  assert.deepEqual(await emp.axe(), []);
  await fits(emp, 'change');
  await emp.page.fill('#code-old', OLD);
  await button(emp, '変える').click();
  await says(emp, '合いことばを変えました');
  assert.ok(await emp.page.evaluate(() => document.activeElement.classList.contains('record-note')));
  await says(emp, '署名ずみ');
});

test('forgotten: the companion is asked, says that they spoke, and a new one is made', async () => {
  const { emp, ps } = seats;
  await open(ps);
  await ps.page.fill('#sign-code', OLD);
  await ps.page.fill('#sign-again', OLD);
  await button(ps, '署名する').click();
  await says(ps, '署名を受け取りました');
  assert.equal(await ps.page.locator('rk-forgot .card').count(), 0);

  await button(emp, '合いことばをわすれた').press('Enter');
  await emp.page.getByText('新しい合いことばを作れます').waitFor();
  await button(emp, '確かめをお願いする').click();
  await says(emp, '確かめを待っています');
  assert.equal(await button(emp, '合いことばをわすれた').count(), 0);
  assert.deepEqual(await emp.axe(), []);
  await fits(emp, 'asked');

  await open(ps);
  const card = ps.page.locator('rk-forgot .card');
  await card.getByText('本人が頼んだと分かったときだけ').waitFor();
  await button(ps, '本人が頼んだと確かめる').click();
  await ps.page.fill('#forgot-code', NEW);
  await button(ps, '確かめました').click();
  await says(ps, '合いことばが、ちがいます');
  assert.deepEqual(await ps.axe(), []);
  await fits(ps, 'vouch');
  await ps.page.fill('#forgot-code', OLD);
  await button(ps, '確かめました').click();
  await says(ps, '確かめたことを残しました');
  assert.equal(await card.count(), 0);

  await button(emp, '確かめがすんだか見る').click();
  await emp.page.fill('#code-new', LAST);
  await emp.page.fill('#code-again', LAST);
  assert.deepEqual(await emp.axe(), []);
  await fits(emp, 'anew');
  await button(emp, '新しい合いことばにする').click();
  await says(emp, '新しい合いことばにしました');
  await button(emp, '署名を取り消す').click();
  await emp.page.fill('#back-code', NEW);
  await button(emp, '取り消す').click();
  await says(emp, '合いことばが、ちがいます');
  await emp.page.fill('#back-code', LAST);
  await button(emp, '取り消す').click();
  await says(emp, '署名を取り消しました');
});

test('no screen complained', () => {
  for (const [role, seat] of Object.entries(seats)) assert.deepEqual(seat.complaints, [], role);
});
