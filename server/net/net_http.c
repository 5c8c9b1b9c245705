/* HTTP: the web client from memory, login and logout, and the refusal of everything else. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "auth/passkey.h"
#include "base/limits.h"
#include "embedded.h"
#include "net/net_state.h"

enum { DRAIN_BYTES_MAX = 256 * 1024, DRAIN_S = 2 };

static const char *status_text(unsigned status)
{
	switch (status) {
	case 200:
		return "OK";
	case 400:
		return "Bad Request";
	case 401:
		return "Unauthorized";
	case 403:
		return "Forbidden";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	case 409:
		return "Conflict";
	case 411:
		return "Length Required";
	case 413:
		return "Content Too Large";
	case 429:
		return "Too Many Requests";
	default:
		return "Service Unavailable";
	}
}

/* ---- writing ---- */

static void head(const struct net_peer *p, struct buf *out, unsigned status, const char *type,
		 size_t body_len)
{
	buf_printf(out, "HTTP/1.1 %u %s\r\n", status, status_text(status));
	buf_add(out, buf_slice(p->http.is_sign ? &p->net->secure_sign : &p->net->secure));
	buf_printf(out, "content-type: %s\r\ncontent-length: %zu\r\n", type, body_len);
	if (status == 405) {
		buf_add_str(out, "allow: GET, HEAD, POST\r\n");
	}
}

static void forget_large(struct net_peer *p)
{
	p->net->large_bytes -= p->http.large.len;
	buf_fini(&p->http.large);
}

/* The request is answered: be ready for the next one, or close. */
static int complete(struct net_peer *p)
{
	forget_large(p);
	p->http.state = NET_HTTP_IDLE;
	net_peer_within(p, LIMIT_HANDSHAKE_MS);
	return lws_http_transaction_completed(p->wsi) ? -1 : 0;
}

static void small_answer(const struct net_peer *p, struct buf *out, unsigned status,
			 const char *json, struct slice cookie, bool is_last)
{
	head(p, out, status, "application/json", strlen(json));
	buf_add_str(out, "cache-control: no-store\r\n");
	if (cookie.len) {
		buf_add_str(out, "set-cookie: ");
		buf_add(out, cookie);
		buf_add_str(out, "\r\n");
	}
	buf_add_str(out, is_last ? "connection: close\r\n\r\n" : "\r\n");
}

enum after { KEEP, HANG_UP, DRAIN };

/*
 * Refuse a request at once. With DRAIN its body may be on its way: closing with unread bytes would
 * take the answer along, so lws goes on reading for a moment and the bytes are thrown away. lws
 * does that for a POST only; with other methods it would spin on what it does not read.
 */
static int refuse(struct net_peer *p, unsigned status, const char *json, enum after after)
{
	struct buf out = {0};
	int method;
	int rc;

	(void)net_path(p->wsi, &method);
	small_answer(p, &out, status, json, (struct slice){NULL, 0}, after != KEEP);
	if (method != LWSHUMETH_HEAD) {
		buf_add_str(&out, json);
	}
	rc = net_write_http(p->wsi, buf_slice(&out), true);
	buf_fini(&out);
	if (rc != 0 || after == HANG_UP) {
		return -1;
	}
	if (after == KEEP) {
		return complete(p);
	}
	p->http.state = NET_HTTP_DRAIN;
	p->http.drained = 0;
	lws_set_timeout(p->wsi, PENDING_TIMEOUT_HTTP_CONTENT, DRAIN_S);
	return 0;
}

void net_http_answer(struct net_peer *p, unsigned status, const char *json, struct slice cookie)
{
	buf_clear(&p->http.answer);
	small_answer(p, &p->http.answer, status, json, cookie, false);
	buf_add_str(&p->http.answer, json);
	p->http.state = NET_HTTP_READY;
	(void)lws_callback_on_writable(p->wsi);
}

void net_http_give(struct net_peer *p, unsigned status, const char *file, struct buf *json)
{
	struct buf *out = &p->http.answer;

	if (!net_minutes_fits(json->len)) {
		net_http_answer(p, 413, "{\"error\":\"limit\"}", (struct slice){NULL, 0});
		return;
	}
	buf_clear(out);
	head(p, out, status, "application/json", json->len);
	buf_add_str(out, "cache-control: no-store\r\n");
	if (file) {
		buf_printf(out, "content-disposition: attachment; filename=\"%s\"\r\n", file);
	}
	buf_add_str(out, "\r\n");
	forget_large(p);
	p->http.large = *json;
	*json = (struct buf){0};
	p->net->large_bytes += p->http.large.len;
	p->http.state = NET_HTTP_READY;
	(void)lws_callback_on_writable(p->wsi);
}

