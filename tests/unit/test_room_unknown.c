/* Nobody acts on what they may not know: it is as if it were not there. */
#include "support/meeting.h"

/*
 * The chair is a companion who must not learn of the town's clerk; the workplace is chair too, of
 * the first item alone; the person must not learn of Hello Work.
 */
static const char text[] =
    "{'format':'six-party-conference-sample/1','fictional':true,"
    "'parties':["
    "{'id':'self','role':'self'},"
    "{'id':'ps','role':'ps','functions':['chair','recorder'],'remote':true},"
    "{'id':'emp','role':'emp','functions':['chair']},"
    "{'id':'cw','role':'cw'},"
    "{'id':'hw','role':'hw','functions':['recorder']}],"
    "'denials':[{'party':'ps','about_party':'cw'},{'party':'self','about_party':'hw'},"
    "{'party':'hw','about_party':'cw'}],"
    "'conference':{'series_no':'S-1','held_on':'2026-11-12','start':'14:00',"
    "'legal_basis':'consent_based','agenda':["
    "{'item_no':1,'title':'あ','audience':['self','ps','emp','hw','cw']},"
    "{'item_no':2,'title':'い','audience':['self','ps','hw','cw']}]}}";

static void begin(struct rig *r)
{
	char json[sizeof text];

	for (size_t i = 0; i < sizeof text; i++) {
		json[i] = text[i] == '\'' ? '"' : text[i];
	}
	rig_init_text(r, slice_of(json), MEETING_1, 3);
	for (size_t i = 0; i < r->file.seat_count; i++) {
		rig_join(r, (uint32_t)i + 1, kept_text(r, r->file.seat[i].name));
	}
}

Test(room_unknown, a_chair_opens_and_orders_only_items_it_knows)
{
	struct rig r;

	begin(&r);
	NO(ERR_GONE, open_item(&r, "emp", "2"));
	NO(ERR_GONE, say(&r, "emp", "'t':'order','row':'%s'", item(&r, "2")));
	NO(ERR_GONE,
	   say(&r, "emp", "'t':'order','row':'%s','to':'%s'", item(&r, "1"), item(&r, "2")));
	YES(say(&r, "ps", "'t':'order','row':'%s','to':'%s'", item(&r, "2"), item(&r, "1")));
	YES(open_item(&r, "emp", "1"));
	meeting_over(&r);
}

Test(room_unknown, a_chair_leads_in_and_out_only_whom_it_knows)
{
	struct rig r;

	begin(&r);
	NO(ERR_GONE, attend(&r, "emp", "self", "in"));
	NO(ERR_GONE, attend(&r, "ps", "cw", "in"));
	YES(open_item(&r, "ps", "1")); /* who shares it knows each other; a denial wins */
	YES(attend(&r, "emp", "self", "in"));
	NO(ERR_GONE, attend(&r, "ps", "cw", "in"));
	meeting_over(&r);
}

Test(room_unknown, who_opens_from_afar_is_on_the_line)
{
	struct rig r;

	begin(&r);
	YES(open_item(&r, "ps", "1"));
	IS(told_of(&r, "self", "ps"), "here line");
	meeting_over(&r);
}

Test(room_unknown, bars_denials_and_consents_are_of_known_seats)
{
	struct rig r;

	begin(&r);
	NO(ERR_GONE, say(&r, "ps", "'t':'bar','seat':'%s','on':1", seat_hex(&r, "cw")));
	NO(ERR_GONE, say(&r, "ps", "'t':'deny','seat':'%s','about':'%s','on':1", seat_hex(&r, "cw"),
			 seat_hex(&r, "emp")));
	NO(ERR_GONE, say(&r, "ps", "'t':'deny','seat':'%s','about':'%s','on':1",
			 seat_hex(&r, "emp"), seat_hex(&r, "cw")));
	NO(ERR_GONE, say(&r, "self",
			 "'t':'grant','seat':'%s','value':['close.reason'],"
			 "'until':'2026-12-01'",
			 seat_hex(&r, "hw")));
	YES(say(&r, "ps", "'t':'deny','seat':'%s','about':'%s','on':0", seat_hex(&r, "self"),
		seat_hex(&r, "hw")));
	YES(say(&r, "self", "'t':'grant','seat':'%s','value':['close.reason'],'until':'2026-12-01'",
		seat_hex(&r, "hw")));
	meeting_over(&r);
}

Test(room_unknown, a_scribe_knows_whom_it_writes_for)
{
	struct rig r;

	begin(&r);
	NO(ERR_GONE, say(&r, "ps",
			 "'t':'row','table':'mon.note','cells':{'text':'x'},'for':'%s',"
			 "'method':'oral'",
			 seat_hex(&r, "cw")));
	YES(open_item(&r, "ps", "1"));
	YES(say(&r, "ps", "'t':'pause','on':1,'for':'%s','method':'oral'", seat_hex(&r, "self")));
	YES(say(&r, "ps", "'t':'bar','seat':'%s','on':1", seat_hex(&r, "self")));
	/* Nothing is done in the name of who is barred. */
	NO(ERR_GONE,
	   say(&r, "ps", "'t':'pause','on':0,'for':'%s','method':'oral'", seat_hex(&r, "self")));
	meeting_over(&r);
}

Test(room_unknown, a_recorder_moves_only_rows_it_sees)
{
	struct rig r;
	const char *row;

	begin(&r);
	YES(open_item(&r, "ps", "1"));
	YES(say(&r, "cw", "'t':'row','table':'min.dissent','cells':{'text':'x'}"));
	row = new_row(&r);
	NO(ERR_GONE, say(&r, "hw", "'t':'assign','table':'min.dissent','row':'%s','to':'%s'", row,
			 item(&r, "1")));
	YES(say(&r, "emp", "'t':'row','table':'min.dissent','cells':{'text':'y'}"));
	row = new_row(&r);
	YES(say(&r, "hw", "'t':'assign','table':'min.dissent','row':'%s','to':'%s'", row,
		item(&r, "1")));
	meeting_over(&r);
}
