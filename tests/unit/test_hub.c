/* The commit barrier: nobody hears what is not kept. And who hears what is: seats and boards. */
#include "support/hubrig.h"

Test(hub, nobody_sees_before_the_audit_is_kept)
{
	struct world w;

	world_init(&w, CASE_1);
	come(&w, 1, "p-ps");
	join(&w, 1);
	hub_poll(w.hub, w.rig.now_ms); /* loaded */
	cr_assert_eq(heard_all(&w, 1), 0);
	cr_assert_eq(store_mem_next(w.store)->audit_count, 1);
	keep(&w);
	cr_assert_eq(heard(&w, 1, "snap"), 1);
	world_fini(&w);
}

Test(hub, nobody_hears_before_it_is_kept)
{
	struct world w;

	world_init(&w, CASE_1);
	enter(&w, 1, "p-ps");
	enter(&w, 2, "p-hw");
	type(&w, 1, 1);
	cr_assert_eq(heard(&w, 1, "ack") + heard(&w, 2, "edit"), 0);
	keep(&w);
	cr_assert_eq(heard(&w, 1, "ack"), 1);
	cr_assert_eq(heard(&w, 2, "edit"), 1);
	cr_assert_eq(heard(&w, 1, "edit"), 0, "the author hears the ack alone");
	world_fini(&w);
}

Test(hub, what_arrives_meanwhile_shares_the_next_commit)
{
	struct world w;

	world_init(&w, CASE_1);
	enter(&w, 1, "p-ps");
	enter(&w, 2, "p-hw");
	type(&w, 1, 1);
	say(&w, 1, "'t':'ping'");
	type(&w, 1, 2);
	type(&w, 2, 1);
	cr_assert_eq(store_mem_next(w.store)->record_count, 1, "one in flight");
	keep(&w);
	cr_assert_eq(store_mem_next(w.store)->record_count, 2);
	keep(&w);
	cr_assert_eq(heard(&w, 1, "ack"), 2);
	cr_assert_eq(heard(&w, 2, "ack"), 1);
	world_fini(&w);
}

Test(hub, a_restriction_bites_before_it_is_kept)
{
	struct world w;

	world_init(&w, CASE_2);
	enter(&w, 1, "p-pj");
	enter(&w, 2, "p-self");
	withdraw(&w, 2);
	cr_assert_eq(heard(&w, 1, "drop"), 1, "at once");
	cr_assert_eq(heard(&w, 2, "ack"), 0, "and not yet said to be kept");
	keep(&w);
	cr_assert_eq(heard(&w, 2, "ack"), 1);
	world_fini(&w);
}

Test(hub, join_comes_first_and_once)
{
	struct world w;

	world_init(&w, CASE_1);
	come(&w, 1, "p-ps");
	say(&w, 1, "'t':'ping'");
	cr_assert_eq(w.conn[1].closed, 1008);
	enter(&w, 2, "p-ps");
	join(&w, 2);
	cr_assert_eq(w.conn[2].closed, 1008);
	world_fini(&w);
}

/* ---- rooms that nobody is in ---- */

Test(hub, an_idle_room_folds_its_long_texts_and_comes_back_the_same)
{
	struct world w;
	struct store_series *l;
	const struct cell_shown *c;

	world_init(&w, CASE_1);
	enter(&w, 1, "p-ps");
	type_many(&w, 1, 1, 200);
	settle(&w);
	type_many(&w, 1, 2, 200);
	settle(&w);
	cr_assert_eq(heard(&w, 1, "ack"), 2);
	leave(&w, 1);
	settle(&w);
	tick(&w, 60001);
	cr_assert_eq(store_mem_next(w.store)->base_count, 1);
	keep(&w);
	cr_assert_eq(hub_figures(w.hub).rooms, 0);
	l = stored(&w);
	c = rig_cell(&w.rig, truth(&w), "p-ps", GOAL);
	cr_assert(slice_eq(c->text, l->base[0].text));
	cr_assert_eq(c->ver, l->base[0].ver);
	store_series_destroy(l);
	enter(&w, 2, "p-ps");
	type(&w, 2, 3);
	settle(&w);
	cr_assert_eq(heard(&w, 2, "ack"), 1, "the folded text goes on at its version");
	world_fini(&w);
}

