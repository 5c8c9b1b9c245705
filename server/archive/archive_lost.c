/* Heads that were given out of logs that are not here: an older copy of the database was restored.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "archive/archive_parts.h"
#include "minutes/b64.h"
#include "minutes/input.h"
#include "minutes/shape.h"

/* Neither here nor named by a log that is. */
static enum err is_lost(struct archive *a, struct slice origin, bool *out, char *why)
{
	bool is_here = false, is_named = false;
	enum err e = minutes_db_has(a->db, origin, &is_here, why);

	if (e == ERR_OK && !is_here) {
		e = minutes_db_is_named(a->db, origin, &is_named, why);
	}
	*out = e == ERR_OK && !is_here && !is_named;
	return e;
}

enum err lost_each(struct archive *a, void (*each)(void *arg, struct slice origin), void *arg,
		   char *why)
{
	size_t count;
	enum err e = heads_read(a->heads, &count, why);

	for (size_t i = 0; e == ERR_OK && i < count; i++) {
		struct slice origin = heads_at(a->heads, i)->origin;
		bool lost;

		e = is_lost(a, origin, &lost, why);
		if (lost) {
			each(arg, origin);
		}
	}
	return e;
}

static bool is_among(const char *id, struct slice parties)
{
	for (size_t at = 0; at + MIN_ID_CHARS <= parties.len; at += MIN_ID_CHARS + 1) {
		if (memcmp(parties.ptr + at, id, MIN_ID_CHARS) == 0) {
			return true;
		}
	}
	return false;
}

/* Everybody whom the room invites was invited there. */
static bool are_among(const struct room *room, struct slice parties)
{
	struct min_input in;
	struct arena mem;
	json_t *values;
	bool all = true;

	arena_init(&mem);
	values = room_seal_input(room, &mem, &in);
	for (size_t i = 0; i < in.seat_count; i++) {
		char id[MIN_ID_CHARS + 1];

		(void)snprintf(id, sizeof id, "%016" PRIx64, in.seat[i].wire);
		all = all && is_among(id, parties);
	}
	json_decref(values);
	arena_fini(&mem);
	return all;
}

static void write_parent(const struct head_known *k, struct buf *out)
{
	char root[MIN_B64_HASH + 1];

	min_b64_hash(&k->head.root, root);
	buf_clear(out);
	buf_printf(out, "%.*s %" PRIu64 " %s", (int)k->origin.len, k->origin.ptr, k->head.size,
		   root);
}

enum err lost_parent(struct archive *a, struct series_id series, uint64_t seq, bool is_first,
		     const struct room *room, struct buf *parent, char *why)
{
	char id[MINUTES_SERIES_CHARS + 1];
	bool has_same = false;
	size_t count;
	enum err e = minutes_db_series_id(a->db, series, id, why);

	if (e == ERR_OK) {
		e = heads_read(a->heads, &count, why);
	}
	for (size_t i = 0; e == ERR_OK && i < count; i++) {
		const struct head_known *k = heads_at(a->heads, i);
		bool is_same = k->of.seq == seq, lost = false;

		if (slice_is(k->of.series, id) && (is_same || (is_first && !parent->len))) {
			e = is_lost(a, k->origin, &lost, why);
		}
		if (!lost || (has_same && !is_same)) {
			continue;
		}
		(void)snprintf(why, STORE_WHY_BYTES, "an older copy was restored: %.*s is lost",
			       (int)k->origin.len, k->origin.ptr);
		if (are_among(room, k->of.parties)) {
			write_parent(k, parent);
			has_same = is_same;
		}
	}
	return e;
}
