import { html, nothing, type TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import { t } from '../locale/index.ts';
import type { Act } from '../core/index.ts';
import { Attempt, refusedNote } from './attempt.ts';
import { RoomElement } from './element.ts';
import { cup } from './icons.ts';
import { hasDuty, isChair, selfSeat } from './meeting.ts';
import { deskOf } from './scribe.ts';
import { seatName } from './values.ts';

/** As whom this seat may stop the clock: the person itself, or a scribe who was told to. */
function pauseAct(room: RkPause['room']): Act | null {
  if (room.me?.role === 'self') return {};
  const self = selfSeat(room);
  if (!self || !hasDuty(room)) return null;
  const { mode } = deskOf(room);
  return mode?.for === self.seat ? mode : { for: self.seat, method: 'oral' };
}

/** The person's button: one press, no question. */
@customElement('rk-pause')
export class RkPause extends RoomElement {
  #attempt = new Attempt(this);

  protected override render(): TemplateResult | typeof nothing {
    const { room } = this;
    const act = pauseAct(room);
    if (!act || room.meet.phase !== 'in' || room.meet.item === undefined || room.meet.pause !== undefined) return nothing;
    const self = selfSeat(room);
    const said = room.me?.role === 'self' || !self ? nothing : t.pause.scribe(t.san(seatName(room, self.seat)));
    return html`<button type="button" class="btn btn-warm" title=${said} aria-label=${said === nothing ? nothing : `${t.pause.button}（${said}）`}
      aria-disabled=${this.#attempt.busy() ? 'true' : nothing}
      @click=${() => void this.#attempt.run('on', () => room.pause(true, act))}>${cup}${t.pause.button}</button>
      ${this.#attempt.refused ? refusedNote(t.agenda.refusedBody) : nothing}`;
  }
}

/** While it lasts, for everybody in; only the person or the chair ends it. */
@customElement('rk-paused')
export class RkPaused extends RoomElement {
  #attempt = new Attempt(this);

  protected override render(): TemplateResult | typeof nothing {
    const { room } = this;
    if (room.meet.pause === undefined || room.meet.phase !== 'in') return nothing;
    const self = selfSeat(room);
    const mine = room.me?.role === 'self';
    const name = self ? t.san(seatName(room, self.seat)) : t.value.someone;
    const act = mine || isChair(room) ? {} : pauseAct(room);
    return html`<div class="callout callout-warm" role="status">${cup}<div>
      <h2>${mine ? t.pause.mine : t.pause.title(name)}</h2><p>${mine ? t.pause.mineBody : t.pause.body(name)}${isChair(room) ? t.pause.chairEnd : ''}</p>
      ${act ? html`<div class="row"><button type="button" class="btn ${mine ? 'btn-warm' : 'btn-quiet'}" aria-disabled=${this.#attempt.busy() ? 'true' : nothing}
        @click=${() => void this.#attempt.run('off', () => room.pause(false, act))}>${t.pause.end}</button></div>` : nothing}
      ${this.#attempt.refused ? refusedNote(t.agenda.refusedBody) : nothing}</div></div>`;
  }
}
