/* Which commits share a transaction: loads between them do not part them, but keep their place. */

#include <criterion/criterion.h>

#include "store/jobs.h"

static struct job job[8];
static struct store_batch batch[8];
static struct job_list queue;

static void put(size_t i, enum job_kind kind, int64_t series)
{
	job[i] = (struct job){.kind = kind};
	if (kind == JOB_COMMIT) {
		batch[i].series.n = series;
		job[i].u.commit.batch = &batch[i];
	} else if (kind == JOB_LOAD) {
		job[i].u.load.what.series.n = series;
	}
	jobs_push(&queue, &job[i]);
}

/* The jobs of the next group, by their numbers; -1 at the end. */
static void next_is(const int *wanted)
{
	struct job_list group = {0};
	size_t count = queue.count;
	struct job *j;

	jobs_take_group(&queue, &group);
	cr_assert_eq(queue.count + group.count, count);
	for (; (j = jobs_take(&group)); wanted++) {
		cr_assert_eq(j - job, *wanted);
	}
	cr_assert_eq(*wanted, -1);
}

Test(jobs, commits_go_before_loads_of_others)
{
	put(0, JOB_COMMIT, 1);
	put(1, JOB_LOAD, 2);
	put(2, JOB_COMMIT, 3);
	put(3, JOB_LOAD, 1);
	put(4, JOB_COMMIT, 4);
	next_is((int[]){0, 2, 4, -1});
	next_is((int[]){1, -1});
	next_is((int[]){3, -1});
	cr_assert(!queue.first && !queue.last);
}

Test(jobs, never_before_one_of_their_own)
{
	put(0, JOB_COMMIT, 1);
	put(1, JOB_LOAD, 2);
	put(2, JOB_COMMIT, 2);
	put(3, JOB_COMMIT, 3);
	next_is((int[]){0, -1});
	next_is((int[]){1, -1});
	next_is((int[]){2, 3, -1});
}

Test(jobs, nor_before_anything_else)
{
	put(0, JOB_COMMIT, 1);
	put(1, JOB_LOGOUT, 0);
	put(2, JOB_COMMIT, 2);
	next_is((int[]){0, -1});
	next_is((int[]){1, -1});
	next_is((int[]){2, -1});
}

Test(jobs, a_load_waits_for_one_group_only)
{
	put(0, JOB_COMMIT, 1);
	put(1, JOB_LOAD, 2);
	next_is((int[]){0, -1});
	put(2, JOB_COMMIT, 1);
	next_is((int[]){1, -1});
	next_is((int[]){2, -1});
}
