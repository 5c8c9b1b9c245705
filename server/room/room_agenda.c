/*
 * The agenda and its segments: opening an item freezes who sits in it. Nobody is shut out by that:
 * who is still in and not of the next audience has to leave first.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/day.h"
#include "base/limits.h"
#include "base/mem.h"
#include "room/room_names.h"
#include "room/room_state.h"

/* ---- what is ---- */

seat_set meeting_present(const struct room *r)
{
	seat_set set = 0;

	for (unsigned i = 0; i < r->rights.seat_count; i++) {
		if (r->seat[i].attend == ATTEND_IN && r->rights.seat[i].live) {
			set |= seat_bit(i);
		}
	}
	return set;
}

const struct room_segment *meeting_segment(const struct room *r)
{
	const struct room_meeting *m = &r->meeting;

	return m->segment_count ? &m->segment[m->segment_count - 1] : NULL;
}

bool meeting_item_open(const struct room *r)
{
	const struct room_segment *s = meeting_segment(r);

	return s && s->to_ms == INT64_MAX;
}

/* The first segment of the open item: a change of its audience does not begin it anew. */
static size_t item_began(const struct room_meeting *m)
{
	size_t i = m->segment_count - 1;

	while (i > 0 && m->segment[i].goes_on) {
		i--;
	}
	return i;
}

bool meeting_calls(const struct room *r, uint8_t seat)
{
	return r->seat[seat].has_left && meeting_item_open(r) &&
	       r->seat[seat].left_at <= item_began(&r->meeting);
}

const struct room_segment *meeting_segment_of(const struct room *r, uint64_t row)
{
	for (size_t i = r->meeting.segment_count; i-- > 0;) {
		if (r->meeting.segment[i].row == row) {
			return &r->meeting.segment[i];
		}
	}
	return NULL;
}

/* A row of the agenda; NULL when there is none. */
static const struct room_row *item_row(const struct room *r, uint64_t row)
{
	char key[sizeof NAME_AGENDA + 1 + HEX64_LEN + 1];
	char hex[HEX64_LEN + 1];
	uint32_t at;
	int len;

	id_to_hex(row, hex);
	len = snprintf(key, sizeof key, NAME_AGENDA "/%s", hex);
	at = cells_find_row(r, (struct slice){key, (size_t)len});
	return at == MAP_NONE ? NULL : &r->row[at];
}

static const struct room_cell *item_cell(const struct room *r, const struct room_row *row,
					 const char *column)
{
	uint16_t col = schema_table_col(r->schema, row->table, slice_of(column));

	return col == SCHEMA_NONE
		   ? NULL
		   : &r->cell[row->first_cell + col - r->schema->table[row->table].first_col];
}

/* Whom the agenda names for the item now. */
static seat_set item_planned(const struct room *r, const struct room_row *row)
{
	const struct room_cell *c = item_cell(r, row, NAME_AGENDA_AUDIENCE);

	return c ? value_seats(r, c->value) : 0;
}

/* ---- segments, as the live path and the journal have them ---- */

/* Who sits in one segment knows who else does. */
static void share_labels(struct room *r, seat_set audience)
{
	for (unsigned who = 0; who < r->rights.seat_count; who++) {
		uint32_t label = r->seat[who].label_cell;
		uint32_t row_at;
		struct slice key;

		if (!(audience & seat_bit(who)) || label == MAP_NONE) {
			continue;
		}
		key = slice_of(r->cell[label].key);
		while (key.len > 0 && key.ptr[key.len - 1] != '/') {
			key.len--;
		}
		row_at = cells_find_row(r, (struct slice){key.ptr, key.len ? key.len - 1 : 0});
		assert(row_at != MAP_NONE);
		for (uint32_t i = 0; i < r->row[row_at].cell_count; i++) {
			r->row[row_at].place[i].audience |= audience;
		}
	}
}

void agenda_share(struct room *r, uint64_t row)
{
	const struct room_row *found = item_row(r, row);
	seat_set with;

	if (!found || !item_cell(r, found, NAME_AGENDA_AUDIENCE)) {
		return;
	}
	with = item_planned(r, found) | found->seated;
	/* Who sat in it keeps its title beside the minutes of it. */
	for (size_t i = 0; i < r->meeting.segment_count; i++) {
		if (r->meeting.segment[i].row == row) {
			with |= r->meeting.segment[i].audience;
		}
	}
	for (uint32_t i = 0; i < found->cell_count; i++) {
		found->place[i].audience = with;
	}
}

static struct room_segment *open_segment(struct room *r)
{
	return meeting_item_open(r) ? &r->meeting.segment[r->meeting.segment_count - 1] : NULL;
}

