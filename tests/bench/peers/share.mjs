/* ShareDB: a document a room (json1) with twenty texts (text-unicode). */
import http from 'node:http';
import {Duplex} from 'node:stream';
import {type as json1} from 'ot-json1';
import {type as text} from 'ot-text-unicode';
import ShareDB from 'sharedb';
import {WebSocketServer} from 'ws';
import {TEXTS, listening, options, words} from './common.mjs';

json1.registerSubtype(text);
ShareDB.types.register(json1);

function jsonStream(ws) {
	const s = new Duplex({objectMode: true, read() {}, write(message, encoding, done) {
		if (ws.readyState === ws.OPEN) ws.send(JSON.stringify(message));
		done();
	}});
	ws.on('message', (data) => s.push(JSON.parse(data)));
	ws.on('close', () => s.destroy());
	return s;
}

export async function serve(backend, stop) {
	const server = http.createServer();
	const wss = new WebSocketServer({server});
	const own = backend.connect();

	wss.on('connection', (ws) => backend.listen(jsonStream(ws)));
	for (let n = 0; n < options.rooms; n++) {
		const data = Object.fromEntries(Array.from({length: TEXTS}, (_, i) => [`t${i}`, words]));
		await new Promise((resolve, reject) => {
			own.get('r', String(n)).create(data, json1.uri, (error) => (error ? reject(error) : resolve()));
		});
	}
	server.listen(0, '127.0.0.1', () => listening(server.address().port, stop));
}
