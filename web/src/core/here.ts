import type { LinkOptions, Timer } from './link.ts';
import type { Out, Point } from './protocol.ts';

export interface Place {
  readonly cell: string;
  readonly at: Point | null;
}

const HERE_MS = 260;

/** Where this user is, said at most four times a second; the last place always goes out. */
export class Whereabouts {
  #place: Place | null = null;
  #said = '';
  #timer: Timer = null;

  constructor(
    private readonly o: Pick<LinkOptions, 'setTimeout' | 'clearTimeout'>,
    private readonly may: () => boolean,
    private readonly send: (frame: Out<'here'>) => void,
  ) {}

  move(place: Place | null): void {
    this.#place = place;
    if (this.#timer === null) this.say();
  }

  say(): void {
    this.#timer = null;
    const text = JSON.stringify(this.#place);
    if (!this.may() || text === this.#said) return;
    this.#said = text;
    const { cell, at } = this.#place ?? { cell: null, at: null };
    this.send({ t: 'here', ...(cell === null ? {} : { cell }), ...(at === null ? {} : { at }) });
    this.#timer = this.o.setTimeout(() => this.say(), HERE_MS);
  }

  /** The cell is gone, and one is not in it any more. */
  forget(cell: string): void {
    if (this.#place?.cell === cell) this.#place = null;
  }

  /** What was said was said to a line that is no more. */
  lost(): void {
    this.stop();
    this.#said = '';
  }

  stop(): void {
    this.o.clearTimeout(this.#timer);
    this.#timer = null;
  }
}
