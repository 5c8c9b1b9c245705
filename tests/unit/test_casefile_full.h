#ifndef ROKUSHA_TESTS_UNIT_TEST_CASEFILE_FULL_H
#define ROKUSHA_TESTS_UNIT_TEST_CASEFILE_FULL_H

/*
 * A case file made from the tables of the format: every key there is, each with a value of its
 * kind, and the list of the places where text may stand. A key that is added is in it by itself.
 */
#include "base/limits.h"
#include "casefile/casefile_format.h"
#include "casefile/casefile_parts.h"
#include "test_casefile_rig.h"

enum { PLACES_MAX = 2048, FULL_PATH = 256, FULL_ID_UNITS = 64 };

/* Every id in the file is this one; ids are unique by kind only. */
#define FULL_ID "x"

/* A place where text may stand. */
struct full_place {
	char path[FULL_PATH];
	json_t *in; /* borrowed from the document */
	const char *key;
	size_t index; /* in an array: `key` is NULL */
	uint16_t col; /* SCHEMA_NONE: goes to no column of its own */
	bool lines;   /* LF is allowed */
	bool seats;   /* "@" at its begin is refused */
	bool inner;   /* in a further series: checked, and kept as it is */
	size_t units_max;
};

/* A place where a number or a day stands. */
struct full_number {
	char path[FULL_PATH];
	json_t *in;
	const char *key;
	bool day;
	bool id; /* something else may refer to it */
	int64_t min, max;
};

struct full {
	const struct schema *schema;
	bool or_text; /* a text where an object or a text may stand */
	json_t *doc;
	char path[FULL_PATH];
	const char *area;
	unsigned depth; /* of documents */
	struct full_place place[PLACES_MAX];
	size_t count;
	struct full_number number[PLACES_MAX];
	size_t number_count;
};

static inline uint16_t full_col(const struct full *f, const struct key *k)
{
	char id[160];
	const char *hole = k->col ? strstr(k->col, "{area}") : NULL;

	if (!k->col) {
		return SCHEMA_NONE;
	}
	if (hole) {
		snprintf(id, sizeof id, "%.*s%s%s", (int)(hole - k->col), k->col, f->area,
			 hole + 6);
	}
	return schema_col_find(f->schema, slice_of(hole ? id : k->col));
}

static inline void full_note(struct full *f, json_t *in, const char *key, size_t index,
			     const struct key *k, bool lines)
{
	uint16_t col = k->kind == KIND_COL ? full_col(f, k) : SCHEMA_NONE;
	const struct schema_col *c = col == SCHEMA_NONE ? NULL : &f->schema->col[col];
	bool single = c && (c->type == CELL_TEXT || c->type == CELL_LINE);
	struct full_place *p = &f->place[f->count++];

	cr_assert(f->count < PLACES_MAX);
	*p = (struct full_place){.in = in, .key = key, .index = index, .col = col, .lines = lines};
	snprintf(p->path, sizeof p->path, "%s", f->path);
	p->seats = c && c->type == CELL_SEATS;
	p->inner = f->depth > 1;
	p->units_max = single ? c->units_max : lines ? LIMIT_TEXT_UNITS : LIMIT_LINE_UNITS;
}

static json_t *full_object(struct full *f, const struct shape *shape);

/* ids and what is no text; NULL: it is text */
static inline json_t *full_word(struct full *f, const struct key *k)
{
	const struct {
		const char *name, *value;
	} special[] = {
	    {"promoted_from", "kp"},
	    {"role", "self"},
	    {"about_party", "y"},
	    {"op", "append"},
	    {"until", "2026-12-31"},
	    {"at", "2026-01-01T10:00"},
	    {"held_on", "2026-11-12"},
	    {"legal_basis", f->depth > 1 ? "support_s9" : "consent_based"},
	};

	for (size_t i = 0; i < sizeof special / sizeof *special; i++) {
		if (strcmp(k->name, special[i].name) == 0) {
			return json_string(special[i].value);
		}
	}
	switch (k->kind) {
	case KIND_DATE:
		return json_string("2026-01-01");
	case KIND_TIME:
		return json_string("2026-01-01T10:00");
	case KIND_CLOCK:
		return json_string("14:00");
	case KIND_OFFSET:
		return json_string("00:00");
	case KIND_BOOL:
		return json_boolean(!is_word_of("guest barred", k->name));
	case KIND_INT:
		return json_integer(k->min);
	case KIND_WORD:
		return json_stringn(k->words, strcspn(k->words, " "));
	case KIND_FIELD:
		return json_string("min.person_words");
	case KIND_ROLE:
		return json_string("self");
	case KIND_ITEM:
	case KIND_DECISION:
		return json_integer(1);
	case KIND_SEATS_BY_ROLE:
		return json_pack("{s:[s]}", "self", FULL_ID);
	case KIND_ID:
	case KIND_PARTY:
	case KIND_WHO:
	case KIND_ANYONE:
	case KIND_CONSENT:
	case KIND_RESOURCE:
	case KIND_MEMBER:
		return strcmp(k->name, "series_no") == 0 && f->depth > 1 ? json_string("x2")
									 : json_string(FULL_ID);
	default:
		return NULL;
	}
}

