#ifndef ROKUSHA_NET_NET_STATE_H
#define ROKUSHA_NET_NET_STATE_H

#include <libwebsockets.h>
#include <netinet/in.h>
#include <uv.h>

#include "archive/archive_line.h"
#include "auth/session.h"
#include "base/buf.h"
#include "net/hub.h"
#include "net/net.h"
#include "net/net_clock.h"
#include "net/net_guard.h"
#include "net/net_out.h"
#include "net/net_pace.h"

/*
 * Private to net_*.c. One thread, one libuv loop; libwebsockets runs on it as a guest. Three
 * things live here: peers (one per TCP connection, made at accept, freed when lws destroys its
 * wsi), requests (what a peer asks over HTTP), conns (a peer that became a WebSocket).
 *
 * Who may close what. lws frees a wsi after a callback that returned -1, or from its own timers;
 * never within lws_write or anything else called here. So hub calls may send and close at will:
 * send queues or writes, close only notes the status and asks for WRITEABLE, an error in between
 * asks lws to kill the wsi from its timer. Nothing a hub call does frees a conn under its caller.
 */

enum {
	NET_CONN_BUCKETS = 4096, /* ids count up, so the buckets fill evenly */
	NET_SEED_WORDS = 4,
	NET_RANDOM_WORDS = 1020,
	NET_ORIGINS_MAX = 32,
	NET_FDS_KEPT = 64,  /* for the database and ourselves */
	NET_PAUSE_MS = 100, /* no accept while there are no descriptors */
	NET_SECURE_HEADERS = 8,
	NET_RX_BYTES = 512,      /* lws keeps that much for every WebSocket; most messages fit */
	NET_SERVE_BYTES = 16384, /* lws' scratch buffer, and a piece of an asset */
	NET_HEAD_S = 10,         /* to send a request's headers, and between requests */
	NET_BODY_S = 5,          /* for the next piece of a body */
	NET_SEND_S = 15,         /* for the next piece of an asset to be taken */
	NET_WATCH_MS = 200,      /* see net_http_is_greedy */
	NET_CLOSE_S = 5,         /* for what is queued, the close frame and its answer */
	NET_PING_S = 20,
	NET_DEAD_S = 60,
	NET_REST_MS = 1000, /* no room came or went */
	NET_STOP_MS = 2000, /* to say goodbye to everybody */
	NET_QUIET_MS = 700, /* for the store to answer after that */
	NET_DOWN_MS = 100   /* for handles to close, twice */
};

/* WebSocket status codes. */
enum {
	NET_GOING_AWAY = 1001,
	NET_UNSUPPORTED = 1003,
	NET_POLICY = 1008,
	NET_TOO_BIG = 1009,
	NET_TRY_LATER = 1013
};

struct net_peer;

/* A login on its way through the store. Lives until the answer, whatever becomes of the peer. */
struct net_login {
	struct net *net;
	struct net_peer *peer; /* NULL once it left */
	struct auth_addr addr;
	uint64_t sid;
	char token[AUTH_SECRET_CHARS + 1];
};

enum net_http_state {
	NET_HTTP_IDLE,
	NET_HTTP_BODY,    /* collecting a login's body */
	NET_HTTP_WAITING, /* for the store */
	NET_HTTP_READY,   /* `answer` is to be written */
	NET_HTTP_SENDING, /* `rest` of an asset */
	NET_HTTP_DRAIN    /* answered; the body is thrown away so that the answer is not lost */
};

struct net_http {
	enum net_http_state state;
	enum auth_route route; /* LOGOUT, KEEP, MINUTES, or NONE for a login */
	enum archive_kind minutes;
	bool is_sign; /* asked of the name that is for signing alone */
	char minutes_of[ARCHIVE_OF_CHARS + 1];
	uint64_t sid;
	struct buf body;
	struct buf answer;
	struct buf large; /* behind `answer`, in pieces */
	struct slice rest;
	struct net_login *login;
	struct net_question *question;
	size_t drained;
};

struct net_peer {
	struct net *net;
	struct lws *wsi;
	struct net_peer *next, *prev;
	struct auth_addr addr;
	bool is_local; /* 127.0.0.1, ::1: perhaps a proxy, so no limit per address */
	struct net_peer *older, *newer; /* of those that are no WebSocket yet */
	bool is_waiting;
	bool has_asked;      /* sent at least one whole request */
	int64_t deadline_ms; /* monotonic; hung up on while it waits */
	struct net_bucket requests;
	struct net_http http;
	struct net_conn *conn;       /* once it is a WebSocket */
	struct auth_session session; /* of the upgrade being judged */
};

