/* Case files into records: what there is before a meeting, and who may see it. */
#include "test_casefile_rig.h"

#define CASE(n) "tests/cases/case-" #n ".json"

static int64_t at(const char *time)
{
	int64_t ms;

	cr_assert(casefile_time_ms(slice_of(time), &ms), "%s", time);
	return ms;
}

Test(casefile, days_and_times)
{
	int64_t ms;
	static const char *const no_date[] = {
	    "2026-02-30", "2026-02-29", "1900-02-29", "2026-13-01",    "2026-00-10",
	    "2026-04-31", "2026-1-01",  "20260101",   "2026-01-01 ",   "",
	    "2026-01-0a", "0000-01-01", "2026/01/01", "２０２６年1月1"};
	static const char *const no_time[] = {
	    "2026-01-01T24:00",       "2026-01-01T10:60",      "2026-01-01 10:00",
	    "2026-01-01T10",          "2026-01-01T10:00x",     "2026-01-01T10:00+9",
	    "2026-01-01T10:00:61",    "2026-02-30T10:00",      "2026-01-01T10:00:1",
	    "2026-01-01T10:00+25:00", "2026-01-01T10:00:00ZZ", "T10:00"};

	for (size_t i = 0; i < sizeof no_date / sizeof *no_date; i++) {
		cr_assert(!casefile_date_ms(slice_of(no_date[i]), &ms), "%s", no_date[i]);
	}
	for (size_t i = 0; i < sizeof no_time / sizeof *no_time; i++) {
		cr_assert(!casefile_time_ms(slice_of(no_time[i]), &ms), "%s", no_time[i]);
	}
	cr_assert(casefile_date_ms(slice_of("1970-01-02"), &ms));
	cr_assert_eq(ms, 15 * 3600 * 1000, "midnight in Japan is 15:00 the day before");
	cr_assert(casefile_date_ms(slice_of("2024-02-29"), &ms));
	cr_assert_eq(ms, 1709132400000);
	cr_assert(casefile_date_ms(slice_of("2000-02-29"), &ms));
	cr_assert_eq(at("2026-11-12T14:00"), at("2026-11-12T05:00Z"));
	cr_assert_eq(at("2026-11-12T14:00:30+09:00"), at("2026-11-12T05:00:30Z"));
	cr_assert_eq(at("2026-11-12T00:00"), at("2026-11-12"));
	cr_assert_eq(at("2026-11-11T20:00-05:00"), at("2026-11-12T01:00Z"));
}

struct counted {
	const char *path;
	size_t seats, grants, rows;
	struct {
		const char *table;
		size_t count;
	} table[16];
};

static const struct counted counted[] = {
    {CASE(1),
     10,
     8,
     69,
     {{"party", 10},
      {"household", 1},
      {"consent", 8},
      {"pplan.statements", 6},
      {"work", 1},
      {"work.job_leads", 1},
      {"case.resources", 5},
      {"ref", 6},
      {"bond.map", 12},
      {"out.self_scale", 9},
      {"out.staff_scale", 2},
      {"out.stage_review", 3},
      {"conf.agenda_items", 5},
      {"mon.note", 0},
      {"close.followup", 0}}},
    {CASE(2),
     9,
     7,
     62,
     {{"household", 2},
      {"consent", 7},
      {"bond.map", 6},
      {"out.self_scale", 9},
      {"out.staff_scale", 1},
      {"out.stage_review", 2},
      {"mon.note", 0},
      {"ref", 7}}},
    {CASE(3),
     10,
     4,
     70,
     {{"household", 0},
      {"consent", 4},
      {"case.ledger_history", 3},
      {"ref", 5},
      {"bond.map", 14},
      {"out.self_scale", 9},
      {"out.staff_scale", 0},
      {"out.stage_review", 4},
      {"mon.note", 0},
      {"close.followup", 0}}},
};

Test(casefile, reads_the_samples)
{
	for (size_t c = 0; c < sizeof counted / sizeof *counted; c++) {
		struct rig r;

		rig_init(&r, counted[c].path);
		rig_must(&r);
		cr_assert_eq(r.file.seat_count, counted[c].seats);
		cr_assert_eq(rig_count(&r, RECORD_SEAT, NULL), counted[c].seats);
		cr_assert_eq(rig_count(&r, RECORD_GRANT, NULL), counted[c].grants);
		cr_assert_eq(rig_count(&r, RECORD_ROW, NULL), counted[c].rows);
		cr_assert_eq(rig_count(&r, RECORD_WITHDRAW, NULL), 0);
		cr_assert_eq(rig_count(&r, RECORD_SEGMENT, NULL), 0);
		for (size_t t = 0; counted[c].table[t].table; t++) {
			cr_expect_eq(rig_count(&r, RECORD_ROW, counted[c].table[t].table),
				     counted[c].table[t].count, "%s: %s", counted[c].path,
				     counted[c].table[t].table);
		}
		rig_fini(&r);
	}
}

