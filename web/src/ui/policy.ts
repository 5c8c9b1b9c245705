import { html, nothing, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import type { Policy } from '../core/index.ts';
import { t } from '../locale/index.ts';
import { Attempt, refusedNote } from './attempt.ts';
import { RoomElement } from './element.ts';
import { check, paper } from './icons.ts';

/**
 * For who may say yes to it: who sees what is going to change. What is taken is gone already; what is
 * given waits here. Nobody is hurried: it stays until it is approved, on every screen of the seat.
 */
@customElement('rk-policy')
export class RkPolicy extends RoomElement {
  @state() private asking = false;
  @state() private done = false;
  #attempt = new Attempt(this);
  #hash = '';

  /** Another policy is another question. */
  protected override willUpdate(): void {
    const hash = this.room.policy?.hash ?? '';
    if (hash === this.#hash) return;
    this.#hash = hash;
    this.asking = false;
    this.done = this.done && hash === '';
    this.#attempt.refused = null;
  }

  /** The button that was pressed goes; the keyboard stays where it was. */
  async #ask(asking: boolean, next: string): Promise<void> {
    this.asking = asking;
    await this.updateComplete;
    this.querySelector<HTMLElement>(next)?.focus();
  }

  async #approve(policy: Policy): Promise<void> {
    this.done = await this.#attempt.run('approve', () => this.room.approve(policy.hash));
  }

  protected override render(): TemplateResult {
    const { policy } = this.room;
    return html`<div role="status">${policy ? this.#panel(policy) : this.done ? this.#thanks() : nothing}</div>
      ${this.#attempt.refused ? refusedNote(t.policy.refused) : nothing}`;
  }

  #thanks(): TemplateResult {
    return html`<div class="callout callout-ok">${check}<div><p><b>${t.policy.done}</b></p>
      <div class="row"><button type="button" class="btn btn-text" @click=${() => { this.done = false; }}>${t.policy.close}</button></div></div></div>`;
  }

  #panel(policy: Policy): TemplateResult {
    return html`<div class="callout policy">${paper}<div><h2>${t.policy.title}</h2><p>${t.policy.lead}</p>
      <details><summary>${t.policy.show(policy.gains.length + policy.losses.length + policy.others.length)}</summary><div class="policy-lists" tabindex="0" role="group" aria-label=${t.policy.lists}>
        ${this.#list(t.policy.gains, policy.gains)}${this.#list(t.policy.losses, policy.losses)}${this.#list(t.policy.others, policy.others)}</div></details>
      ${this.asking ? this.#confirm(policy) : html`<div class="row"><button type="button" class="btn policy-ask" @click=${() => void this.#ask(true, '.policy-go')}>${t.policy.approve}</button></div>`}</div></div>`;
  }

  #list(title: string, lines: readonly string[]): TemplateResult | typeof nothing {
    if (lines.length === 0) return nothing;
    return html`<h3>${title}</h3><ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>`;
  }

  #confirm(policy: Policy): TemplateResult {
    return html`<p>${t.policy.sure}</p><div class="row">
      <button type="button" class="btn btn-1 policy-go" aria-disabled=${this.#attempt.busy() ? 'true' : nothing} @click=${() => void this.#approve(policy)}>${t.policy.go}</button>
      <button type="button" class="btn btn-text" @click=${() => void this.#ask(false, '.policy-ask')}>${t.policy.cancel}</button></div>`;
  }
}
