#ifndef ROKUSHA_NET_NET_BOUND_H
#define ROKUSHA_NET_NET_BOUND_H

#include <stddef.h>

/*
 * How much memory the server may ever hold, from base/limits.h: what peers can make it hold, that
 * is; policies are the operator's own files. Printed at start, and held to by tests.
 */
struct net_bound {
	size_t base_bytes; /* code, database cache, sessions, addresses, policies, one message */
	size_t out_bytes;  /* all that waits for slow readers */
	size_t peers, peer_bytes; /* whoever is connected, with TLS */
	size_t conns, conn_bytes; /* what a WebSocket takes besides */
	size_t rooms, room_bytes;
};

struct net_bound net_bound(void);
/* The sum, with no more than that many of each. */
size_t net_bound_total(const struct net_bound *b, size_t peers, size_t conns, size_t rooms);

#endif
