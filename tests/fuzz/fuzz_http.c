/*
 * What a browser sends, as far as it is ours to read: net_http.c, net_login.c, net_ws.c and auth/
 * over fake_lws.h. libwebsockets itself, which splits a request into headers and unmasks frames, is
 * not here. An input is a list of steps, divided by bytes 0x1e:
 *
 * R…  a request as text: the line, headers, an empty line, the body (which comes in two pieces)
 *
 * Wf…  a piece of a WebSocket frame; f: 1 the last fragment, 2 binary, 4 more of the frame is to
 * come, 8 far too much of it
 *
 * P the store answers, Y the socket takes more, F it takes no more, C the client closes, X it is
 * gone, O answers a ping, Z an hour later sessions end, Nd the other steps are of peer d from here
 * on
 *
 * Who may do what is decided a second time in http_judge.h, from the text of the request alone.
 */
#include "embedded.h"
#include "fuzz/http_judge.h"

enum { PEERS = 4, STEPS_MAX = 64, SEP = 0x1e };

static struct client client[PEERS];

/* ---- a request ---- */

static void forget_request(struct client *c)
{
	for (size_t i = 0; i < WSI_TOKEN_COUNT; i++) {
		buf_fini(&c->wsi.header[i]);
	}
	buf_fini(&c->wsi.uri);
	buf_fini(&c->wsi.out);
	buf_fini(&c->wsi.said);
	c->wsi.method = -1;
	c->wsi.is_done = false;
	c->wsi.wants_write = false;
}

static void go(struct client *c)
{
	if (!c->peer) {
		return;
	}
	if (c->wsi.is_ws) {
		(void)net_ws_callback(&c->wsi, LWS_CALLBACK_CLOSED, NULL, NULL, 0);
	}
	(void)net_http_callback(&c->wsi, LWS_CALLBACK_WSI_DESTROY, NULL, NULL, 0);
	forget_request(c);
	buf_fini(&c->said);
	buf_fini(&c->wanted);
	*c = (struct client){.wsi = {.method = -1}};
}

static void come(struct client *c)
{
	struct net_peer *p = mem_alloc(sizeof *p);

	*c = (struct client){.wsi = {.method = -1}};
	p->net = &net;
	p->wsi = &c->wsi;
	p->is_local = true;
	p->next = net.peer;
	if (p->next) {
		p->next->prev = p;
	}
	net.peer = p;
	net.peer_count++;
	c->peer = p;
	c->wsi.opaque = p;
}

static const struct {
	const char *name;
	enum lws_token_indexes token;
} header_names[] = {
    {"host", WSI_TOKEN_HOST},
    {"origin", WSI_TOKEN_ORIGIN},
    {"cookie", WSI_TOKEN_HTTP_COOKIE},
    {"upgrade", WSI_TOKEN_UPGRADE},
    {"connection", WSI_TOKEN_CONNECTION},
    {"content-length", WSI_TOKEN_HTTP_CONTENT_LENGTH},
    {"transfer-encoding", WSI_TOKEN_HTTP_TRANSFER_ENCODING},
    {"accept-encoding", WSI_TOKEN_HTTP_ACCEPT_ENCODING},
    {"sec-websocket-key", WSI_TOKEN_KEY},
    {"sec-websocket-version", WSI_TOKEN_VERSION},
    {"sec-websocket-protocol", WSI_TOKEN_PROTOCOL},
};

static const struct {
	const char *name;
	int method;
} methods[] = {{"GET ", LWSHUMETH_GET},         {"POST ", LWSHUMETH_POST},
	       {"HEAD ", LWSHUMETH_HEAD},       {"PUT ", LWSHUMETH_PUT},
	       {"OPTIONS ", LWSHUMETH_OPTIONS}, {"DELETE ", LWSHUMETH_DELETE}};

static void take_line(struct client *c, struct slice line)
{
	struct slice name = line, value = line;

	line.len -= line.len && line.ptr[line.len - 1] == '\r';
	value = line;
	if (!part_of(&value, ':', &name) || memchr(line.ptr, '\0', line.len)) {
		return;
	}
	value = trimmed(value);
	for (size_t i = 0; i < sizeof header_names / sizeof *header_names; i++) {
		struct buf *at = &c->wsi.header[header_names[i].token];

		if (name.len == strlen(header_names[i].name) &&
		    strncasecmp(name.ptr, header_names[i].name, name.len) == 0 &&
		    at->len + value.len < LIMIT_HEADER_BYTES) {
			buf_add(at, value); /* lws puts several of one name together, too */
		}
	}
}

