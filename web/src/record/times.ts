import type { Text } from '../locale/ruby.ts';
import { wareki } from '../ui/dates.ts';
import { r } from './words.ts';

/* Unix seconds as people in Japan read them, wherever the reader's clock stands. */

const JAPAN_S = 9 * 3600;
const two = (n: number): string => String(n).padStart(2, '0');

const shifted = (s: number): Date => new Date((s + JAPAN_S) * 1000);
export const dayOf = (s: number): string => shifted(s).toISOString().slice(0, 10);

/** 令和8年11月12日（木） */
export const dateOf = (s: number): string => wareki(dayOf(s));

/** 令和8年11月12日（木）17:40 */
export function momentOf(s: number): string {
  const at = shifted(s);
  return `${dateOf(s)}${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
}

/** 11月12日 17:40 */
export function shortMoment(s: number): Text {
  const at = shifted(s);
  return r.moment(at.getUTCMonth() + 1, at.getUTCDate(), at.getUTCHours(), at.getUTCMinutes());
}

/** A day so many days later, as a date field has it. */
export const dayAfter = (s: number, days: number): string => dayOf(s + days * 86_400);
