#ifndef ROKUSHA_TESTS_SUPPORT_MEETING_FACTS_H
#define ROKUSHA_TESTS_SUPPORT_MEETING_FACTS_H

/* What the oracle is told: the case as it was imported, then each act that was accepted. */
#include "support/meeting_oracle.h"

static inline void o_fini(struct oracle *o)
{
	for (size_t i = 0; i < o->cell_count; i++) {
		free(o->cell[i].key);
		free(o->cell[i].text);
		json_decref(o->cell[i].value);
	}
	for (size_t i = 0; i < o->row_count; i++) {
		free(o->row[i].key);
	}
	for (unsigned s = 0; s < SEAT_MAX; s++) {
		free(o->level[s]);
	}
	map_fini(&o->by_key);
	free(o->cell);
	free(o->row);
	free(o->grant);
	free(o->item);
	*o = (struct oracle){0};
}

/* ---- cells and rows ---- */

/* A social resource has another name now: so it has in every list, unless another is called so. */
static inline void o_rename(struct oracle *o, uint32_t cell, const json_t *name)
{
	const json_t *old = o->cell[cell].value;

	o->fresh = false;
	for (size_t i = 0; i < o->resource_count; i++) {
		if (o->resource[i] != cell && json_equal(o->cell[o->resource[i]].value, old)) {
			return;
		}
	}
	for (size_t i = 0; old && i < o->cell_count; i++) {
		json_t *list = o->cell[i].value;

		for (size_t at = 0;
		     o->schema->col[o->cell[i].col].type == CELL_LIST && at < json_array_size(list);
		     at++) {
			if (json_equal(json_array_get(list, at), old)) {
				list = json_copy(list);
				json_array_set(list, at, (json_t *)(uintptr_t)name);
				json_decref(o->cell[i].value);
				o->cell[i].value = list;
			}
		}
	}
}

static inline void o_put(struct oracle *o, uint32_t cell, const json_t *value)
{
	struct o_cell *c = &o->cell[cell];

	o->touched = cell;
	if (strcmp(o->schema->col[c->col].id, "case.resources.name") == 0) {
		o_rename(o, cell, value);
	}
	if (o->schema->col[c->col].type == CELL_TEXT) {
		free(c->text);
		c->text = strdup(json_string_value(value));
	} else {
		json_incref((json_t *)(uintptr_t)value);
		json_decref(c->value);
		c->value = (json_t *)(uintptr_t)value;
	}
}

static inline void o_add_cell(struct oracle *o, const char *key, uint16_t col, uint32_t row,
			      const json_t *value)
{
	cr_assert_neq(col, SCHEMA_NONE, "%s", key);
	mem_room(&o->cell, &o->cell_cap, o->cell_count, sizeof *o->cell);
	o->cell[o->cell_count] = (struct o_cell){.key = strdup(key), .col = col, .row = row};
	map_put(&o->by_key, slice_of(key), (uint32_t)o->cell_count);
	if (strcmp(o->schema->col[col].id, "case.resources.name") == 0) {
		cr_assert_lt(o->resource_count, 100);
		o->resource[o->resource_count++] = (uint32_t)o->cell_count;
	}
	o_put(o, (uint32_t)o->cell_count++, value);
	o->fresh = false;
}

/* Whom the agenda row is shared with: who is planned for it, and who sat in it. */
static inline void o_share_item(struct oracle *o, uint64_t row)
{
	uint32_t cell = o_item_cell(o, row, "title");

	o->row[o->cell[cell].row].shared = o_planned(o, row) | o_item(o, row)->seated;
	o->fresh = false;
}

/* `cells`: column -> [version, value]; what is missing is empty. Returns the row. */
static inline uint32_t o_add_row(struct oracle *o, const char *key, const struct o_row *whose,
				 const json_t *cells)
{
	uint32_t at = (uint32_t)o->row_count;
	size_t len = strlen(key) - HEX64_LEN - 1;
	uint16_t table = schema_table_find(o->schema, (struct slice){key, len});
	const struct schema_table *t = &o->schema->table[table];
	struct o_row *row;

	cr_assert_neq(table, SCHEMA_NONE, "%s", key);
	mem_room(&o->row, &o->row_cap, o->row_count, sizeof *o->row);
	row = &o->row[o->row_count++];
	*row = *whose;
	row->key = strdup(key);
	row->table = table;
	row->first = (uint32_t)o->cell_count;
	cr_assert(id_from_hex(slice_of(key + len + 1), &row->id));
	for (uint16_t i = 0; i < t->col_count; i++) {
		const struct schema_col *col = &o->schema->col[t->first_col + i];
		json_t *pair = json_object_get(cells, col->name);
		json_t *value =
		    pair ? json_incref(json_array_get(pair, 1)) : schema_empty_value(col);
		char cell[LIMIT_KEY_BYTES + 64];

		snprintf(cell, sizeof cell, "%s/%s", key, col->name);
		o_add_cell(o, cell, (uint16_t)(t->first_col + i), at, value);
		json_decref(value);
	}
	if (strcmp(t->id, "conf.agenda_items") == 0) {
		mem_room(&o->item, &o->item_cap, o->item_count, sizeof *o->item);
		o->item[o->item_count++] = (struct o_item){.row = o->row[at].id};
		o_share_item(o, o->row[at].id);
	}
	return at;
}

