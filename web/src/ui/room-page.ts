import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { t } from '../locale/index.ts';
import { meetingTitle } from './appbar.ts';
import { RoomElement } from './element.ts';
import { layoutOf, type Layout, type Place } from './layout.ts';
import { agendaCell, hasDuty, isChair, isInsider, isOpened } from './meeting.ts';
import { placeView } from './place.ts';
import type { RkScribe, ScribeAsk } from './scribe.ts';
import './agenda.ts';
import './announce.ts';
import './door.ts';
import './minutes.ts';
import './notes.ts';
import './overview.ts';
import './pause.ts';
import './people.ts';
import './policy.ts';
import './record-link.ts';
import './reachbar.ts';
import './saved.ts';
import './scribe.ts';
import './waiting.ts';
import './withdrawn.ts';

const TABS = ['agenda', 'plan', 'minutes', 'people'] as const;
type Tab = typeof TABS[number];

/** The room: agenda at the left, the plan in the middle, the minutes at the right. */
@customElement('rk-room')
export class RkRoom extends RoomElement {
  @state() private open = '';
  @state() private focusKey = '';
  @state() private tab: Tab = 'plan';
  #layout: Layout = { areas: [], records: [] };
  #item = '';
  #phase = '';

  override connectedCallback(): void {
    super.connectedCallback();
    this.#layout = layoutOf(this.room);
    this.#follow();
  }

  protected override changed(keys: ReadonlySet<string> | null): void {
    if (keys === null) this.#follow();
    super.changed(keys);
  }

  /** A newly opened item brings everybody to what it opens, except who is writing. */
  #follow(): void {
    const { phase } = this.room.meet;
    // On a narrow screen the end is said under the agenda.
    if (phase === 'done' && this.#phase !== 'done' && !hasDuty(this.room)) this.tab = 'agenda';
    this.#phase = phase;
    const row = this.room.meet.item?.row ?? '';
    if (row === this.#item) return;
    this.#item = row;
    if (row === '' || this.#writing) return;
    const fields = agendaCell(this.room, row, 'fields')?.value;
    this.#layout = layoutOf(this.room);
    const place = Array.isArray(fields) ? this.#firstOf(fields as readonly string[]) : null;
    if (place && place.id !== this.open) {
      this.open = place.id;
      this.focusKey = '';
      this.querySelector('.fields')?.scrollTo(0, 0);
    }
  }

  get #writing(): boolean {
    const at = document.activeElement;
    return at !== null && this.contains(at) && at.matches('rk-editor, textarea, select, input:not([type=checkbox])');
  }

  #firstOf(fields: readonly string[]): Place | null {
    const places = [...this.#layout.areas, ...this.#layout.records];
    for (const f of fields) {
      const place = places.find((p) => p.blocks.some((b) => [...b.fields, ...b.tables.flatMap((x) => x.rows.flatMap((r) => r.cells))]
        .some((c) => isOpened([f], c.col))));
      if (place) return place;
    }
    return null;
  }

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

  /** Somebody wants to write for another: the question stands over the plan. */
  #scribe(event: ScribeAsk): void {
    this.tab = 'plan';
    this.querySelector<RkScribe>('rk-scribe')?.ask(event.detail);
  }

  protected override render(): TemplateResult {
    const { room } = this;
    const place = this.#place;
    const inside = isInsider(room);
    // Outside the meeting nobody is shown who is in it.
    const people = room.meet.phase === 'in' || (inside && room.meet.phase === 'before') || isChair(room);
    const tab = people || this.tab !== 'people' ? this.tab : 'agenda';
    return html`<a class="skip" href="#fields" @click=${this.#skip}>${t.head.skip}</a>
      <div class="room" data-tab=${tab} @rk-focus=${this.#focus} @rk-scribe=${this.#scribe}>
      <rk-appbar .room=${room}></rk-appbar>${this.#tabs(tab, people)}${people ? html`<rk-people .room=${room}></rk-people>` : html`<span></span>`}
      <div class="banner"><rk-door class="door-strip" compact .room=${room}></rk-door><rk-connection .room=${room}></rk-connection><rk-paused .room=${room}></rk-paused>
        <rk-waiting .room=${room}></rk-waiting><rk-withdrawn .room=${room}></rk-withdrawn><rk-policy .room=${room}></rk-policy></div>
      <rk-announce .room=${room}></rk-announce>
      <main class="room-main">
        <section class="rail" aria-labelledby="agenda-h"><rk-agenda .room=${room}></rk-agenda><rk-record-link .room=${room}></rk-record-link>${this.#records(place)}
          ${room.series.fictional ? html`<p class="rail-foot small muted">${room.series.notice}</p>` : nothing}</section>
        <section class="plan" aria-label=${t.plan.label} @rk-open=${(e: CustomEvent<string>) => this.#go(e.detail)}>
          ${this.#layout.areas.length > 0 ? html`<rk-overview .room=${room} .places=${this.#layout.areas} .open=${place?.id ?? ''}></rk-overview>` : nothing}
          <rk-scribe .room=${room}></rk-scribe><rk-notes .room=${room}></rk-notes>
          ${place ? placeView(room, place, this.focusKey) : html`<p class="empty">${t.plan.empty}</p>`}
          ${inside ? html`<rk-reachbar .room=${room} .key=${this.focusKey}></rk-reachbar>` : nothing}
        </section>
        <rk-minutes .room=${room} .focusKey=${this.focusKey}></rk-minutes>
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

  #tabs(tab: Tab, people: boolean): TemplateResult {
    return html`<nav class="room-tabs" aria-label=${t.tabs.label}><div class="tabbar">${TABS.filter((id) => people || id !== 'people').map((id) => html`<button type="button"
      aria-pressed=${tab === id ? 'true' : 'false'} @click=${() => { this.tab = id; }}>${t.tabs[id]}</button>`)}</div></nav>`;
  }
}
