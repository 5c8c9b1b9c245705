#include "store/store_mem.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "store/mem_disk.h"

enum job_kind { JOB_COMMIT, JOB_LOAD, JOB_LOGIN, JOB_LOGOUT };

struct job {
	struct job *next;
	uint64_t number; /* in the order of submission */
	enum job_kind kind;
	enum err e;
	void *arg;

	const struct store_batch *batch; /* COMMIT: borrowed until it is answered */
	enum store_outcome outcome;
	store_commit_done *committed;

	struct series_id series;     /* COMMIT */
	struct load_what what;       /* LOAD */
	struct store_series *loaded; /* owned until handed to its `done` */
	store_load_done *on_load;

	uint8_t link_hash[STORE_HASH_BYTES];
	struct store_session session; /* LOGOUT: its sid */
	store_login_done *on_login;
};

struct job_list {
	struct job *first;
	struct job *last;
};

/* What goes wrong when `left` more of its kind have run. */
struct fault {
	size_t left;
	enum store_mem_fault how;
};

struct fault_list {
	struct fault *fault;
	size_t count, cap;
};

struct mem_store {
	struct store port;
	struct store_mem_disk *disk;
	bool owns_disk;
	struct job_list queue; /* submitted */
	struct job_list ran;   /* to be answered */
	uint64_t job_count;
	bool is_stuck;
	struct fault_list commit_faults, load_faults;
	void (*wake)(void *arg);
	void *wake_arg;
};

static struct mem_store *of(struct store *port)
{
	return (struct mem_store *)port; /* its first member */
}

/* ---- lists ---- */

static void list_push(struct job_list *l, struct job *j)
{
	j->next = NULL;
	if (l->last) {
		l->last->next = j;
	} else {
		l->first = j;
	}
	l->last = j;
}

static struct job *list_take(struct job_list *l)
{
	struct job *j = l->first;

	if (j) {
		l->first = j->next;
		l->last = l->first ? l->last : NULL;
	}
	return j;
}

static void fault_add(struct fault_list *l, size_t n, enum store_mem_fault how)
{
	assert(n >= 1);
	mem_room(&l->fault, &l->cap, l->count, sizeof *l->fault);
	l->fault[l->count++] = (struct fault){.left = n, .how = how};
}

/* One more has run; true when it was to fail. */
static bool fault_take(struct fault_list *l, enum store_mem_fault *how)
{
	bool found = false;
	size_t kept = 0;

	for (size_t i = 0; i < l->count; i++) {
		struct fault f = l->fault[i];

		f.left--;
		if (f.left > 0) {
			l->fault[kept++] = f;
		} else {
			*how = f.how;
			found = true;
		}
	}
	l->count = kept;
	return found;
}

/* ---- running what was submitted ---- */

static enum store_outcome run_commit(struct mem_store *s, const struct store_batch *b)
{
	enum store_mem_fault how = STORE_MEM_SAVED;
	bool fails = fault_take(&s->commit_faults, &how);

	if (fails && how != STORE_MEM_SAVED) {
		return how == STORE_MEM_REFUSED ? STORE_NOT_KEPT : STORE_UNKNOWN;
	}
	if ((s->is_stuck && b->record_count > 0) || !mem_disk_commit(s->disk, b)) {
		return STORE_NOT_KEPT;
	}
	return fails ? STORE_UNKNOWN : STORE_KEPT;
}

static void run(struct mem_store *s, struct job *j)
{
	enum store_mem_fault how;

	switch (j->kind) {
	case JOB_COMMIT:
		j->outcome = run_commit(s, j->batch);
		break;
	case JOB_LOAD:
		j->e = fault_take(&s->load_faults, &how)
			   ? ERR_IO
			   : mem_disk_load(s->disk, &j->what, &j->loaded, NULL);
		break;
	case JOB_LOGIN:
		j->e = mem_disk_login(s->disk, j->link_hash, &j->session);
		break;
	case JOB_LOGOUT:
		mem_disk_logout(s->disk, j->session.sid);
		break;
	}
}

static void run_all(struct mem_store *s)
{
	struct job *j;

	while ((j = list_take(&s->queue))) {
		run(s, j);
		list_push(&s->ran, j);
	}
}

static void answer(const struct job *j)
{
	switch (j->kind) {
	case JOB_COMMIT:
		j->committed(j->arg, j->outcome);
		break;
	case JOB_LOAD:
		j->on_load(j->arg, j->e, j->loaded);
		break;
	case JOB_LOGIN:
		j->on_login(j->arg, j->e, j->e == ERR_OK ? &j->session : NULL);
		break;
	case JOB_LOGOUT:
		break;
	}
}

