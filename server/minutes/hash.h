#ifndef ROKUSHA_MINUTES_HASH_H
#define ROKUSHA_MINUTES_HASH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/* SHA-256 and the tree of RFC 6962 over it. Pure; nothing is owned. */
struct min_hash {
	uint8_t b[32];
};

static inline bool min_hash_eq(const struct min_hash *a, const struct min_hash *b)
{
	return memcmp(a->b, b->b, sizeof a->b) == 0;
}

/* Of these parts, one after the other. */
struct min_hash min_sha256(const struct slice *part, size_t count);
struct min_hash min_leaf_hash(struct slice data);
struct min_hash min_node_hash(const struct min_hash *left, const struct min_hash *right);
/* One disclosure as a tree of its own: its leaf hash counted twice. */
struct min_hash min_pair(struct slice d);
/* Where a tree of `n` leaves parts: the largest power of two below it. `n` is at least 2. */
size_t min_split(size_t n);
/* Of hashes of leaves, or of roots in their place; none: the hash of nothing. */
struct min_hash min_root(const struct min_hash *hash, size_t count);

/* A tree that grows. Zero-initialise; nothing to free. */
struct min_tree {
	uint64_t size;
	struct min_hash peak[64]; /* one for each bit of `size`, the largest tree first */
};
void min_tree_add(struct min_tree *t, const struct min_hash *leaf);
struct min_hash min_tree_root(const struct min_tree *t);

/* RFC 9162, 2.1.3.2: leaf `index` is in the tree of `size`. Anything not as it must be is false. */
bool min_inclusion_holds(uint64_t index, uint64_t size, const struct min_hash *leaf,
			 const struct min_hash *proof, size_t count, const struct min_hash *root);

struct min_head {
	uint64_t size;
	struct min_hash root;
};
/* RFC 9162, 2.1.4.2: the tree of `newer` begins with that of `older`. A size of 0 is false. */
bool min_consistency_holds(const struct min_head *older, const struct min_head *newer,
			   const struct min_hash *proof, size_t count);

#endif
