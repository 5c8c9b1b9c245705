/*
 * Protocol cases as data against the real binary: tests/proto/cases/*.json. Prints TAP, exits
 * non-zero when a case fails.
 *
 *   node tests/proto/run.mjs [--bin PATH] [FILE or part of a case's name …]
 *
 * A file: {"about", "case": file in tests/cases, "patch": {top-level keys put in its place},
 * "import": [more options], "cases": [{"name", "steps": […]}]}; one server a file, new connections a case. A step does one thing, as somebody:
 *   {"as":"p-ps","join":true | {"board":1}}  log in if needed, connect, join, take the snapshot
 *   {"as":"p-ps","connect":true | {"origin","protocols","jar":true,"cookie":null}, "refused":403}
 *   {"as":"p-ps","send":{…}}             a message;  "raw":"…" bytes as they are
 *   {"as":"p-ps","expect":{…}}           the next frame of that kind holds this; "$absent", "$any"
 *            "keep":"name"               its bytes under a name, "save":{"name":"expression of f"}
 *   {"as":"p-ps","mark":true}            from here on, for "never"
 *   {"as":"p-ps","never":{…}}            nothing like it came since the mark (after a fence)
 *   {"as":"p-ps","check":"expression"}   must be true
 *   {"as":"p-ps","until":"expression"}   is or becomes true, with a frame to come
 *   {"as":"p-ps","says":{…}}             a request with a `ref` put in, "answer":"ack" or the code of a no
 *   {"as":"p-ps","fill":{…,"times":n}}   the same with new refs until it is refused with "answer"
 *   {"as":"p-ps","over":true}            the chair ends the meeting if one goes on
 *   {"as":"p-ps","close":1008}           it is closed with that status
 *   {"as":"p-ps","leave":true}           it goes
 *   {"as":"p-ps","logout":204}           POST /s/SID/logout answers so
 *   {"same":["name","name"]}             the kept bytes are equal
 *   {"pin":[[file, from, to], …]}       kill -9, pin all series to the policy with that changed, start again
 *   {"kill":true | {"now":"time"}}       kill -9, and start again on the same port, its clock there
 * `as` may be "p-ps/2": another connection of that seat, with a login of its own.
 * "${expression}" in strings is JavaScript over the functions of scopeOf() and saved names; alone it
 * keeps its type.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {login, request} from '../support/http.mjs';
import {ROOT, Server, defaultBin, makeDatabase, mustCli, removeDir, schemaWith, tempDir, timeText} from '../support/server.mjs';
import {Conn} from './conn.mjs';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const LANES = Math.min(os.cpus().length, 4);

/* ---- expressions --------------------------------------------------------------------------------- */

/* Of a column there are many cells: `n` counts them, from the end when negative. */
function scopeOf(world, conn) {
	const rowOf = (key) => key?.split('/')[1];
	const stands = (row) => conn.meet.agenda.find((i) => i.row === row)?.state;

	return {
		cell: (key) => conn.cell(key),
		ver: (key) => conn.cell(key).v,
		text: (key) => conn.cell(key).x,
		level: (key) => conn.cell(key).l,
		sees: (key) => conn.cells.has(key),
		key: (column, n = 0) => conn.keys(column).at(n) ?? `no.${column}`,
		keys: (column) => conn.keys(column),
		row: (column, n = 0) => rowOf(conn.keys(column).at(n)),
		where: (column, text) => conn.keys(column).find((k) =>
			JSON.stringify(conn.cell(k).x).includes(text)),
		count: (column) => conn.keys(column).length,
		rowOf,
		seat: (id) => world.links.get(id).wire,
		item: (n) => itemOf(world, n),      /* the n-th of the case file's agenda, its row */
		state: (n) => stands(itemOf(world, n)),
		stands,                             /* the same of a row: next, now, done */
		told: (id) => conn.seats.find((s) => s.seat === world.links.get(id).wire),
		heard: (t) => conn.inbox.map((m) => m.frame).filter((f) => f.t === t),
		of: (as) => world.conns.get(as),    /* what another connection knows */
		meet: conn?.meet,
		client: conn?.client,
		cells: conn?.cells,
		me: conn?.me,
		seats: conn?.seats,
		repeat: (s, n) => s.repeat(n),
		...world.saved,
	};
}

