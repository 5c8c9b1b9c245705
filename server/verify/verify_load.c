#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <sodium.h>

#include "base/mem.h"
#include "minutes/b64.h"
#include "verify/verify_crypto.h"
#include "verify/verify_tool.h"

enum { TRUST_BYTES = 64 * 1024 };

/* A whole file of at most `max` bytes. */
static bool read_file(const char *path, size_t max, struct buf *out, struct buf *why)
{
	FILE *f = fopen(path, "rb");
	char block[65536];
	size_t n;

	if (!f) {
		buf_printf(why, "%s: 開けません（%s）", path, strerror(errno));
		return false;
	}
	while ((n = fread(block, 1, sizeof block, f)) > 0 && out->len + n <= max) {
		buf_add(out, (struct slice){block, n});
	}
	if (ferror(f)) {
		buf_printf(why, "%s: 読めません（%s）", path, strerror(errno));
	} else if (n > 0) {
		buf_printf(why, "%s: 大きすぎます（%zu バイトまで）", path, max);
	}
	(void)fclose(f);
	return why->len == 0;
}

/* ---- trust ---- */

static bool trust_line(struct slice line, struct trust *t)
{
	while (line.len && (line.ptr[line.len - 1] == ' ' || line.ptr[line.len - 1] == '\r')) {
		line.len--;
	}
	if (line.len == 0 || line.ptr[0] == '#') {
		return true;
	}
	t->key = mem_grow(t->key, t->count + 1, sizeof *t->key);
	return min_b64_exact(line, t->key[t->count], sizeof *t->key) &&
	       t->key[t->count++][0] == MIN_KEY_ED25519;
}

bool trust_read(const char *path, struct trust *out, struct buf *why)
{
	struct buf text = {0};
	struct slice rest;
	size_t number = 0;
	bool ok = read_file(path, TRUST_BYTES, &text, why);

	rest = buf_slice(&text);
	while (ok && rest.len) {
		const char *end = memchr(rest.ptr, '\n', rest.len);
		size_t n = end ? (size_t)(end - rest.ptr) : rest.len;

		number++;
		ok = trust_line((struct slice){rest.ptr, n}, out);
		if (!ok) {
			buf_printf(why, "%s:%zu: 鍵ではありません", path, number);
		}
		n += end ? 1 : 0;
		rest.ptr += n;
		rest.len -= n;
	}
	if (ok && out->count == 0) {
		buf_printf(why, "%s: 鍵がひとつもありません", path);
		ok = false;
	}
	buf_fini(&text);
	return ok;
}

void trust_fini(struct trust *t)
{
	free(t->key);
	*t = (struct trust){0};
}

/* ---- bundles ---- */

bool bundle_read(const char *path, struct bundle *out, struct buf *why)
{
	*out = (struct bundle){.path = path};
	return read_file(path, MIN_BUNDLE_BYTES, &out->bytes, why);
}

/* Without a list the key that stands in the head, whatever it is worth. */
static bool own_key(const struct bundle *b, uint8_t key[MIN_KEY_TYPED])
{
	static const char before[] = "\",\"key\":\"";
	const char *at =
	    b->bytes.len ? memmem(b->bytes.ptr, b->bytes.len, before, strlen(before)) : NULL;
	size_t skip = at ? (size_t)(at - b->bytes.ptr) + strlen(before) : 0;

	return at && b->bytes.len - skip >= MIN_B64_HASH &&
	       min_b64_exact((struct slice){b->bytes.ptr + skip, MIN_B64_HASH}, key, MIN_KEY_TYPED);
}

static void pass(const struct bundle *b, const struct trust *t, const struct map *erased,
		 struct min_params *p, struct min_report *out)
{
	struct slice rest = buf_slice(&b->bytes);
	uint8_t own[1][MIN_KEY_TYPED];

	p->assertion = verify_assertion;
	p->erased = erased;
	p->trust = (const uint8_t(*)[MIN_KEY_TYPED])t->key;
	p->trust_count = t->count;
	if (t->any) {
		p->trust = (const uint8_t(*)[MIN_KEY_TYPED])own;
		p->trust_count = own_key(b, own[0]) ? 1 : 0;
	}
	randombytes_buf(&p->seed, sizeof p->seed);
	(void)min_verify(min_source_of(&rest), p, out);
}

void bundle_verify(struct bundle *b, const struct trust *t, const struct map *erased)
{
	struct min_params p = {0};

	min_report_fini(&b->report);
	pass(b, t, erased, &p, &b->report);
}

