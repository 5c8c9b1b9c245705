/* What one seat gets: schema/minutes.md §6. No string in it needs an escape. */
#include <stdlib.h>

#include "base/mem.h"
#include "minutes/b64.h"
#include "minutes/log_parts.h"
#include "minutes/note.h"

static void add_quoted(struct buf *out, struct slice s)
{
	buf_add_str(out, "\"");
	buf_add(out, s);
	buf_add_str(out, "\"");
}

static void add_leaves(const struct log_box *box, struct buf *out)
{
	buf_add_str(out, "[");
	for (size_t i = 0; i < box->count; i++) {
		const struct log_leaf *l = &box->leaf[i];

		buf_add_str(out, i ? ",\"" : "\"");
		buf_add(out, l->d);
		if (!l->bytes) {
			buf_add_str(out, "x:");
			min_b64_add(out, l->hash.b, sizeof l->hash.b);
		}
		buf_add_str(out, "\"");
	}
	buf_add_str(out, "]");
}

/* The tree over the slots, those of the reader open. */
static void add_part(const struct min_log *log, uint32_t entry, uint8_t seat, struct buf *out)
{
	const struct log_entry *e = &log->entry[entry];
	struct min_hash root[MIN_SLOTS];
	bool open[MIN_SLOTS];
	struct min_part part[MIN_SLOTS];
	size_t parts;

	for (size_t i = 0; i < MIN_SLOTS; i++) {
		open[i] = min_log_reads(log, seat, log_slot_base(log) + i);
		root[i] = e->box[i].root;
	}
	parts = min_parts_of(open, MIN_SLOTS, part);
	min_parts_fill(part, parts, root);
	for (size_t i = 0; i < parts; i++) {
		buf_add_str(out, i ? "," : "");
		if (part[i].open) {
			add_leaves(&e->box[part[i].from], out);
		} else {
			buf_add_str(out, "\"");
			min_b64_add(out, part[i].hash.b, sizeof part[i].hash.b);
			buf_add_str(out, "\"");
		}
	}
}

static void add_entry(const struct min_log *log, uint32_t entry, uint8_t seat, struct buf *out)
{
	struct slice rest = {log->entry[entry].header, log->entry[entry].header_len};
	bool first = true;

	for (buf_add_str(out, "{\"h\":["); rest.len; first = false) {
		size_t len = (size_t)((const char *)memchr(rest.ptr, '\n', rest.len) - rest.ptr);

		buf_add_str(out, first ? "" : ",");
		add_quoted(out, (struct slice){rest.ptr, len});
		rest.ptr += len + 1;
		rest.len -= len + 1;
	}
	buf_add_str(out, "],\"b\":[");
	if (entry != LOG_MINUTES) {
		add_part(log, entry, seat, out);
	}
	first = true;
	for (size_t i = 0; entry == LOG_MINUTES && i < log->label_count; i++) {
		if (min_log_reads(log, seat, i)) {
			buf_add_str(out, first ? "" : ",");
			add_leaves(log_box(log, entry, i), out);
			first = false;
		}
	}
	buf_add_str(out, "]}");
}

/* Something of its was erased, and it has not been told. */
static bool is_owed(const struct min_log *log, uint8_t seat)
{
	for (uint32_t i = log->entry_count; i < log->entry_made; i++) {
		for (size_t s = 0; s < MIN_SLOTS; s++) {
			const struct log_box *box = &log->entry[i].box[s];

			for (size_t k = 0; k < box->count; k++) {
				if (slice_begins(box->leaf[k].name, "erase/") &&
				    min_log_reads(log, seat, box->leaf[k].label)) {
					return true;
				}
			}
		}
	}
	return false;
}

uint32_t min_log_bundle_size(const struct min_log *log, uint8_t seat)
{
	const struct min_party *p = min_log_party(log, seat);

	for (uint32_t i = p ? log->entry_count : 0; i > 0; i--) {
		for (size_t k = 0; k < log_boxes_of(log, i - 1); k++) {
			if (log->entry[i - 1].box[k].real > 0 &&
			    min_log_reads(log, seat, log_label_of(log, i - 1, k))) {
				return i;
			}
		}
	}
	return 0;
}

enum err min_log_bundle(const struct min_log *log, uint8_t seat, struct buf *out)
{
	uint32_t size = min_log_bundle_size(log, seat);
	uint8_t key[MIN_KEY_TYPED] = {MIN_KEY_ED25519};
	size_t before = out->len;
	bool first = true;

	if (size == 0) {
		return ERR_GONE;
	}
	if (is_owed(log, seat)) {
		return ERR_BUSY;
	}
	memcpy(key + 1, log->log_key, sizeof log->log_key);
	buf_add_str(out, "{\"format\":\"rokusha-bundle/1\",\"origin\":");
	add_quoted(out, log->origin);
	buf_add_str(out, ",\"key\":\"");
	min_b64_add(out, key, sizeof key);
	buf_printf(out, "\",\"size\":%u,\"sig\":\"", size);
	min_b64_add(out, log->entry[size - 1].sig, sizeof log->entry[size - 1].sig);
	buf_add_str(out, "\",\"reads\":[");
	for (size_t i = 0; i < log->label_count; i++) {
		if (min_log_reads(log, seat, i)) {
			buf_add_str(out, first ? "" : ",");
			add_quoted(out, log->label[i]);
			first = false;
		}
	}
	buf_add_str(out, "],\"entries\":[\n");
	for (uint32_t i = 0; i < size && out->len - before <= MIN_BUNDLE_BYTES; i++) {
		add_entry(log, i, seat, out);
		buf_add_str(out, i + 1 < size ? ",\n" : "\n");
	}
	buf_add_str(out, "]}\n");
	if (out->len - before > MIN_BUNDLE_BYTES) {
		out->len = before;
		return ERR_LIMIT;
	}
	return ERR_OK;
}
