import type { Col, Value } from '../core/protocol.ts';

/* What columns are called. In a room the server says it; a page without a server brings the form it was built with. */

export type Form = Pick<Col, 'label' | 'type' | 'area' | 'area_label' | 'group' | 'table' | 'table_label' | 'owner' | 'enum'>;
export type Forms = ReadonlyMap<string, Form>;

interface Column { readonly id?: string; readonly name?: string; readonly label: string; readonly type: string; readonly enum?: string; readonly owner?: string; readonly group?: string }
interface FormFile {
  readonly areas: readonly { readonly id: string; readonly label: string }[];
  readonly enums: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly fields: readonly Column[];
  readonly tables: readonly { readonly id: string; readonly label: string; readonly row_owner?: string; readonly columns: readonly Column[] }[];
}

/** What is never sealed needs no name here. */
const SEALED = /^(p?plan|work|conf|min)\b/;

/** The columns of schema/form.json, with one of each area where it says {area}. */
export function formsOf(file: FormFile): Forms {
  const forms = new Map<string, Form>();
  const add = (id: string, c: Column, more: Partial<Form>): void => {
    if (!SEALED.test(id)) return;
    const choices = c.enum === undefined ? undefined : file.enums[c.enum];
    const form: Form = {
      label: c.label, type: c.type as Col['type'], ...(c.owner === undefined ? {} : { owner: c.owner }), ...more,
      ...(choices ? { enum: Object.entries(choices) } : {}),
    };
    if (!id.includes('{area}')) forms.set(id, form);
    else {
      for (const area of file.areas) {
        const at = id.replace('{area}', area.id);
        forms.set(at, { ...form, area: area.id, area_label: area.label, group: c.group ?? at.split('.')[2] ?? '' });
      }
    }
  };
  for (const f of file.fields) add(f.id ?? '', f, {});
  for (const t of file.tables) {
    for (const c of t.columns) {
      const owner = t.row_owner === undefined ? {} : { owner: t.row_owner };
      add(`${t.id}.${c.name ?? ''}`, c, { table: t.id, table_label: t.label, ...owner });
    }
  }
  return forms;
}

/** The word for a choice; the choice itself where the form does not know it. */
export const choiceOf = (form: Form | undefined, value: Value): string => form?.enum?.find(([id]) => id === value)?.[1] ?? String(value);
