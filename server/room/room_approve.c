/* A newer policy was pinned: what it takes is gone at once; what it gives comes by an approval. */
#include "room/room_state.h"

/* A field that the older form did not have; one that it had long ago keeps its first version. */
static enum err add_field(struct room *r, const char *key, const json_t *pair)
{
	struct cell_place place = {.col = schema_col_find(r->schema, slice_of(key))};

	if (cells_find(r, slice_of(key)) != MAP_NONE) {
		return ERR_OK;
	}
	if (place.col == SCHEMA_NONE || r->schema->col[place.col].table != SCHEMA_NONE) {
		return pins_may_skip(pair) ? ERR_OK : ERR_SCHEMA;
	}
	return cells_add(r, slice_of(key), &place,
			 (uint64_t)json_integer_value(json_array_get(pair, 0)),
			 json_array_get(pair, 1));
}

enum err replay_pin(struct room *r, const struct record *rec, const json_t *body)
{
	json_t *cells = json_object_get(body, "cells");
	json_t *pair;
	const char *key;

	if (!pins_take(&r->pins, rec->kind, body)) {
		return ERR_PROTO;
	}
	json_object_foreach(cells, key, pair)
	{
		enum err e = add_field(r, key, pair);

		if (e != ERR_OK) {
			return e;
		}
	}
	/* It may give back what the last one took, where that was never approved. */
	rights_raise_floors(r, SEATS_ALL);
	return ERR_OK;
}

enum err pins_settle(struct room *r)
{
	const struct room_pins *p = &r->pins;

	r->rights.ceiling = NULL;
	if (p->pinned[0] == '\0') {
		return ERR_OK;
	}
	if (strcmp(p->pinned, r->schema->hash) != 0) {
		return ERR_SCHEMA;
	}
	if (strcmp(p->approved, p->pinned) == 0) {
		return ERR_OK;
	}
	if (!r->ceiling || strcmp(p->approved, r->ceiling->approved->hash) != 0) {
		return ERR_SCHEMA;
	}
	r->rights.ceiling = r->ceiling;
	return ERR_OK;
}

static bool is_insider(const struct room *r, const struct room_viewer *v, struct arena *mem)
{
	struct named n;

	named_init(&n, r, v->seats, mem);
	return n.insider;
}

/* The ceiling goes. Who is official from now on is told how far each cell reaches. */
static void lift(struct room *r, struct arena *mem)
{
	bool *was = arena_alloc(mem, (r->viewer_count + 1) * sizeof *was);

	for (size_t i = 0; i < r->viewer_count; i++) {
		was[i] = is_insider(r, &r->viewer[i], mem);
	}
	memcpy(r->pins.approved, r->pins.pinned, sizeof r->pins.approved);
	r->rights.ceiling = NULL;
	rights_raise_floors(r, SEATS_ALL);
	for (size_t i = 0; i < r->viewer_count; i++) {
		if (is_insider(r, &r->viewer[i], mem) != was[i]) {
			viewer_forget_modes(&r->viewer[i]);
		}
	}
}

void on_approve(struct room *r, const struct room_event *ev, struct fx_list *out)
{
	struct act act = {.actor = ev->actor, .for_seat = ev->actor, .method = METHOD_OWN};
	enum err e = ERR_OK;

	if (!rights_may_approve(&r->rights, ev->actor)) {
		e = ERR_GONE; /* whether one waits or not */
	} else if (!r->rights.ceiling || !slice_is(ev->msg->hash, r->pins.pinned)) {
		e = ERR_RULE; /* what is approved is what was shown */
	}
	if (e != ERR_OK) {
		fx_no(out, ev, e);
		return;
	}
	fx_request(out, RECORD_APPROVE, r, ev, &act)->body =
	    fx_json(out, json_pack("{s:s}", "hash", r->pins.pinned));
	lift(r, &out->mem);
	dedupe_remember(r, ev, &(struct room_answer){0});
	viewer_refresh(r, out);
	fx_add(out, FX_ME, (struct conn_id){0});
	fx_ack(out, ev, 0);
}
