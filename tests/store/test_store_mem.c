/* What store_mem has of its own: the order of things, faults on demand, a disk that outlives it. */

#include <criterion/criterion.h>
#include <signal.h>

#include "store/store_mem.h"
#include "test_store_rig.h"

static struct store_mem_disk *disk;
static struct rig r; /* of its parts only the store: there are no files */

static void begin(void)
{
	disk = store_mem_disk_create();
	r.s = store_mem_open(disk);
}

static void end(void)
{
	store_close(r.s);
	store_mem_disk_destroy(disk);
}

TestSuite(mem, .init = begin, .fini = end, .timeout = 60);

static enum store_outcome commit(const struct store_batch *b)
{
	struct answer a = {0};

	store_commit(r.s, b, on_commit, &a);
	store_poll(r.s);
	cr_assert(a.is_there);
	return a.outcome;
}

static size_t count(struct series_id id)
{
	struct store_series *l = NULL;
	size_t n;

	cr_assert_eq(store_load_now(r.s, id, &l, r.why), ERR_OK, "%s", r.why);
	n = l->record_count;
	store_series_destroy(l);
	return n;
}

static void count_wake(void *arg)
{
	(*(size_t *)arg)++;
}

Test(mem, nothing_is_done_before_the_poll)
{
	struct series_id id[2] = {rig_series(&r, "a"), rig_series(&r, "b")};
	struct record e = edit(5, 0);
	struct store_batch b[2] = {batch_of(id[0], &e, 1), batch_of(id[1], &e, 1)};
	struct answer a[3] = {{0}};
	size_t wakes = 0;

	store_on_done(r.s, count_wake, &wakes);
	cr_assert_null(store_mem_next(r.s));
	store_load(r.s, id[0], on_load, &a[2]);
	store_commit(r.s, &b[0], on_commit, &a[0]);
	store_commit(r.s, &b[1], on_commit, &a[1]);
	cr_assert_eq(wakes, 3, "there is something to poll");
	cr_assert_eq(store_mem_next(r.s), &b[0]);
	cr_assert(!a[0].is_there && !a[1].is_there && !a[2].is_there);
	cr_assert_eq(count(id[0]), 1);
	store_poll(r.s);
	cr_assert(a[0].is_there && a[1].is_there && a[2].is_there);
	cr_assert_eq(a[2].loaded->record_count, 1, "the load came before the commit");
	cr_assert_eq(count(id[0]), 2);
	cr_assert_null(store_mem_next(r.s));
	store_series_destroy(a[2].loaded);
}

Test(mem, an_import_comes_after_what_was_submitted)
{
	struct record e = edit(5, 0);
	struct store_batch b = batch_of((struct series_id){1}, &e, 1);
	struct answer a = {0};

	store_commit(r.s, &b, on_commit, &a);
	cr_assert_eq(rig_series(&r, "a").n, 1);
	cr_assert(!a.is_there, "answers are for the poll");
	store_poll(r.s);
	cr_assert_eq(a.outcome, STORE_NOT_KEPT, "there was no such series yet");
}

Test(mem, what_is_given_is_copied)
{
	char name[] = "a";
	char body[] = "{}";
	char key[] = "k";
	struct record e = {.kind = RECORD_SERIES, .body = {body, 2}, .cell = {key, 1}};
	struct text_base t = {.cell = {key, 1}, .ver = 1, .text = {body, 2}};
	struct audit seen = {.what = {key, 1}, .cells = {body, 2}};
	struct cell_now now = {.cell = {key, 1}, .ver = 1, .value = {body, 2}};
	struct store_import in = {.name = {name, 1}, .record = &e, .record_count = 1};
	struct store_batch b = {.record = &e, .record_count = 1, .base = &t, .base_count = 1};
	struct store_series *l = NULL;
	struct store_derived d;
	struct arena mem;
	size_t n = 0;

	b.audit = &seen;
	b.audit_count = b.now_count = 1;
	b.has_now = true;
	b.now = &now;
	cr_assert_eq(store_import_now(r.s, &in, &b.series, r.why), ERR_OK);
	cr_assert_eq(commit(&b), STORE_KEPT);
	name[0] = body[0] = key[0] = 'x';
	arena_init(&mem);
	for (int i = 0; i < 2; i++) {
		cr_assert_eq(store_load_now(r.s, b.series, &l, r.why), ERR_OK);
		cr_assert(slice_is(l->name, "a"));
		cr_assert(slice_is(l->record[i].body, "{}") && slice_is(l->record[i].cell, "k"));
		cr_assert(slice_is(l->base[0].cell, "k") && slice_is(l->base[0].text, "{}"));
		((char *)(uintptr_t)l->record[i].body.ptr)[0] =
		    'y'; /* theirs: the store has its own */
		store_series_destroy(l);
	}
	cr_assert(slice_is(store_mem_audit(r.s, b.series, &n)->what, "k"));
	cr_assert_eq(n, 1);
	cr_assert_eq(store_derived_now(r.s, b.series, &mem, &d, r.why), ERR_OK);
	cr_assert(slice_is(d.cell[0].cell, "k") && slice_is(d.cell[0].value, "{}"));
	arena_fini(&mem);
}

Test(mem, two_commits_of_a_series_are_a_bug, .signal = SIGABRT)
{
	struct store_batch b = {.series = rig_series(&r, "a")};
	struct answer a[2] = {{0}};

	store_commit(r.s, &b, on_commit, &a[0]);
	store_commit(r.s, &b, on_commit, &a[1]);
}

static struct store_batch again;

static void commit_again(void *arg, enum store_outcome outcome)
{
	cr_assert_eq(outcome, STORE_KEPT);
	store_commit(r.s, &again, on_commit, arg); /* its series has none in flight any more */
}

