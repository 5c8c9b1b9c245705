/*
 * Plays a case file against the real server: one WebSocket client a party, each typing its own
 * edits of the script; the server is killed in the middle. Then it checks everything that was
 * promised, and says so in one line of JSON. Every series of the file is a meeting of its own, played
 * one after the other on one database; nothing of the one may be found in another.
 *
 *   node tests/demo/play.mjs CASE.json [--speed N] [--seed S] [--bin PATH] [--rich] [--sign] [--out DIR]
 *
 * --rich plays what the format allows and the case does not use, see rich.mjs. --sign goes on to the signed
 * minutes (signing.mjs), and with --out every seat's bundle is left in that directory, with the trust file;
 * those of further series of the file in directories of their names.
 *
 * ROKUSHA_DEMO_PLANT proves that a checker can fail; it changes the checkers' input, not the server:
 *   leak         one token that was rightly read is treated as forbidden    -> leaks > 0
 *   key          one class that was rightly read is treated as forbidden    -> leaks > 0
 *   ack          one kept push is forgotten before the texts are computed   -> acked_lost > 0
 *   expectation  the first expectation is turned round                      -> failed > 0
 *   text         one text of the script is expected otherwise               -> converged false
 *   gate         the player pretends that everybody has left: the server refuses -> converged false
 *   attendance   one time in the record of comings and goings is another   -> converged false
 *   board        the board holds one cell too many                          -> converged false
 *   export       one export comes back with another character             -> converged false
 *   after        somebody who has left is told where another is             -> leaks > 0
 *   bundle       one byte of a bundle is another                           -> bundles.invalid > 0
 *   copy         one seat holds the bundle of another                      -> leaks > 0
 *   series       one token of this series is taken for another one's         -> leaks > 0
 * ROKUSHA_DEMO_DUMP=FILE writes all frames there. ROKUSHA_KEEP=1 leaves the temporary directory.
 */
import fs from 'node:fs';
import path from 'node:path';
import {loadPolicy} from '../support/oracle.mjs';
import {loadCore} from '../support/client.mjs';
import {cli, defaultBin, makeDatabase, mustCli, removeDir, Server, tempDir} from '../support/server.mjs';
import {Player} from './acts.mjs';
import {canariesFor, plantCanaries} from './canary.mjs';
import {audienceOf, itemOf, silentOf} from './cast.mjs';
import {problemsOf, shownBy, viewOf} from './converge.mjs';
import {expectationsOf} from './expectations.mjs';
import {exportAll} from './exports.mjs';
import {columnOfKey, loadForm, rowOfKey} from './form.mjs';
import {documentsOf, foreignStrings, holdsString, leaksOf, streamOf, tokensIn} from './leaks.mjs';
import {ledgerOf} from './ledger.mjs';
import {attendanceProblems, attendanceReaders, boardLeaks, meetingLeaks, plantAfterLeaving}
	from './meeting.mjs';
import {planOf} from './plan.mjs';
import {enriched} from './rich.mjs';
import {leavesOf, signMinutes} from './signing.mjs';
import {Stage} from './stage.mjs';
import {meetingStart, seatRole} from './times.mjs';

const plant = process.env.ROKUSHA_DEMO_PLANT ?? '';
const SECONDS_A_STEP = 0.3;

function readArgs(argv) {
	const args = {plant, bin: defaultBin(), seed: '1', speed: '', file: null, rich: false, sign: false, out: ''};

	for (let i = 0; i < argv.length; i++) {
		const name = /^--(speed|seed|bin|out)$/.exec(argv[i])?.[1];
		if (name) {
			args[name] = argv[++i] ?? '';
		} else if (argv[i] === '--rich' || argv[i] === '--sign') {
			args[argv[i].slice(2)] = true;
		} else if (!argv[i].startsWith('-') && !args.file) {
			args.file = argv[i];
		} else {
			args.file = null;
			break;
		}
	}
	if (!args.file || (args.speed !== '' && !(Number(args.speed) > 0))) {
		process.stderr.write('play.mjs CASE.json [--speed N] [--seed S] [--bin PATH] [--rich] [--sign] [--out DIR]\n');
		process.exit(2);
	}
	return args;
}

/* Numbers from a seed, so that a run can be had again (mulberry32). */
function seeded(seed) {
	let state = [...String(seed)].reduce((h, c) => Math.imul(h ^ c.codePointAt(0), 0x01000193), 0x811c9dc5);

	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let t = Math.imul(state ^ (state >>> 15), 1 | state);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
	};
}

/* The whole script in a few seconds, whatever its length. */
function speedFor(plan, wanted) {
	const seconds = Math.max(3, plan.steps.length * SECONDS_A_STEP);

	return wanted !== '' ? Number(wanted) : Math.min(100_000, Math.max(1, plan.length / seconds));
}

