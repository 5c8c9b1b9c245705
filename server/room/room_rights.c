/* What changes rights: consents given, lapsing, withdrawn; the state of the plan. */
#include <assert.h>

#include "base/ids.h"
#include "base/limits.h"
#include "base/mem.h"
#include "room/room_state.h"

static void raise_seats(const struct room *r, struct room_text *t, seat_set seats)
{
	if (t->doc.ver == t->floor) {
		return; /* nothing was written that anybody may catch up on */
	}
	if (!t->seat_floor) {
		t->seat_floor = mem_alloc(r->rights.seat_count * sizeof *t->seat_floor);
	}
	for (unsigned s = 0; s < r->rights.seat_count; s++) {
		if (seats & seat_bit(s)) {
			t->seat_floor[s] = t->doc.ver;
		}
	}
}

void rights_raise_floors(struct room *r, seat_set seats)
{
	/* Who comes after a seat may read by it. */
	for (unsigned s = 0; s < r->rights.seat_count; s++) {
		seats |= r->rights.seat[s].before & seats ? seat_bit(s) : 0;
	}
	for (size_t i = 0; i < r->cell_count; i++) {
		struct room_cell *c = &r->cell[i];

		if (c->doc && seats == SEATS_ALL) {
			cell_text(c)->floor = c->doc->ver;
		} else if (c->doc && seats) {
			raise_seats(r, cell_text(c), seats);
		}
	}
}

void rights_lower_floors(const struct room *r, struct room_cell *c, uint64_t ver)
{
	struct room_text *t = cell_text(c);

	t->floor = t->floor < ver ? t->floor : ver;
	for (unsigned s = 0; t->seat_floor && s < r->rights.seat_count; s++) {
		t->seat_floor[s] = t->seat_floor[s] < ver ? t->seat_floor[s] : ver;
	}
}

void rights_seat_added(struct room *r)
{
	for (size_t i = 0; i < r->cell_count; i++) {
		struct room_text *t = cell_text(&r->cell[i]);

		if (t && t->seat_floor) {
			t->seat_floor =
			    mem_grow(t->seat_floor, r->rights.seat_count, sizeof *t->seat_floor);
			t->seat_floor[r->rights.seat_count - 1] = 0;
		}
	}
}

bool rights_may_catch_up(const struct room *r, const struct room_cell *c, seat_set viewer,
			 uint64_t since)
{
	const struct room_text *t = cell_text(c);
	bool may = t && since >= t->floor && since >= t->doc.fence && since <= t->doc.ver;

	for (unsigned s = 0; may && t->seat_floor && s < r->rights.seat_count; s++) {
		may = !(viewer & seat_bit(s)) || since >= t->seat_floor[s];
	}
	return may;
}

void rights_refresh_plan(struct room *r)
{
	const char *status =
	    r->status_cell == MAP_NONE ? NULL : json_string_value(r->cell[r->status_cell].value);
	enum plan_state before = r->rights.plan;

	r->rights.plan = PLAN_LIVE;
	if (status && (strcmp(status, "draft") == 0 || strcmp(status, "checked") == 0)) {
		r->rights.plan = PLAN_DRAFT;
	} else if (status && strcmp(status, "superseded") == 0) {
		r->rights.plan = PLAN_SEALED;
	}
	if (before == PLAN_DRAFT && r->rights.plan != PLAN_DRAFT) {
		rights_raise_floors(r, SEATS_ALL);
	}
}

/* A class, or one column: what a consent can name. */
static enum err grant_item(const struct room *r, const char *name, struct grant *g)
{
	g->col = SCHEMA_NONE;
	g->cls = name ? schema_class_find(r->schema, slice_of(name)) : SCHEMA_NONE;
	if (g->cls == SCHEMA_NONE && name) {
		g->col = schema_col_find(r->schema, slice_of(name));
		g->cls = g->col == SCHEMA_NONE ? SCHEMA_NONE : r->schema->col[g->col].cls;
	}
	return g->cls == SCHEMA_NONE ? ERR_SCHEMA : ERR_OK;
}

enum err rights_grant(struct room *r, const struct room_grant *what, uint8_t seat, bool own_rows,
		      const json_t *items)
{
	struct grant g = {.seat = seat, .own_rows = own_rows};

	g.live = what->from_ms <= r->now_ms && r->now_ms < what->until_ms;
	for (size_t i = 0; i < json_array_size(items); i++) {
		enum err e = grant_item(r, json_string_value(json_array_get(items, i)), &g);

		if (e != ERR_OK) {
			return e;
		}
		if (r->rights.grant_count >= LIMIT_ROOM_GRANTS) {
			return ERR_LIMIT;
		}
		mem_room(&r->rights.grant, &r->grant_cap, r->rights.grant_count,
			 sizeof *r->rights.grant);
		mem_room(&r->grant, &r->room_grant_cap, r->rights.grant_count, sizeof *r->grant);
		r->grant[r->rights.grant_count] = *what;
		r->rights.grant[r->rights.grant_count++] = g;
		r->knows_due = false;
	}
	return ERR_OK;
}

