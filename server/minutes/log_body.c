/*
 * The private state of a log, as JSON: what no entry says, or not to one who reads them all. Sets
 * of seats and numbers of the room are 16 hexadecimal digits.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "minutes/b64.h"
#include "minutes/log_parts.h"

enum { BODY_VERSION = 1, BODY_ROWS = 65536 };

static json_t *hex(uint64_t n)
{
	char text[HEX64_LEN + 1];

	id_to_hex(n, text);
	return json_string(text);
}

static json_t *text(struct slice s)
{
	return json_stringn(s.ptr ? s.ptr : "", s.len);
}

static struct slice slice_of_json(const json_t *v)
{
	return (struct slice){json_string_value(v), json_string_length(v)};
}

static json_t *base64(const void *bytes, size_t n)
{
	struct buf b = {0};
	json_t *v;

	min_b64_add(&b, bytes, n);
	v = text(buf_slice(&b));
	buf_fini(&b);
	return v;
}

static json_t *erased_amends(const struct min_log *log)
{
	json_t *all = json_array();

	for (uint32_t i = LOG_FIRST_ROUND; i < log->entry_made; i++) {
		for (size_t s = 0; s < MIN_SLOTS; s++) {
			const struct log_box *b = &log->entry[i].box[s];

			for (size_t k = 0; k < b->count; k++) {
				if (b->leaf[k].is_amend && !b->leaf[k].bytes) {
					json_array_append_new(
					    all,
					    base64(b->leaf[k].hash.b, sizeof b->leaf[k].hash.b));
				}
			}
		}
	}
	return all;
}

static json_t *people(const struct min_log *log)
{
	json_t *all = json_array();

	for (size_t i = 0; i < log->party_count; i++) {
		const struct min_party *p = &log->party[i];

		json_array_append_new(all, json_pack("{s:i, s:s, s:o, s:o, s:i, s:o}", "seat",
						     p->seat, "id", p->id, "wire", hex(p->wire),
						     "role", text(p->role), "slot", p->slot,
						     "knows", hex(p->knows)));
	}
	return all;
}

/* Whether it is still what was written. */
static bool has_sum(json_t *all)
{
	struct min_hash was;
	bool same = min_b64_exact(slice_of_json(json_object_get(all, "sum")), was.b, sizeof was.b);
	struct min_hash sum;
	char *dump;

	json_object_del(all, "sum");
	dump = json_dumps(all, JSON_COMPACT);
	sum = min_sha256(&(struct slice){dump, strlen(dump)}, 1);
	free(dump);
	return same && min_hash_eq(&was, &sum);
}

void log_body(const struct min_log *log, struct buf *out)
{
	json_t *audiences = json_array();
	json_t *classes = json_array();
	json_t *rows = json_array();
	json_t *all;
	struct min_hash sum;
	char *dump;

	for (size_t i = 0; i < log->audience_count; i++) {
		json_array_append_new(audiences, json_pack("[i, o]", log->audience[i].slot,
							   hex(log->audience[i].seats)));
	}
	for (size_t i = 0; i < log->class_count; i++) {
		json_array_append_new(classes, json_pack("[o, o]", text(log->cls[i].label),
							 hex(log->cls[i].readers)));
	}
	for (size_t i = 0; i < log->row_count; i++) {
		json_array_append_new(rows,
				      json_pack("[o, s]", hex(log->row[i].room), log->row[i].id));
	}
	all = json_pack("{s:i, s:o, s:o, s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "v",
			BODY_VERSION, "origin", text(log->origin), "parent", text(log->parent),
			"rp", text(log->rp), "sealed", (json_int_t)log->sealed, "deadline",
			(json_int_t)log->deadline, "log", base64(log->log_key, 32), "attest",
			base64(log->attest_key, 32), "seats", people(log), "audiences", audiences,
			"classes", classes, "rows", rows, "amends", erased_amends(log));
	dump = json_dumps(all, JSON_COMPACT);
	sum = min_sha256(&(struct slice){dump, strlen(dump)}, 1);
	/* Its last member, behind all others: as if it had been in the object before. */
	buf_add(out, (struct slice){dump, strlen(dump) - 1});
	buf_add_str(out, ",\"sum\":\"");
	min_b64_add(out, sum.b, sizeof sum.b);
	buf_add_str(out, "\"}");
	free(dump);
	json_decref(all);
}

