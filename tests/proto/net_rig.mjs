/* A server of its own and ways to talk to it, for net_smoke.mjs. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { WebSocket } from '../support/client.mjs';
import { nothingIn, watchServer } from '../support/outlets.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const BIN = process.env.ROKUSHA ?? join(ROOT, 'build', 'dev', 'rokusha');
export const TLS = process.env.NET_TLS === '1';
const HOST = process.env.NET_HOST ?? '127.0.0.1';
export const host = HOST.replace(/[[\]]/g, '');
export const web = TLS ? https : http;
export const trust = TLS ? { rejectUnauthorized: false } : {};
const SECURE = {
  'content-security-policy': /default-src 'none'.*require-trusted-types-for 'script'/,
  'x-content-type-options': /^nosniff$/,
  'referrer-policy': /^no-referrer$/,
  'cross-origin-opener-policy': /^same-origin$/,
  'cross-origin-resource-policy': /^same-origin$/,
  'permissions-policy': /camera=\(\)/,
  ...(TLS ? { 'strict-transport-security': /max-age=31536000/ } : {}),
};

const dir = mkdtempSync(join(tmpdir(), 'rokusha-net-'));
const db = join(dir, 'db');
const linksFile = join(dir, 'links.json');
const cert = join(dir, 'cert.pem');
const key = join(dir, 'key.pem');
export let server;
export let port;
export let origin;
export let links;

export async function start(...more) {
  const child = watchServer(spawn(BIN, ['serve', '--db', db, '--listen', `${HOST}:0`,
    '--port-file', join(dir, 'port'), ...(TLS ? ['--tls-cert', cert, '--tls-key', key] : []), ...more],
  { stdio: ['ignore', 'pipe', 'pipe'] }));
  const s = { child, out: '', err: '', ended: once(child, 'exit') };
  child.stderr.on('data', (d) => { s.err += d; });
  await new Promise((resolve, reject) => {
    child.stdout.on('data', (d) => {
      s.out += d;
      if (s.out.includes('\n')) resolve();
    });
    child.on('exit', () => reject(new Error(`no start: ${s.err}`)));
  });
  port = Number(readFileSync(join(dir, 'port'), 'utf8'));
  origin = `${TLS ? 'https' : 'http'}://${HOST}:${port}`;
  assert.equal(s.out, `listening on ${origin}\n`);
  server = s;
}

export async function stop() {
  server.child.kill('SIGTERM');
  const begun = Date.now();
  const [code] = await server.ended;
  assert.equal(code, 0, server.err);
  assert.ok(Date.now() - begun < 3500, 'stops within three seconds');
  assert.doesNotMatch(server.err, /Sanitizer|runtime error/);
}

/* One request through node's client; the body as a Buffer. */
export function ask(method, path, { headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const r = web.request({ host, port, method, path, headers, agent: false, ...trust }, (res) => {
      const parts = [];
      res.on('data', (d) => parts.push(d));
      res.on('end', () => {
        const whole = Buffer.concat(parts);
        nothingIn(whole, `${method} ${path}`);
        resolve({ ...pick(res), body: whole });
      });
    });
    r.on('error', reject);
    r.end(body);
  });
}

const pick = (res) => ({ status: res.statusCode, headers: res.headers });

export function secured(what, { headers }) {
  for (const [name, value] of Object.entries(SECURE)) {
    assert.match(headers[name] ?? '', value, `${what}: ${name}`);
  }
  assert.equal(headers.server, undefined, `${what}: no banner`);
  assert.equal(headers['access-control-allow-origin'], undefined, what);
}

export const vanish = (s) => (TLS ? s.destroy() : s.resetAndDestroy());
export const dial = () => (TLS ? tls.connect({ host, port, ...trust }) : net.connect(port, host));
export const DIALLED = TLS ? 'secureConnect' : 'connect';

