/* Running a step's effects: who hears it is asked of view/ at the moment of writing. */
#include <assert.h>

#include "net/hub_state.h"
#include "view/view.h"

/* What views are made of is put together when the first of them is: few commits need all of it. */
struct run {
	struct hub *hub;
	struct hub_room *room;
	struct arena *mem;
	const struct seat_shown *seat;
	size_t seat_count;
	const struct resource_shown *resource;
	size_t resource_count;
	const struct meet_shown *meet;
	struct frame *edit[EDIT_HEARD_COUNT]; /* of the effect being told */
};

static void gather(struct run *run)
{
	if (!run->meet) {
		run->seat = room_seats(run->room->room, run->mem, &run->seat_count);
		run->resource = room_resources(run->room->room, run->mem, &run->resource_count);
		run->meet = room_meet(run->room->room, run->mem);
	}
}

static struct view view_of(const struct run *run, const struct hub_conn *c)
{
	struct view v = {.rights = room_rights(run->room->room),
			 .seat = run->seat,
			 .seat_count = run->seat_count,
			 .resource = run->resource,
			 .resource_count = run->resource_count,
			 .meet = run->meet,
			 .actor = c->seat};

	v.viewer = room_viewer(run->room->room, c->id, &v.board);
	return v;
}

/* FNV-1a: only to notice that something is what it was last time. */
static uint64_t hash_of(struct slice s)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < s.len; i++) {
		h = (h ^ (unsigned char)s.ptr[i]) * 0x100000001b3u;
	}
	return h;
}

