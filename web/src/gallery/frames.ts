import type { CellIn, Col, InFrame, Level, Meet, Policy, Reach, Seat } from '../core/index.ts';

/* A small case, made up: nobody in it exists. What a server would say of it to one seat. */

type Role = 'self' | 'ps' | 'aps' | 'cw' | 'hw' | 'emp' | 'kp';
export type Snap = Extract<InFrame, { t: 'snap' }>;

const hex = (n: number): string => n.toString(16).padStart(16, '0');
const PEOPLE: readonly (readonly [Role, string, string, string])[] = [
  ['self', '本人', '本', 'みなとさん'], ['ps', '伴走者', '伴', '真砂'], ['aps', '伴走補助', '補', '若松'],
  ['cw', '市の担当者', '市', '木立'], ['hw', 'ハローワーク', 'ハ', '白浜'], ['emp', '職場', '職', '豆田'],
  ['kp', 'キーパーソン', '先', '遠見先生'],
];
const OFFICIAL: readonly Role[] = ['ps', 'aps', 'cw', 'hw'];
const DUTIES: Partial<Record<Role, string[]>> = { ps: ['chair'], aps: ['recorder'] };

export const idOf = (role: Role): string => hex(PEOPLE.findIndex(([r]) => r === role) + 1);

export function seats(at: Partial<Record<Role, Seat['at']>> = {}): Seat[] {
  return PEOPLE.map(([role, roleLabel, seal, label]) => ({
    seat: idOf(role), label, role, role_label: roleLabel, seal, here: true,
    ...(role in at ? (at[role] ? { at: at[role] } : {}) : { at: 'room' as const }),
    ...(DUTIES[role] ? { duties: DUTIES[role] } : {}),
    ...(role === 'self' || OFFICIAL.includes(role) ? {} : { out: true as const }),
  }));
}

const WORK = { area: 'work', area_label: '就労', group: 'action' } as const;
export const COLS: Record<string, Col> = {
  'plan.work.action.content': { label: '支援の内容', type: 'text', max: 400, suggestable: true, ...WORK },
  'plan.work.action.person_wish': { label: '本人の希望', type: 'text', owner: 'self', ...WORK },
  'plan.work.action.resource_ids': { label: '使う社会資源', type: 'list', ...WORK },
  'plan.work.outline.status': {
    label: '状況', type: 'enum', area: 'work', area_label: '就労', group: 'outline',
    enum: [['ongoing', '進行中'], ['revise', '見直し'], ['done', '終わり']],
  },
  'conf.agenda_items.title': { label: '議題', type: 'line', table: 'conf.agenda_items' },
  'conf.agenda_items.minutes': { label: '分', type: 'int', table: 'conf.agenda_items' },
  'conf.agenda_items.audience': { label: '出る人', type: 'seats', table: 'conf.agenda_items' },
  'consent.to': { label: 'だれに', type: 'seat', table: 'consent' },
  'consent.scope': { label: '何を', type: 'list', table: 'consent' },
  'consent.withdrawal': { label: '取りやめ', type: 'text', table: 'consent' },
  'min.decisions.text': { label: '決まったこと', type: 'text', table: 'min.decisions' },
};

export const CONTENT = 'plan.work.action.content';
export const WISH = 'plan.work.action.person_wish';
export const STATUS = 'plan.work.outline.status';
export const RESOURCES = 'plan.work.action.resource_ids';
export const CONSENT = `consent/${hex(0xc0)}/withdrawal`;
const ITEMS = [hex(0xa1), hex(0xa2)] as const;

function cells(level: (col: string) => Level, reach: Reach): CellIn[] {
  const cell = (key: string, x: CellIn['x'], more: Partial<CellIn> = {}): CellIn => {
    const col = key.replace(/\/[0-9a-f]{16}\//, '.');
    return { k: key, c: col, v: 1, l: level(col), ...(x === undefined ? {} : { x }), ...more };
  };
  const audience = (roles: readonly Role[]): string[] => roles.map((r) => `@${idOf(r)}`);
  const everybody = PEOPLE.map(([r]) => r);
  return [
    cell(CONTENT, '休む日・遅れる日は、開始前に一言送る。', { reach }),
    cell(WISH, 'いまの工房の空気が好き。', { reach: 'out' }),
    cell(RESOURCES, [], { reach: 'out' }),
    cell(STATUS, 'ongoing', { reach: 'in' }),
    cell(`conf.agenda_items/${ITEMS[0]}/title`, '研修のふり返り'), cell(`conf.agenda_items/${ITEMS[0]}/minutes`, 20),
    cell(`conf.agenda_items/${ITEMS[0]}/audience`, audience(everybody)),
    cell(`conf.agenda_items/${ITEMS[1]}/title`, '朝の準備と体調'), cell(`conf.agenda_items/${ITEMS[1]}/minutes`, 20),
    cell(`conf.agenda_items/${ITEMS[1]}/audience`, audience(everybody.filter((r) => r !== 'emp' && r !== 'hw'))),
    cell(`consent/${hex(0xc0)}/to`, `@${idOf('kp')}`), cell(`consent/${hex(0xc0)}/scope`, [CONTENT]), cell(CONSENT, ''),
  ];
}

const HOUR_MS = 3_600_000;
export const running = (since: number, more: Partial<Meet> = {}): Meet => ({
  phase: 'in', item: { row: ITEMS[0], since }, start: '14:00', ...more,
  agenda: [{ row: ITEMS[0], state: 'now', from: since }, { row: ITEMS[1], state: 'next' }],
});
export const closed = (phase: Meet['phase']): Meet => ({
  phase, start: '14:00', agenda: ITEMS.map((row) => ({ row, state: 'next' as const })),
});

export interface SnapOptions {
  as?: Role;
  at?: Parameters<typeof seats>[0];
  meet?: Meet;
  level?(col: string): Level;
  /** How far what is written in the content goes. */
  reach?: Reach;
  /** Classes this official cannot read. */
  hidden?: string[];
  /** What waits for this seat's approval. */
  policy?: Policy;
}

/** 14:05 in Tokyo, five minutes into the first item. */
export const NOW = Date.UTC(2026, 10, 12, 5, 5);
export const BEGAN = NOW - HOUR_MS / 12;

export function snap({ as = 'ps', at = {}, meet = running(BEGAN), level = () => 'w', reach = 'out', hidden, policy }: SnapOptions = {}): Snap {
  const all = seats(at);
  const mine = all.find((s) => s.role === as) as Seat;
  return {
    t: 'snap', series: { fictional: true, notice: '' }, seats: all, cols: COLS, cells: cells(level, reach), now: NOW, meet, ...(hidden ? { hidden } : {}), ...(policy ? { policy } : {}),
    me: {
      seat: mine.seat, label: mine.label, role: mine.role, role_label: mine.role_label, seal: mine.seal,
      official: OFFICIAL.includes(as), duties: [...DUTIES[as] ?? []],
    },
  };
}