void meeting_pause(struct room *r, bool on, uint8_t seat, int64_t at_ms)
{
	struct room_meeting *m = &r->meeting;
	struct room_segment *s = open_segment(r);

	if (m->paused && !on && s) {
		s->paused_ms += at_ms - m->pause_ms;
	}
	m->paused = on;
	m->pause_ms = at_ms;
	m->pause_seat = seat;
}

void meeting_close(struct room *r, int64_t at_ms)
{
	struct room_segment *s = open_segment(r);

	if (r->meeting.paused) {
		meeting_pause(r, false, r->meeting.pause_seat, at_ms);
	}
	if (s) {
		s->to_ms = at_ms;
	}
}

void meeting_begin(struct room *r, uint64_t row, seat_set audience, int64_t at_ms)
{
	struct room_meeting *m = &r->meeting;
	struct room_segment *s = open_segment(r);
	bool goes_on = s && s->row == row;

	if (goes_on) {
		s->to_ms = at_ms; /* other seats, the same item: who paused it still does */
	} else {
		meeting_close(r, at_ms);
	}
	mem_room(&m->segment, &m->segment_cap, m->segment_count, sizeof *m->segment);
	m->segment[m->segment_count++] = (struct room_segment){.row = row,
							       .audience = audience,
							       .goes_on = goes_on,
							       .from_ms = at_ms,
							       .to_ms = INT64_MAX};
	m->begun = true;
	m->on = true;
	r->rights.minutes_sealed = false;
	share_labels(r, audience);
	agenda_share(r, row);
}

void meeting_end(struct room *r, int64_t at_ms)
{
	meeting_close(r, at_ms);
	r->meeting.on = false;
	/* The next meeting of the series begins with an empty room. */
	for (unsigned i = 0; i < r->rights.seat_count; i++) {
		r->seat[i].attend = ATTEND_NONE;
		r->seat[i].has_left = false;
		r->seat[i].presence_row = 0;
	}
}

bool meeting_expects(const struct room *r, uint8_t seat)
{
	for (size_t i = 0; i < r->meeting.item_count; i++) {
		const struct room_row *row = item_row(r, r->meeting.item[i]);

		if (row && !meeting_segment_of(r, r->meeting.item[i]) &&
		    (item_planned(r, row) & seat_bit(seat))) {
			return true;
		}
	}
	return false;
}

void meeting_item_added(struct room *r, uint64_t row)
{
	struct room_meeting *m = &r->meeting;
	const struct room_row *found = item_row(r, row);

	mem_room(&m->item, &m->item_cap, m->item_count, sizeof *m->item);
	m->item[m->item_count++] = row;
	if (found && found->cell_count > 0) {
		r->row[found - r->row].seated = found->place[0].audience & ~item_planned(r, found);
	}
	agenda_share(r, row);
}

static size_t item_index(const struct room_meeting *m, uint64_t row)
{
	size_t i = 0;

	while (i < m->item_count && m->item[i] != row) {
		i++;
	}
	return i;
}

void meeting_order(struct room *r, uint64_t row, bool has_to, uint64_t to)
{
	struct room_meeting *m = &r->meeting;
	size_t from = item_index(m, row);
	size_t at;

	if (from == m->item_count) {
		return;
	}
	memmove(&m->item[from], &m->item[from + 1], (m->item_count - from - 1) * sizeof *m->item);
	m->item_count--;
	at = has_to ? item_index(m, to) : m->item_count;
	memmove(&m->item[at + 1], &m->item[at], (m->item_count - at) * sizeof *m->item);
	m->item[at] = row;
	m->item_count++;
}

void meeting_fini(struct room *r)
{
	free(r->meeting.segment);
	free(r->meeting.item);
}

/* ---- messages ---- */

/* May the item go on with exactly these seats? Somebody present who is not of them must go first.
 */
static enum err gate(const struct room *r, seat_set audience)
{
	if (r->meeting.segment_count >= LIMIT_ROOM_SEGMENTS) {
		return ERR_LIMIT;
	}
	return audience == 0 || (meeting_present(r) & ~audience) != 0 ? ERR_RULE : ERR_OK;
}

static bool is_chair(const struct room *r, const struct room_event *ev)
{
	return (r->rights.seat[ev->actor].duties & DUTY_CHAIR) != 0;
}

/* An item whose title the actor reads; NULL: absent and not allowed are the same. */
static const struct room_row *known_item(const struct room *r, const struct room_event *ev,
					 uint64_t row)
{
	const struct room_row *found = item_row(r, row);

	if (!found ||
	    cells_level(r, seat_bit(ev->actor), &r->cell[found->first_cell]).level == LEVEL_NONE) {
		return NULL;
	}
	return found;
}

static json_t *segment_body(const struct room *r, uint64_t row, seat_set audience)
{
	char hex[HEX64_LEN + 1];

	id_to_hex(row, hex);
	return json_pack("{s:s,s:o}", "row", hex, "audience", rows_seats_json(r, audience));
}

