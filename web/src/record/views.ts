import { html, nothing, type TemplateResult } from 'lit';
import { plain, type Text } from '../locale/ruby.ts';
import type { Report, Verdict } from '../verify/report.ts';
import { check as tick, lock, stop, warn } from '../ui/icons.ts';
import { circled } from '../ui/meeting.ts';
import { shortName } from '../ui/values.ts';
import { wareki } from '../ui/dates.ts';
import { personOf, type Doc, type Entry, type Group, type Item, type Piece, type Presence } from './read.ts';
import type { Line, Signed } from './signs.ts';
import { dateOf, momentOf, shortMoment } from './times.ts';
import { chooseEasy, isEasy, r, type Words } from './words.ts';

/* How sealed minutes look: their text, what the check found, the table of signatures. Shared by the room and the page that checks. */

export const grouped = (text: string): string => text.replace(/.{4}(?=.)/g, '$& ');

/** The way of speaking: as offices write, or plain. It stays as it was chosen. */
export const easySwitch = (): TemplateResult => html`<button type="button" class="btn btn-text easy-switch" aria-pressed=${String(isEasy())}
  @click=${() => chooseEasy(!isEasy())}>${r.easy}</button>`;

/* ---- the text ---- */

function pieceText(p: Piece): TemplateResult {
  const last = p.amends[p.amends.length - 1];
  if (!last) return html`<span class="pre">${p.text}</span>${p.beside ?? nothing}`;
  return html`<span class="pre">${last.text}</span><span class="amended">${r.amendedAt(dateOf(last.time))}${last.why === '' ? nothing : html`　${r.because(last.why)}`}<br>
    <span class="muted">${r.wasBefore}：<del>${p.text}</del></span></span>${p.beside ?? nothing}`;
}

/** What a row says; its words may have been erased while the rest of it stands. */
const said = (p: Piece | undefined): TemplateResult => (p ? pieceText(p) : html`<span class="doc-none">${r.noWords}</span>`);

export const stayOf = (a: Presence): string => [r.span(a.in, a.out), a.note].filter((w) => w !== '').join('・');
export const moreOf = (item: Item): string => item.more.map((p) => r.named(p.label, p.text)).join('　');

const fact = (label: Text, body: TemplateResult | string): TemplateResult =>
  (body === '' ? html`` : html`<div class="doc-line"><b>${label}</b><p>${body}</p></div>`);

function facts(doc: Doc): TemplateResult {
  const at = (id: string): Piece | undefined => doc.facts.get(id);
  const when = [at('conf.held_on')?.text ?? '', r.span(at('conf.schedule.start')?.text ?? '', at('conf.schedule.end')?.text ?? '')].join('');
  const who = doc.attendance.map((a) => r.stay(shortName(personOf(doc, a.who)), stayOf(a))).join('、');
  const line = (id: string, label: Text): TemplateResult => {
    const piece = at(id);
    return piece ? fact(label, pieceText(piece)) : html``;
  };
  return html`<div class="doc-facts">${fact(r.facts.when, when)}${line('conf.place', r.facts.place)}${line('conf.legal_basis', r.facts.basis)}
    ${line('conf.schedule.participation', r.facts.participation)}${fact(r.facts.who, who)}</div>`;
}

const words = (e: Entry, column: string): Piece | undefined => e.pieces.get(column);

function decision(e: Entry): TemplateResult {
  const text = words(e, 'text');
  return html`<div class="decision"><div class="decision-line"><span class="decision-no">${r.decision(circled(e.n))}</span><div>${said(text)}</div></div></div>`;
}

function action(e: Entry): TemplateResult {
  const [what, who, due] = ['what', 'who', 'due'].map((c) => words(e, c));
  const day = due ? pieceText({ ...due, text: plain(r.due(due.text)), amends: due.amends.map((a) => ({ ...a, text: plain(r.due(a.text)) })) }) : nothing;
  return html`<div class="doc-todo"><p>${said(what)}</p><p class="due">${who ? shortName(who.text) : ''}${who && due ? '　' : ''}${day}</p></div>`;
}

function personWords(e: Entry): TemplateResult {
  const text = words(e, 'text');
  return html`<p class="quote">${said(text && { ...text, text: plain(r.quote(text.text)) })}</p>`;
}

function utterance(e: Entry): TemplateResult {
  const [text, who] = ['text', 'speaker'].map((c) => words(e, c));
  return html`<div class="doc-said"><b>${who ? shortName(who.text) : ''}</b><p>${said(text)}</p></div>`;
}

function remark(e: Entry): TemplateResult {
  const [text, reply, about, by] = ['text', 'reply', 'about', 'by'].map((c) => words(e, c));
  const named = about && !/^[0-9a-f]{16}$/.test(about.text) ? about.text : '';
  return html`<div class="doc-remark">${by || named !== '' ? html`<p class="small muted">${[by ? shortName(by.text) : '', named].filter((w) => w !== '').join('　')}</p>` : nothing}
    <p>${said(text)}</p>${reply ? html`<p class="doc-reply"><span class="small muted">${r.reply}</span>　${pieceText(reply)}</p>` : nothing}</div>`;
}

