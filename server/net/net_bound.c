#include "net/net_bound.h"

#include "base/limits.h"
#include "net/hub_state.h"

enum {
	KIB = 1024,
	MIB = 1024 * 1024,
	PROGRAM_BYTES = 64 * MIB, /* code, page cache of the database, the loop, two threads */
	SESSION_BYTES = 128,      /* one of LIMIT_SESSIONS, in a list that doubles */
	ADDR_BYTES = 160,         /* one of LIMIT_ADDRS */
	POLICY_BYTES = 4 * MIB,   /* the schema as loaded, of the files as they are shipped */
	PARSED = 60,              /* bytes of memory a byte of JSON can take: wire_cost */
	PEER_BYTES = 96 * KIB,    /* lws' own, the TLS session, one piece of an asset */
	HAVE_BYTES = 512,         /* one text named in a join, as parsed */
	SEEN_BYTES = 17,          /* what a viewer was shown of one cell: more where it names */
	STEP_BYTES = 48 * KIB,    /* one of HUB_LISTS, kept for the next step */
	CELL_BYTES = 1 * KIB,     /* a cell and its key, without its value */
	ROW_BYTES = 512,          /* a row, grant or segment */
	CLIENT_BYTES = 11 * KIB,  /* an editor instance and the answers it was given */
	TWICE = 2                 /* arrays double; a copy is made while a room is stepped */
};

struct net_bound net_bound(void)
{
	struct net_bound b = {.peers = LIMIT_CONNS + 2 * LIMIT_PEERS_WAITING,
			      .conns = LIMIT_CONNS,
			      .rooms = LIMIT_ROOMS,
			      .out_bytes = LIMIT_OUT_TOTAL_BYTES,
			      .peer_bytes = PEER_BYTES};

	b.base_bytes = PROGRAM_BYTES + (size_t)SESSION_BYTES * LIMIT_SESSIONS +
		       (size_t)ADDR_BYTES * LIMIT_ADDRS +
		       (size_t)POLICY_BYTES * (LIMIT_POLICIES_IDLE + 1) +
		       (size_t)PARSED * LIMIT_FRAME_BYTES + (size_t)STEP_BYTES * HUB_LISTS +
		       (size_t)LIMIT_MINUTES_WAITING * LIMIT_MINUTES_ANSWER_BYTES +
		       (size_t)LIMIT_MINUTES_OUT_BYTES +
		       /* The frame that went over the limit of all queues: a snapshot. */
		       (size_t)TWICE * LIMIT_ROOM_BYTES;
	b.conn_bytes = (size_t)TWICE * LIMIT_FRAME_BYTES + (size_t)HAVE_BYTES * LIMIT_HAVE +
		       (size_t)SEEN_BYTES * LIMIT_ROOM_CELLS;
	b.room_bytes =
	    (size_t)TWICE * LIMIT_ROOM_BYTES + (size_t)TWICE * LIMIT_ROOM_HISTORY_BYTES +
	    (size_t)TWICE * LIMIT_ROOM_QUEUE_BYTES + (size_t)CELL_BYTES * LIMIT_ROOM_CELLS +
	    (size_t)ROW_BYTES * LIMIT_ROOM_ROWS + (size_t)ROW_BYTES * LIMIT_ROOM_GRANTS +
	    (size_t)ROW_BYTES * LIMIT_ROOM_SEGMENTS + (size_t)CLIENT_BYTES * LIMIT_ROOM_CLIENTS;
	return b;
}

size_t net_bound_total(const struct net_bound *b, size_t peers, size_t conns, size_t rooms)
{
	return b->base_bytes + b->out_bytes +
	       (peers < b->peers ? peers : b->peers) * b->peer_bytes +
	       (conns < b->conns ? conns : b->conns) * b->conn_bytes +
	       (rooms < b->rooms ? rooms : b->rooms) * b->room_bytes;
}
