#ifndef ROKUSHA_TESTS_SUPPORT_MINUTES_RIG_H
#define ROKUSHA_TESTS_SUPPORT_MINUTES_RIG_H

/* A log of minutes with what it needs from outside: chance by place, two keys, and where it is
 * kept. */
#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "minutes/log.h"

struct kept_leaf {
	struct min_row_leaf row;
	uint8_t ord[17];
	char *d;
};

/* What a store would have. */
struct minutes_rig {
	const char *seed; /* NULL: true chance */
	uint8_t key[2][64];
	uint8_t public_key[2][32];
	bool refuses; /* to sign */
	struct min_port port;
	char *body;
	struct min_row_entry *entry;
	size_t entry_count, entry_cap;
	struct kept_leaf *leaf;
	size_t leaf_count, leaf_cap;
};

/* The sketch's: SHA-256 of "seed i place", one after the other. */
static inline void rig_drawn(const char *seed, const char *place, uint8_t *out, size_t n)
{
	for (size_t i = 0; i * 32 < n; i++) {
		struct buf text = {0};
		uint8_t hash[32];

		buf_printf(&text, "%s %zu %s", seed, i, place);
		crypto_hash_sha256(hash, (const uint8_t *)text.ptr, text.len);
		memcpy(out + i * 32, hash, n - i * 32 < 32 ? n - i * 32 : 32);
		buf_fini(&text);
	}
}

static inline void rig_fill(void *arg, const char *place, uint8_t *out, size_t n)
{
	const struct minutes_rig *rig = arg;

	if (rig->seed) {
		rig_drawn(rig->seed, place, out, n);
	} else {
		randombytes_buf(out, n);
	}
}

static inline bool rig_sign(void *arg, enum min_signer key, struct slice m, uint8_t sig[64])
{
	const struct minutes_rig *rig = arg;

	return !rig->refuses &&
	       crypto_sign_detached(sig, NULL, (const uint8_t *)m.ptr, m.len, rig->key[key]) == 0;
}

/* Keys as the sketch has them: seeds of 32 bytes 1 and 2. */
static inline void rig_init(struct minutes_rig *rig, const char *seed)
{
	*rig = (struct minutes_rig){.seed = seed};
	for (size_t i = 0; i < 2; i++) {
		uint8_t from[32];

		memset(from, (int)i + 1, sizeof from);
		crypto_sign_seed_keypair(rig->public_key[i], rig->key[i], from);
	}
	rig->port =
	    (struct min_port){.arg = rig, .fill = rig_fill, .names_places = true, .sign = rig_sign};
}

static inline void rig_fini(struct minutes_rig *rig)
{
	for (size_t i = 0; i < rig->entry_count; i++) {
		free((char *)rig->entry[i].header.ptr);
	}
	for (size_t i = 0; i < rig->leaf_count; i++) {
		free(rig->leaf[i].d);
	}
	free(rig->entry);
	free(rig->leaf);
	free(rig->body);
	*rig = (struct minutes_rig){0};
}

static inline struct kept_leaf *rig_leaf(struct minutes_rig *rig, const struct min_hash *hash)
{
	for (size_t i = 0; i < rig->leaf_count; i++) {
		if (min_hash_eq(&rig->leaf[i].row.hash, hash)) {
			return &rig->leaf[i];
		}
	}
	return NULL;
}

/* One transaction; the change is empty again. */
static inline void rig_keep(struct minutes_rig *rig, struct min_change *c)
{
	for (size_t i = 0; i < c->entry_count; i++) {
		mem_room(&rig->entry, &rig->entry_cap, rig->entry_count, sizeof *rig->entry);
		rig->entry[rig->entry_count] = c->entry[i];
		rig->entry[rig->entry_count++].header.ptr = mem_dup(c->entry[i].header);
	}
	for (size_t i = 0; i < c->leaf_count; i++) {
		struct kept_leaf *l;

		assert(!rig_leaf(rig, &c->leaf[i].hash));
		mem_room(&rig->leaf, &rig->leaf_cap, rig->leaf_count, sizeof *rig->leaf);
		l = &rig->leaf[rig->leaf_count++];
		l->row = c->leaf[i];
		l->d = mem_dup(l->row.d);
		assert(l->row.ord.len == sizeof l->ord);
		memcpy(l->ord, l->row.ord.ptr, sizeof l->ord);
	}
	for (size_t i = 0; i < c->erased_count; i++) {
		struct kept_leaf *l = rig_leaf(rig, &c->erased[i]);

		assert(l && l->d);
		free(l->d);
		l->d = NULL;
	}
	if (c->body.len) {
		free(rig->body);
		rig->body = mem_dup(c->body);
	}
	min_change_fini(c);
	min_change_init(c);
}

static inline int rig_by_key(const void *a, const void *b)
{
	const struct kept_leaf *x = a;
	const struct kept_leaf *y = b;

	if (x->row.entry != y->row.entry) {
		return x->row.entry < y->row.entry ? -1 : 1;
	}
	return x->row.label != y->row.label ? (x->row.label < y->row.label ? -1 : 1)
					    : memcmp(x->ord, y->ord, sizeof x->ord);
}

/* From what is kept. `rows` is freed by the caller: rows.leaf. */
static inline struct min_rows rig_rows(struct minutes_rig *rig)
{
	struct min_row_leaf *leaf = mem_alloc((rig->leaf_count + 1) * sizeof *leaf);

	if (rig->leaf_count) {
		qsort(rig->leaf, rig->leaf_count, sizeof *rig->leaf, rig_by_key);
	}
	for (size_t i = 0; i < rig->leaf_count; i++) {
		struct kept_leaf *l = &rig->leaf[i];

		leaf[i] = l->row;
		leaf[i].ord = (struct slice){(const char *)l->ord, sizeof l->ord};
		leaf[i].d = l->d ? (struct slice){l->d, l->row.d.len} : (struct slice){NULL, 0};
	}
	return (struct min_rows){slice_of(rig->body), rig->entry, rig->entry_count, leaf,
				 rig->leaf_count};
}

static inline enum err rig_load(struct minutes_rig *rig, struct min_log **log)
{
	struct min_rows rows = rig_rows(rig);
	enum err e = min_log_load(&rows, &rig->port, log);

	free((struct min_row_leaf *)rows.leaf);
	return e;
}

#endif
