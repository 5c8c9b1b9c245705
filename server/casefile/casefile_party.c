/* Seats: who sits where, and the sets of seats a role, a name or an audience means. */
#include <stdlib.h>

#include "base/mem.h"
#include "casefile/casefile_parts.h"

static const char guest_role[] = "guest";
static const char clerk_role[] = "rec"; /* a duty; who has nothing else sits as a guest */

static unsigned duties_of(const json_t *o)
{
	const json_t *list = json_object_get(o, "functions");
	unsigned duties = strcmp(text_at(o, "role"), clerk_role) == 0 ? DUTY_RECORDER : DUTY_NONE;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *duty = json_string_value(json_array_get(list, i));

		duties |= strcmp(duty, "chair") == 0 ? DUTY_CHAIR : DUTY_RECORDER;
	}
	return duties;
}

static json_t *duties_json(unsigned duties)
{
	json_t *list = json_array();

	if (duties & DUTY_CHAIR) {
		json_array_append_new(list, json_string("chair"));
	}
	if (duties & DUTY_RECORDER) {
		json_array_append_new(list, json_string("recorder"));
	}
	return list;
}

/* null when the seat has no such end */
static json_t *end_json(int64_t ms)
{
	return ms == INT64_MIN || ms == INT64_MAX ? json_null() : json_integer((json_int_t)ms);
}

static void read_party(struct reader *r, json_t *o)
{
	struct party *p = &r->party[r->party_count];
	struct casefile_seat *seat = &r->out->seat[r->party_count];
	const char *label = text_at(o, "display_label");
	bool guest = json_is_true(json_object_get(o, "guest"));

	p->id = text_at(o, "id");
	p->file_role = text_at(o, "role");
	guest = guest || strcmp(p->file_role, clerk_role) == 0;
	p->role = schema_role_find(r->schema, slice_of(guest ? guest_role : p->file_role));
	if (p->role == SCHEMA_NONE) {
		casefile_refuse(r, ERR_PROTO, "the policy has no role %s", guest_role);
		return;
	}
	p->duties = duties_of(o);
	p->at_meeting = p->from_ms <= r->held_ms && r->held_ms < p->until_ms;
	p->remote = json_is_true(json_object_get(o, "remote"));
	id_to_hex(random_id(r), p->wire);
	/* Never the name: the label is what outsiders see. */
	label = label && *label ? label : r->schema->role[p->role].label;
	*seat = (struct casefile_seat){
	    .name = arena_dup(&r->out->mem, slice_of(p->id)),
	    .role = arena_dup(&r->out->mem, slice_of(r->schema->role[p->role].id)),
	    .label = arena_dup(&r->out->mem, slice_of(label)),
	    .wire = arena_dup(&r->out->mem, slice_of(p->wire)),
	    .seat = (uint8_t)r->party_count,
	};
	emit(r, RECORD_SEAT, (struct slice){0},
	     json_pack("{s:i,s:s,s:s,s:s,s:s,s:o,s:o,s:o,s:b}", "seat", (int)r->party_count, "name",
		       p->id, "wire", p->wire, "role", r->schema->role[p->role].id, "label", label,
		       "duties", duties_json(p->duties), "from", end_json(p->from_ms), "until",
		       end_json(p->until_ms), "remote", (int)p->remote));
	r->party_count++;
	r->out->seat_count++;
}

void read_parties(struct reader *r)
{
	json_t *list = json_object_get(r->root, "parties");
	bool office = r->shape == &shape_office;
	const char *notice = text_at(r->root, "notice");
	size_t at = path_key(r, "parties");
	json_t *o, *series;
	size_t i;

	if (json_array_size(list) > SEAT_MAX) {
		casefile_refuse(r, ERR_LIMIT, "more than %d seats", SEAT_MAX);
		return;
	}
	series = json_pack("{s:o,s:b,s:s,s:b}", "name",
			   json_stringn(r->out->series.ptr, r->out->series.len), "fictional",
			   json_is_true(json_object_get(r->root, "fictional")), "notice",
			   notice ? notice : "", "statutory", (int)r->statutory);
	if (office) {
		json_object_set_new(series, "office", json_true());
	}
	emit(r, RECORD_SERIES, (struct slice){0}, series);
	emit(r, RECORD_POLICY, (struct slice){0}, json_pack("{s:s}", "hash", r->schema->hash));
	r->out->seat = mem_alloc((json_array_size(list) + 1) * sizeof *r->out->seat);
	find_successions(r);
	json_array_foreach(list, i, o)
	{
		if (r->failed == ERR_OK) {
			read_party(r, o);
		}
	}
	emit_successions(r);
	path_back(r, at);
}

