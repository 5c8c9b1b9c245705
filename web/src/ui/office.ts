import { html, nothing, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { t } from '../locale/index.ts';
import { RoomElement } from './element.ts';
import { logo } from './icons.ts';
import { shortName } from './values.ts';
import './caseload.ts';
import './policy.ts';
import './resources.ts';
import './saved.ts';

const TABS = ['cases', 'register'] as const;
type Tab = typeof TABS[number];

/** The office: what is on this desk, and the register everybody there keeps. */
@customElement('rk-office')
export class RkOffice extends RoomElement {
  @state() private tab: Tab = 'cases';

  protected override updated(): void {
    const title = t.office.page(t.office[this.tab]);
    if (document.title !== title) document.title = title;
  }

  protected override render(): TemplateResult {
    const { room } = this;
    return html`<header class="appbar"><span class="brand">${logo}<span>${t.product}</span></span><span class="appbar-sep"></span>
      <nav class="grow office-tabs" aria-label=${t.office.tabs}><div class="tabbar">${TABS.map((id) => html`<button type="button"
        aria-pressed=${this.tab === id ? 'true' : 'false'} @click=${() => { this.tab = id; }}>${t.office[id]}</button>`)}</div></nav>
      ${room.series.fictional ? html`<span class="chip chip-demo hide-s" title=${room.series.notice}>${t.head.fictional}</span>` : nothing}
      <span class="hide-s">${shortName(room.me?.label ?? '')}</span><rk-saved .room=${room}></rk-saved></header>
      <div class="banner"><rk-connection .room=${room}></rk-connection><rk-policy .room=${room}></rk-policy></div>
      <main class="page office"><h1>${t.office[this.tab]}</h1>
        ${this.tab === 'cases' ? html`<rk-caseload .room=${room}></rk-caseload>` : html`<rk-resources .room=${room}></rk-resources>`}
        ${room.series.fictional ? html`<p class="small muted">${room.series.notice}</p>` : nothing}</main>`;
  }
}