/* The row of each work place: an employer sees its own only. */
async function workRowsOf(world) {
	const rows = new Map();

	for (const p of world.file.parties.filter((q) => q.role === 'emp')) {
		const view = await viewOf({...world, seat: p.id, at: meetingStart(world.file)});
		const key = [...view.cells?.keys() ?? []].find((k) => columnOfKey(k) === 'work.site_program');
		if (key) {
			rows.set(p.id, rowOfKey(key));
		}
	}
	return rows;
}

async function recordsIn(world) {
	const done = await cli(world.bin, ['check', '--db', world.db]);

	return done.code === 0 ? JSON.parse(done.out) : {ok: false, why: done.err.trim()};
}

/*
 * Every byte the database holds of one series, by a reader of the store in C: journal, folded texts, what
 * is still to come, cells and audit.
 */
async function storedOf(world) {
	return mustCli(path.join(path.dirname(world.bin), 'tests/store/test_store_series'), [world.db, world.series]);
}

/* ---- the run ------------------------------------------------------------------------------------ */

/* The database with all series of the file, and what every one of them needs. */
async function prepare(args) {
	const dir = tempDir('demo');
	const form = loadForm();
	const random = seeded(args.seed);
	const plain = JSON.parse(fs.readFileSync(args.file, 'utf8'));
	const original = args.rich ? enriched(plain) : plain;
	const {file: whole, canaries} = plantCanaries(original, form, random);
	const caseFile = path.join(dir, 'case.json');
	const documents = documentsOf(whole);

	fs.writeFileSync(caseFile, JSON.stringify(whole));
	/* Before any of the meetings: no clock of the player goes back behind it. */
	const {db, links} = await makeDatabase({bin: args.bin, dir, caseFile,
		now: Math.min(...documents.map(meetingStart))});
	const common = {args, bin: args.bin, dir, db, whole, original, form, random, policy: loadPolicy(),
		worlds: new Map()};

	for (const file of documents) {
		const series = file.conference.series_no;
		common.worlds.set(series, await worldOf(common, {file, series,
			canaries: canariesFor(canaries, series), links: links.filter((l) => l.series === series)}));
	}
	return common;
}

/* One series: its file, its seats, its clock. */
async function worldOf(common, own) {
	const {file} = own;
	const plan = planOf(file);

	plan.silent = plan.steps.length > 0 ? silentOf(file, plan.cast, common.random) : new Map();
	const world = {...common, ...own, plan};
	world.workRows = await workRowsOf(world);
	world.server = new Server({bin: world.bin, db: world.db, dir: world.dir, now: meetingStart(file),
		speed: speedFor(plan, common.args.speed)});
	return world;
}

/* Play the script, let everything arrive, and look at every screen at one moment. */
async function play(world) {
	const core = await loadCore();
	const stage = new Stage({...world, core});
	const player = new Player(stage, plant);

	Object.assign(world, {stage, player, shown: new Map()});
	world.before = await recordsIn(world);
	/* A file need not tell how a meeting went: then there is nothing to play, and all to look at. */
	if (world.plan.steps.length === 0) {
		world.endAt = meetingStart(world.file);
		return;
	}
	await world.server.start();
	await player.run();
	for (const round of ['settled', 'fence']) {
		await Promise.all(stage.connected.map((p) =>
			p[round]().catch((error) => stage.fail(error.message))));
	}
	world.endAt = Math.ceil(world.server.clock().high / 1000 + 1) * 1000; /* asked in whole seconds */
	for (const party of stage.connected) {
		world.shown.set(party.id, shownBy(party.room));
	}
	for (const party of [...stage.connected, stage.board]) {
		party.room?.stop();
	}
	const how = await world.server.stop();
	if (how.code !== 0) {
		stage.fail(`the server ended with ${how.code ?? how.signal} when asked to stop`);
	}
	world.server.sanitizer.forEach((line) => stage.fail(`server: ${line}`));
	world.after = await recordsIn(world);
}

/* What everybody carries away in the end; it is searched like all that a seat is given. */
async function sign(world, nth) {
	const dir = !world.args.out ? tempDir('bundles') : nth === 0 ? world.args.out : path.join(world.args.out, world.series);

	fs.mkdirSync(dir, {recursive: true});
	world.signed = await signMinutes(world, dir).catch((error) => {
		world.stage.fail(`signing: ${error.message}`);
		return null;
	});
	if (!world.args.out) {
		removeDir(dir);
	}
}

/* ---- the checks ---------------------------------------------------------------------------------- */

async function viewAll(world) {
	world.views = new Map();
	for (const p of world.file.parties) {
		world.views.set(p.id, await viewOf({...world, seat: p.id, at: world.endAt}));
	}
}

