import { ChangeSet, Text } from '@codemirror/state';
import { stripUnwanted } from './clean.ts';
import type { ChangeJson, SuggestionIn } from './protocol.ts';

/** How a text could read. `change` is against version `ver` of the server's text. */
export interface Suggestion {
  readonly id: string;
  readonly seat: string;
  readonly state: Exclude<SuggestionIn['state'], 'gone'>;
  readonly at: number;
  readonly ver: number;
  readonly change: ChangeSet | null;
  readonly words: string;
  readonly by: string;
  readonly reply: string;
}

/** The server gives one up that got more sections; so do we, at the same change. */
const SECTIONS = 1000;

function read(s: SuggestionIn & { state: Suggestion['state'] }): Suggestion {
  return {
    id: s.id, seat: s.seat, state: s.state, at: s.at, ver: s.ver,
    change: s.change === undefined ? null : ChangeSet.fromJSON(s.change),
    words: s.words ?? '', by: s.by ?? '', reply: s.reply ?? '',
  };
}

const isThere = (s: SuggestionIn): s is SuggestionIn & { state: Suggestion['state'] } => s.state !== 'gone';

/** Suggestions of all texts a viewer sees, kept in step with the server's texts. */
export class Suggestions {
  readonly #byCell = new Map<string, readonly Suggestion[]>();

  /** Oldest first. */
  of(cell: string): readonly Suggestion[] {
    return this.#byCell.get(cell) ?? [];
  }

  /** All of a cell, as a snapshot or a fresh cell has them. */
  take(cell: string, list: readonly SuggestionIn[]): void {
    this.#set(cell, list.filter(isThere).map(read));
  }

  put(cell: string, s: SuggestionIn): void {
    const others = this.of(cell).filter((o) => o.id !== s.id);
    this.#set(cell, isThere(s) ? [...others, read(s)].sort((a, b) => a.at - b.at) : others);
  }

  forget(cell: string): void {
    this.#byCell.delete(cell);
  }

  /** The server's text went on by `change`, to version `ver`. */
  over(cell: string, ver: number, change: ChangeSet): void {
    const list = this.#byCell.get(cell);
    if (list) this.#set(cell, list.map((s) => (s.ver + 1 === ver ? mapped(s, ver, change) : s)));
  }

  #set(cell: string, list: readonly Suggestion[]): void {
    if (list.length > 0) this.#byCell.set(cell, list);
    else this.#byCell.delete(cell);
  }
}

function mapped(s: Suggestion, ver: number, over: ChangeSet): Suggestion {
  if (!s.change) return { ...s, ver };
  const change = s.change.map(over);
  return (change.toJSON() as ChangeJson).length <= SECTIONS ? { ...s, ver, change } : { ...s, ver, change: null, state: 'old' };
}

/** A piece of a suggestion as people read it; `near` is what stands before it. */
export interface Piece {
  readonly near: string;
  readonly del: string;
  readonly ins: string;
}

const NEAR = 8;

/** What a change takes away and puts in, in order. */
export function piecesOf(text: Text, change: ChangeSet): Piece[] {
  const pieces: Piece[] = [];
  if (change.length !== text.length) return pieces;
  change.iterChanges((fromA, toA, _fromB, _toB, inserted) => {
    const line = text.lineAt(fromA);
    const near = [...text.sliceString(line.from, fromA)].slice(-NEAR).join('');
    pieces.push({
      near: fromA - line.from > near.length ? `…${near}` : near,
      del: text.sliceString(fromA, toA),
      ins: inserted.toString(),
    });
  });
  return pieces;
}

const isLow = (s: string, at: number): boolean => s.charCodeAt(at) >= 0xdc00 && s.charCodeAt(at) < 0xe000;

/** The change that makes `old` read `words`: what both have at the ends stays. null: nothing to change. */
export function rewrite(old: string, words: string): ChangeJson | null {
  const next = stripUnwanted(words);
  const most = Math.min(old.length, next.length);
  let from = 0;
  let end = 0;
  if (old === next) return null;
  while (from < most && old[from] === next[from]) from++;
  if (isLow(old, from) || isLow(next, from)) from--; // never between the halves of a character
  while (end < most - from && old[old.length - 1 - end] === next[next.length - 1 - end]) end++;
  if (isLow(old, old.length - end) || isLow(next, next.length - end)) end--;
  const change = ChangeSet.of({ from, to: old.length - end, insert: Text.of(next.slice(from, next.length - end).split('\n')) }, old.length);
  return change.toJSON() as ChangeJson;
}
