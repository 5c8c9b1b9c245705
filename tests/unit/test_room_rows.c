/* Rows of the minutes: where they are born, and how the recorder moves them. */
#include "support/listener.h"

#define DECISION "min.decisions"

/* Items 1 and 3 of case 1 have been opened; 3 is. Only chair and recorder are there. */
static void begin(struct rig *r)
{
	meeting_start(r, CASE_1, MEETING_1);
	YES(open_item(r, "p-ps", "1"));
	YES(attend(r, "p-ps", "p-aps", "in"));
	YES(open_item(r, "p-ps", "3"));
}

static const char *text_of(struct rig *r, const char *row)
{
	return key_of(r, DECISION, row, "text");
}

static enum err minute_to(struct rig *r, const char *seat, const char *item_name)
{
	return say(r, seat, "'t':'row','table':'" DECISION "','cells':{'text':'決定'},'to':'%s'",
		   item(r, item_name));
}

static enum err assign(struct rig *r, const char *seat, const char *row, const char *item_name,
		       const char *words)
{
	return say(r, seat, "'t':'assign','table':'" DECISION "','row':'%s','to':'%s','words':'%s'",
		   row, item(r, item_name), words);
}

/* ---- born ---- */

Test(rows, a_row_is_born_in_the_open_item_or_in_one_that_was)
{
	struct rig r;
	const char *row;

	begin(&r);
	YES(minute(&r, "p-aps", "朝"));
	row = new_row(&r);
	cr_assert(!sees(&r, "p-emp", text_of(&r, row)));
	YES(minute_to(&r, "p-aps", "1"));
	row = new_row(&r);
	cr_assert(sees(&r, "p-emp", text_of(&r, row)), "item 1 was the employer's too");
	cr_assert(!sees(&r, "p-lkp", text_of(&r, row)));
	NO(ERR_RULE, minute_to(&r, "p-aps", "4"));
	YES(close_item(&r, "p-ps", 1));
	YES(minute_to(&r, "p-aps", "3"));
	NO(ERR_RULE, minute(&r, "p-aps", "いつ"));
	meeting_over(&r);
}

/* Of an item opened again for others, it is the latest segment. */
Test(rows, to_an_item_means_its_latest_segment)
{
	struct rig r;
	const char *row;

	begin(&r);
	YES(set_audience(&r, "p-ps", item(&r, "1"), (const char *const[]){"p-ps", "p-aps", NULL}));
	YES(minute_to(&r, "p-aps", "1"));
	row = new_row(&r);
	cr_assert(sees(&r, "p-emp", text_of(&r, row)), "the plan alone opens nothing");
	YES(open_item(&r, "p-ps", "1"));
	YES(minute_to(&r, "p-aps", "1"));
	row = new_row(&r);
	cr_assert(!sees(&r, "p-emp", text_of(&r, row)));
	meeting_over(&r);
}

Test(rows, writer_and_for_are_of_the_segment)
{
	struct rig r;
	const char *dissent = "'t':'row','table':'min.dissent','cells':{'text':'心配'}";

	begin(&r);
	YES(say(&r, "p-cw", "%s", dissent));
	NO(ERR_RULE, say(&r, "p-emp", "%s", dissent));
	NO(ERR_RULE, say(&r, "p-emp", "%s,'to':'%s'", dissent, item(&r, "3")));
	YES(say(&r, "p-emp", "%s,'to':'%s'", dissent, item(&r, "1")));
	NO(ERR_RULE,
	   say(&r, "p-aps", "%s,'for':'%s','method':'oral'", dissent, seat_hex(&r, "p-hw")));
	YES(say(&r, "p-aps", "%s,'to':'%s','for':'%s','method':'oral'", dissent, item(&r, "1"),
		seat_hex(&r, "p-hw")));
	NO(ERR_PROTO, say(&r, "p-ps", "'t':'row','table':'mon.note','cells':{'text':'x'},'to':'%s'",
			  item(&r, "1")));
	meeting_over(&r);
}

Test(rows, a_row_says_which_item_it_belongs_to)
{
	struct rig r;
	const char *row;
	uint64_t one, three;

	begin(&r);
	cr_assert(id_from_hex(slice_of(item(&r, "1")), &one));
	cr_assert(id_from_hex(slice_of(item(&r, "3")), &three));
	YES(minute(&r, "p-aps", "朝"));
	row = new_row(&r);
	cr_assert_eq(rig_cell(&r, r.room, "p-kp", text_of(&r, row))->item, three);
	YES(assign(&r, "p-aps", row, "1", "職場にも"));
	cr_assert_eq(rig_cell(&r, r.room, "p-kp", text_of(&r, row))->item, one);
	meeting_over(&r);
}

/* ---- moved ---- */

Test(rows, to_fewer_freely_to_others_with_a_reason)
{
	struct rig r;
	const char *row;

	begin(&r);
	YES(minute_to(&r, "p-aps", "1"));
	row = new_row(&r);
	YES(assign(&r, "p-aps", row, "3", ""));
	cr_assert(has_key(rig_fx(&r, FX_DROP, conn_of(&r, "p-emp")), text_of(&r, row)),
		  "dropped in the same step");
	cr_assert(!sees(&r, "p-emp", text_of(&r, row)));
	cr_assert(sees(&r, "p-kp", text_of(&r, row)));
	NO(ERR_RULE, assign(&r, "p-aps", row, "1", ""));
	cr_assert(!sees(&r, "p-emp", text_of(&r, row)));
	YES(assign(&r, "p-aps", row, "1", "職場の方にも関わるため"));
	cr_assert_eq(r.fx.record[0].kind, RECORD_ASSIGN);
	cr_assert(has_key(rig_fx(&r, FX_CELLS, conn_of(&r, "p-emp")), text_of(&r, row)));
	cr_assert(sees(&r, "p-emp", text_of(&r, row)));
	meeting_over(&r);
}

