#ifndef ROKUSHA_BASE_ARENA_H
#define ROKUSHA_BASE_ARENA_H

#include <stddef.h>

#include "base/slice.h"

/* Memory that is freed all at once. Blocks are kept between resets. Zeroed by arena_alloc. */
struct arena {
	struct arena_block *first;
	struct arena_block *now;
};

void arena_init(struct arena *a);
void arena_reset(struct arena *a); /* everything handed out is gone; the first block stays */
void arena_rest(struct arena *a);  /* the same, but a large first block goes too */
void arena_fini(struct arena *a);
void *arena_alloc(struct arena *a, size_t bytes);
/* Terminated copy of `s`, as a slice without the terminator. */
struct slice arena_dup(struct arena *a, struct slice s);
/* printf into the arena; terminated. */
struct slice arena_printf(struct arena *a, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
