/*
 * gen --proto NAME --port N [--pid N]... --rooms N --seats N --every MS --edits N --warm N
 *     [--input FILE] [--mode run|join|hold|replay] [--joins N] [--seed N] [--gate 1] [--drain MS]
 *     [--trace FILE] [--batch N] [--dump FILE]
 *
 * run   everybody joins, then types; one line of JSON at the end. With --gate it says "joined" and
 *       types when a line has come, and it hangs up when standard input ends: what happens between
 *       its two lines is the typing alone
 * hold  everybody joins, "ready", and nothing more until standard input ends
 * replay  gen_trace.c
 * join  the first client comes and goes; how long it takes until it has the text
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/gen_trace.h"

enum {
	JOINING = 16, /* at once: a server may let few wait for a login */
	QUIET_MS = 500,
	JOIN_MS = 120 * 1000,
	EVENTS = 256,
};

struct options opt = {.mode = "run",
		      .rooms = 1,
		      .seats = 6,
		      .edits = 20,
		      .warm = 5,
		      .every_ms = 200,
		      .joins = 20,
		      .batch = 1,
		      .drain_ms = 5000,
		      .seed = 1};

static struct {
	struct client *client;
	uint32_t count;
	uint32_t ready;
	uint32_t begun;
	struct client **order; /* by phase */
	uint64_t random;
	int64_t start_ns;
	uint64_t due; /* characters whose time has come, of all */
	uint64_t sent;
	uint64_t acks;
	uint64_t deliveries;
	uint64_t refused;
	uint64_t closed;
	char why[128]; /* the first refusal */
	struct hist *delivery;
	struct hist *ack;
	struct hist *late; /* what the generator itself was late */
	int64_t server_ns, own_ns, mark_ns;
	uint64_t marked; /* acks between the two marks */
	int marks;
} g;

void gen_die(const char *format, ...)
{
	va_list a;

	va_start(a, format);
	fputs("gen: ", stderr);
	(void)vfprintf(stderr, format, a);
	fputc('\n', stderr);
	va_end(a);
	exit(1);
}

uint64_t gen_random(void)
{
	g.random ^= g.random << 13;
	g.random ^= g.random >> 7;
	g.random ^= g.random << 17;
	return g.random * 0x2545f4914f6cdd1dull;
}

uint32_t gen_below(uint32_t n)
{
	return (uint32_t)((gen_random() >> 32) * n >> 32);
}

struct client *gen_peer(const struct client *c, uint32_t nth)
{
	return &g.client[c->room * opt.seats + nth];
}

static int64_t every_ns(void)
{
	return (int64_t)opt.every_ms * 1000000;
}

static int64_t intended(const struct client *c, uint32_t nth)
{
	return g.start_ns + c->phase_ns + (int64_t)nth * every_ns();
}

/* ---- what the protocols tell ---- */

void gen_ready(struct client *c)
{
	c->state = CONN_READY;
	g.ready++;
}

static void pump(struct client *c)
{
	while (c->state == CONN_READY && c->sent < c->due && opt.proto->edit(c)) {
		c->sent++;
		g.sent++;
	}
}

void gen_acked(struct client *c, uint32_t nth)
{
	if (nth >= c->sent + 1) {
		gen_die("client %u: an ack for %u, sent are %u", c->index, nth, c->sent);
	}
	c->acked++;
	if (trace_is_on()) {
		trace_acked(c);
		return;
	}
	g.acks++;
	if (nth >= opt.warm) {
		hist_add(g.ack, clock_ns() - intended(c, nth));
	}
	pump(c);
}

void gen_delivered(struct client *reader, struct client *author)
{
	uint32_t nth = reader->got[author->nth]++;

	if (nth >= author->sent) {
		gen_die("client %u had more of client %u than it sent", reader->index,
			author->index);
	}
	g.deliveries++;
	if (nth >= opt.warm) {
		hist_add(g.delivery, clock_ns() - intended(author, nth));
	}
}

