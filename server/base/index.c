#include "base/index.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

enum { FIRST = 16 };

static uint32_t hash(struct slice key)
{
	uint32_t h = 0x811c9dc5u; /* FNV-1a, finished as in MurmurHash3 */

	for (size_t i = 0; i < key.len; i++) {
		h = (h ^ (unsigned char)key.ptr[i]) * 0x01000193u;
	}
	h = (h ^ h >> 16) * 0x85ebca6bu;
	return h ^ h >> 13;
}

static uint32_t slot_of(uint32_t h, size_t item)
{
	return (h & 0xFFFF0000u) | (uint32_t)(item + 1);
}

static uint32_t item_of(uint32_t slot)
{
	return (slot & 0xFFFF) - 1;
}

void index_fini(struct index *x)
{
	free(x->slot);
	*x = (struct index){0};
}

uint32_t index_get(const struct index *x, struct slice key, index_key *key_of, const void *list)
{
	uint32_t h = hash(key);

	for (size_t i = h; x->cap > 0 && x->slot[i & (x->cap - 1)]; i++) {
		uint32_t slot = x->slot[i & (x->cap - 1)];

		if ((slot ^ h) >> 16 == 0 && slice_is(key, key_of(list, item_of(slot)))) {
			return item_of(slot);
		}
	}
	return MAP_NONE;
}

static void put(struct index *x, uint32_t h, size_t item)
{
	size_t i = h;

	while (x->slot[i & (x->cap - 1)]) {
		i++;
	}
	x->slot[i & (x->cap - 1)] = slot_of(h, item);
}

/* At most three quarters full. */
static void grow(struct index *x, index_key *key_of, const void *list)
{
	free(x->slot);
	x->cap = x->cap ? x->cap * 2 : FIRST;
	x->slot = mem_alloc(x->cap * sizeof *x->slot);
	for (size_t i = 0; i < x->count; i++) {
		put(x, hash(slice_of(key_of(list, (uint32_t)i))), i);
	}
}

void index_add(struct index *x, index_key *key_of, const void *list)
{
	assert(x->count < INDEX_ITEMS - 1);
	if ((x->count + 1) * 4 > x->cap * 3) {
		grow(x, key_of, list);
	}
	put(x, hash(slice_of(key_of(list, (uint32_t)x->count))), x->count);
	x->count++;
}
