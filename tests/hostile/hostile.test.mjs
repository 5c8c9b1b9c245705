/*
 * Hostile clients against the real server: each attack is refused, closed or starved as promised,
 * nothing of it stays, and honest people who came before and after go on. Each test runs on a plain
 * server and, where TLS makes a difference, over TLS too.
 *   node --test tests/hostile/hostile.test.mjs
 */
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {after, before, test as bare} from 'node:test';
import * as attack from './attacks.mjs';
import {HOME, Honest, Site, Wire, frame, open} from './rig.mjs';

/* What is never answered has failed, too. */
const test = (name, run) => bare(name, {timeout: 45_000}, run);
const plain = new Site({cases: ['case-1']});
const secure = new Site({cases: ['case-1'], isTls: true});
const both = [['plain', plain], ['TLS', secure]];
const seat = (site, id) => site.links.findIndex((l) => l.seat === id);
const early = new Map(); /* who was there before */

before(async () => {
	await Promise.all([plain.start(), secure.start()]);
	for (const [, site] of both) {
		const session = await site.login(seat(site, 'p-ps'));
		/* Whoever attacks with a seat: another one each time, or they would only meet the limit of joins. */
		const enemies = await Promise.all(['p-hw', 'p-cw', 'p-sup', 'p-self'].filter((id) => seat(site, id) >= 0)
			.map((id) => site.login(seat(site, id))));
		let turn = 0;
		Object.defineProperty(site, 'bad', {get: () => enemies[turn++ % enemies.length]});
		early.set(site, await new Honest(site, session).join());
		await early.get(site).typeOne();
	}
});

after(async () => {
	early.forEach((h) => h.leave());
	for (const [, site] of both) {
		assert.deepEqual(await site.stop(), []);
	}
});

/* Who was there goes on, who comes is let in, memory is within the bound for the few that are here. */
async function allIsWell(site) {
	const late = await new Honest(site, await site.login(seat(site, 'p-ps'))).join();
	await late.typeOne();
	late.leave();
	await early.get(site).typeOne();
	assert.equal(early.get(site).drops, 0);
	const most = site.boundOf(64, 16, 1);
	assert.ok(site.memory.peak < most, `${site.memory.peak} bytes, at most ${most}`);
	assert.doesNotMatch(site.err, /Sanitizer|runtime error:/);
}

function on(sites, name, run) {
	for (const [how, site] of sites) {
		test(`${name} (${how})`, async () => {
			await run(site);
			await allIsWell(site);
		});
	}
}

on(both, 'who is slow to ask is hung up on, whatever they drip', async (site) => {
	const page = /"(\/assets\/[^"]+\.js)"/.exec(await site.raw('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'))[1];
	const heard = await Promise.all([attack.slowHeaders(site, '127.1.0.1'), attack.slowBody(site, '127.1.0.2'),
		attack.silence(site, '127.1.0.3'), attack.halfHello(site, '127.1.0.4'),
		attack.greedy(site, '127.1.0.5', page), attack.slowBody(site, HOME)]);
	assert.equal(heard[0], '');
	assert.equal(heard[1], '');
});

on(both, 'a frame of 2^62 bytes', async (site) => {
	assert.equal(await attack.endlessFrame(site, site.bad, HOME), 1009);
});

on(both, 'a million fragments', async (site) => {
	assert.equal(await attack.tinyFragments(site, site.bad, HOME, 1), 1008);
	assert.equal(await attack.tinyFragments(site, site.bad, HOME, 0), 1008);
});

test('64 fragments and one more', async () => {
	for (const [pieces, code] of [[64, null], [65, 1008]]) {
		const w = await open(plain, plain.bad, HOME);
		const join = '{"t":"join","client":"0123456789abcdef","have":[]}'.padEnd(100);
		for (let i = 0; i < pieces; i++) {
			const part = i < pieces - 1 ? join.slice(i, i + 1) : join.slice(i);
			w.bytes(frame(Buffer.from(part), {opcode: i ? 0 : 1, fin: i === pieces - 1}));
		}
		if (code) {
			assert.equal(await w.end(), code);
		} else {
			await w.until(() => w.frames.find((f) => f.t === 'snap'));
			w.drop();
		}
	}
});

