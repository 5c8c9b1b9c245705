/* Coming, waiting, going; and what somebody who is not there is told of those who are. */
#include "support/listener.h"

static void begin_with(struct rig *r, const char *const *who)
{
	meeting_start(r, CASE_1, MEETING_1);
	YES(open_item(r, "p-ps", "1"));
	for (; *who; who++) {
		YES(attend(r, "p-ps", *who, "in"));
	}
}

/* ---- coming in ---- */

Test(presence, one_comes_in_at_once_but_from_afar_or_again_one_waits)
{
	struct rig r;

	begin_with(&r, (const char *const[]){NULL});
	YES(attend(&r, "p-cw", "p-cw", "in"));
	IS(phase(&r, "p-cw"), "in");
	NO(ERR_RULE, attend(&r, "p-cw", "p-cw", "in"));
	YES(attend(&r, "p-emp", "p-emp", "in"));
	IS(phase(&r, "p-emp"), "wait");
	NO(ERR_RULE, attend(&r, "p-emp", "p-emp", "in"));
	YES(attend(&r, "p-ps", "p-emp", "in"));
	IS(phase(&r, "p-emp"), "in");
	IS(told_of(&r, "p-cw", "p-emp"), "here line");
	YES(attend(&r, "p-cw", "p-cw", "out"));
	NO(ERR_RULE, attend(&r, "p-cw", "p-cw", "out"));
	YES(attend(&r, "p-cw", "p-cw", "in"));
	IS(phase(&r, "p-cw"), "wait");
	YES(say(&r, "p-kp", "'t':'attend','what':'in','place':'line'"));
	IS(phase(&r, "p-kp"), "wait");
	YES(attend(&r, "p-kp", "p-kp", "out"));
	IS(phase(&r, "p-kp"), "door");
	meeting_over(&r);
}

/* A remote seat is let in by somebody, whatever it says of where it is. */
Test(presence, a_seat_from_afar_cannot_say_it_is_in_the_room)
{
	struct rig r;

	begin_with(&r, (const char *const[]){NULL});
	YES(say(&r, "p-emp", "'t':'attend','what':'in','place':'room'"));
	IS(phase(&r, "p-emp"), "wait");
	meeting_over(&r);
}

Test(presence, only_the_chair_marks_others_and_only_who_may_sit_there)
{
	struct rig r;

	begin_with(&r, (const char *const[]){"p-aps", NULL});
	NO(ERR_GONE, attend(&r, "p-aps", "p-cw", "in"));
	NO(ERR_GONE, attend(&r, "p-emp", "p-cw", "out"));
	NO(ERR_GONE, say(&r, "p-ps", "'t':'attend','what':'in','seat':'00000000000000ff'"));
	NO(ERR_RULE, attend(&r, "p-ps", "p-lkp", "in"));
	NO(ERR_RULE, attend(&r, "p-ps", "p-cw", "out"));
	NO(ERR_PROTO, say(&r, "p-cw", "'t':'attend','what':'wait'"));
	NO(ERR_PROTO, say(&r, "p-cw", "'t':'attend','what':'in','place':'roof'"));
	YES(open_item(&r, "p-ps", "3"));
	NO(ERR_RULE, attend(&r, "p-ps", "p-emp", "in"));
	YES(attend(&r, "p-emp", "p-emp", "in"));
	IS(phase(&r, "p-emp"), "wait");
	NO(ERR_RULE, attend(&r, "p-ps", "p-emp", "in"));
	YES(attend(&r, "p-ps", "p-cw", "in"));
	meeting_over(&r);
}

