/* A series that cannot be loaded: nobody gets in, and the log says which entry it was. */
#include <unistd.h>

#include "support/hubrig.h"

static void on_kept(void *arg, enum store_outcome outcome)
{
	*(enum store_outcome *)arg = outcome;
}

static void put(struct world *w, enum record_kind kind, const char *cell, const char *body)
{
	struct record rec = {.kind = kind,
			     .at_ms = w->rig.now_ms,
			     .actor = SEAT_NONE,
			     .for_seat = SEAT_NONE,
			     .ver = 5,
			     .cell = slice_of(cell),
			     .body = slice_of(body)};
	struct store_batch b = {.series = w->series, .record = &rec, .record_count = 1};
	enum store_outcome outcome = STORE_UNKNOWN;

	store_commit(w->store, &b, on_kept, &outcome);
	store_poll(w->store);
	cr_assert_eq(outcome, STORE_KEPT);
}

static void must_say(const char *kind, const char *cell, const char *body, const char *what)
{
	char said[1024] = "";
	FILE *log = tmpfile();
	struct world w;

	cr_assert(log && dup2(fileno(log), STDERR_FILENO) >= 0); /* until this process ends */
	world_init(&w, CASE_1);
	put(&w, (enum record_kind)record_kind_find(slice_of(kind)), cell, body);
	come(&w, 1, "p-ps");
	join(&w, 1);
	settle(&w);
	cr_assert_eq(w.conn[1].closed, 1012);
	cr_assert_eq(heard_all(&w, 1), 0);
	fflush(stderr);
	cr_assert(pread(fileno(log), said, sizeof said - 1, 0) > 0);
	cr_assert(strstr(said, "reason=proto") && strstr(said, what), "%s", said);
	world_fini(&w);
}

Test(hub_load, an_entry_that_does_not_fit_is_named)
{
	must_say("segment", "", "{\"row\":7}", "(segment)");
}

Test(hub_load, values_that_cannot_be_are_named_as_such)
{
	must_say("set", "plan.status", "17", "add up to");
}
