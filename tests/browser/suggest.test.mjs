/*
 * Case 1: the foreman says on the phone how a sentence could read; the companion takes it over in
 * the middle of writing, or answers. Who may not know of the employer is told nothing.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Seat, launch } from './browser.mjs';
import { Server } from './server.mjs';

const CONTENT = 'plan.work.action.content';
const phone = { locale: 'ja-JP', timezoneId: 'Asia/Tokyo', viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };
let browser;

before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

const inText = (seat) => seat.page.locator('rk-cell', { has: seat.field(CONTENT) });
const button = (seat, name) => inText(seat).getByRole('button', { name, exact: true });
const card = (seat, words) => inText(seat).locator('.suggest', { hasText: words });

async function suggest(seat, change, why = '') {
  await inText(seat).getByRole('button', { name: /提案/ }).click();
  const box = inText(seat).locator('.suggest-form textarea');
  await box.fill(change(await box.inputValue()));
  if (why !== '') await inText(seat).locator('.suggest-form input').fill(why);
  await button(seat, 'この案を出す').click();
}

async function meeting(run) {
  const server = await Server.start();
  try {
    const ps = await Seat.open(browser, server.link('ps'));
    const emp = await Seat.open(browser, server.link('emp'), { context: await browser.newContext(phone), room: false });
    await ps.page.getByRole('button', { name: '会議を始める', exact: true }).click();
    await emp.page.getByRole('button', { name: '会議に入る', exact: true }).click();
    await ps.page.getByRole('button', { name: '豆田さんを入れる' }).first().click();
    await ps.page.getByRole('button', { name: '次の議題へ', exact: true }).click();
    await emp.page.getByRole('heading', { name: /研修のふり返り/ }).waitFor();
    await run({ server, ps, emp });
    for (const s of [ps, emp]) {
      assert.deepEqual(s.complaints, []);
      await s.close();
    }
  } finally {
    await server.stop();
  }
}

test('a suggestion from the phone is taken over in the middle of writing', async () => {
  await meeting(async ({ server, ps, emp }) => {
    await ps.enter(CONTENT);
    await suggest(emp, (old) => `${old}土曜は9時開始のまま、12月まで試す。`, '仕込みの都合です');
    await card(ps, '豆田さんの提案').getByText('土曜は9時開始のまま、12月まで試す。').waitFor();
    await card(emp, 'あなたの提案').getByText('返事を待っています').waitFor();
    await emp.shot('phone-suggest');
    await ps.shot('room-suggest');
    assert.deepEqual(await ps.axe(), []);
    assert.deepEqual(await emp.axe(), []);
    // The companion goes on writing; the suggestion follows.
    await ps.page.keyboard.press('Control+Home');
    await ps.page.keyboard.type('まず、');
    await emp.sees(CONTENT, 'まず、');
    await button(ps, '取り入れる').click();
    await emp.sees(CONTENT, '12月まで試す。');
    await ps.sees(CONTENT, '12月まで試す。');
    await card(emp, 'あなたの提案').getByText('取り入れられました').waitFor();
    assert.ok((await ps.words(CONTENT)).startsWith('まず、'));
    assert.equal(await ps.words(CONTENT), await emp.words(CONTENT));
    // The pen is where it was: what is typed now goes into the text.
    await ps.page.keyboard.type('、');
    await ps.saved();
    // It is there after a restart, too.
    await server.kill();
    await server.serve();
    await card(emp, 'あなたの提案').getByText('取り入れられました').waitFor();
    await button(emp, '確かめました').click();
    await card(ps, '豆田さんの提案').waitFor({ state: 'detached' });
  });
});

const preedit = async (seat, ...steps) => {
  for (const text of steps) {
    await seat.cdp.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length });
  }
};

test('a word is composed in the box of a suggestion while others write in the text, and while the right goes', async () => {
  await meeting(async ({ ps, emp }) => {
    const box = inText(emp).locator('.suggest-form textarea');
    const reads = (words) => emp.page.waitForFunction((w) => document.querySelector('.suggest-form textarea')?.value === w, words);
    const begin = async () => {
      await inText(emp).getByRole('button', { name: /提案/ }).click();
      await box.press('Control+End');
      const standing = await box.inputValue();
      await preedit(emp, 'ど', 'どよ', 'どよう');
      await reads(`${standing}どよう`);
      return standing;
    };
    const old = await begin();
    await ps.sees(CONTENT, old);
    assert.equal(old, await ps.words(CONTENT));
    await ps.enter(CONTENT);
    await ps.page.keyboard.type('（後）');
    await ps.page.keyboard.press('Control+Home');
    await ps.page.keyboard.type('（前）');
    await emp.sees(CONTENT, '（前）');
    assert.equal(await box.inputValue(), `${old}どよう`, 'the word stands as it was');
    await preedit(emp, 'どようび');
    await emp.cdp.send('Input.insertText', { text: '土曜日' });
    await reads(`${old}土曜日`);
    await emp.page.keyboard.press('Control+z');
    await reads(old); // one step to undo
    await emp.page.keyboard.press('Control+y');
    await reads(`${old}土曜日`);
    assert.ok(!emp.sent.some((f) => f.includes('どよう')), 'nothing half-written goes out');
    await button(emp, 'この案を出す').click();
    await card(ps, '豆田さんの提案').getByText('土曜日').waitFor();
    await button(ps, '取り入れる').click();
    for (const s of [ps, emp]) await s.sees(CONTENT, '土曜日');
    await ps.saved();
    const text = await ps.words(CONTENT);
    assert.equal(text, await emp.words(CONTENT));
    assert.equal(text.replace('土曜日', ''), `（前）${old}（後）`);
    // What one may not see any longer goes, with the words one had for it.
    await button(emp, '確かめました').click();
    await begin(); // at once: the answer to that press closes nothing
    const mark = emp.sent.length;
    await ps.page.evaluate(() => document.querySelector('rk-room').room.set('plan.status', 'draft'));
    await emp.page.waitForFunction((k) => !document.querySelector(`rk-text[key="${k}"]`), CONTENT);
    await emp.cdp.send('Input.insertText', { text: '土曜' });
    assert.ok(!(await emp.page.content()).includes('どよう'));
    assert.ok(!emp.sent.slice(mark).some((f) => f.includes('土曜') || f.includes('どよう')));
  });
});

test('an answer reaches the phone; one that was taken back is gone', async () => {
  await meeting(async ({ ps, emp }) => {
    await suggest(emp, (old) => old.replace('週', '毎週'));
    await ps.field(CONTENT).locator('.text').click();
    await button(ps, '返事をする').click();
    await ps.page.keyboard.type('来月の会議で決めましょう');
    await ps.page.keyboard.press('Enter');
    await card(emp, 'あなたの提案').getByText('真砂さんの返事：来月の会議で決めましょう').waitFor();
    await ps.shot('room-suggest-answered');
    await button(emp, '確かめました').click();
    await suggest(emp, () => 'ぜんぶ書きかえ');
    await card(ps, '豆田さんの提案').getByText('ぜんぶ書きかえ').waitFor();
    await button(emp, '取り下げる').click();
    await card(ps, '豆田さんの提案').waitFor({ state: 'detached' });
    await card(emp, 'あなたの提案').waitFor({ state: 'detached' });
  });
});
