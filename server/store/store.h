#ifndef ROKUSHA_STORE_STORE_H
#define ROKUSHA_STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/ids.h"
#include "base/slice.h"
#include "msg/record.h"

/*
 * The port to what is kept. It speaks our verbs, never SQL. One thread of the store does all
 * writing and checkpointing; results come back on the thread that calls store_poll, and nowhere
 * else. Opening read-only gives a store without that thread, for the command line beside a live
 * server; it answers the *_now verbs only. store_mem.h opens one that lives in memory, for tests.
 */
struct store;

enum store_mode { STORE_READ, STORE_WRITE };
enum store_outcome {
	STORE_KEPT,     /* durable */
	STORE_NOT_KEPT, /* nothing of the batch is stored */
	STORE_UNKNOWN   /* it may be: reload and see */
};

enum { STORE_HASH_BYTES = 32, STORE_SECRET_BYTES = 32, STORE_WHY_BYTES = 256 };

/*
 * Open the database at `path`. STORE_WRITE takes the writer's lock file beside it (one server per
 * database) and keeps a ballast file. `why` (STORE_WHY_BYTES) gets a terminated reason on error.
 * ERR_IO     cannot be opened, is damaged, or another server runs
 * ERR_OLD    the database was made by a newer version; it is left untouched. With STORE_READ also
 *            one of an older version, which a STORE_WRITE brings up to date
 */
MUST_CHECK enum err store_open(const char *path, enum store_mode mode, struct store **out,
			       char *why);
/* Create a new, empty database file. ERR_IO also when the file exists. */
MUST_CHECK enum err store_create(const char *path, char *why);
/*
 * Finishes what was submitted, then closes. Accepts NULL. Pending `done`s are not run. Not called
 * from within a `done`.
 */
void store_close(struct store *s);

/*
 * `wake` is called from the store's thread whenever store_poll has something to run; set it before
 * anything is submitted. What a `done` submits is answered by a later poll.
 */
void store_on_done(struct store *s, void (*wake)(void *arg), void *arg);
void store_poll(struct store *s);
/*
 * Nothing can be kept for now, be the disk full or failing. While it is so it is tried again every
 * second; `wake` tells of both changes.
 */
bool store_is_stuck(struct store *s);

/* A policy by its hash (hex, terminated): the exact bytes of its files. */
struct store_policy {
	char hash[65];
	struct slice visibility;
	struct slice roles;
	struct slice form;
};

/* ---- live verbs: answered through `done`, on the polling thread ---- */

struct store_batch {
	struct series_id series;
	const struct record *record;
	size_t record_count;
	const struct audit *audit;
	size_t audit_count;
	const struct text_base *base; /* folded texts to put in place of older ones */
	size_t base_count;
	/* With `has_base`: after `record` the room stands as its folded texts and `base_body` say.
	 * With `base_afresh` every folded text of before is dropped first. */
	bool has_base, base_afresh;
	struct slice base_body;
	const struct store_policy *policy; /* what `record` pins the series to */
	size_t policy_count;
	/* With `has_now`: all cells of the series as they stand after `record`, for the derived
	 * table; what it held of the series before is replaced. */
	bool has_now;
	const struct cell_now *now;
	size_t now_count;
};
typedef void store_commit_done(void *arg, enum store_outcome outcome);

/*
 * Append all of `b` or none, durably. `b` and what it points to are borrowed until `done`. One per
 * series at a time (asserted). What is queued from several series shares one transaction with a
 * savepoint each, so that one series' bad batch fails alone.
 */
void store_commit(struct store *s, const struct store_batch *b, store_commit_done *done, void *arg);

/*
 * While held, what is asked for only queues, so that it goes together; whoever holds lets go again
 * before the answer is waited for.
 */
void store_hold(struct store *s, bool is_held);

/* A series, oldest first: everything, or what it takes to go on from its base. */
struct store_series {
	struct series_id id;
	struct slice name;
	struct record *record;
	size_t record_count;
	/* Of the records up to `from` only those are here that are no edits: the first
	 * `rest_count`, by `rest_seq`. What comes behind them has no gap. */
	uint64_t from;
	uint64_t *rest_seq;
	size_t rest_count;
	uint64_t last_seq;
	struct text_base *base;
	size_t base_count;
	bool has_base; /* the series stood so after `base_seq`, which may be any number */
	uint64_t base_seq;
	struct slice base_body;
	/* Those the records name, each once, as far as they are kept: databases made before have
	 * none. */
	struct store_policy *policy;
	size_t policy_count;
	struct arena mem; /* owns all of it */
};
typedef void store_load_done(void *arg, enum err e, struct store_series *loaded);
/* `loaded` is given to the callee, who calls store_series_destroy. ERR_GONE no such series. */
void store_load(struct store *s, struct series_id series, store_load_done *done, void *arg);
/*
 * As much of it as makes a room: where there is a base, no edits older than the last `remembered`
 * entries before it. Whoever finds that the base does not fit asks for all.
 */
void store_load_room(struct store *s, struct series_id series, uint64_t remembered,
		     store_load_done *done, void *arg);
enum { STORE_CLIENTS_MAX = 16 };
/*
 * Of each of these clients the last `each` records, by `cseq`, the lower first; nothing else of the
 * series. `client` is copied.
 */
