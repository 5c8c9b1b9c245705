/* What waits in front of a room is bounded by number and by size; a slow reader's queue by size. */
#include "base/limits.h"
#include "net/net_bound.h"
#include "net/net_out.h"
#include "support/hubrig.h"
#include "view/view.h"
#include "wire/wire.h"

/* A message of that many bytes that is well formed and does nothing; returns what it costs. */
static size_t say_long(struct world *w, uint32_t conn, unsigned ref, size_t bytes)
{
	size_t cost;
	struct buf text = {0};

	buf_printf(&text, "{\"t\":\"set\",\"ref\":%u,\"cell\":\"x\",\"base\":1,\"value\":\"", ref);
	while (text.len + 2 < bytes) {
		buf_add_str(&text, "a");
	}
	buf_add_str(&text, "\"}");
	cost = wire_cost(buf_slice(&text));
	hub_frame(w->hub, (struct conn_id){conn}, buf_slice(&text), w->rig.now_ms);
	buf_fini(&text);
	return cost;
}

Test(hub_full, what_waits_is_bounded_by_size)
{
	struct world w;
	unsigned whole = 0;
	size_t cost = 0;

	world_init(&w, CASE_1);
	enter(&w, 1, "p-ps");
	hush(&w);
	type(&w, 1, 1); /* its commit waits, and so does everybody */
	while ((whole + 1) * (cost ? cost : 1) <= LIMIT_ROOM_QUEUE_BYTES) {
		cost = say_long(&w, 1, 2 + whole++, LIMIT_FRAME_BYTES);
	}
	cr_assert_eq(heard(&w, 1, "no"), 0, "up to the limit everything waits");
	(void)say_long(&w, 1, 2 + whole, LIMIT_FRAME_BYTES);
	cr_assert_eq(heard(&w, 1, "no"), 1, "one more is too much");
	cr_assert_str_eq(json_string_value(json_object_get(last(&w, 1, "no"), "code")), "busy");
	settle(&w);
	cr_assert_eq(heard(&w, 1, "no"), 1 + whole, "those that waited were answered");
	hush(&w);
	type(&w, 1, 3 + whole);
	(void)say_long(&w, 1, 4 + whole, LIMIT_FRAME_BYTES);
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
	struct net_bound b = net_bound();

	cr_assert_geq(b.out_bytes, (size_t)LIMIT_OUT_QUEUE_BYTES);
	cr_assert_gt(b.conn_bytes, (size_t)LIMIT_FRAME_BYTES);
	cr_assert_gt(b.room_bytes,
		     (size_t)LIMIT_ROOM_BYTES + LIMIT_ROOM_HISTORY_BYTES + LIMIT_ROOM_QUEUE_BYTES);
	cr_assert_eq(net_bound_total(&b, b.peers + 1, 0, 0), net_bound_total(&b, b.peers, 0, 0));
}
