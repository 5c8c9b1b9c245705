/* Values of registers: is this one fit for its column? Seats inside values. */
#include <assert.h>

#include "base/day.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "room/room_state.h"

static struct slice text_of(const json_t *v)
{
	return (struct slice){json_string_value(v), json_string_length(v)};
}

static bool is_text(const json_t *v, const struct schema_col *col, bool lines)
{
	return json_is_string(v) && utf8_is_text(text_of(v), lines) &&
	       utf8_units(text_of(v)) <= col->units_max;
}

uint8_t room_seat_by_wire(const struct room *r, uint64_t wire)
{
	for (unsigned i = 0; i < r->rights.seat_count; i++) {
		if (r->seat[i].wire == wire) {
			return (uint8_t)i;
		}
	}
	return SEAT_NONE;
}

seat_set seats_of_role(const struct room *r, uint16_t role)
{
	seat_set set = 0;

	for (unsigned i = 0; i < r->rights.seat_count; i++) {
		if (r->rights.seat[i].role == role) {
			set |= seat_bit(i);
		}
	}
	return set;
}

/* The seat of "@wire", SEAT_NONE when the string is none or names nobody. */
static uint8_t seat_of(const struct room *r, const json_t *v)
{
	struct slice s = text_of(v);
	uint64_t wire;

	if (s.len == 0 || s.ptr[0] != '@' ||
	    !id_from_hex((struct slice){s.ptr + 1, s.len - 1}, &wire)) {
		return SEAT_NONE;
	}
	return room_seat_by_wire(r, wire);
}

seat_set value_seats(const struct room *r, const json_t *value)
{
	seat_set set = 0;
	size_t n = json_is_array(value) ? json_array_size(value) : 1;

	for (size_t i = 0; i < n; i++) {
		const json_t *v = json_is_array(value) ? json_array_get(value, i) : value;
		uint8_t seat = json_is_string(v) ? seat_of(r, v) : SEAT_NONE;

		if (seat != SEAT_NONE) {
			set |= seat_bit(seat);
		}
	}
	return set;
}

/* A list of short strings; in a list of seats what starts with "@" must name one. */
static bool is_list(const struct room *r, const struct schema_col *col, const json_t *v)
{
	if (!json_is_array(v) || json_array_size(v) > LIMIT_LIST_ITEMS) {
		return false;
	}
	for (size_t i = 0; i < json_array_size(v); i++) {
		const json_t *item = json_array_get(v, i);

		if (!json_is_string(item) || !utf8_is_text(text_of(item), false) ||
		    utf8_units(text_of(item)) > LIMIT_LINE_UNITS) {
			return false;
		}
		if (col->type == CELL_SEATS && text_of(item).len > 0 &&
		    text_of(item).ptr[0] == '@' && seat_of(r, item) == SEAT_NONE) {
			return false;
		}
	}
	return true;
}

bool value_fits(const struct room *r, const struct schema *s, const struct schema_col *col,
		const json_t *v)
{
	int64_t day;

	switch (col->type) {
	case CELL_TEXT:
		return is_text(v, col, true);
	case CELL_LINE:
		return is_text(v, col, false);
	case CELL_DATE:
		return json_is_null(v) || (json_is_string(v) && day_read(text_of(v), &day));
	case CELL_ENUM:
		return json_is_null(v) ||
		       (json_is_string(v) && schema_enum_has(s, col->enum_, text_of(v)));
	case CELL_INT:
		return json_is_null(v) ||
		       (json_is_integer(v) && json_integer_value(v) >= col->int_min &&
			json_integer_value(v) <= col->int_max);
	case CELL_BOOL:
		return json_is_null(v) || json_is_boolean(v);
	case CELL_SEAT:
		return json_is_null(v) || (json_is_string(v) && seat_of(r, v) != SEAT_NONE);
	case CELL_SEATS:
	case CELL_LIST:
		return is_list(r, col, v);
	case CELL_TYPE_COUNT:
		break;
	}
	return false;
}

enum err value_check(const struct room *r, const struct schema_col *col, const json_t *value)
{
	return value_fits(r, r->schema, col, value) ? ERR_OK : ERR_PROTO;
}

/* Does the list name a social resource whose row this seat does not read? */
static bool names_unseen_resource(const struct room *r, unsigned seat, const json_t *list)
{
	struct arena mem;
	size_t count;
	const struct resource_shown *all;
	bool found = false;

	arena_init(&mem);
	all = room_resources(r, &mem, &count);
	for (size_t i = 0; i < json_array_size(list) && !found; i++) {
		for (size_t n = 0; n < count && !found; n++) {
			found =
			    slice_eq(all[n].name, text_of(json_array_get(list, i))) &&
			    rights_seat_level(&r->rights, seat, &all[n].place).level == LEVEL_NONE;
		}
	}
	arena_fini(&mem);
	return found;
}

enum err value_may_replace(const struct room *r, const struct act *act, const struct room_cell *c)
{
	seat_set old = value_seats(r, c->value);

	for (unsigned who = 0; who < r->rights.seat_count; who++) {
		if ((old & seat_bit(who)) && r->rights.seat[who].live &&
		    !cells_knows(r, seat_bit(act->actor), who)) {
			return ERR_GONE;
		}
	}
	return ERR_OK;
}

enum err value_may_name(const struct room *r, const struct act *act, const struct room_cell *c,
			const json_t *value)
{
	const struct schema_col *col = &r->schema->col[c->place->col];
	seat_set named = value_seats(r, value);

	if (col->type == CELL_LIST && names_unseen_resource(r, act->actor, c->value)) {
		return ERR_GONE;
	}
	if (col->type != CELL_SEAT && col->type != CELL_SEATS) {
		return ERR_OK;
	}
	if (value_may_replace(r, act, c) != ERR_OK) {
		return ERR_GONE;
	}
	for (unsigned who = 0; who < r->rights.seat_count; who++) {
		if (!(named & seat_bit(who))) {
			continue;
		}
		for (unsigned s = 0; s < r->rights.seat_count; s++) {
			if (cells_level(r, seat_bit(s), c).level != LEVEL_NONE &&
			    !cells_knows(r, seat_bit(s), who)) {
				return ERR_GONE;
			}
		}
	}
	return ERR_OK;
}
