import { rowKey, type Cell, type Col, type RoomClient } from '../core/index.ts';
import { t } from '../locale/index.ts';

/* What is visible, sorted into places. A place nobody may see into does not exist here. */

export interface Row {
  readonly id: string;
  readonly cells: readonly Cell[];
}
export interface Table {
  readonly id: string;
  readonly rows: readonly Row[];
}
export interface Block {
  readonly group: string;
  readonly fields: readonly Cell[];
  readonly tables: readonly Table[];
}
export interface Place {
  /** `area:work` or `record:person`. */
  readonly id: string;
  readonly label: string;
  readonly blocks: readonly Block[];
}
export interface Layout {
  readonly areas: readonly Place[];
  readonly records: readonly Place[];
}

/** Tables the minutes column shows; the other min.* are read under the records. */
export const MINUTES = [
  'min.decisions', 'min.actions', 'min.person_words', 'min.advice', 'min.dissent', 'min.utterances',
];
const GROUPS = ['outline', 'action', 'parts', 'background', 'restricted'];

class Draft {
  readonly blocks = new Map<string, { fields: Cell[]; tables: Map<string, Map<string, Cell[]>> }>();
  constructor(readonly id: string, readonly label: string) {}

  add(group: string, cell: Cell): void {
    const block = this.blocks.get(group) ?? { fields: [] as Cell[], tables: new Map<string, Map<string, Cell[]>>() };
    this.blocks.set(group, block);
    const at = rowKey(cell.key);
    if (!at) {
      block.fields.push(cell);
      return;
    }
    const table = block.tables.get(at.table) ?? new Map<string, Cell[]>();
    block.tables.set(at.table, table);
    const row = table.get(at.row) ?? [];
    table.set(at.row, row);
    row.push(cell);
  }

  place(): Place {
    const rank = (g: string): number => (GROUPS.includes(g) ? GROUPS.indexOf(g) : -1);
    const blocks = [...this.blocks].sort(([a], [b]) => rank(a) - rank(b)).map(([group, b]) => ({
      group,
      fields: b.fields,
      tables: [...b.tables].map(([id, rows]) => ({ id, rows: [...rows].map(([row, cells]) => ({ id: row, cells })) })),
    }));
    return { id: this.id, label: this.label, blocks };
  }
}

/** Whose plan it is says in which order the areas come; others see them in the form's order. */
export const seesPriority = (room: RoomClient): boolean => room.me?.official === true || room.me?.role === 'self';

function priorityOf(room: RoomClient, area: string): number {
  const value = room.cells.get(`plan.${area}.outline.priority`)?.value;
  return typeof value === 'number' && seesPriority(room) ? value : Number.MAX_SAFE_INTEGER;
}

function recordOf(colId: string): string {
  return colId.split('.', 1)[0] ?? '';
}

export function layoutOf(room: RoomClient): Layout {
  const areas = new Map<string, Draft>();
  const records = new Map<string, Draft>();
  const hasWork = [...room.cells.values()].some((c) => room.cols.get(c.col)?.area === 'work');
  const labels = new Map([...room.cols.values()].map((c) => [c.area, c.area_label]));
  for (const cell of room.cells.values()) {
    const col = room.cols.get(cell.col);
    if (!col || MINUTES.includes(col.table ?? '')) continue;
    if (cell.col.endsWith('.outline.priority') && !seesPriority(room)) continue;
    const area = areaOf(cell, col, hasWork);
    if (area !== null) {
      const draft = areas.get(area) ?? new Draft(`area:${area}`, labels.get(area) ?? area);
      areas.set(area, draft);
      draft.add(col.group ?? 'action', cell);
    } else {
      const id = recordOf(cell.col);
      const draft = records.get(id) ?? new Draft(`record:${id}`, t.records[id] ?? col.table_label ?? t.otherRecord);
      records.set(id, draft);
      draft.add('', cell);
    }
  }
  const ordered = [...areas].map(([id, draft], i) => ({ i, p: priorityOf(room, id), place: draft.place() }));
  ordered.sort((a, b) => a.p - b.p || a.i - b.i);
  const known = Object.keys(t.records);
  const rank = (d: Draft): number => {
    const i = known.indexOf(d.id.slice('record:'.length));
    return i < 0 ? known.length : i;
  };
  return {
    areas: ordered.map((o) => o.place),
    records: [...records.values()].sort((a, b) => rank(a) - rank(b)).map((d) => d.place()),
  };
}

/** The work place's own rows stand with the plan's area for work, where that is visible. */
function areaOf(cell: Cell, col: Col, hasWork: boolean): string | null {
  if (col.area !== undefined) return col.area;
  return hasWork && recordOf(cell.col) === 'work' ? 'work' : null;
}

/** Rows of one table, in the server's order. */
export function rowsOf(room: RoomClient, table: string): Row[] {
  const rows = new Map<string, Cell[]>();
  for (const cell of room.cells.values()) {
    const at = rowKey(cell.key);
    if (at?.table !== table) continue;
    rows.set(at.row, [...(rows.get(at.row) ?? []), cell]);
  }
  return [...rows].map(([id, cells]) => ({ id, cells }));
}

/** The person's own words stand on warm paper. */
export function isVoice(colId: string, col: Col): boolean {
  return col.owner === 'self' || colId.startsWith('pplan.') || colId.startsWith('min.person_words.');
}

/** Does this official role miss something here by default? Says nothing about the case. */
export function hidesSomething(room: RoomClient, place: Place): boolean {
  const [kind, id] = place.id.split(':');
  const prefix = kind === 'area' ? `plan.${id}.` : `${id}.`;
  return (room.hidden ?? []).some((c) => c.startsWith(prefix) || (kind === 'area' && c.startsWith('plan.any.')));
}
