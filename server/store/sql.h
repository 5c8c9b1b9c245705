#ifndef ROKUSHA_STORE_SQL_H
#define ROKUSHA_STORE_SQL_H

/* The last word about a hold of series ?1, where it says that one stands at the moment ?2. */
#define SQL_HOLD                                                                                   \
	"SELECT is_on, seat, who, why, at_ms, until_ms FROM"                                       \
	" (SELECT * FROM hold WHERE series = ?1 ORDER BY id DESC LIMIT 1)"                         \
	" WHERE is_on = 1 AND (until_ms IS NULL OR until_ms > ?2)"

/*
 * Every statement of the store, prepared when a connection opens: a database whose tables are not
 * what this program expects is refused there and not in the middle of a conference.
 */
#define SQL_ROWS(X)                                                                                \
	X(BEGIN, "BEGIN")                                                                          \
	X(BEGIN_WRITE, "BEGIN IMMEDIATE")                                                          \
	X(COMMIT, "COMMIT")                                                                        \
	X(ROLLBACK, "ROLLBACK")                                                                    \
	X(SAVEPOINT, "SAVEPOINT batch")                                                            \
	X(SAVEPOINT_UNDO, "ROLLBACK TO batch")                                                     \
	X(SAVEPOINT_END, "RELEASE batch")                                                          \
	/* Writes a page as it is; an UPDATE that changes nothing writes none. */                  \
	X(TRY, "PRAGMA application_id = 1383033717")                                               \
	X(SERIES_ADD, "INSERT INTO series (name, created_ms) VALUES (?1, ?2)")                     \
	X(SERIES_NAME, "SELECT name FROM series WHERE id = ?1")                                    \
	X(SERIES_FIND, "SELECT id FROM series WHERE name = ?1")                                    \
	X(SERIES_EACH, "SELECT id, name FROM series ORDER BY id")                                  \
	X(JOURNAL_ADD, "INSERT INTO journal (series, seq, at_ms, client, cseq, actor, for_seat,"   \
		       " method, kind, cell, base_ver, ver, digest, body)"                         \
		       " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)")    \
	X(JOURNAL_LAST, "SELECT max(seq) FROM journal WHERE series = ?1")                          \
	X(JOURNAL_COUNT, "SELECT count(*) FROM journal WHERE series = ?1 AND seq > ?2")            \
	X(JOURNAL_EACH, "SELECT seq, at_ms, client, cseq, actor, for_seat, method, kind, cell,"    \
			" base_ver, ver, digest, body"                                             \
			" FROM journal WHERE series = ?1 AND seq > ?2 ORDER BY seq")               \
	X(JOURNAL_ERASE,                                                                           \
	  "UPDATE journal SET body = ?3, digest = 0 WHERE series = ?1 AND seq = ?2")               \
	X(HELD, SQL_HOLD)                                                                          \
	X(REST_COUNT, "SELECT count(*) FROM journal INDEXED BY journal_rest"                       \
		      " WHERE series = ?1 AND seq <= ?2 AND kind <> 'edit'")                       \
	X(REST_EACH, "SELECT seq, at_ms, client, cseq, actor, for_seat, method, kind, cell,"       \
		     " base_ver, ver, digest, body FROM journal INDEXED BY journal_rest"           \
		     " WHERE series = ?1 AND seq <= ?2 AND kind <> 'edit' ORDER BY seq")           \
	X(CLIENT_EACH, "SELECT seq, at_ms, client, cseq, actor, for_seat, method, kind, cell,"     \
		       " base_ver, ver, digest, body FROM journal INDEXED BY journal_request"      \
		       " WHERE series = ?1 AND client = ?2 AND client <> 0"                        \
		       " ORDER BY cseq DESC LIMIT ?3")                                             \
	X(BASE_PUT, "INSERT INTO text_base (series, cell, ver, text) VALUES (?1, ?2, ?3, ?4)"      \
		    " ON CONFLICT (series, cell)"                                                  \
		    " DO UPDATE SET ver = excluded.ver, text = excluded.text")                     \
	X(BASE_COUNT, "SELECT count(*) FROM text_base WHERE series = ?1")                          \
	X(BASE_EACH, "SELECT cell, ver, text FROM text_base WHERE series = ?1 ORDER BY cell")      \
	X(BASE_DROP, "DELETE FROM text_base WHERE series = ?1")                                    \
	X(ROOM_PUT,                                                                                \
	  "INSERT INTO room_base (series, seq, body) VALUES (?1, ?2, ?3)"                          \
	  " ON CONFLICT (series) DO UPDATE SET seq = excluded.seq, body = excluded.body")          \
	X(ROOM_GET, "SELECT seq, body FROM room_base WHERE series = ?1")                           \
	X(ROOM_DROP, "DELETE FROM room_base WHERE series = ?1")                                    \
	X(NOW_DROP, "DELETE FROM cell_now WHERE series = ?1")                                      \
	X(NOW_ADD, "INSERT INTO cell_now (series, cell, ver, value) VALUES (?1, ?2, ?3, ?4)")      \
	X(NOW_COUNT, "SELECT count(*) FROM cell_now WHERE series = ?1")                            \
	X(NOW_EACH, "SELECT cell, ver, value FROM cell_now WHERE series = ?1 ORDER BY cell")       \
	X(NOW_SEQ_PUT, "INSERT INTO cell_now_seq (series, seq) VALUES (?1, ?2)"                    \
		       " ON CONFLICT (series) DO UPDATE SET seq = excluded.seq")                   \
	X(NOW_SEQ, "SELECT seq FROM cell_now_seq WHERE series = ?1")                               \
	X(NOW_SEQ_DROP, "DELETE FROM cell_now_seq WHERE series = ?1")                              \
	X(POLICY_PUT, "INSERT INTO policy (hash, visibility, roles, form) VALUES (?1, ?2, ?3, ?4)" \
		      " ON CONFLICT (hash) DO NOTHING")                                            \
	X(POLICY_PUT_NAMED,                                                                        \
	  "INSERT INTO policy (hash, visibility, roles, form) SELECT ?1, ?2, ?3, ?4"               \
	  " WHERE EXISTS (SELECT 1 FROM series JOIN journal"                                       \
	  " ON journal.series = series.id AND journal.seq <= 2"                                    \
	  " WHERE kind = 'policy' AND instr(CAST(body AS TEXT), ?1) > 0)"                          \
	  " ON CONFLICT (hash) DO NOTHING")                                                        \
	X(POLICY_GET, "SELECT visibility, roles, form FROM policy WHERE hash = ?1")                \
	X(PENDING_ADD, "INSERT INTO pending (series, body) VALUES (?1, ?2)")                       \
	X(PENDING_DROP, "DELETE FROM pending WHERE series = ?1")                                   \
	X(AUDIT_ADD, "INSERT INTO audit (series, at_ms, seats, what, cells)"                       \
		     " VALUES (?1, ?2, ?3, ?4, ?5)")                                               \
	X(LINK_ADD, "INSERT INTO link (hash, series, seat, reusable, expires_ms)"                  \
		    " VALUES (?1, ?2, ?3, ?4, ?5)")                                                \
	X(LINK_OPEN, "SELECT series, seat FROM link WHERE hash = ?1 AND ended = 0"                 \
		     " AND expires_ms > ?2 AND (reusable = 1 OR used_ms IS NULL)")                 \
	X(LINK_USE, "UPDATE link SET used_ms = ?2 WHERE hash = ?1")                                \
	X(SESSION_ADD, "INSERT INTO session (sid, token_hash, series, seat, created_ms,"           \
		       " expires_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")                             \
	X(SESSION_END, "UPDATE session SET ended = 1 WHERE sid = ?1")                              \
	X(SESSION_EACH, "SELECT sid, token_hash, series, seat, created_ms, expires_ms"             \
			" FROM session WHERE ended = 0 AND expires_ms > ?1"                        \
			" ORDER BY created_ms, sid")                                               \
	X(SECRET, "SELECT secret FROM meta")                                                       \
	X(CHECK_PAGES, "PRAGMA quick_check(1)")                                                    \
	X(CHECK_KEYS, "PRAGMA foreign_key_check")

enum sql {
#define X(NAME, TEXT) SQL_##NAME,
	SQL_ROWS(X)
#undef X
	    SQL_COUNT
};

#endif
