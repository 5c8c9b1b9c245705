import { record, type RecordWords } from '../locale/ja-record.ts';

export const r: RecordWords = record;
