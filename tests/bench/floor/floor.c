/*
 * The floor: the least that libwebsockets and SQLite have to do for a room. A frame that comes is
 * relayed to the five others of the room and acknowledged to its author; with --db all that waits
 * is first put into one transaction of an append-only table. No accounts, no JSON, no rights, no
 * transformation: whatever a server costs above this is its own.
 *
 * floor --port-file FILE [--db FILE] [--gather US] [--doc BYTES] [--forget N]
 *       [--garble N]
 *   --gather  wait so long for others before a transaction
 *   --doc     length of the text that who joins is sent
 *   --forget  every N-th delivery is not made: to see that the generator notices
 *   --garble  of every N-th the last byte is another one
 *
 * A client connects to /ROOM/NTH, sends "j", is sent "d" and the text. What else it sends begins
 * with its letter and eight digits, goes to the others as it is, and comes back as "a" and the
 * digits.
 */
#include <errno.h>
#include <libwebsockets.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <uv.h>

enum { ROOMS = 2048, SEATS = 32, REF = 8, BYTES_MAX = 1024, DOC_MAX = 4 << 20 };

struct out {
	struct out *next;
	size_t len;
	uint8_t raw[];
};

struct conn {
	struct lws *wsi;
	uint32_t room;
	uint32_t nth;
	struct out *first; /* what waits for the one before it to be taken */
	struct out *last;
	uint8_t *part; /* of a frame that comes in pieces, what is there */
	size_t part_len;
};

struct op {
	struct op *next;
	uint32_t room;
	uint32_t nth;
	size_t len;
	uint8_t raw[LWS_PRE + BYTES_MAX];
};

struct ops {
	struct op *first;
	struct op *last;
	size_t count;
};

static struct {
	const char *port_file;
	const char *db;
	long gather_us;
	size_t doc_len;
	uint64_t forget;
	uint64_t garble;
} opt = {.doc_len = 3000};

static struct {
	uv_loop_t loop;
	uv_async_t done_async;
	uv_signal_t term;
	struct conn *conn[ROOMS][SEATS];
	uint8_t *doc; /* LWS_PRE bytes before it */
	uint64_t deliveries;
} g;

static struct {
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	struct ops queue; /* both under the mutex */
	struct ops done;
	bool is_over;
} store = {.mutex = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER};

static void die(const char *what, const char *why)
{
	fprintf(stderr, "floor: %s: %s\n", what, why);
	exit(1);
}

static void *need(size_t bytes)
{
	void *p = calloc(1, bytes);

	if (!p) {
		die("memory", "none");
	}
	return p;
}

/* ---- to the sockets ---- */

static void put(struct conn *c, uint8_t *p, size_t n)
{
	struct out *o;

	if (!c->first && !lws_partial_buffered(c->wsi)) {
		(void)lws_write(c->wsi, p, n, LWS_WRITE_BINARY);
		return;
	}
	o = need(sizeof *o + LWS_PRE + n);
	o->len = n;
	memcpy(o->raw + LWS_PRE, p, n);
	*(c->first ? &c->last->next : &c->first) = o;
	c->last = o;
	(void)lws_callback_on_writable(c->wsi);
}

static void put_waiting(struct conn *c)
{
	while (c->first && !lws_partial_buffered(c->wsi)) {
		struct out *o = c->first;

		c->first = o->next;
		(void)lws_write(c->wsi, o->raw + LWS_PRE, o->len, LWS_WRITE_BINARY);
		free(o);
	}
	if (c->first) {
		(void)lws_callback_on_writable(c->wsi);
	}
}

/* Kept, where there is something to keep it in: the ack, then the others. */
static void finish(struct op *op)
{
	uint8_t ack[LWS_PRE + 1 + REF];
	struct conn **room = g.conn[op->room];

	ack[LWS_PRE] = 'a';
	memcpy(ack + LWS_PRE + 1, op->raw + LWS_PRE + 1, REF);
	if (room[op->nth]) {
		put(room[op->nth], ack + LWS_PRE, 1 + REF);
	}
	for (uint32_t i = 0; i < SEATS; i++) {
		bool is_other = room[i] && i != op->nth;
		uint8_t *last = &op->raw[LWS_PRE + op->len - 1];

		g.deliveries += is_other;
		if (!is_other || (opt.forget && g.deliveries % opt.forget == 0)) {
			continue;
		}
		*last ^= opt.garble && g.deliveries % opt.garble == 0;
		put(room[i], op->raw + LWS_PRE, op->len);
		*last ^= opt.garble && g.deliveries % opt.garble == 0;
	}
}

/* ---- the table ---- */

static void ops_push(struct ops *l, struct op *op)
{
	op->next = NULL;
	*(l->first ? &l->last->next : &l->first) = op;
	l->last = op;
	l->count++;
}

static struct ops ops_take_all(struct ops *l)
{
	struct ops all = *l;

	*l = (struct ops){0};
	return all;
}

