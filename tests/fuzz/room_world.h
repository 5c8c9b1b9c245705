#ifndef ROKUSHA_TESTS_FUZZ_ROOM_WORLD_H
#define ROKUSHA_TESTS_FUZZ_ROOM_WORLD_H

/* Of fuzz_room.c: the hub, its screens, and what every frame is held to. */
#include <sodium.h>
#include <string.h>

#include "base/ids.h"
#include "base/limits.h"
#include "fuzz/fuzz.h"
#include "net/hub_state.h"
#include "room/room_state.h"
#include "store/store_mem.h"
#include "support/rig.h"

enum { CONNS = 6, STEPS_MAX = 160, TEXT_MAX = 6000, ACKS_MAX = 512, EMPLOYER = 2 };

struct screen {
	bool is_open, is_slow, is_board, joined;
	uint32_t id;
	uint8_t seat;
	uint64_t client;
	uint64_t ref;
	uint64_t past; /* of the question that was answered last: it is not kept */
	json_t *waiting;
	char last[TEXT_MAX]; /* said, to be said again */
};

struct ack {
	uint64_t client, ref, ver, row;
};

/* One meeting. */
struct world {
	struct choices c;
	struct store *store;
	struct series_id series;
	struct hub *hub;
	struct screen screen[CONNS];
	uint32_t last_conn;
	int64_t now_ms;
	uint64_t dice;
	uint32_t cell; /* the last one named */
	struct ack ack[ACKS_MAX];
	size_t ack_count;
};

static struct schema *schema;
static struct casefile file;
static struct world w;

static struct room *room_now(void)
{
	return w.hub->room_count && w.hub->room[0]->state == HUB_LIVE ? w.hub->room[0]->room : NULL;
}

/* ---- what is said to a screen ---- */

static uint16_t col_of_key(struct slice key)
{
	size_t first = 0, last = key.len;
	char id[LIMIT_KEY_BYTES * 2];
	uint16_t col = schema_col_find(schema, key);

	while (first < key.len && key.ptr[first] != '/') {
		first++;
	}
	while (last > 0 && key.ptr[last - 1] != '/') {
		last--;
	}
	if (col == SCHEMA_NONE && last > 0) {
		snprintf(id, sizeof id, "%.*s.%.*s", (int)first, key.ptr, (int)(key.len - last),
			 key.ptr + last);
		col = schema_col_find(schema, slice_of(id));
	}
	return col;
}

/* The matrix, read without anything of policy/rights: a class with `n` is never read. */
static inline void may_show(const struct screen *s, struct slice key)
{
	uint16_t col = col_of_key(key);
	struct slice role = file.seat[s->seat].role;
	uint16_t at = schema_role_find(schema, role);

	MUST(col != SCHEMA_NONE, "%.*s is no cell", (int)key.len, key.ptr);
	MUST(s->is_board || schema->cls[schema->col[col].cls].mark[at] != MARK_NONE ||
		 schema->col[col].duty,
	     "seat %u is shown %.*s", s->seat, (int)key.len, key.ptr);
}

/* One that does not say whose it is would tell that somebody hides. */
static inline void take_idea(const json_t *o)
{
	MUST(json_object_get(o, "id") && json_object_get(o, "seat") && json_object_get(o, "state"),
	     "half a suggestion");
}

static inline void take_cells(const struct screen *s, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *e = json_array_get(list, i);
		const json_t *k = json_is_array(e)    ? json_array_get(e, 0)
				  : json_is_object(e) ? json_object_get(e, "k")
						      : e;

		MUST(json_is_string(k), "a cell without a key");
		may_show(s, (struct slice){json_string_value(k), json_string_length(k)});
		for (size_t n = 0; n < json_array_size(json_object_get(e, "sugg")); n++) {
			take_idea(json_array_get(json_object_get(e, "sugg"), n));
		}
	}
}

static inline void take_ack(const struct screen *s, const json_t *f)
{
	const json_t *row = json_object_get(f, "row");
	struct ack a = {.client = s->client,
			.ref = (uint64_t)json_integer_value(json_object_get(f, "ref")),
			.ver = (uint64_t)json_integer_value(json_object_get(f, "ver"))};

	if (a.ref == s->past) {
		return;
	}
	MUST(!row || id_from_hex(slice_of(json_string_value(row)), &a.row), "row");
	for (size_t i = 0; i < w.ack_count; i++) {
		if (w.ack[i].client == a.client && w.ack[i].ref == a.ref) {
			MUST(memcmp(&w.ack[i], &a, sizeof a) == 0, "two answers to one request");
			return;
		}
	}
	if (w.ack_count < ACKS_MAX) {
		w.ack[w.ack_count++] = a;
	}
}

static inline void take_frame(struct screen *s, const json_t *f)
{
	const char *t = json_string_value(json_object_get(f, "t"));
	const json_t *cell = json_object_get(f, "cell");

	MUST(t, "a frame of no kind");
	take_cells(s, json_object_get(f, "cells"));
	if (json_is_string(cell)) {
		may_show(s, (struct slice){json_string_value(cell), json_string_length(cell)});
	}
	if (strcmp(t, "snap") == 0) {
		s->joined = true;
	} else if (strcmp(t, "again") == 0) {
		s->joined = false;
	} else if (strcmp(t, "suggest") == 0) {
		take_idea(f);
	} else if (strcmp(t, "history") == 0) {
		MUST(!s->is_board, "a screen on the wall asked");
		s->past = (uint64_t)json_integer_value(json_object_get(f, "ref"));
	} else if (strcmp(t, "ack") == 0) {
		take_ack(s, f);
	}
}

static struct screen *screen_of(struct conn_id conn)
{
	for (size_t i = 0; i < CONNS; i++) {
		if (w.screen[i].is_open && w.screen[i].id == conn.n) {
			return &w.screen[i];
		}
	}
	return NULL;
}

static inline void on_send(void *self, struct conn_id conn, struct frame *f)
{
	struct screen *s = screen_of(conn);
	json_t *o = json_loadb((char *)frame_bytes(f), frame_len(f), JSON_REJECT_DUPLICATES, NULL);

	(void)self;
	MUST(json_is_object(o), "a frame that is no JSON");
	MUST(s, "a frame to nobody");
	if (s->is_slow) {
		json_array_append(s->waiting, o);
	} else {
		take_frame(s, o);
	}
	json_decref(o);
}

static inline bool on_purge(void *self, struct conn_id conn)
{
	struct screen *s = screen_of(conn);
	bool had = s && json_array_size(s->waiting) > 0;

	(void)self;
	if (s) {
		json_array_clear(s->waiting);
	}
	return had;
}

static inline void hung_up(void *self, struct conn_id conn, unsigned status)
{
	(void)self;
	MUST(screen_of(conn), "nobody is closed");
	MUST(status == 1008 || status == 1012, "%u", status);
}

static inline uint64_t on_random(void *self)
{
	(void)self;
	return rig_random(&w.dice);
}

static inline void read_on(struct screen *s)
{
	json_t *f;
	size_t i;

	s->is_slow = false;
	json_array_foreach(s->waiting, i, f)
	{
		take_frame(s, f);
	}
	json_array_clear(s->waiting);
}

#endif
