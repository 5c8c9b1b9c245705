import { html, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { t } from '../locale/index.ts';
import { RoomElement } from './element.ts';
import { isChair, isIn } from './meeting.ts';
import { seatName } from './values.ts';

const QUIET_MS = 5_000;

/** Comings and goings for those who listen: politely, and at most once in five seconds. */
@customElement('rk-announce')
export class RkAnnounce extends RoomElement {
  @state() private words = '';
  #in: Set<string> | null = null;
  #wait = new Set<string>();
  #names = new Map<string, string>();
  readonly #pending = { came: new Set<string>(), went: new Set<string>(), waits: new Set<string>() };
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last = 0;
  #phase = '';

  override connectedCallback(): void {
    super.connectedCallback();
    this.#look();
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  protected override changed(keys: ReadonlySet<string> | null): void {
    if (keys === null) this.#look();
  }

  #look(): void {
    const seats = [...this.room.seats.values()].filter((s) => s.seat !== this.room.me?.seat);
    for (const s of seats) this.#names.set(s.seat, t.san(seatName(this.room, s.seat)));
    const now = new Set(seats.filter(isIn).map((s) => s.seat));
    const wait = new Set(isChair(this.room) ? seats.filter((s) => s.at === 'wait').map((s) => s.seat) : []);
    const { phase } = this.room.meet;
    // Who comes in oneself is not told of all who were there already.
    if (this.#in && phase === this.#phase && (phase === 'in' || phase === 'before')) this.#compare(this.#in, now, wait);
    this.#phase = phase;
    this.#in = now;
    this.#wait = wait;
    this.#say();
  }

  /** Who comes and goes again before it was said is not spoken of. */
  #compare(before: ReadonlySet<string>, now: ReadonlySet<string>, wait: ReadonlySet<string>): void {
    const { came, went, waits } = this.#pending;
    for (const s of now) if (!before.has(s) && !went.delete(s)) came.add(s);
    for (const s of before) if (!now.has(s) && !came.delete(s)) went.add(s);
    for (const s of wait) if (!this.#wait.has(s)) waits.add(s);
    for (const s of this.#wait) if (!wait.has(s)) waits.delete(s);
  }

  #say(): void {
    const { came, went, waits } = this.#pending;
    if (came.size + went.size + waits.size === 0 || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const names = (set: Set<string>): string => t.join([...set].map((s) => this.#names.get(s) ?? t.value.someone));
      const words = [waits.size > 0 ? t.people.waits(names(waits)) : '', came.size > 0 ? t.people.cameIn(names(came)) : '',
        went.size > 0 ? t.people.went(names(went)) : ''].filter((w) => w !== '');
      for (const set of [came, went, waits]) set.clear();
      this.#last = Date.now();
      this.words = words.length > 0 ? `${words.join('。')}。` : '';
    }, Math.max(0, this.#last + QUIET_MS - Date.now()));
  }

  protected override render(): TemplateResult {
    return html`<p class="vh" role="status" aria-live="polite">${this.words}</p>`;
  }
}