/* The n-th item of the case file, by its title as somebody read it who reads the whole agenda. */
function itemOf(world, n) {
	for (const conn of world.all) {
		const key = conn.keys('conf.agenda_items.title').find((k) => conn.cell(k).x === world.titles[n - 1]);
		if (key) {
			return key.split('/')[1];
		}
	}
	throw new Error(`nobody has read item ${n}`);
}

function evaluate(source, scope) {
	try {
		return new Function(...Object.keys(scope), `return (${source});`)(...Object.values(scope));
	} catch (error) {
		throw new Error(`${source}: ${error.message}`);
	}
}

/* Put values in place of ${…}, in keys too. */
function fill(value, scope) {
	if (typeof value === 'string') {
		const whole = /^\$\{([^}]*)\}$/.exec(value);
		return whole ? evaluate(whole[1], scope)
			: value.replace(/\$\{([^}]*)\}/g, (_, source) => evaluate(source, scope));
	}
	if (Array.isArray(value)) {
		return value.map((v) => fill(v, scope));
	}
	if (value !== null && typeof value === 'object') {
		return Object.fromEntries(Object.entries(value).map(([k, v]) => [fill(k, scope), fill(v, scope)]));
	}
	return value;
}

/* ---- steps ------------------------------------------------------------------------------------------ */

async function sessionOf(world, as) {
	if (!world.sessions.has(as)) {
		const link = world.links.get(as.split('/')[0]);
		if (!link) {
			throw new Error(`no link for ${as}`);
		}
		world.sessions.set(as, await login(world.server.origin, link.secret));
	}
	return world.sessions.get(as);
}

async function connect(world, as, how) {
	const {sid, cookie} = await sessionOf(world, as);
	const conn = new Conn(as);
	const {origin} = world.server;
	const jar = [...world.sessions.values()].map((s) => s.cookie).join('; ');
	const own = how.cookie === null ? {} : {cookie: how.jar ? jar : how.cookie ?? cookie};
	const status = await conn.open(`${origin.replace('http', 'ws')}/s/${how.sid ?? sid}/ws`, {
		protocols: how.protocols, origin: how.origin === null ? undefined : how.origin ?? origin,
		headers: own,
	});

	world.conns.get(as)?.end();
	world.conns.set(as, conn);
	world.all.add(conn);
	return status;
}

