/* Case 4 on screen: names from right to left, joined emoji, lines without a break. Nothing leaves its place. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launch, Seat } from './browser.mjs';
import { Server } from './server.mjs';

const CASE = join(dirname(fileURLToPath(import.meta.url)), '../cases/case-4.json');
const PHONE = { locale: 'ja-JP', timezoneId: 'Asia/Tokyo', viewport: { width: 360, height: 760 } };
let server;
let browser;

before(async () => {
  server = await Server.start(CASE, '2026-03-12T14:00', true);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const url = (seat, series = 'K-0404-C') => {
  const link = server.links.find((l) => l.seat === seat && l.series === series);
  return server.base + link.path;
};

/** What reaches out of the window, and what can be scrolled sideways, but for the strip of areas on a phone. */
const misplaced = () => {
  const strip = '.areas, .vh, .skip';
  const all = [...document.querySelectorAll('body *')].filter((el) => !el.closest(strip));
  const name = (el) => `${el.tagName.toLowerCase()}.${el.className}`;
  const scrolls = (el) => ['auto', 'scroll'].includes(getComputedStyle(el).overflowX) && el.scrollWidth > el.clientWidth + 1;
  const outside = (box) => box.width > 1 && (box.right > innerWidth + 1 || box.left < -1);
  return [
    ...all.filter(scrolls).map((el) => `${name(el)} scrolls sideways: ${el.scrollWidth} in ${el.clientWidth}`),
    ...all.filter((el) => outside(el.getBoundingClientRect())).map((el) => `${name(el)} ends at ${Math.round(el.getBoundingClientRect().right)}`),
  ];
};

async function inPlace(seat, where) {
  const { page } = seat;
  assert.deepEqual(await page.evaluate(misplaced), [], where);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${where}: the page scrolls sideways`);
}

/** The names in the list of people. */
const names = () => [...document.querySelectorAll('rk-people b')].map((b) => b.textContent.trim());

test('the desk: every part of the case stays in its column', async () => {
  const seat = await Seat.open(browser, url('p-ps'));
  await inPlace(seat, 'first look');
  assert.ok((await seat.page.evaluate(names)).some((n) => n.startsWith('\u0644\u064a\u0644\u0649')), 'a name in Arabic');
  for (const part of ['見立て', '本人のこと', '世帯', '参加者', '同意', '絆の地図']) {
    await seat.page.locator('a', { hasText: new RegExp(`^\\s*${part}\\s*$`) }).first().click();
    await seat.page.locator('h2, h3', { hasText: part }).first().waitFor();
    await inPlace(seat, part);
    assert.deepEqual(await seat.axe(), [], part);
  }
  await seat.area('生きがい');
  const long = seat.field('plan.purpose.background.assessment_note');
  await long.waitFor();
  await inPlace(seat, '生きがい');
  await seat.enter('plan.purpose.background.assessment_note');
  await inPlace(seat, 'writing into a word of a thousand letters');
  const sizes = await long.evaluate((el) => {
    const scroller = el.querySelector('rk-editor').shadowRoot.querySelector('.cm-scroller');
    return [scroller.scrollWidth, scroller.clientWidth];
  });
  assert.ok(sizes[0] <= sizes[1], 'the long word breaks in the editor as it does on the page');
  assert.deepEqual(seat.complaints, []);
  await seat.close();
});

for (const id of ['p-self', 'p-emp1', 'p-kp']) {
  test(`a phone of 360 pixels: ${id}`, async () => {
    const seat = await Seat.open(browser, url(id), { context: await browser.newContext(PHONE), room: false });
    await seat.page.locator('text=フオンさん').first().waitFor();
    await inPlace(seat, id);
    assert.deepEqual(seat.complaints, []);
    await seat.close();
  });
}

test('a series by law has a page of its own, without a plan', async () => {
  const seat = await Seat.open(browser, url('s-ps', 'K-0404-S9'));
  await seat.page.locator('text=学校での気づき').first().waitFor();
  await inPlace(seat, 'the series by law');
  const text = await seat.page.evaluate(() => document.body.innerText);
  for (const word of ['サポートプラン', '本人の計画', '見立て', '世帯', 'フオン', 'クリーニング']) {
    assert.ok(!text.includes(word), word);
  }
  /* every seat has its mark, guests too */
  const marks = await seat.page.evaluate(() => [...document.querySelectorAll('.seals .seal')].map((el) =>
    [el.textContent.trim(), getComputedStyle(el).borderTopStyle]));
  assert.ok(marks.some(([label]) => label === '客'));
  assert.ok(marks.every(([, border]) => border === 'solid'));
  assert.deepEqual(seat.complaints, []);
  await seat.close();
});
