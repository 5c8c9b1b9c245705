#include "base/mem.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

void *mem_alloc(size_t bytes)
{
	void *p = calloc(1, bytes ? bytes : 1);

	if (!p) {
		abort();
	}
	return p;
}

void *mem_grow(void *old, size_t count, size_t item_bytes)
{
	size_t bytes = count * item_bytes;
	void *p;

	assert(item_bytes > 0);
	if (count > SIZE_MAX / item_bytes) {
		abort();
	}
	p = realloc(old, bytes ? bytes : 1);
	if (!p) {
		abort();
	}
	return p;
}

char *mem_dup(struct slice s)
{
	char *p = mem_alloc(s.len + 1);

	if (s.len) {
		memcpy(p, s.ptr, s.len);
	}
	return p;
}

void mem_room(void *array_ptr, size_t *cap, size_t count, size_t item_bytes)
{
	void *p;

	assert(count <= *cap);
	if (count < *cap) {
		return;
	}
	*cap = *cap ? *cap * 2 : 8;
	memcpy(&p, array_ptr, sizeof p);
	p = mem_grow(p, *cap, item_bytes);
	memcpy(array_ptr, &p, sizeof p);
}
