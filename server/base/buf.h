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
void buf_add(struct buf *b, struct slice s);
void buf_add_str(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline struct slice buf_slice(const struct buf *b)
{
	return (struct slice){b->ptr, b->len};
}

#endif
