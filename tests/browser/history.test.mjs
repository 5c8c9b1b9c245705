/* The past of a field: who wrote when, how it read then, and back to it as an edit of one's own. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Seat, launch } from './browser.mjs';
import { Server } from './server.mjs';

const CONTENT = 'plan.work.action.content';
let browser;

before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

const inText = (seat) => seat.page.locator('rk-cell', { has: seat.field(CONTENT) });
const button = (seat, name) => inText(seat).getByRole('button', { name, exact: true });

test('who wrote when is told, and an old text comes back as an edit', async () => {
  const server = await Server.start();
  try {
    const [ps, aps] = await Promise.all(['ps', 'aps'].map((r) => Seat.open(browser, server.link(r))));
    const before = await ps.words(CONTENT);
    await ps.enter(CONTENT);
    await ps.page.keyboard.type('朝は迎えに行く。');
    await ps.saved();
    await aps.sees(CONTENT, '朝は迎えに行く。');
    await aps.enter(CONTENT);
    await aps.page.keyboard.press('Control+A');
    await aps.page.keyboard.type('消えた');
    await ps.sees(CONTENT, '消えた');
    await button(ps, 'これまでの変更').click();
    const list = inText(ps).getByRole('listitem');
    await list.first().waitFor();
    assert.deepEqual(await list.locator('b').allTextContents(), ['若松さん', '真砂さん', 'はじめの内容']);
    await list.nth(1).getByRole('button', { name: 'この時の文' }).click();
    await inText(ps).getByText(`${before}朝は迎えに行く。`).waitFor();
    await ps.shot('room-history');
    assert.deepEqual(await ps.axe(), []);
    await button(ps, 'この文にもどす').click();
    await aps.sees(CONTENT, `${before}朝は迎えに行く。`);
    // Undone like anything one typed.
    await inText(ps).locator('.cm-content').waitFor();
    await ps.page.keyboard.press('Control+Z');
    await aps.sees(CONTENT, '消えた');
    // The other side finds it there, too.
    await aps.page.keyboard.press('Alt+h');
    await inText(aps).getByRole('listitem').nth(3).waitFor();
    assert.equal(await inText(aps).getByRole('listitem').locator('b').first().textContent(), '真砂さん');
    // The value of a register, and nobody's words but those of who may be known.
    for (const s of [ps, aps]) {
      assert.deepEqual(s.complaints, []);
      await s.close();
    }
  } finally {
    await server.stop();
  }
});
