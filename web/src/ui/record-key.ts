import { html, nothing, type TemplateResult } from 'lit';
import type { MinutesDecision, MinutesPort, MinutesStatus, SignAsk } from '../core/index.ts';
import { plain, type Text } from '../locale/ruby.ts';
import { dateOf } from '../record/times.ts';
import { isEasy, r } from '../record/words.ts';
import type { Intent } from '../sign/statement.ts';
import { Signer } from './record-signer.ts';

/* Signing with a passkey, on this side: it is asked for here, made and used on the signing page. */

/** Is it offered for these minutes, and can this browser do it? */
export const canKey = (status: MinutesStatus): boolean =>
  status.rp !== undefined && status.passkeys !== undefined && 'PublicKeyCredential' in window;

export type How = 'code' | 'key';

export function howFields(how: How, change: (how: How) => void): TemplateResult {
  const w = r.pass;
  const one = (id: How, words: Text, more: Text): TemplateResult => html`<label class="check"><input type="radio" name="how" value=${id} .checked=${how === id}
    @change=${() => change(id)}><span>${words}<br><span class="small muted">${more}</span></span></label>`;
  return html`<fieldset><legend class="label">${w.how}</legend>${one('code', w.byCode, w.byCodeMore)}${one('key', w.byKey, w.byKeyMore)}</fieldset>`;
}

/** Which of several; of one there is nothing to choose. */
export function keyFields(status: MinutesStatus): TemplateResult | typeof nothing {
  const keys = status.passkeys ?? [];
  if (keys.length < 2) return nothing;
  return html`<div><label class="label" for="which-key">${r.pass.which}</label><select class="select" id="which-key">
    ${keys.map((k, i) => html`<option value=${k.id} ?selected=${i === 0}>${plain(r.pass.madeOn(dateOf(k.made)))}</option>`)}</select></div>`;
}

export interface KeyAsk extends Omit<SignAsk, 'code' | 'decision'> {
  readonly decision: Exclude<MinutesDecision, 'withdraw'>;
}

/** What the page of the record knows of its copy. */
export interface Copy {
  readonly status: MinutesStatus;
  readonly bytes: Uint8Array;
}

/** Of several the one that was chosen. */
const chosen = (host: HTMLElement): { passkey?: string } => {
  const id = host.querySelector<HTMLSelectElement>('#which-key')?.value ?? '';
  return id === '' ? {} : { passkey: id };
};

/** code: where there is none yet, a passkey is made first. Throws as the port does. */
export async function signByKey(signer: Signer, host: HTMLElement, port: MinutesPort, copy: Copy, ask: KeyAsk, code: (() => Promise<string>) | null): Promise<void> {
  if (code) {
    const { challenge, passkeys } = await port.askPasskey(await code());
    await port.keepPasskey(await signer.make({ challenge, known: passkeys.map((k) => k.id), easy: isEasy() }));
  }
  const intent: Intent = { decision: ask.decision, note: ask.note ?? '', slot: ask.slot ?? '' };
  const heads = ask.heads.map(([size]) => ({ size, slots: copy.status.heads.find((h) => h.size === size)?.slots ?? [] }));
  const { id, spki, drafts } = await port.draft({ ...ask, ...(code ? {} : chosen(host)) });
  await port.signDraft(await signer.sign({ bundle: copy.bytes, key: copy.status.key ?? '', id, spki, drafts, heads, intent, easy: isEasy() }));
}