void gen_refused(struct client *c, const char *why)
{
	(void)c;
	if (g.refused++ == 0) {
		(void)snprintf(g.why, sizeof g.why, "%s", why);
	}
}

void gen_closed(struct client *c)
{
	if (g.ready < g.count && strcmp(opt.mode, "join") != 0) {
		gen_die("client %u was hung up on while joining", c->index);
	}
	g.closed++;
}

/* ---- the loop ---- */

/* Until `until` at most; a wake-up in nanoseconds, or a millisecond of it would be ours. */
static void wait_events(int64_t until)
{
	struct epoll_event e[EVENTS];
	int64_t left = until - clock_ns();
	struct timespec t = {0, 0};
	int n;

	if (left > 0) {
		t.tv_sec = left / 1000000000;
		t.tv_nsec = left % 1000000000;
	}
	n = epoll_pwait2(ws_epoll(), e, EVENTS, &t, NULL);
	for (int i = 0; i < n; i++) {
		ws_event(e[i].data.ptr, e[i].events);
	}
}

/* A room whose clients come one after the other: the first brings the text, or types it. */
static bool may_begin(const struct client *c)
{
	return (!opt.proto->is_serial && !opt.trace) || c->nth == 0 ||
	       gen_peer(c, 0)->state == CONN_READY;
}

static void join_all(void)
{
	int64_t end = clock_ns() + (int64_t)JOIN_MS * 1000000;

	while (g.ready < g.count) {
		while (g.begun < g.count && g.begun - g.ready < JOINING &&
		       may_begin(&g.client[g.begun])) {
			ws_start(&g.client[g.begun++]);
		}
		if (clock_ns() > end) {
			gen_die("%u of %u have joined", g.ready, g.count);
		}
		wait_events(clock_ns() + 100000000);
	}
}

static void mark(void)
{
	int64_t server = cpu_of(opt.pid, opt.pid_count);
	int64_t own = cpu_own();
	int64_t now = clock_ns();

	g.server_ns = server - g.server_ns;
	g.own_ns = own - g.own_ns;
	g.mark_ns = now - g.mark_ns;
	g.marked = g.acks - g.marked;
	g.marks++;
}

/* Character i of all: round i / count, of the client whose phase comes i % count. */
static int64_t due_at(uint64_t i)
{
	return intended(g.order[i % g.count], (uint32_t)(i / g.count));
}

static void send_due(int64_t now)
{
	uint64_t all = (uint64_t)g.count * opt.edits;

	while (g.due < all && due_at(g.due) <= now) {
		struct client *c = g.order[g.due % g.count];

		if (c->due >= opt.warm) {
			hist_add(g.late, now - due_at(g.due));
		}
		c->due++;
		g.due++;
		pump(c);
		now = clock_ns();
	}
}

static bool is_all_there(uint64_t all)
{
	return g.acks >= all && g.deliveries >= all * (opt.seats - 1);
}

static void type_all(void)
{
	uint64_t all = (uint64_t)g.count * opt.edits;
	int64_t end;
	int64_t begin;

	g.start_ns = clock_ns() + (int64_t)QUIET_MS * 1000000;
	begin = g.start_ns + every_ns() * opt.warm;
	end = g.start_ns + every_ns() * opt.edits;
	for (;;) {
		int64_t now = clock_ns();
		int64_t next = g.due < all ? due_at(g.due) : end + (int64_t)opt.drain_ms * 1000000;

		if (g.marks == 0) {
			next = begin < next ? begin : next;
		} else if (g.marks == 1) {
			next = end < next ? end : next;
		}
		if (now >= (g.marks == 0 ? begin : end) && g.marks < 2) {
			mark();
		}
		send_due(now);
		if (g.marks == 2 &&
		    (is_all_there(all) || now > end + (int64_t)opt.drain_ms * 1000000)) {
			return;
		}
		wait_events(next);
	}
}

