/*
 * The door of the meeting: who comes in, waits, leaves, and what the chair opens. Every rule of it is
 * tried where it must hold: the gate while somebody is still in who may not hear what follows, the
 * waiting room, the board on the wall. What was played is kept, to be compared with the record.
 */
import {compareBoard} from './board.mjs';
import {columnOfKey, rowOfKey} from './form.mjs';
import {seatRole} from './times.mjs';

const BY_CHAIR = 0.3; /* how often the chair sees somebody off who could do it alone */
const STAYS = 0.6;    /* how often a page stays open after its party has left */

export class Hall {
	inside = new Map();   /* party -> "room" or "line" */
	waiting = new Set();
	left = new Set();     /* has been in and went, at least once */
	open = null;          /* {no, row, audience} */
	opened = new Map();   /* item number -> the same, of its latest segment */
	attendance = [];      /* {party, in: {low, high}, out: {low, high} or null} as played */
	turns = [];           /* who may know who is there: {from, to, state} */
	boardTurns = [];      /* whose eyes the board has */
	latest = new Set();   /* audience of the latest segment; it stays while no item is open */
	count = {refused: 0, waited: 0, letIn: 0, board: 0, phases: 0};
	begun = false;
	over = false;
	paused = false;
	#sentOut = new Set(); /* had to leave though the script does not say so */
	#tried = new Set();   /* whom the chair tried to let in too early */
	#stayed = 0;

	constructor(stage, plant = '') {
		this.stage = stage;
		this.plant = plant;
		Object.assign(this, {file: stage.file, plan: stage.plan, chair: stage.plan.cast.chair?.id ?? null});
		this.expected = new Set(this.file.parties.filter((p) => this.plan.cast.going.get(p.id).present)
			.map((p) => p.id));
	}

