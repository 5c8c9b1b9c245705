/*
 * Requests and sockets for fuzz_http.c: what a browser sends, what tests/proto and tests/cli try, and
 * one thing wrong at a time. Usage: node tests/fuzz/seeds_http.mjs DIR
 */
import fs from 'node:fs';
import path from 'node:path';

const dir = process.argv[2];
const SID = '00000000000000ab';
const TOKEN = 'A'.repeat(43);
const LINK = 'E'.repeat(43);
const ORIGIN = 'http://127.0.0.1:8600';
const SEP = '\x1e';
let count = 0;

const write = (name, ...steps) => fs.writeFileSync(path.join(dir, `${name}-${count++}`), steps.join(SEP));
const request = (line, headers, body = '') => `R${line} HTTP/1.1\n${
	Object.entries(headers).filter(([, v]) => v !== null).map(([k, v]) => `${k}: ${v}\n`).join('')}\n${body}`;
const get = (url, more = {}) => request(`GET ${url}`, {host: 'h', ...more});
const login = (body, more = {}, url = '/api/login') =>
	request(`POST ${url}`, {origin: ORIGIN, 'content-length': body.length, ...more}, body);
const socket = (more = {}, url = `/s/${SID}/ws`) => request(`GET ${url}`, {
	origin: ORIGIN, upgrade: 'websocket', connection: 'Upgrade', cookie: `rk-${SID}=${TOKEN}`,
	'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', 'sec-websocket-version': '13',
	'sec-websocket-protocol': 'rokusha.1', ...more});
const frame = (flags, text) => `W${String.fromCharCode(flags)}${text}`;
const join = frame(1, '{"t":"join","client":"00000000000000aa"}');

fs.mkdirSync(dir, {recursive: true});
for (const url of ['/', `/s/${SID}`, '/index.html', '/assets/none.js', `/s/${SID}/`, '/s/x', `/s/${SID}0`]) {
	write('get', get(url), get(url, {'accept-encoding': 'gzip, br'}));
	write('head', request(`HEAD ${url}`, {}));
}
for (const value of ['gzip;q=0', 'br;q=1, gzip;q=0.5', 'xgzip', 'gzip;q=', ' ,gzip', 'identity;q=1,*;q=0']) {
	write('encoding', get('/', {'accept-encoding': value}));
}
for (const body of [`{"secret":"${LINK}"}`, `{"secret":"${TOKEN}"}`, '{"secret":"x"}', '{}', '',
	`{"secret":"${LINK}","x":1}`, `{"secret":"${LINK}","secret":"${LINK}"}`, `["${LINK}"]`,
	`{"secret":"${LINK.slice(1)}F"}`, `{"secret":"${LINK}="}`, `{"secret":"${LINK}"}\0`, '{"secret":7}']) {
	write('login', login(body), login(body));
}
for (const more of [{origin: null}, {origin: 'http://evil'}, {'content-length': null}, {'content-length': '1e3'},
	{'content-length': '99999'}, {'content-length': '9999999999'}, {'transfer-encoding': 'chunked'},
	{'content-length': '5'}, {'content-length': '-1'}]) {
	write('login-head', login(`{"secret":"${LINK}"}`, more));
}
const cookie = `rk-${SID}=${TOKEN}`;
for (const value of [cookie, `a=b; ${cookie}`, `${cookie}; a=b`, `rk-${SID}=x; ${cookie}`, ` ${cookie} ;`,
	`rk-${SID}=${TOKEN.slice(1)}`, `rk-${SID}`, ';;;', `a=${cookie}`, `xrk-${SID}=${TOKEN}`, `${cookie}=`,
	'='.repeat(200), null]) {
	write('socket', socket({cookie: value}), join, frame(1, '{"t":"ping"}'), 'P', 'X');
	write('logout', login('', {cookie: value}, `/s/${SID}/logout`), socket());
}
for (const more of [{'sec-websocket-version': '12'}, {'sec-websocket-key': 'x'}, {upgrade: 'h2c'}, {origin: null},
	{'sec-websocket-protocol': 'a, rokusha.1,b'}, {'sec-websocket-protocol': 'rokusha.10'},
	{'content-length': '0'}, {'sec-websocket-protocol': null}]) {
	write('upgrade', socket(more));
}
for (let n = 0; n < 8; n++) {
	write('asset', get(`/%${n}`), get(`/%${n}`, {'accept-encoding': 'gzip'}), request(`HEAD /%${n}`, {}));
}
write('wrong-links', ...Array.from({length: 13}, () => login(`{"secret":"${TOKEN}"}`)), login(`{"secret":"${LINK}"}`));
write('pong', socket(), 'O', join, 'P', 'O');
write('pieces', socket(), frame(0, '{"t":"jo'), frame(0, 'in","client":'), frame(1, '"00000000000000aa"}'), 'P', 'Y');
write('cut', socket(), frame(4 + 1, '{"t":"join","client":'), frame(1, '"00000000000000aa"}'), 'P');
write('binary', socket(), frame(3, 'x'), join);
write('huge', socket(), frame(8, 'x'), join, 'Y', 'C');
write('fragments', socket(), ...Array.from({length: 60}, () => frame(0, 'x')));
write('slow', socket(), join, 'P', 'F', frame(1, '{"t":"ping"}'), frame(1, '{"t":"ping"}'), 'Y', 'C', 'X');
write('bad', socket(), frame(1, '{"t":"nothing"}'), 'Y', 'C');
write('ended', socket(), join, 'P', 'Z', 'Y', socket());
write('two', socket(), join, 'P', 'N1', socket(), join, 'P', 'N0', 'X', 'N1', frame(1, '{"t":"ping"}'));
write('methods', request('PUT /', {}), request('OPTIONS /', {}), request('DELETE /api/login', {'content-length': '3'}, 'abc'));
write('get-with-body', get('/', {'content-length': '3'}), get('/', {'content-length': '0'}));