/* ---- modes ---- */

static int by_phase(const void *a, const void *b)
{
	const struct client *x = *(struct client *const *)a;
	const struct client *y = *(struct client *const *)b;

	return (x->phase_ns > y->phase_ns) - (x->phase_ns < y->phase_ns);
}

static void *need(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (!p) {
		gen_die("no memory");
	}
	return p;
}

static void make_clients(void)
{
	uint32_t *got;

	g.count = opt.rooms * opt.seats;
	g.client = need(g.count, sizeof *g.client);
	g.order = need(g.count, sizeof *g.order);
	got = need((size_t)g.count * opt.seats, sizeof *got);
	for (uint32_t i = 0; i < g.count; i++) {
		struct client *c = &g.client[i];

		c->fd = -1;
		c->index = i;
		c->room = i / opt.seats;
		c->nth = i % opt.seats;
		c->got = got + (size_t)i * opt.seats;
		c->phase_ns = (int64_t)(gen_random() % (uint64_t)every_ns());
		g.order[i] = c;
	}
	qsort(g.order, g.count, sizeof *g.order, by_phase);
}

/* Whoever measures has its turn, until a line comes or standard input ends. */
static void gate(const char *line)
{
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
	char c = 0;

	if (!opt.is_gated) {
		return;
	}
	if (line) {
		puts(line);
	}
	(void)fflush(stdout);
	while (poll(&in, 1, 0) == 0 || (read(STDIN_FILENO, &c, 1) == 1 && c != '\n')) {
		wait_events(clock_ns() + 10000000);
	}
}

static int run(void)
{
	uint64_t all = (uint64_t)g.count * opt.edits;
	uint64_t want = all * (opt.seats - 1);
	bool is_good;

	join_all();
	gate("joined");
	type_all();
	is_good = g.acks == all && g.deliveries == want && g.refused == 0 && g.closed == 0;
	printf("{\"proto\":\"%s\",\"rooms\":%u,\"clients\":%u,\"edits\":%llu,\"acks\":%llu,"
	       "\"deliveries\":%llu,\"missing\":%llu,\"refused\":%llu,\"closed\":%llu,\"why\":\"",
	       opt.proto->name, opt.rooms, g.count, (unsigned long long)all,
	       (unsigned long long)g.acks, (unsigned long long)g.deliveries,
	       (unsigned long long)(want - g.deliveries), (unsigned long long)g.refused,
	       (unsigned long long)g.closed);
	for (const char *s = g.why; *s; s++) {
		putchar(*s == '"' || *s == '\\' ? '\'' : *s);
	}
	printf("\",\"edits_s\":%.1f,\"cpu_us\":%.3f,\"cpu\":%.3f,\"gen\":%.3f",
	       (double)g.marked / ((double)g.mark_ns / 1e9),
	       g.marked ? (double)g.server_ns / 1e3 / (double)g.marked : 0,
	       (double)g.server_ns / (double)g.mark_ns, (double)g.own_ns / (double)g.mark_ns);
	hist_print("delivery_us", g.delivery);
	hist_print("ack_us", g.ack);
	hist_print("late_us", g.late);
	puts("}");
	gate(NULL);
	return is_good ? 0 : 3;
}

static int by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a;
	int64_t y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* From asking for the text to having it whole; the clients of the first room, one after the other.
 */
static int join(void)
{
	int64_t *took = need(opt.joins, sizeof *took);
	size_t bytes = 0;

	for (uint32_t i = 0; i < opt.joins; i++) {
		struct client *c = &g.client[0];

		c->state = CONN_WAITING;
		g.ready = 0;
		ws_start(c);
		while (c->state != CONN_READY) {
			if (c->state == CONN_GONE) {
				gen_die("hung up on while joining");
			}
			wait_events(clock_ns() + 100000000);
		}
		took[i] = c->arrived_ns - c->asked_ns;
		bytes = c->joined_size;
		ws_close(c);
	}
	printf("{\"proto\":\"%s\",\"joins\":%u,\"bytes\":%zu,\"first_us\":%.1f", opt.proto->name,
	       opt.joins, bytes, (double)took[0] / 1e3);
	qsort(took, opt.joins, sizeof *took, by_number);
	printf(",\"p50_us\":%.1f,\"max_us\":%.1f}\n", (double)took[opt.joins / 2] / 1e3,
	       (double)took[opt.joins - 1] / 1e3);
	free(took);
	return 0;
}

