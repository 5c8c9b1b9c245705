/*
 * What a municipality would do to its policy in a year, done to a copy of schema/ with an editor's
 * means; and a case that uses it. Nothing here knows how the server reads the files.
 */
import fs from 'node:fs';
import path from 'node:path';
import {ROOT, tempDir} from '../support/server.mjs';

const SCHEMA = path.join(ROOT, 'schema');
const CASE = path.join(ROOT, 'tests/cases/case-1.json');
export const FILES = ['visibility.tsv', 'roles.json', 'form.json'];

function replaceIn(text, old, fresh) {
	if (!text.includes(old)) {
		throw new Error(`the shipped files do not hold ${old}`);
	}
	return text.replace(old, () => fresh);
}

/* A row of the matrix from what each role has; everybody else has n. */
const row = (roles, id, label, grade, marks) =>
	[id, label, 'x', grade, ...roles.map((role) => marks[role] ?? 'n')].join('\t');

/* What the new role sees of the old classes. */
const MINSEI = {
	'person.preferred_name': 'r', 'person.comm_needs': 'r', 'party.display_label': 'r*',
	'conf.logistics': 'r', 'conf.agenda_items': 'r*', 'min.decisions': 'r*', 'min.dissent': 'w*',
	'person.contact': 'n+', 'plan.living.outline': 'r',
};

function changedMatrix(text) {
	const lines = text.trimEnd().split('\n').map((line, i) => {
		const id = line.split('\t', 1)[0];
		return `${line}\t${i === 0 ? 'minsei' : MINSEI[id] ?? 'n'}`;
	});
	const roles = lines[0].split('\t').slice(4);
	const stage = lines.findIndex((line) => line.startsWith('case.stage\t'));
	const cells = lines[stage].split('\t');

	cells[4 + roles.indexOf('hw')] = 'n';
	lines[stage] = cells.join('\t');
	lines.push(
		row(roles, 'case.pet', 'ペットのこと', 'S2', {self: 'w', ps: 'w', aps: 'r', sup: 'r', minsei: 'w', kp: 'n+'}),
		row(roles, 'pet.visits', 'ペットの見回り', 'S2', {self: 'r', ps: 'w', aps: 'r*', minsei: 'w*'}),
		row(roles, 'plan.animals.outline', '動物・概要', 'S1', {self: 'r', ps: 'w', aps: 'w', sup: 'r', hw: 'r', minsei: 'r'}),
		row(roles, 'plan.animals.action', '動物・内容', 'S2', {self: 'rw*', ps: 'w', aps: 'w', sup: 'r'}),
		row(roles, 'plan.animals.parts', '動物・だれが何を', 'S2', {self: 'rw*', ps: 'w', aps: 'w', minsei: 'rw*'}),
		row(roles, 'plan.animals.background', '動物・背景', 'S3', {self: 'r', ps: 'w', sup: 'r'}),
	);
	return `${lines.join('\n')}\n`;
}

function changedForm(text) {
	const field = '{"id": "case.pet", "label": "ペットについて", "class": "case.pet", "type": "text"},';
	const table = `{"id": "pet.visits", "label": "ペットの見回り", "columns": [
		{"name": "on", "label": "いつ", "class": "pet.visits", "type": "date"},
		{"name": "text", "label": "ようす", "class": "pet.visits", "type": "text", "main": true}
	]},`;

	return [
		['{"id": "purpose",         "label": "生きがい"}', '{"id": "purpose",         "label": "生きがい"},\n\t{"id": "animals", "label": "動物"}'],
		['"purpose": "生きがい",', '"purpose": "生きがい",\n\t\t"animals": "動物",'],
		['"paused": "休止",\n\t\t"changed"', '"paused": "休止",\n\t\t"watching": "ようすを見る",\n\t\t"changed"'],
		['{"id": "close.reason"', `${field}\n\t{"id": "close.reason"`],
		['{"id": "res.register"', `${table}\n\t{"id": "res.register"`],
		['action.goal", "label": "目標"', 'action.goal", "label": "めあて"'],
		['{"name": "relation"', '{"name": "phone", "label": "電話", "class": "household.members", "type": "line"},\n\t\t{"name": "relation"'],
	].reduce((form, [old, fresh]) => replaceIn(form, old, fresh), text);
}

/* -> the directory */
export function changedSchema() {
	const dir = tempDir('schema');
	const read = (name) => fs.readFileSync(path.join(SCHEMA, name), 'utf8');
	const write = (name, text) => fs.writeFileSync(path.join(dir, name), text);

	write('visibility.tsv', changedMatrix(read('visibility.tsv')));
	write('roles.json', replaceIn(read('roles.json'), '{"id": "adm"',
		'{"id": "minsei", "label": "民生委員", "seal": "民"},\n\t{"id": "adm"'));
	write('form.json', changedForm(read('form.json')));
	return dir;
}

/* The first case with a seat of the new role, which sits in the first item, and with the ninth area. */
export function changedCase() {
	const doc = JSON.parse(fs.readFileSync(CASE, 'utf8'));
	const file = path.join(tempDir('schema-case'), 'case.json');

	doc.parties.push({id: 'p-minsei', role: 'minsei', name: '浜辺 節（架空）', display_label: '浜辺さん', affiliation: '民生委員（架空）'});
	doc.conference.agenda[0].audience.push('minsei');
	doc.consents.push({id: 'c-minsei', role: 'minsei', fields: ['person.contact'], level: 'read',
		given_on: '2026-07-01', expires_on: '2026-12-31', method: '書面・署名', note: '見回りの連絡のため'});
	doc.support_plan.areas.animals = {
		outline: {priority: 8, goal_short: '猫のごはんを切らさない', status: 'watching'},
		action: {person_wish: '猫といっしょにいたい', goal: '入院のときの預け先を決める'},
		background: {current_state: '猫が二匹いる'},
	};
	fs.writeFileSync(file, JSON.stringify(doc));
	return {file, doc};
}
