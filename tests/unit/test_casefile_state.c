/* Case files into records: seats, rows and their readers, time, and what stays pending. */
#include "test_casefile_rig.h"

#define CASE(n) "tests/cases/case-" #n ".json"

static int64_t at(const char *time)
{
	int64_t ms;

	cr_assert(casefile_time_ms(slice_of(time), &ms), "%s", time);
	return ms;
}

Test(casefile_state, seats_of_every_sort)
{
	struct rig r;
	json_t *seat;

	rig_init(&r, CASE(1));
	rig_put(&r, "parties/5", "from", "'2026-04-01'");
	rig_put(&r, "parties/5", "until", "'2027-03-31'");
	rig_put(&r, "parties/8", "guest", "true");
	rig_append(&r, "parties", "{'id':'p-rec','role':'rec','name':'書記（架空）'}");
	rig_put(&r, "", "denials", "[{'party':'p-emp','about_party':'p-lkp'}]");
	rig_must(&r);
	seat = rig_nth(&r, RECORD_SEAT, NULL, 1);
	cr_assert_str_eq(json_string_value(json_object_get(seat, "name")), "p-ps");
	cr_assert_str_eq(json_string_value(rig_at(seat, "duties/0")), "chair");
	cr_assert(slice_is(r.file.seat[1].wire, json_string_value(json_object_get(seat, "wire"))));
	cr_assert(json_is_null(json_object_get(seat, "from")));
	json_decref(seat);
	seat = rig_nth(&r, RECORD_SEAT, NULL, 5);
	cr_assert_eq(json_integer_value(json_object_get(seat, "from")), at("2026-04-01"));
	cr_assert_eq(json_integer_value(json_object_get(seat, "until")), at("2027-04-01"));
	json_decref(seat);
	seat = rig_nth(&r, RECORD_SEAT, NULL, 6);
	cr_assert(json_is_true(json_object_get(seat, "remote")));
	json_decref(seat);
	cr_assert(slice_is(r.file.seat[8].role, "guest"));
	/* a clerk sits as a guest with the duty; without a label it is never the name that shows */
	cr_assert(slice_is(r.file.seat[10].role, "guest"));
	seat = rig_nth(&r, RECORD_SEAT, NULL, 10);
	cr_assert_str_eq(json_string_value(rig_at(seat, "duties/0")), "recorder");
	cr_assert_str_eq(json_string_value(json_object_get(seat, "label")), "同席者");
	json_decref(seat);
	/* consents to kp are not consents to a guest who is called so */
	cr_assert_eq(rig_count(&r, RECORD_GRANT, NULL), 5);
	seat = rig_nth(&r, RECORD_DENY, NULL, 0);
	cr_assert_eq(json_integer_value(json_object_get(seat, "seat")), 6);
	cr_assert_eq(json_integer_value(json_object_get(seat, "about")), 9);
	cr_assert(json_is_true(json_object_get(seat, "on")));
	json_decref(seat);
	rig_fini(&r);
}

Test(casefile_state, agenda_rows_are_shared_with_their_audience)
{
	struct rig r;
	json_t *row;
	char s[256];

	rig_init(&r, CASE(1));
	rig_append(&r, "parties", "{'id':'p-emp2','role':'emp','name':'別の会社'}");
	rig_append(&r, "parties", "{'id':'p-cw2','role':'cw','from':'2027-04-01'}");
	rig_put(&r, "conference/agenda/1", "audience_parties", "{'emp':['p-emp2']}");
	rig_must(&r);
	row = rig_nth(&r, RECORD_ROW, "conf.agenda_items", 1);
	cr_assert_str_eq(json_string_value(json_object_get(row, "name")), "2");
	cr_assert_str_eq(rig_seats(row, "shared", s), "0 1 2 3 4 5 7 8 10");
	cr_assert_str_eq(rig_seats(row, "owner", s), "");
	cr_assert(json_is_null(json_object_get(row, "audience")));
	cr_assert_eq(json_array_size(rig_cell(row, "audience")), 9);
	cr_assert_eq(json_array_size(rig_cell(row, "fields")), 4);
	json_decref(row);
	row = rig_nth(&r, RECORD_ROW, "conf.agenda_items", 0);
	cr_assert_str_eq(rig_seats(row, "shared", s), "0 1 2 3 4 5 6 7 8 10");
	json_decref(row);
	rig_fini(&r);
}

