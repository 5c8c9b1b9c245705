#include "store/writer.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"

enum { BALLAST_BYTES = 1024 * 1024, CHECKPOINT_PAGES = 1000 };

/* ---- last seq of each series ---- */

static struct slice seqs_key(const struct series_id *series)
{
	return (struct slice){(const char *)&series->n, sizeof series->n};
}

void seqs_put(struct seqs *s, struct series_id series, uint64_t last)
{
	uint32_t i = map_get(&s->index, seqs_key(&series));

	if (i == MAP_NONE) {
		i = (uint32_t)s->count;
		mem_room(&s->last, &s->cap, s->count, sizeof *s->last);
		s->count++;
		map_put(&s->index, seqs_key(&series), i);
	}
	s->last[i] = last;
}

static void seqs_clear(struct seqs *s)
{
	map_fini(&s->index);
	free(s->last);
	*s = (struct seqs){0};
}

/* From memory, or from the journal on first use. */
static int find_last_seq(struct writer *w, struct series_id series, uint64_t *last)
{
	sqlite3_stmt *st = w->db.stmt[SQL_JOURNAL_LAST];
	uint32_t i = map_get(&w->seqs.index, seqs_key(&series));
	int rc;

	if (i != MAP_NONE) {
		*last = w->seqs.last[i];
		return SQLITE_OK;
	}
	rc = sqlite3_bind_int64(st, 1, series.n);
	if (rc == SQLITE_OK) {
		rc = sqlite3_step(st);
	}
	if (rc == SQLITE_ROW) {
		*last = (uint64_t)sqlite3_column_int64(st, 0); /* NULL, for none, reads as 0 */
		rc = SQLITE_OK;
	}
	db_reset(st);
	return rc;
}

/* ---- the connection ---- */

static int on_wal(void *arg, sqlite3 *h, const char *name, int pages)
{
	struct writer *w = arg;

	(void)h;
	(void)name;
	w->wal_pages = pages;
	return SQLITE_OK;
}

static void drop(struct writer *w)
{
	if (w->is_open) {
		db_close(&w->db);
		w->is_open = false;
	}
	seqs_clear(&w->seqs); /* what is on disk must be asked for anew */
}

/*
 * SQLite takes the database, or its file of shared memory, read-only where it may not have it
 * otherwise, as when the call fails once. The second holds for all connections of the process: it
 * would be noticed at the first commit, and mended only by a restart.
 */
static enum err may_write(struct writer *w, char *why)
{
	int rc = sqlite3_db_readonly(w->db.handle, "main") ? SQLITE_READONLY
							   : db_run(&w->db, SQL_BEGIN_WRITE);

	if (rc == SQLITE_OK) {
		rc = db_run(&w->db, SQL_ROLLBACK);
	}
	if (rc != SQLITE_OK) {
		why_printf(why, "the database cannot be written: %s", sqlite3_errstr(rc));
	}
	return rc == SQLITE_OK ? ERR_OK : ERR_IO;
}

static enum err open_at(struct writer *w, int version, char *why)
{
	struct slice script[DB_NEWEST];
	enum err e = db_open(&w->db, w->path, DB_WRITER, why);

	if (e != ERR_OK) {
		return e;
	}
	w->is_open = true;
	if (version < DB_NEWEST) {
		db_scripts(script);
		e = db_migrate(&w->db, version, script, DB_NEWEST, why);
	}
	if (e == ERR_OK) {
		e = db_prepare(&w->db, why);
	}
	if (e == ERR_OK) {
		e = may_write(w, why);
	}
	if (e != ERR_OK) {
		drop(w);
		return e;
	}
	(void)sqlite3_wal_hook(w->db.handle, on_wal, w);
	w->wal_pages = 0;
	w->checkpoint_at = CHECKPOINT_PAGES;
	return ERR_OK;
}

