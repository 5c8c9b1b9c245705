import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { MinutesDecision, MinutesPort, MinutesStatus } from '../core/index.ts';
import { plain, type Text } from '../locale/ruby.ts';
import type { Doc } from '../record/read.ts';
import { sizesOf, type Line } from '../record/signs.ts';
import { shortMoment } from '../record/times.ts';
import { coversView, howOf } from '../record/views.ts';
import { r, Speaking } from '../record/words.ts';
import type { Report } from '../verify/report.ts';
import { RoomElement } from './element.ts';
import { pen, stop, warn } from './icons.ts';
import { codeFields, codeWrong, useCode } from './record-code.ts';
import { canKey, howFields, keyFields, signByKey, type How } from './record-key.ts';
import { Asking, portOf } from './record-port.ts';
import { Signer } from './record-signer.ts';

const OPTIONS = ['agree', 'reserve', 'dissent', 'decline'] as const;
type Option = typeof OPTIONS[number];

/** What this seat signs, said before it does; then how it stands, and the way back. */
@customElement('rk-sign')
export class RkSign extends RoomElement {
  @property({ attribute: false }) status!: MinutesStatus;
  @property({ attribute: false }) report!: Report;
  @property({ attribute: false }) doc!: Doc;
  @property({ attribute: false }) line: Line | null = null;
  /** The copy itself, for the signing page. */
  @property({ attribute: false }) bytes: Uint8Array | null = null;
  @state() private option: Option = 'agree';
  @state() private slot_ = '';
  @state() private wrong: Text = '';
  @state() private back = false;
  @state() private how: How = 'code';
  #asking = new Asking(this);
  protected readonly words = new Speaking(this);

