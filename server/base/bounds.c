#include "base/bounds.h"

#include "base/limits.h"

enum {
	KIB = 1024,
	MIB = 1024 * KIB,
	LIBRARIES = 48 * MIB, /* code, page caches of the store, the web client */
	POLICY_PARSED = 4,    /* times its files */
	SESSION_BYTES = 128,
	SOCKET_BYTES = 96 * KIB, /* TLS, and what libwebsockets keeps for one */
	JSON_PARSED = 24,        /* times its text: "0," becomes a number and a pointer to it */
	CELL_BYTES = 1 * KIB,    /* besides what stands in it */
	SNAPSHOT_CELL = LIMIT_KEY_BYTES + 160, /* a cell of a snapshot, its words not counted */
	ANSWERS_BYTES = 16 * KIB               /* the answers remembered for one client */
};

struct bounds bounds_of_limits(void)
{
	/* A quoted character may take two bytes where it took one. */
	size_t snapshot = (size_t)LIMIT_ROOM_CELLS * SNAPSHOT_CELL + 2 * LIMIT_ROOM_BYTES;
	struct bounds b = {.base = LIBRARIES};

	b.base += (size_t)(LIMIT_POLICIES_IDLE + 1) * 3 * LIMIT_SCHEMA_FILE_BYTES * POLICY_PARSED;
	b.base += (size_t)LIMIT_SESSIONS * SESSION_BYTES;
	/* One frame alone may be larger than the queue. */
	b.conn = LIMIT_OUT_QUEUE_BYTES + snapshot + 2 * LIMIT_FRAME_BYTES + SOCKET_BYTES;
	b.room = (size_t)JSON_PARSED * LIMIT_ROOM_QUEUE_BYTES;
	b.room += (size_t)4 * LIMIT_ROOM_BYTES + (size_t)2 * LIMIT_ROOM_HISTORY_BYTES;
	b.room += (size_t)LIMIT_ROOM_CELLS * CELL_BYTES;
	b.room += (size_t)LIMIT_ROOM_CLIENTS * ANSWERS_BYTES;
	return b;
}
