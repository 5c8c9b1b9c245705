#ifndef ROKUSHA_MINUTES_B64_H
#define ROKUSHA_MINUTES_B64_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "minutes/hash.h"

/*
 * Base64 (RFC 4648 §4, with padding) and base64url (§5, without). One spelling for each value: what
 * would not come back equal when written again is refused, so unused bits are 0.
 */
enum { MIN_B64_HASH = 44 }; /* characters of 32 bytes */

void min_b64_add(struct buf *out, const void *bytes, size_t count);
void min_b64u_add(struct buf *out, const void *bytes, size_t count);
/* The same where there is room for it at `out`. */
void min_b64u_write(const void *bytes, size_t count, char *out);
/* Terminated. */
void min_b64_hash(const struct min_hash *h, char out[MIN_B64_HASH + 1]);

/*
 * Append what `text` stands for. False: it is not that; `out` may have been appended to.
 * A caller bounds the length of `text`; three quarters of it are taken.
 */
bool min_b64_decode(struct slice text, struct buf *out);
bool min_b64u_decode(struct slice text, struct buf *out);
/* Exactly `count` bytes, or false: `out` may have been written to. */
bool min_b64_exact(struct slice text, void *out, size_t count);
bool min_b64u_exact(struct slice text, void *out, size_t count);

#endif
