/*
 * What a seat asks of the server about the minutes of its meeting: where they stand, its own copy of what is
 * sealed, signing. One request each, nothing kept here. Times are Unix seconds.
 */
export type MinutesState = 'open' | 'ended' | 'sealed';
export type MinutesMay = 'seal' | 'sign' | 'vouch' | 'paper' | 'mark' | 'amend' | 'erase';
export type MinutesDecision = 'agree' | 'reserve' | 'dissent' | 'decline' | 'withdraw';

export interface MinutesMissing {
  readonly what: 'who' | 'due' | 'text' | 'dissent' | 'segment' | 'attendance';
  readonly cell: string;
}

/** A head this seat has not signed yet, and the slots it is signed for. */
export interface MinutesHead {
  readonly size: number;
  readonly root: string;
  readonly slots: readonly string[];
}

export interface MinutesSay {
  readonly decision: MinutesDecision | 'vouch';
  readonly note?: string;
  readonly about?: string;
  readonly hand?: string;
  readonly by?: string;
  readonly witness?: string;
}

/** A signature as this seat is told of it; round null: kept, and told to the others at the next one. */
export interface MinutesAct {
  /** Hash of the statement, base64. */
  readonly id: string;
  readonly party: string;
  readonly name: string;
  readonly method: 'attested' | 'paper' | 'webauthn';
  readonly time: number;
  readonly late: boolean;
  /** Of the head it signs. */
  readonly size: number;
  readonly round: number | null;
  readonly says: Readonly<Record<string, MinutesSay>>;
  readonly vouched: boolean;
}

export type MinutesBasis = 'retention' | 'request' | 'correction' | 'unlawful';

/** One of the two asked for a text to be erased, and waits for the other. */
export interface MinutesErasing {
  /** Hash of the leaf, as this seat reads it, base64. */
  readonly leaf: string;
  readonly basis: MinutesBasis;
  readonly party: string;
  readonly time: number;
}

/** A correction the server has kept; its readers are told at the next round. */
export interface MinutesAmending {
  readonly leaf: string;
  readonly value: unknown;
  readonly why: string;
  readonly time: number;
}

/** While it stands nothing is erased. */
export interface MinutesHold {
  readonly since: number;
  /** Left out: until somebody lifts it. */
  readonly until?: number;
  readonly why: string;
}

export interface MinutesStatus {
  /** Of the latest meeting; what is sealed of the one before it is told all the same. */
  readonly state: MinutesState;
  readonly may: readonly MinutesMay[];
  readonly now: number;
  readonly sealed?: number;
  readonly deadline?: number;
  /** When what is kept now is told to the others. */
  readonly next?: number;
  readonly origin?: string;
  /** Of the server: the copy has to be signed with it. */
  readonly key?: string;
  readonly party?: string;
  readonly code: 'none' | 'set';
  /** Of this seat; not there: these minutes are not signed with any. */
  readonly passkeys?: readonly Passkey[];
  readonly rp?: string;
  /** The code was forgotten: somebody is asked to vouch, or has. */
  readonly recover?: 'asked' | 'vouched';
  /** Parties that forgot theirs, for whom this seat may vouch. */
  readonly forgot: readonly string[];
  readonly heads: readonly MinutesHead[];
  readonly missing: readonly MinutesMissing[];
  readonly acts: readonly MinutesAct[];
  /** Told to who may agree on erasing, and to nobody else. */
  readonly hold?: MinutesHold;
  readonly erasing?: readonly MinutesErasing[];
  /** Told to who may correct. */
  readonly amending?: readonly MinutesAmending[];
}

/** Made on some device; what it is called is known there alone. */
export interface Passkey {
  readonly id: string;
  /** Unix seconds. */
  readonly made: number;
}

/** What a browser needs to make one, to be asked for at the page of that name. */
export interface PasskeyAsk {
  readonly challenge: string;
  readonly passkeys: readonly Passkey[];
}

/** What is to be signed with one: a draft for each head, in their order. */
export interface Drafts {
  readonly id: string;
  readonly spki: string;
  readonly drafts: readonly { readonly statement: string; readonly view: readonly string[]; readonly say: readonly string[]; readonly note: readonly string[] }[];
}

/** A sealed meeting of the series this seat was invited to. */
export interface MinutesMeeting {
  /** What its minutes are asked for by: the end of their origin. */
  readonly of: string;
  readonly sealed: number;
  readonly deadline: number;
}

/** There are sealed minutes this seat has a part in. */
export const hasLog = (s: MinutesStatus): boolean => s.origin !== undefined && s.party !== undefined;

export interface SignAsk {
  readonly code: string;
  readonly decision: MinutesDecision;
  /** Those not signed yet, as status has them; to withdraw: those that are. */
  readonly heads: readonly (readonly [size: number, root: string])[];
  /** Where the note and a decision other than agree are told beside one's own copy. */
  readonly slot?: string;
  readonly note?: string;
}

/** What is signed with a passkey needs no code. */
export interface DraftAsk extends Omit<SignAsk, 'code'> {
  readonly passkey?: string;
}

