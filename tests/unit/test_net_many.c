/* How many there may be of what peers bring: sockets, logins, messages, lines of the log. */
#include "casefile/casefile.h"
#include "support/fakenet.h"

#define ORIGIN NET_ORIGIN
#define SID "00000000000000ab"
#define TOKEN "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static struct schema *schema;

static void start(void)
{
	schema = rig_schema();
	fakenet_init(schema);
}

static void over(void)
{
	fakenet_fini();
	schema_destroy(schema);
}

static void put(struct peer *p, enum lws_token_indexes h, const char *text)
{
	buf_add_str(&p->wsi.header[h], text);
}

/* The status of what it was answered last; 0: nothing yet. */
static unsigned answer(const struct peer *p)
{
	return p->wsi.out.len ? (unsigned)atoi(p->wsi.out.ptr + strlen("HTTP/1.1 ")) : 0;
}

/* ---- sockets of the whole server ---- */

enum { OF_A_ROOM = 6 };

static struct peer crowd[LIMIT_CONNS - 1];

/* It asks to be let in, with the session that there is; 0, or what it is refused with. */
static unsigned knock(struct peer *p)
{
	char to[] = "websocket";
	int rc;

	connect_peer(p);
	p->wsi.method = LWSHUMETH_GET;
	buf_add_str(&p->wsi.uri, "/s/" SID "/ws");
	put(p, WSI_TOKEN_KEY, "AAAAAAAAAAAAAAAAAAAAAAAA");
	put(p, WSI_TOKEN_VERSION, "13");
	put(p, WSI_TOKEN_ORIGIN, ORIGIN);
	put(p, WSI_TOKEN_PROTOCOL, "rokusha.1");
	put(p, WSI_TOKEN_HTTP_COOKIE, "rk-" SID "=" TOKEN);
	rc = net_http_callback(&p->wsi, LWS_CALLBACK_HTTP_CONFIRM_UPGRADE, NULL, to, strlen(to));
	cr_assert(rc == (answer(p) ? 1 : 0));
	if (rc == 0) {
		p->wsi.is_ws = true;
		cr_assert_eq(net_ws_callback(&p->wsi, LWS_CALLBACK_ESTABLISHED, NULL, NULL, 0), 0);
	}
	return answer(p);
}

Test(net_many, sockets_of_the_server, .timeout = 120)
{
	struct auth_session session = {
	    .sid = 0xab, .seat = 1, .series = {1}, .expires_ms = INT64_MAX};
	struct peer last, more;

	start();
	auth_secret_hash(slice_of(TOKEN), session.token_hash);
	cr_assert(auth_sessions_add(&net.sessions, &session));
	for (size_t i = 0; i < LIMIT_CONNS - 1; i++) {
		open_socket(&crowd[i], (int64_t)(2 + i / OF_A_ROOM) % LIMIT_ROOMS + 1,
			    (uint8_t)(i % OF_A_ROOM), 1000 + i);
	}
	cr_assert_eq(net.conn_count, LIMIT_CONNS - 1);
	cr_expect_eq(knock(&last), 0, "the last one");
	cr_expect_eq(net.conn_count, LIMIT_CONNS);
	cr_expect_eq(knock(&more), 429, "one more");
	cr_expect_eq(net.conn_count, LIMIT_CONNS);
	gone(&more);
	for (size_t i = 0; i < LIMIT_CONNS - 1; i++) {
		cr_assert_eq(closed(&crowd[i]), 0, "nobody goes for them");
	}
	gone(&crowd[77]);
	cr_expect_eq(knock(&more), 0, "there is a place again");
	gone(&more);
	gone(&last);
	for (size_t i = 0; i < LIMIT_CONNS - 1; i++) {
		gone(&crowd[i]);
	}
	over();
}

/* ---- logins that wait for the store ---- */

static struct peer hopeful[LIMIT_LOGINS_WAITING];

static void import_with_link(void)
{
	uint64_t dice = 1;
	struct casefile_options o = {
	    .random = rig_random, .random_arg = &dice, .now_ms = 1790000000000};
	struct store_link link = {.seat = 2, .reusable = true, .expires_ms = INT64_MAX};
	struct buf json = rig_file("tests/cases/case-1.json");
	struct store_import in;
	struct series_id series;
	struct casefile file;
	char why[512];

	cr_assert_eq(casefile_read(buf_slice(&json), schema, &o, &file, why), ERR_OK, "%s", why);
	auth_secret_hash(slice_of(NET_LINK), link.secret_hash);
	in = (struct store_import){.name = file.series,
				   .record = file.record,
				   .record_count = file.record_count,
				   .pending = file.pending,
				   .link = &link,
				   .link_count = 1};
	cr_assert_eq(store_import_now(net.store, &in, &series, why), ERR_OK, "%s", why);
	casefile_fini(&file);
	buf_fini(&json);
}

static void ask_login(struct peer *p)
{
	char body[] = "{\"secret\":\"" NET_LINK "\"}";
	char length[16];

	connect_peer(p);
	snprintf(length, sizeof length, "%zu", strlen(body));
	p->wsi.method = LWSHUMETH_POST;
	buf_add_str(&p->wsi.uri, "/api/login");
	put(p, WSI_TOKEN_ORIGIN, ORIGIN);
	put(p, WSI_TOKEN_HTTP_CONTENT_LENGTH, length);
	cr_assert_eq(net_http_callback(&p->wsi, LWS_CALLBACK_HTTP, NULL, NULL, 0), 0);
	cr_assert_eq(net_http_callback(&p->wsi, LWS_CALLBACK_HTTP_BODY, NULL, body, strlen(body)),
		     0);
	cr_assert_eq(net_http_callback(&p->wsi, LWS_CALLBACK_HTTP_BODY_COMPLETION, NULL, NULL, 0),
		     0);
}

