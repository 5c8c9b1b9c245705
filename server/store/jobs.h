#ifndef ROKUSHA_STORE_JOBS_H
#define ROKUSHA_STORE_JOBS_H

#include "store/port.h"

/* Private to the store: what is asked of the commit thread, and the lists it waits in. */

enum { JOBS_GROUP_MAX = 1024 };

enum job_kind { JOB_COMMIT, JOB_LOAD, JOB_LOGIN, JOB_LOGOUT, JOB_IMPORT };

struct commit_job {
	const struct store_batch *batch;
	store_commit_done *done;
	enum store_outcome outcome;
};

struct load_job {
	struct load_what what;
	store_load_done *done;
	struct store_series *loaded; /* owned until handed to `done` */
};

struct login_job {
	uint8_t link_hash[STORE_HASH_BYTES];
	struct store_session session;
	store_login_done *done;
};

/* The caller waits for it, so it lies on the caller's stack. A series, or a policy alone. */
struct import_job {
	const struct store_import *in;
	const struct store_policy *policy;
	size_t count;
	struct series_id *out;
	size_t *failed;
	char *why;
	bool is_done;
};

struct job {
	struct job *next;
	enum job_kind kind;
	enum err e;
	void *arg;
	union {
		struct commit_job commit;
		struct load_job load;
		struct login_job login;
		struct import_job import;
		uint64_t sid;
	} u;
};

struct job_list {
	struct job *first;
	struct job *last;
	size_t count;
};

void jobs_push(struct job_list *l, struct job *j);
/* The first, or NULL. */
struct job *jobs_take(struct job_list *l);
/*
 * Commits up to the first other job, or that one job; `queue` is not empty. Loads between them stay
 * behind, so that rooms that are loaded, and clients that are asked for, do not part the commits of
 * others; a commit of their own series does not go before them.
 */
void jobs_take_group(struct job_list *queue, struct job_list *group);

#endif
