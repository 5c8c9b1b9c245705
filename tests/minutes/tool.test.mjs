/* rokusha-verify as people use it. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {bundle} from '../vectors/minutes/bundle.mjs';
import {readCase} from '../vectors/minutes/case.mjs';
import {playMinutes, sameChance, seal} from '../vectors/minutes/play.mjs';
import {b64, leafHash, openNote, readDisclosure, typedKey} from '../vectors/minutes/prim.mjs';
import {opened} from '../vectors/minutes/search.mjs';
import {ROOT} from '../support/server.mjs';
import {everything} from './bundles.mjs';
import {folder, keep, openssl, report, trustOf, verifier} from './rig.mjs';

const DAY = 86400;
const {log, before} = everything();
const key = log.publicKey;
const trust = trustOf(key);
const bundleOf = (seat) => keep(`of-${seat}`, bundle(log, seat));
const said = (...args) => {
	const got = verifier(...args);
	assert.equal(got.err, '', got.err);
	return got;
};

test('three blocks in Japanese, and what is not shown', () => {
	const {code, out} = said(bundleOf('p-self'), '--trust', trust);

	assert.equal(code, 0);
	for (const words of ['■ 改ざんの有無\n改ざんはありません。', '■ だれが何に署名したか', '■ 欠けているもの、直されたもの', '■ この確認ではわからないこと',
		'強い: 本人の鍵（パスキー）による署名', '紙の署名の写しの指紋。立ち会った人の証言あり', 'サーバーの証言', '印による（代筆', '反対、付記 「反対」', '取り下げ',
		'付記あり（消去されたか', '署名していません', '消去された項目', '理由: 本人の求め', '理由: 誤りの訂正', '信頼する鍵の一覧にあります']) {
		assert.ok(out.includes(words), words);
	}
	assert.match(out, /消去された項目: 区分 s\d\d、\d+ 件目/);
	/* What was in it is gone, and nobody's words are commands of a terminal. */
	assert.ok(!out.includes('書きすぎた付記') && !/[\x00-\x09\x0b-\x1f\x7f]/.test(out));
	assert.ok(said(keep('b4', before.get('p-hw')), '--trust', trust).out.includes('留保つきの同意、付記 「書きすぎた付記」'));
	const late = playMinutes(readCase(3)).log;
	assert.ok(said(keep('late', bundle(late, 'p-emp')), '--trust', trustOf(late.publicKey)).out.includes('【期限のあと】'));
});

/* People meet it on the page, in the verifier and in what explains both. */
test('what one signs with has one name wherever it is read', () => {
	const OTHER = /合言葉|合い言葉|署名コード|署名の(暗号|番号|コード)/;
	const roots = ['README.md', 'docs', 'schema', 'server', 'web/src', 'tests/demo', 'tests/vectors/minutes'];
	const files = roots.flatMap((r) => (fs.statSync(path.join(ROOT, r)).isDirectory()
		? fs.readdirSync(path.join(ROOT, r), {recursive: true}).map((f) => path.join(r, f)) : [r]));
	const read = files.filter((f) => /\.(md|c|h|ts|mjs|json|html|def|tsv)$/.test(f));

	assert.ok(read.length > 200, 'there is something to search');
	assert.deepEqual(read.filter((f) => OTHER.test(fs.readFileSync(path.join(ROOT, f), 'utf8'))), []);
	assert.ok(said(bundleOf('p-ps'), '--trust', trust).out.includes('本人が署名の合いことばを入れた、というサーバーの証言'));
});

test('without a list of keys it is not called valid; another server\'s key is no key', () => {
	const file = bundleOf('p-emp');
	const any = said(file);

	assert.equal(any.code, 1);
	assert.ok(any.out.includes('だれの鍵で署名されたかは確かめていません') && any.out.includes(key));
	const other = said(file, '--trust', trustOf(b64(typedKey(Buffer.alloc(32, 5)))));
	assert.deepEqual([other.code, other.out.includes('not one that is trusted')], [1, true]);
	assert.equal(said(file, '--trust', trustOf(b64(typedKey(Buffer.alloc(32, 5))), key)).code, 0);
});

test('what is changed is named by its byte; nothing else is said about it', () => {
	const text = bundle(log, 'p-emp');
	const bad = keep('bad', text.replace('"deadline 1', '"deadline 2'));
	const {code, out} = said(bad, '--trust', trust);

	assert.equal(code, 1);
	assert.match(out, /正しくありません。.*\n {2}\d+ バイト目: /);
	assert.ok(!out.includes('■ だれが何に署名したか'));
	const json = said(bad, '--trust', trust, '--json');
	assert.deepEqual([json.code, JSON.parse(json.out).verdict, JSON.parse(json.out).at > 0], [1, 'invalid', true]);
});

