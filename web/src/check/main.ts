import { LitElement, html, nothing, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { personOf, read, type Doc } from '../record/read.ts';
import { linesOf } from '../record/signs.ts';
import { dateOf } from '../record/times.ts';
import { claimsView, docView, easySwitch, signsView, valuesView, verdictView } from '../record/views.ts';
import { beginEasy, r, Speaking } from '../record/words.ts';
import { logo, paper } from '../ui/icons.ts';
import type { Report, Verdict } from '../verify/report.ts';
import { verify } from '../verify/verify.ts';
import './compare.ts';
import { FORMS, bytesOf } from './file.ts';
import { keysIn, rootIn } from './keys.ts';

/** A copy of sealed minutes, checked and read here: nothing of it leaves this page, and nothing is asked of anybody. */
@customElement('rk-check')
export class RkCheck extends LitElement {
  @state() private verdict: Verdict | null = null;
  @state() private state: 'start' | 'checking' | 'shown' | 'tooBig' | 'unread' = 'start';
  @state() private over = false;
  @state() private trust = '';
  @state() private printed = '';
  #bytes: Uint8Array | null = null;
  #asked = 0;
  protected readonly words = new Speaking(this);

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    beginEasy(false);
  }

  async #open(file: File | null | undefined): Promise<void> {
    if (!file) return;
    const bytes = await bytesOf(file);
    if (!(bytes instanceof Uint8Array)) {
      this.state = bytes;
      return;
    }
    this.#bytes = bytes;
    this.state = 'checking';
    await this.#check();
    await this.updateComplete;
    this.querySelector<HTMLElement>('#result')?.focus();
  }

  async #check(): Promise<void> {
    if (!this.#bytes) return;
    const mine = ++this.#asked;
    const keys = keysIn(this.trust);
    const verdict = await verify(this.#bytes, keys.length > 0 ? keys : null);
    if (mine !== this.#asked) return; // another was asked since
    this.verdict = verdict;
    this.state = 'shown';
  }

  #again(): void {
    this.#asked++;
    this.#bytes = null;
    this.verdict = null;
    this.state = 'start';
    this.printed = '';
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('#copy')?.focus());
  }

  #drop(event: DragEvent): void {
    event.preventDefault();
    this.over = false;
    void this.#open(event.dataTransfer?.files[0]);
  }

  protected override render(): TemplateResult {
    const shown = this.state === 'shown' || this.state === 'checking';
    return html`<header class="appbar"><span class="brand">${logo}<span>ろくしゃ</span></span><span class="appbar-sep"></span><div class="grow"><h1>${r.check.page}</h1></div>${easySwitch()}</header>
      <main class="record-page">${shown ? this.#shown() : this.#start()}
        <footer class="check-foot small muted"><p>${r.check.private}</p>${this.#save()}<p>${r.claims.attested}</p></footer></main>`;
  }

  #save(): TemplateResult | typeof nothing {
    const saved = document.querySelector<HTMLLinkElement>('link[data-saved]')?.href;
    if (saved === undefined) return nothing;
    return html`<p><a href=${saved} download=${r.check.saveName}>${r.check.save}</a>　${r.check.saveHelp}</p>`;
  }

  #start(): TemplateResult {
    return html`<div class="check-start"><p class="check-lead">${r.check.lead[0]}<br>${r.check.lead[1]}</p>
      ${this.state === 'tooBig' || this.state === 'unread' ? html`<div class="callout callout-stop" role="alert">${paper}<div><p>${r.check[this.state]}</p></div></div>` : nothing}
      <section class="check-drop ${this.over ? 'is-over' : ''}" aria-labelledby="drop-h" @dragover=${(e: DragEvent) => { e.preventDefault(); this.over = true; }}
        @dragleave=${() => { this.over = false; }} @drop=${this.#drop}>${paper}<b id="drop-h">${r.check.drop}</b>
        <label class="btn btn-1 btn-big check-file">${r.check.choose}<input id="copy" type="file" accept=".json,application/json" aria-describedby="accept-h"
          @change=${(e: Event) => void this.#open((e.target as HTMLInputElement).files?.[0])}></label>
        <span class="small muted" id="accept-h">${r.check.accept}</span></section>
      ${this.#trust()}</div>`;
  }

  #trust(): TemplateResult {
    const n = keysIn(this.trust).length;
    return html`<section class="card check-compare stack"><h2>${r.check.compare}</h2><div><label class="label" for="trust">${r.check.trust}</label>
      <textarea class="textarea code" id="trust" spellcheck="false" autocomplete="off" aria-describedby="trust-h" .value=${this.trust} @input=${(e: Event) => this.#trusted((e.target as HTMLTextAreaElement).value)}></textarea>
      <p class="small muted" id="trust-h">${r.check.trustHelp}</p></div>
      <div class="row"><label class="btn check-file">${r.check.trustFile}<input type="file" accept=".txt,.keys,text/plain" @change=${(e: Event) => void this.#trustFile((e.target as HTMLInputElement).files?.[0])}></label>
      <span class="small" role="status">${this.trust.trim() === '' ? nothing : n > 0 ? r.check.trustGood(n) : r.check.trustBad}</span></div></section>`;
  }

  async #trustFile(file: File | undefined): Promise<void> {
    if (file && file.size <= 1 << 20) this.#trusted(await file.text());
  }

  #trusted(text: string): void {
    this.trust = text;
    void this.#check();
  }

  #shown(): TemplateResult {
    const v = this.verdict;
    const report = v && v.verdict !== 'invalid' && v.verdict !== 'unable' ? v : null;
    const doc = report ? read(report, FORMS) : null;
    return html`<header><div class="grow" id="result" tabindex="-1">${verdictView(v)}</div>
        <button type="button" class="btn" @click=${() => this.#again()}>${r.check.again}</button></header>
      ${report && doc ? this.#whole(report, doc) : html`<div class="check-start">${v?.verdict === 'invalid' ? this.#trust() : nothing}</div>`}`;
  }

  #whole(report: Report, doc: Doc): TemplateResult {
    const nameOf = (id: string): string => personOf(doc, id);
    return html`<div class="record-split"><article class="doc" aria-label=${r.document}>${docView(doc)}</article>
      <div class="record-side"><section class="card" aria-labelledby="signs-h"><header><h2 id="signs-h">${r.signs.title}</h2><span class="small muted">${r.signs.deadline(dateOf(report.deadline))}</span></header>
          ${signsView(linesOf(report, doc.people), nameOf)}<p class="small">${r.signs.note}</p></section>
        <section class="card" aria-labelledby="claims-h"><h2 id="claims-h">${r.claims.title}</h2>${claimsView(report)}</section>
        ${this.#trust()}${this.#printed(report)}<rk-compare .report=${report} .keys=${keysIn(this.trust)}></rk-compare>
        <section class="card"><details><summary><h2>${r.check.details}</h2></summary>${valuesView(report)}</details></section></div></div>`;
  }

  #printed(report: Report): TemplateResult {
    const root = rootIn(this.printed);
    const size = root === null ? -1 : report.roots.indexOf(root);
    const says = this.printed.trim() === '' ? '' : root === null ? r.check.printedShort : size >= 2 ? r.check.printedSame(size) : r.check.printedNot;
    return html`<section class="card check-compare"><label class="label" for="printed">${r.check.printed}</label>
      <textarea class="textarea code" id="printed" spellcheck="false" autocomplete="off" aria-describedby="printed-h" .value=${this.printed} @input=${(e: Event) => { this.printed = (e.target as HTMLTextAreaElement).value; }}></textarea>
      <p class="small muted" id="printed-h">${r.check.printedHelp}</p><p role="status"><b>${says}</b></p></section>`;
  }
}
