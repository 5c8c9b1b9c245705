/* Erasing what is sealed: two have to agree that a text goes, and no hold may stand. */
#include <stdio.h>
#include <string.h>

#include "archive/archive_parts.h"
#include "minutes/b64.h"

bool may_approve_erasing(const struct asked *q)
{
	return strcmp(q->standing.role, "self") == 0 || strcmp(q->standing.role, "ps") == 0;
}

/* ---- who agreed ---- */

/* All leaves that hold what one holds: whoever reads it by a leaf of its own speaks of the same. */
struct copies {
	struct arena mem;
	struct min_hash *leaf;
	size_t count;
};

struct agreed {
	struct minutes_approval all[SEAT_MAX]; /* the newest of each seat */
	size_t count;
};

/* The same seat again: the newer counts. */
static void add_approval(struct agreed *a, const struct minutes_approval *new_)
{
	for (size_t i = 0; i < a->count; i++) {
		if (a->all[i].seat == new_->seat) {
			a->all[i] = new_->at >= a->all[i].at ? *new_ : a->all[i];
			return;
		}
	}
	if (a->count < SEAT_MAX) {
		a->all[a->count++] = *new_;
	}
}

static enum err read_agreed(struct asked *q, const struct held *h, const struct copies *c,
			    struct agreed *out)
{
	struct minutes_approval some[MINUTES_APPROVALS_MAX];
	enum err e = ERR_OK;

	out->count = 0;
	for (size_t i = 0; i < c->count && e == ERR_OK; i++) {
		size_t count = 0;

		e = minutes_db_approvals(q->a->db, h->id, &c->leaf[i], some, &count, q->out->why);
		for (size_t k = 0; k < count; k++) {
			add_approval(out, &some[k]);
		}
	}
	return e;
}

/* Who agreed on this very ground: of two grounds neither has been agreed on twice. */
static size_t who_agree(const struct agreed *a, const char *basis, struct min_approval *out)
{
	size_t n = 0;

	for (size_t i = 0; i < a->count; i++) {
		if (strcmp(a->all[i].basis, basis) == 0) {
			out[n++] = (struct min_approval){a->all[i].seat, (uint64_t)a->all[i].at};
		}
	}
	return n;
}

/* ---- the asking, and the deed ---- */

static enum err erase_now(struct asked *q, struct held *h, const struct copies *c,
			  enum min_basis basis, const struct min_approval *by, size_t by_count)
{
	struct min_erase er = {.time = h->now,
			       .leaf = c->leaf,
			       .leaf_count = c->count,
			       .basis = basis,
			       .by = by,
			       .by_count = by_count};
	struct erasing erasing = {.leaf = c->leaf};
	struct min_change change;
	struct arena mem;
	enum err e;

	arena_init(&mem);
	min_change_init(&change);
	(void)min_log_cell(h->log, c->leaf, &mem, &erasing.cell); /* a note is of no cell */
	e = min_log_erase(h->log, &er, &change);
	if (e == ERR_OK) {
		e = held_keep(h, &change, &erasing, q->out->why);
	}
	min_change_fini(&change);
	arena_fini(&mem);
	return e;
}

/* The asker agrees; where it is the second, the text goes. */
static enum err agree(struct asked *q, struct held *h, const struct copies *c,
		      enum min_basis ground)
{
	struct minutes_approval mine = {.seat = q->ask->seat, .at = (int64_t)h->now};
	struct min_approval by[SEAT_MAX];
	struct agreed agreed;
	size_t count = 0;
	enum err e;

	(void)snprintf(mine.basis, sizeof mine.basis, "%s", min_basis_name(ground));
	e = minutes_db_approve(q->a->db, h->id, c->leaf, &mine, q->out->why);
	if (e == ERR_OK) {
		e = read_agreed(q, h, c, &agreed);
	}
	if (e == ERR_OK) {
		count = who_agree(&agreed, mine.basis, by);
	}
	if (e == ERR_OK && count >= 2) {
		e = erase_now(q, h, c, ground, by, count);
	}
	if (e == ERR_OK) {
		answer_json(q, 200, json_pack("{s:b}", "erased", count >= 2));
	}
	return e;
}

static enum err erase(struct asked *q, struct held *h)
{
	struct slice basis = body_text(q, "basis");
	struct copies c = {.count = 0};
	struct min_hash hash;
	struct min_found leaf;
	enum min_basis ground = MIN_REQUEST;
	enum err e = find_leaf(q, h, &hash, &leaf);

	if (e == ERR_OK && (!basis.ptr || !min_basis_of(basis, &ground))) {
		e = ERR_PROTO;
	}
	if (e == ERR_OK && !leaf.d.ptr) {
		e = ERR_RULE;
	}
	if (e != ERR_OK) {
		return e;
	}
	arena_init(&c.mem);
	e = min_log_copies(h->log, &hash, &c.mem, &c.leaf, &c.count);
	if (e == ERR_OK) {
		e = agree(q, h, &c, ground);
	}
	arena_fini(&c.mem);
	return e;
}

enum err answer_erase(struct asked *q)
{
	struct held h = {0};
	bool go_on;
	enum err e = code_ask(q, &go_on);

	if (e != ERR_OK || !go_on) {
		return e;
	}
	e = may_approve_erasing(q) ? hold_look(q) : ERR_GONE;
	if (e == ERR_OK) {
		e = held_of(q, &h);
	}
	if (e == ERR_OK) {
		e = erase(q, &h);
	}
	held_close(&h);
	return e;
}

/* ---- what waits for a second one ---- */

/* The leaf of these that the seat reads; of minutes before corrections.  NULL: none. */
static const struct min_hash *own_leaf(const struct min_log *log, uint8_t seat,
				       const struct copies *c)
{
	const struct min_hash *own = NULL;
	uint32_t entry = UINT32_MAX;

	for (size_t i = 0; i < c->count; i++) {
		struct min_found f;

		if (min_log_find(log, &c->leaf[i], &f) && f.entry < entry &&
		    min_log_reads(log, seat, f.label)) {
			own = &c->leaf[i];
			entry = f.entry;
		}
	}
	return own;
}

/* Who does not read it is not told of it, nor of somebody it may not know. */
static void tell_one(const struct asked *q, const struct held *h, const struct minutes_waiting *w,
		     json_t *list)
{
	const struct min_party *asker = min_log_party(h->log, q->ask->seat);
	const struct min_party *by = min_log_party(h->log, w->approval.seat);
	struct copies c = {.count = 0};
	const struct min_hash *own = NULL;
	char text[MIN_B64_HASH + 1];

	arena_init(&c.mem);
	if (asker && by && (asker->knows & seat_bit(by->seat)) &&
	    min_log_copies(h->log, &w->leaf, &c.mem, &c.leaf, &c.count) == ERR_OK) {
		own = own_leaf(h->log, q->ask->seat, &c);
	}
	if (own) {
		min_b64_hash(own, text);
		json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:I}", "leaf", text, "basis",
						      w->approval.basis, "party", by->id, "time",
						      (json_int_t)w->approval.at));
	}
	arena_fini(&c.mem);
}

enum err erasing_tell(struct asked *q, const struct held *h, json_t **out)
{
	struct minutes_waiting *all;
	struct arena mem;
	size_t count;
	enum err e;

	arena_init(&mem);
	e = minutes_db_waiting(q->a->db, h->id, &mem, &all, &count, q->out->why);
	if (e == ERR_OK) {
		*out = json_array();
		for (size_t i = 0; i < count; i++) {
			tell_one(q, h, &all[i], *out);
		}
	}
	arena_fini(&mem);
	return e;
}
