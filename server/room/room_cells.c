/* Cells and rows: the smallest visible things, found by their key. */
#include <assert.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "room/room_state.h"

static const char *cell_key(const void *cells, uint32_t at)
{
	return ((const struct room_cell *)cells)[at].key;
}

static const char *row_key(const void *rows, uint32_t at)
{
	return ((const struct room_row *)rows)[at].key;
}

uint32_t cells_find(const struct room *r, struct slice key)
{
	return index_get(&r->cell_by_key, key, cell_key, r->cell);
}

uint32_t cells_find_row(const struct room *r, struct slice key)
{
	return index_get(&r->row_by_key, key, row_key, r->row);
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
	struct room_text *t = mem_alloc(sizeof *t);
	uint32_t base = map_get(&r->base_by_key, key);

	/* A folded text stands for the record's value and for every edit up to its version. */
	if (base != MAP_NONE) {
		text = r->base[base].text;
		ver = r->base[base].ver;
	}
	doc_init(&t->doc, text, ver);
	t->floor = ver;
	return &t->doc;
}

bool cells_may_grow(const struct room *r, size_t bytes)
{
	if (r->held) {
		return true; /* texts of a base may be longer than they were when the record came */
	}
	return r->bytes <= LIMIT_ROOM_BYTES && bytes <= LIMIT_ROOM_BYTES - r->bytes;
}

/* Values are never changed where they are, so that all empty ones can be the same. */
static json_t *hold(struct room *r, const json_t *value)
{
	bool is_line = json_is_string(value) && json_string_length(value) == 0;
	bool is_list = json_is_array(value) && json_array_size(value) == 0;
	json_t **empty = is_line ? &r->no_words : &r->no_items;

	if (!is_line && !is_list) {
		return json_incref((json_t *)(uintptr_t)value);
	}
	if (!*empty) {
		*empty = is_line ? json_string("") : json_array();
	}
	return json_incref(*empty);
}

/* An eighth more at a time: there are many, and after a load few come. */
static void cell_room(struct room *r)
{
	if (r->cell_count == r->cell_cap) {
		r->cell_cap += r->cell_cap / 8 + 16;
		r->cell = mem_grow(r->cell, r->cell_cap, sizeof *r->cell);
	}
}

static void *fit(void *array, size_t *cap, size_t count, size_t item_bytes)
{
	*cap = count;
	return mem_grow(array, count, item_bytes);
}

void cells_fit(struct room *r)
{
	r->cell = fit(r->cell, &r->cell_cap, r->cell_count, sizeof *r->cell);
	r->row = fit(r->row, &r->row_cap, r->row_count, sizeof *r->row);
	r->seat = fit(r->seat, &r->seat_cap, r->rights.seat_count, sizeof *r->seat);
	r->grant = fit(r->grant, &r->room_grant_cap, r->rights.grant_count, sizeof *r->grant);
	r->rights.grant =
	    fit(r->rights.grant, &r->grant_cap, r->rights.grant_count, sizeof *r->rights.grant);
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
	assert(place->has_row || slice_is(key, col->id));
	cell_room(r);
	c = &r->cell[r->cell_count];
	*c = (struct room_cell){.key = place->has_row ? mem_dup(key) : col->id,
				.place = place->has_row ? place : &col->field,
				.ver = ver};
	if (col->type == CELL_TEXT) {
		struct slice text = {json_string_value(value), json_string_length(value)};

		c->doc = doc_create(r, key, text, ver);
		c->written = map_get(&r->base_by_key, key) != MAP_NONE;
		bytes =
		    cells_value_bytes(NULL) + c->doc->body.bytes; /* a folded text may be longer */
	} else {
		c->value = hold(r, value);
	}
	r->bytes += bytes;
	index_add(&r->cell_by_key, cell_key, r->cell);
	r->cell_count++;
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
static enum err add_row_cell(struct room *r, struct slice row_key, const struct cell_place *place,
			     const json_t *pair)
{
	const struct schema_col *column = &r->schema->col[place->col];
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
	e = cells_add(r, (struct slice){key, (size_t)len}, place, ver, value);
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
				 .cell_count = t->col_count,
				 .place = mem_alloc(t->col_count * sizeof *row->place)};
	index_add(&r->row_by_key, row_key, r->row);
	r->row_count++;
	for (uint16_t i = 0; i < t->col_count; i++) {
		uint16_t col = (uint16_t)(t->first_col + i);
		const json_t *pair = json_object_get(cells, r->schema->col[col].name);
		enum err e;

		row->place[i] = *whose;
		row->place[i].col = col;
		row->place[i].has_row = true;
		e = add_row_cell(r, key, &row->place[i], pair);
		if (e != ERR_OK) {
			return e;
		}
	}
	return ERR_OK;
}

bool cells_is_plan(const struct room *r, const struct room_cell *c)
{
	return r->schema->cls[r->schema->col[c->place->col].cls].is_plan;
}

struct verdict cells_level(const struct room *r, seat_set viewer, const struct room_cell *c)
{
	return rights_level(&r->rights, viewer, c->place);
}

enum reach cells_reach(const struct room *r, const struct room_cell *c)
{
	enum reach reach = REACH_TEAM;
	uint16_t self = schema_role_find(r->schema, slice_of("self"));

	for (unsigned s = 0; s < r->rights.seat_count; s++) {
		if (rights_is_companion(&r->rights, s) ||
		    rights_seat_level(&r->rights, s, c->place).level == LEVEL_NONE) {
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
	*out = (struct cell_shown){.key = slice_of(c->key), .place = *c->place, .ver = c->ver};
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
