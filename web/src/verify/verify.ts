import { b64, b64u, hex, join, same, unb64, utf8, type Bytes } from './bytes.ts';
import { Growing, leafHash, nodeHash, pairOf, rootOf, sha, split } from './hash.ts';
import { edVerify, lacks, partyVerify } from './keys.ts';
import { SLOTS, disclose, isObject, isSalt, isSlot, readLeaf, roundTime, type Plain } from './leaf.ts';
import type { Act, Amend, Decision, Erased, Gap, Leaf, Manifest, Report, Say, SignMethod, Verdict } from './report.ts';
import { Bad, Lines, MAX, NUMBER, Scan, need } from './scan.ts';

/*
 * Is a bundle what it says? schema/minutes.md, part 7, in one pass. Everything is computed here, in the
 * browser; nothing is asked of anybody. What is remembered is bounded: the roots of earlier heads, hashes
 * and texts of the reader's leaves, who is known.
 */

const DECISIONS: readonly string[] = ['agree', 'reserve', 'dissent', 'decline', 'withdraw', 'vouch'];
const BASES: readonly string[] = ['retention', 'request', 'correction', 'unlawful'];
const RANKS: readonly string[] = ['key', 'note', 'amend', 'erase', 'act'];
const ID = /^[0-9a-f]{16}$/;
const ORIGIN = /^[0-9a-z.:-]{1,200}\/c\/[0-9a-f]{32}$/;

type Obj = { readonly [name: string]: Plain };
const isText = (v: Plain | undefined): v is string => typeof v === 'string';
const isId = (v: Plain | undefined): v is string => isText(v) && ID.test(v);
const isHash = (v: Plain | undefined): v is string => isText(v) && unb64(v, 32) !== null;
/** An object of exactly these members. */
const has = (v: Plain | undefined, ...names: readonly string[]): v is Obj =>
  isObject(v) && Object.keys(v).sort().join() === [...names].sort().join();

/** What a say may have beside its decision, and what each of it is. */
const SAY: Readonly<Record<string, (v: Plain) => boolean>> = {
  decision: (v) => isText(v) && DECISIONS.includes(v), note: isHash, about: isHash, hand: (v) => v === 'mark', by: isId, witness: isId,
};
const isSay = (v: Plain): v is Obj =>
  isObject(v) && v['decision'] !== undefined && Object.entries(v).every(([k, x]) => Object.hasOwn(SAY, k) && SAY[k]?.(x) === true);

/** items: a tree in part over those labels; hashOf: what an open place is. */
async function graft<T>(labels: readonly string[], open: ReadonlySet<string>, items: readonly T[],
  hashOf: (label: string, item: T) => Promise<Bytes>): Promise<Bytes> {
  let at = 0;
  const walk = async (part: readonly string[]): Promise<Bytes> => {
    const [first] = part;
    if (!part.some((l) => open.has(l))) {
      const hash = unb64(items[at++], 32);
      need(hash, 'a hash expected in a tree');
      return hash;
    }
    if (part.length === 1 && first !== undefined) {
      const item = items[at++];
      need(item !== undefined, 'a tree is short');
      return hashOf(first, item);
    }
    const k = split(part.length);
    const before = await walk(part.slice(0, k));
    return nodeHash(before, await walk(part.slice(k)));
  };
  const root = await walk(labels);
  need(at === items.length, 'a tree is long');
  return root;
}

interface Fact {
  readonly label: string;
  readonly what: readonly string[];
  readonly value: Plain;
  readonly hash: string;
}

/** Of a leaf of the reader's that was read; path null: its text is not there. */
interface Known {
  readonly label: string;
  readonly entry: number;
  readonly path: string | null;
}

interface Key {
  readonly party: string;
  readonly spki: Bytes;
}

