/* What callgrind_annotate and strace -c print, read. */
import path from 'node:path';

/* The libraries by the names they are known by; whatever else turns up has its own. */
const OBJECTS = [['rokusha', /\/rokusha$/], ['jansson', /libjansson/], ['sqlite', /libsqlite3/],
	['libwebsockets', /libwebsockets/], ['libc', /libc[.-]/], ['libuv', /libuv/], ['sodium', /libsodium/]];
const objectOf = (file) => OBJECTS.find(([, pattern]) => pattern.test(file))?.[0] ?? path.basename(file);

const LINE = /^\s*([\d,]+)\s+(?:\S*?:)?(\S.*?)(?: \[([^\]]+)\])?\s*$/;

/*
 * Functions, each once, the largest first -> {total, list: [{count, name, object}, …]}. A function has a line
 * for each file that something in it was inlined from, and those of headers do not say the object:
 * its name does. Inclusive figures are not added up: the largest has the others in it.
 */
export function functions(text, isInclusive) {
	const [head, body] = text.split(/^.*PROGRAM TOTALS$/m);
	const total = Number(/([\d,]+)\s+PROGRAM TOTALS/.exec(text)?.[1].replaceAll(',', ''));
	const lines = (body ?? head).split('\n').map((l) => LINE.exec(l)).filter(Boolean).map(([, count, name, file]) => ({
		count: Number(count.replaceAll(',', '')),
		name: name.replace(/'\d+$/, ''), /* who calls itself is listed by depth */
		object: file && objectOf(file)}));
	const home = new Map(lines.filter((l) => l.object).map((l) => [l.name, l.object]));
	const found = new Map();

	for (const {count, name, object = home.get(name) ?? 'nowhere'} of lines) {
		const key = `${name} ${object}`;
		const one = found.get(key) ?? {count: 0, name, object};
		one.count = isInclusive ? Math.max(one.count, count) : one.count + count;
		found.set(key, one);
	}
	const list = [...found.values()].sort((x, y) => y.count - x.count);
	if (!(total > 0) || (!isInclusive && sumOf(list) !== total)) {
		throw new Error(`functions have ${sumOf(list)} of ${total} instructions`);
	}
	return {total, list};
}

export const sumOf = (list) => list.reduce((sum, x) => sum + x.count, 0);

/* Equal names added up, the largest first. */
export function grouped(list, nameOf) {
	const sums = new Map();

	list.forEach((x) => sums.set(nameOf(x), (sums.get(nameOf(x)) ?? 0) + x.count));
	return [...sums].map(([name, count]) => ({name, count})).sort((a, b) => b.count - a.count);
}

/* -> [{count, name}, …], the most frequent first */
export function calls(text) {
	const rows = text.split('\n').map((l) => l.trim().split(/\s+/)).filter((w) => /^\d+$/.test(w[3] ?? ''))
		.map((w) => ({count: Number(w[3]), name: w.at(-1)}));
	const total = rows.find((r) => r.name === 'total')?.count;
	const list = rows.filter((r) => r.name !== 'total').sort((a, b) => b.count - a.count);

	if (sumOf(list) !== total) throw new Error(`${sumOf(list)} of ${total} system calls`);
	return list;
}
