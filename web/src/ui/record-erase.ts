import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { MinutesBasis, MinutesErasing, MinutesStatus } from '../core/index.ts';
import type { Text } from '../locale/ruby.ts';
import { nowOf } from '../record/pieces.ts';
import { personOf, type Doc, type Piece } from '../record/read.ts';
import { shortMoment } from '../record/times.ts';
import { r, Speaking } from '../record/words.ts';
import { RoomElement } from './element.ts';
import { stop, warn } from './icons.ts';
import { codeFields, codeWrong, useCode } from './record-code.ts';
import { Asking, portOf } from './record-port.ts';
import { shortName } from './values.ts';

const BASES: readonly MinutesBasis[] = ['request', 'correction', 'unlawful', 'retention'];

/** One of two asks that a passage goes, or agrees that it does. What that means is said before. */
@customElement('rk-erase')
export class RkErase extends RoomElement {
  @property({ attribute: false }) status!: MinutesStatus;
  @property({ attribute: false }) doc!: Doc;
  /** null: it is not shown in this copy. */
  @property({ attribute: false }) piece: Piece | null = null;
  /** What the other asked; null: this seat is the first. */
  @property({ attribute: false }) asked: MinutesErasing | null = null;
  @state() private basis: MinutesBasis | null = null;
  @state() private wrong: Text = '';
  #asking = new Asking(this, () => ({ hold: r.change.gone.held, rule: r.change.gone.refused, gone: r.change.gone.refused }));
  protected readonly words = new Speaking(this);

  #fail(words: Text, at: string): void {
    this.wrong = words;
    void this.updateComplete.then(() => this.querySelector<HTMLElement>(at)?.focus());
  }

  async #send(event: Event): Promise<void> {
    event.preventDefault();
    const basis = this.asked?.basis ?? this.basis;
    const leaf = this.asked?.leaf ?? this.piece?.hash;
    this.wrong = '';
    this.#asking.clear();
    if (basis === null || leaf === undefined) return this.#fail(r.change.gone.noBasis, 'input[name=basis]');
    const bad = codeWrong(this, this.status, 'erase');
    if (bad !== '') return this.#fail(bad, '#erase-code');
    let erased = false;
    const ok = await this.#asking.run(async () => {
      const port = portOf(this.room);
      erased = await port.erase(await useCode(this, port, this.status, 'erase'), leaf, basis);
    });
    const words = erased ? r.change.gone.done : r.change.gone.asked;
    if (ok) this.dispatchEvent(new CustomEvent<Text>('rk-changed', { detail: words, bubbles: true }));
  }

  protected override render(): TemplateResult {
    const w = r.change.gone;
    const { asked } = this;
    return html`<form class="stack sign-form" novalidate aria-labelledby="erase-h" @submit=${(e: Event) => void this.#send(e)}>
      <h3 class="label" id="erase-h" tabindex="-1">${asked ? w.titleAgree : w.title}</h3>
      <div><p class="small muted">${r.change.passage}${this.piece ? `（${this.piece.label}）` : ''}</p>
        <blockquote class="change-passage pre">${this.piece ? nowOf(this.piece).text : r.change.unknown}</blockquote></div>
      ${asked ? html`<p><b>${w.bases[asked.basis]}</b><br><span class="small muted">${r.change.waiting.by(shortName(personOf(this.doc, asked.party)), shortMoment(asked.time))}</span></p>` : this.#bases()}
      <div class="callout callout-warn">${warn}<div><h4>${w.what}</h4><ul class="claims-not">${w.points.map((p) => html`<li>${p}</li>`)}</ul>
        <p><b>${asked ? w.second : w.two}</b></p></div></div>
      ${codeFields(this.status, 'erase')}${this.wrong === '' ? nothing : html`<p class="field-wrong" role="alert">${warn}${this.wrong}</p>`}${this.#asking.note()}
      <div class="row"><button type="submit" class="btn btn-stop" aria-disabled=${this.#asking.busy ? 'true' : nothing}>${stop}${asked ? w.agree : w.go}</button>
        <button type="button" class="btn btn-text" @click=${() => this.dispatchEvent(new CustomEvent('rk-back', { bubbles: true }))}>${r.change.cancel}</button></div>
      ${asked ? html`<p class="small">${w.otherwise}</p>` : nothing}</form>`;
  }

  #bases(): TemplateResult {
    return html`<fieldset><legend class="label">${r.change.gone.why}</legend>${BASES.map((id) => html`<label class="check"><input type="radio" name="basis" value=${id} .checked=${this.basis === id}
      @change=${() => { this.basis = id; this.wrong = ''; }}><span>${r.change.gone.bases[id]}</span></label>`)}</fieldset>`;
  }
}
