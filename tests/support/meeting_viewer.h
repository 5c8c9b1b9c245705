#ifndef ROKUSHA_TESTS_SUPPORT_MEETING_VIEWER_H
#define ROKUSHA_TESTS_SUPPORT_MEETING_VIEWER_H

/*
 * Viewers of a random meeting: each keeps what it was shown, from its frames alone, and is compared
 * with what the oracle says it may see. A failure names the seed and the step.
 */
#include "support/listener.h"
#include "support/meeting_facts.h"
#include "text/change.h"

struct slot {
	bool has, write;
	char *text;
	json_t *value;
	uint64_t ver, item;
};

struct viewer {
	struct listener l;
	struct watch *watch;
	bool open, board;
	seat_set set;      /* whose eyes it has: of the moment, see viewer_look() */
	struct slot *slot; /* by the oracle's cell */
	size_t slot_cap, count;
	json_t *seats, *meet; /* as told last */
	uint32_t pending;     /* cell of the own request; MAP_NONE: none */
	char *text;           /* and what it becomes, if kept */
	json_t *value;
};

struct watch {
	struct oracle *o;
	uint64_t seed;
	size_t step;
	const char *what;
	struct arena mem; /* of one step */
};

static inline void __attribute__((format(printf, 2, 3), noreturn))
watch_fail(const struct watch *w, const char *format, ...)
{
	char why[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof why, format, args);
	va_end(args);
	cr_assert(false, "SEED=%llu step %zu (%s): %s", (unsigned long long)w->seed, w->step,
		  w->what, why);
	abort();
}

#define HOLDS(w, true_, ...)                                                                       \
	do {                                                                                       \
		if (!(true_)) {                                                                    \
			watch_fail(w, __VA_ARGS__);                                                \
		}                                                                                  \
	} while (0)

/* Its seat; of a board everybody who is there now. */
static inline void viewer_look(struct viewer *v)
{
	v->set = v->board ? o_present(v->watch->o) : seat_bit(v->l.seat);
}

static inline void slot_clear(struct viewer *v, struct slot *s)
{
	v->count -= s->has;
	free(s->text);
	json_decref(s->value);
	*s = (struct slot){0};
}

static inline void viewer_clear(struct viewer *v)
{
	for (size_t i = 0; i < v->slot_cap; i++) {
		slot_clear(v, &v->slot[i]);
	}
}

static inline void viewer_forget_all(struct viewer *v)
{
	viewer_clear(v);
	free(v->slot);
	json_decref(v->seats);
	json_decref(v->meet);
	free(v->text);
	json_decref(v->value);
	listener_fini(&v->l);
	*v = (struct viewer){.watch = v->watch, .pending = MAP_NONE};
}

static inline void slots_room(struct viewer *v)
{
	struct watch *w = v->watch;

	if (v->slot_cap < w->o->cell_count) {
		size_t cap = w->o->cell_count + 64;

		v->slot = mem_grow(v->slot, cap, sizeof *v->slot);
		memset(v->slot + v->slot_cap, 0, (cap - v->slot_cap) * sizeof *v->slot);
		v->slot_cap = cap;
	}
}

static inline struct slot *slot_of(struct viewer *v, const char *key)
{
	uint32_t at = o_find(v->watch->o, key);

	HOLDS(v->watch, at != MAP_NONE, "seat %u hears of %s, which nobody made", v->l.seat, key);
	slots_room(v);
	return &v->slot[at];
}

/* ---- what it is told ---- */

