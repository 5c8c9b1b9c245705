import { LitElement, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { Text } from '../locale/ruby.ts';
import { personOf, read } from '../record/read.ts';
import { momentOf } from '../record/times.ts';
import { r, Speaking } from '../record/words.ts';
import { shortName } from '../ui/values.ts';
import { forkOf, headNote, type Fork } from '../verify/fork.ts';
import type { Report, Verdict } from '../verify/report.ts';
import { verify } from '../verify/verify.ts';
import { callout, isKeyOfAnother } from '../record/views.ts';
import { check as tick, down, paper, stop, warn } from '../ui/icons.ts';
import { FORMS, bytesOf } from './file.ts';

/** A second copy held against the one that is shown: one log or two, and where they part what shows it to others. */
@customElement('rk-compare')
export class RkCompare extends LitElement {
  @property({ attribute: false }) report!: Report;
  /** Keys that were given to compare; none: whatever the copy names. */
  @property({ attribute: false }) keys: readonly string[] = [];
  @state() private other: Verdict | null = null;
  @state() private wrong: '' | 'tooBig' | 'unread' = '';
  @state() private over = false;
  @state() private notes = '';
  #bytes: Uint8Array | null = null;
  #asked = 0;
  protected readonly words = new Speaking(this);

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (this.#bytes && (changed.has('keys') && changed.get('keys')?.join() !== this.keys.join() || changed.has('report'))) void this.#check();
  }

  async #open(file: File | null | undefined): Promise<void> {
    if (!file) return;
    const bytes = await bytesOf(file);
    this.other = null;
    this.wrong = bytes instanceof Uint8Array ? '' : bytes;
    this.#bytes = bytes instanceof Uint8Array ? bytes : null;
    await this.#check();
    await this.updateComplete;
    this.querySelector<HTMLElement>('#fork')?.focus();
  }

  async #check(): Promise<void> {
    const mine = ++this.#asked;
    if (!this.#bytes) return;
    const other = await verify(this.#bytes, this.keys.length > 0 ? this.keys : null);
    const notes = other.verdict === 'invalid' || other.verdict === 'unable' ? []
      : await Promise.all([this.report, other].map(headNote));
    if (mine !== this.#asked) return; // another was asked since
    this.other = other;
    this.notes = notes.join('\n');
  }

  #drop(event: DragEvent): void {
    event.preventDefault();
    this.over = false;
    void this.#open(event.dataTransfer?.files[0]);
  }

  protected override render(): TemplateResult {
    const w = r.fork;
    return html`<section class="card check-other ${this.over ? 'is-over' : ''}" aria-labelledby="fork-h" @dragover=${(e: DragEvent) => { e.preventDefault(); this.over = true; }}
        @dragleave=${() => { this.over = false; }} @drop=${(e: DragEvent) => this.#drop(e)}><h2 id="fork-h">${w.title}</h2>
      <div id="fork" tabindex="-1">${this.#result()}</div>
      <div><label class="btn check-file">${paper}${this.other ? w.again : w.choose}<input id="other" type="file" accept=".json,application/json" aria-describedby="fork-help"
        @change=${(e: Event) => void this.#open((e.target as HTMLInputElement).files?.[0])}></label></div>
      <p class="small muted" id="fork-help">${w.help}</p></section>`;
  }

  #result(): TemplateResult | typeof nothing {
    const w = r.fork;
    if (this.wrong !== '') return callout('callout-stop', stop, r.check[this.wrong], '', 'alert');
    const other = this.other;
    if (!other || other.verdict === 'unable') return nothing;
    if (other.verdict !== 'invalid') return this.#told(other, forkOf(this.report, other));
    const alien = isKeyOfAnother(other.why);
    return callout('callout-stop', stop, alien ? w.otherKey : w.invalid, alien ? w.otherKeyBody : w.invalidBody, 'alert');
  }

  #told(other: Report, { kind, at }: Fork): TemplateResult {
    const w = r.fork;
    const states = html`<dl class="values">${this.#state(w.this, this.report)}${this.#state(w.other, other)}</dl>`;
    switch (kind) {
      case 'same': return html`${callout('callout-ok', tick, w.same, w.sameBody(at))}${states}`;
      case 'longer': return html`${callout('callout-ok', tick, w.longer, w.longerBody(at, other.size > at))}${states}`;
      case 'next': return html`${callout('callout-ok', tick, w.next, w.nextBody(at))}${states}`;
      case 'other': return html`${callout('callout-warn', warn, w.separate, w.separateBody)}${states}`;
      case 'parted': return html`${this.#parted(at, this.report.key === other.key)}${states}`;
    }
  }

  #state(label: Text, report: Report): TemplateResult {
    return html`<div><dt>${label}</dt><dd>${r.fork.state(report.size, momentOf(report.last), shortName(personOf(read(report, FORMS), report.party)))}</dd></div>`;
  }

  #parted(at: number, oneKey: boolean): TemplateResult {
    const w = r.fork;
    return html`${callout('callout-stop', stop, w.parted, oneKey ? w.partedBody(at + 1) : w.partedKeys(at + 1), 'alert')}
      <h3 class="label">${w.todo}</h3><ol class="check-todo">${oneKey ? nothing : html`<li>${w.listKeys}</li>`}${w.list.map((x) => html`<li>${x}</li>`)}</ol>
      <h3 class="label">${w.heads}</h3><pre class="code seal-value check-notes" tabindex="0" aria-label=${w.heads}>${this.notes}</pre>
      <p><a class="btn" download=${w.saveName} href="data:text/plain;charset=utf-8,${encodeURIComponent(this.notes)}">${down}${w.save}</a></p>`;
  }
}
