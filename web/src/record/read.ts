import type { TemplateResult } from 'lit';
import { seatRef } from '../core/protocol.ts';
import type { Amend, Erased, Leaf, Report } from '../verify/report.ts';
import type { Plain } from '../verify/leaf.ts';
import { wareki } from '../ui/dates.ts';
import { plain } from '../locale/ruby.ts';
import { choiceOf, type Form, type Forms } from './forms.ts';
import { r } from './words.ts';

/* The leaves of a verified bundle as a text to be read: what was decided where, and how the plan stood. */

/** One cell, with what it was corrected to. */
export interface Piece {
  readonly hash: string;
  readonly col: string;
  readonly label: string;
  /** The person's own words. */
  readonly voice: boolean;
  readonly text: string;
  readonly raw: Plain;
  /** Of the cell, as every copy calls it; and the label it stands under here. */
  readonly name: string;
  readonly under: string;
  readonly type: Form['type'] | null;
  readonly amends: readonly { readonly text: string; readonly raw: Plain; readonly why: string; readonly time: number }[];
  /** What can be done about it, shown beside it. */
  readonly beside?: TemplateResult;
}

export interface Entry {
  readonly row: string;
  readonly n: number;
  readonly pieces: ReadonlyMap<string, Piece>;
}

export interface Item {
  readonly row: string;
  /** The slot of those who sat in it. */
  readonly label: string;
  readonly title: Piece | null;
  /** What else the agenda says of it. */
  readonly more: readonly Piece[];
  /** Ids of who sat in it, as far as the reader knows them. */
  readonly members: readonly string[];
  readonly entries: ReadonlyMap<string, readonly Entry[]>;
}

export interface Group {
  readonly label: string;
  readonly pieces: readonly Piece[];
  readonly rows: readonly (readonly Piece[])[];
}

export interface Presence {
  readonly who: string;
  readonly in: string;
  readonly out: string;
  readonly note: string;
}

export interface Doc {
  readonly name: string;
  readonly notice: string;
  readonly people: ReadonlyMap<string, string>;
  readonly facts: ReadonlyMap<string, Piece>;
  readonly attendance: readonly Presence[];
  readonly items: readonly Item[];
  readonly plan: readonly Group[];
  readonly erased: readonly Erased[];
  readonly withheld: number;
}

export const personOf = (doc: Doc, id: string): string => doc.people.get(id) ?? plain(r.someone);

interface Row {
  readonly table: string;
  readonly id: string;
  readonly label: string;
  readonly cells: Map<string, Leaf>;
}

const GROUPS: Readonly<Record<string, number>> = { outline: 0, action: 1, parts: 2, background: 3, restricted: 4 };
const HIDDEN = /^(conf\.agenda_items|conf\.attendance|min\.)/;

class Reader {
  readonly people = new Map<string, string>();
  readonly #rows = new Map<string, Row>();
  readonly #fields = new Map<string, Leaf>();
  readonly #lists = new Map<string, Leaf[]>(); // of seats: one leaf a seat
  readonly #amends = new Map<string, Amend[]>();
  #own = '';
  #notice = '';

  constructor(private readonly report: Report, private readonly forms: Forms, private readonly titles: readonly string[]) {
    for (const a of report.amends) {
      const list = this.#amends.get(a.name) ?? [];
      if (list.some((o) => o.round === a.round && o.why === a.why && JSON.stringify(o.value) === JSON.stringify(a.value))) continue;
      this.#amends.set(a.name, [...list, a]);
    }
    for (const leaf of report.leaves) this.#sort(leaf);
    if (!this.people.has(report.party) && this.#own !== '') this.people.set(report.party, this.#own);
  }

  #sort(leaf: Leaf): void {
    const [kind = '', what = '', row, column] = leaf.name.split('/');
    const words = typeof leaf.value === 'string' ? leaf.value : '';
    if (kind === 'name' && what === '') this.#own = words;
    else if (kind === 'name') this.people.set(what, words);
    else if (kind === 'notice') this.#notice = words;
    else if (kind === 'field' && row === undefined) this.#fields.set(what, leaf);
    else if (kind === 'field') this.#lists.set(what, [...this.#lists.get(what) ?? [], leaf]);
    else if (kind === 'row' && row !== undefined && column !== undefined) {
      const key = `${what}/${row}`;
      const at = this.#rows.get(key) ?? { table: what, id: row, label: leaf.label, cells: new Map<string, Leaf>() };
      this.#rows.set(key, at);
      at.cells.set(column, leaf);
    }
  }

