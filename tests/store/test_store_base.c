/* The contract of store.h about bases: what a room is loaded from, over each backend. */

#include <criterion/criterion.h>

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

static struct store_series *load_room(struct series_id id, uint64_t remembered)
{
	struct answer a = {0};

	store_load_room(r.s, id, remembered, on_load, &a);
	rig_answered(&r, &a);
	cr_assert_eq(a.e, ERR_OK);
	return a.loaded;
}

/* Twelve edits behind the first record, and two that are none. */
static struct series_id rig_long(void)
{
	struct series_id id = rig_series(&r, "a");
	struct record v[14];
	struct store_batch b = batch_of(id, v, 14);

	for (size_t i = 0; i < 14; i++) {
		v[i] = edit(3, i + 1);
		v[i].kind = i == 3 || i == 12 ? RECORD_SET : RECORD_EDIT;
	}
	cr_assert_eq(rig_commit(&r, &b), STORE_KEPT);
	return id;
}

/* The base stands for the records of its own batch, too. */
TEST_BOTH(a_room_is_loaded_from_its_base_on)
{
	static const uint64_t seq[] = {1, 5, 10, 11, 12, 13, 14, 15, 16};
	struct series_id id = rig_long();
	struct record e = edit(3, 15);
	struct text_base t = {.cell = text("k"), .ver = 9, .text = text("字")};
	struct store_batch b = batch_of(id, &e, 1);
	struct store_series *l = load_room(id, 3);

	cr_assert(!l->has_base && l->record_count == 15 && l->last_seq == 15);
	store_series_destroy(l);
	b.base = &t;
	b.base_count = b.has_base = true;
	b.base_body = text("{}");
	b.record_count = 0;
	cr_assert_eq(rig_commit(&r, &b), STORE_KEPT);
	b.record_count = 1;
	b.has_base = false;
	cr_assert_eq(rig_commit(&r, &b), STORE_KEPT);
	l = load_room(id, 6);
	cr_assert(l->has_base && l->base_seq == 15 && slice_is(l->base_body, "{}"));
	cr_assert_eq(l->base_count, 1);
	cr_assert_eq(l->last_seq, 16);
	cr_assert_eq(l->from, 9);
	cr_assert_eq(l->rest_count, 2);
	cr_assert_eq(l->record_count, sizeof seq / sizeof *seq);
	for (size_t i = 0; i < l->record_count; i++) {
		cr_assert_eq(store_series_seq(l, i), seq[i]);
		cr_assert_eq(l->record[i].cseq, seq[i] - 1, "%zu", i);
	}
	store_series_destroy(l);
	cr_assert_eq(store_load_now(r.s, id, &l, r.why), ERR_OK);
	cr_assert(l->record_count == 16 && l->has_base && l->base_seq == 15 && l->from == 0);
	cr_assert_eq(store_series_seq(l, 7), 8);
	store_series_destroy(l);
}

TEST_BOTH(a_base_is_of_the_end_of_its_batch)
{
	struct series_id id = rig_series(&r, "a");
	struct record v[2] = {edit(3, 1), edit(3, 2)};
	struct text_base t[2] = {{.cell = text("k"), .ver = 1}, {.cell = text("j"), .ver = 2}};
	struct store_batch b = batch_of(id, v, 2);
	struct store_series *l;

	b.base = t;
	b.base_count = 2;
	b.has_base = true;
	b.base_body = text("[1]");
	cr_assert_eq(rig_commit(&r, &b), STORE_KEPT);
	l = load_room(id, 1);
	cr_assert_eq(l->base_seq, 3);
	store_series_destroy(l);
	/* The next one is in its place; afresh it is alone. */
	b.record_count = 0;
	b.base_count = 1;
	b.base_afresh = true;
	b.base_body = text("[2]");
	cr_assert_eq(rig_commit(&r, &b), STORE_KEPT);
	l = load_room(id, 1);
	cr_assert(l->base_seq == 3 && slice_is(l->base_body, "[2]") && l->base_count == 1);
	store_series_destroy(l);
}

TEST_BOTH(the_last_records_of_clients_are_loaded)
{
	struct series_id id = rig_long();
	struct record v[3] = {edit(8, 4), edit(8, 2), edit(9, 1)};
	struct store_batch b = batch_of(id, v, 3);
	static const uint64_t client[] = {8, 77, 3}, cseq[] = {2, 4, 13, 14};
	struct answer a = {0};

	cr_assert_eq(rig_commit(&r, &b), STORE_KEPT);
	store_load_clients(r.s, id, client, 3, 2, on_load, &a);
	rig_answered(&r, &a);
	cr_assert_eq(a.e, ERR_OK);
	cr_assert_eq(a.loaded->record_count, 4);
	for (size_t i = 0; i < 4; i++) {
		cr_assert_eq(a.loaded->record[i].client, i < 2 ? 8 : 3);
		cr_assert_eq(a.loaded->record[i].cseq, cseq[i]);
	}
	store_series_destroy(a.loaded);
	store_load_clients(r.s, (struct series_id){41}, client, 1, 2, on_load, &a);
	a.is_there = false;
	rig_answered(&r, &a);
	cr_assert_eq(a.e, ERR_GONE);
}
