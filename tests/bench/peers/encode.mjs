/*
 * What people type, as Yjs encodes it: node encode.mjs CHARS SEATS EDITS FILE. Each sees what the others
 * typed three rounds ago (two to three intervals on the way), so that whoever sends these at their times sends
 * nothing that hangs in the air. File: seats, edits, client ids, the text at the start, then round
 * by round each seat's update; numbers are 32 bits, little-endian, and bytes have their length before them.
 */
import fs from 'node:fs';
import * as Y from 'yjs';
import {FIRST, bytes, u32} from './bytes.mjs';

const [chars, seats, edits] = process.argv.slice(2, 5).map(Number);
const TEXTS = 20;
const LAG = 3;

let seed = 1;
function below(n) {
	seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
	return Math.floor((seed / 2 ** 32) * n);
}

const base = new Y.Doc();
base.clientID = FIRST - 1;
base.transact(() => {
	for (let i = 0; i < TEXTS; i++) base.getText(`t${i}`).insert(0, 'あ'.repeat(chars));
});
const start = Y.encodeStateAsUpdate(base);

const docs = Array.from({length: seats}, (_, nth) => {
	const doc = new Y.Doc();
	Y.applyUpdate(doc, start);
	doc.clientID = FIRST + nth;
	return doc;
});
const rounds = [];
for (let k = 0; k < edits; k++) {
	rounds.push(docs.map((doc, nth) => {
		(rounds[k - LAG] ?? []).forEach((u, other) => { if (other !== nth) Y.applyUpdate(doc, u); });
		const text = doc.getText(`t${below(TEXTS)}`);
		let update = null;
		doc.once('update', (u) => { update = u; });
		text.insert(below(text.length + 1), 'あ');
		return update;
	}));
}
fs.writeFileSync(process.argv[5], Buffer.concat([u32(seats), u32(edits), ...docs.map((d) => u32(d.clientID)),
	...bytes(start), ...rounds.flat().flatMap(bytes)]));
