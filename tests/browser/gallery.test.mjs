/* Every state a user can meet, made of the real elements: words, axe, no sideways scroll, keyboard. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { Seat, launch } from './browser.mjs';

/** What each state has to say to whoever meets it. */
const SAYS = {
  saved: ['すべて保存しました'],
  sending: ['保存しています'],
  reconnecting: ['つながり直しています', '書き続けられます'],
  offline: ['いま、つながっていません', '1か所', 'この画面を閉じないでください', 'もう一度つなぐ'],
  back: ['つながりました', 'すべて保存しました'],
  stuck: ['保存できるようになるのを待っています', '読むことはできます'],
  again: ['つないでいます', '保存できるようになるのを待っています', '1か所', 'この画面を閉じないでください'],
  'room-offline': ['いま、つながっていません', '1か所', 'この画面を閉じないでください', 'もう一度つなぐ', '支援の内容'],
  composing: ['変換中', '白浜さんの変更が1つ待っています'],
  others: ['白浜さんが書いています', '店長に、'],
  stale: ['先に「進行中」に変わっていました', '「見直し」にする', '「進行中」のままにする'],
  voice: ['本人の希望', 'いまの工房の空気が好き', 'みなとさんの言葉です。直すことはできません'],
  'reach-out': ['この欄を見られる人', '6人', '職場（豆田）', '遠見先生も読みます'],
  'reach-in': ['3人', '遠見先生も読みます'],
  'reach-team': ['2人', '本人には見えません'],
  suggest: ['豆田さんの提案', '返事を待っています', '土曜は9時開始のまま', '仕込みの都合です', '取り入れる', '返事をする'],
  'suggest-answer': ['この欄を見られる人が読みます', '送る'],
  'suggest-answered': ['あなたの提案', '真砂さんの返事：来月の会議で決めましょう', '確かめました'],
  'suggest-taken': ['取り入れられました'],
  'suggest-new': ['こう書いては？', 'わけ', 'この案を出す'],
  history: ['これまでの変更', 'はじめの内容', '白浜さん', 'みなとさん（聞き取り・書いた人 真砂さん）', 'この時の文'],
  refused: ['この変更は受け取れませんでした', '土曜は9時開始のまま、12月まで試す。', '文を写しとる'],
  'refused-register': ['この変更は受け取れませんでした', '終わり'],
  withdrawn: ['みなとさんが、同意をやめました', '遠見先生には「支援の内容」が見えなくなりました'],
  dropped: ['本人の希望', '欄を選ぶと'],
  'consent-stopped': ['やめました', '遠見先生は、もう見られません', 'もう聞いた話は、消せません'],
  'consent-missing': ['何を見せるかを、選びましょう'],
  hidden: ['就労', '非表示の項目あり'],
  empty: ['（空）'],
  'no-minutes': ['決まったことは、まだありません', '決定を書く'],
  pause: ['みなとさんが休けいを選びました', '時計を止めました', '進行の人も、終えられます'],
  'pause-mine': ['休けい', '休けいを終える'],
  'board-empty': ['いまいる全員が読めるものだけを、映しています'],
  gate: ['ここで2人を見送ります', '豆田', '遠隔・まだ在室', '退室を確かめました', '見送って議題2へ'],
  'gate-told': ['まだ在室：白浜（会場）、豆田（遠隔）'],
  'gate-open': ['見送って議題2へ'],
  waiting: ['豆田', '入れる'],
  'door-before': ['まだ始まっていません', '14:00'],
  'door-door': ['入る'],
  'door-wait': ['お待ちください'],
  'door-on': ['もう一度お呼びします'],
  'door-done': ['ここまでです'],
  'phone-done': ['ここまでです', '豆田さん', '会議室を出る'],
  left: ['ここまでです', 'ご出席ありがとうございました'],
  'entry-opening': ['開いています'],
  'entry-waiting': ['開いています'],
  'entry-missing': ['リンク'],
  'entry-invalid': ['リンク'],
  'entry-failed': ['もう一度'],
  'entry-silent': ['もう一度'],
  policy: ['見える範囲の決まりが変わりました', '承認すると増える', 'もう減っている', 'そのほか', '好きなこと'],
  'policy-sure': ['この会議の全員にすぐ効きます', '承認して、効かせる', 'まだしない'],
  'policy-done': ['承認しました'],
  'record-link-seal': ['会議の記録に封をします', '記録に封をする'],
  'record-link-sign': ['署名のお願い', '令和8年11月19日（木）までに', '読んで署名する'],
  'record-link-read': ['会議の記録', '記録を開く'],
  'record-phone-link': ['ここまでです', '署名のお願い', '読んで署名する'],
  'record-none': ['会議の記録は、まだありません', '封をするのを待っています'],
  'record-failed': ['いま、記録を開けませんでした', 'もう一度ためす'],
  'record-ended': ['足りないところ', 'だれがするか、書かれていない役割（1）', '期限のない役割（2）', '退室の印がない人（1）', '会議室で直す', '署名の期限', '封をする'],
  'record-ended-whole': ['足りないところは、ありません', 'もとにはもどせません', 'このまま封をする', 'まだしない'],
  'record-preview': ['封をする前の見本です', '決定①', '封筒は来週、真砂と開ける。', '封をしたときの計画'],
  'record-key-first': ['署名のしかた', 'いちばん強い署名です', 'はじめに、合いことばで確かめてから', '署名の合いことばを決める', 'サーバーは、代わりに作れません'],
  'record-key-many': ['どのパスキー', '署名する'],
  'record-key-end': ['あなたのパスキー', '端末をなくしたとき', '使えなくする'],
  'record-sign': ['議事録を読んで署名する', 'あなたが署名するもの', '議題5件、決定5件、役割7件', 'ここに書かれていないことは、ふくみません', '全員が同じ封印に署名します',
    'このとおりでよい', '署名の合いことばを決める', 'もう一度、同じ合いことば', 'サーバーを信じるかぎりの署名です', 'この写しは、封印と一致しました', '写しを保存する', 'まだ署名していません', '次の区切りで'],
  'record-dissent': ['意見を伝える相手', '「手続き・お金・封筒」を読む5人', 'あなたの写しにだけ残す', 'そのまま残ります'],
  'record-no-note': ['意見を書きましょう'],
  'record-wrong-code': ['合いことばが、ちがいます'],
  'record-kept': ['意見を付けて署名', '受け付けました', '署名を取り消す'],
  'record-earlier': ['ほかの会議の記録', '令和8年8月14日（金）に封をした記録', '署名の期限 令和8年8月'],
  'record-withdraw': ['取り消したことが残ります', '署名の合いことば', '取り消す'],
  'record-corrected': ['訂正のあとの文に、もう一度署名をお願いします', '訂正の前の文に署名', '封筒は再来週', '本人の予定が変わったため'],
  'record-all': ['消した箇所が1か所あります', '期限のあとに署名', '署名しません'],
  'record-emp': ['弁当工房', '研修のふり返りと今後の進め方', '議題2件、決定2件、役割4件'],
  'record-easy': ['このとおりで いいです', 'かいぎ', 'しょめい', 'ふういん'],
  'record-easy-dissent': ['はんたい', 'とおりに', 'つた'],
  'record-vouch': ['立ち会った人の確認は、まだありません', 'あなたがいたことを', '立ち会いました', '署名の合いことばを決める'],
  'record-code-change': ['いまの合いことば', '新しい合いことば', '前にした署名は、そのまま残ります'],
  'record-code-forgot': ['合いことばをわすれた', '新しい合いことばを作れます', '確かめをお願いする'],
  'record-code-asked': ['確かめを待っています', '7日のあいだ', '確かめがすんだか見る', '合いことばを変える'],
  'record-code-anew': ['1日のうちに', '新しい合いことばにする'],
  'record-code-vouch': ['合いことばをわすれました', '本人が頼んだと分かったときだけ', '確かめました', '署名の合いことば'],
  'record-paper': ['紙の署名を書き入れる', 'だれの署名', '紙の画像', '照合値だけが残ります'],
  'record-mark': ['しるしを代わりに記入する', '立ち会った人'],
  'record-mismatch': ['署名できません', 'ちがいます'],
  'record-invalid': ['この写しは、封印と一致しません', '写しを保存する'],
  'record-sheets': ['全', '取扱注意', '閲覧者', '署名', 'この写しを確かめるには', '1／', '令和8年11月12日（木）', '封印'],
  'record-change-asked': ['消すことの求め', 'みなとさんが、', 'に求めました', '本人が、消してほしいと求めている', 'この求めを読む', '文を消すことを求める'],
  'record-change-agree': ['文を消すことに同意する', '封筒は来週、真砂と開ける。', 'だれの写しからも消えます', '紙に印刷したものと、すでに保存した写しからは消えません', '署名は、そのまま有効', 'もとにはもどせません',
    'あなたが同意すると、すぐに消えます', '署名の合いことば', '同意して消す', 'そのまま残ります'],
  'record-change-held': ['いまは、消せません', '令和8年12月', '開示の請求があったため', 'それまでの求めと同意は、残っています'],
  'record-change-pick': ['消す文を選びます', '文のうしろの「選ぶ」を押します', 'やめる'],
  'record-change-erase': ['文を消すことを求める', '消すわけ', 'まちがっている', '残しておく期限がすぎた', '本人と伴走者の2人が、同じわけで同意したときに消えます'],
  'record-change-refused': ['いまは消せません。記録を残しておく決まりが出ています'],
  'record-change-amending': ['次の区切りで伝わる訂正', '封筒は再来週、真砂と開ける。', 'わけ：本人の予定が変わったため。', '前の文'],
  'record-change-amend': ['訂正したあとの文', '訂正するわけ', '前の文も、訂正したわけも、いっしょに残ります', 'もう一度お願いする人：', '真砂'],
  'record-change-no-why': ['わけを書きましょう'],
  'record-change-day': ['訂正したあとの日', '令和'],
  'record-change-later': ['新しい写しを用意しています', 'から、ここで読めます'],
  'record-change-link': ['文を消すことの求めが1件、あなたの返事を待っています'],
  'record-sheets-emp': ['豆田', '1／', 'この写しを確かめるには'],
};
/** What must be nowhere in the page: neither on the screen nor in an attribute. */
const GONE = {
  dropped: ['支援の内容', '休む日', 'とちゅうの文'],
  'record-emp': ['封筒', '健康', '金銭', '法律', '訂正のあと', '非表示'], 'record-sheets-emp': ['封筒', '健康', '金銭'],
  'record-easy': ['《', '[object'], 'record-easy-dissent': ['《', '[object'],
  'record-change-held': ['この求めを読む', '文を消すことを求める'], 'record-change-later': ['封筒', '消した'],
  'record-invalid': ['決定①'], 'record-mismatch': ['署名の合いことば'],
};
const WIDTHS = [320, 390, 1280];
const FILES = { '/': ['index.html', 'text/html'], '/gallery.js': ['gallery.js', 'text/javascript'], '/gallery.css': ['gallery.css', 'text/css'] };
/* As the server says it; the wall alone has frames. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; frame-src 'self'; "
  + "require-trusted-types-for 'script'; trusted-types lit-html";

let browser;
let server;
before(async () => {
  browser = await launch();
  server = createServer((request, response) => {
    const [name, type] = FILES[new URL(request.url, 'http://x').pathname] ?? [];
    response.writeHead(name ? 200 : 404, { 'Content-Type': `${type}; charset=utf-8`, 'Content-Security-Policy': POLICY });
    response.end(name ? readFileSync(new URL(`../../web/dist-node/gallery/${name}`, import.meta.url)) : '');
  });
  await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
});
after(async () => {
  await browser?.close();
  server?.close();
});

const openState = (id) => Seat.open(browser, `http://127.0.0.1:${server.address().port}/#${id}`, { room: false });

/** Everything that can be pressed or written in is reached by Tab, once around. */
async function tabbed(seat) {
  const { page } = seat;
  const total = await page.evaluate(() => {
    const all = [...document.querySelectorAll('button, a[href], input, select, textarea, summary, [tabindex="0"]')].filter((el) => el.checkVisibility() && (el.tabIndex >= 0 || !el.hasAttribute('aria-keyshortcuts'))); // those have a key of their own
    document.activeElement?.blur();
    // Of a set of choices Tab stops at one.
    const stops = new Set(all.filter((el) => el.type === 'radio').map((el) => el.name).flatMap((name) => all.find((el) => el.name === name && el.checked) ?? []));
    const others = all.filter((el) => el.type === 'radio' && !stops.has(el));
    for (const el of others) all.splice(all.indexOf(el), 1);
    // A text gives way to its editor when somebody comes in.
    all.forEach((el, i) => { (el.closest('rk-text') ?? el).dataset.control = i; });
    return all.length;
  });
  const reached = new Set();
  for (let i = 0; i < 3 * total && reached.size < total; i++) { // a date has three stops
    await page.keyboard.press('Tab');
    const at = await page.evaluate(() => document.activeElement?.closest('[data-control]')?.dataset.control ?? null);
    if (at !== null) reached.add(at);
  }
  return [total, reached.size];
}