/* What a `done` submits has a higher number, and may have run already: it waits for a later poll.
 */
static void verb_poll(struct store *port)
{
	struct mem_store *s = of(port);
	uint64_t upto = s->job_count;

	run_all(s);
	while (s->ran.first && s->ran.first->number <= upto) {
		struct job *j = list_take(&s->ran);

		answer(j);
		free(j);
	}
}

/* ---- live verbs ---- */

static bool is_busy(const struct job_list *l, struct series_id series)
{
	for (const struct job *j = l->first; j; j = j->next) {
		if (j->kind == JOB_COMMIT && j->series.n == series.n) {
			return true;
		}
	}
	return false;
}

static struct job *job_create(enum job_kind kind, void *arg)
{
	struct job *j = mem_alloc(sizeof *j);

	j->kind = kind;
	j->arg = arg;
	return j;
}

static void submit(struct mem_store *s, struct job *j)
{
	j->number = ++s->job_count;
	list_push(&s->queue, j);
	if (s->wake) {
		s->wake(s->wake_arg);
	}
}

static void verb_on_done(struct store *port, void (*wake)(void *arg), void *arg)
{
	struct mem_store *s = of(port);

	s->wake = wake;
	s->wake_arg = arg;
}

static void verb_commit(struct store *port, const struct store_batch *b, store_commit_done *done,
			void *arg)
{
	struct mem_store *s = of(port);
	struct job *j = job_create(JOB_COMMIT, arg);

	assert(!is_busy(&s->queue, b->series) && !is_busy(&s->ran, b->series));
	j->batch = b;
	j->series = b->series;
	j->committed = done;
	submit(s, j);
}

/* The same thread does all of it, when it is polled. */
static void verb_hold(struct store *port, bool is_held)
{
	(void)port;
	(void)is_held;
}

static void verb_load(struct store *port, const struct load_what *what, store_load_done *done,
		      void *arg)
{
	struct job *j = job_create(JOB_LOAD, arg);

	j->what = *what;
	j->on_load = done;
	submit(of(port), j);
}

static void verb_login(struct store *port, const uint8_t link_hash[STORE_HASH_BYTES],
		       const struct store_session *draft, store_login_done *done, void *arg)
{
	struct job *j = job_create(JOB_LOGIN, arg);

	j->session = *draft;
	j->session.ended = false;
	j->on_login = done;
	memcpy(j->link_hash, link_hash, STORE_HASH_BYTES);
	submit(of(port), j);
}

static void verb_logout(struct store *port, uint64_t sid)
{
	struct job *j = job_create(JOB_LOGOUT, NULL);

	j->session.sid = sid;
	submit(of(port), j);
}

/* ---- verbs answered at once ---- */

static enum err verb_import_now(struct store *port, const struct store_import *in, size_t count,
				struct series_id *out, size_t *failed, char *why)
{
	struct mem_store *s = of(port);

	run_all(s); /* it has its place in the order */
	return mem_disk_import(s->disk, in, count, out, failed, why);
}

static enum err verb_keep_policy_now(struct store *port, const struct store_policy *policy,
				     char *why)
{
	struct mem_store *s = of(port);

	(void)why;
	run_all(s);
	mem_disk_keep_policy(s->disk, policy);
	return ERR_OK;
}

static enum err verb_load_now(struct store *port, struct series_id series,
			      struct store_series **out, char *why)
{
	return mem_disk_load(of(port)->disk,
			     &(struct load_what){.how = LOAD_WHOLE, .series = series}, out, why);
}

static enum err verb_derived_now(struct store *port, struct series_id series, struct arena *mem,
				 struct store_derived *out, char *why)
{
	const struct mem_series *m = mem_disk_series(of(port)->disk, series);

	if (!m || !m->has_now) {
		why_printf(why, "nothing was derived of series %lld", (long long)series.n);
		return ERR_GONE;
	}
	out->seq = m->now_seq;
	out->count = m->now_count;
	out->cell = arena_alloc(mem, m->now_count * sizeof *out->cell);
	for (size_t i = 0; i < m->now_count; i++) {
		out->cell[i].cell = arena_dup(mem, m->now[i].cell);
		out->cell[i].ver = m->now[i].ver;
		out->cell[i].value = arena_dup(mem, m->now[i].value);
	}
	return ERR_OK;
}