struct net_conn {
	struct net_conn *next_in_bucket;
	struct net_peer *peer;
	struct conn_id id;
	uint64_t sid;
	struct buf in; /* of a message that came in pieces */
	unsigned fragments;
	struct net_bucket messages, typed;
	bool has_spoken;      /* its first message came */
	int64_t deadline_ms;  /* for that; monotonic as all below */
	int64_t taken_ms;     /* when it last took something of what waits; 0: nothing waits */
	uint64_t taken_bytes; /* how much it had taken by then */
	int64_t soft_ms;      /* since when the queue is above the soft limit; 0: it is not */
	struct net_out out;
	struct net_conn *next_unsent;
	bool is_unsent;       /* listed: what it has to be sent goes at the end of the turn */
	size_t drained;       /* bytes that came after we had said goodbye */
	size_t partial_bytes; /* of the frame lws has begun and holds the rest of */
	unsigned close_status;
	bool is_closing; /* nothing more is taken or queued */
	bool has_said_close;
	bool is_hurried; /* it went on sending after that */
};

struct net {
	const struct net_config *config;
	struct store *store;
	struct hub *hub;
	uv_loop_t loop;
	uv_poll_t listener;
	uv_signal_t term, intr;
	uv_timer_t timer; /* armed from hub_deadline and the sessions' */
	uv_timer_t grace;
	uv_timer_t watch;
	uv_timer_t sweep;
	uv_timer_t pause; /* of the listener */
	uv_timer_t rest;  /* see net_loop.c */
	size_t moves;     /* of rooms, when it was set */
	uv_timer_t settle;
	struct net_pace pace;
	int64_t settled_us; /* when the hub last was */
	unsigned cores;     /* we may use */
	uv_async_t woken;
	uv_prepare_t before_sleep;
	int listen_fd;
	int spare_fd; /* given up for a moment when descriptors run out */
	char host[64];
	unsigned port;
	bool is_tls;
	bool is_stopping;
	bool is_over; /* the transport is being torn down: nothing is written any more */
	struct lws_context *context; /* set to NULL by lws when it is gone */
	struct lws_vhost *vhost;
	struct lws_protocol_vhost_options header[NET_SECURE_HEADERS];
	struct buf secure;      /* the same as a block of lines */
	struct buf secure_sign; /* of the signing page */
	struct buf sign_host;   /* its name; empty: there is none */
	const char *origin[NET_ORIGINS_MAX];
	size_t origin_count;
	char own_origin[96];
	struct net_clock clock;
	int64_t armed_ms; /* deadline the timer is set for */
	struct auth_sessions sessions;
	uint8_t secret[STORE_SECRET_BYTES]; /* of the database */
	struct auth_throttle throttle;
	struct net_guard guard;
	struct net_peer *peer;
	size_t peer_count, peer_max;
	struct net_peer *waiting_newest, *waiting_oldest;
	size_t waiting_count;
	size_t refused_count, evicted_count; /* since they were last reported */
	int64_t report_ms;
	size_t out_bytes; /* in all queues */
	size_t conn_count;
	struct net_conn *unsent, *unsent_last; /* in the order they were spoken to: net_send.c */
	size_t login_count;
	struct archive_line *archive; /* NULL: there are no signed minutes */
	size_t question_count;
	size_t large_bytes; /* of answers on their way */
	uint32_t last_conn;
	struct net_conn *bucket[NET_CONN_BUCKETS];
	uint64_t random[NET_SEED_WORDS + NET_RANDOM_WORDS]; /* the next seed first */
	bool is_seeded;
	size_t random_left;
};

int64_t net_now(struct net *n); /* wall clock, ms */
void net_watch(struct net *n);  /* an answer goes out in pieces: look after its reader */

/* net_listen.c */
/* One line in `why` on failure. */
bool net_listen(struct net *n, char *why, size_t why_bytes);
void net_listen_stop(struct net *n);

