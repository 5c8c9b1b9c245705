#include "net/net_pace.h"

bool net_pace_is_over(const struct net_pace *p, int64_t now_us)
{
	return now_us - p->since_us >= PACE_WINDOW_US;
}

void net_pace_judge(struct net_pace *p, int64_t now_us, int64_t busy_us, size_t rooms)
{
	int64_t passed = now_us - p->since_us;
	int64_t busy = busy_us - p->busy_us;
	bool is_brisk =
	    rooms >= PACE_BRISK_ROOMS && (int64_t)p->count * 1000 >= passed * PACE_BRISK_PER_MS;

	if (!is_brisk) {
		p->wait_us = 0;
	} else if (p->wait_us == 0) {
		p->wait_us = PACE_MIN_US;
	} else if (busy * 1000 >= passed * PACE_FULL) {
		p->wait_us = p->wait_us * 2 < PACE_MAX_US ? p->wait_us * 2 : PACE_MAX_US;
	} else if (busy * 1000 < passed * PACE_EASY && p->wait_us > PACE_MIN_US) {
		p->wait_us = p->wait_us / 2 > PACE_MIN_US ? p->wait_us / 2 : PACE_MIN_US;
	}
	p->since_us = now_us;
	p->busy_us = busy_us;
	p->count = 0;
}