/* The same of plain values. */
static inline uint32_t o_add_values(struct oracle *o, const char *key, const struct o_row *whose,
				    const json_t *values)
{
	json_t *cells = json_object();
	const char *name;
	json_t *value;
	uint32_t row;

	json_object_foreach((json_t *)(uintptr_t)values, name, value)
	{
		json_object_set_new(cells, name, json_pack("[n,O]", value));
	}
	row = o_add_row(o, key, whose, cells);
	json_decref(cells);
	return row;
}

/* ---- the case ---- */

static inline seat_set o_indices(const json_t *list)
{
	seat_set set = 0;

	for (size_t i = 0; i < json_array_size(list); i++) {
		set |= seat_bit((unsigned)json_integer_value(json_array_get(list, i)));
	}
	return set;
}

static inline uint64_t o_hex(const json_t *body, const char *name)
{
	const char *text = json_string_value(json_object_get(body, name));
	uint64_t id = 0;

	cr_assert(text && id_from_hex(slice_of(text), &id));
	return id;
}

static inline void o_load_seat(struct oracle *o, const json_t *body)
{
	struct o_seat *s = &o->seat[o->seat_count++];
	const json_t *duties = json_object_get(body, "duties");
	const json_t *from = json_object_get(body, "from");
	const json_t *until = json_object_get(body, "until");

	*s = (struct o_seat){.wire = o_hex(body, "wire"), .label = MAP_NONE, .stay = MAP_NONE};
	s->role =
	    schema_role_find(o->schema, slice_of(json_string_value(json_object_get(body, "role"))));
	s->remote = json_is_true(json_object_get(body, "remote"));
	s->from = json_is_integer(from) ? json_integer_value(from) : INT64_MIN;
	s->until = json_is_integer(until) ? json_integer_value(until) : INT64_MAX;
	for (size_t i = 0; i < json_array_size(duties); i++) {
		const char *duty = json_string_value(json_array_get(duties, i));

		s->chair = s->chair || strcmp(duty, "chair") == 0;
		s->recorder = s->recorder || strcmp(duty, "recorder") == 0;
	}
}

static inline void o_load_row(struct oracle *o, struct slice cell, const json_t *body)
{
	const json_t *audience = json_object_get(body, "audience");
	struct o_row whose = {.owner = o_indices(json_object_get(body, "owner")),
			      .about = o_indices(json_object_get(body, "about")),
			      .shared = o_indices(json_object_get(body, "shared")),
			      .audience = o_indices(audience),
			      .cut = json_is_array(audience)};
	char key[LIMIT_KEY_BYTES + 1];
	uint32_t row;

	snprintf(key, sizeof key, "%.*s", (int)cell.len, cell.ptr);
	row = o_add_row(o, key, &whose, json_object_get(body, "cells"));
	if (strncmp(key, "party/", 6) == 0) {
		for (unsigned s = 0; s < o->seat_count; s++) {
			if (o_has(whose.owner, s)) {
				strcat(key, "/display_label");
				o->seat[s].label = o_find(o, key);
			}
		}
	}
	(void)row;
}

/* Classes or columns. */
static inline void o_grant(struct oracle *o, const struct o_grant *like, const json_t *items)
{
	for (size_t i = 0; i < json_array_size(items); i++) {
		struct slice name = slice_of(json_string_value(json_array_get(items, i)));
		struct o_grant g = *like;

		g.cls = schema_class_find(o->schema, name);
		g.col = SCHEMA_NONE;
		if (g.cls == SCHEMA_NONE) {
			g.col = schema_col_find(o->schema, name);
			g.cls = o->schema->col[g.col].cls;
		}
		mem_room(&o->grant, &o->grant_cap, o->grant_count, sizeof *o->grant);
		o->grant[o->grant_count++] = g;
	}
	o->fresh = false;
}

static inline void o_withdraw(struct oracle *o, uint64_t row, int64_t at)
{
	for (size_t i = 0; i < o->grant_count; i++) {
		if (o->grant[i].row == row && at < o->grant[i].until) {
			o->grant[i].until = at;
		}
	}
	o->fresh = false;
}

