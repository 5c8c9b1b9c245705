import { html, nothing, type TemplateResult } from 'lit';
import type { MinutesPort, MinutesStatus } from '../core/index.ts';
import type { Text } from '../locale/ruby.ts';
import { r } from '../record/words.ts';

/* The code one signs with: made at first use, asked for at every signature, kept nowhere here. */

export const CODE_MIN = 8;
const valueOf = (host: HTMLElement, id: string): string => host.querySelector<HTMLInputElement>(`#${id}`)?.value ?? '';

export const codeField = (id: string, label: Text, how: 'new-password' | 'current-password', help: Text): TemplateResult =>
  html`<div><label class="label" for=${id}>${label}</label><input class="input" id=${id} type="password" autocomplete=${how} autocapitalize="off" spellcheck="false"
    maxlength="200" aria-describedby=${help === '' ? nothing : `${id}-h`}>${help === '' ? nothing : html`<p class="small muted" id="${id}-h">${help}</p>`}</div>`;

export const codeFields = (status: MinutesStatus, id: string): TemplateResult => (status.code === 'none'
  ? html`${codeField(`${id}-code`, r.sign.codeNew, 'new-password', r.sign.codeNewHelp)}${codeField(`${id}-again`, r.sign.codeAgain, 'new-password', '')}`
  : codeField(`${id}-code`, r.sign.code, 'current-password', ''));

/** What is wrong with what was typed; '' when nothing is. */
export function codeWrong(host: HTMLElement, status: MinutesStatus, id: string): Text {
  const code = valueOf(host, `${id}-code`);
  if ([...code].length < CODE_MIN) return r.sign.codeShort;
  return status.code === 'none' && code !== valueOf(host, `${id}-again`) ? r.sign.codeDiffers : '';
}

/** The code, made known to the server first where there is none yet. */
export async function useCode(host: HTMLElement, port: MinutesPort, status: MinutesStatus, id: string): Promise<string> {
  const code = valueOf(host, `${id}-code`);
  if (status.code === 'none') await port.setCode(code);
  return code;
}