/* net_peer.c */
/* lws closes `fd` when it cannot take it. A wsi without our pointer is never answered. */
void net_peer_adopt(struct net *n, int fd, const struct auth_addr *addr, bool is_local);
struct net_peer *net_peer_of(const struct lws *wsi); /* NULL for what is not a client */
void net_peer_destroy(struct net_peer *p);
void net_peer_stop_waiting(struct net_peer *p); /* it is a WebSocket */
/* Its next whole request, or the end of its answer, has to come in that time. */
void net_peer_within(struct net_peer *p, int64_t ms);
/* Let go of whoever is past their time at `now_ms`, monotonic. Called twice a second. */
void net_peer_sweep(struct net *n, int64_t now_ms);
/* Call after lws_set_timeout outside a callback of lws: its libuv timer is set only after one. */
void net_kick(struct net *n);

/* net_lws.c */
bool net_lws_start(struct net *n, char *why, size_t why_bytes);
/* Value of a header, terminated, in `buf`; ptr NULL when absent, or too long for it. */
struct slice net_header(struct lws *wsi, enum lws_token_indexes token, char *buf, size_t bytes);
struct slice net_path(struct lws *wsi, int *method); /* method -1 and empty when there is none */

/* net_http.c */
int net_http_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
		      size_t len);
void net_http_fini(struct net_peer *p);
bool net_http_is_greedy(const struct net_peer *p);
/* `cookie` is a Set-Cookie value or empty. Sent when the socket takes it. */
void net_http_answer(struct net_peer *p, unsigned status, const char *json, struct slice cookie);

/* The same for what may be large; takes what `json` has. `file`: to be saved under that name. */
void net_http_give(struct net_peer *p, unsigned status, const char *file, struct buf *json);

/* net_minutes.c */
/* Which question a path below /s/SID/minutes is; false: none. */
bool net_minutes_find(struct slice path, bool is_post, enum archive_kind *out,
		      char of[ARCHIVE_OF_CHARS + 1]); /* of which log; empty: of the last */
bool net_minutes_fits(size_t answer_bytes);           /* may such an answer be given? */
bool net_minutes_has_room(const struct net *n); /* may more be asked, for all that is on its way? */
/* The request is whole; answered by net_http_give, later. */
void net_minutes(struct net_peer *p);
void net_minutes_forget(struct net_peer *p); /* the peer is gone */
void net_minutes_poll(struct net *n);        /* give what was answered */

/* net_login.c */
/* The request is whole; both answer by net_http_answer, the first one perhaps later. */
void net_login(struct net_peer *p);
void net_logout(struct net_peer *p);
void net_keep(struct net_peer *p);         /* the key for what a browser keeps */
void net_login_forget(struct net_peer *p); /* the peer is gone */
/* The session in the cookies of this request, with its secret and not expired. */
bool net_has_session(struct net_peer *p, uint64_t sid);
/* The session's sockets close, its secret is worth nothing from now on. */
void net_session_end(struct net *n, uint64_t sid);

/* net_ws.c */
int net_ws_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
		    size_t len);
struct net_conn *net_conn_find(struct net *n, struct conn_id id); /* NULL: it is gone */
/* 0 and p->session set when this upgrade may happen, else the HTTP status to refuse it with. */
unsigned net_ws_admit(struct net_peer *p);
struct transport net_transport(struct net *n);
/* Close one; what is queued is dropped. */
void net_ws_end(struct net_conn *c, unsigned status);
void net_ws_gone(struct net_peer *p); /* its wsi is dying; the hub hears of it once */
/* Of one session, or of all with `sid` 0 and is_all. Queued frames are dropped. */
void net_ws_close(struct net *n, bool is_all, uint64_t sid, unsigned status);

/* net_send.c: the only file that gives lws bytes. */
/* What the hub's transport does; `self` is the net. */
void net_send(void *self, struct conn_id id, struct frame *f);
bool net_send_purge(void *self, struct conn_id id);
bool net_send_is_behind(void *self, struct conn_id id);
/* All that is there to be sent and can be. Call before the loop sleeps. */
void net_send_flush(struct net *n);
/* lws takes more. -> what its callback returns */
int net_send_ready(struct net_conn *c);
void net_send_drop(struct net_conn *c); /* forget what is queued */
void net_send_fini(struct net_conn *c); /* it is going: of no list any more */
/* Bytes of an HTTP answer, at most NET_SERVE_BYTES. */
int net_write_http(struct lws *wsi, struct slice s, bool is_last);

/* net_slow.c: closed when too slow to speak or to read. `now_ms` is monotonic. */
void net_ws_sweep(struct net_conn *c, int64_t now_ms);

/* net_log.c: one line on standard error, key=value, never with anything a peer sent. */
void net_log(const char *level, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void net_log_lws(int level, const char *line);

#endif
