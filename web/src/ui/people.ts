import { html, nothing, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { Seat } from '../core/index.ts';
import { t } from '../locale/index.ts';
import { RoomElement } from './element.ts';
import { down, seal } from './icons.ts';
import { isChair, isIn, itemsOf, nextItem, presentSeats } from './meeting.ts';
import { shortName } from './values.ts';
import './attendance.ts';

/** Who is in, as far as this viewer may know them; the chair's list of comings and goings below. */
@customElement('rk-people')
export class RkPeople extends RoomElement {
  @state() private open = false;

  protected override concerns(keys: ReadonlySet<string>): boolean {
    return [...keys].some((k) => k.startsWith('conf.agenda_items/'));
  }

  #escape(e: KeyboardEvent): void {
    if (e.key !== 'Escape' || !this.open) return;
    this.open = false;
    this.querySelector<HTMLElement>('.people-manage')?.focus();
  }

  protected override render(): TemplateResult {
    const { phase } = this.room.meet;
    const inside = presentSeats(this.room);
    // Before it begins nobody need be marked: who has a screen open is there to be greeted.
    const early = phase === 'before' && inside.length === 0;
    const list = early ? [...this.room.seats.values()].filter((s) => s.here) : inside;
    const chair = isChair(this.room);
    return html`<section class="people" aria-labelledby="people-h" @keydown=${this.#escape}>
      <h2 id="people-h">${early ? t.people.connected : t.people.title}<br><span class="num">${t.people.count(list.length)}</span></h2>
      <ul>${list.length === 0 ? html`<li class="small muted">${t.people.nobody}</li>` : nothing}
        ${repeat(list, (s) => s.seat, (s) => this.#person(s))}</ul>
      ${chair ? html`<button type="button" class="btn btn-quiet people-manage" aria-expanded=${this.open ? 'true' : 'false'} aria-controls="attend"
        @click=${() => { this.open = !this.open; }}>${t.people.manage}${down}</button>
        <div class="attend-panel ${this.open ? 'is-open' : ''}" id="attend"><rk-attendance .room=${this.room}></rk-attendance></div>` : nothing}
      </section>`;
  }

  #person(s: Seat): TemplateResult {
    const leaves = this.#leaves(s);
    return html`<li class="person ${leaves ? 'person-leaving' : ''}">${seal(s)}
      <span><b>${shortName(s.label)}</b><span>${this.#about(s, leaves)}</span></span></li>`;
  }

  /** Is the open item the last but one for somebody? Only those who see the agenda may know. */
  #leaves(s: Seat): boolean {
    if (!(this.room.me?.official || isChair(this.room)) || !isIn(s) || this.room.meet.phase !== 'in') return false;
    const items = itemsOf(this.room);
    if (!items.some((i) => i.state === 'now')) return false;
    const next = nextItem(items);
    return next?.audience ? !next.audience.includes(`@${s.seat}`) : false;
  }

  #about(s: Seat, leaves: boolean): string {
    const { me } = this.room;
    const mine = s.seat === me?.seat;
    const duties = (mine ? me.duties : s.duties ?? []).map((d) => t.people.duties[d] ?? '');
    const line = s.at === 'line' ? t.people.line : '';
    const who = mine ? t.people.you : leaves || line !== '' ? '' : s.role_label;
    return [who, ...duties, line, leaves ? t.people.untilNow : ''].filter((w) => w !== '').join('・');
  }
}
