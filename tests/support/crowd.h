#ifndef ROKUSHA_TESTS_SUPPORT_CROWD_H
#define ROKUSHA_TESTS_SUPPORT_CROWD_H

/*
 * A crowd of clients (mirror.h) at one hub, on a database or a store in memory, with transports
 * that are arrays, slow readers among them: what they do at random, and what each does of itself.
 */
#include <criterion/criterion.h>
#include <pthread.h>
#include <unistd.h>

#include "base/utf8.h"
#include "net/hub.h"
#include "store/store_mem.h"
#include "support/mirror.h"
#include "support/rig.h"
#include "text/change.h"

enum { CONNS = 12, BOARDS = 2 };

struct world {
	struct rig rig;
	struct store *store;
	struct store_mem_disk *disk; /* NULL: SQLite, where nothing fails by itself */
	struct hub *hub;
	struct mirror m[CONNS];
	struct mirror_log log;
	uint32_t next_conn;
	uint64_t seed;
	pthread_mutex_t lock;
	pthread_cond_t woken;
	bool wake;
	struct series_id series;
	char dir[64], db[96];
};

static inline struct mirror *mirror_of(struct world *w, struct conn_id conn)
{
	for (size_t i = 0; i < CONNS; i++) {
		if (w->m[i].open && w->m[i].conn.n == conn.n) {
			return &w->m[i];
		}
	}
	return NULL;
}

/* ---- the transport ---- */

static inline void on_send(void *self, struct conn_id conn, struct frame *f)
{
	struct world *w = self;
	struct mirror *m = mirror_of(w, conn);
	json_t *o = json_loadb((char *)frame_bytes(f), frame_len(f), JSON_REJECT_DUPLICATES, NULL);

	cr_assert(o, "a frame that is no JSON");
	cr_assert(m, "a frame to nobody");
	if (m->is_slow) {
		json_array_append(m->waiting, o);
	} else {
		mirror_take_frame(m, o);
	}
	json_decref(o);
}

static inline bool on_purge(void *self, struct conn_id conn)
{
	struct mirror *m = mirror_of(self, conn);
	bool had = m && json_array_size(m->waiting) > 0;

	if (m) {
		json_array_clear(m->waiting);
	}
	return had;
}

static inline void read_on(struct mirror *m)
{
	json_t *f;
	size_t i;

	m->is_slow = false;
	json_array_foreach(m->waiting, i, f)
	{
		mirror_take_frame(m, f);
	}
	json_array_clear(m->waiting);
}

static inline void on_close(void *self, struct conn_id conn, unsigned status)
{
	struct mirror *m = mirror_of(self, conn);

	cr_assert(m);
	m->closed = status;
}

static inline uint64_t on_random(void *self)
{
	struct world *w = self;

	return rig_random(&w->rig.dice);
}

static inline void on_wake(void *arg)
{
	struct world *w = arg;

	pthread_mutex_lock(&w->lock);
	w->wake = true;
	pthread_cond_signal(&w->woken);
	pthread_mutex_unlock(&w->lock);
}

/* Until nothing is on its way to the disk. */
static inline void settle(struct world *w)
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

/* ---- coming and going ---- */

static inline void start(struct world *w)
{
	char why[STORE_WHY_BYTES] = "";
	struct transport t = {
	    .self = w, .send = on_send, .purge = on_purge, .close = on_close, .random = on_random};

	if (w->disk) {
		w->store = store_mem_open(w->disk);
	} else {
		cr_assert(store_open(w->db, STORE_WRITE, &w->store, why) == ERR_OK, "%s", why);
	}
	store_on_done(w->store, on_wake, w);
	w->hub = hub_create(w->rig.schema, w->store, t);
}

static inline void say(struct world *w, struct mirror *m, const char *text)
{
	hub_frame(w->hub, m->conn, slice_of(text), w->rig.now_ms);
}

static inline void join(struct world *w, struct mirror *m)
{
	char *text = mirror_join(m);

	m->again = false;
	say(w, m, text);
	free(text);
}

/* The i-th of the seats somebody holds, from the front again where there are fewer. */
static inline uint8_t held_seat(const struct world *w, size_t i)
{
	const struct rights *rights = room_rights(w->rig.room);

	for (uint8_t seat = 0;; seat = (uint8_t)((seat + 1u) % rights->seat_count)) {
		if (rights->seat[seat].live && i-- == 0) {
			return seat;
		}
	}
}

/* The last ones are boards, where the seat may have one. */
static inline void enter(struct world *w, size_t i)
{
	struct mirror *m = &w->m[i];

	m->seat = held_seat(w, i);
	m->board = i >= CONNS - BOARDS;
	if (m->board) {
		m->seat = rig_seat(&w->rig, i % 2 ? "p-ps" : "p-aps");
	}
	m->conn = (struct conn_id){++w->next_conn};
	m->client = m->conn.n;
	m->log = &w->log;
	m->open = true;
	m->again = m->joined = m->resend = m->broken = m->is_slow = false;
	m->closed = 0;
	m->ref = 0;
	hub_open(w->hub, m->conn, w->series, m->seat, w->rig.now_ms);
	join(w, m);
}

