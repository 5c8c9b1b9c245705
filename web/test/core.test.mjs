import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TextSession } from '../dist-node/core.mjs';
import { Net, makeRoom, SEATS } from './net.mjs';

function pair(options) {
  const room = makeRoom(options);
  const net = new Net(room);
  const a = net.client('ps');
  const b = net.client('hw');
  net.settle();
  return { room, net, a, b };
}
const goal = (room) => room.cells.get('goal').text.toString();

test('join: cells, seats, me', () => {
  const { a } = pair();
  assert.equal(a.status, 'live');
  assert.equal(a.me.role, 'ps');
  assert.deepEqual([...a.cells.keys()], ['goal', 'note', 'status']);
  assert.equal(a.seats.size, 4);
  assert.equal(a.seats.get(SEATS[2].seat).here, true);
  assert.equal(a.seats.get(SEATS[3].seat).here, false);
});

test('two people type into one text at once and converge', () => {
  const { room, net, a, b } = pair({ goal: 'けんしゅう' });
  a.text('goal').edit({ from: 0, insert: '春の' });
  b.text('goal').edit({ from: 5, insert: 'を続ける' });
  a.text('goal').edit({ from: 2, insert: '𠮷' });
  net.settle();
  assert.equal(goal(room), '春の𠮷けんしゅうを続ける');
  for (const c of [a, b]) {
    assert.equal(c.text('goal').doc, goal(room));
    assert.equal(c.unsaved, 0);
  }
});

test('one push in flight per text', () => {
  const { room, net, a } = pair();
  for (const ch of 'あいうえお') a.text('goal').edit({ from: a.text('goal').doc.length, insert: ch });
  assert.equal(a.unsaved, 1);
  net.settle();
  assert.equal(goal(room), 'あいうえお');
  const pushes = room.log.filter((f) => f.t === 'edit');
  assert.deepEqual(pushes.map((f) => f.changes.length), [1, 4]);
});

test('undo takes back own words only', () => {
  const { room, net, a, b } = pair();
  a.text('goal').edit({ from: 0, insert: 'AAA' });
  net.settle();
  b.text('goal').edit({ from: 3, insert: 'BBB' });
  net.settle();
  assert.equal(a.text('goal').undo(), true);
  net.settle();
  assert.equal(goal(room), 'BBB');
  assert.equal(a.text('goal').undo(), false);
  assert.equal(b.text('goal').doc, 'BBB');
});

for (const ownInReplay of [true, false]) {
  test(`ack lost, push sent again unchanged, counted once (own edits ${ownInReplay ? '' : 'not '}replayed)`, () => {
    const { room, net, a, b } = pair({ ownInReplay });
    a.text('goal').edit({ from: 0, insert: 'いち' });
    const link = net.linkOf('ps');
    while (link.toServer.length) room.receive(link.conn, link.toServer.shift());
    a.text('goal').edit({ from: 2, insert: 'に' });
    net.cut(link, true); // the ack is lost
    assert.equal(a.status, 'offline');
    a.text('goal').edit({ from: 3, insert: 'さん' });
    net.settle();
    b.text('goal').edit({ from: 0, insert: 'ゼロ' });
    net.settle();
    net.tick(2000);
    net.settle();
    assert.equal(a.status, 'live');
    assert.equal(goal(room), 'ゼロいちにさん');
    assert.equal(a.text('goal').doc, goal(room));
    assert.equal(b.text('goal').doc, goal(room));
    const pushes = room.log.filter((f) => f.t === 'edit' && f.ref === 1 && f.changes[0][0]?.[1] === 'いち');
    assert.equal(pushes.length, 2);
    assert.deepEqual(pushes[0], pushes[1]);
    assert.equal(a.unsaved, 0);
  });
}

test('typed offline, sent after the connection is back', () => {
  const { room, net, a, b } = pair();
  net.up = false;
  net.cut(net.linkOf('ps'), true);
  a.text('goal').edit({ from: 0, insert: 'オフラインで書いた' });
  assert.equal(a.unsaved, 1);
  net.tick(3000);
  net.settle();
  assert.equal(a.status, 'offline');
  net.up = true;
  a.retryNow();
  net.settle();
  net.tick(20_000);
  net.settle();
  assert.equal(goal(room), 'オフラインで書いた');
  assert.equal(b.text('goal').doc, goal(room));
  assert.equal(a.unsaved, 0);
});

