import { html, type TemplateResult } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import type { Marks } from '../core/index.ts';
import type { Writer } from './editor.ts';
import { roleClass } from './icons.ts';

/* A text without an editor: its words, what others just wrote in it, and where they are. */

export function plainText(doc: string, marks: Marks, writer: (seat: string) => Writer): TemplateResult[] {
  const cuts = new Set([0, doc.length]);
  for (const f of marks.fresh) cuts.add(f.from).add(f.to);
  for (const c of marks.carets) cuts.add(c.head);
  const points = [...cuts].filter((n) => n >= 0 && n <= doc.length).sort((a, b) => a - b);
  const parts: TemplateResult[] = [];
  points.forEach((from, i) => {
    for (const c of marks.carets) if (Math.min(c.head, doc.length) === from) parts.push(caret(c.time, writer(c.seat)));
    const to = points[i + 1];
    if (to === undefined) return;
    const fresh = marks.fresh.find((f) => f.from <= from && f.to >= to);
    const words = doc.slice(from, to);
    parts.push(fresh ? html`<span class="new ${roleClass(writer(fresh.seat).role)}">${words}</span>` : html`${words}`);
  });
  return parts;
}

/* Made anew with every sign of life, so that its flag shows for a while again. */
const caret = (time: number, w: Writer): TemplateResult =>
  html`${keyed(time, html`<span class="caret ${roleClass(w.role)}" aria-hidden="true"><i data-name=${w.name}></i></span>`)}`;

/** Position in the text of a point on the screen; null when it is outside. */
export function offsetAt(box: HTMLElement, x: number, y: number): number | null {
  const doc = box.ownerDocument as Document & {
    caretPositionFromPoint?(x: number, y: number): { offsetNode: Node; offset: number } | null;
    caretRangeFromPoint?(x: number, y: number): Range | null;
  };
  const position = doc.caretPositionFromPoint?.(x, y);
  const range = position ? null : doc.caretRangeFromPoint?.(x, y);
  const node = position?.offsetNode ?? range?.startContainer;
  const offset = position?.offset ?? range?.startOffset ?? 0;
  if (!node || !box.contains(node) || node.nodeType !== Node.TEXT_NODE) return null;
  let before = 0;
  const walk = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
  for (let n = walk.nextNode(); n; n = walk.nextNode()) {
    if (n === node) return before + offset;
    before += n.nodeValue?.length ?? 0;
  }
  return null;
}

