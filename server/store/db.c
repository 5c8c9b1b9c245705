#include "store/db.h"

#include <assert.h>

static const char *const sql_text[] = {
#define X(NAME, TEXT) TEXT,
    SQL_ROWS(X)
#undef X
};
static_assert(sizeof sql_text / sizeof *sql_text == SQL_COUNT, "a text for each statement");

enum { BUSY_MS = 5000 };

/*
 * temp_store: nothing of a case spills into a temporary file. cell_size_check: damage shows early.
 * The writer checkpoints itself, after the answers have gone out (writer_tidy).
 */
static const char settings[] = "PRAGMA foreign_keys = ON; PRAGMA mmap_size = 0;"
			       "PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON;"
			       "PRAGMA wal_autocheckpoint = 0;";
static const char reader_settings[] = "PRAGMA query_only = ON;";
static const char writer_settings[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
				      "PRAGMA secure_delete = ON;"
				      "PRAGMA journal_size_limit = 16777216;";

static int configure(sqlite3 *h, enum db_role role)
{
	int rc = sqlite3_busy_timeout(h, BUSY_MS);

	if (rc == SQLITE_OK) {
		rc = sqlite3_db_config(h, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	}
	if (rc == SQLITE_OK) {
		rc = sqlite3_db_config(h, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	}
	if (rc == SQLITE_OK && role == DB_READER) {
		rc = sqlite3_db_config(h, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	}
	if (rc == SQLITE_OK) {
		rc = sqlite3_exec(h, settings, NULL, NULL, NULL);
	}
	if (rc == SQLITE_OK) {
		rc = sqlite3_exec(h, role == DB_READER ? reader_settings : writer_settings, NULL,
				  NULL, NULL);
	}
	return rc;
}

/* Asked for, but SQLite answers the old mode and no error when it could not change it. */
static bool is_wal(sqlite3 *h)
{
	sqlite3_stmt *st = NULL;
	bool is = sqlite3_prepare_v2(h, "PRAGMA journal_mode", -1, &st, NULL) == SQLITE_OK &&
		  sqlite3_step(st) == SQLITE_ROW && slice_is(db_column(st, 0), "wal");

	(void)sqlite3_finalize(st);
	return is;
}

enum err db_open(struct db *d, const char *path, enum db_role role, char *why)
{
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	sqlite3 *h = NULL;
	int rc;

	assert(sqlite3_threadsafe() != 0);
	/* Nobody asks how much it has; to count costs a mutex each time. Later ones are refused. */
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	flags |= role == DB_READER ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
	rc = sqlite3_open_v2(path, &h, flags, NULL);
	if (rc == SQLITE_OK) {
		rc = configure(h, role);
	}
	if (rc != SQLITE_OK) {
		why_printf(why, "%s: %s", path, h ? sqlite3_errmsg(h) : sqlite3_errstr(rc));
		(void)sqlite3_close(h);
		return ERR_IO;
	}
	if (role == DB_WRITER && !is_wal(h)) {
		why_printf(why, "%s: another program holds it", path);
		(void)sqlite3_close(h);
		return ERR_IO;
	}
	*d = (struct db){.handle = h};
	return ERR_OK;
}

enum err db_prepare(struct db *d, char *why)
{
	for (int i = 0; i < SQL_COUNT; i++) {
		if (d->stmt[i]) {
			continue;
		}
		if (sqlite3_prepare_v3(d->handle, sql_text[i], -1, SQLITE_PREPARE_PERSISTENT,
				       &d->stmt[i], NULL) != SQLITE_OK) {
			why_printf(why, "the tables are not as expected: %s",
				   sqlite3_errmsg(d->handle));
			return ERR_IO;
		}
	}
	return ERR_OK;
}

void db_close(struct db *d)
{
	for (int i = 0; i < SQL_COUNT; i++) {
		(void)sqlite3_finalize(d->stmt[i]); /* NULL is fine; its error was seen before */
	}
	if (sqlite3_close(d->handle) != SQLITE_OK) {
		assert(0 && "a statement of this connection is still open");
	}
	*d = (struct db){0};
}

int db_bind_u64(sqlite3_stmt *st, int at, uint64_t v)
{
	return sqlite3_bind_int64(st, at, (sqlite3_int64)v);
}

/* A NULL pointer would bind NULL, and an empty text is not the absence of one. */
int db_bind_text(sqlite3_stmt *st, int at, struct slice s)
{
	return sqlite3_bind_text64(st, at, s.len ? s.ptr : "", s.len, SQLITE_STATIC, SQLITE_UTF8);
}

int db_bind_blob(sqlite3_stmt *st, int at, struct slice s)
{
	return sqlite3_bind_blob64(st, at, s.len ? s.ptr : "", s.len, SQLITE_STATIC);
}

void db_reset(sqlite3_stmt *st)
{
	(void)sqlite3_reset(st); /* repeats the error of the last step */
	(void)sqlite3_clear_bindings(st);
}

int db_run(struct db *d, enum sql which)
{
	int rc = sqlite3_step(d->stmt[which]);

	db_reset(d->stmt[which]);
	assert(rc != SQLITE_ROW);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

struct slice db_column(sqlite3_stmt *st, int at)
{
	const char *p = sqlite3_column_blob(st, at);

	return (struct slice){p, p ? (size_t)sqlite3_column_bytes(st, at) : 0};
}
