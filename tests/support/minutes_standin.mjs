/*
 * Sealed minutes as the server serves them, over a log of the sketch: for tests of the screens that need a state the
 * server takes days to come to. One log, many seats; time stands where it is put.
 */
import { sampleBundle } from '../vectors/minutes/sample.mjs';
import { bundle } from '../vectors/minutes/bundle.mjs';
import { headsFor, vouch } from '../vectors/minutes/play.mjs';
import { b64, readDisclosure, sha } from '../vectors/minutes/prim.mjs';

export class Standin {
  codes = new Map();
  signed = new Map(); // seat -> heads it has signed
  asked = []; // what was posted
  state = 'sealed';
  missing = [];
  may = ['sign'];

  constructor(log, now = log.entries.at(-1).time + 60) {
    this.log = log;
    this.now = now;
    for (const key of log.seats.keys()) {
      const mine = this.#statements().filter((s) => s.party === log.seats.get(key).id);
      this.signed.set(key, new Set(mine.filter((s) => !s.isVouch).map((s) => s.size)));
    }
  }

  /* Every act there is, once, with what it says where. */
  #statements() {
    const all = new Map();
    const take = (label, name, value, round) => {
      const [kind, , of] = name.split('/');
      if (kind !== 'act') return;
      const lines = value.statement.split('\n');
      const at = (word) => lines.find((l) => l.startsWith(`${word} `)).slice(word.length + 1);
      const id = sha(value.statement).toString('base64');
      const one = all.get(id) ?? { id, party: at('party'), method: at('method'), size: Number(lines[2]), time: Number(at('time')), round, told: new Map() };
      for (const d of value.say) {
        const got = readDisclosure(d);
        const slot = got?.[2] && `s${got[1].slice(4).padStart(2, '0')}`;
        if (slot) one.told.set(`${of ?? label} ${label} ${slot}`, [label, slot, got[2]]);
      }
      one.isVouch = [...one.told.values()].some(([, , s]) => s.decision === 'vouch');
      all.set(id, one);
    };
    this.log.entries.forEach((e, i) => e.kind === 'round' && e.boxes.forEach((box, label) =>
      box.leaves.forEach((l) => l.value?.statement && take(label, l.name.slice(label.length + 1), l.value, i))));
    for (const p of this.log.pending) if (p.value?.statement) take(p.label, p.name, p.value, null);
    return [...all.values()];
  }

  status(key) {
    const { log } = this;
    if (this.state !== 'sealed') {
      return { state: this.state, may: this.may, now: this.now, code: 'none', heads: [], missing: this.missing, acts: [], forgot: [] };
    }
    const seat = log.seats.get(key);
    const notes = new Map([...log.entries.flatMap((e) => [...e.boxes.values()].flatMap((b) => b.leaves)), ...log.pending.map((p) => p.leaf).filter(Boolean)]
      .map((l) => [b64(l.hash), l.value]));
    const all = this.#statements();
    const acts = all.flatMap((a) => {
      const says = Object.fromEntries([...a.told.values()].filter(([label, slot]) => seat.reads.includes(label) && seat.reads.includes(slot))
        .map(([, slot, s]) => [slot, { ...s, ...(s.note === undefined ? {} : { note: notes.get(s.note) ?? '' }) }]));
      const who = [...log.seats.values()].find((s) => s.id === a.party);
      return Object.keys(says).length === 0 ? [] : [{
        id: a.id, size: a.size, party: a.party, name: who.label, method: a.method, time: a.time, late: a.time > log.deadline, round: a.round, says,
        vouched: all.some((o) => o.party !== a.party && [...o.told.values()].some(([, , s]) => s.decision === 'vouch' && s.about === a.id)),
      }];
    });
    const heads = [...headsFor(log, key)].filter(([size]) => !this.signed.get(key).has(size))
      .map(([size, slots]) => ({ size, root: b64(log.roots[size]), slots }));
    return { state: 'sealed', may: this.may, now: this.now, sealed: log.at, deadline: log.deadline, origin: log.origin, key: log.publicKey, party: seat.id,
      code: this.codes.has(key) ? 'set' : 'none', heads, missing: [], acts, forgot: [] };
  }

  /* -> {status, body: text or object} */
  answer(key, method, path, body = {}) {
    const { log } = this;
    const seat = log.seats.get(key);
    const keyOf = (id) => [...log.seats.values()].find((s) => s.id === id).key;
    if (method === 'GET') {
      return path === '' ? { status: 200, body: this.status(key) } : { status: 200, body: bundle(log, key) };
    }
    this.asked.push([path, body]);
    if (path === '/code') {
      if (this.codes.has(key)) return { status: 409, body: { error: 'rule' } };
      this.codes.set(key, body.code);
      return { status: 200, body: {} };
    }
    if (this.codes.get(key) !== body.code) return { status: 401, body: { error: 'code' } };
    const time = this.now++;
    if (path === '/sign') {
      const heads = new Map(this.status(key).heads.map((h) => [h.size, h]));
      if (body.decision !== 'withdraw' && !(body.heads.length === heads.size && body.heads.every(([size, root]) => heads.get(size)?.root === root))) {
        return { status: 409, body: { error: 'stale' } };
      }
      const whole = body.decision === 'decline' || body.decision === 'withdraw';
      const noted = [seat.own, ...(body.slot ? [body.slot] : [])];
      const mine = this.#statements().filter((s) => s.party === seat.id && !s.isVouch);
      for (const [size, places] of whole && body.decision === 'withdraw' ? [...headsFor(log, key)] : body.heads.map(([size]) => [size, heads.get(size).slots])) {
        const said = { decision: body.decision, ...(body.note ? { note: body.note } : {}) };
        const about = mine.find((m) => m.size === size)?.id;
        log.sign(key, { method: 'attested', time, size, places: [...places],
          say: whole ? { decision: body.decision, ...(body.decision === 'withdraw' && about ? { about } : {}) } : { decision: 'agree' },
          says: body.decision === 'withdraw' ? {} : Object.fromEntries(noted.map((l) => [l, said])) });
        if (body.decision === 'withdraw') this.signed.get(key).delete(size);
        else this.signed.get(key).add(size);
      }
    } else if (path === '/vouch') {
      const act = this.#statements().find((s) => s.id === body.about);
      if (!act) return { status: 404, body: { error: 'gone' } };
      vouch(log, keyOf(act.party), Buffer.from(act.id, 'base64'), { time, size: act.size }, key);
    } else if (path === '/paper' || path === '/mark') {
      const who = keyOf(body.for);
      const by = { hand: 'mark', by: seat.id, witness: body.witness };
      for (const [size, places] of headsFor(log, who)) {
        const hash = log.sign(who, path === '/paper' ? { method: 'paper', scan: Buffer.from(body.scan, 'base64'), time, size, places: [...places], say: { decision: body.decision } }
          : { method: 'attested', time, size, places: [...places], say: { decision: body.decision, ...by } });
        if (path === '/paper') vouch(log, who, hash, { time, size, places: [...places] }, key);
        this.signed.get(who).add(size);
      }
    } else return { status: 404, body: { error: 'gone' } };
    return { status: 200, body: {} };
  }
}

