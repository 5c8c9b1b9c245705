import { parseFrame, type InFrame, type OutFrame } from './protocol.ts';
import type { WireLike } from './wire.ts';

export type Status = 'connecting' | 'live' | 'offline' | 'ended';
export type Timer = unknown;

export interface LinkOptions {
  connect(): WireLike;
  /** `n` random bytes. */
  random(n: number): Uint8Array;
  setTimeout(run: () => void, ms: number): Timer;
  clearTimeout(timer: Timer): void;
}

const PING_MS = 10_000;
const PONG_MS = 10_000;
const OPEN_MS = 15_000;
const WAKE_MS = 3_000;
const BACKOFF_MS = 500;
const BACKOFF_MAX_MS = 15_000;

/**
 * Keeps one connection up: opens it, notices when it is dead, waits and tries again. It knows no
 * more of the protocol than ping and pong.
 */
export class Link {
  status: Status = 'connecting';
  /** Reason the server gave when it ended the seat or session. */
  endCode = '';

  #wire: WireLike | null = null;
  #retry: Timer = null;
  #watch: Timer = null;
  #tries = 0;
  #stopped = true;

  constructor(
    private readonly o: LinkOptions,
    private readonly on: { open(): void; frame(f: InFrame): void; lost(): void; status(): void },
  ) {}

  start(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    this.#open();
  }

  stop(): void {
    this.#stopped = true;
    this.#clear();
    this.#drop();
    this.#set('offline');
  }

  end(code: string): void {
    this.endCode = code;
    this.stop();
    this.#set('ended');
  }

  /** Try at once: the network came back, or somebody pressed the button. */
  retryNow(): void {
    if (this.#stopped || this.#wire) return;
    this.#tries = 0;
    this.#open();
  }

  /** The machine may have slept: a line that does not answer soon is gone, and nobody waits to try again. */
  wake(): void {
    this.retryNow();
    if (this.#stopped || this.status !== 'live') return;
    this.send({ t: 'ping' });
    this.o.clearTimeout(this.#watch);
    this.#watch = this.o.setTimeout(() => this.#lost(), WAKE_MS);
  }

  /** Throw the connection away and make a new one. */
  restart(): void {
    if (this.#stopped) return;
    this.#lost();
  }

  send(frame: OutFrame): void {
    this.#wire?.send(JSON.stringify(frame));
  }

  /** The server asks to be joined again on this connection. */
  again(): void {
    this.#schedulePing(); // one that was on its way is never answered: the server forgot it
    this.#set('connecting');
  }

  /** The server has let us in. */
  joined(): void {
    this.#tries = 0;
    this.#set('live');
  }

  #set(status: Status): void {
    if (status === this.status) return;
    this.status = status;
    this.on.status();
  }

  #clear(): void {
    this.o.clearTimeout(this.#retry);
    this.o.clearTimeout(this.#watch);
    this.#retry = this.#watch = null;
  }

  #drop(): void {
    const wire = this.#wire;
    this.#wire = null;
    if (!wire) return;
    wire.onopen = wire.onmessage = wire.onclose = null;
    wire.close();
  }

  #open(): void {
    this.#clear();
    const wire = this.o.connect();
    this.#wire = wire;
    wire.onopen = () => {
      this.#schedulePing();
      this.on.open();
    };
    wire.onmessage = (text) => this.#message(text);
    wire.onclose = () => this.#lost();
    this.#watch = this.o.setTimeout(() => this.#lost(), OPEN_MS);
  }

  #message(text: string): void {
    const frame = parseFrame(text);
    if (!frame) {
      this.#lost();
      return;
    }
    if (frame.t === 'pong') this.#schedulePing();
    else this.on.frame(frame);
  }

  #schedulePing(): void {
    this.o.clearTimeout(this.#watch);
    this.#watch = this.o.setTimeout(() => {
      this.send({ t: 'ping' });
      this.#watch = this.o.setTimeout(() => this.#lost(), PONG_MS);
    }, PING_MS);
  }

  #lost(): void {
    this.#clear();
    this.#drop();
    if (this.#stopped) return;
    const wait = Math.min(BACKOFF_MS * 2 ** this.#tries, BACKOFF_MAX_MS);
    this.#tries++;
    const jitter = (this.o.random(1)[0] ?? 0) / 255; // so that a whole meeting does not return at once
    this.#set('offline');
    this.on.lost();
    this.#retry = this.o.setTimeout(() => this.#open(), wait * (0.5 + jitter));
  }
}
