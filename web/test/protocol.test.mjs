import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { SPEC } from '../dist-node/core.mjs';

/** protocol.def -> { name: { member: [KIND, NEED] } } */
function parse(text) {
  const joined = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\\\n/g, ' ');
  const fields = {};
  for (const [, macro, body] of joined.matchAll(/#define (\w+_FIELDS)\(F\)([^\n]*)/g)) {
    fields[macro] = Object.fromEntries([...body.matchAll(/F\((\w+), (\w+), (\w+)\)/g)].map((m) => [m[1], [m[2], m[3]]]));
  }
  const out = {};
  for (const [, name, macro] of joined.matchAll(/IN\(\w+, (\w+), (\w+_FIELDS)\)/g)) out[name] = fields[macro];
  return out;
}

test('the client knows exactly the messages of schema/protocol.def', () => {
  const def = parse(readFileSync(new URL('../../schema/protocol.def', import.meta.url), 'utf8'));
  assert.ok(Object.keys(def).length >= 10);
  assert.deepEqual(JSON.parse(JSON.stringify(SPEC)), def);
});
