import { html, type TemplateResult } from 'lit';
import { plain } from '../locale/ruby.ts';
import { personOf, type Doc, type Entry, type Item, type Piece } from '../record/read.ts';
import type { Line } from '../record/signs.ts';
import { grouped, howOf, moreOf, stampText, stayOf } from '../record/views.ts';
import { momentOf } from '../record/times.ts';
import { official as r } from '../record/words.ts';
import type { Report } from '../verify/report.ts';
import { circled } from './meeting.ts';
import { shortName } from './values.ts';

/* The minutes as a list of pieces of paper that are not cut: what comes after each other on A4 sheets. */

export interface Block {
  readonly view: TemplateResult;
  /** It stays with the one after it. */
  readonly keep?: boolean;
}

const LONG = 360; // characters that are put on paper in one piece
const ROWS = 6;
const STAMPS = 6;

/** Long texts in pieces, cut after a line or a sentence where there is one. */
export function cut(text: string): string[] {
  const parts: string[] = [];
  let rest = text;
  while (rest.length > LONG) {
    const head = rest.slice(0, LONG);
    const at = Math.max(head.lastIndexOf('\n'), head.lastIndexOf('。'));
    // Never between the halves of a pair.
    const end = at > LONG / 3 ? at + 1 : /[\ud800-\udbff]$/.test(head) ? LONG - 1 : LONG;
    parts.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return [...parts, rest];
}

const chunks = <T>(list: readonly T[], n: number): T[][] =>
  Array.from({ length: Math.ceil(list.length / n) }, (_, i) => list.slice(i * n, (i + 1) * n));

/** As it reads now; what it said before follows in brackets. */
function textOf(p: Piece | undefined): string {
  if (!p) return r.noWords;
  const last = p.amends[p.amends.length - 1];
  return last ? `${last.text}\n（${r.amendedAt(momentOf(last.time))}${last.why === '' ? '' : `。${r.because(last.why)}`}　${r.wasBefore}：${p.text}）` : p.text;
}

const heading = (text: string): Block => ({ view: html`<h2>${text}</h2>`, keep: true });
const sub = (text: string): Block => ({ view: html`<h3>${text}</h3>`, keep: true });

/** A label at the left, words at the right; the label once. */
const lines = (label: string, text: string): Block[] =>
  cut(text).map((part, i) => ({ view: html`<div class="sheet-line"><b>${i === 0 ? label : ''}</b><p>${part}</p></div>` }));

function facts(doc: Doc): Block {
  const at = (id: string): string => {
    const p = doc.facts.get(id);
    return p ? textOf(p) : '';
  };
  const rows: [string, string][] = [
    [r.facts.when, `${at('conf.held_on')}${at('conf.schedule.start') === '' ? '' : `　${r.span(at('conf.schedule.start'), at('conf.schedule.end'))}`}`],
    [r.facts.place, at('conf.place')], [r.facts.basis, at('conf.legal_basis')], [r.facts.participation, at('conf.schedule.participation')],
    [r.facts.who, doc.attendance.map((a) => r.stay(shortName(personOf(doc, a.who)), stayOf(a))).join('、')],
    [r.facts.next, at('min.next_date')],
  ];
  return { view: html`<h1 class="title">${r.sheets.title}</h1><table class="facts"><tbody>${rows.filter(([, v]) => v !== '').map(([label, v]) => html`<tr><th scope="row">${label}</th><td>${v}</td></tr>`)}</tbody></table>` };
}

function entries(table: string, list: readonly Entry[]): Block[] {
  const of = (e: Entry, column: string): string => textOf(e.pieces.get(column));
  const who = (e: Entry, column: string): string => {
    const p = e.pieces.get(column);
    return p ? shortName(p.text) : '';
  };
  switch (table) {
    case 'min.person_words': return list.flatMap((e) => cut(of(e, 'text')).map((part) => ({ view: html`<p class="pq">${r.quote(part)}</p>` })));
    case 'min.decisions': return list.flatMap((e) => cut(of(e, 'text')).map((part, i) => ({
      view: html`<table class="grid dec"><tbody><tr><th scope="row">${i === 0 ? r.decision(circled(e.n)) : ''}</th><td>${part}</td></tr></tbody></table>`,
    })));
    case 'min.actions': return chunks(list, ROWS).map((some) => ({
      view: html`<table class="grid todo-p"><thead><tr><th scope="col">だれが</th><th scope="col">何を</th><th scope="col">いつまで</th></tr></thead>
        <tbody>${some.map((e) => html`<tr><td>${who(e, 'who')}</td><td>${of(e, 'what')}</td><td>${e.pieces.has('due') ? of(e, 'due') : ''}</td></tr>`)}</tbody></table>`,
    }));
    case 'min.utterances': return list.flatMap((e) => cut(of(e, 'text')).map((part, i) => ({ view: html`<p class="utt-p"><b>${i === 0 ? who(e, 'speaker') : ''}</b><span>${part}</span></p>` })));
    default: return list.flatMap((e) => [...e.pieces.values()].flatMap((p) => lines(p.label, textOf(p))));
  }
}

const KINDS = ['min.person_words', 'min.decisions', 'min.actions', 'min.advice', 'min.dissent', 'min.corrections', 'min.utterances'];

function item(it: Item): Block[] {
  const tables = [...KINDS, ...[...it.entries.keys()].filter((t) => !KINDS.includes(t))].filter((t) => (it.entries.get(t)?.length ?? 0) > 0);
  const none: Block[] = tables.length === 0 ? [{ view: html`<p class="note">${r.noRecord}</p>` }] : [];
  return [heading(it.title ? textOf(it.title) : r.noItem), ...(it.more.length === 0 ? [] : [{ view: html`<p class="note">${moreOf(it)}</p>` }]), ...none, ...tables.flatMap((t) => [
    ...(t === 'min.decisions' ? [] : [sub(r.kinds[t] ?? t)]), ...entries(t, it.entries.get(t) ?? [])])];
}

function plan(doc: Doc): Block[] {
  if (doc.plan.length === 0) return [];
  return [heading(r.plan), ...doc.plan.flatMap((g) => [sub(g.label), ...g.pieces.flatMap((p) => lines(p.label, textOf(p))),
    ...g.rows.flatMap((row) => row.flatMap((p) => lines(p.label, textOf(p))))])];
}

function stampCell(l: Line): TemplateResult {
  const s = l.signed;
  if (!s) return html`<td></td>`;
  return html`<td>${s.decision === 'decline' ? r.signs.states['decline'] : html`<span class="hanko" data-length=${stampText(l.name).length}>${stampText(l.name)}</span>`}</td>`;
}

function signs(doc: Doc, all: readonly Line[]): Block[] {
  const w = r.sheets;
  const nameOf = (id: string): string => personOf(doc, id);
  const name = (l: Line): string => shortName(l.name === '' ? r.someone : l.name);
  const tables = chunks(all, STAMPS).map((some): Block => {
    const empty = Array.from({ length: STAMPS - some.length }, () => html`<td></td>`);
    return { view: html`<table class="grid signs"><thead><tr>${some.map((l) => html`<th scope="col">${name(l)}</th>`)}${empty}</tr></thead>
      <tbody><tr class="box">${some.map(stampCell)}${empty}</tr><tr class="date">${some.map((l) => html`<td>${l.signed ? momentOf(l.signed.time).replace(/（.*$/, '').replace(/^.*?年/, '') : w.blankDate}</td>`)}${empty}</tr></tbody></table>` };
  });
  const how = all.filter((l) => l.signed || l.withdrawn !== null).flatMap((l) => {
    const s = l.signed;
    const words = s ? [r.signs.states[s.decision] ?? '', plain(howOf(s, nameOf, r)), s.late ? r.signs.late : '', s.before ? r.signs.before : '', ...s.notes.map(r.quote)]
      : [r.signs.withdrawn(momentOf(l.withdrawn ?? 0))];
    return lines(name(l), words.filter((x) => x !== '').join('。'));
  });
  return [heading(w.signs), { view: html`<p class="note">${r.signs.note}${r.signs.silence}</p>`, keep: true }, ...tables,
    { view: html`<table class="grid signs2"><tbody><tr><th scope="row">${w.helper}</th><td></td><th scope="row">${w.witness}</th><td></td></tr></tbody></table>` }, ...how];
}

function verification(report: Report): Block {
  const row = (label: string, value: string): TemplateResult => html`<tr><th scope="row">${label}</th><td class="code">${value}</td></tr>`;
  const where = `https://${report.origin.split('/')[0] ?? ''}/verify`;
  return { view: html`<h2>${r.sheets.verify}</h2><p class="note">${r.sheets.verifyBody(where)}</p>
    <table class="facts"><tbody>${row(r.origin, report.origin)}${row(r.size, String(report.size))}${row(r.root, grouped(report.root))}${row(r.key, grouped(report.key))}${row(r.sealedAt, momentOf(report.sealed))}${row(r.deadline, momentOf(report.deadline))}</tbody></table>` };
}

export function blocksOf(report: Report, doc: Doc, all: readonly Line[]): Block[] {
  const gone = doc.erased.length === 0 ? [] : [{ view: html`<p class="note">${r.erased(doc.erased.length)}。${r.erasedBody}</p>` }];
  const notice = doc.notice === '' ? [] : [{ view: html`<p class="note">${doc.notice}</p>` }];
  return [facts(doc), ...doc.items.flatMap(item), ...plan(doc), ...gone, ...signs(doc, all), verification(report), ...notice];
}

