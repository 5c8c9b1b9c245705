/* A log held against itself: what is stored follows from its leaves and its private state. */
#include <stdlib.h>

#include "base/mem.h"
#include "minutes/b64.h"
#include "minutes/ed.h"
#include "minutes/log_parts.h"
#include "minutes/note.h"

/* ---- leaves and boxes ---- */

static const char *check_leaf(const struct log_entry *e, const struct log_leaf *l, bool is_written,
			      bool is_sealed)
{
	struct min_hash hash;

	if (l->bytes) {
		hash = min_leaf_hash(l->d);
		if (!min_hash_eq(&hash, &l->hash)) {
			return "a leaf is not what its hash says";
		}
		if ((l->ord[0] == ORD_COUNT) != slice_is(l->name, "~") ||
		    (l->ord[0] == ORD_PAD) != slice_is(l->name, "~pad")) {
			return "a leaf is at another place";
		}
	} else if (l->ord[0] != ORD_LEAF) {
		return "a count or a pad is erased";
	}
	if (l->time < 0 || (is_written && (uint64_t)l->time > e->time)) {
		return "a leaf is later than its entry";
	}
	if (is_written && (l->ord[0] != ORD_LEAF || is_sealed) && (uint64_t)l->time != e->time) {
		return "a leaf is not of the time of its entry";
	}
	return NULL;
}

/* The first of a box of a written entry: how many there are. */
static bool counts(const struct log_box *b)
{
	struct min_leaf leaf;
	bool holds;

	if (b->count == 0 || b->leaf[0].ord[0] != ORD_COUNT ||
	    !min_leaf_decode(b->leaf[0].d, &leaf)) {
		return false;
	}
	holds = json_is_integer(leaf.value) &&
		json_integer_value(leaf.value) == (json_int_t)b->real &&
		b->count == min_box_size(b->real);
	min_leaf_fini(&leaf);
	for (size_t i = 1; holds && i < b->count; i++) {
		const uint8_t *o = b->leaf[i].ord;
		uint32_t nth =
		    (uint32_t)o[1] << 24 | (uint32_t)o[2] << 16 | (uint32_t)o[3] << 8 | o[4];

		holds = o[0] == (i <= b->real ? ORD_LEAF : ORD_PAD) && (i <= b->real || nth == i);
	}
	return holds;
}

static const char *check_box(const struct min_log *log, uint32_t index, const struct log_box *b)
{
	const struct log_entry *e = &log->entry[index];
	bool is_written = index < log->entry_count;
	struct min_hash *hash;
	struct min_hash root;
	const char *why = NULL;

	for (size_t i = 0; !why && i < b->count; i++) {
		why = check_leaf(e, &b->leaf[i], is_written, index < LOG_FIRST_ROUND);
		if (!why && !is_written && b->leaf[i].ord[0] != ORD_LEAF) {
			why = "a count or a pad of an entry that is not there";
		}
	}
	if (why || !is_written) {
		return why;
	}
	if (!counts(b)) {
		return "a box holds more or less than it says";
	}
	hash = mem_alloc(b->count * sizeof *hash);
	for (size_t i = 0; i < b->count; i++) {
		hash[i] = b->leaf[i].hash;
	}
	root = min_box_root(hash, b->count);
	free(hash);
	return min_hash_eq(&root, &b->root) ? NULL : "the root of a box";
}

/* ---- entries and heads ---- */

static void lines_of(const struct min_log *log, uint32_t index, struct buf *out)
{
	if (index == LOG_GENESIS) {
		log_genesis_lines(log, out);
	} else if (index == LOG_MINUTES) {
		log_minutes_lines(log, out);
	}
}

static const char *check_header(const struct min_log *log, uint32_t index)
{
	const struct log_entry *e = &log->entry[index];
	struct min_hash *root = mem_alloc(log_boxes_of(log, index) * sizeof *root);
	struct buf lines = {0};
	struct buf header = {0};
	bool same;

	for (size_t i = 0; i < log_boxes_of(log, index); i++) {
		root[i] = e->box[i].root;
	}
	lines_of(log, index, &lines);
	log_header(log, index, e->time, buf_slice(&lines), root, &header);
	same = slice_eq(buf_slice(&header), (struct slice){e->header, e->header_len});
	buf_fini(&lines);
	buf_fini(&header);
	free(root);
	return same ? NULL : "a header is not what its boxes say";
}

