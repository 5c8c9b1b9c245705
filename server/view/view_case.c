/* One case in the list of somebody's cases. */
#include <string.h>

#include "view/view_json.h"

/* Seats that a value names; only those the viewer knows are left in values. */
static bool is_named(const json_t *cells, const char *hex)
{
	for (size_t i = 0; i < json_array_size(cells); i++) {
		const char *text =
		    json_string_value(json_object_get(json_array_get(cells, i), "x"));

		if (text && text[0] == '@' && strcmp(text + 1, hex) == 0) {
			return true;
		}
	}
	return false;
}

static json_t *cells_json(const struct view *v, const struct cell_shown *cell, size_t count)
{
	struct buf b = {0};
	json_t *cells;

	(void)view_write_cells(v, cell, count, &b);
	cells = json_loadb(b.ptr, b.len, 0, NULL);
	buf_fini(&b);
	return cells;
}

struct frame *view_case(const struct view *v, uint64_t ref, const struct cell_shown *cell,
			size_t count)
{
	json_t *cols = view_cols(v, cell, count);
	json_t *cells = cells_json(v, cell, count);
	json_t *seats = json_array();
	json_t *entry = NULL;

	for (size_t i = 0; i < v->seat_count; i++) {
		const struct seat_shown *s = &v->seat[i];
		json_t *hex = json_hex(s->wire);

		if (s->seat == v->actor) {
			entry = json_incref(hex);
		}
		if (view_may_read(v, &s->label_place) && is_named(cells, json_string_value(hex))) {
			json_array_append_new(seats, json_pack("{s:O,s:o}", "seat", hex, "label",
							       json_slice(s->label)));
		}
		json_decref(hex);
	}
	if (json_array_size(cells) == 0 || !entry) {
		json_decref(cols);
		json_decref(cells);
		json_decref(seats);
		json_decref(entry);
		return NULL;
	}
	return json_frame(json_pack("{s:s,s:I,s:o,s:o,s:o,s:o}", "t", "case", "ref",
				    (json_int_t)ref, "entry", entry, "cols", cols, "cells", cells,
				    "seats", seats));
}

struct frame *view_case_failed(uint64_t ref)
{
	return json_frame(
	    json_pack("{s:s,s:I,s:b}", "t", "case", "ref", (json_int_t)ref, "failed", 1));
}
