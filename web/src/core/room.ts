import type { ChangeSet } from '@codemirror/state';
import { Whereabouts } from './here.ts';
import { Link, type Status, type Timer } from './link.ts';
import type {
  CellIn, ChangeJson, Col, InFrame, Me, Meet, Out, Point, Policy, Request, Seat, Series, Value,
} from './protocol.ts';
import { Pasts } from './past.ts';
import { ReachAsks, type ReachList } from './reach.ts';
import { Refused, hex64, type Act, type Caseload, type Cell, type Kept, type Note, type Pending, type Place, type RoomOptions } from './room-types.ts';
import { Suggestions } from './suggest.ts';
import { TextSession, type Push } from './texts.ts';

export * from './room-types.ts';

type Listener = (keys: ReadonlySet<string> | null) => void;

const BUSY_MS = 700;
const MARKS_MS = 1_000;
const HAVE_BYTES = 48 * 1024;

/** One conference as one seat sees it. */
export class RoomClient {
  me: Me | null = null;
  series: Series = { fictional: false, notice: '' };
  meet: Meet = { phase: 'before', agenda: [] };
  /** Classes this official role cannot read; null for others. */
  hidden: readonly string[] | null = null;
  /** What waits for this seat's approval. */
  policy: Policy | null = null;
  readonly seats = new Map<string, Seat>();
  readonly cols = new Map<string, Col>();
  /** In the order of the form. */
  readonly cells = new Map<string, Cell>();
  readonly presence = new Map<string, Place>();
  readonly suggestions = new Suggestions();
  readonly #pasts = new Pasts(() => ++this.#ref, (frame) => this.#request(frame, null));
  readonly #caseloads = new Map<number, Caseload>();
  readonly client: string;
  /** Words of this user that could not be kept where they were written. */
  notes: readonly Note[] = [];
  /** What is not sent is kept on this device, for the next page that opens here. */
  keeping = false;
  /** Places whose words an earlier page left here and this one has brought to the server. */
  brought = 0;
  /** When the server last confirmed something of ours. */
  savedAt: number | null = null;
  /** How often in a row the server began again without having kept what waits here. */
  agains = 0;
  /** The server says that it can keep nothing for now. */
  stuck = false;

  readonly #link: Link;
  readonly #texts = new Map<string, TextSession>();
  readonly #pending = new Map<number, Pending>();
  readonly #unsentSince = new Map<string, number>();
  readonly #listeners = new Set<Listener>();
  readonly #setTail = new Map<string, Promise<unknown>>();
  readonly #reach: ReachAsks;
  #broken = new Set<string>();
  #ref = 0;
  #noteId = 0;
  #skew = 0;
  readonly #here: Whereabouts;
  #marksTimer: Timer = null;

