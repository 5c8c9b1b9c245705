import { html, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { t } from '../locale/index.ts';
import { copyWords } from './copy.ts';
import { RoomElement } from './element.ts';
import { stop } from './icons.ts';

/** Words of this user that could not be kept where they were written: nothing is lost. */
@customElement('rk-notes')
export class RkNotes extends RoomElement {
  @state() private copied = 0;

  async #copy(id: number, text: string): Promise<void> {
    if (await copyWords(text)) this.copied = id;
  }

  protected override render(): TemplateResult {
    return html`${repeat(this.room.notes, (n) => n.id, (n) => html`<div class="callout callout-stop" role="alert">${stop}<div>
      <h3>${t.refused.title}${n.label === '' ? '' : `（${n.label}）`}</h3><p>${t.refused.kept}</p>
      <p class="copybox">${n.text}</p><div class="row">
      <button class="btn" type="button" @click=${() => this.#copy(n.id, n.text)}>${this.copied === n.id ? t.refused.copied : t.refused.copy}</button>
      <button class="btn btn-text" type="button" @click=${() => this.room.dismissNote(n.id)}>${t.refused.close}</button></div></div></div>`)}`;
  }
}
