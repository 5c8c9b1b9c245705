#ifndef ROKUSHA_STORE_STORE_MEM_H
#define ROKUSHA_STORE_STORE_MEM_H

#include "store/store.h"

/*
 * A store in memory, for tests: the same answers as on a disk, without its thread, its clock and
 * its luck. What is submitted waits in order; store_poll (or a verb that has to come after it) runs
 * it on the caller's thread, all of it before the first `done`. `wake` is called by what submits.
 */

/* What is kept, so that it can outlive the store: closing and opening again is a restart. */
struct store_mem_disk;
struct store_mem_disk *store_mem_disk_create(void);
void store_mem_disk_destroy(struct store_mem_disk *d); /* accepts NULL */
/* One store at a time has `disk` open. NULL: a disk of its own, gone when the store is closed. */
struct store *store_mem_open(struct store_mem_disk *disk);

enum store_mem_fault {
	STORE_MEM_REFUSED, /* STORE_NOT_KEPT */
	STORE_MEM_LOST,    /* STORE_UNKNOWN, and it was not kept */
	STORE_MEM_SAVED    /* STORE_UNKNOWN, and it was kept */
};
/*
 * The n-th commit to run from now on ends so; 1 is the next. Each call adds one. A batch that would
 * not have been kept anyway is STORE_NOT_KEPT with any of them.
 */
void store_mem_fail_commit(struct store *s, size_t n, enum store_mem_fault fault);
/* The n-th store_load to run from now on ends with ERR_IO. Each call adds one. */
void store_mem_fail_load(struct store *s, size_t n);

/* From now on no record is kept, as on a full disk; or again. */
void store_mem_stick(struct store *s, bool on);

/* The batch of the first commit that has not run yet; NULL when none waits. */
const struct store_batch *store_mem_next(const struct store *s);
/* What no verb reads: the audit of a series, in order. Borrowed until its next commit. */
const struct audit *store_mem_audit(const struct store *s, struct series_id series, size_t *count);

#endif
