/*
 * How much worse honest people have it under every attack at once. Twenty of them in four rooms type
 * five characters a second; measured undisturbed and disturbed in turns, in one run. The attackers
 * are processes of lower priority: they stand for other machines.
 *   node tests/hostile/bench.mjs SECONDS        (a release build; BENCH_TLS=1: over TLS)
 */
import {spawn} from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import {ROOT} from '../support/server.mjs';
import {Honest, Site} from './rig.mjs';

const SEATS = 20;
const TURNS = 3;
const EVERY_MS = 200;
const DIALS = Number(process.env.BENCH_DIALS ?? 2000); /* a second */
const seconds = Number(process.argv[2] ?? 60);
const half = Math.max(2, seconds / TURNS / 2);
const bin = path.join(ROOT, 'build/release/rokusha');
const flood = path.join(ROOT, 'build/release/tests/hostile/flood');
const site = new Site({bin, cases: ['case-1', 'case-2', 'case-3', 'case-4'], isTls: process.env.BENCH_TLS === '1'});

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const p99 = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length * 0.99)] ?? NaN;

/* Each case gives five seats that write something. They come from addresses of their own. */
async function people() {
	const all = [];
	for (let i = 0; all.length < SEATS && i < site.links.length; i++) {
		const {room} = site.links[i];
		if (all.filter((h) => h.room === room).length === SEATS / 4) {
			continue;
		}
		const from = `127.0.9.${1 + all.length}`;
		try {
			const h = await new Honest(site, await site.login(i, from), from, all.length).join();
			all.push(Object.assign(h, {room}));
		} catch (error) {
			if (!/writes nothing|closed 1008/.test(error.message)) throw error; /* it has ended, or reads only */
		}
	}
	if (all.length < SEATS) throw new Error(`only ${all.length} seats write`);
	return all;
}

/* -> how long each edit of these seconds took to be kept */
async function measure(honest, ms) {
	honest.forEach((h) => { h.took.length = 0; });
	const timers = honest.map((h, i) => {
		let timer = null;
		const start = setTimeout(() => { timer = setInterval(() => h.type(), EVERY_MS); }, (i * EVERY_MS) / honest.length);
		return () => { clearTimeout(start); clearInterval(timer); };
	});
	await wait(ms);
	timers.forEach((stop) => stop());
	await wait(300);
	/* Who still waits has waited so long at least. */
	return honest.flatMap((h) => [...h.took, ...(h.ref && !h.answer ? [performance.now() - h.sentAt] : [])]);
}

function attackers(nth, bad) {
	const config = JSON.stringify({port: site.port, isTls: site.isTls, origin: site.origin, sessions: bad});
	const mix = spawn(process.execPath, [path.join(ROOT, 'tests/hostile/attacker.mjs'), config], {stdio: ['pipe', 'pipe', 'inherit']});
	const dial = spawn(flood, [String(site.port), String(Math.ceil(half)), String(DIALS), String(nth * 1_000_000)],
		{stdio: ['ignore', 'pipe', 'inherit']});
	const said = (child) => new Promise((resolve) => {
		let text = '';
		child.stdout.on('data', (d) => { text += d; });
		child.once('close', () => resolve(text.trim().split(' ').map(Number)));
	});
	const all = Promise.all([said(mix), said(dial)]);

	[mix, dial].forEach((child) => os.setPriority(child.pid, 19));
	return async () => {
		mix.stdin.end();
		const [[tries], [dials, refused]] = await all;
		return {tries, dials, refused};
	};
}

await site.start();
const honest = await people();
const bad = [];
const theirs = new Set(honest.map((h) => h.session.n));
for (let i = 0; i < site.links.length && bad.length < 6; i++) {
	if (!theirs.has(i)) { /* six seats are the enemy's, in the same rooms */
		bad.push(await site.login(i, '127.15.0.1'));
	}
}
let busy = 0; /* the server's share of a core while disturbed */
const calm = [];
const rough = [];
const sum = {tries: 0, dials: 0, refused: 0};
await measure(honest, 1000); /* to be warm */
for (let turn = 0; turn < TURNS; turn++) {
	calm.push(...await measure(honest, half * 1000));
	const stop = attackers(turn, bad);
	await wait(500);
	const before = [site.cpu, performance.now()];
	rough.push(...await measure(honest, half * 1000 - 500));
	busy += (site.cpu - before[0]) / (performance.now() - before[1]) / TURNS;
	const made = await stop();
	Object.keys(sum).forEach((k) => { sum[k] += made[k]; });
	await wait(500);
}
honest.filter((h) => h.drops).forEach((h) => console.error(`dropped: seat ${h.session.n}, ${h.wire.code}`));
const drops = honest.reduce((n, h) => n + h.drops, 0);
honest.forEach((h) => h.leave());
const {peak} = site.memory;
const most = site.boundOf(1024 + 8 * 6 + SEATS, 8 * 6 + SEATS, 4);
const mib = (n) => `${(n / (1 << 20)).toFixed(0)} MiB`;
const bound = mib(site.bound.bytes);
const problems = await site.stop();
const [a, b] = [p99(calm), p99(rough)];
console.log(`hostile: ack p99 ${a.toFixed(1)} ms undisturbed (${calm.length}), ${b.toFixed(1)} ms disturbed (${rough.length}), ` +
	`ratio ${(b / a).toFixed(2)}; ${drops} of ${honest.length} honest dropped; ${sum.dials + sum.tries} attempts ` +
	`(${sum.dials} connections from as many addresses, ${sum.refused} refused); server ${(busy * 100).toFixed(0)} % of a core; peak RSS ${mib(peak)}, ` +
	`bound ${mib(most)} for so many, ${bound} in all${problems.length ? `; ${problems.join(' ')}` : ''}`);
process.exit(drops > 0 || peak > most || problems.length > 0 || b / a > 3 ? 1 : 0);
