/*
 * The commit barrier: nobody hears what is not kept. The store here is a stand-in for outcomes a
 * disk gives only when it fails; the real one is behind the same verbs in prop_hub and in the demo.
 */
#include "base/utf8.h"
#include "net/hub.h"
#include "support/rig.h"

enum { CONNS = 4 };

static struct fake {
	const struct store_batch *batch;
	store_commit_done *committed;
	void *commit_arg;
	store_load_done *loaded;
	void *load_arg;
	size_t commits, loads;
} fake;

void store_commit(struct store *s, const struct store_batch *b, store_commit_done *done, void *arg)
{
	(void)s;
	cr_assert_null(fake.committed, "one commit in flight a room");
	fake.batch = b;
	fake.committed = done;
	fake.commit_arg = arg;
	fake.commits++;
}

void store_load(struct store *s, struct series_id series, store_load_done *done, void *arg)
{
	(void)s;
	(void)series;
	fake.loaded = done;
	fake.load_arg = arg;
	fake.loads++;
}

void store_poll(struct store *s)
{
	(void)s;
}

void store_series_destroy(struct store_series *l)
{
	free(l);
}

struct world {
	struct rig rig;
	struct hub *hub;
	struct {
		unsigned acks, edits, snaps, refusals, closed, drops;
	} seen[CONNS];
	bool purged;
	struct text_base base[1]; /* what a fold left on the disk */
	size_t base_count;
};

static void on_send(void *self, struct conn_id conn, struct frame *f)
{
	struct world *w = self;
	json_t *o = json_loadb((char *)frame_bytes(f), frame_len(f), 0, NULL);
	const char *t = json_string_value(json_object_get(o, "t"));

	w->seen[conn.n].acks += strcmp(t, "ack") == 0;
	w->seen[conn.n].edits += strcmp(t, "edit") == 0;
	w->seen[conn.n].snaps += strcmp(t, "snap") == 0;
	w->seen[conn.n].refusals += strcmp(t, "no") == 0;
	w->seen[conn.n].drops += strcmp(t, "drop") == 0;
	json_decref(o);
}

static bool on_purge(void *self, struct conn_id conn)
{
	struct world *w = self;

	(void)conn;
	return w->purged;
}

static void on_close(void *self, struct conn_id conn, unsigned status)
{
	struct world *w = self;

	w->seen[conn.n].closed = status;
}

static uint64_t on_random(void *self)
{
	struct world *w = self;

	return rig_random(&w->rig.dice);
}

/* Give the hub what the disk holds: everything kept so far. */
static void load(struct world *w)
{
	struct store_series *l = mem_alloc(sizeof *l);
	store_load_done *done = fake.loaded;

	cr_assert(done);
	l->record = w->rig.kept;
	l->record_count = w->rig.kept_count;
	l->base = w->base;
	l->base_count = w->base_count;
	fake.loaded = NULL;
	done(fake.load_arg, ERR_OK, l);
}

static void finish(struct world *w, enum store_outcome outcome)
{
	store_commit_done *done = fake.committed;

	cr_assert(done, "nothing was to be kept");
	for (size_t i = 0; outcome != STORE_NOT_KEPT && i < fake.batch->record_count; i++) {
		rig_keep(&w->rig, &fake.batch->record[i]);
	}
	if (outcome != STORE_NOT_KEPT && fake.batch->base_count == 1) {
		w->base[0] = fake.batch->base[0];
		w->base[0].cell = arena_dup(&w->rig.mem, w->base[0].cell);
		w->base[0].text = arena_dup(&w->rig.mem, w->base[0].text);
		w->base_count = 1;
	}
	fake.committed = NULL;
	done(fake.commit_arg, outcome);
}

static void say(struct world *w, uint32_t conn, const char *text)
{
	hub_frame(w->hub, (struct conn_id){conn}, slice_of(text), w->rig.now_ms);
}

static void enter(struct world *w, uint32_t conn, const char *seat)
{
	char text[96];

	hub_open(w->hub, (struct conn_id){conn}, (struct series_id){1}, rig_seat(&w->rig, seat),
		 w->rig.now_ms);
	snprintf(text, sizeof text, "{\"t\":\"join\",\"client\":\"%016x\"}", conn);
	say(w, conn, text);
	if (fake.loaded) {
		load(w);
	}
	finish(w, STORE_KEPT);
}

