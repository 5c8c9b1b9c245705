/*
 * That the benchmarks measure what they say: a short run against ours and the floor, where everything has
 * to arrive, and one against a floor that forgets deliveries, which has to be seen. No time is judged.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {mustCli} from '../support/server.mjs';
import {calls, functions} from './callgrind.mjs';
import {OURS, Running} from './servers.mjs';
import {read} from './traces.mjs';

const ROOMS = 2;
const SEATS = 6;
const EDITS = 10; /* of each */
const SHORT = {rooms: ROOMS, seats: SEATS, chars: 150, edits: EDITS};

async function short(name, what = SHORT, more = {}) {
	const r = await Running.start(name, what);
	const f = await r.gen({rooms: what.rooms, seats: what.seats, every: 100, warm: 2, edits: what.edits, ...more});

	await r.stop();
	return f;
}

for (const name of ['ours', 'floor', 'floor-memory']) {
	test(`${name}: every edit is acknowledged, and reaches the five others`, async () => {
		const f = await short(name);

		assert.equal(f.failed, undefined);
		assert.equal(f.edits, ROOMS * SEATS * EDITS);
		assert.equal(f.acks, f.edits);
		assert.equal(f.deliveries, f.edits * (SEATS - 1));
		assert.equal(f.delivery_us.n, ROOMS * SEATS * (EDITS - 2) * (SEATS - 1));
		assert.ok(f.cpu_us > 0 && f.delivery_us.p50 > 0 && f.delivery_us.p50 <= f.delivery_us.p99 &&
			f.delivery_us.p99 <= f.delivery_us.max, JSON.stringify(f));
	});
}

test('a delivery that is not made is missed', async () => {
	const f = await short('floor-forgets', SHORT, {drain: 300});

	assert.equal(f.missing, Math.floor((ROOMS * SEATS * EDITS * (SEATS - 1)) / 100));
	assert.match(f.failed, /6 deliveries/);
});

test('more sockets than seats: three of one seat', async () => {
	const f = await short('ours', {...SHORT, rooms: 1, seats: 18});

	assert.equal(f.failed, undefined);
	assert.equal(f.deliveries, 18 * EDITS * 17);
});

test('who was measured once can be measured again: on the same server, from the same seed', async () => {
	const r = await Running.start('ours', SHORT);
	const run = {rooms: 1, seats: SEATS, every: 50, warm: 0, edits: 5, seed: 7};

	try {
		assert.equal((await r.gen(run)).failed, undefined);
		assert.equal((await r.gen(run)).failed, undefined);
	} finally {
		await r.stop();
	}
});

test('a late joiner gets the text, also after a restart; somebody who only sits there keeps sitting', async () => {
	const r = await Running.start('ours', SHORT);

	try {
		const warm = await r.gen({rooms: 1, mode: 'join', joins: 3});
		assert.equal(warm.failed, undefined);
		await r.restart();
		const cold = await r.gen({rooms: 1, mode: 'join', joins: 1});
		assert.equal(cold.failed, undefined);
		assert.ok(Math.abs(cold.bytes - warm.bytes) < 1000, `${warm.bytes} and ${cold.bytes} bytes`);
		const release = await r.hold({rooms: ROOMS});
		assert.equal(await release(), 0);
	} finally {
		await r.stop();
	}
});

test('what is counted between joining and hanging up is the typing alone', async () => {
	const r = await Running.start('ours', SHORT);
	const connections = () => fs.readdirSync(`/proc/${r.pid}/fd`).length;
	const seen = [];

	try {
		const idle = connections();
		const f = await r.gen({rooms: ROOMS, every: 50, warm: 0, edits: 4},
			() => seen.push(connections() - idle), () => seen.push(connections() - idle));
		assert.equal(f.failed, undefined);
		assert.deepEqual(seen, [ROOMS * SEATS, ROOMS * SEATS]);
	} finally {
		await r.stop();
	}
});

const PROFILE = `1,110 PROGRAM TOTALS

Ir    file:function
1,000  ./server/text/doc.c:doc_rebase [/somewhere/rokusha]
  100  ???:0x0000000000002790'2 [/usr/lib/x86_64-linux-gnu/libjansson.so.4.14.0]
    4  ???:0x0000000000002790 [/usr/lib/x86_64-linux-gnu/libuv.so.1.0.0]
    6  /usr/include/x86_64-linux-gnu/bits/string_fortified.h:doc_rebase
`;

