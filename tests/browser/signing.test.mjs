/*
 * Signing with a passkey, from the record in the room to the verifier: the real server with TLS on its two names,
 * Chromium's own authenticator, windows as people have them.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { b64, disclose, pairOf, rootOf } from '../vectors/minutes/prim.mjs';
import { verify } from '../vectors/minutes/verify.mjs';
import { Seat, launch } from './browser.mjs';
import { Server } from './server.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const HOST = 'rokusha.test';
const HOME = `https://${HOST}`;
const CODE = 'あさひが のぼる';
const DECISION = '研修の開始は10時を基本とし、12月まで試す。';
const NOTE = '朝の電車が<b>心配</b>です。';
const dir = mkdtempSync(join(tmpdir(), 'rokusha-signing-'));
let browser;
let server;
const seats = {};

const button = (page, name) => page.getByRole('button', { name, exact: true });
const says = (page, words) => page.getByText(words).first().waitFor();

/** A window that a press opens, with an authenticator of its own; `keys`: what is on it already. */
async function signer(seat, press, options = {}, keys = []) {
  const opening = seat.context.waitForEvent('page');
  await press();
  const page = await opening;
  const complaints = [];
  page.on('console', (m) => { if (['error', 'warning'].includes(m.type())) complaints.push(m.text()); });
  page.on('pageerror', (e) => complaints.push(String(e)));
  const cdp = await seat.context.newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options: {
    protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal', hasResidentKey: true,
    hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true, ...options,
  } });
  for (const credential of keys) await cdp.send('WebAuthn.addCredential', { authenticatorId, credential });
  return { page, cdp, complaints, keys: async () => (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials };
}

before(async () => {
  const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
    '-keyout', key, '-out', cert, '-days', '2', '-subj', `/CN=${HOST}`, '-addext', `subjectAltName=DNS:${HOST},DNS:sign.${HOST}`], { stdio: 'ignore' });
  server = await Server.start(undefined, undefined, true, null, ['--tls-cert', cert, '--tls-key', key, '--origin', HOME, '--passkeys']);
  browser = await launch(['--ignore-certificate-errors', `--host-resolver-rules=MAP ${HOST} 127.0.0.1:${server.port},MAP *.${HOST} 127.0.0.1:${server.port}`]);
  const open = (role, more) => Seat.open(browser, server.link(role, HOME), more);
  seats.ps = await open('ps');
  seats.aps = await open('aps');
  seats.emp = await open('emp', { room: false, viewport: { width: 390, height: 844 } });
  await seats.emp.page.locator('rk-phone').waitFor();
  await seats.aps.page.evaluate(([words]) => {
    const { room } = document.querySelector('rk-room');
    const of = room.meet.agenda.map((a) => a.row).find((r) => (room.cells.get(`conf.agenda_items/${r}/title`)?.value ?? '').includes('はじめに'));
    return room.row('min.decisions', { text: words }, { to: of });
  }, [DECISION]);
  await seats.ps.page.evaluate(() => document.querySelector('rk-room').room.close(true));
  await seats.ps.page.locator('.record-link').getByRole('link').click();
  await seats.ps.page.fill('#until', '2026-11-19');
  await button(seats.ps.page, '封をする').click();
  await button(seats.ps.page, 'このまま封をする').click();
  await seats.ps.page.getByRole('heading', { name: '議事録を読んで署名する' }).waitFor();
  await seats.emp.page.reload();
  await seats.emp.page.locator('.record-link').getByRole('link').click();
  await says(seats.emp.page, 'あなたが署名するもの');
});
after(async () => {
  await browser?.close();
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
});

let keys = [];

test('the employer makes a passkey with its code and signs on the signing page, which read the copy itself', async () => {
  const { emp } = seats;
  const { page } = emp;
  await page.getByLabel('意見を付けて署名する').first().check();
  await page.fill('#note', NOTE);
  await page.locator('#note-to').selectOption({ index: 1 });
  const to = (await page.locator('#note-to option').nth(1).innerText()).trim();
  await page.getByLabel('パスキーで署名する').check();
  await says(page, 'この端末にパスキーを作ります');
  await page.fill('#sign-code', CODE);
  await page.fill('#sign-again', CODE);
  assert.deepEqual(await emp.axe(), []);
  await emp.shot('signing-choose-390');
  const s = await signer(emp, () => button(page, '署名する').click());
  await s.page.waitForURL(`https://sign.${HOST}/`);
  await s.page.getByRole('heading', { name: 'この端末にパスキーを作ります' }).waitFor();
  await s.page.screenshot({ path: join(root, 'build/shots/signing-make-390.png') });
  await button(s.page, 'パスキーを作る').click();
  await s.page.getByRole('heading', { name: '読んで、署名します' }).waitFor();
  for (const words of [DECISION, NOTE, '意見を付けて署名する', to]) await says(s.page, words);
  const seal = await page.locator('.seal-value').first().innerText();
  assert.equal(await s.page.locator('.seal-value').first().innerText(), seal, 'both computed it');
  const asSeat = Object.assign(Object.create(Seat.prototype), { page: s.page });
  assert.deepEqual(await asSeat.axe(), []);
  for (const width of [320, 390, 1280]) {
    await s.page.setViewportSize({ width, height: 900 });
    assert.ok(await s.page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), `${width}`);
    await asSeat.shot(`signing-sign-${width}`);
  }
  await button(s.page, 'パスキーで署名する').click();
  await says(page, '署名を受け取りました');
  await s.page.getByRole('heading', { name: '署名を受け取りました' }).waitFor();
  await says(page, '自分の鍵（パスキー）で署名');
  keys = await s.keys();
  assert.equal(keys.length, 1);
  assert.equal(keys[0].rpId, `sign.${HOST}`);
  assert.deepEqual([s.complaints, emp.complaints], [[], []]);
  const closed = s.page.waitForEvent('close');
  await button(s.page, '閉じる').click();
  await closed;
});