/* "/%3" is the fourth file of the web client: their names change with what is in them. */
static void put_path(struct buf *out, struct slice path)
{
	if (path.len == 3 && path.ptr[1] == '%' && embedded_asset_count > 0) {
		buf_add_str(out,
			    embedded_asset[(unsigned char)path.ptr[2] % embedded_asset_count].path);
	} else {
		buf_add(out, path);
	}
}

/* The head of a request into the fake; what is left of `text` is its body. */
static bool take_head(struct client *c, struct slice *text)
{
	struct slice line;

	if (!part_of(text, '\n', &line)) {
		return false;
	}
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
		size_t len = strlen(methods[i].name);

		if (slice_begins(line, methods[i].name)) {
			size_t path = 0;

			while (len + path < line.len && !strchr(" \r?", line.ptr[len + path]) &&
			       line.ptr[len + path]) {
				path++;
			}
			c->wsi.method = methods[i].method;
			put_path(&c->wsi.uri, (struct slice){line.ptr + len, path});
		}
	}
	while (part_of(text, '\n', &line) && line.len && line.ptr[0] != '\r') {
		take_line(c, line);
	}
	return c->wsi.method >= 0 && c->wsi.uri.len > 0 && c->wsi.uri.ptr[0] == '/';
}

static void upgrade(struct client *c)
{
	char to[64];
	struct slice up = header(c, WSI_TOKEN_UPGRADE);
	struct lws_process_html_args args;
	char space[2048];
	bool may = may_open(c);
	int rc;

	snprintf(to, sizeof to, "%.*s", (int)up.len, up.ptr);
	rc = net_http_callback(&c->wsi, LWS_CALLBACK_HTTP_CONFIRM_UPGRADE, NULL, to, strlen(to));
	MUST((rc == 0) == (may && strcasecmp(to, "websocket") == 0), "upgrade to %s: %d", to, rc);
	if (rc != 0) {
		if (rc == 1) {
			MUST(check_answer(c, false) == 403, "not refused");
		}
		go(c);
		return;
	}
	c->wsi.is_ws = true;
	rc = net_ws_callback(&c->wsi, LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION, NULL, NULL, 0);
	MUST(rc == 0, "another answer");
	args = (struct lws_process_html_args){.p = space, .max_len = (int)sizeof space};
	MUST(net_ws_callback(&c->wsi, LWS_CALLBACK_ADD_HEADERS, NULL, &args, 0) == 0 &&
		 args.p > space && args.p < space + sizeof space,
	     "headers");
	MUST(net_ws_callback(&c->wsi, LWS_CALLBACK_ESTABLISHED, NULL, NULL, 0) == 0, "no socket");
}

/* The answer is written piece by piece, the store asked in between. */
static void finish(struct client *c)
{
	for (size_t i = 0; i < 400 && c->peer && !c->wsi.is_done; i++) {
		hub_poll(net.hub, net_now(&net));
		if (!c->wsi.wants_write) {
			break;
		}
		c->wsi.wants_write = false;
		if (net_http_callback(&c->wsi, LWS_CALLBACK_HTTP_WRITEABLE, NULL, NULL, 0) != 0) {
			c->wsi.is_done = true;
		}
	}
}

static size_t announced(const struct client *c)
{
	struct slice text = header(c, WSI_TOKEN_HTTP_CONTENT_LENGTH);

	return text.len < 9 ? (size_t)strtoul(text.ptr ? text.ptr : "0", NULL, 10) : SIZE_MAX;
}

/* The body as lws hands it over, who never gives more of it than was announced. */
static bool send_body(struct client *c, struct slice body, size_t len)
{
	size_t first = body.len / 2;

	if (body.len &&
	    (net_http_callback(&c->wsi, LWS_CALLBACK_HTTP_BODY, NULL, (void *)(uintptr_t)body.ptr,
			       first) != 0 ||
	     net_http_callback(&c->wsi, LWS_CALLBACK_HTTP_BODY, NULL,
			       (void *)(uintptr_t)(body.ptr + first), body.len - first) != 0)) {
		return false;
	}
	return body.len < len ||
	       net_http_callback(&c->wsi, LWS_CALLBACK_HTTP_BODY_COMPLETION, NULL, NULL, 0) == 0;
}

