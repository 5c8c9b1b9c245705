#ifndef ROKUSHA_STORE_MINUTES_PARTS_H
#define ROKUSHA_STORE_MINUTES_PARTS_H

#include "store/db.h"
#include "store/minutes_db.h"

/* Private to the store: the statements of signed minutes, and what both of its files use. */

/* clang-format off */ /* a statement a line reads best */
#define MINUTES_LEAF_INTO "INSERT INTO minutes_leaf (log, entry, label, ord, hash, d, at) VALUES "
/* All of the log ?1; each row has the next six numbers. */
#define MINUTES_ROW "(?1, ?, ?, ?, ?, ?, ?)"
#define MINUTES_ROWS_4 MINUTES_ROW ", " MINUTES_ROW ", " MINUTES_ROW ", " MINUTES_ROW
#define MINUTES_ROWS_16 MINUTES_ROWS_4 ", " MINUTES_ROWS_4 ", " MINUTES_ROWS_4 ", " MINUTES_ROWS_4
#define MINUTES_ROWS_64 \
	MINUTES_ROWS_16 ", " MINUTES_ROWS_16 ", " MINUTES_ROWS_16 ", " MINUTES_ROWS_16
#define MINUTES_SQL(X) \
	X(BEGIN, "BEGIN") \
	X(WRITE, "BEGIN IMMEDIATE") \
	X(COMMIT, "COMMIT") \
	X(ROLLBACK, "ROLLBACK") \
	X(SEALS, "SELECT seq, at_ms, json_extract(CAST(body AS TEXT), '$.deadline')" \
		 " FROM journal INDEXED BY journal_rest WHERE series = ?1 AND seq <= ?2" \
		 " AND kind <> 'edit' AND kind = 'seal' ORDER BY seq DESC LIMIT ?3") \
	X(SEQ_OF, "SELECT seq FROM minutes_log WHERE series = ?1 AND substr(origin, -32) = ?2") \
	X(PEEK, "SELECT origin, body FROM minutes_log WHERE series = ?1 AND seq = ?2" \
		" ORDER BY fork DESC LIMIT 1") \
	X(SERIES, "SELECT json_extract(CAST(body AS TEXT), '$.wire')" \
		  " FROM journal INDEXED BY journal_rest WHERE series = ?1" \
		  " AND kind <> 'edit' AND kind = 'seat' ORDER BY seq LIMIT 1") \
	X(HAS, "SELECT 1 FROM minutes_log WHERE origin = ?1") \
	X(NAMED, "SELECT 1 FROM minutes_log l JOIN minutes_entry e ON e.log = l.id AND e.idx = 0" \
		 " WHERE instr(e.header, ?1) > 0 LIMIT 1") \
	X(SEAT, "SELECT json_extract(b, '$.role'), json_extract(b, '$.from')," \
		" json_extract(b, '$.until'), json_extract(b, '$.duties')" \
		" FROM (SELECT CAST(body AS TEXT) AS b FROM journal INDEXED BY journal_rest" \
		" WHERE series = ?1 AND kind <> 'edit' AND kind = 'seat')" \
		" WHERE json_extract(b, '$.seat') = ?2") \
	X(BARRED, "SELECT json_extract(b, '$.on')" \
		  " FROM (SELECT seq, CAST(body AS TEXT) AS b" \
		  " FROM journal INDEXED BY journal_rest" \
		  " WHERE series = ?1 AND kind <> 'edit' AND kind = 'bar')" \
		  " WHERE json_extract(b, '$.seat') = ?2 ORDER BY seq DESC LIMIT 1") \
	X(MEETING, "SELECT kind FROM journal INDEXED BY journal_rest WHERE series = ?1" \
		   " AND seq > ?2 AND kind <> 'edit' AND kind IN ('segment', 'end')" \
		   " ORDER BY seq DESC LIMIT 1") \
	X(FIND, "SELECT id FROM minutes_log WHERE series = ?1 AND seq = ?2" \
		" ORDER BY fork DESC LIMIT 1") \
	X(LOG, "SELECT series, seq, fork, origin, entries, leaves, body FROM minutes_log" \
	       " WHERE id = ?1") \
	X(LOGS, "SELECT min(id) FROM minutes_log WHERE id > ?1") \
	X(ENTRIES, "SELECT idx, header, root, sig FROM minutes_entry WHERE log = ?1 ORDER BY idx") \
	X(LEAVES, "SELECT entry, label, ord, hash, d, at FROM minutes_leaf WHERE log = ?1" \
		  " ORDER BY entry, label, ord") \
	X(LOG_ADD, "INSERT INTO minutes_log (series, seq, fork, origin, entries, leaves, body)" \
		   " VALUES (?1, ?2, ?3, ?4, 0, 0, x'')") \
	X(LOG_GROW, "UPDATE minutes_log SET entries = ?4, leaves = ?5, body = coalesce(?6, body)" \
		    " WHERE id = ?1 AND entries = ?2 AND leaves = ?3") \
	X(ENTRY_ADD, "INSERT INTO minutes_entry (log, idx, header, root, sig)" \
		     " VALUES (?1, ?2, ?3, ?4, ?5)") \
	X(LEAF_ADD, MINUTES_LEAF_INTO "(?1, ?2, ?3, ?4, ?5, ?6, ?7)") \
	X(LEAVES_ADD, MINUTES_LEAF_INTO MINUTES_ROWS_64) \
	X(LEAF_ERASE, "UPDATE minutes_leaf SET d = NULL WHERE log = ?1 AND hash = ?2") \
	X(APPROVE, "INSERT OR REPLACE INTO minutes_approval (log, hash, seat, basis, at)" \
		   " VALUES (?1, ?2, ?3, ?4, ?5)") \
	X(APPROVALS, "SELECT seat, basis, at FROM minutes_approval WHERE log = ?1 AND hash = ?2" \
		     " ORDER BY at, seat LIMIT ?3") \
	X(WAITING, "SELECT seat, basis, at, hash FROM minutes_approval WHERE log = ?1" \
		   " ORDER BY at, seat, hash LIMIT ?2") \
	X(APPROVED, "DELETE FROM minutes_approval WHERE log = ?1 AND hash = ?2") \
	X(TO_ERASE, "INSERT INTO minutes_erase (log, cell, at) VALUES (?1, ?2, ?3)") \
	X(ERASURES, "SELECT e.id, l.series, e.cell FROM minutes_erase e JOIN minutes_log l" \
		    " ON l.id = e.log WHERE e.done = 0 ORDER BY e.id LIMIT ?1") \
	X(ERASED, "UPDATE minutes_erase SET done = 1 WHERE id = ?1") \
	X(HOLD, SQL_HOLD) \
	X(HOLDS, "SELECT is_on, seat, who, why, at_ms, until_ms FROM hold WHERE series = ?1" \
		 " ORDER BY id DESC LIMIT ?2") \
	X(HOLD_ADD, "INSERT INTO hold (series, is_on, seat, who, why, at_ms, until_ms)" \
		    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)") \
	X(CODE, "SELECT hash, failures, until_ms FROM minutes_code" \
		" WHERE series = ?1 AND seat = ?2") \
	X(CODE_ADD, "INSERT INTO minutes_code (series, seat, hash, made_ms)" \
		    " VALUES (?1, ?2, ?3, ?4)") \
	X(CODE_TRIED, "UPDATE minutes_code SET failures = ?3, until_ms = ?4" \
		      " WHERE series = ?1 AND seat = ?2") \
	X(PASSKEY_ADD, "INSERT INTO minutes_passkey (series, seat, id, spki, made_ms)" \
		       " VALUES (?1, ?2, ?3, ?4, ?5)") \
	X(PASSKEYS, "SELECT id, spki, made_ms FROM minutes_passkey WHERE series = ?1" \
		    " AND seat = ?2 AND ended_ms IS NULL ORDER BY made_ms DESC, id LIMIT ?3") \
	X(PASSKEY_END, "UPDATE minutes_passkey SET ended_ms = ?4" \
		       " WHERE series = ?1 AND seat = ?2 AND id = ?3 AND ended_ms IS NULL") \
	X(CODE_ANEW, "UPDATE minutes_code SET hash = ?3, made_ms = ?4, failures = 0, until_ms = 0" \
		     " WHERE series = ?1 AND seat = ?2") \
	X(FORGOTTEN, "SELECT seat, asked_ms, by_seat, vouched_ms FROM minutes_forgotten" \
		     " WHERE series = ?1 ORDER BY seat") \
	X(FORGOT, "INSERT OR REPLACE INTO minutes_forgotten (series, seat, asked_ms)" \
		  " VALUES (?1, ?2, ?3)") \
	X(FORGOT_VOUCH, "UPDATE minutes_forgotten SET by_seat = ?3, vouched_ms = ?4" \
			" WHERE series = ?1 AND seat = ?2") \
	X(FORGOT_OVER, "DELETE FROM minutes_forgotten WHERE series = ?1 AND seat = ?2") \
	X(AUDIT, "INSERT INTO audit (series, at_ms, seats, what, cells)" \
		 " VALUES (?1, ?2, ?3, ?4, ?5)")
