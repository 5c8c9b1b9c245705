/* The store on SQLite: its two threads and what goes between them. */
#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/map.h"
#include "base/mem.h"
#include "store/jobs.h"
#include "store/port.h"
#include "store/writer.h"

/*
 * Two threads. The caller's pushes jobs on a queue and, in store_poll, runs what came back. The
 * commit thread owns `writer` and does the jobs in order; commits that stand next to each other
 * share a transaction. `mutex` guards the lists and flags below it, nothing else is shared.
 */

enum { TRY_S = 1 }; /* while nothing can be kept, between two looks whether it can */

struct sqlite_store {
	struct store port;
	enum store_mode mode;
	int lock_fd;
	struct db reader; /* the caller's thread only */
	struct map busy;  /* the same: series -> index in is_busy */
	bool *is_busy;
	size_t busy_count;
	size_t busy_cap;

	struct writer writer; /* the commit thread only, once it runs */
	struct writer_item item[JOBS_GROUP_MAX];
	pthread_t thread;

	pthread_mutex_t mutex;
	pthread_cond_t queued;   /* work or the end, for the commit thread */
	pthread_cond_t imported; /* for the caller of store_import_now */
	struct job_list queue;
	struct job_list finished;
	void (*wake)(void *arg);
	void *wake_arg;
	bool is_closing;
	bool is_stuck;
	bool is_waiting; /* the commit thread, for work */
	bool is_held;    /* see store_hold */
};

static struct sqlite_store *of(struct store *port)
{
	return (struct sqlite_store *)port; /* its first member */
}

static void lock(struct sqlite_store *s)
{
	if (pthread_mutex_lock(&s->mutex) != 0) {
		abort();
	}
}

static void unlock(struct sqlite_store *s)
{
	if (pthread_mutex_unlock(&s->mutex) != 0) {
		abort();
	}
}

/* ---- the commit thread ---- */

static void run_alone(struct sqlite_store *s, struct job *j)
{
	switch (j->kind) {
	case JOB_LOAD:
		j->e = writer_ready(&s->writer)
			   ? db_load(&s->writer.db, &j->u.load.what, &j->u.load.loaded, NULL)
			   : ERR_IO;
		break;
	case JOB_LOGIN:
		j->e = writer_login(&s->writer, j->u.login.link_hash, &j->u.login.session);
		break;
	case JOB_LOGOUT:
		writer_logout(&s->writer, j->u.sid);
		break;
	case JOB_IMPORT:
		j->e = j->u.import.policy
			   ? writer_keep_policy(&s->writer, j->u.import.policy, j->u.import.why)
			   : writer_import(&s->writer, j->u.import.in, j->u.import.count,
					   j->u.import.out, j->u.import.failed, j->u.import.why);
		break;
	case JOB_COMMIT:
		assert(0 && "commits go in groups");
	}
}

static void run_group(struct sqlite_store *s, struct job_list *group)
{
	size_t i = 0;

	for (struct job *j = group->first; j; j = j->next) {
		s->item[i++] = (struct writer_item){.batch = j->u.commit.batch};
	}
	writer_commit(&s->writer, s->item, i);
	i = 0;
	for (struct job *j = group->first; j; j = j->next) {
		j->u.commit.outcome = s->item[i++].outcome;
	}
}

/* Hand results over and wake who polls. Called without the mutex. */
static void deliver(struct sqlite_store *s, struct job_list *group)
{
	bool is_stuck = writer_is_stuck(&s->writer);
	void (*wake)(void *) = NULL;
	void *arg = NULL;
	struct job *j;

	lock(s);
	if (is_stuck != s->is_stuck) {
		s->is_stuck = is_stuck;
		wake = s->wake;
		arg = s->wake_arg;
	}
	while ((j = jobs_take(group))) {
		if (j->kind == JOB_LOGOUT) {
			free(j);
		} else if (j->kind == JOB_IMPORT) {
			j->u.import.is_done = true;
			(void)pthread_cond_broadcast(&s->imported);
		} else {
			jobs_push(&s->finished, j);
			wake = s->wake;
			arg = s->wake_arg;
		}
	}
	unlock(s);
	if (wake) {
		wake(arg);
	}
}

