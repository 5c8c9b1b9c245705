/*
 * What should have become of the texts: computed from what the clients sent and in which order the
 * server says it took it, with CodeMirror's own ChangeSets. The server's changes, its texts and every
 * client's text have to be the same.
 */
import {ChangeSet, Text} from '../support/client.mjs';

const say = JSON.stringify;

export class Oracle {
	wrong = [];
	figures = {pushes: 0, again: 0, changes: 0, refused: 0};
	#sent = new Map();     /* client:ref -> {frame, text} as first sent */
	#answers = new Map();  /* client:ref -> ver, or the code of a refusal */
	#taken = new Map();    /* cell -> Map ver -> {client, change} */
	#stand = new Map();    /* cell -> {ver, text} before the round */

	fail(what) {
		this.wrong.push(what);
	}

	/* ---- taps ---- */

	sent(client, line, frame) {
		const id = `${client}:${frame.ref}`;
		const first = this.#sent.get(id);

		if (frame.t !== 'edit') {
			return;
		}
		if (!first) {
			this.#sent.set(id, {frame, line, client});
			this.figures.pushes++;
		} else if (first.line === line) {
			this.figures.again++;
		} else {
			this.fail(`${id} was sent again with another body: ${first.line} ${line}`);
		}
	}

	knows(client, ref) {
		return this.#sent.has(`${client}:${ref}`);
	}

	/* How many changes of a text a client has sent after its request `ref`. */
	sentAfter(client, cell, ref) {
		return [...this.#sent.values()].filter((p) => p.client === client && p.frame.cell === cell && p.frame.ref > ref)
			.reduce((sum, p) => sum + p.frame.changes.length, 0);
	}

	heard(client, frame) {
		if (frame.t === 'ack' || (frame.t === 'no' && frame.code !== 'busy')) {
			const id = `${client}:${frame.ref}`;
			const now = frame.t === 'ack' ? frame.ver : frame.code;
			const before = this.#answers.get(id);

			if (before !== undefined && before !== now) {
				this.fail(`${id} was answered ${before}, then ${now}`);
			}
			this.#answers.set(id, now);
		} else if (frame.t === 'edit') {
			this.#take(frame);
		}
	}

	#take({cell, ver, client, change}) {
		if (!this.#taken.has(cell)) {
			this.#taken.set(cell, new Map());
		}
		const steps = this.#taken.get(cell);
		const step = {client, change: say(change)};
		const before = steps.get(ver);
		if (before && say(before) !== say(step)) {
			this.fail(`${cell} version ${ver} is ${say(before)} to one and ${say(step)} to another`);
		}
		steps.set(ver, step);
	}

	/* ---- a round ---- */

	begin(key, ver, doc) {
		const stood = this.#stand.get(key);

		if (stood && (stood.ver !== ver || stood.text !== doc)) {
			this.fail(`${key} stood at ${stood.ver} ${say(stood.text)}, now begins at ${ver} ${say(doc)}`);
		}
		this.#stand.set(key, {ver, text: doc});
	}

	/* How far the acks say the text has come. */
	newest(key) {
		let ver = this.#stand.get(key).ver;

		for (const [id, {frame}] of this.#sent) {
			if (frame.cell === key && this.#answers.get(id) > ver) {
				ver = this.#answers.get(id);
			}
		}
		return ver;
	}

	/* All is quiet. docs: [[who, ver, doc], …] of everybody who shows this text. */
	finish(key, docs) {
		const {ver, text} = this.#stand.get(key);
		const steps = this.#taken.get(key) ?? new Map();
		const pushes = [];
		const open = [];

		for (const [id, {frame, client}] of this.#sent) {
			const answer = this.#answers.get(id);
			if (frame.cell !== key) {
				continue;
			}
			if (typeof answer === 'number') {
				pushes.push({id, client, frame, last: answer, first: answer - frame.changes.length + 1});
			} else if (answer === undefined) {
				open.push({id, client, frame});
			} else {
				this.figures.refused++;
			}
			this.#sent.delete(id);
			this.#answers.delete(id);
		}
		open.forEach((push) => this.#seen(push, pushes, steps));
		const end = this.#replay(key, ver, Text.of(text.split('\n')), pushes, steps);
		for (const [who, at, doc] of docs) {
			if (at !== end.ver || doc !== end.text) {
				this.fail(`${key}: ${who} shows ${at} ${say(doc)}; should be ${end.ver} ${say(end.text)}`);
			}
		}
		this.#stand.set(key, end);
		this.#taken.delete(key);
	}

	/* An ack may be lost for good when the changes came back as edits: then those say where they are. */
	#seen({id, client, frame}, pushes, steps) {
		const count = frame.changes.length;
		const first = [...steps.keys()].sort((a, b) => a - b).find((v) => steps.get(v).client === client &&
			!pushes.some((p) => p.client === client && v >= p.first && v <= p.last));

		if (first === undefined) {
			this.fail(`${id} was never answered, and never came back: ${say(frame)}`);
		} else {
			pushes.push({id, client, frame, first, last: first + count - 1});
		}
	}

	#replay(key, ver, text, pushes, steps) {
		pushes.sort((a, b) => a.first - b.first);
		for (const {id, client, frame, first, last} of pushes) {
			if (first !== ver + 1) {
				this.fail(`${key}: ${id} is ${first}..${last}, after ${ver}: lost, or counted twice`);
				break;
			}
			const mapped = this.#rebase(frame, steps, first);
			mapped.forEach((change, i) => {
				const step = steps.get(first + i);
				if (step && (step.client !== client || step.change !== say(change))) {
					this.fail(`${key} version ${first + i}: the server took ${say(step)}, ` +
						`it should be ${say({client, change})}`);
				}
				steps.set(first + i, {client, change: say(change)});
				text = change.apply(text);
				this.figures.changes++;
			});
			ver = last;
		}
		const doc = text.toString();
		if (/[\ud800-\udfff]/u.test(doc)) {
			this.fail(`${key} holds half a character: ${say(doc)}`);
		}
		return {ver, text: doc};
	}

	/* Stepwise over each accepted change since the base. */
	#rebase(frame, steps, first) {
		let ups = frame.changes.map((json) => ChangeSet.fromJSON(json));

		for (let v = frame.base + 1; v < first; v++) {
			let over = ChangeSet.fromJSON(JSON.parse(steps.get(v).change));
			ups = ups.map((up) => {
				const mapped = up.map(over);
				over = over.map(up, true);
				return mapped;
			});
		}
		return ups;
	}
}