void net_http_fini(struct net_peer *p)
{
	net_login_forget(p);
	net_minutes_forget(p);
	forget_large(p);
	buf_fini(&p->http.body);
	buf_fini(&p->http.answer);
}

/* ---- the web client ---- */

/* Whether Accept-Encoding names gzip, and not with a weight of zero. */
static bool takes_gzip(struct lws *wsi)
{
	char text[256];
	struct slice s = net_header(wsi, WSI_TOKEN_HTTP_ACCEPT_ENCODING, text, sizeof text);

	while (s.len) {
		size_t skip = strspn(s.ptr, " \t,");
		size_t len = strcspn(s.ptr + skip, ",");
		size_t name = strcspn(s.ptr + skip, " \t,;");
		char *weight = memchr(s.ptr + skip, '=', len);

		if (slice_is((struct slice){s.ptr + skip, name}, "gzip")) {
			return !weight || strtod(weight + 1, NULL) > 0;
		}
		s.ptr += skip + len;
		s.len -= skip + len;
	}
	return false;
}

/* Was it asked of the name that is for signing alone? A browser names no port where it is 443. */
static bool is_for_signing(const struct net_peer *p)
{
	struct slice name = buf_slice(&p->net->sign_host);
	char text[PASSKEY_RP_BYTES + 2];
	struct slice host = net_header(p->wsi, WSI_TOKEN_HOST, text, sizeof text);

	return name.len && host.len == name.len && strncasecmp(host.ptr, name.ptr, name.len) == 0;
}

static const struct embedded_asset *asset_of(const struct net_peer *p, struct slice path)
{
	uint64_t sid;
	const char *page = NULL;

	if (p->http.is_sign) {
		page = slice_is(path, "/") ? "/sign.html" : NULL;
	} else if (slice_is(path, "/") || auth_route_of(path, &sid) == AUTH_ROUTE_PAGE) {
		page = "/index.html";
	} else if (slice_is(path, "/verify")) {
		page = "/verify.html"; /* checks copies of minutes by itself */
	}
	for (size_t i = 0; i < embedded_asset_count; i++) {
		const struct embedded_asset *a = &embedded_asset[i];

		if (page ? strcmp(a->path, page) == 0 : a->immutable && slice_is(path, a->path)) {
			return a;
		}
	}
	return NULL;
}

/* The next piece. */
static int send_rest(struct net_peer *p)
{
	struct slice *rest = &p->http.rest;
	size_t len = rest->len < NET_SERVE_BYTES ? rest->len : NET_SERVE_BYTES;
	bool is_last = len == rest->len;

	if (net_write_http(p->wsi, (struct slice){rest->ptr, len}, is_last) != 0) {
		return -1;
	}
	rest->ptr += len;
	rest->len -= len;
	if (is_last) {
		return complete(p);
	}
	p->http.state = NET_HTTP_SENDING;
	lws_set_timeout(p->wsi, PENDING_TIMEOUT_HTTP_CONTENT, NET_SEND_S);
	(void)lws_callback_on_writable(p->wsi);
	net_watch(p->net);
	return 0;
}

/*
 * While an answer is under way lws does not read, but its loop keeps reporting that it could: who
 * asks for the next thing, or goes, without taking what they asked for would have the processor
 * to themselves. No browser does; they are hung up on.
 */
bool net_http_is_greedy(const struct net_peer *p)
{
	char c;

	return p->http.state == NET_HTTP_SENDING &&
	       recv(lws_get_socket_fd(p->wsi), &c, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
}

static int serve(struct net_peer *p, struct slice path, int method)
{
	const struct embedded_asset *a = asset_of(p, path);
	struct buf out = {0};
	bool is_gzip;
	int rc;

	if (!a) {
		return refuse(p, 404, "{\"error\":\"gone\"}", KEEP);
	}
	is_gzip = takes_gzip(p->wsi);
	net_peer_within(p, LIMIT_ANSWER_MS);
	p->http.rest = is_gzip ? (struct slice){(const char *)a->gzip, a->gzip_len}
			       : (struct slice){(const char *)a->raw, a->raw_len};
	head(p, &out, 200, a->type, p->http.rest.len);
	buf_printf(&out, "cache-control: %s\r\nvary: accept-encoding\r\n%s\r\n",
		   a->immutable ? "public, max-age=31536000, immutable" : "no-store",
		   is_gzip ? "content-encoding: gzip\r\n" : "");
	rc = net_write_http(p->wsi, buf_slice(&out), method == LWSHUMETH_HEAD);
	buf_fini(&out);
	if (rc != 0) {
		return -1;
	}
	return method == LWSHUMETH_HEAD ? complete(p) : send_rest(p);
}

/* ---- requests ---- */

/* 0 when the length is announced, plain and small; else the status to refuse with. */
static unsigned judge_length(struct lws *wsi, int bytes_max)
{
	char text[24];
	struct slice s = net_header(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, text, sizeof text);

	if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) ||
	    !lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH)) {
		return 411;
	}
	if (!s.len || strspn(text, "0123456789") != s.len) {
		return 400;
	}
	return s.len > 9 || atoi(text) > bytes_max ? 413 : 0;
}

