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

static bool hex_at(const json_t *o, const char *name, uint64_t *out)
{
	const json_t *v = json_object_get(o, name);

	return json_is_string(v) && id_from_hex(slice_of(json_string_value(v)), out);
}

static bool seat_at(const struct room *r, const json_t *v, uint8_t *out)
{
	json_int_t n = json_integer_value(v);

	if (!json_is_integer(v) || n < 0 || n >= (json_int_t)r->rights.seat_count) {
		return false;
	}
	*out = (uint8_t)n;
	return true;
}

static bool seats_at(const struct room *r, const json_t *list, seat_set *out)
{
	uint8_t seat;

	*out = 0;
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (!seat_at(r, json_array_get(list, i), &seat)) {
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
	r->fictional = json_is_true(json_object_get(body, "fictional"));
	free(r->notice);
	r->notice = mem_dup(slice_of(notice ? notice : ""));
	return ERR_OK;
}

/* The policy a series was made under must be the one that judges it. */
static enum err replay_policy(struct room *r, const struct record *rec, const json_t *body)
{
	const char *hash = text_at(body, "hash");

	(void)rec;
	return hash && strcmp(hash, r->schema->hash) == 0 ? ERR_OK : ERR_SCHEMA;
}

static enum err replay_seat(struct room *r, const struct record *rec, const json_t *body)
{
	unsigned at = r->rights.seat_count;
	const char *name = text_at(body, "name");
	const char *label = text_at(body, "label");
	const char *role = text_at(body, "role");
	const json_t *duties = json_object_get(body, "duties");
	struct seat *seat = &r->rights.seat[at];

	(void)rec;
	if (at >= SEAT_MAX || !name || !role || !label ||
	    json_integer_value(json_object_get(body, "seat")) != (json_int_t)at ||
	    !hex_at(body, "wire", &r->seat[at].wire)) {
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
	r->seat[at].name = mem_dup(slice_of(name));
	r->seat[at].label = mem_dup(slice_of(label));
	r->seat[at].from_ms = time_at(body, "from", INT64_MIN);
	r->seat[at].until_ms = time_at(body, "until", INT64_MAX);
	r->seat[at].label_cell = MAP_NONE;
	r->rights.seat_count++;
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
		struct cell_place place = {.col = schema_col_find(r->schema, slice_of(key))};
		enum err e;

		if (place.col == SCHEMA_NONE || r->schema->col[place.col].table != SCHEMA_NONE) {
			return ERR_SCHEMA;
		}
		e = cells_add(r, slice_of(key), &place,
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

/* "table/hex" -> table index and row id. */
static bool row_key(const struct room *r, struct slice key, uint16_t *table, uint64_t *row)
{
	size_t len = key.len;

	while (len > 0 && key.ptr[len - 1] != '/') {
		len--;
	}
	if (len < 2) {
		return false;
	}
	*table = schema_table_find(r->schema, (struct slice){key.ptr, len - 1});
	return *table != SCHEMA_NONE &&
	       id_from_hex((struct slice){key.ptr + len, key.len - len}, row);
}

static enum err replay_row(struct room *r, const struct record *rec, const json_t *body)
{
	struct cell_place whose = {.has_row = true};
	const json_t *audience = json_object_get(body, "audience");
	uint16_t table;
	uint64_t row;
	enum err e;

	if (!row_key(r, rec->cell, &table, &row) ||
	    !seats_at(r, json_object_get(body, "owner"), &whose.owner) ||
	    !seats_at(r, json_object_get(body, "about"), &whose.about) ||
	    !seats_at(r, json_is_array(audience) ? audience : json_object_get(body, "shared"),
		      &whose.audience)) {
		return ERR_PROTO;
	}
	whose.has_audience = json_is_array(audience);
	e = cells_add_row(r, rec->cell, text_at(body, "name"), table, &whose,
			  json_object_get(body, "cells"), NULL);
	if (e == ERR_OK && strcmp(r->schema->table[table].id, NAME_PARTY) == 0) {
		struct arena mem;

		arena_init(&mem);
		for (unsigned s = 0; s < r->rights.seat_count; s++) {
			if (whose.owner & seat_bit(s)) {
				r->seat[s].label_cell =
				    cells_find(r, arena_printf(&mem, "%.*s/" NAME_LABEL,
							       (int)rec->cell.len, rec->cell.ptr));
			}
		}
		arena_fini(&mem);
	}
	return e;
}

static enum err replay_set(struct room *r, const struct record *rec, const json_t *body)
{
	uint32_t at = cells_find(r, rec->cell);

	if (at == MAP_NONE || r->cell[at].doc) {
		return ERR_PROTO;
	}
	cells_set_value(r, &r->cell[at], rec->ver, (json_t *)(uintptr_t)body);
	if (at == r->status_cell) {
		rights_refresh_plan(r);
	} else if (cells_is_plan(r, &r->cell[at])) {
		r->assent = false;
	}
	return ERR_OK;
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

static enum err replay_grant(struct room *r, const struct record *rec, const json_t *body)
{
	const json_t *items = json_object_get(body, "items");
	struct grant g = {.own_rows = json_is_true(json_object_get(body, "own_rows"))};
	struct room_grant rg = {.from_ms = time_at(body, "from", INT64_MIN),
				.until_ms = time_at(body, "until", INT64_MAX)};

	(void)rec;
	if (!seat_at(r, json_object_get(body, "seat"), &g.seat) || !hex_at(body, "row", &rg.row)) {
		return ERR_PROTO;
	}
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
		r->grant[r->rights.grant_count] = rg;
		r->rights.grant[r->rights.grant_count++] = g;
	}
	return ERR_OK;
}

static enum err replay_edit(struct room *r, const struct record *rec, const json_t *body)
{
	return edit_replay(r, rec, body);
}

static enum err replay_withdraw(struct room *r, const struct record *rec, const json_t *body)
{
	uint64_t row;

	if (!hex_at(body, "row", &row)) {
		return ERR_PROTO;
	}
	rights_withdraw(r, row, time_at(body, "at", rec->at_ms));
	return json_object_get(body, "c") ? edit_replay(r, rec, body) : ERR_OK;
}

/* What time did is decided anew from the dates: see room_replay_done. */
static enum err replay_lapse(struct room *r, const struct record *rec, const json_t *body)
{
	(void)rec;
	if (json_object_get(body, "begun") || json_object_get(body, "held")) {
		rights_raise_floors(r);
	}
	return ERR_OK;
}

static enum err replay_bar(struct room *r, const struct record *rec, const json_t *body)
{
	uint8_t seat;

	(void)rec;
	if (!seat_at(r, json_object_get(body, "seat"), &seat)) {
		return ERR_PROTO;
	}
	r->rights.seat[seat].barred = json_is_true(json_object_get(body, "on"));
	rights_raise_floors(r);
	return ERR_OK;
}

static enum err replay_deny(struct room *r, const struct record *rec, const json_t *body)
{
	uint8_t seat, about;

	(void)rec;
	if (!seat_at(r, json_object_get(body, "seat"), &seat) ||
	    !seat_at(r, json_object_get(body, "about"), &about)) {
		return ERR_PROTO;
	}
	if (json_is_true(json_object_get(body, "on"))) {
		r->rights.seat[seat].denied |= seat_bit(about);
	} else {
		r->rights.seat[seat].denied &= ~seat_bit(about);
	}
	rights_raise_floors(r);
	return ERR_OK;
}

static enum err replay_segment(struct room *r, const struct record *rec, const json_t *body)
{
	uint64_t row;
	seat_set audience;

	(void)rec;
	if (json_is_null(json_object_get(body, "row"))) {
		rights_close_item(r);
		return ERR_OK;
	}
	if (!hex_at(body, "row", &row) ||
	    !seats_at(r, json_object_get(body, "audience"), &audience)) {
		return ERR_PROTO;
	}
	rights_open_item(r, row, audience);
	return ERR_OK;
}

static enum err replay_assent(struct room *r, const struct record *rec, const json_t *body)
{
	(void)rec;
	(void)body;
	r->assent = true;
	return ERR_OK;
}

typedef enum err replay_fn(struct room *r, const struct record *rec, const json_t *body);

static replay_fn *const replay[RECORD_KIND_COUNT] = {
    [RECORD_SERIES] = replay_series,     [RECORD_POLICY] = replay_policy,
    [RECORD_SEAT] = replay_seat,         [RECORD_INIT] = replay_init,
    [RECORD_ROW] = replay_row,           [RECORD_EDIT] = replay_edit,
    [RECORD_SET] = replay_set,           [RECORD_GRANT] = replay_grant,
    [RECORD_WITHDRAW] = replay_withdraw, [RECORD_LAPSE] = replay_lapse,
    [RECORD_BAR] = replay_bar,           [RECORD_DENY] = replay_deny,
    [RECORD_SEGMENT] = replay_segment,   [RECORD_ASSENT] = replay_assent,
};

enum err room_replay_base(struct room *r, const struct text_base *b)
{
	mem_room(&r->base, &r->base_cap, r->base_count, sizeof *r->base);
	map_put(&r->base_by_key, b->cell, (uint32_t)r->base_count);
	r->base[r->base_count++] = *b;
	return ERR_OK;
}

enum err room_replay(struct room *r, const struct record *rec)
{
	json_t *body = json_loadb(rec->body.ptr, rec->body.len, JSON_DECODE_ANY, NULL);
	enum err e = ERR_PROTO;

	r->now_ms = rec->at_ms > r->now_ms ? rec->at_ms : r->now_ms;
	if (body && rec->kind < RECORD_KIND_COUNT) {
		e = replay[rec->kind](r, rec, body);
	}
	if (e == ERR_OK && rec->client != 0) {
		struct room_answer answer = {
		    .ref = rec->cseq, .digest = rec->digest, .ver = rec->ver};
		uint16_t table;

		answer.has_row =
		    rec->kind == RECORD_ROW && row_key(r, rec->cell, &table, &answer.row);
		dedupe_keep(r, rec->client, rec->actor, &answer);
	}
	json_decref(body);
	return e;
}

void room_replay_done(struct room *r, int64_t now_ms, bool exact)
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
}
