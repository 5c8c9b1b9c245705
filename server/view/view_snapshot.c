/* Everything a viewer may see: cells with their columns, seats, itself. */
#include <assert.h>

#include "base/jsonw.h"
#include "view/view_json.h"

static const char *const type_names[] = {
#define X(NAME, TEXT_) TEXT_,
    CELL_TYPE_ROWS(X)
#undef X
};

const char *view_reach_word(enum reach reach)
{
	return reach == REACH_OUT ? "out" : reach == REACH_IN ? "in" : "team";
}

bool view_sees_reach(const struct view *v)
{
	const struct schema *s = v->rights->schema;

	for (unsigned seat = 0; seat < v->rights->seat_count; seat++) {
		const struct schema_role *role = &s->role[v->rights->seat[seat].role];

		if ((v->viewer & ((seat_set)1 << seat)) && !rights_is_official(v->rights, seat) &&
		    strcmp(role->id, "self") != 0) {
			return false;
		}
	}
	return v->viewer != 0;
}

/* "@wire" of a seat the viewer does not know. */
static bool is_unknown_seat(const struct view *v, const json_t *item)
{
	uint64_t wire;
	const char *text = json_string_value(item);

	if (!text || text[0] != '@' || !id_from_hex(slice_of(text + 1), &wire)) {
		return false;
	}
	for (size_t i = 0; i < v->seat_count; i++) {
		if (v->seat[i].wire == wire) {
			return !view_may_read(v, &v->seat[i].label_place);
		}
	}
	return true; /* a seat no longer held */
}

/* The wall is never told: who stands before it changes, and what was told stays. */
bool view_tells_reach(const struct view *v)
{
	return !v->board && view_sees_reach(v);
}

/* The name of a social resource whose row, or one of them, the viewer does not read. */
static bool is_unknown_resource(const struct view *v, const json_t *item)
{
	struct slice name = {json_string_value(item), json_string_length(item)};

	for (size_t i = 0; i < v->resource_count; i++) {
		if (slice_eq(name, v->resource[i].name) &&
		    !view_may_read(v, &v->resource[i].place)) {
			return true;
		}
	}
	return false;
}

/*
 * The name of a class an outsider does not read: an agenda item lists what it opens, and not all of
 * that is for everybody who sits in it.
 */
static bool is_unknown_class(const struct view *v, const json_t *item)
{
	struct slice name = {json_string_value(item), json_string_length(item)};
	const struct schema *s = v->rights->schema;
	uint16_t cls = schema_class_find(s, name);
	uint16_t col = cls == SCHEMA_NONE ? schema_col_find(s, name) : SCHEMA_NONE;

	if (view_sees_reach(v) || (cls == SCHEMA_NONE && col == SCHEMA_NONE)) {
		return false;
	}
	cls = cls == SCHEMA_NONE ? s->col[col].cls : cls;
	for (unsigned seat = 0; seat < v->rights->seat_count; seat++) {
		if ((v->viewer & seat_bit(seat)) &&
		    rights_class_level(v->rights, seat, cls, -1).level == LEVEL_NONE) {
			return true;
		}
	}
	return false;
}

json_t *view_value(const struct view *v, const struct cell_place *place, const json_t *value)
{
	enum cell_type type = v->rights->schema->col[place->col].type;
	json_t *list;

	if (type == CELL_SEAT && is_unknown_seat(v, value)) {
		return json_null();
	}
	if (type != CELL_SEATS && type != CELL_LIST) {
		return json_incref((json_t *)(uintptr_t)value);
	}
	list = json_array();
	for (size_t i = 0; i < json_array_size(value); i++) {
		json_t *item = json_array_get(value, i);

		if (type == CELL_SEATS
			? !is_unknown_seat(v, item)
			: !is_unknown_resource(v, item) && !is_unknown_class(v, item)) {
			json_array_append(list, item);
		}
	}
	return list;
}

