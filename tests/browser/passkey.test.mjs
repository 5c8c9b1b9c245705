/*
 * Passkeys end to end: Chromium's own authenticator (CDP WebAuthn) on a page of https://RP, and the
 * server's judge over the very bytes it made. The name RP is mapped to a port of this machine, so
 * that the origin has none; the certificate is thrown away afterwards.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launch } from './browser.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const judgeBin = process.env.PASSKEY_JUDGE ?? join(root, 'build/dev/tests/support/passkey_judge');
const RP = 'sign.rokusha.test';
const OTHER = 'login.rokusha.test';
const ES256 = -7;
const RS256 = -257;
const sha256 = (text) => createHash('sha256').update(text).digest();
const statement = (size) => `rokusha/sign/v1\n${RP}/c/${'0'.repeat(32)}\n${size}\n${randomBytes(32).toString('base64')}\n`;

let dir, server, browser, context, page, cdp, authenticator;

/** What the judge says of each: [reason, id in base64]. */
function judged(...parts) {
  const lines = parts.map((p) => JSON.stringify({ rp: RP, ...p }) + '\n').join('');
  const out = execFileSync(judgeBin, { input: lines, encoding: 'utf8' });
  return out.trimEnd().split('\n').map((l) => l.split(' '));
}
const verdict = (part) => judged(part)[0][0];

/** In the page; bytes go in and out as base64. */
const inPage = () => {
  const to64 = (b) => btoa(String.fromCharCode(...new Uint8Array(b)));
  const from64 = (s) => Uint8Array.from(atob(s), (c) => c.charCodeAt(0));
  globalThis.makeKey = async ({ rp, challenge, algs, uv, extensions = {} }) => {
    const made = await navigator.credentials.create({ publicKey: {
      rp: { id: rp, name: 'ろくしゃ' }, user: { id: crypto.getRandomValues(new Uint8Array(16)), name: 'p', displayName: '真砂' },
      challenge: from64(challenge), attestation: 'none',
      pubKeyCredParams: algs.map((alg) => ({ type: 'public-key', alg })), extensions,
      authenticatorSelection: { residentKey: 'preferred', userVerification: uv },
    } });
    return { id: to64(made.rawId), client: to64(made.response.clientDataJSON),
      auth: to64(made.response.getAuthenticatorData()), spki: to64(made.response.getPublicKey()), alg: made.response.getPublicKeyAlgorithm() };
  };
  globalThis.signWith = async ({ rp, id, challenge, uv, extensions = {} }) => {
    const made = await navigator.credentials.get({ publicKey: {
      rpId: rp, challenge: from64(challenge), userVerification: uv, allowCredentials: [{ type: 'public-key', id: from64(id) }],
      extensions,
    } });
    return { client: to64(made.response.clientDataJSON), auth: to64(made.response.authenticatorData), sig: to64(made.response.signature) };
  };
};

/** The page's only authenticator from now on. */
async function plugIn(options) {
  if (authenticator) await cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: authenticator });
  authenticator = (await cdp.send('WebAuthn.addVirtualAuthenticator', { options: {
    protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal', hasResidentKey: true,
    hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true, ...options,
  } })).authenticatorId;
}

/** A registration as the judge takes it. */
async function register(options = {}) {
  const challenge = randomBytes(32).toString('base64');
  const made = await page.evaluate((o) => globalThis.makeKey(o), { rp: RP, challenge, algs: [ES256, RS256], uv: 'required', ...options });
  return { challenge, ...made };
}

/** An assertion over a text as the judge takes it. */
async function sign(key, text, options = {}, where = page) {
  const made = await where.evaluate((o) => globalThis.signWith(o),
    { rp: RP, id: key.id, challenge: sha256(text).toString('base64'), uv: 'required', ...options });
  return { statement: Buffer.from(text).toString('base64'), spki: key.spki, ...made };
}

before(async () => {
  assert.ok(existsSync(judgeBin), `${judgeBin} is missing`);
  dir = mkdtempSync(join(tmpdir(), 'rokusha-passkey-'));
  const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
    '-keyout', key, '-out', cert, '-days', '2', '-subj', `/CN=${RP}`, '-addext', `subjectAltName=DNS:${RP},DNS:${OTHER}`], { stdio: 'ignore' });
  server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(request.url === '/framing'
      ? `<title>o</title><iframe src="https://${RP}/" allow="publickey-credentials-get *"></iframe>` : '<title>sign</title>');
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  browser = await launch(['--ignore-certificate-errors', `--host-resolver-rules=MAP *.rokusha.test 127.0.0.1:${server.address().port}`]);
});

after(async () => {
  await browser?.close();
  server?.closeAllConnections();
  server?.close();
  if (dir) rmSync(dir, { recursive: true, force: true });
});

beforeEach(async () => {
  await context?.close();
  context = await browser.newContext();
  await context.addInitScript(inPage);
  page = await context.newPage();
  cdp = await context.newCDPSession(page);
  authenticator = null;
  await cdp.send('WebAuthn.enable');
  await plugIn({});
  await page.goto(`https://${RP}/`);
});

