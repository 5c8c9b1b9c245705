/*
 * Our design in Node, without rights and without transformation: one number a room; all that came in
 * one turn of the loop goes into one transaction (WAL, FULL); then acks and deliveries.
 */
import http from 'node:http';
import Database from 'better-sqlite3';
import {WebSocketServer} from 'ws';
import {TEXTS, listening, options, words} from './common.mjs';

const db = new Database(options.db);
db.pragma('journal_mode = WAL');
db.pragma('synchronous = FULL');
db.exec('CREATE TABLE log (seq INTEGER PRIMARY KEY, room INT, ver INT, client INT, body TEXT)');
const insert = db.prepare('INSERT INTO log (room, ver, client, body) VALUES (?, ?, ?, ?)');
const begin = db.prepare('BEGIN IMMEDIATE');
const commit = db.prepare('COMMIT');

const server = http.createServer();
const wss = new WebSocketServer({server});
const rooms = new Map();
let turn = [];

function finish() {
	const all = turn;

	turn = [];
	begin.run();
	for (const {room, m, nth} of all) {
		m.ver = ++room.ver;
		insert.run(room.id, m.ver, nth, JSON.stringify({cell: m.cell, change: m.change}));
	}
	commit.run();
	for (const {room, m, nth} of all) {
		const frame = JSON.stringify({t: 'edit', cell: m.cell, ver: m.ver, client: nth, change: m.change});
		room.conns.get(nth)?.send(JSON.stringify({t: 'ack', ref: m.ref, ver: m.ver}));
		room.conns.forEach((ws, other) => { if (other !== nth) ws.send(frame); });
	}
}

wss.on('connection', (ws, request) => {
	const [id, nth] = request.url.slice(1).split('/').map(Number);

	if (!rooms.has(id)) rooms.set(id, {id, ver: 0, conns: new Map()});
	const room = rooms.get(id);
	room.conns.set(nth, ws);
	ws.on('message', (data) => {
		const m = JSON.parse(data);
		if (m.t === 'join') {
			ws.send(JSON.stringify({t: 'snap', ver: room.ver, texts: Array(TEXTS).fill(words)}));
			return;
		}
		if (turn.length === 0) setImmediate(finish);
		turn.push({room, m, nth});
	});
	ws.on('close', () => { if (room.conns.get(nth) === ws) room.conns.delete(nth); });
});
server.listen(0, '127.0.0.1', () => listening(server.address().port));
