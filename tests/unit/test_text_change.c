/* One change: what is refused, and the examples everything else rests on. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "text/change.h"

__attribute__((weak)) int __lsan_do_recoverable_leak_check(void);

static struct arena mem;

static void set_up(void)
{
	arena_init(&mem);
}

/* Called at the end of each body: what happens later cannot fail a test. */
static void tear_down(void)
{
	arena_fini(&mem);
	if (__lsan_do_recoverable_leak_check) {
		cr_assert(__lsan_do_recoverable_leak_check() == 0, "leak");
	}
}

TestSuite(text_change, .init = set_up);

static enum err read_text(const char *text, struct change *out)
{
	json_t *json = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	enum err e;

	cr_assert(json, "not JSON: %s", text);
	e = change_from_json(&mem, json, out);
	json_decref(json);
	return e;
}

static struct change change_of(const char *text)
{
	struct change c;

	cr_assert(read_text(text, &c) == ERR_OK, "%s", text);
	return c;
}

static void is(const struct change *c, const char *want)
{
	json_t *json = change_to_json(c);
	char *have = json_dumps(json, JSON_COMPACT);

	cr_assert_str_eq(have, want);
	free(have);
	json_decref(json);
}

struct refusal {
	enum err err;
	const char *json;
};

static const struct refusal REFUSED[] = {
    /* not a list of sections */
    {ERR_PROTO, "1"},
    {ERR_PROTO, "\"x\""},
    {ERR_PROTO, "{}"},
    {ERR_PROTO, "null"},
    {ERR_PROTO, "[true]"},
    {ERR_PROTO, "[null]"},
    {ERR_PROTO, "[\"3\"]"},
    {ERR_PROTO, "[{\"0\":1}]"},
    {ERR_PROTO, "[[]]"},
    {ERR_PROTO, "[[[1]]]"},
    {ERR_PROTO, "[[\"x\"]]"},
    /* numbers */
    {ERR_PROTO, "[-1]"},
    {ERR_PROTO, "[[-1]]"},
    {ERR_PROTO, "[[-1,\"x\"]]"},
    {ERR_PROTO, "[1.5]"},
    {ERR_PROTO, "[1.0]"},
    {ERR_PROTO, "[[1.5,\"x\"]]"},
    {ERR_PROTO, "[[null,\"x\"]]"},
    {ERR_PROTO, "[[1e2]]"},
    {ERR_PROTO, "[1e300]"},
    {ERR_PROTO, "[3,-9223372036854775808]"},
    /* lines */
    {ERR_PROTO, "[[0,1]]"},
    {ERR_PROTO, "[[0,null]]"},
    {ERR_PROTO, "[[0,\"a\",[\"b\"]]]"},
    {ERR_PROTO, "[[0,\"a\\nb\"]]"},
    {ERR_PROTO, "[[0,\"a\\rb\"]]"},
    {ERR_PROTO, "[[0,\"a\",\"\\r\"]]"},
    {ERR_PROTO, "[[0,\"a\\u0000b\"]]"},
    {ERR_PROTO, "[[0,\"\\u0001\"]]"},
    {ERR_PROTO, "[[0,\"\\u000b\"]]"},
    {ERR_PROTO, "[[0,\"\\u000c\"]]"},
    {ERR_PROTO, "[[0,\"\\u001b[0m\"]]"},
    {ERR_PROTO, "[[0,\"\\u007f\"]]"},
    {ERR_PROTO, "[[0,\"\\u0085\"]]"},
    /* sections CodeMirror never makes */
    {ERR_PROTO, "[0]"},
    {ERR_PROTO, "[[0]]"},
    {ERR_PROTO, "[[0,\"\"]]"},
    {ERR_PROTO, "[3,0]"},
    {ERR_PROTO, "[2,3]"},
    {ERR_PROTO, "[[2],[3]]"},
    {ERR_PROTO, "[[2],[3,\"\"]]"},
    {ERR_PROTO, "[[0,\"a\"],[0,\"b\"]]"},
    /* sizes */
    {ERR_LIMIT, "[4194305]"},
    {ERR_LIMIT, "[[4194305]]"},
    {ERR_LIMIT, "[4294967296]"},
    {ERR_LIMIT, "[9223372036854775807]"},
    {ERR_LIMIT, "[4194304,[1]]"},
};

