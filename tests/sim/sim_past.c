/*
 * The past of a cell: each version it ever had, with who could read it then. An answer may hold
 * nothing else, and of that only what its reader may read still.
 */
#include "sim/sim.h"

/* ---- as the journal has it ---- */

void follow_past_changed(struct follower *f, uint32_t cell)
{
	if (f->has_past) {
		mem_room(&f->changed, &f->changed_cap, f->changed_count, sizeof *f->changed);
		f->changed[f->changed_count++] = cell;
	}
}

/* By the rights of that moment; the oracle may be further on, since time passes for it too. */
static seat_set readers(struct follower *f, uint32_t cell)
{
	int64_t now = f->o.now;
	seat_set set = 0;

	f->o.now = f->recorded;
	for (unsigned s = 0; s < f->o.seat_count; s++) {
		set |= o_seat_level(&f->o, s, &f->o.cell[cell]) == O_HIDDEN ? 0 : seat_bit(s);
	}
	f->o.now = now;
	return set;
}

static void add(struct follower *f, uint32_t cell, const struct record *r)
{
	const struct o_cell *c = &f->o.cell[cell];
	struct pasts *all;

	if (f->past_cap <= cell) {
		size_t cap = f->o.cell_cap;

		f->past = mem_grow(f->past, cap, sizeof *f->past);
		memset(f->past + f->past_cap, 0, (cap - f->past_cap) * sizeof *f->past);
		f->past_cap = cap;
	}
	all = &f->past[cell];
	mem_room(&all->past, &all->cap, all->count, sizeof *all->past);
	all->past[all->count++] = (struct past){.ver = f->ver[cell],
						.at = r->at_ms,
						.actor = r->actor,
						.seat = r->for_seat,
						.readers = readers(f, cell),
						.text = c->text ? strdup(c->text) : NULL,
						.value = json_incref(c->value)};
}

void follow_past(struct follower *f, const struct record *r)
{
	f->recorded = r->at_ms > f->recorded ? r->at_ms : f->recorded;
	for (size_t i = 0; i < f->changed_count; i++) {
		add(f, f->changed[i], r);
	}
	f->changed_count = 0;
}

void follow_past_fini(struct follower *f)
{
	for (size_t i = 0; i < f->past_cap; i++) {
		for (size_t n = 0; n < f->past[i].count; n++) {
			free(f->past[i].past[n].text);
			json_decref(f->past[i].past[n].value);
		}
		free(f->past[i].past);
	}
	free(f->past);
	free(f->changed);
}

/* ---- judged ---- */

/* The version a seat could read then; it must be one. */
static const struct past *read_then(struct sim *s, const struct line *l, uint32_t cell,
				    uint64_t ver)
{
	const struct pasts *all = &s->kept.past[cell];

	for (size_t i = 0; i < all->count; i++) {
		if (all->past[i].ver == ver) {
			HOLDS(&s->watch, all->past[i].readers & seat_bit(l->seat),
			      "seat %u is told a version of %s that it could not read then",
			      l->seat, s->kept.o.cell[cell].key);
			return &all->past[i];
		}
	}
	HOLDS(&s->watch, false, "a version of %s that never was", s->kept.o.cell[cell].key);
	return NULL;
}

static void judge_name(struct sim *s, const struct line *l, const char *hex, uint8_t seat)
{
	if (hex) {
		judge_seat(s, l, hex);
		HOLDS(&s->watch, judge_seat_of(s, hex) == seat, "the past names another seat");
	}
}

/* The value as its reader may be told it today. */
static void judge_value(struct sim *s, const struct line *l, uint32_t cell, const struct past *p,
			const json_t *told)
{
	struct o_cell *c = &s->kept.o.cell[cell];
	json_t *now = c->value, *wanted;

	c->value = p->value;
	wanted = o_value(&s->kept.o, seat_bit(l->seat), cell);
	c->value = now;
	HOLDS(&s->watch, l->slow || l->out.count > 0 || json_equal(wanted, told),
	      "seat %u is told another value of %s", l->seat, c->key);
	json_decref(wanted);
}

