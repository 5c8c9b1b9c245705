#ifndef ROKUSHA_POLICY_SCHEMA_DIFF_H
#define ROKUSHA_POLICY_SCHEMA_DIFF_H

#include "base/arena.h"
#include "policy/schema.h"

/*
 * What changes for whom when one policy takes the place of another. Things are the same where
 * their ids are. BREAK: a series that already holds data cannot follow (a field is retired by
 * marking it n for everybody, not by taking it away). One change of a mark can be a gain and a
 * loss: n+ to r* loses the grants and gains the own rows.
 */
enum schema_change_kind {
	SCHEMA_BREAK,
	SCHEMA_LOSS,
	SCHEMA_GAIN,
	SCHEMA_OTHER, /* labels, order, new places to write, wider limits */
	SCHEMA_CHANGE_KINDS
};

struct schema_change {
	enum schema_change_kind kind;
	const char *role; /* id of the role that gains or loses; NULL: no single one */
	const char *name; /* id of the class, column, table, role, area or enum; NULL: none */
	const char *text; /* one Japanese line for people, without a line end */
};

struct schema_diff {
	const struct schema_change *change; /* by kind, in the order of the enum */
	size_t count;
	size_t of[SCHEMA_CHANGE_KINDS]; /* how many of each kind */
};

/*
 * Everything is in `mem`, ids may point into the schemas. count 0: nothing that counts has
 * changed, though the hashes can differ (spaces, order of members).
 */
struct schema_diff schema_diff(const struct schema *before, const struct schema *after,
			       struct arena *mem);

#endif
