/* The conference, rule by rule. */
#include "support/meeting.h"

static void push(struct rig *r, uint32_t conn, const char *seat, const char *key, unsigned ref,
		 const char *insert)
{
	const struct cell_shown *c = rig_cell(r, r->room, seat, key);
	size_t units = 0;
	char text[1024];

	cr_assert(c, "%s does not see %s", seat, key);
	for (size_t i = 0; i < c->text.len; i++) {
		units += ((unsigned char)c->text.ptr[i] & 0xC0) != 0x80;
	}
	snprintf(text, sizeof text,
		 "{\"t\":\"edit\",\"ref\":%u,\"cell\":\"%s\",\"base\":%llu,\"changes\":[[[0,\"%s\"]"
		 ",%zu]]}",
		 ref, key, (unsigned long long)c->ver, insert, units);
	rig_send(r, conn, seat, text);
}

static void set(struct rig *r, uint32_t conn, const char *seat, const char *key, unsigned ref,
		uint64_t base, const char *value)
{
	char text[512];

	snprintf(text, sizeof text,
		 "{\"t\":\"set\",\"ref\":%u,\"cell\":\"%s\",\"base\":%llu,\"value\":%s}", ref, key,
		 (unsigned long long)base, value);
	rig_send(r, conn, seat, text);
}

static uint64_t ver(struct rig *r, const char *seat, const char *key)
{
	const struct cell_shown *c = rig_cell(r, r->room, seat, key);

	cr_assert(c);
	return c->ver;
}

Test(room, an_edit_is_kept_then_said_then_acknowledged)
{
	struct rig r;

	rig_init(&r, CASE_1, MEETING_1, 1);
	rig_join(&r, 1, "p-ps");
	cr_assert(rig_fx(&r, FX_SNAP, 1));
	cr_assert_eq(r.fx.audit_count, 1, "who sees what is kept before it is shown");
	rig_join(&r, 2, "p-hw");
	push(&r, 2, "p-hw", GOAL, 1, "まず");
	cr_assert_eq(r.fx.record_count, 1);
	cr_assert_eq(r.fx.record[0].kind, RECORD_EDIT);
	cr_assert_eq(r.fx.fx[0].kind, FX_EDIT);
	cr_assert_eq(r.fx.fx[1].kind, FX_ACK);
	cr_assert_eq(r.fx.fx[1].ver, r.fx.record[0].ver);
	rig_fini(&r);
}

Test(room, absent_hidden_and_read_only_look_the_same)
{
	struct rig r;
	static const char *const key[] = {"plan.health.action.goal", "no.such.cell",
					  "plan.work.outline.goal_short"};

	rig_init(&r, CASE_1, MEETING_1, 2);
	rig_join(&r, 1, "p-emp");
	for (size_t i = 0; i < 3; i++) {
		char text[256];

		snprintf(text, sizeof text,
			 "{\"t\":\"edit\",\"ref\":1,\"cell\":\"%s\",\"base\":1,\"changes\":[[[0,"
			 "\"x\"]]]}",
			 key[i]);
		rig_send(&r, 1, "p-emp", text);
		cr_assert_eq(rig_refused(&r, 1), ERR_GONE, "%s", key[i]);
		cr_assert_eq(r.fx.record_count, 0);
	}
	rig_fini(&r);
}

Test(room, the_persons_words_are_nobody_elses)
{
	struct rig r;

	rig_init(&r, CASE_1, MEETING_1, 3);
	rig_join(&r, 1, "p-ps");
	rig_join(&r, 2, "p-self");
	push(&r, 1, "p-ps", "plan.work.action.person_wish", 1, "x");
	cr_assert_eq(rig_refused(&r, 1), ERR_GONE);
	push(&r, 2, "p-self", "plan.work.action.person_wish", 1, "ぜひ、");
	cr_assert_eq(rig_refused(&r, 2), ERR_OK);
	rig_fini(&r);
}

