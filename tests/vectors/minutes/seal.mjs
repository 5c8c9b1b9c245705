/*
 * Sealing: from an Input (who reads what) to the entries of a log, and the acts after it in rounds.
 * The bytes are those of schema/minutes.md. Where chance comes in it is asked of `rng`, by the place it is
 * for, so that a test can give two worlds the same chance; `hide` sees the hash of every box and may put
 * another in its place, for the same test. Neither is for anything else.
 */
import crypto from 'node:crypto';
import {Growing, b64, b64u, checkpointText, disclose, edPublic, edSign, leafHash, pairOf, rootOf, sha, split,
	typedKey} from './prim.mjs';
import {SLOTS, SLOT_NAMES, roundTime} from './shape.mjs';

/* ---- chance ---------------------------------------------------------------------------------------- */

/* The operating system's. A random injection of the holders into the slots. */
export const trueChance = {
	bytes: (place, n) => crypto.randomBytes(n),
	slots(holders) {
		const free = [...SLOT_NAMES];
		return new Map(holders.map((h) => [h, free.splice(crypto.randomInt(free.length), 1)[0]]));
	},
};

/* ---- trees over named places, shown in part -------------------------------------------------------- */

/*
 * A node that holds nothing shown is its hash; a shown place is its contents; else left, then right.
 * places: [{hash, shown: null or what stands for it}]
 */
export function prune(places) {
	if (places.every((at) => at.shown === null)) {
		return [b64(rootOf(places.map((at) => at.hash)))];
	}
	if (places.length === 1) {
		return [places[0].shown];
	}
	const k = split(places.length);
	return [...prune(places.slice(0, k)), ...prune(places.slice(k))];
}

/* An audience as a holder of a slot: one of a single seat is not that seat. */
const holderOf = (members) => (members.length === 1 ? `${members[0]},` : members.join());

/* ---- a log ------------------------------------------------------------------------------------------ */

export class Log {
	/*
	 * o: origin, at, deadline (Unix seconds), seeds {log, attest}, rng, hide(kind, seat or null, label, hash),
	 * parent (the head of a log this one goes on from: an older copy of the database was restored), salted (false
	 * only to show what salts are for)
	 */
	constructor(input, o) {
		Object.assign(this, {input, ...o, rng: o.rng ?? trueChance, hide: o.hide ?? ((k, s, l, hash) => hash)});
		this.labels = ['common', ...input.classes.map((c) => c.label), ...SLOT_NAMES];
		this.entries = [];
		this.tree = new Growing();
		this.roots = [this.tree.root()];
		this.pending = [];
		this.ids = new Map();
		this.answers = []; /* for the search in tests */
		this.#roster();
		this.#genesis();
		this.#minutes();
	}

