#ifndef ROKUSHA_TESTS_SUPPORT_MINUTES_CONFERENCE_H
#define ROKUSHA_TESTS_SUPPORT_MINUTES_CONFERENCE_H

/* A small conference to seal: four seats, two audiences, a cell of every kind. */
#include <criterion/criterion.h>

#include "minutes/log_parts.h"
#include "support/minutes_rig.h"

#define ORIGIN "rokusha.example/c/0123456789abcdef0123456789abcdef"
#define SEALED ((uint64_t)1794500000)

enum { SELF, PS, EMP, SUP, SEATS };
enum { AUDIENCES = 2, CLASSES = 2, CELLS = 8 };
enum { ITEM = 100, DECISION, ACTION, DISSENT };

struct conference {
	struct minutes_rig rig;
	struct min_input in;
	struct min_params params;
	struct min_seat seat[SEATS];
	struct min_class cls[CLASSES];
	seat_set audience[AUDIENCES];
	struct min_cell cell[CELLS];
	json_t *text;
	struct min_log *log;
	struct min_change change;
};

static inline struct min_cell cell_of(const char *table, uint64_t row, const char *column,
				      seat_set readers)
{
	return (struct min_cell){.column = slice_of(column),
				 .table = slice_of(table),
				 .row = row,
				 .named = SEAT_NONE,
				 .seat = SEAT_NONE,
				 .cls = MIN_NONE,
				 .audience = MIN_NONE,
				 .readers = readers};
}

/* The employer and the companion may not know of the supervisor, who sat with nobody. */
static inline void conference_init(struct conference *c, const char *seed)
{
	static const char *const role[] = {"self", "ps", "emp", "sup"};
	static const char *const name[] = {"本人 太郎", "伴走 花子", "職場 次郎", "主任 三郎"};
	static const char *const label[] = {"本人", "伴走者", "職場", "主任"};
	seat_set two = seat_bit(SELF) | seat_bit(PS);
	seat_set three = two | seat_bit(EMP);
	size_t n = 0;

	cr_assert(sodium_init() >= 0);
	*c = (struct conference){.audience = {three, two}};
	rig_init(&c->rig, seed);
	min_change_init(&c->change);
	c->text = json_string("本文");
	for (uint8_t i = 0; i < SEATS; i++) {
		c->seat[i] = (struct min_seat){
		    .seat = i,
		    .wire = 1000u + i,
		    .role = slice_of(role[i]),
		    .name = slice_of(name[i]),
		    .label = slice_of(label[i]),
		    .knows = i == SELF || i == SUP ? three | seat_bit(SUP) : three};
	}
	c->cls[0] = (struct min_class){slice_of("plan.work.action"), three};
	c->cls[1] = (struct min_class){slice_of("plan.money.action"), two | seat_bit(SUP)};
	c->cell[n] = cell_of("", 0, "plan.work.action.what", three);
	c->cell[n++].cls = 0;
	c->cell[n] = cell_of("", 0, "plan.money.action.what", two | seat_bit(SUP));
	c->cell[n++].cls = 1;
	c->cell[n] = cell_of("", 0, "plan.money.who", two);
	c->cell[n].kind = MIN_SEAT;
	c->cell[n].seat = EMP;
	c->cell[n++].named = EMP;
	c->cell[n] = cell_of("min.decisions", DECISION, "text", two);
	c->cell[n++].audience = 1;
	c->cell[n] = cell_of("min.decisions", DECISION, "place", two);
	c->cell[n].kind = MIN_PLACE;
	c->cell[n].ref = ITEM;
	c->cell[n].nth = 1;
	c->cell[n++].audience = 1;
	c->cell[n] = cell_of("conf.agenda_items", ITEM, "title", two);
	c->cell[n++].audience = 1;
	c->cell[n] = cell_of("min.actions", ACTION, "what", three);
	c->cell[n++].audience = 0;
	c->cell[n] = cell_of("min.dissent", DISSENT, "about", seat_bit(SELF));
	c->cell[n].kind = MIN_ROW;
	c->cell[n++].ref = DECISION;
	for (size_t i = 0; i < n; i++) {
		c->cell[i].json = c->text;
	}
	c->in = (struct min_input){c->seat,   SEATS,   c->cls, CLASSES,         c->audience,
				   AUDIENCES, c->cell, n,      slice_of("架空")};
	c->params = (struct min_params){.origin = slice_of(ORIGIN),
					.rp = slice_of("sign.rokusha.example"),
					.sealed = SEALED,
					.deadline = SEALED + 7 * 86400};
	memcpy(c->params.log_key, c->rig.public_key[MIN_SIGN_LOG], 32);
	memcpy(c->params.attest_key, c->rig.public_key[MIN_SIGN_ATTEST], 32);
}

