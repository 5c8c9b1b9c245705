#ifndef ROKUSHA_STORE_MINUTES_DB_H
#define ROKUSHA_STORE_MINUTES_DB_H

#include "base/arena.h"
#include "base/err.h"
#include "base/ids.h"
#include "minutes/log.h"
#include "msg/record.h"

/*
 * The tables of signed minutes, by a connection of its own beside the live writer: what is written
 * here waits for it or is waited for, five seconds at most. Used by one thread at a time. A log
 * only grows: an addition says how much of it its maker knew, and is refused when there is more.
 *
 * Errors of all: ERR_IO, `why` (STORE_WHY_BYTES) says what. An ERR_IO of something that writes may
 * have been kept: load again and see.
 */
struct minutes_db;

/* With `may_write` false it only reads. ERR_OLD the database is of another version. */
MUST_CHECK enum err minutes_db_open(const char *path, bool may_write, struct minutes_db **out,
				    char *why);
void minutes_db_close(struct minutes_db *m); /* accepts NULL */

/* ---- what was sealed: minutes_seals.c ---- */

struct minutes_seal {
	uint64_t seq;
	int64_t at_ms;
	int64_t deadline_ms;
};
/* The last seal record of a series.  ERR_GONE there is none */
MUST_CHECK enum err minutes_db_seal(struct minutes_db *m, struct series_id series,
				    struct minutes_seal *out, char *why);
/* The one of which a log is that ends in `of` (32 digits of its origin).  ERR_GONE there is none */
MUST_CHECK enum err minutes_db_seal_of(struct minutes_db *m, struct series_id series,
				       struct slice of, struct minutes_seal *out, char *why);
/* The newest first, `max` at most. */
MUST_CHECK enum err minutes_db_seals(struct minutes_db *m, struct series_id series,
				     struct minutes_seal *out, size_t max, size_t *count,
				     char *why);
/*
 * Origin and private state of the newest log for a seal record, in `mem`, without its rows.
 * ERR_GONE  there is none
 */
MUST_CHECK enum err minutes_db_peek(struct minutes_db *m, struct series_id series, uint64_t seq,
				    struct arena *mem, struct slice *origin, struct slice *body,
				    char *why);

/* ---- what heads beside the database are held against: minutes_heads.c ---- */

/*
 * What a series is called in every copy of the database: the wire id of its first seat. `out` is
 * terminated.  ERR_GONE it has no seat
 */
enum { MINUTES_SERIES_CHARS = 16 };
MUST_CHECK enum err minutes_db_series_id(struct minutes_db *m, struct series_id series,
					 char out[MINUTES_SERIES_CHARS + 1], char *why);
/* Is that log here? Does one that is here name it as its parent? */
MUST_CHECK enum err minutes_db_has(struct minutes_db *m, struct slice origin, bool *out, char *why);
MUST_CHECK enum err minutes_db_is_named(struct minutes_db *m, struct slice origin, bool *out,
					char *why);

/* How a seat stands now, without replaying anything.  ERR_GONE there is no such seat */
struct minutes_standing {
	char role[32];
	int64_t from_ms, until_ms; /* held in [from, until); INT64_MIN and INT64_MAX: no such end */
	bool is_chair, is_recorder;
	bool is_barred;
};
MUST_CHECK enum err minutes_db_standing(struct minutes_db *m, struct series_id series, uint8_t seat,
					struct minutes_standing *out, char *why);
/* After the record `seq`: was anything opened, and is it over? */
enum minutes_meeting { MINUTES_NO_MEETING, MINUTES_MEETING_ON, MINUTES_MEETING_OVER };
MUST_CHECK enum err minutes_db_meeting(struct minutes_db *m, struct series_id series, uint64_t seq,
				       enum minutes_meeting *out, char *why);

/* A log as it is kept. */
struct minutes_stored {
	int64_t id;
	struct series_id series;
	uint64_t seq;  /* of the seal record */
	uint32_t fork; /* 0: the first one for it */
	uint32_t entries, leaves;
	struct slice origin;
	struct min_rows rows;
	struct arena mem; /* owns all of it */
};
/*
 * The newest log for the seal record `seq` of a series. The caller calls minutes_stored_free.
 * ERR_GONE  there is none
 */
MUST_CHECK enum err minutes_db_load(struct minutes_db *m, struct series_id series, uint64_t seq,
				    struct minutes_stored **out, char *why);
