/* The server on its made-up clock, and the lines to it. */
#include "sim/sim.h"

#include "net/hub_state.h"

size_t sim_pick(struct sim *s, size_t n)
{
	return (size_t)(rig_random(&s->dice) % n);
}

/* ---- the transport: what net_ws does, without a socket ---- */

static struct line *line_of(struct sim *s, struct conn_id conn)
{
	for (size_t i = 0; i < SIM_LINES; i++) {
		if (s->line[i].open && s->line[i].conn.n == conn.n) {
			return &s->line[i];
		}
	}
	return NULL;
}

static void trace(struct sim *s, const void *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		s->trace = (s->trace ^ ((const unsigned char *)bytes)[i]) * 0x100000001b3u;
	}
}

/* It is handed to the socket. */
static void deliver(struct sim *s, struct line *l, struct frame *f)
{
	struct slice text = {(const char *)frame_bytes(f), frame_len(f)};
	json_t *o = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);

	cr_assert(o, "a frame that is no JSON");
	COUNT(s, FRAMES);
	follow(s);
	if (s->loud) {
		printf("  %u > %u%s %.*s\n", l->conn.n, l->who, l->old ? " (old)" : "",
		       (int)(text.len < 300 ? text.len : 300), text.ptr);
	}
	judge(s, l, text, o);
	if (!l->old) {
		client_take(s, &s->client[l->who], o);
	}
	json_decref(o);
}

static void on_send(void *self, struct conn_id conn, struct frame *f)
{
	struct sim *s = self;
	struct line *l = line_of(s, conn);

	cr_assert(l, "a frame to nobody");
	trace(s, &conn.n, sizeof conn.n);
	trace(s, frame_bytes(f), frame_len(f));
	if (l->closed) {
		return;
	}
	if (!l->slow && l->out.count == 0) {
		deliver(s, l, f);
	} else if (!net_out_push(&l->out, f, SIM_OUT_BYTES)) {
		COUNT(s, FULL);
		net_out_drop(&l->out);
		l->closed = 1013;
	}
}

static bool on_purge(void *self, struct conn_id conn)
{
	struct sim *s = self;
	struct line *l = line_of(s, conn);
	bool had = l && l->out.count > 0;

	if (l) {
		net_out_drop(&l->out);
	}
	s->count[SIM_PURGED] += had;
	return had;
}

static void on_close(void *self, struct conn_id conn, unsigned status)
{
	struct sim *s = self;
	struct line *l = line_of(s, conn);

	cr_assert(l);
	trace(s, &status, sizeof status);
	l->closed = l->closed ? l->closed : status;
}

static uint64_t on_random(void *self)
{
	struct sim *s = self;

	return rig_random(&s->server_dice);
}

/* ---- lines ---- */

void line_open(struct sim *s, unsigned who)
{
	struct client *c = &s->client[who];
	size_t i = 0;

	while (i < SIM_LINES && s->line[i].open) {
		i++;
	}
	cr_assert(i < SIM_LINES, "too many lines");
	s->line[i] = (struct line){.open = true,
				   .conn = {++s->conns},
				   .who = who,
				   .seat = c->v.l.seat,
				   .board = c->v.board};
	c->line = &s->line[i];
	c->stuck = false;
	hub_open(s->hub, c->line->conn, s->series, c->v.l.seat, s->now);
	follow(s);
}

static void line_forget(struct sim *s, struct line *l)
{
	struct client *c = &s->client[l->who];

	if (c->line == l) {
		c->line = NULL;
	}
	for (size_t i = 0; i < l->held_count; i++) {
		free(l->held[i]);
	}
	free(l->held);
	net_out_fini(&l->out);
	*l = (struct line){0};
}

void line_close(struct sim *s, struct line *l)
{
	struct conn_id conn = l->conn;

	line_forget(s, l);
	hub_close(s->hub, conn, s->now);
	follow(s);
}

/* All that has a number but questions. */
static bool is_request(const char *text)
{
	return strstr(text, "\"ref\":") && !strstr(text, "\"t\":\"history\"");
}

/* What waits to be stepped, or to be kept. */
struct waiting {
	size_t events;
	const struct store_batch *batch;
};

static struct waiting waiting(const struct sim *s)
{
	struct waiting w = {.batch = store_mem_next(s->store)};

	for (size_t i = 0; i < s->hub->room_count; i++) {
		w.events += s->hub->room[i]->queue_count;
	}
	return w;
}

static void arrive(struct sim *s, struct line *l, const char *text)
{
	if (s->loud) {
		printf("  %u < %u%s %.200s\n", l->conn.n, l->who, l->closed ? " (closed)" : "",
		       text);
	}
	if (!l->closed) {
		struct waiting before = waiting(s);

		hub_frame(s->hub, l->conn, slice_of(text), s->now);
		follow(s);
		if (s->stuck_heard && is_request(text)) {
			struct waiting after = waiting(s);

			COUNT(s, STUCK_BUSY);
			cr_assert(after.events == before.events && after.batch == before.batch,
				  "it tries to keep what cannot be kept: %s", text);
		}
	}
}

void line_say(struct sim *s, struct line *l, const char *text)
{
	if (l->held_count > 0) {
		mem_room(&l->held, &l->held_cap, l->held_count, sizeof *l->held);
		l->held[l->held_count++] = strdup(text);
		return;
	}
	arrive(s, l, text);
}

void line_arrive(struct sim *s, struct line *l)
{
	char *text;

	if (l->held_count == 0) {
		return;
	}
	text = l->held[0];
	memmove(l->held, l->held + 1, --l->held_count * sizeof *l->held);
	if (*text) {
		s->count[SIM_LATE] += l->old;
		arrive(s, l, text);
	}
	free(text);
}

