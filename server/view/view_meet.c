/* How the meeting stands for one viewer: nothing of what goes on without it. */
#include "base/day.h"
#include "view/view_json.h"

static bool is_all_of(seat_set viewer, seat_set audience)
{
	return viewer != 0 && (viewer & ~audience) == 0;
}

static const struct seat_shown *self_of(const struct view *v)
{
	for (size_t i = 0; i < v->seat_count; i++) {
		if (v->seat[i].seat == v->actor) {
			return &v->seat[i];
		}
	}
	return NULL;
}

/* A board comes and goes with those it is for. */
static enum attend attend_of(const struct view *v)
{
	const struct seat_shown *self = self_of(v);

	return v->board ? ATTEND_IN : self ? self->attend : ATTEND_NONE;
}

/* It left, and an item is open that began since. */
static bool is_called(const struct view *v)
{
	const struct seat_shown *self = self_of(v);

	return !v->board && self && self->called;
}

bool view_is_chair(const struct view *v)
{
	return !v->board && (v->rights->seat[v->actor].duties & DUTY_CHAIR) != 0;
}

bool view_sees_presence(const struct view *v)
{
	const struct meet_shown *m = v->meet;
	bool insider = view_sees_reach(v); /* official, or the person */
	enum attend at = attend_of(v);

	if (view_is_chair(v)) {
		return true;
	}
	if (!m || !m->on) {
		return insider;
	}
	return is_all_of(v->viewer, m->audience) &&
	       (at == ATTEND_IN || (insider && at == ATTEND_NONE));
}

/* Is something still to come for which this viewer is asked? */
static bool has_future(const struct view *v)
{
	for (size_t i = 0; i < v->meet->item_count; i++) {
		if (!v->meet->item[i].opened && is_all_of(v->viewer, v->meet->item[i].planned)) {
			return true;
		}
	}
	return false;
}

/*
 * Who has left or has no part in what goes on is told the same whether it goes on or not, and
 * whatever it is.
 */
static const char *phase_of(const struct view *v)
{
	const struct meet_shown *m = v->meet;
	enum attend at = attend_of(v);
	bool inside = is_all_of(v->viewer, m->audience);

	if (at == ATTEND_WAIT) {
		return "wait";
	}
	if (!m->on) {
		return m->begun && !has_future(v) ? "done" : "before";
	}
	if (at == ATTEND_NONE) {
		return inside || has_future(v) ? "door" : "done";
	}
	if (at == ATTEND_IN && inside) {
		return "in";
	}
	if (inside && is_called(v)) {
		return "door";
	}
	return has_future(v) ? "on" : "done";
}

/* It goes on, as far as this viewer is to know. */
static bool is_open_to(const struct view *v, const struct item_shown *item)
{
	return item->to_ms == INT64_MAX && is_all_of(v->viewer, item->audience);
}

/* An item one sat in stays done, also when it goes on for others. */
static const char *state_of(const struct view *v, const struct item_shown *item, bool is_in)
{
	if (!item->opened || !is_all_of(v->viewer, item->seated)) {
		return "next";
	}
	if (is_open_to(v, item)) {
		/* To who left it is over; who never came in, or left before, sees it begin. */
		return is_in                                         ? "now"
		       : attend_of(v) == ATTEND_OUT && !is_called(v) ? "done"
								     : "next";
	}
	return "done";
}

static json_t *item_json(const struct view *v, const struct item_shown *item, bool is_in)
{
	const char *state = state_of(v, item, is_in);
	json_t *o = json_pack("{s:o,s:s}", "row", json_hex(item->row), "state", state);

	if (is_in && strcmp(state, "next") != 0 && is_all_of(v->viewer, item->audience)) {
		json_object_set_new(o, "from", json_integer(item->from_ms));
		if (item->to_ms != INT64_MAX) {
			json_object_set_new(o, "to", json_integer(item->to_ms));
		}
	}
	return o;
}

static json_t *agenda_json(const struct view *v, bool is_in)
{
	json_t *list = json_array();

	for (size_t i = 0; i < v->meet->item_count; i++) {
		if (view_may_read(v, &v->meet->item[i].place)) {
			json_array_append_new(list, item_json(v, &v->meet->item[i], is_in));
		}
	}
	return list;
}

/* When the first item it is planned for should begin; the lengths before it are not told. */
static void add_start(const struct view *v, json_t *o)
{
	const struct meet_shown *m = v->meet;
	int minute = m->start_minute;
	char text[6];

	for (size_t i = 0; minute >= 0 && !v->board && i < m->item_count; i++) {
		if (is_all_of(v->viewer, m->item[i].planned | m->item[i].seated)) {
			clock_write(minute % (24 * 60), text);
			json_object_set_new(o, "start", json_string(text));
			return;
		}
		minute += m->minutes[i];
	}
}

/*
 * When minutes were sealed last of what this viewer sat in, so that its page can ask for them; of
 * others it hears nothing, and a board has none.
 */
static void add_sealed(const struct view *v, json_t *o)
{
	const struct meet_shown *m = v->meet;
	int64_t at_ms = INT64_MIN;

	for (size_t i = 0; !v->board && i < m->sealed_count; i++) {
		if (is_all_of(v->viewer, m->sealed[i].audience) && m->sealed[i].at_ms > at_ms) {
			at_ms = m->sealed[i].at_ms;
		}
	}
	if (at_ms != INT64_MIN) {
		json_object_set_new(o, "sealed", json_integer(at_ms));
	}
}

json_t *view_meet_json(const struct view *v)
{
	const struct meet_shown *m = v->meet;
	const char *phase = phase_of(v);
	bool is_in = strcmp(phase, "in") == 0;
	json_t *o = json_pack("{s:s,s:o}", "phase", phase, "agenda", agenda_json(v, is_in));

	if (is_in && m->item_open) {
		json_object_set_new(o, "item",
				    json_pack("{s:o,s:I}", "row", json_hex(m->item_row), "since",
					      (json_int_t)m->since_ms));
	}
	if (is_in && m->pause_ms != INT64_MIN) {
		json_object_set_new(o, "pause", json_integer(m->pause_ms));
	}
	/* Who has left, and may hear no more of the order of things, is told it no more. */
	if (is_in || strcmp(phase, "before") == 0 || strcmp(phase, "door") == 0) {
		add_start(v, o);
	}
	add_sealed(v, o);
	return o;
}

struct frame *view_meet(const struct view *v)
{
	return json_frame(json_pack("{s:s,s:o}", "t", "meet", "meet", view_meet_json(v)));
}

struct frame *view_again(void)
{
	return json_frame(json_pack("{s:s}", "t", "again"));
}