static int body_max(const struct net_peer *p)
{
	return p->http.route == AUTH_ROUTE_MINUTES ? LIMIT_MINUTES_POST_BYTES : LIMIT_POST_BYTES;
}

/* Not from memory: asked of the archive, by who has the session. */
static int get_minutes(struct net_peer *p, struct slice path, int method)
{
	if (method != LWSHUMETH_GET) {
		return refuse(p, 405, "{\"error\":\"bad\"}", KEEP);
	}
	if (!net_minutes_find(path, false, &p->http.minutes, p->http.minutes_of)) {
		return refuse(p, 404, "{\"error\":\"gone\"}", KEEP);
	}
	if (!net_has_session(p, p->http.sid)) {
		return refuse(p, 403, "{\"error\":\"session\"}", KEEP);
	}
	p->http.state = NET_HTTP_WAITING;
	buf_clear(&p->http.body);
	net_peer_within(p, LIMIT_ANSWER_MS);
	lws_set_timeout(p->wsi, PENDING_TIMEOUT_HTTP_CONTENT, NET_SEND_S);
	net_minutes(p);
	return 0;
}

static int get(struct net_peer *p, struct slice path, int method)
{
	p->http.sid = 0;
	p->http.route = p->http.is_sign ? AUTH_ROUTE_NONE : auth_route_of(path, &p->http.sid);
	return p->http.route == AUTH_ROUTE_MINUTES ? get_minutes(p, path, method)
						   : serve(p, path, method);
}

static int post(struct net_peer *p, struct slice path)
{
	const struct net *n = p->net;
	bool is_login = slice_is(path, "/api/login");
	unsigned status;
	char origin[128];

	p->http.sid = 0;
	p->http.route = auth_route_of(path, &p->http.sid);
	if (!is_login && p->http.route != AUTH_ROUTE_LOGOUT && p->http.route != AUTH_ROUTE_KEEP &&
	    !(p->http.route == AUTH_ROUTE_MINUTES &&
	      net_minutes_find(path, true, &p->http.minutes, p->http.minutes_of))) {
		return refuse(p, 404, "{\"error\":\"gone\"}", DRAIN);
	}
	status = judge_length(p->wsi, body_max(p));
	if (status) {
		return refuse(p, status, "{\"error\":\"bad\"}", DRAIN);
	}
	if (!auth_origin_is_listed(net_header(p->wsi, WSI_TOKEN_ORIGIN, origin, sizeof origin),
				   n->origin, n->origin_count)) {
		return refuse(p, 403, "{\"error\":\"origin\"}", DRAIN);
	}
	if (is_login && auth_throttle_is_full(&n->throttle, &p->addr, net_mono_ms())) {
		return refuse(p, 429, "{\"error\":\"slow\"}", DRAIN);
	}
	if (!is_login && !net_has_session(p, p->http.sid)) {
		return refuse(p, 403, "{\"error\":\"session\"}", DRAIN);
	}
	p->http.state = NET_HTTP_BODY;
	buf_clear(&p->http.body);
	return 0;
}

static int on_request(struct net_peer *p)
{
	char length[24];
	int method;
	struct slice path = net_path(p->wsi, &method);
	bool has_body =
	    lws_hdr_total_length(p->wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) ||
	    (lws_hdr_total_length(p->wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) &&
	     !slice_is(net_header(p->wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, length, sizeof length),
		       "0"));

	if (p->http.state != NET_HTTP_IDLE) {
		return -1; /* answered already, and closing */
	}
	p->has_asked = true;
	p->http.is_sign = is_for_signing(p);
	if (!net_bucket_take(&p->requests, LIMIT_REQUESTS_PER_S, LIMIT_REQUESTS_BURST,
			     net_mono_ms())) {
		return refuse(p, 429, "{\"error\":\"slow\"}",
			      method == LWSHUMETH_POST ? DRAIN : HANG_UP);
	}
	switch (method) {
	case LWSHUMETH_GET:
	case LWSHUMETH_HEAD:
		return has_body ? refuse(p, 400, "{\"error\":\"bad\"}", HANG_UP)
				: get(p, path, method);
	case LWSHUMETH_POST:
		return p->http.is_sign ? refuse(p, 404, "{\"error\":\"gone\"}", DRAIN)
				       : post(p, path);
	default:
		return refuse(p, 405, "{\"error\":\"bad\"}", HANG_UP);
	}
}