static void done(struct room *r, const struct room_event *ev, struct fx_list *out)
{
	dedupe_remember(r, ev, &(struct room_answer){0});
	viewer_refresh(r, out);
	fx_ack(out, ev, 0);
}

void on_open(struct room *r, const struct room_event *ev, struct fx_list *out)
{
	struct act act = {.actor = ev->actor, .for_seat = ev->actor, .method = METHOD_OWN};
	const struct room_row *row = known_item(r, ev, ev->msg->row);
	const struct room_segment *now = meeting_segment(r);
	bool begins = !r->meeting.on;
	seat_set audience;
	enum err e;

	if (!row || !is_chair(r, ev)) {
		fx_no(out, ev, ERR_GONE);
		return;
	}
	audience = item_planned(r, row);
	e = gate(r, audience);
	/* The open item again, for the same seats: pressed twice. */
	if (e == ERR_OK && meeting_item_open(r) && now->row == ev->msg->row &&
	    now->audience == audience) {
		e = ERR_RULE;
	}
	if (e != ERR_OK) {
		fx_no(out, ev, e);
		return;
	}
	meeting_begin(r, ev->msg->row, audience, r->now_ms);
	fx_request(out, RECORD_SEGMENT, r, ev, &act)->body =
	    fx_json(out, segment_body(r, ev->msg->row, audience));
	/* Whoever opens the meeting sits in it. */
	if (begins && (audience & seat_bit(ev->actor)) && r->seat[ev->actor].attend != ATTEND_IN) {
		attend_say(r, ev, out, fx_record(out, RECORD_ATTEND, r), ev->actor, ATTEND_IN,
			   r->seat[ev->actor].remote);
	}
	done(r, ev, out);
}

/* The rows of attendance of everybody who is in end now. */
static void all_leave(struct room *r, const struct room_event *ev, struct fx_list *out)
{
	for (unsigned i = 0; i < r->rights.seat_count; i++) {
		if (r->seat[i].attend == ATTEND_IN) {
			attend_say(r, ev, out, fx_record(out, RECORD_ATTEND, r), (uint8_t)i,
				   ATTEND_OUT, r->seat[i].on_line);
		}
	}
}

void on_close(struct room *r, const struct room_event *ev, struct fx_list *out)
{
	struct act act = {.actor = ev->actor, .for_seat = ev->actor, .method = METHOD_OWN};
	bool ends = ev->msg->end == 1;
	enum err e = ERR_OK;

	if (!is_chair(r, ev)) {
		e = ERR_GONE;
	} else if (ev->msg->end > 1) {
		e = ERR_PROTO;
	} else if (ends ? !r->meeting.on : !meeting_item_open(r)) {
		e = ERR_RULE;
	}
	if (e != ERR_OK) {
		fx_no(out, ev, e);
		return;
	}
	if (ends) {
		fx_request(out, RECORD_END, r, ev, &act)->body = slice_of("{}");
		all_leave(r, ev, out);
		meeting_end(r, r->now_ms);
	} else {
		fx_request(out, RECORD_SEGMENT, r, ev, &act)->body =
		    fx_json(out, json_pack("{s:n,s:[]}", "row", "audience"));
		meeting_close(r, r->now_ms);
	}
	done(r, ev, out);
}

void on_order(struct room *r, const struct room_event *ev, struct fx_list *out)
{
	struct act act = {.actor = ev->actor, .for_seat = ev->actor, .method = METHOD_OWN};
	char hex[HEX64_LEN + 1], to_hex[HEX64_LEN + 1];

	if (!is_chair(r, ev) || !known_item(r, ev, ev->msg->row) ||
	    (ev->msg->has_to && (!known_item(r, ev, ev->msg->to) || ev->msg->to == ev->msg->row))) {
		fx_no(out, ev, ERR_GONE);
		return;
	}
	meeting_order(r, ev->msg->row, ev->msg->has_to, ev->msg->to);
	id_to_hex(ev->msg->row, hex);
	id_to_hex(ev->msg->to, to_hex);
	fx_request(out, RECORD_ORDER, r, ev, &act)->body = fx_json(
	    out, json_pack("{s:s,s:s?}", "row", hex, "to", ev->msg->has_to ? to_hex : NULL));
	dedupe_remember(r, ev, &(struct room_answer){0});
	fx_add(out, FX_MEET, (struct conn_id){0});
	fx_ack(out, ev, 0);
}

/* ---- the audience of an item is a register of its row ---- */

bool agenda_is_audience(const struct room *r, struct slice key, uint64_t *row)
{
	static const char tail[] = "/" NAME_AGENDA_AUDIENCE;
	uint16_t table;

	if (key.len <= sizeof tail - 1 ||
	    memcmp(key.ptr + key.len - (sizeof tail - 1), tail, sizeof tail - 1) != 0) {
		return false;
	}
	key.len -= sizeof tail - 1;
	return rows_key(r, key, &table, row) &&
	       strcmp(r->schema->table[table].id, NAME_AGENDA) == 0;
}

