import { ChangeSet } from '@codemirror/state';
import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { rewrite, type PastEntry } from '../core/index.ts';
import { t } from '../locale/index.ts';
import { Attempt, refusedNote } from './attempt.ts';
import { clock, shortDate } from './dates.ts';
import { RoomElement, isStillAt, keepCaret } from './element.ts';
import type { RkText } from './text-field.ts';
import { seatName, valueText } from './values.ts';

const DAY = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Tokyo' });

/** What became of a cell, as far as this seat could follow it: who, when, how; and back to an old text. */
@customElement('rk-history')
export class RkHistory extends RoomElement {
  @property() key = '';
  @property() label = '';
  @property({ type: Boolean }) writable = false;
  @state() private entries: readonly PastEntry[] | null = null;
  @state() private more = false;
  @state() private old: { ver: number; text: string } | null = null;
  #attempt = new Attempt(this);

  constructor() {
    super();
    keepCaret(this);
  }

  protected override concerns(keys: ReadonlySet<string>): boolean {
    return keys.has(this.key);
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('key')) this.#close();
  }

  #close(): void {
    this.entries = null;
    this.old = null;
  }

  #shut(): void {
    this.#close();
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('button')?.focus());
  }

  async open(): Promise<void> {
    if (this.entries) return;
    const { key } = this;
    const from = document.activeElement;
    await this.#attempt.run('list', async () => {
      const past = await this.room.history(key);
      if (key !== this.key) return;
      this.entries = [...past.entries].reverse();
      this.more = past.more;
    });
    if (document.activeElement !== from && !isStillAt(this.closest('rk-cell'))) return;
    await this.updateComplete;
    this.querySelector<HTMLElement>('.history button')?.focus();
  }

  async #read(ver: number): Promise<void> {
    const { key } = this;
    await this.#attempt.run('text', async () => {
      const text = await this.room.textAt(key, ver);
      if (key === this.key) this.old = { ver, text };
    });
  }

  /** An edit like any other: it can be undone, and stands in the history. */
  #restore(text: string): void {
    const session = this.room.text(this.key);
    const change = rewrite(session.doc, text);
    if (change) session.edit(ChangeSet.fromJSON(change), 'input.restore');
    const field = this.closest('rk-cell')?.querySelector<RkText>('rk-text');
    this.#close();
    field?.enter();
  }

  protected override render(): TemplateResult {
    const busy = this.#attempt.busy() ? 'true' : nothing;
    if (!this.entries) {
      // Tab goes on to the next field; Alt+H is the way here from the keyboard.
      return html`<button type="button" class="btn btn-text history-open" tabindex="-1" aria-expanded="false" aria-keyshortcuts="Alt+H"
        title=${t.history.key} aria-disabled=${busy} @click=${() => void this.open()}>${t.history.open}</button>
        ${this.#attempt.refused ? refusedNote(t.history.refused) : nothing}`;
    }
    return html`<section class="history" aria-label=${t.history.of(this.label)}>
      <div class="row"><h3 class="label">${t.history.title}</h3><button type="button" class="btn btn-text" @click=${() => this.#shut()}>${t.history.close}</button></div>
      ${this.entries.length === 0 ? html`<p class="muted">${t.history.none}</p>` : html`<ol>${this.entries.map((e) => this.#entry(e, busy))}</ol>`}
      ${this.more ? html`<p class="small muted">${t.history.more}</p>` : nothing}
      ${this.#attempt.refused ? refusedNote(t.history.refused) : nothing}</section>`;
  }

  #when(e: PastEntry): string {
    const day = (ms: number): string => shortDate(DAY.format(ms));
    const end = `${clock(e.at)}`;
    return `${day(e.from)} ${clock(e.from)}${clock(e.from) === end && day(e.from) === day(e.at) ? '' : `〜${end}`}`;
  }

  #who(e: PastEntry): string {
    if (e.file) return t.history.file;
    const name = e.seat ? t.san(seatName(this.room, e.seat)) : t.value.someone;
    if (!e.method) return name;
    return t.history.by(name, e.actor ? t.san(seatName(this.room, e.actor)) : t.value.someone, t.scribe.methods[e.method] ?? '');
  }

  #entry(e: PastEntry, busy: 'true' | typeof nothing): TemplateResult {
    const cell = this.room.cells.get(this.key);
    const col = cell && this.room.cols.get(cell.col);
    const isOld = this.old?.ver === e.ver;
    return html`<li><p><b>${this.#who(e)}</b> <span class="small muted">${this.#when(e)}</span>
      ${col?.type === 'text' ? html`<button type="button" class="btn btn-text" aria-disabled=${busy} aria-expanded=${isOld ? 'true' : 'false'}
        @click=${() => void this.#read(e.ver)}>${t.history.read}</button>` : html`<span>${e.label ?? (col ? valueText(this.room, col, e.value ?? null) || t.value.unset : '')}</span>`}</p>
      ${isOld && this.old ? html`<div class="history-text"><p class="pre">${this.old.text === '' ? t.field.none : this.old.text}</p>
        ${this.writable && this.old.text !== this.room.text(this.key).doc ? html`<button type="button" class="btn"
          @click=${() => this.#restore(this.old?.text ?? '')}>${t.history.restore}</button>` : nothing}</div>` : nothing}</li>`;
  }
}
