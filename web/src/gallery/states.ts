import { html, type TemplateResult } from 'lit';
import type { InFrame, Level, OutFrame, PastEntry, Policy, Reach, RoomClient, SuggestionIn } from '../core/index.ts';
import { ChangeSet } from '@codemirror/state';
import { farewell, type EntryState } from '../ui/entry.ts';
import { layoutOf } from '../ui/layout.ts';
import { itemsOf, nextItem } from '../ui/meeting.ts';
import { placeView } from '../ui/place.ts';
import type { RkText } from '../ui/text-field.ts';
import '../ui/board.ts';
import '../ui/door.ts';
import '../ui/gate.ts';
import '../ui/minutes.ts';
import '../ui/notes.ts';
import '../ui/pause.ts';
import '../ui/policy.ts';
import '../ui/phone.ts';
import '../ui/reachbar.ts';
import '../ui/room-page.ts';
import '../ui/saved.ts';
import '../ui/waiting.ts';
import '../ui/withdrawn.ts';
import {
  BEGAN, CONSENT, CONTENT, RESOURCES, STATUS, WISH, closed, idOf, running, snap, type Snap, type SnapOptions,
} from './frames.ts';
import { CHANGE_STATES } from './change-states.ts';
import { RECORD_STATES } from './record-states.ts';
import { later, stay, type Stage } from './stage.ts';

/** A state of the page that users meet: real elements, and what has to happen for it. */
export interface State {
  readonly id: string;
  readonly group: string;
  readonly title: string;
  snap(): Snap;
  view(room: RoomClient): TemplateResult;
  /** What its server says to a frame; silence otherwise. */
  answer?(frame: OutFrame): InFrame | readonly InFrame[] | null;
  then?(stage: Stage, host: HTMLElement): void | Promise<void>;
  /** The view is a whole page. */
  readonly page?: boolean;
}

const LONG_MS = 4_500;
const HOLD_MS = 3_000;

const saved = (room: RoomClient): TemplateResult => html`<rk-saved .room=${room}></rk-saved><rk-connection .room=${room}></rk-connection>`;
const wholeRoom = (r: RoomClient): TemplateResult => html`<rk-room .room=${r}></rk-room>`;
const field = (key: string) => (room: RoomClient): TemplateResult => html`<rk-field .room=${room} .key=${key} .focusKey=${key}></rk-field>`;
const asked = (options: SnapOptions = {}) => (): Snap => snap(options);

function type(stage: Stage, words: string): void {
  stage.room.text(CONTENT).edit({ from: 0, insert: words });
}

const into = async (host: HTMLElement): Promise<HTMLElement | null> => {
  const text = host.querySelector<RkText>('rk-text');
  text?.enter(0);
  await text?.updateComplete;
  return text?.querySelector('rk-editor')?.shadowRoot?.querySelector<HTMLElement>('.cm-content') ?? null;
};

const length = (stage: Stage): number => stage.room.text(CONTENT).state.doc.length;
const writtenBy = (stage: Stage, ver: number, words: string): InFrame => ({
  t: 'edit', cell: CONTENT, ver, client: 'f'.repeat(16), seat: idOf('hw'),
  change: ChangeSet.of({ from: 0, insert: words }, length(stage)).toJSON() as (number | (number | string)[])[],
});

/** Those roles read the field; the first writes. */
const reach = (id: string, title: string, how: Reach, ...roles: Parameters<typeof idOf>[0][]): State => ({
  id, group: '見られる人の帯', title, snap: asked({ reach: how }),
  view: (room) => html`<rk-reachbar .room=${room} .key=${CONTENT}></rk-reachbar>`,
  answer: (f) => (f.t === 'reach'
    ? { t: 'reach', cell: f.cell, seats: roles.map((r, i): [string, Level] => [idOf(r), i === 0 ? 'w' : 'r']) } : null),
});
const refuse = (code: 'rule' | 'stale') => (f: OutFrame): InFrame | null => (f.t === 'set' || f.t === 'edit'
  ? { t: 'no', ref: f.ref, code, ...(code === 'stale' ? { ver: 2, value: 'ongoing' } : {}) } : null);

const entry = (id: EntryState, title: string): State => ({
  id: `entry-${id}`, group: '入る前', title, page: true, snap: asked(),
  view: () => html`<rk-entry .state=${id}></rk-entry>`,
});

const door = (id: string, title: string, options: SnapOptions): State => ({
  id: `door-${id}`, group: '出入り', title, snap: asked(options), view: (room) => html`<rk-door .room=${room}></rk-door>`,
});