test('base before the fence: fresh text, own words as a note', () => {
  const { room, net, a, b } = pair({ goal: '土台' });
  net.cut(net.linkOf('ps'), true);
  a.text('goal').edit({ from: 2, insert: 'わたしの文' });
  b.text('goal').edit({ from: 0, insert: '新' });
  net.settle();
  room.forgetHistory();
  net.tick(2000);
  net.settle();
  assert.equal(a.text('goal').doc, '新土台');
  assert.deepEqual(a.notes.map((n) => [n.label, n.text]), [['目標', 'わたしの文']]);
  assert.equal(a.unsaved, 0);
  a.text('goal').edit({ from: 0, insert: '次' });
  net.settle();
  assert.equal(goal(room), '次新土台');
});

test('old while connected: fresh text comes first, then the refusal', () => {
  const { room, net, a } = pair({ goal: '土台' });
  room.cells.get('goal').ver += 5; // changes whose history is gone, and which a never saw
  a.text('goal').edit({ from: 0, insert: 'X' });
  net.settle();
  assert.equal(a.text('goal').doc, '土台');
  assert.equal(a.notes[0].text, 'X');
  a.text('goal').edit({ from: 0, insert: 'Y' });
  net.settle();
  assert.equal(goal(room), 'Y土台');
});

test('a refused edit is taken back and kept as a note', () => {
  const { room, net, a } = pair({ goal: '土台' });
  room.level = () => 'r';
  a.text('goal').edit({ from: 2, insert: 'だめ' });
  a.text('goal').edit({ from: 4, insert: 'でも' });
  net.settle();
  assert.equal(a.text('goal').doc, '土台');
  assert.equal(a.notes[0].text, 'だめでも');
  assert.equal(a.unsaved, 0);
});

test('drop wipes text, undo and unsent edits', () => {
  const { room, net, a } = pair({ goal: '土台' });
  a.text('goal').edit({ from: 2, insert: '未送信' });
  a.text('goal').edit({ from: 2, insert: 'もっと' });
  room.level = (seat, cell) => (cell.key === 'goal' && seat === SEATS[1].seat ? null : 'w');
  room.refresh();
  net.settle();
  assert.equal(a.hasText('goal'), false);
  assert.equal(a.cells.has('goal'), false);
  assert.deepEqual(a.notes, []);
  assert.equal(a.unsaved, 0);
});

test('register: set, stale, in a row', async () => {
  const { room, net, a, b } = pair();
  const one = a.set('status', 'b');
  const two = a.set('status', 'a');
  const run = async (p) => {
    for (let i = 0; i < 20; i++) {
      net.settle();
      await null;
    }
    return p;
  };
  await run(one);
  await run(two);
  assert.equal(room.cells.get('status').value, 'a');
  assert.equal(b.cells.get('status').value, 'a');
  const link = net.linkOf('ps');
  const late = a.set('status', 'b');
  await null;
  await null;
  const held = link.toServer.splice(0);
  await run(b.set('status', 'b'));
  link.toServer.push(...held);
  net.settle();
  await assert.rejects(late, (e) => e.code === 'stale' && e.value === 'b');
  assert.equal(a.cells.get('status').value, 'b');
  await run(a.set('status', 'a'));
  assert.equal(room.cells.get('status').value, 'a');
});

test('row, open, and a refusal', async () => {
  const { room, net, a, b } = pair();
  const row = a.row('min.decisions', { text: '10時を基本とする' });
  net.settle();
  const { row: id } = await row;
  assert.equal(b.text(`min.decisions/${id}/text`).doc, '10時を基本とする');
  const opened = a.open(id);
  const refused = b.open(id);
  net.settle();
  await opened;
  assert.equal(b.meet.item.row, id);
  assert.equal(b.meet.phase, 'in');
  await assert.rejects(refused, (e) => e.code === 'gone');
  const said = b.row('min.decisions', { text: '次' });
  net.settle();
  assert.equal(a.cells.get(`min.decisions/${(await said).row}/text`).item, id);
});

for (const kept of [0, 1]) {
  test(`the server lost its place: an edit and a row ${kept ? 'it had kept' : 'are said again'}`, async () => {
    const { room, net, a, b } = pair({ goal: 'あ' });
    a.text('goal').edit({ from: 1, insert: 'い' });
    const row = b.row('min.decisions', { text: '一度だけ' });
    const reach = a.reach('goal');
    net.again(kept);
    b.text('goal').edit({ from: 0, insert: '先' }); // into the frozen socket
    net.settle();
    assert.equal(goal(room), '先あい');
    assert.equal(await reach, null); // a question is asked again by who still wants to know
    const { row: id } = await row;
    assert.deepEqual([...room.cells.keys()].filter((k) => k.startsWith('min.decisions/')), [`min.decisions/${id}/text`]);
    for (const c of [a, b]) {
      assert.equal(c.status, 'live');
      assert.equal(c.text('goal').doc, '先あい');
      assert.equal(c.text(`min.decisions/${id}/text`).doc, '一度だけ');
      assert.equal(c.unsaved, 0);
      assert.deepEqual(c.notes, []);
    }
  });
}

