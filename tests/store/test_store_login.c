/* Links and sessions, over each backend; and what `check` finds in a database. */

#include <criterion/criterion.h>

#include "test_store_rig.h"

static struct rig r;
static struct series_id series;

static const struct store_link links[] = {
    {.secret_hash = {1}, .seat = 3, .reusable = false, .expires_ms = 2000},
    {.secret_hash = {2}, .seat = 4, .reusable = true, .expires_ms = 2000},
};

static void import(void)
{
	static const struct record one = {.kind = RECORD_SERIES, .body = {"{}", 2}};
	struct store_import in = {
	    .name = {"a", 1}, .record = &one, .record_count = 1, .link = links, .link_count = 2};

	MUST(store_import_now(r.s, &in, &series, r.why) == ERR_OK);
}

static void begin_sqlite(void)
{
	rig_begin(&r);
	import();
}

static void begin_memory(void)
{
	rig_begin_memory(&r);
	import();
}

static void end(void)
{
	rig_fini(&r);
}

TestSuite(sqlite, .init = begin_sqlite, .fini = end, .timeout = 60);
TestSuite(memory, .init = begin_memory, .fini = end, .timeout = 60);

static enum err login(const uint8_t *hash, uint64_t sid, int64_t now_ms, struct store_session *out)
{
	struct store_session draft = {
	    .sid = sid, .seat = 9, .created_ms = now_ms, .expires_ms = now_ms + 100};
	struct answer a = {0};

	memset(draft.token_hash, (int)(sid & 0xFF), sizeof draft.token_hash);
	store_login(r.s, hash, &draft, on_login, &a);
	memset(&draft, 0, sizeof draft); /* the store has its own copy */
	rig_answered(&r, &a);
	if (out) {
		*out = a.session;
	}
	return a.e;
}

static void count_session(void *arg, const struct store_session *s)
{
	cr_assert(!s->ended);
	cr_assert_eq(s->token_hash[STORE_HASH_BYTES - 1], (uint8_t)(s->sid & 0xFF));
	(*(int *)arg)++;
}

static int count_sessions(int64_t now_ms)
{
	int n = 0;

	cr_assert_eq(store_sessions_now(r.s, now_ms, count_session, &n), ERR_OK);
	return n;
}

TEST_BOTH(a_single_use_link_opens_once)
{
	struct store_session s = {0};

	cr_assert_eq(login(links[0].secret_hash, UINT64_MAX - 1, 1000, &s), ERR_OK);
	cr_assert_eq(s.seat, 3, "the link's, not the draft's");
	cr_assert_eq(s.series.n, series.n);
	cr_assert_eq(s.sid, UINT64_MAX - 1);
	cr_assert_eq(s.created_ms, 1000);
	cr_assert_eq(s.expires_ms, 1100);
	cr_assert_eq(login(links[0].secret_hash, 2, 1001, NULL), ERR_GONE);
	cr_assert_eq(count_sessions(1001), 1);
	rig_close(&r);
	rig_open(&r, STORE_WRITE);
	cr_assert_eq(login(links[0].secret_hash, 3, 1002, NULL), ERR_GONE);
}

TEST_BOTH(a_reusable_link_opens_until_it_expires)
{
	cr_assert_eq(login(links[1].secret_hash, 1, 1000, NULL), ERR_OK);
	cr_assert_eq(login(links[1].secret_hash, 2, 1999, NULL), ERR_OK);
	cr_assert_eq(login(links[1].secret_hash, 3, 2000, NULL), ERR_GONE);
	cr_assert_eq(login(links[0].secret_hash, 4, 2000, NULL), ERR_GONE);
}

Test(sqlite, a_link_taken_back_opens_nothing)
{
	cr_assert_eq(login(links[1].secret_hash, 1, 1000, NULL), ERR_OK);
	sql_do(&r, "UPDATE link SET ended = 1");
	cr_assert_eq(login(links[1].secret_hash, 2, 1000, NULL), ERR_GONE);
}

