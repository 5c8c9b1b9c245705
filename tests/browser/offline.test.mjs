/*
 * A bad line in a browser: what was typed without it arrives once, also when the tab was reloaded or
 * closed meanwhile; what is kept on the device is encrypted, and nothing for guests.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Party, loadCore } from '../support/client.mjs';
import { Proxy } from '../support/proxy.mjs';
import { Seat, WAIT_MS, agree, launch } from './browser.mjs';
import { Server } from './server.mjs';

const CASES = join(fileURLToPath(new URL('../../', import.meta.url)), 'tests/cases');
const CONTENT = 'plan.work.action.content';
const GOAL = 'plan.work.action.goal';
const FENCE_STEPS = 4096; // changes of one text the server can map over
let server;
let browser;
let proxy;

before(async () => {
  server = await Server.start();
  proxy = await new Proxy(() => server.port).listen();
  server.origins = [proxy.origin];
  await server.kill();
  await server.serve();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await proxy?.close();
  await server?.stop();
});

/** On the bad line. */
const far = (role, options) => Seat.open(browser, server.link(role, proxy.origin), options);
const near = (role) => Seat.open(browser, server.link(role));
/** The page keeps what it cannot send. */
const keeps = (s) => s.page.waitForFunction(() => document.querySelector('rk-app').querySelector('rk-room')?.room.keeping);
const room = (s) => s.page.waitForSelector('rk-room .fields');
const entries = (s) => s.page.evaluate(() => new Promise((resolve, reject) => {
  const open = indexedDB.open('rokusha', 1);
  open.onerror = () => reject(open.error);
  open.onupgradeneeded = () => open.transaction.abort();
  open.onsuccess = () => {
    const all = open.result.transaction('kept').objectStore('kept').getAll();
    all.onsuccess = () => { open.result.close(); resolve(all.result.map((e) => ({ ...e, iv: [...e.iv], box: [...new Uint8Array(e.box)] }))); };
  };
}).catch(() => []));
/** Until the page answers yes: waitForFunction takes the promise of an answer for one. */
async function asked(s, question) {
  for (const end = Date.now() + WAIT_MS; !await s.page.evaluate(question);) assert.ok(Date.now() < end, 'asked in vain');
}
/** Everything unsent has reached the device: a page that goes now loses nothing. */
async function onDevice(s, words) {
  await s.page.waitForFunction((w) => {
    const { room: r } = document.querySelector('rk-room');
    const kept = r.kept();
    return kept?.texts.some((x) => r.text(x.key).unsentWords().includes(w)) || kept?.notes.some((n) => n.text.includes(w));
  }, words);
  // What is kept can be read by its page alone, but it is as long as what is to be kept, and a seal.
  await asked(s, () => new Promise((resolve) => {
    const { room: r } = document.querySelector('rk-room');
    const kept = r.kept();
    const size = kept ? new TextEncoder().encode(JSON.stringify(kept)).length + 16 : -1;
    const open = indexedDB.open('rokusha', 1);
    open.onerror = () => resolve(false);
    open.onupgradeneeded = () => open.transaction.abort();
    open.onsuccess = () => {
      const all = open.result.transaction('kept').objectStore('kept').getAll();
      all.onsuccess = () => { open.result.close(); resolve(all.result.some((e) => e.client === r.client && e.box.byteLength === size)); };
    };
  }));
}
const nothing = (s) => asked(s, () => new Promise((resolve) => {
  const open = indexedDB.open('rokusha', 1);
  open.onsuccess = () => {
    const count = open.result.transaction('kept').objectStore('kept').count();
    count.onsuccess = () => { open.result.close(); resolve(count.result === 0); };
  };
}));
const times = (text, word) => text.split(word).length - 1;

async function leave(...seats) {
  for (const s of seats) assert.deepEqual(s.complaints, []);
  await Promise.all(seats.map((s) => s.close()));
}

