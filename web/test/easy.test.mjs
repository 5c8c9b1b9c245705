/* The record pages in plain Japanese: every text is there, every kanji has its reading, and readings are our own words' alone. */
import assert from 'node:assert/strict';
import { build } from 'esbuild';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const entry = `export { easy } from './src/locale/ja-record-easy.ts'; export { record } from './src/locale/ja-record.ts'; export * from './src/locale/ruby.ts';`;
const { outputFiles } = await build({
  absWorkingDir: fileURLToPath(new URL('..', import.meta.url)), stdin: { contents: entry, resolveDir: fileURLToPath(new URL('..', import.meta.url)) },
  bundle: true, write: false, format: 'esm', platform: 'node', logLevel: 'silent',
});
const { easy, record, Ruby, plain, y } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);

const KANJI = /[\p{Script=Han}々]/u;
const isTable = (v) => typeof v === 'object' && v !== null && !(v instanceof Ruby);
/* What a chair, a scribe or paper says is said in one way; so are signs that are no words. */
const SHARED = /^(link\.|sealing\.(?!waiting)|sheets\.|help\.(other|paper|mark|who|what|witness|scan|choose|missing|go|done)|signs\.marks\.|(check|fork)\.saveName$|page\.fileName$|pass\.nameOf$|(span|stay|named|quote)$)/;

/* Each text with its place; functions as they say it of some values without kanji, all their branches. */
function texts(of, at = '') {
  return Object.entries(of).flatMap(([key, v]) => {
    const place = `${at}${key}`;
    if (isTable(v)) return texts(v, `${place}.`);
    if (typeof v !== 'function') return [[place, v]];
    const tries = [[3, 'あ', 'い'], ['あ', 'い', true], ['', '', false], ['あ', 3, 'い'], [0, 2, 13, 40], [5, 20, 0, 0], [1, 1, 0, 0], [4, true], [4, false], [true], [false]];
    return tries.flatMap((args) => { const said = v(...args); return isTable(said) && Array.isArray(said) ? said.map((s) => [place, s]) : [[place, said]]; });
  });
}
const placesOf = (of) => [...new Set(texts(of).map(([place]) => place))];
const valueAt = (of, place) => {
  let at = of;
  let rest = place;
  while (rest !== '') { // keys have dots
    const key = Object.keys(at).filter((k) => rest === k || rest.startsWith(`${k}.`)).sort((a, b) => b.length - a.length)[0];
    at = at[key];
    rest = rest.slice(key.length + 1);
  }
  return at;
};

test('both ways of speaking have the same texts, and say differently what is not shared on purpose', () => {
  assert.deepEqual(placesOf(easy).sort(), placesOf(record).sort());
  const same = placesOf(easy).filter((p) => valueAt(easy, p) === valueAt(record, p));
  const kanji = same.filter((p) => KANJI.test(texts({ x: valueAt(record, p) }).map(([, t]) => t).join('')));
  assert.deepEqual(kanji.filter((p) => !SHARED.test(p)), []);
  assert.ok(placesOf(easy).length > 200);
});

test('every kanji has a reading, in hiragana; one thing a sentence', () => {
  let read = 0;
  for (const [place, text] of texts(easy).filter(([p]) => !SHARED.test(p))) {
    const parts = text instanceof Ruby ? text.parts : [String(text)];
    for (const p of parts) {
      if (typeof p === 'string') assert.ok(!KANJI.test(p) && !/[《》]/.test(p), `${place}: ${p}`);
      else {
        assert.match(p.reading, /^[ぁ-んー]+$/, `${place}: ${p.base}`);
        read++;
      }
    }
    for (const sentence of plain(text).split(/[。（）]/)) assert.ok([...sentence].length <= 44, `${place}: ${sentence}`);
  }
  assert.ok(read > 400);
});

test('a reading is of our own words; what is put into them stays as it is', () => {
  const words = y`「${'同意《はんたい》'}」を 読《よ》む${3}人《にん》${y`：会議《かいぎ》`}`;
  assert.deepEqual(words.parts.filter((p) => typeof p !== 'string').map((p) => p.reading), ['よ', 'にん', 'かいぎ']);
  assert.equal(plain(words), '「同意《はんたい》」を 読む3人：会議');
  assert.equal(`${words}`, plain(words));
  assert.equal([...words].length, 1, 'one element, which a button keeps together');
  assert.equal(plain('漢字《かんじ》'), '漢字《かんじ》');
});

test('days and times as they are said', () => {
  const read = (...a) => easy.moment(...a).parts.map((p) => (typeof p === 'string' ? p : p.reading)).join('');
  assert.equal(read(11, 12, 17, 40), '11がつ12にち ごご5じ40ぷん');
  assert.equal(read(1, 1, 0, 0), '1がつついたち ごぜん0じ');
  assert.equal(read(4, 20, 12, 5), '4がつはつか ごご0じ5ふん');
  assert.equal(read(9, 14, 9, 13), '9がつ14か ごぜん9じ13ぷん');
  assert.equal(plain(easy.moment(11, 12, 17, 40)), '11月12日 午後5時40分');
  assert.equal(record.moment(11, 2, 7, 4), '11月2日 07:04');
});

test('decisions, and what is said of a signature, keep their difference in plain words', () => {
  for (const of of [easy.sign.options, easy.signs.states, easy.verdict, easy.signs.methods]) {
    const all = Object.values(of).map(String);
    assert.equal(new Set(all).size, all.length);
  }
  assert.equal(plain(easy.signs.mark('あ', '', false)), 'ほかの人が 代わりに 書いた しるし（書いた人 あ・まだ たしかめていません）');
  assert.equal(plain(easy.sign.counts(2, 0, 3, 0)), '話したこと 2つ、だれが 何をするか 3つ');
});
