/* Signing codes that were forgotten: asked, vouched for, set anew. */
#include "store/minutes_parts.h"

static int bind_seat(struct minutes_db *m, enum minutes_statement which, struct series_id series,
		     uint8_t seat)
{
	int rc = sqlite3_bind_int64(m->stmt[which], 1, series.n);

	rc |= sqlite3_bind_int64(m->stmt[which], 2, seat);
	return rc;
}

enum err minutes_db_forgotten(struct minutes_db *m, struct series_id series,
			      struct minutes_forgotten *out, size_t *count, char *why)
{
	sqlite3_stmt *st = m->stmt[ST_FORGOTTEN];
	size_t n = 0;
	int rc = sqlite3_bind_int64(st, 1, series.n);

	rc = rc == SQLITE_OK ? sqlite3_step(st) : rc;
	while (rc == SQLITE_ROW && n < SEAT_MAX) {
		bool has_by = sqlite3_column_type(st, 2) == SQLITE_INTEGER;

		out[n++] = (struct minutes_forgotten){
		    .seat = (uint8_t)sqlite3_column_int(st, 0),
		    .asked_ms = sqlite3_column_int64(st, 1),
		    .by = has_by ? (uint8_t)sqlite3_column_int(st, 2) : SEAT_NONE,
		    .vouched_ms = sqlite3_column_int64(st, 3)};
		rc = sqlite3_step(st);
	}
	db_reset(st);
	*count = n;
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? ERR_OK : minutes_failed(m, "codes", why);
}

enum err minutes_db_forgot(struct minutes_db *m, struct series_id series, uint8_t seat,
			   int64_t now_ms, char *why)
{
	int rc = bind_seat(m, ST_FORGOT, series, seat);

	rc |= sqlite3_bind_int64(m->stmt[ST_FORGOT], 3, now_ms);
	return minutes_run_alone(m, ST_FORGOT, rc, why);
}

enum err minutes_db_forgot_vouch(struct minutes_db *m, struct series_id series, uint8_t seat,
				 uint8_t by, int64_t now_ms, char *why)
{
	int rc = bind_seat(m, ST_FORGOT_VOUCH, series, seat);

	rc |= sqlite3_bind_int64(m->stmt[ST_FORGOT_VOUCH], 3, by);
	rc |= sqlite3_bind_int64(m->stmt[ST_FORGOT_VOUCH], 4, now_ms);
	return minutes_run_alone(m, ST_FORGOT_VOUCH, rc, why);
}

enum err minutes_db_code_anew(struct minutes_db *m, struct series_id series, uint8_t seat,
			      const char *hash, int64_t now_ms, char *why)
{
	sqlite3_stmt *st = m->stmt[ST_CODE_ANEW];
	enum err e = ERR_OK;
	int rc = minutes_run(m, ST_WRITE);

	if (rc == SQLITE_OK) {
		rc = bind_seat(m, ST_CODE_ANEW, series, seat);
		rc |= db_bind_text(st, 3, slice_of(hash));
		rc |= sqlite3_bind_int64(st, 4, now_ms);
		rc = rc == SQLITE_OK ? minutes_run(m, ST_CODE_ANEW) : rc;
	}
	if (rc == SQLITE_OK) {
		rc = bind_seat(m, ST_FORGOT_OVER, series, seat);
		rc = rc == SQLITE_OK ? minutes_run(m, ST_FORGOT_OVER) : rc;
	}
	if (rc == SQLITE_OK) {
		rc = minutes_run(m, ST_COMMIT);
	}
	if (rc != SQLITE_OK) {
		e = minutes_failed(m, "the code could not be kept", why);
	}
	minutes_undo(m);
	return e;
}
