/*
 * A stand-in for the server while the client is developed: serves web/dist and one room of case 1 from
 * memory, under the same content security policy. Usage: node test/mock-server.mjs [PORT]
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { caseRoom } from './mock-data.mjs';

const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; font-src 'self'; "
  + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types lit-html";
const TYPES = { js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml', html: 'text/html; charset=utf-8' };
const dist = new URL('../dist/', import.meta.url);
const secretOf = (seat) => seat.padEnd(43, 'A');

export function startMock(port = 0, room = caseRoom()) {
  const http = createServer((req, res) => answer(room, req, res));
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'rokusha.1' });
  http.on('upgrade', (req, socket, head) => {
    const seat = /^\/s\/([0-9a-f]{16})\/ws$/.exec(req.url)?.[1];
    if (!room.seats.some((s) => s.seat === seat)) return socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    sockets.handleUpgrade(req, socket, head, (ws) => {
      const conn = room.connect(seat, (text) => ws.send(text), () => ws.close());
      ws.on('message', (m) => room.receive(conn, m.toString()));
      ws.on('close', () => room.leave(conn));
    });
  });
  return new Promise((resolve) => {
    http.listen(port, '127.0.0.1', () => {
      const base = `http://127.0.0.1:${http.address().port}`;
      const links = room.seats.map((s) => ({ role: s.role, seat: s.seat, path: `/#${secretOf(s.seat)}` }));
      resolve({ room, base, links, stop: () => { for (const c of sockets.clients) c.terminate(); http.close(); http.closeAllConnections(); } });
    });
  });
}

function answer(room, req, res) {
  const send = (status, type, body) => {
    res.writeHead(status, { 'content-type': type, 'content-security-policy': CSP, 'cache-control': 'no-store' });
    res.end(body);
  };
  if (req.method === 'POST' && req.url === '/api/login') {
    let body = '';
    req.on('data', (d) => { body += d; });
    req.on('end', () => {
      const seat = room.seats.find((s) => secretOf(s.seat) === JSON.parse(body).secret);
      if (seat) send(200, 'application/json', JSON.stringify({ sid: seat.seat }));
      else send(403, 'application/json', '{"error":"link"}');
    });
    return;
  }
  const asset = /^\/(assets\/[\w.-]+)$/.exec(req.url)?.[1];
  try {
    if (asset) send(200, TYPES[asset.split('.').at(-1)], readFileSync(new URL(asset, dist)));
    else send(200, TYPES.html, readFileSync(new URL('index.html', dist)));
  } catch {
    send(404, 'text/plain', '');
  }
}

if (process.argv[1]?.endsWith('mock-server.mjs')) {
  const mock = await startMock(Number(process.argv[2] ?? 0));
  for (const l of mock.links) console.log(l.role.padEnd(6), mock.base + l.path);
}
