/* Do all see the same, is it what the server keeps, and is it what the script leaves? */
import {placesOf, columnOfKey} from './form.mjs';
import {cli, timeText} from '../support/server.mjs';

const SEATY = ['seat', 'seats', 'list']; /* values name only the seats and resources a viewer knows */

/* The snapshot of a seat as it would receive it. -> {cells: Map, meet} or {bye} */
export async function viewOf({bin, db, series, seat, at}) {
	const done = await cli(bin, ['view', '--db', db, '--series', series, '--seat', seat,
		...(at === undefined ? [] : ['--at', timeText(at)])]);

	if (done.code !== 0) {
		return {error: done.err.trim(), raw: ''};
	}
	const frame = JSON.parse(done.out);
	return frame.t === 'snap'
		? {cells: new Map(frame.cells.map((c) => [c.k, c])), meet: frame.meet, frame,
			raw: done.out}
		: {bye: frame.code, raw: done.out};
}

/* What a client shows now, in the form of a snapshot. */
export function shownBy(room) {
	const cells = new Map();

	for (const [key, cell] of room.cells) {
		const text = room.hasText(key) ? room.text(key) : null;
		cells.set(key, {k: key, l: cell.level, v: text ? text.ver : cell.ver,
			x: text ? text.doc : cell.value, unsent: text?.unsent ?? false});
	}
	return {cells, meet: room.meet, notes: room.notes};
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/* One client against the snapshot of its seat. */
function differences(seat, shown, view) {
	const lines = [];

	if (!view.cells) {
		return [`${seat}: is connected, but its snapshot is ${view.bye ?? view.error}`];
	}
	for (const key of view.cells.keys()) {
		if (!shown.cells.has(key)) {
			lines.push(`${seat}: ${key} is in its snapshot, not on its screen`);
		}
	}
	for (const [key, cell] of shown.cells) {
		const held = view.cells.get(key);
		if (!held) {
			lines.push(`${seat}: ${key} is on its screen, not in its snapshot`);
		} else if (!same([cell.v, cell.x, cell.l], [held.v, held.x, held.l])) {
			lines.push(`${seat}: ${key} shows ${JSON.stringify([cell.v, cell.x, cell.l])}, kept is ` +
				JSON.stringify([held.v, held.x, held.l]));
		}
		if (cell.unsent) {
			lines.push(`${seat}: ${key} has words that were never sent`);
		}
	}
	if (!same(shown.meet, view.meet)) {
		lines.push(`${seat}: the meeting stands as ${JSON.stringify(shown.meet)} on its screen, kept is ` +
			JSON.stringify(view.meet));
	}
	for (const note of shown.notes) {
		lines.push(`${seat}: words could not be kept: ${note.label} "${note.text}"`);
	}
	return lines;
}

/* All seats that read a cell read the same. -> Map key -> value */
function together(views, form, lines) {
	const all = new Map();

	for (const [seat, view] of views) {
		for (const [key, cell] of view.cells ?? []) {
			const first = all.get(key);
			if (SEATY.includes(form.columns.get(columnOfKey(key))?.type)) {
				continue;
			}
			if (first && !same(first.x, cell.x)) {
				lines.push(`${key}: ${seat} and ${first.seat} are served different values`);
			}
			all.set(key, first ?? {x: cell.x, seat});
		}
	}
	return all;
}

/*
 * What the edits of the file leave, played one after the other on paper: fields by name, and for
 * columns of tables the strings that must be there.
 */
export function onPaper(file, form) {
	const fields = new Map();
	const columns = new Map();

	for (const edit of (file.script ?? []).flatMap((s) => s.edits ?? [])) {
		const {cols: [col, ...more], table} = placesOf(form, edit.field, edit.op ?? 'replace');
		if (!col || more.length > 0 || SEATY.includes(col.type) || typeof edit.after !== 'string') {
			continue;
		}
		if (!table && (edit.op ?? 'replace') === 'replace') {
			fields.set(col.id, edit.after);
		} else if (table && col.id !== 'consent.withdrawal') {
			const list = columns.get(col.id) ?? [];
			const at = edit.op === 'append' ? -1 : list.indexOf(edit.before);
			columns.set(col.id, at < 0 ? [...list, edit.after]
				: list.map((x, i) => (i === at ? edit.after : x)));
		}
	}
	return {fields, columns};
}

function checkPaper(file, form, all, lines) {
	const {fields, columns} = onPaper(file, form);
	const wants = (col, text) => (col.type === 'int' ? Number(text) : text);

	for (const [key, text] of fields) {
		const want = wants(form.columns.get(key), text);
		if (!same(all.get(key)?.x ?? null, want)) {
			lines.push(`${key}: the script leaves ${JSON.stringify(want)}, kept is ` +
				JSON.stringify(all.get(key)?.x ?? null));
		}
	}
	for (const [id, texts] of columns) {
		const held = [...all].filter(([key]) => columnOfKey(key) === id).map(([, c]) => c.x);
		for (const text of new Set(texts)) {
			const times = held.filter((x) => x === text).length;
			const want = texts.filter((x) => x === text).length;
			if (times !== want) {
				lines.push(`${id}: "${text}" is there ${times} times, not ${want}`);
			}
		}
	}
}

/* -> [line]: everything that is not as it must be */
export function problemsOf({file, form, shown, views, finals}) {
	const lines = [];
	const all = together(views, form, lines);

	for (const [seat, screen] of shown) {
		lines.push(...differences(seat, screen, views.get(seat)));
	}
	checkPaper(file, form, all, lines);
	for (const [key, want] of finals) {
		const got = all.get(key);
		const type = form.columns.get(columnOfKey(key))?.type;
		if (!SEATY.includes(type) && (!got || !same(got.x, want))) {
			lines.push(`${key}: ends as ${JSON.stringify(got?.x ?? null)}, played was ${JSON.stringify(want)}`);
		}
	}
	return lines;
}
