/* The meeting, rule by rule: its gate, its segments, who is there and what each is told. */
#include "support/listener.h"

/* Case 1: items 1 and 2 are for all but the kitchen chief; 3 to 5 are not for the employer. */
static void start(struct rig *r)
{
	meeting_start(r, CASE_1, MEETING_1);
}

/* The meeting has begun, and these are in: NULL at the end. */
static void begin_with(struct rig *r, const char *const *who)
{
	start(r);
	YES(open_item(r, "p-ps", "1"));
	for (; *who; who++) {
		YES(attend(r, "p-ps", *who, "in"));
	}
}

/* ---- the gate ---- */

Test(meeting, only_the_chair_opens)
{
	struct rig r;

	start(&r);
	NO(ERR_GONE, open_item(&r, "p-aps", "1"));
	NO(ERR_GONE, open_item(&r, "p-self", "1"));
	NO(ERR_GONE, say(&r, "p-ps", "'t':'open','row':'0123456789abcdef'"));
	YES(open_item(&r, "p-ps", "1"));
	meeting_over(&r);
}

Test(meeting, the_first_open_begins_it_and_the_chair_is_there)
{
	struct rig r;

	start(&r);
	IS(phase(&r, "p-ps"), "before");
	IS(phase(&r, "p-emp"), "before");
	YES(open_item(&r, "p-ps", "1"));
	IS(phase(&r, "p-ps"), "in");
	IS(told_of(&r, "p-ps", "p-ps"), "here room");
	IS(phase(&r, "p-emp"), "door");
	IS(state(&r, "p-ps", item(&r, "1")), "now");
	IS(state(&r, "p-emp", item(&r, "1")), "next");
	cr_assert_eq(since(&r, "p-ps"), r.now_ms);
	meeting_over(&r);
}

Test(meeting, who_is_in_and_not_of_the_next_item_has_to_leave_first)
{
	struct rig r;

	begin_with(&r, (const char *const[]){"p-emp", "p-self", NULL});
	NO(ERR_RULE, open_item(&r, "p-ps", "3"));
	IS(state(&r, "p-ps", item(&r, "1")), "now");
	YES(open_item(&r, "p-ps", "2"));
	NO(ERR_RULE, open_item(&r, "p-ps", "3"));
	YES(attend(&r, "p-emp", "p-emp", "out"));
	YES(open_item(&r, "p-ps", "3"));
	meeting_over(&r);
}

Test(meeting, a_line_counts_as_being_in)
{
	struct rig r;

	begin_with(&r, (const char *const[]){"p-hw", NULL});
	YES(attend(&r, "p-hw", "p-hw", "out"));
	YES(say(&r, "p-ps", "'t':'attend','what':'in','place':'line','seat':'%s'",
		seat_hex(&r, "p-hw")));
	IS(told_of(&r, "p-ps", "p-hw"), "here line");
	NO(ERR_RULE, open_item(&r, "p-ps", "3"));
	YES(attend(&r, "p-ps", "p-hw", "out"));
	YES(open_item(&r, "p-ps", "3"));
	meeting_over(&r);
}

Test(meeting, who_waits_at_the_door_blocks_nothing)
{
	struct rig r;

	begin_with(&r, (const char *const[]){NULL});
	YES(attend(&r, "p-emp", "p-emp", "in"));
	IS(phase(&r, "p-emp"), "wait");
	YES(open_item(&r, "p-ps", "3"));
	IS(phase(&r, "p-emp"), "wait");
	meeting_over(&r);
}

Test(meeting, a_seat_that_ended_is_in_nobodys_way)
{
	struct rig r;
	struct buf text = rig_file(CASE_1);
	json_t *file = json_loadb(text.ptr, text.len, 0, NULL);
	json_t *hw = json_array_get(json_object_get(file, "parties"), 5);
	char *patched;

	IS(json_string_value(json_object_get(hw, "id")), "p-hw");
	json_object_set_new(hw, "until", json_string("2026-11-12"));
	patched = json_dumps(file, 0);
	rig_init_text(&r, slice_of(patched), MEETING_1, 3);
	rig_join(&r, conn_of(&r, "p-ps"), "p-ps");
	YES(open_item(&r, "p-ps", "1"));
	YES(attend(&r, "p-ps", "p-hw", "in"));
	NO(ERR_RULE, open_item(&r, "p-ps", "3"));
	r.now_ms += 24 * 3600 * 1000;
	rig_event(&r, ROOM_TICK, 0, 0, NULL);
	YES(open_item(&r, "p-ps", "3"));
	meeting_over(&r);
	free(patched);
	json_decref(file);
	buf_fini(&text);
}

