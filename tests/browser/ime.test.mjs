/*
 * Japanese input, as the browser's input method does it, while others write before, after, around and
 * inside the word, and while a right is withdrawn. Once with the editor's own handling of the DOM, once
 * with EditContext, which the editor uses on Android.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Seat, agree, launch } from './browser.mjs';
import { Server } from './server.mjs';

const GOAL = 'plan.work.action.goal';
const ANDROID = 'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36';
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

const preedit = async (s, ...steps) => {
  for (const text of steps) {
    await s.cdp.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length });
  }
};
const confirm = (s, text) => s.cdp.send('Input.insertText', { text });
const edits = (s, from) => s.sent.slice(from).filter((f) => f.includes('"t":"edit"'));

/** Another person's page, driven by its own client: exact places, no keys. */
const change = (s, key, spec) => s.page.evaluate(([k, c]) => document.querySelector('rk-app').room.text(k).edit(c), [key, spec]);
const clear = async (s, key) => {
  await change(s, key, { from: 0, to: (await s.words(key)).length, insert: '' });
};

/** The caret in the middle of あいうえお: the word goes there. */
async function inTheMiddle(s, key) {
  await s.field(key).locator('.text').click();
  await s.field(key).locator('.cm-content').waitFor();
  await s.page.keyboard.press('Control+Home');
  for (let i = 0; i < 3; i++) await s.page.keyboard.press('ArrowRight');
}

const WAYS = [
  ['before it', { from: 0, insert: '［前］' }, '［前］あいう日本語えお', '［前］あいうえお'],
  ['after it', { from: 5, insert: '［後］' }, 'あいう日本語えお［後］', 'あいうえお［後］'],
  ['right at its start', { from: 3, insert: '［始］' }, null, 'あいう［始］えお'],
  ['by deleting what is around it', { from: 2, to: 4 }, 'あい日本語お', 'あいお'],
  ['by replacing the whole text', { from: 0, to: 5, insert: '［全部］' }, null, '［全部］'],
  ['by a line break right before it', { from: 3, insert: '\n' }, null, 'あいう\nえお'],
];

for (const [how, options, editContext] of [['without EditContext', {}, false], ['with EditContext', { userAgent: ANDROID }, true]]) {
  test(`${how}: others write while a word is composed`, async () => {
    const [ps, hw] = [await Seat.open(browser, server.link('ps'), options), await Seat.open(browser, server.link('hw'))];
    for (const [where, spec, text, undone] of WAYS) {
      await clear(hw, GOAL);
      await change(hw, GOAL, { from: 0, insert: 'あいうえお' });
      await ps.sees(GOAL, 'あいうえお');
      await agree(GOAL, ps, hw);
      await inTheMiddle(ps, GOAL);
      assert.equal(await ps.page.evaluate(() => {
        const { root } = document.querySelector('rk-editor');
        return Boolean(root.querySelector('.cm-content').editContext);
      }), editContext);
      const mark = ps.sent.length;
      await preedit(ps, 'に', 'にほ', 'にほん');
      await ps.field(GOAL).getByText('変換中').waitFor();
      await change(hw, GOAL, spec);
      await hw.saved();
      await ps.field(GOAL).getByText('待っています').waitFor();
      if (where === 'right at its start') await ps.shot(`ime-${editContext ? 'context' : 'dom'}-waiting`);
      assert.equal(await ps.words(GOAL), 'あいうにほんえお', `${where}: the composition stands as it was`);
      await preedit(ps, 'にほんご');
      await ps.reads(GOAL, 'あいうにほんごえお');
      assert.deepEqual(edits(ps, mark), [], `${where}: nothing half-written goes out`);
      await confirm(ps, '日本語');
      for (const s of [ps, hw]) await s.sees(GOAL, '日本語');
      const now = await agree(GOAL, ps, hw);
      assert.equal(now.split('日本語').length, 2, `${where}: ${now}`);
      if (text !== null) assert.equal(now, text, where);
      assert.equal(now.replace('日本語', ''), undone, where);
      // One step to undo, and only the own word.
      await ps.page.keyboard.press('Control+z');
      await hw.page.waitForFunction(([k, w]) => globalThis.rkWords(k) === w, [GOAL, undone]);
      assert.equal(await agree(GOAL, ps, hw), undone, where);
    }
    for (const s of [ps, hw]) assert.deepEqual(s.complaints, []);
    await Promise.all([ps, hw].map((s) => s.close()));
  });

  test(`${how}: two words are two steps to undo, a word given up is none`, async () => {
    const [ps, hw] = [await Seat.open(browser, server.link('ps'), options), await Seat.open(browser, server.link('hw'))];
    await clear(hw, GOAL);
    await agree(GOAL, ps, hw);
    await ps.enter(GOAL);
    for (const [kana, word] of [['きょう', '今日'], ['はれ', '晴れ']]) {
      await preedit(ps, kana.slice(0, 1), kana);
      await confirm(ps, word);
      await hw.sees(GOAL, word);
    }
    const mark = ps.sent.length;
    await preedit(ps, 'や', 'やめ');
    await change(hw, GOAL, { from: 0, insert: '［遠］' });
    await ps.field(GOAL).getByText('待っています').waitFor();
    await preedit(ps, '');
    await ps.sees(GOAL, '［遠］');
    assert.equal(await agree(GOAL, ps, hw), '［遠］今日晴れ');
    const out = edits(ps, mark).join('');
    assert.ok(!out.includes('や'), out);
    for (const left of ['［遠］今日', '［遠］']) {
      await ps.page.keyboard.press('Control+z');
      await hw.page.waitForFunction(([k, w]) => globalThis.rkWords(k) === w, [GOAL, left]);
    }
    for (const s of [ps, hw]) assert.deepEqual(s.complaints, []);
    await Promise.all([ps, hw].map((s) => s.close()));
  });
}

