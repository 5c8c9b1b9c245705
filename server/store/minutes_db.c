/* Signed minutes on the disk: rows that are added, and never changed but by an erasure. */
#include "store/minutes_db.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "store/minutes_parts.h"
#include "store/store.h"

static const char *const sql_text[] = {
#define X(NAME, TEXT) TEXT,
    MINUTES_SQL(X)
#undef X
};

enum { LEAVES_AT_ONCE = 64 }; /* rows of ST_LEAVES_ADD */
enum { LOG_LEAVES_MAX = 2 * 1024 * 1024, LOG_ENTRIES_MAX = 4096 };

enum err minutes_failed(struct minutes_db *m, const char *what, char *why)
{
	why_printf(why, "minutes: %s: %s", what, sqlite3_errmsg(m->db.handle));
	return ERR_IO;
}

static enum err prepare(struct minutes_db *m, char *why)
{
	for (int i = 0; i < ST_COUNT; i++) {
		if (sqlite3_prepare_v3(m->db.handle, sql_text[i], -1, SQLITE_PREPARE_PERSISTENT,
				       &m->stmt[i], NULL) != SQLITE_OK) {
			return minutes_failed(m, "the tables are not as expected", why);
		}
	}
	return ERR_OK;
}

enum err minutes_db_open(const char *path, bool may_write, struct minutes_db **out, char *why)
{
	struct minutes_db *m = mem_alloc(sizeof *m);
	int version = 0;
	enum err e = db_open(&m->db, path, may_write ? DB_WRITER : DB_READER, why);

	if (e == ERR_OK) {
		e = db_version(&m->db, DB_NEWEST, &version, why);
	}
	if (e == ERR_OK && version != DB_NEWEST) {
		why_printf(why, "%s: of an older version", path);
		e = ERR_OLD;
	}
	if (e == ERR_OK) {
		e = prepare(m, why);
	}
	if (e != ERR_OK) {
		minutes_db_close(m);
		return e;
	}
	*out = m;
	return ERR_OK;
}

void minutes_db_close(struct minutes_db *m)
{
	if (!m) {
		return;
	}
	for (int i = 0; i < ST_COUNT; i++) {
		(void)sqlite3_finalize(m->stmt[i]);
	}
	db_close(&m->db);
	free(m);
}

