/*
 * The same told to the sketch and to server/minutes (drive.c): what is sealed, and what happens after. Seats and
 * rows have numbers there, so chance is asked for by these; all else is as the sketch names it.
 */
import {execFileSync} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import {b64} from '../prim.mjs';
import {drawn} from '../play.mjs';
import {Log} from '../seal.mjs';
import {SLOT_NAMES} from '../shape.mjs';

export const DRIVE = path.join('build', process.env.MODE ?? 'dev', 'tests/vectors/minutes/drive/drive');
const NONE = 255;
const NO_INDEX = 0xffff;
const hex = (n) => BigInt(n).toString(16).padStart(16, '0');

/* ---- numbers, and chance by them ---- */

export class Numbers {
	constructor(file) {
		this.seats = new Map(file.parties.map((p, i) => [p.id, i]));
		this.rows = new Map();
	}

	seat(key) {
		return this.seats.get(key) ?? NONE;
	}

	set(keys) {
		return hex(keys.reduce((all, k) => all | 1n << BigInt(this.seat(k)), 0n));
	}

	row(name) {
		this.rows.has(name) || this.rows.set(name, this.rows.size + 1);
		return this.rows.get(name);
	}

	/* A place as the log of the server names it. */
	place(seed, text) {
		const [, row] = /^id row (.+)$/.exec(text) ?? [];
		const [, time, cell] = /^id amend (\d+) (.+)$/.exec(text) ?? [];

		return row ? `id row ${hex(this.row(row))}` : cell ? `id amend ${time} ${this.#name(seed, cell)}`
			: text.replace(/\bp-[a-z0-9]+\b/g, (key) => (this.seats.has(key) ? `p-${this.seat(key)}` : key));
	}

	#name(seed, cell) {
		const id = (place) => drawn(seed, this.place(seed, place), 8).toString('hex');
		const [kind, what, of, column] = cell.split('/');

		return kind === 'row' ? `row/${what}/${id(`id row ${what}/${of}`)}/${column}`
			: `field/${what}${of ? `/${id(`id party ${of}`)}` : ''}`;
	}
}

/* viewer: whose holders draw first, as in sameChance. */
export const chance = (seed, numbers, viewer = null) => ({
	bytes: (place, n) => drawn(seed, numbers.place(seed, place), n),
	slots(holders) {
		const known = (h) => h.split(',').includes(viewer);
		const free = [...SLOT_NAMES];
		return new Map([...holders.filter(known), ...holders.filter((h) => !known(h))].map((h) => [h,
			free.splice(drawn(seed, numbers.place(seed, `slot ${h}`), 4).readUInt32BE() % free.length, 1)[0]]));
	},
});

/* As sealedFrom, by numbers. */
export const hiding = (seed, numbers, viewer) => (kind, seat, label, hash, place, seats) => {
	const me = seats.get(viewer);
	const open = kind === 'box' ? me.reads.includes(label) : seat === viewer
		? kind === 'view' || [...me.shared, me.own].includes(label) : me.shared.includes(label);

	return open ? hash : drawn(seed, numbers.place(seed, `hidden ${kind} ${seat} ${label} ${place}`), 32);
};

/* ---- what the sketch was told ---- */

const heard = new WeakMap();
let deep = 0;

/* Every call of the log from outside, and what is in it. */
function listen(name, note) {
	const own = Log.prototype[name];

	Log.prototype[name] = function (...args) {
		const op = deep === 0 || name === 'eraseLeaves' ? note(this, ...args) : null;
		if (op) {
			heard.set(this, [...heard.get(this) ?? [], op]);
		}
		deep++;
		try {
			return own.apply(this, args);
		} finally {
			deep--;
		}
	};
}

const shown = (say) => say && {...say};

listen('until', (log, time) => ({op: 'until', time}));
listen('amend', (log, time, name, value, why) => ({op: 'amend', time, value, why, leaf: b64(log.cellOf(name).found.at(-1).leaf.hash)}));
listen('erase', () => null);
listen('eraseLeaves', (log, time, copies, basis, by) => ({op: 'erase', time, basis, by, copies: deep === 1, leaves: copies.map((c) => b64(c.leaf.hash))}));
listen('tell', (log, time, label, name, value) => {
	const [, id] = /^key\/([0-9a-f]{16})$/.exec(name) ?? [];
	const seat = [...log.seats.values()].find((s) => s.id === id);

	/* Of a key the log finds all its slots itself. */
	return seat && label === seat.own ? {op: 'key', time, seat: seat.key, spki: value.spki} : null;
});
listen('sign', (log, key, o) => {
	const seat = log.seats.get(key);
	const op = {op: 'sign', seat: key, time: o.time, size: o.size ?? 2, method: o.method, slots: o.places ?? [...seat.shared, seat.own],
		say: shown(o.say), says: Object.fromEntries(Object.entries(o.says ?? {}).map(([l, s]) => [l, shown(s)])),
		...(o.scan && {scan: b64(o.scan)})};

	if (o.passkey) {
		const {sign} = o.passkey;
		o.passkey.sign = (...args) => {
			const got = sign(...args);
			op.evidence = {spki: b64(o.passkey.spki), ...got};
			return got;
		};
	}
	return op;
});

