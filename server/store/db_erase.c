/* Erasing: what stood in the journal is gone from the file, the WAL, and all that came of it. */
#include <unistd.h>

#include "store/db.h"
#include "store/store.h"

/* In the transaction that is open: does a hold stand for the series? */
static int is_held(struct db *d, struct series_id series, int64_t now_ms, bool *out)
{
	sqlite3_stmt *st = d->stmt[SQL_HELD];
	int rc = sqlite3_bind_int64(st, 1, series.n);

	rc |= sqlite3_bind_int64(st, 2, now_ms);
	rc = rc == SQLITE_OK ? sqlite3_step(st) : rc;
	*out = rc == SQLITE_ROW;
	db_reset(st);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int replace(struct db *d, struct series_id series, const struct store_erased *r)
{
	sqlite3_stmt *st = d->stmt[SQL_JOURNAL_ERASE];
	int rc = sqlite3_bind_int64(st, 1, series.n);

	rc |= db_bind_u64(st, 2, r->seq);
	rc |= db_bind_blob(st, 3, r->body);
	if (rc != SQLITE_OK) {
		db_reset(st);
		return SQLITE_TOOBIG;
	}
	rc = db_run(d, SQL_JOURNAL_ERASE);
	return rc == SQLITE_OK && sqlite3_changes(d->handle) != 1 ? SQLITE_NOTFOUND : rc;
}

/* Everything that was made of the journal, and what a case file left for later. */
static int drop_derived(struct db *d, struct series_id series)
{
	static const enum sql drop[] = {SQL_BASE_DROP, SQL_ROOM_DROP, SQL_NOW_DROP,
					SQL_NOW_SEQ_DROP, SQL_PENDING_DROP};
	int rc = SQLITE_OK;

	for (size_t i = 0; i < sizeof drop / sizeof *drop && rc == SQLITE_OK; i++) {
		rc = sqlite3_bind_int64(d->stmt[drop[i]], 1, series.n);
		if (rc == SQLITE_OK) {
			rc = db_run(d, drop[i]);
		}
	}
	return rc;
}

/* Until the WAL is empty, the pages of before are in it. */
static enum err empty_wal(struct db *d, const char *path, char *why)
{
	int rc = sqlite3_wal_checkpoint_v2(d->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);

	if (rc != SQLITE_OK) {
		why_printf(why, "%s: erased, but still in the WAL: %s", path,
			   sqlite3_errmsg(d->handle));
		return ERR_IO;
	}
	return ERR_OK;
}

static enum err erase(struct db *d, const char *path, struct series_id series, int64_t now_ms,
		      const struct store_erased *record, size_t count, char *why)
{
	bool held = false;
	int rc = db_run(d, SQL_BEGIN_WRITE);

	if (rc == SQLITE_OK) {
		rc = is_held(d, series, now_ms, &held);
	}
	if (rc == SQLITE_OK && held) {
		why_printf(why, "a hold stands");
		return ERR_HOLD; /* closing takes the transaction back */
	}
	for (size_t i = 0; i < count && rc == SQLITE_OK; i++) {
		rc = replace(d, series, &record[i]);
	}
	if (rc == SQLITE_OK) {
		rc = drop_derived(d, series);
	}
	if (rc == SQLITE_OK) {
		rc = db_run(d, SQL_COMMIT);
	}
	if (rc != SQLITE_OK) {
		why_printf(why, "%s: %s", path, sqlite3_errstr(rc));
		return rc == SQLITE_NOTFOUND ? ERR_GONE : ERR_IO;
	}
	return empty_wal(d, path, why);
}

enum err store_erase_beside(const char *path, struct series_id series, int64_t now_ms,
			    const struct store_erased *record, size_t count, char *why)
{
	struct db d;
	int lock;
	enum err e = db_lock(path, &lock, why);

	if (e != ERR_OK) {
		return e;
	}
	e = db_open(&d, path, DB_WRITER, why);
	if (e == ERR_OK) {
		e = db_prepare(&d, why);
		if (e == ERR_OK) {
			e = erase(&d, path, series, now_ms, record, count, why);
		}
		db_close(&d); /* takes back what was not committed */
	}
	(void)close(lock);
	return e;
}
