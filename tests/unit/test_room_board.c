/* A screen on the wall: it shows what everybody who is there may see, and nobody in particular. */
#include "support/listener.h"

enum { WALL = 200 };

static void join_board(struct rig *r, const char *seat)
{
	send_quoted(r, WALL, seat, (char[]){"{'t':'join','client':'00000000000000b0','board':1}"});
}

/* In item 1 with the chair alone, and a board on the wall. */
static void begin(struct rig *r)
{
	meeting_start(r, CASE_1, MEETING_1);
	YES(open_item(r, "p-ps", "1"));
	join_board(r, "p-ps");
	cr_assert(rig_fx(r, FX_SNAP, WALL));
}

static bool board_sees(struct rig *r, const char *key)
{
	size_t count;
	const struct cell_shown *c = room_visible(
	    r->room, room_viewer(r->room, (struct conn_id){WALL}, NULL), &r->mem, &count);

	for (size_t i = 0; i < count; i++) {
		if (slice_is(c[i].key, key)) {
			return true;
		}
	}
	return false;
}

Test(board, it_is_for_seats_with_a_duty)
{
	struct rig r;

	meeting_start(&r, CASE_1, MEETING_1);
	join_board(&r, "p-emp");
	cr_assert(rig_fx(&r, FX_BYE, WALL) && !rig_fx(&r, FX_SNAP, WALL));
	join_board(&r, "p-self");
	cr_assert(rig_fx(&r, FX_BYE, WALL) && !rig_fx(&r, FX_SNAP, WALL));
	join_board(&r, "p-aps");
	cr_assert(!rig_fx(&r, FX_BYE, WALL) && rig_fx(&r, FX_SNAP, WALL));
	send_quoted(&r, WALL + 1, "p-ps",
		    (char[]){"{'t':'join','client':'00000000000000b1','board':2}"});
	cr_assert(rig_fx(&r, FX_BYE, WALL + 1));
	meeting_over(&r);
}

Test(board, with_nobody_there_it_shows_nothing)
{
	struct rig r;

	meeting_start(&r, CASE_1, MEETING_1);
	join_board(&r, "p-ps");
	cr_assert_eq(rig_fx(&r, FX_SNAP, WALL)->cell_count, 0);
	YES(open_item(&r, "p-ps", "1"));
	cr_assert(has_key(rig_fx(&r, FX_CELLS, WALL), GOAL), "now the chair is there");
	YES(attend(&r, "p-ps", "p-ps", "out"));
	cr_assert(has_key(rig_fx(&r, FX_DROP, WALL), GOAL));
	cr_assert(!board_sees(&r, GOAL));
	meeting_over(&r);
}

Test(board, who_comes_in_takes_away_what_it_may_not_see)
{
	struct rig r;

	begin(&r);
	cr_assert(board_sees(&r, HEALTH) && board_sees(&r, GOAL));
	YES(attend(&r, "p-ps", "p-emp", "in"));
	cr_assert(has_key(rig_fx(&r, FX_DROP, WALL), HEALTH), "in the same step");
	cr_assert(!board_sees(&r, HEALTH) && board_sees(&r, GOAL));
	YES(attend(&r, "p-emp", "p-emp", "out"));
	cr_assert(has_key(rig_fx(&r, FX_CELLS, WALL), HEALTH));
	cr_assert(board_sees(&r, HEALTH));
	meeting_over(&r);
}

/* Two see different things: the wall only what both see. */
Test(board, it_is_the_least_of_all)
{
	struct rig r;
	const char *key = "case.stage";

	begin(&r);
	cr_assert(board_sees(&r, key));
	YES(attend(&r, "p-ps", "p-kp", "in"));
	cr_assert(!board_sees(&r, key));
	cr_assert(board_sees(&r, HEALTH), "the key person has a consent");
	YES(attend(&r, "p-ps", "p-hw", "in"));
	cr_assert(!board_sees(&r, HEALTH));
	cr_assert(board_sees(&r, GOAL));
	meeting_over(&r);
}