function other(e: Entry): TemplateResult {
  return html`<div class="doc-remark">${[...e.pieces.values()].map((p) => fact(p.label, pieceText(p)))}</div>`;
}

const KINDS: readonly (readonly [string, (e: Entry) => TemplateResult])[] = [
  ['min.person_words', personWords], ['min.decisions', decision], ['min.actions', action], ['min.advice', remark],
  ['min.dissent', remark], ['min.corrections', other], ['min.utterances', utterance],
];

function itemView(item: Item): TemplateResult {
  const rest = [...item.entries.keys()].filter((table) => !KINDS.some(([t]) => t === table)).map((table) => [table, other] as const);
  const { beside, ...title } = item.title ?? {};
  return html`<section class="doc-item"><h3 class="doc-h">${item.title ? pieceText(title as Piece) : r.noItem}
      ${item.members.length > 0 ? html`<span class="small muted">${r.seats(item.members.length)}</span>` : nothing}</h3>${beside ?? nothing}
    ${item.more.length === 0 ? nothing : html`<p class="small muted">${moreOf(item)}</p>`}${item.entries.size === 0 ? html`<p class="doc-none">${r.noRecord}</p>` : nothing}${[...KINDS, ...rest].map(([table, view]) => {
      const list = item.entries.get(table) ?? [];
      return list.length === 0 ? nothing : html`<h4 class="sec">${r.kinds[table] ?? table}</h4>${list.map(view)}`;
    })}</section>`;
}

function groupView(g: Group): TemplateResult {
  const line = (p: Piece): TemplateResult => html`<div class="doc-line ${p.voice ? 'voice' : ''}"><b>${p.label}</b><p>${pieceText(p)}</p></div>`;
  return html`<section class="doc-group"><h4 class="doc-h4">${g.label}</h4>${g.pieces.map(line)}
    ${g.rows.map((row) => html`<div class="doc-row">${row.map(line)}</div>`)}</section>`;
}

export function docView(doc: Doc, title = true): TemplateResult {
  const no = doc.facts.get('conf.schedule.conf_no');
  const next = doc.facts.get('min.next_date');
  return html`${title ? html`<div class="doc-title"><p class="row"><span class="small">${no ? r.number(no.text) : nothing}</span><span class="chip">${r.range(doc.name)}</span></p>
      <h2>${r.document}</h2></div>` : nothing}
    ${facts(doc)}${doc.items.map(itemView)}
    ${next ? html`<div class="doc-next">${fact(r.facts.next, pieceText(next))}</div>` : nothing}
    ${doc.plan.length > 0 ? html`<section class="doc-plan"><h3 class="doc-h">${r.plan}</h3><p class="small muted">${r.planLead}</p>${doc.plan.map(groupView)}</section>` : nothing}
    ${gapsView(doc)}${doc.notice === '' ? nothing : html`<p class="doc-notice small muted">${doc.notice}</p>`}`;
}

function gapsView(doc: Doc): TemplateResult | typeof nothing {
  if (doc.erased.length === 0) return nothing;
  const told = doc.erased.map((e) => r.erasedOne(r.bases[e.basis] ?? e.basis, e.parties.map((p) => shortName(personOf(doc, p))).join('、')));
  const lines = new Map(told.map((w) => [plain(w), w])).values();
  return html`<section class="callout doc-gaps">${lock}<div><h3>${r.erased(doc.erased.length)}</h3>${[...lines].map((l) => html`<p>${l}</p>`)}<p class="small muted">${r.erasedBody}</p></div></section>`;
}

/* ---- what the check found ---- */

export const callout = (kind: string, icon: TemplateResult, title: Text, body: TemplateResult | Text, role = 'status'): TemplateResult =>
  html`<div class="callout ${kind}" role=${role}>${icon}<div><h2>${title}</h2><p>${body}</p></div></div>`;
export const isKeyOfAnother = (why: string): boolean => /key of the server/.test(why);

export function verdictView(v: Verdict | null): TemplateResult {
  const w = r.verdict;
  if (v === null) return html`<p role="status">${w.checking}</p>`;
  if (v.verdict === 'unable') return callout('callout-warn', warn, w[v.why], w[`${v.why}Body`]);
  if (v.verdict === 'invalid') {
    const other = isKeyOfAnother(v.why);
    return html`${callout('callout-stop', stop, other ? w.otherKey : w.invalid, other ? w.otherKeyBody : w.invalidBody, 'alert')}
      <details class="small verdict-why"><summary>${w.invalidWhere}</summary><p class="code">${v.why}</p></details>`;
  }
  if (v.verdict === 'withheld') return callout('callout-warn', warn, r.withheld(v.withheld.length), r.withheldBody);
  return html`${callout('callout-ok', tick, w.valid, w.validBody)}${v.trusted ? nothing : callout('', lock, w.untrusted, w.untrustedBody)}`;
}

/* ---- signatures ---- */

