#ifndef ROKUSHA_NET_HUB_STATE_H
#define ROKUSHA_NET_HUB_STATE_H

#include "msg/msg.h"
#include "net/hub.h"
#include "archive/policies.h"
#include "room/room.h"
#include "view/view.h"

/* Private to the hub: connections, rooms, and what waits in front of them. */

enum {
	HUB_CONN_BUCKETS = 4096,
	HUB_IDLE_MS = 60000,
	HUB_LISTS = 32,       /* of effects, kept for the next step of any room */
	HUB_BASE_EDITS = 256, /* in a room, before its base is written anew with a commit */
	HUB_REMEMBERED = 256, /* entries before its base whose edits are mappable after a load */
	HUB_BASE_WAIT_MS = 60000, /* after one that was not kept */
	HUB_PAST_MS = 500,        /* a connection asks for the past of a cell no oftener */
	HUB_PAST_STEPS = 256,     /* records replayed for it before others have their turn */
	/* Where commits fail and fail, everybody's coming back would only make them fail faster. */
	HUB_AGAIN_MIN_MS = 250,
	HUB_AGAIN_MAX_MS = 5000
};

/*
 * A room that is not what the disk says is thrown away, and everybody in it starts over on the same
 * socket: frozen until the room is live again, then told `again`, then heard from its join on.
 */
enum hub_conn_state {
	CONN_NEW,     /* join has to come first */
	CONN_JOINING, /* it came: the room knows the viewer, or will */
	CONN_LIVE,    /* it has its snapshot */
	CONN_FROZEN,  /* the room knows it no more; nothing goes out, what comes in is dropped */
	CONN_AGAIN    /* it was told; all is ignored up to its next join */
};

struct hub_conn {
	struct conn_id id;
	struct hub_room *room;
	struct hub_conn *before, *after; /* in the room */
	struct hub_conn *next_in_bucket;
	size_t at; /* in the list of all */
	uint8_t seat;
	enum hub_conn_state state;
	bool closing;
	bool heard_stuck;    /* that nothing can be kept, or that it can again: see run_snap */
	seat_set here_shown; /* seats this viewer last saw in a cell */
	uint64_t *here_cell; /* which: a hash of its key, by seat; hub_conn_saw */
	uint8_t here_cap;
	uint64_t seats_hash; /* of the last list sent, so that nothing is said twice */
	uint64_t meet_hash;
	uint64_t me_hash;
	struct msg *here; /* the newest presence, held back by the rate limit; NULL: none */
	int64_t here_next_ms;
	struct case_link *cases; /* of the office, while they are looked at one by one; owned */
	size_t case_count, case_at;
	uint64_t case_ref;
	char *past_key; /* of a cell whose past was asked for; owned; NULL: none */
	uint64_t past_ref;
	uint64_t past_ver;
	int64_t past_next_ms; /* not asked again before */
};

struct hub_past;

struct hub_event {
	enum room_event_kind kind;
	struct conn_id conn;
	uint8_t seat;
	struct msg msg; /* owned; kind TICK and LEAVE have none */
	size_t cost;    /* of msg, wire_cost */
	bool has_msg;
	bool is_asked; /* JOIN: the store was asked what it has of the client */
	uint64_t ref;  /* LOOK */
};

enum hub_room_state { HUB_LOADING, HUB_LIVE, HUB_FAILED };

struct hub_room {
	struct hub *hub;
	struct series_id series;
	enum hub_room_state state;
	struct room *room;        /* NULL while loading */
	struct policy_use policy; /* of `room`, which borrows it */
	struct fx_list fx;        /* of the step in flight; empty between steps */
	struct store_batch batch;
	bool in_flight;
	bool running;          /* effects are being run */
	bool folding;          /* the flight is the last one: the room goes after it */
	bool is_behind;        /* records were kept since the derived cells were written */
	bool no_base;          /* the base that is stored does not fit: it is not used, and goes */
	int64_t base_after_ms; /* no base is written before */
	uint64_t ask[STORE_CLIENTS_MAX]; /* clients the store is being asked for */
	size_t ask_count;
	unsigned lost;    /* rooms thrown away since a commit of records was kept */
	int64_t again_ms; /* who is frozen is told then; INT64_MAX: nobody is, or it still loads */
	struct hub_event *queue;
	size_t queue_first, queue_count, queue_cap;
	size_t queue_cost;             /* of all messages in it */
	struct hub_conn *first, *last; /* in the order they came */
	size_t conns;
	int64_t idle_since_ms;
	struct hub_room *next_unsettled;
	bool is_unsettled; /* what is in its queue waits for hub_settle */
};