Test(casefile, records_in_order_of_the_importer)
{
	static const enum record_kind order[] = {RECORD_SERIES, RECORD_POLICY, RECORD_SEAT,
						 RECORD_INIT,   RECORD_ROW,    RECORD_GRANT};
	struct rig r;
	size_t step = 0;

	rig_init(&r, CASE(1));
	rig_must(&r);
	cr_assert(slice_is(r.file.series, "K-0101-C"));
	for (size_t i = 0; i < r.file.record_count; i++) {
		const struct record *rec = &r.file.record[i];

		while (step < 6 && rec->kind != order[step]) {
			step++;
		}
		cr_assert_lt(step, 6, "record %zu comes too late", i);
		cr_assert_eq(rec->at_ms, r.options.now_ms);
		cr_assert(rec->client == 0 && rec->cseq == 0);
		cr_assert(rec->ver == 0 && rec->base_ver == 0);
		cr_assert_eq(rec->actor, SEAT_NONE);
		cr_assert_eq(rec->method, METHOD_OWN);
		cr_assert_eq(rec->cell.len > 0, rec->kind == RECORD_ROW);
	}
	rig_fini(&r);
}

static bool fits(const struct schema_col *c, const json_t *v)
{
	switch (c->type) {
	case CELL_TEXT:
	case CELL_LINE:
		return json_is_string(v);
	case CELL_SEATS:
	case CELL_LIST:
		return json_is_array(v);
	case CELL_INT:
		return json_is_null(v) || json_is_integer(v);
	case CELL_BOOL:
		return json_is_null(v) || json_is_boolean(v);
	default:
		return json_is_null(v) || json_is_string(v);
	}
}

/* Every column of the form, fields in init and the others in their rows: [version, value]. */
Test(casefile, every_column_once_with_a_random_version)
{
	struct rig r;
	json_t *init, *cells;
	size_t fields = 0;
	json_int_t or = 0;
	const char *name;
	json_t *pair;

	rig_init(&r, CASE(1));
	rig_must(&r);
	init = rig_nth(&r, RECORD_INIT, NULL, 0); /* a field twice would not parse */
	cells = json_object_get(init, "cells");
	for (uint16_t i = 0; i < r.schema->col_count; i++) {
		const struct schema_col *c = &r.schema->col[i];

		pair = json_object_get(cells, c->id);
		cr_assert_eq(pair != NULL, c->table == SCHEMA_NONE, "%s", c->id);
		if (pair) {
			json_int_t ver = json_integer_value(json_array_get(pair, 0));

			fields++;
			or |= ver;
			cr_assert(ver > 0 && ver < (json_int_t)1 << 40, "%s", c->id);
			cr_assert(fits(c, json_array_get(pair, 1)), "%s", c->id);
		}
	}
	cr_assert_eq(json_object_size(cells), fields);
	cr_assert_gt(or, (json_int_t)1 << 39);
	json_decref(init);
	for (size_t i = 0; i < r.file.record_count; i++) {
		const struct record *rec = &r.file.record[i];
		struct slice table = rec->cell;
		json_t *row;
		uint16_t t;

		if (rec->kind != RECORD_ROW) {
			continue;
		}
		table.len -= 17;
		t = schema_table_find(r.schema, table);
		row = rig_body(rec);
		cells = json_object_get(row, "cells");
		cr_assert_eq(json_object_size(cells), r.schema->table[t].col_count);
		json_object_foreach(cells, name, pair)
		{
			uint16_t col = schema_table_col(r.schema, t, slice_of(name));

			cr_assert_gt(json_integer_value(json_array_get(pair, 0)), 0);
			cr_assert(fits(&r.schema->col[col], json_array_get(pair, 1)), "%s", name);
		}
		json_decref(row);
	}
	rig_fini(&r);
}