  #words(value: Plain, form: Form | undefined): string {
    if (Array.isArray(value)) return value.map((v: Plain) => this.#words(v, undefined)).filter((w) => w !== '').join('、');
    if (typeof value !== 'string') return typeof value === 'boolean' ? plain(value ? r.yes : r.no) : value === null ? '' : String(value);
    const seat = seatRef(value);
    if (seat !== null) return this.people.get(seat) ?? plain(r.someone);
    if (form?.type === 'enum') return choiceOf(form, value);
    if (form?.type === 'date') return wareki(value);
    return value;
  }

  #piece(col: string, name: string, leaf: Leaf): Piece {
    const form = this.forms.get(col);
    const owner = form?.owner === 'self' || col.startsWith('pplan.') || col.startsWith('min.person_words.');
    return {
      hash: leaf.hash, col, label: form?.label ?? col, voice: owner, raw: leaf.value, text: this.#words(leaf.value, form),
      name, under: leaf.label, type: form?.type ?? null,
      amends: (this.#amends.get(name) ?? []).map((a) => ({ text: this.#words(a.value, form), raw: a.value, why: a.why, time: a.time })),
    };
  }

  #field(id: string): Piece | null {
    const leaf = this.#fields.get(id);
    return leaf ? this.#piece(id, leaf.name, leaf) : null;
  }

  #pieces(row: Row): Map<string, Piece> {
    return new Map([...row.cells].map(([column, leaf]) => [column, this.#piece(`${row.table}.${column}`, leaf.name, leaf)]));
  }

  #table(table: string): Row[] {
    return [...this.#rows.values()].filter((x) => x.table === table);
  }

  #items(): Item[] {
    const items = new Map<string, { item: Item; at: string; entries: Map<string, Entry[]> }>();
    const make = (row: string, label: string): { item: Item; at: string; entries: Map<string, Entry[]> } => {
      const known = items.get(row);
      if (known) return known;
      const cells = this.#rows.get(`conf.agenda_items/${row}`)?.cells;
      const title = cells?.get('title');
      const more = [...cells ?? []].filter(([column]) => column !== 'title').map(([column, leaf]) => this.#piece(`conf.agenda_items.${column}`, leaf.name, leaf));
      const entries = new Map<string, Entry[]>();
      const item: Item = {
        row, label, title: title ? this.#piece('conf.agenda_items.title', title.name, title) : null,
        more: more.sort((a, b) => (a.col < b.col ? 1 : -1)), members: [...this.report.members.get(label) ?? []], entries,
      };
      const made = { item, at: '99', entries };
      items.set(row, made);
      return made;
    };
    for (const row of this.#table('conf.agenda_items')) make(row.id, row.label);
    for (const row of [...this.#rows.values()].filter((x) => x.table.startsWith('min.'))) {
      const place = row.cells.get('place')?.value;
      const [item, n] = Array.isArray(place) ? place as readonly Plain[] : [];
      const at = make(typeof item === 'string' ? item : '', row.label);
      const pieces = this.#pieces(row);
      pieces.delete('place');
      const list = at.entries.get(row.table) ?? [];
      at.entries.set(row.table, list);
      list.push({ row: row.id, n: typeof n === 'number' ? n : 0, pieces });
      const said = row.cells.get('at')?.value;
      if (typeof said === 'string' && said < at.at) at.at = said;
    }
    for (const { entries } of items.values()) for (const list of entries.values()) list.sort((a, b) => a.n - b.n);
    // In which order the items came a bundle does not say; when somebody spoke in them, or the room, does.
    const rank = (x: Item): number => {
      const i = this.titles.indexOf(x.title?.raw as string);
      return i < 0 ? this.titles.length : i;
    };
    return [...items.values()].sort((a, b) => rank(a.item) - rank(b.item) || (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)
      || (a.item.title?.text ?? '').localeCompare(b.item.title?.text ?? '', 'ja')).map((x) => x.item);
  }

  #attendance(): Presence[] {
    return this.#table('conf.attendance').flatMap((row) => {
      const of = (column: string): string => {
        const v = row.cells.get(column)?.value;
        return typeof v === 'string' ? v : '';
      };
      const who = seatRef(of('who'));
      return who === null ? [] : [{ who, in: of('in'), out: of('out'), note: of('note') }];
    }).sort((a, b) => (a.in < b.in ? -1 : a.in > b.in ? 1 : 0));
  }

  /** Areas by their order in the form, before them what is of the whole plan; then rows, a table each. */
  #plan(): Group[] {
    const groups = new Map<string, { label: string; rank: number; pieces: { rank: number; piece: Piece }[]; rows: Piece[][] }>();
    const order = [...this.forms.keys()];
    const areas = [...new Set([...this.forms.values()].map((f) => f.area))];
    const group = (id: string, label: string, rank: number): { rank: number; pieces: { rank: number; piece: Piece }[]; rows: Piece[][] } => {
      const at = groups.get(id) ?? { label, rank, pieces: [], rows: [] };
      groups.set(id, at);
      return at;
    };
    const placed = (col: string): { rank: number; pieces: { rank: number; piece: Piece }[]; rows: Piece[][] } => {
      const form = this.forms.get(col);
      const kind = col.split('.')[0] ?? '';
      if (form?.area !== undefined) return group(`area ${form.area}`, form.area_label ?? form.area, 100 + areas.indexOf(form.area));
      return group(kind, plain(r.parts[kind] ?? form?.table_label ?? kind), kind === 'plan' ? 0 : kind === 'pplan' ? 1 : 1000);
    };
    const within = (col: string): number => (GROUPS[this.forms.get(col)?.group ?? ''] ?? 0) * 1000 + order.indexOf(col);
    const add = (col: string, piece: Piece): void => {
      placed(col).pieces.push({ rank: within(col), piece });
    };
    for (const [col, leaf] of this.#fields) if (!HIDDEN.test(col) && !col.startsWith('conf.')) add(col, this.#piece(col, leaf.name, leaf));
    for (const [col, leaves] of this.#lists) {
      const [first] = leaves;
      if (!first) continue;
      const names = leaves.map((l) => this.#words(l.value, undefined));
      add(col, { ...this.#piece(col, first.name, first), text: names.join('、') });
    }
    for (const row of this.#rows.values()) {
      if (HIDDEN.test(row.table)) continue;
      const pieces = [...this.#pieces(row).values()].sort((a, b) => order.indexOf(a.col) - order.indexOf(b.col));
      const [first] = pieces;
      if (first) placed(first.col).rows.push(pieces);
    }
    return [...groups.values()].sort((a, b) => a.rank - b.rank).map((g) => ({
      label: g.label, pieces: g.pieces.sort((a, b) => a.rank - b.rank).map((p) => p.piece), rows: g.rows,
    }));
  }

  doc(): Doc {
    const facts = ['conf.held_on', 'conf.place', 'conf.legal_basis', 'conf.schedule.conf_no', 'conf.schedule.start',
      'conf.schedule.end', 'conf.schedule.participation', 'min.next_date'];
    return {
      name: this.#own, notice: this.#notice, people: this.people,
      facts: new Map(facts.flatMap((id) => {
        const piece = this.#field(id);
        return piece ? [[id, piece] as const] : [];
      })),
      attendance: this.#attendance(), items: this.#items(), plan: this.#plan(), erased: this.report.erased,
      withheld: this.report.withheld.length,
    };
  }
}

/** titles: of the agenda in its order, where the reader is told. */
export const read = (report: Report, forms: Forms, titles: readonly string[] = []): Doc => new Reader(report, forms, titles).doc();
