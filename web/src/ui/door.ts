import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { t } from '../locale/index.ts';
import { Attempt, refusedNote } from './attempt.ts';
import { RoomElement } from './element.ts';
import { clockIcon, enter, leave, logo } from './icons.ts';
import { logout } from './leave-room.ts';
import { isChair, isIn } from './meeting.ts';
import { shortName } from './values.ts';

/** Where this seat stands: outside, at the door, waiting, in, or done. Tells nothing of the others. */
@customElement('rk-door')
export class RkDoor extends RoomElement {
  /** On narrow screens a strip above all tabs; else a card in the agenda's column. */
  @property({ type: Boolean }) compact = false;
  #attempt = new Attempt(this);

  get #mine(): 'room' | 'line' | 'wait' | 'out' | undefined {
    return this.room.seats.get(this.room.me?.seat ?? '')?.at;
  }

  #attend(what: 'in' | 'out'): void {
    void this.#attempt.run(what, () => this.room.attend(what));
  }

  protected override render(): TemplateResult | typeof nothing {
    const { phase } = this.room.meet;
    const refused = this.#attempt.refused ? refusedNote(t.agenda.refusedBody) : nothing;
    switch (phase) {
      case 'before': return html`${this.#before()}${refused}`;
      case 'door': return html`${this.#card(t.door.door, t.door.doorBody, this.#enter())}${refused}`;
      case 'wait': return html`${this.#card(t.door.wait, t.door.waitBody, this.#quiet(t.door.back))}${refused}`;
      case 'on': return this.#card(t.door.on, t.door.onBody, nothing);
      case 'done': return this.compact ? nothing : this.#done();
      case 'in': return this.compact ? nothing : html`<div class="door-in">${this.#quiet(t.door.leave)}</div>${refused}`;
    }
  }

  #before(): TemplateResult {
    const me = this.room.seats.get(this.room.me?.seat ?? '');
    if (me && isIn(me)) return this.#card(t.door.entered, t.door.enteredBody, this.#quiet(t.door.leave));
    const wait = this.#mine === 'wait';
    if (wait) return this.#card(t.door.wait, t.door.waitBody, this.#quiet(t.door.back));
    // Whoever chairs comes in by beginning.
    return this.#card(t.door.before, t.door.beforeBody(this.room.meet.start ?? ''), isChair(this.room) ? nothing : this.#enter());
  }

  #card(title: string, body: string, button: TemplateResult | typeof nothing): TemplateResult {
    if (this.compact) {
      return html`<section class="callout" aria-label=${title}>${clockIcon}<div><h2>${title}</h2><p>${body}</p>
        ${button === nothing ? nothing : html`<div class="row">${button}</div>`}</div></section>`;
    }
    return html`<section class="door card" aria-labelledby="door-h"><h3 id="door-h">${clockIcon}${title}</h3><p>${body}</p>${button}</section>`;
  }

  #enter(): TemplateResult {
    return html`<button type="button" class="btn btn-1 btn-wide" aria-disabled=${this.#attempt.busy('in') ? 'true' : nothing}
      @click=${() => this.#attend('in')}>${enter}${t.door.enter}</button>`;
  }

  #quiet(label: string): TemplateResult {
    return html`<button type="button" class="btn btn-text" aria-disabled=${this.#attempt.busy('out') ? 'true' : nothing}
      @click=${() => this.#attend('out')}>${leave}${label}</button>`;
  }

  #done(): TemplateResult {
    const { me } = this.room;
    const name = t.san(shortName(me?.label ?? ''));
    return html`<section class="farewell farewell-rail" aria-labelledby="door-h">
      <span class="ring" aria-hidden="true">${logo}</span><h2 id="door-h">${t.door.done}</h2>
      <p>${me?.official || me?.role === 'self' ? t.door.doneMine : t.door.doneBody(name)}</p>
      <button type="button" class="btn btn-wide" @click=${() => void logout()}>${t.door.exit}</button>
      ${me?.official || me?.role === 'self' ? nothing : html`<p class="small muted">${t.door.secret}</p>`}</section>`;
  }
}
