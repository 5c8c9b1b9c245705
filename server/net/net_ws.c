/* WebSockets: who comes in, messages in, the end. The rules of closing are in net_state.h. */
#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "net/net_state.h"

_Static_assert(NET_SEED_WORDS * sizeof(uint64_t) == randombytes_SEEDBYTES, "seed");

enum {
	MESSAGE_BYTES = 16384,
	DRAIN_BYTES = 1024 * 1024,
	FRAME_BYTES = 64, /* what one costs, in bytes of payload */
	MESSAGES_BURST = 4 * LIMIT_MESSAGES_PER_S,
	IN_KEPT_BYTES = 4096 /* an input buffer that grew larger is given back */
};

/* ---- the table of connections ---- */

static struct net_conn **bucket_of(struct net *n, struct conn_id id)
{
	return &n->bucket[id.n % NET_CONN_BUCKETS];
}

struct net_conn *net_conn_find(struct net *n, struct conn_id id)
{
	struct net_conn *c = *bucket_of(n, id);

	while (c && c->id.n != id.n) {
		c = c->next_in_bucket;
	}
	return c;
}

static struct net_conn *conn_create(struct net_peer *p)
{
	struct net *n = p->net;
	struct net_conn *c = mem_alloc(sizeof *c);
	struct net_conn **bucket;

	do {
		c->id.n = ++n->last_conn;
	} while (c->id.n == 0 || net_conn_find(n, c->id));
	c->peer = p;
	c->sid = p->session.sid;
	c->deadline_ms = net_mono_ms() + LIMIT_JOIN_MS;
	bucket = bucket_of(n, c->id);
	c->next_in_bucket = *bucket;
	*bucket = c;
	p->conn = c;
	n->conn_count++;
	return c;
}

static void conn_destroy(struct net_conn *c)
{
	struct net *n = c->peer->net;
	struct net_conn **at = bucket_of(n, c->id);

	while (*at != c) {
		at = &(*at)->next_in_bucket;
	}
	*at = c->next_in_bucket;
	c->peer->conn = NULL;
	n->conn_count--;
	net_send_fini(c);
	buf_fini(&c->in);
	free(c);
}

/* ---- closing ---- */

/*
 * What is queued still goes; the timer is for a reader that does not take it. The hub may be
 * reading c->in further up the stack: nothing is freed here.
 */
static void close_soon(struct net_conn *c, unsigned status)
{
	if (c->is_closing) {
		return;
	}
	c->is_closing = true;
	c->close_status = status;
	lws_set_timeout(c->peer->wsi, PENDING_TIMEOUT_USER_REASON_BASE, NET_CLOSE_S);
	(void)lws_callback_on_writable(c->peer->wsi);
	net_kick(c->peer->net);
}

void net_ws_end(struct net_conn *c, unsigned status)
{
	net_send_drop(c);
	close_soon(c, status);
}

void net_ws_close(struct net *n, bool is_all, uint64_t sid, unsigned status)
{
	for (struct net_peer *p = n->peer; p; p = p->next) {
		if (p->conn && (is_all || p->conn->sid == sid)) {
			net_ws_end(p->conn, status);
		}
	}
}

/* ---- the transport ---- */

static void transport_close(void *self, struct conn_id id, unsigned status)
{
	struct net *n = self;
	struct net_conn *c = net_conn_find(n, id);

	if (c && !n->is_over) {
		close_soon(c, status);
	}
}

/*
 * A step of a room takes dozens of words, too many for a system call each: a stream from one seed
 * of the system. Its first bytes are the next seed, so what was handed out cannot be computed back.
 */
static uint64_t transport_random(void *self)
{
	struct net *n = self;
	uint64_t word;

	if (n->random_left == 0) {
		unsigned char seed[randombytes_SEEDBYTES];

		if (n->is_seeded) {
			memcpy(seed, n->random, sizeof seed);
		} else {
			randombytes_buf(seed, sizeof seed);
		}
		n->is_seeded = true;
		randombytes_buf_deterministic(n->random, sizeof n->random, seed);
		sodium_memzero(seed, sizeof seed);
		n->random_left = NET_RANDOM_WORDS;
	}
	word = n->random[NET_SEED_WORDS + --n->random_left];
	n->random[NET_SEED_WORDS + n->random_left] = 0;
	return word;
}

