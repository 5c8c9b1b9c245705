import { html, nothing, type TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import { t } from '../locale/index.ts';
import { RoomElement } from './element.ts';
import { logo } from './icons.ts';
import { rowsOf } from './layout.ts';
import { logout } from './leave-room.ts';
import { ownTasks } from './phone-panels.ts';
import { shortName } from './values.ts';
import './record-link.ts';

/** ここまでです: thanks, what was asked, and the way out. Not a word of what goes on. */
@customElement('rk-phone-end')
export class RkPhoneEnd extends RoomElement {
  protected override concerns(keys: ReadonlySet<string>): boolean {
    return [...keys].some((k) => k.startsWith('min.actions/'));
  }

  protected override render(): TemplateResult {
    const { room } = this;
    const tasks = ownTasks(rowsOf(room, 'min.actions'), room.me?.seat ?? '');
    return html`<div class="farewell"><span class="ring" aria-hidden="true">${logo}</span><h2>${t.door.done}</h2>
        <p>${t.door.doneBody(t.san(shortName(room.me?.label ?? '')))}</p></div>
      <section class="card stack">${tasks.length === 0 ? nothing : html`<h3>${t.phone.asked}</h3>
        ${tasks.map((task) => html`<p><b>${room.hasText(task.what.key) ? room.text(task.what.key).doc : ''}</b>
          ${task.due === '' ? nothing : html`<br><span class="small muted">${t.minutes.due(task.due)}</span>`}</p>`)}<hr>`}
        <h3>${t.phone.after}</h3><p>${t.phone.afterBody}</p></section>
      <rk-record-link .room=${room}></rk-record-link>
      <button class="btn btn-1 btn-wide btn-big" type="button" @click=${() => void logout()}>${t.phone.exit}</button>
      <p class="phone-secret small muted">${t.door.secret}</p>`;
  }
}
