import { LitElement, html, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { t } from '../locale/index.ts';
import { logo } from './icons.ts';

export type EntryState = 'opening' | 'missing' | 'invalid' | 'failed' | 'waiting' | 'silent';

/** After the room: this seat has left, or is no more. */
export const farewell = html`<main class="phone-main farewell"><span class="ring" aria-hidden="true">${logo}</span>
  <h1>${t.ended.title}</h1><p>${t.ended.body}</p></main>`;

/** Before the room: a link is being tried, is missing, or does not work. */
@customElement('rk-entry')
export class RkEntry extends LitElement {
  @property() state: EntryState = 'opening';

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  #retry(): void {
    this.dispatchEvent(new CustomEvent('rk-retry', { bubbles: true }));
  }

  protected override render(): TemplateResult {
    return html`<div class="entry"><main class="entry-main">
      <div class="entry-brand"><span class="brand">${logo}<span>${t.product}</span></span>
        <p>${t.entry.lead[0]}<br>${t.entry.lead[1]}</p></div>
      <section class="card entry-card" aria-labelledby="entry-h" aria-live="polite">${this.#card()}</section>
      <p class="small muted entry-foot">${t.entry.foot}</p></main></div>`;
  }

  #card(): TemplateResult {
    const say = (title: string, ...words: string[]): TemplateResult =>
      html`<h1 id="entry-h">${title}</h1>${words.map((w) => html`<p>${w}</p>`)}`;
    const again = html`<button class="btn btn-1 btn-wide" type="button" @click=${this.#retry}>${t.entry.retry}</button>`;
    switch (this.state) {
      case 'opening': return say(t.entry.title, t.entry.opening);
      case 'waiting': return say(t.entry.waitTitle, t.entry.opening);
      case 'missing': return say(t.entry.title, t.entry.missing, t.entry.missingHelp);
      case 'invalid': return say(t.entry.invalidTitle, t.entry.invalid, t.entry.invalidHelp);
      case 'silent': return html`${say(t.entry.waitTitle, t.entry.noAnswer)}${again}`;
      case 'failed': return html`${say(t.entry.failedTitle, t.entry.failed)}${again}`;
    }
  }
}