test('64 KiB and one byte more, in one frame and in two', async () => {
	const ping = '{"t":"ping"}';
	for (const parts of [1, 2]) {
		for (const [size, good] of [[65536, true], [65537, false]]) {
			const w = await open(plain, plain.bad, HOME);
			await w.join();
			const whole = Buffer.from(ping.padEnd(size));
			const half = parts === 1 ? size : 40000;
			w.bytes(frame(whole.subarray(0, half), {fin: parts === 1}));
			if (parts === 2) {
				w.bytes(frame(whole.subarray(half), {opcode: 0}));
			}
			if (good) {
				await w.until(() => w.frames.find((f) => f.t === 'pong'));
				w.drop();
			} else {
				assert.equal(await w.end(), 1009);
			}
		}
	}
});

test('JSON of depth 16 and deeper', async () => {
	const w = await open(plain, plain.bad);
	await w.join();
	w.bytes(frame(attack.nested(16)));
	await w.until(() => w.frames.find((f) => f.t === 'no' && f.code === 'gone'), 'an answer: it was read');
	w.drop();
	for (const depth of [17, 100, 2000, 30000]) {
		assert.deepEqual(await attack.deepJson(plain, plain.bad, HOME, depth), {code: 1008, bye: 'limit'}, String(depth));
	}
	await allIsWell(plain);
});

test('text that is no UTF-8', async () => {
	for (const [what, bytes] of Object.entries(attack.BAD_UTF8)) {
		assert.deepEqual(await attack.badUtf8(plain, plain.bad, HOME, bytes), {code: 1007, bye: null}, what);
		assert.deepEqual(await attack.badUtf8InTwo(plain, plain.bad, HOME, bytes), {code: 1007, bye: null}, `${what}, in two`);
	}
	await allIsWell(plain);
});

test('changes that are none', async () => {
	for (const name of Object.keys(attack.badChanges(0))) {
		const got = await attack.badChange(plain, plain.bad, HOME, (n) => attack.badChanges(n)[name]);
		assert.ok(got.t === 'no' && ['rule', 'limit', 'proto', 'stale'].includes(got.code) || got.t === 'bye', `${name}: ${JSON.stringify(got)}`);
	}
	await allIsWell(plain);
});

on(both, 'floods of messages', async (site) => {
	for (const one of ['{"t":"ping"}', '{"t":"reach","cell":"plan.work.action.goal"}', '{"t":"here"}',
		'{"t":"edit","ref":1,"cell":"none","base":1,"changes":[[1]]}']) {
		const {code, answered} = await attack.messageFlood(site, site.bad, HOME, one);
		assert.equal(code, 1008, one);
		assert.ok(answered <= 450, `${answered} answers to ${one}`);
	}
	const {code} = await attack.messageFlood(site, site.bad, HOME, '{"t":"ping"}'.padEnd(60000), 200);
	assert.equal(code, 1008, 'long ones count for more');
});

test('who types is not closed for what others do with the same seat', async () => {
	const n = seat(plain, 'p-aps');
	const typist = await new Honest(plain, await plain.login(n)).join();
	const other = await plain.login(n);
	for (let i = 0; i < 4; i++) {
		const {code} = await attack.messageFlood(plain, other, HOME, '{"t":"ping"}');
		assert.equal(code, 1008);
		await typist.typeOne();
	}
	const {code, answered} = await attack.messageFlood(plain, other, HOME, '{"t":"ping"}');
	assert.equal(code, 1008);
	assert.ok(answered < 300, `a new socket is no new start: ${answered}`);
	await typist.typeOne();
	assert.equal(typist.drops, 0);
	typist.leave();
});