test('a tab reloaded in mid-sentence while its line is dead: every word arrives, once', async () => {
  const [ps, hw] = [await far('ps'), await near('hw')];
  await keeps(ps);
  await ps.enter(CONTENT);
  await ps.page.keyboard.type('線のあるうち。');
  await hw.sees(CONTENT, '線のあるうち。');
  await ps.saved();
  proxy.sockets.forEach((line) => line.sleep());
  proxy.refuse = true; // or a page that notices in time takes another line
  await ps.page.keyboard.type('線の切れた後、𠮷田さんが');
  await ps.page.keyboard.press('Control+Home');
  await ps.page.keyboard.type('［頭］');
  await onDevice(ps, '頭');
  await hw.enter(CONTENT);
  await hw.page.keyboard.press('Control+Home');
  await hw.page.keyboard.type('よその文。');
  await hw.saved();
  proxy.refuse = false;
  await ps.page.reload();
  await room(ps);
  await ps.page.getByText('前に書いた文を届けました').waitFor();
  await ps.shot('offline-brought');
  for (const s of [ps, hw]) for (const word of ['線の切れた後、𠮷田さんが', '［頭］', 'よその文。']) await s.sees(CONTENT, word);
  const text = await agree(CONTENT, ps, hw);
  for (const word of ['線のあるうち。', '線の切れた後、𠮷田さんが', '［頭］', 'よその文。']) assert.equal(times(text, word), 1, text);
  await nothing(ps);
  await leave(ps, hw);
});

test('kept, answer lost, the server killed, the tab closed: one of each word all the same', async () => {
  const [ps, hw] = [await far('ps'), await near('hw')];
  await keeps(ps);
  await ps.enter(GOAL);
  proxy.sockets.forEach((line) => line.deafen());
  await ps.page.keyboard.type('一');
  await hw.sees(GOAL, '一'); // kept; the answer never comes
  await ps.page.keyboard.type('二三。');
  await onDevice(ps, '二');
  await server.kill();
  await ps.page.close({ runBeforeUnload: false });
  await server.serve();
  await hw.saved();
  await hw.enter(GOAL);
  await hw.page.keyboard.press('Control+Home');
  await hw.page.keyboard.type('前。');
  const again = await Seat.open(browser, server.link('ps', proxy.origin), { context: ps.context });
  await again.page.getByText('前に書いた文を届けました').waitFor();
  for (const s of [again, hw]) await s.sees(GOAL, '一二三。');
  const text = await agree(GOAL, again, hw);
  assert.equal(times(text, '一二三。'), 1, text);
  assert.equal(times(text, '一'), 1, text);
  await nothing(again);
  await leave(again, hw);
});

test('a laptop asleep for an hour', async () => {
  const hw = await near('hw');
  const ps = await far('ps', { clock: true });
  await keeps(ps);
  await ps.enter(CONTENT);
  await ps.page.keyboard.type('寝る前。');
  await ps.saved();
  proxy.sockets.forEach((line) => line.sleep());
  await ps.page.keyboard.type('届かぬ文。');
  await hw.enter(CONTENT);
  await hw.page.keyboard.press('Control+Home');
  await hw.page.keyboard.type('寝ている間。');
  await hw.saved();
  await ps.page.clock.fastForward('01:00:00');
  await ps.page.evaluate(() => window.dispatchEvent(new Event('online')));
  for (const s of [ps, hw]) {
    await s.sees(CONTENT, '届かぬ文。');
    await s.sees(CONTENT, '寝ている間。');
  }
  const text = await agree(CONTENT, ps, hw);
  for (const word of ['寝る前。', '届かぬ文。', '寝ている間。']) assert.equal(times(text, word), 1, text);
  await leave(ps, hw);
});

test('on the device there are no words, no names, nothing another seat could read', async () => {
  const ps = await far('ps');
  await keeps(ps);
  await ps.enter(CONTENT);
  proxy.sockets.forEach((line) => line.cut());
  const down = server.port;
  proxy.refuse = true;
  await ps.page.keyboard.type('ひみつの文 secret words');
  await onDevice(ps, 'secret words');
  await ps.page.getByText('この端末に保管しています').waitFor();
  await ps.page.locator('.appbar').getByText('オフライン（この端末に保管）').waitFor();
  await ps.shot('offline-kept');
  assert.deepEqual(await ps.axe(), []);
  const kept = await entries(ps);
  assert.equal(kept.length, 1);
  assert.deepEqual(Object.keys(kept[0]).sort(), ['at', 'box', 'client', 'iv']);
  const bytes = Buffer.from(kept[0].box);
  for (const word of ['ひみつ', 'secret', CONTENT, 'plan', 'changes']) assert.ok(!bytes.includes(word), word);
  const text = await ps.page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  assert.equal(text, '[{},{}]');
  proxy.refuse = false;
  assert.equal(server.port, down);
  await ps.saved();
  // Another seat in the same browser finds the entry of nobody.
  await ps.enter(CONTENT);
  proxy.sockets.forEach((line) => line.sleep());
  proxy.refuse = true;
  await ps.page.keyboard.type('のこり。');
  await onDevice(ps, 'のこり');
  await ps.page.close({ runBeforeUnload: false });
  proxy.refuse = false;
  const aps = await Seat.open(browser, server.link('aps', proxy.origin), { context: ps.context });
  await keeps(aps);
  assert.equal((await entries(aps)).length, 1);
  assert.equal(times(await aps.words(CONTENT), 'のこり。'), 0);
  const back = await Seat.open(browser, server.link('ps', proxy.origin), { context: ps.context });
  for (const s of [back, aps]) await s.sees(CONTENT, 'のこり。');
  await back.page.getByText('前に書いた文を届けました').waitFor();
  await nothing(back);
  assert.deepEqual(back.complaints, []);
  await leave(aps);
});

