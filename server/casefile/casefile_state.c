/* Fields and rows while the state is put together: name -> value, checked against the form. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"
#include "casefile/casefile_parts.h"

const char *text_at(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

struct slice slice_at(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	return (struct slice){json_string_value(v), json_string_length(v)};
}

bool day_at(const json_t *o, const char *key, int64_t *ms)
{
	return casefile_date_ms(slice_at(o, key), ms);
}

uint64_t random_id(struct reader *r)
{
	uint64_t id = r->o->random(r->o->random_arg);

	return id ? id : 1; /* 0 is nobody and nothing elsewhere */
}

json_t *cell_value(struct reader *r, uint16_t col, json_t *v)
{
	const struct schema_col *c = &r->schema->col[col];
	json_t *out;

	if (!v || json_is_null(v)) {
		return schema_empty_value(c);
	}
	if (c->type != CELL_SEATS) {
		return json_incref(v);
	}
	/* Roles and parties become seats; other people's names stay as they are written. */
	out = json_array();
	for (size_t i = 0; i < json_array_size(v); i++) {
		const char *who = json_string_value(json_array_get(v, i));
		json_t *seats = seats_value(r, seats_of_who(r, who));

		if (json_array_size(seats) > 0) {
			json_array_extend(out, seats);
		} else {
			json_array_append_new(out, json_string(who_label(r, who)));
		}
		json_decref(seats);
		if (json_array_size(out) > LIMIT_LIST_ITEMS) {
			casefile_refuse(r, ERR_LIMIT, "stands for more than %d seats and names",
					LIMIT_LIST_ITEMS);
			break;
		}
	}
	return out;
}

void field_set(struct reader *r, const char *id, json_t *value)
{
	uint16_t col = schema_col_find(r->schema, slice_of(id));

	if (col == SCHEMA_NONE || r->schema->col[col].table != SCHEMA_NONE) {
		casefile_refuse(r, ERR_PROTO, "the form has no field %s", id);
	} else if (!json_is_null(value)) {
		if (r->schema->col[col].type != CELL_SEATS) {
			check_cell(r, col, value);
		}
		json_object_set(r->field, id, value);
	}
	json_decref(value);
}

/* Resources are kept by the name people know them by; the file's ids are its own. */
static json_t *resource_names(const struct reader *r, const json_t *ids)
{
	const json_t *all = json_object_get(r->root, "resources");
	json_t *names = json_array();

	for (size_t i = 0; i < json_array_size(ids); i++) {
		json_t *name = json_array_get(ids, i);

		for (size_t n = 0; n < json_array_size(all); n++) {
			const json_t *o = json_array_get(all, n);

			if (json_equal(json_object_get(o, "id"), json_array_get(ids, i)) &&
			    json_string_length(json_object_get(o, "name")) > 0) {
				name = json_object_get(o, "name");
			}
		}
		json_array_append(names, name);
	}
	return names;
}

static void field_take(struct reader *r, const struct key *key, json_t *v)
{
	uint16_t col = key_col(r, key);

	if (col != SCHEMA_NONE && r->schema->col[col].table == SCHEMA_NONE) {
		json_t *names = key->kind == KIND_RESOURCE ? resource_names(r, v) : NULL;

		json_object_set_new(r->field, r->schema->col[col].id,
				    cell_value(r, col, names ? names : v));
		json_decref(names);
	}
}

void fields_take(struct reader *r, const struct shape *shape, json_t *o)
{
	for (const struct key *k = shape->key; k->name && r->failed == ERR_OK; k++) {
		json_t *v = json_object_get(o, k->name);
		size_t at = path_key(r, k->name);

		if (k->kind == KIND_OBJECT && !(k->flags & LIST)) {
			fields_take(r, k->shape, v);
		}
		if (v && k->col) {
			field_take(r, k, v);
		}
		path_back(r, at);
	}
}

struct row *row_new(struct reader *r, const char *table, const char *name)
{
	uint16_t t = schema_table_find(r->schema, slice_of(table));
	struct row *row;

	if (t == SCHEMA_NONE) {
		casefile_refuse(r, ERR_PROTO, "the form has no table %s", table);
	}
	if (r->row_count >= LIMIT_ROOM_ROWS) {
		casefile_refuse(r, ERR_LIMIT, "more than %d rows", LIMIT_ROOM_ROWS);
		r->row_count--; /* the last one is given up, so that callers need not ask */
		json_decref(r->row[r->row_count].value);
	}
	mem_room(&r->row, &r->row_cap, r->row_count, sizeof *r->row);
	row = &r->row[r->row_count++];
	*row = (struct row){.table = t, .id = random_id(r), .name = name, .value = json_object()};
	return row;
}

bool row_is_in(const struct reader *r, const struct row *row, const char *table)
{
	return row->table != SCHEMA_NONE && strcmp(r->schema->table[row->table].id, table) == 0;
}

void row_set(struct reader *r, struct row *row, const char *column, json_t *value)
{
	uint16_t col = schema_table_col(r->schema, row->table, slice_of(column));

	if (col == SCHEMA_NONE) {
		casefile_refuse(r, ERR_PROTO, "the form has no column %s here", column);
	} else if (!json_is_null(value)) {
		enum cell_type type = r->schema->col[col].type;

		if (type != CELL_SEAT && type != CELL_SEATS) {
			check_cell(r, col, value);
		}
		json_object_set(row->value, column, value);
	}
	json_decref(value);
}

void row_take(struct reader *r, struct row *row, const struct shape *shape, json_t *o)
{
	for (const struct key *k = shape->key; k->name && r->failed == ERR_OK; k++) {
		json_t *v = json_object_get(o, k->name);
		uint16_t col = v && k->col ? key_col(r, k) : SCHEMA_NONE;
		size_t at = path_key(r, k->name);

		if (col != SCHEMA_NONE && r->schema->col[col].table == row->table) {
			row_set(r, row, r->schema->col[col].name, cell_value(r, col, v));
		}
		path_back(r, at);
	}
}

const char *row_number_name(struct reader *r, const json_t *o, const char *key)
{
	return arena_printf(&r->out->mem, "%" JSON_INTEGER_FORMAT,
			    json_integer_value(json_object_get(o, key)))
	    .ptr;
}

void pending_add(struct reader *r, const char *list, json_t *o)
{
	json_t *to = json_object_get(r->pending, list);

	if (!to) {
		to = json_array();
		json_object_set_new(r->pending, list, to);
	}
	json_array_append(to, o);
}

void pending_keep(struct reader *r, const char *name, json_t *value)
{
	if (value && !json_is_null(value)) {
		json_object_set(r->pending, name, value);
	}
}
