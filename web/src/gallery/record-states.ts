import { html, type TemplateResult } from 'lit';
import sealed from 'sealed:states';
import form from '../../../schema/form.json';
import { MinutesRefused, type Drafts, type MinutesMeeting, type MinutesMissing, type MinutesPort, type MinutesRefusal, type MinutesStatus, type PasskeyAsk, type RoomClient } from '../core/index.ts';
import '../ui/record-link.ts';
import '../ui/record-page.ts';
import '../ui/phone.ts';
import { formsOf } from '../record/forms.ts';
import { setPort } from '../ui/record-port.ts';
import { closed, snap, type Snap, type SnapOptions } from './frames.ts';
import type { State } from './states.ts';

/* What a seat meets of its sealed minutes. The copies are real ones, of a made-up meeting. */

type Name = keyof typeof sealed;

class Answers implements MinutesPort {
  constructor(private readonly said: MinutesStatus | null, private readonly copy: string | null, private readonly refuses: MinutesRefusal | null, private readonly earlier: readonly MinutesMeeting[]) {}

  async status(): Promise<MinutesStatus> {
    if (!this.said) throw new MinutesRefused('line');
    return this.said;
  }
  async list(): Promise<readonly MinutesMeeting[]> {
    return this.earlier;
  }
  of(): MinutesPort {
    return this;
  }
  async preview(): Promise<Uint8Array> {
    if (this.copy === null) throw new MinutesRefused('round');
    return new TextEncoder().encode(this.copy);
  }
  bundle(): Promise<Uint8Array> {
    return this.preview();
  }
  async #kept(): Promise<void> {
    if (this.refuses) throw new MinutesRefused(this.refuses);
  }
  setCode(): Promise<void> { return this.#kept(); }
  changeCode(): Promise<void> { return this.#kept(); }
  forgot(): Promise<void> { return this.#kept(); }
  confirm(): Promise<void> { return this.#kept(); }
  sign(): Promise<void> { return this.#kept(); }
  vouch(): Promise<void> { return this.#kept(); }
  paper(): Promise<void> { return this.#kept(); }
  mark(): Promise<void> { return this.#kept(); }
  async askPasskey(): Promise<PasskeyAsk> { await this.#kept(); return { challenge: '', passkeys: [] }; }
  keepPasskey(): Promise<void> { return this.#kept(); }
  endPasskey(): Promise<void> { return this.#kept(); }
  async draft(): Promise<Drafts> { await this.#kept(); return { id: '', spki: '', drafts: [] }; }
  signDraft(): Promise<void> { return this.#kept(); }
  amend(): Promise<void> { return this.#kept(); }
  async erase(): Promise<boolean> {
    await this.#kept();
    return false;
  }
}

const asked = (options: SnapOptions) => (): Snap => snap({ meet: closed('done'), ...options });
const MISSING: readonly MinutesMissing[] = [{ what: 'who', cell: 'a' }, { what: 'due', cell: 'b' }, { what: 'due', cell: 'c' }, { what: 'segment', cell: 'd' }, { what: 'attendance', cell: 'e' }];
const ended = (missing: readonly MinutesMissing[], may: MinutesStatus['may'] = ['seal']): MinutesStatus =>
  ({ state: 'ended', may, missing, now: sealed.preview.status.now, code: 'none', heads: [], acts: [], forgot: [] });

interface More {
  readonly as?: SnapOptions['as'];
  readonly status?: MinutesStatus | null;
  readonly copy?: string;
  readonly refuses?: MinutesRefusal;
  readonly earlier?: readonly MinutesMeeting[];
  readonly view?: (room: RoomClient) => TemplateResult;
  readonly then?: (host: HTMLElement) => Promise<void> | void;
  readonly page?: boolean;
  /** There is none before the next round. */
  readonly noCopy?: boolean;
  /** The way there, in the room. */
  readonly link?: boolean;
}

export function state(id: string, title: string, name: Name, more: More = {}): State {
  const { as = 'cw', status = sealed[name].status, copy = sealed[name].bundle, refuses = null, then } = more;
  return {
    id: `record-${id}`, group: '会議の記録', title, page: more.page ?? !more.link, snap: asked({ as }),
    view: (room) => {
      setPort(room, new Answers(status, more.noCopy ? null : copy, refuses, more.earlier ?? []));
      for (const [col, words] of formsOf(form)) room.cols.set(col, words);
      if (more.link) return link(room);
      return more.view?.(room) ?? html`<rk-record .room=${room}></rk-record>`;
    },
    ...(then ? { then: (_s, host) => then(host) } : {}),
  };
}

/** Once it is there: press it, write into it. */
async function find<T extends HTMLElement>(host: HTMLElement, what: string): Promise<T> {
  for (;;) {
    const el = host.querySelector<T>(what);
    if (el) return el;
    await new Promise((done) => { requestAnimationFrame(done); });
  }
}
export const press = async (host: HTMLElement, what: string): Promise<void> => (await find(host, what)).click();
export async function write(host: HTMLElement, what: string, words: string): Promise<void> {
  const el = await find<HTMLInputElement>(host, what);
  el.value = words;
  el.dispatchEvent(new Event('input', { bubbles: true }));
  el.dispatchEvent(new Event('change', { bubbles: true }));
}
export const named = async (host: HTMLElement, words: string): Promise<void> => {
  for (;;) {
    const el = [...host.querySelectorAll<HTMLElement>('button')].find((b) => b.textContent?.includes(words));
    if (el) return el.click();
    await new Promise((done) => { requestAnimationFrame(done); });
  }
};

const changed = (text: string): string => text.replace(/("sig":")(.)/, (_all, a: string, c: string) => a + (c === 'A' ? 'B' : 'A'));
/* The one that is open, and one of three months before. */
const EARLIER: readonly MinutesMeeting[] = [0, 90].map((days) => ({
  of: days === 0 ? (sealed.kept.status.origin ?? '').slice(-32) : '0'.repeat(32),
  sealed: (sealed.kept.status.sealed ?? 0) - days * 86_400, deadline: (sealed.kept.status.deadline ?? 0) - days * 86_400,
}));
const link = (room: RoomClient): TemplateResult => html`<rk-record-link .room=${room}></rk-record-link>`;
const keys = (s: MinutesStatus, made: readonly number[]): MinutesStatus => ({ ...s, rp: 'sign.rokusha.example', passkeys: made.map((at, i) => ({ id: `AAA${i}`, made: at })) });
const other = (s: MinutesStatus): MinutesStatus => ({ ...s, heads: s.heads.map((h) => ({ ...h, root: `${h.root.slice(0, 10)}AAAA${h.root.slice(14)}` })) });

export const RECORD_STATES: State[] = [
  state('link-seal', '入口（進行の人、封をする前）', 'preview', { as: 'ps', status: ended(MISSING), view: link, page: false }),
  state('link-sign', '入口（署名のお願い）', 'fresh', { view: link, page: false }),
  state('link-read', '入口（署名したあと）', 'kept', { view: link, page: false }),
  state('phone-link', '入口（職場の電話）', 'emp', { as: 'emp', view: (room) => html`<rk-phone .room=${room}></rk-phone>` }),
  state('none', 'まだない', 'fresh', { status: ended([], []) }),
  state('failed', '開けなかった', 'fresh', { status: null }),
  state('ended', '封をする前（足りないところ）', 'preview', { as: 'ps', status: ended(MISSING) }),
  state('ended-whole', '封をする前（足りないところなし）、確かめ', 'preview', { as: 'ps', status: ended([]), then: (host) => named(host, '封をする') }),
  state('preview', '封をする前の見本', 'preview', { as: 'ps', status: ended([]), then: (host) => named(host, 'あなたの席の写し') }),
  state('sign', '読んで署名する（合いことばを決める）', 'fresh'),
  state('dissent', '反対の意見を付ける', 'asked', { then: (host) => press(host, 'input[value=dissent]') }),
  state('no-note', '意見を書いていない', 'asked', {
    then: async (host) => { await press(host, 'input[value=reserve]'); await named(host, '署名する'); },
  }),
  state('wrong-code', '合いことばがちがう', 'asked', {
    refuses: 'code', then: async (host) => { await write(host, '#sign-code', 'まちがえたことば'); await named(host, '署名する'); },
  }),
  state('key-first', 'はじめてパスキーで署名する', 'fresh', { status: keys(sealed.fresh.status, []), then: (host) => press(host, 'input[value=key]') }),
  state('key-many', 'どのパスキーで署名するか', 'asked', { status: keys(sealed.asked.status, [sealed.asked.status.now - 86_400, sealed.asked.status.now - 864_000]), then: (host) => press(host, 'input[value=key]') }),
  state('key-end', 'なくしたパスキー', 'kept', {
    status: keys(sealed.kept.status, [sealed.kept.status.now - 86_400]),
    then: async (host) => { await press(host, 'rk-keys summary'); await named(host, '使えなくする'); },
  }),
  state('kept', '署名を受け取った', 'kept'),
  state('earlier', 'ほかの会議の記録', 'kept', { earlier: EARLIER }),
  state('withdraw', '署名を取り消す', 'kept', { then: (host) => named(host, '署名を取り消す') }),
  state('corrected', '訂正のあと、もう一度', 'corrected'),
  state('all', 'みんなの署名がそろった', 'all'),
  state('emp', '職場の写し', 'emp', { as: 'emp' }),
  state('easy', 'やさしい日本語（本人が署名する）', 'person', { as: 'self' }),
  state('easy-dissent', 'やさしい日本語（反対の意見）', 'person', { as: 'self', then: (host) => press(host, 'input[value=dissent]') }),
  state('vouch', '立ち会いを確かめる', 'vouch', { as: 'ps', then: (host) => named(host, '立ち会いを確かめる') }),
  state('code-change', '合いことばを変える', 'kept', { then: (host) => named(host, '合いことばを変える') }),
  state('code-forgot', '合いことばをわすれた', 'kept', { then: (host) => named(host, '合いことばをわすれた') }),
  state('code-asked', '合いことばの確かめを待つ', 'kept', { status: { ...sealed.kept.status, recover: 'asked' } }),
  state('code-anew', '新しい合いことばを作る', 'kept', { status: { ...sealed.kept.status, recover: 'vouched' } }),
  state('code-vouch', '合いことばをわすれた人を確かめる', 'asked', {
    status: { ...sealed.asked.status, forgot: sealed.asked.status.acts.slice(0, 1).map((a: { party: string }) => a.party) }, then: (host) => named(host, '本人が頼んだと確かめる'),
  }),
  state('paper', '紙の署名を書き入れる', 'asked', { then: (host) => named(host, '紙の署名を書き入れる') }),
  state('mark', 'しるしを代わりに記入する', 'asked', { then: (host) => named(host, 'しるしを代わりに') }),
  state('mismatch', '封印がちがう', 'fresh', { status: other(sealed.fresh.status) }),
  state('invalid', '写しが一致しない', 'fresh', { copy: changed(sealed.fresh.bundle) }),
  state('sheets', '紙に印刷する', 'all', { then: (host) => named(host, '紙に印刷する') }),
  state('sheets-emp', '紙に印刷する（職場）', 'emp', { as: 'emp', then: (host) => named(host, '紙に印刷する') }),
];
