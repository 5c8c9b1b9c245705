/* Rates and counts by address and seat, at each limit and one above; the memory they may take. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "net/net_bound.h"
#include "net/net_guard.h"
#include "wire/wire.h"

static struct auth_addr addr(uint32_t n)
{
	struct auth_addr a = {{0}};

	memcpy(a.byte, &n, sizeof n);
	return a;
}

static unsigned dials(struct net_guard *g, uint32_t n, unsigned times, int64_t now_ms)
{
	struct auth_addr a = addr(n);
	unsigned ok = 0;

	for (unsigned i = 0; i < times; i++) {
		if (net_guard_dial(g, &a, now_ms) == GUARD_OK) {
			ok++;
			net_guard_left(g, &a);
		}
	}
	return ok;
}

Test(guard, bucket)
{
	struct net_bucket b = {0};

	for (int i = 0; i < 7; i++) {
		cr_assert(net_bucket_take(&b, 2, 7, 1000));
	}
	cr_expect(!net_bucket_take(&b, 2, 7, 1000));
	cr_expect(!net_bucket_take(&b, 2, 7, 1499), "half a second for one");
	cr_expect(net_bucket_take(&b, 2, 7, 1500));
	cr_expect(!net_bucket_take(&b, 2, 7, 1500));
	cr_expect(!net_bucket_take(&b, 2, 7, 0), "a clock that goes back gives nothing");
}

Test(guard, peers_of_one_address)
{
	static struct net_guard g;
	struct auth_addr a = addr(1);
	struct auth_addr b = addr(2);

	net_guard_known(&g, &a, 0); /* unknown yet: nothing happens */
	for (int i = 0; i < LIMIT_PEERS_PER_ADDR; i++) {
		cr_assert_eq(net_guard_dial(&g, &a, 0), GUARD_OK);
	}
	cr_expect_eq(net_guard_dial(&g, &a, 0), GUARD_MANY);
	cr_expect_eq(net_guard_dial(&g, &b, 0), GUARD_OK);
	net_guard_left(&g, &a);
	cr_expect_eq(net_guard_dial(&g, &a, 0), GUARD_OK);
	net_guard_fini(&g);
}

Test(guard, dials_of_one_address)
{
	static struct net_guard g;
	struct auth_addr a = addr(1);

	cr_assert_eq(net_guard_dial(&g, &a, 0), GUARD_OK);
	net_guard_known(&g, &a, 0);
	cr_expect_eq(dials(&g, 1, LIMIT_DIALS_BURST + 10, 0), LIMIT_DIALS_BURST - 1);
	cr_expect_eq(net_guard_dial(&g, &a, 0), GUARD_OFTEN);
	cr_expect_eq(dials(&g, 1, 2 * LIMIT_DIALS_PER_S, 1000), LIMIT_DIALS_PER_S);
	net_guard_left(&g, &a);
	net_guard_fini(&g);
}

Test(guard, strangers)
{
	static struct net_guard g;
	struct auth_addr friend_ = addr(1);
	unsigned ok = 0;

	cr_assert_eq(net_guard_dial(&g, &friend_, 0), GUARD_OK);
	net_guard_known(&g, &friend_, 0);
	for (uint32_t i = 0; i < LIMIT_STRANGERS_BURST + 10; i++) {
		ok += dials(&g, 10 + i, 1, 0);
	}
	cr_expect_eq(ok, LIMIT_STRANGERS_BURST - 1, "the friend was one, too, at first: %u", ok);
	cr_expect_eq(dials(&g, 9, 1, 0), 0);
	cr_expect_eq(dials(&g, 1, 1, 0), 1, "who was here lately is none");
	ok = 0;
	for (uint32_t i = 0; i < 2 * LIMIT_STRANGERS_PER_S; i++) {
		ok += dials(&g, 5000 + i, 1, 1000);
	}
	cr_expect_eq(ok, LIMIT_STRANGERS_PER_S);
	net_guard_left(&g, &friend_);
	net_guard_sweep(&g, 3600 * 1000);
	cr_expect_eq(g.count, 0, "all are forgotten in the end");
	net_guard_fini(&g);
}

Test(guard, addresses_remembered)
{
	static struct net_guard g;

	for (uint32_t i = 0; i < LIMIT_ADDRS; i++) {
		cr_assert(net_guard_open(&g, (struct series_id){i + 1}, 0, 0));
	}
	cr_expect_eq(g.count, LIMIT_ADDRS);
	cr_expect(!net_guard_open(&g, (struct series_id){LIMIT_ADDRS + 1}, 0, 0));
	cr_expect(net_guard_open(&g, (struct series_id){1}, 0, 0), "who is known goes on");
	cr_expect(net_guard_open(&g, (struct series_id){LIMIT_ADDRS + 1}, 0, 60000), "and later");
	net_guard_fini(&g);
}

Test(guard, opens_and_messages_of_a_seat)
{
	static struct net_guard g;
	const struct series_id s = {1};

	for (int i = 0; i < LIMIT_OPENS_BURST; i++) {
		cr_assert(net_guard_open(&g, s, 3, 0));
	}
	cr_expect(!net_guard_open(&g, s, 3, 0));
	cr_expect(net_guard_open(&g, s, 4, 0), "another seat");
	for (int i = 0; i < LIMIT_OPENS_PER_S; i++) {
		cr_expect(net_guard_open(&g, s, 3, 1000));
	}
	cr_expect(!net_guard_open(&g, s, 3, 1000));
	for (int i = 0; i < LIMIT_SEAT_MESSAGES_BURST; i++) {
		cr_assert(net_guard_message(&g, s, 3, 0));
	}
	cr_expect(!net_guard_message(&g, s, 3, 0));
	for (int i = 0; i < LIMIT_SEAT_MESSAGES_PER_S; i++) {
		cr_expect(net_guard_message(&g, s, 3, 1000));
	}
	cr_expect(!net_guard_message(&g, s, 3, 1000));
	net_guard_fini(&g);
}

Test(bound, adds_up)
{
	struct net_bound b = net_bound();
	size_t none = net_bound_total(&b, 0, 0, 0);

	cr_expect_eq(none, b.base_bytes + b.out_bytes);
	cr_expect_eq(net_bound_total(&b, 1, 2, 3),
		     none + b.peer_bytes + 2 * b.conn_bytes + 3 * b.room_bytes);
	cr_expect_eq(net_bound_total(&b, SIZE_MAX, SIZE_MAX, SIZE_MAX),
		     net_bound_total(&b, b.peers, b.conns, b.rooms), "never more than all");
	cr_expect_gt(b.conn_bytes, LIMIT_FRAME_BYTES);
	cr_expect_gt(b.room_bytes, LIMIT_ROOM_BYTES + LIMIT_ROOM_HISTORY_BYTES);
}

Test(bound, what_a_message_costs)
{
	cr_expect_geq(wire_cost(slice_of("[[],[]]")), 5 * 128, "empty lists are dear");
	cr_expect_lt(wire_cost(slice_of("{\"t\":\"ping\"}")), 1000);
}
