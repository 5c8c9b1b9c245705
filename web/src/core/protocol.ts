/*
 * Protocol, version 1: schema/README.md says what it means, schema/protocol.def lists what a client
 * may send. SPEC below is that list; the types of outgoing frames are derived from it, and
 * test/protocol.test.mjs compares it with protocol.def, so the three cannot drift apart.
 */
export const SUBPROTOCOL = 'rokusha.1';

export type Value = string | number | boolean | null | readonly string[];
/** What ChangeSet.toJSON() gives. */
export type ChangeJson = readonly (number | readonly (number | string)[])[];
export type Method = 'own' | 'dictated' | 'oral' | 'paper';
export type Point = readonly [ver: number, anchor: number, head: number];
export type Level = 'r' | 'w';
export type Reach = 'out' | 'in' | 'team';

interface Kinds {
  HEX64: string;
  INT: number;
  KEY: string;
  NAME: string;
  TEXT: string;
  CHANGES: readonly ChangeJson[];
  VALUE: Value;
  CELLS: Readonly<Record<string, Value>>;
  HAVE: readonly (readonly [key: string, ver: number])[];
  METHOD: Method;
  POINT: Point;
}
type Kind = keyof Kinds;
type Need = 'MUST' | 'MAY';

const ACT = { for_seat: ['HEX64', 'MAY'], method: ['METHOD', 'MAY'] } as const;
const REF = { ref: ['INT', 'MUST'] } as const;

export const SPEC = {
  join: { client: ['HEX64', 'MUST'], have: ['HAVE', 'MAY'], board: ['INT', 'MAY'] },
  edit: { ...REF, cell: ['KEY', 'MUST'], base: ['INT', 'MUST'], changes: ['CHANGES', 'MUST'], ...ACT },
  set: { ...REF, cell: ['KEY', 'MUST'], base: ['INT', 'MUST'], value: ['VALUE', 'MUST'], ...ACT },
  row: { ...REF, table: ['NAME', 'MUST'], cells: ['CELLS', 'MUST'], to: ['HEX64', 'MAY'], ...ACT },
  open: { ...REF, row: ['HEX64', 'MUST'] },
  close: { ...REF, end: ['INT', 'MAY'] },
  order: { ...REF, row: ['HEX64', 'MUST'], to: ['HEX64', 'MAY'] },
  attend: { ...REF, what: ['NAME', 'MUST'], place: ['NAME', 'MAY'], seat: ['HEX64', 'MAY'] },
  pause: { ...REF, on: ['INT', 'MUST'], ...ACT },
  assign: { ...REF, table: ['NAME', 'MUST'], row: ['HEX64', 'MUST'], to: ['HEX64', 'MUST'], words: ['TEXT', 'MAY'] },
  suggest: {
    ...REF, cell: ['KEY', 'MUST'], base: ['INT', 'MUST'], changes: ['CHANGES', 'MUST'], words: ['TEXT', 'MAY'], ...ACT,
  },
  answer: {
    ...REF, cell: ['KEY', 'MUST'], row: ['HEX64', 'MUST'], what: ['NAME', 'MUST'], words: ['TEXT', 'MAY'], ...ACT,
  },
  approve: { ...REF, hash: ['NAME', 'MUST'] },
  assent: { ...REF, ...ACT },
  grant: { ...REF, seat: ['HEX64', 'MUST'], value: ['VALUE', 'MUST'], until: ['TEXT', 'MUST'], words: ['TEXT', 'MAY'], ...ACT },
  withdraw: { ...REF, row: ['HEX64', 'MUST'], words: ['TEXT', 'MUST'], ...ACT },
  bar: { ...REF, seat: ['HEX64', 'MUST'], on: ['INT', 'MUST'], words: ['TEXT', 'MAY'] },
  deny: { ...REF, seat: ['HEX64', 'MUST'], about: ['HEX64', 'MUST'], on: ['INT', 'MUST'] },
  seal: { ...REF, until: ['TEXT', 'MUST'] },
  caseload: { ...REF },
  history: { ...REF, cell: ['KEY', 'MUST'], base: ['INT', 'MAY'] },
  here: { cell: ['KEY', 'MAY'], at: ['POINT', 'MAY'] },
  reach: { cell: ['KEY', 'MUST'] },
  ping: {},
} as const satisfies Record<string, Record<string, readonly [Kind, Need]>>;

type Spec = typeof SPEC;
/** `for` is a keyword in C, so protocol.def says for_seat. */
type WireName<K> = K extends 'for_seat' ? 'for' : K;
type MustOf<S> = { [K in keyof S as S[K] extends readonly [Kind, 'MUST'] ? WireName<K> : never]:
  S[K] extends readonly [infer T extends Kind, Need] ? Kinds[T] : never };
type MayOf<S> = { [K in keyof S as S[K] extends readonly [Kind, 'MAY'] ? WireName<K> : never]?:
  S[K] extends readonly [infer T extends Kind, Need] ? Kinds[T] : never };
export type Out<N extends keyof Spec> = { t: N } & MustOf<Spec[N]> & MayOf<Spec[N]>;
export type OutFrame = { [N in keyof Spec]: Out<N> }[keyof Spec];
/** Frames that are answered by `ack` or `no`. */
export type Request = Extract<OutFrame, { ref: number }>;

export type ColType = 'text' | 'line' | 'date' | 'enum' | 'int' | 'bool' | 'seat' | 'seats' | 'list';

export interface Col {
  label: string;
  type: ColType;
  area?: string;
  area_label?: string;
  group?: string;
  table?: string;
  table_label?: string;
  owner?: string;
  /** Units of a text or line, bounds of a number. */
  min?: number;
  max?: number;
  enum?: [id: string, label: string][];
  suggestable?: true;
}

