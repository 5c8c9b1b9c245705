import { EditorState, Transaction, type TransactionSpec } from '@codemirror/state';

/*
 * The server refuses control characters, lone surrogates and changes that cut a surrogate pair.
 * A paste can hold the first two; replacing 𠮷 by 𠮟 makes the third, because an editor compares
 * code units and the two share their first half. All are mended before they become a change.
 */
// eslint-disable-next-line no-control-regex
const UNWANTED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]|[\ud800-\udfff]/gu;

/** Words from anywhere as the server takes them; line ends are LF. */
export const stripUnwanted = (words: string): string => words.replace(/\r\n?/g, '\n').replace(UNWANTED, '');

const isHigh = (c: number): boolean => c >= 0xd800 && c < 0xdc00;
const isLow = (c: number): boolean => c >= 0xdc00 && c < 0xe000;

function cuts(state: EditorState, pos: number): boolean {
  if (pos <= 0 || pos >= state.doc.length) return false;
  const pair = state.sliceDoc(pos - 1, pos + 1);
  return isHigh(pair.charCodeAt(0)) && isLow(pair.charCodeAt(1));
}

export const cleanInput = EditorState.transactionFilter.of((tr): Transaction | TransactionSpec => {
  if (!tr.docChanged) return tr;
  const state = tr.startState;
  const changes: { from: number; to: number; insert: string }[] = [];
  let widened = false;
  let stripped = false;
  let end = 0;
  let shift = 0;
  tr.changes.iterChanges((fromA, toA, _fromB, _toB, text) => {
    let from = fromA;
    let to = toA;
    let insert = text.toString();
    const inside = from === to && cuts(state, from);
    if (inside && !(isLow(insert.charCodeAt(0)) && isHigh(insert.charCodeAt(insert.length - 1)))) {
      from = ++to; // words put between the halves go behind the pair
      widened = true;
    } else if (cuts(state, fromA) || cuts(state, toA)) {
      if (cuts(state, fromA)) insert = state.sliceDoc(--from, fromA) + insert;
      if (cuts(state, toA)) insert += state.sliceDoc(toA, ++to);
      widened = true;
    }
    const kept = insert.replace(UNWANTED, '');
    if (kept !== insert) stripped = true;
    changes.push({ from, to, insert: kept });
    end = from + shift + kept.length;
    shift += kept.length - (to - from);
  });
  if (!widened && !stripped) return tr;
  const event = tr.annotation(Transaction.userEvent);
  return {
    changes,
    selection: stripped ? { anchor: end } : tr.newSelection,
    scrollIntoView: true,
    ...(event ? { userEvent: event } : {}),
  };
});