const LINE: State[] = [
  { id: 'saved', group: '保存と通信', title: '保存ずみ', snap: asked(), view: saved },
  { id: 'sending', group: '保存と通信', title: '送っている（1秒をこえたとき）', snap: asked(), view: saved, then: (s) => type(s, 'いま') },
  {
    id: 'reconnecting', group: '保存と通信', title: 'つながり直している', snap: asked(), view: saved,
    then: (s) => { stay(HOLD_MS); s.cut(); },
  },
  {
    id: 'offline', group: '保存と通信', title: 'つながっていない', snap: asked(), view: saved,
    then: (s) => { type(s, 'いま'); s.cut(); },
  },
  {
    id: 'back', group: '保存と通信', title: 'つながった', snap: asked(), view: saved,
    then: (s) => {
      s.cut();
      later(LONG_MS, () => { stay(HOLD_MS); s.mend(); });
    },
  },
  { id: 'stuck', group: '保存と通信', title: 'サーバーの場所がない（読んでいる人）', snap: asked(), view: saved, then: (s) => s.say({ t: 'stuck', on: 1 }) },
  { id: 'again', group: '保存と通信', title: '保存できるのを待っている', snap: asked(), view: saved, then: (s) => { type(s, 'いま'); s.deaf = true; s.say({ t: 'again' }); } },
  {
    id: 'room-offline', group: '保存と通信', title: 'つながっていない（会議室の全体）', page: true, snap: asked(), view: wholeRoom,
    then: (s) => { type(s, 'いま'); s.cut(); },
  },
];

const WRITE: State[] = [
  {
    id: 'composing', group: '書くとき', title: '変換中（ほかの人の変更は待つ）', snap: asked(), view: field(CONTENT),
    then: async (s, host) => {
      (await into(host))?.dispatchEvent(new CompositionEvent('compositionstart'));
      s.say(writtenBy(s, 2, '店長に、'));
    },
  },
  {
    id: 'others', group: '書くとき', title: 'ほかの人が書いている', snap: asked(), view: field(CONTENT),
    then: (s) => {
      s.say({ t: 'here', seat: idOf('hw'), cell: CONTENT, at: [1, 4, 4] });
      s.say(writtenBy(s, 2, '店長に、'));
    },
  },
  {
    id: 'stale', group: '書くとき', title: '同じ欄を、先に変えられていた', snap: asked(), view: field(STATUS),
    answer: refuse('stale'), then: (_s, host) => choose(host, 'revise'),
  },
  { id: 'voice', group: '書くとき', title: '本人の言葉（読むだけ）', snap: asked({ as: 'hw', level: () => 'r' }), view: field(WISH) },
];

function choose(host: HTMLElement, value: string): void {
  const select = host.querySelector('select');
  if (!select) return;
  select.value = value;
  select.dispatchEvent(new Event('change', { bubbles: true }));
}

async function press(host: HTMLElement, what: string): Promise<void> {
  host.querySelector<HTMLElement>(what)?.click();
  await new Promise(requestAnimationFrame);
}

const consents = (r: RoomClient): TemplateResult => html`<rk-consents .room=${r}></rk-consents>`;
const TROUBLE: State[] = [
  {
    id: 'refused', group: 'ことわる・なくなる', title: '受け取れなかった（文）', snap: asked(),
    view: (room) => html`<rk-notes .room=${room}></rk-notes>${field(CONTENT)(room)}`,
    answer: refuse('rule'), then: (s) => type(s, '土曜は9時開始のまま、12月まで試す。'),
  },
  {
    id: 'refused-register', group: 'ことわる・なくなる', title: '受け取れなかった（選ぶ欄）', snap: asked(), view: field(STATUS),
    answer: refuse('rule'), then: (_s, host) => choose(host, 'done'),
  },
  {
    id: 'withdrawn', group: 'ことわる・なくなる', title: '同意の撤回（支援者の画面）', snap: asked(),
    view: (room) => html`<rk-withdrawn .room=${room}></rk-withdrawn>`,
    then: (s) => s.say({ t: 'cells', cells: [{ k: CONSENT, c: 'consent.withdrawal', v: 2, l: 'r', x: 'やめます' }] }),
  },
  {
    id: 'dropped', group: 'ことわる・なくなる', title: '書いていた欄が見えなくなった', page: true, snap: asked({ as: 'hw' }), view: wholeRoom,
    then: async (s, host) => {
      await into(host);
      type(s, 'とちゅうの文');
      s.say({ t: 'drop', cells: [CONTENT] });
    },
  },
  {
    id: 'consent-stopped', group: 'ことわる・なくなる', title: '同意をやめた（本人の画面）', snap: asked({ as: 'self' }), view: consents,
    answer: (f) => (f.t === 'withdraw' ? { t: 'ack', ref: f.ref, ver: 2 } : null), then: (_s, host) => press(host, '.grant-do .btn'),
  },
  {
    id: 'consent-missing', group: 'ことわる・なくなる', title: '書きもらし（入力）', snap: asked({ as: 'self' }), view: consents,
    then: async (_s, host) => {
      await press(host, '.consents-add');
      choose(host, idOf('emp'));
      await press(host, '[type=submit]');
    },
  },
];

