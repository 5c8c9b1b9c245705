/*
 * schema pin: series get another policy. What it takes is gone from their next start on; what it
 * gives waits until somebody of the series says yes. All of the series asked for, or none.
 */
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "archive/policies.h"
#include "policy/schema_diff.h"
#include "room/room.h"

/* A series that can be pinned, and the record that will do it. */
struct ready {
	struct series_id id;
	char *name;
	char *body;
	int64_t at_ms;
	bool approved;      /* nothing in it waits */
	unsigned approvers; /* seats that may say yes */
};

struct pin {
	const struct cli *cli;
	struct cli_running builtin; /* for databases made before policies were kept */
	struct cli_running next;
	struct policies *policies;
	struct store *store;
	int64_t now_ms;
	struct ready *ready;
	size_t ready_count, ready_cap;
	char shown[65]; /* the approved policy whose changes were printed last */
	bool ok;
};

/* The series that is looked at. */
struct subject {
	struct series_id id;
	struct slice name;
	struct store_series *loaded;
	struct policy_use use;
	struct room *room;
	struct arena mem;
};

static void bad(struct pin *k, const struct subject *s, const char *why)
{
	cli_fail(k->cli, "%.*s: %s", (int)s->name.len, s->name.ptr, why);
	k->ok = false;
}

static uint64_t random_bits(void *arg)
{
	uint64_t n;

	(void)arg;
	randombytes_buf(&n, sizeof n);
	return n;
}

static int64_t last_ms(const struct pin *k, const struct store_series *l)
{
	int64_t at = k->now_ms;

	/* The server's clock may have been ahead of this one: a journal goes forward. */
	for (size_t i = 0; i < l->record_count; i++) {
		at = l->record[i].at_ms > at ? l->record[i].at_ms : at;
	}
	return at;
}

/* The whole journal, and `more` behind it where there is one. NULL: it does not replay. */
static struct room *replay(const struct store_series *l, const struct record *more,
			   const struct schema *schema, const struct ceiling *ceiling,
			   int64_t now_ms)
{
	struct room *room = room_create(schema, ceiling);
	enum err e = ERR_OK;

	for (size_t i = 0; e == ERR_OK && i < l->record_count; i++) {
		e = room_replay(room, &l->record[i]);
	}
	if (e == ERR_OK && more) {
		e = room_replay(room, more);
	}
	if (e == ERR_OK) {
		e = room_replay_done(room, now_ms, false);
	}
	if (e != ERR_OK) {
		room_destroy(room);
		return NULL;
	}
	return room;
}

/* What changes, once for all series that come from the same policy. */
static void show_changes(struct pin *k, const struct schema *approved)
{
	if (strcmp(k->shown, approved->hash) != 0) {
		memcpy(k->shown, approved->hash, sizeof k->shown);
		cli_schema_print(approved, k->next.schema);
		putchar('\n');
	}
}

/* One person reads it all before it is approved. */
static bool is_readable(const struct schema_diff *d)
{
	return d->of[SCHEMA_GAIN] + d->of[SCHEMA_LOSS] + d->of[SCHEMA_OTHER] <= LIMIT_POLICY_LINES;
}

/* Every reason why this series cannot follow. */
static bool can_carry(struct pin *k, struct subject *s)
{
	struct schema_diff d = schema_diff(s->use.approved, k->next.schema, &s->mem);
	size_t count;
	const char *const *reason = room_carry(s->room, k->next.schema, &s->mem, &count);

	for (size_t i = 0; i < count; i++) {
		bad(k, s, reason[i]);
	}
	if (!is_readable(&d)) {
		bad(k, s, "変更が多すぎて、一度に承認できません。何回かに分けてください。");
		return false;
	}
	return count == 0;
}

static unsigned count_approvers(const struct room *room)
{
	const struct rights *r = room_rights(room);
	unsigned count = 0;

	for (unsigned i = 0; i < r->seat_count; i++) {
		count += r->seat[i].live && !r->seat[i].barred && rights_may_approve(r, i);
	}
	return count;
}

/* Try it on the room in memory; what comes out of that is what a server would load. */
static void prepare(struct pin *k, struct subject *s)
{
	struct ceiling *ceiling = ceiling_create(k->next.schema, s->use.approved);
	bool approved = ceiling_is_idle(ceiling, k->next.schema);
	json_t *body = room_pin_body(s->room, k->next.schema, approved, random_bits, NULL);
	struct ready r = {.id = s->id,
			  .body = json_dumps(body, JSON_COMPACT),
			  .at_ms = last_ms(k, s->loaded),
			  .approved = approved};
	struct record rec = {.kind = RECORD_POLICY,
			     .at_ms = r.at_ms,
			     .actor = SEAT_NONE,
			     .for_seat = SEAT_NONE,
			     .body = slice_of(r.body)};
	struct room *after = replay(s->loaded, &rec, k->next.schema, ceiling, r.at_ms);

	json_decref(body);
	if (after) {
		r.name = mem_dup(s->name);
		r.approvers = count_approvers(after);
		mem_room(&k->ready, &k->ready_cap, k->ready_count, sizeof *k->ready);
		k->ready[k->ready_count++] = r;
	} else {
		bad(k, s, "記録を新しい方針でたどり直せません。");
		free(r.body);
	}
	room_destroy(after);
	ceiling_destroy(ceiling);
}

