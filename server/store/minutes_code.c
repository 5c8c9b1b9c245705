/* Beside the logs of signed minutes: approvals of an erasure, signing codes, the audit. A row each.
 */
#include "store/minutes_parts.h"

enum err minutes_run_alone(struct minutes_db *m, enum minutes_statement which, int bound, char *why)
{
	int rc = bound;

	if (rc == SQLITE_OK) {
		rc = minutes_run(m, which);
	} else {
		db_reset(m->stmt[which]);
	}
	return rc == SQLITE_OK ? ERR_OK : minutes_failed(m, "could not be written down", why);
}

enum err minutes_db_approve(struct minutes_db *m, int64_t log, const struct min_hash *leaf,
			    const struct minutes_approval *a, char *why)
{
	sqlite3_stmt *st = m->stmt[ST_APPROVE];
	int rc = sqlite3_bind_int64(st, 1, log);

	rc |= db_bind_blob(st, 2, minutes_hash(leaf));
	rc |= sqlite3_bind_int64(st, 3, a->seat);
	rc |= db_bind_text(st, 4, slice_of(a->basis));
	rc |= sqlite3_bind_int64(st, 5, a->at);
	return minutes_run_alone(m, ST_APPROVE, rc, why);
}

void minutes_text(sqlite3_stmt *st, int at, char *out, size_t bytes)
{
	struct slice s = db_column(st, at);
	size_t n = s.len < bytes ? s.len : bytes - 1;

	if (n) {
		memcpy(out, s.ptr, n);
	}
	out[n] = '\0';
}

/* seat, basis, at */
static struct minutes_approval take_approval(sqlite3_stmt *st)
{
	struct minutes_approval a = {.seat = (uint8_t)sqlite3_column_int(st, 0),
				     .at = sqlite3_column_int64(st, 2)};

	minutes_text(st, 1, a.basis, sizeof a.basis);
	return a;
}

enum err minutes_db_waiting(struct minutes_db *m, int64_t log, struct arena *mem,
			    struct minutes_waiting **out, size_t *count, char *why)
{
	sqlite3_stmt *st = m->stmt[ST_WAITING];
	struct minutes_waiting *all = arena_alloc(mem, MINUTES_WAITING_MAX * sizeof *all);
	size_t n = 0;
	int rc = sqlite3_bind_int64(st, 1, log);

	rc |= sqlite3_bind_int64(st, 2, MINUTES_WAITING_MAX);
	rc = rc == SQLITE_OK ? sqlite3_step(st) : rc;
	while (rc == SQLITE_ROW && n < MINUTES_WAITING_MAX) {
		struct slice hash = db_column(st, 3);

		all[n].approval = take_approval(st);
		memcpy(all[n].leaf.b, hash.ptr,
		       sizeof all[n].leaf.b); /* the table holds its length */
		n++;
		rc = sqlite3_step(st);
	}
	db_reset(st);
	*out = all;
	*count = n;
	return rc == SQLITE_DONE || rc == SQLITE_ROW ? ERR_OK : minutes_failed(m, "approvals", why);
}

enum err minutes_db_approvals(struct minutes_db *m, int64_t log, const struct min_hash *leaf,
			      struct minutes_approval out[MINUTES_APPROVALS_MAX], size_t *count,
			      char *why)
{
	sqlite3_stmt *st = m->stmt[ST_APPROVALS];
	size_t n = 0;
	int rc = sqlite3_bind_int64(st, 1, log);

	rc |= db_bind_blob(st, 2, minutes_hash(leaf));
	rc |= sqlite3_bind_int64(st, 3, MINUTES_APPROVALS_MAX);
	rc = rc == SQLITE_OK ? sqlite3_step(st) : rc;
	while (rc == SQLITE_ROW && n < MINUTES_APPROVALS_MAX) {
		out[n++] = take_approval(st);
		rc = sqlite3_step(st);
	}
	db_reset(st);
	*count = n;
	return rc == SQLITE_DONE ? ERR_OK : minutes_failed(m, "approvals", why);
}

static enum err is_barred(struct minutes_db *m, struct series_id series, uint8_t seat, bool *out,
			  char *why)
{
	sqlite3_stmt *st = m->stmt[ST_BARRED];
	int rc = sqlite3_bind_int64(st, 1, series.n);

	rc |= sqlite3_bind_int64(st, 2, seat);
	rc = rc == SQLITE_OK ? sqlite3_step(st) : rc;
	*out = rc == SQLITE_ROW && sqlite3_column_int(st, 0) != 0;
	db_reset(st);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? ERR_OK
						     : minutes_failed(m, "the journal", why);
}

static int64_t column_or(sqlite3_stmt *st, int at, int64_t otherwise)
{
	return sqlite3_column_type(st, at) == SQLITE_INTEGER ? sqlite3_column_int64(st, at)
							     : otherwise;
}

enum err minutes_db_standing(struct minutes_db *m, struct series_id series, uint8_t seat,
			     struct minutes_standing *out, char *why)
{
	sqlite3_stmt *st = m->stmt[ST_SEAT];
	enum err e = ERR_GONE;
	int rc = sqlite3_bind_int64(st, 1, series.n);