Test(casefile_state, two_employers_have_a_row_each)
{
	struct rig r;
	json_t *row;
	char s[256];

	rig_init(&r, CASE(1));
	rig_append(&r, "parties", "{'id':'p-emp2','role':'emp','name':'別の会社'}");
	rig_put(&r, "", "work_sites", "[{'party':'p-emp2','conditions':'二つ目の条件'}]");
	rig_must(&r);
	cr_assert_eq(rig_count(&r, RECORD_ROW, "work"), 2);
	row = rig_nth(&r, RECORD_ROW, "work", 0);
	cr_assert_str_eq(rig_seats(row, "owner", s), "10");
	cr_assert_str_eq(json_string_value(rig_cell(row, "conditions")), "二つ目の条件");
	json_decref(row);
	row = rig_nth(&r, RECORD_ROW, "work", 1);
	cr_assert_str_eq(rig_seats(row, "owner", s), "6");
	cr_assert_str_eq(rig_seats(row, "about", s), "6");
	json_decref(row);
	/* nobody to own it: only who reads all places of work sees it */
	json_array_remove(rig_at(r.doc, "parties"), 6);
	rig_fini(&r);
	rig_init(&r, CASE(1));
	rig_put(&r, "parties/6", "role", "'pj'");
	rig_put(&r, "parties/7", "role", "'pj'");
	rig_must(&r);
	row = rig_nth(&r, RECORD_ROW, "work", 0);
	cr_assert_str_eq(rig_seats(row, "owner", s), "");
	cr_assert_str_eq(rig_seats(row, "about", s), "");
	json_decref(row);
	rig_fini(&r);
}

Test(casefile_state, household_secrets)
{
	struct rig r;
	json_t *row;
	char s[256];

	rig_init(&r, CASE(2));
	rig_must(&r);
	row = rig_nth(&r, RECORD_ROW, "household", 0);
	cr_assert(strstr(json_string_value(rig_cell(row, "protected_info")), "学校を続けるか"));
	json_decref(row);
	/* without a member: a row of its own, whose being there tells only those who may read it */
	rig_put(&r, "household", "protected_info", "'だれのことでもない秘密'");
	rig_put(&r, "household/members/0", "protected_info", "'本人の秘密'");
	rig_put(&r, "household/members/0", "consent_record",
		"{'given_on':'2026-03-01','method':'書面','note':'学校のことだけ'}");
	rig_must(&r);
	cr_assert_eq(rig_count(&r, RECORD_ROW, "household"), 3);
	row = rig_nth(&r, RECORD_ROW, "household", 0);
	cr_assert_str_eq(json_string_value(rig_cell(row, "protected_info")), "本人の秘密");
	cr_assert_str_eq(json_string_value(rig_cell(row, "member_consent")),
			 "2026-03-01 書面 学校のことだけ");
	cr_assert_str_eq(rig_seats(row, "audience", s), "none");
	json_decref(row);
	row = rig_nth(&r, RECORD_ROW, "household", 2);
	cr_assert_str_eq(json_string_value(rig_cell(row, "protected_info")),
			 "だれのことでもない秘密");
	cr_assert_str_eq(rig_seats(row, "audience", s), "1 3", "ps and sup");
	json_decref(row);
	/* a second secret about a member does not overwrite the member's own */
	rig_put(&r, "household", "protected_info", "{'about':'h1','text':'もう一つの秘密'}");
	rig_must(&r);
	cr_assert(rig_holds(&r, "もう一つの秘密") && rig_holds(&r, "本人の秘密"));
	rig_fini(&r);
}

Test(casefile_state, rows_of_ledgers)
{
	struct rig r;
	json_t *row;
	char s[256];

	rig_init(&r, CASE(1));
	rig_put(&r, "monitoring/0", "date", "'2026-11-12'");
	rig_must(&r);
	row = rig_nth(&r, RECORD_ROW, "ref", 0);
	cr_assert_str_eq(json_string_value(rig_cell(row, "resource_check")),
			 "ok：個室、費用の説明あり、本人の見学済み");
	cr_assert_str_eq(json_string_value(rig_cell(row, "to")), "r-shelter");
	json_decref(row);
	row = rig_nth(&r, RECORD_ROW, "bond.map", 1);
	cr_assert_str_eq(rig_seats(row, "about", s), "8");
	cr_assert_str_eq(json_string_value(rig_cell(row, "with")), "キーパーソン");
	json_decref(row);
	row = rig_nth(&r, RECORD_ROW, "bond.map", 11);
	cr_assert_str_eq(rig_seats(row, "about", s), "");
	cr_assert_str_eq(json_string_value(rig_cell(row, "with")), "近所の銭湯の常連");
	json_decref(row);
	row = rig_nth(&r, RECORD_ROW, "out.self_scale", 0);
	cr_assert_str_eq(rig_seats(row, "owner", s), "0");
	json_decref(row);
	row = rig_nth(&r, RECORD_ROW, "mon.note", 0);
	cr_assert_str_eq(rig_seats(row, "owner", s), "2");
	json_decref(row);
	row = rig_nth(&r, RECORD_ROW, "party", 9);
	cr_assert_str_eq(rig_seats(row, "owner", s), "9");
	cr_assert_str_eq(rig_seats(row, "about", s), "9");
	json_decref(row);
	row = rig_nth(&r, RECORD_ROW, "pplan.statements", 5);
	cr_assert_str_eq(rig_seats(row, "owner", s), "0");
	cr_assert_str_eq(json_string_value(json_object_get(row, "name")), "s6");
	json_decref(row);
	rig_fini(&r);
}

