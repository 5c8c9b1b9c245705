/* What is sealed and must be otherwise: corrected beside the old words, erased by two, kept by a hold. On the real server. */
import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import {afterEach, test} from 'node:test';
import {BIN, CODE, DAY, HOUR, SERIES, sealed, stopAll} from './minutes_world.mjs';
import {mustCli, removeDir} from '../support/server.mjs';

const SEATS = ['p-ps', 'p-aps', 'p-self', 'p-emp', 'p-cw', 'p-hw'];
const hashOf = (d) => createHash('sha256').update(Buffer.concat([Buffer.of(0), Buffer.from(d)])).digest('base64');

/* Files beside the database that hold one of the texts, as it is or as JSON has it. */
function filesWith(dir, ...texts) {
	const forms = texts.flatMap((t) => [t, [...t].map((c) => (c > '\x7f' ? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}` : c)).join('')]);

	return fs.readdirSync(dir).filter((name) => /\.db/.test(name)).filter((name) => {
		const bytes = fs.readFileSync(path.join(dir, name));
		return forms.some((f) => bytes.includes(f));
	});
}

afterEach(stopAll);

test('two agree, then a text is gone', async () => {
	const w = await sealed('minutes-erase');

	for (const seat of ['p-ps', 'p-self', 'p-emp']) {
		await w.post(seat, 'code', {code: CODE});
	}
	const leafWith = async (words) => JSON.parse(await w.bundle('p-ps')).entries.flatMap((e) => e.b.flat()).find((d) =>
		Buffer.from(d, 'base64url').toString('utf8').includes(words));
	/* A note to a signature stands in the minutes alone. */
	const {slot, heads: [{slots}]} = await w.status('p-emp');
	assert.equal((await w.sign('p-emp', {decision: 'reserve', note: '送迎のことは消したい', slot: slots.find((s) => s !== slot)})).status, 200);
	await w.goOn(2 * HOUR);
	const note = await leafWith('送迎のことは');
	for (const seat of ['p-ps', 'p-self']) {
		assert.equal((await w.post(seat, 'erase', {code: CODE, leaf: hashOf(note), basis: 'request'})).status, 200);
	}
	await w.goOn(DAY);
	assert.deepEqual((await w.verified('p-ps')).erased.map((e) => e.hash), [hashOf(note)]);
	assert.deepEqual(filesWith(w.dir, note), []);

	const leaf = await leafWith('その先のことは');
	const hash = hashOf(leaf);
	const erase = (seat, basis = 'request') => w.post(seat, 'erase', {code: CODE, leaf: hash, basis});
	assert.equal((await erase('p-emp')).status, 404);
	assert.deepEqual((await erase('p-ps')).json, {erased: false});
	assert.deepEqual((await erase('p-ps')).json, {erased: false}, 'the same one twice');
	assert.deepEqual((await erase('p-self', 'retention')).json, {erased: false}, 'on another ground');
	assert.deepEqual((await erase('p-self')).json, {erased: true});
	assert.equal((await w.get('p-ps', '/bundle')).status, 503, 'until the round that says so');
	/* The journal still has the words, until a server starts: nobody has the room in memory then. */
	assert.ok(filesWith(w.dir, 'その先のことは').length > 0, 'the search finds them');
	await w.goOn(DAY);
	for (const seat of SEATS) {
		const r = await w.verified(seat);
		assert.ok(r.fields > 20);
	}
	const told = (await w.verified('p-ps')).erased;
	assert.deepEqual(told.map((e) => [e.hash, e.basis]).sort(), [[hashOf(note), 'request'], [hash, 'request']].sort());
	assert.deepEqual(filesWith(w.dir, 'その先のことは', leaf), []);
	const ps = await w.conn('p-ps');
	const texts = ps.keys('min.decisions.text').map((k) => ps.cells.get(k).x);
	assert.deepEqual(texts.sort(), ['', '朝は一時間おそく始める']);
	ps.end();
	await w.server.stop();
	await mustCli(BIN, ['check', '--db', w.db]);
	await mustCli('sqlite3', [w.db, `.backup '${path.join(w.dir, 'backup.db')}'`]);
	assert.deepEqual(filesWith(w.dir, 'その先のことは', leaf), []);
	assert.equal((await mustCli(BIN, ['erase', '--db', w.db])).trim(), '消去した項目: 0');
	removeDir(w.dir);
});

test('while a hold stands nothing is erased, neither from the minutes nor from the journal; what was agreed on waits', async () => {
	const w = await sealed('minutes-hold');
	const operator = (what, ...more) => mustCli(BIN, ['hold', what, '--db', w.db, '--series', SERIES, '--by', '総務課', '--why', '開示の請求',
		'--now', new Date(w.server.clock().high + 9 * HOUR).toISOString().slice(0, 16), ...more]);
	const words = 'その先のことは';
	const leaf = hashOf(JSON.parse(await w.bundle('p-ps')).entries[1].b.flat().find((d) => Buffer.from(d, 'base64url').toString('utf8').includes(words)));
	const erase = async (seat) => {
		const {status, json} = await w.post(seat, 'erase', {code: CODE, leaf, basis: 'request'});
		return [status, json];
	};

	for (const seat of ['p-ps', 'p-self', 'p-emp', 'p-sup', 'p-cw']) {
		await w.post(seat, 'code', {code: CODE});
	}
	assert.deepEqual(await erase('p-ps'), [200, {erased: false}]);
	const told = Object.keys(await w.status('p-emp'));
	assert.equal((await w.status('p-self')).hold, null);

	/* Set beside the live server; told to those who would erase, and to nobody else. */
	await operator('set', '--until', '2026-11-20');
	const {hold} = await w.status('p-self');
	assert.deepEqual([hold.why, hold.until], ['開示の請求', Date.parse('2026-11-21T00:00:00+09:00') / 1000]);
	for (const seat of ['p-emp', 'p-cw', 'p-aps', 'p-hw']) {
		assert.ok(!('hold' in await w.status(seat)), seat);
	}
	assert.deepEqual(Object.keys(await w.status('p-emp')), told);
	assert.deepEqual(await erase('p-self'), [409, {error: 'hold'}]);
	assert.deepEqual(await erase('p-emp'), [404, {error: 'gone'}], 'who may not erase is not told why');
	assert.equal((await w.verified('p-ps')).erased.length, 0);

	/* By the supervisor, from its own screen; a caseworker may not. */
	const say = async (seat, body) => {
		const {status, json} = await w.post(seat, 'hold', {code: CODE, ...body});
		return [status, json];
	};
	assert.deepEqual(await say('p-cw', {on: false, why: 'x'}), [404, {error: 'gone'}]);
	assert.deepEqual(await say('p-ps', {on: false, why: 'x'}), [404, {error: 'gone'}]);
	assert.deepEqual(await say('p-sup', {on: false, why: ''}), [400, {error: 'bad'}]);
	assert.deepEqual(await say('p-sup', {on: 1, why: 'x'}), [400, {error: 'bad'}]);
	assert.deepEqual(await say('p-sup', {on: true, why: 'x', until: '2026-02-30'}), [400, {error: 'bad'}]);
	assert.equal((await w.post('p-sup', 'hold', {code: 'not the code', on: false, why: 'x'})).status, 401);
	assert.deepEqual(await say('p-sup', {on: false, why: '終わりました'}), [200, {hold: null}]);
	assert.deepEqual(await say('p-sup', {on: false, why: 'x'}), [409, {error: 'rule'}], 'none stands');

	/* The one who agreed before need not do so again. */
	assert.deepEqual(await erase('p-self'), [200, {erased: true}]);

	/* Set after both agreed: what is gone is gone, what is still there stays, until it is lifted. */
	assert.equal((await say('p-sup', {on: true, why: '監査'}))[0], 200);
	await w.goOn(DAY);
	assert.deepEqual((await w.verified('p-ps')).erased.map((e) => e.hash), [leaf]);
	assert.ok(filesWith(w.dir, words).length > 0, 'the journal still has it');
	const now = w.server.clock().high;
	await w.server.stop();
	const eraseAll = () => mustCli(BIN, ['erase', '--db', w.db, '--now', new Date(now + 10 * HOUR).toISOString().slice(0, 16)]);
	assert.equal(await eraseAll(), '消去した項目: 0\n保留のため消去していない項目: 1\n');
	assert.ok(filesWith(w.dir, words).length > 0);
	const said = JSON.parse(await mustCli(BIN, ['hold', 'show', '--db', w.db, '--series', SERIES]));
	assert.deepEqual([said.stands, said.said.map((s) => [s.what, 'seat' in s, s.why])],
		[true, [['set', true, '監査'], ['lift', true, '終わりました'], ['set', false, '開示の請求']]]);
	await operator('lift');
	assert.equal(await eraseAll(), '消去した項目: 1\n');
	assert.deepEqual(filesWith(w.dir, words), []);
	await mustCli(BIN, ['check', '--db', w.db]);
	removeDir(w.dir);
});

/* Leaves of entry 1 of a seat: name behind the label -> [label, value, hash]. */
async function leavesOf(w, seat) {
	return new Map(JSON.parse(await w.bundle(seat)).entries[1].b.flat().filter((d) => !d.startsWith('x:')).map((d) => {
		const [, name, value] = JSON.parse(Buffer.from(d, 'base64url').toString('utf8'));
		const at = name.indexOf('/');
		return [name.slice(at + 1), [name.slice(0, at), value, hashOf(d)]];
	}));
}
const find = (leaves, fits) => [...leaves].find(([name, [, value]]) => fits(name, value)) ?? assert.fail('no such leaf');

test('what one asked to erase the other is told, by the leaf it reads itself, and nobody else', async () => {
	const w = await sealed('minutes-asked');

	for (const seat of ['p-ps', 'p-self']) {
		await w.post(seat, 'code', {code: CODE});
	}
	const [ps, self] = [await leavesOf(w, 'p-ps'), await leavesOf(w, 'p-self')];
	const [name, [, , mine]] = find(self, (n, v) => /^row\/pplan\.statements\/[0-9a-f]+\/text$/.test(n) && v !== '');
	const theirs = ps.get(name)[2];
	assert.notEqual(mine, theirs, 'each has a salt of its own');
	const erase = (seat, leaf, basis = 'request') => w.post(seat, 'erase', {code: CODE, leaf, basis});
	const asked = async (seat) => (await w.status(seat)).erasing?.map((e) => [e.leaf, e.basis, e.party]);
	const {party} = await w.status('p-self');
	const keys = Object.keys(await w.status('p-cw'));
	assert.deepEqual(await asked('p-ps'), []);

	assert.deepEqual((await erase('p-self', mine)).json, {erased: false});
	assert.deepEqual(await asked('p-ps'), [[theirs, 'request', party]]);
	assert.deepEqual(await asked('p-self'), [[mine, 'request', party]]);
	for (const seat of ['p-cw', 'p-aps', 'p-emp', 'p-hw', 'p-sup']) {
		const text = JSON.stringify(await w.status(seat));
		assert.ok(!text.includes('erasing') && !text.includes(mine) && !text.includes(theirs), seat);
	}
	assert.deepEqual(Object.keys(await w.status('p-cw')), keys);

	/* What never goes is not asked for, either. */
	const [, [, , member]] = find(ps, (n) => n.startsWith('member/'));
	assert.deepEqual((await erase('p-ps', member)).json, {error: 'rule'});
	assert.equal((await asked('p-ps')).length, 1);

	/* Asked once more on another ground: the newer word counts. */
	assert.deepEqual((await erase('p-self', mine, 'unlawful')).json, {erased: false});
	assert.deepEqual((await erase('p-ps', theirs)).json, {erased: false});
	assert.deepEqual((await erase('p-ps', theirs, 'unlawful')).json, {erased: true});
	for (const seat of ['p-ps', 'p-self']) {
		assert.deepEqual(await asked(seat), [], 'it is done with');
		assert.deepEqual((await w.post(seat, 'bundle', {})).status, 404);
		const answer = await w.get(seat, '/bundle');
		assert.deepEqual([answer.status, JSON.parse(answer.body)], [503, {error: 'round'}]);
	}
	assert.equal((await w.get('p-emp', '/bundle')).status, 200, 'it never read it');
	await w.goOn(DAY);
	for (const [seat, hash] of [['p-ps', theirs], ['p-self', mine]]) {
		assert.deepEqual((await w.verified(seat)).erased.map((e) => [e.hash, e.basis]), [[hash, 'unlawful']], seat);
	}
	await w.done();
});

test('each corrects what is its own to correct, in the form it has, and is told until the round', async () => {
	const w = await sealed('minutes-own');

	for (const seat of ['p-ps', 'p-aps', 'p-self', 'p-emp']) {
		await w.post(seat, 'code', {code: CODE});
	}
	const [aps, self] = [await leavesOf(w, 'p-aps'), await leavesOf(w, 'p-self')];
	const amend = async (seat, leaf, value, why = '聞きまちがい') => {
		const {status} = await w.post(seat, 'amend', {code: CODE, leaf, value, why});
		return status;
	};
	const wish = (n) => /^field\/plan\.[a-z_]+\.action\.person_wish$/.test(n);
	const [wished, [, , theirs]] = find(aps, (n, v) => wish(n) && v !== '' && self.has(n));
	const own = self.get(wished)[2];
	assert.equal(await amend('p-aps', theirs, '書きなおし'), 404, 'the words of the person');
	assert.equal(await amend('p-self', own, '書きなおし'), 200);
	const [, [, , pledge]] = find(self, (n, v) => /^row\/pplan\.statements\/[0-9a-f]+\/text$/.test(n) && v !== '');
	assert.equal(await amend('p-self', pledge, '私は、週2日から始める。'), 200);
	const decision = find(aps, (n, v) => n.startsWith('row/min.decisions/') && n.endsWith('/text') && v !== '')[1][2];
	const shared = find(self, (n, v) => n.startsWith('row/min.decisions/') && n.endsWith('/text') && v !== '')[1][2];
	assert.equal(await amend('p-self', shared, 'x'), 404, 'the minutes are the recorder\'s');
	for (const [value, status] of [[7, 400], [true, 400], [['x'], 400], ['a\u0000', 400]]) {
		assert.equal(await amend('p-aps', decision, value), status, JSON.stringify(value).slice(0, 20));
	}
	const place = aps.get('field/conf.place')[2];
	assert.equal(await amend('p-aps', place, 'x'.repeat(6000)), 413);
	assert.equal(await amend('p-aps', place, 'a\nb'), 400, 'of one line');
	assert.equal(await amend('p-aps', decision, '朝は二時間おそく始める'), 200);
	const area = find(self, (n) => /^row\/pplan\.statements\/[0-9a-f]+\/area$/.test(n))[1][2];
	assert.equal(await amend('p-self', area, 'nowhere'), 400, 'a choice that is none');

	/* Until their round they are told to who may correct, as far as they read them. */
	const amending = async (seat) => (await w.status(seat)).amending?.map((a) => [a.leaf, a.value, a.why]).sort();
	assert.deepEqual((await amending('p-self')).map(([, v]) => v).filter((v) => v !== '朝は二時間おそく始める').sort(), ['書きなおし', '私は、週2日から始める。'].sort());
	assert.ok((await amending('p-aps')).some(([leaf, v, why]) => leaf === decision && v === '朝は二時間おそく始める' && why === '聞きまちがい'));
	for (const seat of ['p-emp', 'p-cw', 'p-ps']) {
		assert.equal(await amending(seat), undefined, seat);
	}
	assert.deepEqual((await w.status('p-self')).may.includes('amend'), true);
	await w.goOn(DAY);
	assert.deepEqual(await amending('p-aps'), []);
	for (const seat of SEATS) {
		await w.verified(seat);
	}
	await w.done();
});
