/*
 * Random cases: generator -> harness -> oracle. Usage: run.mjs N [SEED]; cases SEED … SEED+N-1.
 * generate.mjs and script.mjs draw, cases.c plays, oracle_*.mjs say what must come of it,
 * compare.mjs and exports.mjs compare, shrink.mjs makes a difference small: the case is printed
 * and written to build/log/. The cases in found/ always run first. Environment: CASES_BIN,
 * CASES_JOBS, CASES_KINDS (how often which act), CASES_EXPORT (exports.mjs); for plants
 * CASES_FIRST (stop at the first difference), CASES_FOUND=no.
 */
import {spawn, spawnSync} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import {fileURLToPath} from 'node:url';
import {Worker, isMainThread, parentPort, workerData} from 'node:worker_threads';
import {compareLine, newCount} from './compare.mjs';
import {compareWayBack, exportSeats, wayBack} from './exports.mjs';
import {generateCase} from './generate.mjs';
import {seriesOf} from './oracle_case.mjs';
import {ROOT, readPolicy} from './policy.mjs';
import {generateScript} from './script.mjs';
import {shrink} from './shrink.mjs';

const BIN = process.env.CASES_BIN ?? path.join(ROOT, 'build/release/tests/random/cases');
const FOUND = path.join(ROOT, 'tests/random/found');
const LOG = path.join(ROOT, 'build/log');
const FIRST = !!process.env.CASES_FIRST;
const STOP_AFTER = FIRST ? 1 : 5; /* failing seeds of a worker */

export function lineOf(policy, seed) {
	const made = generateCase(policy, seed);
	const {script, end} = generateScript(policy, made);

	const line = {case: made.case, options: {...made.options, end}, script};

	line.options.export = exportSeats(policy, line, made.dice);
	return line;
}

/* One line and what must be true of it; `play` answers a line. -> differences */
async function tryLine(policy, line, play, count) {
	const answer = await play(line);
	const found = compareLine(policy, line, answer, count);
	const back = found.length === 0 ? wayBack(policy, line, answer) : null;

	if (back) {
		count.waysBack++;
		compareWayBack(answer, await play(back), (text) => found.push(text));
	}
	return found.slice(0, 12);
}

/* One line through a harness of its own. */
export function playOnce(line) {
	const done = spawnSync(BIN, [path.join(ROOT, 'schema')],
		{input: `${JSON.stringify(line)}\n`, maxBuffer: 1 << 28, encoding: 'utf8'});

	if (done.status !== 0) {
		return {why: `the harness ended with ${done.status ?? done.signal}: ${done.stderr.slice(0, 2000)}`};
	}
	return JSON.parse(done.stdout);
}

/* ---- a worker: one harness, its share of the seeds ------------------------------------------ */

async function work({first, count, step}) {
	const policy = readPolicy();
	const harness = spawn(BIN, [path.join(ROOT, 'schema')], {stdio: ['pipe', 'pipe', 'inherit']});
	const answers = readline.createInterface({input: harness.stdout})[Symbol.asyncIterator]();
	const total = newCount();
	const play = async (line) => {
		harness.stdin.write(`${JSON.stringify(line)}\n`);
		const answer = await answers.next();
		return answer.done ? {why: 'the harness ended'} : JSON.parse(answer.value);
	};

	for (let n = 0; n < count && total.differences < STOP_AFTER; n += step) {
		const found = await tryLine(policy, lineOf(policy, first + n), play, total);
		if (found.length > 0) {
			total.differences++;
			parentPort.postMessage({seed: first + n, found});
		}
		if (harness.exitCode !== null || harness.signalCode !== null) {
			break;
		}
	}
	harness.stdin.end();
	parentPort.postMessage({total});
}

/* ---- all of them ---------------------------------------------------------------------------- */

function add(sum, part) {
	for (const [key, n] of Object.entries(part)) {
		if (typeof n === 'number') {
			sum[key] = (sum[key] ?? 0) + n;
		} else {
			sum[key] ??= {};
			add(sum[key], n);
		}
	}
}

const report = (name, found) => found.forEach((one) => console.log(`not equal: ${name}: ${one}`));

/* Bugs that were found once, as they were written down. */
async function runFound(policy, total) {
	for (const name of fs.readdirSync(FOUND).filter((n) => n.endsWith('.json')).sort()) {
		const line = JSON.parse(fs.readFileSync(path.join(FOUND, name), 'utf8'));
		const found = await tryLine(policy, line, playOnce, total);
		if (found.length > 0) {
			total.differences++;
			report(`found/${name}`, found);
		}
	}
}

function startWorker(first, count, at, jobs, total, bad) {
	return new Promise((resolve, reject) => {
		const worker = new Worker(fileURLToPath(import.meta.url),
			{workerData: {first: first + at, count: count - at, step: jobs}});
		worker.on('message', (m) => {
			if (m.total) {
				add(total, m.total);
			} else {
				report(`seed ${m.seed}`, m.found);
				bad.push(m.seed);
			}
		});
		worker.on('error', reject);
		worker.on('exit', resolve);
	});
}

async function keepSmallest(policy, seed) {
	const differences = (line) => tryLine(policy, line, playOnce, newCount());
	const line = await shrink(lineOf(policy, seed), differences);
	const file = path.join(LOG, `case-${seed}.json`);

	fs.mkdirSync(LOG, {recursive: true});
	fs.writeFileSync(file, `${JSON.stringify(line, null, '\t')}\n`);
	report(`smallest of seed ${seed}: ${seriesOf(line.case, line.options.series).parties.length} seats, ${line.script.length} acts, ` +
		path.relative(ROOT, file), await differences(line));
}

async function main(count, first) {
	const start = Date.now();
	const policy = readPolicy();
	const jobs = Math.min(Number(process.env.CASES_JOBS ?? 2), Math.max(count, 1));
	const total = newCount();
	const bad = [];

	if (process.env.CASES_FOUND !== 'no') {
		await runFound(policy, total);
	}
	await Promise.all(Array.from({length: jobs}, (_, at) =>
		startWorker(first, count, at, jobs, total, bad)));
	for (const seed of bad.sort((a, b) => a - b).slice(0, FIRST ? 0 : 2)) {
		await keepSmallest(policy, seed);
	}
	const {kinds, ...figures} = total;
	if (process.env.CASES_KINDS) {
		console.log(JSON.stringify(kinds));
	}
	console.log(JSON.stringify({...figures, seconds: Math.round((Date.now() - start) / 100) / 10}));
	process.exitCode = total.differences > 0 || total.cases < count ? 1 : 0;
}

if (!isMainThread) {
	await work(workerData);
} else if (process.argv[1] === fileURLToPath(import.meta.url)) {
	await main(Number(process.argv[2] ?? 200), Number(process.argv[3] ?? 1));
}