static void request(struct client *c, struct slice text)
{
	size_t sessions = net.sessions.count;
	bool is_head, had, may_end, cookie;
	unsigned status;
	size_t len;
	int rc;

	if (!take_head(c, &text)) {
		forget_request(c);
		return;
	}
	len = announced(c);
	text.len = text.len < len ? text.len : len;
	if (header(c, WSI_TOKEN_UPGRADE).len) {
		upgrade(c);
		return;
	}
	had = has_session(c);
	may_end = had && is_listed(c) && c->wsi.method == LWSHUMETH_POST &&
		  slice_is(buf_slice(&c->wsi.uri), "/s/" SID "/logout");
	is_head = c->wsi.method == LWSHUMETH_HEAD;
	rc = net_http_callback(&c->wsi, LWS_CALLBACK_HTTP, NULL, NULL, 0);
	if (rc == 0 && c->peer->http.state == NET_HTTP_BODY && !send_body(c, text, len)) {
		rc = -1;
	}
	finish(c);
	cookie = gives_session(c);
	if (c->wsi.out.len) {
		status = check_answer(c, is_head);
		MUST(!cookie || status == 200, "a cookie with %u", status);
		MUST(!cookie || may_end ||
			 (is_login(text) && is_listed(c) &&
			  slice_is(buf_slice(&c->wsi.uri), "/api/login")),
		     "a session for nothing");
	}
	MUST(net.sessions.count >= sessions || may_end, "somebody else's session was ended");
	MUST(net.sessions.count <= sessions || cookie, "a session nobody was told of");
	if (rc != 0 || (c->peer && c->peer->http.state != NET_HTTP_IDLE)) {
		go(c);
	} else {
		forget_request(c);
	}
}

/* ---- a socket ---- */

/* In the place of the hub's own, which net_ws.c calls; see the Makefile. */
void __wrap_hub_frame(struct hub *h, struct conn_id conn, struct slice text, int64_t now_ms);
void __real_hub_frame(struct hub *h, struct conn_id conn, struct slice text, int64_t now_ms);
void __wrap_net_watch(struct net *n);

void __wrap_hub_frame(struct hub *h, struct conn_id conn, struct slice text, int64_t now_ms)
{
	for (size_t i = 0; i < PEERS; i++) {
		struct client *c = &client[i];

		if (c->peer && c->peer->conn && c->peer->conn->id.n == conn.n) {
			MUST(c->has_wanted && slice_eq(text, buf_slice(&c->wanted)),
			     "another message");
			c->has_wanted = false;
		}
	}
	MUST(text.len <= LIMIT_FRAME_BYTES, "%zu bytes", text.len);
	__real_hub_frame(h, conn, text, now_ms);
}

/* A reader who takes what they are sent. */
void __wrap_net_watch(struct net *n)
{
	(void)n;
}

static void piece(struct client *c, struct slice text)
{
	unsigned flags = text.len ? (unsigned char)text.ptr[0] : 0;
	char *exact;
	size_t len = text.len ? text.len - 1 : 0;

	if (!c->wsi.is_ws || text.len == 0) {
		return;
	}
	c->wsi.is_final = flags & 1;
	c->wsi.is_binary = (flags & 2) != 0;
	c->wsi.remaining = flags & 8 ? (size_t)1 << 62 : flags & 4 ? 10 : 0;
	exact = mem_dup((struct slice){text.ptr + 1, len});
	if (c->peer->conn) {
		bool was_closing = c->peer->conn->is_closing;

		buf_add(&c->said, (struct slice){exact, len});
		buf_clear(&c->wanted);
		buf_add(&c->wanted, buf_slice(&c->said));
		c->has_wanted = !was_closing && !c->wsi.is_binary && c->wsi.remaining == 0 &&
				c->wsi.is_final && c->said.len <= LIMIT_FRAME_BYTES;
		(void)net_ws_callback(&c->wsi, LWS_CALLBACK_RECEIVE, NULL, exact, len);
		MUST(!c->has_wanted || c->peer->conn->is_closing, "a message was lost");
		MUST(c->said.len + c->wsi.remaining <= LIMIT_FRAME_BYTES ||
			 c->peer->conn->is_closing,
		     "more is announced than may come");
		c->has_wanted = false;
		if (lws_is_final_fragment(&c->wsi)) {
			buf_clear(&c->said);
		}
		MUST(c->peer->conn->in.len <= LIMIT_FRAME_BYTES, "too much is kept");
	}
	free(exact);
}

static void writeable(struct client *c)
{
	c->wsi.is_full = false;
	for (size_t i = 0; i < 100 && c->peer && c->wsi.wants_write; i++) {
		c->wsi.wants_write = false;
		if (c->wsi.is_ws &&
		    net_ws_callback(&c->wsi, LWS_CALLBACK_SERVER_WRITEABLE, NULL, NULL, 0) != 0) {
			go(c);
		}
	}
}

/* ---- steps ---- */

