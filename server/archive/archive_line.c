#include "archive/archive_line.h"

#include <assert.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"

struct job {
	struct archive_ask ask;
	struct archive_answer answer;
	void *token;
	bool is_there; /* waits, is being answered, or is answered */
	bool is_done;
	uint64_t nth; /* in the order they came */
};

struct archive_line {
	struct archive *archive;
	void (*wake)(void *arg);
	void *arg;
	pthread_t thread;
	pthread_mutex_t mutex; /* of all below */
	pthread_cond_t asked;
	struct job job[LIMIT_MINUTES_WAITING];
	uint64_t count;
	bool is_over;
};

static void lock(struct archive_line *l)
{
	int rc = pthread_mutex_lock(&l->mutex);

	assert(rc == 0);
	(void)rc;
}

static void unlock(struct archive_line *l)
{
	int rc = pthread_mutex_unlock(&l->mutex);

	assert(rc == 0);
	(void)rc;
}

/* The one that came first of those that are done, or are not. */
static struct job *first(struct archive_line *l, bool is_done)
{
	struct job *found = NULL;

	for (size_t i = 0; i < LIMIT_MINUTES_WAITING; i++) {
		struct job *j = &l->job[i];

		if (j->is_there && j->is_done == is_done && (!found || j->nth < found->nth)) {
			found = j;
		}
	}
	return found;
}

/* A code was in it. */
static void forget_body(struct job *j)
{
	if (j->ask.body.ptr) {
		sodium_memzero((char *)(uintptr_t)j->ask.body.ptr, j->ask.body.len);
		free((char *)(uintptr_t)j->ask.body.ptr);
	}
	j->ask.body = (struct slice){0};
}

static void *work(void *arg)
{
	struct archive_line *l = arg;

	lock(l);
	for (;;) {
		struct job *j = first(l, false);

		if (l->is_over) {
			break;
		}
		if (!j) {
			(void)pthread_cond_wait(&l->asked, &l->mutex);
			continue;
		}
		unlock(l);
		archive_answer(l->archive, &j->ask, &j->answer);
		lock(l);
		forget_body(j);
		j->is_done = true;
		l->wake(l->arg);
	}
	unlock(l);
	return NULL;
}

enum err archive_line_create(const struct archive_config *config, void (*wake)(void *arg),
			     void *arg, struct archive_line **out, char *why)
{
	struct archive_line *l;
	struct archive *archive;
	enum err e = archive_open(config, &archive, why);

	if (e != ERR_OK) {
		return e;
	}
	l = mem_alloc(sizeof *l);
	l->archive = archive;
	l->wake = wake;
	l->arg = arg;
	if (pthread_mutex_init(&l->mutex, NULL) != 0 || pthread_cond_init(&l->asked, NULL) != 0 ||
	    pthread_create(&l->thread, NULL, work, l) != 0) {
		archive_close(archive);
		free(l);
		return ERR_IO;
	}
	*out = l;
	return ERR_OK;
}

void archive_line_destroy(struct archive_line *l)
{
	if (!l) {
		return;
	}
	lock(l);
	l->is_over = true;
	(void)pthread_cond_signal(&l->asked);
	unlock(l);
	(void)pthread_join(l->thread, NULL);
	for (size_t i = 0; i < LIMIT_MINUTES_WAITING; i++) {
		forget_body(&l->job[i]);
		buf_fini(&l->job[i].answer.body);
	}
	archive_close(l->archive);
	(void)pthread_cond_destroy(&l->asked);
	(void)pthread_mutex_destroy(&l->mutex);
	free(l);
}

enum err archive_line_ask(struct archive_line *l, const struct archive_ask *ask, void *token)
{
	struct job *free_one = NULL;
	size_t of_seat = 0;
	enum err e = ERR_OK;

	lock(l);
	for (size_t i = 0; i < LIMIT_MINUTES_WAITING; i++) {
		struct job *j = &l->job[i];

		if (!j->is_there) {
			free_one = free_one ? free_one : j;
		} else if (j->ask.series.n == ask->series.n && j->ask.seat == ask->seat) {
			of_seat++;
		}
	}
	if (of_seat >= LIMIT_MINUTES_OF_SEAT) {
		e = ERR_LIMIT;
	} else if (!free_one) {
		e = ERR_BUSY;
	} else {
		*free_one =
		    (struct job){.ask = *ask, .token = token, .is_there = true, .nth = ++l->count};
		free_one->ask.body.ptr = ask->body.len ? mem_dup(ask->body) : NULL;
		(void)pthread_cond_signal(&l->asked);
	}
	unlock(l);
	return e;
}

bool archive_line_take(struct archive_line *l, void **token, struct archive_answer *out)
{
	struct job *j;

	lock(l);
	j = first(l, true);
	if (j) {
		*token = j->token;
		*out = j->answer;
		*j = (struct job){0};
	}
	unlock(l);
	return j != NULL;
}
