#include "store/writer.h"

#include <assert.h>
#include <time.h>

/* The verbs beside commit: each is a transaction of its own. */

typedef int verb(struct writer *w, void *arg, enum err *e);

/*
 * `run` returns a result code of SQLite, and sets `*e` when the answer is no. Only what is small
 * may have the ballast.
 */
static enum err in_transaction(struct writer *w, verb *run, void *arg, bool is_small)
{
	enum err e = ERR_OK;
	int rc;

	if (!writer_ready(w)) {
		return ERR_IO;
	}
	rc = db_run(&w->db, SQL_BEGIN_WRITE);
	if (rc == SQLITE_OK) {
		rc = run(w, arg, &e);
	}
	if (rc != SQLITE_OK || e != ERR_OK) {
		why_printf(w->why, "%s", sqlite3_errmsg(w->db.handle));
		writer_undo(w, rc);
	} else {
		rc = db_run(&w->db, SQL_COMMIT);
		if (rc != SQLITE_OK) {
			why_printf(w->why, "%s", sqlite3_errmsg(w->db.handle));
			(void)!writer_is_undone(w, rc); /* either way the answer is: not now */
		}
	}
	if (writer_is_full(rc) && is_small && w->is_open) {
		writer_relieve(w);
		return in_transaction(w, run, arg, false);
	}
	if (e == ERR_OK) {
		writer_report(w, "write", rc);
	}
	return rc != SQLITE_OK && e == ERR_OK ? ERR_IO : e;
}

struct login {
	const uint8_t *link_hash;
	struct store_session *session;
};

static struct slice hash_slice(const uint8_t *hash)
{
	return (struct slice){(const char *)hash, STORE_HASH_BYTES};
}

/* ERR_GONE for every reason: a stranger learns nothing about a link. */
static int open_link(struct writer *w, struct login *l, enum err *e)
{
	sqlite3_stmt *st = w->db.stmt[SQL_LINK_OPEN];
	int rc = db_bind_blob(st, 1, hash_slice(l->link_hash));

	rc |= sqlite3_bind_int64(st, 2, l->session->created_ms);
	if (rc == SQLITE_OK) {
		rc = sqlite3_step(st);
	}
	if (rc == SQLITE_ROW) {
		l->session->series.n = sqlite3_column_int64(st, 0);
		l->session->seat = (uint8_t)sqlite3_column_int(st, 1);
		rc = SQLITE_OK;
	} else if (rc == SQLITE_DONE) {
		*e = ERR_GONE;
		rc = SQLITE_OK;
	}
	db_reset(st);
	return rc;
}

static int add_session(struct writer *w, const struct store_session *s)
{
	sqlite3_stmt *st = w->db.stmt[SQL_SESSION_ADD];
	int rc = db_bind_u64(st, 1, s->sid);

	rc |= db_bind_blob(st, 2, hash_slice(s->token_hash));
	rc |= sqlite3_bind_int64(st, 3, s->series.n);
	rc |= sqlite3_bind_int(st, 4, s->seat);
	rc |= sqlite3_bind_int64(st, 5, s->created_ms);
	rc |= sqlite3_bind_int64(st, 6, s->expires_ms);
	return rc == SQLITE_OK ? db_run(&w->db, SQL_SESSION_ADD) : rc;
}

static int run_login(struct writer *w, void *arg, enum err *e)
{
	sqlite3_stmt *use = w->db.stmt[SQL_LINK_USE];
	struct login *l = arg;
	int rc = open_link(w, l, e);

	if (rc != SQLITE_OK || *e != ERR_OK) {
		return rc;
	}
	rc = db_bind_blob(use, 1, hash_slice(l->link_hash));
	rc |= sqlite3_bind_int64(use, 2, l->session->created_ms);
	if (rc == SQLITE_OK) {
		rc = db_run(&w->db, SQL_LINK_USE);
	}
	return rc == SQLITE_OK ? add_session(w, l->session) : rc;
}

enum err writer_login(struct writer *w, const uint8_t *link_hash, struct store_session *session)
{
	struct login l = {.link_hash = link_hash, .session = session};

	return in_transaction(w, run_login, &l, true);
}

static int run_logout(struct writer *w, void *arg, enum err *e)
{
	int rc = db_bind_u64(w->db.stmt[SQL_SESSION_END], 1, *(const uint64_t *)arg);

	(void)e;
	return rc == SQLITE_OK ? db_run(&w->db, SQL_SESSION_END) : rc;
}

