import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { Cell } from '../core/index.ts';
import { t } from '../locale/index.ts';
import { clock } from './dates.ts';
import { RoomElement, Ticking } from './element.ts';
import { clockIcon, pen } from './icons.ts';
import { isVoice } from './layout.ts';
import { isOpened, itemsOf } from './meeting.ts';
import './cell.ts';

const CLOCK_MS = 10_000;
/** The meeting's own tables have tabs of their own. */
const ELSEWHERE = /^(conf|min|party|consent|log)\./;

/** What the open item is about, as far as this seat reads it; then the fields that are its own to write. */
@customElement('rk-phone-now')
export class RkPhoneNow extends RoomElement {
  @property() focusKey = '';
  constructor() {
    super();
    new Ticking(this, CLOCK_MS);
  }

  protected override concerns(keys: ReadonlySet<string>): boolean {
    return [...keys].some((k) => k.startsWith('conf.agenda_items/'));
  }

  protected override render(): TemplateResult {
    const open = itemsOf(this.room).find((i) => i.state === 'now') ?? null;
    const cells = [...this.room.cells.values()].filter((c) => !ELSEWHERE.test(c.col) && !c.col.endsWith('.outline.priority'));
    // What is theirs to write comes first, what is text before dates and names.
    const rank = (c: Cell): number => (c.level === 'w' ? 0 : this.#isText(c) ? 1 : 2);
    const opened = (open ? cells.filter((c) => isOpened(open.fields, c.col) && this.#hasWords(c)) : [])
      .sort((a, b) => rank(a) - rank(b));
    const own = cells.filter((c) => c.level === 'w' && this.#isText(c) && !opened.includes(c));
    return html`${this.room.meet.phase !== 'in' ? nothing : html`<div class="phone-item"><h2>${open ? open.title : t.phone.between}</h2>
        <span class="chip num">${clockIcon}${clock(this.room.time)}</span></div>`}
      ${repeat(opened, (c) => c.key, (c) => this.#card(c))}
      ${own.length > 0 ? html`<h2 class="phone-h">${t.phone.own}</h2>${repeat(own, (c) => c.key, (c) => this.#card(c))}` : nothing}
      ${opened.length + own.length === 0 ? html`<p class="empty">${t.phone.nothingOpen}</p>` : nothing}`;
  }

  #isText(c: Cell): boolean {
    return this.room.cols.get(c.col)?.type === 'text';
  }

  /** What is empty and not theirs to fill takes no room on a phone. */
  #hasWords(c: Cell): boolean {
    if (c.level === 'w') return true;
    if (this.#isText(c)) return this.room.hasText(c.key) && this.room.text(c.key).doc !== '';
    return c.value !== null && c.value !== '' && !(Array.isArray(c.value) && c.value.length === 0);
  }

  #card(c: Cell): TemplateResult {
    const col = this.room.cols.get(c.col);
    const id = `p-${c.key.replaceAll(/[^a-z0-9]/g, '-')}`;
    const mine = c.level === 'w';
    const classes = `fcard${mine ? ' fcard-edit' : ''}${col && isVoice(c.col, col) ? ' voice' : ''}`;
    return html`<section class=${classes}><h3 class="fcard-head"><span id=${id}>${col?.label ?? ''}</span>
      ${mine ? html`<span class="small fcard-mine">${pen}${t.phone.mine}</span>` : nothing}</h3>
      <rk-cell .room=${this.room} .key=${c.key} .label=${col?.label ?? ''} .labelId=${id} .focused=${this.focusKey === c.key}></rk-cell></section>`;
  }
}
