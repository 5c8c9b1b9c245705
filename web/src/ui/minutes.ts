import { html, nothing, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { seatRef, type Cell, type Seat } from '../core/index.ts';
import { t } from '../locale/index.ts';
import { shortDate } from './dates.ts';
import { RoomElement } from './element.ts';
import { paper, plus, seal } from './icons.ts';
import { MINUTES, rowsOf, type Row } from './layout.ts';
import type { FormKind } from './minutes-form.ts';
import { shortName } from './values.ts';
import './minutes-form.ts';
import './text-field.ts';

/** The minutes of the segments this viewer was part of. */
@customElement('rk-minutes')
export class RkMinutes extends RoomElement {
  @state() private form: FormKind | null = null;

  protected override concerns(keys: ReadonlySet<string>): boolean {
    return [...keys].some((k) => MINUTES.some((table) => k.startsWith(`${table}/`)));
  }

  protected override render(): TemplateResult {
    const recorder = this.room.me?.duties.includes('recorder') ?? false;
    return html`<section class="minutes" aria-labelledby="minutes-h">
      <div class="minutes-head"><h2 id="minutes-h">${t.minutes.title}</h2>
        <span class="small muted grow">${this.#itemTitle()}</span></div>
      <div class="minutes-body" tabindex="0" role="region" aria-label=${t.minutes.region}>${this.#body()}</div>
      ${this.form ? html`<rk-minutes-form .room=${this.room} .kind=${this.form}
        @rk-done=${() => { this.form = null; }}></rk-minutes-form>` : nothing}
      ${recorder && !this.form ? html`<div class="minutes-foot">${this.#add('decision', t.minutes.addDecision)}
        ${this.#add('action', t.minutes.addAction)}${this.#add('utterance', t.minutes.addUtterance)}
        ${this.#add('words', t.minutes.addPersonWords)}</div>` : nothing}</section>`;
  }

  #itemTitle(): string {
    const value = this.room.cells.get(`conf.agenda_items/${this.room.item?.row ?? ''}/title`)?.value;
    return typeof value === 'string' ? value : '';
  }

  #add(kind: FormKind, label: string): TemplateResult {
    return html`<button class="btn" type="button" @click=${() => { this.form = kind; }}>${plus}${label}</button>`;
  }

  #body(): TemplateResult {
    const decisions = rowsOf(this.room, 'min.decisions');
    const actions = rowsOf(this.room, 'min.actions');
    const words = rowsOf(this.room, 'min.person_words');
    const utterances = rowsOf(this.room, 'min.utterances');
    const decided = decisions.length > 0 || actions.length > 0;
    return html`<h3 class="sec">${t.minutes.decisions}</h3>
      ${repeat(decisions, (r) => r.id, (r) => this.#decision(r))}
      ${actions.length > 0 ? html`<h3 class="sec">${t.minutes.actions}</h3>` : nothing}
      ${repeat(actions, (r) => r.id, (r) => this.#action(r))}
      ${decided ? nothing : html`<div class="empty">${paper}<p><b>${t.minutes.nothing}</b><br>${t.minutes.nothingBody}</p></div>`}
      ${words.length > 0 ? html`<h3 class="sec">${t.minutes.personWords}</h3>` : nothing}
      ${repeat(words, (r) => r.id, (r) => this.#words(r))}
      ${utterances.length > 0 ? html`<h3 class="sec">${t.minutes.utterances}</h3>` : nothing}
      ${repeat(utterances, (r) => r.id, (r) => this.#utterance(r))}`;
  }

  #text(row: Row, col: string): TemplateResult {
    const cell = cellOf(row, col);
    const label = cell && this.room.cols.get(cell.col)?.label;
    return cell ? html`<rk-text class="inline-text" .room=${this.room} .key=${cell.key} .label=${label ?? ''}
      .writable=${cell.level === 'w'}></rk-text>` : html``;
  }

  #seat(row: Row, col: string): Seat | null {
    const value = cellOf(row, col)?.value;
    const id = typeof value === 'string' ? seatRef(value) : null;
    return id === null ? null : this.room.seats.get(id) ?? null;
  }

  #decision(row: Row): TemplateResult {
    return html`<div class="decision"><div class="decision-line"><span class="decision-no">${t.minutes.decision}</span>
      ${this.#text(row, 'min.decisions.text')}</div></div>`;
  }

  #action(row: Row): TemplateResult {
    const who = this.#seat(row, 'min.actions.who');
    const due = cellOf(row, 'min.actions.due')?.value;
    const tail = [who ? shortName(who.label) : '', typeof due === 'string' ? t.minutes.due(shortDate(due)) : ''];
    return html`<div class="todo">${who ? seal(who, 'seal-s') : html`<span></span>`}<div>${this.#text(row, 'min.actions.what')}
      <span class="due">${tail.filter((w) => w !== '').join('　')}</span></div></div>`;
  }

  #words(row: Row): TemplateResult {
    const self = [...this.room.seats.values()].find((s) => s.role === 'self');
    return html`<div class="utt utt-self">${self ? seal(self) : html`<span></span>`}<div>
      ${self ? html`<header><b>${shortName(self.label)}</b></header>` : nothing}
      <div class="utt-body">${this.#text(row, 'min.person_words.text')}</div></div></div>`;
  }

  #utterance(row: Row): TemplateResult {
    const who = this.#seat(row, 'min.utterances.speaker');
    const at = cellOf(row, 'min.utterances.at')?.value;
    return html`<div class="utt ${who?.role === 'self' ? 'utt-self' : ''}">${who ? seal(who) : html`<span></span>`}<div>
      <header>${who ? html`<b>${shortName(who.label)}</b>` : nothing}${typeof at === 'string' ? html`<span class="num">${at}</span>` : nothing}</header>
      <div class="utt-body">${this.#text(row, 'min.utterances.text')}</div></div></div>`;
  }
}

const cellOf = (row: Row, col: string): Cell | undefined => row.cells.find((c) => c.col === col);
