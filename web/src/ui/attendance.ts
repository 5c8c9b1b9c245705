import { html, nothing, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { Seat } from '../core/index.ts';
import { t } from '../locale/index.ts';
import { Attempt, refusedNote } from './attempt.ts';
import { RoomElement, isStillAt } from './element.ts';
import { enter, leave, pen, seal } from './icons.ts';
import { isIn, itemsOf, maySit, type Item } from './meeting.ts';
import { askScribe } from './scribe.ts';
import { shortName } from './values.ts';
import type { Barred } from './bar-seat.ts';
import './bar-seat.ts';

type Group = 'waiting' | 'inside' | 'outside' | 'left';
const GROUPS: readonly Group[] = ['waiting', 'inside', 'outside', 'left'];

const groupOf = (s: Seat): Group =>
  (s.at === 'wait' ? 'waiting' : isIn(s) ? 'inside' : s.at === 'out' ? 'left' : 'outside');

/** Comings and goings, by the chair: most people have no screen, and somebody has to mark them. */
@customElement('rk-attendance')
export class RkAttendance extends RoomElement {
  @state() private more = '';
  @state() private barred: ReadonlyMap<string, Barred> = new Map();
  #attempt = new Attempt(this);

  protected override concerns(keys: ReadonlySet<string>): boolean {
    return [...keys].some((k) => k.startsWith('conf.agenda_items/'));
  }

  protected override render(): TemplateResult {
    const items = itemsOf(this.room);
    const seats = [...this.room.seats.values()];
    return html`<div class="attend">${GROUPS.map((g) => {
      const list = seats.filter((s) => groupOf(s) === g);
      return list.length === 0 ? nothing : html`<h3 class="sec">${t.attend[g]}</h3>
        <ul>${repeat(list, (s) => s.seat, (s) => this.#row(s, g, items))}</ul>`;
    })}</div>`;
  }

  #row(s: Seat, group: Group, items: readonly Item[]): TemplateResult {
    const fits = maySit(items, s);
    const about = [s.role_label, isIn(s) ? t.attend.place[s.at ?? ''] ?? '' : '', s.here ? t.people.here : ''].filter((w) => w !== '');
    return html`<li class="attend-row" data-seat=${s.seat}>${seal(s)}<span class="grow"><b>${shortName(s.label)}</b>
        <span class="small muted">${about.join('・')}</span>
        ${fits || isIn(s) ? nothing : html`<span class="small muted" id="no-${s.seat}">${group === 'waiting' ? t.attend.later : t.attend.notThis}</span>`}</span>
      <div class="row attend-do">${this.#buttons(s, group, fits)}
        ${s.seat === this.room.me?.seat ? nothing : html`<button type="button" class="btn btn-text" aria-expanded=${this.more === s.seat ? 'true' : 'false'}
          aria-label=${t.attend.moreOf(shortName(s.label))} @click=${() => { this.more = this.more === s.seat ? '' : s.seat; }}>${t.attend.more}</button>`}</div>
      ${this.#attempt.refusedIs(s.seat) ? refusedNote(t.agenda.refusedBody) : nothing}
      ${this.more === s.seat ? html`<div class="attend-more">${s.here ? nothing : html`<button type="button" class="btn btn-quiet" aria-label=${t.attend.writeOf(t.san(shortName(s.label)))}
          @click=${() => askScribe(this, s.seat)}>${pen}${t.attend.write}</button>`}
        <rk-bar-seat .room=${this.room} .seat=${s.seat} .result=${this.barred.get(s.seat) ?? null}
          @rk-barred=${(e: CustomEvent<Barred | null>) => this.#barred(s.seat, e.detail)}></rk-bar-seat></div>` : nothing}</li>`;
  }

  #barred(seat: string, result: Barred | null): void {
    const barred = new Map(this.barred);
    if (result) barred.set(seat, result);
    else barred.delete(seat);
    this.barred = barred;
  }

  /** The row moves to another group; the keyboard stays with it. */
  async #do(seat: string, act: () => Promise<unknown>): Promise<void> {
    await this.#attempt.run(seat, act);
    if (!isStillAt(this.querySelector(`[data-seat="${seat}"]`))) return;
    await this.updateComplete;
    this.querySelector<HTMLElement>(`[data-seat="${seat}"] button`)?.focus();
  }

  #buttons(s: Seat, group: Group, fits: boolean): TemplateResult {
    const name = t.san(shortName(s.label));
    const button = (label: string, said: string, act: () => Promise<unknown>, icon: TemplateResult, ok = fits): TemplateResult =>
      html`<button type="button" class="btn btn-quiet" aria-label=${said} aria-disabled=${ok && !this.#attempt.busy(s.seat) ? nothing : 'true'}
        aria-describedby=${ok ? nothing : `no-${s.seat}`} @click=${() => { if (ok) void this.#do(s.seat, act); }}>${icon}${label}</button>`;
    const attend = (place?: 'room' | 'line') => (): Promise<unknown> =>
      this.room.attend('in', { seat: s.seat, ...(place ? { place } : {}) });
    if (group === 'inside') {
      return button(t.attend.out, t.attend.outOf(name), () => this.room.attend('out', { seat: s.seat }), leave, true);
    }
    if (group === 'waiting') return button(t.attend.admit, t.attend.admitOf(name), attend(), enter);
    return html`${button(t.attend.room, t.attend.roomOf(name), attend('room'), enter)}
      ${button(t.attend.line, t.attend.lineOf(name), attend('line'), enter)}`;
  }
}