/* Until there is work, or the end; while nothing can be kept no longer than to try again. */
static void wait_for_work(struct sqlite_store *s)
{
	struct timespec until;
	int rc = 0;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += TRY_S;
	while ((!s->queue.first || s->is_held) && !s->is_closing && rc == 0) {
		s->is_waiting = true;
		rc = s->is_stuck ? pthread_cond_timedwait(&s->queued, &s->mutex, &until)
				 : pthread_cond_wait(&s->queued, &s->mutex);
	}
	s->is_waiting = false;
}

static bool has_work(struct sqlite_store *s)
{
	bool has;

	lock(s);
	has = s->queue.first;
	unlock(s);
	return has;
}

static void *commit_thread(void *arg)
{
	struct sqlite_store *s = arg;
	bool has_loaded = false;

	for (;;) {
		struct job_list group = {0};

		lock(s);
		wait_for_work(s);
		if (s->queue.first) {
			jobs_take_group(&s->queue, &group);
		} else if (s->is_closing) {
			unlock(s);
			return NULL;
		}
		unlock(s);
		if (group.first && group.first->kind == JOB_COMMIT) {
			run_group(s, &group);
		} else if (group.first) {
			has_loaded = has_loaded || group.first->kind == JOB_LOAD;
			run_alone(s, group.first);
		}
		deliver(s, &group);
		writer_tidy(&s->writer);
		if (has_loaded && !has_work(s)) {
			writer_forget(&s->writer);
			has_loaded = false;
		}
	}
}

static bool make_locks(struct sqlite_store *s)
{
	pthread_condattr_t steady; /* a clock that is set back must not keep us waiting */
	bool ok;

	if (pthread_condattr_init(&steady) != 0) {
		return false;
	}
	ok = pthread_condattr_setclock(&steady, CLOCK_MONOTONIC) == 0 &&
	     pthread_mutex_init(&s->mutex, NULL) == 0 &&
	     pthread_cond_init(&s->queued, &steady) == 0 &&
	     pthread_cond_init(&s->imported, NULL) == 0;
	(void)pthread_condattr_destroy(&steady);
	return ok;
}

/* Signals belong to the thread that made us: it has the loop. */
static bool start_thread(struct sqlite_store *s)
{
	sigset_t all;
	sigset_t old;
	int rc;

	if (!make_locks(s)) {
		abort();
	}
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&s->thread, NULL, commit_thread, s);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	return rc == 0;
}

/* ---- live verbs ---- */

static bool *busy_flag(struct sqlite_store *s, const struct series_id *series)
{
	struct slice key = {(const char *)&series->n, sizeof series->n};
	uint32_t i = map_get(&s->busy, key);

	if (i == MAP_NONE) {
		i = (uint32_t)s->busy_count;
		mem_room(&s->is_busy, &s->busy_cap, s->busy_count, sizeof *s->is_busy);
		s->is_busy[s->busy_count++] = false;
		map_put(&s->busy, key, i);
	}
	return &s->is_busy[i];
}

static struct job *job_create(const struct sqlite_store *s, enum job_kind kind, void *arg)
{
	struct job *j;

	assert(s->mode == STORE_WRITE);
	j = mem_alloc(sizeof *j);
	j->kind = kind;
	j->arg = arg;
	return j;
}

/* With the mutex. */
static void wake_thread(struct sqlite_store *s)
{
	if (s->is_waiting && s->queue.first && !s->is_held) {
		(void)pthread_cond_signal(&s->queued);
	}
}

static void submit(struct sqlite_store *s, struct job *j)
{
	lock(s);
	jobs_push(&s->queue, j);
	wake_thread(s);
	unlock(s);
}

static void verb_hold(struct store *port, bool is_held)
{
	struct sqlite_store *s = of(port);

	lock(s);
	s->is_held = is_held;
	wake_thread(s);
	unlock(s);
}

static void verb_on_done(struct store *port, void (*wake)(void *arg), void *arg)
{
	struct sqlite_store *s = of(port);

	assert(s->mode == STORE_WRITE);
	lock(s);
	s->wake = wake;
	s->wake_arg = arg;
	unlock(s);
}