class Check {
  readonly #scan: Scan;
  readonly #tree = new Growing();
  readonly #roots: string[] = [];
  readonly #known = new Map<string, Known>(); // by hash
  readonly #leaves: Leaf[] = [];
  readonly #hidden: Gap[] = [];
  readonly #erasures = new Map<string, { basis: string; parties: string[]; round: number }>();
  readonly #members = new Map<string, Set<string>>();
  readonly #keys = new Map<string, Key>();
  readonly #acts = new Map<string, Act>();
  readonly #amends: Amend[] = [];
  readonly #notes = new Map<string, string>(); // of this round
  readonly #heads = new Set<string>(); // slot and size that were heads to sign
  #fields = 0;
  #origin = '';
  #key: Bytes = new Uint8Array();
  #trusted = false;
  #size = 0;
  #sig: Bytes = new Uint8Array();
  #reads: string[] = [];
  #labels: string[] = [];
  #parent = '';
  #rp = '';
  #attest: Bytes = new Uint8Array();
  #index = 0;
  #time = 0;
  #begun = 0;
  #sealed = 0;
  #deadline = 0;
  #manifest: Manifest | null = null;

  constructor(bytes: Uint8Array, private readonly trust: readonly string[] | null) {
    need(bytes.length <= MAX.bundle, 'longer than any bundle');
    this.#scan = new Scan(bytes);
  }