/* A log by its id.  ERR_GONE */
MUST_CHECK enum err minutes_db_load_id(struct minutes_db *m, int64_t id,
				       struct minutes_stored **out, char *why);
void minutes_stored_free(struct minutes_stored *s); /* accepts NULL */
/* Ids of all logs, oldest first, until `each` returns false. It may use `m`. */
MUST_CHECK enum err minutes_db_each(struct minutes_db *m, bool (*each)(void *arg, int64_t id),
				    void *arg, char *why);

/* A new log with its first rows.  ERR_STALE somebody else made it */
struct minutes_new {
	struct series_id series;
	uint64_t seq;
	uint32_t fork;
	struct slice origin;
};
MUST_CHECK enum err minutes_db_create(struct minutes_db *m, const struct minutes_new *log,
				      const struct min_change *change, int64_t *id, char *why);
/*
 * What came to the log `id` that had so many rows before; with `approval`, that one is done with.
 * All in one transaction.  ERR_STALE  it has more by now: load it again
 * ERR_HOLD  an approved erasure, and a hold stands for the series at `at`: nothing was changed
 */
struct minutes_grow {
	int64_t id;
	uint32_t entries, leaves;
	const struct min_hash
	    *approved;     /* of an erasure: the leaf; approvals of all that goes are over */
	struct slice cell; /* of the room, whose words are to go from the journal, too */
	int64_t at;        /* with `cell`: Unix seconds */
};
MUST_CHECK enum err minutes_db_append(struct minutes_db *m, const struct minutes_grow *before,
				      const struct min_change *change, char *why);

/* ---- approvals of an erasure ---- */

struct minutes_approval {
	uint8_t seat;
	int64_t at; /* Unix seconds */
	char basis[16];
};
/* The same seat again: the newer counts. */
MUST_CHECK enum err minutes_db_approve(struct minutes_db *m, int64_t log,
				       const struct min_hash *leaf,
				       const struct minutes_approval *a, char *why);
enum { MINUTES_APPROVALS_MAX = 64 };
/* Those that wait, oldest first; `*count` gets how many. */
MUST_CHECK enum err minutes_db_approvals(struct minutes_db *m, int64_t log,
					 const struct min_hash *leaf,
					 struct minutes_approval out[MINUTES_APPROVALS_MAX],
					 size_t *count, char *why);

/* All of a log that wait, the oldest first, in `mem`; `MINUTES_WAITING_MAX` at most. */
struct minutes_waiting {
	struct min_hash leaf;
	struct minutes_approval approval;
};
enum { MINUTES_WAITING_MAX = 256 };
MUST_CHECK enum err minutes_db_waiting(struct minutes_db *m, int64_t log, struct arena *mem,
				       struct minutes_waiting **out, size_t *count, char *why);

/* Cells whose words the journal still holds, or the WAL: the oldest first, in `mem`. */
struct minutes_erasure {
	int64_t id;
	struct series_id series;
	struct slice cell; /* empty: it stood in the minutes alone */
};
enum { MINUTES_ERASURES_MAX = 1024 }; /* at a time: ask again for more */
MUST_CHECK enum err minutes_db_erasures(struct minutes_db *m, struct arena *mem,
					struct minutes_erasure **out, size_t *count, char *why);
/* It does no longer. */
MUST_CHECK enum err minutes_db_erased(struct minutes_db *m, int64_t id, char *why);

/* ---- holds: while one stands nothing of the series is erased ---- */

enum { MINUTES_HOLD_WHY_BYTES = 2000, MINUTES_HOLD_WHO_BYTES = 200 };

struct minutes_hold {
	bool is_on;       /* false: it was lifted */
	uint8_t seat;     /* who; SEAT_NONE: the operator, for whom `who` says it */
	struct slice who; /* with a seat empty, else not; at most MINUTES_HOLD_WHO_BYTES */
	struct slice why; /* not empty; at most MINUTES_HOLD_WHY_BYTES */
	int64_t at_ms;
	int64_t until_ms; /* it ends by itself then; INT64_MAX: it does not. Of one that is on */
};
/* The one that stands at `now_ms`, in `mem`.  ERR_GONE none does */
MUST_CHECK enum err minutes_db_hold(struct minutes_db *m, struct series_id series, int64_t now_ms,
				    struct arena *mem, struct minutes_hold *out, char *why);
