import { LitElement, html, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { RoomClient, SUBPROTOCOL, wireFromSocket, type Kept } from '../core/index.ts';
import { farewell, type EntryState } from './entry.ts';
import { Keeper } from './keeper.ts';
import { onLeave } from './leave-room.ts';
import { isInsider } from './meeting.ts';
import './board.ts';
import './office.ts';
import './phone.ts';
import { RECORD } from './record-port.ts';
import './record-page.ts';
import './room-page.ts';

const SECRET = /^#([A-Za-z0-9_-]{43})$/;
const SEAT_PATH = /^\/s\/([0-9a-f]{16})\/?$/;
const SILENT_TRIES = 3;

const BOARD = '#board';
/** As in the stylesheet: below it a page has room for one thing at a time. */
const PHONE = '(max-width: 48em)';

function roomOf(sid: string, more: { board?: boolean; kept?: Kept }, tried: () => void = () => undefined): RoomClient {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  return new RoomClient({
    ...more,
    connect: () => {
      tried();
      return wireFromSocket(new WebSocket(`${scheme}://${location.host}/s/${sid}/ws`, SUBPROTOCOL));
    },
    random: (n) => crypto.getRandomValues(new Uint8Array(n)),
    setTimeout: (run, ms) => window.setTimeout(run, ms),
    clearTimeout: (timer) => window.clearTimeout(timer as number),
  });
}

/** From a link to a seat: the secret leaves the address bar at once and is kept nowhere. */
@customElement('rk-app')
export class RkApp extends LitElement {
  @state() private entry: EntryState = 'opening';
  @state() private room: RoomClient | null = null;
  #secret = '';
  #tries = 0;
  #board = false;
  #keeper: Keeper | null = null;
  readonly #phone = window.matchMedia(PHONE);

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener('online', () => this.room?.wake());
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.room?.wake();
    });
    onLeave(() => this.#keeper?.forget());
    this.#phone.addEventListener('change', () => this.requestUpdate());
    window.addEventListener('hashchange', () => {
      if (SECRET.test(location.hash)) this.#begin(); // another link, pasted into the same tab
      else {
        this.requestUpdate(); // to the sealed minutes, or back
        window.scrollTo(0, 0);
      }
    });
    window.addEventListener('beforeunload', (e) => {
      if (this.room && this.room.unsaved > 0 && !this.room.keepsAll) e.preventDefault();
    });
    this.#begin();
  }

  #begin(): void {
    const secret = SECRET.exec(location.hash)?.[1];
    const sid = SEAT_PATH.exec(location.pathname)?.[1];
    if (secret !== undefined) {
      history.replaceState(null, '', '/');
      this.#secret = secret;
      void this.#login();
    } else if (sid !== undefined) this.#start(sid);
    else this.entry = 'missing';
  }

  async #login(): Promise<void> {
    this.entry = 'opening';
    try {
      const answer = await fetch('/api/login', {
        method: 'POST', headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ secret: this.#secret }), cache: 'no-store', credentials: 'same-origin',
      });
      if (answer.status === 403 || answer.status === 400) { // 400: no secret could look like this
        this.#secret = '';
        this.entry = 'invalid';
        return;
      }
      const { sid } = await answer.json() as { sid?: unknown };
      if (!answer.ok || typeof sid !== 'string' || !SEAT_PATH.test(`/s/${sid}`)) throw new Error('login');
      this.#secret = '';
      history.replaceState(null, '', `/s/${sid}`);
      this.#start(sid);
    } catch {
      this.entry = 'failed';
    }
  }

  #start(sid: string): void {
    this.#keeper?.stop();
    this.room?.stop();
    this.#tries = 0;
    this.entry = 'waiting';
    this.#board = location.hash === BOARD;
    const room = roomOf(sid, { board: this.#board }, () => {
      this.#tries++;
      if (this.#tries > SILENT_TRIES && !this.room?.me) this.entry = 'silent';
    });
    room.onChange((keys) => {
      if (keys === null) this.requestUpdate();
    });
    this.room = room;
    this.#keeper = this.#board ? null : new Keeper(sid, room, (kept) => roomOf(sid, { kept }));
    room.start();
  }

  #retry(): void {
    if (this.#secret !== '') void this.#login();
    else location.reload();
  }

  protected override render(): TemplateResult {
    const { room } = this;
    if (room?.status === 'ended') return farewell;
    if (room?.me && room.series.office) return html`<rk-office .room=${room}></rk-office>`;
    if (room?.me && this.#board) return html`<rk-board .room=${room}></rk-board>`;
    if (room?.me && location.hash === RECORD) return html`<rk-record .room=${room}></rk-record>`;
    // Somebody from outside has one part in it, and on a small screen that part alone.
    if (room?.me && this.#phone.matches && !isInsider(room)) return html`<rk-phone .room=${room}></rk-phone>`;
    if (room?.me) return html`<rk-room .room=${room}></rk-room>`;
    return html`<rk-entry .state=${this.entry} @rk-retry=${this.#retry}></rk-entry>`;
  }
}
