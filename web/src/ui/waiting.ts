import { html, nothing, type TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { Seat } from '../core/index.ts';
import { t } from '../locale/index.ts';
import { Attempt, refusedNote } from './attempt.ts';
import { RoomElement } from './element.ts';
import { enter, hand, seal } from './icons.ts';
import { isChair, itemsOf, maySit, waitingSeats, type Item } from './meeting.ts';
import { shortName } from './values.ts';

/** Who waits to be let in; only the chair is told, and lets them in from wherever the screen is. */
@customElement('rk-waiting')
export class RkWaiting extends RoomElement {
  #attempt = new Attempt(this);

  protected override render(): TemplateResult | typeof nothing {
    const list = isChair(this.room) ? waitingSeats(this.room) : [];
    if (list.length === 0) return nothing;
    const items = itemsOf(this.room);
    return html`<section class="callout waiting" aria-labelledby="waiting-h">${hand}<div>
      <h2 id="waiting-h">${t.attend.waiting}</h2>
      <ul>${repeat(list, (s) => s.seat, (s) => this.#person(s, items))}</ul>
      ${this.#attempt.refused ? refusedNote(t.agenda.refusedBody) : nothing}</div></section>`;
  }

  #person(s: Seat, items: readonly Item[]): TemplateResult {
    const fits = maySit(items, s);
    const id = `wait-${s.seat}`;
    return html`<li>${seal(s, 'seal-s')}<b>${shortName(s.label)}</b>
      ${fits ? nothing : html`<span class="small muted" id=${id}>${t.attend.later}</span>`}
      <button type="button" class="btn ${fits ? 'btn-1' : ''}" aria-label=${t.attend.admitOf(t.san(shortName(s.label)))}
        aria-disabled=${fits && !this.#attempt.busy(s.seat) ? nothing : 'true'} aria-describedby=${fits ? nothing : id}
        @click=${() => { if (fits) void this.#attempt.run(s.seat, () => this.room.attend('in', { seat: s.seat })); }}>${enter}${t.attend.admit}</button></li>`;
  }
}
