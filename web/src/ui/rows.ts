import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Cell, RoomClient } from '../core/index.ts';
import { t } from '../locale/index.ts';
import { reachIcon } from './icons.ts';
import { isVoice, type Row, type Table } from './layout.ts';
import './field.ts';

/** Tables whose rows are long texts look like the rest of the form. */
const AS_FIELDS = ['work'];

export function tableView(room: RoomClient, table: Table, focusKey: string): TemplateResult {
  const title = labelOf(room, table);
  if (AS_FIELDS.includes(table.id)) {
    return html`${repeat(table.rows, (r) => r.id, (r) => html`<div class="fields-group">${r.cells.map((c) =>
      html`<rk-field .room=${room} .key=${c.key} .focusKey=${focusKey}></rk-field>`)}</div>`)}`;
  }
  return html`<section class="rows" aria-label=${title}><h3 class="sec">${title}</h3>
    ${repeat(table.rows, (r) => r.id, (r) => rowCard(room, r, focusKey))}</section>`;
}

function labelOf(room: RoomClient, table: Table): string {
  const first = table.rows[0]?.cells[0];
  return (first && room.cols.get(first.col)?.table_label) ?? t.otherRecord;
}

function rowCard(room: RoomClient, row: Row, focusKey: string): TemplateResult {
  return html`<div class="rowcard">${repeat(row.cells, (c) => c.key, (c) => rowCell(room, c, focusKey))}</div>`;
}

function rowCell(room: RoomClient, cell: Cell, focusKey: string): TemplateResult | typeof nothing {
  const col = room.cols.get(cell.col);
  if (!col) return nothing;
  const text = col.type === 'text';
  const focused = focusKey === cell.key ? ` field-focus focus-${cell.reach ?? 'none'}` : '';
  return html`<div class="rowcell ${text ? 'rowcell-text' : ''} ${isVoice(cell.col, col) ? 'voice' : ''}${focused}">
    <span class="rowcell-label">${col.label}${cell.reach && focused !== ''
      ? html` <span class="reach reach-${cell.reach}">${reachIcon(cell.reach)}${t.reach.words[cell.reach]}</span>` : nothing}</span>
    <rk-cell .room=${room} .key=${cell.key} .label=${col.label} .focused=${focusKey === cell.key}></rk-cell></div>`;
}
