/* Every limit of the format: at it accepted, one above refused, and always the place is named. */
#include "support/share.h"
#include "test_casefile_strings.h"

static struct full full; /* too large for a stack */

/* Refused, and nobody has to search where. */
static void refused_at(struct rig *r, const struct full_place *p, struct slice text)
{
	json_t *kept =
	    json_incref(p->key ? json_object_get(p->in, p->key) : json_array_get(p->in, p->index));
	enum err want = !strings_has_control(text, p->lines) && !p->seats ? ERR_LIMIT : ERR_PROTO;
	size_t len = strlen(p->path);
	enum err e;

	full_set(p, text);
	e = rig_read(r);
	cr_assert(e == want || (p->seats && e == ERR_LIMIT), "%s: %s: %s", p->path, err_name(e),
		  r->why);
	cr_assert(strncmp(r->why, p->path, len) == 0 && r->why[len] == ':', "%s, and not %s",
		  r->why, p->path);
	if (p->key) {
		json_object_set_new(p->in, p->key, kept);
	} else {
		json_array_set_new(p->in, p->index, kept);
	}
}

Test(casefile_limits, what_does_not_fit_is_refused_where_it_stands, .timeout = 300)
{
	struct share share = share_init();
	struct strings all;
	struct rig r;

	strings_init(&all);
	strings_add(&all, (struct slice){"\0", 1});
	strings_add(&all, (struct slice){"a\0b", 3});
	rig_init(&r, NULL);
	full_init(&full, r.schema, false);
	r.doc = full.doc;
	for (size_t n = 0; n < all.count; n++) {
		bool naughty = strings_has_control(all.text[n], true);

		/* Each at each place, but what only has lines or "@" at fewer. */
		for (size_t i = 0; i < full.count; i++) {
			if (!full_fits(&full.place[i], all.text[n]) &&
			    ((naughty && !full.place[i].inner) || (n + i) % 7 == 0) &&
			    share_has(&share)) {
				refused_at(&r, &full.place[i], all.text[n]);
			}
		}
	}
	share_fini(&share, "texts at places");
	cr_assert_gt(share.of, 1500);
	rig_must(&r);
	r.doc = NULL;
	full_fini(&full);
	rig_fini(&r);
	strings_fini(&all);
}

static struct buf text_of_units(size_t units, bool wide)
{
	struct buf b = {0};

	for (size_t i = 0; i < units; i += wide && i + 1 < units ? 2 : 1) {
		buf_add_str(&b, wide && i + 1 < units ? "𠮷" : "あ");
	}
	return b;
}

/* Every text of the format at its limit, and one character above it. */
Test(casefile_limits, every_limit, .timeout = 300)
{
	struct share share = share_init();
	struct rig r;

	rig_init(&r, NULL);
	full_init(&full, r.schema, false);
	r.doc = full.doc;
	for (size_t i = 0; i < full.count; i++) {
		const struct full_place *p = &full.place[i];
		struct buf text;
		size_t most;

		if (!share_has(&share)) {
			continue;
		}
		text = text_of_units(p->units_max, i % 2);
		most = text.len;
		buf_add_str(&text, "あ");
		refused_at(&r, p, buf_slice(&text));
		full_set(p, (struct slice){text.ptr, most});
		/* Of this object one text is made, which is longer than its parts. */
		if (strstr(p->path, ".consent_record.") && p->lines && !p->inner) {
			cr_assert_eq(rig_read(&r), ERR_LIMIT);
			cr_assert(strstr(r.why, ".consent_record: longer"), "%s", r.why);
		} else {
			rig_must(&r);
		}
		full_set(p, slice_of("文"));
		buf_fini(&text);
	}
	share_fini(&share, "texts");
	r.doc = NULL;
	full_fini(&full);
	rig_fini(&r);
}

/* ---- numbers and days ---- */

static void number_is(struct rig *r, const struct full_number *n, int64_t value, bool good)
{
	json_t *kept = json_incref(json_object_get(n->in, n->key));
	size_t len = strlen(n->path);
	enum err e;

	json_object_set_new(n->in, n->key, json_integer((json_int_t)value));
	e = rig_read(r);
	if (good) {
		cr_assert(e == ERR_OK, "%s %lld: %s", n->path, (long long)value, r->why);
	} else {
		cr_assert(e == ERR_PROTO && strncmp(r->why, n->path, len) == 0 &&
			      r->why[len] == ':',
			  "%s %lld: %s", n->path, (long long)value, r->why);
	}
	json_object_set_new(n->in, n->key, kept);
}

static void day_is_refused(struct rig *r, const struct full_number *n, const char *day)
{
	json_t *kept = json_incref(json_object_get(n->in, n->key));

	json_object_set_new(n->in, n->key, json_string(day));
	cr_assert_eq(rig_read(r), ERR_PROTO, "%s %s", n->path, day);
	cr_assert(strncmp(r->why, n->path, strlen(n->path)) == 0, "%s: %s", n->path, r->why);
	json_object_set_new(n->in, n->key, kept);
}

