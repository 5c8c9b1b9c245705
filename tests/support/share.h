#ifndef ROKUSHA_TESTS_SUPPORT_SHARE_H
#define ROKUSHA_TESTS_SUPPORT_SHARE_H

/*
 * For tests that go through thousands of cases: `make check` plays one in SHARE of them, drawn anew
 * each time. Without SHARE all are played. The log says which; the same SHARE and SEED draw the
 * same.
 */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "support/files.h"

struct share {
	uint64_t one_in, seed, dice;
	size_t drawn, of;
};

static inline struct share share_init(void)
{
	const char *one_in = getenv("SHARE"), *seed = getenv("SEED");
	struct share s = {.one_in = one_in ? strtoull(one_in, NULL, 10) : 1};

	cr_assert_gt(s.one_in, 0, "SHARE is 1 or more");
	s.seed = seed ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL);
	s.dice = s.seed;
	return s;
}

static inline bool share_has(struct share *s)
{
	bool has = s->one_in == 1 || rig_random(&s->dice) % s->one_in == 0;

	s->of++;
	s->drawn += has;
	return has;
}

static inline void share_fini(const struct share *s, const char *of_what)
{
	printf("%zu of %zu %s (SHARE=%" PRIu64 " SEED=%" PRIu64 ")\n", s->drawn, s->of, of_what,
	       s->one_in, s->seed);
	cr_assert_gt(s->drawn, 0, "none of %zu %s", s->of, of_what);
}

#endif
