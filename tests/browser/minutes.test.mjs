/* From the end of a meeting to signed minutes in everybody's hands: on the real server, each seat at its own screen. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { verify } from '../vectors/minutes/verify.mjs';
import { Seat, launch } from './browser.mjs';
import { Server } from './server.mjs';

const DECISION = '研修の開始は10時を基本とし、12月まで試す。';
const HIDDEN = '封筒は来週、いっしょに開ける。';
const CODE = 'あさひが のぼる';
const dir = mkdtempSync(join(tmpdir(), 'rokusha-minutes-'));
let browser;
let server;
const seats = {};

const button = (seat, name) => seat.page.getByRole('button', { name, exact: true });
const says = (seat, words) => seat.page.getByText(words).first().waitFor();
const body = (seat) => seat.page.evaluate(() => document.body.innerText);
async function fits(seat, name, widths = [320, 390, 1280]) {
  const size = seat.page.viewportSize();
  for (const width of widths) {
    await seat.page.setViewportSize({ width, height: 800 });
    assert.ok(await seat.page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), `${name} ${width}`);
    await seat.shot(`minutes-${name}-${width}`);
  }
  await seat.page.setViewportSize(size);
}

before(async () => {
  browser = await launch();
  server = await Server.start(undefined, undefined, true);
  for (const role of ['ps', 'aps', 'cw', 'kp']) seats[role] = await Seat.open(browser, server.link(role));
  seats.emp = await Seat.open(browser, server.link('emp'), { room: false, viewport: { width: 390, height: 844 } });
  await seats.emp.page.locator('rk-phone').waitFor();
});
after(async () => {
  await browser?.close();
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
});

test('while it goes on nobody is offered a record', async () => {
  for (const seat of Object.values(seats)) assert.equal(await seat.page.locator('.record-link').count(), 0);
  /* What is written in the room is of other tests; here it is only there. */
  const inRoom = (seat, run, words) => seat.page.evaluate(([code, w]) => {
    const { room } = document.querySelector('rk-room');
    const title = (r) => room.cells.get(`conf.agenda_items/${r}/title`)?.value ?? '';
    const of = (part) => room.meet.agenda.map((a) => a.row).find((r) => title(r).includes(part));
    return code === 'first' ? Promise.all([room.row('min.decisions', { text: w }, { to: of('はじめに') }), room.row('min.actions', { what: '勤務表を作る' }, { to: of('はじめに') })])
      : code === 'hidden' ? room.row('min.decisions', { text: w }, { to: of('手続き') }) : code === 'open' ? Promise.all([...room.seats.values()]
        .filter((x) => ['emp', 'hw', 'pj', 'kp', 'lkp'].includes(x.role) && (x.at === 'room' || x.at === 'line')).map((x) => room.attend('out', { seat: x.seat }))).then(() => room.open(of('手続き')))
        : room.close(true);
  }, [run, words]);
  await inRoom(seats.aps, 'first', DECISION);
  await inRoom(seats.ps, 'open');
  await seats.aps.page.locator('.item-now', { hasText: '手続き' }).waitFor();
  await inRoom(seats.aps, 'hidden', HIDDEN);
  await inRoom(seats.ps, 'end');
});

test('the chair sees what is missing, the copy it will get, sets a day, and seals', async () => {
  const { ps } = seats;
  await ps.page.locator('.record-link', { hasText: '会議の記録に封をします' }).getByRole('link').click();
  await ps.page.getByRole('heading', { name: '記録に封をする' }).waitFor();
  await says(ps, 'だれがするか、書かれていない役割（1）');
  await says(ps, '期限のない役割（1）');
  assert.deepEqual(await ps.axe(), []);
  await fits(ps, 'sealing');
  await button(ps, 'あなたの席の写しを見てみる').click();
  await says(ps, DECISION);
  await says(ps, HIDDEN);
  await ps.page.fill('#until', '2026-11-12');
  await button(ps, '封をする').click();
  await says(ps, '今日よりあとの日を選びましょう');
  await ps.page.fill('#until', '2026-11-19');
  await button(ps, '封をする').click();
  await button(ps, 'このまま封をする').press('Enter');
  await ps.page.getByRole('heading', { name: '議事録を読んで署名する' }).waitFor();
  await says(ps, 'この写しは、封印と一致しました');
  await says(ps, HIDDEN);
  assert.deepEqual(JSON.parse(ps.sent.findLast((f) => f.includes('"seal"'))).until, '2026-11-19');
  assert.deepEqual(await ps.axe(), []);
  await fits(ps, 'sign-ps');
});

