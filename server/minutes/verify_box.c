#include "minutes/verify_parts.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

/* One box while it is read. */
struct box {
	size_t label;
	size_t at; /* which leaf comes next */
	size_t n;  /* how many are real */
	uint64_t byte;
	struct min_tree tree;
	struct min_hash first;
};

/* The slot's name and a size: at that head there was something new to sign there. */
static void add_head(struct check *c, size_t label)
{
	char key[24];

	if (label >= c->slot_0) {
		(void)snprintf(key, sizeof key, "%s %u", min_slot_name(label - c->slot_0),
			       c->index + 1);
		map_put(&c->head_of, slice_of(key), 1);
	}
}

/* ---- what stands in the minutes ---- */

/* Whether these are the labels that the bundle holds, in its order. */
static bool are_read(struct check *c, struct min_items labels)
{
	struct slice label;
	size_t n = 0;

	while (min_items_next(&labels, &label)) {
		struct slice text = verify_text(c, label);

		if (n == c->read_count || !text.ptr || !slice_eq(c->read[n], text)) {
			return false;
		}
		n++;
	}
	return n == c->read_count;
}

static bool manifest(struct check *c, size_t label, struct slice value)
{
	enum { PARTY, ROLE, SLOT, LABELS, MEMBERS };
	static const char *const names[MEMBERS] = {"party", "role", "slot", "labels"};
	struct min_report *r = c->r;
	struct slice m[MEMBERS];
	struct slice party;
	struct slice role;
	struct min_items labels;

	NEED(c, !c->has_manifest, "two manifests");
	NEED(c, verify_has(value, names, MEMBERS, m) && min_items_of(m[LABELS], &labels),
	     "manifest");
	NEED(c, label >= c->slot_0 && slice_eq(verify_text(c, m[SLOT]), r->label[label]),
	     "a manifest in another slot than it names");
	party = verify_text(c, m[PARTY]);
	role = verify_text(c, m[ROLE]);
	NEED(c, min_id_is_valid(party) && role.ptr, "manifest");
	NEED(c, are_read(c, labels), "the manifest names other labels than the bundle holds");
	c->has_manifest = true;
	c->own = label;
	r->party = verify_keep(c, party);
	r->role = verify_keep(c, role);
	r->slot = r->label[label];
	return true;
}

static bool member(struct check *c, size_t label, struct slice id, struct slice value)
{
	struct min_report *r = c->r;
	struct slice key;

	NEED(c, label >= c->slot_0 && min_id_is_valid(id) && slice_is(value, "true"), "member");
	key = arena_printf(&r->mem, "%zu %.*s", label, (int)id.len, id.ptr);
	if (map_get(&c->member_of, key) == MAP_NONE) {
		map_put(&c->member_of, key, 1);
		mem_room(&r->member, &c->member_cap, r->member_count, sizeof *r->member);
		r->member[r->member_count++] =
		    (struct min_member){(uint8_t)(label - c->slot_0), verify_keep(c, id)};
	}
	return true;
}

/* What a party is called, for people: the first that says so. */
static void called(struct check *c, struct slice id, struct slice value)
{
	struct min_report *r = c->r;
	struct slice text = verify_text(c, value);

	if (text.ptr && map_get(&r->name, id) == MAP_NONE) {
		mem_room(&r->names, &c->name_cap, r->name_count, sizeof *r->names);
		map_put(&r->name, id, (uint32_t)r->name_count);
		r->names[r->name_count++] = verify_keep(c, text);
	}
}

static bool cell(struct check *c, size_t label, struct slice path, struct slice value)
{
	arena_reset(&c->scratch);
	if (slice_is(path, "manifest")) {
		return manifest(c, label, value);
	}
	if (slice_begins(path, "member/")) {
		return member(c, label, (struct slice){path.ptr + 7, path.len - 7}, value);
	}
	if (slice_begins(path, "name/")) {
		called(c, (struct slice){path.ptr + 5, path.len - 5}, value);
	}
	return true;
}

/* ---- one leaf ---- */