async function says(seat, words) {
  await seat.page.waitForFunction((w) => {
    const text = document.body.innerText + [...document.querySelectorAll('rk-editor')].map((e) => e.shadowRoot.textContent).join('');
    return text.includes(w);
  }, words, { timeout: 60_000 }).catch(async () => {
    assert.fail(`never said ${words}; it says: ${await seat.page.evaluate(() => document.body.innerText)} ${seat.complaints}`);
  });
}

async function fits({ page }, width) {
  await page.setViewportSize({ width, height: 700 });
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(over <= 0, `${width} px: ${over} px stick out`);
}

test('the wall shows every state, and each is tested', async () => {
  const wall = await openState('');
  const ids = await wall.page.locator('.gallery a').evaluateAll((all) => all.map((a) => a.hash.slice(1)));
  assert.deepEqual(ids.sort(), Object.keys(SAYS).sort());
  for (const width of WIDTHS) await fits(wall, width);
  assert.deepEqual(wall.complaints, []);
  await wall.close();
});

for (const [id, words] of Object.entries(SAYS)) {
  test(`state ${id}`, async () => {
    const seat = await openState(id);
    for (const w of words) await says(seat, w);
    await seat.page.waitForFunction((gone) => gone.every((w) => !document.documentElement.outerHTML.includes(w)), GONE[id] ?? []);
    for (const width of WIDTHS) {
      await fits(seat, width);
      await seat.shot(`gallery-${id}-${width}`);
    }
    // A part stands deeper in its page than here.
    assert.deepEqual(await seat.axe({ 'heading-order': { enabled: false } }), []);
    if (id !== 'composing') { // leaving the field would end it
      const [total, reached] = await tabbed(seat);
      assert.equal(reached, total);
    }
    assert.deepEqual(seat.complaints, []);
    await seat.close();
  });
}