	rc |= sqlite3_bind_int64(st, 2, seat);
	rc = rc == SQLITE_OK ? sqlite3_step(st) : rc;
	if (rc == SQLITE_ROW) {
		struct slice duties = db_column(st, 3);

		*out = (struct minutes_standing){.from_ms = column_or(st, 1, INT64_MIN),
						 .until_ms = column_or(st, 2, INT64_MAX)};
		minutes_text(st, 0, out->role, sizeof out->role);
		out->is_chair = duties.len && memmem(duties.ptr, duties.len, "\"chair\"", 7);
		out->is_recorder = duties.len && memmem(duties.ptr, duties.len, "\"recorder\"", 10);
		e = ERR_OK;
	} else if (rc != SQLITE_DONE) {
		e = minutes_failed(m, "the journal", why);
	}
	db_reset(st);
	return e == ERR_OK ? is_barred(m, series, seat, &out->is_barred, why) : e;
}

enum err minutes_db_meeting(struct minutes_db *m, struct series_id series, uint64_t seq,
			    enum minutes_meeting *out, char *why)
{
	sqlite3_stmt *st = m->stmt[ST_MEETING];
	int rc = sqlite3_bind_int64(st, 1, series.n);

	rc |= db_bind_u64(st, 2, seq);
	rc = rc == SQLITE_OK ? sqlite3_step(st) : rc;
	*out = rc != SQLITE_ROW                    ? MINUTES_NO_MEETING
	       : slice_is(db_column(st, 0), "end") ? MINUTES_MEETING_OVER
						   : MINUTES_MEETING_ON;
	db_reset(st);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? ERR_OK
						     : minutes_failed(m, "the journal", why);
}

enum err minutes_db_code(struct minutes_db *m, struct series_id series, uint8_t seat,
			 struct minutes_code *out, char *why)
{
	sqlite3_stmt *st = m->stmt[ST_CODE];
	enum err e = ERR_GONE;
	int rc = sqlite3_bind_int64(st, 1, series.n);

	rc |= sqlite3_bind_int64(st, 2, seat);
	rc = rc == SQLITE_OK ? sqlite3_step(st) : rc;
	if (rc == SQLITE_ROW) {
		minutes_text(st, 0, out->hash, sizeof out->hash);
		out->failures = (uint32_t)sqlite3_column_int64(st, 1);
		out->until_ms = sqlite3_column_int64(st, 2);
		e = ERR_OK;
	} else if (rc != SQLITE_DONE) {
		e = minutes_failed(m, "codes", why);
	}
	db_reset(st);
	return e;
}

enum err minutes_db_code_set(struct minutes_db *m, struct series_id series, uint8_t seat,
			     const char *hash, int64_t now_ms, char *why)
{
	sqlite3_stmt *st = m->stmt[ST_CODE_ADD];
	int rc = sqlite3_bind_int64(st, 1, series.n);

	rc |= sqlite3_bind_int64(st, 2, seat);
	rc |= db_bind_text(st, 3, slice_of(hash));
	rc |= sqlite3_bind_int64(st, 4, now_ms);
	if (rc == SQLITE_OK) {
		rc = minutes_run(m, ST_CODE_ADD);
	}
	if (rc == SQLITE_CONSTRAINT_PRIMARYKEY) {
		return ERR_RULE;
	}
	return rc == SQLITE_OK ? ERR_OK : minutes_failed(m, "the code could not be kept", why);
}

enum err minutes_db_code_tried(struct minutes_db *m, struct series_id series, uint8_t seat,
			       uint32_t failures, int64_t until_ms, char *why)
{
	sqlite3_stmt *st = m->stmt[ST_CODE_TRIED];
	int rc = sqlite3_bind_int64(st, 1, series.n);

	rc |= sqlite3_bind_int64(st, 2, seat);
	rc |= sqlite3_bind_int64(st, 3, failures);
	rc |= sqlite3_bind_int64(st, 4, until_ms);
	return minutes_run_alone(m, ST_CODE_TRIED, rc, why);
}

enum err minutes_db_erasures(struct minutes_db *m, struct arena *mem, struct minutes_erasure **out,
			     size_t *count, char *why)
{
	sqlite3_stmt *st = m->stmt[ST_ERASURES];
	struct minutes_erasure *all = arena_alloc(mem, MINUTES_ERASURES_MAX * sizeof *all);
	int rc = sqlite3_bind_int64(st, 1, MINUTES_ERASURES_MAX);
	enum err e = ERR_OK;

	*count = 0;
	rc = rc == SQLITE_OK ? sqlite3_step(st) : rc;
	while (rc == SQLITE_ROW) {
		all[(*count)++] =
		    (struct minutes_erasure){.id = sqlite3_column_int64(st, 0),
					     .series = {sqlite3_column_int64(st, 1)},
					     .cell = arena_dup(mem, db_column(st, 2))};
		rc = sqlite3_step(st);
	}
	if (rc != SQLITE_DONE) {
		e = minutes_failed(m, "erasures", why);
	}
	db_reset(st);
	*out = all;
	return e;
}

enum err minutes_db_erased(struct minutes_db *m, int64_t id, char *why)
{
	return minutes_run_alone(m, ST_ERASED, sqlite3_bind_int64(m->stmt[ST_ERASED], 1, id), why);
}

enum err minutes_db_audit(struct minutes_db *m, struct series_id series, const struct audit *a,
			  char *why)
{
	sqlite3_stmt *st = m->stmt[ST_AUDIT];
	int rc = sqlite3_bind_int64(st, 1, series.n);

	rc |= sqlite3_bind_int64(st, 2, a->at_ms);
	rc |= db_bind_u64(st, 3, a->seats);
	rc |= db_bind_text(st, 4, a->what);
	rc |= db_bind_text(st, 5, a->cells);
	return minutes_run_alone(m, ST_AUDIT, rc, why);
}
