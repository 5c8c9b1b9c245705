/* Rebuilding a conference from its journal. Recovery runs the same code as the live path. */
#include <assert.h>
#include <stdlib.h>

#include "base/ids.h"
#include "base/limits.h"
#include "base/mem.h"
#include "room/room_names.h"
#include "room/room_state.h"

static const char *text_at(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

bool body_hex(const json_t *o, const char *name, uint64_t *out)
{
	const json_t *v = json_object_get(o, name);

	return json_is_string(v) && id_from_hex(slice_of(json_string_value(v)), out);
}

bool body_seat(const struct room *r, const json_t *v, uint8_t *out)
{
	json_int_t n = json_integer_value(v);

	if (!json_is_integer(v) || n < 0 || n >= (json_int_t)r->rights.seat_count) {
		return false;
	}
	*out = (uint8_t)n;
	return true;
}

bool body_seats(const struct room *r, const json_t *list, seat_set *out)
{
	uint8_t seat;

	*out = 0;
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (!body_seat(r, json_array_get(list, i), &seat)) {
			return false;
		}
		*out |= seat_bit(seat);
	}
	return true;
}

static int64_t time_at(const json_t *o, const char *name, int64_t otherwise)
{
	const json_t *v = json_object_get(o, name);

	return json_is_integer(v) ? json_integer_value(v) : otherwise;
}

static enum err replay_series(struct room *r, const struct record *rec, const json_t *body)
{
	const char *notice = text_at(body, "notice");

	(void)rec;
	r->rights.statutory = json_is_true(json_object_get(body, "statutory"));
	r->fictional = json_is_true(json_object_get(body, "fictional"));
	r->rights.office = json_is_true(json_object_get(body, "office"));
	free(r->notice);
	r->notice = mem_dup(slice_of(notice ? notice : ""));
	return ERR_OK;
}

static enum err replay_seat(struct room *r, const struct record *rec, const json_t *body)
{
	unsigned at = r->rights.seat_count;
	const char *name = text_at(body, "name");
	const char *label = text_at(body, "label");
	const char *role = text_at(body, "role");
	const json_t *duties = json_object_get(body, "duties");
	struct seat *seat = &r->rights.seat[at];
	uint64_t wire;

	(void)rec;
	if (at >= SEAT_MAX || !whole_line(name) || !role || !whole_line(label) ||
	    json_integer_value(json_object_get(body, "seat")) != (json_int_t)at ||
	    !body_hex(body, "wire", &wire) || room_seat_by_wire(r, wire) != SEAT_NONE) {
		return ERR_PROTO;
	}
	*seat = (struct seat){.role = schema_role_find(r->schema, slice_of(role))};
	if (seat->role == SCHEMA_NONE) {
		return ERR_SCHEMA;
	}
	for (size_t i = 0; i < json_array_size(duties); i++) {
		const char *duty = json_string_value(json_array_get(duties, i));

		if (duty && strcmp(duty, "chair") == 0) {
			seat->duties |= DUTY_CHAIR;
		} else if (duty && strcmp(duty, "recorder") == 0) {
			seat->duties |= DUTY_RECORDER;
		}
	}
	mem_room(&r->seat, &r->seat_cap, at, sizeof *r->seat);
	r->seat[at] = (struct room_seat){.wire = wire};
	r->seat[at].name = mem_dup(slice_of(name));
	r->seat[at].label = mem_dup(slice_of(label));
	r->seat[at].from_ms = time_at(body, "from", INT64_MIN);
	r->seat[at].until_ms = time_at(body, "until", INT64_MAX);
	r->knows_due = false;
	r->seat[at].label_cell = MAP_NONE;
	r->seat[at].remote = json_is_true(json_object_get(body, "remote"));
	r->rights.seat_count++;
	rights_seat_added(r);
	return ERR_OK;
}

/* Whom a seat follows. All seats are there by then. */
static enum err replay_succeed(struct room *r, const struct record *rec, const json_t *body)
{
	seat_set before;
	uint8_t seat;

	(void)rec;
	if (!body_seat(r, json_object_get(body, "seat"), &seat) ||
	    !body_seats(r, json_object_get(body, "before"), &before) ||
	    (before & seat_bit(seat)) != 0) {
		return ERR_PROTO;
	}
	r->rights.seat[seat].before |= before;
	rights_raise_floors(r, seat_bit(seat));
	return ERR_OK;
}