void rights_withdraw(struct room *r, uint64_t row, int64_t at_ms)
{
	for (size_t i = 0; i < r->rights.grant_count; i++) {
		if (r->grant[i].row == row) {
			r->grant[i].until_ms =
			    at_ms < r->grant[i].until_ms ? at_ms : r->grant[i].until_ms;
			r->knows_due = false;
			r->rights.grant[i].live =
			    r->rights.grant[i].live && r->now_ms < r->grant[i].until_ms;
		}
	}
}

void rights_report(json_t *report, const char *name, json_t *value)
{
	if (report) {
		json_t *list = json_object_get(report, name);

		if (!list) {
			list = json_array();
			json_object_set_new(report, name, list);
		}
		json_array_append_new(list, value);
	} else {
		json_decref(value);
	}
}

/* Grants and seats as `r->now_ms` has them. `*widened`: these may see more than before. */
static bool settle(struct room *r, json_t *report, seat_set *widened)
{
	bool changed = false;

	*widened = 0;
	for (size_t i = 0; i < r->rights.grant_count; i++) {
		const struct room_grant *g = &r->grant[i];
		bool live = g->from_ms <= r->now_ms && r->now_ms < g->until_ms;
		char hex[HEX64_LEN + 1];

		if (live != r->rights.grant[i].live) {
			id_to_hex(g->row, hex);
			rights_report(report, live ? "begun" : "grants", json_string(hex));
			r->rights.grant[i].live = live;
			changed = true;
			*widened |= live ? seat_bit(r->rights.grant[i].seat) : 0;
		}
	}
	changed = rows_pass_time(r, report) || changed;
	for (unsigned s = 0; s < r->rights.seat_count; s++) {
		bool live = r->seat[s].from_ms <= r->now_ms && r->now_ms < r->seat[s].until_ms;

		if (live != r->rights.seat[s].live) {
			rights_report(report, live ? "held" : "seats", json_integer((json_int_t)s));
			r->rights.seat[s].live = live;
			changed = true;
			*widened |= seat_bit(s); /* one that ends leaves something to the next */
		}
	}
	return changed;
}

bool rights_pass_time(struct room *r, int64_t now_ms, json_t *report)
{
	int64_t before = r->now_ms;
	seat_set widened;
	bool changed;

	r->now_ms = now_ms > r->now_ms ? now_ms : r->now_ms;
	changed = settle(r, report, &widened);
	rights_raise_floors(r, widened);
	rows_raise_floors(r, before);
	return changed;
}

void rights_as_recorded(struct room *r)
{
	seat_set widened;

	(void)settle(r, NULL, &widened);
}

static int64_t find_deadline(const struct room *r)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < r->rights.grant_count; i++) {
		const struct room_grant *g = &r->grant[i];

		if (g->from_ms > r->now_ms && g->from_ms < next) {
			next = g->from_ms;
		}
		if (g->until_ms > r->now_ms && g->until_ms < next) {
			next = g->until_ms;
		}
	}
	for (size_t i = 0; i < r->row_count; i++) {
		if (r->row[i].from_ms > r->now_ms && r->row[i].from_ms < next) {
			next = r->row[i].from_ms;
		}
	}
	for (unsigned s = 0; s < r->rights.seat_count; s++) {
		if (r->seat[s].from_ms > r->now_ms && r->seat[s].from_ms < next) {
			next = r->seat[s].from_ms;
		}
		if (r->seat[s].until_ms > r->now_ms && r->seat[s].until_ms < next) {
			next = r->seat[s].until_ms;
		}
	}
	return next;
}

int64_t room_deadline(const struct room *r)
{
	return r->knows_due && r->now_ms < r->due_ms ? r->due_ms : find_deadline(r);
}

void rights_find_due(struct room *r)
{
	if (!r->knows_due || r->now_ms >= r->due_ms) {
		r->due_ms = find_deadline(r);
		r->knows_due = true;
	}
}

void on_tick(struct room *r, const struct room_event *ev, struct fx_list *out)
{
	json_t *report = json_object();

	if (rights_pass_time(r, ev->now_ms, report)) {
		fx_record(out, RECORD_LAPSE, r)->body = fx_json(out, report);
		viewer_refresh(r, out);
	} else {
		json_decref(report);
	}
}
