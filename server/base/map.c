#include "base/map.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

struct map_slot {
	char *key;
	size_t len;
	uint32_t value;
};

/* FNV-1a over the seed and the key, finished with a multiply-xor so that low bits are mixed. */
static uint64_t hash(uint64_t seed, struct slice key)
{
	uint64_t h = 0xcbf29ce484222325u ^ seed;

	for (size_t i = 0; i < key.len; i++) {
		h = (h ^ (unsigned char)key.ptr[i]) * 0x100000001b3u;
	}
	h ^= h >> 32;
	h *= 0x9e3779b97f4a7c15u;
	return h ^ (h >> 29);
}

static struct map_slot *find(const struct map *m, struct slice key)
{
	size_t i = (size_t)hash(m->seed, key) & (m->cap - 1);

	while (m->slot[i].key) {
		if (slice_eq((struct slice){m->slot[i].key, m->slot[i].len}, key)) {
			break;
		}
		i = (i + 1) & (m->cap - 1);
	}
	return &m->slot[i];
}

void map_fini(struct map *m)
{
	for (size_t i = 0; i < m->cap; i++) {
		free(m->slot[i].key);
	}
	free(m->slot);
	*m = (struct map){0};
}

uint32_t map_get(const struct map *m, struct slice key)
{
	const struct map_slot *s;

	if (m->cap == 0) {
		return MAP_NONE;
	}
	s = find(m, key);
	return s->key ? s->value : MAP_NONE;
}

static void grow(struct map *m)
{
	struct map bigger = {.cap = m->cap ? m->cap * 2 : 16, .seed = m->seed};

	bigger.slot = mem_alloc(bigger.cap * sizeof *bigger.slot);
	for (size_t i = 0; i < m->cap; i++) {
		if (m->slot[i].key) {
			*find(&bigger, (struct slice){m->slot[i].key, m->slot[i].len}) = m->slot[i];
			bigger.count++;
		}
	}
	free(m->slot);
	*m = bigger;
}

void map_put(struct map *m, struct slice key, uint32_t value)
{
	struct map_slot *s;

	assert(value != MAP_NONE);
	if ((m->count + 1) * 2 > m->cap) {
		grow(m);
	}
	s = find(m, key);
	if (!s->key) {
		s->key = mem_dup(key);
		s->len = key.len;
		m->count++;
	}
	s->value = value;
}
