/* One editor instance on a bad line: the web client's own core, or the plain client; and a tap. */
import {randomBytes} from 'node:crypto';
import {WebSocket} from '../support/client.mjs';
import {PlainClient} from './plain.mjs';

/* Waiting is shorter than on the open network; what guards a dead line too. */
const HURRY = 25;

/* -> connect() for a client; every line it sends or hears goes to `tap`. */
export function wires({core, origin, session, tap, onWire = () => {}}) {
	return () => {
		const socket = new WebSocket(`${origin().replace('http', 'ws')}/s/${session.sid}/ws`, ['rokusha.1'],
			{origin: origin(), headers: {cookie: session.cookie}, perMessageDeflate: false});
		const wire = core.wireFromSocket(socket);
		const {send} = wire;
		let client = '';

		onWire(socket);
		socket.prependListener('message', (data) => tap.heard(client, JSON.parse(data)));
		wire.send = (line) => {
			const frame = JSON.parse(line);
			client = frame.t === 'join' ? frame.client : client;
			tap.sent(client, line, frame);
			send(line);
		};
		return wire;
	};
}

/* The web client, as far as a text is concerned. */
export class CoreWriter {
	kind = 'core';
	held = new Map();    /* cell -> what its text should be when the composition ends */
	couriers = [];
	owed = [];           /* what a page that was reloaded had not sent: {client, cell, ref, count} */
	#timers = (run, ms) => setTimeout(run, ms / HURRY);

	constructor({core, connect, changed}) {
		Object.assign(this, {core, connect, changed});
		this.room = this.#open({});
	}

	#open(more) {
		const room = new this.core.RoomClient({connect: this.connect, random: (n) => new Uint8Array(randomBytes(n)),
			setTimeout: this.#timers, clearTimeout, ...more});
		room.onChange(() => this.changed());
		room.start();
		return room;
	}

	get live() {
		return this.room.status === 'live';
	}
	get clients() {
		return [this.room, ...this.couriers];
	}
	get quiet() {
		const done = this.couriers.filter((room) => room.status === 'live' && room.unsaved === 0);

		this.couriers = this.couriers.filter((room) => !done.includes(room)); /* stopping one asks again */
		for (const room of done) {
			this.notes = [...this.notes ?? [], ...room.notes];
			room.stop();
		}
		return this.live && this.room.unsaved === 0 && this.couriers.length === 0;
	}
	get says() {
		return this.clients.map((room) => `core ${room.status} ${room.client} unsaved ${room.unsaved} ${JSON.stringify(room.kept())}`).join(', ');
	}
	get refused() {
		return [...this.room.notes, ...this.notes ?? []].map((n) => n.text);
	}
	ver(key) {
		return this.room.text(key).ver;
	}
	doc(key) {
		return this.room.text(key).doc;
	}
	has(key) {
		return this.room.hasText(key);
	}
	edit(key, changes) {
		const text = this.room.text(key);
		text.edit(changes, text.holdRemote ? 'input.type.compose' : 'input');
		if (this.held.has(key)) {
			this.held.set(key, text.doc);
		}
	}
	undo(key, redo) {
		if (!this.held.has(key)) {
			this.room.text(key)[redo ? 'redo' : 'undo']();
		}
	}
	hold(key) {
		if (!this.held.has(key)) {
			this.room.text(key).holdRemote = true;
			this.held.set(key, this.doc(key));
		}
	}
	/* The composition ends: nobody else's words came into it. */
	free(fail) {
		for (const [key, doc] of this.held) {
			if (this.doc(key) !== doc) {
				fail(`${key}: a composition of ${JSON.stringify(doc)} became ${JSON.stringify(this.doc(key))}`);
			}
			this.held.delete(key);
			this.room.text(key).holdRemote = false;
		}
	}
	/* The tab is reloaded: what it kept goes through JSON, and is brought by another client. */
	reload() {
		const kept = JSON.stringify(this.room.kept());

		this.room.stop();
		this.room = this.#open({});
		if (kept !== 'null') {
			const {client, ref, texts} = JSON.parse(kept);
			this.owed.push(...texts.map((t) => ({client, cell: t.key, ref, count: t.changes.length - t.flight})));
			this.couriers.push(this.#open({kept: JSON.parse(kept)}));
		}
	}
	wake() {
		this.clients.forEach((room) => room.wake());
	}
	stop() {
		this.clients.forEach((room) => room.stop());
	}
}

export class PlainWriter {
	kind = 'plain';
	refused = [];
	owed = [];
	held = new Map();

	constructor({connect, texts, changed, fail}) {
		this.client = new PlainClient({connect, texts, changed, fail});
		this.client.start();
	}
	get live() {
		return this.client.status === 'live';
	}
	get quiet() {
		return this.live && this.client.unsaved === 0;
	}
	get says() {
		return `plain ${this.client.status} ${this.client.client} unsaved ${this.client.unsaved}`;
	}
	ver(key) {
		return this.client.texts.get(key).ver;
	}
	doc(key) {
		return this.client.texts.get(key).doc;
	}
	has(key) {
		return this.client.texts.has(key);
	}
	edit(key, changes) {
		this.client.edit(key, changes);
	}
	undo() {}
	hold() {}
	free() {}
	reload() {}
	/* It has no pings: a dead line is thrown away. */
	wake() {
		this.client.restart();
	}
	stop() {
		this.client.stop();
	}
}
