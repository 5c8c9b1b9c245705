/* The one projection: what is in a frame, and what is not. */
#include "support/meeting.h"

static json_t *parse(struct frame *owned)
{
	json_t *o = json_loadb((char *)frame_bytes(owned), frame_len(owned), 0, NULL);

	cr_assert(o);
	frame_release(owned);
	return o;
}

static json_t *snapshot(struct rig *r, const struct view *v)
{
	struct view_snapshot s = {0};

	s.cell = room_visible(r->room, v->viewer, &r->mem, &s.cell_count);
	return parse(view_snapshot(v, &s));
}

static const json_t *entry(const json_t *snap, const char *key)
{
	const json_t *cells = json_object_get(snap, "cells");

	for (size_t i = 0; i < json_array_size(cells); i++) {
		const json_t *c = json_array_get(cells, i);

		if (strcmp(json_string_value(json_object_get(c, "k")), key) == 0) {
			return c;
		}
	}
	return NULL;
}

static void open_first(struct rig *r)
{
	rig_join(r, conn_of(r, "p-ps"), "p-ps");
	YES(open_item(r, "p-ps", "1"));
}

Test(view, an_outsider_knows_who_shares_a_segment_and_nobody_else)
{
	struct rig r;
	struct view v;
	json_t *snap;
	const json_t *who;

	rig_init(&r, CASE_1, MEETING_1, 21);
	v = view_for(&r, "p-emp");
	snap = snapshot(&r, &v);
	cr_assert_eq(json_array_size(json_object_get(snap, "seats")), 1, "itself");
	who = json_object_get(entry(snap, "plan.work.action.who"), "x");
	cr_assert_eq(json_array_size(who), 1, "the others in the list are not shown");
	who = json_object_get(entry(snap, "plan.work.action.resource_ids"), "x");
	cr_assert_eq(json_array_size(who), 0, "nor a resource whose row is not theirs");
	json_decref(snap);
	open_first(&r);
	v = view_for(&r, "p-emp");
	snap = snapshot(&r, &v);
	cr_assert_eq(json_array_size(json_object_get(snap, "seats")), 9,
		     "all but the kitchen chief");
	json_decref(snap);
	v = view_for(&r, "p-lkp");
	snap = snapshot(&r, &v);
	cr_assert_eq(json_array_size(json_object_get(snap, "seats")), 1);
	json_decref(snap);
	rig_fini(&r);
}

/* Who did it is left out where the viewer may not know them; what was done stays. */
Test(view, an_act_by_somebody_unknown_is_nobodys)
{
	struct rig r;
	struct view v;
	struct slice before, after;

	rig_init(&r, CASE_1, MEETING_1, 21);
	rig_join(&r, conn_of(&r, "p-ps"), "p-ps");
	YES(type_text(&r, "p-ps", GOAL, "あ"));
	v = view_for(&r, "p-emp");
	before = taken(&r, view_edit(&v, rig_fx(&r, FX_EDIT, 0)->edit));
	cr_assert(strstr(before.ptr, "\"edit\"") && !strstr(before.ptr, "\"seat\""));
	YES(say(
	    &r, "p-ps",
	    "'t':'set','cell':'plan.work.action.next_check_on','base':%llu,'value':'2026-12-01'",
	    (unsigned long long)ver_of(&r, "p-ps", "plan.work.action.next_check_on")));
	before = taken(&r, view_set(&v, rig_fx(&r, FX_SET, 0)->set));
	cr_assert(strstr(before.ptr, "\"set\"") && !strstr(before.ptr, "\"seat\""));
	YES(open_item(&r, "p-ps", "1"));
	YES(type_text(&r, "p-ps", GOAL, "い"));
	v = view_for(&r, "p-emp");
	after = taken(&r, view_edit(&v, rig_fx(&r, FX_EDIT, 0)->edit));
	cr_assert(strstr(after.ptr, "\"seat\""), "in the item they know each other");
	rig_fini(&r);
}

