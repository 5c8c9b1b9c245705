/*
 * Registrations and assertions for fuzz_passkey.c, as browsers make them, by keys made here; and
 * WebAuthn's own vectors. Usage: node tests/fuzz/seeds_passkey.mjs DIR
 */
import fs from 'node:fs';
import path from 'node:path';
import {createHash, generateKeyPairSync, sign} from 'node:crypto';
import {fileURLToPath} from 'node:url';

const VECTORS = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../vectors/shared/webauthn/test-vectors.json');
const RP = 'sign.rokusha.test';
const STATEMENT = 'rokusha/sign/v1\n';
const ENROL = 1, OURS = 2, SIGN = 4;
const dir = process.argv[2];
const sha256 = (bytes) => createHash('sha256').update(bytes).digest();
const hex = (text) => Buffer.from(text, 'hex');

function write(name, options, client, auth, spki, sig = Buffer.alloc(0)) {
	const head = Buffer.alloc(7);

	head[0] = options;
	[client, auth, spki].forEach((b, i) => head.writeUInt16BE(b.length, 1 + 2 * i));
	fs.writeFileSync(path.join(dir, name), Buffer.concat([head, client, auth, spki, sig]));
}

function client(type, challenge, rest = '}') {
	return Buffer.from(`{"type":"webauthn.${type}","challenge":"${challenge.toString('base64url')}",` +
		`"origin":"https://${RP}","crossOrigin":false${rest}`);
}

function auth(flags, ...more) {
	return Buffer.concat([sha256(RP), Buffer.from([flags, 0, 0, 0, 1]), ...more]);
}

function cose(spki) {
	return spki.length === 91
		? Buffer.concat([hex('a5010203262001215820'), spki.subarray(27, 59), hex('225820'), spki.subarray(59)])
		: Buffer.concat([hex('a401030339010020590100'), spki.subarray(33, 289), hex('2143010001')]);
}

fs.mkdirSync(dir, {recursive: true});
for (const [name, kind, options] of [['es256', 'ec', {namedCurve: 'P-256'}], ['rs256', 'rsa', {modulusLength: 2048}]]) {
	const pair = generateKeyPairSync(kind, options);
	const spki = pair.publicKey.export({format: 'der', type: 'spki'});
	const id = [Buffer.alloc(16), hex('0010'), Buffer.alloc(16, 'i')];
	const made = client('create', Buffer.alloc(32));
	const signed = client('get', sha256(STATEMENT), ',"other_keys_can_be_added_here":"x"}');
	const by = sign('sha256', Buffer.concat([auth(0x05), sha256(signed)]), pair.privateKey);

	write(`${name}-create`, ENROL, made, auth(0x45, ...id, cose(spki)), spki);
	write(`${name}-create-extended`, ENROL, made, auth(0xc5, ...id, cose(spki), hex('a16b6372656450726f7465637403')), spki);
	write(`${name}-create-claims`, ENROL, made, auth(0x45, ...id, hex('9affffffff')), spki);
	write(`${name}-create-long-id`, ENROL, made, auth(0x45, id[0], hex('005e'), id[2], cose(spki)), spki);
	write(`${name}-create-ours`, ENROL | OURS, made, auth(0x5d, ...id, cose(spki)), spki);
	write(`${name}-get`, 0, signed, auth(0x05), spki, by);
	write(`${name}-get-claims`, OURS | SIGN, signed, auth(0x85, hex('9affffffff')), spki, by);
	write(`${name}-get-ours`, OURS | SIGN, signed, auth(0x1d), spki, by);
}
for (const {id, registration, authentication, derived} of JSON.parse(fs.readFileSync(VECTORS, 'utf8')).cases) {
	const spki = hex(derived.credential_public_key_spki);

	write(`w3c-${id}-create`, ENROL, hex(registration.clientDataJSON), hex(derived.registration_auth_data), spki);
	write(`w3c-${id}-get`, 0, hex(authentication.clientDataJSON), hex(authentication.authenticatorData), spki, hex(authentication.signature));
}