static void col_limits(const struct schema_col *col, json_t *o)
{
	if (col->type == CELL_TEXT || col->type == CELL_LINE) {
		json_object_set_new(o, "max", json_integer((json_int_t)col->units_max));
	}
	if (col->type == CELL_INT) {
		json_object_set_new(o, "min", json_integer((json_int_t)col->int_min));
		json_object_set_new(o, "max", json_integer((json_int_t)col->int_max));
	}
}

const char *view_choice(const struct schema *s, const struct schema_col *col, const json_t *value)
{
	const char *id = col->enum_ == SCHEMA_NONE ? NULL : json_string_value(value);

	for (uint16_t i = 0; id && i < s->enums[col->enum_].count; i++) {
		if (strcmp(s->enums[col->enum_].value[i].id, id) == 0) {
			return s->enums[col->enum_].value[i].label;
		}
	}
	return NULL;
}

/*
 * The labels of a column's choices: all for who chooses, else only what stands there. The rest
 * would tell an outsider what else there could have been.
 */
static void add_choices(const struct schema *s, const struct cell_shown *c, enum level level,
			json_t *col_json)
{
	const struct schema_col *col = &s->col[c->place.col];
	const char *label = view_choice(s, col, c->value);
	json_t *list = json_object_get(col_json, "enum");

	if (!list) {
		list = json_array();
		json_object_set_new(col_json, "enum", list);
	}
	if (level == LEVEL_WRITE) {
		const struct schema_enum *e = &s->enums[col->enum_];

		json_array_clear(list);
		for (uint16_t i = 0; i < e->count; i++) {
			json_array_append_new(
			    list, json_pack("[s,s]", e->value[i].id, e->value[i].label));
		}
		return;
	}
	for (size_t i = 0; label && i < json_array_size(list); i++) {
		if (json_equal(json_array_get(json_array_get(list, i), 0), c->value)) {
			return;
		}
	}
	if (label) {
		json_array_append_new(list, json_pack("[O,s]", c->value, label));
	}
}

static json_t *col_json(const struct schema *s, const struct schema_col *col)
{
	json_t *o = json_pack("{s:s,s:s}", "label", col->label, "type", type_names[col->type]);

	if (col->area != SCHEMA_NONE) {
		json_object_set_new(o, "area", json_string(s->area[col->area].id));
		json_object_set_new(o, "area_label", json_string(s->area[col->area].label));
	}
	if (col->group) {
		json_object_set_new(o, "group", json_string(col->group));
	}
	if (col->table != SCHEMA_NONE) {
		json_object_set_new(o, "table", json_string(s->table[col->table].id));
		json_object_set_new(o, "table_label", json_string(s->table[col->table].label));
	}
	if (col->owner_role != SCHEMA_NONE) {
		json_object_set_new(o, "owner", json_string(s->role[col->owner_role].id));
	}
	if (col->suggestable) {
		json_object_set_new(o, "suggestable", json_true());
	}
	col_limits(col, o);
	return o;
}

static void write_suggestions(const struct view *v, const struct cell_shown *c, struct buf *b)
{
	bool any = false;

	for (size_t i = 0; i < c->suggestion_count; i++) {
		json_t *one = view_suggestion_json(v, &c->suggestion[i]);

		if (one && !any) {
			jsonw_raw(b, ",\"sugg\":[");
		} else if (one) {
			jsonw_raw(b, ",");
		}
		if (one) {
			any = true;
			view_write_json(b, one);
			json_decref(one);
		}
	}
	if (any) {
		jsonw_raw(b, "]");
	}
}

static void write_what_stands(const struct view *v, const struct cell_shown *c, struct buf *b)
{
	if (c->has_since) {
		jsonw_raw(b, ",\"since\":");
		jsonw_uint(b, c->since);
		return;
	}
	jsonw_raw(b, ",\"x\":");
	if (c->value) {
		json_t *value = view_value(v, &c->place, c->value);

		view_write_json(b, value);
		json_decref(value);
	} else {
		jsonw_string(b, c->text);
	}
}

