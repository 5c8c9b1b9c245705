/* Leaves and boxes, entries and heads: schema/minutes.md §1 and §3. */
#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/jsonw.h"
#include "base/mem.h"
#include "minutes/b64.h"
#include "minutes/log_parts.h"
#include "minutes/note.h"

/* ---- chance ---- */

static void fill(const struct min_log *log, uint8_t *out, size_t n, const char *place, va_list args)
{
	char *text = NULL;
	va_list again;
	int len;

	if (!log->port.names_places) {
		log->port.fill(log->port.arg, NULL, out, n);
		return;
	}
	va_copy(again, args);
	len = vsnprintf(NULL, 0, place, again);
	va_end(again);
	assert(len >= 0);
	text = mem_alloc((size_t)len + 1);
	vsnprintf(text, (size_t)len + 1, place, args);
	log->port.fill(log->port.arg, text, out, n);
	free(text);
}

void log_fill(const struct min_log *log, uint8_t *out, size_t n, const char *place, ...)
{
	va_list args;

	va_start(args, place);
	fill(log, out, n, place, args);
	va_end(args);
}

void log_id(const struct min_log *log, char out[MIN_ID_CHARS + 1], const char *place, ...)
{
	uint8_t bits[MIN_ID_CHARS / 2];
	va_list args;

	va_start(args, place);
	fill(log, bits, sizeof bits, place, args);
	va_end(args);
	sodium_bin2hex(out, MIN_ID_CHARS + 1, bits, sizeof bits);
}

/* ---- leaves ---- */

/* d and name in one piece. */
void leaf_set(struct log_leaf *l, struct slice d, struct slice name)
{
	l->bytes = mem_alloc(d.len + name.len + 1);
	memcpy(l->bytes, d.ptr, d.len);
	memcpy(l->bytes + d.len, name.ptr, name.len);
	l->d = (struct slice){l->bytes, d.len};
	l->name = (struct slice){l->bytes + d.len, name.len};
	l->is_amend = slice_begins(name, "amend/");
}

void leaf_forget(struct log_leaf *l)
{
	if (l->bytes) {
		sodium_memzero(l->bytes, l->d.len + l->name.len);
		free(l->bytes);
	}
	l->bytes = NULL;
	l->d = (struct slice){0};
	l->name = (struct slice){0};
}

/* As `d` is; `name` the whole. */
static enum err leaf_of(const struct min_log *log, size_t label, struct slice d, struct slice name,
			struct log_leaf *out)
{
	size_t before = log->label[label].len + 1;

	if (d.len > MIN_STRING_BYTES) {
		return ERR_LIMIT;
	}
	*out = (struct log_leaf){.label = (uint16_t)label, .hash = min_leaf_hash(d)};
	leaf_set(out, d, (struct slice){name.ptr + before, name.len - before});
	return ERR_OK;
}

/* `json` has been found good. `pad`: which of its box's it is, 0: none. */
static enum err make(const struct min_log *log, const char *when, size_t label, struct slice name,
		     uint32_t pad, struct slice json, struct log_leaf *out)
{
	struct slice in = log->label[label];
	struct buf whole = {0};
	struct buf d = {0};
	uint8_t salt[MIN_SALT_BYTES];
	char nth[12] = "";
	enum err e;

	if (pad && log->port.names_places) {
		snprintf(nth, sizeof nth, "%u", pad);
	}
	buf_add(&whole, in);
	buf_add_str(&whole, "/");
	buf_add(&whole, name);
	log_fill(log, salt, sizeof salt, "salt %s %.*s%s", when, (int)whole.len, whole.ptr, nth);
	min_leaf_encode_json(&d, salt, buf_slice(&whole), json);
	e = leaf_of(log, label, buf_slice(&d), buf_slice(&whole), out);
	sodium_memzero(salt, sizeof salt);
	buf_fini(&whole);
	buf_fini(&d);
	return e;
}

enum err leaf_make(const struct min_log *log, const char *when, size_t label, struct slice name,
		   const json_t *value, struct log_leaf *out)
{
	struct buf json = {0};
	enum err e = ERR_PROTO;

	if (min_value_add(&json, value) && min_text_is_plain(name)) {
		e = make(log, when, label, name, 0, buf_slice(&json), out);
	}
	buf_fini(&json);
	return e;
}

/* ---- batches ---- */

void batch_init(struct log_batch *b, const struct min_log *log, uint32_t entry, int64_t time)
{
	*b = (struct log_batch){.log = log, .entry = entry, .time = time};
	snprintf(b->when, sizeof b->when, "%u", entry);
	b->more = mem_alloc(log->label_count * sizeof *b->more);
}

void batch_fini(struct log_batch *b)
{
	for (size_t i = 0; i < b->count; i++) {
		leaf_forget(&b->leaf[i]);
	}
	free(b->leaf);
	free(b->more);
	*b = (struct log_batch){0};
}

