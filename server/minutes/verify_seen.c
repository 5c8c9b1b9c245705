/* The reader's leaves by their hashes. */
#include <stdlib.h>

#include "base/mem.h"
#include "minutes/verify_parts.h"

enum { FIRST_BITS = 6 };

/*
 * Where the search for a hash begins. Whoever made the bundle chose the hashes, but not the seed:
 * the highest bits of a product with an odd number that is not known meet as seldom as chance has
 * it.
 */
static size_t place_of(const struct seen_leaves *s, const struct min_hash *h)
{
	uint64_t n;

	memcpy(&n, h->b, sizeof n);
	return (size_t)((n * (s->seed | 1)) >> (64 - s->bits));
}

/* The slot that has this hash, or the free one that ends the search. Half of them are free. */
static uint32_t *slot_of(const struct seen_leaves *s, const struct min_hash *h)
{
	size_t mask = ((size_t)1 << s->bits) - 1;
	size_t at = place_of(s, h);

	while (s->slot[at] && !min_hash_eq(&s->leaf[s->slot[at] - 1].hash, h)) {
		at = (at + 1) & mask;
	}
	return &s->slot[at];
}

static void grow(struct seen_leaves *s)
{
	free(s->slot);
	s->bits = s->bits ? s->bits + 1 : FIRST_BITS;
	s->slot = mem_alloc(((size_t)1 << s->bits) * sizeof *s->slot);
	for (size_t i = 0; i < s->count; i++) {
		*slot_of(s, &s->leaf[i].hash) = (uint32_t)i + 1;
	}
}

struct seen *verify_seen(const struct check *c, const struct min_hash *h)
{
	const struct seen_leaves *s = &c->seen;
	uint32_t n = s->bits ? *slot_of(s, h) : 0;

	return n ? &s->leaf[n - 1] : NULL;
}

struct seen *verify_see(struct check *c, const struct min_hash *h)
{
	struct seen_leaves *s = &c->seen;
	uint32_t *slot;

	if (!s->bits || (s->count + 1) * 2 > (size_t)1 << s->bits) {
		grow(s);
	}
	slot = slot_of(s, h);
	if (*slot) {
		return NULL;
	}
	mem_room(&s->leaf, &s->cap, s->count, sizeof *s->leaf);
	s->leaf[s->count] = (struct seen){.hash = *h};
	*slot = (uint32_t)s->count + 1;
	return &s->leaf[s->count++];
}

void verify_seen_fini(struct seen_leaves *s)
{
	free(s->slot);
	free(s->leaf);
	*s = (struct seen_leaves){0};
}
