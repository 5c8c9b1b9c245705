#ifndef ROKUSHA_BASE_JSONR_H
#define ROKUSHA_BASE_JSONR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/*
 * Pieces of JSON read without a tree, for what comes with every edit. Each takes what stands at the
 * beginning of `*rest` and moves on behind it. False: it is not that, or not in the plainest form;
 * the library says then what it is.
 */

/* These bytes. */
bool jsonr_raw(struct slice *rest, struct slice bytes);
/* An integer from 0 to 2^53 - 1. */
bool jsonr_uint(struct slice *rest, uint64_t *out);
/* A string without escapes, borrowed. Whether it is UTF-8 the caller looks. */
bool jsonr_plain(struct slice *rest, struct slice *out);

#endif