struct transport net_transport(struct net *n)
{
	return (struct transport){.self = n,
				  .send = net_send,
				  .purge = net_send_purge,
				  .is_behind = net_send_is_behind,
				  .close = transport_close,
				  .random = transport_random};
}

/* ---- messages in ---- */

/*
 * Whoever only types is not closed for what others do with the same seat. All above that counts for
 * the seat too, so that a new socket is no new start.
 */
static bool take_token(struct net_conn *c, int64_t now)
{
	if (!net_bucket_take(&c->messages, LIMIT_MESSAGES_PER_S, MESSAGES_BURST, now)) {
		return false;
	}
	return net_bucket_take(&c->typed, LIMIT_TYPIST_PER_S, 2 * LIMIT_TYPIST_PER_S, now) ||
	       net_guard_message(&c->peer->net->guard, c->peer->session.series,
				 c->peer->session.seat, now);
}

/* A long message counts as several: it takes as long to read as they would. */
static bool take_tokens(struct net_conn *c, size_t len)
{
	int64_t now = net_mono_ms();

	for (size_t i = 0; i <= len / MESSAGE_BYTES; i++) {
		if (!take_token(c, now)) {
			return false;
		}
	}
	return true;
}

static void deliver(struct net_conn *c, struct slice text)
{
	struct net *n = c->peer->net;

	if (!take_tokens(c, text.len)) {
		close_soon(c, NET_POLICY);
		return;
	}
	c->has_spoken = true;
	hub_frame(n->hub, c->id, text, net_now(n));
	if (c->in.cap > IN_KEPT_BYTES) {
		buf_fini(&c->in);
	}
	buf_clear(&c->in);
	c->fragments = 0;
}

/*
 * lws hands over pieces: of a frame as it arrives, of a message frame by frame. The length a frame
 * announces is judged before a byte of it is kept.
 */
static void on_receive(struct net_conn *c, const char *piece, size_t len)
{
	struct lws *wsi = c->peer->wsi;
	size_t rest = lws_remaining_packet_payload(wsi);

	if (c->is_closing) {
		/* Its answer is awaited; not for long of who goes on and on instead. */
		c->drained += len + FRAME_BYTES;
		if (c->has_said_close && c->drained > DRAIN_BYTES && !c->is_hurried) {
			c->is_hurried = true;
			lws_set_timeout(wsi, PENDING_TIMEOUT_USER_REASON_BASE, 1);
		}
		return;
	}
	if (lws_frame_is_binary(wsi)) {
		close_soon(c, NET_UNSUPPORTED);
		return;
	}
	if (rest > LIMIT_FRAME_BYTES || c->in.len + len + rest > LIMIT_FRAME_BYTES) {
		close_soon(c, NET_TOO_BIG);
		return;
	}
	if (c->in.len == 0 && c->fragments == 0 && lws_is_final_fragment(wsi)) {
		deliver(c, (struct slice){piece, len});
		return;
	}
	buf_add(&c->in, (struct slice){piece, len});
	if (lws_is_final_fragment(wsi)) {
		deliver(c, buf_slice(&c->in));
	} else if (rest == 0 && ++c->fragments >= LIMIT_FRAGMENTS) {
		close_soon(c, NET_POLICY);
	}
}

/* ---- who may come in ---- */

static bool offers_protocol(struct lws *wsi)
{
	char list[128];
	struct slice s = net_header(wsi, WSI_TOKEN_PROTOCOL, list, sizeof list);

	while (s.len) {
		size_t skip = strspn(s.ptr, " \t,");
		size_t len = strcspn(s.ptr + skip, " \t,");

		if (slice_is((struct slice){s.ptr + skip, len}, "rokusha.1")) {
			return true;
		}
		s.ptr += skip + len;
		s.len -= skip + len;
	}
	return false;
}

