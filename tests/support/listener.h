#ifndef ROKUSHA_TESTS_SUPPORT_LISTENER_H
#define ROKUSHA_TESTS_SUPPORT_LISTENER_H

/*
 * What one connection is sent after a step: the hub in small, with no queue and no disk. Drops come
 * first, the rest as if kept at once; lists are said again only when they differ.
 */
#include "support/meeting.h"

struct listener {
	uint32_t conn;
	uint8_t seat;
	bool live;                                            /* it had its snapshot */
	bool gone;                                            /* it was told bye */
	struct buf seats, meet;                               /* as last sent */
	seat_set here;                                        /* seats last shown in a cell */
	void (*take)(struct listener *l, struct slice frame); /* NULL: only count */
	void *arg;
	size_t heard;
};

static inline void listener_fini(struct listener *l)
{
	buf_fini(&l->seats);
	buf_fini(&l->meet);
}

static inline void listener_give(struct listener *l, struct frame *owned)
{
	if (owned) {
		l->heard++;
		if (l->take) {
			l->take(l, (struct slice){(char *)frame_bytes(owned), frame_len(owned)});
		}
		frame_release(owned);
	}
}

/* Give it unless it is what was sent last; with `quiet` only remember it. */
static inline void listener_list(struct listener *l, struct buf *last, struct frame *owned,
				 bool quiet)
{
	struct slice now = {(char *)frame_bytes(owned), frame_len(owned)};

	if (slice_eq(buf_slice(last), now)) {
		frame_release(owned);
		return;
	}
	buf_clear(last);
	buf_add(last, now);
	if (quiet) {
		frame_release(owned);
	} else {
		listener_give(l, owned);
	}
}

static inline void listener_snap(struct listener *l, const struct view *v, const struct fx *f)
{
	struct view_snapshot s = {.cell = f->cell, .cell_count = f->cell_count};

	l->live = true;
	listener_give(l, view_snapshot(v, &s));
	for (size_t i = 0; i < f->missed_count; i++) {
		listener_give(l, view_edit(v, &f->missed[i]));
	}
	listener_list(l, &l->seats, view_seats(v), true);
	listener_list(l, &l->meet, view_meet(v), true);
}

static inline void listener_broadcast(struct listener *l, const struct view *v, const struct fx *f)
{
	bool shown;

	if (f->kind == FX_EDIT && f->conn.n != l->conn) {
		listener_give(l, view_edit(v, f->edit));
	} else if (f->kind == FX_SET && f->conn.n != l->conn) {
		listener_give(l, view_set(v, f->set));
	} else if (f->kind == FX_SUGGEST) {
		listener_give(l, view_suggest(v, f->suggest));
	} else if (f->kind == FX_SEATS) {
		listener_list(l, &l->seats, view_seats(v), false);
		l->here = view_sees_presence(v) ? l->here : 0;
	} else if (f->kind == FX_MEET) {
		listener_list(l, &l->meet, view_meet(v), false);
	} else if (f->kind == FX_HERE && f->here->seat != l->seat) {
		shown = (l->here & seat_bit(f->here->seat)) != 0;
		listener_give(l, view_here(v, f->here, &shown));
		l->here &= ~seat_bit(f->here->seat);
		l->here |= shown ? seat_bit(f->here->seat) : 0;
	}
}

static inline void listener_direct(struct listener *l, const struct view *v, const struct fx *f)
{
	if (f->kind == FX_SNAP) {
		listener_snap(l, v, f);
	} else if (f->kind == FX_CELLS) {
		listener_give(l, view_cells(v, f->cell, f->cell_count));
	} else if (f->kind == FX_MODE) {
		listener_give(l, view_mode(v, f->cell, f->cell_count));
	} else if (f->kind == FX_ACK) {
		listener_give(l, view_ack(f->ref, f->ver, f->has_row ? &f->row : NULL));
	} else if (f->kind == FX_NO) {
		listener_give(l, view_no(v, f->ref, f->code, f->cell));
	} else if (f->kind == FX_BYE) {
		listener_give(l, view_bye(f->code));
		l->gone = true;
	}
}

/* What went, before anything is kept. */
static inline void listener_drops(struct listener *l, const struct rig *r)
{
	for (size_t i = 0; i < r->fx.fx_count && l->live; i++) {
		const struct fx *f = &r->fx.fx[i];

		if (f->kind == FX_DROP && f->conn.n == l->conn) {
			listener_give(l, view_drop(f->cell, f->cell_count));
		}
	}
}

/* All the rest. `v` is how it sees the room as it stands. */
static inline void listener_rest(struct listener *l, const struct rig *r, const struct view *v)
{
	for (size_t i = 0; i < r->fx.fx_count && !l->gone; i++) {
		const struct fx *f = &r->fx.fx[i];
		bool broadcast = f->kind == FX_EDIT || f->kind == FX_SET || f->kind == FX_SEATS ||
				 f->kind == FX_MEET || f->kind == FX_HERE || f->kind == FX_SUGGEST;

		if (broadcast && l->live) {
			listener_broadcast(l, v, f);
		} else if (!broadcast && f->kind != FX_DROP && f->conn.n == l->conn) {
			listener_direct(l, v, f);
		}
	}
}

static inline void listener_hear(struct listener *l, struct rig *r)
{
	struct view v = view_of(r, l->conn, l->seat);

	listener_drops(l, r);
	listener_rest(l, r, &v);
}

/* Somebody who is connected already, from now on. */
static inline void listener_sit(struct listener *l, struct rig *r, const char *seat)
{
	struct view v;

	*l = (struct listener){.conn = conn_of(r, seat), .seat = rig_seat(r, seat), .live = true};
	v = view_of(r, l->conn, l->seat);
	listener_list(l, &l->seats, view_seats(&v), true);
	listener_list(l, &l->meet, view_meet(&v), true);
}

#endif
