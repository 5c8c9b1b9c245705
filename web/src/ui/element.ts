import { LitElement, type ReactiveController, type ReactiveControllerHost } from 'lit';
import { property } from 'lit/decorators.js';
import type { RoomClient } from '../core/index.ts';

/** Base of all elements that show the room: light DOM, one stylesheet for the page. */
export abstract class RoomElement extends LitElement {
  @property({ attribute: false }) room!: RoomClient;
  #off: (() => void) | null = null;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#off = this.room.onChange((keys) => {
      if (keys === null || this.concerns(keys)) this.changed(keys);
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#off?.();
    this.#off = null;
  }

  /** Does a change of these cells concern this element? null changes concern everybody. */
  protected concerns(_keys: ReadonlySet<string>): boolean {
    return false;
  }

  protected changed(_keys: ReadonlySet<string> | null): void {
    this.requestUpdate();
  }
}

/** A press on one of its buttons leaves the caret where it is: what a field shows while one writes does not move away under it. */
export function keepCaret(host: HTMLElement): void {
  host.addEventListener('mousedown', (e) => {
    if (e.target instanceof Element && e.target.closest('button')) e.preventDefault();
  });
}

/**
 * Whoever waited for an answer is still there, or nowhere, because what they pressed has gone: the focus may
 * be led on. Who has gone to another field meanwhile is left there, in the middle of their word.
 */
export function isStillAt(part: Element | null | undefined): boolean {
  const at = document.activeElement;
  return at === null || at === document.body || part?.contains(at) === true;
}

/** Shows its element anew every so often: clocks. */
export class Ticking implements ReactiveController {
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly host: ReactiveControllerHost, private readonly ms: number) {
    host.addController(this);
  }
  hostConnected(): void {
    this.#timer = setInterval(() => this.host.requestUpdate(), this.ms);
  }
  hostDisconnected(): void {
    clearInterval(this.#timer);
  }
}

/** The user went into a cell (null: out of all). */
export class FieldFocus extends CustomEvent<string | null> {
  constructor(key: string | null) {
    super('rk-focus', { detail: key, bubbles: true });
  }
}

/** Fields in the order of the page, for Alt+Up and Alt+Down. */
export function moveField(from: Element, direction: 1 | -1): boolean {
  const stops = [...document.querySelectorAll<HTMLElement & { enter?(): void }>('[data-stop]')]
    .filter((el) => el.getClientRects().length > 0);
  const at = stops.findIndex((el) => el.contains(from) || from.contains(el));
  const next = stops[at + direction];
  if (at < 0 || !next) return false;
  if (next.enter) next.enter();
  else next.focus();
  next.scrollIntoView({ block: 'nearest' });
  return true;
}
