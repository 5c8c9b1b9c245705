#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

enum { BLOCK_BYTES = 16384 };

struct arena_block {
	struct arena_block *next;
	size_t used;
	size_t cap;
	alignas(max_align_t) char data[];
};

void arena_init(struct arena *a)
{
	a->first = NULL;
	a->now = NULL;
}

static struct arena_block *block_create(size_t cap)
{
	struct arena_block *b = mem_alloc(sizeof *b + cap);

	b->cap = cap;
	return b;
}

void arena_reset(struct arena *a)
{
	struct arena_block *b = a->first ? a->first->next : NULL;

	while (b) {
		struct arena_block *next = b->next;
		free(b);
		b = next;
	}
	if (a->first) {
		a->first->next = NULL;
		a->first->used = 0;
	}
	a->now = a->first;
}

void arena_rest(struct arena *a)
{
	arena_reset(a);
	if (a->first && a->first->cap > BLOCK_BYTES) {
		arena_fini(a);
	}
}

void arena_fini(struct arena *a)
{
	arena_reset(a);
	free(a->first);
	arena_init(a);
}

void *arena_alloc(struct arena *a, size_t bytes)
{
	const size_t align = alignof(max_align_t);
	size_t need;
	void *p;

	assert(bytes < SIZE_MAX / 2);
	need = (bytes + align - 1) / align * align;
	if (!a->now || a->now->cap - a->now->used < need) {
		struct arena_block *b = block_create(need > BLOCK_BYTES ? need : BLOCK_BYTES);

		if (a->now) {
			a->now->next = b;
		} else {
			a->first = b;
		}
		a->now = b;
	}
	p = a->now->data + a->now->used;
	a->now->used += need;
	memset(p, 0, need);
	return p;
}

struct slice arena_dup(struct arena *a, struct slice s)
{
	char *p = arena_alloc(a, s.len + 1);

	if (s.len) {
		memcpy(p, s.ptr, s.len);
	}
	return (struct slice){p, s.len};
}

struct slice arena_printf(struct arena *a, const char *format, ...)
{
	va_list ap;
	int len;
	char *p;

	va_start(ap, format);
	len = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	assert(len >= 0);
	p = arena_alloc(a, (size_t)len + 1);
	va_start(ap, format);
	(void)vsnprintf(p, (size_t)len + 1, format, ap);
	va_end(ap);
	return (struct slice){p, (size_t)len};
}
