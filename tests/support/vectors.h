#ifndef ROKUSHA_TESTS_SUPPORT_VECTORS_H
#define ROKUSHA_TESTS_SUPPORT_VECTORS_H

/* The vectors of tests/vectors/shared, as JSON. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <sodium.h>

#include "support/files.h"

#define S(literal) ((struct slice){literal, sizeof(literal) - 1})

static inline json_t *vectors(const char *name)
{
	struct buf path = {0};
	struct buf text;
	json_t *v;

	buf_printf(&path, "tests/vectors/shared/%s.json%c", name, 0);
	text = rig_file(path.ptr);
	v = json_loadb(text.ptr, text.len, JSON_ALLOW_NUL, NULL);
	cr_assert(v, "%s", name);
	buf_fini(&path);
	buf_fini(&text);
	return v;
}

static inline struct slice str(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	return (struct slice){json_string_value(v), v ? json_string_length(v) : 0};
}

static inline struct buf from_hex(struct slice s)
{
	struct buf b = {0};
	size_t n = 0;

	buf_grow(&b, s.len / 2 + 1);
	cr_assert(sodium_hex2bin((unsigned char *)b.ptr, s.len / 2 + 1, s.ptr, s.len, NULL, &n,
				 NULL) == 0);
	b.len = n;
	return b;
}

static inline bool is_hex_of(const void *bytes, size_t count, struct slice hex)
{
	struct buf b = from_hex(hex);
	bool same = b.len == count && memcmp(b.ptr, bytes, count) == 0;

	buf_fini(&b);
	return same;
}

#endif
