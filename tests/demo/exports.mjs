/*
 * What each seat can carry away after the meeting: searched for what it must not hold like
 * everything else, and imported again it must give the same.
 */
import fs from 'node:fs';
import path from 'node:path';
import {cli, timeText} from '../support/server.mjs';

const exportOf = ({bin, db, series, seat, at}) =>
	cli(bin, ['export', '--db', db, '--series', series, '--as', seat, '--at', timeText(at)]);

/* Ids are made anew by an import: by the order in which they come they are the same. */
export function canonical(text) {
	const seen = new Map();

	return text.replace(/[0-9a-f]{16}/g, (hex) => {
		seen.set(hex, seen.get(hex) ?? `#${seen.size}`);
		return seen.get(hex);
	});
}

/* -> {again: the second export, or null} or {why} */
async function roundTrip(world, party, first) {
	const file = path.join(world.dir, `export-${party.id}.json`);
	const db = path.join(world.dir, `export-${party.id}.db`);
	const {series_no: series} = JSON.parse(first).conference;

	fs.writeFileSync(file, first);
	for (const args of [['init', db],
		['import', file, '--db', db, '--after', '--now', timeText(world.endAt)]]) {
		const done = await cli(world.bin, args);
		if (done.code !== 0) {
			return {why: done.err.trim()};
		}
	}
	const done = await exportOf({...world, db, series, seat: series.slice('seat-'.length), at: world.endAt + 1000});
	return done.code === 0 ? {again: done.out} : {why: done.err.trim()};
}

function firstDifference(one, two) {
	const [a, b] = [one, two].map((t) => canonical(t).split('\n'));
	const at = a.findIndex((line, i) => line !== b[i]);

	return `line ${at + 1}: ${a[at]?.trim()} / ${b[at]?.trim()}`;
}

/* world.exports: party -> text; -> lines about what did not come back */
export async function exportAll(world, plant) {
	const lines = [];

	world.exports = new Map();
	for (const party of world.file.parties) {
		const done = await exportOf({...world, seat: party.id, at: world.endAt});
		if (done.code !== 0) {
			/* Whoever sees nothing any more has nothing to carry away. */
			if (world.views.get(party.id).cells) {
				lines.push(`export of ${party.id}: ${done.err.trim()}`);
			}
			continue;
		}
		world.exports.set(party.id, done.out);
		const trip = await roundTrip(world, party, done.out);
		const again = plant === 'export' ? trip.again?.replace('支', '援') : trip.again;
		if (trip.why) {
			lines.push(`export of ${party.id} is not imported: ${trip.why}`);
		} else if (canonical(done.out) !== canonical(again)) {
			lines.push(`export of ${party.id} comes back otherwise: ${firstDifference(done.out, again)}`);
		}
	}
	if (world.exports.size === 0) {
		lines.push('nobody could export anything');
	}
	return lines;
}
