/*
 * Which sealed meetings of the series a seat was invited to, and which one it asks about. Of the
 * others it is told nothing: what it has does not go away when another meeting is sealed.
 */
#include <string.h>

#include "archive/archive_parts.h"
#include "base/limits.h"

/* Of one that nobody asked about yet, the log is made. */
static enum err find_log(struct asked *q, const struct minutes_seal *seal, struct arena *mem,
			 struct slice *origin, struct slice *body)
{
	struct series_id series = q->ask->series;
	struct held h = {0};
	enum err e = minutes_db_peek(q->a->db, series, seal->seq, mem, origin, body, q->out->why);

	if (e == ERR_GONE) {
		e = held_open(q->a, series, seal, q->ask->now_ms, &h, q->out->why);
		held_close(&h);
		if (e == ERR_OK) {
			e = minutes_db_peek(q->a->db, series, seal->seq, mem, origin, body,
					    q->out->why);
		}
	}
	return e;
}

static json_t *meeting(const struct minutes_seal *seal, struct slice origin)
{
	const char *of = origin.ptr + origin.len - ARCHIVE_OF_CHARS;

	return json_pack("{s:s#,s:I,s:I}", "of", of, ARCHIVE_OF_CHARS, "sealed",
			 (json_int_t)(seal->at_ms / 1000), "deadline",
			 (json_int_t)(seal->deadline_ms / 1000));
}

/* Was the seat invited? */
static enum err find_part(struct asked *q, const struct minutes_seal *seal, struct arena *mem,
			  struct slice *origin, bool *is_invited)
{
	struct slice body;
	seat_set roster = 0;
	enum err e = find_log(q, seal, mem, origin, &body);

	if (e == ERR_OK && (origin->len <= ARCHIVE_OF_CHARS || !min_body_roster(body, &roster))) {
		e = ERR_IO;
	}
	*is_invited = e == ERR_OK && (roster & seat_bit(q->ask->seat));
	return e;
}

enum err answer_list(struct asked *q)
{
	struct minutes_seal seal[LIMIT_MINUTES_LISTED];
	json_t *list;
	size_t count;
	enum err e = minutes_db_seals(q->a->db, q->ask->series, seal, LIMIT_MINUTES_LISTED, &count,
				      q->out->why);

	if (e != ERR_OK) {
		return e;
	}
	list = json_array();
	for (size_t i = 0; i < count; i++) {
		struct slice origin;
		struct arena mem;
		bool is_invited;

		arena_init(&mem);
		/* One that cannot be read is left out, and said to the operator. */
		if (find_part(q, &seal[i], &mem, &origin, &is_invited) == ERR_OK && is_invited) {
			json_array_append_new(list, meeting(&seal[i], origin));
		}
		arena_fini(&mem);
	}
	answer_json(q, 200, json_pack("{s:o}", "meetings", list));
	return ERR_OK;
}

/* The last one the seat was invited to; the last of all where there is none. */
static enum err last_of(struct asked *q, struct minutes_seal *out)
{
	struct minutes_seal seal[LIMIT_MINUTES_LISTED];
	size_t count;
	enum err e = minutes_db_seals(q->a->db, q->ask->series, seal, LIMIT_MINUTES_LISTED, &count,
				      q->out->why);
	bool found = false;

	if (e != ERR_OK || count == 0) {
		return e == ERR_OK ? ERR_GONE : e;
	}
	*out = seal[0];
	for (size_t i = 0; e == ERR_OK && i < count && !found; i++) {
		struct slice origin;
		struct arena mem;

		arena_init(&mem);
		e = find_part(q, &seal[i], &mem, &origin, &found);
		*out = found ? seal[i] : *out;
		arena_fini(&mem);
	}
	return e;
}

enum err held_of(struct asked *q, struct held *out)
{
	const struct archive_ask *ask = q->ask;
	struct minutes_seal seal;
	enum err e = ask->of[0] ? minutes_db_seal_of(q->a->db, ask->series, slice_of(ask->of),
						     &seal, q->out->why)
				: last_of(q, &seal);

	*out = (struct held){0};
	return e == ERR_OK ? held_open(q->a, ask->series, &seal, ask->now_ms, out, q->out->why) : e;
}