test('in the next copy the signature is there, and whose key it is: Node and rokusha-verify say so', async () => {
  const status = await seats.emp.page.evaluate(async () => (await fetch(`${location.pathname}/minutes`)).json());
  assert.equal(status.acts.find((a) => a.party === status.party).method, 'webauthn');
  await server.goOn('2026-11-12T16:00');
  const bundle = await seats.emp.page.evaluate(async () => (await fetch(`${location.pathname}/minutes/bundle`)).text());
  const r = verify(bundle, [status.key]);
  assert.equal(r.verdict, 'valid', r.why);
  const act = r.acts.find((a) => a.party === status.party);
  assert.equal(act.method, 'webauthn');
  writeFileSync(join(dir, 'bundle.json'), bundle);
  writeFileSync(join(dir, 'trust.txt'), `${status.key}\n`);
  const said = execFileSync(join(root, 'build/dev/rokusha-verify'), [join(dir, 'bundle.json'), '--trust', join(dir, 'trust.txt')], { encoding: 'utf8' });
  assert.match(said, /パスキー/);
  await seats.emp.page.reload();
  await says(seats.emp.page, 'この写しは、封印と一致しました');
  await says(seats.emp.page, '自分の鍵（パスキー）で署名');
});

/** The server says something else than it was asked for: what it answers is changed in the page of the meeting. */
let change = (draft) => draft;
async function twist(page) {
  await page.exposeFunction('changed', (draft) => change(draft));
  await page.evaluate(() => {
    const ask = window.fetch;
    window.fetch = async (url, init) => {
      const answer = await ask(url, init);
      return String(url).endsWith('/draft') && answer.ok ? new Response(JSON.stringify(await globalThis.changed(await answer.json()))) : answer;
    };
  });
}

