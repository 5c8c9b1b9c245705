/* The page that checks copies of minutes: on the server, with the network cut off, and from a disk. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { readDisclosure } from '../vectors/minutes/prim.mjs';
import { bundle } from '../vectors/minutes/bundle.mjs';
import { readCase } from '../vectors/minutes/case.mjs';
import { sameChance, seal } from '../vectors/minutes/play.mjs';
import { b64, leafHash, openNote, keyId } from '../vectors/minutes/prim.mjs';
import { sample, sampleBundle } from '../vectors/minutes/sample.mjs';
import { Seat, launch } from './browser.mjs';
import { Server } from './server.mjs';

let server;
let browser;
const dir = mkdtempSync(join(tmpdir(), 'rokusha-verify-'));
const { log, text } = sampleBundle('p-cw');
const emp = sampleBundle('p-emp').text;
const fileOf = (name, words) => {
  writeFileSync(join(dir, name), words);
  return join(dir, name);
};
const COPY = fileOf('cw.rokusha.json', text);

before(async () => {
  browser = await launch();
  server = await Server.start();
});
after(async () => {
  await browser?.close();
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** The page, and every request it makes. */
async function open(url = `${server.base}/verify`, options = {}) {
  const seat = await Seat.open(browser, url, { room: false, ...options });
  await seat.page.locator('.check-drop').waitFor();
  seat.asked = [];
  seat.page.on('request', (r) => seat.asked.push(r.url()));
  return seat;
}
const choose = (seat, file) => seat.page.setInputFiles('#copy', file);
const says = (seat, words) => seat.page.getByText(words).first().waitFor();
const body = (seat) => seat.page.evaluate(() => document.body.innerText);
const WIDTHS = [320, 390, 1280];

async function fits(seat, name) {
  for (const width of WIDTHS) {
    await seat.page.setViewportSize({ width, height: 800 });
    assert.ok(await seat.page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), `${name} ${width}`);
    await seat.shot(`verify-${name}-${width}`);
  }
}

test('a copy is checked and read without the network', async () => {
  const seat = await open();
  await fits(seat, 'start');
  assert.deepEqual(await seat.axe(), []);
  await seat.context.setOffline(true);
  seat.asked.length = 0;
  await choose(seat, COPY);
  await says(seat, 'この写しは、封印と一致しました');
  const words = await body(seat);
  for (const w of ['鍵は、まだ見くらべていません', '決定①', '封筒は再来週、真砂と開ける。', '訂正の前', '封筒は来週、真砂と開ける。', '本人の予定が変わったため。',
    '意見を付けて署名', '申告の図は、25日までに差しかえます。', '反対の意見を付けて署名', '署名しません', '期限のあとに署名', 'サーバーが本人確認したという記録',
    '紙の署名（立ち会った人の確認あり）', 'しるしを代わりに記入', '署名を取り消しました', 'まだ署名していません', '消した箇所が', '本人の求めによって',
    'この写しだけでは分からないこと', '令和8年', '木立', 'あなた', '就労', '支援の内容', '訂正の前の文に署名']) {
    assert.ok(words.includes(w), `${w} in\n${words}`);
  }
  await fits(seat, 'shown');
  assert.deepEqual(await seat.axe(), []);
  assert.deepEqual(seat.asked, [], 'it asked somebody');
  assert.deepEqual(seat.complaints, []);
  await seat.close();
});

test('an employer reads what is the employer\'s, and no word more', async () => {
  const seat = await open();
  await choose(seat, fileOf('emp.json', emp));
  await says(seat, 'この写しは、封印と一致しました');
  const words = await body(seat);
  assert.ok(words.includes('豆田'));
  for (const w of ['封筒', '債務', '健康', '金銭', '法律', '非表示', 'ほかの議題', '訂正']) assert.ok(!words.replace(/訂正の前の文に署名/g, '').includes(w), w);
  await fits(seat, 'emp');
  await seat.close();
});

test('dropped onto the page; another one after it', async () => {
  const seat = await open();
  const drop = (name, words) => seat.page.evaluate(([n, t]) => {
    const data = new DataTransfer();
    data.items.add(new File([t], n, { type: 'application/json' }));
    document.querySelector('.check-drop').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
  }, [name, words]);
  await drop('x.json', 'this is no copy');
  await says(seat, 'この写しは、封印と一致しません');
  await seat.page.getByRole('button', { name: '別の写しを確かめる' }).click();
  await seat.page.locator('.check-drop').waitFor();
  assert.equal(await seat.page.evaluate(() => document.activeElement.id), 'copy');
  await drop('y.json', text);
  await says(seat, 'この写しは、封印と一致しました');
  assert.equal(await seat.page.evaluate(() => document.activeElement.id), 'result');
  await seat.close();
});

