/*
 * All attacks at once, again and again, until it is ended: the other side of bench.mjs. Reads what it
 * needs from its one argument; prints how many attempts it made when it is told to stop (stdin ends).
 */
import * as attack from './attacks.mjs';
import {Site} from './rig.mjs';

const {port, isTls, origin, sessions} = JSON.parse(process.argv[2]);
const site = Object.assign(Object.create(Site.prototype), {port, isTls, origin, err: ''});
const only = new RegExp(process.env.BENCH_ONLY ?? ''); /* to find which of them hurts */
let over = false;
let attempts = 0;
let turn = 0;
/* Every turn from another address. */
const from = () => {
	turn++;
	return `127.${1 + (turn >> 14) % 14}.${(turn >> 6) & 255}.${1 + (turn & 63)}`;
};
const session = () => sessions[turn % sessions.length];
const home = () => `127.15.0.${1 + turn % 200}`;

const mix = [
	() => attack.slowHeaders(site, from()), () => attack.slowBody(site, from()),
	() => attack.silence(site, from()), () => attack.halfHello(site, from()),
	() => attack.slowHeaders(site, from()), () => attack.silence(site, from()),
	() => attack.greedy(site, from(), '/'),
	() => attack.requestFlood(site, from(), 300),
	() => attack.loginFlood(site, from(), 10), () => attack.joinFlood(site, from(), 10),
	() => attack.endlessFrame(site, session(), home()), () => attack.tinyFragments(site, session(), home(), 1, 100_000),
	() => attack.deepJson(site, session(), home(), 30000),
	() => attack.badUtf8(site, session(), home(), [0xc0, 0xaf]),
	() => attack.messageFlood(site, session(), home(), '{"t":"ping"}'),
	() => attack.messageFlood(site, session(), home(), '{"t":"edit","ref":1,"cell":"plan.work.action.goal","base":1,"changes":[[1]]}'),
	() => attack.messageFlood(site, session(), home(), '{"t":"ping"}'.padEnd(60000), 50),
	() => attack.comeAndGo(site, session(), home(), 20),
	() => attack.slowReader(site, session(), home()).then((w) => w.end()),
];

/* One lane an attack: it begins anew when it was ended, after a breath. */
async function lane(one) {
	while (!over) {
		attempts++;
		await one().catch(() => {}); /* refused is what it should be */
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
}

process.stdin.resume();
process.stdin.on('end', () => {
	over = true;
	process.stdout.write(`${attempts}\n`, () => process.exit(0));
});
for (let i = 0; i < 3; i++) {
	mix.filter((one) => only.test(String(one))).forEach((one) => void lane(one));
}
