#ifndef ROKUSHA_TEXT_DOC_H
#define ROKUSHA_TEXT_DOC_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"
#include "text/body.h"
#include "text/change.h"

/*
 * One text with its recent history. `ver` counts accepted changes from a random start. The
 * oldest version a change can still be based on is the fence; history in memory is the window
 * [fence, ver]. The struct owns its text and history; zero-initialise through doc_init.
 */
struct doc_step {
	uint64_t client;  /* the editor instance that made it */
	uint8_t actor;    /* seat index whose session, and */
	uint8_t for_seat; /* whose act it was */
	struct change change;
	void *mem; /* owns the sections and their text */
};

struct doc {
	struct body body;
	uint64_t ver;
	uint64_t fence;
	struct doc_step *step; /* ring; step i made version fence+i+1 of fence+i */
	uint32_t step_first;
	uint32_t step_cap;
	uint32_t step_bytes; /* what the steps' `mem` add up to */
};

void doc_init(struct doc *d, struct slice text, uint64_t ver);
void doc_fini(struct doc *d);
struct slice doc_text(const struct doc *d); /* until the next doc_accept */

/* The accepted change that led from `ver` to `ver + 1`; fence <= ver < d->ver. Borrowed. */
const struct doc_step *doc_step_at(const struct doc *d, uint64_t ver);

/*
 * Rebase `count` changes made at version `base` over everything accepted since, one accepted
 * change at a time (composing them first diverges), and check that they apply. Nothing changes in
 * `d`. What `out` (room for `count`) points to lives in `mem`; `bytes` is the length of the text
 * after them. Both are set only when the result is OK.
 *
 * Boundaries inside a surrogate pair are looked for in the text as it is now. A change that cut a
 * pair of its base passes only if that pair has been deleted since: then the cut is gone from the
 * mapped change too, and its sender, who maps the deletion over the cut, ends at the same text.
 * ERR_OLD    base < fence, or so much was accepted since that mapping is too much work
 * ERR_PROTO  base > ver, or the changes do not fit the text
 * ERR_LIMIT  the text would get longer than `units_max`
 */
MUST_CHECK enum err doc_rebase(struct arena *mem, const struct doc *d, uint64_t base,
			       const struct change *in, uint32_t count, uint32_t units_max,
			       struct change *out, size_t *bytes);

/*
 * Take what doc_rebase returned: history, version and text move on. When more than
 * LIMIT_TEXT_HISTORY changes, or too many bytes of them, are held the fence moves.
 */
void doc_accept(struct doc *d, uint64_t client, uint8_t actor, uint8_t for_seat,
		const struct change *changes, uint32_t count);

/*
 * `changes`, which led on from version `from`, are in the text already; they are remembered, so
 * that others can be mapped over them. Up to doc_settle the version is that of the last one. What
 * does not follow on the one before begins anew.
 * ERR_PROTO  a length of the text between them does not fit
 */
MUST_CHECK enum err doc_remember(struct doc *d, uint64_t client, uint8_t actor, uint8_t for_seat,
				 const struct change *changes, uint32_t count, uint64_t from);
/*
 * The text is that of version `ver`. Changes that do not lead up to it are forgotten.
 * ERR_PROTO  they lead beyond it, or to a text of another length
 */
MUST_CHECK enum err doc_settle(struct doc *d, uint64_t ver);

/* Forget history: the fence becomes the present version. */
void doc_raise_fence(struct doc *d);

#endif