test('what is withheld is told from what was erased', () => {
	const d = before.get('p-self').match(/(?<=")[A-Za-z0-9_-]{90,}(?=")/g).find((x) => readDisclosure(x)[1].includes('/row/min.'));
	const {code, out} = said(keep('cut', before.get('p-self').replace(d, `x:${b64(leafHash(d))}`)), '--trust', trust);

	assert.equal(code, 1);
	assert.ok(out.includes('理由のわからない空白があります') && out.includes('理由なく欠けている項目'));
});

test('unusable: a file that is not there, a list that is none, options that are none', () => {
	for (const args of [['/nowhere'], [bundleOf('p-emp'), '--trust', '/nowhere'], [bundleOf('p-emp'), '--trust', keep('no-key', 'x\n')],
		[bundleOf('p-emp'), '--trust', keep('no-keys', '# nichts\n')], [], ['--frob'], ['a', 'b'], [bundleOf('p-emp'), '--trust'],
		[bundleOf('p-emp'), '--out', 'x'], [bundleOf('p-emp'), '--json', '--trust', trust, '--trust', trust]]) {
		const {code, err} = verifier(...args);
		assert.equal(code, 2, args.join(' '));
		assert.ok(err.length > 0 && !err.includes('Sanitizer'), err);
	}
	assert.equal(said('--help').code, 0);
	const large = path.join(folder, 'large');
	fs.truncateSync(fs.openSync(large, 'w'), (64 << 20) + 1);
	assert.match(verifier(large).err, /大きすぎます/);
});

test('extracted: openssl alone says of every signature what the verifier says', () => {
	const dir = path.join(folder, 'by-hand');
	assert.equal(said(bundleOf('p-self'), '--trust', trust, '--extract', dir).code, 0);
	const readme = fs.readFileSync(path.join(dir, 'README.txt'), 'utf8');
	const commands = readme.split('\n').filter((l) => /^ {4}openssl (pkeyutl|dgst -sha256 -verify)/.test(l));
	const {report: r} = report('by-hand-r', bundle(log, 'p-self'), key);

	assert.equal(commands.length, r.acts.length + 1);
	assert.ok(commands.some((c) => c.includes('dgst')) && commands.some((c) => c.includes('pkeyutl')));
	for (const line of commands) {
		const got = openssl(line, dir);
		assert.equal(got.code, 0, line + got.out);
		assert.match(got.out, /Verified (OK|Successfully)/, line);
		/* And it would say no. */
		const [, signed] = /(?:-in|\.sig) (\S+\.(?:txt|signed))/.exec(line);
		const was = fs.readFileSync(path.join(dir, signed));
		fs.appendFileSync(path.join(dir, signed), 'x');
		assert.notEqual(openssl(line, dir).code, 0, line);
		fs.writeFileSync(path.join(dir, signed), was);
	}
	const twin = readme.split('\n').find((l) => l.includes('tail -c 32'));
	const [a, b] = openssl(twin, dir).out.match(/([0-9a-f ]+\n){2}/g).map((x) => x);
	assert.equal(a, b);
	const challenge = openssl(readme.split('\n').find((l) => l.includes('tr -d')), dir).out.trim();
	assert.ok(fs.readdirSync(dir).filter((f) => f.endsWith('.client.json')).some((f) => fs.readFileSync(path.join(dir, f), 'utf8').includes(`"challenge":"${challenge}"`)));
	/* All that can be read is there, one line a leaf. */
	const lines = fs.readFileSync(path.join(dir, 'contents.tsv'), 'utf8').trimEnd().split('\n');
	assert.equal(lines.length, r.fields - r.erased.length);
	assert.ok(lines.every((l) => l.split('\t').length === 4 && JSON.parse(`[${l.split('\t')[3]}]`)));
	assert.deepEqual(JSON.parse(fs.readFileSync(path.join(dir, 'report.json'), 'utf8')), r);
	assert.ok(fs.readdirSync(dir).every((f) => (fs.statSync(path.join(dir, f)).mode & 0o77) === 0));
	/* Never over what is there. */
	assert.equal(verifier(bundleOf('p-self'), '--trust', trust, '--extract', dir).code, 2);
});

