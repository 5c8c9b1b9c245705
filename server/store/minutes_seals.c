/* What was sealed of a series, and which logs there are of it. */
#include "store/minutes_parts.h"

/* Of records up to `last`. */
static enum err seals(struct minutes_db *m, struct series_id series, uint64_t last,
		      struct minutes_seal *out, size_t max, size_t *count, char *why)
{
	sqlite3_stmt *st = m->stmt[ST_SEALS];
	size_t n = 0;
	int rc = sqlite3_bind_int64(st, 1, series.n);

	rc |= sqlite3_bind_int64(st, 2, last > INT64_MAX ? INT64_MAX : (int64_t)last);
	rc |= sqlite3_bind_int64(st, 3, (int64_t)max);
	rc = rc == SQLITE_OK ? sqlite3_step(st) : rc;
	while (rc == SQLITE_ROW && n < max) {
		out[n++] =
		    (struct minutes_seal){(uint64_t)sqlite3_column_int64(st, 0),
					  sqlite3_column_int64(st, 1), sqlite3_column_int64(st, 2)};
		rc = sqlite3_step(st);
	}
	db_reset(st);
	*count = n;
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? ERR_OK
						     : minutes_failed(m, "the journal", why);
}

enum err minutes_db_seals(struct minutes_db *m, struct series_id series, struct minutes_seal *out,
			  size_t max, size_t *count, char *why)
{
	return seals(m, series, UINT64_MAX, out, max, count, why);
}

enum err minutes_db_seal(struct minutes_db *m, struct series_id series, struct minutes_seal *out,
			 char *why)
{
	size_t count;
	enum err e = seals(m, series, UINT64_MAX, out, 1, &count, why);

	return e == ERR_OK && count == 0 ? ERR_GONE : e;
}

enum err minutes_db_seal_of(struct minutes_db *m, struct series_id series, struct slice of,
			    struct minutes_seal *out, char *why)
{
	sqlite3_stmt *st = m->stmt[ST_SEQ_OF];
	uint64_t seq = 0;
	size_t count;
	enum err e;
	int rc = sqlite3_bind_int64(st, 1, series.n);

	rc |= db_bind_text(st, 2, of);
	rc = rc == SQLITE_OK ? sqlite3_step(st) : rc;
	if (rc == SQLITE_ROW) {
		seq = (uint64_t)sqlite3_column_int64(st, 0);
	}
	db_reset(st);
	if (rc != SQLITE_ROW) {
		return rc == SQLITE_DONE ? ERR_GONE : minutes_failed(m, "a log", why);
	}
	e = seals(m, series, seq, out, 1, &count, why);
	return e == ERR_OK && (count == 0 || out->seq != seq) ? ERR_GONE : e;
}

enum err minutes_db_peek(struct minutes_db *m, struct series_id series, uint64_t seq,
			 struct arena *mem, struct slice *origin, struct slice *body, char *why)
{
	sqlite3_stmt *st = m->stmt[ST_PEEK];
	enum err e = ERR_GONE;
	int rc = sqlite3_bind_int64(st, 1, series.n);

	rc |= db_bind_u64(st, 2, seq);
	rc = rc == SQLITE_OK ? sqlite3_step(st) : rc;
	if (rc == SQLITE_ROW) {
		*origin = arena_dup(mem, db_column(st, 0));
		*body = arena_dup(mem, db_column(st, 1));
		e = ERR_OK;
	} else if (rc != SQLITE_DONE) {
		e = minutes_failed(m, "a log", why);
	}
	db_reset(st);
	return e;
}
