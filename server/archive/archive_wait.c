/* What a browser was asked to do with a passkey and has not done yet: one thing a seat, for a
 * while. */
#include <stdlib.h>

#include "archive/archive_wait.h"
#include "base/mem.h"

void wait_free(struct wait *w)
{
	if (!w) {
		return;
	}
	for (size_t i = 0; i < w->count; i++) {
		min_draft_free(w->draft[i]);
	}
	buf_fini(&w->origin);
	free(w);
}

void waits_fini(struct waits *all)
{
	for (size_t i = 0; i < LIMIT_PASSKEYS_WAITING; i++) {
		wait_free(all->wait[i]);
		all->wait[i] = NULL;
	}
}

static bool is_of(const struct wait *w, const struct archive_ask *ask)
{
	return w && w->series.n == ask->series.n && w->seat == ask->seat;
}

void waits_put(struct waits *all, const struct archive_ask *ask, struct wait *w)
{
	size_t at = 0;

	w->series = ask->series;
	w->seat = ask->seat;
	w->until_ms = ask->now_ms + WAIT_FOR_BROWSER_MS;
	w->nth = ++all->count;
	for (size_t i = 0; i < LIMIT_PASSKEYS_WAITING; i++) {
		if (is_of(all->wait[i], ask)) {
			at = i;
			break;
		}
		if (all->wait[at] && (!all->wait[i] || all->wait[i]->nth < all->wait[at]->nth)) {
			at = i;
		}
	}
	wait_free(all->wait[at]);
	all->wait[at] = w;
}

struct wait *waits_take(struct waits *all, const struct archive_ask *ask, bool is_enrolment)
{
	for (size_t i = 0; i < LIMIT_PASSKEYS_WAITING; i++) {
		struct wait *w = all->wait[i];

		if (!is_of(w, ask)) {
			continue;
		}
		all->wait[i] = NULL;
		if (w->is_enrolment == is_enrolment && ask->now_ms < w->until_ms) {
			return w;
		}
		wait_free(w);
	}
	return NULL;
}
