#ifndef ROKUSHA_TESTS_SUPPORT_RIG_H
#define ROKUSHA_TESTS_SUPPORT_RIG_H

/*
 * A real conference without sockets or disk: a case file of tests/cases in a room, messages in as
 * the text a client would send, effects out; everything to be kept is gathered as a store would,
 * so that a second room can be rebuilt from it. Run from the root of the repository.
 */
#include <criterion/criterion.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "casefile/casefile.h"
#include "policy/schema.h"
#include "room/room.h"
#include "support/files.h"
#include "view/view.h"
#include "wire/wire.h"

struct rig {
	struct schema *schema;
	struct casefile file;
	struct room *room;
	struct fx_list fx;
	int64_t now_ms;
	uint64_t dice;
	uint64_t ref;        /* the last one used, whoever used it */
	struct record *kept; /* deep copies, in commit order */
	size_t kept_count, kept_cap;
	struct arena mem;
};

static inline void rig_keep(struct rig *r, const struct record *rec)
{
	mem_room(&r->kept, &r->kept_cap, r->kept_count, sizeof *r->kept);
	r->kept[r->kept_count] = *rec;
	r->kept[r->kept_count].cell = arena_dup(&r->mem, rec->cell);
	r->kept[r->kept_count].body = arena_dup(&r->mem, rec->body);
	r->kept_count++;
}

/* The room as the disk says it is. */
static inline struct room *rig_rebuild(const struct rig *r)
{
	struct room *room = room_create(r->schema, NULL);

	for (size_t i = 0; i < r->kept_count; i++) {
		enum err e = room_replay(room, &r->kept[i]);

		cr_assert(e == ERR_OK, "record %zu (%s): %s", i, record_kind_name(r->kept[i].kind),
			  err_text(e));
	}
	cr_assert(room_replay_done(room, r->now_ms, false) == ERR_OK);
	return room;
}

/* From the text of a case file, under a policy; the rig owns that. */
static inline void rig_init_policy(struct rig *r, struct schema *owned, struct slice json,
				   const char *now, uint64_t seed)
{
	struct casefile_options o = {.random = rig_random, .random_arg = &r->dice};
	char why[CASEFILE_WHY_BYTES] = "";

	*r = (struct rig){.dice = seed};
	cr_assert(sodium_init() >= 0);
	arena_init(&r->mem);
	r->schema = owned;
	cr_assert(casefile_time_ms(slice_of(now), &r->now_ms));
	o.now_ms = r->now_ms;
	cr_assert(casefile_read(json, r->schema, &o, &r->file, why) == ERR_OK, "%s", why);
	for (size_t i = 0; i < r->file.record_count; i++) {
		rig_keep(r, &r->file.record[i]);
	}
	r->room = rig_rebuild(r);
}

static inline void rig_init_text(struct rig *r, struct slice json, const char *now, uint64_t seed)
{
	rig_init_policy(r, rig_schema(), json, now, seed);
}

static inline void rig_init(struct rig *r, const char *path, const char *now, uint64_t seed)
{
	struct buf json = rig_file(path);

	rig_init_text(r, buf_slice(&json), now, seed);
	buf_fini(&json);
}

static inline void rig_fini(struct rig *r)
{
	fx_fini(&r->fx);
	room_destroy(r->room);
	casefile_fini(&r->file);
	schema_destroy(r->schema);
	free(r->kept);
	arena_fini(&r->mem);
}

/* The same case again, as if nothing had happened yet, with other dice. */
static inline void rig_again(struct rig *r, uint64_t seed)
{
	room_destroy(r->room);
	fx_reset(&r->fx);
	arena_reset(&r->mem);
	r->kept_count = 0;
	r->ref = 0;
	r->dice = seed;
	r->now_ms = r->file.record[0].at_ms;
	for (size_t i = 0; i < r->file.record_count; i++) {
		rig_keep(r, &r->file.record[i]);
	}
	r->room = rig_rebuild(r);
}

static inline uint8_t rig_seat(const struct rig *r, const char *name)
{
	uint8_t seat = room_seat_find(r->room, slice_of(name));

	cr_assert(seat != SEAT_NONE, "no seat %s", name);
	return seat;
}

static inline void rig_event(struct rig *r, enum room_event_kind kind, uint32_t conn, uint8_t seat,
			     const struct msg *m)
{
	struct room_event ev = {
	    .kind = kind, .conn = {conn}, .actor = seat, .now_ms = r->now_ms, .msg = m};

	for (size_t i = 0; i < ROOM_RANDOM; i++) {
		ev.random[i] = rig_random(&r->dice);
	}
	fx_reset(&r->fx);
	room_step(r->room, &ev, &r->fx);
	for (size_t i = 0; i < r->fx.record_count; i++) {
		rig_keep(r, &r->fx.record[i]);
	}
}

/* One message, as text; connection n sits at `seat`. */
static inline void rig_send(struct rig *r, uint32_t conn, const char *seat, const char *text)
{
	struct msg m;

	cr_assert(wire_decode(slice_of(text), &m) == ERR_OK, "not a message: %s", text);
	rig_event(r, m.kind == MSG_JOIN ? ROOM_JOIN : ROOM_MSG, conn, rig_seat(r, seat), &m);
	wire_release(&m);
}

static inline void rig_join(struct rig *r, uint32_t conn, const char *seat)
{
	char text[128];

	snprintf(text, sizeof text, "{\"t\":\"join\",\"client\":\"%016x\"}", conn + 0x1000u);
	rig_send(r, conn, seat, text);
}

static inline const struct fx *rig_fx(const struct rig *r, enum fx_kind kind, uint32_t conn)
{
	for (size_t i = 0; i < r->fx.fx_count; i++) {
		const struct fx *f = &r->fx.fx[i];

		if (f->kind == kind && (f->conn.n == conn || conn == 0)) {
			return f;
		}
	}
	return NULL;
}

static inline enum err rig_refused(const struct rig *r, uint32_t conn)
{
	const struct fx *f = rig_fx(r, FX_NO, conn);

	return f ? f->code : ERR_OK;
}

/* A cell as a seat sees it now; NULL when it does not. */
static inline const struct cell_shown *rig_cell(struct rig *r, struct room *room, const char *seat,
						const char *key)
{
	size_t count;
	const struct cell_shown *c =
	    room_visible(room, seat_bit(rig_seat(r, seat)), &r->mem, &count);

	for (size_t i = 0; i < count; i++) {
		if (slice_is(c[i].key, key)) {
			return &c[i];
		}
	}
	return NULL;
}

/* First cell of a table's column that a seat sees: "table/…/name". */
static inline const struct cell_shown *rig_row_cell(struct rig *r, const char *seat,
						    const char *column)
{
	size_t count;
	const struct cell_shown *c =
	    room_visible(r->room, seat_bit(rig_seat(r, seat)), &r->mem, &count);
	uint16_t col = schema_col_find(r->schema, slice_of(column));

	for (size_t i = 0; i < count; i++) {
		if (c[i].place.col == col && c[i].place.has_row) {
			return &c[i];
		}
	}
	return NULL;
}

#endif
