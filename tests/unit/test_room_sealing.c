/* Sealing the minutes: who may, when, and that nobody writes there afterwards. */
#include "base/limits.h"
#include "minutes/input.h"
#include "support/meeting.h"

/* A meeting with a decision, that is over. -> the row of the decision */
static const char *held(struct rig *r)
{
	const char *row;

	meeting_start(r, CASE_1, MEETING_1);
	YES(open_item(r, "p-ps", "1"));
	YES(minute(r, "p-aps", "x"));
	row = kept_text(r, slice_of(new_row(r)));
	NO(ERR_RULE, say(r, "p-ps", "'t':'seal','until':'2026-11-26'"));
	YES(close_item(r, "p-ps", 1));
	return row;
}

static enum err set_next(struct rig *r, const char *day)
{
	return say(r, "p-aps", "'t':'set','cell':'min.next_date','base':%llu,'value':'%s'",
		   (unsigned long long)ver_of(r, "p-aps", "min.next_date"), day);
}

static enum err seal(struct rig *r, const char *who)
{
	return say(r, who, "'t':'seal','until':'2026-11-26'");
}

Test(sealing, the_chair_seals_a_meeting_that_is_over_once)
{
	struct rig r;

	meeting_start(&r, CASE_1, MEETING_1);
	NO(ERR_RULE, seal(&r, "p-ps"));
	meeting_over(&r);
	(void)held(&r);
	NO(ERR_GONE, seal(&r, "p-aps"));
	NO(ERR_GONE, seal(&r, "p-self"));
	YES(seal(&r, "p-ps"));
	cr_assert_eq(r.kept[r.kept_count - 1].kind, RECORD_SEAL);
	cr_assert(slice_is(r.kept[r.kept_count - 1].body, "{\"deadline\":1795705200000}"));
	NO(ERR_RULE, seal(&r, "p-ps"));
	meeting_over(&r);
}

Test(sealing, the_deadline_is_a_day_to_come)
{
	struct rig r;

	(void)held(&r);
	NO(ERR_PROTO, say(&r, "p-ps", "'t':'seal','until':'2026-11-31'"));
	NO(ERR_RULE, say(&r, "p-ps", "'t':'seal','until':'2026-11-11'"));
	NO(ERR_RULE, say(&r, "p-ps", "'t':'seal','until':'2027-11-14'"));
	YES(say(&r, "p-ps", "'t':'seal','until':'2027-11-13'"));
	meeting_over(&r);
}

Test(sealing, nobody_writes_the_minutes_of_it_any_more)
{
	struct rig r;
	const char *row = held(&r);
	const char *key = key_of(&r, "min.decisions", row, "text");

	YES(type_text(&r, "p-aps", key, "y"));
	YES(set_next(&r, "2026-12-01"));
	YES(seal(&r, "p-ps"));
	NO(ERR_RULE, type_text(&r, "p-aps", key, "z"));
	NO(ERR_RULE, set_next(&r, "2026-12-02"));
	NO(ERR_GONE, say(&r, "p-emp",
			 "'t':'edit','cell':'min.decisions/0123456789abcdef/text',"
			 "'base':1,'changes':[[[0,'z']]]"));
	NO(ERR_RULE, say(&r, "p-aps",
			 "'t':'row','table':'min.decisions','to':'%s',"
			 "'cells':{'text':'late'}",
			 item(&r, "1")));
	NO(ERR_RULE, say(&r, "p-aps", "'t':'assign','table':'min.decisions','row':'%s','to':'%s'",
			 row, item(&r, "1")));
	YES(type_text(&r, "p-ps", GOAL, "the plan goes on"));
	cr_assert(sees(&r, "p-emp", key));
	survives(&r);
	meeting_over(&r);
}

Test(sealing, the_next_meeting_has_minutes_of_its_own)
{
	struct rig r;
	const char *row = held(&r);
	const char *next;

	YES(seal(&r, "p-ps"));
	YES(open_item(&r, "p-ps", "2"));
	YES(minute(&r, "p-aps", "of the next"));
	next = kept_text(&r, slice_of(new_row(&r)));
	NO(ERR_RULE, say(&r, "p-aps", "'t':'assign','table':'min.decisions','row':'%s','to':'%s'",
			 next, item(&r, "1")));
	YES(set_next(&r, "2026-12-01"));
	YES(close_item(&r, "p-ps", 1));
	YES(type_text(&r, "p-aps", key_of(&r, "min.decisions", next, "text"), "y"));
	NO(ERR_RULE, type_text(&r, "p-aps", key_of(&r, "min.decisions", row, "text"), "y"));
	YES(seal(&r, "p-ps"));
	NO(ERR_RULE, type_text(&r, "p-aps", key_of(&r, "min.decisions", next, "text"), "y"));
	meeting_over(&r);
}