export type MinutesRefusal = 'code' | 'session' | 'gone' | 'stale' | 'rule' | 'limit' | 'slow' | 'busy' | 'line'
  /** A hold stands; there is no copy until the next round. */
  | 'hold' | 'round'
  /** What the browser signed does not hold; the signing page was left. */
  | 'passkey' | 'left';

export class MinutesRefused extends Error {
  constructor(readonly code: MinutesRefusal) {
    super(`minutes: ${code}`);
  }
}

/** What the screens ask; the page has it over HTTP, a test has its own. */
export interface MinutesPort {
  status(): Promise<MinutesStatus>;
  /** All of the series, the newest first. */
  list(): Promise<readonly MinutesMeeting[]>;
  /** The same about one of them; '': about the last one. */
  of(meeting: string): MinutesPort;
  /** A bundle as this seat would get it if it were sealed now, signed with a key that is thrown away. */
  preview(): Promise<Uint8Array>;
  bundle(): Promise<Uint8Array>;
  /** The first one, or another after somebody vouched. */
  setCode(code: string): Promise<void>;
  changeCode(old: string, code: string): Promise<void>;
  /** Somebody who sat with this seat is to vouch that it forgot its code. */
  forgot(): Promise<void>;
  /** To vouch for that, with one's own code. */
  confirm(code: string, who: string): Promise<void>;
  sign(ask: SignAsk): Promise<void>;
  /** A new passkey is asked for, then kept. */
  askPasskey(code: string): Promise<PasskeyAsk>;
  keepPasskey(made: { readonly client: string; readonly auth: string; readonly spki: string }): Promise<void>;
  endPasskey(code: string, id: string): Promise<void>;
  draft(ask: DraftAsk): Promise<Drafts>;
  signDraft(evidence: readonly { readonly client: string; readonly auth: string; readonly sig: string }[]): Promise<void>;
  vouch(code: string, about: string): Promise<void>;
  /** scan: base64 of its SHA-256. */
  paper(code: string, who: string, decision: MinutesDecision, scan: string): Promise<void>;
  mark(code: string, who: string, decision: MinutesDecision, witness: string): Promise<void>;
  /** value: as the column has it. */
  amend(code: string, leaf: string, value: unknown, why: string): Promise<void>;
  /** Whether it is gone: two have to agree. */
  erase(code: string, leaf: string, basis: MinutesBasis): Promise<boolean>;
}

const REFUSALS: Readonly<Record<number, MinutesRefusal>> = { 401: 'code', 403: 'session', 404: 'gone', 409: 'rule', 413: 'limit', 429: 'slow' };

/** What the server calls it, where one number has several words. */
const WORDS: Readonly<Record<number, readonly MinutesRefusal[]>> = { 409: ['stale', 'hold', 'passkey'], 503: ['round'] };

async function refusalOf(answer: Response): Promise<MinutesRefusal> {
  const usual = REFUSALS[answer.status] ?? 'busy';
  const words = WORDS[answer.status];
  if (!words) return usual;
  const said: unknown = await answer.json().catch(() => null);
  const word = typeof said === 'object' && said !== null ? (said as { error?: unknown }).error : null;
  return words.find((w) => w === word) ?? usual;
}

const list = <T>(v: unknown): readonly T[] => (Array.isArray(v) ? v as T[] : []);

/** The server is trusted beyond its shape; what it leaves out is empty. */
export function readStatus(v: unknown): MinutesStatus | null {
  if (typeof v !== 'object' || v === null) return null;
  const o = v as Partial<Record<keyof MinutesStatus, unknown>>;
  if (o.state !== 'open' && o.state !== 'ended' && o.state !== 'sealed') return null;
  const number = (name: 'sealed' | 'deadline' | 'next'): Partial<MinutesStatus> => (typeof o[name] === 'number' ? { [name]: o[name] } : {});
  const passkeys = Array.isArray(o.passkeys) ? { passkeys: list<Passkey>(o.passkeys) } : {};
  const words = (name: 'origin' | 'key' | 'party' | 'rp'): Partial<MinutesStatus> => (typeof o[name] === 'string' ? { [name]: o[name] } : {});
  const some = (name: 'erasing' | 'amending'): Partial<MinutesStatus> => (Array.isArray(o[name]) ? { [name]: list(o[name]) } : {});
  const { hold } = o;
  return {
    state: o.state, may: list(o.may), now: typeof o.now === 'number' ? o.now : 0, code: o.code === 'set' ? 'set' : 'none',
    heads: list(o.heads), missing: list(o.missing), acts: list(o.acts), forgot: list(o.forgot),
    ...(o.recover === 'asked' || o.recover === 'vouched' ? { recover: o.recover } : {}),
    ...number('sealed'), ...number('deadline'), ...number('next'), ...words('origin'), ...words('key'), ...words('party'), ...words('rp'), ...passkeys,
    ...some('erasing'), ...some('amending'), ...(typeof hold === 'object' && hold !== null ? { hold: hold as MinutesHold } : {}),
  };
}

