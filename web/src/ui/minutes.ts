import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { t } from '../locale/index.ts';
import { RoomElement, isStillAt } from './element.ts';
import { move, paper, plus } from './icons.ts';
import { MINUTES } from './layout.ts';
import { isInsider, isRecorder, itemTitle, itemsOf } from './meeting.ts';
import { chaptersOf, entryTitle, mayRecord, openedItems, type Chapter, type Entry } from './minutes-book.ts';
import { entryView } from './minutes-rows.ts';
import type { FormKind } from './minutes-form.ts';
import type { RkText } from './text-field.ts';
import { seatName } from './values.ts';
import './minutes-form.ts';
import './minutes-move.ts';
import './minutes-say.ts';

/** In reading order; the heads of the kinds. */
const KINDS: readonly (readonly [table: string, head: string])[] = [
  ['min.decisions', t.minutes.decisions], ['min.actions', t.minutes.actions], ['min.advice', t.minutes.advice],
  ['min.dissent', t.minutes.dissent], ['min.person_words', t.minutes.personWords], ['min.utterances', t.minutes.utterances],
];
const NEXT_DATE = 'min.next_date';

/** The minutes of the segments this viewer was part of. */
@customElement('rk-minutes')
export class RkMinutes extends RoomElement {
  @property() focusKey = '';
  @state() private form: FormKind | 'say' | null = null;
  @state() private more = false;
  @state() private moving = '';

  protected override concerns(keys: ReadonlySet<string>): boolean {
    return [...keys].some((k) => k === NEXT_DATE || MINUTES.some((table) => k.startsWith(`${table}/`)));
  }

  protected override render(): TemplateResult {
    const items = itemsOf(this.room);
    const now = items.find((i) => i.state === 'now');
    const writers = [...this.room.seats.values()].filter((s) => s.here && s.duties?.includes('recorder') && s.seat !== this.room.me?.seat);
    return html`<section class="minutes" aria-labelledby="minutes-h">
      <div class="minutes-head"><h2 id="minutes-h">${t.minutes.title}${now && isInsider(this.room) ? `　${t.agenda.item(now.index + 1)}` : ''}</h2>
        <span class="small muted grow">${writers.length > 0 ? t.minutes.recording(t.join(writers.map((s) => t.san(seatName(this.room, s.seat))))) : nothing}</span></div>
      <div class="minutes-body" tabindex="0" role="region" aria-label=${t.minutes.region}>${this.#body()}</div>
      ${this.#form()}${this.#foot()}</section>`;
  }

