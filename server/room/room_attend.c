/*
 * Who is there: coming in, waiting at the door, leaving, and the person's pause. To be there is an
 * act, not a connection: most parties have no device, and some read at home.
 */
#include <assert.h>

#include "base/day.h"
#include "room/room_names.h"
#include "room/room_state.h"

enum attend attend_find(struct slice name)
{
	return slice_is(name, "in")     ? ATTEND_IN
	       : slice_is(name, "out")  ? ATTEND_OUT
	       : slice_is(name, "wait") ? ATTEND_WAIT
					: ATTEND_NONE;
}

static const char *attend_name(enum attend what)
{
	static const char *const name[] = {"none", "wait", "in", "out"};

	return name[what];
}

void attend_mark(struct room *r, uint8_t seat, enum attend what, bool on_line, uint64_t row)
{
	struct room_seat *s = &r->seat[seat];

	if (s->attend == ATTEND_IN && what == ATTEND_OUT) {
		s->has_left = true;
		s->left_at = r->meeting.segment_count;
	}
	s->attend = what;
	if (what == ATTEND_OUT && !s->has_left) {
		s->attend = ATTEND_NONE; /* it only waited */
	}
	s->on_line = on_line;
	s->presence_row = what == ATTEND_IN ? row : 0;
}

static json_t *now_clock(const struct room *r)
{
	char text[6];

	clock_write(clock_in_japan(r->now_ms), text);
	return json_string(text);
}

static json_t *seat_value(const struct room *r, uint8_t seat)
{
	char text[1 + HEX64_LEN + 1] = "@";

	id_to_hex(r->seat[seat].wire, text + 1);
	return json_string(text);
}

/*
 * The id of a row that begins in this step, at most one. Drawn apart from the versions of its
 * cells: its reader must not be able to compute anything from the two.
 */
static uint64_t row_id(const struct room_event *ev)
{
	return ev->random[ROOM_RANDOM - 1];
}

/* Begin the row of one stay. The answer is its id, 0 where the room has no place for it. */
static uint64_t row_begin(struct room *r, const struct room_event *ev, struct fx_list *out,
			  uint8_t seat, bool on_line)
{
	uint16_t table = schema_table_find(r->schema, slice_of(NAME_ATTENDANCE));
	struct cell_place whose = {.has_row = true, .owner = seat_bit(seat)};
	uint64_t row = row_id(ev);
	json_t *cells;

	if (table == SCHEMA_NONE) {
		return 0;
	}
	cells = json_pack("{s:o,s:o}", NAME_ATTENDANCE_WHO, seat_value(r, seat), NAME_ATTENDANCE_IN,
			  now_clock(r));
	(void)on_line;
	return rows_make(r, ev, out, NULL, row, table, &whose, 0, cells) == ERR_OK ? row : 0;
}

static void row_end(struct room *r, struct fx_list *out, uint64_t row)
{
	char hex[HEX64_LEN + 1];
	uint32_t at;

	id_to_hex(row, hex);
	at =
	    cells_find(r, arena_printf(&out->mem, NAME_ATTENDANCE "/%s/" NAME_ATTENDANCE_OUT, hex));
	if (row != 0 && at != MAP_NONE) {
		rows_set_cell(r, out, at, now_clock(r));
	}
}

void attend_say(struct room *r, const struct room_event *ev, struct fx_list *out,
		struct record *rec, uint8_t seat, enum attend what, bool on_line)
{
	uint64_t row = what == ATTEND_IN ? row_id(ev) : r->seat[seat].presence_row;
	char hex[HEX64_LEN + 1];

	id_to_hex(row, hex);
	/* `rec` goes before the records of the row: adding them may move it. */
	rec->body = fx_json(out, json_pack("{s:i,s:s,s:s,s:s?}", "seat", (int)seat, "what",
					   attend_name(what), "place", on_line ? "line" : "room",
					   "row", row && what != ATTEND_WAIT ? hex : NULL));
	if (what == ATTEND_IN) {
		(void)row_begin(r, ev, out, seat, on_line);
	} else if (what == ATTEND_OUT && r->seat[seat].attend == ATTEND_IN) {
		row_end(r, out, row);
	}
	attend_mark(r, seat, what, on_line, row);
}

