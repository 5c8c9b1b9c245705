/* The verifier's programs: rokusha-verify as people run it, and the one that judges many bundles at once. */
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const VERIFY = process.env.VERIFY_BIN ?? path.join(ROOT, 'build/dev/rokusha-verify');
const MUTATE = process.env.MUTATE_BIN ?? path.join(ROOT, 'build/release/tests/minutes/mutate');

/* A folder of this process, gone when it ends. */
export const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rokusha-minutes-'));
process.on('exit', () => fs.rmSync(folder, {recursive: true, force: true}));

export function keep(name, bytes) {
	const file = path.join(folder, name);

	fs.writeFileSync(file, bytes);
	return file;
}

function run(program, args) {
	const got = spawnSync(program, args, {encoding: 'utf8', maxBuffer: 1 << 28});

	if (got.error || got.signal) {
		throw new Error(`${program} ${args.join(' ')}: ${got.error ?? got.signal}\n${got.stderr}`);
	}
	return {code: got.status, out: got.stdout, err: got.stderr};
}

export const verifier = (...args) => run(VERIFY, args);
export const openssl = (line, cwd) => {
	const got = spawnSync('sh', ['-c', line], {encoding: 'utf8', cwd});
	return {code: got.status, out: got.stdout + got.stderr};
};

export const trustOf = (...keys) => keep(`trust-${keys.join().replaceAll(/[^A-Za-z0-9]/g, '').slice(0, 40)}`, `# 信頼する鍵\n${keys.join('\n')}\n`);

/* -> {code, report} of one bundle. */
export function report(name, text, key, ...more) {
	const {code, out, err} = verifier(keep(name, text), '--trust', trustOf(key), '--json', ...more);

	if (err.includes('Sanitizer') || err.includes('runtime error')) {
		throw new Error(err);
	}
	return {code, report: JSON.parse(out)};
}

/* Verdicts of many bundles of one key, one process. */
export function judge(key, texts) {
	const files = texts.map((text, i) => keep(`judged-${i}`, text));

	return files.length === 0 ? [] : run(MUTATE, ['judge', key, ...files]).out.trim().split('\n');
}

/* -> [{at, value, verdict}] */
export function places(name, text, key, seed, count) {
	return run(MUTATE, ['places', keep(name, text), key, String(seed), String(count)]).out.trim().split('\n').map((line) => {
		const [at, value, verdict] = line.split(' ');
		return {at: Number(at), value: Number(value), verdict};
	});
}

/* -> {tried, taken} */
export function every(name, text, key, step = 1, values = 1) {
	const {out, err} = run(MUTATE, ['every', keep(name, text), key, String(step), String(values)]);
	const [, tried, taken] = /(\d+) tried, (\d+) taken\n$/.exec(out) ?? [];

	return {tried: Number(tried), taken: Number(taken), said: out + err};
}
