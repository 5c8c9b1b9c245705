/*
 * Passkeys over HTTP: made, signed with, ended; each thing a browser says tampered with. The authenticator is Node's
 * own cryptography; what comes of it is checked by the sketch's verifier and by rokusha-verify.
 */
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import {afterEach, test} from 'node:test';
import {BIN, CODE, HOUR, sealed, stopAll} from './minutes_world.mjs';
import {request} from '../support/http.mjs';
import {SoftKey} from '../support/passkey.mjs';
import {cli, removeDir} from '../support/server.mjs';

const RP = 'sign.rokusha.test';
const ARGS = ['--origin', 'https://rokusha.test', '--passkeys'];
const headsOf = (status) => status.heads.map((h) => [h.size, h.root]);

/* A seat with a code and one passkey. */
async function enrolled(w, seat, key = new SoftKey(RP)) {
	await w.post(seat, 'code', {code: CODE});
	const asked = await w.post(seat, 'passkey', {code: CODE});
	assert.equal(asked.status, 200);
	const kept = await w.post(seat, 'passkey-made', key.made(asked.json.challenge));
	assert.equal(kept.status, 200, JSON.stringify(kept.json));
	assert.equal(kept.json.id, key.id.toString('base64'));
	return key;
}

const drafted = async (w, seat, more = {}) =>
	w.post(seat, 'draft', {decision: 'agree', heads: headsOf(await w.status(seat)), ...more});
const finish = (w, seat, key, drafts, twist = {}) =>
	w.post(seat, 'draft-signed', {evidence: drafts.map((d) => key.signed(d.statement, twist))});

/* rokusha-verify's word for a bundle. */
function verifier(w, text, key) {
	const file = path.join(w.dir, 'bundle.json'), trust = path.join(w.dir, 'trust.txt');
	fs.writeFileSync(file, text);
	fs.writeFileSync(trust, `${key}\n`);
	return new Promise((resolve) => {
		execFile(path.join(path.dirname(BIN), 'rokusha-verify'), [file, '--trust', trust, '--json'], (error, out) =>
			resolve({code: error ? error.code : 0, out}));
	});
}

afterEach(stopAll);

test('a passkey is made with the code, signs without one, and three verifiers find it', async () => {
	const w = await sealed('passkey', ARGS);

	assert.deepEqual((await w.status('p-emp')).passkeys, []);
	assert.equal((await w.status('p-emp')).rp, RP);
	const key = await enrolled(w, 'p-emp');
	const status = await w.status('p-emp');
	assert.deepEqual(status.passkeys.map((k) => k.id), [key.id.toString('base64')]);
	assert.deepEqual((await w.status('p-ps')).passkeys, [], 'whose passkeys there are is nobody else\'s');

	const draft = await drafted(w, 'p-emp', {decision: 'reserve', note: '朝の交代だけが心配です', slot: status.slot});
	assert.equal(draft.status, 200, JSON.stringify(draft.json));
	assert.deepEqual([draft.json.rp, draft.json.spki], [RP, key.spki.toString('base64')]);
	assert.equal(draft.json.drafts.length, 1);
	const [d] = draft.json.drafts;
	assert.match(d.statement, new RegExp(`^rokusha/sign/v1\n.*\nmethod webauthn\nkey ${crypto.createHash('sha256').update(key.spki).digest('base64').replace(/[+/]/g, '.')}\nscan -\n`, 's'));
	assert.equal(d.note.length, 1);
	assert.deepEqual((await w.status('p-emp')).acts, [], 'a draft is no act');
	const signed = await finish(w, 'p-emp', key, draft.json.drafts);
	assert.equal(signed.status, 200, JSON.stringify(signed.json));
	assert.deepEqual((await w.status('p-emp')).acts.map((a) => a.method), ['webauthn']);
	assert.deepEqual((await w.status('p-emp')).heads, []);

	await w.goOn(2 * HOUR);
	assert.equal((await w.status('p-emp')).passkeys.length, 1, 'after a restart, too');
	for (const seat of ['p-emp', 'p-ps', 'p-self']) {
		const r = await w.verified(seat);
		const act = r.acts.find((a) => a.party === status.party);
		assert.deepEqual([act?.method, [...act.says.values()].some((s) => s.decision === 'reserve')], ['webauthn', seat === 'p-emp'], seat);
		const c = await verifier(w, await w.bundle(seat), status.key);
		assert.equal(c.code, 0, c.out);
		assert.match(c.out, /"webauthn"/);
	}
	assert.match((await cli(BIN, ['check', '--db', w.db])).out, /"minutes":1/);
	await w.done();
});

