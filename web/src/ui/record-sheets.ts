import { LitElement, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { Doc } from '../record/read.ts';
import type { Line } from '../record/signs.ts';
import { grouped } from '../record/views.ts';
import { official as r } from '../record/words.ts';
import type { Report } from '../verify/report.ts';
import { wareki } from './dates.ts';
import { leave, paper, roleClass } from './icons.ts';
import { blocksOf, type Block } from './record-blocks.ts';
import { shortName } from './values.ts';

/**
 * The minutes of one reader on A4 sheets. What goes on which sheet is measured here, so that each can say
 * 「2／5」, whose copy it is, and which seal it belongs to: no browser counts pages for us everywhere.
 */
@customElement('rk-sheets')
export class RkSheets extends LitElement {
  @property({ attribute: false }) report!: Report;
  @property({ attribute: false }) doc!: Doc;
  @property({ attribute: false }) lines: readonly Line[] = [];
  @property() day = '';
  /** Which blocks stand on which sheet; null: not measured yet. */
  @state() private sheets: readonly (readonly number[])[] | null = null;
  #blocks: readonly Block[] = [];

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (!changed.has('report') && !changed.has('lines') && !changed.has('doc')) return;
    this.#blocks = blocksOf(this.report, this.doc, this.lines);
    this.sheets = null;
  }

  protected override updated(): void {
    if (this.sheets === null) this.sheets = this.#measure();
    this.querySelector<HTMLElement>('.print-bar')?.focus();
  }

  #measure(): number[][] {
    const body = this.querySelector('.sheet-body');
    const room = body?.clientHeight ?? 0;
    const heights = [...this.querySelectorAll('.sheet-measure > .sheet-block')].map((b) => b.getBoundingClientRect().height);
    const sheets: number[][] = [[]];
    let used = 0;
    for (let i = 0; i < heights.length; i++) {
      // A heading goes with what comes after it.
      let together = heights[i] ?? 0;
      for (let j = i; this.#blocks[j]?.keep; j++) together += heights[j + 1] ?? 0;
      const last = sheets[sheets.length - 1] as number[];
      if (last.length > 0 && used + together > room && !this.#blocks[i - 1]?.keep) {
        sheets.push([]);
        used = 0;
      }
      (sheets[sheets.length - 1] as number[]).push(i);
      used += heights[i] ?? 0;
    }
    return sheets;
  }

  get #name(): string {
    return shortName(this.doc.name === '' ? this.doc.people.get(this.report.party) ?? '' : this.doc.name);
  }

  protected override render(): TemplateResult {
    const n = this.sheets?.length ?? 0;
    const w = r.sheets;
    return html`<div class="print"><header class="print-bar" tabindex="-1"><button type="button" class="btn" @click=${() => this.dispatchEvent(new CustomEvent('rk-back', { bubbles: true }))}>${leave}${w.back}</button>
        <p class="grow">${n > 0 ? w.bar(this.#name, n) : nothing}</p><button type="button" class="btn btn-1" @click=${() => window.print()}>${paper}${w.print}</button></header>
      <main class="print-sheets" tabindex="0" aria-label=${r.document}>${this.sheets === null ? html`${this.#sheet([], 1, 1)}<div class="sheet-measure">${this.#blocks.map((b) => html`<div class="sheet-block">${b.view}</div>`)}</div>`
        : this.sheets.map((list, i) => this.#sheet(list, i + 1, n))}</main></div>`;
  }

  #sheet(list: readonly number[], n: number, of: number): TemplateResult {
    const w = r.sheets;
    const no = this.doc.facts.get('conf.schedule.conf_no');
    return html`<section class="sheet" aria-label=${w.page(n, of)}><i class="sheet-band ${roleClass(this.report.manifest.role)}" aria-hidden="true"></i>
      <header class="sheet-head"><div><p class="mark">${w.care}</p><p>${no ? r.number(no.text) : nothing}</p></div><div class="reader"><p>${w.reader}　<b>${this.#name}</b></p></div></header>
      <div class="sheet-body">${list.map((i) => html`<div class="sheet-block">${this.#blocks[i]?.view}</div>`)}</div>
      <footer class="sheet-foot"><p><span>${w.foot(this.#name)}　${this.day === '' ? '' : w.printed(wareki(this.day))}</span><span>${this.doc.notice === '' ? nothing : r.fictional}</span><span>${w.page(n, of)}</span></p>
        <p class="sheet-seal"><span>${r.seal}　${r.sealOf(this.report.size)}</span><span class="code">${grouped(this.report.root)}</span></p></footer></section>`;
  }
}