/** What the gallery shows: each a status and the copy that goes with it, of one seat. */
export function galleryStates() {
  const HOUR = 3600;
  const DAY = 86_400;
  const of = (key, until, change = () => undefined) => {
    const { log } = sampleBundle(key, until);
    const standin = new Standin(log, log.at + until);
    change(standin, log);
    return { status: standin.status(key), bundle: bundle(log, key) };
  };
  const set = (key) => (s) => s.codes.set(key, 'あいことば12');
  const may = (...list) => (s) => { s.may = list; };
  /* A leaf of the minutes as that seat reads it. */
  const leafOf = (log, key, fits) => b64([...log.entries[1].boxes].filter(([label]) => log.seats.get(key).reads.includes(label))
    .flatMap(([, box]) => box.leaves).find((l) => fits(l.name, l.value)).hash);
  const changing = (key, who, more) => {
    const { log } = sampleBundle(key, DAY);
    const standin = new Standin(log, log.at + DAY);
    set(key)(standin);
    const said = (part) => leafOf(log, key, (name, value) => name.includes('/row/min.decisions/') && String(value).includes(part));
    const status = { ...standin.status(key), heads: [], next: log.at + DAY + 6 * HOUR };
    return { status: { ...status, ...more(said, log.seats.get(who).id, log.at + DAY - HOUR) }, bundle: bundle(log, key) };
  };
  return {
    erase: changing('p-ps', 'p-self', (said, party, time) => ({ may: ['erase'], erasing: [{ leaf: said('封筒'), basis: 'request', party, time }] })),
    amend: changing('p-aps', 'p-aps', (said, party, time) => ({ may: ['amend'], amending: [{ leaf: said('封筒'), value: '封筒は再来週、真砂と開ける。', why: '本人の予定が変わったため。', time }] })),
    fresh: of('p-cw', 601, may('sign')),
    asked: of('p-cw', 601, (s) => { set('p-cw')(s); s.may = ['sign', 'vouch', 'paper', 'mark']; }),
    kept: of('p-cw', 1000, set('p-cw')),
    corrected: of('p-cw', 2 * DAY + 12 * HOUR, set('p-cw')),
    all: of('p-cw', 16 * DAY, set('p-cw')),
    emp: of('p-emp', DAY + 12 * HOUR, may('sign')),
    vouch: of('p-ps', 6 * HOUR + 10, (s, log) => {
      s.may = ['sign', 'vouch', 'paper', 'mark'];
      log.sign('p-kp', { method: 'paper', time: log.at + 6 * HOUR + 1, scan: sha('scan'), say: { decision: 'agree' } });
      log.until(log.at + DAY);
    }),
    person: of('p-self', 601, may('sign')),
    preview: of('p-ps', 0),
  };
}
