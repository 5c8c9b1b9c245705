import { isSlot } from '../verify/leaf.ts';
import type { Act, Decision, Report, Say, SignMethod } from '../verify/report.ts';

/* The table of signatures: of everybody the reader knows to be asked, what they said last, and how strong that is. */

export interface Signed {
  readonly decision: Exclude<Decision, 'vouch' | 'withdraw'>;
  readonly method: SignMethod;
  readonly time: number;
  readonly late: boolean;
  readonly vouched: boolean;
  /** Kept, and told to the others at the next round. */
  readonly pending: boolean;
  readonly own: boolean;
  /** In some place something was corrected after what was signed. */
  readonly before: boolean;
  readonly notes: readonly string[];
  /** A note was there and was erased. */
  readonly gone: boolean;
  readonly hand: string;
  readonly by: string;
  readonly witness: string;
  /** Hashes of the statements: who vouches names one. */
  readonly statements: readonly string[];
}

export interface Line {
  readonly party: string;
  readonly name: string;
  readonly me: boolean;
  readonly signed: Signed | null;
  readonly withdrawn: number | null;
}

/** Kept by the server and in no round yet: its reader knows of it from the server alone. */
export interface Pending {
  readonly party: string;
  readonly method: SignMethod;
  readonly time: number;
  readonly late: boolean;
  readonly vouched: boolean;
  readonly says: ReadonlyMap<string, Say>;
  readonly size: number;
  readonly statement: string;
}

interface Told {
  readonly act: Act | Pending;
  readonly pending: boolean;
}

const RANK: readonly Decision[] = ['agree', 'reserve', 'dissent', 'decline'];
const strongest = (says: readonly Say[]): Signed['decision'] =>
  says.reduce<Signed['decision']>((best, s) => (RANK.indexOf(s.decision) > RANK.indexOf(best) ? s.decision as Signed['decision'] : best), 'agree');

/** The head each slot was changed last at. */
export function changedAt(report: Report): Map<string, number> {
  const at = new Map(report.manifest.labels.map((l) => [l, 2]));
  for (const a of report.amends) at.set(a.label, Math.max(at.get(a.label) ?? 2, a.round + 1));
  return at;
}

/** The heads this seat signs, by their sizes: of each of its slots the one it was changed last at. */
export const sizesOf = (report: Report): number[] =>
  [...new Set([...changedAt(report)].filter(([label]) => isSlot(label)).map(([, size]) => size))];

function signedBy(report: Report, told: readonly Told[], own: boolean): { signed: Signed | null; withdrawn: number | null } {
  const says = (t: Told): Say[] => [...t.act.says.values()];
  const backs = told.flatMap((t) => says(t).filter((x) => x.decision === 'withdraw').map((x) => ({ time: t.act.time, about: x.about })));
  const isBack = (t: Told): boolean => backs.some((b) => b.time >= t.act.time
    && (b.about === undefined || b.about === t.act.statement));
  const withdrawn = backs.length > 0 ? Math.max(...backs.map((b) => b.time)) : null;
  const left = told.filter((t) => says(t).some((s) => s.decision !== 'withdraw' && s.decision !== 'vouch') && !isBack(t));
  const last = left.reduce<Told | null>((best, t) => (best === null || t.act.time >= best.act.time ? t : best), null);
  if (!last) return { signed: null, withdrawn };
  // One signature is an act for each head: those made at one time, or since by the same hand.
  const changed = changedAt(report);
  const latest = new Map<string, Told>();
  for (const t of [...left].sort((a, b) => a.act.time - b.act.time)) for (const slot of t.act.says.keys()) latest.set(slot, t);
  const now = left.filter((t) => [...latest.values()].includes(t));
  const all = [...latest].flatMap(([slot, t]) => t.act.says.get(slot) ?? []);
  const hand = all.find((s) => s.hand !== undefined);
  return {
    withdrawn: null,
    signed: {
      decision: strongest(all), method: last.act.method, time: last.act.time, late: last.act.late, own, pending: now.some((t) => t.pending),
      vouched: now.every((t) => t.act.vouched || (t.act.method !== 'paper' && hand === undefined)) && now.length > 0,
      before: [...latest].some(([slot, t]) => t.act.size < (changed.get(slot) ?? 2)),
      notes: [...new Set(all.flatMap((s) => (s.text === undefined ? [] : [s.text])))],
      gone: all.some((s) => s.note !== undefined && s.text === undefined),
      hand: hand?.hand ?? '', by: hand?.by ?? '', witness: hand?.witness ?? '', statements: now.map((t) => t.act.statement),
    },
  };
}

/** The reader first, then by name. */
export function linesOf(report: Report, people: ReadonlyMap<string, string>, pending: readonly Pending[] = []): Line[] {
  const told = new Map<string, Told[]>();
  const add = (t: Told): void => { told.set(t.act.party, [...told.get(t.act.party) ?? [], t]); };
  for (const act of report.acts) add({ act, pending: false });
  const known = new Set(report.acts.map((a) => a.statement));
  for (const act of pending) if (!known.has(act.statement)) add({ act, pending: true });
  const parties = new Set([report.party, ...report.known]);
  return [...parties].map((party) => {
    const me = party === report.party;
    return { party, name: people.get(party) ?? '', me, ...signedBy(report, told.get(party) ?? [], me) };
  }).sort((a, b) => Number(b.me) - Number(a.me) || a.name.localeCompare(b.name, 'ja'));
}
