/*
 * What one seat gets: every header up to the last entry that has something for it, and its own boxes.
 * The writing is JSON of one fixed spelling; no string in it needs an escape.
 */
import {b64} from './prim.mjs';
import {prune} from './seal.mjs';
import {SLOT_NAMES} from './shape.mjs';

export const shownLeaf = (leaf) => leaf.d ?? `x:${b64(leaf.hash)}`;

function contents(entry, reads) {
	const shown = (label) => entry.boxes.get(label).leaves.map(shownLeaf);

	return entry.kind === 'minutes' ? reads.map(shown) : prune(SLOT_NAMES.map((label) => ({
		hash: entry.boxes.get(label).root, shown: reads.includes(label) ? shown(label) : null})));
}

/* The last entry that says anything in a box of the reader's. */
export const lastFor = (log, reads) => log.entries.findLastIndex((e) =>
	reads.some((label) => (e.boxes.get(label)?.count ?? 0) > 0));

export function bundle(log, key, last = lastFor(log, log.seats.get(key).reads)) {
	const {reads} = log.seats.get(key);
	const head = {format: 'rokusha-bundle/1', origin: log.origin, key: log.publicKey, size: last + 1,
		sig: b64(log.sigAt(last + 1)), reads};
	const entries = log.entries.slice(0, last + 1).map((e) => JSON.stringify({h: e.header, b: contents(e, reads)}));

	return `${JSON.stringify(head).slice(0, -1)},"entries":[\n${entries.join(',\n')}\n]}\n`;
}
