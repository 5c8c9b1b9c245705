/* Seats as one viewer may know them, and who it is itself. */
#include "view/view_json.h"

static void seat_words(const struct view *v, unsigned seat, json_t *o)
{
	const struct schema_role *role = &v->rights->schema->role[v->rights->seat[seat].role];

	json_object_set_new(o, "role", json_string(role->id));
	json_object_set_new(o, "role_label", json_string(role->label));
	json_object_set_new(o, "seal", json_string(role->seal));
}

static json_t *duties_json(const struct view *v, unsigned seat)
{
	unsigned duties = v->rights->seat[seat].duties;
	json_t *list = json_array();

	if (duties & DUTY_CHAIR) {
		json_array_append_new(list, json_string("chair"));
	}
	if (duties & DUTY_RECORDER) {
		json_array_append_new(list, json_string("recorder"));
	}
	return list;
}

static bool is_self(const struct view *v, unsigned seat)
{
	return !v->board && seat == v->actor;
}

/*
 * Marked as present, waiting or gone. Who waits is between them and the chair. That it is gone is
 * not told to a seat itself: the mark ends with the meeting, and who has left must not hear when
 * that is.
 */
static void set_attend(const struct view *v, const struct seat_shown *s, bool presence, json_t *o)
{
	bool mine = is_self(v, s->seat);
	const char *at = s->on_line ? "line" : "room";

	if (s->attend == ATTEND_NONE || (!presence && !mine) ||
	    (s->attend == ATTEND_OUT && !presence) ||
	    (s->attend == ATTEND_WAIT && !mine && !view_is_chair(v))) {
		return;
	}
	at = s->attend == ATTEND_WAIT ? "wait" : s->attend == ATTEND_OUT ? "out" : at;
	json_object_set_new(o, "at", json_string(at));
}

/* Neither official nor the person: what they may know, nobody should have to remember. */
static bool is_outside(const struct view *v, unsigned seat)
{
	const struct schema_role *role = &v->rights->schema->role[v->rights->seat[seat].role];

	return !role->official && strcmp(role->id, "self") != 0;
}

json_t *view_seat_list(const struct view *v)
{
	bool presence = view_sees_presence(v);
	json_t *list = json_array();

	for (size_t i = 0; i < v->seat_count; i++) {
		const struct seat_shown *s = &v->seat[i];
		bool here = s->here && (presence || is_self(v, s->seat));
		json_t *o;

		if (!view_may_read(v, &s->label_place)) {
			continue;
		}
		o = json_pack("{s:o,s:o,s:b}", "seat", json_hex(s->wire), "label",
			      json_slice(s->label), "here", (int)here);
		seat_words(v, s->seat, o);
		set_attend(v, s, presence, o);
		if (view_tells_reach(v) && is_outside(v, s->seat)) {
			json_object_set_new(o, "out", json_true());
		}
		if (v->rights->seat[s->seat].duties) {
			json_object_set_new(o, "duties", duties_json(v, s->seat));
		}
		json_array_append_new(list, o);
	}
	return list;
}

json_t *view_me_json(const struct view *v)
{
	json_t *o;

	/* A screen on the wall is nobody in particular. */
	if (v->board) {
		return json_pack("{s:s,s:s,s:s,s:s,s:s,s:b,s:b,s:[]}", "seat", "", "label", "",
				 "role", "", "role_label", "", "seal", "", "official", 0, "board",
				 1, "duties");
	}
	o = json_pack("{s:b}", "official", (int)rights_is_official(v->rights, v->actor));
	for (size_t i = 0; i < v->seat_count; i++) {
		if (v->seat[i].seat == v->actor) {
			json_object_set_new(o, "seat", json_hex(v->seat[i].wire));
			json_object_set_new(o, "label", json_slice(v->seat[i].label));
		}
	}
	seat_words(v, v->actor, o);
	json_object_set_new(o, "duties", duties_json(v, v->actor));
	return o;
}
