/*
 * The network layer from outside: what is served, what is refused, how sockets end. Starts its own
 * server (ROKUSHA=path of the binary). Waits for events, never for a time. NET_SLOW=1 adds what
 * takes ten seconds, NET_TLS=1 does all of it over TLS, NET_HOST=[::1] over IPv6.
 *   node --test tests/proto/net_smoke.mjs
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import {
  DIALLED, TLS, ask, cleanUp, closeOf, connect, dial, flood, frameOf, host, join1, links, login,
  origin, port, post, prepare, raw, secured, server, socketOf, start, stop, trust, vanish, web,
} from './net_rig.mjs';

before(prepare);
after(cleanUp);

/* What the page names. */
async function assetNames(page = '/') {
  const { body } = await ask('GET', page);
  return [...String(body).matchAll(/"\/assets\/([^"]+)"/g)].map((m) => m[1]);
}

test('page and assets, raw and compressed', async () => {
  for (const path of ['/', '/s/0123456789abcdef', '/?x=1', '/verify']) {
    const r = await ask('GET', path);
    assert.equal(r.status, 200);
    assert.match(String(r.body), /^<!doctype html>[^]*<\/html>\n$/);
    assert.equal(r.headers['cache-control'], 'no-store');
    assert.equal(r.headers['content-type'], 'text/html; charset=utf-8');
    secured(path, r);
  }
  const names = [...new Set([...await assetNames(), ...await assetNames('/verify')])];
  assert.ok(names.length >= 5);
  for (const name of names) {
    const path = `/assets/${name}`;
    const plain = await ask('GET', path);
    const packed = await ask('GET', path, { headers: { 'accept-encoding': 'br, gzip' } });
    const never = await ask('GET', path, { headers: { 'accept-encoding': 'br, gzip;q=0' } });
    const hash = createHash('sha256').update(plain.body).digest('hex');
    assert.ok(name.includes(hash.slice(0, 12)), `${name} is named by its content`);
    assert.deepEqual(gunzipSync(packed.body), plain.body);
    assert.deepEqual(never.body, plain.body);
    assert.equal(packed.headers['content-encoding'], 'gzip');
    assert.equal(plain.headers['content-encoding'], undefined);
    assert.equal(plain.headers['cache-control'], 'public, max-age=31536000, immutable');
    secured(name, packed);
    const head = await ask('HEAD', path);
    assert.equal(head.headers['content-length'], String(plain.body.length));
    assert.equal(head.body.length, 0);
  }
});

test('everything else is refused, with the headers', async () => {
  for (const path of ['/index.html', '/verify.html', '/verify/', '/assets/', '/assets/none.js', '/x', '/s/', '/s/0123',
    '/s/0123456789abcdeF', '/s/0123456789abcdef/', '/s/0123456789abcdef/x', '/api/login',
    '/../schema/form.json', '/%2e%2e/%2e%2e/etc/passwd', '//']) {
    const r = await ask('GET', path);
    assert.equal(r.status, path === '//' ? 200 : 404, path); /* lws folds the slashes */
    secured(path, r);
  }
  for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
    const r = await ask(method, '/', { headers: { origin } });
    assert.equal(r.status, 405, method);
    assert.equal(r.headers.allow, 'GET, HEAD, POST');
    secured(method, r);
  }
  const r = await ask('GET', '/', { headers: { 'content-length': '3' }, body: 'abc' });
  assert.equal(r.status, 400);
  assert.equal((await post('/', '{}')).status, 404);
});

test('oddities of HTTP end the connection and nothing else', async () => {
  const line = `Host: x:${port}\r\n`;
  assert.equal(await raw(`CONNECT example.org:80 HTTP/1.1\r\n${line}\r\n`), '');
  assert.doesNotMatch(await raw(`FOO / HTTP/1.1\r\n${line}\r\n`), /HTTP\/1.1 2/);
  assert.doesNotMatch(await raw(`TRACE / HTTP/1.1\r\n${line}\r\n`), /HTTP\/1.1 2/);
  await raw('\0\0\0\0\r\n\r\n', { end: true });
  await raw('GET / HTTP/1.1\r\n', { end: true });
  await raw(`GET / HTTP/1.1\r\n${line}X: ${'x'.repeat(9000)}\r\n\r\n`, { end: true });
  assert.match(await raw(`GET / HTTP/1.0\r\n\r\n`), /^HTTP\/1.1 200 OK[^]*<\/html>\s*$/);
  assert.match(await raw(`GET / HTTP/1.1\r\n${line}Connection: close\r\n\r\n`), /^HTTP\/1.1 200 OK/);
  for (const to of ['h2c', 'foo']) {
    const text = await raw(`GET / HTTP/1.1\r\n${line}Connection: Upgrade, HTTP2-Settings\r\n` +
      `Upgrade: ${to}\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n`);
    assert.match(text, /^HTTP\/1\.\d 403/, to);
    assert.equal(text.match(/HTTP\/1\./g).length, 1, 'one answer');
    assert.match(text, /content-security-policy: default-src 'none'/i);
    assert.doesNotMatch(text, /\nserver:/i);
  }
  assert.equal((await ask('GET', '/')).status, 200);
});

