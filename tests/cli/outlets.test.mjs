/* The scanner of support/outlets.mjs finds what is planted for it, and nobody goes round it. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import fs from 'node:fs';
import path from 'node:path';
import {ROOT} from '../support/server.mjs';
import {MARK} from '../demo/canary.mjs';
import {Outlet, checkCommand, checkLog, forbiddenTo, nothingIn, takeFaults, toldTo} from '../support/outlets.mjs';

const found = (act) => {
	act();
	return takeFaults();
};
const secret = () => forbiddenTo('emp')[0].text;
const snap = (role, x) => JSON.stringify({t: 'snap', me: {official: false, seat: '00', label: 'l', role}, cells: [{x}]});

test('a text that a role may never read is found in a frame, and in the frames after it', () => {
	const outlet = new Outlet();

	assert.deepEqual(found(() => outlet.take(snap('emp', 'なにもない'))), []);
	assert.match(found(() => outlet.take(JSON.stringify({t: 'set', value: secret()}))).join(), /^emp was sent/);
	assert.match(found(() => new Outlet().take(snap('emp', `前${secret()}後`))).join(), /^emp was sent/);
});

test('as escapes, too', () => {
	const escaped = [...secret()].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');

	assert.match(found(() => new Outlet().take(snap('emp', '').replace('"x":""', `"x":"${escaped}"`))).join(),
		/^emp was sent/);
});

test('who may read it is sent it', () => {
	assert.deepEqual(found(() => new Outlet().take(snap('ps', secret()))), []);
});

test('every role but the two companions who read everything has something it may never read', () => {
	for (const role of ['self', 'aps', 'cw', 'hw', 'pj', 'emp', 'kp', 'lkp', 'guest', 'adm']) {
		assert.ok(forbiddenTo(role).length > 10, role);
	}
});

test('what anybody may fetch holds no text of a case, and no token', () => {
	assert.deepEqual(found(() => nothingIn('<p>六者</p>', 'GET /')), []);
	assert.match(found(() => nothingIn(`<p>${secret()}</p>`, 'GET /')).join(), /^GET \/ says/);
	const token = `${MARK}${'abcdefghij'.repeat(2)}`;
	assert.match(found(() => nothingIn(`x${token}`, 'GET /')).join(), /token/);
	assert.match(found(() => nothingIn(Buffer.from(`xx${token}`).toString('base64'), 'GET /')).join(), /token/);
});

test('the log has figures and words of the program only', () => {
	const good = 'level=info event=login result=ok series=1 seat=3\nlistening on http://127.0.0.1:1\n' +
		'store: event=commit code=13 reason="database or disk is full"\n';

	assert.deepEqual(found(() => checkLog(good)), []);
	for (const bad of ['level=info event=login result=ok label=真砂', 'level=info event=edit cell=plan.work',
		'level=info event=login secret=Zm9v', 'level=info event=edit row=0123456789abcdef', 'hello', 'GET /s/0011']) {
		assert.match(found(() => checkLog(`${good}${bad}\n`)).join(), /no known form/, bad);
	}
	assert.match(found(() => checkLog(`level=error event=load why="${secret()}"\n`)).join(), /the log says/);
});

test('a command that is to say nothing of a case is heard', () => {
	assert.match(found(() => checkCommand(['check', '--db', 'x'], '', secret())).join(), /^rokusha check says/);
	assert.deepEqual(found(() => checkCommand(['export', 'x'], secret(), '')), []);
});

/* ---- nobody goes round it ---- */

const filesOf = (dir) => fs.readdirSync(dir, {withFileTypes: true}).flatMap((e) =>
	e.isDirectory() ? filesOf(path.join(dir, e.name)) : e.name.endsWith('.mjs') ? [path.join(dir, e.name)] : []);

/* Files that may do it, each with why. */
const MAY = {
	/* its own rig, on the scanner; a sham server; commands that end; not the server at all */
	'child_process': ['support/server.mjs', 'browser/server.mjs', 'proto/net_rig.mjs', 'cli/export.test.mjs',
		'cli/office.test.mjs', 'cli/schema.test.mjs', 'proto/disk_full.mjs', 'random/run.mjs', 'random/plants.mjs',
		'hostile/rig.mjs', 'hostile/bench.mjs', 'hostile/hostile.test.mjs', 'faults/diskfull.mjs', 'fuzz/seeds_rows.mjs',
		'truth/sealed.test.mjs', 'mutants/run.mjs', 'browser/passkey.test.mjs', 'browser/signing.test.mjs', 'proto/passkey.test.mjs', 'bench/servers.mjs', 'bench/profile.mjs',
		'bench/peers/sharedb-pg.mjs', 'bench/minutes.mjs', 'demo/signing.mjs', 'vectors/minutes/drive/drive.mjs', 'minutes/rig.mjs'],
	/* the one that searches what comes */
	"('ws')": ['support/client.mjs'],
	/* bytes that are no messages: hostile handshakes, whether a port answers */
	"'node:net'": ['proto/net_rig.mjs', 'proto/net_smoke.mjs', 'browser/server.mjs', 'hostile/rig.mjs',
		'hostile/hostile.test.mjs', 'support/proxy.mjs'],
};

test('servers are started and sockets opened by the rigs alone', () => {
	for (const [words, may] of Object.entries(MAY)) {
		const users = filesOf(path.join(ROOT, 'tests')).filter((f) => fs.readFileSync(f, 'utf8').includes(words))
			.map((f) => path.relative(path.join(ROOT, 'tests'), f)).filter((f) => f !== 'cli/outlets.test.mjs');
		assert.deepEqual(users.filter((f) => !may.includes(f)), [], words);
	}
	for (const file of ['support/server.mjs', 'browser/server.mjs', 'proto/net_rig.mjs']) {
		const text = fs.readFileSync(path.join(ROOT, 'tests', file), 'utf8');
		assert.equal(text.split("['serve',").length, text.split('watchServer(spawn(').length, file);
	}
});

test('a leaf of signed minutes is read, too', () => {
	const leaf = Buffer.from(JSON.stringify(['x'.repeat(43), 's01/row/min.decisions/0/text', secret()])).toString('base64url');

	assert.match(found(() => toldTo('emp', JSON.stringify({b: [[leaf]]}), 'GET /s/0/minutes/bundle')).join(), /^GET .* to emp/);
	assert.deepEqual(found(() => toldTo('ps', JSON.stringify({b: [[leaf]]}), 'GET /s/0/minutes/bundle')), []);
});
