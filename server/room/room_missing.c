/* What is still to be done before the minutes are sealed, as far as somebody reads it. */
#include <stdlib.h>

#include "base/mem.h"
#include "room/room_names.h"
#include "room/room_state.h"

struct looking {
	const struct room *r;
	seat_set viewer;
	struct room_missing *v;
	size_t count, cap;
};

static bool reads(const struct looking *l, const struct room_cell *c)
{
	return cells_level(l->r, l->viewer, c).level != LEVEL_NONE;
}

static void add(struct looking *l, const char *what, const struct room_cell *c)
{
	if (reads(l, c)) {
		mem_room(&l->v, &l->cap, l->count, sizeof *l->v);
		l->v[l->count++] = (struct room_missing){what, slice_of(c->key)};
	}
}

static bool is_empty(const struct room_cell *c)
{
	return c->doc ? c->doc->body.bytes == 0
		      : json_is_null(c->value) ||
			    (json_is_string(c->value) && json_string_length(c->value) == 0);
}

/* Of a row of the minutes: nobody is named, no day, no words; a dissent without what it is about.
 */
static void look_at_row(struct looking *l, const struct room_row *row)
{
	for (uint32_t i = 0; i < row->cell_count; i++) {
		const struct room_cell *c = &l->r->cell[row->first_cell + i];
		const struct schema_col *col = &l->r->schema->col[c->place->col];

		if (!is_empty(c)) {
			continue;
		}
		if (col->type == CELL_SEAT) {
			add(l, "who", c);
		} else if (col->type == CELL_DATE) {
			add(l, "due", c);
		} else if (col->is_main) {
			add(l, "text", c);
		} else if (strcmp(col->id, NAME_DISSENT "." NAME_DISSENT_ABOUT) == 0) {
			add(l, "dissent", c);
		}
	}
}

/* Items that were never opened, each by its title. */
static void look_at_items(struct looking *l)
{
	const struct room *r = l->r;

	for (size_t i = 0; i < r->row_count; i++) {
		const struct room_row *row = &r->row[i];
		uint16_t table;
		uint64_t id;

		if (strcmp(r->schema->table[row->table].id, NAME_AGENDA) == 0 &&
		    row->cell_count > 0 && rows_key(r, slice_of(row->key), &table, &id) &&
		    !meeting_segment_of(r, id)) {
			add(l, "segment", &r->cell[row->first_cell]);
		}
	}
}

/* Whom the attendance of this meeting names. */
static seat_set attended(const struct room *r)
{
	seat_set set = 0;

	for (size_t i = 0; i < r->cell_count; i++) {
		const struct room_cell *c = &r->cell[i];

		if (c->place->has_row && !c->place->is_sealed &&
		    strcmp(r->schema->col[c->place->col].id,
			   NAME_ATTENDANCE "." NAME_ATTENDANCE_WHO) == 0) {
			set |= value_seats(r, c->value);
		}
	}
	return set;
}

/* Who sat in something by the segments, and the attendance does not say so. */
static void look_at_attendance(struct looking *l)
{
	const struct room *r = l->r;
	seat_set sat = 0;

	for (size_t i = r->meeting.sealed; i < r->meeting.segment_count; i++) {
		/* Only of what the reader sat in itself: else a name would tell of another item. */
		if ((r->meeting.segment[i].audience & l->viewer) == l->viewer) {
			sat |= r->meeting.segment[i].audience;
		}
	}
	sat &= ~attended(r);
	for (unsigned i = 0; i < r->rights.seat_count; i++) {
		if ((sat & seat_bit(i)) && r->rights.seat[i].live &&
		    r->seat[i].label_cell != MAP_NONE) {
			add(l, "attendance", &r->cell[r->seat[i].label_cell]);
		}
	}
}

const struct room_missing *room_missing(const struct room *r, uint8_t seat, struct arena *mem,
					size_t *count)
{
	struct looking l = {.r = r, .viewer = seat_bit(seat)};
	struct room_missing *out;

	for (size_t i = 0; i < r->row_count; i++) {
		if (r->schema->table[r->row[i].table].in_segment && r->row[i].cell_count > 0 &&
		    !r->row[i].place[0].is_sealed) {
			look_at_row(&l, &r->row[i]);
		}
	}
	look_at_items(&l);
	look_at_attendance(&l);
	out = arena_alloc(mem, (l.count + 1) * sizeof *out);
	if (l.count) {
		memcpy(out, l.v, l.count * sizeof *out);
	}
	free(l.v);
	*count = l.count;
	return out;
}
