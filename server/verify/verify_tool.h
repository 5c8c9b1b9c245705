#ifndef ROKUSHA_VERIFY_VERIFY_TOOL_H
#define ROKUSHA_VERIFY_VERIFY_TOOL_H

#include "base/buf.h"
#include "minutes/verify.h"

/* The parts of rokusha-verify. */

/* Keys of servers that are trusted. */
struct trust {
	uint8_t (*key)[MIN_KEY_TYPED];
	size_t count;
	bool any; /* no list was given: the bundle's own key is taken, and that is said */
};
/* false: `why` says what is wrong, in Japanese */
bool trust_read(const char *path, struct trust *out, struct buf *why);
void trust_fini(struct trust *t);

/* A bundle in memory, and what it tells. */
struct bundle {
	const char *path;
	struct buf bytes;
	struct min_report report;
};
bool bundle_read(const char *path, struct bundle *out, struct buf *why);
/* `erased` as in min_params, or NULL. */
void bundle_verify(struct bundle *b, const struct trust *t, const struct map *erased);
/* The cells and other leaves that can be read, by a second pass. */
void bundle_fields(const struct bundle *b, const struct trust *t,
		   void (*field)(void *arg, const struct min_field *f), void *arg);
void bundle_fini(struct bundle *b);
/* Every leaf that `b` says was erased, as min_params wants it. The map is the caller's. */
void bundle_erased(const struct bundle *b, struct map *out);
/* Copy `old` with the text of every leaf in `erased` taken out. */
void bundle_prune(struct slice old, const struct map *erased, struct buf *out);

/* Where two logs part. */
enum fork_kind { FORK_NONE, FORK_PARTED, FORK_NAMED, FORK_OTHER_LOG };
struct fork {
	enum fork_kind kind; /* NAMED: one goes on from a head of the other, and it is that head */
	uint64_t at;         /* the first entry that is another */
};
struct fork fork_of(const struct min_report *one, const struct min_report *two);
/* A signed head as a note of C2SP: what shows a fork to somebody else. */
void head_note(const struct min_report *r, struct buf *out);

/* What is said, appended. */
void say_report(const struct bundle *b, const struct trust *t, struct buf *out);
void say_fork(const struct bundle *one, const struct bundle *two, const struct fork *f,
	      struct buf *out);
void say_time(uint64_t unix_s, struct buf *out); /* of Japan */
/* What a party is called, or its id. */
void say_name(const struct min_report *r, struct slice id, struct buf *out);
void json_report(const struct bundle *b, const struct trust *t, struct buf *out);

/* Files to check by hand, into a new folder. false: `why` */
bool extract(const struct bundle *b, const struct trust *t, const char *dir, struct buf *why);
/* A new file of the owner's, never over one that is there. */
bool write_new(const char *dir, const char *name, struct slice bytes, struct buf *why);

#endif
