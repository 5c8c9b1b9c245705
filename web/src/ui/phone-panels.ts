import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { Cell, Seat } from '../core/index.ts';
import { t } from '../locale/index.ts';
import { shortDate } from './dates.ts';
import { RoomElement } from './element.ts';
import { paper, seal } from './icons.ts';
import { rowsOf, type Row } from './layout.ts';
import { presentSeats } from './meeting.ts';
import { cellOf, chaptersOf, type Chapter } from './minutes-book.ts';
import { entryView } from './minutes-rows.ts';
import { fieldText, shortName } from './values.ts';

const ORDER = ['min.decisions', 'min.actions', 'min.person_words', 'min.utterances', 'min.advice', 'min.dissent'];

/** The minutes of the segments this seat was part of. */
@customElement('rk-phone-record')
export class RkPhoneRecord extends RoomElement {
  @property() focusKey = '';

  protected override concerns(keys: ReadonlySet<string>): boolean {
    return [...keys].some((k) => k.startsWith('min.'));
  }

  protected override render(): TemplateResult {
    const chapters = chaptersOf(this.room).filter((c) => c.entries.size > 0);
    if (chapters.length === 0) return html`<div class="empty">${paper}<p>${t.phone.noRecord}</p></div>`;
    return html`${repeat([...chapters].reverse(), (c) => c.item?.row ?? '', (c) => this.#chapter(c))}`;
  }

  #chapter(c: Chapter): TemplateResult {
    const tables = ORDER.filter((table) => (c.entries.get(table)?.length ?? 0) > 0);
    return html`<section class="fcard"><h2 class="phone-h">${c.item?.title ?? t.minutes.title}</h2>
      ${tables.map((table) => html`<h3 class="sec">${t.phone.tables[table] ?? ''}</h3>
        ${repeat(c.entries.get(table) ?? [], (e) => e.row.id, (e) => entryView({ room: this.room, focusKey: this.focusKey }, e))}`)}</section>`;
  }
}

/** Rows of the minutes that ask something of this seat. */
export function ownTasks(rows: readonly Row[], seat: string): { what: Cell; due: string }[] {
  return rows.flatMap((row) => {
    const what = cellOf(row, 'min.actions', 'what');
    const due = cellOf(row, 'min.actions', 'due')?.value;
    const who = cellOf(row, 'min.actions', 'who')?.value;
    return what && who === `@${seat}` ? [{ what, due: typeof due === 'string' ? shortDate(due) : '' }] : [];
  });
}

/** What is asked of this seat, and what the person wants it to know. */
@customElement('rk-phone-you')
export class RkPhoneYou extends RoomElement {
  @property() focusKey = '';

  protected override concerns(keys: ReadonlySet<string>): boolean {
    return [...keys].some((k) => k.startsWith('min.actions/') || k === 'pplan.message' || k === 'person.comm_needs');
  }

  protected override render(): TemplateResult {
    const { room } = this;
    const tasks = ownTasks(rowsOf(room, 'min.actions'), room.me?.seat ?? '');
    const message = fieldText(room, 'pplan.message');
    const needs = fieldText(room, 'person.comm_needs');
    const name = fieldText(room, 'person.preferred_name');
    return html`<h2 class="phone-h">${t.phone.tasks}</h2>
      ${tasks.length === 0 ? html`<p class="muted">${t.phone.noTasks}</p>` : tasks.map((task) => html`<section class="fcard">
        <h3>${room.hasText(task.what.key) ? room.text(task.what.key).doc : ''}</h3>
        ${task.due === '' ? nothing : html`<p class="small muted">${t.minutes.due(task.due)}</p>`}</section>`)}
      ${message === '' ? nothing : html`<h2 class="phone-h">${t.phone.fromThem(name)}</h2><section class="fcard voice"><p class="pre">${message}</p></section>`}
      ${needs === '' ? nothing : html`<section class="fcard"><h3>${t.phone.needs}</h3><p class="pre">${needs}</p></section>`}`;
  }
}

/** Who is in the meeting now, as far as one sits in it oneself. */
@customElement('rk-phone-who')
export class RkPhoneWho extends RoomElement {
  protected override render(): TemplateResult {
    const seats = presentSeats(this.room);
    return html`<h2 class="phone-h">${t.people.title}</h2>
      <ul class="phone-people">${repeat(seats, (s) => s.seat, (s) => this.#person(s))}</ul>`;
  }

  #person(s: Seat): TemplateResult {
    const words = [
      s.seat === this.room.me?.seat ? t.people.you : '',
      ...(s.duties ?? []).map((d) => t.people.duties[d] ?? ''),
      s.at === 'line' ? t.people.line : '',
    ].filter((w) => w !== '');
    return html`<li class="person">${seal(s)}<span><b>${shortName(s.label)}</b><span>${words.length > 0 ? words.join('・') : s.role_label}</span></span></li>`;
  }
}
