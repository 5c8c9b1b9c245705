/* Plays a plan on the stage: what each step of the script makes the parties do. */
import {correctedItem, correctorOf, narrowestWith, signingItem} from './cast.mjs';
import {employerOf} from './canary.mjs';
import {columnOfKey, placesOf, rowOfKey} from './form.mjs';
import {Hall} from './hall.mjs';
import {clockOf, sealTime, seatRole, timeOf} from './times.mjs';

const OVERLAP = 1.5; /* typing takes longer than the time to the next step, so that steps overlap */
const MAIN = {'min.actions': 'what'}; /* of the others it is "text" */

const circled = (n) => (n <= 20 ? String.fromCodePoint(0x2460 + n - 1) : `(${n})`);

export class Player {
	edits = 0;
	count = {corrections: 0, signatures: 0};
	times = new Map();    /* seq -> {from, to}: when the step was played, on the server's clock */
	items = [];           /* {no, from, to} while an item was open */
	utterances = new Map(); /* seq -> row id */
	decisions = new Map();  /* number -> row id */
	rights = [];          /* {planned, done}: acts that change rights */
	#late = [];           /* what was said while no item was open */

	constructor(stage, plant = '') {
		this.stage = stage;
		Object.assign(this, {file: stage.file, form: stage.form, plan: stage.plan});
		this.cast = this.plan.cast;
		this.hall = new Hall(stage, plant);
	}

	async run() {
		const {steps} = this.plan;
		const killStep = Math.floor(steps.length * (0.35 + 0.3 * this.stage.random()));

		await this.hall.gather();
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
		for (const step of this.#late) {
			await this.#utter(step);
		}
		await this.#nextDate();
		await this.stage.allIdle();
		await this.hall.pause(false);
		this.#closeItem();
		await this.hall.end();
		await this.#afterwards();
	}

	/* Who comes and goes by the attendance list alone, between two steps. */
	async #listedMoves(after, until) {
		const due = [...this.cast.going].flatMap(([id, {moves}]) => moves.map((m) => ({...m, id})))
			.filter((m) => m.at > after && m.at <= until).sort((a, b) => a.at - b.at);

