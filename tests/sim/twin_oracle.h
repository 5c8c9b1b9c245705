#ifndef ROKUSHA_TESTS_SIM_TWIN_ORACLE_H
#define ROKUSHA_TESTS_SIM_TWIN_ORACLE_H

/*
 * The oracle of support/meeting_oracle.h, told of a meeting by its journal, and what it says that
 * one viewer may know: a text. While the text stays the same, the viewer may be told nothing.
 */
#include "base/buf.h"
#include "support/meeting_facts.h"
#include "text/change.h"

enum { TWIN_ITEMS = 64, CARET_NONE = -1 };

/* When an item began and ended, for those who sat in it. */
struct twin_item {
	uint64_t row;
	int64_t from, to;
};

/* Of whom, for which cell, and what became of it: o open, t taken over, a answered. */
struct twin_suggestion {
	uint64_t id;
	uint32_t cell;
	uint8_t seat, by;
	char state;
	unsigned answers; /* one may be answered again */
};

struct twin_truth {
	struct oracle o;
	struct twin_suggestion suggestion[SEAT_MAX * LIMIT_SUGGESTIONS_SEAT];
	size_t suggestion_count;
	uint64_t *ver; /* by the oracle's cell */
	size_t ver_cap;
	struct twin_item item[TWIN_ITEMS];
	size_t item_count;
	int64_t caret[SEAT_MAX]; /* cell; no record tells of it */
	size_t caret_at[SEAT_MAX];
	size_t taken; /* records */
};

/* Who looks: X. */
struct twin_eyes {
	uint8_t seat;
	bool board;
};

static inline void truth_init(struct twin_truth *t, const struct schema *schema, int64_t now)
{
	*t = (struct twin_truth){.o = {.schema = schema, .now = now}};
	for (unsigned s = 0; s < SEAT_MAX; s++) {
		t->caret[s] = CARET_NONE;
	}
}

static inline void truth_fini(struct twin_truth *t)
{
	o_fini(&t->o);
	free(t->ver);
}

/* ---- records ---- */

static inline void truth_room(struct twin_truth *t)
{
	if (t->ver_cap < t->o.cell_count) {
		size_t cap = t->o.cell_count + 256;

		t->ver = mem_grow(t->ver, cap, sizeof *t->ver);
		memset(t->ver + t->ver_cap, 0, (cap - t->ver_cap) * sizeof *t->ver);
		t->ver_cap = cap;
	}
}

static inline void take_versions(struct twin_truth *t, size_t first, const char *prefix,
				 const json_t *cells)
{
	size_t len = strlen(prefix);

	truth_room(t);
	for (size_t i = first; i < t->o.cell_count; i++) {
		json_t *pair = json_object_get(cells, t->o.cell[i].key + len);

		t->ver[i] = (uint64_t)json_integer_value(json_array_get(pair, 0));
	}
}

static inline void take_changes(struct twin_truth *t, const struct record *rec, const json_t *list)
{
	uint32_t at = map_get(&t->o.by_key, rec->cell);
	struct arena mem;

	cr_assert(at != MAP_NONE && t->o.cell[at].text);
	arena_init(&mem);
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct change change;
		struct slice text;

		cr_assert(change_from_json(&mem, json_array_get(list, i), &change) == ERR_OK);
		cr_assert(change_apply(&mem, &change, slice_of(t->o.cell[at].text), 1 << 20,
				       &text) == ERR_OK);
		free(t->o.cell[at].text);
		t->o.cell[at].text = mem_dup(text);
	}
	t->ver[at] = rec->ver;
	arena_fini(&mem);
}

static inline void take_set(struct twin_truth *t, const struct record *rec, const json_t *value)
{
	struct oracle *o = &t->o;
	uint32_t at = map_get(&o->by_key, rec->cell);
	const struct o_cell *c = &o->cell[at];

	o_put(o, at, value);
	t->ver[at] = rec->ver;
	if (strcmp(o->schema->col[c->col].id, "conf.agenda_items.audience") == 0) {
		o_share_item(o, o->row[c->row].id);
	}
	o->fresh = false;
}

