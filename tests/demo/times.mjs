/* Times of a case file: clocks are local, in Japan. */
const JAPAN = '+09:00';

/* "YYYY-MM-DD" is its first moment; "YYYY-MM-DDTHH:MM[:SS]" may name a zone. */
export function timeOf(text) {
	if (/^\d{4}-\d\d-\d\d$/.test(text)) {
		return Date.parse(`${text}T00:00:00${JAPAN}`);
	}
	return Date.parse(/(Z|[+-]\d\d:\d\d)$/.test(text) ? text : text + JAPAN);
}

export const dayStart = (day) => timeOf(day);
export const dayOf = (ms) => new Date(ms + 9 * 3600 * 1000).toISOString().slice(0, 10);
export const clockOf = (ms) => new Date(ms + 9 * 3600 * 1000).toISOString().slice(11, 16);
export const meetingStart = (file) =>
	timeOf(`${file.conference.held_on}T${file.conference.start ?? '00:00'}`);

/* The role the server judges by: clerks and guests hold a guest's seat whatever they are called. */
export const seatRole = (party) => (party.guest || party.role === 'rec' ? 'guest' : party.role);

export const signaturesOf = (file) => (file.minutes?.signatures ?? []).filter((s) => s.at);

/* When the minutes are closed: a minute before the first signature. null: nothing of the kind is told. */
export function sealTime(file) {
	const first = Math.min(...signaturesOf(file).map((s) => timeOf(s.at)));

	return Number.isFinite(first) ? first - 60_000 : null;
}
