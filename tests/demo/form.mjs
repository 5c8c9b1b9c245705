/* The form and the matrix as the player needs them: columns by id, by class, by table. */
import fs from 'node:fs';
import path from 'node:path';
import {ROOT} from '../support/server.mjs';

export const SEGMENT_TABLES_MAX_LINE = 1000;

function expand(item, areas) {
	const text = JSON.stringify(item);

	return text.includes('{area}')
		? areas.map((area) => JSON.parse(text.replaceAll('{area}', area.id)))
		: [item];
}

function column(raw, table) {
	return {
		id: table ? `${table.id}.${raw.name}` : raw.id,
		name: table ? raw.name : null,
		table: table ? table.id : null,
		cls: raw.class,
		type: raw.type,
		main: Boolean(raw.main),
		owner: raw.owner ?? null,
		scribable: Boolean(raw.scribable),
		max: raw.max ?? (raw.type === 'line' ? SEGMENT_TABLES_MAX_LINE : 64 * 1024),
		enum: raw.enum ?? null,
	};
}

export function loadForm(dir = process.env.ROKUSHA_SCHEMA ?? path.join(ROOT, 'schema')) {
	const form = JSON.parse(fs.readFileSync(path.join(dir, 'form.json'), 'utf8'));
	const columns = new Map();
	const tables = new Map();

	for (const field of form.fields.flatMap((f) => expand(f, form.areas))) {
		columns.set(field.id, column(field, null));
	}
	for (const raw of form.tables.flatMap((t) => expand(t, form.areas))) {
		const table = {id: raw.id, closed: Boolean(raw.closed), inSegment: Boolean(raw.in_segment),
			rowOwner: raw.row_owner ?? null, columns: []};
		tables.set(raw.id, table);
		for (const c of raw.columns) {
			const col = column(c, table);
			table.columns.push(col);
			columns.set(col.id, col);
		}
	}
	return {
		columns, tables, enums: form.enums, areas: form.areas.map((a) => a.id),
		isText: (col) => col.type === 'text' || col.type === 'line',
		ofClass: (cls) => [...columns.values()].filter((c) => c.cls === cls),
	};
}

/* "table/row/column" or a field's id -> the column's id. */
export function columnOfKey(key) {
	const parts = key.split('/');

	return parts.length === 3 ? `${parts[0]}.${parts[2]}` : key;
}

export const rowOfKey = (key) => key.split('/').slice(0, 2).join('/');

/*
 * Where a script's field name can point: {cols, table}. It is a field, a table, a table's column or
 * a class of the matrix, which may stand for several of them.
 */
export function placesOf(form, field, op) {
	const table = form.tables.get(field);
	const ofClass = form.ofClass(field);
	const exact = form.columns.get(field);
	const mains = ofClass.filter((c) => c.table && c.main);

	if (exact && !(op === 'append' && exact.table && mains.length > 0 && mains[0] !== exact)) {
		return {cols: [exact], table: exact.table};
	}
	if (op === 'append' && mains.length > 0) {
		return {cols: [mains[0]], table: mains[0].table};
	}
	if (table) {
		return {cols: [table.columns.find((c) => c.main) ?? table.columns[0]], table: table.id};
	}
	return {cols: ofClass, table: ofClass[0]?.table ?? null};
}