	/* 64 random bits, the same for one thing in one log, and in no other. */
	#id(place) {
		if (!this.ids.has(place)) {
			this.ids.set(place, this.rng.bytes(`id ${place}`, 8).toString('hex'));
		}
		return this.ids.get(place);
	}

	#roster() {
		const {seats, groups} = this.input;
		const holders = [...seats.map((s) => s.key), ...groups.map(holderOf)];
		if (holders.length > SLOTS) {
			throw new Error('more seats and segments than slots: the chair is told');
		}
		const slots = this.rng.slots(holders);

		this.seats = new Map(seats.map((s) => {
			const own = slots.get(s.key);
			const shared = groups.filter((g) => g.includes(s.key)).map((g) => slots.get(holderOf(g)));
			const reads = this.labels.filter((l) => l === 'common' || l === own || shared.includes(l) ||
				this.input.classes.some((c) => c.label === l && c.readers.includes(s.key)));
			return [s.key, {...s, id: this.#id(`party ${s.key}`), own, shared, reads}];
		}));
		this.groups = groups.map((members) => ({members, slot: slots.get(holderOf(members))}));
	}

	/* The labels that carry a cell to these readers, each reader once and nobody else. */
	place(readers, cls = null, group = null) {
		const left = new Set(readers);
		const found = [];
		const take = (label, members) => {
			if (members.length > 0 && members.every((m) => left.has(m))) {
				found.push(label);
				members.forEach((m) => left.delete(m));
			}
		};

		if (cls) {
			this.input.classes.filter((c) => c.label === cls).forEach((c) => take(c.label, c.readers));
		}
		if (group) {
			this.groups.filter((g) => g.members.join() === group.join()).forEach((g) => take(g.slot, g.members));
		}
		return [...found, ...[...left].map((key) => this.seats.get(key).own)];
	}

	/* Names and ids of the case file become those of the log. */
	#ref(text) {
		const [, table, row] = /^row:([^/]+)\/(.+)$/.exec(text) ?? [];

		return table ? this.#id(`row ${table}/${row}`)
			: /^@p-|^@s-/.test(text) ? `@${this.seats.get(text.slice(1))?.id ?? ''}` : text;
	}

	#name(name) {
		const [kind, what, row, ...rest] = name.split('/');

		return kind === 'field' ? ['field', what, ...(row ? [this.seats.get(row).id] : [])].join('/')
			: [kind, what, this.#id(`row ${what}/${row}`), ...rest].join('/');
	}

	/* ---- boxes ---- */

	#leaf(index, label, name, value, nth = '') {
		const salt = this.salted === false ? '' : b64u(this.rng.bytes(`salt ${index} ${label}/${name}${nth}`, 32));
		const d = disclose(salt, `${label}/${name}`, value);

		return {name: `${label}/${name}`, value, d, hash: leafHash(d)};
	}

	#box(index, label, facts) {
		const order = (f) => (this.salted === false ? f.name : this.rng.bytes(`order ${index} ${label}/${f.name}`, 16).toString('hex'));
		const leaves = facts.map((f) => ({f, by: order(f)})).sort((a, b) => (a.by < b.by ? -1 : 1))
			.map(({f}) => f.leaf ?? this.#leaf(index, label, f.name, f.value));
		const size = Math.max(2, 2 ** Math.ceil(Math.log2(leaves.length + 1)));
		const all = [this.#leaf(index, label, '~', leaves.length), ...leaves];

		while (leaves.length > 0 && all.length < size) {
			all.push(this.#leaf(index, label, '~pad', 0, all.length));
		}
		const hashes = all.map((l) => l.hash);
		const root = rootOf(leaves.length === 0 ? [hashes[0], hashes[0]] : hashes);
		return {leaves: all, count: leaves.length, root: this.hide('box', null, label, root, index, this.seats)};
	}

	/* facts: label -> [{name, value}] */
	#append(kind, time, lines, labels, facts) {
		const index = this.entries.length;
		const boxes = new Map(labels.map((l) => [l, this.#box(index, l, facts.get(l) ?? [])]));
		const roots = [...boxes.values()].map((b) => b.root);
		const header = ['rokusha/entry/v1', `index ${index}`, `kind ${kind}`, `time ${time}`, ...lines,
			...(kind === 'minutes' ? labels.map((l, i) => `box ${l} ${b64(roots[i])}`) : [`box ${b64(rootOf(roots))}`])];

		this.entries.push({header, boxes, kind, time});
		this.tree.add(leafHash(`${header.join('\n')}\n`));
		this.roots.push(this.tree.root());
	}

	/* ---- the first two entries ---- */

	#genesis() {
		const lines = [`log ${this.origin}`, `parent ${this.parent ?? '-'}`, ...this.labels.map((l) => `label ${l}`), `rp ${this.rp ?? '-'}`,
			`attest ${b64(typedKey(edPublic(this.seeds.attest)))}`];

		this.#append('genesis', this.at, lines, SLOT_NAMES, new Map());
	}

	#minutes() {
		const facts = new Map(this.labels.map((l) => [l, []]));
		const add = (label, name, value) => facts.get(label).push({name, value});

		if (this.input.file.fictional) {
			add('common', 'notice', this.input.file.notice);
		}
		for (const s of this.seats.values()) {
			add(s.own, 'manifest', {party: s.id, role: s.role, slot: s.own, labels: s.reads});
			add(s.own, 'name', s.name);
		}
		for (const g of this.groups) {
			for (const key of g.members) {
				const knowing = g.members.filter((k) => this.input.knows(k, key));
				for (const label of this.place(knowing, null, g.members)) {
					const {id, label: called} = this.seats.get(key);
					if (!facts.get(label).some((f) => f.name === `member/${id}`)) {
						add(label, `member/${id}`, true);
						add(label, `name/${id}`, called);
					}
				}
			}
		}
		for (const cell of this.input.cells) {
			for (const label of this.place(cell.readers, cell.cls, cell.group)) {
				add(label, this.#name(cell.name), this.#value(cell.value));
			}
		}
		this.#append('minutes', this.at, [`deadline ${this.deadline}`], this.labels, facts);
	}

	#value(value) {
		return typeof value === 'string' ? this.#ref(value) : Array.isArray(value) ? value.map((v) => (typeof v === 'string' ? this.#ref(v) : v)) : value;
	}

	/* ---- acts ---- */

	/* Of everything a seat reads: a tree of one disclosure a place. */
	#answers(kind, seat, time, places, valueOf, size) {
		return places.map((label, i) => {
			const salt = this.salted === false ? '' : b64u(this.rng.bytes(`salt ${kind} ${seat.key} ${time} ${size} ${label}`, 32));
			const value = valueOf(label);
			const d = disclose(salt, `${kind}/${i}`, value);
			/* Of yes and no the salt and a sign are enough to write the disclosure. */
			const told = typeof value === 'boolean' ? salt + (value ? '+' : '-') : d;
			this.answers.push({kind, seat: seat.key, label, d, told});
			return {label, told, hash: this.hide(kind, seat.key, label, pairOf(d), `${time} ${size}`, this.seats)};
		});
	}

	/* A note is a leaf of its own, so that it can be erased; what is signed is its hash. */
	#noted(seat, when, label, say) {
		if (!say?.note) {
			return say;
		}
		/* Its hash is signed once, so it cannot stand in several readers' own slots. */
		if (this.#knowing(label, seat.key).join() !== label) {
			const {note, ...rest} = say;
			return rest;
		}
		const leaf = this.#leaf(when, label, `note/${this.#id(`note ${seat.key} ${when} ${label}`)}`, say.note);

		this.pending.push({time: Number(when.split(' ')[0]), label, name: leaf.name.slice(label.length + 1), leaf});
		return {...say, note: b64(leaf.hash)};
	}

	/*
	 * A party signs. o: method, time, says (label -> {decision, ...} where it differs from `say`), say, places
	 * (the slots it is told in; default all the signer reads), size (of the head signed), scan, passkey
	 */
	sign(key, o) {
		const seat = this.seats.get(key);
		const slots = [...seat.shared, seat.own];
		const places = o.places ?? slots;
		const size = o.size ?? 2;
		const view = this.#answers('view', seat, o.time, this.labels, (l) => seat.reads.includes(l), size);
		const say = this.#answers('say', seat, o.time, SLOT_NAMES,
			(l) => (places.includes(l) ? this.#noted(seat, `${o.time} ${size}`, l, o.says?.[l] ?? o.say) : null), size);
		const statement = ['rokusha/sign/v1', this.origin, size, b64(this.roots[size]), `party ${seat.id}`,
			`method ${o.method}`, `key ${o.passkey ? b64(sha(o.passkey.spki)) : '-'}`,
			`scan ${o.scan ? b64(o.scan) : '-'}`, `view ${b64(rootOf(view.map((v) => v.hash)))}`,
			`say ${b64(rootOf(say.map((v) => v.hash)))}`,
			`nonce ${b64(this.rng.bytes(`nonce ${key} ${o.time} ${size}`, 16))}`, `time ${o.time}`].join('\n') + '\n';
		const id = sha(statement).subarray(0, 8).toString('hex');
		const seen = (list, labels) => prune(list.map((v) => ({hash: v.hash, shown: labels.includes(v.label) ? v.told : null})));

		/* One touch of a passkey, however many places it is told in. */
		const evidence = this.#evidence(statement, o.passkey);

		for (const label of places) {
			const own = label === seat.own;
			const value = {statement, ...evidence, view: seen(view, own ? this.labels : [label]),
				say: seen(say, own ? slots : [label])};
			for (const to of this.#knowing(label, key)) {
				this.tell(o.time, to, to === label ? `act/${id}` : `act/${id}/${label}`, value);
			}
		}
		return sha(statement);
	}

	#evidence(statement, passkey) {
		return passkey ? passkey.sign(statement, this.rp) : {sig: b64(edSign(this.seeds.attest, statement))};
	}

	/* A slot's members who know the seat: all of them is the slot itself. */
	#knowing(label, key) {
		const group = this.groups.find((g) => g.slot === label);

		return group ? this.place(group.members.filter((k) => this.input.knows(k, key)), null, group.members) : [label];
	}

	tell(time, label, name, value) {
		this.pending.push({time, label, name, value});
	}

	cellOf(name) {
		const cell = this.input.cells.find((c) => c.name === name);
		const labels = this.place(cell.readers, cell.cls, cell.group);

		return {cell, labels, found: labels.map((label) => ({label,
			leaf: this.entries[1].boxes.get(label).leaves.find((l) => l.name === `${label}/${this.#name(name)}`)}))};
	}

	/* Where what is new about a sealed cell is told: a slot as before, a class by the slots of its readers. */
	#toldIn(cell) {
		return this.place(cell.readers, null, cell.group);
	}

	/* A correction after sealing -> {readers, places}: who is asked again, and where they are told of it. */
	amend(time, name, value, why) {
		const {cell, found} = this.cellOf(name);
		const places = this.#toldIn(cell);

		for (const label of places) {
			const old = found.find((f) => f.label === label) ?? found[0];
			this.tell(time, label, `amend/${this.#id(`amend ${time} ${name}`)}`,
				{entry: 1, leaf: b64(old.leaf.hash), name: this.#name(name), value: this.#value(value), why});
		}
		return {readers: cell.readers, places};
	}

	/* Of a cell and its corrections, every leaf that holds it: [{label, leaf, to: where it is told}] */
	copiesOf(name) {
		const {cell, found} = this.cellOf(name);
		const later = this.entries.slice(2).flatMap((e) => [...e.boxes].flatMap(([label, box]) => box.leaves
			.filter((l) => l.name.startsWith(`${label}/amend/`) && l.value?.name === this.#name(name))
			.map((leaf) => ({label, leaf}))));

		return [...found, ...later].map((f) => ({...f, to: SLOT_NAMES.includes(f.label) ? [f.label] : this.#toldIn(cell)}));
	}

	/* Salt and text go; the hash stays. Told to who read it, with the statements of those who approved. */
	erase(time, name, basis, by) {
		this.eraseLeaves(time, this.copiesOf(name), basis, by);
	}

	eraseLeaves(time, copies, basis, by) {
		for (const {label, leaf, to} of copies) {
			const hash = b64(leaf.hash);
			leaf.d = null;
			leaf.value = null;
			const approvals = by.map((key) => {
				const statement = ['rokusha/erase/v1', this.origin, `leaf ${hash}`, `basis ${basis}`, `party ${this.seats.get(key).id}`,
					'method attested', 'key -', `nonce ${b64(this.rng.bytes(`nonce erase ${key} ${hash}`, 16))}`, `time ${time}`].join('\n') + '\n';
				return {statement, ...this.#evidence(statement)};
			});
			to.forEach((place) => this.tell(time, place, `erase/${this.#id(`erase ${time} ${label} ${hash}`)}`, {leaf: hash, approvals}));
		}
	}

	/* Every round that is due by then, also those with nothing in them. */
	until(time) {
		for (let k = this.entries.length - 1; roundTime(this.at, k) <= time; k++) {
			const nominal = roundTime(this.at, k);
			const facts = new Map();
			for (const a of this.pending.filter((p) => p.time <= nominal)) {
				facts.set(a.label, [...facts.get(a.label) ?? [], a]);
			}
			this.pending = this.pending.filter((p) => p.time > nominal);
			this.#append('round', nominal, [], SLOT_NAMES, facts);
		}
		return this;
	}

	/* The server's signature over a head. */
	sigAt(size) {
		return edSign(this.seeds.log, checkpointText(this.origin, size, this.roots[size]));
	}

	get publicKey() {
		return b64(typedKey(edPublic(this.seeds.log)));
	}
}