export function readMeetings(v: unknown): readonly MinutesMeeting[] {
  const all = list<Partial<MinutesMeeting>>(typeof v === 'object' && v !== null ? (v as { meetings?: unknown }).meetings : null);
  return all.flatMap(({ of, sealed, deadline }) => (typeof of === 'string' && /^[0-9a-f]{32}$/.test(of) && typeof sealed === 'number' && typeof deadline === 'number'
    ? [{ of, sealed, deadline }] : []));
}

const AGAIN_MS: readonly number[] = [200, 500, 1200];

export class MinutesClient implements MinutesPort {
  /** base: of the seat, as /s/SID. */
  constructor(private readonly base: string, private readonly ask: (url: string, init: RequestInit) => Promise<Response> = (u, i) => fetch(u, i), private readonly meeting = '') {}

  async #ask(path: string, init: RequestInit): Promise<Response> {
    let answer: Response;
    try {
      answer = await this.ask(`${this.base}/minutes${this.meeting === '' ? '' : `/${this.meeting}`}${path}`, { cache: 'no-store', credentials: 'same-origin', ...init });
    } catch {
      throw new MinutesRefused('line');
    }
    if (!answer.ok) throw new MinutesRefused(await refusalOf(answer));
    return answer;
  }

  /** What changes nothing is asked again by itself where too much of this seat is under way, as after a quick reload. */
  async #get(path: string): Promise<Response> {
    for (const ms of AGAIN_MS) {
      try {
        return await this.#ask(path, {});
      } catch (e) {
        if (!(e instanceof MinutesRefused) || (e.code !== 'slow' && e.code !== 'busy')) throw e;
      }
      await new Promise((done) => { setTimeout(done, ms); });
    }
    return this.#ask(path, {});
  }

  async #post(path: string, body: object): Promise<Response> {
    return this.#ask(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  }

  async #json(path: string, body: object): Promise<unknown> {
    const answer = await this.#post(path, body);
    try {
      return await answer.json();
    } catch {
      throw new MinutesRefused('line');
    }
  }

  async #bytes(path: string): Promise<Uint8Array> {
    const answer = await this.#get(path);
    try {
      return new Uint8Array(await answer.arrayBuffer());
    } catch {
      throw new MinutesRefused('line');
    }
  }

  async status(): Promise<MinutesStatus> {
    const answer = await this.#get('');
    const status = readStatus(await answer.json().catch(() => null));
    if (!status) throw new MinutesRefused('busy');
    return status;
  }

  async list(): Promise<readonly MinutesMeeting[]> {
    const answer = await this.#get('/list');
    return readMeetings(await answer.json().catch(() => null));
  }

  of(meeting: string): MinutesPort {
    return new MinutesClient(this.base, this.ask, meeting);
  }

  preview(): Promise<Uint8Array> {
    return this.#bytes('/preview');
  }
  bundle(): Promise<Uint8Array> {
    return this.#bytes('/bundle');
  }
  async setCode(code: string): Promise<void> {
    await this.#post('/code', { code });
  }
  async changeCode(old: string, code: string): Promise<void> {
    await this.#post('/code', { code, old });
  }
  async forgot(): Promise<void> {
    await this.#post('/forgot', {});
  }
  async confirm(code: string, who: string): Promise<void> {
    await this.#post('/confirm', { code, for: who });
  }
  async sign(ask: SignAsk): Promise<void> {
    await this.#post('/sign', ask);
  }
  async askPasskey(code: string): Promise<PasskeyAsk> {
    const o = await this.#json('/passkey', { code }) as Partial<PasskeyAsk> | null;
    return { challenge: o?.challenge ?? '', passkeys: list(o?.passkeys) };
  }
  async keepPasskey(made: { readonly client: string; readonly auth: string; readonly spki: string }): Promise<void> {
    await this.#post('/passkey-made', { client: made.client, auth: made.auth, spki: made.spki });
  }
  async endPasskey(code: string, id: string): Promise<void> {
    await this.#post('/passkey-end', { code, id });
  }
  async draft(ask: DraftAsk): Promise<Drafts> {
    const o = await this.#json('/draft', ask) as Partial<Drafts> | null;
    return { id: o?.id ?? '', spki: o?.spki ?? '', drafts: list(o?.drafts) };
  }
  async signDraft(evidence: readonly { readonly client: string; readonly auth: string; readonly sig: string }[]): Promise<void> {
    await this.#post('/draft-signed', { evidence });
  }
  async vouch(code: string, about: string): Promise<void> {
    await this.#post('/vouch', { code, about });
  }
  async paper(code: string, who: string, decision: MinutesDecision, scan: string): Promise<void> {
    await this.#post('/paper', { code, for: who, decision, scan });
  }
  async mark(code: string, who: string, decision: MinutesDecision, witness: string): Promise<void> {
    await this.#post('/mark', { code, for: who, decision, witness });
  }
  async amend(code: string, leaf: string, value: unknown, why: string): Promise<void> {
    await this.#post('/amend', { code, leaf, value, why });
  }
  async erase(code: string, leaf: string, basis: MinutesBasis): Promise<boolean> {
    const answer = await this.#post('/erase', { code, leaf, basis });
    const said: unknown = await answer.json().catch(() => null);
    return typeof said === 'object' && said !== null && (said as { erased?: unknown }).erased === true;
  }
}
