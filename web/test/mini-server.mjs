/*
 * The protocol in memory, for tests: one room, the stepwise rule, dedupe by (client, ref), a fence.
 * No store and no policy: `level(seat, cell)` says who may do what.
 */
import { ChangeSet, Text } from '@codemirror/state';
import { randomBytes } from 'node:crypto';

const hex = () => randomBytes(8).toString('hex');
const start = () => 1000 + Math.floor(Math.random() * 1e6);

export class MiniRoom {
  constructor({ cols, seats, level, series, reachOf, hiddenOf, ownInReplay = true }) {
    Object.assign(this, { cols, seats, level, ownInReplay });
    this.series = series ?? { fictional: true, notice: '架空です。' };
    this.reachOf = reachOf ?? (() => undefined);
    this.hiddenOf = hiddenOf ?? (() => undefined);
    this.cells = new Map();
    this.answers = new Map();
    this.conns = new Set();
    this.meet = { phase: 'before', agenda: [] };
    this.itemOf = new Map(); // row of the minutes -> item
    this.log = [];
  }

  add(key, col, x) {
    const text = this.cols[col].type === 'text';
    this.cells.set(key, {
      key, col, ver: start(), steps: [],
      ...(text ? { text: Text.of((x ?? '').split('\n')) } : { value: x ?? null }),
    });
    return this.cells.get(key);
  }

  connect(seat, send, close = () => {}) {
    const conn = { seat, send: (f) => send(JSON.stringify(f)), close, joined: false, visible: new Set(), client: '', place: null };
    this.conns.add(conn);
    return conn;
  }

  leave(conn) {
    if (!this.conns.delete(conn)) return;
    this.sayHere(conn, null);
    this.sayWhoIsHere();
  }

  receive(conn, text) {
    const f = JSON.parse(text);
    if (conn.frozen && f.t !== 'join') return;
    this.log.push(f);
    if (f.t === 'ping') return conn.send({ t: 'pong' });
    if (f.t === 'join') return this.join(conn, f);
    if (f.t === 'here') return this.sayHere(conn, f.cell ? { cell: f.cell, at: f.at ?? null } : null);
    if (f.t === 'reach') return this.sayReach(conn, f.cell);
    const id = `${conn.client} ${f.ref}`;
    const before = this.answers.get(id);
    if (before) return conn.send(before);
    if (this.stuck) return conn.send({ t: 'no', ref: f.ref, code: 'busy' });
    const answer = this[f.t](conn, f);
    if (answer.t === 'ack') this.answers.set(id, answer);
    return conn.send(answer);
  }

  entry(conn, cell, since) {
    conn.visible.add(cell.key);
    const reach = this.reachOf(conn.seat, cell);
    return {
      k: cell.key, c: cell.col, v: cell.ver, l: this.level(conn.seat, cell), ...(reach ? { reach } : {}),
      ...(this.itemOf.has(cell.key.split('/')[1]) ? { item: this.itemOf.get(cell.key.split('/')[1]) } : {}),
      ...(since !== undefined ? { since } : { x: cell.text ? cell.text.toString() : cell.value }),
    };
  }

  colsOf(cells) {
    return Object.fromEntries(cells.map((c) => [c.col, this.cols[c.col]]));
  }

  join(conn, f) {
    conn.client = f.client;
    conn.board = f.board === 1;
    conn.joined = true;
    conn.frozen = false;
    conn.visible.clear();
    const have = new Map(f.have ?? []);
    const cells = [...this.cells.values()].filter((c) => this.level(conn.seat, c));
    const since = (c) => {
      const v = have.get(c.key);
      return v !== undefined && c.text && v <= c.ver && v >= c.ver - c.steps.length ? v : undefined;
    };
    const { here, ...me } = this.seats.find((s) => s.seat === conn.seat);
    conn.send({
      t: 'snap', me, series: this.series, seats: this.seatList(conn), cols: this.colsOf(cells),
      cells: cells.map((c) => this.entry(conn, c, since(c))), meet: this.meet,
      ...(this.hiddenOf(conn.seat) ? { hidden: this.hiddenOf(conn.seat) } : {}),
    });
    for (const c of cells) {
      const from = since(c);
      if (from === undefined) continue;
      c.steps.slice(c.steps.length - (c.ver - from)).forEach((s, i) => {
        if (s.client !== conn.client || this.ownInReplay) conn.send(this.editFrame(c, s, from + i + 1));
      });
    }
    this.sayWhoIsHere();
    for (const other of this.conns) {
      if (other !== conn && other.place && conn.visible.has(other.place.cell)) conn.send({ t: 'here', seat: other.seat, ...other.place });
    }
  }

  editFrame(cell, s, ver) {
    return { t: 'edit', cell: cell.key, ver, client: s.client, seat: s.seat, change: s.change.toJSON() };
  }