static inline void conference_fini(struct conference *c)
{
	min_log_free(c->log);
	min_change_fini(&c->change);
	rig_fini(&c->rig);
	json_decref(c->text);
}

/* Sealed, and kept. */
static inline void conference_seal(struct conference *c, const char *seed)
{
	conference_init(c, seed);
	cr_assert_eq(min_log_seal(&c->in, &c->params, &c->rig.port, &c->log, &c->change), ERR_OK);
	rig_keep(&c->rig, &c->change);
}

/* The log again, from what is kept with what has changed since. */
static inline void conference_reload(struct conference *c)
{
	rig_keep(&c->rig, &c->change);
	min_log_free(c->log);
	c->log = NULL;
	cr_assert_eq(rig_load(&c->rig, &c->log), ERR_OK);
	cr_assert_null(min_log_check(c->log), "%s", min_log_check(c->log));
}

static inline uint8_t slot_of(const struct conference *c, size_t audience)
{
	return c->log->audience[audience].slot;
}

static inline bool ends_with(struct slice s, const char *with)
{
	size_t n = strlen(with);

	return s.len >= n && memcmp(s.ptr + s.len - n, with, n) == 0;
}

/* The first leaf the seat reads whose name, behind its label, begins and ends so. */
static inline struct min_hash leaf_named(const struct conference *c, uint8_t seat,
					 const char *begins, const char *ends)
{
	for (uint32_t e = LOG_MINUTES; e < c->log->entry_made; e++) {
		for (size_t b = 0; b < log_boxes_of(c->log, e); b++) {
			const struct log_box *box = &c->log->entry[e].box[b];

			for (size_t i = 0; i < box->count; i++) {
				const struct log_leaf *l = &box->leaf[i];

				if (min_log_reads(c->log, seat, l->label) &&
				    slice_begins(l->name, begins) && ends_with(l->name, ends)) {
					return l->hash;
				}
			}
		}
	}
	cr_assert(false, "no leaf %s", begins);
	return (struct min_hash){{0}};
}

/* The seat agrees in all its slots to the minutes as they were sealed. */
static inline struct min_act agree_of(const struct conference *c, uint8_t seat, uint64_t time)
{
	const struct min_party *p = min_log_party(c->log, seat);

	return (struct min_act){.seat = seat,
				.time = time,
				.size = 2,
				.slots = p->shared | (uint32_t)1 << p->slot,
				.say = {.by = SEAT_NONE, .witness = SEAT_NONE}};
}

static inline enum err amend(struct conference *c, const struct min_hash *leaf, uint64_t time,
			     seat_set *readers)
{
	json_t *v = json_string("直した");
	struct min_amend a = {
	    .time = time, .leaf = *leaf, .value = v, .why = slice_of("聞きまちがい")};
	enum err e = min_log_amend(c->log, &a, readers, &c->change);

	json_decref(v);
	return e;
}

static inline void erase_all(struct conference *c, const struct min_hash *leaf, uint64_t time)
{
	struct min_approval by[2] = {{SELF, time}, {PS, time}};
	struct min_erase e = {.time = time, .basis = MIN_REQUEST, .by = by, .by_count = 2};
	struct min_hash *copies;
	struct arena mem;

	arena_init(&mem);
	cr_assert_eq(min_log_copies(c->log, leaf, &mem, &copies, &e.leaf_count), ERR_OK);
	e.leaf = copies;
	cr_assert_eq(min_log_erase(c->log, &e, &c->change), ERR_OK);
	arena_fini(&mem);
}

#endif