/* The derived table is what the journal says. */
static void derived_is_true(struct world *w)
{
	struct store_derived d;
	size_t count;
	struct arena mem;
	struct cell_now *now;

	arena_init(&mem);
	now = room_cells_now(truth(w), &mem, &count);
	cr_assert(store_derived_now(w->store, w->series, &mem, &d, NULL) == ERR_OK);
	cr_assert_eq(d.count, count);
	for (size_t i = 0; i < count; i++) {
		size_t n = 0;

		while (n < count && !slice_eq(d.cell[n].cell, now[i].cell)) {
			n++;
		}
		cr_assert(n < count && d.cell[n].ver == now[i].ver &&
			      slice_eq(d.cell[n].value, now[i].value),
			  "%.*s", (int)now[i].cell.len, now[i].cell.ptr);
	}
	arena_fini(&mem);
}

static void evict(struct world *w, uint32_t conn)
{
	leave(w, conn);
	settle(w);
	tick(w, 60001);
}

Test(hub, an_idle_room_leaves_its_cells_for_the_derived_table)
{
	struct world w;

	world_init(&w, CASE_1);
	enter(&w, 1, "p-ps");
	type(&w, 1, 1);
	settle(&w);
	evict(&w, 1);
	cr_assert(store_mem_next(w.store)->has_now);
	cr_assert_eq(store_mem_next(w.store)->base_count, 1, "the text that was changed");
	keep(&w);
	derived_is_true(&w);
	enter(&w, 2, "p-ps");
	evict(&w, 2);
	cr_assert_null(store_mem_next(w.store), "no record since");
	cr_assert_eq(hub_figures(w.hub).rooms, 0);
	world_fini(&w);
}

Test(hub, cells_that_were_not_derived_are_the_next_time)
{
	struct world w;

	world_init(&w, CASE_1);
	enter(&w, 1, "p-ps");
	type(&w, 1, 1);
	settle(&w);
	evict(&w, 1);
	come(&w, 2, "p-ps"); /* while the room is on its way out */
	join(&w, 2);
	lose(&w, STORE_MEM_REFUSED);
	settle(&w);
	cr_assert_eq(heard(&w, 2, "snap"), 1, "it stayed");
	evict(&w, 2);
	cr_assert(store_mem_next(w.store) && store_mem_next(w.store)->has_now);
	keep(&w);
	derived_is_true(&w);
	world_fini(&w);
}

Test(hub, what_was_kept_after_all_is_derived_too)
{
	struct world w;

	world_init(&w, CASE_1);
	enter(&w, 1, "p-ps");
	type(&w, 1, 1);
	lose(&w, STORE_MEM_SAVED);
	settle(&w);
	evict(&w, 1);
	cr_assert(store_mem_next(w.store) && store_mem_next(w.store)->has_now);
	keep(&w);
	derived_is_true(&w);
	world_fini(&w);
}

Test(hub, a_room_that_does_not_load_closes_and_goes)
{
	struct world w;

	world_init(&w, CASE_1);
	store_mem_fail_load(w.store, 1);
	come(&w, 1, "p-ps");
	join(&w, 1);
	settle(&w);
	cr_assert_eq(w.conn[1].closed, 1012);
	leave(&w, 1);
	tick(&w, 59999);
	cr_assert_gt(hub_deadline(w.hub), w.rig.now_ms);
	tick(&w, 1);
	cr_assert_eq(hub_figures(w.hub).rooms, 0);
	cr_assert_eq(hub_deadline(w.hub), INT64_MAX);
	enter(&w, 2, "p-ps");
	world_fini(&w);
}

/* ---- the board ---- */