Test(room, a_repeated_request_gets_its_first_answer)
{
	struct rig r;
	struct fx first;
	char text[512];

	rig_init(&r, CASE_1, MEETING_1, 4);
	rig_join(&r, 1, "p-ps");
	snprintf(text, sizeof text,
		 "{\"t\":\"set\",\"ref\":7,\"cell\":\"plan.period.to\",\"base\":%llu,\"value\":"
		 "\"2027-03-30\"}",
		 (unsigned long long)ver(&r, "p-ps", "plan.period.to"));
	rig_send(&r, 1, "p-ps", text);
	first = *rig_fx(&r, FX_ACK, 1);
	rig_send(&r, 1, "p-ps", text);
	cr_assert_eq(rig_fx(&r, FX_ACK, 1)->ver, first.ver);
	cr_assert_eq(r.fx.record_count, 0, "applied once");
	strcpy(strstr(text, "03-30"), "03-31\"}");
	rig_send(&r, 1, "p-ps", text);
	cr_assert_eq(rig_refused(&r, 1), ERR_PROTO, "same number, other words");
	rig_fini(&r);
}

/* Its requests could not be told from what the server records by itself. */
Test(room, a_client_id_is_not_zero)
{
	struct rig r;

	rig_init(&r, CASE_1, MEETING_1, 1);
	rig_send(&r, 1, "p-ps", "{\"t\":\"join\",\"client\":\"0000000000000000\"}");
	cr_assert(rig_fx(&r, FX_BYE, 1) && rig_fx(&r, FX_BYE, 1)->code == ERR_PROTO);
	cr_assert_eq(room_viewer_count(r.room), 0);
	rig_fini(&r);
}

Test(room, a_client_id_belongs_to_one_seat)
{
	struct rig r;

	rig_init(&r, CASE_1, MEETING_1, 5);
	rig_send(&r, 1, "p-ps", "{\"t\":\"join\",\"client\":\"00000000000000aa\"}");
	rig_send(&r, 2, "p-emp", "{\"t\":\"join\",\"client\":\"00000000000000aa\"}");
	cr_assert(rig_fx(&r, FX_BYE, 2));
	cr_assert(!rig_fx(&r, FX_SNAP, 2));
	rig_fini(&r);
}

Test(room, a_stale_register_is_refused_with_what_is_there)
{
	struct rig r;
	uint64_t base;

	rig_init(&r, CASE_1, MEETING_1, 6);
	rig_join(&r, 1, "p-ps");
	base = ver(&r, "p-ps", "plan.period.to");
	set(&r, 1, "p-ps", "plan.period.to", 1, base, "\"2027-04-30\"");
	set(&r, 1, "p-ps", "plan.period.to", 2, base, "\"2027-05-31\"");
	cr_assert_eq(rig_refused(&r, 1), ERR_STALE);
	cr_assert_str_eq(json_string_value(rig_fx(&r, FX_NO, 1)->cell->value), "2027-04-30");
	set(&r, 1, "p-ps", "plan.period.to", 3, base + 1, "\"2027-02-30\"");
	cr_assert_eq(rig_refused(&r, 1), ERR_PROTO, "no such day");
	rig_fini(&r);
}

Test(room, who_does_not_see_a_whole_list_does_not_replace_it)
{
	struct rig r;
	const char *key = "plan.work.action.resource_ids";

	rig_init(&r, CASE_1, MEETING_1, 14);
	rig_join(&r, 1, "p-hw");
	rig_join(&r, 2, "p-ps");
	set(&r, 1, "p-hw", key, 1, ver(&r, "p-hw", key), "[\"惣菜店\"]");
	cr_assert_eq(rig_refused(&r, 1), ERR_GONE, "it holds a resource that is not theirs to see");
	set(&r, 2, "p-ps", key, 1, ver(&r, "p-ps", key), "[\"惣菜店\"]");
	cr_assert_eq(rig_refused(&r, 2), ERR_OK);
	set(&r, 1, "p-hw", key, 2, ver(&r, "p-hw", key), "[\"惣菜店\",\"工房\"]");
	cr_assert_eq(rig_refused(&r, 1), ERR_OK, "now they see all of it");
	rig_fini(&r);
}

