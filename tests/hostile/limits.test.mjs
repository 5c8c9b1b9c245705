/* Every LIMIT_ of base/limits.h has its two tests in limits.tsv, and they are there. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {ROOT} from '../support/server.mjs';

const OPEN = 0; /* places with a reason instead of a test: may only become fewer */
const read = (file) => fs.readFileSync(path.join(ROOT, file), 'utf8');
const names = [...read('server/base/limits.h').matchAll(/^\t(LIMIT_[A-Z_]+) =/gm)].map((m) => m[1]);
const rows = read('tests/hostile/limits.tsv').split('\n').filter((l) => l && !l.startsWith('#')).map((l) => l.split('\t'));

test('every limit has a row, and every row is a limit', () => {
	assert.ok(names.length > 40);
	assert.deepEqual(rows.map(([name]) => name).sort(), [...names].sort());
});

test('every row names tests that there are', () => {
	let open = 0;
	for (const [name, ...tests] of rows) {
		assert.equal(tests.length, 2, name);
		for (const [file, words] of tests.map((t) => t.split('|'))) {
			assert.ok(words, name);
			if (file === 'open') {
				open++;
			} else {
				assert.ok(read(file).includes(words), `${name}: ${file} has no "${words}"`);
			}
		}
	}
	assert.equal(open, OPEN);
});
