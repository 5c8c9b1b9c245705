import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { Refused, type Act, type Value } from '../core/index.ts';
import { t } from '../locale/index.ts';
import { clock } from './dates.ts';
import { RoomElement } from './element.ts';
import { stop } from './icons.ts';
import { shortName } from './values.ts';

export type FormKind = 'decision' | 'action' | 'utterance' | 'words';

const TABLE: Readonly<Record<FormKind, string>> = {
  decision: 'min.decisions', action: 'min.actions', utterance: 'min.utterances', words: 'min.person_words',
};
const MAIN: Readonly<Record<FormKind, string>> = { decision: 'text', action: 'what', utterance: 'text', words: 'text' };

/** A new row of the minutes. Whether it is taken is the server's word; what was written stays. */
@customElement('rk-minutes-form')
export class RkMinutesForm extends RoomElement {
  @property() kind: FormKind = 'decision';
  @state() private refused = false;
  @state() private busy = false;

  protected override firstUpdated(): void {
    this.querySelector<HTMLElement>('textarea')?.focus();
  }

  #done(): void {
    this.dispatchEvent(new CustomEvent('rk-done', { bubbles: true }));
  }

  async #submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const data = new FormData(event.target as HTMLFormElement);
    const text = String(data.get('text') ?? '').trim();
    if (text === '' || this.busy) return;
    this.busy = true;
    this.refused = false;
    try {
      await this.room.row(TABLE[this.kind], this.#cells(data, text), this.#act());
      this.#done();
    } catch (e) {
      if (!(e instanceof Refused)) throw e;
      this.refused = true;
    }
    this.busy = false;
  }

  #cells(data: FormData, text: string): Record<string, Value> {
    const who = String(data.get('who') ?? '');
    const due = String(data.get('due') ?? '');
    const cells: Record<string, Value> = { [MAIN[this.kind]]: text };
    if (this.kind === 'action') {
      if (who !== '') cells['who'] = who;
      if (due !== '') cells['due'] = due;
    }
    if (this.kind === 'utterance') {
      if (who !== '') cells['speaker'] = who;
      cells['at'] = clock(Date.now());
    }
    return cells;
  }

  /** The person's words are theirs, whoever writes them down. */
  #act(): Act {
    const self = [...this.room.seats.values()].find((s) => s.role === 'self');
    const mine = this.room.me?.role === 'self';
    return this.kind === 'words' && self && !mine ? { for: self.seat, method: 'oral' } : {};
  }

  protected override render(): TemplateResult {
    const label = { decision: t.minutes.decisionText, action: t.minutes.what, utterance: t.minutes.words, words: t.minutes.personWords }[this.kind];
    return html`<form class="minutes-form ${this.kind === 'words' ? 'voice' : ''}" @submit=${this.#submit}>
      ${this.kind === 'action' || this.kind === 'utterance' ? this.#who() : nothing}
      <div><label class="label" for="mf-text">${label}</label><textarea class="textarea" id="mf-text" name="text" rows="3" required></textarea></div>
      ${this.kind === 'action' ? html`<div><label class="label" for="mf-due">${t.minutes.dueLabel}</label><input class="input num" id="mf-due" name="due" type="date" max="9999-12-31"></div>` : nothing}
      ${this.refused ? html`<div class="callout callout-stop" role="alert">${stop}<div><h4>${t.refused.title}</h4><p>${t.refused.kept}</p></div></div>` : nothing}
      <div class="row"><button class="btn btn-1" type="submit" aria-disabled=${this.busy ? 'true' : nothing}>${t.minutes.save}</button>
        <button class="btn btn-text" type="button" @click=${this.#done}>${t.minutes.cancel}</button></div></form>`;
  }

  #who(): TemplateResult {
    const list = [...this.room.seats.values()];
    return html`<div><label class="label" for="mf-who">${t.minutes.who}</label><select class="select" id="mf-who" name="who">
      <option value="">${t.minutes.choose}</option>
      ${list.map((s) => html`<option value="@${s.seat}">${shortName(s.label)}</option>`)}</select></div>`;
  }
}