static uint64_t frame_hash(struct frame *f)
{
	return hash_of((struct slice){(const char *)frame_bytes(f), frame_len(f)});
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

static void run_snap(const struct run *run, const struct fx *f, struct hub_conn *c)
{
	struct room_about about = room_about(run->room->room);
	struct view v = view_of(run, c);
	struct view_snapshot s = {.fictional = about.fictional,
				  .office = about.office,
				  .notice = about.notice,
				  .cell = f->cell,
				  .cell_count = f->cell_count};
	struct frame *last;

	hub_send(run->hub, c, view_snapshot(&v, &s));
	if (run->hub->is_stuck || c->heard_stuck) {
		hub_tell_stuck(run->hub, c); /* what was said before may have been purged */
	}
	for (size_t i = 0; i < f->missed_count; i++) {
		hub_send(run->hub, c, view_edit(&v, &f->missed[i]));
	}
	/* What the snapshot said of seats and item need not be said again. */
	last = view_seats(&v);
	c->seats_hash = frame_hash(last);
	frame_release(last);
	last = view_meet(&v);
	c->meet_hash = frame_hash(last);
	frame_release(last);
	last = view_me(&v);
	c->me_hash = frame_hash(last);
	frame_release(last);
	c->here_shown = 0;
	c->state = CONN_LIVE;
}

/* Made once for all who hear of it in the same way. */
static void run_edit(struct run *run, const struct edit_shown *e, struct hub_conn *c)
{
	struct view v = view_of(run, c);
	enum edit_heard heard = view_edit_heard(&v, e);
	struct frame **f = &run->edit[heard];

	if (heard == EDIT_UNHEARD) {
		return;
	}
	if (!*f) {
		*f = view_edit(&v, e);
	}
	hub_send(run->hub, c, frame_hold(*f));
}

static void forget_edit(struct run *run)
{
	for (size_t i = 0; i < EDIT_HEARD_COUNT; i++) {
		frame_release(run->edit[i]);
		run->edit[i] = NULL;
	}
}

static void run_broadcast(struct run *run, const struct fx *f, struct hub_conn *c)
{
	struct view v;
	bool shown;

	if (f->kind == FX_EDIT) {
		run_edit(run, f->edit, c);
		return;
	}
	gather(run);
	v = view_of(run, c);
	switch (f->kind) {
	case FX_SET:
		hub_send(run->hub, c, view_set(&v, f->set));
		break;
	case FX_SUGGEST:
		hub_send(run->hub, c, view_suggest(&v, f->suggest));
		break;
	case FX_SEATS:
		send_if_new(run->hub, c, &c->seats_hash, view_seats(&v));
		/* Whom it may no longer see about, or know, has left every field. */
		c->here_shown &= view_sees_presence(&v) ? view_known(&v) : 0;
		break;
	case FX_MEET:
		send_if_new(run->hub, c, &c->meet_hash, view_meet(&v));
		break;
	case FX_ME:
		send_if_new(run->hub, c, &c->me_hash, view_me(&v));
		break;
	case FX_HERE:
		/* Where one is oneself one knows; a screen on the wall is nobody. */
		if (v.board || f->here->seat != c->seat) {
			shown = c->here_shown & seat_bit(f->here->seat);
			hub_send(run->hub, c, view_here(&v, f->here, &shown));
			c->here_shown &= ~seat_bit(f->here->seat);
			c->here_shown |= shown ? seat_bit(f->here->seat) : 0;
			if (shown) {
				hub_conn_saw(c, f->here->seat, hash_of(f->here->key));
			}
		}
		break;
	default:
		assert(false); /* not a broadcast */
	}
}

/* Who looks is of the office and has no screen here. */
static struct frame *look(const struct run *run, const struct fx *f)
{
	struct view v = {.rights = room_rights(run->room->room),
			 .seat = run->seat,
			 .seat_count = run->seat_count,
			 .resource = run->resource,
			 .resource_count = run->resource_count,
			 .meet = run->meet,
			 .viewer = seat_bit(f->seat),
			 .actor = f->seat};

	return view_case(&v, f->ref, f->cell, f->cell_count);
}

static void run_direct(struct run *run, const struct fx *f, struct hub_conn *c)
{
	struct view v;

	if (f->kind == FX_ACK) {
		hub_send(run->hub, c, view_ack(f->ref, f->ver, f->has_row ? &f->row : NULL));
		return;
	}
	gather(run);
	v = view_of(run, c);
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
	case FX_NO:
		hub_send(run->hub, c, view_no(&v, f->ref, f->code, f->cell));
		break;
	case FX_REACH:
		hub_send(run->hub, c, view_reach(&v, f->cell));
		break;
	case FX_HISTORY:
		hub_history_ask(run->hub, c, f);
		break;
	case FX_CASELOAD:
		hub_caseload_start(run->hub, c, f);
		break;
	case FX_LOOK:
		hub_caseload_looked(run->hub, c, run->room, look(run, f));
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
	return kind == FX_EDIT || kind == FX_SET || kind == FX_SUGGEST || kind == FX_SEATS ||
	       kind == FX_MEET || kind == FX_ME || kind == FX_HERE;
}

/*
 * Frames that waited for a slow reader may hold what it no longer may see, or have become so many
 * that a snapshot is less: it starts over.
 */
static void start_over(struct hub_room *hr, struct hub_conn *c)
{
	struct hub_event leave = {.kind = ROOM_LEAVE, .conn = c->id, .seat = c->seat};

	hub_room_push(hr, &leave);
	hub_freeze(hr->hub, c);
	hub_again(hr->hub, c);
}

/* Who was in a field that went is not seen any more, and when it moves on is not told. */
static void drop_carets(struct hub_conn *c, const struct fx *f)
{
	for (size_t i = 0; c->here_shown && i < f->cell_count; i++) {
		uint64_t cell = hash_of(f->cell[i].key);

		for (unsigned s = 0; s < SEAT_MAX; s++) {
			if ((c->here_shown & seat_bit(s)) && c->here_cell[s] == cell) {
				c->here_shown &= ~seat_bit(s);
			}
		}
	}
}

void hub_run_drops(struct hub_room *hr)
{
	struct hub *h = hr->hub;

	for (size_t i = 0; i < hr->fx.fx_count; i++) {
		const struct fx *f = &hr->fx.fx[i];
		struct hub_conn *c = f->kind == FX_DROP ? hub_conn_find(h, f->conn) : NULL;

		/* Who is not live was sent nothing that it could lose. */
		if (!c || c->state != CONN_LIVE) {
			continue;
		}
		if (h->transport.purge(h->transport.self, c->id) && !c->closing) {
			start_over(hr, c);
			continue;
		}
		hub_send(h, c, view_drop(f->cell, f->cell_count));
		drop_carets(c, f);
	}
}

/*
 * A viewer that starts over is still in the room until its LEAVE is stepped: nothing of that time
 * is for it. A closing one is served by nobody (hub_send).
 */
static bool may_hear(const struct hub_conn *c, enum fx_kind kind)
{
	return c->state == CONN_LIVE || kind == FX_SNAP || kind == FX_BYE;
}

/* A slow reader's queue gives way to a snapshot, which comes when it has read up to there. */
static void shorten(const struct run *run, struct hub_conn *c)
{
	const struct transport *t = &run->hub->transport;

	if (!c->closing && t->is_behind && t->is_behind(t->self, c->id)) {
		start_over(run->room, c);
	}
}

static void run_one(struct run *run, const struct fx *f)
{
	struct hub *h = run->hub;
	bool skip_author = f->kind == FX_EDIT || f->kind == FX_SET;

	if (f->kind == FX_DROP) {
		return; /* ran as soon as it was stepped */
	}
	if (!is_broadcast(f->kind)) {
		struct hub_conn *c = hub_conn_find(h, f->conn);

		if (c && may_hear(c, f->kind)) {
			run_direct(run, f, c);
		}
		return;
	}
	for (struct hub_conn *c = run->room->first; c; c = c->after) {
		if (may_hear(c, f->kind) && !(skip_author && f->conn.n == c->id.n)) {
			run_broadcast(run, f, c);
			shorten(run, c);
		}
	}
	forget_edit(run);
}

struct view hub_view(const struct hub_conn *c, struct arena *mem)
{
	struct run run = {.hub = c->room->hub, .room = c->room, .mem = mem};

	gather(&run);
	return view_of(&run, c);
}

void hub_run(struct hub_room *hr)
{
	struct arena mem;
	struct run run = {.hub = hr->hub, .room = hr, .mem = &mem};

	hr->running = true; /* what an effect asks of this room waits until all have run */
	arena_init(&mem);
	for (size_t i = 0; i < hr->fx.fx_count; i++) {
		run_one(&run, &hr->fx.fx[i]);
	}
	arena_fini(&mem);
	hr->running = false;
}