test('the caseworker dissents, to those it sat with; the code is made at first use', async () => {
  const { cw } = seats;
  await cw.page.reload();
  await cw.page.locator('.record-link', { hasText: '署名のお願い' }).getByRole('link').click();
  await says(cw, 'あなたが署名するもの');
  await cw.page.getByLabel('反対の意見を付けて署名する').check();
  await button(cw, '署名する').click();
  await says(cw, '意見を書きましょう');
  await cw.page.fill('#note', '開けるのは再来週がよいと考えます。');
  await cw.page.locator('#note-to').selectOption({ label: (await cw.page.locator('#note-to option', { hasText: '手続き' }).innerText()).trim() });
  await cw.page.fill('#sign-code', 'みじかい');
  await button(cw, '署名する').click();
  await says(cw, '8文字以上にします');
  await cw.page.fill('#sign-code', CODE);
  await cw.page.fill('#sign-again', `${CODE}x`);
  await button(cw, '署名する').click();
  await says(cw, '二つの合いことばが、ちがっています');
  await cw.page.fill('#sign-again', CODE);
  await button(cw, '署名する').click();
  await says(cw, '署名を受け取りました');
  assert.ok(await cw.page.evaluate(() => document.activeElement.classList.contains('record-note')));
  const words = await body(cw);
  for (const w of ['反対の意見を付けて署名', 'サーバーが本人確認したという記録', '受け付けました', '開けるのは再来週がよいと考えます。']) assert.ok(words.includes(w), w);
  assert.deepEqual(await cw.axe(), []);
  await fits(cw, 'signed-cw');
});

test('the employer reads its part on the phone and agrees, by the keyboard; a wrong code is said; then it thinks again', async () => {
  const { emp } = seats;
  await emp.page.reload();
  await emp.page.locator('.record-link').getByRole('link').click();
  await says(emp, DECISION);
  const words = await body(emp);
  for (const w of [HIDDEN, '封筒', '手続き', '健康', '金銭', '非表示', '反対', '再来週']) assert.ok(!words.replace('反対の意見を付けて署名する', '').replace('反対でも賛成でも', '').includes(w), w);
  await button(emp, '署名のところへ').press('Enter');
  assert.equal(await emp.page.evaluate(() => document.activeElement.id), 'sign-h');
  await emp.page.keyboard.press('Tab');
  assert.equal(await emp.page.evaluate(() => document.activeElement.value), 'agree');
  await emp.page.keyboard.press('Tab');
  await emp.page.keyboard.type(CODE);
  await emp.page.keyboard.press('Tab');
  await emp.page.keyboard.type(CODE);
  await emp.page.keyboard.press('Enter');
  await says(emp, '署名を受け取りました');
  assert.deepEqual(await emp.axe(), []);
  await fits(emp, 'signed-emp');
  await button(emp, '署名を取り消す').click();
  await emp.page.fill('#back-code', 'ちがう合いことば');
  await button(emp, '取り消す').click();
  await says(emp, '合いことばが、ちがいます');
  await emp.page.fill('#back-code', CODE);
  await button(emp, '取り消す').click();
  await says(emp, '署名を取り消しました');
  await says(emp, 'あなたが署名するもの');
  // In all that was ever sent to it there is no word of the rest.
  assert.ok(!emp.received.some((f) => f.includes('封筒')));
});

