/*
 * Random conferences through the real hub and the real database, with transports that are arrays:
 * every viewer keeps a mirror from nothing but its frames. When all is quiet each mirror must be
 * exactly what the policy lets that seat see of a room rebuilt from disk. SEED=n replays one.
 */
#include <criterion/criterion.h>
#include <pthread.h>
#include <unistd.h>

#include "base/utf8.h"
#include "net/hub.h"
#include "support/mirror.h"
#include "support/rig.h"
#include "text/change.h"

enum { CONNS = 10, STEPS = 120, ROUNDS = 12 };

struct world {
	struct rig rig;
	struct store *store;
	struct hub *hub;
	struct mirror m[CONNS];
	uint32_t next_conn;
	uint64_t seed;
	pthread_mutex_t lock;
	pthread_cond_t woken;
	bool wake;
	struct series_id series;
	char dir[64], db[96];
};

static struct mirror *mirror_of(struct world *w, struct conn_id conn)
{
	for (size_t i = 0; i < CONNS; i++) {
		if (w->m[i].open && w->m[i].conn.n == conn.n) {
			return &w->m[i];
		}
	}
	return NULL;
}

static void on_send(void *self, struct conn_id conn, struct frame *f)
{
	struct world *w = self;
	struct mirror *m = mirror_of(w, conn);
	json_t *o = json_loadb((char *)frame_bytes(f), frame_len(f), JSON_REJECT_DUPLICATES, NULL);

	cr_assert(o, "a frame that is no JSON");
	cr_assert(m, "a frame to nobody");
	mirror_take_frame(m, o);
	json_decref(o);
}

static bool on_purge(void *self, struct conn_id conn)
{
	(void)self;
	(void)conn;
	return false;
}

static void on_close(void *self, struct conn_id conn, unsigned status)
{
	struct mirror *m = mirror_of(self, conn);

	cr_assert(m);
	m->closed = status;
}

static uint64_t on_random(void *self)
{
	struct world *w = self;

	return rig_random(&w->rig.dice);
}

static void on_wake(void *arg)
{
	struct world *w = arg;

	pthread_mutex_lock(&w->lock);
	w->wake = true;
	pthread_cond_signal(&w->woken);
	pthread_mutex_unlock(&w->lock);
}

/* Until nothing is on its way to the disk. */
static void settle(struct world *w)
{
	hub_poll(w->hub, w->rig.now_ms);
	while (!hub_is_quiet(w->hub)) {
		pthread_mutex_lock(&w->lock);
		while (!w->wake) {
			pthread_cond_wait(&w->woken, &w->lock);
		}
		w->wake = false;
		pthread_mutex_unlock(&w->lock);
		hub_poll(w->hub, w->rig.now_ms);
	}
}

static void start(struct world *w)
{
	char why[STORE_WHY_BYTES] = "";
	struct transport t = {
	    .self = w, .send = on_send, .purge = on_purge, .close = on_close, .random = on_random};

	cr_assert(store_open(w->db, STORE_WRITE, &w->store, why) == ERR_OK, "%s", why);
	store_on_done(w->store, on_wake, w);
	w->hub = hub_create(w->rig.schema, w->store, t);
}

static void say(struct world *w, struct mirror *m, const char *text)
{
	hub_frame(w->hub, m->conn, slice_of(text), w->rig.now_ms);
}

static void enter(struct world *w, size_t i)
{
	struct mirror *m = &w->m[i];
	char text[96];

	m->seat = (uint8_t)(i % w->rig.file.seat_count);
	m->conn = (struct conn_id){++w->next_conn};
	m->open = true;
	m->closed = 0;
	hub_open(w->hub, m->conn, w->series, m->seat, w->rig.now_ms);
	snprintf(text, sizeof text, "{\"t\":\"join\",\"client\":\"%016x\"}", m->conn.n);
	m->ref = 0;
	say(w, m, text);
}

static void leave(struct world *w, struct mirror *m)
{
	m->open = false;
	hub_close(w->hub, m->conn, w->rig.now_ms);
	mirror_clear(m);
}

static void stop(struct world *w)
{
	settle(w);
	for (size_t i = 0; i < CONNS; i++) {
		if (w->m[i].open) {
			leave(w, &w->m[i]);
		}
	}
	settle(w);
	hub_destroy(w->hub);
	store_close(w->store);
}