static sqlite3 *open_table(sqlite3_stmt **insert)
{
	sqlite3 *h;

	if (sqlite3_open(opt.db, &h) != SQLITE_OK ||
	    sqlite3_exec(h,
			 "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;"
			 "PRAGMA synchronous = FULL;"
			 "CREATE TABLE log (seq INTEGER PRIMARY KEY, room INT, nth INT, body BLOB)",
			 NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(h, "INSERT INTO log (room, nth, body) VALUES (?1, ?2, ?3)", -1,
			       insert, NULL) != SQLITE_OK) {
		die(opt.db, sqlite3_errmsg(h));
	}
	return h;
}

static void must(sqlite3 *h, int rc)
{
	if (rc != SQLITE_OK && rc != SQLITE_DONE) {
		die("sqlite", sqlite3_errmsg(h));
	}
}

static void commit(sqlite3 *h, sqlite3_stmt *const *st, const struct ops *group)
{
	must(h, sqlite3_step(st[0]));
	must(h, sqlite3_reset(st[0]));
	for (const struct op *op = group->first; op; op = op->next) {
		must(h, sqlite3_bind_int64(st[1], 1, op->room));
		must(h, sqlite3_bind_int64(st[1], 2, op->nth));
		must(h,
		     sqlite3_bind_blob(st[1], 3, op->raw + LWS_PRE, (int)op->len, SQLITE_STATIC));
		must(h, sqlite3_step(st[1]));
		must(h, sqlite3_reset(st[1]));
	}
	must(h, sqlite3_step(st[2]));
	must(h, sqlite3_reset(st[2]));
}

/* What waits, as soon as there is something; count 0: it is over. */
static struct ops next_group(void)
{
	struct timespec gather = {0, opt.gather_us * 1000};
	struct ops group;

	(void)pthread_mutex_lock(&store.mutex);
	while (!store.queue.first && !store.is_over) {
		(void)pthread_cond_wait(&store.cond, &store.mutex);
	}
	if (opt.gather_us && !store.is_over) {
		(void)pthread_mutex_unlock(&store.mutex);
		(void)nanosleep(&gather, NULL);
		(void)pthread_mutex_lock(&store.mutex);
	}
	group = ops_take_all(&store.queue);
	(void)pthread_mutex_unlock(&store.mutex);
	return group;
}

static void *commit_thread(void *arg)
{
	sqlite3_stmt *st[3] = {NULL};
	sqlite3 *h = open_table(&st[1]);
	struct ops group;

	(void)arg;
	must(h, sqlite3_prepare_v2(h, "BEGIN IMMEDIATE", -1, &st[0], NULL));
	must(h, sqlite3_prepare_v2(h, "COMMIT", -1, &st[2], NULL));
	while ((group = next_group()).count) {
		struct ops *done = &store.done;

		commit(h, st, &group);
		(void)pthread_mutex_lock(&store.mutex);
		*(done->first ? &done->last->next : &done->first) = group.first;
		done->last = group.last;
		done->count += group.count;
		(void)pthread_mutex_unlock(&store.mutex);
		(void)uv_async_send(&g.done_async);
	}
	for (int i = 0; i < 3; i++) {
		(void)sqlite3_finalize(st[i]);
	}
	(void)sqlite3_close(h);
	return NULL;
}

static void on_done(uv_async_t *handle)
{
	struct ops all;

	(void)handle;
	(void)pthread_mutex_lock(&store.mutex);
	all = ops_take_all(&store.done);
	(void)pthread_mutex_unlock(&store.mutex);
	while (all.first) {
		struct op *op = all.first;

		all.first = op->next;
		finish(op);
		free(op);
	}
}

static void keep(struct op *op)
{
	(void)pthread_mutex_lock(&store.mutex);
	ops_push(&store.queue, op);
	(void)pthread_cond_signal(&store.cond);
	(void)pthread_mutex_unlock(&store.mutex);
}

/* ---- from the sockets ---- */

static int enter(struct conn *c, struct lws *wsi)
{
	char uri[64] = "";

	(void)lws_hdr_copy(wsi, uri, sizeof uri, WSI_TOKEN_GET_URI);
	if (sscanf(uri, "/%u/%u", &c->room, &c->nth) != 2 || c->room >= ROOMS || c->nth >= SEATS) {
		return -1;
	}
	c->wsi = wsi;
	g.conn[c->room][c->nth] = c;
	return 0;
}

static void leave(struct conn *c)
{
	free(c->part);
	while (c->first) {
		struct out *o = c->first;

		c->first = o->next;
		free(o);
	}
	if (c->wsi && g.conn[c->room][c->nth] == c) {
		g.conn[c->room][c->nth] = NULL;
	}
}

static int take(struct conn *c, const uint8_t *p, size_t n)
{
	struct op *op;

	if (n == 1 && *p == 'j') {
		put(c, g.doc + LWS_PRE, opt.doc_len + 1);
		return 0;
	}
	if (n < 1 + REF || n > BYTES_MAX) {
		return -1;
	}
	op = malloc(sizeof *op - BYTES_MAX + n);
	if (!op) {
		die("memory", "none");
	}
	op->room = c->room;
	op->nth = c->nth;
	op->len = n;
	memcpy(op->raw + LWS_PRE, p, n);
	if (opt.db) {
		keep(op);
	} else {
		finish(op);
		free(op);
	}
	return 0;
}

/* Of many frames at once libwebsockets hands over the last one in two pieces. */
static int hear(struct conn *c, const uint8_t *p, size_t n)
{
	bool is_whole = lws_remaining_packet_payload(c->wsi) == 0;
	int bad;

	if (is_whole && c->part_len == 0) {
		return take(c, p, n);
	}
	if (c->part_len + n > BYTES_MAX) {
		return -1;
	}
	c->part = c->part ? c->part : need(BYTES_MAX);
	memcpy(c->part + c->part_len, p, n);
	c->part_len += n;
	if (!is_whole) {
		return 0;
	}
	bad = take(c, c->part, c->part_len);
	c->part_len = 0;
	return bad;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
		    size_t len)
{
	struct conn *c = user;

	switch (reason) {
	case LWS_CALLBACK_ESTABLISHED:
		return enter(c, wsi);
	case LWS_CALLBACK_RECEIVE:
		return hear(c, in, len);
	case LWS_CALLBACK_SERVER_WRITEABLE:
		put_waiting(c);
		return 0;
	case LWS_CALLBACK_CLOSED:
		leave(c);
		return 0;
	default:
		return 0;
	}
}

/* ---- start ---- */

static const struct lws_protocols protocols[] = {{.name = "floor",
						  .callback = callback,
						  .per_session_data_size = sizeof(struct conn),
						  .rx_buffer_size = BYTES_MAX,
						  .tx_packet_size = DOC_MAX},
						 {0}};

static void listen_and_say(void)
{
	struct lws_context_creation_info info;
	struct lws_context *context;
	struct lws_vhost *vhost;
	void *loops[1] = {&g.loop};
	FILE *f = opt.port_file ? fopen(opt.port_file, "we") : NULL;

	lws_set_log_level(LLL_ERR, NULL);
	memset(&info, 0, sizeof info);
	info.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
		       LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS |
		       LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME;
	info.foreign_loops = loops;
	context = lws_create_context(&info);
	if (!context) {
		die("libwebsockets", "does not start");
	}
	info.port = 0;
	info.iface = "127.0.0.1";
	info.protocols = protocols;
	vhost = lws_create_vhost(context, &info);
	if (!vhost || !f || fprintf(f, "%d\n", lws_get_vhost_listen_port(vhost)) < 0 ||
	    fclose(f) != 0) {
		die("--port-file", strerror(errno));
	}
}

static void on_term(uv_signal_t *handle, int number)
{
	(void)number;
	uv_stop(handle->loop);
}

static void read_options(int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i += 2) {
		const char *value = argv[i + 1];

		if (strcmp(argv[i], "--port-file") == 0) {
			opt.port_file = value;
		} else if (strcmp(argv[i], "--db") == 0) {
			opt.db = value;
		} else if (strcmp(argv[i], "--gather") == 0) {
			opt.gather_us = atol(value);
		} else if (strcmp(argv[i], "--forget") == 0) {
			opt.forget = strtoull(value, NULL, 10);
		} else if (strcmp(argv[i], "--garble") == 0) {
			opt.garble = strtoull(value, NULL, 10);
		} else if (strcmp(argv[i], "--doc") == 0) {
			opt.doc_len = strtoull(value, NULL, 10);
		} else {
			die(argv[i], "no such option");
		}
	}
	if (argc % 2 == 0 || opt.doc_len >= DOC_MAX || opt.gather_us > 999999) {
		die("options", "wrong");
	}
}

int main(int argc, char **argv)
{
	struct rlimit files;

	read_options(argc, argv);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max < 8192 ? files.rlim_max : 8192;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	(void)signal(SIGPIPE, SIG_IGN);
	g.doc = need(LWS_PRE + opt.doc_len + 1);
	memset(g.doc + LWS_PRE, 'd', opt.doc_len + 1);
	if (uv_loop_init(&g.loop) != 0 || uv_async_init(&g.loop, &g.done_async, on_done) != 0 ||
	    uv_signal_init(&g.loop, &g.term) != 0 ||
	    uv_signal_start(&g.term, on_term, SIGTERM) != 0) {
		die("libuv", "does not start");
	}
	if (opt.db && pthread_create(&store.thread, NULL, commit_thread, NULL) != 0) {
		die("thread", "none");
	}
	listen_and_say();
	(void)uv_run(&g.loop, UV_RUN_DEFAULT);
	if (opt.db) {
		(void)pthread_mutex_lock(&store.mutex);
		store.is_over = true;
		(void)pthread_cond_signal(&store.cond);
		(void)pthread_mutex_unlock(&store.mutex);
		(void)pthread_join(store.thread, NULL);
	}
	return 0;
}
