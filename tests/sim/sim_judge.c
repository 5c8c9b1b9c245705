/*
 * What must be true: of every frame at the moment it is handed over, after every step, and when all
 * is quiet. Who may see what is asked of the oracle, never of policy/.
 */
#include "sim/sim.h"

#include "net/hub_state.h"
#include "room/room_state.h"

/* ---- frames ---- */

/* Whose eyes a line has. */
seat_set judge_eyes(const struct oracle *o, const struct line *l)
{
	return l->board ? o_present(o) : seat_bit(l->seat);
}

/* In what is kept, and in what would be if all on its way to the disk were. */
static bool may_see(struct sim *s, const struct line *l, uint32_t cell)
{
	struct follower *a = &s->ahead;

	if (o_level(&s->kept.o, judge_eyes(&s->kept.o, l), cell) == O_HIDDEN) {
		return false;
	}
	return a->more == 0 || cell >= a->o.cell_count ||
	       o_level(&a->o, judge_eyes(&a->o, l), cell) != O_HIDDEN;
}

static uint32_t shown(struct sim *s, const struct line *l, const char *t, const char *key)
{
	uint32_t cell = o_find(&s->kept.o, key);

	HOLDS(&s->watch, cell != MAP_NONE, "%s tells of %s before it is kept", t, key);
	HOLDS(&s->watch, may_see(s, l, cell), "%s shows %s to seat %u%s", t, key, l->seat,
	      l->board ? " (board)" : "");
	return cell;
}

static void is_kept(struct sim *s, const char *t, uint32_t cell, uint64_t ver)
{
	HOLDS(&s->watch, ver <= follow_ver(&s->kept, cell),
	      "%s tells version %llu of %s, kept is %llu", t, (unsigned long long)ver,
	      s->kept.o.cell[cell].key, (unsigned long long)follow_ver(&s->kept, cell));
}

/* The cell whose mark begins here. */
static uint32_t marked(const char *at)
{
	uint32_t cell = (uint32_t)strtoul(at + 1, NULL, 10) / 100;
	char mark[16];

	snprintf(mark, sizeof mark, SIM_MARK, SIM_MARK_OF(cell));
	return strncmp(at, mark, 8) == 0 ? cell : MAP_NONE;
}

static void judge_marks(struct sim *s, const struct line *l, struct slice frame)
{
	const char *at = frame.ptr, *end = frame.ptr + frame.len;

	while (at < end && (at = memchr(at, '~', (size_t)(end - at))) && end - at >= 8) {
		uint32_t cell = marked(at);

		if (cell != MAP_NONE) {
			HOLDS(&s->watch, cell < s->kept.o.cell_count && may_see(s, l, cell),
			      "seat %u%s gets words of %s", l->seat, l->board ? " (board)" : "",
			      cell < s->kept.o.cell_count ? s->kept.o.cell[cell].key : "no cell");
			at += 7;
		}
		at++;
	}
}

static void judge_cells(struct sim *s, const struct line *l, const char *t, const json_t *cells)
{
	for (size_t i = 0; i < json_array_size(cells); i++) {
		const json_t *in = json_array_get(cells, i);

		const json_t *sugg = json_object_get(in, "sugg");
		uint32_t cell = shown(s, l, t, json_text(in, "k"));

		is_kept(s, t, cell, json_number(in, "v"));
		for (size_t n = 0; n < json_array_size(sugg); n++) {
			judge_idea(s, l, cell, json_array_get(sugg, n));
		}
	}
}

unsigned judge_seat_of(struct sim *s, const char *hex)
{
	struct oracle *o = &s->kept.o;
	uint64_t wire = 0;
	unsigned who = 0;

	HOLDS(&s->watch, hex && id_from_hex(slice_of(hex), &wire), "a seat that is none");
	while (who < o->seat_count && o->seat[who].wire != wire) {
		who++;
	}
	HOLDS(&s->watch, who < o->seat_count, "a seat nobody knows");
	return who;
}

