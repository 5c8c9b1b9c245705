import type { ReactiveController, ReactiveControllerHost, TemplateResult } from 'lit';
import { html } from 'lit';
import { Refused, type NoCode } from '../core/index.ts';
import { t } from '../locale/index.ts';
import { stop } from './icons.ts';

/**
 * One request of a key at a time, and what became of it. `key` tells several buttons of one element apart:
 * a press on one is not lost because another's answer is still on its way.
 */
export class Attempt implements ReactiveController {
  readonly #running = new Set<string>();
  refused: { key: string; code: NoCode | 'stopped' } | null = null;

  constructor(private readonly host: ReactiveControllerHost) {
    host.addController(this);
  }
  hostConnected(): void {}

  /** Something is on its way; with a key: of that. */
  busy(key?: string): boolean {
    return key === undefined ? this.#running.size > 0 : this.#running.has(key);
  }

  async run(key: string, what: () => Promise<unknown>): Promise<boolean> {
    if (this.#running.has(key)) return false;
    this.#running.add(key);
    this.refused = null;
    this.host.requestUpdate();
    let done = true;
    try {
      await what();
    } catch (e) {
      if (!(e instanceof Refused)) throw e;
      this.refused = { key, code: e.code };
      done = false;
    } finally {
      this.#running.delete(key);
      this.host.requestUpdate();
    }
    return done;
  }

  refusedIs(key: string): boolean {
    return this.refused?.key === key;
  }
  clear(): void {
    this.refused = null;
    this.host.requestUpdate();
  }
}

export const refusedNote = (body: string = t.refused.kept): TemplateResult =>
  html`<div class="callout callout-stop" role="alert">${stop}<div><h4>${t.refused.title}</h4><p>${body}</p></div></div>`;
