/* The meeting in the room: agenda and gate, comings and goings, minutes, writing for others, the end. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Seat, launch } from './browser.mjs';
import { Server } from './server.mjs';

const WISH = 'plan.work.action.person_wish';
const CONTENT = 'plan.work.action.content';
let browser;

before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

/** A meeting whose first item is open, with a seat of each role given. */
async function meeting(roles, run, open = true) {
  const server = await Server.start(undefined, undefined, open);
  try {
    const list = await Promise.all(roles.map((r) => Seat.open(browser, server.link(r))));
    await run(Object.fromEntries(roles.map((r, i) => [r, list[i]])), server);
    for (const s of list) assert.deepEqual(s.complaints, []);
    await Promise.all(list.map((s) => s.close()));
  } finally {
    await server.stop();
  }
}

const button = (seat, name) => seat.page.getByRole('button', { name, exact: true });
const press = (seat, name) => button(seat, name).click();
const item = (seat, title) => seat.page.locator('.item', { hasText: title });
const now = (seat, title) => seat.page.locator('.item-now', { hasText: title }).waitFor();
const sent = (seat, t) => seat.sent.map((f) => JSON.parse(f)).filter((f) => f.t === t);

test('the agenda: order, a new item, what it opens, who sits in it', () => meeting(['ps', 'cw', 'emp'], async ({ ps, cw, emp }) => {
  await press(ps, '次第を直す');
  await press(ps, '議題を足す');
  await ps.page.locator('#ia-title').fill('冬のすごし方');
  await ps.page.locator('.agenda-foot form').getByRole('button', { name: '議題を足す' }).click();
  await item(cw, '冬のすごし方').waitFor();
  await press(ps, '「冬のすごし方」を上へ');
  await cw.page.locator('.item:nth-child(5)', { hasText: '冬のすごし方' }).waitFor();
  await ps.saved(); // the chair's own page has the answer, too
  await press(ps, '「冬のすごし方」を下へ');
  await cw.page.locator('.item:last-child', { hasText: '冬のすごし方' }).waitFor();
  const edit = item(ps, '冬のすごし方');
  const health = edit.locator('.items-group', { has: ps.page.locator('b', { hasText: /^健康$/ }) });
  await health.locator('summary').click();
  await health.getByRole('checkbox', { name: '内容', exact: true }).check();
  await edit.getByRole('button', { name: 'この欄にする' }).click();
  await edit.getByRole('button', { name: 'この欄にする' }).waitFor({ state: 'detached' });
  await edit.getByRole('checkbox', { name: '豆田' }).uncheck();
  await edit.getByRole('button', { name: 'この人たちにする' }).click();
  await emp.page.waitForFunction(() => !document.body.innerText.includes('冬のすごし方')); // no longer of it
  assert.deepEqual(await ps.axe(), []);
  await ps.frame('sent', (f) => f.startsWith('{"t":"set"') && JSON.parse(f).value[0] === 'plan.health.action');
}));

test('the open item loses somebody: through the same gate', () => meeting(['ps', 'emp'], async ({ ps, emp }) => {
  await press(ps, '次第を直す');
  await ps.page.getByRole('button', { name: /^「はじめに.*を直す$/ }).click();
  const edit = ps.page.locator('.item-now .item-edit');
  await edit.getByRole('checkbox', { name: '豆田' }).uncheck();
  await edit.getByRole('heading', { name: 'ここで1人を見送ります' }).waitFor();
  await edit.getByText('電話やビデオも切れていることを').waitFor(); // 豆田 is on the line
  await edit.locator('.open-next').focus();
  await ps.page.keyboard.press('Enter');
  await edit.getByRole('alert').getByText('豆田（遠隔）').waitFor();
  assert.deepEqual(sent(ps, 'set'), []);
  await edit.getByRole('button', { name: '豆田さんの退室を確かめました' }).click();
  await edit.getByRole('button', { name: 'この人たちにする' }).click();
  await emp.page.getByText('このあと、もう一度お呼びします').filter({ visible: true }).waitFor();
  assert.equal(await emp.page.locator('.item, .person').count(), 0);
  await emp.shot('room-outside');
}));