/* The words of a bundle stand in base64: what is searched is what can be read of it, and all else as it is. */
function wordsOfBundle(world, id) {
	const bytes = world.signed?.bundles.get(plant === 'copy' && id === 'p-emp' ? 'p-self' : id);

	return bytes ? [bytes, Buffer.from(leavesOf(bytes).map((l) => `${l.name} ${JSON.stringify(l.value)}\n`).join(''))] : [];
}

function checkLeaks(world) {
	const {stage, canaries, file, policy, form, player: {hall}} = world;
	const lines = [];
	let seen = 0;
	let forbid = null;

	if (plant === 'series') {
		const stolen = [...tokensIn(streamOf([...stage.parties.values()].flatMap((p) => p.received)))][0];
		canaries.filter((c) => c.token === stolen).forEach((c) => Object.assign(c, {series: 'another'}));
	}
	if (plant === 'after') {
		plantAfterLeaving({hall, stage, wires: stage.wires, chair: world.plan.cast.chair?.id});
	}
	const all = {hall, stage, file, whole: world.whole, policy: plant === 'key' ? withoutClass(policy, 'plan.status') : policy, form,
		canaries, wires: stage.wires,
		rows: new Map([...stage.rows, ...attendanceReaders({file, policy, views: world.views, wires: stage.wires})])};
	for (const p of file.parties) {
		const client = stage.party(p.id);
		const view = world.views.get(p.id);
		/* Whoever never came is asked for by its snapshot. */
		const received = [...client?.received ?? [], Buffer.from(view.raw),
			Buffer.from(world.exports.get(p.id) ?? ''), ...wordsOfBundle(world, p.id)];
		const frames = [...client?.frames ?? [], ...(view.frame ? [{frame: view.frame}] : [])];

		if (plant === 'leak' && !forbid) {
			forbid = [...tokensIn(streamOf(received))][0] ?? null;
		}
		const ctx = {...all, party: p, forbid};
		const found = leaksOf(ctx, received, frames);
		seen += found.seen;
		lines.push(...[...found.leaks, ...meetingLeaks(ctx)].map((leak) => `leak: ${p.id} received ${leak}`));
	}
	const carets = [...stage.parties.values()].some((p) => p.frames.some(({frame}) => frame.t === 'here' &&
		frame.cell));
	if (world.plan.steps.length > 0 && (seen === 0 || !carets || hall.count.board === 0)) {
		stage.fail('no token, no caret or no board came to anybody: the search finds nothing');
	}
	return [...lines, ...boardLeaks(all).map((leak) => `leak: the board received ${leak}`)];
}

/* The planted policy: nobody ever reads this class. */
function withoutClass(policy, cls) {
	const marks = [...policy.matrix.get(cls).keys()].map((role) => [role, 'n']);

	return {...policy, matrix: new Map(policy.matrix).set(cls, new Map(marks))};
}

/* The server's own words are of no case at all. */
function checkLog(world) {
	const stream = streamOf([Buffer.from(world.server.stderr)]);
	const strings = documentsOf(world.whole).flatMap((d) => d.canaries ?? []);

	return [...[...tokensIn(stream)].map((t) => world.canaries.find((c) => c.token === t)?.cls ?? t),
		...strings.filter((text) => holdsString(stream, text)).map((text) => `string "${text}"`)]
		.map((what) => `leak: the log holds ${what}`);
}

/* What is stored of this series holds no word of another one. */
async function checkRows(world) {
	const stream = streamOf([Buffer.from(await storedOf(world))]);
	const tokens = tokensIn(stream);
	const own = world.canaries.filter((c) => c.series === null);

	if (own.length > 0 && !own.some((c) => tokens.has(c.token))) {
		world.stage.fail('what is stored of the series holds nothing of it: the search finds nothing');
	}
	return [...world.canaries.filter((c) => c.series !== null && tokens.has(c.token))
		.map((c) => `${c.cls} of ${c.series} (${c.where})`),
	...foreignStrings(world.file, world.whole).filter((text) => holdsString(stream, text))
		.map((text) => `string "${text}"`)].map((what) => `leak: the rows of ${world.series} hold ${what}`);
}

function checkJournal(world, requests) {
	const {before, after} = world;

	if (!after) {
		return 0;
	}
	if (!after.ok || !before.ok) {
		world.stage.fail(`rokusha check: ${after.why ?? before.why}`);
		return 0;
	}
	return Math.max(0, requests - (after.records - before.records));
}

function checkExpectations(world) {
	const {stage, policy} = world;
	const file = structuredClone(world.file);
	const [first] = file.visibility_expectations ?? [];

	if (plant === 'expectation' && first) {
		first.expected = first.expected === 'none' ? 'read' : 'none';
	}
	return expectationsOf({...world, file, rows: stage.rows, policy,
		roleOf: (id) => seatRole(file.parties.find((p) => p.id === id) ?? {role: id.replace('role:', '')}),
		audienceOf: (no) => audienceOf(file, itemOf(file, no))});
}