Test(room, a_plan_is_adopted_with_the_persons_assent_to_what_stands)
{
	struct rig r;

	rig_init(&r, CASE_1, MEETING_1, 7);
	rig_join(&r, 1, "p-ps");
	rig_join(&r, 2, "p-self");
	set(&r, 1, "p-ps", "plan.status", 1, ver(&r, "p-ps", "plan.status"), "\"adopted\"");
	cr_assert_eq(rig_refused(&r, 1), ERR_RULE, "no assent");
	rig_send(&r, 1, "p-ps", "{\"t\":\"assent\",\"ref\":2}");
	cr_assert_eq(rig_refused(&r, 1), ERR_GONE, "not theirs to give");
	rig_send(&r, 2, "p-self", "{\"t\":\"assent\",\"ref\":1}");
	cr_assert_eq(rig_refused(&r, 2), ERR_OK);
	push(&r, 1, "p-ps", GOAL, 3, "x");
	set(&r, 1, "p-ps", "plan.status", 4, ver(&r, "p-ps", "plan.status"), "\"adopted\"");
	cr_assert_eq(rig_refused(&r, 1), ERR_RULE, "the plan changed since");
	rig_send(&r, 2, "p-self", "{\"t\":\"assent\",\"ref\":2}");
	set(&r, 1, "p-ps", "plan.status", 5, ver(&r, "p-ps", "plan.status"), "\"adopted\"");
	cr_assert_eq(rig_refused(&r, 1), ERR_OK);
	set(&r, 1, "p-ps", "plan.status", 6, ver(&r, "p-ps", "plan.status"), "\"draft\"");
	cr_assert_eq(rig_refused(&r, 1), ERR_RULE);
	rig_fini(&r);
}

/* The consent c2 of case 2: the agency reads the outline of health. */
static void withdraw(struct rig *r, uint32_t conn, unsigned ref)
{
	char text[256];

	snprintf(text, sizeof text,
		 "{\"t\":\"withdraw\",\"ref\":%u,\"row\":\"%s\",\"words\":\"やめます\"}", ref,
		 row_hex(r, "consent", "c2"));
	rig_send(r, conn, "p-self", text);
}

Test(room, a_withdrawal_cuts_at_once_and_stays_cut)
{
	struct rig r;
	const char *key = "plan.health.outline.goal_short";
	const struct fx *drop;
	struct room *again;
	bool found = false;

	rig_init(&r, CASE_2, MEETING_2, 8);
	rig_join(&r, 1, "p-pj");
	rig_join(&r, 2, "p-self");
	cr_assert(rig_cell(&r, r.room, "p-pj", key));
	withdraw(&r, 2, 1);
	drop = rig_fx(&r, FX_DROP, 1);
	cr_assert(drop);
	for (size_t i = 0; i < drop->cell_count; i++) {
		found = found || slice_is(drop->cell[i].key, key);
	}
	cr_assert(found);
	cr_assert(!rig_cell(&r, r.room, "p-pj", key));
	cr_assert(rig_cell(&r, r.room, "p-hw", key), "another consent, untouched");
	withdraw(&r, 2, 2);
	cr_assert_eq(rig_refused(&r, 2), ERR_RULE, "withdrawn already");
	again = rig_rebuild(&r);
	cr_assert(!rig_cell(&r, again, "p-pj", key), "and after a restart");
	cr_assert(room_replay_done(again, r.now_ms - 1, true) == ERR_OK);
	cr_assert(rig_cell(&r, again, "p-pj", key), "but it was lawful before");
	room_destroy(again);
	rig_fini(&r);
}

Test(room, a_consent_lapses_at_the_end_of_its_last_day_in_japan)
{
	struct rig r;
	const char *key = "plan.health.outline.goal_short";
	int64_t midnight;

	rig_init(&r, CASE_2, MEETING_2, 9);
	rig_join(&r, 1, "p-pj");
	cr_assert(casefile_time_ms(slice_of("2026-12-01T00:00"), &midnight));
	cr_assert_eq(room_deadline(r.room), midnight);
	r.now_ms = midnight - 1;
	rig_event(&r, ROOM_TICK, 0, 0, NULL);
	cr_assert(rig_cell(&r, r.room, "p-pj", key));
	r.now_ms = midnight;
	rig_event(&r, ROOM_TICK, 0, 0, NULL);
	cr_assert_eq(r.fx.record[0].kind, RECORD_LAPSE);
	cr_assert(rig_fx(&r, FX_DROP, 1));
	cr_assert(!rig_cell(&r, r.room, "p-pj", key));
	rig_fini(&r);
}

