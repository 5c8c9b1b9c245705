/* Recorded typing, as the generator reads it. Where it is from: traces/README.md. */
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import {ROOT} from '../support/server.mjs';

export const TRACES = ['friendsforever_flat', 'json-crdt-blog-post', 'seph-blog1'];
const LONGEST = 65_536; /* of a text of ours, in UTF-16 units */
const PIECE = 300;      /* pasted text longer than that is typed in pieces: the floor's frames hold 1,024 bytes */

/* One patch as those of at most PIECE units, one behind the other. */
function* pieces([at, deleted, words]) {
	yield [at, deleted, words.slice(0, PIECE)];
	for (let i = PIECE; i < words.length; i += PIECE) yield [at + i, 0, words.slice(i, i + PIECE)];
}

/* The first so many patches -> {patches, end}: what they make of an empty text, by strings alone */
export function read(name, first = Infinity) {
	const trace = JSON.parse(zlib.gunzipSync(fs.readFileSync(path.join(ROOT, 'tests/bench/traces', `${name}.json.gz`))));
	const all = trace.txns.flatMap((t) => t.patches);
	const patches = all.slice(0, first).flatMap((p) => [...pieces(p)]);
	let end = trace.startContent;

	for (const [at, deleted, words] of patches) {
		end = end.slice(0, at) + words + end.slice(at + deleted);
		if (end.length > LONGEST) throw new Error(`${name}: ${end.length} units on the way`);
	}
	if (first >= all.length && end !== trace.endContent) throw new Error(`${name}: another text than the recording's`);
	return {patches, end};
}
