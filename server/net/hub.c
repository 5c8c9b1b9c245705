/* Connections: frames come in here, are decoded, and queue in front of their room. */
#include "net/hub.h"

#include <assert.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"
#include "net/hub_state.h"
#include "view/view.h"
#include "wire/wire.h"

struct hub *hub_create(const struct schema *schema, struct store *store, struct transport transport)
{
	struct hub *h = mem_alloc(sizeof *h);

	h->policies = policies_create(schema);
	h->store = store;
	h->transport = transport;
	h->due_ms = INT64_MAX;
	hub_bases(h, HUB_BASE_EDITS, HUB_REMEMBERED);
	return h;
}

void hub_bases(struct hub *h, uint32_t edits, uint64_t remembered)
{
	assert(edits > 0 && remembered > 0);
	h->base_edits = edits;
	h->remembered = remembered;
}

void hub_destroy(struct hub *h)
{
	if (!h) {
		return;
	}
	hub_history_destroy(h);
	while (h->conn_count > 0) {
		hub_conn_destroy(h, h->conn[h->conn_count - 1]);
	}
	for (size_t i = 0; i < h->room_count; i++) {
		hub_room_destroy(h->room[i]);
	}
	while (h->list_count > 0) {
		fx_fini(&h->list[--h->list_count]);
	}
	policies_destroy(h->policies);
	free(h->conn);
	free(h->room);
	free(h);
}

void hub_send(struct hub *h, struct hub_conn *c, struct frame *owned)
{
	if (owned && !c->closing) {
		h->transport.send(h->transport.self, c->id, owned);
	}
	frame_release(owned);
}

void hub_bye(struct hub *h, struct hub_conn *c, enum err code)
{
	if (!c->closing) {
		hub_send(h, c, view_bye(code));
		c->closing = true;
		h->transport.close(h->transport.self, c->id, CLOSE_POLICY);
	}
}

void hub_freeze(struct hub *h, struct hub_conn *c)
{
	/* A later restriction would not find the frames that wait here: the room forgot them. */
	(void)h->transport.purge(h->transport.self, c->id);
	hub_conn_drop_here(c);
	hub_caseload_stop(c);
	hub_history_stop(c);
	c->state = CONN_FROZEN;
}

void hub_again(struct hub *h, struct hub_conn *c)
{
	c->state = CONN_AGAIN;
	hub_send(h, c, view_again());
}

void hub_tell_stuck(struct hub *h, struct hub_conn *c)
{
	c->heard_stuck = c->heard_stuck || h->is_stuck;
	hub_send(h, c, view_stuck(h->is_stuck));
}

void hub_open(struct hub *h, struct conn_id conn, struct series_id series, uint8_t seat,
	      int64_t now_ms)
{
	struct hub_conn *c = mem_alloc(sizeof *c);

	assert(!hub_conn_find(h, conn));
	h->now_ms = now_ms;
	c->id = conn;
	c->seat = seat;
	c->room = hub_room_enter(h, series);
	if (!c->room) {
		free(c);
		h->transport.close(h->transport.self, conn, CLOSE_LATER);
		return;
	}
	hub_conn_add(h, c);
	if (h->is_stuck) {
		hub_tell_stuck(h, c);
	}
}

static void push(struct hub_conn *c, enum room_event_kind kind, struct msg *owned, size_t cost)
{
	struct hub_event ev = {.kind = kind, .conn = c->id, .seat = c->seat, .cost = cost};

	if (owned) {
		ev.msg = *owned;
		ev.has_msg = true;
		*owned = (struct msg){0};
	}
	hub_room_push(c->room, &ev);
	hub_room_soon(c->room);
}

/*
 * A few positions a second: the newest one is sent at the next stroke of a clock that is the same
 * for everybody. Were it sent at once and the next one held back, a viewer could tell from when it
 * hears of a seat that this one had just moved where the viewer cannot see.
 */
static void hold_back(struct hub *h, struct hub_conn *c, struct msg *owned)
{
	const int64_t stroke = 1000 / LIMIT_PRESENCE_PER_S;

	if (c->here) {
		wire_release(c->here);
	} else {
		c->here = mem_alloc(sizeof *c->here);
		c->here_next_ms = (h->now_ms / stroke + 1) * stroke;
		hub_due(h, c->here_next_ms);
	}
	*c->here = *owned;
	*owned = (struct msg){0};
}

/* Join comes first, and once each time it is asked for. */
static enum err decode(const struct hub_conn *c, struct slice text, struct msg *m)
{
	bool awaits_join = c->state == CONN_NEW || c->state == CONN_AGAIN;
	enum err e = wire_decode(text, m);

	if (e == ERR_OK && (m->kind == MSG_JOIN) != awaits_join && c->state != CONN_AGAIN) {
		wire_release(m);
		e = ERR_PROTO;
	}
	return e;
}

/* What waits for a commit is bounded by number and by size: a message may be a long one. */
static bool is_full(const struct hub_room *hr, size_t cost)
{
	return hr->queue_count >= LIMIT_ROOM_QUEUE ||
	       hr->queue_cost + cost > LIMIT_ROOM_QUEUE_BYTES;
}

