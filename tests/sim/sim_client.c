/*
 * A client: what it was told, what it asked and was not yet answered. One push in flight a cell.
 * After `again` it joins with the texts it has and asks once more, byte for byte.
 */
#include "sim/sim.h"

/* ---- requests and their answers ---- */

void client_say(struct sim *s, struct client *c, const char *text)
{
	if (c->line) {
		line_say(s, c->line, text);
	}
}

static void ask_add(struct client *c, const char *text, uint32_t cell)
{
	mem_room(&c->ask, &c->ask_cap, c->ask_count, sizeof *c->ask);
	c->ask[c->ask_count++] = (struct ask){.ref = c->ref, .text = strdup(text), .cell = cell};
}

/* `c->ref` is its number; `c` may have left when this returns. */
void client_ask(struct sim *s, struct client *c, const char *text, uint32_t cell)
{
	ask_add(c, text, cell);
	book_add(s, c->id, c->ref);
	client_say(s, c, text);
}

void client_ask_end(struct client *c, size_t i)
{
	free(c->ask[i].text);
	memmove(&c->ask[i], &c->ask[i + 1], (--c->ask_count - i) * sizeof *c->ask);
}

/* A question: its answer is not kept, and may be put off. */
void client_ask_about(struct sim *s, struct client *c, const char *text, uint64_t least)
{
	struct entry *e;

	book_add(s, c->id, c->ref);
	e = book_entry(s, c->id, c->ref);
	e->is_question = true;
	e->least = least;
	ask_add(c, text, MAP_NONE);
	client_say(s, c, text);
}

static void answered(struct client *c, uint64_t ref, bool acked)
{
	for (size_t i = c->ask_count; i-- > 0;) {
		if (c->ask[i].ref == ref) {
			if (acked) {
				free(c->acked_text);
				c->acked_text = strdup(c->ask[i].text);
				c->acked_ref = ref;
			}
			client_ask_end(c, i);
		}
	}
}

/* ---- cells ---- */

void client_push_clear(struct push *p)
{
	json_decref(p->wanted);
	*p = (struct push){0};
}

void client_slots(struct sim *s, struct client *c)
{
	slots_room(&c->v);
	if (c->push_cap < c->v.slot_cap) {
		c->push = mem_grow(c->push, c->v.slot_cap, sizeof *c->push);
		memset(c->push + c->push_cap, 0, (c->v.slot_cap - c->push_cap) * sizeof *c->push);
		c->push_cap = c->v.slot_cap;
	}
	(void)s;
}

static uint32_t slot_at(struct sim *s, struct client *c, const char *key)
{
	struct slot *slot = slot_of(&c->v, key);

	client_slots(s, c);
	return (uint32_t)(slot - c->v.slot);
}

/*
 * The text begins anew: what the own push was based on is gone. When it came with a snapshot no
 * answer will come any more; else one is on its way.
 */
static bool give_up(struct client *c, uint32_t cell)
{
	bool gave_up = false;

	for (size_t i = c->ask_count; i-- > 0;) {
		if (c->ask[i].cell != cell) {
			continue;
		}
		if (c->joined) {
			c->ask[i].is_dead = true;
			gave_up = true;
		} else {
			client_ask_end(c, i);
		}
	}
	return gave_up;
}

static void take_cell(struct sim *s, struct client *c, const json_t *in)
{
	const char *key = json_text(in, "k");
	const char *item = json_text(in, "item");
	json_t *since = json_object_get(in, "since");
	uint32_t at = slot_at(s, c, key);
	struct slot *slot = &c->v.slot[at];
	struct push *p = &c->push[at];
	json_t *one;
	size_t i;

	if (since) {
		HOLDS(&s->watch,
		      slot->has && slot->text && slot->ver == (uint64_t)json_integer_value(since),
		      "%s goes on from what this client does not have", key);
	} else {
		slot_clear(&c->v, slot);
		slot->has = true;
		c->v.count++;
		slot->ver = json_number(in, "v");
		if (s->kept.o.cell[at].text) {
			slot->text = strdup(json_text(in, "x"));
			client_push_clear(p);
			p->gave_up = give_up(c, at);
		} else {
			slot->value = json_incref(json_object_get(in, "x"));
		}
	}
	ideas_forget(&c->ideas, at);
	json_array_foreach(json_object_get(in, "sugg"), i, one)
	{
		client_idea(s, c, at, one);
	}
	slot->write = strcmp(json_text(in, "l"), "w") == 0;
	slot->item = 0;
	if (item) {
		HOLDS(&s->watch, id_from_hex(slice_of(item), &slot->item), "%s", item);
	}
}

static void take_all(struct sim *s, struct client *c, const json_t *f)
{
	json_t *in;
	size_t i;

	json_array_foreach(json_object_get(f, "cells"), i, in)
	{
		take_cell(s, c, in);
	}
}

