import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { Act } from '../core/index.ts';
import { t } from '../locale/index.ts';
import { Attempt, refusedNote } from './attempt.ts';
import { RoomElement } from './element.ts';
import { warn } from './icons.ts';
import { itemWords } from './items.ts';
import { isOpened } from './meeting.ts';
import { shortName } from './values.ts';
import './items-picker.ts';

const YEARS = 3;
const iso = (d: Date): string => `${d.getFullYear()}-${String(d.getMonth() + 1).padStart(2, '0')}-${String(d.getDate()).padStart(2, '0')}`;

/** The end of this business year, or of the next when that is near: what people agree on here. */
function usualEnd(now: Date): Date {
  const end = new Date(now.getFullYear() + (now.getMonth() >= 3 ? 1 : 0), 2, 31);
  return end.getTime() - now.getTime() < 30 * 86_400_000 ? new Date(end.getFullYear() + 1, 2, 31) : end;
}

/** The person lets somebody read something, until a day. */
@customElement('rk-consent-form')
export class RkConsentForm extends RoomElement {
  @property({ attribute: false }) act: Act = {};
  @state() private chosen: readonly string[] = [];
  @state() private problem = '';
  #attempt = new Attempt(this);

  protected override firstUpdated(): void {
    this.querySelector<HTMLElement>('select')?.focus();
  }

  #done(seat: string | null): void {
    this.dispatchEvent(new CustomEvent<string | null>('rk-given', { detail: seat, bubbles: true }));
  }

  async #submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const data = new FormData(event.target as HTMLFormElement);
    const seat = String(data.get('seat') ?? '');
    const until = String(data.get('until') ?? '');
    if (this.chosen.length === 0) {
      this.problem = t.consent.missing;
      return;
    }
    this.problem = '';
    const done = await this.#attempt.run('give', () =>
      this.room.grant(seat, this.chosen, until, String(data.get('words') ?? '').trim(), this.act));
    if (!this.isConnected) return; // given up meanwhile: another may have been begun
    if (done) this.#done(seat);
    else if (this.#attempt.refused?.code === 'rule') await this.#explain(seat);
  }

  /** What somebody reads anyway cannot be given either: the difference is worth a word. */
  async #explain(seat: string): Promise<void> {
    const words = itemWords(this.room, this.chosen);
    const cell = [...this.room.cells.values()].find((c) => isOpened(this.chosen, c.col));
    const readers = words.length === 1 && cell ? await this.room.reach(cell.key) : null;
    const one = words[0] ?? '';
    this.problem = words.length !== 1 ? t.consent.notGivable
      : readers?.some(([s]) => s === seat) ? t.consent.readsAlready(one) : t.consent.notGivableOne(one);
    this.#attempt.clear();
  }

  protected override render(): TemplateResult {
    const others = [...this.room.seats.values()].filter((s) => s.role !== 'self');
    const now = new Date(this.room.time);
    const last = new Date(now.getFullYear() + YEARS, now.getMonth(), now.getDate());
    const words = itemWords(this.room, this.chosen);
    return html`<form class="consent-form stack" aria-label=${t.consent.add} @submit=${(e: SubmitEvent) => void this.#submit(e)}>
      <div><label class="label" for="cf-who">${t.consent.who}</label><select class="select" id="cf-who" name="seat" required @change=${() => { this.problem = ''; }}>
        <option value="">${t.minutes.choose}</option>${others.map((s) => html`<option value=${s.seat}>${shortName(s.label)}　${s.role_label}</option>`)}</select></div>
      <div><span class="label">${t.consent.what}</span><p class="small muted" role="status">${words.length > 0 ? t.join(words) : t.items.none}</p>
        <rk-items .room=${this.room} .label=${t.consent.pickWhat} tables="columns" .chosen=${this.chosen}
          @rk-chosen=${(e: CustomEvent<readonly string[]>) => { this.chosen = e.detail; this.problem = ''; }}></rk-items></div>
      <div><label class="label" for="cf-until">${t.consent.untilLabel}</label><input class="input num" id="cf-until" name="until" type="date" required
        min=${iso(now)} max=${iso(last)} value=${iso(usualEnd(now))}></div>
      <div><label class="label" for="cf-words">${t.consent.note}</label><textarea class="textarea" id="cf-words" name="words" rows="2" maxlength="500"></textarea></div>
      ${this.problem === '' ? nothing : html`<div class="callout callout-warn" role="alert">${warn}<div><p>${this.problem}</p></div></div>`}
      ${this.#attempt.refused ? refusedNote() : nothing}
      <div class="row"><button class="btn btn-1" type="submit" aria-disabled=${this.#attempt.busy() ? 'true' : nothing}>${t.consent.give}</button>
        <button class="btn btn-text" type="button" @click=${() => this.#done(null)}>${t.consent.cancel}</button></div></form>`;
  }
}
