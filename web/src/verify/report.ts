import type { Plain } from './leaf.ts';

/* What a verified bundle says. Times are Unix seconds, hashes base64. */

export type Decision = 'agree' | 'reserve' | 'dissent' | 'decline' | 'withdraw' | 'vouch';
export type SignMethod = 'attested' | 'paper' | 'webauthn';

/** What a signer says in one slot. */
export interface Say {
  readonly decision: Decision;
  /** Hash of the leaf with the note, and its text where that is still there. */
  readonly note?: string;
  readonly text?: string;
  /** Hash of the statement that is vouched for or taken back. */
  readonly about?: string;
  readonly hand?: string;
  readonly by?: string;
  readonly witness?: string;
}

export interface Act {
  readonly party: string;
  readonly method: SignMethod;
  /** Of the head that is signed. */
  readonly size: number;
  readonly time: number;
  readonly late: boolean;
  /** The entry it stands in first. */
  readonly entry: number;
  /** Labels the signer got whole, as far as that is told. */
  readonly scope: Set<string>;
  readonly says: Map<string, Say>;
  /** Hash of the statement. */
  readonly statement: string;
  vouched: boolean;
}

export interface Amend {
  readonly label: string;
  readonly round: number;
  readonly time: number;
  readonly leaf: string;
  readonly name: string;
  readonly value: Plain;
  readonly why: string;
}

/** A leaf whose text is not in the bundle. */
export interface Gap {
  readonly hash: string;
  readonly label: string;
  readonly entry: number;
}

export interface Erased extends Gap {
  /** The entry that tells of it. */
  readonly round: number;
  readonly basis: string;
  readonly parties: readonly string[];
}

/** What stands in the minutes: `name` without its label. */
export interface Leaf {
  readonly label: string;
  readonly name: string;
  readonly value: Plain;
  readonly hash: string;
}

export interface Manifest {
  readonly party: string;
  readonly role: string;
  readonly slot: string;
  readonly labels: readonly string[];
}

export interface Report {
  readonly verdict: 'valid' | 'withheld';
  readonly origin: string;
  /** The server's key, and whether it is one of those that were given to compare. */
  readonly key: string;
  readonly trusted: boolean;
  readonly parent: string;
  /** Every label of the log, in its order. */
  readonly labels: readonly string[];
  /** The name of the page whose passkeys sign here; '-': none. */
  readonly rp: string;
  readonly size: number;
  readonly root: string;
  /** The server's signature over the head of that size. */
  readonly sig: string;
  /** Of every size from 0 on. */
  readonly roots: readonly string[];
  readonly sealed: number;
  readonly deadline: number;
  /** Of the last entry. */
  readonly last: number;
  readonly party: string;
  readonly manifest: Manifest;
  readonly members: ReadonlyMap<string, ReadonlySet<string>>;
  readonly acts: readonly Act[];
  readonly erased: readonly Erased[];
  readonly withheld: readonly Gap[];
  readonly amends: readonly Amend[];
  readonly fields: number;
  readonly known: readonly string[];
  readonly leaves: readonly Leaf[];
}

export type Verdict = Report
  | { readonly verdict: 'invalid'; readonly why: string }
  /** This browser cannot tell. */
  | { readonly verdict: 'unable'; readonly why: 'subtle' | 'ed25519' };
