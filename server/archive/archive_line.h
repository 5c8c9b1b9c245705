#ifndef ROKUSHA_ARCHIVE_ARCHIVE_LINE_H
#define ROKUSHA_ARCHIVE_ARCHIVE_LINE_H

#include "archive/archive.h"

/*
 * The archive with a thread of its own, for a server: what is asked waits in a bounded queue and is
 * answered one after the other; answers wait until they are taken. All but the thread is called by
 * one thread, and does not block.
 */
struct archive_line;

/* `wake` is called from the thread whenever there is an answer to be taken.  Errors as archive_open
 */
MUST_CHECK enum err archive_line_create(const struct archive_config *config,
					void (*wake)(void *arg), void *arg,
					struct archive_line **out, char *why);
/* Ends what is being answered; what waits is never answered. Accepts NULL. */
void archive_line_destroy(struct archive_line *l);

/*
 * `token` comes back with the answer. `ask` is copied.
 * ERR_BUSY  too much waits     ERR_LIMIT  too much of this seat does
 */
MUST_CHECK enum err archive_line_ask(struct archive_line *l, const struct archive_ask *ask,
				     void *token);
/* The next answer, which the caller owns; false when there is none. */
bool archive_line_take(struct archive_line *l, void **token, struct archive_answer *out);

#endif