/* ---- told to the other ---- */

function valueOf(numbers, value) {
	const row = (v) => /^row:(.+)$/.exec(v)?.[1];

	if (Array.isArray(value) && row(value[0])) {
		return {kind: 3, ref: hex(numbers.row(row(value[0]))), nth: value[1]};
	}
	if (typeof value === 'string' && /^@[ps]-/.test(value)) {
		return {kind: 1, seat: numbers.seat(value.slice(1))};
	}
	return typeof value === 'string' && row(value) ? {kind: 2, ref: hex(numbers.row(row(value)))} : {kind: 0, json: value};
}

function cellOf(numbers, input, c) {
	const [kind, what, of, column] = c.name.split('/');
	const index = (i) => (i < 0 ? NO_INDEX : i);

	return {row: hex(0), ref: hex(0), nth: 0, seat: NONE, named: NONE,
		...(kind === 'row' ? {table: what, row: hex(numbers.row(`${what}/${of}`)), column} : {table: '', column: what, named: numbers.seat(of)}),
		...valueOf(numbers, c.value), cls: index(input.classes.findIndex((l) => l.label === c.cls)),
		audience: index(input.groups.findIndex((g) => g.join() === c.group?.join())), readers: numbers.set(c.readers)};
}

const inputOf = (numbers, input) => ({
	seats: input.seats.map((s) => ({seat: numbers.seat(s.key), role: s.role, name: s.name, label: s.label,
		knows: numbers.set(input.keys.filter((k) => input.knows(s.key, k)))})),
	classes: input.classes.map((c) => ({label: c.label, readers: numbers.set(c.readers)})),
	audiences: input.groups.map((g) => numbers.set(g)),
	cells: input.cells.map((c) => cellOf(numbers, input, c)),
	notice: input.file.fictional ? input.file.notice : '',
});

function opOf(numbers, log, op) {
	const seatOf = (id) => numbers.seat([...log.seats.values()].find((s) => s.id === id)?.key);
	/* Where a helper is left out the log must see itself that not all there know them. */
	const all = [op.say, ...Object.values(op.says ?? {})].filter((s) => s);
	const helper = (word) => seatOf(all.find((s) => s[word])?.[word]);
	const say = (s) => s && {...s, by: s.hand ? helper('by') : NONE, witness: s.hand ? helper('witness') : NONE};

	return {...op, ...(op.seat !== undefined && {seat: numbers.seat(op.seat)}), ...(op.by && {by: op.by.map((k) => numbers.seat(k))}),
		...(op.op === 'sign' && {say: say(op.say ?? Object.values(op.says)[0]), says: Object.fromEntries(Object.entries(op.says).filter(([l]) => op.slots.includes(l)).map(([l, s]) => [l, say(s)]))})};
}

/* o: seed (null: true chance), reload, hide (the viewer's key), ops (others than were heard) */
export function scriptOf(log, numbers, o = {}) {
	const me = log.seats.get(o.hide ?? o.first);

	return {seed: o.seed ?? null, reload: o.reload ?? false, first: me ? numbers.set([me.key]) : hex(0), labels: log.labels,
		...(o.hide && {hide: {viewer: numbers.seat(o.hide), reads: me.reads, shared: me.shared, own: me.own}}),
		params: {origin: log.origin, parent: log.parent ?? '', rp: log.rp ?? '', sealed: log.at, deadline: log.deadline},
		input: inputOf(numbers, log.input), ops: o.ops ?? (heard.get(log) ?? []).map((op) => opOf(numbers, log, op))};
}

export function drive(script) {
	if (!fs.existsSync(DRIVE)) {
		throw new Error(`${DRIVE} is not built`);
	}
	return JSON.parse(execFileSync(DRIVE, {input: JSON.stringify(script), maxBuffer: 1 << 28, stdio: ['pipe', 'pipe', 'pipe']}));
}