function checkConvergence(world) {
	const {stage, form, file, shown, views} = world;
	const finals = new Map(stage.finals);

	if (plant === 'text' && finals.size > 0) {
		finals.set([...finals.keys()][0], 'something else');
	}
	const attendance = attendanceProblems({hall: world.player.hall, views, wires: stage.wires,
		plant: plant === 'attendance'});
	world.attendance = attendance.held;
	return [...problemsOf({file, form, shown, views, finals}), ...attendance.lines, ...stage.problems];
}

/* Every frame of every seat, for looking at a run: one JSON line each. */
function dump(world, file) {
	const lines = [...world.stage.parties.values(), world.stage.board].flatMap((p) => [
		...p.frames.map((f) => ({seat: p.id, ...f})),
		...p.acks.map((a) => ({seat: p.id, at: a.at, acked: a}))]);

	fs.writeFileSync(file, lines.sort((a, b) => a.at - b.at).map((l) => `${JSON.stringify(l)}\n`).join(''));
}

/* ---- main ----------------------------------------------------------------------------------------- */

/* Everything that was promised, of one series. */
async function checkWorld(world) {
	const {stage, player} = world;
	const parties = [...stage.parties.values()].filter((p) => p.rooms.length > 0);
	const problems = [...await exportAll(world, plant), ...checkConvergence(world)];
	const expectations = await checkExpectations(world);
	const leaks = [...checkLeaks(world), ...checkLog(world), ...await checkRows(world)];
	const ledger = ledgerOf({parties: [...parties, stage.board], form: world.form, views: world.views,
		plant: plant === 'ack'});
	const missing = checkJournal(world, ledger.requests);
	const failures = stage.failures.map((line) => `not played: ${line}`);

	for (const line of [...stage.notes.map((n) => `note: ${n}`), ...failures,
		...problems.map((l) => `not converged: ${l}`), ...expectations.lines, ...leaks,
		...ledger.lost.map((l) => `acked and lost: ${l}`),
		...(missing ? [`acked and lost: ${missing} requests are not in the journal`] : [])]) {
		process.stdout.write(`${world.worlds.size > 1 ? `${world.series}: ` : ''}${line}\n`);
	}
	return {
		clients: parties.length,
		edits: player.edits,
		frames: parties.reduce((n, p) => n + p.frames.length, 0),
		converged: problems.length === 0 && failures.length === 0,
		expectations: {held: expectations.held, failed: expectations.failed, skipped: expectations.skipped},
		leaks: leaks.length,
		exports: world.exports.size,
		acked_lost: ledger.lost.length + missing,
		...(world.args.sign ? signedFigures(world.signed) : {}),
		meeting: {attendance: world.attendance, ...player.hall.count, ...player.count,
			silent: [...world.plan.silent.keys()]},
	};
}

function signedFigures(signed) {
	const {valid = 0, invalid = 0, agree = true} = signed?.found ?? {};

	return {signing: signed?.count ?? {acts: 0, corrections: 0, silent: 0}, bundles: {valid, invalid}, verifiers_agree: agree};
}

/* Numbers are added up, lists joined; what has to hold has to hold in all. */
function together(a, b) {
	const add = (x, y) => (typeof x === 'number' ? x + y : typeof x === 'boolean' ? x && y
		: Array.isArray(x) ? [...x, ...y] : together(x, y));

	return Object.fromEntries(Object.keys(a).map((key) => [key, add(a[key], b[key])]));
}

async function main() {
	const args = readArgs(process.argv.slice(2));
	const common = await prepare(args);
	const worlds = [...common.worlds.values()];
	const results = [];

	for (const [nth, world] of worlds.entries()) {
		await play(world);
		if (args.sign) {
			await sign(world, nth);
		}
	}
	for (const world of worlds) {
		await viewAll(world);
	}
	if (process.env.ROKUSHA_DEMO_DUMP) {
		dump(worlds[0], process.env.ROKUSHA_DEMO_DUMP);
	}
	for (const world of worlds) {
		results.push(await checkWorld(world));
	}
	const result = {
		case: common.original.case?.case_no ?? path.basename(args.file),
		series: worlds.length,
		...results.reduce(together),
	};
	removeDir(common.dir);
	process.stdout.write(`${JSON.stringify(result)}\n`);
	return result.converged && result.expectations.failed === 0 && result.leaks === 0 &&
		result.acked_lost === 0 && (!args.sign || (result.bundles.invalid === 0 && result.verifiers_agree)) ? 0 : 1;
}

main().then((code) => process.exit(code), (error) => {
	process.stdout.write(`play: ${error.message}\n`);
	if (process.env.ROKUSHA_DEBUG) {
		process.stdout.write(`${error.stack}\n`);
	}
	process.exit(1);
});
