/*
 * Plants one fault at a time in a copy of one source file, links the harness with it, and wants the
 * random cases to see it. Usage: plants.mjs [WORD] [--keep]; WORD: only plants whose name has it;
 * --keep: make the case small and leave it in build/plants/. Needs the release harness built.
 */
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import {ROOT} from './policy.mjs';

const OUT = path.join(ROOT, 'build/plants');
const CASES = 200;

/* name, file under server/, what stands there (once), what is put in its place */
const PLANTS = [
	['a lapsed consent goes on', 'policy/rights.c', 'if (g->live && g->seat == seat', 'if (g->seat == seat'],
	['a consent to one column opens its class', 'policy/rights.c',
		'is_named(g, q) &&', '(is_named(g, q) || g->cls == q->cls) &&'],
	['own rows only, forgotten', 'policy/rights.c', '(!g->own_rows || is_member(r, q, seat))', 'true'],
	['a denial looks at the owner alone', 'policy/rights.c', '((q->place->owner | q->place->about) & hidden_from',
		'(q->place->owner & hidden_from'],
	['a bar cuts nothing', 'policy/rights.c', 'if (s->barred) {', 'if (s->barred && !s->live) {'],
	['an audience cuts nobody', 'policy/rights.c', 'q->place->has_audience && (', 'false && ('],
	['others write an owned column', 'policy/rights.c',
		'if (owner_role(q) != SCHEMA_NONE && !owns_col(q)) {\n\t\t\treturn verdict(LEVEL_READ',
		'if (false) {\n\t\t\treturn verdict(LEVEL_READ'],
	['a draft is open to the person', 'policy/rights.c',
		'(strcmp(role->id, "self") != 0 || r->draft_open_to_self)', 'true'],
	['a board sees what one of it sees', 'policy/rights.c', 'v.level < lowest.level', 'v.level > lowest.level'],
	['a duty gives nothing', 'policy/rights.c', 'return inside ? verdict(LEVEL_WRITE', 'return false ? verdict(LEVEL_WRITE'],
	['an exact end counts to the end of the day', 'casefile/casefile_consent.c',
		'&ms)) {\n\t\treturn ms;', '&ms)) {\n\t\treturn ms + DAY_MS;'],
	['the last day does not count', 'casefile/casefile_consent.c', 'return ms + DAY_MS;\n}', 'return ms;\n}'],
	['a consent to a party is one to its role', 'casefile/casefile_consent.c',
		'party ? seat_of_party(r, party) :', 'party && !text_at(consent, "role") ? seat_of_party(r, party) :'],
	['a withdrawal before the meeting is lost', 'casefile/casefile_consent.c',
		'json_incref(words));\n\t}\n\tadd_withdrawal(', 'json_incref(words));\n\t}\n\tif (at < r->held_ms - 10 * DAY_MS) add_withdrawal('],
	['denials of a file are lost', 'casefile/casefile_consent.c', 'i, o)\n\t{\n\t\tint seat', 'i, o)\n\t{\n\t\tif (i > 0) continue;\n\t\tint seat'],
	['a guest sits as what it is called', 'casefile/casefile_party.c',
		'slice_of(guest ? guest_role : p->file_role)', 'slice_of(guest && schema_role_find(r->schema, slice_of(p->file_role)) == SCHEMA_NONE ? guest_role : p->file_role)'],
	['an audience is not narrowed to some seats', 'casefile/casefile_party.c',
		'(!some || (named & seat_bit(i)))', '(!some || named)'],
	['who had left is in the audience', 'casefile/casefile_party.c', 'r->party[i].at_meeting && is_called', 'is_called'],
	['a seat ends a day early', 'casefile/casefile_succeed.c', 'p->until_ms += DAY_MS;', ''],
	['a note is of all who ever held the seat', 'casefile/casefile_ledger.c', 'seats_of_who_at(r, by, written)', 'seats_of_who(r, by)'],
	['what is withdrawn later never ends', 'casefile/casefile_consent.c', 'if (at >= r->held_ms + DAY_MS) {', 'if (false) {'],
	['a consent of a later day is there at once', 'casefile/casefile_consent.c', 'row->from_ms = from_ms;', 'row->from_ms = 0;'],
	['the database is told of a later consent', 'casefile/casefile_consent.c', 'if (names_database && given > r->known_ms) {', 'if (false) {'],
	['a further series has the notes of the case', 'casefile/casefile_read.c', 'r.root = find_series(home, n);',
		'r.root = find_series(home, n); (void)json_object_set(r.root, "monitoring", json_object_get(home->root, "monitoring"));'],
	['who takes over reads nothing of before', 'policy/rights.c', 'if ((before & 1) && !r->seat[s].live && !r->seat[s].barred) {', 'if (false) {'],
	['two sit on one seat', 'policy/rights.c', 'if ((before & 1) && !r->seat[s].live && !r->seat[s].barred) {', 'if ((before & 1) && !r->seat[s].barred) {'],
	['denials end with the seat', 'policy/rights.c', 'set |= (before & 1) ? r->seat[s].denied : 0;', ''],
	['a consent stays with the seat, not the person', 'casefile/casefile_consent.c', 'seats |= (r->party[i].same_person & to) ? seat_bit(i) : 0;', ''],
	['two employers share a row', 'casefile/casefile_plan.c', 'row->about = seat;', 'row->about = party_seats_of_role(r, "emp");'],
	['a secret row has no audience', 'casefile/casefile_home.c', 'row->has_audience = true;', ''],
	['what is dated later is known', 'casefile/casefile_ledger.c', '&& ms <= r->known_ms', '|| ms <= r->known_ms'],
	['a withdrawal leaves one grant', 'room/room_rights.c', 'if (r->grant[i].row == row) {', 'if (r->grant[i].row == row && i > 0) {'],
	['time does not end seats', 'room/room_rights.c', 'if (live != r->rights.seat[s].live) {', 'if (live && !r->rights.seat[s].live) {'],
	['a superseded plan is written', 'room/room_rights.c', 'r->rights.plan = PLAN_SEALED;', 'r->rights.plan = PLAN_LIVE;'],
	['a chair opens items it does not know', 'room/room_agenda.c',
		'*row = known_item(r, ev, ev->msg->row);', '*row = item_row(r, ev->msg->row);'],
	['who opens from afar is in the room', 'room/room_agenda.c', 'r->seat[ev->actor].remote);', 'false);'],
	['a scribe need not know whom it writes for', 'room/room_act.c',
		'!cells_knows(r, seat_bit(act.actor), act.for_seat)', 'false'],
	['consents to seats one may not know', 'room/room_consent.c', '!known_seat(r, ev, seat) || !cells_knows(r, seat_bit(act->for_seat), seat) ||',
		'seat == SEAT_NONE ||'],
	['an assent outlives a change of the plan', 'room/room_edit.c', 'r->assent = false;', ''],
	['an assent outlives a new row of the plan', 'room/room_rows.c',
		'if (r->schema->cls[r->schema->col[r->schema->table[table].first_col].cls].is_plan) {', 'if (false) {'],
	['an assent outlives a new name in the plan', 'room/room_rows.c', 'if (cells_is_plan(r, c)) {', 'if (false) {'],
	['an item opened again goes on', 'room/room_agenda.c', '.goes_on = goes_on,', '.goes_on = m->segment_count > 1 && m->segment[m->segment_count - 2].row == row && m->segment[m->segment_count - 2].to_ms == at_ms,'],
	['a chair leads whom it does not know', 'room/room_attend.c', 'cells_knows(r, seat_bit(ev->actor), seat)', 'true'],
	['an assent is lost in a restart', 'room/room_load_meeting.c', 'r->assent = true;', ''],
	['a recorder moves rows it does not see', 'room/room_rows.c',
		'cells_level(r, seat_bit(ev->actor), &r->cell[r->row[row].first_cell]).level !=\n\t\tLEVEL_NONE &&', 'true &&'],
];