void hub_frame(struct hub *h, struct conn_id conn, struct slice text, int64_t now_ms)
{
	struct hub_conn *c = hub_conn_find(h, conn);
	size_t cost = wire_cost(text);
	struct msg m;
	enum err e;

	h->now_ms = now_ms;
	if (!c || c->closing || c->state == CONN_FROZEN) {
		return;
	}
	e = decode(c, text, &m);
	if (e != ERR_OK) {
		hub_bye(h, c, e);
		return;
	}
	if (m.kind == MSG_JOIN) {
		/* Never too busy for it: nobody has more than one waiting. */
		c->state = CONN_JOINING;
		push(c, ROOM_JOIN, &m, cost);
		return;
	}
	if (c->state == CONN_AGAIN) {
		wire_release(&m); /* sent before it heard */
		return;
	}
	if (m.kind == MSG_HERE) {
		hold_back(h, c, &m);
		return;
	}
	/* While nothing can be kept, to try would only throw the room away. */
	if (is_full(c->room, cost) || (h->is_stuck && room_keeps(m.kind))) {
		hub_send(h, c, view_no(NULL, m.ref, ERR_BUSY, NULL));
		wire_release(&m);
		return;
	}
	push(c, ROOM_MSG, &m, cost);
}

void hub_close(struct hub *h, struct conn_id conn, int64_t now_ms)
{
	struct hub_conn *c = hub_conn_find(h, conn);
	bool must_leave;
	struct hub_event leave;
	struct hub_room *hr;

	h->now_ms = now_ms;
	if (!c) {
		return;
	}
	hr = c->room;
	hr->idle_since_ms = now_ms;
	must_leave = c->state == CONN_JOINING || c->state == CONN_LIVE;
	leave = (struct hub_event){.kind = ROOM_LEAVE, .conn = c->id, .seat = c->seat};
	hub_conn_destroy(h, c);
	if (must_leave) {
		hub_room_push(hr, &leave);
		hub_room_pump(hr);
	}
	hub_due(h, hub_room_deadline(hr));
}

/* It keeps records again: nobody need wait any longer because commits failed. */
static void go_on(struct hub *h)
{
	for (size_t i = 0; i < h->room_count; i++) {
		struct hub_room *hr = h->room[i];

		hr->lost = 0;
		hr->again_ms = hr->again_ms < INT64_MAX ? h->now_ms : INT64_MAX;
		hub_room_thaw(hr, h->now_ms);
		hub_due(h, hub_room_deadline(hr));
	}
}

/* In whatever state a connection is: this tells of nothing but the disk. */
static void tell_if_stuck(struct hub *h)
{
	bool is_stuck = store_is_stuck(h->store);

	if (is_stuck == h->is_stuck) {
		return;
	}
	h->is_stuck = is_stuck;
	for (size_t i = 0; i < h->conn_count; i++) {
		hub_tell_stuck(h, h->conn[i]);
	}
	if (!is_stuck) {
		go_on(h);
	}
}

void hub_poll(struct hub *h, int64_t now_ms)
{
	h->now_ms = now_ms;
	store_poll(h->store);
	tell_if_stuck(h);
}

static int64_t find_deadline(const struct hub *h)
{
	int64_t next = hub_history_is_due(h) ? h->now_ms : INT64_MAX;

	for (size_t i = 0; i < h->conn_count; i++) {
		if (h->conn[i]->here && h->conn[i]->here_next_ms < next) {
			next = h->conn[i]->here_next_ms;
		}
	}
	for (size_t i = 0; i < h->room_count; i++) {
		int64_t due = hub_room_deadline(h->room[i]);

		next = due < next ? due : next;
	}
	return next;
}

void hub_due(struct hub *h, int64_t ms)
{
	h->due_ms = ms < h->due_ms ? ms : h->due_ms;
}

int64_t hub_deadline(struct hub *h)
{
#ifdef SELF_CHECK
	assert(h->due_ms <= find_deadline(h)); /* or it would sleep too long */
#endif
	if (h->due_ms <= h->now_ms) {
		h->due_ms = find_deadline(h);
	}
	return h->due_ms;
}

void hub_tick(struct hub *h, int64_t now_ms)
{
	h->now_ms = now_ms;
	for (size_t i = 0; i < h->conn_count; i++) {
		struct hub_conn *c = h->conn[i];

		if (c->here && now_ms >= c->here_next_ms) {
			struct msg *here = c->here;

			c->here = NULL;
			push(c, ROOM_MSG, here, 0);
			free(here);
		}
	}
	for (size_t i = 0; i < h->room_count; i++) {
		hub_room_thaw(h->room[i], now_ms);
		hub_room_pump(h->room[i]);
	}
	hub_history_step(h);
	for (size_t i = h->room_count; i-- > 0;) {
		if (hub_room_is_idle(h->room[i], now_ms)) {
			hub_room_evict(h->room[i]);
		}
	}
	h->due_ms = find_deadline(h);
}

enum err hub_may_keep(const struct hub *h, struct series_id series, uint8_t seat)
{
	for (size_t i = 0; i < h->room_count; i++) {
		const struct hub_room *hr = h->room[i];

		if (hr->series.n == series.n && hr->room) {
			return room_may_keep(hr->room, seat) ? ERR_OK : ERR_GONE;
		}
	}
	return ERR_BUSY;
}

struct hub_figures hub_figures(const struct hub *h)
{
	return (struct hub_figures){
	    .rooms = h->room_count, .conns = h->conn_count, .moves = h->moves};
}

/* A room that has gone on meanwhile may still stand among those that wait. */
static bool is_quiet(const struct hub_room *hr)
{
	return !hr->in_flight && hr->state != HUB_LOADING &&
	       !(hr->is_unsettled && hr->queue_count > 0);
}

bool hub_is_quiet(const struct hub *h)
{
	for (size_t i = 0; i < h->room_count; i++) {
		if (!is_quiet(h->room[i])) {
			return false;
		}
	}
	return !hub_history_is_loading(h);
}
