#ifndef ROKUSHA_TESTS_SUPPORT_MEETING_ORACLE_H
#define ROKUSHA_TESTS_SUPPORT_MEETING_ORACLE_H

/*
 * A meeting once more, simply: who may see what, and how the meeting stands for each. Written from
 * DESIGN §3 and schema/README.md, from nothing of room/ or policy/rights.c. It is told what was
 * accepted, and believes only that.
 */
#include <criterion/criterion.h>
#include <jansson.h>
#include <string.h>

#include "base/ids.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/mem.h"
#include "msg/record.h"
#include "policy/schema.h"

enum o_at { O_NONE, O_WAIT, O_IN, O_OUT };
enum { O_HIDDEN, O_READ, O_WRITE };

struct o_seat {
	uint64_t wire;
	uint16_t role;
	bool chair, recorder, remote, barred;
	seat_set denied;
	enum o_at at;
	bool line, left;
	size_t left_openings; /* items opened before it left */
	int screens;
	int64_t from, until;
	uint32_t label; /* cell */
	uint32_t stay;  /* row of attendance while it is in */
};

struct o_row {
	char *key; /* table/hex */
	uint16_t table;
	uint64_t id;
	seat_set owner, about, shared, audience;
	bool cut; /* to `audience` */
	uint64_t item;
	uint32_t first; /* cell */
};

struct o_cell {
	char *key;
	uint16_t col;
	uint32_t row; /* MAP_NONE: a field */
	char *text;
	json_t *value;
};

struct o_grant {
	uint64_t row;
	uint8_t seat;
	uint16_t cls, col; /* SCHEMA_NONE: the whole class */
	bool own_rows;
	int64_t from, until;
};

struct o_item {
	uint64_t row;
	bool opened;
	seat_set audience, seated; /* of its latest segment, of all of them */
};

struct oracle {
	const struct schema *schema;
	int64_t now;
	struct o_seat seat[SEAT_MAX];
	unsigned seat_count;
	struct o_row *row;
	size_t row_count, row_cap;
	struct o_cell *cell;
	size_t cell_count, cell_cap;
	struct map by_key;
	uint32_t resource[100]; /* cells with the names of social resources */
	size_t resource_count;
	struct o_grant *grant;
	size_t grant_count, grant_cap;
	struct o_item *item; /* in the order of the agenda */
	size_t item_count, item_cap;
	bool begun, on, open, paused;
	uint64_t open_row; /* of the latest segment */
	seat_set audience; /* of the latest segment */
	size_t openings;   /* items opened, their audiences' changes not counted */
	int64_t since, pause;
	uint8_t *level[SEAT_MAX]; /* by cell; right while `fresh` */
	size_t level_cap;
	bool fresh;
	bool judged;      /* anew since somebody asked last */
	uint32_t touched; /* the cell written last */
};

static inline bool o_has(seat_set set, unsigned seat)
{
	return (set >> seat & 1) != 0;
}

static inline bool o_all(seat_set viewer, seat_set of)
{
	return viewer != 0 && (viewer & ~of) == 0;
}

static inline uint32_t o_find(const struct oracle *o, const char *key)
{
	return map_get(&o->by_key, slice_of(key));
}

static inline const char *o_role(const struct oracle *o, unsigned seat)
{
	return o->schema->role[o->seat[seat].role].id;
}

static inline bool o_is_live(const struct oracle *o, unsigned seat)
{
	return o->seat[seat].from <= o->now && o->now < o->seat[seat].until;
}

/* ---- who sees what ---- */

static inline bool o_granted(const struct oracle *o, unsigned seat, uint16_t cls, uint16_t col,
			     bool is_member)
{
	for (size_t i = 0; i < o->grant_count; i++) {
		const struct o_grant *g = &o->grant[i];

		if (g->seat == seat && g->cls == cls && (g->col == SCHEMA_NONE || g->col == col) &&
		    (is_member || !g->own_rows) && g->from <= o->now && o->now < g->until) {
			return true;
		}
	}
	return false;
}