static void verb_commit(struct store *port, const struct store_batch *b, store_commit_done *done,
			void *arg)
{
	struct sqlite_store *s = of(port);
	struct job *j = job_create(s, JOB_COMMIT, arg);
	bool *busy = busy_flag(s, &b->series);

	assert(!*busy); /* one per series at a time */
	*busy = true;
	j->u.commit = (struct commit_job){.batch = b, .done = done};
	submit(s, j);
}

static void verb_load(struct store *port, const struct load_what *what, store_load_done *done,
		      void *arg)
{
	struct sqlite_store *s = of(port);
	struct job *j = job_create(s, JOB_LOAD, arg);

	j->u.load = (struct load_job){.what = *what, .done = done};
	submit(s, j);
}

static void verb_login(struct store *port, const uint8_t link_hash[STORE_HASH_BYTES],
		       const struct store_session *draft, store_login_done *done, void *arg)
{
	struct sqlite_store *s = of(port);
	struct job *j = job_create(s, JOB_LOGIN, arg);

	j->u.login = (struct login_job){.session = *draft, .done = done};
	j->u.login.session.ended = false;
	memcpy(j->u.login.link_hash, link_hash, STORE_HASH_BYTES);
	submit(s, j);
}

static void verb_logout(struct store *port, uint64_t sid)
{
	struct sqlite_store *s = of(port);
	struct job *j = job_create(s, JOB_LOGOUT, NULL);

	j->u.sid = sid;
	submit(s, j);
}

static void answer(struct sqlite_store *s, struct job *j)
{
	struct series_id series;

	switch (j->kind) {
	case JOB_COMMIT:
		series = j->u.commit.batch->series; /* `done` may free the batch */
		*busy_flag(s, &series) = false;
		j->u.commit.done(j->arg, j->u.commit.outcome);
		break;
	case JOB_LOAD:
		j->u.load.done(j->arg, j->e, j->u.load.loaded);
		break;
	case JOB_LOGIN:
		j->u.login.done(j->arg, j->e, j->e == ERR_OK ? &j->u.login.session : NULL);
		break;
	case JOB_LOGOUT:
	case JOB_IMPORT:
		assert(0 && "nothing to answer");
	}
}

/* What a `done` submits is answered by a later poll: the loop gets its turn in between. */
static void verb_poll(struct store *port)
{
	struct sqlite_store *s = of(port);
	struct job_list l;
	struct job *j;

	if (s->mode != STORE_WRITE) {
		return;
	}
	lock(s);
	l = s->finished;
	s->finished = (struct job_list){0};
	unlock(s);
	while ((j = jobs_take(&l))) {
		answer(s, j);
		free(j);
	}
}

static bool verb_is_stuck(struct store *port)
{
	struct sqlite_store *s = of(port);
	bool is_stuck = false;

	if (s->mode == STORE_WRITE) {
		lock(s);
		is_stuck = s->is_stuck;
		unlock(s);
	}
	return is_stuck;
}

/* ---- verbs answered at once ---- */

static enum err wait_for(struct sqlite_store *s, struct import_job what)
{
	struct job j = {.kind = JOB_IMPORT};

	assert(s->mode == STORE_WRITE);
	j.u.import = what;
	submit(s, &j);
	lock(s);
	while (!j.u.import.is_done) {
		(void)pthread_cond_wait(&s->imported, &s->mutex);
	}
	unlock(s);
	return j.e;
}

static enum err verb_import_now(struct store *port, const struct store_import *in, size_t count,
				struct series_id *out, size_t *failed, char *why)
{
	return wait_for(of(port),
			(struct import_job){
			    .in = in, .count = count, .out = out, .failed = failed, .why = why});
}

static enum err verb_keep_policy_now(struct store *port, const struct store_policy *policy,
				     char *why)
{
	return wait_for(of(port), (struct import_job){.policy = policy, .why = why});
}

static enum err verb_load_now(struct store *port, struct series_id series,
			      struct store_series **out, char *why)
{
	return db_load(&of(port)->reader, &(struct load_what){.how = LOAD_WHOLE, .series = series},
		       out, why);
}

static enum err verb_derived_now(struct store *port, struct series_id series, struct arena *mem,
				 struct store_derived *out, char *why)
{
	return db_derived(&of(port)->reader, series, mem, out, why);
}

static enum err verb_find_now(struct store *port, struct slice name, struct series_id *out)
{
	return db_find(&of(port)->reader, name, out);
}

