/* Accepted events as one viewer may hear them. */
#include "view/view.h"

#include <assert.h>
#include <stdlib.h>

#include "base/ids.h"
#include "base/jsonw.h"
#include "view/frame_make.h"
#include "view/view_json.h"

struct frame *view_written(struct buf *b)
{
	struct frame *f = frame_create(buf_slice(b));

	buf_fini(b);
	return f;
}

static void write_members(struct buf *b, const json_t *object)
{
	const char *key;
	json_t *value;
	bool first = true;

	jsonw_raw(b, "{");
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		if (!first) {
			jsonw_raw(b, ",");
		}
		first = false;
		jsonw_string(b, slice_of(key));
		jsonw_raw(b, ":");
		view_write_json(b, value);
	}
	jsonw_raw(b, "}");
}

/* The library prints a string character by character, and snapshots are mostly strings. */
void view_write_json(struct buf *b, const json_t *v)
{
	switch (json_typeof(v)) {
	case JSON_OBJECT:
		write_members(b, v);
		break;
	case JSON_ARRAY:
		jsonw_raw(b, "[");
		for (size_t i = 0; i < json_array_size(v); i++) {
			if (i > 0) {
				jsonw_raw(b, ",");
			}
			view_write_json(b, json_array_get(v, i));
		}
		jsonw_raw(b, "]");
		break;
	case JSON_STRING:
		jsonw_string(b, (struct slice){json_string_value(v), json_string_length(v)});
		break;
	case JSON_INTEGER:
		if (json_integer_value(v) < 0) {
			jsonw_raw(b, "-");
		}
		jsonw_uint(b, json_integer_value(v) < 0 ? 0 - (uint64_t)json_integer_value(v)
							: (uint64_t)json_integer_value(v));
		break;
	case JSON_TRUE:
		jsonw_raw(b, "true");
		break;
	case JSON_FALSE:
		jsonw_raw(b, "false");
		break;
	case JSON_NULL:
		jsonw_raw(b, "null");
		break;
	case JSON_REAL:
		assert(false); /* no frame has one */
	}
}

struct frame *json_frame(json_t *owned)
{
	struct buf b = {0};

	view_write_json(&b, owned);
	json_decref(owned);
	return view_written(&b);
}

json_t *json_slice(struct slice s)
{
	json_t *v = json_stringn(s.ptr ? s.ptr : "", s.len);

	assert(v); /* everything stored is valid UTF-8 */
	return v;
}

json_t *json_hex(uint64_t id)
{
	char hex[HEX64_LEN + 1];

	id_to_hex(id, hex);
	return json_string(hex);
}

bool view_may_read(const struct view *v, const struct cell_place *place)
{
	return rights_level(v->rights, v->viewer, place).level != LEVEL_NONE;
}

enum level view_level(const struct view *v, const struct cell_place *place)
{
	const struct schema *s = v->rights->schema;
	uint16_t table = s->col[place->col].table;
	enum level level = rights_level(v->rights, v->viewer, place).level;

	if (level == LEVEL_WRITE && table != SCHEMA_NONE && rights_is_closed(v->rights, table)) {
		return LEVEL_READ;
	}
	return level;
}

bool view_knows(const struct view *v, unsigned seat)
{
	for (size_t i = 0; i < v->seat_count; i++) {
		if (v->seat[i].seat == seat) {
			return view_may_read(v, &v->seat[i].label_place);
		}
	}
	return false;
}

seat_set view_known(const struct view *v)
{
	seat_set known = 0;

	for (size_t i = 0; i < v->seat_count; i++) {
		if (view_may_read(v, &v->seat[i].label_place)) {
			known |= seat_bit(v->seat[i].seat);
		}
	}
	return known;
}

json_t *view_seat_id(const struct view *v, unsigned seat)
{
	for (size_t i = 0; i < v->seat_count; i++) {
		if (v->seat[i].seat == seat && view_may_read(v, &v->seat[i].label_place)) {
			return json_hex(v->seat[i].wire);
		}
	}
	return NULL;
}

void json_may_set(json_t *o, const char *name, json_t *value)
{
	if (value) {
		json_object_set_new(o, name, value);
	}
}

enum edit_heard view_edit_heard(const struct view *v, const struct edit_shown *e)
{
	if (!view_may_read(v, &e->place)) {
		return EDIT_UNHEARD;
	}
	return e->author.is_held && view_may_read(v, &e->author.label_place) ? EDIT_NAMED
									     : EDIT_NAMELESS;
}

struct frame *view_edit(const struct view *v, const struct edit_shown *e)
{
	enum edit_heard heard = view_edit_heard(v, e);
	struct buf b = {0};

	if (heard == EDIT_UNHEARD) {
		return NULL;
	}
	jsonw_raw(&b, "{\"t\":\"edit\",\"cell\":");
	jsonw_string(&b, e->key);
	jsonw_raw(&b, ",\"ver\":");
	jsonw_uint(&b, e->ver);
	jsonw_raw(&b, ",\"client\":");
	jsonw_hex(&b, e->client);
	jsonw_raw(&b, ",\"change\":");
	if (e->json.len) {
		buf_add(&b, e->json);
	} else {
		change_write(&b, &e->change);
	}
	if (heard == EDIT_NAMED) {
		jsonw_raw(&b, ",\"seat\":");
		jsonw_hex(&b, e->author.wire);
	}
	jsonw_raw(&b, "}");
	return view_written(&b);
}

