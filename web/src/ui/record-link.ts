import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { MinutesRefused, hasLog, type MinutesStatus } from '../core/index.ts';
import { dateOf } from '../record/times.ts';
import { official, r } from '../record/words.ts';
import { RoomElement } from './element.ts';
import { paper } from './icons.ts';
import { RECORD, portOf } from './record-port.ts';

const PHASES = ['before', 'done'];

/** The way to the sealed minutes, where this seat has something to do or to read there. */
@customElement('rk-record-link')
export class RkRecordLink extends RoomElement {
  /** In a column; else on a page of its own. */
  @property({ type: Boolean }) compact = false;
  @state() private status: MinutesStatus | null = null;
  #phase = '';

  protected override willUpdate(_changed: PropertyValues): void {
    const { phase } = this.room.meet;
    if (phase === this.#phase) return;
    this.#phase = phase;
    // While it goes on there is nothing to ask, and afterwards once is enough: the page asks again.
    if (PHASES.includes(phase)) void this.#ask();
    else this.status = null;
  }

  async #ask(): Promise<void> {
    try {
      this.status = await portOf(this.room).status();
    } catch (e) {
      if (!(e instanceof MinutesRefused)) throw e;
      this.status = null; // nothing for this seat, or no answer: then nothing is offered
    }
  }

  protected override render(): TemplateResult | typeof nothing {
    const s = this.status;
    const w = r.link;
    if (!s) return nothing;
    const seals = s.state === 'ended' && s.may.includes('seal');
    if (!seals && !hasLog(s)) return nothing;
    const asked = s.may.includes('sign') && s.heads.length > 0;
    const again = asked && s.acts.some((a) => a.party === s.party);
    const title = seals ? w.ended : again ? w.again : asked ? w.sign : r.title;
    const body = seals ? w.endedBody : again ? w.againBody : asked ? w.signBody(dateOf(s.deadline ?? s.now)) : '';
    const toAnswer = s.hold ? 0 : (s.erasing ?? []).filter((e) => e.party !== s.party).length;
    const button = seals ? w.openSeal : asked ? w.openSign : w.open;
    return html`<section class="record-link card" aria-labelledby="record-link-h"><h2 id="record-link-h">${paper}${title}</h2>
      ${body === '' ? nothing : html`<p class="small">${body}</p>`}
      ${toAnswer === 0 ? nothing : html`<p class="small">${official.change.waiting.link(toAnswer)}</p>`}<a class="btn ${asked || seals ? 'btn-1' : ''} btn-wide" href=${RECORD}>${button}</a></section>`;
  }
}
