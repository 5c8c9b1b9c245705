import { html, nothing, svg, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { t } from '../locale/index.ts';
import { clock } from './dates.ts';
import { RoomElement, Ticking } from './element.ts';
import { itemClock, itemName, itemsOf, wholeMinutes, type ItemClock } from './meeting.ts';
import { fieldText } from './values.ts';

const TICK_MS = 10_000;

/** Now, the planned end of the item, and by how much it is over: in words first, never in red. */
@customElement('rk-timer')
export class RkTimer extends RoomElement {
  /** Said to who listens, on request: a clock that speaks by itself would never be silent. */
  @state() private said = '';

  constructor() {
    super();
    new Ticking(this, TICK_MS);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener('keydown', this.#key);
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener('keydown', this.#key);
  }

  readonly #key = (e: KeyboardEvent): void => {
    if (!e.altKey || e.ctrlKey || e.metaKey || e.key.toLowerCase() !== 't') return;
    e.preventDefault();
    this.said = '';
    void this.updateComplete.then(() => { this.said = this.querySelector('.timer p')?.textContent ?? ''; });
  };

  protected override concerns(keys: ReadonlySet<string>): boolean {
    return [...keys].some((k) => k.startsWith('conf.'));
  }

  protected override render(): TemplateResult {
    const { room } = this;
    const now = this.room.time;
    const open = itemsOf(room).find((i) => i.state === 'now');
    const time = open ? itemClock(room, open, now) : null;
    const end = fieldText(room, 'conf.schedule.end');
    const until = open && time ? t.agenda.untilOf(itemName(room, open), clock(time.end))
      : end !== '' && room.meet.phase !== 'done' ? t.agenda.until(end) : '';
    return html`<div class="timer"><span class="timer-now" aria-hidden="true">${clock(now)}</span>
      <p><span class="vh">${t.agenda.clock(clock(now))}。</span>${until}${time || room.meet.pause !== undefined
        ? html`<br>${this.#rest(time)}` : nothing}</p>
      ${time ? bar(time) : nothing}<span class="vh" role="status">${this.said}</span></div>`;
  }

  #rest(time: ItemClock | null): TemplateResult | string {
    if (this.room.meet.pause !== undefined) return html`<b>${t.agenda.stopped}</b>`;
    if (!time) return '';
    const over = wholeMinutes(time.over);
    if (over > 0) return html`<b>${t.agenda.over(over)}</b>`;
    return t.agenda.left(Math.max(0, Math.ceil((time.planned - time.elapsed) / 60_000)));
  }
}

/* Drawn, not styled: the page's policy forbids styles in attributes. */
function bar(time: ItemClock): TemplateResult {
  const whole = Math.max(time.planned, time.elapsed, 1);
  const done = (Math.min(time.elapsed, time.planned) / whole) * 100;
  const over = (time.over / whole) * 100;
  return html`<svg class="timer-bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
    ${svg`<rect class="timer-done" x="0" y="0" width=${done} height="6"></rect>`}
    ${over > 0 ? svg`<rect class="timer-over" x=${done + 0.7} y="0" width=${Math.max(0, over - 0.7)} height="6"></rect>` : nothing}</svg>`;
}
