/* A room comes from the disk: from its base and what came after, or from its whole journal. */
#include <stdio.h>

#include "net/hub_state.h"

/* The records up to the base, which stand beside it, and those that came after. */
static enum err replay(struct hub_room *hr, const struct store_series *l, bool from_base, char *why)
{
	bool held = from_base;
	enum err e = ERR_OK;

	if (from_base) {
		room_base_begin(hr->room);
	}
	for (size_t i = 0; e == ERR_OK && i <= l->record_count; i++) {
		bool is_past = i == l->record_count || store_series_seq(l, i) > l->base_seq;

		if (held && is_past) {
			(void)snprintf(why, STORE_WHY_BYTES, "its base");
			e = room_base_end(hr->room, l->base_body);
			held = false;
		}
		if (e == ERR_OK && i < l->record_count) {
			e = room_replay(hr->room, &l->record[i]);
			if (e != ERR_OK) {
				(void)snprintf(why, STORE_WHY_BYTES, "entry %llu (%s)",
					       (unsigned long long)store_series_seq(l, i),
					       record_kind_name(l->record[i].kind));
			}
		}
	}
	return e;
}

static enum err rebuild(struct hub_room *hr, const struct store_series *loaded, char *why)
{
	bool from_base = loaded->has_base && !hr->no_base;
	enum err e =
	    policies_take(hr->hub->policies, loaded, loaded->record_count, &hr->policy, why);

	if (e != ERR_OK) {
		return e;
	}
	if (from_base && (loaded->base_seq == 0 || loaded->base_seq > loaded->last_seq)) {
		(void)snprintf(why, STORE_WHY_BYTES, "its base is ahead of the journal");
		return ERR_PROTO;
	}
	hr->room = room_create(hr->policy.schema, hr->policy.ceiling);
	for (size_t i = 0; e == ERR_OK && !hr->no_base && i < loaded->base_count; i++) {
		e = room_replay_base(hr->room, &loaded->base[i]);
		(void)snprintf(why, STORE_WHY_BYTES, "folded text %zu", i + 1);
	}
	if (e == ERR_OK) {
		e = replay(hr, loaded, from_base, why);
	}
	if (e == ERR_OK) {
		(void)snprintf(why, STORE_WHY_BYTES, "what the entries add up to");
		e = room_replay_done(hr->room, hr->hub->now_ms, false);
	}
	return e;
}

/* What is derived may be wrong; then the journal does without it. */
static bool goes_without_base(struct hub_room *hr, const struct store_series *loaded,
			      const char *why)
{
	if (!loaded || hr->no_base || (!loaded->has_base && loaded->base_count == 0)) {
		return false;
	}
	fprintf(stderr, "level=warning event=base series=%lld why=\"%s\"\n",
		(long long)hr->series.n, why);
	hub_room_gone(hr);
	hr->no_base = true;
	hub_load(hr);
	return true;
}

static void on_loaded(void *arg, enum err e, struct store_series *loaded)
{
	struct hub_room *hr = arg;
	char why[STORE_WHY_BYTES] = "";
	bool again;

	if (e == ERR_OK) {
		e = rebuild(hr, loaded, why);
	}
	again = e != ERR_OK && goes_without_base(hr, loaded, why);
	store_series_destroy(loaded);
	if (again) {
		return;
	}
	if (e != ERR_OK) {
		fprintf(stderr, "level=error event=load series=%lld reason=%s why=\"%s\"\n",
			(long long)hr->series.n, err_name(e), why);
	}
	hub_room_loaded(hr, e == ERR_OK);
}

void hub_load(struct hub_room *hr)
{
	hr->state = HUB_LOADING;
	if (hr->no_base) {
		store_load(hr->hub->store, hr->series, on_loaded, hr);
	} else {
		store_load_room(hr->hub->store, hr->series, hr->hub->remembered, on_loaded, hr);
	}
}