void bundle_fields(const struct bundle *b, const struct trust *t,
		   void (*field)(void *arg, const struct min_field *f), void *arg)
{
	struct min_params p = {.field = field, .arg = arg};
	struct min_report again;

	pass(b, t, NULL, &p, &again);
	min_report_fini(&again);
}

void bundle_fini(struct bundle *b)
{
	buf_fini(&b->bytes);
	min_report_fini(&b->report);
}

/* ---- erasures of a newer bundle ---- */

void bundle_erased(const struct bundle *b, struct map *out)
{
	for (size_t i = 0; i < b->report.gap_count; i++) {
		const struct min_gap *g = &b->report.gap[i];

		if (g->erased) {
			map_put(out, (struct slice){(const char *)g->leaf.b, sizeof g->leaf.b}, 1);
		}
	}
}

/*
 * No string of a bundle has an escape, and only a leaf has the hash of a leaf: so every string that
 * has one of these is it.
 */
void bundle_prune(struct slice old, const struct map *erased, struct buf *out)
{
	while (old.len) {
		const char *quote = memchr(old.ptr, '"', old.len);
		size_t before = quote ? (size_t)(quote - old.ptr) + 1 : old.len;
		struct slice rest = {old.ptr + before, old.len - before};
		const char *end = rest.len ? memchr(rest.ptr, '"', rest.len) : NULL;
		struct slice d = {rest.ptr, end ? (size_t)(end - rest.ptr) : rest.len};
		struct min_hash h = min_leaf_hash(d);

		buf_add(out, (struct slice){old.ptr, before});
		if (map_get(erased, (struct slice){(const char *)h.b, sizeof h.b}) != MAP_NONE) {
			buf_add_str(out, "x:");
			min_b64_add(out, h.b, sizeof h.b);
		} else {
			buf_add(out, d);
		}
		if (end) {
			buf_add_str(out, "\"");
		}
		old = (struct slice){rest.ptr + d.len + (end ? 1 : 0),
				     rest.len - d.len - (end ? 1 : 0)};
	}
}

/* ---- forks ---- */

/* Whether `next` says that it goes on from a head of `old`. */
static bool names_parent(const struct min_report *next, const struct min_report *old,
			 uint64_t *size, struct min_hash *root)
{
	struct slice p = next->parent;
	size_t n = old->origin.len;
	const char *space;

	if (p.len <= n + 1 || memcmp(p.ptr, old->origin.ptr, n) != 0 || p.ptr[n] != ' ') {
		return false;
	}
	p = (struct slice){p.ptr + n + 1, p.len - n - 1};
	space = memchr(p.ptr, ' ', p.len);
	return space && min_number_read((struct slice){p.ptr, (size_t)(space - p.ptr)}, size) &&
	       min_b64_exact((struct slice){space + 1, p.len - (size_t)(space - p.ptr) - 1},
			     root->b, sizeof root->b);
}

static struct fork of_two_logs(const struct min_report *one, const struct min_report *two)
{
	struct fork f = {.kind = FORK_OTHER_LOG};
	struct min_hash root;
	const struct min_report *old = names_parent(two, one, &f.at, &root)   ? one
				       : names_parent(one, two, &f.at, &root) ? two
									      : NULL;

	/* A longer log than the old bundle shows cannot be held against it. */
	if (old && f.at <= old->size) {
		f.kind = min_hash_eq(&old->root[f.at], &root) ? FORK_NAMED : FORK_PARTED;
		f.at -= f.kind == FORK_PARTED;
	}
	return f;
}

struct fork fork_of(const struct min_report *one, const struct min_report *two)
{
	uint64_t common = one->size < two->size ? one->size : two->size;
	struct fork f = {.kind = FORK_NONE};

	if (!slice_eq(one->origin, two->origin)) {
		return of_two_logs(one, two);
	}
	while (f.at < common && min_hash_eq(&one->root[f.at + 1], &two->root[f.at + 1])) {
		f.at++;
	}
	if (f.at < common) {
		f.kind = FORK_PARTED;
	}
	return f;
}

void head_note(const struct min_report *r, struct buf *out)
{
	min_checkpoint_text(out, r->origin, r->size, &r->root[r->size]);
	buf_add_str(out, "\n");
	min_note_add_sig(out, r->origin, r->key + 1, r->sig);
}
