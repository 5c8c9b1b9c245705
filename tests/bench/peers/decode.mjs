/*
 * What readers of a recording were sent, read by Yjs: node decode.mjs TRACE DUMP. Prints how many end with
 * another text. DUMP: for each reader the number of its updates, then these, as in encode.mjs.
 */
import fs from 'node:fs';
import * as Y from 'yjs';

const [trace, dump] = process.argv.slice(2);
const {end} = JSON.parse(fs.readFileSync(trace, 'utf8'));
const all = fs.readFileSync(dump);
let at = 0;
let differ = 0;

const number = () => {
	at += 4;
	return all.readUInt32LE(at - 4);
};
while (at < all.length) {
	const doc = new Y.Doc();
	const updates = Array.from({length: number()}, () => {
		const n = number();
		at += n;
		return all.subarray(at - n, at);
	});
	doc.transact(() => updates.forEach((u) => Y.applyUpdate(doc, u)));
	differ += doc.getText('t0').toString() !== end;
}
console.log(differ);
