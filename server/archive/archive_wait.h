#ifndef ROKUSHA_ARCHIVE_ARCHIVE_WAIT_H
#define ROKUSHA_ARCHIVE_ARCHIVE_WAIT_H

#include "archive/archive.h"
#include "auth/passkey.h"
#include "base/limits.h"
#include "minutes/log.h"
#include "store/minutes_db.h"

/*
 * Private to archive/. Between the question to a browser and its answer lie a person and a device:
 * what it was asked is remembered meanwhile, in memory alone. Who asks anew, comes too late, or
 * after a restart of the server begins again; nothing was kept before.
 */
enum { WAIT_FOR_BROWSER_MS = 10 * 60 * 1000 };

struct wait {
	struct series_id series;
	uint8_t seat;
	int64_t until_ms;
	uint64_t nth;
	bool is_enrolment;
	uint8_t challenge[PASSKEY_CHALLENGE_BYTES]; /* of an enrolment */
	/* Of signatures: a draft for each head, by one key, in one log. */
	struct minutes_passkey key;
	struct buf origin;
	struct min_draft *draft[MIN_DUE_MAX];
	struct min_due due[MIN_DUE_MAX];
	size_t count;
};
void wait_free(struct wait *w); /* accepts NULL */

struct waits {
	struct wait *wait[LIMIT_PASSKEYS_WAITING];
	uint64_t count; /* that ever came */
};
/* Takes `w` over. What the seat was asked before is forgotten, or, where too many wait, the oldest.
 */
void waits_put(struct waits *all, const struct archive_ask *ask, struct wait *w);
/* Once: the caller's. NULL: nothing of that kind waits for this seat any more. */
struct wait *waits_take(struct waits *all, const struct archive_ask *ask, bool is_enrolment);
void waits_fini(struct waits *all);

#endif
