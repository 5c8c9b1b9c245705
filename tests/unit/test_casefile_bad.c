/* Files nobody should believe: refused, at a place that can be found. */
#include "support/share.h"
#include "test_casefile_rig.h"

#define CASE1 "tests/cases/case-1.json"

/* In the text of case 1 the first `find` becomes `put` (' is "); `why` begins with `place`. */
static const struct bad {
	const char *find, *put, *place;
} bad[] = {
    {"sample/1'", "sample/2'", "$.format: "},
    {"'fictional': true", "'fictional': 'yes'", "$.fictional: "},
    {"'parties': [", "'partys': [", "$.partys: unknown key"},
    {"'notice'", "'notise'", "$.notise: unknown key"},
    {"'case_no': 'K-0101'", "'case_no': 101", "$.case.case_no: "},
    {"'stage': 3", "'stage': 5", "$.case.stage: "},
    {"'stage': 3", "'stage': 3.0", "$.case.stage: "},
    {"'ongoing'", "'finished'", "$.case.status: unknown value"},
    {"'outreach'", "'rumour'", "$.case.intake_route: unknown value"},
    {"'started_on': '2025-11-20'", "'started_on': '2025-11-31'", "$.case.started_on: "},
    {"2002-04-09", "2002-04-9", "$.person.birth_date: "},
    {"'みなとさん',\n  'legal", "'みなと\\nさん',\n  'legal", "$.person.preferred_name: "},
    {"青空町1-1", "青空町\\u0007", "$.person.address: "},
    {"青空町1-1", "青空町\\u0000", "$.person.address: has control"},
    {"青空町1-1", "青空町\\ud83d", "$: line "},
    {"青空町1-1", "青空町\\u009b", "$.person.address: "},
    {"'living_together': false", "'living_together': 'no'",
     "$.household.members[0].living_together: "},
    {"'consent': 'none'", "'consent': 'maybe'", "$.household.members[0].consent: "},
    {"'protected_info': null", "'protected_info': {'about': 'h9', 'text': 'x'}",
     "$.household.protected_info.about: no such"},
    {"'id': 'p-ps'", "'id': 'p-self'", "$.parties[1].id: used twice"},
    {"'role': 'ps'", "'role': 'boss'", "$.parties[1].role: unknown role"},
    {"'role': 'ps'", "'rolle': 'ps'", "$.parties[1].rolle: unknown key"},
    {"'role': 'ps',\n   'name'", "'name'", "$.parties[1].role: missing"},
    {"'chair'", "'king'", "$.parties[1].functions[0]: "},
    {"'remote': true", "'remote': 1", "$.parties[6].remote: "},
    {"'attends': false", "'until': '2026-01-00'", "$.parties[9].until: "},
    {"'attends': false", "'from': '2026-01-02', 'until': '2026-01-01'",
     "$.parties[9].until: before"},
    {"'attends': false", "'same_person_as': 'p-nobody'", "$.parties[9].same_person_as: "},
    {"'role': 'hw',\n   'fields'", "'role': 'owl',\n   'fields'",
     "$.consents[0].role: unknown role"},
    {"'role': 'hw',\n   'fields'", "'party': 'p-owl',\n   'fields'",
     "$.consents[0].party: no such party"},
    {"'role': 'hw',\n   'fields'", "'role': 'hw', 'party': 'p-cw',\n   'fields'",
     "$.consents[0].party: has another role"},
    {"'plan.living.action'\n   ],", "'plan.livin.action'\n   ],",
     "$.consents[0].fields[0]: no such field"},
    {"'level': 'read'", "'level': 'own'", "$.consents[0].level: "},
    {"'expires_on': '2026-12-31'", "'expires_on': '2026-06-30'",
     "$.consents[0].expires_on: before"},
    {"'id': 'c2'", "'id': 'c1'", "$.consents[1].id: used twice"},
    {"'economic'", "'ecological'", "$.assessment.three_poverty.ecological: "},
    {"'area': 'work'", "'area': 'sport'", "$.personal_plan.statements[0].area: "},
    {"'review_result': 'checked'", "'review_result': 'fine'", "$.support_plan.review_result: "},
    {"'living': {\n    'outline'", "'loving': {\n    'outline'",
     "$.support_plan.areas.loving: unknown key"},
    {"'approach': 'solve'", "'approach': 'wait'", "$.support_plan.areas.work.outline.approach: "},
    {"'who': [\n      'emp'", "'who': [\n      '@0123456789abcdef'",
     "$.support_plan.areas.work.action.who[0]: begins with @"},
    {"'r-bento'\n     ],", "'r-bonto'\n     ],",
     "$.support_plan.areas.work.action.resource_ids[0]: no such resource"},
    {"'legal_basis': 'consent_based'", "'legal_basis': 'because'", "$.conference.legal_basis: "},
    {"'start': '14:00'", "'start': '25:00'", "$.conference.start: "},
    {"'held_on'", "'held_an'", "$.conference.held_an: unknown key"},
    {"'party': 'p-kp',", "'party': 'p-xx',", "$.conference.attendance[7].party: "},
    {"'item_no': 2,", "'item_no': 1,", "$.conference.agenda[1].item_no: used twice"},
    {"'minutes': 20,", "'audience_parties': {'lkp': ['p-lkp']}, 'minutes': 20,",
     "$.conference.agenda[1].audience_parties.lkp: not a role"},
    {"'minutes': 20,", "'audience_parties': {'emp': ['p-hw']}, 'minutes': 20,",
     "$.conference.agenda[1].audience_parties.emp[0]: has another role"},
    {"'t': '01:30'", "'t': '1:30'", "$.script[1].t: "},
    {"'seq': 2,", "'seq': 1,", "$.script[1].seq: used twice"},
    {"'speaker': 'p-emp'", "'speaker': 'p-imp'", "$.script[3].speaker: no such party"},
    {"'conference_start'", "'fire_alarm'", "$.script[0].events[0].type: unknown"},
    {"'to_item': 3", "'to_item': 9", "$.script[9].events[3].to_item: no such"},
    {"'to_item': 3", "'minutes': 3", "$.script[9].events[3].to_item: missing"},
    {"'op': 'replace'", "'op': 'erase'", "$.script[5].edits[0].op: "},
    {"'field': 'min.person_words'", "'field': 'min.nothing'",
     "$.script[2].edits[0].field: no such field"},
    {"'field': 'min.person_words'", "'field': 'case.stage'",
     "$.script[2].edits[0].field: nothing can be appended"},
    {"'after': 'adopted'", "'after': 'agreed'", "$.script[19].edits[0].after: "},
    {"'after': 'adopted'", "'after': ['adopted']", "$.script[19].edits[0].after: "},
    {"'who': 'p-emp',\n    'what'", "'who': 'p-amp',\n    'what'", "$.minutes.actions[0].who: "},
    {"'status': 'signed'", "'status': 'maybe'", "$.minutes.signatures[0].status: "},
    {"'next_date': '2027-01-21'", "'next_date': 'soon'", "$.minutes.next_date: "},
    {"'result': 'ok'", "'result': 'fine'", "$.referrals[0].resource_check.result: "},
    {"'strength': 3", "'strength': 6", "$.bonds[0].bonds[0].strength: "},
    {"'rater': 'ps'", "'rater': 'cat'", "$.outcomes[6].rater: "},
    {"'by': 'aps'", "'by': 'nobody'", "$.monitoring[0].by: "},
    {"'closure': null", "'closure': {'closed_on': '2027-02-29'}", "$.closure.closed_on: "},
    {"'closure': null", "'denials': [{'party': 'p-emp', 'about_party': 'p-emp'}]",
     "$.denials[0].about_party: "},
    {"'closure': null", "'canaries': [7]", "$.canaries[0]: "},
    {"'closure': null", "'other_series': [{}]", "$.other_series[0].format: missing"},
    {"'closure': null", "'forbidden_strings': [{'party': 'p-9', 'strings': []}]",
     "$.forbidden_strings[0].party: "},
    {"'expected': 'none'", "'expected': 'some'", "$.visibility_expectations[0].expected: "},
    {"'expected': 'none'", "'when': {'where': 1}, 'expected': 'none'",
     "$.visibility_expectations[0].when.where: unknown key"},
    {"'expected': 'none'", "'when': {'item_no': 99}, 'expected': 'none'",
     "$.visibility_expectations[0].when.item_no: "},
    {"'expected': 'none'", "'when': {'series_no': '?'}, 'expected': 'none'",
     "$.visibility_expectations[0].when: no such series"},
    {"'case': {", "'case': [", "$: line "},
    {"'case': {", "'fictional': true, 'case': {", "$: line "},
    {"'case': {", "'ca\\u001b[31mse': 1, 'case': {", "$.ca?[31mse: unknown key"},
    {"'canaries'", "", NULL},
};