/* ---- reading: false where it is not as written above ---- */

static bool read_text(struct min_log *log, const json_t *v, struct slice *out)
{
	if (!json_is_string(v)) {
		return false;
	}
	*out = arena_dup(&log->mem, slice_of_json(v));
	return true;
}

static bool read_hex(const json_t *v, uint64_t *out)
{
	return json_is_string(v) && id_from_hex(slice_of_json(v), out);
}

static bool read_number(const json_t *v, uint64_t most, uint64_t *out)
{
	if (!json_is_integer(v) || json_integer_value(v) < 0 ||
	    (uint64_t)json_integer_value(v) > most) {
		return false;
	}
	*out = (uint64_t)json_integer_value(v);
	return true;
}

static bool read_slot(const json_t *v, uint32_t *used, uint8_t *out)
{
	uint64_t n;

	if (!read_number(v, MIN_SLOTS - 1, &n) || (*used & (uint32_t)1 << n)) {
		return false;
	}
	*used |= (uint32_t)1 << n;
	*out = (uint8_t)n;
	return true;
}

static bool read_id(const json_t *v, char out[MIN_ID_CHARS + 1])
{
	if (!json_is_string(v) || !min_id_is_valid(slice_of_json(v))) {
		return false;
	}
	memcpy(out, json_string_value(v), MIN_ID_CHARS + 1);
	return true;
}

static bool read_people(struct min_log *log, const json_t *list, uint32_t *used)
{
	size_t n = json_array_size(list);

	if (!json_is_array(list) || n > MIN_SLOTS) {
		return false;
	}
	log->party = arena_alloc(&log->mem, (n + 1) * sizeof *log->party);
	for (size_t i = 0; i < n; i++) {
		const json_t *v = json_array_get(list, i);
		struct min_party *p = &log->party[i];
		uint64_t seat;

		if (!read_number(json_object_get(v, "seat"), SEAT_MAX - 1, &seat) ||
		    (log->roster & seat_bit((unsigned)seat)) ||
		    !read_id(json_object_get(v, "id"), p->id) ||
		    !read_hex(json_object_get(v, "wire"), &p->wire) ||
		    !read_text(log, json_object_get(v, "role"), &p->role) ||
		    !read_slot(json_object_get(v, "slot"), used, &p->slot) ||
		    !read_hex(json_object_get(v, "knows"), &p->knows)) {
			return false;
		}
		p->seat = (uint8_t)seat;
		log->roster |= seat_bit(p->seat);
		log->party_count++;
	}
	return true;
}

static bool read_audiences(struct min_log *log, const json_t *list, uint32_t *used)
{
	size_t n = json_array_size(list);

	if (!json_is_array(list) || n > MIN_SLOTS) {
		return false;
	}
	log->audience = arena_alloc(&log->mem, (n + 1) * sizeof *log->audience);
	for (size_t i = 0; i < n; i++) {
		const json_t *v = json_array_get(list, i);
		struct log_audience *a = &log->audience[log->audience_count++];

		if (!read_slot(json_array_get(v, 0), used, &a->slot) ||
		    !read_hex(json_array_get(v, 1), &a->seats) || !a->seats ||
		    (a->seats & ~log->roster)) {
			return false;
		}
		for (size_t k = 0; k < log->party_count; k++) {
			if (a->seats & seat_bit(log->party[k].seat)) {
				log->party[k].shared |= (uint32_t)1 << a->slot;
			}
		}
	}
	return true;
}