/* Said once per kind of trouble, with no word of what somebody wrote. */
void writer_report(struct writer *w, const char *doing, int rc)
{
	if (rc != SQLITE_OK && rc != w->trouble) {
		(void)fprintf(stderr, "store: event=%s code=%d reason=\"%s\"\n", doing, rc,
			      sqlite3_errstr(rc));
	}
	w->trouble = rc;
}

bool writer_ready(struct writer *w)
{
	if (!w->is_open && open_at(w, DB_NEWEST, w->why) != ERR_OK) {
		writer_report(w, "open", SQLITE_CANTOPEN);
	}
	return w->is_open;
}

bool writer_is_full(int rc)
{
	return (rc & 0xFF) == SQLITE_FULL;
}

void writer_undo(struct writer *w, int rc)
{
	bool is_sound = writer_is_full(rc) || (rc & 0xFF) == SQLITE_BUSY ||
			(rc & 0xFF) == SQLITE_CONSTRAINT || rc == SQLITE_OK;

	/* some errors have rolled back already, and then ROLLBACK would be one more */
	if (!sqlite3_get_autocommit(w->db.handle) && db_run(&w->db, SQL_ROLLBACK) != SQLITE_OK) {
		is_sound = false;
	}
	if (!is_sound) {
		drop(w);
	}
}

/*
 * A full disk is met while frames are written, before the last one, so nothing can be read back
 * later. After a failed sync the frames may be on the disk or not: only a new look can tell.
 */
bool writer_is_undone(struct writer *w, int rc)
{
	if ((writer_is_full(rc) || (rc & 0xFF) == SQLITE_BUSY) &&
	    (sqlite3_get_autocommit(w->db.handle) || db_run(&w->db, SQL_ROLLBACK) == SQLITE_OK)) {
		return true;
	}
	drop(w);
	return false;
}

/* ---- ballast ---- */

static enum ballast make_ballast(const char *path)
{
	enum ballast b = BALLAST_NONE;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int e = errno;

	if (fd >= 0) {
		e = posix_fallocate(fd, 0, BALLAST_BYTES);
		b = e == 0 ? BALLAST_KEPT : BALLAST_NONE;
		(void)close(fd);
		if (e != 0) {
			(void)unlink(path);
		}
	}
	if (b != BALLAST_KEPT && (e == ENOSPC || e == EDQUOT)) {
		b = BALLAST_SPENT;
	}
	return b;
}

/*
 * First the checkpoint, while the ballast still holds its place: it moves pages into the database
 * as far as the rest of the disk goes, and if all of them fit the WAL starts again in the space it
 * has. Afterwards it would eat what was just freed; so there is none while the ballast is spent.
 */
void writer_relieve(struct writer *w)
{
	if (w->ballast == BALLAST_KEPT) {
		(void)sqlite3_wal_checkpoint_v2(w->db.handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL,
						NULL);
		(void)unlink(w->ballast_path);
		w->ballast = BALLAST_SPENT;
	}
}

static void regain(struct writer *w)
{
	if (w->ballast == BALLAST_SPENT) {
		w->ballast = make_ballast(w->ballast_path);
	}
}

/* ---- commit ---- */

static bool is_seat(uint8_t n)
{
	return n < SEAT_MAX || n == SEAT_NONE;
}

int writer_put_record(struct writer *w, struct series_id series, uint64_t seq,
		      const struct record *r)
{
	sqlite3_stmt *st = w->db.stmt[SQL_JOURNAL_ADD];
	int rc;

	assert(r->client != 0 || r->cseq == 0);
	assert(is_seat(r->actor) && is_seat(r->for_seat)); /* or the series never loads again */
	rc = sqlite3_bind_int64(st, 1, series.n);
	rc |= db_bind_u64(st, 2, seq);
	rc |= sqlite3_bind_int64(st, 3, r->at_ms);
	rc |= db_bind_u64(st, 4, r->client);
	rc |= db_bind_u64(st, 5, r->cseq);
	rc |= sqlite3_bind_int(st, 6, r->actor);
	rc |= sqlite3_bind_int(st, 7, r->for_seat);
	rc |= db_bind_text(st, 8, slice_of(method_name(r->method)));
	rc |= db_bind_text(st, 9, slice_of(record_kind_name(r->kind)));
	rc |= db_bind_text(st, 10, r->cell);
	rc |= db_bind_u64(st, 11, r->base_ver);
	rc |= db_bind_u64(st, 12, r->ver);
	rc |= db_bind_u64(st, 13, r->digest);
	rc |= db_bind_blob(st, 14, r->body);
	if (rc != SQLITE_OK) {
		db_reset(st);
		return SQLITE_TOOBIG; /* the only way a bind fails here */
	}
	return db_run(&w->db, SQL_JOURNAL_ADD);
}

