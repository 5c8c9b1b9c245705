import { unb64, type Bytes } from './bytes.ts';

/** Anything not as it must be; its words say where. */
export class Bad extends Error {}

export function need(holds: unknown, why: string): asserts holds {
  if (!holds) throw new Bad(why);
}

export const MAX = { bundle: 64 << 20, entries: 4096, string: 1 << 20, line: 1024, labels: 1024, leaves: 8192 } as const;
export const NUMBER = /^(0|[1-9][0-9]{0,14})$/;

const ascii = new TextDecoder();

/** The bytes of a bundle: one spelling, read from left to right. */
export class Scan {
  at = 0;
  constructor(private readonly bytes: Uint8Array) {}

  get ended(): boolean {
    return this.at === this.bytes.length;
  }

  is(text: string): boolean {
    for (let i = 0; i < text.length; i++) if (this.bytes[this.at + i] !== text.charCodeAt(i)) return false;
    return true;
  }

  expect(text: string): void {
    need(this.is(text), `byte ${this.at}: ${JSON.stringify(text)} expected`);
    this.at += text.length;
  }

  take(text: string): boolean {
    const there = this.is(text);
    this.at += there ? text.length : 0;
    return there;
  }

  /** Printable ASCII without the quotation mark and the backslash. */
  string(max: number = MAX.string): string {
    this.expect('"');
    const end = this.bytes.indexOf(0x22, this.at);
    need(end >= 0 && end - this.at <= max, `byte ${this.at}: string without end`);
    const part = this.bytes.subarray(this.at, end);
    need(part.every((c) => c >= 0x20 && c < 0x7f && c !== 0x5c), `byte ${this.at}: character`);
    this.at = end + 1;
    return ascii.decode(part);
  }

  number(): number {
    const start = this.at;
    const digit = (c: number | undefined): boolean => c !== undefined && c >= 0x30 && c <= 0x39;
    while (digit(this.bytes[this.at])) this.at++;
    const text = ascii.decode(this.bytes.subarray(start, Math.min(this.at, start + 20)));
    need(NUMBER.test(text), `byte ${start}: number`);
    return Number(text);
  }

  list<T>(item: () => T, max: number): T[] {
    const all: T[] = [];
    this.expect('[');
    if (this.take(']')) return all;
    do {
      need(all.length < max, `byte ${this.at}: too many`);
      all.push(item());
    } while (this.take(','));
    this.expect(']');
    return all;
  }

  strings(max: number, length?: number): string[] {
    return this.list(() => this.string(length), max);
  }
}

/** Lines in one order: of a header, of a statement. */
export class Lines {
  readonly left: string[];
  constructor(lines: readonly string[]) {
    this.left = [...lines];
  }

  is(word: string): boolean {
    return this.left[0]?.startsWith(`${word} `) ?? false;
  }

  next(word: string): string {
    need(this.is(word), `line ${word} expected, not ${this.left[0]}`);
    return (this.left.shift() ?? '').slice(word.length + 1);
  }

  exactly(line: string): void {
    need(this.left.shift() === line, `line ${line} expected`);
  }

  number(word: string): number {
    const text = this.next(word);
    need(NUMBER.test(text), `line ${word}: number`);
    return Number(text);
  }

  hash(word: string): Bytes {
    const bytes = unb64(this.next(word), 32);
    need(bytes, `line ${word}: hash`);
    return bytes;
  }

  end(): void {
    need(this.left.length === 0, `line ${this.left[0]} too many`);
  }
}
