/* Holds from the command line: set, lifted, shown; each word of it stays. */
import assert from 'node:assert/strict';
import path from 'node:path';
import {test} from 'node:test';
import {ROOT, cli, defaultBin, mustCli, tempDir} from '../support/server.mjs';

const BIN = defaultBin();
const SERIES = 'K-0101-C';
const NOW = '2026-11-12T18:00';

async function made() {
	const db = path.join(tempDir('hold'), 'a.db');

	await mustCli(BIN, ['init', db]);
	await mustCli(BIN, ['import', '--db', db, '--now', NOW, path.join(ROOT, 'tests/cases/case-1.json')]);
	const hold = (what, ...more) => cli(BIN, ['hold', what, '--db', db, '--series', SERIES, ...more]);
	const show = async (now) => JSON.parse((await hold('show', '--now', now)).out);
	return {db, hold, show};
}

test('set to a day, set anew, lifted: the last word counts, and all are told', async () => {
	const {hold, show} = await made();
	const by = ['--by', '総務課 山田'];

	assert.deepEqual(await show(NOW), {stands: false, said: []});
	const set = await hold('set', '--why', '開示の請求', ...by, '--until', '2026-11-20', '--now', NOW);
	assert.equal(set.code, 0, set.err);
	assert.equal((await show('2026-11-20T23:59')).stands, true, 'to the end of that day');
	assert.equal((await show('2026-11-21T00:00')).stands, false);
	assert.equal((await hold('set', '--why', '訴訟のおそれ', ...by, '--now', '2026-11-13T09:00')).code, 0);
	assert.equal((await show('2030-01-01T00:00')).stands, true);
	assert.equal((await hold('lift', '--why', '終わった', ...by, '--now', '2026-12-01T09:00')).code, 0);
	const at = (time) => Date.parse(`${time}:00+09:00`) / 1000;
	assert.deepEqual(await show('2026-12-01T09:01'), {stands: false, said: [
		{what: 'lift', at: at('2026-12-01T09:00'), by: '総務課 山田', why: '終わった'},
		{what: 'set', at: at('2026-11-13T09:00'), by: '総務課 山田', why: '訴訟のおそれ'},
		{what: 'set', at: at(NOW), until: at('2026-11-21T00:00'), by: '総務課 山田', why: '開示の請求'}]});
});

test('without a reason, a name, a series or a day that is one nothing is done', async () => {
	const {hold, show} = await made();
	const both = ['--why', 'x', '--by', 'y', '--now', NOW];

	assert.match((await hold('lift', ...both)).err, /no hold stands/);
	assert.equal((await hold('set', '--why', 'x')).code, 2);
	assert.equal((await hold('set', '--by', 'x')).code, 2);
	assert.match((await hold('set', '--why', '', '--by', 'y')).err, /empty/);
	assert.match((await hold('set', '--why', 'a\nb', '--by', 'y')).err, /one line/);
	assert.match((await hold('set', ...both, '--until', '2026-02-30')).err, /no day/);
	assert.match((await hold('set', ...both, '--until', '2026-11-11')).err, /is over/);
	assert.match((await hold('set', ...both, '--series', 'K-9')).err, /no series/);
	assert.deepEqual(await show(NOW), {stands: false, said: []});
});
