#ifndef ROKUSHA_BASE_INDEX_H
#define ROKUSHA_BASE_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "base/map.h"
#include "base/slice.h"

/*
 * Finds the items of a list by their keys, which stay with the items: four bytes a place, where a
 * map has twenty-four and a copy of the key. For keys that no peer chooses. Zero-initialise.
 * Nothing is ever removed.
 */
struct index {
	uint32_t *slot; /* sixteen bits of the hash, and the item + 1; 0: empty */
	size_t cap;
	size_t count;
};

enum { INDEX_ITEMS = 0xFFFF }; /* there may be fewer than that */

/* The terminated key of an item of `list`. */
typedef const char *index_key(const void *list, uint32_t item);

void index_fini(struct index *x);
/* MAP_NONE when absent */
uint32_t index_get(const struct index *x, struct slice key, index_key *key_of, const void *list);
/* The next item: they are added one by one from 0 on, under keys that are not there. */
void index_add(struct index *x, index_key *key_of, const void *list);

#endif
