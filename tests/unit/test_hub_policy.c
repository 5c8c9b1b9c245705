/* Rooms of several policies in one server; an approval is heard when it is kept, by whom it
 * concerns. */
#include "support/hubrig.h"
#include "support/variant.h"

/* The case again under another name, made under another policy; 0: its source is not kept. */
static struct series_id import_as(struct world *w, const char *name, const struct variant *v,
				  bool kept)
{
	size_t count = w->rig.file.record_count;
	struct record *record = arena_alloc(&w->rig.mem, count * sizeof *record);
	struct store_import in = {.name = slice_of(name),
				  .record = record,
				  .record_count = count,
				  .policy = &v->source,
				  .policy_count = kept};
	struct series_id id = {0};
	char why[STORE_WHY_BYTES] = "";

	for (size_t i = 0; i < count; i++) {
		record[i] = w->rig.file.record[i];
		if (record[i].kind == RECORD_POLICY) {
			record[i].body =
			    arena_printf(&w->rig.mem, "{\"hash\":\"%s\"}", v->source.hash);
		}
	}
	cr_assert(store_import_now(w->store, &in, &id, why) == ERR_OK, "%s", why);
	return id;
}

static void enter_series(struct world *w, uint32_t conn, struct series_id id, const char *seat)
{
	hub_open(w->hub, (struct conn_id){conn}, id, rig_seat(&w->rig, seat), w->rig.now_ms);
	join(w, conn);
	settle(w);
}

static void on_pinned(void *arg, enum store_outcome outcome)
{
	*(bool *)arg = outcome == STORE_KEPT;
}

/* What `schema pin` leaves behind, while no server runs. */
static void pin(struct world *w, const struct variant *v)
{
	json_t *body = room_pin_body(w->rig.room, v->schema, false, rig_random, &w->rig.dice);
	char *text = json_dumps(body, JSON_COMPACT);
	struct record rec = {.kind = RECORD_POLICY,
			     .at_ms = w->rig.now_ms,
			     .actor = SEAT_NONE,
			     .for_seat = SEAT_NONE,
			     .body = slice_of(text)};
	struct store_batch b = {.series = w->series,
				.record = &rec,
				.record_count = 1,
				.policy = &v->source,
				.policy_count = 1};
	bool kept = false;

	store_commit(w->store, &b, on_pinned, &kept);
	store_poll(w->store);
	cr_assert(kept);
	free(text);
	json_decref(body);
}

static bool sees(const struct world *w, uint32_t conn, const char *frame, const char *key)
{
	json_t *cells = json_object_get(last(w, conn, frame), "cells");

	for (size_t i = 0; i < json_array_size(cells); i++) {
		json_t *c = json_array_get(cells, i);

		if (strcmp(json_string_value(json_object_get(c, "k")), key) == 0) {
			return true;
		}
	}
	return false;
}

static const json_t *waits(const struct world *w, uint32_t conn, const char *frame)
{
	return json_object_get(last(w, conn, frame), "policy");
}

Test(hub_policy, each_room_has_its_own)
{
	struct world w;
	struct variant gain, loss;
	struct series_id second, third;

	world_init(&w, CASE_1);
	VARIANT(&gain, SWAP_GAIN);
	VARIANT(&loss, SWAP_LOSS);
	second = import_as(&w, "second", &gain, true);
	third = import_as(&w, "third", &loss, true);
	enter(&w, 1, "p-hw");
	enter_series(&w, 2, second, "p-hw");
	enter_series(&w, 3, third, "p-hw");
	cr_expect(!sees(&w, 1, "snap", LIFE) && sees(&w, 2, "snap", LIFE) &&
		  !sees(&w, 3, "snap", LIFE));
	enter(&w, 4, "p-cw");
	enter_series(&w, 5, second, "p-cw");
	enter_series(&w, 6, third, "p-cw");
	cr_expect(sees(&w, 4, "snap", LEAD) && sees(&w, 5, "snap", LEAD) &&
		  !sees(&w, 6, "snap", LEAD));
	world_fini(&w);
	variant_fini(&gain);
	variant_fini(&loss);
}

