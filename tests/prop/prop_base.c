/*
 * A room that begins from a base is the room its whole journal gives: random histories on a real
 * room, bases taken at random moments as the hub takes them, and each time the two compared: what
 * every seat sees, what may be caught up with, answers to repeated requests, and edits made at an
 * older version. SEED=n replays one history, RUNS=n plays n of each case.
 */
#include "support/history.h"

enum { STEPS = 260, ROUNDS = 12, REMEMBERED = 40 };

/* ---- the base ---- */

static void put_text(struct world *w, const struct text_base *b)
{
	size_t at = 0;

	while (at < w->text_count && !slice_eq(w->text[at].cell, b->cell)) {
		at++;
	}
	if (at == w->text_count) {
		mem_room(&w->text, &w->text_cap, w->text_count, sizeof *w->text);
		w->text[w->text_count++].cell = arena_dup(&w->r.mem, b->cell);
	}
	w->text[at].ver = b->ver;
	w->text[at].text = arena_dup(&w->r.mem, b->text);
}

/* As the hub does with a commit. */
static void take_base(struct world *w)
{
	struct room_base base;

	room_base(w->r.room, &w->r.mem, &base);
	for (size_t i = 0; i < base.text_count; i++) {
		put_text(w, &base.text[i]);
	}
	w->body = base.body;
	w->seq = w->r.kept_count;
	room_base_kept(w->r.room);
}

static struct room *from_base(struct world *w, uint64_t remembered)
{
	struct room *room = room_create(w->r.schema, NULL);
	uint64_t from = w->seq > remembered ? w->seq - remembered : 0;

	for (size_t i = 0; i < w->text_count; i++) {
		cr_assert(room_replay_base(room, &w->text[i]) == ERR_OK);
	}
	room_base_begin(room);
	for (size_t i = 0; i < w->r.kept_count; i++) {
		if (i == w->seq) {
			cr_assert(room_base_end(room, w->body) == ERR_OK, "the base does not fit");
		}
		if (i >= from || w->r.kept[i].kind != RECORD_EDIT) {
			cr_assert(room_replay(room, &w->r.kept[i]) == ERR_OK, "record %zu (%s)", i,
				  record_kind_name(w->r.kept[i].kind));
		}
	}
	if (w->seq == w->r.kept_count) {
		cr_assert(room_base_end(room, w->body) == ERR_OK, "the base does not fit");
	}
	cr_assert(room_replay_done(room, w->r.now_ms, false) == ERR_OK);
	return room;
}

/* ---- the two compared ---- */

static void same_steps(struct world *w, const struct room *ra, const struct room *rb, size_t cell)
{
	const struct room_cell *a = &ra->cell[cell], *b = &rb->cell[cell];

	for (uint64_t v = b->doc->fence; v < b->doc->ver; v++) {
		const struct doc_step *x = doc_step_at(a->doc, v), *y = doc_step_at(b->doc, v);
		json_t *p = change_to_json(&x->change), *q = change_to_json(&y->change);

		cr_assert(x->client == y->client && x->actor == y->actor &&
			      x->for_seat == y->for_seat && json_equal(p, q),
			  "%s: a change is another", a->key);
		json_decref(p);
		json_decref(q);
		w->remembered++;
	}
	for (uint64_t v = b->doc->fence; v <= b->doc->ver; v++) {
		for (unsigned s = 0; s < SEAT_MAX; s++) {
			cr_assert_eq(rights_may_catch_up(ra, a, seat_bit(s), v),
				     rights_may_catch_up(rb, b, seat_bit(s), v),
				     "%s: seat %u at -%llu", a->key, s,
				     (unsigned long long)(b->doc->ver - v));
		}
	}
}