static void push(struct log_batch *b, struct log_leaf leaf)
{
	leaf.time = b->time;
	mem_room(&b->leaf, &b->cap, b->count, sizeof *b->leaf);
	b->leaf[b->count++] = leaf;
}

/* With the count's a box holds MIN_BOX_LEAVES at most. */
static bool is_full(const struct log_batch *b, size_t label)
{
	const struct log_box *box = log_box(b->log, b->entry, label);

	return (box ? box->count : 0) + b->more[label] + 1 >= MIN_BOX_LEAVES;
}

enum err batch_add_made(struct log_batch *b, struct log_leaf *leaf)
{
	struct slice in = b->log->label[leaf->label];

	if (is_full(b, leaf->label)) {
		leaf_forget(leaf);
		return ERR_LIMIT;
	}
	leaf->ord[0] = ORD_LEAF;
	log_fill(b->log, leaf->ord + 1, ORD_BYTES - 1, "order %u %.*s/%.*s", b->entry, (int)in.len,
		 in.ptr, (int)leaf->name.len, leaf->name.ptr);
	b->more[leaf->label]++;
	push(b, *leaf);
	leaf->bytes = NULL;
	return ERR_OK;
}

enum err batch_add(struct log_batch *b, size_t label, struct slice name, json_t *value)
{
	struct log_leaf leaf = {0};
	enum err e = ERR_LIMIT;

	if (value && !is_full(b, label)) {
		e = leaf_make(b->log, b->when, label, name, value, &leaf);
	} else if (!value) {
		e = ERR_PROTO;
	}
	json_decref(value);
	return e == ERR_OK ? batch_add_made(b, &leaf) : e;
}

void batch_commit(struct log_batch *b, struct min_log *log, struct min_change *change)
{
	assert(b->log == log);
	log_make_entries(log, b->entry);
	for (size_t i = 0; i < b->count; i++) {
		struct log_leaf *l = &b->leaf[i];
		struct log_box *box = log_box(log, b->entry, l->label);

		change_leaf(change, b->entry, l);
		mem_room(&box->leaf, &box->cap, box->count, sizeof *box->leaf);
		box->leaf[box->count++] = *l;
		log->leaf_count++;
	}
	b->count = 0;
}

/* ---- an entry ---- */

static int by_ord(const void *a, const void *b)
{
	const struct log_leaf *x = a;
	const struct log_leaf *y = b;

	return memcmp(x->ord, y->ord, ORD_BYTES);
}

void log_sort_box(struct log_box *b)
{
	if (b->count) {
		qsort(b->leaf, b->count, sizeof *b->leaf, by_ord);
	}
}

/* The count's leaf, and pads. */
static enum err add_fixed(struct log_batch *b, size_t label, enum err e, uint32_t pad, size_t value)
{
	struct log_leaf leaf = {0};
	struct buf json = {0};

	jsonw_uint(&json, value);
	if (e == ERR_OK) {
		e = make(b->log, b->when, label, slice_of(pad ? "~pad" : "~"), pad,
			 buf_slice(&json), &leaf);
	}
	buf_fini(&json);
	if (e == ERR_OK) {
		leaf.ord[0] = pad ? ORD_PAD : ORD_COUNT;
		for (unsigned i = 0; pad && i < 4; i++) {
			leaf.ord[1 + i] = (uint8_t)(pad >> (24 - 8 * i));
		}
		push(b, leaf);
	}
	return e;
}

/* What the box lacks goes into the batch; its root. */
static enum err close_box(struct min_log *log, struct log_batch *b, size_t label,
			  struct min_hash *root)
{
	struct log_box *box = log_box(log, b->entry, label);
	size_t size = min_box_size(box->count);
	struct min_hash *hash = mem_alloc(size * sizeof *hash);
	size_t first = b->count;
	enum err e = add_fixed(b, label, ERR_OK, 0, box->count);

	log_sort_box(box);
	for (size_t i = 1 + box->count; i < size; i++) {
		e = add_fixed(b, label, e, (uint32_t)i, 0);
	}
	if (e == ERR_OK) {
		for (size_t i = 0; i < size; i++) {
			hash[i] = i == 0            ? b->leaf[first].hash
				  : i <= box->count ? box->leaf[i - 1].hash
						    : b->leaf[first + i - box->count].hash;
		}
		*root = min_box_root(hash, size);
		if (log->port.hide) {
			log->port.hide(log->port.arg, "box", SEAT_NONE, (uint16_t)label, b->when,
				       root);
		}
	}
	free(hash);
	return e;
}

void log_genesis_lines(const struct min_log *log, struct buf *out)
{
	uint8_t typed[MIN_KEY_TYPED] = {MIN_KEY_ED25519};
	struct slice parent = log->parent.len ? log->parent : slice_of("-");
	struct slice rp = log->rp.len ? log->rp : slice_of("-");

	memcpy(typed + 1, log->attest_key, sizeof log->attest_key);
	buf_printf(out, "log %.*s\nparent %.*s\n", (int)log->origin.len, log->origin.ptr,
		   (int)parent.len, parent.ptr);
	for (size_t i = 0; i < log->label_count; i++) {
		buf_printf(out, "label %.*s\n", (int)log->label[i].len, log->label[i].ptr);
	}
	buf_printf(out, "rp %.*s\nattest ", (int)rp.len, rp.ptr);
	min_b64_add(out, typed, sizeof typed);
	buf_add_str(out, "\n");
}