test('comings and goings: waiting, let in, marked, said aloud, stopped', () => meeting(['ps', 'cw', 'emp'], async ({ ps, cw, emp }, server) => {
  for (const s of [cw, emp]) await press(s, '会議に入る');
  await emp.page.getByRole('heading', { name: 'お待ちください' }).filter({ visible: true }).waitFor();
  await ps.page.locator('.waiting', { hasText: '豆田' }).waitFor();
  await ps.shot('room-waiting');
  await press(ps, '会議を始める');
  await ps.page.locator('.waiting').getByRole('button', { name: '豆田さんを入れる' }).click();
  await now(emp, 'はじめに');
  await cw.page.getByRole('status').getByText('豆田さんが入りました').waitFor({ state: 'attached' });
  await press(ps, '出入り');
  await press(ps, '早瀬さんは会場に来ています');
  await cw.page.locator('.person', { hasText: '早瀬' }).waitFor();
  await ps.shot('room-attendance');
  assert.deepEqual(await ps.axe(), []);
  await press(ps, '早瀬さんは退室しました');
  await cw.page.locator('.person', { hasText: '早瀬' }).waitFor({ state: 'detached' });
  await press(ps, '豆田の席のほかのこと');
  await press(ps, '豆田さんの席を止める');
  await ps.page.locator('.bar-ask').getByRole('button', { name: '席を止める' }).click();
  await emp.page.locator('rk-room').waitFor({ state: 'detached' }); // nothing is shown to it any more
  await ps.page.getByText('豆田さんの席を止めました').waitFor();
  await press(ps, '止めた席をもどす');
  await ps.page.getByText('豆田さんの席をもどしました').waitFor();
  const again = await Seat.open(browser, server.link('emp'));
  assert.deepEqual(again.complaints, []);
  await again.close();
}, false));

test('minutes: live words, advice, dissent, and a row that goes to other readers', () => meeting(['ps', 'aps', 'cw', 'hw'], async ({ ps, aps, cw, hw }) => {
  await press(ps, '次の議題へ');
  await now(aps, '研修のふり返り');
  await press(aps, '発言を書く');
  await aps.page.locator('.say-who').getByRole('button', { name: '白浜' }).click();
  await aps.page.locator('.utt .cm-content').waitFor();
  await aps.page.keyboard.type('十時からの求人を集めます。');
  const live = cw.page.locator('.utt-live', { hasText: '白浜' });
  await live.getByText('記録中…').waitFor();
  await live.getByText('十時からの求人を集めます。').waitFor();
  await cw.shot('minutes-live');
  await press(aps, '決定を書く');
  await aps.page.locator('.minutes-form textarea').fill('開始は十時とする。');
  // The chair goes on while somebody writes: it stays a decision of the item it was begun in.
  for (const n of ['豆田', '白浜', '早瀬']) await press(ps, `${n}さんの退室を確かめました`);
  await press(ps, '見送って議題3へ');
  await now(aps, '朝の準備');
  await press(aps, '書きとめる');
  await hw.page.locator('.chapter', { hasText: '研修のふり返り' }).locator('.decision', { hasText: /決定①\s*開始は十時とする。/ }).waitFor();
  await press(aps, 'ほかを書く');
  await press(aps, '助言を書く');
  await aps.page.locator('.minutes-form textarea').fill('夜の電話は控える。');
  await press(aps, '書きとめる');
  await cw.page.locator('.remark', { hasText: '夜の電話は控える。' }).waitFor();
  await press(cw, '付記意見を書く');
  await cw.page.locator('.minutes-form').getByLabel('どの決定について').selectOption({ index: 1 });
  await cw.page.locator('.minutes-form textarea').fill('早すぎると思う。');
  await press(cw, '書きとめる');
  await hw.page.locator('.remark', { hasText: /研修のふり返り.* 決定①.*早すぎると思う。/s }).waitFor(); // with its decision's readers
  await press(aps, '決定を書く');
  await aps.page.locator('.minutes-form textarea').fill('一人で通う。');
  await press(aps, '書きとめる');
  const row = aps.page.locator('.entry-row', { hasText: '一人で通う。' });
  await row.hover();
  await row.getByRole('button', { name: /ほかの議題へ$/ }).click();
  await aps.page.locator('.move-form select').selectOption({ label: '研修のふり返りと今後の進め方' });
  await press(aps, '移す');
  await aps.page.getByRole('heading', { name: '見られる人が広がります' }).waitFor();
  assert.deepEqual(await aps.axe(), []);
  await aps.shot('minutes-release');
  assert.ok(!hw.received.join('').includes('一人で通う。'));
  await aps.page.locator('.move-form textarea').fill('本人がそう望んだ');
  await press(aps, '広げて移す');
  await hw.page.locator('.decision', { hasText: /決定②\s*一人で通う。/ }).waitFor();
}));