/* Who writes is told that it does not any more; who only reads hears nothing. */
Test(sealing, whose_level_stays_hears_nothing)
{
	struct rig r;

	(void)held(&r);
	YES(seal(&r, "p-ps"));
	cr_assert(rig_fx(&r, FX_MODE, conn_of(&r, "p-aps")));
	cr_assert(!rig_fx(&r, FX_MODE, conn_of(&r, "p-emp")));
	meeting_over(&r);
}

/* Open pages hear of it where they have a part in it: of a meeting without it a seat hears nothing.
 */
Test(sealing, who_sat_in_it_hears_that_it_is_sealed)
{
	struct rig r;
	const char *first, *all;

	(void)held(&r);
	IS(meet_text(&r, "p-emp", "sealed"), "");
	YES(seal(&r, "p-ps"));
	cr_assert(rig_fx(&r, FX_MEET, 0));
	first = meet_text(&r, "p-emp", "sealed");
	cr_assert(first[0] != '\0');
	IS(meet_text(&r, "p-ps", "sealed"), first);
	r.now_ms += 3600 * 1000;
	YES(open_item(&r, "p-ps", "4"));
	YES(close_item(&r, "p-ps", 1));
	all = meet_text(&r, "p-emp", "phase");
	IS(meet_text(&r, "p-ps", "sealed"), first);
	YES(seal(&r, "p-ps"));
	cr_assert(strcmp(meet_text(&r, "p-ps", "sealed"), first) > 0);
	IS(meet_text(&r, "p-emp", "sealed"), first);
	IS(meet_text(&r, "p-emp", "phase"), all);
	meeting_over(&r);
}

/* ---- what is sealed ---- */

static const struct min_cell *cell_of(const struct min_input *in, const char *row, const char *col)
{
	for (size_t i = 0; i < in->cell_count; i++) {
		uint64_t id;

		if (id_from_hex(slice_of(row), &id) && in->cell[i].row == id &&
		    slice_is(in->cell[i].column, col)) {
			return &in->cell[i];
		}
	}
	return NULL;
}

Test(sealing, rows_say_where_they_stand_and_whose_a_dissent_is)
{
	struct rig r;
	struct min_input in;
	const struct min_cell *c;
	const char *first = held(&r), *second, *dissent, *other;
	json_t *values;
	uint64_t id;

	YES(open_item(&r, "p-ps", "1"));
	YES(minute(&r, "p-aps", "the second of the item"));
	second = kept_text(&r, slice_of(new_row(&r)));
	YES(say(&r, "p-emp", "'t':'row','table':'min.dissent','cells':{'text':'no'}"));
	dissent = kept_text(&r, slice_of(new_row(&r)));
	YES(open_item(&r, "p-ps", "2"));
	YES(minute(&r, "p-aps", "the first of another item of the same seats"));
	other = kept_text(&r, slice_of(new_row(&r)));
	YES(close_item(&r, "p-ps", 1));
	values = room_seal_input(r.room, &r.mem, &in);
	c = cell_of(&in, first, "place");
	cr_assert(c && c->kind == MIN_PLACE && c->nth == 1);
	cr_assert(id_from_hex(slice_of(item(&r, "1")), &id) && c->ref == id);
	cr_assert(c->audience != MIN_NONE && in.audience[c->audience] == c->readers);
	c = cell_of(&in, second, "place");
	cr_assert(c && c->nth == 2);
	c = cell_of(&in, other, "place");
	cr_assert(c && c->nth == 1);
	c = cell_of(&in, second, "text");
	cr_assert(c && strcmp(json_string_value(c->json), "the second of the item") == 0);
	cr_assert(!cell_of(&in, second, "by"));
	c = cell_of(&in, dissent, "by");
	cr_assert(c && c->kind == MIN_SEAT && c->seat == rig_seat(&r, "p-emp"));
	json_decref(values);
	meeting_over(&r);
}

