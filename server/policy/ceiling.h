#ifndef ROKUSHA_POLICY_CEILING_H
#define ROKUSHA_POLICY_CEILING_H

#include "policy/schema.h"

/*
 * Two policies at once. A series is pinned to a newer policy before anybody approved it; until then
 * a seat may do what both allow: what the newer one takes is gone, what it gives is not there yet.
 * The ceiling is the last approved policy, seen from the newer one: for each of its roles, classes,
 * columns and tables the index of what has the same id there; SCHEMA_NONE where it is new.
 */
struct ceiling {
	const struct schema *approved; /* borrowed */
	uint16_t role[ROLE_MAX];
	uint16_t *cls;
	uint16_t *col;
	uint16_t *table;
};

/* Owned by the caller; borrows both. */
struct ceiling *ceiling_create(const struct schema *newer, const struct schema *approved);
void ceiling_destroy(struct ceiling *c); /* accepts NULL */

/*
 * Does `newer` give nobody anything that the approved policy does not? Then nothing waits for an
 * approval. Errs towards false: a new field, class or role that opens anything, and whatever cannot
 * be compared mark by mark, counts as a gain.
 */
bool ceiling_is_idle(const struct ceiling *c, const struct schema *newer);

#endif
