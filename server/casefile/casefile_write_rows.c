/* Rows become entries of the format's lists; what an entry cannot say stands in its "row". */
#include "casefile/casefile_writer.h"

const char *single_seat(const json_t *row, const char *list)
{
	const json_t *seats = json_object_get(row, list);

	return json_array_size(seats) == 1 ? json_string_value(json_array_get(seats, 0)) : NULL;
}

bool has_seats(const json_t *row, const char *list)
{
	return json_array_size(json_object_get(row, list)) > 0;
}

json_t *take_cell(struct shown_row *s, const char *name)
{
	json_t *v = json_object_get(s->cells, name);
	json_t *taken = json_string_length(v) > 0 ? json_incref(v) : NULL;

	json_object_del(s->cells, name);
	return taken;
}

static uint16_t table_of(const struct writer *w, const json_t *row)
{
	return schema_table_find(w->schema, slice_of(text_at(row, "table")));
}

/* Empty cells say nothing; the others have to fit their column again. */
static json_t *cells_left(const struct writer *w, const struct shown_row *s)
{
	uint16_t table = table_of(w, s->row);
	json_t *left = json_object();
	const char *name;
	json_t *v;

	json_object_foreach(s->cells, name, v)
	{
		uint16_t col = schema_table_col(w->schema, table, slice_of(name));

		if (!is_empty_value(&w->schema->col[col], v)) {
			json_object_set(left, name, v);
		}
	}
	if (s->unset) {
		json_object_set_new(left, s->unset, json_null());
	}
	return left;
}

void put_rest(struct writer *w, struct shown_row *s, json_t *o)
{
	static const char *const list[] = {"owner", "about", "audience", "shared"};
	json_t *left = cells_left(w, s);
	int item = item_no_of(w, s->row);

	for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
		json_t *seats = json_object_get(s->row, list[i]);

		/* An audience of nobody is one; of the others an empty list says nothing. */
		if (seats) {
			json_object_set(o, list[i], seats);
		}
	}
	if (item > 0) {
		json_object_set_new(o, "item_no", json_integer(item));
	}
	if (json_object_size(left) > 0) {
		json_object_set(o, "cells", left);
	}
	json_decref(left);
}

static void put_in_more(struct writer *w, const json_t *row)
{
	struct shown_row s = {.row = row, .cells = json_object_get(row, "cells")};
	json_t *o = json_object();

	json_object_set(o, "table", json_object_get(row, "table"));
	put_rest(w, &s, o);
	if (!json_object_get(o, "cells")) {
		json_object_set_new(o, "cells", json_object());
	}
	json_array_append_new(w->more, o);
}

/* ---- one row as an entry ---- */

/* The tables of outcomes are alike, and the format has one list for both. */
static uint16_t cell_of_key(const struct writer *w, const struct key *k, const struct shown_row *s,
			    uint16_t *col)
{
	uint16_t table = table_of(w, s->row);

	*col = col_of_key(w, k);
	if (*col != SCHEMA_NONE && w->schema->col[*col].table != table &&
	    strncmp(k->col, "out.self_scale.", 15) == 0) {
		*col = schema_table_col(w->schema, table, slice_of(k->name));
	}
	return *col != SCHEMA_NONE && w->schema->col[*col].table == table ? *col : SCHEMA_NONE;
}

static void columns_out(struct writer *w, const struct shape *shape, struct shown_row *s)
{
	for (const struct key *k = shape->key; k->name; k++) {
		uint16_t col = SCHEMA_NONE;
		const json_t *v;
		json_t *value;

		if (!k->col || cell_of_key(w, k, s, &col) == SCHEMA_NONE) {
			continue;
		}
		v = json_object_get(s->cells, w->schema->col[col].name);
		value = is_empty_value(&w->schema->col[col], v) ? NULL : value_out(w, k, col, v);
		if (value) {
			json_object_set_new(s->entry, k->name, value);
			json_object_del(s->cells, w->schema->col[col].name);
		}
	}
}

static bool is_complete(const struct shape *shape, const json_t *entry)
{
	for (const struct key *k = shape->key; k->name; k++) {
		if ((k->flags & NEED) && !json_object_get(entry, k->name)) {
			return false;
		}
	}
	return true;
}

