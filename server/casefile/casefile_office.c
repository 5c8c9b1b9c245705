/*
 * The office: seats, the register of social resources, and who looks after which case. Format
 * "rokusha-office/1"; a room like a case's, without a person and without a meeting.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "casefile/casefile_format.h"
#include "casefile/casefile_parts.h"

static const struct key caseload_keys[] = {
    {"party", KIND_PARTY, .flags = NEED},
    {"series", KIND_ID, .flags = NEED},
    {"seat", KIND_ID, .flags = NEED},
    {0},
};
static const struct shape caseload = {.key = caseload_keys};

static const struct key resource_keys[] = {
    {"name", KIND_COL, NEED, .col = "res.register.name"},
    {"kind", KIND_COL, 0, .col = "res.register.kind"},
    {"note", KIND_COL, 0, .col = "res.register.note"},
    {0},
};
static const struct shape resource = {.key = resource_keys};

static const struct key office_keys[] = {
    {"format", KIND_WORD, NEED, .words = "rokusha-office/1"},
    {"name", KIND_ID, .flags = NEED},
    {"fictional", KIND_BOOL, .flags = 0},
    {"notice", KIND_TEXT, .flags = NULLS},
    {"parties", KIND_OBJECT, NEED | LIST, .shape = &shape_party, .unique = "id"},
    {"caseload", KIND_OBJECT, LIST, .shape = &caseload},
    {"resources", KIND_OBJECT, LIST, .shape = &resource},
    {0},
};
const struct shape shape_office = {.key = office_keys};

/* A case twice on one desk would be looked at twice. */
static void make_caseload(struct reader *r)
{
	json_t *list = json_object_get(r->root, "caseload");
	struct casefile *out = r->out;
	size_t at = path_key(r, "caseload");
	size_t i;
	json_t *o;

	out->look = arena_alloc(&out->mem, (json_array_size(list) + 1) * sizeof *out->look);
	json_array_foreach(list, i, o)
	{
		size_t inner = path_index(r, i);
		struct casefile_case *c = &out->look[out->look_count];

		*c = (struct casefile_case){
		    .seat = (uint8_t)__builtin_ctzll(seat_of_party(r, text_at(o, "party"))),
		    .series = arena_dup(&out->mem, slice_at(o, "series")),
		    .name = arena_dup(&out->mem, slice_at(o, "seat")),
		};
		for (size_t k = 0; k < out->look_count; k++) {
			if (out->look[k].seat == c->seat &&
			    slice_eq(out->look[k].series, c->series)) {
				casefile_refuse(r, ERR_PROTO, "this party has the series already");
			}
		}
		out->look_count++;
		path_back(r, inner);
	}
	path_back(r, at);
}

static void make_register(struct reader *r)
{
	json_t *list = json_object_get(r->root, "resources");
	size_t i;
	json_t *o;

	json_array_foreach(list, i, o)
	{
		if (r->failed == ERR_OK) {
			row_take(r, row_new(r, "res.register", NULL), &resource, o);
		}
	}
}

/* An office knows of every case on its desks: nobody a case is about sits in it. */
static void refuse_persons(struct reader *r)
{
	size_t at = path_key(r, "parties");

	for (size_t i = 0; i < r->party_count && r->failed == ERR_OK; i++) {
		if (strcmp(r->schema->role[r->party[i].role].id, "self") == 0) {
			size_t inner = path_index(r, i);

			casefile_refuse(r, ERR_PROTO, "the person of a case has no seat here");
			path_back(r, inner);
		}
	}
	path_back(r, at);
}

void office_records(struct reader *r)
{
	read_parties(r);
	if (r->failed == ERR_OK) {
		refuse_persons(r);
	}
	if (r->failed == ERR_OK) {
		make_party_rows(r);
		make_register(r);
		make_caseload(r);
	}
	if (r->failed == ERR_OK) {
		emit_rows(r);
	}
}
