#include "store/db.h"

#include <inttypes.h>

static enum err check_pages(struct db *d, char *why)
{
	sqlite3_stmt *st = d->stmt[SQL_CHECK_PAGES];
	enum err e = ERR_IO;

	if (sqlite3_step(st) != SQLITE_ROW) {
		why_printf(why, "the database cannot be checked: %s", sqlite3_errmsg(d->handle));
	} else if (!slice_is(db_column(st, 0), "ok")) {
		struct slice s = db_column(st, 0);
		why_printf(why, "damaged: %.*s", (int)(s.len < 160 ? s.len : 160), s.ptr);
	} else {
		e = ERR_OK;
	}
	db_reset(st);
	return e;
}

static enum err check_keys(struct db *d, char *why)
{
	sqlite3_stmt *st = d->stmt[SQL_CHECK_KEYS];
	int rc = sqlite3_step(st);

	if (rc == SQLITE_ROW) {
		struct slice t = db_column(st, 0);
		why_printf(why, "row %" PRId64 " of table %.*s belongs to no series",
			   (int64_t)sqlite3_column_int64(st, 1), (int)(t.len < 60 ? t.len : 60),
			   t.ptr);
	} else if (rc != SQLITE_DONE) {
		why_printf(why, "the database cannot be checked: %s", sqlite3_errmsg(d->handle));
	}
	db_reset(st);
	return rc == SQLITE_DONE ? ERR_OK : ERR_IO;
}

/* Can every series be loaded? That looks at each row and at the order without a gap. */
static enum err check_series(struct db *d, char *why)
{
	sqlite3_stmt *st = d->stmt[SQL_SERIES_EACH];
	enum err e = ERR_OK;
	int rc = sqlite3_step(st);

	while (rc == SQLITE_ROW && e == ERR_OK) {
		struct store_series *l = NULL;

		e = db_load(
		    d,
		    &(struct load_what){.how = LOAD_WHOLE, .series = {sqlite3_column_int64(st, 0)}},
		    &l, why);
		store_series_destroy(l);
		rc = e == ERR_OK ? sqlite3_step(st) : SQLITE_DONE;
	}
	if (rc != SQLITE_DONE) {
		why_printf(why, "the series cannot be listed: %s", sqlite3_errmsg(d->handle));
		e = ERR_IO;
	}
	db_reset(st);
	return e;
}

enum err db_check(struct db *d, char *why)
{
	enum err e = check_pages(d, why);

	if (e == ERR_OK) {
		e = check_keys(d, why);
	}
	if (e == ERR_OK) {
		e = check_series(d, why);
	}
	return e;
}
