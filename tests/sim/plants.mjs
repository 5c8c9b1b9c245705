/*
 * Plants the bugs of tests/mutants that the simulator must see, one at a time in a copy of one source
 * file. Usage: plants.mjs [WORD]; WORD: only bugs whose name has it. Needs build/release/sim built.
 */
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..');
const FROM = path.join(ROOT, 'tests/mutants');
const OUT = path.join(ROOT, 'build/plants');
const SEEDS = process.env.SIM_SEEDS ?? '600';

function read(name) {
	const text = fs.readFileSync(path.join(FROM, name), 'utf8');
	const found = /^# part: (.*)\nfile: (.*)\nold:\n([^]*?)\nnew:(?:\n([^]*))?$/.exec(text);

	if (!found) {
		throw new Error(`${name}: it has another form than tests/mutants/README.md says`);
	}
	return {name: name.replace('.mutant', ''), part: found[1].split(':')[0], file: found[2],
		before: found[3], after: (found[4] ?? '').replace(/\n$/, '')};
}

function run(command, args, env = {}) {
	return spawnSync(command, args, {cwd: ROOT, encoding: 'utf8', env: {...process.env, ...env}});
}

function must(done, what) {
	if (done.status !== 0) {
		throw new Error(`${what}: ${done.stderr}`);
	}
}

const FLAGS = ['-std=c11', '-D_GNU_SOURCE', '-O1', '-w', '-Iserver', '-Ibuild/gen', '-Itests/sim', '-Itests'];

/* The simulator's own files, once for all. */
function compileSim() {
	return fs.readdirSync(path.join(ROOT, 'tests/sim')).filter((n) => /^sim_.*\.c$/.test(n)).map((n) => {
		const object = path.join(OUT, n.replace('.c', '.o'));
		must(run('gcc', [...FLAGS, '-c', `tests/sim/${n}`, '-o', object]), n);
		return object;
	});
}

function plant(m, objects) {
	const parts = fs.readFileSync(path.join(ROOT, m.file), 'utf8').split(m.before);
	const copy = path.join(OUT, `${m.name}-${path.basename(m.file)}`);
	const bin = path.join(OUT, `sim-${m.name}`);

	if (parts.length !== 2) {
		throw new Error(`"${m.name}" fits ${parts.length - 1} times in ${m.file}`);
	}
	fs.writeFileSync(copy, parts.join(m.after));
	must(run('gcc', [...FLAGS, copy, ...objects, 'build/release/librokusha.a', '-lwebsockets', '-luv',
		'-lsqlite3', '-ljansson', '-lsodium', '-lpthread', '-o', bin]), m.name);
	return bin;
}

const [word] = process.argv.slice(2);
const bugs = fs.readdirSync(FROM).filter((n) => n.endsWith('.mutant')).sort().map(read)
	.filter((m) => m.part === 'sim' && (!word || m.name.includes(word)));
let missed = 0;

fs.mkdirSync(OUT, {recursive: true});
const objects = compileSim();
for (const m of bugs) {
	const done = run(plant(m, objects), [SEEDS, '1'], {SIM_FOUND: ''});
	const why = /^not equal: SEED=(\d+) (.*)$/m.exec(done.stdout);
	const seen = done.status !== 0 && why !== null;

	console.log(seen ? `ok   ${m.name}: seed ${why[1]}, ${why[2].slice(0, 120)}` : `not seen: ${m.name}`);
	missed += seen ? 0 : 1;
}
console.log(`${bugs.length - missed} passed, ${missed} failed`);
process.exitCode = missed > 0 ? 1 : 0;
