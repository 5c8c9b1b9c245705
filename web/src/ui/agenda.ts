import { html, nothing, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { t } from '../locale/index.ts';
import { Attempt, refusedNote } from './attempt.ts';
import { clock } from './dates.ts';
import { RoomElement, isStillAt } from './element.ts';
import { check, pen, plus, seals } from './icons.ts';
import {
  audienceOf, isChair, isInsider, itemTitle, itemsOf, nextItem, type Item,
} from './meeting.ts';
import './agenda-edit.ts';
import './door.ts';
import './gate.ts';
import './timer.ts';

/** The agenda as far as this viewer is part of it; whoever chairs opens the items. */
@customElement('rk-agenda')
export class RkAgenda extends RoomElement {
  @state() private editing = false;
  @state() private edited = '';
  @state() private adding = false;
  /** An item the chair wants instead of the next one. */
  @state() private wanted = '';
  #attempt = new Attempt(this);

  protected override concerns(keys: ReadonlySet<string>): boolean {
    return [...keys].some((k) => k.startsWith('conf.'));
  }

  protected override render(): TemplateResult {
    const { meet } = this.room;
    const items = itemsOf(this.room);
    const chair = isChair(this.room);
    // Outside of it there is no list: neither what goes on nor how much is left.
    const listed = meet.phase === 'in' || meet.phase === 'before' || chair || isInsider(this.room);
    return html`<h2 class="vh" id="agenda-h">${t.agenda.title}</h2>
      ${meet.phase === 'done' ? nothing : html`<rk-timer .room=${this.room}></rk-timer>`}
      ${meet.phase === 'in' ? nothing : html`<rk-door .room=${this.room}></rk-door>`}
      ${listed ? this.#list(items, chair) : nothing}
      ${meet.phase === 'in' && !chair ? html`<rk-door .room=${this.room}></rk-door>` : nothing}`;
  }

  #list(items: readonly Item[], chair: boolean): TemplateResult {
    const { phase } = this.room.meet;
    const target = items.find((i) => i.row === this.wanted && i.state !== 'now') ?? nextItem(items);
    const now = items.some((i) => i.state === 'now');
    const gates = chair && !this.editing && (phase !== 'done' || now);
    const ends = gates && !target && items.length > 0 && phase !== 'before';
    return html`${items.length === 0 ? html`<p class="small muted">${t.agenda.none}</p>` : html`<ol class="agenda">
      ${repeat(items, (i) => i.row, (i) => html`${gates && i.row === target?.row
        ? html`<li class="gate-slot">${this.#gate(i)}</li>` : nothing}${this.#item(i, chair, items)}`)}
      ${ends ? html`<li class="gate-slot">${this.#gate(null)}</li>` : nothing}</ol>`}
      ${this.#foot(items, chair, ends)}`;
  }

  #gate(item: Item | null): TemplateResult {
    return html`<rk-gate .room=${this.room} .item=${item} @rk-passed=${() => void this.#passed()}></rk-gate>`;
  }

  /** To the item that was opened, not to the button of the next one: a second press must not open it. */
  async #passed(): Promise<void> {
    const stays = isStillAt(this.querySelector('rk-gate'));
    this.wanted = '';
    if (!stays) return;
    await this.updateComplete;
    this.querySelector<HTMLElement>('.item-now')?.focus();
  }

  #item(item: Item, chair: boolean, items: readonly Item[]): TemplateResult {
    const isNow = item.state === 'now';
    // Who sees only some of the items must not be able to count the others.
    const number = isInsider(this.room) ? String(item.index + 1) : '・';
    const said = item.state === 'done' ? t.agenda.done(isInsider(this.room) ? t.agenda.item(item.index + 1) : '') : t.agenda.now;
    const title = itemTitle(this.room, item);
    return html`<li class="item item-${item.state}" aria-current=${isNow ? 'step' : nothing} tabindex=${isNow ? '-1' : nothing}>
      <span class="item-no" aria-hidden="true">${item.state === 'done' ? check : number}</span><div>
      <h3>${item.state === 'next' ? nothing : html`<span class="vh">${said}</span>`}${title}</h3>
      ${this.#when(item)}${item.state === 'done' ? nothing : this.#who(item, items)}
      ${this.editing ? this.#tools(item, items) : chair ? this.#buttons(item, title, items) : nothing}
      ${this.#attempt.refusedIs(item.row) ? refusedNote(t.agenda.refusedBody) : nothing}
      </div>
      ${this.editing && this.edited === item.row ? html`<rk-item-edit .room=${this.room} .item=${item}></rk-item-edit>` : nothing}</li>`;
  }

  #when(item: Item): TemplateResult | typeof nothing {
    const { from, minutes } = item;
    if (from === null) return nothing;
    const open = this.room.meet.item;
    const end = item.to ?? (open?.row === item.row && minutes !== null ? open.since + minutes * 60_000 : null);
    const span = end === null ? clock(from) : t.agenda.span(clock(from), clock(end));
    const seats = item.state === 'done' && item.audience ? `　${t.agenda.seats(item.audience.length)}` : '';
    return html`<p>${span}${seats}</p>`;
  }

  /** The seals of an item; at the open one, those for whom it is the last stand apart. */
  #who(item: Item, items: readonly Item[]): TemplateResult | typeof nothing {
    const all = audienceOf(this.room, item);
    const next = item.state === 'now' && this.room.me?.official ? nextItem(items) : null;
    const last = next?.audience ? all.filter((s) => !next.audience?.includes(`@${s.seat}`)) : [];
    const stay = all.filter((s) => !last.includes(s));
    const minutes = item.state === 'next' && item.minutes !== null ? html`<span>${t.agenda.minutes(item.minutes)}</span>` : nothing;
    if (all.length === 0) return minutes === nothing ? nothing : html`<p class="item-aud">${minutes}</p>`;
    return html`${stay.length > 0 ? html`<p class="item-aud">${seals(stay)}${minutes}</p>` : nothing}
      ${last.length > 0 ? html`<p class="item-aud">${seals(last)}<span>${t.people.untilNow}</span></p>` : nothing}`;
  }

  #buttons(item: Item, title: string, items: readonly Item[]): TemplateResult | typeof nothing {
    if (item.state === 'now') {
      return html`<button type="button" class="btn btn-text item-close" aria-disabled=${this.#attempt.busy(item.row) ? 'true' : nothing}
        @click=${() => void this.#attempt.run(item.row, () => this.room.close())}>${t.agenda.close}</button>`;
    }
    if (item.row === nextItem(items)?.row && this.wanted === '') return nothing; // its gate stands above it
    if (item.row === this.wanted || item.state === 'done') return nothing;
    return html`<button type="button" class="btn btn-text open-other" aria-label=${t.agenda.openOf(title)}
      @click=${() => { this.wanted = item.row; }}>${t.agenda.open}</button>`;
  }

  /* ---------- changing it ---------- */

  #tools(item: Item, items: readonly Item[]): TemplateResult {
    const at = items.indexOf(item);
    const before = items[at - 1];
    const after = items[at + 1];
    const order = (to: string | undefined): void => void this.#attempt.run(item.row, () => this.room.order(item.row, to));
    const chair = isChair(this.room);
    return html`<div class="row item-tools">
      ${chair && before ? html`<button type="button" class="btn btn-quiet" aria-label=${t.agenda.upOf(item.title)} @click=${() => order(before.row)}>${t.agenda.up}</button>` : nothing}
      ${chair && after ? html`<button type="button" class="btn btn-quiet" aria-label=${t.agenda.downOf(item.title)} @click=${() => order(items[at + 2]?.row)}>${t.agenda.down}</button>` : nothing}
      ${item.writable ? html`<button type="button" class="btn btn-quiet" aria-label=${t.agenda.editOf(item.title)}
        aria-expanded=${this.edited === item.row ? 'true' : 'false'}
        @click=${() => { this.edited = this.edited === item.row ? '' : item.row; }}>${pen}${t.agenda.editItem}</button>` : nothing}
      ${chair && item.state === 'done' ? html`<button type="button" class="btn btn-text" aria-label=${t.agenda.openOf(item.title)}
        @click=${() => { this.wanted = item.row; this.#toggle(); }}>${t.agenda.again}</button>` : nothing}</div>`;
  }

  #foot(items: readonly Item[], chair: boolean, ends: boolean): TemplateResult | typeof nothing {
    const { phase } = this.room.meet;
    const may = (chair || items.some((i) => i.writable)) && phase !== 'done';
    if (!may) return nothing;
    const mayAdd = items.length === 0 || items.some((i) => i.writable);
    return html`<div class="agenda-foot">
      ${this.adding ? html`<rk-item-edit .room=${this.room} .item=${null} @rk-added=${(e: CustomEvent<string | null>) => this.#added(e.detail)}></rk-item-edit>` : nothing}
      <div class="row">${this.editing && mayAdd && !this.adding
        ? html`<button type="button" class="btn" @click=${() => { this.adding = true; }}>${plus}${t.agenda.add}</button>` : nothing}
        <button type="button" class="btn btn-text" aria-pressed=${this.editing ? 'true' : 'false'} @click=${() => this.#toggle()}>${pen}${this.editing ? t.agenda.editDone : t.agenda.edit}</button>
        ${this.editing && chair && !ends && phase === 'in' ? html`<button type="button" class="btn btn-text"
          @click=${() => void this.#attempt.run('end', () => this.room.close(true))}>${t.agenda.end}</button>` : nothing}</div></div>`;
  }

  #toggle(): void {
    this.editing = !this.editing;
    this.adding = false;
    this.edited = '';
  }

  #added(row: string | null): void {
    this.adding = false;
    if (row !== null) this.edited = row;
  }
}
