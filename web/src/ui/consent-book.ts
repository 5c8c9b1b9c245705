import type { Act, RoomClient, Seat, Value } from '../core/index.ts';
import { wareki } from './dates.ts';
import { itemWords } from './items.ts';
import { rowsOf } from './layout.ts';
import { hasDuty, seatIn, selfSeat } from './meeting.ts';
import { deskOf } from './scribe.ts';

/* What the person lets others read, as rows; and in whose name one may change it. */

export const CONSENT = 'consent';

export interface Consent {
  readonly row: string;
  readonly to: Seat | null;
  readonly scope: readonly string[];
  readonly words: string;
  readonly until: string;
  readonly given: string;
  readonly method: string;
  readonly note: string;
  /** The words it was withdrawn with; '' while it stands; null when this viewer is not told. */
  readonly withdrawal: string | null;
}

const isDate = (text: string): boolean => /^\d{4}-\d{2}-\d{2}/.test(text);
/** 令和8年12月31日（木）; dates of the register are lines, so anything else stays as it is. */
export const dayWords = (text: string): string => (isDate(text) ? wareki(text.slice(0, 10)) : text);

export function consentsOf(room: RoomClient): Consent[] {
  return rowsOf(room, CONSENT).map(({ id, cells }) => {
    const at = (name: string): Value => cells.find((c) => c.col === `${CONSENT}.${name}`)?.value ?? null;
    const line = (name: string): string => { const v = at(name); return typeof v === 'string' ? v : ''; };
    const text = (name: string): string | null => {
      const key = `${CONSENT}/${id}/${name}`;
      return room.hasText(key) ? room.text(key).doc : null;
    };
    const scope = at('scope');
    const list = Array.isArray(scope) ? scope as readonly string[] : [];
    return {
      row: id, to: seatIn(room, at('to')), scope: list, words: itemWords(room, list).join('、'),
      until: line('until'), given: line('given_on'), method: line('method'), note: text('note') ?? '', withdrawal: text('withdrawal'),
    };
  });
}

export const isOff = (c: Consent): boolean => c.withdrawal !== null && c.withdrawal !== '';

/** The person acts alone; whoever has a duty, for the person, once it is said how. null: neither. */
export function consentAct(room: RoomClient): Act | 'ask' | null {
  if (room.me?.role === 'self') return {};
  const self = selfSeat(room);
  if (!self || !hasDuty(room)) return null;
  const { mode } = deskOf(room);
  return mode?.for === self.seat ? { ...mode } : 'ask';
}
