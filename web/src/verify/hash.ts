import { join, utf8, type Bytes } from './bytes.ts';

/* SHA-256 and the trees of RFC 6962. The browser hashes; nothing of it is written here. */

export const sha = async (bytes: Uint8Array): Promise<Bytes> => new Uint8Array(await crypto.subtle.digest('SHA-256', Uint8Array.from(bytes)));

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);
export const leafHash = (data: string): Promise<Bytes> => sha(join(LEAF, utf8(data)));
export const nodeHash = (left: Uint8Array, right: Uint8Array): Promise<Bytes> => sha(join(NODE, left, right));
/** The largest power of two below n: where a tree of n leaves parts. */
export const split = (n: number): number => 2 ** (31 - Math.clz32(n - 1));

/** Pairs, then pairs of pairs: what has no neighbour goes up as it is. The same tree as parting at a power of two. */
export async function rootOf(hashes: readonly Bytes[]): Promise<Bytes> {
  let level = hashes;
  while (level.length > 1) {
    const now = level;
    const pairs = Array.from({ length: Math.ceil(now.length / 2) }, (_, i) => [now[2 * i], now[2 * i + 1]] as const);
    level = await Promise.all(pairs.map(([left, right]) => (left && right ? nodeHash(left, right) : left as Bytes)));
  }
  return level[0] ?? sha(new Uint8Array());
}

/** One disclosure as a tree of its own: counted twice, so that no hash of a leaf is ever a node's neighbour. */
export async function pairOf(d: string): Promise<Bytes> {
  const h = await leafHash(d);
  return nodeHash(h, h);
}

/** A tree that grows, in as much memory as it is deep. */
export class Growing {
  size = 0;
  #peaks: Bytes[] = [];

  async add(hash: Bytes): Promise<void> {
    let node = hash;
    for (let n = this.size; n % 2 === 1; n = (n - 1) / 2) node = await nodeHash(this.#peaks.pop() as Bytes, node);
    this.#peaks.push(node);
    this.size++;
  }

  async root(): Promise<Bytes> {
    const peaks = [...this.#peaks];
    let right = peaks.pop();
    if (!right) return sha(new Uint8Array());
    for (let left = peaks.pop(); left; left = peaks.pop()) right = await nodeHash(left, right);
    return right;
  }
}
