import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { MinutesRefused, Refused, type MinutesMissing, type MinutesStatus } from '../core/index.ts';
import { plain, type Text } from '../locale/ruby.ts';
import { read } from '../record/read.ts';
import { dayAfter, dayOf } from '../record/times.ts';
import { docView } from '../record/views.ts';
import { r } from '../record/words.ts';
import type { Report } from '../verify/report.ts';
import { verify } from '../verify/verify.ts';
import { RoomElement } from './element.ts';
import { check as tick, lock, stop, warn } from './icons.ts';
import { itemsOf } from './meeting.ts';
import { portOf } from './record-port.ts';

const DAYS = 7;
const ORDER: readonly MinutesMissing['what'][] = ['who', 'due', 'text', 'dissent', 'segment', 'attendance'];

/** The chair looks at what is missing and at the copy it will get, sets a day, and seals. */
@customElement('rk-sealing')
export class RkSealing extends RoomElement {
  @property({ attribute: false }) status!: MinutesStatus;
  @state() private preview: Report | null = null;
  @state() private looking = false;
  @state() private sure = false;
  @state() private busy = false;
  @state() private wrong: Text = '';
  @state() private until = '';

  override connectedCallback(): void {
    super.connectedCallback();
    this.until = dayAfter(this.#now, DAYS);
  }

  get #now(): number {
    return this.status.now > 0 ? this.status.now : Math.floor(this.room.time / 1000);
  }

  async #look(): Promise<void> {
    if (this.preview) {
      this.preview = null;
      return;
    }
    this.looking = true;
    this.wrong = '';
    try {
      const v = await verify(await portOf(this.room).preview(), null);
      if (v.verdict === 'valid' || v.verdict === 'withheld') this.preview = v;
      else this.wrong = v.verdict === 'unable' ? r.verdict[`${v.why}Body`] : r.page.failedBody;
    } catch (e) {
      if (!(e instanceof MinutesRefused)) throw e;
      this.wrong = r.page.failedBody;
    } finally {
      this.looking = false;
    }
  }

  #ask(): void {
    const ok = /^\d{4}-\d{2}-\d{2}$/.test(this.until) && this.until > dayOf(this.#now);
    this.wrong = ok ? '' : r.sealing.untilBad;
    this.sure = ok;
    const to = ok ? '.sealing-sure .btn-1' : '#until';
    void this.updateComplete.then(() => this.querySelector<HTMLElement>(to)?.focus());
  }

  async #seal(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      await this.room.seal(this.until);
      this.dispatchEvent(new CustomEvent('rk-sealed', { bubbles: true }));
    } catch (e) {
      if (!(e instanceof Refused)) throw e;
      this.wrong = r.sealing.refused;
      this.sure = false;
    } finally {
      this.busy = false;
    }
  }

  protected override render(): TemplateResult {
    const w = r.sealing;
    return html`<header><div class="grow"><h1>${w.title}</h1></div></header>
      <div class="record-split"><div class="stack"><p class="sealing-lead">${w.lead}</p>${this.#missing()}
          <div><button type="button" class="btn" aria-expanded=${this.preview ? 'true' : 'false'} aria-disabled=${this.looking ? 'true' : nothing}
            @click=${() => void this.#look()}>${this.preview ? w.previewHide : w.preview}</button></div>
          ${this.preview ? this.#copy(this.preview) : nothing}</div>
        <div class="record-side"><section class="card" aria-labelledby="until-h"><div><label class="label" id="until-h" for="until">${w.until}</label>
            <input class="input" id="until" type="date" required .value=${this.until} min=${dayAfter(this.#now, 1)} aria-describedby="until-help"
              @input=${(e: Event) => { this.until = (e.target as HTMLInputElement).value; this.sure = false; }}>
            <p class="small muted" id="until-help">${w.untilHelp}</p></div>
          ${this.wrong === '' ? nothing : html`<div class="callout callout-stop" role="alert">${stop}<div><p>${this.wrong}</p></div></div>`}
          ${this.sure ? this.#sure() : html`<button type="button" class="btn btn-1 btn-wide btn-big" @click=${() => this.#ask()}>${lock}${w.seal}</button>`}</section></div></div>`;
  }

  #sure(): TemplateResult {
    const w = r.sealing;
    return html`<div class="callout callout-warn sealing-sure">${warn}<div><p>${w.sure}</p><div class="row">
      <button type="button" class="btn btn-1" aria-disabled=${this.busy ? 'true' : nothing} @click=${() => void this.#seal()}>${w.go2}</button>
      <button type="button" class="btn btn-text" @click=${() => { this.sure = false; }}>${w.cancel}</button></div></div></div>`;
  }

  #missing(): TemplateResult {
    const w = r.sealing;
    const kinds = ORDER.map((what) => [what, this.status.missing.filter((m) => m.what === what).length] as const).filter(([, n]) => n > 0);
    if (kinds.length === 0) return html`<div class="callout callout-ok">${tick}<div><h2>${w.missingNone}</h2></div></div>`;
    return html`<section class="callout callout-warn sealing-missing" aria-labelledby="missing-h">${warn}<div><h2 id="missing-h">${w.missing}</h2>
      <ul>${kinds.map(([what, n]) => html`<li>${w.count(plain(w.whats[what] ?? what), n)}</li>`)}</ul><p class="small">${w.missingBody}</p>
      <div class="row"><a class="btn" href="#">${w.go}</a></div></div></section>`;
  }

  #copy(report: Report): TemplateResult {
    const doc = read(report, this.room.cols, itemsOf(this.room).map((i) => i.title));
    return html`<p class="small muted" role="status">${r.sealing.previewNote}</p><article class="doc doc-preview" aria-label=${r.document}>${docView(doc)}</article>`;
  }
}
