import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { Cell, Col, Seat } from '../core/index.ts';
import { t } from '../locale/index.ts';
import { RoomElement } from './element.ts';
import { pen, voice } from './icons.ts';
import { isVoice } from './layout.ts';
import { hasDuty, isInsider, selfSeat } from './meeting.ts';
import { DeskWatch, askScribe, deskOf, type Scribe } from './scribe.ts';
import type { RkHistory } from './history.ts';
import type { RkRegister } from './register.ts';
import type { RkText } from './text-field.ts';
import { seatName } from './values.ts';
import './register.ts';
import './history.ts';
import './suggestions.ts';
import './text-field.ts';

/**
 * What is in one cell: a text or a register. Where this seat may not write, a scribe can, for a seat
 * that may; whose pen it is follows the page's mode.
 */
@customElement('rk-cell')
export class RkCell extends RoomElement {
  @property() key = '';
  @property() label = '';
  @property() labelId = '';
  @property({ type: Boolean }) focused = false;
  @property({ type: Boolean }) foot = true;
  /** Who may write here; null while nobody was asked. */
  @state() private writers: readonly string[] | null = null;
  #asked = '';
  #pen: Scribe | null = null;

  constructor() {
    super();
    new DeskWatch(this);
    this.addEventListener('keydown', (e) => {
      if (!e.altKey || e.ctrlKey || e.metaKey || e.code !== 'KeyH') return;
      e.preventDefault();
      void this.querySelector<RkHistory>('rk-history')?.open();
    });
  }

  protected override concerns(keys: ReadonlySet<string>): boolean {
    return keys.has(this.key);
  }

  protected override changed(keys: ReadonlySet<string> | null): void {
    if (keys === null) this.#asked = ''; // seats and rights may have moved
    super.changed(keys);
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('key')) {
      this.writers = null;
      this.#asked = '';
    }
    const cell = this.room.cells.get(this.key);
    const needed = this.focused && hasDuty(this.room) && cell !== undefined
      && (cell.level === 'r' || deskOf(this.room).mode !== null);
    if (!needed || this.#asked === this.key) return;
    this.#asked = this.key;
    void this.#ask(this.key, cell);
  }

  /** Officials are told who writes; another clerk knows that the person's words are the person's. */
  async #ask(key: string, cell: Cell): Promise<void> {
    const col = this.room.cols.get(cell.col);
    const self = selfSeat(this.room);
    const told = isInsider(this.room) ? await this.room.reach(key) : null;
    if (key !== this.key) return;
    if (told) this.writers = told.filter(([, level]) => level === 'w').map(([seat]) => seat);
    else this.writers = col && self && isVoice(cell.col, col) ? [self.seat] : [];
  }

  get #scribe(): Scribe | null {
    const { mode } = deskOf(this.room);
    return mode && this.focused && this.writers?.includes(mode.for) ? mode : null;
  }

  protected override updated(): void {
    const pen = this.#scribe;
    const began = pen !== null && pen !== this.#pen;
    this.#pen = pen;
    if (!began || this.room.cells.get(this.key)?.level !== 'r') return;
    const text = this.querySelector<RkText>('rk-text');
    if (text) text.enter();
    else void this.querySelector<RkRegister>('rk-register')?.updateComplete.then(() => this.querySelector<HTMLElement>('[data-stop]')?.focus());
  }

  protected override render(): TemplateResult | typeof nothing {
    const cell = this.room.cells.get(this.key);
    const col = cell && this.room.cols.get(cell.col);
    if (!cell || !col) return nothing;
    const scribe = this.#scribe;
    const writable = cell.level === 'w' || scribe !== null;
    return html`${col.type === 'text'
      ? html`<rk-text .room=${this.room} .key=${this.key} .label=${this.label} .labelId=${this.labelId} .foot=${this.foot}
          .writable=${writable} .scribe=${scribe} .max=${col.max ?? 0}></rk-text>`
      : html`<rk-register .room=${this.room} .key=${this.key} .label=${this.label} .labelId=${this.labelId} .scribe=${scribe}
          .reachable=${deskOf(this.room).mode !== null}></rk-register>`}
      ${col.suggestable ? html`<rk-suggestions .room=${this.room} .key=${this.key} .label=${this.label} .focused=${this.focused} .writable=${writable}></rk-suggestions>` : nothing}
      ${this.focused && this.room.me && !this.room.me.board ? html`<rk-history .room=${this.room} .key=${this.key} .label=${this.label} .writable=${writable}></rk-history>` : nothing}
      ${this.focused && !writable ? this.#offer(cell, col) : nothing}`;
  }

  #offer(cell: Cell, col: Col): TemplateResult | typeof nothing {
    const { me } = this.room;
    const mode = hasDuty(this.room) ? deskOf(this.room).mode : null;
    const self = selfSeat(this.room);
    const theirs = isVoice(cell.col, col) && self !== null && me?.role !== 'self' && isInsider(this.room);
    const offered = mode ? [] : this.#candidates();
    const words = mode && this.writers && !this.writers.includes(mode.for)
      ? t.scribe.notTheirs(t.san(seatName(this.room, mode.for)))
      : theirs ? t.scribe.voice(t.san(seatName(this.room, self.seat))) : '';
    if (words === '' && offered.length === 0) return nothing;
    return html`<div class="scribe-offer ${theirs ? 'is-voice' : ''}">${words === '' ? nothing : html`<p class="small">${theirs ? voice : nothing}${words}</p>`}
      ${offered.map((s) => html`<button type="button" class="btn ${s.role === 'self' ? 'btn-warm' : 'btn-quiet'}"
        @click=${() => askScribe(this, s.seat)}>${pen}${t.scribe.offer(t.san(seatName(this.room, s.seat)))}</button>`)}</div>`;
  }

  /** The person always; of the others those without a screen of their own. */
  #candidates(): Seat[] {
    if (!hasDuty(this.room)) return [];
    return (this.writers ?? []).flatMap((id) => {
      const seat = this.room.seats.get(id);
      return seat && id !== this.room.me?.seat && (seat.role === 'self' || !seat.here) ? [seat] : [];
    });
  }
}
