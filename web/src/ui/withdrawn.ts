import { html, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { t } from '../locale/index.ts';
import { CONSENT, consentsOf, isOff, type Consent } from './consent-book.ts';
import { RoomElement } from './element.ts';
import { hands } from './icons.ts';
import { selfSeat } from './meeting.ts';
import { seatName, shortName } from './values.ts';

/** For the supporters, when it happens: the person took a consent back. The others just stop seeing. */
@customElement('rk-withdrawn')
export class RkWithdrawn extends RoomElement {
  @state() private news: readonly Consent[] = [];
  #known: Set<string> | null = null;
  #live = false;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#look();
  }

  protected override concerns(keys: ReadonlySet<string>): boolean {
    return [...keys].some((k) => k.startsWith(`${CONSENT}/`));
  }

  protected override changed(): void {
    this.#look();
  }

  /** What was off when the page opened, or while the connection was gone, is no news. */
  #look(): void {
    const off = consentsOf(this.room).filter(isOff);
    const live = this.room.status === 'live';
    if (this.#known && live && this.#live && this.room.me?.official) {
      const fresh = off.filter((c) => !this.#known?.has(c.row));
      if (fresh.length > 0) this.news = [...this.news, ...fresh];
    }
    this.#known = new Set(off.map((c) => c.row));
    this.#live = live;
  }

  #close(row: string): void {
    this.news = this.news.filter((c) => c.row !== row);
  }

  protected override render(): TemplateResult {
    const self = selfSeat(this.room);
    const name = self ? t.san(seatName(this.room, self.seat)) : t.value.someone;
    return html`<div role="status">${repeat(this.news, (c) => c.row, (c) => html`<div class="callout">${hands}<div>
      <h2>${t.consent.withdrawn(name)}</h2><p>${t.consent.withdrawnBody(c.to ? t.san(shortName(c.to.label)) : t.value.someone, c.words)}</p>
      <div class="row"><button type="button" class="btn btn-text" @click=${() => this.#close(c.row)}>${t.consent.close}</button></div></div></div>`)}</div>`;
  }
}