/*
 * Set or lifted from `at_ms` on, durably; one that stands is replaced by the new one, its row
 * stays.  ERR_RULE  to be lifted, and none stands     ERR_PROTO  without a reason, a name too many
 * or missing, too long, over before it begins
 */
MUST_CHECK enum err minutes_db_hold_add(struct minutes_db *m, struct series_id series,
					const struct minutes_hold *hold, char *why);
/* All that was ever said of one, the newest first, in `mem`; `MINUTES_HOLDS_MAX` at most. */
enum { MINUTES_HOLDS_MAX = 256 };
MUST_CHECK enum err minutes_db_holds(struct minutes_db *m, struct series_id series,
				     struct arena *mem, struct minutes_hold **out, size_t *count,
				     char *why);

/* ---- signing codes ---- */

struct minutes_code {
	char hash[160]; /* terminated */
	uint32_t failures;
	int64_t until_ms; /* none is looked at before */
};
/* ERR_GONE the seat has none */
MUST_CHECK enum err minutes_db_code(struct minutes_db *m, struct series_id series, uint8_t seat,
				    struct minutes_code *out, char *why);
/* ERR_RULE it has one */
MUST_CHECK enum err minutes_db_code_set(struct minutes_db *m, struct series_id series, uint8_t seat,
					const char *hash, int64_t now_ms, char *why);
/* Another one in its place, whatever was tried; that it was forgotten is over. */
MUST_CHECK enum err minutes_db_code_anew(struct minutes_db *m, struct series_id series,
					 uint8_t seat, const char *hash, int64_t now_ms, char *why);
/* Kept before a code is looked at, so that no crash forgets a try. */
MUST_CHECK enum err minutes_db_code_tried(struct minutes_db *m, struct series_id series,
					  uint8_t seat, uint32_t failures, int64_t until_ms,
					  char *why);

/* ---- passkeys ---- */

enum {
	MINUTES_PASSKEYS_MAX = 8,
	MINUTES_PASSKEY_ID_BYTES = 1023,
	MINUTES_PASSKEY_SPKI_BYTES = 294
};
struct minutes_passkey {
	uint8_t id[MINUTES_PASSKEY_ID_BYTES]; /* of the credential */
	size_t id_len;
	uint8_t spki[MINUTES_PASSKEY_SPKI_BYTES]; /* DER */
	size_t spki_len;
	int64_t made_ms;
};
/* ERR_RULE the seat has it, or had it and ended it */
MUST_CHECK enum err minutes_db_passkey_add(struct minutes_db *m, struct series_id series,
					   uint8_t seat, const struct minutes_passkey *key,
					   char *why);
/* Those a seat may sign with, the newest first. */
MUST_CHECK enum err minutes_db_passkeys(struct minutes_db *m, struct series_id series, uint8_t seat,
					struct minutes_passkey out[MINUTES_PASSKEYS_MAX],
					size_t *count, char *why);
/* Nothing is signed with it any more; what was, stands.  ERR_GONE the seat has none of that id */
MUST_CHECK enum err minutes_db_passkey_end(struct minutes_db *m, struct series_id series,
					   uint8_t seat, struct slice id, int64_t now_ms,
					   char *why);
/* ---- codes that were forgotten: minutes_forgotten.c ---- */

struct minutes_forgotten {
	uint8_t seat;
	int64_t asked_ms;
	uint8_t by;         /* SEAT_NONE: nobody vouches yet */
	int64_t vouched_ms; /* with it */
};
/* `out` has room for SEAT_MAX. */
MUST_CHECK enum err minutes_db_forgotten(struct minutes_db *m, struct series_id series,
					 struct minutes_forgotten *out, size_t *count, char *why);
/* Asked, in place of what was asked before. */
MUST_CHECK enum err minutes_db_forgot(struct minutes_db *m, struct series_id series, uint8_t seat,
				      int64_t now_ms, char *why);
MUST_CHECK enum err minutes_db_forgot_vouch(struct minutes_db *m, struct series_id series,
					    uint8_t seat, uint8_t by, int64_t now_ms, char *why);

/* One line of the read audit, durably. */
MUST_CHECK enum err minutes_db_audit(struct minutes_db *m, struct series_id series,
				     const struct audit *a, char *why);

#endif
