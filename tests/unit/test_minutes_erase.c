/* The log of signed minutes: who may erase what, what goes with it, what may be corrected. */
#include <criterion/criterion.h>
#include <string.h>

#include "support/minutes_conference.h"

#define check_ok(CALL) cr_assert_eq(CALL, ERR_OK)
#define check_is(CALL, ERR) cr_assert_eq(CALL, ERR)

Test(minutes_erase, two_parties_whom_all_readers_know_may_erase_what_may_go)
{
	struct conference c;
	struct min_hash leaf;
	struct min_hash gone = {{1}};
	struct min_approval by[2] = {{SELF, SEALED + 50}, {PS, SEALED + 60}};
	struct min_erase e = {
	    .time = SEALED + 60, .leaf = &leaf, .leaf_count = 1, .by = by, .by_count = 2};
	struct min_hash *copies;
	struct arena mem;
	struct buf bundle = {0};
	size_t n;

	conference_seal(&c, "a");
	arena_init(&mem);
	leaf = leaf_named(&c, EMP, "field/plan.work.action.what", "");
	e.by_count = 1;
	check_is(min_log_erase(c.log, &e, &c.change), ERR_RULE);
	e.by_count = 2;
	by[1].seat = SELF;
	check_is(min_log_erase(c.log, &e, &c.change), ERR_RULE);
	by[1].seat = 50;
	check_is(min_log_erase(c.log, &e, &c.change), ERR_GONE);
	by[1].seat = SUP; /* of whom the employer may not know */
	check_is(min_log_erase(c.log, &e, &c.change), ERR_RULE);
	by[1] = (struct min_approval){PS, SEALED + 61};
	check_is(min_log_erase(c.log, &e, &c.change), ERR_RULE);
	by[1].time = SEALED + 60;
	e.leaf = &gone;
	check_is(min_log_erase(c.log, &e, &c.change), ERR_GONE);
	e.leaf = &leaf;
	for (size_t i = 0; i < 3; i++) {
		static const char *const never[] = {"manifest", "member/", "~"};

		leaf = leaf_named(&c, EMP, never[i], "");
		check_is(min_log_erase(c.log, &e, &c.change), ERR_RULE);
		check_is(min_log_copies(c.log, &leaf, &mem, &copies, &n), ERR_RULE);
	}
	cr_assert(min_change_is_empty(&c.change));
	cr_assert_null(min_log_check(c.log));
	leaf = leaf_named(&c, EMP, "field/plan.work.action.what", "");
	check_ok(min_log_erase(c.log, &e, &c.change));
	cr_assert_eq(c.change.erased_count, 1);
	check_is(min_log_erase(c.log, &e, &c.change), ERR_GONE);
	check_is(min_log_copies(c.log, &leaf, &mem, &copies, &n), ERR_GONE);
	check_is(amend(&c, &leaf, SEALED + 70, NULL), ERR_GONE);
	/* Who read it gets nothing until the round that says so. */
	check_is(min_log_bundle(c.log, EMP, &bundle), ERR_BUSY);
	check_ok(min_log_until(c.log, SEALED + 3600, &c.change));
	check_ok(min_log_bundle(c.log, EMP, &bundle));
	cr_assert_null(min_log_check(c.log));
	buf_fini(&bundle);
	arena_fini(&mem);
	conference_fini(&c);
}

Test(minutes_erase, copies_are_all_that_hold_the_same)
{
	struct conference c;
	struct min_hash leaf;
	struct min_hash *copies;
	struct min_act act;
	struct arena mem;
	size_t n;

	conference_seal(&c, "a");
	arena_init(&mem);
	/* A cell with a correction; begun from the correction it is the same, and the other first.
	 */
	leaf = leaf_named(&c, SELF, "row/min.decisions/", "/text");
	check_ok(amend(&c, &leaf, SEALED + 60, NULL));
	check_ok(min_log_copies(c.log, &leaf, &mem, &copies, &n));
	cr_assert_eq(n, 2);
	check_ok(min_log_copies(c.log, &copies[1], &mem, &copies, &n));
	cr_assert(n == 2 && min_hash_eq(&copies[1], &leaf));
	/* A cell in own slots: one leaf a reader. */
	leaf = leaf_named(&c, SELF, "field/plan.money.who/", "");
	check_ok(min_log_copies(c.log, &leaf, &mem, &copies, &n));
	cr_assert_eq(n, 2);
	/* A name in each slot where the party is a member. */
	leaf = leaf_named(&c, PS, "name/", "");
	check_ok(min_log_copies(c.log, &leaf, &mem, &copies, &n));
	cr_assert_geq(n, 2);
	/* A note: one leaf a slot; another's of the same words is another's. */
	act = agree_of(&c, SELF, SEALED + 100);
	act.say.note = slice_of("異議なし");
	check_ok(min_log_sign(c.log, &act, NULL, &c.change));
	n = c.change.leaf_count;
	act = agree_of(&c, PS, SEALED + 100);
	act.say.note = slice_of("異議なし");
	check_ok(min_log_sign(c.log, &act, NULL, &c.change));
	cr_assert_gt(c.change.leaf_count, n);
	leaf = leaf_named(&c, SELF, "note/", "");
	check_ok(min_log_copies(c.log, &leaf, &mem, &copies, &n));
	cr_assert_eq(n, 3, "own slot and two audiences: %zu", n);
	arena_fini(&mem);
	conference_fini(&c);
}

Test(minutes_erase, a_correction_that_cannot_be_is_refused_and_makes_nothing)
{
	struct conference c;
	json_t *v = json_string("直した");
	struct min_amend a = {.time = SEALED + 60, .value = v, .why = slice_of("聞きまちがい")};
	struct buf why = {0};

	conference_seal(&c, "a");
	check_is(min_log_amend(c.log, &a, NULL, &c.change), ERR_GONE);
	a.leaf = leaf_named(&c, EMP, "name/", "");
	check_is(min_log_amend(c.log, &a, NULL, &c.change), ERR_RULE);
	a.leaf = leaf_named(&c, EMP, "manifest", "");
	check_is(min_log_amend(c.log, &a, NULL, &c.change), ERR_RULE);
	a.leaf = leaf_named(&c, EMP, "field/plan.work.action.what", "");
	a.why = slice_of("a\rb");
	check_is(min_log_amend(c.log, &a, NULL, &c.change), ERR_PROTO);
	a.why = slice_of("聞きまちがい");
	a.value = NULL;
	check_is(min_log_amend(c.log, &a, NULL, &c.change), ERR_PROTO);
	a.value = v;
	buf_grow(&why, MIN_STRING_BYTES);
	memset(why.ptr, 'a', MIN_STRING_BYTES);
	a.why = (struct slice){why.ptr, MIN_STRING_BYTES};
	check_is(min_log_amend(c.log, &a, NULL, &c.change), ERR_LIMIT);
	cr_assert(min_change_is_empty(&c.change));
	buf_fini(&why);
	json_decref(v);
	conference_fini(&c);
}
