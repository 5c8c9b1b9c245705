/* What a page keeps of unsent words, and how a later page brings them to the server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Net, makeRoom } from './net.mjs';

const goal = (room) => room.cells.get('goal').text.toString();
const late = (net) => {
  for (let i = 0; i < 20; i++) {
    net.settle();
    net.tick(1000);
  }
  net.settle();
};

function start(options) {
  const room = makeRoom({ goal: '土台', ...options });
  const net = new Net(room);
  const a = net.client('ps');
  const b = net.client('hw');
  net.settle();
  return { room, net, a, b };
}

/** The page goes; what it kept goes through JSON, as on the device. */
function reload(net, client) {
  const kept = JSON.parse(JSON.stringify(client.kept()));
  const link = net.linkOf('ps');
  client.stop();
  if (link) net.cut(link);
  return kept;
}

test('nothing unsent, nothing kept', () => {
  const { net, a } = start();
  assert.equal(a.kept(), null);
  a.text('goal').edit({ from: 0, insert: 'あ' });
  assert.equal(a.kept().texts.length, 1);
  net.settle();
  assert.equal(a.kept(), null);
});

test('kept are the own changes, never the text', () => {
  const { net, a, b } = start({ goal: 'ひみつの土台' });
  net.cut(net.linkOf('ps'), true);
  b.text('goal').edit({ from: 0, insert: '他人' });
  a.text('goal').edit({ from: 3, to: 4, insert: '私' });
  const words = JSON.stringify(a.kept());
  assert.ok(words.includes('私'));
  for (const word of ['ひ', '土台', '他人']) assert.ok(!words.includes(word), word);
});

for (const ownInReplay of [true, false]) {
  for (const taken of [false, true]) {
    test(`brought once, at its old base: push ${taken ? 'kept, its ack lost' : 'lost'} (own edits ${ownInReplay ? '' : 'not '}replayed)`, () => {
      const { room, net, a, b } = start({ ownInReplay });
      a.text('goal').edit({ from: 2, insert: '一' });
      const link = net.linkOf('ps');
      if (taken) while (link.toServer.length) room.receive(link.conn, link.toServer.shift());
      net.cut(link, true);
      a.text('goal').edit({ from: 3, insert: '二𠮷' });
      a.text('goal').edit([{ from: 0, insert: '頭' }, { from: 6, insert: '尾' }]);
      b.text('goal').edit({ from: 0, to: 1, insert: '他' });
      net.settle();
      const kept = reload(net, a);
      const next = net.client('ps');
      net.settle();
      const courier = net.client('ps', { kept });
      late(net);
      assert.equal(courier.unsaved, 0);
      assert.equal(goal(room), '頭他台一二𠮷尾');
      assert.equal(next.text('goal').doc, goal(room));
      assert.equal(b.text('goal').doc, goal(room));
      assert.deepEqual(courier.notes, []);
      assert.equal(courier.kept(), null);
      assert.equal(next.text('goal').undo(), false, 'foreign to the new page');
    });
  }
}

for (const taken of [false, true]) {
  for (const more of [false, true]) {
    test(`a change that came to nothing goes along: push ${taken ? 'kept, its ack lost' : 'lost'}${more ? ', others go on' : ''}`, () => {
      const { room, net, a, b } = start();
      a.text('goal').edit({ from: 0, to: 1 });
      const link = net.linkOf('ps');
      const onTheWay = link.toServer.splice(0);
      b.text('goal').edit({ from: 0, to: 1 });
      net.settle();
      a.text('goal').edit({ from: 1, insert: '言' });
      a.text('goal').edit({ from: 2, insert: '葉' });
      if (taken) onTheWay.forEach((text) => room.receive(link.conn, text));
      const kept = reload(net, a);
      assert.deepEqual(kept.texts[0].changes[0], [1], 'b took away what a did');
      if (more) b.text('goal').edit({ from: 0, insert: '他' });
      net.settle();
      const courier = net.client('ps', { kept });
      late(net);
      assert.equal(courier.unsaved, 0);
      assert.equal(goal(room), more ? '他台言葉' : '台言葉');
      assert.equal(b.text('goal').doc, goal(room));
      assert.deepEqual(courier.notes, []);
    });
  }
}

test('brought twice, by two pages one after the other: still once', () => {
  const { room, net, a, b } = start();
  a.text('goal').edit({ from: 2, insert: 'い' });
  net.cut(net.linkOf('ps'), true);
  a.text('goal').edit({ from: 3, insert: 'ろは' });
  const kept = reload(net, a);
  for (let i = 0; i < 2; i++) {
    const courier = net.client('ps', { kept: JSON.parse(JSON.stringify(kept)) });
    late(net);
    assert.equal(courier.unsaved, 0);
    courier.stop();
  }
  assert.equal(goal(room), '土台いろは');
  assert.equal(b.text('goal').doc, goal(room));
});

test('behind the fence: a note', () => {
  const { room, net, a, b } = start();
  a.text('goal').edit({ from: 2, insert: '前の文' });
  net.cut(net.linkOf('ps'), true);
  const kept = reload(net, a);
  b.text('goal').edit({ from: 0, insert: '新' });
  net.settle();
  room.forgetHistory();
  const courier = net.client('ps', { kept });
  late(net);
  assert.equal(goal(room), '新土台');
  assert.deepEqual(courier.notes.map((n) => n.text), ['前の文']);
  assert.deepEqual(courier.kept().notes.map((n) => n.text), ['前の文']);
});

