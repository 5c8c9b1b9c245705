/* Wire ids of an answer of the harness -> outside names. */

/* `seats`: the names of the seats, in their order. */
export function namesOf(seats, answer) {
	const rows = new Map();
	const count = new Map();

	for (const key of answer.rows) {
		const at = key.lastIndexOf('/');
		const table = key.slice(0, at);
		const n = count.get(table) ?? 0;
		count.set(table, n + 1);
		rows.set(key.slice(at + 1), `${table}#${n}`);
	}
	return {seats: new Map(answer.seats.map((hex, i) => [hex, seats[i]])), rows};
}

export function keyName(names, key) {
	const parts = key.split('/');

	return parts.length === 3 ? `${names.rows.get(parts[1])}/${parts[2]}` : key;
}

export function valueName(names, v) {
	if (Array.isArray(v)) {
		return v.map((one) => valueName(names, one));
	}
	return typeof v === 'string' && v[0] === '@' ? `@${names.seats.get(v.slice(1)) ?? v}` : v;
}
