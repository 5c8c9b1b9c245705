import { html, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import { repeat } from 'lit/directives/repeat.js';
import { RoomElement } from './element.ts';
import { catalogue, type Pick, type PickGroup } from './items.ts';

/** Choose parts of the plan and other records by their names. */
@customElement('rk-items')
export class RkItems extends RoomElement {
  @property({ attribute: false }) chosen: readonly string[] = [];
  @property() label = '';
  /** A consent names a table's columns, an item of the agenda the table. */
  @property() tables: 'whole' | 'columns' = 'whole';

  #toggle(pick: Pick, on: boolean): void {
    const rest = this.chosen.filter((c) => c !== pick.id && !pick.ids.includes(c));
    this.chosen = on ? [...rest, ...pick.ids] : rest;
    this.dispatchEvent(new CustomEvent<readonly string[]>('rk-chosen', { detail: this.chosen, bubbles: true }));
  }

  #isOn(pick: Pick): boolean {
    return this.chosen.includes(pick.id) || pick.ids.some((i) => this.chosen.includes(i));
  }

  protected override render(): TemplateResult {
    return html`<div class="items" role="group" aria-label=${this.label}>
      ${repeat(catalogue(this.room, this.tables), (g) => g.id, (g) => this.#group(g))}</div>`;
  }

  #group(g: PickGroup): TemplateResult {
    const on = g.picks.filter((p) => this.#isOn(p));
    return html`<details class="items-group"><summary><b>${g.label}</b>
      <span class="small muted">${on.map((p) => p.label).join('・')}</span></summary>
      <div class="choose-list">${repeat(g.picks, (p) => p.id, (p) => html`<label class="tick"><input type="checkbox"
        .checked=${live(this.#isOn(p))} @change=${(e: Event) => this.#toggle(p, (e.target as HTMLInputElement).checked)}>
        <span>${p.label}</span></label>`)}</div></details>`;
  }
}