static void take_snap(struct sim *s, struct client *c, const json_t *f)
{
	bool *still;
	json_t *in;
	size_t i;

	HOLDS(&s->watch, !c->joined && !c->again, "a snapshot nobody asked for");
	client_slots(s, c);
	still = mem_alloc(c->v.slot_cap);
	json_array_foreach(json_object_get(f, "cells"), i, in)
	{
		still[slot_at(s, c, json_text(in, "k"))] = true;
	}
	for (size_t n = 0; n < c->v.slot_cap; n++) {
		if (c->v.slot[n].has && !still[n]) {
			slot_clear(&c->v, &c->v.slot[n]);
			client_push_clear(&c->push[n]);
			ideas_forget(&c->ideas, (uint32_t)n);
		}
	}
	free(still);
	take_all(s, c, f);
	keep_json(&c->v.seats, json_object_get(f, "seats"));
	keep_json(&c->v.meet, json_object_get(f, "meet"));
	c->joined = true;
	c->resend = true;
}

/* A withdrawal's words are an edit of this client, too, but no push of it. */
static bool is_own(const struct client *c, const struct push *p, const json_t *f)
{
	char own[HEX64_LEN + 1];
	json_t *pushed;
	bool same;

	id_to_hex(c->id, own);
	if (!p->ref || p->has_come || strcmp(json_text(f, "client"), own) != 0) {
		return false;
	}
	pushed = change_to_json(&p->change);
	same = json_equal(pushed, json_object_get(f, "change"));
	json_decref(pushed);
	return same;
}

static void apply(struct sim *s, struct slot *slot, const struct change *change, const char *key)
{
	struct slice text;

	HOLDS(&s->watch,
	      change_apply(&s->watch.mem, change, slice_of(slot->text), LIMIT_TEXT_UNITS, &text) ==
		  ERR_OK,
	      "an edit of %s that does not fit", key);
	free(slot->text);
	slot->text = mem_dup(text);
	slot->ver++;
}

static void take_change(struct sim *s, struct client *c, const json_t *f)
{
	const char *key = json_text(f, "cell");
	uint32_t at = slot_at(s, c, key);
	struct slot *slot = &c->v.slot[at];
	struct push *p = &c->push[at];
	struct change change;

	HOLDS(&s->watch, slot->has && slot->text, "an edit of %s, which seat %u does not have", key,
	      c->v.l.seat);
	if (p->gave_up && json_number(f, "ver") != slot->ver + 1) {
		c->broken = true; /* its push was taken after all: the gap */
		return;
	}
	HOLDS(&s->watch, json_number(f, "ver") == slot->ver + 1, "%s misses an edit", key);
	HOLDS(&s->watch,
	      change_from_json(&s->watch.mem, json_object_get(f, "change"), &change) == ERR_OK,
	      "a change that is none");
	apply(s, slot, &change, key);
	client_ideas_over(s, c, at, &change);
	if (is_own(c, p, f)) {
		p->has_come = true;
	} else if (p->ref && !p->has_come && !p->wanted) {
		HOLDS(&s->watch,
		      change_map(&c->mem, &p->change, &change, false, &p->change) == ERR_OK,
		      "%s: two changes of different texts", key);
	}
}

/* ---- answers ---- */

/* An ack of what this client had forgotten: the cell it wrote is not what the server has. */
static void lost_thread(struct client *c, uint64_t ref, uint64_t ver)
{
	for (size_t i = 0; i < c->ask_count; i++) {
		const struct ask *a = &c->ask[i];

		if (a->ref == ref && a->cell != MAP_NONE && a->cell < c->push_cap &&
		    c->v.slot[a->cell].has && c->push[a->cell].ref != ref &&
		    ver > c->v.slot[a->cell].ver) {
			c->broken = true;
		}
	}
}

static void take_own(struct sim *s, struct client *c, uint32_t at, uint64_t ver)
{
	struct slot *slot = &c->v.slot[at];
	struct push *p = &c->push[at];
	const char *key = s->kept.o.cell[at].key;

	if (slot->has && slot->text) {
		HOLDS(&s->watch, p->has_come == (ver <= slot->ver), "%s: applied twice, or never",
		      key);
	}
	if (slot->has && ver > slot->ver) {
		HOLDS(&s->watch, ver == slot->ver + 1, "%s: an ack before what came before it",
		      key);
		if (slot->text) {
			apply(s, slot, &p->change, key);
			client_ideas_over(s, c, at, &p->change);
		} else {
			slot->ver = ver;
			keep_json(&slot->value, p->wanted);
		}
	}
	client_push_clear(p);
}

static void take_yes(struct sim *s, struct client *c, const json_t *f)
{
	uint64_t ref = json_number(f, "ref");
	uint64_t ver = json_number(f, "ver");
	struct entry *e = book_entry(s, c->id, ref);

	HOLDS(&s->watch, e, "an answer to nothing");
	HOLDS(&s->watch, ref != c->other_ref, "another body was taken for request %llu",
	      (unsigned long long)ref);
	e->acked = 1;
	lost_thread(c, ref, ver);
	answered(c, ref, !e->is_question);
	for (uint32_t i = 0; i < c->push_cap; i++) {
		if (c->push[i].ref == ref) {
			take_own(s, c, i, ver);
		}
	}
}

