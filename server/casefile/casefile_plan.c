/* The person's plan, the support plan, and the places of work. */
#include "casefile/casefile_parts.h"

static void make_areas(struct reader *r, json_t *areas)
{
	size_t at = path_key(r, "areas");

	for (r->area = 0; r->area < r->schema->area_count; r->area++) {
		json_t *area = json_object_get(areas, r->schema->area[r->area].id);

		size_t inner = path_key(r, r->schema->area[r->area].id);

		if (area) {
			fields_take(r, &shape_area, area);
		}
		path_back(r, inner);
	}
	r->area = SCHEMA_NONE;
	path_back(r, at);
}

void make_plan(struct reader *r)
{
	json_t *own = json_object_get(r->root, "personal_plan");
	json_t *plan = json_object_get(r->root, "support_plan");
	json_t *list = json_object_get(own, "statements");
	size_t at;
	json_t *o;
	size_t i;

	fields_take(r, &shape_pplan, own);
	json_array_foreach(list, i, o)
	{
		struct row *row = row_new(r, "pplan.statements", text_at(o, "id"));

		row->owner = party_seats_of_role(r, "self");
		row_take(r, row, &shape_statement, o);
		row_more(r, row, o);
	}
	at = path_key(r, "support_plan");
	fields_take(r, &shape_plan, plan);
	make_areas(r, json_object_get(plan, "areas"));
	path_back(r, at);
}

/* ---- work ---- */

static seat_set employers(const struct reader *r)
{
	seat_set all = party_seats_of_role(r, "emp");
	seat_set now = 0;

	for (unsigned i = 0; i < r->party_count; i++) {
		if (r->party[i].at_meeting) {
			now |= all & seat_bit(i);
		}
	}
	return now ? now : all;
}

static seat_set first_of(seat_set seats)
{
	return seats & (~seats + 1);
}

/* One row per employer, owned by that seat: two of them never learn of each other. */
static void make_site(struct reader *r, json_t *site, seat_set seat, const char *name)
{
	json_t *leads = json_object_get(site, "job_leads");
	struct row *row = row_new(r, "work", name);

	row->owner = seat;
	row->about = seat;
	row_take(r, row, &shape_work_site, site);
	row_more(r, row, site);
	if (json_string_length(leads) > 0) {
		row_take(r, row_new(r, "work.job_leads", NULL), &shape_work_site, site);
	}
}

static const char *name_of(const struct reader *r, seat_set seat)
{
	return seat ? r->party[__builtin_ctzll(seat)].id : NULL;
}

void make_work(struct reader *r)
{
	json_t *single = json_object_get(r->root, "work_site");
	json_t *list = json_object_get(r->root, "work_sites");
	seat_set left = employers(r);
	json_t *o;
	size_t i;

	json_array_foreach(list, i, o)
	{
		seat_set seat = seat_of_party(r, text_at(o, "party"));

		left &= ~seat;
		make_site(r, o, seat, name_of(r, seat));
	}
	if (json_is_object(single)) {
		make_site(r, single, first_of(left), name_of(r, first_of(left)));
	}
}