static void step(size_t *at, struct slice text)
{
	struct client *c = &client[*at];
	char what = text.ptr[0];

	text = (struct slice){text.ptr + 1, text.len - 1};
	if (!c->peer) {
		come(c);
	}
	if (what == 'R' && !c->wsi.is_ws) {
		request(c, text);
	} else if (what == 'W') {
		piece(c, text);
	} else if (what == 'P') {
		hub_poll(net.hub, net_now(&net));
		net_send_flush(&net); /* the turn ends */
	} else if (what == 'Y') {
		writeable(c);
	} else if (what == 'F' && c->wsi.is_ws) {
		c->wsi.is_full = true;
	} else if (what == 'X') {
		go(c);
	} else if (what == 'N' && text.len) {
		*at = (unsigned char)text.ptr[0] % PEERS;
	} else if (what == 'Z') {
		const struct auth_session *s =
		    auth_sessions_expired(&net.sessions, net_now(&net) + 3600000);

		if (s) {
			net_session_end(&net, s->sid);
		}
	} else if (what == 'O' && c->peer->conn) {
		(void)net_ws_callback(&c->wsi, LWS_CALLBACK_RECEIVE_PONG, NULL, NULL, 0);
	} else if (what == 'C' && c->wsi.is_ws) {
		(void)net_ws_callback(&c->wsi, LWS_CALLBACK_WS_PEER_INITIATED_CLOSE, NULL, NULL, 0);
	}
	if (c->peer && c->wsi.is_dying) {
		go(c);
	}
}

/* ---- beginning and end ---- */

static const char *dice_name(void)
{
	return "dice";
}

static uint32_t dice_word(void)
{
	return (uint32_t)rig_random(&dice_state);
}

static void dice_buf(void *const buf, const size_t size)
{
	for (size_t i = 0; i < size; i++) {
		((unsigned char *)buf)[i] = (unsigned char)rig_random(&dice_state);
	}
}

static struct randombytes_implementation dice_bytes = {
    .implementation_name = dice_name, .random = dice_word, .buf = dice_buf};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	uint64_t dice = 1;
	struct casefile_options o = {.random = rig_random, .random_arg = &dice};
	struct buf json = rig_file("tests/cases/case-1.json");
	char why[CASEFILE_WHY_BYTES];

	(void)argc;
	(void)argv;
	json_object_seed(1);
	MUST(randombytes_set_implementation(&dice_bytes) == 0 && sodium_init() >= 0, "no dice");
	schema = rig_schema();
	MUST(casefile_time_ms(slice_of("2026-11-12T14:00"), &o.now_ms), "time");
	MUST(casefile_read(buf_slice(&json), schema, &o, &file, why) == ERR_OK, "%s", why);
	buf_fini(&json);
	net.config = &config;
	MUST(net_lws_start(&net, why, sizeof why), "%s", why);
	return 0;
}

static void begin(struct series_id *series)
{
	struct store_link link = {.seat = 2, .reusable = true, .expires_ms = INT64_MAX};
	struct store_import in = {.name = file.series,
				  .record = file.record,
				  .record_count = file.record_count,
				  .pending = file.pending,
				  .link = &link,
				  .link_count = 1};
	struct auth_session session = {.sid = 0xab, .seat = 1};
	struct buf secure = net.secure, secure_sign = net.secure_sign;
	char why[STORE_WHY_BYTES];

	dice_state = 11;
	net = (struct net){.config = &config,
			   .secure = secure,
			   .secure_sign = secure_sign,
			   .origin = {ORIGIN},
			   .origin_count = 1};
	net_clock_init(&net.clock, true, file.record[0].at_ms, config.speed);
	net.store = store_mem_open(NULL);
	net.hub = hub_create(schema, net.store, net_transport(&net));
	auth_secret_hash(slice_of(LINK), link.secret_hash);
	MUST(store_import_now(net.store, &in, series, why) == ERR_OK, "%s", why);
	session.series = *series;
	session.expires_ms = file.record[0].at_ms + 1800000;
	auth_secret_hash(slice_of(TOKEN), session.token_hash);
	MUST(auth_sessions_add(&net.sessions, &session), "no session");
}

static void end(void)
{
	for (size_t i = 0; i < PEERS; i++) {
		go(&client[i]);
	}
	do {
		hub_poll(net.hub, net_now(&net));
	} while (!hub_is_quiet(net.hub));
	MUST(net.peer_count == 0 && net.conn_count == 0 && net.login_count == 0, "somebody stays");
	hub_destroy(net.hub);
	store_close(net.store);
	auth_sessions_fini(&net.sessions);
	net_guard_fini(&net.guard);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = {(const char *)data, size};
	struct slice text;
	struct series_id series;
	size_t at = 0;

	begin(&series);
	for (size_t i = 0; i < STEPS_MAX && part_of(&rest, SEP, &text); i++) {
		if (text.len) {
			step(&at, text);
		}
	}
	end();
	return 0;
}
