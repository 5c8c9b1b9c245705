import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { Seat } from '../core/index.ts';
import { t } from '../locale/index.ts';
import { Attempt, refusedNote } from './attempt.ts';
import { RoomElement, isStillAt } from './element.ts';
import { check, forward, leave, seal } from './icons.ts';
import { haveLeft, isIn, itemName, itemsOf, mustLeave, type Item } from './meeting.ts';
import { shortName } from './values.ts';

const place = (s: Seat): string => t.attend.place[s.at ?? ''] ?? '';
export const stillHere = (list: readonly Seat[]): string => t.gate.who(t.join(list.map((s) => `${shortName(s.label)}（${place(s)}）`)));

/** On the way to an item: who is in and not of it has to leave first, and be seen to have left. */
@customElement('rk-gate')
export class RkGate extends RoomElement {
  /** null: after the last item, the meeting ends here. */
  @property({ attribute: false }) item: Item | null = null;
  /** Whom the item will have; else those its agenda names. */
  @property({ attribute: false }) audience: readonly string[] | null = null;
  /** What opens when everybody has left; else the item is opened. */
  @property({ attribute: false }) go: (() => Promise<unknown>) | null = null;
  @property() label = '';
  @state() private told = false;
  #attempt = new Attempt(this);

  get #planned(): readonly string[] {
    return this.audience ?? this.item?.audience ?? [];
  }
  get #staying(): Seat[] {
    return this.item ? mustLeave(this.room, this.#planned) : [];
  }

  /** On to the next who has to leave, or to the way on: nobody searches for it with the keyboard. */
  async #sawLeaving(seat: Seat): Promise<void> {
    if (!await this.#attempt.run(seat.seat, () => this.room.attend('out', { seat: seat.seat }))) return;
    if (!isStillAt(this)) return;
    await this.updateComplete;
    (this.querySelector<HTMLElement>('.gate-saw') ?? this.querySelector<HTMLElement>('.open-next'))?.focus();
  }

  async #press(): Promise<void> {
    const { item } = this;
    if (this.#staying.length > 0) {
      this.told = true;
      return;
    }
    this.told = false;
    const done = await this.#attempt.run('go', () =>
      (this.go ? this.go() : item ? this.room.open(item.row) : this.room.close(true)));
    if (!done && this.#attempt.refused?.code === 'rule') this.told = true;
    if (done) this.dispatchEvent(new CustomEvent('rk-passed', { bubbles: true }));
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('item') || this.#staying.length === 0) this.told = false;
  }

  protected override render(): TemplateResult {
    const items = itemsOf(this.room);
    const now = items.find((i) => i.state === 'now') ?? null;
    const staying = this.#staying;
    const gone = this.item ? haveLeft(this.room, now, this.#planned) : [];
    if (staying.length === 0 && gone.length === 0) {
      return html`<div class="gate-open">${this.#button(this.#openLabel(items), false)}${this.#trouble(staying)}</div>`;
    }
    const name = this.item ? this.#nameOf(this.item) : t.gate.theItem;
    return html`<section class="gate" aria-labelledby="gate-h">
      <h3 id="gate-h">${leave}${t.gate.title(staying.length + gone.length)}</h3>
      <ul>${repeat([...staying, ...gone], (s) => s.seat, (s) => this.#person(s))}</ul>
      ${staying.some((s) => s.at === 'line') ? html`<p class="gate-cut">${t.gate.cut}</p>` : nothing}
      <p id="gate-why">${staying.length === 0 ? t.gate.ready : this.go ? t.gate.bodyChange(staying.length) : t.gate.body(staying.length, name)}</p>
      ${this.#button(this.label || t.gate.go(name), staying.length > 0)}${this.#trouble(staying)}</section>`;
  }

  #nameOf(item: Item): string {
    return itemName(this.room, item);
  }

  #openLabel(items: readonly Item[]): string {
    if (this.label !== '') return this.label;
    if (!this.item) return t.agenda.end;
    return items.some((i) => i.state !== 'next') ? t.agenda.nextItem : t.agenda.begin;
  }

  #person(s: Seat): TemplateResult {
    const name = shortName(s.label);
    return html`<li>${seal(s, 'seal-s')}<span class="grow"><b>${name}</b> <span>${isIn(s) ? t.gate.still(place(s)) : t.gate.gone}</span></span>
      ${isIn(s) ? html`<button type="button" class="btn btn-quiet gate-saw" aria-label=${t.gate.sawOf(t.san(name))}
        aria-disabled=${this.#attempt.busy(s.seat) ? 'true' : nothing} @click=${() => void this.#sawLeaving(s)}>${t.gate.saw}</button>` : check}</li>`;
  }

  #button(label: string, blocked: boolean): TemplateResult {
    return html`<button type="button" class="btn btn-1 btn-wide open-next" aria-disabled=${blocked || this.#attempt.busy('go') ? 'true' : nothing}
      aria-describedby=${blocked ? 'gate-why' : nothing} @click=${() => void this.#press()}>${label}${forward}</button>`;
  }

  /** The server has the last word; whoever is still in is named. */
  #trouble(staying: readonly Seat[]): TemplateResult | typeof nothing {
    if (this.told && staying.length > 0) return html`<p class="gate-who" role="alert">${stillHere(staying)}</p>`;
    if (!this.#attempt.refused) return nothing;
    return refusedNote(this.#planned.length === 0 && this.item ? t.agenda.none_ : t.agenda.refusedBody);
  }
}