/* What the matrix gives, with a grant and a duty. */
static inline int o_given(const struct oracle *o, unsigned seat, const struct o_cell *c)
{
	const struct schema_col *col = &o->schema->col[c->col];
	const struct o_row *row = c->row == MAP_NONE ? NULL : &o->row[c->row];
	bool mine = col->owner_role != SCHEMA_NONE && col->owner_role == o->seat[seat].role;
	bool others = col->owner_role != SCHEMA_NONE && !mine;
	bool member = row && o_has(row->owner | row->about | row->shared | row->audience, seat);
	int level = O_HIDDEN;

	mine = mine || (row && o_has(row->owner, seat));
	switch (o->schema->cls[col->cls].mark[o->seat[seat].role]) {
	case MARK_GRANTABLE:
		level = o_granted(o, seat, col->cls, c->col, member) ? O_READ : O_HIDDEN;
		break;
	case MARK_READ:
		level = O_READ;
		break;
	case MARK_READ_ROWS:
		level = (row ? member : !others) ? O_READ : O_HIDDEN;
		break;
	case MARK_WRITE:
		level = others ? O_READ : O_WRITE;
		break;
	case MARK_WRITE_OWN:
		level = mine ? O_WRITE : !row || member ? O_READ : O_HIDDEN;
		break;
	case MARK_READ_WRITE_OWN:
		level = mine ? O_WRITE : O_READ;
		break;
	case MARK_NONE:
	case MARK_COUNT:
		break;
	}
	/* A duty writes what it can see, in rows of segments it is in; nobody's own words. */
	if (level == O_READ && !others && o->seat[seat].recorder &&
	    (col->duty & DUTY_RECORDER) != 0 &&
	    (!row || o_has(row->shared | row->audience, seat))) {
		level = O_WRITE;
	}
	return level;
}

/* "draft" and "checked" are for drafters, "superseded" is read only. */
static inline int o_life_cycle(const struct oracle *o, unsigned seat, int level)
{
	uint32_t at = o_find(o, "plan.status");
	const char *status = json_string_value(o->cell[at].value);
	bool draft = status && (strcmp(status, "draft") == 0 || strcmp(status, "checked") == 0);

	if (draft && (!o->schema->role[o->seat[seat].role].may_draft ||
		      strcmp(o_role(o, seat), "self") == 0)) {
		return O_HIDDEN;
	}
	return status && strcmp(status, "superseded") == 0 && level == O_WRITE ? O_READ : level;
}

static inline int o_seat_level(const struct oracle *o, unsigned seat, const struct o_cell *c)
{
	const struct o_row *row = c->row == MAP_NONE ? NULL : &o->row[c->row];
	int level = o_given(o, seat, c);

	if (o->schema->cls[o->schema->col[c->col].cls].is_plan) {
		level = o_life_cycle(o, seat, level);
	}
	if (!o_is_live(o, seat) || o->seat[seat].barred ||
	    (row && row->cut && !o_has(row->audience, seat)) ||
	    (row && ((row->owner | row->about) & o->seat[seat].denied))) {
		level = O_HIDDEN;
	}
	return level;
}

/* Everything is judged anew after each change of anything, and remembered until then. */
static inline void o_judge(struct oracle *o)
{
	if (o->fresh) {
		return;
	}
	for (unsigned s = 0; s < o->seat_count; s++) {
		if (o->level_cap < o->cell_count) {
			o->level[s] = mem_grow(o->level[s], o->cell_count + 64, 1);
		}
		for (size_t i = 0; i < o->cell_count; i++) {
			o->level[s][i] = (uint8_t)o_seat_level(o, s, &o->cell[i]);
		}
	}
	o->level_cap = o->level_cap < o->cell_count ? o->cell_count + 64 : o->level_cap;
	o->fresh = true;
	o->judged = true;
}

/* A viewer of several seats has the lowest level of all; of none, none. */
static inline int o_level(struct oracle *o, seat_set viewer, uint32_t cell)
{
	int lowest = viewer ? O_WRITE : O_HIDDEN;

	o_judge(o);
	for (; viewer; viewer &= viewer - 1) {
		int one = o->level[__builtin_ctzll(viewer)][cell];

		lowest = one < lowest ? one : lowest;
	}
	return lowest;
}