test('one letter changed, a place taken out, another server, a file that is too big', async () => {
  const seat = await open();
  const at = text.indexOf('"b":') + 400;
  await choose(seat, fileOf('changed.json', text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1)));
  await says(seat, 'この写しは、封印と一致しません');
  await fits(seat, 'invalid');
  assert.deepEqual(await seat.axe(), []);
  assert.ok(!(await body(seat)).includes('決定①'), 'what does not hold is not shown');
  await seat.page.getByRole('button', { name: '別の写しを確かめる' }).click();
  const leaf = JSON.parse(text).entries[1].b.flat().find((d) => readDisclosure(d)?.[1].includes('/row/min.decisions/'));
  await choose(seat, fileOf('thin.json', text.replace(leaf, `x:${b64(leafHash(leaf))}`)));
  await says(seat, '1か所が抜かれています');
  await seat.page.getByRole('button', { name: '別の写しを確かめる' }).click();
  await seat.page.fill('#trust', `# of the city\n${Buffer.alloc(33, 1).toString('base64')}\n`);
  await says(seat, '鍵が1つあります');
  await choose(seat, COPY);
  await says(seat, '鍵が、見くらべた鍵とちがいます');
  // The right one, while it is open.
  await seat.page.fill('#trust', `# of the city\n${log.publicKey}\n`);
  await says(seat, 'この写しは、封印と一致しました');
  assert.ok(!(await body(seat)).includes('鍵は、まだ見くらべていません'));
  await seat.page.getByRole('button', { name: '別の写しを確かめる' }).click();
  await seat.page.evaluate(() => {
    const data = new DataTransfer();
    const big = new File(['x'], 'big');
    Object.defineProperty(big, 'size', { value: 65 << 20 });
    const e = new DragEvent('drop', { bubbles: true, cancelable: true });
    Object.defineProperty(e, 'dataTransfer', { value: { files: [big] } });
    data.items.clear();
    document.querySelector('.check-drop').dispatchEvent(e);
  });
  await says(seat, 'このファイルは大きすぎます');
  assert.deepEqual(seat.complaints, []);
  await seat.close();
});

test('the line printed on paper is compared, in whatever groups', async () => {
  const seat = await open();
  await choose(seat, COPY);
  const root = b64(log.roots[2]);
  await seat.page.fill('#printed', root.slice(0, 20));
  await says(seat, '終わりまで入れると見くらべます');
  await seat.page.fill('#printed', `封印 ${log.origin} 2\n${root.replace(/.{4}/g, '$& ')}`);
  await says(seat, '紙の値と一致しました（2件目までの封印）');
  await seat.page.fill('#printed', b64(sample().roots[1]));
  await says(seat, '紙の値とは一致しません');
  await seat.close();
});

/* Two histories that part where somebody signed another thing, one log of a forger with the same name, one that goes on. */
function histories() {
  const DAY = 86_400;
  const made = (decision, o = {}) => {
    const l = seal(readCase(1), { rng: sameChance('f', 'p-emp'), ...o });
    l.until(l.at + DAY).sign('p-emp', { method: 'attested', time: l.at + DAY + 60, say: { decision } });
    return l.until(l.at + 3 * DAY);
  };
  const one = made('agree');
  return {
    one, two: made('decline'), forged: made('agree', { seeds: { log: Buffer.alloc(32, 8), attest: Buffer.alloc(32, 9) } }),
    next: seal(readCase(1), { origin: one.origin.replace('0123', '3210'), parent: `${one.origin} 2 ${b64(one.roots[2])}` }),
    apart: seal(readCase(1), { origin: one.origin.replace('0123', '1111') }),
  };
}

