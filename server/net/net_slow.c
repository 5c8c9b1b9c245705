/* Who is too slow: to say the first word, or to take what waits for them. */
#include "base/limits.h"
#include "net/net_state.h"
#include "net/net_tcp.h"

static bool is_stalled(struct net_conn *c, int64_t now_ms)
{
	uint64_t bytes;

	if (c->out.count == 0 && c->partial_bytes == 0) {
		c->taken_ms = 0;
		return false;
	}
	bytes = net_tcp_acked(lws_get_socket_fd(c->peer->wsi));
	if (c->taken_ms == 0 || bytes != c->taken_bytes) {
		c->taken_ms = now_ms;
		c->taken_bytes = bytes;
	}
	return now_ms - c->taken_ms >= LIMIT_OUT_STALL_MS;
}

void net_ws_sweep(struct net_conn *c, int64_t now_ms)
{
	if (c->is_closing) {
		return;
	}
	if (!c->has_spoken && now_ms >= c->deadline_ms) {
		net_ws_end(c, NET_POLICY);
	} else if (is_stalled(c, now_ms)) {
		net_log("info", "slow_reader", "conn=%u queued=%zu stalled=1", (unsigned)c->id.n,
			c->out.bytes);
		net_ws_end(c, NET_TRY_LATER);
	}
}
