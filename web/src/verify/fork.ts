import { b64, join, unb64, utf8 } from './bytes.ts';
import { sha } from './hash.ts';
import type { Report } from './report.ts';

/* What two verified copies are to each other: one log or two, and where one log was told in two ways. */

export interface Fork {
  /**
   * same: one log, both to the same head. longer: one log, one of them further on. next: two logs, one goes on from a head
   * of the other. parted: two that cannot both be. other: nothing of one can be held against the other.
   */
  readonly kind: 'same' | 'longer' | 'next' | 'parted' | 'other';
  /** How many entries are the same. */
  readonly at: number;
}

/** The head of `old` that `next` says it goes on from. */
function namedBy(next: Report, old: Report): { size: number; root: string } | null {
  const [origin, size, root = ''] = next.parent.split(' ');
  return origin === old.origin ? { size: Number(size), root } : null;
}

function ofTwoLogs(one: Report, two: Report): Fork {
  const inOne = namedBy(two, one);
  const head = inOne ?? namedBy(one, two);
  const old = inOne ? one : two;
  // A longer log than the old copy shows cannot be held against it.
  if (!head || head.size > old.size) return { kind: 'other', at: 0 };
  return old.roots[head.size] === head.root ? { kind: 'next', at: head.size } : { kind: 'parted', at: head.size - 1 };
}

export function forkOf(one: Report, two: Report): Fork {
  if (one.origin !== two.origin) return ofTwoLogs(one, two);
  const common = Math.min(one.size, two.size);
  let at = 0;
  while (at < common && one.roots[at + 1] === two.roots[at + 1]) at++;
  return { kind: at < common ? 'parted' : one.size === two.size ? 'same' : 'longer', at };
}

/** The signed head of a copy as a note of C2SP: with a second one it shows to anybody that the server told two histories. */
export async function headNote(report: Report): Promise<string> {
  const [key, sig] = [unb64(report.key, 33), unb64(report.sig, 64)];
  if (!key || !sig) throw new Error('a report of nothing that was verified');
  const id = (await sha(join(utf8(`${report.origin}\n`), key))).subarray(0, 4);
  return `${report.origin}\n${report.size}\n${report.root}\n\n— ${report.origin} ${b64(join(id, sig))}\n`;
}
