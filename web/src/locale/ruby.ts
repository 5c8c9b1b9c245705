import { html, type TemplateResult } from 'lit';

/*
 * Words with their reading: y`署名《しょめい》する`. On the page they are ruby, anywhere else (an attribute, a title,
 * an option) the plain words. What is put into them is never read so: only our own words have readings.
 */

type Part = string | { readonly base: string; readonly reading: string };

/** Wherever a page says something: plain words, or words with their reading. */
export type Text = string | Ruby;

export class Ruby {
  constructor(readonly parts: readonly Part[]) {}

  /** Without the readings. */
  toString(): string {
    return this.parts.map((p) => (typeof p === 'string' ? p : p.base)).join('');
  }

  /** As Lit shows a list: one element, which a button keeps together. The reading is not said twice to who listens. */
  *[Symbol.iterator](): IterableIterator<TemplateResult> {
    yield html`<span class="ruby">${this.parts.map((p) => (typeof p === 'string' ? p : html`<ruby>${p.base}<rt aria-hidden="true">${p.reading}</rt></ruby>`))}</span>`;
  }
}

const WITH_READING = /([\p{Script=Han}々]+)《([^》]+)》/gu;

function readingsOf(words: string): Part[] {
  const parts: Part[] = [];
  let from = 0;
  for (const m of words.matchAll(WITH_READING)) {
    if (m.index > from) parts.push(words.slice(from, m.index));
    parts.push({ base: m[1] ?? '', reading: m[2] ?? '' });
    from = m.index + m[0].length;
  }
  if (from < words.length) parts.push(words.slice(from));
  return parts;
}

export function y(words: TemplateStringsArray, ...values: readonly (Text | number)[]): Ruby {
  return new Ruby(words.flatMap((w, i) => {
    const value = values[i] ?? '';
    return [...readingsOf(w), ...(value instanceof Ruby ? value.parts : value === '' ? [] : [String(value)])];
  }));
}

/** For where no element can stand: a title, an option, the name of a file. */
export const plain = (words: Text): string => String(words);

/** A table of words looked up by what comes from elsewhere: its own keys are known, and none may be forgotten. */
export const table = <T extends Readonly<Record<string, string>>>(words: T): { readonly [K in keyof T]: string } & Readonly<Record<string, string>> => words;

/** The same words, said in another way: each text is there, in the same place, and takes the same. */
export type Said<T> = T extends string ? Text
  : T extends (...a: infer A) => infer R ? (...a: A) => Said<R>
    : T extends readonly (infer E)[] ? readonly Said<E>[]
      : { readonly [K in keyof T]: Said<T[K]> };