void make_party_rows(struct reader *r)
{
	json_t *list = json_object_get(r->root, "parties");
	json_t *o;
	size_t i;

	json_array_foreach(list, i, o)
	{
		struct row *row = row_new(r, "party", r->party[i].id);

		row->owner = seat_bit((unsigned)i);
		row->about = seat_bit((unsigned)i);
		row_take(r, row, &shape_party, o);
		row_set(r, row, "display_label",
			json_stringn(r->out->seat[i].label.ptr, r->out->seat[i].label.len));
		row_more(r, row, o);
	}
}

/* ---- sets of seats ---- */

seat_set seat_of_party(const struct reader *r, const char *id)
{
	for (unsigned i = 0; id && i < r->party_count; i++) {
		if (strcmp(r->party[i].id, id) == 0) {
			return seat_bit(i);
		}
	}
	return 0;
}

seat_set party_seats_of_role(const struct reader *r, const char *role)
{
	uint16_t index = role ? schema_role_find(r->schema, slice_of(role)) : SCHEMA_NONE;
	bool clerk = role && strcmp(role, clerk_role) == 0;
	seat_set seats = 0;

	for (unsigned i = 0; i < r->party_count; i++) {
		const struct party *p = &r->party[i];

		if (clerk ? (p->duties & DUTY_RECORDER) != 0
			  : index != SCHEMA_NONE && p->role == index) {
			seats |= seat_bit(i);
		}
	}
	return seats;
}

seat_set seats_of_who(const struct reader *r, const char *who)
{
	return party_seats_of_role(r, who) | seat_of_party(r, who);
}

seat_set seats_of_who_at(const struct reader *r, const char *who, int64_t ms)
{
	seat_set all = seats_of_who(r, who);
	seat_set held = 0;

	for (unsigned i = 0; i < r->party_count; i++) {
		if (r->party[i].from_ms <= ms && ms < r->party[i].until_ms) {
			held |= all & seat_bit(i);
		}
	}
	return held ? held : all;
}

/*
 * In an audience a guest goes by the role the file gives: that is who was in the room. What a guest
 * may see there is the guest's column of the matrix all the same.
 */
static bool is_called(const struct reader *r, unsigned seat, const char *role)
{
	return strcmp(r->party[seat].file_role, role) == 0 ||
	       (party_seats_of_role(r, role) & seat_bit(seat)) != 0;
}

seat_set seats_of_audience(const struct reader *r, const json_t *o)
{
	const json_t *roles = json_object_get(o, "audience");
	const json_t *narrowed = json_object_get(o, "audience_parties");
	seat_set seats = 0;

	for (size_t k = 0; k < json_array_size(roles); k++) {
		const char *role = json_string_value(json_array_get(roles, k));
		const json_t *some = json_object_get(narrowed, role);
		seat_set named = 0;

		for (size_t i = 0; i < json_array_size(some); i++) {
			named |= seat_of_party(r, json_string_value(json_array_get(some, i)));
		}
		for (unsigned i = 0; i < r->party_count; i++) {
			/* Who came later, or had left, was not there. */
			if (r->party[i].at_meeting && is_called(r, i, role) &&
			    (!some || (named & seat_bit(i)))) {
				seats |= seat_bit(i);
			}
		}
	}
	return seats;
}

json_t *seats_value(const struct reader *r, seat_set seats)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < r->party_count; i++) {
		if (seats & seat_bit(i)) {
			json_array_append_new(list, json_sprintf("@%s", r->party[i].wire));
		}
	}
	return list;
}

json_t *seat_value(const struct reader *r, seat_set seats)
{
	json_t *list = seats_value(r, seats);
	bool single = json_array_size(list) == 1;
	json_t *one = single ? json_incref(json_array_get(list, 0)) : json_null();

	json_decref(list);
	return one;
}

const char *who_label(const struct reader *r, const char *who)
{
	uint16_t role = schema_role_find(r->schema, slice_of(who));

	for (unsigned i = 0; i < r->party_count; i++) {
		if (strcmp(r->party[i].id, who) == 0) {
			role = r->party[i].role;
		}
	}
	return role == SCHEMA_NONE ? who : r->schema->role[role].label;
}
