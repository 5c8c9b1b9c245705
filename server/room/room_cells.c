/* Cells and rows: the smallest visible things, found by their key. */
#include <assert.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "room/room_state.h"

uint32_t cells_find(const struct room *r, struct slice key)
{
	return map_get(&r->cell_by_key, key);
}

uint32_t cells_find_row(const struct room *r, struct slice key)
{
	return map_get(&r->row_by_key, key);
}

size_t cells_value_bytes(const json_t *value)
{
	size_t bytes = 8;

	if (json_is_string(value)) {
		bytes += json_string_length(value);
	}
	for (size_t i = 0; json_is_array(value) && i < json_array_size(value); i++) {
		bytes += 8 + json_string_length(json_array_get(value, i));
	}
	return bytes;
}

static struct doc *doc_create(struct room *r, struct slice key, struct slice text, uint64_t ver)
{
	struct doc *d = mem_alloc(sizeof *d);
	uint32_t base = map_get(&r->base_by_key, key);

	/* A folded text stands for the record's value and for every edit up to its version. */
	if (base != MAP_NONE) {
		text = r->base[base].text;
		ver = r->base[base].ver;
	}
	doc_init(d, text, ver);
	return d;
}

bool cells_may_grow(const struct room *r, size_t bytes)
{
	if (r->held) {
		return true; /* texts of a base may be longer than they were when the record came */
	}
	return r->bytes <= LIMIT_ROOM_BYTES && bytes <= LIMIT_ROOM_BYTES - r->bytes;
}

enum err cells_add(struct room *r, struct slice key, const struct cell_place *place, uint64_t ver,
		   const json_t *value)
{
	const struct schema_col *col = &r->schema->col[place->col];
	struct room_cell *c;
	size_t bytes = cells_value_bytes(value);

	if (r->cell_count >= LIMIT_ROOM_CELLS || !cells_may_grow(r, bytes)) {
		return ERR_LIMIT;
	}
	if (key.len > LIMIT_KEY_BYTES || cells_find(r, key) != MAP_NONE || !value ||
	    (col->type == CELL_TEXT && !json_is_string(value))) {
		return ERR_PROTO;
	}
	mem_room(&r->cell, &r->cell_cap, r->cell_count, sizeof *r->cell);
	c = &r->cell[r->cell_count];
	*c = (struct room_cell){.key = mem_dup(key), .place = *place, .ver = ver};
	if (col->type == CELL_TEXT) {
		struct slice text = {json_string_value(value), json_string_length(value)};

		c->doc = doc_create(r, key, text, ver);
		c->written = map_get(&r->base_by_key, key) != MAP_NONE;
		c->floor = c->doc->ver;
		bytes =
		    cells_value_bytes(NULL) + c->doc->body.bytes; /* a folded text may be longer */
	} else {
		c->value = json_incref((json_t *)(uintptr_t)value);
	}
	r->bytes += bytes;
	map_put(&r->cell_by_key, key, (uint32_t)r->cell_count++);
	return ERR_OK;
}

/*
 * The first version of a column that came into its table later than the row: the same at each
 * replay, and telling nothing, because the row's id is random.
 */
static uint64_t later_version(const char *key)
{
	uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */

	for (; *key; key++) {
		h = (h ^ (unsigned char)*key) * 0x100000001b3u;
	}
	return ((h ^ h >> 24) & (((uint64_t)1 << 40) - 1)) | 1;
}