test('a profile is read whole: what was inlined counts where it was inlined, and nothing may be missing', () => {
	assert.deepEqual(functions(PROFILE, false), {total: 1110, list: [{count: 1006, name: 'doc_rebase', object: 'rokusha'},
		{count: 100, name: '0x0000000000002790', object: 'jansson'}, {count: 4, name: '0x0000000000002790', object: 'libuv'}]});
	assert.throws(() => functions(PROFILE.replace('1,110', '1,111'), false), /1110 of 1111/);
	assert.throws(() => functions('0 PROGRAM TOTALS\n', false), /0 of 0/); /* it was never switched on */
	const counted = ' 60.00    0.000003           3         6         1 sendto\n 40.00    0.000002           2         4           read\n' +
		'100.00    0.000005           0        10         1 total\n';
	assert.deepEqual(calls(counted), [{count: 6, name: 'sendto'}, {count: 4, name: 'read'}]);
	assert.throws(() => calls(counted.replace('        10  ', '        11  ')), /10 of 11/);
});

/* Some of a recording typed into a fresh server. */
async function replayed(name, batch, drain = 5000) {
	const r = await Running.start(name, {rooms: 1, chars: 150, seats: SEATS});
	const file = path.join(r.dir, 'trace');
	const trace = read('json-crdt-blog-post', 600);

	fs.writeFileSync(file, JSON.stringify(trace));
	const f = await r.gen({rooms: 1, seats: SEATS, mode: 'replay', trace: file, batch, drain});
	await r.stop();
	return {...f, patches: trace.patches.length};
}

for (const [name, batch] of [['ours-fast', 1], ['ours-fast', 256], ['floor', 256]]) {
	test(`${name}: a recording is typed, ${batch} at once: everybody ends with its text`, async () => {
		const f = await replayed(name, batch);

		assert.equal(f.failed, undefined);
		assert.equal(f.differ, 0);
		assert.equal(f.edits, f.patches + (name === 'floor' ? 0 : 1)); /* the text that was there goes first */
		assert.equal(f.deliveries, f.edits * (SEATS - 1));
		assert.equal(f.pushes, name === 'floor' ? f.edits : Math.ceil(f.edits / batch));
	});
}

test('a recording: what was not delivered is missed, a letter that became another one is seen', async () => {
	/* Every hundredth delivery is to the last of five. */
	const forgot = await replayed('floor-forgets', 256, 300);
	assert.match(forgot.failed, /^30 deliveries and 0 acks did not come, 1 texts differ$/);
	const garbled = await replayed('floor-garbles', 256);
	assert.match(garbled.failed, /^0 deliveries and 0 acks did not come, 1 texts differ$/);
});

test('a recording: every one is read as its author left it, and stays below the longest text', () => {
	for (const name of ['friendsforever_flat', 'json-crdt-blog-post']) {
		assert.ok(read(name).end.length > 20_000);
	}
	assert.deepEqual(read('friendsforever_flat', 3), {patches: [[0, 0, 'A'], [1, 0, ' '], [2, 0, 's']], end: 'A s'});
});

test('without the rules the same is delivered; with them nobody types where their role may not', async () => {
	const [ours, open] = [await short('ours'), await short('ours-open')];
	assert.equal(open.failed, undefined);
	assert.equal(open.deliveries, ours.deliveries);

	/* Everybody in the person's own words. */
	for (const [name, failed] of [['ours', /may not write plan\.work\.action\.person_wish/], ['ours-open', undefined]]) {
		const r = await Running.start(name, SHORT);
		fs.writeFileSync(r.input, fs.readFileSync(r.input, 'utf8').replace('person_wish:0', 'person_wish:63'));
		const f = await r.gen({rooms: 1, every: 50, warm: 0, edits: 4});
		await r.stop();
		if (failed) assert.match(f.failed, failed);
		else assert.equal(f.failed, undefined);
	}
});

test('a database that was made larger loads: every edit is in the text, every series is whole', async () => {
	const joined = async (what) => {
		const r = await Running.start('ours', {...SHORT, ...what});
		const f = await r.gen({rooms: 1, mode: 'join', joins: 1});
		const typed = await r.gen({rooms: ROOMS, every: 50, warm: 0, edits: 4});
		await r.end();
		const said = await mustCli(OURS, ['check', '--db', path.join(r.dir, 'db')]); /* the tables, and every room */
		await r.stop();
		assert.equal(f.failed ?? typed.failed, undefined);
		return {bytes: f.bytes, series: JSON.parse(said).series};
	};
	const small = await joined({});
	const series = small.series + 10; /* a benchmark of the same day may have left a larger one */
	const large = await joined({series, journal: ROOMS * 400});

	assert.ok(Math.abs(large.bytes - small.bytes - 400 * 'あ'.length * 3) < 100, `${small.bytes} and ${large.bytes} bytes`);
	assert.ok(small.series >= ROOMS);
	assert.equal(large.series, series);
});
