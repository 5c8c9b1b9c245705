/* Bases of rooms: when they are written, what comes back from them, and what when they do not fit.
 */
#include <unistd.h>

#include "net/hub_state.h"
#include "support/hubrig.h"

enum { EDITS = 4, REMEMBERED = 2 };

static void begin(struct world *w)
{
	world_init(w, CASE_1);
	hub_bases(w->hub, EDITS, REMEMBERED);
}

/* The machine was away; nobody is connected. */
static void restart(struct world *w)
{
	struct transport t = w->hub->transport;

	settle(w);
	hub_destroy(w->hub);
	w->hub = hub_create(w->rig.schema, w->store, t);
	hub_bases(w->hub, EDITS, REMEMBERED);
	hush(w);
	for (size_t i = 0; i < CONNS; i++) {
		w->conn[i].closed = 0;
	}
}

static struct room *room_of(const struct world *w)
{
	cr_assert_eq(w->hub->room_count, 1);
	return w->hub->room[0]->room;
}

/* It asks for a client it never heard of. */
static bool is_from_base(const struct world *w)
{
	return room_must_ask(room_of(w), 0xFFFF);
}

static uint64_t base_seq(struct world *w)
{
	struct store_series *l = stored(w);
	uint64_t seq = l->has_base ? l->base_seq : 0;

	store_series_destroy(l);
	return seq;
}

static void type_one_by_one(struct world *w, uint32_t conn, unsigned ref, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		type(w, conn, ref + i);
		settle(w);
	}
}

/* What the person's supporter reads of the goal is what the journal says. */
static void is_true(struct world *w)
{
	const struct cell_shown *a = rig_cell(&w->rig, truth(w), "p-ps", GOAL);
	const struct cell_shown *b = rig_cell(&w->rig, room_of(w), "p-ps", GOAL);

	cr_assert(a->ver == b->ver && slice_eq(a->text, b->text));
}

Test(hub_base, it_comes_with_a_commit_of_so_many_edits)
{
	struct world w;
	size_t last;

	begin(&w);
	enter(&w, 1, "p-ps");
	for (unsigned i = 1; i < EDITS; i++) {
		type(&w, 1, i);
		cr_assert(!store_mem_next(w.store)->has_base, "%u", i);
		settle(&w);
	}
	type(&w, 1, EDITS);
	cr_assert(store_mem_next(w.store)->has_base);
	cr_assert_eq(store_mem_next(w.store)->base_count, 1, "the text that was changed");
	settle(&w);
	last = w.rig.file.record_count + EDITS;
	cr_assert_eq(base_seq(&w), last);
	type(&w, 1, EDITS + 1);
	cr_assert(!store_mem_next(w.store)->has_base, "it is counted from there");
	settle(&w);
	come(&w, 2, "p-sup");
	join(&w, 2);
	cr_assert(store_mem_next(w.store)->audit_count > 0 && !store_mem_next(w.store)->has_base);
	settle(&w);
	world_fini(&w);
}

/* Of an edit each a long text written anew would cost more than all else. */
Test(hub_base, a_long_text_is_written_seldom)
{
	struct world w;
	unsigned edits = 0;

	begin(&w);
	enter(&w, 1, "p-ps");
	type_many(&w, 1, 1, 200);
	settle(&w);
	type_many(&w, 1, 2, 200);
	settle(&w);
	type_many(&w, 1, 3, 200);
	settle(&w);
	type_many(&w, 1, 4, 200);
	settle(&w);
	type_many(&w, 1, 5, 200);
	cr_assert(!store_mem_next(w.store)->has_base, "3 kB by five pushes");
	for (edits = 5; !store_mem_next(w.store)->has_base; edits++) {
		settle(&w);
		cr_assert_lt(edits, 20);
		type(&w, 1, edits + 1);
	}
	cr_assert_geq(edits * 512, store_mem_next(w.store)->base[0].text.len);
	settle(&w);
	world_fini(&w);
}

Test(hub_base, a_room_comes_back_from_it)
{
	struct world w;

	begin(&w);
	enter(&w, 1, "p-ps");
	type_one_by_one(&w, 1, 1, EDITS + 3);
	restart(&w);
	enter(&w, 2, "p-ps");
	cr_assert(is_from_base(&w));
	is_true(&w);
	type_one_by_one(&w, 2, 1, 2 * EDITS);
	cr_assert_eq(heard(&w, 2, "ack"), 2 * EDITS);
	is_true(&w);
	cr_assert_eq(typed(&w), 3 * EDITS + 3);
	world_fini(&w);
}

/* From before the base, and from before what is remembered of it. */
Test(hub_base, a_request_said_again_gets_its_answer)
{
	struct world w;
	char first[512];
	json_int_t ver;

	begin(&w);
	enter(&w, 1, "p-ps");
	snprintf(first, sizeof first,
		 "'t':'edit','ref':1,'cell':'" GOAL "','base':%llu,'changes':[[[0,'字'],%zu]]",
		 (unsigned long long)rig_cell(&w.rig, truth(&w), "p-ps", GOAL)->ver,
		 utf8_units(rig_cell(&w.rig, truth(&w), "p-ps", GOAL)->text));
	say(&w, 1, "%s", first);
	settle(&w);
	ver = last_int(&w, 1, "ack", "ver");
	type_one_by_one(&w, 1, 2, 3 * EDITS);
	restart(&w);
	come(&w, 3, "p-ps");
	say(&w, 3, "'t':'join','client':'%016x'", 1);
	settle(&w);
	cr_assert(is_from_base(&w));
	say(&w, 3, "%s", first);
	settle(&w);
	cr_assert_eq(last_int(&w, 3, "ack", "ver"), ver);
	cr_assert_eq(records(&w, RECORD_EDIT), 3 * EDITS + 1, "kept once");
	/* It is asked for once, and nobody else's. */
	come(&w, 4, "p-sup");
	say(&w, 4, "'t':'join','client':'%016x'", 1);
	settle(&w);
	cr_assert_eq(w.conn[4].closed, 1008);
	world_fini(&w);
}