/* Some leave and some come: that is a release too. */
Test(rows, to_other_seats_of_the_same_number_is_a_release)
{
	struct rig r;
	const char *row;

	begin(&r);
	YES(set_audience(&r, "p-ps", item(&r, "4"),
			 (const char *const[]){"p-ps", "p-aps", "p-hw", NULL}));
	YES(open_item(&r, "p-ps", "4"));
	YES(minute_to(&r, "p-aps", "3"));
	row = new_row(&r);
	NO(ERR_RULE, assign(&r, "p-aps", row, "4", ""));
	YES(assign(&r, "p-aps", row, "4", "理由"));
	cr_assert(!sees(&r, "p-kp", text_of(&r, row)));
	cr_assert(sees(&r, "p-hw", text_of(&r, row)));
	meeting_over(&r);
}

Test(rows, only_a_recorder_who_is_of_both)
{
	struct rig r;
	const char *row;

	begin(&r);
	YES(minute_to(&r, "p-aps", "1"));
	row = new_row(&r);
	NO(ERR_GONE, assign(&r, "p-ps", row, "3", ""));
	NO(ERR_GONE, assign(&r, "p-emp", row, "3", ""));
	NO(ERR_GONE, assign(&r, "p-aps", "0123456789abcdef", "3", ""));
	NO(ERR_GONE, assign(&r, "p-aps", row, "4", "まだ開いていない"));
	NO(ERR_GONE,
	   say(&r, "p-aps", "'t':'assign','table':'conf.agenda_items','row':'%s','to':'%s'",
	       item(&r, "1"), item(&r, "3")));
	YES(attend(&r, "p-aps", "p-aps", "out"));
	YES(set_audience(&r, "p-ps", item(&r, "5"),
			 (const char *const[]){"p-ps", "p-sup", "p-self", NULL}));
	YES(open_item(&r, "p-ps", "5"));
	NO(ERR_RULE, assign(&r, "p-aps", row, "5", "私はいない"));
	meeting_over(&r);
}

/* The employer's own dissent stays with the employer. */
Test(rows, nobody_loses_a_row_of_their_own)
{
	struct rig r;
	const char *row;

	begin(&r);
	YES(say(&r, "p-emp", "'t':'row','table':'min.dissent','cells':{'text':'反対'},'to':'%s'",
		item(&r, "1")));
	row = new_row(&r);
	NO(ERR_RULE,
	   say(&r, "p-aps", "'t':'assign','table':'min.dissent','row':'%s','to':'%s','words':'x'",
	       row, item(&r, "3")));
	cr_assert(sees(&r, "p-emp", key_of(&r, "min.dissent", row, "text")));
	meeting_over(&r);
}

/* ---- history is no right ---- */

/* Join again with what one had of a text; is one given the edits in between, or all of it? */
static bool catches_up(struct rig *r, struct room *room, const char *seat, const char *key,
		       uint64_t since_ver)
{
	struct room *live = r->room;
	bool found = false;
	const struct fx *snap;
	static uint32_t conn = 500;

	r->room = room;
	conn++;
	send_quoted(r, conn, seat,
		    (char *)(uintptr_t)arena_printf(
			&r->mem, "{'t':'join','client':'%016x','have':[['%s',%llu]]}", conn, key,
			(unsigned long long)since_ver)
			.ptr);
	snap = rig_fx(r, FX_SNAP, conn);
	cr_assert(snap);
	for (size_t i = 0; i < snap->cell_count; i++) {
		found = found || (slice_is(snap->cell[i].key, key) && snap->cell[i].has_since);
	}
	cr_assert(found || snap->missed_count == 0);
	rig_event(r, ROOM_LEAVE, conn, rig_seat(r, seat), NULL);
	r->room = live;
	return found;
}

Test(rows, who_gets_a_row_later_gets_it_as_it_stands)
{
	struct rig r;
	struct room *again;
	const char *key;
	uint64_t first;

	begin(&r);
	YES(minute(&r, "p-aps", "一人で"));
	key = text_of(&r, new_row(&r));
	first = ver_of(&r, "p-aps", key);
	YES(type_text(&r, "p-aps", key, "本人は"));
	cr_assert(catches_up(&r, r.room, "p-kp", key, first));
	YES(assign(&r, "p-aps", kept_text(&r, (struct slice){key + strlen(DECISION) + 1, 16}), "1",
		   "理由"));
	cr_assert(!catches_up(&r, r.room, "p-emp", key, first),
		  "what stood there before is no right");
	again = rig_rebuild(&r);
	cr_assert(!catches_up(&r, again, "p-emp", key, first), "nor after a restart");
	room_destroy(again);
	YES(type_text(&r, "p-aps", key, "今は"));
	cr_assert(catches_up(&r, r.room, "p-emp", key, first + 1));
	meeting_over(&r);
}