test('two histories of one log: where they part, and both signed heads to show', () => {
	const o = {rng: sameChance('f', 'p-emp')};
	const [one, two] = [seal(readCase(1), o), seal(readCase(1), o)];
	for (const [l, decision] of [[one, 'agree'], [two, 'decline']]) {
		l.sign('p-emp', {method: 'attested', time: l.at + 60, say: {decision}});
		l.until(l.at + DAY);
	}
	const mine = keep('one-emp', bundle(one, 'p-emp'));
	const theirs = keep('two-ps', bundle(two, 'p-ps'));
	const t = trustOf(one.publicKey);
	const got = said(mine, '--trust', t, '--compare', theirs);

	assert.equal(got.code, 1);
	assert.match(got.out, /【分岐】.*3 件目から/);
	assert.match(got.out, /サーバーは二通りの記録に署名しました/);
	const notes = got.out.split(/^.*\/(?:one-emp|two-ps)\n/m).slice(-2).map((n) => n.trimStart().replace(/\n+$/, '\n'));
	const vkey = /^— \S+ (\S+)$/m.exec(notes[0])[1];
	assert.ok(vkey);
	for (const note of notes) {
		const [origin] = note.split('\n');
		const typed = Buffer.from(one.publicKey, 'base64');
		const id = Buffer.from(vkey, 'base64').subarray(0, 4).toString('hex');
		assert.equal(openNote(Buffer.from(note), [`${origin}+${id}+${b64(typed)}`]).result, 'ok', note);
	}
	assert.notEqual(notes[0], notes[1]);
	const same = said(mine, '--trust', t, '--compare', keep('one-ps', bundle(one, 'p-ps')));
	assert.deepEqual([same.code, same.out.includes('一致しています')], [0, true]);
	const short = said(keep('one-first', bundle(one, 'p-emp', 1)), '--trust', t, '--compare', mine);
	assert.deepEqual([short.code, short.out.includes('はじめの 2 件は一致')], [0, true]);
	/* Somebody with a key of their own is not the server. */
	const forged = seal(readCase(1), {seeds: {log: Buffer.alloc(32, 8), attest: Buffer.alloc(32, 9)}});
	const alien = said(mine, '--trust', trustOf(one.publicKey, forged.publicKey), '--compare', keep('forged', bundle(forged, 'p-emp')));
	assert.deepEqual([alien.code, alien.out.includes('二つの署名は、ちがう鍵'), alien.out.includes('二通りの記録に署名')], [1, true, false]);
	const next = seal(readCase(1), {origin: one.origin.replace('0123', '3210')});
	assert.equal(said(mine, '--trust', t, '--compare', keep('next', bundle(next, 'p-emp'))).code, 2);
	assert.equal(said(mine, '--trust', t, '--compare', keep('broken', `${bundle(one, 'p-ps')}x`)).code, 1);
});

test('a new log that names an old head: the old one is held against it', () => {
	const old = seal(readCase(1)).until(seal(readCase(1)).at + DAY);
	const origin = old.origin.replace('0123', '3210');
	const next = (size, root) => seal(readCase(1), {origin, parent: `${old.origin} ${size} ${b64(root)}`});
	const t = trustOf(old.publicKey);
	const file = keep('old', bundle(old, 'p-emp'));
	const good = next(2, old.roots[2]);
	const bad = next(2, old.roots[1]);

	assert.equal(said(file, '--trust', t, '--compare', keep('good', bundle(good, 'p-emp'))).code, 0);
	assert.equal(said(keep('good', bundle(good, 'p-emp')), '--trust', t, '--compare', file).code, 0);
	const parted = said(file, '--trust', t, '--compare', keep('next-bad', bundle(bad, 'p-emp')));
	assert.deepEqual([parted.code, parted.out.includes('【分岐】')], [1, true]);
});

test('erasures of a newer bundle are done to an old one, which still verifies', () => {
	const old = before.get('p-self');
	const out = path.join(folder, 'pruned');
	const got = said(keep('old-self', old), '--trust', trust, '--apply-erasures', bundleOf('p-self'), '--out', out);
	const text = fs.readFileSync(out, 'utf8');

	assert.equal(got.code, 0, got.out);
	assert.ok(opened(old).text.includes('直した') && !opened(text).text.includes('直した'));
	assert.ok(got.out.includes('新しいファイルにある消去の記録'));
	/* Alone nobody can see why; with the newer one it is erased. */
	assert.equal(said(out, '--trust', trust).code, 1);
	assert.equal(said(out, '--trust', trust, '--apply-erasures', bundleOf('p-self')).code, 0);
	assert.equal(verifier(out, '--trust', trust, '--apply-erasures', bundleOf('p-self'), '--out', out).code, 2, 'never over a file');
	const {report: r} = report('pruned-r', text, key);
	assert.deepEqual([r.verdict, r.erased.length], ['withheld', 0]);
	/* Another reader's, and an older one. */
	assert.notEqual(verifier(keep('old-self', old), '--trust', trust, '--apply-erasures', bundleOf('p-ps')).code, 0);
	assert.notEqual(verifier(bundleOf('p-self'), '--trust', trust, '--apply-erasures', keep('old-self', old)).code, 0);
});
