#ifndef ROKUSHA_MSG_MSG_H
#define ROKUSHA_MSG_MSG_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "msg/record.h"

#include "../schema/protocol.def"

enum msg_kind {
#define IN(NAME, name, FIELDS) MSG_##NAME,
	PROTOCOL_IN(IN)
#undef IN
	    MSG_COUNT
};

/*
 * One message of a client, checked for form by wire/. Members a kind does not have are zero.
 * Slices and JSON borrow from `tree` or `mem`, which the message owns.
 */
struct change;
struct msg {
	enum msg_kind kind;
	enum method method; /* METHOD_OWN when absent */
	bool has_for_seat;
	bool has_seat;
	bool has_to;
	bool has_at;
	uint64_t client;
	uint64_t ref;
	uint64_t base;
	uint64_t row;
	uint64_t to;       /* an agenda row */
	uint64_t for_seat; /* wire ids of seats */
	uint64_t seat;
	uint64_t about;
	uint64_t on; /* 0 or 1; so are board and end */
	uint64_t board;
	uint64_t end;
	uint64_t at[3]; /* version, anchor, head */
	struct slice cell;
	struct slice table;
	struct slice words;
	struct slice what;  /* in out wait */
	struct slice place; /* room line; empty when absent */
	struct slice until; /* a day */
	struct slice hash;  /* of a policy */
	/* 1 .. LIMIT_PUSH_CHANGES: an array, or read already, then `plain` has them. */
	const json_t *changes;
	const struct change *plain;
	uint32_t plain_count;
	const json_t *value;
	const json_t *cells; /* object */
	const json_t *have;  /* array of [key, version]; NULL when absent */
	uint64_t digest;     /* of the bytes as sent */
	json_t *tree;        /* NULL: `mem` has all of it */
	void *mem;
};

#endif
