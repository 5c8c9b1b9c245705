import { html, nothing, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { CaseEntry, Caseload, Col, Value } from '../core/index.ts';
import { t } from '../locale/index.ts';
import { Attempt, refusedNote } from './attempt.ts';
import { clock, wareki } from './dates.ts';
import { RoomElement } from './element.ts';
import { warn } from './icons.ts';
import { shortName } from './values.ts';

/** Told in a column of their own, or beside the name. */
const NAME = 'person.preferred_name';
const NUMBER = 'case.case_no';
const SECOND = 'case.second_staff';
const FRESH_MS = 60_000;

const valueOf = (c: CaseEntry, col: string): Value | undefined => c.cells.find((x) => x.c === col)?.x;

function words(c: CaseEntry, id: string, col: Col): string {
  const value = valueOf(c, id);
  if (value === undefined || value === null || value === '') return '';
  if (col.type === 'enum') return col.enum?.find(([choice]) => choice === value)?.[1] ?? String(value);
  if (col.type === 'date') return wareki(String(value));
  if (col.type === 'seat') return shortName(c.seats.find((s) => `@${s.seat}` === value)?.label ?? '');
  return String(value);
}

/** Read, and nobody is named: the one thing in this list that must not be overlooked. */
const lacksSecond = (c: CaseEntry): boolean => {
  const second = c.cells.find((x) => x.c === SECOND);
  return second !== undefined && words(c, SECOND, c.cols[SECOND] as Col) === '';
};

/** The cases of one desk, each as far as its own rights let this seat see. */
@customElement('rk-caseload')
export class RkCaseload extends RoomElement {
  @state() private list: Caseload | null = null;
  @state() private at = 0;
  @state() private find = '';
  #attempt = new Attempt(this);
  #timer = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener('visibilitychange', this.#back);
    this.#timer = window.setInterval(this.#back, FRESH_MS);
    void this.#look();
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener('visibilitychange', this.#back);
    window.clearInterval(this.#timer);
  }

  /** Rights change while nobody looks: a list left open is made anew, one in the background not. */
  readonly #back = (): void => {
    if (!document.hidden && this.room.status === 'live') void this.#look();
  };

  async #look(): Promise<void> {
    await this.#attempt.run('look', async () => {
      this.list = await this.room.caseload();
      this.at = this.room.time;
    });
  }

  get #shown(): CaseEntry[] {
    const find = this.find.trim();
    return (this.list?.cases ?? []).filter((c) => find === ''
      || [NAME, NUMBER].some((id) => String(valueOf(c, id) ?? '').includes(find)));
  }

  /** Columns that any of the cases shows, in the order of the form. */
  get #cols(): [id: string, col: Col][] {
    const all = new Map<string, Col>();
    for (const c of this.list?.cases ?? []) {
      for (const { c: id } of c.cells) {
        const col = c.cols[id];
        if (col && !all.has(id) && id !== NAME && id !== NUMBER) all.set(id, col);
      }
    }
    return [...all].sort(([a], [b]) => Number(a === SECOND) - Number(b === SECOND));
  }

  protected override render(): TemplateResult {
    const { list } = this;
    const busy = this.#attempt.busy();
    return html`<div class="office-bar"><p class="muted grow" role="status">${list ? `${t.office.count(list.cases.length)}　${t.office.asOf(clock(this.at))}` : t.office.looking}</p>
        <label class="office-find"><span class="vh">${t.office.find}</span><input class="input" type="search" placeholder=${t.office.find}
          @input=${(e: Event) => { this.find = (e.target as HTMLInputElement).value; }}></label>
        <button type="button" class="btn" aria-disabled=${busy ? 'true' : nothing} @click=${() => void this.#look()}>${t.office.again}</button></div>
      ${this.#attempt.refused ? refusedNote(t.office.refused) : nothing}
      ${list && list.failed > 0 ? html`<div class="callout callout-stop" role="alert">${warn}<p>${t.office.failed(list.failed)}</p></div>` : nothing}
      ${this.#alone()}${list ? this.#table() : nothing}
      <p class="small muted">${t.office.open}</p><p class="small muted">${t.office.foot}</p>`;
  }

  #alone(): TemplateResult | typeof nothing {
    const alone = (this.list?.cases ?? []).filter(lacksSecond);
    if (alone.length === 0) return nothing;
    return html`<div class="callout callout-warn">${warn}<div><h2>${t.office.noSecondTitle(alone.length)}</h2><p class="small">${t.office.noSecondBody}</p></div></div>`;
  }

  #table(): TemplateResult {
    const shown = this.#shown;
    const cols = this.#cols;
    if (shown.length === 0) return html`<p class="empty">${this.list?.cases.length === 0 ? t.office.none : t.office.noMatch}</p>`;
    return html`<section class="card office-list" aria-label=${t.office.cases}><table class="table-stack">
      <thead><tr><th scope="col">${t.office.person}</th>${cols.map(([, col]) => html`<th scope="col">${col.label}</th>`)}</tr></thead>
      <tbody>${repeat(shown, (c) => c.entry, (c) => html`<tr><th scope="row">${valueOf(c, NAME) ?? t.office.blank}<br><span class="small muted num">${valueOf(c, NUMBER) ?? ''}</span></th>
        ${cols.map(([id, col]) => this.#cell(c, id, col))}</tr>`)}</tbody></table></section>`;
  }

  #cell(c: CaseEntry, id: string, col: Col): TemplateResult {
    const own = c.cols[id];
    const text = own ? words(c, id, own) : '';
    return html`<td data-l=${col.label}>${id === SECOND && lacksSecond(c) ? html`<span class="chip chip-warn">${warn}${t.office.noSecond}</span>`
      : text === '' ? html`<span class="muted">${t.office.blank}</span>` : text}</td>`;
  }
}
