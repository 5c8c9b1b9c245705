/* The room in a browser: several seats, one server, real input. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Seat, agree, launch } from './browser.mjs';
import { Server } from './server.mjs';

const CONTENT = 'plan.work.action.content';
const GOAL = 'plan.work.action.goal';
const HEALTH = 'plan.health.action.content';
let server;
let browser;

before(async () => {
  server = await Server.start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const seat = (role, options) => Seat.open(browser, server.link(role), options);

test('the link is spent, the secret is gone from the address', async () => {
  const ps = await seat('ps');
  assert.match(ps.page.url(), /\/s\/[0-9a-f]{16}$/);
  assert.equal(await ps.page.evaluate(() => history.state), null);
  await ps.page.reload();
  await ps.page.waitForSelector('rk-room .fields');
  const wrong = await Seat.open(browser, `${server.base}/#${'A'.repeat(43)}`, { room: false });
  await wrong.page.getByRole('heading', { name: 'このリンクでは入れませんでした' }).waitFor();
  await wrong.shot('link-wrong');
  const none = await Seat.open(browser, `${server.base}/`, { room: false });
  await none.page.getByRole('heading', { name: '会議室に入る' }).waitFor();
  assert.deepEqual([...await wrong.axe(), ...await none.axe()], []);
  for (const s of [ps, wrong, none]) assert.deepEqual(s.complaints, []);
  await Promise.all([ps, wrong, none].map((s) => s.close()));
});

test('two people type Japanese into one field at the same time and end with one text', async () => {
  const ps = await seat('ps');
  const hw = await seat('hw');
  const aps = await seat('aps');
  await ps.enter(CONTENT);
  await hw.enter(CONTENT);
  await hw.page.keyboard.press('Control+Home');
  await Promise.all([
    ps.page.keyboard.type('土曜は九時のまま、十二月までためす。'),
    hw.page.keyboard.type('始まりは十時を基本に。'),
  ]);
  for (const s of [ps, hw, aps]) {
    await s.sees(CONTENT, '土曜は九時のまま、十二月までためす。');
    await s.sees(CONTENT, '始まりは十時を基本に。');
  }
  await agree(CONTENT, ps, hw, aps);
  await ps.field(CONTENT).getByText('さんも書いています').waitFor();
  await ps.shot('room-typing');
  for (const s of [ps, hw, aps]) assert.deepEqual(s.complaints, []);
  await Promise.all([ps, hw, aps].map((s) => s.close()));
});

test('composition: others wait, nothing half-written goes out, then both texts are there', async () => {
  const ps = await seat('ps');
  const hw = await seat('hw');
  await ps.enter(GOAL);
  await hw.enter(GOAL);
  await hw.page.keyboard.press('Control+Home');
  const preedit = (text) => ps.cdp.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length });
  const before = await ps.words(GOAL);
  for (const text of ['に', 'にほ', 'にほん', 'にほんご']) await preedit(text);
  await ps.reads(GOAL, `${before}にほんご`);
  await ps.field(GOAL).getByText('変換中').waitFor();
  const mark = ps.sent.length;
  await hw.page.keyboard.type('［遠隔］');
  await hw.saved();
  await ps.field(GOAL).getByText('待っています').waitFor();
  await ps.shot('room-composing');
  assert.equal(await ps.words(GOAL), `${before}にほんご`);
  assert.deepEqual(ps.sent.slice(mark).filter((f) => f.includes('"edit"')), []);
  await ps.cdp.send('Input.insertText', { text: '日本語' });
  for (const s of [ps, hw]) {
    await s.sees(GOAL, '［遠隔］');
    await s.sees(GOAL, '日本語');
  }
  assert.equal(await agree(GOAL, ps, hw), `［遠隔］${before}日本語`);
  await ps.page.keyboard.press('Control+z');
  await hw.page.waitForFunction(() => !document.body.innerText.includes('日本語'));
  assert.equal(await agree(GOAL, ps, hw), `［遠隔］${before}`); // own words only, and the whole word
  for (const s of [ps, hw]) assert.deepEqual(s.complaints, []);
  await Promise.all([ps, hw].map((s) => s.close()));
});

test('the employer is sent nothing of a health field, neither words nor key nor activity', async () => {
  const canary = 'ねむりの薬を変えた';
  const [ps, aps, emp] = [await seat('ps'), await seat('aps'), await seat('emp')];
  await ps.area('健康');
  await aps.area('健康');
  const mark = emp.received.length;
  await ps.enter(HEALTH);
  await ps.page.keyboard.type(canary);
  await aps.sees(HEALTH, canary);
  // Something the employer may see comes after it on the same connection: then all has been sent.
  await ps.area('就労');
  await ps.enter(CONTENT);
  await ps.page.keyboard.type('見えてよい文。');
  await emp.sees(CONTENT, '見えてよい文。');
  const all = emp.received.join('\n') + await emp.page.content();
  assert.ok(!all.includes(canary));
  assert.ok(!all.includes('plan.health'));
  assert.ok(!(await emp.page.locator('body').innerText()).includes('非表示'));
  const healthSeats = emp.received.slice(mark).filter((f) => f.includes('health'));
  assert.deepEqual(healthSeats, []);
  await emp.shot('room-employer');
  for (const s of [ps, aps, emp]) assert.deepEqual(s.complaints, []);
  await Promise.all([ps, aps, emp].map((s) => s.close()));
});

test('the server dies and comes back: what was typed meanwhile arrives', async () => {
  const [ps, hw] = [await seat('ps'), await seat('hw')];
  await ps.enter(CONTENT);
  await hw.enter(CONTENT);
  await hw.page.keyboard.press('Control+Home');
  await ps.page.keyboard.type('まえ。');
  await ps.saved();
  await server.kill();
  await ps.page.getByRole('status').getByText('いま、つながっていません').first().waitFor();
  await hw.page.getByRole('status').getByText('いま、つながっていません').first().waitFor();
  await ps.page.keyboard.type('つながらない間の文。');
  await hw.page.keyboard.type('こちらも。');
  await ps.page.getByText('この端末に保管しています').waitFor();
  await ps.shot('room-offline');
  await server.serve();
  for (const s of [ps, hw]) {
    await s.sees(CONTENT, 'つながらない間の文。');
    await s.sees(CONTENT, 'こちらも。');
  }
  const text = await agree(CONTENT, ps, hw);
  const fresh = await seat('aps');
  await fresh.sees(CONTENT, 'つながらない間の文。');
  assert.equal(await fresh.words(CONTENT), text);
  for (const s of [ps, hw, fresh]) assert.deepEqual(s.complaints, []);
  await Promise.all([ps, hw, fresh].map((s) => s.close()));
});