static void attend(struct world *w, uint32_t chair, const char *seat, const char *what)
{
	static unsigned ref = 100;

	say(w, chair, "'t':'attend','ref':%u,'what':'%s','seat':'%s'", ++ref, what,
	    seat_id(w, seat));
	settle(w);
	cr_assert_eq(last_int(w, chair, "ack", "ref"), ref);
}

/* The keys in the frames since hush(), put together: what a screen holds that began empty. */
static json_t *held(struct world *w, uint32_t conn)
{
	json_t *keys = json_object();
	json_t *f, *c;
	size_t i, n;

	json_array_foreach(w->conn[conn].heard, i, f)
	{
		json_array_foreach(json_object_get(f, "cells"), n, c)
		{
			if (json_is_object(c)) {
				json_object_set(keys, json_string_value(json_object_get(c, "k")),
						json_true());
			} else if (json_is_string(c)) {
				cr_assert_eq(json_object_del(keys, json_string_value(c)), 0,
					     "dropped what it never had");
			}
		}
	}
	return keys;
}

/* It holds exactly what each of these seats may see: 0 is nothing. */
static void board_shows(struct world *w, uint32_t conn, seat_set seats)
{
	json_t *keys = held(w, conn);
	size_t count;
	const struct cell_shown *c = room_visible(truth(w), seats, &w->rig.mem, &count);

	cr_assert_eq(json_object_size(keys), count, "%zu cells, not %zu", json_object_size(keys),
		     count);
	for (size_t i = 0; i < count; i++) {
		cr_assert(json_object_get(keys, arena_dup(&w->rig.mem, c[i].key).ptr), "%.*s",
			  (int)c[i].key.len, c[i].key.ptr);
	}
	json_decref(keys);
}

Test(hub, a_board_shows_what_everybody_present_may_see)
{
	struct world w;
	seat_set ps, emp;

	world_init(&w, CASE_1);
	ps = seat_bit(rig_seat(&w.rig, "p-ps"));
	emp = seat_bit(rig_seat(&w.rig, "p-emp"));
	enter(&w, 1, "p-ps");
	enter_board(&w, 2, "p-ps");
	board_shows(&w, 2, 0);
	attend(&w, 1, "p-ps", "in");
	board_shows(&w, 2, ps);
	attend(&w, 1, "p-emp", "in");
	board_shows(&w, 2, ps | emp);
	attend(&w, 1, "p-emp", "out");
	board_shows(&w, 2, ps);
	attend(&w, 1, "p-ps", "out");
	board_shows(&w, 2, 0);
	world_fini(&w);
}

Test(hub, a_board_hears_the_edits_of_what_it_shows)
{
	struct world w;
	const struct cell_shown *c;

	world_init(&w, CASE_1);
	enter(&w, 1, "p-ps");
	enter_board(&w, 2, "p-ps");
	type(&w, 1, 1);
	settle(&w);
	cr_assert_eq(heard(&w, 2, "edit"), 0, "nobody is there");
	attend(&w, 1, "p-ps", "in");
	type(&w, 1, 2);
	settle(&w);
	cr_assert_eq(heard(&w, 2, "edit"), 1);
	attend(&w, 1, "p-emp", "in");
	c = rig_cell(&w.rig, truth(&w), "p-ps", "plan.health.outline.goal_short");
	cr_assert(c && !rig_cell(&w.rig, w.truth, "p-emp", "plan.health.outline.goal_short"));
	say(&w, 1,
	    "'t':'edit','ref':3,'cell':'plan.health.outline.goal_short','base':%llu,"
	    "'changes':[[[0,'字'],%zu]]",
	    (unsigned long long)c->ver, utf8_units(c->text));
	settle(&w);
	cr_assert_eq(last_int(&w, 1, "ack", "ref"), 3);
	cr_assert_eq(heard(&w, 2, "edit"), 1, "not with the employer in the room");
	world_fini(&w);
}

