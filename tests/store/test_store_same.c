/*
 * Both backends do the same: random verbs on a database and on memory, every answer compared.
 * SEED=n replays a run.
 */
#include <criterion/criterion.h>
#include <time.h>

#include "base/buf.h"
#include "test_store_rig.h"

enum { ROUNDS = 12, STEPS = 160, LANES = 3 };

static uint64_t random_state;

static uint64_t below(uint64_t n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % n;
}

static struct rig rig[2]; /* on disk, in memory */
static struct arena mem;  /* of one step */

static void same(const char *what, const struct buf said[2])
{
	cr_assert(slice_eq(buf_slice(&said[0]), buf_slice(&said[1])), "%s\n%.*s\n%.*s", what,
		  (int)said[0].len, said[0].ptr, (int)said[1].len, said[1].ptr);
}

/* Few of everything, so that they meet. */
static struct slice some_key(void)
{
	static const char *const key[] = {"", "a", "a/b", "ab", "b", "\xE5\xB1\xB1", "\xFF"};

	return slice_of(key[below(sizeof key / sizeof *key)]);
}

static uint64_t some_number(void)
{
	static const uint64_t number[] = {0, 1, 2, UINT64_MAX, UINT64_C(1) << 63, 9};

	return number[below(sizeof number / sizeof *number)];
}

/* Policies by few hashes, so that some are named and not kept, and some kept and not named. */
static const char *some_hash(void)
{
	return arena_printf(&mem, "%064u", (unsigned)below(4)).ptr;
}

static struct store_policy some_policy(void)
{
	struct store_policy p = {.visibility = some_key(), .roles = some_key(), .form = some_key()};

	memcpy(p.hash, some_hash(), sizeof p.hash);
	return p;
}

static struct record some_record(void)
{
	bool has_client = below(8) != 0;

	if (below(5) == 0) {
		return (struct record){.kind = RECORD_POLICY,
				       .body =
					   arena_printf(&mem, "{\"hash\":\"%s\"}", some_hash())};
	}
	return (struct record){.kind = (enum record_kind)below(RECORD_KIND_COUNT),
			       .method = (enum method)below(METHOD_COUNT),
			       .at_ms = (int64_t)some_number(),
			       .client = has_client ? 1 + below(3) : 0,
			       .cseq = has_client ? below(60) : 0,
			       .digest = some_number(),
			       .base_ver = some_number(),
			       .ver = some_number(),
			       .actor = below(3) ? (uint8_t)below(SEAT_MAX) : SEAT_NONE,
			       .for_seat = (uint8_t)below(SEAT_MAX),
			       .cell = some_key(),
			       .body = some_key()};
}

static struct record *some_records(size_t *count)
{
	struct record *v;

	*count = below(4);
	v = arena_alloc(&mem, *count * sizeof *v);
	for (size_t i = 0; i < *count; i++) {
		v[i] = some_record();
	}
	return v;
}

static struct store_batch some_batch(struct series_id id)
{
	struct store_batch b = {.series = id, .audit_count = below(2), .base_count = below(3)};
	struct audit *audit = arena_alloc(&mem, sizeof *audit);
	struct text_base *base = arena_alloc(&mem, 2 * sizeof *base);
	struct cell_now *now = arena_alloc(&mem, 4 * sizeof *now);

	b.record = some_records(&b.record_count);
	*audit = joined(some_number());
	b.audit = audit;
	b.base = base;
	for (size_t i = 0; i < b.base_count; i++) {
		base[i] = (struct text_base){some_key(), some_number(), some_key()};
	}
	b.has_base = below(3) == 0;
	b.base_afresh = below(6) == 0;
	b.base_body = some_key();
	b.policy_count = below(6) == 0;
	if (b.policy_count) {
		struct store_policy *policy = arena_alloc(&mem, sizeof *policy);

		*policy = some_policy();
		b.policy = policy;
	}
	b.has_now = below(3) == 0;
	b.now = now;
	b.now_count = b.has_now ? below(4) : 0;
	for (size_t i = 0; i < b.now_count; i++) {
		now[i] = (struct cell_now){some_key(), some_number(), some_key()};
	}
	return b;
}

/* ---- what a store says, as text ---- */

static void say(struct buf *b, struct slice s)
{
	buf_printf(b, " %zu:", s.len);
	buf_add(b, s);
}