/* Bytes in, everything until the server closes out. */
export function raw(bytes, { end = false } = {}) {
  return new Promise((resolve) => {
    const s = dial();
    let text = '';
    s.on('data', (d) => { text += d.toString('latin1'); });
    s.on('error', () => {});
    s.on('close', () => resolve(text));
    s.on(DIALLED, () => (end ? s.end(bytes) : s.write(bytes)));
  });
}

export const post = (path, body, headers = {}) => ask('POST', path, {
  headers: { origin, 'content-length': Buffer.byteLength(body), ...headers }, body });

export async function login(n) {
  const r = await post('/api/login', JSON.stringify({ secret: links[n].secret }));
  assert.equal(r.status, 200);
  secured('login', r);
  const { sid } = JSON.parse(r.body);
  const [line] = r.headers['set-cookie'];
  assert.match(line, new RegExp(`^rk-${sid}=[A-Za-z0-9_-]{43}; HttpOnly; SameSite=Strict; ` +
    `Path=/s/${sid}; Max-Age=36000${TLS ? '; Secure' : ''}$`));
  return { sid, cookie: line.split(';')[0] };
}

/* A socket, or the HTTP answer that refused it. */
export function connect(path, { protocol = ['rokusha.1'], headers = {}, from = origin } = {}) {
  return new Promise((resolve) => {
    const options = { headers, ...trust };
    if (from) options.origin = from;
    const ws = new WebSocket(`${TLS ? 'wss' : 'ws'}://${HOST}:${port}${path}`, protocol, options);
    let answer;
    ws.on('upgrade', (res) => { answer = pick(res); });
    ws.on('unexpected-response', (_, res) => { res.resume(); resolve(pick(res)); });
    ws.on('error', () => resolve({ status: 0 }));
    ws.on('open', () => resolve({ ...answer, status: 101, ws }));
  });
}

export async function socketOf(session, more = '') {
  const r = await connect(`/s/${session.sid}/ws`, { headers: { cookie: session.cookie + more } });
  assert.equal(r.status, 101);
  return r;
}

export const closeOf = async (ws) => {
  const [code, reason] = await once(ws, 'close');
  assert.match(String(reason), /^(bad utf8)?$/, 'a close says nothing'); /* that one is lws' */
  return code;
};
/* The next frame; a socket that closes instead has none, and nobody waits for it. */
export const frameOf = (ws) => new Promise((resolve, reject) => {
  const closed = (code) => reject(new Error(`closed with ${code} instead of a frame`));
  ws.once('close', closed);
  ws.once('message', (data) => {
    ws.off('close', closed);
    resolve(JSON.parse(data));
  });
});
export const join1 = () => JSON.stringify({ t: 'join', client: '0123456789abcdef', have: [] });

/* Replaces a whole text again and again, as fast as it is acknowledged. */
export async function* flood(ws, bytes) {
  ws.send(join1());
  const snap = await frameOf(ws);
  const cell = snap.cells.find((c) => c.l === 'w' && snap.cols[c.c].type === 'text');
  let { v: base } = cell;
  let length = cell.x.length;
  for (let ref = 1; ; ref++) {
    const text = String.fromCharCode(97 + (ref % 26)).repeat(bytes);
    ws.send(JSON.stringify({ t: 'edit', ref, cell: cell.k, base, changes: [[[length, text]]] }));
    let frame;
    do frame = await frameOf(ws);
    while (frame.t !== 'ack' && frame.t !== 'no');
    assert.equal(frame.t, 'ack', JSON.stringify(frame).slice(0, 200));
    base = frame.ver;
    length = bytes;
    yield base;
  }
}

export async function prepare() {
  assert.ok(existsSync(BIN), `${BIN} is missing: make build`);
  if (TLS) {
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
      '-nodes', '-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=localhost'],
    { stdio: 'ignore' });
  }
  execFileSync(BIN, ['init', db]);
  execFileSync(BIN, ['import', '--db', db, '--links', linksFile, '--reusable',
    join(ROOT, 'tests', 'cases', 'case-1.json')]);
  links = JSON.parse(readFileSync(linksFile, 'utf8'));
  await start();
}

export function cleanUp() {
  server?.child.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
}