static bool is_crowded(const struct net_peer *peer)
{
	size_t of_session = 0;
	size_t of_addr = 0;
	size_t of_seat = 0;

	for (const struct net_peer *p = peer->net->peer; p; p = p->next) {
		if (p->conn) {
			of_session += p->conn->sid == peer->session.sid;
			of_seat += p->session.series.n == peer->session.series.n &&
				   p->session.seat == peer->session.seat;
			of_addr += memcmp(&p->addr, &peer->addr, sizeof p->addr) == 0;
		}
	}
	return peer->net->conn_count >= LIMIT_CONNS || of_session >= LIMIT_CONNS_PER_SESSION ||
	       of_seat >= LIMIT_CONNS_PER_SEAT ||
	       (!peer->is_local && of_addr >= LIMIT_CONNS_PER_ADDR);
}

unsigned net_ws_admit(struct net_peer *p)
{
	const struct net *n = p->net;
	char text[128];
	uint64_t sid;
	int method;
	struct slice path = net_path(p->wsi, &method);

	if (method != LWSHUMETH_GET || auth_route_of(path, &sid) != AUTH_ROUTE_SOCKET ||
	    lws_hdr_total_length(p->wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) ||
	    lws_hdr_total_length(p->wsi, WSI_TOKEN_KEY) != 24 ||
	    !slice_is(net_header(p->wsi, WSI_TOKEN_VERSION, text, sizeof text), "13") ||
	    !auth_origin_is_listed(net_header(p->wsi, WSI_TOKEN_ORIGIN, text, sizeof text),
				   n->origin, n->origin_count) ||
	    !offers_protocol(p->wsi) || !net_has_session(p, sid)) {
		return 403;
	}
	return n->is_stopping ? 503 : is_crowded(p) ? 429 : 0;
}

/* ---- lws ---- */

static int on_headers_101(const struct net *n, struct lws_process_html_args *args)
{
	if (args->max_len < (int)n->secure.len + 2) {
		return -1;
	}
	memcpy(args->p, n->secure.ptr, n->secure.len);
	args->p += n->secure.len;
	return 0;
}

void net_ws_gone(struct net_peer *p)
{
	struct net *n = p->net;

	if (p->conn) {
		struct conn_id id = p->conn->id;

		conn_destroy(p->conn);
		hub_close(n->hub, id, net_now(n));
	}
}

int net_ws_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
		    size_t len)
{
	struct net_peer *p;

	(void)user;
	if (reason == LWS_CALLBACK_PROTOCOL_INIT || reason == LWS_CALLBACK_PROTOCOL_DESTROY ||
	    reason == LWS_CALLBACK_EVENT_WAIT_CANCELLED) {
		return 0; /* the wsi is none of ours */
	}
	p = net_peer_of(wsi);
	if (!p) {
		return 0;
	}
	switch (reason) {
	case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
		/* CONFIRM_UPGRADE has refused already; this is for a way around it. */
		return net_ws_admit(p) != 0;
	case LWS_CALLBACK_ADD_HEADERS:
		return on_headers_101(p->net, in);
	case LWS_CALLBACK_ESTABLISHED:
		net_peer_stop_waiting(p);
		net_guard_known(&p->net->guard, &p->addr, net_mono_ms());
		hub_open(p->net->hub, conn_create(p)->id, p->session.series, p->session.seat,
			 net_now(p->net));
		return 0;
	default:
		break;
	}
	if (!p->conn) {
		return 0; /* CLOSED comes after a refused upgrade, too */
	}
	switch (reason) {
	case LWS_CALLBACK_RECEIVE:
		on_receive(p->conn, in, len);
		return 0;
	case LWS_CALLBACK_RECEIVE_PONG:
		if (!take_tokens(p->conn, 0)) {
			close_soon(p->conn, NET_POLICY);
		}
		return 0;
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return net_send_ready(p->conn);
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
		if (p->conn->has_said_close) {
			return -1; /* it is the answer to ours */
		}
		/* fallthrough */
	case LWS_CALLBACK_WS_SERVER_DROP_PROTOCOL:
		net_send_drop(p->conn); /* no data after a close frame */
		p->conn->is_closing = true;
		return 0;
	case LWS_CALLBACK_CLOSED:
		net_ws_gone(p);
		return 0;
	default:
		return 0;
	}
}
