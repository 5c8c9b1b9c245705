#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

void buf_fini(struct buf *b)
{
	free(b->ptr);
	*b = (struct buf){0};
}

void buf_clear(struct buf *b)
{
	b->len = 0;
}

void buf_grow(struct buf *b, size_t more)
{
	size_t cap = b->cap ? b->cap : 256;

	if (b->cap - b->len >= more) {
		return;
	}
	while (cap - b->len < more) {
		cap *= 2;
	}
	b->ptr = mem_grow(b->ptr, cap, 1);
	b->cap = cap;
}

void buf_add_str(struct buf *b, const char *s)
{
	buf_add(b, slice_of(s));
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list ap;
	int len;

	va_start(ap, format);
	len = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	assert(len >= 0);
	buf_grow(b, (size_t)len + 1);
	va_start(ap, format);
	(void)vsnprintf(b->ptr + b->len, (size_t)len + 1, format, ap);
	va_end(ap);
	b->len += (size_t)len;
}
