/* A store that can keep nothing for now: everybody is told, nobody is thrown out, all goes on
 * after. */
#include "support/hubrig.h"

static void stick(struct world *w, bool on)
{
	store_mem_stick(w->store, on);
	hub_poll(w->hub, w->rig.now_ms);
}

/* What was said last of it: -1 nothing. */
static int told(const struct world *w, uint32_t conn)
{
	return heard(w, conn, "stuck") ? (int)last_int(w, conn, "stuck", "on") : -1;
}

Test(hub_stuck, everybody_is_told_once_and_what_would_be_kept_is_busy)
{
	struct world w;

	world_init(&w, CASE_1);
	enter(&w, 1, "p-ps");
	enter(&w, 2, "p-hw");
	cr_assert_eq(told(&w, 1), -1);
	hush(&w);
	stick(&w, true);
	hub_poll(w.hub, w.rig.now_ms);
	cr_assert_eq(told(&w, 1), 1);
	cr_assert_eq(told(&w, 2), 1, "who only reads, too");
	cr_assert_eq(heard_all(&w, 2), 1);
	type(&w, 1, 1);
	say(&w, 1, "'t':'ping'");
	say(&w, 1, "'t':'reach','cell':'" GOAL "'");
	cr_assert(!store_mem_next(w.store), "not even tried");
	cr_assert_str_eq(json_string_value(json_object_get(last(&w, 1, "no"), "code")), "busy");
	cr_assert_eq(heard(&w, 1, "pong") + heard(&w, 1, "reach"), 2, "what is not kept goes on");
	stick(&w, false);
	cr_assert_eq(told(&w, 1), 0);
	cr_assert_eq(told(&w, 2), 0);
	type(&w, 1, 1);
	settle(&w);
	cr_assert_eq(heard(&w, 1, "ack"), 1);
	cr_assert_eq(typed(&w), 1, "once");
	world_fini(&w);
}

Test(hub_stuck, who_comes_meanwhile_is_told_at_the_door_and_again_inside)
{
	struct world w;

	world_init(&w, CASE_1);
	enter(&w, 1, "p-ps");
	stick(&w, true);
	come(&w, 2, "p-hw");
	cr_assert_eq(heard(&w, 2, "stuck"), 1);
	join(&w, 2);
	settle(&w);
	cr_assert_eq(heard(&w, 2, "snap"), 1, "readers come in");
	cr_assert_eq(heard(&w, 2, "stuck"), 2);
	cr_assert_eq(told(&w, 2), 1);
	world_fini(&w);
}

Test(hub_stuck, what_was_in_flight_is_said_again_when_it_can_be_kept)
{
	struct world w;

	world_init(&w, CASE_1);
	enter(&w, 1, "p-ps");
	enter(&w, 2, "p-hw");
	hush(&w);
	type(&w, 1, 1); /* in flight */
	stick(&w, true);
	settle(&w);
	cr_assert_eq(heard(&w, 1, "again") + heard(&w, 2, "again"), 2);
	join(&w, 1);
	join(&w, 2);
	settle(&w);
	cr_assert_eq(told(&w, 1), 1);
	type(&w, 1, 1);
	settle(&w);
	cr_assert_eq(heard(&w, 1, "again"), 1, "the room is not thrown away for it a second time");
	stick(&w, false);
	type(&w, 1, 1);
	settle(&w);
	cr_assert_eq(heard(&w, 1, "ack"), 1);
	cr_assert_eq(heard(&w, 2, "edit"), 1);
	cr_assert_eq(typed(&w), 1);
	world_fini(&w);
}

/* What waits behind a slow reader goes with the room, that all is well again with it. */
Test(hub_stuck, a_slow_reader_is_told_again_that_it_keeps_again)
{
	struct world w;

	world_init(&w, CASE_1);
	enter(&w, 1, "p-ps");
	enter(&w, 2, "p-hw");
	stick(&w, true);
	cr_assert_eq(told(&w, 2), 1);
	w.conn[2].is_slow = true;
	stick(&w, false);
	type(&w, 1, 1);
	lose(&w, STORE_MEM_REFUSED);
	settle(&w);
	w.conn[2].is_slow = false;
	join(&w, 2);
	settle(&w);
	cr_assert_eq(told(&w, 2), 0);
	world_fini(&w);
}

/* Rooms lost again and again make people wait longer and longer; that ends with the trouble. */
Test(hub_stuck, nobody_waits_on_when_it_keeps_again)
{
	struct world w;

	world_init(&w, CASE_1);
	enter(&w, 1, "p-ps");
	for (unsigned n = 0; n < 4; n++) {
		hush(&w);
		type(&w, 1, 1);
		lose(&w, STORE_MEM_REFUSED);
		if (n == 3) {
			stick(&w, true);
		}
		settle(&w);
		tick(&w, n < 3 ? 5000 : 1);
		if (n < 3) {
			join(&w, 1);
			settle(&w);
		}
	}
	cr_assert_eq(heard(&w, 1, "again"), 0, "it is made to wait");
	stick(&w, false);
	cr_assert_eq(heard(&w, 1, "again"), 1);
	world_fini(&w);
}
