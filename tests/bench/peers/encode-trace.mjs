/*
 * A recording as Yjs encodes it: node encode-trace.mjs TRACE SEATS FILE. The first seat types, an update
 * for each patch; the file is as that of encode.mjs, with nothing from the others.
 */
import fs from 'node:fs';
import * as Y from 'yjs';
import {FIRST, bytes, u32} from './bytes.mjs';

const [trace, seats, file] = process.argv.slice(2);
const {patches} = JSON.parse(fs.readFileSync(trace, 'utf8'));
const base = new Y.Doc();
base.clientID = FIRST - 1;
base.getText('t1').insert(0, 'あ'); /* what who comes first brings */
const start = Y.encodeStateAsUpdate(base);
const doc = new Y.Doc();
const updates = [];

Y.applyUpdate(doc, start);
doc.clientID = FIRST;
doc.on('update', (u) => updates.push(u));
const text = doc.getText('t0');
for (const [at, deleted, words] of patches) {
	doc.transact(() => {
		if (deleted) text.delete(at, deleted);
		if (words) text.insert(at, words);
	});
}
if (updates.length !== patches.length) throw new Error(`${updates.length} updates of ${patches.length} patches`);
const ids = Array.from({length: Number(seats)}, (_, nth) => u32(FIRST + nth));
const none = Array.from({length: Number(seats) - 1}, () => u32(0));
fs.writeFileSync(file, Buffer.concat([u32(Number(seats)), u32(updates.length), ...ids, ...bytes(start),
	...updates.flatMap((u) => [...bytes(u), ...none])]));