test('a cell that is gone: nothing is brought, nothing waits for ever', () => {
  const { room, net, a } = start();
  a.text('goal').edit({ from: 2, insert: '消える' });
  net.cut(net.linkOf('ps'), true);
  const kept = reload(net, a);
  room.level = (seat, c) => (c.key === 'goal' ? null : 'w');
  const courier = net.client('ps', { kept });
  late(net);
  assert.equal(courier.status, 'live');
  assert.equal(courier.unsaved, 0);
  assert.equal(courier.kept(), null);
  assert.equal(goal(room), '土台');
});

test('a word being composed is not kept, what was confirmed before it is', () => {
  const { net, a } = start();
  net.cut(net.linkOf('ps'), true);
  const text = a.text('goal');
  text.edit({ from: 2, insert: '確定' });
  text.holdRemote = true;
  text.edit({ from: 4, insert: 'にほん' }, 'input.type.compose');
  const words = JSON.stringify(a.kept());
  assert.ok(words.includes('確定'));
  assert.ok(!words.includes('にほん'));
  text.holdRemote = false;
  assert.ok(JSON.stringify(a.kept()).includes('にほん'));
});

test('a machine that slept: a dead line is noticed when somebody looks', () => {
  const { room, net, a, b } = start();
  const link = net.linkOf('ps');
  net.links = net.links.filter((l) => l !== link); // half-open: nothing moves, nobody is told
  a.text('goal').edit({ from: 2, insert: '起' });
  b.text('goal').edit({ from: 0, insert: '留守' });
  net.settle();
  net.time += 3_600_000; // no timer ran
  a.wake();
  for (let i = 0; i < 6; i++) {
    net.settle();
    net.tick(1000);
  }
  net.settle();
  assert.equal(a.status, 'live');
  assert.equal(goal(room), '留守土台起');
  assert.equal(a.text('goal').doc, goal(room));
});

test('a composition goes out as one change; of a word given up nothing goes out', () => {
  const { room, net, a, b } = start();
  const text = a.text('goal');
  const compose = (...steps) => {
    text.holdRemote = true;
    let from = 2;
    let to = 2;
    for (const s of steps) {
      text.edit({ from, to, insert: s }, 'input.type.compose');
      to = from + s.length;
    }
  };
  compose('か', 'かん', 'かんじ', '漢字');
  b.text('goal').edit({ from: 2, insert: '遠' });
  net.settle();
  text.holdRemote = false;
  net.settle();
  compose('や', 'やめ', '');
  b.text('goal').edit({ from: 0, insert: '頭' });
  net.settle();
  text.holdRemote = false;
  net.settle();
  const mine = room.log.filter((f) => f.t === 'edit' && JSON.stringify(f).includes('漢'));
  assert.equal(mine.length, 1);
  assert.equal(mine[0].changes.length, 1);
  const words = JSON.stringify(room.log);
  for (const half of ['か', 'じ', 'や']) assert.ok(!words.includes(half), half);
  assert.equal(goal(room), '頭土台遠漢字');
  for (const c of [a, b]) assert.equal(c.text('goal').doc, goal(room));
  assert.equal(a.unsaved, 0);
});

test('a composition that replaces words, while somebody writes inside them: both end with one text', () => {
  const { room, net, a, b } = start({ goal: 'あいうえお' });
  const text = a.text('goal');
  text.holdRemote = true;
  text.edit({ from: 1, to: 4 }, 'input.type.compose');
  text.edit({ from: 1, insert: 'か' }, 'input.type.compose');
  text.edit({ from: 1, to: 2, insert: '書' }, 'input.type.compose');
  b.text('goal').edit({ from: 2, insert: '内' });
  b.text('goal').edit({ from: 1, insert: '前' });
  net.settle();
  text.holdRemote = false;
  b.text('goal').edit({ from: 3, insert: '間' });
  net.settle();
  for (const c of [a, b]) assert.equal(c.text('goal').doc, goal(room));
});

test('an answer that comes twice while a word is composed counts once', () => {
  const { room, net, a, b } = start();
  const text = a.text('goal');
  room.stuck = true;
  text.edit({ from: 2, insert: '一' });
  net.settle(); // busy: it will be asked again
  text.holdRemote = true;
  text.edit({ from: 3, insert: '二' }, 'input.type.compose');
  room.stuck = false;
  net.again(0); // and it is asked again because of this
  net.settle();
  net.tick(1000);
  net.settle();
  assert.equal(room.log.filter((f) => f.t === 'edit' && f.ref === 1).length, 3, 'asked thrice');
  text.holdRemote = false;
  b.text('goal').edit({ from: 0, insert: '他' });
  late(net);
  assert.equal(goal(room), '他土台一二');
  for (const c of [a, b]) assert.equal(c.text('goal').doc, goal(room));
  assert.deepEqual(a.notes, []);
  assert.equal(a.unsaved, 0);
});

test('undo is per author: own words that somebody replaced do not take theirs along', () => {
  const { room, net, a, b } = start({ goal: '' });
  a.text('goal').edit({ from: 0, insert: '甲' });
  net.settle();
  b.text('goal').edit({ from: 0, to: 1, insert: '乙' });
  net.settle();
  a.text('goal').undo();
  net.settle();
  assert.equal(goal(room), '乙', 'own words somebody has replaced do not take theirs along');
  b.text('goal').undo();
  net.settle();
  assert.ok(goal(room).includes('甲'));
  assert.equal(a.text('goal').doc, goal(room));
});
