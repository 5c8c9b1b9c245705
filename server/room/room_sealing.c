/*
 * The minutes are sealed: from then on nobody changes what belongs to that meeting. The log itself
 * is made of the journal up to here, elsewhere; corrections are told in it.
 */
#include "base/day.h"
#include "base/limits.h"
#include "minutes/input.h"
#include "room/room_names.h"
#include "room/room_state.h"

bool sealing_holds(const struct room *r, const struct cell_place *place)
{
	return r->schema->cls[r->schema->col[place->col].cls].is_minutes &&
	       (place->has_row ? place->is_sealed : r->rights.minutes_sealed);
}

bool sealing_holds_segment(const struct room *r, const struct room_segment *s)
{
	return (size_t)(s - r->meeting.segment) < r->meeting.sealed;
}

static bool is_of_meeting(const struct room *r, const struct room_row *row)
{
	const struct schema_table *t = &r->schema->table[row->table];

	return t->in_segment || strcmp(t->id, NAME_ATTENDANCE) == 0;
}

/* A meeting was held, or its minutes came with a case file, and nothing of it is sealed yet. */
static bool has_something(const struct room *r)
{
	if (r->meeting.segment_count > r->meeting.sealed) {
		return true;
	}
	for (size_t i = 0; i < r->row_count; i++) {
		if (r->schema->table[r->row[i].table].in_segment && r->row[i].cell_count > 0 &&
		    !r->row[i].place[0].is_sealed) {
			return true;
		}
	}
	return false;
}

static void seal(struct room *r, int64_t at_ms)
{
	for (size_t i = 0; i < r->row_count; i++) {
		for (uint32_t k = 0; is_of_meeting(r, &r->row[i]) && k < r->row[i].cell_count;
		     k++) {
			r->row[i].place[k].is_sealed = true;
		}
	}
	for (; r->meeting.sealed < r->meeting.segment_count; r->meeting.sealed++) {
		r->meeting.segment[r->meeting.sealed].sealed_ms = at_ms;
	}
	r->rights.minutes_sealed = true;
}

enum err sealing_replay(struct room *r, const struct record *rec, const json_t *body)
{
	if (r->meeting.on || !json_is_integer(json_object_get(body, "deadline"))) {
		return ERR_PROTO;
	}
	seal(r, rec->at_ms);
	return ERR_OK;
}

bool room_has_minutes(const struct room *r)
{
	return !r->meeting.on && has_something(r);
}

/* Each seat and each audience has a slot of its own. */
static bool has_slots(const struct room *r)
{
	struct min_input in;
	struct arena mem;
	json_t *values;

	arena_init(&mem);
	values = room_seal_input(r, &mem, &in);
	json_decref(values);
	arena_fini(&mem);
	return in.seat_count + in.audience_count <= LIMIT_SEAL_SLOTS;
}

enum err room_may_seal(const struct room *r, uint8_t seat)
{
	if (!(r->rights.seat[seat].duties & DUTY_CHAIR)) {
		return ERR_GONE;
	}
	if (!room_has_minutes(r)) {
		return ERR_RULE;
	}
	return has_slots(r) ? ERR_OK : ERR_LIMIT;
}

/* The end of that day in Japan. */
static enum err deadline_of(struct slice until, int64_t now_ms, int64_t *ms)
{
	int64_t day;

	if (!day_read(until, &day)) {
		return ERR_PROTO;
	}
	*ms = day_start_ms(day + 1);
	return *ms <= now_ms || day > day_in_japan(now_ms) + LIMIT_SEAL_DAYS ? ERR_RULE : ERR_OK;
}

enum err room_seal_body(const struct room *r, uint8_t seat, struct slice until, int64_t now_ms,
			json_t **out)
{
	int64_t deadline = 0;
	enum err e = room_may_seal(r, seat);

	if (e == ERR_OK) {
		e = deadline_of(until, now_ms, &deadline);
	}
	if (e == ERR_OK) {
		*out = json_pack("{s:I}", "deadline", (json_int_t)deadline);
	}
	return e;
}

void on_seal(struct room *r, const struct room_event *ev, struct fx_list *out)
{
	struct act act = {.actor = ev->actor, .for_seat = ev->actor, .method = METHOD_OWN};
	json_t *body;
	enum err e = room_seal_body(r, ev->actor, ev->msg->until, r->now_ms, &body);

	if (e != ERR_OK) {
		fx_no(out, ev, e);
		return;
	}
	seal(r, r->now_ms);
	fx_request(out, RECORD_SEAL, r, ev, &act)->body = fx_json(out, body);
	dedupe_remember(r, ev, &(struct room_answer){0});
	viewer_refresh(r, out);
	fx_ack(out, ev, 0);
}
