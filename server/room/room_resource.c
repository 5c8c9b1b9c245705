/*
 * Social resources. Lists in the plan and the minutes name them, so a viewer who may not read one
 * may not read its name there either, and a new name goes wherever the old one stood: left behind
 * it would be a word like any other, told to everybody who reads the list.
 */
#include "base/limits.h"
#include "room/room_names.h"
#include "room/room_state.h"

/* Column of the names; SCHEMA_NONE where the schema has no resources. */
static uint16_t name_col(const struct room *r, uint16_t *table)
{
	*table = schema_table_find(r->schema, slice_of(NAME_RESOURCES));
	return *table == SCHEMA_NONE
		   ? SCHEMA_NONE
		   : schema_table_col(r->schema, *table, slice_of(NAME_RESOURCE_NAME));
}

const struct resource_shown *room_resources(const struct room *r, struct arena *mem, size_t *count)
{
	struct resource_shown *shown = arena_alloc(mem, (r->row_count + 1) * sizeof *shown);
	uint16_t table = schema_table_find(r->schema, slice_of(NAME_RESOURCES));
	uint16_t col = table == SCHEMA_NONE
			   ? SCHEMA_NONE
			   : schema_table_col(r->schema, table, slice_of(NAME_RESOURCE_NAME));

	*count = 0;
	for (size_t i = 0; col != SCHEMA_NONE && i < r->row_count; i++) {
		const struct room_row *found = &r->row[i];
		const struct room_cell *c =
		    &r->cell[found->first_cell + col - r->schema->table[table].first_col];

		if (found->table == table && json_is_string(c->value)) {
			shown[(*count)++] = (struct resource_shown){
			    slice_of(json_string_value(c->value)), *c->place};
		}
	}
	return shown;
}

bool resource_is_name(const struct room *r, const struct room_cell *c)
{
	uint16_t table, col = name_col(r, &table);

	return col != SCHEMA_NONE && c->place->col == col;
}

static size_t find_in(const json_t *list, struct slice name)
{
	size_t at = 0;

	while (at < json_array_size(list) &&
	       !slice_is(name, json_string_value(json_array_get(list, at)))) {
		at++;
	}
	return at;
}

static size_t times_in(const json_t *list, struct slice name)
{
	size_t times = 0;

	for (size_t at = 0; at < json_array_size(list); at++) {
		times += slice_is(name, json_string_value(json_array_get(list, at)));
	}
	return times;
}

static bool is_in_list(const struct room *r, const struct room_cell *c, struct slice name)
{
	return r->schema->col[c->place->col].type == CELL_LIST &&
	       find_in(c->value, name) < json_array_size(c->value);
}

enum err resource_may_rename(const struct room *r, const struct room_cell *c, const json_t *name)
{
	struct slice old = {json_string_value(c->value), json_string_length(c->value)};

	size_t len = json_string_length(name), grown = 0;

	for (size_t i = 0; old.len > 0 && i < r->cell_count; i++) {
		const struct room_cell *list = &r->cell[i];
		size_t more;

		if (!is_in_list(r, list, old)) {
			continue;
		}
		if (len == 0) {
			return ERR_RULE;
		}
		/* Nobody makes a list longer in this way than one message could. */
		more = len > old.len ? times_in(list->value, old) * (len - old.len) : 0;
		if (more > 0 && cells_value_bytes(list->value) + more > LIMIT_FRAME_BYTES) {
			return ERR_LIMIT;
		}
		grown += more;
	}
	grown += len > old.len ? len - old.len : 0;
	return cells_may_grow(r, grown) ? ERR_OK : ERR_LIMIT;
}

/* Has another row this name too? Then the lists may mean that one. */
static bool is_shared(const struct room *r, struct slice name, struct arena *mem)
{
	size_t count;
	const struct resource_shown *all = room_resources(r, mem, &count);

	for (size_t i = 0; i < count; i++) {
		if (slice_eq(all[i].name, name)) {
			return true;
		}
	}
	return false;
}

void resource_renamed(struct room *r, struct slice old, const json_t *name, struct fx_list *out)
{
	bool moves = old.len > 0 && !is_shared(r, old, &out->mem);

	for (uint32_t i = 0; moves && i < r->cell_count; i++) {
		struct room_cell *c = &r->cell[i];

		if (is_in_list(r, c, old)) {
			json_t *list = json_copy(c->value);

			for (size_t at = find_in(list, old); at < json_array_size(list);
			     at = find_in(list, old)) {
				json_array_set(list, at, (json_t *)(uintptr_t)name);
			}
			rows_set_cell(r, out, i, list);
			viewers_told(r, c, out);
		}
	}
	viewer_refresh(r, out);
}