Test(mem, what_a_done_submits_waits_for_a_later_poll)
{
	struct series_id id = rig_series(&r, "a");
	struct record v[2] = {edit(5, 0), edit(5, 1)};
	struct store_batch b = batch_of(id, v, 1);
	struct answer a = {0};

	again = batch_of(id, &v[1], 1);
	store_commit(r.s, &b, commit_again, &a);
	store_poll(r.s);
	cr_assert(!a.is_there);
	cr_assert_eq(count(id), 2);
	store_poll(r.s);
	cr_assert(a.is_there);
	cr_assert_eq(count(id), 3);
}

static void import_and_poll(void *arg, enum store_outcome outcome)
{
	(void)outcome;
	store_commit(r.s, &again, on_commit, arg);
	(void)rig_series(&r, "b"); /* runs what was just submitted */
	cr_assert(!((struct answer *)arg)->is_there);
}

Test(mem, not_even_if_it_has_run_by_then)
{
	struct series_id id = rig_series(&r, "a");
	struct record v[2] = {edit(5, 0), edit(5, 1)};
	struct store_batch b = batch_of(id, v, 1);
	struct answer a = {0};

	again = batch_of(id, &v[1], 1);
	store_commit(r.s, &b, import_and_poll, &a);
	store_poll(r.s);
	cr_assert_eq(count(id), 3);
	cr_assert(!a.is_there);
	store_poll(r.s);
	cr_assert(a.is_there);
}

/* ---- faults ---- */

Test(mem, the_commit_asked_for_fails_as_asked_for)
{
	static const enum store_outcome want[] = {STORE_KEPT,    STORE_NOT_KEPT, STORE_UNKNOWN,
						  STORE_UNKNOWN, STORE_KEPT,     STORE_UNKNOWN};
	static const size_t kept[] = {1, 1, 2, 2, 3, 4};
	struct series_id id = rig_series(&r, "a");

	store_mem_fail_commit(r.s, 2, STORE_MEM_REFUSED);
	store_mem_fail_commit(r.s, 4, STORE_MEM_LOST);
	store_mem_fail_commit(r.s, 3, STORE_MEM_SAVED);
	store_mem_fail_commit(r.s, 6, STORE_MEM_SAVED);
	for (size_t n = 0; n < sizeof want / sizeof *want; n++) {
		struct record e = edit(5, n);
		struct store_batch b = batch_of(id, &e, 1);

		cr_assert_eq(commit(&b), want[n], "%zu", n);
		cr_assert_eq(count(id), 1 + kept[n], "%zu", n);
	}
	/* what was lost may come again, what was saved may not */
	for (size_t n = 0; n < sizeof want / sizeof *want; n++) {
		struct record e = edit(5, n);
		struct store_batch b = batch_of(id, &e, 1);

		cr_assert_eq(commit(&b), n == 1 || n == 3 ? STORE_KEPT : STORE_NOT_KEPT, "%zu", n);
	}
}

Test(mem, a_fault_counts_from_when_it_was_ordered)
{
	struct series_id id = rig_series(&r, "a");
	struct record v[2] = {edit(5, 0), edit(5, 1)};
	struct store_batch b = batch_of(id, &v[0], 1);
	struct answer a = {0};

	store_commit(r.s, &b, on_commit, &a);
	store_mem_fail_commit(r.s, 1, STORE_MEM_LOST); /* that one has not run yet */
	store_poll(r.s);
	cr_assert_eq(a.outcome, STORE_UNKNOWN);
	cr_assert_eq(commit(&b), STORE_KEPT);
	store_mem_fail_commit(r.s, 1, STORE_MEM_SAVED);
	cr_assert_eq(commit(&b), STORE_NOT_KEPT, "that one is refused with any luck");
	b.record = &v[1];
	cr_assert_eq(commit(&b), STORE_KEPT);
}

Test(mem, the_load_asked_for_fails)
{
	struct series_id id = rig_series(&r, "a");
	struct answer a[3] = {{0}};

	store_mem_fail_load(r.s, 2);
	for (int i = 0; i < 3; i++) {
		store_load(r.s, id, on_load, &a[i]);
	}
	store_poll(r.s);
	cr_assert(a[0].e == ERR_OK && a[1].e == ERR_IO && a[2].e == ERR_OK);
	cr_assert_null(a[1].loaded);
	store_series_destroy(a[0].loaded);
	store_series_destroy(a[2].loaded);
}

/* ---- restarts ---- */

Test(mem, a_disk_outlives_its_store)
{
	struct series_id id = rig_series(&r, "a");
	struct record v[2] = {edit(5, 0), edit(5, 1)};
	struct store_batch b = batch_of(id, &v[0], 1);
	struct answer a = {0};

	cr_assert_eq(commit(&b), STORE_KEPT);
	b.record = &v[1];
	store_commit(r.s, &b, on_commit, &a);
	store_load(r.s, id, on_load, &a);
	store_mem_fail_commit(r.s, 7, STORE_MEM_LOST);
	store_close(r.s);
	cr_assert(!a.is_there, "closing finishes what was submitted, and answers nobody");
	r.s = store_mem_open(disk);
	cr_assert_eq(count(id), 3);
	store_close(r.s);
	r.s = store_mem_open(NULL);
	cr_assert_eq(store_find_now(r.s, text("a"), &id), ERR_GONE, "a disk of its own");
	(void)rig_series(&r, "a");
	store_close(r.s);
	r.s = store_mem_open(NULL);
	cr_assert_eq(store_find_now(r.s, text("a"), &id), ERR_GONE, "and gone with it");
	store_mem_disk_destroy(NULL);
}
