#ifndef ROKUSHA_NET_NET_OUT_H
#define ROKUSHA_NET_NET_OUT_H

#include <stdbool.h>
#include <stddef.h>

#include "view/frame.h"

/*
 * Frames that wait for a slow reader, oldest first. Bounded: who does not read is not remembered
 * for ever. Zero-initialise. It knows no socket, so that a test can be the reader.
 */
struct net_out {
	struct frame **frame; /* a ring; each with a reference of ours */
	size_t first, count, cap;
	size_t bytes;
};

/*
 * Takes its own reference. False, and nothing is taken, when more than `max` bytes would wait. One
 * frame alone may be larger: it is a snapshot of a large room.
 */
bool net_out_push(struct net_out *o, struct frame *f, size_t max);
struct frame *net_out_first(const struct net_out *o); /* the oldest; there is one */
/* The oldest one, with its reference; NULL when none waits. */
struct frame *net_out_take(struct net_out *o);
void net_out_drop(struct net_out *o); /* forget all of them */
void net_out_fini(struct net_out *o);

#endif