static inline void take_segment(struct twin_truth *t, const struct record *rec, const json_t *body)
{
	struct twin_item *found = NULL;
	uint64_t row;

	for (size_t i = 0; i < t->item_count; i++) {
		if (t->item[i].to == INT64_MAX) {
			t->item[i].to = rec->at_ms;
		}
	}
	if (json_is_null(json_object_get(body, "row"))) {
		o_close(&t->o);
		return;
	}
	row = o_hex(body, "row");
	for (size_t i = 0; i < t->item_count; i++) {
		found = t->item[i].row == row ? &t->item[i] : found;
	}
	if (!found) {
		cr_assert_lt(t->item_count, TWIN_ITEMS);
		found = &t->item[t->item_count++];
	}
	*found = (struct twin_item){row, rec->at_ms, INT64_MAX};
	o_open(&t->o, row);
}

static inline void take_attend(struct twin_truth *t, const json_t *body)
{
	const char *what = json_string_value(json_object_get(body, "what"));
	const char *place = json_string_value(json_object_get(body, "place"));
	unsigned seat = (unsigned)json_integer_value(json_object_get(body, "seat"));

	o_attend(&t->o, seat,
		 strcmp(what, "in") == 0     ? O_IN
		 : strcmp(what, "wait") == 0 ? O_WAIT
					     : O_OUT,
		 strcmp(place, "line") == 0);
	t->o.fresh = false;
}

static inline void take_rights(struct twin_truth *t, const struct record *rec, const json_t *body)
{
	struct o_seat *s = &t->o.seat[json_integer_value(json_object_get(body, "seat"))];
	bool on = json_is_true(json_object_get(body, "on"));

	if (rec->kind == RECORD_BAR) {
		s->barred = on;
	} else {
		unsigned about = (unsigned)json_integer_value(json_object_get(body, "about"));

		s->denied = (s->denied & ~seat_bit(about)) | (on ? seat_bit(about) : 0);
	}
	t->o.fresh = false;
}

static inline void take_pause(struct twin_truth *t, const struct record *rec, const json_t *body)
{
	bool on = json_is_true(json_object_get(body, "on"));

	t->o.since += on ? 0 : rec->at_ms - t->o.pause;
	t->o.pause = rec->at_ms;
	t->o.paused = on;
}

static inline void take_row(struct twin_truth *t, const struct record *rec, const json_t *body)
{
	size_t first = t->o.cell_count;
	char prefix[LIMIT_KEY_BYTES + 2];

	o_load_row(&t->o, rec->cell, body);
	snprintf(prefix, sizeof prefix, "%.*s/", (int)rec->cell.len, rec->cell.ptr);
	if (json_is_string(json_object_get(body, "item"))) {
		t->o.row[t->o.row_count - 1].item = o_hex(body, "item");
	}
	take_versions(t, first, prefix, json_object_get(body, "cells"));
}

static inline void take_assign(struct twin_truth *t, const struct record *rec, const json_t *body)
{
	for (uint32_t i = 0; i < t->o.row_count; i++) {
		if (slice_is(rec->cell, t->o.row[i].key)) {
			o_assign(&t->o, i, o_hex(body, "to"));
		}
	}
}

static inline void take_end(struct twin_truth *t, const struct record *rec)
{
	for (size_t i = 0; i < t->item_count; i++) {
		if (t->item[i].to == INT64_MAX) {
			t->item[i].to = rec->at_ms;
		}
	}
	o_end(&t->o);
}

static inline void take_order(struct twin_truth *t, const json_t *body)
{
	uint64_t to = 0;

	if (json_is_null(json_object_get(body, "to"))) {
		o_order(&t->o, o_hex(body, "row"), NULL);
		return;
	}
	to = o_hex(body, "to");
	o_order(&t->o, o_hex(body, "row"), &to);
}

static inline void take_withdrawal(struct twin_truth *t, const struct record *rec,
				   const json_t *body)
{
	const json_t *at = json_object_get(body, "at");

	o_withdraw(&t->o, o_hex(body, "row"),
		   json_is_integer(at) ? json_integer_value(at) : rec->at_ms);
	if (json_object_get(body, "c")) {
		take_changes(t, rec, json_object_get(body, "c"));
	}
}