static void judge_entry(struct sim *s, const struct line *l, uint32_t cell, const json_t *e)
{
	const struct past *p = read_then(s, l, cell, json_number(e, "ver"));

	COUNT(s, PAST_ENTRIES);
	HOLDS(&s->watch,
	      (int64_t)json_number(e, "at") == p->at &&
		  json_number(e, "from") <= json_number(e, "at"),
	      "the past of %s at another time", s->kept.o.cell[cell].key);
	judge_name(s, l, json_text(e, "seat"), p->seat);
	judge_name(s, l, json_text(e, "actor"), p->actor);
	if (p->value) {
		judge_value(s, l, cell, p, json_object_get(e, "value"));
	}
}

void judge_history(struct sim *s, const struct line *l, const json_t *f)
{
	const struct entry *asked = book_entry(s, s->client[l->who].id, json_number(f, "ref"));
	const char *key = json_text(f, "cell");
	const json_t *list = json_object_get(f, "entries"), *e;
	uint32_t cell = o_find(&s->kept.o, key);
	uint64_t last = 0;
	size_t i;

	HOLDS(&s->watch,
	      cell != MAP_NONE && o_level(&s->kept.o, seat_bit(l->seat), cell) != O_HIDDEN,
	      "seat %u is told the past of %s", l->seat, key);
	if (!list) {
		COUNT(s, PAST_TEXTS);
		HOLDS(&s->watch,
		      strcmp(read_then(s, l, cell, json_number(f, "ver"))->text,
			     json_text(f, "text")) == 0,
		      "%s did not read so", key);
		return;
	}
	COUNT(s, PASTS);
	json_array_foreach(list, i, e)
	{
		HOLDS(&s->watch, json_number(e, "ver") > last, "the past is out of order");
		last = json_number(e, "ver");
		judge_entry(s, l, cell, e);
	}
	HOLDS(&s->watch, l->old || !asked || last >= asked->least,
	      "seat %u is not told what it could read of %s", l->seat, key);
}

/* ---- act ---- */

/* Something of its past was not for this seat. */
static bool is_gained(const struct pasts *all, uint8_t seat)
{
	for (size_t i = 0; i < all->count; i++) {
		if (!(all->past[i].readers & seat_bit(seat))) {
			return true;
		}
	}
	return false;
}

/* A cell that changed, or that the client could not always read; mostly one it has. */
static uint32_t any_past(struct sim *s, struct client *c)
{
	struct oracle *o = &s->kept.o;
	uint32_t at = (uint32_t)sim_pick(s, o->cell_count);
	bool has = sim_pick(s, 5) != 0;
	bool gained = has && sim_pick(s, 3) == 0;

	client_slots(s, c);
	for (size_t i = 0; i < o->cell_count; i++, at = (at + 1) % (uint32_t)o->cell_count) {
		const struct pasts *all = &s->kept.past[at];

		if ((!has || c->v.slot[at].has) &&
		    (gained ? is_gained(all, c->v.l.seat) : all->count > 1)) {
			return at;
		}
	}
	return at;
}

void act_history(struct sim *s, struct client *c)
{
	uint32_t cell = client_may_speak(c) ? any_past(s, c) : MAP_NONE;
	const struct pasts *all = cell == MAP_NONE ? NULL : &s->kept.past[cell];
	uint64_t least = 0;
	char base[40] = "", text[256];
	size_t which;

	if (!all) {
		return;
	}
	which = sim_pick(s, all->count);
	if (s->kept.o.cell[cell].text && sim_pick(s, 2)) {
		snprintf(base, sizeof base, ",\"base\":%llu",
			 (unsigned long long)all->past[which].ver);
	}
	for (size_t i = 0; i < all->count; i++) {
		least = all->past[i].readers & seat_bit(c->v.l.seat) ? all->past[i].ver : least;
	}
	snprintf(text, sizeof text, "{\"t\":\"history\",\"ref\":%llu,\"cell\":\"%s\"%s}",
		 (unsigned long long)++c->ref, s->kept.o.cell[cell].key, base);
	client_ask_about(s, c, text, least);
}
