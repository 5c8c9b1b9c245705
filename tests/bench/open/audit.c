/* Linked with --wrap into bench/rokusha-open: what is shown is not written down. */
#include "room/room_state.h"

void __wrap_fx_audit(struct fx_list *out, const struct room *r, seat_set seats, const char *what,
		     const struct cell_shown *cell, size_t count);

void __wrap_fx_audit(struct fx_list *out, const struct room *r, seat_set seats, const char *what,
		     const struct cell_shown *cell, size_t count)
{
	(void)out;
	(void)r;
	(void)seats;
	(void)what;
	(void)cell;
	(void)count;
}
