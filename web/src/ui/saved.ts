import { html, nothing, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import type { RoomClient } from '../core/index.ts';
import { t } from '../locale/index.ts';
import { RoomElement } from './element.ts';
import { check, offline, sending } from './icons.ts';

const SENDING_MS = 1_000;
const RECONNECTING_MS = 1_000;
const OFFLINE_MS = 4_000;
const BACK_MS = 4_000;

/** Its disk takes nothing for now: it says so, or nothing was kept when it was asked twice. */
const isStuck = (room: RoomClient): boolean => room.status !== 'offline' && (room.stuck || room.agains > 1);

/** What the server has, said truthfully: saved means kept on its disk. */
@customElement('rk-saved')
export class RkSaved extends RoomElement {
  #tick: ReturnType<typeof setTimeout> | undefined;

  protected override concerns(): boolean {
    return true;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#tick);
  }

  protected override render(): TemplateResult {
    const [mood, icon, words] = this.#say();
    return html`<span class="saved ${mood}" role="status" data-unsaved=${this.room.unsaved}>${icon}<span>${words}</span></span>`;
  }

  #say(): [string, TemplateResult, string] {
    const { room } = this;
    clearTimeout(this.#tick);
    if (room.status === 'offline') return ['saved-off', offline, room.keepsAll && room.unsaved > 0 ? t.saved.kept : t.saved.offline];
    if (isStuck(room)) return ['saved-wait', sending, t.saved.stuck];
    if (room.status === 'connecting') return ['saved-wait', sending, t.saved.connecting];
    const since = room.oldestUnsaved;
    if (since === null) return ['', check, t.saved.all];
    const wait = since + SENDING_MS - Date.now();
    if (wait <= 0) return ['saved-wait', sending, room.composing ? t.field.composing : t.saved.sending];
    this.#tick = setTimeout(() => this.requestUpdate(), wait);
    return ['', check, t.saved.all];
  }
}

/** The same at length, while the connection is gone and just after. */
@customElement('rk-connection')
export class RkConnection extends RoomElement {
  @state() private long: 'no' | 'while' | 'long' = 'no';
  @state() private back: number | null = null;
  /** Of what an earlier page left: so many places were told of. */
  @state() private seen = 0;
  #off = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** No line, or a server that cannot keep anything: what is written goes nowhere for now. */
  get #gone(): boolean {
    return this.room.status === 'offline' || isStuck(this.room) || (this.room.status === 'connecting' && this.room.me !== null);
  }

  protected override changed(): void {
    const isOff = this.#gone;
    if (isOff && !this.#off) {
      this.#later(RECONNECTING_MS, () => {
        this.long = 'while';
        this.#later(OFFLINE_MS - RECONNECTING_MS, () => { this.long = 'long'; });
      });
    }
    if (!isOff && this.#off) {
      this.back = this.long === 'long' ? this.room.unsaved : null;
      this.long = 'no';
      this.#later(BACK_MS, () => { this.back = null; });
    }
    this.#off = isOff;
    this.requestUpdate();
  }

  protected override concerns(): boolean {
    return this.#off;
  }

  #later(ms: number, run: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(run, ms);
  }

  protected override render(): TemplateResult | typeof nothing {
    const { room } = this;
    if (this.#gone && this.long === 'while' && !isStuck(room)) {
      return html`<div class="callout callout-off" role="status">${sending}<div><h2>${t.saved.reconnecting}</h2>
        <p>${t.saved.offlineBody(0, false)}</p></div></div>`;
    }
    if (isStuck(room) || (this.#gone && this.long === 'long')) {
      const stuck = room.status !== 'offline';
      return html`<div class="callout callout-warn" role="status">${offline}<div><h2>${stuck ? t.saved.stuck : t.saved.offline}</h2>
        <p>${(stuck ? t.saved.stuckBody : t.saved.offlineBody)(room.unsaved, room.keepsAll)}</p>
        ${stuck ? nothing : html`<div class="row"><button class="btn" type="button" @click=${() => room.retryNow()}>${t.saved.retry}</button></div>`}</div></div>`;
    }
    if (room.brought > this.seen) {
      return html`<div class="callout callout-ok" role="status">${check}<div><h2>${t.saved.brought}</h2><p>${t.saved.broughtBody(room.brought - this.seen)}</p>
        <div class="row"><button class="btn btn-text" type="button" @click=${() => { this.seen = room.brought; }}>${t.saved.close}</button></div></div></div>`;
    }
    if (this.back === null) return nothing;
    return html`<div class="callout callout-ok" role="status">${check}<div><h2>${t.saved.back}</h2>
      <p>${t.saved.backBody(this.back)}</p></div></div>`;
  }
}
