/*
 * Staff change every April: who follows whom in a case file, what the follower reads by it and what
 * not; and consents of a day to come.
 */
#include <jansson.h>

#include "support/carry.h"
#include "support/meeting.h"

#define CASE "tests/cases/case-1.json"
#define MEETING "2026-11-12T14:00"
#define MARCH "2027-03-31T23:59"
#define APRIL "2027-04-01T00:00"

static int64_t ms(const char *time)
{
	int64_t out;

	cr_assert(casefile_time_ms(slice_of(time), &out), "%s", time);
	return out;
}

static json_t *json(const char *text)
{
	char *quoted = strdup(text);
	json_t *v;

	for (char *c = quoted; *c; c++) {
		*c = *c == '\'' ? '"' : *c;
	}
	v = json_loads(quoted, JSON_DECODE_ANY, NULL);
	cr_assert(v, "%s", text);
	free(quoted);
	return v;
}

/* Case 1 with these members in the parties named, and these parties more; after its meeting. */
static void start(struct rig *r, const char *patches, const char *more, const char *extra)
{
	struct casefile_options o = {.random = rig_random, .random_arg = &r->dice, .after = true};
	json_t *doc = json_load_file(CASE, 0, NULL);
	json_t *patch = json(patches);
	json_t *add = json(more);
	json_t *top = json(extra);
	json_t *party, *change;
	const char *id;
	char why[CASEFILE_WHY_BYTES] = "";
	char *text;
	size_t i;

	*r = (struct rig){.dice = 7, .now_ms = ms(MEETING)};
	arena_init(&r->mem);
	json_object_foreach(patch, id, change)
	{
		json_array_foreach(json_object_get(doc, "parties"), i, party)
		{
			if (strcmp(json_string_value(json_object_get(party, "id")), id) == 0) {
				json_object_update(party, change);
			}
		}
	}
	json_array_extend(json_object_get(doc, "parties"), add);
	json_array_extend(json_object_get(doc, "consents"), json_object_get(top, "consents"));
	json_object_del(top, "consents");
	json_object_update(doc, top);
	text = json_dumps(doc, 0);
	r->schema = rig_schema();
	o.now_ms = r->now_ms;
	cr_assert(casefile_read(slice_of(text), r->schema, &o, &r->file, why) == ERR_OK, "%s", why);
	for (size_t k = 0; k < r->file.record_count; k++) {
		rig_keep(r, &r->file.record[k]);
	}
	r->room = rig_rebuild(r);
	free(text);
	json_decref(doc);
	json_decref(patch);
	json_decref(add);
	json_decref(top);
}

/* The level of a seat on a column of a table's row, by its outside name, at a time. */
static struct verdict at(struct rig *r, const char *time, const char *seat, const char *column,
			 const char *row)
{
	uint16_t col = schema_col_find(r->schema, slice_of(column));
	uint16_t table = r->schema->col[col].table;
	struct cell_place place = {.col = col};
	struct slice key;
	char cell[128];

	cr_assert_eq(room_replay_done(r->room, ms(time), true), ERR_OK);
	if (row) {
		cr_assert(room_row_find(r->room, table, slice_of(row), &key), "%s %s", column, row);
		snprintf(cell, sizeof cell, "%.*s/%s", (int)key.len, key.ptr,
			 r->schema->col[col].name);
		cr_assert(room_place(r->room, slice_of(cell), &place));
	}
	return rights_seat_level(room_rights(r->room), rig_seat(r, seat), &place);
}

static void is(struct rig *r, const char *time, const char *seat, const char *column,
	       const char *row, enum level level)
{
	struct verdict v = at(r, time, seat, column, row);

	cr_assert(v.level == level, "%s %s on %s %s: %s (%s)", time, seat, column, row ? row : "",
		  level_name(v.level), reason_name(v.reason));
}

#define DECIDED "min.decisions.text"

