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

void jobs_take_group(struct job_list *queue, struct job_list *group)
{
	do {
		jobs_push(group, jobs_take(queue));
	} while (group->first->kind == JOB_COMMIT && queue->first &&
		 queue->first->kind == JOB_COMMIT && group->count < JOBS_GROUP_MAX);
}
