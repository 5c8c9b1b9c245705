/*
 * Case 1: the employer takes part on a phone and leaves after the second item. The gate holds until
 * then; nothing of what follows reaches the phone. Played twice, once with all that follows and once
 * with nothing: what the phone is sent after it left, and what it shows, must be the same.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Seat, launch } from './browser.mjs';
import { Server } from './server.mjs';

const CONTENT = 'plan.work.action.content';
const HEALTH = 'plan.health.action.content';
const SECRET = 'ねむりの薬を夜だけにする';
const LAST = '見えてよい最後の文。';
const phone = { locale: 'ja-JP', timezoneId: 'Asia/Tokyo', viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };
let browser;

before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

const button = (seat, name) => seat.page.getByRole('button', { name, exact: true });

/** Ids and versions are random, times are now: all else of a frame must be equal. */
function plain(frames) {
  const names = new Map();
  const id = (hex) => names.get(hex) ?? names.set(hex, `id${names.size}`).get(hex);
  return frames.filter((f) => f !== '{"t":"pong"}')
    .map((f) => f.replace(/[0-9a-f]{16}/g, id).replace(/"ver":\d+/g, '"ver":0').replace(/\[\d{2,}\b/g, '[0'));
}

/** The meeting up to the moment after the employer has left. */
async function untilLeft(server, shots) {
  const [ps, aps] = await Promise.all(['ps', 'aps'].map((r) => Seat.open(browser, server.link(r))));
  const emp = await Seat.open(browser, server.link('emp'), { context: await browser.newContext(phone), room: false });
  await button(emp, '会議に入る').click();
  await emp.page.getByRole('heading', { name: 'お待ちください' }).waitFor();
  if (shots) await emp.shot('phone-wait');
  await button(aps, '会議に入る').click();
  await button(ps, '会議を始める').click();
  await ps.page.getByRole('button', { name: '豆田さんを入れる' }).first().click();
  await emp.page.getByRole('heading', { name: /はじめに/ }).waitFor();
  await button(ps, '次の議題へ').click();
  await emp.page.getByRole('heading', { name: /研修のふり返り/ }).waitFor();
  if (shots) await emp.shot('phone-now');
  // The recorder writes down what was decided; everybody in the item reads it.
  await aps.page.locator('.item-now', { hasText: '研修のふり返り' }).waitFor();
  await button(aps, '決定を書く').click();
  await aps.page.locator('textarea').fill('開始は10時を基本とし、12月まで試す。');
  await aps.page.locator('rk-minutes-form button[type=submit], rk-minutes-say button[type=submit]').first().click();
  await emp.page.getByRole('tab', { name: '記録' }).click();
  await emp.page.getByText('開始は10時を基本とし、12月まで試す。').waitFor();
  if (shots) await emp.shot('phone-record');
  // The gate holds: pressing names who is still in, and the server would refuse as well.
  await ps.page.getByRole('heading', { name: 'ここで1人を見送ります' }).waitFor();
  await button(ps, '見送って議題3へ').focus();
  await ps.page.keyboard.press('Enter'); // it says why it does not: disabled only in name
  await ps.page.getByRole('alert').getByText('豆田').waitFor();
  if (shots) await ps.shot('room-gate');
  assert.equal(await ps.page.locator('.item-now').getByText('研修のふり返り').count(), 1);
  await emp.page.getByRole('tab', { name: 'いま' }).click();
  await button(emp, '会議を出る').click();
  await emp.page.getByRole('heading', { name: 'ここまでです' }).waitFor();
  if (shots) await emp.shot('phone-end');
  return { ps, aps, emp };
}

/** Everything the employer must not learn of: items, comings and goings, words, the end. */
async function whatFollows({ ps, aps }) {
  await button(ps, '見送って議題3へ').click();
  await ps.page.locator('.item-now', { hasText: '朝の準備と体調' }).waitFor();
  await ps.shot('room-health');
  for (const s of [ps, aps]) await s.area('健康');
  await ps.enter(HEALTH);
  await ps.page.keyboard.type(SECRET);
  await aps.sees(HEALTH, SECRET);
  await button(aps, '決定を書く').click();
  await aps.page.locator('textarea').fill('12月から一人で通院する。');
  await aps.page.locator('rk-minutes-form button[type=submit], rk-minutes-say button[type=submit]').first().click();
  await ps.page.locator('rk-minutes').getByText('12月から一人で通院する。').waitFor();
  for (const item of ['手続き・お金・封筒', '出番とつながり']) {
    await button(ps, '次の議題へ').click();
    await ps.page.locator('.item-now', { hasText: item }).waitFor();
  }
  await button(ps, '会議を終える').click();
  await ps.page.locator('.item-now').waitFor({ state: 'detached' });
}

async function play(follow) {
  const server = await Server.start();
  try {
    const seats = await untilLeft(server, follow);
    const { ps, emp } = seats;
    const mark = emp.received.length;
    if (follow) await whatFollows(seats);
    // Something the employer may read comes last on the same connection: by then all was sent.
    await ps.area('就労');
    await ps.enter(CONTENT);
    await ps.page.keyboard.type(LAST);
    await ps.saved();
    await emp.frame('received', (f, i) => i >= mark && f.includes('。'));
    const words = emp.received.slice(mark);
    const shown = (await emp.page.locator('body').innerText()).replace(/\d{1,2}:\d{2}/g, 'time');
    const axe = await emp.axe();
    const all = emp.received.join('\n') + await emp.page.content();
    for (const s of Object.values(seats)) assert.deepEqual(s.complaints, []);
    await Promise.all(Object.values(seats).map((s) => s.close()));
    return { sent: plain(words), shown, all, axe };
  } finally {
    await server.stop();
  }
}

/** The sentence typed at the end comes in as many edits as it happens to: joined, they are one. */
const others = (frames) => frames.filter((f) => !f.startsWith('{"t":"edit"'));
const typed = (frames) => frames.filter((f) => f.startsWith('{"t":"edit"'))
  .flatMap((f) => JSON.parse(f).change.flatMap((s) => (Array.isArray(s) ? s.slice(1) : []))).join('');

test('what follows after the employer has left leaves no trace on the phone', async () => {
  const followed = await play(true);
  const nothing = await play(false);
  assert.deepEqual(others(followed.sent), others(nothing.sent));
  assert.equal(LAST.startsWith(typed(followed.sent)) && LAST.startsWith(typed(nothing.sent)), true);
  assert.equal(followed.shown, nothing.shown);
  for (const word of [SECRET, '通院', '朝の準備', '封筒', 'plan.health', '議題3', '非表示']) {
    assert.ok(!followed.all.includes(word), `the phone was told: ${word}`);
  }
  assert.deepEqual(followed.axe, []);
});