static struct buf replaced(struct slice text, const struct bad *b)
{
	struct buf out = {0};
	char *find = rig_quoted(b->find);
	char *put = rig_quoted(b->put);
	char *hit = memmem(text.ptr, text.len, find, strlen(find));

	cr_assert(hit, "case 1 has no %s", find);
	buf_add(&out, (struct slice){text.ptr, (size_t)(hit - text.ptr)});
	buf_add_str(&out, put);
	hit += strlen(find);
	buf_add(&out, (struct slice){hit, (size_t)(text.ptr + text.len - hit)});
	free(find);
	free(put);
	return out;
}

Test(casefile_bad, one_wrong_thing_at_a_time)
{
	struct buf text = rig_file(CASE1);
	struct rig r;

	rig_init(&r, NULL);
	for (size_t i = 0; bad[i].place; i++) {
		struct buf wrong = replaced(buf_slice(&text), &bad[i]);

		cr_expect_eq(rig_read_text(&r, buf_slice(&wrong)), ERR_PROTO, "%s", bad[i].put);
		cr_expect(strncmp(r.why, bad[i].place, strlen(bad[i].place)) == 0,
			  "%s\n wanted %s\n got    %s", bad[i].put, bad[i].place, r.why);
		buf_fini(&wrong);
	}
	cr_expect_eq(rig_read_text(&r, buf_slice(&text)), ERR_OK, "%s", r.why);
	buf_fini(&text);
	rig_fini(&r);
}

