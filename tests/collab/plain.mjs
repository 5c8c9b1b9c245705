/*
 * A client of its own, from schema/README.md and `@codemirror/collab` alone: it shares nothing with
 * the web client. One editor instance on every text it is shown; one push in flight per text;
 * updates are applied one by one.
 */
import {createRequire} from 'node:module';
import {randomBytes} from 'node:crypto';

const need = createRequire(new URL('../../web/package.json', import.meta.url));
const {EditorState, ChangeSet} = need('@codemirror/state');
const {collab, getSyncedVersion, receiveUpdates, sendableUpdates} = need('@codemirror/collab');

const AGAIN_MS = 20;

class Text {
	flight = 0;    /* own updates on their way */
	frame = null;  /* their request, until it is answered */

	constructor(ver, doc, clientID) {
		this.state = EditorState.create({doc, extensions: [collab({startVersion: ver, clientID})]});
	}
	get ver() {
		return getSyncedVersion(this.state);
	}
	get doc() {
		return this.state.doc.toString();
	}
	get unsent() {
		return sendableUpdates(this.state).length;
	}
	receive(update) {
		this.state = receiveUpdates(this.state, [update]).state;
	}
}

export class PlainClient {
	client = randomBytes(8).toString('hex');
	texts = new Map();
	status = 'offline';
	#ref = 0;
	#wire = null;
	#again = null;

	/* connect() gives a wire as of the web client's core; changed() is called whenever something is. */
	constructor({connect, texts, changed, fail}) {
		Object.assign(this, {connect, only: texts, changed, fail});
	}

	start() {
		const wire = this.connect();

		this.#wire = wire;
		wire.onopen = () => wire.send(JSON.stringify({t: 'join', client: this.client,
			have: [...this.texts].map(([key, text]) => [key, text.ver])}));
		wire.onmessage = (line) => this.#hear(JSON.parse(line));
		wire.onclose = () => {
			this.status = 'offline';
			this.#again = setTimeout(() => this.start(), AGAIN_MS);
			this.changed();
		};
	}

	stop() {
		const wire = this.#wire;

		clearTimeout(this.#again);
		wire.onopen = wire.onmessage = wire.onclose = null;
		wire.close();
		this.status = 'offline';
	}

	/* A line that went dead is thrown away by who uses this: it has no pings. */
	restart() {
		this.stop();
		this.start();
	}

	get unsaved() {
		return [...this.texts.values()].filter((text) => text.unsent > 0 || text.frame).length;
	}

	edit(key, changes) {
		const text = this.texts.get(key);

		text.state = text.state.update({changes}).state;
		this.#pump(key, text);
	}

	#pump(key, text) {
		if (text.frame || this.status !== 'live') {
			return;
		}
		const updates = sendableUpdates(text.state);
		if (updates.length === 0) {
			return;
		}
		text.flight = updates.length;
		text.frame = {t: 'edit', ref: ++this.#ref, cell: key, base: text.ver,
			changes: updates.map((u) => u.changes.toJSON())};
		this.#wire.send(JSON.stringify(text.frame));
	}

	#hear(f) {
		try {
			this.#frame(f);
		} catch (e) {
			this.fail(`the plain client: ${e.message}`);
		}
		this.changed();
	}

	#frame(f) {
		if (f.t === 'snap') {
			this.#snap(f);
		} else if (f.t === 'again') {
			this.status = 'again';
			this.#wire.onopen();
		} else if (f.t === 'edit') {
			this.#edit(f);
		} else if (f.t === 'ack' || f.t === 'no') {
			this.#answer(f);
		}
	}

	#snap(f) {
		for (const c of f.cells) {
			const text = this.texts.get(c.k);
			if (!this.only.includes(c.k) || (c.since !== undefined && text)) {
				continue;
			}
			if (text?.frame || text?.unsent) {
				throw new Error(`${c.k}: the server would not map over what came since ${text.ver}`);
			}
			this.texts.set(c.k, new Text(c.v, c.x ?? '', this.client));
		}
		this.status = 'live';
		for (const [key, text] of this.texts) {
			if (text.frame) {
				this.#wire.send(JSON.stringify(text.frame));
			}
			this.#pump(key, text);
		}
	}

	#edit(f) {
		const text = this.texts.get(f.cell);

		if (!text || f.ver <= text.ver) {
			return;
		}
		/* Own changes may come as others' do, after a reconnect and before their ack. */
		if (f.ver !== text.ver + 1) {
			throw new Error(`${f.cell}: version ${f.ver} after ${text.ver}`);
		}
		text.flight -= f.client === this.client ? 1 : 0;
		text.receive({changes: ChangeSet.fromJSON(f.change), clientID: f.client});
	}

	#answer(f) {
		const found = [...this.texts].find(([, text]) => text.frame?.ref === f.ref);
		if (!found) {
			return;
		}
		const [key, text] = found;
		if (f.t === 'no') {
			throw new Error(`${key}: refused ${f.code}: ${JSON.stringify(text.frame).slice(0, 300)}`);
		}
		for (; text.flight > 0; text.flight--) {
			text.receive({changes: sendableUpdates(text.state)[0].changes, clientID: this.client});
		}
		if (text.ver < f.ver) {
			throw new Error(`${key}: acked ${f.ver}, but stands at ${text.ver}`);
		}
		text.frame = null;
		this.#pump(key, text);
	}
}
