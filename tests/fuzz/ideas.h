#ifndef ROKUSHA_TESTS_FUZZ_IDEAS_H
#define ROKUSHA_TESTS_FUZZ_IDEAS_H

/* What must hold of the suggestions of a room, whatever was said in it or read into it. */
#include <stdio.h>
#include <string.h>

#include "base/ids.h"
#include "base/limits.h"
#include "fuzz/fuzz.h"
#include "room/room_state.h"

/* Each fits its text as that stands, and they are counted right. -> what they take. */
static inline size_t check_ideas(const struct room *r)
{
	size_t of_seat[SEAT_MAX] = {0};
	size_t bytes = 0, of_cells = 0;

	for (size_t i = 0; i < r->suggestion_count; i++) {
		const struct room_suggestion *s = &r->suggestion[i];
		const struct doc *d = r->cell[s->cell].doc;

		MUST(s->seat < r->rights.seat_count && d, "a suggestion of nobody, for nothing");
		MUST((s->mem != NULL) ==
			 (s->state == SUGGESTION_OPEN || s->state == SUGGESTION_ANSWERED),
		     "a change in state %d", (int)s->state);
		MUST(!s->mem || (s->ver == d->ver && change_len_old(&s->change) == d->body.units),
		     "a suggestion that does not fit %s", r->cell[s->cell].key);
		MUST(s->ver <= d->ver, "of a version that is still to come");
		MUST((s->state == SUGGESTION_ANSWERED) <= (s->reply && *s->reply), "no answer");
		MUST((s->state == SUGGESTION_OPEN) == (s->by == SEAT_NONE) ||
			 s->state == SUGGESTION_OLD,
		     "answered by nobody");
		MUST(++of_seat[s->seat] <= LIMIT_SUGGESTIONS_SEAT, "too many of seat %u", s->seat);
		bytes += (s->mem ? change_bytes(&s->change) : 0) + strlen(s->words) +
			 (s->reply ? strlen(s->reply) : 0);
		for (size_t n = 0; n < i; n++) {
			MUST(r->suggestion[n].id != s->id, "two of one name");
		}
	}
	for (size_t i = 0; i < r->cell_count; i++) {
		of_cells += r->cell[i].doc ? cell_text(&r->cell[i])->suggestions : 0;
	}
	MUST(of_cells == r->suggestion_count, "%zu suggestions, counted %zu", r->suggestion_count,
	     of_cells);
	return bytes;
}

static inline bool same_ideas(const struct room *a, const struct room *b)
{
	bool same = a->suggestion_count == b->suggestion_count;

	for (size_t i = 0; same && i < a->suggestion_count; i++) {
		const struct room_suggestion *p = &a->suggestion[i], *q = &b->suggestion[i];

		same = p->id == q->id && p->seat == q->seat && p->by == q->by &&
		       p->state == q->state && p->ver == q->ver && strcmp(p->words, q->words) == 0;
	}
	return same;
}

/* ---- messages ---- */

static inline void idea_answer(const struct room *r, size_t i, size_t which, uint64_t ref,
			       char *out, size_t size)
{
	static const char *const what[] = {"take", "answer", "back"};
	char id[HEX64_LEN + 1];

	id_to_hex(r->suggestion[i].id, id);
	snprintf(out, size,
		 "{\"t\":\"answer\",\"ref\":%llu,\"cell\":\"%s\",\"row\":\"%s\",\"what\":\"%s\","
		 "\"words\":\"x\"}",
		 (unsigned long long)ref, r->cell[r->suggestion[i].cell].key, id,
		 what[(i + which) % 3]);
}

static inline void idea_suggest(const struct room_cell *c, uint64_t ref, char *out, size_t size)
{
	snprintf(out, size,
		 "{\"t\":\"suggest\",\"ref\":%llu,\"cell\":\"%s\",\"base\":%llu,"
		 "\"changes\":[[[0,\"案\"]%s%.0u]],\"words\":\"y\"}",
		 (unsigned long long)ref, c->key, (unsigned long long)c->doc->ver,
		 c->doc->body.units ? "," : "", c->doc->body.units);
}

#endif
