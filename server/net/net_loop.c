/*
 * The loop: everything the server does happens in a callback below uv_run. After whatever
 * happened, before it sleeps again, the timer is set for the earliest deadline.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "auth/passkey.h"
#include "base/limits.h"
#include "base/mem.h"
#include "net/net_bound.h"
#include "net/net_state.h"

_Static_assert((int)STORE_HASH_BYTES == (int)AUTH_HASH_BYTES,
	       "sessions are copied between the two");

/*
 * The store's thread may be about to call this after net_run has returned: it must find something
 * that outlives the loop. The one variable of the process that is not a constant table.
 */
static struct {
	pthread_mutex_t mutex;
	uv_async_t *async; /* NULL once there is no loop */
} wakeup = {PTHREAD_MUTEX_INITIALIZER, NULL};

static void set_wakeup(uv_async_t *async)
{
	(void)pthread_mutex_lock(&wakeup.mutex);
	wakeup.async = async;
	(void)pthread_mutex_unlock(&wakeup.mutex);
}

static void on_store_thread(void *arg)
{
	(void)arg;
	(void)pthread_mutex_lock(&wakeup.mutex);
	if (wakeup.async) {
		(void)uv_async_send(wakeup.async);
	}
	(void)pthread_mutex_unlock(&wakeup.mutex);
}

int64_t net_now(struct net *n)
{
	bool had_jumped = n->clock.has_jumped;
	int64_t now = net_clock_now(&n->clock);

	if (n->clock.has_jumped && !had_jumped) {
		net_log("error", "clock", "result=jumped_over_an_hour action=not_followed");
	}
	return now;
}