test('two copies: the same, one further on, another log, one that goes on, and two that part', async () => {
  const { one, two, forged, next, apart } = histories();
  const seat = await open();
  await seat.context.setOffline(true);
  seat.asked.length = 0;
  const compared = () => seat.page.locator('#fork').innerText();
  const against = async (name, words, title) => {
    await seat.page.setInputFiles('#other', fileOf(name, words));
    await seat.page.locator('#fork .callout h2', { hasText: title }).waitFor();
    assert.equal(await seat.page.evaluate(() => document.activeElement.id), 'fork');
    return compared();
  };
  await choose(seat, fileOf('one-emp.json', bundle(one, 'p-emp')));
  await says(seat, 'もうひとつの写しと見くらべる');
  assert.equal(await compared(), '');
  const { size } = JSON.parse(bundle(one, 'p-emp'));
  assert.match(await against('one-emp-again.json', bundle(one, 'p-emp'), '二つは、同じ記録です'), new RegExp(`^[^]*${size}件目までの封印が、すべて一致しました。`));
  assert.match(await against('one-first.json', bundle(one, 'p-ps', 1), '片方が新しい写しです'), /2件目までの封印が、すべて一致しました。そのあとは、はじめの写しにだけあります。[^]*真砂/);
  assert.match(await against('next.json', bundle(next, 'p-emp'), '引きついだ記録です'), /2件目の封印から引きついでいます/);
  assert.ok(!(await against('apart.json', bundle(apart, 'p-emp'), '別の記録です')).includes('一致しました'));
  assert.match(await against('broken.json', `${bundle(two, 'p-emp')}x`, 'もうひとつの写しは、封印と一致しません'), /見くらべることはできません/);
  for (const [name, log] of [['two', two], ['forged', forged]]) {
    const parts = one.roots.findIndex((r, i) => !r.equals(log.roots[i]));
    const words = await against(`${name}.json`, bundle(log, 'p-self'), '二つの記録は、食いちがっています');
    assert.ok(words.includes(`${parts}件目から`), words);
    // Only who has the server's key can have the server blamed.
    assert.equal(words.includes('サーバーは、二通りの記録に署名しました'), name === 'two');
    assert.equal(words.includes('まず、鍵を見くらべます'), name === 'forged');
    assert.ok(words.includes('二つの写しを、どちらも消さずに残します。'));
    const [download] = await Promise.all([seat.page.waitForEvent('download'), seat.page.getByRole('link', { name: '二つの署名を保存する' }).click()]);
    const kept = readFileSync(await download.path(), 'utf8');
    assert.equal(kept.trim(), (await seat.page.locator('.check-notes').textContent()).trim());
    const notes = kept.split(/(?<=\n— [^\n]+\n)\n/);
    assert.equal(notes.length, 2);
    for (const [note, l] of [[notes[0], one], [notes[1], log]]) {
      const typed = Buffer.from(l.publicKey, 'base64');
      assert.equal(openNote(Buffer.from(note), [`${l.origin}+${keyId(l.origin, typed).toString('hex')}+${l.publicKey}`]).result, 'ok', note);
    }
    await fits(seat, `parted-${name}`);
    assert.deepEqual(await seat.axe(), []);
  }
  // With the server's key to compare, the forger's copy is none at all.
  await seat.page.fill('#trust', one.publicKey);
  await seat.page.locator('#fork .callout h2', { hasText: 'もうひとつの写しの鍵は' }).waitFor();
  assert.equal(await seat.page.locator('.check-notes').count(), 0);
  // Dropped, like the first.
  await seat.page.evaluate(([t]) => {
    const data = new DataTransfer();
    data.items.add(new File([t], 'x.json', { type: 'application/json' }));
    document.querySelector('.check-other').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
  }, [bundle(two, 'p-ps')]);
  await seat.page.locator('#fork .callout h2', { hasText: '食いちがっています' }).waitFor();
  assert.deepEqual(seat.asked.filter((u) => !u.startsWith('data:')), [], 'it asked somebody');
  assert.deepEqual(seat.complaints, []);
  await seat.close();
});

/** What a reader meets: texts without their readings, attributes, options. */
const met = (seat) => seat.page.evaluate(() => {
  const copy = document.body.cloneNode(true);
  copy.querySelectorAll('rt, style, script').forEach((el) => el.remove());
  return [document.title, copy.textContent, ...[...copy.querySelectorAll('*')].flatMap((el) => [...el.attributes].map((a) => a.value))].join('\n');
});

