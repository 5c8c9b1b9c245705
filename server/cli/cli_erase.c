/*
 * erase: what two parties agreed to erase from signed minutes is taken out of the journal, too.
 * Done while no server has the room in memory: by the command, and by every start of a server.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/policies.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "room/erase.h"
#include "store/minutes_db.h"

struct erasing {
	const struct cli *cli;
	struct cli_running running;
	struct policies *policies;
	int64_t now_ms;
	struct cli_erased count;
};

/* A series as it stands, and what is to stand in its journal instead. */
struct subject {
	struct store_series *loaded;
	struct policy_use use;
	struct room *room;
	struct store_erased *record;
	size_t count, cap;
	struct arena mem;
};

static bool failed(const struct erasing *k, const struct minutes_erasure *e, const char *why)
{
	cli_fail(k->cli, "series %lld: %.*s cannot be erased: %s", (long long)e->series.n,
		 (int)e->cell.len, e->cell.ptr, why);
	return false;
}

static bool load(struct erasing *k, const struct minutes_erasure *e, struct subject *s)
{
	struct store *store = cli_store(k->cli, STORE_READ);
	char why[STORE_WHY_BYTES] = "the journal cannot be replayed";
	bool ok =
	    store && store_load_now(store, e->series, &s->loaded, why) == ERR_OK &&
	    policies_take(k->policies, s->loaded, s->loaded->record_count, &s->use, why) == ERR_OK;

	store_close(store);
	if (ok) {
		s->room = room_create(s->use.schema, s->use.ceiling);
	}
	for (size_t i = 0; ok && i < s->loaded->record_count; i++) {
		ok = room_replay(s->room, &s->loaded->record[i]) == ERR_OK;
	}
	ok = ok && room_replay_done(s->room, k->now_ms, false) == ERR_OK;
	return ok || failed(k, e, why);
}

static void unload(struct erasing *k, struct subject *s)
{
	room_destroy(s->room);
	policies_release(k->policies, &s->use);
	store_series_destroy(s->loaded);
	arena_fini(&s->mem);
	free(s->record);
}

/* First the cell is emptied as by anybody, so that pages that still hold the words drop them. */
static bool empty(struct erasing *k, const struct minutes_erasure *e, struct subject *s)
{
	const struct store_series *l = s->loaded;
	int64_t last = l->record_count ? l->record[l->record_count - 1].at_ms : k->now_ms;
	struct record rec;
	struct store_batch b = {.series = e->series, .record = &rec, .record_count = 1};
	struct store *store;
	bool ok;

	if (!room_erase_last(s->room, e->cell, last > k->now_ms ? last : k->now_ms, &s->mem,
			     &rec)) {
		return true;
	}
	store = cli_store(k->cli, STORE_WRITE);
	ok = store && cli_commit(store, &b) == STORE_KEPT;
	store_close(store);
	return ok || failed(k, e, "the emptied cell could not be stored");
}

static bool take_out(struct erasing *k, const struct minutes_erasure *e, struct subject *s)
{
	char why[STORE_WHY_BYTES] = "";

	for (size_t i = 0; s->loaded && i < s->loaded->record_count; i++) {
		struct slice body;

		if (room_erase_body(s->room, e->cell, &s->loaded->record[i], &s->mem, &body)) {
			mem_room(&s->record, &s->cap, s->count, sizeof *s->record);
			s->record[s->count++] =
			    (struct store_erased){store_series_seq(s->loaded, i), body};
		}
	}
	switch (store_erase_beside(k->cli->db, e->series, k->now_ms, s->record, s->count, why)) {
	case ERR_OK:
		return true;
	case ERR_HOLD:
		return failed(k, e, "a hold was set meanwhile");
	default:
		return failed(k, e, why);
	}
}

