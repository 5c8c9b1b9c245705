/* Peers from accept to the end: who waits for how long, and who has to go for another. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "net/net_state.h"

enum { SWEEP_MS = 500, REPORT_MS = 10000, LOOK_AT = 32 };

struct net_peer *net_peer_of(const struct lws *wsi)
{
	return lws_get_opaque_user_data(wsi);
}

void net_kick(struct net *n)
{
	if (n->context && !n->is_over) {
		lws_cancel_service(n->context);
	}
}

/* ---- who is no WebSocket yet ---- */

static void wait_begin(struct net_peer *p)
{
	struct net *n = p->net;

	p->is_waiting = true;
	p->older = n->waiting_newest;
	if (p->older) {
		p->older->newer = p;
	} else {
		n->waiting_oldest = p;
	}
	n->waiting_newest = p;
	n->waiting_count++;
}

void net_peer_stop_waiting(struct net_peer *p)
{
	struct net *n = p->net;

	if (!p->is_waiting) {
		return;
	}
	*(p->older ? &p->older->newer : &n->waiting_oldest) = p->newer;
	*(p->newer ? &p->newer->older : &n->waiting_newest) = p->older;
	p->older = p->newer = NULL;
	p->is_waiting = false;
	n->waiting_count--;
}

/* lws frees it from its timer, not under us. */
static void hang_up(struct net_peer *p)
{
	net_peer_stop_waiting(p);
	lws_set_timeout(p->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
	net_kick(p->net);
}

/* Rather somebody who never asked for anything; else who has been here longest. */
static void make_place(struct net *n)
{
	struct net_peer *p = n->waiting_oldest;

	for (int i = 0; p && p->has_asked && i < LOOK_AT; i++) {
		p = p->newer;
	}
	hang_up(p && !p->has_asked ? p : n->waiting_oldest);
	n->evicted_count++;
}

void net_peer_within(struct net_peer *p, int64_t ms)
{
	p->deadline_ms = net_mono_ms() + ms;
}

/* ---- the sweep ---- */

static void report(struct net *n, int64_t now)
{
	if (n->refused_count + n->evicted_count == 0 || now < n->report_ms) {
		return;
	}
	net_log("info", "crowd", "refused=%zu evicted=%zu peers=%zu sockets=%zu", n->refused_count,
		n->evicted_count, n->peer_count, n->conn_count);
	n->refused_count = n->evicted_count = 0;
	n->report_ms = now + REPORT_MS;
}

void net_peer_sweep(struct net *n, int64_t now_ms)
{
	for (struct net_peer *p = n->peer; p && !n->is_over; p = p->next) {
		if (p->conn) {
			net_ws_sweep(p->conn, now_ms);
		} else if (p->is_waiting && now_ms >= p->deadline_ms) {
			hang_up(p);
		}
	}
	net_guard_sweep(&n->guard, now_ms);
	report(n, now_ms);
}

static void on_sweep(uv_timer_t *handle)
{
	struct net *n = handle->data;

	net_peer_sweep(n, net_mono_ms());
	if (n->peer_count == 0) {
		(void)uv_timer_stop(&n->sweep);
	}
}

/* ---- beginning and end ---- */

void net_peer_adopt(struct net *n, int fd, const struct auth_addr *addr, bool is_local)
{
	struct lws *wsi = lws_adopt_socket_vhost(n->vhost, fd);
	struct net_peer *p;

	if (!wsi) {
		if (!is_local) {
			net_guard_left(&n->guard, addr);
		}
		return;
	}
	p = mem_alloc(sizeof *p);
	p->net = n;
	p->wsi = wsi;
	p->addr = *addr;
	p->is_local = is_local;
	p->next = n->peer;
	if (p->next) {
		p->next->prev = p;
	}
	n->peer = p;
	n->peer_count++;
	lws_set_opaque_user_data(wsi, p);
	net_peer_within(p, LIMIT_HANDSHAKE_MS);
	wait_begin(p);
	if (n->waiting_count > LIMIT_PEERS_WAITING) {
		make_place(n);
	}
	if (!uv_is_active((uv_handle_t *)&n->sweep)) {
		(void)uv_timer_start(&n->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
	}
}

void net_peer_destroy(struct net_peer *p)
{
	struct net *n = p->net;

	net_http_fini(p);
	net_peer_stop_waiting(p);
	if (!p->is_local) {
		net_guard_left(&n->guard, &p->addr);
	}
	if (p->prev) {
		p->prev->next = p->next;
	} else {
		n->peer = p->next;
	}
	if (p->next) {
		p->next->prev = p->prev;
	}
	n->peer_count--;
	free(p);
}
