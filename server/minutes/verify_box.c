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

static struct slice hash_key(const struct min_hash *h)
{
	return (struct slice){(const char *)h->b, sizeof h->b};
}

uint32_t verify_seen(const struct check *c, const struct min_hash *h)
{
	return map_get(&c->seen_of, hash_key(h));
}

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

static bool manifest(struct check *c, size_t label, const json_t *m)
{
	static const char *const names[] = {"party", "role", "slot", "labels"};
	const json_t *labels = json_object_get(m, "labels");
	struct min_report *r = c->r;

	NEED(c, !c->has_manifest, "two manifests");
	NEED(c, verify_has(m, names, 4) && json_is_array(labels), "manifest");
	NEED(c, label >= c->slot_0 && slice_eq(verify_text(m, "slot"), r->label[label]),
	     "a manifest in another slot than it names");
	NEED(c, min_id_is_valid(verify_text(m, "party")) && verify_text(m, "role").ptr, "manifest");
	NEED(c, json_array_size(labels) == c->read_count,
	     "the manifest names other labels than the bundle holds");
	for (size_t i = 0; i < c->read_count; i++) {
		const json_t *l = json_array_get(labels, i);

		NEED(c,
		     json_is_string(l) &&
			 slice_eq(c->read[i],
				  (struct slice){json_string_value(l), json_string_length(l)}),
		     "the manifest names other labels than the bundle holds");
	}
	c->has_manifest = true;
	c->own = label;
	r->party = verify_keep(c, verify_text(m, "party"));
	r->role = verify_keep(c, verify_text(m, "role"));
	r->slot = r->label[label];
	return true;
}

static bool member(struct check *c, size_t label, struct slice id, const json_t *value)
{
	struct min_report *r = c->r;
	struct slice key;

	NEED(c, label >= c->slot_0 && min_id_is_valid(id) && json_is_true(value), "member");
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
static void called(struct check *c, struct slice id, const json_t *value)
{
	struct min_report *r = c->r;

	if (json_is_string(value) && map_get(&r->name, id) == MAP_NONE) {
		mem_room(&r->names, &c->name_cap, r->name_count, sizeof *r->names);
		map_put(&r->name, id, (uint32_t)r->name_count);
		r->names[r->name_count++] = verify_keep(
		    c, (struct slice){json_string_value(value), json_string_length(value)});
	}
}

static bool cell(struct check *c, size_t label, struct slice path, const json_t *value)
{
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

static void add_fact(struct check *c, const struct box *b, enum min_kind kind, struct slice d,
		     const struct min_hash *hash)
{
	mem_room(&c->fact, &c->fact_cap, c->fact_count, sizeof *c->fact);
	c->fact[c->fact_count++] = (struct fact){
	    .label = (uint16_t)b->label,
	    .kind = kind,
	    .at = b->byte,
	    .d = c->round.len,
	    .len = d.len,
	    .hash = *hash,
	};
	buf_add(&c->round, d);
}

static bool real_leaf(struct check *c, const struct box *b, struct slice d, struct slice path,
		      const json_t *value, const struct min_hash *hash)
{
	struct seen s = {.label = (uint16_t)b->label, .entry = c->index, .kind = KIND_CELL};

	NEED(c, verify_seen(c, hash) == MAP_NONE, "a leaf twice");
	s.hidden = !value;
	if (value && c->index != 1) {
		if (!kind_of(c, b, path, &s.kind)) {
			return false;
		}
		add_fact(c, b, s.kind, d, hash);
	} else if (value) {
		s.name = verify_keep(c, path);
		if (!cell(c, b->label, path, value)) {
			return false;
		}
	}
	if (!value) {
		struct min_report *r = c->r;

		mem_room(&r->gap, &c->gap_cap, r->gap_count, sizeof *r->gap);
		r->gap[r->gap_count++] =
		    (struct min_gap){.label = (uint16_t)b->label, .entry = c->index, .leaf = *hash};
	}
	/* What is hidden may have been an amendment. */
	if (!value || s.kind == KIND_AMEND) {
		add_head(c, b->label);
	}
	mem_room(&c->seen, &c->seen_cap, c->seen_count, sizeof *c->seen);
	map_put(&c->seen_of, hash_key(hash), (uint32_t)c->seen_count);
	c->seen[c->seen_count++] = s;
	c->r->fields++;
	return true;
}

static bool count_leaf(struct check *c, struct box *b, struct slice path, const json_t *value)
{
	json_int_t n = json_is_integer(value) ? json_integer_value(value) : -1;

	NEED(c, slice_is(path, "~") && n >= 0 && n < MIN_BOX_LEAVES, "a box without its count");
	NEED(c, c->index != 0 || n == 0, "genesis says something");
	b->n = (size_t)n;
	return true;
}

static bool shown_leaf(struct check *c, struct box *b, struct slice d, const struct min_hash *hash)
{
	struct slice label = c->r->label[b->label];
	struct min_leaf l;
	struct slice path;
	bool ok;

	NEED(c, min_leaf_decode(d, &l), "a leaf that is none");
	ok = l.name.len > label.len && l.name.ptr[label.len] == '/' &&
	     memcmp(l.name.ptr, label.ptr, label.len) == 0 && !json_is_null(l.value);
	if (!ok) {
		min_leaf_fini(&l);
		return verify_bad(c, "a leaf of another box");
	}
	path = (struct slice){l.name.ptr + label.len + 1, l.name.len - label.len - 1};
	if (b->at == 0) {
		ok = count_leaf(c, b, path, l.value);
	} else if (b->at > b->n) {
		ok = (slice_is(path, "~pad") && json_is_integer(l.value) &&
		      json_integer_value(l.value) == 0) ||
		     verify_bad(c, "a leaf where there must be none");
	} else {
		ok = (!slice_is(path, "~pad") || verify_bad(c, "a pad among the leaves")) &&
		     real_leaf(c, b, d, path, l.value, hash);
		if (ok && c->p->field) {
			c->p->field(c->p->arg,
				    &(struct min_field){label, path, l.value, *hash, c->index});
		}
	}
	min_leaf_fini(&l);
	return ok;
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
		if (!real_leaf(c, b, s, s, NULL, &hash)) {
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