Test(meeting, an_open_item_is_not_opened_again)
{
	struct rig r;

	begin_with(&r, (const char *const[]){NULL});
	NO(ERR_RULE, open_item(&r, "p-ps", "1"));
	YES(close_item(&r, "p-ps", 0));
	YES(open_item(&r, "p-ps", "1"));
	meeting_over(&r);
}

Test(meeting, an_item_for_nobody_does_not_open)
{
	struct rig r;

	start(&r);
	YES(set_audience(&r, "p-ps", item(&r, "1"), (const char *const[]){NULL}));
	NO(ERR_RULE, open_item(&r, "p-ps", "1"));
	meeting_over(&r);
}

/* ---- segments ---- */

static bool in_cells(struct rig *r, const char *seat, const char *row)
{
	return sees(r, seat, key_of(r, "min.decisions", row, "text"));
}

Test(meeting, rows_keep_the_audience_they_were_born_with)
{
	struct rig r;
	const char *row;

	begin_with(&r, (const char *const[]){"p-aps", "p-self", NULL});
	YES(minute(&r, "p-aps", "みなに"));
	row = new_row(&r);
	YES(set_audience(&r, "p-ps", item(&r, "1"),
			 (const char *const[]){"p-ps", "p-aps", "p-self", "p-sup", NULL}));
	cr_assert(in_cells(&r, "p-emp", row), "frozen, though the item is narrower now");
	cr_assert(in_cells(&r, "p-cw", row));
	IS(state(&r, "p-emp", item(&r, "1")), "done");
	cr_assert(sees(&r, "p-emp", key_of(&r, "conf.agenda_items", item(&r, "1"), "title")));
	YES(minute(&r, "p-aps", "四人に"));
	row = new_row(&r);
	cr_assert(in_cells(&r, "p-sup", row));
	cr_assert(!in_cells(&r, "p-emp", row), "a new segment began");
	cr_assert(!in_cells(&r, "p-cw", row));
	meeting_over(&r);
}

Test(meeting, a_new_audience_of_the_open_item_comes_through_the_gate)
{
	struct rig r;
	const char *const few[] = {"p-ps", "p-aps", NULL};
	const char *one;

	begin_with(&r, (const char *const[]){"p-aps", "p-self", NULL});
	one = item(&r, "1");
	NO(ERR_RULE, set_audience(&r, "p-ps", one, few));
	NO(ERR_RULE, set_audience(&r, "p-ps", one, (const char *const[]){NULL}));
	YES(set_audience(&r, "p-ps", item(&r, "2"), few));
	YES(attend(&r, "p-ps", "p-self", "out"));
	YES(set_audience(&r, "p-ps", one, few));
	IS(phase(&r, "p-aps"), "in");
	NO(ERR_RULE, attend(&r, "p-ps", "p-self", "in"));
	meeting_over(&r);
}

Test(meeting, the_same_audience_again_is_no_new_segment)
{
	struct rig r;
	const char *row;

	start(&r);
	YES(set_audience(&r, "p-ps", item(&r, "1"), (const char *const[]){"p-ps", "p-aps", NULL}));
	YES(open_item(&r, "p-ps", "1"));
	r.now_ms += 60000;
	YES(set_audience(&r, "p-ps", item(&r, "1"), (const char *const[]){"p-aps", "p-ps", NULL}));
	for (size_t i = 0; i < r.fx.record_count; i++) {
		cr_assert_neq(r.fx.record[i].kind, RECORD_SEGMENT);
	}
	row = item(&r, "1");
	NO(ERR_PROTO, say(&r, "p-ps",
			  "'t':'set','cell':'conf.agenda_items/%s/audience','base':%llu,"
			  "'value':['みんな']",
			  row,
			  (unsigned long long)ver_of(
			      &r, "p-ps", key_of(&r, "conf.agenda_items", row, "audience"))));
	meeting_over(&r);
}

Test(meeting, who_was_absent_reads_it_all_the_same_and_others_never)
{
	struct rig r;
	struct listener emp;
	const char *row;

	begin_with(&r, (const char *const[]){"p-aps", NULL});
	YES(open_item(&r, "p-ps", "3"));
	listener_sit(&emp, &r, "p-emp");
	YES(minute(&r, "p-aps", "朝のこと"));
	row = new_row(&r);
	listener_hear(&emp, &r);
	cr_assert(in_cells(&r, "p-kp", row), "of the audience, though not there");
	cr_assert(!in_cells(&r, "p-emp", row));
	cr_assert(!in_cells(&r, "p-hw", row));
	YES(type_text(&r, "p-aps", key_of(&r, "min.decisions", row, "text"), "x"));
	listener_hear(&emp, &r);
	cr_assert_eq(emp.heard, 0);
	listener_fini(&emp);
	meeting_over(&r);
}

