/*
 * A consent to a person goes with them to their next seat. An export says so where it shows it: a
 * consent to one seat that opened something for another one, which follows it, too. Read back,
 * `same_person_as` holds for every consent to a party, so it is only said where no other consent
 * would come to open more than it did.
 */
#include "casefile/casefile_writer.h"

static unsigned party_count(const struct writer *w)
{
	size_t count = json_array_size(json_object_get(w->in, "parties"));

	return count < SEAT_MAX ? (unsigned)count : SEAT_MAX;
}

static const json_t *party_at(const struct writer *w, unsigned i)
{
	return json_array_get(json_object_get(w->in, "parties"), i);
}

/* By its place among the parties; SEAT_NONE: no seat of the export. */
static unsigned party_find(const struct writer *w, const char *hex)
{
	for (unsigned i = 0; hex && i < party_count(w); i++) {
		if (strcmp(text_at(party_at(w, i), "seat"), hex) == 0) {
			return i;
		}
	}
	return SEAT_NONE;
}

static seat_set seats_at(const struct writer *w, const json_t *list)
{
	seat_set seats = 0;

	for (size_t i = 0; i < json_array_size(list); i++) {
		unsigned seat = party_find(w, json_string_value(json_array_get(list, i)));

		seats |= seat != SEAT_NONE ? seat_bit(seat) : 0;
	}
	return seats;
}

/* Would a consent to read this open something for the seat? */
static bool opens_for(const struct writer *w, const json_t *cells, unsigned seat)
{
	const json_t *scope = json_object_get(cells, "scope");
	const char *level = text_at(cells, "level");
	uint16_t role = schema_role_find(w->schema, slice_of(text_at(party_at(w, seat), "role")));

	for (size_t i = 0; level && strcmp(level, "read") == 0 && i < json_array_size(scope); i++) {
		struct slice id = slice_of(json_string_value(json_array_get(scope, i)));
		uint16_t cls = schema_class_find(w->schema, id);
		uint16_t col = cls == SCHEMA_NONE ? schema_col_find(w->schema, id) : SCHEMA_NONE;

		cls = col != SCHEMA_NONE ? w->schema->col[col].cls : cls;
		if (cls != SCHEMA_NONE && role != SCHEMA_NONE &&
		    w->schema->cls[cls].mark[role] == MARK_GRANTABLE) {
			return true;
		}
	}
	return false;
}

/* Whom it would open something for, were it a consent to this seat; its person goes along. */
static seat_set would_open(const struct writer *w, const json_t *row, unsigned to)
{
	const json_t *cells = json_object_get(row, "cells");
	seat_set person = seat_bit(to);
	seat_set opened = 0;
	seat_set known = 0;

	while (known != person) {
		known = person;
		for (unsigned i = 0; i < party_count(w); i++) {
			unsigned before = w->persons & seat_bit(i) ? w->follows[i] : SEAT_NONE;

			if (before != SEAT_NONE && (person & seat_bit(before))) {
				person |= seat_bit(i);
			}
		}
	}
	for (unsigned i = 0; i < party_count(w); i++) {
		if ((person & seat_bit(i)) && opens_for(w, cells, i)) {
			opened |= seat_bit(i);
		}
	}
	return opened;
}

const char *person_consented(const struct writer *w, const json_t *row)
{
	const json_t *about = json_object_get(row, "about");
	const char *to = text_at(row, "given_to");
	unsigned seat = party_find(w, to);

	if (json_array_size(about) < 2 || seat == SEAT_NONE ||
	    !(seats_at(w, about) & seat_bit(seat))) {
		return NULL;
	}
	return would_open(w, row, seat) == seats_at(w, json_object_get(row, "opens")) ? to : NULL;
}

seat_set person_widens(const struct writer *w, const json_t *row)
{
	unsigned seat = party_find(w, single_seat(row, "about"));

	if (seat == SEAT_NONE) {
		return 0;
	}
	return would_open(w, row, seat) & ~seat_bit(seat) &
	       ~seats_at(w, json_object_get(row, "opens"));
}

/* From each seat it opened something for, back to the one it was given to. */
static void find_persons_of(struct writer *w, const json_t *row)
{
	const char *to = text_at(row, "given_to");
	seat_set opened = seats_at(w, json_object_get(row, "opens"));
	unsigned root = party_find(w, to);

	for (unsigned i = 0; root != SEAT_NONE && i < party_count(w); i++) {
		seat_set way = 0;
		unsigned at = i;

		if (!(opened & seat_bit(i))) {
			continue;
		}
		while (at != root && at != SEAT_NONE && !(way & seat_bit(at))) {
			way |= seat_bit(at);
			at = w->follows[at];
		}
		w->persons |= at == root ? way : 0;
	}
}

void find_persons(struct writer *w)
{
	const json_t *rows = json_object_get(w->in, "rows");
	seat_set too_far;

	w->persons = 0;
	for (unsigned i = 0; i < party_count(w); i++) {
		w->follows[i] = (uint8_t)party_find(w, text_at(party_at(w, i), "follows"));
	}
	for (size_t i = 0; i < json_array_size(rows); i++) {
		if (strcmp(text_at(json_array_get(rows, i), "table"), "consent") == 0) {
			find_persons_of(w, json_array_get(rows, i));
		}
	}
	do {
		too_far = 0;
		for (size_t i = 0; i < json_array_size(rows); i++) {
			const json_t *row = json_array_get(rows, i);

			if (strcmp(text_at(row, "table"), "consent") == 0 &&
			    !is_of_whole_role(w, row)) {
				too_far |= person_widens(w, row);
			}
		}
		w->persons &= ~too_far;
	} while (too_far);
}

const char *person_before(const struct writer *w, const json_t *party)
{
	unsigned seat = party_find(w, text_at(party, "seat"));

	return seat != SEAT_NONE && (w->persons & seat_bit(seat)) ? text_at(party, "follows")
								  : NULL;
}
