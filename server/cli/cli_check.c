/* check: is the database whole, does every journal replay, and is what is derived from it true. */
#include <stdio.h>

#include "archive/policies.h"
#include "base/map.h"
#include "cli/cli.h"
#include "room/room.h"

struct check {
	const struct cli *cli;
	struct policies *policies;
	struct store *store;
	size_t series, records, derived, bases;
	struct cli_minutes_check minutes;
	bool ok;
};

/* The series that is looked at. */
struct subject {
	struct series_id id;
	struct slice name;
	struct store_series *loaded;
	struct arena mem;
};

struct cells {
	struct cell_now *cell;
	size_t count;
};

/* Says which series, and never a word of what is in it. */
static void bad(struct check *k, const struct subject *s, const char *what)
{
	cli_fail(k->cli, "%.*s: %s", (int)s->name.len, s->name.ptr, what);
	k->ok = false;
}

/* The room after the first `count` records; NULL after saying that there is none. */
static struct room *rebuild_by(struct check *k, const struct subject *s,
			       const struct policy_use *by, bool from_bases, size_t count)
{
	const struct store_series *l = s->loaded;
	struct room *room = room_create(by->schema, by->ceiling);
	enum err e = ERR_OK;
	size_t at = 0;

	for (size_t i = 0; from_bases && e == ERR_OK && i < l->base_count; i++) {
		e = room_replay_base(room, &l->base[i]);
	}
	while (e == ERR_OK && at < count) {
		e = room_replay(room, &l->record[at++]);
	}
	if (e == ERR_OK) {
		e = room_replay_done(room, count > 0 ? l->record[count - 1].at_ms : 0, false);
	}
	if (e != ERR_OK) {
		char what[160];

		(void)snprintf(what, sizeof what, "entry %zu of the journal cannot be replayed: %s",
			       at, e == ERR_SCHEMA ? "made under another policy" : err_text(e));
		bad(k, s, what);
		room_destroy(room);
		return NULL;
	}
	return room;
}

/* As above, and by the policy of that moment; `use` to be given back after the room. */
static struct room *rebuild(struct check *k, const struct subject *s, bool from_bases, size_t count,
			    struct policy_use *use)
{
	char why[STORE_WHY_BYTES] = "";

	if (policies_take(k->policies, s->loaded, count, use, why) != ERR_OK) {
		bad(k, s, why);
		return NULL;
	}
	return rebuild_by(k, s, use, from_bases, count);
}

static struct cells cells_of(const struct room *room, struct arena *mem)
{
	struct cells c;

	c.cell = room_cells_now(room, mem, &c.count);
	return c;
}

/* How many cells are not the same in both. */
static size_t differences(struct cells a, struct cells b)
{
	struct map at = {0};
	size_t same = 0;
	size_t common = 0;

	for (size_t i = 0; i < a.count; i++) {
		map_put(&at, a.cell[i].cell, (uint32_t)i);
	}
	for (size_t i = 0; i < b.count; i++) {
		uint32_t found = map_get(&at, b.cell[i].cell);

		if (found != MAP_NONE) {
			common++;
			same += a.cell[found].ver == b.cell[i].ver &&
				slice_eq(a.cell[found].value, b.cell[i].value);
		}
	}
	map_fini(&at);
	return a.count + b.count - common - same;
}

static void compare(struct check *k, const struct subject *s, struct cells a, struct cells b,
		    const char *what)
{
	size_t n = differences(a, b);
	char text[120];

	if (n > 0) {
		(void)snprintf(text, sizeof text, "%s: %zu", what, n);
		bad(k, s, text);
	}
}

/* The derived table against the journal up to where the table has come. */
static void check_derived(struct check *k, struct subject *s, const struct store_derived *d)
{
	struct policy_use use = {0};
	struct room *room;

	if (d->seq > s->loaded->record_count) {
		bad(k, s, "the derived cells are ahead of the journal");
		return;
	}
	room = rebuild(k, s, false, d->seq, &use);
	if (room) {
		compare(k, s, cells_of(room, &s->mem), (struct cells){d->cell, d->count},
			"derived cells that differ from the journal");
	}
	room_destroy(room);
	policies_release(k->policies, &use);
	k->derived++;
}

/* Texts of the base that are not those of the journal. */
static size_t text_differences(const struct store_series *l, const struct room_base *true_base)
{
	struct map at = {0};
	size_t same = 0;

	for (size_t i = 0; i < true_base->text_count; i++) {
		map_put(&at, true_base->text[i].cell, (uint32_t)i);
	}
	for (size_t i = 0; i < l->base_count; i++) {
		uint32_t found = map_get(&at, l->base[i].cell);
		const struct text_base *t = found == MAP_NONE ? NULL : &true_base->text[found];

		same += t && t->ver == l->base[i].ver && slice_eq(t->text, l->base[i].text);
	}
	map_fini(&at);
	return l->base_count + true_base->text_count - 2 * same;
}

