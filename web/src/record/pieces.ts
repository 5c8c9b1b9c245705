import { plain } from '../locale/ruby.ts';
import { seatRef } from '../core/protocol.ts';
import type { Report } from '../verify/report.ts';
import type { Plain } from '../verify/leaf.ts';
import type { Doc, Entry, Group, Item, Piece } from './read.ts';
import { r } from './words.ts';

/* The passages of a text: found, changed all alike, and which of them can be corrected or erased. */

const PLACES: readonly (Piece['type'])[] = ['text', 'line', 'date'];
/** The conference itself goes by them. */
const KEPT = ['conf.schedule.start', 'conf.held_on'];

/** The text again, with each passage as `f` makes it. */
export function mapPieces(doc: Doc, f: (p: Piece) => Piece): Doc {
  const both = <K>(all: ReadonlyMap<K, Piece>): Map<K, Piece> => new Map([...all].map(([k, p]) => [k, f(p)]));
  const entry = (e: Entry): Entry => ({ ...e, pieces: both(e.pieces) });
  const item = (i: Item): Item => ({
    ...i, title: i.title && f(i.title), more: i.more.map(f), entries: new Map([...i.entries].map(([table, list]) => [table, list.map(entry)])),
  });
  const group = (g: Group): Group => ({ ...g, pieces: g.pieces.map(f), rows: g.rows.map((row) => row.map(f)) });
  return { ...doc, facts: both(doc.facts), items: doc.items.map(item), plan: doc.plan.map(group) };
}

/** The passage of that leaf. */
export function pieceOf(doc: Doc, leaf: string): Piece | null {
  let found: Piece | null = null;
  mapPieces(doc, (p) => {
    if (p.hash === leaf) found = p;
    return p;
  });
  return found;
}

/** What somebody wrote to its signature, each once though it is told in several places. */
export function notesOf(report: Report, party?: string): Piece[] {
  const notes = new Map<string, Piece>();
  for (const act of report.acts) {
    for (const { note, text } of party === undefined || act.party === party ? act.says.values() : []) {
      if (note === undefined || text === undefined || notes.has(`${act.party} ${text}`)) continue;
      notes.set(`${act.party} ${text}`, { hash: note, col: '', label: plain(r.sign.note), voice: false, text, raw: text, name: '', under: '', type: 'text', amends: [] });
    }
  }
  return [...notes.values()];
}

/** The note that has this leaf in one of its places. */
export function noteOf(report: Report, leaf: string): Piece | null {
  const act = report.acts.find((a) => [...a.says.values()].some((s) => s.note === leaf));
  const text = act && [...act.says.values()].find((s) => s.note === leaf)?.text;
  return notesOf(report, act?.party).find((p) => p.text === text) ?? null;
}

/** As it reads now, and what it says to a machine. */
export const nowOf = (p: Piece): { readonly text: string; readonly raw: Plain } => p.amends[p.amends.length - 1] ?? p;

/** Words, or a day: whom a list names, and what is one of several choices, is no passage. */
const isWords = (p: Piece): boolean => PLACES.includes(p.type) && typeof p.raw === 'string' && p.raw !== '' && seatRef(p.raw) === null && !KEPT.includes(p.col);

export const mayErase = isWords;

/** The person's words are the person's to correct, the rest the recorder's; a dissent is nobody's: another is written. The server judges. */
export const mayAmend = (p: Piece, role: string): boolean => isWords(p) && !p.col.startsWith('min.dissent.') && p.voice === (role === 'self');