static void world_init(struct world *w, uint64_t seed)
{
	struct store_import in;
	char why[STORE_WHY_BYTES] = "";
	static const char *const file[] = {"tests/cases/case-1.json", "tests/cases/case-2.json",
					   "tests/cases/case-3.json"};
	static const char *const now[] = {"2026-11-12T14:00", "2026-08-27T10:00",
					  "2026-06-18T13:30"};

	memset(w, 0, sizeof *w);
	w->seed = seed;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->woken, NULL);
	rig_init(&w->rig, file[seed % 3], now[seed % 3], seed);
	strcpy(w->dir, "/tmp/rokusha-prop-XXXXXX");
	cr_assert(mkdtemp(w->dir));
	snprintf(w->db, sizeof w->db, "%s/a.db", w->dir);
	cr_assert(store_create(w->db, why) == ERR_OK, "%s", why);
	cr_assert(store_open(w->db, STORE_WRITE, &w->store, why) == ERR_OK, "%s", why);
	in = (struct store_import){.name = w->rig.file.series,
				   .record = w->rig.file.record,
				   .record_count = w->rig.file.record_count,
				   .pending = w->rig.file.pending};
	cr_assert(store_import_now(w->store, &in, &w->series, why) == ERR_OK, "%s", why);
	store_close(w->store);
	start(w);
}

static void world_fini(struct world *w)
{
	char command[128];

	rig_fini(&w->rig);
	for (size_t i = 0; i < CONNS; i++) {
		free(w->m[i].cell);
		arena_fini(&w->m[i].mem);
	}
	snprintf(command, sizeof command, "rm -rf '%s'", w->dir);
	cr_assert_eq(system(command), 0);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->woken);
}

static size_t pick(struct world *w, size_t n)
{
	return (size_t)(rig_random(&w->rig.dice) % n);
}

/* Insert or delete one character somewhere; texts of the samples stay within the BMP. */
static void random_edit(struct world *w, struct mirror *m, struct mirror_cell *c)
{
	json_t *json;
	size_t units = utf8_units(slice_of(c->text));
	size_t at = units ? pick(w, units + 1) : 0;
	size_t after = units - at;
	char head[24] = "", tail[24] = "", body[32] = "[0,\"字\"]", text[512];
	char change[96];

	if (after > 0 && pick(w, 3) == 0) {
		strcpy(body, "[1]");
		after--;
	}
	if (at) {
		snprintf(head, sizeof head, "%zu,", at);
	}
	if (after) {
		snprintf(tail, sizeof tail, ",%zu", after);
	}
	snprintf(
	    text, sizeof text,
	    "{\"t\":\"edit\",\"ref\":%llu,\"cell\":\"%s\",\"base\":%llu,\"changes\":[[%s%s%s]]}",
	    (unsigned long long)++m->ref, c->key, (unsigned long long)c->ver, head, body, tail);
	snprintf(change, sizeof change, "[%s%s%s]", head, body, tail);
	json = json_loads(change, 0, NULL);
	cr_assert(change_from_json(&m->mem, json, &c->change) == ERR_OK, "%s", change);
	json_decref(json);
	c->pending = m->ref;
	say(w, m, text);
}

/* The id of some row of a table this viewer sees; NULL when it sees none. */
static const char *random_row(struct world *w, const struct mirror *m, const char *table)
{
	size_t first = pick(w, m->count);

	for (size_t i = 0; i < m->count; i++) {
		const char *key = m->cell[(first + i) % m->count].key;
		size_t len = strlen(table);

		if (strncmp(key, table, len) == 0 && key[len] == '/') {
			return key + len + 1;
		}
	}
	return NULL;
}

/* What changes who sees what: an item opens, a row is born, a consent is withdrawn. */
static void random_meeting(struct world *w, struct mirror *m)
{
	static const char *const table[] = {"conf.agenda_items", "consent", "min.actions"};
	size_t kind = pick(w, 3);
	const char *row = random_row(w, m, table[kind]);
	unsigned long long ref = ++m->ref;
	char text[256] = "";

	if (kind == 2) {
		snprintf(text, sizeof text,
			 "{\"t\":\"row\",\"ref\":%llu,\"table\":\"min.actions\",\"cells\":{"
			 "\"what\":\"宿題\"}}",
			 ref);
	} else if (row) {
		snprintf(text, sizeof text,
			 kind == 0 ? "{\"t\":\"open\",\"ref\":%llu,\"row\":\"%.16s\"}"
				   : "{\"t\":\"withdraw\",\"ref\":%llu,\"row\":\"%.16s\",\"words\":"
				     "\"やめる\"}",
			 ref, row);
	}
	if (text[0]) {
		say(w, m, text);
	}
}