TEST_BOTH(an_unknown_link_opens_nothing)
{
	static const uint8_t no_such[STORE_HASH_BYTES] = {9};

	cr_assert_eq(login(no_such, 1, 1000, NULL), ERR_GONE);
	cr_assert_eq(count_sessions(0), 0);
}

TEST_BOTH(a_login_that_fails_uses_no_link)
{
	cr_assert_eq(login(links[1].secret_hash, 7, 1000, NULL), ERR_OK);
	cr_assert_eq(login(links[0].secret_hash, 7, 1000, NULL), ERR_IO, "the same sid");
	cr_assert_eq(login(links[0].secret_hash, 8, 1000, NULL), ERR_OK);
}

TEST_BOTH(sessions_live_until_they_end_or_expire)
{
	cr_assert_eq(login(links[1].secret_hash, 1, 1000, NULL), ERR_OK);
	cr_assert_eq(login(links[1].secret_hash, 2, 1050, NULL), ERR_OK);
	cr_assert_eq(count_sessions(1099), 2);
	cr_assert_eq(count_sessions(1100), 1);
	store_logout(r.s, 2);
	cr_assert_eq(login(links[1].secret_hash, 3, 1060, NULL), ERR_OK, "in order after it");
	cr_assert_eq(count_sessions(1100), 1);
	rig_close(&r);
	rig_open(&r, STORE_WRITE);
	cr_assert_eq(count_sessions(1099), 2);
	cr_assert_eq(count_sessions(1160), 0);
}

/* ---- check ---- */

static void found(const char *what)
{
	cr_assert_eq(store_check_now(r.s, r.why), ERR_IO, "%s", what);
	cr_assert(strstr(r.why, what), "%s", r.why);
}

static void add_ten(void)
{
	for (uint64_t n = 0; n < 10; n++) {
		struct record e = edit(4, n);
		struct store_batch b = batch_of(series, &e, 1);

		cr_assert_eq(rig_commit(&r, &b), STORE_KEPT);
	}
}

Test(sqlite, check_finds_a_gap)
{
	struct store_series *l = NULL;

	add_ten();
	cr_assert_eq(store_check_now(r.s, r.why), ERR_OK, "%s", r.why);
	sql_do(&r, "DELETE FROM journal WHERE seq = 4");
	found("series 1: entry 4 is missing");
	cr_assert_eq(store_load_now(r.s, series, &l, r.why), ERR_IO, "nor is it served");
}

Test(sqlite, check_finds_what_is_no_entry)
{
	struct store_series *l = NULL;

	add_ten();
	sql_do(&r, "UPDATE journal SET kind = 'edict' WHERE seq = 6");
	found("series 1: entry 6");
	sql_do(&r, "UPDATE journal SET kind = 'edit', actor = 64 WHERE seq = 6");
	found("series 1: entry 6");
	cr_assert_eq(store_load_now(r.s, series, &l, r.why), ERR_IO);
}

Test(sqlite, check_finds_rows_of_no_series)
{
	sql_do(&r, "INSERT INTO audit VALUES (5, 77, 0, 0, 'join', '[]')");
	found("row 5 of table audit");
}

Test(sqlite, derived_cells_of_no_moment_are_refused)
{
	struct cell_now c = {.cell = text("k"), .ver = 1, .value = text("7")};
	struct store_batch b = {.series = series, .has_now = true, .now = &c, .now_count = 1};
	struct store_derived d;
	struct arena mem;

	arena_init(&mem);
	cr_assert_eq(rig_commit(&r, &b), STORE_KEPT);
	cr_assert_eq(store_derived_now(r.s, series, &mem, &d, r.why), ERR_OK);
	sql_do(&r, "DELETE FROM cell_now_seq");
	cr_assert_eq(store_derived_now(r.s, series, &mem, &d, r.why), ERR_IO);
	cr_assert(strstr(r.why, "derived"), "%s", r.why);
	cr_assert_eq(rig_commit(&r, &b), STORE_KEPT, "and are replaced like any");
	cr_assert_eq(store_derived_now(r.s, series, &mem, &d, r.why), ERR_OK);
	sql_do(&r, "UPDATE cell_now SET series = 77");
	found("table cell_now");
	arena_fini(&mem);
}
