#ifndef ROKUSHA_NET_NET_GUARD_H
#define ROKUSHA_NET_NET_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/session.h"
#include "base/ids.h"

/*
 * Who comes too often. Counts and rates by address and by seat, with the time as an argument; no
 * socket. Bounded by LIMIT_ADDRS: an address that has nobody here and has been quiet is forgotten.
 */

/* So many a second, with a store for a burst. Zero-initialised it is full. */
struct net_bucket {
	int64_t thousandths;
	int64_t at_ms;
	bool is_begun;
};

/* False when it is empty. `now_ms` is monotonic. */
bool net_bucket_take(struct net_bucket *b, unsigned per_s, unsigned burst, int64_t now_ms);

enum { GUARD_BUCKETS = 4096, GUARD_KEY_BYTES = AUTH_ADDR_BYTES + 1, GUARD_SEED_BYTES = 16 };

struct guard_entry;

/* Zero-initialise, then set `seed` to random bytes: peers choose their addresses. */
struct net_guard {
	struct guard_entry *bucket[GUARD_BUCKETS];
	size_t count;
	struct net_bucket strangers;
	uint8_t seed[GUARD_SEED_BYTES];
};

enum guard_answer {
	GUARD_OK,
	GUARD_MANY,    /* LIMIT_PEERS_PER_ADDR, or no room to remember one more */
	GUARD_OFTEN,   /* LIMIT_DIALS_* of this address */
	GUARD_STRANGER /* LIMIT_STRANGERS_* of all addresses that never opened a WebSocket */
};

void net_guard_fini(struct net_guard *g);

/* A connection of this address; counted when the answer is OK, until net_guard_left. */
enum guard_answer net_guard_dial(struct net_guard *g, const struct auth_addr *addr, int64_t now_ms);
void net_guard_left(struct net_guard *g, const struct auth_addr *addr);
/* Somebody with a session came from there: for the next ten minutes it is no stranger. */
void net_guard_known(struct net_guard *g, const struct auth_addr *addr, int64_t now_ms);
/* May this seat open one more WebSocket so soon? Counts it. */
bool net_guard_open(struct net_guard *g, struct series_id series, uint8_t seat, int64_t now_ms);
/* May this seat send one more message, on whichever of its sockets? Counts it. */
bool net_guard_message(struct net_guard *g, struct series_id series, uint8_t seat, int64_t now_ms);
/* Forget whoever need not be remembered. */
void net_guard_sweep(struct net_guard *g, int64_t now_ms);

#endif
