/* What the fuzzer and the naughty strings found in the importer, each once more by itself. */
#include "test_casefile_rig.h"

#define CASE1 "tests/cases/case-1.json"

/* The seats an agenda item is for, as "0 3". */
static const char *item_seats(const struct rig *r, size_t nth, char out[256])
{
	json_t *row = rig_nth(r, RECORD_ROW, "conf.agenda_items", nth);

	rig_seats(row, "shared", out);
	json_decref(row);
	return out;
}

/* A guest may be called anything; a day's name once moved, and the narrowing was lost with it. */
Test(casefile_found, names_that_look_like_days_do_not_move)
{
	struct rig r;
	char before[256], after[256];

	rig_init(&r, CASE1);
	rig_append(&r, "parties", "{'id':'2026-11-12','guest':true,'role':'2026-01-01'}");
	rig_append(&r, "parties", "{'id':'g2','guest':true,'role':'2026-01-01'}");
	rig_append(&r, "conference/agenda/1/audience", "'2026-01-01'");
	rig_put(&r, "conference/agenda/1", "audience_parties", "{'2026-01-01':['2026-11-12']}");
	rig_must(&r);
	item_seats(&r, 1, before);
	r.options.held_on = "2031-02-28";
	rig_must(&r);
	cr_assert_str_eq(item_seats(&r, 1, after), before);
	cr_assert(slice_is(r.file.seat[r.file.seat_count - 2].name, "2026-11-12"));
	cr_assert(rig_holds(&r, "2031-02-28"), "the meeting moved");
	rig_fini(&r);
}

Test(casefile_found, a_day_that_cannot_move_is_named)
{
	struct rig r;

	rig_init(&r, CASE1);
	rig_put(&r, "monitoring/0", "date", "'9999-12-31'");
	r.options.held_on = "2031-02-28";
	cr_assert_eq(rig_read(&r), ERR_PROTO);
	cr_assert_str_eq(r.why, "$.monitoring[0].date: a date would leave the calendar");
	rig_fini(&r);
}

/* Entries with the same words, or with words of another, are entries of their own. */
Test(casefile_found, no_entry_of_the_minutes_takes_the_row_of_another)
{
	struct rig r;
	char text[128];

	rig_init(&r, CASE1);
	r.options.after = true;
	rig_put(&r, "", "script", "[]");
	rig_put(&r, "", "minutes", "{'decisions':[],'actions':[],'person_words':[]}");
	for (int i = 1; i <= 3; i++) {
		snprintf(text, sizeof text, "{'no':%d,'text':'%s','audience':['self','ps']}", i,
			 i < 3 ? "午後の部を見に行く" : "見に行く");
		rig_append(&r, "minutes/decisions", text);
	}
	rig_append(&r, "minutes/actions", "{'who':'p-ps','what':'電話する'}");
	rig_append(&r, "minutes/actions", "{'who':'p-kp','what':'電話する'}");
	rig_append(&r, "minutes/actions", "{'who':'p-kp','what':''}");
	rig_append(&r, "minutes/person_words", "'はい、そうです'");
	rig_append(&r, "minutes/person_words", "'はい'");
	rig_must(&r);
	cr_expect_eq(rig_count(&r, RECORD_ROW, "min.decisions"), 3);
	cr_expect_eq(rig_count(&r, RECORD_ROW, "min.actions"), 3);
	cr_expect_eq(rig_count(&r, RECORD_ROW, "min.person_words"), 2);
	rig_fini(&r);
}

Test(casefile_found, an_item_for_nobody_does_not_open)
{
	struct rig r;

	rig_init(&r, CASE1);
	r.options.open_first = true;
	rig_must(&r);
	rig_put(&r, "conference/agenda/0", "audience", "[]");
	cr_assert_eq(rig_read(&r), ERR_PROTO);
	cr_assert(strstr(r.why, "nobody may be in the first agenda item"), "%s", r.why);
	r.options.open_first = false;
	rig_must(&r);
	rig_fini(&r);
}

/* Without an end it lasts a year; the calendar ends before. */
Test(casefile_found, a_consent_of_the_last_year_ends_with_the_calendar)
{
	struct rig r;
	json_t *grant;

	rig_init(&r, CASE1);
	rig_put(&r, "", "consents",
		"[{'id':'c1','role':'kp','level':'read','given_on':'9999-06-01',"
		"'fields':['plan.money.outline']}]");
	rig_put(&r, "", "script", "[]");
	r.options.after = true;
	rig_must(&r);
	grant = rig_nth(&r, RECORD_GRANT, NULL, 0);
	cr_assert_gt(json_integer_value(json_object_get(grant, "until")),
		     json_integer_value(json_object_get(grant, "from")));
	json_decref(grant);
	rig_fini(&r);
}

