#ifndef ROKUSHA_BASE_BOUNDS_H
#define ROKUSHA_BASE_BOUNDS_H

#include <stddef.h>

/*
 * What the limits add up to: resident memory never exceeds base + connections x conn + rooms x
 * room, in bytes. Made for the worst a peer can do with each limit, so the real figure is far below
 * it.
 */
struct bounds {
	size_t base;
	size_t conn;
	size_t room;
};

struct bounds bounds_of_limits(void);

#endif
