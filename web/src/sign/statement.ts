import { changedAt } from '../record/signs.ts';
import { b64, same, unb64, utf8, type Bytes } from '../verify/bytes.ts';
import { leafHash, pairOf, rootOf, sha } from '../verify/hash.ts';
import { SLOTS, disclose, isObject, isSlot, readLeaf, type Plain } from '../verify/leaf.ts';
import type { Report } from '../verify/report.ts';

/*
 * The statement a passkey signs (schema/minutes.md, part 4), made of the copy that was verified here and of
 * what its owner chose. Of the server's draft come salts, nonce and time, and no word that is not looked at.
 */

/** What its owner means to say, and of which head. */
export interface Intent {
  readonly decision: 'agree' | 'reserve' | 'dissent' | 'decline';
  readonly note: string;
  /** Where the note and a decision other than agree are told beside one's own copy; '': there alone. */
  readonly slot: string;
}
export interface Head {
  readonly size: number;
  readonly slots: readonly string[];
}
/** As the server sends it. */
export interface Draft {
  readonly statement: string;
  readonly view: readonly string[];
  readonly say: readonly string[];
  readonly note: readonly string[];
}

/** The draft says something else than what was read and chosen. */
export class Differs extends Error {}

function must(ok: unknown, what: string): asserts ok {
  if (!ok) throw new Differs(what);
}

/** Which labels its signer got whole: the same as the copy says. */
async function viewOf(report: Report, items: readonly string[]): Promise<Bytes> {
  must(items.length === report.labels.length, 'view');
  const reads = new Set(report.manifest.labels);
  return rootOf(await Promise.all(report.labels.map((label, i) => {
    const [, salt = '', sign] = /^([A-Za-z0-9_-]{43})([+-])$/.exec(items[i] ?? '') ?? [];
    must(salt !== '' && sign === (reads.has(label) ? '+' : '-'), `view ${i}`);
    return pairOf(disclose(salt, `view/${i}`, reads.has(label)));
  })));
}

/** Notes by their hash: what stands in them is what was written, in the slot it was written for. */
async function notesOf(items: readonly string[], words: string): Promise<Map<string, string>> {
  const notes = new Map<string, string>();
  for (const d of items) {
    const leaf = readLeaf(d);
    const [, slot = ''] = /^(s\d\d)\/note\/[0-9a-f]{16}$/.exec(leaf?.name ?? '') ?? [];
    must(isSlot(slot) && leaf?.value === words, 'note');
    notes.set(b64(await leafHash(d)), slot);
  }
  return notes;
}

function isSaid(v: Plain, slot: string, decision: string, notes: ReadonlyMap<string, string>, noted: boolean): boolean {
  if (!isObject(v) || v['decision'] !== decision) return false;
  const { note } = v;
  const rest = Object.keys(v).filter((k) => k !== 'decision' && k !== 'note');
  if (rest.length > 0) return false;
  return note === undefined || (noted && typeof note === 'string' && notes.get(note) === slot);
}

async function sayOf(report: Report, draft: Draft, head: Head, intent: Intent): Promise<Bytes> {
  const own = report.manifest.slot;
  const slots = new Set([...head.slots, own]);
  const notes = await notesOf(draft.note, intent.note);
  must(draft.say.length === SLOTS.length, 'say');
  const said = (slot: string): boolean => slot === own || slot === intent.slot;
  const hashes = await Promise.all(SLOTS.map((slot, i) => {
    const d = draft.say[i] ?? '';
    const leaf = readLeaf(d);
    const decision = intent.decision === 'decline' || said(slot) ? intent.decision : 'agree';
    must(leaf?.name === `say/${i}`, `say ${i}`);
    must(slots.has(slot) ? isSaid(leaf.value, slot, decision, notes, said(slot)) : leaf.value === null, `say ${i}`);
    return pairOf(d);
  }));
  // In one's own copy the words stand in any case; elsewhere they may come by another way.
  must((intent.note !== '') === [...notes.values()].includes(own), 'note');
  return rootOf(hashes);
}

/** One of the heads this seat signs: of each of these slots the one after what last changed there. */
function mustBeDue(report: Report, head: Head): void {
  const changed = changedAt(report);
  const own = report.manifest.slot;
  const shared = head.slots.filter((s) => s !== own);
  must(Number.isSafeInteger(head.size) && head.size >= 2 && head.size <= report.size, 'head');
  must(head.slots.every(isSlot) && (shared.length > 0 ? shared : [own]).every((s) => changed.get(s) === head.size), 'slots');
}

function mustBeNow(lines: readonly string[], report: Report): { nonce: string; time: number } {
  const nonce = /^nonce (.+)$/.exec(lines[10] ?? '')?.[1] ?? '';
  const time = Number(/^time ([1-9][0-9]{0,11})$/.exec(lines[11] ?? '')?.[1] ?? '0');
  must(unb64(nonce, 16), 'nonce');
  must(time >= report.sealed, 'time');
  return { nonce, time };
}

/** The bytes to be signed. Throws Differs where the draft is not of exactly this. */
export async function statementOf(report: Report, head: Head, intent: Intent, draft: Draft, spki: Uint8Array): Promise<Bytes> {
  mustBeDue(report, head);
  const { nonce, time } = mustBeNow(draft.statement.split('\n'), report);
  const view = b64(await viewOf(report, draft.view));
  const say = b64(await sayOf(report, draft, head, intent));
  const text = `rokusha/sign/v1\n${report.origin}\n${head.size}\n${report.roots[head.size] ?? ''}\nparty ${report.party}\nmethod webauthn\n`
    + `key ${b64(await sha(spki))}\nscan -\nview ${view}\nsay ${say}\nnonce ${nonce}\ntime ${time}\n`;
  const made = utf8(text);
  must(same(made, utf8(draft.statement)), 'statement');
  return made;
}
