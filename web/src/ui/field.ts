import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { t } from '../locale/index.ts';
import { RoomElement } from './element.ts';
import { reachIcon } from './icons.ts';
import { isVoice } from './layout.ts';
import './cell.ts';

/** One cell of the form: label left, what is written right. */
@customElement('rk-field')
export class RkField extends RoomElement {
  @property() key = '';
  @property() focusKey = '';

  protected override concerns(keys: ReadonlySet<string>): boolean {
    return keys.has(this.key);
  }

  protected override render(): TemplateResult {
    const cell = this.room.cells.get(this.key);
    const col = cell && this.room.cols.get(cell.col);
    if (!cell || !col) return html``;
    const id = `l-${this.key.replaceAll(/[^a-z0-9]/g, '-')}`;
    const focused = this.focusKey === this.key;
    const classes = ['field', isVoice(cell.col, col) ? 'voice' : '', focused ? `field-focus focus-${cell.reach ?? 'none'}` : ''];
    return html`<div class=${classes.filter((c) => c !== '').join(' ')}>
      <div class="field-label"><b id=${id}>${col.label}</b>${cell.reach
        ? html`<span class="reach reach-${cell.reach}">${reachIcon(cell.reach)}${t.reach.words[cell.reach]}</span>` : nothing}</div>
      <div class="field-body"><rk-cell .room=${this.room} .key=${this.key} .label=${col.label} .labelId=${id} .focused=${focused}></rk-cell></div>
    </div>`;
  }
}