  edit(conn, f) {
    const cell = this.cells.get(f.cell);
    if (!cell || this.level(conn.seat, cell) !== 'w') return { t: 'no', ref: f.ref, code: 'gone' };
    const back = cell.ver - f.base;
    if (back > cell.steps.length) {
      conn.send({ t: 'cells', cols: this.colsOf([cell]), cells: [this.entry(conn, cell)] });
      return { t: 'no', ref: f.ref, code: 'old' };
    }
    let changes = f.changes.map((c) => ChangeSet.fromJSON(c));
    for (const step of cell.steps.slice(cell.steps.length - back)) {
      let over = step.change;
      changes = changes.map((c) => {
        const mapped = c.map(over);
        over = over.map(c, true);
        return mapped;
      });
    }
    let text = cell.text;
    for (const c of changes) text = c.apply(text);
    const max = this.cols[cell.col].max;
    if (max && text.length > max) return { t: 'no', ref: f.ref, code: 'limit' };
    cell.text = text;
    for (const change of changes) {
      const step = { change, client: conn.client, seat: conn.seat };
      cell.steps.push(step);
      cell.ver++;
      for (const other of this.conns) {
        if (other !== conn && !other.frozen && other.visible.has(cell.key)) other.send(this.editFrame(cell, step, cell.ver));
      }
    }
    return { t: 'ack', ref: f.ref, ver: cell.ver };
  }

  set(conn, f) {
    const cell = this.cells.get(f.cell);
    if (!cell || this.level(conn.seat, cell) !== 'w') return { t: 'no', ref: f.ref, code: 'gone' };
    if (f.base !== cell.ver) return { t: 'no', ref: f.ref, code: 'stale', ver: cell.ver, value: cell.value };
    cell.value = f.value;
    cell.ver++;
    for (const other of this.conns) {
      if (other !== conn && !other.frozen && other.visible.has(cell.key)) {
        other.send({ t: 'set', cell: cell.key, ver: cell.ver, value: cell.value, seat: conn.seat });
      }
    }
    return { t: 'ack', ref: f.ref, ver: cell.ver };
  }

  row(conn, f) {
    const columns = Object.entries(this.cols).filter(([, c]) => c.table === f.table);
    if (columns.length === 0 || !this.mayAddRow(conn.seat, f.table)) return { t: 'no', ref: f.ref, code: 'gone' };
    const row = hex();
    const item = f.to ?? this.meet.item?.row;
    if (item && f.table.startsWith('min.')) this.itemOf.set(row, item);
    for (const [id] of columns) {
      this.add(`${f.table}/${row}/${id.slice(f.table.length + 1)}`, id, f.cells[id.slice(f.table.length + 1)]);
    }
    this.refresh();
    return { t: 'ack', ref: f.ref, ver: 1, row };
  }
  mayAddRow() {
    return true;
  }

  open(conn, f) {
    if (!this.seats.find((s) => s.seat === conn.seat).duties?.includes('chair')) return { t: 'no', ref: f.ref, code: 'gone' };
    this.meet = {
      ...this.meet, phase: 'in', item: { row: f.row, since: 0 },
      agenda: [...this.meet.agenda.filter((i) => i.row !== f.row), { row: f.row, state: 'now', from: 0 }],
    };
    for (const c of this.conns) c.send({ t: 'meet', meet: this.meet });
    return { t: 'ack', ref: f.ref, ver: 1 };
  }
  assent(conn, f) {
    return { t: 'ack', ref: f.ref, ver: 1 };
  }
  withdraw(conn, f) {
    return { t: 'no', ref: f.ref, code: 'gone' };
  }

  /** Its disk takes nothing for now, or takes it again. */
  stick(on) {
    this.stuck = on;
    for (const conn of this.conns) conn.send({ t: 'stuck', on: on ? 1 : 0 });
  }

  /** The server has lost its place: nothing said until the next join is remembered. */
  again() {
    for (const conn of this.conns) {
      if (!conn.joined) continue;
      conn.frozen = true;
      conn.send({ t: 'again' });
    }
  }

  /** Rights have changed: drop what went, send what came. */
  refresh() {
    for (const conn of this.conns) {
      if (!conn.joined) continue;
      const gone = [...conn.visible].filter((k) => !this.cells.has(k) || !this.level(conn.seat, this.cells.get(k)));
      const came = [...this.cells.values()].filter((c) => !conn.visible.has(c.key) && this.level(conn.seat, c));
      for (const k of gone) conn.visible.delete(k);
      if (gone.length) conn.send({ t: 'drop', cells: gone });
      if (came.length) conn.send({ t: 'cells', cols: this.colsOf(came), cells: came.map((c) => this.entry(conn, c)) });
    }
  }

  forgetHistory() {
    for (const c of this.cells.values()) c.steps = [];
  }

  seatList() {
    const here = new Set([...this.conns].filter((c) => c.joined).map((c) => c.seat));
    return this.seats.map(({ seat, label, role, role_label, seal }) => ({ seat, label, role, role_label, seal, here: here.has(seat) }));
  }
  sayWhoIsHere() {
    for (const c of this.conns) if (c.joined) c.send({ t: 'seats', seats: this.seatList(c) });
  }

  sayHere(conn, place) {
    const old = conn.place;
    conn.place = place;
    for (const other of this.conns) {
      if (other === conn || other.seat === conn.seat) continue;
      if (place && other.visible.has(place.cell)) other.send({ t: 'here', seat: conn.seat, ...place });
      else if (old && other.visible.has(old.cell)) other.send({ t: 'here', seat: conn.seat, cell: null, at: null });
    }
  }

  sayReach(conn, key) {
    const cell = this.cells.get(key);
    if (!cell || !this.level(conn.seat, cell)) return;
    const seats = this.seats.map((s) => [s.seat, this.level(s.seat, cell)]).filter(([, l]) => l);
    conn.send({ t: 'reach', cell: key, seats });
  }
}
