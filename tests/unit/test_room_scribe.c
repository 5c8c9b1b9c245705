/* Who did it, for whom, how: acts of a seat by another's hand. */
#include "base/utf8.h"
#include "support/listener.h"

#define WISH "plan.work.action.person_wish"

/* In item 1, with everybody of its audience who matters here. */
static void begin(struct rig *r)
{
	meeting_start(r, CASE_1, MEETING_1);
	YES(open_item(r, "p-ps", "1"));
}

/* The tail of a message: for whom, and how; method may be NULL. */
static const char *act(struct rig *r, const char *seat, const char *method)
{
	return arena_printf(&r->mem, ",'for':'%s'%s%s%s", seat_hex(r, seat),
			    method ? ",'method':'" : "", method ? method : "", method ? "'" : "")
	    .ptr;
}

static enum err row_for(struct rig *r, const char *by, const char *seat, const char *method)
{
	return say(r, by, "'t':'row','table':'min.person_words','cells':{'text':'こわい'}%s",
		   act(r, seat, method));
}

static void was_for(const struct rig *r, const char *by, const char *seat, enum method method)
{
	cr_assert_eq(r->fx.record[0].actor, rig_seat(r, by));
	cr_assert_eq(r->fx.record[0].for_seat, rig_seat(r, seat));
	cr_assert_eq(r->fx.record[0].method, method);
}

Test(scribe, the_persons_words_by_a_seat_with_a_duty_that_says_how)
{
	struct rig r;

	begin(&r);
	YES(row_for(&r, "p-aps", "p-self", "oral"));
	was_for(&r, "p-aps", "p-self", METHOD_ORAL);
	YES(row_for(&r, "p-ps", "p-self", "dictated"));
	was_for(&r, "p-ps", "p-self", METHOD_DICTATED);
	NO(ERR_GONE, row_for(&r, "p-aps", "p-self", NULL));
	NO(ERR_GONE, row_for(&r, "p-aps", "p-self", "own"));
	NO(ERR_GONE, row_for(&r, "p-cw", "p-self", "oral"));
	NO(ERR_GONE, row_for(&r, "p-emp", "p-self", "oral"));
	NO(ERR_GONE, say(&r, "p-aps",
			 "'t':'row','table':'min.person_words','cells':{'text':'x'},'for':"
			 "'00000000000000ff','method':'oral'"));
	NO(ERR_PROTO, row_for(&r, "p-self", "p-self", "oral"));
	YES(row_for(&r, "p-self", "p-self", NULL));
	meeting_over(&r);
}

Test(scribe, an_edit_where_the_form_lets_one)
{
	struct rig r;
	const char *change;

	begin(&r);
	NO(ERR_GONE, type_text(&r, "p-ps", WISH, "私が"));
	change = arena_printf(&r.mem,
			      "'t':'edit','cell':'" WISH "','base':%llu,'changes':[[[0,'あ']"
			      ",%zu]]",
			      (unsigned long long)ver_of(&r, "p-ps", WISH),
			      utf8_units(rig_cell(&r, r.room, "p-ps", WISH)->text))
		     .ptr;
	NO(ERR_GONE, say(&r, "p-cw", "%s%s", change, act(&r, "p-self", "oral")));
	NO(ERR_GONE, say(&r, "p-ps", "%s%s", change, act(&r, "p-self", NULL)));
	NO(ERR_GONE, say(&r, "p-ps", "%s%s", change, act(&r, "p-emp", "oral")));
	YES(say(&r, "p-ps", "%s%s", change, act(&r, "p-self", "dictated")));
	was_for(&r, "p-ps", "p-self", METHOD_DICTATED);
	cr_assert_eq(rig_fx(&r, FX_EDIT, 0)->edit->author.seat, rig_seat(&r, "p-self"),
		     "it is the person's act");
	meeting_over(&r);
}

Test(scribe, a_register_only_as_far_as_the_other_may)
{
	struct rig r;
	const char *key = "pplan.written_on";
	const char *status = "plan.health.outline.status";

	begin(&r);
	YES(say(&r, "p-ps", "'t':'set','cell':'%s','base':%llu,'value':'2026-11-12'%s", key,
		(unsigned long long)ver_of(&r, "p-ps", key), act(&r, "p-self", "paper")));
	was_for(&r, "p-ps", "p-self", METHOD_PAPER);
	NO(ERR_GONE,
	   say(&r, "p-ps", "'t':'set','cell':'%s','base':%llu,'value':'paused'%s", status,
	       (unsigned long long)ver_of(&r, "p-ps", status), act(&r, "p-self", "oral")));
	NO(ERR_GONE, say(&r, "p-ps", "'t':'set','cell':'%s','base':%llu,'value':'paused'%s", status,
			 (unsigned long long)ver_of(&r, "p-ps", status), act(&r, "p-emp", "oral")));
	meeting_over(&r);
}

Test(scribe, assent_and_pause_are_the_persons)
{
	struct rig r;

	begin(&r);
	NO(ERR_GONE, say(&r, "p-ps", "'t':'assent'"));
	NO(ERR_GONE, say(&r, "p-cw", "'t':'assent'%s", act(&r, "p-self", "oral")));
	NO(ERR_GONE, say(&r, "p-ps", "'t':'assent'%s", act(&r, "p-self", NULL)));
	NO(ERR_GONE, say(&r, "p-ps", "'t':'assent'%s", act(&r, "p-cw", "oral")));
	YES(say(&r, "p-ps", "'t':'assent'%s", act(&r, "p-self", "oral")));
	was_for(&r, "p-ps", "p-self", METHOD_ORAL);
	NO(ERR_GONE, say(&r, "p-cw", "'t':'pause','on':1%s", act(&r, "p-self", "oral")));
	NO(ERR_GONE, say(&r, "p-aps", "'t':'pause','on':1%s", act(&r, "p-self", NULL)));
	YES(say(&r, "p-aps", "'t':'pause','on':1%s", act(&r, "p-self", "oral")));
	was_for(&r, "p-aps", "p-self", METHOD_ORAL);
	YES(say(&r, "p-aps", "'t':'pause','on':0%s", act(&r, "p-self", "oral")));
	meeting_over(&r);
}

/* One comes and goes oneself, or the chair says so: that is no scribe's work. */
Test(scribe, nobody_attends_by_anothers_hand_but_the_chairs)
{
	struct rig r;

	begin(&r);
	NO(ERR_GONE, attend(&r, "p-aps", "p-self", "in"));
	YES(attend(&r, "p-ps", "p-self", "in"));
	was_for(&r, "p-ps", "p-ps", METHOD_OWN);
	meeting_over(&r);
}

/* What a scribe must not do for a barred seat: the seat itself could not. */
Test(scribe, nothing_in_the_name_of_a_barred_seat)
{
	struct rig r;

	begin(&r);
	YES(say(&r, "p-ps", "'t':'bar','seat':'%s','on':1", seat_hex(&r, "p-emp")));
	NO(ERR_GONE, say(&r, "p-aps", "'t':'row','table':'min.dissent','cells':{'text':'x'}%s",
			 act(&r, "p-emp", "oral")));
	meeting_over(&r);
}