		for (const move of due) {
			await (move.in ? this.hall.enter(move.id) : this.hall.exit(move.id));
		}
	}

	/* ---- one step ---------------------------------------------------------------------------------- */

	async #step(step, gapMs) {
		const {stage} = this;
		const spanMs = (gapMs / stage.server.speed) * OVERLAP;
		const has = (...types) => step.events.some((e) => types.includes(e.type));

		await this.hall.pause(this.hall.paused && has('break'));
		const from = stage.server.clock().low;
		await this.#change(step.first);
		for (const id of new Set([step.speaker, ...step.edits.map((e) => e.by)].filter(Boolean))) {
			await this.#fetch(id);
		}
		if (has('pause_card', 'break')) {
			await this.hall.pause(true);
		}
		if (step.itemNo === null) {
			this.#late.push(step);
		} else {
			await this.#utter(step);
		}
		for (const edit of step.edits) {
			await this.#edit(step, edit, spanMs);
		}
		for (const act of step.withdrawals) {
			await this.#withdraw(step, act);
		}
		this.times.set(step.seq, {from, to: stage.server.clock().high});
		for (const entry of step.closing) {
			await this.#close(entry);
		}
		await this.#change(step.last);
	}

	/* Somebody who acts is there, whatever the attendance list says; the absent person is not. */
	async #fetch(id) {
		const party = this.file.parties.find((p) => p.id === id);

		if (party && !this.cast.going.get(id).never) {
			await this.hall.enter(id);
		}
	}

	/* Rows of the old item are all kept by then. */
	async #change(change) {
		const old = this.hall.open;

		await this.hall.change(change);
		const {open} = this.hall;
		if (open !== old) {
			this.#closeItem();
		}
		if (open && open !== old) {
			this.items.push({no: open.no, from: this.stage.server.clock().high, row: open.row});
		}
	}

	#closeItem() {
		if (this.items.length > 0) {
			this.items.at(-1).to ??= this.stage.server.clock().low;
		}
	}

	/* ---- minutes ------------------------------------------------------------------------------------- */

	/*
	 * Where a row of the minutes goes: item `no`, or without one the narrowest that the person and the
	 * writers share. -> {to, audience} or null
	 */
	#placeOf(no, writers) {
		const {open, opened} = this.hall;
		const item = opened.get(no ?? narrowestWith(this.file, writers)?.item_no);

		if (!item || writers.some((id) => !item.audience.has(id))) {
			return null;
		}
		return {to: item === open ? {} : {to: item.row}, audience: item.audience};
	}

	#recorder(no) {
		const id = this.cast.recorder?.id;

		return id && this.stage.client(id) && this.#placeOf(no, [id]) ? id : null;
	}

	/* What is said; events without effect on rights are rows of their own kind. */
	async #utter(step) {
		const {stage} = this;
		const id = this.#recorder(step.itemNo);
		const at = clockOf(stage.server.clock().low);
		const kinds = this.form.enums.utterance_kind;

		if (!id) {
			stage.notes.push(`step ${step.seq}: no recorder in the room, so nothing is recorded`);
			return;
		}
		const {to, audience} = this.#placeOf(step.itemNo, [id]);
		const speaker = (who) => this.#named('speaker', who, audience);
		if (step.text) {
			const key = await stage.row(id, 'min.utterances',
				{text: step.text, kind: 'utterance', at, ...speaker(step.speaker)}, to, audience);
			if (key) {
				this.utterances.set(step.seq, key.split('/')[1]);
				stage.finals.set(`${key}/text`, step.text);
			}
		}
		for (const event of step.events.filter((e) => e.type in kinds)) {
			await stage.row(id, 'min.utterances',
				{text: event.note ?? '', kind: event.type, at, ...speaker(event.party ?? event.from)}, to, audience);
		}
	}

	/* A decision by the title of its item and its place there: there are no numbers over them all. */
	#decisionWords(no) {
		const all = this.file.minutes?.decisions ?? [];
		const said = all.find((d) => d.no === no);
		const item = said && this.plan.item(said.item_no);
		const place = all.filter((d) => d.item_no === said?.item_no).indexOf(said) + 1;

		return item ? `「${item.title}」で決まったことの${circled(place)}` : null;
	}

	/*
	 * A seat in a cell: only where every reader knows it, by their role or from a segment they shared;
	 * the server refuses the others.
	 */
	#named(column, id, readers) {
		const {stage} = this;
		const wire = stage.wires.get(id);
		const knows = (who) => {
			const party = this.file.parties.find((p) => p.id === who);
			const mark = stage.policy.matrix.get('party.display_label')?.get(seatRole(party));
			return who === id || ['r', 'w', 'rw*'].includes(mark) ||
				[...this.hall.opened.values()].some((o) => o.audience.has(who) && o.audience.has(id));
		};

		if (!wire || ![...readers].every(knows)) {
			return {};
		}
		return {[column]: wire};
	}

	#entryCells(table, entry, main, readers) {
		const about = table === 'min.dissent' ? this.#decisionWords(entry?.decision_no) : null;

		return {[MAIN[table] ?? 'text']: main, ...this.#named('who', entry?.who, readers),
			...(entry?.due ? {due: entry.due} : {}), ...(about ? {about} : {})};
	}

	/* Who writes an entry, and in whose name: a dissent by its party, the rest by the recorder. */
	async #writerOf(table, entry, no) {
		const party = table === 'min.dissent' ? entry.party : null;
		const id = party ? this.#hand(party, () => true) : this.#recorder(no);

		if (!id || !this.stage.client(id)) {
			return null;
		}
		const act = party && id !== party ? this.stage.actFor(id, false, party)
			: table === 'min.person_words' ? this.#scribe(id) : {};
		return act && {id, act, place: this.#placeOf(no, [id, ...(party ? [party] : [])])};
	}

	/* An entry of the minutes that no step of the script writes. */
	async #close({table, entry, item}) {
		const {stage} = this;
		const main = typeof entry === 'string' ? entry : entry.what ?? entry.text;
		const writer = await this.#writerOf(table, entry, item);

		if (!writer?.place) {
			stage.notes.push(`${table} "${main.slice(0, 20)}": whoever writes it is not in the room`);
			return;
		}
		const key = await stage.row(writer.id, table, this.#entryCells(table, entry, main, writer.place.audience),
			{...writer.act, ...writer.place.to}, writer.place.audience);
		if (key) {
			stage.finals.set(`${key}/${MAIN[table] ?? 'text'}`, main);
			this.#noteDecision(table, entry, key);
		}
	}

	#noteDecision(table, entry, key) {
		if (table === 'min.decisions' && entry) {
			this.decisions.set(entry.no, key.split('/')[1]);
		}
	}

	/* ---- after the meeting ------------------------------------------------------------------------------ */

	/* Corrections and signatures, in the order the file dates them; what has no date comes last. */
	async #afterwards() {
		const {corrections = [], signatures = []} = this.file.minutes ?? {};
		/* Where the minutes are signed in earnest, what comes after they are sealed is no row of theirs. */
		const sealed = this.stage.signs ? sealTime(this.file) ?? 0 : Infinity;
		const acts = [...corrections.filter((c) => timeOf(c.at) < sealed).map((c) => ({at: c.at, run: () => this.#correct(c)})),
			...(this.stage.signs ? [] : signatures).map((s) => ({at: s.at ?? '9999', run: () => this.#sign(s)}))];

		for (const act of acts.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))) {
			await act.run();
		}
		await this.stage.allIdle();
	}

	async #correct(c) {
		const item = this.hall.opened.get(correctedItem(this.file, c)?.item_no);
		const texts = {before: c.before ?? '', after: c.after ?? '', reason: c.reason ?? ''};

		if (await this.#lateRow(correctorOf(this.file, c), 'min.corrections', texts, {}, item, `correction ${c.no}`)) {
			this.count.corrections++;
		}
	}

	/* Who has no screen signs by the hand of somebody with a duty who was there. */
	async #sign(s) {
		const item = this.hall.opened.get(signingItem(this.file, s.party)?.item_no);
		const silent = this.plan.silent.has(s.party);
		const id = silent ? [this.cast.recorder?.id, this.cast.chair?.id].find((who) =>
			this.stage.client(who) && item?.audience.has(who)) : s.party;
		const act = silent && id ? this.stage.actFor(id, false, s.party) : {};
		const cells = {status: s.status, at: s.at ?? '', note: s.note ?? ''};

		if (id && act && await this.#lateRow(id, 'min.signatures', cells, act, item, `signature of ${s.party}`)) {
			this.count.signatures++;
		} else if (!id || !act) {
			this.stage.notes.push(`signature of ${s.party}: nobody who was there can write it`);
		}
	}

	/* A row of an item that is long closed. */
	async #lateRow(id, table, cells, act, item, what) {
		const {stage} = this;

		if (!item?.audience.has(id)) {
			stage.notes.push(`${what}: ${id} was in no item it could stand in`);
			return null;
		}
		await stage.join(id);
		const key = stage.client(id) && await stage.row(id, table, cells, {...act, to: item.row}, item.audience);
		for (const [column, value] of Object.entries(key ? cells : {})) {
			stage.finals.set(`${key}/${column}`, value);
		}
		if (!key) {
			stage.fail(`${what}: not kept`);
		}
		return key;
	}

	async #nextDate() {
		const {recorder, chair} = this.cast;
		const id = [recorder?.id, chair?.id].find((who) => who &&
			this.stage.client(who)?.cells.get('min.next_date')?.level === 'w');

		if (this.plan.nextDate && id && this.plan.steps.length > 0) {
			await this.stage.set(id, 'min.next_date', this.plan.nextDate, {});
		} else if (this.plan.nextDate) {
			this.stage.fail('nobody is there to write the next date');
		}
	}

	/* ---- edits ----------------------------------------------------------------------------------------- */

	#scribe(id) {
		return this.stage.actFor(id, id === this.cast.self?.id) ?? {};
	}

	/*
	 * Who sits at the keyboard: the writer, or for whoever has no device or is the absent person somebody
	 * with a duty who can read it.
	 */
	#hand(by, reads) {
		const {self, recorder, chair} = this.cast;
		const silent = this.plan.silent.has(by) || by === self?.id || by === undefined;

		if (this.stage.client(by)) {
			return by;
		}
		return silent ? [recorder?.id, chair?.id].find((id) => id && this.stage.client(id) && reads(id)) ?? null
			: null;
	}

	/* What no scribe can read is written by nobody else: its party gets a device after all. */
	async #sitDown(by) {
		if (!this.plan.silent.delete(by)) {
			return null;
		}
		this.stage.notes.push(`${by}: sits down at a screen, since no scribe reads what it writes`);
		await this.stage.join(by);
		return this.stage.client(by) ? by : null;
	}

	/* May this one's screen show what the edit is about? A new row has nobody to read it yet. */
	#reads(step, edit, table) {
		return (id) => (edit.op === 'append' && table) || edit.field === 'plan.status' ||
			this.stage.client(id).cells.has(this.#keyOf(id, step, edit));
	}
	#keyOf(id, step, edit) {
		return this.stage.keyOfEdit(id, edit, employerOf(this.file, edit, step.itemNo));
	}

	async #edit(step, edit, spanMs) {
		const name = `step ${step.seq}, ${edit.field}`;
		const before = this.stage.failures.length;
		const {table, cols} = placesOf(this.form, edit.field, edit.op);
		const reads = this.#reads(step, edit, table);
		const id = cols.length === 0 ? null : this.#hand(edit.by, reads) ?? await this.#sitDown(edit.by);

		if (!id) {
			this.stage.fail(`${name}: ${cols.length === 0 ? 'no such field' : `${edit.by} is not there`}`);
		} else if (edit.op === 'append' && table) {
			await this.#append(name, id, {step, edit}, table, cols[0], spanMs);
		} else if (edit.field === 'plan.status') {
			await this.#status(name, id, edit);
		} else {
			await this.#replace(name, id, step, edit, spanMs);
		}
		this.edits += this.stage.failures.length === before ? 1 : 0;
	}

	async #append(name, id, {step, edit}, table, col, spanMs) {
		const {stage} = this;
		const info = this.form.tables.get(table);
		const theirs = this.#isForAnother(edit.by, id);
		const act = info.rowOwner === 'self' ? stage.actFor(id, id === this.cast.self?.id)
			: stage.actFor(id, !theirs, edit.by);
		const place = info.inSegment
			? this.#placeOf(step.itemNo, [id, ...(act?.for && theirs ? [edit.by] : [])]) : {to: {}, audience: null};
		const value = this.#value(col, edit.after);

		if (!act || !place) {
			stage.fail(`${name}: ${id} may not write it${act ? ' there' : ' for anybody'}`);
			return;
		}
		/* A text is begun empty and typed; anything else is given at once. */
		const readers = place.audience ?? [];
		const cells = col.type === 'text'
			? {...this.#entryCells(table, edit.entry, '', readers), [col.name]: ''} : {[col.name]: value};
		const known = Object.fromEntries(Object.entries(cells)
			.filter(([c]) => this.form.columns.has(`${table}.${c}`)));
		const row = await stage.row(id, table, known, {...act, ...place.to}, place.audience);
		if (!row) {
			return;
		}
		this.#noteDecision(table, edit.entry, row);
		if (col.type === 'text') {
			stage.type({id, key: `${row}/${col.name}`, goal: edit.after, act, spanMs});
		} else {
			stage.finals.set(`${row}/${col.name}`, value);
		}
	}

	/* The writer is not the one at the keyboard: the absent person, or somebody without a device. */
	#isForAnother(by, id) {
		return by !== id && (by === this.cast.self?.id || this.plan.silent.has(by));
	}
	async #replace(name, id, step, edit, spanMs) {
		const {stage} = this;
		const key = this.#keyOf(id, step, edit);
		const col = key && this.form.columns.get(columnOfKey(key));
		const cell = key && stage.client(id).cells.get(key);

		if (!cell || !col) {
			stage.fail(`${name}: ${id} does not see it`);
			return;
		}
		const theirs = this.#isForAnother(edit.by, id);
		const act = theirs ? stage.actFor(id, false, edit.by) : stage.actFor(id, cell.level === 'w');
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
			const act = (present || !self ? null : stage.actFor(hand, false)) ?? {};
			if (hand && stage.client(hand)) {
				await stage.ask(hand, `${name}: assent`, (room) => room.assent(act));
			}
		}
		const theirs = this.#isForAnother(edit.by, id);
		const act = theirs ? stage.actFor(id, false, edit.by)
			: stage.client(id).cells.get('plan.status')?.level === 'w' ? {} : null;
		if (!act) {
			stage.fail(`${name}: ${id} may not set it`);
			return;
		}
		await this.#setRegister(name, id, 'plan.status', this.form.columns.get('plan.status'), edit, act);
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
		const id = this.#hand(by, (hand) => this.#consentRows(hand, act.consent).length > 0);
		const name = `step ${step.seq}, withdrawal of ${act.consent}`;
		const rows = id ? this.#consentRows(id, act.consent) : [];

		if (rows.length === 0) {
			stage.fail(`${name}: ${id ? 'no such consent on the screen of' : 'not there:'} ${id ?? by}`);
			return;
		}
		const planned = stage.start + step.at * 1000;
		for (const row of rows) {
			const how = id === by ? {} : stage.actFor(id, false, by) ?? {};
			const done = await stage.ask(id, name, (room) => room.withdraw(row.split('/')[1], act.words, how));
			if (done) {
				stage.finals.set(`${row}/withdrawal`, act.words);
				this.edits++;
			}
		}
		this.rights.push({planned, done: stage.server.clock().high});
	}
}
