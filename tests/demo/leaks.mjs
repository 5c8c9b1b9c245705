/*
 * What a seat may never read, searched in every byte that ever came to it: raw, in base64 at each
 * of the three alignments, and as JSON escapes.
 */
import {mayEverRead} from '../support/oracle.mjs';
import {LETTERS, MARK} from './canary.mjs';
import {columnOfKey, rowOfKey} from './form.mjs';
import {seatRole} from './times.mjs';

/* ---- searching ----------------------------------------------------------------------------------- */

/* Base64 of bytes that begin `shift` bytes into a group: the part that does not depend on neighbours. */
function base64Forms(text) {
	const bytes = Buffer.from(text);

	return [0, 1, 2].map((shift) => {
		const skip = (3 - shift) % 3;
		const whole = bytes.length - skip - ((bytes.length - skip) % 3);
		return bytes.subarray(skip, skip + whole).toString('base64').replace(/=+$/, '');
	}).filter((form) => form.length > 0);
}

/* Text with its \uXXXX escapes resolved, as one string per stream. */
const unescape = (text) => text.replace(/\\u([0-9a-fA-F]{4})/g, (_, hex) =>
	String.fromCharCode(parseInt(hex, 16)));

export function streamOf(buffers) {
	const bytes = Buffer.concat(buffers.flatMap((b) => [b, Buffer.from('\n')]));
	const utf8 = bytes.toString('utf8');
	const escaped = utf8.includes('\\u') ? unescape(utf8) : null;

	return {utf8, escaped, size: bytes.length};
}

/* All tokens in a stream, in whichever form. */
export function tokensIn(stream) {
	const found = new Set();
	const plain = new RegExp(`${MARK}[a-z]{${LETTERS}}`, 'g');
	const take = (text) => (text?.match(plain) ?? []).forEach((t) => found.add(t));

	take(stream.utf8);
	take(stream.escaped);
	for (const form of base64Forms(MARK)) {
		for (let at = stream.utf8.indexOf(form); at >= 0; at = stream.utf8.indexOf(form, at + 1)) {
			/* Back to the group that may hold the first letters, then on past the last one. */
			for (let back = 0; back < 8; back++) {
				const piece = stream.utf8.slice(Math.max(0, at - back), at + 64);
				take(Buffer.from(piece, 'base64').toString('latin1'));
				take(Buffer.from(piece, 'base64url').toString('latin1'));
			}
		}
	}
	return found;
}

export function holdsString(stream, text) {
	const forms = [text, JSON.stringify(text).slice(1, -1)];

	return forms.some((f) => stream.utf8.includes(f) || stream.escaped?.includes(f)) ||
		base64Forms(text).some((f) => f.length >= 8 && stream.utf8.includes(f));
}

/* ---- what is forbidden ------------------------------------------------------------------------ */

function inRow(whose, id) {
	return [whose.owner, whose.about, whose.known, whose.audience ?? []].some((set) => set.includes(id));
}

/* May this party at any time read the cell, by base matrix, any consent of the file, and its row? */
function mayRead(file, policy, party, whose, cls, column) {
	const mark = policy.matrix.get(cls)?.get(seatRole(party));
	const denied = (file.denials ?? []).filter((d) => d.party === party.id).map((d) => d.about_party);

	if (mark === undefined || !mayEverRead(file, party.id, cls, policy)) {
		return false;
	}
	if ([...whose.owner, ...whose.about].some((id) => denied.includes(id))) {
		return false;
	}
	if (whose.audience && !whose.audience.includes(party.id)) {
		return false;
	}
	return (mark === 'r*' || mark === 'w*') && column?.table ? inRow(whose, party.id) : true;
}

export function mayReadCanary(file, policy, form, party, canary) {
	if (canary.nobody || canary.series !== null) {
		return false;
	}
	const places = [canary.col, ...canary.also].map((id) => form.columns.get(id));

	return places.some((col) => mayRead(file, policy, party, canary, col.cls, col));
}

/* ---- the findings of one seat ------------------------------------------------------------------- */

export function keysOf(frame) {
	switch (frame.t) {
	case 'snap':
	case 'cells':
		return [...frame.cells.map((c) => c.k), ...Object.keys(frame.cols ?? {})];
	case 'drop':
		return frame.cells;
	case 'mode':
		return frame.cells.map(([key]) => key);
	case 'edit':
	case 'set':
	case 'here':
	case 'reach':
		return frame.cell ? [frame.cell] : [];
	default:
		return [];
	}
}

/* Registers carry no token: no key of a class it may never read, no row that is not for it. */
export function keyForbidden({file, policy, form, rows}, party, key) {
	const col = form.columns.get(columnOfKey(key));
	const readers = rows.get(rowOfKey(key));

	if (!col || !mayEverRead(file, party.id, col.cls, policy)) {
		return `cell ${key}`;
	}
	return readers && !readers.has(party.id) ? `row ${key} that is not for it` : null;
}

function keysForbidden(ctx, frames) {
	const keys = new Set(frames.flatMap(({frame}) => keysOf(frame)));

	return [...keys].map((key) => keyForbidden(ctx, ctx.party, key)).filter(Boolean);
}

/* The documents of a file, each with the series inside it left out. */
export function documentsOf(file) {
	const {other_series: others = [], ...own} = file;

	return [own, ...others.flatMap(documentsOf)];
}

/* Canaries of any series of the file that this one does not hold: they may exist nowhere in it. */
export function foreignStrings(file, whole) {
	const {canaries: _, forbidden_strings: __, other_series: ___, visibility_expectations: ____, ...rest} = file;
	const own = JSON.stringify(rest);

	return documentsOf(whole).flatMap((d) => d.canaries ?? [])
		.filter((text) => text !== '' && !own.includes(JSON.stringify(text).slice(1, -1)));
}

/* Strings the file itself forbids: per party, and those of other series. */
function stringsForbidden({file, whole, party}, stream) {
	const own = (file.forbidden_strings ?? []).filter((f) => f.party === party.id).flatMap((f) => f.strings ?? []);

	return [...own, ...foreignStrings(file, whole)].filter((text) => text !== '' && holdsString(stream, text))
		.map((text) => `string "${text}"`);
}

/* The very id of a seat one must not learn of. */
function seatsForbidden({file, party, wires}, stream) {
	return (file.denials ?? []).filter((d) => d.party === party.id).map((d) => d.about_party)
		.filter((id) => wires.has(id) && stream.utf8.includes(wires.get(id).slice(1)))
		.map((id) => `the id of ${id}'s seat`);
}

/*
 * ctx: {file, policy, form, canaries, party, rows: row key -> who may read it, of rows made in the
 * meeting and of the agenda, wires: party -> "@id" of its seat,
 * forbid: token -> treat as forbidden (to prove that the search can fail)}
 * -> {leaks: [line], seen: how many tokens came at all}
 */
export function leaksOf(ctx, buffers, frames) {
	const stream = streamOf(buffers);
	const tokens = tokensIn(stream);
	const leaks = ctx.canaries.filter((c) => tokens.has(c.token) &&
		(ctx.forbid === c.token || !mayReadCanary(ctx.file, ctx.policy, ctx.form, ctx.party, c)))
		.map((c) => `${c.cls} (${c.where})`);

	return {
		leaks: [...leaks, ...keysForbidden(ctx, frames), ...stringsForbidden(ctx, stream),
			...seatsForbidden(ctx, stream)],
		seen: tokens.size,
		tokens,
	};
}
