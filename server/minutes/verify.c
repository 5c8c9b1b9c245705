#include "minutes/verify.h"

#include <stdlib.h>

#include "base/mem.h"
#include "minutes/verify_parts.h"

bool verify_bad(struct check *c, const char *why)
{
	if (!c->r->why) {
		c->r->why = why;
		c->r->at = c->judged ? c->judged->at : c->scan.at;
	}
	return false;
}

struct slice verify_keep(struct check *c, struct slice s)
{
	return arena_dup(&c->r->mem, s);
}

bool verify_has(struct slice o, const char *const *names, size_t count, struct slice *member)
{
	bool has = min_value_members(o, names, count, member);

	for (size_t i = 0; i < count; i++) {
		has = has && member[i].ptr;
	}
	return has;
}

struct slice verify_text(struct check *c, struct slice v)
{
	struct slice text = {NULL, 0};

	(void)min_value_text(v, &c->scratch, &text);
	return text;
}

/* ---- one pass ---- */

static void add_root(struct check *c)
{
	mem_room(&c->r->root, &c->roots_cap, (size_t)c->tree.size, sizeof *c->r->root);
	c->r->root[c->tree.size] = min_tree_root(&c->tree);
}

static bool entry(struct check *c, struct min_hash root[MIN_LABELS])
{
	struct min_hash leaf;

	if (!verify_header(c, root)) {
		return false;
	}
	leaf = min_leaf_hash(buf_slice(&c->header));
	if (!(c->index == 1 ? verify_minutes(c, root) : verify_sheaf(c, root))) {
		return false;
	}
	NEED(c, min_scan_take(&c->scan, "}"), "an entry does not end where it should");
	min_tree_add(&c->tree, &leaf);
	add_root(c);
	c->r->last = c->time;
	return true;
}

static bool signed_head(struct check *c)
{
	struct min_report *r = c->r;
	struct buf text = {0};
	bool ok;

	min_checkpoint_text(&text, r->origin, r->size, &r->root[r->size]);
	ok = min_ed_verify(r->key + 1, buf_slice(&text), r->sig);
	buf_fini(&text);
	NEED(c, ok, "the signature of the server");
	return true;
}

static bool run(struct check *c)
{
	struct min_hash *root = mem_alloc(MIN_LABELS * sizeof *root);
	bool ok = verify_head(c);

	add_root(c);
	for (uint32_t i = 0; ok && i < c->r->size; i++) {
		c->index = i;
		ok = entry(c, root);
	}
	free(root);
	if (!ok) {
		return false;
	}
	NEED(c, min_scan_take(&c->scan, "\n]}\n"), "the end expected");
	NEED(c, min_scan_is_end(&c->scan), "more after the end");
	return signed_head(c);
}

/* ---- what follows from all of it ---- */

static bool has_erased(const struct check *c, const struct min_hash *leaf)
{
	return c->p->erased && map_get(c->p->erased, (struct slice){(const char *)leaf->b,
								    sizeof leaf->b}) != MAP_NONE;
}

static void judge_gaps(struct check *c)
{
	struct min_report *r = c->r;

	for (size_t i = 0; i < r->gap_count; i++) {
		struct min_gap *g = &r->gap[i];
		struct slice key = {(const char *)g->leaf.b, sizeof g->leaf.b};
		uint32_t at = map_get(&c->erasure_of, key);

		g->erased = at != MAP_NONE || has_erased(c, &g->leaf);
		if (at != MAP_NONE) {
			const struct erasure *e = &c->erasure[at];

			g->round = e->round;
			g->basis = e->basis;
			g->party = e->party;
			g->parties = e->parties;
		}
		if (!g->erased) {
			r->verdict = MIN_WITHHELD;
		}
	}
}

static void judge_vouches(struct check *c)
{
	for (size_t i = 0; i < c->vouch_count; i++) {
		const struct vouch *v = &c->vouch[i];
		uint32_t at = map_get(&c->act_of,
				      (struct slice){(const char *)v->about.b, sizeof v->about.b});

		if (at != MAP_NONE && !slice_eq(c->r->act[at].party, v->party)) {
			c->r->act[at].vouched = true;
		}
	}
}

static void seed_maps(struct check *c)
{
	struct map *all[] = {&c->label_of, &c->member_of,  &c->head_of, &c->key_of,
			     &c->act_of,   &c->erasure_of, &c->r->name};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		all[i]->seed = c->p->seed;
	}
	c->seen.seed = c->p->seed;
}

static void check_fini(struct check *c)
{
	struct map *all[] = {&c->label_of, &c->member_of, &c->head_of,
			     &c->key_of,   &c->act_of,    &c->erasure_of};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		map_fini(all[i]);
	}
	min_scan_fini(&c->scan);
	buf_fini(&c->header);
	buf_fini(&c->leaf);
	buf_fini(&c->round);
	arena_fini(&c->scratch);
	free(c->read);
	verify_seen_fini(&c->seen);
	free(c->key);
	free(c->erasure);
	free(c->vouch);
	free(c->fact);
}

enum min_verdict min_verify(struct min_source source, const struct min_params *p,
			    struct min_report *out)
{
	struct check c = {.p = p, .r = out};

	*out = (struct min_report){.verdict = MIN_VALID};
	arena_init(&out->mem);
	arena_init(&c.scratch);
	seed_maps(&c);
	min_scan_init(&c.scan, source);
	if (run(&c)) {
		judge_gaps(&c);
		judge_vouches(&c);
	} else {
		out->verdict = c.scan.failed ? MIN_UNREADABLE : MIN_INVALID;
	}
	check_fini(&c);
	return out->verdict;
}

void min_report_fini(struct min_report *r)
{
	for (size_t i = 0; i < r->act_count; i++) {
		free(r->act[i].scope);
		free(r->act[i].say);
	}
	free(r->root);
	free(r->label);
	free(r->reads);
	free(r->member);
	free(r->names);
	free(r->act);
	free(r->amend);
	free(r->gap);
	map_fini(&r->name);
	arena_fini(&r->mem);
	*r = (struct min_report){0};
}