test('requests in a row on one connection, and pipelined', async () => {
  const agent = new web.Agent({ keepAlive: true, maxSockets: 1, ...trust });
  for (let i = 0; i < 5; i++) {
    const status = await new Promise((resolve, reject) => {
      web.get({ host, port, path: i === 2 ? '/none' : '/', agent }, (res) => {
        res.resume();
        res.on('end', () => resolve(res.statusCode));
      }).on('error', reject);
    });
    assert.equal(status, i === 2 ? 404 : 200);
  }
  agent.destroy();
  const get = `GET / HTTP/1.1\r\nHost: x\r\n`;
  const text = await raw(`${get}\r\n${get}\r\n${get}Connection: close\r\n\r\n`);
  assert.equal(text.match(/HTTP\/1\.1 200 OK/g)?.length, text.match(/<\/html>/g)?.length);
  assert.equal(text.match(/HTTP\/1\.1 200 OK/g)?.length, 3);
  const name = (await assetNames()).find((f) => f.endsWith('.js'));
  const big = await raw(`GET /assets/${name} HTTP/1.1\r\nHost: x\r\n\r\n${get}Connection: close\r\n\r\n`);
  assert.match(big, /^HTTP\/1\.1 200 OK/);
});

test('a login is judged before its body is read', async () => {
  const good = JSON.stringify({ secret: links[0].secret });
  const none = await ask('POST', '/api/login', { headers: { 'content-length': good.length }, body: good });
  assert.equal(none.status, 403);
  for (const from of [origin.replace(/:\d+$/, ''), 'null', `${origin}/`, `${origin}0`, 'http://evil.example']) {
    const r = await post('/api/login', good, { origin: from });
    assert.equal(r.status, 403, from);
    secured(from, r);
  }
  const big = await post('/api/login', JSON.stringify({ secret: 'x'.repeat(2000) }));
  assert.equal(big.status, 413);
  const chunked = await ask('POST', '/api/login', { headers: { origin, 'transfer-encoding': 'chunked' }, body: good });
  assert.equal(chunked.status, 411);
  const lines = `POST /api/login HTTP/1.1\r\nHost: x\r\nOrigin: ${origin}\r\n`;
  for (const [length, status] of [['', 411], ['Content-Length: -1\r\n', 400],
    ['Content-Length: +5\r\n', 400], ['Content-Length: 5x\r\n', 400],
    ['Content-Length: 99999999999999999999\r\n', 413], ['Content-Length: 4294967297\r\n', 413],
    ['Content-Length: 5\r\nContent-Length: 6\r\n', 400]]) {
    const text = await raw(`${lines}${length}\r\n${good}`, { end: true });
    assert.match(text, new RegExp(`^HTTP/1\\.1 ${status} `), length);
    assert.equal(text.match(/HTTP\/1\./g).length, 1, 'one answer');
  }
});

test('a login needs exactly a secret', async () => {
  const wrong = await post('/api/login', JSON.stringify({ secret: 'A'.repeat(43) }));
  assert.equal(wrong.status, 403);
  assert.deepEqual(JSON.parse(wrong.body), { error: 'link' });
  assert.equal(wrong.headers['set-cookie'], undefined);
  assert.equal(wrong.headers['cache-control'], 'no-store');
  secured('wrong', wrong);
  const s = links[0].secret;
  for (const body of ['', '[]', `{"secret":"${s}","x":1}`, `{"secret":"${s}","secret":"${s}"}`]) {
    const r = await post('/api/login', body);
    assert.equal(r.status, 400, body);
    assert.deepEqual(JSON.parse(r.body), { error: 'bad' });
  }
});