/* Put together of several entries; the place is that of the part, not of the file. */
Test(casefile_found, texts_that_are_put_together)
{
	struct rig r;
	json_t *points;

	rig_init(&r, CASE1);
	points = rig_at(r.doc, "referrals/0/resource_check/points");
	for (size_t i = 0; i < 70; i++) {
		char line[1001];

		memset(line, 'x', sizeof line - 1);
		line[1000] = '\0';
		json_array_append_new(points, json_string(line));
	}
	cr_assert_eq(rig_read(&r), ERR_LIMIT);
	cr_assert_str_eq(r.why, "$.referrals[0].resource_check: longer than 65536 characters");
	rig_fini(&r);
}

/* In cells beyond the format's keys a seat's name went in unread. */
Test(casefile_found, names_in_further_cells_are_text_too)
{
	static const char *const bad[] = {"['a\\u001b[31m']", "['a\\u0000b']", "['@p-ps\\u0000b']",
					  "['a\\nb']"};
	struct rig r;
	char text[128];

	rig_init(&r, CASE1);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char *quoted;
		json_t *v;

		snprintf(text, sizeof text, "{'fields':{'plan.work.action.who':%s}}", bad[i]);
		quoted = rig_quoted(text);
		v = json_loads(quoted, JSON_ALLOW_NUL, NULL);
		cr_assert(v, "%s", quoted);
		json_object_set_new(r.doc, "more", v);
		free(quoted);
		cr_expect_eq(rig_read(&r), ERR_PROTO, "%s", bad[i]);
		cr_expect(strncmp(r.why, "$.more.fields.plan.work.action.who[0]: ", 39) == 0, "%s",
			  r.why);
	}
	rig_put(&r, "", "more", "{'fields':{'plan.work.action.who':['@p-ps','近所の人']}}");
	rig_must(&r);
	rig_fini(&r);
}

/* The parser took it for the end of the file. */
Test(casefile_found, nothing_stands_behind_a_nul_byte)
{
	struct buf text = rig_file(CASE1);
	struct rig r;

	rig_init(&r, NULL);
	cr_assert_eq(rig_read_text(&r, buf_slice(&text)), ERR_OK);
	buf_add(&text, (struct slice){"\0", 1});
	cr_assert_eq(rig_read_text(&r, buf_slice(&text)), ERR_PROTO);
	buf_add_str(&text, "and anything at all");
	cr_assert_eq(rig_read_text(&r, buf_slice(&text)), ERR_PROTO);
	cr_assert(strncmp(r.why, "$: line ", 8) == 0, "%s", r.why);
	buf_fini(&text);
	rig_fini(&r);
}

/* Each expectation about another series once made an index of that whole series. */
Test(casefile_found, many_words_about_other_series, .timeout = 60)
{
	struct rig r;
	json_t *other, *list;

	rig_init(&r, CASE1);
	other = json_pack("{s:s,s:b,s:[],s:{s:s,s:s,s:s,s:[]}}", "format",
			  "six-party-conference-sample/1", "fictional", 1, "parties", "conference",
			  "series_no", "S-2", "held_on", "2026-01-01", "legal_basis", "support_s9",
			  "agenda");
	list = rig_at(other, "parties");
	for (int i = 0; i < 60; i++) {
		json_array_append_new(
		    list, json_pack("{s:o,s:s}", "id", json_sprintf("o%d", i), "role", "guest"));
	}
	list = json_array();
	for (int i = 0; i < 4096; i++) {
		json_array_append_new(
		    list, json_pack("{s:o,s:s}", "id", json_sprintf("r%d", i), "name", "資源"));
	}
	json_object_set_new(other, "resources", list);
	json_object_set_new(r.doc, "other_series", json_pack("[o]", other));
	list = json_array();
	for (int i = 0; i < 4096; i++) {
		json_array_append_new(list,
				      rig_json("{'party':'o1','field':'case.stage',"
					       "'expected':'none','when':{'series_no':'S-2'}}"));
	}
	json_object_set_new(r.doc, "visibility_expectations", list);
	rig_must(&r);
	rig_fini(&r);
}
