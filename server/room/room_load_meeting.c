/* Rebuilding the meeting: segments, attendance, and rights that changed in it. */
#include "base/ids.h"
#include "base/limits.h"
#include "room/room_state.h"

static enum err replay_bar(struct room *r, const struct record *rec, const json_t *body)
{
	uint8_t seat;

	(void)rec;
	if (!body_seat(r, json_object_get(body, "seat"), &seat)) {
		return ERR_PROTO;
	}
	r->rights.seat[seat].barred = json_is_true(json_object_get(body, "on"));
	rights_raise_floors(r, seat_bit(seat));
	return ERR_OK;
}

static enum err replay_deny(struct room *r, const struct record *rec, const json_t *body)
{
	uint8_t seat, about;

	(void)rec;
	if (!body_seat(r, json_object_get(body, "seat"), &seat) ||
	    !body_seat(r, json_object_get(body, "about"), &about)) {
		return ERR_PROTO;
	}
	if (json_is_true(json_object_get(body, "on"))) {
		r->rights.seat[seat].denied |= seat_bit(about);
	} else {
		r->rights.seat[seat].denied &= ~seat_bit(about);
	}
	rights_raise_floors(r, seat_bit(seat));
	return ERR_OK;
}

static enum err replay_segment(struct room *r, const struct record *rec, const json_t *body)
{
	uint64_t row;
	seat_set audience;

	if (json_is_null(json_object_get(body, "row"))) {
		meeting_close(r, rec->at_ms);
		return ERR_OK;
	}
	if (!body_hex(body, "row", &row) ||
	    !body_seats(r, json_object_get(body, "audience"), &audience) ||
	    r->meeting.segment_count >= LIMIT_ROOM_SEGMENTS) {
		return ERR_PROTO;
	}
	meeting_begin(r, row, audience, rec->at_ms);
	return ERR_OK;
}

static enum err replay_assent(struct room *r, const struct record *rec, const json_t *body)
{
	(void)rec;
	(void)body;
	r->assent = true;
	return ERR_OK;
}

static enum err replay_end(struct room *r, const struct record *rec, const json_t *body)
{
	(void)body;
	meeting_end(r, rec->at_ms);
	return ERR_OK;
}

static enum err replay_order(struct room *r, const struct record *rec, const json_t *body)
{
	uint64_t row, to = 0;
	bool has_to = !json_is_null(json_object_get(body, "to"));

	(void)rec;
	if (!body_hex(body, "row", &row) || (has_to && !body_hex(body, "to", &to))) {
		return ERR_PROTO;
	}
	meeting_order(r, row, has_to, to);
	return ERR_OK;
}

static enum err replay_attend(struct room *r, const struct record *rec, const json_t *body)
{
	const char *what = json_string_value(json_object_get(body, "what"));
	const char *place = json_string_value(json_object_get(body, "place"));
	uint64_t row = 0;
	uint8_t seat;

	(void)rec;
	if (!body_seat(r, json_object_get(body, "seat"), &seat) || !what || !place ||
	    attend_find(slice_of(what)) == ATTEND_NONE ||
	    (!json_is_null(json_object_get(body, "row")) && !body_hex(body, "row", &row))) {
		return ERR_PROTO;
	}
	attend_mark(r, seat, attend_find(slice_of(what)), strcmp(place, "line") == 0, row);
	return ERR_OK;
}

static enum err replay_pause(struct room *r, const struct record *rec, const json_t *body)
{
	uint8_t seat;

	if (!body_seat(r, json_object_get(body, "seat"), &seat)) {
		return ERR_PROTO;
	}
	meeting_pause(r, json_is_true(json_object_get(body, "on")), seat, rec->at_ms);
	return ERR_OK;
}

static enum err replay_assign(struct room *r, const struct record *rec, const json_t *body)
{
	uint32_t row = cells_find_row(r, rec->cell);
	seat_set audience;
	uint64_t to;

	if (row == MAP_NONE || !body_hex(body, "to", &to) ||
	    !body_seats(r, json_object_get(body, "audience"), &audience)) {
		return ERR_PROTO;
	}
	rows_assign(r, row, to, audience);
	return ERR_OK;
}

enum err replay_meeting(struct room *r, const struct record *rec, const json_t *body)
{
	switch (rec->kind) {
	case RECORD_BAR:
		return replay_bar(r, rec, body);
	case RECORD_DENY:
		return replay_deny(r, rec, body);
	case RECORD_SEGMENT:
		return replay_segment(r, rec, body);
	case RECORD_ASSENT:
		return replay_assent(r, rec, body);
	case RECORD_END:
		return replay_end(r, rec, body);
	case RECORD_ORDER:
		return replay_order(r, rec, body);
	case RECORD_ATTEND:
		return replay_attend(r, rec, body);
	case RECORD_PAUSE:
		return replay_pause(r, rec, body);
	case RECORD_ASSIGN:
		return replay_assign(r, rec, body);
	default:
		return ERR_PROTO;
	}
}