test('in plain Japanese: one press, with readings, and it stays so', async () => {
  const seat = await open();
  const easy = () => seat.page.locator('.easy-switch');
  assert.equal(await seat.page.getByRole('button', { name: 'やさしい日本語' }).count(), 1);
  assert.equal(await easy().getAttribute('aria-pressed'), 'false');
  assert.equal(await seat.page.locator('rt').count(), 0);
  await easy().click();
  assert.equal(await easy().getAttribute('aria-pressed'), 'true');
  await seat.page.locator('.check-lead ruby', { hasText: '会議' }).waitFor();
  await fits(seat, 'easy-start');
  await choose(seat, COPY);
  await seat.page.locator('#result ruby').first().waitFor();
  const words = await met(seat);
  for (const w of ['封印と 合いました', '鍵は まだ くらべていません', 'みんなの 署名', 'この写しでは わからないこと', '午後5時', '決まったこと', '意見を 付けて 署名しました', '本人が たのみました', 'ほかの 写しを たしかめる']) {
    assert.ok(words.includes(w), `${w} in\n${words}`);
  }
  assert.ok(!/《|》|\[object|undefined/.test(words), 'a reading, or something else, stands where no element can');
  // What was written in the meeting stands as it was written.
  for (const w of ['封筒は再来週、真砂と開ける。', '申告の図は、25日までに差しかえます。']) assert.ok(words.includes(w), w);
  await seat.page.setInputFiles('#other', fileOf('other.json', emp));
  await seat.page.locator('#fork .callout ruby').first().waitFor();
  await fits(seat, 'easy');
  assert.deepEqual(await seat.axe(), []);
  await seat.page.reload();
  await seat.page.locator('.check-lead ruby').first().waitFor();
  await easy().click();
  await says(seat, 'この端末の中だけで確かめます');
  assert.equal(await seat.page.locator('rt').count(), 0);
  await seat.page.reload();
  await says(seat, 'この端末の中だけで確かめます');
  assert.deepEqual(seat.complaints, []);
  await seat.close();
});

test('by the keyboard alone', async () => {
  const seat = await open();
  await seat.page.keyboard.press('Tab');
  assert.ok(await seat.page.evaluate(() => document.activeElement.matches('.easy-switch')));
  await seat.page.keyboard.press('Tab');
  assert.equal(await seat.page.evaluate(() => document.activeElement.id), 'copy');
  await choose(seat, COPY);
  await says(seat, 'この写しは、封印と一致しました');
  const reached = new Set();
  for (let i = 0; i < 13; i++) {
    await seat.page.keyboard.press('Tab');
    reached.add(await seat.page.evaluate(() => document.activeElement.id || document.activeElement.textContent.trim()));
  }
  for (const one of ['別の写しを確かめる', 'trust', 'printed', 'other', 'くわしい値']) assert.ok(reached.has(one), `${one} of ${[...reached]}`);
  await seat.close();
});

test('saved to a disk it works there, and its own policy lets it ask nobody', async () => {
  const seat = await open();
  const [download] = await Promise.all([seat.page.waitForEvent('download'), seat.page.getByRole('link', { name: 'この画面を手元に保存する' }).click()]);
  const file = join(dir, 'saved.html');
  await download.saveAs(file);
  await seat.close();
  assert.ok(!/(src|href)="?[^#]/.test(readFileSync(file, 'utf8').replace(/<script[^]*<\/script>/g, '').replace(/<style>[^]*<\/style>/, '')), 'it names another file');
  const own = await open(pathToFileURL(file).href);
  await own.context.setOffline(true);
  own.asked.length = 0;
  await choose(own, COPY);
  await says(own, 'この写しは、封印と一致しました');
  assert.equal(await own.page.getByRole('link', { name: 'この画面を手元に保存する' }).count(), 0);
  assert.deepEqual(own.asked, []);
  assert.equal(await own.page.evaluate(() => fetch('data:text/plain,x').then(() => 'asked', () => 'refused')), 'refused');
  assert.deepEqual(own.complaints.filter((c) => !/Content Security Policy/.test(c)), []);
  await own.close();
});

test('a browser that cannot compute it gives no verdict', async () => {
  const context = await browser.newContext({ locale: 'ja-JP' });
  await context.addInitScript(() => {
    const whole = SubtleCrypto.prototype.importKey;
    SubtleCrypto.prototype.importKey = function without(...a) {
      return a[2]?.name === 'Ed25519' ? Promise.reject(new DOMException('no', 'NotSupportedError')) : whole.apply(this, a);
    };
  });
  const seat = await open(undefined, { context });
  await choose(seat, COPY);
  await says(seat, 'このブラウザーでは確かめられません');
  const words = await body(seat);
  assert.ok(!words.includes('一致しました') && !words.includes('一致しません'));
  await seat.shot('verify-unable');
  await seat.close();
});