static const char *check_head(const struct min_log *log, uint32_t index, struct min_tree *tree)
{
	const struct log_entry *e = &log->entry[index];
	struct min_hash leaf = min_leaf_hash((struct slice){e->header, e->header_len});
	struct min_hash root;
	struct buf head = {0};
	bool holds;

	min_tree_add(tree, &leaf);
	root = min_tree_root(tree);
	if (!min_hash_eq(&root, &e->root)) {
		return "the root of a head";
	}
	min_checkpoint_text(&head, log->origin, index + 1, &root);
	holds = min_ed_verify(log->log_key, buf_slice(&head), e->sig);
	buf_fini(&head);
	return holds ? NULL : "the signature of a head";
}

/* ---- private state, by what entry 1 says of it ---- */

static const struct log_leaf *named(const struct min_log *log, size_t slot, const char *name)
{
	const struct log_box *b = log_box(log, LOG_MINUTES, log_slot_base(log) + slot);

	for (size_t i = 0; i < b->count; i++) {
		if (b->leaf[i].bytes && slice_is(b->leaf[i].name, name)) {
			return &b->leaf[i];
		}
	}
	return NULL;
}

static bool is_manifest(const struct min_log *log, const struct min_party *p)
{
	const struct log_leaf *l = named(log, p->slot, "manifest");
	struct min_leaf leaf;
	json_t *want;
	bool same;

	if (!l || !min_leaf_decode(l->d, &leaf)) {
		return false;
	}
	want = log_manifest(log, p);
	same = json_equal(leaf.value, want);
	json_decref(want);
	min_leaf_fini(&leaf);
	return same;
}

/* How many leaves of entry 1 begin so, in a slot. */
static size_t beginning(const struct min_log *log, size_t slot, const char *with)
{
	const struct log_box *b = log_box(log, LOG_MINUTES, log_slot_base(log) + slot);
	size_t n = 0;

	for (size_t i = 0; i < b->count; i++) {
		n += slice_begins(b->leaf[i].name, with);
	}
	return n;
}

/* Who is told of in each slot follows from the audiences and from who may know whom. */
static bool has_members(const struct min_log *log)
{
	seat_set told[MIN_SLOTS] = {0};
	char name[8 + MIN_ID_CHARS];
	bool same = true;

	for (size_t a = 0; a < log->audience_count; a++) {
		for (size_t i = 0; i < log->party_count; i++) {
			uint16_t label[MIN_SLOTS];
			size_t n = 0;

			if (log->audience[a].seats & seat_bit(log->party[i].seat)) {
				n = log_told_in(log, log->audience[a].slot, log->party[i].seat,
						label);
			}
			for (size_t k = 0; k < n; k++) {
				told[label[k] - log_slot_base(log)] |= seat_bit(log->party[i].seat);
			}
		}
	}
	for (size_t s = 0; same && s < MIN_SLOTS; s++) {
		same = beginning(log, s, "member/") == (size_t)__builtin_popcountll(told[s]);
		for (size_t i = 0; same && i < log->party_count; i++) {
			if (told[s] & seat_bit(log->party[i].seat)) {
				memcpy(name, "member/", 7);
				memcpy(name + 7, log->party[i].id, MIN_ID_CHARS + 1);
				same = named(log, s, name) != NULL;
			}
		}
	}
	return same;
}

