/* After the seal: a correction, an erasure by two, a hold. On the real server, each seat at its own screen. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Seat, launch } from './browser.mjs';
import { Server } from './server.mjs';

const DECISION = '研修の開始は10時を基本とし、12月まで試す。';
const CORRECTED = '研修の開始は10時を基本とし、1月まで試す。';
const HIDDEN = '封筒は来週、いっしょに開ける。';
const CODE = 'あさひが のぼる';
let browser;
let server;
const seats = {};

const button = (seat, name) => seat.page.getByRole('button', { name, exact: true });
const says = (seat, words) => seat.page.getByText(words).first().waitFor();
const body = (seat) => seat.page.evaluate(() => document.body.innerText);
const focused = (seat) => seat.page.evaluate(() => document.activeElement.id || document.activeElement.className);
async function fits(seat, name) {
  const size = seat.page.viewportSize();
  for (const width of [320, 390, 1280]) {
    await seat.page.setViewportSize({ width, height: 800 });
    assert.ok(await seat.page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), `${name} ${width}`);
    await seat.shot(`change-${name}-${width}`);
  }
  await seat.page.setViewportSize(size);
}

/** From the room, or where it stands already: the record, as the server has it now. */
async function record(seat) {
  await seat.page.goto(`${seat.page.url().split('#')[0]}#record`);
  await seat.page.reload();
  await seat.page.locator('rk-record').waitFor();
}
async function code(seat, id, again) {
  await seat.page.fill(`#${id}-code`, CODE);
  if (again) await seat.page.fill(`#${id}-again`, CODE);
}