export interface Me {
  seat: string;
  label: string;
  role: string;
  role_label: string;
  seal: string;
  official: boolean;
  /** A screen on the wall: nobody in particular. */
  board?: true;
  duties: string[];
}

export interface Seat {
  seat: string;
  label: string;
  role: string;
  role_label: string;
  seal: string;
  /** A screen of this seat is connected. */
  here: boolean;
  /** Marked as present in the room or on the line, waiting to be let in, gone. */
  at?: 'room' | 'line' | 'wait' | 'out';
  duties?: string[];
  /** Neither official nor the person; told to those only. */
  out?: true;
}

export type Phase = 'before' | 'door' | 'wait' | 'in' | 'on' | 'done';

export interface MeetItem {
  row: string;
  state: 'next' | 'now' | 'done';
  from?: number;
  to?: number;
}

/** How the meeting stands for this viewer. */
export interface Meet {
  phase: Phase;
  /** The open item; `since` is moved by the pauses in it. */
  item?: { row: string; since: number };
  agenda: MeetItem[];
  /** The clock stands since then. */
  pause?: number;
  /** When this viewer's part should begin. */
  start?: string;
  /** When minutes were sealed last of what this viewer sat in. */
  sealed?: number;
}

/** How a text could read. `change` is against version `ver` of the text. */
export interface SuggestionIn {
  id: string;
  seat: string;
  state: 'open' | 'taken' | 'answered' | 'old' | 'gone';
  at: number;
  ver: number;
  change?: ChangeJson;
  words?: string;
  by?: string;
  reply?: string;
}

/** One stretch of work at a cell. */
export interface PastEntry {
  /** The version after it. */
  ver: number;
  from: number;
  at: number;
  /** It came with the case file. */
  file?: true;
  seat?: string;
  /** Who wrote it down, where that is another; and how. */
  actor?: string;
  method?: Method;
  /** Of a register; `label` with an enum. */
  value?: Value;
  label?: string;
}

export interface CellIn {
  k: string;
  c: string;
  v: number;
  x?: Value;
  since?: number;
  l: Level;
  reach?: Reach;
  /** The agenda item a row of the minutes belongs to. */
  item?: string;
  sugg?: SuggestionIn[];
}

export interface Series {
  fictional: boolean;
  notice: string;
  /** The room of an office: a register and the cases of its staff, no person and no meeting. */
  office?: true;
}

/** A newer policy that waits for this viewer's approval, in words. */
export interface Policy {
  hash: string;
  gains: string[];
  losses: string[];
  others: string[];
}

/** A case as its line in the list shows it: what the seat reads there, and the seats it names. */
export interface CaseEntry {
  entry: string;
  cols: Record<string, Col>;
  cells: CellIn[];
  seats: { seat: string; label: string }[];
}

export type NoCode = 'gone' | 'stale' | 'old' | 'rule' | 'limit' | 'proto' | 'busy';

/* `seat` is left out where the viewer may not know it. */
export type InFrame =
  | { t: 'snap'; me: Me; series: Series; seats: Seat[]; cols: Record<string, Col>; cells: CellIn[];
      hidden?: string[]; policy?: Policy; now?: number; meet: Meet }
  | { t: 'me'; me: Me; hidden?: string[]; policy?: Policy }
  | { t: 'cells'; cols?: Record<string, Col>; cells: CellIn[] }
  | { t: 'drop'; cells: string[] }
  | { t: 'mode'; cols?: Record<string, Col>; cells: [key: string, level: Level, reach?: Reach | null][] }
  | { t: 'edit'; cell: string; ver: number; client: string; seat?: string; change: ChangeJson }
  | { t: 'set'; cell: string; ver: number; value: Value; seat?: string; label?: string }
  | ({ t: 'suggest'; cell: string } & SuggestionIn)
  | { t: 'history'; ref: number; cell: string; entries: PastEntry[]; more?: true }
  | { t: 'history'; ref: number; cell: string; ver: number; text: string }
  | { t: 'ack'; ref: number; ver: number; row?: string }
  | { t: 'no'; ref: number; code: NoCode; ver?: number; value?: Value }
  | { t: 'seats'; seats: Seat[] }
  | { t: 'here'; seat: string; cell: string | null; at?: Point | null }
  | { t: 'meet'; meet: Meet }
  | { t: 'again' }
  | ({ t: 'case'; ref: number } & CaseEntry)
  | { t: 'case'; ref: number; failed: true }
  | { t: 'reach'; cell: string; seats: [seat: string, level: Level][] }
  | { t: 'pong' }
  | { t: 'stuck'; on: 0 | 1 }
  | { t: 'bye'; code: string };

/** null when the text is not a frame of this protocol; the server is trusted beyond its shape. */
export function parseFrame(text: string): InFrame | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const name = (value as { t?: unknown }).t;
  return typeof name === 'string' ? (value as InFrame) : null;
}

/** A seat inside a value is written "@hex". */
export function seatRef(value: string): string | null {
  return /^@[0-9a-f]{16}$/.test(value) ? value.slice(1) : null;
}

export interface KeyParts {
  table: string;
  row: string;
  column: string;
}

/** `table/rowid/column`, or null for a field. */
export function rowKey(key: string): KeyParts | null {
  const m = /^([^/]+)\/([0-9a-f]{16})\/([^/]+)$/.exec(key);
  return m ? { table: m[1] as string, row: m[2] as string, column: m[3] as string } : null;
}
