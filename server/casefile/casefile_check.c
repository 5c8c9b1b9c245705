/*
 * Holds a document against the tables of the format. Two passes over the same tables: first types,
 * keys and values, then references, which need the ids of everything. Nothing is stored meanwhile.
 */
#include <assert.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "casefile/casefile_parts.h"

/* Far above what a conference has; below what would keep the reader busy for long. */
enum { OBJECTS_MAX = 4096 };

static const struct key *find_key(const struct shape *shape, const char *name)
{
	for (const struct key *k = shape->key; k->name; k++) {
		if (strcmp(k->name, name) == 0) {
			return k;
		}
	}
	return NULL;
}

/* What stands under `unique` in a list's objects, as a key of a map. */
static struct slice unique_value(const json_t *o, const char *unique, char number[32])
{
	const json_t *v = json_object_get(o, unique);

	if (json_is_integer(v)) {
		int len = snprintf(number, 32, "%" JSON_INTEGER_FORMAT, json_integer_value(v));

		return (struct slice){number, len > 0 ? (size_t)len : 0};
	}
	return (struct slice){json_string_value(v), json_string_length(v)};
}

static void check_unique(struct reader *r, const struct key *key, json_t *list)
{
	struct map seen = {.seed = r->o->random(r->o->random_arg)};
	json_t *o;
	size_t i;

	json_array_foreach(list, i, o)
	{
		char number[32];
		struct slice id = unique_value(o, key->unique, number);
		size_t at = path_index(r, i);

		if (map_get(&seen, id) != MAP_NONE) {
			size_t inner = path_key(r, key->unique);

			casefile_refuse(r, ERR_PROTO, "used twice");
			path_back(r, inner);
		}
		map_put(&seen, id, (uint32_t)i);
		path_back(r, at);
	}
	map_fini(&seen);
}

static void check_areas(struct reader *r, const struct key *key, json_t *areas)
{
	const char *name;
	json_t *o;

	if (!json_is_object(areas)) {
		casefile_refuse(r, ERR_PROTO, "must be an object");
		return;
	}
	json_object_foreach(areas, name, o)
	{
		size_t at = path_key(r, name);

		r->area = 0;
		while (r->area < r->schema->area_count &&
		       strcmp(r->schema->area[r->area].id, name) != 0) {
			r->area++;
		}
		if (r->area == r->schema->area_count) {
			casefile_refuse(r, ERR_PROTO, "unknown key");
		}
		if (r->failed == ERR_OK) {
			check_object(r, key->shape, o);
		}
		path_back(r, at);
	}
	r->area = SCHEMA_NONE;
}

/* A further series has ids of its own; nothing in it speaks of this one. */
static void check_inner_document(struct reader *r, json_t *o)
{
	const struct doc *outer = r->doc;

	if (r->failed != ERR_OK) {
		return;
	}
	/* The documents are gathered in the order in which they are met here. */
	if (r->refs) {
		r->doc = &r->docs[++r->docs_at];
		assert(r->doc->root == o);
	}
	check_object(r, &shape_document, o);
	r->doc = outer;
}

static void check_one(struct reader *r, const struct key *key, json_t *v)
{
	if (key->kind == KIND_AREAS) {
		check_areas(r, key, v);
	} else if (key->kind != KIND_OBJECT || ((key->flags & OR_TEXT) && json_is_string(v))) {
		check_value(r, key, v);
	} else if (key->shape == &shape_document) {
		check_inner_document(r, v);
	} else {
		check_object(r, key->shape, v);
	}
}

static void check_list(struct reader *r, const struct key *key, json_t *list)
{
	size_t most = key->kind == KIND_OBJECT || !key->col ? OBJECTS_MAX : LIMIT_LIST_ITEMS;
	json_t *v;
	size_t i;

	if (!json_is_array(list)) {
		casefile_refuse(r, ERR_PROTO, "must be a list");
		return;
	}
	if (json_array_size(list) > most) {
		casefile_refuse(r, ERR_LIMIT, "more than %zu entries", most);
		return;
	}
	json_array_foreach(list, i, v)
	{
		size_t at = path_index(r, i);

		check_one(r, key, v);
		path_back(r, at);
	}
	if (key->unique && !r->refs && r->failed == ERR_OK) {
		check_unique(r, key, list);
	}
}

static bool may_be_null(const struct key *key)
{
	return (key->flags & NULLS) || (key->kind == KIND_COL && !(key->flags & NEED));
}

static void check_key(struct reader *r, const struct key *key, json_t *v)
{
	size_t at = path_key(r, key->name);

	if (!v) {
		if (key->flags & NEED) {
			casefile_refuse(r, ERR_PROTO, "missing");
		}
	} else if (json_is_null(v)) {
		if (!may_be_null(key)) {
			casefile_refuse(r, ERR_PROTO, "must not be null");
		}
	} else if (key->flags & LIST) {
		check_list(r, key, v);
	} else {
		check_one(r, key, v);
	}
	path_back(r, at);
}

void check_object(struct reader *r, const struct shape *shape, json_t *o)
{
	const char *name;
	json_t *v;

	if (!json_is_object(o)) {
		casefile_refuse(r, ERR_PROTO, "must be an object");
		return;
	}
	json_object_foreach(o, name, v)
	{
		if (!r->refs && !find_key(shape, name)) {
			size_t at = path_key(r, name);

			casefile_refuse(r, ERR_PROTO, "unknown key");
			path_back(r, at);
		}
	}
	for (const struct key *k = shape->key; k->name && r->failed == ERR_OK; k++) {
		check_key(r, k, json_object_get(o, k->name));
	}
	if (shape->more && r->failed == ERR_OK) {
		shape->more(r, o);
	}
}

void check_document(struct reader *r)
{
	check_object(r, r->shape, r->root);
	if (r->failed != ERR_OK) {
		return;
	}
	case_docs_init(r);
	r->doc = &r->docs[0];
	r->refs = true;
	check_object(r, r->shape, r->root);
	r->doc = NULL;
}
