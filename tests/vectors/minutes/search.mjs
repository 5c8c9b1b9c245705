/* Looking through a bundle for what it should not tell. */
import {b64, leafHash, readDisclosure} from './prim.mjs';

/* Everything readable in a bundle: its text, and what its disclosures say, and those in them. */
export function opened(text) {
	const all = [text];
	const seen = new Set();
	const dig = (s) => {
		for (const word of s.match(/[A-Za-z0-9_-]{60,}/g) ?? []) {
			if (!seen.has(word) && readDisclosure(word)) {
				seen.add(word);
				all.push(Buffer.from(word, 'base64url').toString());
				dig(all.at(-1));
			}
		}
	};

	dig(text);
	return {text: all.join('\n'), disclosures: seen};
}

export const leavesOf = (log) => log.entries.flatMap((e) => [...e.boxes].flatMap(([label, box]) =>
	box.leaves.map((leaf) => ({label, ...leaf}))));

/* What is wrong in a bundle that is to tell its reader nothing of others. */
export function toldTooMuch(log, key, text) {
	const me = log.seats.get(key);
	const {text: words, disclosures} = opened(text);
	const wrong = [];

	for (const leaf of leavesOf(log).filter((l) => !me.reads.includes(l.label))) {
		for (const form of ['base64', 'base64url', 'hex']) {
			if (words.includes(leaf.hash.toString(form))) {
				wrong.push(`hash of ${leaf.name}`);
			}
		}
		if (disclosures.has(leaf.d)) {
			wrong.push(`disclosure of ${leaf.name}`);
		}
	}
	for (const a of log.answers.filter((x) => x.seat !== key && !me.shared.includes(x.label))) {
		if (words.includes(b64(leafHash(a.d))) || words.includes(a.told)) {
			wrong.push(`${a.kind} of ${a.seat} for ${a.label}`);
		}
	}
	/* Who does not read its own name has its label there: what others may call it. */
	for (const seat of log.seats.values()) {
		if (seat !== me && ((seat.role !== me.role && words.includes(`"role":"${seat.role}"`)) || (seat.name !== seat.label && words.includes(`"${seat.name}"`)))) {
			wrong.push(`role or name of ${seat.key}`);
		}
		if (!log.input.knows(key, seat.key) && (words.includes(seat.id) || words.includes(seat.label))) {
			wrong.push(`that there is ${seat.key}`);
		}
	}
	/* Whole texts that are read by others only. */
	const mine = log.input.cells.filter((c) => c.readers.includes(key)).map((c) => String(c.value)).join('\n');
	for (const c of log.input.cells.filter((x) => !x.readers.includes(key) && /[^ -~]{6}/.test(x.value))) {
		if (!mine.includes(String(c.value)) && words.includes(String(c.value))) {
			wrong.push(`text of ${c.name}`);
		}
	}
	return wrong;
}
