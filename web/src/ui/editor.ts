import { historyKeymap, standardKeymap } from '@codemirror/commands';
import { EditorState, Prec, Transaction, type Extension, type Range, type TransactionSpec } from '@codemirror/state';
import {
  Decoration, EditorView, WidgetType, keymap, type DecorationSet, type ViewUpdate,
} from '@codemirror/view';
import { marksField, type Marks, type TextSession } from '../core/index.ts';
import { roleClass } from './icons.ts';

/*
 * The one editor of the page. It lives in a shadow root, because there its styles are adopted
 * stylesheets and need no exception in the page's content security policy.
 */
export interface Writer {
  readonly role: string;
  readonly name: string;
}

export interface EditorOptions {
  readonly session: TextSession;
  readonly label: string;
  readonly description: string;
  /** 0: no limit. */
  readonly max: number;
  writer(seat: string): Writer;
  move(direction: 1 | -1): boolean;
  changed(update: ViewUpdate): void;
  composing(on: boolean): void;
}

/** A pasted book goes in piece by piece: one message to the server has a bound. */
const PASTE_UNITS = 6_000;
const RELEASE_MS = 20;

class CaretWidget extends WidgetType {
  constructor(readonly seat: string, readonly writer: Writer, readonly time: number) {
    super();
  }
  override eq(other: CaretWidget): boolean {
    return other.seat === this.seat && other.time === this.time && other.writer.name === this.writer.name;
  }
  override toDOM(): HTMLElement {
    const caret = document.createElement('span');
    caret.className = `caret ${roleClass(this.writer.role)}`;
    caret.setAttribute('aria-hidden', 'true');
    const flag = document.createElement('i');
    flag.textContent = this.writer.name;
    caret.append(flag);
    return caret;
  }
  override ignoreEvent(): boolean {
    return true;
  }
}

function decorate(marks: Marks, length: number, writer: (seat: string) => Writer): DecorationSet {
  const list: Range<Decoration>[] = [];
  for (const f of marks.fresh) {
    const to = Math.min(f.to, length);
    if (f.from < to) list.push(Decoration.mark({ class: `new ${roleClass(writer(f.seat).role)}` }).range(f.from, to));
  }
  for (const c of marks.carets) {
    const widget = new CaretWidget(c.seat, writer(c.seat), c.time);
    list.push(Decoration.widget({ widget, side: -1 }).range(Math.min(c.head, length)));
  }
  return Decoration.set(list, true);
}

/** Roles with a colour of their own; every other has the grey one. Here because of the shadow root. */
const seatColours = Object.fromEntries(
  ['self', 'ps', 'aps', 'sup', 'cw', 'hw', 'emp', 'pj', 'kp'].map((role) => [`.seat-${role}`, { '--c': `var(--rk-seat-${role})` }]),
);

const theme = EditorView.theme({
  '&': { background: 'transparent', color: 'inherit', fontSize: 'inherit' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'inherit', lineHeight: 'inherit', overflow: 'visible' },
  '.cm-content': { padding: '0', minHeight: '2em', lineHeight: '2', caretColor: '#000', lineBreak: 'strict' },
  '.cm-line': { padding: '0' },
  '.cm-content:has(.caret)': { lineHeight: '2.2' },
  ...seatColours,
  '.new': {
    textDecoration: 'underline dotted 2px', textDecorationColor: 'var(--c, var(--rk-seat-lkp))', textUnderlineOffset: '.3em',
  },
  '.caret': {
    position: 'relative', display: 'inline-block', width: '0', height: '1.25em', verticalAlign: '-.25em',
    borderInlineStart: '2px solid var(--c, var(--rk-seat-lkp))', marginInline: '0 -2px', pointerEvents: 'none',
  },
  '.caret i': {
    position: 'absolute', inset: '-1.25em auto auto -2px', padding: '0 .3em', background: 'var(--c, var(--rk-seat-lkp))',
    borderRadius: '4px 4px 4px 0', color: '#fff', font: '700 .8125rem/1.35 var(--rk-font)', whiteSpace: 'nowrap',
    animation: 'rk-flag 0s 2s forwards',
  },
  '@keyframes rk-flag': { to: { visibility: 'hidden' } },
});

