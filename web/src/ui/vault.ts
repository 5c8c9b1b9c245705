/*
 * What a page could not send, on this device: encrypted, one entry an editor instance. Nothing in an
 * entry says whose it is; who has the key of a seat finds out by trying.
 */
export interface Entry {
  readonly client: string;
  readonly at: number;
  readonly iv: Uint8Array<ArrayBuffer>;
  readonly box: ArrayBuffer;
}

const NAME = 'rokusha';
const STORE = 'kept';
/** Nobody came back for it. */
const OLD_MS = 30 * 24 * 3600 * 1000;
const IV_BYTES = 12;

const done = <T>(request: IDBRequest<T>): Promise<T> => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error ?? new Error('device'));
});

const utf8 = new TextEncoder();

export class Vault {
  private constructor(private readonly db: IDBDatabase, private readonly key: CryptoKey) {}

  static async open(bytes: Uint8Array<ArrayBuffer>): Promise<Vault> {
    const key = await crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']);
    const open = indexedDB.open(NAME, 1);
    open.onupgradeneeded = () => { open.result.createObjectStore(STORE, { keyPath: 'client' }); };
    return new Vault(await done(open), key);
  }

  #store(mode: IDBTransactionMode): IDBObjectStore {
    return this.db.transaction(STORE, mode).objectStore(STORE);
  }

  async put(client: string, words: string): Promise<void> {
    const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
    const box = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: utf8.encode(client) }, this.key, utf8.encode(words));
    const entry: Entry = { client, at: Date.now(), iv, box };
    await done(this.#store('readwrite').put(entry));
  }

  async remove(client: string): Promise<void> {
    await done(this.#store('readwrite').delete(client));
  }

  /** null: there is none, or it is not this seat's. */
  async get(client: string): Promise<string | null> {
    const entry = await done(this.#store('readonly').get(client) as IDBRequest<Entry | undefined>);
    return entry ? this.#words(entry) : null;
  }

  /** The entries of this seat; very old ones, of whomever, go. */
  async mine(): Promise<string[]> {
    const all = await done(this.#store('readonly').getAll() as IDBRequest<Entry[]>);
    const list: string[] = [];
    for (const entry of all) {
      if (entry.at < Date.now() - OLD_MS) await this.remove(entry.client);
      else if (await this.#words(entry) !== null) list.push(entry.client);
    }
    return list;
  }

  async #words(entry: Entry): Promise<string | null> {
    try {
      const { client, iv, box } = entry;
      return new TextDecoder().decode(
        await crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData: utf8.encode(client) }, this.key, box));
    } catch {
      return null; // another seat's
    }
  }
}
