import form from '../../../schema/form.json';
import { formsOf } from '../record/forms.ts';

/* A copy somebody chose or dropped, and the words of the shipped form to read it with. */

const MAX_BYTES = 64 << 20;
export const FORMS = formsOf(form);

/** Its bytes, or why there are none. */
export async function bytesOf(file: File): Promise<Uint8Array | 'tooBig' | 'unread'> {
  if (file.size > MAX_BYTES) return 'tooBig';
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch {
    return 'unread';
  }
}
