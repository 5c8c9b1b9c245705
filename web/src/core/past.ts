import type { InFrame, Out, PastEntry } from './protocol.ts';

type PastFrame = Extract<InFrame, { t: 'history' }>;
type Asked = Omit<Out<'history'>, 't' | 'ref'>;

/** Questions after the past of a cell: the answer comes in a frame of its own, just before the ack. */
export class Pasts {
  readonly #frames = new Map<number, PastFrame>();

  /** `request` is over with the ack; `next` gives its ref. */
  constructor(private readonly next: () => number, private readonly request: (frame: Out<'history'>) => Promise<unknown>) {}

  take(f: PastFrame): void {
    this.#frames.set(f.ref, f);
  }

  async list(cell: string): Promise<{ entries: readonly PastEntry[]; more: boolean }> {
    const f = await this.#ask({ cell });
    return f && 'entries' in f ? { entries: f.entries, more: f.more === true } : { entries: [], more: false };
  }

  async textAt(cell: string, base: number): Promise<string> {
    const f = await this.#ask({ cell, base });
    return f && 'text' in f ? f.text : '';
  }

  async #ask(what: Asked): Promise<PastFrame | undefined> {
    const ref = this.next();
    try {
      await this.request({ t: 'history', ref, ...what });
      return this.#frames.get(ref);
    } finally {
      this.#frames.delete(ref);
    }
  }
}