/* All the keys of the format that the samples do not use. */
Test(casefile_bad, every_known_key_is_known)
{
	struct rig r;

	rig_init(&r, CASE1);
	rig_put(&r, "parties/9", "promoted_from", "'kp'");
	rig_put(&r, "parties/9", "same_person_as", "'p-kp'");
	rig_put(&r, "parties/9", "guest", "false");
	rig_put(&r, "parties/9", "from", "'2026-04-01'");
	rig_put(&r, "parties/9", "until", "null");
	rig_put(&r, "consents/0", "party", "'p-hw'");
	rig_put(&r, "consents/0", "expires_at", "'2026-12-31T17:00'");
	rig_put(&r, "conference/agenda/1", "audience_parties", "{'emp':['p-emp']}");
	rig_put(&r, "minutes/decisions/0", "audience_parties", "{'emp':['p-emp']}");
	rig_put(&r, "household/members/0", "consent_record", "'口頭で同意'");
	rig_put(&r, "household/members/0", "protected_info", "'秘密'");
	rig_put(&r, "minutes/signatures/0", "status", "'declined'");
	rig_put(&r, "visibility_expectations/0", "party", "'p-emp'");
	rig_put(&r, "visibility_expectations/0", "when",
		"{'at':'2026-12-31T18:00','item_no':2,'seq':3,'decision_no':1,'row':'own',"
		"'row_party':'p-emp','member':'h1','state':'draft','series_no':'K-0101-C'}");
	rig_must(&r);
	rig_fini(&r);
}

