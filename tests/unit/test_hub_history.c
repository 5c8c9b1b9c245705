/* The past of a cell: told to who read it then and reads it now, from the journal, and audited. */
#include "base/day.h"
#include "base/limits.h"
#include "support/hubrig.h"

#define HEALTH "plan.health.action.goal"

static void type_into(struct world *w, uint32_t conn, unsigned ref, const char *key,
		      const char *words)
{
	const struct cell_shown *c = rig_cell(&w->rig, truth(w), "p-ps", key);
	size_t units = utf8_units(c->text);

	say(w, conn, "'t':'edit','ref':%u,'cell':'%s','base':%llu,'changes':[[[%zu,'%s']]]", ref,
	    key, (unsigned long long)c->ver, units, words);
	keep(w);
}

static void ask(struct world *w, uint32_t conn, unsigned ref, const char *key, uint64_t ver)
{
	tick(w, 1000);
	say(w, conn, "'t':'history','ref':%u,'cell':'%s','base':%llu", ref, key,
	    (unsigned long long)ver);
}

/* Read to the end, however many turns that takes. */
static void read_on_disk(struct world *w)
{
	settle(w);
	while (hub_deadline(w->hub) <= w->rig.now_ms) {
		tick(w, 0);
		settle(w);
	}
}

static json_t *entries(struct world *w, uint32_t conn, unsigned ref, const char *key)
{
	hush(w);
	ask(w, conn, ref, key, 0);
	keep(w); /* the audit */
	read_on_disk(w);
	cr_assert_eq(last_int(w, conn, "ack", "ref"), ref);
	return json_object_get(last(w, conn, "history"), "entries");
}

static const char *seat_at(json_t *list, size_t i)
{
	const char *id = json_string_value(json_object_get(json_array_get(list, i), "seat"));

	return id ? id : "";
}

static uint64_t ver_at(json_t *list, size_t i)
{
	return (uint64_t)json_integer_value(json_object_get(json_array_get(list, i), "ver"));
}

Test(hub_history, stretches_of_work_with_who_and_when)
{
	struct world w;
	json_t *list;
	uint64_t ver;

	world_init(&w, CASE_1);
	enter(&w, 1, "p-ps");
	enter(&w, 2, "p-hw");
	type_into(&w, 1, 1, GOAL, "一");
	tick(&w, 60000);
	type_into(&w, 1, 2, GOAL, "一の二");
	type_into(&w, 2, 1, GOAL, "二");
	tick(&w, 600000);
	type_into(&w, 2, 2, GOAL, "三");
	list = entries(&w, 1, 3, GOAL);
	cr_assert_eq(json_array_size(list), 4, "%zu", json_array_size(list));
	cr_assert(json_is_true(json_object_get(json_array_get(list, 0), "file")));
	cr_assert_str_eq(seat_at(list, 1), seat_id(&w, "p-ps"));
	cr_assert_str_eq(seat_at(list, 2), seat_id(&w, "p-hw"));
	cr_assert_str_eq(seat_at(list, 3), seat_id(&w, "p-hw"));
	cr_assert_eq(audits(&w, "history"), 1);
	ver = ver_at(list, 1);
	hush(&w);
	ask(&w, 1, 4, GOAL, ver);
	keep(&w);
	read_on_disk(&w);
	cr_assert(
	    strstr(json_string_value(json_object_get(last(&w, 1, "history"), "text")), "一の二"));
	cr_assert(
	    !strstr(json_string_value(json_object_get(last(&w, 1, "history"), "text")), "二二"));
	hush(&w);
	ask(&w, 1, 5, GOAL, ver + 100000);
	keep(&w);
	read_on_disk(&w);
	cr_assert_str_eq(json_string_value(json_object_get(last(&w, 1, "no"), "code")), "gone");
	world_fini(&w);
}

Test(hub_history, what_was_written_before_one_could_read_is_not_told)
{
	struct world w;
	json_t *list;

	world_init(&w, CASE_1);
	enter(&w, 1, "p-ps");
	enter(&w, 2, "p-hw");
	enter(&w, 3, "p-self");
	hush(&w);
	type_into(&w, 1, 1, HEALTH, "前");
	ask(&w, 2, 1, HEALTH, 0);
	cr_assert_str_eq(json_string_value(json_object_get(last(&w, 2, "no"), "code")), "gone");
	say(&w, 3,
	    "'t':'grant','ref':1,'seat':'%s','value':['plan.health.action'],'until':'2026-12-01'",
	    seat_id(&w, "p-hw"));
	keep(&w);
	cr_assert_eq(heard(&w, 2, "cells"), 1);
	type_into(&w, 1, 2, HEALTH, "後");
	list = entries(&w, 2, 2, HEALTH);
	cr_assert_eq(json_array_size(list), 1);
	cr_assert_str_eq(seat_at(list, 0), "", "whom it may not know it is not told");
	cr_assert_eq(json_array_size(entries(&w, 1, 3, HEALTH)), 2, "its own are one stretch");
	world_fini(&w);
}

