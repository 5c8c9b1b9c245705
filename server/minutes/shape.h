#ifndef ROKUSHA_MINUTES_SHAPE_H
#define ROKUSHA_MINUTES_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "minutes/hash.h"

/* What sealing and verifying share (schema/minutes.md): slots, labels, when rounds are, trees in
 * part. */
enum {
	MIN_SLOTS = 32,
	MIN_SLOT_CHARS = 3,
	/* Bounds of a bundle, §6. */
	MIN_ENTRIES = 4096,
	MIN_LABELS = 1024,
	MIN_BOX_LEAVES = 8192,
	MIN_STRING_BYTES = 1024 * 1024,
	MIN_LINE_BYTES = 1024, /* a line of a header, a label */
	MIN_BUNDLE_BYTES = 64 * 1024 * 1024,
	MIN_NUMBER_DIGITS = 15,
	MIN_ID_CHARS = 16
};

/* "s00" … "s31"; `slot` is below MIN_SLOTS. */
const char *min_slot_name(size_t slot);
/* MIN_SLOTS: it is the name of none. */
size_t min_slot_of(struct slice label);
/* A class's id as it may be a label: words of a to z, 0 to 9 and _, two at least, with dots
 * between. */
bool min_label_is_class(struct slice label);
/* <host>/c/<32 hex digits>. */
bool min_origin_is_valid(struct slice origin);
/* Decimal, without leading zeros, at most 15 digits. */
bool min_number_read(struct slice s, uint64_t *out);
/* 16 lower-case hex digits. */
bool min_id_is_valid(struct slice s);

/* When round `k` (from 1) of a log sealed then is. Unix seconds; `sealed` is below 10^15. */
uint64_t min_round_time(uint64_t sealed, uint64_t k);

/* Leaves a box has that holds `n` of its own: the count's, those, and pads to a power of two. */
size_t min_box_size(size_t n);
/* Root of a box of `min_box_size(n)` leaf hashes. With n = 0 its one leaf counts twice. */
struct min_hash min_box_root(const struct min_hash *leaf, size_t count);

/*
 * A tree over a list of places, shown in part: what stands in it from left to right. A part is one
 * open place, or as large a piece of the tree as holds no open one; `hash` is the place's or the
 * piece's. To write: min_parts_of, and each piece's hash by min_root(place + from, to - from). To
 * read: min_parts_of, each part's hash as it is given or made of the contents, then min_parts_root.
 */
struct min_part {
	uint16_t from;
	uint16_t to; /* the place behind the last one */
	bool open;
	struct min_hash hash;
};
/* `out` has room for `count` parts, 1 to MIN_LABELS. Returns how many there are; hashes are not
 * set. */
size_t min_parts_of(const bool *open, size_t count, struct min_part *out);
struct min_hash min_parts_root(const struct min_part *part, size_t parts, size_t count);
/* The hashes of all parts from those of all places. */
void min_parts_fill(struct min_part *part, size_t parts, const struct min_hash *place);

#endif
