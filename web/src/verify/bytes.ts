/* Bytes and how they are spelled. Whatever could be written in two ways is read in one of them only. */

export type Bytes = Uint8Array<ArrayBuffer>;

const PLAIN = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const URL = `${PLAIN.slice(0, 62)}-_`;

function table(letters: string): Int8Array {
  const of = new Int8Array(128).fill(-1);
  [...letters].forEach((c, i) => { of[c.charCodeAt(0)] = i; });
  return of;
}
const PLAIN_OF = table(PLAIN);
const URL_OF = table(URL);

function encode(bytes: Uint8Array, letters: string): string {
  const parts: string[] = [];
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const n = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    const four = [18, 12, 6, 0].map((shift) => letters.charAt((n >> shift) & 63)).join('');
    parts.push(left >= 3 ? four : four.slice(0, left + 1));
  }
  return parts.join('');
}

/** null for any other character, for a length no bytes give, and where bits that stand for nothing are not 0. */
function decode(text: string, of: Int8Array): Bytes | null {
  const odd = text.length % 4;
  if (odd === 1) return null;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let at = 0;
  let bits = 0;
  let held = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const six = code < 128 ? of[code] ?? -1 : -1;
    if (six < 0) return null;
    held = ((held << 6) | six) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = (held >> bits) & 0xff;
  }
  return (held & ((1 << bits) - 1)) === 0 ? bytes : null;
}

const pad = (text: string): string => text + '='.repeat((4 - (text.length % 4)) % 4);

export const b64 = (bytes: Uint8Array): string => pad(encode(bytes, PLAIN));
export const b64u = (bytes: Uint8Array): string => encode(bytes, URL);

/** null unless it is base64 with its padding and, where a length is given, of so many bytes. */
export function unb64(text: unknown, length?: number): Bytes | null {
  if (typeof text !== 'string') return null;
  const letters = text.replace(/={1,2}$/, '');
  if (pad(letters) !== text) return null;
  const bytes = decode(letters, PLAIN_OF);
  return bytes && (length === undefined || bytes.length === length) ? bytes : null;
}
export const unb64u = (text: string): Bytes | null => decode(text, URL_OF);

const writer = new TextEncoder();
export const utf8 = (text: string): Bytes => writer.encode(text);
/** null where the bytes are no UTF-8. */
export function unutf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

export const hex = (bytes: Uint8Array): string => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');

export function join(...parts: readonly Uint8Array[]): Bytes {
  const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    all.set(p, at);
    at += p.length;
  }
  return all;
}

export const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((x, i) => x === b[i]);

/** Little-endian. */
export const number = (bytes: Uint8Array): bigint => BigInt(`0x${hex(Uint8Array.from(bytes).reverse())}`);
