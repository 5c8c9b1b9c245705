#include "minutes/hash.h"

#include <assert.h>
#include <sodium.h>

_Static_assert(sizeof(struct min_hash) == crypto_hash_sha256_BYTES, "the hash is SHA-256");

struct min_hash min_sha256(const struct slice *part, size_t count)
{
	crypto_hash_sha256_state state;
	struct min_hash out;

	(void)crypto_hash_sha256_init(&state);
	for (size_t i = 0; i < count; i++) {
		if (part[i].len) {
			(void)crypto_hash_sha256_update(&state, (const unsigned char *)part[i].ptr,
							part[i].len);
		}
	}
	(void)crypto_hash_sha256_final(&state, out.b);
	return out;
}

struct min_hash min_leaf_hash(struct slice data)
{
	struct slice part[] = {{"\0", 1}, data};

	return min_sha256(part, 2);
}

struct min_hash min_node_hash(const struct min_hash *left, const struct min_hash *right)
{
	char both[1 + 2 * sizeof left->b] = {1};

	/* In one piece: the library copies each that is shorter than its block. */
	memcpy(both + 1, left->b, sizeof left->b);
	memcpy(both + 1 + sizeof left->b, right->b, sizeof right->b);
	return min_sha256(&(struct slice){both, sizeof both}, 1);
}

struct min_hash min_pair(struct slice d)
{
	struct min_hash leaf = min_leaf_hash(d);

	return min_node_hash(&leaf, &leaf);
}

size_t min_split(size_t n)
{
	size_t k = 1;

	assert(n > 1 && n <= SIZE_MAX / 2);
	while (k * 2 < n) {
		k *= 2;
	}
	return k;
}

struct min_hash min_root(const struct min_hash *hash, size_t count)
{
	struct min_tree t = {0};

	for (size_t i = 0; i < count; i++) {
		min_tree_add(&t, &hash[i]);
	}
	return min_tree_root(&t);
}

static size_t peaks(uint64_t size)
{
	return (size_t)__builtin_popcountll(size);
}

void min_tree_add(struct min_tree *t, const struct min_hash *leaf)
{
	struct min_hash node = *leaf;
	size_t top = peaks(t->size);

	assert(t->size < UINT64_MAX);
	for (uint64_t n = t->size; n & 1; n >>= 1) {
		node = min_node_hash(&t->peak[--top], &node);
	}
	t->peak[top] = node;
	t->size++;
}

struct min_hash min_tree_root(const struct min_tree *t)
{
	size_t top = peaks(t->size);
	struct min_hash root;

	if (top == 0) {
		return min_sha256(NULL, 0);
	}
	root = t->peak[--top];
	while (top > 0) {
		root = min_node_hash(&t->peak[--top], &root);
	}
	return root;
}

/* One step of a path: both numbers move up by one level, further where the node is the last one. */
static void climb(uint64_t *fn, uint64_t *sn, bool is_right)
{
	while (is_right && !(*fn & 1) && *fn != 0) {
		*fn >>= 1;
		*sn >>= 1;
	}
	*fn >>= 1;
	*sn >>= 1;
}

bool min_inclusion_holds(uint64_t index, uint64_t size, const struct min_hash *leaf,
			 const struct min_hash *proof, size_t count, const struct min_hash *root)
{
	uint64_t fn = index;
	uint64_t sn = size - 1;
	struct min_hash r = *leaf;

	if (index >= size) {
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		bool is_right = (fn & 1) || fn == sn;

		if (sn == 0) {
			return false;
		}
		r = is_right ? min_node_hash(&proof[i], &r) : min_node_hash(&r, &proof[i]);
		climb(&fn, &sn, is_right);
	}
	return sn == 0 && min_hash_eq(&r, root);
}

bool min_consistency_holds(const struct min_head *older, const struct min_head *newer,
			   const struct min_hash *proof, size_t count)
{
	uint64_t fn = older->size - 1;
	uint64_t sn = newer->size - 1;
	/* A whole power of two is a node of the newer tree: the path begins with it. */
	bool is_node = (older->size & fn) == 0;
	struct min_hash fr;
	struct min_hash sr;

	if (older->size == 0 || older->size > newer->size) {
		return false;
	}
	if (older->size == newer->size) {
		return count == 0 && min_hash_eq(&older->root, &newer->root);
	}
	if (count == 0) {
		return false;
	}
	fr = is_node ? older->root : proof[0];
	sr = fr;
	for (; fn & 1; fn >>= 1) {
		sn >>= 1;
	}
	for (size_t i = is_node ? 0 : 1; i < count; i++) {
		bool is_right = (fn & 1) || fn == sn;

		if (sn == 0) {
			return false;
		}
		if (is_right) {
			fr = min_node_hash(&proof[i], &fr);
			sr = min_node_hash(&proof[i], &sr);
		} else {
			sr = min_node_hash(&sr, &proof[i]);
		}
		climb(&fn, &sn, is_right);
	}
	return sn == 0 && min_hash_eq(&fr, &older->root) && min_hash_eq(&sr, &newer->root);
}
