#ifndef ROKUSHA_ARCHIVE_ARCHIVE_H
#define ROKUSHA_ARCHIVE_ARCHIVE_H

#include <jansson.h>

#include "base/buf.h"
#include "base/ids.h"
#include "policy/schema.h"

/*
 * Signed minutes of all series of a database: a log is made when it is asked for first after the
 * chair has sealed, and from then on what is asked of it is answered, kept first. Synchronous, with
 * connections of its own beside the live server; one thread at a time uses it. Nothing is held in
 * memory between two questions but what browsers were asked to do with passkeys.
 *
 * Beside the database lie two files. PATH.keys: the two seeds the server signs with (0600). Without
 * it nothing can be signed any more. PATH.heads: the newest head of each log that was given out, a
 * line each, on the disk before it leaves. A log that is older than its line, or is not there at
 * all, was lost with an older copy that was restored: nothing is signed in it any more, a new one
 * of its series names the head as its parent.
 */
struct archive;

struct archive_config {
	const char *db;               /* the database; its tables must be up to date */
	const char *url;              /* https://HOST[:PORT], of which origins are made */
	bool offers_passkeys;         /* https://sign.HOST shows the signing page; no PORT, then */
	const struct schema *running; /* what the program runs with; borrowed for its life */
	bool only_reads;              /* for archive_check alone */
	/* Told once, while it is opened, of each log that was given out and is not here; or NULL.
	 */
	void (*lost)(const char *what);
};
/* ERR_IO, ERR_OLD: `why` (STORE_WHY_BYTES) says what. */
MUST_CHECK enum err archive_open(const struct archive_config *config, struct archive **out,
				 char *why);
void archive_close(struct archive *a); /* accepts NULL */

#define ARCHIVE_KINDS(X)                                                                           \
	X(STATUS, "")                                                                              \
	X(LIST, "list")                                                                            \
	X(PREVIEW, "preview")                                                                      \
	X(BUNDLE, "bundle")                                                                        \
	X(CODE, "code")                                                                            \
	X(FORGOT, "forgot")                                                                        \
	X(CONFIRM, "confirm")                                                                      \
	X(SIGN, "sign")                                                                            \
	X(VOUCH, "vouch")                                                                          \
	X(PAPER, "paper")                                                                          \
	X(MARK, "mark")                                                                            \
	X(AMEND, "amend")                                                                          \
	X(ERASE, "erase")                                                                          \
	X(PASSKEY, "passkey")                                                                      \
	X(PASSKEY_MADE, "passkey-made")                                                            \
	X(PASSKEY_END, "passkey-end")                                                              \
	X(DRAFT, "draft")                                                                          \
	X(DRAFT_SIGNED, "draft-signed")                                                            \
	X(HOLD, "hold")

enum archive_kind {
#define X(NAME, TEXT) ARCHIVE_##NAME,
	ARCHIVE_KINDS(X)
#undef X
	    ARCHIVE_KIND_COUNT
};
/* Does it change something? Then it comes as a POST with a body. */
bool archive_kind_writes(enum archive_kind k);

enum { ARCHIVE_OF_CHARS = 32 };

struct archive_ask {
	enum archive_kind kind;
	/* Of which log: the digits its origin ends in; empty: of the last
	   meeting the seat was invited to. */
	char of[ARCHIVE_OF_CHARS + 1];
	struct series_id series;
	uint8_t seat; /* who asks, at its own session */
	int64_t now_ms;
	struct slice body; /* JSON, of a POST */
	bool is_trusted;   /* the operator: no code is asked for */
};

struct archive_answer {
	unsigned status; /* of HTTP */
	struct buf body; /* JSON; the caller's */
	bool is_file;    /* a bundle, to be saved */
	char why[256];   /* for the log of the server; empty: nothing to say */
};

/* Answers, always. `out` is the caller's, zeroed. */
void archive_answer(struct archive *a, const struct archive_ask *ask, struct archive_answer *out);

/*
 * Every log is read and held against itself: leaves, boxes, roots, signatures, the heads that were
 * given out. `each` hears of what is wrong. How many logs there are.  ERR_IO as above
 */
MUST_CHECK enum err archive_check(struct archive *a, void (*each)(void *arg, const char *what),
				  void *arg, size_t *count, char *why);

#endif
