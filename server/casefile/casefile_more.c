/*
 * What the format has no key for: fields, tables and columns a form has beyond it, and of a row
 * whose it is. An export writes it, so that nothing is lost on the way back; a municipality's own
 * fields come in and go out this way.
 */
#include "base/limits.h"
#include "casefile/casefile_parts.h"

/* "@" and a party's id is a seat; any other text is what it is. Null with an error when not. */
static json_t *seat_in(struct reader *r, json_t *v, bool text_too)
{
	const char *text = json_string_value(v);
	bool named = text && text[0] == '@' && strlen(text) == json_string_length(v);
	seat_set seat = named ? seat_of_party(r, text + 1) : 0;

	if (seat) {
		return seat_value(r, seat);
	}
	if (!text || text[0] == '@' || !text_too) {
		casefile_refuse(r, ERR_PROTO, "must be \"@\" and the id of a party");
		return json_null();
	}
	check_name(r, v);
	return json_incref(v);
}

static json_t *seats_in(struct reader *r, json_t *list)
{
	json_t *out = json_array();
	json_t *v;
	size_t i;

	if (!json_is_array(list) || json_array_size(list) > LIMIT_LIST_ITEMS) {
		casefile_refuse(r, ERR_PROTO, "must be a list of at most %d", LIMIT_LIST_ITEMS);
		return out;
	}
	json_array_foreach(list, i, v)
	{
		size_t at = path_index(r, i);

		json_array_append_new(out, seat_in(r, v, true));
		path_back(r, at);
	}
	return out;
}

/* A value as it stands in a cell; NULL where it is null. */
static json_t *value_in(struct reader *r, uint16_t col, json_t *v)
{
	enum cell_type type = r->schema->col[col].type;

	if (json_is_null(v)) {
		return NULL;
	}
	if (type == CELL_SEAT) {
		return seat_in(r, v, false);
	}
	if (type == CELL_SEATS) {
		return seats_in(r, v);
	}
	check_cell(r, col, v);
	return json_incref(v);
}

static void cells_in(struct reader *r, struct row *row, json_t *cells)
{
	size_t at = path_key(r, "cells");
	const char *name;
	json_t *v;

	json_object_foreach(cells, name, v)
	{
		size_t inner = path_key(r, name);
		uint16_t col = row->table == SCHEMA_NONE
				   ? SCHEMA_NONE
				   : schema_table_col(r->schema, row->table, slice_of(name));
		json_t *value = NULL;

		if (col == SCHEMA_NONE) {
			casefile_refuse(r, ERR_PROTO, "the form has no such column");
		} else {
			value = value_in(r, col, v);
		}
		if (value && r->failed == ERR_OK) {
			json_object_set(row->value, name, value);
		} else if (col != SCHEMA_NONE && json_is_null(v)) {
			json_object_del(row->value, name); /* whatever the entry said */
		}
		json_decref(value);
		path_back(r, inner);
	}
	path_back(r, at);
}

static seat_set seats_at(const struct reader *r, const json_t *o, const char *key)
{
	const json_t *list = json_object_get(o, key);
	seat_set seats = 0;

	for (size_t i = 0; i < json_array_size(list); i++) {
		seats |= seat_of_party(r, json_string_value(json_array_get(list, i)));
	}
	return seats;
}

/* The agenda item a row of the minutes belongs to. */
static uint64_t item_at(struct reader *r, const json_t *o)
{
	const json_t *no = json_object_get(o, "item_no");
	const char *name = json_is_integer(no) ? row_number_name(r, o, "item_no") : NULL;

	for (size_t i = 0; name && i < r->row_count; i++) {
		if (row_is_in(r, &r->row[i], "conf.agenda_items") && r->row[i].name &&
		    strcmp(r->row[i].name, name) == 0) {
			return r->row[i].id;
		}
	}
	return 0;
}

