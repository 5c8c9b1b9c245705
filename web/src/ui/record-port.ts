import { MinutesClient, MinutesRefused, type MinutesPort, type MinutesRefusal, type RoomClient } from '../core/index.ts';
import type { ReactiveController, ReactiveControllerHost, TemplateResult } from 'lit';
import { html, nothing } from 'lit';
import type { Text } from '../locale/ruby.ts';
import { r } from '../record/words.ts';
import { stop } from './icons.ts';

/* Whom the screens of sealed minutes ask, and one question at a time. */

const ports = new WeakMap<RoomClient, MinutesPort>();

/** Another than the server, for tests of the screens. */
export function setPort(room: RoomClient, port: MinutesPort): void {
  ports.set(room, port);
}

export function portOf(room: RoomClient): MinutesPort {
  const known = ports.get(room);
  if (known) return known;
  const port = new MinutesClient(location.pathname.replace(/\/$/, ''));
  ports.set(room, port);
  return port;
}

/** From now on all screens of the room ask about that meeting's minutes; '': about the last one's. */
export function turnTo(room: RoomClient, meeting: string): void {
  setPort(room, portOf(room).of(meeting));
}

export const RECORD = '#record';

/** One request at a time, and why it was not taken. */
export class Asking implements ReactiveController {
  busy = false;
  refused: MinutesRefusal | null = null;

  /** words: what is said of a refusal here, other than of a signature. */
  constructor(private readonly host: ReactiveControllerHost, private readonly words: () => Partial<Record<MinutesRefusal, Text>> = () => ({})) {
    host.addController(this);
  }
  hostConnected(): void {}

  async run(what: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.refused = null;
    this.host.requestUpdate();
    try {
      await what();
      return true;
    } catch (e) {
      if (!(e instanceof MinutesRefused)) throw e;
      this.refused = e.code;
      return false;
    } finally {
      this.busy = false;
      this.host.requestUpdate();
    }
  }

  clear(): void {
    this.refused = null;
  }

  /** refused: what is said where nothing of the below fits. */
  note(refused: Text = r.sign.refused): TemplateResult | typeof nothing {
    if (this.refused === null) return nothing;
    const w = r.sign;
    const words: Partial<Record<MinutesRefusal, Text>> = { code: w.codeWrong, slow: w.codeSlow, stale: w.stale, line: w.line, passkey: r.pass.refusedHere, left: r.pass.left };
    return html`<div class="callout callout-stop" role="alert">${stop}<div><p>${this.words()[this.refused] ?? words[this.refused] ?? refused}</p></div></div>`;
  }
}
