/*
 * The board shows what every seat marked as present can read, no more and no less. Both sides are
 * computed from the frames that came, without the client's own code; of a seat without a device the
 * server's snapshot for it stands in.
 */
import {ChangeSet, Text} from '../support/client.mjs';
import {viewOf} from './converge.mjs';
import {columnOfKey} from './form.mjs';

const NAMES = ['seat', 'seats', 'list']; /* hold only the names their reader may know */

/* The cells a connection holds, by its frames. Of its own changes it is told only the version. */
export class Mirror {
	cells = new Map(); /* key -> {v, x} */
	#taken = 0;

	/* Take in what came since the last time. */
	follow(frames) {
		for (; this.#taken < frames.length; this.#taken++) {
			this.#take(frames[this.#taken].frame);
		}
		return this.cells;
	}

	#put(cells, c) {
		const old = this.cells.get(c.k);
		const kept = {v: c.since, x: old?.v === c.since ? old?.x : undefined};

		cells.set(c.k, c.since === undefined ? {v: c.v, x: c.x} : kept);
	}

	#take(frame) {
		const cell = this.cells.get(frame.cell);

		switch (frame.t) {
		case 'snap': {
			const cells = new Map();
			frame.cells.forEach((c) => this.#put(cells, c));
			this.cells = cells;
			break;
		}
		case 'cells':
			frame.cells.forEach((c) => this.#put(this.cells, c));
			break;
		case 'drop':
			frame.cells.forEach((key) => this.cells.delete(key));
			break;
		case 'set':
			if (cell) {
				this.cells.set(frame.cell, {v: frame.ver, x: frame.value});
			}
			break;
		case 'edit':
			if (cell) {
				this.cells.set(frame.cell, {v: frame.ver, x: changed(cell, frame)});
			}
		}
	}
}

function changed(cell, frame) {
	if (typeof cell.x !== 'string' || frame.ver !== cell.v + 1) {
		return undefined;
	}
	return ChangeSet.fromJSON(frame.change).apply(Text.of(cell.x.split('\n'))).toString();
}

const mirrors = new WeakMap();

/* What has come to this party so far. */
export function mirrorOf(party) {
	if (!mirrors.has(party)) {
		mirrors.set(party, new Mirror());
	}
	return mirrors.get(party).follow(party.frames);
}

async function readBy(stage, id) {
	const party = stage.party(id);

	if (party.room) {
		return new Set(mirrorOf(party).keys());
	}
	const view = await viewOf({...stage.where, seat: id, at: stage.server.clock().high});
	return new Set(view.cells?.keys() ?? []);
}

/* What the screen of somebody present shows of a cell, when nothing of it is under way. */
function shownTo(room, key) {
	const cell = room.cells.get(key);

	if (!room.hasText(key)) {
		return cell && {v: cell.ver, x: cell.value};
	}
	const session = room.text(key);
	return session.unsent ? null : {v: session.ver, x: session.doc};
}

/* The same words as on the screens of those present; while they type, where versions agree. */
function contents({stage, inside, still}, cells, lines) {
	for (const id of inside) {
		const room = stage.client(id);
		for (const [key, c] of room ? cells : []) {
			const other = shownTo(room, key);
			if (NAMES.includes(stage.form.columns.get(columnOfKey(key))?.type) || !other ||
				(!still && other.v !== c.v)) {
				continue;
			}
			if (other.v !== c.v || JSON.stringify(other.x ?? null) !== JSON.stringify(c.x ?? null)) {
				lines.push(`${key} is ${JSON.stringify(c)}, ${id} reads ${JSON.stringify(other)}`);
			}
		}
	}
}

/*
 * ctx: {stage, inside: the parties marked as present, still: nobody is typing, plant: a cell too many}
 * -> {compared, lines}
 */
export async function compareBoard(ctx) {
	const {stage, inside} = ctx;
	const cells = new Map(mirrorOf(stage.board));
	const read = await Promise.all(inside.map((id) => readBy(stage, id)));
	const common = new Set([...read[0] ?? []].filter((key) => read.every((set) => set.has(key))));
	const lines = [];

	if (ctx.plant) {
		const other = read.flatMap((set) => [...set]).find((key) => !common.has(key));
		cells.set(other ?? 'assess.risk_note', {v: 1, x: ''});
	}
	for (const key of cells.keys()) {
		if (!common.has(key)) {
			lines.push(`shows ${key}, which ${inside.find((_, i) => !read[i].has(key)) ?? 'nobody'} may not read`);
		}
	}
	for (const key of common) {
		if (!cells.has(key)) {
			lines.push(`does not show ${key}, which everybody present reads`);
		}
	}
	const onScreen = stage.board.room.cells;
	if (!ctx.plant && (onScreen.size !== cells.size || [...cells.keys()].some((key) => !onScreen.has(key)))) {
		lines.push('its screen does not hold what came to it');
	}
	contents(ctx, cells, lines);
	return {compared: common.size, lines};
}