Test(succession, the_new_colleague_reads_what_was_said_before)
{
	struct rig r;

	start(&r, "{'p-cw':{'until':'2027-03-31'}}",
	      "[{'id':'p-cw2','role':'cw','from':'2027-04-01','promoted_from':'p-cw'},"
	      "{'id':'p-cw3','role':'cw','from':'2027-04-01'}]",
	      "{}");
	is(&r, MARCH, "p-cw", DECIDED, "1", LEVEL_READ);
	is(&r, MARCH, "p-cw2", DECIDED, "1", LEVEL_NONE);
	is(&r, APRIL, "p-cw", DECIDED, "1", LEVEL_NONE);
	is(&r, APRIL, "p-cw2", DECIDED, "1", LEVEL_READ);
	/* a third one, who follows nobody, was not there */
	is(&r, APRIL, "p-cw3", DECIDED, "1", LEVEL_NONE);
	/* and back again: reports about the past */
	is(&r, MARCH, "p-cw2", DECIDED, "1", LEVEL_NONE);
	rig_fini(&r);
}

/* For a month both sit there: until the one goes the other has its own rights alone. */
Test(succession, handing_over_takes_a_month)
{
	struct rig r;

	start(&r, "{'p-cw':{'until':'2027-03-31'}}",
	      "[{'id':'p-cw2','role':'cw','from':'2027-03-01','promoted_from':'p-cw'}]", "{}");
	is(&r, "2027-03-15", "p-cw", DECIDED, "1", LEVEL_READ);
	is(&r, "2027-03-15", "p-cw2", DECIDED, "1", LEVEL_NONE);
	is(&r, "2027-03-15", "p-cw2", "plan.overall_goal", NULL, LEVEL_READ);
	is(&r, APRIL, "p-cw2", DECIDED, "1", LEVEL_READ);
	rig_fini(&r);
}

Test(succession, what_somebody_owned_stays_theirs)
{
	struct rig r;

	start(&r, "{'p-cw':{'until':'2027-03-31'},'p-emp':{'until':'2027-03-31'}}",
	      "[{'id':'p-cw2','role':'cw','from':'2027-04-01','promoted_from':'p-cw'},"
	      "{'id':'p-emp2','role':'emp','from':'2027-04-01','promoted_from':'p-emp'}]",
	      "{}");
	is(&r, APRIL, "p-emp2", "party.pledge", "p-emp", LEVEL_NONE);
	is(&r, APRIL, "p-emp2", "work.site_feedback", "p-emp", LEVEL_NONE);
	is(&r, APRIL, "p-emp2", DECIDED, "1", LEVEL_READ);
	rig_fini(&r);
}

Test(succession, a_recorder_who_follows_reads_and_does_not_write)
{
	struct rig r;

	start(&r, "{'p-aps':{'until':'2027-03-31'}}",
	      "[{'id':'p-aps2','role':'aps','functions':['recorder'],'from':'2027-04-01',"
	      "'promoted_from':'p-aps'}]",
	      "{}");
	is(&r, MARCH, "p-aps", DECIDED, "1", LEVEL_WRITE);
	is(&r, APRIL, "p-aps2", DECIDED, "1", LEVEL_READ);
	rig_fini(&r);
}

/* Two of one office, one after the other, need no word; of two firms they do. */
Test(succession, dates_alone_tell_within_one_office)
{
	struct rig r;

	start(&r,
	      "{'p-cw':{'until':'2027-03-31','affiliation':'市役所'},"
	      "'p-emp':{'until':'2027-03-31','affiliation':'甲'}}",
	      "[{'id':'p-cw2','role':'cw','from':'2027-04-01','affiliation':'市役所'},"
	      "{'id':'p-emp2','role':'emp','from':'2027-04-01','affiliation':'乙'}]",
	      "{}");
	is(&r, APRIL, "p-cw2", DECIDED, "1", LEVEL_READ);
	is(&r, APRIL, "p-emp2", DECIDED, "1", LEVEL_NONE);
	rig_fini(&r);
	/* two could be meant: nobody is */
	start(&r, "{'p-cw':{'until':'2027-03-31','affiliation':'市役所'}}",
	      "[{'id':'p-cw1','role':'cw','until':'2027-03-31','affiliation':'市役所'},"
	      "{'id':'p-cw2','role':'cw','from':'2027-04-01','affiliation':'市役所'}]",
	      "{}");
	is(&r, APRIL, "p-cw2", DECIDED, "1", LEVEL_NONE);
	rig_fini(&r);
}