static bool kind_of(struct check *c, const struct box *b, struct slice path, enum min_kind *out)
{
	static const char *const begins[] = {[KIND_KEY] = "key/",
					     [KIND_NOTE] = "note/",
					     [KIND_AMEND] = "amend/",
					     [KIND_ERASE] = "erase/",
					     [KIND_ACT] = "act/"};
	struct slice id;

	for (size_t k = 0; k < KIND_ROUND; k++) {
		size_t n = strlen(begins[k]);

		if (!slice_begins(path, begins[k])) {
			continue;
		}
		id = (struct slice){path.ptr + n, path.len - n};
		/* An act told in the reader's own slot in place of another: act/ID/OF. */
		if (k == KIND_ACT && id.len == MIN_ID_CHARS + 1 + MIN_SLOT_CHARS &&
		    id.ptr[MIN_ID_CHARS] == '/' && b->label == c->own) {
			id.len = MIN_ID_CHARS;
		}
		NEED(c, b->label >= c->slot_0 && min_id_is_valid(id), "a leaf of a round");
		*out = (enum min_kind)k;
		return true;
	}
	return verify_bad(c, "a leaf of a round that is called as none can be");
}

static void add_fact(struct check *c, const struct box *b, enum min_kind kind, struct slice path,
		     struct slice value, const struct min_hash *hash)
{
	const char *name = (const char *)memchr(path.ptr, '/', path.len) + 1;

	mem_room(&c->fact, &c->fact_cap, c->fact_count, sizeof *c->fact);
	c->fact[c->fact_count++] = (struct fact){
	    .label = (uint16_t)b->label,
	    .kind = kind,
	    .at = b->byte,
	    .from = c->round.len,
	    .name = path.len - (size_t)(name - path.ptr),
	    .value = value.len,
	    .hash = *hash,
	};
	buf_add(&c->round, (struct slice){name, path.len - (size_t)(name - path.ptr)});
	buf_add(&c->round, value);
}

/* Without a value it is one of which the hash alone is there. */
static bool real_leaf(struct check *c, const struct box *b, struct slice path, struct slice value,
		      const struct min_hash *hash)
{
	struct seen *s = verify_see(c, hash);

	NEED(c, s, "a leaf twice");
	s->label = (uint16_t)b->label;
	s->entry = c->index;
	s->kind = KIND_CELL;
	s->hidden = !value.ptr;
	if (value.ptr && c->index != 1) {
		if (!kind_of(c, b, path, &s->kind)) {
			return false;
		}
		add_fact(c, b, s->kind, path, value, hash);
	} else if (value.ptr) {
		s->name = verify_keep(c, path);
		if (!cell(c, b->label, path, value)) {
			return false;
		}
	}
	if (s->hidden) {
		struct min_report *r = c->r;

		mem_room(&r->gap, &c->gap_cap, r->gap_count, sizeof *r->gap);
		r->gap[r->gap_count++] =
		    (struct min_gap){.label = (uint16_t)b->label, .entry = c->index, .leaf = *hash};
	}
	/* What is hidden may have been an amendment. */
	if (s->hidden || s->kind == KIND_AMEND) {
		add_head(c, b->label);
	}
	c->r->fields++;
	return true;
}

static bool count_leaf(struct check *c, struct box *b, struct slice path, struct slice value)
{
	int64_t n = -1;

	NEED(c, slice_is(path, "~") && min_value_number(value, &n) && n >= 0 && n < MIN_BOX_LEAVES,
	     "a box without its count");
	NEED(c, c->index != 0 || n == 0, "genesis says something");
	b->n = (size_t)n;
	return true;
}

static bool shown_leaf(struct check *c, struct box *b, struct slice d, const struct min_hash *hash)
{
	struct slice label = c->r->label[b->label];
	struct min_shown l;
	struct slice path;

	NEED(c, min_leaf_show(d, &c->leaf, &l), "a leaf that is none");
	NEED(c,
	     l.name.len > label.len && l.name.ptr[label.len] == '/' &&
		 memcmp(l.name.ptr, label.ptr, label.len) == 0 && !slice_is(l.value, "null"),
	     "a leaf of another box");
	path = (struct slice){l.name.ptr + label.len + 1, l.name.len - label.len - 1};
	if (b->at == 0) {
		return count_leaf(c, b, path, l.value);
	}
	if (b->at > b->n) {
		NEED(c, slice_is(path, "~pad") && slice_is(l.value, "0"),
		     "a leaf where there must be none");
		return true;
	}
	NEED(c, !slice_is(path, "~pad"), "a pad among the leaves");
	if (!real_leaf(c, b, path, l.value, hash)) {
		return false;
	}
	if (c->p->field) {
		c->p->field(c->p->arg, &(struct min_field){label, path, l.value, *hash, c->index});
	}
	return true;
}

