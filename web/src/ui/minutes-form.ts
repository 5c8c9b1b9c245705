import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { Act, Method, RoomClient, Value } from '../core/index.ts';
import { t } from '../locale/index.ts';
import { Attempt, refusedNote } from './attempt.ts';
import { RoomElement } from './element.ts';
import { hasDuty, itemTitle, selfSeat } from './meeting.ts';
import { chaptersOf, entryTitle, openedItems, type Entry } from './minutes-book.ts';
import { METHODS } from './scribe.ts';
import { shortName } from './values.ts';

export type FormKind = 'decision' | 'action' | 'words' | 'advice' | 'dissent';

const TABLE: Readonly<Record<FormKind, string>> = {
  decision: 'min.decisions', action: 'min.actions', words: 'min.person_words', advice: 'min.advice', dissent: 'min.dissent',
};
const LABEL: Readonly<Record<FormKind, string>> = {
  decision: t.minutes.decisionText, action: t.minutes.what, words: t.minutes.personWords,
  advice: t.minutes.adviceText, dissent: t.minutes.dissentText,
};

/** For which item one writes: asked only where there is a choice, or none is open. */
export function itemChoice(room: RoomClient, to: string, choose: (to: string) => void): TemplateResult | typeof nothing {
  const items = openedItems(room);
  const now = items.find((i) => i.state === 'now');
  if (items.length < 2 && items[0]?.row === to) return nothing;
  return html`<div>${now ? nothing : html`<p class="small muted">${t.minutes.noItem}</p>`}
    <label class="label small" for="mf-to">${t.minutes.toItem}</label>
    <select class="select" id="mf-to" name="to" required @change=${(e: Event) => choose((e.target as HTMLSelectElement).value)}>
      ${to === '' ? html`<option value="" selected>${t.minutes.choose}</option>` : nothing}
      ${[...items].reverse().map((i) => html`<option value=${i.row} .selected=${to === i.row}>${itemTitle(room, i)}</option>`)}</select></div>`;
}

/** A new row of the minutes. Whether it is taken is the server's word; what was written stays. */
@customElement('rk-minutes-form')
export class RkMinutesForm extends RoomElement {
  @property() kind: FormKind = 'decision';
  @state() private to = '';
  @state() private whose = '';
  #attempt = new Attempt(this);

  /** What is being written belongs to the item in which one began, whatever is opened meanwhile. */
  override connectedCallback(): void {
    super.connectedCallback();
    this.to = this.room.meet.item?.row ?? '';
  }

  protected override firstUpdated(): void {
    this.querySelector<HTMLElement>('textarea')?.focus();
  }

  #done(): void {
    this.dispatchEvent(new CustomEvent('rk-done', { detail: null, bubbles: true }));
  }

  async #submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const data = new FormData(event.target as HTMLFormElement);
    const text = String(data.get('text') ?? '').trim();
    if (text === '') return;
    const about = this.#decisions().find((e) => e.row.id === String(data.get('about') ?? ''));
    const to = about?.item?.row ?? this.to;
    const done = await this.#attempt.run('row', () => this.room.row(TABLE[this.kind], this.#cells(data, text, about),
      { ...this.#act(data), ...(to === '' ? {} : { to }) }));
    if (done && this.isConnected) this.#done(); // who gave it up may be in another form by now
  }

  #cells(data: FormData, text: string, about: Entry | undefined): Record<string, Value> {
    const who = String(data.get('who') ?? '');
    const due = String(data.get('due') ?? '');
    if (this.kind === 'action') return { what: text, ...(who === '' ? {} : { who }), ...(due === '' ? {} : { due }) };
    if (this.kind === 'dissent') return { text, ...(about ? { about: entryTitle(this.room, about) } : {}) };
    return { text };
  }

  /** The person's words are theirs, whoever writes them down; so is anybody's opinion. */
  #act(data: FormData): Act {
    const me = this.room.me?.seat ?? '';
    const seat = this.kind === 'words' ? selfSeat(this.room)?.seat ?? me : this.kind === 'dissent' && this.whose !== '' ? this.whose : me;
    return seat === me ? {} : { for: seat, method: String(data.get('method') ?? 'oral') as Method };
  }

  #decisions(): Entry[] {
    return chaptersOf(this.room).flatMap((c) => [...c.entries.get('min.decisions') ?? []]);
  }

  protected override render(): TemplateResult {
    const { kind } = this;
    const mine = this.room.me?.role === 'self';
    const scribes = (kind === 'words' && !mine) || (kind === 'dissent' && this.whose !== '');
    return html`<form class="minutes-form ${kind === 'words' ? 'voice' : ''}" @submit=${(e: SubmitEvent) => void this.#submit(e)}>
      ${kind === 'dissent' ? this.#dissent() : nothing}${kind === 'action' ? this.#who() : nothing}
      <div><label class="label" for="mf-text">${LABEL[kind]}</label><textarea class="textarea" id="mf-text" name="text" rows="3" required></textarea></div>
      ${kind === 'action' ? html`<div><label class="label" for="mf-due">${t.minutes.dueLabel}</label><input class="input num" id="mf-due" name="due" type="date" max="9999-12-31"></div>` : nothing}
      ${scribes ? html`<div><label class="label small" for="mf-how">${t.minutes.how}</label><select class="select" id="mf-how" name="method">
        ${METHODS.map((m) => html`<option value=${m}>${t.scribe.methods[m]}</option>`)}</select></div>` : nothing}
      ${itemChoice(this.room, this.to, (to) => { this.to = to; })}
      ${this.#attempt.refused ? refusedNote() : nothing}
      <div class="row"><button class="btn btn-1" type="submit" aria-disabled=${this.#attempt.busy() ? 'true' : nothing}>${t.minutes.save}</button>
        <button class="btn btn-text" type="button" @click=${() => this.#done()}>${t.minutes.cancel}</button></div></form>`;
  }

  #dissent(): TemplateResult {
    const decisions = this.#decisions();
    const others = hasDuty(this.room) ? [...this.room.seats.values()].filter((s) => s.seat !== this.room.me?.seat) : [];
    return html`<p class="small muted">${t.minutes.dissentHelp}</p>
      ${others.length > 0 ? html`<div><label class="label small" for="mf-whose">${t.minutes.whose}</label><select class="select" id="mf-whose"
        @change=${(e: Event) => { this.whose = (e.target as HTMLSelectElement).value; }}><option value="">${t.minutes.me}</option>
        ${others.map((s) => html`<option value=${s.seat}>${shortName(s.label)}</option>`)}</select></div>` : nothing}
      ${decisions.length > 0 ? html`<div><label class="label small" for="mf-about">${t.minutes.about}</label><select class="select" id="mf-about" name="about">
        <option value="">${t.minutes.aboutNone}</option>${decisions.map((e) => html`<option value=${e.row.id}>${this.#aboutLabel(e)}</option>`)}</select></div>` : nothing}`;
  }

  #aboutLabel(e: Entry): string {
    const key = e.row.cells.find((c) => c.col === 'min.decisions.text')?.key ?? '';
    const words = this.room.hasText(key) ? this.room.text(key).doc : '';
    return `${e.name}　${words.length > 24 ? `${words.slice(0, 24)}…` : words}`;
  }

  #who(): TemplateResult {
    return html`<div><label class="label" for="mf-who">${t.minutes.who}</label><select class="select" id="mf-who" name="who">
      <option value="">${t.minutes.choose}</option>
      ${[...this.room.seats.values()].map((s) => html`<option value="@${s.seat}">${shortName(s.label)}</option>`)}</select></div>`;
  }
}
