/*
 * Draws what w1 has measured at several numbers of rooms: node tests/bench/plot.mjs [RESULTS [DIR]]. Three
 * SVGs, each server a line through its medians: processor time an edit, delivery p99, memory. A run that
 * failed is no point: a line ends where a server could no more.
 */
import fs from 'node:fs';
import path from 'node:path';
import {ROOT} from '../support/server.mjs';

const [, , from = path.join(ROOT, 'build/bench/results.jsonl'), to = path.join(ROOT, 'tests/bench')] = process.argv;
const WIDTH = 720;
const HEIGHT = 400;
const LEFT = 64;
const RIGHT = 130; /* names of the lines */
const TOP = 40;
const BOTTOM = 48;
const LINE = 15;
const CHARS = 3000; /* of each text; PostgreSQL is measured with fewer */
/* Told apart without colours, too: dots lead from each line's end to its name. Ours is the thick one. */
const COLOURS = {'ours': '#c0392b', 'floor': '#222', 'floor-gather': '#666', 'floor-memory': '#999', 'twin': '#2471a3',
	'yws': '#1e8449', 'hocuspocus': '#7d3c98', 'sharedb': '#b9770e', 'sharedb-pg': '#6e2c00'};

const rows = fs.readFileSync(from, 'utf8').trim().split('\n').map((l) => JSON.parse(l))
	.filter((r) => r.kind === 'w1' && !r.failed && COLOURS[r.server] && (r.chars === CHARS || r.server === 'sharedb-pg'));

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

/* -> [[server, [[rooms, value], …]], …] */
function linesOf(get) {
	return Object.keys(COLOURS).map((server) => {
		const own = rows.filter((r) => r.server === server && get(r) > 0);
		const at = [...new Set(own.map((r) => r.rooms))].sort((a, b) => a - b);
		return [server, at.map((n) => [n, median(own.filter((r) => r.rooms === n).map(get))])];
	}).filter(([, points]) => points.length > 0);
}

/* 1, 2, 5, 10, …: those between the two, with one beyond at each end. */
function ticks(low, high) {
	const all = [];
	for (let e = -3; e < 7; e++) all.push(...[1, 2, 5].map((m) => Number(`${m}e${e}`)));
	return all.filter((t, i) => (all[i + 1] ?? Infinity) > low && (all[i - 1] ?? 0) < high);
}

/* Both axes are logarithmic: what matters is how many times as much. */
function axis(values, start, end) {
	const marks = ticks(Math.min(...values), Math.max(...values));
	const [low, high] = [Math.log(marks[0]), Math.log(marks.at(-1))];
	return {marks, at: (v) => start + ((Math.log(v) - low) / (high - low)) * (end - start)};
}

/* Names in a column at the right, in the order in which the lines end, LINE apart and none outside. */
function spread(labels) {
	const floor = (i) => HEIGHT - BOTTOM - (labels.length - 1 - i) * LINE;

	labels.sort((a, b) => a.end - b.end);
	labels.forEach((l, i) => { l.y = Math.max(Math.min(l.end, floor(i)), i ? labels[i - 1].y + LINE : TOP); });
	return labels;
}

function draw(file, title, get) {
	const lines = linesOf(get);
	const all = lines.flatMap(([, points]) => points);
	if (all.length === 0) {
		console.error(`${file}: nothing measured`);
		return;
	}
	const x = axis(all.map(([n]) => n), LEFT, WIDTH - RIGHT);
	const y = axis(all.map(([, v]) => v), HEIGHT - BOTTOM, TOP);
	const r = (n) => n.toFixed(1);
	const labels = spread(lines.map(([server, points]) => ({server, from: x.at(points.at(-1)[0]), end: y.at(points.at(-1)[1])})));
	const svg = [`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" role="img">`,
		`<title>${title}</title><rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
		`<text x="${LEFT}" y="22" font-size="14">${title}</text>`,
		...x.marks.map((t) => `<path d="M${r(x.at(t))} ${TOP}V${HEIGHT - BOTTOM}" stroke="#ddd"/>` +
			`<text x="${r(x.at(t))}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${t}</text>`),
		...y.marks.map((t) => `<path d="M${LEFT} ${r(y.at(t))}H${WIDTH - RIGHT}" stroke="#ddd"/>` +
			`<text x="${LEFT - 8}" y="${r(y.at(t) + 4)}" text-anchor="end">${t}</text>`),
		`<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 10}" text-anchor="middle">rooms of six</text>`,
		...lines.map(([server, points]) => `<g stroke="${COLOURS[server]}" fill="${COLOURS[server]}">` +
			`<polyline fill="none" stroke-width="${server === 'ours' ? 3 : 1.5}" points="${
				points.map(([n, v]) => `${r(x.at(n))},${r(y.at(v))}`).join(' ')}"/>${
				points.map(([n, v]) => `<circle cx="${r(x.at(n))}" cy="${r(y.at(v))}" r="2.5"/>`).join('')}</g>`),
		...labels.map((l) => `<path d="M${r(l.from)} ${r(l.end)}L${WIDTH - RIGHT + 12} ${r(l.y)}" stroke="${COLOURS[l.server]}" ` +
			`stroke-dasharray="1 3" fill="none"/><text x="${WIDTH - RIGHT + 16}" y="${r(l.y + 4)}" fill="${COLOURS[l.server]}">${l.server}</text>`),
		'</svg>', ''];
	fs.writeFileSync(path.join(to, file), svg.join('\n'));
}

draw('cpu.svg', 'Processor time an edit, microseconds', (r) => r.cpu_us);
draw('latency.svg', 'Delivery, 99th percentile, milliseconds', (r) => r.delivery_us?.p99 / 1000);
draw('memory.svg', 'Memory, MiB resident', (r) => r.memory / 1024);