Test(presence, before_the_meeting_everybody_gathers)
{
	struct rig r;

	meeting_start(&r, CASE_1, MEETING_1);
	YES(attend(&r, "p-lkp", "p-lkp", "in"));
	YES(attend(&r, "p-self", "p-self", "in"));
	IS(phase(&r, "p-self"), "before");
	NO(ERR_RULE, open_item(&r, "p-ps", "1"));
	YES(attend(&r, "p-ps", "p-lkp", "out"));
	YES(open_item(&r, "p-ps", "1"));
	IS(phase(&r, "p-self"), "in");
	IS(phase(&r, "p-lkp"), "done");
	meeting_over(&r);
}

Test(presence, at_the_end_everybody_has_left)
{
	struct rig r;

	begin_with(&r, (const char *const[]){"p-self", "p-kp", NULL});
	YES(attend(&r, "p-emp", "p-emp", "in"));
	YES(close_item(&r, "p-ps", 1));
	IS(told_of(&r, "p-ps", "p-self"), "here");
	IS(told_of(&r, "p-emp", "p-emp"), "here");
	IS(phase(&r, "p-emp"), "before");
	YES(open_item(&r, "p-ps", "2"));
	IS(told_of(&r, "p-ps", "p-self"), "here");
	IS(phase(&r, "p-self"), "door");
	YES(attend(&r, "p-self", "p-self", "in"));
	IS(phase(&r, "p-self"), "in");
	meeting_over(&r);
}

/* ---- phases ---- */

static void play(struct rig *r, const char *const *items)
{
	for (; *items; items++) {
		YES(open_item(r, "p-ps", *items));
	}
}

Test(presence, each_is_told_its_own_part_of_the_meeting)
{
	struct rig r;

	begin_with(&r, (const char *const[]){"p-kp", NULL});
	IS(phase(&r, "p-kp"), "in");
	IS(phase(&r, "p-lkp"), "done");
	IS(phase(&r, "p-hw"), "door");
	YES(open_item(&r, "p-ps", "2"));
	IS(state(&r, "p-kp", item(&r, "1")), "done");
	IS(state(&r, "p-kp", item(&r, "2")), "now");
	IS(state(&r, "p-kp", item(&r, "3")), "next");
	IS(state(&r, "p-kp", item(&r, "4")), "");
	YES(open_item(&r, "p-ps", "3"));
	IS(phase(&r, "p-hw"), "done");
	YES(attend(&r, "p-kp", "p-kp", "out"));
	IS(phase(&r, "p-kp"), "on");
	IS(state(&r, "p-kp", item(&r, "3")), "done");
	IS(state(&r, "p-kp", item(&r, "5")), "next");
	YES(open_item(&r, "p-ps", "4"));
	IS(phase(&r, "p-kp"), "on");
	IS(phase(&r, "p-aps"), "door");
	meeting_over(&r);
}

/* Item 5 is the key person's again: it must not read ここまでです then. */
Test(presence, who_left_is_called_when_its_later_item_begins)
{
	struct rig r;

	begin_with(&r, (const char *const[]){"p-kp", NULL});
	play(&r, (const char *const[]){"2", "3", NULL});
	YES(attend(&r, "p-kp", "p-kp", "out"));
	play(&r, (const char *const[]){"4", "5", NULL});
	IS(phase(&r, "p-kp"), "door");
	IS(state(&r, "p-kp", item(&r, "5")), "next");
	YES(attend(&r, "p-kp", "p-kp", "in"));
	IS(phase(&r, "p-kp"), "wait");
	YES(attend(&r, "p-ps", "p-kp", "in"));
	IS(phase(&r, "p-kp"), "in");
	IS(state(&r, "p-kp", item(&r, "5")), "now");
	YES(attend(&r, "p-kp", "p-kp", "out"));
	IS(phase(&r, "p-kp"), "done");
	meeting_over(&r);
}