static int on_body(struct net_peer *p, const char *piece, size_t len)
{
	struct net_http *h = &p->http;

	if (h->state == NET_HTTP_DRAIN) {
		h->drained += len;
		return h->drained > DRAIN_BYTES_MAX ? -1 : 0;
	}
	if (h->state != NET_HTTP_BODY || h->body.len + len > (size_t)body_max(p)) {
		return -1;
	}
	buf_add(&h->body, (struct slice){piece, len});
	return 0;
}

/* Comes again when a client sends more while the store is asked: then it is hung up on. */
static int on_body_end(struct net_peer *p)
{
	if (p->http.state != NET_HTTP_BODY) {
		return -1;
	}
	p->http.state = NET_HTTP_WAITING;
	net_peer_within(p, LIMIT_ANSWER_MS);
	lws_set_timeout(p->wsi, PENDING_TIMEOUT_HTTP_CONTENT, NET_SEND_S);
	if (p->http.route == AUTH_ROUTE_LOGOUT) {
		net_logout(p);
	} else if (p->http.route == AUTH_ROUTE_KEEP) {
		net_keep(p);
	} else if (p->http.route == AUTH_ROUTE_MINUTES) {
		net_minutes(p);
	} else {
		net_login(p);
	}
	return 0;
}

static int on_http_writeable(struct net_peer *p)
{
	int rc;

	if (p->http.state == NET_HTTP_SENDING) {
		return send_rest(p);
	}
	if (p->http.state != NET_HTTP_READY) {
		return 0;
	}
	rc = net_write_http(p->wsi, buf_slice(&p->http.answer), p->http.large.len == 0);
	buf_fini(&p->http.answer);
	buf_fini(&p->http.body);
	if (rc == 0 && p->http.large.len) {
		p->http.rest = buf_slice(&p->http.large);
		return send_rest(p);
	}
	return rc != 0 ? -1 : complete(p);
}

/*
 * The one place a WebSocket is refused in: here the connection still speaks HTTP. Returning 1
 * says that it was answered. lws has answered an upgrade to what it never heard of itself.
 */
static int on_upgrade(struct net_peer *p, const char *to)
{
	struct buf out = {0};
	unsigned status;
	int rc;

	if (strcasecmp(to, "websocket") == 0) {
		status = net_ws_admit(p);
		if (status == 0 && !net_guard_open(&p->net->guard, p->session.series,
						   p->session.seat, net_mono_ms())) {
			status = 429;
		}
		if (status == 0) {
			return 0;
		}
	} else if (strcasecmp(to, "h2c") == 0) {
		status = 403;
	} else {
		return -1;
	}
	small_answer(p, &out, status, "{\"error\":\"session\"}", (struct slice){NULL, 0}, true);
	buf_add_str(&out, "{\"error\":\"session\"}");
	rc = net_write_http(p->wsi, buf_slice(&out), true);
	buf_fini(&out);
	return rc != 0 ? -1 : 1;
}

int net_http_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
		      size_t len)
{
	struct net_peer *p;

	(void)user;
	if (reason == LWS_CALLBACK_RAW_ADOPT || reason == LWS_CALLBACK_RAW_RX) {
		return -1; /* a CONNECT request turns the socket into a raw one without timers */
	}
	switch (reason) {
	case LWS_CALLBACK_HTTP:
	case LWS_CALLBACK_HTTP_BODY:
	case LWS_CALLBACK_HTTP_BODY_COMPLETION:
	case LWS_CALLBACK_HTTP_WRITEABLE:
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
	case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
	case LWS_CALLBACK_WSI_DESTROY:
		break;
	default:
		return 0;
	}
	p = net_peer_of(wsi);
	if (!p) {
		return reason == LWS_CALLBACK_WSI_DESTROY ? 0 : -1;
	}
	switch (reason) {
	case LWS_CALLBACK_HTTP:
		return on_request(p);
	case LWS_CALLBACK_HTTP_BODY:
		return on_body(p, in, len);
	case LWS_CALLBACK_HTTP_BODY_COMPLETION:
		return on_body_end(p);
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return on_http_writeable(p);
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
		return on_upgrade(p, in);
	case LWS_CALLBACK_WSI_DESTROY:
		net_ws_gone(p);
		net_peer_destroy(p);
		return 0;
	default:
		return 1; /* FILTER_PROTOCOL_CONNECTION: a WebSocket without our subprotocol */
	}
}