static void say_series(struct buf *b, enum err e, const struct store_series *l)
{
	buf_printf(b, "%s", err_name(e));
	for (size_t i = 0; l && i < l->record_count; i++) {
		const struct record *r = &l->record[i];

		buf_printf(b, "\n%d %d %lld %llu %llu %llx %llx %llx %d %d", r->kind, r->method,
			   (long long)r->at_ms, (unsigned long long)r->client,
			   (unsigned long long)r->cseq, (unsigned long long)r->digest,
			   (unsigned long long)r->base_ver, (unsigned long long)r->ver, r->actor,
			   r->for_seat);
		say(b, r->cell);
		say(b, r->body);
	}
	for (size_t i = 0; l && i < l->base_count; i++) {
		buf_printf(b, "\nbase %llx", (unsigned long long)l->base[i].ver);
		say(b, l->base[i].cell);
		say(b, l->base[i].text);
	}
	for (size_t i = 0; l && i < l->policy_count; i++) {
		buf_printf(b, "\npolicy %s", l->policy[i].hash);
		say(b, l->policy[i].visibility);
		say(b, l->policy[i].roles);
		say(b, l->policy[i].form);
	}
	if (l) {
		buf_printf(b, "\n%llu", (unsigned long long)l->last_seq);
		say(b, l->name);
	}
	if (l && l->has_base) {
		buf_printf(b, "\nroom %llu", (unsigned long long)l->base_seq);
		say(b, l->base_body);
	}
	for (size_t i = 0; l && i < l->rest_count; i++) {
		buf_printf(b, "\nrest %llu", (unsigned long long)l->rest_seq[i]);
	}
}

static void say_derived(struct buf *b, const struct rig *r, struct series_id id)
{
	struct store_derived d = {0};

	buf_printf(b, "\n%s", err_name(store_derived_now(r->s, id, &mem, &d, NULL)));
	buf_printf(b, " %llu", (unsigned long long)d.seq);
	for (size_t i = 0; i < d.count; i++) {
		buf_printf(b, "\n%llx", (unsigned long long)d.cell[i].ver);
		say(b, d.cell[i].cell);
		say(b, d.cell[i].value);
	}
}

static void say_session(void *arg, const struct store_session *s)
{
	buf_printf(arg, "\n%llx %d %lld %d %lld %lld %d", (unsigned long long)s->sid,
		   s->token_hash[0], (long long)s->series.n, s->seat, (long long)s->created_ms,
		   (long long)s->expires_ms, s->ended);
}

static bool say_name(void *arg, struct series_id id, struct slice name)
{
	buf_printf(arg, "\n%lld", (long long)id.n);
	say(arg, name);
	return true;
}

/* ---- steps: each does one thing on both and compares what they say of it ---- */

static void step_import(struct buf said[2])
{
	struct store_link link[2] = {
	    {.seat = (uint8_t)below(SEAT_MAX), .expires_ms = 100, .reusable = below(2)},
	    {.seat = 3, .expires_ms = 200, .reusable = true}};
	struct store_import in = {.name = some_key(), .link = link, .link_count = below(3)};

	link[0].secret_hash[0] = (uint8_t)below(9);
	link[1].secret_hash[0] = (uint8_t)below(9);
	in.record = some_records(&in.record_count);
	for (int i = 0; i < 2; i++) {
		struct series_id id = {-1};
		enum err e = store_import_now(rig[i].s, &in, &id, NULL);

		buf_printf(&said[i], "import %s %lld", err_name(e), (long long)id.n);
	}
}

/* Several series at once; one of them may not be there. */
static void step_commit(struct buf said[2])
{
	struct store_batch b[LANES];
	int64_t first = (int64_t)below(8);

	for (int n = 0; n < LANES; n++) {
		b[n] = some_batch((struct series_id){first + n});
	}
	for (int i = 0; i < 2; i++) {
		struct answer a[LANES] = {{0}};
		bool was_run;

		rig_hold(&rig[i], &was_run);
		for (int n = 0; n < LANES; n++) {
			store_commit(rig[i].s, &b[n], on_commit, &a[n]);
		}
		rig_release(&rig[i]);
		for (int n = 0; n < LANES; n++) {
			rig_answered(&rig[i], &a[n]);
			buf_printf(&said[i], "commit %d ", a[n].outcome);
		}
	}
}

