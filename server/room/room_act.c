/* Who did it, for whom, how: actor (whose session), for (whose act), method. */
#include "room/room_state.h"

enum err act_of(const struct room *r, const struct room_event *ev, struct act *out)
{
	struct act act = {.actor = ev->actor, .for_seat = ev->actor, .method = ev->msg->method};

	if (ev->msg->has_for_seat) {
		act.for_seat = room_seat_by_wire(r, ev->msg->for_seat);
		if (act.for_seat == SEAT_NONE || !r->rights.seat[act.for_seat].live) {
			return ERR_GONE;
		}
	}
	if (act.for_seat == act.actor) {
		/* One's own act is one's own, whatever paper it was on first. */
		*out = act;
		return act.method == METHOD_OWN ? ERR_OK : ERR_PROTO;
	}
	/* A scribe holds a duty in the meeting and never passes its words off as the other's own.
	 */
	if (act.method == METHOD_OWN || r->rights.seat[act.actor].duties == 0) {
		return ERR_GONE;
	}
	*out = act;
	return ERR_OK;
}

enum level act_level(const struct room *r, const struct act *act, const struct cell_place *place)
{
	enum level own = rights_seat_level(&r->rights, act->actor, place).level;
	enum level other;

	if (act->actor == act->for_seat) {
		return own;
	}
	other = rights_seat_level(&r->rights, act->for_seat, place).level;
	/* Nobody writes where it cannot read, and owned words only where the form lets a scribe. */
	if (own == LEVEL_NONE || !rights_takes_scribe(&r->rights, place->col)) {
		return LEVEL_NONE;
	}
	/* It is the other's act: what they may not do, nobody does in their name. */
	return other == LEVEL_WRITE ? LEVEL_WRITE : LEVEL_NONE;
}
