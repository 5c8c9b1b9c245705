#ifndef ROKUSHA_BASE_MAP_H
#define ROKUSHA_BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

/*
 * From byte strings to 32-bit numbers. Keys are copied. Zero-initialise, then set `seed` to
 * random bits where a peer chooses the keys. Nothing is ever removed.
 */
struct map {
	struct map_slot *slot;
	size_t cap;
	size_t count;
	uint64_t seed;
};

enum { MAP_NONE = 0xFFFFFFFF };

void map_fini(struct map *m);
uint32_t map_get(const struct map *m, struct slice key);       /* MAP_NONE when absent */
void map_put(struct map *m, struct slice key, uint32_t value); /* adds or replaces */

#endif
