#ifndef ROKUSHA_TESTS_SUPPORT_AFTER_H
#define ROKUSHA_TESTS_SUPPORT_AFTER_H

/* The room of a case file as it is after its meeting, ready to be sealed. */
#include <stdlib.h>

#include "casefile/casefile.h"
#include "room/room.h"
#include "support/files.h"

static inline void after_replay(struct room *room, enum record_kind kind, int64_t now,
				json_t *body_owned)
{
	char *body = json_dumps(body_owned, JSON_COMPACT);
	struct record rec = {.kind = kind,
			     .at_ms = now,
			     .actor = SEAT_NONE,
			     .for_seat = SEAT_NONE,
			     .body = slice_of(body)};

	cr_assert(room_replay(room, &rec) == ERR_OK);
	free(body);
	json_decref(body_owned);
}

/* A file says nothing of segments: each item was opened for those it names. */
static inline void after_meeting(struct room *room, int64_t now)
{
	struct arena mem;
	const struct meet_shown *meet;

	arena_init(&mem);
	meet = room_meet(room, &mem);
	for (size_t i = 0; i < meet->item_count; i++) {
		json_t *who = json_array();

		for (unsigned seat = 0; seat < SEAT_MAX; seat++) {
			if (meet->item[i].planned & seat_bit(seat)) {
				json_array_append_new(who, json_integer(seat));
			}
		}
		after_replay(
		    room, RECORD_SEGMENT, now,
		    json_pack("{s:o,s:o}", "row",
			      json_sprintf("%016llx", (unsigned long long)meet->item[i].row),
			      "audience", who));
	}
	after_replay(room, RECORD_END, now, json_object());
	arena_fini(&mem);
}

static inline struct room *room_after(const struct schema *schema, const struct casefile *file,
				      int64_t now)
{
	struct room *room = room_create(schema, NULL);

	for (size_t i = 0; i < file->record_count; i++) {
		cr_assert(room_replay(room, &file->record[i]) == ERR_OK, "record %zu", i);
	}
	after_meeting(room, now);
	cr_assert(room_replay_done(room, now, true) == ERR_OK);
	return room;
}

#endif
