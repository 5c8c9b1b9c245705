#ifndef ROKUSHA_TESTS_SIM_TWIN_WORLD_H
#define ROKUSHA_TESTS_SIM_TWIN_WORLD_H

/*
 * One of the two worlds: the real hub and rooms on a store in memory, a clock of its own making,
 * the oracle that reads the journal, and everything that X's connection was handed, with its time.
 *
 * Randomness. Ids and first versions are drawn by the transport. Each event of a step of the
 * schedule gets the same 32 values, made of the seed and the number of the step: what happens in
 * one world only shifts nothing in the other. (In the product they come from a generator that
 * nobody can predict: a reader learns nothing from which of its outputs it was given.)
 */
#include "net/hub_state.h"
#include "sim/twin_oracle.h"
#include "store/mem_disk.h"
#include "store/store_mem.h"
#include "support/rig.h"

/* What is remembered is enough for every run: see FOLD. */
enum { TWIN_BASE_EDITS = 5, TWIN_REMEMBERED = 4096 };
enum { TWIN_CONNS = SEAT_MAX + 4, CONN_X = SEAT_MAX + 1, CONN_FREE = SEAT_MAX + 2 };

struct twin_conn {
	bool open, joined, board;
	uint8_t seat;
	uint64_t refused, accepted; /* the last refs that were */
};

struct twin_world {
	char name;
	const struct rig *rig; /* the case */
	struct store_mem_disk *disk;
	struct store *store;
	struct hub *hub;
	struct series_id series;
	int64_t now;
	uint64_t dice; /* of the step */
	size_t drawn;
	struct twin_truth truth;
	struct twin_conn conn[TWIN_CONNS]; /* conn n+1 is seat n's */
	struct buf heard;                  /* by X: lines "ms frame" */
	struct buf waiting;                /* the same, behind a slow reader; without the times */
	bool is_slow, again;               /* X; it was told to join anew */
	size_t frames, bytes;
	struct buf known; /* by X, as the oracle has it */
	bool is_known;    /* nothing happened since */
};

/* ---- the transport ---- */

static inline void hear(struct twin_world *w, struct slice frame)
{
	w->again = w->again || slice_begins(frame, "{\"t\":\"again\"");
	buf_printf(&w->heard, "%lld %.*s\n", (long long)w->now, (int)frame.len, frame.ptr);
	w->frames++;
	w->bytes += frame.len;
}

/* What became of a request. */
static inline void note_answer(struct twin_conn *c, struct slice frame)
{
	const char *at = strstr(frame.ptr, "\"ref\":");
	bool ack = strstr(frame.ptr, "\"t\":\"ack\"") != NULL;

	if (at && (ack || strstr(frame.ptr, "\"t\":\"no\""))) {
		*(ack ? &c->accepted : &c->refused) = strtoull(at + 6, NULL, 10);
	}
}

static inline void twin_send(void *self, struct conn_id conn, struct frame *f)
{
	struct twin_world *w = self;
	struct slice bytes = {(char *)frame_bytes(f), frame_len(f)};
	char head[160];
	size_t len = bytes.len < sizeof head ? bytes.len : sizeof head - 1;

	memcpy(head, bytes.ptr, len);
	head[len] = '\0';
	note_answer(&w->conn[conn.n], (struct slice){head, len});
	if (conn.n == CONN_X && w->is_slow) {
		buf_add(&w->waiting, bytes);
		buf_add_str(&w->waiting, "\n");
	} else if (conn.n == CONN_X) {
		hear(w, bytes);
	}
}

static inline bool twin_purge(void *self, struct conn_id conn)
{
	struct twin_world *w = self;
	bool had = conn.n == CONN_X && w->waiting.len > 0;

	if (had) {
		buf_clear(&w->waiting);
	}
	return had;
}

static inline void twin_close(void *self, struct conn_id conn, unsigned status)
{
	struct twin_world *w = self;

	w->conn[conn.n].joined = false;
	if (conn.n == CONN_X) {
		buf_printf(&w->heard, "%lld closed %u\n", (long long)w->now, status);
	}
}

static inline uint64_t twin_random(void *self)
{
	struct twin_world *w = self;
	uint64_t dice = w->dice + w->drawn++ % ROOM_RANDOM * 0x632be59bd9b4e019u;

	return rig_random(&dice);
}

/* It reads again. */
static inline void twin_read_on(struct twin_world *w)
{
	size_t from = 0;

	w->is_slow = false;
	for (size_t i = 0; i < w->waiting.len; i++) {
		if (w->waiting.ptr[i] == '\n') {
			hear(w, (struct slice){w->waiting.ptr + from, i - from});
			from = i + 1;
		}
	}
	buf_clear(&w->waiting);
}

/* ---- time and the store ---- */

static inline void twin_settle(struct twin_world *w)
{
	const struct mem_series *s;

	do {
		hub_poll(w->hub, w->now);
	} while (!hub_is_quiet(w->hub));
	s = mem_disk_series(w->disk, w->series);
	for (; w->truth.taken < s->record_count; w->truth.taken++) {
		truth_take(&w->truth, &s->record[w->truth.taken]);
	}
}