static void write_cell(const struct view *v, const struct cell_shown *c, enum level level,
		       bool sees_reach, struct buf *b)
{
	jsonw_raw(b, "{\"k\":");
	jsonw_string(b, c->key);
	jsonw_raw(b, ",\"c\":");
	jsonw_string(b, slice_of(v->rights->schema->col[c->place.col].id));
	jsonw_raw(b, ",\"v\":");
	jsonw_uint(b, c->ver);
	jsonw_raw(b, ",\"l\":");
	jsonw_string(b, slice_of(level == LEVEL_WRITE ? "w" : "r"));
	write_what_stands(v, c, b);
	if (c->item) {
		jsonw_raw(b, ",\"item\":");
		jsonw_hex(b, c->item);
	}
	if (sees_reach) {
		jsonw_raw(b, ",\"reach\":");
		jsonw_string(b, slice_of(view_reach_word(c->reach)));
	}
	write_suggestions(v, c, b);
	jsonw_raw(b, "}");
}

json_t *view_cols(const struct view *v, const struct cell_shown *cell, size_t count)
{
	const struct schema *s = v->rights->schema;
	json_t *cols = json_object();

	for (size_t i = 0; i < count; i++) {
		enum level level = view_level(v, &cell[i].place);
		const struct schema_col *col = &s->col[cell[i].place.col];

		if (level == LEVEL_NONE) {
			continue;
		}
		if (!json_object_get(cols, col->id)) {
			json_object_set_new(cols, col->id, col_json(s, col));
		}
		if (col->enum_ != SCHEMA_NONE) {
			add_choices(s, &cell[i], level, json_object_get(cols, col->id));
		}
	}
	return cols;
}

bool view_write_cells(const struct view *v, const struct cell_shown *cell, size_t count,
		      struct buf *b)
{
	bool sees_reach = view_tells_reach(v);
	bool any = false;

	jsonw_raw(b, "[");
	for (size_t i = 0; i < count; i++) {
		enum level level = view_level(v, &cell[i].place);

		if (level == LEVEL_NONE) {
			continue;
		}
		if (any) {
			jsonw_raw(b, ",");
		}
		any = true;
		write_cell(v, &cell[i], level, sees_reach, b);
	}
	jsonw_raw(b, "]");
	return any;
}

/* The members of `owned`, and the cells. */
static struct frame *frame_with(json_t *owned, const struct buf *cells)
{
	struct buf b = {0};

	view_write_json(&b, owned);
	json_decref(owned);
	b.len--; /* its closing bracket */
	jsonw_raw(&b, ",\"cells\":");
	buf_add(&b, buf_slice(cells));
	jsonw_raw(&b, "}");
	return view_written(&b);
}

struct frame *view_cells(const struct view *v, const struct cell_shown *cell, size_t count)
{
	struct buf cells = {0};
	struct frame *f = NULL;

	if (view_write_cells(v, cell, count, &cells)) {
		f = frame_with(
		    json_pack("{s:s,s:o}", "t", "cells", "cols", view_cols(v, cell, count)),
		    &cells);
	}
	buf_fini(&cells);
	return f;
}

struct frame *view_snapshot(const struct view *v, const struct view_snapshot *s)
{
	struct buf cells = {0};
	struct frame *f;
	json_t *o =
	    json_pack("{s:s,s:o,s:{s:b,s:o},s:o,s:o}", "t", "snap", "me", view_me_json(v), "series",
		      "fictional", (int)s->fictional, "notice", json_slice(s->notice), "seats",
		      view_seat_list(v), "cols", view_cols(v, s->cell, s->cell_count));

	if (s->office) {
		json_object_set_new(json_object_get(o, "series"), "office", json_true());
	}
	json_may_set(o, "hidden", view_hidden_json(v));
	json_may_set(o, "policy", view_policy_json(v));
	json_object_set_new(o, "now", json_integer(v->meet->now_ms));
	json_object_set_new(o, "meet", view_meet_json(v));
	(void)view_write_cells(v, s->cell, s->cell_count, &cells);
	f = frame_with(o, &cells);
	buf_fini(&cells);
	return f;
}
