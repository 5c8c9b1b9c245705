import { html, nothing, type TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import { t } from '../locale/index.ts';
import { wareki } from './dates.ts';
import { RoomElement } from './element.ts';
import { hands, logo, screen } from './icons.ts';
import { hasDuty } from './meeting.ts';
import type { RoomClient } from '../core/index.ts';
import { fieldText } from './values.ts';
import './pause.ts';
import './saved.ts';

const KEYS = ['person.preferred_name', 'conf.'];

/** みなとさんの会議 第3回: from what this viewer may see, and no more. */
export function meetingTitle(room: RoomClient): string {
  const name = fieldText(room, 'person.preferred_name');
  const no = room.cells.get('conf.schedule.conf_no')?.value;
  return [t.head.meeting(name), typeof no === 'number' ? t.head.number(no) : ''].join(' ').trim();
}

@customElement('rk-appbar')
export class RkAppbar extends RoomElement {
  protected override concerns(keys: ReadonlySet<string>): boolean {
    return [...keys].some((k) => KEYS.some((p) => k.startsWith(p)));
  }

  protected override render(): TemplateResult {
    const { room } = this;
    const heldOn = room.cells.get('conf.held_on')?.value;
    const start = fieldText(room, 'conf.schedule.start');
    const end = fieldText(room, 'conf.schedule.end');
    const when = (typeof heldOn === 'string' ? wareki(heldOn) : '') + (start && end ? t.head.times(start, end) : '');
    const basis = fieldText(room, 'conf.legal_basis');
    const place = fieldText(room, 'conf.place');
    return html`<header class="appbar">
      <span class="brand">${logo}<span>${t.product}</span></span><span class="appbar-sep"></span>
      <div class="grow"><h1>${meetingTitle(room)}</h1>
        <p class="sub" title=${place}>${when}${place === '' ? nothing : html`<span class="hide-m">　${place}</span>`}</p></div>
      ${basis === '' ? nothing : html`<span class="chip chip-key hide-s">${hands}${basis}</span>`}
      ${room.series.fictional ? html`<span class="chip chip-demo" title=${room.series.notice}>${t.head.fictional}</span>` : nothing}
      ${hasDuty(room) ? html`<a class="btn btn-text to-board hide-s" href="${location.pathname}#board" target="_blank" rel="noopener"
        aria-label=${t.head.board} title=${t.head.board}>${screen}<span class="hide-m">${t.head.board}</span></a>` : nothing}
      <rk-saved .room=${room}></rk-saved><rk-pause .room=${room}></rk-pause></header>`;
  }
}
