/* The contract of store.h, one rule a test, over each backend. */

#include <criterion/criterion.h>

#include "base/buf.h"
#include "test_store_rig.h"

static struct rig r;

static void begin_sqlite(void)
{
	rig_begin(&r);
}

static void begin_memory(void)
{
	rig_begin_memory(&r);
}

static void end(void)
{
	rig_fini(&r);
}

TestSuite(sqlite, .init = begin_sqlite, .fini = end, .timeout = 60);
TestSuite(memory, .init = begin_memory, .fini = end, .timeout = 60);

static bool record_eq(const struct record *a, const struct record *b)
{
	return a->kind == b->kind && a->method == b->method && a->at_ms == b->at_ms &&
	       a->client == b->client && a->cseq == b->cseq && a->digest == b->digest &&
	       a->base_ver == b->base_ver && a->ver == b->ver && a->actor == b->actor &&
	       a->for_seat == b->for_seat && slice_eq(a->cell, b->cell) &&
	       slice_eq(a->body, b->body);
}

static struct store_series *load(struct series_id id)
{
	struct store_series *l = NULL;

	cr_assert_eq(store_load_now(r.s, id, &l, r.why), ERR_OK, "%s", r.why);
	return l;
}

static size_t load_count(struct series_id id)
{
	struct store_series *l = load(id);
	size_t n = l->record_count;

	cr_assert_eq(l->last_seq, n);
	store_series_destroy(l);
	return n;
}

/* ---- import and load ---- */

static const struct record all_fields[] = {
    {.kind = RECORD_SERIES,
     .method = METHOD_PAPER,
     .at_ms = -1,
     .actor = SEAT_NONE,
     .for_seat = SEAT_NONE,
     .body = {"{\"name\":\"\xE5\xB1\xB1\xE7\x94\xB0\"}", 17}},
    {.kind = RECORD_ASSENT,
     .method = METHOD_DICTATED,
     .at_ms = INT64_MAX,
     .client = UINT64_MAX,
     .cseq = (UINT64_C(1) << 63) + 7,
     .digest = UINT64_C(1) << 63,
     .base_ver = UINT64_MAX - 1,
     .ver = UINT64_MAX,
     .actor = 0,
     .for_seat = SEAT_MAX - 1,
     .cell = {"work/0123456789abcdef/site_program", 34},
     .body = {"a\0b\xFF\xFE", 5}},
    {.kind = RECORD_EDIT,
     .method = METHOD_ORAL,
     .at_ms = 0,
     .client = 1,
     .cseq = 0,
     .actor = 63,
     .for_seat = SEAT_NONE,
     .cell = {"x", 1},
     .body = {NULL, 0}},
};
enum { ALL = sizeof all_fields / sizeof *all_fields };

TEST_BOTH(what_is_imported_is_loaded_field_by_field)
{
	struct store_import in = {.name = text("六者"), .record = all_fields, .record_count = ALL};
	struct series_id id = {0};
	struct answer a = {0};
	struct store_series *l;

	cr_assert_eq(store_import_now(r.s, &in, &id, r.why), ERR_OK, "%s", r.why);
	store_load(r.s, id, on_load, &a);
	rig_answered(&r, &a);
	cr_assert_eq(a.e, ERR_OK);
	l = load(id);
	cr_assert(slice_is(l->name, "六者") && slice_is(a.loaded->name, "六者"));
	cr_assert_eq(l->id.n, id.n);
	cr_assert_eq(l->record_count, ALL);
	cr_assert_eq(a.loaded->record_count, ALL);
	cr_assert_eq(l->last_seq, ALL);
	for (size_t i = 0; i < ALL; i++) {
		cr_assert(record_eq(&l->record[i], &all_fields[i]), "%zu", i);
		cr_assert(record_eq(&a.loaded->record[i], &all_fields[i]), "%zu", i);
	}
	store_series_destroy(l);
	store_series_destroy(a.loaded);
	store_series_destroy(NULL);
}

