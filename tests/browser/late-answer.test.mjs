/*
 * The server's answer comes late: what one has begun meanwhile stays open, with every word in it, and
 * whoever has gone on to another field is not fetched back from it.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Proxy } from '../support/proxy.mjs';
import { Seat, launch } from './browser.mjs';
import { Server } from './server.mjs';

const CONTENT = 'plan.work.action.content';
const GOAL = 'plan.work.action.goal';
const STATUS = 'plan.work.outline.status';
let browser;

before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

/** The first seat's line can be held; the others are near. */
async function meeting(roles, run) {
  const server = await Server.start(undefined, undefined, true);
  const proxy = await new Proxy(() => server.port).listen();
  try {
    server.origins = [proxy.origin];
    await server.kill();
    await server.serve();
    const [first, ...rest] = roles;
    const far = await Seat.open(browser, server.link(first, proxy.origin));
    const near = await Promise.all(rest.map((r) => Seat.open(browser, server.link(r))));
    await run(far, ...near, {
      hold: () => proxy.sockets.forEach((line) => line.hold()),
      letGo: () => proxy.sockets.forEach((line) => line.letGo()),
    });
    for (const s of [far, ...near]) {
      assert.deepEqual(s.complaints, []);
      await s.close();
    }
  } finally {
    await proxy.close();
    await server.stop();
  }
}

const inText = (seat, key = CONTENT) => seat.page.locator('rk-cell', { has: seat.field(key) });
const press = (seat, name) => seat.page.getByRole('button', { name, exact: true }).click();
const card = (seat, words) => inText(seat).locator('.suggest', { hasText: words });
const box = (seat) => inText(seat).locator('.suggest-form textarea');

/** Everything this page asked for has been answered, and the page shows what came of it. */
const answered = (seat) => seat.page.waitForFunction(() => document.querySelector('rk-app').room.unsaved === 0);
/** The words of a box, whether it is there or not: who waits for one that was closed waits for ever. */
const wordsIn = async (where) => (await where.count() === 1 ? where.inputValue() : null);
const focused = (seat) => seat.page.evaluate(() => {
  const at = document.activeElement;
  return at?.closest('rk-text')?.getAttribute('key') ?? at?.id ?? null;
});
/** The item in which the employer reads the text, opened by the chair. */
async function toTheWork(ps, emp) {
  await press(ps, '次の議題へ');
  for (const s of [ps, emp]) await s.field(CONTENT).waitFor();
}

async function suggest(seat, words) {
  await inText(seat).getByRole('button', { name: /提案/ }).click();
  await box(seat).press('Control+End');
  await seat.page.keyboard.type(words);
  await press(seat, 'この案を出す');
}

test('a suggestion begun while the last one is being put away, in the middle of a word', () => meeting(['emp', 'ps'], async (emp, ps, line) => {
  await toTheWork(ps, emp);
  await suggest(emp, '月曜');
  await card(ps, '豆田さんの提案').getByRole('button', { name: '取り入れる' }).click();
  await card(emp, 'あなたの提案').getByText('取り入れられました').waitFor();
  await emp.sees(CONTENT, '月曜');
  const old = await emp.words(CONTENT);
  line.hold();
  await press(emp, '確かめました');
  await card(ps, '豆田さんの提案').waitFor({ state: 'detached' });
  await inText(emp).getByRole('button', { name: /提案/ }).click();
  await box(emp).press('Control+End');
  for (const text of ['ど', 'どよう']) await emp.cdp.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length });
  assert.equal(await box(emp).inputValue(), `${old}どよう`);
  line.letGo();
  await card(emp, 'あなたの提案').waitFor({ state: 'detached' });
  await answered(emp);
  assert.equal(await wordsIn(box(emp)), `${old}どよう`, 'the word stands as it was');
  await emp.cdp.send('Input.insertText', { text: '土曜' });
  assert.equal(await wordsIn(box(emp)), `${old}土曜`);
}));

test('a suggestion given up while it was on its way closes no other', () => meeting(['emp', 'ps'], async (emp, ps, line) => {
  await toTheWork(ps, emp);
  line.hold();
  await suggest(emp, '一つめ');
  await card(ps, '豆田さんの提案').getByText('一つめ').waitFor();
  await press(emp, 'やめる');
  await inText(emp).getByRole('button', { name: /提案/ }).click();
  await box(emp).fill('二つめ');
  line.letGo();
  await card(emp, 'あなたの提案').getByText('一つめ').waitFor();
  await answered(emp);
  assert.equal(await wordsIn(box(emp)), '二つめ');
  await press(emp, 'この案を出す');
  await card(ps, '豆田さんの提案').filter({ hasText: '二つめ' }).waitFor();
}));

test('who takes a suggestion over and goes on elsewhere is not fetched back', () => meeting(['ps', 'emp'], async (ps, emp, line) => {
  await toTheWork(ps, emp);
  await suggest(emp, '三つめ');
  await card(ps, '豆田さんの提案').getByText('三つめ').waitFor();
  await ps.enter(CONTENT);
  line.hold();
  await press(ps, '取り入れる');
  await emp.sees(CONTENT, '三つめ');
  await ps.enter(GOAL);
  await ps.page.keyboard.type('目標の文');
  line.letGo();
  await ps.sees(CONTENT, '三つめ');
  await answered(ps);
  assert.equal(await focused(ps), GOAL);
  await ps.page.keyboard.type('の続き。');
  await ps.sees(GOAL, '目標の文の続き。');
  // Who stays is brought into the text, as ever.
  await suggest(emp, '四つめ');
  await card(ps, '豆田さんの提案').getByText('四つめ').waitFor();
  await inText(ps).getByRole('button', { name: '取り入れる', exact: true }).focus();
  await ps.page.keyboard.press('Enter');
  await ps.sees(CONTENT, '四つめ');
  await inText(ps).locator('.cm-content').waitFor();
  await answered(ps);
  assert.equal(await focused(ps), CONTENT);
}));