static inline void leave(struct world *w, struct mirror *m)
{
	m->open = false;
	hub_close(w->hub, m->conn, w->rig.now_ms);
	mirror_clear(m);
}

static inline void stop(struct world *w)
{
	settle(w);
	for (size_t i = 0; i < CONNS; i++) {
		if (w->m[i].open) {
			leave(w, &w->m[i]);
		}
	}
	settle(w);
	w->rig.now_ms += 60001;
	hub_tick(w->hub, w->rig.now_ms);
	settle(w);
	cr_assert_eq(hub_figures(w->hub).rooms, 0, "it would not go");
}

static inline void world_init(struct world *w, uint64_t seed)
{
	struct store_import in;
	char why[STORE_WHY_BYTES] = "";
	static const char *const file[] = {"tests/cases/case-1.json", "tests/cases/case-2.json",
					   "tests/cases/case-3.json", "tests/cases/case-4.json"};
	static const char *const now[] = {"2026-11-12T14:00", "2026-08-27T10:00",
					  "2026-06-18T13:30", "2026-03-12T14:00"};

	memset(w, 0, sizeof *w);
	w->seed = seed;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->woken, NULL);
	rig_init(&w->rig, file[seed % 4], now[seed % 4], seed);
	for (size_t i = 0; i < CONNS; i++) {
		w->m[i].waiting = json_array();
	}
	strcpy(w->dir, "/tmp/rokusha-prop-XXXXXX");
	cr_assert(mkdtemp(w->dir));
	snprintf(w->db, sizeof w->db, "%s/a.db", w->dir);
	if (seed % 8 != 0) {
		w->disk = store_mem_disk_create();
	} else {
		cr_assert(store_create(w->db, why) == ERR_OK, "%s", why);
	}
	start(w);
	in = (struct store_import){.name = w->rig.file.series,
				   .record = w->rig.file.record,
				   .record_count = w->rig.file.record_count,
				   .pending = w->rig.file.pending};
	cr_assert(store_import_now(w->store, &in, &w->series, why) == ERR_OK, "%s", why);
}

static inline void world_fini(struct world *w)
{
	char command[128];

	for (size_t i = 0; i < CONNS; i++) {
		free(w->m[i].cell);
		free(w->m[i].ask);
		json_decref(w->m[i].waiting);
		arena_fini(&w->m[i].mem);
	}
	free(w->log.answer);
	store_mem_disk_destroy(w->disk);
	rig_fini(&w->rig);
	snprintf(command, sizeof command, "rm -rf '%s'", w->dir);
	cr_assert_eq(system(command), 0);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->woken);
}

static inline size_t pick(struct world *w, size_t n)
{
	return (size_t)(rig_random(&w->rig.dice) % n);
}

/* ---- what somebody does ---- */

static inline void ask(struct world *w, struct mirror *m, const char *text, const char *key)
{
	mirror_ask(m, m->ref, text, key);
	say(w, m, text);
}

/* Insert or delete one character somewhere; texts of the samples stay within the BMP. */
static inline void random_edit(struct world *w, struct mirror *m, struct mirror_cell *c)
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
	ask(w, m, text, c->key);
}

static inline void random_set(struct world *w, struct mirror *m, struct mirror_cell *c)
{
	char text[512], day[16];

	snprintf(day, sizeof day, "2027-01-%02zu", 1 + pick(w, 28));
	snprintf(text, sizeof text,
		 "{\"t\":\"set\",\"ref\":%llu,\"cell\":\"%s\",\"base\":%llu,\"value\":\"%s\"}",
		 (unsigned long long)++m->ref, c->key, (unsigned long long)c->ver, day);
	c->pending = m->ref;
	json_decref(c->wanted);
	c->wanted = json_string(day);
	ask(w, m, text, c->key); /* `c` may be gone after it */
}

/* The id of some row of a table this viewer sees; NULL when it sees none. */
static inline const char *random_row(struct world *w, const struct mirror *m, const char *table)
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

