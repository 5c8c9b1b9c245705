/* Rooms: loaded from the store, stepped in batches, one commit in flight each. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"
#include "net/hub_state.h"
#include "wire/wire.h"

enum { QUEUE_FIRST = 4 }; /* events; what a longer queue took is given back when it is empty */

/* Rooms of nobody need not wait for their time. */
static void make_place(struct hub *h)
{
	for (size_t i = h->room_count; i-- > 0;) {
		struct hub_room *hr = h->room[i];

		if (hr->conns == 0) {
			hr->idle_since_ms = h->now_ms - HUB_IDLE_MS;
			hub_due(h, h->now_ms);
		}
	}
}

struct hub_room *hub_room_enter(struct hub *h, struct series_id series)
{
	struct hub_room *hr;

	for (size_t i = 0; i < h->room_count; i++) {
		if (h->room[i]->series.n == series.n) {
			if (h->room[i]->state == HUB_FAILED) {
				hub_load(h->room[i]);
			}
			return h->room[i];
		}
	}
	if (h->room_count >= LIMIT_ROOMS) {
		make_place(h);
		return NULL;
	}
	hr = mem_alloc(sizeof *hr);
	hr->hub = h;
	hr->series = series;
	hr->idle_since_ms = h->now_ms;
	hr->again_ms = INT64_MAX;
	mem_room(&h->room, &h->room_cap, h->room_count, sizeof(struct hub_room *));
	h->room[h->room_count++] = hr;
	hub_load(hr);
	return hr;
}

/*
 * What a step wants done is put into a list that belongs to no room: of a thousand rooms few are
 * stepped at a time, and each list has memory of its own.
 */
static void take_list(struct hub_room *hr)
{
	struct hub *h = hr->hub;

	if (h->list_count > 0 && !hr->fx.mem.first) {
		fx_fini(&hr->fx);
		hr->fx = h->list[--h->list_count];
	}
	fx_reset(&hr->fx);
}

/* Its step is over, whatever came of it. */
static void give_list(struct hub_room *hr)
{
	struct hub *h = hr->hub;

	fx_rest(&hr->fx);
	if (h->list_count < HUB_LISTS && hr->fx.mem.first) {
		h->list[h->list_count++] = hr->fx;
		hr->fx = (struct fx_list){0};
	} else {
		fx_fini(&hr->fx);
	}
}

static void event_fini(struct hub_event *ev)
{
	if (ev->has_msg) {
		wire_release(&ev->msg);
	}
}

void hub_room_gone(struct hub_room *hr)
{
	hr->hub->moves++;
	room_destroy(hr->room);
	hr->room = NULL;
	policies_release(hr->hub->policies, &hr->policy);
}

void hub_room_destroy(struct hub_room *hr)
{
	for (size_t i = 0; i < hr->queue_count; i++) {
		event_fini(&hr->queue[(hr->queue_first + i) % hr->queue_cap]);
	}
	free(hr->queue);
	fx_fini(&hr->fx);
	hub_room_settled(hr);
	hub_room_gone(hr);
	free(hr);
}

void hub_room_push(struct hub_room *hr, struct hub_event *owned)
{
	if (hr->queue_count == hr->queue_cap) {
		size_t cap = hr->queue_cap ? hr->queue_cap * 2 : QUEUE_FIRST;
		struct hub_event *bigger = mem_alloc(cap * sizeof *bigger);

		for (size_t i = 0; i < hr->queue_count; i++) {
			bigger[i] = hr->queue[(hr->queue_first + i) % hr->queue_cap];
		}
		free(hr->queue);
		hr->queue = bigger;
		hr->queue_cap = cap;
		hr->queue_first = 0;
	}
	hr->queue[(hr->queue_first + hr->queue_count++) % hr->queue_cap] = *owned;
	hr->queue_cost += owned->cost;
}

/* The room in memory is not what the disk says: nothing of it may be heard any more. */
static void forget(struct hub_room *hr)
{
	while (hr->queue_count > 0) {
		event_fini(&hr->queue[hr->queue_first]);
		hr->queue_first = (hr->queue_first + 1) % hr->queue_cap;
		hr->queue_count--;
	}
	hr->queue_cost = 0;
	give_list(hr);
	hub_room_gone(hr);
	hr->again_ms = INT64_MAX;
}

