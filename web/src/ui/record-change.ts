import { html, nothing, type ReactiveController, type TemplateResult } from 'lit';
import type { MinutesErasing, MinutesStatus, RoomClient } from '../core/index.ts';
import type { Text } from '../locale/ruby.ts';
import { mapPieces, mayAmend, mayErase, noteOf, notesOf, nowOf, pieceOf } from '../record/pieces.ts';
import { personOf, type Doc, type Piece } from '../record/read.ts';
import { dateOf, momentOf, shortMoment } from '../record/times.ts';
import { r } from '../record/words.ts';
import type { Report } from '../verify/report.ts';
import type { RoomElement } from './element.ts';
import { check, clockIcon, down, lock, pen, stop } from './icons.ts';
import { shortName } from './values.ts';
import { wareki } from './dates.ts';
import './record-amend.ts';
import './record-erase.ts';

type What = 'amend' | 'erase';
const EXCERPT = 24;

const excerpt = (text: string): string => ([...text].length > EXCERPT ? `${[...text].slice(0, EXCERPT).join('')}…` : text);
const whole = (value: unknown, piece: Piece | null): string => (typeof value !== 'string' ? String(value) : piece?.type === 'date' ? wareki(value) : value);

/** What can be done about sealed minutes, on the page that shows them: a passage is chosen in the text, then what becomes of it. */
export class Changing implements ReactiveController {
  #what: What | null = null;
  #piece: Piece | null = null;
  #asked: MinutesErasing | null = null;

  /** done: something was kept, and these words say what. */
  constructor(private readonly host: RoomElement, private readonly done: (words: Text) => void) {
    host.addController(this);
  }
  hostConnected(): void {}

