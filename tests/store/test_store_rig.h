#ifndef ROKUSHA_TEST_STORE_RIG_H
#define ROKUSHA_TEST_STORE_RIG_H

/* What the store's test programs share: a directory of their own, and answers waited for. */

#include <dirent.h>
#include <errno.h>
#include <semaphore.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/store.h"
#include "store/store_mem.h"

#define UNUSED __attribute__((unused))

/* For the programs without Criterion: say where, and end. */
#define MUST(x)                                                                                    \
	do {                                                                                       \
		if (!(x)) {                                                                        \
			(void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x);              \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

/* Where the directories go. Memory will do where the faults are made up, and is much faster. */
UNUSED static const char *rig_base = "/tmp";

/*
 * A rule of store.h: tested over SQLite and over memory. The file has a static rig, which the
 * suites `sqlite` and `memory` begin each in its way.
 */
#define TEST_BOTH(name)                                                                            \
	static void name(void);                                                                    \
	Test(sqlite, name)                                                                         \
	{                                                                                          \
		name();                                                                            \
	}                                                                                          \
	Test(memory, name)                                                                         \
	{                                                                                          \
		name();                                                                            \
	}                                                                                          \
	static void name(void)

struct rig {
	struct store_mem_disk *disk; /* in its stead there is no file; NULL: SQLite */
	char dir[64];
	char path[96];
	char why[STORE_WHY_BYTES];
	struct store *s;
	sem_t woken; /* posted by every wake */
	sem_t hold;  /* while is_held, the store's thread waits here inside wake */
	sem_t held;
	bool is_held;
};

static void rig_wake(void *arg)
{
	struct rig *r = arg;

	if (r->is_held) {
		r->is_held = false;
		MUST(sem_post(&r->held) == 0);
		while (sem_wait(&r->hold) != 0) {
		}
	}
	MUST(sem_post(&r->woken) == 0);
}

UNUSED static void rig_open(struct rig *r, enum store_mode mode)
{
	enum err e = ERR_OK;

	if (r->disk) {
		r->s = store_mem_open(r->disk);
	} else {
		e = store_open(r->path, mode, &r->s, r->why);
	}
	if (e != ERR_OK) {
		(void)fprintf(stderr, "open: %s\n", r->why);
	}
	MUST(e == ERR_OK);
	if (mode == STORE_WRITE) {
		store_on_done(r->s, rig_wake, r);
	}
}

UNUSED static void rig_close(struct rig *r)
{
	store_close(r->s);
	r->s = NULL;
}

UNUSED static void rig_init(struct rig *r)
{
	*r = (struct rig){.is_held = false};
	(void)snprintf(r->dir, sizeof r->dir, "%s/rokusha-store-XXXXXX", rig_base);
	MUST(mkdtemp(r->dir) != NULL);
	(void)snprintf(r->path, sizeof r->path, "%s/case.db", r->dir);
	MUST(sem_init(&r->woken, 0, 0) == 0 && sem_init(&r->hold, 0, 0) == 0 &&
	     sem_init(&r->held, 0, 0) == 0);
}

UNUSED static void rig_begin(struct rig *r)
{
	rig_init(r);
	MUST(store_create(r->path, r->why) == ERR_OK);
	rig_open(r, STORE_WRITE);
}

UNUSED static void rig_begin_memory(struct rig *r)
{
	rig_init(r);
	r->disk = store_mem_disk_create();
	rig_open(r, STORE_WRITE);
}

UNUSED static void rig_fini(struct rig *r)
{
	DIR *d;

	rig_close(r);
	store_mem_disk_destroy(r->disk);
	d = opendir(r->dir);
	MUST(d != NULL);
	for (struct dirent *f = readdir(d); f; f = readdir(d)) {
		(void)unlinkat(dirfd(d), f->d_name, 0); /* not . and .. */
	}
	(void)closedir(d);
	MUST(rmdir(r->dir) == 0);
	(void)sem_destroy(&r->woken);
	(void)sem_destroy(&r->hold);
	(void)sem_destroy(&r->held);
}

UNUSED static bool rig_has(const struct rig *r, const char *suffix)
{
	char p[128];
	struct stat st;

	(void)snprintf(p, sizeof p, "%s%s", r->path, suffix);
	return stat(p, &st) == 0;
}

UNUSED static void rig_wait(struct rig *r)
{
	while (sem_wait(&r->woken) != 0) {
	}
	store_poll(r->s);
}

/*
 * Until rig_release the store's thread does nothing, so that what is submitted is one group. In
 * memory there is no thread, and nothing is done before the next poll anyway.
 */
static void rig_ignore(void *arg, enum err e, struct store_series *l)
{
	(void)e;
	*(bool *)arg = true;
	store_series_destroy(l);
}

UNUSED static void rig_hold(struct rig *r, bool *was_run)
{
	*was_run = false;
	if (r->disk) {
		return;
	}
	r->is_held = true;
	store_load(r->s, (struct series_id){0}, rig_ignore, was_run);
	while (sem_wait(&r->held) != 0) {
	}
}

UNUSED static void rig_release(struct rig *r)
{
	MUST(r->disk || sem_post(&r->hold) == 0);
}

/* ---- one verb, waited for ---- */

struct answer {
	bool is_there;
	enum store_outcome outcome;
	enum err e;
	struct store_series *loaded;
	struct store_session session;
};

UNUSED static void on_commit(void *arg, enum store_outcome outcome)
{
	struct answer *a = arg;

	MUST(!a->is_there);
	a->outcome = outcome;
	a->is_there = true;
}

UNUSED static void on_load(void *arg, enum err e, struct store_series *l)
{
	struct answer *a = arg;

	a->e = e;
	a->loaded = l;
	a->is_there = true;
}

UNUSED static void on_login(void *arg, enum err e, const struct store_session *session)
{
	struct answer *a = arg;

	MUST((e == ERR_OK) == (session != NULL));
	a->e = e;
	if (session) {
		a->session = *session;
	}
	a->is_there = true;
}

UNUSED static void rig_answered(struct rig *r, const struct answer *a)
{
	while (!a->is_there) {
		rig_wait(r);
	}
}

UNUSED static enum store_outcome rig_commit(struct rig *r, const struct store_batch *b)
{
	struct answer a = {0};

	store_commit(r->s, b, on_commit, &a);
	rig_answered(r, &a);
	return a.outcome;
}

/* ---- things to store ---- */

UNUSED static struct slice text(const char *s)
{
	return slice_of(s);
}

/* The n-th of its client; what it carries follows from n. */
UNUSED static struct record edit(uint64_t client, uint64_t n)
{
	return (struct record){
	    .kind = RECORD_EDIT,
	    .method = METHOD_OWN,
	    .at_ms = 1780000000000 + (int64_t)n,
	    .client = client,
	    .cseq = n,
	    .digest = n * 0x9E3779B97F4A7C15u,
	    .base_ver = n,
	    .ver = n + 1,
	    .actor = 1,
	    .for_seat = 2,
	    .cell = {"plan.work.action.goal", 21},
	    .body = {"{\"c\":[[0,[0,\"\xE5\x83\x8D\xE3\x81\x8F\"]]]}", 24},
	};
}

UNUSED static struct store_batch batch_of(struct series_id series, const struct record *r,
					  size_t count)
{
	return (struct store_batch){.series = series, .record = r, .record_count = count};
}

UNUSED static struct audit joined(uint64_t seats)
{
	return (struct audit){.at_ms = 1780000000000,
			      .seats = seats,
			      .what = {"join", 4},
			      .cells = {"[\"person.name\"]", 15}};
}

UNUSED static struct series_id rig_series(struct rig *r, const char *name)
{
	struct record first = {
	    .kind = RECORD_SERIES, .actor = SEAT_NONE, .for_seat = SEAT_NONE, .body = {"{}", 2}};
	struct store_import in = {.name = text(name), .record = &first, .record_count = 1};
	struct series_id id = {0};

	MUST(store_import_now(r->s, &in, &id, r->why) == ERR_OK);
	MUST(id.n != 0);
	return id;
}

/* ---- looking behind the store's back ---- */

UNUSED static long long sql_number(const struct rig *r, const char *sql)
{
	sqlite3 *h = NULL;
	sqlite3_stmt *st = NULL;
	long long n;

	MUST(sqlite3_open(r->path, &h) == SQLITE_OK);
	MUST(sqlite3_busy_timeout(h, 5000) == SQLITE_OK);
	MUST(sqlite3_prepare_v2(h, sql, -1, &st, NULL) == SQLITE_OK);
	MUST(sqlite3_step(st) == SQLITE_ROW);
	n = sqlite3_column_int64(st, 0);
	(void)sqlite3_finalize(st);
	MUST(sqlite3_close(h) == SQLITE_OK);
	return n;
}

/* Rows of audit, which no verb reads, with that word for what was seen. */
UNUSED static size_t rig_audits(const struct rig *r, struct series_id series, const char *what)
{
	const struct audit *a;
	char sql[160];
	size_t count = 0;
	size_t n = 0;

	if (!r->disk) {
		(void)snprintf(sql, sizeof sql,
			       "SELECT count(*) FROM audit WHERE series = %lld AND what = '%s'",
			       (long long)series.n, what);
		return (size_t)sql_number(r, sql);
	}
	a = store_mem_audit(r->s, series, &count);
	for (size_t i = 0; i < count; i++) {
		n += slice_is(a[i].what, what);
	}
	return n;
}

UNUSED static void sql_do(const struct rig *r, const char *sql)
{
	sqlite3 *h = NULL;

	MUST(sqlite3_open(r->path, &h) == SQLITE_OK);
	MUST(sqlite3_exec(h, sql, NULL, NULL, NULL) == SQLITE_OK);
	MUST(sqlite3_close(h) == SQLITE_OK);
}

#endif