static inline void suggestion_goes(struct twin_truth *t, size_t at)
{
	t->suggestion_count--;
	memmove(&t->suggestion[at], &t->suggestion[at + 1],
		(t->suggestion_count - at) * sizeof *t->suggestion);
}

/* A new one of a seat that has its full number pushes out the oldest that is settled. */
static inline void take_suggest(struct twin_truth *t, const struct record *rec, const json_t *body)
{
	size_t count = 0, settled = SIZE_MAX;

	for (size_t i = 0; i < t->suggestion_count; i++) {
		if (t->suggestion[i].seat == rec->for_seat) {
			count++;
			settled =
			    t->suggestion[i].state != 'o' && settled == SIZE_MAX ? i : settled;
		}
	}
	if (count == LIMIT_SUGGESTIONS_SEAT) {
		cr_assert(settled != SIZE_MAX);
		suggestion_goes(t, settled);
	}
	t->suggestion[t->suggestion_count++] =
	    (struct twin_suggestion){.id = o_hex(body, "id"),
				     .cell = map_get(&t->o.by_key, rec->cell),
				     .seat = rec->for_seat,
				     .by = SEAT_NONE,
				     .state = 'o'};
}

static inline void take_answer(struct twin_truth *t, const struct record *rec, const json_t *body)
{
	const char *what = json_string_value(json_object_get(body, "what"));
	uint64_t id = o_hex(body, "id");
	size_t at = 0;

	while (at < t->suggestion_count && t->suggestion[at].id != id) {
		at++;
	}
	cr_assert_lt(at, t->suggestion_count);
	if (strcmp(what, "back") == 0) {
		suggestion_goes(t, at);
		return;
	}
	t->suggestion[at].state = what[0];
	t->suggestion[at].by = rec->for_seat;
	t->suggestion[at].answers++;
	if (json_object_get(body, "c")) {
		take_changes(t, rec, json_object_get(body, "c"));
	}
}

static inline void truth_take(struct twin_truth *t, const struct record *rec)
{
	json_t *body = json_loadb(rec->body.ptr, rec->body.len, JSON_DECODE_ANY, NULL);
	size_t first = t->o.cell_count;

	o_tick(&t->o, rec->at_ms > t->o.now ? rec->at_ms : t->o.now);
	switch (rec->kind) {
	case RECORD_EDIT:
		take_changes(t, rec, json_object_get(body, "c"));
		break;
	case RECORD_SET:
		take_set(t, rec, body);
		break;
	case RECORD_SUGGEST:
		take_suggest(t, rec, body);
		break;
	case RECORD_ANSWER:
		take_answer(t, rec, body);
		break;
	case RECORD_ROW:
		take_row(t, rec, body);
		break;
	case RECORD_INIT:
		o_load(&t->o, rec);
		take_versions(t, first, "", json_object_get(body, "cells"));
		break;
	case RECORD_SEGMENT:
		take_segment(t, rec, body);
		break;
	case RECORD_END:
		take_end(t, rec);
		break;
	case RECORD_ORDER:
		take_order(t, body);
		break;
	case RECORD_ATTEND:
		take_attend(t, body);
		break;
	case RECORD_PAUSE:
		take_pause(t, rec, body);
		break;
	case RECORD_ASSIGN:
		take_assign(t, rec, body);
		break;
	case RECORD_BAR:
	case RECORD_DENY:
		take_rights(t, rec, body);
		break;
	case RECORD_WITHDRAW:
		take_withdrawal(t, rec, body);
		break;
	case RECORD_LAPSE:
	case RECORD_ASSENT:
		t->o.fresh = false;
		break;
	default:
		o_load(&t->o, rec);
	}
	json_decref(body);
}

/* ---- what X may know ---- */

static inline seat_set eyes_set(const struct oracle *o, const struct twin_eyes *x)
{
	return x->board ? o_present(o) : seat_bit(x->seat);
}

static inline bool is_companion(const struct oracle *o, unsigned seat)
{
	return o->schema->role[o->seat[seat].role].companion;
}

