import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { t } from '../locale/index.ts';
import { Attempt, refusedNote } from './attempt.ts';
import { RoomElement } from './element.ts';
import { warn } from './icons.ts';
import { itemTitle } from './meeting.ts';
import { openedItems, type Entry } from './minutes-book.ts';

/**
 * A row goes to another item. To fewer readers freely; where somebody new could read it, it is a
 * release, and asks for its reason. Which of the two it is, the server knows.
 */
@customElement('rk-move')
export class RkMove extends RoomElement {
  @property({ attribute: false }) entry!: Entry;
  @state() private to = '';
  @state() private widens = false;
  #attempt = new Attempt(this);

  protected override firstUpdated(): void {
    this.querySelector<HTMLElement>('select')?.focus();
  }

  #done(): void {
    this.dispatchEvent(new CustomEvent('rk-moved', { bubbles: true }));
  }

  async #submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const why = this.widens ? this.querySelector<HTMLTextAreaElement>('textarea')?.value.trim() ?? '' : '';
    if (this.to === '' || (this.widens && why === '')) return;
    const { table, row } = this.entry;
    const asked = this.widens;
    const done = await this.#attempt.run('move', () => this.room.assign(table, row.id, this.to, asked ? why : undefined));
    if (!this.isConnected) return; // given up meanwhile: another row may be asked about by now
    if (done) this.#done();
    else if (this.#attempt.refused?.code === 'rule' && !asked) {
      this.widens = true;
      this.#attempt.clear();
      await this.updateComplete;
      this.querySelector<HTMLElement>('textarea')?.focus();
    }
  }

  #choose(to: string): void {
    this.to = to;
    this.widens = false;
    this.#attempt.clear();
  }

  protected override render(): TemplateResult {
    const targets = openedItems(this.room).filter((i) => i.row !== this.entry.item?.row);
    const id = `mv-${this.entry.row.id}`;
    return html`<form class="move-form" @submit=${(e: SubmitEvent) => void this.#submit(e)}>
      <div><label class="label small" for=${id}>${t.minutes.moveTo}</label>
        <select class="select" id=${id} @change=${(e: Event) => this.#choose((e.target as HTMLSelectElement).value)}>
          <option value="">${t.minutes.choose}</option>${targets.map((i) => html`<option value=${i.row}>${itemTitle(this.room, i)}</option>`)}</select></div>
      ${this.widens ? html`<div class="callout callout-warn" role="alert">${warn}<div><h4>${t.minutes.wider}</h4><p>${t.minutes.widerBody}</p></div></div>
        <div><label class="label small" for="${id}-why">${t.minutes.why}</label><textarea class="textarea" id="${id}-why" rows="2" required maxlength="500"></textarea></div>` : nothing}
      ${this.#attempt.refused ? refusedNote(t.minutes.moveRefused) : nothing}
      <div class="row"><button class="btn btn-1" type="submit" aria-disabled=${this.to === '' || this.#attempt.busy() ? 'true' : nothing}>${this.widens ? t.minutes.widen : t.minutes.moveGo}</button>
        <button class="btn btn-text" type="button" @click=${() => this.#done()}>${t.minutes.cancel}</button></div></form>`;
  }
}
