import { ja, type Locale } from './ja.ts';

export const t: Locale = ja;
