/* Holds: while one stands nothing of the series is erased, and what was said of them stays. */
#include <criterion/criterion.h>

#include "store/minutes_db.h"
#include "test_store_rig.h"

static struct rig r;
static struct minutes_db *m;
static struct series_id series;
static struct arena mem;
static char why[STORE_WHY_BYTES];

static void begin(void)
{
	rig_begin(&r);
	arena_init(&mem);
	series = rig_series(&r, "one");
	cr_assert_eq(minutes_db_open(r.path, true, &m, why), ERR_OK, "%s", why);
}

static void end(void)
{
	minutes_db_close(m);
	m = NULL;
	arena_fini(&mem);
	rig_fini(&r);
}

TestSuite(hold, .init = begin, .fini = end);

static struct minutes_hold on(int64_t at_ms, int64_t until_ms)
{
	return (struct minutes_hold){.is_on = true,
				     .seat = SEAT_NONE,
				     .who = text("総務課"),
				     .why = text("開示の請求"),
				     .at_ms = at_ms,
				     .until_ms = until_ms};
}

static struct minutes_hold off(int64_t at_ms)
{
	struct minutes_hold h = on(at_ms, INT64_MAX);

	h.is_on = false;
	return h;
}

static enum err add(struct minutes_hold h)
{
	return minutes_db_hold_add(m, series, &h, why);
}

static enum err stands(int64_t now_ms)
{
	struct minutes_hold h;

	return minutes_db_hold(m, series, now_ms, &mem, &h, why);
}

Test(hold, stands_until_its_end_or_until_it_is_lifted)
{
	struct minutes_hold h;

	cr_assert_eq(stands(0), ERR_GONE);
	cr_assert_eq(add(off(5)), ERR_RULE, "none to lift");
	cr_assert_eq(add(on(10, 100)), ERR_OK, "%s", why);
	cr_assert_eq(minutes_db_hold(m, series, 99, &mem, &h, why), ERR_OK);
	cr_assert(h.is_on && h.seat == SEAT_NONE && slice_is(h.who, "総務課") &&
		  slice_is(h.why, "開示の請求") && h.at_ms == 10 && h.until_ms == 100);
	cr_assert_eq(stands(100), ERR_GONE, "the moment it ends");
	cr_assert_eq(add(off(100)), ERR_RULE, "it has ended by itself");
	cr_assert_eq(add(on(110, INT64_MAX)), ERR_OK);
	cr_assert_eq(stands(INT64_MAX - 1), ERR_OK);
	cr_assert_eq(add(off(120)), ERR_OK);
	cr_assert_eq(stands(121), ERR_GONE);
	cr_assert_eq(minutes_db_hold(m, (struct series_id){series.n + 1}, 50, &mem, &h, why),
		     ERR_GONE);
}

Test(hold, the_newest_word_counts_and_all_are_kept)
{
	struct minutes_hold seat = on(20, 40), *all;
	size_t count;

	seat.seat = 3;
	seat.who = (struct slice){0};
	cr_assert_eq(add(on(10, INT64_MAX)), ERR_OK);
	cr_assert_eq(add(seat), ERR_OK, "in place of the first");
	cr_assert_eq(stands(40), ERR_GONE);
	cr_assert_eq(minutes_db_holds(m, series, &mem, &all, &count, why), ERR_OK, "%s", why);
	cr_assert_eq(count, 2);
	cr_assert(all[0].seat == 3 && all[0].who.len == 0 && all[0].until_ms == 40);
	cr_assert(all[1].seat == SEAT_NONE && all[1].until_ms == INT64_MAX);
}

Test(hold, nobody_and_for_no_reason_is_refused)
{
	struct minutes_hold nobody = on(1, 9), both = on(1, 9), silent = on(1, 9), over = on(9, 9),
			    wordy = on(1, 9);
	char *long_ = arena_alloc(&mem, MINUTES_HOLD_WHY_BYTES + 1);

	memset(long_, 'a', MINUTES_HOLD_WHY_BYTES + 1);
	nobody.who.len = 0;
	both.seat = 2;
	silent.why.len = 0;
	wordy.why = (struct slice){long_, MINUTES_HOLD_WHY_BYTES + 1};
	cr_assert_eq(add(nobody), ERR_PROTO);
	cr_assert_eq(add(both), ERR_PROTO);
	cr_assert_eq(add(silent), ERR_PROTO);
	cr_assert_eq(add(over), ERR_PROTO);
	cr_assert_eq(add(wordy), ERR_PROTO);
	wordy.why.len--;
	cr_assert_eq(add(wordy), ERR_OK);
}

