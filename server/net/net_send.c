/*
 * Frames out. What one turn of the loop has for a reader goes to it in one write at the turn's end
 * (net_send_flush): where many type, the system calls of single frames cost more than all the rest.
 * What a reader does not take waits for it. The rules of closing are in net_state.h.
 */
#include <assert.h>
#include <string.h>

#include "base/limits.h"
#include "net/net_state.h"

_Static_assert(FRAME_PRE_BYTES >= LWS_PRE, "lws writes its header in front of a frame");

enum {
	WRITE_BYTES = 8192, /* of several frames in one write */
	HEADER_BYTES = 4,   /* of a frame that fits into that */
	BYTE_LENGTHS = 126, /* below it a header says the length in its second byte */
	FINAL_TEXT = 0x81   /* RFC 6455, 5.2: the first byte of a text in one frame */
};

/* ---- the queue ---- */

void net_send_drop(struct net_conn *c)
{
	c->peer->net->out_bytes -= c->out.bytes;
	c->soft_ms = 0;
	net_out_drop(&c->out);
}

/* lws calls for more only when it has nothing left. */
static void partial_gone(struct net_conn *c)
{
	c->peer->net->out_bytes -= c->partial_bytes;
	c->partial_bytes = 0;
}

static void unlist(struct net_conn *c)
{
	struct net *n = c->peer->net;
	struct net_conn *before = NULL;
	struct net_conn **at = &n->unsent;

	while (*at != c) {
		before = *at;
		at = &before->next_unsent;
	}
	*at = c->next_unsent;
	if (n->unsent_last == c) {
		n->unsent_last = before;
	}
	c->is_unsent = false;
}

void net_send_fini(struct net_conn *c)
{
	if (c->is_unsent) {
		unlist(c);
	}
	net_send_drop(c);
	partial_gone(c);
	net_out_fini(&c->out);
}

/* False when more would wait than anybody may leave waiting. */
static bool enqueue(struct net_conn *c, struct frame *f)
{
	if (!net_out_push(&c->out, f, LIMIT_OUT_QUEUE_BYTES)) {
		return false;
	}
	c->peer->net->out_bytes += frame_len(f);
	if (c->out.bytes > LIMIT_OUT_SOFT_BYTES && c->soft_ms == 0) {
		c->soft_ms = net_mono_ms();
	}
	return true;
}

/* -> the oldest one, with its reference; it waits no more. */
static struct frame *dequeue(struct net_conn *c)
{
	struct frame *f = net_out_take(&c->out);

	c->peer->net->out_bytes -= frame_len(f);
	c->soft_ms = c->out.bytes > LIMIT_OUT_SOFT_BYTES ? c->soft_ms : 0;
	return f;
}

/* ---- writing ---- */

