/* Starts the server under test on a fresh database with a case in it, and stops only what it started. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { watchServer } from '../support/outlets.mjs';
import { schemaWith } from '../support/server.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const binary = process.env.ROKUSHA ?? join(root, 'build/dev/rokusha');
const START_MS = 20_000;

async function run(args) {
  const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let words = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (d) => { words += d; });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`rokusha ${args.join(' ')}: exit ${code}\n${words}`);
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1');
    socket.on('connect', () => { socket.destroy(); resolve(true); });
    socket.on('error', () => resolve(false));
  });
}

export class Server {
  #dir = mkdtempSync(join(tmpdir(), 'rokusha-browser-'));
  #child = null;
  #log = '';
  #now = '';
  port = 0;
  links = [];
  origins = []; // of proxies in front of it
  more = []; // arguments of serve, besides

  /** On the day of the case's meeting, or at `now`; consents of a case end some day. */
  static async start(caseFile = join(root, 'tests/cases/case-1.json'), now = '2026-11-12T14:00', open = false, office = null, more = []) {
    if (process.env.ROKUSHA === 'mock') return (await import('./mock.mjs')).startMockServer();
    if (!existsSync(binary)) throw new Error(`no server at ${binary}; build it, or set ROKUSHA`);
    const server = new Server();
    server.#now = now;
    server.more = more;
    const db = join(server.#dir, 'db');
    const links = join(server.#dir, 'links.json');
    try {
      await run(['init', db]);
      await run(['import', '--db', db, '--now', now, '--links', links, '--reusable', ...(open ? ['--open-first'] : []), caseFile]);
      server.links = JSON.parse(readFileSync(links, 'utf8'));
      if (office) { // its links come after those of the case
        const file = join(server.#dir, 'office.json');
        const more = join(server.#dir, 'office-links.json');
        writeFileSync(file, JSON.stringify(office));
        await run(['office', file, '--db', db, '--now', now, '--links', more, '--reusable']);
        server.links.push(...JSON.parse(readFileSync(more, 'utf8')));
      }
      await server.serve();
    } catch (e) {
      await server.stop();
      throw e;
    }
    return server;
  }

  get base() {
    return `http://127.0.0.1:${this.port}`;
  }

  link(role, base = this.base) {
    const link = this.links.find((l) => l.role === role);
    if (!link) throw new Error(`no link for ${role}`);
    return base + (link.path ?? `/#${link.secret}`);
  }

  seatLink(id) {
    return `${this.base}/#${this.links.find((l) => l.seat === id).secret}`;
  }

  /** Start it, on the same port as before if there was one. */
  async serve() {
    const portFile = join(this.#dir, 'port');
    rmSync(portFile, { force: true });
    const child = watchServer(spawn(binary, ['serve', '--db', join(this.#dir, 'db'), '--listen', `127.0.0.1:${this.port}`, '--port-file', portFile, '--now', this.#now, ...this.origins.flatMap((o) => ['--origin', o]), ...this.more],
      { stdio: ['ignore', 'pipe', 'pipe'] }));
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (d) => { this.#log += d; });
    const end = Date.now() + START_MS;
    for (;;) {
      if (child.exitCode !== null || Date.now() > end) throw new Error(`the server did not start\n${this.#log}`);
      const port = existsSync(portFile) ? Number(readFileSync(portFile, 'utf8')) : 0;
      if (port > 0 && await answers(port)) {
        this.port = port;
        return;
      }
      await new Promise((r) => setTimeout(r, 20)); // a child process has no other way to say it is ready
    }
  }

  /** Another policy for its series, from now on: the shipped one with words of its files replaced. */
  async pin(changes) {
    const dir = mkdtempSync(join(this.#dir, 'schema-'));
    await this.#end('SIGTERM');
    await run(['schema', 'pin', '--db', join(this.#dir, 'db'), '--all', '--schema', schemaWith(dir, changes), '--now', this.#now]);
    await this.serve();
  }

  /** The same server at a later time: `now` as 2026-11-12T20:30, in Japan. */
  async goOn(now) {
    await this.#end('SIGTERM');
    this.#now = now;
    await this.serve();
  }

  /** A command of the operator on its database, beside it. */
  async command(...args) {
    await run([...args, '--db', join(this.#dir, 'db')]);
  }

  /** As the power would go: no goodbye. */
  async kill() {
    await this.#end('SIGKILL');
  }

  async stop() {
    await this.#end('SIGTERM');
    rmSync(this.#dir, { recursive: true, force: true });
  }

  async #end(signal) {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), 5_000);
    await gone;
    clearTimeout(late);
  }

  get log() {
    return this.#log;
  }
}