const [word] = process.argv.slice(2).filter((a) => a !== '--keep');
const keep = process.argv.includes('--keep');
let seen = 0;
let missed = 0;

function plant([name, file, before, after], i) {
	const source = fs.readFileSync(path.join(ROOT, 'server', file), 'utf8');
	const parts = source.split(before);
	const copy = path.join(OUT, `${i}-${path.basename(file)}`);
	const bin = path.join(OUT, `cases-${i}`);

	if (parts.length !== 2) {
		throw new Error(`"${name}" fits ${parts.length - 1} times in ${file}`);
	}
	fs.writeFileSync(copy, parts.join(after));
	const made = spawnSync(process.env.CC ?? 'gcc', ['-std=c11', '-D_GNU_SOURCE', '-O1', '-w', '-Iserver',
		'-Ibuild/gen', '-Itests', copy, 'tests/random/cases.c', 'build/release/librokusha.a', '-ljansson',
		'-lsodium', '-o', bin], {cwd: ROOT, encoding: 'utf8'});
	if (made.status !== 0) {
		throw new Error(`"${name}" does not build: ${made.stderr}`);
	}
	return bin;
}

function isSeen(bin) {
	const run = spawnSync(process.execPath, ['tests/random/run.mjs', String(CASES), '1'], {cwd: ROOT,
		encoding: 'utf8', env: {...process.env, CASES_BIN: bin, CASES_FOUND: 'no', CASES_FIRST: keep ? '' : '1'}});
	const first = /^not equal: (.*)$/m.exec(run.stdout)?.[1] ?? '';

	if (keep) {
		console.log(run.stdout);
	}
	return run.status === 1 && first !== '' ? first.slice(0, 110) : null;
}

fs.mkdirSync(OUT, {recursive: true});
for (const [i, one] of PLANTS.entries()) {
	if (word && !one[0].includes(word)) {
		continue;
	}
	let first = null;
	let why = '';
	try {
		first = isSeen(plant(one, i));
	} catch (e) { // it does not fit the code any more: the others are tried all the same
		why = ` (${String(e.message).split('\n')[0]})`;
	}
	console.log(first ? `ok   ${one[0]}: ${first}` : `not seen: ${one[0]}${why}`);
	seen += first ? 1 : 0;
	missed += first ? 0 : 1;
}
console.log(`${seen} passed, ${missed} failed`);
process.exitCode = missed > 0 ? 1 : 0;
