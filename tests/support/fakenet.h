#ifndef ROKUSHA_TESTS_SUPPORT_FAKENET_H
#define ROKUSHA_TESTS_SUPPORT_FAKENET_H

/*
 * The real net/ without a socket: a fake of libwebsockets, a store in memory, a monotonic clock
 * that stands where the test puts it, and readers whose kernel confirms what the test says. The
 * loop is there for its timers and never runs. See the Makefile for what is wrapped.
 */
#include <criterion/criterion.h>
#include <sodium.h>
#include <string.h>

#include "fuzz/fake_lws.h"
#include "store/store_mem.h"
#include "support/files.h"
#include "view/frame_make.h"

#define NET_LINK "EEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEE"
#define NET_ORIGIN "http://127.0.0.1:8600"

struct peer {
	struct lws wsi;
	struct net_peer *net;
};

static struct net net;
static const struct net_config net_config = {.listen = "127.0.0.1:0", .speed = 1e-9};
static int64_t mono_ms = 1000000;
static uint64_t acked;   /* bytes every reader has confirmed */
static size_t delivered; /* messages the hub was given */

int64_t __wrap_net_mono_ms(void);
uint64_t __wrap_net_tcp_acked(int fd);
void __wrap_hub_frame(struct hub *h, struct conn_id conn, struct slice text, int64_t now_ms);

int64_t __wrap_net_mono_ms(void)
{
	return mono_ms;
}

uint64_t __wrap_net_tcp_acked(int fd)
{
	(void)fd;
	return acked;
}

void __wrap_hub_frame(struct hub *h, struct conn_id conn, struct slice text, int64_t now_ms)
{
	(void)h;
	(void)conn;
	(void)text;
	(void)now_ms;
	delivered++;
}

static inline void fakenet_init(const struct schema *schema)
{
	cr_assert(sodium_init() >= 0);
	net.config = &net_config;
	net.origin[net.origin_count++] = NET_ORIGIN;
	net_clock_init(&net.clock, true, 1790000000000, net_config.speed);
	cr_assert_eq(uv_loop_init(&net.loop), 0);
	cr_assert_eq(uv_timer_init(&net.loop, &net.sweep), 0);
	cr_assert_eq(uv_timer_init(&net.loop, &net.watch), 0);
	net.sweep.data = net.watch.data = &net;
	net.store = store_mem_open(NULL);
	net.hub = hub_create(schema, net.store, net_transport(&net));
}

/* A client connects. What is asked of the fake comes back through `p`, which must stay. */
static inline void connect_peer(struct peer *p)
{
	static uint32_t count;
	struct auth_addr addr = {{0}};

	*p = (struct peer){.wsi = {.method = -1}};
	memcpy(addr.byte, &count, sizeof count);
	count++;
	fake_adopted = &p->wsi;
	net_peer_adopt(&net, -1, &addr, true);
	p->net = p->wsi.opaque;
	cr_assert(p->net);
}

static inline void forget_request(struct peer *p)
{
	for (size_t i = 0; i < WSI_TOKEN_COUNT; i++) {
		buf_fini(&p->wsi.header[i]);
	}
	buf_fini(&p->wsi.uri);
	buf_fini(&p->wsi.out);
	buf_fini(&p->wsi.said);
	p->wsi.method = -1;
}

/* libwebsockets has let go of it. */
static inline void gone(struct peer *p)
{
	if (p->net) {
		(void)net_http_callback(&p->wsi, LWS_CALLBACK_WSI_DESTROY, NULL, NULL, 0);
		forget_request(p);
		p->net = NULL;
	}
}

/* It was let in as a WebSocket of that seat. */
static inline void open_socket(struct peer *p, int64_t series, uint8_t seat, uint64_t sid)
{
	connect_peer(p);
	p->net->session = (struct auth_session){.sid = sid, .series = {series}, .seat = seat};
	p->wsi.is_ws = true;
	cr_assert_eq(net_ws_callback(&p->wsi, LWS_CALLBACK_ESTABLISHED, NULL, NULL, 0), 0);
	cr_assert(p->net->conn);
}

/* A frame of so many bytes on its way to it. */
static inline void send_frame(struct peer *p, struct frame *f)
{
	struct transport t = net_transport(&net);

	t.send(t.self, p->net->conn->id, f);
}

static inline struct frame *frame_of(size_t len)
{
	char *bytes = mem_alloc(len ? len : 1);
	struct frame *f = frame_create((struct slice){bytes, len});

	free(bytes);
	return f;
}

static inline void send_bytes(struct peer *p, size_t len)
{
	struct frame *f = frame_of(len);

	send_frame(p, f);
	frame_release(f);
}

/* The kernel takes so many writes. */
static inline void take(struct peer *p, size_t writes)
{
	while (writes-- > 0) {
		p->wsi.is_full = false;
		p->wsi.wants_write = false;
		cr_assert_eq(net_ws_callback(&p->wsi, LWS_CALLBACK_SERVER_WRITEABLE, NULL, NULL, 0),
			     0);
	}
}

/* One whole text message. */
static inline void message(struct peer *p, const char *text)
{
	char *copy = mem_dup(slice_of(text));

	p->wsi.is_final = true;
	(void)net_ws_callback(&p->wsi, LWS_CALLBACK_RECEIVE, NULL, copy, strlen(text));
	free(copy);
}

static inline bool is_behind(const struct peer *p)
{
	struct transport t = net_transport(&net);

	return t.is_behind(t.self, p->net->conn->id);
}

/* What it is closed with; 0: it stays. */
static inline unsigned closed(const struct peer *p)
{
	return p->net->conn->close_status;
}

static inline void sweep_at(int64_t ms)
{
	mono_ms = ms;
	net_peer_sweep(&net, ms);
}

/* Everybody has to be gone. */
static inline void fakenet_fini(void)
{
	do {
		hub_poll(net.hub, net_now(&net));
	} while (!hub_is_quiet(net.hub));
	cr_assert_eq(net.peer_count, 0);
	cr_assert_eq(net.conn_count, 0);
	cr_assert_eq(net.waiting_count, 0);
	cr_assert_eq(net.login_count, 0);
	cr_assert_eq(net.out_bytes, 0, "%zu bytes are still counted", net.out_bytes);
	hub_destroy(net.hub);
	store_close(net.store);
	uv_close((uv_handle_t *)&net.sweep, NULL);
	uv_close((uv_handle_t *)&net.watch, NULL);
	(void)uv_run(&net.loop, UV_RUN_NOWAIT);
	cr_assert_eq(uv_loop_close(&net.loop), 0);
	auth_sessions_fini(&net.sessions);
	net_guard_fini(&net.guard);
}

#endif