static enum err replay_init(struct room *r, const struct record *rec, const json_t *body)
{
	const char *key;
	json_t *pair;
	json_t *cells = json_object_get(body, "cells");

	(void)rec;
	json_object_foreach(cells, key, pair)
	{
		uint16_t col = schema_col_find(r->schema, slice_of(key));
		enum err e;

		/* A later policy may have given up what nobody ever used. */
		if (col == SCHEMA_NONE && pins_may_skip(pair)) {
			continue;
		}
		if (col == SCHEMA_NONE || r->schema->col[col].table != SCHEMA_NONE) {
			return ERR_SCHEMA;
		}
		e = cells_add(r, slice_of(key), &r->schema->col[col].field,
			      (uint64_t)json_integer_value(json_array_get(pair, 0)),
			      json_array_get(pair, 1));
		if (e != ERR_OK) {
			return e;
		}
	}
	r->status_cell = cells_find(r, slice_of(NAME_PLAN_STATUS));
	rights_refresh_plan(r);
	return ERR_OK;
}

static enum err replay_row(struct room *r, const struct record *rec, const json_t *body)
{
	struct cell_place whose = {.has_row = true};
	const json_t *audience = json_object_get(body, "audience");
	uint16_t table;
	uint64_t row;
	uint64_t item = 0;
	enum err e;

	if (!rows_key(r, rec->cell, &table, &row) ||
	    !body_seats(r, json_object_get(body, "owner"), &whose.owner) ||
	    !body_seats(r, json_object_get(body, "about"), &whose.about) ||
	    !body_seats(r, json_is_array(audience) ? audience : json_object_get(body, "shared"),
			&whose.audience)) {
		return ERR_PROTO;
	}
	whose.has_audience = json_is_array(audience);
	(void)body_hex(body, "item", &item); /* only minutes have one */
	e = cells_add_row(r, rec->cell, text_at(body, "name"), table, &whose,
			  json_object_get(body, "cells"));
	if (e == ERR_OK) {
		rows_added(r, rec->cell, table, row, &whose);
		rows_set_item(r, (uint32_t)r->row_count - 1, item);
		rows_begin_at(r, (uint32_t)r->row_count - 1, time_at(body, "from", INT64_MIN));
	}
	return e;
}

static enum err replay_set(struct room *r, const struct record *rec, const json_t *body)
{
	uint32_t at = cells_find(r, rec->cell);
	uint64_t item;

	if (at == MAP_NONE || r->cell[at].doc) {
		return ERR_PROTO;
	}
	cells_set_value(r, &r->cell[at], rec->ver, (json_t *)(uintptr_t)body);
	if (agenda_is_audience(r, rec->cell, &item)) {
		agenda_share(r, item);
	}
	if (at == r->status_cell) {
		rights_refresh_plan(r);
	} else if (cells_is_plan(r, &r->cell[at])) {
		r->assent = false;
	}
	return ERR_OK;
}

static enum err replay_grant(struct room *r, const struct record *rec, const json_t *body)
{
	struct room_grant rg = {.from_ms = time_at(body, "from", INT64_MIN),
				.until_ms = time_at(body, "until", INT64_MAX)};
	uint8_t seat;

	(void)rec;
	if (!body_seat(r, json_object_get(body, "seat"), &seat) ||
	    !body_hex(body, "row", &rg.row)) {
		return ERR_PROTO;
	}
	rights_raise_floors(r, seat_bit(seat));
	return rights_grant(r, &rg, seat, json_is_true(json_object_get(body, "own_rows")),
			    json_object_get(body, "items"));
}

static enum err replay_edit(struct room *r, const struct record *rec, const json_t *body)
{
	return edit_replay(r, rec, body);
}

static enum err replay_withdraw(struct room *r, const struct record *rec, const json_t *body)
{
	uint64_t row;

	if (!body_hex(body, "row", &row)) {
		return ERR_PROTO;
	}
	rights_withdraw(r, row, time_at(body, "at", rec->at_ms));
	return json_object_get(body, "c") ? edit_replay(r, rec, body) : ERR_OK;
}

/* The seats to which time gave something. */
static seat_set lapse_widened(const struct room *r, const json_t *body)
{
	const json_t *begun = json_object_get(body, "begun");
	seat_set held = 0, ended = 0, set;

	(void)body_seats(r, json_object_get(body, "held"), &held);
	(void)body_seats(r, json_object_get(body, "seats"), &ended);
	set = held | ended;
	for (size_t i = 0; i < json_array_size(begun); i++) {
		const char *hex = json_string_value(json_array_get(begun, i));
		uint64_t row;

		for (size_t g = 0;
		     hex && id_from_hex(slice_of(hex), &row) && g < r->rights.grant_count; g++) {
			set |= r->grant[g].row == row ? seat_bit(r->rights.grant[g].seat) : 0;
		}
	}
	return set;
}

