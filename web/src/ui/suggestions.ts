import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { piecesOf, rewrite, type Piece, type Suggestion } from '../core/index.ts';
import { t } from '../locale/index.ts';
import { Attempt, refusedNote } from './attempt.ts';
import { clock } from './dates.ts';
import { RoomElement, isStillAt, keepCaret } from './element.ts';
import { pen, seal } from './icons.ts';
import { isInsider } from './meeting.ts';
import type { RkText } from './text-field.ts';
import { seatName } from './values.ts';

type Asking = { what: 'new'; base: number; doc: string } | { what: 'answer'; id: string };

/** What others would write in a text: left by who reads it, decided by who writes it. */
@customElement('rk-suggestions')
export class RkSuggestions extends RoomElement {
  @property() key = '';
  @property() label = '';
  @property({ type: Boolean }) focused = false;
  /** The field can be written here, be it by a scribe. */
  @property({ type: Boolean }) writable = false;
  @state() private asking: Asking | null = null;
  #attempt = new Attempt(this);
  /** What is on its way is not written on: those words would go with the form. */
  #sent: Asking | null = null;

  constructor() {
    super();
    keepCaret(this);
  }

  protected override concerns(keys: ReadonlySet<string>): boolean {
    return keys.has(this.key);
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('key') && changed.get('key') !== undefined) this.asking = null;
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has('asking') && this.asking) this.querySelector<HTMLElement>('textarea, input')?.focus();
  }

  /**
   * What was asked is answered: its form is closed, and nothing else, because another may have been begun
   * while the answer was on its way.
   */
  #answered(form: Asking | null, from: Element | null): void {
    const open = this.asking !== null && (this.asking.what === 'new' || this.#hears(this.asking.id));
    if (open && this.asking !== form) return;
    this.asking = null;
    if (document.activeElement === from || isStillAt(this.closest('rk-cell'))) this.#toText();
  }

  #hears(id: string): boolean {
    return this.room.suggestions.of(this.key).some((s) => s.id === id);
  }

  /** Back to the text, where who decides goes on writing. */
  #toText(): void {
    const text = this.closest('rk-cell')?.querySelector<RkText>('rk-text');
    if (this.writable) text?.enter();
    else text?.querySelector<HTMLElement>('.text')?.focus();
  }

  async #answer(s: Suggestion, what: 'take' | 'answer' | 'back', words = ''): Promise<void> {
    const form = this.asking?.what === 'answer' && this.asking.id === s.id ? this.asking : null;
    const from = document.activeElement;
    const done = await this.#attempt.run(s.id, () => this.room.answer(this.key, s.id, what, words));
    if (done) this.#answered(form, from);
  }

  #ask(): void {
    const session = this.room.text(this.key);
    this.#attempt.clear();
    this.asking = { what: 'new', base: session.ver, doc: session.confirmed.toString() };
  }

  async #send(asking: Extract<Asking, { what: 'new' }>): Promise<void> {
    const words = this.querySelector('textarea')?.value ?? '';
    const why = this.querySelector('input')?.value.trim() ?? '';
    const change = rewrite(asking.doc, words);
    if (!change) {
      this.asking = null;
      return;
    }
    const from = document.activeElement;
    if (!this.#attempt.busy('new')) this.#sent = asking;
    const done = await this.#attempt.run('new', () => this.room.suggest(this.key, asking.base, change, why));
    if (done) this.#answered(asking, from);
  }

  protected override render(): TemplateResult | typeof nothing {
    const { me } = this.room;
    const list = this.room.suggestions.of(this.key);
    const may = me !== null && me.board !== true && !this.writable && (this.focused || !isInsider(this.room));
    if (list.length === 0 && !may) return nothing;
    return html`${list.length === 0 ? nothing : html`<div role="group" aria-label=${t.suggest.of(this.label)}>
        ${repeat(list, (s) => s.id, (s) => this.#one(s))}</div>`}
      ${this.asking?.what === 'new' ? this.#form(this.asking) : may ? html`<button type="button" class="btn btn-quiet suggest-new"
        @click=${() => this.#ask()}>${pen}${list.some((s) => s.seat === me.seat) ? t.suggest.more : t.suggest.make}</button>` : nothing}`;
  }

  #one(s: Suggestion): TemplateResult {
    const mine = s.seat === this.room.me?.seat;
    const who = mine ? t.suggest.yours : t.suggest.by(t.san(seatName(this.room, s.seat)));
    const seat = this.room.seats.get(s.seat);
    return html`<div class="suggest seat-${seat?.role ?? 'lkp'}">${seat ? seal(seat, 'seal-s') : nothing}
      <div><p><b>${who}</b> <span class="small muted">${clock(s.at)}・${t.suggest.states[s.state]}</span></p>
        ${this.#pieces(s).map((p) => this.#piece(p))}
        ${s.words === '' ? nothing : html`<p class="small">${t.suggest.why(s.words)}</p>`}
        ${s.reply === '' ? nothing : html`<p>${t.suggest.reply(s.by === '' ? t.value.someone : t.san(seatName(this.room, s.by)), s.reply)}</p>`}</div>
      ${this.#buttons(s, mine)}
      ${this.#attempt.refusedIs(s.id) ? refusedNote(t.suggest.refused) : nothing}</div>`;
  }

  #pieces(s: Suggestion): Piece[] {
    const session = this.room.text(this.key);
    return s.change && s.ver === session.ver ? piecesOf(session.confirmed, s.change) : [];
  }

  #piece(p: Piece): TemplateResult {
    return html`<p class="suggest-text">${p.near === '' ? nothing : html`<span class="muted">${t.suggest.after(p.near)}</span> `}${p.del === ''
      ? nothing : html`<del>${p.del}</del>`}${p.del !== '' && p.ins !== '' ? '→' : nothing}${p.ins === '' ? nothing : html`<ins>${p.ins}</ins>`}</p>`;
  }

  #buttons(s: Suggestion, mine: boolean): TemplateResult | typeof nothing {
    const level = this.room.cells.get(this.key)?.level;
    const busy = this.#attempt.busy(s.id) ? 'true' : nothing;
    if (this.room.me?.board) return nothing;
    if (this.asking?.what === 'answer' && this.asking.id === s.id) return this.#answerForm(s);
    if (mine) {
      return html`<div class="row"><button type="button" class="btn btn-text" aria-disabled=${busy} @click=${() => void this.#answer(s, 'back')}>
        ${s.state === 'open' ? t.suggest.back : t.suggest.read}</button></div>`;
    }
    if (level !== 'w' || s.state === 'taken' || s.state === 'answered') return nothing;
    return html`<div class="row">${s.state === 'open' ? html`<button type="button" class="btn btn-1" aria-disabled=${busy}
        @click=${() => void this.#answer(s, 'take')}>${t.suggest.take}</button>` : nothing}
      <button type="button" class="btn" @click=${() => { this.asking = { what: 'answer', id: s.id }; }}>${t.suggest.answer}</button></div>`;
  }

  #answerForm(s: Suggestion): TemplateResult {
    const id = `answer-${s.id}`;
    const send = (e: Event): void => {
      const words = this.querySelector<HTMLInputElement>(`#${id}`)?.value.trim() ?? '';
      e.preventDefault();
      if (words !== '') void this.#answer(s, 'answer', words);
    };
    return html`<form class="suggest-form" @submit=${send}><label class="label small" for=${id}>${t.suggest.answerLabel}</label>
      <input class="input" id=${id} maxlength="300" autocomplete="off">
      <div class="row"><button class="btn btn-1">${t.suggest.send}</button>
        <button type="button" class="btn btn-text" @click=${() => { this.asking = null; this.#toText(); }}>${t.minutes.cancel}</button></div></form>`;
  }

  #form(asking: Extract<Asking, { what: 'new' }>): TemplateResult {
    const id = `suggest-${this.key.replaceAll(/[^a-z0-9]/g, '-')}`;
    const max = this.room.cols.get(this.room.cells.get(this.key)?.col ?? '')?.max;
    const busy = this.#attempt.busy('new');
    const send = (e: Event): void => {
      e.preventDefault();
      void this.#send(asking);
    };
    return html`<form class="suggest-form" @submit=${send}><label class="label small" for=${id}>${t.suggest.text(this.label)}</label>
      <textarea class="textarea" id=${id} rows="4" maxlength=${max ?? nothing} ?readonly=${busy && this.#sent === asking} .value=${asking.doc}></textarea>
      <label class="label small" for="${id}-why">${t.suggest.whyLabel}</label><input class="input" id="${id}-why" maxlength="300" autocomplete="off">
      ${this.#attempt.refusedIs('new') ? refusedNote(this.#attempt.refused?.code === 'limit' ? t.suggest.full : t.refused.kept) : nothing}
      <div class="row"><button class="btn btn-1" aria-disabled=${busy ? 'true' : nothing}>${t.suggest.leave}</button>
        <button type="button" class="btn btn-text" @click=${() => { this.asking = null; this.#toText(); }}>${t.minutes.cancel}</button></div></form>`;
  }
}