TEST_BOTH(every_kind_and_method_comes_back)
{
	struct record v[RECORD_KIND_COUNT] = {{0}};
	struct store_import in = {
	    .name = text("k"), .record = v, .record_count = RECORD_KIND_COUNT};
	struct series_id id = {0};
	struct store_series *l;

	for (int i = 0; i < RECORD_KIND_COUNT; i++) {
		v[i].kind = (enum record_kind)i;
		v[i].method = (enum method)(i % METHOD_COUNT);
	}
	cr_assert_eq(store_import_now(r.s, &in, &id, r.why), ERR_OK, "%s", r.why);
	l = load(id);
	for (int i = 0; i < RECORD_KIND_COUNT; i++) {
		cr_assert(record_eq(&l->record[i], &v[i]), "%d", i);
	}
	store_series_destroy(l);
}

TEST_BOTH(an_import_is_whole_or_nothing)
{
	struct store_link link[2] = {{.seat = 1, .expires_ms = 9}, {.seat = 2, .expires_ms = 9}};
	struct record twice[ALL + 1] = {all_fields[0], all_fields[1], all_fields[2], all_fields[1]};
	struct store_import in = {.name = text("一"),
				  .record = twice,
				  .record_count = ALL,
				  .link = link,
				  .link_count = 2};
	struct series_id id = {0};

	cr_assert_eq(store_import_now(r.s, &in, &id, r.why), ERR_IO);
	cr_assert(strstr(r.why, "link.hash"), "%s", r.why);
	cr_assert_eq(id.n, 0);
	cr_assert_eq(store_find_now(r.s, in.name, &id), ERR_GONE);
	in.record_count = ALL + 1; /* the second of them twice */
	in.link_count = 0;
	cr_assert_eq(store_import_now(r.s, &in, &id, r.why), ERR_IO);
	cr_assert_eq(store_find_now(r.s, in.name, &id), ERR_GONE);
	in.record_count = ALL;
	in.link_count = 2;
	link[1].secret_hash[0] = 1;
	cr_assert_eq(store_import_now(r.s, &in, &id, r.why), ERR_OK, "%s", r.why);
	cr_assert_eq(store_import_now(r.s, &in, &id, r.why), ERR_GONE);
	cr_assert(strstr(r.why, "already"), "%s", r.why);
	cr_assert_eq(load_count(id), ALL);
}

static struct store_policy policy(char digit, const char *words)
{
	struct store_policy p = {.visibility = text(words), .roles = text("{}"), .form = text("")};

	memset(p.hash, digit, 64);
	return p;
}

static struct record pinned_to(const struct store_policy *p)
{
	static char body[4][96];
	static unsigned next;
	char *to = body[next++ % 4];

	(void)snprintf(to, sizeof body[0], "{\"hash\":\"%s\"}", p->hash);
	return (struct record){.kind = RECORD_POLICY, .body = text(to)};
}

TEST_BOTH(policies_come_with_the_series_that_names_them)
{
	struct store_policy one = policy('1', "a\tb\n"), two = policy('2', "\xFF");
	struct record begin[2] = {{.kind = RECORD_SERIES, .body = text("{}")}, pinned_to(&one)};
	struct record later = pinned_to(&two);
	struct store_import in = {.name = text("p"),
				  .record = begin,
				  .record_count = 2,
				  .policy = &one,
				  .policy_count = 1};
	struct store_batch b = {
	    .record = &later, .record_count = 1, .policy = &two, .policy_count = 1};
	struct series_id other = {0};
	struct store_series *l;

	cr_assert_eq(store_import_now(r.s, &in, &b.series, r.why), ERR_OK, "%s", r.why);
	in.name = text("q");
	one.form = text("another text of that hash is not taken");
	cr_assert_eq(store_import_now(r.s, &in, &other, r.why), ERR_OK, "%s", r.why);
	cr_assert_eq(rig_commit(&r, &b), STORE_KEPT);
	l = load(b.series);
	cr_assert_eq(l->policy_count, 2);
	cr_assert_str_eq(l->policy[0].hash, one.hash);
	cr_assert(slice_is(l->policy[0].visibility, "a\tb\n") && l->policy[0].form.len == 0);
	cr_assert(slice_is(l->policy[1].visibility, "\xFF") && slice_is(l->policy[1].roles, "{}"));
	store_series_destroy(l);
	l = load(other);
	cr_assert_eq(l->policy_count, 1, "what another series is pinned to is not of this one");
	store_series_destroy(l);
}

