/* rokusha schema: for the people who answer for a policy; in Japanese, a line a matter. */
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {createHash} from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import {ROOT, cli, defaultBin, tempDir} from '../support/server.mjs';

const BIN = defaultBin();
const NAMES = ['visibility.tsv', 'roles.json', 'form.json'];
const rokusha = (...args) => cli(BIN, ['schema', ...args]);
const shipped = Object.fromEntries(NAMES.map((name) => [name, fs.readFileSync(path.join(ROOT, 'schema', name), 'utf8')]));

/* A copy of schema/ with words changed: [file, from, to]. */
function schemaWith(...edits) {
	const dir = tempDir('schema');
	const text = {...shipped};

	for (const [file, from, to] of edits) {
		assert.ok(text[file].includes(from), `${file} has no ${from}`);
		text[file] = text[file].replace(from, () => to);
	}
	NAMES.forEach((name) => fs.writeFileSync(path.join(dir, name), text[name]));
	return dir;
}

const hashOf = (dir) => NAMES.reduce((hash, name) =>
	hash.update(fs.readFileSync(path.join(dir, name))), createHash('sha256')).digest('hex');
const lines = (text) => text.split('\n').filter((line) => line !== '');

test('wrong calls', async () => {
	for (const [args, pattern] of [
		[[], /no such command/], [['chek', '.'], /no such command/], [['check'], /a file is missing/],
		[['diff', 'builtin'], /a file is missing/], [['check', 'a', 'b'], /schema check: does not take b/],
		[['table', 'a', 'b'], /does not take b/], [['diff', 'a', 'b', '--now', '2026-01-01'], /does not take --now/],
	]) {
		const done = await rokusha(...args);
		assert.equal(done.code, 2, args.join(' '));
		assert.match(done.err, pattern);
		assert.equal(lines(done.err).length, 1);
	}
	const help = await cli(BIN, ['--help']);
	for (const word of ['schema check DIR', 'schema diff OLD NEW', 'schema table [DIR]', '--out']) {
		assert.ok(help.out.includes(word), word);
	}
	assert.match((await rokusha('check', '--help')).out, /schema check DIR/);
});

test('check: a whole set, doubts, mistakes', async () => {
	const dir = schemaWith();
	const good = await rokusha('check', dir);
	assert.deepEqual({code: good.code, err: good.err}, {code: 0, err: ''});
	assert.equal(good.out, `ok: 種別 111、役割 12、分野 8、項目 308、表 39、選択肢 19、注意 0、ハッシュ ${hashOf(dir)}\n`);
	assert.deepEqual(await rokusha('check', 'builtin'), good);

	const doubtful = schemaWith(['visibility.tsv', '健康・背景\tgroup\tS3\tr\tw\tr\tr\tn+\tn\tn\tn', '健康・背景\tgroup\tS3\tr\tw\tr\tr\tn+\tn\tn\tr']);
	const doubt = await rokusha('check', doubtful);
	assert.equal(doubt.code, 0);
	assert.match(doubt.out, /、注意 1、/);
	assert.equal(doubt.err, `${doubtful}/visibility.tsv:91: 注意：外の役割「職場」が、慎重に扱う「健康・背景」（S3）を同意なしに読めます（読める）。n+ なら同意のあるときだけです\n`);

	const wrong = schemaWith(['roles.json', '"seal": "伴"', '"seal": "伴走"'],
		['visibility.tsv', 'S0\tr\tw\tr', 'S0\tr\trw\tr'], ['form.json', '"type": "bool"', '"type": "yesno"']);
	const bad = await rokusha('check', wrong);
	assert.equal(bad.code, 1);
	assert.equal(bad.out, '');
	assert.deepEqual(lines(bad.err).map((line) => line.replace(`${wrong}/`, '').replace(/。.*/, '')), [
		'roles.json:4: 「seal」は一文字にしてください', 'visibility.tsv:21: ps の印「rw」はありません', 'form.json:333: 型「yesno」はありません']);
});

test('check: files that are not there, or no files', async () => {
	const dir = schemaWith();

	fs.rmSync(path.join(dir, 'form.json'));
	const gone = await rokusha('check', dir);
	assert.equal(gone.code, 1);
	assert.match(gone.err, /^rokusha schema check: .*form\.json: No such file/);
	fs.mkdirSync(path.join(dir, 'form.json'));
	assert.equal((await rokusha('check', dir)).code, 1);
	assert.equal((await rokusha('check', '/nonexistent')).code, 1);
});

test('check says at most a hundred', async () => {
	const dir = schemaWith();
	const form = JSON.parse(shipped['form.json']);

	form.tables.forEach((table) => table.columns.forEach((column) => Object.assign(column, {colour: 1, shape: 2})));
	fs.writeFileSync(path.join(dir, 'form.json'), JSON.stringify(form, null, 1));
	const done = await rokusha('check', dir);
	assert.equal(lines(done.err).length, 101);
	assert.match(lines(done.err)[100], /ほかに \d+ 件あります$/);
});