/* clang-format on */

enum minutes_statement {
#define X(NAME, TEXT) ST_##NAME,
	MINUTES_SQL(X)
#undef X
	    ST_COUNT
};

struct minutes_db {
	struct db db;
	sqlite3_stmt *stmt[ST_COUNT];
};

/* Steps a statement that answers nothing; a result code of SQLite. */
MUST_CHECK int minutes_run(struct minutes_db *m, enum minutes_statement which);
/* What is bound to `which` is carried out by itself, durably. */
MUST_CHECK enum err minutes_run_alone(struct minutes_db *m, enum minutes_statement which, int bound,
				      char *why);
/* What was not committed goes. */
void minutes_undo(struct minutes_db *m);
/* The text of a column, cut to `bytes` with its end. */
void minutes_text(sqlite3_stmt *st, int at, char *out, size_t bytes);
/* ERR_IO, and in `why` what SQLite says. */
MUST_CHECK enum err minutes_failed(struct minutes_db *m, const char *what, char *why);

/* minutes_hold.c; in the transaction that is open. SQLITE_OK or what failed. */
MUST_CHECK int minutes_is_held(struct minutes_db *m, struct series_id series, int64_t now_ms,
			       bool *out);
/* In a transaction that is open: what was not committed goes. */
void minutes_undo(struct minutes_db *m);

static inline struct slice minutes_hash(const struct min_hash *h)
{
	return (struct slice){(const char *)h->b, sizeof h->b};
}

#endif
