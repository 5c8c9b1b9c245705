import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { Level, Seat } from '../core/index.ts';
import { t } from '../locale/index.ts';
import { RoomElement } from './element.ts';
import { reachIcon, seals } from './icons.ts';
import { shortName } from './values.ts';

/** Who can read the focused field; only for those whom the server tells it. */
@customElement('rk-reachbar')
export class RkReachbar extends RoomElement {
  @property() key = '';
  @state() private seats: readonly [string, Level][] | null = null;
  #asked = '';
  #shown = '';

  protected override concerns(keys: ReadonlySet<string>): boolean {
    return keys.has(this.key);
  }

  protected override changed(keys: ReadonlySet<string> | null): void {
    if (keys === null) this.#asked = ''; // rights may have moved
    super.changed(keys);
  }

  protected override willUpdate(_changed: PropertyValues): void {
    const cell = this.room.cells.get(this.key);
    const question = cell ? `${this.key} ${cell.level} ${cell.reach}` : '';
    if (question === this.#asked) return;
    if (this.#shown !== this.key) this.seats = null;
    this.#shown = this.key;
    this.#asked = question;
    if (cell && this.room.status === 'live') void this.#ask(this.key);
  }

  async #ask(key: string): Promise<void> {
    const seats = await this.room.reach(key);
    if (key === this.key && seats) this.seats = seats;
  }

  protected override render(): TemplateResult {
    const cell = this.room.cells.get(this.key);
    const reach = cell?.reach ?? '';
    if (!cell || !this.seats) {
      return html`<section class="reachbar reachbar-${cell ? reach || 'in' : 'none'}" id="reach-now" aria-label=${t.reach.title}>
        ${reachIcon(reach)}<div><p>${cell ? html`<strong>${t.reach.title}</strong>` : t.reach.pick}</p></div></section>`;
    }
    const known = this.seats.flatMap(([id, level]): [Seat, Level][] => {
      const seat = this.room.seats.get(id);
      return seat ? [[seat, level]] : [];
    });
    const write = known.filter(([, l]) => l === 'w').map(([s]) => s);
    const read = known.filter(([, l]) => l === 'r').map(([s]) => s);
    return html`<section class="reachbar reachbar-${reach || 'in'}" id="reach-now" aria-label=${t.reach.title}>${reachIcon(reach)}
      <div><p><strong>${t.reach.title}　${t.reach.count(known.length)}</strong> <span>${this.#alsoRead(known.map(([s]) => s))}</span></p>
      <p class="reach-groups">${group(t.reach.write, write)}${group(t.reach.read, read)}</p></div></section>`;
  }

  /** Whom one may forget comes first: those outside, then that the person does not see it. */
  #alsoRead(known: readonly Seat[]): string {
    const outside = known.filter((s) => s.out);
    if (outside.length > 0) return t.reach.alsoRead(t.join(outside.map(outsider)));
    const self = [...this.room.seats.values()].find((s) => s.role === 'self');
    return self && !known.some((s) => s.role === 'self') ? t.reach.notSelf : '';
  }
}

/** 職場（豆田）; a name that says it all stands alone. */
const outsider = (s: Seat): string => {
  const name = shortName(s.label);
  return t.san(name) === name ? name : `${s.role_label}（${name}）`;
};

const group = (word: string, list: readonly Seat[]): TemplateResult | typeof nothing =>
  (list.length === 0 ? nothing : html`<span>${word} ${seals(list)}</span>`);