static enum err verb_each_now(struct store *port,
			      bool (*each)(void *arg, struct series_id id, struct slice name),
			      void *arg)
{
	return db_each(&of(port)->reader, each, arg);
}

static enum err verb_sessions_now(struct store *port, int64_t now_ms,
				  void (*each)(void *arg, const struct store_session *session),
				  void *arg)
{
	return db_sessions(&of(port)->reader, now_ms, each, arg);
}

static enum err verb_secret_now(struct store *port, uint8_t out[STORE_SECRET_BYTES])
{
	return db_secret(&of(port)->reader, out);
}

static enum err verb_check_now(struct store *port, char *why)
{
	return db_check(&of(port)->reader, why);
}

/* ---- open and close ---- */

static void verb_close(struct store *port)
{
	struct sqlite_store *s = of(port);
	struct job *j;

	db_close(&s->reader); /* first, so that the writer is the last and folds the WAL in */
	if (s->mode == STORE_WRITE) {
		lock(s);
		s->is_closing = true;
		(void)pthread_cond_signal(&s->queued);
		unlock(s);
		(void)pthread_join(s->thread, NULL);
		while ((j = jobs_take(&s->finished))) {
			if (j->kind == JOB_LOAD) {
				store_series_destroy(j->u.load.loaded);
			}
			free(j);
		}
		writer_fini(&s->writer);
		(void)pthread_mutex_destroy(&s->mutex);
		(void)pthread_cond_destroy(&s->queued);
		(void)pthread_cond_destroy(&s->imported);
		(void)close(s->lock_fd);
	}
	map_fini(&s->busy);
	free(s->is_busy);
	free(s);
}

static const struct store_verbs verbs = {
    .close = verb_close,
    .on_done = verb_on_done,
    .poll = verb_poll,
    .is_stuck = verb_is_stuck,
    .commit = verb_commit,
    .hold = verb_hold,
    .load = verb_load,
    .login = verb_login,
    .logout = verb_logout,
    .import_now = verb_import_now,
    .keep_policy_now = verb_keep_policy_now,
    .load_now = verb_load_now,
    .derived_now = verb_derived_now,
    .find_now = verb_find_now,
    .each_now = verb_each_now,
    .sessions_now = verb_sessions_now,
    .secret_now = verb_secret_now,
    .check_now = verb_check_now,
};

static bool is_file(const char *path, char *why)
{
	struct stat st;

	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode)) {
		why_printf(why, "there is no database at %s", path);
		return false;
	}
	return true;
}

/* The reader looks first: what is not ours, or newer, is never opened for writing. */
static enum err open_both(struct sqlite_store *s, const char *path, char *why)
{
	int version = 0;
	enum err e = db_open(&s->reader, path, DB_READER, why);

	if (e == ERR_OK) {
		e = db_version(&s->reader, DB_NEWEST, &version, why);
	}
	if (e == ERR_OK && s->mode == STORE_READ && version < DB_NEWEST) {
		why_printf(why, "%s is of an older version: start the server once", path);
		e = ERR_OLD;
	}
	if (e == ERR_OK && s->mode == STORE_WRITE) {
		e = writer_init(&s->writer, path, version, why);
	}
	if (e == ERR_OK) {
		e = db_prepare(&s->reader, why);
	}
	return e;
}

enum err store_open(const char *path, enum store_mode mode, struct store **out, char *why)
{
	struct sqlite_store *s;
	enum err e = ERR_OK;

	if (!is_file(path, why)) {
		return ERR_IO;
	}
	s = mem_alloc(sizeof *s);
	s->port.verb = &verbs;
	s->mode = mode;
	s->lock_fd = -1;
	if (mode == STORE_WRITE) {
		e = db_lock(path, &s->lock_fd, why);
	}
	if (e == ERR_OK) {
		e = open_both(s, path, why);
	}
	if (e == ERR_OK && mode == STORE_WRITE && !start_thread(s)) {
		why_printf(why, "no thread can be started");
		e = ERR_IO;
	}
	if (e != ERR_OK) {
		db_close(&s->reader);
		writer_fini(&s->writer);
		if (s->lock_fd >= 0) {
			(void)close(s->lock_fd);
		}
		free(s);
		return e;
	}
	*out = &s->port;
	return ERR_OK;
}
