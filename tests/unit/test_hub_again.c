/*
 * When the room in memory is not what the disk says, or a queue holds what its reader may no longer
 * see: sockets are frozen, told `again`, and go on from their next join as if nothing had happened.
 */
#include "support/hubrig.h"

/* Two at the table, and one commit that ends badly. */
static void begin(struct world *w)
{
	world_init(w, CASE_1);
	enter(w, 1, "p-ps");
	enter(w, 2, "p-hw");
	hush(w);
}

static void type_and_lose(struct world *w, uint32_t conn, unsigned ref, enum store_mem_fault how)
{
	type(w, conn, ref);
	lose(w, how);
}

/* The goal's version that this connection has, from its snapshot. */
static uint64_t has_ver(struct world *w, uint32_t conn)
{
	json_t *c;
	size_t i;

	json_array_foreach(json_object_get(last(w, conn, "snap"), "cells"), i, c)
	{
		if (strcmp(json_string_value(json_object_get(c, "k")), GOAL) == 0) {
			return (uint64_t)json_integer_value(json_object_get(c, "v"));
		}
	}
	cr_assert(false, "no goal");
	return 0;
}

/* One character at the start, as sent at that version, byte for byte the same each time. */
static void push_at(struct world *w, uint32_t conn, unsigned ref, uint64_t ver, size_t units)
{
	say(w, conn, "'t':'edit','ref':%u,'cell':'" GOAL "','base':%llu,'changes':[[[0,'字'],%zu]]",
	    ref, (unsigned long long)ver, units);
}

static size_t goal_units(struct world *w)
{
	return utf8_units(rig_cell(&w->rig, truth(w), "p-ps", GOAL)->text);
}

/*
 * A push whose commit ends so; everybody joins again and the push is sent again, unchanged: it is
 * applied once, and both screens hear of it once.
 */
static void once(enum store_mem_fault how, unsigned edits_to_author)
{
	struct world w;
	uint64_t ver;
	size_t units;

	world_init(&w, CASE_1);
	enter(&w, 1, "p-ps");
	enter(&w, 2, "p-hw");
	ver = has_ver(&w, 1);
	units = goal_units(&w);
	hush(&w);
	push_at(&w, 1, 7, ver, units);
	lose(&w, how);
	cr_assert_eq(heard_all(&w, 1) + heard_all(&w, 2), 0, "nobody heard");
	settle(&w);
	for (uint32_t c = 1; c <= 2; c++) {
		cr_assert_eq(heard_all(&w, c), 1);
		cr_assert_eq(heard(&w, c, "again"), 1);
		cr_assert_eq(w.conn[c].closed, 0);
		say(&w, c, "'t':'join','client':'%016x','have':[['" GOAL "',%llu]]", c,
		    (unsigned long long)ver);
	}
	settle(&w);
	cr_assert_eq(heard(&w, 1, "snap") + heard(&w, 2, "snap"), 2);
	cr_assert_eq(heard(&w, 1, "edit"), edits_to_author);
	push_at(&w, 1, 7, ver, units);
	settle(&w);
	cr_assert_eq(heard(&w, 1, "ack"), 1);
	cr_assert_eq(last_int(&w, 1, "ack", "ref"), 7);
	cr_assert_eq((uint64_t)last_int(&w, 1, "ack", "ver"), ver + 1);
	cr_assert_eq(heard(&w, 1, "no"), 0);
	cr_assert_eq(heard(&w, 2, "edit"), 1);
	cr_assert_eq(records(&w, RECORD_EDIT), 1);
	cr_assert_eq(typed(&w), 1);
	world_fini(&w);
}

Test(hub_again, what_was_not_kept_is_said_again_and_applied_once)
{
	once(STORE_MEM_REFUSED, 0);
}

Test(hub_again, so_is_what_was_lost)
{
	once(STORE_MEM_LOST, 0);
}

Test(hub_again, what_was_kept_after_all_is_answered_and_not_applied_again)
{
	once(STORE_MEM_SAVED, 1);
}

Test(hub_again, nothing_is_heard_while_frozen)
{
	struct world w;

	begin(&w);
	type_and_lose(&w, 1, 1, STORE_MEM_REFUSED);
	settle(&w);
	join(&w, 1);
	settle(&w);
	type_and_lose(&w, 1, 2, STORE_MEM_REFUSED); /* the second time there is a wait */
	settle(&w);
	hush(&w);
	enter(&w, 3, "p-aps"); /* somebody new is let in meanwhile */
	type(&w, 3, 1);
	settle(&w);
	cr_assert_eq(heard(&w, 3, "ack"), 1);
	cr_assert_eq(heard_all(&w, 1), 0, "frozen");
	cr_assert_eq(heard(&w, 2, "edit") + heard(&w, 2, "seats"), 0, "told, and not joined");
	tick(&w, 250);
	cr_assert_eq(heard(&w, 1, "again"), 1);
	join(&w, 1);
	join(&w, 2);
	settle(&w);
	type(&w, 3, 2);
	settle(&w);
	cr_assert_eq(heard(&w, 1, "edit") + heard(&w, 2, "edit"), 2, "and all is as before");
	world_fini(&w);
}