  get #port(): MinutesPort {
    return portOf(this.room);
  }

  /** The server names the heads; this page has computed them itself. */
  get #matches(): boolean {
    return this.status.heads.every((h) => this.report.roots[h.size] === h.root);
  }

  get #signedHeads(): (readonly [number, string])[] {
    const left = new Set(this.status.heads.map((h) => h.size));
    return sizesOf(this.report).filter((n) => !left.has(n)).map((n) => [n, this.report.roots[n] ?? ''] as const);
  }

  /** Places a note can be told in: of each slot that is signed for, what was talked about there. */
  get #places(): { slot: string; title: string; n: number }[] {
    const slots = new Set(this.status.heads.flatMap((h) => h.slots));
    return [...slots].filter((s) => s !== this.report.manifest.slot).flatMap((slot) => {
      const titles = this.doc.items.filter((i) => i.label === slot).flatMap((i) => i.title?.text ?? []);
      const n = this.report.members.get(slot)?.size ?? 0;
      return titles.length === 0 ? [] : [{ slot, title: titles.join('」「'), n }];
    });
  }

  #fail(words: Text, at: string): void {
    this.wrong = words;
    void this.updateComplete.then(() => this.querySelector<HTMLElement>(at)?.focus());
  }

  async #send(event: Event): Promise<void> {
    event.preventDefault();
    if (!this.#matches) return;
    const note = this.querySelector<HTMLTextAreaElement>('#note')?.value.trim() ?? '';
    this.wrong = '';
    if ((this.option === 'reserve' || this.option === 'dissent') && note === '') return this.#fail(r.sign.noteMissing, '#note');
    if (this.#byKey) await this.#askKey(this.option, note);
    else await this.#ask(this.option, 'sign', note, r.sign.done);
  }

  get #byKey(): boolean {
    return this.how === 'key' && canKey(this.status);
  }

  #slotOf(decision: MinutesDecision, note: string): { slot?: string } {
    return note !== '' && this.slot_ !== '' && (decision === 'reserve' || decision === 'dissent') ? { slot: this.slot_ } : {};
  }

  /** On the signing page. Where there is no passkey yet, one is made there first. */
  async #askKey(decision: Option, note: string): Promise<void> {
    const first = this.status.passkeys?.length === 0;
    const bad = first ? codeWrong(this, this.status, 'sign') : '';
    if (bad !== '') return this.#fail(bad, '#sign-code');
    const signer = this.status.rp === undefined || !this.bytes ? null : Signer.open(this.status.rp);
    if (!signer) return this.#fail(r.pass.blocked, '#sign-go');
    const heads = this.status.heads.map((h) => [h.size, h.root] as const);
    const ask = { decision, heads, ...(note === '' ? {} : { note }), ...this.#slotOf(decision, note) };
    const copy = { status: this.status, bytes: this.bytes ?? new Uint8Array() };
    const ok = await this.#asking.run(() => signByKey(signer, this, this.#port, copy, ask, first ? () => useCode(this, this.#port, this.status, 'sign') : null));
    signer.end(ok);
    this.#after(ok, r.sign.done);
  }

  /** What stands here is old now: also where it failed, a code or a passkey may have been made before. */
  #after(ok: boolean, done: Text): void {
    const stale = this.#asking.refused === 'stale';
    if (ok || stale) this.back = false;
    this.dispatchEvent(new CustomEvent<Text>('rk-signed', { detail: ok ? done : stale ? r.sign.stale : '', bubbles: true }));
  }

  async #ask(decision: MinutesDecision, id: string, note: string, done: Text): Promise<void> {
    const bad = codeWrong(this, this.status, id);
    if (bad !== '') return this.#fail(bad, `#${id}-code`);
    const ok = await this.#asking.run(async () => {
      const code = await useCode(this, this.#port, this.status, id);
      await this.#port.sign({
        code, decision, heads: decision === 'withdraw' ? this.#signedHeads : this.status.heads.map((h) => [h.size, h.root] as const), ...(note === '' ? {} : { note }), ...this.#slotOf(decision, note),
      });
    });
    this.#after(ok, done);
  }

  protected override render(): TemplateResult | typeof nothing {
    const asked = this.status.may.includes('sign') && this.status.heads.length > 0;
    const signed = this.line?.signed ?? null;
    if (!asked && !signed) return nothing;
    return html`${signed ? this.#own(signed.decision) : nothing}${asked ? this.#form(signed !== null) : nothing}`;
  }

  /* ---- before ---- */

  #form(again: boolean): TemplateResult {
    const w = r.sign;
    if (!this.#matches) {
      return html`<section class="card"><div class="callout callout-stop" role="alert">${stop}<div><h2>${w.mismatch}</h2><p>${w.mismatchBody}</p></div></div></section>`;
    }
    return html`<section class="card" aria-labelledby="sign-h"><h2 id="sign-h" tabindex="-1">${w.title}</h2>
      ${again ? html`<div class="callout callout-warn">${warn}<div><p>${w.again}</p></div></div>` : nothing}${coversView(this.doc, this.status.heads.map((h) => h.root))}
      <form class="stack sign-form" novalidate @submit=${(e: Event) => void this.#send(e)}><fieldset><legend class="label">${w.opinion}</legend>
          ${OPTIONS.map((id) => html`<label class="check"><input type="radio" name="decision" value=${id} .checked=${this.option === id}
            @change=${() => { this.option = id; this.wrong = ''; }}><span>${w.options[id]}</span></label>`)}</fieldset>
        ${this.option === 'agree' ? nothing : this.#note()}${this.#means()}
        ${this.wrong === '' ? nothing : html`<p class="field-wrong" role="alert">${warn}${this.wrong}</p>`}${this.#asking.note()}
        <button type="submit" id="sign-go" class="btn btn-1 btn-wide btn-big" aria-disabled=${this.#asking.busy ? 'true' : nothing}>${pen}${this.#asking.busy ? (this.#byKey ? r.pass.elsewhere : w.busy) : this.option === 'decline' ? w.goDecline : w.go}</button>
        <p class="small muted">${this.#byKey ? r.pass.method : w.method}</p></form></section>`;
  }

  /** With the code, or with a passkey, for which the code is asked once. */
  #means(): TemplateResult {
    if (!canKey(this.status)) return codeFields(this.status, 'sign');
    const first = this.status.passkeys?.length === 0;
    return html`${howFields(this.how, (how) => { this.how = how; this.wrong = ''; })}
      ${!this.#byKey ? codeFields(this.status, 'sign') : first ? html`<p class="small">${r.pass.first}</p>${codeFields(this.status, 'sign')}` : keyFields(this.status)}`;
  }

  #note(): TemplateResult {
    const w = r.sign;
    const places = this.#places;
    const decline = this.option === 'decline';
    return html`<div><label class="label" for="note">${decline ? w.noteDecline : w.note}</label><textarea class="textarea" id="note" maxlength="2000" aria-describedby="note-h"></textarea>
        <p class="small muted" id="note-h">${w.asWritten}</p></div>
      ${decline || places.length === 0 ? nothing : html`<div><label class="label" for="note-to">${w.to}</label><select class="select" id="note-to" aria-describedby="note-to-h"
        @change=${(e: Event) => { this.slot_ = (e.target as HTMLSelectElement).value; }}><option value="" ?selected=${this.slot_ === ''}>${plain(w.toOwn)}</option>
        ${places.map((p) => html`<option value=${p.slot} ?selected=${this.slot_ === p.slot}>${plain(w.toSlot(p.title, p.n))}</option>`)}</select><p class="small muted" id="note-to-h">${w.toHelp}</p></div>`}`;
  }

  /* ---- after ---- */

  #own(decision: string): TemplateResult {
    const w = r.sign;
    const signed = this.line?.signed;
    if (!signed) return html``;
    return html`<section class="card" aria-labelledby="own-h"><h2 id="own-h">${r.signs.states[decision] ?? ''}</h2>
      <p>${shortMoment(signed.time)}<br><span class="small muted">${howOf(signed, (id) => this.doc.people.get(id) ?? plain(r.someone))}${signed.pending ? html`<br>${r.signs.pending}` : nothing}</span></p>
      ${this.back ? this.#withdraw() : html`<button type="button" class="btn btn-text" @click=${() => this.#open()}>${w.withdraw}</button>`}</section>`;
  }

  #open(): void {
    this.back = true;
    this.wrong = '';
    this.#asking.clear();
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('#back-code')?.focus());
  }

  #withdraw(): TemplateResult {
    const w = r.sign;
    return html`<form class="stack sign-form" novalidate @submit=${(e: Event) => { e.preventDefault(); void this.#ask('withdraw', 'back', '', r.signs.withdrawn(shortMoment(Math.floor(this.room.time / 1000)))); }}>
      <p class="small">${w.withdrawBody}</p>${codeFields(this.status, 'back')}
      ${this.wrong === '' ? nothing : html`<p class="field-wrong" role="alert">${warn}${this.wrong}</p>`}${this.#asking.note()}
      <div class="row"><button type="submit" class="btn btn-stop">${w.withdrawGo}</button>
        <button type="button" class="btn btn-text" @click=${() => { this.back = false; }}>${w.cancel}</button></div></form>`;
  }
}
