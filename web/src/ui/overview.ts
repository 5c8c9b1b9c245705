import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { t } from '../locale/index.ts';
import { RoomElement } from './element.ts';
import { seesPriority, type Place } from './layout.ts';
import { fieldText } from './values.ts';

/** The areas of the plan at a glance: those with something to see, and no place for others. */
@customElement('rk-overview')
export class RkOverview extends RoomElement {
  @property({ attribute: false }) places: readonly Place[] = [];
  @property() open = '';

  protected override concerns(keys: ReadonlySet<string>): boolean {
    return [...keys].some((k) => k.includes('.outline.') || k.startsWith('plan.'));
  }

  #go(event: Event, id: string): void {
    event.preventDefault();
    this.dispatchEvent(new CustomEvent<string>('rk-open', { detail: id, bubbles: true }));
  }

  protected override render(): TemplateResult {
    const { room } = this;
    const status = fieldText(room, 'plan.status');
    const goal = fieldText(room, 'plan.overall_goal');
    return html`<div class="plan-head">
      <div class="row"><h2>${t.plan.title(room.me?.official || room.me?.role === 'self' ? fieldText(room, 'plan.no') : '')}</h2>
        ${status === '' ? nothing : html`<span class="chip">${status}</span>`}
        ${goal === '' ? nothing : html`<span class="small muted grow hide-s">${goal}</span>`}</div>
      ${this.places.length < 2 ? nothing : html`<nav class="areas" aria-label=${t.plan.areas}>
        ${repeat(this.places, (p) => p.id, (p, i) => this.#card(p, i))}</nav>`}</div>`;
  }

  /* Numbered among the visible ones: a gap would tell of what is not shown. */
  #card(place: Place, index: number): TemplateResult {
    const id = place.id.slice('area:'.length);
    const text = (name: string): string => fieldText(this.room, `plan.${id}.outline.${name}`);
    return html`<a class="area" href="#${place.id}" aria-current=${this.open === place.id ? 'true' : nothing}
      @click=${(e: Event) => this.#go(e, place.id)}>
      <span class="area-no">${seesPriority(this.room) ? String(index + 1) : ''}</span><b>${place.label}</b>
      <span class="area-st">${text('status')}</span><span class="area-goal">${text('goal_short')}</span></a>`;
  }
}