Test(hold, what_was_said_cannot_be_changed)
{
	static const char *const bad[] = {
	    "UPDATE hold SET is_on = 0", "UPDATE hold SET until_ms = 1", "DELETE FROM hold",
	    "INSERT OR REPLACE INTO hold VALUES (1,1,0,NULL,'x','x',1,NULL)"};

	cr_assert_eq(add(on(10, INT64_MAX)), ERR_OK);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		sqlite3 *h = NULL;

		cr_assert_eq(sqlite3_open(r.path, &h), SQLITE_OK);
		cr_assert_neq(sqlite3_exec(h, bad[i], NULL, NULL, NULL), SQLITE_OK, "%s", bad[i]);
		sqlite3_close(h);
	}
	cr_assert_eq(stands(11), ERR_OK);
}

/* ---- what it keeps from going ---- */

static int64_t log_with_a_leaf(const struct min_hash *hash)
{
	struct min_row_leaf leaf = {
	    .ord = {"0123456789abcdefg", 17}, .hash = *hash, .d = text("x")};
	struct min_row_entry entry = {.header = text("a\n")};
	struct min_change c = {.entry = &entry, .entry_count = 1, .leaf = &leaf, .leaf_count = 1};
	int64_t id = 0;

	cr_assert_eq(
	    minutes_db_create(m, &(struct minutes_new){series, 4, 0, text("h/c/1")}, &c, &id, why),
	    ERR_OK, "%s", why);
	return id;
}

Test(hold, a_leaf_that_two_agreed_on_stays_and_so_does_what_they_said)
{
	struct min_hash leaf = {{7}};
	int64_t id = log_with_a_leaf(&leaf);
	struct minutes_approval a = {.seat = 2, .at = 5, .basis = "request"},
				found[MINUTES_APPROVALS_MAX];
	struct minutes_grow grow = {
	    .id = id, .entries = 1, .leaves = 1, .approved = &leaf, .cell = text("k"), .at = 50};
	struct min_change c = {.erased = &leaf, .erased_count = 1};
	struct minutes_erasure *waits;
	size_t count;

	cr_assert_eq(minutes_db_approve(m, id, &leaf, &a, why), ERR_OK);
	cr_assert_eq(add(on(10, 50001)), ERR_OK);
	cr_assert_eq(minutes_db_append(m, &grow, &c, why), ERR_HOLD);
	cr_assert_eq(minutes_db_approvals(m, id, &leaf, found, &count, why), ERR_OK);
	cr_assert_eq(count, 1);
	cr_assert_eq(minutes_db_erasures(m, &mem, &waits, &count, why), ERR_OK);
	cr_assert_eq(count, 0);
	grow.at = 51;
	cr_assert_eq(minutes_db_append(m, &grow, &c, why), ERR_OK, "it is over");
	cr_assert_eq(minutes_db_erasures(m, &mem, &waits, &count, why), ERR_OK);
	cr_assert_eq(count, 1);
}

Test(hold, the_journal_stays_too)
{
	struct store_erased e = {1, text("{}")};

	cr_assert_eq(add(on(10, 100)), ERR_OK);
	minutes_db_close(m);
	m = NULL;
	rig_close(&r);
	cr_assert_eq(store_erase_beside(r.path, series, 99, &e, 1, why), ERR_HOLD);
	cr_assert_eq(
	    sql_number(&r, "SELECT count(*) FROM journal WHERE digest = 0 AND body = '{}'"), 0);
	cr_assert_eq(store_erase_beside(r.path, series, 100, &e, 1, why), ERR_OK, "%s", why);
	rig_open(&r, STORE_WRITE);
}
