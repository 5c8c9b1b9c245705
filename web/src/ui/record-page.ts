import { html, nothing, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { MinutesRefused, hasLog, type MinutesAct, type MinutesPort, type MinutesStatus } from '../core/index.ts';
import { plain, type Text } from '../locale/ruby.ts';
import { personOf, read, type Doc } from '../record/read.ts';
import { linesOf, type Line, type Pending } from '../record/signs.ts';
import { dateOf, dayOf } from '../record/times.ts';
import { claimsView, docView, easySwitch, heldOn, signsView, valuesView, verdictView } from '../record/views.ts';
import { beginEasy, r, Speaking } from '../record/words.ts';
import type { Report, Say, Verdict } from '../verify/report.ts';
import { verify } from '../verify/verify.ts';
import { meetingTitle } from './appbar.ts';
import { RoomElement } from './element.ts';
import { check as tick, down, leave, logo, offline, paper } from './icons.ts';
import { itemsOf } from './meeting.ts';
import { Changing, laterView } from './record-change.ts';
import './record-earlier.ts';
import { portOf, turnTo } from './record-port.ts';
import './record-forgot.ts';
import './record-help.ts';
import './record-keys.ts';
import './record-sealing.ts';
import './record-sheets.ts';
import './record-sign.ts';

/** A signature the server has kept and no copy has yet. */
function pendingOf(a: MinutesAct): Pending {
  const says = Object.entries(a.says).map(([slot, { note, ...say }]): [string, Say] =>
    [slot, { ...say, ...(note === undefined ? {} : { note, text: note }) }]);
  return { party: a.party, method: a.method, time: a.time, late: a.late, vouched: a.vouched, says: new Map(says), size: a.size, statement: a.id };
}

const sealedReport = (v: Verdict | null): Report | null => (v && v.verdict !== 'invalid' && v.verdict !== 'unable' ? v : null);

/** Minutes once the meeting is over: sealed by the chair, then read from one's own verified copy, and signed. */
@customElement('rk-record')
export class RkRecord extends RoomElement {
  @state() private status: MinutesStatus | null = null;
  @state() private verdict: Verdict | null = null;
  @state() private failed = false;
  @state() private printing = false;
  @state() private note: Text = '';
  /** There is no copy until the next round. */
  @state() private later = false;
  /** Newer ones were sealed while these are open. */
  @state() private newer = false;
  #sealedAt = 0;
  #speaks = false;
  #loaded: Promise<void> = Promise.resolve();
  #bytes: Uint8Array | null = null;
  #changing = new Changing(this, (words) => void this.#again(words));
  protected readonly words = new Speaking(this);

  get #port(): MinutesPort {
    return portOf(this.room);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#speak();
    this.#sealedAt = this.room.meet.sealed ?? 0;
    void this.#load();
  }

  override disconnectedCallback(): void {
    turnTo(this.room, '');
    super.disconnectedCallback();
  }

  /** As it suits who reads, once it is known who that is: at the latest with the first thing the room says. */
  #speak(): void {
    if (this.#speaks || !this.room.me) return;
    this.#speaks = true;
    beginEasy(this.room.me.role === 'self');
  }

  /** The minutes of another meeting, in place of these. */
  async #turn(meeting: string): Promise<void> {
    turnTo(this.room, meeting);
    this.newer = false;
    this.status = null;
    this.verdict = null;
    this.#bytes = null;
    this.note = '';
    await this.#load();
    await this.updateComplete;
    this.querySelector<HTMLElement>('.record-page h1')?.focus();
  }

  /** Minutes were sealed: what stands here may be older. Where something may be being typed it stays until one wants the newer ones. */
  protected override changed(keys: ReadonlySet<string> | null): void {
    if (keys !== null) return;
    this.#speak();
    const sealed = this.room.meet.sealed ?? 0;
    if (sealed > this.#sealedAt) {
      this.#sealedAt = sealed;
      if (this.status && hasLog(this.status) && !this.status.may.includes('seal')) this.newer = true;
      else void this.#load();
    }
    super.changed(keys);
  }

  /** One after the other: a seat has few questions under way at a time. */
  #load(): Promise<void> {
    this.#loaded = this.#loaded.catch(() => undefined).then(() => this.#ask());
    return this.#loaded;
  }

  async #ask(): Promise<void> {
    this.failed = false;
    try {
      const status = await this.#port.status();
      if (hasLog(status)) {
        const bytes = await this.#port.bundle().catch((e: unknown) => {
          if (e instanceof MinutesRefused && e.code === 'round') return null;
          throw e;
        });
        const verdict = bytes && await verify(bytes, status.key === undefined ? null : [status.key]);
        this.#bytes = bytes;
        this.verdict = verdict;
        this.later = bytes === null;
        // What is done here from now on is about these, whatever is sealed meanwhile.
        if (!status.may.includes('seal')) turnTo(this.room, (status.origin ?? '').slice(-32));
      }
      this.status = status;
    } catch (e) {
      if (!(e instanceof MinutesRefused)) throw e;
      if (e.code === 'gone') this.status = { state: 'open', may: [], now: 0, code: 'none', heads: [], missing: [], acts: [], forgot: [] };
      else this.failed = true;
    }
  }

  /** Something was kept: what stands here is asked for anew, and the words for it stay. */
  async #again(note: Text): Promise<void> {
    await this.#load();
    this.note = note;
    await this.updateComplete;
    if (note !== '') this.querySelector<HTMLElement>('.record-note')?.focus();
  }

  protected override updated(): void {
    const title = `${r.title}｜${meetingTitle(this.room)}`;
    if (document.title !== title) document.title = title;
  }

  protected override render(): TemplateResult {
    const report = sealedReport(this.verdict);
    const doc = report ? read(report, this.room.cols, itemsOf(this.room).map((i) => i.title)) : null;
    if (this.printing && report && doc) {
      return html`<rk-sheets .report=${report} .doc=${doc} .lines=${this.#lines(report, doc)} .day=${this.#today} @rk-back=${() => { this.printing = false; }}></rk-sheets>`;
    }
    return html`<header class="appbar"><span class="brand">${logo}<span class="hide-s">ろくしゃ</span></span><span class="appbar-sep"></span>
        <div class="grow"><p class="record-where">${meetingTitle(this.room)}</p></div>${easySwitch()}<a class="btn btn-text" href="#">${leave}<span>${r.page.back}</span></a></header>
      <main class="record-page"><div role="status">${this.newer ? html`<div class="callout callout-ok record-newer">${tick}<div><p><b>${r.page.newer}</b></p>
          <div class="row"><button type="button" class="btn" @click=${() => void this.#turn('')}>${r.page.newerOpen}</button></div></div></div>` : nothing}</div>${this.#body(report, doc)}
        ${this.status || this.failed ? html`<rk-earlier .room=${this.room} .origin=${this.status?.origin ?? ''} @rk-turn=${(e: CustomEvent<string>) => void this.#turn(e.detail)}></rk-earlier>` : nothing}</main>`;
  }

  get #today(): string {
    return dayOf(Math.floor(this.room.time / 1000));
  }

  #body(report: Report | null, doc: Doc | null): TemplateResult {
    const s = this.status;
    if (this.failed) {
      return html`<div class="callout callout-stop" role="alert">${offline}<div><h1 class="callout-h">${r.page.failed}</h1><p>${r.page.failedBody}</p>
        <div class="row"><button type="button" class="btn" @click=${() => void this.#load()}>${r.page.retry}</button></div></div></div>`;
    }
    if (!s) return html`<h1>${r.title}</h1><p role="status">${r.page.loading}</p>`;
    if (s.state === 'ended' && s.may.includes('seal')) {
      return html`<rk-sealing .room=${this.room} .status=${s} @rk-sealed=${() => void this.#again('')}></rk-sealing>`;
    }
    if (!hasLog(s)) {
      return html`<h1>${r.title}</h1><div class="empty">${paper}<p><b>${r.page.none}</b><br>${s.state === 'ended' ? r.sealing.waiting : r.page.noneBody}</p></div>`;
    }
    if (this.later) return laterView(s, this.note);
    if (!report || !doc) return html`<h1>${r.title}</h1><div class="record-alone">${verdictView(this.verdict)}${this.#copy(null)}</div>`;
    return this.#sealed(s, report, doc);
  }

  /** On a narrow screen the whole text stands before it. */
  #jump(): void {
    const to = this.querySelector<HTMLElement>('#sign-h');
    to?.scrollIntoView({ block: 'start' });
    to?.focus();
  }

  #lines(report: Report, doc: Doc): Line[] {
    return linesOf(report, doc.people, (this.status?.acts ?? []).filter((a) => a.round === null).map(pendingOf));
  }

  #sealed(s: MinutesStatus, report: Report, doc: Doc): TemplateResult {
    const asked = s.may.includes('sign') && s.heads.length > 0;
    const lines = this.#lines(report, doc);
    const nameOf = (id: string): string => personOf(doc, id);
    return html`<header><div class="grow"><p class="small muted">${heldOn(doc)}</p><h1 tabindex="-1">${asked ? r.page.read : r.page.readOnly}</h1></div>
        ${this.#changing.jump(s)}${asked ? html`<button type="button" class="btn record-jump" @click=${() => this.#jump()}>${down}${r.page.jump}</button>` : nothing}
        <button type="button" class="btn" @click=${() => { this.printing = true; }}>${paper}${r.page.print}</button></header>
      ${this.note === '' ? nothing : html`<div class="callout callout-ok record-note" role="status" tabindex="-1">${tick}<div><p><b>${this.note}</b></p></div></div>`}
      ${this.#changing.bar()}<div class="record-split"><article class="doc" aria-label=${r.document}>${docView(this.#changing.dress(doc, report))}</article>
        <div class="record-side">${this.#changing.card(this.room, s, report, doc, true)}<rk-sign .room=${this.room} .status=${s} .report=${report} .doc=${doc} .bytes=${this.#bytes} .line=${lines.find((l) => l.me) ?? null}
            @rk-signed=${(e: CustomEvent<Text>) => void this.#again(e.detail)}></rk-sign>
          <section class="card" aria-labelledby="signs-h"><header><h2 id="signs-h">${r.signs.title}</h2><span class="small muted">${r.signs.deadline(dateOf(report.deadline))}</span></header>
            ${signsView(lines, nameOf, (line) => html`${this.#changing.notes(report, line.party)}${this.#more(s, line)}`)}
            <rk-sign-for .room=${this.room} .status=${s} .doc=${doc} .lines=${lines} @rk-signed=${(e: CustomEvent<Text>) => void this.#again(e.detail)}></rk-sign-for></section>
          ${this.#changing.card(this.room, s, report, doc, false)}
          <rk-keys .room=${this.room} .status=${s} @rk-signed=${(e: CustomEvent<Text>) => void this.#again(e.detail)}></rk-keys>
          <rk-forgot .room=${this.room} .status=${s} .doc=${doc} @rk-signed=${(e: CustomEvent<Text>) => void this.#again(e.detail)}></rk-forgot>
          <rk-code .room=${this.room} .status=${s} @rk-signed=${(e: CustomEvent<Text>) => void this.#again(e.detail)}></rk-code>
          <section class="card" aria-labelledby="self-h"><h2 id="self-h">${r.page.self}</h2>${verdictView(this.verdict)}${this.#copy(doc)}
            <details><summary>${r.page.details}</summary>${claimsView(report)}${valuesView(report)}</details></section></div></div>`;
  }

  /** Who sat with somebody while they signed says so. */
  #more(s: MinutesStatus, line: Line): TemplateResult | typeof nothing {
    const signed = line.signed;
    if (!s.may.includes('vouch') || line.me || !signed || signed.vouched || signed.statements.length === 0) return nothing;
    return html`<rk-vouch .room=${this.room} .status=${s} .line=${line} @rk-signed=${(e: CustomEvent<Text>) => void this.#again(e.detail)}></rk-vouch>`;
  }

  #copy(doc: Doc | null): TemplateResult {
    const day = doc?.facts.get('conf.held_on')?.raw;
    const name = plain(r.page.fileName(typeof day === 'string' ? day : this.#today));
    return html`<div class="row"><button type="button" class="btn" @click=${() => this.#save(name)}>${down}${r.page.save}</button>
        <a class="btn btn-text" href="/verify" target="_blank" rel="noopener">${r.page.checkPage}</a></div>
      <p class="small muted">${r.page.saveHelp(`${location.host}/verify`)}</p>`;
  }

  /** The very bytes that were checked. */
  #save(name: string): void {
    if (!this.#bytes) return;
    const url = URL.createObjectURL(new Blob([Uint8Array.from(this.#bytes)], { type: 'application/json' }));
    const a = document.createElement('a');
    a.href = url;
    a.download = name;
    a.click();
    URL.revokeObjectURL(url);
  }
}