/** Stop at the longest text the server takes, but never in the middle of a composition. */
function limit(max: number): Extension {
  return max <= 0 ? [] : EditorState.transactionFilter.of((tr): TransactionSpec | readonly TransactionSpec[] => {
    const grows = tr.docChanged && tr.newDoc.length > max && tr.newDoc.length > tr.startState.doc.length;
    return grows && !tr.isUserEvent('input.type.compose') ? [] : tr;
  });
}

const pieces = (text: string): string[] => {
  const list: string[] = [];
  let piece = '';
  for (const ch of text.replace(/\r\n?/g, '\n')) {
    piece += ch;
    if (piece.length >= PASTE_UNITS) {
      list.push(piece);
      piece = '';
    }
  }
  return piece === '' ? list : [...list, piece];
};

const pasteInPieces = EditorView.domEventHandlers({
  paste(event, view) {
    const text = event.clipboardData?.getData('text/plain') ?? '';
    if (text.length <= PASTE_UNITS) return false;
    event.preventDefault();
    for (const piece of pieces(text)) {
      view.dispatch(view.state.replaceSelection(piece), { userEvent: 'input.paste', scrollIntoView: true });
    }
    return true;
  },
});

/**
 * While a word is being composed remote changes wait: one at the same place would break it. With an
 * EditContext (Android) the composition's events go there and not to the content.
 */
class Composition {
  constructor(private readonly o: EditorOptions) {}

  readonly begin = (): void => {
    if (this.o.session.holdRemote) return;
    this.o.session.holdRemote = true;
    this.o.composing(true);
  };

  release(view: EditorView): void {
    if (view.composing || view.compositionStarted) {
      setTimeout(() => this.release(view), RELEASE_MS);
      return;
    }
    if (!this.o.session.holdRemote) return;
    this.o.session.holdRemote = false;
    this.o.composing(false);
  }

  readonly extension: Extension = [
    EditorView.domEventObservers({
      compositionstart: this.begin,
      compositionend: (_event, view) => { setTimeout(() => this.release(view), 0); },
    }),
    // An end that no event tells of.
    EditorView.updateListener.of(({ view }) => {
      if (this.o.session.holdRemote && !view.composing && !view.compositionStarted) setTimeout(() => this.release(view), 0);
    }),
  ];

  watch(view: EditorView): void {
    const { editContext } = view.contentDOM as HTMLElement & { editContext?: EventTarget | null };
    editContext?.addEventListener('compositionstart', this.begin);
    editContext?.addEventListener('compositionend', () => { setTimeout(() => this.release(view), 0); });
  }
}

export function mountEditor(root: ShadowRoot, o: EditorOptions, at: number | null): EditorView {
  const composition = new Composition(o);
  const extension: Extension = [
    Prec.highest(keymap.of([
      { key: 'Alt-ArrowUp', run: () => o.move(-1) },
      { key: 'Alt-ArrowDown', run: () => o.move(1) },
      { key: 'Mod-z', run: () => o.session.undo() },
      { key: 'Mod-y', run: () => o.session.redo() },
      { key: 'Mod-Shift-z', run: () => o.session.redo() },
    ])),
    keymap.of([...historyKeymap, ...standardKeymap]),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({
      'aria-label': o.label, 'aria-description': o.description, lang: 'ja', autocapitalize: 'off',
      spellcheck: 'false',
    }),
    EditorView.decorations.compute([marksField, 'doc'], (state) =>
      decorate(state.field(marksField), state.doc.length, o.writer)),
    EditorView.updateListener.of((update) => {
      const own = update.docChanged && update.transactions.some((tr) => tr.docChanged && !tr.annotation(Transaction.remote));
      if (own) o.session.touched();
      o.changed(update);
    }),
    limit(o.max),
    pasteInPieces,
    composition.extension,
    theme,
  ];
  let made: EditorView | null = null;
  o.session.mount(extension, (state) => {
    made = new EditorView({ state, parent: root, root });
    return made;
  });
  const view = made as EditorView | null;
  if (!view) throw new Error('no view');
  composition.watch(view);
  const anchor = Math.min(at ?? view.state.doc.length, view.state.doc.length);
  view.dispatch({ selection: { anchor } });
  view.focus();
  return view;
}