TEST_BOTH(a_policy_is_added_later_only_where_a_series_was_made_under_it)
{
	struct store_policy one = policy('1', "a"), two = policy('2', "b");
	struct record begin[2] = {{.kind = RECORD_SERIES, .body = text("{}")}, pinned_to(&one)};
	struct record later = pinned_to(&two);
	struct store_import in = {.name = text("p"), .record = begin, .record_count = 2};
	struct store_batch b = {.record = &later, .record_count = 1};
	struct store_series *l;

	cr_assert_eq(store_import_now(r.s, &in, &b.series, r.why), ERR_OK, "%s", r.why);
	l = load(b.series);
	cr_assert_eq(l->policy_count, 0, "as in a database made before");
	store_series_destroy(l);
	cr_assert_eq(store_keep_policy_now(r.s, &one, r.why), ERR_OK, "%s", r.why);
	cr_assert_eq(store_keep_policy_now(r.s, &two, r.why), ERR_OK, "%s", r.why);
	cr_assert_eq(rig_commit(&r, &b), STORE_KEPT);
	l = load(b.series);
	cr_assert_eq(l->policy_count, 1);
	cr_assert_str_eq(l->policy[0].hash, one.hash);
	store_series_destroy(l);
}

static bool name_each(void *arg, struct series_id id, struct slice name)
{
	struct store_series *l = load(id); /* a callback may use the store */

	cr_assert(slice_eq(l->name, name));
	store_series_destroy(l);
	(void)strncat(arg, name.ptr, name.len);
	return !slice_is(name, "b");
}

TEST_BOTH(each_series_by_id_until_enough)
{
	char names[32] = "";

	(void)rig_series(&r, "c");
	(void)rig_series(&r, "b");
	(void)rig_series(&r, "a");
	cr_assert_eq(store_each_now(r.s, name_each, names), ERR_OK);
	cr_assert_str_eq(names, "cb");
}

TEST_BOTH(no_such_series)
{
	struct store_series *l = NULL;
	struct answer a = {0};
	struct record e = edit(7, 1);
	struct store_batch b = batch_of((struct series_id){41}, &e, 1);

	store_load(r.s, (struct series_id){41}, on_load, &a);
	rig_answered(&r, &a);
	cr_assert_eq(a.e, ERR_GONE);
	cr_assert_null(a.loaded);
	cr_assert_eq(store_load_now(r.s, (struct series_id){41}, &l, r.why), ERR_GONE);
	cr_assert_eq(rig_commit(&r, &b), STORE_NOT_KEPT);
	cr_assert_eq(store_check_now(r.s, r.why), ERR_OK, "%s", r.why);
}

/* ---- commit ---- */

TEST_BOTH(commits_are_numbered_in_their_order_and_on_after_a_reopen)
{
	struct series_id id[2] = {rig_series(&r, "a"), rig_series(&r, "b")};
	struct store_series *l;

	for (uint64_t n = 0; n < 40; n++) {
		struct record v[2] = {edit(5, 2 * n), edit(5, 2 * n + 1)};
		struct store_batch b = batch_of(id[n % 2], v, 2);

		cr_assert_eq(rig_commit(&r, &b), STORE_KEPT);
		if (n % 10 == 9) {
			rig_close(&r);
			rig_open(&r, STORE_WRITE);
		}
	}
	for (int k = 0; k < 2; k++) {
		l = load(id[k]);
		cr_assert_eq(l->last_seq, 41);
		for (uint64_t i = 1; i < l->record_count; i++) {
			uint64_t n = (i - 1) / 2 * 2 + (uint64_t)k;
			struct record want = edit(5, 2 * n + (i - 1) % 2);

			cr_assert(record_eq(&l->record[i], &want), "%zu", (size_t)i);
		}
		store_series_destroy(l);
	}
	cr_assert_eq(store_check_now(r.s, r.why), ERR_OK, "%s", r.why);
}

