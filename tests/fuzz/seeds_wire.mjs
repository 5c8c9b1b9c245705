/*
 * Messages for fuzz_wire.c: all that tests/proto/cases send, one of each kind of schema/protocol.def
 * among them. Usage: node tests/fuzz/seeds_wire.mjs DIR
 */
import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const CASES = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../proto/cases');
const dir = process.argv[2];
const seen = new Set();

/* What stands in ${…} there: an id, a number, or a key. */
const filled = (text) => text
	.replace(/"\$\{[^}"]*ver[^}"]*\}"/g, '7')
	.replace(/\$\{[^}]*(seat|row|client|id)[^}]*\}/g, '0123456789abcdef')
	.replace(/\$\{[^}]*\}/g, 'plan.work.action.goal');

fs.mkdirSync(dir, {recursive: true});
for (const file of fs.readdirSync(CASES)) {
	for (const {steps} of JSON.parse(fs.readFileSync(path.join(CASES, file), 'utf8')).cases) {
		for (const {raw, send, says, join} of steps) {
			const message = send ?? (says && {ref: 1, ...says}) ??
				(join && {t: 'join', client: '0123456789abcdef', ...join === true ? {} : join});
			const text = filled(raw ?? JSON.stringify(message ?? ''));

			if (text.length > 2 && text.length < 4000 && !seen.has(text)) {
				fs.writeFileSync(path.join(dir, `message-${seen.size}`), `0${text}`);
				seen.add(text);
			}
		}
	}
}
