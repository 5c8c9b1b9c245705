/* Signing codes: changed with the old one, and made anew by somebody who forgot, after another vouched. */
import assert from 'node:assert/strict';
import {afterEach, test} from 'node:test';
import {CODE, DAY, HOUR, sealed, stopAll} from './minutes_world.mjs';
import {mustCli} from '../support/server.mjs';

afterEach(stopAll);

const NEW = 'とりなくこゑすゆ';
const codes = async (w, ...seats) => Promise.all(seats.map((s) => w.post(s, 'code', {code: CODE})));
const status = async (answer) => (await answer).status;
/* What the audit says of codes, as [what, how many seats]. */
async function audited(w) {
	const rows = JSON.parse(await mustCli('sqlite3', ['-json', w.db, "SELECT what, seats FROM audit WHERE what LIKE 'code-%' ORDER BY rowid"]) || '[]');

	return rows.map((row) => [row.what, BigInt(row.seats).toString(2).replaceAll('0', '').length]);
}

test('changed with the old one: the new one signs, what was signed stands', async () => {
	const w = await sealed('codes-change');

	await codes(w, 'p-emp', 'p-ps');
	assert.equal(await status(w.sign('p-emp')), 200);
	const {acts} = await w.status('p-emp');
	assert.equal(await status(w.post('p-emp', 'code', {code: NEW, old: 'ちがうことば' + NEW})), 401, 'not the old one');
	assert.equal(await status(w.post('p-emp', 'code', {code: 'short', old: CODE})), 400);
	assert.equal(await status(w.post('p-hw', 'code', {code: NEW, old: CODE})), 401, 'there is none to change');
	assert.deepEqual(await audited(w), []);
	assert.equal(await status(w.post('p-emp', 'code', {code: NEW, old: CODE})), 200);
	assert.deepEqual((await w.status('p-emp')).acts, acts);
	assert.deepEqual(await audited(w), [['code-changed', 1]]);
	const withdraw = (code) => status(w.post('p-emp', 'sign', {code, decision: 'withdraw'}));
	assert.equal(await withdraw(CODE), 401);
	assert.equal(await withdraw(NEW), 200);
	await w.goOn(2 * HOUR);
	await w.verified('p-emp');
	await w.done();
});

test('the old one is tried as any code is: each wrong one makes the next wait', async () => {
	const w = await sealed('codes-slow');

	await codes(w, 'p-emp');
	for (let i = 0; i < 3; i++) {
		assert.equal(await status(w.post('p-emp', 'code', {code: NEW, old: 'not the code'})), 401);
	}
	assert.equal(await status(w.post('p-emp', 'code', {code: NEW, old: CODE})), 429);
	await w.done();
});

