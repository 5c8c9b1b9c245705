import { html, nothing, type ReactiveController, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import type { Method, RoomClient, TextSession } from '../core/index.ts';
import { t } from '../locale/index.ts';
import { RoomElement } from './element.ts';
import { pen } from './icons.ts';
import { seatName } from './values.ts';

/*
 * Writing for somebody else: most people in a room have no device. One mode for the whole page, said
 * on top of it as long as it lasts, so that nobody writes in another's name without noticing.
 */
export interface Scribe {
  readonly for: string;
  readonly method: Method;
}

export const METHODS: readonly Method[] = ['oral', 'dictated', 'paper'];

export class ScribeDesk {
  mode: Scribe | null = null;
  readonly #listeners = new Set<() => void>();

  set(mode: Scribe | null): void {
    this.mode = mode;
    for (const fn of [...this.#listeners]) fn();
  }
  onChange(fn: () => void): () => void {
    this.#listeners.add(fn);
    return () => this.#listeners.delete(fn);
  }
}

const desks = new WeakMap<RoomClient, ScribeDesk>();
export function deskOf(room: RoomClient): ScribeDesk {
  const desk = desks.get(room) ?? new ScribeDesk();
  desks.set(room, desk);
  return desk;
}

/** Shows its element anew when the page's scribe changes. */
export class DeskWatch implements ReactiveController {
  #off: (() => void) | null = null;

  constructor(private readonly host: RoomElement) {
    host.addController(this);
  }
  hostConnected(): void {
    this.#off = deskOf(this.host.room).onChange(() => this.host.requestUpdate());
  }
  hostDisconnected(): void {
    this.#off?.();
    this.#off = null;
  }
}

/** Somebody wants to write for this seat: the page asks how, then begins. */
export class ScribeAsk extends CustomEvent<string> {
  constructor(seat: string) {
    super('rk-scribe', { detail: seat, bubbles: true });
  }
}
export const askScribe = (from: Element, seat: string): boolean => from.dispatchEvent(new ScribeAsk(seat));

/** What was written in somebody's name goes out in it, also after the field was left. */
export function releaseScribe(room: RoomClient, session: TextSession): void {
  const done = (): boolean => {
    if (session.unsent) return false;
    if (!session.mounted) session.scribe = null;
    return true;
  };
  if (done()) return;
  const off = room.onChange(() => {
    if (done()) off();
  });
}

export const methodChoice = (choose: (method: Method) => void): TemplateResult =>
  html`<div class="row" role="group" aria-label=${t.scribe.how}>${METHODS.map((m) => html`<button type="button" class="btn btn-quiet"
    title=${t.scribe.methodHelp[m] ?? ''} @click=${() => choose(m)}>${t.scribe.methods[m]}</button>`)}</div>`;

/** The strip on top of the plan: for whom one writes, or how one is going to. */
@customElement('rk-scribe')
export class RkScribe extends RoomElement {
  @state() private asked = '';

  constructor() {
    super();
    new DeskWatch(this);
  }

  ask(seat: string): void {
    this.asked = seat;
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('button')?.focus());
  }

  #begin(method: Method): void {
    deskOf(this.room).set({ for: this.asked, method });
    this.asked = '';
  }

  protected override render(): TemplateResult | typeof nothing {
    const name = (seat: string): string => t.san(seatName(this.room, seat));
    if (this.asked !== '') {
      return html`<section class="scribe" aria-label=${t.scribe.offer(name(this.asked))}>${pen}<p><b>${t.scribe.offer(name(this.asked))}</b>　${t.scribe.how}</p>
        <div class="row">${methodChoice((m) => this.#begin(m))}<button type="button" class="btn btn-text" @click=${() => { this.asked = ''; }}>${t.scribe.cancel}</button></div></section>`;
    }
    const { mode } = deskOf(this.room);
    if (!mode) return nothing;
    return html`<section class="scribe scribe-on" role="status">${pen}<p><b>${t.scribe.strip(name(mode.for), t.scribe.methods[mode.method] ?? '')}</b></p>
      <button type="button" class="btn" @click=${() => deskOf(this.room).set(null)}>${t.scribe.end}</button></section>`;
  }
}