struct frame *view_set(const struct view *v, const struct set_shown *s)
{
	const struct schema *schema = v->rights->schema;
	const char *label;
	json_t *o;

	if (!view_may_read(v, &s->place)) {
		return NULL;
	}
	o = json_pack("{s:s,s:o,s:I,s:o}", "t", "set", "cell", json_slice(s->key), "ver",
		      (json_int_t)s->ver, "value", view_value(v, &s->place, s->value));
	json_may_set(o, "seat", view_seat_id(v, s->seat));
	label = view_choice(schema, &schema->col[s->place.col], s->value);
	json_may_set(o, "label", label ? json_string(label) : NULL);
	return json_frame(o);
}

struct frame *view_ack(uint64_t ref, uint64_t ver, const uint64_t *row)
{
	struct buf b = {0};

	jsonw_raw(&b, "{\"t\":\"ack\",\"ref\":");
	jsonw_uint(&b, ref);
	jsonw_raw(&b, ",\"ver\":");
	jsonw_uint(&b, ver);
	if (row) {
		jsonw_raw(&b, ",\"row\":");
		jsonw_hex(&b, *row);
	}
	jsonw_raw(&b, "}");
	return view_written(&b);
}

struct frame *view_no(const struct view *v, uint64_t ref, enum err code,
		      const struct cell_shown *stale)
{
	json_t *o =
	    json_pack("{s:s,s:I,s:s}", "t", "no", "ref", (json_int_t)ref, "code", err_name(code));

	if (v && stale && view_may_read(v, &stale->place)) {
		json_object_set_new(o, "ver", json_integer((json_int_t)stale->ver));
		json_object_set_new(o, "value", view_value(v, &stale->place, stale->value));
	}
	return json_frame(o);
}

struct frame *view_pong(void)
{
	return json_frame(json_pack("{s:s}", "t", "pong"));
}

struct frame *view_stuck(bool on)
{
	return json_frame(json_pack("{s:s,s:i}", "t", "stuck", "on", on));
}

struct frame *view_bye(enum err code)
{
	return json_frame(json_pack("{s:s,s:s}", "t", "bye", "code", err_name(code)));
}

struct frame *view_drop(const struct cell_shown *cell, size_t count)
{
	json_t *keys = json_array();

	for (size_t i = 0; i < count; i++) {
		json_array_append_new(keys, json_slice(cell[i].key));
	}
	return json_frame(json_pack("{s:s,s:o}", "t", "drop", "cells", keys));
}

struct frame *view_mode(const struct view *v, const struct cell_shown *cell, size_t count)
{
	json_t *list = json_array();
	json_t *cols;
	json_t *col;
	void *next;
	const char *name;
	bool sees_reach = view_tells_reach(v);

	for (size_t i = 0; i < count; i++) {
		enum level level = view_level(v, &cell[i].place);
		json_t *row;

		if (level == LEVEL_NONE) {
			continue;
		}
		row = json_pack("[o,s]", json_slice(cell[i].key), level == LEVEL_WRITE ? "w" : "r");
		if (sees_reach) {
			json_array_append_new(row, json_string(view_reach_word(cell[i].reach)));
		}
		json_array_append_new(list, row);
	}
	if (json_array_size(list) == 0) {
		json_decref(list);
		return NULL;
	}
	/* Who may choose from now on is told the choices. */
	cols = view_cols(v, cell, count);
	json_object_foreach_safe(cols, next, name, col)
	{
		if (!json_object_get(col, "enum")) {
			json_object_del(cols, name);
		}
	}
	return json_frame(json_pack("{s:s,s:o,s:o}", "t", "mode", "cols", cols, "cells", list));
}

struct frame *view_here(const struct view *v, const struct here_shown *h, bool *shown)
{
	bool sees = h->has_cell && view_may_read(v, &h->place);
	json_t *at = NULL;

	if (!view_knows(v, h->seat) || !view_sees_presence(v) || (!sees && !*shown)) {
		return NULL;
	}
	*shown = sees;
	if (sees && h->has_at) {
		at = json_pack("[I,I,I]", (json_int_t)h->at[0], (json_int_t)h->at[1],
			       (json_int_t)h->at[2]);
	}
	return json_frame(
	    json_pack("{s:s,s:o,s:o,s:o}", "t", "here", "seat", view_seat_id(v, h->seat), "cell",
		      sees ? json_slice(h->key) : json_null(), "at", at ? at : json_null()));
}

struct frame *view_reach(const struct view *v, const struct cell_shown *cell)
{
	json_t *list;

	if (!view_tells_reach(v) || !view_may_read(v, &cell->place)) {
		return NULL;
	}
	list = json_array();
	for (size_t i = 0; i < v->seat_count; i++) {
		unsigned seat = v->seat[i].seat;
		enum level level = rights_seat_level(v->rights, seat, &cell->place).level;
		json_t *id = level == LEVEL_NONE ? NULL : view_seat_id(v, seat);

		if (id) {
			json_array_append_new(
			    list, json_pack("[o,s]", id, level == LEVEL_WRITE ? "w" : "r"));
		}
	}
	return json_frame(
	    json_pack("{s:s,s:o,s:o}", "t", "reach", "cell", json_slice(cell->key), "seats", list));
}

struct frame *view_seats(const struct view *v)
{
	return json_frame(json_pack("{s:s,s:o}", "t", "seats", "seats", view_seat_list(v)));
}
