/* How the page understands the meeting: what comes next, who must leave, the clock, the minutes. */
import assert from 'node:assert/strict';
import { build } from 'esbuild';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

async function load(path) {
  const { outputFiles } = await build({
    absWorkingDir: fileURLToPath(new URL('..', import.meta.url)), entryPoints: [path], bundle: true,
    write: false, format: 'esm', platform: 'node', logLevel: 'silent',
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}

const id = (n) => String(n).repeat(16).slice(0, 16);
const SEATS = { self: id(1), ps: id(2), cw: id(3), emp: id(4), kp: id(5) };
const MINUTE = 60_000;

/** A room as the page sees it, from a few lines. */
function roomOf({ role = 'ps', at = {}, items = [], open, pause, rows = [], presence = [], phase = 'in' } = {}) {
  const seats = new Map(Object.entries(SEATS).map(([r, seat]) => [seat, {
    seat, label: r, role: r, role_label: r, seal: r[0], here: true, ...(at[r] ? { at: at[r] } : {}), ...(r === 'ps' ? { duties: ['recorder'] } : {}),
  }]));
  const cells = new Map();
  const cols = new Map();
  const texts = new Map();
  const put = (key, col, value, more = {}) => cells.set(key, { key, col, ver: 1, value, level: 'r', reach: null, ...more });
  items.forEach((i) => {
    for (const [name, value] of Object.entries({ title: i.title ?? i.row, title_easy: '', minutes: i.minutes ?? 10, fields: i.fields ?? [] })) {
      put(`conf.agenda_items/${i.row}/${name}`, `conf.agenda_items.${name}`, value);
    }
    if (i.audience) put(`conf.agenda_items/${i.row}/audience`, 'conf.agenda_items.audience', i.audience.map((r) => `@${SEATS[r]}`));
  });
  rows.forEach((r, n) => {
    const key = `${r.table}/${id(n)}/text`;
    put(key, `${r.table}.text`, null, { level: r.level ?? 'r', ...(r.item ? { item: r.item } : {}) });
    texts.set(key, { doc: r.text });
  });
  return {
    me: { seat: SEATS[role], role, official: ['ps', 'cw'].includes(role), duties: role === 'ps' ? ['chair', 'recorder'] : [] },
    seats, cells, cols, presence: new Map(presence), hasText: (k) => texts.has(k), text: (k) => texts.get(k),
    meet: {
      phase, agenda: items.map(({ row, state }) => ({ row, state })),
      ...(open ? { item: open } : {}), ...(pause === undefined ? {} : { pause }),
    },
  };
}

test('what comes next: after the latest opened item; then what was passed over', async () => {
  const { itemsOf, nextItem } = await load('src/ui/meeting.ts');
  const of = (...states) => nextItem(itemsOf(roomOf({ items: states.map((state, n) => ({ row: id(n), state })) })))?.index ?? null;
  assert.equal(of('next', 'next'), 0);
  assert.equal(of('done', 'now', 'next'), 2);
  assert.equal(of('next', 'now', 'next'), 2);
  assert.equal(of('next', 'now'), 0);
  assert.equal(of('done', 'done'), null);
  assert.equal(of('done', 'next', 'done'), 1);
});

test('an item this viewer does not read is none, and the others are counted without it', async () => {
  const { itemsOf } = await load('src/ui/meeting.ts');
  const room = roomOf({ items: [{ row: id(0), state: 'done' }, { row: id(1), state: 'now' }, { row: id(2), state: 'next' }] });
  room.cells.delete(`conf.agenda_items/${id(1)}/title`);
  assert.deepEqual(itemsOf(room).map((i) => [i.row, i.index]), [[id(0), 0], [id(2), 1]]);
});

test('who must leave: everybody marked as in who is not named; who waits or has left is not in', async () => {
  const { mustLeave, haveLeft, itemsOf, maySit } = await load('src/ui/meeting.ts');
  const items = [{ row: id(0), state: 'now', audience: ['self', 'ps', 'emp', 'kp'] }, { row: id(1), state: 'next', audience: ['self', 'ps'] }];
  const room = roomOf({ items, at: { self: 'room', ps: 'room', emp: 'line', kp: 'out', cw: 'wait' } });
  const [now, next] = itemsOf(room);
  assert.deepEqual(mustLeave(room, next.audience).map((s) => s.role), ['emp']);
  assert.deepEqual(haveLeft(room, now, next.audience).map((s) => s.role), ['kp']);
  assert.equal(maySit([now, next], room.seats.get(SEATS.cw)), false);
  assert.equal(maySit([now, next], room.seats.get(SEATS.emp)), true);
  assert.equal(maySit([next], room.seats.get(SEATS.cw)), true); // nothing is open: nobody is kept out
});

test('the clock of an item: planned end, over-run, and a pause that moves both', async () => {
  const { itemsOf, itemClock } = await load('src/ui/meeting.ts');
  const items = [{ row: id(0), state: 'now', minutes: 20 }];
  const at = (room, now) => itemClock(room, itemsOf(room)[0], now);
  const running = roomOf({ items, open: { row: id(0), since: 0 } });
  assert.deepEqual(at(running, 5 * MINUTE), { end: 20 * MINUTE, planned: 20 * MINUTE, elapsed: 5 * MINUTE, over: 0, stopped: false });
  assert.equal(at(running, 22 * MINUTE).over, 2 * MINUTE);
  const paused = roomOf({ items, open: { row: id(0), since: 0 }, pause: 5 * MINUTE });
  assert.deepEqual(at(paused, 9 * MINUTE), { end: 24 * MINUTE, planned: 20 * MINUTE, elapsed: 5 * MINUTE, over: 0, stopped: true });
});

test('the minutes: numbered within an item, and not at all without one', async () => {
  const { chaptersOf } = await load('src/ui/minutes-book.ts');
  const items = [{ row: id(7), state: 'done' }, { row: id(8), state: 'now' }];
  const decision = (item, text = 'あ') => ({ table: 'min.decisions', item, text });
  const room = roomOf({ items, rows: [decision(id(8)), decision(id(7)), decision(id(8)), decision(undefined)] });
  const names = chaptersOf(room).map((c) => [c.item?.row ?? null, c.entries.get('min.decisions').map((e) => e.name)]);
  assert.deepEqual(names, [[null, ['決定']], [id(7), ['決定①']], [id(8), ['決定①', '決定②']]]);
});

test('the minutes: an empty row shows to who writes it, and to others once somebody is at it', async () => {
  const { chaptersOf } = await load('src/ui/minutes-book.ts');
  const items = [{ row: id(7), state: 'now' }];
  const rows = [{ table: 'min.utterances', item: id(7), text: '' }];
  const count = (o) => chaptersOf(roomOf({ items, ...o }))[0].entries.get('min.utterances')?.length ?? 0;
  assert.equal(count({ rows, role: 'cw' }), 0);
  assert.equal(count({ rows: [{ ...rows[0], level: 'w' }] }), 1);
  const key = `min.utterances/${id(0)}/text`;
  assert.equal(count({ rows, role: 'cw', presence: [[SEATS.ps, { cell: key, at: null }]] }), 1);
});

test('what an item opens and a consent gives, in words', async () => {
  const { catalogue, itemWords } = await load('src/ui/items.ts');
  const room = roomOf();
  const col = (label, more) => ({ label, type: 'text', ...more });
  const area = (group) => ({ area: 'health', area_label: '健康', group });
  for (const [name, c] of Object.entries({
    'plan.health.outline.status': col('状況', area('outline')), 'plan.health.action.goal': col('目標', area('action')),
    'plan.health.action.content': col('内容', area('action')), 'plan.health.background.note': col('見立て', area('background')),
    'person.contact': col('連絡先', {}), 'out.scale.value': col('値', { table: 'out.scale', table_label: '自己評価' }),
    'out.scale.note': col('覚え書き', { table: 'out.scale', table_label: '自己評価' }), 'min.decisions.text': col('決定', { table: 'min.decisions' }),
  })) {
    room.cols.set(name, c);
    room.cells.set(name, { key: name, col: name, ver: 1, value: null, level: 'r', reach: null });
  }
  const ids = (tables) => catalogue(room, tables).flatMap((g) => g.picks.flatMap((p) => p.ids));
  assert.deepEqual(ids('whole').sort(), ['out.scale', 'person.contact', 'plan.health.action', 'plan.health.background', 'plan.health.outline']);
  assert.ok(ids('columns').includes('out.scale.value') && ids('columns').includes('out.scale.note'));
  assert.ok(!ids('columns').some((i) => i.startsWith('min.')));
  assert.deepEqual(itemWords(room, ['plan.health.outline', 'plan.health.action']), ['健康']);
  assert.deepEqual(itemWords(room, ['plan.health.background']), ['健康（背景）']);
  assert.deepEqual(itemWords(room, ['out.scale.value', 'out.scale.note', 'person.contact']), ['連絡先', '自己評価']);
  assert.deepEqual(itemWords(room, ['close.reason']), ['終結']); // nothing visible of it: its record's name at most
});