Test(hub_again, what_waited_behind_a_lost_commit_is_lost_with_it)
{
	struct world w;

	begin(&w);
	type(&w, 1, 1);
	type(&w, 1, 2);
	type(&w, 2, 1);
	say(&w, 2, "'t':'ping'");
	lose(&w, STORE_MEM_REFUSED);
	settle(&w);
	cr_assert_eq(records(&w, RECORD_EDIT), 0);
	cr_assert_eq(heard_all(&w, 1) + heard_all(&w, 2), 2, "`again` for each, no more");
	world_fini(&w);
}

Test(hub_again, nothing_is_taken_from_who_is_frozen_or_has_not_joined_again)
{
	struct world w;

	begin(&w);
	type_and_lose(&w, 1, 1, STORE_MEM_REFUSED);
	type(&w, 1, 2); /* frozen */
	type(&w, 2, 1);
	settle(&w);
	cr_assert_eq(heard(&w, 1, "again"), 1);
	type(&w, 1, 3); /* told, but sent before it heard */
	say(&w, 1, "'t':'here','cell':'" GOAL "'");
	say(&w, 1, "'t':'ping'");
	settle(&w);
	cr_assert_eq(records(&w, RECORD_EDIT), 0);
	cr_assert_eq(heard_all(&w, 1), 1);
	cr_assert_eq(w.conn[1].closed, 0);
	join(&w, 1);
	type(&w, 1, 4);
	settle(&w);
	cr_assert_eq(records(&w, RECORD_EDIT), 1);
	cr_assert_eq(heard(&w, 1, "ack"), 1);
	join(&w, 1);
	cr_assert_eq(w.conn[1].closed, 1008, "one join for one `again`");
	world_fini(&w);
}

Test(hub_again, a_place_held_back_is_forgotten)
{
	struct world w;

	begin(&w);
	say(&w, 2, "'t':'here','cell':'" GOAL "'");
	say(&w, 2, "'t':'here'"); /* waits for its turn */
	type_and_lose(&w, 1, 1, STORE_MEM_REFUSED);
	settle(&w);
	tick(&w, 1000);
	settle(&w);
	cr_assert_eq(w.conn[2].closed, 0, "said by nobody the room knows");
	cr_assert_eq(heard(&w, 2, "again"), 1);
	world_fini(&w);
}

Test(hub_again, carets_begin_anew)
{
	struct world w;

	world_init(&w, CASE_1);
	enter(&w, 1, "p-ps");
	enter(&w, 2, "p-aps");
	say(&w, 1, "'t':'here','cell':'" GOAL "'");
	tick(&w, 250);
	cr_assert_eq(heard(&w, 2, "here"), 1);
	type_and_lose(&w, 1, 1, STORE_MEM_REFUSED);
	settle(&w);
	join(&w, 1);
	join(&w, 2);
	settle(&w);
	tick(&w, 1000);
	hush(&w);
	say(&w, 1, "'t':'here'");
	tick(&w, 1000);
	cr_assert_eq(heard(&w, 2, "here"), 0, "the snapshot began without");
	say(&w, 1, "'t':'here','cell':'" GOAL "'");
	tick(&w, 1000);
	cr_assert_eq(heard(&w, 2, "here"), 1);
	world_fini(&w);
}

Test(hub_again, leaving_while_frozen_harms_nobody)
{
	struct world w;

	begin(&w);
	type_and_lose(&w, 1, 1, STORE_MEM_REFUSED);
	leave(&w, 2);
	settle(&w);
	leave(&w, 1); /* told, not joined */
	settle(&w);
	cr_assert_eq(audits(&w, "leave"), 0, "the room knew neither");
	cr_assert_eq(hub_figures(w.hub).conns, 0);
	tick(&w, 60001);
	settle(&w);
	cr_assert_eq(hub_figures(w.hub).rooms, 0);
	world_fini(&w);
}

