/* The log again, from all that was kept of it. */
#include <stdlib.h>

#include "base/mem.h"
#include "minutes/log_parts.h"

static bool is_amend(const struct min_hash *amend, size_t count, const struct min_hash *hash)
{
	for (size_t i = 0; i < count; i++) {
		if (min_hash_eq(&amend[i], hash)) {
			return true;
		}
	}
	return false;
}

/* d and the name in it. */
static bool take_text(const struct min_log *log, const struct min_row_leaf *row, struct log_leaf *l)
{
	struct slice label = log->label[row->label];
	struct min_leaf leaf;
	size_t before = label.len + 1;
	bool ok;

	if (row->d.len > MIN_STRING_BYTES || !min_leaf_decode(row->d, &leaf)) {
		return false;
	}
	ok = leaf.name.len > before && slice_eq((struct slice){leaf.name.ptr, label.len}, label) &&
	     leaf.name.ptr[label.len] == '/' && !json_is_null(leaf.value);
	if (ok) {
		leaf_set(l, row->d, (struct slice){leaf.name.ptr + before, leaf.name.len - before});
	}
	min_leaf_fini(&leaf);
	return ok;
}

static bool take_leaf(struct min_log *log, const struct min_row_leaf *row,
		      const struct min_hash *amend, size_t amends)
{
	struct log_leaf l = {.label = row->label, .time = row->time, .hash = row->hash};
	struct log_box *box;

	if (row->entry >= MIN_ENTRIES || row->label >= log->label_count ||
	    row->ord.len != ORD_BYTES) {
		return false;
	}
	log_make_entries(log, row->entry);
	box = log_box(log, row->entry, row->label);
	if (!box || box->count >= MIN_BOX_LEAVES) {
		return false;
	}
	memcpy(l.ord, row->ord.ptr, ORD_BYTES);
	if (!row->d.ptr) {
		l.is_amend = is_amend(amend, amends, &l.hash);
	} else if (!take_text(log, row, &l)) {
		return false;
	}
	/* As an index gives them: so each is there once. */
	if (box->count && memcmp(box->leaf[box->count - 1].ord, l.ord, ORD_BYTES) >= 0) {
		leaf_forget(&l);
		return false;
	}
	mem_room(&box->leaf, &box->cap, box->count, sizeof *box->leaf);
	box->leaf[box->count++] = l;
	log->leaf_count++;
	return true;
}

static bool take_entry(struct min_log *log, const struct min_row_entry *row, uint32_t index)
{
	struct log_entry *e;
	struct min_hash leaf;

	if (row->index != index || row->header.len == 0 || row->header.len > MIN_STRING_BYTES ||
	    row->header.ptr[row->header.len - 1] != '\n') {
		return false;
	}
	log_make_entries(log, index);
	e = &log->entry[index];
	e->header = mem_dup(row->header);
	e->header_len = row->header.len;
	e->time = index < LOG_FIRST_ROUND ? log->sealed : min_round_time(log->sealed, index - 1);
	e->root = row->root;
	memcpy(e->sig, row->sig, sizeof e->sig);
	leaf = min_leaf_hash(row->header);
	min_tree_add(&log->tree, &leaf);
	log->entry_count++;
	return true;
}

static void close_boxes(struct min_log *log, uint32_t index)
{
	for (size_t i = 0; i < log_boxes_of(log, index); i++) {
		struct log_box *b = &log->entry[index].box[i];
		struct min_hash *hash = mem_alloc((b->count + 1) * sizeof *hash);

		for (size_t k = 0; k < b->count; k++) {
			hash[k] = b->leaf[k].hash;
			b->real += b->leaf[k].ord[0] == ORD_LEAF;
			if (index >= LOG_FIRST_ROUND && b->leaf[k].is_amend) {
				log->changed[i] = index + 1;
			}
		}
		if (b->count) {
			b->root = min_box_root(hash, b->count);
		}
		free(hash);
	}
}

enum err min_log_load(const struct min_rows *rows, const struct min_port *port,
		      struct min_log **out)
{
	struct min_log *log = log_create(port);
	struct min_hash *amend = NULL;
	size_t amends = 0;
	enum err e = ERR_LIMIT;

	if (rows->entry_count <= MIN_ENTRIES) {
		e = rows->entry_count < LOG_FIRST_ROUND
			? ERR_PROTO
			: log_read_body(log, rows->body, &amend, &amends);
	}
	if (e == ERR_OK) {
		log_set_labels(log);
	}
	for (size_t i = 0; e == ERR_OK && i < rows->entry_count; i++) {
		e = take_entry(log, &rows->entry[i], (uint32_t)i) ? ERR_OK : ERR_PROTO;
	}
	for (size_t i = 0; e == ERR_OK && i < rows->leaf_count; i++) {
		e = take_leaf(log, &rows->leaf[i], amend, amends) ? ERR_OK : ERR_PROTO;
	}
	for (uint32_t i = 0; e == ERR_OK && i < log->entry_count; i++) {
		close_boxes(log, i);
	}
	if (e == ERR_OK) {
		*out = log;
	} else {
		min_log_free(log);
	}
	free(amend);
	return e;
}