/* Open item n (its row's outside name) as the chair. */
static void open_as(struct rig *r, uint32_t conn, const char *seat, unsigned ref, const char *n)
{
	char text[128];

	snprintf(text, sizeof text, "{\"t\":\"open\",\"ref\":%u,\"row\":\"%s\"}", ref, item(r, n));
	rig_send(r, conn, seat, text);
}

Test(room, minutes_are_born_in_the_open_segment)
{
	struct rig r;
	const char *row =
	    "{\"t\":\"row\",\"ref\":%u,\"table\":\"min.actions\",\"cells\":{\"what\":\"%s\"}}";
	char text[256];

	rig_init(&r, CASE_1, MEETING_1, 10);
	rig_join(&r, 1, "p-ps");
	rig_join(&r, 2, "p-aps");
	rig_join(&r, 3, "p-emp");
	snprintf(text, sizeof text, row, 1u, "早すぎる");
	rig_send(&r, 2, "p-aps", text);
	cr_assert_eq(rig_refused(&r, 2), ERR_RULE, "nothing is open");
	open_as(&r, 3, "p-emp", 1, "1");
	cr_assert_eq(rig_refused(&r, 3), ERR_GONE, "only the chair");
	open_as(&r, 1, "p-ps", 1, "2");
	cr_assert_eq(rig_refused(&r, 1), ERR_OK);
	snprintf(text, sizeof text, row, 2u, "勤務表を作る");
	rig_send(&r, 2, "p-aps", text);
	cr_assert(rig_fx(&r, FX_ACK, 2)->has_row);
	cr_assert(rig_fx(&r, FX_CELLS, 3), "the employer sits in item 2");
	open_as(&r, 1, "p-ps", 2, "3");
	snprintf(text, sizeof text, row, 3u, "通院は一人で");
	rig_send(&r, 2, "p-aps", text);
	cr_assert(rig_fx(&r, FX_CELLS, 1));
	cr_assert(!rig_fx(&r, FX_CELLS, 3), "and hears nothing of item 3");
	rig_send(&r, 3, "p-emp",
		 "{\"t\":\"row\",\"ref\":9,\"table\":\"min.actions\",\"cells\":{\"what\":\"x\"}}");
	cr_assert_eq(rig_refused(&r, 3), ERR_GONE);
	rig_fini(&r);
}

Test(room, the_recorder_writes_the_persons_words_for_the_person)
{
	struct rig r;
	const struct cell_shown *me;
	char text[256];

	rig_init(&r, CASE_1, MEETING_1, 11);
	rig_join(&r, 1, "p-ps");
	rig_join(&r, 2, "p-aps");
	open_as(&r, 1, "p-ps", 1, "1");
	snprintf(text, sizeof text,
		 "{\"t\":\"row\",\"ref\":1,\"table\":\"min.person_words\",\"cells\":{\"text\":"
		 "\"さぼりじゃない\"},"
		 "\"for\":\"%s\",\"method\":\"oral\"}",
		 seat_hex(&r, "p-self"));
	rig_send(&r, 2, "p-aps", text);
	cr_assert_eq(rig_refused(&r, 2), ERR_OK);
	cr_assert_eq(r.fx.record[0].actor, rig_seat(&r, "p-aps"));
	cr_assert_eq(r.fx.record[0].for_seat, rig_seat(&r, "p-self"));
	cr_assert_eq(r.fx.record[0].method, METHOD_ORAL);
	me = rig_row_cell(&r, "p-self", "min.person_words.text");
	cr_assert(me);
	cr_assert_eq(me->place.owner, seat_bit(rig_seat(&r, "p-self")));
	rig_fini(&r);
}