/* The entry, or NULL where the list cannot hold this row. */
static json_t *entry_out(struct writer *w, const struct list_out *l, const json_t *row)
{
	const struct shape *shape = shape_at(l->path);
	struct shown_row s = {
	    .row = row, .cells = json_copy(json_object_get(row, "cells")), .entry = json_object()};
	json_t *entry = NULL;

	columns_out(w, shape, &s);
	if ((!l->fill || l->fill(w, &s)) && is_complete(shape, s.entry)) {
		json_t *rest = json_object();

		put_rest(w, &s, rest);
		if (json_object_size(rest) > 0 || !l->nobodys) {
			json_object_set(s.entry, "row", rest);
		}
		json_decref(rest);
		entry = json_incref(s.entry);
	}
	json_decref(s.cells);
	json_decref(s.entry);
	return entry;
}

/* ---- parties and agenda come in an order of their own ---- */

static const json_t *row_by_hex(const struct writer *w, const char *table, const char *hex)
{
	const json_t *rows = json_object_get(w->in, "rows");

	for (size_t i = 0; hex && i < json_array_size(rows); i++) {
		const json_t *o = json_array_get(rows, i);

		if (strcmp(text_at(o, "table"), table) == 0 &&
		    strcmp(text_at(o, "row"), hex) == 0) {
			return o;
		}
	}
	return NULL;
}

static const struct list_out *list_of(const char *table)
{
	for (const struct list_out *l = list_out; l->table; l++) {
		if (strcmp(l->table, table) == 0) {
			return l;
		}
	}
	return NULL;
}

void write_parties(struct writer *w)
{
	const json_t *list = json_object_get(w->in, "parties");
	json_t *out = out_list(w->out, "parties");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *key = text_at(json_array_get(list, i), "row");
		const json_t *row = row_by_hex(w, "party", key + strlen("party/"));
		json_t *entry = row ? entry_out(w, list_of("party"), row) : NULL;

		if (entry) {
			json_array_append_new(out, entry);
		}
	}
}

void write_agenda(struct writer *w)
{
	const json_t *order = json_object_get(w->in, "agenda");
	json_t *out = out_list(w->out, "conference.agenda");

	for (size_t i = 0; i < json_array_size(order); i++) {
		const json_t *row =
		    row_by_hex(w, "conf.agenda_items", json_string_value(json_array_get(order, i)));
		json_t *entry = row ? entry_out(w, list_of("conf.agenda_items"), row) : NULL;

		if (entry) {
			json_array_append_new(out, entry);
		}
	}
}

/* ---- all the others ---- */

/* A snapshot of bonds is one entry: those of one day that stand together. */
static json_t *bonds_of_day(json_t *out, json_t *entry)
{
	json_t *day = json_object_get(entry, "as_of");
	json_t *last = json_array_get(out, json_array_size(out) - 1);

	if (!last || !json_equal(json_object_get(last, "as_of"), day)) {
		last = json_pack("{s:O,s:[]}", "as_of", day, "bonds");
		json_array_append_new(out, last);
	}
	json_object_del(entry, "as_of");
	return json_object_get(last, "bonds");
}

static void write_row(struct writer *w, const json_t *row)
{
	const char *table = text_at(row, "table");
	const struct list_out *l = list_of(table);
	json_t *entry;

	if (strcmp(table, "party") == 0 || strcmp(table, "conf.agenda_items") == 0) {
		return;
	}
	entry = l ? entry_out(w, l, row) : NULL;
	if (!entry) {
		put_in_more(w, row);
	} else if (strcmp(table, "bond.map") == 0) {
		json_array_append_new(bonds_of_day(out_list(w->out, "bonds"), entry), entry);
	} else if (strcmp(l->path, "closure") == 0) {
		json_object_update(out_object(w->out, "closure"), entry);
		json_decref(entry);
	} else {
		json_array_append_new(out_list(w->out, l->path), entry);
	}
}

void write_rows(struct writer *w)
{
	const json_t *rows = json_object_get(w->in, "rows");

	for (size_t i = 0; i < json_array_size(rows); i++) {
		write_row(w, json_array_get(rows, i));
	}
}
