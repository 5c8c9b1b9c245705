/* Case 1 as a MiniRoom: the form, the matrix and a simple reading of levels. For tests of the client only. */
import { readFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { MiniRoom } from './mini-server.mjs';

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const hex = () => randomBytes(8).toString('hex');

function matrix() {
  const [head, ...rows] = read('schema/visibility.tsv').trim().split('\n').map((l) => l.split('\t'));
  return new Map(rows.map((r) => [r[0], Object.fromEntries(head.map((h, i) => [h, r[i]]))]));
}

function columns(form) {
  const cols = {};
  const put = (id, f, extra) => {
    const enumOf = f.enum ? { enum: Object.entries(form.enums[f.enum]) } : {};
    cols[id] = {
      label: f.label, type: f.type, ...enumOf, ...(f.owner ? { owner: f.owner } : {}), ...(f.max ? { max: f.max } : {}),
      ...(f.suggestable ? { suggestable: true } : {}), ...extra, cls: f.class,
    };
  };
  for (const f of form.fields) {
    if (!f.id.includes('{area}')) put(f.id, f, {});
    else for (const a of form.areas) {
      const group = f.group ?? f.id.split('.')[2];
      put(f.id.replace('{area}', a.id), { ...f, class: f.class.replace('{area}', a.id) }, { area: a.id, area_label: a.label, group });
    }
  }
  for (const table of form.tables) {
    for (const a of table.id.includes('{area}') ? form.areas : [null]) {
      const id = a ? table.id.replace('{area}', a.id) : table.id;
      for (const c of table.columns) {
        put(`${id}.${c.name}`, { ...c, class: a ? c.class.replace('{area}', a.id) : c.class },
          { table: id, table_label: table.label, ...(a ? { area: a.id, area_label: a.label, group: 'parts' } : {}) });
      }
    }
  }
  return cols;
}

const LEVEL = { n: null, 'n+': null, r: 'r', 'r*': 'r', w: 'w', 'w*': 'w', 'rw*': 'r' };
const INSIDE = ['self', 'ps', 'aps', 'sup', 'cw', 'hw'];
const TEAM = ['ps', 'aps', 'sup'];

export function caseRoom() {
  const form = JSON.parse(read('schema/form.json'));
  const roles = Object.fromEntries(JSON.parse(read('schema/roles.json')).roles.map((r) => [r.id, r]));
  const data = JSON.parse(read('tests/cases/case-1.json'));
  const rows = matrix();
  const cols = columns(form);
  const classOf = Object.fromEntries(Object.entries(cols).map(([id, c]) => [id, c.cls]));
  for (const c of Object.values(cols)) delete c.cls;
  const seats = data.parties.map((p) => ({
    seat: hex(), label: p.display_label, role: p.role, role_label: roles[p.role].label, seal: roles[p.role].seal,
    official: roles[p.role].official === true, duties: p.functions ?? [],
  }));
  const seatOf = (id) => seats[data.parties.findIndex((p) => p.id === id)].seat;
  const roleSeat = (role) => seats.find((s) => s.role === role);
  const granted = new Set(data.consents.flatMap((c) => c.fields.map((f) => `${c.role} ${f}`)));
  const level = (seat, cell) => {
    const { role } = seats.find((s) => s.seat === seat);
    const cls = classOf[cell.col];
    const mark = rows.get(cls)?.[role] ?? 'n';
    const base = LEVEL[mark] ?? (mark === 'n+' && granted.has(`${role} ${cls}`) ? 'r' : null);
    if (base === null) return null;
    if (cell.audience && !cell.audience.includes(role)) return null;
    const owner = cols[cell.col].owner;
    if (owner) return role === owner ? 'w' : 'r';
    if (cell.col.startsWith('min.') && seats.find((s) => s.seat === seat).duties.includes('recorder')) return 'w';
    return base;
  };
  const reachOf = (seat, cell) => {
    const me = seats.find((s) => s.seat === seat);
    if (!me.official && me.role !== 'self') return undefined;
    const readers = seats.filter((s) => level(s.seat, cell)).map((s) => s.role);
    return readers.some((r) => !INSIDE.includes(r)) ? 'out' : readers.every((r) => TEAM.includes(r)) ? 'team' : 'in';
  };
  const hiddenOf = (seat) => {
    const me = seats.find((s) => s.seat === seat);
    return me.official ? [...rows.values()].filter((r) => ['n', 'n+'].includes(r[me.role])).map((r) => r.class) : undefined;
  };
  const room = new MiniRoom({ cols, seats, level, reachOf, hiddenOf, series: { fictional: true, notice: data.notice } });
  fill(room, data, form, { seatOf, roleSeat });
  return room;
}

function fill(room, data, form, { seatOf, roleSeat }) {
  const who = (list) => (list ?? []).map((r) => `@${roleSeat(r).seat}`);
  const roots = { case: data.case, person: data.person, assess: data.assessment, pplan: data.personal_plan, conf: data.conference, plan: data.support_plan };
  const special = {
    'plan.period.from': data.support_plan.period_from, 'plan.period.to': data.support_plan.period_to,
    'conf.schedule.conf_no': 3, 'conf.schedule.start': '14:00', 'conf.schedule.end': '15:30',
    'conf.schedule.participation': 'in_person',
  };
  const at = (id) => {
    if (id in special) return special[id];
    const [root, ...path] = id.split('.');
    const start = root === 'plan' && data.support_plan.areas[path[0]] ? data.support_plan.areas : roots[root];
    const value = path.reduce((o, k) => o?.[k], start);
    return id.endsWith('.who') ? who(value) : value;
  };
  for (const id of Object.keys(room.cols)) {
    if (room.cols[id].table) continue;
    const value = at(id);
    room.add(id, id, value ?? (room.cols[id].type === 'text' ? '' : null));
  }
  const row = (table, cells, audience) => {
    const id = hex();
    for (const col of Object.keys(room.cols).filter((c) => room.cols[c].table === table)) {
      const name = col.slice(table.length + 1);
      const cell = room.add(`${table}/${id}/${name}`, col, cells[name]);
      if (audience) cell.audience = audience;
    }
    if (table.startsWith('min.')) room.itemOf.set(id, room.meet.item?.row);
    return id;
  };
  row('work', data.work_site);
  row('work.job_leads', { text: data.work_site.job_leads });
  row('plan.work.parts', { who: `@${roleSeat('hw').seat}`, what: '10時開始の求人を探す' });
  row('plan.work.parts', { who: `@${roleSeat('emp').seat}`, what: '勤務表を10時開始で作ってみる' });
  for (const s of data.personal_plan.statements) row('pplan.statements', s);
  const items = data.conference.agenda.map((a) => row('conf.agenda_items', { ...a, audience: who(a.audience) }, a.audience));
  room.meet = {
    phase: 'in', item: { row: items[1], since: 0 },
    agenda: items.map((id, i) => ({ row: id, state: i < 1 ? 'done' : i < 2 ? 'now' : 'next' })),
  };
  for (const b of data.bonds.at(-1).bonds) row('bond.map', { ...b, as_of: '2026-11-12' });
  for (const r of data.referrals) row('ref', { ...r, resource_check: r.resource_check?.points.join('、') });
  for (const r of data.resources) row('case.resources', r);
  for (const o of data.outcomes) row(o.rater === 'self' ? 'out.self_scale' : 'out.staff_scale', o);
  for (const p of data.parties) row('party', p);
  const all = data.conference.agenda[1].audience;
  for (const d of data.minutes.decisions.slice(0, 2)) row('min.decisions', d, d.audience);
  for (const a of [data.minutes.actions[0], data.minutes.actions[5]]) row('min.actions', { ...a, who: `@${seatOf(a.who)}` }, all);
  row('min.person_words', { text: data.minutes.person_words[0] }, all);
  for (const s of data.script.slice(3, 9)) {
    row('min.utterances', { speaker: `@${seatOf(s.speaker)}`, text: s.text, at: `14:${s.t.slice(0, 2)}` }, all);
  }
}