/* Officials and the person may ask who reads a cell, and are told in a word who does. */
static inline void know_reach(struct twin_truth *t, seat_set set, uint32_t cell, struct buf *out)
{
	struct oracle *o = &t->o;
	int reach = 0;

	for (unsigned s = 0; s < o->seat_count; s++) {
		int level = o_level(o, seat_bit(s), cell);

		if (level == O_HIDDEN) {
			continue;
		}
		if (o_knows(o, set, s)) {
			buf_printf(out, " %u%s", s, level == O_WRITE ? "w" : "");
		}
		if (!is_companion(o, s)) {
			bool in = o_is_insider(o, seat_bit(s));

			reach = in && reach < 2 ? 1 : 2;
		}
	}
	buf_printf(out, " reach %d", reach);
}

static inline void know_value(struct oracle *o, seat_set set, uint32_t cell, struct buf *out)
{
	json_t *value = o_value(o, set, cell);
	char *text = json_dumps(value, JSON_ENCODE_ANY);

	buf_add_str(out, text);
	free(text);
	json_decref(value);
}

static inline void know_cells(struct twin_truth *t, const struct twin_eyes *x, struct buf *out)
{
	struct oracle *o = &t->o;
	seat_set set = eyes_set(o, x);
	bool insider = !x->board && o_is_insider(o, set);

	for (uint32_t i = 0; i < o->cell_count; i++) {
		const struct o_cell *c = &o->cell[i];
		int level = o_level(o, set, i);

		if (level == O_HIDDEN) {
			continue;
		}
		buf_printf(out, "%s %llu %d ", c->key, (unsigned long long)t->ver[i], level);
		if (c->text) {
			buf_add_str(out, c->text);
		} else {
			know_value(o, set, i, out);
		}
		if (insider) {
			know_reach(t, set, i, out);
		}
		if (c->row != MAP_NONE) {
			buf_printf(out, " item %llx", (unsigned long long)o->row[c->row].item);
		}
		buf_add_str(out, "\n");
	}
}

/* Those for a text one reads, by somebody one may know. */
static inline void know_suggestions(struct twin_truth *t, const struct twin_eyes *x,
				    struct buf *out)
{
	struct oracle *o = &t->o;
	seat_set set = eyes_set(o, x);

	for (size_t i = 0; i < t->suggestion_count; i++) {
		const struct twin_suggestion *s = &t->suggestion[i];

		if (o_level(o, set, s->cell) != O_HIDDEN && o_knows(o, set, s->seat)) {
			buf_printf(out, "suggestion %llx %c%u %d\n", (unsigned long long)s->id,
				   s->state, s->answers,
				   s->by != SEAT_NONE && o_knows(o, set, s->by) ? s->by : -1);
		}
	}
}

static inline void know_seats(struct twin_truth *t, const struct twin_eyes *x, struct buf *out)
{
	struct oracle *o = &t->o;
	seat_set set = eyes_set(o, x);
	bool presence = o_sees_presence(o, set, x->seat, x->board);

	for (unsigned s = 0; s < o->seat_count; s++) {
		bool mine = !x->board && s == x->seat;
		int64_t at = t->caret[s];

		if (!o_knows(o, set, s)) {
			continue;
		}
		buf_printf(out, "seat %u %d %s", s, (presence || mine) && o->seat[s].screens > 0,
			   o_mark(o, set, x->seat, x->board, s));
		if (presence && !mine && at != CARET_NONE &&
		    o_level(o, set, (uint32_t)at) != O_HIDDEN) {
			buf_printf(out, " in %lld.%zu", (long long)t->ver[at], t->caret_at[s]);
			buf_printf(out, " %s", o->cell[at].key);
		}
		buf_add_str(out, "\n");
	}
}

static inline int cell_int(const struct oracle *o, uint32_t cell)
{
	return cell == MAP_NONE ? 0 : (int)json_integer_value(o->cell[cell].value);
}

/* When the part of this viewer begins: exception `start`. */
static inline void know_start(struct twin_truth *t, const struct twin_eyes *x, struct buf *out)
{
	struct oracle *o = &t->o;
	const char *start = json_string_value(o->cell[o_find(o, "conf.schedule.start")].value);
	seat_set set = eyes_set(o, x);
	int minute = 0;

	for (size_t i = 0; !x->board && i < o->item_count; i++) {
		const struct o_item *item = &o->item[i];

		if (o_all(set, o_planned(o, item->row) | item->seated)) {
			buf_printf(out, "start %s + %d\n", start ? start : "", minute);
			return;
		}
		minute += cell_int(o, o_item_cell(o, item->row, "minutes"));
	}
}

