/* Presence on its way through the hub: seldom, kept nowhere, and for readers of the cell alone. */
#include "base/limits.h"
#include "support/hubrig.h"

#define HIDDEN "assess.risk_note" /* the person does not read it */

static void stand(struct world *w, const char *cell, int at)
{
	say(w, 1, "'t':'here','cell':'%s','at':[1,%d,%d]", cell, at, at);
}

static void wait_ms(struct world *w, int64_t ms)
{
	tick(w, ms);
	settle(w);
}

static int64_t last_at(struct world *w, uint32_t conn)
{
	return json_integer_value(json_array_get(json_object_get(last(w, conn, "here"), "at"), 1));
}

static void meeting_of(struct world *w)
{
	world_init(w, CASE_1);
	enter(w, 1, "p-ps");
	enter(w, 2, "p-aps");
	enter(w, 3, "p-self");
	settle(w);
	hush(w);
}

Test(hub_here, four_a_second_and_always_the_last_place)
{
	struct world w;
	unsigned told = 0;

	meeting_of(&w);
	for (int i = 1; i <= 40; i++) { /* two seconds, twenty places a second */
		stand(&w, GOAL, i);
		wait_ms(&w, 50);
		cr_assert_leq(heard(&w, 2, "here"), told + 1);
		told = heard(&w, 2, "here");
	}
	cr_assert_leq(told, 2 * LIMIT_PRESENCE_PER_S + 1);
	cr_assert_geq(told, 2 * LIMIT_PRESENCE_PER_S - 1);
	wait_ms(&w, 1000);
	cr_assert_eq(last_at(&w, 2), 40);
	cr_assert_eq(heard(&w, 1, "here"), 0, "not to oneself");
	world_fini(&w);
}

/* Every stroke of the clock one, the newest: what comes between two of them is told once. */
Test(hub_here, one_at_each_stroke)
{
	const int64_t stroke = 1000 / LIMIT_PRESENCE_PER_S;
	struct world w;

	meeting_of(&w);
	wait_ms(&w, stroke - w.rig.now_ms % stroke);
	hush(&w);
	for (int i = 1; i <= LIMIT_PRESENCE_PER_S; i++) { /* as many as may be in a second */
		stand(&w, GOAL, i);
		cr_expect_eq(hub_deadline(w.hub), w.rig.now_ms + stroke, "and it wakes for it");
		wait_ms(&w, stroke - 1);
		cr_expect_eq(heard(&w, 2, "here"), (unsigned)i - 1);
		wait_ms(&w, 1);
		cr_expect_eq(heard(&w, 2, "here"), (unsigned)i, "each is told");
		cr_expect_eq(last_at(&w, 2), i);
	}
	hush(&w);
	for (int i = 1; i <= LIMIT_PRESENCE_PER_S + 1; i++) { /* one more: two in one stroke */
		stand(&w, GOAL, 10 + i);
		wait_ms(&w, i == 1 ? 1 : i == 2 ? stroke - 1 : stroke);
	}
	cr_expect_eq(heard(&w, 2, "here"), LIMIT_PRESENCE_PER_S);
	cr_expect_eq(last_at(&w, 2), 10 + LIMIT_PRESENCE_PER_S + 1, "the newest is not lost");
	world_fini(&w);
}

/* Who does not read the cell is sent the same for a hidden cell as for none, and no more. */
Test(hub_here, into_a_hidden_cell_is_out_of_the_field)
{
	struct world w;
	char *said[2];

	meeting_of(&w);
	for (int i = 0; i < 2; i++) {
		hush(&w);
		stand(&w, GOAL, 1);
		wait_ms(&w, 1000);
		cr_assert_eq(heard(&w, 3, "here"), 1);
		if (i == 0) {
			stand(&w, HIDDEN, 2);
			wait_ms(&w, 1000);
			cr_assert_eq(heard(&w, 2, "here"), 2, "who reads it is told");
			stand(&w, HIDDEN, 3);
		} else {
			say(&w, 1, "'t':'here'");
		}
		wait_ms(&w, 1000);
		cr_assert_eq(heard(&w, 3, "here"), 2);
		said[i] = json_dumps(last(&w, 3, "here"), 0);
	}
	cr_assert_str_eq(said[0], said[1]);
	cr_assert_eq(records(&w, RECORD_EDIT), 0, "kept nowhere");
	free(said[0]);
	free(said[1]);
	world_fini(&w);
}