Test(casefile_state, the_past_of_case_3)
{
	struct rig r;
	char v[256];

	rig_init(&r, CASE(3));
	rig_must(&r);
	cr_assert_str_eq(rig_field(&r, "case.status", v), "\"ongoing\"", "closed months later");
	cr_assert_str_eq(rig_field(&r, "case.stage", v), "2", "stage 4 came in August");
	cr_assert_str_eq(rig_field(&r, "close.reason", v), "\"\"");
	cr_assert(!rig_holds(&r, "はじめの3か月は月1回"));
	cr_assert(rig_pending_holds(&r, "はじめの3か月は月1回"));
	/* the same closure, before the meeting */
	rig_put(&r, "closure", "closed_on", "'2026-06-17'");
	rig_must(&r);
	cr_assert_str_eq(rig_field(&r, "case.status", v), "\"follow_up\"");
	cr_assert_str_eq(rig_field(&r, "close.closed_on", v), "\"2026-06-17\"");
	cr_assert_eq(rig_count(&r, RECORD_ROW, "close.followup"), 1);
	rig_fini(&r);
}

static void none_of(const struct rig *r, const json_t *list, const char *key)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *o = json_array_get(list, i);
		const char *text = json_string_value(key ? json_object_get(o, key) : o);

		if (text && strlen(text) > 12) {
			cr_assert(!rig_holds(r, text), "%s", text);
		}
		if (text) {
			cr_assert(rig_pending_holds(r, text), "%s", text);
		}
	}
}

/* Nothing of what is said, decided or signed in the meeting is there before it. */
Test(casefile_state, nothing_of_the_script_is_stored)
{
	static const char *const path[] = {CASE(1), CASE(2), CASE(3), CASE(4)};

	for (size_t c = 0; c < 4; c++) {
		struct rig r;
		json_t *script;

		rig_init(&r, path[c]);
		rig_must(&r);
		script = rig_at(r.doc, "script");
		none_of(&r, script, "text");
		for (size_t i = 0; i < json_array_size(script); i++) {
			none_of(&r, json_object_get(json_array_get(script, i), "edits"), "after");
		}
		none_of(&r, rig_at(r.doc, "minutes/decisions"), "text");
		none_of(&r, rig_at(r.doc, "minutes/actions"), "what");
		none_of(&r, rig_at(r.doc, "minutes/person_words"), NULL);
		none_of(&r, rig_at(r.doc, "minutes/corrections"), "reason");
		none_of(&r, rig_at(r.doc, "minutes/dissents"), "text");
		/* the fourth has notes of before the meeting too */
		none_of(&r, c < 3 ? rig_at(r.doc, "monitoring") : NULL, "text");
		cr_assert(!rig_holds(&r, json_string_value(rig_at(r.doc, "minutes/next_date"))));
		rig_fini(&r);
	}
}

static bool holds(const struct casefile *c, const char *needle)
{
	for (size_t i = 0; i < c->record_count; i++) {
		if (memmem(c->record[i].body.ptr, c->record[i].body.len, needle, strlen(needle))) {
			return true;
		}
	}
	return false;
}