Test(casefile, values_of_fields)
{
	struct rig r;
	char v[256];

	rig_init(&r, CASE(1));
	rig_must(&r);
	cr_assert_str_eq(rig_field(&r, "case.case_no", v), "\"K-0101\"");
	cr_assert_str_eq(rig_field(&r, "case.stage", v), "3");
	cr_assert_str_eq(rig_field(&r, "case.safety_flag", v), "\"\"");
	cr_assert_str_eq(rig_field(&r, "case.second_staff", v), "null");
	cr_assert_str_eq(rig_field(&r, "plan.status", v), "\"proposed\"");
	cr_assert_str_eq(rig_field(&r, "plan.money.outline.priority", v), "7");
	cr_assert_str_eq(rig_field(&r, "plan.money.action.resource_ids", v), "[]");
	cr_assert_str_eq(rig_field(&r, "conf.held_on", v), "\"2026-11-12\"");
	cr_assert_str_eq(rig_field(&r, "conf.schedule.conf_no", v), "3");
	cr_assert_str_eq(rig_field(&r, "min.next_date", v), "null");
	cr_assert_str_eq(rig_field(&r, "close.closed_on", v), "null");
	cr_assert_str_eq(rig_field(&r, "consent.database", v),
			 "\"2025-12-05 書面・署名 台帳（自立生活サポート台帳）への登録\"");
	/* roles become seats, other names stay */
	json_array_append_new(rig_at(r.doc, "support_plan/areas/money/action/who"),
			      json_string("となりの人"));
	rig_must(&r);
	rig_field(&r, "plan.money.action.who", v);
	cr_assert(strstr(v, "\"@") && strstr(v, "となりの人") && !strstr(v, "aps"), "%s", v);
	rig_fini(&r);
}

static void check_grant(const struct rig *r, size_t nth, int seat, const char *item, bool own,
			const char *from, const char *until)
{
	json_t *g = rig_nth(r, RECORD_GRANT, NULL, nth);

	cr_assert_eq(json_integer_value(json_object_get(g, "seat")), seat);
	cr_assert_str_eq(json_string_value(rig_at(g, "items/0")), item);
	cr_assert_eq(json_is_true(json_object_get(g, "own_rows")), own);
	cr_assert_eq(json_integer_value(json_object_get(g, "from")), at(from));
	cr_assert_eq(json_integer_value(json_object_get(g, "until")), at(until));
	json_decref(g);
}

Test(casefile, grants_end_with_their_last_day_in_japan)
{
	struct rig r;
	char s[256];
	json_t *row, *g;

	rig_init(&r, CASE(1));
	rig_must(&r);
	check_grant(&r, 0, 5, "plan.living.action", false, "2026-07-01", "2027-01-01");
	check_grant(&r, 1, 8, "plan.health.outline", false, "2026-07-01", "2027-01-01");
	check_grant(&r, 2, 6, "person.contact", false, "2026-07-01", "2027-01-01");
	check_grant(&r, 7, 7, "work.site_feedback", false, "2026-11-05", "2027-01-01");
	/* the row of a consent: the person's, about the one it opens to, named as in the file */
	row = rig_nth(&r, RECORD_ROW, "consent", 2);
	g = rig_nth(&r, RECORD_GRANT, NULL, 2);
	cr_assert_str_eq(json_string_value(json_object_get(row, "name")), "c3");
	cr_assert_str_eq(rig_seats(row, "owner", s), "0");
	cr_assert_str_eq(rig_seats(row, "about", s), "6");
	cr_assert_str_eq(json_string_value(rig_cell(row, "until")), "2026-12-31");
	cr_assert(json_string_value(json_object_get(g, "row")));
	json_decref(row);
	json_decref(g);
	rig_fini(&r);
	rig_init(&r, CASE(3));
	rig_must(&r);
	check_grant(&r, 3, 9, "bond.map", true, "2026-06-10", "2027-01-01");
	rig_fini(&r);
}

