import { html, nothing, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import type { Seat, Value } from '../core/index.ts';
import { t } from '../locale/index.ts';
import { Attempt, refusedNote } from './attempt.ts';
import { clock } from './dates.ts';
import { RoomElement } from './element.ts';
import { seal } from './icons.ts';
import { audienceOf, presentSeats } from './meeting.ts';
import { openedItems } from './minutes-book.ts';
import { itemChoice } from './minutes-form.ts';
import { shortName } from './values.ts';

/**
 * An utterance: pressing who speaks begins its row, and the words are typed where everybody in sees
 * them come.
 */
@customElement('rk-say')
export class RkSay extends RoomElement {
  @state() private to = '';
  #attempt = new Attempt(this);

  override connectedCallback(): void {
    super.connectedCallback();
    this.to = this.room.meet.item?.row ?? '';
  }

  protected override firstUpdated(): void {
    this.querySelector<HTMLElement>('button')?.focus();
  }

  #done(row: string | null): void {
    this.dispatchEvent(new CustomEvent<string | null>('rk-done', { detail: row, bubbles: true }));
  }

  async #begin(speaker: Seat | null): Promise<void> {
    if (this.to === '') return;
    const kind = this.querySelector<HTMLSelectElement>('#say-kind')?.value ?? '';
    const cells: Record<string, Value> = { at: clock(this.room.time) };
    if (kind !== '') cells['kind'] = kind;
    if (speaker) cells['speaker'] = `@${speaker.seat}`;
    let row = '';
    const done = await this.#attempt.run('say', async () => {
      row = (await this.room.row('min.utterances', cells, { to: this.to })).row;
    });
    if (done && this.isConnected) this.#done(row); // who gave it up may be in another form by now
  }

  protected override render(): TemplateResult {
    const items = openedItems(this.room);
    const item = items.find((i) => i.row === this.to);
    const known = new Map([...presentSeats(this.room), ...(item ? audienceOf(this.room, item) : [])].map((s) => [s.seat, s]));
    const kinds = this.room.cols.get('min.utterances.kind')?.enum ?? [];
    return html`<section class="minutes-form" aria-labelledby="say-h"><h3 class="label" id="say-h">${t.minutes.speaker}</h3>
      <div class="say-who">${[...known.values()].map((s) => html`<button type="button" class="btn btn-quiet" aria-disabled=${this.to === '' ? 'true' : nothing} @click=${() => void this.#begin(s)}>${seal(s, 'seal-s')}${shortName(s.label)}</button>`)}
        <button type="button" class="btn btn-quiet" @click=${() => void this.#begin(null)}>${t.minutes.noSpeaker}</button></div>
      ${kinds.length > 0 ? html`<div><label class="label small" for="say-kind">${t.minutes.kind}</label><select class="select" id="say-kind">
        ${kinds.map(([id, label]) => html`<option value=${id}>${label}</option>`)}</select></div>` : nothing}
      ${itemChoice(this.room, this.to, (to) => { this.to = to; })}
      ${this.#attempt.refused ? refusedNote(t.agenda.refusedBody) : nothing}
      <div class="row"><button class="btn btn-text" type="button" @click=${() => this.#done(null)}>${t.minutes.cancel}</button></div></section>`;
  }
}