/* Times, the open item and the pause are for who is in it. */
Test(presence, what_goes_on_is_told_inside_only)
{
	struct rig r;

	begin_with(&r, (const char *const[]){"p-self", "p-emp", NULL});
	YES(say(&r, "p-self", "'t':'pause','on':1"));
	cr_assert_neq(since(&r, "p-emp"), -1);
	cr_assert(strstr(meet_text(&r, "p-emp", "agenda"), "from"));
	YES(attend(&r, "p-emp", "p-emp", "out"));
	cr_assert_eq(since(&r, "p-emp"), -1);
	IS(meet_text(&r, "p-emp", "pause"), "");
	cr_assert_null(strstr(meet_text(&r, "p-emp", "agenda"), "from"));
	cr_assert_eq(since(&r, "p-cw"), -1, "at the door neither");
	IS(meet_text(&r, "p-cw", "pause"), "");
	cr_assert_null(strstr(meet_text(&r, "p-cw", "agenda"), "now"));
	meeting_over(&r);
}

/* ---- what who left is told: nothing ---- */

/* The first half of what can go on without the employer. */
static void play_first(struct rig *r, size_t step)
{
	switch (step) {
	case 0:
		YES(open_item(r, "p-ps", "3"));
		break;
	case 1:
		YES(attend(r, "p-kp", "p-kp", "out"));
		break;
	case 2:
		YES(attend(r, "p-kp", "p-kp", "in"));
		break;
	case 3:
		YES(attend(r, "p-ps", "p-kp", "in"));
		break;
	case 4:
		YES(minute(r, "p-aps", "朝のこと"));
		break;
	case 5:
		YES(say(r, "p-self", "'t':'pause','on':1"));
		break;
	case 6:
		YES(say(r, "p-self", "'t':'pause','on':0"));
		break;
	case 7:
		YES(say(r, "p-ps", "'t':'order','row':'%s','to':'%s'", item(r, "5"), item(r, "1")));
		break;
	default:
		YES(set_audience(r, "p-ps", item(r, "3"),
				 (const char *const[]){"p-ps", "p-aps", "p-self", "p-cw", "p-sup",
						       "p-kp", "p-hw", NULL}));
		break;
	}
}

enum { FIRST_HALF = 9, PLAYED = 19 };

/* Everything that can go on without the employer. */
static void play_on(struct rig *r, struct listener *emp, size_t step)
{
	switch (step) {
	case FIRST_HALF:
		rig_event(r, ROOM_LEAVE, conn_of(r, "p-cw"), rig_seat(r, "p-cw"), NULL);
		break;
	case 10:
		rig_join(r, conn_of(r, "p-cw"), "p-cw");
		break;
	case 11:
		send_quoted(r, conn_of(r, "p-ps"), "p-ps",
			    (char[]){"{'t':'here','cell':'" GOAL "','at':[1,0,0]}"});
		break;
	case 12:
		YES(close_item(r, "p-ps", 0));
		break;
	case 13:
		YES(say(r, "p-ps",
			"'t':'row','table':'conf.agenda_items','cells':{'title':'x',"
			"'minutes':5,'audience':['@%s']}",
			seat_hex(r, "p-ps")));
		break;
	case 14:
		YES(attend(r, "p-ps", "p-kp", "out"));
		break;
	case 15:
		YES(open_item(r, "p-ps", "4"));
		break;
	case 16:
		YES(say(r, "p-ps", "'t':'order','row':'%s','to':'%s'", item(r, "4"), item(r, "1")));
		break;
	case 17:
		YES(type_text(r, "p-ps", "plan.money.action.goal", "x"));
		break;
	case 18:
		YES(close_item(r, "p-ps", 1));
		break;
	default:
		play_first(r, step);
		break;
	}
	listener_hear(emp, r);
}

