/* The page's parts that need no page: dates, values, and what goes where. */
import assert from 'node:assert/strict';
import { build } from 'esbuild';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Net } from './net.mjs';
import { caseRoom } from './mock-data.mjs';
import { RoomClient } from '../dist-node/core.mjs';
import { randomBytes } from 'node:crypto';

async function load(path) {
  const { outputFiles } = await build({
    absWorkingDir: fileURLToPath(new URL('..', import.meta.url)), entryPoints: [path], bundle: true,
    write: false, format: 'esm', platform: 'node', logLevel: 'silent',
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}

function clientOf(room, role) {
  const net = new Net(room);
  const { seat } = room.seats.find((s) => s.role === role);
  const client = new RoomClient({
    connect: () => net.connect(seat), random: (n) => randomBytes(n),
    setTimeout: (run, ms) => net.setTimeout(run, ms), clearTimeout: (t) => net.timers.delete(t), now: () => 0,
  });
  client.start();
  net.settle();
  return client;
}

test('dates', async () => {
  const { wareki, shortDate } = await load('src/ui/dates.ts');
  assert.equal(wareki('2026-11-12'), '令和8年11月12日（木）');
  assert.equal(wareki('2019-05-01'), '令和元年5月1日（水）');
  assert.equal(wareki('2002-04-09'), '平成14年4月9日（火）');
  assert.equal(shortDate('2026-11-17'), '11月17日（火）');
  assert.equal(wareki('未定'), '未定');
});

test('places: only what is visible has one', async () => {
  const { layoutOf, hidesSomething } = await load('src/ui/layout.ts');
  const room = caseRoom();
  const labels = (role) => layoutOf(clientOf(room, role)).areas.map((p) => p.label);
  assert.deepEqual(labels('ps'), ['就労', '生活', '健康', '社会保障', '人間関係', '法律', '金銭', '生きがい']);
  assert.deepEqual(labels('emp'), ['就労']);
  const [ps, hw, emp] = ['ps', 'hw', 'emp'].map((r) => clientOf(room, r));
  const work = (c) => layoutOf(c).areas[0];
  assert.equal(hidesSomething(ps, work(ps)), false);
  assert.equal(hidesSomething(hw, work(hw)), true);
  assert.equal(hidesSomething(emp, work(emp)), false);
  const keys = work(emp).blocks.flatMap((b) => b.fields.map((c) => c.key));
  assert.ok(!keys.some((k) => k.endsWith('.priority')));
  assert.ok(work(emp).blocks.some((b) => b.tables.some((t) => t.id === 'work')));
});

test('every visible cell has a place, or stands in the minutes', async () => {
  const { layoutOf, MINUTES } = await load('src/ui/layout.ts');
  const room = caseRoom();
  for (const role of ['ps', 'self', 'cw', 'emp', 'kp', 'lkp']) {
    const client = clientOf(room, role);
    const layout = layoutOf(client);
    const placed = new Set([...layout.areas, ...layout.records].flatMap((p) => p.blocks.flatMap((b) =>
      [...b.fields, ...b.tables.flatMap((t) => t.rows.flatMap((r) => r.cells))].map((c) => c.key))));
    for (const [key, cell] of client.cells) {
      const outsider = !client.me.official && role !== 'self';
      if (MINUTES.includes(client.cols.get(cell.col).table) || (outsider && key.endsWith('.priority'))) continue;
      assert.ok(placed.has(key), `${role} ${key}`);
    }
  }
});

test('values: enums by their words, seats by name, unknown seats not at all', async () => {
  const { valueText } = await load('src/ui/values.ts');
  const client = clientOf(caseRoom(), 'ps');
  const hw = [...client.seats.values()].find((s) => s.role === 'hw');
  const col = (type, more) => ({ label: '', type, ...more });
  assert.equal(valueText(client, col('enum', { enum: [['a', 'あ']] }), 'a'), 'あ');
  assert.equal(valueText(client, col('seats'), [`@${hw.seat}`, '@0000000000000000', '近所の人']), '白浜、近所の人');
  assert.equal(valueText(client, col('date'), '2026-11-12'), '令和8年11月12日（木）');
  assert.equal(valueText(client, col('int'), 0), '0');
  assert.equal(valueText(client, col('line'), null), '');
});
