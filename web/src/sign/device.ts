import { b64, unb64, type Bytes } from '../verify/bytes.ts';
import { sha } from '../verify/hash.ts';
import type { Evidence, Made, Making } from './messages.ts';

/* The passkey itself. It is asked for by no name but this page's; nothing of the case is told to the device. */

const ES256 = -7;
const RS256 = -257;

/** Its owner stopped, or nobody came. */
export class Stopped extends Error {}
/** This browser or device does not do it. */
export class Lacks extends Error {}

const bytes = (text: string): Bytes => {
  const read = unb64(text);
  if (!read) throw new Lacks('base64');
  return read;
};
const text = (buffer: ArrayBuffer): string => b64(new Uint8Array(buffer));

async function asked(what: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  try {
    const made = await what();
    if (made instanceof PublicKeyCredential) return made;
  } catch (e) {
    if (e instanceof DOMException && (e.name === 'NotAllowedError' || e.name === 'AbortError')) throw new Stopped(e.message);
    throw new Lacks(e instanceof Error ? `${e.name}: ${e.message}` : '');
  }
  throw new Lacks('no credential');
}

/** A new one. Its name says what it is for, and whose only by the month it was made in: lists of passkeys are copied between devices. */
export async function make(m: Making, name: string): Promise<Made> {
  const made = await asked(() => navigator.credentials.create({ publicKey: {
    rp: { id: location.hostname, name: 'ろくしゃ' }, user: { id: crypto.getRandomValues(new Uint8Array(16)), name, displayName: name },
    challenge: bytes(m.challenge), attestation: 'none',
    pubKeyCredParams: [{ type: 'public-key', alg: ES256 }, { type: 'public-key', alg: RS256 }],
    excludeCredentials: m.known.map((id) => ({ type: 'public-key', id: bytes(id) })),
    authenticatorSelection: { residentKey: 'discouraged', userVerification: 'required' },
  } }));
  const answer = made.response;
  if (!(answer instanceof AuthenticatorAttestationResponse)) throw new Lacks('attestation');
  const spki = answer.getPublicKey();
  if (!spki) throw new Lacks('key');
  return { is: 'made', client: text(answer.clientDataJSON), auth: text(answer.getAuthenticatorData()), spki: text(spki) };
}

/** No extensions: what they add would be in what is signed, and nobody reads it. */
export async function sign(statement: Uint8Array, id: string): Promise<Evidence> {
  const challenge = await sha(statement);
  const made = await asked(() => navigator.credentials.get({ publicKey: {
    rpId: location.hostname, challenge, userVerification: 'required', allowCredentials: [{ type: 'public-key', id: bytes(id) }],
  } }));
  const answer = made.response;
  if (!(answer instanceof AuthenticatorAssertionResponse)) throw new Lacks('assertion');
  return { client: text(answer.clientDataJSON), auth: text(answer.authenticatorData), sig: text(answer.signature) };
}