static void step_login(struct buf said[2])
{
	struct store_session draft = {.sid = some_number(), .created_ms = 30 * (int64_t)below(8)};
	uint8_t hash[STORE_HASH_BYTES] = {(uint8_t)below(9)};

	draft.token_hash[0] = (uint8_t)below(200);
	draft.expires_ms = draft.created_ms + 50;
	draft.sid += below(2) ? below(50) : 0;
	for (int i = 0; i < 2; i++) {
		struct answer a = {0};

		store_login(rig[i].s, hash, &draft, on_login, &a);
		rig_answered(&rig[i], &a);
		buf_printf(&said[i], "login %s", err_name(a.e));
		say_session(&said[i], &a.session);
	}
}

static void step_logout(struct buf said[2])
{
	uint64_t sid = some_number();

	(void)said;
	for (int i = 0; i < 2; i++) {
		struct answer a = {0};

		store_logout(rig[i].s, sid);
		store_load(rig[i].s, (struct series_id){0}, on_load, &a);
		rig_answered(&rig[i], &a); /* in order, so the one before it is done */
	}
}

static void step_read(struct buf said[2])
{
	struct series_id id = {(int64_t)below(9)};
	struct slice name = some_key();
	int64_t now_ms = (int64_t)below(250);
	uint64_t remembered = 1 + below(4);
	uint64_t client[2] = {1 + below(3), 1 + below(3)};
	size_t each = 1 + below(5);

	for (int i = 0; i < 2; i++) {
		struct answer a = {0}, room = {0}, clients = {0};
		struct series_id found = {-1};

		store_load(rig[i].s, id, on_load, &a);
		rig_answered(&rig[i], &a);
		say_series(&said[i], a.e, a.loaded);
		store_series_destroy(a.loaded);
		store_load_room(rig[i].s, id, remembered, on_load, &room);
		rig_answered(&rig[i], &room);
		say_series(&said[i], room.e, room.loaded);
		store_series_destroy(room.loaded);
		store_load_clients(rig[i].s, id, client, 2, each, on_load, &clients);
		rig_answered(&rig[i], &clients);
		say_series(&said[i], clients.e, clients.loaded);
		store_series_destroy(clients.loaded);
		say_derived(&said[i], &rig[i], id);
		buf_printf(&said[i], "\n%zu audits", rig_audits(&rig[i], id, "join"));
		cr_assert_eq(store_sessions_now(rig[i].s, now_ms, say_session, &said[i]), ERR_OK);
		cr_assert_eq(store_each_now(rig[i].s, say_name, &said[i]), ERR_OK);
		buf_printf(&said[i], "\n%s", err_name(store_find_now(rig[i].s, name, &found)));
		buf_printf(&said[i], " %lld", (long long)found.n);
	}
}

static void step_restart(struct buf said[2])
{
	(void)said;
	for (int i = 0; i < 2; i++) {
		rig_close(&rig[i]);
		rig_open(&rig[i], STORE_WRITE);
	}
}

static void play(void)
{
	static void (*const step[])(struct buf said[2]) = {
	    step_import, step_commit, step_commit, step_commit, step_commit, step_login,
	    step_login,  step_logout, step_read,   step_read,   step_read};

	arena_init(&mem);
	rig_begin(&rig[0]);
	rig_begin_memory(&rig[1]);
	for (int n = 0; n < STEPS; n++) {
		struct buf said[2] = {{0}};

		arena_reset(&mem);
		if (below(40) == 0) {
			step_restart(said);
		} else {
			step[below(sizeof step / sizeof *step)](said);
		}
		same("the backends differ (SQLite, memory):", said);
		buf_fini(&said[0]);
		buf_fini(&said[1]);
	}
	cr_assert_eq(store_check_now(rig[0].s, rig[0].why), ERR_OK, "%s", rig[0].why);
	rig_fini(&rig[0]);
	rig_fini(&rig[1]);
	arena_fini(&mem);
}

Test(same, random_verbs_get_the_same_answers, .timeout = 300)
{
	const char *seed = getenv("SEED");

	random_state = seed ? strtoull(seed, NULL, 10) | 1 : (uint64_t)time(NULL) | 1;
	(void)printf("SEED=%llu\n", (unsigned long long)random_state);
	(void)fflush(stdout);
	if (access("/dev/shm", W_OK) == 0) {
		rig_base = "/dev/shm";
	}
	for (int i = 0; i < ROUNDS; i++) {
		play();
	}
}
