import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import { Refused, type Cell, type Col, type Value } from '../core/index.ts';
import { t } from '../locale/index.ts';
import { wareki } from './dates.ts';
import { FieldFocus, RoomElement, moveField } from './element.ts';
import { seal, seals, stop, warn } from './icons.ts';
import { copyWords } from './copy.ts';
import type { Scribe } from './scribe.ts';
import { seatsOf, shortName, valueText } from './values.ts';

const LINE_UNITS = 1000;

/** One register: a native control where it may be written, else its value in words. */
@customElement('rk-register')
export class RkRegister extends RoomElement {
  @property({ reflect: true }) key = '';
  @property() label = '';
  @property() labelId = '';
  /** For whom this is set, when it is not for oneself. */
  @property({ attribute: false }) scribe: Scribe | null = null;
  /** A scribe can go into what they may not write themselves. */
  @property({ type: Boolean }) reachable = false;
  /** What the user wants while the server has something else. */
  @state() private wanted: { value: Value } | null = null;
  @state() private problem: 'stale' | 'refused' | null = null;
  @state() private copied = false;
  #seen: number | null = null;

  protected override concerns(keys: ReadonlySet<string>): boolean {
    return keys.has(this.key);
  }

  get #cell(): Cell | undefined {
    return this.room.cells.get(this.key);
  }

  #focusIn(): void {
    this.#seen ??= this.#cell?.ver ?? null;
    this.room.here(this.key);
    this.dispatchEvent(new FieldFocus(this.key));
  }

  #focusOut(): void {
    this.#seen = null;
    this.room.here(null);
    this.requestUpdate();
  }

  #keyDown(event: KeyboardEvent): void {
    if (!event.altKey || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return;
    if (moveField(event.target as Element, event.key === 'ArrowUp' ? -1 : 1)) event.preventDefault();
  }

  async #set(value: Value): Promise<void> {
    const cell = this.#cell;
    if (!cell || same(this.wanted && !this.problem ? this.wanted.value : cell.value, value)) return;
    const wanted = { value };
    this.wanted = wanted;
    // Somebody changed it since this user came in: the server could not know, so ask here.
    if (this.#seen !== null && cell.ver !== this.#seen) {
      this.problem = 'stale';
      return;
    }
    this.problem = null;
    try {
      const { ver } = await this.room.set(this.key, value, this.scribe ? { ...this.scribe } : {});
      if (this.wanted === wanted) this.wanted = null; // else something else was chosen since
      if (this.#seen !== null) this.#seen = ver;
    } catch (e) {
      if (!(e instanceof Refused)) throw e;
      if (this.wanted !== wanted) return; // the later choice is answered for itself
      this.problem = e.code === 'stale' ? 'stale' : 'refused';
    }
  }

  async #copy(words: string): Promise<void> {
    this.copied = await copyWords(words);
  }

  #useMine(): void {
    const wanted = this.wanted;
    this.#seen = this.#cell?.ver ?? null;
    this.#settle();
    if (wanted) void this.#set(wanted.value);
  }

  #settle(): void {
    this.copied = false;
    this.wanted = null;
    this.problem = null;
    if (this.#seen !== null) this.#seen = this.#cell?.ver ?? null;
  }

  protected override render(): TemplateResult {
    const cell = this.#cell;
    const col = cell && this.room.cols.get(cell.col);
    if (!cell || !col) return html``;
    if (cell.level === 'r' && !this.scribe) return this.reachable ? this.#door(col, cell.value) : this.#read(col, cell.value);
    const value = this.wanted ? this.wanted.value : cell.value;
    return html`<div class="register" @focusin=${this.#focusIn} @focusout=${this.#focusOut} @keydown=${this.#keyDown}>
      ${this.#control(col, value)}</div>${this.#trouble(col, cell)}`;
  }

  /** While one writes for somebody the value is a way in: whether they may is asked then. */
  #door(col: Col, value: Value): TemplateResult {
    return html`<button type="button" class="value value-door" aria-label=${t.scribe.write(this.label)}
      @click=${() => this.dispatchEvent(new FieldFocus(this.key))}>${this.#read(col, value)}</button>`;
  }

  #read(col: Col, value: Value): TemplateResult {
    const named = col.type === 'seat' || col.type === 'seats' ? seatsOf(this.room, value) : [];
    const text = valueText(this.room, col, value);
    return html`<p class="value ${text === '' ? 'muted' : ''}">${named.length > 0 ? html`${seals(named)} ` : nothing}${text || t.field.none}</p>`;
  }

  #trouble(col: Col, cell: Cell): TemplateResult | typeof nothing {
    if (!this.problem || !this.wanted) return nothing;
    const mine = valueText(this.room, col, this.wanted.value) || t.field.none;
    if (this.problem === 'refused') {
      return html`<div class="callout callout-stop" role="alert">${stop}<div><h4>${t.refused.title}</h4>
        <p>${t.refused.kept}</p><p class="copybox">${mine}</p>
        <div class="row"><button class="btn" type="button" @click=${() => this.#copy(mine)}>${this.copied ? t.refused.copied : t.refused.copy}</button><button class="btn btn-text" type="button" @click=${this.#settle}>${t.refused.close}</button></div></div></div>`;
    }
    const theirs = valueText(this.room, col, cell.value) || t.field.none;
    return html`<div class="callout callout-warn" role="alert">${warn}<div><h4>${t.stale.title(theirs)}</h4>
      <p>${t.stale.ask(mine)}</p><div class="row">
      <button class="btn btn-1" type="button" @click=${this.#useMine}>${t.stale.mine(mine)}</button>
      <button class="btn" type="button" @click=${this.#settle}>${t.stale.theirs(theirs)}</button></div></div></div>`;
  }

  #control(col: Col, value: Value): TemplateResult {
    const name = this.labelId || nothing;
    const label = this.labelId ? nothing : this.label;
    switch (col.type) {
      case 'enum': return this.#select(col.enum ?? [], typeof value === 'string' ? value : '');
      case 'seat':
        return this.#select([...this.room.seats.values()].map((s) => [`@${s.seat}`, shortName(s.label)]),
          typeof value === 'string' ? value : '');
      case 'seats': return this.#people(Array.isArray(value) ? value as readonly string[] : []);
      case 'bool':
        return html`<label class="tick"><input type="checkbox" data-stop aria-labelledby=${name} aria-label=${label}
          .checked=${live(value === true)} @change=${(e: Event) => this.#set(input(e).checked)}><span>${value === true ? t.value.yes : t.value.no}</span></label>`;
      case 'date':
        return html`<input class="quiet num" type="date" max="9999-12-31" data-stop aria-labelledby=${name} aria-label=${label}
          .value=${live(typeof value === 'string' ? value : '')} @change=${(e: Event) => this.#set(input(e).value || null)}>
          ${typeof value === 'string' ? html`<span class="small muted nowrap">${wareki(value)}</span>` : nothing}`;
      case 'int':
        return html`<input class="quiet quiet-num num" type="number" data-stop min=${col.min ?? nothing} max=${col.max ?? nothing} aria-labelledby=${name} aria-label=${label}
          .value=${live(typeof value === 'number' ? String(value) : '')} @change=${(e: Event) => this.#set(whole(input(e).value))}>`;
      case 'list':
        return html`<input class="quiet" data-stop aria-labelledby=${name} aria-label=${label} placeholder=${t.value.listHint} aria-description=${t.value.listHint}
          .value=${live(valueText(this.room, col, value))} @change=${(e: Event) => this.#set(words(input(e).value))}>`;
      default:
        return html`<input class="quiet" data-stop aria-labelledby=${name} aria-label=${label} maxlength=${col.max ?? LINE_UNITS}
          .value=${live(typeof value === 'string' ? value : '')} @change=${(e: Event) => this.#set(input(e).value)}>`;
    }
  }

  #select(options: readonly (readonly [string, string])[], value: string): TemplateResult {
    return html`<select class="quiet" data-stop aria-labelledby=${this.labelId || nothing} aria-label=${this.labelId ? nothing : this.label}
      @change=${(e: Event) => this.#set((e.target as HTMLSelectElement).value || null)}>
      <option value="" .selected=${value === ''}>${t.value.unset}</option>
      ${options.map(([id, text]) => html`<option value=${id} .selected=${id === value}>${text}</option>`)}</select>`;
  }

  #people(chosen: readonly string[]): TemplateResult {
    const known = [...this.room.seats.values()];
    const now = known.filter((s) => chosen.includes(`@${s.seat}`));
    const toggle = (ref: string, on: boolean): void => {
      void this.#set(on ? [...chosen, ref] : chosen.filter((c) => c !== ref));
    };
    return html`<details class="choose"><summary data-stop aria-label=${t.value.people(this.label)}>
      ${now.length > 0 ? html`${seals(now)} <span>${valueText(this.room, { label: '', type: 'seats' }, chosen)}</span>` : html`<span class="muted">${t.value.nobody}</span>`}</summary>
      <div class="choose-list">${known.map((s) => html`<label class="tick"><input type="checkbox"
        .checked=${live(chosen.includes(`@${s.seat}`))} @change=${(e: Event) => toggle(`@${s.seat}`, input(e).checked)}>
        ${seal(s, 'seal-s')}<span>${shortName(s.label)}</span></label>`)}</div></details>`;
  }
}

const input = (e: Event): HTMLInputElement => e.target as HTMLInputElement;
const same = (a: Value, b: Value): boolean => JSON.stringify(a) === JSON.stringify(b);
const words = (text: string): string[] => text.split(/[、,]/).map((w) => w.trim()).filter((w) => w !== '');
const whole = (text: string): number | null => {
  const n = Number(text);
  return text.trim() === '' || !Number.isInteger(n) ? null : n;
};