/* The beginning of the one ends the other; a chain gives on what was given. */
Test(succession, a_chain_over_two_years)
{
	struct rig r;

	start(&r, "{}",
	      "[{'id':'p-cw3','role':'cw','from':'2028-04-01','promoted_from':'p-cw2'},"
	      "{'id':'p-cw2','role':'cw','from':'2027-04-01','promoted_from':'p-cw'}]",
	      "{}");
	is(&r, APRIL, "p-cw", DECIDED, "1", LEVEL_NONE);
	is(&r, APRIL, "p-cw2", DECIDED, "1", LEVEL_READ);
	is(&r, APRIL, "p-cw3", DECIDED, "1", LEVEL_NONE);
	is(&r, "2028-04-01", "p-cw2", DECIDED, "1", LEVEL_NONE);
	is(&r, "2028-04-01", "p-cw3", DECIDED, "1", LEVEL_READ);
	rig_fini(&r);
}

/* Who is hidden from the one is hidden from the next, and who follows the hidden one is too. */
Test(succession, a_denial_outlives_both_seats)
{
	struct rig r;

	start(&r, "{'p-cw':{'until':'2027-03-31'}}",
	      "[{'id':'p-cw2','role':'cw','from':'2027-04-01','promoted_from':'p-cw'},"
	      "{'id':'p-kp2','role':'kp','from':'2027-04-01','promoted_from':'p-kp'}]",
	      "{'denials':[{'party':'p-cw','about_party':'p-kp'}]}");
	is(&r, MARCH, "p-cw", "party.display_label", "p-kp", LEVEL_NONE);
	is(&r, MARCH, "p-cw", "party.display_label", "p-ps", LEVEL_READ);
	is(&r, APRIL, "p-cw2", "party.display_label", "p-kp", LEVEL_NONE);
	is(&r, APRIL, "p-cw2", "party.display_label", "p-kp2", LEVEL_NONE);
	is(&r, APRIL, "p-cw2", "party.display_label", "p-ps", LEVEL_READ);
	rig_fini(&r);
}

/* A consent to a role is to the office, one to a party is to that person. */
Test(succession, consents_go_with_the_office_or_with_the_person)
{
	static const char consents[] =
	    "{'consents':["
	    "{'id':'x1','party':'p-lkp','fields':['pplan.statements'],'level':'read',"
	    "'given_on':'2026-10-01','expires_on':'2029-01-01'},"
	    "{'id':'x2','party':'p-hw','fields':['plan.health.outline'],'level':'read',"
	    "'given_on':'2026-10-01','expires_on':'2029-01-01'},"
	    "{'id':'x3','role':'hw','fields':['household.members'],'level':'read',"
	    "'given_on':'2026-10-01','expires_on':'2029-01-01'},"
	    "{'id':'x4','party':'p-lkp','fields':['person.address'],'level':'read',"
	    "'given_on':'2026-10-01','expires_on':'2029-01-01'}]}";
	struct rig r;

	start(&r, "{'p-hw':{'until':'2027-03-31'},'p-lkp':{'until':'2027-03-31'}}",
	      "[{'id':'p-hw2','role':'hw','from':'2027-04-01','promoted_from':'p-hw'},"
	      "{'id':'p-kp2','role':'kp','from':'2027-04-01','promoted_from':'lkp',"
	      "'same_person_as':'p-lkp'},"
	      "{'id':'p-kp3','role':'kp','from':'2027-04-01','promoted_from':'p-lkp'}]",
	      consents);
	is(&r, MARCH, "p-hw", "plan.health.outline.goal_short", NULL, LEVEL_READ);
	is(&r, APRIL, "p-hw2", "plan.health.outline.goal_short", NULL, LEVEL_NONE);
	is(&r, APRIL, "p-hw2", "household.name", NULL, LEVEL_READ);
	is(&r, MARCH, "p-kp2", "person.address", NULL, LEVEL_NONE);
	is(&r, APRIL, "p-kp2", "person.address", NULL, LEVEL_READ);
	is(&r, APRIL, "p-kp3", "person.address", NULL, LEVEL_NONE);
	is(&r, APRIL, "p-kp2", "consent.scope", "x4", LEVEL_READ);
	is(&r, APRIL, "p-kp3", "consent.scope", "x4", LEVEL_NONE);
	rig_fini(&r);
}