test('a socket opens for its session only', async () => {
  const a = await login(0);
  const b = await login(1);
  const at = `/s/${a.sid}/ws`;
  const cookie = { cookie: a.cookie };
  const refused = [
    ['no cookie', await connect(at)],
    ['no origin', await connect(at, { headers: cookie, from: null })],
    ['foreign origin', await connect(at, { headers: cookie, from: 'http://evil.example' })],
    ['name as a suffix', await connect(at, { headers: { cookie: `x${a.cookie}` } })],
    ['name longer', await connect(at, { headers: { cookie: a.cookie.replace('=', 'x=') } })],
    ['wrong value', await connect(at, { headers: { cookie: `${a.cookie.slice(0, -2)}AA` } })],
    ['empty value', await connect(at, { headers: { cookie: `rk-${a.sid}=` } })],
    ['cookie of another', await connect(at, { headers: { cookie: b.cookie } })],
    ['secret of another', await connect(at, {
      headers: { cookie: `rk-${a.sid}=${b.cookie.split('=')[1]}` } })],
    ['no subprotocol', await connect(at, { headers: cookie, protocol: [] })],
    ['unknown subprotocol', await connect(at, { headers: cookie, protocol: ['rokusha.2'] })],
    ['no such session', await connect('/s/0123456789abcdef/ws', { headers: cookie })],
    ['the page', await connect(`/s/${a.sid}`, { headers: cookie })],
    ['the root', await connect('/', { headers: cookie })],
  ];
  for (const [what, r] of refused) {
    assert.equal(r.status, 403, what);
    secured(what, r);
  }
  const r = await socketOf(a);
  assert.equal(r.headers['sec-websocket-extensions'], undefined);
  assert.equal(r.ws.protocol, 'rokusha.1');
  secured('101', r);
  r.ws.terminate();
  const listed = await connect(at, { headers: cookie, protocol: ['rokusha.2', 'rokusha.1'] });
  assert.equal(listed.ws.protocol, 'rokusha.1');
  listed.ws.terminate();
});

test('a socket answers', async () => {
  const { ws } = await socketOf(await login(0));
  ws.send(join1());
  assert.equal((await frameOf(ws)).t, 'snap');
  ws.ping();
  await once(ws, 'pong');
  ws.close(1000);
  assert.equal(await closeOf(ws), 1000);
});

test('two sessions in one cookie jar', async () => {
  const a = await login(0);
  const b = await login(1);
  const jar = `; theme=x; ${b.cookie};${a.cookie} ; rk-=1`;
  const one = await socketOf({ sid: a.sid, cookie: 'first=1' }, jar);
  const two = await socketOf({ sid: b.sid, cookie: 'first=1' }, jar);
  const seats = [];
  for (const { ws } of [one, two]) {
    ws.send(join1());
    seats.push((await frameOf(ws)).me.seat);
    ws.terminate();
  }
  assert.notEqual(seats[0], seats[1]);
});

test('messages out of bounds close the socket', async () => {
  const s = await login(0);
  const ending = async (act) => {
    const { ws } = await socketOf(s);
    ws.on('error', () => {});
    const closed = closeOf(ws);
    act(ws);
    return closed;
  };
  assert.equal(await ending((ws) => ws.send('x'.repeat(65537))), 1009);
  assert.equal(await ending((ws) => {
    for (let i = 0; i < 3; i++) ws.send('x'.repeat(30000), { fin: i === 2 });
  }), 1009);
  assert.equal(await ending((ws) => ws.send(Buffer.from('abc'), { binary: true })), 1003);
  assert.equal(await ending((ws) => ws.send(Buffer.from([0xc3, 0x28]), { binary: false })), 1007);
  assert.equal(await ending((ws) => {
    for (let i = 0; i < 65; i++) ws.send(' ', { fin: false });
  }), 1008);
  assert.equal(await ending((ws) => {
    for (let i = 0; i < 64; i++) ws.send('', { fin: false });
  }), 1008);
  assert.equal(await ending((ws) => ws._socket.write(Buffer.from([0x81, 0xff, 0x7f, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4, 5]))), 1009, 'announced, not sent');
  assert.equal(await ending((ws) => {
    ws.send(join1());
    for (let i = 0; i < 450; i++) ws.send('{"t":"ping"}');
  }), 1008, 'too many');
  assert.equal(await ending((ws) => { for (let i = 0; i < 450; i++) ws.pong('x'); }), 1008, 'pongs');
});

test('a message in pieces is one message', async () => {
  const { ws } = await socketOf(await login(0));
  const text = join1();
  for (let i = 0; i < text.length; i += 4) ws.send(text.slice(i, i + 4), { fin: i + 4 >= text.length });
  assert.equal((await frameOf(ws)).t, 'snap');
  ws.terminate();
});

