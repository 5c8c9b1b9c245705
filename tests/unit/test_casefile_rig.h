#ifndef ROKUSHA_TESTS_UNIT_TEST_CASEFILE_RIG_H
#define ROKUSHA_TESTS_UNIT_TEST_CASEFILE_RIG_H

/* A case file, changed at will with jansson or as text, and the records that came of it. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdlib.h>

#include "base/buf.h"
#include "casefile/casefile.h"
#include "support/files.h"

struct rig {
	struct schema *schema;
	struct casefile_options options;
	uint64_t dice;
	json_t *doc; /* NULL: the test gives text of its own */
	struct casefile file;
	char why[CASEFILE_WHY_BYTES];
	enum err result;
};

static inline void rig_init(struct rig *r, const char *path)
{
	*r = (struct rig){.dice = 1, .result = ERR_BUSY};
	r->options = (struct casefile_options){
	    .now_ms = 1790000000000, .random = rig_random, .random_arg = &r->dice};
	r->schema = rig_schema();
	if (path) {
		r->doc = json_load_file(path, 0, NULL);
		cr_assert(r->doc, "%s: run from the root of the repository", path);
	}
}

static inline void rig_drop(struct rig *r)
{
	if (r->result == ERR_OK) {
		casefile_fini(&r->file);
	}
	r->result = ERR_BUSY;
}

static inline void rig_fini(struct rig *r)
{
	rig_drop(r);
	json_decref(r->doc);
	schema_destroy(r->schema);
}

static inline enum err rig_read_text(struct rig *r, struct slice text)
{
	char *exact = malloc(text.len ? text.len : 1); /* so that ASan sees a byte too far */

	rig_drop(r);
	memcpy(exact, text.ptr, text.len);
	r->why[0] = '\0';
	r->result = casefile_read((struct slice){exact, text.len}, r->schema, &r->options, &r->file,
				  r->why);
	free(exact);
	return r->result;
}

static inline enum err rig_read(struct rig *r)
{
	char *text = json_dumps(r->doc, 0);
	enum err e = rig_read_text(r, slice_of(text));

	free(text);
	return e;
}

static inline void rig_must(struct rig *r)
{
	cr_assert(rig_read(r) == ERR_OK, "%s", r->why);
}

/* "parties/3/role" in a document. */
static inline json_t *rig_at(json_t *o, const char *path)
{
	char part[64];

	while (*path && o) {
		size_t n = strcspn(path, "/");

		cr_assert(n < sizeof part);
		memcpy(part, path, n);
		part[n] = '\0';
		o = json_is_array(o) ? json_array_get(o, (size_t)atoi(part))
				     : json_object_get(o, part);
		path += n + (path[n] == '/');
	}
	return o;
}

/* JSON as tests write it: ' stands for ". */
static inline char *rig_quoted(const char *text)
{
	char *out = strdup(text);

	for (char *c = out; *c; c++) {
		*c = *c == '\'' ? '"' : *c;
	}
	return out;
}

static inline json_t *rig_json(const char *text)
{
	char *quoted = rig_quoted(text);
	json_t *v = json_loads(quoted, JSON_DECODE_ANY, NULL);

	cr_assert(v, "%s", text);
	free(quoted);
	return v;
}

/* Put JSON text under `key` of the object at `path`. */
static inline void rig_put(struct rig *r, const char *path, const char *key, const char *value)
{
	json_t *v = rig_json(value);

	cr_assert(json_object_set_new(rig_at(r->doc, path), key, v) == 0, "%s", path);
}

static inline void rig_append(struct rig *r, const char *path, const char *value)
{
	cr_assert(json_array_append_new(rig_at(r->doc, path), rig_json(value)) == 0, "%s", path);
}

static inline json_t *rig_body(const struct record *rec)
{
	json_t *body = json_loadb(rec->body.ptr, rec->body.len, JSON_REJECT_DUPLICATES, NULL);

	cr_assert(body, "%.*s", (int)rec->body.len, rec->body.ptr);
	return body;
}

static inline size_t rig_count(const struct rig *r, enum record_kind kind, const char *table)
{
	size_t n = 0;

	for (size_t i = 0; i < r->file.record_count; i++) {
		const struct record *rec = &r->file.record[i];
		size_t len = table ? strlen(table) : 0;

		n += rec->kind == kind &&
		     (!table || (rec->cell.len == len + 17 && rec->cell.ptr[len] == '/' &&
				 memcmp(rec->cell.ptr, table, len) == 0));
	}
	return n;
}

/* The n-th record of a kind (of a table); the body is the caller's. */
static inline json_t *rig_nth(const struct rig *r, enum record_kind kind, const char *table,
			      size_t nth)
{
	for (size_t i = 0; i < r->file.record_count; i++) {
		const struct record *rec = &r->file.record[i];
		size_t len = table ? strlen(table) : 0;

		if (rec->kind == kind &&
		    (!table || (rec->cell.len == len + 17 && rec->cell.ptr[len] == '/' &&
				memcmp(rec->cell.ptr, table, len) == 0)) &&
		    nth-- == 0) {
			return rig_body(rec);
		}
	}
	cr_assert(false, "no %s of %s", record_kind_name(kind), table ? table : "its kind");
	return NULL;
}

/* Is this anywhere in what is stored for a room? */
static inline bool rig_holds(const struct rig *r, const char *needle)
{
	for (size_t i = 0; i < r->file.record_count; i++) {
		const struct record *rec = &r->file.record[i];

		if (memmem(rec->body.ptr, rec->body.len, needle, strlen(needle)) ||
		    memmem(rec->cell.ptr, rec->cell.len, needle, strlen(needle))) {
			return true;
		}
	}
	return false;
}

static inline bool rig_pending_holds(const struct rig *r, const char *needle)
{
	return memmem(r->file.pending.ptr, r->file.pending.len, needle, strlen(needle)) != NULL;
}

/* The value of a field, as JSON text in `out`. */
static inline const char *rig_field(const struct rig *r, const char *id, char out[256])
{
	json_t *body = rig_nth(r, RECORD_INIT, NULL, 0);
	json_t *pair = json_object_get(json_object_get(body, "cells"), id);
	char *text = json_dumps(json_array_get(pair, 1), JSON_ENCODE_ANY);

	cr_assert(text, "no field %s", id);
	snprintf(out, 256, "%s", text);
	free(text);
	json_decref(body);
	return out;
}

static inline json_t *rig_cell(json_t *row, const char *column)
{
	return json_array_get(json_object_get(json_object_get(row, "cells"), column), 1);
}

/* A list of seats as "0 3 7". */
static inline const char *rig_seats(json_t *row, const char *member, char out[256])
{
	json_t *list = json_object_get(row, member);
	size_t len = 0;

	snprintf(out, 256, json_is_array(list) ? "" : "none");
	for (size_t i = 0; i < json_array_size(list); i++) {
		len += (size_t)snprintf(out + len, 256 - len, "%s%d", i ? " " : "",
					(int)json_integer_value(json_array_get(list, i)));
	}
	return out;
}

#endif
