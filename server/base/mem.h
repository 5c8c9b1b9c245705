#ifndef ROKUSHA_BASE_MEM_H
#define ROKUSHA_BASE_MEM_H

#include <stddef.h>

#include "base/slice.h"

/*
 * Allocation that never fails: out of memory aborts. Whatever a peer can make large is checked
 * against base/limits.h before it comes here.
 */
void *mem_alloc(size_t bytes);                              /* zeroed; free with free() */
void *mem_grow(void *old, size_t count, size_t item_bytes); /* realloc, checked product */
char *mem_dup(struct slice s);                              /* terminated copy */

/*
 * Make room for item `count` in a growing array: `*cap` doubles when it is full.
 * mem_push_room(&v, &cap, count, sizeof *v) leaves v[count] usable (uninitialised).
 */
void mem_room(void *array_ptr, size_t *cap, size_t count, size_t item_bytes);

#endif
