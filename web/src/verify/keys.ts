import { join, number, same, type Bytes } from './bytes.ts';

/* Signatures: Ed25519 of a server, and what passkeys sign with. The browser verifies; what comes first is which bytes it is asked about. */

const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
/** The y of every point whose order divides 8; the eight points are these with either sign. */
const SMALL = [
  0n, 1n, P - 1n,
  0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
  0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n,
];

/** A point as it may stand in a key or a signature: y below p, and of no small order. */
function plainPoint(bytes: Uint8Array): boolean {
  const y = number(bytes) & (2n ** 255n - 1n);
  return y < P && !SMALL.includes(y);
}

const ED = { name: 'Ed25519' };

async function edLibrary(key: Uint8Array, message: Uint8Array, sig: Uint8Array): Promise<boolean> {
  try {
    const k = await crypto.subtle.importKey('raw', Uint8Array.from(key), ED, false, ['verify']);
    return await crypto.subtle.verify(ED, k, Uint8Array.from(sig), Uint8Array.from(message));
  } catch {
    return false; // bytes that are no key
  }
}

/** One verdict in every library: where they differ nobody is asked. */
export async function edVerify(key: Uint8Array, message: Uint8Array, sig: Uint8Array): Promise<boolean> {
  return key.length === 32 && sig.length === 64 && plainPoint(key) && plainPoint(sig.subarray(0, 32))
    && number(sig.subarray(32)) < L && edLibrary(key, message, sig);
}

const bytesOf = (text: string): Bytes => Uint8Array.from(text.match(/../g) ?? [], (two) => Number.parseInt(two, 16));
/** RFC 8032, 7.1, test 2. */
const KNOWN = {
  key: bytesOf('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c'), message: Uint8Array.of(0x72),
  sig: bytesOf('92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00'),
};

/** What this browser lacks: anything to hash with (a page that is not https), or Ed25519; null: it can. */
export async function lacks(): Promise<'subtle' | 'ed25519' | null> {
  // Typed as always there; without https it is not.
  if (!(globalThis.crypto as Crypto | undefined)?.subtle) return 'subtle';
  return await edLibrary(KNOWN.key, KNOWN.message, KNOWN.sig) ? null : 'ed25519';
}

/* ---- keys of parties ---- */

/** What stands before the point of a P-256 key, and inside an RSA key behind its outer length. */
const P256 = bytesOf('3059301306072a8648ce3d020106082a8648ce3d03010703420004');
const RSA = bytesOf('300d06092a864886f70d0101010500');

const begins = (bytes: Uint8Array, at: number, with_: Uint8Array): boolean => with_.every((b, i) => bytes[at + i] === b);

/** A number as DER has it, shortest and positive, in 32 bytes; null: anything else. */
function integer(der: Uint8Array, at: number): { value: Bytes; next: number } | null {
  const length = der[at + 1] ?? 0;
  const body = der.subarray(at + 2, at + 2 + length);
  const first = body[0] ?? 0x80;
  if (der[at] !== 2 || length === 0 || length > 33 || body.length !== length || first >= 0x80) return null;
  if (first === 0 && length > 1 && (body[1] ?? 0) < 0x80) return null;
  const digits = first === 0 && length > 1 ? body.subarray(1) : body;
  if (digits.length > 32) return null;
  const value = new Uint8Array(32);
  value.set(digits, 32 - digits.length);
  return { value, next: at + 2 + length };
}

/** An ECDSA signature of P-256 from DER to r ‖ s; null: not DER. */
export function rawOf(der: Uint8Array): Bytes | null {
  if (der[0] !== 0x30 || der[1] !== der.length - 2 || der.length > 72) return null;
  const r = integer(der, 2);
  const s = r && integer(der, r.next);
  return r && s && s.next === der.length ? join(r.value, s.value) : null;
}

const RSA_BITS = { min: 2048, max: 4096 } as const;

/** A key that is written in the one way it is written again. */
async function importKey(spki: Bytes, how: EcKeyImportParams | RsaHashedImportParams): Promise<CryptoKey | null> {
  const key = await crypto.subtle.importKey('spki', spki, how, true, ['verify']);
  return same(new Uint8Array(await crypto.subtle.exportKey('spki', key)), spki) ? key : null;
}

/** ES256 or RS256 with a key as it stands in its certificate; false for every other kind of key. */
export async function partyVerify(spki: Bytes, message: Bytes, sig: Bytes): Promise<boolean> {
  try {
    if (spki.length === 91 && begins(spki, 0, P256)) {
      const raw = rawOf(sig);
      const key = await importKey(spki, { name: 'ECDSA', namedCurve: 'P-256' });
      return raw !== null && key !== null && await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, raw, message);
    }
    const inside = (spki[1] ?? 0) < 0x80 ? 2 : 2 + ((spki[1] ?? 0) & 0x7f);
    if (spki[0] !== 0x30 || !begins(spki, inside, RSA)) return false;
    const key = await importKey(spki, { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' });
    const bits = (key?.algorithm as RsaHashedKeyAlgorithm | undefined)?.modulusLength ?? 0;
    return key !== null && bits >= RSA_BITS.min && bits <= RSA_BITS.max && await crypto.subtle.verify(key.algorithm.name, key, sig, message);
  } catch {
    return false; // bytes that are no key
  }
}