static int64_t clock_us(clockid_t which)
{
	struct timespec t;

	(void)clock_gettime(which, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* ---- deadlines ---- */

static void on_timer(uv_timer_t *handle)
{
	struct net *n = handle->data;
	int64_t now = net_now(n);
	const struct auth_session *s;

	n->armed_ms = INT64_MAX;
	while ((s = auth_sessions_expired(&n->sessions, now))) {
		net_session_end(n, s->sid);
	}
	if (hub_deadline(n->hub) <= now) {
		hub_tick(n->hub, now);
	}
}

static bool is_done(const struct net *n)
{
	return n->conn_count == 0 && n->login_count == 0 && n->question_count == 0 &&
	       hub_is_quiet(n->hub);
}

/* A load leaves holes between what stays; the pages in them go back to the system. */
static void on_rest(uv_timer_t *handle)
{
	(void)handle;
	(void)malloc_trim(0);
}

static void rest_soon(struct net *n)
{
	size_t moves = hub_figures(n->hub).moves;

	if (moves != n->moves) {
		n->moves = moves;
		(void)uv_timer_start(&n->rest, on_rest, NET_REST_MS, 0);
	}
}

/* What it is held up by: its own thread, or all cores it may use, the commit thread's part too. */
static int64_t busy_us(const struct net *n)
{
	int64_t own = clock_us(CLOCK_THREAD_CPUTIME_ID);
	int64_t all = clock_us(CLOCK_PROCESS_CPUTIME_ID) / n->cores;

	return own > all ? own : all;
}

static void on_settle(uv_timer_t *handle)
{
	(void)handle; /* the loop turns: on_before_sleep does it */
}

/* What was typed is stepped now, or in a moment, with what comes until then. */
static void settle(struct net *n)
{
	int64_t now_us = clock_us(CLOCK_MONOTONIC);
	size_t rooms = hub_unsettled(n->hub);
	int64_t wait;

	if (rooms == 0) {
		return;
	}
	if (net_pace_is_over(&n->pace, now_us)) {
		net_pace_judge(&n->pace, now_us, busy_us(n), hub_figures(n->hub).rooms);
	}
	wait = n->settled_us + n->pace.wait_us - now_us;
	if (wait > 0) {
		if (!uv_is_active((uv_handle_t *)&n->settle)) {
			uv_update_time(&n->loop);
			(void)uv_timer_start(&n->settle, on_settle, (uint64_t)(wait + 999) / 1000,
					     0);
		}
		return;
	}
	n->pace.count += rooms;
	n->settled_us = now_us;
	hub_settle(n->hub, net_now(n));
}

static void on_before_sleep(uv_prepare_t *handle)
{
	struct net *n = handle->data;
	int64_t expires = auth_sessions_deadline(&n->sessions);
	int64_t next;

	settle(n);
	net_send_flush(n);
	next = hub_deadline(n->hub);
	next = expires < next ? expires : next;
	rest_soon(n);
	if (n->is_stopping && is_done(n)) {
		uv_stop(&n->loop);
	}
	if (next == n->armed_ms) {
		return;
	}
	n->armed_ms = next;
	if (next == INT64_MAX) {
		(void)uv_timer_stop(&n->timer);
	} else {
		uint64_t wait = net_clock_wait(&n->clock, net_now(n), next);

		uv_update_time(&n->loop);
		(void)uv_timer_start(&n->timer, on_timer, wait, 0);
	}
}

static void on_woken(uv_async_t *handle)
{
	struct net *n = handle->data;

	hub_poll(n->hub, net_now(n));
	net_minutes_poll(n);
}

static void on_watch(uv_timer_t *handle)
{
	struct net *n = handle->data;
	bool is_needed = false;

	for (struct net_peer *p = n->peer; p && !n->is_over; p = p->next) {
		if (net_http_is_greedy(p)) {
			lws_set_timeout(p->wsi, PENDING_TIMEOUT_USER_REASON_BASE,
					LWS_TO_KILL_ASYNC);
			net_kick(n);
		}
		is_needed |= p->http.state == NET_HTTP_SENDING;
	}
	if (!is_needed) {
		(void)uv_timer_stop(&n->watch);
	}
}

void net_watch(struct net *n)
{
	if (!uv_is_active((uv_handle_t *)&n->watch)) {
		(void)uv_timer_start(&n->watch, on_watch, NET_WATCH_MS, NET_WATCH_MS);
	}
}

/* ---- start ---- */

static bool fail(const char *why)
{
	fprintf(stderr, "rokusha serve: %s\n", why);
	return false;
}

static void on_grace_over(uv_timer_t *handle)
{
	struct net *n = handle->data;

	uv_stop(&n->loop);
}

static void on_signal(uv_signal_t *handle, int number)
{
	struct net *n = handle->data;

	(void)number;
	if (n->is_stopping) {
		return;
	}
	n->is_stopping = true;
	net_listen_stop(n);
	net_ws_close(n, true, 0, NET_GOING_AWAY);
	(void)uv_timer_start(&n->grace, on_grace_over, NET_STOP_MS, 0);
}

static void keep_session(void *arg, const struct store_session *s)
{
	struct net *n = arg;
	struct auth_session session = {
	    .sid = s->sid, .series = s->series, .seat = s->seat, .expires_ms = s->expires_ms};

	memcpy(session.token_hash, s->token_hash, sizeof session.token_hash);
	(void)auth_sessions_add(&n->sessions, &session);
}

/* The origin of our own pages, as a browser writes it. */
static void set_origins(struct net *n)
{
	const struct net_config *c = n->config;
	const char *scheme = n->is_tls ? "https" : "http";
	const char *bracket = strchr(n->host, ':') ? "[" : "";

	if (n->port == (n->is_tls ? 443 : 80)) {
		snprintf(n->own_origin, sizeof n->own_origin, "%s://%s%s%s", scheme, bracket,
			 n->host, *bracket ? "]" : "");
	} else {
		snprintf(n->own_origin, sizeof n->own_origin, "%s://%s%s%s:%u", scheme, bracket,
			 n->host, *bracket ? "]" : "", n->port);
	}
	n->origin[n->origin_count++] = n->own_origin;
	for (size_t i = 0; i < c->origin_count && n->origin_count < NET_ORIGINS_MAX; i++) {
		n->origin[n->origin_count++] = c->origin[i];
	}
}

static const char *public_url(const struct net *n)
{
	return n->config->origin_count ? n->config->origin[0] : n->own_origin;
}

/* False: there can be none. */
static bool set_sign_host(struct net *n)
{
	return !n->config->has_passkeys || passkey_rp_of(slice_of(public_url(n)), &n->sign_host);
}

/* Whoever waits for the file finds it whole. */
static bool write_port(const struct net *n)
{
	const char *path = n->config->port_file;
	char why[512];
	struct buf draft = {0};
	int fd;
	bool ok;

	if (!path) {
		return true;
	}
	buf_printf(&draft, "%s.%ld", path, (long)getpid());
	fd = open(draft.ptr, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	ok = fd >= 0 && dprintf(fd, "%u\n", n->port) > 0;
	ok = (fd < 0 || close(fd) == 0) && ok && rename(draft.ptr, path) == 0;
	if (!ok) {
		snprintf(why, sizeof why, "%s: %s", path, strerror(errno));
		fail(why);
	}
	buf_fini(&draft);
	return ok;
}

/*
 * No core files with what people said in them; descriptors for everybody; no death by a peer that
 * is gone (SIGPIPE) or by a full quota (SIGXFSZ): both are errors of a write, and dealt with there.
 */
static void set_limits(struct net *n)
{
	const rlim_t wanted = LIMIT_CONNS + 2 * LIMIT_PEERS_WAITING + NET_FDS_KEPT;
	struct rlimit r = {0, 0};

	(void)setrlimit(RLIMIT_CORE, &r);
	if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < wanted) {
		r.rlim_cur = r.rlim_max < wanted ? r.rlim_max : wanted;
		(void)setrlimit(RLIMIT_NOFILE, &r);
	}
	/* Whom eviction has not yet freed counts, too. */
	n->peer_max = r.rlim_cur > wanted ? (size_t)wanted : (size_t)r.rlim_cur;
	n->peer_max = n->peer_max > 2 * NET_FDS_KEPT ? n->peer_max - NET_FDS_KEPT : n->peer_max / 2;
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
}

static void start_handles(struct net *n)
{
	int rc = uv_loop_init(&n->loop);

	rc |= uv_timer_init(&n->loop, &n->timer);
	rc |= uv_timer_init(&n->loop, &n->grace);
	rc |= uv_timer_init(&n->loop, &n->watch);
	rc |= uv_timer_init(&n->loop, &n->sweep);
	rc |= uv_timer_init(&n->loop, &n->pause);
	rc |= uv_timer_init(&n->loop, &n->rest);
	rc |= uv_timer_init(&n->loop, &n->settle);
	rc |= uv_async_init(&n->loop, &n->woken, on_woken);
	rc |= uv_prepare_init(&n->loop, &n->before_sleep);
	rc |= uv_signal_init(&n->loop, &n->term);
	rc |= uv_signal_init(&n->loop, &n->intr);
	assert(rc == 0);
	n->timer.data = n->grace.data = n->watch.data = n->woken.data = n;
	n->sweep.data = n->pause.data = n->rest.data = n->settle.data = n;
	n->before_sleep.data = n->term.data = n->intr.data = n;
	rc |= uv_prepare_start(&n->before_sleep, on_before_sleep);
	rc |= uv_signal_start(&n->term, on_signal, SIGTERM);
	rc |= uv_signal_start(&n->intr, on_signal, SIGINT);
	assert(rc == 0);
	(void)rc;
}

/* Whoever gives the server its memory wants to know how much that can be. */
static void say_bound(const struct net *n)
{
	struct net_bound b = net_bound();

	b.peers = b.peers < n->peer_max ? b.peers : n->peer_max;
	b.conns = b.conns < n->peer_max ? b.conns : n->peer_max;
	net_log("info", "bound",
		"bytes=%zu base=%zu out=%zu peers=%zu peer=%zu conns=%zu conn=%zu rooms=%zu "
		"room=%zu",
		net_bound_total(&b, b.peers, b.conns, b.rooms), b.base_bytes, b.out_bytes, b.peers,
		b.peer_bytes, b.conns, b.conn_bytes, b.rooms, b.room_bytes);
}

static void say_lost(const char *what)
{
	net_log("error", "minutes", "why=\"%s\"", what);
}

/* Signed minutes have a thread of their own, which wakes the loop as the store's does. */
static bool start_archive(struct net *n, const struct schema *schema)
{
	struct archive_config config = {.db = n->config->db,
					.url = public_url(n),
					.offers_passkeys = n->config->has_passkeys,
					.running = schema,
					.lost = say_lost};
	char why[STORE_WHY_BYTES] = "";

	if (!config.db ||
	    archive_line_create(&config, on_store_thread, NULL, &n->archive, why) == ERR_OK) {
		return true;
	}
	return fail(why);
}

static bool start(struct net *n, const struct schema *schema)
{
	char why[512] = "";

	if (store_secret_now(n->store, n->secret) != ERR_OK) {
		return fail("the database has lost its secret");
	}
	if (store_sessions_now(n->store, net_now(n), keep_session, n) != ERR_OK) {
		return fail("the sessions cannot be read");
	}
	if (!net_listen(n, why, sizeof why) || !net_lws_start(n, why, sizeof why)) {
		return fail(why);
	}
	set_origins(n);
	if (!set_sign_host(n)) {
		return fail("--passkeys needs an --origin of https://HOST, without a port: the "
			    "signing page is then https://sign.HOST");
	}
	n->hub = hub_create(schema, n->store, net_transport(n));
	hub_gather(n->hub);
	set_wakeup(&n->woken);
	store_on_done(n->store, on_store_thread, NULL);
	if (!start_archive(n, schema) || !write_port(n)) {
		return false;
	}
	say_bound(n);
	printf("listening on %s\n", n->own_origin);
	(void)fflush(stdout);
	return true;
}

/* ---- stop ---- */

/*
 * What the store still works on borrows from the hub. It answers within moments; should it hang,
 * the hub is left to the end of the process.
 */
static void finish_hub(struct net *n)
{
	(void)uv_timer_start(&n->grace, on_grace_over, NET_QUIET_MS, 0);
	while (!is_done(n) && uv_is_active((uv_handle_t *)&n->grace)) {
		(void)uv_run(&n->loop, UV_RUN_ONCE);
	}
	if (hub_is_quiet(n->hub)) {
		hub_destroy(n->hub);
	} else {
		net_log("error", "stop", "result=store_hangs");
	}
}

static void close_handle(uv_handle_t *h, void *arg)
{
	struct net *n = arg;

	/* lws closes its own. */
	if (h->data == n && !uv_is_closing(h)) {
		uv_close(h, NULL);
	}
}

/* Until all handles are closed; not for ever, whatever lws forgot. */
static void run_down(struct net *n)
{
	int64_t until = net_mono_ms() + NET_DOWN_MS;

	while (uv_run(&n->loop, UV_RUN_NOWAIT) != 0 && net_mono_ms() < until) {
		uv_sleep(1);
	}
}

static void stop(struct net *n)
{
	net_listen_stop(n);
	n->is_over = true;
	if (n->context) {
		lws_context_destroy(n->context); /* begins; its handles close in the loop */
	}
	if (n->hub) {
		finish_hub(n);
	}
	archive_line_destroy(n->archive);
	n->archive = NULL;
	set_wakeup(NULL);
	uv_walk(&n->loop, close_handle, n);
	run_down(n);
	if (n->context) {
		lws_context_destroy(n->context); /* ends */
	}
	run_down(n);
	if (uv_loop_close(&n->loop) != 0) {
		net_log("error", "stop", "result=loop_busy");
	}
	auth_sessions_fini(&n->sessions);
	net_guard_fini(&n->guard);
	buf_fini(&n->secure);
	buf_fini(&n->secure_sign);
	buf_fini(&n->sign_host);
}

int net_run(const struct net_config *config, const struct schema *schema, struct store *store)
{
	struct net *n = mem_alloc(sizeof *n);
	bool ok;

	set_limits(n);
	randombytes_buf(n->guard.seed, sizeof n->guard.seed);
	n->config = config;
	n->store = store;
	n->is_tls = config->tls_cert != NULL;
	n->listen_fd = n->spare_fd = -1;
	n->armed_ms = INT64_MAX;
	n->cores = uv_available_parallelism();
	net_clock_init(&n->clock, config->has_now, config->now_ms, config->speed);
	start_handles(n);
	ok = start(n, schema);
	if (ok) {
		(void)uv_run(&n->loop, UV_RUN_DEFAULT);
	}
	stop(n);
	free(n);
	return ok ? 0 : 1;
}