/* What a seats frame says of one: -1 not known, else whether it is here. */
static int here_in(struct world *w, const json_t *frame, const char *seat)
{
	json_t *s;
	size_t i;

	json_array_foreach(json_object_get(frame, "seats"), i, s)
	{
		if (strcmp(json_string_value(json_object_get(s, "seat")), seat_id(w, seat)) == 0) {
			return json_is_true(json_object_get(s, "here"));
		}
	}
	return -1;
}

Test(hub, a_board_is_not_its_seat)
{
	struct world w;

	world_init(&w, CASE_1);
	enter(&w, 1, "p-aps");
	enter_board(&w, 2, "p-ps");
	cr_assert(
	    json_is_true(json_object_get(json_object_get(last(&w, 2, "snap"), "me"), "board")));
	cr_assert_eq(here_in(&w, last(&w, 1, "snap"), "p-ps"), 0);
	enter(&w, 3, "p-ps");
	cr_assert_eq(here_in(&w, last(&w, 1, "seats"), "p-ps"), 1);
	attend(&w, 3, "p-ps", "in");
	say(&w, 3, "'t':'here','cell':'" GOAL "'");
	tick(&w, 250);
	cr_assert_eq(heard(&w, 2, "here"), 1, "the chair's caret shows on the wall");
	cr_assert_eq(heard(&w, 3, "here"), 0, "and not to the chair");
	hush(&w);
	leave(&w, 3);
	settle(&w);
	cr_assert_eq(here_in(&w, last(&w, 1, "seats"), "p-ps"), 0, "though the board stays");
	world_fini(&w);
}

/* ---- the meeting ---- */

Test(hub, how_the_meeting_stands_is_said_once)
{
	struct world w;

	world_init(&w, CASE_1);
	enter(&w, 1, "p-ps");
	enter(&w, 2, "p-emp");
	hush(&w);
	say(&w, 1, "'t':'open','ref':1,'row':'%s'", row_id(&w, "conf.agenda_items", "1"));
	settle(&w);
	cr_assert_eq(heard(&w, 1, "meet"), 1);
	cr_assert_eq(heard(&w, 2, "meet"), 1, "it may come in now");
	say(&w, 1, "'t':'close','ref':2");
	settle(&w);
	say(&w, 1, "'t':'open','ref':3,'row':'%s'", row_id(&w, "conf.agenda_items", "3"));
	settle(&w);
	hush(&w);
	say(&w, 1, "'t':'close','ref':4");
	settle(&w);
	cr_assert_eq(heard(&w, 1, "meet"), 1);
	cr_assert_eq(heard(&w, 2, "meet"), 0, "of an item without it there is nothing to tell");
	world_fini(&w);
}

Test(hub, carets_begin_anew_for_who_may_not_see_them_for_a_while)
{
	struct world w;

	world_init(&w, CASE_1);
	enter(&w, 1, "p-ps");
	enter(&w, 2, "p-aps");
	say(&w, 1, "'t':'here','cell':'" GOAL "'");
	cr_assert_eq(heard(&w, 2, "here"), 0, "not before the next stroke");
	tick(&w, 250);
	cr_assert_eq(heard(&w, 2, "here"), 1, "before the meeting officials see who is about");
	say(&w, 1, "'t':'open','ref':1,'row':'%s'", row_id(&w, "conf.agenda_items", "1"));
	settle(&w);
	attend(&w, 1, "p-aps", "in");
	attend(&w, 1, "p-aps", "out");
	cr_assert_eq(here_in(&w, last(&w, 2, "seats"), "p-ps"), 0, "it left");
	tick(&w, 1000);
	hush(&w);
	say(&w, 1, "'t':'close','ref':2,'end':1");
	settle(&w);
	cr_assert_eq(here_in(&w, last(&w, 2, "seats"), "p-ps"), 1, "it is over");
	say(&w, 1, "'t':'here'");
	tick(&w, 250);
	cr_assert_eq(heard(&w, 2, "here"), 0, "the caret was gone with the list");
	world_fini(&w);
}

