#ifndef ROKUSHA_ARCHIVE_POLICIES_H
#define ROKUSHA_ARCHIVE_POLICIES_H

#include "policy/ceiling.h"
#include "store/store.h"

/*
 * The policies series are pinned to, by hash, loaded from what the database keeps: a server holds
 * rooms of several. Each is loaded once, however many rooms use it.
 */
struct policies;

/*
 * `running` is what the program was started with: it stands for the policy of that hash in
 * databases that do not keep it. Borrowed.
 */
struct policies *policies_create(const struct schema *running);
void policies_destroy(struct policies *p); /* accepts NULL; nothing may be in use */

/* What a series is judged by. */
struct policy_use {
	const struct schema *schema;   /* what it is pinned to */
	const struct schema *approved; /* the last approved one, mostly the same */
	struct ceiling *ceiling;       /* while they differ; else NULL */
};
/*
 * After the first `count` records of `l`. `out` is zeroed on error; given back by policies_release.
 * ERR_PROTO   the journal names no policy, or makes no sense
 * ERR_SCHEMA  the policy is not kept, or not sound; `why` (STORE_WHY_BYTES) names it
 */
MUST_CHECK enum err policies_take(struct policies *p, const struct store_series *l, size_t count,
				  struct policy_use *out, char *why);
void policies_release(struct policies *p, struct policy_use *u); /* accepts a zeroed one */

size_t policies_count(const struct policies *p); /* loaded ones, without `running` */

#endif