Test(casefile, grants_of_all_kinds)
{
	struct rig r;

	rig_init(&r, CASE(1));
	json_array_clear(rig_at(r.doc, "consents"));
	rig_append(&r, "parties", "{'id':'p-kp2','role':'kp','name':'別の人（架空）'}");
	/* to both of them, without an end */
	rig_append(&r, "consents",
		   "{'id':'a','role':'kp','fields':['plan.money.outline'],"
		   "'level':'read','given_on':'2024-02-29','note':'自分の分だけでよい'}");
	/* to one, until a moment; hw's own reading is no grant, and a plain n never opens */
	rig_append(&r, "consents",
		   "{'id':'b','role':'kp','party':'p-kp2','fields':"
		   "['plan.overall_goal','plan.money.action','plan.any.restricted_note',"
		   "'plan.health.outline.goal_short'],'level':'read','given_on':"
		   "'2026-11-12','expires_on':'2026-11-30','expires_at':'2026-11-12T15:10'}");
	/* not to read */
	rig_append(&r, "consents",
		   "{'id':'c','role':'kp','fields':['plan.money.outline'],"
		   "'level':'write','given_on':'2026-07-01'}");
	/* nothing to open: a row, no grant */
	rig_append(&r, "consents",
		   "{'id':'d','role':'emp','fields':['plan.legal.action'],"
		   "'level':'read','given_on':'2026-07-01'}");
	/* given after the meeting: it is there, and begins by time */
	rig_append(&r, "consents",
		   "{'id':'e','role':'emp','fields':['person.contact'],"
		   "'level':'read','given_on':'2026-11-13'}");
	rig_must(&r);
	cr_assert_eq(rig_count(&r, RECORD_GRANT, NULL), 4);
	check_grant(&r, 3, 6, "person.contact", false, "2026-11-13", "2027-11-13");
	check_grant(&r, 0, 8, "plan.money.outline", true, "2024-02-29", "2025-03-01");
	check_grant(&r, 1, 10, "plan.money.outline", true, "2024-02-29", "2025-03-01");
	check_grant(&r, 2, 10, "plan.money.action", false, "2026-11-12", "2026-11-12T15:10");
	{
		json_t *g = rig_nth(&r, RECORD_GRANT, NULL, 2);

		cr_assert_eq(json_array_size(json_object_get(g, "items")), 2);
		cr_assert_str_eq(json_string_value(rig_at(g, "items/1")),
				 "plan.health.outline.goal_short");
		json_decref(g);
	}
	cr_assert_eq(rig_count(&r, RECORD_ROW, "consent"), 5);
	for (size_t i = 0; i < 5; i++) {
		json_t *row = rig_nth(&r, RECORD_ROW, "consent", i);

		cr_assert_eq(json_object_get(row, "from") != NULL, i == 4);
		json_decref(row);
	}
	rig_fini(&r);
}

Test(casefile, withdrawals_before_and_after_the_start)
{
	struct rig r;
	json_t *row, *w;
	char s[256];

	rig_init(&r, CASE(1));
	rig_put(&r, "consents/0", "withdrawn_at", "'2026-11-12T13:59'");
	rig_put(&r, "consents/0", "withdraw_words", "'やめます'");
	rig_put(&r, "consents/1", "withdrawn_at", "'2026-11-12T14:00'");
	rig_put(&r, "consents/1", "withdraw_words", "'これからやめます'");
	rig_put(&r, "consents/3", "withdrawn_at", "'2026-01-01'");
	rig_must(&r);
	cr_assert_eq(rig_count(&r, RECORD_WITHDRAW, NULL), 1);
	w = rig_nth(&r, RECORD_WITHDRAW, NULL, 0);
	row = rig_nth(&r, RECORD_GRANT, NULL, 0);
	cr_assert_str_eq(json_string_value(json_object_get(w, "row")),
			 json_string_value(json_object_get(row, "row")));
	json_decref(w);
	json_decref(row);
	row = rig_nth(&r, RECORD_ROW, "consent", 0);
	cr_assert_str_eq(json_string_value(rig_cell(row, "withdrawal")), "やめます");
	json_decref(row);
	cr_assert(!rig_holds(&r, "これからやめます"));
	/* days after the meeting nobody plays it: the consent just ends, its words wait */
	rig_put(&r, "consents/1", "withdrawn_at", "'2026-11-20T10:00'");
	rig_must(&r);
	cr_assert_eq(rig_count(&r, RECORD_WITHDRAW, NULL), 2);
	cr_assert(!rig_holds(&r, "これからやめます"));
	cr_assert(rig_pending_holds(&r, "これからやめます"));
	cr_assert_str_eq(rig_field(&r, "consent.database", s), "\"\"", "withdrawn long ago");
	rig_fini(&r);
}

/* Who reads consents in general (cw, hw) must not learn of the database through them. */
Test(casefile, the_database_is_no_row)
{
	struct rig r;

	rig_init(&r, CASE(1));
	json_array_append_new(rig_at(r.doc, "consents/0/fields"), json_string("consent.database"));
	rig_must(&r);
	cr_assert_eq(rig_count(&r, RECORD_ROW, "consent"), 8);
	for (size_t i = 0; i < 8; i++) {
		json_t *row = rig_nth(&r, RECORD_ROW, "consent", i);
		char *text = json_dumps(row, 0);

		cr_assert(!strstr(text, "database") && !strstr(text, "台帳") &&
			  !strstr(text, "起床と通勤"));
		free(text);
		json_decref(row);
	}
	rig_fini(&r);
}
