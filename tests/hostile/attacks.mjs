/*
 * Attacks, one function each. Each works on its own, from any loopback address, and tells how the
 * server ended it: tests look at that, the benchmark runs all of them at once and looks at the honest.
 */
import {Wire, frame, open} from './rig.mjs';

const text = (s) => Buffer.from(s, 'utf8');

/* ---- before anybody has said who they are ---- */

/* Bytes, then one of `drip` again and again. Resolves with all that came back, at the end. */
async function dripping(site, from, bytes, drip, ms) {
	const s = site.dial(from);
	let heard = '';

	s.on('data', (d) => { heard += d.toString('latin1'); });
	if (await s.ready) {
		s.write(bytes);
		let i = 0;
		const timer = setInterval(() => s.write(drip[i++ % drip.length]), ms);
		s.ended.then(() => clearInterval(timer));
	}
	await s.ended;
	return heard;
}

export const slowHeaders = (site, from, ms = 700) =>
	dripping(site, from, 'GET / HTTP/1.1\r\nHost: x\r\nX-A: ', 'a', ms);

export const slowBody = (site, from, ms = 700) =>
	dripping(site, from, `POST /api/login HTTP/1.1\r\nHost: x\r\nOrigin: ${site.origin}\r\nContent-Length: 900\r\n\r\n`, ' ', ms);

/* Connected, and not a word; where there is TLS, not even its first. */
export const silence = (site, from) => site.tcp(from).resume().ended;

/* The first half of a TLS greeting, for ever. */
export async function halfHello(site, from) {
	const s = site.tcp(from);
	s.resume();
	s.once('connect', () => s.write(Buffer.from('16030100c8010000c40303', 'hex')));
	await s.ended;
}

/* Asks for the page and does not take it. */
export async function greedy(site, from, path) {
	const s = site.dial(from);
	if (await s.ready) {
		s.pause();
		const more = setInterval(() => s.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(50)), 50);
		s.ended.then(() => clearInterval(more));
	}
	await s.ended;
}

/* One request after the other on one connection. -> how many were answered, by status */
export async function requestFlood(site, from, times = 200) {
	const s = site.dial(from);
	const seen = {};
	let rest = '';
	let sent = 0;
	const next = () => {
		if (sent++ < times) {
			s.write('GET /none HTTP/1.1\r\nHost: x\r\n\r\n');
		} else {
			s.end();
		}
	};

	s.on('data', (d) => {
		rest += d.toString('latin1');
		for (let m; (m = /^HTTP\/1\.1 (\d+)[^]*?\r\n\r\n\{[^}]*\}/.exec(rest));) {
			seen[m[1]] = (seen[m[1]] ?? 0) + 1;
			rest = rest.slice(m[0].length);
			next();
		}
	});
	if (await s.ready) {
		next();
	}
	await s.ended;
	return seen;
}

/* Logins with secrets that open nothing. -> statuses */
export function loginFlood(site, from, times = 20) {
	const body = JSON.stringify({secret: `${'B'.repeat(42)}A`});
	return Promise.all(Array.from({length: times}, async () => Number((/^HTTP\/1\.1 (\d+)/.exec(await site.raw(
		`POST /api/login HTTP/1.1\r\nHost: x\r\nOrigin: ${site.origin}\r\nConnection: close\r\n` +
		`Content-Length: ${body.length}\r\n\r\n${body}`, from)) ?? [0, 0])[1])));
}

/* Sockets of sessions that do not exist. -> statuses */
export function joinFlood(site, from, times = 20) {
	return Promise.all(Array.from({length: times}, async (_, i) => {
		const w = new Wire(site, {sid: '0123456789abcdef', cookie: `rk-0123456789abcdef=${i}`}, from);
		const status = await w.open();
		w.drop();
		return status;
	}));
}

/* Connections at the same time, from one address or many. -> how many were answered */
export async function dialFlood(site, addresses) {
	const all = addresses.map((from) => site.tcp(from));
	const taken = await Promise.all(all.map((s) => new Promise((resolve) => {
		s.once('connect', () => s.write('GET /none HTTP/1.1\r\nHost: x\r\n\r\n'));
		s.once('data', () => resolve(true));
		s.ended.then(() => resolve(false));
	})));

	all.forEach((s) => s.destroy());
	return taken.filter(Boolean).length;
}

/* ---- with a seat ---- */

/* Everybody's edits, one byte a second. `pull`: how the bytes are taken. */
export async function slowReader(site, session, from, pull = 1000) {
	const w = await open(site, session, from);
	await w.join();
	w.readSlowly(pull);
	return w;
}