/* The frames of p-emp after it left: byte by byte those it was shown when it left. */
static void leaves_and_hears_nothing(bool during_its_item)
{
	struct rig r;
	struct listener emp;
	struct slice left;

	begin_with(&r, (const char *const[]){"p-self", "p-aps", "p-kp", "p-cw", "p-emp", NULL});
	YES(open_item(&r, "p-ps", "2"));
	if (!during_its_item) {
		YES(close_item(&r, "p-ps", 0));
	}
	YES(attend(&r, "p-emp", "p-emp", "out"));
	IS(phase(&r, "p-emp"), "done");
	listener_sit(&emp, &r, "p-emp");
	left = shown_to(&r, "p-emp");
	for (size_t step = 0; step < PLAYED; step++) {
		char what[24];

		r.now_ms += 61000;
		play_on(&r, &emp, step);
		cr_assert_eq(emp.heard, 0, "a frame in step %zu", step);
		snprintf(what, sizeof what, "step %zu", step);
		same_bytes(left, shown_to(&r, "p-emp"), what);
	}
	listener_fini(&emp);
	meeting_over(&r);
}

Test(presence, who_left_its_last_item_hears_nothing_more)
{
	leaves_and_hears_nothing(true);
}

Test(presence, who_left_after_its_last_item_hears_nothing_more)
{
	leaves_and_hears_nothing(false);
}

/* It left, and then its own item goes on for fewer. */
Test(presence, who_left_does_not_learn_that_its_item_got_narrower)
{
	struct rig r;
	struct slice left;
	const char *one;

	begin_with(&r, (const char *const[]){"p-self", "p-emp", NULL});
	YES(open_item(&r, "p-ps", "2"));
	YES(attend(&r, "p-emp", "p-emp", "out"));
	left = shown_to(&r, "p-emp");
	one = item(&r, "2");
	r.now_ms += 1000;
	YES(set_audience(&r, "p-ps", one, (const char *const[]){"p-ps", "p-self", NULL}));
	same_bytes(left, shown_to(&r, "p-emp"), "narrower");
	YES(set_audience(&r, "p-ps", one, (const char *const[]){"p-ps", "p-self", "p-cw", NULL}));
	same_bytes(left, shown_to(&r, "p-emp"), "and narrower");
	meeting_over(&r);
}

/* ---- who sees who is there ---- */

Test(presence, it_follows_the_audience_and_the_chair)
{
	struct rig r;

	begin_with(&r, (const char *const[]){"p-self", "p-emp", "p-kp", NULL});
	IS(told_of(&r, "p-emp", "p-self"), "here room");
	IS(told_of(&r, "p-pj", "p-self"), "-");
	IS(told_of(&r, "p-cw", "p-self"), "here room");
	YES(attend(&r, "p-emp", "p-emp", "out"));
	IS(told_of(&r, "p-emp", "p-self"), "-");
	IS(told_of(&r, "p-emp", "p-emp"), "here");
	IS(told_of(&r, "p-self", "p-emp"), "here out");
	YES(open_item(&r, "p-ps", "3"));
	IS(told_of(&r, "p-hw", "p-self"), "-");
	IS(told_of(&r, "p-kp", "p-self"), "here room");
	YES(attend(&r, "p-ps", "p-kp", "out"));
	YES(open_item(&r, "p-ps", "4"));
	YES(attend(&r, "p-ps", "p-ps", "out"));
	IS(told_of(&r, "p-ps", "p-self"), "here room");
	meeting_over(&r);
}

Test(presence, outside_the_meeting_it_is_for_officials_and_the_person)
{
	struct rig r;

	meeting_start(&r, CASE_1, MEETING_1);
	YES(attend(&r, "p-self", "p-self", "in"));
	IS(told_of(&r, "p-cw", "p-self"), "here room");
	IS(told_of(&r, "p-self", "p-cw"), "here");
	IS(told_of(&r, "p-emp", "p-emp"), "here");
	YES(open_item(&r, "p-ps", "1"));
	YES(close_item(&r, "p-ps", 1));
	IS(told_of(&r, "p-cw", "p-self"), "here");
	IS(told_of(&r, "p-emp", "p-self"), "-");
	meeting_over(&r);
}

