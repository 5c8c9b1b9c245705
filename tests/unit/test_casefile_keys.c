/*
 * Case 4 uses the whole format: every key of every object, every word a key may have. A key that is
 * added to the format and not to the case fails here.
 */
#include "test_casefile_rig.h"

#include "casefile/casefile_format.h"
#include "casefile/casefile_parts.h"

static const char case_4[] = "tests/cases/case-4.json";

enum { KEYS_MAX = 512, WORDS_MAX = 128 };

struct seen {
	const struct key *key[KEYS_MAX]; /* that stood there with a value */
	size_t keys;
	bool row;                 /* "row" of some list */
	char word[WORDS_MAX][64]; /* "type=join" */
	size_t words;
};

static bool was_seen(const struct seen *s, const struct key *k)
{
	for (size_t i = 0; i < s->keys; i++) {
		if (s->key[i] == k) {
			return true;
		}
	}
	return false;
}

static bool has_word(const struct seen *s, const char *word)
{
	for (size_t i = 0; i < s->words; i++) {
		if (strcmp(s->word[i], word) == 0) {
			return true;
		}
	}
	return false;
}

static void add_word(struct seen *s, const struct key *k, const json_t *v)
{
	char word[64];

	snprintf(word, sizeof word, "%s=%s", k->name, json_string_value(v));
	if (!has_word(s, word)) {
		cr_assert(s->words < WORDS_MAX);
		memcpy(s->word[s->words++], word, sizeof word);
	}
}

static void walk(struct seen *s, const struct shape *shape, const json_t *o);

static void walk_value(struct seen *s, const struct key *k, const json_t *v)
{
	if (k->kind == KIND_WORD) {
		add_word(s, k, v);
	} else if (k->kind == KIND_AREAS) {
		const char *name;
		json_t *area;

		json_object_foreach((json_t *)(uintptr_t)v, name, area)
		{
			walk(s, k->shape, area);
		}
	} else if (k->kind == KIND_OBJECT && json_is_object(v)) {
		walk(s, k->shape, v);
	}
}

static void walk(struct seen *s, const struct shape *shape, const json_t *o)
{
	for (const struct key *k = shape->key; k->name; k++) {
		const json_t *v = json_object_get(o, k->name);
		size_t count = k->flags & LIST ? json_array_size(v) : 1;

		/* An empty list or null says nothing of what would stand in it. */
		if (!v || json_is_null(v) || count == 0) {
			continue;
		}
		if (!was_seen(s, k)) {
			cr_assert(s->keys < KEYS_MAX);
			s->key[s->keys++] = k;
			s->row = s->row || k->shape == &shape_row;
		}
		for (size_t i = 0; i < count; i++) {
			walk_value(s, k, k->flags & LIST ? json_array_get(v, i) : v);
		}
	}
}

/* How much of the format the case does not use; each is named. Shapes are walked once. */
static size_t missing(const struct seen *s, const struct shape *shape, const char *path,
		      const struct shape **done, size_t *done_count)
{
	size_t count = 0;

	for (size_t i = 0; i < *done_count; i++) {
		if (done[i] == shape) {
			return 0;
		}
	}
	cr_assert(*done_count < KEYS_MAX);
	done[(*done_count)++] = shape;
	for (const struct key *k = shape->key; k->name; k++) {
		char at[256];
		char words[512];

		snprintf(at, sizeof at, "%s.%s", path, k->name);
		/* Every list has it, and it is the same in all. */
		if (k->shape == &shape_row ? !s->row : !was_seen(s, k)) {
			fprintf(stderr, "%s: not in %s\n", at, case_4);
			count++;
		}
		snprintf(words, sizeof words, "%s", k->words ? k->words : "");
		for (char *save, *w = strtok_r(words, " ", &save); w;
		     w = strtok_r(NULL, " ", &save)) {
			char word[64];

			snprintf(word, sizeof word, "%s=%s", k->name, w);
			if (!has_word(s, word)) {
				fprintf(stderr, "%s: no %s in %s\n", at, w, case_4);
				count++;
			}
		}
		if (k->shape) {
			count += missing(s, k->shape, at, done, done_count);
		}
	}
	return count;
}

static size_t missing_in(const json_t *doc)
{
	struct seen *s = calloc(1, sizeof *s);
	const struct shape *done[KEYS_MAX];
	size_t done_count = 0;
	size_t count;

	walk(s, &shape_document, doc);
	count = missing(s, &shape_document, "$", done, &done_count);
	cr_assert(s->keys > 150, "the walk goes nowhere");
	free(s);
	return count;
}

Test(casefile_keys, case_4_has_every_key_and_every_word)
{
	struct rig r;

	rig_init(&r, case_4);
	rig_must(&r);
	cr_assert_eq(missing_in(r.doc), 0);
	rig_fini(&r);
}

/* The walk is able to miss something. */
Test(casefile_keys, what_is_taken_out_is_missed)
{
	struct rig r;
	json_t *list;

	rig_init(&r, case_4);
	json_object_del(rig_at(r.doc, "closure/follow_up"), "frequency");
	cr_assert_eq(missing_in(r.doc), 1);
	json_object_del(r.doc, "denials");
	cr_assert_eq(missing_in(r.doc), 5, "the list, its three keys, and the frequency");
	rig_fini(&r);
	rig_init(&r, case_4);
	list = rig_at(r.doc, "script/9/events");
	cr_assert_str_eq(json_string_value(rig_at(list, "0/type")), "pause_card");
	json_array_clear(list);
	cr_assert_eq(missing_in(r.doc), 1);
	rig_fini(&r);
}

/* Values of the form that mean something to a meeting: all of them stand in the minutes. */
Test(casefile_keys, every_way_to_sign_and_every_sort_of_row)
{
	struct rig r;
	uint16_t e = 0;

	rig_init(&r, case_4);
	rig_must(&r);
	while (strcmp(r.schema->enums[e].id, "signature_status") != 0) {
		e++;
	}
	for (uint16_t i = 0; i < r.schema->enums[e].count; i++) {
		char status[64];

		snprintf(status, sizeof status, "\"status\":\"%s\"",
			 r.schema->enums[e].value[i].id);
		cr_assert(rig_pending_holds(&r, status), "%s", status);
	}
	cr_assert(json_array_size(rig_at(r.doc, "script")) > 20);
	cr_assert(json_is_null(rig_at(r.doc, "minutes/corrections/2/decision_no")));
	cr_assert(json_equal(rig_at(r.doc, "minutes/corrections/0/after"),
			     rig_at(r.doc, "minutes/corrections/1/before")),
		  "a correction of what was corrected");
	/* both forms of what may be a text or an object */
	cr_assert(json_is_object(rig_at(r.doc, "household/protected_info")));
	cr_assert(json_is_string(rig_at(r.doc, "other_series/0/household/protected_info")));
	cr_assert(json_is_object(rig_at(r.doc, "household/members/0/consent_record")));
	cr_assert(json_is_string(rig_at(r.doc, "household/members/1/consent_record")));
	rig_fini(&r);
}
