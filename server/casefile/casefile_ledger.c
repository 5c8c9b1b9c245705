/*
 * What grows over the years: resources, referrals, bonds, outcomes, stages, notes. Every entry has
 * a date, and only what was known at the meeting's day becomes a row.
 */
#include "base/buf.h"
#include "casefile/casefile_parts.h"

typedef void make_fn(struct reader *r, json_t *o);

static void make_referral(struct reader *r, json_t *o)
{
	struct row *row = row_new(r, "ref", row_number_name(r, o, "no"));
	const json_t *check = json_object_get(o, "resource_check");
	const json_t *points = json_object_get(check, "points");
	struct buf text = {0};
	size_t at;

	row_take(r, row, &shape_referral, o);
	row_more(r, row, o);
	if (!json_is_object(check)) {
		return;
	}
	/* "ok：個室、費用の説明あり" */
	buf_add_str(&text, text_at(check, "result"));
	for (size_t i = 0; i < json_array_size(points); i++) {
		buf_add_str(&text, i == 0 ? "：" : "、");
		buf_add_str(&text, json_string_value(json_array_get(points, i)));
	}
	at = path_key(r, "resource_check");
	row_set(r, row, "resource_check", json_stringn(text.ptr, text.len));
	path_back(r, at);
	buf_fini(&text);
}

/* A snapshot of all bonds: one row for each, about the seat it leads to. */
static void make_bonds(struct reader *r, json_t *o)
{
	json_t *list = json_object_get(o, "bonds");
	json_t *bond;
	size_t i;

	json_array_foreach(list, i, bond)
	{
		struct row *row = row_new(r, "bond.map", NULL);
		const char *with = text_at(bond, "with");

		row->about = seats_of_who(r, with);
		row_take(r, row, &shape_bond, bond);
		row_set(r, row, "as_of", json_incref(json_object_get(o, "as_of")));
		row_set(r, row, "with", json_string(who_label(r, with)));
		row_more(r, row, bond);
	}
}

static void make_outcome(struct reader *r, json_t *o)
{
	static const char *const column[] = {"as_of", "scale", "value", "max", "note"};
	const char *rater = text_at(o, "rater");
	seat_set self = party_seats_of_role(r, "self");
	bool own = strcmp(rater, "self") == 0 || (seats_of_who(r, rater) & self) != 0;
	struct row *row = row_new(r, own ? "out.self_scale" : "out.staff_scale", NULL);

	for (size_t i = 0; i < sizeof column / sizeof *column; i++) {
		json_t *v = json_object_get(o, column[i]);

		if (v) {
			row_set(r, row, column[i], json_incref(v));
		}
	}
	if (own) {
		row->owner = self;
	} else {
		row_set(r, row, "rater", json_string(who_label(r, rater)));
	}
	row_more(r, row, o);
}

static void make_stage(struct reader *r, json_t *o)
{
	struct row *row = row_new(r, "out.stage_review", NULL);

	row_set(r, row, "from", json_incref(json_object_get(o, "from")));
	row_set(r, row, "stage", json_incref(json_object_get(o, "stage")));
	row_more(r, row, o);
}

static void make_note(struct reader *r, json_t *o)
{
	struct row *row = row_new(r, "mon.note", NULL);
	const char *by = text_at(o, "by");
	int64_t written = r->held_ms;

	(void)day_at(o, "date", &written);
	row->owner = seats_of_who_at(r, by, written);
	row_take(r, row, &shape_monitoring, o);
	row_set(r, row, "by", json_string(who_label(r, by)));
	row_more(r, row, o);
}

static void make_dated(struct reader *r, const char *name, const char *date, make_fn *make)
{
	json_t *list = json_object_get(r->root, name);
	size_t at = path_key(r, name);
	json_t *o;
	size_t i;

	json_array_foreach(list, i, o)
	{
		size_t inner = path_index(r, i);
		int64_t ms;

		if (day_at(o, date, &ms) && ms <= r->known_ms) {
			make(r, o);
		} else {
			pending_add(r, name, o);
		}
		path_back(r, inner);
	}
	path_back(r, at);
}

void make_ledgers(struct reader *r)
{
	json_t *list = json_object_get(r->root, "resources");
	json_t *o;
	size_t i;

	json_array_foreach(list, i, o)
	{
		struct row *row = row_new(r, "case.resources", text_at(o, "id"));

		row_take(r, row, &shape_resource, o);
		row_more(r, row, o);
	}
	make_dated(r, "referrals", "date", make_referral);
	make_dated(r, "bonds", "as_of", make_bonds);
	make_dated(r, "outcomes", "as_of", make_outcome);
	make_dated(r, "stage_history", "from", make_stage);
}

void make_notes(struct reader *r)
{
	make_dated(r, "monitoring", "date", make_note);
}