void store_load_clients(struct store *s, struct series_id series, const uint64_t *client,
			size_t count, size_t each, store_load_done *done, void *arg);
/* The place of `l->record[i]` in the journal. */
uint64_t store_series_seq(const struct store_series *l, size_t i);
void store_series_destroy(struct store_series *l); /* accepts NULL */

struct store_session {
	uint8_t token_hash[STORE_HASH_BYTES];
	uint64_t sid;
	struct series_id series;
	uint8_t seat;
	int64_t created_ms;
	int64_t expires_ms;
	bool ended;
};
typedef void store_login_done(void *arg, enum err e, const struct store_session *session);
/*
 * Exchange a link for a session: find the link by hash, mark a single-use one as used, store the
 * session with the link's series and seat. `draft` gives token_hash, sid, created and expires.
 * ERR_GONE  no such link, used, ended or expired
 */
void store_login(struct store *s, const uint8_t link_hash[STORE_HASH_BYTES],
		 const struct store_session *draft, store_login_done *done, void *arg);
void store_logout(struct store *s, uint64_t sid); /* fire and forget, in order */

/* ---- verbs answered at once, on the caller's thread ---- */

struct store_link {
	uint8_t secret_hash[STORE_HASH_BYTES];
	uint8_t seat;
	bool reusable; /* may be opened again until the seat ends */
	int64_t expires_ms;
};

struct store_import {
	struct slice name; /* of the series; must be new */
	const struct record *record;
	size_t record_count;
	struct slice pending; /* the rest of the file, kept for later; nobody sees it */
	const struct store_link *link;
	size_t link_count;
	const struct store_policy
	    *policy; /* what the series is pinned to; one that is there stays */
	size_t policy_count;
};
/*
 * Store a whole series in one transaction. ERR_GONE the name is taken (`why` says so).
 */
MUST_CHECK enum err store_import_now(struct store *s, const struct store_import *in,
				     struct series_id *out, char *why);
/*
 * Several series in one transaction: all of them or none. `out` has room for `count` ids. `*failed`
 * gets the index of the one that could not be stored (`count` where it was the transaction); NULL
 * is fine.
 */
MUST_CHECK enum err store_import_all_now(struct store *s, const struct store_import *in,
					 size_t count, struct series_id *out, size_t *failed,
					 char *why);
/*
 * For databases made before policies were kept: keep this one, if a series was made under it and it
 * is not there yet.
 */
MUST_CHECK enum err store_keep_policy_now(struct store *s, const struct store_policy *policy,
					  char *why);
MUST_CHECK enum err store_load_now(struct store *s, struct series_id series,
				   struct store_series **out, char *why);
/* The derived cells of a series: what the last kept batch with `has_now` said. */
struct store_derived {
	uint64_t seq;          /* the last record they hold; the journal may have gone on since */
	struct cell_now *cell; /* in the order of their keys, as bytes */
	size_t count;
};
/* Lives in `mem`.  ERR_GONE nothing was derived of that series yet, or there is none */
MUST_CHECK enum err store_derived_now(struct store *s, struct series_id series, struct arena *mem,
				      struct store_derived *out, char *why);
/* ERR_GONE no series of that name */
MUST_CHECK enum err store_find_now(struct store *s, struct slice name, struct series_id *out);
/* Calls `each` for every series, by id. Stops when it returns false. It may call the store. */
MUST_CHECK enum err store_each_now(struct store *s,
				   bool (*each)(void *arg, struct series_id id, struct slice name),
				   void *arg);
/* Sessions that are neither ended nor expired at `now_ms`. */
MUST_CHECK enum err store_sessions_now(struct store *s, int64_t now_ms,
				       void (*each)(void *arg, const struct store_session *session),
				       void *arg);
/* The secret of this database: made with it, never changed, told to nobody.  ERR_IO */
MUST_CHECK enum err store_secret_now(struct store *s, uint8_t out[STORE_SECRET_BYTES]);
/*
 * One line of the read audit, durably, by a connection of its own: the database at `path` may be
 * in use by a live server, which waits for it or is waited for.  ERR_IO
 */
MUST_CHECK enum err store_audit_beside(const char *path, struct series_id series,
				       const struct audit *a, char *why);
/*
 * Bodies of journal records replaced for good (an erasure), with all that was derived of the series
 * or put by for it thrown away: it is made anew from the journal. When this answers ERR_OK neither
 * the database nor its WAL holds what stood there before. Takes the writer's lock: no server runs.
 * ERR_IO  a server runs, the disk failed, or somebody reads the WAL (what stood there may still be
 *         in it: ask again).     ERR_GONE  no such record: nothing was changed
 * ERR_HOLD  a hold stands for the series at `now_ms`: nothing was changed
 */
struct store_erased {
	uint64_t seq; /* of the record in its series */
	struct slice body;
};
MUST_CHECK enum err store_erase_beside(const char *path, struct series_id series, int64_t now_ms,
				       const struct store_erased *record, size_t count, char *why);
/* Damage, missing pages, broken rules of the tables. `why` names the first. */
MUST_CHECK enum err store_check_now(struct store *s, char *why);

#endif