test('what is kept is told where it may be: the companion reads the dissent, the teacher only that all agree', async () => {
  const { ps, kp } = seats;
  await ps.page.reload();
  await says(ps, '反対の意見を付けて署名');
  await says(ps, '開けるのは再来週がよいと考えます。');
  await kp.page.reload();
  await kp.page.locator('.record-link').getByRole('link').click();
  await says(kp, DECISION);
  await kp.page.locator('.sig', { hasText: '木立' }).getByText('署名ずみ').waitFor();
  const words = await body(kp);
  assert.ok(!words.includes('再来週') && !words.includes(HIDDEN));
});

test('a paper of somebody else is entered with its hash', async () => {
  const { ps } = seats;
  await button(ps, '紙の署名を書き入れる').click();
  await ps.page.locator('#for-who').selectOption({ label: (await ps.page.locator('#for-who option', { hasText: 'みなと' }).innerText()).trim() });
  await ps.page.locator('#for-what').selectOption('agree');
  await ps.page.fill('#for-code', CODE);
  await ps.page.fill('#for-again', CODE);
  await button(ps, '書き入れる').click();
  await says(ps, 'まだ選んでいないところがあります');
  await ps.page.setInputFiles('#for-scan', { name: 'scan.png', mimeType: 'image/png', buffer: Buffer.from('scan') });
  await says(ps, '照合値');
  await button(ps, '書き入れる').click();
  await says(ps, '書き入れました');
  await ps.page.locator('.sig', { hasText: 'みなとさん' }).getByText('紙の署名（立ち会った人の確認あり）').waitFor();
  assert.deepEqual(await ps.axe(), []);
});

test('the copy that is saved holds elsewhere; on paper every sheet says whose it is, and how many there are', async () => {
  const { cw, emp } = seats;
  for (const [name, seat] of [['cw', cw], ['emp', emp]]) {
    const [download] = await Promise.all([seat.page.waitForEvent('download'), button(seat, '写しを保存する').click()]);
    assert.match(download.suggestedFilename(), /^kiroku-2026-11-12\.rokusha\.json$/);
    await download.saveAs(join(dir, `${name}.json`));
    const bytes = readFileSync(join(dir, `${name}.json`));
    const { key } = JSON.parse(bytes);
    const report = verify(bytes, [key]);
    assert.equal(report.verdict, 'valid', report.why);
    await seat.page.goto(`${server.base}/verify`);
    await seat.page.setInputFiles('#copy', join(dir, `${name}.json`));
    await says(seat, 'この写しは、封印と一致しました');
    await seat.page.goBack();
  }
  await cw.page.locator('.record-link, .record-page').first().waitFor();
  if (await cw.page.locator('.record-link').count() > 0) await cw.page.locator('.record-link').getByRole('link').click();
  await button(cw, '紙に印刷する').click();
  await cw.page.locator('.sheet').first().waitFor();
  await says(cw, '1／');
  const n = await cw.page.locator('.sheet').count();
  assert.deepEqual(await cw.page.locator('.sheet-foot').evaluateAll((all) => all.map((f) => /\d+／\d+/.exec(f.textContent)[0])),
    Array.from({ length: n }, (_, i) => `${i + 1}／${n}`));
  assert.ok(await cw.page.locator('.sheet-body').evaluateAll((all) => all.every((b) => b.scrollHeight <= b.clientHeight)), 'nothing is cut off');
  const pdf = await cw.page.pdf({ preferCSSPageSize: true, printBackground: true });
  assert.equal([...pdf.toString('latin1').matchAll(/\/Type\s*\/Page\b(?!s)/g)].length, n);
  assert.deepEqual(await cw.axe(), []);
  await cw.shot('minutes-sheets');
  await button(cw, 'もどる').click();
  await says(cw, 'みんなの署名');
});

test('no screen complained', () => {
  for (const [role, seat] of Object.entries(seats)) assert.deepEqual(seat.complaints, [], role);
});
