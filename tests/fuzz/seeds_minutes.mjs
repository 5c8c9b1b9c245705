/* First inputs for fuzz_minutes.c: a log with all there is in its own spelling, and parts of it. Usage: … DIR */
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const dir = process.argv[2];
const ME = '00000000000000aa';
const YOU = '00000000000000bb';
const line = (where, name, value) => `${where} ${JSON.stringify([name, value])}`;
const HASH = 'A'.repeat(43) + '=';
const NONCE = `${'A'.repeat(22)}==`;
const manifest = line('o', 'manifest', {party: ME, role: 'emp', slot: 's03', labels: ['common', 'plan.goal', 's03', 's09']});
const members = [line('m', `member/${YOU}`, true), line('m', `name/${YOU}`, '木立'), line('m', `member/${ME}`, true)];
const fields = [line('c', 'notice', '架空'), line('k', 'field/plan.goal', '働く'), line('o', 'name', '私'), line('m', 'row/min.decisions/1/text', ['決', 1, true])];
const statement = (party, method, more = {}) => ['rokusha/sign/v1', '$O', '2', '$R', `party ${party}`, `method ${method}`, `key ${more.key ?? '-'}`,
	`scan ${more.scan ?? '-'}`, 'view $V', 'say $S', `nonce ${NONCE}`, `time ${more.time ?? 1500}`, ''].join('\n');
const act = (where, party, say, method = 'attested', more = {}) => line(where, 'act/$', {statement: statement(party, method, more), sig: true, view: true, say});
const SPKI = 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE';
const erase = (party) => ({statement: ['rokusha/erase/v1', '$O', 'leaf $1', 'basis request', `party ${party}`, 'method attested', 'key -', `nonce ${NONCE}`, 'time 1500', ''].join('\n'), sig: true});
const all = {
	least: [manifest],
	cells: [manifest, ...members, ...fields],
	own: [manifest, act('r', ME, {decision: 'agree'})],
	others: [manifest, ...members, act('s', YOU, {decision: 'reserve'})],
	paper: [manifest, ...members, act('s', YOU, {decision: 'agree', hand: 'mark', by: ME, witness: ME}, 'paper', {scan: HASH})],
	vouch: [manifest, ...members, act('s', ME, {decision: 'vouch', about: HASH}), act('s', YOU, {decision: 'withdraw', about: HASH})],
	note: [manifest, ...members, line('s', `note/${YOU}`, '付記'), act('s', YOU, {decision: 'dissent', note: '$4'})],
	late: [manifest, act('r', ME, {decision: 'decline'}, 'attested', {time: 4600})],
	key: [manifest, ...members, line('s', `key/${YOU}`, {spki: SPKI}), line('s', `note/${YOU}`, '付記')],
	amend: [fields[0], fields[1], manifest, fields[2], fields[3], ...members, line('s', `amend/${YOU}`, {entry: 1, leaf: '$4', name: 'row/min.decisions/1/text', value: {a: ['b']}, why: '誤り'})],
	erase: [manifest, ...members, line('s', `erase/${YOU}`, {leaf: '$1', approvals: [erase(ME), erase(YOU)]})],
	passkey: [manifest, ...members, line('s', `key/${YOU}`, {spki: SPKI}), line('s', 'act/$', {statement: statement(YOU, 'webauthn', {key: crypto.createHash('sha256').update(Buffer.from(SPKI, 'base64')).digest('base64')}), auth: '', client: true, sig: 'AAAAAAAA', view: true, say: {decision: 'agree'}})],
};

fs.mkdirSync(dir, {recursive: true});
for (const [name, lines] of Object.entries(all)) {
	fs.writeFileSync(path.join(dir, name), `${lines.join('\n')}\n`);
}
const value = {a: [{b: -5, c: 'x\n"\\\t本😀'}, true], ...Object.fromEntries([...'defghijkl'].map((name) => [name, 0]))};
fs.writeFileSync(path.join(dir, 'leaf'), JSON.stringify(['A'.repeat(43), 's09/note', value]));
fs.writeFileSync(path.join(dir, 'bundle'), '{"format":"rokusha-bundle/1","origin":"fuzz.example/c/0123456789abcdef0123456789abcdef","key":"","size":3,"sig":"","reads":["common"],"entries":[\n{"h":["rokusha/entry/v1"],"b":[["x:"]]}\n]}\n');
