import { LitElement, html, nothing, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import form from '../../../schema/form.json';
import { formsOf } from '../record/forms.ts';
import { plain, type Text } from '../locale/ruby.ts';
import { read, type Doc } from '../record/read.ts';
import { dayOf } from '../record/times.ts';
import { claimsView, coversView, docView, easySwitch, verdictView } from '../record/views.ts';
import { beginEasy, r, Speaking } from '../record/words.ts';
import { check as tick, down, logo, pen, stop, warn } from '../ui/icons.ts';
import { unb64, type Bytes } from '../verify/bytes.ts';
import type { Report, Verdict } from '../verify/report.ts';
import { verify } from '../verify/verify.ts';
import { Lacks, Stopped, make, sign } from './device.ts';
import { opened, sealed, type Evidence, type FromSigner, type Making, type Signing, type ToSigner } from './messages.ts';
import { Differs, statementOf } from './statement.ts';

const FORMS = formsOf(form);
/** The only page that may ask: this one is sign.HOST, that one HOST. */
const HOME = `https://${location.hostname.replace(/^sign\./, '')}`;

/** What is to be signed, after it was looked at here. */
interface Ready {
  readonly ask: Signing;
  readonly report: Report;
  readonly doc: Doc;
  readonly statements: readonly Bytes[];
}

type Show = 'alone' | 'waiting' | 'make' | 'sign' | 'sent' | 'kept' | 'differs' | 'invalid';

/**
 * The signing page: on a name of its own, which passkeys are bound to. It asks nobody for anything; it checks the copy
 * it was given, shows it, makes the statement of it, and has the device sign that.
 */
@customElement('rk-signer')
export class RkSigner extends LitElement {
  @state() private show: Show = window.opener === null ? 'alone' : 'waiting';
  @state() private busy = false;
  @state() private wrong: Text = '';
  @state() private done = 0;
  #making: Making | null = null;
  #ready: Ready | null = null;
  #verdict: Verdict | null = null;
  #evidence: Evidence[] = [];
  protected readonly words = new Speaking(this);

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener('message', this.#heard);
    window.addEventListener('pagehide', this.#left);
    this.#tell({ is: 'ready' });
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener('message', this.#heard);
    window.removeEventListener('pagehide', this.#left);
  }

  #tell(message: FromSigner): void {
    (window.opener as Window | null)?.postMessage(sealed(message), HOME);
  }
  #left = (): void => this.#tell({ is: 'left' });

  #heard = (event: MessageEvent<unknown>): void => {
    if (event.source !== window.opener || event.origin !== HOME) return;
    const message = opened<ToSigner>(event.data);
    if (message) void this.#take(message);
  };

  async #take(m: ToSigner): Promise<void> {
    this.wrong = '';
    if (m.is !== 'kept') beginEasy(m.easy);
    if (m.is === 'make') {
      this.#making = m;
      this.show = 'make';
    } else if (m.is === 'sign') await this.#look(m);
    else this.show = m.is;
    await this.updateComplete;
    this.querySelector<HTMLElement>('h1')?.focus();
  }

  /** The copy is checked, the statements are made of it: a draft that says anything else is not signed. */
  async #look(ask: Signing): Promise<void> {
    const verdict = await verify(ask.bundle, [ask.key]);
    this.#verdict = verdict;
    this.#evidence = [];
    this.done = 0;
    if (verdict.verdict !== 'valid' || verdict.rp !== location.hostname) {
      this.show = 'invalid';
      return;
    }
    const spki = unb64(ask.spki);
    try {
      if (!spki || ask.heads.length !== ask.drafts.length || ask.heads.length === 0) throw new Differs('drafts');
      const statements = await Promise.all(ask.drafts.map((draft, i) => statementOf(verdict, ask.heads[i] ?? { size: 0, slots: [] }, ask.intent, draft, spki)));
      this.#ready = { ask, report: verdict, doc: read(verdict, FORMS), statements };
      this.show = 'sign';
    } catch (e) {
      if (!(e instanceof Differs)) throw e;
      this.show = 'differs';
    }
  }

  async #press(what: () => Promise<void>): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.wrong = '';
    try {
      await what();
    } catch (e) {
      if (!(e instanceof Stopped || e instanceof Lacks)) throw e;
      this.wrong = e instanceof Stopped ? r.pass.stopped : r.pass.lacks;
    } finally {
      this.busy = false;
    }
  }

  async #make(): Promise<void> {
    if (!this.#making) return;
    const day = dayOf(Math.floor(Date.now() / 1000));
    this.#tell(await make(this.#making, plain(r.pass.nameOf(day))));
    this.show = 'sent';
  }

  /** One press, one signature: a browser may ask for a press before each. */
  async #sign(): Promise<void> {
    const statement = this.#ready?.statements[this.#evidence.length];
    if (!this.#ready || !statement) return;
    this.#evidence.push(await sign(statement, this.#ready.ask.id));
    this.done = this.#evidence.length;
    if (this.done < this.#ready.statements.length) return;
    this.#tell({ is: 'signed', evidence: this.#evidence });
    this.show = 'sent';
  }

  protected override render(): TemplateResult {
    return html`<header class="appbar"><span class="brand">${logo}<span>ろくしゃ</span></span><span class="appbar-sep"></span>
        <div class="grow"><p class="record-where">${r.pass.page}</p></div>${easySwitch()}</header>
      <main class="record-page">${this.show === 'sign' ? this.#signing() : html`<div class="check-start">${this.#single()}</div>`}</main>`;
  }

  #wrong(): TemplateResult | typeof nothing {
    return this.wrong === '' ? nothing : html`<p class="field-wrong" role="alert">${warn}${this.wrong}</p>`;
  }

  #bad(head: Text, body: Text): TemplateResult {
    return html`<div class="callout callout-stop" role="alert">${stop}<div><h1 class="callout-h" tabindex="-1">${head}</h1><p>${body}</p></div></div>${this.#close()}`;
  }

  #close(): TemplateResult {
    return html`<div class="row"><button type="button" class="btn" @click=${() => window.close()}>${r.pass.close}</button></div>`;
  }

  #single(): TemplateResult {
    switch (this.show) {
      case 'make':
        return html`<section class="card stack"><h1 tabindex="-1">${r.pass.makeTitle}</h1><p>${r.pass.makeBody}</p><p class="small muted">${r.pass.makeMore}</p>${this.#wrong()}
          <button type="button" class="btn btn-1 btn-wide btn-big" aria-disabled=${this.busy ? 'true' : nothing} @click=${() => void this.#press(() => this.#make())}>${pen}${r.pass.makeGo}</button></section>`;
      case 'kept':
        return html`<div class="callout callout-ok" role="status">${tick}<div><h1 class="callout-h" tabindex="-1">${r.sign.done}</h1><p>${r.pass.keptBody}</p></div></div>${this.#close()}`;
      case 'differs':
        return this.#bad(r.sign.mismatch, r.pass.differs);
      case 'invalid':
        return html`<h1 tabindex="-1">${r.sign.mismatch}</h1>${verdictView(this.#verdict)}${this.#close()}`;
      case 'alone':
        return html`<h1 tabindex="-1">${r.pass.page}</h1><p>${r.pass.alone}</p><p><a href=${HOME}>${r.pass.home}</a></p>`;
      default:
        return html`<h1 tabindex="-1">${r.pass.page}</h1><p role="status">${this.show === 'sent' ? r.sign.busy : r.pass.waiting}</p>`;
    }
  }

  #signing(): TemplateResult {
    if (!this.#ready) return html``;
    const { ask, report, doc, statements } = this.#ready;
    const left = statements.length - this.done;
    return html`<header><div class="grow"><h1 tabindex="-1">${r.pass.title}</h1><p class="small muted">${r.pass.lead}</p></div>
        <button type="button" class="btn record-jump" @click=${() => this.#jump()}>${down}${r.page.jump}</button></header>
      <div class="record-split"><article class="doc" aria-label=${plain(r.document)}>${docView(doc)}</article>
        <div class="record-side"><section class="card" aria-labelledby="sign-h"><h2 id="sign-h" tabindex="-1">${r.sign.title}</h2>${coversView(doc, ask.heads.map((h) => report.roots[h.size] ?? ''))}
            <dl class="values"><div><dt>${r.pass.answer}</dt><dd><b>${r.sign.options[ask.intent.decision] ?? ''}</b></dd></div>
              ${ask.intent.note === '' ? nothing : html`<div><dt>${r.sign.note}</dt><dd class="pre">${ask.intent.note}</dd></div>
                <div><dt>${r.sign.to}</dt><dd>${this.#whom(ask, report, doc)}</dd></div>`}</dl>${this.#wrong()}
            <button type="button" class="btn btn-1 btn-wide btn-big" aria-disabled=${this.busy ? 'true' : nothing} @click=${() => void this.#press(() => this.#sign())}>${pen}${statements.length === 1 ? r.pass.go : r.pass.goOf(this.done + 1, statements.length)}</button>
            ${statements.length > 1 && left > 0 ? html`<p class="small muted">${r.pass.several(statements.length)}</p>` : nothing}</section>
          <section class="card" aria-labelledby="not-h"><h2 id="not-h">${r.claims.title}</h2>${claimsView(report)}</section></div></div>`;
  }

  /** On a narrow screen the whole text stands before it. */
  #jump(): void {
    const to = this.querySelector<HTMLElement>('#sign-h');
    to?.scrollIntoView({ block: 'start' });
    to?.focus();
  }

  /** The words were chosen in the room; here it is said again to whom they go. */
  #whom(ask: Signing, report: Report, doc: Doc): Text {
    const titles = doc.items.filter((i) => i.label === ask.intent.slot).flatMap((i) => i.title?.text ?? []);
    return ask.intent.slot === '' ? r.sign.toOwn : r.sign.toSlot(titles.join('」「'), report.members.get(ask.intent.slot)?.size ?? 0);
  }
}