const EMPTY: State[] = [
  {
    id: 'hidden', group: '空・待つ', title: '表示していない（支援者の画面）', snap: asked({ as: 'hw', level: () => 'r', hidden: ['plan.work.background'] }),
    view: (r) => html`${layoutOf(r).areas.map((place) => html`<section class="plan">${placeView(r, place, '')}</section>`)}`,
  },
  { id: 'empty', group: '空・待つ', title: 'まだ書いていない', snap: asked({ as: 'emp', level: () => 'r' }), view: field(RESOURCES) },
  { id: 'no-minutes', group: '空・待つ', title: '決まったことがない', snap: asked({ as: 'aps' }), view: (room) => html`<div class="room" data-tab="minutes"><rk-minutes .room=${room}></rk-minutes></div>` },
  {
    id: 'pause', group: '空・待つ', title: '休けい（支援者の画面）', snap: asked({ meet: running(BEGAN, { pause: BEGAN + 60_000 }) }),
    view: (room) => html`<rk-paused .room=${room}></rk-paused>`,
  },
  {
    id: 'pause-mine', group: '空・待つ', title: '休けい（本人の画面）', snap: asked({ as: 'self', meet: running(BEGAN, { pause: BEGAN + 60_000 }) }),
    view: (room) => html`<rk-paused .room=${room}></rk-paused>`,
  },
  {
    id: 'board-empty', group: '空・待つ', title: '映す画面（だれもいない）', page: true,
    snap: asked({ meet: closed('before'), at: { self: undefined, ps: undefined, aps: undefined, cw: undefined, hw: undefined, emp: undefined, kp: undefined } }),
    view: (room) => html`<rk-board .room=${room}></rk-board>`,
  },
];

const suggested = (more: Partial<SuggestionIn> = {}): InFrame => ({
  t: 'suggest', cell: CONTENT, id: idOf('kp'), seat: idOf('emp'), state: 'open', at: BEGAN, ver: 1,
  change: [19, [0, '土曜は9時開始のまま、12月まで試す。']], words: '仕込みの都合です', ...more,
});
const PAST: PastEntry[] = [
  { ver: 1, from: BEGAN - 3_600_000, at: BEGAN - 3_600_000, file: true },
  { ver: 2, from: BEGAN, at: BEGAN + 120_000, seat: idOf('hw') },
  { ver: 3, from: BEGAN + 300_000, at: BEGAN + 300_000, seat: idOf('self'), actor: idOf('ps'), method: 'oral' },
];
const reader = { as: 'emp' as const, level: (): Level => 'r' };
const SUGGEST: State[] = [
  { id: 'suggest', group: '提案とこれまで', title: '返事を待つ提案（書く人の画面）', snap: asked(), view: field(CONTENT), then: (s) => s.say(suggested()) },
  {
    id: 'suggest-answer', group: '提案とこれまで', title: '返事を書く', snap: asked(), view: field(CONTENT),
    then: async (s, host) => {
      s.say(suggested());
      await new Promise(requestAnimationFrame);
      await press(host, '.suggest .btn:not(.btn-1)');
    },
  },
  {
    id: 'suggest-answered', group: '提案とこれまで', title: '返事があった（出した人の画面）', snap: asked(reader), view: field(CONTENT),
    then: (s) => s.say(suggested({ state: 'answered', by: idOf('ps'), reply: '来月の会議で決めましょう' })),
  },
  {
    id: 'suggest-taken', group: '提案とこれまで', title: '取り入れられた', snap: asked(reader), view: field(CONTENT),
    then: (s) => {
      const { change: _gone, ...rest } = suggested({ state: 'taken', by: idOf('ps') }) as InFrame & SuggestionIn;
      s.say(rest as InFrame);
    },
  },
  { id: 'suggest-new', group: '提案とこれまで', title: '提案を書く', snap: asked(reader), view: field(CONTENT), then: (_s, host) => press(host, '.suggest-new') },
  {
    id: 'history', group: '提案とこれまで', title: 'これまでの変更', snap: asked(), view: field(CONTENT),
    answer: (f) => (f.t === 'history' ? [{ t: 'history', ref: f.ref, cell: CONTENT, entries: PAST }, { t: 'ack', ref: f.ref, ver: 0 }] : null),
    then: (_s, host) => press(host, '.history-open'),
  },
];

