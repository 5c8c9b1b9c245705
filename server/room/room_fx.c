/* Building a step's outcome. */
#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "room/room_state.h"

enum { REST_ITEMS = 64 }; /* of each kind an idle list may have room for */

struct fx *fx_add(struct fx_list *out, enum fx_kind kind, struct conn_id conn)
{
	struct fx *f;

	mem_room(&out->fx, &out->fx_cap, out->fx_count, sizeof *out->fx);
	f = &out->fx[out->fx_count++];
	*f = (struct fx){.kind = kind, .conn = conn};
	return f;
}

struct record *fx_record(struct fx_list *out, enum record_kind kind, const struct room *r)
{
	struct record *rec;

	mem_room(&out->record, &out->record_cap, out->record_count, sizeof *out->record);
	rec = &out->record[out->record_count++];
	*rec = (struct record){.kind = kind,
			       .method = METHOD_OWN,
			       .at_ms = r->now_ms,
			       .actor = SEAT_NONE,
			       .for_seat = SEAT_NONE};
	return rec;
}

struct record *fx_request(struct fx_list *out, enum record_kind kind, struct room *r,
			  const struct room_event *ev, const struct act *act)
{
	const struct room_viewer *viewer = viewer_find(r, ev->conn);
	struct record *rec = fx_record(out, kind, r);

	assert(viewer);
	rec->method = act->method;
	rec->client = viewer->client;
	rec->cseq = ev->msg->ref;
	rec->digest = ev->msg->digest;
	rec->actor = act->actor;
	rec->for_seat = act->for_seat;
	return rec;
}

const json_t *fx_hold(struct fx_list *out, const json_t *value)
{
	mem_room(&out->held, &out->held_cap, out->held_count, sizeof(json_t *));
	out->held[out->held_count++] = json_incref((json_t *)(uintptr_t)value);
	return value;
}

void fx_reset(struct fx_list *out)
{
	for (size_t i = 0; i < out->held_count; i++) {
		json_decref(out->held[i]);
	}
	out->held_count = 0;
	out->fx_count = 0;
	out->record_count = 0;
	out->audit_count = 0;
	arena_reset(&out->mem);
}

void fx_rest(struct fx_list *out)
{
	fx_reset(out);
	arena_rest(&out->mem);
	if (out->fx_cap > REST_ITEMS || out->record_cap > REST_ITEMS ||
	    out->audit_cap > REST_ITEMS || out->held_cap > REST_ITEMS) {
		fx_fini(out);
	}
}

void fx_fini(struct fx_list *out)
{
	fx_reset(out);
	free(out->held);
	free(out->fx);
	free(out->record);
	free(out->audit);
	arena_fini(&out->mem);
	*out = (struct fx_list){0};
}

struct slice fx_json(struct fx_list *out, json_t *owned)
{
	char *text = json_dumps(owned, JSON_COMPACT | JSON_ENCODE_ANY);
	struct slice kept;

	assert(text); /* our own tree: valid UTF-8, no cycles */
	kept = arena_dup(&out->mem, slice_of(text));
	free(text);
	json_decref(owned);
	return kept;
}

void fx_audit(struct fx_list *out, const struct room *r, seat_set seats, const char *what,
	      const struct cell_shown *cell, size_t count)
{
	json_t *keys = json_array();
	struct audit *a;

	for (size_t i = 0; i < count; i++) {
		json_array_append_new(keys, json_stringn(cell[i].key.ptr, cell[i].key.len));
	}
	mem_room(&out->audit, &out->audit_cap, out->audit_count, sizeof *out->audit);
	a = &out->audit[out->audit_count++];
	*a = (struct audit){.at_ms = r->now_ms,
			    .seats = seats,
			    .what = slice_of(what),
			    .cells = fx_json(out, keys)};
}

void fx_no(struct fx_list *out, const struct room_event *ev, enum err code)
{
	struct fx *f = fx_add(out, FX_NO, ev->conn);

	f->ref = ev->msg->ref;
	f->code = code;
}

void fx_ack(struct fx_list *out, const struct room_event *ev, uint64_t ver)
{
	struct fx *f = fx_add(out, FX_ACK, ev->conn);

	f->ref = ev->msg->ref;
	f->ver = ver;
}
