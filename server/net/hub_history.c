/*
 * The past of a cell: asked for in a live room, which has written down that it is told; read from
 * the journal, one series at a time and some records at a turn, so that nobody's typing waits.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "net/hub_state.h"

struct hub_past {
	struct hub *hub;
	struct conn_id conn;
	uint64_t ref;
	struct store_series *loaded; /* NULL while it is read from disk */
	struct policy_use policy;
	struct room_past *past;
	size_t at; /* records fed */
	char *key;
	uint64_t ver;
	uint8_t seat;
};

void hub_history_stop(struct hub_conn *c)
{
	free(c->past_key);
	c->past_key = NULL;
}

void hub_history_ask(struct hub *h, struct hub_conn *c, const struct fx *f)
{
	if (c->past_key || h->now_ms < c->past_next_ms) {
		hub_send(h, c, view_no(NULL, f->ref, ERR_BUSY, NULL));
		return;
	}
	c->past_key = mem_dup(f->cell->key);
	hub_due(h, h->now_ms);
	c->past_ref = f->ref;
	c->past_ver = f->ver;
	c->past_next_ms = h->now_ms + HUB_PAST_MS;
	hub_history_step(h);
}

static void past_free(struct hub_past *p)
{
	room_past_destroy(p->past);
	policies_release(p->hub->policies, &p->policy);
	store_series_destroy(p->loaded);
	free(p->key);
	free(p);
}

/* Rights are those of now: the room may have moved while the journal was read. */
static void answer(struct hub_past *p, bool ok)
{
	struct hub_conn *c = hub_conn_find(p->hub, p->conn);
	struct history_shown shown;
	struct frame *f = NULL;
	struct arena mem;

	if (!c || c->state != CONN_LIVE || !c->room->room) {
		return; /* whoever comes back asks again */
	}
	/* A right that has lapsed holds until the room is stepped, which a commit may put off. */
	if (!ok || p->hub->now_ms >= room_deadline(c->room->room)) {
		hub_send(p->hub, c, view_no(NULL, p->ref, ERR_BUSY, NULL));
		return;
	}
	arena_init(&mem);
	if (room_past_shown(p->past, &mem, &shown)) {
		struct view v = hub_view(c, &mem);

		f = view_history(&v, p->ref, &shown);
	}
	if (f) {
		hub_send(p->hub, c, f);
		hub_send(p->hub, c, view_ack(p->ref, p->ver, NULL));
	} else {
		hub_send(p->hub, c, view_no(NULL, p->ref, ERR_GONE, NULL));
	}
	arena_fini(&mem);
}

static void finish(struct hub *h, bool ok)
{
	struct hub_past *p = h->past;

	h->past = NULL;
	answer(p, ok);
	past_free(p);
}

static void on_loaded(void *arg, enum err e, struct store_series *loaded)
{
	struct hub_past *p = arg;
	char why[STORE_WHY_BYTES] = "";

	p->loaded = loaded;
	hub_due(p->hub, p->hub->now_ms);
	if (e == ERR_OK) {
		e = policies_take(p->hub->policies, loaded, loaded->record_count, &p->policy, why);
	}
	if (e != ERR_OK) {
		finish(p->hub, false);
		return;
	}
	p->past = room_past_create(p->policy.schema, p->policy.ceiling, p->seat, slice_of(p->key),
				   p->ver);
}

static void begin(struct hub *h)
{
	for (size_t i = 0; i < h->conn_count; i++) {
		struct hub_conn *c = h->conn[i];

		if (!c->past_key) {
			continue;
		}
		h->past = mem_alloc(sizeof *h->past);
		*h->past = (struct hub_past){.hub = h,
					     .conn = c->id,
					     .ref = c->past_ref,
					     .key = c->past_key,
					     .ver = c->past_ver,
					     .seat = c->seat};
		c->past_key = NULL;
		store_load(h->store, c->room->series, on_loaded, h->past);
		return;
	}
}

static void go_on(struct hub *h)
{
	struct hub_past *p = h->past;

	for (size_t n = 0; n < HUB_PAST_STEPS && p->at < p->loaded->record_count; n++) {
		if (room_past_feed(p->past, &p->loaded->record[p->at++]) != ERR_OK) {
			finish(h, false);
			return;
		}
	}
	if (p->at == p->loaded->record_count) {
		finish(h, true);
	}
}

void hub_history_step(struct hub *h)
{
	if (h->past && h->past->past) {
		go_on(h);
	}
	if (!h->past) {
		begin(h);
	}
}

bool hub_history_is_due(const struct hub *h)
{
	for (size_t i = 0; !h->past && i < h->conn_count; i++) {
		if (h->conn[i]->past_key) {
			return true;
		}
	}
	return h->past && h->past->past;
}

bool hub_history_is_loading(const struct hub *h)
{
	return h->past && !h->past->past;
}

void hub_history_destroy(struct hub *h)
{
	if (h->past) {
		past_free(h->past);
		h->past = NULL;
	}
}
