#ifndef ROKUSHA_BASE_BUF_H
#define ROKUSHA_BASE_BUF_H

#include <stddef.h>

#include "base/slice.h"

/* Growing bytes owned by the struct. Zero-initialise; buf_fini accepts an empty one. */
struct buf {
	char *ptr;
	size_t len;
	size_t cap;
};

void buf_fini(struct buf *b);
void buf_clear(struct buf *b);
void buf_grow(struct buf *b, size_t more); /* room for so many more */
void buf_add_str(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Here, so that a literal is copied without a call. */
static inline void buf_add(struct buf *b, struct slice s)
{
	if (s.len) {
		if (b->cap - b->len < s.len) {
			buf_grow(b, s.len);
		}
		memcpy(b->ptr + b->len, s.ptr, s.len);
		b->len += s.len;
	}
}

static inline struct slice buf_slice(const struct buf *b)
{
	return (struct slice){b->ptr, b->len};
}

#endif
