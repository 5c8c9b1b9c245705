import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { MinutesDecision, MinutesStatus } from '../core/index.ts';
import { plain, type Text } from '../locale/ruby.ts';
import type { Doc } from '../record/read.ts';
import type { Line } from '../record/signs.ts';
import { grouped } from '../record/views.ts';
import { r, Speaking } from '../record/words.ts';
import { b64 } from '../verify/bytes.ts';
import { sha } from '../verify/hash.ts';
import { RoomElement } from './element.ts';
import { warn } from './icons.ts';
import { codeFields, codeWrong, useCode } from './record-code.ts';
import { Asking, portOf } from './record-port.ts';
import { shortName } from './values.ts';

const SCAN_MAX = 32 << 20;
const DECISIONS: readonly MinutesDecision[] = ['agree', 'decline'];

const wrongNote = (words: Text): TemplateResult | typeof nothing =>
  (words === '' ? nothing : html`<p class="field-wrong" role="alert">${warn}${words}</p>`);
const said = (host: HTMLElement, words: Text): void => {
  host.dispatchEvent(new CustomEvent<Text>('rk-signed', { detail: words, bubbles: true }));
};

/** Who was there when somebody signed on paper, or by a mark, says so. */
@customElement('rk-vouch')
export class RkVouch extends RoomElement {
  @property({ attribute: false }) status!: MinutesStatus;
  @property({ attribute: false }) line!: Line;
  @state() private open = false;
  @state() private wrong: Text = '';
  #asking = new Asking(this);
  protected readonly words = new Speaking(this);

  get #id(): string {
    return `vouch-${this.line.party}`;
  }

  async #send(event: Event): Promise<void> {
    event.preventDefault();
    this.wrong = codeWrong(this, this.status, this.#id);
    if (this.wrong !== '') return;
    const ok = await this.#asking.run(async () => {
      const port = portOf(this.room);
      const code = await useCode(this, port, this.status, this.#id);
      for (const about of this.line.signed?.statements ?? []) await port.vouch(code, about);
    });
    if (ok) said(this, r.help.vouched);
  }

  protected override render(): TemplateResult {
    const w = r.help;
    if (!this.open) return html`<button type="button" class="btn" @click=${() => { this.open = true; }}>${w.vouch}</button>`;
    return html`<form class="stack sign-form" novalidate @submit=${(e: Event) => void this.#send(e)}><p class="small">${w.vouchBody(shortName(this.line.name))}</p>
      ${codeFields(this.status, this.#id)}${wrongNote(this.wrong)}${this.#asking.note()}
      <div class="row"><button type="submit" class="btn btn-1" aria-disabled=${this.#asking.busy ? 'true' : nothing}>${w.vouchGo}</button>
        <button type="button" class="btn btn-text" @click=${() => { this.open = false; }}>${w.cancel}</button></div></form>`;
  }
}

/** A signature of somebody without a device: from paper, or a mark made for them before a witness. */
@customElement('rk-sign-for')
export class RkSignFor extends RoomElement {
  @property({ attribute: false }) status!: MinutesStatus;
  @property({ attribute: false }) doc!: Doc;
  @property({ attribute: false }) lines: readonly Line[] = [];
  @state() private how: 'paper' | 'mark' | null = null;
  @state() private scan = '';
  @state() private wrong: Text = '';
  #asking = new Asking(this);
  protected readonly words = new Speaking(this);

  get #unsigned(): Line[] {
    return this.lines.filter((l) => !l.me && l.signed === null);
  }

  async #read(file: File | undefined): Promise<void> {
    this.scan = file && file.size <= SCAN_MAX ? b64(await sha(new Uint8Array(await file.arrayBuffer()))) : '';
  }

  async #send(event: Event): Promise<void> {
    event.preventDefault();
    const value = (id: string): string => this.querySelector<HTMLSelectElement>(`#${id}`)?.value ?? '';
    const [who, decision, witness] = [value('for-who'), value('for-what'), value('for-witness')];
    const chosen = DECISIONS.find((d) => d === decision);
    const whole = who !== '' && chosen !== undefined && (this.how === 'paper' ? this.scan !== '' : witness !== '' && witness !== who);
    this.wrong = whole ? codeWrong(this, this.status, 'for') : r.help.missing;
    if (this.wrong !== '' || !chosen) return;
    const ok = await this.#asking.run(async () => {
      const port = portOf(this.room);
      const code = await useCode(this, port, this.status, 'for');
      if (this.how === 'paper') await port.paper(code, who, chosen, this.scan);
      else await port.mark(code, who, chosen, witness);
    });
    if (!ok) return;
    this.how = null;
    said(this, r.help.done);
  }

  #open(how: 'paper' | 'mark'): void {
    this.how = how;
    this.scan = '';
    this.wrong = '';
    this.#asking.clear();
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('#for-who')?.focus());
  }

  protected override render(): TemplateResult | typeof nothing {
    const may = (['paper', 'mark'] as const).filter((x) => this.status.may.includes(x));
    if (may.length === 0 || this.#unsigned.length === 0) return nothing;
    if (this.how === null) return html`<div class="row sign-for">${may.map((x) => html`<button type="button" class="btn" @click=${() => this.#open(x)}>${r.help[x]}</button>`)}</div>`;
    return this.#form(this.how);
  }

  #choose(id: string, label: Text, options: readonly (readonly [string, string])[]): TemplateResult {
    return html`<div><label class="label" for=${id}>${label}</label><select class="select" id=${id}><option value="">${plain(r.help.choose)}</option>
      ${options.map(([value, words]) => html`<option value=${value}>${words}</option>`)}</select></div>`;
  }

  #form(how: 'paper' | 'mark'): TemplateResult {
    const w = r.help;
    const named = (l: Line): readonly [string, string] => [l.party, l.name === '' ? plain(r.someone) : l.name];
    return html`<form class="stack sign-form" novalidate aria-label=${w[how]} @submit=${(e: Event) => void this.#send(e)}><h3 class="label">${w[how]}</h3><p class="small">${how === 'paper' ? w.paperBody : w.markBody}</p>
      ${this.#choose('for-who', w.who, this.#unsigned.map(named))}
      ${this.#choose('for-what', w.what, DECISIONS.map((d) => [d, plain(r.sign.options[d] ?? d)] as const))}
      ${how === 'paper' ? html`<div><label class="label" for="for-scan">${w.scan}</label><input class="input" id="for-scan" type="file" accept="image/*,application/pdf" @change=${(e: Event) => void this.#read((e.target as HTMLInputElement).files?.[0])}>
          ${this.scan === '' ? nothing : html`<p class="small code" role="status">${w.scanOf(grouped(this.scan))}</p>`}</div>`
        : this.#choose('for-witness', w.witness, this.lines.filter((l) => !l.me).map(named))}
      ${codeFields(this.status, 'for')}${wrongNote(this.wrong)}${this.#asking.note()}
      <div class="row"><button type="submit" class="btn btn-1" aria-disabled=${this.#asking.busy ? 'true' : nothing}>${w.go}</button>
        <button type="button" class="btn btn-text" @click=${() => { this.how = null; }}>${w.cancel}</button></div></form>`;
  }
}
