/*
 * A bad line: a TCP proxy on loopback in front of a server. Bytes keep their order; they can be held
 * back, a line can be cut, with what is on its way lost, or go dead without anybody being told.
 */
import net from 'node:net';

class Line {
	dead = false;   /* half-open: both ends think it lives */
	#queue = [];
	#timer = null;

	constructor(proxy, client, server) {
		Object.assign(this, {proxy, client, server});
		this.#pipe(client, server, 'up');
		this.#pipe(server, client, 'down');
		for (const [one, other] of [[client, server], [server, client]]) {
			one.setNoDelay(true);
			one.on('error', () => {});
			one.on('close', () => {
				if (this.dead) {
					return; /* the other end is not told, and may wait long: heal() ends it */
				}
				this.#flush();
				other.end();
				proxy.lines.delete(this);
			});
		}
	}

	#pipe(from, to, way) {
		from.on('data', (bytes) => {
			if (way === 'up' && !this.isSocket) {
				this.isSocket = /\r\nupgrade: *websocket/i.test(bytes.toString('latin1'));
			}
			if (this.dead || this.deaf === way) {
				return;
			}
			this.#queue.push([to, bytes]);
			if (this.#timer === null) {
				this.#timer = setTimeout(() => this.#flush(), this.proxy.delay());
			}
		});
	}

	/* What waited goes on, in order. */
	#flush() {
		const stays = ([to]) => this.held && to === this.client;
		const goes = this.#queue.filter((piece) => !stays(piece));

		clearTimeout(this.#timer);
		this.#timer = null;
		this.#queue = this.#queue.filter(stays);
		for (const [to, bytes] of goes) {
			to.write(bytes);
		}
	}

	/* Gone at once, with all that was on its way; `late`: what the client had said still arrives. */
	cut(late = false) {
		const rest = this.#queue.splice(0);

		clearTimeout(this.#timer);
		this.#timer = null;
		this.dead = true;
		this.proxy.lines.delete(this);
		this.client.destroy();
		if (!late) {
			this.server.destroy();
			return;
		}
		for (const [to, bytes] of rest.filter(([to]) => to === this.server)) {
			to.write(bytes);
		}
		this.server.end();
	}

	/* What the server says waits until it is let go; what it is told arrives. */
	hold() {
		this.held = true;
	}

	letGo() {
		this.held = false;
		this.#flush();
	}

	/* Nothing arrives any more, in neither direction; nobody hears of it. */
	sleep() {
		this.dead = true;
		clearTimeout(this.#timer);
		this.#timer = null;
		this.#queue = [];
	}

	/* From now on the answers are lost, and then the line: what the server kept will be sent again. */
	deafen() {
		this.deaf = 'down';
	}
}

export class Proxy {
	lines = new Set();
	port = 0;
	refuse = false; /* no new line */
	#server;

	/* delay(): how many milliseconds the next piece waits. */
	constructor(target, delay = () => 0) {
		this.delay = delay;
		this.#server = net.createServer((client) => {
			if (this.refuse) {
				client.destroy();
				return;
			}
			const server = net.connect(target(), '127.0.0.1');

			this.lines.add(new Line(this, client, server));
		});
	}

	listen() {
		return new Promise((resolve) => this.#server.listen(0, '127.0.0.1', () => {
			this.port = this.#server.address().port;
			resolve(this);
		}));
	}

	/* The lines that are WebSockets. */
	get sockets() {
		return [...this.lines].filter((line) => line.isSocket);
	}

	get origin() {
		return `http://127.0.0.1:${this.port}`;
	}

	/* What went dead or deaf is gone for good: both ends are told. */
	heal() {
		[...this.lines].filter((line) => line.dead || line.deaf).forEach((line) => line.cut());
	}

	cutAll() {
		[...this.lines].forEach((line) => line.cut());
	}

	close() {
		this.cutAll();
		return new Promise((resolve) => this.#server.close(resolve));
	}
}