/* Whatever the entry's kind would say; who is not named has no part in it. */
static void whose(struct reader *r, struct row *row, const json_t *o)
{
	row->owner = seats_at(r, o, "owner");
	row->about = seats_at(r, o, "about");
	row->has_audience = json_object_get(o, "audience") != NULL;
	row->audience = seats_at(r, o, row->has_audience ? "audience" : "shared");
	if (json_object_get(o, "item_no")) {
		row->item = item_at(r, o);
	}
}

void row_more(struct reader *r, struct row *row, json_t *entry)
{
	json_t *o = json_object_get(entry, "row");
	size_t at = path_key(r, "row");

	if (json_is_object(o)) {
		seat_set own = row->owner;
		bool is_party = row_is_in(r, row, "party");

		whose(r, row, o);
		if (is_party) { /* its seat's in any case; others may know it */
			row->owner = own;
			row->about = own;
		} else if (row->table != SCHEMA_NONE && r->schema->table[row->table].in_segment) {
			row->has_audience = true; /* never everybody's */
		}
		cells_in(r, row, json_object_get(o, "cells"));
	}
	path_back(r, at);
}

/* Of a meeting that rests on a law only what belongs to the meeting is kept. */
static bool is_kept(const struct reader *r, const char *id)
{
	return !r->statutory || strncmp(id, "conf.", 5) == 0 || strncmp(id, "min.", 4) == 0 ||
	       strncmp(id, "mon.", 4) == 0;
}

static void fields_in(struct reader *r, json_t *fields)
{
	size_t at = path_key(r, "fields");
	const char *id;
	json_t *v;

	json_object_foreach(fields, id, v)
	{
		size_t inner = path_key(r, id);
		uint16_t col = schema_col_find(r->schema, slice_of(id));
		json_t *value = NULL;

		if (col == SCHEMA_NONE || r->schema->col[col].table != SCHEMA_NONE) {
			casefile_refuse(r, ERR_PROTO, "the form has no such field");
		} else {
			value = value_in(r, col, v);
		}
		if (value && r->failed == ERR_OK && is_kept(r, id)) {
			json_object_set(r->field, id, value);
		}
		json_decref(value);
		path_back(r, inner);
	}
	path_back(r, at);
}

/* Rows the server itself makes (a login, an access) are nobody's to bring in. */
static const char *const not_from_files[] = {"party", "log.access", "log.accounts"};

static bool may_come(const char *table)
{
	for (size_t i = 0; i < sizeof not_from_files / sizeof *not_from_files; i++) {
		if (strcmp(table, not_from_files[i]) == 0) {
			return false;
		}
	}
	return true;
}

static void row_in(struct reader *r, json_t *o)
{
	const char *id = text_at(o, "table");
	uint16_t table = schema_table_find(r->schema, slice_of(id));
	size_t at = path_key(r, "table");
	struct row *row;

	if (table == SCHEMA_NONE || !may_come(id)) {
		casefile_refuse(r, ERR_PROTO,
				table == SCHEMA_NONE ? "the form has no such table"
						     : "its rows are the server's own");
	}
	path_back(r, at);
	if (r->failed != ERR_OK) {
		return;
	}
	/* What was said in a meeting is there when the meeting is over, not before. */
	if (r->schema->table[table].in_segment && !r->o->after) {
		pending_add(r, "rows", o);
		return;
	}
	if (!is_kept(r, id)) {
		return;
	}
	row = row_new(r, id, NULL);
	whose(r, row, o);
	row->has_audience = row->has_audience || r->schema->table[table].in_segment;
	cells_in(r, row, json_object_get(o, "cells"));
}

void make_more(struct reader *r)
{
	json_t *more = json_object_get(r->root, "more");
	json_t *list = json_object_get(more, "rows");
	size_t at = path_key(r, "more");
	size_t rows;
	size_t i;
	json_t *o;

	fields_in(r, json_object_get(more, "fields"));
	rows = path_key(r, "rows");
	json_array_foreach(list, i, o)
	{
		size_t inner = path_index(r, i);

		if (r->failed == ERR_OK) {
			row_in(r, o);
		}
		path_back(r, inner);
	}
	path_back(r, rows);
	path_back(r, at);
}
