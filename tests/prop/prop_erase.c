/*
 * A cell whose words were taken out of the journal: random histories on a real room, then any cell
 * of it is erased, and the two journals are replayed side by side. Nothing of the words is left at
 * any moment, everything else is as it was, versions and lengths too. SEED=n replays one history,
 * RUNS=n plays n of each case.
 */
#include "base/utf8.h"
#include "room/erase.h"
#include "support/history.h"

enum { STEPS = 160, ROUNDS = 5, CELLS = 12 };

struct tally {
	size_t cells, records, texts, registers, suggestions;
};

static bool is_stars(struct slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] != '*') {
			return false;
		}
	}
	return true;
}

static struct record *erased(struct world *w, const struct room *whole, struct slice key,
			     struct tally *t)
{
	struct record *out = mem_alloc((w->r.kept_count + 1) * sizeof *out);

	for (size_t i = 0; i < w->r.kept_count; i++) {
		out[i] = w->r.kept[i];
		t->records += room_erase_body(whole, key, &w->r.kept[i], &w->r.mem, &out[i].body);
	}
	return out;
}

/* Of the cell, as it stands now in both. */
static void nothing_left(const struct room *a, const struct room *b, struct slice key,
			 struct tally *t)
{
	uint32_t at = cells_find(b, key);
	const struct room_cell *x, *y;

	if (at == MAP_NONE) {
		return;
	}
	x = &a->cell[cells_find(a, key)];
	y = &b->cell[at];
	if (!y->doc) {
		json_t *empty = schema_empty_value(&b->schema->col[y->place->col]);

		cr_assert(json_equal(y->value, empty), "%s", x->key);
		cr_assert_eq(x->ver, y->ver);
		json_decref(empty);
		return;
	}
	cr_assert_eq(x->doc->ver, y->doc->ver);
	cr_assert_eq(utf8_units(doc_text(x->doc)), utf8_units(doc_text(y->doc)), "%s", x->key);
	cr_assert(is_stars(doc_text(y->doc)), "%s", x->key);
	cr_assert_eq(a->suggestion_count, b->suggestion_count);
	for (size_t i = 0; i < b->suggestion_count; i++) {
		const struct room_suggestion *s = &b->suggestion[i];

		if (s->cell != at) {
			continue;
		}
		t->suggestions++;
		cr_assert(s->words[0] == 0 && (!s->reply || s->reply[0] == 0));
		for (uint32_t n = 0; s->mem && n < s->change.count; n++) {
			cr_assert(is_stars(s->change.section[n].text));
		}
	}
}

static void same_otherwise(struct world *w, const struct room *a, const struct room *b,
			   struct slice key)
{
	size_t count, count2;
	const struct cell_now *x = room_cells_now(a, &w->r.mem, &count);
	const struct cell_now *y = room_cells_now(b, &w->r.mem, &count2);

	cr_assert_eq(count, count2);
	for (size_t i = 0; i < count; i++) {
		cr_assert(slice_eq(x[i].cell, y[i].cell) && x[i].ver == y[i].ver);
		cr_assert(slice_eq(x[i].cell, key) || slice_eq(x[i].value, y[i].value), "%s",
			  x[i].cell.ptr);
	}
}

/* The last record leaves nothing, and a second one is not asked for. */
static void emptied(struct world *w, struct room *b, struct slice key)
{
	struct record last;
	const struct room_cell *c;

	if (room_erase_last(b, key, w->r.now_ms, &w->r.mem, &last)) {
		cr_assert_eq(room_replay(b, &last), ERR_OK);
	}
	cr_assert_eq(room_replay_done(b, w->r.now_ms, false), ERR_OK);
	c = &b->cell[cells_find(b, key)];
	cr_assert(!c->doc || doc_text(c->doc).len == 0);
	cr_assert(!room_erase_last(b, key, w->r.now_ms, &w->r.mem, &last));
}

static void erase(struct world *w, struct slice key, struct tally *t)
{
	struct room *whole = rig_rebuild(&w->r);
	struct record *rec = erased(w, whole, key, t);
	struct room *a = room_create(w->r.schema, NULL), *b = room_create(w->r.schema, NULL);
	const struct room_cell *c = &whole->cell[cells_find(whole, key)];

	t->texts += c->doc != NULL;
	t->registers += c->doc == NULL;
	t->cells++;
	for (size_t i = 0; i < w->r.kept_count; i++) {
		cr_assert_eq(room_replay(a, &w->r.kept[i]), ERR_OK);
		cr_assert_eq(room_replay(b, &rec[i]), ERR_OK, "record %zu (%s)", i,
			     record_kind_name(rec[i].kind));
		nothing_left(a, b, key, t);
	}
	same_otherwise(w, a, b, key);
	emptied(w, b, key);
	room_destroy(whole);
	room_destroy(a);
	room_destroy(b);
	free(rec);
}

static void play_all(const char *path, const char *now)
{
	const char *seed = getenv("SEED"), *runs = getenv("RUNS");
	uint64_t rounds = runs ? strtoull(runs, NULL, 10) : ROUNDS;
	struct world *w = mem_alloc(sizeof *w);
	struct tally t = {0};

	rig_init(&w->r, path, now, 1);
	for (uint64_t s = 0; s < (seed ? 1 : rounds); s++) {
		uint64_t n = seed ? strtoull(seed, NULL, 10) : s + 1;

		printf("SEED=%llu\n", (unsigned long long)n);
		fflush(stdout);
		rig_again(&w->r, n);
		w->said_count = 0;
		memset(w->conn, 0, sizeof w->conn);
		memset(w->client, 0, sizeof w->client);
		for (size_t i = 0; i < STEPS; i++) {
			act(w);
		}
		for (size_t i = 0; i < CELLS; i++) {
			/* Most of what is written at all is written in few cells. */
			const struct record *rec = &w->r.kept[pick(w, w->r.kept_count)];
			struct slice key =
			    slice_of(w->r.room->cell[pick(w, w->r.room->cell_count)].key);

			key = cells_find(w->r.room, rec->cell) != MAP_NONE ? rec->cell : key;
			if (room_may_erase(w->r.room, key) == ERR_OK) {
				erase(w, key, &t);
			}
		}
		for (size_t i = 0; i < w->said_count; i++) {
			free(w->said[i].text);
		}
	}
	printf("%zu cells erased, %zu records changed, %zu texts, %zu suggestions seen\n", t.cells,
	       t.records, t.texts, t.suggestions);
	cr_assert(seed || (t.texts > rounds && t.registers > 0 && t.records > t.cells));
	free(w->said);
	free(w->text);
	rig_fini(&w->r);
	free(w);
}

Test(prop_erase, nothing_of_the_words_is_left_and_all_else_stays, .timeout = 600)
{
	play_all(CASE_1, MEETING_1);
}

Test(prop_erase, elsewhere_too, .timeout = 600)
{
	play_all(CASE_2, MEETING_2);
}
