/* The wall clock: follows small corrections, not jumps; runs fast for rehearsals; never back. */
#include <criterion/criterion.h>

#include "net/net_clock.h"

enum { HOUR = 3600 * 1000 };

static struct net_clock clock_at(int64_t wall_ms, double speed, bool is_following)
{
	return (struct net_clock){.wall_ms = wall_ms,
				  .mono_ms = 1000,
				  .last_ms = wall_ms,
				  .seen_ms = 1000,
				  .speed = speed,
				  .is_following = is_following};
}

Test(net_clock, it_starts_where_it_is_told_and_runs_at_its_speed)
{
	struct net_clock c = clock_at(50000, 60, false);

	cr_assert_eq(net_clock_step(&c, 1000, 0), 50000);
	cr_assert_eq(net_clock_step(&c, 2000, 0), 110000);
	net_clock_init(&c, true, 777000, 1);
	cr_assert(!c.is_following);
	cr_assert_geq(net_clock_now(&c), 777000);
	cr_assert_lt(net_clock_now(&c), 777000 + HOUR);
}

Test(net_clock, it_follows_corrections)
{
	struct net_clock c = clock_at(HOUR, 1, true);

	cr_assert_eq(net_clock_step(&c, 2000, HOUR + 1500), HOUR + 1500);
	for (int i = 1; i <= 1000; i++) { /* drift that adds up to days */
		int64_t real = HOUR + 1500 + (int64_t)i * HOUR;

		cr_assert_eq(net_clock_step(&c, 2000 + (int64_t)i * (HOUR - 60000), real), real);
	}
	cr_assert(!c.has_jumped);
}

Test(net_clock, it_never_goes_back)
{
	struct net_clock c = clock_at(HOUR, 1, true);

	cr_assert_eq(net_clock_step(&c, 2000, HOUR + 1000), HOUR + 1000);
	cr_assert_eq(net_clock_step(&c, 3000, HOUR - 5000), HOUR + 1500);
	cr_assert_eq(net_clock_step(&c, 4000, HOUR - 4000), HOUR + 2000);
	cr_assert_eq(net_clock_step(&c, 10000, HOUR + 2000), HOUR + 5000);
	cr_assert_eq(net_clock_step(&c, 20000, HOUR + 12000), HOUR + 12000);
}

/* Somebody may be waiting: set back by half an hour, it is not half an hour until a second is over.
 */
Test(net_clock, set_back_it_goes_on_at_half_its_pace)
{
	struct net_clock c = clock_at(HOUR, 1, true);
	int64_t before = net_clock_step(&c, 1001, HOUR / 2);

	for (int64_t ms = 2; ms <= 1000; ms++) {
		(void)net_clock_step(&c, 1000 + ms, HOUR / 2 + ms);
	}
	cr_assert_eq(net_clock_step(&c, 2001, HOUR / 2 + 1001), before + 500);
}

Test(net_clock, it_does_not_follow_a_jump)
{
	struct net_clock c = clock_at(HOUR, 1, true);
	const int64_t year = (int64_t)365 * 24 * HOUR;

	cr_assert_eq(net_clock_step(&c, 2000, HOUR + year), HOUR + 1000);
	cr_assert(c.has_jumped);
	cr_assert_eq(net_clock_step(&c, 3000, 0), HOUR + 2000);
	cr_assert_eq(net_clock_step(&c, 4000, HOUR + 3100), HOUR + 3100);
	cr_assert(!c.has_jumped);
}

Test(net_clock, waiting_is_counted_in_real_time)
{
	struct net_clock c = clock_at(0, 60, false);

	cr_assert_eq(net_clock_wait(&c, 0, 60000), 1001);
	cr_assert_eq(net_clock_wait(&c, 10, 10), 1);
	cr_assert_eq(net_clock_wait(&c, 10, 5), 1);
	cr_assert_eq(net_clock_wait(&c, 0, INT64_MAX), HOUR);
	c.speed = 0.01;
	cr_assert_eq(net_clock_wait(&c, 0, 1), 101);
}