Test(hub_again, who_is_about_to_come_in_comes_in)
{
	struct world w;

	begin(&w);
	come(&w, 3, "p-aps"); /* has not said anything yet */
	come(&w, 4, "p-sup");
	type(&w, 1, 1);
	join(&w, 4); /* waits behind the commit */
	lose(&w, STORE_MEM_REFUSED);
	join(&w, 3); /* while the room is loaded */
	settle(&w);
	cr_assert_eq(heard(&w, 3, "again"), 0);
	cr_assert_eq(heard(&w, 3, "snap"), 1);
	cr_assert_eq(heard(&w, 4, "again"), 1);
	join(&w, 4);
	settle(&w);
	cr_assert_eq(heard(&w, 4, "snap"), 1);
	world_fini(&w);
}

Test(hub_again, a_room_that_is_lost_twice_says_again_once_for_each_join)
{
	struct world w;

	begin(&w);
	type_and_lose(&w, 1, 1, STORE_MEM_REFUSED);
	settle(&w);
	join(&w, 2);
	lose(&w, STORE_MEM_LOST);
	settle(&w);
	tick(&w, 250);
	cr_assert_eq(heard(&w, 1, "again"), 1, "it has not answered the first");
	cr_assert_eq(heard(&w, 2, "again"), 2);
	world_fini(&w);
}

Test(hub_again, a_room_that_does_not_come_back_closes)
{
	struct world w;

	begin(&w);
	store_mem_fail_load(w.store, 1);
	type_and_lose(&w, 1, 1, STORE_MEM_LOST);
	settle(&w);
	cr_assert_eq(w.conn[1].closed, 1012);
	cr_assert_eq(w.conn[2].closed, 1012);
	cr_assert_eq(heard_all(&w, 1), 0);
	leave(&w, 1);
	leave(&w, 2);
	enter(&w, 3, "p-ps");
	type(&w, 3, 1);
	settle(&w);
	cr_assert_eq(heard(&w, 3, "ack"), 1);
	world_fini(&w);
}

/* ---- commits that fail and fail ---- */

/* `again` comes exactly that much later, and not before. */
static void waits(struct world *w, int64_t ms)
{
	settle(w);
	cr_assert_eq(heard(w, 1, "again"), ms == 0, "at once");
	if (ms > 0) {
		cr_assert_eq(hub_deadline(w->hub), w->rig.now_ms + ms);
		tick(w, ms - 1);
		cr_assert_eq(heard(w, 1, "again"), 0);
		tick(w, 1);
		cr_assert_eq(heard(w, 1, "again"), 1);
	}
	cr_assert_gt(hub_deadline(w->hub), w->rig.now_ms);
	hush(w);
	join(w, 1);
	settle(w);
	cr_assert_eq(heard(w, 1, "snap"), 1, "an audit is kept; that is no sign of a sound disk");
	hush(w);
}

Test(hub_again, the_wait_grows_and_ends_when_a_record_is_kept)
{
	static const int64_t wait[] = {0, 250, 500, 1000, 2000, 4000, 5000, 5000};
	struct world w;

	world_init(&w, CASE_1);
	enter(&w, 1, "p-ps");
	hush(&w);
	for (unsigned i = 0; i < sizeof wait / sizeof *wait; i++) {
		type_and_lose(&w, 1, i + 1, i % 2 ? STORE_MEM_REFUSED : STORE_MEM_LOST);
		waits(&w, wait[i]);
	}
	type(&w, 1, 20);
	settle(&w);
	cr_assert_eq(heard(&w, 1, "ack"), 1);
	hush(&w);
	type_and_lose(&w, 1, 21, STORE_MEM_REFUSED);
	waits(&w, 0);
	type_and_lose(&w, 1, 22, STORE_MEM_REFUSED);
	waits(&w, 250);
	world_fini(&w);
}

Test(hub_again, a_wait_ends_with_the_room_it_was_for)
{
	struct world w;

	world_init(&w, CASE_1);
	enter(&w, 1, "p-ps");
	enter(&w, 2, "p-aps");
	hush(&w);
	type_and_lose(&w, 1, 1, STORE_MEM_REFUSED);
	waits(&w, 0);
	type_and_lose(&w, 1, 2, STORE_MEM_REFUSED);
	settle(&w);
	join(&w, 2); /* late, and into the wait */
	lose(&w, STORE_MEM_REFUSED);
	tick(&w, 250);
	cr_assert_eq(heard(&w, 1, "again"), 0, "the room is not back yet");
	waits(&w, 500);
	world_fini(&w);
}

/* ---- slow readers ---- */

#define HEALTH "plan.health.outline.goal_short"