/*
 * Nobody may be left with half a truth: what a client said and was not answered it says again when
 * the room is back, and (client, ref) tells what of it was kept after all.
 */
static void start_afresh(struct hub_room *hr)
{
	struct hub *h = hr->hub;

	for (struct hub_conn *c = hr->first; c; c = c->after) {
		if (c->state == CONN_JOINING || c->state == CONN_LIVE) {
			hub_freeze(h, c);
		}
	}
	forget(hr);
	hr->lost++;
	hub_load(hr);
	hub_caseload_lost(hr, false);
}

/* It cannot be loaded: whoever wants it comes anew, and it is tried again then. */
static void give_up(struct hub_room *hr)
{
	struct hub *h = hr->hub;

	for (struct hub_conn *c = hr->first; c; c = c->after) {
		c->state = CONN_FROZEN; /* no room to leave */
		if (!c->closing) {
			c->closing = true;
			h->transport.close(h->transport.self, c->id, CLOSE_RESTART);
		}
	}
	forget(hr);
	hr->state = HUB_FAILED;
	hub_due(h, hub_room_deadline(hr));
	hub_caseload_lost(hr, true);
}

/* None at first, then longer and longer while nothing is kept. */
static int64_t again_wait_ms(const struct hub_room *hr)
{
	int64_t wait = HUB_AGAIN_MIN_MS;

	if (hr->lost < 2) {
		return 0;
	}
	for (unsigned i = 2; i < hr->lost && wait < HUB_AGAIN_MAX_MS; i++) {
		wait *= 2;
	}
	return wait < HUB_AGAIN_MAX_MS ? wait : HUB_AGAIN_MAX_MS;
}

void hub_room_thaw(struct hub_room *hr, int64_t now_ms)
{
	struct hub *h = hr->hub;

	if (now_ms < hr->again_ms) {
		return;
	}
	hr->again_ms = INT64_MAX;
	for (struct hub_conn *c = hr->first; c; c = c->after) {
		if (c->state == CONN_FROZEN) {
			hub_again(h, c);
		}
	}
}

static void drop_room(struct hub_room *hr)
{
	struct hub *h = hr->hub;

	for (size_t i = 0; i < h->room_count; i++) {
		if (h->room[i] == hr) {
			h->room[i] = h->room[--h->room_count];
			hub_room_destroy(hr);
			return;
		}
	}
	assert(false); /* a room the hub does not know */
}

/* A full disk may have room for an edit where it has none for a base. */
static void base_is_kept(struct hub_room *hr, bool is_kept)
{
	if (is_kept) {
		room_base_kept(hr->room);
		hr->no_base = false;
	} else {
		hr->base_after_ms = hr->hub->now_ms + HUB_BASE_WAIT_MS;
	}
}

static void on_kept(void *arg, enum store_outcome outcome)
{
	struct hub_room *hr = arg;

	hr->in_flight = false;
	if (hr->batch.has_base) {
		base_is_kept(hr, outcome == STORE_KEPT);
	}
	if (hr->folding) {
		/* What it wrote can be had from the journal, too: whatever came of it is fine. */
		hr->folding = false;
		hr->is_behind = hr->is_behind && outcome != STORE_KEPT;
		fx_reset(&hr->fx);
		if (hr->conns == 0 && hr->queue_count == 0) {
			drop_room(hr);
			return;
		}
		hub_room_pump(hr);
		return;
	}
	if (hr->batch.record_count > 0) {
		hr->is_behind = hr->is_behind || outcome != STORE_NOT_KEPT;
		hr->lost = outcome == STORE_KEPT ? 0 : hr->lost;
	}
	if (outcome != STORE_KEPT) {
		fprintf(stderr, "level=error event=commit series=%lld outcome=%s\n",
			(long long)hr->series.n,
			outcome == STORE_NOT_KEPT ? "not_kept" : "unknown");
		start_afresh(hr);
		return;
	}
	/* A right has lapsed meanwhile: what was stepped by it is kept, and told to nobody by it.
	 */
	if (hr->hub->now_ms >= room_deadline(hr->room)) {
		start_afresh(hr);
		return;
	}
	hub_run(hr);
	hub_room_soon(hr);
}

