#ifndef ROKUSHA_BASE_SLICE_H
#define ROKUSHA_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Borrowed bytes. Not terminated. `ptr` may be NULL only when `len` is 0. */
struct slice {
	const char *ptr;
	size_t len;
};

static inline struct slice slice_of(const char *s)
{
	return (struct slice){s, s ? strlen(s) : 0};
}

static inline bool slice_eq(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool slice_is(struct slice a, const char *s)
{
	return slice_eq(a, slice_of(s));
}

static inline bool slice_begins(struct slice a, const char *with)
{
	struct slice w = slice_of(with);

	return a.len >= w.len && memcmp(a.ptr, w.ptr, w.len) == 0;
}

#endif
