#include "store/pace.h"

#include <time.h>

int64_t pace_now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void pace_count(struct pace *p, size_t commits, int64_t now_us)
{
	int64_t passed = now_us - p->since_us;

	p->count += (int64_t)commits;
	if (passed >= PACE_WINDOW_US) {
		p->is_brisk = p->count * 1000 >= passed * PACE_PER_MS;
		p->since_us = now_us;
		p->count = 0;
	}
}
