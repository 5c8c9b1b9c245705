/*
 * Small case files out of the big ones: the bare minimum with one subject each, so that a change
 * has a chance to matter. Usage: node tests/fuzz/seeds_import.mjs DIR
 */
import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const CASES = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../cases');
const dir = process.argv[2];
const BARE = ['format', 'fictional', 'parties', 'conference'];
const REFERS = {script: ['consents', 'resources'], minutes: [], support_plan: ['resources'],
	household: [], consents: [], visibility_expectations: ['script', 'consents', 'resources',
		'minutes', 'household']};

const pick = (doc, names) => Object.fromEntries(Object.entries(doc).filter(([key]) => names.has(key)));

/* Lists cut to a few, where nothing refers to the rest. */
function small(doc) {
	const copy = structuredClone(doc);

	copy.conference.attendance?.splice(2);
	for (const name of ['outcomes', 'monitoring', 'bonds', 'referrals']) {
		copy[name]?.splice(2);
	}
	copy.personal_plan?.statements?.splice(2);
	for (const area of Object.keys(copy.support_plan?.areas ?? {})) {
		if (!['work', 'money'].includes(area)) {
			delete copy.support_plan.areas[area];
		}
	}
	copy.visibility_expectations?.splice(4);
	return copy;
}

fs.mkdirSync(dir, {recursive: true});
for (const file of fs.readdirSync(CASES).filter((name) => /^case-.*\.json$/.test(name))) {
	const doc = JSON.parse(fs.readFileSync(path.join(CASES, file), 'utf8'));
	const name = file.replace('.json', '');
	const write = (what, options, content) =>
		fs.writeFileSync(path.join(dir, `${name}-${what}`), options + JSON.stringify(content));

	for (const subject of Object.keys(doc).filter((key) => !BARE.includes(key))) {
		const names = new Set([...BARE, subject, ...REFERS[subject] ?? []]);
		write(subject, '3', small(pick(doc, names)));
	}
	write('whole', '0', doc);
	write('whole-after', '7', doc);
}
fs.writeFileSync(path.join(dir, 'office'),
	`8${JSON.stringify(JSON.parse(fs.readFileSync(path.join(CASES, 'office.json'), 'utf8')))}`);