void judge_seat(struct sim *s, const struct line *l, const char *hex)
{
	unsigned who = judge_seat_of(s, hex);

	HOLDS(&s->watch, o_knows(&s->kept.o, judge_eyes(&s->kept.o, l), who),
	      "seat %u%s hears of seat %u", l->seat, l->board ? " (board)" : "", who);
}

static void judge_seats(struct sim *s, const struct line *l, const json_t *seats)
{
	for (size_t i = 0; i < json_array_size(seats); i++) {
		judge_seat(s, l, json_text(json_array_get(seats, i), "seat"));
	}
}

static void judge_meet(struct sim *s, const struct line *l, const json_t *meet)
{
	struct viewer v = {.l = {.seat = l->seat},
			   .watch = &s->watch,
			   .board = l->board,
			   .set = judge_eyes(&s->kept.o, l),
			   .meet = (json_t *)(uintptr_t)meet};
	const json_t *agenda = json_object_get(meet, "agenda");

	if (!l->slow && l->out.count == 0) {
		check_meet(&v); /* it is of this moment: all of it */
	}
	for (size_t i = 0; i < json_array_size(agenda); i++) {
		char key[LIMIT_KEY_BYTES];

		snprintf(key, sizeof key, "conf.agenda_items/%s/title",
			 json_text(json_array_get(agenda, i), "row"));
		(void)shown(s, l, "meet", key);
	}
}

static void judge_here(struct sim *s, const struct line *l, const json_t *f)
{
	struct oracle *o = &s->kept.o;
	const char *key = json_text(f, "cell");

	judge_seat(s, l, json_text(f, "seat"));
	if (key) {
		(void)shown(s, l, "here", key);
		HOLDS(&s->watch,
		      l->slow || l->out.count > 0 ||
			  o_sees_presence(o, judge_eyes(o, l), l->seat, l->board),
		      "seat %u is shown where somebody is", l->seat);
	}
}

static void judge_ack(struct sim *s, const struct line *l, const json_t *f)
{
	const struct entry *e = book_entry(s, s->client[l->who].id, json_number(f, "ref"));

	HOLDS(&s->watch, l->old || (e && (e->kept == 1 || e->is_question)),
	      "request %llu is acknowledged and not kept",
	      (unsigned long long)json_number(f, "ref"));
	HOLDS(&s->watch, l->old || !e->row || e->row == o_hex(f, "row"),
	      "the suggestion of request %llu has another name",
	      (unsigned long long)json_number(f, "ref"));
}

void judge(struct sim *s, struct line *l, struct slice frame, const json_t *f)
{
	const char *t = json_text(f, "t");

	judge_marks(s, l, frame);
	if (strcmp(t, "snap") == 0 || strcmp(t, "cells") == 0) {
		judge_cells(s, l, t, json_object_get(f, "cells"));
	}
	if (strcmp(t, "snap") == 0 || strcmp(t, "seats") == 0) {
		judge_seats(s, l, json_object_get(f, "seats"));
	}
	if (strcmp(t, "snap") == 0 || strcmp(t, "meet") == 0) {
		judge_meet(s, l, json_object_get(f, "meet"));
	}
	if (strcmp(t, "edit") == 0 || strcmp(t, "set") == 0) {
		is_kept(s, t, shown(s, l, t, json_text(f, "cell")), json_number(f, "ver"));
		if (json_object_get(f, "seat")) {
			judge_seat(s, l, json_text(f, "seat"));
		}
	}
	if (strcmp(t, "suggest") == 0) {
		judge_idea(s, l, shown(s, l, t, json_text(f, "cell")), f);
	}
	if (strcmp(t, "history") == 0) {
		judge_history(s, l, f);
	}
	if (strcmp(t, "reach") == 0) {
		(void)shown(s, l, t, json_text(f, "cell"));
		HOLDS(&s->watch, !l->board && o_is_insider(&s->kept.o, judge_eyes(&s->kept.o, l)),
		      "seat %u hears who can read what", l->seat);
	}
	if (strcmp(t, "here") == 0) {
		judge_here(s, l, f);
	}
	if (strcmp(t, "ack") == 0) {
		judge_ack(s, l, f);
	}
}

