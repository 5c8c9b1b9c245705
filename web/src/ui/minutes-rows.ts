import { html, nothing, type TemplateResult } from 'lit';
import type { Cell, RoomClient } from '../core/index.ts';
import { t } from '../locale/index.ts';
import { shortDate } from './dates.ts';
import { seal } from './icons.ts';
import { seatIn, selfSeat } from './meeting.ts';
import { cellOf, isLive, mainColumn, type Entry } from './minutes-book.ts';
import { shortName, valueText } from './values.ts';
import './cell.ts';

/* How one row of the minutes looks. */

export interface RowView {
  readonly room: RoomClient;
  readonly focusKey: string;
}

function inline(v: RowView, cell: Cell | undefined, foot = true): TemplateResult | typeof nothing {
  if (!cell) return nothing;
  return html`<rk-cell class="inline-text" .room=${v.room} .key=${cell.key} .label=${v.room.cols.get(cell.col)?.label ?? ''}
    .focused=${v.focusKey === cell.key} .foot=${foot}></rk-cell>`;
}

const main = (v: RowView, e: Entry, foot = true): TemplateResult | typeof nothing =>
  inline(v, cellOf(e.row, e.table, mainColumn(e.table)), foot);

const liveMark = (v: RowView, e: Entry): TemplateResult | typeof nothing =>
  (isLive(v.room, e) ? html`<span class="live-mark">${t.minutes.live}</span>` : nothing);

function decision(v: RowView, e: Entry): TemplateResult {
  return html`<div class="decision-line"><span class="decision-no">${e.name}</span><div>${main(v, e)}${liveMark(v, e)}</div></div>`;
}

function action(v: RowView, e: Entry): TemplateResult {
  const whoCell = cellOf(e.row, e.table, 'who');
  const dueCell = cellOf(e.row, e.table, 'due');
  const who = seatIn(v.room, whoCell?.value);
  const due = dueCell?.value;
  const tail = [who ? shortName(who.label) : '', typeof due === 'string' ? t.minutes.due(shortDate(due)) : ''].filter((w) => w !== '');
  const writes = whoCell?.level === 'w' || dueCell?.level === 'w';
  return html`<div class="todo">${who ? seal(who, 'seal-s') : html`<span></span>`}<div>${main(v, e)}${liveMark(v, e)}
    ${writes ? html`<div class="due-edit">${inline(v, whoCell)}${inline(v, dueCell)}</div>` : html`<span class="due">${tail.join('　')}</span>`}</div></div>`;
}

function words(v: RowView, e: Entry): TemplateResult {
  const self = selfSeat(v.room);
  return html`<div class="utt utt-self">${self ? seal(self) : html`<span></span>`}<div>
    ${self ? html`<header><b>${shortName(self.label)}</b>${liveMark(v, e)}</header>` : nothing}
    <div class="utt-body">${main(v, e)}</div></div></div>`;
}

function utterance(v: RowView, e: Entry): TemplateResult {
  const who = seatIn(v.room, cellOf(e.row, e.table, 'speaker')?.value);
  const at = cellOf(e.row, e.table, 'at')?.value;
  const kindCell = cellOf(e.row, e.table, 'kind');
  const kindCol = kindCell && v.room.cols.get(kindCell.col);
  const kind = kindCell && kindCol && kindCell.value !== 'utterance' ? valueText(v.room, kindCol, kindCell.value) : '';
  const live = isLive(v.room, e);
  return html`<div class="utt ${who?.role === 'self' ? 'utt-self' : ''} ${live ? 'utt-live' : ''}">${who ? seal(who) : html`<span></span>`}<div>
    <header>${who ? html`<b>${shortName(who.label)}</b>` : nothing}${kindCell?.level === 'w' ? html`<span class="utt-kind">${inline(v, kindCell, false)}</span>` : kind === '' ? nothing : html`<span>${kind}</span>`}
      ${typeof at === 'string' && at !== '' ? html`<span class="num">${at}</span>` : nothing}${liveMark(v, e)}</header>
    <div class="utt-body">${main(v, e, false)}</div></div></div>`;
}

function advice(v: RowView, e: Entry): TemplateResult {
  const reply = cellOf(e.row, e.table, 'reply');
  const filled = reply && (reply.level === 'w' || (v.room.hasText(reply.key) && v.room.text(reply.key).doc !== ''));
  return html`<div class="remark"><span class="remark-no">${e.name}</span><div>${main(v, e)}${liveMark(v, e)}
    ${filled ? html`<div class="remark-reply"><span class="small muted">${t.minutes.reply}</span>${inline(v, reply)}</div>` : nothing}</div></div>`;
}

function dissent(v: RowView, e: Entry): TemplateResult {
  const about = cellOf(e.row, e.table, 'about')?.value;
  return html`<div class="remark"><span class="remark-no">${e.name}</span><div>
    ${typeof about === 'string' && about !== '' ? html`<p class="small muted">${about}</p>` : nothing}${main(v, e)}</div></div>`;
}

const VIEWS: Readonly<Record<string, (v: RowView, e: Entry) => TemplateResult>> = {
  'min.decisions': decision, 'min.actions': action, 'min.person_words': words,
  'min.utterances': utterance, 'min.advice': advice, 'min.dissent': dissent,
};

export const entryView = (v: RowView, e: Entry): TemplateResult | typeof nothing => VIEWS[e.table]?.(v, e) ?? nothing;
