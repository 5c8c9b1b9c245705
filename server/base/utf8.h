#ifndef ROKUSHA_BASE_UTF8_H
#define ROKUSHA_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

/* Well-formed UTF-8 as Unicode table 3-7 has it: no overlong form, no surrogate, <= U+10FFFF. */
bool utf8_is_valid(struct slice s);

/* UTF-16 code units of valid UTF-8: what a browser counts. */
size_t utf8_units(struct slice s);

/*
 * Byte offset of UTF-16 position `units` in valid UTF-8. Returns SIZE_MAX when the position lies
 * behind the end or between the two halves of a surrogate pair.
 */
size_t utf8_offset(struct slice s, size_t units);

/*
 * Text people may store: valid UTF-8 without NUL, CR or other control characters. LF is allowed
 * when `lines`, TAB always.
 */
bool utf8_is_text(struct slice s, bool lines);

#endif
