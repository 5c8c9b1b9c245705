import { history, isolateHistory, redo, undo } from '@codemirror/commands';
import {
  ChangeSet, Compartment, EditorState, StateEffect, Text, Transaction,
  type ChangeSpec, type Extension,
} from '@codemirror/state';
import { cleanInput } from './clean.ts';
import {
  caretEffect, expireEffect, freshEffect, leaveEffect, marksField, marksOf, type Marks,
} from './marks.ts';
import type { ChangeJson, Method, Point } from './protocol.ts';
import { confirmFirst, confirmedVersion, receive, revive, squash, unconfirmed, unconfirmedFrom } from './unconfirmed.ts';

/** Bounds of the server for one message, with room for the envelope. */
const PUSH_CHANGES = 256;
const PUSH_BYTES = 60 * 1024;
/** How many accepted changes are kept to place a caret that was sent against an older version. */
const LOG = 128;
export const FRESH_MS = 10_000;

/** Who owns the state while an editor is on the screen; an EditorView fits. */
export interface StateOwner {
  readonly state: EditorState;
  dispatch(tr: Transaction): void;
  setState(state: EditorState): void;
}

export interface Push {
  base: number;
  changes: readonly ChangeJson[];
  for?: string;
  method?: Method;
}

/** What a text needs from the room. */
export interface TextHost {
  readonly client: string;
  readonly live: boolean;
  now(): number;
  push(session: TextSession, push: Push): void;
  /** The push in flight is answered, or void. */
  settled(session: TextSession): void;
  note(session: TextSession, words: string): void;
  changed(session: TextSession): void;
  /** The server's text went on by one change, to version `ver`. */
  advanced(session: TextSession, ver: number, change: ChangeSet): void;
  /** The server's stream for this text does not fit: start it afresh. */
  broken(session: TextSession): void;
}

/**
 * What of a text outlives its page: the changes of this user that the server has not confirmed, never
 * the text. `len` is the length of the text they begin with, `flight` how many of them are on their way.
 */
export interface KeptText {
  ver: number;
  len: number;
  flight: number;
  changes: readonly ChangeJson[];
  scribe: { for: string; method: Method } | null;
}

type Inbound =
  | { kind: 'edit'; ver: number; client: string; seat: string; change: ChangeJson }
  | { kind: 'ack'; ver: number }
  | { kind: 'refused' }
  | { kind: 'old' }
  | { kind: 'fresh'; ver: number; doc: string };

const utf8 = new TextEncoder();

/** Each word that is composed is a step of its own to undo, however fast the next one follows. */
const wordByWord = EditorState.transactionExtender.of((tr) =>
  (tr.isUserEvent('input.type.compose.start') ? { annotations: isolateHistory.of('before') } : null));

/**
 * One co-edited text. Its state lives here, with undo, whether or not a view is mounted. Remote
 * changes are applied one at a time, because composing them first can end in another text than the
 * server's; one push is in flight.
 */
export class TextSession {
  /** Set while this text is written for somebody else. */
  scribe: { for: string; method: Method } | null = null;

  #state: EditorState;
  #owner: StateOwner | null = null;
  #view = new Compartment();
  #viewExtension: Extension = [];
  /** The text the server has confirmed: what to fall back to after a refusal. */
  #base: Text;
  #log: { ver: number; change: ChangeSet }[] = [];
  /** Own updates of the push that has not been answered; 0: none. */
  #flight = 0;
  /**
   * A push has not been answered. After a reconnect its changes can come back as `edit` frames
   * before its ack does: nothing is in flight then, but the next push still has to wait, or that
   * ack would be taken for its own.
   */
  #asked = false;
  #hold = false;
  /** The cell is gone: nothing of this goes anywhere any more. */
  #gone = false;
  /** Own updates that were there before the composition: these alone are kept on the device. */
  #confirmed = 0;
  #queue: Inbound[] = [];
  #points = new Map<string, Point>();

  constructor(readonly key: string, ver: number, doc: string, private readonly host: TextHost) {
    this.#base = Text.of(doc.split('\n'));
    this.#state = this.#create(ver);
  }