/* Text that a browser counts as `units` is built from a character of two of them. */
static json_t *text_of_units(size_t units)
{
	struct buf b = {0};
	json_t *out;

	for (size_t i = 0; i + 1 < units; i += 2) {
		buf_add_str(&b, "𠮷");
	}
	buf_add_str(&b, units % 2 ? "x" : "");
	out = json_stringn(b.ptr, b.len);
	buf_fini(&b);
	return out;
}

Test(casefile_bad, limits)
{
	struct rig r;
	char id[80];

	rig_init(&r, CASE1);
	json_object_set_new(rig_at(r.doc, "person"), "life_history", text_of_units(64 * 1024));
	rig_must(&r);
	json_object_set_new(rig_at(r.doc, "person"), "life_history", text_of_units(64 * 1024 + 1));
	cr_assert_eq(rig_read(&r), ERR_LIMIT);
	cr_assert(strncmp(r.why, "$.person.life_history: ", 23) == 0, "%s", r.why);
	rig_put(&r, "person", "life_history", "null");
	json_object_set_new(rig_at(r.doc, "support_plan/areas/work/outline"), "goal_short",
			    text_of_units(81));
	cr_assert_eq(rig_read(&r), ERR_LIMIT);
	rig_put(&r, "support_plan/areas/work/outline", "goal_short", "''");
	for (size_t i = json_array_size(rig_at(r.doc, "parties")); i < 64; i++) {
		snprintf(id, sizeof id, "{'id':'x%zu','role':'guest'}", i);
		rig_append(&r, "parties", id);
	}
	rig_must(&r);
	cr_assert_eq(r.file.seat_count, 64);
	rig_append(&r, "parties", "{'id':'one too many','role':'guest'}");
	cr_assert_eq(rig_read(&r), ERR_LIMIT);
	cr_assert(strncmp(r.why, "$.parties: ", 11) == 0, "%s", r.why);
	rig_fini(&r);
	rig_init(&r, CASE1);
	for (size_t i = 0; i < 1000; i++) {
		rig_append(&r, "stage_history", "{'from':'2026-01-01','stage':1}");
	}
	cr_assert_eq(rig_read(&r), ERR_LIMIT, "%s", r.why);
	rig_fini(&r);
}

static void add_long_statements(struct rig *r, size_t count)
{
	json_t *list = rig_at(r->doc, "personal_plan/statements");

	for (size_t i = 0; i < count; i++) {
		json_t *o = json_object();

		json_object_set_new(o, "id", json_sprintf("x%zu", json_array_size(list)));
		json_object_set_new(o, "text", text_of_units(64 * 1024));
		json_array_append_new(list, o);
	}
}

/* A grant for each of many seats and classes, and the texts of a whole room. */
Test(casefile_bad, limits_of_a_room)
{
	struct rig r;
	char text[256];

	rig_init(&r, CASE1);
	for (size_t i = 0; i < 130; i++) {
		snprintf(text, sizeof text,
			 "{'id':'x%zu','role':'kp','level':'read','given_on':'2026-07-01',"
			 "'fields':['plan.money.outline','plan.money.action',"
			 "'plan.health.outline','plan.health.action']}",
			 i);
		rig_append(&r, "consents", text);
	}
	cr_assert_eq(rig_read(&r), ERR_LIMIT);
	cr_assert(strstr(r.why, "grants"), "%s", r.why);
	rig_fini(&r);
	rig_init(&r, CASE1);
	add_long_statements(&r, 30);
	rig_must(&r);
	add_long_statements(&r, 4);
	cr_assert_eq(rig_read(&r), ERR_LIMIT);
	cr_assert(strstr(r.why, "bytes"), "%s", r.why);
	rig_fini(&r);
}