static inline bool o_knows(struct oracle *o, seat_set viewer, unsigned who)
{
	return o->seat[who].label != MAP_NONE && o_is_live(o, who) &&
	       o_level(o, viewer, o->seat[who].label) != O_HIDDEN;
}

/* All of those who are still there. */
static inline bool o_knows_all(struct oracle *o, seat_set viewer, seat_set whom)
{
	for (unsigned s = 0; s < o->seat_count; s++) {
		if (o_has(whom, s) && o_is_live(o, s) && !o_knows(o, viewer, s)) {
			return false;
		}
	}
	return true;
}

/* Official, or the person. */
static inline bool o_is_insider(const struct oracle *o, seat_set viewer)
{
	for (unsigned s = 0; s < o->seat_count; s++) {
		if (o_has(viewer, s) && !o->schema->role[o->seat[s].role].official &&
		    strcmp(o_role(o, s), "self") != 0) {
			return false;
		}
	}
	return viewer != 0;
}

/* ---- names in values ---- */

static inline bool o_names_known_seat(struct oracle *o, seat_set viewer, const char *name)
{
	uint64_t wire;

	if (name[0] != '@' || !id_from_hex(slice_of(name + 1), &wire)) {
		return true;
	}
	for (unsigned s = 0; s < o->seat_count; s++) {
		if (o->seat[s].wire == wire) {
			return o_knows(o, viewer, s);
		}
	}
	return false;
}

static inline bool o_reads_class(const struct oracle *o, unsigned seat, uint16_t cls)
{
	enum mark mark = o->schema->cls[cls].mark[o->seat[seat].role];
	bool reads =
	    mark == MARK_GRANTABLE ? o_granted(o, seat, cls, SCHEMA_NONE, true) : mark != MARK_NONE;

	if (o->schema->cls[cls].is_plan && reads) {
		reads = o_life_cycle(o, seat, O_READ) != O_HIDDEN;
	}
	return reads && o_is_live(o, seat) && !o->seat[seat].barred;
}

/* A resource of the case by the row that describes it, a class by its right; other words pass. */
static inline bool o_names_known_thing(struct oracle *o, seat_set viewer, const char *name)
{
	uint16_t cls = schema_class_find(o->schema, slice_of(name));
	uint16_t col = schema_col_find(o->schema, slice_of(name));

	for (size_t i = 0; i < o->resource_count; i++) {
		const char *text = json_string_value(o->cell[o->resource[i]].value);

		if (text && strcmp(text, name) == 0 &&
		    o_level(o, viewer, o->resource[i]) == O_HIDDEN) {
			return false;
		}
	}
	if (cls == SCHEMA_NONE && col != SCHEMA_NONE) {
		cls = o->schema->col[col].cls;
	}
	for (unsigned s = 0; cls != SCHEMA_NONE && s < o->seat_count; s++) {
		if (!o_is_insider(o, viewer) && o_has(viewer, s) && !o_reads_class(o, s, cls)) {
			return false;
		}
	}
	return true;
}

/* The value of a register as this viewer is told it. */
static inline json_t *o_value(struct oracle *o, seat_set viewer, uint32_t cell)
{
	const struct o_cell *c = &o->cell[cell];
	enum cell_type type = o->schema->col[c->col].type;
	json_t *list;

	if (type == CELL_SEAT && json_is_string(c->value) &&
	    !o_names_known_seat(o, viewer, json_string_value(c->value))) {
		return json_null();
	}
	if (type != CELL_SEATS && type != CELL_LIST) {
		return json_incref(c->value);
	}
	list = json_array();
	for (size_t i = 0; i < json_array_size(c->value); i++) {
		json_t *one = json_array_get(c->value, i);
		const char *name = json_string_value(one);

		if (type == CELL_SEATS ? o_names_known_seat(o, viewer, name)
				       : o_names_known_thing(o, viewer, name)) {
			json_array_append(list, one);
		}
	}
	return list;
}

/* ---- the meeting ---- */

static inline seat_set o_present(const struct oracle *o)
{
	seat_set set = 0;

	for (unsigned s = 0; s < o->seat_count; s++) {
		set |= o->seat[s].at == O_IN && o_is_live(o, s) ? seat_bit(s) : 0;
	}
	return set;
}