Test(board, who_waits_or_reads_at_home_is_not_there)
{
	struct rig r;

	begin(&r);
	YES(attend(&r, "p-emp", "p-emp", "in"));
	cr_assert(board_sees(&r, HEALTH), "it only waits");
	YES(attend(&r, "p-ps", "p-emp", "in"));
	cr_assert(!board_sees(&r, HEALTH));
	meeting_over(&r);
}

/* A name that somebody who has come in does not know goes from the wall, wherever it stands. */
Test(board, names_go_from_the_wall_too)
{
	struct rig r;
	struct view wall;
	struct listener l = {.conn = WALL, .live = true};
	const char *key = "plan.work.action.resource_ids";

	begin(&r);
	l.seat = rig_seat(&r, "p-ps");
	wall = view_of(&r, WALL, l.seat);
	listener_list(&l, &l.seats, view_seats(&wall), true);
	listener_list(&l, &l.meet, view_meet(&wall), true);
	YES(attend(&r, "p-ps", "p-emp", "in"));
	cr_assert(has_key(rig_fx(&r, FX_DROP, WALL), key), "what stood there named more");
	cr_assert(has_key(rig_fx(&r, FX_CELLS, WALL), key));
	listener_fini(&l);
	meeting_over(&r);
}

Test(board, it_is_refused_everything_but_ping)
{
	struct rig r;
	static const char *const act[] = {
	    "{'t':'close','ref':1}",
	    "{'t':'attend','ref':2,'what':'out'}",
	    "{'t':'edit','ref':3,'cell':'" GOAL "','base':1,'changes':[[[0,'x']]]}",
	    "{'t':'row','ref':4,'table':'mon.note','cells':{'text':'x'}}",
	};

	begin(&r);
	for (size_t i = 0; i < sizeof act / sizeof *act; i++) {
		send_quoted(&r, WALL, "p-ps", (char *)(uintptr_t)kept_text(&r, slice_of(act[i])));
		cr_assert_eq(rig_refused(&r, WALL), ERR_GONE, "%s", act[i]);
		cr_assert_eq(r.fx.record_count, 0);
	}
	send_quoted(&r, WALL, "p-ps", (char[]){"{'t':'here','cell':'" GOAL "'}"});
	cr_assert_eq(r.fx.fx_count, 0);
	send_quoted(&r, WALL, "p-ps", (char[]){"{'t':'reach','cell':'" GOAL "'}"});
	cr_assert_eq(r.fx.fx_count, 0);
	send_quoted(&r, WALL, "p-ps", (char[]){"{'t':'ping'}"});
	cr_assert(rig_fx(&r, FX_PONG, WALL));
	meeting_over(&r);
}

Test(board, it_is_nobody)
{
	struct rig r;
	struct view wall;
	json_t *snap;
	json_t *me;

	begin(&r);
	rig_event(&r, ROOM_LEAVE, conn_of(&r, "p-ps"), rig_seat(&r, "p-ps"), NULL);
	IS(told_of(&r, "p-aps", "p-ps"), "- room");
	wall = view_of(&r, WALL, rig_seat(&r, "p-ps"));
	snap = parsed(taken(&r, view_snapshot(&wall, &(struct view_snapshot){0})));
	me = json_object_get(snap, "me");
	IS(json_string_value(json_object_get(me, "seat")), "");
	IS(json_string_value(json_object_get(me, "label")), "");
	cr_assert(json_is_true(json_object_get(me, "board")));
	cr_assert_eq(json_array_size(json_object_get(me, "duties")), 0);
	cr_assert_null(json_object_get(snap, "hidden"));
	IS(json_string_value(json_object_get(json_object_get(snap, "meet"), "phase")), "in");
	json_decref(snap);
	meeting_over(&r);
}

/* Who takes its seat away takes its board away. */
Test(board, it_ends_with_the_seat_that_put_it_up)
{
	struct rig r;

	meeting_start(&r, CASE_1, MEETING_1);
	join_board(&r, "p-aps");
	YES(say(&r, "p-ps", "'t':'bar','seat':'%s','on':1", seat_hex(&r, "p-aps")));
	cr_assert(rig_fx(&r, FX_BYE, WALL));
	meeting_over(&r);
}
