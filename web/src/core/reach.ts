import type { LinkOptions, Timer } from './link.ts';
import type { Level } from './protocol.ts';

export type ReachList = [seat: string, level: Level][];

interface Wait {
  resolve(seats: ReachList | null): void;
  timer: Timer;
}

const ANSWER_MS = 5_000;

/** Questions who can read a cell; one on the wire for a cell, however many ask. */
export class ReachAsks {
  readonly #waits = new Map<string, Wait[]>();

  constructor(private readonly o: Pick<LinkOptions, 'setTimeout' | 'clearTimeout'>, private readonly send: (cell: string) => void) {}

  /** null when there is no answer. */
  ask(cell: string): Promise<ReachList | null> {
    return new Promise((resolve) => {
      const waits = this.#waits.get(cell) ?? [];
      waits.push({ resolve, timer: this.o.setTimeout(() => this.answer(cell, null), ANSWER_MS) });
      this.#waits.set(cell, waits);
      if (waits.length === 1) this.send(cell);
    });
  }

  answer(cell: string, seats: ReachList | null): void {
    const waits = this.#waits.get(cell) ?? [];
    this.#waits.delete(cell);
    for (const w of waits) {
      this.o.clearTimeout(w.timer);
      w.resolve(seats);
    }
  }

  lost(): void {
    for (const cell of [...this.#waits.keys()]) this.answer(cell, null);
  }
}