/* However often somebody moved before, and wherever: a caret shows at the next stroke. */
Test(hub, when_a_caret_shows_does_not_tell_of_moves_elsewhere)
{
	for (unsigned before = 0; before < 3; before++) {
		struct world w;

		world_init(&w, CASE_1);
		enter(&w, 1, "p-ps");
		enter(&w, 2, "p-cw");
		tick(&w, 1000 - w.rig.now_ms % 1000);
		for (unsigned i = 0; i < before; i++) {
			say(&w, 1, "'t':'here','cell':'plan.any.restricted_note'");
			tick(&w, 30);
		}
		tick(&w, 1000 - w.rig.now_ms % 1000 + 100);
		hush(&w);
		say(&w, 1, "'t':'here','cell':'" GOAL "'");
		tick(&w, 149);
		cr_assert_eq(heard(&w, 2, "here"), 0);
		tick(&w, 1);
		cr_assert_eq(heard(&w, 2, "here"), 1);
		world_fini(&w);
	}
}

/* The field went, and with it who was in it: where that one goes next is not told. */
Test(hub, who_was_in_a_field_that_went_moves_on_unheard)
{
	struct world w;

	world_init(&w, CASE_2);
	enter(&w, 1, "p-self");
	enter(&w, 2, "p-pj");
	enter(&w, 3, "p-ps");
	say(&w, 3, "'t':'open','ref':1,'row':'%s'", row_id(&w, "conf.agenda_items", "1"));
	settle(&w);
	attend(&w, 3, "p-pj", "in");
	say(&w, 3, "'t':'here','cell':'plan.health.outline.goal_short'");
	tick(&w, 250);
	cr_assert_eq(heard(&w, 2, "here"), 1);
	withdraw(&w, 1);
	settle(&w);
	cr_assert_eq(heard(&w, 2, "drop"), 1);
	hush(&w);
	say(&w, 3, "'t':'here','cell':'plan.health.action.goal'");
	tick(&w, 250);
	cr_assert_eq(heard(&w, 2, "here"), 0);
	world_fini(&w);
}

/* ---- comings and goings among words ---- */

/* Else whoever comes and goes all the time would make each of the others' words wait for more. */
Test(hub, comings_and_goings_share_the_commit_of_words_between_them)
{
	struct world w;
	size_t commits = 0;
	json_int_t ver;

	world_init(&w, CASE_1);
	enter(&w, 1, "p-ps");
	enter(&w, 2, "p-hw");
	enter(&w, 3, "p-hw");
	come(&w, 4, "p-hw");
	type(&w, 1, 1); /* in flight */
	join(&w, 4);
	type(&w, 1, 2);
	leave(&w, 3);
	type(&w, 2, 1);
	while (store_mem_next(w.store)) {
		keep(&w);
		commits++;
	}
	cr_assert_eq(commits, 2);
	cr_assert_eq(heard(&w, 1, "ack") + heard(&w, 2, "ack"), 3);
	ver = last_int(&w, 2, "ack", "ver");
	cr_assert_eq(heard(&w, 4, "snap"), 1);
	cr_assert_eq(heard(&w, 4, "edit"), 0, "it is all in the snapshot");
	type(&w, 1, 3);
	settle(&w);
	cr_assert_eq(last_int(&w, 4, "edit", "ver"), ver + 1);
	world_fini(&w);
}

/* In the order they were said, whatever of others is stepped before or after. */
Test(hub, who_comes_speaks_and_goes_is_heard_in_this_order)
{
	struct world w;

	world_init(&w, CASE_1);
	enter(&w, 1, "p-ps");
	come(&w, 2, "p-ps");
	type(&w, 1, 1); /* in flight */
	join(&w, 2);
	type(&w, 2, 1);
	leave(&w, 2);
	attend(&w, 1, "p-emp", "in"); /* changes rights */
	type(&w, 1, 5);
	settle(&w);
	cr_assert_eq(records(&w, RECORD_EDIT), 3);
	cr_assert_eq(audits(&w, "join"), 2);
	cr_assert_eq(audits(&w, "leave"), 1);
	world_fini(&w);
}
