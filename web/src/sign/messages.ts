import type { Draft, Head, Intent } from './statement.ts';

/* What the page of the meeting and the signing page say to each other. Bytes are base64, but for the copy itself. */

export interface Making {
  readonly is: 'make';
  readonly challenge: string;
  /** Ids of those the seat has: a device that holds one makes no second one. */
  readonly known: readonly string[];
  /** In plain Japanese, as the page of the meeting is. */
  readonly easy: boolean;
}
export interface Signing {
  readonly is: 'sign';
  readonly bundle: Uint8Array;
  /** The server's, as the room knows it. */
  readonly key: string;
  readonly id: string;
  readonly spki: string;
  readonly drafts: readonly Draft[];
  readonly heads: readonly Head[];
  readonly intent: Intent;
  readonly easy: boolean;
}
export type ToSigner = Making | Signing | { readonly is: 'kept' };

export interface Made {
  readonly is: 'made';
  readonly client: string;
  readonly auth: string;
  readonly spki: string;
}
export interface Evidence {
  readonly client: string;
  readonly auth: string;
  readonly sig: string;
}
export type FromSigner = Made | { readonly is: 'ready' } | { readonly is: 'left' } | { readonly is: 'signed'; readonly evidence: readonly Evidence[] };

const MARK = 'rokusha-sign/1';

export const sealed = <T extends ToSigner | FromSigner>(message: T): { readonly [MARK]: T } => ({ [MARK]: message });

/** null: a message of somebody else's. What comes from a page that is trusted is trusted beyond its shape. */
export function opened<T extends ToSigner | FromSigner>(data: unknown): T | null {
  if (typeof data !== 'object' || data === null || !(MARK in data)) return null;
  const message = (data as { readonly [MARK]: unknown })[MARK];
  return typeof message === 'object' && message !== null && 'is' in message ? message as T : null;
}