async function joined(site, session, from) {
	const w = await open(site, session, from);
	await w.join();
	return w;
}

/* A frame that announces 2^62 bytes, and as many of them as are taken. */
export async function endlessFrame(site, session, from, bytes = 8 << 20) {
	const w = await open(site, session, from);
	const piece = Buffer.alloc(64 << 10, 'x');

	w.bytes(frame(text('x'), {length: 1n << 62n, mask: Buffer.alloc(4)})); /* so that all of it is text */
	return w.pour(piece, bytes / piece.length);
}

/* A message in a million frames of one byte, or of none. */
export async function tinyFragments(site, session, from, size = 1, times = 1_000_000) {
	const w = await open(site, session, from);
	const more = frame(Buffer.alloc(size, ' '), {opcode: 0, fin: false});
	const many = Buffer.concat(Array.from({length: 1000}, () => more));

	w.bytes(frame(text(' '), {fin: false}));
	return w.pour(many, times / 1000);
}

/* One message of raw bytes. -> {code, bye}: how it ended and what it was told */
export async function message(site, session, from, bytes) {
	const w = await open(site, session, from);
	await w.join();
	w.bytes(Array.isArray(bytes) ? Buffer.concat(bytes) : frame(bytes));
	const code = await w.end();
	return {code, bye: w.frames.find((f) => f.t === 'bye')?.code ?? null};
}

export const nested = (depth) => text(`{"t":"edit","ref":1,"cell":"x","base":1,"changes":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`);
export const deepJson = (site, session, from, depth) => message(site, session, from, nested(depth));

export const BAD_UTF8 = {
	'a lone continuation': [0x80], 'a short sequence': [0xe3, 0x81], 'an overlong slash': [0xc0, 0xaf],
	'a surrogate': [0xed, 0xa0, 0x80], 'above the last': [0xf4, 0x90, 0x80, 0x80], 'no lead byte': [0xff],
};
const around = (bytes) => Buffer.concat([text('{"t":"reach","cell":"'), Buffer.from(bytes), text('"}')]);
export const badUtf8 = (site, session, from, bytes) => message(site, session, from, around(bytes));
/* The same, cut between two frames in the middle of the bad sequence. */
export const badUtf8InTwo = (site, session, from, bytes) => {
	const whole = around(bytes);
	const at = whole.indexOf(bytes[0], 20) + 1;
	return message(site, session, from, [frame(whole.subarray(0, at), {fin: false}), frame(whole.subarray(at), {opcode: 0})]);
};

/* Changes that are none, of a text of that length. */
export const badChanges = (length) => ({
	'longer than the text': [length + 1], 'shorter': [Math.max(0, length - 1)], 'negative': [-1, length + 1],
	'a fraction': [length + 0.5], 'far too long': [2 ** 40], 'not a number': ['x'], 'an object': [{}],
	'a line break in a line': [[0, 'a\nb'], length], 'a carriage return': [[0, 'a\rb'], length],
	'a control character': [[0, '\u0007'], length], 'a line that is a number': [[0, 1], length],
	'nested': [[0, ['a']], length], 'not in normal form': [[0], length], 'empty sections': Array(1001).fill([0, 'a']),
	'too many sections': [...Array.from({length: 1001}, () => [0, 'a']), length],
});

/* Of the first text this seat may write. -> the answer */
export async function badChange(site, session, from, change) {
	const w = await joined(site, session, from);
	const [{cols, cells}] = w.frames;
	const at = cells.find((c) => c.l === 'w' && cols[c.c].type === 'text');

	w.send({t: 'edit', ref: 7, cell: at.k, base: at.v, changes: [change(at.x.length)]});
	const got = await w.until(() => w.frames.find((f) => (f.t === 'no' && f.ref === 7) || f.t === 'ack' || f.t === 'bye'), 'an answer');
	w.drop();
	return got;
}

/* Messages as fast as they go. -> {code, answered} */
export async function messageFlood(site, session, from, one, times = 2000) {
	const w = await joined(site, session, from);
	const bytes = Buffer.concat(Array.from({length: times}, () => frame(text(one))));

	w.bytes(bytes);
	const code = await w.end();
	return {code, answered: w.frames.length - 1};
}

/* In, joined, out, and again. -> statuses of the upgrades */
export async function comeAndGo(site, session, from, times = 100) {
	const statuses = [];
	for (let i = 0; i < times; i++) {
		const w = new Wire(site, session, from);
		statuses.push(await w.open());
		if (statuses.at(-1) === 101) {
			w.send({t: 'join', client: '0123456789abcdef', have: []});
		}
		w.drop();
	}
	return statuses;
}
