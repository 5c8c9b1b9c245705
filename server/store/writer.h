#ifndef ROKUSHA_STORE_WRITER_H
#define ROKUSHA_STORE_WRITER_H

#include "base/map.h"
#include "store/db.h"

/*
 * Private to the store: the one connection that writes and checkpoints, and what it remembers.
 * Belongs to the commit thread once that runs. A connection on which the outcome of a write is
 * not known is closed, and opened again before the next use.
 */

/* Last seq of each series, as committed. */
struct seqs {
	struct map index;
	uint64_t *last;
	size_t count;
	size_t cap;
};

/* A file that only holds space, given up when the disk is full. */
enum ballast {
	BALLAST_KEPT,
	BALLAST_SPENT, /* the disk was full, and 1 MiB has not come free since */
	BALLAST_NONE   /* cannot be had on this file system */
};

struct writer {
	char *path;
	char *ballast_path;
	struct db db;
	bool is_open;
	enum ballast ballast;
	struct seqs seqs;
	int wal_pages;             /* after the last commit */
	int checkpoint_at;         /* pages of WAL at which to checkpoint next */
	int trouble;               /* the last result code logged; SQLITE_OK after a success */
	char why[STORE_WHY_BYTES]; /* of the last failure */
};

/* One batch of a group. */
struct writer_item {
	const struct store_batch *batch;
	enum store_outcome outcome;
	bool is_staged;    /* in the open transaction */
	uint64_t last_seq; /* of the series, should the transaction be kept */
};

/* Migrates an older database. On error `w` is closed. */
MUST_CHECK enum err writer_init(struct writer *w, const char *path, int version, char *why);
void writer_fini(struct writer *w);
/* The connection, opened again if need be. */
MUST_CHECK bool writer_ready(struct writer *w);
/* All of `item` in one transaction; at most one batch per series. Sets every outcome. */
void writer_commit(struct writer *w, struct writer_item *item, size_t count);
/*
 * Whether nothing can be kept for now: a full disk, or one that fails. When the last write failed
 * this is found out by one that changes nothing.
 */
MUST_CHECK bool writer_is_stuck(struct writer *w);
/* Checkpoint when enough has gathered. Called after the answers went out: it takes its time. */
void writer_tidy(struct writer *w);
/* Pages of what was loaded, which nobody asks for again, are no longer kept in memory. */
void writer_forget(struct writer *w);

/* Fills in series and seat of `session`. */
MUST_CHECK enum err writer_login(struct writer *w, const uint8_t *link_hash,
				 struct store_session *session);
void writer_logout(struct writer *w, uint64_t sid);
/* As store_import_all_now. */
MUST_CHECK enum err writer_import(struct writer *w, const struct store_import *in, size_t count,
				  struct series_id *out, size_t *failed, char *why);

MUST_CHECK enum err writer_keep_policy(struct writer *w, const struct store_policy *p, char *why);

/* ---- between writer.c and writer_verbs.c ---- */

MUST_CHECK int writer_put_record(struct writer *w, struct series_id series, uint64_t seq,
				 const struct record *r);
/* `which`: SQL_POLICY_PUT or SQL_POLICY_PUT_NAMED */
MUST_CHECK int writer_put_policy(struct writer *w, enum sql which, const struct store_policy *p);
/* After a failed COMMIT: true when nothing was kept. Otherwise the connection is closed. */
MUST_CHECK bool writer_is_undone(struct writer *w, int rc);
void writer_undo(struct writer *w, int rc); /* end a transaction that was not committed */
void writer_report(struct writer *w, const char *doing, int rc);
bool writer_is_full(int rc);
/* The disk is full: give up the ballast, if it is there. */
void writer_relieve(struct writer *w);
void seqs_put(struct seqs *s, struct series_id series, uint64_t last);

#endif
