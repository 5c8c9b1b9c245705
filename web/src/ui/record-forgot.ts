import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { MinutesStatus } from '../core/index.ts';
import { plain, type Text } from '../locale/ruby.ts';
import type { Doc } from '../record/read.ts';
import { r, Speaking } from '../record/words.ts';
import { RoomElement } from './element.ts';
import { clockIcon, warn } from './icons.ts';
import { CODE_MIN, codeField, codeFields, codeWrong, useCode } from './record-code.ts';
import { Asking, portOf } from './record-port.ts';

const said = (host: HTMLElement, words: Text): void => {
  host.dispatchEvent(new CustomEvent<Text>('rk-signed', { detail: words, bubbles: true }));
};
const wrongNote = (words: Text): TemplateResult | typeof nothing =>
  (words === '' ? nothing : html`<p class="field-wrong" role="alert">${warn}${words}</p>`);

/** One's code: changed with the old one, or made anew after somebody else vouched. */
@customElement('rk-code')
export class RkCode extends RoomElement {
  @property({ attribute: false }) status!: MinutesStatus;
  @state() private how: 'change' | 'forgot' | null = null;
  @state() private wrong: Text = '';
  #asking = new Asking(this);
  protected readonly words = new Speaking(this);

  #open(how: 'change' | 'forgot' | null, focus: string): void {
    this.how = how;
    this.wrong = '';
    this.#asking.clear();
    void this.updateComplete.then(() => this.querySelector<HTMLElement>(focus)?.focus());
  }

  #value(id: string): string {
    return this.querySelector<HTMLInputElement>(`#${id}`)?.value ?? '';
  }

  async #send(event: Event, done: Text, what: (code: string) => Promise<void>): Promise<void> {
    event.preventDefault();
    const code = this.#value('code-new');
    this.wrong = [...code].length < CODE_MIN ? r.sign.codeShort : code !== this.#value('code-again') ? r.sign.codeDiffers : '';
    if (this.wrong !== '') {
      void this.updateComplete.then(() => this.querySelector<HTMLElement>('#code-new')?.focus());
      return;
    }
    if (!await this.#asking.run(() => what(code))) return;
    this.how = null;
    said(this, done);
  }

  async #forgot(): Promise<void> {
    if (await this.#asking.run(() => portOf(this.room).forgot())) {
      this.how = null;
      said(this, r.code.asked);
    }
  }

  protected override render(): TemplateResult | typeof nothing {
    const w = r.code;
    if (this.status.code !== 'set') return nothing;
    const { recover } = this.status;
    return html`<section class="card" aria-labelledby="code-h"><h2 id="code-h">${w.title}</h2>${recover === 'vouched' ? this.#anew()
      : html`${recover === 'asked' ? html`<div class="callout">${clockIcon}<div><p><b>${w.waiting}</b></p><p>${w.waitingBody}</p></div></div>
          <div class="row"><button type="button" class="btn" @click=${() => said(this, '')}>${w.look}</button></div>` : nothing}
        ${this.how === 'change' ? this.#change() : this.how === 'forgot' ? this.#ask() : this.#ways(recover === 'asked')}`}</section>`;
  }

  #ways(asked: boolean): TemplateResult {
    return html`<div class="row"><button type="button" class="btn btn-text" id="code-change" @click=${() => this.#open('change', '#code-old')}>${r.code.change}</button>
      ${asked ? nothing : html`<button type="button" class="btn btn-text" id="code-forgot" @click=${() => this.#open('forgot', '#code-ask')}>${r.code.forgot}</button>`}</div>`;
  }

  #fields(): TemplateResult {
    return html`${codeField('code-new', r.code.next, 'new-password', r.code.nextHelp)}${codeField('code-again', r.sign.codeAgain, 'new-password', '')}`;
  }

  #end(go: Text, back: string): TemplateResult {
    return html`${wrongNote(this.wrong)}${this.#asking.note(r.code.refused)}
      <div class="row"><button type="submit" class="btn btn-1" aria-disabled=${this.#asking.busy ? 'true' : nothing}>${go}</button>
        ${back === '' ? nothing : html`<button type="button" class="btn btn-text" @click=${() => this.#open(null, back)}>${r.sign.cancel}</button>`}</div>`;
  }

  #change(): TemplateResult {
    return html`<form class="stack sign-form" novalidate aria-label=${plain(r.code.change)} @submit=${(e: Event) => void this.#send(e, r.code.changed, (code) => portOf(this.room).changeCode(this.#value('code-old'), code))}>
      <h3 class="label">${r.code.change}</h3>${codeField('code-old', r.code.old, 'current-password', '')}${this.#fields()}<p class="small">${r.code.stands}</p>${this.#end(r.code.changeGo, '#code-change')}</form>`;
  }

  #ask(): TemplateResult {
    return html`<form class="stack sign-form" aria-label=${plain(r.code.forgot)} @submit=${(e: Event) => { e.preventDefault(); void this.#forgot(); }}>
      <h3 class="label">${r.code.forgot}</h3><p class="small" id="code-ask" tabindex="-1">${r.code.forgotBody}</p>${this.#end(r.code.forgotGo, '#code-forgot')}</form>`;
  }

  #anew(): TemplateResult {
    return html`<form class="stack sign-form" novalidate aria-labelledby="code-h" @submit=${(e: Event) => void this.#send(e, r.code.anewDone, (code) => portOf(this.room).setCode(code))}>
      <p class="small">${r.code.anew}</p>${this.#fields()}<p class="small">${r.code.stands}</p>${this.#end(r.code.anewGo, '')}</form>`;
  }
}

