/* The read audit: also written beside a live server, when a seat's data is carried away. */
#include "store/db.h"
#include "store/store.h"

int db_put_audit(struct db *d, struct series_id series, const struct audit *a)
{
	sqlite3_stmt *st = d->stmt[SQL_AUDIT_ADD];
	int rc = sqlite3_bind_int64(st, 1, series.n);

	rc |= sqlite3_bind_int64(st, 2, a->at_ms);
	rc |= db_bind_u64(st, 3, a->seats);
	rc |= db_bind_text(st, 4, a->what);
	rc |= db_bind_text(st, 5, a->cells);
	if (rc != SQLITE_OK) {
		db_reset(st);
		return SQLITE_TOOBIG;
	}
	return db_run(d, SQL_AUDIT_ADD);
}

enum err store_audit_beside(const char *path, struct series_id series, const struct audit *a,
			    char *why)
{
	struct db d;
	enum err e = db_open(&d, path, DB_WRITER, why);
	int rc;

	if (e != ERR_OK) {
		return e;
	}
	e = db_prepare(&d, why);
	if (e == ERR_OK) {
		/* A server that is writing makes this wait, and the other way round. */
		rc = db_run(&d, SQL_BEGIN_WRITE);
		if (rc == SQLITE_OK) {
			rc = db_put_audit(&d, series, a);
		}
		if (rc == SQLITE_OK) {
			rc = db_run(&d, SQL_COMMIT);
		}
		if (rc != SQLITE_OK) {
			why_printf(why, "%s: the reading could not be written down: %s", path,
				   sqlite3_errstr(rc));
			e = ERR_IO;
		}
	}
	db_close(&d); /* takes back what was not committed */
	return e;
}
