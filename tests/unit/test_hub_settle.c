/* What is typed waits for what others type; nothing else does, and nothing is lost. */
#include "support/hubrig.h"

static struct world w;

static void start(void)
{
	world_init(&w, CASE_2);
	hub_gather(w.hub);
	enter(&w, 1, "p-ps");
	enter(&w, 2, "p-aps");
	hush(&w);
}

/* A turn of the loop ends. */
static void turn(void)
{
	hub_settle(w.hub, w.rig.now_ms);
}

Test(hub_settle, what_several_typed_goes_in_one_commit)
{
	const struct store_batch *b;

	start();
	cr_assert_eq(hub_unsettled(w.hub), 0);
	type(&w, 1, 1);
	type(&w, 2, 1);
	type(&w, 1, 2);
	cr_assert_eq(hub_unsettled(w.hub), 1);
	cr_assert(!store_mem_next(w.store));
	cr_assert(!hub_is_quiet(w.hub), "something is still to come");
	turn();
	cr_assert_eq(hub_unsettled(w.hub), 0);
	b = store_mem_next(w.store);
	cr_assert(b);
	cr_assert_eq(b->record_count, 3);
	cr_assert_eq(heard_all(&w, 1) + heard_all(&w, 2), 0, "nothing is said before it is kept");
	keep(&w);
	cr_assert_eq(heard(&w, 1, "ack"), 2);
	cr_assert_eq(heard(&w, 2, "ack"), 1);
	cr_assert_eq(heard(&w, 2, "edit"), 2);
	cr_assert_eq(typed(&w), 3);
	cr_assert(hub_is_quiet(w.hub));
	world_fini(&w);
}

Test(hub_settle, what_is_typed_during_a_commit_waits_for_the_next_turn)
{
	start();
	type(&w, 1, 1);
	turn();
	type(&w, 2, 1);
	turn();
	keep(&w);
	cr_assert(!store_mem_next(w.store));
	cr_assert_eq(heard(&w, 1, "ack"), 1);
	type(&w, 1, 2);
	turn();
	cr_assert_eq(store_mem_next(w.store)->record_count, 2);
	keep(&w);
	cr_assert_eq(typed(&w), 3);
	world_fini(&w);
}

/* A consent that is withdrawn bites at once, whoever types. */
Test(hub_settle, anything_else_is_served_at_once_and_what_was_typed_before_it)
{
	start();
	enter(&w, 3, "p-self");
	enter(&w, 4, "p-pj");
	hush(&w);
	type(&w, 1, 1);
	withdraw(&w, 3);
	cr_assert_eq(store_mem_next(w.store)->record_count, 1, "what was typed");
	keep(&w);
	cr_assert(store_mem_next(w.store), "the withdrawal waits for no turn");
	cr_assert_eq(heard(&w, 4, "drop"), 1);
	keep(&w);
	cr_assert_eq(heard(&w, 3, "ack"), 1);
	turn();
	settle(&w);
	world_fini(&w);
}

Test(hub_settle, a_room_may_go_while_it_waits)
{
	start();
	type(&w, 1, 1);
	leave(&w, 1);
	leave(&w, 2);
	settle(&w);
	tick(&w, 600000);
	settle(&w);
	cr_assert_eq(hub_figures(w.hub).rooms, 0);
	cr_assert_eq(hub_unsettled(w.hub), 0);
	turn();
	cr_assert_eq(typed(&w), 1);
	world_fini(&w);
}
