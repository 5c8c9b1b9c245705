/* Suggestions as one viewer may have them. */
#include <assert.h>

#include "view/view_json.h"

static const char *const state_names[] = {
    [SUGGESTION_OPEN] = "open", [SUGGESTION_TAKEN] = "taken", [SUGGESTION_ANSWERED] = "answered",
    [SUGGESTION_OLD] = "old",   [SUGGESTION_GONE] = "gone",
};

json_t *view_suggestion_json(const struct view *v, const struct suggestion_shown *s)
{
	json_t *o;

	/* Whose it is is half of what it says: by nobody it would only tell that somebody hides. */
	if (!view_knows(v, s->seat)) {
		return NULL;
	}
	o = json_pack("{s:o,s:o,s:s,s:I,s:I}", "id", json_hex(s->id), "seat",
		      view_seat_id(v, s->seat), "state", state_names[s->state], "at",
		      (json_int_t)s->at_ms, "ver", (json_int_t)s->ver);
	if (s->change.count > 0) {
		json_object_set_new(o, "change", change_to_json(&s->change));
	}
	if (s->words.len > 0) {
		json_object_set_new(o, "words", json_slice(s->words));
	}
	if (s->reply.len > 0) {
		json_object_set_new(o, "reply", json_slice(s->reply));
	}
	json_may_set(o, "by", s->by == SEAT_NONE ? NULL : view_seat_id(v, s->by));
	return o;
}

struct frame *view_suggest(const struct view *v, const struct suggest_shown *s)
{
	json_t *o = view_may_read(v, &s->place) ? view_suggestion_json(v, &s->suggestion) : NULL;

	if (!o) {
		return NULL;
	}
	json_object_set_new(o, "t", json_string("suggest"));
	json_object_set_new(o, "cell", json_slice(s->key));
	return json_frame(o);
}