export function howOf(s: Signed, nameOf: (id: string) => string, w: Words = r): Text {
  if (s.method === 'paper') return w.signs.paper(s.vouched);
  const name = (id: string): string => (id === '' ? '' : shortName(nameOf(id)));
  if (s.hand !== '') return w.signs.mark(name(s.by), name(s.witness), s.vouched);
  return w.signs.methods[s.method] ?? s.method;
}

/** As a seal of one or two characters; four stand in two lines. */
export const stampText = (name: string): string => [...shortName(name).replace(/(さん|先生|様)$/, '')].slice(0, 4).join('');

function stamp(line: Line): TemplateResult {
  const s = line.signed;
  if (!s) return html`<span class="hanko hanko-empty" aria-hidden="true">${r.signs.notMark}</span>`;
  if (s.decision === 'decline') return html`<span class="hanko hanko-empty" aria-hidden="true">${r.signs.marks['decline']}</span>`;
  return html`<span class="hanko ${s.pending ? 'hanko-pending' : ''}" data-length=${stampText(line.name).length} aria-hidden="true">${stampText(line.name)}</span>`;
}

function signState(line: Line, nameOf: (id: string) => string): TemplateResult {
  const s = line.signed;
  if (!s) return html`<span class="small">${line.withdrawn === null ? r.signs.not : r.signs.withdrawn(shortMoment(line.withdrawn))}</span>`;
  const more = [s.late ? r.signs.late : '', s.before ? r.signs.before : ''].filter((w) => w !== '');
  return html`<span class="small"><b>${r.signs.states[s.decision]}</b>　${shortMoment(s.time)}<br>${howOf(s, nameOf)}
    ${more.length > 0 ? html`<br><span class="sig-more">${more.map((w, i) => html`${i > 0 ? '。' : nothing}${w}`)}</span>` : nothing}${s.pending ? html`<br>${r.signs.pending}` : nothing}
    ${s.gone ? html`<br>${r.signs.gone}` : nothing}</span>${s.notes.map((n) => html`<span class="sig-note">${r.quote(n)}</span>`)}`;
}

/** `more`: what can be done at a line, where something can. */
export function signsView(lines: readonly Line[], nameOf: (id: string) => string, more: (line: Line) => TemplateResult | typeof nothing = () => nothing): TemplateResult {
  return html`<ul class="sigs">${lines.map((line) => html`<li class="sig">${stamp(line)}<div><b>${line.name === '' ? r.someone : line.name}</b>${line.me ? html`（${r.signs.you}）` : nothing}<br>
    ${signState(line, nameOf)}${more(line)}</div></li>`)}</ul><p class="small muted">${r.signs.silence}</p>`;
}

/* ---- what it proves, and the values ---- */

/** What a signature is for: what is read here, and nothing else; roots: the heads that are signed. */
export function coversView(doc: Doc, roots: readonly string[]): TemplateResult {
  const w = r.sign;
  const count = (table: string): number => doc.items.reduce((n, i) => n + (i.entries.get(table)?.length ?? 0), 0);
  const plan = doc.plan.reduce((n, g) => n + g.pieces.length + g.rows.length, 0);
  const titled = doc.items.filter((i) => i.title !== null).length;
  return html`<ul class="covers"><li>${tick}<span><b>${w.all}</b><br><span class="small muted">${w.counts(titled, count('min.decisions'), count('min.actions'), plan)}</span></span></li>
      <li>${tick}<span><b>${w.not}</b><br><span class="small muted">${w.notBody}</span></span></li></ul>
    <div><p class="small">${w.same}</p>${roots.map((root) => html`<p class="code seal-value">${grouped(root)}</p>`)}</div>`;
}

export function claimsView(report: Report): TemplateResult {
  const attested = report.acts.some((a) => a.method === 'attested');
  return html`<ul class="claims">${report.withheld.length === 0 ? html`<li>${tick}<span>${r.claims.whole(report.fields)}</span></li>` : nothing}
      <li>${tick}<span>${r.claims.unchanged}</span></li><li>${tick}<span>${r.claims.same}</span></li></ul>
    <h3 class="label">${r.claims.not}</h3><ul class="claims-not">${r.claims.list.map((c) => html`<li>${c}</li>`)}${attested ? html`<li>${r.claims.attested}</li>` : nothing}</ul>`;
}

export function valuesView(report: Report): TemplateResult {
  const line = (label: Text, value: TemplateResult | string): TemplateResult => html`<div><dt>${label}</dt><dd>${value}</dd></div>`;
  return html`<dl class="values">${line(r.origin, html`<span class="code">${report.origin}</span>`)}
    ${line(r.root, html`<span class="code">${grouped(report.root)}</span>`)}${line(r.size, String(report.size))}
    ${line(r.key, html`<span class="code">${grouped(report.key)}</span>`)}${line(r.sealedAt, momentOf(report.sealed))}
    ${line(r.deadline, momentOf(report.deadline))}${line(r.last, momentOf(report.last))}</dl>
    ${report.parent === '-' ? nothing : html`<p class="small">${r.parent}<br><span class="code">${report.parent}</span></p>`}`;
}

export const heldOn = (doc: Doc): string => {
  const v = doc.facts.get('conf.held_on')?.raw;
  return typeof v === 'string' ? wareki(v) : '';
};