/* One entry a kind of step; they run in this order when a step has several. */
const DO = {
	async connect(world, step, how) {
		const status = await connect(world, step.as, how === true ? {} : how);
		if (status !== (step.refused ?? 101)) {
			throw new Error(`connect: ${status}, not ${step.refused ?? 101}`);
		}
	},
	async join(world, step, how) {
		const status = await connect(world, step.as, how === true ? {} : how);
		if (status !== 101) {
			throw new Error(`connect: ${status}`);
		}
		const conn = world.conns.get(step.as);
		conn.send({t: 'join', client: conn.client, ...(how.board ? {board: 1} : {})});
		await conn.expect({t: 'snap'});
	},
	send: (_world, _step, frame, conn) => conn.send(frame),
	raw: (_world, _step, text, conn) => conn.sendRaw(text),
	async mark(_world, _step, _on, conn) {
		await conn.fence(); /* what was said before may still be on its way */
		conn.mark = conn.inbox.length;
	},
	async expect(world, step, want, conn) {
		const {frame, raw} = await conn.expect(want);
		if (step.keep) {
			world.kept.set(step.keep, raw);
		}
		for (const [name, source] of Object.entries(step.save ?? {})) {
			world.saved[name] = evaluate(source, {...scopeOf(world, conn), f: frame});
		}
	},
	never: (_world, _step, want, conn) => conn.absent(want, conn.mark ?? 0),
	check(world, step, source, conn) {
		if (evaluate(source, scopeOf(world, conn)) !== true) {
			throw new Error(`${step.as}: not true: ${source}`);
		}
	},
	until: (world, _step, source, conn) => conn.until(() => {
		try {
			return evaluate(source, scopeOf(world, conn)) === true;
		} catch {
			return false; /* not yet there */
		}
	}, source),
	async says(world, step, frame, conn) {
		const ref = ++world.ref;
		conn.send({...frame, ref});
		const got = await conn.answer(ref);
		if ((got.t === 'ack' ? 'ack' : got.code) !== (step.answer ?? 'ack')) {
			throw new Error(`${step.as}: ${JSON.stringify(got)} to ${JSON.stringify(frame)}`);
		}
		for (const [name, source] of Object.entries(step.save ?? {})) {
			world.saved[name] = evaluate(source, {...scopeOf(world, conn), f: got});
		}
	},
	/* Again and again, until it is too much. */
	async fill(world, step, {times, ...frame}, conn) {
		for (let i = 0; i < times; i++) {
			const ref = ++world.ref;
			conn.send({...frame, ref});
			const got = await conn.answer(ref);
			if (got.t === 'no') {
				if (got.code !== step.answer) {
					throw new Error(`${step.as}: ${JSON.stringify(got)} to the ${i + 1}th`);
				}
				return;
			}
		}
		throw new Error(`${step.as}: ${times} times, and it was not too much`);
	},
	async over(world, _step, _on, conn) {
		const ref = ++world.ref;
		conn.send({t: 'close', ref, end: 1});
		await conn.answer(ref);
	},
	close: (_world, _step, code, conn) => conn.expectClose(code),
	leave: (_world, _step, _on, conn) => conn.end(),
	async logout(world, step, status) {
		const {sid, cookie} = await sessionOf(world, step.as);
		const {origin} = world.server;
		const answer = await request(origin, {method: 'POST', path: `/s/${sid}/logout`,
			headers: {cookie, origin, 'content-type': 'application/json', 'content-length': 0}});
		if (answer.status !== status) {
			throw new Error(`logout: ${answer.status}, not ${status}`);
		}
	},
	async kill(world, _step, how) {
		const {port, stderr} = world.server;

		await world.server.kill9();
		if (how.now) {
			world.server = Object.assign(serverOf(world, Date.parse(how.now)), {port, stderr});
		}
		await world.server.start();
	},
	async pin(world, _step, changes) {
		const dir = fs.mkdtempSync(path.join(world.dir, 'schema-'));

		await world.server.kill9();
		await mustCli(world.bin, ['schema', 'pin', '--db', world.db, '--all', '--schema',
			schemaWith(dir, changes), '--now', timeText(world.server.clock().low)]);
		await world.server.start();
	},
	same(world, _step, [a, b]) {
		if (world.kept.get(a) === undefined || world.kept.get(a) !== world.kept.get(b)) {
			throw new Error(`${a} and ${b} differ: ${world.kept.get(a)} ${world.kept.get(b)}`);
		}
	},
};

const BARE = ['check', 'until', 'save', 'same', 'as', 'keep'];

async function runStep(world, step) {
	const known = new Set([...Object.keys(DO), 'as', 'keep', 'save', 'answer', 'refused', 'about']);
	const strange = Object.keys(step).find((k) => !known.has(k));

	if (strange) {
		throw new Error(`a step cannot ${strange}`);
	}
	for (const name of Object.keys(DO).filter((k) => k in step)) {
		const conn = world.conns.get(step.as);
		const value = BARE.includes(name) ? step[name] : fill(step[name], scopeOf(world, conn));
		await DO[name](world, step, value, conn);
	}
}

