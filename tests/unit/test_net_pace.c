/* How long what is typed waits for what others type. */
#include <criterion/criterion.h>

#include "net/net_pace.h"

static struct net_pace p;
static int64_t now_us, busy_us;

/* A window in which so many rooms were stepped in each millisecond, so many thousandths busy. */
static int64_t after(size_t per_ms, int64_t busy, size_t rooms)
{
	now_us += PACE_WINDOW_US;
	busy_us += PACE_WINDOW_US * busy / 1000;
	cr_assert(net_pace_is_over(&p, now_us));
	cr_assert_not(net_pace_is_over(&p, now_us - 1));
	p.count = per_ms * PACE_WINDOW_US / 1000;
	net_pace_judge(&p, now_us, busy_us, rooms);
	cr_assert_eq(p.count, 0);
	return p.wait_us;
}

static void start(void)
{
	now_us = busy_us = 0;
	p = (struct net_pace){0};
}

Test(net_pace, nobody_waits_where_little_is_typed)
{
	start();
	cr_expect_eq(after(PACE_BRISK_PER_MS - 1, 990, 100), 0, "however busy");
	cr_expect_eq(after(PACE_BRISK_PER_MS, 990, PACE_BRISK_ROOMS - 1), 0, "or few the rooms");
	cr_expect_eq(after(PACE_BRISK_PER_MS, 100, PACE_BRISK_ROOMS), PACE_MIN_US);
	cr_expect_eq(after(PACE_BRISK_PER_MS, 100, PACE_BRISK_ROOMS), PACE_MIN_US, "no longer");
	cr_expect_eq(after(0, 100, PACE_BRISK_ROOMS), 0);
}

Test(net_pace, longer_while_there_is_no_time_left)
{
	int64_t last = 0;

	start();
	for (int i = 0; i < 20; i++) {
		int64_t wait = after(10, PACE_FULL, 300);

		cr_expect_geq(wait, last);
		cr_expect_leq(wait, PACE_MAX_US);
		last = wait;
	}
	cr_expect_eq(last, PACE_MAX_US);
	cr_expect_eq(after(10, PACE_FULL - 1, 300), PACE_MAX_US, "it helps: it stays");
	cr_expect_eq(after(10, PACE_EASY, 300), PACE_MAX_US);
	cr_expect_eq(after(10, PACE_EASY - 1, 300), PACE_MAX_US / 2, "and goes when it need not");
	for (int i = 0; i < 20; i++) {
		last = after(10, 0, 300);
	}
	cr_expect_eq(last, PACE_MIN_US);
}

Test(net_pace, a_long_sleep_is_no_load)
{
	start();
	for (int i = 0; i < 20; i++) {
		(void)after(10, 990, 300);
	}
	now_us += 60 * 1000000;
	p.count = 1000; /* as many as in a window of before */
	net_pace_judge(&p, now_us, busy_us, 300);
	cr_expect_eq(p.wait_us, 0);
}