/* What changes who sees what. %R is a row of the table, %S a seat, %N a digit 0 or 1. */
static const struct {
	const char *table;
	const char *body;
} act[] = {
    {"conf.agenda_items", "\"t\":\"open\",\"row\":\"%R\""},
    {"conf.agenda_items", "\"t\":\"open\",\"row\":\"%R\""},
    {"conf.agenda_items", "\"t\":\"order\",\"row\":\"%R\""},
    {"consent", "\"t\":\"withdraw\",\"row\":\"%R\",\"words\":\"やめる\""},
    {NULL, "\"t\":\"row\",\"table\":\"min.actions\",\"cells\":{\"what\":\"宿題\"}"},
    {NULL, "\"t\":\"attend\",\"what\":\"in\""},
    {NULL, "\"t\":\"attend\",\"what\":\"in\",\"seat\":\"%S\""},
    {NULL, "\"t\":\"attend\",\"what\":\"out\",\"seat\":\"%S\""},
    {NULL, "\"t\":\"attend\",\"what\":\"out\""},
    {NULL, "\"t\":\"pause\",\"on\":%N"},
    {NULL, "\"t\":\"close\",\"end\":%N"},
    {NULL, "\"t\":\"deny\",\"seat\":\"%S\",\"about\":\"%S\",\"on\":%N"},
};

static inline void random_meeting(struct world *w, struct mirror *m)
{
	size_t kind = pick(w, sizeof act / sizeof *act);
	const char *row = act[kind].table ? random_row(w, m, act[kind].table) : "";
	struct buf text = {0};

	if (!row) {
		return;
	}
	buf_printf(&text, "{\"ref\":%llu,", (unsigned long long)++m->ref);
	for (const char *c = act[kind].body; *c; c++) {
		struct slice seat = w->rig.file.seat[pick(w, w->rig.file.seat_count)].wire;

		if (*c != '%') {
			buf_add(&text, (struct slice){c, 1});
		} else if (*++c == 'S') {
			buf_add(&text, seat);
		} else if (*c == 'N') {
			buf_printf(&text, "%zu", pick(w, 2));
		} else {
			buf_printf(&text, "%.16s", row);
		}
	}
	buf_add(&text, (struct slice){"}", 2}); /* and the end of the string */
	ask(w, m, text.ptr, NULL);
	buf_fini(&text);
}

/* Sooner or later something of the disk fails. */
static inline void random_fault(struct world *w)
{
	static const enum store_mem_fault fault[] = {STORE_MEM_REFUSED, STORE_MEM_LOST,
						     STORE_MEM_SAVED};

	if (w->disk && pick(w, 12) == 0) {
		store_mem_fail_commit(w->store, 1 + pick(w, 4), fault[pick(w, 3)]);
	}
	if (w->disk && pick(w, 150) == 0) {
		store_mem_fail_load(w->store, 1);
	}
}

static inline void random_words(struct world *w, struct mirror *m)
{
	struct mirror_cell *c = &m->cell[pick(w, m->count)];
	char text[256];

	if (pick(w, 3) == 0) {
		random_meeting(w, m);
	} else if (pick(w, 5) == 0) {
		snprintf(text, sizeof text, "{\"t\":\"here\",\"cell\":\"%s\"}", c->key);
		say(w, m, text);
	} else if (c->pending || c->gave_up) {
		return; /* one in flight a cell */
	} else if (c->text) {
		random_edit(w, m, c);
	} else if (json_is_string(c->value)) {
		random_set(w, m, c);
	}
}

static inline void random_act(struct world *w)
{
	struct mirror *m = &w->m[pick(w, CONNS)];

	random_fault(w);
	if (!m->open) {
		enter(w, (size_t)(m - w->m));
	} else if (pick(w, 25) == 0) {
		leave(w, m);
	} else if (pick(w, 10) == 0) {
		m->is_slow = !m->is_slow;
		if (!m->is_slow) {
			read_on(m);
		}
	} else if (m->joined && !m->closed && !m->board && m->count > 0) {
		random_words(w, m);
	}
}

/* In the order of their refs; an answer may come at once and take one off the list. */
static inline void ask_again(struct world *w, struct mirror *m)
{
	uint64_t done = 0;

	m->resend = false;
	for (size_t i = 0; i < m->ask_count; i++) {
		if (m->ask[i].ref > done) {
			done = m->ask[i].ref;
			say(w, m, m->ask[i].text);
			i = (size_t)-1;
		}
	}
}

/* What a client does of itself: go when it is closed, join when it is told to, ask again. */
static inline bool chores(struct world *w)
{
	bool any = false;

	for (size_t i = 0; i < CONNS; i++) {
		struct mirror *m = &w->m[i];

		if (!m->open) {
			continue;
		}
		any = any || m->closed || m->broken || m->again || m->resend;
		if (m->closed || m->broken) {
			leave(w, m);
			enter(w, i);
		} else if (m->again) {
			join(w, m);
		}
		if (m->resend) {
			ask_again(w, m);
		}
	}
	return any;
}

static inline bool all_joined(const struct world *w)
{
	for (size_t i = 0; i < CONNS; i++) {
		if (w->m[i].open && !w->m[i].joined) {
			return false;
		}
	}
	return true;
}

#endif