Test(casefile_limits, every_number_and_every_day)
{
	static const char *const never[] = {
	    "1799-12-31",  "2026-02-29", "2026-1-1",   "10000-01-01",
	    "2026-01-01 ", "2026/01/01", "0000-00-00", ""};
	struct share share = share_init();
	struct rig r;
	size_t numbers = 0;

	rig_init(&r, NULL);
	full_init(&full, r.schema, false);
	r.doc = full.doc;
	for (size_t i = 0; i < full.number_count; i++) {
		const struct full_number *n = &full.number[i];

		numbers += !n->day;
		if (!share_has(&share)) {
			continue;
		}
		for (size_t d = 0; n->day && d < sizeof never / sizeof *never; d++) {
			day_is_refused(&r, n, never[d]);
		}
		if (n->day) {
			continue;
		}
		number_is(&r, n, n->min - 1, false);
		number_is(&r, n, n->max + 1, false);
		number_is(&r, n, INT64_MAX, false);
		number_is(&r, n, INT64_MIN, false);
		if (!n->id) {
			number_is(&r, n, n->min, true);
			number_is(&r, n, n->max, true);
		}
	}
	share_fini(&share, "numbers and days");
	cr_assert_gt(numbers, 30);
	cr_assert_gt(full.number_count - numbers, 80);
	r.doc = NULL;
	full_fini(&full);
	rig_fini(&r);
}

/* ---- how many ---- */

/* `most` of the entry the list has are taken, one more is refused at the list. */
static const struct {
	const char *list, *why;
	size_t most;
} lists[] = {
    {"consents/0/fields", "$.consents[0].fields: more than 64", 64},
    {"conference/agenda/0/fields", "$.conference.agenda[0].fields: more than 64", 64},
    {"support_plan/areas/work/action/who", "$.support_plan.areas.work.action.who: more than", 64},
    {"support_plan/areas/work/action/resource_ids",
     "$.support_plan.areas.work.action.resource_ids: more than 64", 64},
    {"conference/agenda/0/audience_parties/self",
     "$.conference.agenda[0].audience_parties.self: must be a list", 64},
    {"parties/0/functions", "$.parties[0].functions: more than 4096", 4096},
    {"canaries", "$.canaries: more than 4096", 4096},
    {"forbidden_strings/0/strings", "$.forbidden_strings[0].strings: more than 4096", 4096},
    {"referrals/0/resource_check/points", "$.referrals[0].resource_check.points: more", 4096},
    {"script/0/edits", "$.script[0].edits: more than 4096", 4096},
    {"script/0/events", "$.script[0].events: more than 4096", 4096},
    {"minutes/decisions/0/audience", "$.minutes.decisions[0].audience: more than 4096", 4096},
    {"minutes/actions", "$.minutes.actions: more than 4096", 4096},
    {"minutes/person_words", "$.minutes.person_words: more than 4096", 4096},
    {"other_series/0/canaries", "$.other_series[0].canaries: more than 4096", 4096},
};

Test(casefile_limits, every_kind_of_list)
{
	struct rig r;

	rig_init(&r, NULL);
	full_init(&full, r.schema, false);
	r.doc = full.doc;
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		json_t *list = rig_at(r.doc, lists[i].list);

		cr_assert(json_is_array(list), "%s", lists[i].list);
		while (json_array_size(list) < lists[i].most) {
			json_array_append(list, json_array_get(list, 0));
		}
		cr_assert(rig_read(&r) == ERR_OK, "%s: %s", lists[i].list, r.why);
		json_array_append(list, json_array_get(list, 0));
		cr_assert_neq(rig_read(&r), ERR_OK, "%s", lists[i].list);
		cr_assert(strncmp(r.why, lists[i].why, strlen(lists[i].why)) == 0, "%s: %s",
			  lists[i].why, r.why);
		while (json_array_size(list) > 1) {
			json_array_remove(list, 1);
		}
	}
	r.doc = NULL;
	full_fini(&full);
	rig_fini(&r);
}

/* A role in a list of seats stands for all who have it. */
Test(casefile_limits, seats_a_list_stands_for)
{
	struct rig r;
	char text[64];

	rig_init(&r, "tests/cases/case-1.json");
	rig_put(&r, "support_plan/areas/work/action", "who", "['kp']");
	for (size_t i = 0; i < 31; i++) {
		snprintf(text, sizeof text, "{'id':'x%zu','role':'kp'}", i);
		rig_append(&r, "parties", text);
	}
	rig_append(&r, "support_plan/areas/work/action/who", "'kp'");
	rig_must(&r);
	rig_append(&r, "support_plan/areas/work/action/who", "'だれか'");
	cr_assert_eq(rig_read(&r), ERR_LIMIT);
	cr_assert(strncmp(r.why, "$.support_plan.areas.work.action.who: stands for more", 53) == 0,
		  "%s", r.why);
	rig_fini(&r);
}

