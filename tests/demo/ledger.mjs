/*
 * The ledger of acknowledged requests: what the server said it had kept, against what its database
 * holds at the end. Texts are computed again from the changes that were acked or published, version
 * by version, and must be what the snapshot says.
 */
import {ChangeSet, Text} from '../support/client.mjs';
import {columnOfKey} from './form.mjs';

/* ---- collecting ------------------------------------------------------------------------------- */

function emptyCell() {
	return {texts: new Map(), edits: new Map(), pushes: []};
}

/* Everything the clients were told about each text. */
function collect(parties, form) {
	const cells = new Map();
	const sets = new Map();
	const cellOf = (key) => {
		if (!cells.has(key)) {
			cells.set(key, emptyCell());
		}
		return cells.get(key);
	};

	for (const party of parties) {
		for (const {frame} of party.frames) {
			if (frame.t === 'snap' || frame.t === 'cells') {
				for (const c of frame.cells.filter((x) => form.columns.get(x.c)?.type === 'text' &&
					typeof x.x === 'string')) {
					cellOf(c.k).texts.set(c.v, c.x);
				}
			} else if (frame.t === 'edit') {
				cellOf(frame.cell).edits.set(frame.ver, JSON.stringify(frame.change));
			}
		}
		for (const ack of party.acks) {
			const sent = ack.frame;
			if (sent?.t === 'edit') {
				cellOf(sent.cell).pushes.push({...ack, party: party.id});
			} else if (sent?.t === 'set') {
				const last = sets.get(sent.cell);
				sets.set(sent.cell, last && last.ver > ack.ver ? last : {...ack, party: party.id});
			}
		}
	}
	return {cells, sets};
}

/* ---- computing a text ---------------------------------------------------------------------------- */

/* The push's changes as the server must have applied them, over what came in between. */
function mapped(push, changes) {
	const own = push.frame.changes.map((json) => ChangeSet.fromJSON(json));
	const first = push.ver - own.length + 1;

	for (let v = push.frame.base + 1; v < first; v++) {
		let over = changes.get(v);
		if (!over) {
			return null;
		}
		for (const [i, change] of own.entries()) {
			own[i] = change.map(over);
			over = over.map(change, true);
		}
	}
	return own.map((change, i) => [first + i, change]);
}

/* -> Map version -> text, from the first version known, as far as it can be told. */
function replay(cell) {
	const start = Math.min(...cell.texts.keys());
	const changes = new Map([...cell.edits].map(([v, json]) => [v, ChangeSet.fromJSON(JSON.parse(json))]));
	const texts = new Map([[start, cell.texts.get(start)]]);
	const pushes = [...cell.pushes].sort((a, b) => a.ver - b.ver);

	for (const push of pushes) {
		for (const [v, change] of mapped(push, changes) ?? []) {
			changes.set(v, changes.get(v) ?? change);
		}
	}
	let doc = Text.of(cell.texts.get(start).split('\n'));
	for (let v = start + 1; ; v++) {
		const change = changes.get(v);
		if (change && change.length !== doc.length) {
			return {texts, broken: v};
		}
		if (!change) {
			/* Kept, but its ack died with the server: go on from the next text anybody was given. */
			v = Math.min(...[...cell.texts.keys()].filter((w) => w >= v));
			if (v === Infinity) {
				break;
			}
		}
		doc = change ? change.apply(doc) : Text.of(cell.texts.get(v).split('\n'));
		texts.set(v, doc.toString());
	}
	return {texts, broken: null};
}

/* ---- comparing ------------------------------------------------------------------------------------- */

/* Where a cell can be seen at the end: its writer's own view first. */
function findIn(views, first, key) {
	const order = [views.get(first), ...views.values()];

	return order.find((v) => v?.cells?.has(key))?.cells.get(key) ?? null;
}

function lostPushes(key, cell, held) {
	const {texts, broken} = replay(cell);
	const lines = [];
	const other = [...cell.texts].find(([v, x]) => texts.has(v) && texts.get(v) !== x);

	if (other) {
		return [`${key}: at version ${other[0]} a client was given another text than its changes make`];
	}

	for (const push of cell.pushes) {
		if (push.ver > held.v) {
			lines.push(`${key}: version ${push.ver} was acked to ${push.party}, kept is ${held.v}`);
		}
	}
	if (lines.length === 0 && broken === null && texts.has(held.v) && texts.get(held.v) === held.x) {
		return [];
	}
	return lines.length > 0 ? lines : [`${key}: the acked changes give ${JSON.stringify(
		[...texts.values()].at(-1))}, kept is ${JSON.stringify(held.x)}`];
}

/* As if the client had not heard of one kept push: its text must then be missed. */
function forgetOne(cells) {
	const cell = [...cells.values()].find((c) => c.pushes.length > 0 &&
		c.pushes.at(-1).ver > Math.max(...c.texts.keys()));
	const push = cell?.pushes.pop();

	for (let v = 0; push && v < push.frame.changes.length; v++) {
		cell.edits.delete(push.ver - v);
	}
}

/*
 * views: seat -> {cells: Map key -> entry}. `plant`: see forgetOne.
 * -> {requests: how many were acked, lost: [line], unseen: texts nobody sees any more}
 */
export function ledgerOf({parties, form, views, plant = false}) {
	const {cells, sets} = collect(parties, form);
	const lost = [];
	let unseen = 0;
	const acks = parties.flatMap((p) => p.acks.map((a) => ({...a, party: p.id})));

	if (plant) {
		forgetOne(cells);
	}
	for (const [key, cell] of cells) {
		const held = cell.pushes.length > 0 ? findIn(views, cell.pushes.at(-1).party, key) : null;
		if (cell.pushes.length > 0 && !held) {
			unseen++;
		} else if (held) {
			lost.push(...lostPushes(key, cell, held));
		}
	}
	for (const [key, set] of sets) {
		const held = findIn(views, set.party, key);
		const same = held && (held.v > set.ver ||
			(held.v === set.ver && JSON.stringify(held.x) === JSON.stringify(set.frame.value)));
		if (!held) {
			unseen++;
		} else if (!same) {
			lost.push(`${key}: ${JSON.stringify(set.frame.value)} at ${set.ver} was acked to ${set.party}, ` +
				`kept is ${JSON.stringify(held.x)} at ${held.v}`);
		}
	}
	for (const ack of acks.filter((a) => a.frame?.t === 'row')) {
		const [name] = Object.keys(ack.frame.cells);
		if (!findIn(views, ack.party, `${ack.frame.table}/${ack.row}/${name}`)) {
			lost.push(`${ack.frame.table}/${ack.row}: a row acked to ${ack.party} is not there`);
		}
	}
	return {requests: new Set(acks.map((a) => `${a.client}:${a.ref}`)).size, lost, unseen};
}

export const isText = (form, key) => form.columns.get(columnOfKey(key))?.type === 'text';