static int put_base(struct writer *w, struct series_id series, const struct text_base *b)
{
	sqlite3_stmt *st = w->db.stmt[SQL_BASE_PUT];
	int rc = sqlite3_bind_int64(st, 1, series.n);

	rc |= db_bind_text(st, 2, b->cell);
	rc |= db_bind_u64(st, 3, b->ver);
	rc |= db_bind_blob(st, 4, b->text);
	if (rc != SQLITE_OK) {
		db_reset(st);
		return SQLITE_TOOBIG;
	}
	return db_run(&w->db, SQL_BASE_PUT);
}

static int put_room_base(struct writer *w, const struct store_batch *b, uint64_t seq)
{
	sqlite3_stmt *st = w->db.stmt[SQL_ROOM_PUT];
	int rc = sqlite3_bind_int64(st, 1, b->series.n);

	rc |= db_bind_u64(st, 2, seq);
	rc |= db_bind_blob(st, 3, b->base_body);
	if (rc != SQLITE_OK) {
		db_reset(st);
		return SQLITE_TOOBIG;
	}
	return db_run(&w->db, SQL_ROOM_PUT);
}

/* The texts one by one, and what they stand beside. */
static int put_bases(struct writer *w, const struct store_batch *b, uint64_t seq)
{
	int rc = SQLITE_OK;

	if (b->base_afresh) {
		rc = sqlite3_bind_int64(w->db.stmt[SQL_BASE_DROP], 1, b->series.n);
		rc = rc == SQLITE_OK ? db_run(&w->db, SQL_BASE_DROP) : rc;
	}
	for (size_t i = 0; i < b->base_count && rc == SQLITE_OK; i++) {
		rc = put_base(w, b->series, &b->base[i]);
	}
	return b->has_base && rc == SQLITE_OK ? put_room_base(w, b, seq) : rc;
}

int writer_put_policy(struct writer *w, enum sql which, const struct store_policy *p)
{
	sqlite3_stmt *st = w->db.stmt[which];
	int rc = db_bind_text(st, 1, slice_of(p->hash));

	rc |= db_bind_blob(st, 2, p->visibility);
	rc |= db_bind_blob(st, 3, p->roles);
	rc |= db_bind_blob(st, 4, p->form);
	if (rc != SQLITE_OK) {
		db_reset(st);
		return SQLITE_TOOBIG;
	}
	return db_run(&w->db, which);
}

/* Everything derived of a series anew, from nothing: what is left of an older list would lie. */
static int put_now(struct writer *w, const struct store_batch *b, uint64_t seq)
{
	sqlite3_stmt *put = w->db.stmt[SQL_NOW_SEQ_PUT];
	sqlite3_stmt *add = w->db.stmt[SQL_NOW_ADD];
	int rc = sqlite3_bind_int64(w->db.stmt[SQL_NOW_DROP], 1, b->series.n);

	rc = rc == SQLITE_OK ? db_run(&w->db, SQL_NOW_DROP) : rc;
	rc |= sqlite3_bind_int64(put, 1, b->series.n);
	rc |= db_bind_u64(put, 2, seq);
	if (rc == SQLITE_OK) {
		rc = db_run(&w->db, SQL_NOW_SEQ_PUT);
	}
	for (size_t i = 0; i < b->now_count && rc == SQLITE_OK; i++) {
		rc = sqlite3_bind_int64(add, 1, b->series.n);
		rc |= db_bind_text(add, 2, b->now[i].cell);
		rc |= db_bind_u64(add, 3, b->now[i].ver);
		rc |= db_bind_blob(add, 4, b->now[i].value);
		rc = rc == SQLITE_OK ? db_run(&w->db, SQL_NOW_ADD) : SQLITE_TOOBIG;
	}
	db_reset(add);
	return rc;
}