static void random_act(struct world *w)
{
	struct mirror *m = &w->m[pick(w, CONNS)];
	struct mirror_cell *c;
	char text[512];

	if (!m->open) {
		enter(w, (size_t)(m - w->m));
		return;
	}
	if (pick(w, 25) == 0) {
		leave(w, m);
		return;
	}
	if (m->count == 0) {
		return; /* its snapshot is on the way */
	}
	if (pick(w, 4) == 0) {
		random_meeting(w, m);
		return;
	}
	c = &m->cell[pick(w, m->count)];
	if (c->pending) {
		return;
	}
	if (c->text) {
		random_edit(w, m, c);
		return;
	} else if (json_is_string(c->value)) {
		char day[16];

		snprintf(day, sizeof day, "2027-01-%02zu", 1 + pick(w, 28));
		snprintf(
		    text, sizeof text,
		    "{\"t\":\"set\",\"ref\":%llu,\"cell\":\"%s\",\"base\":%llu,\"value\":\"%s\"}",
		    (unsigned long long)++m->ref, c->key, (unsigned long long)c->ver, day);
		c->pending = m->ref;
		json_decref(c->wanted);
		c->wanted = json_string(day);
		say(w, m, text);
		return; /* `c` may be gone */
	}
}

static void compare_cell(struct world *w, const struct mirror *m, const struct cell_shown *s)
{
	const struct mirror_cell *c = NULL;

	for (size_t i = 0; i < m->count && !c; i++) {
		c = slice_is(s->key, m->cell[i].key) ? &m->cell[i] : NULL;
	}
	cr_assert(c, "seed %llu: seat %u lacks %.*s", (unsigned long long)w->seed, m->seat,
		  (int)s->key.len, s->key.ptr);
	if (c->text) {
		cr_assert(slice_is(s->text, c->text), "seed %llu: %s", (unsigned long long)w->seed,
			  c->key);
		cr_assert_eq(c->ver, s->ver);
	} else if (!json_is_array(s->value) && json_is_string(s->value) &&
		   json_string_value(s->value)[0] != '@') {
		cr_assert(json_equal(c->value, s->value), "seed %llu: %s",
			  (unsigned long long)w->seed, c->key);
		cr_assert_eq(c->ver, s->ver);
	}
}

/* The room as the disk tells it, against what each viewer was told. */
static void compare_all(struct world *w)
{
	char why[STORE_WHY_BYTES] = "";
	struct store *reader;
	struct store_series *loaded;
	struct room *room = room_create(w->rig.schema);

	cr_assert(store_open(w->db, STORE_READ, &reader, why) == ERR_OK, "%s", why);
	cr_assert(store_load_now(reader, w->series, &loaded, why) == ERR_OK, "%s", why);
	for (size_t i = 0; i < loaded->record_count; i++) {
		cr_assert(room_replay(room, &loaded->record[i]) == ERR_OK);
	}
	room_replay_done(room, w->rig.now_ms, false);
	for (size_t i = 0; i < CONNS; i++) {
		struct mirror *m = &w->m[i];
		size_t count;
		const struct cell_shown *shown;

		if (!m->open || m->closed) {
			continue;
		}
		shown = room_visible(room, seat_bit(m->seat), &w->rig.mem, &count);
		cr_assert_eq(count, m->count, "seed %llu: seat %u has %zu cells, not %zu",
			     (unsigned long long)w->seed, m->seat, m->count, count);
		for (size_t n = 0; n < count; n++) {
			compare_cell(w, m, &shown[n]);
		}
	}
	room_destroy(room);
	store_series_destroy(loaded);
	store_close(reader);
}

static void run(uint64_t seed)
{
	struct world *w = mem_alloc(sizeof *w);

	world_init(w, seed);
	for (size_t i = 0; i < CONNS; i++) {
		enter(w, i);
	}
	settle(w);
	for (size_t n = 0; n < STEPS; n++) {
		random_act(w);
		if (pick(w, 4) == 0) {
			settle(w);
		}
	}
	settle(w);
	compare_all(w);
	stop(w);
	start(w);
	for (size_t i = 0; i < CONNS; i++) {
		enter(w, i);
	}
	settle(w);
	compare_all(w);
	stop(w);
	world_fini(w);
	free(w);
}

Test(prop_hub, mirrors_equal_the_disk)
{
	const char *seed = getenv("SEED");

	if (seed) {
		run(strtoull(seed, NULL, 10));
		return;
	}
	for (uint64_t s = 1; s <= ROUNDS; s++) {
		run(s);
	}
}
