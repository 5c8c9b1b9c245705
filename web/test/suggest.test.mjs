import assert from 'node:assert/strict';
import test from 'node:test';
import { ChangeSet, Text } from '@codemirror/state';
import fc from 'fast-check';
import { Suggestions, piecesOf, rewrite } from '../dist-node/core.mjs';

const words = fc.array(fc.constantFrom('あ', 'い', '𠮷', '𠮟', '👩‍👧', '\n', 'e\u0301', 'x'), { maxLength: 12 }).map((l) => l.join(''));
const text = (s) => Text.of(s.split('\n'));

test('a text rewritten reads as wanted, and no character is cut in two', () => {
  fc.assert(fc.property(words, words, (old, next) => {
    const json = rewrite(old, next);
    if (json === null) return assert.equal(old, next);
    const change = ChangeSet.fromJSON(json);
    assert.equal(change.apply(text(old)).toString(), next);
    change.iterChanges((fromA, toA, fromB, toB) => {
      for (const [s, at] of [[old, fromA], [old, toA], [next, fromB], [next, toB]]) {
        assert.ok(!/^[\udc00-\udfff]/.test(s.slice(at)), `${JSON.stringify(s)} at ${at}`);
      }
    });
  }), { numRuns: 2000 });
});

test('what is shown of it is what it takes and puts', () => {
  const old = '研修は9時開始・週3日。月1回、工房とふり返る。';
  const change = ChangeSet.fromJSON(rewrite(old, old.replace('9時', '10時')));
  assert.deepEqual(piecesOf(text(old), change), [{ near: '研修は', del: '9', ins: '10' }]);
  const tail = ChangeSet.fromJSON(rewrite(old, `${old}土曜も。`));
  assert.deepEqual(piecesOf(text(old), tail), [{ near: '…工房とふり返る。', del: '', ins: '土曜も。' }]);
  assert.deepEqual(piecesOf(text('短い'), tail), []);
});

const one = (more = {}) => ({ id: 'a', seat: 's', state: 'open', at: 1, ver: 10, change: [[4, '文']], ...more });

test('suggestions follow the text version by version, and only from theirs on', () => {
  const s = new Suggestions();
  s.take('k', [one()]);
  s.over('k', 10, ChangeSet.of({ from: 0, insert: 'x' }, 4)); // contained already
  assert.equal(s.of('k')[0].ver, 10);
  s.over('k', 11, ChangeSet.of({ from: 2, insert: 'yy' }, 4));
  assert.deepEqual(s.of('k')[0].change.toJSON(), [[2, '文'], 2, [2]]);
  assert.equal(s.of('k')[0].ver, 11);
  s.put('k', one({ state: 'gone' }));
  assert.deepEqual(s.of('k'), []);
});

test('more than a thousand sections: it cannot be taken any more, as on the server', () => {
  const s = new Suggestions();
  const wide = (n) => Array.from({ length: n }, (_, i) => ({ from: i + 1, insert: 'い' }));
  s.take('k', [one({ change: [[600]] })]);
  s.over('k', 11, ChangeSet.of(wide(499), 600));
  assert.equal(s.of('k')[0].state, 'open');
  assert.equal(s.of('k')[0].change.toJSON().length, 999);
  s.over('k', 12, ChangeSet.of([{ from: 1090, insert: 'い' }, { from: 1095, insert: 'い' }], 1099));
  assert.equal(s.of('k')[0].state, 'old');
  assert.equal(s.of('k')[0].change, null);
});