test('each thing a browser says, said otherwise, is refused, and nothing is kept', async () => {
	const w = await sealed('passkey-bad', ARGS);
	const other = Buffer.alloc(32, 9);
	const wrong = {
		type: {type: 'webauthn.create'}, challenge: {challenge: other}, origin: {origin: 'https://rokusha.test'},
		cross: {cross: true}, rp: {rp: 'rokusha.test'}, up: {flags: 4}, uv: {flags: 1},
	};

	await w.post('p-ps', 'code', {code: CODE});
	for (const [name, twist] of Object.entries({...wrong, type: {type: 'webauthn.get'}, up: {flags: 0x44}, uv: {flags: 0x41}})) {
		const {json} = await w.post('p-ps', 'passkey', {code: CODE});
		const refused = await w.post('p-ps', 'passkey-made', new SoftKey(RP).made(json.challenge, twist));
		assert.deepEqual([refused.status, refused.json], [409, {error: 'passkey', why: name}]);
	}
	assert.deepEqual((await w.status('p-ps')).passkeys, []);
	const key = await enrolled(w, 'p-ps');
	for (const [name, twist] of Object.entries(wrong)) {
		const {json} = await drafted(w, 'p-ps');
		const refused = await finish(w, 'p-ps', key, json.drafts, twist);
		assert.deepEqual([refused.status, refused.json], [409, {error: 'passkey', why: name}]);
	}
	const {json} = await drafted(w, 'p-ps');
	const stolen = await finish(w, 'p-ps', new SoftKey(RP), json.drafts);
	assert.deepEqual([stolen.status, stolen.json.why], [409, 'sig'], 'another key than the seat\'s');
	assert.deepEqual((await w.status('p-ps')).acts, []);

	/* What is signed is what stands: a draft is good once, of one seat, and for what was read. */
	const one = (await drafted(w, 'p-ps')).json.drafts;
	assert.equal((await finish(w, 'p-self', key, one)).status, 409, 'another seat\'s');
	assert.equal((await finish(w, 'p-ps', key, one)).status, 200);
	assert.equal((await finish(w, 'p-ps', key, one)).status, 409, 'twice');
	assert.equal((await w.status('p-ps')).acts.length, 1);
	assert.equal((await drafted(w, 'p-ps', {heads: [[2, other.toString('base64')]]})).status, 409, 'heads nobody read');
	await w.done();
});

test('what is asked out of turn: no passkey, no code, a lost one, too many, bodies that are none', async () => {
	const w = await sealed('passkey-turn', ARGS);
	const key = new SoftKey(RP);

	assert.equal((await drafted(w, 'p-cw')).status, 409, 'it has none');
	assert.equal((await w.post('p-cw', 'passkey', {code: CODE})).status, 401, 'no code yet');
	await w.post('p-cw', 'code', {code: CODE});
	assert.equal((await w.post('p-cw', 'passkey', {code: 'wrong wrong'})).status, 401);
	assert.equal((await w.post('p-cw', 'passkey-made', key.made(Buffer.alloc(32).toString('base64')))).status, 409, 'nobody asked');
	await enrolled(w, 'p-cw', key);
	const again = (await w.post('p-cw', 'passkey', {code: CODE})).json;
	assert.deepEqual(again.passkeys.map((k) => k.id), [key.id.toString('base64')]);
	assert.equal((await w.post('p-cw', 'passkey-made', key.made(again.challenge))).status, 409, 'the same again');
	for (const body of [{}, {evidence: 1}, {evidence: []}, {evidence: [{}]}, {evidence: [{client: 'AA==', auth: 'AA==', sig: ''}]}, {evidence: [{client: 'x'.repeat(9000), auth: 'AA==', sig: 'AA=='}]}]) {
		assert.equal((await drafted(w, 'p-cw')).status, 200);
		assert.equal((await w.post('p-cw', 'draft-signed', body)).status, 400, JSON.stringify(body).slice(0, 60));
	}
	assert.equal((await drafted(w, 'p-cw', {decision: 'withdraw'})).status, 400, 'taking back is by code');
	assert.equal((await drafted(w, 'p-cw', {passkey: Buffer.alloc(16).toString('base64')})).status, 409, 'not one of its own');

	/* Lost while somebody signs with it. */
	const {json} = await drafted(w, 'p-cw');
	assert.equal((await w.post('p-cw', 'passkey-end', {code: 'wrong wrong', id: key.id.toString('base64')})).status, 401);
	assert.equal((await w.post('p-cw', 'passkey-end', {code: CODE, id: key.id.toString('base64')})).status, 200);
	assert.equal((await w.post('p-cw', 'passkey-end', {code: CODE, id: key.id.toString('base64')})).status, 404);
	assert.equal((await finish(w, 'p-cw', key, json.drafts)).status, 409);
	assert.deepEqual([(await w.status('p-cw')).passkeys, (await w.status('p-cw')).acts], [[], []]);

	for (let i = 0; i < 8; i++) {
		await enrolled(w, 'p-cw');
	}
	assert.equal((await w.post('p-cw', 'passkey', {code: CODE})).status, 413, 'eight are enough');
	await w.done();
});

