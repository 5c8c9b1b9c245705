import { unb64 } from '../verify/bytes.ts';

/* What people bring to compare with: keys of servers, and the line printed on paper. */

/** Of a trust file, or pasted: one key a line; what begins with # is a remark. */
export function keysIn(text: string): string[] {
  const words = text.split('\n').map((line) => line.replace(/#.*$/, '')).join(' ').split(/\s+/);
  const joined = text.replace(/\s+/g, ''); // a key copied from paper comes in groups
  return [...new Set([...words, joined])].filter((w) => unb64(w, 33)?.[0] === 1);
}

/** The last 44 characters that are a root; null while it is not written to its end. */
export function rootIn(text: string): string | null {
  const found = /([A-Za-z0-9+/]{43}=)$/.exec(text.replace(/\s+/g, ''))?.[1];
  return found !== undefined && unb64(found, 32) ? found : null;
}
