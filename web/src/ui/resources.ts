import { html, nothing, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { Cell, Value } from '../core/index.ts';
import { t } from '../locale/index.ts';
import { Attempt, refusedNote } from './attempt.ts';
import { RoomElement } from './element.ts';
import { fieldText } from './values.ts';
import './cell.ts';

const TABLE = 'res.register';

interface Resource {
  readonly id: string;
  readonly cells: Cell[];
}

/** The register of social resources: written by several at once, searched by all. */
@customElement('rk-resources')
export class RkResources extends RoomElement {
  @state() private find = '';
  @state() private kind = '';
  @state() private adding = false;
  #attempt = new Attempt(this);

  protected override concerns(keys: ReadonlySet<string>): boolean {
    return [...keys].some((k) => k.startsWith(`${TABLE}/`));
  }

  get #all(): Resource[] {
    const rows = new Map<string, Cell[]>();
    for (const cell of this.room.cells.values()) {
      const [table, row] = cell.key.split('/');
      if (table === TABLE && row !== undefined) rows.set(row, [...rows.get(row) ?? [], cell]);
    }
    return [...rows].map(([id, cells]) => ({ id, cells }));
  }

  #matches(r: Resource): boolean {
    const kind = r.cells.find((c) => c.col === `${TABLE}.kind`)?.value;
    return (this.kind === '' || kind === this.kind)
      && (this.find === '' || r.cells.some((c) => fieldText(this.room, c.key).includes(this.find)));
  }

  get #kinds(): readonly (readonly [id: string, label: string])[] {
    return this.room.cols.get(`${TABLE}.kind`)?.enum ?? [];
  }

  get #writes(): boolean {
    return this.#all.length === 0 || this.#all.some((r) => r.cells.some((c) => c.level === 'w'));
  }

  async #submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const data = new FormData(event.target as HTMLFormElement);
    const name = String(data.get('name') ?? '').trim();
    const kind = String(data.get('kind') ?? '');
    const note = String(data.get('note') ?? '').trim();
    if (name === '') return;
    const cells: Record<string, Value> = { name, note, ...(kind === '' ? {} : { kind }) };
    const form = event.target;
    const done = await this.#attempt.run('row', () => this.room.row(TABLE, cells));
    if (done && form === this.querySelector('form')) this.adding = false; // not one that was begun since
  }

  protected override render(): TemplateResult {
    const all = this.#all;
    const shown = all.filter((r) => this.#matches(r));
    return html`<div class="office-bar"><p class="muted grow" role="status">${t.office.resources(shown.length)}</p>
        <label class="office-find"><span class="vh">${t.office.findResource}</span><input class="input" type="search" placeholder=${t.office.findResource}
          @input=${(e: Event) => { this.find = (e.target as HTMLInputElement).value.trim(); }}></label>
        <label><span class="vh">${t.office.kind}</span><select class="select" @change=${(e: Event) => { this.kind = (e.target as HTMLSelectElement).value; }}>
          <option value="">${t.office.anyKind}</option>${this.#kinds.map(([id, label]) => html`<option value=${id}>${label}</option>`)}</select></label>
        ${this.#writes && !this.adding ? html`<button type="button" class="btn btn-1" @click=${() => { this.adding = true; }}>${t.office.add}</button>` : nothing}</div>
      ${this.adding ? this.#form() : nothing}
      ${shown.length === 0 ? html`<p class="empty">${all.length === 0 ? t.office.noResource : t.office.noMatch}</p>` : nothing}
      <div class="rows">${repeat(shown, (r) => r.id, (r) => html`<div class="rowcard">${r.cells.map((c) => this.#cell(c))}</div>`)}</div>`;
  }

  #cell(c: Cell): TemplateResult | typeof nothing {
    const col = this.room.cols.get(c.col);
    if (!col) return nothing;
    return html`<div class="rowcell ${col.type === 'text' ? 'rowcell-text' : ''}"><span class="rowcell-label">${col.label}</span>
      <rk-cell .room=${this.room} .key=${c.key} .label=${col.label}></rk-cell></div>`;
  }

  #form(): TemplateResult {
    return html`<form class="card office-form" @submit=${(e: SubmitEvent) => void this.#submit(e)}>
      <div><label class="label" for="rs-name">${t.office.name}</label><input class="input" id="rs-name" name="name" required maxlength="1000"></div>
      ${this.#kinds.length > 0 ? html`<div><label class="label" for="rs-kind">${t.office.kind}</label><select class="select" id="rs-kind" name="kind"><option value="">${t.office.choose}</option>
        ${this.#kinds.map(([id, label]) => html`<option value=${id}>${label}</option>`)}</select></div>` : nothing}
      <div><label class="label" for="rs-note">${t.office.note}</label><p class="small muted" id="rs-help">${t.office.noteHelp}</p>
        <textarea class="textarea" id="rs-note" name="note" rows="3" aria-describedby="rs-help"></textarea></div>
      ${this.#attempt.refused ? refusedNote() : nothing}
      <div class="row"><button class="btn btn-1" type="submit" aria-disabled=${this.#attempt.busy() ? 'true' : nothing}>${t.office.save}</button>
        <button class="btn btn-text" type="button" @click=${() => { this.adding = false; }}>${t.office.cancel}</button></div></form>`;
  }
}