TEST_BOTH(a_bad_batch_fails_alone)
{
	struct series_id id[3] = {rig_series(&r, "a"), rig_series(&r, "b"), rig_series(&r, "c")};
	struct record good[2] = {edit(8, 1), edit(8, 2)};
	struct record twice[3] = {edit(9, 1), edit(9, 2), edit(9, 1)};
	struct audit seen = joined(1);
	struct store_batch b[3] = {batch_of(id[0], good, 2), batch_of(id[1], twice, 3),
				   batch_of(id[2], good, 2)};
	struct answer a[3] = {{0}};
	bool was_run;

	b[1].audit = &seen;
	b[1].audit_count = 1;
	rig_hold(&r, &was_run);
	for (int i = 0; i < 3; i++) {
		store_commit(r.s, &b[i], on_commit, &a[i]);
	}
	rig_release(&r);
	for (int i = 0; i < 3; i++) {
		rig_answered(&r, &a[i]);
	}
	cr_assert_eq(a[0].outcome, STORE_KEPT);
	cr_assert_eq(a[1].outcome, STORE_NOT_KEPT);
	cr_assert_eq(a[2].outcome, STORE_KEPT);
	cr_assert_eq(load_count(id[0]), 3);
	cr_assert_eq(load_count(id[1]), 1);
	cr_assert_eq(load_count(id[2]), 3);
	cr_assert_eq(rig_audits(&r, id[1], "join"), 0);
	/* and leaves no gap; a request already kept is refused too */
	b[1].record_count = 2;
	cr_assert_eq(rig_commit(&r, &b[1]), STORE_KEPT);
	cr_assert_eq(load_count(id[1]), 3);
	cr_assert_eq(rig_commit(&r, &b[1]), STORE_NOT_KEPT);
	cr_assert_eq(store_check_now(r.s, r.why), ERR_OK, "%s", r.why);
}

TEST_BOTH(the_server_may_repeat_itself)
{
	struct record v[2] = {{.kind = RECORD_LAPSE}, {.kind = RECORD_LAPSE}};
	struct series_id id = rig_series(&r, "a");
	struct store_batch b = batch_of(id, v, 2);

	cr_assert_eq(rig_commit(&r, &b), STORE_KEPT); /* client 0 is not deduplicated */
	cr_assert_eq(load_count(id), 3);
}

TEST_BOTH(audit_and_folded_texts_are_kept)
{
	struct series_id id = rig_series(&r, "a");
	struct audit seen = joined(UINT64_C(1) << 63 | 1);
	struct text_base t[2] = {{.cell = text("k"), .ver = 5, .text = text("古い")},
				 {.cell = text("j"), .ver = UINT64_MAX, .text = {NULL, 0}}};
	struct store_batch b = {
	    .series = id, .audit = &seen, .audit_count = 1, .base = t, .base_count = 2};
	struct store_series *l;

	cr_assert_eq(rig_commit(&r, &b), STORE_KEPT);
	t[0] = (struct text_base){.cell = text("k"), .ver = 9, .text = text("新しい")};
	b.base_count = 1;
	cr_assert_eq(rig_commit(&r, &b), STORE_KEPT);
	l = load(id);
	cr_assert_eq(l->base_count, 2);
	cr_assert(slice_is(l->base[0].cell, "j") && l->base[0].ver == UINT64_MAX &&
		  l->base[0].text.len == 0);
	cr_assert(slice_is(l->base[1].cell, "k") && l->base[1].ver == 9 &&
		  slice_is(l->base[1].text, "新しい"));
	store_series_destroy(l);
	cr_assert_eq(rig_audits(&r, id, "join"), 2);
	cr_assert_eq(rig_audits(&r, id, "drop"), 0);
}

TEST_BOTH(a_load_sees_the_commit_before_it)
{
	struct series_id id = rig_series(&r, "a");
	struct record e = edit(3, 1);
	struct store_batch b = batch_of(id, &e, 1);
	struct answer kept = {0};
	struct answer a = {0};

	store_commit(r.s, &b, on_commit, &kept);
	store_load(r.s, id, on_load, &a);
	rig_answered(&r, &a);
	cr_assert(kept.is_there);
	cr_assert_eq(a.loaded->record_count, 2);
	store_series_destroy(a.loaded);
}

TEST_BOTH(close_finishes_what_was_submitted)
{
	struct series_id id = rig_series(&r, "a");
	struct record e = edit(3, 1);
	struct store_batch b = batch_of(id, &e, 1);
	struct answer a = {0};

	store_commit(r.s, &b, on_commit, &a);
	store_load(r.s, id, on_load, &a);
	rig_close(&r);
	cr_assert(!a.is_there);
	rig_open(&r, STORE_WRITE);
	cr_assert_eq(load_count(id), 2);
	store_close(NULL);
}

/* ---- derived cells ---- */

static struct arena cells_mem;

