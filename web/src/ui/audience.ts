import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import { repeat } from 'lit/directives/repeat.js';
import type { Seat } from '../core/index.ts';
import { t } from '../locale/index.ts';
import { RoomElement } from './element.ts';
import { seal } from './icons.ts';
import { itemsOf } from './meeting.ts';
import { shortName } from './values.ts';

const ref = (s: Seat): string => `@${s.seat}`;

/** Who sits in an item: by role, by seat, or all at once. Only chooses; its user sets. */
@customElement('rk-audience')
export class RkAudience extends RoomElement {
  @property({ attribute: false }) chosen: readonly string[] = [];
  @property() label = '';

  #choose(chosen: readonly string[]): void {
    this.chosen = chosen;
    this.dispatchEvent(new CustomEvent<readonly string[]>('rk-chosen', { detail: chosen, bubbles: true }));
  }
  #toggle(seats: readonly Seat[], on: boolean): void {
    const refs = seats.map(ref);
    const rest = this.chosen.filter((c) => !refs.includes(c));
    this.#choose(on ? [...rest, ...refs] : rest);
  }

  protected override render(): TemplateResult {
    const seats = [...this.room.seats.values()];
    const roles = [...new Set(seats.map((s) => s.role))].map((r) => seats.filter((s) => s.role === r));
    const now = itemsOf(this.room).find((i) => i.state === 'now');
    const quick = (label: string, chosen: readonly string[]): TemplateResult =>
      html`<button type="button" class="btn btn-quiet" @click=${() => this.#choose(chosen)}>${label}</button>`;
    return html`<div class="audience" role="group" aria-label=${this.label}>
      <div class="row">${quick(t.agenda.everybody, seats.map(ref))}
        ${quick(t.agenda.inside, seats.filter((s) => !s.out).map(ref))}
        ${now?.audience ? quick(t.agenda.sameAsNow, now.audience) : nothing}</div>
      <div class="choose-list">${repeat(roles, (list) => list[0]?.role, (list) => this.#role(list))}</div></div>`;
  }

  #role(list: readonly Seat[]): TemplateResult {
    const [first] = list;
    if (!first) return html``;
    if (list.length === 1) return this.#tick(list, first, shortName(first.label), '');
    return html`${this.#tick(list, first, first.role_label, 'tick-role')}
      ${list.map((s) => this.#tick([s], s, shortName(s.label), ''))}`;
  }

  #tick(list: readonly Seat[], mark: Seat, name: string, kind: string): TemplateResult {
    const on = list.every((s) => this.chosen.includes(ref(s)));
    return html`<label class="tick ${kind}"><input type="checkbox" .checked=${live(on)}
      @change=${(e: Event) => this.#toggle(list, (e.target as HTMLInputElement).checked)}>${seal(mark, 'seal-s')}<span>${name}</span></label>`;
  }
}
