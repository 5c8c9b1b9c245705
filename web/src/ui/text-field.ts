import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { EditorView } from '@codemirror/view';
import type { TextSession } from '../core/index.ts';
import { t } from '../locale/index.ts';
import { clock } from './dates.ts';
import { mountEditor, type Writer } from './editor.ts';
import { FieldFocus, RoomElement, moveField } from './element.ts';
import { check, sending } from './icons.ts';
import { offsetAt, plainText } from './plain-text.ts';
import { releaseScribe, type Scribe } from './scribe.ts';
import { seatName } from './values.ts';

/** The shadow root an editor needs. */
class EditorHost extends HTMLElement {
  readonly root = this.attachShadow({ mode: 'open' });
}
customElements.define('rk-editor', EditorHost);

const SENDING_MS = 1_000;
const NEAR_LIMIT = 40;

/** A text: plain until somebody goes in, then the page's one editor. */
@customElement('rk-text')
export class RkText extends RoomElement {
  @property({ reflect: true }) key = '';
  @property() label = '';
  @property() labelId = '';
  @property({ type: Boolean }) writable = false;
  @property({ type: Number }) max = 0;
  @property({ type: Boolean }) foot = true;
  /** For whom this is written, when it is not for oneself. */
  @property({ attribute: false }) scribe: Scribe | null = null;
  @state() private editing = false;
  @state() private composing = false;

  #view: EditorView | null = null;
  #session: TextSession | null = null;
  #at: number | null = null;
  #tick: ReturnType<typeof setTimeout> | undefined;

  protected override concerns(keys: ReadonlySet<string>): boolean {
    return keys.has(this.key);
  }

  protected override changed(keys: ReadonlySet<string> | null): void {
    super.changed(keys);
    if (this.#view) this.#sayHere();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#leave();
  }

  /** Go into the field, as by Tab. */
  enter(at: number | null = null): void {
    if (!this.writable) {
      this.querySelector<HTMLElement>('.text')?.focus();
      return;
    }
    this.#at = at;
    this.editing = true;
  }

  protected override willUpdate(changed: PropertyValues): void {
    // Who may only read from now on finishes the word: it is given back as a note.
    const gone = !this.room.hasText(this.key) || (!this.writable && !this.composing);
    // Another pen means another editor: what is written goes out under one name.
    const otherPen = changed.has('scribe') && changed.get('scribe') !== undefined && this.#view !== null;
    if (!this.editing || !(gone || otherPen)) return;
    const at = this.#view?.state.selection.main.head ?? null;
    this.#leave();
    if (!gone) this.enter(at);
  }

  protected override updated(_changed: PropertyValues): void {
    if (this.editing && !this.#view) this.#mount();
    clearTimeout(this.#tick);
    if (this.editing && this.room.oldestUnsaved !== null) {
      this.#tick = setTimeout(() => this.requestUpdate(), SENDING_MS);
    }
  }

  #mount(): void {
    const host = this.querySelector<EditorHost>('rk-editor');
    if (!host) return;
    const session = this.room.text(this.key);
    this.#session = session;
    session.scribe = this.scribe;
    this.#view = mountEditor(host.root, {
      session,
      label: this.label,
      description: t.reach.words[this.room.cells.get(this.key)?.reach ?? ''] ?? '',
      max: this.max,
      writer: (seat) => this.#writer(seat),
      move: (direction) => moveField(this, direction),
      composing: (on) => { this.composing = on; },
      changed: (update) => {
        if (update.selectionSet || update.docChanged) this.#sayHere();
      },
    }, this.#at);
    this.dispatchEvent(new FieldFocus(this.key));
    this.#sayHere();
  }

  #sayHere(): void {
    if (this.#session && !this.#session.holdRemote) this.room.here(this.key, this.#session.point());
  }

  #leave(): void {
    const view = this.#view;
    this.#view = null;
    this.editing = false;
    this.composing = false;
    if (!view) return;
    const session = this.#session;
    session?.unmount();
    this.#session = null;
    view.destroy();
    this.room.here(null);
    if (session?.scribe) releaseScribe(this.room, session);
  }