/* The agency of case 2 reads slowly: an edit of what it is about to lose waits for it. */
static void begin_slow(struct world *w)
{
	const struct cell_shown *c;

	world_init(w, CASE_2);
	enter(w, 1, "p-pj");
	enter(w, 2, "p-self");
	enter(w, 3, "p-ps");
	hush(w);
	w->conn[1].is_slow = true;
	c = rig_cell(&w->rig, truth(w), "p-ps", HEALTH);
	cr_assert(c && rig_cell(&w->rig, w->truth, "p-pj", HEALTH));
	say(w, 3, "'t':'edit','ref':1,'cell':'" HEALTH "','base':%llu,'changes':[[[0,'字'],%zu]]",
	    (unsigned long long)c->ver, utf8_units(c->text));
	settle(w);
	cr_assert_eq(json_array_size(w->conn[1].waiting), 1);
}

Test(hub_again, a_restriction_finds_what_waits_for_a_slow_reader)
{
	struct world w;

	begin_slow(&w);
	withdraw(&w, 2);
	cr_assert_eq(w.conn[1].closed, 0);
	read_on(&w, 1);
	cr_assert_eq(heard_all(&w, 1), 1, "no stale frame");
	cr_assert_eq(heard(&w, 1, "again"), 1);
	type(&w, 1, 5); /* not remembered */
	settle(&w);
	cr_assert_eq(heard(&w, 2, "ack"), 1);
	cr_assert_eq(heard_all(&w, 1), 1, "nothing until it joins");
	cr_assert_eq(audits(&w, "leave"), 1);
	hush(&w);
	join(&w, 1);
	settle(&w);
	cr_assert_eq(heard(&w, 1, "snap"), 1);
	{
		char *text = json_dumps(last(&w, 1, "snap"), 0);

		cr_assert_null(strstr(text, HEALTH));
		free(text);
	}
	cr_assert_eq(w.conn[1].closed, 0);
	world_fini(&w);
}

/* Its own push stood in the room's queue when it was cut off: done, but the answer was not sent. */
Test(hub_again, what_a_slow_reader_had_said_is_answered_when_it_asks_again)
{
	struct world w;
	json_t *c, *snap;
	size_t i, units = 0;
	const char *key = NULL;
	json_int_t ver = 0;

	begin_slow(&w);
	enter(&w, 4, "p-pj"); /* only to learn what it may write */
	snap = last(&w, 4, "snap");
	json_array_foreach(json_object_get(snap, "cells"), i, c)
	{
		const char *col = json_string_value(json_object_get(c, "c"));
		json_t *about = json_object_get(json_object_get(snap, "cols"), col);

		if (strcmp(json_string_value(json_object_get(c, "l")), "w") == 0 &&
		    strcmp(json_string_value(json_object_get(about, "type")), "text") == 0) {
			key = json_string_value(json_object_get(c, "k"));
			ver = json_integer_value(json_object_get(c, "v"));
			units = utf8_units(slice_of(json_string_value(json_object_get(c, "x"))));
		}
	}
	cr_assert(key && units > 0);
	type(&w, 3, 2); /* a commit for the others to wait behind */
	withdraw(&w, 2);
	for (int time = 0; time < 2; time++) {
		say(&w, 1, "'t':'edit','ref':9,'cell':'%s','base':%lld,'changes':[[[0,'字'],%zu]]",
		    key, (long long)ver, units);
		if (time == 0) {
			keep(&w);
			read_on(&w, 1);
			cr_assert_eq(heard(&w, 1, "again"), 1);
			join(&w, 1);
			keep(&w);
			cr_assert_eq(heard_all(&w, 1), 1, "no ack before the snapshot");
		}
		settle(&w);
	}
	cr_assert_eq(heard(&w, 1, "snap"), 1);
	cr_assert_eq(heard(&w, 1, "ack"), 1);
	cr_assert_eq(last_int(&w, 1, "ack", "ver"), ver + 1);
	cr_assert_eq(records(&w, RECORD_EDIT), 3);
	world_fini(&w);
}

/* Frozen with a full queue: what it holds must not outlive a right that goes meanwhile. */
Test(hub_again, frames_that_wait_do_not_outlive_the_room)
{
	struct world w;

	begin_slow(&w);
	type_and_lose(&w, 3, 2, STORE_MEM_REFUSED);
	settle(&w);
	join(&w, 2);
	settle(&w);
	withdraw(&w, 2);
	settle(&w);
	read_on(&w, 1);
	cr_assert_eq(heard_all(&w, 1), 1);
	cr_assert_eq(heard(&w, 1, "again"), 1);
	world_fini(&w);
}

Test(hub_again, a_closing_slow_reader_is_sent_nothing_stale)
{
	struct world w;

	begin_slow(&w);
	join(&w, 1); /* against the protocol */
	cr_assert_eq(w.conn[1].closed, 1008);
	withdraw(&w, 2);
	read_on(&w, 1);
	cr_assert_eq(heard_all(&w, 1), 0);
	settle(&w);
	world_fini(&w);
}