	seat(id) {
		return this.stage.wires.get(id).slice(1);
	}
	hasDevice(id) {
		return !this.plan.silent.has(id);
	}
	#party(id) {
		return this.file.parties.find((p) => p.id === id) ?? null;
	}
	/* How a page's own seat is marked: "room", "line", "wait", "out", or undefined. */
	#markOf(id) {
		const room = this.stage.client(id);

		return room?.seats.get(this.seat(id))?.at;
	}
	#isMarkedIn(id) {
		return ['room', 'line'].includes(this.#markOf(id));
	}
	get #chairRoom() {
		return this.chair ? this.stage.client(this.chair) : null;
	}

	/* ---- marks in what came to everybody --------------------------------------------------------- */

	get #now() {
		return {begun: this.begun, over: this.over, audience: this.latest,
			inside: new Set(this.inside.keys())};
	}

	async #marks(parties) {
		await Promise.all(parties.map((p) => p.fence()
			.catch((error) => this.stage.fail(error.message))));
		return new Map([...this.stage.parties.values(), this.stage.board].map((p) => [p.id, p.frames.length]));
	}

	/* What comes between the marks belongs to the time before or after, what comes later to after. */
	async #between(lists, parties, run) {
		const from = await this.#marks(parties());

		await run();
		const turn = {from, to: await this.#marks(parties()), state: this.#now};
		lists.forEach((list) => list.push(turn));
	}
	#turn(run) {
		return this.#between([this.turns, this.boardTurns], () => this.#screens, run);
	}
	#boardTurn(run) {
		return this.#between([this.boardTurns], () => (this.stage.board.room ? [this.stage.board] : []), run);
	}
	get #screens() {
		return [...this.stage.connected, ...(this.stage.board.room ? [this.stage.board] : [])];
	}

	/* An act and when, by the server's clock; null when it was refused. */
	async #timed(id, what, run) {
		const {low} = this.stage.server.clock();

		return await this.stage.ask(id, what, run) ? {low, high: this.stage.server.clock().high} : null;
	}

	/* ---- coming in ----------------------------------------------------------------------------------- */

	/* Pages are opened; one party comes before there is a meeting. */
	async gather() {
		const {stage} = this;
		const early = [...this.expected].filter((id) => id !== this.chair && this.hasDevice(id));

		await Promise.all([...this.expected].filter((id) => this.hasDevice(id)).map((id) => stage.join(id)));
		if (this.chair && stage.client(this.chair)) {
			await stage.board.join();
			this.#noteAgenda();
			await this.checkBoard('before the meeting');
		}
		if (early.length > 0) {
			await this.enter(early[Math.floor(stage.random() * early.length)]);
		}
	}

	/* Who may know of an item: its seats, and roles that read the whole agenda. */
	#noteAgenda() {
		const mark = (p) => this.stage.policy.matrix.get('conf.agenda_items')?.get(seatRole(p));

		for (const item of this.file.conference.agenda ?? []) {
			const seats = this.plan.audience(item.item_no);
			this.stage.rows.set(`conf.agenda_items/${this.rowOf(item.item_no)}`, new Set(this.file.parties
				.filter((p) => seats.has(p.id) || ['r', 'w', 'rw*'].includes(mark(p))).map((p) => p.id)));
		}
	}

	/* Whoever comes connects and asks; the chair lets in who has to wait, and marks who has no device. */
	async enter(id) {
		if (this.inside.has(id) || this.waiting.has(id)) {
			return;
		}
		if (!this.hasDevice(id)) {
			this.waiting.add(id);
		} else {
			await this.stage.join(id);
			if (this.stage.client(id)) {
				await this.#ask(id);
			}
		}
		await this.#letIn();
	}

	async #ask(id) {
		const party = this.stage.party(id);
		const mustWait = this.left.has(id) || Boolean(this.#party(id).remote) ||
			(this.begun && !this.latest.has(id));
		let came = null;

		await this.#boardTurn(async () => {
			came = await this.#timed(id, 'coming in', (room) => room.attend('in'));
			if (came) {
				await party.until(() => this.#isMarkedIn(id) || this.#markOf(id) === 'wait', 'an answer at the door')
					.catch((error) => this.stage.fail(error.message));
			}
			if (came && this.#isMarkedIn(id)) {
				this.#isIn(id, came);
			}
		});
		if (!came) {
			return;
		}
		if (!this.inside.has(id)) {
			this.waiting.add(id);
			this.count.waited++;
		}
		if (this.waiting.has(id) !== mustWait) {
			this.stage.fail(`${id}: ${mustWait ? 'came in without waiting' : 'has to wait for nothing'}`);
		}
	}

	#isIn(id, span) {
		this.waiting.delete(id);
		this.#sentOut.delete(id);
		this.inside.set(id, this.#party(id).remote ? 'line' : 'room');
		this.attendance.push({party: id, in: span, out: null});
	}

	/* The chair opens the door to everybody who waits and may hear what is spoken about. */
	async #letIn() {
		if (!this.#chairRoom || !this.open) {
			return;
		}
		for (const id of [...this.waiting]) {
			if (this.open.audience.has(id)) {
				await this.#letInOne(id);
			} else if (!this.#tried.has(id)) {
				this.#tried.add(id);
				await this.mustRefuse(`letting ${id} in too early`, (room) => room.attend('in', this.#as(id)));
			}
		}
	}

	#as(id) {
		const place = !this.hasDevice(id) && this.#party(id).remote ? {place: 'line'} : {};

		return {seat: this.seat(id), ...place};
	}

	async #letInOne(id) {
		const {stage} = this;
		const chair = stage.party(this.chair);
		const party = stage.party(id);

		if (this.#markOf(id) === 'wait' && id !== this.chair) {
			await chair.until(() => chair.room.seats.get(this.seat(id))?.at === 'wait', `${id} at the door`)
				.catch((error) => stage.fail(error.message));
		}
		await this.#boardTurn(async () => {
			const span = await this.#timed(this.chair, `letting ${id} in`,
				(room) => room.attend('in', this.#as(id)));
			if (span) {
				this.count.letIn++;
				this.#isIn(id, span);
			}
			if (span && party.room) {
				await party.until(() => this.#isMarkedIn(id), 'the door to open')
					.catch((error) => stage.fail(error.message));
			}
		});
	}

	/* ---- leaving -------------------------------------------------------------------------------------- */

	#stays() {
		const stays = this.#stayed === 0 || this.stage.random() < STAYS;

		this.#stayed += stays ? 1 : 0;
		return stays;
	}

	/* It leaves when what it was typing is kept; its page may stay open, and must fall silent. */
	async exit(id, stays = null) {
		const {stage} = this;
		const party = stage.party(id);

		await stage.idle(id);
		if (this.waiting.delete(id)) {
			if (party?.room) {
				await stage.ask(id, 'going away from the door', (room) => room.attend('out'));
			}
			return;
		}
		if (!this.inside.has(id)) {
			stage.notes.push(`${id}: leaves, but was not there`);
			return;
		}
		const byChair = id !== this.chair && (!party.room || stage.random() < BY_CHAIR);
		await this.#boardTurn(async () => {
			const span = byChair
				? await this.#timed(this.chair, `seeing ${id} off`, (room) => room.attend('out', {seat: this.seat(id)}))
				: await this.#timed(id, 'leaving', (room) => room.attend('out'));
			if (span) {
				this.#isOut(id, span);
			}
			if (span && party.room) {
				await party.until(() => !this.#isMarkedIn(id), 'the door to close')
					.catch((error) => stage.fail(error.message));
			}
		});
		if (party.room && id !== this.chair && !(stays ?? this.#stays())) {
			await party.leave().catch((error) => stage.fail(error.message));
		}
	}

	#isOut(id, span) {
		this.inside.delete(id);
		this.left.add(id);
		this.attendance.findLast((a) => a.party === id).out = span;
	}

	/* Nobody who has left comes back unseen: one of those in the room tries, once in a meeting. */
	async stepOut() {
		const fits = (id) => this.stage.client(id) && !this.#party(id).remote && this.open.audience.has(id) &&
			![this.chair, this.plan.cast.recorder?.id].includes(id);
		const pool = [...this.inside.keys()].filter(fits);
		const id = pool[Math.floor(this.stage.random() * pool.length)];

		if (id) {
			await this.exit(id, true);
			await this.enter(id);
		}
	}

	/* ---- the agenda ---------------------------------------------------------------------------------- */

	/* The row of an item, as the chair sees it. */
	rowOf(no) {
		const item = this.plan.item(no);
		const titles = this.stage.keysOf(this.chair, (k) => columnOfKey(k) === 'conf.agenda_items.title');
		const named = titles.filter((k) => this.stage.textOf(this.chair, k) === item?.title);
		const key = named.length === 1 ? named[0] : titles[this.file.conference.agenda.indexOf(item)];

		return item && key ? rowOfKey(key).split('/')[1] : null;
	}

	/*
	 * Everything that goes with a change of the item: who leaves, who comes, then the chair opens. `to` is
	 * an item's number, null for none, undefined when only people come and go.
	 */
	async change({to, moves}) {
		if (to === undefined || to === null) {
			for (const move of moves) {
				await (move.type === 'join' ? this.enter(move.party) : this.exit(move.party));
			}
			if (to === null && this.open) {
				await this.#shut();
			}
			return;
		}
		const row = this.#chairRoom ? this.rowOf(to) : null;
		if (!row) {
			this.stage.fail(`item ${to}: ${this.#chairRoom ? 'the chair does not see it'
				: 'nobody is there to open it'}`);
			return;
		}
		await this.#clear(to, row, moves);
		await this.#openRow(to, row);
		await this.#welcome();
		if (this.opened.size === 2 && this.open?.no === to) {
			await this.stepOut();
		}
		await this.checkBoard(`item ${to}`);
		await this.#checkPeople(`item ${to}`);
	}

	/* Before it opens: whoever may not hear it leaves, and until then the server refuses. */
	async #clear(to, row, moves) {
		const next = this.plan.audience(to);
		const outside = () => [...this.inside.keys()].filter((id) => !next.has(id));
		const named = moves.filter((m) => m.type === 'leave').map((m) => m.party);
		const unnamed = outside().filter((id) => !named.includes(id));
		const going = [...named, ...unnamed];
		const many = outside().length;

		if (many > 0) {
			await this.mustRefuse(`opening item ${to} before anybody left`, (room) => room.open(row));
		}
		if (this.plant === 'gate' && many > 0) {
			going.forEach((id) => this.inside.delete(id));
			return;
		}
		for (const id of going) {
			if (many > 1 && outside().length === 1 && outside()[0] === id) {
				await this.mustRefuse(`opening item ${to} while ${id} is in`, (room) => room.open(row));
			}
			if (unnamed.includes(id)) {
				this.stage.notes.push(`item ${to}: ${id} has to leave, though the script does not say so`);
				this.#sentOut.add(id);
			}
			await this.exit(id);
		}
		for (const move of moves.filter((m) => m.type === 'join')) {
			await this.enter(move.party);
		}
	}

	async #openRow(to, row) {
		const {stage} = this;
		const {chair} = this;

		await this.#turn(async () => {
			const sent = performance.now();
			const {kills} = stage;
			const span = await this.#timed(chair, `open item ${to}`, (room) => room.open(row));
			const heard = performance.now();
			if (!span) {
				return;
			}
			this.open = {no: to, row, audience: this.plan.audience(to)};
			this.paused = false; /* a pause is of an item */
			this.opened.set(to, this.open);
			this.latest = this.open.audience;
			if (!this.begun && this.open.audience.has(chair) && !this.inside.has(chair)) {
				this.#isIn(chair, span);
			}
			this.begun = true;
			if (this.inside.has(chair)) {
				await stage.party(chair).until(() => this.#chairRoom.meet.item?.row === row, 'the open item')
					.catch((error) => stage.fail(error.message));
				const since = this.#chairRoom.meet.item?.since;
				if (since !== undefined && kills === stage.kills && !stage.server.tells(since, sent, heard)) {
					stage.fail(`item ${to}: opened at ${since} by the server's clock, which cannot be`);
				}
			}
		});
	}

	async #shut() {
		await this.#turn(async () => {
			if (await this.stage.ask(this.chair, 'closing the item', (room) => room.close())) {
				this.open = null;
				this.paused = false;
			}
		});
	}

	/* Who belongs to the open item and is not in it yet. */
	async #welcome() {
		const back = [...this.#sentOut].filter((id) => this.open?.audience.has(id));

		await this.#letIn();
		for (const id of [...this.expected, ...back]) {
			this.expected.delete(id);
			await this.enter(id);
		}
	}

	/* The meeting is over: everybody who was in has left by that. */
	async end() {
		if (!this.#chairRoom || !this.begun) {
			this.stage.fail('nobody is there to end the meeting');
			return;
		}
		await this.checkBoard('the end', true);
		await this.#checkPeople('the end');
		await this.#turn(async () => {
			const span = await this.#timed(this.chair, 'ending the meeting', (room) => room.close(true));
			if (span) {
				[...this.inside.keys()].forEach((id) => this.#isOut(id, span));
				this.waiting.clear();
				this.open = null;
				this.over = true;
			}
		});
		await this.checkBoard('after the meeting');
		await this.#checkPeople('after the meeting');
	}

	/* ---- a pause ---------------------------------------------------------------------------------------- */

	/* The person's card, or somebody with a duty in their name; the chair lets it go on. */
	async pause(on) {
		const {stage} = this;
		const {self} = this.plan.cast;
		const own = self && stage.client(self.id) && this.inside.has(self.id);
		const id = on && own ? self.id : this.chair;
		const act = on && !own ? {for: self && this.seat(self.id), method: 'oral'} : {};

		if (on === this.paused) {
			return;
		}
		if (!self || !id) {
			stage.notes.push('nobody can stop the clock: there is no person in this meeting');
			return;
		}
		if (await stage.ask(id, on ? 'a pause' : 'the end of the pause', (room) => room.pause(on, act))) {
			this.paused = on;
			if (this.inside.has(this.chair)) {
				await stage.party(this.chair).until(() => (this.#chairRoom.meet.pause !== undefined) === on,
					on ? 'the clock to stop' : 'the clock to go on').catch((error) => stage.fail(error.message));
			}
		}
	}

	/* ---- what must not be, and what must be ------------------------------------------------------------ */

	/* A request of the chair that the server has to refuse as against the rules. */
	async mustRefuse(what, run) {
		const {stage} = this;
		let code = null;

		await stage.during(this.chair, run(this.#chairRoom).catch((error) => {
			code = error.code ?? error.message;
		}));
		if (code === 'rule') {
			this.count.refused++;
		} else {
			stage.fail(`${what}: ${code === null ? 'the server let it happen' : `refused as ${code}`}`);
		}
	}

	async checkBoard(when, still = false) {
		const {stage} = this;

		if (!stage.board.room) {
			return;
		}
		await (still ? stage.allIdle() : null);
		await this.#marks(this.#screens);
		const found = await compareBoard({stage, inside: [...this.inside.keys()], still,
			plant: this.plant === 'board' && when === 'the end'});
		this.count.board += found.compared;
		found.lines.forEach((line) => stage.problems.push(`board, ${when}: ${line}`));
	}

	/* What everybody's own screen says of the meeting, and the chair's of everybody. */
	async #checkPeople(when) {
		const {stage} = this;
		const wrong = (line) => stage.problems.push(`${when}: ${line}`);

		await this.#marks(this.#screens);
		for (const party of stage.connected) {
			const {phase} = party.room.meet;
			this.count.phases++;
			if (!this.#phasesOf(party.id).includes(phase)) {
				wrong(`${party.id} is told that the meeting is "${phase}"`);
			}
		}
		for (const id of this.stage.wires.keys()) {
			const at = this.#chairRoom?.seats.get(this.seat(id))?.at;
			const is = at === 'room' || at === 'line' ? 'in' : at === 'wait' ? 'wait' : 'out';
			const want = this.inside.has(id) ? 'in' : this.#markOf(id) === 'wait' ? 'wait' : 'out';
			if (this.#chairRoom?.seats.has(this.seat(id)) && is !== want) {
				wrong(`the chair sees ${id} as ${at ?? 'absent'}, but it is ${want}`);
			}
		}
	}

	/* What a seat may be told now. Whether it left or never came is not looked at. */
	#phasesOf(id) {
		const fresh = (this.file.conference.agenda ?? []).filter((i) => !this.opened.has(i.item_no));
		const more = fresh.some((i) => this.plan.audience(i.item_no).has(id));

		if (this.over) {
			return [more ? 'before' : 'done']; /* what was never opened is of the next meeting */
		}
		if (this.inside.has(id)) {
			return ['in'];
		}
		if (this.waiting.has(id) && this.hasDevice(id)) {
			return ['wait'];
		}
		return [...more || this.latest.has(id) ? ['door', 'on'] : [], ...more ? [] : ['done']];
	}
}