static int hold(void)
{
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};

	join_all();
	puts("ready");
	(void)fflush(stdout);
	while (poll(&in, 1, 0) == 0) {
		wait_events(clock_ns() + 100000000);
	}
	return g.closed ? 3 : 0;
}

static const struct proto *proto_named(const char *name)
{
	static const struct proto *const all[] = {&proto_ours, &proto_floor,      &proto_twin,
						  &proto_yws,  &proto_hocuspocus, &proto_sharedb};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		if (strcmp(all[i]->name, name) == 0) {
			return all[i];
		}
	}
	gen_die("no protocol %s", name);
}

static bool number(const char *name, uint32_t n)
{
	static const struct {
		const char *name;
		uint32_t *to;
	} all[] = {
	    {"--rooms", &opt.rooms},   {"--seats", &opt.seats},    {"--edits", &opt.edits},
	    {"--warm", &opt.warm},     {"--every", &opt.every_ms}, {"--joins", &opt.joins},
	    {"--gate", &opt.is_gated}, {"--batch", &opt.batch},    {"--drain", &opt.drain_ms}};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		if (strcmp(all[i].name, name) == 0) {
			*all[i].to = n;
			return true;
		}
	}
	return false;
}

static void read_options(int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i += 2) {
		const char *name = argv[i];
		const char *value = argv[i + 1];

		if (number(name, (uint32_t)strtoul(value, NULL, 10))) {
			continue;
		}
		if (strcmp(name, "--proto") == 0) {
			opt.proto = proto_named(value);
		} else if (strcmp(name, "--input") == 0) {
			opt.input = value;
		} else if (strcmp(name, "--mode") == 0) {
			opt.mode = value;
		} else if (strcmp(name, "--trace") == 0) {
			opt.trace = value;
		} else if (strcmp(name, "--dump") == 0) {
			opt.dump = value;
		} else if (strcmp(name, "--port") == 0) {
			opt.port = (uint16_t)atoi(value);
		} else if (strcmp(name, "--seed") == 0) {
			opt.seed = strtoull(value, NULL, 10);
		} else if (strcmp(name, "--pid") == 0 && opt.pid_count < PIDS) {
			opt.pid[opt.pid_count++] = atoi(value);
		} else {
			gen_die("no option %s", name);
		}
	}
	if (argc % 2 == 0 || !opt.proto || !opt.port || !opt.rooms || opt.seats < 2 ||
	    !opt.every_ms || !opt.joins || opt.warm > opt.edits || !opt.batch ||
	    (strcmp(opt.mode, "replay") == 0) != (opt.trace && opt.proto->push)) {
		gen_die("--proto, --port and figures that fit are needed");
	}
}

int main(int argc, char **argv)
{
	struct rlimit files;

	read_options(argc, argv);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	g.random = opt.seed * 0x9e3779b97f4a7c15ull | 1;
	g.delivery = need(1, sizeof *g.delivery);
	g.ack = need(1, sizeof *g.ack);
	g.late = need(1, sizeof *g.late);
	if (opt.proto->start) {
		opt.proto->start();
	}
	make_clients();
	if (opt.trace) {
		trace_start(g.count);
		join_all();
		return trace_run(&g.client[0], wait_events);
	}
	if (strcmp(opt.mode, "run") == 0) {
		return run();
	}
	return strcmp(opt.mode, "join") == 0 ? join() : hold();
}