/* The room is gone and comes back: its policy was let go, and is there again. */
Test(hub_policy, a_policy_outlives_its_room)
{
	struct world w;
	struct variant gain;
	struct series_id second;

	world_init(&w, CASE_1);
	VARIANT(&gain, SWAP_GAIN);
	second = import_as(&w, "second", &gain, true);
	for (uint32_t n = 1; n <= 3; n++) {
		enter_series(&w, n, second, "p-hw");
		cr_expect(sees(&w, n, "snap", LIFE));
		leave(&w, n);
		settle(&w);
		tick(&w, 61000);
		settle(&w);
		cr_assert_eq(hub_figures(w.hub).rooms, 0);
	}
	world_fini(&w);
	variant_fini(&gain);
}

Test(hub_policy, without_its_policy_a_series_is_shown_to_nobody)
{
	struct world w;
	struct variant gain;
	struct series_id lost;

	world_init(&w, CASE_1);
	VARIANT(&gain, SWAP_GAIN);
	lost = import_as(&w, "lost", &gain, false);
	enter_series(&w, 1, lost, "p-ps");
	cr_expect_eq(heard_all(&w, 1), 0);
	cr_expect_eq(w.conn[1].closed, 1012);
	enter(&w, 2, "p-ps");
	world_fini(&w);
	variant_fini(&gain);
}

/* Other bytes under its name: a good policy, and not the one that was agreed. */
Test(hub_policy, a_policy_is_what_its_name_says)
{
	struct world w;
	struct variant gain, loss;
	struct series_id odd;

	world_init(&w, CASE_1);
	VARIANT(&gain, SWAP_GAIN);
	VARIANT(&loss, SWAP_LOSS);
	memcpy(gain.source.hash, loss.source.hash, sizeof gain.source.hash);
	odd = import_as(&w, "odd", &gain, true);
	enter_series(&w, 1, odd, "p-ps");
	cr_expect_eq(heard_all(&w, 1), 0);
	cr_expect_eq(w.conn[1].closed, 1012);
	world_fini(&w);
	variant_fini(&gain);
	variant_fini(&loss);
}

Test(hub_policy, an_approval_is_heard_when_it_is_kept_by_whom_it_concerns)
{
	struct world w;
	struct variant next;

	world_init(&w, CASE_1);
	VARIANT(&next, SWAP_LOSS, SWAP_GAIN);
	pin(&w, &next);
	enter(&w, 1, "p-sup");
	enter(&w, 2, "p-hw");
	enter(&w, 3, "p-ps");
	enter(&w, 4, "p-sup");
	enter_board(&w, 5, "p-ps");
	cr_assert(waits(&w, 1, "snap") && waits(&w, 4, "snap"));
	cr_expect(!waits(&w, 2, "snap") && !waits(&w, 3, "snap") && !waits(&w, 5, "snap"));
	cr_expect_eq(json_array_size(json_object_get(waits(&w, 1, "snap"), "gains")), 1);
	cr_expect_eq(json_array_size(json_object_get(waits(&w, 1, "snap"), "losses")), 1);
	hush(&w);
	say(&w, 1, "'t':'approve','ref':1,'hash':'%s'", next.schema->hash);
	cr_expect_eq(heard_all(&w, 1) + heard_all(&w, 2) + heard_all(&w, 4), 0);
	keep(&w);
	cr_expect(sees(&w, 2, "cells", LIFE));
	cr_expect(!waits(&w, 1, "me") && !waits(&w, 4, "me"));
	cr_expect_eq(heard(&w, 1, "ack"), 1);
	cr_expect_eq(heard(&w, 2, "me"), 1, "its role hides a class less");
	cr_expect_eq(heard(&w, 3, "me"), 0);
	cr_expect_eq(records(&w, RECORD_APPROVE), 1);
	world_fini(&w);
	variant_fini(&next);
}

Test(hub_policy, an_approval_that_was_not_kept_is_none)
{
	struct world w;
	struct variant next;

	world_init(&w, CASE_1);
	VARIANT(&next, SWAP_GAIN);
	pin(&w, &next);
	enter(&w, 1, "p-sup");
	enter(&w, 2, "p-hw");
	say(&w, 1, "'t':'approve','ref':1,'hash':'%s'", next.schema->hash);
	hush(&w);
	lose(&w, STORE_MEM_REFUSED);
	settle(&w);
	cr_expect_eq(heard(&w, 2, "cells"), 0);
	join(&w, 1);
	join(&w, 2);
	settle(&w);
	cr_expect(waits(&w, 1, "snap") && !sees(&w, 2, "snap", LIFE));
	say(&w, 1, "'t':'approve','ref':1,'hash':'%s'", next.schema->hash);
	keep(&w);
	cr_expect(sees(&w, 2, "cells", LIFE));
	world_fini(&w);
	variant_fini(&next);
}