void line_read(struct sim *s, struct line *l, size_t frames)
{
	struct frame *f;

	while (frames-- > 0 && (f = net_out_take(&l->out))) {
		deliver(s, l, f);
		frame_release(f);
	}
}

/* ---- beginning, end, and ends that are none ---- */

static void start(struct sim *s)
{
	struct transport t = {
	    .self = s, .send = on_send, .purge = on_purge, .close = on_close, .random = on_random};

	s->store = store_mem_open(s->disk);
	s->hub = hub_create(s->rig->schema, s->store, t);
	/* Far oftener than a server; now and then no more is remembered than is needed. */
	hub_bases(s->hub, 1 + (uint32_t)(s->plan->seed % 23),
		  s->plan->seed % 3 ? HUB_REMEMBERED : 1 + s->plan->seed % 19);
	s->gathers = s->plan->seed % 4 > 0;
	if (s->gathers) {
		hub_gather(s->hub);
	}
	/* As net_clock_init, with these clocks. */
	s->clock = (struct net_clock){.wall_ms = s->real,
				      .mono_ms = s->mono,
				      .last_ms = s->real,
				      .seen_ms = s->mono,
				      .speed = 1,
				      .is_following = true};
	s->ideal = s->real;
	s->now = s->real;
	s->stuck = s->stuck_heard = false;
}

void world_stick(struct sim *s, bool on)
{
	s->stuck = on;
	store_mem_stick(s->store, on);
}

void world_open(struct sim *s, const struct sim_plan *plan, struct rig *rig, size_t *count)
{
	struct store_import in = {.name = rig->file.series,
				  .record = rig->file.record,
				  .record_count = rig->file.record_count,
				  .pending = rig->file.pending};
	char why[STORE_WHY_BYTES] = "";

	*s = (struct sim){.plan = plan,
			  .rig = rig,
			  .server_dice = plan->seed * 77,
			  .mono = 1000000,
			  .real = rig->file.record[0].at_ms,
			  .count = count,
			  .trace = 0xcbf29ce484222325u};
	s->disk = store_mem_disk_create();
	start(s);
	cr_assert(store_import_now(s->store, &in, &s->series, why) == ERR_OK, "%s", why);
	follow_init(&s->kept, rig->schema);
	s->kept.has_past = true;
	follow_init(&s->ahead, rig->schema);
	s->watch = (struct watch){.o = &s->kept.o, .seed = plan->seed, .what = "begin"};
	follow(s);
}

static void stop(struct sim *s)
{
	store_close(s->store);
	s->store = NULL;
	hub_destroy(s->hub);
	s->hub = NULL;
	follow(s);
}

/* The machine dies; what was in flight is kept or not, and nobody is told. */
void world_crash(struct sim *s)
{
	COUNT(s, CRASHES);
	if (world_in_flight(s)) {
		COUNT(s, CRASHES_IN_FLIGHT);
		if (sim_pick(s, 2)) {
			store_mem_fail_commit(s->store, 1, STORE_MEM_LOST);
		}
	}
	stop(s);
	for (size_t i = 0; i < SIM_LINES; i++) {
		if (s->line[i].open) {
			line_forget(s, &s->line[i]);
		}
	}
	s->real = s->ideal; /* whoever started it again set the clock */
	start(s);
	follow(s);
}

void world_close(struct sim *s)
{
	for (size_t i = 0; i < SIM_LINES; i++) {
		if (s->line[i].open) {
			line_forget(s, &s->line[i]);
		}
	}
	stop(s);
	store_mem_disk_destroy(s->disk);
	for (unsigned i = 0; i < SIM_SEATS; i++) {
		client_fini(&s->client[i]);
	}
	for (size_t i = 0; i < s->book_count; i++) {
		free(s->book[i].entry);
	}
	free(s->book);
	follow_fini(&s->kept);
	follow_fini(&s->ahead);
	arena_fini(&s->watch.mem);
}

bool world_in_flight(const struct sim *s)
{
	return store_mem_next(s->store) != NULL;
}

void world_poll(struct sim *s)
{
	hub_poll(s->hub, s->now);
	s->stuck_heard = s->stuck;
	follow(s);
	/* What was typed waits for no turn, for some, for many. */
	if (s->gathers && sim_pick(s, 1 + (unsigned)(s->plan->seed / 4 % 5)) == 0) {
		world_turn(s);
	}
}

void world_turn(struct sim *s)
{
	hub_settle(s->hub, s->now);
	follow(s);
}

/* ---- time ---- */

enum { HOUR = 3600000 };

void world_pass(struct sim *s, int64_t ms)
{
	int64_t before = s->now;

	s->mono += ms;
	s->real += ms;
	s->ideal += ms;
	s->now = net_clock_step(&s->clock, s->mono, s->real);
	cr_assert(s->now >= before, "the clock goes back");
	cr_assert(s->now <= s->ideal + 2 * HOUR && s->now >= s->ideal - 2 * HOUR,
		  "the clock followed a jump: it is %lld minutes off",
		  (long long)((s->now - s->ideal) / 60000));
}

/* As net_loop does it: when it is time, and not before. */
void world_tick(struct sim *s)
{
	if (hub_deadline(s->hub) > s->now) {
		return;
	}
	hub_tick(s->hub, s->now);
	follow(s);
}

void world_settle(struct sim *s)
{
	do {
		world_turn(s);
		world_poll(s);
	} while (!hub_is_quiet(s->hub));
}