/* A value of a column that is no text; NULL: it is text, or a list of it. */
static inline json_t *full_cell(const struct full *f, const struct key *k)
{
	const struct schema_col *c = &f->schema->col[full_col(f, k)];

	switch (c->type) {
	case CELL_DATE:
		return json_string("2026-01-01");
	case CELL_ENUM:
		return json_string(f->schema->enums[c->enum_].value[0].id);
	case CELL_INT:
		return json_integer(c->int_min);
	case CELL_BOOL:
		return json_true();
	default:
		return NULL;
	}
}

static json_t *full_areas(struct full *f, const struct key *k)
{
	json_t *areas = json_object();
	size_t before = strlen(f->path);

	for (uint16_t i = 0; i < f->schema->area_count; i++) {
		f->area = f->schema->area[i].id;
		snprintf(f->path + before, sizeof f->path - before, ".%s", f->area);
		json_object_set_new(areas, f->area, full_object(f, k->shape));
		f->path[before] = '\0';
	}
	return areas;
}

static inline bool full_is_list(const struct full *f, const struct key *k)
{
	uint16_t col = k->kind == KIND_COL ? full_col(f, k) : SCHEMA_NONE;

	return (k->flags & LIST) ||
	       (col != SCHEMA_NONE &&
		(f->schema->col[col].type == CELL_LIST || f->schema->col[col].type == CELL_SEATS));
}

static inline void full_note_number(struct full *f, json_t *in, const char *key,
				    const struct key *k)
{
	uint16_t col = k->kind == KIND_COL ? full_col(f, k) : SCHEMA_NONE;
	const struct schema_col *c = col == SCHEMA_NONE ? NULL : &f->schema->col[col];
	struct full_number *n = &f->number[f->number_count];
	bool number = k->kind == KIND_INT || (c && c->type == CELL_INT);

	*n = (struct full_number){.in = in, .key = key, .min = k->min, .max = k->max};
	snprintf(n->path, sizeof n->path, "%s", f->path);
	n->day = k->kind == KIND_DATE || (c && c->type == CELL_DATE);
	n->id = strcmp(key, "no") == 0 || strstr(key, "_no") || strcmp(key, "seq") == 0;
	if (c) {
		n->min = c->int_min;
		n->max = c->int_max;
	}
	cr_assert(f->number_count + 1 < PLACES_MAX);
	f->number_count += number || n->day;
}

/* Puts the value of a key into `in` under `key`, or as entry 0. */
static void full_put(struct full *f, json_t *in, const struct key *k, const char *key)
{
	bool as_text = k->kind == KIND_OBJECT && (k->flags & OR_TEXT) && f->or_text;
	json_t *v = full_word(f, k);
	uint16_t col;

	if (!v && k->kind == KIND_COL) {
		v = full_cell(f, k);
	}
	if (!v && k->kind == KIND_AREAS) {
		v = full_areas(f, k);
	}
	if (!v && k->kind == KIND_OBJECT && !as_text) {
		v = full_object(f, k->shape);
	}
	if (!v) {
		col = k->kind == KIND_COL ? full_col(f, k) : SCHEMA_NONE;
		full_note(f, in, key, 0, k,
			  col != SCHEMA_NONE ? f->schema->col[col].type == CELL_TEXT
					     : k->kind != KIND_LINE);
		v = json_string("文");
	}
	if (key) {
		full_note_number(f, in, key, k);
		json_object_set_new(in, key, v);
	} else {
		json_array_append_new(in, v);
	}
}

static json_t *full_object(struct full *f, const struct shape *shape)
{
	json_t *o = json_object();
	size_t before = strlen(f->path);

	f->depth += shape == &shape_document;
	for (const struct key *k = shape->key; k->name; k++) {
		if (k->shape == &shape_document && f->depth > 1) {
			continue; /* deep enough */
		}
		if (k->shape == &shape_row || strcmp(k->name, "more") == 0) {
			continue; /* they say once more what is there already: more_cells */
		}
		snprintf(f->path + before, sizeof f->path - before, ".%s%s", k->name,
			 full_is_list(f, k) ? "[0]" : "");
		if (full_is_list(f, k)) {
			json_t *list = json_array();

			json_object_set_new(o, k->name, list);
			full_put(f, list, k, NULL);
		} else {
			full_put(f, o, k, k->name);
		}
		f->path[before] = '\0';
	}
	f->depth -= shape == &shape_document;
	return o;
}

/* A seat of every role, so that somebody reads each field. "y" is named in the denials. */
static inline void full_seats(const struct schema *s, json_t *doc)
{
	json_t *list = json_object_get(doc, "parties");

	json_array_append_new(list, json_pack("{s:s,s:s}", "id", "y", "role", "guest"));
	for (unsigned i = 0; i < s->role_count; i++) {
		json_array_append_new(list, json_pack("{s:o,s:s}", "id", json_sprintf("z%u", i),
						      "role", s->role[i].id));
	}
}

static inline void full_init(struct full *f, const struct schema *schema, bool or_text)
{
	*f = (struct full){.schema = schema, .or_text = or_text, .path = "$"};
	f->doc = full_object(f, &shape_document);
	full_seats(schema, f->doc);
	full_seats(schema, json_array_get(json_object_get(f->doc, "other_series"), 0));
}

static inline void full_fini(struct full *f)
{
	json_decref(f->doc);
}

static inline void full_set(const struct full_place *p, struct slice text)
{
	json_t *v = json_stringn_nocheck(text.ptr, text.len);

	if (p->key) {
		json_object_set_new(p->in, p->key, v);
	} else {
		json_array_set_new(p->in, p->index, v);
	}
}

#endif