static inline const struct buf *twin_known(struct twin_world *w, const struct twin_eyes *x)
{
	if (!w->is_known) {
		truth_known(&w->truth, x, &w->known);
		w->is_known = true;
	}
	return &w->known;
}

/* Did a seat or a grant begin or end in between? */
static inline bool time_matters(const struct oracle *o, int64_t from, int64_t until)
{
	bool any = false;

	for (unsigned s = 0; s < o->seat_count; s++) {
		any = any || (o->seat[s].from > from && o->seat[s].from <= until) ||
		      (o->seat[s].until > from && o->seat[s].until <= until);
	}
	for (size_t i = 0; i < o->grant_count; i++) {
		any = any || (o->grant[i].from > from && o->grant[i].from <= until) ||
		      (o->grant[i].until > from && o->grant[i].until <= until);
	}
	return any;
}

/* As a loop would: at each deadline of its own, and at no other moment. */
static inline void twin_pass(struct twin_world *w, int64_t until)
{
	if (time_matters(&w->truth.o, w->now, until)) {
		w->is_known = w->truth.o.fresh = false;
	}
	for (int64_t due; (due = hub_deadline(w->hub)) <= until;) {
		w->now = due > w->now ? due : w->now;
		w->drawn = 0;
		hub_tick(w->hub, w->now);
		o_tick(&w->truth.o, w->now);
		twin_settle(w);
	}
	w->now = until;
	o_tick(&w->truth.o, w->now);
}

/* ---- beginning and end ---- */

/* From these records on: of a case file, or of the other world. */
static inline void twin_begin(struct twin_world *w, char name, const struct rig *rig,
			      const struct record *record, size_t count, int64_t now)
{
	struct transport t = {.self = w,
			      .send = twin_send,
			      .purge = twin_purge,
			      .close = twin_close,
			      .random = twin_random};
	struct store_import in = {.name = slice_of("twin"),
				  .record = record,
				  .record_count = count,
				  .pending = rig->file.pending};
	char why[STORE_WHY_BYTES] = "";

	*w = (struct twin_world){.name = name, .rig = rig, .now = now};
	w->disk = store_mem_disk_create();
	w->store = store_mem_open(w->disk);
	cr_assert(store_import_now(w->store, &in, &w->series, why) == ERR_OK);
	w->hub = hub_create(rig->schema, w->store, t);
	hub_bases(w->hub, TWIN_BASE_EDITS, TWIN_REMEMBERED);
	truth_init(&w->truth, rig->schema, record[0].at_ms);
	twin_settle(w);
	o_tick(&w->truth.o, now);
}

/* The rooms come back from their bases. */
static inline void twin_restart(struct twin_world *w)
{
	struct transport t = w->hub->transport;

	hub_destroy(w->hub);
	w->hub = hub_create(w->rig->schema, w->store, t);
	hub_bases(w->hub, TWIN_BASE_EDITS, TWIN_REMEMBERED);
	w->is_known = false;
}

static inline void twin_end(struct twin_world *w)
{
	hub_destroy(w->hub);
	store_close(w->store);
	store_mem_disk_destroy(w->disk);
	truth_fini(&w->truth);
	buf_fini(&w->heard);
	buf_fini(&w->waiting);
	buf_fini(&w->known);
}

/* ---- what people do ---- */

static inline void twin_say(struct twin_world *w, uint32_t conn, const char *text)
{
	hub_frame(w->hub, (struct conn_id){conn}, slice_of(text), w->now);
}

static inline void twin_open(struct twin_world *w, uint32_t conn, uint8_t seat, bool board)
{
	w->conn[conn] = (struct twin_conn){.open = true, .seat = seat, .board = board};
	hub_open(w->hub, (struct conn_id){conn}, w->series, seat, w->now);
}

static inline void twin_leave(struct twin_world *w, uint32_t conn)
{
	struct twin_conn *c = &w->conn[conn];

	if (!c->open) {
		return;
	}
	hub_close(w->hub, (struct conn_id){conn}, w->now);
	c->open = c->joined = false;
	if (conn == CONN_X) {
		buf_clear(&w->waiting);
		w->is_slow = w->again = false;
	}
}

/* Screens of a seat that are there: the room tells of them, no record does. */
static inline void truth_screens(struct twin_world *w)
{
	for (unsigned s = 0; s < w->truth.o.seat_count; s++) {
		w->truth.o.seat[s].screens = 0;
	}
	for (size_t i = 0; i < TWIN_CONNS; i++) {
		const struct twin_conn *c = &w->conn[i];

		w->truth.o.seat[c->seat].screens += c->open && c->joined && !c->board;
	}
	for (unsigned s = 0; s < w->truth.o.seat_count; s++) {
		if (w->truth.o.seat[s].screens == 0) {
			w->truth.caret[s] = CARET_NONE;
		}
	}
}

#endif