Test(text_change, hostile_json_is_refused)
{
	for (size_t i = 0; i < sizeof REFUSED / sizeof *REFUSED; i++) {
		struct change c;
		enum err e = read_text(REFUSED[i].json, &c);

		cr_expect(e == REFUSED[i].err, "%s: %s", REFUSED[i].json, err_name(e));
	}
	/* Lone surrogates and broken UTF-8 end in the parser; were it to let them through, here. */
	cr_expect(json_loads("[[0,\"\\ud842\"]]", 0, NULL) == NULL);
	cr_expect(json_loads("[[0,\"\xed\xa1\x82\"]]", 0, NULL) == NULL);
	{
		json_t *bad = json_pack("[[i,o]]", 0, json_stringn_nocheck("\xed\xa1\x82", 3));
		struct change c;

		cr_expect(change_from_json(&mem, bad, &c) == ERR_PROTO);
		json_decref(bad);
	}
	tear_down();
}

Test(text_change, good_json_round_trips)
{
	static const char *const good[] = {
	    "[]",
	    "[8]",
	    "[[8]]",
	    "[[0,\"\",\"\"]]",
	    "[3,[0,\"x\"],5]",
	    "[[2],[0,\"x\"]]",
	    "[[0,\"x\"],[2]]",
	    "[[1,\"x\"],[1,\"y\"]]",
	    "[[0,\"\\t\",\"\\\"\",\"𠮷👩‍👩‍👧\u2028\"],1]",
	    "[4194304]",
	};

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		json_t *want = json_loads(good[i], 0, NULL);
		json_t *have;
		struct change c;

		cr_assert(want, "not JSON: %s", good[i]);
		cr_assert(change_from_json(&mem, want, &c) == ERR_OK, "%s", good[i]);
		have = change_to_json(&c);
		cr_expect(json_equal(have, want), "%s", good[i]);
		json_decref(have);
		json_decref(want);
	}
	{
		struct change c = change_of("[[3,\"\"]]"); /* CodeMirror writes [3] */

		is(&c, "[[3]]");
		c = change_of("[2,[1,\"𠮷\",\"a\"]]");
		cr_expect(change_len_old(&c) == 3 && change_len_new(&c) == 6);
	}
	tear_down();
}

Test(text_change, number_of_sections_is_bounded)
{
	json_t *json = json_array();
	struct change c;

	for (int i = 0; i < LIMIT_CHANGE_SECTIONS; i++) {
		json_array_append_new(json, i % 2 ? json_pack("[i]", 1) : json_integer(1));
	}
	cr_expect(change_from_json(&mem, json, &c) == ERR_OK);
	json_array_append_new(json, json_integer(1));
	cr_expect(change_from_json(&mem, json, &c) == ERR_LIMIT);
	json_decref(json);
	tear_down();
}

Test(text_change, empty_means_no_change)
{
	static const struct {
		const char *json;
		bool empty;
	} rows[] = {{"[]", true}, {"[3]", true}, {"[[3]]", false}, {"[1,[0,\"a\"]]", false}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct change c = change_of(rows[i].json);

		cr_expect(change_is_empty(&c) == rows[i].empty, "%s", rows[i].json);
	}
	tear_down();
}

