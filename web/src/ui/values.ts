import type { RoomClient } from '../core/index.ts';
import { seatRef, type Col, type Seat, type Value } from '../core/protocol.ts';
import { t } from '../locale/index.ts';
import { wareki } from './dates.ts';

/** 白浜（ハローワーク） -> 白浜: on screens of the meeting the seal says the rest. */
export const shortName = (label: string): string => label.replace(/（[^（）]*）$/, '') || label;

export const seatName = (room: RoomClient, seat: string): string => {
  const known = room.seats.get(seat);
  return known ? shortName(known.label) : t.value.someone;
};

export function seatsOf(room: RoomClient, value: Value): Seat[] {
  const list = Array.isArray(value) ? value as readonly string[] : typeof value === 'string' ? [value] : [];
  return list.map(seatRef).flatMap((id) => {
    const seat = id === null ? undefined : room.seats.get(id);
    return seat ? [seat] : [];
  });
}

/** A register's value as a reader sees it; '' when nothing is set. */
export function valueText(room: RoomClient, col: Col, value: Value): string {
  if (value === null || value === '') return '';
  switch (col.type) {
    case 'enum': return col.enum?.find(([id]) => id === value)?.[1] ?? String(value);
    case 'date': return typeof value === 'string' ? wareki(value) : '';
    case 'bool': return value === true ? t.value.yes : t.value.no;
    case 'seat':
    case 'seats':
    case 'list': return t.join(listWords(room, value));
    default: return String(value);
  }
}

/** Members of a list; a seat among them is shown by its name, a word as it is. */
function listWords(room: RoomClient, value: Value): string[] {
  const list = Array.isArray(value) ? value as readonly string[] : [String(value)];
  return list.flatMap((v) => {
    const id = seatRef(v);
    if (id === null) return [v];
    const seat = room.seats.get(id);
    return seat ? [shortName(seat.label)] : [];
  });
}

/** Value of a field by its key, when it is visible. */
export function fieldText(room: RoomClient, key: string): string {
  const cell = room.cells.get(key);
  const col = cell && room.cols.get(cell.col);
  if (!cell || !col) return '';
  return col.type === 'text' ? room.text(key).doc : valueText(room, col, cell.value);
}
