import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { MinutesStatus, Passkey } from '../core/index.ts';
import type { Text } from '../locale/ruby.ts';
import { dateOf } from '../record/times.ts';
import { r, Speaking } from '../record/words.ts';
import { RoomElement } from './element.ts';
import { warn } from './icons.ts';
import { codeFields, codeWrong, useCode } from './record-code.ts';
import { Asking, portOf } from './record-port.ts';

/** One's own passkeys: a lost one is ended, with the code. */
@customElement('rk-keys')
export class RkKeys extends RoomElement {
  @property({ attribute: false }) status!: MinutesStatus;
  @state() private ending: Passkey | null = null;
  @state() private wrong: Text = '';
  #asking = new Asking(this);
  protected readonly words = new Speaking(this);

  #open(key: Passkey | null): void {
    this.ending = key;
    this.wrong = '';
    this.#asking.clear();
    if (key) void this.updateComplete.then(() => this.querySelector<HTMLElement>('#end-code')?.focus());
  }

  async #end(event: Event): Promise<void> {
    event.preventDefault();
    const key = this.ending;
    this.wrong = codeWrong(this, this.status, 'end');
    if (!key || this.wrong !== '') return;
    const ok = await this.#asking.run(async () => {
      const port = portOf(this.room);
      await port.endPasskey(await useCode(this, port, this.status, 'end'), key.id);
    });
    if (!ok) return;
    this.#open(null);
    this.dispatchEvent(new CustomEvent<Text>('rk-signed', { detail: r.pass.ended, bubbles: true }));
  }

  protected override render(): TemplateResult | typeof nothing {
    const keys = this.status.passkeys ?? [];
    if (keys.length === 0) return nothing;
    return html`<details class="card"><summary><h2>${r.pass.list}</h2></summary><ul class="stack">${keys.map((key) => html`<li class="row"><span class="grow">${r.pass.madeOn(dateOf(key.made))}</span>
      <button type="button" class="btn btn-text" @click=${() => this.#open(key)}>${r.pass.end}</button></li>`)}</ul>${this.ending ? this.#form(this.ending) : nothing}</details>`;
  }

  #form(key: Passkey): TemplateResult {
    return html`<form class="stack sign-form" novalidate @submit=${(e: Event) => void this.#end(e)}><p class="small">${r.pass.endBody(dateOf(key.made))}</p>${codeFields(this.status, 'end')}
      ${this.wrong === '' ? nothing : html`<p class="field-wrong" role="alert">${warn}${this.wrong}</p>`}${this.#asking.note()}
      <div class="row"><button type="submit" class="btn btn-stop">${r.pass.end}</button><button type="button" class="btn btn-text" @click=${() => this.#open(null)}>${r.pass.cancel}</button></div></form>`;
  }
}
