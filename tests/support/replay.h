#ifndef ROKUSHA_TESTS_SUPPORT_REPLAY_H
#define ROKUSHA_TESTS_SUPPORT_REPLAY_H

/* A series into a room, as hub_room.c does it: from its base on, where it has one. */
#include "room/room.h"
#include "store/store.h"

static inline enum err replay_series(struct room *r, const struct store_series *l)
{
	bool held = l->has_base;
	enum err e = held && (l->base_seq == 0 || l->base_seq > l->last_seq) ? ERR_PROTO : ERR_OK;

	for (size_t i = 0; e == ERR_OK && i < l->base_count; i++) {
		e = room_replay_base(r, &l->base[i]);
	}
	if (held) {
		room_base_begin(r);
	}
	for (size_t i = 0; e == ERR_OK && i <= l->record_count; i++) {
		if (held && (i == l->record_count || store_series_seq(l, i) > l->base_seq)) {
			e = room_base_end(r, l->base_body);
			held = false;
		}
		if (e == ERR_OK && i < l->record_count) {
			e = room_replay(r, &l->record[i]);
		}
	}
	return e;
}

#endif