static int put_batch(struct writer *w, struct writer_item *it)
{
	const struct store_batch *b = it->batch;
	int rc = find_last_seq(w, b->series, &it->last_seq);

	for (size_t i = 0; i < b->record_count && rc == SQLITE_OK; i++) {
		it->last_seq++;
		rc = writer_put_record(w, b->series, it->last_seq, &b->record[i]);
	}
	for (size_t i = 0; i < b->audit_count && rc == SQLITE_OK; i++) {
		rc = db_put_audit(&w->db, b->series, &b->audit[i]);
	}
	if (rc == SQLITE_OK) {
		rc = put_bases(w, b, it->last_seq);
	}
	for (size_t i = 0; i < b->policy_count && rc == SQLITE_OK; i++) {
		rc = writer_put_policy(w, SQL_POLICY_PUT, &b->policy[i]);
	}
	if (b->has_now && rc == SQLITE_OK) {
		rc = put_now(w, b, it->last_seq);
	}
	return rc;
}

/* Errors that say something about one batch, and nothing about the disk or the transaction. */
static bool is_own_fault(int rc)
{
	return (rc & 0xFF) == SQLITE_CONSTRAINT || rc == SQLITE_TOOBIG;
}

/* Stage one batch, so that it fails alone. Any result but OK is trouble for the whole group. */
static int put_alone(struct writer *w, struct writer_item *it)
{
	int rc = db_run(&w->db, SQL_SAVEPOINT);

	if (rc != SQLITE_OK) {
		return rc;
	}
	rc = put_batch(w, it);
	it->is_staged = rc == SQLITE_OK;
	if (is_own_fault(rc) && !sqlite3_get_autocommit(w->db.handle)) {
		(void)fprintf(stderr, "store: event=batch code=%d series=%lld\n", rc,
			      (long long)it->batch->series.n);
		rc = db_run(&w->db, SQL_SAVEPOINT_UNDO);
	}
	if (rc == SQLITE_OK) {
		rc = db_run(&w->db, SQL_SAVEPOINT_END);
	}
	return rc;
}

static bool is_audit_only(const struct store_batch *b)
{
	return b->record_count == 0 && b->base_count == 0 && !b->has_base && !b->base_afresh &&
	       b->policy_count == 0 && !b->has_now;
}

/* `apart`: each in a savepoint. Without, the first trouble is the whole group's. */
static int stage(struct writer *w, struct writer_item *item, size_t count, bool audit_only,
		 bool apart)
{
	int rc = db_run(&w->db, SQL_BEGIN_WRITE);

	for (size_t i = 0; i < count; i++) {
		item[i].is_staged = false;
	}
	for (size_t i = 0; i < count && rc == SQLITE_OK; i++) {
		if (audit_only && !is_audit_only(item[i].batch)) {
			continue;
		}
		rc = apart ? put_alone(w, &item[i]) : put_batch(w, &item[i]);
		item[i].is_staged = apart ? item[i].is_staged : rc == SQLITE_OK;
	}
	return rc;
}

/* A bad batch is rare: only then are the others staged anew, each so that it fails alone. */
static int stage_all(struct writer *w, struct writer_item *item, size_t count, bool audit_only)
{
	int rc = stage(w, item, count, audit_only, false);

	if (is_own_fault(rc) && !sqlite3_get_autocommit(w->db.handle)) {
		rc = db_run(&w->db, SQL_ROLLBACK);
		if (rc == SQLITE_OK) {
			rc = stage(w, item, count, audit_only, true);
		}
	}
	return rc;
}