struct hub {
	struct policies *policies;
	struct store *store;
	struct transport transport;
	struct hub_conn **conn;
	size_t conn_count, conn_cap;
	struct hub_conn *bucket[HUB_CONN_BUCKETS]; /* the same by number */
	struct hub_room **room;
	size_t room_count, room_cap;
	size_t moves;                   /* see hub_figures */
	struct fx_list list[HUB_LISTS]; /* nobody's: see hub_room.c */
	size_t list_count;
	struct hub_room *unsettled, *unsettled_last; /* in the order of typing: hub_settle.c */
	size_t unsettled_count;
	struct hub_past *past; /* the one being read; NULL: none */
	int64_t now_ms;        /* of the call being served */
	int64_t due_ms;        /* nothing is due before: see hub_due */
	uint32_t base_edits;   /* HUB_BASE_EDITS */
	uint64_t remembered;   /* HUB_REMEMBERED */
	bool gathers;          /* see hub_gather */
	bool is_stuck;         /* the store keeps nothing for now; everybody was told */
};

/* WebSocket status codes. */
enum { CLOSE_POLICY = 1008, CLOSE_RESTART = 1012, CLOSE_LATER = 1013 };

/* hub_conn.c */
struct hub_conn *hub_conn_find(struct hub *h, struct conn_id id); /* NULL: it is gone */
void hub_conn_add(struct hub *h, struct hub_conn *owned);         /* to its room, too */
void hub_conn_destroy(struct hub *h, struct hub_conn *c);
/* The viewer was told that the seat is in that cell. */
void hub_conn_saw(struct hub_conn *c, uint8_t seat, uint64_t cell);
void hub_conn_drop_here(struct hub_conn *c); /* the presence held back */

/* hub.c */
void hub_send(struct hub *h, struct hub_conn *c, struct frame *owned); /* releases; NULL is fine */
void hub_bye(struct hub *h, struct hub_conn *c, enum err code);
/* From now on it hears nothing and is not heard; what it was not yet sent is thrown away. */
void hub_freeze(struct hub *h, struct hub_conn *c);
void hub_again(struct hub *h, struct hub_conn *c);
void hub_tell_stuck(struct hub *h, struct hub_conn *c);
/* Something is due at `ms` that was not before. To ask everybody at each turn would take too long.
 */
void hub_due(struct hub *h, int64_t ms);

/* hub_room.c */
/* NULL when LIMIT_ROOMS others are in memory: those of nobody are on their way out. */
struct hub_room *hub_room_enter(struct hub *h, struct series_id series);
void hub_room_push(struct hub_room *hr, struct hub_event *owned);
void hub_room_pump(struct hub_room *hr);
int64_t hub_room_deadline(const struct hub_room *hr);    /* INT64_MAX: nothing is due */
void hub_room_thaw(struct hub_room *hr, int64_t now_ms); /* tell `again` if it is time */
bool hub_room_is_idle(const struct hub_room *hr, int64_t now_ms);
void hub_room_evict(struct hub_room *hr);
void hub_room_destroy(struct hub_room *hr);

void hub_room_loaded(struct hub_room *hr, bool is_there); /* it is live, or given up */
void hub_room_gone(struct hub_room *hr);                  /* `room` and its policy */

/* hub_settle.c */
void hub_room_soon(struct hub_room *hr);    /* pump it; with hub_gather when all are settled */
void hub_room_settled(struct hub_room *hr); /* it waits no more */

/* hub_load.c */
void hub_load(struct hub_room *hr); /* ends in hub_room_loaded */

/* hub_caseload.c */
void hub_caseload_start(struct hub *h, struct hub_conn *c, const struct fx *f);
void hub_caseload_looked(struct hub *h, struct hub_conn *c, struct hub_room *hr,
			 struct frame *owned); /* NULL: it sees nothing of that case */
/* Whoever waits for a look at this room waits in vain: `for_good`, or the room begins afresh. */
void hub_caseload_lost(struct hub_room *hr, bool for_good);
void hub_caseload_stop(struct hub_conn *c);

/* hub_history.c */
/* One at a time is read, and each connection waits for one at most: else it is told `busy`. */
void hub_history_ask(struct hub *h, struct hub_conn *c, const struct fx *f);
void hub_history_stop(struct hub_conn *c);
void hub_history_step(struct hub *h); /* go on with what is being read, or begin the next */
bool hub_history_is_due(const struct hub *h);
bool hub_history_is_loading(const struct hub *h);
void hub_history_destroy(struct hub *h);

/* hub_run.c */
/* How a viewer of the room sees it; what it points to lives in `mem`. */
struct view hub_view(const struct hub_conn *c, struct arena *mem);
void hub_run_drops(struct hub_room *hr); /* what bites before it is kept */
void hub_run(struct hub_room *hr);       /* everything else, in order */

#endif
