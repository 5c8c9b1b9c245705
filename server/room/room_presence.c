/* Where somebody is in the plan, and who can read a cell. Kept nowhere. */
#include <assert.h>

#include "room/room_state.h"

void on_here(struct room *r, const struct room_event *ev, struct fx_list *out)
{
	struct here_shown *here = arena_alloc(&out->mem, sizeof *here);
	uint32_t at = ev->msg->cell.len ? cells_find(r, ev->msg->cell) : MAP_NONE;

	here->seat = ev->actor;
	/* A cell it cannot read is, to everybody, no cell. */
	if (at != MAP_NONE &&
	    cells_level(r, seat_bit(ev->actor), &r->cell[at]).level != LEVEL_NONE) {
		here->has_cell = true;
		here->key = arena_dup(&out->mem, slice_of(r->cell[at].key));
		here->place = *r->cell[at].place;
		here->has_at = ev->msg->has_at;
		memcpy(here->at, ev->msg->at, sizeof here->at);
	}
	fx_add(out, FX_HERE, ev->conn)->here = here;
}

void on_reach(struct room *r, const struct room_event *ev, struct fx_list *out)
{
	uint32_t at = cells_find(r, ev->msg->cell);
	struct cell_shown *shown;
	struct fx *f;

	if (at == MAP_NONE ||
	    cells_level(r, seat_bit(ev->actor), &r->cell[at]).level == LEVEL_NONE) {
		return; /* nothing to say about what is not there */
	}
	shown = arena_alloc(&out->mem, sizeof *shown);
	cells_show(r, &r->cell[at], shown);
	shown->key = arena_dup(&out->mem, shown->key);
	shown->text = (struct slice){0};
	shown->value = NULL;
	f = fx_add(out, FX_REACH, ev->conn);
	f->cell = shown;
	f->cell_count = 1;
}
