/*
 * The stage: the parties' clients, the clock, and the kill. It knows how to let somebody type, set,
 * add a row, open an item, come and go; what is to be done and when is acts.mjs.
 */
import {Party} from '../support/client.mjs';
import {keyCount, nextKey} from './plan.mjs';
import {MARK, LETTERS} from './canary.mjs';
import {columnOfKey, placesOf, rowOfKey} from './form.mjs';
import {meetingStart} from './times.mjs';

const KEY_MIN_MS = 1;
const KEY_MAX_MS = 250;
const TOKEN = new RegExp(`${MARK}[a-z]{${LETTERS}}`);

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Stage {
	failures = [];
	problems = [];        /* what somebody's screen showed and should not, or the other way round */
	notes = [];
	finals = new Map();   /* key -> what the script leaves there */
	rows = new Map();     /* row key -> audience of rows made in the meeting */
	kills = 0;
	#armed = 0;
	#restarted = Promise.resolve();
	#tails = new Map();   /* cell -> the typing that is under way */
	#busy = new Map();    /* party -> promises that must end before it leaves */

	constructor({file, form, plan, server, core, links, workRows, canaries, random, bin, db, series,
		policy, args}) {
		Object.assign(this, {signs: args?.sign ?? false, file, form, plan, server, workRows, canaries, random, policy, where: {bin, db, series}});
		this.start = meetingStart(file);
		this.wires = new Map(links.map((l) => [l.seat, `@${l.wire}`]));
		this.parties = new Map(links.map((link) => [link.seat, new Party({server, link, core,
			onAck: () => this.#heardAck()})]));
		/* The screen on the wall, in the session of whoever leads. */
		this.board = new Party({server, core, boardOf: this.parties.get(plan.cast.chair?.id) ?? null,
			link: {seat: 'board'}});
	}

	fail(line) {
		this.failures.push(line);
	}

	get connected() {
		return [...this.parties.values()].filter((p) => p.room);
	}
	party(id) {
		return this.parties.get(id) ?? null;
	}
	client(id) {
		return this.parties.get(id)?.room ?? null;
	}

	/* ---- clock and kill --------------------------------------------------------------------------- */

	/* Until the server's clock shows `seconds` after the start. */
	async due(seconds) {
		const at = this.start + seconds * 1000;

		for (;;) {
			await this.#restarted;
			const {low} = this.server.clock();
			if (low >= at) {
				return;
			}
			await wait(Math.min((at - low) / this.server.speed, 1000));
		}
	}

	/* After so many more acks the server is killed, before anybody can hear another. */
	armKill(acks) {
		this.#armed = acks;
	}

	#heardAck() {
		if (this.#armed > 0 && --this.#armed === 0) {
			this.kill();
		}
	}

	kill() {
		this.kills++;
		this.#armed = 0;
		this.killedAt = this.server.clock().high;
		const gone = this.server.kill9();
		this.#restarted = gone.then(() => this.server.start())
			.catch((error) => this.fail(`the server did not come back: ${error.message}`));
		return this.#restarted;
	}

	/* ---- comings and goings ------------------------------------------------------------------------ */

	/* Nobody is idle before this has ended; a failure is the run's. */
	during(id, promise) {
		const set = this.#busy.get(id) ?? new Set();
		const kept = promise.catch((error) => this.fail(`${id}: ${error.message}`))
			.finally(() => set.delete(kept));

		this.#busy.set(id, set.add(kept));
		return kept;
	}

	async idle(id) {
		while (this.#busy.get(id)?.size > 0) {
			await Promise.all(this.#busy.get(id));
		}
	}

	async allIdle() {
		for (const id of this.parties.keys()) {
			await this.idle(id);
		}
	}

	async join(id) {
		const party = this.party(id);

		if (!party) {
			this.fail(`${id}: no link, so it cannot come`);
			return;
		}
		for (let left = 3; left > 0; left--) {
			await this.#restarted;
			const {kills} = this;
			try {
				await party.join();
				return;
			} catch (error) {
				party.room?.stop();
				party.room = null;
				if (kills === this.kills || left === 1) {
					this.fail(`${id}: ${error.message}`);
					return;
				}
			}
		}
	}

	/* ---- writing ------------------------------------------------------------------------------------- */

	textOf(id, key) {
		const room = this.client(id);
		const cell = room?.cells.get(key);

		if (!cell) {
			return null;
		}
		return room.hasText(key) ? room.text(key).doc : cell.value;
	}

	keysOf(id, test) {
		return [...this.client(id)?.cells.keys() ?? []].filter(test);
	}

	/* Where a token planted before the import is, as this party sees it. */
	keysOfToken(id, token) {
		return this.keysOf(id, (key) => String(this.textOf(id, key)).includes(token));
	}

	/*
	 * The cell an edit of the script means, as its writer sees it: by the token in its text, for a
	 * work place by the employer, else by what stands there.
	 */
	keyOfEdit(id, edit, employer) {
		const {cols} = placesOf(this.form, edit.field, edit.op);
		const token = TOKEN.exec(`${edit.before ?? ''}`)?.[0];
		const ids = new Set(cols.map((c) => c.id));
		const marked = token ? this.keysOfToken(id, token).filter((k) => ids.has(columnOfKey(k))) : [];

		if (marked.length > 0) {
			return marked[0];
		}
		if (cols[0]?.table === 'work' && employer && this.workRows.has(employer)) {
			return `${this.workRows.get(employer)}/${cols[0].name}`;
		}
		const keys = this.keysOf(id, (k) => ids.has(columnOfKey(k)));
		const exact = keys.filter((k) => (this.textOf(id, k) ?? '') === (edit.before ?? ''));
		return exact[0] ?? (keys.length === 1 || !cols[0]?.table ? keys[0] : null) ?? null;
	}

	/*
	 * In whose name: one's own where one may write; what others say by somebody with a duty in the
	 * meeting, unless somebody else is named the person's; null when neither is possible.
	 */
	actFor(id, mayOwn, whose = this.plan.cast.self?.id) {
		if (mayOwn) {
			return {};
		}
		if (!whose || id === whose || (this.client(id)?.me?.duties ?? []).length === 0) {
			return null;
		}
		return {for: this.wires.get(whose)?.slice(1), method: this.plan.silent.get(whose) ?? 'oral'};
	}

	/*
	 * Type one text into its goal, a code point at a time. Each key is chosen from what the screen
	 * shows, as a person would. Later edits of the same cell wait for it.
	 */
	type({id, key, goal, act, spanMs, before}) {
		const earlier = this.#tails.get(key) ?? Promise.resolve();
		const run = earlier.then(() => this.#typeNow({id, key, goal, act, spanMs, before}));

		this.#tails.set(key, run.catch(() => undefined));
		this.finals.set(key, goal);
		return this.during(id, run);
	}

	async #typeNow({id, key, goal, act, spanMs, before}) {
		const room = this.client(id);
		const gone = () => !room?.hasText(key);

		if (gone()) {
			throw new Error(`${key} is not on its screen`);
		}
		/* Another hand may have finished just now: what it wrote must have arrived here first. */
		if (before !== undefined) {
			await this.party(id).until(() => gone() || room.text(key).doc === before,
				`${key} to hold what the script says stands there`);
		}
		const keys = keyCount(this.textOf(id, key) ?? '', goal);
		const pace = Math.max(KEY_MIN_MS, Math.min(KEY_MAX_MS, spanMs / Math.max(keys, 1)));
		for (let n = 0; ; n++) {
			if (gone()) {
				throw new Error(`${key} was taken from its screen while it wrote`);
			}
			const session = room.text(key);
			const next = nextKey(session.doc, goal);
			if (!next) {
				break;
			}
			if (n > 2 * keys + 50) {
				throw new Error(`${key} does not take what is typed`);
			}
			session.scribe = act.for ? act : null;
			session.edit(next);
			room.here(key, [session.ver, next.from, next.from]);
			await wait(pace);
		}
		room.here(null);
		await this.party(id).until(() => gone() || !room.text(key).unsent, `${key} to be kept`);
	}

	/* Set a register; resolves when it is kept. */
	async set(id, key, value, act) {
		const run = (async () => {
			try {
				await this.client(id).set(key, value, act);
			} catch (error) {
				throw new Error(`${key} = ${JSON.stringify(value)}: ${error.message}`);
			}
		})();

		this.finals.set(key, value);
		return this.during(id, run);
	}

	/* A new row; resolves with its key when it is kept, null when it was refused. */
	async row(id, table, cells, act, audience) {
		let key = null;

		await this.during(id, (async () => {
			const {row} = await this.client(id).row(table, cells, act).catch((error) => {
				throw new Error(`a row of ${table}: ${error.message}`);
			});
			key = `${table}/${row}`;
			if (audience) {
				this.rows.set(key, audience);
			}
			/* Its cells come as a frame of their own, before or after the ack. */
			await this.party(id).until(() => this.keysOf(id, (k) => rowOfKey(k) === key).length > 0,
				`the new row ${key}`);
		})());
		return key;
	}

	/* Anything else that is answered by an ack. */
	async ask(id, what, run) {
		let done = false;

		await this.during(id, run(this.client(id)).then(() => {
			done = true;
		}, (error) => {
			throw new Error(`${what}: ${error.message}`);
		}));
		return done;
	}
}