test('a flood of requests on one connection', async () => {
	const seen = await attack.requestFlood(plain, HOME, 500);
	assert.equal(seen[429], 1, 'and then it is hung up on');
	assert.ok(seen[404] >= 60 && seen[404] < 300, JSON.stringify(seen));
	await allIsWell(plain);
});

/* libwebsockets keeps some words of its own in the block: the page's headers have a little less than all of it. */
on(both, 'headers up to the last byte of their block, and one more', async (site) => {
	const asked = (length) => site.raw('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n' +
		`Cookie: ${'c'.repeat(length)}\r\n\r\n`);
	let [good, bad] = [4096 - 64, 4096];

	while (bad - good > 1) {
		const length = (good + bad) >> 1;
		[good, bad] = await asked(length) === '' ? [good, length] : [length, bad];
	}
	assert.match(await asked(good), /^HTTP\/1\.1 200 OK[^]*<\/html>\s*$/);
	assert.equal(await asked(bad), '', 'hung up on, and nothing of it is read');
});

test('a login of 1,024 bytes and one more', async () => {
	for (const [size, status] of [[1024, 403], [1025, 413]]) {
		const body = JSON.stringify({secret: `${'B'.repeat(42)}A`}).padEnd(size);
		assert.match(await plain.raw(`POST /api/login HTTP/1.1\r\nHost: x\r\nOrigin: ${plain.origin}\r\n` +
			`Connection: close\r\nContent-Length: ${size}\r\n\r\n${body}`, '127.2.0.9'), new RegExp(`^HTTP/1.1 ${status} `));
	}
});

test('a flood of logins', async () => {
	const statuses = await attack.loginFlood(plain, '127.2.0.1', 60);
	assert.ok(statuses.every((s) => [403, 429, 503].includes(s)), String(statuses));
	assert.ok(statuses.filter((s) => s === 403).length < 60);
	assert.equal((await attack.loginFlood(plain, '127.2.0.1', 1))[0], 429);
	assert.equal((await attack.loginFlood(plain, '127.2.0.2', 1))[0], 403, 'another address is another matter');
	await allIsWell(plain);
});

test('a flood of joins with no session', async () => {
	const statuses = await attack.joinFlood(plain, '127.2.0.3', 100);
	assert.ok(statuses.every((s) => s === 403), String(statuses));
	await allIsWell(plain);
});

test('an address has 400 connections, others theirs', async () => {
	const taken = await attack.dialFlood(plain, Array(450).fill('127.3.0.1'));
	assert.equal(taken, 400);
	assert.equal(await attack.dialFlood(plain, ['127.3.0.2']), 1);
	await allIsWell(plain);
});

test('1,024 who only wait, and for one more the oldest goes', async () => {
	const first = plain.tcp('127.4.0.1');
	await new Promise((resolve) => first.once('connect', resolve));
	let gone = 0;
	const held = [];
	for (let i = 0; i < 1024; i++) {
		const s = plain.tcp(HOME); /* no stranger: it is not the rate that is looked at here */
		held.push(s);
		s.ended.then(() => { gone++; });
	}
	await first.ended;
	await allIsWell(plain);
	assert.ok(gone < 64, `${gone} had to go for the few who came`);
	await plain.says(/event=crowd refused=\d+ evicted=[1-9]/); /* and not because its time was over */
	held.forEach((s) => s.destroy());
});

test('a session has eight sockets, a seat 32', async () => {
	const n = seat(plain, 'p-hw');
	const sessions = [];
	for (let i = 0; i < 5; i++) sessions.push(await plain.login(n));
	const wires = [];
	const opened = [];
	for (const s of sessions.slice(0, 4)) {
		for (let i = 0; i < 9; i++) {
			const w = new Wire(plain, s);
			opened.push(await w.open());
			wires.push(w);
		}
	}
	assert.deepEqual(opened, Array.from({length: 36}, (_, i) => (i % 9 === 8 ? 429 : 101)));
	const more = new Wire(plain, sessions[4]);
	assert.equal(await more.open(), 429, 'the 33rd of the seat');
	await allIsWell(plain);
	wires.forEach((w) => w.drop());
	await Promise.all(wires.map((w) => w.socket.ended));
});