static inline void o_load_grant(struct oracle *o, const json_t *body)
{
	const json_t *from = json_object_get(body, "from");
	const json_t *until = json_object_get(body, "until");
	struct o_grant g = {.row = o_hex(body, "row"),
			    .seat = (uint8_t)json_integer_value(json_object_get(body, "seat")),
			    .own_rows = json_is_true(json_object_get(body, "own_rows"))};

	g.from = json_is_integer(from) ? json_integer_value(from) : INT64_MIN;
	g.until = json_is_integer(until) ? json_integer_value(until) : INT64_MAX;
	o_grant(o, &g, json_object_get(body, "items"));
}

static inline void o_load(struct oracle *o, const struct record *rec)
{
	json_t *body = json_loadb(rec->body.ptr, rec->body.len, JSON_DECODE_ANY, NULL);
	const char *key;
	json_t *pair;

	if (rec->kind == RECORD_SEAT) {
		o_load_seat(o, body);
	} else if (rec->kind == RECORD_INIT) {
		json_object_foreach(json_object_get(body, "cells"), key, pair)
		{
			o_add_cell(o, key, schema_col_find(o->schema, slice_of(key)), MAP_NONE,
				   json_array_get(pair, 1));
		}
	} else if (rec->kind == RECORD_ROW) {
		o_load_row(o, rec->cell, body);
	} else if (rec->kind == RECORD_GRANT) {
		o_load_grant(o, body);
	} else if (rec->kind == RECORD_WITHDRAW) {
		o_withdraw(o, o_hex(body, "row"), json_integer_value(json_object_get(body, "at")));
	} else {
		cr_assert(rec->kind == RECORD_SERIES || rec->kind == RECORD_POLICY,
			  "the oracle does not know %s", record_kind_name(rec->kind));
	}
	json_decref(body);
}

/* ---- the meeting ---- */

/* A segment begins: for whom the item is planned now. */
static inline void o_open(struct oracle *o, uint64_t row)
{
	struct o_item *item = o_item(o, row);
	bool goes_on = o->open && o->open_row == row;

	if (!goes_on) {
		o->openings++;
		o->since = o->now;
		o->paused = false;
	}
	o->begun = o->on = o->open = true;
	o->open_row = row;
	o->audience = item->audience = o_planned(o, row);
	item->opened = true;
	item->seated |= item->audience;
	/* Who shares a segment knows each other. */
	for (size_t i = 0; i < o->row_count; i++) {
		if (strncmp(o->row[i].key, "party/", 6) == 0 &&
		    (o->row[i].owner & o->audience) != 0) {
			o->row[i].shared |= o->audience;
		}
	}
	o_share_item(o, row);
}

static inline void o_close(struct oracle *o)
{
	o->open = false;
	o->paused = false;
	o->fresh = false;
}

static inline void o_end(struct oracle *o)
{
	o_close(o);
	o->on = false;
	for (unsigned s = 0; s < o->seat_count; s++) {
		o->seat[s].at = O_NONE;
		o->seat[s].left = false;
	}
}

static inline void o_attend(struct oracle *o, unsigned seat, enum o_at at, bool line)
{
	struct o_seat *s = &o->seat[seat];

	if (at == O_OUT && s->at == O_IN) {
		s->left = true;
		s->left_openings = o->openings;
	}
	s->at = at == O_OUT && !s->left ? O_NONE : at;
	s->line = line;
}

static inline void o_order(struct oracle *o, uint64_t row, const uint64_t *before)
{
	struct o_item moved = *o_item(o, row);
	size_t from = (size_t)(o_item(o, row) - o->item);
	size_t to;

	memmove(&o->item[from], &o->item[from + 1], (o->item_count - from - 1) * sizeof *o->item);
	o->item_count--;
	to = before ? (size_t)(o_item(o, *before) - o->item) : o->item_count;
	memmove(&o->item[to + 1], &o->item[to], (o->item_count - to) * sizeof *o->item);
	o->item[to] = moved;
	o->item_count++;
}

/* It belongs to that item's latest segment from now on. */
static inline void o_assign(struct oracle *o, uint32_t row, uint64_t item)
{
	o->row[row].audience = o_item(o, item)->audience;
	o->row[row].item = item;
	o->fresh = false;
}

/* Time passes. */
static inline void o_tick(struct oracle *o, int64_t now)
{
	for (size_t i = 0; i < o->grant_count; i++) {
		const struct o_grant *g = &o->grant[i];

		if ((o->now < g->from && g->from <= now) ||
		    (o->now < g->until && g->until <= now)) {
			o->fresh = false;
		}
	}
	o->now = now;
}

#endif