test('asked twice and nothing was kept: whoever has something unsaved knows it, until an answer comes', () => {
  const { net, a, b } = pair({ goal: 'あ' });
  a.text('goal').edit({ from: 1, insert: 'い' });
  for (let n = 1; n <= 3; n++) {
    net.again(0);
    while (net.links.some((l) => l.toClient.length)) net.links.forEach((l) => l.toClient.shift()?.());
    assert.equal(a.agains, n);
    assert.equal(b.agains, 0); // it loses nothing
    const joins = net.links.map((l) => l.toServer.splice(0, 1)[0]);
    net.links.forEach((l, i) => net.room.receive(l.conn, joins[i]));
    while (net.links.some((l) => l.toClient.length)) net.links.forEach((l) => l.toClient.shift()?.());
  }
  net.settle();
  assert.equal(a.agains, 0);
  assert.equal(a.unsaved, 0);
});

test('a server that can keep nothing says so to everybody, and all arrives when it can', () => {
  const { net, a, b } = pair({ goal: 'あ' });
  net.room.stick(true);
  net.settle();
  assert.ok(a.stuck && b.stuck); // also who has nothing to be kept
  a.text('goal').edit({ from: 1, insert: 'い' });
  net.settle();
  net.tick(3_000); // asked again, and busy again
  net.settle();
  assert.equal(a.status, 'live');
  assert.equal(a.unsaved, 1);
  assert.equal(b.text('goal').doc, 'あ');
  net.room.stick(false);
  net.settle();
  net.tick(1_000);
  net.settle();
  assert.ok(!a.stuck && !b.stuck);
  assert.equal(a.unsaved, 0);
  assert.equal(b.text('goal').doc, 'あい');
});

test('what a lost server said of its disk means nothing for the next', () => {
  const { net, a } = pair({ goal: 'あ' });
  net.room.stick(true);
  net.settle();
  net.room.stuck = false;
  net.links.slice().forEach((l) => net.cut(l, true));
  assert.equal(a.stuck, false);
});

test('a ping that the server forgot with its place is no sign that it is gone', () => {
  const { net, a } = pair({ goal: 'あ' });
  net.tick(10_000); // a ping is on its way
  net.again(0);
  net.settle();
  assert.equal(a.status, 'live');
  net.tick(10_000);
  assert.equal(a.status, 'live');
});

test('a board joins as one, and says nothing but that it is there', () => {
  const { room, net } = pair();
  const before = room.log.length;
  const board = net.client('self', { board: true });
  net.settle();
  board.here('goal', [0, 0, 0]);
  for (let i = 0; i < 40; i++) {
    net.tick(1000);
    net.settle();
  }
  const said = room.log.slice(before).filter((f) => f.client === board.client || f.t === 'here');
  assert.deepEqual(said.map((f) => [f.t, f.board]), [['join', 1]]);
  assert.equal(board.text('goal').doc, goal(room));
});

test('composition: nothing goes out, remote changes wait, then both', () => {
  const { room, net, a, b } = pair({ goal: 'あ' });
  const t = a.text('goal');
  t.holdRemote = true;
  t.edit({ from: 1, insert: 'か' }, 'input.type.compose');
  b.text('goal').edit({ from: 0, insert: '先' });
  net.settle();
  assert.equal(t.doc, 'あか');
  assert.deepEqual(t.waiting, [SEATS[2].seat]);
  assert.equal(room.log.filter((f) => f.t === 'edit').length, 1);
  t.edit({ from: 1, to: 2, insert: '蚊' }, 'input.type.compose');
  t.holdRemote = false;
  net.settle();
  assert.equal(goal(room), '先あ蚊');
  assert.equal(t.doc, '先あ蚊');
  assert.equal(t.undo(), true);
  assert.equal(t.doc, '先あ'); // one composition is one step
});

