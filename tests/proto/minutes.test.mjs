/*
 * Signed minutes on the real server: the end of a meeting is played over sockets, sealed, signed over HTTP, and
 * what every seat gets is checked by the sketch's verifier, which knows nothing of this server.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {afterEach, test} from 'node:test';
import {BIN, CODE, DAY, HOUR, SEATS, SERIES, sealed, stopAll} from './minutes_world.mjs';
import {request} from '../support/http.mjs';
import {cli, mustCli, removeDir} from '../support/server.mjs';
import {verify} from '../vectors/minutes/verify.mjs';

afterEach(stopAll);

test('sealed, signed by several, and every seat holds what stands on its own', async () => {
	const w = await sealed('minutes');

	assert.equal(w.before.state, 'ended');
	assert.deepEqual(w.before.may, ['seal']);
	assert.ok(w.missing.some((m) => m.what === 'who' && m.cell.startsWith('min.actions/')));
	assert.ok(w.missing.some((m) => m.what === 'segment'));
	const previewed = verify(w.preview, [JSON.parse(w.preview).key]);
	assert.equal(previewed.verdict, 'valid', previewed.why);

	const first = await w.status('p-emp');
	assert.equal(first.state, 'sealed');
	assert.equal(first.code, 'none');
	assert.deepEqual(first.acts, []);
	assert.equal(first.heads.length, 1);
	assert.equal(first.deadline, Date.parse('2026-11-27T00:00:00+09:00') / 1000);
	for (const seat of SEATS) {
		assert.equal((await w.post(seat, 'code', {code: CODE})).status, 200);
	}
	assert.equal((await w.sign('p-ps')).status, 200);
	assert.equal((await w.sign('p-aps')).status, 200);
	const own = await w.status('p-emp');
	assert.equal((await w.sign('p-emp', {decision: 'reserve', note: '朝の交代だけが心配です', slot: own.slot})).status, 200);
	assert.equal((await w.sign('p-hw', {decision: 'decline', note: '決めるところにいなかった'})).status, 200);

	/* Told at once, in no round yet. */
	const told = await w.status('p-self');
	assert.deepEqual(told.acts.map((a) => [a.round, a.method]), Array(4).fill([null, 'attested']));
	assert.equal((await w.status('p-emp')).heads.length, 0);

	/* The command line beside the server, at the same time as others sign. */
	const beside = cli(BIN, ['bundle', '--db', w.db, '--series', SERIES, '--as', 'p-cw', '--now', '2026-11-12T14:30']);
	const also = w.sign('p-cw');
	assert.equal(verify((await beside).out, [first.key]).verdict, 'valid');
	assert.equal((await also).status, 200);

	/* An hour later they stand in a round. */
	await w.goOn(2 * HOUR);
	const self = await w.status('p-self');
	assert.ok(self.acts.every((a) => a.round === 2), JSON.stringify(self.acts));
	for (const seat of SEATS) {
		const r = await w.verified(seat);
		assert.ok(r.fields > 20, seat);
		assert.ok(r.acts.length >= 3, `${seat}: ${r.acts.length}`);
	}
	const reserved = (await w.verified('p-emp')).acts.find((a) => a.party === own.party);
	assert.deepEqual([...new Set([...reserved.says.values()].map((s) => s.decision))].sort(), ['agree', 'reserve']);
	/* The others read that the employer agrees: its word to itself is its own. */
	const seen = (await w.verified('p-ps')).acts.find((a) => a.party === own.party);
	assert.deepEqual([...seen.says.values()].map((s) => s.decision), ['agree']);

	assert.match((await cli(BIN, ['check', '--db', w.db])).out, /"minutes":1/);
	await w.done();
});

