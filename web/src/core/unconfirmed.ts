import {
  Annotation, ChangeSet, Facet, StateEffect, StateField, Transaction, type EditorState, type Extension,
} from '@codemirror/state';

/*
 * The own changes of a text that the server has not confirmed, and the version up to which it has: the
 * rule of `@codemirror/collab`, one update at a time. Here and not that package, because of one thing
 * more: what was typed and taken back while a word was composed is nobody's business. A composition is
 * made into one change before it goes out, and from then on it has to be mapped as that one change, or
 * this text and the server's would part.
 */
class Unconfirmed {
  constructor(readonly version: number, readonly changes: readonly ChangeSet[]) {}
}

const startVersion = Facet.define<number, number>({ combine: (values) => values[0] ?? 0 });
const replaced = Annotation.define<Unconfirmed>();

const field = StateField.define<Unconfirmed>({
  create: (state) => new Unconfirmed(state.facet(startVersion), []),
  update(value, tr) {
    const given = tr.annotation(replaced);
    if (given) return given;
    return tr.changes.empty ? value : new Unconfirmed(value.version, [...value.changes, tr.changes]);
  },
});

export const unconfirmedFrom = (version: number): Extension => [startVersion.of(version), field];
export const unconfirmed = (state: EditorState): readonly ChangeSet[] => state.field(field).changes;
export const confirmedVersion = (state: EditorState): number => state.field(field).version;

/** An own change of an earlier page: it counts also where others have left nothing of it to do. */
export function revive(state: EditorState, change: ChangeSet): Transaction {
  const { version, changes } = state.field(field);
  return state.update({ changes: change, annotations: replaced.of(new Unconfirmed(version, [...changes, change])), filter: false });
}

/** The server has taken the first of the own changes: one version more, and the text stays. */
export function confirmFirst(state: EditorState): Transaction {
  const { version, changes } = state.field(field);
  return state.update({ annotations: replaced.of(new Unconfirmed(version + 1, changes.slice(1))) });
}

/** A change of somebody else, and effects with positions after it. */
export function receive(state: EditorState, change: ChangeSet, effects: readonly StateEffect<unknown>[]): Transaction {
  const { version, changes } = state.field(field);
  let over = change;
  let marks = effects;
  const mapped = changes.map((own) => {
    const moved = own.map(over);
    over = over.map(own, true);
    marks = StateEffect.mapEffects(marks, moved);
    return moved;
  });
  return state.update({
    changes: over,
    effects: marks,
    annotations: [Transaction.addToHistory.of(false), Transaction.remote.of(true), replaced.of(new Unconfirmed(version + 1, mapped))],
    filter: false,
  });
}

/** The own changes after the first `count` become one, or none where they come to nothing. */
export function squash(state: EditorState, count: number): Transaction {
  const { version, changes } = state.field(field);
  const one = changes.slice(count).reduce<ChangeSet | null>((all, c) => (all ? all.compose(c) : c), null);
  const rest = one && !one.empty ? [one] : [];
  return state.update({ annotations: replaced.of(new Unconfirmed(version, [...changes.slice(0, count), ...rest])) });
}