test('signed or corrected in between: what was read is not what stands', async () => {
	const w = await sealed('passkey-stale', ARGS);
	const key = await enrolled(w, 'p-self');
	const {json} = await drafted(w, 'p-self');

	/* By code in between: there is nothing left to sign. */
	assert.equal((await w.sign('p-self')).status, 200);
	assert.deepEqual((await finish(w, 'p-self', key, json.drafts)).json, {error: 'stale'});
	assert.equal((await w.status('p-self')).acts.length, 1);

	await w.post('p-aps', 'code', {code: CODE});
	const leaf = JSON.parse(await w.bundle('p-aps')).entries[1].b.flat().find((d) => Buffer.from(d, 'base64url').toString('utf8').includes('その先のことは'));
	const hash = crypto.createHash('sha256').update(Buffer.concat([Buffer.of(0), Buffer.from(leaf)])).digest('base64');
	assert.equal((await w.post('p-aps', 'amend', {code: CODE, leaf: hash, value: 'その先のことは書面で', why: '聞きまちがい'})).status, 200);
	await w.goOn(2 * HOUR); // drafts are of the server that went
	assert.equal((await finish(w, 'p-self', key, json.drafts)).status, 409);
	const two = (await drafted(w, 'p-self')).json.drafts;
	assert.equal(two.length, 1);
	assert.match(two[0].statement, /^rokusha\/sign\/v1\n.*\n3\n/);
	assert.equal((await finish(w, 'p-self', key, two)).status, 200);
	await w.goOn(24 * HOUR);
	assert.deepEqual((await w.verified('p-self')).acts.filter((x) => x.method === 'webauthn').map((x) => x.size), [3]);
	await w.done();
});

test('the signing page has a name of its own, and nothing else is there', async () => {
	const w = await sealed('passkey-page', ARGS);
	const at = (host, path, method = 'GET') => request(w.server.origin, {method, path, headers: {host, origin: 'https://rokusha.test'}});
	const page = await at(RP, '/');

	assert.equal(page.status, 200);
	assert.match(page.body.toString(), /<rk-signer>/);
	assert.match(page.headers['content-security-policy'], /connect-src 'none'/);
	assert.equal(page.headers['cross-origin-opener-policy'], 'unsafe-none');
	assert.doesNotMatch(page.headers['permissions-policy'], /publickey/);
	const script = /src="(\/assets\/[^"]+)"/.exec(page.body.toString())[1];
	assert.equal((await at(RP, script)).status, 200);
	const {sid, cookie} = await w.session('p-ps');
	for (const [path, method] of [['/verify', 'GET'], [`/s/${sid}`, 'GET'], [`/s/${sid}/minutes`, 'GET'], ['/api/login', 'POST'], ['/index.html', 'GET']]) {
		assert.equal((await request(w.server.origin, {method, path, headers: {host: RP, cookie, origin: 'https://rokusha.test'}})).status, 404, path);
	}
	const home = await at('rokusha.test', '/');
	assert.match(home.body.toString(), /<rk-app>/);
	assert.equal(home.headers['cross-origin-opener-policy'], 'same-origin-allow-popups');
	assert.match(home.headers['permissions-policy'], /publickey-credentials-get=\(\)/);
	assert.match((await at(`${RP}.`, '/')).body.toString(), /<rk-app>/);
	await w.done();

	/* Without the option nobody is offered one. */
	const plain = await sealed('passkey-none', ['--origin', 'https://rokusha.test']);
	assert.equal((await plain.status('p-ps')).passkeys, undefined);
	await plain.post('p-ps', 'code', {code: CODE});
	assert.equal((await plain.post('p-ps', 'passkey', {code: CODE})).status, 409);
	assert.equal((await drafted(plain, 'p-ps')).status, 409);
	const same = await request(plain.server.origin, {path: '/', headers: {host: RP}});
	assert.match(same.body.toString(), /<rk-app>/);
	assert.equal(same.headers['cross-origin-opener-policy'], 'same-origin');
	await plain.server.stop();
	for (const origin of [[], ['--origin', 'http://rokusha.test'], ['--origin', 'https://rokusha.test:8443'], ['--origin', 'https://Rokusha.test']]) {
		const refused = await cli(BIN, ['serve', '--db', plain.db, '--listen', '127.0.0.1:0', '--passkeys', ...origin]);
		assert.equal(refused.code, 1, origin.join(' '));
		assert.match(refused.err, /--passkeys needs an --origin/, origin.join(' '));
	}
	removeDir(plain.dir);
});