Test(casefile_state, another_series_is_checked_and_kept_apart)
{
	struct rig r;
	json_t *other;

	rig_init(&r, CASE(1));
	other = json_load_file(CASE(2), 0, NULL);
	json_object_set_new(rig_at(other, "conference"), "legal_basis", json_string("support_s9"));
	json_object_set_new(rig_at(other, "conference/agenda/0"), "title",
			    json_string("KANARIA-1"));
	rig_put(&r, "", "other_series", "[]");
	json_array_append(rig_at(r.doc, "other_series"), other);
	rig_put(&r, "", "canaries", "['KANARIA-1']");
	rig_put(&r, "", "forbidden_strings", "[{'party':'p-emp','strings':['KANARIA-2']}]");
	rig_append(&r, "visibility_expectations",
		   "{'party':'p-emp','field':'min.decisions','expected':'none','why':'',"
		   "'when':{'decision_no':2,'series_no':'K-0202-C','row':'other'}}");
	rig_must(&r);
	cr_assert_eq(rig_count(&r, RECORD_SEAT, NULL), 10);
	/* not in what is stored of this one, and not in what waits either */
	cr_assert(!rig_holds(&r, "KANARIA") && !rig_holds(&r, "K-0202"));
	cr_assert(!rig_pending_holds(&r, "KANARIA") && !rig_pending_holds(&r, "K-0202"));
	cr_assert_eq(r.file.other_count, 1);
	cr_assert(slice_is(r.file.other[0].series, "K-0202-C"));
	cr_assert_eq(r.file.other[0].seat_count, 9);
	cr_assert(holds(&r.file.other[0], "KANARIA-1"));
	cr_assert(!holds(&r.file.other[0], "K-0101") && !holds(&r.file.other[0], "数字の仕事"));
	/* alone it is a meeting by law: parties, agenda and notes, and nothing about the person */
	json_decref(r.doc);
	r.doc = other;
	rig_must(&r);
	cr_assert_eq(rig_count(&r, RECORD_GRANT, NULL), 0);
	cr_assert_eq(rig_count(&r, RECORD_ROW, NULL), 9 + 5);
	cr_assert(!rig_holds(&r, "数字の仕事") && !rig_holds(&r, "経理"));
	rig_fini(&r);
}

static bool has_date(const char *text, size_t len, const char *date)
{
	return memmem(text, len, date, strlen(date)) != NULL;
}

Test(casefile_state, the_meeting_moves_to_another_day)
{
	struct rig r;
	char v[256];
	json_t *g;

	rig_init(&r, CASE(1));
	r.options.held_on = "2027-01-01"; /* 50 days on */
	rig_must(&r);
	cr_assert_str_eq(rig_field(&r, "conf.held_on", v), "\"2027-01-01\"");
	cr_assert_str_eq(rig_field(&r, "person.birth_date", v), "\"2002-04-09\"");
	cr_assert_str_eq(rig_field(&r, "case.started_on", v), "\"2026-01-09\"");
	cr_assert_str_eq(rig_field(&r, "plan.work.action.result", v), "\"10月は12回中10回出席\"");
	g = rig_nth(&r, RECORD_GRANT, NULL, 0);
	cr_assert_eq(json_integer_value(json_object_get(g, "from")), at("2026-08-20"));
	cr_assert_eq(json_integer_value(json_object_get(g, "until")), at("2027-02-20"));
	json_decref(g);
	cr_assert_eq(rig_count(&r, RECORD_ROW, NULL), 69, "the same is known by then");
	cr_assert(has_date(r.file.pending.ptr, r.file.pending.len, "\"2027-01-02T10:20\""));
	cr_assert(!has_date(r.file.pending.ptr, r.file.pending.len, "\"2026-11-13T10:20\""));
	r.options.held_on = "2026-02-30";
	cr_assert_eq(rig_read(&r), ERR_PROTO);
	r.options.held_on = "1800-01-01";
	cr_assert_eq(rig_read(&r), ERR_PROTO, "dates before it leave the calendar");
	rig_fini(&r);
}

Test(casefile_state, the_chair_opens_the_first_item)
{
	struct rig r;
	json_t *seg, *row;
	char s[256];
	const struct record *last;
	struct slice hex;

	rig_init(&r, CASE(1));
	r.options.open_first = true;
	rig_must(&r);
	/* Everybody of it has come in: nine, the employer from afar. */
	cr_assert_eq(rig_count(&r, RECORD_ATTEND, NULL), 9);
	for (size_t i = 0; i < 9; i++) {
		json_t *in = rig_body(&r.file.record[r.file.record_count - 1 - i]);
		bool is_emp = json_integer_value(json_object_get(in, "seat")) == 6;

		cr_assert_str_eq(json_string_value(json_object_get(in, "what")), "in");
		cr_assert_str_eq(json_string_value(json_object_get(in, "place")),
				 is_emp ? "line" : "room");
		json_decref(in);
	}
	last = &r.file.record[r.file.record_count - 10];
	cr_assert_eq(last->kind, RECORD_SEGMENT);
	cr_assert_eq(last->actor, 1);
	seg = rig_body(last);
	cr_assert_str_eq(rig_seats(seg, "audience", s), "0 1 2 3 4 5 6 7 8");
	hex = slice_of(json_string_value(json_object_get(seg, "row")));
	for (size_t i = 0; i < r.file.record_count; i++) {
		struct slice cell = r.file.record[i].cell;

		if (cell.len > 16 && memcmp(cell.ptr + cell.len - 16, hex.ptr, 16) == 0) {
			row = rig_body(&r.file.record[i]);
			cr_assert_str_eq(json_string_value(json_object_get(row, "name")), "1");
			json_decref(row);
		}
	}
	json_decref(seg);
	rig_put(&r, "parties/1", "functions", "[]");
	cr_assert_eq(rig_read(&r), ERR_PROTO);
	rig_fini(&r);
}

