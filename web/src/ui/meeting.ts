import type { Cell, RoomClient } from '../core/index.ts';
import { rowKey, seatRef, type Seat, type Value } from '../core/protocol.ts';
import { t } from '../locale/index.ts';
import { seatsOf } from './values.ts';

/* The meeting as this viewer is told of it: the agenda, who is in, who must leave. No page here. */

export const AGENDA = 'conf.agenda_items';
const MINUTE_MS = 60_000;

export interface Item {
  readonly row: string;
  readonly index: number;
  readonly state: 'next' | 'now' | 'done';
  readonly from: number | null;
  readonly to: number | null;
  /** As people of the office say it, and as the person does. */
  readonly title: string;
  readonly easy: string;
  readonly minutes: number | null;
  /** "@seat" of who is planned; null when this viewer is not told. */
  readonly audience: readonly string[] | null;
  readonly fields: readonly string[];
  readonly writable: boolean;
}

const listOf = (value: Value | undefined): readonly string[] => (Array.isArray(value) ? value as readonly string[] : []);
const textOf = (value: Value | undefined): string => (typeof value === 'string' ? value : '');

export function agendaCell(room: RoomClient, row: string, column: string): Cell | undefined {
  return room.cells.get(`${AGENDA}/${row}/${column}`);
}

export function itemsOf(room: RoomClient): Item[] {
  const shown = room.meet.agenda.filter((a) => agendaCell(room, a.row, 'title') !== undefined);
  return shown.map((a, index) => {
    const at = (column: string): Cell | undefined => agendaCell(room, a.row, column);
    const minutes = at('minutes')?.value;
    const audience = at('audience');
    return {
      row: a.row, index, state: a.state, from: a.from ?? null, to: a.to ?? null,
      title: textOf(at('title')?.value), easy: textOf(at('title_easy')?.value),
      minutes: typeof minutes === 'number' && minutes > 0 ? minutes : null,
      audience: audience ? listOf(audience.value) : null,
      fields: listOf(at('fields')?.value),
      writable: at('title')?.level === 'w',
    };
  });
}

export const isChair = (room: RoomClient): boolean => room.me?.duties.includes('chair') ?? false;
export const isRecorder = (room: RoomClient): boolean => room.me?.duties.includes('recorder') ?? false;
export const hasDuty = (room: RoomClient): boolean => (room.me?.duties.length ?? 0) > 0;
/** Official, or the person: they know that there are other items, and how many. */
export const isInsider = (room: RoomClient): boolean => room.me?.official === true || room.me?.role === 'self';

export const selfSeat = (room: RoomClient): Seat | null =>
  [...room.seats.values()].find((s) => s.role === 'self') ?? null;

/** The name of an item in a sentence: by number only for those who see all of them. */
export const itemName = (room: RoomClient, item: Item): string =>
  (isInsider(room) ? t.agenda.item(item.index + 1) : t.agenda.thisItem);

/** The person reads the plain words where there are some. */
export const itemTitle = (room: RoomClient, item: Item): string =>
  (room.me?.role === 'self' && item.easy !== '' ? item.easy : item.title);

export const audienceOf = (room: RoomClient, item: Item): readonly Seat[] => seatsOf(room, item.audience as Value);

/** What comes after the latest item that was opened; then what was passed over. */
export function nextItem(items: readonly Item[]): Item | null {
  let last = -1;
  items.forEach((item, i) => { if (item.state !== 'next') last = i; });
  return items.slice(last + 1).find((i) => i.state === 'next') ?? items.find((i) => i.state === 'next') ?? null;
}

export const isIn = (seat: Seat): boolean => seat.at === 'room' || seat.at === 'line';
export const presentSeats = (room: RoomClient): Seat[] => [...room.seats.values()].filter(isIn);
export const waitingSeats = (room: RoomClient): Seat[] => [...room.seats.values()].filter((s) => s.at === 'wait');

const among = (audience: readonly string[], seat: Seat): boolean => audience.includes(`@${seat.seat}`);

/** Who is in and does not belong to the item. */
export const mustLeave = (room: RoomClient, audience: readonly string[]): Seat[] =>
  presentSeats(room).filter((s) => !among(audience, s));

/** Who was of the open item, is not of this one, and has gone. */
export function haveLeft(room: RoomClient, now: Item | null, audience: readonly string[]): Seat[] {
  return [...room.seats.values()].filter((s) => s.at === 'out' && !among(audience, s) && among(now?.audience ?? [], s));
}

/** May the seat sit in what goes on? Before anything is open nobody is kept out. */
export function maySit(items: readonly Item[], seat: Seat): boolean {
  const now = items.find((i) => i.state === 'now');
  return !now || now.audience === null || among(now.audience, seat);
}

export interface ItemClock {
  /** When it should end, the pause that goes on included. */
  readonly end: number;
  readonly planned: number;
  readonly elapsed: number;
  readonly over: number;
  readonly stopped: boolean;
}

/** `since` is moved by past pauses already; during one the clock stands at its begin. */
export function itemClock(room: RoomClient, item: Item, now: number): ItemClock | null {
  const open = room.meet.item;
  if (!open || open.row !== item.row || item.minutes === null) return null;
  const { pause } = room.meet;
  const at = Math.max(pause ?? now, open.since);
  const planned = item.minutes * MINUTE_MS;
  const elapsed = at - open.since;
  return {
    end: open.since + planned + (pause === undefined ? 0 : Math.max(0, now - pause)),
    planned, elapsed, over: Math.max(0, elapsed - planned), stopped: pause !== undefined,
  };
}

export const wholeMinutes = (ms: number): number => Math.floor(ms / MINUTE_MS);

/** Does this cell belong to what an item opens? Lists name classes, tables or columns. */
export const isOpened = (fields: readonly string[], col: string): boolean =>
  fields.some((f) => col === f || col.startsWith(`${f}.`));

/** The item whose minutes this row belongs to, where the server says so. */
export function itemOfRow(items: readonly Item[], cells: readonly Cell[]): Item | null {
  const row = cells.find((c) => c.item !== undefined)?.item;
  return row === undefined ? null : items.find((i) => i.row === row) ?? null;
}

export function seatIn(room: RoomClient, value: Value | undefined): Seat | null {
  const id = typeof value === 'string' ? seatRef(value) : null;
  return id === null ? null : room.seats.get(id) ?? null;
}

/** ① to ⑳; after that a plain number. */
export const circled = (n: number): string => (n <= 20 ? String.fromCodePoint(0x2460 + n - 1) : `(${n})`);

export const tableOf = (key: string): string => rowKey(key)?.table ?? '';
