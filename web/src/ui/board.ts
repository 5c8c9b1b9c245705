import { html, nothing, type TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { Cell } from '../core/index.ts';
import { t } from '../locale/index.ts';
import { meetingTitle } from './appbar.ts';
import { clock } from './dates.ts';
import { RoomElement, Ticking } from './element.ts';
import { logo, people, seal } from './icons.ts';
import { isVoice, layoutOf } from './layout.ts';
import { isOpened, itemsOf, presentSeats, type Item } from './meeting.ts';
import { chaptersOf } from './minutes-book.ts';
import { entryView } from './minutes-rows.ts';
import { shortName } from './values.ts';
import './cell.ts';
import './pause.ts';
import './saved.ts';

const CLOCK_MS = 5_000;
const MINUTES = ['min.decisions', 'min.actions', 'min.person_words'];
const ELSEWHERE = /^(conf|min|party|consent|log)\./;

/** The wall: what everybody who is in can read, large, with nothing to press. */
@customElement('rk-board')
export class RkBoard extends RoomElement {
  constructor() {
    super();
    new Ticking(this, CLOCK_MS);
  }

  protected override concerns(): boolean {
    return true;
  }

  protected override updated(): void {
    const title = t.pageTitle(t.board.title);
    if (document.title !== title) document.title = title;
  }

  protected override render(): TemplateResult {
    const { room } = this;
    const item = itemsOf(room).find((i) => i.state === 'now') ?? null;
    const seats = presentSeats(room);
    return html`<div class="board"><header class="board-bar"><span class="brand" aria-hidden="true">${logo}</span>
        <h1 class="grow">${item ? item.title : meetingTitle(room)}</h1><span class="board-clock num">${clock(room.time)}</span></header>
      <div class="banner"><rk-connection .room=${room}></rk-connection><rk-paused .room=${room}></rk-paused></div>
      <main class="board-main">${room.me && seats.length === 0 && !item ? this.#empty() : item ? this.#item(item) : html`<p class="board-empty">${t.board.between}</p>`}</main>
      <footer class="board-foot"><p class="small muted">${people}${t.board.note}</p>
        <ul class="board-people">${repeat(seats, (s) => s.seat, (s) => html`<li>${seal(s, 'seal-s')}${shortName(s.label)}</li>`)}</ul></footer></div>`;
  }

  #empty(): TemplateResult {
    return html`<p class="board-empty">${t.people.nobody}</p>`;
  }

  #item(item: Item): TemplateResult {
    const groups = this.#groups(item);
    const chapter = chaptersOf(this.room).find((c) => c.item?.row === item.row);
    const rows = MINUTES.flatMap((table) => [...chapter?.entries.get(table) ?? []]);
    return html`<section class="board-fields" aria-label=${t.board.fields}>${groups.length === 0 ? html`<p class="board-empty">${t.board.noFields}</p>`
      : repeat(groups, ([label]) => label, ([label, cells]) => html`${groups.length > 1 ? html`<h2 class="board-area">${label}</h2>` : nothing}
        <div class="board-grid">${repeat(cells, (c) => c.key, (c) => this.#field(c))}</div>`)}</section>
      ${rows.length === 0 ? nothing : html`<section class="board-minutes" aria-label=${t.minutes.title}>
        ${repeat(rows, (e) => e.row.id, (e) => entryView({ room: this.room, focusKey: '' }, e))}</section>`}`;
  }

  /** By place, in the order of the form: the order of the plan itself is nobody's here. */
  #groups(item: Item): [label: string, cells: Cell[]][] {
    const { areas, records } = layoutOf(this.room);
    const placed = new Map([...areas, ...records].flatMap((p) => p.blocks.flatMap((b) =>
      [...b.fields, ...b.tables.flatMap((x) => x.rows.flatMap((r) => r.cells))].map((c) => [c.key, p.label] as const))));
    const groups = new Map<string, Cell[]>();
    for (const c of this.room.cells.values()) {
      const label = placed.get(c.key);
      if (label === undefined || ELSEWHERE.test(c.col) || c.col.endsWith('.outline.priority') || !isOpened(item.fields, c.col) || !this.#hasWords(c)) continue;
      groups.set(label, [...groups.get(label) ?? [], c]);
    }
    // What is talked about stands before dates and names.
    const rank = (c: Cell): number => (this.room.cols.get(c.col)?.type === 'text' ? 0 : 1);
    return [...groups].map(([label, cells]) => [label, cells.sort((a, b) => rank(a) - rank(b))]);
  }

  #hasWords(c: Cell): boolean {
    const isText = this.room.cols.get(c.col)?.type === 'text';
    if (isText) return this.room.hasText(c.key) && this.room.text(c.key).doc !== '';
    return c.value !== null && c.value !== '' && !(Array.isArray(c.value) && c.value.length === 0);
  }

  #field(c: Cell): TemplateResult {
    const col = this.room.cols.get(c.col);
    const id = `b-${c.key.replaceAll(/[^a-z0-9]/g, '-')}`;
    return html`<div class="board-field ${col && isVoice(c.col, col) ? 'voice' : ''}"><h3 id=${id}>${col?.label ?? ''}</h3>
      <rk-cell .room=${this.room} .key=${c.key} .label=${col?.label ?? ''} .labelId=${id} .foot=${false}></rk-cell></div>`;
  }
}