test('minutes: what was given up on its way closes no other form', () => meeting(['aps', 'ps'], async (aps, ps, line) => {
  const form = aps.page.locator('.minutes-form textarea');
  await press(aps, '決定を書く');
  await form.fill('決まったこと一');
  line.hold();
  await press(aps, '書きとめる');
  await ps.page.locator('.decision', { hasText: '決まったこと一' }).waitFor();
  await press(aps, 'やめる');
  await press(aps, '決定を書く');
  await form.pressSequentially('決まったこと二');
  line.letGo();
  await answered(aps);
  assert.equal(await wordsIn(form), '決まったこと二');
  assert.equal(await focused(aps), 'mf-text');
  await press(aps, 'やめる');
  // So it is with words said: the row is there, but its writer has begun something else.
  await press(aps, '発言を書く');
  line.hold();
  await aps.page.locator('.say-who').getByRole('button').first().click();
  await ps.page.waitForFunction(() => [...document.querySelector('rk-room').room.cells.keys()].some((k) => k.startsWith('min.utterances/')));
  await press(aps, 'やめる');
  await press(aps, '役割を書く');
  await form.pressSequentially('名簿を作る');
  line.letGo();
  await answered(aps);
  assert.equal(await wordsIn(form), '名簿を作る');
  assert.equal(await focused(aps), 'mf-text');
}));

test('minutes: who writes a decision down and goes on in the plan is not fetched back', () => meeting(['aps', 'ps'], async (aps, ps, line) => {
  await aps.area('就労');
  await press(aps, '決定を書く');
  await aps.page.locator('.minutes-form textarea').fill('決まったこと');
  line.hold();
  await press(aps, '書きとめる');
  await ps.page.locator('.decision', { hasText: '決まったこと' }).waitFor();
  await aps.enter(GOAL);
  line.letGo();
  await aps.page.locator('.minutes-form').waitFor({ state: 'detached' });
  await answered(aps);
  assert.equal(await focused(aps), GOAL);
}));

test('two who leave are marked by two presses, one after the other', () => meeting(['ps', 'aps'], async (ps, aps, line) => {
  await press(ps, '次の議題へ');
  await ps.page.locator('.gate-saw').nth(2).waitFor();
  const left = await ps.page.locator('.gate-saw').count();
  line.hold();
  for (const name of ['豆田', '白浜']) await press(ps, `${name}さんの退室を確かめました`);
  line.letGo();
  await ps.page.waitForFunction((n) => document.querySelectorAll('.gate-saw').length === n, left - 2);
  await answered(ps);
  await aps.page.locator('.person', { hasText: '白浜' }).waitFor({ state: 'detached' });
}));

test('a register set twice before the first answer: the last choice holds, also back to what it was', () => meeting(['ps', 'hw'], async (ps, hw, line) => {
  for (const s of [ps, hw]) await s.area('就労');
  const select = (s) => s.page.locator(`rk-register[key="${STATUS}"] select`);
  const first = await select(ps).inputValue();
  const other = first === 'paused' ? 'achieved' : 'paused';
  line.hold();
  await select(ps).selectOption(other);
  await hw.page.waitForFunction(([k, v]) => document.querySelector(`rk-register[key="${k}"] select`)?.value === v, [STATUS, other]);
  await select(ps).selectOption(first);
  line.letGo();
  await answered(ps);
  assert.equal(await select(ps).inputValue(), first);
  await hw.page.waitForFunction(([k, v]) => document.querySelector(`rk-register[key="${k}"] select`)?.value === v, [STATUS, first]);
}));

test('an item of the agenda: what is chosen on while the last choice is being set stays chosen', () => meeting(['ps', 'aps'], async (ps, aps, line) => {
  await press(ps, '次第を直す');
  await ps.page.getByRole('button', { name: /^「出番とつながり.*を直す$/ }).click();
  const edit = ps.page.locator('.item', { hasText: '出番とつながり' });
  const tick = (name) => edit.getByRole('checkbox', { name });
  const [one, two] = ['豆田', '早瀬'];
  const who = (was) => {
    const { cells } = document.querySelector('rk-room').room;
    const now = [...cells.values()].filter((c) => c.key.endsWith('/audience')).map((c) => c.value.join()).join('/');
    return was === null ? now : now !== was;
  };
  const before = await aps.page.evaluate(who, null);
  const was = await Promise.all([one, two].map((n) => tick(n).isChecked()));
  await tick(one).setChecked(!was[0]);
  line.hold();
  await edit.getByRole('button', { name: 'この人たちにする' }).click();
  await aps.page.waitForFunction(who, before);
  await tick(two).setChecked(!was[1]);
  line.letGo();
  await answered(ps);
  assert.deepEqual(await Promise.all([one, two].map((n) => tick(n).isChecked())), was.map((w) => !w));
  await edit.getByRole('button', { name: 'この人たちにする' }).click();
  await edit.getByRole('button', { name: 'この人たちにする' }).waitFor({ state: 'detached' });
}));
