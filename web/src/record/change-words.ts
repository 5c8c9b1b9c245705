import { change } from '../locale/ja-change.ts';

export const c: typeof change = change;