/* ---- after every step ---- */

static bool is_live(const struct sim *s, const struct line *l)
{
	struct hub_conn *c = hub_conn_find(s->hub, l->conn);

	return c && c->state == CONN_LIVE && !c->closing;
}

static void judge_client(struct sim *s, struct client *c)
{
	struct line *l = c->line;

	if (!c->here || !l || l->slow || l->out.count > 0 || l->closed || !c->joined ||
	    !is_live(s, l)) {
		return;
	}
	for (uint32_t i = 0; i < c->v.slot_cap && c->v.count > 0; i++) {
		HOLDS(&s->watch, !c->v.slot[i].has || may_see(s, l, i), "seat %u%s keeps %s",
		      l->seat, l->board ? " (board)" : "", s->kept.o.cell[i].key);
	}
	judge_ideas_known(s, c);
}

void judge_stuck(struct sim *s)
{
	for (unsigned i = 0; i < s->plan->seats; i++) {
		const struct client *c = &s->client[i];
		const struct line *l = c->line;

		HOLDS(&s->watch,
		      !c->here || !l || l->slow || l->out.count > 0 || l->closed || !c->joined ||
			  c->stuck == s->stuck_heard,
		      "seat %u thinks that %s can be kept", c->v.l.seat,
		      c->stuck ? "nothing" : "everything");
	}
}

static bool is_due(const struct sim *s)
{
	for (size_t i = 0; i < s->hub->room_count; i++) {
		const struct hub_room *hr = s->hub->room[i];

		if (hr->room && room_deadline(hr->room) <= s->now) {
			return true;
		}
	}
	return false;
}

/* Nobody on a live line has anything any more that it may not see, kept or about to be. */
void judge_step(struct sim *s)
{
	struct oracle *kept = &s->kept.o, *ahead = &s->ahead.o;

	o_judge(kept);
	o_judge(ahead);
	judge_memory(s);
	judge_stuck(s);
	/* What lapses while a commit is in flight goes when that is over; else at the next tick. */
	if (!(kept->judged || ahead->judged) || is_due(s)) {
		return;
	}
	kept->judged = ahead->judged = false;
	for (unsigned i = 0; i < s->plan->seats; i++) {
		judge_client(s, &s->client[i]);
	}
}

/* ---- memory ---- */

static void judge_room(struct sim *s, const struct hub_room *hr)
{
	const struct room *r = hr->room;

	/* A join and a leave are never turned away: one of each may wait for every connection. */
	HOLDS(&s->watch, hr->queue_count <= LIMIT_ROOM_QUEUE + 4 * SIM_LINES,
	      "%zu events wait in front of a room", hr->queue_count);
	HOLDS(&s->watch,
	      hr->queue_cost <=
		  LIMIT_ROOM_QUEUE_BYTES + (size_t)60 * LIMIT_FRAME_BYTES * 4 * SIM_LINES,
	      "%zu bytes wait in front of a room", hr->queue_cost);
	if (r) {
		HOLDS(&s->watch, r->bytes <= LIMIT_ROOM_BYTES, "%zu bytes of text", r->bytes);
		HOLDS(&s->watch, r->history_bytes <= LIMIT_ROOM_HISTORY_BYTES, "%zu of history",
		      r->history_bytes);
		HOLDS(&s->watch, r->client_count <= LIMIT_ROOM_CLIENTS, "%zu clients",
		      r->client_count);
		HOLDS(&s->watch, r->viewer_count <= SIM_LINES, "%zu viewers", r->viewer_count);
	}
}