test('writing for somebody: how is asked, a strip says it, and it goes out in their name', () => meeting(['ps', 'self', 'cw'], async ({ ps, self, cw }) => {
  for (const s of [ps, self]) await s.area('就労');
  await ps.field(WISH).locator('.text').click();
  await ps.page.getByText('みなとさんの言葉です。直すことはできません。').waitFor();
  await press(ps, 'みなとさんの代わりに書く');
  await press(ps, '聞き取り');
  await ps.field(WISH).locator('.cm-content').waitFor();
  await ps.page.getByText('みなとさんの代わりに書いています（聞き取り）').waitFor();
  await ps.page.keyboard.press('Control+End');
  await ps.page.keyboard.type('先生にも見てほしい。');
  await self.sees(WISH, '先生にも見てほしい。');
  await ps.shot('room-scribe');
  assert.deepEqual(await ps.axe(), []);
  const self_ = JSON.parse(await self.frame('received', (f) => f.startsWith('{"t":"snap"'))).me.seat;
  await ps.frame('sent', (f) => f.includes('"edit"'));
  const edits = sent(ps, 'edit');
  assert.ok(edits.length > 0 && edits.every((e) => e.for === self_ && e.method === 'oral'));
  await press(ps, '代わりに書くのを終える');
  await ps.field(WISH).locator('.cm-content').waitFor({ state: 'detached' });
  await ps.enter(CONTENT);
  await ps.page.keyboard.type('自分の文。');
  await self.sees(CONTENT, '自分の文。');
  assert.ok(sent(ps, 'edit').filter((e) => e.cell === CONTENT).every((e) => e.for === undefined));
  await cw.area('就労');
  await cw.field(WISH).locator('.text').click();
  assert.equal(await cw.page.locator('.scribe-offer button').count(), 0); // without a duty there is no offer
}));

test('the pause: one press by the person, and the clock stands', () => meeting(['ps', 'self', 'cw'], async ({ ps, self, cw }) => {
  await press(self, '休けい');
  await cw.page.getByRole('heading', { name: 'みなとさんが休けいを選びました' }).waitFor();
  await cw.page.locator('.timer', { hasText: '時計を止めています' }).waitFor();
  assert.equal(await button(cw, '休けいを終える').count(), 0);
  await self.shot('room-pause');
  await press(ps, '休けいを終える');
  await cw.page.getByRole('heading', { name: '休けいを選びました' }).waitFor({ state: 'detached' });
  await self.page.getByRole('button', { name: '休けい', exact: true }).waitFor();
}));

test('a newly opened item brings everybody to what it opens, except who is writing', () => meeting(['ps', 'cw', 'aps'], async ({ ps, cw, aps }) => {
  for (const s of [aps, cw]) await s.area('金銭');
  await aps.enter('plan.money.action.content');
  await press(ps, '次の議題へ');
  await cw.page.getByRole('heading', { name: '就労', exact: true }).waitFor();
  await now(aps, '研修のふり返り');
  assert.equal(await aps.page.locator('#place-h').innerText(), '金銭');
  assert.equal(await aps.page.locator('.cm-content').count(), 1);
}));

test('by keyboard alone: to the end of the meeting', () => meeting(['ps', 'cw'], async ({ ps, cw }) => {
  const { keyboard } = ps.page;
  await button(ps, '次の議題へ').focus();
  await keyboard.press('Enter');
  await now(ps, '研修のふり返り');
  await ps.page.waitForFunction(() => document.activeElement?.classList.contains('item-now')); // not on the next button
  const leaving = ps.page.locator('.gate-saw');
  await leaving.first().focus();
  for (let left = await leaving.count(); left > 0; left--) {
    await keyboard.press('Enter');
    await ps.page.waitForFunction((n) => document.querySelectorAll('.gate-saw').length === n
      && document.activeElement?.matches('.gate-saw, .open-next'), left - 1);
  }
  await keyboard.press('Enter');
  await now(ps, '朝の準備');
  await keyboard.press('Alt+t');
  await ps.page.locator('.timer [role=status]', { hasText: '議題3は' }).waitFor({ state: 'attached' });
  for (const title of ['手続き', '出番とつながり']) {
    for (let left = await leaving.count(); left > 0; left--) {
      await leaving.first().press('Enter');
      await ps.page.waitForFunction((n) => document.querySelectorAll('.gate-saw').length === n, left - 1);
    }
    await ps.page.locator('.open-next:not([aria-disabled])').press('Enter');
    await now(cw, title);
  }
  await button(ps, '会議を終える').press('Enter');
  await cw.page.getByRole('heading', { name: 'ここまでです' }).filter({ visible: true }).waitFor();
  await cw.area('就労');
  await cw.field(CONTENT).waitFor(); // what one may read stays readable
  await cw.shot('room-end');
  assert.deepEqual([...await cw.axe(), ...await ps.axe()], []);
}));