static struct room_event event_of(struct hub_room *hr, struct hub_event *q)
{
	const struct transport *t = &hr->hub->transport;
	struct room_event ev = {.kind = q->kind,
				.conn = q->conn,
				.actor = q->seat,
				.now_ms = hr->hub->now_ms,
				.msg = q->has_msg ? &q->msg : NULL,
				.ref = q->ref};

	for (size_t i = 0; room_event_needs_random(&ev) && i < ROOM_RANDOM; i++) {
		ev.random[i] = t->random(t->self);
	}
	return ev;
}

static struct hub_event *queued(const struct hub_room *hr, size_t i)
{
	return &hr->queue[(hr->queue_first + i) % hr->queue_cap];
}

static bool is_presence(const struct hub_event *q)
{
	return q->kind == ROOM_JOIN || q->kind == ROOM_LEAVE;
}

static bool is_alone(const struct hub_event *q)
{
	struct room_event ev = {.kind = q->kind, .msg = q->has_msg ? &q->msg : NULL};

	return !is_presence(q) && room_event_is_alone(&ev);
}

/* Step an event that is no longer in the queue. */
static void step(struct hub_room *hr, struct hub_event *owned)
{
	struct room_event ev = event_of(hr, owned);

	hr->queue_cost -= owned->cost;
	room_step(hr->room, &ev, &hr->fx);
	event_fini(owned);
}

/*
 * Step what of the first `limit` is of this kind, unless it comes after something of the same
 * connection that is not. -> how many stay, which are the first then.
 */
static size_t step_those(struct hub_room *hr, size_t limit, bool presence)
{
	size_t stay = 0;

	for (size_t i = 0; i < limit; i++) {
		struct hub_event q = *queued(hr, i);
		bool may = is_presence(&q) == presence;

		for (size_t k = 0; may && k < stay; k++) {
			may = queued(hr, k)->conn.n != q.conn.n;
		}
		if (may) {
			step(hr, &q);
		} else {
			*queued(hr, stay++) = q;
		}
	}
	return stay;
}

/*
 * Step what waits: one event that changes rights alone, or as many others as there are, in one
 * commit. Comings and goings change no cell and nobody's rights; they are stepped last, because a
 * snapshot shows the room as it is after the batch. So nobody who comes and goes makes others wait
 * for a commit more.
 */
static void step_batch(struct hub_room *hr)
{
	size_t limit = 0, stay = 0;

	take_list(hr);
	if (hr->hub->now_ms >= room_deadline(hr->room)) {
		struct hub_event tick = {.kind = ROOM_TICK};

		step(hr, &tick);
		return;
	}
	while (limit < hr->queue_count && !is_alone(queued(hr, limit))) {
		limit++;
	}
	if (limit == 0) {
		struct hub_event first = *queued(hr, 0);

		hr->queue_first = (hr->queue_first + 1) % hr->queue_cap;
		hr->queue_count--;
		step(hr, &first);
		return;
	}
	stay = step_those(hr, limit, false);
	stay = step_those(hr, stay, true);
	while (limit < hr->queue_count) {
		*queued(hr, stay++) = *queued(hr, limit++);
	}
	hr->queue_count = stay;
}

static void add_base(struct hub_room *hr)
{
	struct room_base base;

	room_base(hr->room, &hr->fx.mem, &base);
	hr->batch.base = base.text;
	hr->batch.base_count = base.text_count;
	hr->batch.has_base = true;
	hr->batch.base_body = base.body;
	hr->batch.base_afresh = hr->no_base;
}

/* It comes with records, never alone: what a full disk still takes is for the audit. */
static bool is_base_due(const struct hub_room *hr)
{
	return hr->batch.record_count > 0 && !hr->hub->is_stuck && hr->lost == 0 &&
	       hr->hub->now_ms >= hr->base_after_ms &&
	       room_base_is_due(hr->room, hr->hub->base_edits);
}

static void on_answers(void *arg, enum err e, struct store_series *loaded)
{
	struct hub_room *hr = arg;

	hr->in_flight = false;
	for (size_t i = 0; e == ERR_OK && i < hr->ask_count; i++) {
		room_replay_client(hr->room, hr->ask[i], loaded->record, loaded->record_count);
	}
	store_series_destroy(loaded);
	if (e != ERR_OK) {
		fprintf(stderr, "level=error event=answers series=%lld reason=%s\n",
			(long long)hr->series.n, err_name(e));
		give_up(hr);
		return;
	}
	hub_room_pump(hr);
}