test('a draft that says more, less or otherwise is not signed: the signing page makes the statement itself', async () => {
  const { ps } = seats;
  const { page } = ps;
  await page.getByLabel('パスキーで署名する').check();
  await page.fill('#sign-code', CODE);
  await page.fill('#sign-again', CODE);
  let s = await signer(ps, () => button(page, '署名する').click());
  await button(s.page, 'パスキーを作る').click();
  await s.page.getByRole('heading', { name: '読んで、署名します' }).waitFor();
  keys = await s.keys();
  await s.page.close();
  await says(page, '署名の画面が閉じられました');
  await twist(page);
  let last;
  change = (d) => { last = d; return d; };
  s = await signer(ps, () => button(page, '署名する').click(), {}, keys);
  await s.page.getByRole('heading', { name: '読んで、署名します' }).waitFor();
  await s.page.close();
  await says(page, '署名の画面が閉じられました');
  const swap = (d, from, to) => ({ ...d, drafts: d.drafts.map((x) => ({ ...x, statement: x.statement.replace(from, to) })) });
  /* A server that lies in a draft, and makes a statement that fits it. */
  const made = (d, lie) => ({ ...d, drafts: d.drafts.map(lie).map((x) => {
    const view = rootOf(x.view.map((v, i) => pairOf(disclose(v.slice(0, 43), `view/${i}`, v.endsWith('+')))));
    const say = rootOf(x.say.map(pairOf));
    return { ...x, statement: x.statement.replace(/view .*/, `view ${b64(view)}`).replace(/say .*/, `say ${b64(say)}`) };
  }) });
  const saying = (x, f) => ({ ...x, say: x.say.map((d, i) => {
    const [salt, name, value] = JSON.parse(Buffer.from(d, 'base64url').toString());
    return disclose(salt, name, f(value, i));
  }) });
  assert.equal(JSON.stringify(made(last, (x) => x)), JSON.stringify(last), 'a fitting statement is what the server made');
  const changes = {
    read: (d) => made(d, (x) => ({ ...x, view: x.view.map((v) => `${v.slice(0, 43)}+`) })),
    unread: (d) => made(d, (x) => ({ ...x, view: x.view.map((v, i) => (i === 0 ? `${v.slice(0, 43)}-` : v)) })),
    declined: (d) => made(d, (x) => saying(x, (v) => (v ? { ...v, decision: 'decline' } : v))),
    elsewhere: (d) => made(d, (x) => saying(x, (v) => v ?? { decision: 'agree' })),
    nowhere: (d) => made(d, (x) => saying(x, () => null)),
    remark: (d) => made(d, (x) => saying(x, (v) => (v ? { ...v, note: b64(Buffer.alloc(32, 1)) } : v))),
    vouch: (d) => made(d, (x) => saying(x, (v) => (v ? { ...v, about: b64(Buffer.alloc(32, 1)) } : v))),
    renamed: (d) => made(d, (x) => ({ ...x, say: [x.say[1], x.say[0], ...x.say.slice(2)] })),
    party: (d) => swap(d, /party [0-9a-f]{16}/, 'party 0123456789abcdef'),
    root: (d) => swap(d, /\n2\n[^\n]+/, `\n2\n${Buffer.alloc(32, 1).toString('base64')}`),
    method: (d) => swap(d, 'method webauthn', 'method paper'),
    key: (d) => ({ ...d, spki: Buffer.from(Buffer.from(d.spki, 'base64').map((b, i) => (i === 60 ? b ^ 1 : b))).toString('base64') }),
    view: (d) => ({ ...d, drafts: d.drafts.map((x) => ({ ...x, view: x.view.map((v, i) => (i === 0 ? `${v.slice(0, 43)}${v.endsWith('+') ? '-' : '+'}` : v)) })) }),
    say: (d) => ({ ...d, drafts: d.drafts.map((x) => ({ ...x, say: x.say.map((v) => Buffer.from(Buffer.from(v, 'base64url').toString().replace('agree', 'decline')).toString('base64url')) })) }),
    note: (d) => ({ ...d, drafts: d.drafts.map((x) => ({ ...x, note: [Buffer.from(`["${'A'.repeat(43)}","s00/note/0123456789abcdef","x"]`).toString('base64url')] })) }),
    time: (d) => swap(d, /time \d+/, 'time 1'),
  };
  for (const [name, what] of Object.entries(changes)) {
    change = what;
    s = await signer(ps, () => button(page, '署名する').click(), {}, keys);
    await says(s.page, '署名できません');
    assert.equal(await button(s.page, 'パスキーで署名する').count(), 0, name);
    await s.page.close();
    await says(page, '署名の画面が閉じられました');
  }
  change = (draft) => draft;
  // And as it is, it is signed: the same window, the same key.
  s = await signer(ps, () => button(page, '署名する').click(), {}, keys);
  await button(s.page, 'パスキーで署名する').click();
  await says(page, '署名を受け取りました');
});

test('a device that recognises nobody signs nothing, and says so; a lost passkey is ended', async () => {
  const { aps } = seats;
  const { page } = aps;
  await page.reload();
  await page.locator('.record-link').getByRole('link').click();
  await page.getByLabel('パスキーで署名する').check();
  await page.fill('#sign-code', CODE);
  await page.fill('#sign-again', CODE);
  const s = await signer(aps, () => button(page, '署名する').click(), { isUserVerified: false });
  await button(s.page, 'パスキーを作る').click();
  await says(s.page, '署名をやめたか、時間がすぎました');
  assert.deepEqual(await s.keys(), []);
  await s.cdp.send('WebAuthn.disable');
  await s.page.close();
  await says(page, '署名の画面が閉じられました');

  const { ps } = seats;
  await ps.page.getByText('あなたのパスキー').click();
  await button(ps.page, '使えなくする').click();
  await ps.page.fill('#end-code', CODE);
  assert.deepEqual(await ps.axe(), []);
  await ps.shot('signing-end');
  await ps.page.locator('rk-keys form').getByRole('button', { name: '使えなくする' }).click();
  await says(ps.page, 'パスキーを使えなくしました');
  assert.equal(await ps.page.getByText('あなたのパスキー').count(), 0);
});

test('the signing page listens to no other page, and alone it says where to begin', async () => {
  const { context } = seats.emp;
  const page = await context.newPage();
  await page.goto(`https://sign.${HOST}/`);
  await says(page, 'この画面は、会議の記録の画面から開きます');
  await page.evaluate(() => window.postMessage({ 'rokusha-sign/1': { is: 'make', challenge: 'AAAA', known: [] } }, '*'));
  await page.evaluate(() => new Promise((done) => { window.addEventListener('message', done, { once: true }); window.postMessage(1, '*'); }));
  assert.equal(await button(page, 'パスキーを作る').count(), 0);
  await page.close();
});
