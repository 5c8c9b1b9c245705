#ifndef ROKUSHA_TESTS_SUPPORT_HUBRIG_H
#define ROKUSHA_TESTS_SUPPORT_HUBRIG_H

/*
 * The real hub on a store in memory, with a transport that is an array: what each connection was
 * sent, as JSON, and what waits for it while it reads slowly. A commit waits until keep() or lose()
 * says how it ends. In what is said ' stands for ". Run from the root of the repository.
 */
#include <stdarg.h>

#include "base/ids.h"
#include "base/utf8.h"
#include "net/hub.h"
#include "store/store_mem.h"
#include "support/rig.h"

enum { CONNS = 8 };

#define CASE_1 "tests/cases/case-1.json", "2026-11-12T14:00"
#define CASE_2 "tests/cases/case-2.json", "2026-08-27T10:00"
#define GOAL "plan.work.action.goal"

struct seat_screen {
	json_t *heard;   /* since hush() */
	json_t *waiting; /* frames behind a slow reader */
	bool is_slow;
	unsigned closed; /* status */
};

struct world {
	struct rig rig; /* the case and its names; its room is the one the meeting begins with */
	struct store *store;
	struct series_id series;
	struct hub *hub;
	struct seat_screen conn[CONNS];
	struct room *truth;
};

/* ---- the transport ---- */

static inline struct seat_screen *screen(struct world *w, struct conn_id conn)
{
	cr_assert_lt(conn.n, CONNS);
	return &w->conn[conn.n];
}

static inline void on_send(void *self, struct conn_id conn, struct frame *f)
{
	struct seat_screen *s = screen(self, conn);
	json_t *o = json_loadb((char *)frame_bytes(f), frame_len(f), JSON_REJECT_DUPLICATES, NULL);

	cr_assert(o, "a frame that is no JSON");
	json_array_append_new(s->is_slow ? s->waiting : s->heard, o);
}

static inline bool on_purge(void *self, struct conn_id conn)
{
	struct seat_screen *s = screen(self, conn);
	bool had = json_array_size(s->waiting) > 0;

	json_array_clear(s->waiting);
	return had;
}

static inline void on_close(void *self, struct conn_id conn, unsigned status)
{
	screen(self, conn)->closed = status;
}

static inline uint64_t on_random(void *self)
{
	struct world *w = self;

	return rig_random(&w->rig.dice);
}

/* It reads again: what waited goes out. */
static inline void read_on(struct world *w, uint32_t conn)
{
	struct seat_screen *s = &w->conn[conn];

	s->is_slow = false;
	json_array_extend(s->heard, s->waiting);
	json_array_clear(s->waiting);
}

/* ---- beginning and end ---- */

static inline struct transport world_transport(struct world *w)
{
	return (struct transport){
	    .self = w, .send = on_send, .purge = on_purge, .close = on_close, .random = on_random};
}

/* With the case that w->rig has. */
static inline void world_begin(struct world *w)
{
	struct store_import in;
	char why[STORE_WHY_BYTES] = "";

	w->store = store_mem_open(NULL);
	in = (struct store_import){.name = w->rig.file.series,
				   .record = w->rig.file.record,
				   .record_count = w->rig.file.record_count,
				   .pending = w->rig.file.pending};
	cr_assert(store_import_now(w->store, &in, &w->series, why) == ERR_OK, "%s", why);
	for (size_t i = 0; i < CONNS; i++) {
		w->conn[i] = (struct seat_screen){.heard = json_array(), .waiting = json_array()};
	}
	w->hub = hub_create(w->rig.schema, w->store, world_transport(w));
}

static inline void world_init(struct world *w, const char *file, const char *now)
{
	memset(w, 0, sizeof *w);
	rig_init(&w->rig, file, now, 5);
	world_begin(w);
}

static inline void world_fini(struct world *w)
{
	hub_destroy(w->hub);
	store_close(w->store);
	room_destroy(w->truth);
	for (size_t i = 0; i < CONNS; i++) {
		json_decref(w->conn[i].heard);
		json_decref(w->conn[i].waiting);
	}
	rig_fini(&w->rig);
}

/* ---- what was heard ---- */

static inline void hush(struct world *w)
{
	for (size_t i = 0; i < CONNS; i++) {
		json_array_clear(w->conn[i].heard);
	}
}

static inline unsigned heard(const struct world *w, uint32_t conn, const char *t)
{
	unsigned n = 0;

	for (size_t i = 0; i < json_array_size(w->conn[conn].heard); i++) {
		json_t *f = json_array_get(w->conn[conn].heard, i);

		n += strcmp(json_string_value(json_object_get(f, "t")), t) == 0;
	}
	return n;
}

static inline size_t heard_all(const struct world *w, uint32_t conn)
{
	return json_array_size(w->conn[conn].heard);
}

/* The last frame of that name; a test that asks wants there to be one. */
static inline json_t *last(const struct world *w, uint32_t conn, const char *t)
{
	for (size_t i = json_array_size(w->conn[conn].heard); i-- > 0;) {
		json_t *f = json_array_get(w->conn[conn].heard, i);

		if (strcmp(json_string_value(json_object_get(f, "t")), t) == 0) {
			return f;
		}
	}
	cr_assert(false, "%u was sent no %s", conn, t);
	return NULL;
}

static inline json_int_t last_int(const struct world *w, uint32_t conn, const char *t,
				  const char *name)
{
	return json_integer_value(json_object_get(last(w, conn, t), name));
}

/* ---- the store ---- */

/* The commit that waits is kept. */
static inline void keep(struct world *w)
{
	cr_assert(store_mem_next(w->store), "nothing was to be kept");
	hub_poll(w->hub, w->rig.now_ms);
}