/*
 * A request that is repeated gets the answer it got, however old: of clients that join, the room
 * must know what they asked before its base. It waits for that as it does for a commit.
 */
static bool ask_store(struct hub_room *hr)
{
	hr->ask_count = 0;
	for (size_t i = 0; i < hr->queue_count && hr->ask_count < STORE_CLIENTS_MAX; i++) {
		struct hub_event *q = queued(hr, i);

		if (q->kind == ROOM_JOIN && !q->is_asked) {
			q->is_asked = true;
			if (room_must_ask(hr->room, q->msg.client)) {
				hr->ask[hr->ask_count++] = q->msg.client;
			}
		}
	}
	if (hr->ask_count == 0) {
		return false;
	}
	hr->in_flight = true;
	store_load_clients(hr->hub->store, hr->series, hr->ask, hr->ask_count, ROOM_ANSWERS,
			   on_answers, hr);
	return true;
}

void hub_room_pump(struct hub_room *hr)
{
	while (hr->state == HUB_LIVE && !hr->in_flight && !hr->running &&
	       (hr->queue_count > 0 || hr->hub->now_ms >= room_deadline(hr->room))) {
		if (ask_store(hr)) {
			return;
		}
		step_batch(hr);
		hub_run_drops(hr);
		if (hr->fx.record_count > 0 || hr->fx.audit_count > 0) {
			hr->batch = (struct store_batch){.series = hr->series,
							 .record = hr->fx.record,
							 .record_count = hr->fx.record_count,
							 .audit = hr->fx.audit,
							 .audit_count = hr->fx.audit_count};
			if (is_base_due(hr)) {
				add_base(hr);
			}
			hr->in_flight = true;
			store_commit(hr->hub->store, &hr->batch, on_kept, hr);
		} else {
			hub_run(hr);
		}
	}
	hub_due(hr->hub, hub_room_deadline(hr));
	if (!hr->in_flight && !hr->running) {
		give_list(hr);
	}
	if (hr->queue_count == 0 && hr->queue_cap > QUEUE_FIRST) {
		free(hr->queue);
		hr->queue = NULL;
		hr->queue_cap = hr->queue_first = 0;
	}
}

/* When it may go for want of company; INT64_MAX while something is still to come. */
static int64_t idle_at(const struct hub_room *hr)
{
	return hr->conns == 0 && hr->queue_count == 0 && hr->state != HUB_LOADING && !hr->in_flight
		   ? hr->idle_since_ms + HUB_IDLE_MS
		   : INT64_MAX;
}

bool hub_room_is_idle(const struct hub_room *hr, int64_t now_ms)
{
	return now_ms >= idle_at(hr);
}

int64_t hub_room_deadline(const struct hub_room *hr)
{
	int64_t due = hr->room && !hr->in_flight ? room_deadline(hr->room) : INT64_MAX;
	int64_t idle = idle_at(hr);

	due = hr->again_ms < due ? hr->again_ms : due;
	return idle < due ? idle : due;
}

void hub_room_evict(struct hub_room *hr)
{
	take_list(hr);
	if (hr->state == HUB_FAILED) {
		drop_room(hr);
		return;
	}
	hr->batch = (struct store_batch){.series = hr->series, .has_now = hr->is_behind};
	if (room_edits(hr->room) > 0) {
		add_base(hr);
	}
	if (hr->is_behind) {
		hr->batch.now = room_cells_now(hr->room, &hr->fx.mem, &hr->batch.now_count);
	}
	if (!hr->batch.has_base && !hr->batch.has_now) {
		drop_room(hr);
		return;
	}
	hr->in_flight = true;
	hr->folding = true;
	store_commit(hr->hub->store, &hr->batch, on_kept, hr);
}

void hub_room_loaded(struct hub_room *hr, bool is_there)
{
	if (!is_there) {
		give_up(hr);
		return;
	}
	hr->state = HUB_LIVE;
	hr->hub->moves++;
	hr->again_ms = hr->hub->now_ms + again_wait_ms(hr);
	hub_room_thaw(hr, hr->hub->now_ms);
	hub_room_pump(hr);
}
