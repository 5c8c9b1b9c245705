import type { LinkOptions } from './link.ts';
import type { CaseEntry, Level, Method, NoCode, Out, Reach, Request, Value } from './protocol.ts';
import type { KeptText } from './texts.ts';

export interface Cell {
  readonly key: string;
  readonly col: string;
  readonly ver: number;
  /** Value of a register; a text's is in its session. */
  readonly value: Value;
  readonly level: Level;
  readonly reach: Reach | null;
  /** The agenda item a row of the minutes belongs to. */
  readonly item?: string;
}

export interface Act {
  for?: string;
  method?: Method;
}

export interface Note {
  readonly id: number;
  readonly label: string;
  readonly text: string;
}

export type { Place } from './here.ts';

/** The server did not take a request; `value` and `ver` come with `stale`. */
export class Refused extends Error {
  constructor(readonly code: NoCode | 'stopped', readonly ver?: number, readonly value?: Value) {
    super(`refused: ${code}`);
  }
}

/** What outlives a page: own words the server has not confirmed, and the requests on their way. */
export interface Kept {
  client: string;
  ref: number;
  texts: (KeptText & { key: string; push: Out<'edit'> | null })[];
  notes: { label: string; text: string }[];
}

export interface RoomOptions extends LinkOptions {
  /** Only bring to the server what an earlier page could not. */
  kept?: Kept;
  /** A screen on the wall: it only shows. */
  board?: boolean;
  now?(): number;
}

export interface Caseload {
  readonly cases: CaseEntry[];
  /** Cases that are this seat's and cannot be read at present. */
  failed: number;
}

export const hex64 = (random: (n: number) => Uint8Array): string =>
  Array.from(random(8), (b) => b.toString(16).padStart(2, '0')).join('');

/** A request that has not been answered. */
export interface Pending {
  readonly frame: Request;
  readonly since: number;
  readonly key: string | null;
  /** Of an edit: its text was given the answer, and may hold it back. */
  answered?: boolean;
  done(ack: { ver: number; row?: string }): void;
  fail(why: Refused): void;
}
