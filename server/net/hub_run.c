/* Running a step's effects: who hears it is asked of view/ at the moment of writing. */
#include <assert.h>

#include "net/hub_state.h"
#include "view/view.h"

struct run {
	struct hub *hub;
	struct hub_room *room;
	const struct seat_shown *seat;
	size_t seat_count;
	const struct resource_shown *resource;
	size_t resource_count;
};

static struct view view_of(const struct run *run, const struct hub_conn *c)
{
	return (struct view){.rights = room_rights(run->room->room),
			     .seat = run->seat,
			     .seat_count = run->seat_count,
			     .resource = run->resource,
			     .resource_count = run->resource_count,
			     .viewer = seat_bit(c->seat),
			     .actor = c->seat};
}

/* FNV-1a: only to notice that a list is the one sent last. */
static uint64_t frame_hash(struct frame *f)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < frame_len(f); i++) {
		h = (h ^ frame_bytes(f)[i]) * 0x100000001b3u;
	}
	return h;
}

/* Say it unless this viewer was told exactly that last time. */
static void send_if_new(struct hub *h, struct hub_conn *c, uint64_t *last, struct frame *f)
{
	uint64_t hash = frame_hash(f);

	if (hash == *last) {
		frame_release(f);
		return;
	}
	*last = hash;
	hub_send(h, c, f);
}

static struct frame *item_frame(const struct run *run, const struct view *v)
{
	uint64_t row;
	seat_set audience;
	bool open = room_item(run->room->room, &row, &audience);

	return view_item(v, open, row, audience);
}

static void run_snap(const struct run *run, const struct fx *f, struct hub_conn *c)
{
	struct room_about about = room_about(run->room->room);
	struct view v = view_of(run, c);
	struct view_snapshot s = {.fictional = about.fictional,
				  .notice = about.notice,
				  .cell = f->cell,
				  .cell_count = f->cell_count};
	struct frame *last;

	s.item_open = room_item(run->room->room, &s.item_row, &s.item_audience);
	hub_send(run->hub, c, view_snapshot(&v, &s));
	for (size_t i = 0; i < f->missed_count; i++) {
		hub_send(run->hub, c, view_edit(&v, &f->missed[i]));
	}
	/* What the snapshot said of seats and item need not be said again. */
	last = view_seats(&v);
	c->seats_hash = frame_hash(last);
	frame_release(last);
	last = item_frame(run, &v);
	c->item_hash = frame_hash(last);
	frame_release(last);
	c->live = true;
}

static void run_broadcast(const struct run *run, const struct fx *f, struct hub_conn *c)
{
	struct view v = view_of(run, c);
	bool shown;

	switch (f->kind) {
	case FX_EDIT:
		hub_send(run->hub, c, view_edit(&v, f->edit));
		break;
	case FX_SET:
		hub_send(run->hub, c, view_set(&v, f->set));
		break;
	case FX_SEATS:
		send_if_new(run->hub, c, &c->seats_hash, view_seats(&v));
		break;
	case FX_ITEM:
		send_if_new(run->hub, c, &c->item_hash, item_frame(run, &v));
		break;
	case FX_HERE:
		if (f->here->seat != c->seat) {
			shown = c->here_shown & seat_bit(f->here->seat);
			hub_send(run->hub, c, view_here(&v, f->here, &shown));
			c->here_shown &= ~seat_bit(f->here->seat);
			c->here_shown |= shown ? seat_bit(f->here->seat) : 0;
		}
		break;
	default:
		assert(false); /* not a broadcast */
	}
}

static void run_direct(const struct run *run, const struct fx *f, struct hub_conn *c)
{
	struct view v = view_of(run, c);

	switch (f->kind) {
	case FX_SNAP:
		run_snap(run, f, c);
		break;
	case FX_CELLS:
		hub_send(run->hub, c, view_cells(&v, f->cell, f->cell_count));
		break;
	case FX_MODE:
		hub_send(run->hub, c, view_mode(&v, f->cell, f->cell_count));
		break;
	case FX_ACK:
		hub_send(run->hub, c, view_ack(f->ref, f->ver, f->has_row ? &f->row : NULL));
		break;
	case FX_NO:
		hub_send(run->hub, c, view_no(&v, f->ref, f->code, f->cell));
		break;
	case FX_REACH:
		hub_send(run->hub, c, view_reach(&v, f->cell));
		break;
	case FX_PONG:
		hub_send(run->hub, c, view_pong());
		break;
	case FX_BYE:
		hub_bye(run->hub, c, f->code);
		break;
	default:
		assert(false); /* not for one connection */
	}
}

static bool is_broadcast(enum fx_kind kind)
{
	return kind == FX_EDIT || kind == FX_SET || kind == FX_SEATS || kind == FX_ITEM ||
	       kind == FX_HERE;
}

void hub_run_drops(struct hub_room *hr)
{
	struct hub *h = hr->hub;

	for (size_t i = 0; i < hr->fx.fx_count; i++) {
		const struct fx *f = &hr->fx.fx[i];
		struct hub_conn *c = f->kind == FX_DROP ? hub_conn_find(h, f->conn) : NULL;

		if (!c || c->closing) {
			continue;
		}
		if (h->transport.purge(h->transport.self, c->id)) {
			/* What waited for a slow reader may hold what it no longer may see. */
			c->closing = true;
			h->transport.close(h->transport.self, c->id, CLOSE_RESTART);
			continue;
		}
		hub_send(h, c, view_drop(f->cell, f->cell_count));
	}
}

void hub_run(struct hub_room *hr)
{
	struct hub *h = hr->hub;
	struct arena mem;
	struct run run = {.hub = h, .room = hr};

	arena_init(&mem);
	run.seat = room_seats(hr->room, &mem, &run.seat_count);
	run.resource = room_resources(hr->room, &mem, &run.resource_count);
	for (size_t i = 0; i < hr->fx.fx_count; i++) {
		const struct fx *f = &hr->fx.fx[i];

		if (f->kind == FX_DROP) {
			continue;
		}
		if (!is_broadcast(f->kind)) {
			struct hub_conn *c = hub_conn_find(h, f->conn);

			if (c) {
				run_direct(&run, f, c);
			}
			continue;
		}
		for (size_t n = 0; n < h->conn_count; n++) {
			struct hub_conn *c = h->conn[n];

			bool is_author =
			    (f->kind == FX_EDIT || f->kind == FX_SET) && f->conn.n == c->id.n;

			if (c->room == hr && c->live && !is_author) {
				run_broadcast(&run, f, c);
			}
		}
	}
	arena_fini(&mem);
}
