#ifndef ROKUSHA_NET_NET_CLOCK_H
#define ROKUSHA_NET_NET_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The wall clock everything below the hub is told. It counts from where it started with the
 * monotonic clock (which runs on while the machine sleeps), times `speed`, and never goes back.
 * Unless it rehearses it follows the machine's clock, whose corrections are small; set back it goes
 * at half its pace until that has caught up, so that whoever waits for a moment waits at most twice
 * as long. A jump of over an hour it does not follow: nothing lapses or rises by it until the
 * operator restarts.
 */
struct net_clock {
	int64_t wall_ms; /* where it stood ... */
	int64_t mono_ms; /* ... at this monotonic time */
	int64_t last_ms; /* what was said last ... */
	int64_t seen_ms; /* ... at this monotonic time */
	double speed;
	bool is_following;
	bool has_jumped; /* the machine's clock is over an hour off */
};

int64_t net_mono_ms(void);
/* `start_ms` is used when `has_start`. */
void net_clock_init(struct net_clock *c, bool has_start, int64_t start_ms, double speed);
int64_t net_clock_now(struct net_clock *c);
/* The same with the two clocks given: `mono_ms` monotonic, `real_ms` the machine's wall clock. */
int64_t net_clock_step(struct net_clock *c, int64_t mono_ms, int64_t real_ms);
/* Milliseconds of real time from wall time `now_ms` to `deadline_ms`; 1 to an hour. */
uint64_t net_clock_wait(const struct net_clock *c, int64_t now_ms, int64_t deadline_ms);

#endif