const act = (s, name, ...args) => s.page.evaluate(([n, a]) => document.querySelector('rk-room').room[n](...a), [name, args]);

test('in the minutes: others write while a word is composed, and the item closes over it', async () => {
  const own = await Server.start(undefined, undefined, true);
  try {
    const [ps, aps, desk] = await Promise.all(['ps', 'aps', 'aps'].map((role) => Seat.open(browser, own.link(role))));
    const { row } = await act(aps, 'row', 'min.decisions', { text: 'きょう決めたこと' });
    const key = `min.decisions/${row}/text`;
    for (const s of [ps, aps, desk]) await s.sees(key, 'きょう決めたこと');
    await aps.enter(key);
    const mark = aps.sent.length;
    await preedit(aps, 'つ', 'つぎ', 'つぎは');
    await aps.page.waitForFunction((k) => document.querySelector('rk-room').room.text(k).holdRemote, key);
    await change(desk, key, { from: 8, insert: '［補助］' });
    await desk.saved();
    await act(ps, 'close');
    await aps.page.waitForFunction((k) => document.querySelector('rk-room').room.text(k).waiting.length === 1, key);
    assert.equal(await aps.words(key), 'きょう決めたことつぎは');
    await aps.shot('ime-minutes');
    assert.deepEqual(edits(aps, mark), []);
    await confirm(aps, '次は');
    for (const s of [ps, aps]) await s.sees(key, '次は');
    const text = await agree(key, ps, aps, desk);
    assert.equal(text.replace('［補助］', ''), 'きょう決めたこと次は');
    await aps.page.keyboard.press('Control+z');
    await ps.page.waitForFunction(([k, w]) => globalThis.rkWords(k) === w, [key, 'きょう決めたこと［補助］']);
    for (const s of [ps, aps, desk]) assert.deepEqual(s.complaints, []);
    await Promise.all([ps, aps, desk].map((s) => s.close()));
  } finally {
    await own.stop();
  }
});

const STATUS = 'plan.status';

for (const [how, options] of [['without EditContext', {}], ['with EditContext', { userAgent: ANDROID }]]) {
  test(`${how}: the right goes while a word is composed`, async () => {
    const own = await Server.start();
    try {
      const [ps, hw, sup, self] = await Promise.all(['ps', 'hw', 'sup', 'self'].map((role) => Seat.open(browser, own.link(role), role === 'hw' ? options : {})));
      const until = (s, level) => s.page.waitForFunction(([k, l]) => (document.querySelector('rk-room').room.cells.get(k)?.level ?? null) === l, [GOAL, level]);
      // Whoever moves it on has seen it move: else it would be refused as stale.
      const move = async (s, from, to) => {
        await s.page.waitForFunction(([k, f]) => document.querySelector('rk-room').room.cells.get(k)?.value === f, [STATUS, from]);
        await act(s, 'set', STATUS, to);
      };
      const compose = async () => {
        await hw.enter(GOAL);
        const mark = hw.sent.length;
        await preedit(hw, 'と', 'とち', 'とちゅう');
        await hw.page.waitForFunction((k) => document.querySelector('rk-room').room.text(k).holdRemote, GOAL);
        return mark;
      };
      // The plan is a draft again: for Hello Work it is not there any more. Only this may cut a word short.
      let mark = await compose();
      await act(ps, 'set', STATUS, 'draft');
      await until(hw, null);
      await hw.page.waitForFunction((k) => !document.querySelector(`rk-text[key="${k}"]`), GOAL);
      await confirm(hw, '途中');
      await hw.shot(`ime-gone-${options.userAgent ? 'context' : 'dom'}`);
      assert.deepEqual(edits(hw, mark), [], 'nothing half-written goes out');
      assert.ok(!(await hw.page.content()).includes('とちゅう'));
      await move(sup, 'draft', 'checked');
      await move(ps, 'checked', 'proposed');
      await until(hw, 'w');
      // It is sealed: still read, no longer written. The word is finished in peace, and given back.
      await act(self, 'assent');
      await act(ps, 'set', STATUS, 'adopted');
      const before = await ps.words(GOAL);
      mark = await compose();
      await act(ps, 'set', STATUS, 'superseded');
      await until(hw, 'r');
      assert.equal(await hw.words(GOAL), `${before}とちゅう`);
      await preedit(hw, 'とちゅうで');
      await hw.shot(`ime-sealed-${options.userAgent ? 'context' : 'dom'}`);
      await hw.reads(GOAL, `${before}とちゅうで`);
      assert.deepEqual(edits(hw, mark), []);
      await confirm(hw, '途中で');
      await hw.page.locator('rk-notes .copybox', { hasText: /^途中で$/ }).waitFor();
      await hw.shot(`ime-note-${options.userAgent ? 'context' : 'dom'}`);
      assert.equal(await hw.words(GOAL), before);
      assert.equal(await ps.words(GOAL), before);
      for (const s of [ps, hw, sup, self]) assert.deepEqual(s.complaints, []);
      await Promise.all([ps, hw, sup, self].map((s) => s.close()));
    } finally {
      await own.stop();
    }
  });
}
