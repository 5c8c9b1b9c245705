/*
 * The disk is full while two people write: nothing is called saved that is not on it, nobody sees
 * what is not, and when there is room again all of it arrives. The real server, its real database;
 * the disk is full because the process may write no file any longer (prlimit).
 *   node --test tests/proto/disk_full.mjs
 */
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import path from 'node:path';
import {after, before, test} from 'node:test';
import {Party, loadCore} from '../support/client.mjs';
import {ROOT, Server, defaultBin, makeDatabase, mustCli, removeDir, tempDir} from '../support/server.mjs';

const TEXT = 'plan.work.action.content';
const STATUS = 'plan.work.outline.status';
const WORDS = '満杯でも、書いたことはなくなりません。';
const dir = tempDir('full');
const parties = {};
let server, db;

/* The soft limit alone: it can be lifted again without a privilege. */
const disk = (size) => execFileSync('prlimit', ['--pid', String(server.pid), `--fsize=${size}:unlimited`]);
const agains = (p) => p.frames.filter(({frame}) => frame.t === 'again').length;

before(async () => {
	const made = await makeDatabase({bin: defaultBin(), dir, caseFile: path.join(ROOT, 'tests/cases/case-1.json')});
	const core = await loadCore();

	db = made.db;
	server = new Server({db, dir});
	await server.start();
	for (const seat of ['p-ps', 'p-hw']) {
		const link = made.links.find((l) => l.seat === seat);
		parties[seat] = new Party({server, link, core});
		await parties[seat].join();
	}
});

after(async () => {
	for (const p of Object.values(parties)) {
		p.room?.stop();
	}
	await server?.stop();
	removeDir(dir);
});

test('nothing is called saved, nothing is shown, and everything arrives when there is room again', async () => {
	const {'p-ps': ps, 'p-hw': hw} = parties;
	const old = ps.room.text(TEXT).doc;
	const status = ps.room.cells.get(STATUS).value;
	const other = status === 'paused' ? 'ongoing' : 'paused';

	disk(1);
	ps.room.text(TEXT).edit({from: 0, insert: WORDS});
	const set = ps.room.set(STATUS, other);
	await ps.until(() => agains(ps) > 1, 'being told to begin again');
	await hw.until(() => agains(hw) > 1, 'the same');
	await ps.until(() => ps.room.stuck && hw.room.stuck, 'being told why');
	assert.equal(ps.acks.length, 0);
	assert.notEqual(ps.room.status, 'live');
	assert.ok(ps.room.unsaved >= 2);
	assert.equal(ps.room.text(TEXT).doc, WORDS + old, 'one keeps on seeing what one wrote');
	assert.equal(hw.room.text(TEXT).doc, old);
	assert.equal(hw.room.cells.get(STATUS).value, status);
	disk('unlimited');
	await ps.settled();
	await set;
	await hw.until(() => hw.room.text(TEXT).doc === WORDS + old && hw.room.cells.get(STATUS).value === other, 'all of it');
	assert.deepEqual(ps.room.notes, []);
	assert.deepEqual(server.sanitizer, []);
});

test('what was acknowledged is there after a kill, and the database is sound', async () => {
	const {'p-ps': ps, 'p-hw': hw} = parties;
	const {doc} = ps.room.text(TEXT);

	await server.kill9();
	assert.match(await mustCli(defaultBin(), ['check', '--db', db]), /./);
	await server.start();
	const joined = hw.frames.filter(({frame}) => frame.t === 'snap').length;
	await hw.until(() => hw.room.status === 'live' && hw.frames.filter(({frame}) => frame.t === 'snap').length > joined, 'a fresh page');
	assert.equal(hw.room.text(TEXT).doc, doc);
});