static json_t *row_with(const struct rig *r, const char *table, const char *column,
			const char *text)
{
	for (size_t i = 0; i < rig_count(r, RECORD_ROW, table); i++) {
		json_t *row = rig_nth(r, RECORD_ROW, table, i);

		if (strcmp(json_string_value(rig_cell(row, column)), text) == 0) {
			return row;
		}
		json_decref(row);
	}
	cr_assert(false, "no row of %s with %s", table, text);
	return NULL;
}

Test(casefile_state, the_end_state)
{
	struct rig r;
	json_t *row;
	char v[256];

	rig_init(&r, CASE(1));
	r.options.after = true;
	rig_must(&r);
	cr_assert_str_eq(rig_field(&r, "plan.status", v), "\"adopted\"");
	cr_assert_str_eq(rig_field(&r, "min.next_date", v), "\"2027-01-21\"");
	cr_assert_str_eq(rig_field(&r, "plan.legal.outline.status", v), "\"ongoing\"");
	row = rig_nth(&r, RECORD_ROW, "work", 0);
	cr_assert(strstr(json_string_value(rig_cell(row, "site_program")), "10時〜14時"));
	cr_assert(strstr(json_string_value(rig_cell(row, "conditions")), "小麦さん一本"),
		  "written by the supporter into the only employer's row");
	json_decref(row);
	cr_assert_eq(rig_count(&r, RECORD_ROW, "min.utterances"), 21, "20 and a shift of bonds");
	cr_assert_eq(rig_count(&r, RECORD_ROW, "min.decisions"), 5);
	cr_assert_eq(rig_count(&r, RECORD_ROW, "min.actions"), 7, "the appended one is in there");
	cr_assert_eq(rig_count(&r, RECORD_ROW, "min.person_words"), 2);
	row = row_with(&r, "min.actions", "what", "1月に工房を訪ねる");
	cr_assert_str_eq(rig_seats(row, "audience", v), "0 1 2 3 4 8");
	cr_assert_str_eq(json_string_value(rig_cell(row, "due")), "2027-01-20");
	json_decref(row);
	row = row_with(&r, "min.decisions", "text", "封筒は来週、真砂と開ける。");
	cr_assert_str_eq(rig_seats(row, "audience", v), "0 1 2 3 4");
	json_decref(row);
	row = rig_nth(&r, RECORD_ROW, "min.signatures", 5);
	cr_assert_str_eq(rig_seats(row, "audience", v), "0 1 2 6");
	cr_assert_str_eq(rig_seats(row, "owner", v), "6");
	json_decref(row);
	cr_assert_eq(rig_count(&r, RECORD_ROW, "mon.note"), 1);
	rig_fini(&r);
	rig_init(&r, CASE(2));
	r.options.after = true;
	rig_must(&r);
	cr_assert_eq(rig_count(&r, RECORD_WITHDRAW, NULL), 1);
	row = rig_nth(&r, RECORD_ROW, "consent", 1);
	cr_assert(strstr(json_string_value(rig_cell(row, "withdrawal")), "やっぱり"));
	json_decref(row);
	rig_fini(&r);
	rig_init(&r, CASE(3));
	r.options.after = true;
	rig_must(&r);
	cr_assert_str_eq(rig_field(&r, "case.status", v), "\"follow_up\"");
	cr_assert_str_eq(rig_field(&r, "case.stage", v), "4");
	cr_assert_str_eq(rig_field(&r, "plan.status", v), "\"provisional\"");
	cr_assert_eq(rig_count(&r, RECORD_ROW, "close.followup"), 1);
	cr_assert_eq(rig_count(&r, RECORD_ROW, "mon.note"), 3);
	rig_fini(&r);
}