void log_minutes_lines(const struct min_log *log, struct buf *out)
{
	buf_printf(out, "deadline %llu\n", (unsigned long long)log->deadline);
}

void log_header(const struct min_log *log, uint32_t entry, uint64_t time, struct slice lines,
		const struct min_hash *root, struct buf *out)
{
	static const char *const kind[] = {"genesis", "minutes", "round"};
	char hash[MIN_B64_HASH + 1];

	buf_printf(out, "rokusha/entry/v1\nindex %u\nkind %s\ntime %llu\n", entry,
		   kind[entry < LOG_FIRST_ROUND ? entry : LOG_FIRST_ROUND],
		   (unsigned long long)time);
	buf_add(out, lines);
	if (entry != LOG_MINUTES) {
		struct min_hash all = min_root(root, MIN_SLOTS);

		min_b64_hash(&all, hash);
		buf_printf(out, "box %s\n", hash);
		return;
	}
	for (size_t i = 0; i < log->label_count; i++) {
		min_b64_hash(&root[i], hash);
		buf_printf(out, "box %.*s %s\n", (int)log->label[i].len, log->label[i].ptr, hash);
	}
}

/* The entry is there, with its head: `sig` of it. */
static void keep(struct min_log *log, uint64_t time, struct buf *header,
		 const struct min_hash *root, const struct min_tree *tree)
{
	uint32_t index = log->entry_count;
	struct log_entry *e = &log->entry[index];

	for (size_t i = 0; i < log_boxes_of(log, index); i++) {
		struct log_box *box = &e->box[i];

		box->root = root[i];
		box->real = 0;
		log_sort_box(box);
		for (size_t k = 0; k < box->count; k++) {
			box->real += box->leaf[k].ord[0] == ORD_LEAF;
			if (index >= LOG_FIRST_ROUND && box->leaf[k].is_amend) {
				log->changed[i] = index + 1;
			}
		}
	}
	e->time = time;
	e->header_len = header->len;
	e->header = mem_dup(buf_slice(header));
	log->tree = *tree;
	log->entry_count++;
}

enum err log_write_entry(struct min_log *log, uint64_t time, struct slice lines,
			 struct min_change *change)
{
	uint32_t index = log->entry_count;
	struct min_hash *root = mem_alloc(log_boxes_of(log, index) * sizeof *root);
	struct min_tree tree = log->tree;
	struct buf header = {0};
	struct buf head = {0};
	struct log_batch b;
	struct log_entry *entry;
	struct min_hash leaf;
	enum err e = ERR_OK;

	log_make_entries(log, index);
	entry = &log->entry[index];
	batch_init(&b, log, index, (int64_t)time);
	for (size_t i = 0; e == ERR_OK && i < log_boxes_of(log, index); i++) {
		e = close_box(log, &b, log_label_of(log, index, i), &root[i]);
	}
	if (e == ERR_OK) {
		log_header(log, index, time, lines, root, &header);
		leaf = min_leaf_hash(buf_slice(&header));
		min_tree_add(&tree, &leaf);
		entry->root = min_tree_root(&tree);
		min_checkpoint_text(&head, log->origin, index + 1, &entry->root);
		e = log->port.sign(log->port.arg, MIN_SIGN_LOG, buf_slice(&head), entry->sig)
			? ERR_OK
			: ERR_IO;
	}
	if (e == ERR_OK) {
		batch_commit(&b, log, change);
		keep(log, time, &header, root, &tree);
		change_entry(change, log, index);
	}
	batch_fini(&b);
	buf_fini(&header);
	buf_fini(&head);
	free(root);
	return e;
}

/* ---- rounds ---- */

enum err log_round_for(const struct min_log *log, uint64_t time, uint32_t *entry)
{
	for (uint32_t i = log->entry_count; i < MIN_ENTRIES; i++) {
		if (min_round_time(log->sealed, i - 1) >= time) {
			*entry = i;
			return ERR_OK;
		}
	}
	return ERR_LIMIT;
}

enum err min_log_until(struct min_log *log, uint64_t now, struct min_change *change)
{
	uint32_t end = log->entry_count;
	enum err e = ERR_OK;

	while (end <= MIN_ENTRIES && min_round_time(log->sealed, end - 1) <= now) {
		end++;
	}
	if (end > MIN_ENTRIES) {
		return ERR_LIMIT;
	}
	while (e == ERR_OK && log->entry_count < end) {
		e = log_write_entry(log, min_round_time(log->sealed, log->entry_count - 1),
				    (struct slice){0}, change);
	}
	return e;
}
