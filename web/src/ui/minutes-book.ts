import type { Cell, RoomClient } from '../core/index.ts';
import { t } from '../locale/index.ts';
import { MINUTES, rowsOf, type Row } from './layout.ts';
import { circled, isRecorder, itemOfRow, itemTitle, itemsOf, type Item } from './meeting.ts';

/* The rows of the minutes, sorted to the items they belong to. */

export interface Entry {
  readonly table: string;
  readonly row: Row;
  readonly item: Item | null;
  /** 決定①: counted within the item, since nobody may learn how many there are elsewhere. */
  readonly name: string;
}

export interface Chapter {
  readonly item: Item | null;
  readonly entries: ReadonlyMap<string, readonly Entry[]>;
}

const MARKS: Readonly<Record<string, string>> = {
  'min.decisions': t.minutes.decision, 'min.actions': t.minutes.action, 'min.person_words': t.minutes.wordsMark,
  'min.advice': t.minutes.adviceMark, 'min.dissent': t.minutes.dissentMark, 'min.utterances': t.minutes.utteranceMark,
};

export const cellOf = (row: Row, table: string, column: string): Cell | undefined =>
  row.cells.find((c) => c.col === `${table}.${column}`);

/** The column that says what the row says. */
export const mainColumn = (table: string): string => (table === 'min.actions' ? 'what' : 'text');

/** Somebody else who records is writing this row now. */
export function isLive(room: RoomClient, entry: Entry): boolean {
  const key = cellOf(entry.row, entry.table, mainColumn(entry.table))?.key;
  return [...room.presence].some(([seat, place]) => place.cell === key && room.seats.get(seat)?.duties?.includes('recorder') === true);
}

/** A row somebody began and left empty is nothing to read. */
function isBlank(room: RoomClient, entry: Entry): boolean {
  const main = cellOf(entry.row, entry.table, mainColumn(entry.table));
  return main !== undefined && main.level === 'r' && room.hasText(main.key) && room.text(main.key).doc.trim() === '' && !isLive(room, entry);
}

/** Chapters in the order of the agenda; first what belongs to no item that is known. */
export function chaptersOf(room: RoomClient): Chapter[] {
  const items = itemsOf(room);
  const chapters = new Map<string, { item: Item | null; entries: Map<string, Entry[]> }>();
  for (const table of MINUTES) {
    for (const row of rowsOf(room, table)) {
      const item = itemOfRow(items, row.cells);
      const id = item?.row ?? '';
      const chapter = chapters.get(id) ?? { item, entries: new Map<string, Entry[]>() };
      const list = chapter.entries.get(table) ?? [];
      // Without its item a row has no number: it would be counted across items.
      const name = `${MARKS[table] ?? ''}${item ? circled(list.length + 1) : ''}`;
      const entry = { table, row, item, name };
      if (isBlank(room, entry)) continue;
      chapters.set(id, chapter);
      chapter.entries.set(table, list);
      list.push(entry);
    }
  }
  const now = items.find((i) => i.state === 'now');
  if (now && !chapters.has(now.row)) chapters.set(now.row, { item: now, entries: new Map() });
  return [...chapters.values()].sort((a, b) => (a.item?.index ?? -1) - (b.item?.index ?? -1));
}

/** 研修のふり返り 決定① */
export const entryTitle = (room: RoomClient, entry: Entry): string =>
  [entry.item ? itemTitle(room, entry.item) : '', entry.name].filter((w) => w !== '').join(' ');

/** Items whose minutes can still be written: those that were opened. */
export const openedItems = (room: RoomClient): Item[] => itemsOf(room).filter((i) => i.state !== 'next');

export const mayRecord = (room: RoomClient): boolean => isRecorder(room) && openedItems(room).length > 0;