Test(meeting, closing_ends_the_item_and_ending_the_meeting)
{
	struct rig r;

	begin_with(&r, (const char *const[]){"p-aps", "p-self", NULL});
	NO(ERR_GONE, close_item(&r, "p-aps", 0));
	NO(ERR_PROTO, close_item(&r, "p-ps", 2));
	YES(close_item(&r, "p-ps", 0));
	NO(ERR_RULE, close_item(&r, "p-ps", 0));
	IS(phase(&r, "p-self"), "in");
	IS(meet_text(&r, "p-self", "item"), "");
	NO(ERR_RULE, minute(&r, "p-aps", "zwischen"));
	YES(close_item(&r, "p-ps", 1));
	NO(ERR_RULE, close_item(&r, "p-ps", 1));
	IS(told_of(&r, "p-ps", "p-self"), "here");
	meeting_over(&r);
}

/* ---- the order ---- */

static const char *first_item(struct rig *r, const char *seat)
{
	json_t *list = json_loads(meet_text(r, seat, "agenda"), 0, NULL);
	const char *row = kept_text(
	    r, slice_of(json_string_value(json_object_get(json_array_get(list, 0), "row"))));

	json_decref(list);
	return row;
}

static const char *last_item(struct rig *r, const char *seat)
{
	json_t *list = json_loads(meet_text(r, seat, "agenda"), 0, NULL);
	const json_t *last = json_array_get(list, json_array_size(list) - 1);
	const char *row = kept_text(r, slice_of(json_string_value(json_object_get(last, "row"))));

	json_decref(list);
	return row;
}

Test(meeting, the_chair_orders_the_agenda)
{
	struct rig r;

	start(&r);
	NO(ERR_GONE, say(&r, "p-sup", "'t':'order','row':'%s'", item(&r, "1")));
	YES(say(&r, "p-ps", "'t':'order','row':'%s','to':'%s'", item(&r, "5"), item(&r, "1")));
	IS(first_item(&r, "p-ps"), item(&r, "5"));
	IS(first_item(&r, "p-emp"), item(&r, "1"));
	YES(say(&r, "p-ps", "'t':'order','row':'%s'", item(&r, "1")));
	IS(last_item(&r, "p-ps"), item(&r, "1"));
	IS(last_item(&r, "p-emp"), item(&r, "1"));
	IS(first_item(&r, "p-emp"), item(&r, "2"));
	NO(ERR_GONE,
	   say(&r, "p-ps", "'t':'order','row':'%s','to':'%s'", item(&r, "2"), item(&r, "2")));
	NO(ERR_GONE,
	   say(&r, "p-ps", "'t':'order','row':'%s','to':'00000000000000ff'", item(&r, "2")));
	meeting_over(&r);
}

Test(meeting, a_new_item_comes_last_and_is_known_to_its_audience)
{
	struct rig r;
	const char *row;

	start(&r);
	NO(ERR_GONE,
	   say(&r, "p-cw", "'t':'row','table':'conf.agenda_items','cells':{'title':'x'}"));
	YES(say(&r, "p-ps",
		"'t':'row','table':'conf.agenda_items','cells':{'title':'もう一つ','audience':"
		"['@%s','@%s']}",
		seat_hex(&r, "p-ps"), seat_hex(&r, "p-emp")));
	row = new_row(&r);
	IS(last_item(&r, "p-ps"), row);
	IS(state(&r, "p-emp", row), "next");
	IS(state(&r, "p-hw", row), "");
	YES(say(&r, "p-ps", "'t':'open','row':'%s'", row));
	meeting_over(&r);
}

/* 14:00 and ten minutes, and so on: when one's own part should begin, not when the others' do. */
Test(meeting, the_start_is_that_of_ones_own_part)
{
	struct rig r;

	start(&r);
	IS(meet_text(&r, "p-emp", "start"), "14:00");
	YES(set_audience(&r, "p-ps", item(&r, "1"), (const char *const[]){"p-ps", "p-self", NULL}));
	IS(meet_text(&r, "p-emp", "start"), "14:10");
	IS(meet_text(&r, "p-self", "start"), "14:00");
	IS(meet_text(&r, "p-lkp", "start"), "");
	meeting_over(&r);
}

/* ---- the pause ---- */

