/* Other people's naughty strings and our own, and the rule of what a text takes. */
import fs from 'node:fs';
import path from 'node:path';
import {ROOT} from './server.mjs';

const vector = (name) => path.join(ROOT, 'tests/vectors/shared', name);

export const NAUGHTY = JSON.parse(fs.readFileSync(vector('blns.json'), 'utf8'));
export const JAPANESE = ['か\u3099', 'が', 'ハ\u309A', 'パ', '𠮷野家の髙﨑さん', '葛\u{E0100}城', '👩‍👩‍👧‍👦',
	'🇯🇵', 'عبد الله', '\u202Eright to left', '①②㈱㍿', 'a\tb', '\uFEFFmark', '\uFFFE', '\u2028\u2029',
	'null', 'p"\\/</script>', '${7*7}', '%s%n',
	...fs.readFileSync(vector('ja-bocchan.txt'), 'utf8').split(/\r?\n/).filter((line) => line.length > 0)
		.slice(20, 40).map((line) => line.slice(0, 1000))];

/* Control characters other than TAB, and LF where there is one line only. */
export const isText = (s, lines) =>
	!(lines ? /[\0-\x08\x0B-\x1F\x7F-\x9F]/ : /[\0-\x08\x0A-\x1F\x7F-\x9F]/).test(s) &&
	!/[\uD800-\uDFFF]/u.test(s);