Test(hub_history, a_right_that_went_while_the_journal_was_read)
{
	struct world w;
	const char *row;

	world_init(&w, CASE_1);
	enter(&w, 1, "p-ps");
	enter(&w, 2, "p-hw");
	enter(&w, 3, "p-self");
	say(&w, 3,
	    "'t':'grant','ref':1,'seat':'%s','value':['plan.health.action'],'until':'2026-12-01'",
	    seat_id(&w, "p-hw"));
	keep(&w);
	row = arena_printf(&w.rig.mem, "%s",
			   json_string_value(json_object_get(last(&w, 3, "ack"), "row")))
		  .ptr;
	type_into(&w, 1, 1, HEALTH, "一");
	ask(&w, 2, 1, HEALTH, 0);
	hush(&w);
	say(&w, 3, "'t':'withdraw','ref':2,'row':'%s','words':'やめる'", row);
	settle(&w);
	read_on_disk(&w);
	cr_assert_eq(heard(&w, 2, "drop"), 1);
	cr_assert_eq(heard(&w, 2, "history"), 0);
	cr_assert_str_eq(json_string_value(json_object_get(last(&w, 2, "no"), "code")), "gone");
	world_fini(&w);
}

/* A commit on its way puts off the step that would take the right: nothing is told by it. */
Test(hub_history, a_right_that_lapsed_and_the_room_has_not_been_stepped_since)
{
	struct world w;
	char until[11] = "";

	world_init(&w, CASE_1);
	enter(&w, 1, "p-ps");
	enter(&w, 2, "p-hw");
	enter(&w, 3, "p-self");
	(void)day_write((w.rig.now_ms + 9 * 3600000) / 86400000, until);
	say(&w, 3, "'t':'grant','ref':1,'seat':'%s','value':['plan.health.action'],'until':'%s'",
	    seat_id(&w, "p-hw"), until);
	keep(&w);
	type_into(&w, 1, 1, HEALTH, "一");
	tick(&w, room_deadline(truth(&w)) - w.rig.now_ms - 1001);
	settle(&w);
	ask(&w, 2, 1, HEALTH, 0);
	keep(&w); /* the audit */
	settle(&w); /* the journal is there */
	type(&w, 1, 2);
	hush(&w);
	tick(&w, 1);
	cr_assert_eq(heard(&w, 2, "history"), 0);
	cr_assert_str_eq(json_string_value(json_object_get(last(&w, 2, "no"), "code")), "busy");
	settle(&w);
	world_fini(&w);
}

Test(hub_history, one_question_at_a_time_and_not_too_often)
{
	struct world w;

	world_init(&w, CASE_1);
	enter(&w, 1, "p-ps");
	enter(&w, 2, "p-hw");
	hush(&w);
	ask(&w, 1, 1, GOAL, 0);
	say(&w, 2, "'t':'history','ref':1,'cell':'" GOAL "'");
	say(&w, 1, "'t':'history','ref':2,'cell':'" GOAL "'");
	settle(&w);
	read_on_disk(&w);
	cr_assert_eq(heard(&w, 1, "history"), 1);
	cr_assert_eq(heard(&w, 2, "history"), 1);
	cr_assert_eq(last_int(&w, 1, "no", "ref"), 2);
	cr_assert_str_eq(json_string_value(json_object_get(last(&w, 1, "no"), "code")), "busy");
	world_fini(&w);
}

Test(hub_history, who_asked_and_left_keeps_nobody_waiting)
{
	struct world w;

	world_init(&w, CASE_1);
	enter(&w, 1, "p-ps");
	enter(&w, 2, "p-hw");
	hush(&w);
	ask(&w, 1, 1, GOAL, 0);
	keep(&w);
	leave(&w, 1);
	ask(&w, 2, 1, GOAL, 0);
	settle(&w);
	read_on_disk(&w);
	cr_assert_eq(heard(&w, 2, "history"), 1);
	world_fini(&w);
}

/* Only so many are told, the latest; the ones before are said to be there. */
Test(hub_history, the_latest_of_many)
{
	struct world w;
	json_t *list;

	world_init(&w, CASE_1);
	enter(&w, 1, "p-ps");
	enter(&w, 2, "p-hw");
	for (unsigned i = 0; i < LIMIT_HISTORY_ENTRIES; i++) {
		if (i + 1 == LIMIT_HISTORY_ENTRIES) {
			list = entries(&w, 1, 1000, GOAL);
			cr_assert_eq(json_array_size(list), LIMIT_HISTORY_ENTRIES, "all of them");
			cr_assert(!json_object_get(last(&w, 1, "history"), "more"));
		}
		type_into(&w, 1 + i % 2, i / 2 + 1, GOAL, "x");
	}
	list = entries(&w, 1, 1001, GOAL);
	cr_assert_eq(json_array_size(list), LIMIT_HISTORY_ENTRIES);
	cr_assert(json_is_true(json_object_get(last(&w, 1, "history"), "more")));
	cr_assert(!json_object_get(json_array_get(list, 0), "file"));
	world_fini(&w);
}
