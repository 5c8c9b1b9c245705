#ifndef ROKUSHA_TEXT_CHANGE_H
#define ROKUSHA_TEXT_CHANGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

/*
 * One change of a text: CodeMirror's ChangeSet. Lengths count UTF-16 units; a line break is one
 * unit, always LF. A change is a list of sections over the old text; see change_section.
 *
 * The list is in the one form CodeMirror itself makes: no section that covers and inserts nothing,
 * and never two neighbours that both keep, both only delete or both only insert. Mapping gives
 * other results for other forms of the same edit (ties go by the length of a section), so a
 * client that held another form would diverge from us.
 *
 * Everything a function returns lives in the arena it was given; arguments are borrowed.
 */
struct change_section {
	uint32_t len;      /* units of the old text this section covers */
	int32_t ins;       /* CHANGE_KEEP, or units inserted in place of the covered ones */
	struct slice text; /* the inserted UTF-8, `ins` units; empty unless ins > 0 */
};

enum { CHANGE_KEEP = -1 };

struct change {
	struct change_section *section;
	uint32_t count;
};

/* Units of the text before and after. */
uint32_t change_len_old(const struct change *c);
uint32_t change_len_new(const struct change *c);
bool change_is_empty(const struct change *c); /* it changes nothing */

/* A copy that needs nothing but `room`: change_bytes(c) bytes, aligned as malloc aligns. */
size_t change_bytes(const struct change *c);
void change_pack(const struct change *c, void *room, struct change *out);

/*
 * Read a ChangeSet from its JSON: `n` keep, `[n]` delete, `[n,"line",...]` replace by lines
 * joined with LF. Stricter than CodeMirror, which takes anything.
 * ERR_PROTO  not that form, a number negative or not whole, a line with LF, CR, NUL or another
 *            control character (TAB is fine), or sections CodeMirror would have joined
 * ERR_LIMIT  more than LIMIT_CHANGE_SECTIONS sections, or a length that does not fit
 */
MUST_CHECK enum err change_from_json(struct arena *mem, const json_t *json, struct change *out);

/*
 * The same from text, without a tree, where it stands in the form most people's typing has: no
 * space, no escape, one line at a place, at most `max` sections. `*rest` moves on behind it; what
 * is inserted is borrowed from there. False: it may be a change all the same, change_from_json can
 * tell; what is taken here is taken there, as the same change.
 */
bool change_read_plain(struct slice *rest, struct change_section *section, uint32_t max,
		       struct change *out);

/* A copy in `mem`, with the words. */
struct change change_dup(struct arena *mem, const struct change *c);

/* The JSON of a change, equal to ChangeSet.toJSON(): as text, and as a tree the caller owns. */
void change_write(struct buf *b, const struct change *c);
json_t *change_to_json(const struct change *c);

/*
 * Apply to a text (valid UTF-8). `out` is the new text.
 * ERR_PROTO  the old length is not the text's, or a boundary lies inside a surrogate pair
 * ERR_LIMIT  the result would be longer than `units_max`
 */
MUST_CHECK enum err change_apply(struct arena *mem, const struct change *c, struct slice text,
				 uint32_t units_max, struct slice *out);

/*
 * Rewrite `a` to apply after `b`, both made against the same text (ChangeSet.map). When both
 * insert at one place, `a` goes first if `before`, else after.
 * ERR_PROTO  the two start from texts of different length
 */
MUST_CHECK enum err change_map(struct arena *mem, const struct change *a, const struct change *b,
			       bool before, struct change *out);

/*
 * The change that does `a`, then `b` (ChangeSet.compose).
 * ERR_PROTO  `b` does not start from the length `a` ends with, or has a boundary inside a
 *            surrogate pair that `a` inserts
 */
MUST_CHECK enum err change_compose(struct arena *mem, const struct change *a,
				   const struct change *b, struct change *out);

/*
 * The change that undoes `c`, which was made against `text` (ChangeSet.invert).
 * ERR_PROTO  as change_apply
 */
MUST_CHECK enum err change_invert(struct arena *mem, const struct change *c, struct slice text,
				  struct change *out);

#endif
