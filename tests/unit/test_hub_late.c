/* Time changes a right while a commit is on its way. */
#include "support/hubrig.h"

Test(hub_late, nothing_is_written_by_a_right_that_has_lapsed_meanwhile)
{
	struct world w;
	int64_t due;

	world_init(&w, CASE_2);
	enter(&w, 1, "p-ps");
	enter(&w, 2, "p-aps");
	due = room_deadline(truth(&w));
	cr_assert_lt(due, INT64_MAX, "some consent of the case ends");
	tick(&w, due - 1 - w.rig.now_ms);
	settle(&w);
	hush(&w);
	type(&w, 1, 1);
	tick(&w, 1); /* the commit is on its way, so the room cannot be stepped */
	keep(&w);
	cr_assert_eq(heard(&w, 1, "ack") + heard(&w, 2, "edit"), 0, "by the rights of before");
	settle(&w);
	cr_assert_eq(heard(&w, 1, "again"), 1);
	cr_assert_eq(heard(&w, 2, "again"), 1);
	cr_assert_eq(typed(&w), 1, "it is kept all the same");
	world_fini(&w);
}

Test(hub_late, before_that_everything_is_written)
{
	struct world w;

	world_init(&w, CASE_2);
	enter(&w, 1, "p-ps");
	enter(&w, 2, "p-aps");
	tick(&w, room_deadline(truth(&w)) - 1 - w.rig.now_ms);
	settle(&w);
	hush(&w);
	type(&w, 1, 1);
	keep(&w);
	cr_assert_eq(heard(&w, 1, "ack"), 1);
	cr_assert_eq(heard(&w, 2, "edit"), 1);
	settle(&w);
	world_fini(&w);
}
