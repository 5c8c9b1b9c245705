/* What the heads that were given out are held against: which logs there are, and of what. */
#include "store/minutes_parts.h"

enum err minutes_db_series_id(struct minutes_db *m, struct series_id series,
			      char out[MINUTES_SERIES_CHARS + 1], char *why)
{
	sqlite3_stmt *st = m->stmt[ST_SERIES];
	enum err e = ERR_GONE;
	int rc = sqlite3_bind_int64(st, 1, series.n);

	rc = rc == SQLITE_OK ? sqlite3_step(st) : rc;
	if (rc == SQLITE_ROW) {
		minutes_text(st, 0, out, MINUTES_SERIES_CHARS + 1);
		e = ERR_OK;
	} else if (rc != SQLITE_DONE) {
		e = minutes_failed(m, "the journal", why);
	}
	db_reset(st);
	return e;
}

/* What is bound is looked for: is there a row? */
static enum err is_there(struct minutes_db *m, enum minutes_statement which, int bound, bool *out,
			 char *why)
{
	sqlite3_stmt *st = m->stmt[which];
	int rc = bound == SQLITE_OK ? sqlite3_step(st) : bound;

	*out = rc == SQLITE_ROW;
	db_reset(st);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? ERR_OK : minutes_failed(m, "logs", why);
}

enum err minutes_db_has(struct minutes_db *m, struct slice origin, bool *out, char *why)
{
	return is_there(m, ST_HAS, db_bind_text(m->stmt[ST_HAS], 1, origin), out, why);
}

enum err minutes_db_is_named(struct minutes_db *m, struct slice origin, bool *out, char *why)
{
	struct arena mem;
	struct slice line;
	enum err e;

	arena_init(&mem);
	line = arena_printf(&mem, "\nparent %.*s ", (int)origin.len, origin.ptr);
	e = is_there(m, ST_NAMED, db_bind_blob(m->stmt[ST_NAMED], 1, line), out, why);
	arena_fini(&mem);
	return e;
}
