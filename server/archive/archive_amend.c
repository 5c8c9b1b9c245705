/* Correcting what is sealed, and erasing: two have to agree that a text goes. */
#include <stdio.h>
#include <string.h>

#include "archive/archive_parts.h"

static bool begins(struct slice s, const char *with)
{
	size_t n = strlen(with);

	return s.len >= n && memcmp(s.ptr, with, n) == 0;
}

/* The leaf named in the body, if the asker reads it. Absent and hidden look the same. */
static enum err find_leaf(const struct asked *q, const struct held *h, struct min_hash *hash,
			  struct min_found *out)
{
	if (!body_hash(q, "leaf", hash)) {
		return ERR_PROTO;
	}
	return !min_log_find(h->log, hash, out) || !min_log_reads(h->log, q->ask->seat, out->label)
		   ? ERR_GONE
		   : ERR_OK;
}

/*
 * The recorder corrects what the minutes say, the person what it said itself; a dissent is nobody's
 * to correct: who dissents writes another.
 */
static enum err may_amend(const struct asked *q, struct slice name)
{
	if (begins(name, "row/min.dissent/")) {
		return ERR_RULE;
	}
	if (begins(name, "row/min.person_words/") || begins(name, "row/pplan.") ||
	    begins(name, "field/pplan.")) {
		return strcmp(q->standing.role, "self") == 0 ? ERR_OK : ERR_GONE;
	}
	return q->standing.is_recorder ? ERR_OK : ERR_GONE;
}

static enum err amend(struct asked *q, struct held *h)
{
	struct min_amend a = {
	    .time = h->now, .value = json_object_get(q->body, "value"), .why = body_text(q, "why")};
	struct min_change change;
	struct min_found leaf;
	enum err e = find_leaf(q, h, &a.leaf, &leaf);

	if (e == ERR_OK) {
		e = may_amend(q, leaf.name);
	}
	if (e == ERR_OK && (!a.value || !a.why.len)) {
		e = ERR_PROTO;
	}
	if (e != ERR_OK) {
		return e;
	}
	min_change_init(&change);
	e = min_log_amend(h->log, &a, NULL, &change);
	if (e == ERR_OK) {
		e = held_keep(h, &change, NULL, q->out->why);
	}
	min_change_fini(&change);
	return e;
}

enum err answer_amend(struct asked *q)
{
	struct held h = {0};
	bool go_on;
	enum err e = code_ask(q, &go_on);

	if (e != ERR_OK || !go_on) {
		return e;
	}
	e = held_of(q, &h);
	if (e == ERR_OK) {
		e = amend(q, &h);
	}
	if (e == ERR_OK) {
		answer_json(q, 200, json_object());
	}
	held_close(&h);
	return e;
}

/* ---- erasing ---- */

/* Who agreed on this very ground: of two grounds neither has been agreed on twice. */
static size_t who_agree(const struct minutes_approval *all, size_t count, const char *basis,
			struct min_approval out[MINUTES_APPROVALS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		if (strcmp(all[i].basis, basis) == 0) {
			out[n++] = (struct min_approval){all[i].seat, (uint64_t)all[i].at};
		}
	}
	return n;
}

static enum err erase_now(struct asked *q, struct held *h, const struct min_hash *leaf,
			  enum min_basis basis, const struct min_approval *by, size_t by_count)
{
	struct min_erase er = {.time = h->now, .basis = basis, .by = by, .by_count = by_count};
	struct erasing erasing = {.leaf = leaf};
	struct min_change change;
	struct min_hash *copy;
	struct arena mem;
	enum err e;

	arena_init(&mem);
	min_change_init(&change);
	(void)min_log_cell(h->log, leaf, &mem, &erasing.cell); /* a note is of no cell */
	e = min_log_copies(h->log, leaf, &mem, &copy, &er.leaf_count);
	er.leaf = copy;
	if (e == ERR_OK) {
		e = min_log_erase(h->log, &er, &change);
	}
	if (e == ERR_OK) {
		e = held_keep(h, &change, &erasing, q->out->why);
	}
	min_change_fini(&change);
	arena_fini(&mem);
	return e;
}

static enum err erase(struct asked *q, struct held *h)
{
	struct minutes_approval mine = {.seat = q->ask->seat, .at = (int64_t)h->now},
				all[MINUTES_APPROVALS_MAX];
	struct min_approval by[MINUTES_APPROVALS_MAX];
	struct slice basis = body_text(q, "basis");
	struct min_hash hash;
	struct min_found leaf;
	enum min_basis ground;
	size_t count, agreed;
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
	(void)snprintf(mine.basis, sizeof mine.basis, "%s", min_basis_name(ground));
	e = minutes_db_approve(q->a->db, h->id, &hash, &mine, q->out->why);
	if (e == ERR_OK) {
		e = minutes_db_approvals(q->a->db, h->id, &hash, all, &count, q->out->why);
	}
	if (e != ERR_OK) {
		return e;
	}
	agreed = who_agree(all, count, mine.basis, by);
	if (agreed >= 2) {
		e = erase_now(q, h, &hash, ground, by, agreed);
	}
	if (e == ERR_OK) {
		answer_json(q, 200, json_pack("{s:b}", "erased", agreed >= 2));
	}
	return e;
}

/* The person and the companion: every reader knows of them. */
static bool may_approve(const struct asked *q)
{
	return strcmp(q->standing.role, "self") == 0 || strcmp(q->standing.role, "ps") == 0;
}

enum err answer_erase(struct asked *q)
{
	struct held h = {0};
	bool go_on;
	enum err e = code_ask(q, &go_on);

	if (e != ERR_OK || !go_on) {
		return e;
	}
	e = may_approve(q) ? held_of(q, &h) : ERR_GONE;
	if (e == ERR_OK) {
		e = erase(q, &h);
	}
	held_close(&h);
	return e;
}
