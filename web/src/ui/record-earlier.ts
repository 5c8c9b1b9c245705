import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { MinutesRefused, type MinutesMeeting } from '../core/index.ts';
import { dateOf } from '../record/times.ts';
import { r, Speaking } from '../record/words.ts';
import { RoomElement } from './element.ts';
import { paper } from './icons.ts';
import { portOf } from './record-port.ts';

/** Minutes of the other meetings this seat was invited to, the newest first; nothing where there are none. */
@customElement('rk-earlier')
export class RkEarlier extends RoomElement {
  /** Of the minutes that are open now: they are not listed. */
  @property() origin = '';
  protected readonly words = new Speaking(this);
  @state() private meetings: readonly MinutesMeeting[] = [];

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('origin') || changed.has('room')) void this.#ask();
  }

  protected override changed(keys: ReadonlySet<string> | null): void {
    if (keys === null) super.changed(keys);
  }

  async #ask(): Promise<void> {
    try {
      this.meetings = await portOf(this.room).list();
    } catch (e) {
      if (!(e instanceof MinutesRefused)) throw e; // then what is open can be read all the same
    }
  }

  protected override render(): TemplateResult | typeof nothing {
    const others = this.meetings.filter((m) => !this.origin.endsWith(`/c/${m.of}`));
    if (others.length === 0) return nothing;
    const newest = this.meetings[0]?.of;
    const turn = (of: string): void => {
      this.dispatchEvent(new CustomEvent<string>('rk-turn', { detail: of === newest ? '' : of, bubbles: true }));
    };
    return html`<section class="card record-earlier" aria-labelledby="earlier-h"><h2 id="earlier-h">${r.earlier.title}</h2>
      <ul>${others.map((m) => html`<li><button type="button" class="btn btn-text" @click=${() => turn(m.of)}>${paper}${r.earlier.open(dateOf(m.sealed))}</button>
        <span class="small muted">${r.earlier.deadline(dateOf(m.deadline))}</span></li>`)}</ul></section>`;
  }
}
