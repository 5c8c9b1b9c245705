import { html, nothing, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { Act } from '../core/index.ts';
import { t } from '../locale/index.ts';
import { Attempt, refusedNote } from './attempt.ts';
import { CONSENT, consentAct, consentsOf, dayWords, isOff, type Consent } from './consent-book.ts';
import { RoomElement, isStillAt } from './element.ts';
import { check, pen, plus, seal } from './icons.ts';
import { selfSeat } from './meeting.ts';
import { DeskWatch, askScribe } from './scribe.ts';
import { seatName, shortName } from './values.ts';
import './consent-form.ts';

/** What the person lets others read. One press ends it, nobody asks why, nothing asks again. */
@customElement('rk-consents')
export class RkConsents extends RoomElement {
  @state() private adding = false;
  @state() private stopped: ReadonlySet<string> = new Set();
  @state() private gave = '';
  #attempt = new Attempt(this);

  constructor() {
    super();
    new DeskWatch(this);
  }

  protected override concerns(keys: ReadonlySet<string>): boolean {
    return [...keys].some((k) => k.startsWith(`${CONSENT}/`));
  }

  protected override render(): TemplateResult {
    const all = consentsOf(this.room);
    const act = consentAct(this.room);
    const live = all.filter((c) => !isOff(c) || this.stopped.has(c.row));
    const off = all.filter((c) => isOff(c) && !this.stopped.has(c.row));
    return html`<section class="consents" aria-labelledby="consents-h">
      <h3 class="vh" id="consents-h">${t.consent.title}</h3>
      ${this.room.me?.role === 'self' || act ? html`<p class="consents-lead">${t.consent.lead}</p>` : nothing}
      ${act === 'ask' ? this.#ask() : nothing}
      ${live.length === 0 ? html`<p class="muted">${t.consent.none}</p>` : html`<ul>${repeat(live, (c) => c.row, (c) => this.#grant(c, act))}</ul>`}
      <div role="status">${this.gave === '' ? nothing : html`<div class="callout callout-ok">${check}<div><p><b>${this.gave}</b></p></div></div>`}</div>
      ${this.#adder(act)}
      ${off.length === 0 ? nothing : html`<details class="consents-off"><summary>${t.consent.off}</summary><ul>${repeat(off, (c) => c.row, (c) => this.#grant(c, null))}</ul></details>`}</section>`;
  }

  #ask(): TemplateResult | typeof nothing {
    const self = selfSeat(this.room);
    if (!self) return nothing;
    return html`<button type="button" class="btn btn-warm" @click=${() => askScribe(this, self.seat)}>${pen}${t.consent.forThem(t.san(seatName(this.room, self.seat)))}</button>`;
  }

  #grant(c: Consent, act: Act | 'ask' | null): TemplateResult {
    const off = isOff(c) || this.stopped.has(c.row);
    const name = c.to ? t.san(shortName(c.to.label)) : t.value.someone;
    return html`<li class="grant ${off ? 'grant-off' : ''}"><div class="seen">${c.to ? seal(c.to, 'seal-l') : html`<span></span>`}
      <p><b>${t.consent.to(name)}</b><span class="grant-what">${c.words}</span><span class="small muted">${c.until === '' ? '' : t.consent.until(dayWords(c.until))}</span>
        <span class="small muted">${t.consent.given(dayWords(c.given), c.method)}</span>
        ${c.note === '' ? nothing : html`<span class="small muted grant-note">${c.note}</span>`}</p></div>
      ${off ? nothing : act && act !== 'ask' ? this.#stop(c, name, act) : nothing}
      <div role="status">${this.stopped.has(c.row) ? html`<div class="callout">${check}<div><p><b>${t.consent.stopped}</b>${t.consent.noMore(name)}</p><p class="small muted">${t.consent.heard}</p></div></div>` : nothing}</div>
      ${off && !this.stopped.has(c.row) && c.withdrawal ? html`<p class="small muted">${c.withdrawal}</p>` : nothing}
      ${this.#attempt.refusedIs(c.row) ? refusedNote(t.agenda.refusedBody) : nothing}</li>`;
  }

  #stop(c: Consent, name: string, act: Act): TemplateResult {
    const id = `cw-${c.row}`;
    return html`<div class="row grant-do"><button type="button" class="btn btn-quiet grow" aria-label=${t.consent.stopOf(name, c.words)}
        aria-disabled=${this.#attempt.busy(c.row) ? 'true' : nothing} @click=${() => void this.#withdraw(c, act)}>${t.consent.stop}</button></div>
      <details class="grant-words"><summary class="small">${t.consent.addWords}</summary>
        <textarea class="textarea" id=${id} rows="2" maxlength="500" aria-label=${t.consent.words}></textarea></details>`;
  }

  async #withdraw(c: Consent, act: Act): Promise<void> {
    const words = this.querySelector<HTMLTextAreaElement>(`#cw-${c.row}`)?.value.trim() ?? '';
    if (await this.#attempt.run(c.row, () => this.room.withdraw(c.row, words, act))) {
      this.stopped = new Set([...this.stopped, c.row]);
    }
  }

  #adder(act: Act | 'ask' | null): TemplateResult | typeof nothing {
    if (!act || act === 'ask') return nothing;
    if (!this.adding) {
      return html`<button type="button" class="btn consents-add" @click=${() => { this.adding = true; this.gave = ''; }}>${plus}${t.consent.add}</button>`;
    }
    return html`<rk-consent-form .room=${this.room} .act=${act} @rk-given=${(e: CustomEvent<string | null>) => this.#given(e.detail)}></rk-consent-form>`;
  }

  #given(seat: string | null): void {
    const stays = isStillAt(this.querySelector('rk-consent-form'));
    this.adding = false;
    this.gave = seat === null ? '' : t.consent.gave(t.san(seatName(this.room, seat)));
    if (stays) void this.updateComplete.then(() => this.querySelector<HTMLElement>('.consents-add')?.focus());
  }
}
