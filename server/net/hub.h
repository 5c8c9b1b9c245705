#ifndef ROKUSHA_NET_HUB_H
#define ROKUSHA_NET_HUB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ids.h"
#include "base/slice.h"
#include "policy/schema.h"
#include "store/store.h"
#include "view/frame.h"

/*
 * Connections and rooms: takes frames off the transport, steps rooms, runs their effects in order.
 * One thread. It knows no socket; the transport is a struct of functions, so that a test can be
 * one. Wall-clock time comes in as an argument.
 */
struct hub;

struct transport {
	void *self;
	/* Queue or write at once; takes its own reference of `f`. */
	void (*send)(void *self, struct conn_id conn, struct frame *f);
	/*
	 * Forget what is queued and not yet begun: the viewer's rights shrank, or its room was
	 * thrown away. True when there was something; the viewer must then join again.
	 */
	bool (*purge)(void *self, struct conn_id conn);
	/* It has read too slowly for a while: it had better begin again. NULL: nobody ever does. */
	bool (*is_behind)(void *self, struct conn_id conn);
	/* Close with a WebSocket status after what is queued. hub_close follows, later. */
	void (*close)(void *self, struct conn_id conn, unsigned status);
	/* Random bits for versions and row ids. */
	uint64_t (*random)(void *self);
};

/* `schema` is for series made before databases kept their policies: see archive/policies.h. */
struct hub *hub_create(const struct schema *schema, struct store *store,
		       struct transport transport);
void hub_destroy(struct hub *h);

/*
 * How often rooms have their base written, and how many entries before it stay mappable; for tests,
 * which want bases oftener than a server. Neither is 0.
 */
void hub_bases(struct hub *h, uint32_t edits, uint64_t remembered);

/* A socket of a valid session was opened. `conn` is chosen by the transport, never reused. */
void hub_open(struct hub *h, struct conn_id conn, struct series_id series, uint8_t seat,
	      int64_t now_ms);
/* One whole text message. */
void hub_frame(struct hub *h, struct conn_id conn, struct slice text, int64_t now_ms);
void hub_close(struct hub *h, struct conn_id conn, int64_t now_ms);

/* Results of the store are waiting: call store_poll through here. */
void hub_poll(struct hub *h, int64_t now_ms);
/* Step rooms whose deadline has passed, tell `again` where the wait is over, evict idle rooms. */
void hub_tick(struct hub *h, int64_t now_ms);
/*
 * When to call hub_tick next, as wall-clock ms; INT64_MAX when nothing is due. It may be too early
 * where something that was due is not any more.
 */
int64_t hub_deadline(struct hub *h);

/* See room_may_keep. ERR_BUSY where the room is not in memory: join first.  ERR_GONE it may not */
MUST_CHECK enum err hub_may_keep(const struct hub *h, struct series_id series, uint8_t seat);

/*
 * From now on what is typed waits for hub_settle; whatever else comes to a room is served at once,
 * with what was typed there before it. Call hub_settle before sleeping, or a little later.
 */
void hub_gather(struct hub *h);
size_t hub_unsettled(const struct hub *h); /* rooms where something waits for it */
void hub_settle(struct hub *h, int64_t now_ms);

/* Figures for the log: rooms in memory, connections. */
struct hub_figures {
	size_t rooms;
	size_t conns;
	size_t moves; /* rooms that came into memory or left it, since the start */
};
struct hub_figures hub_figures(const struct hub *h);

/* Nothing is on its way to the store: only then may the hub be destroyed while the store lives. */
bool hub_is_quiet(const struct hub *h);

#endif