/* Item 3 was never opened: who was asked to it is invited all the same. */
Test(sealing, of_each_meeting_its_own)
{
	struct rig r;
	struct min_input in;
	const char *first = held(&r), *second;
	json_t *values;

	YES(seal(&r, "p-ps"));
	YES(open_item(&r, "p-ps", "3"));
	YES(minute(&r, "p-aps", "of the next"));
	second = kept_text(&r, slice_of(new_row(&r)));
	YES(close_item(&r, "p-ps", 1));
	values = room_seal_input(r.room, &r.mem, &in);
	cr_assert(!cell_of(&in, first, "text") && cell_of(&in, second, "text"));
	cr_assert(!cell_of(&in, item(&r, "1"), "title") && cell_of(&in, item(&r, "3"), "title"));
	cr_assert(cell_of(&in, item(&r, "5"), "title"));
	cr_assert_eq(cell_of(&in, second, "place")->nth, 1);
	json_decref(values);
	meeting_over(&r);
}

Test(sealing, who_is_barred_or_was_never_asked_gets_nothing)
{
	struct rig r;
	struct min_input in;
	json_t *values;

	(void)held(&r);
	YES(say(&r, "p-ps", "'t':'bar','seat':'%s','on':1", seat_hex(&r, "p-emp")));
	values = room_seal_input(r.room, &r.mem, &in);
	cr_assert(in.seat_count > 5);
	for (size_t i = 0; i < in.seat_count; i++) {
		cr_assert(in.seat[i].seat != rig_seat(&r, "p-emp"));
		cr_assert(!(in.seat[i].knows & seat_bit(rig_seat(&r, "p-emp"))));
	}
	for (size_t i = 0; i < in.audience_count; i++) {
		cr_assert(!(in.audience[i] & seat_bit(rig_seat(&r, "p-emp"))));
	}
	for (size_t i = 0; i < in.cell_count; i++) {
		cr_assert(in.cell[i].kind != MIN_SEAT || in.cell[i].seat != rig_seat(&r, "p-emp"));
	}
	json_decref(values);
	meeting_over(&r);
}

/* A denial between two who sat together: who must not learn of the other is not told who does it.
 */
Test(sealing, a_name_is_for_who_may_know_it)
{
	struct rig r;
	struct min_input in;
	const struct min_cell *c;
	const char *row;
	json_t *values;

	meeting_start(&r, CASE_1, MEETING_1);
	YES(open_item(&r, "p-ps", "1"));
	YES(say(&r, "p-aps", "'t':'row','table':'min.actions','cells':{'what':'x','who':'@%s'}",
		seat_hex(&r, "p-emp")));
	row = kept_text(&r, slice_of(new_row(&r)));
	YES(close_item(&r, "p-ps", 1));
	YES(say(&r, "p-ps", "'t':'deny','seat':'%s','about':'%s','on':1", seat_hex(&r, "p-hw"),
		seat_hex(&r, "p-emp")));
	values = room_seal_input(r.room, &r.mem, &in);
	c = cell_of(&in, row, "who");
	cr_assert(c && c->seat == rig_seat(&r, "p-emp"));
	cr_assert(c->readers & seat_bit(rig_seat(&r, "p-emp")));
	cr_assert(!(c->readers & seat_bit(rig_seat(&r, "p-hw"))));
	c = cell_of(&in, row, "what");
	cr_assert(c && (c->readers & seat_bit(rig_seat(&r, "p-hw"))));
	json_decref(values);
	meeting_over(&r);
}

/* ---- slots ---- */

/* The item is given other seats until there are so many seats and audiences. Over afterwards. */
static void meet_with(struct rig *r, size_t slots)
{
	static const char *const who[] = {"p-aps", "p-self", "p-emp", "p-cw", "p-hw"};
	size_t count = 0;

	meeting_start(r, CASE_1, MEETING_1);
	YES(open_item(r, "p-ps", "1"));
	for (unsigned set = 0; count < slots && set < 32; set++) {
		const char *names[8] = {"p-ps"};
		struct min_input in;
		size_t n = 1;

		for (unsigned i = 0; i < 5; i++) {
			if (set >> i & 1) {
				names[n++] = who[i];
			}
		}
		YES(set_audience(r, "p-ps", item(r, "1"), names));
		json_decref(room_seal_input(r->room, &r->mem, &in));
		count = in.seat_count + in.audience_count;
	}
	cr_assert_eq(count, slots);
	YES(close_item(r, "p-ps", 1));
}

Test(sealing, every_seat_and_audience_has_a_slot)
{
	struct rig r;

	meet_with(&r, LIMIT_SEAL_SLOTS);
	YES(seal(&r, "p-ps"));
	meeting_over(&r);
	meet_with(&r, LIMIT_SEAL_SLOTS + 1);
	NO(ERR_LIMIT, seal(&r, "p-ps"));
	meeting_over(&r);
}
