#ifndef ROKUSHA_TESTS_SUPPORT_FILES_H
#define ROKUSHA_TESTS_SUPPORT_FILES_H

/* Files of the repository, the schema, and the dice of a test. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "base/buf.h"
#include "policy/schema.h"

static inline struct buf rig_file(const char *path)
{
	struct buf b = {0};
	char block[8192];
	size_t n;
	FILE *f = fopen(path, "rb");

	cr_assert(f, "%s: run from the root of the repository", path);
	while ((n = fread(block, 1, sizeof block, f)) > 0) {
		buf_add(&b, (struct slice){block, n});
	}
	fclose(f);
	return b;
}

static inline struct schema *rig_schema(void)
{
	struct buf v = rig_file("schema/visibility.tsv");
	struct buf r = rig_file("schema/roles.json");
	struct buf f = rig_file("schema/form.json");
	struct schema_source src = {buf_slice(&v), buf_slice(&r), buf_slice(&f)};
	struct schema *s = NULL;
	char why[512] = "";

	cr_assert(schema_load(&src, &s, why, sizeof why) == ERR_OK, "%s", why);
	buf_fini(&v);
	buf_fini(&r);
	buf_fini(&f);
	return s;
}

/* splitmix64: the dice of a test, from its seed. */
static inline uint64_t rig_random(void *arg)
{
	uint64_t *dice = arg;
	uint64_t z = (*dice += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

#endif