Test(meeting, the_person_stops_the_clock)
{
	struct rig r;
	int64_t begun;

	begin_with(&r, (const char *const[]){"p-self", "p-aps", NULL});
	begun = r.now_ms;
	NO(ERR_GONE, say(&r, "p-ps", "'t':'pause','on':1"));
	NO(ERR_GONE, say(&r, "p-emp", "'t':'pause','on':1"));
	NO(ERR_RULE, say(&r, "p-self", "'t':'pause','on':0"));
	NO(ERR_PROTO, say(&r, "p-self", "'t':'pause','on':2"));
	r.now_ms = begun + 60000;
	YES(say(&r, "p-self", "'t':'pause','on':1"));
	NO(ERR_RULE, say(&r, "p-self", "'t':'pause','on':1"));
	cr_assert_eq(strtoll(meet_text(&r, "p-ps", "pause"), NULL, 10), begun + 60000);
	cr_assert_eq(since(&r, "p-ps"), begun);
	r.now_ms = begun + 360000;
	NO(ERR_GONE, say(&r, "p-aps", "'t':'pause','on':0"));
	YES(say(&r, "p-ps", "'t':'pause','on':0"));
	IS(meet_text(&r, "p-ps", "pause"), "");
	cr_assert_eq(since(&r, "p-ps"), begun + 300000, "five minutes did not count");
	r.now_ms = begun + 400000;
	YES(say(&r, "p-self", "'t':'pause','on':1"));
	r.now_ms = begun + 500000;
	YES(say(&r, "p-self", "'t':'pause','on':0"));
	cr_assert_eq(since(&r, "p-self"), begun + 400000, "and the second pause on top");
	YES(open_item(&r, "p-ps", "2"));
	cr_assert_eq(since(&r, "p-ps"), begun + 500000, "another item, another clock");
	meeting_over(&r);
}

Test(meeting, there_is_no_clock_to_stop_between_items)
{
	struct rig r;

	start(&r);
	NO(ERR_RULE, say(&r, "p-self", "'t':'pause','on':1"));
	YES(open_item(&r, "p-ps", "1"));
	YES(say(&r, "p-self", "'t':'pause','on':1"));
	r.now_ms += 1000;
	YES(close_item(&r, "p-ps", 0));
	IS(meet_text(&r, "p-ps", "pause"), "");
	NO(ERR_RULE, say(&r, "p-self", "'t':'pause','on':1"));
	meeting_over(&r);
}

/* The item goes on though somebody joins its audience: its clock too. */
Test(meeting, the_clock_of_an_item_runs_on_when_its_audience_changes)
{
	struct rig r;
	int64_t begun;

	begin_with(&r, (const char *const[]){NULL});
	begun = r.now_ms;
	r.now_ms += 10000;
	YES(say(&r, "p-self", "'t':'pause','on':1"));
	r.now_ms += 5000;
	YES(say(&r, "p-self", "'t':'pause','on':0"));
	r.now_ms += 10000;
	YES(set_audience(&r, "p-ps", item(&r, "1"), (const char *const[]){"p-ps", "p-self", NULL}));
	cr_assert_eq(since(&r, "p-ps"), begun + 5000);
	meeting_over(&r);
}

Test(room_meeting, an_item_opened_again_in_the_same_moment_begins_anew)
{
	struct rig r;
	int64_t begun;

	meeting_start(&r, CASE_1, MEETING_1);
	YES(open_item(&r, "p-ps", "1"));
	begun = r.now_ms;
	r.now_ms += 60000;
	YES(close_item(&r, "p-ps", 0));
	YES(open_item(&r, "p-ps", "1"));
	cr_assert_eq(since(&r, "p-ps"), begun + 60000);
	meeting_over(&r);
}

Test(room_meeting, an_assent_does_not_cover_rows_and_names_that_came_later)
{
	struct rig r;
	const char *name;

	meeting_start(&r, CASE_1, MEETING_1);
	name = key_of(&r, "case.resources", row_hex(&r, "case.resources", "r-bento"), "name");
	for (int i = 0; i < 3; i++) {
		const char *adopted =
		    "'t':'set','cell':'plan.status','base':%llu,'value':'adopted'";
		unsigned long long ver = ver_of(&r, "p-ps", "plan.status");

		YES(say(&r, "p-self", "'t':'assent'"));
		if (i == 0) {
			YES(say(&r, "p-ps",
				"'t':'row','table':'plan.work.parts','cells':{'what':'x'}"));
		} else if (i == 1) {
			YES(say(&r, "p-ps", "'t':'set','cell':'%s','base':%llu,'value':'x'", name,
				(unsigned long long)ver_of(&r, "p-ps", name)));
		}
		if (i < 2) {
			NO(ERR_RULE, say(&r, "p-ps", adopted, ver));
		} else {
			YES(say(&r, "p-ps", adopted, ver));
		}
	}
	meeting_over(&r);
}