static void world_init(struct world *w, const char *file, const char *now)
{
	struct transport t = {
	    .self = w, .send = on_send, .purge = on_purge, .close = on_close, .random = on_random};

	memset(w, 0, sizeof *w);
	fake = (struct fake){0};
	rig_init(&w->rig, file, now, 5);
	w->hub = hub_create(w->rig.schema, NULL, t);
}

static void world_fini(struct world *w)
{
	hub_destroy(w->hub);
	rig_fini(&w->rig);
}

/* One character at the start of the goal, at the version the disk's room has. */
static void type(struct world *w, uint32_t conn, unsigned ref)
{
	struct room *room = rig_rebuild(&w->rig);
	const struct cell_shown *c = rig_cell(&w->rig, room, "p-ps", "plan.work.action.goal");
	size_t units = 0;
	char text[256];

	for (size_t i = 0; i < c->text.len; i++) {
		units += ((unsigned char)c->text.ptr[i] & 0xC0) != 0x80;
	}
	snprintf(text, sizeof text,
		 "{\"t\":\"edit\",\"ref\":%u,\"cell\":\"plan.work.action.goal\",\"base\":%llu,"
		 "\"changes\":[[[0,\"字\"],%zu]]}",
		 ref, (unsigned long long)c->ver, units);
	room_destroy(room);
	say(w, conn, text);
}

#define CASE_1 "tests/cases/case-1.json", "2026-11-12T14:00"

Test(hub, nobody_sees_before_the_audit_is_kept)
{
	struct world w;

	world_init(&w, CASE_1);
	hub_open(w.hub, (struct conn_id){1}, (struct series_id){1}, rig_seat(&w.rig, "p-ps"),
		 w.rig.now_ms);
	say(&w, 1, "{\"t\":\"join\",\"client\":\"0000000000000001\"}");
	load(&w);
	cr_assert_eq(w.seen[1].snaps, 0);
	cr_assert_eq(fake.batch->audit_count, 1);
	finish(&w, STORE_KEPT);
	cr_assert_eq(w.seen[1].snaps, 1);
	world_fini(&w);
}

Test(hub, nobody_hears_before_it_is_kept)
{
	struct world w;

	world_init(&w, CASE_1);
	enter(&w, 1, "p-ps");
	enter(&w, 2, "p-hw");
	type(&w, 1, 1);
	cr_assert_eq(w.seen[1].acks + w.seen[2].edits, 0);
	finish(&w, STORE_KEPT);
	cr_assert_eq(w.seen[1].acks, 1);
	cr_assert_eq(w.seen[2].edits, 1);
	cr_assert_eq(w.seen[1].edits, 0, "the author hears the ack alone");
	world_fini(&w);
}

Test(hub, what_arrives_meanwhile_shares_the_next_commit)
{
	struct world w;
	size_t commits;

	world_init(&w, CASE_1);
	enter(&w, 1, "p-ps");
	enter(&w, 2, "p-hw");
	type(&w, 1, 1);
	commits = fake.commits;
	say(&w, 1, "{\"t\":\"ping\"}");
	type(&w, 1, 2);
	type(&w, 2, 1);
	cr_assert_eq(fake.commits, commits, "one in flight");
	finish(&w, STORE_KEPT);
	cr_assert_eq(fake.commits, commits + 1);
	cr_assert_eq(fake.batch->record_count, 2);
	finish(&w, STORE_KEPT);
	cr_assert_eq(w.seen[1].acks, 2);
	cr_assert_eq(w.seen[2].acks, 1);
	world_fini(&w);
}

static void lost(enum store_outcome outcome, unsigned edits)
{
	struct world w;

	world_init(&w, CASE_1);
	enter(&w, 1, "p-ps");
	enter(&w, 2, "p-hw");
	type(&w, 1, 1);
	finish(&w, outcome);
	cr_assert_eq(w.seen[1].acks + w.seen[2].edits, 0, "nobody heard");
	cr_assert_eq(w.seen[1].closed, 1012);
	cr_assert_eq(w.seen[2].closed, 1012);
	hub_close(w.hub, (struct conn_id){1}, w.rig.now_ms);
	hub_close(w.hub, (struct conn_id){2}, w.rig.now_ms);
	load(&w);
	enter(&w, 3, "p-ps");
	/* The same words again, as the client does: once on the disk, whatever happened. */
	hub_close(w.hub, (struct conn_id){3}, w.rig.now_ms);
	finish(&w, STORE_KEPT);
	{
		size_t found = 0;

		for (size_t i = 0; i < w.rig.kept_count; i++) {
			found += w.rig.kept[i].kind == RECORD_EDIT;
		}
		cr_assert_eq(found, edits);
	}
	world_fini(&w);
}