  #writer(seat: string): Writer {
    const role = this.room.seats.get(seat)?.role ?? 'lkp';
    return { role, name: seatName(this.room, seat) };
  }

  #mouseDown(event: MouseEvent): void {
    if (!this.writable || event.button !== 0) return;
    event.preventDefault();
    const box = event.currentTarget as HTMLElement;
    this.enter(offsetAt(box, event.clientX, event.clientY));
  }

  #focus(): void {
    if (this.writable) this.enter();
    else this.dispatchEvent(new FieldFocus(this.key));
  }

  #focusOut(): void {
    // Leaving the window is not leaving the field.
    queueMicrotask(() => {
      if (document.hasFocus() && document.activeElement !== this.querySelector('rk-editor')) this.#leave();
    });
  }

  #keyDown(event: KeyboardEvent): void {
    if (!event.altKey || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return;
    if (moveField(this, event.key === 'ArrowUp' ? -1 : 1)) event.preventDefault();
  }

  protected override render(): TemplateResult {
    if (!this.room.hasText(this.key)) return html``;
    const session = this.room.text(this.key);
    return html`${this.editing
      ? html`<rk-editor class="text" data-stop @focusout=${this.#focusOut}></rk-editor>`
      : this.#plain(session)}${this.foot ? this.#foot(session) : nothing}`;
  }

  #plain(session: TextSession): TemplateResult {
    const { doc } = session;
    const body = plainText(doc, session.marks, (seat) => this.#writer(seat));
    const described = document.getElementById('reach-now') ? 'reach-now' : nothing;
    return html`<div class="text" data-stop role="textbox" aria-multiline="true" tabindex="0"
      aria-readonly=${this.writable ? nothing : 'true'} aria-labelledby=${this.labelId || nothing}
      aria-label=${this.labelId ? nothing : this.label} aria-describedby=${described} data-empty=${t.field.none}
      @mousedown=${this.#mouseDown} @focus=${this.#focus} @keydown=${this.#keyDown}>${body}</div>`;
  }

  #foot(session: TextSession): TemplateResult | typeof nothing {
    const words = this.#footWords(session);
    const saved = this.editing ? this.#savedMark(session) : nothing;
    if (words === '' && saved === nothing) return nothing;
    return html`<div class="field-foot"><span>${words}</span>${saved}</div>`;
  }

  #footWords(session: TextSession): string {
    const { length } = session.state.doc;
    const near = this.max > 0 && this.editing && length > this.max - NEAR_LIMIT ? t.field.left(this.max - length) : '';
    if (this.composing) {
      const waiting = session.waiting;
      const names = [...new Set(waiting)].map((seat) => t.san(seatName(this.room, seat)));
      return waiting.length > 0
        ? `${t.field.composing}　${t.field.waiting(t.join(names), waiting.length)}` : t.field.composing;
    }
    const others = [...this.room.presence].filter(([, p]) => p.cell === this.key)
      .map(([seat]) => t.san(seatName(this.room, seat)));
    const who = others.length === 0 ? ''
      : this.editing ? t.field.alsoWriting(t.join(others)) : t.field.writing(t.join(others));
    return [who, near].filter((s) => s !== '').join('　');
  }

  #savedMark(session: TextSession): TemplateResult | typeof nothing {
    if (session.unsent) {
      const since = this.room.oldestUnsaved;
      if (this.room.status !== 'live' || since === null || Date.now() - since < SENDING_MS) return nothing;
      return html`<span class="saved saved-wait">${sending}${t.saved.sending}</span>`;
    }
    const at = this.room.savedAt;
    // In the server's time, as every other time on the page.
    return at === null ? nothing : html`<span class="saved">${check}${t.saved.at(clock(at + this.room.time - Date.now()))}</span>`;
  }
}