/* Whoever edits a text knows how, and from where it goes on. */
static bool is_text_push(const struct sim *s, const struct client *c, uint64_t ref)
{
	for (size_t i = 0; i < c->ask_count; i++) {
		if (c->ask[i].ref == ref && c->ask[i].cell != MAP_NONE) {
			return s->kept.o.cell[c->ask[i].cell].text != NULL;
		}
	}
	return false;
}

static void take_no(struct sim *s, struct client *c, const json_t *f)
{
	uint64_t ref = json_number(f, "ref");
	struct entry *e = book_entry(s, c->id, ref);

	if (strcmp(json_text(f, "code"), "busy") == 0) {
		COUNT(s, BUSY);
		/* Later; a question is not asked again. */
		if (e && e->is_question) {
			answered(c, ref, false);
		} else {
			c->resend = c->resend || ref != 0;
		}
		return;
	}
	HOLDS(&s->watch, e, "an answer to nothing");
	HOLDS(&s->watch,
	      strcmp(json_text(f, "code"), "proto") != 0 || e->acked || !is_text_push(s, c, ref),
	      "the edit of request %llu is called senseless", (unsigned long long)ref);
	e->refused = 1;
	answered(c, ref, false);
	for (uint32_t i = 0; i < c->push_cap; i++) {
		if (c->push[i].ref == ref) {
			HOLDS(&s->watch, !c->push[i].has_come, "refused what was kept");
			client_push_clear(&c->push[i]);
		}
	}
}

/* ---- frames ---- */

static void take_drops(struct sim *s, struct client *c, const json_t *keys)
{
	for (size_t i = 0; i < json_array_size(keys); i++) {
		uint32_t at = slot_at(s, c, json_string_value(json_array_get(keys, i)));

		HOLDS(&s->watch, c->v.slot[at].has, "dropped what seat %u never had", c->v.l.seat);
		slot_clear(&c->v, &c->v.slot[at]);
		client_push_clear(&c->push[at]);
		ideas_forget(&c->ideas, at);
	}
}

static void take_idea(struct sim *s, struct client *c, const json_t *f)
{
	uint32_t at = slot_at(s, c, json_text(f, "cell"));

	HOLDS(&s->watch, c->v.slot[at].has && c->v.slot[at].text,
	      "a suggestion for %s, which seat %u does not have", json_text(f, "cell"),
	      c->v.l.seat);
	client_idea(s, c, at, f);
}

static void take_value(struct sim *s, struct client *c, const json_t *f)
{
	uint32_t at = slot_at(s, c, json_text(f, "cell"));
	struct slot *slot = &c->v.slot[at];

	HOLDS(&s->watch, slot->has && !slot->text, "a value of %s", json_text(f, "cell"));
	keep_json(&slot->value, json_object_get(f, "value"));
	slot->ver = json_number(f, "ver");
}

static void take_again(struct sim *s, struct client *c)
{
	HOLDS(&s->watch, !c->again, "told twice to come again");
	COUNT(s, AGAINS);
	c->again = true;
	c->joined = c->resend = false;
	for (size_t i = c->ask_count; i-- > 0;) {
		if (c->ask[i].is_dead) {
			client_ask_end(c, i);
		}
	}
}

static void take_list(struct sim *s, json_t **slot, const json_t *f, const char *name)
{
	HOLDS(&s->watch, !json_equal(*slot, json_object_get(f, name)), "%s: said twice", name);
	keep_json(slot, json_object_get(f, name));
}

void client_take(struct sim *s, struct client *c, const json_t *f)
{
	const char *t = json_text(f, "t");

	HOLDS(&s->watch,
	      c->joined || strcmp(t, "snap") == 0 || strcmp(t, "bye") == 0 ||
		  strcmp(t, "stuck") == 0 || strcmp(t, "again") == 0 || strcmp(t, "no") == 0,
	      "%s to somebody who is not in the room", t);
	if (strcmp(t, "again") == 0) {
		take_again(s, c);
	} else if (strcmp(t, "snap") == 0) {
		take_snap(s, c, f);
	} else if (strcmp(t, "meet") == 0) {
		take_list(s, &c->v.meet, f, "meet");
	} else if (strcmp(t, "seats") == 0) {
		take_list(s, &c->v.seats, f, "seats");
	} else if (strcmp(t, "cells") == 0) {
		take_all(s, c, f);
	} else if (strcmp(t, "drop") == 0) {
		take_drops(s, c, json_object_get(f, "cells"));
	} else if (strcmp(t, "edit") == 0) {
		take_change(s, c, f);
	} else if (strcmp(t, "suggest") == 0) {
		take_idea(s, c, f);
	} else if (strcmp(t, "set") == 0) {
		take_value(s, c, f);
	} else if (strcmp(t, "ack") == 0) {
		take_yes(s, c, f);
	} else if (strcmp(t, "no") == 0) {
		take_no(s, c, f);
	} else if (strcmp(t, "mode") == 0) {
		take_mode(&c->v, json_object_get(f, "cells"));
	} else if (strcmp(t, "stuck") == 0) {
		c->stuck = json_number(f, "on") == 1;
	} else if (strcmp(t, "bye") == 0) {
		COUNT(s, BYES);
	}
}