static void same_rooms(struct world *w, struct room *a, struct room *b)
{
	struct room *live = w->r.room;

	w->r.room = a; /* `survives` compares with what the records give: here with the other */
	for (unsigned seat = 0; seat < w->r.file.seat_count; seat++) {
		size_t count, count2;
		const struct cell_shown *x = room_visible(a, seat_bit(seat), &w->r.mem, &count);
		const struct cell_shown *y = room_visible(b, seat_bit(seat), &w->r.mem, &count2);

		cr_assert_eq(count, count2);
		for (size_t i = 0; i < count; i++) {
			same_cell(&x[i], &y[i]);
		}
	}
	same_meeting(room_meet(a, &w->r.mem), room_meet(b, &w->r.mem));
	same_seats(&w->r, b, &w->r.mem);
	w->r.room = live;
	cr_assert_eq(room_deadline(a), room_deadline(b));
	cr_assert(a->assent == b->assent && a->now_ms == b->now_ms && a->bytes == b->bytes &&
		      a->rest == b->rest && a->recorded_ms == b->recorded_ms &&
		      a->cell_count == b->cell_count,
		  "assent %d %d, %zu and %zu bytes", a->assent, b->assent, a->bytes, b->bytes);
	for (size_t i = 0; i < a->cell_count; i++) {
		cr_assert_eq(a->cell[i].written, b->cell[i].written, "%s", a->cell[i].key);
		if (a->cell[i].doc) {
			same_steps(w, a, b, i);
		}
	}
}

/* An edit that was remembered can be mapped over by whoever has the version before it. */
static void reaches_back(const struct world *w, const struct room *b, uint64_t remembered)
{
	uint64_t from = w->seq > remembered ? w->seq - remembered : 0;

	for (size_t i = from; i < w->r.kept_count; i++) {
		const struct record *rec = &w->r.kept[i];

		if (rec->kind == RECORD_EDIT) {
			cr_assert_lt(b->cell[cells_find(b, rec->cell)].doc->fence, rec->ver);
		}
	}
}

static void step(struct world *w, struct room *room, enum room_event_kind kind, uint8_t seat,
		 const char *text, struct fx_list *out)
{
	struct room_event ev = {.kind = kind, .conn = {1}, .actor = seat, .now_ms = w->r.now_ms};
	struct msg m;

	cr_assert(wire_decode(slice_of(text), &m) == ERR_OK, "%s", text);
	ev.msg = &m;
	for (size_t i = 0; i < ROOM_RANDOM; i++) {
		ev.random[i] = i;
	}
	fx_reset(out);
	room_step(room, &ev, out);
	wire_release(&m);
}

/* What it said, in short: ack or no with its numbers, and the records. */
static const char *said_of(struct world *w, const struct fx_list *out)
{
	struct buf b = {0};
	const char *text;

	for (size_t i = 0; i < out->fx_count; i++) {
		const struct fx *f = &out->fx[i];

		buf_printf(&b, "%d %llu %llu %llu %d;", f->kind, (unsigned long long)f->ref,
			   (unsigned long long)f->ver,
			   (unsigned long long)(f->has_row ? f->row : 0), f->code);
	}
	for (size_t i = 0; i < out->record_count; i++) {
		buf_printf(&b, " %llu %.*s", (unsigned long long)out->record[i].ver,
			   (int)out->record[i].body.len, out->record[i].body.ptr);
	}
	text = kept_text(&w->r, buf_slice(&b));
	buf_fini(&b);
	return text;
}

static void both(struct world *w, struct room *const room[2], enum room_event_kind kind,
		 uint8_t seat, const char *text)
{
	struct fx_list out[2] = {{0}};
	const char *said[2];

	for (int i = 0; i < 2; i++) {
		step(w, room[i], kind, seat, text, &out[i]);
		said[i] = said_of(w, &out[i]);
	}
	cr_assert_str_eq(said[0], said[1], "seat %u says %s", seat, text);
	fx_fini(&out[0]);
	fx_fini(&out[1]);
}

/* Said again it gets the answer it got; and its name is no other seat's. */
static void same_answers(struct world *w, struct room *const room[2])
{
	for (size_t n = 0; n < 25 && w->said_count > 0; n++) {
		const struct said *s = &w->said[pick(w, w->said_count)];
		uint8_t other = (uint8_t)pick(w, w->r.file.seat_count);
		char text[96];

		snprintf(text, sizeof text, "{\"t\":\"join\",\"client\":\"%016llx\"}",
			 (unsigned long long)s->client);
		answer_for(w, room[1], s->client);
		both(w, room, ROOM_JOIN, other, text);
		both(w, room, ROOM_LEAVE, other, text);
		both(w, room, ROOM_JOIN, s->seat, text);
		both(w, room, ROOM_MSG, s->seat, s->text);
		both(w, room, ROOM_LEAVE, s->seat, text);
	}
}

