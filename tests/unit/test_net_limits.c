/* What a message, a queue and the hub may hold: each limit, and one above. */
#include <sodium.h>

#include "base/limits.h"
#include "base/mem.h"
#include "net/hub_state.h"
#include "support/hubrig.h"
#include "wire/wire.h"

static enum err decode(const struct buf *b)
{
	struct msg m;
	enum err e = wire_decode(buf_slice(b), &m);

	if (e == ERR_OK) {
		wire_release(&m);
	}
	return e;
}

/* `head`, then `item` so many times with `between`, then `tail`. -> how it is taken */
static enum err with(const char *head, const char *item, const char *between, size_t times,
		     const char *tail)
{
	struct buf b = {0};
	enum err e;

	cr_assert(sodium_init() >= 0);
	buf_add_str(&b, head);
	for (size_t i = 0; i < times; i++) {
		buf_add_str(&b, i ? between : "");
		buf_add_str(&b, item);
	}
	buf_add_str(&b, tail);
	e = decode(&b);
	buf_fini(&b);
	return e;
}

static enum err cells(size_t count)
{
	struct buf b = {0};
	enum err e;

	buf_add_str(&b, "{\"t\":\"row\",\"ref\":1,\"table\":\"a\",\"cells\":{");
	for (size_t i = 0; i < count; i++) {
		buf_printf(&b, "%s\"c%zu\":1", i ? "," : "", i);
	}
	buf_add_str(&b, "}}");
	e = decode(&b);
	buf_fini(&b);
	return e;
}

Test(net_limits, parts_of_a_message)
{
	const char *join = "{\"t\":\"join\",\"client\":\"0123456789abcdef\",\"have\":[";
	const char *edit = "{\"t\":\"edit\",\"ref\":1,\"cell\":\"a\",\"base\":1,\"changes\":[";
	const char *key = "{\"t\":\"reach\",\"cell\":\"";
	const char *words =
	    "{\"t\":\"withdraw\",\"ref\":1,\"row\":\"0123456789abcdef\",\"words\":\"";

	cr_expect_eq(with(join, "[\"a\",1]", ",", LIMIT_HAVE, "]}"), ERR_OK);
	cr_expect_eq(with(join, "[\"a\",1]", ",", LIMIT_HAVE + 1, "]}"), ERR_PROTO);
	cr_expect_eq(with(edit, "[1]", ",", LIMIT_PUSH_CHANGES, "]}"), ERR_OK);
	cr_expect_eq(with(edit, "[1]", ",", LIMIT_PUSH_CHANGES + 1, "]}"), ERR_PROTO);
	cr_expect_eq(with(key, "a", "", LIMIT_KEY_BYTES, "\"}"), ERR_OK);
	cr_expect_eq(with(key, "a", "", LIMIT_KEY_BYTES + 1, "\"}"), ERR_PROTO);
	cr_expect_eq(with(words, "字", "", LIMIT_LINE_UNITS, "\"}"), ERR_OK);
	cr_expect_eq(with(words, "字", "", LIMIT_LINE_UNITS + 1, "\"}"), ERR_PROTO);
	cr_expect_eq(cells(LIMIT_LIST_ITEMS), ERR_OK);
	cr_expect_eq(cells(LIMIT_LIST_ITEMS + 1), ERR_PROTO);
}

/* A commit that takes its time: what comes meanwhile waits, and not without end. */
Test(net_limits, what_waits_for_a_room)
{
	struct world w;

	world_init(&w, CASE_1);
	enter(&w, 1, "p-ps");
	type(&w, 1, 1); /* in flight */
	hush(&w);
	for (unsigned i = 0; i < LIMIT_ROOM_QUEUE; i++) {
		say(&w, 1, "'t':'reach','cell':'" GOAL "'");
	}
	cr_expect_eq(heard_all(&w, 1), 0);
	say(&w, 1, "'t':'assent','ref':7");
	cr_expect_eq(heard(&w, 1, "no"), 1);
	cr_expect_str_eq(json_string_value(json_object_get(last(&w, 1, "no"), "code")), "busy");
	settle(&w);
	cr_expect_eq(heard(&w, 1, "reach"), LIMIT_ROOM_QUEUE);
	hush(&w);
	say(&w, 1, "'t':'reach','cell':'" GOAL "'");
	settle(&w);
	cr_expect_eq(heard(&w, 1, "reach"), 1, "and there is room again");
	world_fini(&w);
}

/* Messages of empty lists, a thousand times as dear as they are long. */
Test(net_limits, memory_of_what_waits_for_a_room)
{
	struct world w;
	struct buf b = {0};
	size_t cost;
	size_t fit;

	world_init(&w, CASE_1);
	enter(&w, 1, "p-ps");
	type(&w, 1, 1);
	hush(&w);
	buf_add_str(&b, "{\"t\":\"edit\",\"ref\":9,\"cell\":\"a\",\"base\":1,\"changes\":[[");
	for (int i = 0; i < 20000; i++) {
		buf_add_str(&b, i ? ",[]" : "[]");
	}
	buf_add_str(&b, "]]}");
	cost = wire_cost(buf_slice(&b));
	fit = LIMIT_ROOM_QUEUE_BYTES / cost;
	cr_assert(fit > 0 && fit < LIMIT_ROOM_QUEUE);
	for (size_t i = 0; i < fit; i++) {
		hub_frame(w.hub, (struct conn_id){1}, buf_slice(&b), w.rig.now_ms);
	}
	cr_expect_eq(heard_all(&w, 1), 0);
	hub_frame(w.hub, (struct conn_id){1}, buf_slice(&b), w.rig.now_ms);
	cr_expect_eq(heard(&w, 1, "no"), 1);
	settle(&w);
	cr_expect_eq(heard(&w, 1, "no"), fit + 1);
	buf_fini(&b);
	world_fini(&w);
}

Test(net_limits, rooms_in_memory)
{
	struct world w;

	world_init(&w, CASE_1);
	enter(&w, 1, "p-ps");
	while (w.hub->room_count < LIMIT_ROOMS - 1) { /* of nobody */
		struct hub_room *hr = mem_alloc(sizeof *hr);

		hr->hub = w.hub;
		hr->series.n = 1000000 + (int64_t)w.hub->room_count;
		hr->state = HUB_FAILED;
		hr->again_ms = INT64_MAX;
		mem_room(&w.hub->room, &w.hub->room_cap, w.hub->room_count, sizeof hr);
		w.hub->room[w.hub->room_count++] = hr;
	}
	hub_open(w.hub, (struct conn_id){2}, (struct series_id){777}, 0, w.rig.now_ms);
	cr_expect_eq(w.conn[2].closed, 0, "the last one");
	hub_open(w.hub, (struct conn_id){3}, (struct series_id){778}, 0, w.rig.now_ms);
	cr_expect_eq(w.conn[3].closed, 1013, "one more");
	hub_close(w.hub, (struct conn_id){3}, w.rig.now_ms);
	hub_open(w.hub, (struct conn_id){4}, w.series, 1, w.rig.now_ms);
	cr_expect_eq(w.conn[4].closed, 0, "a room that is there can be entered");
	settle(&w);
	world_fini(&w);
}