/** Who sat with somebody that forgot its code says that they asked. */
@customElement('rk-forgot')
export class RkForgot extends RoomElement {
  @property({ attribute: false }) status!: MinutesStatus;
  @property({ attribute: false }) doc!: Doc;
  @state() private party = '';
  @state() private wrong: Text = '';
  #asking = new Asking(this);
  protected readonly words = new Speaking(this);

  async #send(event: Event): Promise<void> {
    event.preventDefault();
    const { party } = this;
    this.wrong = codeWrong(this, this.status, 'forgot');
    if (this.wrong !== '') return;
    const ok = await this.#asking.run(async () => {
      const port = portOf(this.room);
      await port.confirm(await useCode(this, port, this.status, 'forgot'), party);
    });
    if (!ok) return;
    this.party = '';
    said(this, r.code.vouched);
  }

  #open(party: string): void {
    this.party = party;
    this.wrong = '';
    this.#asking.clear();
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('#forgot-code')?.focus());
  }

  protected override render(): TemplateResult | typeof nothing {
    if (this.status.forgot.length === 0) return nothing;
    return html`${this.status.forgot.map((id) => this.#one(id, this.doc.people.get(id) ?? plain(r.someone)))}`;
  }

  #one(id: string, name: string): TemplateResult {
    const w = r.code;
    return html`<section class="card" aria-label=${plain(w.lost(name))}><h2>${w.lost(name)}</h2><p class="small">${w.lostBody(name)}</p>
      ${this.party !== id ? html`<button type="button" class="btn" @click=${() => this.#open(id)}>${w.vouch}</button>`
    : html`<form class="stack sign-form" novalidate @submit=${(e: Event) => void this.#send(e)}>${codeFields(this.status, 'forgot')}${wrongNote(this.wrong)}${this.#asking.note(w.refused)}
        <div class="row"><button type="submit" class="btn btn-1" aria-disabled=${this.#asking.busy ? 'true' : nothing}>${w.vouchGo}</button>
          <button type="button" class="btn btn-text" @click=${() => { this.party = ''; }}>${r.sign.cancel}</button></div></form>`}</section>`;
  }
}