/* Somebody comes back with words written at an older version. */
static void same_rebases(struct world *w, struct room *const room[2])
{
	uint8_t ps = (uint8_t)seat_of(w, "ps");

	both(w, room, ROOM_JOIN, ps, "{\"t\":\"join\",\"client\":\"00000000000000aa\"}");
	for (size_t n = 0; n < 12; n++) {
		const struct cell_shown *c = some_text(w, ps);
		uint32_t at = c ? cells_find(room[1], c->key) : MAP_NONE;
		const struct doc *d = at == MAP_NONE ? NULL : room[1]->cell[at].doc;
		uint64_t base = d ? d->ver - pick(w, (size_t)(d->ver - d->fence) + 1) : 0;
		char *change, *text = NULL;

		if (!d) {
			continue;
		}
		change =
		    some_change(w, base < d->ver ? change_len_old(&doc_step_at(d, base)->change)
						 : d->body.units);
		for (char *p = change; *p; p++) {
			*p = *p == '\'' ? '"' : *p;
		}
		cr_assert(asprintf(&text,
				   "{\"t\":\"edit\",\"ref\":%zu,\"cell\":\"%s\",\"base\":%llu,"
				   "\"changes\":[%s]}",
				   n + 1, c->key.ptr, (unsigned long long)base, change) > 0);
		w->rebased += base < d->ver;
		both(w, room, ROOM_MSG, ps, text);
		free(change);
		free(text);
	}
}

static void compare(struct world *w)
{
	uint64_t remembered = 1 + pick(w, REMEMBERED);
	struct room *room[2];

	if (w->seq == 0) {
		return;
	}
	room[0] = rig_rebuild(&w->r);
	room[1] = from_base(w, remembered);
	same_rooms(w, room[0], room[1]);
	reaches_back(w, room[1], remembered);
	same_answers(w, room);
	same_rebases(w, room);
	same_rooms(w, room[0], room[1]);
	room_destroy(room[0]);
	room_destroy(room[1]);
	w->compared++;
}

/* Whatever is loaded goes on as the room: now and then from its base. */
static void restart(struct world *w)
{
	room_destroy(w->r.room);
	w->r.room = w->seq && pick(w, 2) ? from_base(w, REMEMBERED) : rig_rebuild(&w->r);
	memset(w->conn, 0, sizeof w->conn);
}

static void play(struct world *w, uint64_t seed)
{
	rig_again(&w->r, seed);
	w->seq = 0;
	w->text_count = w->said_count = 0;
	memset(w->conn, 0, sizeof w->conn);
	memset(w->client, 0, sizeof w->client);
	for (size_t i = 0; i < STEPS; i++) {
		act(w);
		if (pick(w, 20) == 0) {
			take_base(w);
		}
		if (pick(w, 25) == 0) {
			compare(w);
		}
		if (pick(w, 60) == 0 && w->seq) {
			restart(w);
		}
	}
	for (size_t i = 0; i < w->said_count; i++) {
		free(w->said[i].text);
	}
}

static void play_all(const char *path, const char *now)
{
	const char *seed = getenv("SEED"), *runs = getenv("RUNS");
	uint64_t rounds = runs ? strtoull(runs, NULL, 10) : ROUNDS;
	struct world *w = mem_alloc(sizeof *w);

	rig_init(&w->r, path, now, 1);
	for (uint64_t s = 0; s < (seed ? 1 : rounds); s++) {
		uint64_t n = seed ? strtoull(seed, NULL, 10) : s + 1;

		printf("SEED=%llu\n", (unsigned long long)n);
		fflush(stdout);
		play(w, n);
	}
	printf("%zu compared, %zu changes remembered, %zu clients asked for, %zu edits of old\n",
	       w->compared, w->remembered, w->asked, w->rebased);
	cr_assert(seed || (w->compared > rounds * 4 && w->remembered > rounds * 40 &&
			   w->asked > rounds * 20 && w->rebased > rounds * 10));
	free(w->said);
	free(w->text);
	rig_fini(&w->r);
	free(w);
}

Test(prop_base, a_room_from_its_base_is_the_room_of_its_journal, .timeout = 600)
{
	play_all(CASE_1, MEETING_1);
}

Test(prop_base, elsewhere_too, .timeout = 600)
{
	play_all(CASE_2, MEETING_2);
}
