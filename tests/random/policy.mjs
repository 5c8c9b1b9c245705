/* The schema as data: read from schema/, for the generator and the oracle alike. */
import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const HERE = path.dirname(fileURLToPath(import.meta.url));
export const ROOT = path.join(HERE, '../..');

const readJson = (dir, name) => JSON.parse(fs.readFileSync(path.join(dir, name), 'utf8'));

function readMatrix(dir) {
	const text = fs.readFileSync(path.join(dir, 'visibility.tsv'), 'utf8');
	const lines = text.split('\n').filter((line) => line !== '');
	const roles = lines[0].split('\t').slice(4);

	return new Map(lines.slice(1).map((line) => {
		const [id, , , , ...marks] = line.split('\t');
		return [id, Object.fromEntries(roles.map((role, i) => [role, marks[i]]))];
	}));
}

/* One for each area, where a definition is for all of them. */
function forAreas(form, item) {
	const text = JSON.stringify(item);

	return text.includes('{area}')
		? form.areas.map((area) => JSON.parse(text.replaceAll('{area}', area.id))) : [item];
}

function column(item, table) {
	const id = table ? `${table.id}.${item.name}` : item.id;

	return {id, name: item.name ?? id, cls: item.class, table: table?.id ?? null, type: item.type,
		enum: item.enum ?? null, max: item.max ?? null, min: item.min_int, most: item.max_int,
		owner: item.owner ?? null, scribable: !!item.scribable, main: !!item.main,
		duty: item.duty ?? table?.duty ?? null, closed: !!table?.closed || !!table?.office,
		inPlan: item.class.startsWith('plan.') && item.class !== 'plan.status'};
}

export function readPolicy(dir = path.join(ROOT, 'schema')) {
	const form = readJson(dir, 'form.json');
	const {roles} = readJson(dir, 'roles.json');
	const fields = form.fields.flatMap((f) => forAreas(form, f)).map((f) => column(f, null));
	const tables = form.tables.flatMap((t) => forAreas(form, t)).map((t) => ({
		id: t.id, closed: !!t.closed || !!t.office, inSegment: !!t.in_segment, rowOwner: t.row_owner ?? null,
		cols: t.columns.map((c) => column(c, t)),
	}));
	const all = [...fields, ...tables.flatMap((t) => t.cols)];

	return {
		matrix: readMatrix(dir), enums: form.enums, areas: form.areas.map((a) => a.id), fields,
		roles: new Map(roles.map((r) => [r.id, {...r, person: r.id === 'self'}])),
		tables: new Map(tables.map((t) => [t.id, t])),
		cols: new Map(all.map((c) => [c.id, c])),
	};
}

/* What a cell holds when nothing was written. */
export function emptyValue(col) {
	if (col.type === 'text' || col.type === 'line') {
		return '';
	}
	return col.type === 'seats' || col.type === 'list' ? [] : null;
}