test('diff: who loses, who gains, and an exit code for each', async () => {
	const same = schemaWith();
	assert.deepEqual(await rokusha('diff', same, 'builtin'), {code: 0, out: '同じです\n', err: ''});
	const spaced = schemaWith(['form.json', '"areas": [', '"areas":  [']);
	assert.deepEqual(await rokusha('diff', same, spaced),
		{code: 0, out: 'だれの権利も、項目も名前も変わりません（書き方か順番だけの違いです）\n', err: ''});

	const other = schemaWith(['visibility.tsv', '支援段階\tint 1-4\tS2\tr\tw\tr\tw\tr\tr\tn\tn', '支援段階\tint 1-4\tS2\tr\tw\tr\tw\tr\tn\tn\tr'],
		['roles.json', '"label": "職場"', '"label": "働く場所"'],
		['form.json', ', "duty": "recorder", "caseload": true},\n\n', ', "caseload": true},\n\n']);
	const done = await rokusha('diff', same, other);
	assert.equal(done.code, 3);
	assert.equal(done.out, `失う 2、得る 1、使えなくなる 0、そのほか 1

失う人
  記録の担当が「次回の日」に書けなくなります
  【ハローワーク】
    「ハローワーク」が「支援段階」を読めなくなります（読める → 見えない）

得る人
  【働く場所】
    「働く場所」が「支援段階」を読めるようになります（見えない → 読める）

そのほか
  役割「職場」の名前が「働く場所」になります
`);

	const shorter = schemaWith(['form.json', '"remote": "遠隔で参加",', '']);
	const broken = await rokusha('diff', same, shorter);
	assert.equal(broken.code, 4);
	assert.match(broken.out, /^失う 0、得る 0、使えなくなる 1、そのほか 0\n\nいまある会議に使えなくなる変更.*\n  選択肢（participation）から「遠隔で参加」がなくなります\n$/);
	const refused = await rokusha('diff', same, schemaWith(['form.json', '"type": "bool"', '"type": "yesno"']));
	assert.equal(refused.code, 1);
	assert.match(refused.err, /^rokusha schema diff: .*\/form\.json:333: 型「yesno」は/);
});

/* The rows of the table: label -> marks as printed. */
function printed(html) {
	const rows = [...html.matchAll(/<tr><th scope="row">([^<]*)<\/th>(.*?)<\/tr>/gs)];

	return rows.map(([, label, rest]) => [label, [...rest.matchAll(/<td class="m [a-z]+">([^<]*)<\/td>/g)].map((m) => m[1])]);
}

test('table: what is printed is what the matrix says', async () => {
	const done = await rokusha('table', '--now', '2026-11-12T10:00');
	const sign = {n: '―', 'n+': '同意', r: '読', 'r*': '関読', w: '書', 'w*': '関書', 'rw*': '自書'};
	const [head, ...matrix] = lines(shipped['visibility.tsv']).map((line) => line.split('\t'));
	const rows = new Map(printed(done.out));

	assert.equal(done.code, 0, done.err);
	assert.equal(rows.size, matrix.length);
	for (const [id, label, , , ...marks] of matrix) {
		assert.deepEqual(rows.get(label), marks.map((mark) => sign[mark]), id);
	}
	assert.equal(head.length - 4, rows.get('ケース番号').length);
	assert.ok(done.out.includes('作成日 令和8年11月12日'));
	assert.ok(done.out.includes(hashOf(path.join(ROOT, 'schema')).match(/.{4}/g).join(' ')));
	for (const word of ['<th class="c3">氏名（署名）</th>', '押印', '計画の分野：生きがい', 'どの分野にもあるもの', '持ち主だけが書く項目', '次回の日</li>']) {
		assert.ok(done.out.includes(word), word);
	}
});

test('table: nothing from outside, and no label is markup', async () => {
	const dir = schemaWith(['roles.json', '"label": "職場"', '"label": "<img src=x onerror=alert(1)>\'&amp;\\""'],
		['visibility.tsv', '\tケース番号\t', '\t</td><script>x</script>\t'],
		['form.json', '"label": "ケース番号"', '"label": "a<b>c"']);
	const {out} = await rokusha('table', dir);

	assert.doesNotMatch(out, /https?:|<script|<b>|url\(|@import|<link|<img/i);
	assert.ok(out.includes('&lt;img src=x onerror=alert(1)&gt;&#39;&amp;amp;&quot;'));
	assert.ok(out.includes('&lt;/td&gt;&lt;script&gt;x&lt;/script&gt;'));
	assert.ok(out.includes('a&lt;b&gt;c'));
});

test('table: days of the eras, and where it is written', async () => {
	for (const [now, era] of [['2019-04-30T12:00', '平成31年4月30日'], ['2019-05-01T00:30', '令和元年5月1日'], ['1989-01-07T23:59', '昭和64年1月7日']]) {
		assert.ok((await rokusha('table', '--now', now)).out.includes(`作成日 ${era}<`), now);
	}
	const file = path.join(tempDir('table'), 'table.html');
	assert.deepEqual(await rokusha('table', '--now', '2026-11-12', '--out', file, path.join(ROOT, 'schema')), {code: 0, out: '', err: ''});
	assert.equal(fs.readFileSync(file, 'utf8'), (await rokusha('table', '--now', '2026-11-12')).out);
	for (const [args, pattern] of [[['--out', '/nonexistent/x.html'], /nonexistent/], [['--now', 'heute'], /--now/], [['/nonexistent'], /visibility\.tsv/]]) {
		const done = await rokusha('table', ...args);
		assert.equal(done.code, 1);
		assert.match(done.err, pattern);
	}
	/* A full disk is told. */
	const full = await new Promise((resolve) => execFile('sh', ['-c', '"$0" schema table >/dev/full', BIN], (error, out, err) => resolve({code: error?.code, err})));
	assert.equal(full.code, 1);
	assert.match(full.err, /standard output: /);
});