Test(casefile_bad, size_and_depth_before_anything_else)
{
	struct rig r;
	struct buf b = {0};
	size_t most = 8 * 1024 * 1024;

	rig_init(&r, NULL);
	for (size_t i = 0; i < 17; i++) {
		buf_add_str(&b, "[");
	}
	cr_assert_eq(rig_read_text(&r, buf_slice(&b)), ERR_LIMIT);
	buf_clear(&b);
	buf_add_str(&b, "{\"a\":\"[[[[[[[[[[[[[[[[[[[[\\\"[[[[\"}");
	cr_assert_eq(rig_read_text(&r, buf_slice(&b)), ERR_PROTO, "a string nests nothing");
	buf_clear(&b);
	while (b.len < most) {
		buf_add_str(&b, "                                                                ");
	}
	cr_assert_eq(rig_read_text(&r, buf_slice(&b)), ERR_PROTO);
	buf_add_str(&b, " ");
	cr_assert_eq(rig_read_text(&r, buf_slice(&b)), ERR_LIMIT);
	cr_assert_eq(rig_read_text(&r, (struct slice){"", 0}), ERR_PROTO);
	cr_assert_eq(rig_read_text(&r, (struct slice){"null", 4}), ERR_PROTO);
	cr_assert_eq(rig_read_text(&r, (struct slice){"\xEF\xBB\xBF{}", 5}), ERR_PROTO);
	cr_assert_eq(rig_read_text(&r, (struct slice){"{\"a\":\"\xC0\x80\"}", 10}), ERR_PROTO);
	buf_fini(&b);
	rig_fini(&r);
}

/* An answer for every file cut short, and for thousands with a few wrong bytes. */
Test(casefile_bad, broken_files_are_answered, .timeout = 120)
{
	struct share share = share_init();
	static const char noise[] = "{}[]\",:0129truefalsn\\u- \n\x01\xE3\x81";
	struct buf text = rig_file(CASE1);
	uint64_t dice = 42;
	struct rig r;

	rig_init(&r, NULL);
	for (size_t len = 0; len < text.len; len += 97) {
		cr_assert(!share_has(&share) ||
			  rig_read_text(&r, (struct slice){text.ptr, len}) == ERR_PROTO);
	}
	for (size_t round = 0; round < 3000; round++) {
		struct buf wrong = {0};
		size_t count = rig_random(&dice) % 3 + 1;

		buf_add(&wrong, buf_slice(&text));
		for (size_t i = 0; i < count; i++) {
			wrong.ptr[rig_random(&dice) % wrong.len] =
			    noise[rig_random(&dice) % (sizeof noise - 1)];
		}
		r.options.after = round % 2;
		if (share_has(&share) && rig_read_text(&r, buf_slice(&wrong)) != ERR_OK) {
			cr_assert(r.why[0] == '$');
		}
		buf_fini(&wrong);
	}
	share_fini(&share, "broken files");
	buf_fini(&text);
	rig_fini(&r);
}

/* Values of every type at every place of the file: refused or read, never believed. */
static void at_every_place(struct rig *r, json_t *v, size_t *tried, struct share *share)
{
	static const char *const other[] = {"null",      "7",         "true", "\"\"",
					    "\"p-emp\"", "[]",        "{}",   "[7]",
					    "[null]",    "{\"a\":1}", "-1",   "1e9"};
	json_t *inner;
	const char *key;
	size_t i;

	json_object_foreach(v, key, inner)
	{
		size_t n = (*tried)++;
		json_t *kept = json_incref(inner);
		char *name = strdup(key);

		at_every_place(r, inner, tried, share);
		if (n % 3 == 0 && share_has(share)) {
			json_object_set_new(v, name,
					    json_loads(other[n / 3 % 12], JSON_DECODE_ANY, NULL));
			r->options.after = n % 2;
			(void)!rig_read(r);
			json_object_set(v, name, kept);
		}
		free(name);
		json_decref(kept);
	}
	json_array_foreach(v, i, inner)
	{
		if (i < 3) {
			at_every_place(r, inner, tried, share);
		}
	}
}

Test(casefile_bad, wrong_types_everywhere, .timeout = 300)
{
	struct share share = share_init();
	struct rig r;
	size_t tried = 0;

	rig_init(&r, CASE1);
	for (size_t round = 0; round < 3; round++) {
		tried = round;
		at_every_place(&r, r.doc, &tried, &share);
	}
	share_fini(&share, "values at places");
	cr_assert_gt(tried, 200);
	r.options.after = false;
	rig_must(&r);
	rig_fini(&r);
}
