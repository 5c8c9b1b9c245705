/* Login and logout: between the HTTP request and the store. */
#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "net/net_state.h"

static const struct slice no_cookie = {NULL, 0};

static void throttle(struct net *n, const struct auth_addr *addr)
{
	auth_throttle_failed(&n->throttle, addr, net_mono_ms());
}

static void welcome(struct net_login *l, const struct store_session *s)
{
	struct net *n = l->net;
	struct auth_session session = {
	    .sid = s->sid, .series = s->series, .seat = s->seat, .expires_ms = s->expires_ms};
	char hex[HEX64_LEN + 1];
	char json[32];
	struct buf cookie = {0};

	memcpy(session.token_hash, s->token_hash, sizeof session.token_hash);
	if (!l->peer || !auth_sessions_add(&n->sessions, &session)) {
		store_logout(n->store, s->sid); /* nobody got the secret */
		if (l->peer) {
			net_http_answer(l->peer, 503, "{\"error\":\"busy\"}", no_cookie);
		}
		return;
	}
	id_to_hex(s->sid, hex);
	snprintf(json, sizeof json, "{\"sid\":\"%s\"}", hex);
	auth_cookie_build(&cookie, s->sid, (struct slice){l->token, AUTH_SECRET_CHARS}, n->is_tls,
			  LIMIT_SESSION_MS / 1000);
	net_http_answer(l->peer, 200, json, buf_slice(&cookie));
	sodium_memzero(cookie.ptr, cookie.cap);
	buf_fini(&cookie);
	net_log("info", "login", "result=ok series=%lld seat=%u", (long long)s->series.n,
		(unsigned)s->seat);
}

static void on_login(void *arg, enum err e, const struct store_session *s)
{
	struct net_login *l = arg;

	if (l->peer) {
		l->peer->http.login = NULL;
	}
	if (e == ERR_OK) {
		welcome(l, s);
	} else {
		net_log("info", "login", "result=%s", err_name(e));
		if (e == ERR_GONE) {
			throttle(l->net, &l->addr);
		}
		if (l->peer) {
			net_http_answer(l->peer, e == ERR_GONE ? 403 : 503,
					e == ERR_GONE ? "{\"error\":\"link\"}"
						      : "{\"error\":\"busy\"}",
					no_cookie);
		}
	}
	l->net->login_count--;
	sodium_memzero(l, sizeof *l);
	free(l);
}

static uint64_t fresh_sid(void)
{
	uint64_t sid;

	do {
		randombytes_buf(&sid, sizeof sid);
	} while (sid == 0);
	return sid;
}

void net_login(struct net_peer *p)
{
	struct net *n = p->net;
	uint8_t bits[AUTH_SECRET_BYTES];
	uint8_t link_hash[AUTH_HASH_BYTES];
	char secret[AUTH_SECRET_CHARS + 1];
	struct store_session draft = {0};
	struct net_login *l;

	if (n->login_count >= LIMIT_LOGINS_WAITING) {
		net_http_answer(p, 503, "{\"error\":\"busy\"}", no_cookie);
		return;
	}
	if (auth_login_body(buf_slice(&p->http.body), secret) != ERR_OK) {
		throttle(n, &p->addr);
		net_http_answer(p, 400, "{\"error\":\"bad\"}", no_cookie);
		return;
	}
	auth_secret_hash(slice_of(secret), link_hash);
	sodium_memzero(secret, sizeof secret);
	sodium_memzero(p->http.body.ptr, p->http.body.len);
	l = mem_alloc(sizeof *l);
	l->net = n;
	l->peer = p;
	l->addr = p->addr;
	l->sid = fresh_sid();
	randombytes_buf(bits, sizeof bits);
	auth_secret_text(bits, l->token);
	sodium_memzero(bits, sizeof bits);
	draft.sid = l->sid;
	auth_secret_hash((struct slice){l->token, AUTH_SECRET_CHARS}, draft.token_hash);
	draft.created_ms = net_now(n);
	/* In real time, also when the clock runs fast for a rehearsal. */
	draft.expires_ms =
	    draft.created_ms + (int64_t)((double)LIMIT_SESSION_MS * n->config->speed);
	p->http.login = l;
	n->login_count++;
	store_login(n->store, link_hash, &draft, on_login, l);
}

void net_login_forget(struct net_peer *p)
{
	if (p->http.login) {
		p->http.login->peer = NULL;
		p->http.login = NULL;
	}
}

bool net_has_session(struct net_peer *p, uint64_t sid)
{
	char cookies[LIMIT_HEADER_BYTES + 1];
	char name[AUTH_COOKIE_NAME_CHARS + 1];
	const struct auth_session *s;
	struct slice header = net_header(p->wsi, WSI_TOKEN_HTTP_COOKIE, cookies, sizeof cookies);
	struct net *n = p->net;

	auth_cookie_name(sid, name);
	s = auth_sessions_check(&n->sessions, sid, auth_cookie_find(header, slice_of(name)),
				net_now(n));
	if (s) {
		p->session = *s;
	}
	sodium_memzero(cookies, sizeof cookies);
	return s != NULL;
}

/* Whoever takes the device away finds bytes; the key is told to who proves to be at the seat. */
void net_keep(struct net_peer *p)
{
	struct net *n = p->net;
	enum err e = hub_may_keep(n->hub, p->session.series, p->session.seat);
	uint8_t bits[AUTH_SECRET_BYTES];
	char key[AUTH_SECRET_CHARS + 1];
	char json[AUTH_SECRET_CHARS + 16];

	if (e != ERR_OK) {
		net_http_answer(p, e == ERR_BUSY ? 503 : 403,
				e == ERR_BUSY ? "{\"error\":\"busy\"}" : "{\"error\":\"gone\"}",
				no_cookie);
		return;
	}
	auth_keep_key(n->secret, p->session.series, p->session.seat, bits);
	auth_secret_text(bits, key);
	snprintf(json, sizeof json, "{\"key\":\"%s\"}", key);
	net_http_answer(p, 200, json, no_cookie);
	sodium_memzero(bits, sizeof bits);
	sodium_memzero(key, sizeof key);
	sodium_memzero(json, sizeof json);
}

void net_session_end(struct net *n, uint64_t sid)
{
	auth_sessions_remove(&n->sessions, sid);
	net_ws_close(n, false, sid, NET_POLICY);
}

/*
 * Only this session's cookie is deleted. Clear-Site-Data would take the cookies and the unsent
 * words of the browser's other seats along: it knows no path.
 */
void net_logout(struct net_peer *p)
{
	struct net *n = p->net;
	struct buf cookie = {0};

	store_logout(n->store, p->http.sid);
	net_session_end(n, p->http.sid);
	auth_cookie_build(&cookie, p->http.sid, no_cookie, n->is_tls, 0);
	net_http_answer(p, 200, "{}", buf_slice(&cookie));
	buf_fini(&cookie);
	net_log("info", "logout", "series=%lld seat=%u", (long long)p->session.series.n,
		(unsigned)p->session.seat);
}