  /** Nobody else is offered anything, nor told that there is. */
  #may(s: MinutesStatus): What[] {
    return (['amend', 'erase'] as const).filter((x) => s.may.includes(x));
  }

  #focus(at: string): void {
    this.host.requestUpdate();
    void this.host.updateComplete.then(async () => {
      const form = this.host.querySelector<RoomElement>('rk-amend, rk-erase');
      await form?.updateComplete;
      const to = this.host.querySelector<HTMLElement>(at);
      to?.scrollIntoView({ block: at === '.change-bar' ? 'nearest' : 'start' });
      to?.focus();
    });
  }

  #start(what: What): void {
    this.#what = what;
    this.#piece = null;
    this.#asked = null;
    this.#focus('.change-bar');
  }

  #choose(piece: Piece): void {
    this.#piece = piece;
    this.#focus(`#${this.#what}-h`);
  }

  #answer(asked: MinutesErasing, piece: Piece | null): void {
    this.#what = 'erase';
    this.#asked = asked;
    this.#piece = piece;
    this.#focus('#erase-h');
  }

  /** Back to where one began. */
  #stop(): void {
    this.#what = null;
    this.#piece = null;
    this.#asked = null;
    this.#focus('#change-h');
  }

  #done(e: CustomEvent<Text>): void {
    this.#what = null;
    this.#piece = null;
    this.#asked = null;
    this.done(e.detail);
  }

  get #choosing(): boolean {
    return this.#what !== null && this.#piece === null && this.#asked === null;
  }

  #pick(p: Piece): TemplateResult {
    return html`<button type="button" class="btn pick" aria-label=${r.change.pickOne(excerpt(nowOf(p).text))} @click=${() => this.#choose(p)}>${r.change.pick}</button>`;
  }

  /** Beside the signature of a party: what it wrote to it can be erased. */
  notes(report: Report, party: string): TemplateResult | typeof nothing {
    const list = this.#choosing && this.#what === 'erase' ? notesOf(report, party) : [];
    return list.length === 0 ? nothing : html`${list.map((p) => this.#pick(p))}`;
  }

  /** The text, with a button beside each passage that can be chosen. */
  dress(doc: Doc, report: Report): Doc {
    if (!this.#choosing) return doc;
    const fits = (p: Piece): boolean => (this.#what === 'amend' ? mayAmend(p, report.manifest.role) : mayErase(p));
    return mapPieces(doc, (p) => (fits(p) ? { ...p, beside: this.#pick(p) } : p));
  }

  /** Says what is to be chosen, above the text. */
  bar(): TemplateResult | typeof nothing {
    if (!this.#choosing) return nothing;
    return html`<div class="change-bar" tabindex="-1" role="group" aria-label=${this.#what === 'amend' ? r.change.pickAmend : r.change.pickErase}>
      <p class="grow"><b>${this.#what === 'amend' ? r.change.pickAmend : r.change.pickErase}</b><br><span class="small">${r.change.pickBody}</span></p>
      <button type="button" class="btn" @click=${() => this.#stop()}>${r.change.cancel}</button></div>`;
  }

  /** The other asked for something to be erased, and this seat can say yes. */
  #isAsked(s: MinutesStatus): boolean {
    return s.hold === undefined && (s.erasing ?? []).some((e) => e.party !== s.party);
  }

  /** On a narrow screen the whole text stands before it. */
  jump(s: MinutesStatus): TemplateResult | typeof nothing {
    if (!this.#isAsked(s)) return nothing;
    return html`<button type="button" class="btn record-jump" @click=${() => this.#focus('#change-h')}>${down}${r.change.waiting.jump}</button>`;
  }

  /** `first`: before everything else at the side, where an answer of this seat is waited for. */
  card(room: RoomClient, s: MinutesStatus, report: Report, doc: Doc, first: boolean): TemplateResult | typeof nothing {
    const may = this.#may(s);
    if (may.length === 0 || first !== this.#isAsked(s)) return nothing;
    return html`<section class="card" aria-labelledby="change-h"
        @rk-changed=${(e: CustomEvent<Text>) => this.#done(e)} @rk-back=${() => this.#stop()}>
      <h2 id="change-h" tabindex="-1">${r.change.title}</h2>${this.#form(room, s, report, doc) ?? this.#offer(s, report, doc, may)}</section>`;
  }

  #form(room: RoomClient, s: MinutesStatus, report: Report, doc: Doc): TemplateResult | null {
    if (this.#asked) return html`<rk-erase .room=${room} .status=${s} .doc=${doc} .piece=${this.#piece} .asked=${this.#asked}></rk-erase>`;
    if (!this.#piece) return null;
    return this.#what === 'amend' ? html`<rk-amend .room=${room} .status=${s} .report=${report} .doc=${doc} .piece=${this.#piece}></rk-amend>`
      : html`<rk-erase .room=${room} .status=${s} .doc=${doc} .piece=${this.#piece}></rk-erase>`;
  }

  #offer(s: MinutesStatus, report: Report, doc: Doc, may: readonly What[]): TemplateResult {
    const open = may.filter((x) => x === 'amend' || !s.hold);
    return html`<p class="small muted">${may.map((x) => r.change.lead[x]).join('')}</p>${this.#hold(s)}${this.#erasing(s, report, doc)}${this.#amending(s, doc)}
      ${open.length === 0 ? nothing : html`<div class="row">${open.map((x) => html`<button type="button" class="btn" @click=${() => this.#start(x)}>${x === 'amend' ? pen : stop}${r.change[x]}</button>`)}</div>`}`;
  }

  #hold(s: MinutesStatus): TemplateResult | typeof nothing {
    const { hold } = s;
    if (!hold) return nothing;
    const w = r.change.hold;
    return html`<div class="callout callout-warn">${lock}<div><h3>${w.title}</h3><p>${hold.until === undefined ? w.open : w.until(dateOf(hold.until - 1))}<br>${w.why(hold.why)}</p>
      ${(s.erasing ?? []).length === 0 ? nothing : html`<p class="small">${w.kept}</p>`}</div></div>`;
  }

  #erasing(s: MinutesStatus, report: Report, doc: Doc): TemplateResult | typeof nothing {
    const list = s.erasing ?? [];
    if (list.length === 0) return nothing;
    const one = (e: MinutesErasing): TemplateResult => {
      const piece = pieceOf(doc, e.leaf) ?? noteOf(report, e.leaf);
      const mine = e.party === s.party;
      const when = shortMoment(e.time);
      return html`<li><blockquote class="change-passage pre">${piece ? nowOf(piece).text : r.change.unknown}</blockquote><p class="small"><b>${r.change.gone.bases[e.basis]}</b><br>
        ${mine ? r.change.waiting.byMe(when) : r.change.waiting.by(shortName(personOf(doc, e.party)), when)}${mine ? html`<br>${r.change.waiting.wait}` : nothing}</p>
        ${mine || s.hold ? nothing : html`<button type="button" class="btn" @click=${() => this.#answer(e, piece)}>${r.change.waiting.look}</button>`}</li>`;
    };
    return html`<h3 class="label">${r.change.waiting.title}</h3><ul class="change-list">${list.map(one)}</ul>`;
  }

  #amending(s: MinutesStatus, doc: Doc): TemplateResult | typeof nothing {
    const list = s.amending ?? [];
    if (list.length === 0) return nothing;
    return html`<h3 class="label">${r.change.amending.title}</h3><ul class="change-list">${list.map((a) => {
      const piece = pieceOf(doc, a.leaf);
      return html`<li><blockquote class="change-passage pre">${whole(a.value, piece)}</blockquote><p class="small">${r.because(a.why)}${piece ? html`<br><span class="muted">${r.change.amending.old}：<del>${nowOf(piece).text}</del></span>` : nothing}</p></li>`;
    })}</ul><p class="small muted">${r.change.amending.body(momentOf(s.next ?? s.now))}</p>`;
  }
}

/** Something this seat read was erased: its copy is made anew at the next round. */
export const laterView = (s: MinutesStatus, note: Text): TemplateResult => html`<h1>${r.title}</h1><div class="record-alone">
  ${note === '' ? nothing : html`<div class="callout callout-ok record-note" role="status" tabindex="-1">${check}<div><p><b>${note}</b></p></div></div>`}
  <div class="callout">${clockIcon}<div><h2>${r.change.later}</h2><p>${r.change.laterBody(momentOf(s.next ?? s.now))}</p></div></div></div>`;
