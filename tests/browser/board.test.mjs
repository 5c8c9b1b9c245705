/* The screen on the wall: only what everybody who is in can read; and it changes with who is in. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Seat, launch } from './browser.mjs';
import { Server } from './server.mjs';

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

const button = (seat, name) => seat.page.getByRole('button', { name, exact: true });

test('the board shows what all who are in may read, and nothing of it can be pressed', async () => {
  const ps = await Seat.open(browser, server.link('ps'));
  const board = await Seat.open(browser, `${ps.page.url()}#board`, { context: ps.context, room: false });
  await board.page.getByRole('heading', { name: /はじめに/ }).waitFor();
  await board.page.getByText('朝のことは、さぼりじゃない').first().waitFor();
  await board.shot('board-first');
  assert.equal(await board.page.locator('button, input, select, textarea, a').count(), 0);
  // Item 3 is about health; those who are not of it leave first.
  await button(ps, '次の議題へ').click();
  await board.page.getByRole('heading', { name: /研修のふり返り/ }).waitFor();
  await board.shot('board-work');
  for (const name of ['豆田', '白浜', '早瀬']) await button(ps, `${name}さんの退室を確かめました`).click();
  const gate = button(ps, '見送って議題3へ');
  await gate.and(ps.page.locator(':not([aria-disabled])')).waitFor();
  assert.ok(!(await board.page.content()).includes('眠りの相談'), 'not yet opened');
  await gate.click();
  await board.page.getByRole('heading', { name: '朝の準備と体調' }).waitFor();
  await board.page.locator('rk-cell', { has: board.page.locator('rk-text[key="plan.health.outline.goal_short"]') }).waitFor();
  await board.shot('board-health');
  // Nobody of the wall writes, and nobody is shown twice for it.
  await board.frame('sent', (f) => f.includes('"join"'));
  assert.deepEqual(board.sent.map((f) => JSON.parse(f).t).filter((t) => t !== 'ping'), ['join']);
  assert.deepEqual(await board.axe(), []);
  for (const s of [ps, board]) assert.deepEqual(s.complaints, []);
  await ps.close();
});
