/*
 * Plants the bugs of tests/mutants/*.mutant one by one in a copy of the tree, and wants the test
 * each names to fail. Usage: run.mjs [WORD …]; only mutants whose name or part has one of them.
 * The last line is "N passed, N failed"; passed: the bug was seen. With --fit only whether each still
 * fits the code.
 *
 * A mutant:   # part: what must fail: a part of scripts/test-all, a program as unit/test_room, or
 *                     "part: command" where one file of a part is enough
 *             file: path            (of the file in the tree)
 *             old:                  lines that stand there once
 *             new:                  lines in their place; none: they go
 * `file`, `old` and `new` may come again, for bugs of more than one place.
 */
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const HERE = path.join(ROOT, 'tests/mutants');
const COPY = path.join(ROOT, 'build/mutants/tree');
const PART_MS = 15 * 60 * 1000;

function parse(name) {
	const text = fs.readFileSync(path.join(HERE, name), 'utf8');
	const part = /^# part: (.+)$/m.exec(text)?.[1]?.trim();
	const plants = [];
	let into = null;

	for (const line of text.split('\n')) {
		const file = /^file: (.+)$/.exec(line);
		if (file) {
			plants.push({file: file[1].trim(), old: [], new: []});
			into = null;
		} else if (/^(old|new):$/.test(line)) {
			into = line.slice(0, 3);
			if (into === 'old' && plants.at(-1).old.length > 0) {
				plants.push({file: plants.at(-1).file, old: [], new: []});
			}
		} else if (into) {
			plants.at(-1)[into].push(line);
		}
	}
	if (!part || plants.length === 0) {
		throw new Error(`${name}: no part, or nothing to plant`);
	}
	/* Empty lines at the end belong to nobody. */
	const whole = (lines) => lines.join('\n').replace(/\n+$/, '');
	return {name: name.replace(/\.mutant$/, ''), part,
		plants: plants.map((p) => ({file: p.file, old: whole(p.old), new: whole(p.new)}))};
}

/* With what is built already, so that only what is planted is built anew. */
function copyTree() {
	const entries = (dir, without) => fs.readdirSync(path.join(ROOT, dir))
		.filter((name) => !without.includes(name)).map((name) => path.join(ROOT, dir, name));
	const copy = (from, to) => {
		fs.mkdirSync(to, {recursive: true});
		if (spawnSync('cp', ['-a', '--', ...from, to], {stdio: 'inherit'}).status !== 0) {
			throw new Error('the tree could not be copied');
		}
	};

	fs.rmSync(COPY, {recursive: true, force: true});
	copy(entries('.', ['.git', 'build']), COPY);
	copy(entries('build', ['mutants', 'log', 'shots', 'bench', 'fresh']), path.join(COPY, 'build'));
}

function planted(tree, {file, old, new: after}) {
	const source = fs.readFileSync(path.join(tree, file), 'utf8');
	const parts = source.split(old);

	if (old === '' || parts.length !== 2) {
		throw new Error(`fits ${parts.length - 1} times in ${file}`);
	}
	return {source, text: parts.join(after)};
}

function plant(p) {
	const at = path.join(COPY, p.file);
	const {source, text} = planted(COPY, p);

	fs.writeFileSync(at, text);
	return () => {
		fs.writeFileSync(at, source);
		fs.utimesSync(at, new Date(), new Date());
	};
}

const sh = (command, args) => spawnSync(command, args, {cwd: COPY, encoding: 'utf8', timeout: PART_MS,
	maxBuffer: 64 * 1024 * 1024, stdio: ['ignore', 'pipe', 'pipe']});

function make(...targets) {
	const made = sh('make', ['--no-print-directory', `-j${os.cpus().length}`, ...targets]);
	if (made.status !== 0) {
		throw new Error(`does not build: ${/error:? .*/.exec(made.stderr + made.stdout)?.[0] ?? made.stderr.slice(-200)}`);
	}
}

/* One program or command; what it says of what it saw. */
function seenByCommand(words) {
	const run = sh(words[0], words.slice(1));
	const said = run.stdout + run.stderr;

	return run.status === 0 ? null : /\[FAIL\] ([^:]+::[^:]+)/.exec(said)?.[1] ?? /^not ok \d+ - .*/m.exec(said)?.[0]
		?? /(ERROR|Assertion|runtime error).*/.exec(said)?.[0]?.slice(0, 100) ?? `exit ${run.status ?? run.signal}`;
}

/* The first line that tells what was seen; null: nothing was. */
function seenBy(part) {
	const [, , command] = /^(\w+): (.+)$/.exec(part) ?? [];
	const bin = command?.startsWith('build/') ? command : part.includes('/') && !command ? `build/dev/tests/${part}` : null;

	if (bin) {
		make(bin);
		return seenByCommand([bin]);
	}
	if (command) {
		make('build', 'build/web-core');
		return seenByCommand(command.split(' '));
	}
	/* Not every part does. */
	make('build', ...(['unit', 'prop', 'store'].includes(part) ? ['tests-build'] : []));
	const run = sh('scripts/test-all', [part]);
	const log = path.join(COPY, 'build/log', `${part}.log`);
	const text = fs.existsSync(log) ? fs.readFileSync(log, 'utf8') : '';
	const broken = /^(\S+: (fatal )?error: .*)$/m.exec(text)?.[1];
	if (run.status !== 0 && broken) {
		throw new Error(`does not build: ${broken}`);
	}
	return run.status === 0 ? null
		: /^(not ok.*|.*\[FAIL\].*|not equal.*|.*lost: .*|.*ERROR: .*|.*differ.*)$/m.exec(text)?.[1]?.slice(0, 110) ?? 'failed';
}

/* The programs and files a part names must be there. */
function mustExist(part) {
	const named = [...part.matchAll(/\b(?:unit|prop|store|faults)\/\w+(?!\S*\.mjs)|\S+\.mjs\b/g)].map(([file]) =>
		(file.endsWith('.mjs') ? file : `tests/${file.replace(/^build\/dev\/tests\//, '')}.c`));

	for (const file of named) {
		if (!fs.existsSync(path.join(ROOT, file))) {
			throw new Error(`${part}: there is no ${file}`);
		}
	}
}

const fit = process.argv.includes('--fit');
const words = process.argv.slice(2).filter((w) => w !== '--fit');
const mutants = fs.readdirSync(HERE).filter((f) => f.endsWith('.mutant')).sort().map(parse)
	.filter((m) => words.length === 0 || words.some((w) => m.name.includes(w) || m.part === w));
let caught = 0;
let missed = 0;

if (!fit) {
	copyTree();
}
for (const m of mutants) {
	const undo = [];
	let what = null;
	let why = 'not seen';

	try {
		mustExist(m.part);
		for (const p of m.plants) {
			if (fit) {
				planted(ROOT, p);
			} else {
				undo.push(plant(p));
			}
		}
		what = fit ? 'fits' : seenBy(m.part);
	} catch (e) {
		why = e.message;
	}
	undo.reverse().forEach((u) => u());
	console.log(what ? `ok   ${m.name}: ${m.part}: ${what.trim()}` : `missed ${m.name} (${m.part}): ${why}`);
	caught += what ? 1 : 0;
	missed += what ? 0 : 1;
}
console.log(`${caught} passed, ${missed} failed`);
process.exitCode = missed > 0 || caught === 0 ? 1 : 0;