/* What there is to be written goes out. */
static void write_answer(struct peer *p)
{
	cr_assert_eq(net_http_callback(&p->wsi, LWS_CALLBACK_HTTP_WRITEABLE, NULL, NULL, 0), 0);
}

Test(net_many, logins_that_wait)
{
	struct peer more, later;

	start();
	import_with_link();
	for (size_t i = 0; i < LIMIT_LOGINS_WAITING; i++) {
		ask_login(&hopeful[i]);
		write_answer(&hopeful[i]);
		cr_expect_eq(answer(&hopeful[i]), 0, "it waits");
	}
	ask_login(&more);
	write_answer(&more);
	cr_expect_eq(answer(&more), 503, "one more is told at once");
	cr_expect(memmem(more.wsi.out.ptr, more.wsi.out.len, "{\"error\":\"busy\"}", 16));
	hub_poll(net.hub, net_now(&net));
	for (size_t i = 0; i < LIMIT_LOGINS_WAITING; i++) {
		write_answer(&hopeful[i]);
		cr_expect_eq(answer(&hopeful[i]), 200, "who waited is let in");
		gone(&hopeful[i]);
	}
	cr_expect_eq(net.sessions.count, LIMIT_LOGINS_WAITING);
	ask_login(&later);
	hub_poll(net.hub, net_now(&net));
	write_answer(&later);
	cr_expect_eq(answer(&later), 200, "and the next one who asks");
	gone(&later);
	gone(&more);
	over();
}

/* So long for the store, too: see LIMIT_ANSWER_MS. */
Test(net_many, a_store_that_does_not_answer)
{
	struct peer p;
	int64_t since;

	start();
	ask_login(&p);
	since = mono_ms;
	sweep_at(since + LIMIT_ANSWER_MS - 1);
	cr_expect(!p.wsi.is_dying);
	sweep_at(since + LIMIT_ANSWER_MS);
	cr_expect(p.wsi.is_dying);
	gone(&p);
	over();
}

/* ---- messages ---- */

/* So many are taken of one socket; the one above closes it. */
static void messages(struct peer *p, size_t count)
{
	delivered = 0;
	for (size_t i = 0; i < count; i++) {
		message(p, "{\"t\":\"ping\"}");
		cr_assert_eq(closed(p), 0, "after %zu", i);
	}
	cr_expect_eq(delivered, count, "none is lost");
}

static void one_too_many(struct peer *p)
{
	delivered = 0;
	message(p, "{\"t\":\"ping\"}");
	cr_expect_eq(closed(p), NET_POLICY);
	cr_expect_eq(delivered, 0);
}

Test(net_many, messages_of_one_socket)
{
	struct peer p, other;

	start();
	open_socket(&p, 1, 1, 1);
	messages(&p, 4 * LIMIT_MESSAGES_PER_S);
	mono_ms += 1000;
	messages(&p, LIMIT_MESSAGES_PER_S);
	mono_ms += 1000 / LIMIT_MESSAGES_PER_S;
	messages(&p, 1);
	one_too_many(&p);
	open_socket(&other, 1, 2, 2);
	messages(&other, 4 * LIMIT_MESSAGES_PER_S);
	one_too_many(&other);
	gone(&p);
	gone(&other);
	over();
}

/* The others of the seat take all it may, again and again. */
static void others_take_all(struct peer *p)
{
	const struct auth_session *s = &p->net->session;

	while (net_guard_message(&net.guard, s->series, s->seat, mono_ms)) {
	}
}

Test(net_many, typing_beside_a_seat_that_floods)
{
	struct peer p;

	start();
	open_socket(&p, 1, 1, 1);
	others_take_all(&p);
	messages(&p, 2 * LIMIT_TYPIST_PER_S);
	for (int i = 0; i < 3; i++) {
		mono_ms += 1000;
		others_take_all(&p);
		messages(&p, LIMIT_TYPIST_PER_S);
	}
	one_too_many(&p);
	gone(&p);
	over();
}

/* ---- lines of the log ---- */

/* What was written since the last time. */
static size_t lines_with(const char *text, const char *words)
{
	size_t n = 0;

	for (const char *at = strstr(text, words); at; at = strstr(at + 1, words)) {
		n++;
	}
	return n;
}

Test(net_many, lines_of_the_log)
{
	FILE *kept = stderr;
	char *text = NULL;
	size_t len;

	stderr = open_memstream(&text, &len);
	for (int i = 0; i < LIMIT_LOG_LINES_PER_S; i++) {
		net_log("info", "noise", "n=%d", i);
	}
	(void)fflush(stderr);
	cr_expect_eq(lines_with(text, "event=noise"), LIMIT_LOG_LINES_PER_S);
	for (int i = 0; i < 3; i++) {
		net_log("info", "noise", "n=%d", i);
	}
	(void)fflush(stderr);
	cr_expect_eq(lines_with(text, "event=noise"), LIMIT_LOG_LINES_PER_S, "not one more");
	cr_expect_eq(lines_with(text, "hidden="), 0);
	net_log("error", "ours", "n=%d", 1);
	(void)fflush(stderr);
	cr_expect(strstr(text, "level=info event=log hidden=3\nlevel=error event=ours n=1\n"),
		  "errors are all told, and before them how many were not");
	mono_ms += 1000 / LIMIT_LOG_LINES_PER_S;
	net_log("info", "noise", "later");
	net_log("info", "noise", "later");
	(void)fflush(stderr);
	cr_expect_eq(lines_with(text, "later"), 1, "so many a second");
	(void)fclose(stderr);
	stderr = kept;
	free(text);
}
