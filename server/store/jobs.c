#include "store/jobs.h"

void jobs_push(struct job_list *l, struct job *j)
{
	j->next = NULL;
	if (l->last) {
		l->last->next = j;
	} else {
		l->first = j;
	}
	l->last = j;
	l->count++;
}

struct job *jobs_take(struct job_list *l)
{
	struct job *j = l->first;

	if (j) {
		l->first = j->next;
		l->last = l->first ? l->last : NULL;
		l->count--;
	}
	return j;
}

enum { PASSED_MAX = 32 };

/* The series of loads that commits behind them go before. */
struct passed {
	struct series_id series[PASSED_MAX];
	size_t count;
};

/* A load must not see what was submitted after it: of its own series nothing goes before it. */
static bool may_pass(const struct passed *p, const struct job *j)
{
	for (size_t i = 0; i < p->count; i++) {
		if (p->series[i].n == j->u.commit.batch->series.n) {
			return false;
		}
	}
	return true;
}

void jobs_take_group(struct job_list *queue, struct job_list *group)
{
	struct passed passed = {.count = 0};
	struct job_list stay = {0};
	bool goes_on = queue->first->kind == JOB_COMMIT;

	jobs_push(group, jobs_take(queue));
	while (goes_on && queue->first && group->count < JOBS_GROUP_MAX) {
		const struct job *j = queue->first;

		if (j->kind == JOB_COMMIT && may_pass(&passed, j)) {
			jobs_push(group, jobs_take(queue));
		} else if (j->kind == JOB_LOAD && passed.count < PASSED_MAX) {
			passed.series[passed.count++] = j->u.load.what.series;
			jobs_push(&stay, jobs_take(queue));
		} else {
			goes_on = false;
		}
	}
	while (queue->first) {
		jobs_push(&stay, jobs_take(queue));
	}
	*queue = stay;
}