Test(hub_base, what_a_store_cannot_answer_is_asked_by_whoever_comes_again)
{
	struct world w;

	begin(&w);
	enter(&w, 1, "p-ps");
	type_one_by_one(&w, 1, 1, EDITS);
	restart(&w);
	come(&w, 2, "p-ps");
	join(&w, 2);
	store_mem_fail_load(w.store, 2); /* the room comes first */
	settle(&w);
	cr_assert_eq(w.conn[2].closed, 1012);
	cr_assert_eq(heard_all(&w, 2), 0);
	leave(&w, 2);
	enter(&w, 3, "p-ps");
	is_true(&w);
	world_fini(&w);
}

static void on_put(void *arg, enum store_outcome outcome)
{
	*(enum store_outcome *)arg = outcome;
}

static void put_base(struct world *w, const struct text_base *text, const char *body)
{
	struct store_batch b = {.series = w->series,
				.base = text,
				.base_count = text != NULL,
				.has_base = body != NULL,
				.base_body = slice_of(body ? body : "")};
	enum store_outcome outcome = STORE_UNKNOWN;

	store_commit(w->store, &b, on_put, &outcome);
	store_poll(w->store);
	cr_assert_eq(outcome, STORE_KEPT);
}

/* Then the journal does without, the log says so, and the next base takes its place. */
static void goes_without(const struct text_base *text, const char *body, const char *why)
{
	char said[1024] = "";
	FILE *log = tmpfile();
	struct world w;
	struct store_series *l;

	cr_assert(log && dup2(fileno(log), STDERR_FILENO) >= 0); /* until this process ends */
	begin(&w);
	enter(&w, 1, "p-ps");
	type_one_by_one(&w, 1, 1, EDITS + 1);
	restart(&w);
	put_base(&w, text, body);
	enter(&w, 2, "p-ps");
	cr_assert(!is_from_base(&w));
	is_true(&w);
	fflush(stderr);
	cr_assert(pread(fileno(log), said, sizeof said - 1, 0) > 0);
	cr_assert(strstr(said, "event=base") && strstr(said, why), "%s", said);
	type(&w, 2, 1);
	cr_assert(store_mem_next(w.store)->has_base && store_mem_next(w.store)->base_afresh);
	settle(&w);
	l = stored(&w);
	cr_assert_eq(l->base_count, 1);
	store_series_destroy(l);
	restart(&w);
	enter(&w, 3, "p-ps");
	cr_assert(is_from_base(&w));
	is_true(&w);
	world_fini(&w);
}

Test(hub_base, one_that_is_none_is_not_used)
{
	goes_without(NULL, "{}", "its base");
}

Test(hub_base, nor_one_that_counts_other_records)
{
	goes_without(NULL, "{\"rest\":3,\"at\":1,\"assent\":false,\"suggestions\":[]}", "its base");
}

Test(hub_base, nor_one_with_a_text_of_another_version)
{
	goes_without(&(struct text_base){slice_of(GOAL), 9, slice_of("x")}, NULL, "its base");
}

Test(hub_base, nor_one_with_another_text)
{
	struct world w;
	struct text_base t = {.cell = slice_of(GOAL), .text = slice_of("x")};

	begin(&w);
	t.ver = rig_cell(&w.rig, truth(&w), "p-ps", GOAL)->ver + EDITS;
	world_fini(&w);
	goes_without(&t, NULL, "its base"); /* the same dice: the same versions */
}

Test(hub_base, nor_one_with_a_text_that_is_none)
{
	goes_without(&(struct text_base){slice_of(GOAL), 9, slice_of("\xFF")}, NULL, "folded text");
}

/* A disk that takes an edit may not take a base. */
Test(hub_base, one_that_was_not_kept_waits_a_minute)
{
	struct world w;

	begin(&w);
	enter(&w, 1, "p-ps");
	type_one_by_one(&w, 1, 1, EDITS - 1);
	type(&w, 1, EDITS);
	cr_assert(store_mem_next(w.store)->has_base);
	lose(&w, STORE_MEM_REFUSED);
	settle(&w);
	join(&w, 1);
	settle(&w);
	for (unsigned i = 0; i < 3; i++) {
		type(&w, 1, EDITS + i);
		cr_assert(!store_mem_next(w.store)->has_base, "%u", i);
		settle(&w);
	}
	tick(&w, HUB_BASE_WAIT_MS);
	type(&w, 1, EDITS + 3);
	cr_assert(store_mem_next(w.store)->has_base);
	settle(&w);
	is_true(&w);
	world_fini(&w);
}

Test(hub_base, a_room_that_goes_leaves_one)
{
	struct world w;

	begin(&w);
	enter(&w, 1, "p-ps");
	type_one_by_one(&w, 1, 1, 1);
	leave(&w, 1);
	settle(&w);
	tick(&w, 60001);
	cr_assert(store_mem_next(w.store)->has_base);
	keep(&w);
	cr_assert_eq(hub_figures(w.hub).rooms, 0);
	enter(&w, 2, "p-ps");
	cr_assert(is_from_base(&w));
	is_true(&w);
	world_fini(&w);
}
