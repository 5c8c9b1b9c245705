#ifndef ROKUSHA_STORE_PACE_H
#define ROKUSHA_STORE_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Private to the store. A sync costs as much for one commit as for ten: where many come, the commit
 * thread waits a little for others; where few come, nobody waits. Times are microseconds of a clock
 * that only goes forward.
 */
enum {
	PACE_GATHER_US = 1000,
	PACE_PER_MS = 2, /* from so many commits on, counted over so long: */
	PACE_WINDOW_US = 10000
};

/* Zero-initialise. */
struct pace {
	int64_t since_us;
	int64_t count;
	bool is_brisk; /* many came in the last window */
};

int64_t pace_now_us(void);
/* So many were committed. */
void pace_count(struct pace *p, size_t commits, int64_t now_us);

#endif