Test(text_change, apply_refuses)
{
	/* "a𠮷b" has 4 units; 2 is inside the pair. */
	static const struct refusal rows[] = {
	    {ERR_PROTO, "[]"},
	    {ERR_PROTO, "[3]"},
	    {ERR_PROTO, "[5]"},
	    {ERR_PROTO, "[[5]]"},
	    {ERR_PROTO, "[2,[0,\"x\"],2]"},
	    {ERR_PROTO, "[2,[1],1]"},
	    {ERR_PROTO, "[1,[1],2]"},
	    {ERR_PROTO, "[[2],2]"},
	    {ERR_PROTO, "[[2,\"x\"],[2,\"y\"]]"}, /* still a boundary inside */
	    {ERR_LIMIT, "[4,[0,\"𠮷\"]]"},
	    {ERR_OK, "[4,[0,\"𠮷\"]]"}, /* with room for it, see below */
	    {ERR_OK, "[1,[2,\"xyz\"],1]"},
	    {ERR_OK, "[1,[0,\"x\"],3]"},
	    {ERR_OK, "[[4]]"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint32_t units_max = rows[i].err == ERR_LIMIT ? 5 : 6;
		struct change c = change_of(rows[i].json);
		struct slice out;
		enum err e = change_apply(&mem, &c, slice_of("a𠮷b"), units_max, &out);

		cr_expect(e == rows[i].err, "%s: %s", rows[i].json, err_name(e));
		if (rows[i].err != ERR_LIMIT) {
			e = change_invert(&mem, &c, slice_of("a𠮷b"), &c);
			cr_expect(e == rows[i].err, "invert %s: %s", rows[i].json, err_name(e));
		}
	}
	tear_down();
}

Test(text_change, map_and_compose_refuse_lengths)
{
	struct change three = change_of("[3]");
	struct change four = change_of("[4]");
	struct change grow = change_of("[3,[0,\"𠮷\"]]");
	struct change cut = change_of("[4,[0,\"x\"],1]");
	struct change five = change_of("[4,[1]]");
	struct change out;

	cr_expect(change_map(&mem, &three, &four, false, &out) == ERR_PROTO);
	cr_expect(change_map(&mem, &grow, &four, true, &out) == ERR_PROTO);
	cr_expect(change_map(&mem, &four, &grow, false, &out) == ERR_PROTO);
	cr_expect(change_compose(&mem, &three, &four, &out) == ERR_PROTO);
	cr_expect(change_compose(&mem, &grow, &three, &out) == ERR_PROTO);
	cr_expect(change_compose(&mem, &grow, &cut, &out) == ERR_PROTO, "inside an inserted pair");
	cr_expect(change_compose(&mem, &grow, &five, &out) == ERR_PROTO, "inside an inserted pair");
	tear_down();
}

Test(text_change, ties)
{
	struct change a = change_of("[2,[0,\"A\"],6]");
	struct change b = change_of("[2,[0,\"B\"],6]");
	struct change out;

	cr_assert(change_map(&mem, &a, &b, false, &out) == ERR_OK);
	is(&out, "[3,[0,\"A\"],6]");
	cr_assert(change_map(&mem, &a, &b, true, &out) == ERR_OK);
	is(&out, "[2,[0,\"A\"],7]");
	tear_down();
}

/* Why a rebase goes over one change at a time. */
Test(text_change, composing_first_gives_another_result)
{
	struct change a = change_of("[[0,\"x\"],2]");
	struct change b = change_of("[[0,\"X\"],2]");
	struct change c = change_of("[[2,\"k\"],1]");
	struct change both;
	struct change out;

	cr_assert(change_compose(&mem, &b, &c, &both) == ERR_OK);
	cr_assert(change_map(&mem, &a, &both, false, &out) == ERR_OK);
	is(&out, "[[0,\"x\"],2]");
	cr_assert(change_map(&mem, &a, &b, false, &out) == ERR_OK);
	cr_assert(change_map(&mem, &out, &c, false, &out) == ERR_OK);
	is(&out, "[1,[0,\"x\"],1]");
	tear_down();
}

Test(text_change, results_do_not_point_into_arguments)
{
	struct arena other;
	struct change keep;
	struct change out;
	struct change a;

	arena_init(&other);
	keep = change_of("[3]");
	{
		json_t *json = json_loads("[1,[1,\"long enough to be seen\"],1]", 0, NULL);

		cr_assert(change_from_json(&other, json, &a) == ERR_OK);
		json_decref(json);
	}
	cr_assert(change_map(&mem, &a, &keep, false, &out) == ERR_OK);
	arena_fini(&other); /* ASan sees a borrowed byte below */
	is(&out, "[1,[1,\"long enough to be seen\"],1]");
	tear_down();
}
