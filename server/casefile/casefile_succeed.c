/*
 * Who took over whose seat. A file says it in one of three ways:
 *
 *   promoted_from: a party      this seat follows that one: a new colleague, or a light key person
 *                               who becomes a key person
 *   promoted_from: a role       that of the party `same_person_as` names, else of the only seat of
 *                               that role that ended by then
 *   dates alone                 two seats of one role and one affiliation, word for word, of which
 * one ends the day before the other begins
 *
 * Where it is not clear who is meant nobody follows anybody. `same_person_as` alone is a remark: it
 * may name a seat of another series, and nothing crosses.
 */
#include "casefile/casefile_parts.h"

static const json_t *party_at(const struct reader *r, size_t i)
{
	return json_array_get(json_object_get(r->root, "parties"), i);
}

static size_t parties(const struct reader *r)
{
	size_t count = json_array_size(json_object_get(r->root, "parties"));

	return count < SEAT_MAX ? count : SEAT_MAX;
}

static bool is_same(const json_t *a, const json_t *b, const char *key)
{
	const char *one = text_at(a, key);
	const char *other = text_at(b, key);

	return one && other && *one && strcmp(one, other) == 0;
}

/* The seat of the party `id`, unless it is this one. */
static seat_set other_seat(const struct reader *r, const char *id, size_t i)
{
	for (size_t k = 0; id && k < parties(r); k++) {
		if (k != i && strcmp(text_at(party_at(r, k), "id"), id) == 0) {
			return seat_bit((unsigned)k);
		}
	}
	return 0;
}

/* The only seat that `fits`; nobody where there are several. */
static seat_set only(const struct reader *r, size_t i,
		     bool (*fits)(const struct reader *r, size_t i, size_t k))
{
	seat_set found = 0;

	for (size_t k = 0; k < parties(r); k++) {
		if (k != i && fits(r, i, k)) {
			found |= seat_bit((unsigned)k);
		}
	}
	return found & (found - 1) ? 0 : found;
}

static bool is_of_role_before(const struct reader *r, size_t i, size_t k)
{
	return strcmp(text_at(party_at(r, k), "role"), text_at(party_at(r, i), "promoted_from")) ==
		   0 &&
	       r->party[k].until_ms <= r->party[i].from_ms;
}

static bool is_of_office_before(const struct reader *r, size_t i, size_t k)
{
	const json_t *new = party_at(r, i);
	const json_t *old = party_at(r, k);

	return is_same(old, new, "role") && is_same(old, new, "affiliation") &&
	       json_is_true(json_object_get(old, "guest")) ==
		   json_is_true(json_object_get(new, "guest")) &&
	       r->party[k].until_ms == r->party[i].from_ms;
}

/* Nobody follows a seat that begins later; who names it by its id is refused for that. */
static bool is_earlier_of_role(const struct reader *r, size_t k, size_t i, const char *role)
{
	int64_t from_ms = r->party[i].from_ms;

	return strcmp(text_at(party_at(r, k), "role"), role) == 0 &&
	       (from_ms == INT64_MIN || r->party[k].from_ms <= from_ms);
}

static seat_set predecessor(const struct reader *r, size_t i)
{
	const json_t *o = party_at(r, i);
	const char *from = text_at(o, "promoted_from");
	seat_set same = other_seat(r, text_at(o, "same_person_as"), i);

	if (!from) {
		return only(r, i, is_of_office_before);
	}
	if (other_seat(r, from, i)) {
		return other_seat(r, from, i);
	}
	if (same && is_earlier_of_role(r, (size_t)__builtin_ctzll(same), i, from)) {
		return same;
	}
	return only(r, i, is_of_role_before);
}

static void find_times_held(struct reader *r)
{
	for (size_t i = 0; i < parties(r); i++) {
		struct party *p = &r->party[i];

		if (!day_at(party_at(r, i), "from", &p->from_ms)) {
			p->from_ms = INT64_MIN;
		}
		p->until_ms = INT64_MAX;
		if (day_at(party_at(r, i), "until", &p->until_ms)) {
			p->until_ms += DAY_MS;
		}
	}
}

void find_successions(struct reader *r)
{
	find_times_held(r);
	for (size_t i = 0; i < parties(r); i++) {
		struct party *p = &r->party[i];
		struct party *old;

		p->before = predecessor(r, i);
		p->same_person =
		    p->before & other_seat(r, text_at(party_at(r, i), "same_person_as"), i);
		old = p->before ? &r->party[__builtin_ctzll(p->before)] : NULL;
		/* Where only the beginning is told, it ends what was before. */
		if (old && old->until_ms == INT64_MAX && p->from_ms != INT64_MIN &&
		    old->from_ms < p->from_ms) {
			old->until_ms = p->from_ms;
		}
	}
	/* What they took over comes with it; as often as there are seats is far enough. */
	for (size_t turn = 0; turn < parties(r); turn++) {
		for (size_t i = 0; i < parties(r); i++) {
			struct party *p = &r->party[i];
			seat_set more = 0;
			seat_set person = 0;

			for (unsigned k = 0; k < parties(r); k++) {
				more |= p->before & seat_bit(k) ? r->party[k].before : 0;
				person |=
				    p->same_person & seat_bit(k) ? r->party[k].same_person : 0;
			}
			p->before = (p->before | more) & ~seat_bit((unsigned)i);
			p->same_person = (p->same_person | person) & p->before;
		}
	}
}

void emit_successions(struct reader *r)
{
	for (unsigned i = 0; i < r->party_count; i++) {
		if (r->party[i].before) {
			emit(r, RECORD_SUCCEED, (struct slice){0},
			     json_pack("{s:i,s:o}", "seat", (int)i, "before",
				       seats_json(r->party[i].before)));
		}
	}
}
