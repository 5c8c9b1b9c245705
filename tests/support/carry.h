#ifndef ROKUSHA_TESTS_SUPPORT_CARRY_H
#define ROKUSHA_TESTS_SUPPORT_CARRY_H

/*
 * What a seat carries away must be what it reads, and come in again as the same. Ids are made anew
 * by an import: two documents are alike when they are with ids named by the order they come in.
 */
#include "support/rig.h"

static inline struct buf carry_out(const struct room *room, const struct schema *schema,
				   uint8_t seat, struct arena *mem)
{
	struct view v = {.rights = room_rights(room), .viewer = seat_bit(seat), .actor = seat};
	struct view_export e = {{0}, NULL, 0, NULL, 0};
	char why[CASEFILE_WHY_BYTES] = "";
	struct buf out = {0};
	struct frame *f;

	v.seat = room_seats(room, mem, &v.seat_count);
	v.resource = room_resources(room, mem, &v.resource_count);
	v.meet = room_meet(room, mem);
	e.snapshot.cell =
	    room_visible((struct room *)(uintptr_t)room, v.viewer, mem, &e.snapshot.cell_count);
	e.party = room_parties(room, mem, &e.party_count);
	e.consent = room_consents(room, mem, &e.consent_count);
	f = view_export(&v, &e);
	cr_assert(casefile_write((struct slice){(const char *)frame_bytes(f), frame_len(f)}, schema,
				 &out, why) == ERR_OK,
		  "%s", why);
	frame_release(f);
	return out;
}

/* The document as a room of its own; NULL with `why` when it is refused. */
static inline struct room *carry_in(struct slice json, const struct schema *schema, int64_t now_ms,
				    uint64_t dice, char why[CASEFILE_WHY_BYTES])
{
	struct casefile_options o = {
	    .now_ms = now_ms, .random = rig_random, .random_arg = &dice, .after = true};
	struct casefile file;
	struct room *room;

	if (casefile_read(json, schema, &o, &file, why) != ERR_OK) {
		return NULL;
	}
	room = room_create(schema, NULL);
	for (size_t i = 0; i < file.record_count; i++) {
		cr_assert(room_replay(room, &file.record[i]) == ERR_OK, "record %zu", i);
	}
	cr_assert(room_replay_done(room, now_ms, false) == ERR_OK);
	casefile_fini(&file);
	return room;
}

static inline bool carry_is_hex(const char *at)
{
	for (size_t i = 0; i < HEX64_LEN; i++) {
		if (!strchr("0123456789abcdef", at[i]) || !at[i]) {
			return false;
		}
	}
	return true;
}

/* Every id becomes the number of the place where it first stood. */
static inline void carry_canonical(struct buf *b)
{
	enum { IDS = 4096 };
	char(*seen)[HEX64_LEN] = mem_alloc(IDS * sizeof *seen);
	size_t count = 0;

	for (size_t at = 0; at + HEX64_LEN < b->len; at++) {
		size_t n = 0;
		char name[HEX64_LEN + 1];

		if (!carry_is_hex(b->ptr + at)) {
			continue;
		}
		while (n < count && memcmp(seen[n], b->ptr + at, HEX64_LEN) != 0) {
			n++;
		}
		if (n == count) {
			cr_assert(count < IDS);
			memcpy(seen[count++], b->ptr + at, HEX64_LEN);
		}
		snprintf(name, sizeof name, "#%015zu", n);
		memcpy(b->ptr + at, name, HEX64_LEN);
		at += HEX64_LEN - 1;
	}
	free(seen);
}

/* Out, in and out again: NULL when it is the same, else where it is not. In `mem`. */
static inline const char *carry_difference(const struct room *room, const struct schema *schema,
					   uint8_t seat, int64_t now_ms, struct arena *mem)
{
	struct buf one = carry_out(room, schema, seat, mem);
	struct buf two = {0};
	char why[CASEFILE_WHY_BYTES] = "";
	char name[HEX64_LEN + 1] = "";
	struct room *again = carry_in(buf_slice(&one), schema, now_ms, 77, why);
	const char *found = NULL;
	size_t at = 0;

	if (!again) {
		found = arena_printf(mem, "refused: %s", why).ptr;
	} else {
		uint8_t me;

		memcpy(name, strstr(one.ptr, "\"seat-") + 6, HEX64_LEN);
		me = room_seat_find(again, slice_of(name));
		two = carry_out(again, schema, me, mem);
		carry_canonical(&one);
		carry_canonical(&two);
		while (at < one.len && at < two.len && one.ptr[at] == two.ptr[at]) {
			at++;
		}
		if (one.len != two.len || at < one.len) {
			size_t from = at > 200 ? at - 200 : 0;

			found = arena_printf(mem, "%.900s\n---- became ----\n%.900s",
					     one.ptr + from, two.ptr + from)
				    .ptr;
		}
	}
	room_destroy(again);
	buf_fini(&one);
	buf_fini(&two);
	return found;
}

#endif