/* In a room that is open: the tick at midnight, what it writes down, and what a restart makes of
 * it. */
Test(succession, midnight_in_an_open_room)
{
	struct rig r;
	struct room *again;

	start(&r, "{'p-cw':{'until':'2027-03-31'}}",
	      "[{'id':'p-cw2','role':'cw','from':'2027-04-01','promoted_from':'p-cw'}]", "{}");
	cr_assert_null(rig_row_cell(&r, "p-cw2", DECIDED));
	cr_assert_not_null(rig_row_cell(&r, "p-cw", DECIDED));
	while (room_deadline(r.room) <= ms(APRIL)) {
		r.now_ms = room_deadline(r.room);
		rig_event(&r, ROOM_TICK, 0, SEAT_NONE, NULL);
	}
	cr_assert_eq(r.kept[r.kept_count - 1].kind, RECORD_LAPSE);
	cr_assert_not_null(rig_row_cell(&r, "p-cw2", DECIDED));
	cr_assert_null(rig_row_cell(&r, "p-cw", DECIDED));
	again = rig_rebuild(&r);
	room_destroy(r.room);
	r.room = again;
	cr_assert_not_null(rig_row_cell(&r, "p-cw2", DECIDED));
	rig_fini(&r);
}

/* A bar on a seat holds whoever comes after it away from what that seat had. */
Test(succession, who_was_barred_gives_nothing_on)
{
	struct rig r;
	struct record bar = {.kind = RECORD_BAR,
			     .actor = SEAT_NONE,
			     .for_seat = SEAT_NONE,
			     .body = slice_of("{\"seat\":4,\"on\":true}")};

	start(&r, "{'p-cw':{'until':'2027-03-31'}}",
	      "[{'id':'p-cw2','role':'cw','from':'2027-04-01','promoted_from':'p-cw'}]", "{}");
	cr_assert_eq(rig_seat(&r, "p-cw"), 4);
	bar.at_ms = r.now_ms;
	cr_assert_eq(room_replay(r.room, &bar), ERR_OK);
	is(&r, APRIL, "p-cw2", DECIDED, "1", LEVEL_NONE);
	rig_fini(&r);
}

Test(succession, bad_ones_are_named)
{
	static const char *const bad[][2] = {
	    {"{'promoted_from':'p-cw'}", "$.parties[4].promoted_from: nobody follows"},
	    {"{'promoted_from':'p-none'}", "$.parties[4].promoted_from: no such"},
	    {"{'from':'2025-04-01','promoted_from':'p-hw'}",
	     "$.parties[4].promoted_from: begins later"},
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct casefile_options o = {.random = rig_random};
		uint64_t dice = 3;
		json_t *doc = json_load_file(CASE, 0, NULL);
		json_t *change = json(bad[i][0]);
		struct schema *schema = rig_schema();
		struct casefile file;
		char why[CASEFILE_WHY_BYTES] = "";
		char *text;

		o.random_arg = &dice;
		json_object_set_new(json_array_get(json_object_get(doc, "parties"), 5), "from",
				    json_string("2026-04-01"));
		json_object_update(json_array_get(json_object_get(doc, "parties"), 4), change);
		text = json_dumps(doc, 0);
		cr_assert_eq(casefile_read(slice_of(text), schema, &o, &file, why), ERR_PROTO);
		cr_assert(strncmp(why, bad[i][1], strlen(bad[i][1])) == 0, "%s", why);
		free(text);
		json_decref(doc);
		json_decref(change);
		schema_destroy(schema);
	}
}