static bool one_leaf(struct check *c, struct box *b)
{
	struct min_hash hash;
	struct slice s;

	b->byte = c->scan.at;
	NEED(c, b->at < MIN_BOX_LEAVES && (b->at == 0 || b->at < min_box_size(b->n)),
	     "more leaves in a box than it has");
	NEED(c, min_scan_string(&c->scan, MIN_STRING_BYTES, &s), "a leaf");
	if (slice_begins(s, "x:")) {
		NEED(c, b->at > 0 && b->at <= b->n,
		     "a leaf without its text where there must be one");
		NEED(c, min_b64_exact((struct slice){s.ptr + 2, s.len - 2}, hash.b, sizeof hash.b),
		     "a hash");
		if (!real_leaf(c, b, s, (struct slice){NULL, 0}, &hash)) {
			return false;
		}
	} else {
		hash = min_leaf_hash(s);
		if (!shown_leaf(c, b, s, &hash)) {
			return false;
		}
	}
	if (b->at == 0) {
		b->first = hash;
	}
	min_tree_add(&b->tree, &hash);
	b->at++;
	return true;
}

static bool box(struct check *c, size_t label, struct min_hash *root)
{
	struct box b = {.label = label};

	NEED(c, min_scan_take(&c->scan, "["), "a box expected");
	do {
		if (!one_leaf(c, &b)) {
			return false;
		}
	} while (min_scan_take(&c->scan, ","));
	NEED(c, min_scan_take(&c->scan, "]"), "a box does not end where it should");
	NEED(c, b.at == min_box_size(b.n), "leaves of a box are missing");
	*root = b.n == 0 ? min_box_root(&b.first, 1) : min_tree_root(&b.tree);
	return true;
}

/* ---- the boxes of an entry ---- */

bool verify_minutes(struct check *c, const struct min_hash root[MIN_LABELS])
{
	struct min_hash got;
	bool first = true;

	NEED(c, min_scan_take(&c->scan, "["), "boxes expected");
	for (size_t i = 0; i < c->r->label_count; i++) {
		if (!c->r->reads[i]) {
			continue;
		}
		NEED(c, first || min_scan_take(&c->scan, ","), "a box is missing");
		first = false;
		if (!box(c, i, &got)) {
			return false;
		}
		NEED(c, min_hash_eq(&got, &root[i]), "a box is not the one its header names");
	}
	NEED(c, min_scan_take(&c->scan, "]"), "more boxes than the reader has");
	NEED(c, c->has_manifest, "no manifest");
	return true;
}

static bool one_part(struct check *c, struct min_part *part)
{
	struct slice s;

	if (part->open) {
		return box(c, c->slot_0 + part->from, &part->hash);
	}
	NEED(c,
	     min_scan_string(&c->scan, MIN_LINE_BYTES, &s) &&
		 min_b64_exact(s, part->hash.b, sizeof part->hash.b),
	     "a hash expected in the tree");
	return true;
}

bool verify_sheaf(struct check *c, const struct min_hash *root)
{
	struct min_part part[MIN_SLOTS];
	size_t parts = min_parts_of(c->r->reads + c->slot_0, MIN_SLOTS, part);
	struct min_hash got;

	c->fact_count = 0;
	buf_clear(&c->round);
	NEED(c, min_scan_take(&c->scan, "["), "boxes expected");
	for (size_t i = 0; i < parts; i++) {
		NEED(c, i == 0 || min_scan_take(&c->scan, ","), "the tree of boxes is short");
		if (!one_part(c, &part[i])) {
			return false;
		}
	}
	NEED(c, min_scan_take(&c->scan, "]"), "the tree of boxes is long");
	got = min_parts_root(part, parts, MIN_SLOTS);
	NEED(c, min_hash_eq(&got, root), "the boxes are not those the header names");
	return verify_facts(c);
}
