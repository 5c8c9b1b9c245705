#ifndef ROKUSHA_TEXT_BODY_H
#define ROKUSHA_TEXT_BODY_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"
#include "text/change.h"

/*
 * The words of a text, changed where they lie. Changes count in UTF-16 units, the words are UTF-8:
 * marks at every kilobyte or so tell both, so that a place is found without reading from the start
 * and an edit costs the same in a long text as in a short one (but for moving what is behind it).
 */
struct body_mark {
	uint32_t byte, unit;
};

struct body {
	char *text; /* UTF-8; never NULL after body_init */
	size_t bytes;
	uint32_t cap; /* 0: `text` is nobody's, and empty */
	uint32_t units;
	struct body_mark *mark; /* ascending, each between two characters */
	uint32_t mark_count, mark_cap;
};

/* `text` is valid UTF-8 and is copied. */
void body_init(struct body *b, struct slice text);
void body_fini(struct body *b);

/* The byte at which unit `at` begins; SIZE_MAX inside a surrogate pair or behind the end. */
size_t body_offset(const struct body *b, uint32_t at);

/*
 * Would `c` apply, and how many bytes would the text have then? As change_apply:
 * ERR_PROTO  the old length is not the text's, or a boundary lies inside a surrogate pair
 * ERR_LIMIT  the result would be longer than `units_max`
 */
MUST_CHECK enum err body_fits(const struct body *b, const struct change *c, uint32_t units_max,
			      size_t *bytes);

/* Apply `c`, which fits. Its texts do not lie in `b`. */
void body_change(struct body *b, const struct change *c);

#endif