/* ---- out of the room and in again ---- */

/* The room of what the seat carries away; its seats go by their ids in the old one. */
static struct rig carried(struct rig *r, const char *seat)
{
	struct rig again = *r;
	struct buf out = carry_out(r->room, r->schema, rig_seat(r, seat), &r->mem);
	char why[CASEFILE_WHY_BYTES] = "";

	again.room = carry_in(buf_slice(&out), r->schema, ms(APRIL), 11, why);
	cr_assert(again.room, "%s", why);
	buf_fini(&out);
	return again;
}

/* An employer who becomes a key person, and what was consented to: to them, and to the office. */
static void start_moving(struct rig *r, const char *more)
{
	start(r, "{'p-emp':{'until':'2027-03-31'}}", more,
	      "{'consents':["
	      "{'id':'x1','party':'p-emp','fields':['person.contact'],'level':'read',"
	      "'given_on':'2026-10-01','expires_on':'2029-01-01'},"
	      "{'id':'x2','role':'emp','fields':['plan.health.outline'],'level':'read',"
	      "'given_on':'2026-10-01','expires_on':'2029-01-01'}]}");
}

#define KP2                                                                                        \
	"{'id':'p-kp2','role':'kp','from':'2027-04-01','promoted_from':'p-emp',"                   \
	"'same_person_as':'p-emp'}"

static void give_live(struct rig *r)
{
	rig_join(r, conn_of(r, "p-self"), "p-self");
	cr_assert_eq(say(r, "p-self",
			 "'t':'grant','seat':'%s','value':['party.affiliation',"
			 "'plan.health.outline'],'until':'2027-12-24'",
			 seat_hex(r, "p-emp")),
		     ERR_OK);
}

Test(succession, an_export_takes_a_consent_along_with_the_person)
{
	for (int live = 0; live < 2; live++) {
		struct rig r, again;
		char emp[HEX64_LEN + 1], kp[HEX64_LEN + 1];

		start_moving(&r, "[" KP2 "]");
		snprintf(emp, sizeof emp, "%s", seat_hex(&r, "p-emp"));
		snprintf(kp, sizeof kp, "%s", seat_hex(&r, "p-kp2"));
		if (live) {
			give_live(&r);
		}
		again = carried(&r, "p-ps");
		is(&again, MARCH, emp, "person.contact", NULL, LEVEL_READ);
		is(&again, MARCH, emp, HEALTH, NULL, LEVEL_READ);
		is(&again, MARCH, kp, "person.contact", NULL, LEVEL_NONE);
		is(&again, APRIL, kp, "person.contact", NULL, LEVEL_READ);
		is(&again, APRIL, kp, HEALTH, NULL, LEVEL_NONE);
		is(&r, APRIL, "p-kp2", "person.contact", NULL, LEVEL_READ);
		is(&r, APRIL, "p-kp2", HEALTH, NULL, LEVEL_NONE);
		room_destroy(again.room);
		rig_fini(&r);
	}
}

/* With a second employer only a party can say to whom it was given: then nobody takes it along. */
Test(succession, an_export_opens_nothing_to_the_next_seat_that_it_did_not_have)
{
	struct rig r, again;
	char emp[HEX64_LEN + 1], kp[HEX64_LEN + 1];

	start_moving(&r, "[" KP2 ",{'id':'p-emp2','role':'emp','from':'2027-04-01'}]");
	snprintf(emp, sizeof emp, "%s", seat_hex(&r, "p-emp"));
	snprintf(kp, sizeof kp, "%s", seat_hex(&r, "p-kp2"));
	give_live(&r);
	again = carried(&r, "p-ps");
	is(&again, MARCH, emp, HEALTH, NULL, LEVEL_READ);
	is(&again, APRIL, kp, HEALTH, NULL, LEVEL_NONE);
	is(&again, APRIL, kp, "person.contact", NULL, LEVEL_NONE);
	room_destroy(again.room);
	rig_fini(&r);
}

/* ---- a consent of a day to come ---- */

