/* Minutes of an earlier meeting of the series: listed for who was invited there, read, saved, signed late. */
import assert from 'node:assert/strict';
import {afterEach, test} from 'node:test';
import {BIN, CODE, DAY, HOUR, World, must, stopAll} from './minutes_world.mjs';
import {cli} from '../support/server.mjs';
import {verify} from '../vectors/minutes/verify.mjs';

afterEach(stopAll);

const FIRST = '朝は一時間おそく始める', SECOND = '封筒は来週開ける';

/* Two meetings, each sealed; the employer and Hello Work are of the first alone. */
async function twice(name) {
	const w = await World.make(name);
	const meeting = async (which, words, until) => {
		const ps = await w.conn('p-ps'), aps = await w.conn('p-aps');
		const items = ps.keys('conf.agenda_items.title').map((k) => k.split('/')[1]);

		for (const i of which) {
			await must(ps, {t: 'open', row: items[i]});
		}
		await must(aps, {t: 'row', table: 'min.decisions', cells: {text: words}});
		await must(ps, {t: 'close', end: 1});
		await must(ps, {t: 'seal', until});
		ps.end();
		aps.end();
	};

	await meeting([2, 1, 0], FIRST, '2026-11-14');
	w.first = (await w.status('p-ps')).origin.slice(-32);
	await w.goOn(2 * DAY);
	w.before = await w.status('p-emp');
	await meeting([3, 4], SECOND, '2026-11-28');
	w.second = (await w.status('p-ps')).origin.slice(-32);
	w.list = async (seat) => {
		const answer = await w.get(seat, '/list');
		assert.equal(answer.status, 200, String(answer.body));
		return JSON.parse(answer.body).meetings;
	};
	w.of = async (seat, of) => {
		const answer = await w.get(seat, `/${of}`);
		return {code: answer.status, body: String(answer.body), ...(answer.status === 200 ? JSON.parse(answer.body) : {})};
	};
	w.bundleOf = async (seat, of) => {
		const answer = await w.get(seat, `/${of}/bundle`);
		const text = answer.body.toString('utf8');
		if (answer.status !== 200) {
			return answer.status;
		}
		assert.equal(verify(text, [(await w.of(seat, of)).key]).verdict, 'valid');
		return JSON.stringify(JSON.parse(text).entries[1].b.flat().map((d) => Buffer.from(d, 'base64url').toString('utf8')));
	};
	return w;
}

test('each seat is told of the meetings it was invited to, and gets their minutes', async () => {
	const w = await twice('earlier');

	assert.notEqual(w.first, w.second);
	assert.deepEqual((await w.list('p-ps')).map((m) => m.of), [w.second, w.first]);
	const [last, before] = await w.list('p-self');
	assert.equal(before.deadline, Date.parse('2026-11-15T00:00:00+09:00') / 1000);
	assert.equal(last.deadline, Date.parse('2026-11-29T00:00:00+09:00') / 1000);
	assert.ok(before.sealed < last.sealed);
	assert.match(await w.bundleOf('p-ps', w.first), new RegExp(FIRST));
	assert.match(await w.bundleOf('p-ps', w.second), new RegExp(SECOND));
	const one = await w.of('p-ps', w.first);
	assert.deepEqual([one.state, one.origin.slice(-32), one.may.includes('seal'), one.missing], ['sealed', w.first, false, undefined]);

	/* What the employer had before the second one is what it has after it. */
	assert.equal((await w.status('p-emp')).origin.slice(-32), w.first);
	assert.deepEqual({...(await w.status('p-emp')), next: 0, now: 0}, {...w.before, next: 0, now: 0});
	/* Of the second one the employer hears nothing, in no way. */
	for (const seat of ['p-emp', 'p-hw']) {
		assert.deepEqual((await w.list(seat)).map((m) => m.of), [w.first], seat);
		assert.match(await w.bundleOf(seat, w.first), new RegExp(FIRST));
		const none = await w.of(seat, w.second);
		const nothing = await w.of(seat, '0'.repeat(32));
		assert.deepEqual([none.code, none.body], [nothing.code, nothing.body], seat);
		assert.equal(none.code, 404);
		assert.equal(await w.bundleOf(seat, w.second), 404);
		assert.equal((await w.post(seat, 'code', {code: CODE})).status, 200);
		assert.equal((await w.post(seat, `${w.second}/sign`, {code: CODE, decision: 'agree', heads: []})).status, 404);
		assert.ok(!JSON.stringify(await w.list(seat)).includes(w.second));
	}
	await w.done();
});

test('signed late, and only there; rounds of both go on', async () => {
	const w = await twice('earlier-late');

	for (const seat of ['p-emp', 'p-ps']) {
		await w.post(seat, 'code', {code: CODE});
	}
	const sign = async (seat, of, base = of) => {
		const {heads} = await w.of(seat, base);
		return (await w.post(seat, `${of}/sign`, {code: CODE, decision: 'agree', heads: heads.map((h) => [h.size, h.root])})).status;
	};
	await w.goOn(2 * DAY);
	assert.equal(await sign('p-emp', w.first), 200);
	assert.equal(await sign('p-ps', w.second, w.first), 409, 'heads of another log');
	assert.equal(await sign('p-ps', w.first), 200);
	const {acts} = await w.of('p-ps', w.first);
	assert.deepEqual(acts.map((a) => a.late), [true, true]);
	assert.deepEqual((await w.status('p-ps')).acts, [], 'the last one is another log');
	assert.equal((await w.status('p-ps')).heads.length, 1);
	await w.goOn(2 * DAY);
	assert.ok((await w.of('p-emp', w.first)).acts.every((a) => a.round !== null));
	for (const of of [w.first, w.second]) {
		await w.bundleOf('p-self', of);
	}
	assert.match((await cli(BIN, ['check', '--db', w.db])).out, /"minutes":2/);
	await w.done();
});

test('a barred seat gets no list either, and a stranger none', async () => {
	const w = await twice('earlier-barred');
	const ps = await w.conn('p-ps');
	const emp = [...ps.seats.values()].find((s) => s.role === 'emp');

	assert.equal((await w.list('p-emp')).length, 1);
	await must(ps, {t: 'bar', seat: emp.seat, on: 1});
	ps.end();
	assert.ok([403, 404].includes((await w.get('p-emp', '/list')).status));
	assert.ok([403, 404].includes((await w.get('p-emp', `/${w.first}`)).status));
	await w.goOn(HOUR);
	assert.equal((await w.list('p-ps')).length, 2);
	await w.done();
});