Test(room, nobody_acts_in_the_name_of_a_seat_that_may_not)
{
	struct rig r;
	char text[256];

	rig_init(&r, CASE_1, MEETING_1, 15);
	rig_join(&r, 1, "p-ps");
	snprintf(text, sizeof text,
		 "{\"t\":\"set\",\"ref\":1,\"cell\":\"plan.health.outline.status\",\"base\":%llu,"
		 "\"value\":\"paused\",\"for\":\"%s\",\"method\":\"oral\"}",
		 (unsigned long long)ver(&r, "p-ps", "plan.health.outline.status"),
		 seat_hex(&r, "p-emp"));
	rig_send(&r, 1, "p-ps", text);
	cr_assert_eq(rig_refused(&r, 1), ERR_GONE, "though the chair may write it in its own name");
	cr_assert_eq(r.fx.record_count, 0);
	rig_fini(&r);
}

Test(room, presence_in_a_hidden_cell_is_absence)
{
	struct rig r;
	struct view v;
	struct frame *f;
	bool shown = false;
	bool away = false;

	rig_init(&r, CASE_1, MEETING_1, 12);
	rig_join(&r, 1, "p-ps");
	rig_join(&r, 2, "p-emp");
	open_as(&r, 1, "p-ps", 1, "2");
	rig_join(&r, conn_of(&r, "p-ps"), "p-ps");
	YES(attend(&r, "p-ps", "p-emp", "in"));
	v = view_for(&r, "p-emp");
	rig_send(&r, 1, "p-ps",
		 "{\"t\":\"here\",\"cell\":\"plan.health.action.goal\",\"at\":[1,0,0]}");
	cr_assert_null(view_here(&v, rig_fx(&r, FX_HERE, 1)->here, &shown),
		       "nothing was shown before");
	rig_send(&r, 1, "p-ps", "{\"t\":\"here\",\"cell\":\"" GOAL "\",\"at\":[1,0,0]}");
	f = view_here(&v, rig_fx(&r, FX_HERE, 1)->here, &shown);
	cr_assert(f && shown);
	frame_release(f);
	away = shown;
	rig_send(&r, 1, "p-ps",
		 "{\"t\":\"here\",\"cell\":\"plan.health.action.goal\",\"at\":[1,0,0]}");
	f = view_here(&v, rig_fx(&r, FX_HERE, 1)->here, &shown);
	cr_assert(f && !shown);
	rig_send(&r, 1, "p-ps", "{\"t\":\"here\",\"cell\":null}");
	{
		struct frame *g = view_here(&v, rig_fx(&r, FX_HERE, 1)->here, &away);

		cr_assert(g && frame_len(g) == frame_len(f) &&
			  memcmp(frame_bytes(g), frame_bytes(f), frame_len(f)) == 0);
		frame_release(g);
	}
	frame_release(f);
	rig_fini(&r);
}

Test(room, coming_back_catches_up_from_where_one_was)
{
	struct rig r;
	uint64_t base;
	char text[256];
	const struct fx *snap;

	rig_init(&r, CASE_1, MEETING_1, 13);
	rig_join(&r, 1, "p-ps");
	rig_join(&r, 2, "p-hw");
	base = ver(&r, "p-hw", GOAL);
	push(&r, 1, "p-ps", GOAL, 1, "あ");
	push(&r, 1, "p-ps", GOAL, 2, "い");
	rig_event(&r, ROOM_LEAVE, 2, rig_seat(&r, "p-hw"), NULL);
	snprintf(text, sizeof text,
		 "{\"t\":\"join\",\"client\":\"0000000000001002\",\"have\":[[\"" GOAL "\",%llu]]}",
		 (unsigned long long)base);
	rig_send(&r, 3, "p-hw", text);
	snap = rig_fx(&r, FX_SNAP, 3);
	cr_assert(snap);
	cr_assert_eq(snap->missed_count, 2);
	cr_assert_eq(snap->missed[1].ver, base + 2);
	/* And the same after a restart: the disk has it all. */
	room_destroy(r.room);
	r.room = rig_rebuild(&r);
	rig_send(&r, 4, "p-hw", text);
	snap = rig_fx(&r, FX_SNAP, 4);
	cr_assert(snap);
	cr_assert_eq(snap->missed_count, 2);
	rig_fini(&r);
}