static bool erase(struct erasing *k, const struct minutes_erasure *e)
{
	struct subject s = {.count = 0};
	enum err may;
	bool ok;

	arena_init(&s.mem);
	if (e->cell.len == 0) {
		ok = take_out(k, e, &s);
		unload(k, &s);
		return ok;
	}
	ok = load(k, e, &s);
	may = ok ? room_may_erase(s.room, e->cell) : ERR_OK;
	if (ok && may == ERR_RULE) {
		ok = failed(k, e, "the conference acts on this cell");
	} else if (ok && may == ERR_OK) {
		ok = empty(k, e, &s) && take_out(k, e, &s);
	}
	unload(k, &s);
	return ok;
}

/*
 * A hold stands for its series: what is still there stays. What two agreed on before is not
 * forgotten; it goes on when the hold is over.
 */
static bool is_held(struct erasing *k, struct minutes_db *db, const struct minutes_erasure *e,
		    bool *ok)
{
	struct minutes_hold h;
	struct arena mem;
	char why[STORE_WHY_BYTES] = "";
	enum err found;

	arena_init(&mem);
	found = minutes_db_hold(db, e->series, k->now_ms, &mem, &h, why);
	arena_fini(&mem);
	*ok = *ok && (found == ERR_OK || found == ERR_GONE || failed(k, e, why));
	return found != ERR_GONE;
}

/* Each on its own: one that cannot be done keeps no other from it. */
static bool erase_all(struct erasing *k, struct minutes_db *db)
{
	struct minutes_erasure *all;
	struct arena mem;
	char why[STORE_WHY_BYTES] = "";
	size_t count = 0;
	bool ok = true;

	arena_init(&mem);
	if (minutes_db_erasures(db, &mem, &all, &count, why) != ERR_OK) {
		cli_fail(k->cli, "%s", why);
		ok = false;
	}
	for (size_t i = 0; i < count; i++) {
		bool done;

		if (is_held(k, db, &all[i], &ok)) {
			k->count.held++;
			continue;
		}
		done = erase(k, &all[i]);
		if (done && minutes_db_erased(db, all[i].id, why) != ERR_OK) {
			done = failed(k, &all[i], why);
		}
		k->count.done += done;
		ok = ok && done;
	}
	arena_fini(&mem);
	return ok;
}

bool cli_erase_waiting(const struct cli *c, int64_t now_ms, struct cli_erased *out)
{
	struct erasing k = {.cli = c, .now_ms = now_ms};
	struct minutes_db *db = NULL;
	char why[STORE_WHY_BYTES] = "";
	enum err e = minutes_db_open(c->db, true, &db, why);
	bool ok = false;

	*out = (struct cli_erased){0};
	if (e == ERR_OLD) {
		return true; /* made before there were erasures, or by a newer program: its own say
			      */
	}
	if (e != ERR_OK) {
		cli_fail(c, "%s", why);
		return false;
	}
	if (cli_running(c, &k.running)) {
		k.policies = policies_create(k.running.schema);
		ok = erase_all(&k, db);
		*out = k.count;
	}
	policies_destroy(k.policies);
	cli_running_fini(&k.running);
	minutes_db_close(db);
	return ok;
}

bool cli_erase_waits(const struct cli *c)
{
	struct minutes_db *db = NULL;
	struct minutes_erasure *all;
	struct arena mem;
	size_t count = 0;

	arena_init(&mem);
	if (minutes_db_open(c->db, false, &db, NULL) == ERR_OK &&
	    minutes_db_erasures(db, &mem, &all, &count, NULL) != ERR_OK) {
		count = 0;
	}
	minutes_db_close(db);
	arena_fini(&mem);
	return count > 0;
}

int cli_erase(const struct cli *c)
{
	int64_t now_ms;
	struct cli_erased erased;

	if (!cli_time(c, "--now", c->now, cli_wall_ms(), &now_ms) ||
	    !cli_erase_waiting(c, now_ms, &erased)) {
		return EXIT_FAILED;
	}
	printf("消去した項目: %zu\n", erased.done);
	if (erased.held) {
		printf("保留のため消去していない項目: %zu\n", erased.held);
	}
	return EXIT_OK;
}
