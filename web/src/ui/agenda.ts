import { html, nothing, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { Refused, type Value } from '../core/index.ts';
import { t } from '../locale/index.ts';
import { clock } from './dates.ts';
import { RoomElement } from './element.ts';
import { seals, stop } from './icons.ts';
import { rowsOf, type Row } from './layout.ts';
import { fieldText, seatsOf } from './values.ts';

const TABLE = 'conf.agenda_items';
const CLOCK_MS = 10_000;

/** The agenda as far as this viewer is part of it; whoever chairs opens the items. */
@customElement('rk-agenda')
export class RkAgenda extends RoomElement {
  @state() private refused = '';
  @state() private busy = '';
  #timer: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#timer = setInterval(() => this.requestUpdate(), CLOCK_MS);
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
  }

  protected override concerns(keys: ReadonlySet<string>): boolean {
    return [...keys].some((k) => k.startsWith('conf.'));
  }

  async #open(row: string): Promise<void> {
    this.busy = row;
    this.refused = '';
    try {
      await this.room.open(row);
    } catch (e) {
      if (!(e instanceof Refused)) throw e;
      this.refused = row;
    }
    this.busy = '';
  }

  protected override render(): TemplateResult {
    const rows = rowsOf(this.room, TABLE);
    const end = fieldText(this.room, 'conf.schedule.end');
    const now = clock(Date.now());
    const open = rows.findIndex((r) => r.id === this.room.item?.row);
    return html`<h2 class="vh" id="agenda-h">${t.agenda.title}</h2>
      <div class="timer"><span class="timer-now" aria-hidden="true">${now}</span>
        <p><span class="vh">${t.agenda.clock(now)}</span>${end === '' ? '' : t.agenda.until(end)}</p></div>
      ${rows.length === 0 ? nothing : html`<ol class="agenda">
        ${repeat(rows, (r) => r.id, (r, i) => this.#item(r, i, open))}</ol>`}`;
  }

  #value(row: Row, column: string): Value {
    return row.cells.find((c) => c.col === `${TABLE}.${column}`)?.value ?? null;
  }

  #item(row: Row, index: number, open: number): TemplateResult {
    const { me, item } = this.room;
    const isNow = item?.row === row.id;
    const title = String(this.#value(row, 'title') ?? '');
    const minutes = this.#value(row, 'minutes');
    const audience = seatsOf(this.room, this.#value(row, 'audience'));
    // Who sees only some of the items must not be able to count the others.
    const number = me?.official || me?.role === 'self' ? String(index + 1) : '・';
    return html`<li class="item ${isNow ? 'item-now' : ''}" aria-current=${isNow ? 'step' : nothing}>
      <span class="item-no" aria-hidden="true">${number}</span><div>
      <h3>${isNow ? html`<span class="vh">${t.agenda.now}</span>` : nothing}${title}</h3>
      ${audience.length > 0 || typeof minutes === 'number' ? html`<p class="item-aud">${audience.length > 0 ? seals(audience) : nothing}
        ${typeof minutes === 'number' ? html`<span>${t.agenda.minutes(minutes)}</span>` : nothing}</p>` : nothing}
      ${me?.duties.includes('chair') && !isNow ? html`<button type="button"
        class="btn ${index === open + 1 ? 'btn-wide open-next' : 'btn-quiet open-other'}" aria-label=${t.agenda.openOf(title)}
        aria-disabled=${this.busy === row.id ? 'true' : nothing}
        @click=${() => this.#open(row.id)}>${t.agenda.open}</button>` : nothing}
      ${this.refused === row.id ? html`<div class="callout callout-stop" role="alert">${stop}<div><h4>${t.refused.title}</h4></div></div>` : nothing}
      </div></li>`;
  }
}
