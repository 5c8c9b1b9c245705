import { RoomClient, type InFrame, type OutFrame, type WireLike } from '../core/index.ts';
import type { Snap } from './frames.ts';

const laterOf = window.setTimeout.bind(window);

/** What ends a state by itself after so long never comes: it stays to be looked at. */
export function stay(ms: number): void {
  window.setTimeout = ((run: () => void, wait = 0): number => (wait >= ms ? 0 : laterOf(run, wait))) as typeof window.setTimeout;
}
export const later = (ms: number, run: () => void): void => { laterOf(run, ms); };

/** The room of one seat over a server of few words: it lets one in, and answers as the state wants. */
export class Stage {
  readonly room: RoomClient;
  /** It does not even let in any more. */
  deaf = false;
  #wire: WireLike | null = null;
  #up = true;

  constructor(private readonly snap: Snap, private readonly answer: (frame: OutFrame) => InFrame | readonly InFrame[] | null) {
    this.room = new RoomClient({
      connect: () => this.#connect(),
      random: (n) => crypto.getRandomValues(new Uint8Array(n)),
      setTimeout: (run, ms) => laterOf(run, ms),
      clearTimeout: (timer) => window.clearTimeout(timer as number),
    });
    this.room.start();
  }

  #connect(): WireLike {
    const wire: WireLike = {
      onopen: null, onmessage: null, onclose: null, close: () => undefined,
      send: (text) => this.#hear(JSON.parse(text) as OutFrame),
    };
    this.#wire = wire;
    queueMicrotask(() => (this.#up ? wire.onopen?.() : wire.onclose?.()));
    return wire;
  }

  #hear(frame: OutFrame): void {
    if (this.deaf) return;
    const said = frame.t === 'join' ? this.snap : frame.t === 'ping' ? { t: 'pong' } as const : this.answer(frame);
    for (const one of said === null ? [] : [said].flat()) queueMicrotask(() => this.say(one));
  }

  say(frame: InFrame): void {
    this.#wire?.onmessage?.(JSON.stringify(frame));
  }

  cut(): void {
    this.#up = false;
    this.#wire?.onclose?.();
  }
  mend(): void {
    this.#up = true;
    this.room.retryNow();
  }
}
