/*
 * Writes a made-up policy into a directory: every mark for every role on every shape of class, also
 * those the shipped matrix does not use yet. Usage: marks.mjs DIR
 */
import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const dir = process.argv[2];
const shipped = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../schema');
const roles = JSON.parse(fs.readFileSync(path.join(shipped, 'roles.json'), 'utf8')).roles;
const MARKS = ['n', 'n+', 'r', 'r*', 'w', 'w*', 'rw*'];
const lines = [['class', 'label', 'type', 'sensitivity', ...roles.map((role) => role.id)]];
const form = {areas: [], enums: {}, fields: [], tables: [], unused: []};
const text = {label: '項目', type: 'text'};

for (const prefix of ['case', 'plan']) {
	MARKS.forEach((_, turn) => {
		const marks = roles.map((_role, i) => MARKS[(i + turn) % MARKS.length]);
		const field = `${prefix}.field${turn}`;
		const table = `${prefix}.table${turn}`;
		lines.push([field, '項目', 'text', 'S1', ...marks], [table, '表', 'table', 'S1', ...marks]);
		form.fields.push(
			{id: `${field}.plain`, class: field, ...text},
			{id: `${field}.owned`, class: field, owner: 'self', ...text},
			{id: `${field}.duty`, class: field, duty: 'recorder', ...text});
		form.tables.push(
			{id: table, label: '表', columns: [
				{name: 'plain', class: table, ...text},
				{name: 'owned', class: table, owner: 'kp', ...text}]},
			{id: `${table}.minutes`, label: '表', in_segment: true,
				...(turn % 2 ? {row_owner: 'self'} : {duty: 'recorder'}),
				columns: [
					{name: 'text', class: table, ...text},
					{name: 'owned', class: table, owner: 'hw', ...text}]});
	});
}
fs.mkdirSync(dir, {recursive: true});
fs.writeFileSync(path.join(dir, 'visibility.tsv'), lines.map((l) => `${l.join('\t')}\n`).join(''));
fs.writeFileSync(path.join(dir, 'form.json'), JSON.stringify(form, null, '\t'));
fs.copyFileSync(path.join(shipped, 'roles.json'), path.join(dir, 'roles.json'));