static void look_at(struct pin *k, struct subject *s)
{
	char why[STORE_WHY_BYTES] = "the journal cannot be replayed";

	if (store_load_now(k->store, s->id, &s->loaded, why) != ERR_OK ||
	    policies_take(k->policies, s->loaded, s->loaded->record_count, &s->use, why) !=
		ERR_OK) {
		bad(k, s, why);
		return;
	}
	s->room = replay(s->loaded, NULL, s->use.schema, s->use.ceiling, last_ms(k, s->loaded));
	if (!s->room) {
		bad(k, s, why);
	} else if (strcmp(s->use.schema->hash, k->next.schema->hash) == 0) {
		printf("%.*s: もうこの方針です\n", (int)s->name.len, s->name.ptr);
	} else {
		show_changes(k, s->use.approved);
		if (can_carry(k, s)) {
			prepare(k, s);
		}
	}
}

static bool each_series(void *arg, struct series_id id, struct slice name)
{
	struct pin *k = arg;
	struct subject s = {.id = id, .name = name};

	if (k->cli->series && !slice_is(name, k->cli->series)) {
		return true;
	}
	arena_init(&s.mem);
	look_at(k, &s);
	room_destroy(s.room);
	policies_release(k->policies, &s.use);
	store_series_destroy(s.loaded);
	arena_fini(&s.mem);
	return true;
}

static void commit(struct pin *k, const struct ready *r)
{
	struct record rec = {.kind = RECORD_POLICY,
			     .at_ms = r->at_ms,
			     .actor = SEAT_NONE,
			     .for_seat = SEAT_NONE,
			     .body = slice_of(r->body)};
	struct store_batch b = {.series = r->id,
				.record = &rec,
				.record_count = 1,
				.policy = &k->next.source,
				.policy_count = 1};

	if (cli_commit(k->store, &b) != STORE_KEPT) {
		cli_fail(k->cli, "%s: could not be stored", r->name);
		k->ok = false;
		return;
	}
	printf("%s: 方針を %.12s に替えました。", r->name, k->next.schema->hash);
	puts(r->approved ? "増える権利はなく、承認はいりません。"
	     : r->approvers > 0 ? "減る権利はすぐになくなり、増える権利は承認を待ちます。"
				: "減る権利はすぐになくなり、増える権利は承認を待ちますが、"
				  "承認できる席がこの系列にありません。");
}

static void pin_all(struct pin *k)
{
	struct series_id id;

	if (k->cli->series && store_find_now(k->store, slice_of(k->cli->series), &id) != ERR_OK) {
		cli_fail(k->cli, "--series: there is no series \"%s\"", k->cli->series);
		k->ok = false;
		return;
	}
	cli_keep_policy(k->cli, k->store, &k->builtin);
	cli_keep_policy(k->cli, k->store, &k->next);
	if (store_each_now(k->store, each_series, k) != ERR_OK) {
		cli_fail(k->cli, "%s: the series cannot be listed", k->cli->db);
		k->ok = false;
	}
	for (size_t i = 0; k->ok && i < k->ready_count; i++) {
		commit(k, &k->ready[i]);
	}
	if (!k->ok && k->ready_count > 0) {
		cli_fail(k->cli, "nothing was changed in the series that could follow");
	}
}

int cli_schema_pin(const struct cli *c)
{
	struct pin k = {.cli = c, .ok = false};
	struct cli plain = *c;

	plain.schema_dir = NULL;
	if (c->all == (c->series != NULL)) {
		cli_fail(c, "needs --series NAME or --all (see rokusha --help)");
		return EXIT_USAGE;
	}
	if (cli_time(c, "--now", c->now, cli_wall_ms(), &k.now_ms) && cli_running(c, &k.next) &&
	    cli_running(&plain, &k.builtin)) {
		k.policies = policies_create(k.builtin.schema);
		k.store = cli_store(c, STORE_WRITE);
	}
	if (k.store) {
		k.ok = true;
		pin_all(&k);
	}
	store_close(k.store);
	policies_destroy(k.policies);
	cli_running_fini(&k.next);
	cli_running_fini(&k.builtin);
	for (size_t i = 0; i < k.ready_count; i++) {
		free(k.ready[i].name);
		free(k.ready[i].body);
	}
	free(k.ready);
	return k.ok ? EXIT_OK : EXIT_FAILED;
}
