import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { Value } from '../core/index.ts';
import { t } from '../locale/index.ts';
import { Attempt, refusedNote } from './attempt.ts';
import { RoomElement } from './element.ts';
import { plus } from './icons.ts';
import { AGENDA, agendaCell, itemsOf, mustLeave, type Item } from './meeting.ts';
import './audience.ts';
import './gate.ts';
import './items-picker.ts';
import './register.ts';

const same = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((x) => b.includes(x));

/** One item of the agenda being changed, or a new one. */
@customElement('rk-item-edit')
export class RkItemEdit extends RoomElement {
  @property({ attribute: false }) item: Item | null = null;
  /** What the user has chosen and not yet set. */
  @state() private audience: readonly string[] | null = null;
  @state() private fields: readonly string[] | null = null;
  #attempt = new Attempt(this);

  protected override concerns(keys: ReadonlySet<string>): boolean {
    return [...keys].some((k) => k.startsWith(`${AGENDA}/${this.item?.row ?? ''}`));
  }

  #key(column: string): string {
    return `${AGENDA}/${this.item?.row ?? ''}/${column}`;
  }

  protected override render(): TemplateResult {
    return this.item ? this.#edit(this.item) : this.#add();
  }

  #edit(item: Item): TemplateResult {
    const line = (column: string, label: string): TemplateResult | typeof nothing => (agendaCell(this.room, item.row, column)
      ? html`<div class="item-line"><span class="label small">${label}</span>
          <rk-register .room=${this.room} .key=${this.#key(column)} .label=${label}></rk-register></div>` : nothing);
    return html`<div class="item-edit">${line('title', t.agenda.title_)}${line('title_easy', t.agenda.easy)}${line('minutes', t.agenda.length)}
      ${agendaCell(this.room, item.row, 'fields')?.level === 'w' ? this.#fields(item) : nothing}
      ${agendaCell(this.room, item.row, 'audience')?.level === 'w' ? this.#audience(item) : nothing}</div>`;
  }

  #fields(item: Item): TemplateResult {
    const chosen = this.fields ?? item.fields;
    return html`<fieldset><legend class="label small">${t.agenda.fields}</legend>
      <rk-items .room=${this.room} .chosen=${chosen} .label=${t.agenda.fields} tables="whole"
        @rk-chosen=${(e: CustomEvent<readonly string[]>) => { this.fields = e.detail; }}></rk-items>
      ${this.fields && !same(this.fields, item.fields) ? html`<button type="button" class="btn btn-1"
        aria-disabled=${this.#attempt.busy('fields') ? 'true' : nothing} @click=${() => void this.#setFields()}>${t.agenda.setFields}</button>` : nothing}
      ${this.#attempt.refusedIs('fields') ? refusedNote() : nothing}</fieldset>`;
  }

  /** The open item's people are changed through the same gate as the next item's. */
  #audience(item: Item): TemplateResult {
    const chosen = this.audience ?? item.audience ?? [];
    const changed = this.audience !== null && !same(chosen, item.audience ?? []);
    const gated = changed && item.state === 'now' && mustLeave(this.room, chosen).length > 0;
    return html`<fieldset><legend class="label small">${t.agenda.audience}</legend>
      <rk-audience .room=${this.room} .chosen=${chosen} .label=${t.agenda.audience}
        @rk-chosen=${(e: CustomEvent<readonly string[]>) => { this.audience = e.detail; }}></rk-audience>
      ${gated ? html`<p class="small">${t.gate.audience}</p><rk-gate .room=${this.room} .item=${item} .audience=${chosen}
          .label=${t.agenda.setAudience} .go=${() => this.#sendAudience(chosen)} @rk-passed=${() => this.#setWas(chosen)}></rk-gate>`
      : changed ? html`<button type="button" class="btn btn-1" aria-disabled=${this.#attempt.busy('audience') ? 'true' : nothing}
          @click=${() => void this.#setAudience(chosen)}>${t.agenda.setAudience}</button>` : nothing}
      ${this.#attempt.refusedIs('audience') ? refusedNote(chosen.length === 0 ? t.agenda.none_ : t.refused.kept) : nothing}</fieldset>`;
  }

  #sendAudience(chosen: readonly string[]): Promise<unknown> {
    return this.room.set(this.#key('audience'), chosen);
  }
  /** What was chosen since then is still to be set. */
  #setWas(chosen: readonly string[]): void {
    if (this.audience === chosen) this.audience = null;
  }
  async #setAudience(chosen: readonly string[]): Promise<void> {
    if (await this.#attempt.run('audience', () => this.#sendAudience(chosen))) this.#setWas(chosen);
  }
  async #setFields(): Promise<void> {
    const fields = this.fields ?? [];
    if (await this.#attempt.run('fields', () => this.room.set(this.#key('fields'), fields)) && this.fields === fields) this.fields = null;
  }

  /* ---------- a new item ---------- */

  #add(): TemplateResult {
    return html`<form class="item-edit" @submit=${(e: SubmitEvent) => void this.#create(e)}>
      <div><label class="label small" for="ia-title">${t.agenda.title_}</label><input class="input" id="ia-title" name="title" required maxlength="200"></div>
      <div><label class="label small" for="ia-min">${t.agenda.length}</label><input class="input num" id="ia-min" name="minutes" type="number" min="0" max="600" value="10"></div>
      ${this.#attempt.refusedIs('add') ? refusedNote() : nothing}
      <div class="row"><button class="btn btn-1" type="submit" aria-disabled=${this.#attempt.busy('add') ? 'true' : nothing}>${plus}${t.agenda.add}</button>
        <button class="btn btn-text" type="button" @click=${() => this.#say(null)}>${t.minutes.cancel}</button></div></form>`;
  }

  /** A new item begins with the people of the one before it: nobody comes in by accident. */
  async #create(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const data = new FormData(event.target as HTMLFormElement);
    const title = String(data.get('title') ?? '').trim();
    if (title === '') return;
    const minutes = Number(data.get('minutes'));
    const before = itemsOf(this.room);
    const audience = (before.find((i) => i.state === 'now') ?? before.at(-1))?.audience ?? [`@${this.room.me?.seat ?? ''}`];
    const cells: Record<string, Value> = { title, minutes: Number.isInteger(minutes) ? minutes : 0, audience, fields: [] };
    let row = '';
    const done = await this.#attempt.run('add', async () => { row = (await this.room.row(AGENDA, cells)).row; });
    if (done && this.isConnected) this.#say(row);
  }

  #say(row: string | null): void {
    this.dispatchEvent(new CustomEvent<string | null>('rk-added', { detail: row, bubbles: true }));
  }
}