  #form(): TemplateResult | typeof nothing {
    if (this.form === null) return nothing;
    if (this.form === 'say') return html`<rk-say .room=${this.room} @rk-done=${(e: CustomEvent<string | null>) => void this.#said(e.detail)}></rk-say>`;
    return html`<rk-minutes-form .room=${this.room} .kind=${this.form} @rk-done=${() => this.#close()}></rk-minutes-form>`;
  }

  get #atForm(): boolean {
    return isStillAt(this.querySelector('rk-minutes-form, rk-say'));
  }

  #close(): void {
    const stays = this.#atForm;
    this.form = null;
    if (stays) void this.updateComplete.then(() => this.querySelector<HTMLElement>('.minutes-foot .btn')?.focus());
  }

  /** The row is there: go in and write what is being said. */
  async #said(row: string | null): Promise<void> {
    if (row === null) return this.#close();
    const stays = this.#atForm;
    this.form = null;
    if (!stays) return;
    await this.updateComplete;
    const text = this.querySelector<HTMLElement>(`[data-row="${row}"]`);
    text?.scrollIntoView({ block: 'nearest' });
    await new Promise<void>((done) => { requestAnimationFrame(() => done()); });
    text?.querySelector<RkText>('rk-text')?.enter();
  }

  #foot(): TemplateResult | typeof nothing {
    if (this.form !== null || this.moving !== '') return nothing;
    const add = (kind: FormKind | 'say', label: string): TemplateResult =>
      html`<button class="btn" type="button" @click=${() => { this.form = kind; }}>${plus}${label}</button>`;
    if (mayRecord(this.room)) {
      return html`<div class="minutes-foot">${add('decision', t.minutes.addDecision)}${add('action', t.minutes.addAction)}
        ${add('say', t.minutes.addUtterance)}${add('words', t.minutes.addPersonWords)}
        ${this.more ? html`${add('advice', t.minutes.addAdvice)}${add('dissent', t.minutes.addDissent)}`
        : html`<button class="btn btn-text" type="button" aria-expanded="false" @click=${() => { this.more = true; }}>${t.minutes.addMore}</button>`}</div>`;
    }
    if (openedItems(this.room).length === 0) return nothing;
    const mine = this.room.me?.role === 'self';
    return html`<div class="minutes-foot">${mine ? add('words', t.minutes.addMyWords) : nothing}
      <button class="btn btn-text" type="button" @click=${() => { this.form = 'dissent'; }}>${plus}${t.minutes.addDissent}</button></div>`;
  }

  #body(): TemplateResult {
    const chapters = chaptersOf(this.room);
    const next = this.room.cells.get(NEXT_DATE);
    const nothingYet = chapters.every((c) => c.entries.size === 0);
    return html`${nothingYet ? this.#empty() : repeat(chapters, (c) => c.item?.row ?? '', (c) => this.#chapter(c))}
      ${next && (next.level === 'w' || next.value !== null) ? html`<h3 class="sec">${t.minutes.nextDate}</h3>
        <rk-cell class="inline-text next-date" .room=${this.room} .key=${NEXT_DATE} .label=${t.minutes.nextDate} .focused=${this.focusKey === NEXT_DATE}></rk-cell>` : nothing}`;
  }

  #empty(): TemplateResult {
    return html`<div class="empty">${paper}<p><b>${t.minutes.nothing}</b><br>${t.minutes.nothingBody}</p></div>`;
  }

  /** What is over folds itself up while the meeting goes on; a press opens it. */
  #chapter(c: Chapter): TemplateResult {
    if (!c.item) return this.#kinds(c);
    const no = isInsider(this.room) ? t.agenda.item(c.item.index + 1) : '';
    const open = c.item.state === 'now' || this.room.meet.phase !== 'in' || this.#writes(c);
    const decided = (c.entries.get('min.decisions')?.length ?? 0) > 0;
    return html`<details class="chapter" ?open=${open}><summary><h3>${no === '' ? nothing : html`<span class="muted">${no}</span>　`}${itemTitle(this.room, c.item)}</h3></summary>
      ${c.item.state === 'now' && !decided ? this.#empty() : nothing}${this.#kinds(c)}</details>`;
  }

  /** Somebody at this screen is in the middle of a row of it: it does not fold over their word. */
  #writes(c: Chapter): boolean {
    return [...c.entries.values()].flat().some((e) =>
      e.row.cells.some(({ key }) => this.room.hasText(key) && this.room.text(key).mounted));
  }

  #kinds(c: Chapter): TemplateResult {
    return html`${KINDS.map(([table, head]) => {
      const list = c.entries.get(table) ?? [];
      if (list.length === 0) return nothing;
      return html`${c.item ? html`<h4 class="sec">${head}</h4>` : html`<h3 class="sec">${head}</h3>`}
        ${repeat(list, (e) => e.row.id, (e) => this.#entry(e))}`;
    })}`;
  }

  #entry(e: Entry): TemplateResult {
    const movable = isRecorder(this.room) && openedItems(this.room).length > 1;
    const moving = this.moving === e.row.id;
    return html`<div class="entry-row ${e.table === 'min.decisions' ? 'decision' : ''}" data-row=${e.row.id}>${entryView({ room: this.room, focusKey: this.focusKey }, e)}
      ${movable ? html`<button type="button" class="btn btn-text entry-move" aria-label=${t.minutes.moveOf(entryTitle(this.room, e))} title=${t.minutes.move}
        aria-expanded=${moving ? 'true' : 'false'} @click=${() => { this.moving = moving ? '' : e.row.id; }}>${move}</button>` : nothing}
      ${moving ? html`<rk-move .room=${this.room} .entry=${e} @rk-moved=${() => { this.moving = ''; }}></rk-move>` : nothing}</div>`;
  }
}