/* The note of a consent, by its words, as a seat sees it; NULL when it does not. */
static const struct cell_shown *rig_note(struct rig *r, const char *seat, const char *words)
{
	size_t count;
	const struct cell_shown *c =
	    room_visible(r->room, seat_bit(rig_seat(r, seat)), &r->mem, &count);

	for (size_t i = 0; i < count; i++) {
		if (slice_is(c[i].text, words)) {
			return &c[i];
		}
	}
	return NULL;
}

Test(later, a_consent_begins_by_time_and_nobody_has_it_before)
{
	static const char *const reader[] = {"p-self", "p-ps", "p-sup", "p-cw", "p-hw"};
	struct rig r;
	struct buf file = rig_file(CASE);
	json_t *doc = json_loadb(file.ptr, file.len, 0, NULL);
	char *text;

	json_array_append_new(
	    json_object_get(doc, "consents"),
	    json("{'id':'later','role':'hw','fields':['plan.purpose.outline'],'level':'read',"
		 "'given_on':'2026-12-01','expires_at':'2026-12-24T10:30','note':'あとの同意',"
		 "'withdrawn_at':'2026-12-20T09:00','withdraw_words':'あとのことば'}"));
	json_array_append_new(
	    json_object_get(doc, "consents"),
	    json("{'id':'row','role':'emp','fields':['plan.legal.action'],'level':'read',"
		 "'given_on':'2026-12-05','note':'何も開かない同意'}"));
	text = json_dumps(doc, 0);
	rig_init_text(&r, slice_of(text), MEETING, 5);
	for (size_t i = 0; i < 5; i++) {
		is(&r, "2026-11-30T23:59", reader[i], "consent.note", "later", LEVEL_NONE);
	}
	is(&r, "2026-11-30T23:59", "p-hw", "plan.purpose.outline.goal_short", NULL, LEVEL_NONE);
	is(&r, "2026-12-01", "p-hw", "plan.purpose.outline.goal_short", NULL, LEVEL_READ);
	is(&r, "2026-12-01", "p-hw", "consent.note", "later", LEVEL_READ);
	is(&r, "2026-12-01", "p-self", "consent.note", "later", LEVEL_WRITE);
	is(&r, "2026-12-20T08:59", "p-hw", "plan.purpose.outline.goal_short", NULL, LEVEL_READ);
	is(&r, "2026-12-20T09:00", "p-hw", "plan.purpose.outline.goal_short", NULL, LEVEL_NONE);
	rig_fini(&r);
	/* the clock of an open room */
	rig_init_text(&r, slice_of(text), MEETING, 5);
	rig_join(&r, 1, "p-hw");
	while (room_deadline(r.room) < ms("2026-12-01")) {
		r.now_ms = room_deadline(r.room);
		rig_event(&r, ROOM_TICK, 0, SEAT_NONE, NULL);
	}
	cr_assert_null(rig_cell(&r, r.room, "p-hw", "plan.purpose.outline.goal_short"));
	cr_assert_eq(room_deadline(r.room), ms("2026-12-01"));
	r.now_ms = ms("2026-12-01");
	rig_event(&r, ROOM_TICK, 0, SEAT_NONE, NULL);
	cr_assert_not_null(rig_cell(&r, r.room, "p-hw", "plan.purpose.outline.goal_short"));
	cr_assert_not_null(rig_fx(&r, FX_CELLS, 1), "and it comes to the open page at once");
	/* a consent that opens nothing has a row all the same, and that has its day too */
	cr_assert_eq(room_deadline(r.room), ms("2026-12-05"));
	cr_assert_null(rig_note(&r, "p-self", "何も開かない同意"));
	r.now_ms = ms("2026-12-05");
	rig_event(&r, ROOM_TICK, 0, SEAT_NONE, NULL);
	cr_assert_not_null(rig_note(&r, "p-self", "何も開かない同意"));
	cr_assert(memmem(r.kept[r.kept_count - 1].body.ptr, r.kept[r.kept_count - 1].body.len,
			 "\"rows\":[\"consent/", 16));
	rig_fini(&r);
	free(text);
	json_decref(doc);
	buf_fini(&file);
}
