/* The passkeys of seats on the disk: their public halves, added and ended. */
#include <string.h>

#include "store/minutes_parts.h"

_Static_assert(MINUTES_PASSKEY_ID_BYTES == 1023 && MINUTES_PASSKEY_SPKI_BYTES == 294,
	       "as schema/sqlite/0007.sql has them");

static int bind_seat(sqlite3_stmt *st, struct series_id series, uint8_t seat)
{
	return sqlite3_bind_int64(st, 1, series.n) | sqlite3_bind_int64(st, 2, seat);
}

enum err minutes_db_passkey_add(struct minutes_db *m, struct series_id series, uint8_t seat,
				const struct minutes_passkey *key, char *why)
{
	sqlite3_stmt *st = m->stmt[ST_PASSKEY_ADD];
	int rc = bind_seat(st, series, seat);

	rc |= db_bind_blob(st, 3, (struct slice){(const char *)key->id, key->id_len});
	rc |= db_bind_blob(st, 4, (struct slice){(const char *)key->spki, key->spki_len});
	rc |= sqlite3_bind_int64(st, 5, key->made_ms);
	if (rc == SQLITE_OK) {
		rc = minutes_run(m, ST_PASSKEY_ADD);
	} else {
		db_reset(st);
	}
	if (rc == SQLITE_CONSTRAINT_PRIMARYKEY) {
		return ERR_RULE;
	}
	return rc == SQLITE_OK ? ERR_OK : minutes_failed(m, "the passkey could not be kept", why);
}

/* False: longer than what was kept could be. */
static bool take(sqlite3_stmt *st, int at, uint8_t *out, size_t bytes_max, size_t *len)
{
	struct slice s = db_column(st, at);

	if (s.len > bytes_max) {
		return false;
	}
	memcpy(out, s.ptr, s.len);
	*len = s.len;
	return true;
}

enum err minutes_db_passkeys(struct minutes_db *m, struct series_id series, uint8_t seat,
			     struct minutes_passkey out[MINUTES_PASSKEYS_MAX], size_t *count,
			     char *why)
{
	sqlite3_stmt *st = m->stmt[ST_PASSKEYS];
	size_t n = 0;
	int rc = bind_seat(st, series, seat);

	rc |= sqlite3_bind_int64(st, 3, MINUTES_PASSKEYS_MAX);
	rc = rc == SQLITE_OK ? sqlite3_step(st) : rc;
	while (rc == SQLITE_ROW && n < MINUTES_PASSKEYS_MAX) {
		if (!take(st, 0, out[n].id, sizeof out[n].id, &out[n].id_len) ||
		    !take(st, 1, out[n].spki, sizeof out[n].spki, &out[n].spki_len)) {
			break;
		}
		out[n++].made_ms = sqlite3_column_int64(st, 2);
		rc = sqlite3_step(st);
	}
	db_reset(st);
	*count = n;
	return rc == SQLITE_DONE ? ERR_OK : minutes_failed(m, "passkeys", why);
}

enum err minutes_db_passkey_end(struct minutes_db *m, struct series_id series, uint8_t seat,
				struct slice id, int64_t now_ms, char *why)
{
	sqlite3_stmt *st = m->stmt[ST_PASSKEY_END];
	int rc = bind_seat(st, series, seat);

	rc |= db_bind_blob(st, 3, id);
	rc |= sqlite3_bind_int64(st, 4, now_ms);
	if (rc == SQLITE_OK) {
		rc = minutes_run(m, ST_PASSKEY_END);
	} else {
		db_reset(st);
	}
	if (rc != SQLITE_OK) {
		return minutes_failed(m, "the passkey could not be ended", why);
	}
	return sqlite3_changes(m->db.handle) == 1 ? ERR_OK : ERR_GONE;
}
