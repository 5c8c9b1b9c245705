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

const formsOf = (name) => {
	const from = SOURCE.indexOf(` ${name}[] = {`.replace(' ', '*const '));
	const table = SOURCE.slice(from, SOURCE.indexOf('\n};', from));

	return table.split(/,\n\s+"\{/).map((text) => [...text.matchAll(/%([A-Za-z])/g)].map((m) => m[1]));
};
const forms = formsOf('forms');
const ideas = formsOf('idea_forms');
const IDEA_FIRST = Number(/IDEA_FIRST = (\d+)/.exec(SOURCE)[1]);
const TAKES = {F: 0, I: 0, D: 3, k: 0};

const dice = (n) => {
	state = Math.imul(state ^ state >>> 15, 0x2c1b3c6d) + 0x9e3779b9 | 0;
	return ((state ^ state >>> 13) >>> 0) % n;
};

/* `what` of a form; odd: and the store answers. */
const code = (form, answered) => {
	for (let what = 112; what < IDEA_FIRST; what++) {
		if (what % forms.length === form && (what & 1) === (answered ? 1 : 0)) {
			return what;
		}
	}
	throw new Error(`no byte for form ${form}`);
};

const say = (screen, form, choices = []) => {
	const wanted = forms[form].reduce((sum, x) => sum + (TAKES[x] ?? 1), 0);

	return [code(form, dice(4)), screen,
		...Array.from({length: wanted}, (unused, i) => choices[i] ?? dice(200))];
};
/* Suggestions and the past; the store answers. */
const idea = (screen, form, choices = []) => {
	const wanted = ideas[form].reduce((sum, x) => sum + (TAKES[x] ?? 1), 0);

	return [IDEA_FIRST + 2 * form + 1, screen,
		...Array.from({length: wanted}, (unused, i) => choices[i] ?? dice(200))];
};
const enter = (screen, seat) => [41, screen, seat, 0, 0, 0];
const keep = () => [33, 0];

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
/* A meeting as it should go: choices 0 are the first item, the person's seat, the first of a list. */
const OPEN = 9, ORDER = 11, IN = 12, PAUSE = 15, ASSENT = 17, GRANT = 18, WITHDRAW = 19, AUDIENCE = 4, DECIDE = 5;
const STATUS = 29, END = 30, ASSIGN = 16, ITEM = 8;
const room = [enter(0, 1), enter(1, 0), enter(2, 2), enter(3, 3), enter(4, 0xe9), keep()];
const after = (...parts) => [...room, ...parts.flatMap((part) => [part, keep(), keep()])];

write('open-pause-end', after(say(0, OPEN, [0]), say(1, IN), say(2, IN), say(1, PAUSE, [1]), say(0, DECIDE, [1]),
	say(1, PAUSE, [0]), say(1, PAUSE, [1]), say(0, OPEN, [20]), say(0, END), say(2, IN), say(0, OPEN, [0])));
/* A client id of 0, which was taken once: the store's assertion ended the server. */
write('found-client-id-of-zero', [[41, 0, 1, 0xff, 0, 0], keep(), keep(), say(0, IN), keep(), say(0, OPEN, [0]), keep()]);
write('seats-that-are-none', after(say(0, IN + 1, [0xf5]), say(0, IN + 2, [0xf5]), say(0, 20, [0xf5, 1]),
	say(0, 21, [1, 0xf5, 1]), say(1, GRANT, [0xf5, 1, 1])));
write('assent', after(say(1, ASSENT), say(0, STATUS, [0, 4]), say(0, STATUS, [0, 5]), say(1, ASSENT)));
write('audience-of-the-open-item', after(say(0, OPEN, [0]), say(0, AUDIENCE, [0, 0, 0, 1]), say(0, ORDER, [0, 20]),
	say(0, ITEM, [1, 2]), say(0, ASSIGN, [0, 0, 0, 1])));
for (let from = 0; from < 7; from++) {
	write(`status-${from}`, after(enter(5, 5), ...Array.from({length: 7}, (unused, i) =>
		say(i % 2 ? 5 : 0, STATUS, [0, i + from])),
	say(1, ASSENT), say(0, STATUS, [0, 3]), say(1, ASSENT), say(0, STATUS, [0, 4])));
}
for (let row = 0; row < 40; row += 2) {
	write(`rights-${row}`, after(say(1, GRANT, [4, row, 3]), say(1, WITHDRAW, [row, 1]), say(1, WITHDRAW, [row + 1, 1]),
		[6, 0], say(0, 20, [2, 1]), say(0, 20, [2, 0]), say(0, 21, [2, 3, 1])));
}
const SUGGEST = 0, TAKE = 2, ANSWER = 3, BACK = 4, PAST = 5;
for (let n = 0; n < 12; n++) {
	write(`idea-${n}`, after(idea(0, SUGGEST), say(1, 0, [0, 0, n]), idea(1, SUGGEST), idea(1, TAKE, [0]),
		idea(0, TAKE, [n & 1]), idea(0, ANSWER, [1, 0]), idea(1, BACK, [1]), idea(0, PAST), [3, 0], [3, 0],
		say(0, 21, [3, 0, 1]), idea(3, SUGGEST), idea(0, ANSWER, [n % 3, 1]), [6, 0]));
}
/* More than one seat may have. */
write('idea-many', [...room, ...Array.from({length: 20}, () => idea(1, SUGGEST, [0, 0])), idea(0, ANSWER, [3, 0]),
	idea(1, SUGGEST, [0, 0])]);
for (let n = 0; n < 120; n++) {
	const parts = [enter(0, 1), enter(1, 0), enter(2, 2), enter(3, 3 + dice(3)), enter(4, 0xe8 + dice(6))];

	for (let i = 0; i < 20 + dice(60); i++) {
		const kind = dice(20);

		parts.push(kind === 0 ? [dice(24), 0]
			: kind === 1 ? [24 + dice(8), 0]
				: kind === 2 ? [64 + dice(8), dice(6)]
					: kind === 3 ? [72 + dice(32), dice(6)]
						: kind < 7 ? keep() : kind === 7 ? idea(dice(4), dice(ideas.length))
							: say(dice(4), dice(forms.length)));
	}
	write(`meeting-${n}`, parts);
}