test('forgotten: asked, vouched for by somebody who sat with them, set anew', async () => {
	const w = await sealed('codes-forgot');

	await codes(w, 'p-emp', 'p-ps', 'p-cw', 'p-aps');
	assert.equal(await status(w.sign('p-emp')), 200);
	assert.equal(await status(w.post('p-hw', 'forgot', {})), 409, 'it has none');
	assert.equal(await status(w.post('p-emp', 'code', {code: NEW})), 409, 'nobody vouched');
	const {party, recover} = await w.status('p-emp');
	assert.equal(recover, undefined);
	assert.equal(await status(w.post('p-ps', 'confirm', {code: CODE, for: party})), 404, 'it did not ask');
	assert.equal(await status(w.post('p-emp', 'forgot', {})), 200);
	assert.equal(await status(w.post('p-emp', 'forgot', {})), 429, 'not all the time');
	assert.equal((await w.status('p-emp')).recover, 'asked');
	assert.equal(await status(w.post('p-emp', 'code', {code: NEW})), 409, 'to ask is not enough');

	/* Who may vouch is told, and nobody else. */
	assert.deepEqual((await w.status('p-ps')).forgot, [party]);
	assert.equal((await w.status('p-cw')).forgot, undefined);
	assert.equal((await w.status('p-emp')).forgot, undefined);
	assert.equal(await status(w.post('p-cw', 'confirm', {code: CODE, for: party})), 404, 'no such duty');
	assert.equal(await status(w.post('p-emp', 'confirm', {code: CODE, for: party})), 404, 'oneself');
	assert.equal(await status(w.post('p-ps', 'confirm', {code: NEW, for: party})), 401, 'with its own code');
	assert.equal(await status(w.post('p-ps', 'confirm', {code: CODE})), 400);
	assert.equal(await status(w.post('p-ps', 'confirm', {code: CODE, for: 'f'.repeat(16)})), 404);
	assert.equal(await status(w.post('p-ps', 'confirm', {code: CODE, for: party})), 200);
	assert.equal(await status(w.post('p-ps', 'confirm', {code: CODE, for: party})), 404, 'once');
	assert.equal((await w.status('p-ps')).forgot, undefined);
	assert.equal((await w.status('p-emp')).recover, 'vouched');
	assert.equal(await status(w.post('p-emp', 'forgot', {})), 409);

	/* Over a restart, too. */
	await w.goOn(HOUR);
	assert.equal(await status(w.post('p-emp', 'code', {code: NEW})), 200);
	assert.equal(await status(w.post('p-emp', 'code', {code: CODE})), 409, 'once');
	const after = await w.status('p-emp');
	assert.deepEqual([after.recover, after.code, after.acts.length], [undefined, 'set', 1]);
	assert.equal(await status(w.post('p-emp', 'sign', {code: CODE, decision: 'withdraw'})), 401);
	assert.equal(await status(w.post('p-emp', 'sign', {code: NEW, decision: 'withdraw'})), 200);
	assert.deepEqual(await audited(w), [['code-forgot', 1], ['code-vouched', 2], ['code-anew', 1]]);
	await w.goOn(2 * HOUR);
	await w.verified('p-emp');
	await w.done();
});

test('what was vouched holds for a day, what was asked for a week', async () => {
	const w = await sealed('codes-late');

	await codes(w, 'p-emp', 'p-ps');
	const {party} = await w.status('p-emp');
	await w.post('p-emp', 'forgot', {});
	assert.equal(await status(w.post('p-ps', 'confirm', {code: CODE, for: party})), 200);
	await w.goOn(DAY + 2000);
	assert.equal((await w.status('p-emp')).recover, undefined);
	assert.equal(await status(w.post('p-emp', 'code', {code: NEW})), 409);
	assert.equal(await status(w.post('p-emp', 'forgot', {})), 200);
	await w.goOn(7 * DAY + 2000);
	assert.equal((await w.status('p-ps')).forgot, undefined);
	assert.equal(await status(w.post('p-ps', 'confirm', {code: CODE, for: party})), 404);
	await w.done();
});

test('who tried too often does not wait with the new one; with the old one found again, asking is over', async () => {
	const w = await sealed('codes-found');

	await codes(w, 'p-emp', 'p-ps');
	const {party} = await w.status('p-emp');
	for (let i = 0; i < 4; i++) {
		await w.post('p-emp', 'sign', {code: 'not the code', decision: 'withdraw'});
	}
	await w.post('p-emp', 'forgot', {});
	await w.post('p-ps', 'confirm', {code: CODE, for: party});
	assert.equal(await status(w.post('p-emp', 'code', {code: NEW})), 200);
	assert.equal(await status(w.sign('p-emp', {code: NEW})), 200);
	await w.goOn(HOUR);
	await w.post('p-emp', 'forgot', {});
	assert.equal(await status(w.post('p-emp', 'code', {code: CODE, old: NEW})), 200);
	assert.equal((await w.status('p-emp')).recover, undefined);
	assert.equal(await status(w.post('p-ps', 'confirm', {code: CODE, for: party})), 404);
	await w.done();
});
