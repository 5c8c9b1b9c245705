import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Cell, RoomClient } from '../core/index.ts';
import { t } from '../locale/index.ts';
import { CONSENT } from './consent-book.ts';
import { wareki } from './dates.ts';
import { lock } from './icons.ts';
import { hidesSomething, type Block, type Place } from './layout.ts';
import { tableView } from './rows.ts';
import { valueText } from './values.ts';
import './consents.ts';
import './field.ts';

const CONSENTS = `record:${CONSENT}`;

/* The open area of the plan, or one of the other records: a head, then its fields. */

function outlineWords(room: RoomClient, place: Place): TemplateResult {
  const at = (name: string): Cell | undefined => room.cells.get(`plan.${place.id.slice('area:'.length)}.outline.${name}`);
  const from = at('period_from')?.value;
  const to = at('period_to')?.value;
  const approach = at('approach');
  const col = approach && room.cols.get(approach.col);
  const word = approach && col ? valueText(room, col, approach.value) : '';
  const period = typeof from === 'string' && typeof to === 'string' ? `${plainDate(from)}〜${plainDate(to)}` : '';
  return html`${period === '' ? nothing : html`<span class="small muted">${period}</span>`}
    ${word === '' ? nothing : html`<span class="chip">${word}</span>`}`;
}

const plainDate = (iso: string): string => wareki(iso).replace(/（.）$/, '');

export function placeView(room: RoomClient, place: Place, focusKey: string): TemplateResult {
  const area = place.id.startsWith('area:');
  return html`<div class="area-head"><h2 id="place-h">${place.label}</h2>${area ? outlineWords(room, place) : nothing}
      <span class="grow"></span>${hidesSomething(room, place)
        ? html`<span class="small muted hidden-mark">${lock}${t.plan.hidden}</span>` : nothing}</div>
    <div class="fields" id="fields" tabindex="0" role="region" aria-label=${t.plan.areaFields(place.label)}>
      ${place.id === CONSENTS ? html`<rk-consents .room=${room}></rk-consents>` : nothing}
      ${repeat(inReadingOrder(place.blocks), (b) => b.group, (b) => blockView(room, b, focusKey, area))}</div>`;
}

/** What is talked about comes first; dates and states of the outline follow, then what is behind. */
function inReadingOrder(blocks: readonly Block[]): Block[] {
  const outline = blocks.filter((b) => b.group === 'outline');
  const rest = blocks.filter((b) => b.group !== 'outline');
  const at = rest.findIndex((b) => b.group === 'background' || b.group === 'restricted');
  return at < 0 ? [...rest, ...outline] : [...rest.slice(0, at), ...outline, ...rest.slice(at)];
}

function blockView(room: RoomClient, block: Block, focusKey: string, area: boolean): TemplateResult {
  const titled = area && block.group !== 'action' && block.group !== 'restricted' && block.fields.length > 0;
  const heading = titled ? t.groups[block.group] : undefined;
  return html`${heading ? html`<h3 class="block-head">${heading}</h3>` : nothing}
    ${repeat(block.fields, (c) => c.key, (c) => html`<rk-field .room=${room} .key=${c.key} .focusKey=${focusKey}></rk-field>`)}
    ${repeat(block.tables.filter((x) => x.id !== CONSENT), (x) => x.id, (x) => tableView(room, x, focusKey))}`;
}