test('on paper, by a mark with a witness, and taken back', async () => {
	const w = await sealed('minutes-paper');

	for (const seat of ['p-ps', 'p-aps', 'p-self', 'p-emp']) {
		await w.post(seat, 'code', {code: CODE});
	}
	const ps = await w.status('p-ps');
	assert.ok(ps.may.includes('mark'));
	assert.equal((await w.sign('p-ps')).status, 200);
	assert.equal((await w.sign('p-self')).status, 200);
	const id = async (seat) => (await w.status(seat)).party;
	const emp = await id('p-emp'), cw = await id('p-cw'), aps = await id('p-aps');
	const scan = Buffer.alloc(32, 7).toString('base64');
	assert.equal((await w.post('p-aps', 'paper', {code: CODE, for: emp, decision: 'agree', scan})).status, 200);
	assert.equal((await w.post('p-ps', 'mark', {code: CODE, for: cw, decision: 'agree', witness: aps})).status, 200);
	assert.equal((await w.post('p-ps', 'mark', {code: CODE, for: cw, decision: 'agree', witness: aps})).status, 409, 'twice');
	assert.equal((await w.post('p-emp', 'mark', {code: CODE, for: cw, decision: 'agree', witness: aps})).status, 404, 'no scribe');

	const acts = (await w.status('p-aps')).acts;
	const paper = acts.find((a) => a.method === 'paper');
	assert.deepEqual([paper.party, paper.vouched], [emp, true]);
	const mark = acts.find((a) => a.party === cw);
	assert.equal(mark.vouched, false);
	assert.equal((await w.post('p-ps', 'vouch', {code: CODE, about: acts.find((a) => a.party === ps.party).id})).status, 409, 'oneself');
	assert.equal((await w.post('p-aps', 'vouch', {code: CODE, about: mark.id})).status, 200);
	assert.equal((await w.status('p-aps')).acts.find((a) => a.party === cw && a.id === mark.id).vouched, true);

	/* Taken back, and signed again. */
	assert.equal((await w.status('p-self')).heads.length, 0);
	const signed = (await w.status('p-ps')).acts.length;
	assert.equal((await w.post('p-self', 'sign', {code: CODE, decision: 'withdraw'})).status, 200);
	assert.equal((await w.post('p-self', 'sign', {code: CODE, decision: 'withdraw'})).status, 409, 'nothing is left to take back');
	assert.equal((await w.status('p-self')).heads.length, 1, 'it may sign again');
	assert.ok((await w.status('p-ps')).acts.length > signed);
	await w.goOn(2 * HOUR);
	for (const seat of SEATS) {
		await w.verified(seat);
	}
	await w.done();
});

test('killed in the middle: what was said to be kept is there, and the log goes on', async () => {
	const w = await sealed('minutes-kill');

	for (const seat of ['p-ps', 'p-aps', 'p-self']) {
		await w.post(seat, 'code', {code: CODE});
	}
	const {origin} = await w.status('p-ps');
	assert.equal((await w.sign('p-ps')).status, 200);
	const late = w.sign('p-self').catch(() => null);
	await w.sign('p-aps');
	await w.server.kill9();
	await late;
	await w.begin(w.server.clock().high);
	const again = await w.status('p-ps');
	assert.equal(again.origin, origin);
	assert.equal(again.acts.filter((a) => a.party === again.party).length, 1);
	assert.ok(again.acts.length >= 2);
	await w.goOn(2 * HOUR);
	for (const seat of SEATS) {
		await w.verified(seat);
	}
	assert.match((await cli(BIN, ['check', '--db', w.db])).out, /"minutes":1/);
	await w.done();
});

test('an older copy of the database is noticed: nothing is signed in that log, another names its head', async () => {
	const w = await sealed('minutes-copy');
	const copy = path.join(w.dir, 'copy.db');

	const before = await w.status('p-ps');
	await w.post('p-ps', 'code', {code: CODE});
	const now = w.server.clock().high;
	await w.server.stop();
	fs.copyFileSync(w.db, copy);
	await w.begin(now + 2 * HOUR);
	const round = await w.verified('p-ps');
	assert.equal(round.size, 2);
	await w.sign('p-ps');
	await w.goOn(24 * HOUR);
	const given = JSON.parse(await w.bundle('p-ps'));
	const head = fs.readFileSync(`${w.db}.heads`, 'utf8').trim().split('\n').at(-1);
	assert.ok(given.size > 2);
	await w.server.stop();
	fs.copyFileSync(copy, w.db);
	for (const rest of ['-wal', '-shm']) {
		fs.rmSync(w.db + rest, {force: true});
	}
	const wrong = await cli(BIN, ['check', '--db', w.db]);
	assert.notEqual(wrong.code, 0);
	assert.match(wrong.err, /older than a head that was given out/);
	await w.begin(now + 30 * HOUR);
	const after = await w.status('p-ps');
	assert.notEqual(after.origin, before.origin);
	assert.deepEqual(after.acts, []);
	const r = JSON.parse(await w.bundle('p-ps'));
	assert.ok(r.entries[0].h.includes(`parent ${head}`), r.entries[0].h[5]);
	await w.verified('p-ps');
	await w.verified('p-emp');
	await w.done();
});