static size_t cells_of(const struct rig *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->file.record_count; i++) {
		enum record_kind kind = r->file.record[i].kind;

		if (kind == RECORD_INIT || kind == RECORD_ROW) {
			json_t *body = rig_body(&r->file.record[i]);

			n += json_object_size(json_object_get(body, "cells"));
			json_decref(body);
		}
	}
	return n;
}

/* As many rows as still fit, and not one above. */
Test(casefile_limits, cells_of_a_room)
{
	struct rig r;
	size_t left, columns;

	rig_init(&r, "tests/cases/case-1.json");
	rig_must(&r);
	columns =
	    r.schema->table[schema_table_find(r.schema, slice_of("out.stage_review"))].col_count;
	left = (LIMIT_ROOM_CELLS - cells_of(&r)) / columns;
	for (size_t i = 0; i < left; i++) {
		rig_append(&r, "stage_history", "{'from':'2026-01-01','stage':1}");
	}
	rig_must(&r);
	cr_assert_gt(cells_of(&r) + columns, LIMIT_ROOM_CELLS);
	rig_append(&r, "stage_history", "{'from':'2026-01-01','stage':1}");
	cr_assert_eq(rig_read(&r), ERR_LIMIT);
	cr_assert_str_eq(r.why, "$: more than 2000 cells");
	rig_fini(&r);
}

static size_t grants_of(const struct rig *r)
{
	size_t n = 0;

	for (size_t i = 0; i < rig_count(r, RECORD_GRANT, NULL); i++) {
		json_t *body = rig_nth(r, RECORD_GRANT, NULL, i);

		n += json_array_size(json_object_get(body, "items"));
		json_decref(body);
	}
	return n;
}

/* One grant for each class and seat; the same class may be given many times. */
Test(casefile_limits, grants_of_a_room)
{
	struct rig r;
	char text[256];
	size_t have;
	json_t *last;

	rig_init(&r, "tests/cases/case-1.json");
	rig_put(&r, "", "consents", "[]");
	rig_put(&r, "", "script", "[]");
	for (size_t i = 0; i < 8; i++) {
		snprintf(text, sizeof text,
			 "{'id':'x%zu','role':'kp','level':'read','given_on':'2026-07-01',"
			 "'fields':['plan.money.outline']}",
			 i);
		rig_append(&r, "consents", text);
	}
	for (size_t i = 0; i < 8; i++) {
		snprintf(text, sizeof text, "consents/%zu/fields", i);
		while (json_array_size(rig_at(r.doc, text)) < 64) {
			rig_append(&r, text, "'plan.money.outline'");
		}
	}
	rig_must(&r);
	have = grants_of(&r);
	cr_assert_eq(have, LIMIT_ROOM_GRANTS, "%zu: one seat is kp", have);
	last = rig_json("{'id':'x8','role':'kp','level':'read','given_on':'2026-07-01',"
			"'fields':['plan.money.outline']}");
	json_array_append_new(rig_at(r.doc, "consents"), last);
	cr_assert_eq(rig_read(&r), ERR_LIMIT);
	cr_assert_str_eq(r.why, "$.consents[8]: more than 512 grants");
	rig_fini(&r);
}

/* One that rests on consent and the others by law, one inside another or not. */
Test(casefile_limits, series_of_one_person)
{
	struct rig r;
	json_t *list, *model;
	char name[16];

	rig_init(&r, "tests/cases/case-4.json");
	list = rig_at(r.doc, "other_series");
	model = json_deep_copy(json_array_get(list, 1));
	for (int i = 0; json_array_size(list) < LIMIT_CASE_SERIES - 1; i++) {
		json_t *one = json_deep_copy(model);

		snprintf(name, sizeof name, "x%d", i);
		json_object_set_new(rig_at(one, "conference"), "series_no", json_string(name));
		json_array_append_new(list, one);
	}
	rig_must(&r);
	cr_assert_eq(r.file.other_count, LIMIT_CASE_SERIES - 1);
	json_object_set_new(rig_at(model, "conference"), "series_no", json_string("inner"));
	json_object_set_new(json_array_get(list, 0), "other_series", json_pack("[o]", model));
	cr_assert_eq(rig_read(&r), ERR_LIMIT);
	cr_assert_str_eq(r.why, "$: more than 16 series");
	rig_fini(&r);
}

Test(casefile_limits, depth)
{
	struct buf b = {0};
	struct rig r;

	rig_init(&r, NULL);
	for (size_t i = 0; i < 32; i++) {
		buf_add_str(&b, i < 16 ? "[" : "]");
	}
	cr_assert_eq(rig_read_text(&r, buf_slice(&b)), ERR_PROTO);
	cr_assert_str_eq(r.why, "$: must be an object");
	buf_clear(&b);
	for (size_t i = 0; i < 34; i++) {
		buf_add_str(&b, i < 17 ? "[" : "]");
	}
	cr_assert_eq(rig_read_text(&r, buf_slice(&b)), ERR_LIMIT);
	cr_assert_str_eq(r.why, "$: nested deeper than 16");
	buf_fini(&b);
	rig_fini(&r);
}
