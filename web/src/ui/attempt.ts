import type { ReactiveController, ReactiveControllerHost, TemplateResult } from 'lit';
import { html } from 'lit';
import { Refused, type NoCode } from '../core/index.ts';
import { t } from '../locale/index.ts';
import { stop } from './icons.ts';

/** One request at a time, and what became of it. `key` tells several buttons of one element apart. */
export class Attempt implements ReactiveController {
  busy = '';
  refused: { key: string; code: NoCode | 'stopped' } | null = null;

  constructor(private readonly host: ReactiveControllerHost) {
    host.addController(this);
  }
  hostConnected(): void {}

  async run(key: string, what: () => Promise<unknown>): Promise<boolean> {
    if (this.busy !== '') return false;
    this.busy = key;
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
      this.busy = '';
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
