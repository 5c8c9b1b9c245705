import type { Col, RoomClient } from '../core/index.ts';
import { t } from '../locale/index.ts';
import { layoutOf } from './layout.ts';

/*
 * What an item can open and a consent can give, by the words people know: an area and its parts, a
 * record and its fields. Made of the columns this viewer sees; nothing else is named.
 */
export interface Pick {
  readonly id: string;
  /** What is sent: `id` itself, or the columns of a table one by one. */
  readonly ids: readonly string[];
  readonly label: string;
}
export interface PickGroup {
  readonly id: string;
  readonly label: string;
  readonly picks: readonly Pick[];
}

/** The meeting's own records are opened by the meeting. */
const NOT_OFFERED = ['conf', 'min', 'consent', 'log', 'party', 'close'];

interface Draft {
  label: string;
  picks: Map<string, { ids: string[]; label: string }>;
}

const areaPick = (id: string, col: Col): string =>
  (col.group === 'restricted' || col.group === undefined ? id : `plan.${col.area ?? ''}.${col.group}`);

export function catalogue(room: RoomClient, tables: 'whole' | 'columns'): PickGroup[] {
  const areas = layoutOf(room).areas.map((p) => p.id.slice('area:'.length));
  const groups = new Map<string, Draft>();
  const add = (group: string, label: string, pick: string, name: string, sent: string): void => {
    const draft = groups.get(group) ?? { label, picks: new Map<string, { ids: string[]; label: string }>() };
    groups.set(group, draft);
    const known = draft.picks.get(pick);
    if (!known) draft.picks.set(pick, { ids: [sent], label: name });
    else if (!known.ids.includes(sent)) known.ids.push(sent);
  };
  for (const [id, col] of room.cols) {
    const record = id.split('.', 1)[0] ?? '';
    if (col.area !== undefined) {
      const pick = areaPick(id, col);
      add(col.area, col.area_label ?? col.area, pick, pick === id ? col.label : t.groups[col.group ?? ''] ?? col.label, pick);
    } else if (record === 'work' && areas.includes('work')) {
      const label = [...room.cols.values()].find((c) => c.area === 'work')?.area_label ?? '';
      add('work', label, id, col.label, id);
    } else if (!NOT_OFFERED.includes(record)) {
      const pick = col.table ?? id;
      add(`.${record}`, t.records[record] ?? col.table_label ?? t.otherRecord, pick, col.table ? col.table_label ?? col.label : col.label,
        tables === 'columns' ? id : pick);
    }
  }
  return inOrder(groups, areas);
}

function inOrder(groups: ReadonlyMap<string, Draft>, areas: readonly string[]): PickGroup[] {
  const records = Object.keys(t.records).map((r) => `.${r}`);
  const rank = (id: string): number => {
    const at = id.startsWith('.') ? records.indexOf(id) : areas.indexOf(id);
    return (id.startsWith('.') ? 1_000 : 0) + (at < 0 ? 999 : at);
  };
  return [...groups].sort(([a], [b]) => rank(a) - rank(b)).map(([id, g]) => ({
    id, label: g.label, picks: [...g.picks].map(([pick, p]) => ({ id: pick, ids: p.ids, label: p.label })),
  }));
}

/** A list of classes, tables and columns in words; 健康 where its main part is among them. */
export function itemWords(room: RoomClient, ids: readonly string[]): string[] {
  const groups = catalogue(room, 'columns');
  const words: string[] = [];
  const left = new Set(ids);
  for (const g of groups) {
    const chosen = g.picks.filter((p) => left.has(p.id) || p.ids.some((i) => left.has(i)));
    if (chosen.length === 0) continue;
    for (const p of chosen) for (const i of [p.id, ...p.ids]) left.delete(i);
    words.push(...(g.id.startsWith('.') ? chosen.map((p) => p.label) : areaWords(g, chosen)));
  }
  for (const id of left) words.push(nameOf(room, id));
  return [...new Set(words)];
}

function areaWords(group: PickGroup, chosen: readonly Pick[]): string[] {
  const parts = chosen.filter((p) => p.id.startsWith('plan.'));
  const others = chosen.filter((p) => !p.id.startsWith('plan.')).map((p) => p.label);
  if (parts.length === 0) return others;
  const inner = parts.every((p) => p.id.endsWith('.action') || p.id.endsWith('.outline'));
  const whole = inner && parts.some((p) => p.id.endsWith('.action'));
  return [whole ? group.label : `${group.label}（${parts.map((p) => p.label).join('・')}）`, ...others];
}

/** What this viewer has no column of, under the name of its record at most. */
function nameOf(room: RoomClient, id: string): string {
  const own = room.cols.get(id) ?? [...room.cols].find(([c]) => c.startsWith(`${id}.`))?.[1];
  return own?.table_label ?? own?.label ?? t.records[id.split('.', 1)[0] ?? ''] ?? t.otherRecord;
}