test('an address has 200 sockets', async () => {
	const site = await new Site().start(); /* nobody has opened anything yet */
	const wires = [];
	const statuses = [];

	for (let n = 0; n < site.links.length && wires.length < 201; n++) {
		for (let i = 0; i < 4 && wires.length < 201; i++) {
			const s = await site.login(n);
			for (let k = 0; k < 8 && wires.length < 201; k++) {
				const w = new Wire(site, s, '127.5.0.1');
				statuses.push(await w.open());
				wires.push(w);
			}
		}
	}
	assert.equal(statuses.length, 201, 'there are seats enough');
	assert.equal(statuses.filter((s) => s === 101).length, 200);
	assert.equal(statuses[200], 429);
	const other = new Wire(site, await site.login(site.links.length - 1), '127.5.0.2');
	assert.equal(await other.open(), 101, 'another address has its own');
	[...wires, other].forEach((w) => w.drop());
	assert.deepEqual(await site.stop(), []);
});

test('who takes nothing of what they are sent is closed; what is less than that begins again', async () => {
	const writer = await new Honest(plain, await plain.login(seat(plain, 'p-ps'))).join();
	const session = await plain.login(seat(plain, 'p-ps')); /* who reads what the writer writes */
	const stuck = await attack.slowReader(plain, session);
	const slow = await attack.slowReader(plain, session);

	/* Up to where the socket takes no more, and a little over the soft limit. */
	for (let i = 0; plain.err.split('event=behind').length < 3; i++) {
		if (i > 180) {
			await new Promise((resolve) => setTimeout(resolve, 22)); /* below the limit of messages */
		}
		await writer.replace('x'.repeat(20000));
	}
	assert.doesNotMatch(plain.err, /event=slow_reader/, 'far below the hard limit');
	slow.readOn();
	await slow.until(() => slow.frames.find((f) => f.t === 'again'), 'being told to begin again');
	slow.frames.length = 0;
	await slow.join();
	assert.equal(slow.frames.filter((f) => f.t === 'snap').at(-1).cells.find((c) => c.k === writer.cell.k).x, writer.doc);
	await plain.says(/event=slow_reader conn=\d+ queued=\d+ stalled=1/);
	stuck.drop();
	slow.drop();
	writer.leave();
	await allIsWell(plain);
});

test('coming and going without end', async () => {
	const session = await plain.login(seat(plain, 'p-hw'));
	const statuses = await attack.comeAndGo(plain, session, HOME, 400);
	assert.ok(statuses.includes(429) && statuses.filter((s) => s === 101).length >= 8, 'it is slowed down');
	assert.ok(statuses.every((s) => s === 101 || s === 429));
	await allIsWell(plain);
});

test('a socket on which nobody says a word', async () => {
	const w = await open(plain, await plain.login(seat(plain, 'p-pj')));
	assert.equal(await w.end(), 1008);
	await allIsWell(plain);
});

test('without descriptors the others go on, and it takes new ones again', async () => {
	const {pid} = plain.child;
	const few = plain.descriptors + 2;
	const limit = (n) => execFileSync('prlimit', ['--pid', String(pid), `--nofile=${n}:`]);
	const [soft] = /Max open files\s+(\d+)/.exec(execFileSync('cat', [`/proc/${pid}/limits`], {encoding: 'utf8'})).slice(1);
	limit(few);
	const held = Array.from({length: 40}, () => plain.tcp(HOME));
	await Promise.race(held.map((s) => s.ended));
	await early.get(plain).typeOne();
	held.forEach((s) => s.destroy());
	assert.match(plain.err, /event=accept result=no_descriptors/);
	limit(soft);
	await allIsWell(plain);
});