/* The commit that waits ends so; the room is still to be loaded again. */
static inline void lose(struct world *w, enum store_mem_fault how)
{
	store_mem_fail_commit(w->store, 1, how);
	keep(w);
}

static inline void settle(struct world *w)
{
	do {
		hub_poll(w->hub, w->rig.now_ms);
	} while (!hub_is_quiet(w->hub));
}

static inline void tick(struct world *w, int64_t ms)
{
	w->rig.now_ms += ms;
	hub_tick(w->hub, w->rig.now_ms);
}

static inline struct store_series *stored(struct world *w)
{
	struct store_series *l;

	cr_assert(store_load_now(w->store, w->series, &l, NULL) == ERR_OK);
	return l;
}

static inline size_t records(struct world *w, enum record_kind kind)
{
	struct store_series *l = stored(w);
	size_t n = 0;

	for (size_t i = 0; i < l->record_count; i++) {
		n += l->record[i].kind == kind;
	}
	store_series_destroy(l);
	return n;
}

/* The room as the whole journal has it; stays until the next call. */
static inline struct room *truth(struct world *w)
{
	struct store_series *l = stored(w);

	room_destroy(w->truth);
	w->truth = room_create(w->rig.schema, NULL);
	for (size_t i = 0; i < l->record_count; i++) {
		cr_assert(room_replay(w->truth, &l->record[i]) == ERR_OK);
	}
	cr_assert(room_replay_done(w->truth, w->rig.now_ms, false) == ERR_OK);
	store_series_destroy(l);
	return w->truth;
}

static inline size_t audits(struct world *w, const char *what)
{
	size_t count, n = 0;
	const struct audit *a = store_mem_audit(w->store, w->series, &count);

	for (size_t i = 0; i < count; i++) {
		n += slice_is(a[i].what, what);
	}
	return n;
}

/* ---- saying ---- */

static inline void __attribute__((format(printf, 3, 4)))
say(struct world *w, uint32_t conn, const char *format, ...)
{
	struct buf text = {0};
	char body[8192];
	va_list args;

	va_start(args, format);
	vsnprintf(body, sizeof body, format, args);
	va_end(args);
	buf_printf(&text, "{%s}", body);
	for (size_t i = 0; i < text.len; i++) {
		text.ptr[i] = text.ptr[i] == '\'' ? '"' : text.ptr[i];
	}
	hub_frame(w->hub, (struct conn_id){conn}, buf_slice(&text), w->rig.now_ms);
	buf_fini(&text);
}

static inline void come(struct world *w, uint32_t conn, const char *seat)
{
	hub_open(w->hub, (struct conn_id){conn}, w->series, rig_seat(&w->rig, seat), w->rig.now_ms);
}

/* As after `again`, too. */
static inline void join(struct world *w, uint32_t conn)
{
	say(w, conn, "'t':'join','client':'%016x'", conn);
}

static inline void enter(struct world *w, uint32_t conn, const char *seat)
{
	come(w, conn, seat);
	join(w, conn);
	settle(w);
	cr_assert_eq(heard(w, conn, "snap"), 1);
}

static inline void enter_board(struct world *w, uint32_t conn, const char *seat)
{
	come(w, conn, seat);
	say(w, conn, "'t':'join','client':'%016x','board':1", conn);
	settle(w);
	cr_assert_eq(heard(w, conn, "snap"), 1);
}

static inline void leave(struct world *w, uint32_t conn)
{
	hub_close(w->hub, (struct conn_id){conn}, w->rig.now_ms);
}

/* `count` single characters at the start of the goal, one change each, at the stored version. */
static inline void type_many(struct world *w, uint32_t conn, unsigned ref, unsigned count)
{
	const struct cell_shown *c = rig_cell(&w->rig, truth(w), "p-ps", GOAL);
	struct buf text = {0};
	size_t units = utf8_units(c->text);

	for (unsigned i = 0; i < count; i++) {
		buf_printf(&text, "%s[[0,'字'],%zu]", i ? "," : "", units + i);
	}
	buf_add(&text, (struct slice){"", 1});
	say(w, conn, "'t':'edit','ref':%u,'cell':'" GOAL "','base':%llu,'changes':[%s]", ref,
	    (unsigned long long)c->ver, text.ptr);
	buf_fini(&text);
}

static inline void type(struct world *w, uint32_t conn, unsigned ref)
{
	type_many(w, conn, ref, 1);
}

/* How often the character of type() stands in the goal. */
static inline size_t typed(struct world *w)
{
	struct slice text = rig_cell(&w->rig, truth(w), "p-ps", GOAL)->text;
	size_t n = 0;

	for (size_t i = 0; i + 3 <= text.len && slice_is((struct slice){text.ptr + i, 3}, "字");
	     i += 3) {
		n++;
	}
	return n;
}

/* The wire id of a row by its outside name. */
static inline const char *row_id(struct world *w, const char *table, const char *name)
{
	struct slice key;

	cr_assert(room_row_find(w->rig.room, schema_table_find(w->rig.schema, slice_of(table)),
				slice_of(name), &key));
	return arena_printf(&w->rig.mem, "%.16s", key.ptr + strlen(table) + 1).ptr;
}

static inline const char *seat_id(struct world *w, const char *seat)
{
	return arena_dup(&w->rig.mem, w->rig.file.seat[rig_seat(&w->rig, seat)].wire).ptr;
}

/* The person of case 2 withdraws what the agency reads of their health. */
static inline void withdraw(struct world *w, uint32_t conn)
{
	say(w, conn, "'t':'withdraw','ref':1,'row':'%s','words':'やめる'",
	    row_id(w, "consent", "c2"));
}

#endif
