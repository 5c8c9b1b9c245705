/*
 * The scanner of every way out. The shared rigs call it, so that no test can forget it:
 * watchServer() reads all that a server says on its streams, Outlet all that one connection is sent,
 * nothingIn() what anybody may fetch or an administrator is told. Each text of the case files is a
 * marker of the class of its cell; who may never read it is in the matrix. A finding fails the whole
 * test file, whatever its tests say: see fault().
 */
import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {MARK, plantCanaries} from '../demo/canary.mjs';
import {loadForm} from '../demo/form.mjs';
import {streamOf, tokensIn} from '../demo/leaks.mjs';
import {loadPolicy, shippedPolicy} from './oracle.mjs';

const CASES = path.join(path.dirname(fileURLToPath(import.meta.url)), '../cases');
const TEXT_MIN = 8; /* shorter ones turn up by chance */

/* ---- what is found ---------------------------------------------------------------------------- */

const faults = [];

export function fault(what) {
	if (faults.length === 0) {
		process.once('exit', () => {
			process.exitCode = faults.length > 0 ? 1 : process.exitCode;
		});
	}
	if (!faults.includes(what)) {
		faults.push(what);
		console.error(`leak: ${what}`);
	}
}

/* For the test of this file: what was found, and then it was not. */
export function takeFaults() {
	process.exitCode = undefined;
	return faults.splice(0);
}

/* ---- markers ---------------------------------------------------------------------------------- */

/* Expectations and scripts say again what stands elsewhere. */
const AGAIN = ['visibility_expectations', 'canaries', 'forbidden_strings', 'script'];

function* stringsOf(value, key = '') {
	if (typeof value === 'string') {
		yield value;
	} else if (value && typeof value === 'object' && !AGAIN.includes(key)) {
		for (const [name, inner] of Object.entries(value)) {
			yield* stringsOf(inner, name);
		}
	}
}

/* -> [{text, cls: [ids], where}] of one file */
function markersOf(file, form) {
	const {file: planted, canaries} = plantCanaries(file, form, Math.random);
	const plain = new Map();

	for (const text of stringsOf(planted)) {
		const found = new RegExp(`^([^]*)〔(${MARK}[a-z]+)〕$`).exec(text);
		if (found) {
			plain.set(found[2], found[1]);
		}
	}
	return canaries.filter((c) => (plain.get(c.token) ?? '').length >= TEXT_MIN).map((c) => ({
		text: plain.get(c.token), where: c.where,
		cls: [c.cls, ...c.also.map((id) => form.columns.get(id).cls)],
	}));
}

let markers;

/* Of all case files, those whose text stands in one place only. */
export function allMarkers() {
	if (!markers) {
		const form = loadForm(path.join(CASES, '../../schema'));
		const files = fs.readdirSync(CASES).filter((name) => /^case-\d+\.json$/.test(name))
			.map((name) => JSON.parse(fs.readFileSync(path.join(CASES, name), 'utf8')));
		const everything = files.flatMap((file) => [...stringsOf(file)]);

		markers = files.flatMap((file) => markersOf(file, form))
			.filter(({text}) => everything.filter((s) => s.includes(text)).length === 1);
	}
	return markers;
}

/* ---- who may never read ------------------------------------------------------------------------ */

/* A test may change the policy: what one of those in use lets a role read is not forbidden. */
const policies = [];
const forbidden = new Map(); /* role -> markers */

export function addPolicy(dir) {
	try {
		policies.push(loadPolicy(dir));
	} catch { /* a broken one, which nothing is served by */ }
	forbidden.clear();
}

export function forbiddenTo(role) {
	if (!forbidden.has(role)) {
		const inUse = [shippedPolicy(), ...policies];
		forbidden.set(role, allMarkers().filter(({cls}) =>
			cls.every((id) => inUse.every((p) => p.matrix.get(id)?.get(role) === 'n'))));
	}
	return forbidden.get(role);
}

/* Also as JSON escapes would have it. */
const plainText = (data) => String(data).replace(/\\u([0-9a-fA-F]{4})/g,
	(_, hex) => String.fromCharCode(parseInt(hex, 16)));

/* What one connection is sent. Its own first frame says whose it is. */
export class Outlet {
	role = null;

	take(data) {
		const text = plainText(data);

		/* A board has no role, and its eyes change: the player's search and the twins watch it. */
		this.role = /^\{"t":"(?:snap|me)".*?"me":\{.*?"role":"([a-z]*)"/s.exec(text)?.[1] ?? this.role;
		/* In a case looked at from the office somebody may have another role. */
		for (const m of this.role && !text.startsWith('{"t":"case"') ? forbiddenTo(this.role) : []) {
			if (text.includes(m.text)) {
				fault(`${this.role} was sent ${m.cls[0]} (${m.where})`);
			}
		}
	}
}

/* An answer to somebody of that role, who reads some of it; leaves of signed minutes are read, too. */
export function toldTo(role, data, what) {
	const text = plainText(data);
	const leaves = [...text.matchAll(/[\w-]{44,}/g)].map(([d]) => Buffer.from(d, 'base64url').toString('utf8'));

	for (const m of forbiddenTo(role)) {
		if (text.includes(m.text) || leaves.some((l) => l.includes(m.text))) {
			fault(`${what} says ${m.cls[0]} (${m.where}) to ${role}`);
		}
	}
}

/* For everybody: not one text of a case, not one token. */
export function nothingIn(data, what) {
	const text = plainText(data);

	for (const m of allMarkers()) {
		if (text.includes(m.text)) {
			fault(`${what} says ${m.cls[0]} (${m.where})`);
		}
	}
	if (tokensIn(streamOf([Buffer.from(text)])).size > 0) {
		fault(`${what} holds a token of the player`);
	}
}

/* ---- the log ----------------------------------------------------------------------------------- */

/*
 * Figures, and words of the program: never anything a person wrote, no id that a client knows, no
 * secret. So a line is refused for its form, whoever's words it may hold.
 */
const LINES = [
	/^level=(info|warn|error) event=[a-z_]+( [a-z_]+=(-?\d+|[a-z_]+|"[ -~]*"))*$/,
	/^level=error event=lws at=[!-~]+( more=hidden)?$/,
	/^store: event=[a-z_]+ code=\d+ (reason="[ -~]*"|series=\d+)$/,
	/^listening on https?:\/\/[!-~]+$/,
	/^rokusha serve: [^\n]+$/, /* it did not start, and says why */
];
const SANITIZER = /Sanitizer|runtime error:|^ *#\d+ 0x|^$/; /* others fail for that */

export function checkLog(text) {
	for (const line of text.split('\n')) {
		if (!LINES.some((form) => form.test(line)) && !SANITIZER.test(line) && !text.includes('Sanitizer')) {
			fault(`the log has a line of no known form: ${line.slice(0, 200)}`);
		}
	}
	nothingIn(text, 'the log');
}

/* From the start of a server on; its streams are pipes where it has any. */
export function watchServer(child) {
	let said = '';

	for (const stream of [child.stdout, child.stderr]) {
		stream?.on('data', (data) => {
			said += data;
		});
	}
	child.once('close', () => checkLog(said));
	return child;
}

/* Commands that never print what stands in a case, in whatever words they fail. */
const SILENT = ['init', 'check', 'user', 'backup', 'restore'];

export function checkCommand(args, out, err) {
	if (SILENT.includes(args[0])) {
		nothingIn(out + err, `rokusha ${args[0]}`);
	}
}
