/* Japanese dates and clock times. Dates of the protocol are "YYYY-MM-DD" without a zone. */
const LONG = new Intl.DateTimeFormat('ja-JP-u-ca-japanese', {
  era: 'long', year: 'numeric', month: 'long', day: 'numeric', weekday: 'short', timeZone: 'UTC',
});
const SHORT = new Intl.DateTimeFormat('ja-JP', { month: 'long', day: 'numeric', weekday: 'short', timeZone: 'UTC' });
const CLOCK = new Intl.DateTimeFormat('ja-JP', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

function dayOf(iso: string): Date | null {
  const m = /^(\d{4})-(\d{2})-(\d{2})$/.exec(iso);
  if (!m) return null;
  const day = new Date(Date.UTC(Number(m[1]), Number(m[2]) - 1, Number(m[3])));
  return Number.isNaN(day.getTime()) ? null : day;
}

const brackets = (s: string): string => s.replace('(', '（').replace(')', '）');

/** 令和8年11月12日（木） */
export function wareki(iso: string): string {
  const day = dayOf(iso);
  return day ? brackets(LONG.format(day)) : iso;
}

/** 11月12日（木） */
export function shortDate(iso: string): string {
  const day = dayOf(iso);
  return day ? brackets(SHORT.format(day)) : iso;
}

export const clock = (ms: number): string => CLOCK.format(ms);
