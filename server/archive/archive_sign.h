#ifndef ROKUSHA_ARCHIVE_ARCHIVE_SIGN_H
#define ROKUSHA_ARCHIVE_ARCHIVE_SIGN_H

#include "archive/archive_parts.h"

/* Private to archive/: what signing with a code and signing with a passkey share. */

enum { SLOT_NONE = 255 };

/* What is said, and where. */
struct signing {
	struct asked *q;
	struct held h;
	struct min_change change;
	uint8_t seat; /* whose act */
	enum min_decision decision;
	struct slice note;
	uint8_t
	    slot; /* the note and the decision go there and to the own one; SLOT_NONE: own only */
};

/*
 * The log is there, and who asks is in it. The caller calls signing_end or signing_fini in any
 * case.  ERR_GONE there is no log, or no part in it  ERR_IO
 */
MUST_CHECK enum err signing_begin(struct signing *s, struct asked *q);
/* With ERR_OK: kept, then answered 200. ERR_RULE there was nothing to keep. `e` else. */
MUST_CHECK enum err signing_end(struct signing *s, enum err e);
void signing_fini(struct signing *s);

/* Of the body: decision, note, and the slot it is meant in, which is one of the seat's. */
MUST_CHECK enum err signing_read(struct signing *s);
/* The heads the seat has signed, or has not. */
size_t signing_dues(const struct signing *s, struct min_due out[MIN_DUE_MAX], bool is_signed);
/* Did the client see the very heads that would be signed? */
bool signing_saw(const struct asked *q, const struct min_due *due, size_t count);

/*
 * One act for each head. A reservation is said where it is meant, and in the own slot; the others
 * read that it agrees. Who declines does so everywhere, with the note where it is meant. `like` has
 * its method and what stands in all slots; `about` may be NULL. `out` borrows `other`.
 */
void signing_act(const struct signing *s, const struct min_due *due, const struct min_act *like,
		 const struct min_hash *about, struct min_slot_say other[2], struct min_act *out);

#endif
