/* Holds: what was said of them is added, and never changed. */
#include "store/minutes_parts.h"

static struct minutes_hold take(sqlite3_stmt *st, struct arena *mem)
{
	struct minutes_hold h = {.is_on = sqlite3_column_int(st, 0) != 0,
				 .seat = SEAT_NONE,
				 .who = arena_dup(mem, db_column(st, 2)),
				 .why = arena_dup(mem, db_column(st, 3)),
				 .at_ms = sqlite3_column_int64(st, 4),
				 .until_ms = INT64_MAX};

	if (sqlite3_column_type(st, 1) != SQLITE_NULL) {
		h.seat = (uint8_t)sqlite3_column_int(st, 1);
	}
	if (sqlite3_column_type(st, 5) != SQLITE_NULL) {
		h.until_ms = sqlite3_column_int64(st, 5);
	}
	return h;
}

static int bind(sqlite3_stmt *st, struct series_id series, int64_t second)
{
	int rc = sqlite3_bind_int64(st, 1, series.n);

	return rc | sqlite3_bind_int64(st, 2, second);
}

int minutes_is_held(struct minutes_db *m, struct series_id series, int64_t now_ms, bool *out)
{
	sqlite3_stmt *st = m->stmt[ST_HOLD];
	int rc = bind(st, series, now_ms);

	rc = rc == SQLITE_OK ? sqlite3_step(st) : rc;
	*out = rc == SQLITE_ROW;
	db_reset(st);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

enum err minutes_db_hold(struct minutes_db *m, struct series_id series, int64_t now_ms,
			 struct arena *mem, struct minutes_hold *out, char *why)
{
	sqlite3_stmt *st = m->stmt[ST_HOLD];
	enum err e = ERR_GONE;
	int rc = bind(st, series, now_ms);

	rc = rc == SQLITE_OK ? sqlite3_step(st) : rc;
	if (rc == SQLITE_ROW) {
		*out = take(st, mem);
		e = ERR_OK;
	} else if (rc != SQLITE_DONE) {
		e = minutes_failed(m, "holds", why);
	}
	db_reset(st);
	return e;
}

enum err minutes_db_holds(struct minutes_db *m, struct series_id series, struct arena *mem,
			  struct minutes_hold **out, size_t *count, char *why)
{
	sqlite3_stmt *st = m->stmt[ST_HOLDS];
	struct minutes_hold *all = arena_alloc(mem, MINUTES_HOLDS_MAX * sizeof *all);
	size_t n = 0;
	int rc = bind(st, series, MINUTES_HOLDS_MAX);

	rc = rc == SQLITE_OK ? sqlite3_step(st) : rc;
	while (rc == SQLITE_ROW && n < MINUTES_HOLDS_MAX) {
		all[n++] = take(st, mem);
		rc = sqlite3_step(st);
	}
	db_reset(st);
	*out = all;
	*count = n;
	return rc == SQLITE_DONE || rc == SQLITE_ROW ? ERR_OK : minutes_failed(m, "holds", why);
}

static bool is_sound(const struct minutes_hold *h)
{
	return h->why.len > 0 && h->why.len <= MINUTES_HOLD_WHY_BYTES &&
	       h->who.len <= MINUTES_HOLD_WHO_BYTES && (h->seat == SEAT_NONE) == (h->who.len > 0) &&
	       (!h->is_on || h->until_ms > h->at_ms);
}

static int put(struct minutes_db *m, struct series_id series, const struct minutes_hold *h)
{
	sqlite3_stmt *st = m->stmt[ST_HOLD_ADD];
	int rc = sqlite3_bind_int64(st, 1, series.n);

	rc |= sqlite3_bind_int(st, 2, h->is_on);
	rc |= h->seat == SEAT_NONE ? sqlite3_bind_null(st, 3) : sqlite3_bind_int(st, 3, h->seat);
	rc |= db_bind_text(st, 4, h->who);
	rc |= db_bind_text(st, 5, h->why);
	rc |= sqlite3_bind_int64(st, 6, h->at_ms);
	rc |= !h->is_on || h->until_ms == INT64_MAX ? sqlite3_bind_null(st, 7)
						    : sqlite3_bind_int64(st, 7, h->until_ms);
	return rc == SQLITE_OK ? minutes_run(m, ST_HOLD_ADD) : rc;
}

enum err minutes_db_hold_add(struct minutes_db *m, struct series_id series,
			     const struct minutes_hold *h, char *why)
{
	bool stands = false;
	int rc;

	if (!is_sound(h)) {
		return ERR_PROTO;
	}
	rc = minutes_run(m, ST_WRITE);
	if (rc == SQLITE_OK) {
		rc = minutes_is_held(m, series, h->at_ms, &stands);
	}
	if (rc == SQLITE_OK && (h->is_on || stands)) {
		rc = put(m, series, h);
		rc = rc == SQLITE_OK ? minutes_run(m, ST_COMMIT) : rc;
	}
	if (rc != SQLITE_OK) {
		enum err e = minutes_failed(m, "the hold could not be written down", why);

		minutes_undo(m);
		return e;
	}
	minutes_undo(m);
	return h->is_on || stands ? ERR_OK : ERR_RULE;
}