static enum err verb_find_now(struct store *port, struct slice name, struct series_id *out)
{
	const struct store_mem_disk *d = of(port)->disk;

	for (size_t i = 0; i < d->series_count; i++) {
		if (slice_eq(d->series[i]->name, name)) {
			out->n = (int64_t)i + 1;
			return ERR_OK;
		}
	}
	return ERR_GONE;
}

/* Those there were at the call: a callback may import. */
static enum err verb_each_now(struct store *port,
			      bool (*each)(void *arg, struct series_id id, struct slice name),
			      void *arg)
{
	const struct store_mem_disk *d = of(port)->disk;
	size_t count = d->series_count;

	for (size_t i = 0; i < count; i++) {
		if (!each(arg, (struct series_id){(int64_t)i + 1}, d->series[i]->name)) {
			break;
		}
	}
	return ERR_OK;
}

/* By created_ms and sid, and a sid in a table has a sign. */
static int compare_sessions(const void *a, const void *b)
{
	const struct store_session *x = a;
	const struct store_session *y = b;
	int64_t p = (int64_t)x->sid;
	int64_t q = (int64_t)y->sid;

	if (x->created_ms != y->created_ms) {
		return x->created_ms < y->created_ms ? -1 : 1;
	}
	return (p > q) - (p < q);
}

static enum err verb_sessions_now(struct store *port, int64_t now_ms,
				  void (*each)(void *arg, const struct store_session *session),
				  void *arg)
{
	const struct store_mem_disk *d = of(port)->disk;
	struct store_session *row = mem_alloc(d->session_count * sizeof *row);
	size_t count = 0;

	for (size_t i = 0; i < d->session_count; i++) {
		if (!d->session[i].ended && d->session[i].expires_ms > now_ms) {
			row[count++] = d->session[i];
		}
	}
	qsort(row, count, sizeof *row, compare_sessions);
	for (size_t i = 0; i < count; i++) {
		each(arg, &row[i]);
	}
	free(row);
	return ERR_OK;
}

/* A disk for tests: its secret is the same every time. */
static enum err verb_secret_now(struct store *port, uint8_t out[STORE_SECRET_BYTES])
{
	(void)port;
	memset(out, 1, STORE_SECRET_BYTES);
	return ERR_OK;
}

static enum err verb_check_now(struct store *port, char *why)
{
	(void)port;
	(void)why;
	return ERR_OK; /* nothing here can be damaged */
}

/* ---- open and close ---- */

static void verb_close(struct store *port)
{
	struct mem_store *s = of(port);
	struct job *j;

	run_all(s);
	while ((j = list_take(&s->ran))) {
		store_series_destroy(j->loaded);
		free(j);
	}
	s->disk->is_open = false;
	if (s->owns_disk) {
		store_mem_disk_destroy(s->disk);
	}
	free(s->commit_faults.fault);
	free(s->load_faults.fault);
	free(s);
}

static bool verb_is_stuck(struct store *port)
{
	return of(port)->is_stuck;
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

struct store *store_mem_open(struct store_mem_disk *disk)
{
	struct mem_store *s = mem_alloc(sizeof *s);

	s->port.verb = &verbs;
	s->owns_disk = disk == NULL;
	s->disk = disk ? disk : store_mem_disk_create();
	assert(!s->disk->is_open);
	s->disk->is_open = true;
	return &s->port;
}

/* ---- for tests ---- */

void store_mem_fail_commit(struct store *s, size_t n, enum store_mem_fault fault)
{
	fault_add(&of(s)->commit_faults, n, fault);
}

void store_mem_fail_load(struct store *s, size_t n)
{
	fault_add(&of(s)->load_faults, n, STORE_MEM_LOST);
}

void store_mem_stick(struct store *s, bool on)
{
	of(s)->is_stuck = on;
}

const struct store_batch *store_mem_next(const struct store *s)
{
	const struct mem_store *m = (const struct mem_store *)s;

	for (const struct job *j = m->queue.first; j; j = j->next) {
		if (j->kind == JOB_COMMIT) {
			return j->batch;
		}
	}
	return NULL;
}

const struct audit *store_mem_audit(const struct store *s, struct series_id series, size_t *count)
{
	const struct mem_store *m = (const struct mem_store *)s;
	const struct mem_series *found = mem_disk_series(m->disk, series);

	*count = found ? found->audit_count : 0;
	return found ? found->audit : NULL;
}