/* May the seat sit in what goes on now? Before the meeting there is nothing to be kept from. */
static bool may_sit(const struct room *r, uint8_t seat)
{
	return !r->meeting.on || (meeting_segment(r)->audience & seat_bit(seat)) != 0;
}

/* What becomes of the wish; ERR_RULE where it makes no sense now. */
static enum err decide(const struct room *r, const struct room_event *ev, uint8_t seat,
		       bool on_line, enum attend *what)
{
	const struct room_seat *s = &r->seat[seat];
	bool by_chair = (r->rights.seat[ev->actor].duties & DUTY_CHAIR) != 0;

	if (*what == ATTEND_OUT) {
		return s->attend == ATTEND_IN || s->attend == ATTEND_WAIT ? ERR_OK : ERR_RULE;
	}
	if (s->attend == ATTEND_IN ||
	    (r->meeting.begun && !r->meeting.on && !meeting_expects(r, seat))) {
		return ERR_RULE;
	}
	if (by_chair) {
		return may_sit(r, seat) ? ERR_OK : ERR_RULE;
	}
	/* Never a refusal, which would tell what goes on: who may not come in now waits. Somebody
	 * invited from afar waits wherever it says it is. */
	if (on_line || s->remote || s->has_left || !may_sit(r, seat)) {
		*what = ATTEND_WAIT;
	}
	return *what == ATTEND_WAIT && s->attend == ATTEND_WAIT ? ERR_RULE : ERR_OK;
}

void on_attend(struct room *r, const struct room_event *ev, struct fx_list *out)
{
	struct act act = {.actor = ev->actor, .for_seat = ev->actor, .method = METHOD_OWN};
	const struct msg *m = ev->msg;
	uint8_t seat = m->has_seat ? room_seat_by_wire(r, m->seat) : ev->actor;
	enum attend what = attend_find(m->what);
	bool on_line;
	enum err e = ERR_OK;

	if (seat == SEAT_NONE || !r->rights.seat[seat].live || r->rights.seat[seat].barred ||
	    (seat != ev->actor && !((r->rights.seat[ev->actor].duties & DUTY_CHAIR) &&
				    cells_knows(r, seat_bit(ev->actor), seat)))) {
		fx_no(out, ev, ERR_GONE);
		return;
	}
	on_line = m->place.len ? slice_is(m->place, "line") : r->seat[seat].remote;
	if ((what != ATTEND_IN && what != ATTEND_OUT) ||
	    (m->place.len && !on_line && !slice_is(m->place, "room"))) {
		e = ERR_PROTO;
	}
	if (e == ERR_OK) {
		e = decide(r, ev, seat, on_line, &what);
	}
	if (e != ERR_OK) {
		fx_no(out, ev, e);
		return;
	}
	attend_say(r, ev, out, fx_request(out, RECORD_ATTEND, r, ev, &act), seat, what, on_line);
	dedupe_remember(r, ev, &(struct room_answer){0});
	viewer_refresh(r, out);
	fx_ack(out, ev, 0);
}

/* Only the person stops the clock; the person or the chair lets it go on. */
void on_pause(struct room *r, const struct room_event *ev, struct fx_list *out)
{
	uint16_t self = schema_role_find(r->schema, slice_of(NAME_PERSON_ROLE));
	bool by_chair = (r->rights.seat[ev->actor].duties & DUTY_CHAIR) != 0;
	bool on = ev->msg->on == 1;
	struct act act;
	enum err e = act_of(r, ev, &act);

	if (e == ERR_OK && ev->msg->on > 1) {
		e = ERR_PROTO;
	}
	if (e == ERR_OK && r->rights.seat[act.for_seat].role != self && (on || !by_chair)) {
		e = ERR_GONE;
	}
	/* Outside the meeting there is no clock to stop. */
	if (e == ERR_OK && (!meeting_item_open(r) || r->meeting.paused == on)) {
		e = ERR_RULE;
	}
	if (e != ERR_OK) {
		fx_no(out, ev, e);
		return;
	}
	meeting_pause(r, on, act.for_seat, r->now_ms);
	fx_request(out, RECORD_PAUSE, r, ev, &act)->body =
	    fx_json(out, json_pack("{s:b,s:i}", "on", (int)on, "seat", (int)act.for_seat));
	dedupe_remember(r, ev, &(struct room_answer){0});
	fx_add(out, FX_MEET, (struct conn_id){0});
	fx_ack(out, ev, 0);
}