before(async () => {
  browser = await launch();
  server = await Server.start(undefined, undefined, true);
  for (const role of ['ps', 'aps', 'self', 'cw', 'hw']) seats[role] = await Seat.open(browser, server.link(role), role === 'self' ? { room: false } : {});
  seats.emp = await Seat.open(browser, server.link('emp'), { room: false, viewport: { width: 390, height: 844 } });
  await seats.emp.page.locator('rk-phone').waitFor();
  /* A meeting with one decision for all and one for fewer; sealed. */
  await seats.aps.page.evaluate(async (w) => {
    const { room } = document.querySelector('rk-room');
    await room.row('min.decisions', { text: w }, { to: room.meet.agenda.map((a) => a.row).find((r) => (room.cells.get(`conf.agenda_items/${r}/title`)?.value ?? '').includes('はじめに')) });
  }, DECISION);
  await seats.ps.page.evaluate(async () => {
    const { room } = document.querySelector('rk-room');
    const of = (part) => room.meet.agenda.map((a) => a.row).find((r) => (room.cells.get(`conf.agenda_items/${r}/title`)?.value ?? '').includes(part));
    await Promise.all([...room.seats.values()].filter((x) => ['emp', 'hw', 'pj', 'kp', 'lkp'].includes(x.role) && (x.at === 'room' || x.at === 'line')).map((x) => room.attend('out', { seat: x.seat })));
    await room.open(of('手続き'));
  });
  await seats.aps.page.locator('.item-now', { hasText: '手続き' }).waitFor();
  await seats.aps.page.evaluate(async (w) => {
    const { room } = document.querySelector('rk-room');
    await room.row('min.decisions', { text: w }, { to: room.meet.agenda.map((a) => a.row).find((r) => (room.cells.get(`conf.agenda_items/${r}/title`)?.value ?? '').includes('手続き')) });
  }, HIDDEN);
  await seats.ps.page.evaluate(async () => {
    const { room } = document.querySelector('rk-room');
    await room.close(true);
    await room.seal('2026-11-19');
  });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test('who may do nothing after the seal is offered nothing', async () => {
  for (const seat of [seats.emp, seats.hw]) {
    await record(seat);
    await says(seat, DECISION);
    const words = await body(seat);
    for (const w of ['訂正', '消す', '消した', '求め', '消去']) assert.ok(!words.includes(w), w);
    assert.equal(await seat.page.locator('#change-h').count(), 0);
  }
});

test('the recorder corrects, by the keyboard; the old words and the reason stay, and who read it is asked again', async () => {
  const { aps, emp } = seats;
  await button(emp, '署名のところへ').click();
  await code(emp, 'sign', true);
  await button(emp, '署名する').click();
  await says(emp, '署名を受け取りました');
  await record(aps);
  await button(aps, '文を訂正する').press('Enter');
  assert.match(await focused(aps), /change-bar/);
  assert.deepEqual(await aps.axe(), []);
  await fits(aps, 'pick-amend');
  const pick = aps.page.getByRole('button', { name: `選ぶ：${DECISION.slice(0, 20)}` });
  assert.equal(await aps.page.getByRole('button', { name: /^選ぶ：/ }).count() > 5, true);
  await pick.press('Enter');
  assert.equal(await focused(aps), 'amend-h');
  await aps.page.fill('#amend-why', '聞きまちがい');
  await button(aps, '訂正する').click();
  await says(aps, '前の文と同じです');
  assert.equal(await focused(aps), 'amend-value');
  await aps.page.fill('#amend-value', CORRECTED);
  await code(aps, 'amend', true);
  await says(aps, 'もう一度お願いする人');
  assert.deepEqual(await aps.axe(), []);
  await fits(aps, 'amend');
  await button(aps, '訂正する').click();
  await says(aps, '訂正を受け取りました');
  assert.match(await focused(aps), /record-note/);
  await says(aps, '次の区切りで伝わる訂正');
  await says(aps, CORRECTED);
  await fits(aps, 'amending');
  await record(emp);
  assert.ok(!(await body(emp)).includes(CORRECTED), 'not before the round');

  await server.goOn('2026-11-12T15:30');
  await record(emp);
  await says(emp, CORRECTED);
  for (const w of ['わけ：聞きまちがい', `訂正の前：${DECISION}`, '訂正がありました', '訂正の前の文に署名']) await says(emp, w);
  await record(aps);
  await says(aps, CORRECTED);
  assert.equal(await aps.page.getByText('次の区切りで伝わる訂正').count(), 0);
});

test('the person corrects its own words, and those alone', async () => {
  const { self } = seats;
  await record(self);
  /* It begins in plain words. */
  const offers = self.page.locator('#change-h ~ .row button'); // by place: words with readings have no plain name
  await offers.nth(1).click();
  await self.page.locator('.pick').first().click();
  assert.equal(await focused(self), 'erase-h');
  assert.deepEqual(await self.axe(), []);
  await fits(self, 'easy-erase');
  assert.match(await self.page.locator('rk-erase').innerText(), /もとには もどせません/);
  assert.ok(!(await self.page.locator('rk-erase').innerText()).includes('[object'));
  await button(self, 'やめる').click();
  await offers.nth(0).click();
  await self.page.locator('.pick').first().click();
  assert.deepEqual(await self.axe(), []);
  await fits(self, 'easy-amend');
  await button(self, 'やめる').click();
  await self.page.locator('.easy-switch').click();
  await button(self, '文を訂正する').click();
  const picks = await self.page.getByRole('button', { name: /^選ぶ：/ }).evaluateAll((all) => all.map((b) => b.getAttribute('aria-label')));
  assert.ok(picks.some((p) => p.includes('私は、')), picks.join());
  assert.ok(!picks.some((p) => p.includes('研修の開始') || p.includes('封筒は')), 'the minutes are the recorder\'s');
  await button(self, 'やめる').click();
  assert.equal(await focused(self), 'change-h');
  assert.equal(await self.page.getByRole('button', { name: /^選ぶ：/ }).count(), 0);
});

test('the person asks for a text to be erased, is told what that means; the companion is asked, and agrees', async () => {
  const { self, ps, aps, emp, cw } = seats;
  await record(emp);
  await says(emp, CORRECTED);
  const before_ = await body(emp);
  await button(self, '文を消すことを求める').click();
  await self.page.getByRole('button', { name: `選ぶ：${HIDDEN}` }).click();
  assert.equal(await focused(self), 'erase-h');
  for (const w of ['だれの写しからも消えます', 'すでに保存した写しからは消えません', '署名は、そのまま有効', 'もとにはもどせません', '本人と伴走者の2人']) await says(self, w);
  assert.deepEqual(await self.axe(), []);
  await fits(self, 'erase');
  await button(self, '消すことを求める').click();
  await says(self, 'わけを選びましょう');
  await self.page.getByLabel('本人が、消してほしいと求めている').check();
  await code(self, 'erase', true);
  await button(self, '消すことを求める').click();
  await says(self, '消すことを求めました');
  await says(self, 'もう一人の同意を待っています');
  await fits(self, 'asked');

  /* Told to the companion in the room and on the page; nobody else hears of it. */
  await ps.page.goto(ps.page.url().split('#')[0]);
  await ps.page.reload();
  await says(ps, '文を消すことの求めが1件、あなたの返事を待っています');
  for (const seat of [aps, cw]) {
    await record(seat);
    await says(seat, HIDDEN);
    assert.ok(!(await body(seat)).includes('消すことの求め'));
  }
  await ps.page.locator('.record-link').getByRole('link').click();
  await ps.page.setViewportSize({ width: 390, height: 844 });
  await button(ps, '消すことの求めへ').click();
  assert.equal(await focused(ps), 'change-h');
  await ps.page.setViewportSize({ width: 1440, height: 900 });
  await button(ps, 'この求めを読む').press('Enter');
  assert.equal(await focused(ps), 'erase-h');
  await says(ps, 'あなたが同意すると、すぐに消えます');
  assert.deepEqual(await ps.axe(), []);
  await fits(ps, 'agree');
  await code(ps, 'erase', true);
  await button(ps, '同意して消す').click();
  await says(ps, '文を消しました');
  await says(ps, '新しい写しを用意しています');
  assert.ok(!(await body(ps)).includes(HIDDEN));
  assert.match(await focused(ps), /record-note/);
  assert.deepEqual(await ps.axe(), []);
  await fits(ps, 'later');
  await record(emp);
  await says(emp, CORRECTED);
  assert.equal(await body(emp), before_, 'to who never read it nothing has changed');

  await server.goOn('2026-11-12T20:30');
  for (const seat of [ps, self, cw]) {
    await record(seat);
    await says(seat, '消した箇所が1か所あります');
    const words = await body(seat);
    assert.ok(!words.includes(HIDDEN) && words.includes('本人の求めによって'));
    assert.ok(words.includes('この写しは、封印と一致しました'), 'erased, not withheld');
    assert.ok(!words.includes('抜かれています'));
  }
  await fits(cw, 'erased');
  await record(emp);
  await says(emp, CORRECTED);
  assert.equal(await body(emp), before_);
  assert.ok(!emp.received.some((f) => f.includes('封筒')));
});

test('while a hold stands it is said why nothing goes; set meanwhile, the asking is refused in plain words', async () => {
  const { self, ps, emp } = seats;
  await record(self);
  await button(self, '文を消すことを求める').click();
  await self.page.getByRole('button', { name: `選ぶ：${CORRECTED.slice(0, 20)}` }).click();
  await server.command('hold', 'set', '--series', 'K-0101-C', '--why', '開示の請求があったため', '--by', '総務課', '--until', '2026-12-31', '--now', '2026-11-12T20:31');
  await self.page.getByLabel('書いてあることが、まちがっている').check();
  await code(self, 'erase');
  await button(self, '消すことを求める').click();
  await says(self, 'いまは消せません');
  await fits(self, 'refused');
  for (const seat of [self, ps]) {
    await record(seat);
    await says(seat, 'いまは、消せません');
    await says(seat, '令和8年12月31日（木）まで');
    await says(seat, '開示の請求があったため');
    assert.equal(await button(seat, '文を消すことを求める').count(), 0);
  }
  assert.deepEqual(await self.axe(), []);
  await fits(self, 'held');
  await record(emp);
  await says(emp, CORRECTED);
  assert.ok(!/保留|開示|消せません/.test(await body(emp)));
  await server.command('hold', 'lift', '--series', 'K-0101-C', '--why', '終わった', '--by', '総務課', '--now', '2026-11-12T20:32');
  await record(self);
  await button(self, '文を消すことを求める').waitFor();
});

test('what somebody wrote to its signature can go, too', async () => {
  const { self, ps, cw } = seats;
  const NOTE = '開けるのは再来週がよいと考えます。';
  await record(cw);
  await cw.page.getByLabel('意見を付けて署名する').first().check();
  await cw.page.fill('#note', NOTE);
  await cw.page.locator('#note-to').selectOption({ label: (await cw.page.locator('#note-to option', { hasText: '手続き' }).innerText()).trim() });
  await code(cw, 'sign', true);
  await button(cw, '署名する').click();
  await says(cw, '署名を受け取りました');
  await server.goOn('2026-11-13T20:30');
  for (const [role, seat] of [['self', self], ['ps', ps], ['cw', cw]]) {
    await seat.page.goto(server.link(role)); // a session ends after some hours
    await seat.page.waitForURL(/\/s\//);
    await record(seat);
    await says(seat, NOTE);
  }
  await button(ps, '文を消すことを求める').click();
  await ps.page.locator('.sig', { hasText: '木立' }).getByRole('button', { name: `選ぶ：${NOTE}` }).click();
  await ps.page.getByLabel('集めてはいけない').check();
  await code(ps, 'erase');
  await button(ps, '消すことを求める').click();
  await says(ps, '消すことを求めました');
  await record(self);
  await button(self, 'この求めを読む').click();
  await says(self, NOTE);
  await code(self, 'erase');
  await button(self, '同意して消す').click();
  await says(self, '文を消しました');
});

test('no screen complained', () => {
  for (const [role, seat] of Object.entries(seats)) assert.deepEqual(seat.complaints, [], role);
});
