import { html, type TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { Seat } from '../core/index.ts';
import { t } from '../locale/index.ts';
import { RoomElement } from './element.ts';
import { seal } from './icons.ts';
import { shortName } from './values.ts';

/** Who is here, as far as this viewer may know them. */
@customElement('rk-people')
export class RkPeople extends RoomElement {
  protected override render(): TemplateResult {
    const here = [...this.room.seats.values()].filter((s) => s.here);
    return html`<section class="people" aria-labelledby="people-h">
      <h2 id="people-h">${t.people.title}<br>${t.people.count(here.length)}</h2>
      <ul>${repeat(here, (s) => s.seat, (s) => html`<li class="person">${seal(s)}
        <span><b>${shortName(s.label)}</b><span>${this.#about(s)}</span></span></li>`)}</ul></section>`;
  }

  #about(seat: Seat): string {
    const { me } = this.room;
    if (seat.seat !== me?.seat) return seat.role_label;
    return [t.people.you, ...me.duties.map((d) => t.people.duties[d] ?? '')].filter((w) => w !== '').join('・');
  }
}
