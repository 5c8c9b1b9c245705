import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { MinutesStatus } from '../core/index.ts';
import type { Text } from '../locale/ruby.ts';
import { nowOf } from '../record/pieces.ts';
import { personOf, type Doc, type Piece } from '../record/read.ts';
import { momentOf } from '../record/times.ts';
import { r, Speaking } from '../record/words.ts';
import type { Report } from '../verify/report.ts';
import { RoomElement } from './element.ts';
import { pen, warn } from './icons.ts';
import { codeFields, codeWrong, useCode } from './record-code.ts';
import { Asking, portOf } from './record-port.ts';
import { shortName } from './values.ts';

const WHY_MAX = 500;
const VALUE_MAX = 4000;

/** A passage gets other words; the old ones and the reason stay beside them. */
@customElement('rk-amend')
export class RkAmend extends RoomElement {
  @property({ attribute: false }) status!: MinutesStatus;
  @property({ attribute: false }) report!: Report;
  @property({ attribute: false }) doc!: Doc;
  @property({ attribute: false }) piece!: Piece;
  @state() private wrong: Text = '';
  #asking = new Asking(this, () => ({ rule: r.change.correct.refused, gone: r.change.correct.refused, limit: r.change.correct.long }));
  protected readonly words = new Speaking(this);

  get #now(): string {
    const { raw } = nowOf(this.piece);
    return typeof raw === 'string' ? raw : '';
  }

  /** Who is asked to sign again, where the reader knows them all: those of a shared slot. */
  get #readers(): string {
    const members = this.report.members.get(this.piece.under);
    if (!members || this.piece.under === this.report.manifest.slot) return '';
    return [...members].map((id) => shortName(personOf(this.doc, id))).join('、');
  }

  #fail(words: Text, at: string): void {
    this.wrong = words;
    void this.updateComplete.then(() => this.querySelector<HTMLElement>(at)?.focus());
  }

  async #send(event: Event): Promise<void> {
    event.preventDefault();
    const valueOf = (id: string): string => this.querySelector<HTMLInputElement>(id)?.value.trim() ?? '';
    const [value, why] = [valueOf('#amend-value'), valueOf('#amend-why')];
    this.wrong = '';
    this.#asking.clear();
    if (value === '') return this.#fail(r.change.correct.empty, '#amend-value');
    if (value === this.#now) return this.#fail(r.change.correct.same, '#amend-value');
    if (why === '') return this.#fail(r.change.correct.noWhy, '#amend-why');
    const bad = codeWrong(this, this.status, 'amend');
    if (bad !== '') return this.#fail(bad, '#amend-code');
    const ok = await this.#asking.run(async () => {
      const port = portOf(this.room);
      await port.amend(await useCode(this, port, this.status, 'amend'), this.piece.hash, value, why);
    });
    if (ok) this.dispatchEvent(new CustomEvent<Text>('rk-changed', { detail: r.change.correct.done(momentOf(this.status.next ?? this.status.now)), bubbles: true }));
  }

  protected override render(): TemplateResult {
    const w = r.change.correct;
    const readers = this.#readers;
    return html`<form class="stack sign-form" novalidate aria-labelledby="amend-h" @submit=${(e: Event) => void this.#send(e)}>
      <h3 class="label" id="amend-h" tabindex="-1">${w.title}</h3>
      <div><p class="small muted">${r.change.passage}（${this.piece.label}）</p><blockquote class="change-passage pre">${nowOf(this.piece).text}</blockquote></div>
      ${this.#field()}
      <div><label class="label" for="amend-why">${w.why}</label><input class="input" id="amend-why" maxlength=${WHY_MAX}></div>
      <div><p class="label">${w.what}</p><ul class="claims-not">${w.points.map((p) => html`<li>${p}</li>`)}</ul>
        ${readers === '' ? nothing : html`<p class="small">${w.readers(readers)}</p>`}</div>
      ${codeFields(this.status, 'amend')}${this.wrong === '' ? nothing : html`<p class="field-wrong" role="alert">${warn}${this.wrong}</p>`}${this.#asking.note()}
      <div class="row"><button type="submit" class="btn btn-1" aria-disabled=${this.#asking.busy ? 'true' : nothing}>${pen}${w.go}</button>
        <button type="button" class="btn btn-text" @click=${() => this.dispatchEvent(new CustomEvent('rk-back', { bubbles: true }))}>${r.change.cancel}</button></div></form>`;
  }

  #field(): TemplateResult {
    const w = r.change.correct;
    const day = this.piece.type === 'date';
    return html`<div><label class="label" for="amend-value">${day ? w.day : w.value}</label>${day
      ? html`<input class="input" id="amend-value" type="date" .value=${this.#now}>`
      : html`<textarea class="textarea" id="amend-value" maxlength=${VALUE_MAX} .value=${this.#now}></textarea>`}</div>`;
  }
}