  async run(): Promise<Report> {
    const s = this.#scan;
    this.#head();
    this.#roots.push(b64(await this.#tree.root()));
    for (let i = 0; i < this.#size; i++) {
      s.expect(i === 0 ? '{"h":' : ',\n{"h":');
      const lines = s.strings(MAX.labels, MAX.line);
      s.expect(',"b":');
      await this.#entry(i, lines);
      s.expect('}');
      await this.#tree.add(await leafHash(`${lines.join('\n')}\n`));
      this.#roots.push(b64(await this.#tree.root()));
    }
    s.expect('\n]}\n');
    need(s.ended, 'more after the end');
    const head = utf8(`${this.#origin}\n${this.#size}\n${this.#roots[this.#size]}\n`);
    need(await edVerify(this.#key.subarray(1), head, this.#sig), 'the signature of the server');
    return this.#report(this.#mine);
  }

  get #mine(): Manifest {
    need(this.#manifest, 'no manifest');
    return this.#manifest;
  }

  #head(): void {
    const s = this.#scan;
    s.expect('{"format":"rokusha-bundle/1","origin":');
    this.#origin = s.string();
    need(ORIGIN.test(this.#origin), 'origin');
    s.expect(',"key":');
    const key = s.string();
    this.#key = this.#typedKey(key, 'key');
    this.#trusted = this.trust?.includes(key) ?? false;
    need(this.#trusted || this.trust === null, 'the key of the server is not one that is trusted');
    s.expect(',"size":');
    this.#size = s.number();
    need(this.#size >= 2 && this.#size <= MAX.entries, 'size');
    s.expect(',"sig":');
    const sig = unb64(s.string(), 64);
    need(sig, 'sig');
    this.#sig = sig;
    s.expect(',"reads":');
    this.#reads = s.strings(MAX.labels, MAX.line);
    s.expect(',"entries":[\n');
  }

  #typedKey(spelled: string, why: string): Bytes {
    const key = unb64(spelled, 33);
    need(key?.[0] === 1, why);
    return key;
  }

  async #entry(index: number, all: readonly string[]): Promise<void> {
    const lines = new Lines(all);
    const kind = ['genesis', 'minutes'][index] ?? 'round';
    this.#index = index;
    lines.exactly('rokusha/entry/v1');
    lines.exactly(`index ${index}`);
    lines.exactly(`kind ${kind}`);
    this.#time = lines.number('time');
    if (kind === 'genesis') this.#genesis(lines);
    else if (kind === 'minutes') {
      this.#sealed = this.#time;
      need(this.#begun === this.#time, 'the time of the first two entries');
      this.#deadline = lines.number('deadline');
      const roots = this.#labels.map((l) => lines.hash(`box ${l}`));
      lines.end();
      return this.#minutes(roots);
    } else need(this.#time === roundTime(this.#sealed, index - 1), `entry ${index}: not the time of this round`);
    const root = lines.hash('box');
    lines.end();
    return this.#sheaf(root);
  }

  #genesis(lines: Lines): void {
    lines.exactly(`log ${this.#origin}`);
    this.#parent = lines.next('parent');
    const [from = '', size = '', root, ...more] = this.#parent.split(' ');
    need(this.#parent === '-' || (ORIGIN.test(from) && NUMBER.test(size) && size !== '0' && isHash(root) && more.length === 0), 'parent');
    this.#begun = this.#time;
    while (lines.is('label')) this.#labels.push(lines.next('label'));
    const classes = this.#labels.slice(1, -SLOTS.length);
    need(this.#labels.join() === ['common', ...classes, ...SLOTS].join() && new Set(this.#labels).size === this.#labels.length
      && classes.every((l) => /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$/.test(l)), 'labels');
    need(this.#reads.join() === this.#labels.filter((l) => this.#reads.includes(l)).join() && this.#reads.includes('common'),
      'labels of the reader');
    this.#rp = lines.next('rp');
    need(this.#rp !== '', 'rp');
    this.#attest = this.#typedKey(lines.next('attest'), 'attest');
  }

  async #minutes(roots: readonly Bytes[]): Promise<void> {
    const s = this.#scan;
    s.expect('[');
    for (const [nth, label] of this.#reads.entries()) {
      need(nth === 0 || s.take(','), 'a box is missing');
      const root = roots[this.#labels.indexOf(label)];
      need(root && same(await this.#box(label, s.strings(MAX.leaves), null), root), `box ${label}`);
    }
    s.expect(']');
    need(this.#manifest, 'no manifest');
  }

  async #sheaf(root: Bytes): Promise<void> {
    const s = this.#scan;
    const items = s.list(() => (s.is('[') ? s.strings(MAX.leaves) : s.string()), MAX.labels);
    const mine = new Set(this.#reads.filter(isSlot));
    const later: Fact[] = [];
    this.#notes.clear();
    const found = await graft(SLOTS, mine, items, (label, item) => {
      need(typeof item !== 'string', 'a box expected');
      return this.#box(label, item, later);
    });
    need(same(found, root), `entry ${this.#index}: box`);
    // What it says is judged when all of it is known to be there: keys and names before acts.
    later.sort((a, b) => RANKS.indexOf(a.what[0] ?? '') - RANKS.indexOf(b.what[0] ?? ''));
    for (const fact of later) await this.#fact(fact);
  }

  /** -> its root. later: facts of a round; without, they are sealed cells. */
  async #box(label: string, items: readonly string[], later: Fact[] | null): Promise<Bytes> {
    const isGap = (item: string, i: number): boolean => item.startsWith('x:') && i > 0;
    const hashes = await Promise.all(items.map((item, i) => (isGap(item, i) ? unb64(item.slice(2), 32) : leafHash(item))));
    const values = items.map((item, i) => (isGap(item, i) ? null : this.#disclosed(label, item)));
    const first = values[0];
    const n = first?.value;
    need(first?.name === '~' && typeof n === 'number' && n >= 0, `${label}: no count`);
    need(this.#index > 0 || n === 0, 'genesis says something');
    const size = n === 0 ? 1 : Math.max(2, 2 ** Math.ceil(Math.log2(n + 1)));
    const whole = hashes.filter((h): h is Bytes => h !== null);
    need(items.length === size && whole.length === size, `${label}: size`);
    values.forEach((v, i) => need(i === 0 || (i <= n ? v?.name !== '~pad' : v?.name === '~pad' && v.value === 0), `${label}: pads`));
    for (let i = 1; i <= n; i++) {
      const hash = b64(whole[i] as Bytes);
      need(!this.#known.has(hash), `${label}: twice`);
      this.#fields++;
      const v = values[i];
      this.#known.set(hash, { label, entry: this.#index, path: v?.name ?? null });
      if (v) this.#real(label, { label, what: v.name.split('/'), value: v.value, hash }, later);
      else {
        this.#hidden.push({ hash, label, entry: this.#index });
        this.#heads.add(`${label} ${this.#index + 1}`); // it may have been an amendment
      }
    }
    return rootOf(n === 0 ? [whole[0] as Bytes, whole[0] as Bytes] : whole);
  }

  #disclosed(label: string, d: string): { name: string; value: Plain } {
    const got = readLeaf(d);
    need(got && got.value !== null && got.name.startsWith(`${label}/`), `${label}: disclosure`);
    return { name: got.name.slice(label.length + 1), value: got.value };
  }

  #real(label: string, fact: Fact, later: Fact[] | null): void {
    const [kind, id = ''] = fact.what;
    if (later) {
      later.push(fact);
      if (kind === 'amend') this.#heads.add(`${label} ${this.#index + 1}`);
      return;
    }
    this.#leaves.push({ label, name: fact.what.join('/'), value: fact.value, hash: fact.hash });
    if (kind === 'manifest' && fact.what.length === 1) this.#readManifest(label, fact.value);
    else if (kind === 'member' && fact.what.length > 1) {
      need(isSlot(label) && ID.test(id) && fact.what.length === 2 && fact.value === true, `${label}: member`);
      this.#members.set(label, (this.#members.get(label) ?? new Set()).add(id));
    }
  }

  #readManifest(label: string, m: Plain): void {
    need(!this.#manifest, 'two manifests');
    need(has(m, 'party', 'role', 'slot', 'labels'), 'manifest');
    const { party, role, slot, labels } = m;
    need(slot === label && isSlot(label) && isId(party) && isText(role), 'manifest');
    need(Array.isArray(labels) && labels.every(isText) && labels.join() === this.#reads.join(), 'the manifest names other labels than the bundle holds');
    this.#manifest = { party, role, slot: label, labels: this.#reads };
  }

  /* ---- what rounds say ---- */

  async #fact({ label, what, value, hash }: Fact): Promise<void> {
    const [kind, id = '', of] = what;
    const name = `${label}: ${what.join('/')}`;
    need(isSlot(label) && ID.test(id), name);
    // An act told in the reader's own slot in place of another: act/ID/OF.
    need(what.length === 2 || (what.length === 3 && kind === 'act' && label === this.#mine.slot && of !== undefined && of !== label && isSlot(of)), name);
    switch (kind) {
      case 'note':
        need(isText(value), 'note');
        this.#notes.set(hash, value);
        return;
      case 'key': return this.#partyKey(label, id, value);
      case 'act': return this.#act(of ?? label, label, id, value);
      case 'amend': return this.#amend(label, value);
      case 'erase':
        need(has(value, 'leaf', 'approvals') && Array.isArray(value['approvals']), 'erase');
        need(isText(value['leaf']) && this.#known.has(value['leaf']), 'an erasure of something that is not there');
        this.#erasures.set(value['leaf'], { round: this.#index, ...await this.#approved(value['leaf'], value['approvals'] as readonly Plain[]) });
        return;
      default: need(false, name);
    }
  }

  async #partyKey(label: string, party: string, v: Plain): Promise<void> {
    const spki = has(v, 'spki') ? unb64(v['spki']) : null;
    need(spki && spki.length > 0 && this.#knows(label, party), 'key');
    const key = b64(await sha(spki));
    need((this.#keys.get(key)?.party ?? party) === party, 'a key of two parties');
    this.#keys.set(key, { party, spki });
  }

  #amend(label: string, v: Plain): void {
    need(has(v, 'entry', 'leaf', 'name', 'value', 'why'), 'amend');
    const { entry, leaf, name, value = null, why } = v;
    need(isText(name) && isText(why), 'amend');
    const old = isText(leaf) ? this.#known.get(leaf) : undefined;
    need(entry === 1 && old?.entry === 1 && isText(leaf), 'an amendment of something that is not there');
    need(old.path === null || old.path === name, 'an amendment that names another leaf');
    this.#amends.push({ label, round: this.#index, time: this.#time, leaf, name, value, why });
  }

  #knows(label: string, party: string): boolean {
    return this.#mine.party === party || (this.#members.get(label)?.has(party) ?? false);
  }

  /** Two parties, each by a statement of its own. */
  async #approved(leaf: string, approvals: readonly Plain[]): Promise<{ basis: string; parties: string[] }> {
    const parties: string[] = [];
    const bases = new Set<string>();
    for (const v of approvals) {
      const statement = isObject(v) ? v['statement'] : undefined;
      need(isObject(v) && isText(statement), 'erase: statement');
      const lines = new Lines(statement.split('\n'));
      lines.exactly('rokusha/erase/v1');
      lines.exactly(this.#origin);
      lines.exactly(`leaf ${leaf}`);
      const basis = lines.next('basis');
      need(BASES.includes(basis), 'erase: basis');
      const party = lines.next('party');
      need(ID.test(party), 'erase: party');
      const method = lines.next('method');
      const key = lines.next('key');
      need(unb64(lines.next('nonce'), 16) && lines.number('time') <= this.#time, 'erase: nonce or time');
      lines.exactly('');
      lines.end();
      await this.#evidence(method, v, statement, key, party, []);
      parties.push(party);
      bases.add(basis);
    }
    const [basis] = bases;
    need(basis !== undefined && bases.size === 1 && new Set(parties).size >= 2, 'an erasure that two did not approve');
    return { basis, parties };
  }

  async #act(of: string, label: string, id: string, v: Plain): Promise<void> {
    const statement = isObject(v) ? v['statement'] : undefined;
    need(isObject(v) && isText(statement), 'act: statement');
    const lines = new Lines(statement.split('\n'));
    const hash = await sha(utf8(statement));
    const own = label === this.#mine.slot && of === label;
    need(hex(hash.subarray(0, 8)) === id, 'act: id');
    lines.exactly('rokusha/sign/v1');
    lines.exactly(this.#origin);
    const [size = '', root] = lines.left.splice(0, 2);
    need(NUMBER.test(size) && Number(size) >= 2 && Number(size) <= this.#index && this.#roots[Number(size)] === root, 'act: head');
    need(own || size === '2' || this.#heads.has(`${of} ${size}`), 'act: a head at which nothing changed here');
    const party = lines.next('party');
    need(own ? party === this.#mine.party : this.#knows(label, party), 'act: party');
    const method = lines.next('method');
    const key = lines.next('key');
    const scan = lines.next('scan');
    need(method === 'paper' ? unb64(scan, 32) : scan === '-', 'act: scan');
    const view = lines.hash('view');
    const say = lines.hash('say');
    need(unb64(lines.next('nonce'), 16), 'act: nonce');
    const time = lines.number('time');
    lines.exactly('');
    lines.end();
    need(time <= this.#time, 'act: time');
    await this.#evidence(method, v, statement, key, party, ['view', 'say']);
    const seen = await this.#scope(own, of, v['view'], view);
    const said = await this.#said(own, of, v['say'], say);
    const act: Act = this.#acts.get(b64(hash)) ?? {
      party, method: method as SignMethod, size: Number(size), time, late: time > this.#deadline, entry: this.#index,
      scope: new Set(), says: new Map(), statement: b64(hash), vouched: false,
    };
    for (const l of seen) act.scope.add(l);
    for (const [l, what] of said) act.says.set(l, what);
    this.#acts.set(b64(hash), act);
  }

  /** Which labels the signer saw whole: of another's act this slot, of one's own all. */
  async #scope(own: boolean, of: string, items: Plain | undefined, root: Bytes): Promise<string[]> {
    const places = own ? this.#labels : [of];
    const seen: string[] = [];
    need(Array.isArray(items), 'act: view');
    const found = await graft(this.#labels, new Set(places), items as readonly Plain[], (label, item) => {
      const [, salt, sign] = (typeof item === 'string' && /^([A-Za-z0-9_-]{43})([+-])$/.exec(item)) || [];
      need(salt && isSalt(salt), 'act: view');
      if (sign === '+') seen.push(label);
      return pairOf(disclose(salt, `view/${this.#labels.indexOf(label)}`, sign === '+'));
    });
    need(same(found, root), 'act: view');
    need(own ? seen.every((l) => this.#reads.includes(l)) : places.every((l) => seen.includes(l)), 'act: signed over what the signer did not read');
    return seen;
  }

  async #said(own: boolean, of: string, items: Plain | undefined, root: Bytes): Promise<[string, Say][]> {
    const places = own ? this.#reads.filter(isSlot) : [of];
    const all: [string, Say][] = [];
    need(Array.isArray(items), 'act: say');
    const found = await graft(SLOTS, new Set(places), items as readonly Plain[], (label, d) => {
      const got = typeof d === 'string' ? readLeaf(d) : null;
      need(got?.name === `say/${SLOTS.indexOf(label)}`, 'act: say');
      if (got.value === null) need(own, 'act: say');
      else all.push([label, this.#say(label, got.value)]);
      return pairOf(d as string);
    });
    need(same(found, root), 'act: say');
    return all;
  }

  #say(label: string, v: Plain): Say {
    need(isSay(v), 'act: say');
    const note = v['note'] as string | undefined;
    if (note !== undefined) { // a leaf of the same slot and round
      const leaf = this.#known.get(note);
      need(leaf?.label === label && leaf.entry === this.#index && (leaf.path === null || leaf.path.startsWith('note/')), 'act: a note that is not there');
    }
    const words = note === undefined ? undefined : this.#notes.get(note);
    const told = (name: 'about' | 'hand' | 'by' | 'witness'): { [name: string]: string } => {
      const x = v[name];
      return typeof x === 'string' ? { [name]: x } : {};
    };
    return {
      decision: v['decision'] as Decision, ...(note === undefined ? {} : { note }), ...(words === undefined ? {} : { text: words }),
      ...told('about'), ...told('hand'), ...told('by'), ...told('witness'),
    };
  }

  /** rest: what else stands in the value. */
  async #evidence(method: string, v: Obj, statement: string, key: string, party: string, rest: readonly string[]): Promise<void> {
    need(has(v, 'statement', 'sig', ...(method === 'webauthn' ? ['auth', 'client'] : []), ...rest), 'a statement without what proves it');
    if (method === 'attested' || method === 'paper') {
      const sig = unb64(v['sig'], 64);
      need(key === '-' && sig && await edVerify(this.#attest.subarray(1), utf8(statement), sig), 'act: signature of the server');
      return;
    }
    need(method === 'webauthn' && this.#rp !== '-', 'act: method');
    const mine = this.#keys.get(key);
    need(mine && mine.party === party, 'act: no such key of this party');
    const [auth, client, sig] = ['auth', 'client', 'sig'].map((k) => unb64(v[k]));
    need(auth && client && sig && auth.length > 0 && client.length > 0 && sig.length > 0, 'act: evidence');
    // The limited rule of the WebAuthn text: these members first, in this order.
    const start = utf8(`{"type":"webauthn.get","challenge":"${b64u(await sha(utf8(statement)))}",`
      + `"origin":"https://${this.#rp}","crossOrigin":false`);
    const next = client[start.length];
    need(same(client.subarray(0, start.length), start) && (next === 0x2c || next === 0x7d), 'act: client data');
    need(auth.length >= 37 && same(auth.subarray(0, 32), await sha(utf8(this.#rp))) && ((auth[32] ?? 0) & 5) === 5, 'act: authenticator data');
    need(await partyVerify(mine.spki, join(auth, await sha(client)), sig), 'act: signature of the party');
  }

  /* ---- what is told ---- */

  #report(manifest: Manifest): Report {
    const acts = [...this.#acts.values()];
    for (const a of acts) {
      a.vouched = acts.some((o) => o.party !== a.party
        && [...o.says.values()].some((s) => s.decision === 'vouch' && s.about === a.statement));
    }
    const erased: Erased[] = [];
    const withheld: Gap[] = [];
    for (const gap of this.#hidden) {
      const erasure = this.#erasures.get(gap.hash);
      if (erasure) erased.push({ ...gap, ...erasure });
      else withheld.push(gap);
    }
    return {
      verdict: withheld.length > 0 ? 'withheld' : 'valid', origin: this.#origin, key: b64(this.#key), trusted: this.#trusted,
      parent: this.#parent, labels: this.#labels, rp: this.#rp, size: this.#size, root: this.#roots[this.#size] ?? '', sig: b64(this.#sig), roots: this.#roots, sealed: this.#sealed,
      deadline: this.#deadline, last: this.#time, party: manifest.party, manifest, members: this.#members, acts, erased, withheld,
      amends: this.#amends, fields: this.#fields, known: [...new Set([...this.#members.values()].flatMap((m) => [...m]))],
      leaves: this.#leaves,
    };
  }
}

/**
 * trust: keys of servers as they stand in bundles, one of which it must be; null: whatever key it names, and the report
 * says that nobody compared it.
 */
export async function verify(bytes: Uint8Array, trust: readonly string[] | null): Promise<Verdict> {
  const why = await lacks();
  if (why) return { verdict: 'unable', why };
  try {
    return await new Check(bytes, trust).run();
  } catch (error) {
    if (error instanceof Bad) return { verdict: 'invalid', why: error.message };
    throw error;
  }
}