/* The socket is broken; lws frees it from its timer, not under us. */
static void kill_soon(struct net_conn *c)
{
	net_send_drop(c);
	partial_gone(c); /* within this turn of the loop */
	c->is_closing = true;
	lws_set_timeout(c->peer->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
	net_kick(c->peer->net);
}

/* Not to be called while lws holds a part of the last one: it would mix them up. */
static bool write_bytes(struct net_conn *c, unsigned char *bytes, size_t len,
			enum lws_write_protocol how)
{
	bool ok = lws_write(c->peer->wsi, bytes, len, how) >= 0;

	if (ok && lws_partial_buffered(c->peer->wsi)) {
		c->partial_bytes = len;
		c->peer->net->out_bytes += len;
		(void)lws_callback_on_writable(c->peer->wsi);
	}
	return ok;
}

static bool fits(const struct net_conn *c, size_t used)
{
	return c->out.count &&
	       used + HEADER_BYTES + frame_len(net_out_first(&c->out)) <= WRITE_BYTES;
}

/* -> its length, header and all */
static size_t put_frame(unsigned char *to, struct frame *f)
{
	size_t len = frame_len(f);
	size_t at = 0;

	to[at++] = FINAL_TEXT;
	if (len < BYTE_LENGTHS) {
		to[at++] = (unsigned char)len;
	} else {
		to[at++] = BYTE_LENGTHS;
		to[at++] = (unsigned char)(len >> 8);
		to[at++] = (unsigned char)(len & 0xFF);
	}
	memcpy(to + at, frame_bytes(f), len);
	return at + len;
}

/* The oldest frames of the queue, as many as go into one write. False: the socket is broken. */
static bool write_some(struct net_conn *c)
{
	unsigned char bytes[LWS_PRE + WRITE_BYTES];
	size_t used = 0;

	if (c->out.count == 1 || !fits(c, 0)) {
		/*
		 * lws puts its header into the bytes before the frame's, which all readers share:
		 * by the time it returns they are sent, or copied, and the next may overwrite them.
		 */
		struct frame *f = dequeue(c);
		bool ok = write_bytes(c, frame_bytes(f), frame_len(f), LWS_WRITE_TEXT);

		frame_release(f);
		return ok;
	}
	while (fits(c, used)) {
		struct frame *f = dequeue(c);

		used += put_frame(bytes + LWS_PRE + used, f);
		frame_release(f);
	}
	return write_bytes(c, bytes + LWS_PRE, used, LWS_WRITE_RAW);
}

/* Until the queue is empty or the socket takes no more: lws asks for the rest then. */
static void write_now(struct net_conn *c)
{
	bool ok = true;

	while (ok && c->out.count && !c->is_closing && !lws_partial_buffered(c->peer->wsi)) {
		ok = write_some(c);
	}
	if (!ok) {
		kill_soon(c);
	} else if (c->out.count) {
		(void)lws_callback_on_writable(c->peer->wsi);
	}
}

void net_send_flush(struct net *n)
{
	while (n->unsent) {
		struct net_conn *c = n->unsent;

		unlist(c); /* the first: found at once */
		if (!n->is_over) {
			write_now(c);
		}
	}
}

int net_write_http(struct lws *wsi, struct slice s, bool is_last)
{
	/* lws only reads them; its argument is not const because of WebSocket headers. */
	unsigned char copy[LWS_PRE + NET_SERVE_BYTES];

	assert(s.len <= NET_SERVE_BYTES);
	memcpy(copy + LWS_PRE, s.ptr, s.len);
	return lws_write(wsi, copy + LWS_PRE, s.len,
			 is_last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) < 0
		   ? -1
		   : 0;
}

/*
 * The close frame is written here and the answer waited for, by our own timer. Returning -1 with
 * lws_close_reason would be simpler, but as packaged (a debug build) lws closes a second time at
 * once when it runs on libuv, and the client would see 1006.
 */
static int say_close(struct net_conn *c)
{
	/* A final frame, opcode 8, two bytes. */
	unsigned char frame[LWS_PRE + 4];

	frame[LWS_PRE] = 0x88;
	frame[LWS_PRE + 1] = 2;
	frame[LWS_PRE + 2] = (unsigned char)(c->close_status >> 8);
	frame[LWS_PRE + 3] = (unsigned char)(c->close_status & 255);
	c->has_said_close = true;
	return lws_write(c->peer->wsi, frame + LWS_PRE, 4, LWS_WRITE_RAW) < 0 ? -1 : 0;
}

int net_send_ready(struct net_conn *c)
{
	struct lws *wsi = c->peer->wsi;

	partial_gone(c);
	if (c->out.count) {
		if (!write_some(c)) {
			return -1;
		}
	} else if (c->close_status && !c->has_said_close) {
		return say_close(c);
	}
	if (c->out.count || (c->close_status && !c->has_said_close)) {
		(void)lws_callback_on_writable(wsi);
	}
	return 0;
}

/* ---- what the hub asks for ---- */

static size_t held(const struct net_conn *c)
{
	return c->out.bytes + c->partial_bytes;
}

/*
 * Of all that waits together there is too much: who holds most pays for it, without a goodbye,
 * which would have to wait in its turn.
 */
static void relieve(struct net *n)
{
	struct net_conn *longest = NULL;

	for (struct net_peer *p = n->peer; p; p = p->next) {
		if (p->conn && !p->conn->is_closing &&
		    (!longest || held(p->conn) > held(longest))) {
			longest = p->conn;
		}
	}
	if (longest) {
		net_log("info", "slow_reader", "conn=%u held=%zu", (unsigned)longest->id.n,
			held(longest));
		kill_soon(longest);
	}
}

/* It goes out at the end of this turn; of a slow reader when lws asks for it. */
static void send_soon(struct net_conn *c)
{
	struct net *n = c->peer->net;

	if (!c->is_unsent) {
		c->is_unsent = true;
		c->next_unsent = NULL;
		*(n->unsent ? &n->unsent_last->next_unsent : &n->unsent) = c;
		n->unsent_last = c;
	}
}

void net_send(void *self, struct conn_id id, struct frame *f)
{
	struct net *n = self;
	struct net_conn *c = net_conn_find(n, id);

	if (!c || c->is_closing || n->is_over) {
		return;
	}
	if (c->out.bytes + frame_len(f) > WRITE_BYTES) {
		write_now(c); /* what waits for the end of the turn alone must not make it slow */
	}
	if (c->is_closing) {
		return;
	}
	if (!enqueue(c, f)) {
		net_log("info", "slow_reader", "conn=%u queued=%zu", (unsigned)id.n, c->out.bytes);
		net_ws_end(c, NET_TRY_LATER);
		return;
	}
	send_soon(c);
	if (frame_len(f) > WRITE_BYTES) {
		write_now(c);
	}
	if (n->out_bytes > LIMIT_OUT_TOTAL_BYTES) {
		relieve(n);
	}
}

bool net_send_purge(void *self, struct conn_id id)
{
	struct net_conn *c = net_conn_find(self, id);
	bool had;

	if (c && c->is_unsent) {
		/* Said when it could be read: what is purged is what a slow reader has not taken.
		 */
		write_now(c);
	}
	had = c && c->out.count > 0;
	if (c) {
		net_send_drop(c);
	}
	return had;
}

bool net_send_is_behind(void *self, struct conn_id id)
{
	const struct net_conn *c = net_conn_find(self, id);

	if (!c || !c->soft_ms || net_mono_ms() - c->soft_ms < LIMIT_OUT_SOFT_MS) {
		return false;
	}
	net_log("info", "behind", "conn=%u queued=%zu", (unsigned)id.n, c->out.bytes);
	return true;
}