enum err agenda_may_change(const struct room *r, const struct act *act, uint64_t row,
			   const json_t *value)
{
	const struct room_segment *now = meeting_segment(r);

	for (size_t i = 0; i < json_array_size(value); i++) {
		const json_t *one = json_array_get(value, i);

		if (value_seats(r, one) == 0) {
			return ERR_PROTO; /* a word that names nobody would let nobody in */
		}
		if (!cells_knows(r, seat_bit(act->actor),
				 (unsigned)__builtin_ctzll(value_seats(r, one)))) {
			return ERR_GONE;
		}
	}
	if (meeting_item_open(r) && now->row == row) {
		if (!(r->rights.seat[act->actor].duties & DUTY_CHAIR)) {
			return ERR_RULE; /* who sits here now is the chair's to change */
		}
		return gate(r, value_seats(r, value));
	}
	return ERR_OK;
}

void agenda_changed(struct room *r, uint64_t row, struct fx_list *out)
{
	const struct room_segment *now = meeting_segment(r);
	const struct room_row *found = item_row(r, row);
	seat_set audience = item_planned(r, found);

	agenda_share(r, row);
	if (meeting_item_open(r) && now->row == row && now->audience != audience) {
		fx_record(out, RECORD_SEGMENT, r)->body =
		    fx_json(out, segment_body(r, row, audience));
		meeting_begin(r, row, audience, r->now_ms);
	}
}

/* ---- as it is shown ---- */

static int item_minutes(const struct room *r, const struct room_row *row)
{
	const struct room_cell *c = item_cell(r, row, NAME_AGENDA_MINUTES);

	return c && json_is_integer(c->value) ? (int)json_integer_value(c->value) : 0;
}

static int start_minute(const struct room *r)
{
	uint32_t at = cells_find(r, slice_of(NAME_START));
	int minute;

	if (at == MAP_NONE || !json_is_string(r->cell[at].value) ||
	    !clock_read(slice_of(json_string_value(r->cell[at].value)), &minute)) {
		return -1;
	}
	return minute;
}

static void show_item(const struct room *r, uint64_t id, const struct room_row *row,
		      struct item_shown *out)
{
	const struct room_segment *s = meeting_segment_of(r, id);
	seat_set seated = 0;

	for (size_t i = 0; i < r->meeting.segment_count; i++) {
		seated |= r->meeting.segment[i].row == id ? r->meeting.segment[i].audience : 0;
	}
	*out = (struct item_shown){.row = id,
				   .place = row->place[0],
				   .planned = item_planned(r, row),
				   .opened = s != NULL,
				   .seated = seated};
	if (s) {
		out->audience = s->audience;
		out->from_ms = s->from_ms;
		out->to_ms = s->to_ms;
	}
}

static const struct sealed_shown *sealed_shown(const struct room_meeting *m, struct arena *mem)
{
	struct sealed_shown *v = arena_alloc(mem, (m->sealed + 1) * sizeof *v);

	for (size_t i = 0; i < m->sealed; i++) {
		v[i] = (struct sealed_shown){m->segment[i].audience, m->segment[i].sealed_ms};
	}
	return v;
}

const struct meet_shown *room_meet(const struct room *r, struct arena *mem)
{
	const struct room_meeting *m = &r->meeting;
	const struct room_segment *now = meeting_segment(r);
	struct meet_shown *shown = arena_alloc(mem, sizeof *shown);
	struct item_shown *item = arena_alloc(mem, (m->item_count + 1) * sizeof *item);
	int *minutes = arena_alloc(mem, (m->item_count + 1) * sizeof *minutes);

	*shown = (struct meet_shown){.now_ms = r->now_ms,
				     .begun = m->begun,
				     .on = m->on,
				     .item_open = meeting_item_open(r),
				     .item = item,
				     .minutes = minutes,
				     .pause_ms = m->paused ? m->pause_ms : INT64_MIN,
				     .start_minute = start_minute(r),
				     .sealed = sealed_shown(m, mem),
				     .sealed_count = m->sealed};
	if (now) {
		shown->item_row = now->row;
		shown->audience = now->audience;
		shown->since_ms = m->segment[item_began(m)].from_ms;
		for (size_t i = item_began(m); i < m->segment_count; i++) {
			shown->since_ms += m->segment[i].paused_ms;
		}
	}
	for (size_t i = 0; i < m->item_count; i++) {
		const struct room_row *row = item_row(r, m->item[i]);

		if (row) {
			minutes[shown->item_count] = item_minutes(r, row);
			show_item(r, m->item[i], row, &item[shown->item_count++]);
		}
	}
	return shown;
}