/** Node's own judgement of a signature: another implementation, of the signature alone. */
function nodeAgrees(a) {
  const [client, auth, spki, sig] = [a.client, a.auth, a.spki, a.sig].map((b) => Buffer.from(b, 'base64'));
  return verify('sha256', Buffer.concat([auth, sha256(client)]), createPublicKey({ key: spki, format: 'der', type: 'spki' }), sig);
}

test('a passkey is made, and signs two statements', async () => {
  const key = await register();
  const [[reason, id]] = judged(key);
  assert.deepEqual([reason, id, key.alg], ['ok', key.id, ES256]);
  const [one, two] = [await sign(key, statement(2)), await sign(key, statement(3))];
  assert.deepEqual(judged(one, two).map(([r]) => r), ['ok', 'ok']);
  assert.ok(nodeAgrees(one) && nodeAgrees(two));
  assert.equal(verdict({ ...one, statement: two.statement }), 'challenge');
  assert.equal(verdict({ ...one, sig: two.sig }), 'sig');
  assert.equal(verdict({ ...one, auth: two.auth }), 'sig'); // the counter went on
});

test('an RSA key, too', async () => {
  const key = await register({ algs: [RS256] });
  assert.deepEqual([verdict(key), key.alg], ['ok', RS256]);
  const one = await sign(key, statement(2));
  assert.equal(verdict(one), 'ok');
  assert.ok(nodeAgrees(one));
});

test('of what the browser made no bit can be changed', async () => {
  const key = await register();
  const one = await sign(key, statement(2));
  const changed = [];
  for (const part of ['client', 'auth', 'sig', 'spki']) {
    const bytes = Buffer.from(one[part], 'base64');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const other = Buffer.from(bytes);
      other[bit >> 3] ^= 1 << (bit & 7);
      changed.push({ ...one, [part]: other.toString('base64') });
    }
  }
  assert.ok(changed.length > 2000);
  const reasons = judged(one, ...changed).map(([r]) => r);
  assert.equal(reasons.shift(), 'ok');
  assert.deepEqual(reasons.filter((r) => r === 'ok'), []);
  for (const r of ['client', 'type', 'challenge', 'origin', 'cross', 'rp', 'up', 'uv', 'auth', 'key', 'sig']) {
    assert.ok(reasons.includes(r), r);
  }
});

test('one act is not taken for the other, nor one key for another', async () => {
  const [key, other] = [await register(), await register()];
  const one = await sign(key, statement(2));
  assert.equal(verdict({ ...one, client: key.client }), 'type');
  assert.equal(verdict({ ...key, client: one.client }), 'type');
  assert.equal(verdict({ ...one, spki: other.spki }), 'sig');
  assert.equal(verdict({ ...key, spki: other.spki }), 'other');
  assert.equal(verdict({ ...key, challenge: other.challenge }), 'challenge');
});

test('who is not recognised does not sign, nor an authenticator nobody touched', async () => {
  const key = await register();
  await cdp.send('WebAuthn.setResponseOverrideBits', { authenticatorId: authenticator, isBadUP: true });
  assert.equal(verdict(await sign(key, statement(2))), 'up');
  await cdp.send('WebAuthn.setResponseOverrideBits', { authenticatorId: authenticator, isBogusSignature: true, isBadUP: false });
  assert.equal(verdict(await sign(key, statement(2))), 'sig');
  await plugIn({ hasUserVerification: false, isUserVerified: false });
  const stranger = await register({ uv: 'discouraged' });
  assert.equal(verdict(stranger), 'uv');
  assert.equal(verdict(await sign(stranger, statement(2), { uv: 'discouraged' })), 'uv');
});

test('a key of a wider site is not ours, nor a page with a port', async () => {
  const wide = await register({ rp: 'rokusha.test' });
  assert.equal(verdict(wide), 'rp');
  assert.equal(verdict({ ...wide, rp: 'rokusha.test' }), 'origin');
  assert.equal(verdict(await sign(wide, statement(2), { rp: 'rokusha.test' })), 'rp');
  await page.goto(`https://${RP}:${server.address().port}/`);
  assert.equal(verdict(await register()), 'origin');
});

test('the page of the login cannot ask for a signature, and in a frame of it none is one', async () => {
  const key = await register();
  await page.goto(`https://${OTHER}/`);
  await assert.rejects(sign(key, statement(2)), /SecurityError|relying party/i);
  await page.goto(`https://${OTHER}/framing`);
  const frame = page.frames().find((f) => f.url().startsWith(`https://${RP}/`));
  assert.equal(verdict(await sign(key, statement(2), {}, frame)), 'cross');
});

test('extensions are no matter when a key is made, and none are in a signature', async () => {
  await plugIn({ transport: 'usb', hasMinPinLength: true, hasCredBlob: true });
  const key = await register({ extensions: { credentialProtectionPolicy: 'userVerificationRequired', minPinLength: true } });
  const auth = Buffer.from(key.auth, 'base64');
  assert.ok(auth[32] & 0x80 && auth.includes('credProtect'));
  assert.equal(verdict(key), 'ok');
  assert.equal(verdict(await sign(key, statement(2))), 'ok');
  assert.equal(verdict(await sign(key, statement(2), { extensions: { getCredBlob: true } })), 'auth');
});