/* One column of a row: the value given, or an empty one. */
static enum err add_row_cell(struct room *r, struct slice row_key, uint16_t col,
			     const struct cell_place *whose, const json_t *pair)
{
	const struct schema_col *column = &r->schema->col[col];
	struct cell_place place = *whose;
	json_t *empty = NULL;
	const json_t *value = json_array_get(pair, 1);
	uint64_t ver = (uint64_t)json_integer_value(json_array_get(pair, 0));
	char key[LIMIT_KEY_BYTES + 1];
	enum err e;
	int len = snprintf(key, sizeof key, "%.*s/%s", (int)row_key.len, row_key.ptr, column->name);

	if (len < 0 || (size_t)len >= sizeof key) {
		return ERR_LIMIT;
	}
	if (!value) {
		empty = schema_empty_value(column);
		value = empty;
		ver = later_version(key);
	}
	place.col = col;
	place.has_row = true;
	e = cells_add(r, (struct slice){key, (size_t)len}, &place, ver, value);
	json_decref(empty);
	return e;
}

enum err cells_add_row(struct room *r, struct slice key, const char *name, uint16_t table,
		       const struct cell_place *whose, const json_t *cells)
{
	const struct schema_table *t = &r->schema->table[table];
	struct room_row *row;

	if (r->row_count >= LIMIT_ROOM_ROWS || r->cell_count + t->col_count > LIMIT_ROOM_CELLS) {
		return ERR_LIMIT;
	}
	if (cells_find_row(r, key) != MAP_NONE) {
		return ERR_PROTO;
	}
	mem_room(&r->row, &r->row_cap, r->row_count, sizeof *r->row);
	row = &r->row[r->row_count];
	*row = (struct room_row){.key = mem_dup(key),
				 .name = name ? mem_dup(slice_of(name)) : NULL,
				 .table = table,
				 .first_cell = (uint32_t)r->cell_count,
				 .from_ms = INT64_MIN,
				 .cell_count = t->col_count};
	map_put(&r->row_by_key, key, (uint32_t)r->row_count++);
	for (uint16_t i = 0; i < t->col_count; i++) {
		uint16_t col = (uint16_t)(t->first_col + i);
		const json_t *pair = json_object_get(cells, r->schema->col[col].name);
		enum err e = add_row_cell(r, key, col, whose, pair);

		if (e != ERR_OK) {
			return e;
		}
	}
	return ERR_OK;
}

bool cells_is_plan(const struct room *r, const struct room_cell *c)
{
	return r->schema->cls[r->schema->col[c->place.col].cls].is_plan;
}

struct verdict cells_level(const struct room *r, seat_set viewer, const struct room_cell *c)
{
	return rights_level(&r->rights, viewer, &c->place);
}

enum reach cells_reach(const struct room *r, const struct room_cell *c)
{
	enum reach reach = REACH_TEAM;
	uint16_t self = schema_role_find(r->schema, slice_of("self"));

	for (unsigned s = 0; s < r->rights.seat_count; s++) {
		if (rights_is_companion(&r->rights, s) ||
		    rights_seat_level(&r->rights, s, &c->place).level == LEVEL_NONE) {
			continue;
		}
		if (!rights_is_official(&r->rights, s) && r->rights.seat[s].role != self) {
			return REACH_OUT;
		}
		reach = REACH_IN;
	}
	return reach;
}

void cells_show(const struct room *r, const struct room_cell *c, struct cell_shown *out)
{
	*out = (struct cell_shown){.key = slice_of(c->key), .place = c->place, .ver = c->ver};
	if (c->doc) {
		out->ver = c->doc->ver;
		out->text = doc_text(c->doc);
	} else {
		out->value = c->value;
	}
	out->reach = cells_reach(r, c);
	out->item = c->item;
}

void cells_set_value(struct room *r, struct room_cell *c, uint64_t ver, json_t *value)
{
	assert(!c->doc);
	r->bytes -= cells_value_bytes(c->value);
	r->bytes += cells_value_bytes(value);
	json_decref(c->value);
	c->value = json_incref(value);
	c->ver = ver;
	c->written = true;
}

bool cells_knows(const struct room *r, seat_set viewer, unsigned who)
{
	uint32_t at = r->seat[who].label_cell;

	return at != MAP_NONE && cells_level(r, viewer, &r->cell[at]).level != LEVEL_NONE;
}