test('a session has eight sockets at most, and gets them back', async () => {
  const s = await login(2);
  const open = [];
  for (let i = 0; i < 8; i++) open.push((await socketOf(s)).ws);
  const ninth = await connect(`/s/${s.sid}/ws`, { headers: { cookie: s.cookie } });
  assert.equal(ninth.status, 429);
  open[0].close();
  await closeOf(open[0]);
  let again;
  do again = await connect(`/s/${s.sid}/ws`, { headers: { cookie: s.cookie } });
  while (again.status === 429);
  assert.equal(again.status, 101);
  for (const ws of [...open, again.ws]) ws.terminate();
});

test('clients that vanish leave nothing behind', async () => {
  const s = await login(3);
  for (let i = 0; i < 20; i++) {
    const r = await connect(`/s/${s.sid}/ws`, { headers: { cookie: s.cookie } });
    if (r.status !== 101) continue; /* the server has not noticed some yet */
    r.ws.on('error', () => {});
    if (i % 2) r.ws.send(join1());
    if (i % 3 === 0) r.ws._socket.write(Buffer.from([0x01, 0xfe, 0x40]));
    vanish(r.ws._socket);
  }
  const body = JSON.stringify({ secret: links[3].secret });
  for (let i = 0; i < 10; i++) {
    const c = dial();
    c.on('error', () => {});
    await once(c, DIALLED);
    c.write(`POST /api/login HTTP/1.1\r\nHost: x\r\nOrigin: ${origin}\r\n` +
      `Content-Length: ${body.length}\r\n\r\n${body}`, () => vanish(c));
    await once(c, 'close');
  }
  const { ws } = await socketOf(await login(3));
  ws.terminate();
});

test('logout closes the sockets of this session and kills its cookie', async () => {
  const a = await login(0);
  const b = await login(0);
  const one = await socketOf(a);
  const two = await socketOf(a);
  const other = await socketOf(b);
  assert.equal((await post(`/s/${a.sid}/logout`, '')).status, 403, 'no cookie');
  assert.equal((await post(`/s/${a.sid}/logout`, '', { cookie: b.cookie })).status, 403);
  assert.equal((await post(`/s/${a.sid}/logout`, '', { cookie: a.cookie, origin: 'http://x' })).status, 403);
  const ends = [closeOf(one.ws), closeOf(two.ws)];
  const r = await post(`/s/${a.sid}/logout`, '', { cookie: a.cookie });
  assert.equal(r.status, 200);
  assert.match(r.headers['set-cookie'][0], new RegExp(`^rk-${a.sid}=; .*Path=/s/${a.sid}; Max-Age=0`));
  secured('logout', r);
  assert.deepEqual(await Promise.all(ends), [1008, 1008]);
  assert.equal((await connect(`/s/${a.sid}/ws`, { headers: { cookie: a.cookie } })).status, 403);
  assert.equal((await post(`/s/${a.sid}/logout`, '', { cookie: a.cookie })).status, 403);
  other.ws.send(join1());
  assert.equal((await frameOf(other.ws)).t, 'snap');
  other.ws.terminate();
});

test('the key for what a browser keeps: the same at each login of a seat, for who has its cookie', async () => {
  const [a, b, other] = [await login(0), await login(0), await login(1)];
  const keep = (who, more) => post(`/s/${who.sid}/keep`, '', { cookie: who.cookie, ...more });
  const idle = await keep(a);
  if (idle.status !== 200) assert.equal(idle.status, 503, 'its room is not in memory');
  const one = await socketOf(a);
  one.ws.send(join1());
  assert.equal((await frameOf(one.ws)).t, 'snap');
  const keys = await Promise.all([a, b, other].map((who) => keep(who)));
  secured('keep', keys[0]);
  assert.equal(keys[0].headers['cache-control'], 'no-store');
  const [first, again, theirs] = keys.map((r) => JSON.parse(r.body).key);
  assert.match(first, /^[A-Za-z0-9_-]{43}$/);
  assert.equal(again, first);
  assert.notEqual(theirs, first);
  assert.equal((await post(`/s/${a.sid}/keep`, '')).status, 403);
  assert.equal((await keep(a, { cookie: other.cookie })).status, 403);
  assert.equal((await keep(a, { origin: 'http://x' })).status, 403);
  assert.equal((await ask('GET', `/s/${a.sid}/keep`)).status, 404);
  one.ws.terminate();
});