Test(presence, who_waits_is_known_to_the_chair_alone)
{
	struct rig r;

	begin_with(&r, (const char *const[]){"p-self", "p-aps", NULL});
	YES(attend(&r, "p-emp", "p-emp", "in"));
	IS(told_of(&r, "p-ps", "p-emp"), "here wait");
	IS(told_of(&r, "p-emp", "p-emp"), "here wait");
	IS(told_of(&r, "p-self", "p-emp"), "here");
	IS(told_of(&r, "p-aps", "p-emp"), "here");
	IS(told_of(&r, "p-sup", "p-emp"), "here");
	meeting_over(&r);
}

/* ---- the rows of attendance ---- */

static const struct cell_shown *stay(struct rig *r, const char *seat, const char *who, size_t nth)
{
	const char *wire = arena_printf(&r->mem, "@%s", seat_hex(r, who)).ptr;
	size_t count;
	const struct cell_shown *c =
	    room_visible(r->room, seat_bit(rig_seat(r, seat)), &r->mem, &count);
	uint16_t col = schema_col_find(r->schema, slice_of("conf.attendance.who"));

	for (size_t i = 0; i < count; i++) {
		const char *value = json_string_value(c[i].value);

		if (c[i].place.col == col && value && strcmp(value, wire) == 0 && nth-- == 0) {
			return &c[i]; /* who in out note are adjacent */
		}
	}
	return NULL;
}

static void is_stay(struct rig *r, const char *who, size_t nth, const char *in, const char *out)
{
	const struct cell_shown *c = stay(r, "p-ps", who, nth);

	cr_assert(c, "%s has no row %zu", who, nth);
	IS(json_string_value(c[1].value), in);
	IS(json_string_value(c[2].value), out);
}

Test(presence, every_coming_and_going_is_a_row)
{
	struct rig r;

	begin_with(&r, (const char *const[]){"p-self", "p-emp", NULL});
	is_stay(&r, "p-ps", 0, "14:00", "");
	is_stay(&r, "p-emp", 0, "14:00", "");
	r.now_ms += 20 * 60000;
	YES(attend(&r, "p-emp", "p-emp", "out"));
	is_stay(&r, "p-emp", 0, "14:00", "14:20");
	r.now_ms += 5 * 60000;
	YES(attend(&r, "p-emp", "p-emp", "in"));
	cr_assert_null(stay(&r, "p-ps", "p-emp", 1), "waiting is not being there");
	YES(attend(&r, "p-ps", "p-emp", "in"));
	is_stay(&r, "p-emp", 1, "14:25", "");
	r.now_ms += 60000;
	YES(close_item(&r, "p-ps", 1));
	is_stay(&r, "p-emp", 1, "14:25", "14:26");
	is_stay(&r, "p-self", 0, "14:00", "14:26");
	is_stay(&r, "p-ps", 0, "14:00", "14:26");
	meeting_over(&r);
}

Test(presence, outsiders_read_their_own_row_alone)
{
	struct rig r;
	const struct cell_shown *own;
	uint64_t row;

	begin_with(&r, (const char *const[]){"p-self", "p-emp", "p-kp", NULL});
	own = stay(&r, "p-emp", "p-emp", 0);
	cr_assert(own);
	cr_assert_null(stay(&r, "p-emp", "p-self", 0));
	cr_assert_null(stay(&r, "p-kp", "p-emp", 0));
	cr_assert(stay(&r, "p-sup", "p-emp", 0));
	/* The id of a row and the version of its cells are drawn apart: no seat's number shows. */
	cr_assert(id_from_hex((struct slice){own->key.ptr + strlen("conf.attendance/"), HEX64_LEN},
			      &row));
	for (size_t i = 0; i < 4; i++) {
		uint64_t apart = (row ^ own[i].ver) & (((uint64_t)1 << 40) - 1);

		cr_assert_gt(apart, 1u << 16, "%.*s", (int)own[i].key.len, own[i].key.ptr);
	}
	meeting_over(&r);
}
