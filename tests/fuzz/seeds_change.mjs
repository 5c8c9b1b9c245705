/*
 * Changes for fuzz_change.c: lines of tests/vectors/text_change.jsonl, which CodeMirror made.
 * Usage: node tests/fuzz/seeds_change.mjs DIR
 */
import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const FILE = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../vectors/text_change.jsonl');
const dir = process.argv[2];
const LINES = 600;

fs.mkdirSync(dir, {recursive: true});
fs.readFileSync(FILE, 'utf8').split('\n').filter((line) => line && line.length < 2000).slice(0, LINES)
	.forEach((line, i) => {
		const {d, a, b, c} = JSON.parse(line);

		fs.writeFileSync(path.join(dir, `line-${i}`), JSON.stringify({d, a, b, c}));
	});
