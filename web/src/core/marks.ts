import { EditorState, StateEffect, StateField, type ChangeDesc } from '@codemirror/state';

/*
 * What others are doing in a text: their carets, and what they just wrote. Kept in the editor state
 * so that positions follow every change, whether or not a view is mounted.
 */
export interface Caret {
  readonly seat: string;
  readonly anchor: number;
  readonly head: number;
  /** Last sign of life, for the name flag. */
  readonly time: number;
}

export interface Fresh {
  readonly seat: string;
  readonly from: number;
  readonly to: number;
  readonly time: number;
}

export interface Marks {
  readonly carets: readonly Caret[];
  readonly fresh: readonly Fresh[];
}

const NONE: Marks = { carets: [], fresh: [] };

const moveCaret = (c: Caret, ch: ChangeDesc): Caret =>
  ({ ...c, anchor: ch.mapPos(c.anchor, -1), head: ch.mapPos(c.head, -1) });
const moveFresh = (f: Fresh, ch: ChangeDesc): Fresh =>
  ({ ...f, from: ch.mapPos(f.from, 1), to: ch.mapPos(f.to, -1) });

export const caretEffect = StateEffect.define<Caret>({ map: moveCaret });
export const leaveEffect = StateEffect.define<string>();
export const freshEffect = StateEffect.define<Fresh>({ map: moveFresh });
/** Forget fresh marks written before this time. */
export const expireEffect = StateEffect.define<number>();

export const marksField = StateField.define<Marks>({
  create: () => NONE,
  update(old, tr) {
    let { carets, fresh } = old;
    if (tr.docChanged) {
      carets = carets.map((c) => moveCaret(c, tr.changes));
      fresh = fresh.map((f) => moveFresh(f, tr.changes)).filter((f) => f.from < f.to);
    }
    for (const e of tr.effects) {
      if (e.is(caretEffect)) carets = [...carets.filter((c) => c.seat !== e.value.seat), e.value];
      else if (e.is(leaveEffect)) carets = carets.filter((c) => c.seat !== e.value);
      else if (e.is(freshEffect)) fresh = [...fresh, e.value];
      else if (e.is(expireEffect)) fresh = fresh.filter((f) => f.time > e.value);
    }
    return carets === old.carets && fresh === old.fresh ? old : { carets, fresh };
  },
});

export const marksOf = (state: EditorState): Marks => state.field(marksField, false) ?? NONE;