  /**
   * A text of an earlier page whose words are not known any more, only what was not sent of them:
   * blanks stand for the rest, for positions are all that a change needs.
   */
  static revive(key: string, kept: KeptText, asked: boolean, host: TextHost): TextSession {
    const session = new TextSession(key, kept.ver, ' '.repeat(kept.len), host);
    for (const json of kept.changes) {
      session.#state = revive(session.#state, ChangeSet.fromJSON(json)).state;
    }
    session.scribe = kept.scribe;
    session.#flight = kept.flight;
    session.#asked = asked;
    return session;
  }

  /** What to keep of it, should this page go now; null: nothing. A word being composed is not kept. */
  kept(): KeptText | null {
    const own = unconfirmed(this.state);
    const confirmed = this.#hold ? own.slice(0, this.#confirmed) : own;
    if (confirmed.length === 0) return null;
    const changes = confirmed.map((c) => c.toJSON() as ChangeJson);
    return { ver: this.ver, len: this.#base.length, flight: this.#flight, changes, scribe: this.scribe };
  }

  #create(ver: number, at?: { anchor: number; head: number }): EditorState {
    const clamp = (n: number): number => Math.min(n, this.#base.length);
    return EditorState.create({
      doc: this.#base,
      ...(at ? { selection: { anchor: clamp(at.anchor), head: clamp(at.head) } } : {}),
      extensions: [
        unconfirmedFrom(ver),
        history(),
        wordByWord,
        marksField,
        cleanInput,
        this.#view.of(this.#viewExtension),
      ],
    });
  }

  get state(): EditorState {
    return this.#owner ? this.#owner.state : this.#state;
  }
  get doc(): string {
    return this.state.doc.toString();
  }
  /** The server's text, as far as this state has taken it in. */
  get confirmed(): Text {
    return this.#base;
  }
  get marks(): Marks {
    return marksOf(this.state);
  }
  /** Version of the server's text that this state has taken in. */
  get ver(): number {
    return confirmedVersion(this.state);
  }
  get unsent(): boolean {
    return unconfirmed(this.state).length > 0;
  }
  get mounted(): boolean {
    return this.#owner !== null;
  }
  /** Writers of the remote changes that wait for the end of a composition; '' where unknown. */
  get waiting(): readonly string[] {
    return this.#queue.flatMap((m) => (m.kind === 'edit' && m.client !== this.host.client ? [m.seat] : []));
  }

  /** Give the state to a view. `extension` is part of the state only while it is mounted. */
  mount(extension: Extension, make: (state: EditorState) => StateOwner): void {
    if (this.#owner) this.unmount();
    this.#viewExtension = extension;
    this.#state = this.#state.update({ effects: this.#view.reconfigure(extension) }).state;
    this.#owner = make(this.#state);
  }

  unmount(): void {
    if (!this.#owner) return;
    this.holdRemote = false;
    const last = this.#owner.state;
    this.#owner = null;
    this.#viewExtension = [];
    this.#state = last.update({ effects: this.#view.reconfigure([]) }).state;
  }

  #apply(tr: Transaction): void {
    if (this.#owner) this.#owner.dispatch(tr);
    else this.#state = tr.state;
  }

  #replace(state: EditorState): void {
    if (this.#owner) this.#owner.setState(state);
    else this.#state = state;
  }

  /** Change the text as this user would. */
  edit(changes: ChangeSpec, userEvent = 'input'): void {
    this.#apply(this.state.update({ changes, userEvent }));
    this.touched();
  }

  undo(): boolean {
    return this.#command(undo);
  }
  redo(): boolean {
    return this.#command(redo);
  }
  #command(run: typeof undo): boolean {
    let done = false;
    let moved = false;
    const dispatch = (tr: Transaction): void => {
      moved = tr.docChanged;
      this.#apply(tr);
    };
    // A word that was given up left a step that changes nothing: it is no press of its own.
    while (!moved && run({ state: this.state, dispatch })) done = true;
    if (done) this.touched();
    return done;
  }

  /** The owner changed the text. */
  touched(): void {
    this.pump();
    this.host.changed(this);
  }

  /** A composition is under way: nothing comes in and nothing goes out. */
  get holdRemote(): boolean {
    return this.#hold;
  }
  set holdRemote(on: boolean) {
    if (on === this.#hold) return;
    this.#hold = on;
    if (on) this.#confirmed = unconfirmed(this.state).length;
    else {
      // The way to the word is nobody's business: one change of it goes out, none of a word given up.
      if (unconfirmed(this.state).length > this.#confirmed) this.#apply(squash(this.state, this.#confirmed));
      for (const m of this.#queue.splice(0)) this.#take(m);
      this.pump();
    }
    this.host.changed(this);
  }

  /** Send what is unsent, unless something is on its way. */
  pump(): void {
    if (this.#gone || this.#flight > 0 || this.#asked || this.#hold || !this.host.live) return;
    const own = unconfirmed(this.state);
    if (own.length === 0) return;
    const changes: ChangeJson[] = [];
    let bytes = 0;
    for (const c of own.slice(0, PUSH_CHANGES)) {
      const json = c.toJSON() as ChangeJson;
      bytes += utf8.encode(JSON.stringify(json)).length + 1;
      if (bytes > PUSH_BYTES && changes.length > 0) break;
      changes.push(json);
    }
    if (changes.length === 1 && bytes > PUSH_BYTES) {
      this.#take({ kind: 'refused' });
      return;
    }
    this.#flight = changes.length;
    this.#asked = true;
    this.host.push(this, { base: this.ver, changes, ...(this.scribe ?? {}) });
  }

  receive(m: Inbound): void {
    if (this.#hold) this.#queue.push(m);
    else this.#take(m);
    this.host.changed(this);
  }

  #take(m: Inbound): void {
    if (m.kind === 'edit') this.#takeEdit(m);
    else if (m.kind === 'ack') this.#takeAck(m.ver);
    else if (m.kind === 'fresh') this.#takeFresh(m.ver, Text.of(m.doc.split('\n')));
    else if (m.kind === 'refused') this.#restart(this.ver, this.#base);
    else this.#takeOld();
    this.#placePoints();
  }

  #takeEdit(m: { ver: number; client: string; seat: string; change: ChangeJson }): void {
    if (m.ver <= this.ver) return; // seen before the connection was lost
    const missing = m.ver - this.ver - 1;
    // Own changes may be left out of what is sent again: the gap then is exactly theirs.
    if (missing > 0 && missing <= this.#flight) this.#confirm(missing);
    if (m.client === this.host.client && this.#flight > 0) {
      this.#confirm(1);
      return;
    }
    const change = ChangeSet.fromJSON(m.change);
    if (m.ver !== this.ver + 1 || change.length !== this.#base.length) {
      this.host.broken(this);
      return;
    }
    if (m.client === this.host.client && this.unsent) {
      this.#confirm(1); // of a push nobody here remembers
      return;
    }
    this.#base = change.apply(this.#base);
    this.#remember(m.ver, change);
    this.#apply(receive(this.state, change, this.#traces(change, m.seat)));
  }

  /** The writer's caret and a mark on what came in, in positions after `change`. */
  #traces(change: ChangeSet, seat: string): StateEffect<unknown>[] {
    const time = this.host.now();
    const effects: StateEffect<unknown>[] = [];
    let end = -1;
    change.iterChanges((_fa, _ta, from, to) => {
      if (to > from) effects.push(freshEffect.of({ seat, from, to, time }));
      end = to;
    });
    if (end >= 0 && this.marks.carets.some((c) => c.seat === seat)) {
      effects.push(caretEffect.of({ seat, anchor: end, head: end, time }));
    }
    return effects;
  }

  /** The next `count` own updates are in the server's text. */
  #confirm(count: number): void {
    for (let i = 0; i < count; i++) {
      const own = unconfirmed(this.state)[0];
      if (!own) return;
      this.#base = own.apply(this.#base);
      this.#remember(this.ver + 1, own);
      this.#apply(confirmFirst(this.state));
      if (this.#flight > 0) this.#flight--;
    }
  }

  #takeOld(): void {
    this.#asked = false;
    if (this.#flight > 0) {
      this.host.broken(this); // the fresh text should have come first
      return;
    }
    this.host.settled(this); // its changes have come back as edits: they are kept
    this.pump();
  }

  #takeAck(ver: number): void {
    this.#asked = false;
    this.host.settled(this);
    const rest = Math.min(this.#flight, ver - this.ver);
    if (rest > 0) this.#confirm(rest);
    if (this.#flight > 0 || ver > this.ver) {
      this.#flight = 0;
      this.host.broken(this);
      return;
    }
    this.pump();
  }

  #remember(ver: number, change: ChangeSet): void {
    this.host.advanced(this, ver, change);
    this.#log.push({ ver, change });
    if (this.#log.length > LOG) this.#log.shift();
  }

  /** Words of this user that the server has not taken. */
  unsentWords(): string {
    const own = unconfirmed(this.state);
    if (own.length === 0) return '';
    const words: string[] = [];
    composed(this.#base.length, own).iterChanges((_fa, _ta, _fb, _tb, text) => {
      if (text.length > 0) words.push(text.toString());
    });
    return words.join('\n');
  }

  #takeFresh(ver: number, doc: Text): void {
    // What we already have: undo, selection and unsent words stay as they are.
    if (ver === this.ver && doc.eq(this.#base)) return;
    this.#restart(ver, doc);
  }

  /** Start again from a text of the server; own unsent words go to the room as a note. */
  #restart(ver: number, doc: Text): void {
    const words = this.unsentWords();
    this.#flight = 0;
    this.#asked = false;
    this.host.settled(this);
    this.#base = doc;
    this.#log = [];
    this.#replace(this.#create(ver, this.state.selection.main));
    if (words.trim() !== '') this.host.note(this, words);
  }

  /**
   * The connection is gone. What waited in the queue is forgotten: the next join says which version
   * this state has, and an unsettled push is sent again, so all of it comes once more.
   */
  disconnected(): void {
    this.#queue = [];
  }

  /** The cell may not be seen any longer: a word that was being composed there is not sent either. */
  forget(): void {
    this.#gone = true;
    this.#queue = [];
  }

  setPoint(seat: string, at: Point | null): void {
    if (at) {
      this.#points.set(seat, at);
      this.#placePoints();
    } else {
      this.#points.delete(seat);
      if (this.marks.carets.some((c) => c.seat === seat)) {
        this.#apply(this.state.update({ effects: leaveEffect.of(seat) }));
      }
    }
    this.host.changed(this);
  }

  /** Carets sent against a version this state has reached. */
  #placePoints(): void {
    if (this.#points.size === 0 || this.#hold) return;
    const effects: StateEffect<unknown>[] = [];
    for (const [seat, [ver, anchor, head]] of [...this.#points]) {
      if (ver > this.ver) continue;
      this.#points.delete(seat);
      effects.push(caretEffect.of({
        seat, anchor: this.#toLocal(ver, anchor), head: this.#toLocal(ver, head), time: this.host.now(),
      }));
    }
    if (effects.length > 0) this.#apply(this.state.update({ effects }));
  }

  #toLocal(ver: number, position: number): number {
    let pos = position;
    for (const step of this.#log) {
      if (step.ver <= ver) continue;
      pos = step.change.mapPos(Math.min(pos, step.change.length), -1);
    }
    for (const c of unconfirmed(this.state)) pos = c.mapPos(Math.min(pos, c.length), -1);
    return Math.min(pos, this.state.doc.length);
  }

  /** The selection as positions in the server's text. */
  point(): Point {
    const { anchor, head } = this.state.selection.main;
    const own = unconfirmed(this.state);
    if (own.length === 0) return [this.ver, anchor, head];
    const back = composed(this.#base.length, own).invertedDesc;
    return [this.ver, back.mapPos(anchor, 1), back.mapPos(head, 1)];
  }

  /** Drop marks older than FRESH_MS; true while some are left. */
  expireMarks(): boolean {
    const limit = this.host.now() - FRESH_MS;
    const { fresh } = this.marks;
    if (fresh.some((f) => f.time <= limit) && !this.#hold) {
      this.#apply(this.state.update({ effects: expireEffect.of(limit) }));
      this.host.changed(this);
    }
    return this.marks.fresh.length > 0;
  }
}

function composed(length: number, changes: readonly ChangeSet[]): ChangeSet {
  return changes.reduce((all, c) => all.compose(c), ChangeSet.empty(length));
}
