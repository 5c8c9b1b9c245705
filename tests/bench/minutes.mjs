/*
 * Signed minutes in figures: node tests/bench/minutes.mjs [ROUNDS]. Sealing the first case and keeping a
 * signature, each beside the same hashes, signatures and commits; copies of the player's meeting verified,
 * twelve at a time; how large they are. Three runs: the median, and the lowest and highest.
 */
import {execFileSync} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import {gzipSync} from 'node:zlib';
import {ROOT, removeDir, tempDir} from '../support/server.mjs';

const rounds = process.argv[2] ?? '200';
const bin = path.join(ROOT, 'build/release');
const dir = tempDir('bench-minutes');
const run = (program, ...args) => JSON.parse(execFileSync(path.join(bin, 'bench', program), args, {encoding: 'utf8', cwd: ROOT}));
const results = path.join(ROOT, 'build/bench/results.jsonl');

function spread(list, digits) {
	const s = [...list].sort((a, b) => a - b);
	return `${s[s.length >> 1].toFixed(digits)} (${s[0].toFixed(digits)}-${s.at(-1).toFixed(digits)})`;
}

function say(what, all) {
	const of = (name) => all.map((r) => r[name]);
	fs.mkdirSync(path.dirname(results), {recursive: true});
	fs.appendFileSync(results, `${JSON.stringify({kind: 'minutes', what, at: new Date().toISOString(), runs: all})}\n`);
	console.log(`${what.padEnd(18)}${spread(of('us').map((us) => us / 1000), 2)} ms, raw ${spread(of('raw_us').map((us) => us / 1000), 2)} ms, ` +
		`ratio ${spread(of('ratio'), 2)}, ${1e6 / of('us').sort((a, b) => a - b)[all.length >> 1] | 0} a second`);
}

const once = (n) => {
	const at = path.join(dir, String(n));
	fs.mkdirSync(at);
	return run('minutes', 'tests/cases/case-1.json', '2026-11-12T16:00', at, rounds);
};
const made = [1, 2, 3].map(once);

say('seal', made.map((m) => m.seal));
say('sign', made.map((m) => m.sign));
execFileSync(process.execPath, ['tests/demo/play.mjs', 'tests/cases/case-1.json', '--sign', '--out', path.join(dir, 'out'),
	'--bin', path.join(bin, 'rokusha')], {cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit']});
for (const seat of ['p-emp', 'p-self']) {
	const file = path.join(dir, 'out', `${seat}.json`);
	const {key} = JSON.parse(fs.readFileSync(file));
	say(`12 copies, ${seat}`, [1, 2, 3].map(() => run('minutes_verify', key, file, String(Math.ceil(rounds / 10))).verify));
	const bytes = fs.readFileSync(file);
	console.log(`${' '.repeat(18)}${(bytes.length / 1000).toFixed(1)} kB, ${(gzipSync(bytes).length / 1000).toFixed(1)} kB with gzip`);
}
removeDir(dir);