test('the connection breaks while an ack waits for the end of a composition', () => {
  const { room, net, a, b } = pair({ goal: 'あ', ownInReplay: false });
  const t = a.text('goal');
  t.edit({ from: 1, insert: 'い' });
  t.holdRemote = true;
  t.edit({ from: 2, insert: 'う' }, 'input.type.compose');
  net.settle();
  net.cut(net.linkOf('ps'), true);
  net.tick(2000);
  net.settle();
  t.holdRemote = false;
  net.settle();
  assert.equal(goal(room), 'あいう');
  assert.equal(t.doc, 'あいう');
  assert.equal(b.text('goal').doc, 'あいう');
  assert.equal(a.unsaved, 0);
});

test('an ack that comes after its changes came back as edits is not taken for the next push', () => {
  const pushes = [];
  const t = new TextSession('goal', 10, '', {
    client: 'c', live: true, now: () => 0, push: (_s, push) => pushes.push(push), settled() {}, changed() {}, advanced() {},
    note: () => assert.fail('words were put aside'), broken: () => assert.fail('started afresh'),
  });
  t.edit({ from: 0, insert: 'あ' });
  t.receive({ kind: 'edit', ver: 11, client: 'c', seat: 's', change: [[0, 'あ']] });
  t.edit({ from: 1, insert: 'い' });
  assert.equal(pushes.length, 1);
  t.receive({ kind: 'ack', ver: 11 });
  assert.equal(pushes.length, 2);
  t.receive({ kind: 'ack', ver: 12 });
  assert.equal(t.doc, 'あい');
  assert.equal(t.unsent, false);
});

test('carets of others follow changes', () => {
  const { net, a, b } = pair({ goal: '0123456789' });
  const t = b.text('goal');
  t.edit({ from: 0, insert: '>>' });
  b.here('goal', t.point());
  net.settle();
  net.tick(300);
  net.settle();
  b.here('goal', [t.ver, 5, 5]);
  net.settle();
  net.tick(300);
  net.settle();
  assert.deepEqual(a.text('goal').marks.carets.map((c) => [c.seat, c.head]), [[SEATS[2].seat, 5]]);
  a.text('goal').edit({ from: 0, insert: 'ab' });
  assert.equal(a.text('goal').marks.carets[0].head, 7);
  b.here(null);
  net.settle();
  net.tick(300);
  net.settle();
  assert.equal(a.text('goal').marks.carets.length, 0);
  assert.equal(a.presence.size, 0);
});

test('presence goes out at most four times a second, the last place always', () => {
  const { room, net, a } = pair({ goal: '0123456789' });
  for (let i = 0; i < 10; i++) {
    a.here('goal', [a.text('goal').ver, i, i]);
    net.tick(50);
  }
  net.tick(1000);
  net.settle();
  const sent = room.log.filter((f) => f.t === 'here');
  assert.ok(sent.length <= 4, String(sent.length));
  assert.equal(sent.at(-1).at[1], 9);
});

test('fresh marks expire', () => {
  const { net, a, b } = pair({ goal: 'abc' });
  b.text('goal').edit({ from: 3, insert: 'def' });
  net.settle();
  assert.deepEqual(a.text('goal').marks.fresh.map((f) => [f.from, f.to]), [[3, 6]]);
  net.tick(13_000);
  assert.equal(a.text('goal').marks.fresh.length, 0);
});

test('no pong: a new connection', () => {
  const { net, a } = pair();
  const link = net.linkOf('ps');
  net.tick(10_000);
  link.toServer.length = 0; // the ping is lost
  net.tick(10_000);
  assert.equal(a.status, 'offline');
  net.tick(1000);
  net.settle();
  assert.equal(a.status, 'live');
});

test('bye ends it', async () => {
  const { net, a } = pair();
  const waits = a.set('status', 'b');
  await null;
  await null;
  net.linkOf('ps').toServer.length = 0;
  net.linkOf('ps').conn.send({ t: 'bye', code: 'seat' });
  net.settle();
  assert.equal(a.status, 'ended');
  assert.equal(a.endCode, 'seat');
  await assert.rejects(waits, (e) => e.code === 'stopped');
  net.tick(60_000);
  assert.equal(a.status, 'ended');
});

test('what the server would refuse never becomes a change', () => {
  const { room, net, a } = pair({ goal: 'a𠮷b' });
  const t = a.text('goal');
  t.edit({ from: 2, to: 3, insert: '\udf9f' }); // 𠮷 -> 𠮟 as a browser reports it
  t.edit({ from: 0, insert: 'x\u0000\u0007\ty\r\nz' });
  net.settle();
  assert.equal(goal(room), 'x\ty\nza𠮟b');
  assert.equal(t.doc, goal(room));
});
