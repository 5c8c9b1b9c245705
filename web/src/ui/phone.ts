import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { t } from '../locale/index.ts';
import { meetingTitle } from './appbar.ts';
import { shortDate } from './dates.ts';
import { RoomElement } from './element.ts';
import { clockIcon, flag, logo, out, paper, people } from './icons.ts';
import './door.ts';
import './notes.ts';
import './pause.ts';
import './phone-end.ts';
import './phone-now.ts';
import './phone-panels.ts';
import './record-link.ts';
import './saved.ts';

const TABS = ['now', 'record', 'you', 'who'] as const;
type Tab = typeof TABS[number];
const ICONS: Readonly<Record<Tab, TemplateResult>> = { now: clockIcon, record: paper, you: flag, who: people };

/** The meeting on the phone of somebody from outside: only what it is theirs to see, one thing at a time. */
@customElement('rk-phone')
export class RkPhone extends RoomElement {
  @state() private tab: Tab = 'now';
  @state() private focusKey = '';
  /** Outside the meeting the record can still be read. */
  @state() private reading = false;

  protected override concerns(keys: ReadonlySet<string>): boolean {
    return [...keys].some((k) => k.startsWith('conf.') || k.startsWith('person.preferred'));
  }

  protected override willUpdate(_changed: PropertyValues): void {
    if (this.focusKey !== '' && !this.room.cells.has(this.focusKey)) this.focusKey = '';
    if (this.room.meet.phase === 'in') this.reading = false;
    else this.tab = 'now';
  }

  protected override updated(): void {
    const title = t.pageTitle(meetingTitle(this.room));
    if (document.title !== title) document.title = title;
  }

  protected override render(): TemplateResult {
    const inside = this.room.meet.phase === 'in';
    return html`<div class="phone" @rk-focus=${(e: CustomEvent<string | null>) => { this.focusKey = e.detail ?? this.focusKey; }}>
      ${this.#head()}
      <div class="banner"><rk-connection .room=${this.room}></rk-connection><rk-paused .room=${this.room}></rk-paused></div>
      <main class="phone-main"><rk-notes .room=${this.room}></rk-notes>${inside ? this.#panel() : this.#outside()}</main>
      ${inside ? this.#foot() : nothing}</div>`;
  }

  #head(): TemplateResult {
    const { room } = this;
    const day = room.cells.get('conf.held_on')?.value;
    const when = [typeof day === 'string' ? shortDate(day) : '', room.meet.start ? t.phone.from(room.meet.start) : ''];
    return html`<header class="phone-bar"><span class="brand" aria-hidden="true">${logo}</span>
      <div class="grow"><h1>${meetingTitle(room)}</h1><p class="small muted">${when.filter((w) => w !== '').join('　')}</p></div>
      ${room.meet.phase === 'done' ? nothing : html`<rk-saved .room=${room}></rk-saved>`}</header>`;
  }

  #outside(): TemplateResult {
    const { phase } = this.room.meet;
    if (this.reading) {
      return html`<button type="button" class="btn btn-text" @click=${() => { this.reading = false; }}>${t.phone.backTo}</button>
        <rk-phone-record .room=${this.room} .focusKey=${this.focusKey}></rk-phone-record>
        <rk-phone-now .room=${this.room} .focusKey=${this.focusKey}></rk-phone-now>`;
    }
    return html`${phase === 'done' ? html`<rk-phone-end .room=${this.room}></rk-phone-end>`
      : html`<rk-door .room=${this.room}></rk-door><rk-record-link .room=${this.room}></rk-record-link>`}
      <p class="phone-read"><button type="button" class="btn btn-text" @click=${() => { this.reading = true; }}>${t.phone.read}</button></p>`;
  }

  #panel(): TemplateResult {
    return html`<div id="phone-panel" role="tabpanel" aria-labelledby="t-${this.tab}" class="stack">${this.#content()}</div>`;
  }

  #content(): TemplateResult {
    const { room, focusKey } = this;
    switch (this.tab) {
      case 'now': return html`<rk-phone-now .room=${room} .focusKey=${focusKey}></rk-phone-now><rk-door .room=${room}></rk-door>`;
      case 'record': return html`<rk-phone-record .room=${room} .focusKey=${focusKey}></rk-phone-record>`;
      case 'you': return html`<rk-phone-you .room=${room} .focusKey=${focusKey}></rk-phone-you>`;
      case 'who': return html`<rk-phone-who .room=${room}></rk-phone-who>`;
    }
  }

  /** Nothing here says who reads what one cannot see: who is in the meeting reads what is on this page. */
  #foot(): TemplateResult {
    return html`<footer class="phone-foot">
      ${this.tab === 'now' && this.focusKey !== '' ? html`<section class="reachbar reachbar-out" id="reach-now" aria-label=${t.reach.title}>
        ${out}<div><p><strong>${t.reach.title}</strong>${t.phone.everybody}</p></div><span></span></section>` : nothing}
      <div class="tabbar" role="tablist" aria-label=${t.tabs.label} @keydown=${this.#keys}>${TABS.map((id) => html`<button type="button" role="tab" id="t-${id}"
        aria-selected=${this.tab === id ? 'true' : 'false'} aria-controls="phone-panel" tabindex=${this.tab === id ? '0' : '-1'}
        @click=${() => this.#go(id)}>${ICONS[id]}${t.phone.tabs[id]}</button>`)}</div></footer>`;
  }

  #go(id: Tab): void {
    this.tab = id;
    window.scrollTo(0, 0);
  }

  #keys(event: KeyboardEvent): void {
    const at = TABS.indexOf(this.tab);
    const step: Readonly<Record<string, number>> = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: TABS.length - 1 };
    const to = step[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.#go(TABS[(to + TABS.length) % TABS.length] ?? 'now');
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('[role=tab][aria-selected=true]')?.focus());
  }
}
