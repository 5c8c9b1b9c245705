/*
 * The office's list of cases: somebody asks in the room of the office, and their cases are looked
 * at one after the other, each in its own room and by its own rights. At most one at a time per
 * connection, so that a long list loads no more than one room that nobody else needs.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "net/hub_state.h"
#include "view/view.h"

void hub_caseload_stop(struct hub_conn *c)
{
	free(c->cases);
	c->cases = NULL;
	c->case_count = 0;
	c->case_at = 0;
}

static void next(struct hub *h, struct hub_conn *c)
{
	const struct case_link *link = &c->cases[c->case_at];
	struct hub_event ev = {.kind = ROOM_LOOK, .conn = c->id, .ref = c->case_ref};
	struct hub_room *hr;

	if (c->case_at == c->case_count) {
		hub_caseload_stop(c);
		hub_send(h, c, view_ack(c->case_ref, 0, NULL));
		return;
	}
	ev.seat = link->seat;
	hr = hub_room_enter(h, (struct series_id){link->series});
	if (!hr) {
		/* Too many rooms: the list is asked for again. */
		hub_send(h, c, view_no(NULL, c->case_ref, ERR_BUSY, NULL));
		hub_caseload_stop(c);
		return;
	}
	hub_room_push(hr, &ev);
	hub_room_pump(hr);
}

void hub_caseload_start(struct hub *h, struct hub_conn *c, const struct fx *f)
{
	hub_caseload_stop(c);
	c->cases = mem_alloc((f->link_count + 1) * sizeof *c->cases);
	for (size_t i = 0; i < f->link_count; i++) {
		c->cases[i] = f->link[i];
	}
	c->case_count = f->link_count;
	c->case_ref = f->ref;
	next(h, c);
}

static bool waits_for(const struct hub_conn *c, const struct hub_room *hr)
{
	return c->cases && c->case_at < c->case_count &&
	       c->cases[c->case_at].series == hr->series.n;
}

void hub_caseload_looked(struct hub *h, struct hub_conn *c, struct hub_room *hr,
			 struct frame *owned)
{
	if (!waits_for(c, hr)) {
		frame_release(owned); /* of a list it has asked for again since */
		return;
	}
	hub_send(h, c, owned);
	/* Nobody is in it: the next tick may have its memory. */
	if (hr->conns == 0) {
		hr->idle_since_ms = h->now_ms - HUB_IDLE_MS;
	}
	c->case_at++;
	next(h, c);
}

void hub_caseload_lost(struct hub_room *hr, bool for_good)
{
	struct hub *h = hr->hub;

	for (size_t i = 0; i < h->conn_count; i++) {
		struct hub_conn *c = h->conn[i];

		if (!waits_for(c, hr)) {
			continue;
		}
		if (for_good) {
			hub_send(h, c, view_case_failed(c->case_ref));
			c->case_at++;
			next(h, c);
		} else {
			hub_send(h, c, view_no(NULL, c->case_ref, ERR_BUSY, NULL));
			hub_caseload_stop(c);
		}
	}
}
