import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { t } from '../locale/index.ts';
import { meetingTitle } from './appbar.ts';
import { RoomElement } from './element.ts';
import { layoutOf, type Layout, type Place } from './layout.ts';
import { placeView } from './place.ts';
import './agenda.ts';
import './minutes.ts';
import './notes.ts';
import './overview.ts';
import './people.ts';
import './reachbar.ts';
import './saved.ts';

const TABS = ['agenda', 'plan', 'minutes', 'people'] as const;
type Tab = typeof TABS[number];

/** The room: agenda at the left, the plan in the middle, the minutes at the right. */
@customElement('rk-room')
export class RkRoom extends RoomElement {
  @state() private open = '';
  @state() private focusKey = '';
  @state() private tab: Tab = 'plan';
  #layout: Layout = { areas: [], records: [] };

  protected override concerns(keys: ReadonlySet<string>): boolean {
    return [...keys].some((k) => k.endsWith('.outline.priority') || k.includes('.outline.period') || k.endsWith('.approach')
      || k.startsWith('person.') || k.startsWith('conf.'));
  }

  protected override willUpdate(_changed: PropertyValues): void {
    this.#layout = layoutOf(this.room);
    if (this.focusKey !== '' && !this.room.cells.has(this.focusKey)) this.focusKey = '';
  }

  protected override updated(): void {
    const title = t.pageTitle(meetingTitle(this.room));
    if (document.title !== title) document.title = title;
  }

  get #place(): Place | null {
    const all = [...this.#layout.areas, ...this.#layout.records];
    return all.find((p) => p.id === this.open) ?? all[0] ?? null;
  }

  #go(id: string): void {
    this.open = id;
    this.tab = 'plan';
    this.focusKey = '';
    this.querySelector('.fields')?.scrollTo(0, 0);
  }

  #focus(event: CustomEvent<string | null>): void {
    if (event.detail !== null) this.focusKey = event.detail;
  }

  protected override render(): TemplateResult {
    const { room } = this;
    const place = this.#place;
    const reach = room.me?.official === true || room.me?.role === 'self';
    return html`<a class="skip" href="#fields" @click=${this.#skip}>${t.head.skip}</a>
      <div class="room" data-tab=${this.tab} @rk-focus=${this.#focus}>
      <rk-appbar .room=${room}></rk-appbar>${this.#tabs()}<rk-people .room=${room}></rk-people>
      <div class="banner"><rk-connection .room=${room}></rk-connection></div>
      <main class="room-main">
        <section class="rail" aria-labelledby="agenda-h"><rk-agenda .room=${room}></rk-agenda>${this.#records(place)}
          ${room.series.fictional ? html`<p class="rail-foot small muted">${room.series.notice}</p>` : nothing}</section>
        <section class="plan" aria-label=${t.plan.label} @rk-open=${(e: CustomEvent<string>) => this.#go(e.detail)}>
          ${this.#layout.areas.length > 0 ? html`<rk-overview .room=${room} .places=${this.#layout.areas} .open=${place?.id ?? ''}></rk-overview>` : nothing}
          <rk-notes .room=${room}></rk-notes>
          ${place ? placeView(room, place, this.focusKey) : html`<p class="empty">${t.plan.empty}</p>`}
          ${reach ? html`<rk-reachbar .room=${room} .key=${this.focusKey}></rk-reachbar>` : nothing}
        </section>
        <rk-minutes .room=${room}></rk-minutes>
      </main></div>`;
  }

  #skip(event: Event): void {
    event.preventDefault();
    this.querySelector<HTMLElement>('.fields')?.focus();
  }

  #records(place: Place | null): TemplateResult | typeof nothing {
    if (this.#layout.records.length === 0) return nothing;
    return html`<nav class="records" aria-labelledby="records-h"><h2 class="sec" id="records-h">${t.plan.records}</h2>
      <ul>${this.#layout.records.map((p) => html`<li><a href="#${p.id}" aria-current=${p.id === place?.id ? 'true' : nothing}
        @click=${(e: Event) => { e.preventDefault(); this.#go(p.id); }}>${p.label}</a></li>`)}</ul></nav>`;
  }

  #tabs(): TemplateResult {
    return html`<nav class="room-tabs" aria-label=${t.tabs.label}><div class="tabbar">${TABS.map((id) => html`<button type="button"
      aria-pressed=${this.tab === id ? 'true' : 'false'} @click=${() => { this.tab = id; }}>${t.tabs[id]}</button>`)}</div></nav>`;
  }
}
