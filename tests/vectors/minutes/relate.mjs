/* Two bundles that each verify: one log, or two, or one log told in two ways? By their headers alone. */
import {Growing, b64, leafHash} from './prim.mjs';

/* Two bundles of one log: the headers of one must begin the other's. -> null, or where they part */
export function fork(one, another) {
	const headers = (text) => JSON.parse(text).entries.map((e) => e.h.join('\n'));
	const [a, b] = [headers(one), headers(another)];
	const at = a.findIndex((h, i) => i < b.length && h !== b[i]);

	return at < 0 ? null : at;
}

/*
 * What two bundles are to each other. -> [word, n]: `same` and `longer` (one log; n entries are the same), `next` (one goes on
 * from the first n of the other), `parted` (n entries are the same, the one after them is not), `other` (another log, or none of
 * that much is there to hold against it).
 */
export function relation(one, another) {
	const [a, b] = [one, another].map((text) => JSON.parse(text));

	if (a.origin === b.origin) {
		const at = fork(one, another);
		return at !== null ? ['parted', at] : [a.size === b.size ? 'same' : 'longer', Math.min(a.size, b.size)];
	}
	for (const [old, next] of [[a, b], [b, a]]) {
		const [origin, size, root] = next.entries[0].h.find((l) => l.startsWith('parent ')).split(' ').slice(1);
		if (origin !== old.origin) {
			continue;
		}
		if (Number(size) > old.size) {
			break;
		}
		const tree = new Growing();
		old.entries.slice(0, Number(size)).forEach((e) => tree.add(leafHash(`${e.h.join('\n')}\n`)));
		return b64(tree.root()) === root ? ['next', Number(size)] : ['parted', Number(size) - 1];
	}
	return ['other', 0];
}
