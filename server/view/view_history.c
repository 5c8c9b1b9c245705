/* What became of a cell, as one viewer may be told. */
#include "view/view_json.h"

static json_t *entry_json(const struct view *v, const struct cell_place *place,
			  const struct past_shown *e)
{
	const struct schema *s = v->rights->schema;
	const char *label = view_choice(s, &s->col[place->col], e->value);
	json_t *o = json_pack("{s:I,s:I,s:I}", "ver", (json_int_t)e->ver, "from",
			      (json_int_t)e->from_ms, "at", (json_int_t)e->at_ms);

	if (e->actor == SEAT_NONE && e->seat == SEAT_NONE) {
		json_object_set_new(o, "file", json_true());
	} else {
		json_may_set(o, "seat", view_seat_id(v, e->seat));
	}
	if (e->actor != e->seat) {
		json_may_set(o, "actor", view_seat_id(v, e->actor));
		json_object_set_new(o, "method", json_string(method_name(e->method)));
	}
	if (e->value) {
		json_object_set_new(o, "value", view_value(v, place, e->value));
	}
	json_may_set(o, "label", label ? json_string(label) : NULL);
	return o;
}

struct frame *view_history(const struct view *v, uint64_t ref, const struct history_shown *h)
{
	json_t *o, *list;

	if (!view_may_read(v, &h->place)) {
		return NULL;
	}
	o = json_pack("{s:s,s:I,s:o}", "t", "history", "ref", (json_int_t)ref, "cell",
		      json_slice(h->key));
	if (h->has_text) {
		json_object_set_new(o, "ver", json_integer((json_int_t)h->ver));
		json_object_set_new(o, "text", json_slice(h->text));
		return json_frame(o);
	}
	list = json_array();
	for (size_t i = 0; i < h->count; i++) {
		json_array_append_new(list, entry_json(v, &h->place, &h->entry[i]));
	}
	json_object_set_new(o, "entries", list);
	if (h->has_more) {
		json_object_set_new(o, "more", json_true());
	}
	return json_frame(o);
}