/* What time did is decided anew from the dates: see room_replay_done. */
static enum err replay_lapse(struct room *r, const struct record *rec, const json_t *body)
{
	const json_t *rows = json_object_get(body, "rows");

	(void)rec;
	rights_raise_floors(r, lapse_widened(r, body));
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const char *key = json_string_value(json_array_get(rows, i));
		uint32_t row = key ? cells_find_row(r, slice_of(key)) : MAP_NONE;

		for (uint32_t k = 0; row != MAP_NONE && k < r->row[row].cell_count; k++) {
			struct room_cell *c = &r->cell[r->row[row].first_cell + k];

			if (c->doc) {
				cell_text(c)->floor = c->doc->ver;
			}
		}
	}
	return ERR_OK;
}

static enum err replay_caseload(struct room *r, const struct record *rec, const json_t *body)
{
	(void)rec;
	return office_replay(r, body);
}

typedef enum err replay_fn(struct room *r, const struct record *rec, const json_t *body);

static replay_fn *const replay[RECORD_KIND_COUNT] = {
    [RECORD_SERIES] = replay_series,     [RECORD_POLICY] = replay_pin,
    [RECORD_APPROVE] = replay_pin,       [RECORD_SEAT] = replay_seat,
    [RECORD_INIT] = replay_init,         [RECORD_ROW] = replay_row,
    [RECORD_EDIT] = replay_edit,         [RECORD_SET] = replay_set,
    [RECORD_GRANT] = replay_grant,       [RECORD_WITHDRAW] = replay_withdraw,
    [RECORD_LAPSE] = replay_lapse,       [RECORD_BAR] = replay_meeting,
    [RECORD_DENY] = replay_meeting,      [RECORD_SEGMENT] = replay_meeting,
    [RECORD_ASSENT] = replay_meeting,    [RECORD_END] = replay_meeting,
    [RECORD_ORDER] = replay_meeting,     [RECORD_ATTEND] = replay_meeting,
    [RECORD_PAUSE] = replay_meeting,     [RECORD_ASSIGN] = replay_meeting,
    [RECORD_CASELOAD] = replay_caseload, [RECORD_SUCCEED] = replay_succeed,
    [RECORD_SUGGEST] = suggest_replay,   [RECORD_ANSWER] = answer_replay,
    [RECORD_SEAL] = sealing_replay,
};

enum err room_replay_base(struct room *r, const struct text_base *b)
{
	if (!whole_base(b)) {
		return ERR_PROTO;
	}
	mem_room(&r->base, &r->base_cap, r->base_count, sizeof *r->base);
	map_put(&r->base_by_key, b->cell, (uint32_t)r->base_count);
	r->base[r->base_count++] = *b;
	return ERR_OK;
}

enum err room_replay(struct room *r, const struct record *rec)
{
	json_t *body = json_loadb(rec->body.ptr, rec->body.len, JSON_DECODE_ANY, NULL);
	enum err e = ERR_PROTO;

	if (body && rec->kind < RECORD_KIND_COUNT && whole_record(r, rec)) {
		r->now_ms = rec->at_ms > r->now_ms ? rec->at_ms : r->now_ms;
		e = replay[rec->kind](r, rec, body);
	}
	if (e == ERR_OK && rec->client != 0) {
		struct room_answer answer = dedupe_of(r, rec, body);

		dedupe_keep(r, rec->client, rec->actor, &answer);
	}
	if (e == ERR_OK) {
		base_note(r, rec);
	}
	json_decref(body);
	return e;
}

enum err room_replay_done(struct room *r, int64_t now_ms, bool exact)
{
	if (exact) {
		r->now_ms = now_ms;
	}
	rights_as_recorded(r);
	(void)rights_pass_time(r, now_ms, NULL);
	/* The bases were borrowed for the replay. */
	map_fini(&r->base_by_key);
	free(r->base);
	r->base = NULL;
	r->base_count = 0;
	r->base_cap = 0;
	cells_fit(r);
	if (!whole_cells(r) || suggest_settle(r) != ERR_OK) {
		return ERR_PROTO;
	}
	return pins_settle(r);
}
