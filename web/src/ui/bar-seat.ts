import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { t } from '../locale/index.ts';
import { Attempt, refusedNote } from './attempt.ts';
import { RoomElement } from './element.ts';
import { check, stop } from './icons.ts';
import { seatName } from './values.ts';

export type Barred = 'barred' | 'lifted';

/** The chair stops a seat: from then on nothing is served to it. Said plainly before, and undone as easily. */
@customElement('rk-bar-seat')
export class RkBarSeat extends RoomElement {
  @property() seat = '';
  /** What was done, kept by the list: its row moves when somebody is stopped, and this element with it. */
  @property({ attribute: false }) result: Barred | null = null;
  @state() private asking = false;
  #attempt = new Attempt(this);

  #say(result: Barred | null): void {
    this.dispatchEvent(new CustomEvent<Barred | null>('rk-barred', { detail: result }));
  }

  async #set(on: boolean): Promise<void> {
    const words = this.querySelector<HTMLTextAreaElement>('textarea')?.value.trim() ?? '';
    const done = await this.#attempt.run(on ? 'bar' : 'lift', () =>
      this.room.bar(this.seat, on, words === '' ? undefined : words));
    if (!done) return;
    this.asking = false;
    this.#say(on ? 'barred' : 'lifted');
  }

  protected override render(): TemplateResult {
    const name = t.san(seatName(this.room, this.seat));
    const { refused } = this.#attempt;
    const already = refused?.code === 'rule' ? (refused.key === 'bar' ? t.attend.barAlready : t.attend.barNot) : '';
    const lift = html`<button type="button" class="btn btn-text" @click=${() => void this.#set(false)}>${t.attend.barUndo}</button>`;
    return html`${this.asking ? this.#ask(name) : html`<div class="row"><button type="button" class="btn btn-stop" aria-label=${t.attend.barOf(name)}
        @click=${() => { this.asking = true; this.#say(null); }}>${stop}${t.attend.bar}</button>${lift}</div>`}
      <div role="status">${this.result ? html`<p class="small">${check} ${this.result === 'barred' ? t.attend.barDone(name) : t.attend.barUndone(name)}</p>` : nothing}
        ${already === '' ? nothing : html`<p class="small">${already}</p>`}</div>
      ${refused && already === '' ? refusedNote(t.agenda.refusedBody) : nothing}`;
  }

  #ask(name: string): TemplateResult {
    const id = `bar-${this.seat}`;
    return html`<div class="stack bar-ask"><p>${t.attend.barBody(name)}</p>
      <div><label class="label small" for=${id}>${t.attend.barWords}</label><textarea class="textarea" id=${id} rows="2" maxlength="500"></textarea></div>
      <div class="row"><button type="button" class="btn btn-stop" @click=${() => void this.#set(true)}>${stop}${t.attend.bar}</button>
        <button type="button" class="btn btn-text" @click=${() => { this.asking = false; }}>${t.minutes.cancel}</button></div></div>`;
  }
}