test('wrong codes wait longer and longer, over a restart, too', async () => {
	const w = await sealed('minutes-codes');
	const tryCode = (code) => w.post('p-emp', 'sign', {code, decision: 'agree', heads: []});

	assert.equal((await tryCode(CODE)).status, 401, 'there is none yet');
	assert.equal((await w.post('p-emp', 'code', {code: 'short'})).status, 400);
	assert.equal((await w.post('p-emp', 'code', {code: CODE})).status, 200);
	assert.equal((await w.post('p-emp', 'code', {code: CODE + 'x'})).status, 409, 'once');
	assert.equal((await w.status('p-emp')).code, 'set');
	for (let i = 0; i < 3; i++) {
		assert.equal((await tryCode('not the code')).status, 401);
	}
	assert.equal((await tryCode('not the code')).status, 429);
	assert.equal((await tryCode(CODE)).status, 429, 'the right one neither');
	await w.goOn(1000);
	assert.equal((await tryCode(CODE)).status, 429);
	assert.equal((await w.post('p-ps', 'sign', {code: CODE, decision: 'agree', heads: []})).status, 401, 'it is that seat alone');
	await w.goOn(20_000);
	assert.equal((await w.sign('p-emp')).status, 200);
	await w.done();
});

test('who is a stranger, or asks for what is not there, is refused', async () => {
	const w = await sealed('minutes-strangers');
	const {sid, cookie} = await w.session('p-emp');
	const other = await w.session('p-ps');
	const {origin} = w.server;
	const at = (p, options = {}) => request(origin, {path: `/s/${p}`, ...options});

	assert.equal((await at(`${sid}/minutes`)).status, 403, 'no cookie');
	assert.equal((await at(`${sid}/minutes`, {headers: {cookie: other.cookie}})).status, 403);
	assert.equal((await at(`${sid}/minutes/bundle`)).status, 403);
	assert.equal((await at(`${sid}/minutes/nothing`, {headers: {cookie}})).status, 404);
	assert.equal((await at(`${sid}/minutes/sign`, {headers: {cookie}})).status, 404, 'a question by GET that writes');
	assert.equal((await w.post('p-emp', 'bundle', {})).status, 404);
	assert.equal((await w.post('p-emp', 'sign', {code: CODE}, {origin: 'https://elsewhere.example'})).status, 403);
	assert.equal((await at(`${sid}/minutes`, {method: 'HEAD', headers: {cookie}})).status, 405);
	assert.equal((await w.post('p-emp', 'sign', {code: 'x'.repeat(17_000)})).status, 413);
	/* a body of 16 KiB, and one more */
	const long = (bytes) => JSON.stringify({code: ''}).replace('""', `"${'x'.repeat(bytes - 11)}"`);
	assert.equal(Buffer.byteLength(long(16_384)), 16_384);
	for (const [bytes, status] of [[16_384, 401], [16_385, 413]]) {
		const answer = await request(origin, {method: 'POST', path: `/s/${sid}/minutes/sign`, body: long(bytes), headers: {cookie, origin}});
		assert.equal(answer.status, status, `${bytes} bytes`);
	}
	for (const body of ['', '[]', '"x"', '{', '{"code":1,"code":2}', '{"code":"\\u0000"}', 'null']) {
		const answer = await request(origin, {method: 'POST', path: `/s/${sid}/minutes/sign`, body: body || ' ', headers: {cookie, origin}});
		assert.equal(answer.status, 400, body);
	}
	/* Heads nobody has, another's slot, a decision that is none. */
	await w.post('p-emp', 'code', {code: CODE});
	const {heads} = await w.status('p-emp');
	const pairs = heads.map((h) => [h.size, h.root]);
	const sign = async (more) => (await w.post('p-emp', 'sign', {code: CODE, decision: 'agree', heads: pairs, ...more})).status;
	assert.equal(await sign({heads: []}), 409);
	assert.equal(await sign({heads: [[2, Buffer.alloc(32).toString('base64')]]}), 409);
	assert.equal(await sign({heads: [...pairs, ...pairs]}), 409);
	assert.equal(await sign({decision: 'vouch'}), 400);
	assert.equal(await sign({decision: 'maybe'}), 400);
	const mine = heads[0].slots;
	const foreign = [...Array(32).keys()].map((i) => `s${String(i).padStart(2, '0')}`).find((s) => !mine.includes(s));
	assert.equal(await sign({slot: foreign}), 404);
	assert.equal(await sign({slot: 's32'}), 400);
	assert.equal(await sign({}), 200);
	assert.equal(await sign({heads: []}), 409, 'nothing is left to sign');
	await w.done();
});