test('behind the fence: the text of the server, and the own words as a note that outlives a reload', async () => {
  const ps = await far('ps');
  await keeps(ps);
  await ps.enter(GOAL);
  await ps.saved();
  proxy.sockets.forEach((line) => line.sleep());
  proxy.refuse = true;
  await ps.page.keyboard.type('柵の向こうの文。');
  await onDevice(ps, '柵の向こうの文');
  const hw = new Party({ server: { origin: server.base, clock: () => ({ low: 0, high: 0 }) }, core: await loadCore(), link: server.links.find((l) => l.role === 'hw') });
  await hw.join();
  const text = hw.room.text(GOAL);
  for (let i = 0; i <= FENCE_STEPS; i++) text.edit(i % 2 ? { from: 0, to: 1 } : { from: 0, insert: '遠' });
  await hw.settled();
  const standing = text.doc;
  proxy.refuse = false;
  await ps.page.reload();
  await room(ps);
  await ps.page.locator('rk-notes .copybox', { hasText: '柵の向こうの文。' }).waitFor();
  await ps.shot('offline-note');
  assert.equal(await ps.words(GOAL), standing);
  await onDevice(ps, '柵の向こうの文');
  await ps.page.reload();
  await room(ps);
  await ps.page.locator('rk-notes .copybox', { hasText: '柵の向こうの文。' }).waitFor();
  assert.equal(await ps.page.locator('rk-notes .copybox').count(), 1);
  await ps.page.locator('rk-notes').getByRole('button', { name: '閉じる' }).click();
  await ps.page.waitForFunction(() => document.querySelector('rk-room').room.kept() === null);
  await leave(ps);
  await hw.leave();
});

test('a guest keeps nothing on the device', async () => {
  const other = await Server.start(join(CASES, 'case-4.json'));
  try {
    const guest = await Seat.open(browser, other.link('guest'));
    const answer = await guest.page.evaluate(async () => {
      const a = await fetch(`${location.pathname}/keep`, { method: 'POST' });
      return [a.status, await a.text()];
    });
    assert.deepEqual(answer, [403, '{"error":"gone"}']);
    assert.equal(await guest.page.evaluate(() => document.querySelector('rk-room').room.keeping), false);
    assert.deepEqual(await guest.page.evaluate(() => indexedDB.databases()), []);
    await leave(guest);
  } finally {
    await other.stop();
  }
});

test('who leaves the room, or may no longer be in it, leaves nothing on the device', async () => {
  const [ps, pj, lkp] = [await near('ps'), await far('pj'), await far('lkp')];
  await keeps(pj);
  await pj.enter(GOAL);
  proxy.refuse = true;
  proxy.sockets.forEach((line) => line.cut());
  await pj.page.keyboard.type('のこす文。');
  await onDevice(pj, 'のこす文');
  const seat = await pj.page.evaluate(() => document.querySelector('rk-room').room.me.seat);
  await ps.page.evaluate((id) => document.querySelector('rk-room').room.bar(id, true, '申出による'), seat);
  proxy.refuse = false;
  await pj.page.evaluate(() => window.dispatchEvent(new Event('online')));
  await pj.page.getByRole('heading', { name: 'ここまでです' }).waitFor();
  await nothing(pj);
  // By the button at the end of the page.
  await lkp.page.waitForFunction(() => document.querySelector('rk-room').room.keeping);
  await lkp.page.evaluate(() => document.querySelector('rk-room').room.keeps(true, 0, [{ label: '', text: '置いていく文' }]));
  await onDevice(lkp, '置いていく文');
  await ps.page.evaluate(() => {
    const { room: r } = document.querySelector('rk-room');
    return r.open(r.meet.agenda[0].row);
  });
  await lkp.page.getByRole('button', { name: '会議室を閉じる' }).click();
  await lkp.page.getByRole('heading', { name: '会議室に入る' }).waitFor();
  assert.deepEqual(await entries(lkp), []);
  await leave(ps, pj, lkp);
});