/* The base from which the server begins, against the journal up to where the base has come. */
static void check_base(struct check *k, struct subject *s)
{
	const struct store_series *l = s->loaded;
	struct policy_use use = {0};
	struct room_base base;
	struct room *room;

	if (l->base_seq == 0 || l->base_seq > l->record_count) {
		bad(k, s, "its base is ahead of the journal");
		return;
	}
	room = rebuild(k, s, false, l->base_seq, &use);
	if (room) {
		room_base(room, &s->mem, &base);
		if (!slice_eq(base.body, l->base_body) || text_differences(l, &base) > 0) {
			bad(k, s, "its base differs from the journal");
		}
	}
	room_destroy(room);
	policies_release(k->policies, &use);
	k->bases++;
}

/* ---- --rebuild ---- */

static void derive(struct check *k, struct subject *s, const struct room *room)
{
	struct cells now = cells_of(room, &s->mem);
	struct store_batch b = {
	    .series = s->id, .has_now = true, .now = now.cell, .now_count = now.count};
	struct room_base base;

	room_base(room, &s->mem, &base);
	b.base = base.text;
	b.base_count = base.text_count;
	b.base_body = base.body;
	b.has_base = b.base_afresh = true;

	if (cli_commit(k->store, &b) != STORE_KEPT) {
		bad(k, s, "the derived cells could not be stored");
		return;
	}
	k->derived++;
	k->bases++;
}

/* ---- the command ---- */

static bool load(struct check *k, struct subject *s, struct store_derived *d, bool *has_derived)
{
	char why[STORE_WHY_BYTES] = "";
	enum err e = ERR_GONE;

	/* first what was derived: the journal may grow meanwhile, and must not be behind it */
	if (!k->cli->rebuild) {
		e = store_derived_now(k->store, s->id, &s->mem, d, why);
	}
	*has_derived = e == ERR_OK;
	if (e == ERR_OK || e == ERR_GONE) {
		e = store_load_now(k->store, s->id, &s->loaded, why);
	}
	if (e != ERR_OK) {
		bad(k, s, why);
	}
	return e == ERR_OK;
}

/* It replays, alone and from folded texts that belong to no base, to the same. */
static bool check_journal(struct check *k, struct subject *s)
{
	size_t count = s->loaded->record_count;
	struct policy_use use = {0};
	struct room *room = rebuild(k, s, false, count, &use);
	/* Those of a base are compared at its place in the journal; --rebuild makes all anew. */
	bool apart = !s->loaded->has_base && !k->cli->rebuild;
	struct room *folded = room && apart ? rebuild_by(k, s, &use, true, count) : NULL;
	bool replays = room && (folded || !apart);

	if (folded) {
		compare(k, s, cells_of(room, &s->mem), cells_of(folded, &s->mem),
			"cells that come out differently from the folded texts");
	}
	if (room && k->cli->rebuild) {
		derive(k, s, room);
	}
	room_destroy(folded);
	room_destroy(room);
	policies_release(k->policies, &use);
	return replays;
}

static bool check_series(void *arg, struct series_id id, struct slice name)
{
	struct check *k = arg;
	struct subject s = {.id = id, .name = name};
	struct store_derived d;
	bool has_derived;

	arena_init(&s.mem);
	if (load(k, &s, &d, &has_derived)) {
		bool replays = check_journal(k, &s);

		if (replays && has_derived) {
			check_derived(k, &s, &d);
		}
		if (replays && s.loaded->has_base && !k->cli->rebuild) {
			check_base(k, &s);
		}
		k->series++;
		k->records += s.loaded->record_count;
	}
	store_series_destroy(s.loaded);
	arena_fini(&s.mem);
	return true;
}

static void check_all(struct check *k)
{
	char why[STORE_WHY_BYTES] = "";

	if (store_check_now(k->store, why) != ERR_OK) {
		cli_fail(k->cli, "%s: %s", k->cli->db, why);
		k->ok = false;
	} else if (store_each_now(k->store, check_series, k) != ERR_OK) {
		cli_fail(k->cli, "%s: the series cannot be listed", k->cli->db);
		k->ok = false;
	}
	if (k->ok) {
		printf("{\"ok\":true,\"series\":%zu,\"records\":%zu,\"bases\":%zu,"
		       "\"derived\":%zu",
		       k->series, k->records, k->bases, k->derived);
		if (k->minutes.count) {
			printf(",\"minutes\":%zu", k->minutes.count);
		}
		puts("}");
	}
}

int cli_check(const struct cli *c)
{
	struct check k = {.cli = c, .minutes = {.cli = c}, .ok = true};
	struct cli_running running;

	if (!cli_running(c, &running)) {
		return EXIT_FAILED;
	}
	k.policies = policies_create(running.schema);
	k.store = cli_store(c, c->rebuild ? STORE_WRITE : STORE_READ);
	if (!k.store) {
		k.ok = false;
	} else {
		if (c->rebuild) {
			cli_keep_policy(c, k.store, &running);
		}
		cli_minutes_check(&k.minutes, &running);
		k.ok = k.minutes.ok;
		check_all(&k);
	}
	store_close(k.store);
	policies_destroy(k.policies);
	cli_running_fini(&running);
	return k.ok ? EXIT_OK : EXIT_FAILED;
}
