/* A virtual network and clock: nothing moves but by step(). */
import { RoomClient } from '../dist-node/core.mjs';
import { MiniRoom } from './mini-server.mjs';
import { randomBytes } from 'node:crypto';

export const SEATS = ['self', 'ps', 'hw', 'emp'].map((role, i) => ({
  seat: String(i + 1).repeat(16), label: role, role, role_label: role, seal: role[0],
  official: role === 'ps' || role === 'hw', duties: role === 'ps' ? ['chair'] : [],
}));

export const COLS = {
  goal: { label: '目標', type: 'text', max: 4000 },
  note: { label: 'メモ', type: 'text' },
  status: { label: '状況', type: 'enum', enum: [['a', 'あ'], ['b', 'い']] },
  'min.decisions.text': { label: '決定', type: 'text', table: 'min.decisions' },
};

export function makeRoom(options = {}) {
  const room = new MiniRoom({ cols: COLS, seats: SEATS, level: () => 'w', ...options });
  room.add('goal', 'goal', options.goal ?? '');
  room.add('note', 'note', '');
  room.add('status', 'status', 'a');
  return room;
}

export class Net {
  constructor(room) {
    this.room = room;
    this.time = 0;
    this.timers = new Map();
    this.timerId = 0;
    this.links = [];
    this.up = true;
  }

  setTimeout(run, ms) {
    this.timers.set(++this.timerId, { at: this.time + ms, run });
    return this.timerId;
  }

  tick(ms) {
    const end = this.time + ms;
    for (;;) {
      const next = [...this.timers].filter(([, t]) => t.at <= end).sort((a, b) => a[1].at - b[1].at)[0];
      if (!next) break;
      this.timers.delete(next[0]);
      this.time = next[1].at;
      next[1].run();
    }
    this.time = end;
  }

  connect(seat) {
    const wire = { onopen: null, onmessage: null, onclose: null };
    const link = { wire, toServer: [], toClient: [], alive: true, conn: null };
    wire.send = (text) => link.toServer.push(text);
    wire.close = () => this.cut(link);
    this.links.push(link);
    link.toClient.push(() => {
      if (!this.up) return this.cut(link, true);
      link.conn = this.room.connect(seat, (text) => {
        if (link.alive) link.toClient.push(() => wire.onmessage?.(text));
      });
      wire.onopen?.();
    });
    return wire;
  }

  /** The connection breaks; what is on its way in either direction is lost. */
  cut(link, tell = false) {
    if (!link.alive) return;
    link.alive = false;
    this.links = this.links.filter((l) => l !== link);
    if (link.conn) this.room.leave(link.conn);
    if (tell) link.wire.onclose?.();
  }

  /** A commit fails: of what is on its way the first `kept` requests a link were kept, unanswered. */
  again(kept) {
    for (const l of this.links) {
      if (!l.conn?.joined || l.conn.frozen) continue;
      const say = l.conn.send;
      l.conn.send = () => {};
      for (const text of l.toServer.slice(0, kept)) this.room.receive(l.conn, text);
      l.conn.send = say;
    }
    this.room.again();
  }

  /** Move one message; `pick` chooses among the links that have one. False when all is quiet. */
  step(pick = (n) => 0) {
    const ways = [];
    for (const l of this.links) {
      if (l.toClient.length) ways.push(() => l.toClient.shift()());
      if (l.toServer.length && l.conn) ways.push(() => this.room.receive(l.conn, l.toServer.shift()));
    }
    if (ways.length === 0) return false;
    ways[pick(ways.length)]();
    return true;
  }

  settle(pick) {
    for (let i = 0; i < 100_000; i++) if (!this.step(pick)) return;
    throw new Error('never quiet');
  }

  client(role, options = {}) {
    const seat = SEATS.find((s) => s.role === role).seat;
    const client = new RoomClient({
      connect: () => this.connect(seat),
      random: (n) => randomBytes(n),
      setTimeout: (run, ms) => this.setTimeout(run, ms),
      clearTimeout: (t) => this.timers.delete(t),
      now: () => this.time,
      ...options,
    });
    client.start();
    return client;
  }

  linkOf(role) {
    const seat = SEATS.find((s) => s.role === role).seat;
    return this.links.find((l) => l.conn?.seat === seat);
  }
}