Test(view, reach_and_hidden_marks_are_for_officials)
{
	struct rig r;
	struct view v;
	json_t *snap;
	const json_t *c;

	rig_init(&r, CASE_1, MEETING_1, 22);
	v = view_for(&r, "p-emp");
	snap = snapshot(&r, &v);
	cr_assert_null(json_object_get(snap, "hidden"));
	cr_assert_null(json_object_get(entry(snap, "plan.work.action.goal"), "reach"));
	cr_assert_null(entry(snap, "plan.health.outline.goal_short"));
	cr_assert_null(json_object_get(json_object_get(snap, "cols"), "plan.health.outline.status"),
		       "not even the column");
	json_decref(snap);
	v = view_for(&r, "p-hw");
	snap = snapshot(&r, &v);
	cr_assert_gt(json_array_size(json_object_get(snap, "hidden")), 10);
	c = entry(snap, "plan.work.action.goal");
	cr_assert_str_eq(json_string_value(json_object_get(c, "reach")), "out");
	cr_assert_str_eq(json_string_value(json_object_get(c, "l")), "w");
	c = entry(snap, "plan.work.background.current_state");
	cr_assert_str_eq(json_string_value(json_object_get(c, "reach")), "in");
	json_decref(snap);
	v = view_for(&r, "p-ps");
	snap = snapshot(&r, &v);
	c = entry(snap, "plan.relations.restricted_note");
	cr_assert_str_eq(json_string_value(json_object_get(c, "reach")), "team");
	json_decref(snap);
	rig_fini(&r);
}

/* Even a word that is on everybody's forms may tell an employer what there could have been. */
/* Item 2 of case 1, were it to open the health outline in front of the employer. */
Test(view, an_item_names_to_an_outsider_only_what_it_reads)
{
	struct rig r;
	struct view v;
	struct set_shown set = {0};
	json_t *fields = json_pack("[s,s]", "plan.health.outline", "work.conditions");
	json_t *o;

	rig_init(&r, CASE_1, MEETING_1, 26);
	set.place = rig_row_cell(&r, "p-emp", "conf.agenda_items.fields")->place;
	set.key = slice_of("x");
	set.value = fields;
	v = view_for(&r, "p-emp");
	o = parse(view_set(&v, &set));
	cr_assert_eq(json_array_size(json_object_get(o, "value")), 1);
	json_decref(o);
	v = view_for(&r, "p-hw");
	o = parse(view_set(&v, &set));
	cr_assert_eq(json_array_size(json_object_get(o, "value")), 2);
	json_decref(o);
	json_decref(fields);
	rig_fini(&r);
}

Test(view, choices_are_told_to_who_chooses)
{
	struct rig r;
	struct view v;
	json_t *snap;
	const json_t *choices;
	char *text;

	rig_init(&r, CASE_1, MEETING_1, 25);
	v = view_for(&r, "p-emp");
	snap = snapshot(&r, &v);
	text = json_dumps(snap, 0);
	cr_assert_null(strstr(text, "生活保護"));
	free(text);
	choices = json_object_get(
	    json_object_get(json_object_get(snap, "cols"), "conf.legal_basis"), "enum");
	cr_assert_eq(json_array_size(choices), 1, "what stands there");
	json_decref(snap);
	v = view_for(&r, "p-ps");
	snap = snapshot(&r, &v);
	choices = json_object_get(
	    json_object_get(json_object_get(snap, "cols"), "conf.legal_basis"), "enum");
	cr_assert_gt(json_array_size(choices), 5);
	json_decref(snap);
	rig_fini(&r);
}

Test(view, rows_the_server_keeps_are_read_only_to_clients)
{
	struct rig r;
	struct view v;
	json_t *snap;
	const json_t *cells;
	size_t seen = 0;

	rig_init(&r, CASE_1, MEETING_1, 23);
	v = view_for(&r, "p-ps");
	snap = snapshot(&r, &v);
	cells = json_object_get(snap, "cells");
	for (size_t i = 0; i < json_array_size(cells); i++) {
		const json_t *c = json_array_get(cells, i);

		if (strncmp(json_string_value(json_object_get(c, "k")), "consent/", 8) == 0) {
			cr_assert_str_eq(json_string_value(json_object_get(c, "l")), "r");
			seen++;
		}
	}
	cr_assert_gt(seen, 0);
	json_decref(snap);
	rig_fini(&r);
}

Test(view, nobody_asks_who_reads_but_officials_and_the_person)
{
	struct rig r;
	struct view v;
	struct cell_shown c;
	struct frame *f;
	json_t *o;

	rig_init(&r, CASE_1, MEETING_1, 24);
	c = *rig_cell(&r, r.room, "p-ps", "plan.work.action.goal");
	v = view_for(&r, "p-emp");
	cr_assert_null(view_reach(&v, &c));
	v = view_for(&r, "p-ps");
	f = view_reach(&v, &c);
	cr_assert(f);
	o = parse(f);
	cr_assert_eq(json_array_size(json_object_get(o, "seats")), 9, "the lkp has n+ here");
	json_decref(o);
	rig_fini(&r);
}