void judge_memory(struct sim *s)
{
	size_t open = 0;

	for (size_t i = 0; i < SIM_LINES; i++) {
		const struct line *l = &s->line[i];

		open += l->open;
		HOLDS(&s->watch, l->out.bytes <= SIM_OUT_BYTES || l->out.count == 1,
		      "%zu bytes wait for a slow reader", l->out.bytes);
	}
	HOLDS(&s->watch, hub_figures(s->hub).conns == open, "%zu connections of %zu",
	      hub_figures(s->hub).conns, open);
	HOLDS(&s->watch, hub_figures(s->hub).rooms <= 1, "%zu rooms", hub_figures(s->hub).rooms);
	for (size_t i = 0; i < s->hub->room_count; i++) {
		judge_room(s, s->hub->room[i]);
	}
}

/* ---- at rest ---- */

/* Acknowledged: in the journal, once. Refused: not there, but where a copy came late. */
static void judge_book(struct sim *s)
{
	for (size_t c = 0; c < s->book_count; c++) {
		for (size_t i = 0; i < s->book[c].count; i++) {
			const struct entry *e = &s->book[c].entry[i];

			HOLDS(&s->watch, !e->acked || e->kept == 1 || e->is_question,
			      "request %zu of %zx is lost", i + 1, c);
			HOLDS(&s->watch, !e->refused || e->acked || !e->kept || e->is_late,
			      "request %zu of %zx was refused, and stands", i + 1, c);
		}
	}
}

void judge_derived(struct sim *s)
{
	const struct oracle *o = &s->kept.o;
	struct store_derived d;

	if (store_derived_now(s->store, s->series, &s->watch.mem, &d, NULL) != ERR_OK ||
	    d.seq != s->kept.seen) {
		return; /* nothing was said since it was loaded */
	}
	COUNT(s, DERIVED);
	HOLDS(&s->watch, d.count == o->cell_count, "%zu cells are left of %zu", d.count,
	      o->cell_count);
	for (size_t i = 0; i < d.count; i++) {
		uint32_t cell = map_get(&o->by_key, d.cell[i].cell);
		json_t *left =
		    json_loadb(d.cell[i].value.ptr, d.cell[i].value.len, JSON_DECODE_ANY, NULL);

		HOLDS(&s->watch,
		      cell != MAP_NONE && follow_ver(&s->kept, cell) == d.cell[i].ver &&
			  (o->cell[cell].text
			       ? strcmp(o->cell[cell].text, json_string_value(left)) == 0
			       : json_equal(o->cell[cell].value, left)),
		      "what is left of %.*s is not what it was", (int)d.cell[i].cell.len,
		      d.cell[i].cell.ptr);
		json_decref(left);
	}
}

void judge_rest(struct sim *s)
{
	struct oracle *o = &s->kept.o;

	COUNT(s, CHECKS);
	follow(s);
	for (unsigned i = 0; i < o->seat_count; i++) {
		o->seat[i].screens = 0;
	}
	for (size_t i = 0; i < SIM_LINES; i++) {
		const struct line *l = &s->line[i];
		struct hub_conn *c = l->open ? hub_conn_find(s->hub, l->conn) : NULL;

		o->seat[l->seat].screens += c && !l->board && c->state == CONN_LIVE;
	}
	for (unsigned i = 0; i < s->plan->seats; i++) {
		struct client *c = &s->client[i];

		if (c->here && !c->stubborn) {
			HOLDS(&s->watch, c->ask_count == 0, "no answer to %s", c->ask[0].text);
			HOLDS(&s->watch, c->joined, "seat %u is forgotten", c->v.l.seat);
			viewer_look(&c->v);
			check_viewer(&c->v, true);
			judge_ideas_rest(s, c);
		}
	}
	o->judged = false;
	judge_book(s);
	for (uint32_t i = 0; i < o->cell_count; i++) {
		HOLDS(&s->watch,
		      !o->cell[i].text || strcmp(o->cell[i].text, s->ahead.o.cell[i].text) == 0,
		      "%s", o->cell[i].key);
	}
}
