/*
 * What was promised against what is there. A text is its first words and every word that was put
 * in, once; its version has grown by as many. -> problems, as lines
 */
import {ROWS, WORD} from './writer.mjs';

export class Ledger {
	problems = [];
	kept = 0; /* requests without an answer that were kept all the same */
	#first = new Map(); /* series:key -> {x, v} */

	/* The cells of a fresh series, before anybody wrote. */
	begin(series, snap) {
		for (const c of snap.cells) {
			this.#first.set(`${series}:${c.k}`, {x: c.x, v: c.v});
		}
	}

	#bad(line) {
		this.problems.push(line);
	}

	/* All writers of one series, and a snapshot that one of them got before it asked anything again. */
	check(series, writers, snap) {
		const found = this.#collect(series, writers, snap);
		const cells = new Map(snap.cells.map((c) => [c.k, c]));

		for (const w of writers) {
			if (w.gap) {
				this.#bad(`${series}: ${w.gap}`);
			}
			for (const r of w.requests.values()) {
				this.#one(series, r, found.get(r.word) ?? [], cells);
			}
		}
		this.#versions(series, writers);
	}

	/* word -> keys of the cells that hold it; a text must hold nothing but what it had and words. */
	#collect(series, writers, snap) {
		const words = new Map(writers.flatMap((w) => [...w.requests.values()].map((r) => [r.word, r])));
		const found = new Map();

		for (const c of snap.cells.filter((x) => typeof x.x === 'string')) {
			const first = this.#first.get(`${series}:${c.k}`);
			const all = c.x.match(WORD) ?? [];

			all.forEach((word) => found.set(word, [...(found.get(word) ?? []), c.k]));
			if (all.some((word) => !words.has(word))) {
				this.#bad(`${series}: ${c.k} holds a word nobody sent`);
			}
			if (snap.cols[c.c]?.type !== 'text') {
				continue;
			}
			const rest = c.x.replace(WORD, '');
			if (first && (rest !== first.x || c.v !== first.v + all.length)) {
				this.#bad(`${series}: ${c.k} has version ${c.v} with ${all.length} words over ${first.v}` +
					(rest === first.x ? '' : ', and its first words changed'));
			}
			if (!first && c.c !== `${ROWS}.text`) {
				this.#bad(`${series}: ${c.k} came from nowhere`);
			}
		}
		return found;
	}

	#one(series, r, where, cells) {
		const {frame} = r;
		const promised = r.ack ?? r.first;
		const said = `${series}: ${frame.t} ${r.word}`;

		if (frame.t === 'set') {
			const cell = cells.get(frame.cell);
			if (promised && (cell.v < promised.ver || (cell.v === promised.ver && cell.x !== r.word))) {
				this.#bad(`${said} was acknowledged as ${promised.ver}: lost, the cell has version ${cell.v}`);
			}
			return;
		}
		if (where.length > 1) {
			this.#bad(`${said} is there ${where.length} times: doubled`);
		} else if (where.length === 0 && promised) {
			this.#bad(`${said} was acknowledged as ${promised.ver ?? promised.row}: lost`);
		} else if (where.length === 1 && r.no) {
			this.#bad(`${said} was refused (${r.no.code}) and is there`);
		}
		if (where.length === 1 && where[0] !== (frame.cell ?? `${ROWS}/${promised?.row ?? where[0].split('/')[1]}/text`)) {
			this.#bad(`${said} is in ${where[0]}`);
		}
		this.kept += !promised && where.length === 1 ? 1 : 0;
	}

	/* Two requests never have the same version of a cell. */
	#versions(series, writers) {
		const seen = new Map();

		for (const r of writers.flatMap((w) => w.acked).filter((x) => x.frame.t !== 'row')) {
			const key = `${r.frame.cell}@${r.ack.ver}`;
			if (seen.has(key)) {
				this.#bad(`${series}: ${key} was given to ${seen.get(key)} and to ${r.word}`);
			}
			seen.set(key, r.word);
		}
	}
}