static int commit_once(struct writer *w, struct writer_item *item, size_t count, bool audit_only)
{
	enum store_outcome outcome = STORE_KEPT;
	int rc = stage_all(w, item, count, audit_only);

	if (rc != SQLITE_OK) {
		writer_undo(w, rc);
		return rc;
	}
	rc = db_run(&w->db, SQL_COMMIT);
	if (rc != SQLITE_OK) {
		outcome = writer_is_undone(w, rc) ? STORE_NOT_KEPT : STORE_UNKNOWN;
	}
	for (size_t i = 0; i < count; i++) {
		if (item[i].is_staged) {
			item[i].outcome = outcome;
		}
		if (item[i].is_staged && outcome == STORE_KEPT) {
			seqs_put(&w->seqs, item[i].batch->series, item[i].last_seq);
		}
	}
	return rc;
}

void writer_commit(struct writer *w, struct writer_item *item, size_t count)
{
	bool audit_only;
	int rc;

	for (size_t i = 0; i < count; i++) {
		item[i].outcome = STORE_NOT_KEPT;
	}
	if (!writer_ready(w)) {
		return;
	}
	/* what the ballast freed is for the audit alone, until there is room for it again */
	regain(w);
	audit_only = w->ballast == BALLAST_SPENT;
	rc = commit_once(w, item, count, audit_only);
	if (rc != SQLITE_OK || !audit_only) {
		writer_report(w, "commit", rc);
	}
	if (writer_is_full(rc) && w->is_open) {
		writer_relieve(w);
		rc = commit_once(w, item, count, true);
		if (rc != SQLITE_OK) {
			writer_report(w, "commit", rc);
		}
	}
}

static bool try_to_write(struct writer *w)
{
	int rc;

	if (!writer_ready(w)) {
		return false;
	}
	regain(w);
	if (w->ballast == BALLAST_SPENT) {
		return false;
	}
	rc = db_run(&w->db, SQL_TRY);
	writer_report(w, "try", rc);
	if (rc == SQLITE_OK) {
		(void)fprintf(stderr, "store: event=keeps_again code=%d reason=\"%s\"\n", rc,
			      sqlite3_errstr(rc));
		return true;
	}
	writer_undo(w, rc);
	if (writer_is_full(rc) && w->is_open) {
		writer_relieve(w);
	}
	return false;
}

bool writer_is_stuck(struct writer *w)
{
	return (w->trouble != SQLITE_OK || w->ballast == BALLAST_SPENT) && !try_to_write(w);
}

void writer_tidy(struct writer *w)
{
	int pages = 0;
	int done = 0;
	int rc;

	if (!w->is_open || w->wal_pages < w->checkpoint_at || w->ballast == BALLAST_SPENT) {
		return;
	}
	rc =
	    sqlite3_wal_checkpoint_v2(w->db.handle, NULL, SQLITE_CHECKPOINT_PASSIVE, &pages, &done);
	if (rc == SQLITE_OK && done == pages) {
		w->checkpoint_at = CHECKPOINT_PAGES;
	} else {
		/* a long reader or a full disk: the WAL keeps all; not again at every commit */
		w->checkpoint_at = w->wal_pages + CHECKPOINT_PAGES;
	}
}

void writer_forget(struct writer *w)
{
	if (w->is_open) {
		(void)sqlite3_db_release_memory(w->db.handle);
	}
}

enum err writer_init(struct writer *w, const char *path, int version, char *why)
{
	enum err e;

	*w = (struct writer){.path = db_path(path, ""), .ballast_path = db_path(path, ".ballast")};
	e = open_at(w, version, why);
	if (e == ERR_OK) {
		w->ballast = make_ballast(w->ballast_path);
	} else {
		writer_fini(w);
	}
	return e;
}

void writer_fini(struct writer *w)
{
	drop(w);
	free(w->path);
	free(w->ballast_path);
	*w = (struct writer){0};
}