static inline const char *json_text(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

static inline uint64_t json_number(const json_t *o, const char *name)
{
	return (uint64_t)json_integer_value(json_object_get(o, name));
}

static inline void take_cells(struct viewer *v, const json_t *cells)
{
	for (size_t i = 0; i < json_array_size(cells); i++) {
		const json_t *in = json_array_get(cells, i);
		const char *key = json_text(in, "k");
		const char *item = json_text(in, "item");
		struct slot *s = slot_of(v, key);
		json_t *x = json_object_get(in, "x");

		slot_clear(v, s);
		s->has = true;
		v->count++;
		s->write = strcmp(json_text(in, "l"), "w") == 0;
		s->ver = json_number(in, "v");
		if (item) {
			HOLDS(v->watch, id_from_hex(slice_of(item), &s->item), "%s", item);
		}
		if (v->watch->o->cell[s - v->slot].text) {
			s->text = strdup(json_string_value(x));
		} else {
			s->value = json_incref(x);
		}
	}
}

static inline void take_edit(struct viewer *v, const json_t *f)
{
	struct slot *s = slot_of(v, json_text(f, "cell"));
	struct change change;
	struct slice text;

	HOLDS(v->watch, s->has, "an edit of %s, which seat %u does not have", json_text(f, "cell"),
	      v->l.seat);
	HOLDS(v->watch, json_number(f, "ver") == s->ver + 1, "%s misses an edit",
	      json_text(f, "cell"));
	s->ver++;
	cr_assert(change_from_json(&v->watch->mem, json_object_get(f, "change"), &change) ==
		  ERR_OK);
	HOLDS(v->watch,
	      change_apply(&v->watch->mem, &change, slice_of(s->text), 1000000, &text) == ERR_OK,
	      "an edit of %s that does not fit", json_text(f, "cell"));
	free(s->text);
	s->text = mem_dup(text);
}

static inline void take_drop(struct viewer *v, const json_t *keys)
{
	for (size_t i = 0; i < json_array_size(keys); i++) {
		struct slot *s = slot_of(v, json_string_value(json_array_get(keys, i)));

		HOLDS(v->watch, s->has, "dropped what seat %u never had", v->l.seat);
		slot_clear(v, s);
	}
}

static inline void take_mode(struct viewer *v, const json_t *cells)
{
	for (size_t i = 0; i < json_array_size(cells); i++) {
		const json_t *one = json_array_get(cells, i);
		struct slot *s = slot_of(v, json_string_value(json_array_get(one, 0)));

		HOLDS(v->watch, s->has, "a mode of what seat %u does not have", v->l.seat);
		s->write = strcmp(json_string_value(json_array_get(one, 1)), "w") == 0;
	}
}

/* Its own request was kept. */
static inline void take_ack(struct viewer *v, const json_t *f)
{
	struct slot *s = v->pending == MAP_NONE ? NULL : &v->slot[v->pending];

	if (s && s->has) {
		free(s->text);
		json_decref(s->value);
		s->text = v->text;
		s->value = v->value;
		s->ver = json_number(f, "ver");
		v->text = NULL;
		v->value = NULL;
	}
}

static inline void take_here(struct viewer *v, const json_t *f)
{
	struct watch *w = v->watch;
	const char *key = json_text(f, "cell");
	uint64_t wire;
	unsigned who = 0;

	cr_assert(id_from_hex(slice_of(json_text(f, "seat")), &wire));
	while (who < w->o->seat_count && w->o->seat[who].wire != wire) {
		who++;
	}
	HOLDS(w, o_knows(w->o, v->set, who), "seat %u hears of seat %u", v->l.seat, who);
	HOLDS(w,
	      !key || (o_sees_presence(w->o, v->set, v->l.seat, v->board) &&
		       o_level(w->o, v->set, o_find(w->o, key)) != O_HIDDEN),
	      "seat %u is shown where seat %u is", v->l.seat, who);
}

/*
 * Every text written in a run has the number of its cell in it: wherever it turns up, in whatever
 * frame, its reader may read that cell.
 */
static inline void scan_marks(struct viewer *v, struct slice frame)
{
	for (size_t i = 0; i + 8 <= frame.len; i++) {
		if (frame.ptr[i] == '~' && frame.ptr[i + 7] == '~') {
			uint32_t cell = (uint32_t)strtoul(frame.ptr + i + 1, NULL, 10);

			HOLDS(v->watch, o_level(v->watch->o, v->set, cell) != O_HIDDEN,
			      "seat %u%s gets words of %s", v->l.seat, v->board ? " (board)" : "",
			      v->watch->o->cell[cell].key);
			i += 7;
		}
	}
}

static inline void keep_json(json_t **slot, const json_t *value)
{
	json_incref((json_t *)(uintptr_t)value);
	json_decref(*slot);
	*slot = (json_t *)(uintptr_t)value;
}

static inline void viewer_take(struct listener *l, struct slice frame)
{
	struct viewer *v = l->arg;
	json_t *f = json_loadb(frame.ptr, frame.len, JSON_REJECT_DUPLICATES, NULL);
	const char *t = json_text(f, "t");

	scan_marks(v, frame);
	if (strcmp(t, "snap") == 0) {
		viewer_clear(v);
		keep_json(&v->seats, json_object_get(f, "seats"));
		keep_json(&v->meet, json_object_get(f, "meet"));
		take_cells(v, json_object_get(f, "cells"));
	} else if (strcmp(t, "cells") == 0) {
		take_cells(v, json_object_get(f, "cells"));
	} else if (strcmp(t, "drop") == 0) {
		take_drop(v, json_object_get(f, "cells"));
	} else if (strcmp(t, "mode") == 0) {
		take_mode(v, json_object_get(f, "cells"));
	} else if (strcmp(t, "edit") == 0) {
		take_edit(v, f);
	} else if (strcmp(t, "set") == 0) {
		struct slot *s = slot_of(v, json_text(f, "cell"));

		HOLDS(v->watch, s->has, "a value of %s", json_text(f, "cell"));
		keep_json(&s->value, json_object_get(f, "value"));
		s->ver = json_number(f, "ver");
	} else if (strcmp(t, "seats") == 0) {
		keep_json(&v->seats, json_object_get(f, "seats"));
	} else if (strcmp(t, "meet") == 0) {
		keep_json(&v->meet, json_object_get(f, "meet"));
	} else if (strcmp(t, "here") == 0) {
		take_here(v, f);
	} else if (strcmp(t, "ack") == 0) {
		take_ack(v, f);
	}
	json_decref(f);
}

/* ---- what it may see ---- */

static inline void check_value(struct viewer *v, uint32_t i)
{
	struct watch *w = v->watch;
	enum cell_type type = w->o->schema->col[w->o->cell[i].col].type;
	bool names = type == CELL_SEAT || type == CELL_SEATS || type == CELL_LIST;
	json_t *wanted = names ? o_value(w->o, v->set, i) : json_incref(w->o->cell[i].value);
	bool same = json_equal(v->slot[i].value, wanted);
	char *a = same ? NULL : json_dumps(v->slot[i].value, JSON_ENCODE_ANY);
	char *b = same ? NULL : json_dumps(wanted, JSON_ENCODE_ANY);

	HOLDS(w, same, "seat %u%s has %s in %s, not %s", v->l.seat, v->board ? " (board)" : "", a,
	      w->o->cell[i].key, b);
	json_decref(wanted);
}

static inline void check_cell(struct viewer *v, uint32_t i)
{
	struct watch *w = v->watch;
	const struct o_cell *c = &w->o->cell[i];
	struct slot *s = &v->slot[i];
	int level = o_level(w->o, v->set, i);
	uint16_t table = w->o->schema->col[c->col].table;
	bool closed = table != SCHEMA_NONE && w->o->schema->table[table].closed;

	HOLDS(w, s->has == (level != O_HIDDEN), "seat %u%s %s %s", v->l.seat,
	      v->board ? " (board)" : "", s->has ? "still has" : "lacks", c->key);
	if (!s->has) {
		return;
	}
	HOLDS(w, s->write == (level == O_WRITE && !closed), "seat %u %s write %s", v->l.seat,
	      s->write ? "thinks it may" : "does not know it may", c->key);
	HOLDS(w, s->item == (c->row == MAP_NONE ? 0 : w->o->row[c->row].item),
	      "%s belongs to another item", c->key);
	if (c->text) {
		HOLDS(w, strcmp(s->text, c->text) == 0, "seat %u reads '%s' in %s, not '%s'",
		      v->l.seat, s->text, c->key, c->text);
	} else {
		check_value(v, i);
	}
}

/* Before anything is kept: it has nothing any more that it may not see. */
static inline void check_dropped(struct viewer *v)
{
	for (uint32_t i = 0; i < v->slot_cap && v->count > 0; i++) {
		HOLDS(v->watch, !v->slot[i].has || o_level(v->watch->o, v->set, i) != O_HIDDEN,
		      "seat %u%s keeps %s until it is kept", v->l.seat, v->board ? " (board)" : "",
		      v->watch->o->cell[i].key);
	}
}

static inline void check_seats(struct viewer *v)
{
	struct oracle *o = v->watch->o;
	bool presence = o_sees_presence(o, v->set, v->l.seat, v->board);
	size_t n = 0;

	for (unsigned s = 0; s < o->seat_count; s++) {
		const json_t *told = json_array_get(v->seats, n);
		bool mine = !v->board && s == v->l.seat;
		const char *at;
		char hex[HEX64_LEN + 1];

		if (!o_knows(o, v->set, s)) {
			continue;
		}
		n++;
		id_to_hex(o->seat[s].wire, hex);
		HOLDS(v->watch, told && strcmp(json_text(told, "seat"), hex) == 0,
		      "seat %u is not told of seat %u", v->l.seat, s);
		at = json_text(told, "at");
		HOLDS(v->watch,
		      strcmp(at ? at : "", o_mark(o, v->set, v->l.seat, v->board, s)) == 0,
		      "seat %u is told that seat %u is '%s'", v->l.seat, s, at ? at : "");
		HOLDS(v->watch,
		      json_is_true(json_object_get(told, "here")) ==
			  (o->seat[s].screens > 0 && (presence || mine)),
		      "seat %u is told wrongly whether seat %u has a screen", v->l.seat, s);
	}
	HOLDS(v->watch, json_array_size(v->seats) == n, "seat %u knows too many", v->l.seat);
}

/* When the first item it is of should begin: "" when it is of none. */
static inline const char *wanted_start(struct viewer *v)
{
	struct oracle *o = v->watch->o;
	const char *start = json_string_value(o->cell[o_find(o, "conf.schedule.start")].value);
	int minute = start ? atoi(start) * 60 + atoi(start + 3) : 0;

	for (size_t i = 0; i < o->item_count && start && !v->board; i++) {
		uint64_t row = o->item[i].row;

		if (o_all(v->set, o_planned(o, row) | o->item[i].seated)) {
			return arena_printf(&v->watch->mem, "%02d:%02d", minute / 60 % 24,
					    minute % 60)
			    .ptr;
		}
		minute += (int)json_integer_value(o->cell[o_item_cell(o, row, "minutes")].value);
	}
	return "";
}

static inline void check_agenda(struct viewer *v)
{
	struct oracle *o = v->watch->o;
	const json_t *told = json_object_get(v->meet, "agenda");
	size_t n = 0;

	for (size_t i = 0; i < o->item_count; i++) {
		const json_t *one = json_array_get(told, n);
		const struct o_item *item = &o->item[i];
		const char *state;
		char hex[HEX64_LEN + 1];

		if (o_level(o, v->set, o_item_cell(o, item->row, "title")) == O_HIDDEN) {
			continue;
		}
		n++;
		id_to_hex(item->row, hex);
		state = o_state(o, v->set, v->l.seat, v->board, item);
		HOLDS(v->watch, one && strcmp(json_text(one, "row"), hex) == 0,
		      "seat %u has another agenda", v->l.seat);
		HOLDS(v->watch, strcmp(json_text(one, "state"), state) == 0,
		      "seat %u is told that an item is %s, not %s", v->l.seat,
		      json_text(one, "state"), state);
		HOLDS(v->watch,
		      !json_object_get(one, "from") ||
			  strcmp(json_text(v->meet, "phase"), "in") == 0,
		      "seat %u is told times", v->l.seat);
	}
	HOLDS(v->watch, json_array_size(told) == n, "seat %u knows too many items", v->l.seat);
}

static inline void check_meet(struct viewer *v)
{
	struct oracle *o = v->watch->o;
	const char *phase = o_phase(o, v->set, v->l.seat, v->board);
	const json_t *open = json_object_get(v->meet, "item");
	const char *start = json_text(v->meet, "start");
	bool in = strcmp(phase, "in") == 0;

	HOLDS(v->watch, strcmp(json_text(v->meet, "phase"), phase) == 0,
	      "seat %u is in phase %s, not %s", v->l.seat, json_text(v->meet, "phase"), phase);
	HOLDS(v->watch, (open != NULL) == (in && o->open), "seat %u and the open item", v->l.seat);
	if (open) {
		HOLDS(v->watch, json_integer_value(json_object_get(open, "since")) == o->since,
		      "the clock of seat %u is wrong", v->l.seat);
	}
	HOLDS(v->watch,
	      json_integer_value(json_object_get(v->meet, "pause")) ==
		  (in && o->paused ? o->pause : 0),
	      "seat %u is told of a pause", v->l.seat);
	in = in || strcmp(phase, "before") == 0 || strcmp(phase, "door") == 0;
	HOLDS(v->watch, strcmp(start ? start : "", in ? wanted_start(v) : "") == 0,
	      "seat %u starts at %s", v->l.seat, start ? start : "nothing");
	check_agenda(v);
}

/* All cells, or when nobody's rights have changed the one that was written. */
static inline void check_viewer(struct viewer *v, bool all)
{
	slots_room(v);
	for (uint32_t i = 0; all && i < v->watch->o->cell_count; i++) {
		check_cell(v, i);
	}
	check_cell(v, v->watch->o->touched);
	check_seats(v);
	check_meet(v);
}

#endif
