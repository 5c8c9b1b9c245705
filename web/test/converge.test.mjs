/* Random edits, delays, breaks, compositions and undo: at the end all have the server's text. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'node:test';
import { Net, makeRoom } from './net.mjs';

const ROLES = ['ps', 'hw', 'emp'];
const words = fc.constantFrom('あ', 'い\n', '𠮷', 'abc', '会議', '👩‍👧', '');
const who = fc.nat(ROLES.length - 1);
const op = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('edit'), who, at: fc.nat(1000), cut: fc.nat(4), words }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('move'), pick: fc.nat(1000), count: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('break'), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('again'), kept: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait'), ms: fc.nat(3000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('undo', 'redo', 'hold', 'free'), who }) },
);

function apply(net, clients, o) {
  const client = clients[o.who];
  const text = client?.text('goal');
  if (o.do === 'edit') {
    const length = text.state.doc.length;
    const from = length === 0 ? 0 : o.at % (length + 1);
    text.edit({ from, to: Math.min(length, from + o.cut), insert: o.words });
  } else if (o.do === 'move') {
    for (let i = 0; i < o.count; i++) net.step((n) => o.pick % n);
  } else if (o.do === 'break') {
    const link = net.linkOf(ROLES[o.who]);
    if (link) net.cut(link, true);
  } else if (o.do === 'again') net.again(o.kept);
  else if (o.do === 'wait') net.tick(o.ms);
  else if (o.do === 'undo') text.undo();
  else if (o.do === 'redo') text.redo();
  else text.holdRemote = o.do === 'hold';
}

for (const ownInReplay of [true, false]) {
  test(`everybody ends with the server's text (own edits ${ownInReplay ? '' : 'not '}replayed)`, () => {
    fc.assert(fc.property(fc.array(op, { maxLength: 60 }), (ops) => {
      const room = makeRoom({ goal: '初めの文', ownInReplay });
      const net = new Net(room);
      const clients = ROLES.map((r) => net.client(r));
      net.settle();
      for (const o of ops) apply(net, clients, o);
      for (const c of clients) c.text('goal').holdRemote = false;
      for (let i = 0; i < 40; i++) {
        net.settle();
        net.tick(1000);
      }
      net.settle();
      const final = room.cells.get('goal').text.toString();
      for (const c of clients) {
        assert.equal(c.status, 'live');
        assert.equal(c.text('goal').doc, final);
        assert.equal(c.unsaved, 0);
        assert.deepEqual(c.notes, []);
      }
      assert.ok(!/[\ud800-\udfff]/u.test(final));
    }), { numRuns: Number(process.env.RUNS ?? 400) });
  });
}
