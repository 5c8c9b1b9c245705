/* Everything a seat may read as data that can be carried away. The format comes later. */
#include <string.h>

#include "view/view_json.h"

/* Who they are to an outsider is their business alone. */
static json_t *seats_json(const struct view *v, const struct view_export *e, seat_set seats)
{
	bool insider = view_sees_reach(v);
	json_t *list = json_array();

	for (size_t i = 0; i < e->party_count; i++) {
		const struct party_shown *p = &e->party[i];

		if ((seats & seat_bit(p->seat)) && (insider || (v->viewer & seat_bit(p->seat))) &&
		    view_may_read(v, &p->label_place)) {
			json_array_append_new(list, json_hex(p->wire));
		}
	}
	return list;
}

static void set_some(json_t *o, const char *name, json_t *list)
{
	if (json_array_size(list) > 0) {
		json_object_set(o, name, list);
	}
	json_decref(list);
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

static bool is_companion(const struct view *v)
{
	return v->rights->schema->role[v->rights->seat[v->actor].role].companion;
}

/*
 * Whom a seat follows, as far as the viewer may know: the nearest of them, for what those before it
 * left came with it. Without it a reader of the export would have less, and be spared fewer
 * denials.
 */
static const struct party_shown *followed(const struct view *v, const struct view_export *e,
					  const struct party_shown *p)
{
	const struct seat *seat = v->rights->seat;
	const struct party_shown *nearest = NULL;

	for (size_t i = 0; i < e->party_count; i++) {
		const struct party_shown *q = &e->party[i];

		if (!(seat[p->seat].before & seat_bit(q->seat)) ||
		    !view_may_read(v, &q->label_place)) {
			continue;
		}
		if (!nearest || (seat[q->seat].before & seat_bit(nearest->seat))) {
			nearest = q;
		}
	}
	return nearest;
}

static json_t *party_json(const struct view *v, const struct view_export *e,
			  const struct party_shown *p)
{
	const struct seat *seat = &v->rights->seat[p->seat];
	json_t *o =
	    json_pack("{s:o,s:o,s:o,s:s,s:o}", "seat", json_hex(p->wire), "row", json_slice(p->row),
		      "label", json_slice(p->label), "role", v->rights->schema->role[seat->role].id,
		      "duties", duties_json(seat->duties));

	if (!view_sees_reach(v)) {
		return o;
	}
	json_object_set_new(o, "remote", json_boolean(p->remote));
	if (p->from_ms != INT64_MIN) {
		json_object_set_new(o, "from", json_integer(p->from_ms));
	}
	if (p->until_ms != INT64_MAX) {
		json_object_set_new(o, "until", json_integer(p->until_ms));
	}
	if (followed(v, e, p)) {
		json_object_set_new(o, "follows", json_hex(followed(v, e, p)->wire));
	}
	if (is_companion(v)) {
		json_object_set_new(o, "barred", json_boolean(seat->barred));
		set_some(o, "denied", seats_json(v, e, seat->denied));
	}
	return o;
}

static json_t *parties_json(const struct view *v, const struct view_export *e)
{
	json_t *list = json_array();

	for (size_t i = 0; i < e->party_count; i++) {
		if (view_may_read(v, &e->party[i].label_place)) {
			json_array_append_new(list, party_json(v, e, &e->party[i]));
		}
	}
	return list;
}

static json_t *agenda_json(const struct view *v)
{
	json_t *list = json_array();

	for (size_t i = 0; i < v->meet->item_count; i++) {
		if (view_may_read(v, &v->meet->item[i].place)) {
			json_array_append_new(list, json_hex(v->meet->item[i].row));
		}
	}
	return list;
}

/* "table/hex" of a cell's key; its column is what follows. */
static struct slice row_of(const struct cell_shown *c)
{
	size_t len = c->key.len;

	while (len > 0 && c->key.ptr[len - 1] != '/') {
		len--;
	}
	return (struct slice){c->key.ptr, len > 0 ? len - 1 : 0};
}

static void row_opened(const struct view *v, const struct view_export *e, uint64_t row, json_t *o)
{
	seat_set opened = 0;

	for (size_t i = 0; i < e->consent_count; i++) {
		if (e->consent[i].row == row) {
			opened |= e->consent[i].seats;
			json_object_set_new(o, "until", json_integer(e->consent[i].until_ms));
		}
	}
	set_some(o, "opens", seats_json(v, e, opened));
}

static json_t *row_json(const struct view *v, const struct view_export *e,
			const struct cell_shown *c)
{
	const struct schema *s = v->rights->schema;
	const char *table = s->table[s->col[c->place.col].table].id;
	struct slice hex = row_of(c);
	uint64_t row = 0;
	json_t *o;

	hex = (struct slice){hex.ptr + hex.len - HEX64_LEN, HEX64_LEN};
	(void)id_from_hex(hex, &row);
	o = json_pack("{s:s,s:o}", "table", table, "row", json_slice(hex));
	if (c->item) {
		json_object_set_new(o, "item", json_hex(c->item));
	}
	set_some(o, "owner", seats_json(v, e, c->place.owner));
	set_some(o, "about", seats_json(v, e, c->place.about));
	if (c->place.has_audience) {
		json_object_set_new(o, "audience", seats_json(v, e, c->place.audience));
	} else {
		set_some(o, "shared", seats_json(v, e, c->place.audience));
	}
	if (strcmp(table, "consent") == 0) {
		row_opened(v, e, row, o);
	}
	json_object_set_new(o, "cells", json_object());
	return o;
}

/* The seat a consent names, which the cell shows only while it is held. */
static void row_given_to(const struct view *v, const struct view_export *e,
			 const struct cell_shown *c, json_t *o)
{
	const char *name = json_string_value(c->value);
	uint64_t wire = 0;

	if (!view_sees_reach(v) || !name || name[0] != '@' ||
	    !id_from_hex(slice_of(name + 1), &wire)) {
		return;
	}
	for (size_t i = 0; i < e->party_count; i++) {
		if (e->party[i].wire == wire && view_may_read(v, &e->party[i].label_place)) {
			json_object_set_new(o, "given_to", json_hex(wire));
		}
	}
}

static json_t *value_json(const struct view *v, const struct cell_shown *c)
{
	return c->value ? view_value(v, &c->place, c->value) : json_slice(c->text);
}

static void cells_json(const struct view *v, const struct view_export *e, json_t *out)
{
	const struct schema *s = v->rights->schema;
	json_t *fields = json_object();
	json_t *rows = json_array();
	json_t *row = NULL;
	struct slice last = {0};

	for (size_t i = 0; i < e->snapshot.cell_count; i++) {
		const struct cell_shown *c = &e->snapshot.cell[i];
		const struct schema_col *col = &s->col[c->place.col];

		if (!view_may_read(v, &c->place)) {
			continue;
		}
		if (col->table == SCHEMA_NONE) {
			json_object_set_new(fields, col->id, value_json(v, c));
			continue;
		}
		if (!row || !slice_eq(last, row_of(c))) {
			last = row_of(c);
			row = row_json(v, e, c);
			json_array_append_new(rows, row);
		}
		json_object_set_new(json_object_get(row, "cells"), col->name, value_json(v, c));
		if (strcmp(col->id, "consent.to") == 0) {
			row_given_to(v, e, c, row);
		}
	}
	json_object_set_new(out, "fields", fields);
	json_object_set_new(out, "rows", rows);
}

struct frame *view_export(const struct view *v, const struct view_export *e)
{
	json_t *o = json_pack("{s:{s:b,s:o},s:I,s:o,s:o}", "series", "fictional",
			      (int)e->snapshot.fictional, "notice", json_slice(e->snapshot.notice),
			      "now", (json_int_t)v->meet->now_ms, "agenda", agenda_json(v),
			      "parties", parties_json(v, e));

	json_object_set_new(o, "me", view_me_json(v));
	cells_json(v, e, o);
	return json_frame(o);
}
