/* Plays a plan on the stage: what each step of the script makes the parties do. */
import {audienceOf} from './cast.mjs';
import {employerOf} from './canary.mjs';
import {columnOfKey, placesOf, rowOfKey} from './form.mjs';
import {clockOf, seatRole} from './times.mjs';

const OVERLAP = 1.5; /* typing takes longer than the time to the next step, so that steps overlap */

export class Player {
	edits = 0;
	times = new Map();    /* seq -> {from, to}: when the step was played, on the server's clock */
	items = [];           /* {no, from, to} while an item was open */
	utterances = new Map(); /* seq -> row id */
	decisions = new Map();  /* number -> row id */
	rights = [];          /* {planned, done}: acts that change rights */
	#open = null;

	constructor(stage) {
		this.stage = stage;
		Object.assign(this, {file: stage.file, form: stage.form, plan: stage.plan});
		this.cast = this.plan.cast;
	}

	async run() {
		const {steps} = this.plan;
		const killStep = Math.floor(steps.length * (0.35 + 0.3 * this.stage.random()));

		await Promise.all(this.file.parties.filter((p) => this.cast.going.get(p.id).present)
			.map((p) => this.stage.join(p.id)));
		for (const [i, step] of steps.entries()) {
			await this.#listedMoves(i === 0 ? -Infinity : steps[i - 1].at, step.at);
			await this.stage.due(step.at);
			if (i === killStep) {
				this.stage.armKill(1 + Math.floor(this.stage.random() * 8));
			}
			await this.#step(step, ((steps[i + 1]?.at ?? step.at + 60) - step.at) * 1000);
		}
		await this.stage.allIdle();
		if (this.stage.kills === 0) {
			await this.stage.kill();
		}
		await this.#nextDate();
		await this.stage.allIdle();
		this.#closeItem();
	}

	/* Who comes and goes by the attendance list alone, between two steps. */
	async #listedMoves(after, until) {
		const due = [...this.cast.going].flatMap(([id, {moves}]) => moves.map((m) => ({...m, id})))
			.filter((m) => m.at > after && m.at <= until).sort((a, b) => a.at - b.at);

