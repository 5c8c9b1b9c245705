import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { easy } from '../locale/ja-record-easy.ts';
import { record, type RecordWords } from '../locale/ja-record.ts';
import type { Said } from '../locale/ruby.ts';

/* The words of the record pages, in one of two ways: as offices write them, or plain, with their reading. */

const KEY = 'rokusha-easy';
const listeners = new Set<ReactiveControllerHost>();

/** What somebody chose on this device; null: nothing, or the browser keeps nothing. */
function chosen(): boolean | null {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === null ? null : kept === '1';
  } catch {
    return null;
  }
}

export type Words = Said<RecordWords>;
/** As offices write them, whoever reads: on paper. */
export const official = record;
/** Asked for anew at every render: it is another object once the way of speaking changes. */
export let r: Words = record;
export const isEasy = (): boolean => r === easy;

function speak(plainly: boolean): void {
  if (isEasy() === plainly) return;
  r = plainly ? easy : record;
  for (const host of listeners) host.requestUpdate();
}

/** Pressed: it stays so on this device. */
export function chooseEasy(plainly: boolean): void {
  try {
    localStorage.setItem(KEY, plainly ? '1' : '0');
  } catch {
    // Then it holds until the page is closed.
  }
  speak(plainly);
}

/** What was chosen here before; else as it suits who reads: the person's own seat begins with the plain words. */
export const beginEasy = (suits: boolean): void => speak(chosen() ?? suits);

/** Shows its element anew when the way of speaking changes. */
export class Speaking implements ReactiveController {
  constructor(private readonly host: ReactiveControllerHost) {
    host.addController(this);
  }
  hostConnected(): void {
    listeners.add(this.host);
  }
  hostDisconnected(): void {
    listeners.delete(this.host);
  }
}