test('a reader that does not read is let go; what it got is whole and in order', async () => {
  const writer = await socketOf(await login(0));
  const reader = await socketOf(await login(0));
  reader.ws.send(join1());
  assert.equal((await frameOf(reader.ws)).t, 'snap');
  const seen = [];
  const end = closeOf(reader.ws);
  reader.ws.on('message', (data) => {
    const frame = JSON.parse(data);
    if (frame.t === 'edit') seen.push(frame.ver);
  });
  reader.ws._socket.pause();
  let sent = 0;
  for await (const version of flood(writer.ws, 50000)) {
    /* Ten seconds after the kernel's buffers are full, however much they hold on this machine. */
    assert.ok(version && ++sent < 4000, 'it is let go in the end');
    if (server.err.includes('event=slow_reader')) break;
    await new Promise((resolve) => setTimeout(resolve, 50)); /* each counts as four: below the limit of messages */
  }
  reader.ws._socket.resume();
  assert.equal(await end, 1013);
  assert.ok(seen.length > 10 && seen.length < sent);
  seen.forEach((version, i) => assert.equal(version, seen[0] + i));
  writer.ws.terminate();
});

test('an asset asked for again and again, never read, ends', async () => {
  const name = (await assetNames()).find((f) => f.endsWith('.js'));
  const c = dial();
  c.on('error', () => {});
  await once(c, DIALLED);
  c.pause();
  const closed = new Promise((resolve) => { c.on('close', resolve); });
  const more = setInterval(() => c.write(`GET /assets/${name} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(50)), 20);
  const { status } = await ask('GET', '/');
  assert.equal(status, 200, 'others are served');
  await closed;
  clearInterval(more);
});

test('TLS is 1.2 or newer and speaks http/1.1 only', { skip: !TLS }, async () => {
  const c = tls.connect({ host, port, ...trust, ALPNProtocols: ['h2', 'http/1.1'] });
  await once(c, DIALLED);
  assert.equal(c.alpnProtocol, 'http/1.1');
  assert.match(c.getProtocol(), /^TLSv1\.[23]$/);
  c.destroy();
  const old = tls.connect({ host, port, ...trust, minVersion: 'TLSv1', maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT:@SECLEVEL=0' });
  const [error] = await once(old, 'error');
  assert.match(String(error.code), /ERR_SSL|ECONNRESET/);
  const static_ = tls.connect({ host, port, ...trust, maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' });
  await once(static_, 'error');
  const plain = net.connect(port, host);
  plain.on('error', () => {});
  plain.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  let text = '';
  plain.on('data', (d) => { text += d.toString('latin1'); });
  await new Promise((resolve) => { plain.on('close', resolve); });
  assert.doesNotMatch(text, /HTTP\/1.1 200/);
});

test('slow headers, silence and half a body end', { skip: !process.env.NET_SLOW }, async () => {
  const begun = Date.now();
  const took = await Promise.all(['', 'GET / HT', 'GET / HTTP/1.1\r\nX: y\r\n',
    `POST /api/login HTTP/1.1\r\nHost: x\r\nOrigin: ${origin}\r\nContent-Length: 50\r\n\r\n{`,
    'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
  ].map(async (bytes) => {
    await raw(bytes);
    return Date.now() - begun;
  }));
  assert.ok(Math.max(...took) < 15000, String(took));
});

test('after ten failures a minute an address has to wait', async () => {
  let status;
  for (let i = 0; i < 12; i++) {
    status = (await post('/api/login', JSON.stringify({ secret: 'B'.repeat(42) + 'A' }))).status;
  }
  assert.equal(status, 429);
});

test('a session ends at its time', async () => {
  await stop();
  await start(); /* which also forgets the failures */
  const s = await login(0);
  const expires = Date.now() + 36000000;
  await stop();
  const japan = (ms) => new Date(ms + 9 * 3600000).toISOString().slice(0, 16);
  await start('--now', japan(expires - 60000), '--speed', '60'); /* it has one to two seconds left */
  const { ws } = await socketOf(s);
  assert.equal(await closeOf(ws), 1008);
  assert.equal((await connect(`/s/${s.sid}/ws`, { headers: { cookie: s.cookie } })).status, 403);
  await stop();
  await start('--now', japan(expires + 60000));
  assert.equal((await connect(`/s/${s.sid}/ws`, { headers: { cookie: s.cookie } })).status, 403);
});

test('the end: everybody is told, sessions survive', async () => {
  await stop(); /* with nobody there */
  await start();
  const s = await login(0);
  const open = [];
  for (let i = 0; i < 4; i++) open.push((await socketOf(s)).ws);
  open[0].send(join1());
  await frameOf(open[0]);
  open[1]._socket.pause(); /* does not answer */
  const ends = [closeOf(open[0]), closeOf(open[2]), closeOf(open[3])];
  await stop();
  assert.deepEqual(await Promise.all(ends), [1001, 1001, 1001]);
  open[1].terminate();
  await start();
  const { ws } = await socketOf(s);
  const end = closeOf(ws);
  await stop();
  assert.equal(await end, 1001);
});
