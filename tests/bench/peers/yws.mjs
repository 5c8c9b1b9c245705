/* @y/websocket-server as its own server.js has it, without storage. */
import http from 'node:http';
import {setupWSConnection} from '@y/websocket-server/utils';
import {WebSocketServer} from 'ws';
import {listening} from './common.mjs';

const server = http.createServer();
const wss = new WebSocketServer({noServer: true});

wss.on('connection', setupWSConnection);
server.on('upgrade', (request, socket, head) => {
	wss.handleUpgrade(request, socket, head, (ws) => wss.emit('connection', ws, request));
});
server.listen(0, '127.0.0.1', () => listening(server.address().port));