test('the employer is told nothing of what it does not read', async () => {
	const w = await sealed('minutes-employer');

	for (const seat of ['p-ps', 'p-emp', 'p-self']) {
		await w.post(seat, 'code', {code: CODE});
	}
	const before = (await w.get('p-emp')).body.toString('utf8');
	const {slots} = (await w.status('p-ps')).heads[0];
	const own = JSON.parse(before).heads[0].slots;
	const hidden = slots.filter((s) => !own.includes(s));
	assert.ok(hidden.length >= 2, 'the companion has slots of its own');
	assert.equal((await w.sign('p-ps', {decision: 'reserve', note: '外の人には見せない', slot: hidden[0]})).status, 200);
	const after = await w.status('p-emp');
	const text = JSON.stringify(after);
	for (const s of hidden) {
		assert.ok(!text.includes(`"${s}"`), `${s} is told`);
	}
	assert.ok(!text.includes('外の人には'), 'a note of another slot');
	assert.deepEqual(after.acts.map((a) => Object.values(a.says).map((s) => s.decision)).flat(), ['agree']);
	assert.deepEqual(Object.keys(JSON.parse(before)).sort(), Object.keys(after).sort());
	await w.goOn(2 * HOUR);
	const bundle = await w.bundle('p-emp');
	const leaves = JSON.stringify(JSON.parse(bundle).entries.flatMap((e) => e.b).flat()
		.map((d) => (typeof d === 'string' && d.length > 44 ? Buffer.from(d, 'base64url').toString('utf8') : '')));
	assert.ok(leaves.includes('朝は一時間おそく始める'));
	for (const secret of ['その先のことは外で話さない', '外の人には', '書類をそろえる']) {
		assert.ok(!leaves.includes(secret), secret);
	}
	await w.done();
});

test('a correction is told to who read it, and they are asked again', async () => {
	const w = await sealed('minutes-amend');

	for (const seat of ['p-ps', 'p-aps', 'p-emp']) {
		await w.post(seat, 'code', {code: CODE});
	}
	await w.sign('p-ps');
	await w.sign('p-emp');
	const leaf = JSON.parse(await w.bundle('p-aps')).entries[1].b.flat().find((d) =>
		Buffer.from(d, 'base64url').toString('utf8').includes('その先のことは'));
	const {createHash} = await import('node:crypto');
	const hash = createHash('sha256').update(Buffer.concat([Buffer.of(0), Buffer.from(leaf)])).digest('base64');
	const change = {code: CODE, leaf: hash, value: 'その先のことは書面で', why: '聞きまちがい'};
	assert.equal((await w.post('p-emp', 'amend', change)).status, 404, 'it does not read it');
	/* A leaf of the employer's own slot: the recorder has the same words in another one. */
	const {slot} = await w.status('p-emp');
	const own = JSON.parse(await w.bundle('p-emp')).entries[1].b.flat().find((d) =>
		JSON.parse(Buffer.from(d, 'base64url').toString('utf8'))[1].startsWith(`${slot}/row/`));
	const ownHash = createHash('sha256').update(Buffer.concat([Buffer.of(0), Buffer.from(own)])).digest('base64');
	assert.equal((await w.post('p-aps', 'amend', {...change, leaf: ownHash})).status, 404, 'not its leaf');
	assert.equal((await w.post('p-aps', 'amend', {...change, why: ''})).status, 400);
	assert.equal((await w.post('p-aps', 'amend', change)).status, 200);
	await w.goOn(2 * HOUR);
	assert.equal((await w.status('p-emp')).heads.length, 0, 'nothing is new to the employer');
	const {heads} = await w.status('p-ps');
	assert.deepEqual(heads.map((h) => h.size), [3]);
	assert.equal((await w.sign('p-ps')).status, 200);
	await w.goOn(24 * HOUR);
	for (const seat of SEATS) {
		await w.verified(seat);
	}
	await w.done();
});