  constructor(private readonly o: RoomOptions) {
    this.client = o.kept?.client ?? hex64((n) => o.random(n));
    this.#here = new Whereabouts(o, () => this.status === 'live' && !o.board && !o.kept, (f) => this.#link.send(f));
    this.#reach = new ReachAsks(o, (cell) => this.#link.send({ t: 'reach', cell }));
    this.#link = new Link(o, {
      open: () => this.#join(),
      frame: (f) => this.#frame(f),
      lost: () => { this.stuck = false; this.#lost(); },
      status: () => this.#emit(null),
    });
    if (o.kept) this.#revive(o.kept);
  }

  #revive(kept: Kept): void {
    this.#ref = kept.ref;
    for (const text of kept.texts) {
      const session = TextSession.revive(text.key, text, text.push !== null, this.#host);
      this.#texts.set(text.key, session);
      this.#unsentSince.set(text.key, this.#now());
      if (text.push) this.#await(session, text.push);
    }
  }

  /** What to keep on the device, should this page go now; null: nothing. */
  kept(): Kept | null {
    const texts: Kept['texts'] = [];
    for (const [key, session] of this.#texts) {
      const kept = session.kept();
      if (kept) texts.push({ key, ...kept, push: this.#pushOf(key) });
    }
    if (texts.length === 0 && this.notes.length === 0) return null;
    return { client: this.client, ref: this.#ref, texts, notes: this.notes.map(({ label, text }) => ({ label, text })) };
  }
  #pushOf(key: string): Out<'edit'> | null {
    for (const { frame } of this.#pending.values()) if (frame.t === 'edit' && frame.cell === key) return frame;
    return null;
  }
  /** The device says whether it keeps what is not sent, and what it brought. */
  keeps(on: boolean, brought = 0, notes: Kept['notes'] = []): void {
    this.keeping = on;
    this.brought += brought;
    for (const n of notes) this.#addNote(n.label, n.text);
    this.#emit(null);
  }
  /** Everything unsaved would be kept, should this page go now. */
  get keepsAll(): boolean {
    const others = [...this.#pending.values()].some((p) => p.frame.t !== 'edit');
    return this.keeping && !others && !this.composing;
  }

  /* ---------- life ---------- */

  get status(): Status {
    return this.#link.status;
  }
  get endCode(): string {
    return this.#link.endCode;
  }
  start(): void {
    this.#link.start();
  }
  stop(): void {
    this.#link.stop();
    this.#here.stop();
    this.o.clearTimeout(this.#marksTimer);
    this.#failAll('stopped');
  }
  /** To be called when the network came back. */
  retryNow(): void {
    this.#link.retryNow();
  }
  /** To be called when somebody looks at the page again: the machine may have slept. */
  wake(): void {
    this.#link.wake();
  }

  onChange(fn: Listener): () => void {
    this.#listeners.add(fn);
    return () => this.#listeners.delete(fn);
  }
  #emit(keys: ReadonlySet<string> | null): void {
    for (const fn of [...this.#listeners]) fn(keys);
  }

  /* ---------- what the user did ---------- */

  text(key: string): TextSession {
    const session = this.#texts.get(key);
    if (!session) throw new Error(`no text ${key}`);
    return session;
  }
  hasText(key: string): boolean {
    return this.#texts.has(key);
  }

  /** Set a register. Sets of one cell wait for each other, so the second is not stale by the first. */
  set(key: string, value: Value, act: Act = {}): Promise<{ ver: number }> {
    const before = this.#setTail.get(key) ?? Promise.resolve();
    const run = before.catch(() => undefined).then(() => {
      const cell = this.cells.get(key);
      if (!cell) throw new Refused('gone');
      const frame: Out<'set'> = { t: 'set', ref: ++this.#ref, cell: key, base: cell.ver, value, ...act };
      return this.#request(frame, key).then((ack) => {
        this.#put(key, ack.ver, value);
        return { ver: ack.ver };
      });
    });
    this.#setTail.set(key, run);
    return run;
  }

  /** A new row; of the minutes with `to` in the latest segment of that agenda item. */
  row(table: string, cells: Readonly<Record<string, Value>>, act: Act & { to?: string } = {}): Promise<{ ver: number; row: string }> {
    return this.#rowRequest({ t: 'row', ref: ++this.#ref, table, cells, ...act });
  }
  open(row: string): Promise<{ ver: number }> {
    return this.#request({ t: 'open', ref: ++this.#ref, row }, null);
  }
  /** Close the open item; with `end` the meeting. */
  close(end = false): Promise<{ ver: number }> {
    return this.#request({ t: 'close', ref: ++this.#ref, ...(end ? { end: 1 } : {}) }, null);
  }
  order(row: string, to?: string): Promise<{ ver: number }> {
    return this.#request({ t: 'order', ref: ++this.#ref, row, ...(to === undefined ? {} : { to }) }, null);
  }
  attend(what: 'in' | 'out', o: { place?: 'room' | 'line'; seat?: string } = {}): Promise<{ ver: number }> {
    return this.#request({ t: 'attend', ref: ++this.#ref, what, ...o }, null);
  }
  pause(on: boolean, act: Act = {}): Promise<{ ver: number }> {
    return this.#request({ t: 'pause', ref: ++this.#ref, on: on ? 1 : 0, ...act }, null);
  }
  /** Move a row of the minutes to the latest segment of an item; `words` is the reason of a release. */
  assign(table: string, row: string, to: string, words?: string): Promise<{ ver: number }> {
    return this.#request({ t: 'assign', ref: ++this.#ref, table, row, to, ...(words ? { words } : {}) }, null);
  }
  /** How a text could read; the change is against version `base` of the server's text. */
  suggest(cell: string, base: number, change: ChangeJson, words = '', act: Act = {}): Promise<{ ver: number; row: string }> {
    return this.#rowRequest({ t: 'suggest', ref: ++this.#ref, cell, base, changes: [change], ...(words ? { words } : {}), ...act });
  }
  /** `take` over, `answer` with words, or take one's own `back`. */
  answer(cell: string, row: string, what: 'take' | 'answer' | 'back', words = '', act: Act = {}): Promise<{ ver: number }> {
    return this.#request({ t: 'answer', ref: ++this.#ref, cell, row, what, ...(words ? { words } : {}), ...act }, null);
  }
  /** Stretches of work at a cell that this seat could follow, oldest first; `more`: older ones are left out. */
  history(cell: string): ReturnType<Pasts['list']> {
    return this.#pasts.list(cell);
  }
  /** How a text read at a version of its history. */
  textAt(cell: string, base: number): Promise<string> {
    return this.#pasts.textAt(cell, base);
  }
  assent(act: Act = {}): Promise<{ ver: number }> {
    return this.#request({ t: 'assent', ref: ++this.#ref, ...act }, null);
  }
  /** The answer names the row of the new consent. */
  grant(seat: string, items: readonly string[], until: string, words = '', act: Act = {}): Promise<{ ver: number; row: string }> {
    return this.#rowRequest({ t: 'grant', ref: ++this.#ref, seat, value: items, until, ...(words ? { words } : {}), ...act });
  }
  withdraw(row: string, words: string, act: Act = {}): Promise<{ ver: number }> {
    return this.#request({ t: 'withdraw', ref: ++this.#ref, row, words, ...act }, null);
  }
  bar(seat: string, on: boolean, words = ''): Promise<{ ver: number }> {
    return this.#request({ t: 'bar', ref: ++this.#ref, seat, on: on ? 1 : 0, ...(words ? { words } : {}) }, null);
  }
  deny(seat: string, about: string, on: boolean): Promise<{ ver: number }> {
    return this.#request({ t: 'deny', ref: ++this.#ref, seat, about, on: on ? 1 : 0 }, null);
  }
  /** Of an office: the cases of this seat, one after the other as the server looks at them. */
  caseload(): Promise<Caseload> {
    const ref = ++this.#ref;
    const list: Caseload = { cases: [], failed: 0 };
    this.#caseloads.set(ref, list);
    return this.#request({ t: 'caseload', ref }, null).then(() => list).finally(() => this.#caseloads.delete(ref));
  }
  /** What a newer policy gives is given from now on. */
  approve(hash: string): Promise<{ ver: number }> {
    return this.#request({ t: 'approve', ref: ++this.#ref, hash }, null);
  }
  /** The minutes of the meeting that is over, as they stand; signatures are asked for until the end of that day. */
  seal(until: string): Promise<{ ver: number }> {
    return this.#request({ t: 'seal', ref: ++this.#ref, until }, null);
  }
  #rowRequest(frame: Request): Promise<{ ver: number; row: string }> {
    return this.#request(frame, null).then((ack) => ({ ver: ack.ver, row: ack.row ?? '' }));
  }

  /** Say where this user is; at most four times a second goes out, the last one always. */
  here(cell: string | null, at: Point | null = null): void {
    if (!this.o.board && !this.o.kept) this.#here.move(cell === null ? null : { cell, at });
  }

  /** Who can read this cell, as far as this viewer may know; null when there is no answer. */
  reach(cell: string): Promise<ReachList | null> {
    return this.#reach.ask(cell);
  }

  dismissNote(id: number): void {
    this.notes = this.notes.filter((n) => n.id !== id);
    this.#emit(null);
  }
  #addNote(label: string, text: string): void {
    this.notes = [...this.notes, { id: ++this.#noteId, label, text }];
    this.#emit(null);
  }

  /** Places whose latest content the server has not confirmed. */
  get unsaved(): number {
    return this.#unsavedKeys().size;
  }
  get oldestUnsaved(): number | null {
    const times = [...this.#unsentSince.values()];
    for (const p of this.#pending.values()) if (p.frame.t !== 'edit') times.push(p.since);
    return times.length > 0 ? Math.min(...times) : null;
  }
  /** Somebody composes a word here: it goes out when it is confirmed. */
  get composing(): boolean {
    return [...this.#texts.values()].some((s) => s.holdRemote);
  }
  #unsavedKeys(): Set<string> {
    const keys = new Set(this.#unsentSince.keys());
    for (const p of this.#pending.values()) if (p.frame.t !== 'edit') keys.add(p.key ?? `#${p.frame.ref}`);
    return keys;
  }

  #now(): number {
    return this.o.now ? this.o.now() : Date.now();
  }
  /** What the server's clock says about now; clocks of old phones are wrong. */
  get time(): number {
    return this.#now() + this.#skew;
  }

  /* ---------- requests ---------- */

  #request(frame: Request, key: string | null): Promise<{ ver: number; row?: string }> {
    return new Promise((done, fail) => this.#enqueue({ frame, key, since: this.#now(), done, fail }));
  }

  #enqueue(p: Pending): void {
    this.#pending.set(p.frame.ref, p);
    if (this.status === 'live') this.#link.send(p.frame);
    this.#emit(p.key === null ? null : new Set([p.key]));
  }

  #failAll(code: 'stopped'): void {
    const all = [...this.#pending.values()];
    this.#pending.clear();
    for (const p of all) p.fail(new Refused(code));
  }

  #push(session: TextSession, push: Push): void {
    this.#await(session, { t: 'edit', ref: ++this.#ref, cell: session.key, ...push });
  }
  #await(session: TextSession, frame: Out<'edit'>): void {
    this.#enqueue({
      frame,
      key: session.key,
      since: this.#now(),
      done: (ack) => session.receive({ kind: 'ack', ver: ack.ver }),
      fail: (why) => {
        if (why.code !== 'stopped') session.receive({ kind: why.code === 'old' ? 'old' : 'refused' });
      },
    });
  }
  #settled(key: string): void {
    for (const [ref, p] of this.#pending) if (p.frame.t === 'edit' && p.key === key) this.#pending.delete(ref);
  }

  #answer(f: Extract<InFrame, { t: 'ack' | 'no' }>): void {
    const p = this.#pending.get(f.ref);
    if (!p || p.answered) return; // asked twice on one connection: after `busy`, and after `again`
    if (f.t === 'no' && f.code === 'busy') {
      this.o.setTimeout(() => {
        if (this.#pending.has(f.ref) && this.status === 'live') this.#link.send(p.frame);
      }, BUSY_MS);
      return;
    }
    p.answered = true; // a text may hold it back while somebody composes; it settles its push itself
    if (p.frame.t !== 'edit') this.#pending.delete(f.ref);
    else if (p.key !== null && this.#unsentSince.has(p.key)) this.#unsentSince.set(p.key, this.#now());
    if (f.t === 'ack') {
      this.agains = 0;
      this.savedAt = this.#now();
      p.done(f);
    } else {
      if (f.code === 'stale' && p.key !== null && f.ver !== undefined) this.#put(p.key, f.ver, f.value ?? null);
      p.fail(new Refused(f.code, f.ver, f.value));
    }
    this.#emit(p.key === null ? null : new Set([p.key]));
  }

  /* ---------- frames ---------- */

  #join(): void {
    this.#link.send({ t: 'join', client: this.client, ...this.#have(), ...(this.o.board ? { board: 1 } : {}) });
    this.#broken.clear();
  }

  /**
   * Versions of all texts, not only of those with unanswered edits: somebody may begin to type
   * between this and the answer. What may not be lost comes first, should they not all fit.
   */
  #have(): { have?: [string, number][] } {
    const texts = [...this.#texts.values()].filter((s) => !this.#broken.has(s.key));
    const have: [string, number][] = [];
    let bytes = 0;
    for (const s of [...texts.filter((t) => t.unsent || t.mounted), ...texts.filter((t) => !t.unsent && !t.mounted)]) {
      bytes += s.key.length + 24;
      if (bytes > HAVE_BYTES) break;
      have.push([s.key, s.ver]);
    }
    return have.length > 0 ? { have } : {};
  }

  #lost(): void {
    for (const s of this.#texts.values()) s.disconnected();
    for (const p of this.#pending.values()) p.answered = false; // what a text held back it has forgotten
    [this.#reach, this.#here].forEach((part) => part.lost());
    for (const seat of [...this.presence.keys()]) this.#place(seat, null);
  }

  #frame(f: InFrame): void {
    switch (f.t) {
      case 'snap': return this.#snap(f);
      case 'cells': return this.#takeCells(f);
      case 'drop': return this.#drop(f.cells);
      case 'mode': return this.#mode(f);
      case 'edit': return this.#edit(f);
      case 'set': return this.#setByOther(f);
      case 'history':
        if (this.#pending.has(f.ref)) this.#pasts.take(f);
        return;
      case 'suggest':
        this.suggestions.put(f.cell, f);
        return this.#emit(new Set([f.cell]));
      case 'ack':
      case 'no': return this.#answer(f);
      case 'seats': return this.#takeSeats(f.seats);
      case 'here': return this.#place(f.seat, f.cell === null ? null : { cell: f.cell, at: f.at ?? null });
      case 'me':
        this.#takeMe(f);
        return this.#emit(null);
      case 'meet':
        this.meet = f.meet;
        return this.#emit(null);
      case 'again':
        // The server lost its place: as after a reconnect, on the same connection.
        this.agains += this.unsaved > 0 ? 1 : 0;
        this.#link.again();
        this.#lost();
        this.#join();
        return this.#emit(null);
      case 'case': {
        const list = this.#caseloads.get(f.ref);
        if (list && 'failed' in f) list.failed++;
        else if (list && !('failed' in f) && !list.cases.some((c) => c.entry === f.entry)) list.cases.push(f);
        return;
      }
      case 'reach': return this.#reach.answer(f.cell, f.seats);
      case 'bye':
        this.#link.end(f.code);
        return this.#failAll('stopped');
      case 'stuck': this.stuck = f.on === 1; return this.#emit(null);
      case 'pong': return;
      default: return; // a newer server may say more
    }
  }

  #snap(f: Extract<InFrame, { t: 'snap' }>): void {
    this.series = f.series;
    this.#takeMe(f);
    this.meet = f.meet;
    this.#skew = f.now === undefined ? 0 : f.now - this.#now();
    const now = new Set(f.cells.map((c) => c.k));
    for (const key of new Set([...this.cells.keys(), ...this.#texts.keys()])) if (!now.has(key)) this.#forget(key);
    const left = new Map(this.cells);
    this.cells.clear();
    this.cols.clear();
    this.presence.clear();
    this.#takeCols(f.cols);
    for (const c of f.cells) this.#takeCell(c, left.get(c.k) ?? null);
    this.#takeSeats(f.seats);
    this.#link.joined();
    for (const p of [...this.#pending.values()]) this.#link.send(p.frame);
    for (const s of this.#texts.values()) s.pump();
    this.#here.say();
    this.#emit(null);
  }

  #takeMe(f: Pick<Extract<InFrame, { t: 'me' }>, 'me' | 'hidden' | 'policy'>): void {
    this.me = f.me;
    this.hidden = f.hidden ?? null;
    this.policy = f.policy ?? null;
  }

  #takeCells(f: Extract<InFrame, { t: 'cells' }>): void {
    this.#takeCols(f.cols ?? {});
    for (const c of f.cells) this.#takeCell(c, this.cells.get(c.k) ?? null);
    this.#emit(null);
  }

  /** Of an enum a reader is told the choices that stand somewhere; those of later frames are added. */
  #takeCols(cols: Record<string, Col>): void {
    for (const [id, col] of Object.entries(cols)) {
      const known = this.cols.get(id)?.enum ?? [];
      const told = col.enum ?? [];
      const kept = known.filter(([value]) => !told.some(([other]) => other === value));
      this.cols.set(id, kept.length ? { ...col, enum: [...told, ...kept] } : col);
    }
  }

  #takeCell(c: CellIn, old: Cell | null): void {
    const isText = this.cols.get(c.c)?.type === 'text';
    const value = isText ? null : c.x ?? null;
    this.cells.set(c.k, {
      key: c.k, col: c.c, ver: c.v, value, level: c.l, reach: c.reach ?? old?.reach ?? null,
      ...(c.item === undefined ? {} : { item: c.item }),
    });
    if (!isText) return;
    this.suggestions.take(c.k, c.sugg ?? []);
    const session = this.#texts.get(c.k);
    if (c.since !== undefined && session) return; // its missing edits follow
    const doc = typeof c.x === 'string' ? c.x : '';
    if (!session) {
      this.#texts.set(c.k, new TextSession(c.k, c.v, doc, this.#host));
      return;
    }
    session.receive({ kind: 'fresh', ver: c.v, doc });
  }

  readonly #host = ((room: RoomClient) => ({
    get client() { return room.client; },
    get live() { return room.status === 'live'; },
    now: () => room.#now(),
    push: (s: TextSession, push: Push) => room.#push(s, push),
    settled: (s: TextSession) => room.#settled(s.key),
    note: (s: TextSession, words: string) => room.#addNote(room.labelOf(s.key), words),
    changed: (s: TextSession) => room.#textChanged(s),
    advanced: (s: TextSession, ver: number, change: ChangeSet) => room.suggestions.over(s.key, ver, change),
    broken: (s: TextSession) => {
      room.#broken.add(s.key);
      room.#link.restart();
    },
  }))(this);

  #textChanged(s: TextSession): void {
    if (!this.#texts.has(s.key)) return;
    if (!s.unsent) this.#unsentSince.delete(s.key);
    else if (!this.#unsentSince.has(s.key)) this.#unsentSince.set(s.key, this.#now());
    this.#emit(new Set([s.key]));
  }

  labelOf(key: string): string {
    const cell = this.cells.get(key);
    return (cell && this.cols.get(cell.col)?.label) ?? '';
  }

  #drop(keys: readonly string[]): void {
    for (const key of keys) this.#forget(key);
    this.#emit(null);
  }

  /** The cell may not be seen any longer: nothing of it stays, not even what was not sent. */
  #forget(key: string): void {
    this.cells.delete(key);
    this.#texts.get(key)?.forget();
    this.#texts.delete(key);
    this.suggestions.forget(key);
    this.#unsentSince.delete(key);
    this.#reach.answer(key, null);
    this.#here.forget(key);
    for (const [seat, place] of [...this.presence]) if (place.cell === key) this.presence.delete(seat);
    for (const [ref, p] of [...this.#pending]) {
      if (p.key !== key) continue;
      this.#pending.delete(ref);
      if (p.frame.t !== 'edit') p.fail(new Refused('gone'));
    }
  }

  #mode({ cols, cells }: Extract<InFrame, { t: 'mode' }>): void {
    this.#takeCols(cols ?? {});
    for (const [key, level, reach] of cells) {
      const cell = this.cells.get(key);
      if (cell) this.cells.set(key, { ...cell, level, reach: reach ?? null });
    }
    this.#emit(new Set(cells.map(([key]) => key)));
  }

  #edit(f: Extract<InFrame, { t: 'edit' }>): void {
    const session = this.#texts.get(f.cell);
    if (!session) return;
    session.receive({ kind: 'edit', ver: f.ver, client: f.client, seat: f.seat ?? '', change: f.change });
    if (this.#marksTimer === null) this.#watchMarks();
  }

  #watchMarks(): void {
    this.#marksTimer = this.o.setTimeout(() => {
      this.#marksTimer = null;
      let left = false;
      for (const s of this.#texts.values()) left = s.expireMarks() || left;
      if (left) this.#watchMarks();
    }, MARKS_MS);
  }

  #setByOther(f: Extract<InFrame, { t: 'set' }>): void {
    const id = this.cells.get(f.cell)?.col;
    const col = id === undefined ? undefined : this.cols.get(id);
    if (id !== undefined && col && f.label !== undefined) {
      this.#takeCols({ [id]: { ...col, enum: [[String(f.value), f.label]] } });
    }
    this.#put(f.cell, f.ver, f.value);
    this.#emit(new Set([f.cell]));
  }
  #put(key: string, ver: number, value: Value): void {
    const cell = this.cells.get(key);
    if (cell && ver > cell.ver) this.cells.set(key, { ...cell, ver, value });
  }

  #takeSeats(seats: readonly Seat[]): void {
    this.seats.clear();
    for (const s of seats) this.seats.set(s.seat, s);
    for (const seat of [...this.presence.keys()]) if (!this.seats.get(seat)?.here) this.#place(seat, null);
    this.#emit(null);
  }

  #place(seat: string, place: Place | null): void {
    const old = this.presence.get(seat);
    if (old && old.cell !== place?.cell) this.#texts.get(old.cell)?.setPoint(seat, null);
    if (place) {
      this.presence.set(seat, place);
      if (place.at) this.#texts.get(place.cell)?.setPoint(seat, place.at);
    } else this.presence.delete(seat);
    this.#emit(new Set([old?.cell, place?.cell].filter((k): k is string => k !== undefined)));
  }
}