int minutes_run(struct minutes_db *m, enum minutes_statement which)
{
	int rc = sqlite3_step(m->stmt[which]);

	db_reset(m->stmt[which]);
	assert(rc != SQLITE_ROW);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* What was not committed goes. */
void minutes_undo(struct minutes_db *m)
{
	if (!sqlite3_get_autocommit(m->db.handle)) {
		int rc = minutes_run(m, ST_ROLLBACK);

		(void)rc; /* what failed before has been said */
	}
}

/* ---- reading ---- */

static bool take_hash(sqlite3_stmt *st, int at, uint8_t *out, size_t bytes)
{
	struct slice s = db_column(st, at);

	if (s.len != bytes) {
		return false;
	}
	memcpy(out, s.ptr, bytes);
	return true;
}

static bool take_entry(sqlite3_stmt *st, struct arena *mem, struct min_row_entry *e)
{
	e->index = (uint32_t)sqlite3_column_int64(st, 0);
	e->header = arena_dup(mem, db_column(st, 1));
	return take_hash(st, 2, e->root.b, sizeof e->root.b) &&
	       take_hash(st, 3, e->sig, sizeof e->sig);
}

static bool take_leaf(sqlite3_stmt *st, struct arena *mem, struct min_row_leaf *l)
{
	l->entry = (uint32_t)sqlite3_column_int64(st, 0);
	l->label = (uint16_t)sqlite3_column_int64(st, 1);
	l->ord = arena_dup(mem, db_column(st, 2));
	l->d = (struct slice){0};
	if (sqlite3_column_type(st, 4) != SQLITE_NULL) {
		l->d = arena_dup(mem, db_column(st, 4));
	}
	l->time = sqlite3_column_int64(st, 5);
	return take_hash(st, 3, l->hash.b, sizeof l->hash.b);
}

static enum err load_entries(struct minutes_db *m, struct minutes_stored *s, char *why)
{
	sqlite3_stmt *st = m->stmt[ST_ENTRIES];
	struct min_row_entry *v = arena_alloc(&s->mem, (s->entries + 1u) * sizeof *v);
	size_t n = 0;
	int rc = sqlite3_bind_int64(st, 1, s->id);

	rc = rc == SQLITE_OK ? sqlite3_step(st) : rc;
	while (rc == SQLITE_ROW && n < s->entries && take_entry(st, &s->mem, &v[n])) {
		n++;
		rc = sqlite3_step(st);
	}
	db_reset(st);
	if (rc != SQLITE_DONE || n != s->entries) {
		return minutes_failed(m, "entries are not as the log says", why);
	}
	s->rows.entry = v;
	s->rows.entry_count = n;
	return ERR_OK;
}

static enum err load_leaves(struct minutes_db *m, struct minutes_stored *s, char *why)
{
	sqlite3_stmt *st = m->stmt[ST_LEAVES];
	struct min_row_leaf *v = arena_alloc(&s->mem, (s->leaves + 1u) * sizeof *v);
	size_t n = 0;
	int rc = sqlite3_bind_int64(st, 1, s->id);

	rc = rc == SQLITE_OK ? sqlite3_step(st) : rc;
	while (rc == SQLITE_ROW && n < s->leaves && take_leaf(st, &s->mem, &v[n])) {
		n++;
		rc = sqlite3_step(st);
	}
	db_reset(st);
	if (rc != SQLITE_DONE || n != s->leaves) {
		return minutes_failed(m, "leaves are not as the log says", why);
	}
	s->rows.leaf = v;
	s->rows.leaf_count = n;
	return ERR_OK;
}

static enum err load_log(struct minutes_db *m, struct minutes_stored *s, char *why)
{
	sqlite3_stmt *st = m->stmt[ST_LOG];
	enum err e = ERR_GONE;
	int rc = sqlite3_bind_int64(st, 1, s->id);

	rc = rc == SQLITE_OK ? sqlite3_step(st) : rc;
	if (rc == SQLITE_ROW) {
		int64_t entries = sqlite3_column_int64(st, 4), leaves = sqlite3_column_int64(st, 5);

		s->series.n = sqlite3_column_int64(st, 0);
		s->seq = (uint64_t)sqlite3_column_int64(st, 1);
		s->fork = (uint32_t)sqlite3_column_int64(st, 2);
		s->origin = arena_dup(&s->mem, db_column(st, 3));
		s->rows.body = arena_dup(&s->mem, db_column(st, 6));
		e = ERR_OK;
		if (entries < 0 || entries > LOG_ENTRIES_MAX || leaves < 0 ||
		    leaves > LOG_LEAVES_MAX) {
			why_printf(why, "minutes: a log has more rows than one may have");
			e = ERR_IO;
		}
		s->entries = (uint32_t)entries;
		s->leaves = (uint32_t)leaves;
	} else if (rc != SQLITE_DONE) {
		e = minutes_failed(m, "a log", why);
	}
	db_reset(st);
	return e;
}

enum err minutes_db_load_id(struct minutes_db *m, int64_t id, struct minutes_stored **out,
			    char *why)
{
	struct minutes_stored *s;
	enum err e;

	/* One transaction: the parts must be of the same moment. */
	if (minutes_run(m, ST_BEGIN) != SQLITE_OK) {
		return minutes_failed(m, "a log", why);
	}
	s = mem_alloc(sizeof *s);
	arena_init(&s->mem);
	s->id = id;
	e = load_log(m, s, why);
	if (e == ERR_OK) {
		e = load_entries(m, s, why);
	}
	if (e == ERR_OK) {
		e = load_leaves(m, s, why);
	}
	minutes_undo(m);
	if (e != ERR_OK) {
		minutes_stored_free(s);
		return e;
	}
	*out = s;
	return ERR_OK;
}

enum err minutes_db_load(struct minutes_db *m, struct series_id series, uint64_t seq,
			 struct minutes_stored **out, char *why)
{
	sqlite3_stmt *st = m->stmt[ST_FIND];
	int64_t id = 0;
	int rc = sqlite3_bind_int64(st, 1, series.n);

	rc |= db_bind_u64(st, 2, seq);
	rc = rc == SQLITE_OK ? sqlite3_step(st) : rc;
	if (rc == SQLITE_ROW) {
		id = sqlite3_column_int64(st, 0);
	}
	db_reset(st);
	if (rc != SQLITE_ROW) {
		return rc == SQLITE_DONE ? ERR_GONE : minutes_failed(m, "a log", why);
	}
	return minutes_db_load_id(m, id, out, why);
}

void minutes_stored_free(struct minutes_stored *s)
{
	if (s) {
		arena_fini(&s->mem);
		free(s);
	}
}

enum err minutes_db_each(struct minutes_db *m, bool (*each)(void *arg, int64_t id), void *arg,
			 char *why)
{
	sqlite3_stmt *st = m->stmt[ST_LOGS];
	int64_t id = 0;
	int rc;

	do {
		bool is_there;

		rc = sqlite3_bind_int64(st, 1, id);
		rc = rc == SQLITE_OK ? sqlite3_step(st) : rc;
		is_there = rc == SQLITE_ROW && sqlite3_column_type(st, 0) != SQLITE_NULL;
		id = is_there ? sqlite3_column_int64(st, 0) : 0;
		db_reset(st);
		if (is_there && !each(arg, id)) {
			return ERR_OK;
		}
	} while (id != 0);
	return rc == SQLITE_ROW ? ERR_OK : minutes_failed(m, "the logs cannot be listed", why);
}

/* ---- writing ---- */

static int put_entry(struct minutes_db *m, int64_t log, const struct min_row_entry *e)
{
	sqlite3_stmt *st = m->stmt[ST_ENTRY_ADD];
	int rc = sqlite3_bind_int64(st, 1, log);

	rc |= sqlite3_bind_int64(st, 2, e->index);
	rc |= db_bind_blob(st, 3, e->header);
	rc |= db_bind_blob(st, 4, minutes_hash(&e->root));
	rc |= db_bind_blob(st, 5, (struct slice){(const char *)e->sig, sizeof e->sig});
	return rc == SQLITE_OK ? minutes_run(m, ST_ENTRY_ADD) : rc;
}

static int bind_leaf(sqlite3_stmt *st, int at, const struct min_row_leaf *l)
{
	int rc = sqlite3_bind_int64(st, at, l->entry);

	rc |= sqlite3_bind_int64(st, at + 1, l->label);
	rc |= db_bind_blob(st, at + 2, l->ord);
	rc |= db_bind_blob(st, at + 3, minutes_hash(&l->hash));
	rc |= l->d.ptr ? db_bind_blob(st, at + 4, l->d) : sqlite3_bind_null(st, at + 4);
	return rc | sqlite3_bind_int64(st, at + 5, l->time);
}

/* `count` of them by one statement, which has room for exactly so many. */
static int put_leaves(struct minutes_db *m, enum minutes_statement which, int64_t log,
		      const struct min_row_leaf *l, size_t count)
{
	sqlite3_stmt *st = m->stmt[which];
	int rc = sqlite3_bind_int64(st, 1, log);

	assert((size_t)sqlite3_bind_parameter_count(st) == 1 + 6 * count);
	for (size_t i = 0; i < count; i++) {
		rc |= bind_leaf(st, 2 + 6 * (int)i, &l[i]);
	}
	return rc == SQLITE_OK ? minutes_run(m, which) : rc;
}

static int by_leaf(struct minutes_db *m, enum minutes_statement which, int64_t log,
		   const struct min_hash *hash)
{
	int rc = sqlite3_bind_int64(m->stmt[which], 1, log);

	rc |= db_bind_blob(m->stmt[which], 2, minutes_hash(hash));
	return rc == SQLITE_OK ? minutes_run(m, which) : rc;
}

/* The log has as many rows as its maker knew, and now these. `*is_stale`: it has others. */
static int grow(struct minutes_db *m, const struct minutes_grow *before,
		const struct min_change *change, bool *is_stale)
{
	sqlite3_stmt *st = m->stmt[ST_LOG_GROW];
	int rc = sqlite3_bind_int64(st, 1, before->id);

	rc |= sqlite3_bind_int64(st, 2, before->entries);
	rc |= sqlite3_bind_int64(st, 3, before->leaves);
	rc |= sqlite3_bind_int64(st, 4, before->entries + (int64_t)change->entry_count);
	rc |= sqlite3_bind_int64(st, 5, before->leaves + (int64_t)change->leaf_count);
	rc |= change->body.len ? db_bind_blob(st, 6, change->body) : sqlite3_bind_null(st, 6);
	rc = rc == SQLITE_OK ? minutes_run(m, ST_LOG_GROW) : rc;
	*is_stale = rc == SQLITE_OK && sqlite3_changes(m->db.handle) != 1;
	return rc;
}

static int put_all(struct minutes_db *m, const struct minutes_grow *before,
		   const struct min_change *change)
{
	int rc = SQLITE_OK;

	for (size_t i = 0; i < change->entry_count && rc == SQLITE_OK; i++) {
		rc = put_entry(m, before->id, &change->entry[i]);
	}
	for (size_t i = 0, n; i < change->leaf_count && rc == SQLITE_OK; i += n) {
		bool many = change->leaf_count - i >= LEAVES_AT_ONCE;

		n = many ? LEAVES_AT_ONCE : 1;
		rc = put_leaves(m, many ? ST_LEAVES_ADD : ST_LEAF_ADD, before->id, &change->leaf[i],
				n);
	}
	for (size_t i = 0; i < change->erased_count && rc == SQLITE_OK; i++) {
		rc = by_leaf(m, ST_LEAF_ERASE, before->id, &change->erased[i]);
		if (rc == SQLITE_OK && sqlite3_changes(m->db.handle) != 1) {
			rc = SQLITE_CONSTRAINT; /* what is to go was never there */
		}
		if (before->approved && rc == SQLITE_OK) {
			rc = by_leaf(m, ST_APPROVED, before->id, &change->erased[i]);
		}
	}
	if (before->approved && rc == SQLITE_OK) {
		rc = sqlite3_bind_int64(m->stmt[ST_TO_ERASE], 1, before->id);
		rc |= db_bind_text(m->stmt[ST_TO_ERASE], 2, before->cell);
		rc |= sqlite3_bind_int64(m->stmt[ST_TO_ERASE], 3, before->at);
		rc = rc == SQLITE_OK ? minutes_run(m, ST_TO_ERASE) : rc;
	}
	return rc;
}

/* Of the series of the log `id`. */
static int is_held(struct minutes_db *m, int64_t id, int64_t now_ms, bool *out)
{
	sqlite3_stmt *st = m->stmt[ST_LOG];
	struct series_id series = {0};
	int rc = sqlite3_bind_int64(st, 1, id);

	rc = rc == SQLITE_OK ? sqlite3_step(st) : rc;
	if (rc == SQLITE_ROW) {
		series.n = sqlite3_column_int64(st, 0);
	}
	db_reset(st);
	return rc == SQLITE_ROW ? minutes_is_held(m, series, now_ms, out) : SQLITE_CORRUPT;
}

/* In the transaction that is open; ends it, one way or the other. */
static enum err add_rows(struct minutes_db *m, const struct minutes_grow *before,
			 const struct min_change *change, char *why)
{
	bool is_stale = false, held = false;
	int rc = grow(m, before, change, &is_stale);
	enum err e = ERR_OK;

	if (rc == SQLITE_OK && before->approved) {
		rc = is_held(m, before->id, before->at * 1000, &held);
	}
	if (rc == SQLITE_OK && !is_stale && !held) {
		rc = put_all(m, before, change);
	}
	if (rc == SQLITE_OK && !is_stale && !held) {
		rc = minutes_run(m, ST_COMMIT);
	}
	if (rc != SQLITE_OK) {
		e = minutes_failed(m, "nothing could be added", why);
	}
	minutes_undo(m);
	return e != ERR_OK ? e : held ? ERR_HOLD : is_stale ? ERR_STALE : ERR_OK;
}

enum err minutes_db_append(struct minutes_db *m, const struct minutes_grow *before,
			   const struct min_change *change, char *why)
{
	if (minutes_run(m, ST_WRITE) != SQLITE_OK) {
		return minutes_failed(m, "nothing can be added", why);
	}
	return add_rows(m, before, change, why);
}

enum err minutes_db_create(struct minutes_db *m, const struct minutes_new *log,
			   const struct min_change *change, int64_t *id, char *why)
{
	sqlite3_stmt *st = m->stmt[ST_LOG_ADD];
	int rc = minutes_run(m, ST_WRITE);
	enum err e;

	if (rc != SQLITE_OK) {
		return minutes_failed(m, "no log can be begun", why);
	}
	rc = sqlite3_bind_int64(st, 1, log->series.n);
	rc |= db_bind_u64(st, 2, log->seq);
	rc |= sqlite3_bind_int64(st, 3, log->fork);
	rc |= db_bind_text(st, 4, log->origin);
	rc = rc == SQLITE_OK ? minutes_run(m, ST_LOG_ADD) : rc;
	if (rc != SQLITE_OK) {
		e = rc == SQLITE_CONSTRAINT_UNIQUE ? ERR_STALE
						   : minutes_failed(m, "no log can be begun", why);
		minutes_undo(m);
		return e;
	}
	*id = sqlite3_last_insert_rowid(m->db.handle);
	return add_rows(m, &(struct minutes_grow){.id = *id}, change, why);
}
