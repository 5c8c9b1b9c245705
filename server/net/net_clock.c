#include "net/net_clock.h"

#include <assert.h>
#include <time.h>

enum { HOUR_MS = 3600 * 1000 };

static int64_t read_ms(clockid_t id)
{
	struct timespec t = {0};
	int rc = clock_gettime(id, &t);

	assert(rc == 0);
	(void)rc;
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t net_mono_ms(void)
{
	return read_ms(CLOCK_BOOTTIME);
}

void net_clock_init(struct net_clock *c, bool has_start, int64_t start_ms, double speed)
{
	assert(speed > 0);
	*c = (struct net_clock){.wall_ms = has_start ? start_ms : read_ms(CLOCK_REALTIME),
				.mono_ms = net_mono_ms(),
				.speed = speed,
				.is_following = !has_start && speed >= 1 && speed <= 1};
	c->last_ms = c->wall_ms;
	c->seen_ms = c->mono_ms;
}

int64_t net_clock_step(struct net_clock *c, int64_t mono_ms, int64_t real_ms)
{
	int64_t now = c->wall_ms + (int64_t)((double)(mono_ms - c->mono_ms) * c->speed);
	int64_t off = real_ms - now;
	int64_t half;

	if (c->is_following) {
		c->has_jumped = off > HOUR_MS || off < -HOUR_MS;
		if (!c->has_jumped) {
			/* Corrections add up to more than an hour over the years; each is taken in.
			 */
			c->wall_ms += off;
			now += off;
		}
	}
	/* It is ahead of the machine's: slower, but it does not stand. */
	half = (mono_ms - c->seen_ms) / 2;
	if (now > c->last_ms + half) {
		c->last_ms = now;
		c->seen_ms = mono_ms;
	} else {
		c->last_ms += half;
		c->seen_ms += 2 * half;
	}
	return c->last_ms;
}

int64_t net_clock_now(struct net_clock *c)
{
	return net_clock_step(c, net_mono_ms(), c->is_following ? read_ms(CLOCK_REALTIME) : 0);
}

uint64_t net_clock_wait(const struct net_clock *c, int64_t now_ms, int64_t deadline_ms)
{
	double wait;

	if (deadline_ms <= now_ms) {
		return 1;
	}
	wait = ((double)deadline_ms - (double)now_ms) / c->speed + 1;
	return wait < HOUR_MS ? (uint64_t)wait : HOUR_MS;
}
