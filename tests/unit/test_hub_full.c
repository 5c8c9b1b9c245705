/* What waits in front of a room is bounded by number and by size; a slow reader's queue by size. */
#include "base/bounds.h"
#include "base/limits.h"
#include "net/net_out.h"
#include "support/hubrig.h"
#include "view/view.h"

/* A message of that many bytes that is well formed and does nothing. */
static void say_long(struct world *w, uint32_t conn, unsigned ref, size_t bytes)
{
	struct buf text = {0};

	buf_printf(&text, "{\"t\":\"set\",\"ref\":%u,\"cell\":\"x\",\"base\":1,\"value\":\"", ref);
	while (text.len + 2 < bytes) {
		buf_add_str(&text, "a");
	}
	buf_add_str(&text, "\"}");
	hub_frame(w->hub, (struct conn_id){conn}, buf_slice(&text), w->rig.now_ms);
	buf_fini(&text);
}

Test(hub_full, what_waits_is_bounded_by_size)
{
	enum { WHOLE = LIMIT_ROOM_QUEUE_BYTES / LIMIT_FRAME_BYTES };
	struct world w;

	world_init(&w, CASE_1);
	enter(&w, 1, "p-ps");
	hush(&w);
	type(&w, 1, 1); /* its commit waits, and so does everybody */
	for (unsigned i = 0; i < WHOLE; i++) {
		say_long(&w, 1, 2 + i, LIMIT_FRAME_BYTES);
	}
	cr_assert_eq(heard(&w, 1, "no"), 0, "up to the limit everything waits");
	say_long(&w, 1, 2 + WHOLE, 100);
	cr_assert_eq(heard(&w, 1, "no"), 1, "one more is too much");
	cr_assert_str_eq(json_string_value(json_object_get(last(&w, 1, "no"), "code")), "busy");
	settle(&w);
	cr_assert_eq(heard(&w, 1, "no"), 1 + WHOLE, "those that waited were answered");
	hush(&w);
	type(&w, 1, 3 + WHOLE);
	say_long(&w, 1, 4 + WHOLE, LIMIT_FRAME_BYTES);
	cr_assert_eq(heard(&w, 1, "no"), 0, "there is room again");
	settle(&w);
	world_fini(&w);
}

Test(hub_full, a_slow_readers_queue_is_bounded)
{
	struct frame *f = view_pong();
	size_t max = 3 * frame_len(f);
	struct net_out o = {0};

	for (int i = 0; i < 3; i++) {
		cr_assert(net_out_push(&o, f, max));
	}
	cr_assert(!net_out_push(&o, f, max), "one more than may wait");
	cr_assert_eq(o.bytes, max);
	net_out_drop(&o);
	cr_assert(net_out_push(&o, f, 1), "one alone may be larger than all that may wait");
	cr_assert(!net_out_push(&o, f, 1));
	net_out_fini(&o);
	frame_release(f);
}

/* The sum that is printed holds every limit it is made of. */
Test(hub_full, the_bound_covers_the_limits)
{
	struct bounds b = bounds_of_limits();

	cr_assert_gt(b.conn, (size_t)LIMIT_OUT_QUEUE_BYTES + LIMIT_FRAME_BYTES);
	cr_assert_gt(b.room,
		     (size_t)LIMIT_ROOM_BYTES + LIMIT_ROOM_HISTORY_BYTES + LIMIT_ROOM_QUEUE_BYTES);
	cr_assert_gt(b.base, (size_t)LIMIT_POLICIES_IDLE * LIMIT_SCHEMA_FILE_BYTES);
}