static const char *check_state(const struct min_log *log)
{
	uint32_t used = 0;
	size_t manifests = 0;

	for (size_t i = 0; i < log->party_count; i++) {
		if (!is_manifest(log, &log->party[i])) {
			return "what a seat reads is not what its manifest says";
		}
		used |= (uint32_t)1 << log->party[i].slot;
	}
	for (size_t s = 0; s < MIN_SLOTS; s++) {
		manifests += beginning(log, s, "manifest");
		if (!(used >> s & 1) && !log_audience_of(log, s) &&
		    log_box(log, LOG_MINUTES, log_slot_base(log) + s)->real > 0) {
			return "a slot that nobody has says something";
		}
	}
	if (manifests != log->party_count) {
		return "there are more manifests than seats, or fewer";
	}
	return has_members(log) ? NULL : "who is of an audience";
}

/* ---- what rounds say, and what waits for one: it is under no head yet ---- */

static const char *check_fact(const struct min_log *log, uint32_t index, const struct log_leaf *l)
{
	uint32_t entry;

	if (index >= log->entry_count &&
	    (log_round_for(log, (uint64_t)l->time, &entry) != ERR_OK || entry != index)) {
		return "a leaf waits for another round";
	}
	return slice_begins(l->name, "act/") ? log_act_check(log, l) : NULL;
}

struct gone {
	struct min_hash *hash; /* named by erasures */
	size_t count, cap;
};

static void add_gone(struct gone *g, const struct log_leaf *l)
{
	struct min_leaf leaf;
	struct min_hash hash;
	const json_t *v;

	if (!slice_begins(l->name, "erase/") || !min_leaf_decode(l->d, &leaf)) {
		return;
	}
	v = json_object_get(leaf.value, "leaf");
	if (min_b64_exact((struct slice){json_string_value(v), json_string_length(v)}, hash.b,
			  sizeof hash.b)) {
		mem_room(&g->hash, &g->cap, g->count, sizeof *g->hash);
		g->hash[g->count++] = hash;
	}
	min_leaf_fini(&leaf);
}

static bool is_gone(const struct gone *g, const struct min_hash *hash)
{
	for (size_t i = 0; i < g->count; i++) {
		if (min_hash_eq(&g->hash[i], hash)) {
			return true;
		}
	}
	return false;
}

typedef const char *leaf_check(const struct min_log *log, uint32_t index, const struct log_leaf *l,
			       struct gone *gone);

static const char *find_erasures(const struct min_log *log, uint32_t index,
				 const struct log_leaf *l, struct gone *gone)
{
	if (index < LOG_FIRST_ROUND || l->ord[0] != ORD_LEAF) {
		return NULL;
	}
	add_gone(gone, l);
	return check_fact(log, index, l);
}

/* What has no text is what an erasure names, and nothing else. */
static const char *find_gone(const struct min_log *log, uint32_t index, const struct log_leaf *l,
			     struct gone *gone)
{
	(void)log;
	(void)index;
	if (is_gone(gone, &l->hash) == (l->bytes == NULL)) {
		return NULL;
	}
	return l->bytes ? "a leaf that was erased is there" : "a leaf is gone that nobody erased";
}

static const char *each_leaf(const struct min_log *log, leaf_check *check, struct gone *gone)
{
	const char *why = NULL;

	for (uint32_t i = 0; i < log->entry_made; i++) {
		for (size_t b = 0; b < log_boxes_of(log, i); b++) {
			const struct log_box *box = &log->entry[i].box[b];

			for (size_t k = 0; !why && k < box->count; k++) {
				why = check(log, i, &box->leaf[k], gone);
			}
		}
	}
	return why;
}

const char *min_log_check(const struct min_log *log)
{
	struct min_tree tree = {0};
	struct gone gone = {0};
	const char *why = NULL;

	for (uint32_t i = 0; !why && i < log->entry_made; i++) {
		for (size_t k = 0; !why && k < log_boxes_of(log, i); k++) {
			why = check_box(log, i, &log->entry[i].box[k]);
		}
		if (!why && i < log->entry_count) {
			why = check_header(log, i);
			why = why ? why : check_head(log, i, &tree);
		}
	}
	why = why ? why : check_state(log);
	why = why ? why : each_leaf(log, find_erasures, &gone);
	why = why ? why : each_leaf(log, find_gone, &gone);
	free(gone.hash);
	return why;
}
