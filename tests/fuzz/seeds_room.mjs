/*
 * Meetings for fuzz_room.c, as the bytes it takes its choices from: a few that run as the scripts of
 * tests/cases do, and many put together from a fixed seed. Usage: node tests/fuzz/seeds_room.mjs DIR
 */
import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const SOURCE = fs.readFileSync(path.join(path.dirname(fileURLToPath(import.meta.url)), 'room_words.h'), 'utf8');
const dir = process.argv[2];
let state = 1;

/* ---- the forms, from the source: how many choices each takes */

const table = SOURCE.slice(SOURCE.indexOf('forms[] = {'), SOURCE.indexOf('\n};', SOURCE.indexOf('forms[] = {')));
const forms = table.split(/,\n\s+"\{/).map((text) => [...text.matchAll(/%([A-Za-z])/g)].map((m) => m[1]));
const TAKES = {F: 0, I: 0, D: 3};

const dice = (n) => {
	state = Math.imul(state ^ state >>> 15, 0x2c1b3c6d) + 0x9e3779b9 | 0;
	return ((state ^ state >>> 13) >>> 0) % n;
};

/* `what` of a form; odd: and the store answers. */
const code = (form, answered) => {
	for (let what = 112; what < 256; what++) {
		if (what % forms.length === form && (what & 1) === (answered ? 1 : 0)) {
			return what;
		}
	}
	return 112;
};

const say = (screen, form, choices = []) => {
	const wanted = forms[form].reduce((sum, x) => sum + (TAKES[x] ?? 1), 0);

	return [code(form, dice(4)), screen,
		...Array.from({length: wanted}, (unused, i) => choices[i] ?? dice(200))];
};
const enter = (screen, seat) => [41, screen, seat, 0, 0, 0, 0, 0];
const keep = () => [33, dice(6)];

function write(name, parts) {
	fs.writeFileSync(path.join(dir, name), Buffer.from(parts.flat().slice(0, 2000)));
}

fs.mkdirSync(dir, {recursive: true});
forms.forEach((unused, form) => {
	for (const seat of [1, 0, 3]) {
		write(`form-${form}-${seat}`, [enter(0, seat), enter(1, 2), keep(), say(0, form), keep(),
			say(0, form), say(1, form), keep(), say(0, form)]);
	}
});
for (let n = 0; n < 120; n++) {
	const parts = [enter(0, 1), enter(1, 0), enter(2, 2), enter(3, 3 + dice(3)), enter(4, 0xe8 + dice(6))];

	for (let i = 0; i < 20 + dice(60); i++) {
		const kind = dice(20);

		parts.push(kind === 0 ? [dice(24), 0]
			: kind === 1 ? [24 + dice(8), 0]
				: kind === 2 ? [64 + dice(8), dice(6)]
					: kind === 3 ? [72 + dice(32), dice(6)]
						: kind < 7 ? keep()
							: say(dice(4), dice(forms.length)));
	}
	write(`meeting-${n}`, parts);
}