Test(hub, not_kept_means_nobody_heard_and_all_start_afresh)
{
	lost(STORE_NOT_KEPT, 0);
}

Test(hub, unknown_means_the_disk_is_asked)
{
	lost(STORE_UNKNOWN, 1);
}

/* The person of case 2 withdraws what the agency reads of their health. */
static void withdraw(struct world *w, uint32_t conn)
{
	struct slice key;
	char text[160];

	cr_assert(room_row_find(w->rig.room, schema_table_find(w->rig.schema, slice_of("consent")),
				slice_of("c2"), &key));
	snprintf(text, sizeof text,
		 "{\"t\":\"withdraw\",\"ref\":1,\"row\":\"%.16s\",\"words\":\"やめる\"}",
		 key.ptr + strlen("consent/"));
	say(w, conn, text);
}

#define CASE_2 "tests/cases/case-2.json", "2026-08-27T10:00"

Test(hub, a_restriction_bites_before_it_is_kept)
{
	struct world w;

	world_init(&w, CASE_2);
	enter(&w, 1, "p-pj");
	enter(&w, 2, "p-self");
	withdraw(&w, 2);
	cr_assert_eq(w.seen[1].drops, 1, "at once");
	cr_assert_eq(w.seen[2].acks, 0, "and not yet said to be kept");
	finish(&w, STORE_KEPT);
	cr_assert_eq(w.seen[2].acks, 1);
	world_fini(&w);
}

Test(hub, a_slow_reader_who_lost_a_right_starts_afresh)
{
	struct world w;

	world_init(&w, CASE_2);
	enter(&w, 1, "p-pj");
	enter(&w, 2, "p-self");
	w.purged = true; /* something waited for it, and may hold what it lost */
	withdraw(&w, 2);
	cr_assert_eq(w.seen[1].closed, 1012);
	finish(&w, STORE_KEPT);
	world_fini(&w);
}

/* `count` single characters, one change each, in one push. */
static void type_many(struct world *w, uint32_t conn, unsigned ref, unsigned count)
{
	struct room *room = rig_rebuild(&w->rig);
	const struct cell_shown *c = rig_cell(&w->rig, room, "p-ps", "plan.work.action.goal");
	struct buf text = {0};
	size_t units = utf8_units(c->text);

	buf_printf(&text,
		   "{\"t\":\"edit\",\"ref\":%u,\"cell\":\"plan.work.action.goal\",\"base\":%llu,"
		   "\"changes\":[",
		   ref, (unsigned long long)c->ver);
	for (unsigned i = 0; i < count; i++) {
		buf_printf(&text, "%s[[0,\"字\"],%zu]", i ? "," : "", units + i);
	}
	buf_add_str(&text, "]}");
	room_destroy(room);
	hub_frame(w->hub, (struct conn_id){conn}, buf_slice(&text), w->rig.now_ms);
	buf_fini(&text);
	finish(w, STORE_KEPT);
}

Test(hub, an_idle_room_folds_its_long_texts_and_comes_back_the_same)
{
	struct world w;
	struct room *whole;
	const struct cell_shown *c;
	size_t acks;

	world_init(&w, CASE_1);
	enter(&w, 1, "p-ps");
	type_many(&w, 1, 1, 200);
	type_many(&w, 1, 2, 200);
	cr_assert_eq(w.seen[1].acks, 2);
	hub_close(w.hub, (struct conn_id){1}, w.rig.now_ms);
	finish(&w, STORE_KEPT);
	hub_tick(w.hub, w.rig.now_ms + 60001);
	cr_assert_eq(fake.batch->base_count, 1);
	finish(&w, STORE_KEPT);
	cr_assert_eq(hub_figures(w.hub).rooms, 0);
	whole = rig_rebuild(&w.rig);
	c = rig_cell(&w.rig, whole, "p-ps", "plan.work.action.goal");
	cr_assert(slice_eq(c->text, w.base[0].text));
	cr_assert_eq(c->ver, w.base[0].ver);
	room_destroy(whole);
	enter(&w, 2, "p-ps");
	cr_assert_eq(fake.loads, 2);
	acks = w.seen[2].acks;
	type_many(&w, 2, 3, 1);
	cr_assert_eq(w.seen[2].acks, acks + 1, "the folded text goes on at its version");
	world_fini(&w);
}
