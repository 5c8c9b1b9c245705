#ifndef ROKUSHA_TESTS_SIM_TWIN_EXPORT_H
#define ROKUSHA_TESTS_SIM_TWIN_EXPORT_H

/* All that a seat could carry away of a world: the data, a case file, CSV. */
#include "sim/twin_world.h"

static inline struct room *room_of(const struct twin_world *w)
{
	const struct mem_series *s = mem_disk_series(w->disk, w->series);
	struct room *room = room_create(w->rig->schema, NULL);

	for (size_t i = 0; i < s->record_count; i++) {
		cr_assert(room_replay(room, &s->record[i]) == ERR_OK);
	}
	cr_assert(room_replay_done(room, w->now, false) == ERR_OK);
	return room;
}

static inline bool add_csv(void *arg, const char *name, struct slice bytes)
{
	buf_printf(arg, "%s.csv\n%.*s", name, (int)bytes.len, bytes.ptr);
	return true;
}

static inline struct buf exported(const struct twin_world *w, uint8_t seat)
{
	struct room *room = room_of(w);
	struct view v = {.rights = room_rights(room), .viewer = seat_bit(seat), .actor = seat};
	struct view_export e = {{0}, NULL, 0, NULL, 0};
	char why[CASEFILE_WHY_BYTES] = "";
	struct buf out = {0};
	struct frame *f;
	struct slice data;
	struct arena mem;

	arena_init(&mem);
	v.seat = room_seats(room, &mem, &v.seat_count);
	v.resource = room_resources(room, &mem, &v.resource_count);
	v.meet = room_meet(room, &mem);
	e.snapshot.cell = room_visible(room, v.viewer, &mem, &e.snapshot.cell_count);
	e.party = room_parties(room, &mem, &e.party_count);
	e.consent = room_consents(room, &mem, &e.consent_count);
	f = view_export(&v, &e);
	data = (struct slice){(const char *)frame_bytes(f), frame_len(f)};
	buf_add(&out, data);
	buf_add_str(&out, "\n");
	if (casefile_write(data, w->rig->schema, &out, why) != ERR_OK) {
		buf_add_str(&out, why);
	}
	cr_assert(casefile_csv(data, w->rig->schema, add_csv, &out) == ERR_OK);
	frame_release(f);
	room_destroy(room);
	arena_fini(&mem);
	return out;
}

#endif
