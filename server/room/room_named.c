/*
 * Which names in a cell a viewer is told: seats, social resources, classes. The words themselves
 * are view/'s; this only notices when they would be others than last time.
 */
#include <assert.h>

#include "base/ids.h"
#include "base/limits.h"
#include "room/room_names.h"
#include "room/room_state.h"

enum { NAMED_BITS = 64 };

static_assert((int)LIMIT_LIST_ITEMS <= NAMED_BITS, "each item has a bit of its own");

static bool is_seat_told(const struct room *r, seat_set viewer, const json_t *item)
{
	seat_set who = value_seats(r, item);

	return who != 0 && cells_knows(r, viewer, (unsigned)__builtin_ctzll(who));
}

static bool is_resource_told(const struct room *r, const struct named *n, struct slice name)
{
	/* Of two with one name the list may mean either. */
	for (size_t i = 0; i < n->resource_count; i++) {
		if (slice_eq(n->resource[i].name, name) &&
		    rights_level(&r->rights, n->viewer, &n->resource[i].place).level ==
			LEVEL_NONE) {
			return false;
		}
	}
	return true;
}

/* Officials and the person are told every class by name, others those they read. */
static bool is_class_told(const struct room *r, const struct named *n, struct slice name)
{
	uint16_t cls = schema_class_find(r->schema, name);
	uint16_t col = cls == SCHEMA_NONE ? schema_col_find(r->schema, name) : SCHEMA_NONE;

	if (n->insider || (cls == SCHEMA_NONE && col == SCHEMA_NONE)) {
		return true;
	}
	cls = cls == SCHEMA_NONE ? r->schema->col[col].cls : cls;
	for (unsigned s = 0; s < r->rights.seat_count; s++) {
		if ((n->viewer & seat_bit(s)) &&
		    rights_class_level(&r->rights, s, cls, -1).level == LEVEL_NONE) {
			return false;
		}
	}
	return true;
}

void named_init(struct named *n, const struct room *r, seat_set viewer, struct arena *mem)
{
	uint16_t self = schema_role_find(r->schema, slice_of(NAME_PERSON_ROLE));

	n->viewer = viewer;
	n->insider = true;
	for (unsigned s = 0; s < r->rights.seat_count; s++) {
		uint16_t role = r->rights.seat[s].role;

		n->insider = n->insider && (!(viewer & seat_bit(s)) || role == self ||
					    rights_is_official(&r->rights, s));
	}
	n->resource = room_resources(r, mem, &n->resource_count);
}

uint64_t named_told(const struct room *r, const struct named *n, const struct room_cell *c)
{
	enum cell_type type = r->schema->col[c->place->col].type;
	uint64_t told = 0;

	if (c->doc) {
		return suggest_told(r, n->viewer, c);
	}
	if (type == CELL_SEAT) {
		return is_seat_told(r, n->viewer, c->value);
	}
	for (size_t i = 0; type == CELL_SEATS && i < json_array_size(c->value); i++) {
		told ^= (uint64_t)is_seat_told(r, n->viewer, json_array_get(c->value, i))
			<< i % NAMED_BITS;
	}
	for (size_t i = 0; type == CELL_LIST && i < json_array_size(c->value); i++) {
		const json_t *item = json_array_get(c->value, i);
		struct slice name = {json_string_value(item), json_string_length(item)};

		told ^= (uint64_t)(is_resource_told(r, n, name) && is_class_told(r, n, name))
			<< i % NAMED_BITS;
	}
	return told;
}