static inline struct o_item *o_item(const struct oracle *o, uint64_t row)
{
	for (size_t i = 0; i < o->item_count; i++) {
		if (o->item[i].row == row) {
			return &o->item[i];
		}
	}
	return NULL;
}

/* A column of an agenda item. */
static inline uint32_t o_item_cell(const struct oracle *o, uint64_t row, const char *column)
{
	char key[96], hex[HEX64_LEN + 1];

	id_to_hex(row, hex);
	snprintf(key, sizeof key, "conf.agenda_items/%s/%s", hex, column);
	return o_find(o, key);
}

static inline seat_set o_seats_in(const struct oracle *o, const json_t *list)
{
	seat_set set = 0;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *name = json_string_value(json_array_get(list, i));
		uint64_t wire;

		for (unsigned s = 0; name && s < o->seat_count; s++) {
			if (name[0] == '@' && id_from_hex(slice_of(name + 1), &wire) &&
			    wire == o->seat[s].wire) {
				set |= seat_bit(s);
			}
		}
	}
	return set;
}

static inline seat_set o_planned(const struct oracle *o, uint64_t row)
{
	return o_seats_in(o, o->cell[o_item_cell(o, row, "audience")].value);
}

static inline bool o_has_future(const struct oracle *o, seat_set viewer)
{
	for (size_t i = 0; i < o->item_count; i++) {
		if (!o->item[i].opened && o_all(viewer, o_planned(o, o->item[i].row))) {
			return true;
		}
	}
	return false;
}

/* It left, and an item it is of was opened since. */
static inline bool o_is_called(const struct oracle *o, unsigned seat)
{
	return o->open && o->seat[seat].left && o->seat[seat].left_openings < o->openings;
}

static inline const char *o_phase(const struct oracle *o, seat_set viewer, unsigned actor,
				  bool board)
{
	enum o_at at = board ? O_IN : o->seat[actor].at;
	bool inside = o_all(viewer, o->audience);

	if (at == O_WAIT) {
		return "wait";
	}
	if (!o->on) {
		return o->begun && !o_has_future(o, viewer) ? "done" : "before";
	}
	if (at == O_IN && inside) {
		return "in";
	}
	if (at == O_NONE) {
		return inside || o_has_future(o, viewer) ? "door" : "done";
	}
	if (!board && inside && o_is_called(o, actor)) {
		return "door";
	}
	return o_has_future(o, viewer) ? "on" : "done";
}

static inline const char *o_state(const struct oracle *o, seat_set viewer, unsigned actor,
				  bool board, const struct o_item *item)
{
	bool open = o->open && o->open_row == item->row;
	enum o_at at = board ? O_IN : o->seat[actor].at;

	if (!item->opened || !o_all(viewer, item->seated)) {
		return "next";
	}
	if (!open || !o_all(viewer, item->audience)) {
		return "done";
	}
	if (strcmp(o_phase(o, viewer, actor, board), "in") == 0) {
		return "now";
	}
	return at == O_OUT && !o_is_called(o, actor) ? "done" : "next";
}

/* Presence is for who sits in it; officials and the person see it from home, but not once left. */
static inline bool o_sees_presence(const struct oracle *o, seat_set viewer, unsigned actor,
				   bool board)
{
	enum o_at at = board ? O_IN : o->seat[actor].at;

	if (!board && o->seat[actor].chair) {
		return true;
	}
	if (!o->on) {
		return o_is_insider(o, viewer);
	}
	return o_all(viewer, o->audience) &&
	       (at == O_IN || (at == O_NONE && o_is_insider(o, viewer)));
}

/* What it is told of a seat it knows: "" or the mark. */
static inline const char *o_mark(const struct oracle *o, seat_set viewer, unsigned actor,
				 bool board, unsigned who)
{
	const struct o_seat *s = &o->seat[who];
	bool presence = o_sees_presence(o, viewer, actor, board);
	bool mine = !board && who == actor;

	if (s->at == O_IN && (presence || mine)) {
		return s->line ? "line" : "room";
	}
	if (s->at == O_OUT && presence) {
		return "out";
	}
	return s->at == O_WAIT && (mine || (!board && o->seat[actor].chair)) ? "wait" : "";
}

#endif
