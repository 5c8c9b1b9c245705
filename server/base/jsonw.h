#ifndef ROKUSHA_BASE_JSONW_H
#define ROKUSHA_BASE_JSONW_H

#include <stdint.h>

#include "base/buf.h"

/*
 * JSON (RFC 8259) written piece by piece, for what is said with every edit: a tree that is built to
 * be printed and thrown away costs ten times as much. The bytes are those jansson prints with
 * JSON_COMPACT; everything else is still made with it. Commas and brackets are the caller's.
 */

/* A string in its quotes. `s` is valid UTF-8. */
void jsonw_string(struct buf *b, struct slice s);
void jsonw_uint(struct buf *b, uint64_t n);
/* An id as protocol and journal have it: 16 hexadecimal digits in quotes. */
void jsonw_hex(struct buf *b, uint64_t id);

/* Literal text. */
#define jsonw_raw(b, literal) buf_add((b), (struct slice){(literal), sizeof(literal) - 1})

#endif
