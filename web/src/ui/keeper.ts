import type { Kept, RoomClient } from '../core/index.ts';
import { Vault } from './vault.ts';

/*
 * Own words that are not yet sent outlive the page: they are kept on this device, and the next page of
 * this seat brings them to the server as the earlier one would have, under its name, at their old base,
 * so that nothing arrives twice. Guests keep nothing, nor does a page that was not served securely.
 */

const base64url = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
const lockOf = (client: string): string => `rokusha-kept-${client}`;

/** While all goes well, what is typed is on the server before it would be here. */
const LIVE_MS = 50;

/** Keeps on the device what `room` has not sent, for as long as it runs. */
class Watch {
  #last = '';
  #busy: Promise<void> | null = null;
  #off: () => void;

  constructor(private readonly vault: Vault, private readonly room: RoomClient, kept = '', private readonly failed: () => void) {
    this.#last = kept;
    this.#off = room.onChange(() => this.#save());
    this.#save();
  }

  #save(): void {
    this.#busy ??= this.#write().catch(() => this.failed()).finally(() => { this.#busy = null; });
  }

  async #write(): Promise<void> {
    if (this.room.status === 'live') await new Promise((resolve) => setTimeout(resolve, LIVE_MS));
    for (;;) {
      const kept = this.room.kept();
      const words = kept ? JSON.stringify(kept) : '';
      if (words === this.#last) return;
      if (words === '') await this.vault.remove(this.room.client);
      else await this.vault.put(this.room.client, words);
      this.#last = words;
    }
  }

  /** Everything is on the device as it is now. */
  async settled(): Promise<void> {
    while (this.#busy) await this.#busy;
  }

  stop(): void {
    this.#off();
  }
}

export class Keeper {
  #vault: Vault | null = null;
  #begun = false;
  #off: () => void;
  readonly #watches: Watch[] = [];
  readonly #couriers = new Set<RoomClient>();

  /** `courier` makes a client that brings what an earlier page kept. */
  constructor(private readonly sid: string, private readonly room: RoomClient, private readonly courier: (kept: Kept) => RoomClient) {
    this.#off = room.onChange(() => this.#look());
  }

  stop(): void {
    this.#off();
    for (const w of this.#watches) w.stop();
    for (const c of this.#couriers) c.stop();
  }

  #look(): void {
    if (this.room.status === 'ended') void this.forget();
    if (this.#begun || this.room.status !== 'live') return;
    this.#begun = true;
    void this.#begin().catch(() => this.#failed());
  }

  #failed(): void {
    if (this.room.keeping) this.room.keeps(false);
  }

  async #key(): Promise<Uint8Array<ArrayBuffer> | null> {
    const answer = await fetch(`/s/${this.sid}/keep`, { method: 'POST', cache: 'no-store', credentials: 'same-origin' });
    if (answer.status === 503) this.#begun = false; // asked again after the next change
    if (!answer.ok) return null;
    const { key } = await answer.json() as { key?: unknown };
    return typeof key === 'string' ? base64url(key) : null;
  }

  async #begin(): Promise<void> {
    if (!window.isSecureContext || !('locks' in navigator)) return;
    const key = await this.#key();
    if (!key) return;
    const vault = this.#vault = await Vault.open(key);
    key.fill(0);
    const left = await vault.mine();
    // Held until the page is gone: nobody else takes these words for left behind.
    void navigator.locks.request(lockOf(this.room.client), () => new Promise<never>(() => undefined));
    this.#watches.push(new Watch(vault, this.room, '', () => this.#failed()));
    this.room.keeps(true);
    for (const client of left) void navigator.locks.request(lockOf(client), () => this.#bring(vault, client));
  }

  /** The page that wrote these words is gone. */
  async #bring(vault: Vault, client: string): Promise<void> {
    const words = await vault.get(client);
    if (words === null) return; // brought by another page
    const kept = JSON.parse(words) as Kept;
    // Notes are this page's from now on: it keeps them itself before they are forgotten there.
    await this.#hand(0, kept.notes);
    if (kept.texts.length > 0) {
      const refused = await this.#deliver(vault, kept, words);
      await this.#hand(kept.texts.length - refused.length, refused);
    }
    await vault.remove(client);
  }

  async #hand(brought: number, notes: Kept['notes']): Promise<void> {
    if (brought > 0 || notes.length > 0) this.room.keeps(this.room.keeping, brought, notes);
    for (const w of this.#watches) await w.settled();
  }

  /** Resolves with the words that were not taken, when the server has all the others. */
  async #deliver(vault: Vault, kept: Kept, words: string): Promise<Kept['notes']> {
    const room = this.courier({ ...kept, notes: [] });
    const watch = new Watch(vault, room, words, () => this.#failed());
    this.#couriers.add(room);
    await new Promise<void>((resolve) => {
      const off = room.onChange(() => {
        if (room.status === 'ended' || (room.status === 'live' && room.unsaved === 0)) {
          off();
          resolve();
        }
      });
      room.start();
    });
    await watch.settled();
    watch.stop();
    room.stop();
    this.#couriers.delete(room);
    return room.notes.map(({ label, text }) => ({ label, text }));
  }

  /** This seat has left, or is no more: nothing of it stays here. */
  async forget(): Promise<void> {
    const vault = this.#vault;
    this.stop();
    if (!vault) return;
    this.#vault = null;
    for (const w of this.#watches) await w.settled();
    for (const client of await vault.mine()) await vault.remove(client);
  }
}