		for (const move of due) {
			await (move.in ? this.stage.join(move.id) : this.stage.leave(move.id));
		}
	}

	/* ---- one step ---------------------------------------------------------------------------------- */

	async #step(step, gapMs) {
		const spanMs = (gapMs / this.stage.server.speed) * OVERLAP;
		const from = this.stage.server.clock().low;

		await this.#moves(step.first.moves);
		await this.#openItem(step.first.open);
		for (const id of new Set([step.speaker, ...step.edits.map((e) => e.by)].filter(Boolean))) {
			await this.#fetch(id);
		}
		await this.#utter(step);
		for (const edit of step.edits) {
			await this.#edit(step, edit, spanMs);
		}
		for (const act of step.withdrawals) {
			await this.#withdraw(step, act);
		}
		this.times.set(step.seq, {from, to: this.stage.server.clock().high});
		for (const entry of step.closing) {
			await this.#close(entry);
		}
		await this.#moves(step.last.moves);
		await this.#openItem(step.last.open);
	}

	/* Somebody who acts is there, whatever the attendance list says; the absent person is not. */
	async #fetch(id) {
		const party = this.file.parties.find((p) => p.id === id);

		if (party && !this.stage.client(id) && !this.cast.going.get(id).never) {
			await this.stage.join(id);
		}
	}

	async #moves(moves) {
		for (const move of moves) {
			await (move.type === 'join' ? this.stage.join(move.party) : this.stage.leave(move.party));
		}
	}

	#closeItem() {
		if (this.items.length > 0) {
			this.items.at(-1).to ??= this.stage.server.clock().low;
		}
	}

	/* The chair's client opens the item; rows of the old one are all kept by then. */
	async #openItem(no) {
		const item = no === null ? null : this.plan.item(no);
		const {chair} = this.cast;

		if (no === null) {
			return;
		}
		if (!item || !chair || !this.stage.client(chair.id)) {
			this.stage.fail(`item ${no}: ${item ? 'nobody is there to open it' : 'not in the agenda'}`);
			return;
		}
		const titles = this.stage.keysOf(chair.id, (k) => columnOfKey(k) === 'conf.agenda_items.title');
		const named = titles.filter((k) => this.stage.textOf(chair.id, k) === item.title);
		const key = named.length === 1 ? named[0] : titles[this.file.conference.agenda.indexOf(item)];
		if (!key) {
			this.stage.fail(`item ${no}: the chair does not see it`);
			return;
		}
		const row = rowOfKey(key).split('/')[1];
		this.#closeItem();
		if (await this.stage.ask(chair.id, `open item ${no}`, (room) => room.open(row))) {
			this.#open = {no, audience: audienceOf(this.file, item), row};
			this.items.push({no, from: this.stage.server.clock().high, row});
		}
	}

	/* ---- minutes ------------------------------------------------------------------------------------- */

	get #recorder() {
		const id = this.cast.recorder?.id;

		return id && this.stage.client(id) && this.#open?.audience.has(id) ? id : null;
	}

	/* What is said; events without effect on rights are rows of their own kind. */
	async #utter(step) {
		const {stage} = this;
		const id = this.#recorder;
		const at = clockOf(stage.server.clock().low);
		const kinds = this.form.enums.utterance_kind;
		const speaker = (who) => (stage.wires.has(who) ? {speaker: stage.wires.get(who)} : {});

		if (!id) {
			stage.notes.push(`step ${step.seq}: no recorder in the room, so nothing is recorded`);
			return;
		}
		if (step.text) {
			const key = await stage.row(id, 'min.utterances',
				{text: step.text, kind: 'utterance', at, ...speaker(step.speaker)}, {}, this.#open.audience);
			if (key) {
				this.utterances.set(step.seq, key.split('/')[1]);
				stage.finals.set(`${key}/text`, step.text);
			}
		}
		for (const event of step.events.filter((e) => e.type in kinds)) {
			await stage.row(id, 'min.utterances',
				{text: event.note ?? '', kind: event.type, at, ...speaker(event.party ?? event.from)}, {},
				this.#open.audience);
		}
	}

	#entryCells(table, entry, main) {
		const who = entry?.who ? this.stage.wires.get(entry.who) : null;

		return table === 'min.actions'
			? {what: main, ...(who ? {who} : {}), ...(entry?.due ? {due: entry.due} : {})}
			: {text: main};
	}

	/* An entry of the minutes that no step of the script writes. */
	async #close({table, entry}) {
		const {stage} = this;
		const main = typeof entry === 'string' ? entry : entry.what ?? entry.text;
		const id = table === 'min.dissent' ? entry.party : this.#recorder;

		if (!id || !stage.client(id) || !this.#open?.audience.has(id)) {
			stage.notes.push(`${table} "${main.slice(0, 20)}": whoever writes it is not in the room`);
			return;
		}
		const act = table === 'min.person_words' ? this.#scribe(id) : {};
		const key = await stage.row(id, table, this.#entryCells(table, entry, main), act,
			this.#open.audience);
		if (key) {
			stage.finals.set(`${key}/${table === 'min.actions' ? 'what' : 'text'}`, main);
			if (table === 'min.decisions') {
				this.decisions.set(entry.no, key.split('/')[1]);
			}
		}
	}

	async #nextDate() {
		const {recorder, chair} = this.cast;
		const id = [recorder?.id, chair?.id].find((who) => who &&
			this.stage.client(who)?.cells.get('min.next_date')?.level === 'w');

		if (this.plan.nextDate && id && this.plan.steps.length > 0) {
			await this.stage.set(id, 'min.next_date', this.plan.nextDate, {});
		}
	}

	/* ---- edits ----------------------------------------------------------------------------------------- */

	#scribe(id) {
		return this.stage.actFor(id, id === this.cast.self?.id) ?? {};
	}

	/* Who sits at the keyboard: the writer, or for the absent person whoever records or leads. */
	#hand(by) {
		const {self, recorder, chair} = this.cast;

		if (this.stage.client(by)) {
			return by;
		}
		return by === self?.id || by === undefined
			? [recorder?.id, chair?.id].find((id) => id && this.stage.client(id)) ?? null : null;
	}

	async #edit(step, edit, spanMs) {
		const id = this.#hand(edit.by);
		const name = `step ${step.seq}, ${edit.field}`;
		const before = this.stage.failures.length;
		const {table, cols} = placesOf(this.form, edit.field, edit.op);

		if (!id) {
			this.stage.fail(`${name}: ${edit.by} is not there`);
		} else if (cols.length === 0) {
			this.stage.fail(`${name}: no such field`);
		} else if (edit.op === 'append' && table) {
			await this.#append(name, id, edit, table, cols[0], spanMs);
		} else if (edit.field === 'plan.status') {
			await this.#status(name, id, edit);
		} else {
			await this.#replace(name, id, step, edit, spanMs);
		}
		this.edits += this.stage.failures.length === before ? 1 : 0;
	}

	async #append(name, id, edit, table, col, spanMs) {
		const {stage} = this;
		const info = this.form.tables.get(table);
		const act = info.rowOwner === 'self' || this.#isAbsentSelf(edit.by, id)
			? stage.actFor(id, id === this.cast.self?.id) : {};
		const audience = info.inSegment ? this.#open?.audience : null;
		const value = this.#value(col, edit.after);

		if (!act) {
			stage.fail(`${name}: ${id} may not write it for the person`);
			return;
		}
		/* A text is begun empty and typed; anything else is given at once. */
		const cells = col.type === 'text' ? {...this.#entryCells(table, edit.entry, ''), [col.name]: ''}
			: {[col.name]: value};
		const known = Object.fromEntries(Object.entries(cells)
			.filter(([c]) => this.form.columns.has(`${table}.${c}`)));
		const row = await stage.row(id, table, known, act, audience);
		if (row && col.type === 'text') {
			stage.type({id, key: `${row}/${col.name}`, goal: edit.after, act, spanMs});
		} else if (row) {
			stage.finals.set(`${row}/${col.name}`, value);
		}
	}

	#isAbsentSelf(by, id) {
		return by !== id && by === this.cast.self?.id;
	}

	async #replace(name, id, step, edit, spanMs) {
		const {stage} = this;
		const key = stage.keyOfEdit(id, edit, employerOf(this.file, edit, step.itemNo));
		const col = key && this.form.columns.get(columnOfKey(key));
		const cell = key && stage.client(id).cells.get(key);

		if (!cell || !col) {
			stage.fail(`${name}: ${id} does not see it`);
			return;
		}
		const act = stage.actFor(id, cell.level === 'w' && !this.#isAbsentSelf(edit.by, id));
		if (!act) {
			stage.fail(`${name}: ${id} may not write ${key}`);
			return;
		}
		if (col.type === 'text') {
			const goal = edit.op === 'append' && !edit.after.startsWith(edit.before ?? '\0')
				? [stage.finals.get(key) ?? stage.textOf(id, key), edit.after].filter(Boolean).join('\n')
				: edit.after ?? '';
			stage.type({id, key, goal, act, spanMs,
				before: edit.op === 'append' ? undefined : edit.before ?? undefined});
			return;
		}
		await this.#setRegister(name, id, key, col, edit, act);
	}

	async #setRegister(name, id, key, col, edit, act) {
		const {stage} = this;
		const now = stage.client(id).cells.get(key).value;
		const before = this.#value(col, edit.before);

		if (edit.op !== 'append' && edit.before !== undefined && !this.#alike(now, before)) {
			stage.fail(`${name}: ${key} holds ${JSON.stringify(now)}, not ${JSON.stringify(before)}`);
		}
		const value = edit.op === 'append' && Array.isArray(now)
			? [...now, ...[this.#value(col, [edit.after])].flat()] : this.#value(col, edit.after);
		await stage.set(id, key, value, act);
	}

	#alike(a, b) {
		const flat = (v) => (v === null || v === '' || v === undefined ? 'none'
			: JSON.stringify(Array.isArray(v) ? [...v].sort() : v));
		return flat(a) === flat(b);
	}

	/* A value of the file as the wire has it: seats are "@" and their id. */
	#value(col, raw) {
		const seats = (name) => {
			const ids = this.stage.wires.has(name) ? [name]
				: this.file.parties.filter((p) => p.role === name || seatRole(p) === name).map((p) => p.id);
			return ids.map((id) => this.stage.wires.get(id)).filter(Boolean);
		};
		const list = Array.isArray(raw) ? raw : raw === null || raw === undefined ? [] : [raw];

		switch (col.type) {
		case 'seat':
			return seats(list[0])[0] ?? null;
		case 'seats':
			return [...new Set(list.flatMap((name) => (seats(name).length > 0 ? seats(name) : [name])))];
		case 'list':
			return list;
		case 'int':
			return raw === null || raw === undefined || raw === '' ? null : Number(raw);
		case 'line':
			return raw ?? '';
		default:
			return raw ?? null;
		}
	}

	/* ---- the plan's status, and withdrawals ---------------------------------------------------------- */

	/* Adoption needs the person's assent to the plan as it stands: nothing may be under way. */
	async #status(name, id, edit) {
		const {stage} = this;
		const {self, chair} = this.cast;

		if (edit.after === 'adopted') {
			await stage.allIdle();
			const present = self && stage.client(self.id);
			const hand = present ? self.id : chair?.id;
			const act = present || !self ? {} : {for: stage.wires.get(self.id)?.slice(1), method: 'oral'};
			if (hand && stage.client(hand)) {
				await stage.ask(hand, `${name}: assent`, (room) => room.assent(act));
			}
		}
		if (stage.client(id).cells.get('plan.status')?.level !== 'w') {
			stage.fail(`${name}: ${id} may not set it`);
			return;
		}
		await this.#setRegister(name, id, 'plan.status', this.form.columns.get('plan.status'), edit, {});
	}

	/* The rows of one consent: one for each seat it was given to. */
	#consentRows(id, consentId) {
		const {stage} = this;
		const consent = (this.file.consents ?? []).find((c) => c.id === consentId);
		const tokens = stage.canaries.filter((c) => c.where === consentId && c.table === 'consent');
		const rows = new Set(tokens.flatMap((c) => stage.keysOfToken(id, c.token)).map(rowOfKey));

		if (rows.size === 0 && consent) {
			/* Nothing in it could carry a token: by whom it is for, what it opens, and its day. */
			for (const key of stage.keysOf(id, (k) => columnOfKey(k) === 'consent.scope')) {
				const row = rowOfKey(key);
				const scope = stage.textOf(id, key) ?? [];
				const to = this.file.parties.filter((p) => (consent.party ? p.id === consent.party
					: p.role === consent.role)).map((p) => stage.wires.get(p.id));
				if (consent.fields.every((f) => scope.includes(f)) && scope.length === consent.fields.length &&
					to.includes(stage.textOf(id, `${row}/to`)) &&
					(stage.textOf(id, `${row}/given_on`) ?? null) === (consent.given_on ?? null)) {
					rows.add(row);
				}
			}
		}
		return [...rows].filter((row) => row.startsWith('consent/'));
	}

	async #withdraw(step, act) {
		const {stage} = this;
		const {self} = this.cast;
		const by = act.by ?? step.events.find((e) => e.type === 'consent_withdrawn')?.party ?? self?.id;
		const id = this.#hand(by);
		const name = `step ${step.seq}, withdrawal of ${act.consent}`;
		const rows = id ? this.#consentRows(id, act.consent) : [];

		if (rows.length === 0) {
			stage.fail(`${name}: ${id ? 'no such consent on the screen of' : 'not there:'} ${id ?? by}`);
			return;
		}
		const planned = stage.start + step.at * 1000;
		for (const row of rows) {
			const how = id === by ? {} : stage.actFor(id, false) ?? {};
			const done = await stage.ask(id, name, (room) => room.withdraw(row.split('/')[1], act.words, how));
			if (done) {
				stage.finals.set(`${row}/withdrawal`, act.words);
				this.edits++;
			}
		}
		this.rights.push({planned, done: stage.server.clock().high});
	}
}
