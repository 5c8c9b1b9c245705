#ifndef ROKUSHA_MINUTES_VALUE_H
#define ROKUSHA_MINUTES_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"

/*
 * JSON of the one spelling that a leaf has (schema/minutes.md §1), looked at where it lies: no
 * white space; in strings UTF-8, of controls LF and TAB only, and only \" \\ \n \t escaped; whole
 * numbers below 2^53; names of members of a to z, each once; at most three lists or objects in one
 * another. No null. That it is so is seen by min_string_take and min_value_take. All other
 * functions here take what came of those, or a part of it, and look at nothing twice.
 */
enum { MIN_VALUE_DEPTH = 3 };

/*
 * What begins at `*rest` is taken off it: a string with its quotation marks; any value. False: none
 * of that spelling begins there, and `*rest` is somewhere else.
 */
bool min_string_take(struct slice *rest, struct slice *out);
bool min_value_take(struct slice *rest, struct slice *out);

/* False: it is no string. Borrowed of `v`; where something is escaped, in `mem`. */
bool min_value_text(struct slice v, struct arena *mem, struct slice *out);
/* What a string says that has been taken, without its quotation marks: in place. Its new length. */
size_t min_value_unescape(char *text, size_t len);
/* False: it is no number. */
bool min_value_number(struct slice v, int64_t *out);
/*
 * `out[i]` is the member of that name, {NULL, 0} where there is none. False: it is no object, or
 * has members of other names; those named are in `out` all the same.
 */
bool min_value_members(struct slice v, const char *const *names, size_t count, struct slice *out);

/* What stands in a list, one after the other. */
struct min_items {
	struct slice rest;
};
bool min_items_of(struct slice v, struct min_items *out); /* false: it is no list */
bool min_items_next(struct min_items *i, struct slice *out);

/* ---- eight bytes at once ---- */

#define MIN_EACH UINT64_C(0x0101010101010101)
#define MIN_HIGH (MIN_EACH << 7)

static inline uint64_t min_word(const char *s)
{
	uint64_t w;

	memcpy(&w, s, sizeof w);
	return w;
}

/* Not 0 where one of the eight ends a run: a control character, a quotation mark, a backslash. */
static inline uint64_t min_word_ends(uint64_t w)
{
	uint64_t quote = w ^ MIN_EACH * '"';
	uint64_t slash = w ^ MIN_EACH * '\\';

	return (((w - MIN_EACH * ' ') & ~w) | ((quote - MIN_EACH) & ~quote) |
		((slash - MIN_EACH) & ~slash)) &
	       MIN_HIGH;
}

#endif