static bool read_classes(struct min_log *log, const json_t *list)
{
	size_t n = json_array_size(list);

	if (!json_is_array(list) || 1 + n + MIN_SLOTS > MIN_LABELS) {
		return false;
	}
	log->cls = arena_alloc(&log->mem, (n + 1) * sizeof *log->cls);
	for (size_t i = 0; i < n; i++) {
		const json_t *v = json_array_get(list, i);
		struct log_class *c = &log->cls[log->class_count++];

		if (!read_text(log, json_array_get(v, 0), &c->label) ||
		    !min_label_is_class(c->label) || !read_hex(json_array_get(v, 1), &c->readers) ||
		    (c->readers & ~log->roster)) {
			return false;
		}
	}
	return true;
}

static bool read_rows(struct min_log *log, const json_t *list)
{
	size_t n = json_array_size(list);

	if (!json_is_array(list) || n > BODY_ROWS) {
		return false;
	}
	log->row = arena_alloc(&log->mem, (n + 1) * sizeof *log->row);
	for (size_t i = 0; i < n; i++) {
		const json_t *v = json_array_get(list, i);
		struct log_row *r = &log->row[log->row_count++];

		if (!read_hex(json_array_get(v, 0), &r->room) ||
		    !read_id(json_array_get(v, 1), r->id) || (i > 0 && r->room <= r[-1].room)) {
			return false;
		}
	}
	return true;
}

static bool read_amends(const json_t *list, struct min_hash **out, size_t *count)
{
	size_t n = json_array_size(list);

	if (!json_is_array(list)) {
		return false;
	}
	*out = mem_alloc((n + 1) * sizeof **out);
	for (*count = 0; *count < n; (*count)++) {
		if (!min_b64_exact(slice_of_json(json_array_get(list, *count)), (*out)[*count].b,
				   sizeof(*out)->b)) {
			return false;
		}
	}
	return true;
}

static bool read_params(struct min_log *log, const json_t *v)
{
	return read_text(log, json_object_get(v, "origin"), &log->origin) &&
	       min_origin_is_valid(log->origin) &&
	       read_text(log, json_object_get(v, "parent"), &log->parent) &&
	       read_text(log, json_object_get(v, "rp"), &log->rp) &&
	       read_number(json_object_get(v, "sealed"), LOG_TIME_MAX / 2, &log->sealed) &&
	       read_number(json_object_get(v, "deadline"), LOG_TIME_MAX, &log->deadline) &&
	       min_b64_exact(slice_of_json(json_object_get(v, "log")), log->log_key, 32) &&
	       min_b64_exact(slice_of_json(json_object_get(v, "attest")), log->attest_key, 32);
}

enum err log_read_body(struct min_log *log, struct slice body, struct min_hash **amends,
		       size_t *count)
{
	json_t *v = body.len ? json_loadb(body.ptr, body.len, JSON_REJECT_DUPLICATES, NULL) : NULL;
	uint32_t used = 0;
	uint64_t version;
	bool ok = v && has_sum(v) && read_number(json_object_get(v, "v"), BODY_VERSION, &version) &&
		  version == BODY_VERSION && read_params(log, v) &&
		  read_people(log, json_object_get(v, "seats"), &used) &&
		  read_audiences(log, json_object_get(v, "audiences"), &used) &&
		  read_classes(log, json_object_get(v, "classes")) &&
		  read_rows(log, json_object_get(v, "rows")) &&
		  read_amends(json_object_get(v, "amends"), amends, count);

	json_decref(v);
	return ok ? ERR_OK : ERR_PROTO;
}

bool min_body_roster(struct slice body, seat_set *out)
{
	struct min_port none = {0};
	struct min_log *log = log_create(&none);
	struct min_hash *amends = NULL;
	size_t count;
	bool ok = log_read_body(log, body, &amends, &count) == ERR_OK;

	if (ok) {
		*out = log->roster;
	}
	free(amends);
	min_log_free(log);
	return ok;
}
