/* What a viewer is told of itself: who it is, what its role does not read, what it may approve. */
#include "policy/schema_diff.h"
#include "view/view_json.h"

/* A property of the role, never of the case. */
json_t *view_hidden_json(const struct view *v)
{
	const struct schema *s = v->rights->schema;
	json_t *list;

	if (v->board || !rights_is_official(v->rights, v->actor)) {
		return NULL;
	}
	list = json_array();
	for (uint16_t i = 0; i < s->cls_count; i++) {
		if (rights_hides_class(v->rights, v->actor, i)) {
			json_array_append_new(list, json_string(s->cls[i].id));
		}
	}
	return list;
}

static json_t *lines(const struct schema_diff *d, enum schema_change_kind kind)
{
	json_t *list = json_array();

	for (size_t i = 0; i < d->count; i++) {
		if (d->change[i].kind == kind) {
			json_array_append_new(list, json_string(d->change[i].text));
		}
	}
	return list;
}

json_t *view_policy_json(const struct view *v)
{
	const struct rights *r = v->rights;
	struct schema_diff d;
	struct arena mem;
	json_t *o;

	if (v->board || !r->ceiling || !rights_may_approve(r, v->actor)) {
		return NULL;
	}
	arena_init(&mem);
	d = schema_diff(r->ceiling->approved, r->schema, &mem);
	o = json_pack("{s:s,s:o,s:o,s:o}", "hash", r->schema->hash, "gains", lines(&d, SCHEMA_GAIN),
		      "losses", lines(&d, SCHEMA_LOSS), "others", lines(&d, SCHEMA_OTHER));
	arena_fini(&mem);
	return o;
}

struct frame *view_me(const struct view *v)
{
	json_t *o = json_pack("{s:s,s:o}", "t", "me", "me", view_me_json(v));

	json_may_set(o, "hidden", view_hidden_json(v));
	json_may_set(o, "policy", view_policy_json(v));
	return json_frame(o);
}
