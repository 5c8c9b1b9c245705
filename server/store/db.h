#ifndef ROKUSHA_STORE_DB_H
#define ROKUSHA_STORE_DB_H

#include <sqlite3.h>

#include "store/port.h"
#include "store/sql.h"

/* Private to the store: one SQLite connection. Used by one thread at a time; has no mutex. */
struct db {
	sqlite3 *handle;
	sqlite3_stmt *stmt[SQL_COUNT];
};

/*
 * A reader can neither write nor checkpoint, so that all of that stays with the one writer
 * (SQLite before 3.51.3 can lose a WAL when two connections checkpoint at once).
 */
enum db_role { DB_READER, DB_WRITER };

/* Open an existing file with all settings. Nothing is prepared yet. `d` is unchanged on error. */
MUST_CHECK enum err db_open(struct db *d, const char *path, enum db_role role, char *why);
/* Prepare every statement. On error the caller closes. */
MUST_CHECK enum err db_prepare(struct db *d, char *why);
void db_close(struct db *d); /* accepts a zeroed or closed one */

/* ---- statements: each returns a result code of SQLite ---- */

int db_bind_u64(sqlite3_stmt *st, int at, uint64_t v);
int db_bind_text(sqlite3_stmt *st, int at, struct slice s); /* borrowed until db_reset */
int db_bind_blob(sqlite3_stmt *st, int at, struct slice s); /* the same */
/* Step a statement that answers no rows, then reset it. */
MUST_CHECK int db_run(struct db *d, enum sql which);
void db_reset(sqlite3_stmt *st); /* rewinds and forgets what was bound */
/* Column as a slice, valid until the next step. */
struct slice db_column(sqlite3_stmt *st, int at);

/* ---- db_schema.c ---- */

/*
 * Whose file, and how old? `*version` is set when ERR_OK.
 * ERR_IO  damaged or not ours     ERR_OLD  newer than `newest`
 */
MUST_CHECK enum err db_version(struct db *d, int newest, int *version, char *why);
/* Run scripts `version`..count-1 in one transaction; script n leads to user_version n + 1. */
MUST_CHECK enum err db_migrate(struct db *d, int version, const struct slice *script, int count,
			       char *why);
enum { DB_NEWEST = 10 };
/* The scripts built into the program. */
void db_scripts(struct slice script[DB_NEWEST]);
/* `path` with `suffix` behind it; the caller frees. */
char *db_path(const char *path, const char *suffix);
/* Take the lock of the one writer. `*fd` holds it until closed. */
MUST_CHECK enum err db_lock(const char *path, int *fd, char *why);

/* ---- db_read.c: what the verbs of the same name do, on one connection ---- */

MUST_CHECK enum err db_load(struct db *d, const struct load_what *what, struct store_series **out,
			    char *why);
MUST_CHECK enum err db_derived(struct db *d, struct series_id series, struct arena *mem,
			       struct store_derived *out, char *why);
MUST_CHECK enum err db_find(struct db *d, struct slice name, struct series_id *out);
MUST_CHECK enum err
db_each(struct db *d, bool (*each)(void *arg, struct series_id id, struct slice name), void *arg);
MUST_CHECK enum err db_secret(struct db *d, uint8_t out[STORE_SECRET_BYTES]);
MUST_CHECK enum err db_sessions(struct db *d, int64_t now_ms,
				void (*each)(void *arg, const struct store_session *session),
				void *arg);

/* ---- db_check.c ---- */

MUST_CHECK enum err db_check(struct db *d, char *why);

/* db_audit.c; in the transaction that is open. SQLITE_OK or what failed. */
int db_put_audit(struct db *d, struct series_id series, const struct audit *a);

#endif
