import { b64u, unb64u, unutf8, utf8 } from './bytes.ts';

/* How a leaf is spelled, the slots, and when rounds are. */

export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [name: string]: Plain };

export const SLOTS: readonly string[] = Array.from({ length: 32 }, (_, i) => `s${String(i).padStart(2, '0')}`);
export const isSlot = (label: string): boolean => SLOTS.includes(label);

const HOUR = 3600;
const DAY = 86_400;
const AT = 11 * HOUR; // 20:00 in Japan

/** When round k of a log sealed then is: an hour later, seven times daily, then weekly. Nothing else moves it. */
export function roundTime(sealed: number, k: number): number {
  const first = Math.floor((sealed + HOUR - AT) / DAY) + 1;
  const day = k <= 8 ? k - 2 : 6 + 7 * (k - 8);
  return k === 1 ? sealed + HOUR : (first + day) * DAY + AT;
}

export const isObject = (v: unknown): v is { readonly [name: string]: Plain } => typeof v === 'object' && v !== null && !Array.isArray(v);

/** Strings without controls but LF and TAB, and without lone halves of a pair; no reals; names a to z. */
function isPlain(v: unknown, depth: number): v is Plain {
  if (typeof v === 'string') return !/[\x00-\x08\x0b-\x1f]|\p{Cs}/u.test(v);
  if (typeof v === 'number') return Number.isSafeInteger(v);
  if (typeof v !== 'object' || v === null || depth === 0) return typeof v === 'boolean';
  return Object.entries(v).every(([k, x]) => (Array.isArray(v) || /^[a-z]+$/.test(k)) && isPlain(x, depth - 1));
}

/** 32 bytes as b64u, in the one spelling. */
export const isSalt = (text: unknown): text is string => typeof text === 'string' && unb64u(text)?.length === 32;

export interface Disclosure {
  readonly name: string;
  readonly value: Plain;
}

export const disclose = (salt: string, name: string, value: Plain): string => b64u(utf8(JSON.stringify([salt, name, value])));

/** What a leaf says; null: it is none, or written otherwise than the one way. */
export function readLeaf(d: string): Disclosure | null {
  const bytes = unb64u(d);
  const text = bytes && unutf8(bytes);
  if (text === null) return null;
  let got: unknown;
  try {
    got = JSON.parse(text);
  } catch {
    return null;
  }
  if (!Array.isArray(got) || got.length !== 3) return null;
  const [salt, name, value] = got as unknown[];
  if (!isSalt(salt)) return null;
  if (typeof name !== 'string' || !isPlain(name, 0)) return null;
  if (value !== null && !isPlain(value, 3)) return null;
  return JSON.stringify(got) === text ? { name, value } : null;
}
