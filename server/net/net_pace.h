#ifndef ROKUSHA_NET_NET_PACE_H
#define ROKUSHA_NET_NET_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How long what is typed waits for what others type. Not at all where little is typed. Where much
 * is, a moment: a sync of the disk costs as much for one commit as for ten. Where the
 * processor has no time left, longer and longer, up to what a reader still takes for live: what one
 * connection is told then goes in one system call, which is half of what an edit costs.
 *
 * Pure: what time it is, and how busy we were, is said to it. Microseconds of clocks that only go
 * forward.
 */
enum {
	PACE_WINDOW_US = 100000, /* judged at the end of each */
	PACE_BRISK_PER_MS = 2,   /* rooms stepped, from which on much is typed: */
	PACE_BRISK_ROOMS = 8,    /* in so many rooms at least; one room's commits go one by one */
	PACE_FULL = 850,         /* thousandths of the time: longer from here on, */
	PACE_EASY = 600,         /* shorter below this */
	PACE_MIN_US = 1000,
	PACE_MAX_US = 40000
};

/* Zero-initialise. */
struct net_pace {
	int64_t since_us; /* of the window */
	int64_t busy_us;  /* at its start */
	size_t count;     /* rooms stepped in it */
	int64_t wait_us;  /* between two steps of a room */
};

bool net_pace_is_over(const struct net_pace *p, int64_t now_us);
/* The window is over. `busy_us`: for how long we have had work since the start; `rooms`: in memory.
 */
void net_pace_judge(struct net_pace *p, int64_t now_us, int64_t busy_us, size_t rooms);

#endif