/* As "seq: cell=ver:value …"; "-" when there is none. */
static const char *derived(struct series_id id)
{
	struct store_derived d = {0};
	struct buf b = {0};
	const char *said = "-";
	enum err e;

	arena_fini(&cells_mem);
	e = store_derived_now(r.s, id, &cells_mem, &d, r.why);
	cr_assert(e == ERR_OK || (e == ERR_GONE && strstr(r.why, "nothing was derived")), "%s",
		  r.why);
	if (e == ERR_OK) {
		buf_printf(&b, "%llu:", (unsigned long long)d.seq);
		for (size_t i = 0; i < d.count; i++) {
			buf_printf(&b, " %.*s=%llu:%.*s", (int)d.cell[i].cell.len,
				   d.cell[i].cell.ptr, (unsigned long long)d.cell[i].ver,
				   (int)d.cell[i].value.len, d.cell[i].value.ptr);
		}
		said = arena_dup(&cells_mem, buf_slice(&b)).ptr;
	}
	buf_fini(&b);
	return said;
}

static const struct cell_now two_cells[] = {
    {.cell = {"person.name", 11}, .ver = UINT64_MAX, .value = {"\"\xE5\xB1\xB1\"", 5}},
    {.cell = {"person", 6}, .ver = 7, .value = {"null", 4}},
};

TEST_BOTH(derived_cells_are_those_of_the_last_list)
{
	struct series_id id[2] = {rig_series(&r, "a"), rig_series(&r, "b")};
	struct record v[3] = {edit(5, 0), edit(5, 1), edit(5, 2)};
	struct store_batch b = batch_of(id[0], v, 2);

	cr_assert_str_eq(derived(id[0]), "-");
	cr_assert_str_eq(derived((struct series_id){99}), "-");
	b.has_now = true;
	b.now = two_cells;
	b.now_count = 2;
	cr_assert_eq(rig_commit(&r, &b), STORE_KEPT);
	cr_assert_str_eq(derived(id[0]),
			 "3: person=7:null person.name=18446744073709551615:\"山\"");
	b = batch_of(id[0], &v[2], 1);
	cr_assert_eq(rig_commit(&r, &b), STORE_KEPT);
	rig_close(&r);
	rig_open(&r, STORE_WRITE);
	cr_assert_str_eq(derived(id[0]), "3: person=7:null person.name=18446744073709551615:\"山\"",
			 "who says nothing of it leaves it as it is");
	b = (struct store_batch){
	    .series = id[0], .has_now = true, .now = two_cells, .now_count = 1};
	cr_assert_eq(rig_commit(&r, &b), STORE_KEPT);
	cr_assert_str_eq(derived(id[0]), "4: person.name=18446744073709551615:\"山\"");
	b.now_count = 0;
	cr_assert_eq(rig_commit(&r, &b), STORE_KEPT);
	cr_assert_str_eq(derived(id[0]), "4:");
	cr_assert_str_eq(derived(id[1]), "-");
	cr_assert_eq(store_check_now(r.s, r.why), ERR_OK, "%s", r.why);
	arena_fini(&cells_mem);
}

TEST_BOTH(derived_cells_stand_or_fall_with_their_batch)
{
	struct series_id id = rig_series(&r, "a");
	struct record v[2] = {edit(5, 0), edit(5, 0)};
	struct cell_now cells[3] = {two_cells[0], two_cells[1], two_cells[0]};
	struct store_batch b = {.series = id, .has_now = true, .now = two_cells, .now_count = 1};

	cr_assert_eq(rig_commit(&r, &b), STORE_KEPT);
	b = (struct store_batch){.series = id,
				 .record = v,
				 .record_count = 2,
				 .has_now = true,
				 .now = cells,
				 .now_count = 2};
	cr_assert_eq(rig_commit(&r, &b), STORE_NOT_KEPT, "a request twice");
	b.record_count = 1;
	b.now_count = 3;
	cr_assert_eq(rig_commit(&r, &b), STORE_NOT_KEPT, "a cell twice");
	cr_assert_str_eq(derived(id), "1: person.name=18446744073709551615:\"山\"");
	cr_assert_eq(load_count(id), 1);
	b = (struct store_batch){.series = {99}, .has_now = true};
	cr_assert_eq(rig_commit(&r, &b), STORE_NOT_KEPT, "no such series");
	cr_assert_eq(store_check_now(r.s, r.why), ERR_OK, "%s", r.why);
	arena_fini(&cells_mem);
}