async function runCase(world, one) {
	Object.assign(world, {conns: new Map(), all: new Set(), kept: new Map(), saved: {},
		sessions: new Map(), ref: 1000});
	try {
		for (const [i, step] of one.steps.entries()) {
			await runStep(world, step).catch((error) => {
				throw new Error(`step ${i + 1}: ${error.message}`);
			});
			if (world.server.sanitizer.length > 0) {
				throw new Error(`step ${i + 1}: server: ${world.server.sanitizer[0]}`);
			}
		}
		return null;
	} catch (error) {
		return error;
	} finally {
		world.all.forEach((conn) => conn.end());
	}
}

/* ---- files --------------------------------------------------------------------------------------------- */

const serverOf = ({bin, db, dir}, now) => new Server({bin, db, dir, now, speed: 1});

async function worldOf(bin, file) {
	const dir = tempDir('proto');
	const day = Date.parse(file.now ?? '2026-11-12T14:00:00+09:00');
	const base = path.join(ROOT, 'tests/cases', `${file.case ?? 'case-1'}.json`);
	const caseFile = path.join(dir, 'case.json');

	const content = {...JSON.parse(fs.readFileSync(base, 'utf8')), ...file.patch ?? {}};

	fs.writeFileSync(caseFile, JSON.stringify(content));
	const {db, links} = await makeDatabase({bin, dir, now: day, caseFile, more: file.import});
	const world = {bin, dir, db, links: new Map(links.map((l) => [l.seat, l])),
		titles: content.conference.agenda.map((item) => item.title)};

	world.server = serverOf(world, day);
	await world.server.start();
	return world;
}

/* -> [{name, error}], one each case and one for the end of the server */
async function runFile(bin, name, wanted) {
	const file = JSON.parse(fs.readFileSync(path.join(HERE, 'cases', name), 'utf8'));
	const cases = file.cases.filter((one) => wanted.length === 0 ||
		wanted.some((w) => name.includes(w) || one.name.includes(w)));
	const about = (what) => `${name.replace('.json', '')}: ${what}`;
	const results = [];

	if (cases.length === 0) {
		return results;
	}
	const world = await worldOf(bin, file);
	for (const one of cases) {
		results.push({name: about(one.name), error: await runCase(world, one)});
	}
	const how = await world.server.stop();
	const bad = [...world.server.sanitizer, ...(how.code === 0 ? [] : [`it ended with ${how.code ??
		how.signal}`])];
	results.push({name: about('the server stops cleanly'), error: bad.length === 0 ? null
		: new Error(`${bad.join('\n')}\n${world.server.stderr.slice(-2000)}`)});
	removeDir(world.dir);
	return results;
}

/* The files run beside each other, one a processor; what came of them is told in their order. */
async function runAll(bin, wanted, tell) {
	const names = fs.readdirSync(path.join(HERE, 'cases')).sort();
	const results = [];
	let next = 0;
	let told = 0;
	const lane = async () => {
		while (next < names.length) {
			const at = next++;
			results[at] = await runFile(bin, names[at], wanted)
				.catch((error) => [{name: names[at], error}]);
			for (; results[told]; told++) {
				results[told].forEach(tell);
			}
		}
	};

	await Promise.all(Array.from({length: LANES}, lane));
}

async function main(argv) {
	const at = argv.indexOf('--bin');
	const bin = at >= 0 ? argv.splice(at, 2)[1] : defaultBin();
	let count = 0;
	let failed = 0;

	process.stdout.write('TAP version 13\n');
	await runAll(bin, argv, ({name, error}) => {
		count++;
		failed += error ? 1 : 0;
		process.stdout.write(`${error ? 'not ok' : 'ok'} ${count} - ${name}\n` +
			(error ? `  ---\n  ${error.message.replaceAll('\n', '\n  ')}\n  ...\n` : ''));
	});
	process.stdout.write(`1..${count}\n# ${count - failed} of ${count} protocol cases passed\n`);
	return count === 0 || failed > 0 ? 1 : 0;
}

main(process.argv.slice(2)).then((code) => process.exit(code), (error) => {
	process.stdout.write(`Bail out! ${error.message}\n`);
	process.exit(1);
});