void writer_logout(struct writer *w, uint64_t sid)
{
	/* a failure was logged; the session then still ends at its time */
	(void)!in_transaction(w, run_logout, &sid, true);
}

struct import {
	const struct store_import *in;
	struct series_id id;
};

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int add_series(struct writer *w, struct import *m, enum err *e)
{
	sqlite3_stmt *st = w->db.stmt[SQL_SERIES_ADD];
	int rc = db_bind_text(st, 1, m->in->name);

	rc |= sqlite3_bind_int64(st, 2, now_ms());
	if (rc == SQLITE_OK) {
		rc = db_run(&w->db, SQL_SERIES_ADD);
	}
	if ((rc & 0xFF) == SQLITE_CONSTRAINT) {
		*e = ERR_GONE;
	}
	m->id.n = sqlite3_last_insert_rowid(w->db.handle);
	return rc;
}

static int add_pending(struct writer *w, const struct import *m)
{
	sqlite3_stmt *st = w->db.stmt[SQL_PENDING_ADD];
	int rc = sqlite3_bind_int64(st, 1, m->id.n);

	rc |= db_bind_blob(st, 2, m->in->pending);
	return rc == SQLITE_OK ? db_run(&w->db, SQL_PENDING_ADD) : rc;
}

static int add_link(struct writer *w, const struct import *m, const struct store_link *l)
{
	sqlite3_stmt *st = w->db.stmt[SQL_LINK_ADD];
	int rc = db_bind_blob(st, 1, hash_slice(l->secret_hash));

	assert(l->seat < SEAT_MAX);
	rc |= sqlite3_bind_int64(st, 2, m->id.n);
	rc |= sqlite3_bind_int(st, 3, l->seat);
	rc |= sqlite3_bind_int(st, 4, l->reusable);
	rc |= sqlite3_bind_int64(st, 5, l->expires_ms);
	return rc == SQLITE_OK ? db_run(&w->db, SQL_LINK_ADD) : rc;
}

static int import_one(struct writer *w, struct import *m, enum err *e)
{
	const struct store_import *in = m->in;
	int rc = add_series(w, m, e);

	for (size_t i = 0; i < in->record_count && rc == SQLITE_OK; i++) {
		rc = writer_put_record(w, m->id, i + 1, &in->record[i]);
	}
	if (in->pending.len > 0 && rc == SQLITE_OK) {
		rc = add_pending(w, m);
	}
	for (size_t i = 0; i < in->link_count && rc == SQLITE_OK; i++) {
		rc = add_link(w, m, &in->link[i]);
	}
	for (size_t i = 0; i < in->policy_count && rc == SQLITE_OK; i++) {
		rc = writer_put_policy(w, SQL_POLICY_PUT, &in->policy[i]);
	}
	return rc;
}

/* The imports of one file: together or not at all. */
struct imports {
	const struct store_import *in;
	size_t count;
	struct series_id *out;
	size_t done;
};

static int run_import(struct writer *w, void *arg, enum err *e)
{
	struct imports *all = arg;
	int rc = SQLITE_OK;

	for (all->done = 0; all->done < all->count && rc == SQLITE_OK && *e == ERR_OK;) {
		struct import m = {.in = &all->in[all->done]};

		rc = import_one(w, &m, e);
		if (rc == SQLITE_OK && *e == ERR_OK) {
			all->out[all->done++] = m.id;
		}
	}
	return rc;
}

enum err writer_import(struct writer *w, const struct store_import *in, size_t count,
		       struct series_id *out, size_t *failed, char *why)
{
	struct imports all = {.in = in, .count = count, .out = out};
	enum err e = in_transaction(w, run_import, &all, false);

	*failed = all.done;
	for (size_t i = 0; e == ERR_OK && i < count; i++) {
		seqs_put(&w->seqs, out[i], in[i].record_count);
	}
	if (e == ERR_GONE) {
		why_printf(why, "a series of that name is there already");
	} else if (e != ERR_OK) {
		why_printf(why, "the series could not be stored: %s", w->why);
	}
	return e;
}

static int run_keep_policy(struct writer *w, void *arg, enum err *e)
{
	(void)e;
	return writer_put_policy(w, SQL_POLICY_PUT_NAMED, arg);
}

enum err writer_keep_policy(struct writer *w, const struct store_policy *p, char *why)
{
	enum err e = in_transaction(w, run_keep_policy, (void *)(uintptr_t)p, false);

	if (e != ERR_OK) {
		why_printf(why, "the policy could not be stored: %s", w->why);
	}
	return e;
}
