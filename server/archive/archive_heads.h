#ifndef ROKUSHA_ARCHIVE_ARCHIVE_HEADS_H
#define ROKUSHA_ARCHIVE_ARCHIVE_HEADS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "minutes/hash.h"

/*
 * The heads that were given out, as PATH.heads has them: a line each,
 *
 *     ORIGIN SIZE ROOT [SERIES SEQ PARTY,PARTY,…]
 *
 * What is in brackets is said once of a log; lines made before series were known have none of it.
 * SERIES is the wire id of the series' first seat, which every copy of the database has from its
 * beginning; SEQ the seal record's; PARTY the wire ids of who was invited. Any other line, as a
 * crash may leave half of one, says nothing.
 *
 * The file is remembered, the newest head of each log, while it is the one that was read (device,
 * inode, size, time of the last change): the command line may add to it beside the server, so
 * memory alone will not do. Where it only grew, what came is read. Used by one thread at a time.
 *
 * ERR_IO of all: `why` (STORE_WHY_BYTES) says what; also a file with more logs or bytes than
 * can be remembered.
 */
struct heads;

struct heads *heads_create(const char *db); /* borrowed for its life */
void heads_destroy(struct heads *h);        /* accepts NULL */

/* The head of a log that was given out last. */
struct given_head {
	uint64_t size; /* 0: none was */
	struct min_hash root;
};
/* Of what the log is. */
struct head_of {
	struct slice series; /* empty: not known */
	uint64_t seq;
	struct slice parties; /* ids with commas between */
};
struct head_known {
	struct slice origin;
	struct given_head head;
	struct head_of of;
};

/* How many logs there are, by the file as it is now. */
MUST_CHECK enum err heads_read(struct heads *h, size_t *count, char *why);
/* In the order they were given out first. Good until the next call of another function. */
const struct head_known *heads_at(const struct heads *h, size_t i);
/* `*out` is zeroed where nothing was given out of it; good until the next call. */
MUST_CHECK enum err heads_find(struct heads *h, struct slice origin, struct head_known *out,
			       char *why);
/* Durable when it returns. `of` NULL: it is said already. */
MUST_CHECK enum err heads_give(struct heads *h, struct slice origin, const struct given_head *head,
			       const struct head_of *of, char *why);

#endif