const POLICY: Policy = {
  hash: '0'.repeat(64), gains: ['「職業紹介」が「主担当機関」を読めるようになります（同意があれば読める → 読める）'],
  losses: ['「市の担当者」が「主担当機関」を読めなくなります（読める → 見えない）'], others: ['項目「好きなこと」が加わります（種別「支援段階」）'],
};
const APPROVE: State[] = [
  {
    id: 'policy', group: '決まり', title: '増える分の承認', page: true, snap: asked({ policy: POLICY }), view: wholeRoom,
    then: (_s, host) => press(host, '.policy summary'),
  },
  { id: 'policy-sure', group: '決まり', title: '承認する前に聞く', snap: asked({ policy: POLICY }), view: (room) => html`<rk-policy .room=${room}></rk-policy>`, then: (_s, host) => press(host, '.policy-ask') },
  {
    id: 'policy-done', group: '決まり', title: '承認した', snap: asked({ policy: POLICY }), view: (room) => html`<rk-policy .room=${room}></rk-policy>`,
    answer: (f) => (f.t === 'approve' ? { t: 'ack', ref: f.ref, ver: 0 } : null),
    then: async (s, host) => {
      await press(host, '.policy-ask');
      await press(host, '.policy-go');
      const { me } = s.room;
      if (me) s.say({ t: 'me', me });
    },
  },
];

const gate = (room: RoomClient): TemplateResult => html`<rk-gate .room=${room} .item=${nextItem(itemsOf(room))}></rk-gate>`;
const DOORS: State[] = [
  { id: 'gate', group: '出入り', title: '見送りの関（まだいる）', snap: asked({ at: { emp: 'line' } }), view: gate },
  {
    id: 'gate-told', group: '出入り', title: '見送りの関（まだいるのに、次へ押した）', snap: asked({ at: { emp: 'line' } }), view: gate,
    then: (_s, host) => press(host, '.open-next'),
  },
  { id: 'gate-open', group: '出入り', title: '見送りの関（みな出た）', snap: asked({ at: { emp: 'out', hw: 'out' } }), view: gate },
  {
    id: 'waiting', group: '出入り', title: '入るのを待つ人（進行役の画面）', snap: asked({ at: { emp: 'wait' } }),
    view: (room) => html`<rk-waiting .room=${room}></rk-waiting>`,
  },
  door('before', '始まる前', { as: 'hw', at: { hw: undefined }, meet: closed('before') }),
  door('door', '戸口', { as: 'hw', at: { hw: undefined }, meet: closed('door') }),
  door('wait', '待っている', { as: 'emp', at: { emp: 'wait' }, meet: closed('wait') }),
  door('on', 'このあと呼ばれる', { as: 'emp', at: { emp: 'out' }, meet: closed('on') }),
  door('done', 'ここまでです', { as: 'cw', meet: closed('done') }),
  {
    id: 'phone-done', group: '出入り', title: 'ここまでです（職場の電話）', page: true,
    snap: asked({ as: 'emp', at: { emp: 'out' }, meet: closed('done'), level: () => 'r' }), view: (room) => html`<rk-phone .room=${room}></rk-phone>`,
  },
];

export const STATES: readonly State[] = [
  ...LINE, ...WRITE,
  reach('reach-out', '外の人も読む', 'out', 'ps', 'self', 'cw', 'hw', 'emp', 'kp'), reach('reach-in', '支援者とキーパーソン', 'in', 'ps', 'self', 'kp'),
  reach('reach-team', '支援者だけ（本人にも見えない）', 'team', 'ps', 'aps'),
  ...SUGGEST, ...TROUBLE, ...EMPTY, ...DOORS, ...APPROVE, ...RECORD_STATES, ...CHANGE_STATES,
  { id: 'left', group: '出入り', title: '席を出た・席がなくなった', page: true, snap: asked(), view: () => farewell },
  entry('opening', '開いている'), entry('waiting', 'つないでいる'), entry('missing', 'リンクがない'),
  entry('invalid', 'リンクが使えない'), entry('failed', '失敗した'), entry('silent', '返事がない'),
];