static inline void know_meeting(struct twin_truth *t, const struct twin_eyes *x, struct buf *out)
{
	struct oracle *o = &t->o;
	seat_set set = eyes_set(o, x);
	const char *phase = o_phase(o, set, x->seat, x->board);
	bool in = strcmp(phase, "in") == 0;

	buf_printf(out, "phase %s\n", phase);
	for (size_t i = 0; i < o->item_count; i++) {
		const struct o_item *item = &o->item[i];
		uint32_t title = o_item_cell(o, item->row, "title");

		if (o_level(o, set, title) == O_HIDDEN) {
			continue;
		}
		buf_printf(out, "item %s %s", o->cell[title].key,
			   o_state(o, set, x->seat, x->board, item));
		for (size_t k = 0; in && item->opened && k < t->item_count; k++) {
			if (t->item[k].row == item->row && o_all(set, item->audience)) {
				buf_printf(out, " %lld %lld", (long long)t->item[k].from,
					   (long long)t->item[k].to);
			}
		}
		buf_add_str(out, "\n");
	}
	if (in && o->open) {
		buf_printf(out, "open %llx %lld %lld\n", (unsigned long long)o->open_row,
			   (long long)o->since, o->paused ? (long long)o->pause : 0);
	}
	if (in || strcmp(phase, "before") == 0 || strcmp(phase, "door") == 0) {
		know_start(t, x, out);
	}
	/* Exception PAUSE. */
	if (!x->board && (strcmp(o_role(o, x->seat), "self") == 0 || o->seat[x->seat].chair ||
			  o->seat[x->seat].recorder)) {
		buf_printf(out, "clock %d %d\n", (int)o->open, (int)o->paused);
	}
	/* Whether it sits or waits it knows, though a role without a label hears no mark of it; who
	 * has left must not hear when the meeting ends. */
	buf_printf(out, "barred %d at %d\n", (int)o->seat[x->seat].barred,
		   x->board || o->seat[x->seat].at == O_OUT ? 0 : (int)o->seat[x->seat].at);
}

/* All of it, as a text to compare. */
static inline void truth_known(struct twin_truth *t, const struct twin_eyes *x, struct buf *out)
{
	buf_clear(out);
	know_cells(t, x, out);
	know_suggestions(t, x, out);
	know_seats(t, x, out);
	know_meeting(t, x, out);
}

static inline void know_set(struct oracle *o, seat_set viewer, const char *what, seat_set set,
			    struct buf *out)
{
	buf_printf(out, " %s", what);
	for (unsigned s = 0; s < o->seat_count; s++) {
		if (o_has(set, s) && o_knows(o, viewer, s)) {
			buf_printf(out, " %u", s);
		}
	}
}

/*
 * What an export says beyond what a screen shows: whose rows are, when what a consent opened
 * closes, and to companions bars and denials.
 */
static inline void truth_exported(struct twin_truth *t, const struct twin_eyes *x, struct buf *out)
{
	struct oracle *o = &t->o;
	seat_set me = seat_bit(x->seat);
	bool insider = o_is_insider(o, me);

	truth_known(t, x, out);
	for (size_t i = 0; i < o->row_count; i++) {
		const struct o_row *row = &o->row[i];

		if (o_level(o, me, row->first) == O_HIDDEN) {
			continue;
		}
		for (size_t g = 0; g < o->grant_count; g++) {
			if (o->grant[g].row == row->id) {
				buf_printf(out, "\nuntil %lld", (long long)o->grant[g].until);
			}
		}
		if (insider) {
			buf_printf(out, "\nrow %s", row->key);
			know_set(o, me, "owner", row->owner, out);
			know_set(o, me, "about", row->about, out);
			know_set(o, me, "shared", row->shared | row->audience, out);
		}
	}
	for (unsigned s = 0; is_companion(o, x->seat) && s < o->seat_count; s++) {
		buf_printf(out, "\nseat %u %d", s, (int)o->seat[s].barred);
		know_set(o, me, "denied", o->seat[s].denied, out);
	}
}

#endif
